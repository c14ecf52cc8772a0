//! The header of a block: its registers, and the numbers in its words.
use super::code::TableState;
use holigen_generator::{Bits, Builder};

/// The registers.
pub(super) struct Header<'b> {
    /// The number of the word at hand.
    index: Bits<'b>,
    /// One bit each: symbols stand as they are; there is one for the whole block; either of them.
    pub raw: Bits<'b>,
    pub one_symbol: Bits<'b>,
    pub plain: Bits<'b>,
    /// One bit: the block waits for the table loaded last.
    wants_table: Bits<'b>,
    bad: Bits<'b>,
    word_bits: u32,
}

/// What a lane whose header has been read does; one bit each.
pub(super) struct Opening<'b> {
    /// It goes on with the payload.
    pub starts: Bits<'b>,
    /// It waits for its table, or for other lanes.
    pub waits: Bits<'b>,
    /// It waits for other lanes only, or for nothing.
    pub ready: Bits<'b>,
    /// It waits for nothing; where it is at fault this says nothing.
    pub opens: Bits<'b>,
    /// The header is at fault.
    pub fails: Bits<'b>,
}

/// The number in a word of a header.
pub(super) struct Number<'b> {
    /// 16 bits.
    pub value: Bits<'b>,
    /// One bit each.
    pub is_none: Bits<'b>,
    pub is_one: Bits<'b>,
    pub above_one: Bits<'b>,
    /// All but bit 0 and the highest three, as far as they have been looked at together.
    middle: Bits<'b>,
}

impl<'b> Number<'b> {
    /// Of a word.
    fn of(word: Bits<'b>) -> Self {
        let value = word.low(16);
        // Two numbers share what looks at most of the bits.
        let group = |high: u32, low: u32| word.bits(high, low).any();
        let (middle, top) = match word.builder().context().target.lut_inputs {
            ..6 => (group(12, 9).cat(group(8, 5)).cat(group(4, 1)), group(15, 13)),
            _ => (group(12, 7).cat(group(6, 1)), word.bits(15, 13)),
        };
        let high = top.cat(middle);
        let above_one = high.any().named("number_above_one");
        let (is_none, is_one) = (!high.cat(word.bit(0)).any(), !high.cat(!word.bit(0)).any());
        Self { value, is_none, is_one, above_one, middle }
    }

    /// One bit.
    pub fn is_two_or_less(&self) -> Bits<'b> {
        !self.value.bits(15, 2).any() & !self.value.low(2).all()
    }
}

impl<'b> Header<'b> {
    /// Declares them, but for `index`, the number of the word at hand. A header has 48 bits.
    pub fn new(b: &'b Builder, word_bits: u32, index: Bits<'b>) -> Self {
        Self {
            index,
            raw: b.register("raw", 1),
            one_symbol: b.register("one_symbol", 1),
            plain: b.register("not_coded", 1),
            wants_table: b.register("wants_table", 1),
            bad: b.register("header_bad", 1),
            word_bits,
        }
    }

    fn wide(&self) -> bool {
        self.word_bits > 16
    }

    /// The number of the last word.
    fn last(&self) -> u64 {
        if self.wide() { 1 } else { 2 }
    }

    /// One bit: the word at hand is the last one.
    pub fn at_last(&self) -> Bits<'b> {
        self.index.is(self.last())
    }

    /// One bit: it says how many symbols there are.
    pub fn at_symbols(&self) -> Bits<'b> {
        self.index.is(if self.wide() { 0 } else { 1 })
    }

    /// At a clock with `check`, behind the header. `together`: where there are several lanes, they begin their payloads.
    pub fn opening(
        &self,
        check: Bits<'b>,
        tables: TableState<'b>,
        together: Option<Bits<'b>>,
    ) -> Opening<'b> {
        let TableState { pending, known, coming } = tables;
        let table_there = self.wants_table.mux(pending, self.plain | known);
        let good = (!self.bad & table_there).named("header_good");
        let waits = ((self.wants_table & !pending) & (coming & !self.bad)) & check;
        let waits = waits.named("waits_for_table");
        let ready = check & good;
        let Some(together) = together else {
            let starts = ready.named("starts");
            return Opening { starts, waits, ready, opens: check & !waits, fails: check & !good & !waits };
        };
        // What is bad of one of them can be said at once, as none reads a symbol of a block before all begin it.
        let table_fails = self.wants_table.mux(!pending & !coming, !(self.plain | known));
        let fails = self.bad | (check & table_fails);
        // They begin no sooner than all are ready, and then this one is still so.
        Opening {
            starts: together,
            waits: check & !together,
            ready: ready.named("ready"),
            opens: together,
            fails,
        }
    }

    /// One bit: `there` the lane switches to the table that is `pending`.
    pub fn switch(&self, there: Bits<'b>, pending: Bits<'b>) -> Bits<'b> {
        (there & self.wants_table & !self.bad) & pending
    }

    /// One bit: the block has the table of the one before.
    pub fn keeps_table(&self) -> Bits<'b> {
        !self.wants_table
    }

    /// At an edge with `passes` the word at hand moves on, where this lane `leads`. `busy`: the lane is in a block.
    pub fn load_index(&self, passes: Bits<'b>, busy: Bits<'b>) {
        let index = self.index;
        index.load_if(passes | busy, index.wrapping_add(busy.builder().lit(1u8, 2)).gate(!busy));
    }

    /// At an edge with `passes` the word at hand is read. Gives the word's number, and one bit: there is no such word.
    pub fn load(&self, word: Bits<'b>, passes: Bits<'b>) -> (Number<'b>, Bits<'b>) {
        let index = self.index;
        let number = Number::of(word);
        let kind = word.bits(self.word_bits - 1, self.word_bits - 2);
        let reserved =
            if self.wide() { word.bits(28, 16).any() } else { number.middle.cat(word.bit(0)).any() };
        let at_first = index.is(0);
        let is_first = passes & at_first;
        self.raw.load_if(is_first, kind.is(1));
        self.one_symbol.load_if(is_first, kind.is(2));
        self.plain.load_if(is_first, kind.any());
        self.wants_table.load_if(is_first, word.bit(self.word_bits - 3));
        let (no_kind, several) = (kind.all() | reserved, self.at_last() & (self.one_symbol & !number.is_one));
        let illegal = match self.wide() {
            // Three tables side by side: there are many bits to look at.
            true => {
                let large = self.at_last() & word.bits(31, 16).any();
                (at_first & no_kind).apart() | several.apart() | large.apart()
            }
            false => at_first.mux(no_kind, several),
        };
        (number, illegal)
    }

    /// At an edge with `passes` the word at hand is read, which is `wrong`.
    pub fn load_bad(&self, passes: Bits<'b>, wrong: Bits<'b>) {
        self.bad.load_if(passes, wrong | (self.bad & !self.index.is(0)));
    }
}
