//! The search for fewer tables.
use super::collapse::{TABLE_INPUTS, users};
use super::network::{Id, Network, Node, Table, Values};
use crate::random::SplitMix64;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};

/// Trials in a unit of effort.
const TRIALS: u32 = 1000;

/// Pairs of cases to start a trial with.
const FIRST_PAIRS: usize = 192;

/// Sets of inputs that a trial looks at for one choice of inputs to give up.
const SETS: u32 = 3000;

/// Sets that a trial compares in all cases.
const COMPARISONS: u32 = 1000;

/// Replacements of one kind that are enough to choose from.
const ENOUGH: usize = 3;

/// A network with the same outputs and as few tables as so many thousand trials find.
pub(super) fn search(network: Network, effort: u32) -> Network {
    let mut s = Search::new(network);
    let mut best = s.network.clone();
    let mut fewest = best.tables();
    for _ in 0..effort * TRIALS {
        if s.tables.is_empty() {
            break;
        }
        s.trial();
        if s.tables.len() < fewest {
            (best, fewest) = (s.network.clone(), s.tables.len());
        }
    }
    best
}

struct Search {
    network: Network,
    order: Vec<Id>,
    users: Vec<Vec<Id>>,
    /// Those of the order.
    tables: Vec<Id>,
    values: Vec<Values>,
    /// Values of the outputs, which stay.
    wanted: Vec<Values>,
    random: SplitMix64,
}

/// What a table becomes, and how many tables fall away.
struct Replacement {
    to: Become,
    gain: usize,
}

enum Become {
    Table(Table),
    Node { id: Id, inverted: bool },
}

impl Search {
    fn new(network: Network) -> Self {
        let (order, nodes) = (network.order(), network.nodes.len());
        let users = users(&network, &order);
        let mut s = Self {
            network,
            order,
            users,
            tables: Vec::new(),
            values: vec![Values::new(); nodes],
            wanted: Vec::new(),
            random: SplitMix64::new(1),
        };
        s.evaluate(&vec![true; nodes]);
        for id in 0..s.network.inputs {
            // Those too that nothing reads yet.
            let mut value = Values::new();
            s.network.evaluate(id, |_| &[], &mut value);
            s.values[id as usize] = value;
        }
        s.wanted = s.network.outputs.iter().map(|o| s.values[*o as usize].clone()).collect();
        s.list_tables();
        s
    }

    fn list_tables(&mut self) {
        let is_table = |id: &Id| matches!(self.network.nodes[*id as usize], Node::Table(_));
        self.tables = self.order.iter().copied().filter(is_table).collect();
    }

    /// Values of these nodes, in order.
    fn evaluate(&mut self, which: &[bool]) {
        let mut out = Values::new();
        for id in self.order.iter().filter(|id| which[**id as usize]) {
            self.network.evaluate(*id, |a| &self.values[a as usize], &mut out);
            std::mem::swap(&mut self.values[*id as usize], &mut out);
        }
    }

    /// Tries to replace a table drawn at random.
    fn trial(&mut self) {
        let id = self.tables[self.random.below(self.tables.len() as u64) as usize];
        let behind = self.behind(id);
        let care = self.care(id, &behind);
        let value = &self.values[id as usize];
        let on: Values = value.iter().zip(&care).map(|(v, c)| v & c).collect();
        let off: Values = value.iter().zip(&care).map(|(v, c)| !v & c).collect();
        let never = |set: &Values| set.iter().all(|w| *w == 0);
        if never(&on) || never(&off) {
            return self.make_constant(id, !never(&on));
        }
        let found = self.replacements(id, &behind, on, off);
        let most = found.iter().map(|r| r.gain).max().unwrap_or(0);
        let best: Vec<Replacement> = found.into_iter().filter(|r| r.gain == most).collect();
        if best.is_empty() {
            return;
        }
        let chosen = self.random.below(best.len() as u64) as usize;
        match best.into_iter().nth(chosen).expect("one of them").to {
            Become::Table(table) => self.network.nodes[id as usize] = Node::Table(table),
            Become::Node { id: to, inverted } => self.read_instead(id, to, inverted),
        }
        self.settle(&behind);
    }

    /// The network has changed at and behind these nodes.
    fn settle(&mut self, behind: &[bool]) {
        self.order = self.network.order();
        self.users = users(&self.network, &self.order);
        self.values.resize(self.network.nodes.len(), Values::new());
        let mut which = behind.to_vec();
        which.resize(self.network.nodes.len(), true);
        self.evaluate(&which);
        self.list_tables();
        let same = |(o, w): (&Id, &Values)| self.values[*o as usize] == *w;
        assert!(self.network.outputs.iter().zip(&self.wanted).all(same), "a search changed the results");
    }

    /// A node and all that depends on it.
    fn behind(&self, id: Id) -> Vec<bool> {
        let mut behind = vec![false; self.network.nodes.len()];
        behind[id as usize] = true;
        let mut work = vec![id];
        while let Some(id) = work.pop() {
            for user in &self.users[id as usize] {
                if !std::mem::replace(&mut behind[*user as usize], true) {
                    work.push(*user);
                }
            }
        }
        behind
    }

    /// The cases in which an output is another if the node is.
    fn care(&self, id: Id, behind: &[bool]) -> Values {
        let mut other: BTreeMap<Id, Values> = BTreeMap::new();
        other.insert(id, self.values[id as usize].iter().map(|w| !w).collect());
        for node in self.order.iter().filter(|n| behind[**n as usize] && **n != id) {
            if !self.network.arguments(*node).iter().any(|a| other.contains_key(a)) {
                continue;
            }
            let mut value = Values::new();
            let of = |a: Id| other.get(&a).unwrap_or(&self.values[a as usize]).as_slice();
            self.network.evaluate(*node, of, &mut value);
            if value != self.values[*node as usize] {
                other.insert(*node, value);
            }
        }
        let mut care = vec![0; self.network.words()];
        for o in &self.network.outputs {
            let Some(value) = other.get(o) else { continue };
            let old = &self.values[*o as usize];
            care.iter_mut().zip(value.iter().zip(old)).for_each(|(c, (a, b))| *c |= a ^ b);
        }
        care
    }

    /// Tables that fall away if `user` no longer reads `id`; `left` are the readers that remain of each.
    fn freed(&self, id: Id, left: &mut BTreeMap<Id, usize>) -> usize {
        if !matches!(self.network.nodes[id as usize], Node::Table(_)) {
            return 0;
        }
        let readers = left.entry(id).or_insert_with(|| {
            let outputs = self.network.outputs.iter().filter(|o| **o == id).count();
            self.users[id as usize].len() + outputs
        });
        *readers -= 1;
        if *readers > 0 {
            return 0;
        }
        let mut arguments = self.network.arguments(id);
        arguments.sort_unstable();
        arguments.dedup();
        1 + arguments.into_iter().map(|a| self.freed(a, left)).sum::<usize>()
    }

    fn replacements(&mut self, id: Id, behind: &[bool], on: Values, off: Values) -> Vec<Replacement> {
        let constant = |d: Id| matches!(self.network.nodes[d as usize], Node::Constant(_));
        let inputs = 0..self.network.inputs;
        let others = self.order.iter().copied().filter(|d| *d >= self.network.inputs);
        let divisors: Vec<Id> =
            inputs.chain(others).filter(|d| !behind[*d as usize] && !constant(*d)).collect();
        let Node::Table(table) = self.network.nodes[id as usize].clone() else {
            unreachable!("only tables are tried")
        };
        let mut pairs = Pairs::new(&self.values, divisors, on, off, &mut self.random);
        let mut found = Vec::new();
        self.aliases(id, &table, &mut pairs, &mut found);
        // Two at a time lead out of where one at a time ends, and take long to find.
        let most_for_nothing = if self.random.below(8) == 0 { 2 } else { 1 };
        let places: BTreeMap<Id, usize> = pairs.divisors.iter().copied().zip(0..).collect();
        for dropped in 1u32..1 << table.inputs.len() {
            let chosen = |given_up: bool| -> Vec<Id> {
                let inputs = table.inputs.iter().enumerate();
                inputs.filter(|(i, _)| (dropped >> i & 1 == 1) == given_up).map(|(_, id)| *id).collect()
            };
            let (drop, keep) = (chosen(true), chosen(false));
            // Many at once leave too much to find.
            if drop.len() > 3 && !keep.is_empty() {
                continue;
            }
            let mut left = BTreeMap::new();
            let gain = drop.iter().map(|d| self.freed(*d, &mut left)).sum();
            if gain == 0 && drop.len() > 2 {
                continue;
            }
            let gone: BTreeSet<Id> =
                left.into_iter().filter(|(_, readers)| *readers == 0).map(|l| l.0).collect();
            let keep: Vec<usize> = keep.iter().map(|k| places[k]).collect();
            let mut query = Query { keep, gone, drop, gain, sets: SETS, most_for_nothing };
            self.inputs_instead(&mut query, &mut pairs, &mut found);
        }
        found
    }

    /// Nodes that have the value already, or its inverse.
    fn aliases(&self, id: Id, table: &Table, pairs: &mut Pairs<'_>, found: &mut Vec<Replacement>) {
        let only_tables = !self.network.outputs.contains(&id)
            && self.users[id as usize]
                .iter()
                .all(|u| matches!(self.network.nodes[*u as usize], Node::Table(_)));
        let mut left = BTreeMap::new();
        let mut inputs = table.inputs.clone();
        inputs.sort_unstable();
        let gain = 1 + inputs.iter().map(|i| self.freed(*i, &mut left)).sum::<usize>();
        for d in 0..pairs.divisors.len() {
            let Some(contents) = pairs.contents(&[d]) else { continue };
            let (to, inverted) = (pairs.divisors[d], contents == 1);
            if !inverted || only_tables {
                found.push(Replacement { to: Become::Node { id: to, inverted }, gain });
            }
        }
    }

    /// Sets of inputs that do instead: those kept, and few others.
    fn inputs_instead(&self, query: &mut Query, pairs: &mut Pairs<'_>, found: &mut Vec<Replacement>) {
        let gain = query.gain;
        let keep = query.keep.clone();
        if let Some(table) = pairs.table(&keep) {
            found.push(Replacement { to: Become::Table(table), gain });
            return;
        }
        // What falls away may join.
        let mut joined = keep.clone();
        let below = query.gone.iter().flat_map(|g| self.network.arguments(*g));
        let below: BTreeSet<Id> = below.filter(|a| !query.gone.contains(a)).collect();
        let places = below.iter().map(|b| pairs.divisors.iter().position(|d| d == b));
        if gain > 0
            && let Some(places) = places.collect::<Option<Vec<usize>>>()
        {
            joined.extend(places.into_iter().filter(|p| !keep.contains(p)));
            if joined.len() <= TABLE_INPUTS
                && let Some(table) = pairs.table(&joined)
            {
                found.push(Replacement { to: Become::Table(table), gain });
            }
        }
        let room = TABLE_INPUTS.saturating_sub(keep.len());
        let most = room.min(if gain > 0 { 3 } else { query.most_for_nothing });
        let before = found.len();
        for added in 1..=most {
            let mut set = keep.clone();
            pairs.extend(&mut set, added, query, &mut |set, pairs| {
                if let Some(table) = pairs.table(set) {
                    found.push(Replacement { to: Become::Table(table), gain });
                }
                found.len() >= before + ENOUGH
            });
            if found.len() > before {
                return;
            }
        }
    }

    /// A table that is constant wherever it matters.
    fn make_constant(&mut self, id: Id, bit: bool) {
        let behind = self.behind(id);
        self.network.nodes.push(Node::Constant(bit));
        let constant = self.network.nodes.len() as Id - 1;
        self.read_instead(id, constant, false);
        self.settle(&behind);
    }

    /// Whoever reads `id` reads `to`.
    fn read_instead(&mut self, id: Id, to: Id, inverted: bool) {
        let constant = match self.network.nodes[to as usize] {
            Node::Constant(bit) => Some(bit),
            _ => None,
        };
        for node in &mut self.network.nodes {
            let Node::Table(table) = node else { continue };
            let Some(place) = table.inputs.iter().position(|i| *i == id) else { continue };
            *table = match constant {
                Some(bit) => table.with_constant(place, bit),
                None => table.with_input(id, to, inverted),
            };
        }
        let chains = self.network.chains.iter_mut();
        let pins = chains.flat_map(|c| c.propagate.iter_mut().chain(&mut c.generate).chain([&mut c.carry]));
        pins.chain(&mut self.network.outputs).filter(|p| **p == id).for_each(|p| *p = to);
    }
}

/// One choice of inputs to give up.
struct Query {
    /// Places of the inputs that stay.
    keep: Vec<usize>,
    /// Tables that fall away, which may not be read.
    gone: BTreeSet<Id>,
    /// Inputs given up.
    drop: Vec<Id>,
    gain: usize,
    /// Sets that may still be looked at.
    sets: u32,
    /// Inputs that may be added where no table falls away.
    most_for_nothing: usize,
}

/// Pairs of cases that a table has to tell apart, and which nodes do: few of all there are, which grow by those that a
/// set of inputs was found to confuse.
struct Pairs<'v> {
    values: &'v [Values],
    divisors: Vec<Id>,
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
    fn new(
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
    fn extend(
        &mut self,
        set: &mut Vec<usize>,
        added: usize,
        query: &mut Query,
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
                || query.gone.contains(&id)
                || query.drop.contains(&id)
                || set.contains(&d)
            {
                continue;
            }
            if query.sets == 0 || self.comparisons == 0 {
                return true;
            }
            query.sets -= 1;
            set.push(d);
            let ended = self.extend(set, added - 1, query, done);
            set.pop();
            if ended {
                return true;
            }
        }
        false
    }

    /// A table of these inputs that does, if they tell all cases apart; else a pair that they do not is known from now on.
    fn table(&mut self, set: &[usize]) -> Option<Table> {
        let contents = self.contents(set)?;
        Some(Table { inputs: set.iter().map(|d| self.divisors[*d]).collect(), contents })
    }

    fn contents(&mut self, set: &[usize]) -> Option<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resynthesis::network::Chain;
    use smallvec::smallvec;

    /// Nine inputs; a multiplexer built of gates, whose select also decides what its data may be.
    fn wasteful() -> Network {
        let mut nodes: Vec<Node> = (0..9).map(Node::Input).collect();
        let mut table = |inputs: &[Id], contents: u64| {
            nodes.push(Node::Table(Table { inputs: inputs.iter().copied().collect(), contents }));
            nodes.len() as Id - 1
        };
        let (and, or, xor) = (0b1000, 0b1110, 0b0110);
        let low = table(&[0, 1], and);
        // Never 1 where the one above is.
        let never = table(&[0, 1], 0b0001);
        let both = table(&[low, never], and);
        let data = table(&[2, 3], xor);
        let other = table(&[both, 4], or);
        let left = table(&[low, data], and);
        let right = table(&[low, other], 0b0100);
        let out = table(&[left, right], or);
        let twice = table(&[out, both], xor);
        Network { nodes, chains: Vec::new(), outputs: vec![twice], inputs: 9 }
    }

    #[test]
    fn what_no_case_needs_falls_away() {
        // One table of five inputs is all that it takes.
        assert_eq!(search(wasteful(), 1).tables(), 1);
    }

    #[test]
    fn a_search_is_the_same_every_time() {
        let (a, b) = (search(wasteful(), 1), search(wasteful(), 1));
        assert_eq!((a.nodes, a.outputs), (b.nodes, b.outputs));
    }

    #[test]
    fn a_chain_is_one_piece_and_gives_what_it_gave() {
        // The sum of two numbers of four bits, and a table that computes its lowest bit once more.
        let mut nodes: Vec<Node> = (0..8).map(Node::Input).collect();
        let propagate: Vec<Id> = (0..4)
            .map(|i| {
                nodes.push(Node::Table(Table { inputs: smallvec![i, i + 4], contents: 0b0110 }));
                nodes.len() as Id - 1
            })
            .collect();
        nodes.push(Node::Constant(false));
        let chain = Chain { propagate, generate: vec![0, 1, 2, 3], carry: 12 };
        nodes.extend((0..5).map(|bit| Node::Output { chain: 0, bit }));
        nodes.push(Node::Table(Table { inputs: smallvec![0, 4], contents: 0b0110 }));
        let outputs = vec![13, 14, 15, 16, 17, 18];
        let sum = Network { nodes, chains: vec![chain], outputs, inputs: 8 };
        let found = search(sum.clone(), 1);
        assert_eq!(found.tables(), 4);
        let values = |n: &Network| Search::new(n.clone()).wanted;
        let words = values(&found);
        assert_eq!(words, values(&sum));
        for case in 0..256usize {
            let bit = |k: usize| words[k][case / 64] >> (case % 64) & 1;
            let total: u64 = (0..5).map(|k| bit(k) << k).sum();
            assert_eq!(total, (case as u64 & 15) + (case as u64 >> 4), "{case}");
        }
    }
}
