//! Tabled asymmetric numeral systems (Duda, arXiv 1311.2540) as zstd's FSE has them (RFC 8878, section 4.1).
//!
//! A block begins with the first states, of `log` bits each; symbol i comes from state i mod N. A symbol is what its
//! state says; the next state is a base and so many bits. The last symbol of each state reads no bits.
use super::bits::{BitReader, BitWriter};
use super::block::{Coder, Fault};
use super::scenario::{Tables, commas, most_frequent};
use crate::rng::SplitMix64;

/// What a state means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// The symbol.
    pub symbol: u16,
    /// Bits that the next state takes.
    pub bits: u8,
    /// What they are added to.
    pub base: u16,
}

/// A code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tans {
    log: u32,
    streams: usize,
    states: Vec<State>,
    /// By symbol: which state comes before a next state; `NONE` if none does.
    before: Vec<Vec<u16>>,
}

const NONE: u16 = u16::MAX;

impl Tans {
    /// The code of normalised counts, which sum to 2^`log`; -1 counts as 1 and stands for less than one, as zstd has
    /// it. `None` if the sum is another.
    pub fn new(counts: &[i32], log: u32, streams: usize) -> Option<Self> {
        let size = 1usize << log;
        let sum: i64 = counts.iter().map(|c| i64::from(c.abs())).sum();
        if sum != size as i64 || counts.iter().any(|c| *c < -1) {
            return None;
        }
        // Symbols that are rarer than one state stand at the end, the others are spread.
        let mut symbol = vec![0u16; size];
        let mut high = size;
        for (s, c) in counts.iter().enumerate() {
            if *c == -1 {
                high -= 1;
                symbol[high] = s as u16;
            }
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut at = 0;
        for (s, c) in counts.iter().enumerate() {
            for _ in 0..(*c).max(0) {
                symbol[at] = s as u16;
                at = (at + step) & (size - 1);
                while at >= high {
                    at = (at + step) & (size - 1);
                }
            }
        }
        let mut next: Vec<u32> = counts.iter().map(|c| c.unsigned_abs()).collect();
        let state = |s: u16| {
            let x = next[usize::from(s)];
            next[usize::from(s)] += 1;
            let bits = log - x.ilog2();
            State { symbol: s, bits: bits as u8, base: ((x << bits) - (1 << log)) as u16 }
        };
        Some(Self::of_states(symbol.into_iter().map(state).collect(), counts.len(), log, streams))
    }

    /// The code of states.
    fn of_states(states: Vec<State>, symbols: usize, log: u32, streams: usize) -> Self {
        let mut before = vec![Vec::new(); symbols];
        for (i, s) in states.iter().enumerate() {
            let table = &mut before[usize::from(s.symbol)];
            if table.is_empty() {
                *table = vec![NONE; 1 << log];
            }
            let from = usize::from(s.base);
            table[from..from + (1 << s.bits)].fill(i as u16);
        }
        Self { log, streams, states, before }
    }

    /// Counts that sum to 2^`log`, in proportion to `counts` as far as whole numbers can be: each symbol that occurs has
    /// one state at least, and no other counts would take fewer bits.
    ///
    /// # Panics
    /// If there are more symbols than states.
    pub fn normalise(counts: &[u64], log: u32) -> Vec<i32> {
        let size = 1i64 << log;
        let total: u64 = counts.iter().sum();
        let used = counts.iter().filter(|c| **c > 0).count() as i64;
        assert!(used <= size, "{used} symbols and {size} states");
        let mut out: Vec<i64> = counts
            .iter()
            .map(|c| if *c == 0 { 0 } else { ((*c as f64 / total as f64 * size as f64) as i64).max(1) })
            .collect();
        let mut left = size - out.iter().sum::<i64>();
        // What a state more saves, or one less costs, in bits.
        let gain = |c: u64, n: i64| c as f64 * ((n + 1) as f64 / n as f64).log2();
        while left != 0 {
            let candidates = (0..counts.len()).filter(|s| counts[*s] > 0);
            if left > 0 {
                let best =
                    candidates.max_by(|a, b| gain(counts[*a], out[*a]).total_cmp(&gain(counts[*b], out[*b])));
                out[best.unwrap_or(0)] += 1;
                left -= 1;
            } else {
                let cost = |s: usize| gain(counts[s], out[s] - 1);
                let best = candidates.filter(|s| out[*s] > 1).min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
                out[best.unwrap_or(0)] -= 1;
                left += 1;
            }
        }
        // The sum is concave in each count: where no exchange of one state gains, nothing does.
        loop {
            let used = || (0..counts.len()).filter(|s| counts[*s] > 0);
            let cost = |s: usize| gain(counts[s], out[s] - 1);
            let more = used().max_by(|a, b| gain(counts[*a], out[*a]).total_cmp(&gain(counts[*b], out[*b])));
            let less = used().filter(|s| out[*s] > 1).min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
            match (more, less) {
                (Some(more), Some(less)) if gain(counts[more], out[more]) > cost(less) => {
                    out[more] += 1;
                    out[less] -= 1;
                }
                _ => break,
            }
        }
        out.into_iter().map(|c| c as i32).collect()
    }

    /// What each state means.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Bits of a state.
    pub fn log(&self) -> u32 {
        self.log
    }

    /// States in turn.
    pub fn streams(&self) -> usize {
        self.streams
    }
}

impl Coder for Tans {
    fn decode(&self, bits: &mut BitReader<'_>, count: usize, emit: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        let mut states = Vec::new();
        for _ in 0..self.streams {
            states.push(bits.take(self.log).ok_or(Fault)?);
        }
        for i in 0..count {
            let state = &mut states[i % self.streams];
            let s = self.states[*state as usize];
            if i + self.streams < count {
                *state = u64::from(s.base) + bits.take(s.bits.into()).ok_or(Fault)?;
            }
            emit(s.symbol.into());
        }
        Ok(())
    }

    fn encode(&self, symbols: &[u64], bits: &mut BitWriter) -> Option<()> {
        let n = self.streams;
        let mut states: Vec<Option<u16>> = vec![None; n];
        // What each symbol's state reads, last symbol first.
        let mut reads: Vec<(u16, u8)> = Vec::with_capacity(symbols.len());
        let mut turn = symbols.len() % n;
        for s in symbols.iter().rev() {
            turn = if turn == 0 { n - 1 } else { turn - 1 };
            let before = self.before.get(*s as usize)?;
            let state = &mut states[turn];
            let from = match *state {
                None => *before.iter().find(|b| **b != NONE)?,
                Some(next) => {
                    let from = *before.get(usize::from(next))?;
                    if from == NONE {
                        return None;
                    }
                    let s = self.states[usize::from(from)];
                    reads.push((next - s.base, s.bits));
                    from
                }
            };
            *state = Some(from);
        }
        states.iter().for_each(|s| bits.put(s.unwrap_or(0).into(), self.log));
        reads.iter().rev().for_each(|(value, count)| bits.put((*value).into(), (*count).into()));
        Some(())
    }

    fn draw(&self, rng: &mut SplitMix64) -> u64 {
        self.states[rng.below(self.states.len() as u64) as usize].symbol.into()
    }
}

/// Tables that a decoder loads: an entry for each state in order, of bits, base and symbol, the first in the most
/// significant place.
#[derive(Clone, Copy, Debug)]
pub struct Loading {
    /// Bits of a symbol.
    pub symbol_bits: u32,
    /// Bits of a state.
    pub log: u32,
    /// States in turn.
    pub streams: usize,
}

impl Loading {
    /// The entries of a code.
    pub fn entries(&self, code: &Tans) -> Vec<u64> {
        let entry = |s: &State| {
            (u64::from(s.bits) << self.log | u64::from(s.base)) << self.symbol_bits | u64::from(s.symbol)
        };
        code.states.iter().map(entry).collect()
    }
}

impl Tables for Loading {
    fn read(&self, entries: &[u64]) -> Option<Box<dyn Coder>> {
        if entries.len() != 1 << self.log {
            return None;
        }
        let mut states = Vec::new();
        for e in entries {
            let symbol = (e & ((1 << self.symbol_bits) - 1)) as u16;
            let base = (e >> self.symbol_bits & ((1 << self.log) - 1)) as u16;
            let bits = (e >> (self.symbol_bits + self.log) & 15) as u8;
            if u32::from(bits) > self.log || base & ((1 << bits) - 1) != 0 {
                return None;
            }
            states.push(State { symbol, bits, base });
        }
        Some(Box::new(Tans::of_states(states, 1 << self.symbol_bits, self.log, self.streams)))
    }

    fn clocks(&self) -> u32 {
        1 << self.log
    }

    fn fit(&self, counts: &[u64]) -> Vec<u64> {
        let counts = most_frequent(counts, 1 << self.log);
        let code = Tans::new(&Tans::normalise(&counts, self.log), self.log, self.streams);
        self.entries(&code.expect("normalised counts sum to a power of two"))
    }

    fn text(&self, entries: &[u64]) -> String {
        let mut counts = vec![0; 1 << self.symbol_bits];
        entries.iter().for_each(|e| counts[(e & ((1 << self.symbol_bits) - 1)) as usize] += 1);
        commas(&counts)
    }

    fn valid(&self, rng: &mut SplitMix64) -> Vec<u64> {
        let symbols = 1usize << self.symbol_bits;
        let skew = rng.below(40);
        let mut counts: Vec<u64> = (0..symbols)
            .map(|_| {
                if rng.below(3) == 0 { 0 } else { 1 + (rng.next_u64() >> 40 >> rng.below(skew + 1).min(23)) }
            })
            .collect();
        (counts[0], counts[symbols - 1]) = (1, 2);
        // More symbols than states make the others wait.
        let most = (1usize << self.log).min(symbols);
        for c in counts.iter_mut().take(symbols - 1).skip(most.saturating_sub(1).max(1)) {
            *c = 0;
        }
        let mut normal = Tans::normalise(&counts, self.log);
        if rng.below(2) == 0 {
            normal.iter_mut().filter(|c| **c == 1).for_each(|c| *c = -1);
        }
        let code = Tans::new(&normal, self.log, self.streams);
        self.entries(&code.expect("normalised counts sum to a power of two"))
    }
}
