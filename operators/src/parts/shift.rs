//! Right shifts that keep what falls off in one bit.
use super::normalize::select;
use holigen_generator::Bits;
use holigen_generator::target::Kind;

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
    let target = &b.context().target;
    let pairs = target.kind == Kind::Lut && target.lut_inputs >= 6;
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
