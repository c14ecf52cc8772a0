//! Normalisation of two's-complement numbers without taking the magnitude first.
use super::runs;
use holigen_generator::{Bits, Builder};

/// How far to shift at most.
#[derive(Clone, Copy)]
pub enum Limit<'b> {
    /// Always the same.
    Constant(u32),
    /// A value; the second is the largest count that occurs whatever it says.
    Variable(Bits<'b>, u32),
}

/// What becomes of the last two bits of the count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// A level of multiplexers like the others.
    Selected,
    /// Two registers, one of which is cleared, and a selection that fits into the tables of the logic behind.
    /// Not inside a loop that has no clock to spare.
    Registered,
}

/// A number shifted left until its first significant bit stands at the top.
pub struct Normalized<'b> {
    /// The `kept` most significant bits behind the sign, still in two's complement.
    pub kept: Bits<'b>,
    /// One bit: some bit below `kept` is set.
    pub rest: Bits<'b>,
    /// Places shifted.
    pub count: Bits<'b>,
}

/// Shifts `x` (the bits behind the sign of a two's-complement number) left by the number of its leading bits
/// equal to `sign`, but by no more than `limit`, and keeps the top `kept` bits.
///
/// Each level decides and shifts two bits of the count at once where lookup tables hold a 4:1 multiplexer,
/// coarse ones first, and drops what no later level can bring into the kept bits; what falls off is collected
/// in one sticky bit.
pub fn normalize<'b>(
    b: &'b Builder,
    x: Bits<'b>,
    sign: Bits<'b>,
    limit: Limit<'b>,
    kept: u32,
    last: Last,
) -> Normalized<'b> {
    let (bound, limit) = match limit {
        Limit::Constant(n) => (None, n),
        Limit::Variable(bits, most) => (Some(bits), most),
    };
    let bits = 32 - limit.leading_zeros();
    // Bits that some level could bring up, if only its digit allowed it.
    let reach = kept + (1 << bits) - 1;
    let x = if x.width() < reach { x.append_zeros(reach - x.width()) } else { x };
    if limit == 0 {
        let rest = x.width() - kept;
        let dropped = if rest == 0 { b.lit(0u8, 1) } else { x.low(rest).any() };
        return Normalized { kept: x.top(kept), rest: dropped, count: b.lit(0u8, 1) };
    }
    let context = b.context();
    let levels = levels(bits, context.target.has_wide_tables());
    let mut value = x;
    let mut count: Option<Bits<'b>> = None;
    let mut rest = b.lit(0u8, 1);
    // The count so far equals the top bits of the limit: the next bits must not exceed theirs.
    let mut at_limit = b.lit(1u8, 1);
    let bound = bound.map(|v| {
        let v = v.zext(v.width().max(bits));
        if v.width() > bits {
            at_limit = !v.bits(v.width() - 1, bits).any();
        }
        v.low(bits)
    });
    let ahead = runs::are_counted_ahead(b) && bound.is_none() && limit == (1 << bits) - 1;
    let digits = ahead.then(|| runs::digits(x.top(1 << bits), sign, &levels));
    for (i, (shift, width)) in levels.iter().enumerate() {
        let is_last = i + 1 == levels.len();
        let step = 1 << shift;
        let ways = 1u32 << width;
        let most = (limit >> shift) & (ways - 1);
        // Later levels shift by less than one step.
        let keep = kept + step - 1;
        let name = |what: &str| format!("{what}_{step}");
        let bound_digit = bound.map(|v| v.bits(shift + width - 1, *shift));

        let found_here = || {
            // same[k]: the top (k + 1) steps are all equal to the sign, and the limit allows k + 1.
            let mut same: Vec<Bits<'b>> = Vec::new();
            // Whatever stands above: the next step equals the sign, too, and the limit allows it.
            let mut another: Vec<Bits<'b>> = Vec::new();
            let mut equal_so_far: Option<Bits<'b>> = None;
            for k in 1..ways {
                let group = value.bits(value.width() - (k - 1) * step - 1, value.width() - k * step);
                let differs = (group ^ sign.replicate(step)).any();
                // Three meet in one table.
                let differs = if ways == 4 && step > 1 { differs.own_table() } else { differs };
                let equal = !differs.named(&format!("differs_{step}_{k}"));
                let all = equal_so_far.map_or(equal, |s| s & equal);
                equal_so_far = Some(all);
                let allowed = match bound_digit {
                    Some(d) => !(at_limit & at_most(b, d, k - 1)),
                    None if k > most => !at_limit,
                    None => b.lit(1u8, 1),
                };
                same.push(all & allowed);
                another.push(equal & allowed);
            }
            if *width == 1 {
                same[0]
            } else {
                // 3, 2, 1, 0 steps.
                let high = same[1].named(&name("shift_by_2"));
                // Beside the upper bit where there is a clock to meet; behind it the tables share more.
                let low = if context.budget_ps.is_finite() {
                    same[0] & !(another[1] & !another[2])
                } else {
                    high.mux(same[2], same[0])
                };
                high.cat(low.named(&name("shift_by_1")))
            }
        };
        let digit = digits.as_ref().map_or_else(found_here, |d| d[i]).named(&name("places"));
        at_limit = at_limit
            & match bound_digit {
                Some(d) => digit.equals(d),
                None => digit.is(u64::from(most)),
            };
        if !is_last {
            at_limit = at_limit.named(&name("limit_reached"));
        }

        // What falls off below: shifted by k steps, k * step fewer bits fall.
        let dropped = value.width().saturating_sub(keep);
        for k in 0..ways {
            let (high, low) = (dropped.saturating_sub(k * step), dropped.saturating_sub((k + 1) * step));
            let low = if k + 1 == ways { 0 } else { low };
            if high > low {
                let chunk = value.bits(high - 1, low).any();
                rest = rest | (chunk & at_most(b, digit, k));
                if !is_last {
                    rest = rest.named(&format!("sticky_{step}_{k}"));
                }
            }
        }

        value = if *width == 2 && is_last && last == Last::Registered && context.budget_ps.is_finite() {
            late_select(value, digit, keep)
        } else {
            shift_by_digit(value, digit, step, keep)
        };
        if !is_last {
            value = value.named(&name("normalised_to"));
        }
        count = Some(count.map_or(digit, |c| c.cat(digit)));
    }
    Normalized { kept: value, rest, count: count.expect("there is a level") }
}

/// The top `keep` bits of a value shifted left by a digit of one or two bits, in steps.
fn shift_by_digit<'b>(value: Bits<'b>, digit: Bits<'b>, step: u32, keep: u32) -> Bits<'b> {
    let shifted = |k: u32| {
        let top = value.width() - k * step;
        value.bits(top - 1, top - keep)
    };
    match digit.width() {
        1 => digit.mux(shifted(1), shifted(0)),
        _ => select(digit, &[shifted(0), shifted(1), shifted(2), shifted(3)]),
    }
}

/// The top `kept` bits of a value shifted left by `count`.
pub fn shift_up<'b>(value: Bits<'b>, count: Bits<'b>, kept: u32) -> Bits<'b> {
    let reach = kept + (1 << count.width()) - 1;
    let mut value = if value.width() < reach { value.append_zeros(reach - value.width()) } else { value };
    for (shift, width) in levels(count.width(), value.builder().context().target.has_wide_tables()) {
        let step = 1 << shift;
        value = shift_by_digit(value, count.bits(shift + width - 1, shift), step, kept + step - 1);
    }
    value
}

/// `(log2 of the step, bits)` of each level, coarse first.
pub(super) fn levels(bits: u32, pairs: bool) -> Vec<(u32, u32)> {
    let mut levels = Vec::new();
    let mut shift = bits;
    while shift > 0 {
        let width = if pairs && shift.is_multiple_of(2) { 2 } else { 1 };
        shift -= width;
        levels.push((shift, width));
    }
    levels
}

/// One bit: `digit <= k`.
fn at_most<'b>(b: &'b Builder, digit: Bits<'b>, k: u32) -> Bits<'b> {
    let top = (1 << digit.width()) - 1;
    match k {
        _ if k >= top => b.lit(1u8, 1),
        0 => !digit.any(),
        1 => !digit.msb(),
        _ => !digit.all(),
    }
}

/// A 4:1 multiplexer: one six-input table a bit. Conditions within conditions: of the AND-OR of the decoded digit the
/// synthesiser makes more, 386 LUT6 instead of 301 for the sum of two posits <16,2>.
pub fn select<'b>(digit: Bits<'b>, values: &[Bits<'b>; 4]) -> Bits<'b> {
    let pair = |k: usize| digit.bit(0).mux(values[k + 1], values[k]);
    digit.bit(1).mux(pair(2), pair(0))
}

/// Shifts left by 0 to 3: two copies in gated registers, then one selection in the logic that follows.
fn late_select<'b>(value: Bits<'b>, digit: Bits<'b>, keep: u32) -> Bits<'b> {
    let (high, low) = (digit.bit(1), digit.bit(0));
    let near = value.gate(!high).named("shifted_by_0_or_1").registered();
    let far = value.gate(high).named("shifted_by_2_or_3").registered();
    let at = |v: Bits<'b>, k: u32| v.bits(v.width() - k - 1, v.width() - k - keep);
    low.mux(at(near, 1) | at(far, 3), at(near, 0) | at(far, 2))
}
