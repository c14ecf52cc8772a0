//! Where a format puts infinities, NaN and minus zero.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{FormatError, nearest_of};

/// How the codes beyond the finite numbers are used. `we` and `wf` are the widths of the exponent and fraction
/// field; the bias is `2^(we-1) - 1` unless stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// IEEE 754: exponent all ones is infinity (fraction zero) or NaN (otherwise). Minus zero. Without a
    /// fraction (`wf` = 0) there is no NaN.
    Ieee,
    /// OCP OFP8 E4M3: all ones is NaN, no infinity. Minus zero.
    Fn,
    /// The code of minus zero is the only NaN, no infinity. Bias `2^(we-1)`.
    Fnuz,
    /// OCP MX elements: every code is a number. Minus zero.
    Finite,
    /// IEEE P3109: one zero, one NaN, infinities in extended formats. Bias `2^(we-1)`.
    P3109,
    /// OCP MX scale: unsigned powers of two, no zero; all ones is NaN.
    Scale,
}

impl Encoding {
    /// All encodings, in the order of the documentation.
    pub const ALL: [Encoding; 6] =
        [Encoding::Ieee, Encoding::Fn, Encoding::Fnuz, Encoding::Finite, Encoding::P3109, Encoding::Scale];

    /// The encoding of the signed format with these widths where none is asked for: OCP's where they name an
    /// OCP format (4,3 is `fn`; 3,2 and 2,3 and 2,1 are `finite`), else `ieee`.
    pub fn default_for(we: u32, wf: u32) -> Self {
        match (we, wf) {
            (4, 3) => Encoding::Fn,
            (3, 2) | (2, 3) | (2, 1) => Encoding::Finite,
            _ => Encoding::Ieee,
        }
    }

    /// The name in parameters and in format names.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Ieee => "ieee",
            Encoding::Fn => "fn",
            Encoding::Fnuz => "fnuz",
            Encoding::Finite => "finite",
            Encoding::P3109 => "p3109",
            Encoding::Scale => "scale",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Encoding {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let lower = text.to_ascii_lowercase();
        Encoding::ALL.into_iter().find(|encoding| encoding.name() == lower).ok_or_else(|| {
            let names = || Encoding::ALL.into_iter().map(Encoding::name);
            FormatError::UnknownEncoding {
                found: text.to_string(),
                legal: names().collect::<Vec<_>>().join(", "),
                nearest: nearest_of(&lower, names()),
            }
        })
    }
}
