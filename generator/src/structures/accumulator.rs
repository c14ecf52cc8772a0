//! Accumulators: a sum that takes one term a clock.
use super::adder::segment_width;
use crate::builder::{Bits, Builder};

/// Adds `term` (or, where `negate` is 1, subtracts it) to what the previous token left, modulo 2^width, and
/// returns the new sum. Where `restart` is 1 the old sum counts as 0.
///
/// The subtraction is a conditional complement in front of the carry chain with the carry in, one lookup table
/// a bit. Where one carry chain over the width misses the clock, the sum is kept in segments whose overflows
/// wait one token in a register (carry save); they are resolved behind the loop.
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
    if turns > 1 || context.adder_fits(width + 1) {
        let sum = b.state(name, width, Some(restart));
        let next = sum.add_carry(term ^ negate.replicate(width), negate).named("sum");
        sum.write_state(next);
        return next;
    }
    // Room for the carry in and the overflow.
    let segment = segment_width(&context.target, context.budget_ps).saturating_sub(1).max(2);
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
