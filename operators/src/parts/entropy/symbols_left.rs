//! How many symbols of its block a lane has yet to read.
use super::header::Number;
use super::left::counter;
use holigen_generator::{Bits, Builder};

/// What a lane knows of them.
pub(super) trait SymbolsLeft<'b> {
    /// One bit: the next symbol is the last.
    fn last(&self) -> Bits<'b>;

    /// At an edge with the first of `moves`, their number is here, or with the second, a step, symbols are counted; `fill`: a
    /// step that is none. `busy`: in a block. Gives two bits for what is behind the step: the next symbol is the last; it
    /// is the last but one or the last.
    fn load(
        &self,
        number: &Number<'b>,
        moves: (Bits<'b>, Bits<'b>),
        fill: Bits<'b>,
        busy: Bits<'b>,
    ) -> (Bits<'b>, Bits<'b>);
}

/// A count of a lane's own.
pub(super) struct OwnCount<'b> {
    symbols: Bits<'b>,
    /// One bit: the next symbol is the last.
    last: Bits<'b>,
    /// One bit: it is the last but one or the last.
    near_last: Bits<'b>,
}

impl<'b> OwnCount<'b> {
    /// Declares the registers.
    pub fn new(b: &'b Builder) -> Self {
        Self {
            symbols: b.register("symbols_left", 16),
            last: b.register("at_last_symbol", 1),
            near_last: b.register("near_last_symbol", 1),
        }
    }
}

impl<'b> SymbolsLeft<'b> for OwnCount<'b> {
    fn last(&self) -> Bits<'b> {
        self.last
    }

    fn load(
        &self,
        number: &Number<'b>,
        (here, step): (Bits<'b>, Bits<'b>),
        fill: Bits<'b>,
        busy: Bits<'b>,
    ) -> (Bits<'b>, Bits<'b>) {
        let (last, near) = (self.last, self.near_last);
        let no_more = busy.builder().lit(0u8, 1);
        let counted = counter(self.symbols, number, busy, !fill, no_more).named("symbols_counted");
        let moves = here | step;
        self.symbols.load_if(moves, counted.low(16));
        let is_last = fill.mux(last, near);
        let next_last = busy.mux(is_last, number.is_none).named("next_last");
        let is_near = near | counted.msb();
        let next_near = busy.mux(is_near, !number.above_one).named("next_near_last");
        last.load_if(moves, next_last);
        near.load_if(moves, next_near);
        (is_last, is_near)
    }
}
