//! Accumulators: a sum that takes one term a clock.
use super::adder::segment_width;
use crate::builder::{Bits, Builder};

/// Segments of a sum that follow each other by a clock.
const MOST_IN_TURN: u32 = 6;

/// Adds `term` (or, where `negate` is 1, subtracts it) to what the previous token left, modulo 2^width, and
/// returns the new sum. Where `restart` is 1 the old sum counts as 0.
///
/// The subtraction is a conditional complement in front of the carry chain with the carry in, one lookup table
/// a bit. Where one carry chain over the width misses the clock, the sum is kept in segments. A few of them take a
/// token one clock after the other, each with the overflow of the one below; of many, which would make a long
/// pipeline with a triangle of registers, all take the same token, and their overflows wait for the next one in
/// a register (carry save) and are resolved behind the loop.
pub fn accumulate<'b>(
    b: &'b Builder,
    name: &str,
    term: Bits<'b>,
    negate: Bits<'b>,
    restart: Bits<'b>,
    turns: u32,
) -> Bits<'b> {
    let width = term.width();
    let context = b.context();
    // With several sums in turn the loop has as many clocks; one chain a clock is what legalising can place.
    let budget = context.loop_budget_ps();
    if turns > 1 || context.target.add(width + 1) <= budget {
        let sum = b.state(name, width, Some(restart));
        let next = sum.add_carry(term ^ negate.replicate(width), negate).named("sum");
        sum.write_state(next);
        return next;
    }
    // Room for the carry in and the overflow.
    let segment = segment_width(&context.target, budget).saturating_sub(1).max(2);
    if width.div_ceil(segment) <= MOST_IN_TURN {
        return in_turn(b, name, term, negate, restart, segment);
    }
    let (mut parts, mut lo, mut carry) = (Vec::new(), 0, negate);
    while lo < width {
        let w = segment.min(width - lo);
        let last = lo + w == width;
        let i = parts.len();
        let part = term.bits(lo + w - 1, lo) ^ negate.replicate(w);
        let state = b.state(&format!("{name}_{i}"), if last { w } else { w + 1 }, Some(restart));
        let next = if last {
            state.add_carry(part, carry)
        } else {
            state.low(w).zext(w + 1).add_carry(part.zext(w + 1), carry)
        };
        let next = next.named(&format!("sum_{i}"));
        state.write_state(next);
        parts.push(next);
        if !last {
            carry = state.bit(w);
        }
        lo += w;
    }
    // Every overflow still has to be added to the segment above it, where another carry may come in: a sum of
    // two numbers like any other.
    let (mut digits, mut waiting) = (parts[0].low(segment), b.lit(0u8, segment));
    for pair in parts.windows(2) {
        let w = if pair[1].width() > segment { segment } else { pair[1].width() };
        digits = pair[1].low(w).cat(digits);
        waiting = pair[0].bit(segment).zext(w).cat(waiting);
    }
    digits.wrapping_add(waiting).named("sum")
}

/// Segments that see a token one after the other, least significant first: every carry is where it is needed when
/// its segment's turn comes.
fn in_turn<'b>(
    b: &'b Builder,
    name: &str,
    term: Bits<'b>,
    negate: Bits<'b>,
    restart: Bits<'b>,
    segment: u32,
) -> Bits<'b> {
    let width = term.width();
    let (mut sum, mut lo, mut carry): (Option<Bits<'b>>, u32, Bits<'b>) = (None, 0, negate);
    for i in 0.. {
        let w = segment.min(width - lo);
        let part = term.bits(lo + w - 1, lo) ^ negate.replicate(w);
        let state = b.state(&format!("{name}_{i}"), w, Some(restart));
        let next = state.zext(w + 1).add_carry(part.zext(w + 1), carry).named(&format!("sum_{i}"));
        let kept = next.low(w);
        state.write_state(kept);
        sum = Some(sum.map_or(kept, |sum| kept.cat(sum)));
        carry = next.bit(w);
        lo += w;
        if lo == width {
            break;
        }
    }
    sum.expect("a sum has bits")
}
