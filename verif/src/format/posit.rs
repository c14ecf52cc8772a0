//! Posits: which number every code stands for.
//!
//! Posit Standard (2022) for `es` = 2; other exponent sizes as in J. Gustafson and I. Yonemoto, "Beating Floating
//! Point at its Own Game", 2017. After the sign stands a run of equal bits (the regime), ended by the opposite bit
//! or by the end of the word, then `es` exponent bits, then the fraction; what the word has no room for counts as
//! zero. A negative number's code is the two's complement of its absolute value's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::FormatError;
use crate::exact::{Class, Dyadic, Small, Value};

/// The format posit<n, es>. Written and read (also by serde) as `posit<n>_<es>`, such as `posit8_2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PositFormat {
    /// Bits of a code.
    n: u8,
    /// Bits of the exponent.
    es: u8,
}

/// Posits that have a line in listings, with what is said about them.
pub const NAMED_POSITS: &[(PositFormat, &str)] = &[
    (PositFormat { n: 8, es: 2 }, "Posit Standard (2022), 8 bits"),
    (PositFormat { n: 16, es: 2 }, "Posit Standard (2022), 16 bits"),
    (PositFormat { n: 32, es: 2 }, "Posit Standard (2022), 32 bits"),
    (PositFormat { n: 64, es: 2 }, "Posit Standard (2022), 64 bits"),
    (PositFormat { n: 8, es: 0 }, "8 bits before the standard (SoftPosit's posit8)"),
    (PositFormat { n: 8, es: 1 }, "8 bits, a regime step of 4"),
    (PositFormat { n: 16, es: 1 }, "16 bits before the standard (SoftPosit's posit16)"),
];

impl PositFormat {
    /// Posits of `n` bits (3 to 64) with `es` exponent bits (0 to 5).
    ///
    /// # Errors
    /// A number out of range.
    pub fn new(n: u32, es: u32) -> Result<Self, FormatError> {
        if !(3..=64).contains(&n) {
            return Err(FormatError::Range { what: "bits of a posit", found: n, low: 3, high: 64 });
        }
        if es > 5 {
            return Err(FormatError::Range { what: "exponent bits of a posit", found: es, low: 0, high: 5 });
        }
        Ok(Self { n: n as u8, es: es as u8 })
    }

    /// Bits of a code.
    pub fn width(&self) -> u32 {
        self.n.into()
    }

    /// Bits of the exponent.
    pub fn es(&self) -> u32 {
        self.es.into()
    }

    /// Most fraction bits that a code has room for: those with a regime of two bits.
    pub fn fraction_bits(&self) -> u32 {
        (self.width() - 3).saturating_sub(self.es())
    }

    /// log2 of the largest number, maxpos; the smallest positive one, minpos, is its reciprocal. All numbers are
    /// multiples of minpos.
    pub fn max_scale(&self) -> i32 {
        (i32::from(self.n) - 2) << self.es
    }

    /// A mask over the bits of a code.
    pub fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.width())
    }

    /// The code of Not a Real, the only special: a one and zeros.
    pub fn nar(&self) -> u64 {
        1 << (self.width() - 1)
    }

    /// The code of maxpos.
    pub fn maxpos(&self) -> u64 {
        self.nar() - 1
    }

    /// What a code stands for, in machine words; NaR is [`Class::Nan`].
    ///
    /// # Panics
    /// If the code has bits beyond the format's width.
    #[track_caller]
    pub fn decode_small(&self, code: u64) -> Class {
        assert!(code & !self.mask() == 0, "code {code:#x} is wider than {self}");
        if code == 0 {
            return Class::Finite(Small::ZERO);
        }
        if code == self.nar() {
            return Class::Nan;
        }
        let neg = code & self.nar() != 0;
        let magnitude = if neg { code.wrapping_neg() & self.mask() } else { code };
        // The bits behind the sign at the top of the word, zeros below.
        let body = magnitude << (65 - self.width());
        let run = if body >> 63 == 1 { body.leading_ones() } else { body.leading_zeros() };
        let regime = if body >> 63 == 1 { run as i32 - 1 } else { -(run as i32) };
        let rest = body.checked_shl(run + 1).unwrap_or(0);
        let exponent = if self.es == 0 { 0 } else { (rest >> (64 - self.es)) as i32 };
        let fraction = rest << self.es;
        let scale = (regime << self.es) + exponent;
        // The hidden bit above the fraction; without the zeros at the end.
        let significand = 1u128 << 64 | u128::from(fraction);
        let zeros = significand.trailing_zeros();
        Class::Finite(Small { neg, mag: significand >> zeros, exp: scale - 64 + zeros as i32 })
    }

    /// What a code stands for; NaR is [`Value::NaN`].
    ///
    /// # Panics
    /// If the code has bits beyond the format's width.
    #[track_caller]
    pub fn decode(&self, code: u64) -> Value {
        self.decode_small(code).into()
    }

    /// The largest number.
    pub fn max_finite(&self) -> Dyadic {
        Dyadic::power_of_two(self.max_scale().into())
    }

    /// The smallest positive number.
    pub fn min_positive(&self) -> Dyadic {
        Dyadic::power_of_two((-self.max_scale()).into())
    }

    /// Bits of the quire: those of 16 n in the standard (es = 2), for other exponent sizes by the same rule, a
    /// two's-complement number in units of minpos^2 with room for 2^31 - 1 products.
    pub fn quire_bits(&self) -> u32 {
        4 * self.max_scale() as u32 + 32
    }

    /// The canonical name.
    pub fn name(&self) -> String {
        format!("posit{}_{}", self.n, self.es)
    }
}

impl fmt::Display for PositFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl From<PositFormat> for String {
    fn from(format: PositFormat) -> String {
        format.name()
    }
}

impl TryFrom<String> for PositFormat {
    type Error = FormatError;
    fn try_from(name: String) -> Result<Self, FormatError> {
        name.parse()
    }
}

impl FromStr for PositFormat {
    type Err = FormatError;

    /// `posit8_2`, `posit<8,2>`, or `posit8` with the standard's es = 2.
    fn from_str(text: &str) -> Result<Self, FormatError> {
        let lower = text.trim().to_ascii_lowercase();
        let unknown = || FormatError::UnknownPosit { found: text.into() };
        let rest = lower.strip_prefix("posit").ok_or_else(unknown)?;
        let fields = match rest.strip_prefix('<') {
            Some(inner) => inner.strip_suffix('>').ok_or_else(unknown)?.split_once(','),
            None => rest.split_once('_'),
        };
        let number = |t: &str| {
            let t = t.trim();
            let digits = !t.is_empty() && t.chars().all(|c| c.is_ascii_digit());
            t.parse::<u32>().ok().filter(|_| digits).ok_or_else(unknown)
        };
        match fields {
            Some((n, es)) => Self::new(number(n)?, number(es)?),
            None => Self::new(number(rest)?, 2),
        }
    }
}
