//! Rounds a two's-complement number of many bits to a posit, once.
use super::normalize::{Last, Limit, normalize};
use super::posit_encode::{Form, Unrounded, encode_with};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::PositFormat;
use holigen_verif::round::RoundMode;

/// A number on its way to a code.
#[derive(Clone, Copy)]
pub struct Fixed<'b> {
    /// Two's complement.
    pub value: Bits<'b>,
    /// One bit: the number is minus `value`. Constant 0 where it is not.
    pub negate: Bits<'b>,
    /// The exponent of the bit right behind the sign.
    pub top: SInt<'b>,
    /// Exponents of the smallest and of the largest numbers that come.
    pub range: (i64, i64),
    /// One bit: not a real, whatever the number is.
    pub nar: Bits<'b>,
}

/// The number rounded to nearest on the bit string, ties to the even code.
///
/// It is normalised as it is, and so is the string rounded; that of minus the number is its complement and one, which
/// joins the increment.
pub fn encode_fixed<'b>(b: &'b Builder, x: &Fixed<'b>, f: &PositFormat) -> Bits<'b> {
    let number = b.scope("normalise", || {
        let w = x.value.width();
        let complement = x.value.msb().named("sum_sign");
        // Even a number of ones only has a bit that ends their run.
        let behind = x.value.low(w - 1).append_zeros(1);
        let most = (1u32 << (32 - (w - 1).leading_zeros())) - 1;
        let kept = f.fraction_bits() + 2;
        let n = normalize(b, behind, complement, Limit::Constant(most), kept, Last::Registered);
        let scale = (x.top - n.count.unsigned().to_signed()).bits().named("sum_scale");
        let zero = (!complement & !n.kept.msb()).named("sum_is_zero");
        let fraction = n.kept.low(kept - 1);
        let flipped = x.negate.constant().is_none();
        let max = i64::from(f.max_scale());
        Unrounded {
            sign: (complement ^ x.negate).named("sign"),
            scale: scale.sext(scale.width().max(f.es() + 2)),
            fraction: Some(if flipped { fraction ^ x.negate.replicate(kept - 1) } else { fraction }),
            sticky: n.rest,
            saturates: x.range.0 < -max || x.range.1 > max || (f.es() == 0 && x.range.1 == max),
            zero,
            nar: x.nar,
        }
    });
    let flip = x.negate.constant().is_none().then_some(x.negate);
    encode_with(b, &number, f, Form { flip, mode: RoundMode::Rne }, None)
}
