//! Streams with the AXI4-Stream handshake: a word passes at a rising edge with `valid` and `ready`.
//!
//! The input is a short queue whose `ready` is a register; the output is a register that may be loaded while it
//! is empty or being read. So no combinational path leads from `m_ready` to `s_ready`, and what stands on the
//! output stays until it is read.
use crate::{Bits, Builder};

/// The input of a stream: a queue of words, of which all but the last can be looked at.
///
/// The queue moves on by one word a clock. A word enters at the end of the queue but never straight into the
/// first place, so that the first words need two clocks to get there. Words that come in every clock keep all places but
/// the last full. With two places, both of which can be looked at, a word can come in every other clock only, and the second
/// place is empty behind a move.
pub struct WordQueue<'b> {
    valid_in: Bits<'b>,
    in_word: Bits<'b>,
    /// By place: the word with `last` as its most significant bit, and whether it is there.
    word: Vec<Bits<'b>>,
    there: Vec<Bits<'b>>,
}

impl<'b> WordQueue<'b> {
    /// Declares `PREFIX_valid`, `PREFIX_data` of `width` bits, `PREFIX_last` and the output `PREFIX_ready`.
    pub fn new(b: &'b Builder, prefix: &str, width: u32) -> Self {
        Self::with_places(b, prefix, width, 3)
    }

    /// With so many places, 2 at least.
    pub fn with_places(b: &'b Builder, prefix: &str, width: u32, places: usize) -> Self {
        assert!(places > 1, "{places} places");
        let port = |what: &str, width| b.input(&format!("{prefix}_{what}"), width);
        let valid_in = port("valid", 1);
        let data = port("data", width);
        let in_word = port("last", 1).cat(data);
        let registers = |what: &str, width| -> Vec<Bits<'b>> {
            (0..places).map(|k| b.register(&format!("{prefix}_{what}{k}"), width)).collect()
        };
        let (word, there) = (registers("word", width + 1), registers("there", 1));
        b.output(&format!("{prefix}_ready"), (!there[places - 1]).named(&format!("{prefix}_room")));
        Self { valid_in, in_word, word, there }
    }

    /// The word in a place.
    pub fn word(&self, place: usize) -> Bits<'b> {
        let w = self.word[place];
        w.low(w.width() - 1)
    }

    /// One bit: the word in a place is the last of its stream.
    pub fn last(&self, place: usize) -> Bits<'b> {
        self.word[place].msb()
    }

    /// One bit: there is a word in a place.
    pub fn there(&self, place: usize) -> Bits<'b> {
        self.there[place]
    }

    /// One bit: there is any word.
    pub fn any(&self) -> Bits<'b> {
        self.there.iter().copied().reduce(|a, b| a | b).expect("there are places")
    }

    /// Closes the queue: where `take` is 1, the first word leaves it at this edge, if it is there.
    pub fn take(self, take: Bits<'b>) {
        self.take_late(Take::plain(take));
    }

    /// As [`WordQueue::take`], with a condition of which a part is late: nothing but one lookup table stands behind it.
    /// Gives one bit: at this edge the words move on by a place.
    pub fn take_late(&self, take: Take<'b>) -> Bits<'b> {
        let Self { valid_in, in_word, ref word, ref there } = *self;
        let Take { when, known, unknown, late, .. } = take;
        let early = (take.early | !there[0]).named("queue_moves_early");
        let moves = (early | ((when & known) | ((when & unknown) & late))).named("queue_moves");
        // As a correction of what would be without the late part, not as a choice by `moves`.
        let choose = |yes: Bits<'b>, no: Bits<'b>| {
            let differ = (yes ^ no) & !early;
            let (sure, open) = ((when & (differ & known)).apart(), (when & (differ & unknown)).apart());
            early.mux(yes, no).apart() ^ sure ^ (open & late)
        };
        word[0].load_if(moves, word[1]);
        there[0].load(choose(there[1], there[0]));
        let end = word.len() - 1;
        for k in 1..end {
            // A word comes only while the last place is free.
            // Grouped in another way than `moves`, so that the two share nothing that stands behind `late`.
            let loads = (early | !there[k]).apart() | (when & (known | (unknown & late)));
            word[k].load_if(loads, there[k + 1].mux(word[k + 1], in_word));
            let (moved, stayed) =
                if k == 1 { (valid_in, valid_in) } else { (there[k] & valid_in, there[k - 1] & valid_in) };
            there[k].load(choose(there[k + 1] | moved, there[k] | stayed));
        }
        word[end].load_if(!there[end], in_word);
        let (moved, stayed) = match end {
            1 => (!there[end] & valid_in, valid_in),
            _ => (early.builder().lit(0u8, 1), there[end - 1] & valid_in),
        };
        there[end].load(choose(moved, there[end] | stayed));
        moves
    }
}

/// The input of a stream: two registers, so that `ready` is one of them too.
pub struct WordSlice<'b> {
    valid_in: Bits<'b>,
    in_word: Bits<'b>,
    /// Two places: the word, with `user` and `last` as its most significant bits, and whether it is there.
    word: [Bits<'b>; 2],
    there: [Bits<'b>; 2],
    data_bits: u32,
}

impl<'b> WordSlice<'b> {
    /// Declares `PREFIX_valid`, `PREFIX_data` of `width` bits, `PREFIX_last`, an input of one bit called `user`, if there
    /// is to be one, and the output `PREFIX_ready`.
    pub fn new(b: &'b Builder, prefix: &str, width: u32, user: Option<&str>) -> Self {
        let port = |what: &str, width| b.input(&format!("{prefix}_{what}"), width);
        let valid_in = port("valid", 1);
        let data = port("data", width);
        let in_word = port("last", 1).cat(data);
        let in_word = user.map_or(in_word, |name| b.input(name, 1).cat(in_word));
        let word = [0, 1].map(|k| b.register(&format!("{prefix}_word{k}"), in_word.width()));
        let there = [0, 1].map(|k| b.register(&format!("{prefix}_there{k}"), 1));
        b.output(&format!("{prefix}_ready"), (!there[1]).named(&format!("{prefix}_room")));
        Self { valid_in, in_word, word, there, data_bits: width }
    }

    /// One bit: there is a word.
    pub fn there(&self) -> Bits<'b> {
        self.there[0]
    }

    /// The word at hand.
    pub fn word(&self) -> Bits<'b> {
        self.word[0].low(self.data_bits)
    }

    /// One bit: it is the last of its stream.
    pub fn last(&self) -> Bits<'b> {
        self.word[0].bit(self.data_bits)
    }

    /// One bit: the input beside it, where one was declared.
    pub fn user(&self) -> Bits<'b> {
        self.word[0].bit(self.data_bits + 1)
    }

    /// Closes the slice: where `take` is 1, the word at hand leaves it at this edge, if it is there.
    pub fn take(self, take: Bits<'b>) {
        let ([w0, w1], [t0, t1]) = (self.word, self.there);
        let moves = (take | !t0).named("word_moves");
        w0.load_if(moves, t1.mux(w1, self.in_word));
        t0.load_if(moves, t1 | self.valid_in);
        w1.load_if(!t1, self.in_word);
        t1.load(!moves & (t1 | self.valid_in));
    }
}

/// When the first word of a queue leaves it: `early`, or `when` and (`known`, or `unknown` and `late`); each one bit.
/// All but `late` are there early in a clock.
#[derive(Clone, Copy)]
pub struct Take<'b> {
    /// For itself.
    pub early: Bits<'b>,
    /// With one of the next.
    pub when: Bits<'b>,
    /// With `when`.
    pub known: Bits<'b>,
    /// With `when` and `late`; 0 where `known` is 1.
    pub unknown: Bits<'b>,
    /// With `when` and `unknown`.
    pub late: Bits<'b>,
}

impl<'b> Take<'b> {
    /// At an edge with `take`.
    pub fn plain(take: Bits<'b>) -> Self {
        let no = take.builder().lit(0u8, 1);
        Self { early: take, when: no, known: no, unknown: no, late: no }
    }
}

/// The output of a stream: a register.
pub struct OutputRegister<'b> {
    b: &'b Builder,
    ready: Bits<'b>,
    valid: Bits<'b>,
    advance: Bits<'b>,
}

impl<'b> OutputRegister<'b> {
    /// Declares `m_ready`.
    pub fn new(b: &'b Builder) -> Self {
        let ready = b.input("m_ready", 1);
        let valid = b.register("m_valid", 1);
        let advance = b.scope("output", || (ready | !valid).named("advance"));
        Self { b, ready, valid, advance }
    }

    /// One bit: the register can be loaded at this edge. Whatever feeds it moves on these edges only.
    pub fn advance(&self) -> Bits<'b> {
        self.advance
    }

    /// The same as bits that are known when a clock begins: any of them is up.
    pub fn advances_if(&self) -> [Bits<'b>; 2] {
        [self.ready, !self.valid]
    }

    /// Declares `m_valid`, and an output for each part of the word with its name; `valid`: there is a word.
    pub fn drive(self, valid: Bits<'b>, parts: &[(&str, Bits<'b>)]) {
        self.drive_late(valid, valid, parts);
    }

    /// As [`OutputRegister::drive`], where `valid` is late. `perhaps`: one bit, there is a word or what would be one, but
    /// for a fault; the outputs change with that.
    pub fn drive_late(self, valid: Bits<'b>, perhaps: Bits<'b>, parts: &[(&str, Bits<'b>)]) {
        self.valid.load_if(self.advance, valid);
        self.b.output("m_valid", self.valid);
        for (name, value) in parts {
            let r = self.b.register(name, value.width());
            r.load_if(self.advance & perhaps, *value);
            self.b.output(name, r);
        }
    }
}
