//! Numbers as text, exactly: decimal and hexadecimal.

use std::fmt;
use std::str::FromStr;

use num_bigint::BigUint;
use thiserror::Error;

use super::{Dyadic, Value};

/// Largest power of two (and of ten) that a number in text may name. More would only burn memory: the largest
/// exponent of any format here is below 2^16.
const MAX_EXPONENT: i64 = 1 << 18;

/// Why a text is not the exact number asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseNumberError {
    /// The text has no number's form.
    #[error("'{found}' is not a number; write 1.5, -3e-2, 0x1.8p3, inf or nan")]
    Syntax {
        /// The text.
        found: String,
    },
    /// A decimal number that no finite binary expansion equals, where an exact one was asked for.
    #[error(
        "'{found}' is not a dyadic rational (no finite binary expansion); the nearest multiple of 2^-60 below it in magnitude is {below}"
    )]
    NotDyadic {
        /// The text.
        found: String,
        /// The number cut toward zero to 60 fractional bits, in hexadecimal.
        below: String,
    },
    /// An exponent beyond any use.
    #[error(
        "the exponent of '{found}' is out of range; exponents up to {MAX_EXPONENT} in magnitude are read"
    )]
    Exponent {
        /// The text.
        found: String,
    },
}

/// A number as written: `(-1)^neg * digits * base^power`, `base` 10 or 2.
struct Literal {
    neg: bool,
    digits: BigUint,
    decimal: bool,
    power: i64,
}

impl Literal {
    fn parse(text: &str) -> Result<Self, ParseNumberError> {
        let syntax = || ParseNumberError::Syntax { found: text.to_string() };
        let lower = text.trim().to_ascii_lowercase();
        let (neg, body) = match lower.as_bytes().first() {
            Some(b'-') => (true, &lower[1..]),
            Some(b'+') => (false, &lower[1..]),
            _ => (false, &lower[..]),
        };
        let (radix, body, marker) = match body.strip_prefix("0x") {
            Some(hexadecimal) => (16, hexadecimal, 'p'),
            None => (10, body, 'e'),
        };
        let (mantissa, power) = match body.split_once(marker) {
            Some((mantissa, exponent)) => {
                let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
                    return Err(syntax());
                }
                let power = exponent.parse::<i64>().ok().filter(|p| p.abs() <= MAX_EXPONENT);
                (mantissa, power.ok_or_else(|| ParseNumberError::Exponent { found: text.to_string() })?)
            }
            None => (body, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{integer}{fraction}").replace('_', "");
        if all.is_empty() || !all.chars().all(|c| c.is_digit(radix)) {
            return Err(syntax());
        }
        let places = fraction.bytes().filter(|&c| c != b'_').count() as i64;
        let digits = BigUint::parse_bytes(all.as_bytes(), radix).ok_or_else(syntax)?;
        let decimal = radix == 10;
        Ok(Literal { neg, digits, decimal, power: power - places * if decimal { 1 } else { 4 } })
    }

    /// The magnitude in units of `2^low`, cut toward zero, and whether nothing was cut off.
    fn in_units_of(&self, low: i64) -> (BigUint, bool) {
        let mut numerator = self.digits.clone();
        let mut denominator = BigUint::from(1u32);
        if self.decimal {
            // 10^p = 5^p * 2^p; the power of two joins the shift below.
            let five = BigUint::from(5u32).pow(self.power.unsigned_abs() as u32);
            if self.power >= 0 { numerator *= five } else { denominator *= five }
        }
        let shift = self.power - low;
        if shift >= 0 {
            numerator <<= shift as u64
        } else {
            denominator <<= shift.unsigned_abs()
        }
        let quotient = &numerator / &denominator;
        let exact = &quotient * &denominator == numerator;
        (quotient, exact)
    }
}

impl Dyadic {
    /// Reads a number like [`Dyadic::from_str`], but one without a finite binary expansion (`0.1`) is
    /// replaced by a stand-in that rounds the same way: cut toward zero to a multiple of `2^low`, plus half
    /// of that if anything was cut off. The flag tells whether the result is exact.
    ///
    /// Every rounding mode gives the same result for the stand-in as for the number itself, provided that
    /// `low` lies below the last place of the format (and, for stochastic rounding, below the last of the
    /// random bits plus two).
    ///
    /// # Errors
    /// A text that isn't a number, or an exponent beyond 2^18.
    pub fn parse_for_rounding(text: &str, low: i64) -> Result<(Self, bool), ParseNumberError> {
        if let Ok(number) = text.parse::<Dyadic>() {
            return Ok((number, true));
        }
        let literal = Literal::parse(text)?;
        let (cut, exact) = literal.in_units_of(low);
        let sticky = u32::from(!exact);
        Ok((Dyadic::new(literal.neg, (cut << 1u32) + sticky, low - 1), exact))
    }

    /// The exact number in hexadecimal, `0x1.8p3` for 12: one digit before the point, and a binary exponent.
    pub fn to_hex(&self) -> String {
        let sign = if self.neg { "-" } else { "" };
        let Some(top) = self.floor_log2() else { return format!("{sign}0x0p0") };
        let fraction_bits = self.mag.bits() - 1;
        let padding = (4 - fraction_bits % 4) % 4;
        let digits = format!("{:x}", &self.mag << padding);
        // The leading digit is always 1: the fraction was padded to whole digits.
        let fraction = &digits[1..];
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}0x1{point}{fraction}p{top}")
    }
}

impl FromStr for Dyadic {
    type Err = ParseNumberError;

    /// Reads decimal (`1.5`, `-3e-2` is refused as not dyadic) or hexadecimal (`0x1.8p3`) numbers, exactly.
    /// Underscores between digits are ignored.
    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        let literal = Literal::parse(text)?;
        // A decimal d * 10^-k is dyadic iff 5^k divides d, and is then a multiple of 2^-k.
        let (mag, exact) = literal.in_units_of(literal.power.min(0));
        if exact {
            return Ok(Dyadic::new(literal.neg, mag, literal.power.min(0)));
        }
        let below = Dyadic::new(literal.neg, literal.in_units_of(-60).0, -60).to_hex();
        Err(ParseNumberError::NotDyadic { found: text.to_string(), below })
    }
}

impl fmt::Display for Dyadic {
    /// Exact decimal, without exponent: `0.015625`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.exp >= 0 {
            (&self.mag << self.exp as u64).to_string()
        } else {
            // mag / 2^k = mag * 5^k / 10^k. The last digit is never 0, because mag is odd.
            let places = self.exp.unsigned_abs() as usize;
            let digits = (&self.mag * BigUint::from(5u32).pow(places as u32)).to_string();
            let digits = format!("{digits:0>width$}", width = places + 1);
            let (integer, fraction) = digits.split_at(digits.len() - places);
            format!("{integer}.{fraction}")
        };
        f.pad(&if self.neg { format!("-{text}") } else { text })
    }
}

impl FromStr for Value {
    type Err = ParseNumberError;

    /// Reads `nan`, `inf`, `infinity` (with sign, any case) and what [`Dyadic`] reads.
    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        let lower = text.trim().to_ascii_lowercase();
        let (neg, body) = match lower.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, lower.strip_prefix('+').unwrap_or(&lower)),
        };
        match body {
            "nan" => Ok(Value::NaN),
            "inf" | "infinity" => Ok(Value::Inf { neg }),
            _ => text.parse().map(Value::Finite),
        }
    }
}

impl fmt::Display for Value {
    /// `nan`, `inf`, `-inf`, or the number in exact decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::NaN => f.pad("nan"),
            Value::Inf { neg: false } => f.pad("inf"),
            Value::Inf { neg: true } => f.pad("-inf"),
            Value::Finite(x) => x.fmt(f),
        }
    }
}
