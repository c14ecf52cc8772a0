//! The word of an unpacked posit, for people who keep values unpacked between operators.
//!
//! From the most significant bit: `nar`, `zero`, `sign`, `scale` (two's complement), `fraction`. Its value is
//! NaR if `nar`, else 0 if `zero`, else `((1 - 3 sign) + fraction / 2^F) * 2^scale` with F fraction bits: the
//! significand is the two's-complement number `sign . ~sign . fraction`, in [1, 2) or [-2, -1).
use super::posit_decode::scale_bits;
use holigen_verif::exact::{Class, Small};
use holigen_verif::format::PositFormat;

/// Widths of the fields that have one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Bits of the scale.
    pub scale: u32,
    /// Bits of the fraction; may be 0.
    pub fraction: u32,
}

impl Layout {
    /// Just wide enough for every posit of a format.
    pub fn of(f: &PositFormat) -> Self {
        Self { scale: scale_bits(f), fraction: f.fraction_bits() }
    }

    /// Bits of the word.
    pub fn width(&self) -> u32 {
        3 + self.scale + self.fraction
    }

    /// The fields in words.
    pub fn told(&self) -> String {
        let (f, s) = (self.fraction, self.scale);
        let fraction = match f {
            0 => String::new(),
            1 => ", bit 0 fraction".into(),
            _ => format!(", bits {}..0 fraction", f - 1),
        };
        format!(
            "bit {} nar, bit {} zero, bit {} sign, bits {}..{f} scale in two's complement{fraction}",
            f + s + 2,
            f + s + 1,
            f + s,
            f + s - 1,
        )
    }

    /// The value of a word, for reference models; the word has at most 128 bits.
    pub fn value(&self, word: u128) -> Class {
        let bit = |i: u32| word >> i & 1 == 1;
        let (f, s) = (self.fraction, self.scale);
        if bit(f + s + 2) {
            return Class::Nan;
        }
        if bit(f + s + 1) {
            return Class::Finite(Small::ZERO);
        }
        let fraction = word & ((1 << f) - 1);
        let field = (word >> f & ((1 << s) - 1)) as i32;
        let scale = field - if bit(f + s - 1) { 1 << s } else { 0 };
        let neg = bit(f + s);
        let mag = if neg { (2 << f) - fraction } else { (1 << f) + fraction };
        Class::Finite(Small { neg, mag, exp: scale - f as i32 })
    }

    /// The word of a number that fits, or of NaR: its only one.
    pub fn word(&self, x: Class) -> u128 {
        let (f, s) = (self.fraction, self.scale);
        let Class::Finite(x) = x else { return 1 << (f + s + 2) };
        let Some(top) = x.floor_log2() else { return 1 << (f + s + 1) };
        // A negative power of two is -2 times the power below.
        let power = x.neg && x.mag.is_power_of_two();
        let scale = top - i32::from(power);
        let shift = x.exp - scale + f as i32;
        let significand = if shift >= 0 { x.mag << shift } else { x.mag >> -shift };
        let fraction = if x.neg { (2 << f) - significand } else { significand - (1 << f) };
        self.fields(x.neg, scale, fraction)
    }

    /// Sign, scale and fraction in their places.
    pub fn fields(&self, neg: bool, scale: i32, fraction: u128) -> u128 {
        let (f, s) = (self.fraction, self.scale);
        let scale = scale as u32 & ((1 << s) - 1);
        u128::from(neg) << (f + s) | u128::from(scale) << f | fraction
    }
}
