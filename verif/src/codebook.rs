//! Codebooks: values by index (k-means quantised weights), and streams of indices.
use crate::interface::Port;
use crate::rng::SplitMix64;
use crate::stream::{Beat, Book, Coded, Decoded, FileCode, Scenario, StreamModel, bytes_of, of_bytes};

/// The model of a core that turns indices into values.
#[derive(Clone, Debug)]
pub struct Codebook {
    /// Bits of an index, 2 to 8.
    pub index_bits: u32,
    /// Indices of a beat.
    pub lanes: usize,
    /// Codes of the values; `None`: tables are loaded.
    pub wired: Option<Vec<u64>>,
    /// A port for one value.
    pub value: Port,
}

impl Codebook {
    fn most(&self) -> usize {
        1 << self.index_bits
    }

    fn index(&self, beat: u128, lane: usize) -> usize {
        (beat >> (lane as u32 * self.index_bits)) as usize & (self.most() - 1)
    }

    /// The values of a beat; `None` if one of its indices has none.
    fn look_up(&self, table: &[u64], beat: u128) -> Option<u128> {
        let values = (0..self.lanes).map(|lane| table.get(self.index(beat, lane)));
        let values = values.collect::<Option<Vec<_>>>()?;
        Some(values.iter().rev().fold(0, |all, v| all << self.value.width | u128::from(**v)))
    }

    fn table(&self, rng: &mut SplitMix64) -> Vec<u64> {
        let n = if rng.below(2) == 0 { self.most() } else { 1 + rng.below(self.most() as u64) as usize };
        (0..n).map(|_| rng.bits(self.value.width) as u64).collect()
    }

    /// Beats of a table.
    fn beats_of(table: &[u64]) -> impl Iterator<Item = Beat> {
        table.iter().enumerate().map(|(i, v)| Beat::new((*v).into(), i + 1 == table.len()))
    }
}

impl StreamModel for Codebook {
    fn channels(&self) -> Vec<String> {
        let loaded = self.wired.is_none().then(|| "t".into());
        ["s".into()].into_iter().chain(loaded).collect()
    }

    fn user(&self, channel: usize) -> Option<&str> {
        (channel == 0 && self.wired.is_none()).then_some("s_switch")
    }

    fn steady_from(&self) -> Option<usize> {
        Some(0)
    }

    fn can_fail(&self) -> bool {
        self.wired.as_ref().is_none_or(|t| t.len() < self.most())
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        let none = Vec::new();
        let loaded = inputs.get(1).unwrap_or(&none);
        let tables = loaded.split_inclusive(|b| b.last).filter(|t| t.last().is_some_and(|b| b.last));
        let tables: Vec<Vec<u64>> = tables.map(|t| t.iter().map(|b| b.data as u64).collect()).collect();
        let mut out = Decoded { beats: Vec::new(), error: tables.iter().any(|t| t.len() > self.most()) };
        let mut valid = tables.iter().filter(|t| t.len() <= self.most());
        let mut current = self.wired.as_ref();
        for beat in &inputs[0] {
            if self.wired.is_none() && (beat.user || current.is_none()) {
                current = valid.next();
            }
            let Some(values) = current.and_then(|t| self.look_up(t, beat.data)) else {
                out.error = true;
                break;
            };
            out.beats.push((values, beat.last));
        }
        out
    }

    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        let (mut stream, mut tables) = (Vec::new(), Vec::new());
        let mut table = self.wired.clone();
        let mut left = symbols.div_ceil(self.lanes).max(1);
        while left > 0 {
            let count = (1 + rng.below(200) as usize).min(left);
            left -= count;
            let first = stream.len();
            let switches = self.wired.is_none() && (table.is_none() || rng.below(2) == 0);
            if switches {
                if corrupt && rng.below(3) == 0 {
                    let long: Vec<u64> =
                        (0..=self.most() + rng.below(3) as usize).map(|i| i as u64 & 1).collect();
                    tables.extend(Self::beats_of(&long));
                }
                let next = self.table(rng);
                tables.extend(Self::beats_of(&next));
                table = Some(next);
            }
            let Some(known) = &table else { unreachable!("a table was loaded") };
            let spoiled = if corrupt && left == 0 { Some(rng.below(count as u64)) } else { None };
            for i in 0..count as u64 {
                let most = if spoiled == Some(i) { self.most() } else { known.len() };
                let indices = (0..self.lanes).map(|_| rng.below(most as u64) as u128);
                let data = indices.fold(0, |all, i| all << self.index_bits | i);
                stream.push(Beat::new(data, i + 1 == count as u64));
            }
            if switches {
                // The first switch goes without saying.
                stream[first].user = first > 0 || rng.below(2) == 0;
                stream[first].after = Some((1, tables.len()));
            }
        }
        if self.wired.is_some() { vec![stream] } else { vec![stream, tables] }
    }
}

impl FileCode for Codebook {
    fn symbol_bits(&self) -> u32 {
        self.index_bits
    }

    fn word_bits(&self) -> u32 {
        8
    }

    fn encode(&self, symbols: &[u64]) -> Result<Coded, String> {
        if let Some(table) = &self.wired
            && let Some(at) = symbols.iter().position(|s| *s as usize >= table.len())
        {
            return Err(format!(
                "symbol {at} is {}, beyond the {} values of the book",
                symbols[at],
                table.len()
            ));
        }
        let filled = symbols.len().next_multiple_of(self.lanes) - symbols.len();
        let more = symbols.last().into_iter().cycle().take(filled);
        let lanes = vec![bytes_of(symbols.iter().chain(more).copied(), self.index_bits)];
        Ok(Coded { table: Vec::new(), lanes })
    }

    fn decode(&self, coded: &Coded, count: u64) -> Option<Vec<u64>> {
        let [bytes] = &coded.lanes[..] else { return None };
        let count = usize::try_from(count).ok()?;
        let filled = count.checked_next_multiple_of(self.lanes)?;
        if bytes.len() as u64 != (filled as u64).checked_mul(self.index_bits.into())?.div_ceil(8) {
            return None;
        }
        let values = self.wired.as_ref().map_or(coded.table.len(), Vec::len);
        let mut symbols = of_bytes(bytes, self.index_bits);
        symbols.truncate(filled);
        let known = symbols.iter().all(|s| (*s as usize) < values);
        symbols.truncate(count);
        known.then_some(symbols)
    }

    fn table_text(&self, table: &[u64]) -> Option<String> {
        let codes = || table.iter().map(|c| format!("{c:#x}")).collect::<Vec<_>>().join(",");
        (self.wired.is_none() && !table.is_empty()).then(|| codes() + "\n")
    }

    fn book(&self) -> Option<Book<'_>> {
        Some(Book { codes: self.wired.as_deref(), value: &self.value })
    }
}
