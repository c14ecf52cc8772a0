//! Rounds a sign and a magnitude to fixed point, once.
use super::round_fixed::Below;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FixedFormat;
use holigen_verif::round::RoundMode;

/// Bits behind the point, in units of the format, that [`to_fixed`] needs; the guard bit last.
pub fn kept_below(mode: RoundMode) -> u32 {
    Below::of(mode).bits + 1
}

/// A number on its way to fixed point.
pub struct Aligned<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// The magnitude in units of the format, with [`kept_below`] bits behind the point.
    pub magnitude: Bits<'b>,
    /// One bit: something below is set.
    pub rest: Bits<'b>,
    /// One bit: the magnitude is too large for any rounding to matter.
    pub huge: Bits<'b>,
}

/// The code. What is out of range becomes the largest or the least number.
///
/// Rounding up a positive number and taking the two's complement of one that is not rounded up both add one to
/// bits that are complemented for negative numbers: one addition does either.
pub fn to_fixed<'b>(
    b: &'b Builder,
    x: &Aligned<'b>,
    f: &FixedFormat,
    mode: RoundMode,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let below = Below::of(mode);
    let (guard, lowest) = (x.magnitude.bit(0).named("guard"), x.magnitude.bit(1));
    let up = below.up(mode, x.sign, guard, x.rest, lowest).named("increment");
    let whole = x.magnitude.bits(x.magnitude.width() - 1, 1);
    // A sign, and room for a carry.
    let w = whole.width() - below.bits + 2;
    let value = if below.bits > 0 {
        let wide = whole.zext(w + below.bits);
        let base = below.with_random(b.lit(0u8, w), rnd);
        let magnitude = base.add_carry(wide, up).top(w).named("rounded_magnitude");
        (magnitude ^ x.sign.replicate(w)).wrapping_add(x.sign.zext(w))
    } else {
        let turned = whole.zext(w) ^ x.sign.replicate(w);
        turned.wrapping_add((up ^ x.sign).zext(w))
    };
    let value = value.named("rounded");
    let n = f.width();
    let (largest, least) = (b.lit(f.largest(), n), b.lit(f.least_magnitude(), n));
    let low = if w >= n { value.low(n) } else { value.sext(n) };
    // All bits from the format's sign up are the same (unsigned: zero).
    let from = if f.is_signed() { n - 1 } else { n };
    let outside = if w <= from {
        if f.is_signed() { b.lit(0u8, 1) } else { value.msb() }
    } else {
        let high = value.bits(w - 1, from);
        if f.is_signed() { high.any() & !high.all() } else { high.any() }
    };
    let outside = (outside | x.huge).named("out_of_range");
    // The sign of a number that rounds to zero means nothing: then nothing is out of range.
    outside.mux(x.sign.mux(least, largest), low)
}
