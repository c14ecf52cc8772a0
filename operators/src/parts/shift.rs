//! Right shifts that keep what falls off in one bit.
use super::normalize::select;
use holigen_generator::Bits;

/// `x` shifted right by `amount`, as wide as `x`, and one bit that is set if any bit fell off. `most` is the
/// largest amount that occurs; amounts beyond the width of `x` shift everything out.
///
/// Each level takes two bits of the amount where lookup tables hold a 4:1 multiplexer.
pub fn shift_right_sticky<'b>(x: Bits<'b>, amount: Bits<'b>, most: u64) -> (Bits<'b>, Bits<'b>) {
    let b = x.builder();
    let (w, no) = (x.width(), b.lit(0u8, 1));
    let used = (64 - most.leading_zeros()).min(amount.width());
    if used == 0 {
        return (x, no);
    }
    // With this many bits of the amount everything can be shifted out.
    let near = (32 - w.leading_zeros()).min(used);
    let pairs = b.context().target.has_wide_tables();
    let (mut value, mut sticky) = (x, no);
    if used > near {
        let far = amount.bits(used - 1, near).any().named("far_apart");
        sticky = far & x.any();
        value = value.gate(!far);
    }
    let mut high = near;
    while high > 0 {
        let n = if pairs && high >= 2 { 2 } else { 1 };
        high -= n;
        let (digit, step) = (amount.bits(high + n - 1, high), 1u32 << high);
        let moved = |k: u32| {
            let by = k * step;
            if by >= w { b.lit(0u8, w) } else { value.bits(w - 1, by).zext(w) }
        };
        let fallen = |k: u32| value.low((k * step).min(w)).any();
        let name = format!("shifted_right_by_{step}");
        let (next, fell) = if n == 2 {
            let (top, low) = (digit.bit(1), digit.bit(0));
            // One step falls with any digit but 0, two with 2 and 3, three with 3.
            let part = |from: u32, to: u32| {
                let (from, to) = (from * step, (to * step).min(w));
                if from >= to { no } else { value.bits(to - 1, from).any() }
            };
            let fell = (part(0, 1) & (top | low)) | (part(1, 2) & top) | (part(2, 3) & top & low);
            (select(digit, &[value, moved(1), moved(2), moved(3)]), fell)
        } else {
            (digit.mux(moved(1), value), fallen(1) & digit)
        };
        sticky = sticky | fell;
        value = next.named(&name);
    }
    (value, sticky)
}

/// `x` shifted right by `amount`, as wide as `x`; what falls off is lost, and all of it if `none`. `digits` are the upper bits
/// of `x` that may be set.
///
/// Small steps first, since the few digits spread over the word only with the large ones: a large step then chooses among
/// few of them, and of six inputs one is left for amounts beyond the width.
pub fn shift_right_dropping<'b>(x: Bits<'b>, amount: Bits<'b>, digits: u32, none: Bits<'b>) -> Bits<'b> {
    let b = x.builder();
    let w = x.width();
    let near = (32 - w.leading_zeros()).min(amount.width());
    let pairs = b.context().target.has_wide_tables();
    if !pairs && b.context().budget_ps.is_finite() {
        // Small tables hold a multiplexer and no more: the large amounts are a level less in front of them.
        return shift_right_sticky(x, amount, u64::MAX).0.gate(!none);
    }
    let mut value = x;
    // Places from the top of the word that may be set.
    let mut reach = digits.min(w);
    let mut low = 0;
    while low < near {
        let n = if pairs && near - low >= 2 { 2 } else { 1 };
        let (digit, step) = (amount.bits(low + n - 1, low), 1u32 << low);
        let set = reach;
        let moved = |k: u32| {
            let by = k * step;
            let kept = set.min(w - by.min(w));
            if kept == 0 {
                return b.lit(0u8, w);
            }
            value.top(kept).append_zeros(w - by - kept).zext(w)
        };
        reach = (set + step * ((1 << n) - 1)).min(w);
        value = if n == 2 {
            select(digit, &[moved(0), moved(1), moved(2), moved(3)])
        } else {
            digit.mux(moved(1), moved(0))
        };
        low += n;
        if low < near {
            value = value.named(&format!("shifted_right_by_{step}"));
        }
    }
    let beyond = (amount.width() > near).then(|| amount.bits(amount.width() - 1, near).any());
    let far = beyond.map_or(none, |beyond| (none | beyond).named("far_apart"));
    value.gate(!far)
}

/// Arithmetic shift right; the top `keep` bits of it, and `sticky` with what falls off below: set if any such bit is,
/// or if any differs from `flip`.
///
/// Coarse steps first, four at a time where a lookup table holds a 4:1 multiplexer.
pub fn shift_right_arithmetic<'b>(
    word: Bits<'b>,
    amount: Bits<'b>,
    keep: u32,
    sticky: Bits<'b>,
    flip: Option<Bits<'b>>,
) -> (Bits<'b>, Bits<'b>) {
    let b = word.builder();
    let pairs = b.context().target.has_wide_tables();
    let sign = word.msb();
    let mut value = word;
    let mut sticky = sticky;
    let mut at = amount.width();
    while at > 0 {
        let width = if pairs && at.is_multiple_of(2) { 2 } else { 1 };
        at -= width;
        let step = 1u32 << at;
        let digit = amount.bits(at + width - 1, at);
        let have = value.width();
        let longest = have + ((1 << width) - 1) * step;
        // Nothing brings up what is below the kept bits. What the next level drops may go with it, in fewer tables, but later.
        let below = if b.context().budget_ps.is_finite() { 0 } else { step - 1 };
        let out = (keep + below).min(longest);
        let shifted = |k: u32| {
            // `value` moved down by k steps: `out` bits from the top.
            let fill = (k * step).min(out);
            let left = out - fill;
            let part = if left == 0 {
                None
            } else if left <= have {
                Some(value.bits(have - 1, have - left))
            } else {
                Some(value.cat(flip.unwrap_or_else(|| b.lit(0u8, 1)).replicate(left - have)))
            };
            match (fill, part) {
                (0, Some(p)) => p,
                (_, Some(p)) => sign.replicate(fill).cat(p),
                (_, None) => sign.replicate(fill),
            }
        };
        // What falls off: moved down by k steps, the lowest have + k * step - out bits.
        let fallen = |k: u32| (have + k * step).saturating_sub(out).min(have);
        let ways = 1 << width;
        let before = sticky;
        for k in 0..ways {
            let low = if k == 0 { 0 } else { fallen(k - 1) };
            if fallen(k) > low {
                let chunk = value.bits(fallen(k) - 1, low);
                let chunk = flip.map_or(chunk, |f| chunk ^ f.replicate(chunk.width())).any();
                let chunk = if pairs && step > 1 { chunk.own_table() } else { chunk };
                // Fallen if shifted by at least k steps.
                let reached = match k {
                    0 => b.lit(1u8, 1),
                    1 => digit.any(),
                    2 => digit.msb(),
                    _ => digit.all(),
                };
                sticky = sticky | (chunk & reached);
            }
        }
        // Three bits or chunks, the digit and what fell before are one table.
        if pairs && sticky.id() != before.id() {
            sticky = sticky.own_table();
        }
        value = if width == 1 {
            digit.mux(shifted(1), shifted(0))
        } else {
            select(digit, &[shifted(0), shifted(1), shifted(2), shifted(3)])
        };
        if at > 0 {
            value = value.named(&format!("shifted_by_{step}"));
        }
    }
    if value.width() < keep {
        // Zeros of the magnitude.
        let missing = keep - value.width();
        value = value.cat(flip.unwrap_or_else(|| b.lit(0u8, 1)).replicate(missing));
    }
    (value.top(keep), sticky)
}
