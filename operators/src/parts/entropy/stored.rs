//! Codes whose length comes out of a memory: what the memory says of the next bits is there when the clock begins.
use super::code::{Code, Read, Step, Symbol};
use super::shape::Shape;
use holigen_generator::builder::Memory;
use holigen_generator::{Bits, Builder};

/// Address bits of a memory that lookup tables make well. Of a larger one, choosing among so many takes the clock that the
/// answer has; and of one that never changes synthesisers make logic, a copy for each lane.
pub const LUT_MEMORY: u32 = 6;

/// Entries are a length above a symbol, at the address of the next bits.
pub struct Stored<'b> {
    b: &'b Builder,
    shape: Shape,
    memory: Memory<'b>,
    entry: Bits<'b>,
    /// Which half of the memory is read, where there are two.
    bank: Option<Bits<'b>>,
    fixed: Bits<'b>,
    fixed_length: Bits<'b>,
    /// Bits of an address within a table.
    index_bits: u32,
}

impl<'b> Stored<'b> {
    /// Declares a read port of the memory.
    pub fn new(
        b: &'b Builder,
        shape: Shape,
        memory: Memory<'b>,
        index_bits: u32,
        bank: Option<Bits<'b>>,
    ) -> Self {
        Self {
            b,
            shape,
            memory,
            entry: memory.read("entry"),
            bank,
            fixed: b.register("now_fixed", 1),
            fixed_length: b.register("now_length", shape.length_bits()),
            index_bits,
        }
    }
}

impl<'b> Code<'b> for Stored<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        let stored = self.entry.bits(self.entry.width() - 1, self.shape.symbol_bits).named("entry_length");
        let none = !self.fixed & stored.is_zero();
        let bits = self.shape.length_bits();
        let length = stored.zext(bits.max(stored.width())).low(bits);
        (self.fixed.mux(self.fixed_length, length).named("length"), none)
    }

    fn late(&self) -> Option<(Bits<'b>, Bits<'b>, Bits<'b>)> {
        let bits = self.shape.length_bits();
        let stored = self.entry.bits(self.entry.width() - 1, self.shape.symbol_bits);
        Some((self.fixed, self.fixed_length, stored.zext(bits.max(stored.width())).low(bits)))
    }

    fn advance(&self, step: &Step<'b>) {
        self.fixed.load_if(step.load, step.fixed);
        self.fixed_length.load_if(step.load, step.fixed_length);
        let w = step.aligned.width();
        let index = step.aligned.bits(w - 1, w - self.index_bits);
        let address = self.bank.map_or(index, |bank| bank.cat(index));
        self.memory.connect(self.entry, step.step, address);
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        stored_symbol(self.b, self.shape, self.entry, read)
    }
}

/// The symbol at the foot of an entry, or in the stream itself, where it is plain.
pub fn stored_symbol<'b>(b: &'b Builder, shape: Shape, entry: Bits<'b>, read: &Read<'b>) -> Symbol<'b> {
    let bits = shape.symbol_bits;
    let stored = entry.low(bits).delayed("read_symbol", read.advance);
    let w = read.head.width();
    let symbol = read.plain.mux(read.head.bits(w - 1, w - bits), stored);
    Symbol { valid: read.valid, last: read.last, symbol, busy: b.lit(0u8, 1) }
}
