//! The reference model of an entropy decoder, and streams to try it on.
//!
//! A core of N lanes decodes N streams side by side, each on its own port; the symbols are dealt out one by one, so
//! that symbol i is the one of lane i mod N; blocks begin and end in all lanes at once, and so do streams. A beat out has one
//! symbol of each lane, lane 0 in the least significant bits. A lane at fault ends the output; what it had decoded comes
//! out if the others had it too.
use super::block::{self, Coder, Event, Frame, Kind, Place, with_header};
use crate::rng::SplitMix64;
use crate::stream::{Beat, Decoded, Scenario, StreamModel};

/// Tables that a core loads.
pub trait Tables: Send + Sync {
    /// The code of a table, entry by entry as loaded; `None` if it is not valid.
    fn read(&self, entries: &[u64]) -> Option<Box<dyn Coder>>;

    /// Clocks that loading the longest table takes.
    fn clocks(&self) -> u32;

    /// A good table for symbols that occur so often. Where a table can't have all of them, the rarest stay without a code.
    fn fit(&self, counts: &[u64]) -> Vec<u64>;

    /// A table as the text that wires it in: numbers by symbol, separated by commas.
    fn text(&self, entries: &[u64]) -> String;

    /// A valid table.
    fn valid(&self, rng: &mut SplitMix64) -> Vec<u64>;

    /// One that is most likely not valid, but might be.
    fn doubtful(&self, rng: &mut SplitMix64) -> Vec<u64> {
        spoilt(self.valid(rng), rng)
    }
}

/// A table with an entry too many, or too few, or another one.
pub(super) fn spoilt(mut entries: Vec<u64>, rng: &mut SplitMix64) -> Vec<u64> {
    let at = rng.below(entries.len() as u64) as usize;
    match rng.below(3) {
        0 => entries.truncate(at.max(1)),
        1 => entries.push(entries[at]),
        _ => entries[at] ^= 1 << rng.below(4),
    }
    entries
}

/// Numbers in a line.
pub(super) fn commas(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// The counts of the `most` most frequent symbols; 0 for the others.
pub fn most_frequent(counts: &[u64], most: usize) -> Vec<u64> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|s| std::cmp::Reverse(counts[*s]));
    let mut kept = vec![0; counts.len()];
    order.into_iter().take(most).for_each(|s| kept[s] = counts[s]);
    kept
}

/// Where a core's code comes from.
pub enum Code {
    /// It is wired in.
    Wired(Box<dyn Coder>),
    /// It is loaded.
    Loaded(Box<dyn Tables>),
}

/// The model of a decoder.
pub struct Decoder {
    /// Words and symbols.
    pub frame: Frame,
    /// Lanes.
    pub lanes: usize,
    /// Symbols at the beginning of a block that may take longer than a clock.
    pub slow: usize,
    /// The code.
    pub code: Code,
}

impl Decoder {
    /// Valid tables in the order of their loading, and whether all were valid.
    fn tables(&self, beats: &[Beat]) -> (Vec<Box<dyn Coder>>, bool) {
        let Code::Loaded(tables) = &self.code else { return (Vec::new(), true) };
        let (mut found, mut all) = (Vec::new(), true);
        for table in beats.split_inclusive(|b| b.last).filter(|t| t.last().is_some_and(|b| b.last)) {
            let entries: Vec<u64> = table.iter().map(|b| b.data as u64).collect();
            match tables.read(&entries) {
                Some(t) => found.push(t),
                None => all = false,
            }
        }
        (found, all)
    }

    /// What a lane says, and whether it is at fault behind that.
    fn lane(&self, beats: &[Beat], tables: &[Box<dyn Coder>]) -> (Vec<Event>, bool) {
        let words: Vec<(u64, bool)> = beats.iter().map(|b| (b.data as u64, b.last)).collect();
        let mut out = Vec::new();
        let mut switched = 0;
        let coder = |switch: bool| -> Option<&dyn Coder> {
            match &self.code {
                Code::Wired(coder) => (!switch).then_some(&**coder),
                Code::Loaded(_) => {
                    switched += usize::from(switch);
                    tables.get(switched.checked_sub(1)?).map(|t| &**t)
                }
            }
        };
        let fault = block::decode(self.frame, &words, coder, &mut |event| out.push(event)).is_err();
        (out, fault)
    }

    /// Words of each lane for symbols, block by block; `kinds` spoils the choice of the encoder now and then.
    fn blocks(&self, coder: &dyn Coder, switch: bool, count: usize, rng: &mut SplitMix64) -> Vec<Vec<u64>> {
        let style = rng.below(8);
        let one = coder.draw(rng);
        let lane = |rng: &mut SplitMix64| {
            let symbols: Vec<u64> =
                (0..count).map(|_| if style == 0 { one } else { coder.draw(rng) }).collect();
            if style != 1 {
                return block::encode(self.frame, coder, &symbols, switch);
            }
            let mut w = super::bits::BitWriter::new(self.frame.word_bits);
            symbols.iter().for_each(|s| self.frame.put_raw(*s, &mut w));
            with_header(self.frame, Kind::Raw, switch, count, w.finish())
        };
        (0..self.lanes).map(|_| lane(rng)).collect()
    }

    /// Words of a lane for symbols that are not coded.
    fn plain_block(&self, count: usize, rng: &mut SplitMix64) -> Vec<u64> {
        let symbols: Vec<u64> = (0..count).map(|_| rng.bits(self.frame.symbol_bits) as u64).collect();
        block::encode_plain(self.frame, &symbols)
    }

    /// Spoils the words of a lane.
    fn spoil(&self, words: &mut Vec<u64>, lasts: &mut Vec<usize>, rng: &mut SplitMix64) {
        let word_bits = self.frame.word_bits;
        let n = words.len() as u64;
        match rng.below(6) {
            0 | 1 => {
                for _ in 0..=rng.below(3) {
                    words[rng.below(n) as usize] ^= 1 << rng.below(word_bits.into());
                }
            }
            2 => words.truncate(1 + rng.below(n) as usize),
            3 => {
                for _ in 0..=rng.below(4) {
                    let at = rng.below(words.len() as u64 + 1) as usize;
                    words.insert(at, rng.bits(word_bits) as u64);
                }
            }
            4 => {
                let from = rng.below(n) as usize;
                words[from..].iter_mut().for_each(|w| *w = rng.bits(word_bits) as u64);
            }
            _ => lasts.push(rng.below(n) as usize),
        }
        // In the header as often as in the rest.
        if rng.below(3) == 0 && !words.is_empty() {
            let at = rng.below(words.len().min(block::header_words(self.frame)) as u64) as usize;
            words[at] ^= 1 << rng.below(word_bits.into());
        }
    }
}

impl StreamModel for Decoder {
    fn channels(&self) -> Vec<String> {
        let lane = |i: usize| if self.lanes == 1 { "s".into() } else { format!("s{i}") };
        let loads = matches!(self.code, Code::Loaded(_)).then(|| "t".into());
        (0..self.lanes).map(lane).chain(loads).collect()
    }

    fn steady_from(&self) -> Option<usize> {
        Some(self.slow)
    }

    fn rest(&self) -> u32 {
        match &self.code {
            Code::Wired(_) => 48,
            Code::Loaded(tables) => 64 + 2 * tables.clocks(),
        }
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        let groups = self.groups(inputs);
        let beats = groups.all.iter().map(|(data, place)| (*data, *place != Place::Inside)).collect();
        Decoded { beats, error: groups.fault || !groups.tables_valid }
    }

    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        // A spoiled count can make many thousand symbols of a word: seldom worth the clocks.
        loop {
            let scenario = self.attempt(rng, symbols, corrupt);
            if !corrupt || rng.below(64) == 0 || self.longest(&scenario) <= 2 * symbols + 500 {
                return scenario;
            }
        }
    }
}

/// What comes out of the lanes together.
pub struct Groups {
    /// A symbol of each lane, lane 0 in the least significant bits.
    pub all: Vec<(u128, Place)>,
    /// A stream was at fault, or the lanes did not end together: nothing more comes.
    pub fault: bool,
    /// Whether all tables were valid; one that is not changes nothing but `error`.
    pub tables_valid: bool,
}

impl Decoder {
    /// What the lanes of a scenario give together.
    pub fn groups(&self, inputs: &Scenario) -> Groups {
        let none = Vec::new();
        let (tables, tables_valid) = self.tables(inputs.get(self.lanes).unwrap_or(&none));
        let lanes: Vec<_> = inputs[..self.lanes].iter().map(|beats| self.lane(beats, &tables)).collect();
        let mut fault = lanes.iter().any(|l| l.1);
        let mut all = Vec::new();
        let shortest = lanes.iter().map(|l| l.0.len()).min().unwrap_or(0);
        for i in 0..shortest {
            let first = lanes[0].0[i];
            // What stands in front of the end of a stream is right.
            if let Event::Symbol(_, place) = first {
                let symbol = |l: &(Vec<Event>, bool)| l.0[i].symbol().map_or(0, u128::from);
                let data = lanes.iter().rev().fold(0, |d, l| d << self.frame.symbol_bits | symbol(l));
                all.push((data, place));
            }
            if !lanes.iter().all(|l| l.0[i].agrees(first)) {
                fault = true;
                break;
            }
        }
        Groups { all, fault, tables_valid }
    }

    /// Symbols and headers of the lane that has most.
    fn longest(&self, inputs: &Scenario) -> usize {
        let none = Vec::new();
        let (tables, _) = self.tables(inputs.get(self.lanes).unwrap_or(&none));
        inputs[..self.lanes].iter().map(|beats| self.lane(beats, &tables).0.len()).max().unwrap_or(0)
    }

    fn attempt(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        let mut words: Vec<Vec<u64>> = vec![Vec::new(); self.lanes];
        let mut waits: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.lanes];
        let mut loaded: Vec<Beat> = Vec::new();
        let mut load = |entries: Vec<u64>| {
            let n = entries.len();
            loaded.extend(entries.into_iter().enumerate().map(|(i, e)| Beat::new(e.into(), i + 1 == n)));
            loaded.len()
        };
        let mut current: Option<Box<dyn Coder>> = None;
        let mut left = symbols.max(1);
        while left > 0 {
            let mut switch = false;
            if let Code::Loaded(tables) = &self.code {
                // What is not coded needs no table.
                if current.is_none() && !corrupt && rng.below(4) == 0 {
                    let count = (1 + rng.below(40) as usize).min(left);
                    left -= count;
                    words.iter_mut().for_each(|lane| lane.extend(self.plain_block(count, rng)));
                    continue;
                }
                // With several tables on their way, what a false switch does would depend on when it comes.
                if current.is_none() || !corrupt && rng.below(3) == 0 {
                    if rng.below(4) == 0 {
                        let entries = tables.doubtful(rng);
                        if tables.read(&entries).is_none() {
                            load(entries);
                        }
                    }
                    let entries = tables.valid(rng);
                    current = tables.read(&entries);
                    let n = load(entries);
                    waits.iter_mut().zip(&words).for_each(|(w, words)| w.push((words.len(), n)));
                    switch = true;
                }
            }
            let coder: &dyn Coder = match (&self.code, &current) {
                (Code::Wired(c), _) => &**c,
                (_, Some(c)) => &**c,
                (_, None) => unreachable!("a table was loaded"),
            };
            let most = match rng.below(4) {
                0 => 4,
                1 => 40,
                _ => 1000,
            };
            let count = (1 + rng.below(most) as usize).min(left);
            left -= count;
            for (lane, block) in words.iter_mut().zip(self.blocks(coder, switch, count, rng)) {
                lane.extend(block);
            }
        }
        let mut lasts: Vec<Vec<usize>> = vec![Vec::new(); self.lanes];
        if corrupt {
            let lane = rng.below(self.lanes as u64) as usize;
            self.spoil(&mut words[lane], &mut lasts[lane], rng);
        }
        let mut out: Scenario = Vec::new();
        for (lane, words) in words.iter().enumerate() {
            let mut beats: Vec<Beat> = words.iter().map(|w| Beat::new((*w).into(), false)).collect();
            lasts[lane].iter().filter(|i| **i < words.len()).for_each(|i| beats[*i].last = true);
            if let Some(b) = beats.last_mut() {
                b.last = true;
            }
            for (at, n) in &waits[lane] {
                if let Some(b) = beats.get_mut(*at) {
                    b.after = Some((self.lanes, *n));
                }
            }
            out.push(beats);
        }
        if matches!(self.code, Code::Loaded(_)) {
            out.push(loaded);
        }
        out
    }
}
