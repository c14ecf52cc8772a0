//! Results that are no rounded numbers: NaN and infinities.
use super::codes;
use super::round_fixed::{Rounded, Rounding};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::Saturation;
use num_bigint::BigUint;

/// What the operands make of a result, each one bit; constants where it cannot be.
#[derive(Clone, Copy)]
pub struct Specials<'b> {
    /// Not a number, whatever else is set.
    pub nan: Bits<'b>,
    /// An infinity.
    pub infinite: Bits<'b>,
    /// Its sign: 1 for minus infinity.
    pub negative: Bits<'b>,
}

/// Code of an infinite result of a sign.
pub fn infinity_code(f: &FloatFormat, saturation: Saturation, negative: bool) -> BigUint {
    let sign = |code: BigUint| code | BigUint::from(u8::from(negative)) << codes::magnitude_bits(f);
    let becomes_nan = matches!(f.encoding(), Encoding::Fn | Encoding::Fnuz | Encoding::Scale);
    if negative && !f.is_signed() {
        let nan = f.encoding() == Encoding::Scale || saturation == Saturation::OvfInf;
        return if nan { codes::nan_result(f) } else { BigUint::ZERO };
    }
    match (saturation, codes::infinity(f)) {
        (Saturation::OvfInf | Saturation::SatPropagate, Some(code)) => sign(code),
        (Saturation::OvfInf, None) if becomes_nan => codes::nan_result(f),
        // The largest number can be zero, and minus zero something else.
        _ if !f.has_negative_zero() && codes::largest(f) == BigUint::ZERO => BigUint::ZERO,
        _ => sign(codes::largest(f)),
    }
}

/// The code of a result: of the rounded number, or of what stands for NaN or infinity.
pub fn finish<'b>(
    b: &'b Builder,
    finite: &Rounded<'b>,
    specials: &Specials<'b>,
    f: &FloatFormat,
    rounding: Rounding,
) -> Bits<'b> {
    let w = f.width();
    let code = |negative| b.lit(infinity_code(f, rounding.saturation, negative), w);
    let finite = if f.is_signed() { finite.sign.cat(finite.magnitude) } else { finite.magnitude };
    let infinity =
        if infinity_code(f, rounding.saturation, false) == infinity_code(f, rounding.saturation, true) {
            code(false)
        } else if f.is_signed() {
            // All bits but the sign are the same.
            specials.negative.cat(code(false).low(w - 1))
        } else {
            specials.negative.mux(code(true), code(false))
        };
    let r = specials.infinite.mux(infinity, finite);
    specials.nan.mux(b.lit(codes::nan_result(f), w), r).named("result")
}
