//! The search for fewer tables.
use super::collapse::{TABLE_INPUTS, users};
use super::network::{Id, Network, Node, Table, Values};
use super::pairs::{Additions, Pairs};
use crate::random::SplitMix64;
use std::collections::{BTreeMap, BTreeSet};

/// Trials in a unit of effort.
const TRIALS: u32 = 1000;

/// Replacements of one kind that are enough to choose from.
const ENOUGH: usize = 3;

/// A network with the same outputs and as few tables as so many thousand trials find.
pub(super) fn search(network: Network, effort: u32) -> Network {
    let mut s = Search::new(network);
    let mut best = s.network.clone();
    let mut fewest = s.tables.len();
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
        self.tables = self.order.iter().copied().filter(|id| self.network.is_table(*id)).collect();
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
        if !self.network.is_table(id) {
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
            let query = Query { keep, gone, drop, gain, most_for_nothing };
            self.inputs_instead(&query, &mut pairs, &mut found);
        }
        found
    }

    /// Nodes that have the value already, or its inverse.
    fn aliases(&self, id: Id, table: &Table, pairs: &mut Pairs<'_>, found: &mut Vec<Replacement>) {
        let only_tables = !self.network.outputs.contains(&id)
            && self.users[id as usize].iter().all(|u| self.network.is_table(*u));
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
        assert_eq!(tables(&search(wasteful(), 1)), 1);
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
        assert_eq!(tables(&found), 4);
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
