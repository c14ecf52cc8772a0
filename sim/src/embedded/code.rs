//! What a compiled netlist is: operations on columns, in runs of equal ones.
use super::Statistics;

/// Operations; operands are destination columns, then source columns. Every source is read before any
/// destination is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub(super) enum Op {
    /// d = 0
    Zero,
    /// d = 1
    Ones,
    /// d = a
    Copy,
    /// d = ~a
    Not,
    /// d = a & b
    And,
    /// d = ~a & b
    AndNot,
    /// d = a | b
    Or,
    /// d = ~a | b
    OrNot,
    /// d = ~(a & b)
    Nand,
    /// d = ~(a | b)
    Nor,
    /// d = a ^ b
    Xor,
    /// d = ~(a ^ b)
    Xnor,
    /// d = a ? b : c
    Mux,
    /// d = a ? ~b : c
    MuxNot,
    /// d = a ^ b ^ c
    Sum,
    /// d = majority(a, b, c)
    Carry,
    /// d = majority(~a, b, c)
    CarryNot,
    /// d = a ^ b ^ c, e = majority(a, b, c)
    Full,
    /// d = a ^ b ^ c, e = majority(~a, b, c)
    FullNot,
    /// d = a ^ b, e = a & b
    Half,
    /// d = a ^ b, e = ~a & b
    HalfNot,
    /// d = a ^ b, e = a | b
    HalfOr,
    /// `Full` from carry to carry: operands are the carry in, `count` times d, a, b, then the carry out.
    FullChain,
    /// `FullNot`, as `FullChain`.
    FullNotChain,
    /// `Carry` from carry to carry: the carry in, `count` times a, b, then the carry out.
    CarryChain,
    /// `CarryNot`, as `CarryChain`.
    CarryNotChain,
}

/// Number of operations.
pub(super) const OPS: usize = Op::CarryNotChain as usize + 1;

impl Op {
    /// Destinations and sources; of chains, in each link.
    pub(super) const fn arity(self) -> (usize, usize) {
        match self {
            Op::Zero | Op::Ones => (1, 0),
            Op::Copy | Op::Not => (1, 1),
            Op::And | Op::AndNot | Op::Or | Op::OrNot | Op::Nand | Op::Nor | Op::Xor | Op::Xnor => (1, 2),
            Op::Mux | Op::MuxNot | Op::Sum | Op::Carry | Op::CarryNot => (1, 3),
            Op::Full | Op::FullNot => (2, 3),
            Op::Half | Op::HalfNot | Op::HalfOr => (2, 2),
            Op::FullChain | Op::FullNotChain => (1, 2),
            Op::CarryChain | Op::CarryNotChain => (0, 2),
        }
    }

    /// The operation that does several of these in a row.
    pub(super) const fn chain(self) -> Option<Op> {
        match self {
            Op::Full => Some(Op::FullChain),
            Op::FullNot => Some(Op::FullNotChain),
            Op::Carry => Some(Op::CarryChain),
            Op::CarryNot => Some(Op::CarryNotChain),
            _ => None,
        }
    }

    /// Operands besides those of [`Self::arity`].
    const fn ends(self) -> usize {
        match self {
            Op::FullChain | Op::FullNotChain | Op::CarryChain | Op::CarryNotChain => 2,
            _ => 0,
        }
    }
}

/// Equal operations in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) op: Op,
    pub(super) count: u32,
}

/// The program. Columns: inputs, outputs, registers, intermediate values, in this order. Every operand is
/// less than `columns`, and `operands` has exactly what `runs` consume: the interpreter relies on both.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) runs: Vec<Run>,
    pub(super) operands: Vec<u32>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) states: usize,
    pub(super) columns: usize,
}

impl Code {
    pub(super) fn statistics(&self) -> Statistics {
        let count = |f: fn(Op) -> bool| self.runs.iter().filter(|r| f(r.op)).map(|r| r.count as usize).sum();
        Statistics {
            operations: count(|_| true),
            moves: count(|op| matches!(op, Op::Zero | Op::Ones | Op::Copy | Op::Not)),
            runs: self.runs.len(),
            columns: self.columns,
            registers: self.states,
        }
    }

    /// What the interpreter relies on.
    pub(super) fn audit(&self) {
        let operands = |r: &Run| (r.op.arity().0 + r.op.arity().1) * r.count as usize + r.op.ends();
        let needed: usize = self.runs.iter().map(operands).sum();
        assert_eq!(needed, self.operands.len(), "operands of all runs");
        assert!(self.operands.iter().all(|&c| (c as usize) < self.columns), "columns exist");
    }
}
