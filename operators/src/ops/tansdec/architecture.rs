//! The state of a lane, and the loader of its tables.
use crate::parts::entropy::code::{Code, Read, Step, Symbol};
use crate::parts::entropy::shape::Shape;
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
    /// What the memory answers.
    entry: Bits<'b>,
    bank: Option<Bits<'b>>,
    turn: Turn<'b>,
}

/// Whose entry the memory answers with.
enum Turn<'b> {
    /// That of the state at hand. Whether the step takes a fixed number of bits instead, and which.
    This { fixed: Bits<'b>, fixed_length: Bits<'b> },
    /// That of the other state, which is at hand in the next step; this one's base and symbol stand in a register, and so
    /// does what the step takes.
    Other { held: Bits<'b>, length: Bits<'b> },
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
        let turn = match streams {
            1 => Turn::This {
                fixed: b.register("now_fixed", 1),
                fixed_length: b.register("now_length", shape.length_bits()),
            },
            _ => Turn::Other {
                held: b.register("entry_in_turn", log + shape.symbol_bits),
                length: b.register("length", shape.length_bits()),
            },
        };
        Self { b, shape, log, memory, entry: memory.read("state_entry"), bank, turn }
    }

    /// Bits that a state takes by the memory's answer, as wide as a length.
    fn bits(&self) -> Bits<'b> {
        let n = self.shape.length_bits();
        let bits = self.entry.bits(self.entry.width() - 1, self.entry.width() - 4).named("entry_bits");
        bits.zext(n.max(4)).low(n)
    }

    /// Base and symbol of the state at hand.
    fn at_hand(&self) -> Bits<'b> {
        match self.turn {
            Turn::This { .. } => self.entry.low(self.log + self.shape.symbol_bits),
            Turn::Other { held, .. } => held,
        }
    }
}

impl<'b> Code<'b> for States<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        let length = match self.turn {
            Turn::This { fixed, fixed_length } => fixed.mux(fixed_length, self.bits()).named("length"),
            Turn::Other { length, .. } => length,
        };
        (length, self.b.lit(0u8, 1))
    }

    fn late(&self) -> Option<(Bits<'b>, Bits<'b>, Bits<'b>)> {
        match self.turn {
            Turn::This { fixed, fixed_length } => Some((fixed, fixed_length, self.bits())),
            Turn::Other { .. } => None,
        }
    }

    fn advance(&self, step: &Step<'b>) {
        let (b, log) = (self.b, self.log);
        // The last symbol of each state leaves the bits alone: no matter what becomes of the state.
        let given = step.fixed_length.gate(step.fixed);
        let bits = match self.turn {
            Turn::This { fixed, fixed_length } => {
                fixed.load_if(step.load, step.fixed | step.next_last.0);
                fixed_length.load_if(step.load, given);
                self.bits()
            }
            Turn::Other { held, length } => {
                let entry = self.entry.low(held.width());
                held.load_if(step.step, entry);
                let leaves = step.fixed | step.next_last.1;
                length.load_if(step.load, leaves.mux(given, self.bits()));
                length
            }
        };
        let (w, symbol_bits) = (step.head.width(), self.shape.symbol_bits);
        let first = step.head.bits(w - 1, w - log);
        let base = self.at_hand().bits(symbol_bits + log - 1, symbol_bits);
        let taken = take_top(b.lit(0u8, log).cat(step.head), bits, log);
        let next = step.fill.mux(first, base | taken).named("next_state");
        let address = self.bank.map_or(next, |bank| bank.cat(next));
        self.memory.connect(self.entry, step.step, address);
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        stored_symbol(self.b, self.shape, self.at_hand(), read)
    }
}

/// Writes the entries of a table to their states, one a clock.
pub fn fill<'b>(b: &'b Builder, banks: &Banks<'b>, memory: Memory<'b>, symbol_bits: u32, log: u32) {
    b.scope("tables", || {
        // The next state; one bit more says that the table is full.
        let state = b.register("state", log + 1);
        // Known of an entry when the clock begins: a base that is no multiple, or bits that no state can take.
        let unsound = b.register("entry_unsound", 1);
        banks.fill(|entry| {
            let wrong = (state.msb() | unsound).named("entry_wrong");
            let fills = (state.low(log).all() & !state.msb()).named("table_fills");
            memory.write(entry.there, entry.bank.cat(state.low(log)), entry.data);
            // What goes on beyond the end has been found wrong there.
            let next = state.wrapping_add(b.lit(1u8, log + 1));
            state.load_if(entry.there | entry.over, next.gate(!entry.over));
            let fetched = move |fetch: Bits<'b>, word: Bits<'b>| {
                let width = word.width();
                let bits = word.bits(width - 1, width - 4);
                let base = word.bits(symbol_bits + log - 1, symbol_bits);
                let long = b.lit(u64::from(log), 4).ult(bits);
                // As logic, two bits at a time: of a table of masks Yosys makes registers with sets and resets.
                let below = |i: u32| b.lit(u64::from(i), 4).ult(bits) & base.bit(i);
                let pair = |i: u32| if i + 1 < log { below(i) | below(i + 1) } else { below(i) };
                let crooked = (0..log).step_by(2).map(pair).reduce(|low, high| high.cat(low));
                let crooked = crooked.expect("a base has bits").any().named("base_crooked");
                unsound.load_if(fetch, long | crooked);
            };
            Filling { ends: b.lit(1u8, 1), wrong, fills, unsound: None, fetched: Box::new(fetched) }
        });
    });
}
