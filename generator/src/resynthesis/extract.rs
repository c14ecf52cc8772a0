//! From a netlist of words to a network, and back to a graph.
use super::Depth;
use super::names::NamedBit;
use super::network::{Chain, Id, Network, Node, TABLE_INPUTS, Table};
use crate::builder::{Bits, Builder, Context};
use crate::cases::{cases, rows};
use crate::ir::Graph;
use crate::rtl::names::is_temporary;
use crate::rtl::{Module, SignalKind};
use crate::target::Timing;
use crate::timing::bits::{Blasted, Purpose, blast};
use crate::timing::cover::{Cover, cover, gates};
use crate::timing::logic::{Bit, Cell, Gate, Logic};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// The network of a combinational module: in tables of the least depth if it is to be kept, else a table for each gate; and
/// what of it has a name. `None` if it holds what is neither table nor chain.
pub(super) fn network(module: &Module, context: &Context, depth: Depth) -> Option<(Network, Vec<NamedBit>)> {
    let Blasted { logic, ends, sources, values } = blast(module, &context.target, Purpose::Function);
    let is_chain = |c: &Cell| matches!(c, Cell::Chain { .. });
    if !logic.cells.iter().all(is_chain) {
        return None;
    }
    let cover = match depth {
        Depth::Kept => cover(&logic, &ends, &levels()),
        Depth::Free => gates(logic, ends),
    };
    let places = places(module);
    let inputs = places.len() as u32;
    let mut e = Extraction {
        cover: &cover,
        network: Network { inputs, ..Network::default() },
        made: BTreeMap::new(),
        cells: BTreeMap::new(),
        sources: in_ports(&sources, &places),
    };
    e.network.nodes.extend((0..inputs).map(Node::Input));
    let ports = module.outputs.iter().flat_map(|port| &values[port.signal.0 as usize]);
    // Constants are no ends.
    let mut ends = cover.ends.iter().map(|end| end.bit);
    e.network.outputs = ports
        .map(|bit| if bit.is_constant() { *bit } else { ends.next().expect("an end for each bit") })
        .map(|bit| e.plain(bit))
        .collect();
    let named = named(module, &values, &e.made);
    Some((e.network, named))
}

/// The bits of wires that an operator gave a name, as far as there are nodes for them.
fn named(module: &Module, values: &[Vec<Bit>], made: &BTreeMap<u32, Id>) -> Vec<NamedBit> {
    let wires = module.signals.iter().zip(values).filter(|(s, _)| s.kind == SignalKind::Wire);
    let mut named = Vec::new();
    for (signal, bits) in wires.filter(|(s, _)| !is_temporary(&s.name)) {
        for (i, bit) in bits.iter().enumerate().filter(|(_, bit)| !bit.is_constant()) {
            let Some(id) = made.get(&bit.gate()) else { continue };
            let name = if bits.len() == 1 { signal.name.clone() } else { format!("{}_{i}", signal.name) };
            named.push((*id, bit.inverted(), name));
        }
    }
    named
}

/// Delays that count tables and chains: a chain is longer the more positions it has.
fn levels() -> Timing {
    Timing {
        table_inputs: TABLE_INPUTS as u32,
        believed_ps: (4..=TABLE_INPUTS).map(|inputs| vec![1.0; inputs]).collect(),
        chain_inverts: true,
        chain_in_ps: 1.0,
        carry_ps: 0.05,
        ..Timing::default()
    }
}

/// Number of each bit of the input ports.
fn places(module: &Module) -> BTreeMap<(&str, u32), u32> {
    let ports = module.inputs.iter().map(|i| module.signal(*i));
    let bits = ports.flat_map(|s| (0..s.width).map(|bit| (s.name.as_str(), bit)));
    bits.zip(0..).collect()
}

/// Which input bit each source is: those of a port follow each other, the lowest first.
fn in_ports(sources: &[String], places: &BTreeMap<(&str, u32), u32>) -> Vec<u32> {
    let mut next: BTreeMap<&str, u32> = BTreeMap::new();
    let mut found = Vec::new();
    for name in sources {
        let bit = next.entry(name).or_default();
        found.push(places[&(name.as_str(), *bit)]);
        *bit += 1;
    }
    found
}

struct Extraction<'l> {
    cover: &'l Cover,
    network: Network,
    made: BTreeMap<u32, Id>,
    cells: BTreeMap<u32, u32>,
    sources: Vec<u32>,
}

impl Extraction<'_> {
    fn add(&mut self, node: Node) -> Id {
        self.network.nodes.push(node);
        self.network.nodes.len() as Id - 1
    }

    /// A table of bits: `function` of their values, which come in the bits of its argument.
    fn table(&mut self, bits: &[Bit], function: impl Fn(u32) -> bool) -> Id {
        let inputs: SmallVec<[Id; 6]> = bits.iter().map(|b| self.gate(b.gate())).collect();
        let inverted: u32 = bits.iter().enumerate().map(|(i, b)| u32::from(b.inverted()) << i).sum();
        let contents = (0..1u32 << bits.len()).map(|row| u64::from(function(row ^ inverted)) << row).sum();
        self.add(Node::Table(Table { inputs, contents }))
    }

    /// A bit without an inverter behind it.
    fn plain(&mut self, bit: Bit) -> Id {
        match bit {
            Bit::ZERO | Bit::ONE => self.add(Node::Constant(bit == Bit::ONE)),
            _ if bit.inverted() => self.table(&[bit], |row| row == 1),
            _ => self.gate(bit.gate()),
        }
    }

    fn gate(&mut self, gate: u32) -> Id {
        if let Some(id) = self.made.get(&gate) {
            return *id;
        }
        let id = match self.cover.logic.at(gate) {
            Gate::Zero => self.add(Node::Constant(false)),
            Gate::Source(s) => self.sources[s as usize],
            Gate::Output(cell, bit) => {
                let chain = self.chain(cell);
                self.add(Node::Output { chain, bit })
            }
            Gate::And(..) | Gate::Xor(..) | Gate::Mux(..) => self.covered(gate),
        };
        self.made.insert(gate, id);
        id
    }

    /// The table that the cover makes of a gate.
    fn covered(&mut self, gate: u32) -> Id {
        let leaves = &self.cover.inputs[gate as usize];
        let mut values: BTreeMap<u32, u64> = leaves.iter().copied().zip((0..).map(|i| cases(i, 0))).collect();
        let contents = rows_of(&self.cover.logic, gate, &mut values) & rows(leaves.len());
        let inputs = leaves.iter().map(|leaf| self.gate(*leaf)).collect();
        self.add(Node::Table(Table { inputs, contents }))
    }

    fn chain(&mut self, cell: u32) -> u32 {
        if let Some(chain) = self.cells.get(&cell) {
            return *chain;
        }
        let Cell::Chain { operands, carry, .. } = &self.cover.logic.cells[cell as usize] else {
            unreachable!("blocks were refused")
        };
        let mut chain = Chain { propagate: Vec::new(), generate: Vec::new(), carry: self.plain(*carry) };
        // Positions above those that are read need not be covered.
        let covered = |b: &Bit| {
            let gate = matches!(self.cover.logic.at(b.gate()), Gate::And(..) | Gate::Xor(..) | Gate::Mux(..));
            !gate || !self.cover.inputs[b.gate() as usize].is_empty()
        };
        for [x, y] in operands.iter().take_while(|pair| pair.iter().all(covered)) {
            // A plain operand generates the carry, so that no table inverts it.
            let (x, y) = if x.inverted() && !x.is_constant() { (y, x) } else { (x, y) };
            chain.generate.push(self.plain(*x));
            chain.propagate.push(match (x.is_constant(), y.is_constant()) {
                // Equal, inverse or both constant.
                _ if x.gate() == y.gate() => self.add(Node::Constant(x != y)),
                (true, _) => self.plain(y.invert_if(*x == Bit::ONE)),
                (_, true) => self.plain(x.invert_if(*y == Bit::ONE)),
                _ => self.table(&[*x, *y], |row| row == 1 || row == 2),
            });
        }
        self.network.chains.push(chain);
        let chain = self.network.chains.len() as u32 - 1;
        self.cells.insert(cell, chain);
        chain
    }
}

/// The values of a gate for each row of a table of six inputs; those of the table's inputs are there.
fn rows_of(logic: &Logic, gate: u32, rows: &mut BTreeMap<u32, u64>) -> u64 {
    if let Some(found) = rows.get(&gate) {
        return *found;
    }
    let mut of = |b: Bit| {
        let plain = rows_of(logic, b.gate(), rows);
        if b.inverted() { !plain } else { plain }
    };
    let found = match logic.at(gate) {
        Gate::And(a, b) => of(a) & of(b),
        Gate::Xor(a, b) => of(a) ^ of(b),
        Gate::Mux(s, one, zero) => {
            let select = of(s);
            select & of(one) | !select & of(zero)
        }
        Gate::Zero => 0,
        Gate::Source(_) | Gate::Output(..) => unreachable!("an input of the table"),
    };
    rows.insert(gate, found);
    found
}

/// The graph of a network, with the ports of `like`; some of its nodes have names.
pub(super) fn graph(
    network: &Network,
    like: &Graph,
    context: &Context,
    names: &BTreeMap<Id, String>,
) -> Graph {
    let b = Builder::new(context.clone());
    let ports: Vec<Bits<'_>> = like.inputs.iter().map(|(name, width)| b.input(name, *width)).collect();
    let bits: Vec<Bits<'_>> =
        ports.iter().flat_map(|p| (0..p.width()).map(|i| p.bit(i)).collect::<Vec<_>>()).collect();
    let called = |id: Id, value| names.get(&id).map_or(value, |name| Bits::named(value, name));
    let mut made: BTreeMap<Id, Bits<'_>> = BTreeMap::new();
    let mut sums: BTreeMap<u32, Bits<'_>> = BTreeMap::new();
    b.scope("tables found by search", || {
        for id in network.order() {
            let value = match &network.nodes[id as usize] {
                Node::Constant(bit) => b.lit(u8::from(*bit), 1),
                Node::Input(i) => bits[*i as usize],
                // Its last input has become constant.
                Node::Table(t) if t.inputs.is_empty() => b.lit((t.contents & 1) as u8, 1),
                Node::Table(t) => {
                    let inputs: Vec<Bits<'_>> = t.inputs.iter().map(|i| made[i]).collect();
                    match network.beside(id) {
                        None => b.lut(&inputs, t.contents),
                        // Already made with the other.
                        Some((other, _)) if made.contains_key(&other) => continue,
                        Some((other, beside)) => {
                            let site = site(&b, t, beside, &made);
                            made.insert(other, called(other, site.bit(0)));
                            site.bit(1)
                        }
                    }
                }
                Node::Output { chain, bit } => {
                    let sum = sums
                        .entry(*chain)
                        .or_insert_with(|| chain_cells(&b, &network.chains[*chain as usize], &made));
                    sum.bit(*bit)
                }
            };
            made.insert(id, called(id, value));
        }
    });
    let mut outputs = network.outputs.iter().map(|o| made[o]);
    for (name, value) in &like.outputs {
        let bits: Vec<Bits<'_>> = outputs.by_ref().take(like.node(*value).width as usize).collect();
        let word = bits.into_iter().reduce(|low, high| high.cat(low)).expect("a port has bits");
        b.output(name, word);
    }
    b.finish()
}

/// Two tables at one site: the second below the first.
fn site<'b>(b: &'b Builder, over: &Table, beside: &Table, made: &BTreeMap<Id, Bits<'b>>) -> Bits<'b> {
    let inputs = over.inputs_with(beside);
    let bits: Vec<Bits<'b>> = inputs.iter().map(|i| made[i]).collect();
    b.two_luts(&bits, [beside.of_inputs(&inputs), over.of_inputs(&inputs)])
}

fn chain_cells<'b>(b: &'b Builder, chain: &Chain, made: &BTreeMap<Id, Bits<'b>>) -> Bits<'b> {
    let word = |bits: &[Id]| {
        let bits = bits.iter().map(|i| made[i]);
        bits.reduce(|low, high| high.cat(low)).expect("a chain has positions")
    };
    b.carry(word(&chain.propagate), word(&chain.generate), made[&chain.carry])
}
