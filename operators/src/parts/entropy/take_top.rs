//! The shifters of a lane.
use holigen_generator::Bits;

/// Bits `count` from the top of `x` behind its first `amount` bits: four ways a level, so that a level is one
/// table of six inputs for a bit. `amount` is a number with a value of at most `x.width() - count`.
pub fn take_top<'b>(x: Bits<'b>, amount: Bits<'b>, count: u32) -> Bits<'b> {
    take_top_by(x, amount, count, |digit, ways| digit.choose(ways))
}

/// As [`take_top`], as a shift that synthesis makes of the multiplexers it has: with tables of four inputs faster than levels
/// of four ways, and larger.
pub fn take_top_fast<'b>(x: Bits<'b>, amount: Bits<'b>, count: u32) -> Bits<'b> {
    if x.builder().context().target.lut_inputs >= 6 {
        return take_top(x, amount, count);
    }
    x.shift_left(amount).bits(x.width() - 1, x.width() - count)
}

/// As [`take_top`], where `amount` is there before `x` or with it: each level is an AND-OR of the decoded digit, which
/// Yosys packs into one table of six inputs a bit. Of a late amount it would make tables of their own for the digits.
pub fn take_top_early<'b>(x: Bits<'b>, amount: Bits<'b>, count: u32) -> Bits<'b> {
    if x.builder().context().target.lut_inputs < 6 {
        return take_top(x, amount, count);
    }
    take_top_by(x, amount, count, |digit, ways| {
        let term = |(k, way): (usize, &Bits<'b>)| *way & digit.is(k as u64).replicate(way.width());
        ways.iter().enumerate().map(term).reduce(|a, b| a | b).expect("a digit has ways")
    })
}

/// Shifts by a digit of `amount` after the other, the highest first; `choose` takes one of the ways of a level.
fn take_top_by<'b>(
    x: Bits<'b>,
    amount: Bits<'b>,
    count: u32,
    choose: impl Fn(Bits<'b>, &[Bits<'b>]) -> Bits<'b>,
) -> Bits<'b> {
    let b = x.builder();
    let mut value = x;
    let mut high = amount.width();
    while high > 0 {
        let low = high.saturating_sub(2);
        // What the lower bits may still ask for.
        let keep = (count + (1 << low) - 1).min(value.width());
        let part = |by: u32| {
            let from = value.width().saturating_sub(by);
            let top = from.min(keep);
            match top {
                0 => b.lit(0u8, keep),
                _ if top < keep => value.bits(from - 1, from - top).cat(b.lit(0u8, keep - top)),
                _ => value.bits(from - 1, from - top),
            }
        };
        let ways: Vec<Bits<'b>> = (0..1u32 << (high - low)).map(|k| part(k << low)).collect();
        value = choose(amount.bits(high - 1, low), &ways);
        high = low;
    }
    value.bits(value.width() - 1, value.width() - count)
}
