//! The dataflow graph: word-level, hash-consed, single-assignment.
//!
//! A graph says what happens to one *token* (one valid input), without clocks: pipelining is decided later.
//! State is the only cycle: token n reads what token n - 1 wrote.
//!
//! A *clocked* graph ([`Graph::clocked`]) is a state machine instead: every clock is a token, states are registers
//! that may feed any logic, memories have synchronous ports, and nothing is pipelined.
use indexmap::IndexSet;
use num_bigint::BigUint;
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};

pub mod eval;
pub mod verify;

/// A value. Ids are topological: an argument always precedes its user.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ValueId(pub u32);

impl ValueId {
    /// As an index into side tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node computes. Widths are in bits; unless said otherwise operands and result are equally wide.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// Input port by index.
    Input(u32),
    /// Constant, less than 2^width.
    Const(BigUint),
    /// Bits `lo ..` of the argument.
    Slice(u32),
    /// First argument most significant.
    Concat,
    /// Copies of a one-bit argument.
    Replicate,
    /// Bitwise.
    Not,
    /// Bitwise.
    And,
    /// Bitwise.
    Or,
    /// Bitwise.
    Xor,
    /// One bit: all bits set.
    AndReduce,
    /// One bit: any bit set.
    OrReduce,
    /// One bit: parity.
    XorReduce,
    /// Modulo 2^width; an optional third argument is a carry in of one bit.
    Add,
    /// Modulo 2^width.
    Sub,
    /// Unsigned, exact: as wide as both operands together.
    Mul,
    /// One bit.
    Eq,
    /// One bit, unsigned.
    Ult,
    /// Arguments: condition (one bit), value if 1, value if 0.
    Mux,
    /// Logical; the shift amount is unsigned and of any width.
    Shl,
    /// Logical; the shift amount is unsigned and of any width.
    Shr,
    /// Table by index; argument is the index.
    Lookup(u32),
    /// Tables of six inputs before a carry chain, one a bit, each with its contents as [`chain_bit`] reads them.
    /// Arguments: the six inputs, as wide as there are tables, the lowest first, then a carry in of one bit. The result
    /// is the sum with its carry out, one bit wider. Only where the [`Context`](crate::Context) asks for primitives.
    Chain(Vec<u64>),
    /// A carry chain of the device by itself. Arguments: for each position a bit that passes the carry on, for each
    /// position the carry where that one is 0, and a carry in of one bit. The result is each position's passing bit plus
    /// the carry into it, with the last carry out above, one bit wider. Only where the [`Context`](crate::Context) asks
    /// for primitives.
    Carry,
    /// A lookup table of the device by itself, with its contents. Arguments: one to six inputs of a bit, the lowest of
    /// the index first. The result is one bit; or two, of at most five inputs: bit 0 as the lower half of the contents
    /// says (output O5 of AMD's LUT6_2), bit 1 as the upper half (O6). Only where the [`Context`](crate::Context) asks
    /// for primitives.
    Lut(u64),
    /// What the previous token wrote, or 0 where the state's `restart` is 1.
    State(u32),
    /// The data register of a memory's read port by index: what the port read at the last edge that enabled it.
    Read(u32),
}

/// What a table of a chain puts out for an index of six bits: the bit that generates a carry, which the fifth input's
/// half holds (output O5 of AMD's LUT6_2), and the bit that propagates one (O6).
pub fn chain_bit(contents: u64, index: u32) -> (bool, bool) {
    (contents >> (index & 31) & 1 == 1, contents >> index & 1 == 1)
}

/// One operation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    /// What.
    pub op: Op,
    /// Operands.
    pub args: SmallVec<[ValueId; 3]>,
    /// Bits of the result, at least 1.
    pub width: u32,
}

/// A value that lives from one token to the next.
#[derive(Clone, Debug)]
pub struct State {
    /// Name of the register.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// The node that reads it.
    pub read: ValueId,
    /// What the token writes.
    pub next: Option<ValueId>,
    /// One bit: this token reads 0 instead.
    pub restart: Option<ValueId>,
    /// Clocked graphs only. One bit: the state takes `next` at this edge; without it, at every one.
    pub enable: Option<ValueId>,
    /// Clocked graphs only: `rst` and [`Graph::clear`] clear it. What only holds data beside a valid bit needs none.
    pub reset: bool,
}

/// A memory of a clocked graph.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Name in the text.
    pub name: String,
    /// Bits of an entry.
    pub width: u32,
    /// Bits of an address; there are 2^`index_width` entries.
    pub index_width: u32,
    /// Contents at power-up, of as many entries as are given; the others are 0.
    pub entries: Vec<BigUint>,
    /// The write port, if it has one.
    pub write: Option<WritePort>,
    /// The text asks for a block RAM, where synthesisers would make logic of the contents.
    pub block: bool,
    /// Nobody minds what is read of an entry at the edge that writes it, and the text says so.
    pub apart: bool,
}

/// The write port of a memory.
#[derive(Clone, Copy, Debug)]
pub struct WritePort {
    /// One bit.
    pub enable: ValueId,
    /// As wide as the memory's addresses.
    pub address: ValueId,
    /// As wide as the memory's entries.
    pub data: ValueId,
}

/// A synchronous read port of a memory. An address written at the same edge reads the old entry.
#[derive(Clone, Debug)]
pub struct ReadPort {
    /// Index into [`Graph::memories`].
    pub memory: u32,
    /// Its data register.
    pub read: ValueId,
    /// One bit: the register is loaded at this edge.
    pub enable: Option<ValueId>,
    /// What is read at this edge.
    pub address: Option<ValueId>,
}

/// A constant table.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Table {
    /// Name in the text.
    pub name: String,
    /// Bits of an entry.
    pub width: u32,
    /// A power of two of entries.
    pub entries: Vec<BigUint>,
}

/// The dataflow of one core.
#[derive(Clone, Default, Debug)]
pub struct Graph {
    nodes: IndexSet<Node>,
    /// Input ports: name and width.
    pub inputs: Vec<(String, u32)>,
    /// Output ports: name and value.
    pub outputs: Vec<(String, ValueId)>,
    /// Every clock is a token and nothing is pipelined.
    pub clocked: bool,
    /// How many ways there are to build the core, of which the pipeline decides; 0 and 1: this one only. Passes drop it: it is
    /// asked for when the core has just been built.
    pub ways: u32,
    /// Clocked graphs only. The input port that clears every register as `rst` does.
    pub clear: Option<u32>,
    /// States.
    pub states: Vec<State>,
    /// Memories; clocked graphs only.
    pub memories: Vec<Memory>,
    /// Their read ports.
    pub reads: Vec<ReadPort>,
    /// Tables.
    pub tables: IndexSet<Table>,
    /// Values that no user reads in the stage that computes them: a register stands right behind.
    pub registered: BTreeSet<ValueId>,
    /// Pairs of which the second is computed at least so many stages after the first.
    pub later: Vec<(ValueId, ValueId, u32)>,
    /// Values that do not join the table of a user, in a core with a clock.
    pub own_table: BTreeSet<ValueId>,
    /// Names; they never influence identity.
    pub names: BTreeMap<ValueId, String>,
    /// Comments.
    pub notes: BTreeMap<ValueId, String>,
    /// Titles of parts of the core.
    pub scopes: Vec<String>,
    /// Part of the core that a value belongs to, an index into `scopes`.
    pub scope_of: BTreeMap<ValueId, u32>,
}

impl Graph {
    /// The node behind an id.
    pub fn node(&self, v: ValueId) -> &Node {
        &self.nodes[v.index()]
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The id of a node, new or known.
    pub fn intern(&mut self, node: Node) -> ValueId {
        ValueId(self.nodes.insert_full(node).0 as u32)
    }

    /// All ids in topological order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = ValueId> + ExactSizeIterator + use<> {
        (0..self.nodes.len() as u32).map(ValueId)
    }

    /// The constant behind an id, if it is one.
    pub fn constant(&self, v: ValueId) -> Option<&BigUint> {
        match &self.node(v).op {
            Op::Const(c) => Some(c),
            _ => None,
        }
    }

    /// The value that this one is some bits of.
    pub fn unsliced(&self, v: ValueId) -> ValueId {
        let n = self.node(v);
        if matches!(n.op, Op::Slice(_)) { self.unsliced(n.args[0]) } else { v }
    }

    /// Which values reach an output, directly or through a state that does.
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.len()];
        let mut work: Vec<ValueId> = self.outputs.iter().map(|o| o.1).collect();
        while let Some(v) = work.pop() {
            if std::mem::replace(&mut live[v.index()], true) {
                continue;
            }
            let n = self.node(v);
            work.extend(&n.args);
            if let Op::State(s) = n.op {
                let s = &self.states[s as usize];
                work.extend(s.next);
                work.extend(s.restart);
                work.extend(s.enable);
            }
            if let Op::Read(p) = n.op {
                work.extend(self.sources(p));
            }
        }
        live
    }

    /// What decides the data of a read port: its own values and those of the memory's write port.
    pub fn sources(&self, port: u32) -> impl Iterator<Item = ValueId> + use<> {
        let p = &self.reads[port as usize];
        let w = self.memories[p.memory as usize].write;
        let written = w.into_iter().flat_map(|w| [w.enable, w.address, w.data]);
        p.enable.into_iter().chain(p.address).chain(written)
    }

    /// Which memories have a live read port.
    pub fn live_memories(&self, live: &[bool]) -> Vec<bool> {
        let mut out = vec![false; self.memories.len()];
        for p in self.reads.iter().filter(|p| live[p.read.index()]) {
            out[p.memory as usize] = true;
        }
        out
    }
}
