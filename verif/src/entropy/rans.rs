//! Range asymmetric numeral systems (Duda, arXiv 1311.2540), word by word, as the `AnsCoder` of the package constriction
//! (Bamler, arXiv 2201.01741) has them with states of 32 bits and words of 16 (its `SmallAnsCoder`).
//!
//! Symbol i comes from state i mod N. The first symbol of each state reads its two words, the high one first; each other
//! symbol reads one word if its state is below 2^16 and there is one. An encoder begins with states of 2^16; a single
//! state begins with 0, as constriction's. A decoder that ends with anything else has read a corrupt block.
//!
//! With one state the words are those of `into_compressed`, last word first. A state that is below 2^16 in the end has
//! its high word of zeros here, which constriction leaves away.
use super::bits::{BitReader, BitWriter};
use super::block::{Coder, Fault};
use super::scenario::{Tables, commas, most_frequent};
use super::tans::Tans;
use crate::rng::SplitMix64;

/// Bits of a word.
pub const WORD: u32 = 16;

/// A code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rans {
    precision: u32,
    states: usize,
    /// Counts by symbol, and the sum of the counts before.
    counts: Vec<u32>,
    before: Vec<u32>,
    /// The symbol of each slot.
    slots: Vec<u16>,
}

impl Rans {
    /// The code of counts by symbol that sum to 2^`precision`; at least two symbols have some. `None` if it is not so.
    pub fn new(counts: &[u32], precision: u32, states: usize) -> Option<Self> {
        let sum: u64 = counts.iter().map(|c| u64::from(*c)).sum();
        if sum != 1 << precision || counts.iter().filter(|c| **c > 0).count() < 2 {
            return None;
        }
        let mut before = Vec::with_capacity(counts.len());
        let mut slots = Vec::with_capacity(1 << precision);
        for (s, c) in counts.iter().enumerate() {
            before.push(slots.len() as u32);
            slots.extend(std::iter::repeat_n(s as u16, *c as usize));
        }
        Some(Self { precision, states, counts: counts.to_vec(), before, slots })
    }

    /// What states begin with in an encoder, and end with in a decoder.
    pub fn seed(states: usize) -> u32 {
        if states == 1 { 0 } else { 1 << WORD }
    }

    /// Count of a symbol.
    pub fn count(&self, symbol: usize) -> u32 {
        self.counts[symbol]
    }

    /// Sum of the counts before a symbol's.
    pub fn before(&self, symbol: usize) -> u32 {
        self.before[symbol]
    }

    /// The symbol of each slot.
    pub fn slots(&self) -> &[u16] {
        &self.slots
    }
}

impl Coder for Rans {
    fn decode(&self, bits: &mut BitReader<'_>, count: usize, emit: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        let mask = (1 << self.precision) - 1;
        let mut states = vec![Self::seed(self.states); self.states];
        for i in 0..count {
            let state = &mut states[i % self.states];
            if i < self.states {
                *state = bits.take(2 * WORD).ok_or(Fault)? as u32;
            } else if *state < 1 << WORD
                && let Some(word) = bits.take(WORD)
            {
                *state = *state << WORD | word as u32;
            }
            let slot = *state & mask;
            let symbol = usize::from(self.slots[slot as usize]);
            *state = (*state >> self.precision) * self.counts[symbol] + (slot - self.before[symbol]);
            emit(symbol as u64);
        }
        if states.iter().all(|s| *s == Self::seed(self.states)) { Ok(()) } else { Err(Fault) }
    }

    fn encode(&self, symbols: &[u64], bits: &mut BitWriter) -> Option<()> {
        let mut states = vec![Self::seed(self.states); self.states];
        let mut words: Vec<u16> = Vec::with_capacity(symbols.len());
        let mut turn = symbols.len() % self.states;
        for s in symbols.iter().rev() {
            turn = if turn == 0 { self.states - 1 } else { turn - 1 };
            let count = *self.counts.get(*s as usize)?;
            if count == 0 {
                return None;
            }
            let state = &mut states[turn];
            if *state >> (2 * WORD - self.precision) >= count {
                words.push(*state as u16);
                *state >>= WORD;
            }
            *state = (*state / count) << self.precision | (self.before[*s as usize] + *state % count);
        }
        states.iter().take(symbols.len()).for_each(|s| bits.put((*s).into(), 2 * WORD));
        words.iter().rev().for_each(|w| bits.put((*w).into(), WORD));
        Some(())
    }

    fn draw(&self, rng: &mut SplitMix64) -> u64 {
        self.slots[rng.below(self.slots.len() as u64) as usize].into()
    }
}

/// Tables that a decoder loads: an entry for each symbol that occurs, in the order of the symbols: its count less one
/// above the symbol.
#[derive(Clone, Copy, Debug)]
pub struct Loading {
    /// Bits of a symbol.
    pub symbol_bits: u32,
    /// Counts sum to 2^precision.
    pub precision: u32,
    /// States in turn.
    pub states: usize,
}

impl Loading {
    /// The entries of a code.
    pub fn entries(&self, code: &Rans) -> Vec<u64> {
        let used = code.counts.iter().enumerate().filter(|(_, c)| **c > 0);
        used.map(|(s, c)| u64::from(c - 1) << self.symbol_bits | s as u64).collect()
    }
}

impl Tables for Loading {
    fn read(&self, entries: &[u64]) -> Option<Box<dyn Coder>> {
        let mut counts = vec![0; 1 << self.symbol_bits];
        let mut least = 0;
        for e in entries {
            let symbol = (e & ((1 << self.symbol_bits) - 1)) as usize;
            if symbol < least {
                return None;
            }
            counts[symbol] = (e >> self.symbol_bits) as u32 + 1;
            least = symbol + 1;
        }
        Some(Box::new(Rans::new(&counts, self.precision, self.states)?))
    }

    fn clocks(&self) -> u32 {
        1 << self.precision
    }

    fn fit(&self, counts: &[u64]) -> Vec<u64> {
        let mut counts = most_frequent(counts, 1 << self.precision);
        // A symbol alone would leave nothing to tell apart.
        if counts.iter().filter(|c| **c > 0).count() < 2 {
            counts.iter_mut().take(2).for_each(|c| *c = (*c).max(1));
        }
        let normal = Tans::normalise(&counts, self.precision);
        let counts: Vec<u32> = normal.into_iter().map(i32::unsigned_abs).collect();
        let code = Rans::new(&counts, self.precision, self.states);
        self.entries(&code.expect("normalised counts sum to a power of two"))
    }

    fn text(&self, entries: &[u64]) -> String {
        let mut counts = vec![0; 1 << self.symbol_bits];
        for e in entries {
            counts[(e & ((1 << self.symbol_bits) - 1)) as usize] = (e >> self.symbol_bits) + 1;
        }
        commas(&counts)
    }

    fn valid(&self, rng: &mut SplitMix64) -> Vec<u64> {
        let symbols = 1usize << self.symbol_bits;
        let skew = rng.below(40);
        let count = |rng: &mut SplitMix64| {
            if rng.below(3) == 0 { 0 } else { 1 + (rng.next_u64() >> 40 >> rng.below(skew + 1).min(23)) }
        };
        let mut counts: Vec<u64> = (0..symbols).map(|_| count(rng)).collect();
        (counts[0], counts[symbols - 1]) = (1, 2);
        // More symbols than slots make the others wait.
        let most = (1usize << self.precision).min(symbols);
        counts[1..symbols - 1].iter_mut().skip(most - 2).for_each(|c| *c = 0);
        self.fit(&counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use constriction::stream::Decode;
    use constriction::stream::model::ContiguousCategoricalEntropyModel;
    use constriction::stream::stack::SmallAnsCoder;

    fn code(rng: &mut SplitMix64, precision: u32, states: usize) -> Rans {
        let loading = Loading { symbol_bits: 8, precision, states };
        let mut counts = vec![0; 256];
        for e in loading.valid(rng) {
            counts[(e & 255) as usize] = (e >> 8) as u32 + 1;
        }
        Rans::new(&counts, precision, states).expect("a valid table")
    }

    /// Words of constriction read here, and words from here read by constriction.
    #[test]
    fn words_are_those_of_constriction() {
        let mut rng = SplitMix64::new(8);
        for n in [1usize, 2, 3, 10, 100, 5000] {
            for _ in 0..20 {
                let code = code(&mut rng, 12, 1);
                let used: Vec<u16> = (0..256).filter(|s| code.count((*s).into()) > 0).collect();
                let counts: Vec<u16> = used.iter().map(|s| code.count((*s).into()) as u16).collect();
                let model =
                    ContiguousCategoricalEntropyModel::<u16, Vec<u16>, 12>::from_nonzero_fixed_point_probabilities(
                        &counts, false,
                    )
                    .expect("counts sum to 4096");
                let symbols: Vec<u64> = (0..n).map(|_| code.draw(&mut rng)).collect();
                let index = |s: u64| used.binary_search(&(s as u16)).expect("a symbol with a count");
                let mut theirs = SmallAnsCoder::new();
                theirs
                    .encode_iid_symbols_reverse(symbols.iter().map(|s| index(*s)), &model)
                    .expect("symbols with counts");
                let mut words = theirs.into_compressed().expect("a vector");
                let mut ours = BitWriter::new(WORD);
                code.encode(&symbols, &mut ours).expect("symbols with counts");
                let ours = ours.finish();
                words.reverse();
                let mut padded: Vec<u64> = words.iter().map(|w| u64::from(*w)).collect();
                if padded.len() < 2 {
                    padded.insert(0, 0);
                }
                assert_eq!(ours, padded, "{n} symbols");
                let mut back = Vec::new();
                code.decode(&mut BitReader::new(&ours, WORD), n, &mut |s| back.push(s))
                    .expect("a sound block");
                assert_eq!(back, symbols);
                words.reverse();
                let mut coder = SmallAnsCoder::from_compressed(words).expect("compressed words");
                let theirs: Vec<u64> = coder
                    .decode_iid_symbols(n, &model)
                    .map(|s| used[s.expect("any state has a symbol")].into())
                    .collect();
                assert_eq!(theirs, symbols);
            }
        }
    }

    /// The words that each of several states reads are constriction's for its symbols, begun at 2^16.
    #[test]
    fn states_in_turn_are_coders_side_by_side() {
        let mut rng = SplitMix64::new(9);
        for states in [2usize, 3, 4] {
            for n in [1usize, 3, 4, 5, 1000] {
                let code = code(&mut rng, 10, states);
                let one = Rans { states: 1, ..code.clone() };
                let symbols: Vec<u64> = (0..n).map(|_| code.draw(&mut rng)).collect();
                let mut w = BitWriter::new(WORD);
                code.encode(&symbols, &mut w).expect("symbols with counts");
                let words = w.finish();
                let mut back = Vec::new();
                code.decode(&mut BitReader::new(&words, WORD), n, &mut |s| back.push(s)).expect("sound");
                assert_eq!(back, symbols);
                let total: usize = (0..states.min(n))
                    .map(|j| {
                        let own: Vec<u64> = symbols.iter().skip(j).step_by(states).copied().collect();
                        let mut w = BitWriter::new(WORD);
                        one.encode(&own, &mut w).expect("symbols with counts");
                        w.finish().len()
                    })
                    .sum();
                // Beginning at 2^16 costs each state a word at most.
                assert!(
                    (total..=total + states).contains(&words.len()),
                    "{} words, {total} apart",
                    words.len()
                );
            }
        }
    }
}
