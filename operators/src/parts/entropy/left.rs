//! How far a block is: what is left of its words and symbols.
use super::header::Number;
use holigen_generator::{Bits, Builder};

/// The registers.
pub(super) struct Left<'b> {
    words: Bits<'b>,
    /// One bit each: no word is left; one is; two or fewer are, where that is asked for.
    pub no_word: Bits<'b>,
    pub one_word: Bits<'b>,
    few_words: Option<Bits<'b>>,
    /// One bit: the stream ended in front of the block's last word.
    pub truncated: Bits<'b>,
    /// One bit: a word behind the last one is being read.
    beyond: Bits<'b>,
    symbols: Bits<'b>,
    /// One bit: the next symbol is the last.
    pub last_symbol: Bits<'b>,
    /// One bit: it is the last but one or the last.
    near_last_symbol: Bits<'b>,
}

/// Where the last step led.
pub(super) struct Reached<'b> {
    /// One bit: into the last word.
    pub into: Bits<'b>,
    /// One bit: past it.
    pub past: Bits<'b>,
    /// One bit: a word more than `beyond` says; where the window reaches so far.
    beyond2: Option<Bits<'b>>,
}

impl<'b> Reached<'b> {
    /// Of a code of whole words, which goes nowhere else.
    pub fn whole_words(left: &Left<'b>) -> Self {
        Self { into: left.no_word, past: left.no_word.builder().lit(0u8, 1), beyond2: None }
    }

    /// At an edge with `counted` a word leaves; `busy`: of a block.
    pub fn load(&self, left: &Left<'b>, counted: Bits<'b>, busy: Bits<'b>) {
        if let Some(beyond2) = self.beyond2 {
            beyond2.load_if(counted, busy & (beyond2 | left.beyond));
        }
    }
}

impl<'b> Left<'b> {
    /// Declares them. `few`: it has to be known when two words or fewer are left.
    pub fn new(b: &'b Builder, few: bool) -> Self {
        Self {
            words: b.register("words_left", 16),
            no_word: b.register("no_word_left", 1),
            one_word: b.register("one_word_left", 1),
            few_words: few.then(|| b.register("few_words_left", 1)),
            truncated: b.register("truncated", 1),
            beyond: b.register("beyond", 1),
            symbols: b.register("symbols_left", 16),
            last_symbol: b.register("at_last_symbol", 1),
            near_last_symbol: b.register("near_last_symbol", 1),
        }
    }

    /// One bit: two words or fewer are left.
    pub fn few_words(&self) -> Bits<'b> {
        self.few_words.expect("it was asked for")
    }

    /// Where the last step led, if the code at hand begins `window` bits in front of the place `at` of the first word: the
    /// words are read so many bits behind it, that is, some words and `over` bits.
    pub fn reached(&self, window: u32, at: Bits<'b>) -> Reached<'b> {
        let (b, at_bits) = (at.builder(), at.width());
        let (ahead, over) = (window >> at_bits, window % (1 << at_bits));
        // No offset lies behind the last bit of a word.
        let past_over = match over + 1 < 1 << at_bits {
            // One table, which the carry chain of a comparison is not.
            true if b.context().target.lut_inputs < 6 => {
                let entries: Vec<u64> = (0..1 << at_bits).map(|at| u64::from(over < at)).collect();
                b.table("past_window", at, 1, &entries)
            }
            true => b.lit(over, at_bits).ult(at).named("past_window"),
            false => b.lit(0u8, 1),
        };
        let Self { no_word, one_word, beyond, .. } = *self;
        if ahead == 0 {
            let into = past_over.mux(one_word, no_word) & !beyond;
            return Reached { into, past: beyond | (no_word & past_over), beyond2: None };
        }
        assert_eq!(ahead, 1, "the window is at most two codes, a code less than a word");
        let beyond2 = b.register("beyond2", 1);
        let into = past_over.mux(no_word & !beyond, beyond) & !beyond2;
        Reached { into, past: beyond2 | (beyond & past_over), beyond2: Some(beyond2) }
    }

    /// At an edge with `here`, their number, or with `step` symbols are counted; `fill`: a step that is none. `busy`: in a
    /// block. Gives two bits: the next symbol is the last; it is the last but one or the last.
    pub fn load_symbols(
        &self,
        number: &Number<'b>,
        (here, step): (Bits<'b>, Bits<'b>),
        fill: Bits<'b>,
        busy: Bits<'b>,
    ) -> (Bits<'b>, Bits<'b>) {
        let (last, near) = (self.last_symbol, self.near_last_symbol);
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

    /// At an edge with `counted` a word leaves, `last` of its stream. `busy`: of a block; in the header the last word to come
    /// by is the length.
    pub fn load_words(&self, number: &Number<'b>, counted: Bits<'b>, last: Bits<'b>, busy: Bits<'b>) {
        let Self { no_word, one_word, truncated, beyond, .. } = *self;
        let one = |value: bool| counted.builder().lit(value, 1);
        let ends = one_word | last;
        let left = counter(self.words, number, busy, one(true), one(self.few_words.is_some()));
        let left = left.named("word_counted");
        self.words.load_if(counted, left.low(16));
        no_word.load_if(counted, busy.mux(ends | no_word, number.is_none));
        let (near, goes_on) = (left.msb(), !last);
        let next_one = match self.few_words {
            None => (near & goes_on) & !no_word,
            Some(few) => (few & !one_word) & (!no_word & goes_on),
        };
        one_word.load_if(counted, busy.mux(next_one, number.is_one));
        if let Some(few) = self.few_words {
            let is_few = !number.value.bits(15, 2).any() & !number.value.low(2).all();
            few.load_if(counted, busy.mux(near | few, is_few));
        }
        truncated.load_if(counted, busy & (truncated | (last & !one_word & !no_word)));
        beyond.load_if(counted, busy & (beyond | no_word));
    }
}

/// Counts what is left by `steps`, or without `busy` takes the number.
///
/// Both counters hold 1 less what is left and count up: loaded in front of the adder, each is one table a bit, and the
/// carry says that one is left behind the next step. `more`: with this it says so of a step more.
fn counter<'b>(
    value: Bits<'b>,
    number: &Number<'b>,
    busy: Bits<'b>,
    steps: Bits<'b>,
    more: Bits<'b>,
) -> Bits<'b> {
    let added = (!busy).cat(busy.mux(steps, more)).zext(17);
    busy.mux(value, !number.value).zext(17).wrapping_add(added)
}
