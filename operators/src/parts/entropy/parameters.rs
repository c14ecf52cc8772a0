//! Parameters that decoders share.
use super::lane::Shape;
use crate::ParamError;

/// Most lanes of a core.
pub const MOST_LANES: u32 = 16;

/// Checks a number of lanes.
pub fn lanes(given: u32) -> Result<usize, ParamError> {
    if (1..=MOST_LANES).contains(&given) {
        return Ok(given as usize);
    }
    Err(ParamError::new("lanes", given, "not possible", format!("1 to {MOST_LANES} lanes are")))
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
        tail: false,
        preamble: (0, 0),
    }
}

/// What the header of every stream says, for `semantics`.
pub const STREAM: &str = "The stream is made of blocks, each a header of 48 bits (kind: coded, raw or one symbol; \
    switch to the table loaded last; symbols less one; words of the payload) and its payload; bits are read from the \
    most significant one of each word on. s_last may stand on the last word of a block only. A stream that is not so, \
    or has a code that the table does not have, raises error until rst or start; every symbol in front of the fault is \
    right, and the rest of the stream is taken and dropped.";

/// Numbers separated by commas, blanks or lines; a line that starts with `#` is a comment.
pub fn numbers(text: &str) -> Option<Vec<i64>> {
    let lines = text.lines().filter(|l| !l.trim_start().starts_with('#'));
    let words = lines.flat_map(|l| l.split([',', ' ', '\t'])).filter(|w| !w.is_empty());
    words.map(|w| w.parse().ok()).collect::<Option<Vec<i64>>>().filter(|n| !n.is_empty())
}

/// The text of a file that a parameter names.
pub fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("the file can't be read ({e})"))
}

/// A number that tells tables apart in names (FNV-1a, 32 bits).
pub fn digest(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}
