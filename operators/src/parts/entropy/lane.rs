//! One lane of an entropy decoder: a state machine that reads headers of blocks, and a window that has the next
//! code at its top in every clock.
//!
//! The window is a register of R bits (as many as the longest code has), the *head*, and as many bits behind it,
//! picked out of two words at the offset `at`. A step shifts both by the length of the code at hand, which a decoder
//! has ready at the start of a clock: from a register, or from a memory. What the step costs in time is the shift
//! and whatever the decoder does to know the next length.
//!
//! Where that is too much for a clock, and the code is one whose lengths follow from few bits, the bits behind the head stand
//! in a register too, the *tail*; or the [`Ends`] of all codes that could begin in a word are found ahead of time, and there is
//! no window.
//!
//! Words beyond the payload are never waited for; what stands there is decoded like anything else, and found out
//! one clock later by its position.
use super::code::{Code, Read, Shape, Step, Symbol, TableState};
use super::ends::{End, Ends};
use super::take_top::{take_top_early, take_top_fast};
use super::window::{Filling, Window};
use holigen_generator::structures::stream::{Take, WordQueue};
use holigen_generator::{Bits, Builder};

/// A lane.
pub struct Lane<'b> {
    /// Symbols.
    pub symbol: Symbol<'b>,
    /// One bit: the stream was at fault.
    pub fault: Bits<'b>,
    /// One bit: this edge switches to the pending table.
    pub switch: Bits<'b>,
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
    let Shape { word_bits, longest, symbol_bits, .. } = shape;
    let at_bits = word_bits.trailing_zeros();
    let lit = |value: u64, width: u32| b.lit(value, width);
    let queue = b.scope("words in", || {
        // Ends of codes in the next word depend on the one behind it.
        WordQueue::with_places(b, prefix, word_bits, if shape.ends_ahead() { 4 } else { 3 })
    });
    let (wide, header_ends_at) = (word_bits > 16, if word_bits > 16 { 1 } else { 2 });
    let optional = |name: &str| if shape.ends_ahead() { b.register(name, 1) } else { lit(0, 1) };
    let (header_held, header_seen) = (optional("header_held"), optional("header_seen"));
    let header_moves = optional("header_moves");
    // The first or the second word is the last of a stream, or was so a clock ago: behind it none is waited for.
    let last_near = if shape.ends_ahead() {
        let near = (queue.there(0) & queue.last(0)) | (queue.there(1) & queue.last(1));
        near.delayed("last_word_near", lit(1, 1))
    } else {
        lit(0, 1)
    };
    let ends_ahead = shape.ends_ahead().then(|| Ends::new(b, shape));
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
    // Two or fewer.
    let few_left = if shape.ends_ahead() { b.register("few_words_left", 1) } else { lit(0, 1) };
    let truncated = b.register("truncated", 1);
    let beyond = b.register("beyond", 1);
    let symbols = b.register("symbols_left", 16);
    let last = b.register("at_last_symbol", 1);
    let near = b.register("near_last_symbol", 1);
    let whole = code.whole();
    let has_window = whole.is_none() && ends_ahead.is_none();
    let filling = has_window.then(|| Filling::new(b, shape));
    let fill = match &filling {
        Some(filling) => filling.fill,
        None => whole.map_or(lit(0, 1), |w| w.fill),
    };
    let at = if whole.is_some() { lit(0, at_bits) } else { b.register("offset", at_bits) };
    let registers = has_window.then(|| Window::new(b, shape));
    let window = match (&registers, &ends_ahead) {
        (Some(registers), _) => registers.bits(),
        (_, Some(_)) if wide => take_top_fast(first.cat(queue.word(1)), at, longest),
        (_, Some(_)) => take_top_early(first.cat(queue.word(1)), at, longest),
        _ => first,
    };
    let top_of = |x: Bits<'b>| x.bits(x.width() - 1, x.width() - longest);
    let head = top_of(window).named("head");
    let read_valid = b.register("read_valid", 1);

    let (could_step, step, moved, carry, next_at, invalid, length) = b.scope("window", || {
        let first_there = run & (queue.there(0) | none_left);
        if let Some(w) = whole {
            let step = (first_there & advance).named("step");
            let takes = plain.mux(raw & !fill, w.takes) & !none_left;
            let invalid = none_left & !fill & plain.mux(raw, w.needs);
            return (
                first_there,
                step,
                None,
                ((lit(0, 1), lit(0, 1)), lit(1, 1), takes),
                at,
                invalid,
                lit(0, 1),
            );
        }
        if let Some(ends) = &ends_ahead {
            // With tables of six inputs each half is one of them.
            let no_more = (run & (none_left | (queue.there(0) & (one_left | last_near)))).apart();
            let next = ((run & queue.there(0)) & (queue.there(1) & (few_left | queue.there(2)))).apart();
            let words = no_more | next;
            let step = (words & advance).named("step");
            let End { carry, end, no_code } = ends.of(at);
            // The place of the code in place of its length.
            return (words, step, None, ((lit(0, 1), lit(0, 1)), lit(1, 1), carry), end, no_code, at);
        }
        let (length, invalid) = code.length();
        let words = first_there & (queue.there(1) | none_left | one_left | queue.last(0));
        let step = (words.named("words_there") & advance).named("step");
        let moved = registers.as_ref().map(|r| r.moved(first.cat(queue.word(1)), at, length));
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
        (words, step, moved, (known_carry, unknown, carry), next_at, invalid, length)
    });

    // The words are read so many bits behind the code at hand, that is, some words and `over` bits. Where the last step led:
    // `past` the last word, or just into it.
    let (ahead, over) = (shape.window() / word_bits, shape.window() % word_bits);
    // No offset lies behind the last bit of a word.
    let past_over = match over + 1 < word_bits {
        // One table, which the carry chain of a comparison is not.
        true if b.context().target.lut_inputs < 6 => {
            let entries: Vec<u64> = (0..1 << at_bits).map(|at| u64::from(over < at)).collect();
            b.table("past_window", at, 1, &entries)
        }
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
    let ends = into & (ended | (one_left & queue.last(0)));
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
        // The first word of the payload needs its ends: the header's last word waits until it has said how many there are,
        // and what the ends depend on is there.
        let header_moves = if ends_ahead.is_some() { header_moves } else { !busy };
        let header = header_moves & queue.there(0);
        let at_word = |k: u64| index.is(k);
        let header_ends = at_word(header_ends_at);
        let header_done = (header & (header_ends | queue.last(0))).named("header_done");
        let (known_carry, unknown, carry) = carry;
        let pops = ((step & (known_carry.0 & known_carry.1)) | ((step & unknown) & carry)).named("word_done");
        let settled = (judge & complete & !fault).named("block_done");
        let drained = whole.map_or_else(|| lit(1, 1), |w| w.drained);
        judge.load(end & advance & drained & !judge);
        // Late signals last: this and the length decide how fast the lane can be.
        let early = (header_moves | fault | ((judge & one_left) & complete)).named("takes_early");
        let finishes = (step & last & !fill).named("finishes");

        check.load(header_done | waits);
        run.load(!fails & (starts | (run & !finishes)));
        end.load(!fails & (finishes | (end & !settled)));
        fault.load(fault | fails);
        let busy_next = header_done | (busy & !settled);
        busy.load(busy_next);
        index.load_if(header | busy, index.wrapping_add(lit(1, 2)).gate(!busy));

        let payload = first.low(16);
        // Two numbers share what looks at most of the bits.
        let group = |high: u32, low: u32| first.bits(high, low).any();
        let (middle, top) = match b.context().target.lut_inputs {
            ..6 => (group(12, 9).cat(group(8, 5)).cat(group(4, 1)), group(15, 13)),
            _ => (group(12, 7).cat(group(6, 1)), first.bits(15, 13)),
        };
        let high = top.cat(middle);
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
            // Of a word that has waited it is known from a register.
            let is_one = if ends_ahead.is_some() { one_left } else { is_one };
            header_ends & (high | (one & !is_one))
        });
        if ends_ahead.is_some() {
            let next = queue.there(1) & (one_left | queue.there(2));
            let goes_on = header_seen & (none_left | last_near | next);
            let comes = header & at_word(header_ends_at - 1);
            let held_next = !busy & (comes | (header_held & !goes_on));
            header_held.load(held_next);
            header_moves.load(!busy_next & !held_next);
            header_seen.load((!busy & header_held) & queue.there(0));
        }
        bad.load_if(header, queue.last(0) | illegal | (bad & !at_word(0)));

        let count_here = header & at_word(if wide { 0 } else { 1 });
        // Both counters hold 1 less what is left and count up: loaded in front of the adder, each is one table a bit, and
        // the carry says that one is left behind the next step.
        // `more`: with this it says so of a step more.
        let counter = |value: Bits<'b>, steps: Bits<'b>, more: Bits<'b>| {
            let added = (!busy).cat(busy.mux(steps, more)).zext(17);
            busy.mux(value, !payload).zext(17).wrapping_add(added)
        };
        let counted_symbols = counter(symbols, !fill, lit(0, 1)).named("symbols_counted");
        let symbols_move = count_here | step;
        symbols.load_if(symbols_move, counted_symbols.low(16));
        let next_last = busy.mux(fill.mux(last, near), is_none).named("next_last");
        let next_near = busy.mux(near | counted_symbols.msb(), !above_one).named("next_near_last");
        last.load_if(symbols_move, next_last);
        near.load_if(symbols_move, next_near);
        if let Some(filling) = &filling {
            filling.load(step, busy, run, plain);
        }

        // In the header the last word to come by is the length.
        let ends = one_left | queue.last(0);
        // Of a word that waits again and again.
        let seen = if ends_ahead.is_some() { !busy & queue.there(0) } else { header };
        let counted = (seen | pops).named("words_counted");
        let counted_words = counter(left, lit(1, 1), lit(shape.ends_ahead().into(), 1)).named("word_counted");
        left.load_if(counted, counted_words.low(16));
        none_left.load_if(counted, busy.mux(ends | none_left, is_none));
        let near_end = (counted_words.msb() & !queue.last(0)) & !none_left;
        if shape.ends_ahead() {
            one_left
                .load_if(counted, busy.mux((few_left & !one_left) & (!none_left & !queue.last(0)), is_one));
            let is_few = !payload.bits(15, 2).any() & !payload.low(2).all();
            few_left.load_if(counted, busy.mux(counted_words.msb() | few_left, is_few));
        } else {
            one_left.load_if(counted, busy.mux(near_end, is_one));
        }
        truncated.load_if(counted, busy & (truncated | (queue.last(0) & !one_left & !none_left)));
        beyond.load_if(counted, busy & (beyond | none_left));
        ended.load_if(counted, busy & (ended | (queue.last(0) & one_left)));
        if has_window {
            beyond2.load_if(counted, busy & (beyond2 | beyond));
        }
        if let (Some(registers), Some(moved)) = (&registers, moved) {
            registers.load(step, moved);
        }
        if whole.is_none() {
            at.load_if(step | !busy, next_at.gate(busy));
        }
        read_valid.load_if(advance, step & !fill & !wrong);

        // Decided one clock ahead: between blocks lengths are loaded in every clock, so that the last one counts.
        let length_bits = shape.length_bits();
        // In the clock that ends the header at the latest; a header at fault makes no difference.
        let idle_next = !(run | (check & !waits));
        let (more_next, own_length) = match &filling {
            Some(filling) => filling.next(step, plain, length_bits),
            None => (lit(0, 1), lit(0, length_bits)),
        };
        let plain_length = lit(symbol_bits.into(), length_bits).gate(raw);
        let first_length = lit(filling.as_ref().map_or(longest, Filling::first).into(), length_bits);
        let set = idle_next.mux(first_length, more_next.mux(own_length, plain_length));
        let set = set.delayed("set_length", lit(1, 1));
        let fixed = (idle_next | more_next | plain).delayed("length_set", lit(1, 1));
        let next = Step {
            head,
            aligned: top_of(moved.map_or(head, |m| m.bits)),
            step,
            load: step | !run,
            fixed,
            fixed_length: set,
            fill,
            next_last: (fill.mux(last, near), near | counted_symbols.msb()),
            block: (busy, plain),
            words_left: !none_left,
            moves: (could_step, end, advance),
        };
        if ends_ahead.is_none() {
            code.advance(&next);
        }
        let (none, there) = (lit(0, 1), !none_left);
        let late = if ends_ahead.is_none() { code.late() } else { None };
        let take = match late {
            None if !has_window => Take { early, when: step, known: none, unknown: there, late: carry },
            None => Take { early, when: step, known: carry & there, unknown: none, late: none },
            Some(_) => {
                let known = (known_carry.0 & there) & known_carry.1;
                Take { early, when: step, known, unknown: unknown & there, late: carry }
            }
        };
        let next_words = queue.word(1).cat(queue.word(2));
        let moves = queue.take_late(take);
        if let Some(ends) = &ends_ahead {
            ends.load(code, (plain, raw), next_words, moves);
            ends.go(step | !busy, busy, next_at);
        }
    });

    let good = Read { valid: (read_valid & !wrong).named("symbol_good"), ..read };
    let (good, on_its_way) = match &ends_ahead {
        None => (good, read_valid),
        Some(_) => {
            let good = with_length(&good, at, shape);
            (good, read_valid | good.valid)
        }
    };
    let symbol = b.scope("symbol", || code.symbol(&good));
    let on_its_way = symbol.busy | on_its_way;
    Lane { symbol: Symbol { busy: on_its_way, ..symbol }, fault, switch }
}

/// A symbol a clock later, with the length of its code: from where it stood to `at`, where the next one stands.
fn with_length<'b>(read: &Read<'b>, at: Bits<'b>, shape: Shape) -> Read<'b> {
    let to = |x: Bits<'b>, name: &str| x.delayed(name, read.advance);
    let length =
        at.wrapping_sub(read.length).zext(shape.length_bits().max(at.width())).low(shape.length_bits());
    Read {
        valid: to(read.valid, "good_valid"),
        last: to(read.last, "good_last"),
        plain: to(read.plain, "good_plain"),
        head: to(read.head, "good_head"),
        length: to(length, "good_length"),
        ..*read
    }
}
