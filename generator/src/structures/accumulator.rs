//! Accumulators: a sum that takes one term a clock.
use super::adder::{segment_width, segmented_add};
use crate::builder::{Bits, Builder};
use crate::target::CarryChain;

/// Segments of a sum that stand beside each other.
const MOST_NEAR: u32 = 3;

/// Segments of a sum that follow each other by a clock.
const MOST_IN_TURN: u32 = 6;

/// Bits of neighbouring segments that take a token in the same clock, where more do not take it in turn.
const BITS_TOGETHER: u32 = 116;

/// Adds `term` (or, where `negate` is 1, subtracts it) to what the previous token left, modulo 2^width, and
/// returns the new sum. Where `restart` is 1 the old sum counts as 0.
///
/// The subtraction is a conditional complement in front of the carry chain with the carry in, one lookup table
/// a bit. Where one carry chain over the width misses the clock, the sum is kept in segments. A few of them take a
/// token one clock after the other, each with the overflow of the one below. Many, which would make a long
/// pipeline with a triangle of registers, do so in groups: the segments of a group take the same token, and their
/// overflows wait for later ones in registers (carry save) and are resolved behind the loop. A group has its
/// own copy of the controls, in a register of the pipeline, since one wire can't reach all of a wide sum in a clock.
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
    if turns > 1 || context.target.add(width + 1) <= context.budget_ps {
        let state = b.state(name, width, Some(restart));
        let part = term ^ negate.replicate(width);
        let next = state.add_carry(part, negate).named("sum");
        state.write_state(next);
        return if turns > 1 { next } else { taken_along(b, next, state, part, negate, context.budget_ps) };
    }
    // Room for the carry in and the overflow, and for the way between chains: the more there are, the farther apart.
    let segments = |ways: f64| {
        let budget = context.budget_ps - ways * context.target.next_chain_ps;
        let segment = segment_width(&context.target, budget).saturating_sub(1).max(2);
        let width = whole_tiles(segment, context.target.carry_chain);
        let budget_ps = budget + context.target.next_chain_ps;
        Segments { b, name, term, negate, restart, width, budget_ps }
    };
    let near = segments(1.0);
    let in_turn = if near.count() <= MOST_NEAR { near } else { segments(2.0) };
    if in_turn.count() <= MOST_IN_TURN { in_turn.in_turn() } else { segments(3.0).in_groups() }
}

/// A sum in segments, each with a state and a carry chain of its own.
struct Segments<'a, 'b> {
    b: &'b Builder,
    name: &'a str,
    term: Bits<'b>,
    negate: Bits<'b>,
    restart: Bits<'b>,
    /// Bits of all but the last.
    width: u32,
    /// Picoseconds for a chain of neighbours and what follows in its stage.
    budget_ps: f64,
}

impl<'b> Segments<'_, 'b> {
    /// Bits of segment `i`.
    fn bits(&self, i: u32) -> u32 {
        self.width.min(self.term.width() - i * self.width)
    }

    fn count(&self) -> u32 {
        self.term.width().div_ceil(self.width)
    }

    /// What segment `i` adds, in front of the carry.
    fn part(&self, i: u32) -> Bits<'b> {
        let (lo, w) = (i * self.width, self.bits(i));
        self.term.bits(lo + w - 1, lo) ^ self.negate.replicate(w)
    }

    fn state(&self, i: u32, width: u32) -> Bits<'b> {
        self.b.state(&format!("{}_{i}", self.name), width, Some(self.restart))
    }

    /// They see a token one after the other, least significant first: every carry is where it is needed when its
    /// segment's turn comes.
    fn in_turn(&self) -> Bits<'b> {
        let (mut sum, mut carry): (Option<Bits<'b>>, _) = (None, self.negate);
        for i in 0..self.count() {
            let w = self.bits(i);
            let part = self.part(i);
            let state = self.state(i, w);
            let next = state.zext(w + 1).add_carry(part.zext(w + 1), carry).named(&format!("sum_{i}"));
            state.write_state(next.low(w));
            let along = taken_along(self.b, next.low(w), state, part, carry, self.budget_ps);
            sum = Some(sum.map_or(along, |sum| along.cat(sum)));
            carry = next.bit(w);
        }
        sum.expect("a sum has bits")
    }

    /// They take a token in groups, one group a clock after the other. An overflow has registers of its own on its way
    /// up, since chains of a wide sum stand far from each other: a segment takes that of three tokens ago.
    fn in_groups(&self) -> Bits<'b> {
        let (b, last) = (self.b, self.count() - 1);
        let (mut digits, mut waiting): (Option<Bits<'b>>, Bits<'b>) = (None, b.lit(0u8, self.width));
        let (mut carry, mut group_below): (_, Option<Bits<'b>>) = (self.negate, None);
        for i in 0..=last {
            let w = self.bits(i);
            // Above all but the last segment, its overflow.
            let wide = w + u32::from(i < last);
            let part = self.part(i);
            let state = self.state(i, wide);
            if i % (BITS_TOGETHER / self.width).max(1) == 0 {
                if let Some(below) = group_below {
                    state.later_than(below);
                }
                group_below = Some(state);
            }
            let (old, part) = (state.low(w).zext(wide), part.zext(wide));
            let next = old.add_carry(part, carry).named(&format!("sum_{i}"));
            state.write_state(next);
            let along = taken_along(b, next, old, part, carry, self.budget_ps);
            digits = Some(digits.map_or(along.low(w), |digits| along.low(w).cat(digits)));
            if i == last {
                break;
            }
            // It passes two registers on its way.
            let hop = |name: &str, from: Bits<'b>| {
                let register = b.state(&format!("{}_{i}_{name}", self.name), 1, Some(self.restart));
                register.write_state(from);
                register
            };
            let before = state.bit(w);
            let sent = hop("overflow_sent", before);
            carry = hop("overflow", sent);
            // What the segment above has still to take: up to three.
            let overflow = along.bit(w);
            let odd = overflow ^ before ^ sent;
            let two = (overflow & before) | (overflow & sent) | (before & sent);
            let pending = two.cat(odd).named(&format!("pending_{i}"));
            let above = self.bits(i + 1);
            let pending = if above < 2 { pending.low(above) } else { pending.zext(above) };
            waiting = pending.cat(waiting);
        }
        segmented_add(digits.expect("a sum has bits"), waiting, self.width).named("sum")
    }
}

/// At most `segment` bits, so that a segment's overflow does not share the control signals of registers with its kept
/// bits: these have a clear and an enable, it has neither, and a bit whose register can't stand beside it misses the
/// clock. A tile of CCU2s holds eight positions; the carry takes two to get in, and one as an operand.
fn whole_tiles(segment: u32, chain: CarryChain) -> u32 {
    if chain == CarryChain::Ccu2 && segment >= 5 { segment - (segment - 5) % 8 } else { segment }
}

/// What the pipeline reads of a sum that a state keeps. Where only one register can stand beside the carry chain and
/// the way to a second one would miss the clock, the sum is made once more a stage later, from the same operands:
/// each of the two has its own register then.
fn taken_along<'b>(
    b: &'b Builder,
    sum: Bits<'b>,
    state: Bits<'b>,
    part: Bits<'b>,
    carry: Bits<'b>,
    budget_ps: f64,
) -> Bits<'b> {
    let target = &b.context().target;
    let enough = target.add(sum.width() + 1) + target.second_register_ps <= budget_ps;
    if enough || target.second_register_ps == 0.0 {
        return sum;
    }
    // The operands exchanged, so that it is another value.
    let again = part.add_carry(state, carry).later_than(sum).named("sum_again");
    again.note("The sum once more for the pipeline: only one register can stand beside a carry chain.")
}
