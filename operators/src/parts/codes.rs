//! Special codes of a floating-point format as bit patterns, for hardware.
use holigen_verif::format::{Encoding, FloatFormat};
use num_bigint::BigUint;

fn ones(bits: u32) -> BigUint {
    (BigUint::from(1u8) << bits) - 1u8
}

/// Bits below the sign.
pub fn magnitude_bits(f: &FloatFormat) -> u32 {
    f.we() + f.wf()
}

/// Largest finite number, without the sign bit (OCP OFP8 v1.0, IEEE 754 section 3.4, P3109 section 4).
pub fn largest(f: &FloatFormat) -> BigUint {
    let all = ones(magnitude_bits(f));
    match f.encoding() {
        Encoding::Ieee => all - (BigUint::from(1u8) << f.wf()),
        Encoding::Fn | Encoding::Scale => all - 1u8,
        Encoding::Fnuz | Encoding::Finite => all,
        Encoding::P3109 => all - u8::from(f.has_infinity()) - u8::from(!f.is_signed()),
    }
}

/// Infinity without its sign bit, if there is one: the code after the largest finite number.
pub fn infinity(f: &FloatFormat) -> Option<BigUint> {
    f.has_infinity().then(|| largest(f) + 1u8)
}

/// The NaN that operations produce, sign bit included, if there is one: quiet, positive, otherwise zero.
pub fn nan(f: &FloatFormat) -> Option<BigUint> {
    let sign = BigUint::from(u8::from(f.is_signed())) << magnitude_bits(f);
    match f.encoding() {
        Encoding::Finite => None,
        Encoding::Ieee if f.wf() == 0 => None,
        Encoding::Ieee => Some(largest(f) + 1u8 + (BigUint::from(1u8) << (f.wf() - 1))),
        Encoding::Fn | Encoding::Scale => Some(largest(f) + 1u8),
        Encoding::Fnuz => Some(sign),
        Encoding::P3109 if f.is_signed() => Some(sign),
        Encoding::P3109 => Some(ones(magnitude_bits(f))),
    }
}

/// What stands for a NaN result: NaN, else infinity, else the largest finite number.
pub fn nan_result(f: &FloatFormat) -> BigUint {
    nan(f).or_else(|| infinity(f)).unwrap_or_else(|| largest(f))
}
