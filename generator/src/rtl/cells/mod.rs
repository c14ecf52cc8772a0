//! Lookup tables and carry chains, printed as cells of the device.
//!
//! A wire of a [`Module`] may have a [`Cell`] beside its expression. Both say the same: simulation,
//! proofs and MLIR read the expression, which [`Chain::value`] and [`Lut::value`] make from the tables' contents; Verilog
//! and VHDL print the cells. [`verilog_models`] and [`vhdl_models`] are what simulators take for these.
use super::names::Names;
use super::{BinaryOp, Expr, Module, SignalId};
use crate::cases::rows;
use crate::ir::chain_bit;
use num_bigint::BigUint;

mod models;
pub(super) mod verilog;
pub(super) mod vhdl;

pub use models::{verilog_models, vhdl_models};

/// One input pin at every position of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pin {
    /// A constant.
    Const(bool),
    /// The same bit everywhere; `None` for a signal of one bit.
    Same(SignalId, Option<u32>),
    /// Bits of a signal upwards from here.
    Upwards(SignalId, u32),
}

/// A bit at a pin, for the printers.
pub(in crate::rtl) enum PinBit<'m> {
    Const(bool),
    /// A signal of one bit.
    Signal(&'m str),
    /// A signal and the index in it.
    Indexed(&'m str, String),
}

impl Pin {
    /// The bit at position `at`, which is a number or the variable of a loop that starts at position `from`.
    pub(in crate::rtl) fn bit<'m>(self, m: &'m Module, at: &str, from: u32) -> PinBit<'m> {
        let name = |s: SignalId| m.signal(s).name.as_str();
        match self {
            Pin::Const(bit) => PinBit::Const(bit),
            Pin::Same(s, None) => PinBit::Signal(name(s)),
            Pin::Same(s, Some(bit)) => PinBit::Indexed(name(s), bit.to_string()),
            // Positions count from the lowest of the chain.
            Pin::Upwards(s, lo) if lo < from => PinBit::Indexed(name(s), format!("{at} - {}", from - lo)),
            Pin::Upwards(s, lo) if lo == from => PinBit::Indexed(name(s), at.to_owned()),
            Pin::Upwards(s, lo) => PinBit::Indexed(name(s), format!("{at} + {}", lo - from)),
        }
    }
}

/// Neighbouring positions with the same table and regular inputs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Lowest position.
    pub from: u32,
    /// Positions.
    pub width: u32,
    /// Contents of each table.
    pub contents: u64,
    /// Inputs, the lowest first.
    pub pins: [Pin; 6],
    /// Label of its instances; unique.
    pub label: String,
}

/// What drives a wire.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// A carry chain with its tables.
    Chain(Chain),
    /// One table.
    Lut(Lut),
}

impl Cell {
    /// Every name that the printers need for it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Cell::Chain(chain) => chain.names().collect(),
            Cell::Lut(lut) => vec![&lut.label],
        }
    }

    /// What it puts out, as an expression. `width_of` gives a signal's bits.
    pub fn value(&self, width_of: impl Fn(SignalId) -> u32) -> Expr {
        match self {
            Cell::Chain(chain) => chain.value(width_of),
            Cell::Lut(lut) => lut.value(width_of),
        }
    }

    /// The bits at its inputs: each once for every table or carry cell that reads it.
    pub(crate) fn inputs(&self) -> Vec<(SignalId, u32)> {
        let at = |pin: &Pin, i: u32| match *pin {
            Pin::Const(_) => None,
            Pin::Same(s, bit) => Some((s, bit.unwrap_or(0))),
            Pin::Upwards(s, lo) => Some((s, lo + i)),
        };
        let single = |pins: &[Pin]| pins.iter().filter_map(|pin| at(pin, 0)).collect::<Vec<_>>();
        match self {
            Cell::Lut(lut) => single(&lut.pins),
            Cell::Chain(chain) => {
                let mut inputs = single(&[chain.carry_in]);
                match &chain.positions {
                    Positions::Wires { propagate, generate } => {
                        inputs.extend([propagate, generate].into_iter().flat_map(|pins| single(pins)));
                    }
                    Positions::Tables(runs) => inputs.extend(runs.iter().flat_map(|run| {
                        (0..run.width).flat_map(move |i| run.pins.iter().filter_map(move |pin| at(pin, i)))
                    })),
                }
                inputs
            }
        }
    }

    /// Whether a loop prints some of it.
    pub fn is_looped(&self) -> bool {
        matches!(self, Cell::Chain(chain) if chain.runs().iter().any(|r| r.width > 1))
    }
}

/// A lookup table of as many inputs as it has pins, LUT1 to LUT6, or two of them at one LUT6_2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lut {
    /// A bit for each value of the inputs; of two tables the second in the upper half.
    pub contents: u64,
    /// Inputs, the lowest first; each of one bit.
    pub pins: Vec<Pin>,
    /// 1 or 2.
    pub outputs: u32,
    /// Label of its instance; unique.
    pub label: String,
}

impl Lut {
    /// What it puts out, as an expression. `width_of` gives a signal's bits.
    pub fn value(&self, width_of: impl Fn(SignalId) -> u32) -> Expr {
        let pins: Vec<Expr> = self.pins.iter().map(|p| word(*p, 1, &width_of)).collect();
        match self.outputs {
            1 => logic(self.contents, &pins, 1),
            _ => Expr::Concat(vec![logic(self.contents >> 32, &pins, 1), logic(self.contents, &pins, 1)]),
        }
    }

    /// All pins of a LUT6_2: the upper half of its contents is read at the other output.
    fn pins_of_two(&self) -> [Pin; 6] {
        let inputs = |k: usize| self.pins.get(k).copied().unwrap_or(Pin::Const(false));
        [inputs(0), inputs(1), inputs(2), inputs(3), inputs(4), Pin::Const(true)]
    }
}

/// What stands before a chain, from the lowest position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Positions {
    /// Tables with two outputs.
    Tables(Vec<Run>),
    /// Bits of one-bit pins.
    Wires {
        /// What propagates a carry.
        propagate: Vec<Pin>,
        /// What generates one where that is 0.
        generate: Vec<Pin>,
    },
}

/// A chain. Its names are unique in the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// What it adds.
    pub positions: Positions,
    /// Carry into the lowest position: a run's pin of one bit.
    pub carry_in: Pin,
    /// Bits of a carry cell: 4 or 8.
    pub cell_bits: u32,
    /// Vector of what propagates a carry.
    pub propagate: String,
    /// Vector of what generates one.
    pub generate: String,
    /// Vector of the sum's bits.
    pub sum: String,
    /// Vector of carries out of the positions.
    pub carries: String,
    /// Labels of the carry cells.
    pub labels: Vec<String>,
    /// For bits that a whole cell has and the sum does not need; linters know the word in it.
    pub unused: String,
}

impl Positions {
    /// How many there are.
    fn count(&self) -> u32 {
        match self {
            Positions::Tables(runs) => runs.iter().map(|r| r.width).sum(),
            Positions::Wires { propagate, .. } => propagate.len() as u32,
        }
    }
}

impl Chain {
    /// The chain behind the wire `name`; its other names are taken here.
    pub(super) fn new(
        name: &str,
        positions: Positions,
        carry_in: Pin,
        cell_bits: u32,
        names: &mut Names,
    ) -> Self {
        let cells = positions.count().div_ceil(cell_bits);
        let mut take = |end: &str| names.take(&format!("{name}_{end}"));
        Chain {
            positions,
            carry_in,
            cell_bits,
            propagate: take("propagate"),
            generate: take("generate"),
            sum: take("bits"),
            carries: take("carries"),
            labels: (0..cells).map(|_| take("carry")).collect(),
            unused: take("unused"),
        }
    }

    /// Positions.
    pub fn width(&self) -> u32 {
        self.positions.count()
    }

    /// Tables of its own.
    pub fn runs(&self) -> &[Run] {
        match &self.positions {
            Positions::Tables(runs) => runs,
            Positions::Wires { .. } => &[],
        }
    }

    /// Positions of all its carry cells.
    pub fn cell_width(&self) -> u32 {
        self.width().next_multiple_of(self.cell_bits)
    }

    /// Every name that the printers need for it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = [&self.propagate, &self.generate, &self.sum, &self.carries, &self.unused];
        own.into_iter().chain(&self.labels).chain(self.runs().iter().map(|r| &r.label)).map(String::as_str)
    }

    /// Bits of the carry vector that nothing reads, as ranges from high to low.
    pub fn unread_carries(&self) -> Vec<(u32, u32)> {
        let (n, cell) = (self.width(), self.cell_bits);
        let mut out: Vec<(u32, u32)> = Vec::new();
        for i in (0..self.cell_width()).rev() {
            let read = i + 1 == n || (i + 1) % cell == 0 && i + 1 < n;
            match out.last_mut() {
                _ if read => {}
                Some((_, lo)) if *lo == i + 1 => *lo = i,
                _ => out.push((i, i)),
            }
        }
        out
    }

    /// The sum with its carry out, as an expression. `width_of` gives a signal's bits.
    pub fn value(&self, width_of: impl Fn(SignalId) -> u32) -> Expr {
        let n = self.width();
        let zero = |width: u32| Expr::Const { value: BigUint::ZERO, width };
        // What the carry multiplexers' data inputs see, and what has to be added to it to propagate.
        let (plain, added) = match &self.positions {
            Positions::Tables(runs) => {
                let operand = |of: fn(u64) -> u64| {
                    let rows = runs.iter().rev().map(|run| {
                        let pins: Vec<Expr> =
                            run.pins.iter().map(|p| word(*p, run.width, &width_of)).collect();
                        logic(of(run.contents), &pins, run.width)
                    });
                    Expr::Concat([zero(1)].into_iter().chain(rows).collect())
                };
                (operand(generated), operand(added))
            }
            Positions::Wires { propagate, generate } => {
                let operand = |pins: &[Pin]| {
                    let bits = pins.iter().rev().map(|p| word(*p, 1, &width_of));
                    Expr::Concat([zero(1)].into_iter().chain(bits).collect())
                };
                let plain = operand(generate);
                let added =
                    Expr::Binary(BinaryOp::Xor, Box::new(plain.clone()), Box::new(operand(propagate)));
                (plain, added)
            }
        };
        let carry = Expr::Concat(vec![zero(n), word(self.carry_in, 1, &width_of)]);
        let add = |a: Expr, b: Expr| Expr::Binary(BinaryOp::Add, Box::new(a), Box::new(b));
        add(add(plain, added), carry)
    }
}

/// Truth table of the operand that the carry multiplexer's data input sees.
fn generated(contents: u64) -> u64 {
    (0..64).map(|i| u64::from(chain_bit(contents, i).0) << i).sum()
}

/// Truth table of the other operand: what has to be added to the first to propagate.
fn added(contents: u64) -> u64 {
    contents ^ generated(contents)
}

/// A pin as a value of `width` bits.
fn word(pin: Pin, width: u32, width_of: &impl Fn(SignalId) -> u32) -> Expr {
    let slice = |of: SignalId, lo: u32, width: u32| {
        if width_of(of) == width { Expr::Signal(of) } else { Expr::Slice { of, hi: lo + width - 1, lo } }
    };
    match pin {
        Pin::Const(bit) => constant(bit, width),
        Pin::Upwards(of, lo) => slice(of, lo, width),
        Pin::Same(of, bit) => {
            let bit = slice(of, bit.unwrap_or(0), 1);
            if width == 1 { bit } else { Expr::Replicate { bit: Box::new(bit), times: width } }
        }
    }
}

fn constant(bit: bool, width: u32) -> Expr {
    let ones = (BigUint::from(1u8) << width) - 1u8;
    Expr::Const { value: if bit { ones } else { BigUint::ZERO }, width }
}

/// A truth table over words as an expression, bit by bit.
fn logic(table: u64, pins: &[Expr], width: u32) -> Expr {
    let full = rows(pins.len());
    let table = table & full;
    if table == 0 || table == full {
        return constant(table != 0, width);
    }
    let (pin, rest) = pins.split_last().expect("a table without inputs is constant");
    let half = rows(rest.len());
    let (low, high) = (table & half, table >> (1u32 << rest.len()));
    let not = |e: Expr| Expr::Not(Box::new(e));
    let two = |op: BinaryOp, a: Expr, b: Expr| Expr::Binary(op, Box::new(a), Box::new(b));
    let (off, on) = (|| logic(low, rest, width), || logic(high, rest, width));
    match (low, high) {
        _ if low == high => off(),
        (0, _) if high == half => pin.clone(),
        (_, 0) if low == half => not(pin.clone()),
        _ if low ^ high == half => two(BinaryOp::Xor, pin.clone(), off()),
        (0, _) => two(BinaryOp::And, pin.clone(), on()),
        (_, 0) => two(BinaryOp::And, not(pin.clone()), off()),
        _ if high == half => two(BinaryOp::Or, pin.clone(), off()),
        _ if low == half => two(BinaryOp::Or, not(pin.clone()), on()),
        _ => two(
            BinaryOp::Or,
            two(BinaryOp::And, pin.clone(), on()),
            two(BinaryOp::And, not(pin.clone()), off()),
        ),
    }
}
