//! Canonical Huffman codes (Huffman, 1952; Schwartz and Kallick, "Generating a canonical prefix encoding", 1964), with
//! lengths as limited as wanted.
//!
//! Codes of a length are numbers in the order of their symbols, and shorter codes come before longer ones, as deflate
//! has them ([`Order::ShortFirst`]); zstd counts from the longest codes up ([`Order::LongFirst`]).
use super::bits::{BitReader, BitWriter};
use super::block::{Coder, Fault};
use super::scenario::{Tables, commas, most_frequent, spoilt};
use crate::rng::SplitMix64;

/// Longest code that is possible.
pub const LONGEST: u32 = 15;

/// Which codes the numbers go to first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// 0 is the first of the shortest codes (deflate).
    ShortFirst,
    /// 0 is the first of the longest codes (zstd).
    LongFirst,
}

/// A code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Huffman {
    /// Bits of each symbol's code; 0 where it has none.
    lengths: Vec<u8>,
    /// Each symbol's code, right-aligned.
    codes: Vec<u16>,
    /// By the next `longest` bits: symbol and length; length 0 where there is no code.
    table: Vec<(u16, u8)>,
    longest: u32,
}

impl Huffman {
    /// The code of lengths (0: no code), of which the longest may have `longest` bits; `None` if no prefix code has
    /// them, or codes are missing. A single code of one bit is allowed, as deflate has it.
    pub fn new(lengths: &[u8], longest: u32, order: Order) -> Option<Self> {
        let used: Vec<u32> = lengths.iter().filter(|l| **l > 0).map(|l| u32::from(*l)).collect();
        if used.is_empty() || used.iter().any(|l| *l > longest) || longest > LONGEST {
            return None;
        }
        let kraft: u32 = used.iter().map(|l| 1 << (longest - l)).sum();
        let single = used.len() == 1 && used[0] == 1;
        if kraft != 1 << longest && !single {
            return None;
        }
        let mut symbols: Vec<usize> = (0..lengths.len()).filter(|s| lengths[*s] > 0).collect();
        match order {
            Order::ShortFirst => symbols.sort_by_key(|s| lengths[*s]),
            Order::LongFirst => symbols.sort_by_key(|s| std::cmp::Reverse(lengths[*s])),
        }
        let sequence: Vec<(usize, u8)> = symbols.into_iter().map(|s| (s, lengths[s])).collect();
        let mut code = Self::empty(lengths.len(), longest);
        let end = code.fill(&sequence)?;
        (single || end == 1 << longest).then_some(code)
    }

    /// The code whose symbols and lengths stand in the order of their codes; `None` if they leave a code out, one does
    /// not begin where a code of its length can, or lengths become both longer and shorter on the way, as in no [`Order`].
    pub fn in_order(sequence: &[(usize, u8)], symbols: usize, longest: u32) -> Option<Self> {
        let ordered = |goes: fn(&u8, &u8) -> bool| sequence.is_sorted_by(|a, b| goes(&a.1, &b.1));
        let mut code = Self::empty(symbols, longest);
        let canonical = ordered(u8::le) || ordered(u8::ge);
        (code.fill(sequence)? == 1 << longest && canonical).then_some(code)
    }

    /// Symbols and lengths in the order of their codes.
    pub fn sequence(&self) -> Vec<(usize, u8)> {
        let mut out: Vec<(usize, u8)> = Vec::new();
        let mut at = 0;
        while at < self.table.len() {
            let (symbol, length) = self.table[at];
            if length == 0 {
                break;
            }
            out.push((symbol.into(), length));
            at += 1 << (self.longest - u32::from(length));
        }
        out
    }

    fn empty(symbols: usize, longest: u32) -> Self {
        let (lengths, codes) = (vec![0; symbols], vec![0; symbols]);
        Self { lengths, codes, table: vec![(0, 0); 1 << longest], longest }
    }

    /// Codes one after the other; gives where they end.
    fn fill(&mut self, sequence: &[(usize, u8)]) -> Option<usize> {
        let mut next = 0usize;
        for &(symbol, length) in sequence {
            if length == 0 || u32::from(length) > self.longest || symbol >= self.lengths.len() {
                return None;
            }
            let span = 1 << (self.longest - u32::from(length));
            if !next.is_multiple_of(span) || next + span > self.table.len() {
                return None;
            }
            (self.codes[symbol], self.lengths[symbol]) = ((next / span) as u16, length);
            self.table[next..next + span].fill((symbol as u16, length));
            next += span;
        }
        Some(next)
    }

    /// Lengths of a best code for counts, none longer than `longest` bits (package-merge: Larmore and Hirschberg, "A
    /// fast algorithm for optimal length-limited Huffman codes", 1990). Symbols that never occur get none; a single
    /// one gets one bit.
    ///
    /// # Panics
    /// If there are more symbols than codes.
    pub fn lengths_of(counts: &[u64], longest: u32) -> Vec<u8> {
        let used: Vec<usize> = (0..counts.len()).filter(|s| counts[*s] > 0).collect();
        assert!(used.len() <= 1 << longest, "{} symbols and codes of {longest} bits", used.len());
        let mut lengths = vec![0u8; counts.len()];
        if used.len() == 1 {
            lengths[used[0]] = 1;
        }
        if used.len() < 2 {
            return lengths;
        }
        let mut coins: Vec<(u64, Vec<usize>)> = used.iter().map(|s| (counts[*s], vec![*s])).collect();
        coins.sort_by_key(|c| c.0);
        let mut packages: Vec<(u64, Vec<usize>)> = Vec::new();
        for _ in 0..longest {
            let mut all: Vec<(u64, Vec<usize>)> = coins.clone();
            all.extend(packages);
            all.sort_by_key(|c| c.0);
            packages = all
                .chunks_exact(2)
                .map(|p| (p[0].0 + p[1].0, [p[0].1.as_slice(), p[1].1.as_slice()].concat()))
                .collect();
        }
        for (_, symbols) in packages.into_iter().take(used.len() - 1) {
            symbols.into_iter().for_each(|s| lengths[s] += 1);
        }
        lengths
    }

    /// Bits of each symbol's code.
    pub fn lengths(&self) -> &[u8] {
        &self.lengths
    }

    /// Code and length of a symbol.
    pub fn code(&self, symbol: usize) -> (u16, u8) {
        (self.codes[symbol], self.lengths[symbol])
    }

    /// Bits that [`Huffman::lookup`] takes.
    pub fn longest(&self) -> u32 {
        self.longest
    }

    /// Symbol and length of the code at the top of the next [`Huffman::longest`] bits; length 0 if there is none.
    pub fn lookup(&self, bits: usize) -> (u16, u8) {
        self.table[bits]
    }
}

impl Coder for Huffman {
    fn decode(&self, bits: &mut BitReader<'_>, count: usize, emit: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        for _ in 0..count {
            let (symbol, length) = self.table[bits.peek(self.longest) as usize];
            if length == 0 {
                return Err(Fault);
            }
            bits.take(length.into()).ok_or(Fault)?;
            emit(symbol.into());
        }
        Ok(())
    }

    fn encode(&self, symbols: &[u64], bits: &mut BitWriter) -> Option<()> {
        for s in symbols {
            let (code, length) = (self.codes.get(*s as usize)?, self.lengths[*s as usize]);
            if length == 0 {
                return None;
            }
            bits.put((*code).into(), length.into());
        }
        Some(())
    }

    fn draw(&self, rng: &mut SplitMix64) -> u64 {
        loop {
            let (symbol, length) = self.table[rng.below(self.table.len() as u64) as usize];
            if length > 0 {
                return symbol.into();
            }
        }
    }
}

/// Random lengths of a complete code for some of `symbols` symbols, none longer than `longest`.
pub fn random_lengths(rng: &mut SplitMix64, symbols: usize, longest: u32) -> Vec<u8> {
    let skew = 1 + rng.below(6);
    let sparse = rng.below(3);
    let mut counts: Vec<u64> = (0..symbols)
        .map(|_| {
            let few = rng.below(4) < sparse;
            if few { 0 } else { 1 + (rng.next_u64() >> rng.below(8 * skew).min(63)) % (1 << 30) }
        })
        .collect();
    // At least two codes.
    counts[rng.below(symbols as u64 / 2) as usize] = 1;
    counts[symbols / 2 + rng.below((symbols - symbols / 2) as u64) as usize] = 3;
    // More symbols than codes make the rarest wait.
    let most = 1usize << longest.min(20);
    if counts.iter().filter(|c| **c > 0).count() > most {
        counts[most..].fill(0);
    }
    Huffman::lengths_of(&counts, longest)
}

/// Tables that a decoder loads: symbols in the order of their codes, each entry a length above the bits of a symbol.
/// The last entry has `last`.
#[derive(Clone, Copy, Debug)]
pub struct Loading {
    /// Bits of a symbol.
    pub symbol_bits: u32,
    /// Bits of the longest code.
    pub longest: u32,
}

impl Loading {
    /// The entries of a code.
    pub fn entries(&self, code: &Huffman) -> Vec<u64> {
        let entry = |(symbol, length): (usize, u8)| u64::from(length) << self.symbol_bits | symbol as u64;
        code.sequence().into_iter().map(entry).collect()
    }
}

impl Tables for Loading {
    fn read(&self, entries: &[u64]) -> Option<Box<dyn Coder>> {
        let symbol = |e: u64| (e & ((1 << self.symbol_bits) - 1)) as usize;
        let sequence: Vec<(usize, u8)> =
            entries.iter().map(|e| (symbol(*e), (e >> self.symbol_bits & 15) as u8)).collect();
        let code = Huffman::in_order(&sequence, 1 << self.symbol_bits, self.longest)?;
        Some(Box::new(code))
    }

    fn clocks(&self) -> u32 {
        1 << self.longest
    }

    fn fit(&self, counts: &[u64]) -> Vec<u64> {
        let mut counts = most_frequent(counts, 1 << self.longest);
        // A single code would leave half of the table out.
        if counts.iter().filter(|c| **c > 0).count() < 2 {
            counts.iter_mut().take(2).for_each(|c| *c = (*c).max(1));
        }
        let code = Huffman::new(&Huffman::lengths_of(&counts, self.longest), self.longest, Order::ShortFirst);
        self.entries(&code.expect("package-merge fills all codes"))
    }

    fn text(&self, entries: &[u64]) -> String {
        let mut lengths = vec![0; 1 << self.symbol_bits];
        for e in entries {
            lengths[(e & ((1 << self.symbol_bits) - 1)) as usize] = e >> self.symbol_bits;
        }
        commas(&lengths)
    }

    fn valid(&self, rng: &mut SplitMix64) -> Vec<u64> {
        let order = if rng.below(2) == 0 { Order::ShortFirst } else { Order::LongFirst };
        loop {
            let lengths = random_lengths(rng, 1 << self.symbol_bits, self.longest);
            if let Some(code) = Huffman::new(&lengths, self.longest, order) {
                // A single code of one bit leaves half of the table out.
                if code.sequence().len() > 1 {
                    return self.entries(&code);
                }
            }
        }
    }

    fn doubtful(&self, rng: &mut SplitMix64) -> Vec<u64> {
        let mut entries = self.valid(rng);
        if rng.below(3) > 0 {
            return spoilt(entries, rng);
        }
        // The codes with a one in front come first: all codes are there, but in no canonical order, as a rule.
        let slots = |e: &u64| 1usize << (self.longest - (e >> self.symbol_bits) as u32);
        let mut ends = entries.iter().scan(0, |end, e| {
            *end += slots(e);
            Some(*end)
        });
        let half = ends.position(|end| end == 1 << (self.longest - 1)).map_or(0, |last| last + 1);
        entries.rotate_left(half);
        entries
    }
}
