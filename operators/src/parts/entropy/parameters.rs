//! Parameters that decoders share.
use super::shape::{Ahead, Shape};
use crate::ParamError;
use holigen_verif::entropy::block::Coder;
use holigen_verif::entropy::scenario::{Code, Decoder, Tables};

/// Most lanes of a core.
pub const MOST_LANES: u32 = 16;

/// Checks a number of lanes.
pub fn lanes(given: u32) -> Result<usize, ParamError> {
    if (1..=MOST_LANES).contains(&given) {
        return Ok(given as usize);
    }
    Err(ParamError::new("lanes", given, "not possible", format!("give 1 to {MOST_LANES} lanes")))
}

/// Checks the bits of a symbol.
pub fn symbol_bits(given: u32, most: u32) -> Result<u32, ParamError> {
    if (1..=most).contains(&given) {
        return Ok(given);
    }
    Err(ParamError::new("symbol-bits", given, "not possible", format!("symbols have 1 to {most} bits here")))
}

/// Words for codes of at most so many bits: the narrowest of 16 and 32 bits that are wider.
pub fn shape(longest: u32, symbol_bits: u32) -> Shape {
    let longest = longest.max(symbol_bits);
    Shape {
        word_bits: if longest < 16 { 16 } else { 32 },
        longest,
        symbol_bits,
        whole_words: false,
        ahead: Ahead::Nothing,
        preamble: (0, 0),
    }
}

/// What a core's streams are, for `semantics`.
pub fn streams(lanes: usize) -> String {
    let several =
        " Lanes begin a block together, whose headers have the same number of symbols; streams end together.";
    format!("{STREAM}{}", if lanes > 1 { several } else { "" })
}

/// What a stream is.
const STREAM: &str = "The stream is made of blocks, each a header of 48 bits (kind: coded, raw or one symbol; \
    switch to the table loaded last; symbols less one; words of the payload) and its payload; bits are read from the \
    most significant one of each word on. s_last may stand on the last word of a block only. A stream that is not so, \
    or has a code that the table does not have, raises error until rst or start; every symbol in front of the fault is \
    right, and the rest of the stream is taken and dropped.";

/// The numbers of a wired code: `given` is their list, or names a file with one. `what` they are, what would be `right`,
/// whether one may be negative, and for symbols of how many bits.
///
/// # Errors
/// Neither a list nor a file with one, or more numbers than symbols.
pub fn table(given: &str, what: &str, right: &str, signed: bool, bits: u32) -> Result<Vec<i64>, ParamError> {
    let numbers = list("table", given, what, right, signed)?;
    let most = 1usize << bits;
    if numbers.len() > most {
        let problem = format!("{} {what} for symbols of {bits} bits", numbers.len());
        let right = format!("at most {most} {what}, or more --symbol-bits");
        return Err(ParamError::new("table", given, problem, right));
    }
    Ok(numbers)
}

/// Numbers as the list that a table is given by.
pub fn in_line(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// The wired code of a decoder that is not loaded, and the table as a list: what a manifest or the header of a file says
/// holds wherever it goes, without the file that was named.
///
/// # Errors
/// What is wrong with the table.
pub fn wired<C>(
    table: &str,
    read: impl FnOnce() -> Result<(C, String), ParamError>,
) -> Result<(Option<C>, String), ParamError> {
    if table == "load" {
        return Ok((None, table.into()));
    }
    let (code, list) = read()?;
    Ok((Some(code), list))
}

/// The numbers of a parameter: `given` is their list, or names a file with one. Otherwise as of [`table`].
///
/// # Errors
/// Neither a list nor a file with one.
pub fn list(
    parameter: &str,
    given: &str,
    what: &str,
    right: &str,
    signed: bool,
) -> Result<Vec<i64>, ParamError> {
    let error = |problem: String| ParamError::new(parameter, given, problem, right);
    let listed = given.trim_start().starts_with(|c: char| c.is_ascii_digit() || signed && c == '-');
    let text = if listed { given.to_owned() } else { read(given).map_err(error)? };
    numbers(&text).ok_or_else(|| error(format!("these are no {what}")))
}

/// The model of a decoder whose code is wired, or else loaded.
pub fn decoder<C: Coder + Clone + 'static>(
    shape: Shape,
    lanes: usize,
    wired: Option<&C>,
    loading: impl Tables + 'static,
) -> Decoder {
    let code = match wired {
        Some(code) => Code::Wired(Box::new(code.clone())),
        None => Code::Loaded(Box::new(loading)),
    };
    Decoder { frame: shape.frame(), lanes, slow: 0, code }
}

/// Lanes at the end of a core's name.
pub fn lanes_in_name(lanes: usize) -> String {
    if lanes > 1 { format!("_x{lanes}") } else { String::new() }
}

/// Lanes at the end of a core's title.
pub fn lanes_in_title(lanes: usize) -> String {
    if lanes > 1 { format!(", {lanes} lanes") } else { String::new() }
}

/// A wired code in a core's name, by the entries of its table.
pub fn entries_in_name(entries: &[u64]) -> String {
    let bytes: Vec<u8> = entries.iter().flat_map(|e| e.to_le_bytes()).collect();
    format!("w{:08x}", digest(&bytes))
}

/// Numbers separated by commas, blanks or lines; a line that starts with `#` is a comment.
fn numbers(text: &str) -> Option<Vec<i64>> {
    let lines = text.lines().filter(|l| !l.trim_start().starts_with('#'));
    let words = lines.flat_map(|l| l.split([',', ' ', '\t'])).filter(|w| !w.is_empty());
    words.map(|w| w.parse().ok()).collect::<Option<Vec<i64>>>().filter(|n| !n.is_empty())
}

/// The text of a file that a parameter names.
fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("the file can't be read ({e})"))
}

/// A number that tells tables apart in names (FNV-1a, 32 bits).
pub fn digest(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}
