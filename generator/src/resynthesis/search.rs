//! The search for fewer tables.
use super::network::{Id, Network, Node, TABLE_INPUTS, Table, Values};
use super::pairs::{Additions, Pairs};
use super::prover::{Prover, Verdict};
use super::sample::{self, Places};
use super::{Depth, MOST_COMPARED};
use crate::random::SplitMix64;
use std::collections::{BTreeMap, BTreeSet};

/// Trials in a unit of effort.
const TRIALS: u32 = 1000;

/// Replacements of one kind that are enough to choose from.
const ENOUGH: usize = 3;

/// One trial of so many, at the end, goes for narrow tables.
const NARROWING: u32 = 4;

/// A network with the same outputs and as few tables as so many thousand trials find, and these with few inputs; if
/// `depth` is kept, no output has more tables and chains on its way than the deepest had.
pub(super) fn search(network: Network, effort: u32, depth: Depth) -> Network {
    let trials = effort * TRIALS;
    let few = look(network, trials - trials / NARROWING, depth, Aim::Fewer);
    look(few, trials / NARROWING, depth, Aim::Narrower)
}

/// Values of all nodes that the outputs need, in all cases.
pub(super) fn values(network: &Network) -> Vec<Values> {
    State::new(network.clone(), sample::all(network.inputs)).values
}

/// The best network that so many trials find.
fn look(network: Network, trials: u32, depth: Depth, aim: Aim) -> Network {
    let mut s = Search::new(network, depth, aim);
    let mut best = s.state.network.clone();
    let mut fewest = s.state.tables.len();
    for _ in 0..trials {
        if s.state.tables.is_empty() {
            break;
        }
        s.trial();
        let tables = s.state.tables.len();
        if tables < fewest || aim == Aim::Narrower && tables == fewest {
            (best, fewest) = (s.state.network.clone(), tables);
        }
    }
    best
}

/// What is better.
#[derive(Clone, Copy, PartialEq)]
enum Aim {
    /// Fewer tables; as many, with any inputs, may lead to fewer.
    Fewer,
    /// Fewer tables, and of as many those of fewer inputs: two of them may share a site.
    Narrower,
}

struct Search {
    state: State,
    /// Most tables and chains on the way to an output, if that matters.
    deepest: Option<u32>,
    random: SplitMix64,
    aim: Aim,
    /// None where the values are those of all cases.
    sampled: Option<Sampled>,
}

/// What a change changes.
#[derive(Clone)]
struct State {
    network: Network,
    order: Vec<Id>,
    users: Vec<Vec<Id>>,
    /// Those of the order.
    tables: Vec<Id>,
    values: Vec<Values>,
}

/// What only cores of many inputs need.
struct Sampled {
    prover: Prover,
    places: Places,
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

impl State {
    /// Of a network whose inputs have these values.
    fn new(network: Network, inputs: Vec<Values>) -> Self {
        let (order, nodes) = (network.order(), network.nodes.len());
        let (users, mut values) = (network.users(&order), inputs);
        values.resize(nodes, Values::new());
        let mut s = Self { network, order, users, tables: Vec::new(), values };
        s.evaluate(&vec![true; nodes]);
        s.list_tables();
        s
    }

    fn list_tables(&mut self) {
        self.tables = self.order.iter().copied().filter(|id| self.network.is_table(*id)).collect();
    }

    /// Words of values.
    fn words(&self) -> usize {
        self.values.first().map_or(1, Vec::len)
    }

    /// Values of these nodes, in order.
    fn evaluate(&mut self, which: &[bool]) {
        let mut out = Values::new();
        for id in self.order.iter().filter(|id| which[**id as usize]) {
            self.network.evaluate(*id, self.words(), |a| &self.values[a as usize], &mut out);
            std::mem::swap(&mut self.values[*id as usize], &mut out);
        }
    }

    /// One word of the values of all nodes: of the cases that the inputs have there.
    fn evaluate_word(&mut self, word: usize, inputs: &[u64]) {
        let put = |values: &mut Values, value: u64| match values.get_mut(word) {
            Some(old) => *old = value,
            None => values.push(value),
        };
        inputs.iter().zip(&mut self.values).for_each(|(value, values)| put(values, *value));
        let mut out = Values::new();
        for id in self.order.iter().filter(|id| **id >= self.network.inputs) {
            self.network.evaluate(*id, 1, |a| &self.values[a as usize][word..=word], &mut out);
            put(&mut self.values[*id as usize], out[0]);
        }
    }

    /// The network has changed at and behind these nodes.
    fn settle(&mut self, behind: &[bool]) {
        self.order = self.network.order();
        self.users = self.network.users(&self.order);
        self.values.resize(self.network.nodes.len(), Values::new());
        let mut which = behind.to_vec();
        which.resize(self.network.nodes.len(), true);
        self.evaluate(&which);
        self.list_tables();
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
            self.network.evaluate(*node, self.words(), of, &mut value);
            if value != self.values[*node as usize] {
                other.insert(*node, value);
            }
        }
        let mut care = vec![0; self.words()];
        for o in &self.network.outputs {
            let Some(value) = other.get(o) else { continue };
            let old = &self.values[*o as usize];
            care.iter_mut().zip(value.iter().zip(old)).for_each(|(c, (a, b))| *c |= a ^ b);
        }
        care
    }

    /// Values of the outputs.
    fn results(&self) -> Vec<Values> {
        self.network.outputs.iter().map(|o| self.values[*o as usize].clone()).collect()
    }
}

impl Search {
    fn new(network: Network, depth: Depth, aim: Aim) -> Self {
        let mut random = SplitMix64::new(1);
        let compared = network.inputs <= MOST_COMPARED;
        let inputs = match compared {
            true => sample::all(network.inputs),
            false => sample::some(network.inputs, &mut random),
        };
        let state = State::new(network, inputs);
        let (network, order) = (&state.network, &state.order);
        let sampled =
            (!compared).then(|| Sampled { prover: Prover::new(network, order), places: Places::new() });
        let deepest = match depth {
            Depth::Kept => network.deepest(),
            Depth::Free => None,
        };
        Self { state, deepest, random, aim, sampled }
    }

    /// Tries to replace a table drawn at random.
    fn trial(&mut self) {
        let id = self.state.tables[self.random.below(self.state.tables.len() as u64) as usize];
        let behind = self.state.behind(id);
        let care = self.state.care(id, &behind);
        let value = &self.state.values[id as usize];
        let on: Values = value.iter().zip(&care).map(|(v, c)| v & c).collect();
        let off: Values = value.iter().zip(&care).map(|(v, c)| !v & c).collect();
        let never = |set: &Values| set.iter().all(|w| *w == 0);
        if never(&on) || never(&off) {
            return self.make_constant(id, !never(&on));
        }
        let found = self.replacements(id, &behind, on, off);
        let most = found.iter().map(|r| r.gain).max().unwrap_or(0);
        let mut best: Vec<Replacement> = found.into_iter().filter(|r| r.gain == most).collect();
        if self.aim == Aim::Narrower {
            let inputs = |r: &Replacement| if let Become::Table(t) = &r.to { t.inputs.len() } else { 0 };
            let now = self.state.network.arguments(id).len();
            let least = best.iter().map(inputs).min().filter(|least| most > 0 || *least <= now);
            best.retain(|r| Some(inputs(r)) == least);
        }
        if best.is_empty() {
            return;
        }
        let chosen = self.random.below(best.len() as u64) as usize;
        let to = best.into_iter().nth(chosen).expect("one of them").to;
        self.change(&behind, |network| match to {
            Become::Table(table) => network.nodes[id as usize] = Node::Table(table),
            Become::Node { id: to, inverted } => network.read_instead(id, to, inverted),
        });
    }

    /// Changes the network at and behind these nodes, unless it is another function then.
    fn change(&mut self, behind: &[bool], apply: impl FnOnce(&mut Network)) {
        let results = self.state.results();
        let before = self.sampled.is_some().then(|| self.state.clone());
        apply(&mut self.state.network);
        self.state.settle(behind);
        assert!(self.state.results() == results, "a search changed the results");
        let (Some(Sampled { prover, places }), Some(before)) = (&mut self.sampled, before) else { return };
        if prover.is_worn() {
            *prover = Prover::new(&before.network, &before.order);
        }
        let State { network, order, values, .. } = &self.state;
        let alike = |id: Id| before.values.get(id as usize) == Some(&values[id as usize]);
        let verdict = prover.same(network, order, alike);
        if verdict == Verdict::Same {
            return;
        }
        self.state = before;
        if let Verdict::Differs(case) = verdict {
            let inputs = sample::near(&case, &mut self.random);
            self.state.evaluate_word(places.next(), &inputs);
        }
    }

    /// Tables that fall away if `user` no longer reads `id`; `left` are the readers that remain of each.
    fn freed(&self, id: Id, left: &mut BTreeMap<Id, usize>) -> usize {
        if !self.state.network.is_table(id) {
            return 0;
        }
        let readers = left.entry(id).or_insert_with(|| {
            let outputs = self.state.network.outputs.iter().filter(|o| **o == id).count();
            self.state.users[id as usize].len() + outputs
        });
        *readers -= 1;
        if *readers > 0 {
            return 0;
        }
        let mut arguments = self.state.network.arguments(id);
        arguments.sort_unstable();
        arguments.dedup();
        1 + arguments.into_iter().map(|a| self.freed(a, left)).sum::<usize>()
    }

    fn replacements(&mut self, id: Id, behind: &[bool], on: Values, off: Values) -> Vec<Replacement> {
        let constant = |d: Id| matches!(self.state.network.nodes[d as usize], Node::Constant(_));
        let inputs = 0..self.state.network.inputs;
        let others = self.state.order.iter().copied().filter(|d| *d >= self.state.network.inputs);
        let (network, order) = (&self.state.network, &self.state.order);
        let bound =
            self.deepest.map(|deepest| (network.levels(order), network.latest(order, deepest)[id as usize]));
        let early = |d: Id| bound.as_ref().is_none_or(|(levels, latest)| levels[d as usize] < *latest);
        let divisors: Vec<Id> =
            inputs.chain(others).filter(|d| !behind[*d as usize] && !constant(*d) && early(*d)).collect();
        let Node::Table(table) = self.state.network.nodes[id as usize].clone() else {
            unreachable!("only tables are tried")
        };
        let mut pairs = Pairs::new(&self.state.values, divisors, on, off, &mut self.random);
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
            let query = Query { keep, gone, drop, gain, most_for_nothing };
            self.inputs_instead(&query, &mut pairs, &mut found);
        }
        found
    }

    /// Nodes that have the value already, or its inverse.
    fn aliases(&self, id: Id, table: &Table, pairs: &mut Pairs<'_>, found: &mut Vec<Replacement>) {
        let only_tables = !self.state.network.outputs.contains(&id)
            && self.state.users[id as usize].iter().all(|u| self.state.network.is_table(*u));
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
    fn inputs_instead(&self, query: &Query, pairs: &mut Pairs<'_>, found: &mut Vec<Replacement>) {
        let gain = query.gain;
        let keep = query.keep.clone();
        if let Some(table) = pairs.table(&keep) {
            found.push(Replacement { to: Become::Table(table), gain });
            return;
        }
        // What falls away may join.
        let mut joined = keep.clone();
        let below = query.gone.iter().flat_map(|g| self.state.network.arguments(*g));
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
        let mut additions = Additions::except(query.gone.iter().chain(&query.drop).copied().collect());
        for added in 1..=most {
            let mut set = keep.clone();
            pairs.extend(&mut set, added, &mut additions, &mut |set, pairs| {
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
        let behind = self.state.behind(id);
        self.change(&behind, |network| {
            network.nodes.push(Node::Constant(bit));
            network.read_instead(id, network.nodes.len() as Id - 1, false);
        });
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
    /// Inputs that may be added where no table falls away.
    most_for_nothing: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resynthesis::network::Chain;
    use smallvec::smallvec;

    fn tables(network: &Network) -> usize {
        network.order().iter().filter(|id| network.is_table(**id)).count()
    }

    /// A multiplexer built of gates, whose select also decides what its data may be.
    fn wasteful(count: u32) -> Network {
        let mut nodes: Vec<Node> = (0..count).map(Node::Input).collect();
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
        Network { nodes, outputs: vec![twice], inputs: count, ..Network::default() }
    }

    #[test]
    fn what_no_case_needs_falls_away() {
        // One table of five inputs is all that it takes. Of 20 inputs only a sample is looked at.
        for (inputs, depth) in [(9, Depth::Free), (9, Depth::Kept), (20, Depth::Free)] {
            assert_eq!(tables(&search(wasteful(inputs), 1, depth)), 1);
        }
    }

    #[test]
    fn a_search_is_the_same_every_time() {
        for inputs in [9, 20] {
            let [a, b] = [0; 2].map(|_| search(wasteful(inputs), 1, Depth::Free));
            assert_eq!((a.nodes, a.outputs), (b.nodes, b.outputs));
        }
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
        let sum = Network { nodes, chains: vec![chain], outputs, inputs: 8, ..Network::default() };
        let found = search(sum.clone(), 1, Depth::Free);
        assert_eq!(tables(&found), 4);
        let values = |n: &Network| Search::new(n.clone(), Depth::Free, Aim::Fewer).state.results();
        let words = values(&found);
        assert_eq!(words, values(&sum));
        for case in 0..256usize {
            let bit = |k: usize| words[k][case / 64] >> (case % 64) & 1;
            let total: u64 = (0..5).map(|k| bit(k) << k).sum();
            assert_eq!(total, (case as u64 & 15) + (case as u64 >> 4), "{case}");
        }
    }

    /// Whether all of 40 inputs are 1, in two levels of tables, and one of the inputs in the last.
    fn rare() -> Network {
        let mut nodes: Vec<Node> = (0..40).map(Node::Input).collect();
        let mut row: Vec<Id> = (0..40).collect();
        while row.len() > 1 {
            let all = |inputs: &[Id]| {
                let rows = 1u32 << inputs.len();
                nodes.push(Node::Table(Table { inputs: inputs.into(), contents: 1 << (rows - 1) }));
                nodes.len() as Id - 1
            };
            row = row.chunks(5).map(all).collect();
        }
        nodes.push(Node::Table(Table { inputs: smallvec![row[0], 7], contents: 0b1011 }));
        let outputs = vec![nodes.len() as Id - 1];
        Network { nodes, outputs, inputs: 40, ..Network::default() }
    }

    #[test]
    fn what_no_sample_shows_is_kept() {
        let found = search(rare(), 1, Depth::Free);
        let zeros: Vec<Option<usize>> = (0..40).map(Some).chain([None]).collect();
        for zero in zeros {
            // All inputs are 1, but for one.
            let inputs = (0..40).map(|i| vec![if Some(i) == zero { 0 } else { u64::MAX }]).collect();
            let result = State::new(found.clone(), inputs).results()[0][0];
            assert_eq!(result, if zero == Some(7) || zero.is_none() { u64::MAX } else { 0 }, "{zero:?}");
        }
    }

    #[test]
    fn a_depth_that_is_kept_is_no_greater() {
        for inputs in [9, 20] {
            let before = wasteful(inputs);
            assert!(search(before.clone(), 1, Depth::Kept).deepest() <= before.deepest());
        }
    }
}
