//! Products of posits as magnitudes, for sums of many.
use super::posit_decode::{decode, scale_bits};
use holigen_generator::structures::multiplier;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;

/// A posit as a magnitude: `significand * 2^(weight - bias(f) - fraction bits)`.
#[derive(Clone, Copy)]
pub struct Magnitude<'b> {
    /// One bit.
    pub negative: Bits<'b>,
    /// In [1, 2) with so many fraction bits as the format has; 0 for zero.
    pub significand: Bits<'b>,
    /// Unsigned. Means nothing for zero.
    pub weight: Bits<'b>,
    /// One bit; also for NaR.
    pub zero: Bits<'b>,
    /// One bit.
    pub nar: Bits<'b>,
}

/// What a weight exceeds an exponent by.
pub fn bias(f: &PositFormat) -> u32 {
    1 << (scale_bits(f) - 1)
}

/// Reads the magnitude of `code`, called `name` in the text.
pub fn magnitude<'b>(b: &'b Builder, code: Bits<'b>, f: &PositFormat, name: &str) -> Magnitude<'b> {
    let n = f.width();
    let negative = code.msb();
    let body = code.low(n - 1);
    let absolute = b
        .lit(0u8, n - 1)
        .add_carry(body ^ negative.replicate(n - 1), negative)
        .named(&format!("{name}_magnitude"));
    let x = decode(b, absolute.zext(n), f, name);
    let top = x.scale.width() - 1;
    // Counting from the least: the sign turned.
    let weight = (!x.scale.msb()).cat(x.scale.low(top)).named(&format!("{name}_weight"));
    let significand = x.significand.low(f.fraction_bits() + 1);
    let nar = (negative & !body.any()).named(&format!("{name}_is_nar"));
    Magnitude { negative, significand, weight, zero: x.zero, nar }
}

/// An exact product: `significand * 2^(weight - 2 bias(f) - 2 fraction bits)`.
pub fn product<'b>(b: &'b Builder, x: &Magnitude<'b>, y: &Magnitude<'b>) -> Magnitude<'b> {
    Magnitude {
        negative: (x.negative ^ y.negative).named("product_sign"),
        // In [1, 4).
        significand: multiplier::multiply(b, x.significand, y.significand).named("product"),
        weight: (x.weight.unsigned() + y.weight.unsigned()).bits().named("product_weight"),
        zero: x.zero | y.zero,
        nar: x.nar | y.nar,
    }
}
