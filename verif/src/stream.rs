//! What a reference model of a streaming core is.
//!
//! A stream is a sequence of beats. When they come and go is the core's and its neighbours' business: whatever the
//! stalls, the same beats in give the same beats out. So a model maps whole streams to whole streams.
use crate::interface::Port;
use crate::rng::SplitMix64;

/// One beat into a core.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beat {
    /// `data`.
    pub data: u128,
    /// `last`.
    pub last: bool,
    /// The input beside it, on channels that have one.
    pub user: bool,
    /// Offered only when so many beats of another channel have been taken: channel and beats.
    pub after: Option<(usize, usize)>,
}

impl Beat {
    /// A beat that waits for nothing.
    pub fn new(data: u128, last: bool) -> Self {
        Self { data, last, user: false, after: None }
    }
}

/// Beats of every input channel.
pub type Scenario = Vec<Vec<Beat>>;

/// What comes out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decoded {
    /// `m_data` and `m_last` of every beat.
    pub beats: Vec<(u128, bool)>,
    /// `error` when all has come to rest.
    pub error: bool,
}

/// A reference model of a streaming core. Every scenario begins behind `rst` or `start`.
pub trait StreamModel: Send + Sync {
    /// What the input channels' ports are called: `s` for `s_valid`, `s_ready`, `s_data`, `s_last`.
    fn channels(&self) -> Vec<String>;

    /// The input of one bit beside each channel's data, where it has one.
    fn user(&self, _channel: usize) -> Option<&str> {
        None
    }

    /// Whether any stream is corrupt: not so where every word stands for something.
    fn can_fail(&self) -> bool {
        true
    }

    /// What a core makes of a scenario.
    fn run(&self, inputs: &Scenario) -> Decoded;

    /// Of cores that give a beat in every clock while nobody stalls: how many beats may come slower at the beginning of
    /// what `m_last` ends.
    fn steady_from(&self) -> Option<usize> {
        None
    }

    /// Clocks that a core may need to come to rest when everything has gone in and come out.
    fn rest(&self) -> u32 {
        48
    }

    /// Streams of about so many symbols, spoiled in one way or another if `corrupt`.
    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario;
}

/// What a core reads for a sequence of symbols.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coded {
    /// The table to load before the words, entry by entry; empty where the code is wired in, or without symbols.
    pub table: Vec<u64>,
    /// Words of each lane.
    pub lanes: Vec<Vec<u64>>,
}

/// What makes files for a streaming core, and reads them.
pub trait FileCode: Send + Sync {
    /// Bits of a symbol.
    fn symbol_bits(&self) -> u32;

    /// Bits of a word of the file: 8, 16 or 32.
    fn word_bits(&self) -> u32;

    /// The words for a sequence of symbols, each of at most [`FileCode::symbol_bits`] bits.
    ///
    /// # Errors
    /// A symbol that nothing stands for.
    fn encode(&self, symbols: &[u64]) -> Result<Coded, String>;

    /// The words that say every symbol as it is, or that all are alike, for a decoder that loads tables and then needs none.
    fn plain(&self, _symbols: &[u64]) -> Option<Coded> {
        None
    }

    /// The first `count` symbols of what [`FileCode::encode`] made of as many; `None` if these are not its words.
    fn decode(&self, coded: &Coded, count: u64) -> Option<Vec<u64>>;

    /// A loaded table as the text that wires it in; `None` where there is none to load.
    fn table_text(&self, table: &[u64]) -> Option<String>;

    /// The values that symbols stand for, where these are not their own.
    fn book(&self) -> Option<Book<'_>> {
        None
    }
}

/// Values by symbol.
pub struct Book<'a> {
    /// Their codes; `None`: they are loaded, as many as there are symbols at most.
    pub codes: Option<&'a [u64]>,
    /// A port for one of them: width and encoding.
    pub value: &'a Port,
}

/// Values of some bits one behind the other, the first in the lowest bits, as bytes; zeros fill the last.
pub fn bytes_of(values: impl Iterator<Item = u64>, bits: u32) -> Vec<u64> {
    let (mut out, mut pending, mut count) = (Vec::new(), 0u64, 0);
    for v in values {
        pending |= v << count;
        count += bits;
        while count >= 8 {
            out.push(pending & 255);
            pending >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        out.push(pending);
    }
    out
}

/// The values of [`bytes_of`], as many as the bytes are enough for.
pub fn of_bytes(bytes: &[u64], bits: u32) -> Vec<u64> {
    let (mut out, mut pending, mut count) = (Vec::new(), 0u64, 0);
    for byte in bytes {
        pending |= byte << count;
        count += 8;
        while count >= bits {
            out.push(pending & ((1 << bits) - 1));
            pending >>= bits;
            count -= bits;
        }
    }
    out
}
