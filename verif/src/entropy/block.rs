//! Blocks: what every entropy decoder's stream is made of.
//!
//! A block is a header of 48 bits and a payload of whole words. With words of 16 bits the header is three of them;
//! with words of 32 bits it is two, the second with 16 zeros in front:
//!
//! | bits | meaning |
//! | --- | --- |
//! | 2 | kind: 0 coded, 1 raw (every symbol as it is), 2 one symbol (a single word that starts with it), 3 illegal |
//! | 1 | switch: from this block on the table counts that was loaded last |
//! | 13 | zero |
//! | 16 | symbols less one |
//! | 16 | words of the payload |
//!
//! The symbols' bits end in the last word of the payload; what is left of it does not matter. `last` may be set on
//! the last word of a block only: the stream ends there. Anything else is an error.
use super::bits::{BitReader, BitWriter};
use crate::rng::SplitMix64;

/// Most symbols of a block.
pub const MOST_SYMBOLS: usize = 1 << 16;

/// Most words of a payload.
pub const MOST_WORDS: usize = (1 << 16) - 1;

/// How the symbols of a block are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// By the coder.
    Coded,
    /// As they are.
    Raw,
    /// All the same.
    One,
}

/// Words and symbols of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// 16 or 32.
    pub word_bits: u32,
    /// Bits of a symbol, at most a word.
    pub symbol_bits: u32,
    /// Bits that a symbol takes as it is, at most a word: `symbol_bits`, or a whole word with the symbol at its top.
    pub raw_bits: u32,
}

impl Frame {
    /// Writes a symbol as it is.
    pub fn put_raw(self, symbol: u64, bits: &mut BitWriter) {
        bits.put(symbol << (self.raw_bits - self.symbol_bits), self.raw_bits);
    }

    /// Reads a symbol as it is.
    pub fn take_raw(self, bits: &mut BitReader<'_>) -> Option<u64> {
        Some(bits.take(self.raw_bits)? >> (self.raw_bits - self.symbol_bits))
    }
}

/// Where a symbol stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Another follows in its block.
    Inside,
    /// It is the last of its block.
    BlockEnds,
    /// It is the last of its block, and ends in its last word, which has `last`.
    StreamEnds,
}

/// The stream is not what the coder writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault;

/// How symbols are read from the bits of a block.
pub trait Coder: Send + Sync {
    /// Reads `count` symbols, each given to `emit` as soon as it is certain.
    ///
    /// # Errors
    /// At the first symbol that is not there.
    fn decode(&self, bits: &mut BitReader<'_>, count: usize, emit: &mut dyn FnMut(u64)) -> Result<(), Fault>;

    /// Writes symbols; `None` if one of them has no code.
    fn encode(&self, symbols: &[u64], bits: &mut BitWriter) -> Option<()>;

    /// A symbol for test streams: one with a code, most often one with a short code.
    fn draw(&self, rng: &mut SplitMix64) -> u64;
}

impl Coder for Box<dyn Coder> {
    fn decode(&self, bits: &mut BitReader<'_>, count: usize, emit: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        (**self).decode(bits, count, emit)
    }
    fn encode(&self, symbols: &[u64], bits: &mut BitWriter) -> Option<()> {
        (**self).encode(symbols, bits)
    }
    fn draw(&self, rng: &mut SplitMix64) -> u64 {
        (**self).draw(rng)
    }
}

/// The words of one block without a coder: each symbol as it is, or one for all.
///
/// # Panics
/// As [`encode`].
pub fn encode_plain(frame: Frame, symbols: &[u64]) -> Vec<u64> {
    assert!((1..=MOST_SYMBOLS).contains(&symbols.len()), "{} symbols in a block", symbols.len());
    let alike = symbols.iter().all(|s| *s == symbols[0]);
    let (kind, written) = if alike { (Kind::One, &symbols[..1]) } else { (Kind::Raw, symbols) };
    let mut w = BitWriter::new(frame.word_bits);
    written.iter().for_each(|s| frame.put_raw(*s, &mut w));
    with_header(frame, kind, false, symbols.len(), w.finish())
}

/// The words of one block, coded where that is shorter than raw. `switch`: as in the header.
///
/// # Panics
/// If there are no symbols or more than [`MOST_SYMBOLS`].
pub fn encode(frame: Frame, coder: &dyn Coder, symbols: &[u64], switch: bool) -> Vec<u64> {
    assert!((1..=MOST_SYMBOLS).contains(&symbols.len()), "{} symbols in a block", symbols.len());
    let plain = |symbols: &[u64]| {
        let mut w = BitWriter::new(frame.word_bits);
        symbols.iter().for_each(|s| frame.put_raw(*s, &mut w));
        w.finish()
    };
    if symbols.iter().all(|s| *s == symbols[0]) {
        return with_header(frame, Kind::One, switch, symbols.len(), plain(&symbols[..1]));
    }
    let raw_words = (symbols.len() as u64 * u64::from(frame.raw_bits)).div_ceil(frame.word_bits.into());
    let mut w = BitWriter::new(frame.word_bits);
    let coded = coder.encode(symbols, &mut w).map(|()| w.finish());
    match coded {
        Some(coded) if (coded.len() as u64) < raw_words => {
            with_header(frame, Kind::Coded, switch, symbols.len(), coded)
        }
        _ => with_header(frame, Kind::Raw, switch, symbols.len(), plain(symbols)),
    }
}

/// A header and its payload.
///
/// # Panics
/// If the payload is too long.
pub fn with_header(frame: Frame, kind: Kind, switch: bool, symbols: usize, payload: Vec<u64>) -> Vec<u64> {
    assert!(payload.len() <= MOST_WORDS, "{} words in a block", payload.len());
    let first = (kind as u64) << 14 | u64::from(switch) << 13;
    let fields = [first, symbols as u64 - 1, payload.len() as u64];
    let mut words = match frame.word_bits {
        16 => fields.to_vec(),
        _ => vec![fields[0] << 16 | fields[1], fields[2]],
    };
    words.extend(payload);
    words
}

/// Words of a header.
pub fn header_words(frame: Frame) -> usize {
    if frame.word_bits == 16 { 3 } else { 2 }
}

/// What a lane's words say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A header: a block of so many symbols.
    Opens(usize),
    /// A symbol.
    Symbol(u64, Place),
}

impl Event {
    /// The symbol.
    pub fn symbol(self) -> Option<u64> {
        match self {
            Self::Symbol(s, _) => Some(s),
            Self::Opens(_) => None,
        }
    }

    /// Whether two lanes may say so at once: blocks of as many symbols, or symbols at the same place.
    pub fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Opens(count), Self::Opens(other)) => count == other,
            (Self::Symbol(_, place), Self::Symbol(_, other)) => place == other,
            _ => false,
        }
    }
}

/// Decodes the words of one lane; each with whether it is the last of its stream. `coder` gives what a block with
/// or without the switch is read with; none is a fault. Gives what went wrong, if anything.
pub fn decode<'c>(
    frame: Frame,
    words: &[(u64, bool)],
    mut coder: impl FnMut(bool) -> Option<&'c dyn Coder>,
    emit: &mut dyn FnMut(Event),
) -> Result<(), Fault> {
    let mut at = 0;
    while at < words.len() {
        let n = header_words(frame);
        let head = words.get(at..at + n).ok_or(Fault)?;
        if head.iter().any(|w| w.1) {
            return Err(Fault);
        }
        let mut bits = BitWriter::new(64);
        head.iter().for_each(|w| bits.put(w.0, frame.word_bits));
        let bits = bits.finish()[0];
        let (first, count, length) = match frame.word_bits {
            16 => (bits >> 48, bits >> 32 & 0xffff, bits >> 16 & 0xffff),
            _ => (bits >> 48, bits >> 32 & 0xffff, bits & 0xffff_ffff),
        };
        let (kind, switch) = (first >> 14, first >> 13 & 1 == 1);
        let legal = first & 0x1fff == 0 && length <= MOST_WORDS as u64 && kind != 3;
        if !legal || kind == Kind::One as u64 && length != 1 {
            return Err(Fault);
        }
        // A switch counts whatever the block's kind.
        let coder =
            if switch || kind == Kind::Coded as u64 { Some(coder(switch).ok_or(Fault)?) } else { None };
        at += n;
        let count = count as usize + 1;
        emit(Event::Opens(count));
        let rest = &words[at..];
        let length = length as usize;
        let end = rest.iter().take(length).position(|w| w.1).map_or(length, |i| i + 1);
        if end > rest.len() {
            return Err(Fault);
        }
        let payload: Vec<u64> = rest[..end].iter().map(|w| w.0).collect();
        at += end;
        let mut reader = BitReader::new(&payload, frame.word_bits);
        let mut symbols = Vec::with_capacity(count);
        let plain = |r: &mut BitReader<'_>| frame.take_raw(r).ok_or(Fault);
        let result = match (kind, coder) {
            (0, Some(coder)) => coder.decode(&mut reader, count, &mut |s| symbols.push(s)),
            (1, _) => (0..count).try_for_each(|_| plain(&mut reader).map(|s| symbols.push(s))),
            _ => plain(&mut reader).map(|s| symbols.resize(count, s)),
        };
        let fits = reader.left() < u64::from(frame.word_bits);
        let stream_ends = fits && end == length && rest[..end].last().is_some_and(|w| w.1);
        for (i, s) in symbols.into_iter().enumerate() {
            let place = match (i + 1 == count, stream_ends) {
                (true, true) => Place::StreamEnds,
                (true, false) => Place::BlockEnds,
                _ => Place::Inside,
            };
            emit(Event::Symbol(s, place));
        }
        result?;
        if end < length || !fits {
            return Err(Fault);
        }
    }
    Ok(())
}
