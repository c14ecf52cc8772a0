//! Multi-operand addition: a heap of bits, each with a weight, compressed for the target.
//!
//! Rows are thrown on the heap in any order; [`BitHeap::sum`] finds the structure. What pays depends on the
//! device:
//!
//! - *Lookup tables of six inputs before a carry chain*: an adder bit computes `a + f(b, c, d, e, g)`, so that one
//!   table a bit adds a plain bit and counts five others: three columns take 8 bits and leave 3 (`chain.rs`).
//! - *Lookup tables of four inputs*: an adder bit adds two bits; full adders where columns are too few for a chain.
//! - *Gates*: full adders, earliest bits first.
//!
//! Signs cost nothing: the sign bit is inverted, and what is then too much is collected in one constant, which
//! the tables swallow.
use crate::builder::{Bits, Builder, Context};
use crate::ir::{Graph, Op, ValueId};
use num_bigint::BigUint;
use std::collections::BTreeMap;

mod chain;
mod compress;
mod counters;
#[cfg(test)]
mod tests;

/// A bit and when it is ready.
#[derive(Clone, Copy)]
struct HeapBit<'b> {
    value: Bits<'b>,
    /// Levels of compressors above it, or of the caller's making: earlier bits are used first.
    level: u32,
    /// Whether it can feed a carry chain directly; an inverted wire would need a lookup table of its own, while
    /// inverted logic has one anyway.
    plain: bool,
}

impl<'b> HeapBit<'b> {
    fn new(value: Bits<'b>, level: u32) -> Self {
        let plain = value.builder().edit(|g| {
            let n = g.node(value.id());
            n.op != Op::Not || is_logic(g, n.args[0])
        });
        Self { value, level, plain }
    }
}

/// Whether a bit comes out of a lookup table, which could as well invert it.
fn is_logic(g: &Graph, v: ValueId) -> bool {
    let n = g.node(v);
    match n.op {
        Op::Slice(_) => is_logic(g, n.args[0]),
        Op::And
        | Op::Or
        | Op::Xor
        | Op::Mux
        | Op::Lookup(_)
        | Op::AndReduce
        | Op::OrReduce
        | Op::XorReduce => true,
        _ => false,
    }
}

/// Bits by weight, to be added up.
pub struct BitHeap<'b> {
    builder: &'b Builder,
    columns: Vec<Vec<HeapBit<'b>>>,
    /// Everything constant, modulo 2^width.
    constant: BigUint,
    /// Two's-complement rows with their shifts, where inverting a sign bit would cost a lookup table.
    signed: Vec<(Bits<'b>, u32)>,
    /// What is to be subtracted, where inverting a row would cost lookup tables.
    minus: Option<Box<BitHeap<'b>>>,
}

impl<'b> BitHeap<'b> {
    /// An empty heap whose sum is taken modulo 2^width; exact if the width holds every sum.
    ///
    /// # Panics
    /// If `width` is 0.
    #[track_caller]
    pub fn new(builder: &'b Builder, width: u32) -> Self {
        assert!(width > 0, "a sum has at least one bit");
        let columns = vec![Vec::new(); width as usize];
        Self { builder, columns, constant: BigUint::ZERO, signed: Vec::new(), minus: None }
    }

    /// Lookup tables that it takes on a target to get rid of a bit, about; an adder takes one.
    pub fn price(context: &Context) -> f64 {
        compress::price(context)
    }

    /// Bits of the sum.
    pub fn width(&self) -> u32 {
        self.columns.len() as u32
    }

    /// Adds an unsigned row times 2^shift.
    pub fn add(&mut self, bits: Bits<'b>, shift: u32) {
        self.add_late(bits, shift, 0);
    }

    /// Adds an unsigned row times 2^shift that is ready only after so many levels of compressors.
    pub fn add_late(&mut self, bits: Bits<'b>, shift: u32, level: u32) {
        for i in 0..bits.width().min(self.width().saturating_sub(shift)) {
            self.push(bits.bit(i), shift + i, level);
        }
    }

    /// Adds a two's-complement row times 2^shift.
    pub fn add_signed(&mut self, bits: Bits<'b>, shift: u32) {
        if self.avoids_inverting(bits) {
            self.signed.push((bits, shift));
        } else {
            self.add_inverted_sign(bits, shift);
        }
    }

    fn add_inverted_sign(&mut self, bits: Bits<'b>, shift: u32) {
        // low - sign * 2^s == low + ~sign * 2^s - 2^s
        let top = bits.width() - 1;
        if top > 0 {
            self.add(bits.low(top), shift);
        }
        self.add_bit(!bits.msb(), shift + top);
        self.take_power(shift + top);
    }

    /// Subtracts an unsigned row times 2^shift.
    pub fn subtract(&mut self, bits: Bits<'b>, shift: u32) {
        if self.avoids_inverting(bits) {
            self.minus().add(bits, shift);
            return;
        }
        // -x == ~x + 1 - 2^w
        self.add(!bits, shift);
        self.add_power(shift);
        self.take_power(shift + bits.width());
    }

    /// Subtracts a two's-complement row times 2^shift.
    pub fn subtract_signed(&mut self, bits: Bits<'b>, shift: u32) {
        if self.avoids_inverting(bits) {
            self.minus().add_signed(bits, shift);
            return;
        }
        // sign * 2^s - low == sign * 2^s + ~low + 1 - 2^s
        let top = bits.width() - 1;
        if top > 0 {
            self.add(!bits.low(top), shift);
        }
        self.add_power(shift);
        self.add_bit(bits.msb(), shift + top);
        self.take_power(shift + top);
    }

    /// Adds one bit times 2^column.
    #[track_caller]
    pub fn add_bit(&mut self, bit: Bits<'b>, column: u32) {
        assert_eq!(bit.width(), 1, "one bit a column");
        self.push(bit, column, 0);
    }

    /// Adds a constant.
    pub fn add_constant(&mut self, value: impl Into<BigUint>) {
        self.constant += value.into();
        self.wrap();
    }

    /// Adds a constant that may be negative.
    pub fn add_signed_constant(&mut self, value: i64) {
        let magnitude = BigUint::from(value.unsigned_abs());
        if value >= 0 { self.add_constant(magnitude) } else { self.take_constant(&magnitude) }
    }

    fn avoids_inverting(&self, bits: Bits<'b>) -> bool {
        let logic = self.builder.edit(|g| is_logic(g, bits.id()));
        !logic && bits.width() > 2 && compress::inverters_cost(self.builder.context())
    }

    fn minus(&mut self) -> &mut BitHeap<'b> {
        let (b, width) = (self.builder, self.width());
        self.minus.get_or_insert_with(|| Box::new(BitHeap::new(b, width)))
    }

    fn push(&mut self, value: Bits<'b>, column: u32, level: u32) {
        if column >= self.width() {
            return;
        }
        match value.constant() {
            Some(c) => self.add_constant(c << column),
            None => self.columns[column as usize].push(HeapBit::new(value, level)),
        }
    }

    /// Adds 2^exponent.
    pub fn add_power(&mut self, exponent: u32) {
        self.add_constant(BigUint::from(1u8) << exponent);
    }

    /// Subtracts 2^exponent.
    pub fn take_power(&mut self, exponent: u32) {
        self.take_constant(&(BigUint::from(1u8) << exponent));
    }

    fn take_constant(&mut self, value: &BigUint) {
        let modulus = BigUint::from(1u8) << self.width();
        let value = value % &modulus;
        self.constant += modulus - value;
        self.wrap();
    }

    fn wrap(&mut self) {
        self.constant = crate::ir::eval::truncate(std::mem::take(&mut self.constant), self.width());
    }

    /// The sum, in the structure that suits the target and the clock.
    pub fn sum(mut self) -> Bits<'b> {
        self.add_signed_rows();
        let minus = self.minus.take();
        self.merge_repeated();
        let plus = compress::sum(self);
        match minus {
            Some(minus) => plus.wrapping_sub(minus.sum()),
            None => plus,
        }
    }

    /// Adds two's-complement rows of one shift to each other, sign-extended, narrowest first; one row a shift is
    /// left, or more where the clock allows no wider adder.
    fn add_signed_rows(&mut self) {
        let mut by_shift: BTreeMap<u32, Vec<Bits<'b>>> = BTreeMap::new();
        for (row, shift) in std::mem::take(&mut self.signed) {
            by_shift.entry(shift).or_default().push(row);
        }
        for (shift, mut rows) in by_shift {
            while rows.len() > 1 {
                // Stable: rows of one width keep their order.
                rows.sort_by_key(|row| row.width());
                let width = (rows[1].width() + 1).min(self.width().saturating_sub(shift));
                if width <= rows[1].width() || !self.builder.context().adder_fits(width) {
                    break;
                }
                let (x, y) = (rows[0].sext(width), rows[1].sext(width));
                let sum = add_apart(x, y).named("signed_sum");
                rows.splice(..2, [sum]);
            }
            rows.into_iter().for_each(|row| self.add_inverted_sign(row, shift));
        }
    }

    /// A bit twice in a column is the bit once in the next.
    fn merge_repeated(&mut self) {
        for c in 0..self.columns.len() {
            let mut kept: Vec<HeapBit<'b>> = Vec::new();
            let mut carried = Vec::new();
            for bit in std::mem::take(&mut self.columns[c]) {
                match kept.iter().position(|k| k.value.id() == bit.value.id()) {
                    Some(i) => carried.push(kept.remove(i)),
                    None => kept.push(bit),
                }
            }
            self.columns[c] = kept;
            if let Some(next) = self.columns.get_mut(c + 1) {
                next.extend(carried);
            }
        }
    }
}

/// Sum modulo 2^width of two rows of equal width, least significant parts first.
fn add_rows<'b>(builder: &'b Builder, x: &[Bits<'b>], y: &[Bits<'b>]) -> Bits<'b> {
    add_apart(join(builder, x), join(builder, y))
}

/// Sum modulo 2^width. Synthesisers take a tree of sums apart and rebuild it as one sum in logic, unless no operand
/// is just another sum: so if one is, the two exchange their lowest bits.
pub(crate) fn add_apart<'b>(x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let w = x.width();
    let merged = |v: Bits<'b>| v.builder().edit(|g| is_sum(g, v.id()));
    if w < 2 || !(merged(x) || merged(y)) {
        return x.wrapping_add(y);
    }
    let (u, v) = (x.bits(w - 1, 1).cat(y.bit(0)), y.bits(w - 1, 1).cat(x.bit(0)));
    u.wrapping_add(v)
}

/// Whether a value is a sum, extended or cut at its top.
pub(crate) fn is_sum(g: &Graph, v: ValueId) -> bool {
    let n = g.node(v);
    match n.op {
        Op::Add | Op::Sub => true,
        Op::Slice(0) => is_sum(g, n.args[0]),
        Op::Concat => n.args.last().is_some_and(|low| is_sum(g, *low)),
        _ => false,
    }
}

/// Least significant first to one value.
fn join<'b>(builder: &'b Builder, bits: &[Bits<'b>]) -> Bits<'b> {
    match bits {
        [one] => *one,
        _ => {
            let args: Vec<Bits<'b>> = bits.iter().rev().copied().collect();
            let width = args.iter().map(|a| a.width()).sum();
            builder.make(Op::Concat, &args, width)
        }
    }
}
