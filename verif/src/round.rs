//! Rounding an exact value to a code of a format.
//!
//! Three steps, as IEEE P3109 orders them: round to the format's precision as if exponents had no upper bound,
//! treat what lies beyond the largest finite number ([`Saturation`]), encode. [`round()`] does this on exact
//! numbers of any size, by the letter of the definition; [`round_small`] is the fast path in machine words.
//! Both give the same code for every input, which a property test checks.
//!
//! # Rounding
//!
//! For `x != 0` let `q = max(floor(log2 |x|), emin) - wf`, `s = |x| / 2^q` and `nu = s - floor(s)`. The result
//! is `floor(s) * 2^q`, or one more in the cases of [`RoundMode`]. "Even" and "odd" refer to the code of the
//! lower neighbour; that is the parity of `floor(s)`, and for formats without fraction bits that of the
//! exponent field. Scales have no subnormals, so there `q = floor(log2 |x|)`.
//!
//! # Saturation
//!
//! What becomes of a rounded number above the largest finite one (and, with all signs reversed, below the least
//! one), and of infinite operands:
//!
//! | | overflow | infinity |
//! | --- | --- | --- |
//! | `SatFinite` | largest finite | largest finite |
//! | `SatPropagate` | largest finite | infinity if the format has it, else largest finite |
//! | `OvfInf`, format with infinity | largest finite for `rtz`, and for `rdn` (of a negative number: `rup`); for `odd` the one of largest finite and infinity whose code is odd; else infinity | infinity |
//! | `OvfInf`, encoding `fn`, `fnuz`, `scale` | largest finite for `rtz`, and for `rdn` (of a negative number: `rup`); else NaN | NaN |
//! | `OvfInf`, encoding `finite`, or P3109 without infinity | largest finite | largest finite |
//!
//! In IEEE formats the largest finite code is odd, so `odd` never overflows to infinity there; in P3109's signed
//! formats infinity is odd, in its unsigned ones the largest finite number. Stochastic modes count as nearest:
//! a result above the largest finite number is an overflow to infinity.
//!
//! # Other special cases
//!
//! - Zero keeps its sign where the format has minus zero; a negative number that rounds to zero gives minus
//!   zero there. A sum that is exactly zero must come with the sign the operation gives it.
//! - NaN gives [`FloatFormat::nan_result`].
//! - Unsigned P3109 formats: a negative number that rounds to zero is zero. Any other is less than the least
//!   finite number, zero: `SatFinite` and `SatPropagate` give zero; `OvfInf` gives zero for `rtz` and `rup`,
//!   else NaN. Minus infinity: zero, but NaN with `OvfInf`.
//! - Scales: zero and numbers that round below the smallest scale give the smallest scale; negative numbers and
//!   minus infinity give NaN. OCP MX's conversion takes the floor of the exponent: round with `rtz`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::format::{Encoding, FloatFormat, nearest_of};

mod exact;
mod fast;
mod fixed;
mod posit;

pub use exact::round;
pub use fast::{round_class, round_small};
pub use fixed::round_to_fixed;
pub use posit::{round_posit, round_posit_class, round_posit_small};

/// Which of P3109's three stochastic roundings; `N` random bits, `R` the random word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stochastic {
    /// Up if `floor(nu * 2^N) + R >= 2^N`: the random word is added below the kept bits and the rest cut off.
    A,
    /// Up if `floor(nu * 2^(N+1)) + 2R + 1 >= 2^(N+1)`.
    B,
    /// Up if `nu * 2^N`, rounded to the nearest integer (ties to even), plus `R` is at least `2^N`.
    C,
}

/// When to take the upper neighbour of a magnitude instead of the lower one.
///
/// As text, also in parameters: `rne rna rtz rup rdn odd`, and `sr:<N>` (or `sra:<N>`), `srb:<N>`, `src:<N>`
/// with `N` random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum RoundMode {
    /// To nearest, ties to the even code.
    Rne,
    /// To nearest, ties away from zero.
    Rna,
    /// Toward zero.
    Rtz,
    /// Toward positive infinity.
    Rup,
    /// Toward negative infinity.
    Rdn,
    /// If inexact, to the neighbour with the odd code (so that a second rounding does no harm).
    Odd,
    /// Stochastic.
    Sr {
        /// Which rule.
        kind: Stochastic,
        /// Random bits, 1 to 64.
        bits: u8,
    },
}

/// What overflow becomes; the table is in the [module's documentation](self).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Saturation {
    /// Results are always finite (or NaN): infinities become the largest finite number too.
    SatFinite,
    /// Finite numbers stay finite, infinities infinite.
    SatPropagate,
    /// Overflow gives infinity, or NaN in formats that have only that.
    OvfInf,
}

/// Why there is no such rounding or saturation mode.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RoundError {
    /// A name that isn't one.
    #[error(
        "unknown rounding mode '{found}'; did you mean '{nearest}'? Modes are rne, rna, rtz, rup, rdn, odd, and sr:<N>, sra:<N>, srb:<N>, src:<N> with N = 1 to 64 random bits"
    )]
    UnknownMode {
        /// The name.
        found: String,
        /// The mode with the fewest edits.
        nearest: String,
    },
    /// Stochastic rounding with a number of bits that isn't legal.
    #[error("'{found}' needs a number of random bits from 1 to 64, as in {example}:8")]
    RandomBits {
        /// The text.
        found: String,
        /// The mode's name.
        example: String,
    },
    /// A name that isn't one.
    #[error(
        "unknown saturation '{found}'; did you mean '{nearest}'? Legal are satfinite, satpropagate, ovfinf"
    )]
    UnknownSaturation {
        /// The name.
        found: String,
        /// The name with the fewest edits.
        nearest: String,
    },
}

impl RoundMode {
    /// Width of the random word that a rounding takes: 0 for all but stochastic modes.
    pub fn random_bits(self) -> u32 {
        match self {
            RoundMode::Sr { bits, .. } => bits.into(),
            _ => 0,
        }
    }

    /// True if a magnitude's overflow goes to the largest finite number whatever the format has above it.
    fn stays_finite(self, neg: bool) -> bool {
        match self {
            RoundMode::Rtz => true,
            RoundMode::Rup => neg,
            RoundMode::Rdn => !neg,
            _ => false,
        }
    }
}

/// The random word that counts: the low `bits` bits.
fn random_word(rnd: u64, bits: u8) -> u64 {
    rnd & (u64::MAX >> (64 - u32::from(bits)))
}

impl fmt::Display for RoundMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            RoundMode::Rne => "rne".to_string(),
            RoundMode::Rna => "rna".to_string(),
            RoundMode::Rtz => "rtz".to_string(),
            RoundMode::Rup => "rup".to_string(),
            RoundMode::Rdn => "rdn".to_string(),
            RoundMode::Odd => "odd".to_string(),
            RoundMode::Sr { kind: Stochastic::A, bits } => format!("sr:{bits}"),
            RoundMode::Sr { kind: Stochastic::B, bits } => format!("srb:{bits}"),
            RoundMode::Sr { kind: Stochastic::C, bits } => format!("src:{bits}"),
        })
    }
}

impl FromStr for RoundMode {
    type Err = RoundError;

    fn from_str(text: &str) -> Result<Self, RoundError> {
        let lower = text.trim().to_ascii_lowercase();
        let (name, bits) = match lower.split_once(':') {
            Some((name, bits)) => (name, Some(bits)),
            None => (lower.as_str(), None),
        };
        let deterministic = match name {
            "rne" => Some(RoundMode::Rne),
            "rna" => Some(RoundMode::Rna),
            "rtz" => Some(RoundMode::Rtz),
            "rup" => Some(RoundMode::Rup),
            "rdn" => Some(RoundMode::Rdn),
            "odd" => Some(RoundMode::Odd),
            _ => None,
        };
        if let (Some(mode), None) = (deterministic, bits) {
            return Ok(mode);
        }
        let kind = match name {
            "sr" | "sra" => Stochastic::A,
            "srb" => Stochastic::B,
            "src" => Stochastic::C,
            _ => {
                let names = ["rne", "rna", "rtz", "rup", "rdn", "odd", "sr:8", "sra:8", "srb:8", "src:8"];
                let nearest = nearest_of(&lower, names.into_iter());
                return Err(RoundError::UnknownMode { found: text.to_string(), nearest });
            }
        };
        match bits.and_then(|bits| bits.parse().ok()) {
            Some(bits @ 1..=64) => Ok(RoundMode::Sr { kind, bits }),
            _ => Err(RoundError::RandomBits { found: text.to_string(), example: name.to_string() }),
        }
    }
}

impl fmt::Display for Saturation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Saturation::SatFinite => "satfinite",
            Saturation::SatPropagate => "satpropagate",
            Saturation::OvfInf => "ovfinf",
        })
    }
}

impl FromStr for Saturation {
    type Err = RoundError;

    fn from_str(text: &str) -> Result<Self, RoundError> {
        let all = [Saturation::SatFinite, Saturation::SatPropagate, Saturation::OvfInf];
        let lower = text.trim().to_ascii_lowercase();
        all.into_iter().find(|saturation| saturation.to_string() == lower).ok_or_else(|| {
            let nearest = nearest_of(&lower, ["satfinite", "satpropagate", "ovfinf"].into_iter());
            RoundError::UnknownSaturation { found: text.to_string(), nearest }
        })
    }
}

macro_rules! text_for_serde {
    ($type:ty) => {
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
        impl TryFrom<String> for $type {
            type Error = RoundError;
            fn try_from(text: String) -> Result<Self, RoundError> {
                text.parse()
            }
        }
    };
}
text_for_serde!(RoundMode);
text_for_serde!(Saturation);

impl FloatFormat {
    /// The saturation where none is asked for: formats with infinity overflow to it, all others saturate.
    pub fn default_saturation(&self) -> Saturation {
        if self.has_infinity() { Saturation::OvfInf } else { Saturation::SatFinite }
    }

    /// The code of an overflow: a finite number of this sign whose rounded magnitude exceeds the largest finite
    /// one, or (unsigned P3109 formats) a negative number.
    fn overflow_code(&self, neg: bool, mode: RoundMode, saturation: Saturation) -> u128 {
        // A negative number in an unsigned format: the nearest finite one is zero.
        let below_zero = neg && !self.is_signed();
        let largest = if below_zero { 0 } else { self.compose(neg, self.max_magnitude_code()).into() };
        if saturation != Saturation::OvfInf || mode.stays_finite(neg) {
            return largest;
        }
        if below_zero {
            return self.nan_result();
        }
        match self.infinity_code(neg) {
            Some(_) if mode == RoundMode::Odd && self.max_magnitude_code() % 2 == 1 => largest,
            Some(infinity) => infinity,
            None if matches!(self.encoding(), Encoding::Fn | Encoding::Fnuz | Encoding::Scale) => {
                self.nan_result()
            }
            None => largest,
        }
    }

    /// The code of an infinite operand.
    fn saturated_infinity(&self, neg: bool, saturation: Saturation) -> u128 {
        let below_zero = neg && !self.is_signed();
        if below_zero && (self.encoding() == Encoding::Scale || saturation == Saturation::OvfInf) {
            return self.nan_result();
        }
        let largest = if below_zero { 0 } else { self.compose(neg, self.max_magnitude_code()).into() };
        match (saturation, self.infinity_code(neg)) {
            (Saturation::SatFinite, _) | (Saturation::SatPropagate, None) => largest,
            (_, Some(infinity)) => infinity,
            (Saturation::OvfInf, None) => match self.encoding() {
                Encoding::Fn | Encoding::Fnuz | Encoding::Scale => self.nan_result(),
                _ => largest,
            },
        }
    }
}
