//! Lookup tables and carry chains, bit by bit, with their values in the cases that are looked at.
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// Most inputs of a table.
pub(super) const TABLE_INPUTS: usize = 6;

/// Index into [`Network::nodes`].
pub(super) type Id = u32;

/// One bit.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Constant(bool),
    /// A bit of the core's inputs.
    Input(u32),
    Table(Table),
    /// A sum bit of a chain or, above them, its carry out.
    Output {
        chain: u32,
        bit: u32,
    },
}

/// A lookup table: its inputs, the lowest of the index first, and a bit for each index.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Table {
    pub(super) inputs: SmallVec<[Id; 6]>,
    pub(super) contents: u64,
}

/// A carry chain, the lowest position first. Where `propagate` is 1 a position passes the carry on, else it puts out
/// `generate`; its sum is `propagate` plus the carry.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Chain {
    pub(super) propagate: Vec<Id>,
    pub(super) generate: Vec<Id>,
    pub(super) carry: Id,
}

/// A combinational core.
#[derive(Clone, Debug, Default)]
pub(super) struct Network {
    pub(super) nodes: Vec<Node>,
    pub(super) chains: Vec<Chain>,
    /// The bits of all output ports.
    pub(super) outputs: Vec<Id>,
    pub(super) inputs: u32,
    /// Tables that share a site with another, both ways: each waits for the inputs of both.
    pub(super) partners: BTreeMap<Id, Id>,
}

/// Values of a node in all cases that are looked at, 64 in a word.
pub(super) type Values = Vec<u64>;

impl Network {
    /// All that a node's place in the order depends on: an output of a chain on the whole chain, which is one piece.
    pub(super) fn arguments(&self, id: Id) -> SmallVec<[Id; 8]> {
        match &self.nodes[id as usize] {
            Node::Constant(_) | Node::Input(_) => SmallVec::new(),
            Node::Table(t) => self
                .beside(id)
                .map_or_else(|| t.inputs.iter().copied().collect(), |(_, beside)| t.inputs_with(beside)),
            Node::Output { chain, .. } => {
                let c = &self.chains[*chain as usize];
                c.propagate.iter().chain(&c.generate).chain([&c.carry]).copied().collect()
            }
        }
    }

    /// What the outputs need, arguments first.
    pub(super) fn order(&self) -> Vec<Id> {
        let mut order = Vec::with_capacity(self.nodes.len());
        let mut seen = vec![false; self.nodes.len()];
        let mut work: Vec<(Id, bool)> = self.outputs.iter().rev().map(|o| (*o, false)).collect();
        while let Some((id, ready)) = work.pop() {
            if ready {
                order.push(id);
            } else if !std::mem::replace(&mut seen[id as usize], true) {
                work.push((id, true));
                work.extend(self.arguments(id).iter().rev().map(|a| (*a, false)));
            }
        }
        order
    }

    /// The nodes that read each node; outputs of a chain read all that the chain does.
    pub(super) fn users(&self, order: &[Id]) -> Vec<Vec<Id>> {
        let mut of = vec![Vec::new(); self.nodes.len()];
        for id in order {
            let mut arguments = self.arguments(*id);
            arguments.sort_unstable();
            arguments.dedup();
            arguments.into_iter().for_each(|a| of[a as usize].push(*id));
        }
        of
    }

    /// Tables and chains on the longest way to each node. A table at a chain's `propagate` is part of the chain.
    pub(super) fn levels(&self, order: &[Id]) -> Vec<u32> {
        let mut levels = vec![0; self.nodes.len()];
        for id in order {
            let arguments = self.arguments(*id);
            let before = arguments.iter().map(|a| levels[*a as usize] + self.step(*id, *a));
            levels[*id as usize] = before.max().unwrap_or(0);
        }
        levels
    }

    /// The level of the deepest node that the outputs need.
    pub(super) fn deepest(&self) -> Option<u32> {
        self.levels(&self.order()).into_iter().max()
    }

    /// The greatest level that each node may have, if outputs may have `deepest`.
    pub(super) fn latest(&self, order: &[Id], deepest: u32) -> Vec<u32> {
        let mut latest = vec![deepest; self.nodes.len()];
        for id in order.iter().rev() {
            for a in self.arguments(*id) {
                let by = latest[*id as usize].saturating_sub(self.step(*id, a));
                latest[a as usize] = latest[a as usize].min(by);
            }
        }
        latest
    }

    /// Levels from one of its arguments to a node.
    fn step(&self, id: Id, argument: Id) -> u32 {
        let Node::Output { chain, .. } = self.nodes[id as usize] else { return 1 };
        let chain = &self.chains[chain as usize];
        let beside = self.is_table(argument)
            && chain.propagate.contains(&argument)
            && chain.carry != argument
            && !chain.generate.contains(&argument);
        u32::from(!beside)
    }

    /// So many words of values of a node whose arguments have theirs; an input has its own.
    pub(super) fn evaluate<'v>(
        &self,
        id: Id,
        words: usize,
        value: impl Fn(Id) -> &'v [u64],
        out: &mut Values,
    ) {
        out.clear();
        match &self.nodes[id as usize] {
            Node::Constant(bit) => out.resize(words, if *bit { u64::MAX } else { 0 }),
            Node::Input(_) => out.extend(value(id)),
            Node::Table(t) => {
                let inputs: SmallVec<[&[u64]; 6]> = t.inputs.iter().map(|i| value(*i)).collect();
                out.extend((0..words).map(|w| look_up(t.contents, &inputs, w)));
            }
            Node::Output { chain, bit } => {
                let c = &self.chains[*chain as usize];
                let mut carry = value(c.carry).to_vec();
                for (i, (p, g)) in c.propagate.iter().zip(&c.generate).enumerate() {
                    let (p, g) = (value(*p), value(*g));
                    if i == *bit as usize {
                        out.extend(p.iter().zip(&carry).map(|(p, c)| p ^ c));
                        return;
                    }
                    for (c, (p, g)) in carry.iter_mut().zip(p.iter().zip(g)) {
                        *c = p & *c | !p & g;
                    }
                }
                *out = carry;
            }
        }
    }

    /// Whoever reads `id` reads `to`.
    pub(super) fn read_instead(&mut self, id: Id, to: Id, inverted: bool) {
        let constant = match self.nodes[to as usize] {
            Node::Constant(bit) => Some(bit),
            _ => None,
        };
        for node in &mut self.nodes {
            let Node::Table(table) = node else { continue };
            let Some(place) = table.inputs.iter().position(|i| *i == id) else { continue };
            *table = match constant {
                Some(bit) => table.with_constant(place, bit),
                None => table.with_input(id, to, inverted),
            };
        }
        let chains = self.chains.iter_mut();
        let pins = chains.flat_map(|c| c.propagate.iter_mut().chain(&mut c.generate).chain([&mut c.carry]));
        pins.chain(&mut self.outputs).filter(|p| **p == id).for_each(|p| *p = to);
    }

    /// The table at the same site.
    pub(super) fn beside(&self, id: Id) -> Option<(Id, &Table)> {
        let partner = *self.partners.get(&id)?;
        let Node::Table(table) = &self.nodes[partner as usize] else { return None };
        Some((partner, table))
    }

    /// Whether a node is a table.
    pub(super) fn is_table(&self, id: Id) -> bool {
        matches!(self.nodes[id as usize], Node::Table(_))
    }
}

/// 64 values of a table, by multiplexers from its lowest input up.
fn look_up(contents: u64, inputs: &[&[u64]], word: usize) -> u64 {
    let Some((first, above)) = inputs.split_first() else { return 0u64.wrapping_sub(contents & 1) };
    let (bit, mut rows) = (first[word], [0u64; 32]);
    let mut count = 1usize << above.len();
    for (i, row) in rows[..count].iter_mut().enumerate() {
        *row = match contents >> (2 * i) & 3 {
            0 => 0,
            1 => !bit,
            2 => bit,
            _ => u64::MAX,
        };
    }
    for input in above {
        let bit = input[word];
        count /= 2;
        for i in 0..count {
            rows[i] = rows[2 * i] & !bit | rows[2 * i + 1] & bit;
        }
    }
    rows[0]
}

impl Table {
    /// The same function of its inputs with one of them constant.
    pub(super) fn with_constant(&self, input: usize, bit: bool) -> Table {
        let rows = 1u64 << (self.inputs.len() - 1);
        let low = (1u64 << input) - 1;
        let from = |row: u64| row & low | (row & !low) << 1 | u64::from(bit) << input;
        let contents = (0..rows).map(|row| (self.contents >> from(row) & 1) << row).sum();
        let mut inputs = self.inputs.clone();
        inputs.remove(input);
        Table { inputs, contents }
    }

    /// The inputs of this table and, behind them, what another has beside these.
    pub(super) fn inputs_with(&self, other: &Table) -> SmallVec<[Id; 8]> {
        let more = other.inputs.iter().filter(|i| !self.inputs.contains(i));
        self.inputs.iter().chain(more).copied().collect()
    }

    /// The same function as a table of more inputs.
    pub(super) fn of_inputs(&self, inputs: &[Id]) -> u64 {
        let places: SmallVec<[usize; 6]> =
            self.inputs.iter().map(|i| inputs.iter().position(|j| j == i).expect("one of them")).collect();
        let own = |row: u64| places.iter().enumerate().map(|(k, place)| (row >> place & 1) << k).sum::<u64>();
        (0..1u64 << inputs.len()).map(|row| (self.contents >> own(row) & 1) << row).sum()
    }

    /// The same table with every `from` among its inputs replaced by `to`, or by its inverse.
    pub(super) fn with_input(&self, from: Id, to: Id, inverted: bool) -> Table {
        let mut table = self.clone();
        for i in (0..table.inputs.len()).rev().filter(|i| self.inputs[*i] == from) {
            if inverted {
                let rows = 1u64 << table.inputs.len();
                let old = table.contents;
                table.contents = (0..rows).map(|row| (old >> (row ^ 1 << i) & 1) << row).sum();
            }
            table.inputs[i] = to;
        }
        table.without_doubles()
    }

    /// Each input once.
    fn without_doubles(mut self) -> Table {
        while let Some((first, second)) = self.double() {
            // Rows in which both agree; of these, each once.
            let (zero, one) = (self.with_constant(second, false), self.with_constant(second, true));
            let rows = 1u64 << zero.inputs.len();
            let pick = |row: u64| if row >> first & 1 == 1 { one.contents } else { zero.contents };
            let contents = (0..rows).map(|row| (pick(row) >> row & 1) << row).sum();
            self = Table { inputs: zero.inputs, contents };
        }
        self
    }

    fn double(&self) -> Option<(usize, usize)> {
        let pairs = (0..self.inputs.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        pairs.into_iter().find(|(a, b)| self.inputs[*a] == self.inputs[*b])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resynthesis::sample;
    use smallvec::smallvec;

    #[test]
    fn inputs_that_become_constant_or_equal_leave_a_table() {
        // a & b | !a & c
        let mux = Table { inputs: smallvec![7, 8, 9], contents: 0b1101_1000 };
        assert_eq!(mux.with_constant(0, true), Table { inputs: smallvec![8, 9], contents: 0b1010 });
        assert_eq!(mux.with_constant(0, false), Table { inputs: smallvec![8, 9], contents: 0b1100 });
        assert_eq!(mux.with_input(9, 8, false), Table { inputs: smallvec![7, 8], contents: 0b1100 });
        // Of !b where it was c: an exclusive nor.
        assert_eq!(mux.with_input(9, 8, true), Table { inputs: smallvec![7, 8], contents: 0b1001 });
    }

    #[test]
    fn values_in_all_cases() {
        let table = Node::Table(Table { inputs: smallvec![1, 7], contents: 0b0110 });
        let inputs = (0..8).map(Node::Input);
        let nodes: Vec<Node> = inputs.chain([table]).collect();
        let n = Network { nodes, outputs: vec![8], inputs: 8, ..Network::default() };
        let mut values = sample::all(8);
        values.push(Values::new());
        for id in n.order() {
            let mut out = Values::new();
            n.evaluate(id, 4, |a| &values[a as usize], &mut out);
            values[id as usize] = out;
        }
        for case in 0..256u64 {
            let bit = values[8][case as usize / 64] >> (case % 64) & 1;
            assert_eq!(bit, (case >> 1 ^ case >> 7) & 1, "{case}");
        }
    }
}
