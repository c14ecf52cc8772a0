//! Reference of a stream of packed trits, and files of them.
use super::packed::{packed, unpacked};
use super::trits::Packing;
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Beat, Coded, Decoded, FileCode, Scenario, StreamModel};
use std::sync::LazyLock;

/// Words of whole bytes, each with the codes of `n` trits.
#[derive(Clone, Copy, Debug)]
pub struct TritStream {
    /// Trits of a word, 1 to 64.
    pub n: u32,
}

const PACKING: Packing = Packing::FiveInEight;

/// By the codes of five trits, two bits each: their byte.
static BYTES: LazyLock<Vec<u64>> = LazyLock::new(|| packed(PACKING));

/// By byte: its trits.
static TRITS: LazyLock<Vec<Vec<u64>>> = LazyLock::new(|| (0..256).map(|c| unpacked(PACKING, c)).collect());

/// The code that is no trit.
const NONE: u64 = 2;

impl TritStream {
    fn bytes(self) -> u32 {
        PACKING.groups(self.n)
    }

    /// The trits of a word, those that its last byte has beyond `n` too; `None` if one of its bytes is no code.
    fn trits(self, word: u128) -> Option<Vec<u64>> {
        let byte = |g: u32| &TRITS[(word >> (8 * g)) as usize & 255];
        let trits: Vec<u64> = (0..self.bytes()).flat_map(byte).copied().collect();
        (!trits.contains(&NONE)).then_some(trits)
    }

    fn word(self, trits: &[u64]) -> u128 {
        let groups = trits.chunks(PACKING.trits() as usize);
        let codes = groups.map(|g| BYTES[g.iter().rev().fold(0, |i, t| i << 2 | *t as usize)]);
        codes.rev().fold(0, |w, c| w << 8 | u128::from(c))
    }
}

impl StreamModel for TritStream {
    fn channels(&self) -> Vec<String> {
        vec!["s".into()]
    }

    fn steady_from(&self) -> Option<usize> {
        Some(0)
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        let mut out = Decoded::default();
        for beat in &inputs[0] {
            let Some(trits) = self.trits(beat.data) else {
                out.error = true;
                break;
            };
            let data = trits[..self.n as usize].iter().rev().fold(0, |d, t| d << 2 | u128::from(*t));
            out.beats.push((data, beat.last));
        }
        out
    }

    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        let none: Vec<u64> = (0..256).filter(|c| TRITS[*c as usize].contains(&NONE)).collect();
        let count = symbols.max(1);
        let spoiled = if corrupt { rng.below(count as u64) as usize } else { count };
        let mut beat = |i: usize| {
            let trits: Vec<u64> = (0..self.n).map(|_| [0, 1, 3][rng.below(3) as usize]).collect();
            let word = self.word(&trits);
            let place = 8 * rng.below(self.bytes().into());
            // Any byte, or one that is no code.
            let byte =
                if rng.below(4) == 0 { rng.below(256) } else { none[rng.below(none.len() as u64) as usize] };
            let noise = u128::from(byte) << place;
            let data = if i == spoiled { word & !(255 << place) | noise } else { word };
            Beat::new(data, i + 1 == count || rng.below(16) == 0)
        };
        vec![(0..count).map(&mut beat).collect()]
    }
}

impl FileCode for TritStream {
    fn symbol_bits(&self) -> u32 {
        2
    }

    fn word_bits(&self) -> u32 {
        8
    }

    fn encode(&self, symbols: &[u64]) -> Result<Coded, String> {
        if let Some(at) = symbols.iter().position(|s| *s == NONE) {
            return Err(format!("symbol {at} is -2, which is no trit"));
        }
        let word = |trits: &[u64]| {
            let mut trits = trits.to_vec();
            trits.resize(self.n as usize, 0);
            let word = self.word(&trits);
            (0..self.bytes()).map(move |g| (word >> (8 * g)) as u64 & 255)
        };
        Ok(Coded { table: Vec::new(), lanes: vec![symbols.chunks(self.n as usize).flat_map(word).collect()] })
    }

    fn decode(&self, coded: &Coded, count: u64) -> Option<Vec<u64>> {
        let [bytes] = &coded.lanes[..] else { return None };
        if bytes.len() as u64 != count.div_ceil(self.n.into()).checked_mul(self.bytes().into())? {
            return None;
        }
        let word = |b: &[u64]| b.iter().rev().fold(0, |w, byte| w << 8 | u128::from(*byte));
        let words = bytes.chunks(self.bytes() as usize).map(word);
        let trits = words.map(|w| self.trits(w).map(|t| t[..self.n as usize].to_vec()));
        let mut all = trits.collect::<Option<Vec<_>>>()?.concat();
        all.truncate(count as usize);
        Some(all)
    }

    fn table_text(&self, _table: &[u64]) -> Option<String> {
        None
    }
}
