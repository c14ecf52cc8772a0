//! Names of formats.
//!
//! A name is one of [`NAMED`] or [`ALIASES`], or
//! - `e<X>m<Y>`: the default encoding for these widths ([`Encoding::default_for`]). `e<X>m0` with X = 8 is OCP's
//!   unsigned scale;
//! - `e<X>m<Y>fn`, `e<X>m<Y>fnuz`: as in the names of `ml_dtypes`;
//! - `e<X>m<Y>:<encoding>` with an encoding's name: `e4m3:ieee`;
//! - `binary<K>p<P><s|u><e|f>`: IEEE P3109.
//!
//! Case doesn't matter.

use std::fmt;
use std::str::FromStr;

use super::{Encoding, FloatFormat, FormatError, nearest_of};

/// The formats with a name of their own and a line about each, in the order of the documentation.
pub const NAMED: &[(&str, FloatFormat, &str)] = &[
    ("e4m3fn", FloatFormat::E4M3FN, "OCP OFP8 E4M3: largest 448, NaN, no infinity"),
    ("e5m2", FloatFormat::E5M2, "OCP OFP8 E5M2: largest 57344, IEEE infinities and NaN"),
    ("e4m3fnuz", FloatFormat::E4M3FNUZ, "E4M3, bias 8, one NaN, no infinity, no minus zero: largest 240"),
    ("e5m2fnuz", FloatFormat::E5M2FNUZ, "E5M2, bias 16, one NaN, no infinity, no minus zero: largest 57344"),
    ("e3m2", FloatFormat::E3M2, "OCP MXFP6 E3M2 element: largest 28, only numbers"),
    ("e2m3", FloatFormat::E2M3, "OCP MXFP6 E2M3 element: largest 7.5, only numbers"),
    (
        "e2m1",
        FloatFormat::E2M1,
        "OCP MXFP4 and NVFP4 element: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives",
    ),
    ("e8m0", FloatFormat::E8M0, "OCP MX block scale: powers of two from 2^-127 to 2^127, NaN, no sign"),
    ("bf16", FloatFormat::BF16, "bfloat16: the upper half of fp32"),
    ("fp16", FloatFormat::FP16, "IEEE 754 binary16"),
    ("tf32", FloatFormat::TF32, "NVIDIA TensorFloat-32 (19 bits): fp32's range, fp16's precision"),
    ("fp32", FloatFormat::FP32, "IEEE 754 binary32"),
    ("fp64", FloatFormat::FP64, "IEEE 754 binary64"),
    (
        "binary8p3se",
        FloatFormat::raw_p3109(8, 3, true, true),
        "IEEE P3109, precision 3, signed, with infinities",
    ),
    (
        "binary8p4se",
        FloatFormat::raw_p3109(8, 4, true, true),
        "IEEE P3109, precision 4, signed, with infinities",
    ),
    ("binary8p3sf", FloatFormat::raw_p3109(8, 3, true, false), "IEEE P3109, precision 3, signed, finite"),
    ("binary8p4sf", FloatFormat::raw_p3109(8, 4, true, false), "IEEE P3109, precision 4, signed, finite"),
    (
        "binary8p1uf",
        FloatFormat::raw_p3109(8, 1, false, false),
        "IEEE P3109 scale: unsigned powers of two and zero",
    ),
    (
        "binary6p3sf",
        FloatFormat::raw_p3109(6, 3, true, false),
        "IEEE P3109, 6 bits, precision 3, signed, finite",
    ),
    (
        "binary4p2sf",
        FloatFormat::raw_p3109(4, 2, true, false),
        "IEEE P3109, 4 bits, precision 2, signed, finite",
    ),
];

/// Other names of formats in [`NAMED`], read but not written.
pub const ALIASES: &[(&str, FloatFormat)] = &[
    ("bfloat16", FloatFormat::BF16),
    ("binary16", FloatFormat::FP16),
    ("float16", FloatFormat::FP16),
    ("half", FloatFormat::FP16),
    ("binary32", FloatFormat::FP32),
    ("float32", FloatFormat::FP32),
    ("single", FloatFormat::FP32),
    ("binary64", FloatFormat::FP64),
    ("float64", FloatFormat::FP64),
    ("double", FloatFormat::FP64),
];

impl FloatFormat {
    /// The canonical name: the one in [`NAMED`]; else P3109's; else `e<X>m<Y>` with, where that would mean
    /// another encoding, `:<encoding>`. Reading it back gives the same format.
    pub fn name(&self) -> String {
        if let Some((name, ..)) = NAMED.iter().find(|(_, format, _)| format == self) {
            return (*name).to_string();
        }
        let (we, wf) = (self.we(), self.wf());
        match self.encoding {
            Encoding::P3109 => {
                let (sign, domain) =
                    (if self.signed { 's' } else { 'u' }, if self.extended { 'e' } else { 'f' });
                format!("binary{}p{}{sign}{domain}", self.width(), self.precision())
            }
            Encoding::Fn | Encoding::Fnuz => format!("e{we}m{wf}{}", self.encoding),
            encoding if plain_encoding(we, wf) == encoding => format!("e{we}m{wf}"),
            encoding => format!("e{we}m{wf}:{encoding}"),
        }
    }
}

/// The encoding that `e<we>m<wf>` means without a suffix.
fn plain_encoding(we: u32, wf: u32) -> Encoding {
    if (we, wf) == (8, 0) { Encoding::Scale } else { Encoding::default_for(we, wf) }
}

impl fmt::Display for FloatFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl From<FloatFormat> for String {
    fn from(format: FloatFormat) -> String {
        format.name()
    }
}

impl TryFrom<String> for FloatFormat {
    type Error = FormatError;
    fn try_from(name: String) -> Result<Self, FormatError> {
        name.parse()
    }
}

impl FromStr for FloatFormat {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let lower = text.trim().to_ascii_lowercase();
        let named = NAMED.iter().map(|&(name, format, _)| (name, format));
        if let Some((_, format)) = named.chain(ALIASES.iter().copied()).find(|(name, _)| *name == lower) {
            return Ok(format);
        }
        parse_fields(&lower).or_else(|| parse_p3109(&lower)).unwrap_or_else(|| {
            Err(FormatError::UnknownName {
                found: text.to_string(),
                nearest: nearest_of(&lower, NAMED.iter().map(|entry| entry.0)),
                known: NAMED.iter().map(|entry| entry.0).collect::<Vec<_>>().join(", "),
            })
        })
    }
}

/// A decimal number at the start of a text, and the rest.
fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Reads `e<X>m<Y>` and its suffixes; `None` if the text has another form.
fn parse_fields(text: &str) -> Option<Result<FloatFormat, FormatError>> {
    let (we, rest) = leading_number(text.strip_prefix('e')?)?;
    let (wf, suffix) = leading_number(rest.strip_prefix('m')?)?;
    let encoding = match suffix {
        "" => plain_encoding(we, wf),
        "fn" => Encoding::Fn,
        "fnuz" => Encoding::Fnuz,
        _ => match suffix.strip_prefix(':')?.parse() {
            Ok(encoding) => encoding,
            Err(error) => return Some(Err(error)),
        },
    };
    Some(FloatFormat::new(we, wf, encoding))
}

/// Reads P3109's names; `None` if the text has another form.
fn parse_p3109(text: &str) -> Option<Result<FloatFormat, FormatError>> {
    let (width, rest) = leading_number(text.strip_prefix("binary")?)?;
    let (precision, suffix) = leading_number(rest.strip_prefix('p')?)?;
    let (signed, extended) = match suffix {
        "se" => (true, true),
        "sf" => (true, false),
        "ue" => (false, true),
        "uf" => (false, false),
        _ => return None,
    };
    Some(FloatFormat::p3109(width, precision, signed, extended))
}
