//! How far a block is: what is left of its words.
use super::header::Number;
use holigen_generator::{Bits, Builder};

/// How near the end of a payload a word is; one bit each.
#[derive(Clone, Copy)]
pub(super) struct Near<'b> {
    /// None is left: it is behind the last one.
    pub no_word: Bits<'b>,
    /// One is left: it is the last one.
    pub one_word: Bits<'b>,
    /// More than one behind the last.
    pub beyond: Bits<'b>,
}

/// The registers.
pub(super) struct Left<'b> {
    words: Bits<'b>,
    /// Of the first word of the queue.
    pub near: Near<'b>,
    /// One bit: the stream ended in front of the block's last word.
    pub truncated: Bits<'b>,
}

/// Where the last step led.
pub(super) struct Reached<'b> {
    /// One bit: into the last word.
    pub into: Bits<'b>,
    /// One bit: past it; that is, the first of `past_if` is up, or both others are, the last of which is late.
    pub past: Bits<'b>,
    pub past_if: [Bits<'b>; 3],
    /// One bit: a word more than `beyond` says; where the window reaches so far.
    beyond2: Option<Bits<'b>>,
}

impl<'b> Reached<'b> {
    /// Of a code of whole words, which goes nowhere else.
    pub fn whole_words(left: &Left<'b>) -> Self {
        let never = left.near.no_word.builder().lit(0u8, 1);
        Self { into: left.near.no_word, past: never, past_if: [never; 3], beyond2: None }
    }

    /// At an edge with `counted` a word leaves; `busy`: of a block.
    pub fn load(&self, left: &Left<'b>, counted: Bits<'b>, busy: Bits<'b>) {
        if let Some(beyond2) = self.beyond2 {
            beyond2.load_if(counted, busy & (beyond2 | left.near.beyond));
        }
    }
}

impl<'b> Near<'b> {
    /// Declares registers.
    pub fn new(b: &'b Builder, of: &str) -> Self {
        let register = |name: &str| b.register(&format!("{name}{of}"), 1);
        Self {
            no_word: register("no_word_left"),
            one_word: register("one_word_left"),
            beyond: register("beyond"),
        }
    }

    /// From [`Near::all`].
    pub fn of(all: Bits<'b>) -> Self {
        Self { no_word: all.bit(0), one_word: all.bit(1), beyond: all.bit(2) }
    }

    /// All bits of it.
    pub fn all(&self) -> Bits<'b> {
        self.beyond.cat(self.one_word).cat(self.no_word)
    }

    /// At an edge with `loads` they become what `other` is.
    pub fn load_if(&self, loads: Bits<'b>, other: &Self) {
        self.no_word.load_if(loads, other.no_word);
        self.one_word.load_if(loads, other.one_word);
        self.beyond.load_if(loads, other.beyond);
    }

    /// Where the last step led, if this is of a word, and the code at hand begins `window` bits in front of its place `at`: the
    /// words are read so many bits behind the code, that is, some words and `over` bits.
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
        let Self { no_word, one_word, beyond } = *self;
        if ahead == 0 {
            let into = past_over.mux(one_word, no_word) & !beyond;
            let past_if = [beyond, no_word, past_over];
            return Reached { into, past: beyond | (no_word & past_over), past_if, beyond2: None };
        }
        assert_eq!(ahead, 1, "the window is at most two codes, a code less than a word");
        let beyond2 = b.register("beyond2", 1);
        let into = past_over.mux(no_word & !beyond, beyond) & !beyond2;
        let past_if = [beyond2, beyond, past_over];
        Reached { into, past: beyond2 | (beyond & past_over), past_if, beyond2: Some(beyond2) }
    }
}

impl<'b> Left<'b> {
    /// Declares them.
    pub fn new(b: &'b Builder) -> Self {
        Self {
            words: b.register("words_left", 16),
            near: Near::new(b, ""),
            truncated: b.register("truncated", 1),
        }
    }

    /// At an edge with `counted` a word leaves, `last` of its stream. `busy`: of a block; in the header the last word to come
    /// by is the length.
    pub fn load_words(&self, number: &Number<'b>, counted: Bits<'b>, last: Bits<'b>, busy: Bits<'b>) {
        let Self { near: Near { no_word, one_word, beyond }, truncated, .. } = *self;
        let one = |value: bool| counted.builder().lit(value, 1);
        let ends = one_word | last;
        let left = counter(self.words, number, busy, one(true), one(false)).named("word_counted");
        self.words.load_if(counted, left.low(16));
        no_word.load_if(counted, busy.mux(ends | no_word, number.is_none));
        one_word.load_if(counted, busy.mux((left.msb() & !last) & !no_word, number.is_one));
        truncated.load_if(counted, busy & (truncated | (last & !one_word & !no_word)));
        beyond.load_if(counted, busy & (beyond | no_word));
    }
}

/// Counts what is left by `steps`, or without `busy` takes the number.
///
/// Both counters hold 1 less what is left and count up: loaded in front of the adder, each is one table a bit, and the
/// carry says that one is left behind the next step. `more`: with this it says so of a step more.
pub(super) fn counter<'b>(
    value: Bits<'b>,
    number: &Number<'b>,
    busy: Bits<'b>,
    steps: Bits<'b>,
    more: Bits<'b>,
) -> Bits<'b> {
    let added = (!busy).cat(busy.mux(steps, more)).zext(17);
    busy.mux(value, !number.value).zext(17).wrapping_add(added)
}
