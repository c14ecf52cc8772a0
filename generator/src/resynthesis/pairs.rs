//! Which inputs a table could have: those that tell apart the cases in which it has to differ.
use super::network::{Id, Table, Values};
use crate::random::SplitMix64;
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// Pairs of cases to start a trial with.
const FIRST_PAIRS: usize = 192;

/// Sets of inputs that a trial looks at for one choice of inputs to give up.
const SETS: u32 = 3000;

/// Sets that a trial compares in all cases.
const COMPARISONS: u32 = 1000;

/// Which inputs may be added to others.
pub(super) struct Additions {
    /// Not these.
    refused: BTreeSet<Id>,
    /// Sets that may still be looked at.
    sets: u32,
}

impl Additions {
    /// Any but these, for one choice of inputs to give up.
    pub(super) fn except(refused: BTreeSet<Id>) -> Self {
        Self { refused, sets: SETS }
    }
}

/// Pairs of cases that a table has to tell apart, and which nodes do: few of all there are, which grow by those that a
/// set of inputs was found to confuse.
pub(super) struct Pairs<'v> {
    values: &'v [Values],
    pub(super) divisors: Vec<Id>,
    on: Values,
    off: Values,
    count: usize,
    /// For each divisor a bit for each pair.
    apart: Vec<Vec<u64>>,
    comparisons: u32,
}

/// A bit of a word of values.
#[derive(Clone, Copy)]
struct Case {
    word: usize,
    bit: u64,
}

impl<'v> Pairs<'v> {
    pub(super) fn new(
        values: &'v [Values],
        divisors: Vec<Id>,
        on: Values,
        off: Values,
        random: &mut SplitMix64,
    ) -> Self {
        // In any order: the first that do are taken.
        let mut divisors = divisors;
        for i in (1..divisors.len()).rev() {
            divisors.swap(i, random.below(i as u64 + 1) as usize);
        }
        let apart = vec![Vec::new(); divisors.len()];
        let words = |set: &Values| (0..set.len()).filter(|w| set[*w] != 0).collect::<Vec<_>>();
        let (ones, zeros) = (words(&on), words(&off));
        let mut pairs = Pairs { values, divisors, on, off, count: 0, apart, comparisons: COMPARISONS };
        for _ in 0..FIRST_PAIRS {
            let one = case(&pairs.on, &ones, random);
            let zero = case(&pairs.off, &zeros, random);
            pairs.add(one, zero);
        }
        pairs
    }

    fn add(&mut self, one: Case, zero: Case) {
        let (word, bit) = (self.count / 64, self.count % 64);
        for (d, apart) in self.divisors.iter().zip(&mut self.apart) {
            let value = &self.values[*d as usize];
            let differs = (value[one.word] & one.bit != 0) != (value[zero.word] & zero.bit != 0);
            apart.resize(word + 1, 0);
            apart[word] |= u64::from(differs) << bit;
        }
        self.count += 1;
    }

    /// A pair that no node of a set tells apart.
    fn confused(&self, set: &[usize]) -> Option<usize> {
        (0..self.count.div_ceil(64)).find_map(|w| {
            let apart = set.iter().fold(0, |all, d| all | self.apart[*d][w]);
            let left = self.count - 64 * w;
            let there = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
            let confused = there & !apart;
            (confused != 0).then(|| 64 * w + confused.trailing_zeros() as usize)
        })
    }

    /// Extends a set by exactly so many nodes, in all ways that tell the known pairs apart, until `done`.
    pub(super) fn extend(
        &mut self,
        set: &mut Vec<usize>,
        added: usize,
        additions: &mut Additions,
        done: &mut dyn FnMut(&[usize], &mut Self) -> bool,
    ) -> bool {
        let Some(pair) = self.confused(set) else {
            // Fewer do.
            return done(set, self);
        };
        if added == 0 {
            return false;
        }
        for d in 0..self.divisors.len() {
            let id = self.divisors[d];
            if self.apart[d][pair / 64] >> (pair % 64) & 1 == 0
                || additions.refused.contains(&id)
                || set.contains(&d)
            {
                continue;
            }
            if additions.sets == 0 || self.comparisons == 0 {
                return true;
            }
            additions.sets -= 1;
            set.push(d);
            let ended = self.extend(set, added - 1, additions, done);
            set.pop();
            if ended {
                return true;
            }
        }
        false
    }

    /// A table of these inputs that does, if they tell all cases apart; else a pair that they do not is known from now on.
    pub(super) fn table(&mut self, set: &[usize]) -> Option<Table> {
        let contents = self.contents(set)?;
        Some(Table { inputs: set.iter().map(|d| self.divisors[*d]).collect(), contents })
    }

    pub(super) fn contents(&mut self, set: &[usize]) -> Option<u64> {
        if self.comparisons == 0 || self.confused(set).is_some() {
            return None;
        }
        self.comparisons -= 1;
        let inputs: SmallVec<[&[u64]; 6]> =
            set.iter().map(|d| self.values[self.divisors[*d] as usize].as_slice()).collect();
        let mut ones: [Option<Case>; 64] = [None; 64];
        let mut zeros = ones;
        for word in 0..self.on.len() {
            let (on, off) = (self.on[word], self.off[word]);
            if let Some(row) = rows(&inputs, word, on, off, &mut ones, &mut zeros) {
                let (one, zero) = (ones[row].expect("seen"), zeros[row].expect("seen"));
                self.add(one, zero);
                return None;
            }
        }
        Some((0..64).filter(|row| ones[*row].is_some()).map(|row| 1u64 << row).sum())
    }
}

/// Notes for each row of a table a case of this word in which it has to be 1, and one in which 0; a row with both.
fn rows(
    inputs: &[&[u64]],
    word: usize,
    on: u64,
    off: u64,
    ones: &mut [Option<Case>; 64],
    zeros: &mut [Option<Case>; 64],
) -> Option<usize> {
    let mut parts: SmallVec<[(usize, u64); 64]> = SmallVec::new();
    parts.push((0, on | off));
    for (k, input) in inputs.iter().enumerate() {
        let bits = input[word];
        for i in 0..parts.len() {
            let (row, cases) = parts[i];
            let (one, zero) = (cases & bits, cases & !bits);
            if zero == 0 {
                parts[i] = (row | 1 << k, one);
                continue;
            }
            parts[i] = (row, zero);
            if one != 0 {
                parts.push((row | 1 << k, one));
            }
        }
    }
    let mut both = None;
    for (row, cases) in parts {
        let note = |seen: &mut Option<Case>, cases: u64| {
            if cases != 0 {
                seen.get_or_insert(Case { word, bit: cases & cases.wrapping_neg() });
            }
        };
        note(&mut ones[row], cases & on);
        note(&mut zeros[row], cases & off);
        if ones[row].is_some() && zeros[row].is_some() {
            both = Some(row);
        }
    }
    both
}

/// A case of a set, which has some in these words.
fn case(set: &Values, words: &[usize], random: &mut SplitMix64) -> Case {
    let word = words[random.below(words.len() as u64) as usize];
    let mut cases = set[word];
    for _ in 0..random.below(u64::from(cases.count_ones())) {
        cases &= cases - 1;
    }
    Case { word, bit: cases & cases.wrapping_neg() }
}
