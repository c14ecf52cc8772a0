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
    for first in (1..n - 1).step_by(MOST_CARRIES) {
        let group = first..(first + MOST_CARRIES).min(n - 1);
        let all_ones: Vec<Bits<'b>> = parts[group.clone()].iter().map(|p| p.low(segment).all()).collect();
        let (generate, into) = (&overflow[group], carries[first - 1]);
        carries.extend(if many {
            carries_ahead(generate, &all_ones, into)
        } else {
            carries_of(generate, &all_ones, into)
        });
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
/// (G | P) ^ G ^ the carry into it.
fn carries_of<'b>(overflow: &[Bits<'b>], all_ones: &[Bits<'b>], into: Bits<'b>) -> Vec<Bits<'b>> {
    let join = |bits: &[Bits<'b>]| bits.iter().copied().reduce(|low, high| high.cat(low)).expect("some");
    let generate = join(overflow).named("segment_generate");
    let passes = (generate | join(all_ones)).named("segment_passes");
    let m = generate.width();
    let chain = passes.zext(m + 1).add_carry(generate.zext(m + 1), into).named("segment_carry_chain");
    let inside = (1..m).map(|i| chain.bit(i) ^ passes.bit(i) ^ generate.bit(i));
    inside.chain([chain.bit(m)]).collect()
}

/// The same with a carry lookahead (a prefix tree after Sklansky): what all segments up to one generate and propagate
/// together waits in registers for the carry from below, which then has a clock for one table and the way to it.
fn carries_ahead<'b>(overflow: &[Bits<'b>], all_ones: &[Bits<'b>], into: Bits<'b>) -> Vec<Bits<'b>> {
    let mut together: Vec<(Bits<'b>, Bits<'b>)> =
        overflow.iter().copied().zip(all_ones.iter().copied()).collect();
    let mut reach = 1;
    while reach < together.len() {
        for i in (0..together.len()).filter(|i| i & reach != 0) {
            let (low, high) = (together[(i & !(reach - 1)) - 1], together[i]);
            together[i] = (high.0 | (high.1 & low.0), high.1 & low.1);
        }
        reach *= 2;
    }
    let carry = |(i, (generates, passes)): (usize, (Bits<'b>, Bits<'b>))| {
        let generates = generates.named(&format!("generates_{i}")).registered();
        let passes = passes.named(&format!("passes_{i}")).registered();
        (generates | (passes & into)).named(&format!("carry_{i}"))
    };
    together.into_iter().enumerate().map(carry).collect()
}

/// A sum of so few bits that a table makes each bit of it, written without `+`, of which synthesis would make a carry
/// chain; `None` if it has more. Either something of one bit comes in below and counts, or two bits are added to two.
pub fn sum_in_tables<'b>(x: Bits<'b>, y: Bits<'b>, carry: Option<Bits<'b>>) -> Option<Bits<'b>> {
    let (width, inputs) = (x.width(), x.builder().context().target.lut_inputs);
    let is_zero = |b: &Bits<'b>| b.constant().is_some_and(|c| c == 0u8.into());
    // The bits at each position.
    let mut columns: Vec<Vec<Bits<'b>>> =
        (0..width).map(|i| [x.bit(i), y.bit(i)].into_iter().filter(|b| !is_zero(b)).collect()).collect();
    columns[0].extend(carry.filter(|c| !is_zero(c)));
    let constant = |b: &Bits<'b>| b.constant().is_some();
    let variable = columns.iter().flatten().filter(|b| !constant(b)).count();
    if variable > inputs as usize || columns[1..].iter().flatten().any(constant) {
        return None;
    }
    let join = |bits: &[Bits<'b>]| bits.iter().copied().reduce(|low, high| high.cat(low));
    let mut sum = Vec::new();
    let heights: Vec<usize> = columns.iter().map(Vec::len).collect();
    match heights.as_slice() {
        [2, 2, above @ ..] if variable == 4 && above.iter().all(|n| *n == 0) => {
            let ([a, b], [c, d]) = ([columns[0][0], columns[0][1]], [columns[1][0], columns[1][1]]);
            // The carry from below twice in different words: each bit shall have a table of its own.
            sum.extend([a ^ b, c ^ d ^ (a & b), (c & d) | join(&[a, b, c | d])?.all()]);
        }
        [2, above @ ..] => {
            let ones = above.iter().take_while(|n| **n == 1).count();
            if above[ones..].iter().any(|n| *n > 0) {
                return None;
            }
            sum.push(columns[0][0] ^ columns[0][1]);
            let mut below: Vec<Bits<'b>> = columns[0].iter().copied().filter(|b| !constant(b)).collect();
            for bit in columns[1..=ones].iter().flatten() {
                sum.push(*bit ^ join(&below)?.all());
                below.push(*bit);
            }
            sum.push(join(&below)?.all());
        }
        _ => return None,
    }
    sum.resize(width as usize, x.builder().lit(0u8, 1));
    join(&sum)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::{Builder, Context};
    use crate::ir::Op;

    /// Whether a sum of two inputs of so many bits, extended by so many, is made in tables.
    fn in_tables(x_bits: u32, y_bits: u32, width: u32, carry: bool) -> bool {
        let b = Builder::new(Context::new(Target::by_name("ice40hx").expect("a known target"), 300.0));
        let (x, y) = (b.input("x", x_bits).zext(width), b.input("y", y_bits).zext(width));
        let carry = carry.then(|| b.input("c", 1));
        let sum = sum_in_tables(x, y, carry);
        let graph = b.edit(|g| g.ids().any(|v| g.node(v).op == Op::Add));
        assert!(!graph);
        sum.is_some_and(|s| s.width() == width)
    }

    #[test]
    fn sums_of_as_many_bits_as_a_table_has_inputs() {
        assert!(in_tables(2, 2, 3, false) && in_tables(2, 2, 2, false) && in_tables(3, 1, 4, false));
        assert!(!in_tables(2, 2, 3, true) && !in_tables(4, 1, 5, false) && !in_tables(3, 2, 4, false));
    }
}
