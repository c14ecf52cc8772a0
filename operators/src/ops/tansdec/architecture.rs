//! The state of a lane, and the loader of its tables.
use crate::parts::entropy::code::{Code, Read, Shape, Step, Symbol};
use crate::parts::entropy::stored::stored_symbol;
use crate::parts::entropy::tables::{Banks, Filling};
use crate::parts::entropy::take_top::take_top;
use holigen_generator::builder::Memory;
use holigen_generator::{Bits, Builder};

/// A lane's code: the memory's read port says what the state at hand means.
pub struct States<'b> {
    b: &'b Builder,
    shape: Shape,
    log: u32,
    memory: Memory<'b>,
    entry: Bits<'b>,
    bank: Option<Bits<'b>>,
    fixed: Bits<'b>,
    fixed_length: Bits<'b>,
    /// The state whose turn is next, where there are two.
    other: Option<Bits<'b>>,
}

impl<'b> States<'b> {
    /// Declares a read port of the memory and the registers.
    pub fn new(
        b: &'b Builder,
        shape: Shape,
        log: u32,
        streams: usize,
        memory: Memory<'b>,
        bank: Option<Bits<'b>>,
    ) -> Self {
        Self {
            b,
            shape,
            log,
            memory,
            entry: memory.read("state_entry"),
            bank,
            fixed: b.register("now_fixed", 1),
            fixed_length: b.register("now_length", shape.length_bits()),
            other: (streams == 2).then(|| b.register("other_state", log)),
        }
    }

    /// Bits that the next state takes.
    fn bits(&self) -> Bits<'b> {
        self.entry.bits(self.entry.width() - 1, self.entry.width() - 4).named("entry_bits")
    }
}

impl<'b> Code<'b> for States<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        let n = self.shape.length_bits();
        let bits = self.bits().zext(n.max(4)).low(n);
        (self.fixed.mux(self.fixed_length, bits).named("length"), self.b.lit(0u8, 1))
    }

    fn late(&self) -> Option<(Bits<'b>, Bits<'b>, Bits<'b>)> {
        let bits = self.shape.length_bits();
        let stored = self.bits();
        Some((self.fixed, self.fixed_length, stored.zext(bits.max(stored.width())).low(bits)))
    }

    fn advance(&self, step: &Step<'b>) {
        let (b, log) = (self.b, self.log);
        // The last symbol of each state leaves the bits alone.
        let ends = if self.other.is_some() { step.next_last.1 } else { step.next_last.0 };
        self.fixed.load_if(step.load, step.fixed | ends);
        self.fixed_length.load_if(step.load, step.fixed_length.gate(step.fixed));
        let (w, symbol_bits) = (step.head.width(), self.shape.symbol_bits);
        let first = step.head.bits(w - 1, w - log);
        let base = self.entry.bits(symbol_bits + log - 1, symbol_bits);
        let taken = take_top(b.lit(0u8, log).cat(step.head), self.bits(), log);
        let next = step.fill.mux(first, base | taken).named("next_state");
        let index = match self.other {
            None => next,
            Some(other) => {
                other.load_if(step.step, next);
                other
            }
        };
        let address = self.bank.map_or(index, |bank| bank.cat(index));
        self.memory.connect(self.entry, step.step, address);
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        stored_symbol(self.b, self.shape, self.entry, read)
    }
}

/// Writes the entries of a table to their states, one a clock.
pub fn fill<'b>(b: &'b Builder, banks: &Banks<'b>, memory: Memory<'b>, symbol_bits: u32, log: u32) {
    b.scope("tables", || {
        // The next state; one bit more says that the table is full.
        let state = b.register("state", log + 1);
        banks.fill(|entry| {
            let width = entry.data.width();
            let bits = entry.data.bits(width - 1, width - 4);
            let base = entry.data.bits(symbol_bits + log - 1, symbol_bits);
            let long = b.lit(u64::from(log), 4).ult(bits);
            // As logic, two bits at a time: of a table of masks Yosys makes registers with sets and resets.
            let below = |i: u32| b.lit(u64::from(i), 4).ult(bits) & base.bit(i);
            let pair = |i: u32| if i + 1 < log { below(i) | below(i + 1) } else { below(i) };
            let crooked = (0..log).step_by(2).map(pair).reduce(|low, high| high.cat(low));
            let crooked = crooked.expect("a base has bits");
            let crooked = crooked.any().named("base_crooked");
            let wrong = (state.msb() | long | crooked).named("entry_wrong");
            let fills = (state.low(log).all() & !state.msb()).named("table_fills");
            memory.write(entry.there, entry.bank.cat(state.low(log)), entry.data);
            // What goes on beyond the end has been found wrong there.
            let next = state.wrapping_add(b.lit(1u8, log + 1));
            state.load_if(entry.there | entry.over, next.gate(!entry.over));
            Filling { ends: b.lit(1u8, 1), wrong, fills, fetched: Box::new(|_, _| ()) }
        });
    });
}
