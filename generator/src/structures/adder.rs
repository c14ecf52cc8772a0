//! Adders wider than one carry chain can be at the clock, and adders that stay what they are.
use crate::bitheap::{add_apart, is_sum};
use crate::builder::Bits;
use crate::target::Target;

/// The widest adder whose sum, carry included, fits the budget; at least 2 so that building always ends (what
/// does not fit then is found by the scheduler, which says so).
pub fn segment_width(target: &Target, budget_ps: f64) -> u32 {
    target.max_add_width(budget_ps).saturating_sub(1).max(2)
}

/// Sum modulo 2^width of `x` and `y` in segments: each is added on its own, the carries between them are one
/// short addition (a segment that overflows generates, one of all ones propagates), and a last rank of
/// increments lets them in. Three short carry chains one after the other instead of a long one.
pub fn segmented_add<'b>(x: Bits<'b>, y: Bits<'b>, segment: u32) -> Bits<'b> {
    let width = x.width();
    let mut parts = Vec::new();
    let mut lo = 0;
    while lo < width {
        let w = segment.min(width - lo);
        let last = lo + w == width;
        let (a, c) = (x.bits(lo + w - 1, lo), y.bits(lo + w - 1, lo));
        // The last carry is not wanted.
        let sum = if last { a.wrapping_add(c) } else { a.zext(w + 1).wrapping_add(c.zext(w + 1)) };
        parts.push(sum);
        lo += w;
    }
    resolve_carries(&parts, segment)
}

/// Carries between segments that one chain makes.
const MOST_CARRIES: usize = 8;

/// Carries of a group, where there are more of them.
const CARRIES_TOGETHER: usize = 4;

/// Joins segments, least significant first: each but the last carries its overflow in one bit above `segment`.
/// Segment i + 1 receives the overflow of segment i.
fn resolve_carries<'b>(parts: &[Bits<'b>], segment: u32) -> Bits<'b> {
    let n = parts.len();
    if n == 1 {
        return parts[0];
    }
    let overflow: Vec<Bits<'b>> = parts[..n - 1].iter().map(|p| p.bit(segment)).collect();
    let mut carries = vec![overflow[0]];
    // Many segments lie far from each other, and the ways between them want clocks of their own.
    let many = n - 2 > MOST_CARRIES;
    let together = if many { CARRIES_TOGETHER } else { MOST_CARRIES };
    for first in (1..n - 1).step_by(together) {
        let group = first..(first + together).min(n - 1);
        let all_ones: Vec<Bits<'b>> = parts[group.clone()].iter().map(|p| p.low(segment).all()).collect();
        let into = carries[first - 1];
        carries.extend(carries_of(&overflow[group], &all_ones, into, many));
    }
    let mut sum = parts[0].low(segment);
    for (i, part) in parts[1..].iter().enumerate() {
        // The last one has no overflow bit of its own.
        let w = if i + 2 == n { part.width() } else { segment };
        let raised = part.low(w).wrapping_add(carries[i].zext(w));
        if many {
            raised.later_by(2, carries[i]);
        }
        sum = raised.cat(sum);
    }
    sum
}

/// The carries out of segments with these overflows, which pass a carry on where they are all ones: each is generated
/// by its segment or propagated by it. The sum (G | P) + G has just these carries in its own chain; its bit i is
/// (G | P) ^ G ^ the carry into it. `from_far`: the chain begins at registers.
fn carries_of<'b>(
    overflow: &[Bits<'b>],
    all_ones: &[Bits<'b>],
    into: Bits<'b>,
    from_far: bool,
) -> Vec<Bits<'b>> {
    let join = |bits: &[Bits<'b>]| bits.iter().copied().reduce(|low, high| high.cat(low)).expect("some");
    let generate = join(overflow).named("segment_generate");
    let passes = (generate | join(all_ones)).named("segment_passes");
    let m = generate.width();
    let chain = passes.zext(m + 1).add_carry(generate.zext(m + 1), into).named("segment_carry_chain");
    if from_far {
        chain.later_than(passes);
    }
    let inside = (1..m).map(|i| chain.bit(i) ^ passes.bit(i) ^ generate.bit(i));
    inside.chain([chain.bit(m)]).collect()
}

/// Sum modulo 2^width that synthesisers do not merge with the sums it reads.
pub fn add_alone<'b>(x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    add_apart(x, y)
}

/// Difference modulo 2^width that synthesisers do not merge with the sums it reads.
pub fn sub_alone<'b>(x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let b = x.builder();
    if b.edit(|g| is_sum(g, x.id()) || is_sum(g, y.id())) {
        let one = b.lit(1u8, 1);
        x.cat(one).wrapping_add((!y).cat(one)).bits(x.width(), 1)
    } else {
        x.wrapping_sub(y)
    }
}
