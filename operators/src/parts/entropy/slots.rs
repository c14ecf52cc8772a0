//! The slots of a table: an entry gets some of them, one a clock.
use super::tables::{Entry, Filling};
use holigen_generator::{Bits, Builder};

/// Counts them.
#[derive(Clone, Copy)]
pub struct Slots<'b> {
    b: &'b Builder,
    /// The next slot; one bit more says that the table is full.
    slot: Bits<'b>,
    /// Slots of the entry behind this one.
    pub todo: Bits<'b>,
    /// One bit: there are none, known when the clock begins.
    pub ends: Bits<'b>,
    /// One bit: this is not the entry's first slot.
    pub begun: Bits<'b>,
}

impl<'b> Slots<'b> {
    /// Declares registers for 2^`bits` slots.
    pub fn new(b: &'b Builder, bits: u32) -> Self {
        let slot = b.register("slot", bits + 1);
        let todo = b.register("slots_to_do", bits);
        let ends = b.register("last_slot", 1);
        Self { b, slot, todo, ends, begun: b.register("entry_begun", 1) }
    }

    /// The slot at hand.
    pub fn here(&self) -> Bits<'b> {
        self.slot.low(self.slot.width() - 1)
    }

    /// What a loader does with an entry at hand; `wrong`: what may be wrong with it by itself, late bits last. `of_entry`
    /// says for how many slots one is, less one, and with one bit, whether for one only. What a wrong entry writes nobody
    /// reads.
    pub fn filling(
        self,
        entry: &Entry<'b>,
        wrong: [Bits<'b>; 2],
        of_entry: impl FnOnce(Bits<'b>) -> (Bits<'b>, Bits<'b>) + 'b,
    ) -> Filling<'b> {
        let Self { b, slot, todo, ends, begun } = self;
        let one = move |width| b.lit(1u8, width);
        let wrong = wrong.into_iter().fold(slot.msb(), |a, b| a | b).named("entry_wrong");
        let fills = (self.here().all() & !slot.msb()).named("table_fills");
        begun.load(entry.there & !ends);
        // What goes on beyond the end has been found wrong there.
        let next = slot.wrapping_add(one(slot.width()));
        slot.load_if(entry.there | entry.over, next.gate(!entry.over));
        let fetched = move |fetch: Bits<'b>, word: Bits<'b>| {
            let (less_one, single) = of_entry(word);
            todo.load(fetch.mux(less_one, todo.wrapping_sub(one(todo.width()))));
            ends.load(fetch.mux(single, todo.is(1)));
        };
        Filling { ends, wrong, fills, unsound: None, fetched: Box::new(fetched) }
    }
}
