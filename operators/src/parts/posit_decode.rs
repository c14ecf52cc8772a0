//! Reads a posit without taking its absolute value.
//!
//! The fields of a negative code as they stand, not negated first, give the number as well: with s the sign, r the
//! regime, e the exponent and f the fraction that the bits show, it is `((1 - 3 s) + f) * 2^((1 - 2 s)(2^es r + e +
//! s))` (Posit Standard 2022, section 3.2). So the significand is in two's complement `s . ~s . f`, in [1, 2) or
//! [-2, -1), and the exponent of a negative number is the complement of what its bits show.
use super::normalize::{Last, Limit, normalize, shift_up};
use super::runs;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;

/// A posit in parts: `significand * 2^(scale - fraction bits)`.
#[derive(Clone, Copy)]
pub struct Decoded<'b> {
    /// One bit; 1 for NaR.
    pub sign: Bits<'b>,
    /// Two's complement: sign, its complement, then [`PositFormat::fraction_bits`]. 0 if the number is 0.
    pub significand: Bits<'b>,
    /// Two's complement, [`scale_bits`] wide; the least possible for zero.
    pub scale: Bits<'b>,
    /// One bit.
    pub zero: Bits<'b>,
    /// One bit: not a real. The numbers mean nothing then.
    pub nar: Bits<'b>,
}

/// Bits of the regime's run length less one.
fn count_bits(f: &PositFormat) -> u32 {
    32 - (f.width() - 2).leading_zeros()
}

/// Bits of a decoded exponent.
pub fn scale_bits(f: &PositFormat) -> u32 {
    1 + count_bits(f) + f.es()
}

/// Reads `code`, called `name` in the text.
pub fn decode<'b>(b: &'b Builder, code: Bits<'b>, f: &PositFormat, name: &str) -> Decoded<'b> {
    let (n, es, fraction) = (f.width(), f.es(), f.fraction_bits());
    let called = |part: &str| format!("{name}_{part}");
    b.scope(&format!("decode {name}"), || {
        let sign = code.msb().named(&called("sign"));
        let body = code.low(n - 1);
        let first = body.msb().named(&called("regime_bit"));
        let some = body.any().named(&called("body_not_zero"));
        // Behind the first bit: the rest of the run is shifted out, the bit that ends it comes to the top. A run
        // of ones ends in the zeros below the word at the latest; one of zeros only if the body is zero.
        let most = (1 << count_bits(f)) - 1;
        let kept = 1 + es + fraction;
        let shifted = normalize(b, body.low(n - 2), first, Limit::Constant(most), kept, Last::Selected);
        let count = shifted.count.named(&called("run"));
        let positive = (first ^ sign).named(&called("regime_not_negative"));
        let ahead = runs::are_counted_ahead(b);
        let run = if ahead {
            runs::flipped(body.low(n - 2), first, !positive, count.width())
        } else {
            count ^ (!positive).replicate(count.width())
        };
        let regime = (!positive).cat(run).named(&called("regime"));
        let scale = if es == 0 {
            regime
        } else {
            let exponent = if ahead {
                // Complemented before the shift, with what comes in from below.
                let turned = (body ^ sign.replicate(n - 1)).low(n - 2).cat(sign.replicate(most + es));
                shift_up(turned, count, 1 + es).low(es)
            } else {
                shifted.kept.bits(kept - 2, fraction) ^ sign.replicate(es)
            };
            regime.cat(exponent.named(&called("exponent")))
        };
        let hidden = some & !sign;
        let mut significand = sign.cat(hidden);
        if fraction > 0 {
            significand = significand.cat(shifted.kept.low(fraction));
        }
        Decoded {
            sign,
            significand: significand.named(&called("significand")),
            scale: scale.named(&called("scale")),
            zero: (!some & !sign).named(&called("is_zero")),
            nar: (!some & sign).named(&called("is_nar")),
        }
    })
}
