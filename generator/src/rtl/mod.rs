//! Register-transfer netlist of one core, neutral between languages.
//!
//! [`lower`] makes it from a scheduled graph; the printers ([`verilog`], [`vhdl`], [`mlir`]) and the embedded
//! simulator read it. So what is simulated before a file is written is what is printed.
//!
//! Invariants (checked by [`Module::verify`]):
//! - every wire is assigned once, and its expression reads only inputs, registers and earlier wires;
//! - widths agree: both operands of `And Or Xor Add Sub Eq Ult` are equally wide, a `Mux` condition has
//!   one bit, a slice lies inside its signal;
//! - a register's data, enable and clear are signals that exist, and so are those of a memory's ports.
use num_bigint::BigUint;
use std::collections::BTreeMap;

pub mod cells;
pub mod lower;
pub mod mlir;
pub mod names;
mod print;
pub mod verify;
pub mod verilog;
pub mod vhdl;

/// Index into [`Module::signals`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SignalId(pub u32);

/// Index into [`Module::tables`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TableId(pub u32);

/// What drives a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignalKind {
    /// An input port.
    Input,
    /// A wire with one assignment.
    Wire,
    /// A register.
    Register,
}

/// A named value; `width` in bits, at least 1. A signal of one bit is a scalar in both languages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signal {
    /// Legal and unique in both languages, whatever the case of its letters.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// What drives it.
    pub kind: SignalKind,
}

/// Operators on two equally wide operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Sum modulo 2^width.
    Add,
    /// Difference modulo 2^width.
    Sub,
    /// Product of unsigned operands of any widths, exact: as wide as both together.
    Mul,
    /// One bit: equal.
    Eq,
    /// One bit: unsigned less than.
    Ult,
    /// Logical shift left of the left operand by the unsigned right one, of at most
    /// [`verify::MAX_SHIFT_AMOUNT_WIDTH`] bits; zeros come in, an amount beyond the width gives 0.
    Shl,
    /// Logical shift right, as `Shl`.
    Shr,
}

/// Operators that fold the bits of one operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReduceOp {
    /// All bits set.
    And,
    /// Any bit set.
    Or,
    /// Parity.
    Xor,
}

/// An expression tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    /// The whole signal.
    Signal(SignalId),
    /// Constant of `width` bits.
    Const {
        /// Value, less than 2^width.
        value: BigUint,
        /// Bits.
        width: u32,
    },
    /// Bits `hi` down to `lo` of a signal, both included. Never the whole signal.
    Slice {
        /// The signal; at least 2 bits wide.
        of: SignalId,
        /// Highest bit.
        hi: u32,
        /// Lowest bit.
        lo: u32,
    },
    /// First element most significant.
    Concat(Vec<Expr>),
    /// `times` copies of a one-bit expression.
    Replicate {
        /// One bit.
        bit: Box<Expr>,
        /// Copies, at least 2.
        times: u32,
    },
    /// Bitwise complement.
    Not(Box<Expr>),
    /// Two operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// Folded to one bit.
    Reduce(ReduceOp, Box<Expr>),
    /// `condition ? then : otherwise`. Only ever the root of a wire's expression.
    Mux(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Table look-up; the index is a signal. Only ever the root of a wire's expression.
    Lookup(TableId, SignalId),
}

impl Expr {
    /// Whether it holds for this and all expressions in it.
    pub(crate) fn all(&self, holds: &dyn Fn(&Expr) -> bool) -> bool {
        let inner: Vec<&Expr> = match self {
            Expr::Signal(_) | Expr::Const { .. } | Expr::Slice { .. } | Expr::Lookup(..) => Vec::new(),
            Expr::Concat(parts) => parts.iter().collect(),
            Expr::Replicate { bit: a, .. } | Expr::Not(a) | Expr::Reduce(_, a) => vec![a],
            Expr::Binary(_, a, b) => vec![a, b],
            Expr::Mux(a, b, c) => vec![a, b, c],
        };
        holds(self) && inner.into_iter().all(|e| e.all(holds))
    }
}

/// A constant table of `2^index_width` entries.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Table {
    /// Name of the function or constant that holds it.
    pub name: String,
    /// Bits of the index.
    pub index_width: u32,
    /// Bits of an entry.
    pub width: u32,
    /// `2^index_width` entries.
    pub entries: Vec<BigUint>,
}

/// One assignment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wire {
    /// What is assigned.
    pub signal: SignalId,
    /// Its value.
    pub expr: Expr,
    /// Comment printed above: why, or the range of values.
    pub note: Option<String>,
}

/// One register. On each rising edge of `clk`, first match wins:
/// 1. `reset` and `rst`: 0;
/// 2. the module has a clock enable and `ce` is 0: unchanged;
/// 3. `clear` is 1: 0;
/// 4. `enable` is absent or 1: `data`;
/// 5. unchanged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Register {
    /// The register's output.
    pub signal: SignalId,
    /// Next value; equally wide.
    pub data: SignalId,
    /// One bit.
    pub enable: Option<SignalId>,
    /// One bit: synchronous clear.
    pub clear: Option<SignalId>,
    /// Whether `rst` clears it (control only).
    pub reset: bool,
}

/// A memory of `2^index_width` entries with synchronous ports. At each rising edge, whatever `rst` is: every read
/// port with `enable` takes its entry as it was before the edge, then the write port with `enable` writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Memory {
    /// Name of the array.
    pub name: String,
    /// Bits of an address.
    pub index_width: u32,
    /// Bits of an entry.
    pub width: u32,
    /// Contents at power-up; entries behind them are 0.
    pub entries: Vec<BigUint>,
    /// Enable, address, data.
    pub write: Option<[SignalId; 3]>,
    /// At least one.
    pub reads: Vec<ReadPort>,
    /// The text asks for a block RAM.
    pub block: bool,
    /// The text says that entries are not read at the edge that writes them.
    pub apart: bool,
}

/// A read port of a memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadPort {
    /// The port's data register, of kind [`SignalKind::Register`].
    pub signal: SignalId,
    /// One bit.
    pub enable: SignalId,
    /// As wide as the memory's index.
    pub address: SignalId,
}

/// Wires of one pipeline stage and the registers behind it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Section {
    /// What happens here, e.g. `stage 2: normalise`.
    pub title: String,
    /// In order: an expression reads only what stands before it.
    pub wires: Vec<Wire>,
    /// Registers that this stage's edge loads.
    pub registers: Vec<Register>,
    /// Memories whose ports act at this edge.
    pub memories: Vec<Memory>,
}

/// An output port and the signal that drives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputPort {
    /// Port name.
    pub name: String,
    /// Driver; the port has its width.
    pub signal: SignalId,
}

/// One core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// Module and entity name.
    pub name: String,
    /// Lines of the comment at the top of the file, without comment marks.
    pub header: Vec<String>,
    /// `clk` is a port and there are registers.
    pub clocked: bool,
    /// `rst` is a port.
    pub has_reset: bool,
    /// `ce` is a port.
    pub has_enable: bool,
    /// Input ports in order, without `clk`, `rst`, `ce`, which stand first in this order.
    pub inputs: Vec<SignalId>,
    /// Output ports in order.
    pub outputs: Vec<OutputPort>,
    /// Every signal but the ports `clk`, `rst`, `ce` and the output ports.
    pub signals: Vec<Signal>,
    /// Constant tables.
    pub tables: Vec<Table>,
    /// In order.
    pub sections: Vec<Section>,
    /// Wires that Verilog and VHDL print as cells of the device; each has an expression, too, which says the same.
    pub cells: BTreeMap<SignalId, cells::Cell>,
}

impl Section {
    /// Whether anything happens at the clock's edge.
    fn is_clocked(&self) -> bool {
        !self.registers.is_empty() || !self.memories.is_empty()
    }
}

impl Module {
    /// The signal behind an id.
    pub fn signal(&self, id: SignalId) -> &Signal {
        &self.signals[id.0 as usize]
    }

    /// Memories of all sections.
    pub fn memories(&self) -> impl Iterator<Item = &Memory> {
        self.sections.iter().flat_map(|s| &s.memories)
    }

    /// Width of an expression in bits.
    pub fn width(&self, e: &Expr) -> u32 {
        match e {
            Expr::Signal(s) => self.signal(*s).width,
            Expr::Const { width, .. } => *width,
            Expr::Slice { hi, lo, .. } => hi - lo + 1,
            Expr::Concat(parts) => parts.iter().map(|p| self.width(p)).sum(),
            Expr::Replicate { times, .. } => *times,
            Expr::Not(a) => self.width(a),
            Expr::Binary(BinaryOp::Eq | BinaryOp::Ult, ..) | Expr::Reduce(..) => 1,
            Expr::Binary(BinaryOp::Mul, a, b) => self.width(a) + self.width(b),
            Expr::Binary(_, a, _) => self.width(a),
            Expr::Mux(_, a, _) => self.width(a),
            Expr::Lookup(t, _) => self.tables[t.0 as usize].width,
        }
    }
}
