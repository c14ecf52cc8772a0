//! Logic bit by bit: two-input gates and multiplexers with inverters for free, carry chains and blocks between them.
//!
//! Gates are built once each, and those with constant or equal operands not at all, as synthesis would find out.
use indexmap::IndexSet;

/// A bit: the index of its gate, twice, and one more if it is inverted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Bit(pub u32);

impl Bit {
    pub(crate) const ZERO: Bit = Bit(0);
    pub(crate) const ONE: Bit = Bit(1);

    pub(crate) fn plain(gate: u32) -> Bit {
        Bit(gate << 1)
    }

    pub(crate) fn constant(one: bool) -> Bit {
        Bit(u32::from(one))
    }

    pub(crate) fn gate(self) -> u32 {
        self.0 >> 1
    }

    pub(crate) fn inverted(self) -> bool {
        self.0 & 1 == 1
    }

    pub(crate) fn is_constant(self) -> bool {
        self.gate() == 0
    }

    pub(crate) fn invert_if(self, inverted: bool) -> Bit {
        Bit(self.0 ^ u32::from(inverted))
    }
}

impl std::ops::Not for Bit {
    type Output = Bit;

    fn not(self) -> Bit {
        Bit(self.0 ^ 1)
    }
}

/// What makes a bit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Gate {
    Zero,
    /// A register, a port, or a memory's data: the start of a path.
    Source(u32),
    And(Bit, Bit),
    Xor(Bit, Bit),
    /// Select, value at 1, value at 0.
    Mux(Bit, Bit, Bit),
    /// An output of a cell: which cell, which output.
    Output(u32, u32),
}

/// What is no gate.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Cell {
    /// A carry chain: operands by position, the lowest first, and what comes in below. Its outputs are the sums and,
    /// last, the carry out. At `cut`, the carry leaves the chain and comes back. Where it `subtracts`, the second operands
    /// are inverses of a word.
    Chain { operands: Vec<[Bit; 2]>, carry: Bit, cut: Option<u32>, subtracts: bool },
    /// Every output waits for every input, then takes so many picoseconds.
    Block { inputs: Vec<Bit>, outputs: u32, ps: f64 },
}

/// A netlist of gates. A gate reads what stands before it.
#[derive(Clone, Debug)]
pub(crate) struct Logic {
    gates: IndexSet<Gate>,
    pub(crate) cells: Vec<Cell>,
    sources: u32,
}

impl Logic {
    pub(crate) fn new() -> Self {
        Self { gates: IndexSet::from([Gate::Zero]), cells: Vec::new(), sources: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.gates.len()
    }

    pub(crate) fn at(&self, gate: u32) -> Gate {
        self.gates[gate as usize]
    }

    pub(crate) fn add(&mut self, gate: Gate) -> Bit {
        Bit::plain(self.gates.insert_full(gate).0 as u32)
    }

    pub(crate) fn source(&mut self) -> Bit {
        self.sources += 1;
        self.add(Gate::Source(self.sources - 1))
    }

    pub(crate) fn cell(&mut self, cell: Cell) -> Vec<Bit> {
        let outputs = match &cell {
            Cell::Chain { operands, .. } => operands.len() as u32 + 1,
            Cell::Block { outputs, .. } => *outputs,
        };
        self.cells.push(cell);
        let this = self.cells.len() as u32 - 1;
        (0..outputs).map(|k| self.add(Gate::Output(this, k))).collect()
    }

    pub(crate) fn and(&mut self, a: Bit, b: Bit) -> Bit {
        let (a, b) = (a.min(b), a.max(b));
        match () {
            () if a == Bit::ZERO || a == !b => Bit::ZERO,
            () if a == Bit::ONE || a == b => b,
            () => self.add(Gate::And(a, b)),
        }
    }

    pub(crate) fn or(&mut self, a: Bit, b: Bit) -> Bit {
        !self.and(!a, !b)
    }

    pub(crate) fn xor(&mut self, a: Bit, b: Bit) -> Bit {
        let inverted = a.inverted() != b.inverted();
        let (a, b) = (a.invert_if(a.inverted()), b.invert_if(b.inverted()));
        let (a, b) = (a.min(b), a.max(b));
        match () {
            () if a == b => Bit::constant(inverted),
            () if a == Bit::ZERO => b.invert_if(inverted),
            () => self.add(Gate::Xor(a, b)).invert_if(inverted),
        }
    }

    pub(crate) fn mux(&mut self, select: Bit, one: Bit, zero: Bit) -> Bit {
        let (select, one, zero) = if select.inverted() { (!select, zero, one) } else { (select, one, zero) };
        match () {
            () if one == zero || select == Bit::ZERO => zero,
            () if one == !zero => self.xor(select, zero),
            () if one == Bit::ZERO || one == !select => self.and(!select, zero),
            () if one == Bit::ONE || one == select => self.or(select, zero),
            () if zero == Bit::ZERO || zero == select => self.and(select, one),
            () if zero == Bit::ONE || zero == !select => self.or(!select, one),
            () => {
                let inverted = zero.inverted();
                let gate = Gate::Mux(select, one.invert_if(inverted), zero.invert_if(inverted));
                self.add(gate).invert_if(inverted)
            }
        }
    }

    /// All of many, in a tree.
    pub(crate) fn all(&mut self, bits: &[Bit]) -> Bit {
        self.tree(bits, Bit::ONE, Self::and)
    }

    /// The parity of many.
    pub(crate) fn parity(&mut self, bits: &[Bit]) -> Bit {
        self.tree(bits, Bit::ZERO, Self::xor)
    }

    fn tree(&mut self, bits: &[Bit], none: Bit, two: fn(&mut Self, Bit, Bit) -> Bit) -> Bit {
        match bits {
            [] => none,
            [one] => *one,
            _ => {
                let (low, high) = bits.split_at(bits.len() / 2);
                let (low, high) = (self.tree(low, none, two), self.tree(high, none, two));
                two(self, low, high)
            }
        }
    }
}
