//! Fixed-point numbers: integers times a power of two.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigUint;

use super::FormatError;
use crate::exact::Dyadic;

/// A fixed-point format of at most 64 bits: two's complement or unsigned, in units of `2^lsb`.
///
/// As text: `int8`, `uint16`, and by the weights of the highest and the lowest bit `fixed:MSB:LSB` (with a sign bit
/// above) and `ufixed:MSB:LSB`: `int8` is `fixed:6:0`, and OCP's MXINT8 element is `fixed:0:-6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FixedFormat {
    signed: bool,
    width: u32,
    lsb: i32,
}

/// Bit weights are within 2^-LIMIT and 2^LIMIT.
const LIMIT: i32 = 2000;

impl FixedFormat {
    /// Two's complement or unsigned, `width` bits with the sign (1 to 64, at least 2 if signed), the lowest worth
    /// `2^lsb`.
    ///
    /// # Errors
    /// A width or weight out of range.
    pub fn new(signed: bool, width: u32, lsb: i32) -> Result<Self, FormatError> {
        let low = 1 + u32::from(signed);
        if !(low..=64).contains(&width) {
            return Err(FormatError::Range { what: "bits", found: width, low, high: 64 });
        }
        if !(-LIMIT..=LIMIT).contains(&lsb) {
            let (found, high) = (lsb.unsigned_abs(), LIMIT.unsigned_abs());
            return Err(FormatError::Range { what: "power of two of a bit", found, low: 0, high });
        }
        Ok(Self { signed, width, lsb })
    }

    /// True for two's complement.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// Bits, the sign included.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Power of two of the lowest bit.
    pub fn lsb(&self) -> i32 {
        self.lsb
    }

    /// Power of two of the highest bit below the sign.
    pub fn msb(&self) -> i32 {
        self.lsb + (self.width - u32::from(self.signed)) as i32 - 1
    }

    /// The largest number in units of the lowest bit.
    pub fn largest(&self) -> u64 {
        u64::MAX >> (64 - self.width + u32::from(self.signed))
    }

    /// Magnitude of the least number in units of the lowest bit: 0 if unsigned.
    pub fn least_magnitude(&self) -> u64 {
        if self.signed { 1 << (self.width - 1) } else { 0 }
    }

    /// The number of a code.
    pub fn decode(&self, code: u64) -> Dyadic {
        let negative = self.signed && code >> (self.width - 1) & 1 == 1;
        let magnitude =
            if negative { (BigUint::from(1u8) << self.width) - code } else { BigUint::from(code) };
        Dyadic::new(negative, magnitude, self.lsb.into())
    }
}

impl fmt::Display for FixedFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let u = if self.signed { "" } else { "u" };
        if self.lsb == 0 {
            write!(f, "{u}int{}", self.width)
        } else {
            write!(f, "{u}fixed:{}:{}", self.msb(), self.lsb)
        }
    }
}

impl FromStr for FixedFormat {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let lower = text.trim().to_ascii_lowercase();
        let bad = || FormatError::Fixed { found: text.to_string() };
        let (signed, rest) = lower.strip_prefix('u').map_or((true, lower.as_str()), |rest| (false, rest));
        if let Some(bits) = rest.strip_prefix("int") {
            return FixedFormat::new(signed, bits.parse().map_err(|_| bad())?, 0);
        }
        let weights = rest.strip_prefix("fixed:").and_then(|w| w.split_once(':')).ok_or_else(bad)?;
        let number = |s: &str| s.parse::<i32>().ok().filter(|w| w.abs() <= LIMIT).ok_or_else(bad);
        let (msb, lsb) = (number(weights.0)?, number(weights.1)?);
        let width = u32::try_from(msb - lsb + 1).map_err(|_| bad())?;
        FixedFormat::new(signed, width + u32::from(signed), lsb)
    }
}
