//! Parameters that many operators have in common, from their text to their meaning.
use super::unpack::Care;
use crate::ParamError;
use holigen_verif::format::{FloatFormat, FormatError};
use holigen_verif::round::{RoundError, RoundMode, Saturation};

/// Most bits of a random word.
const MOST_RANDOM_BITS: u32 = 32;

/// Index of a word among those allowed.
///
/// # Errors
/// It is none of them.
pub fn choice(parameter: &str, found: &str, allowed: &[&str]) -> Result<usize, ParamError> {
    allowed.iter().position(|a| *a == found).ok_or_else(|| {
        ParamError::new(parameter, found, "is not known", format!("give {}", allowed.join(" or ")))
    })
}

/// A floating-point format by name.
///
/// # Errors
/// There is no such format.
pub fn format(parameter: &str, name: &str) -> Result<FloatFormat, ParamError> {
    name.parse()
        .map_err(|e: FormatError| ParamError::new(parameter, name, e.to_string(), "see: holigen formats"))
}

/// `--round`.
///
/// # Errors
/// There is no such mode, or it takes more than 32 random bits.
pub fn round_mode(name: &str) -> Result<RoundMode, ParamError> {
    let mode: RoundMode = name
        .parse()
        .map_err(|e: RoundError| ParamError::new("round", name, e.to_string(), "give one of these modes"))?;
    if mode.random_bits() > MOST_RANDOM_BITS {
        let right = format!("give sr:1 to sr:{MOST_RANDOM_BITS}");
        return Err(ParamError::new("round", name, "has too many random bits", right));
    }
    Ok(mode)
}

/// `--saturation`, or what the format does by default.
///
/// # Errors
/// There is no such mode.
pub fn saturation(given: Option<&str>, format: &FloatFormat) -> Result<Saturation, ParamError> {
    let Some(name) = given else { return Ok(format.default_saturation()) };
    name.parse().map_err(|e: RoundError| {
        ParamError::new("saturation", name, e.to_string(), "give satfinite, satpropagate or ovfinf")
    })
}

/// `--subnormals` and `--specials`.
///
/// # Errors
/// One of them is none of its two words.
pub fn care(subnormals: &str, specials: &str) -> Result<Care, ParamError> {
    Ok(Care {
        flush: choice("subnormals", subnormals, &["on", "flush"])? == 1,
        specials: choice("specials", specials, &["on", "off"])? == 0,
    })
}

/// Default of `--round`.
pub fn rne() -> String {
    "rne".into()
}

/// Default of `--subnormals` and `--specials`.
pub fn on() -> String {
    "on".into()
}
