//! One lane of an entropy decoder: a state machine that reads headers of blocks, and a window that has the next
//! code at its top in every clock.
//!
//! The window is a register of R bits (as many as the longest code has), the *head*, and as many bits behind it,
//! picked out of two words at the offset `at`. A step shifts both by the length of the code at hand, which a decoder
//! has ready at the start of a clock: from a register, or from a memory. What the step costs in time is the shift
//! and whatever the decoder does to know the next length.
//!
//! Words beyond the payload are never waited for; what stands there is decoded like anything else, and found out
//! one clock later by its position.
use super::take_top::{take_top, take_top_early};
use holigen_generator::structures::stream::{Take, WordQueue};
use holigen_generator::{Bits, Builder};
use holigen_verif::entropy::block::Frame;

/// Sizes of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Bits of a word: 16 or 32.
    pub word_bits: u32,
    /// Bits of the longest code, and at least of a symbol; less than a word.
    pub longest: u32,
    /// Bits of a symbol.
    pub symbol_bits: u32,
    /// Codes take whole words of 16 bits, and a symbol as it is takes one, with the symbol at its top.
    pub whole_words: bool,
    /// The bits behind the head stand in a register too, the *tail*: for decoders that look at the head behind the step.
    pub tail: bool,
    /// Steps between the filling of the window and the first coded symbol, and the bits that each takes.
    pub preamble: (u32, u32),
}

impl Shape {
    /// With a tail, where the clock has no time for both shifts and three levels of logic that look at the result.
    #[must_use]
    pub fn for_instant(self, b: &Builder) -> Self {
        let context = b.context();
        let levels = |amounts: u32| (u32::BITS - (amounts - 1).leading_zeros()).div_ceil(2);
        let levels = levels(self.word_bits) + levels(self.longest + 1) + 3;
        Self { tail: f64::from(levels) * context.target.lut_level() > context.budget_ps, ..self }
    }

    /// How the model describes it.
    pub fn frame(self) -> Frame {
        let raw_bits = if self.whole_words { self.word_bits } else { self.symbol_bits };
        Frame { word_bits: self.word_bits, symbol_bits: self.symbol_bits, raw_bits }
    }

    /// Bits of the window's registers.
    fn window(self) -> u32 {
        self.longest * if self.tail { 2 } else { 1 }
    }

    /// Bits of a length, 0 to `longest`.
    pub fn length_bits(self) -> u32 {
        u32::BITS - self.longest.leading_zeros()
    }
}

/// What happens to the window at the coming edge.
#[derive(Clone, Copy)]
pub struct Step<'b> {
    /// The code at hand and what follows it, [`Shape::longest`] bits.
    pub head: Bits<'b>,
    /// The head behind the step.
    pub aligned: Bits<'b>,
    /// One bit: the step is made.
    pub step: Bits<'b>,
    /// One bit: lengths are loaded, by a step or between blocks.
    pub load: Bits<'b>,
    /// One bit: the next length is not the code's, but `fixed_length`.
    pub fixed: Bits<'b>,
    /// Of symbols as they are, and of the first step, which fills the head.
    pub fixed_length: Bits<'b>,
    /// One bit: this step fills the head; the code at hand is none.
    pub fill: Bits<'b>,
    /// One bit each: the next symbol is the last of its block; it is the last but one or the last.
    pub next_last: (Bits<'b>, Bits<'b>),
    /// One bit each: the lane is in a block; its symbols stand as they are.
    pub block: (Bits<'b>, Bits<'b>),
    /// One bit: there are words left.
    pub words_left: Bits<'b>,
    /// One bit each: a step could be made; the block has been read; either is made at this edge.
    pub moves: (Bits<'b>, Bits<'b>, Bits<'b>),
}

/// What a code of whole words takes.
#[derive(Clone, Copy)]
pub struct Whole<'b> {
    /// One bit: this step takes a word for what comes with the next; the symbol is that one's.
    pub fill: Bits<'b>,
    /// One bit: the code at hand must have a word.
    pub needs: Bits<'b>,
    /// One bit: it takes one, if it is there.
    pub takes: Bits<'b>,
    /// One bit, behind the block: the code has nothing more to say, and what it has said is final.
    pub drained: Bits<'b>,
    /// One bit: what was left behind the block is not what had to be.
    pub unsound: Bits<'b>,
}

/// A symbol on its way: one clock behind the step that read it.
#[derive(Clone, Copy)]
pub struct Read<'b> {
    /// One bit.
    pub valid: Bits<'b>,
    /// Bit 0: the last of its block; bit 1: the stream ends with the block.
    pub last: Bits<'b>,
    /// One bit: it stands at the top of `head` as it is.
    pub plain: Bits<'b>,
    /// Its code at the top.
    pub head: Bits<'b>,
    /// The code's length.
    pub length: Bits<'b>,
    /// One bit: everything behind the window moves on.
    pub advance: Bits<'b>,
    /// One bit: the step of the coming edge reads a symbol, which will be the next to stand here.
    pub step: Bits<'b>,
}

/// A symbol that is known.
#[derive(Clone, Copy)]
pub struct Symbol<'b> {
    /// One bit.
    pub valid: Bits<'b>,
    /// Bit 0: the last of its block; bit 1: the stream ends with the block.
    pub last: Bits<'b>,
    /// The symbol.
    pub symbol: Bits<'b>,
    /// One bit: a symbol is still between the window and here.
    pub busy: Bits<'b>,
}

/// The part of a lane that knows the code.
pub trait Code<'b> {
    /// The length of the code at hand, [`Shape::length_bits`] wide, and one bit: there is no such code.
    fn length(&self) -> (Bits<'b>, Bits<'b>);
    /// Where the length is late, what it is chosen from: one bit and a length that are known when the clock begins, and
    /// the length that counts if the bit is 0.
    fn late(&self) -> Option<(Bits<'b>, Bits<'b>, Bits<'b>)> {
        None
    }
    /// Of a code of whole words, which has no length.
    fn whole(&self) -> Option<Whole<'b>> {
        None
    }
    /// Connects what [`Code::length`] comes from.
    fn advance(&self, step: &Step<'b>);
    /// One bit: what was read is a code that stands for no symbol.
    fn illegal(&self, read: &Read<'b>) -> Bits<'b> {
        read.valid.builder().lit(0u8, 1)
    }
    /// The symbol of a code.
    fn symbol(&self, read: &Read<'b>) -> Symbol<'b>;
}

/// What a lane needs of the tables that are loaded beside it.
#[derive(Clone, Copy)]
pub struct TableState<'b> {
    /// One bit: there is one to switch to.
    pub pending: Bits<'b>,
    /// One bit: one is being loaded, which is worth waiting for.
    pub coming: Bits<'b>,
    /// One bit: there is one in use.
    pub known: Bits<'b>,
}

/// A lane.
pub struct Lane<'b> {
    /// Symbols.
    pub symbol: Symbol<'b>,
    /// One bit: the stream was at fault.
    pub fault: Bits<'b>,
    /// One bit: this edge switches to the pending table.
    pub switch: Bits<'b>,
}

/// A lengths register for codes whose length is logic of the next bits.
pub struct Instant<'b> {
    length: Bits<'b>,
    invalid: Bits<'b>,
}

impl<'b> Instant<'b> {
    /// Declares the registers.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        Self { length: b.register("length", shape.length_bits()), invalid: b.register("no_code", 1) }
    }

    /// As of [`Code::length`].
    pub fn length(&self) -> (Bits<'b>, Bits<'b>) {
        (self.length, self.invalid)
    }

    /// Loads the length and the fault of the next code.
    pub fn load(&self, step: &Step<'b>, length: Bits<'b>, invalid: Bits<'b>) {
        self.length.load_if(step.load, step.fixed.mux(step.fixed_length, length));
        self.invalid.load_if(step.load, !step.fixed & invalid);
    }
}

/// Builds a lane on the port `prefix`. `advance`: what is behind moves on at this edge.
pub fn lane<'b>(
    b: &'b Builder,
    prefix: &str,
    shape: Shape,
    code: &dyn Code<'b>,
    tables: Option<TableState<'b>>,
    advance: Bits<'b>,
) -> Lane<'b> {
    let Shape { word_bits, longest, symbol_bits, tail, preamble, .. } = shape;
    let at_bits = word_bits.trailing_zeros();
    let lit = |value: u64, width: u32| b.lit(value, width);
    let queue = b.scope("words in", || WordQueue::new(b, prefix, word_bits));
    let first = queue.word(0);

    // Where the lane is: in a header unless one of these says otherwise; `busy` says that one does.
    let busy = b.register("busy", 1);
    let check = b.register("header_read", 1);
    let run = b.register("running", 1);
    let end = b.register("block_read", 1);
    let fault = b.register("failed", 1);
    let index = b.register("header_word", 2);
    // The header.
    let raw = b.register("raw", 1);
    let one = b.register("one_symbol", 1);
    let plain = b.register("not_coded", 1);
    let wants = b.register("wants_table", 1);
    let bad = b.register("header_bad", 1);
    // How far the block is.
    let left = b.register("words_left", 16);
    let none_left = b.register("no_word_left", 1);
    let one_left = b.register("one_word_left", 1);
    let truncated = b.register("truncated", 1);
    let beyond = b.register("beyond", 1);
    let symbols = b.register("symbols_left", 16);
    let last = b.register("at_last_symbol", 1);
    let near = b.register("near_last_symbol", 1);
    let whole = code.whole();
    let fill = whole.map_or_else(|| b.register("filling", 1), |w| w.fill);
    // Steps without a symbol behind the one at hand: to fill the tail, or a decoder's own.
    let more = b.register("filling_more", 2);
    let window = if whole.is_some() { first } else { b.register("window", shape.window()) };
    let head = window.bits(shape.window() - 1, shape.window() - longest).named("head");
    let at = if whole.is_some() { lit(0, at_bits) } else { b.register("offset", at_bits) };
    let read_valid = b.register("read_valid", 1);

    let (could_step, step, aligned, carry, next_at, invalid, length) = b.scope("window", || {
        let first_there = run & (queue.there(0) | none_left);
        if let Some(w) = whole {
            let step = (first_there & advance).named("step");
            let takes = plain.mux(raw & !fill, w.takes) & !none_left;
            let invalid = none_left & !fill & plain.mux(raw, w.needs);
            return (
                first_there,
                step,
                first,
                ((lit(0, 1), lit(0, 1)), lit(1, 1), takes),
                at,
                invalid,
                lit(0, 1),
            );
        }
        let (length, invalid) = code.length();
        let words = first_there & (queue.there(1) | none_left | one_left | queue.last());
        let step = (words.named("words_there") & advance).named("step");
        let behind = first.cat(queue.word(1));
        let behind = take_top_early(behind, at, longest).named("behind");
        let aligned = if tail {
            // Apart, so that the head does not wait for what is picked out of the words.
            let rest = take_top(window.low(longest).cat(behind), length, longest).named("aligned_tail");
            take_top(window, length, longest).named("aligned_head").cat(rest)
        } else {
            take_top(window.cat(behind), length, longest).named("aligned_head")
        };
        let plus =
            |n: Bits<'b>, name: &str| at.zext(at_bits + 1).wrapping_add(n.zext(at_bits + 1)).named(name);
        // The choice behind the sums, so that a late length waits for one of them only.
        let (known_carry, unknown, carry, next_at) = match code.late() {
            None => {
                let sum = plus(length, "offset_sum");
                ((lit(0, 1), lit(0, 1)), lit(1, 1), sum.msb(), sum.low(at_bits))
            }
            Some((known, early, late)) => {
                let (early, late) = (plus(early, "offset_sum_known"), plus(late, "offset_sum"));
                let next = known.mux(early.low(at_bits), late.low(at_bits));
                ((known, early.msb()), !known, late.msb(), next)
            }
        };
        (words, step, aligned, (known_carry, unknown, carry), next_at, invalid, length)
    });

    // The words are read so many bits behind the head, that is, some words and `over` bits. Where the last step led:
    // `past` the last word, or just into it.
    let (ahead, over) = (shape.window() / word_bits, shape.window() % word_bits);
    // No offset lies behind the last bit of a word.
    let past_over = match over + 1 < word_bits {
        true => lit(over.into(), at_bits).ult(at).named("past_window"),
        false => lit(0, 1),
    };
    let beyond2 = b.register("beyond2", 1);
    let (into, past) = match ahead {
        _ if whole.is_some() => (none_left, lit(0, 1)),
        0 => (past_over.mux(one_left, none_left) & !beyond, beyond | (none_left & past_over)),
        1 => (past_over.mux(none_left & !beyond, beyond) & !beyond2, beyond2 | (beyond & past_over)),
        _ => unreachable!("the window is at most two codes, a code less than a word"),
    };
    let overrun = past;
    // The block is judged in the clock behind the one that sees its last symbol leave.
    let into = (one | into).named("in_last_word");
    let sound = whole.map_or_else(|| lit(1, 1), |w| !w.unsound);
    let complete = (!truncated & into & sound).named("ends_well").delayed("complete", lit(1, 1));
    let judge = b.register("judging", 1);

    let ended = b.register("stream_ended", 1);
    let ends = into & (ended | (one_left & queue.last()));
    let read_last = last.delayed("read_last", advance);
    let read = Read {
        valid: read_valid,
        last: (ends & read_last).cat(read_last),
        plain: plain.delayed("read_plain", advance),
        head: head.delayed("read_head", advance),
        length: length.delayed("read_length", advance),
        advance,
        step: step & !fill,
    };
    let no_code = invalid.delayed("read_no_code", advance);
    let wrong = (read_valid & (overrun | no_code | code.illegal(&read))).named("symbol_wrong");

    let (fails, switch, starts, waits) = b.scope("header", || {
        let (pending, known, coming) = match tables {
            Some(t) => (t.pending, t.known, t.coming),
            None => (lit(0, 1), lit(1, 1), lit(0, 1)),
        };
        let table_there = wants.mux(pending, plain | known);
        let good = (!bad & table_there).named("header_good");
        let waits = (((wants & !pending) & (coming & !bad)) & check).named("waits_for_table");
        let starts = (check & good).named("starts");
        let fails = (check & !good & !waits) | (judge & !complete) | (wrong & advance);
        (fails.named("fails"), (check & wants & !bad) & pending, starts, waits)
    });

    b.scope("control", || {
        let header = !busy & queue.there(0);
        let wide = word_bits > 16;
        let at_word = |k: u64| index.is(k);
        let header_ends = at_word(if wide { 1 } else { 2 });
        let header_done = (header & (header_ends | queue.last())).named("header_done");
        let (known_carry, unknown, carry) = carry;
        let pops = ((step & (known_carry.0 & known_carry.1)) | ((step & unknown) & carry)).named("word_done");
        let settled = (judge & complete & !fault).named("block_done");
        let drained = whole.map_or_else(|| lit(1, 1), |w| w.drained);
        judge.load(end & advance & drained & !judge);
        // Late signals last: this and the length decide how fast the lane can be.
        let early = (!busy | fault | ((judge & one_left) & complete)).named("takes_early");
        let finishes = (step & last & !fill).named("finishes");

        check.load(header_done | waits);
        run.load(!fails & (starts | (run & !finishes)));
        end.load(!fails & (finishes | (end & !settled)));
        fault.load(fault | fails);
        busy.load(header_done | (busy & !settled));
        index.load_if(header | busy, index.wrapping_add(lit(1, 2)).gate(!busy));

        let payload = first.low(16);
        // Two numbers share what looks at most of the bits.
        let middle = first.bits(12, 7).any().cat(first.bits(6, 1).any());
        let high = first.bits(15, 13).cat(middle);
        let above_one = high.any().named("number_above_one");
        let (is_none, is_one) = (!high.cat(first.bit(0)).any(), !high.cat(!first.bit(0)).any());
        let kind = first.bits(word_bits - 1, word_bits - 2);
        let reserved = if wide { first.bits(28, 16).any() } else { middle.cat(first.bit(0)).any() };
        let is_first = header & at_word(0);
        raw.load_if(is_first, kind.is(1));
        one.load_if(is_first, kind.is(2));
        plain.load_if(is_first, kind.any());
        wants.load_if(is_first, first.bit(word_bits - 3));
        let illegal = at_word(0).mux(kind.all() | reserved, {
            let high = if wide { first.bits(31, 16).any() } else { lit(0, 1) };
            header_ends & (high | (one & !is_one))
        });
        bad.load_if(header, queue.last() | illegal | (bad & !at_word(0)));

        let count_here = header & at_word(if wide { 0 } else { 1 });
        // Both counters hold 1 less what is left and count up: loaded in front of the adder, each is one table a bit, and
        // the carry says that one is left behind the next step.
        let counter = |value: Bits<'b>, steps: Bits<'b>| {
            let added = (!busy).cat(busy & steps).zext(17);
            busy.mux(value, !payload).zext(17).wrapping_add(added)
        };
        let counted_symbols = counter(symbols, !fill).named("symbols_counted");
        let symbols_move = count_here | step;
        symbols.load_if(symbols_move, counted_symbols.low(16));
        let next_last = busy.mux(fill.mux(last, near), is_none).named("next_last");
        let next_near = busy.mux(near | counted_symbols.msb(), !above_one).named("next_near_last");
        last.load_if(symbols_move, next_last);
        near.load_if(symbols_move, next_near);
        if whole.is_none() {
            fill.load_if(step | !busy, !busy | more.any());
            let own = lit(preamble.0.into(), 2).gate(!plain);
            let first_more = if tail { lit(1, 2) } else { own };
            more.load_if(step | !run, run.mux(more.bit(1).zext(2), first_more));
        }

        // In the header the last word to come by is the length.
        let ends = one_left | queue.last();
        let counted = (header | pops).named("words_counted");
        let counted_words = counter(left, lit(1, 1)).named("word_counted");
        left.load_if(counted, counted_words.low(16));
        none_left.load_if(counted, busy.mux(ends | none_left, is_none));
        one_left.load_if(counted, busy.mux(counted_words.msb() & !queue.last() & !none_left, is_one));
        truncated.load_if(counted, busy & (truncated | (queue.last() & !one_left & !none_left)));
        beyond.load_if(counted, busy & (beyond | none_left));
        ended.load_if(counted, busy & (ended | (queue.last() & one_left)));
        if whole.is_none() {
            beyond2.load_if(counted, busy & (beyond2 | beyond));
            window.load_if(step, aligned);
            at.load_if(step | !busy, next_at.gate(busy));
        }
        read_valid.load_if(advance, step & !fill & !wrong);

        // Decided one clock ahead: between blocks lengths are loaded in every clock, so that the last one counts.
        let length_bits = shape.length_bits();
        // In the clock that ends the header at the latest; a header at fault makes no difference.
        let idle_next = !(run | (check & !waits));
        let more_next = step.mux(more.bit(1), more.any()).named("more_next");
        let plain_length = lit(symbol_bits.into(), length_bits).gate(raw);
        let own_length = lit((if tail { longest } else { preamble.1 }).into(), length_bits);
        let set = idle_next.mux(lit(longest.into(), length_bits), more_next.mux(own_length, plain_length));
        let set = set.delayed("set_length", lit(1, 1));
        let fixed = (idle_next | more_next | plain).delayed("length_set", lit(1, 1));
        code.advance(&Step {
            head,
            aligned: aligned.bits(shape.window() - 1, shape.window() - longest),
            step,
            load: step | !run,
            fixed,
            fixed_length: set,
            fill,
            next_last: (fill.mux(last, near), near | counted_symbols.msb()),
            block: (busy, plain),
            words_left: !none_left,
            moves: (could_step, end, advance),
        });
        let (none, there) = (lit(0, 1), !none_left);
        queue.take_late(match code.late() {
            None if whole.is_some() => Take { early, when: step, known: none, unknown: there, late: carry },
            None => Take { early, when: step, known: carry & there, unknown: none, late: none },
            Some(_) => {
                let known = (known_carry.0 & there) & known_carry.1;
                Take { early, when: step, known, unknown: unknown & there, late: carry }
            }
        });
    });

    let good = Read { valid: (read_valid & !wrong).named("symbol_good"), ..read };
    let symbol = b.scope("symbol", || code.symbol(&good));
    let on_its_way = symbol.busy | read_valid;
    Lane { symbol: Symbol { busy: on_its_way, ..symbol }, fault, switch }
}
