//! Multi-operand addition: a heap of bits, each with a weight, compressed for the target.
//!
//! Rows are thrown on the heap in any order; [`BitHeap::sum`] finds the structure. What pays depends on the
//! device:
//!
//! - *Lookup tables of six inputs before a carry chain*: an adder bit computes `a + f(b, c, d, e, g)`, so that one
//!   table a bit adds a plain bit and counts five others: three columns take 8 bits and leave 3 ([`chain`]).
//! - *Lookup tables of four inputs*: an adder bit adds two bits; full adders where columns are too few for a chain.
//! - *Gates*: full adders, earliest bits first.
//!
//! Signs cost nothing: the sign bit is inverted, and what is then too much is collected in one constant, which
//! the tables swallow.
use crate::builder::{Bits, Builder};
use crate::ir::Op;
use num_bigint::BigUint;

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
}

impl HeapBit<'_> {
    /// Whether it can feed a carry chain directly; an inverted bit would need a lookup table of its own.
    fn plain(&self) -> bool {
        self.value.builder().edit(|g| g.node(self.value.id()).op != Op::Not)
    }
}

/// Bits by weight, to be added up.
pub struct BitHeap<'b> {
    builder: &'b Builder,
    columns: Vec<Vec<HeapBit<'b>>>,
    /// Everything constant, modulo 2^width.
    constant: BigUint,
}

impl<'b> BitHeap<'b> {
    /// An empty heap whose sum is taken modulo 2^width; exact if the width holds every sum.
    ///
    /// # Panics
    /// If `width` is 0.
    #[track_caller]
    pub fn new(builder: &'b Builder, width: u32) -> Self {
        assert!(width > 0, "a sum has at least one bit");
        Self { builder, columns: vec![Vec::new(); width as usize], constant: BigUint::ZERO }
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
        // -x == ~x + 1 - 2^w
        self.add(!bits, shift);
        self.add_power(shift);
        self.take_power(shift + bits.width());
    }

    /// Subtracts a two's-complement row times 2^shift.
    pub fn subtract_signed(&mut self, bits: Bits<'b>, shift: u32) {
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

    fn push(&mut self, value: Bits<'b>, column: u32, level: u32) {
        if column >= self.width() {
            return;
        }
        match value.constant() {
            Some(c) => self.add_constant(c << column),
            None => self.columns[column as usize].push(HeapBit { value, level }),
        }
    }

    fn add_power(&mut self, exponent: u32) {
        self.add_constant(BigUint::from(1u8) << exponent);
    }

    /// Subtracts 2^exponent.
    pub(crate) fn take_power(&mut self, exponent: u32) {
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
        self.merge_repeated();
        self.gather_inverted();
        compress::sum(self)
    }

    /// Where an inverter costs a table (chains that add two plain bits), many inverted bits of a column are better
    /// counted as they are, and their count inverted: of n bits, inverted ones are n less the others.
    fn gather_inverted(&mut self) {
        if !compress::inverters_cost(self.builder.context()) {
            return;
        }
        for c in 0..self.width() {
            let column = &mut self.columns[c as usize];
            let n = column.iter().filter(|bit| !bit.plain()).count() as u32;
            let count_width = u32::BITS - n.leading_zeros();
            // Few of them: the inverters of their count would be as many.
            if n < 2 * count_width.max(2) {
                continue;
            }
            let mut count = BitHeap::new(self.builder, count_width);
            let mut level = 0;
            column.retain(|bit| {
                if !bit.plain() {
                    count.push(!bit.value, 0, bit.level);
                    level = level.max(bit.level);
                }
                bit.plain()
            });
            let count = count.sum();
            // -count == ~count + 1 - 2^w
            self.add_late(!count, c, level + count_width);
            self.add_constant(BigUint::from(n) << c);
            self.add_power(c);
            self.take_power(c + count_width);
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
