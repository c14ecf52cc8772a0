//! Whole sequences of symbols: cut into blocks, dealt out to lanes, and put together again.
use super::block::{self, Coder, Event, MOST_SYMBOLS, MOST_WORDS};
use super::scenario::{Code, Decoder};
use crate::stream::{Coded, FileCode};

impl Decoder {
    /// Blocks of as many symbols as there can be, with one table, fitted to all of them, where the code is loaded.
    /// Lanes end together: the last symbol is repeated until they do.
    ///
    /// # Panics
    /// If a symbol has more bits than the decoder's.
    pub fn encode_all(&self, symbols: &[u64]) -> Coded {
        let bits = self.frame.symbol_bits;
        assert!(symbols.iter().all(|s| s >> bits == 0), "symbols of more than {bits} bits");
        let mut coded = Coded { table: Vec::new(), lanes: vec![Vec::new(); self.lanes] };
        if symbols.is_empty() {
            return coded;
        }
        let loaded: Box<dyn Coder>;
        let coder: &dyn Coder = match &self.code {
            Code::Wired(coder) => &**coder,
            Code::Loaded(tables) => {
                let mut counts = vec![0; 1 << bits];
                symbols.iter().for_each(|s| counts[*s as usize] += 1);
                coded.table = tables.fit(&counts);
                loaded = tables.read(&coded.table).expect("a fitted table is valid");
                &*loaded
            }
        };
        self.each_block(symbols, |n, lane, own| {
            let switch = n == 0 && !coded.table.is_empty();
            coded.lanes[lane].extend(block::encode(self.frame, coder, own, switch));
        });
        coded
    }

    /// Blocks without a table, for symbols that are fewer than what a table would save; `None` where the code is
    /// wired or blocks are too long for that.
    pub fn encode_plain(&self, symbols: &[u64]) -> Option<Coded> {
        let Code::Loaded(_) = self.code else { return None };
        // Symbols that take a whole word each may be too many for a payload.
        let longest = symbols.len().div_ceil(self.lanes).min(MOST_SYMBOLS) * self.frame.raw_bits as usize;
        if longest.div_ceil(self.frame.word_bits as usize) > MOST_WORDS {
            return None;
        }
        let mut lanes = vec![Vec::new(); self.lanes];
        self.each_block(symbols, |_, lane, own| lanes[lane].extend(block::encode_plain(self.frame, own)));
        Some(Coded { table: Vec::new(), lanes })
    }

    /// Gives the symbols of each block and lane: which block it is, the lane, and its symbols.
    fn each_block(&self, symbols: &[u64], mut put: impl FnMut(usize, usize, &[u64])) {
        let Some(last) = symbols.last() else { return };
        for (n, part) in symbols.chunks(MOST_SYMBOLS * self.lanes).enumerate() {
            let count = part.len().div_ceil(self.lanes);
            for lane in 0..self.lanes {
                let own = part.iter().skip(lane).step_by(self.lanes).copied();
                let own: Vec<u64> = own.chain(std::iter::repeat(*last)).take(count).collect();
                put(n, lane, &own);
            }
        }
    }

    /// A loaded table as the text that wires it in; `None` where the code is wired in, or without symbols.
    pub fn table_text(&self, table: &[u64]) -> Option<String> {
        match &self.code {
            Code::Loaded(tables) if !table.is_empty() => Some(tables.text(table) + "\n"),
            _ => None,
        }
    }

    /// The first `count` symbols of what [`Decoder::encode_all`] made of as many; `None` if these are not its words.
    pub fn decode_all(&self, table: &[u64], lanes: &[Vec<u64>], count: u64) -> Option<Vec<u64>> {
        if lanes.len() != self.lanes {
            return None;
        }
        let loaded = match &self.code {
            Code::Loaded(tables) if !table.is_empty() => Some(tables.read(table)?),
            _ => None,
        };
        let coder = |switch: bool| match (&self.code, &loaded) {
            (Code::Wired(coder), _) if !switch => Some(&**coder),
            (Code::Loaded(_), Some(coder)) => Some(&**coder),
            _ => None,
        };
        let each = usize::try_from(count.div_ceil(self.lanes as u64)).ok()?;
        let mut decoded = Vec::with_capacity(self.lanes);
        for words in lanes {
            let n = words.len();
            let words: Vec<(u64, bool)> = words.iter().enumerate().map(|(i, w)| (*w, i + 1 == n)).collect();
            let mut symbols = Vec::new();
            let mut keep = |event: Event| symbols.extend(event.symbol());
            block::decode(self.frame, &words, coder, &mut keep).ok()?;
            if symbols.len() != each {
                return None;
            }
            decoded.push(symbols);
        }
        let all = (0..each).flat_map(|i| decoded.iter().map(move |lane| lane[i]));
        Some(all.take(count as usize).collect())
    }
}

impl FileCode for Decoder {
    fn symbol_bits(&self) -> u32 {
        self.frame.symbol_bits
    }

    fn word_bits(&self) -> u32 {
        self.frame.word_bits
    }

    fn encode(&self, symbols: &[u64]) -> Result<Coded, String> {
        Ok(self.encode_all(symbols))
    }

    fn plain(&self, symbols: &[u64]) -> Option<Coded> {
        self.encode_plain(symbols)
    }

    fn decode(&self, coded: &Coded, count: u64) -> Option<Vec<u64>> {
        self.decode_all(&coded.table, &coded.lanes, count)
    }

    fn table_text(&self, table: &[u64]) -> Option<String> {
        self.table_text(table)
    }
}
