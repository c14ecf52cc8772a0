//! Writes a posit: the shift that makes the regime, with the rounding in the same carry chain.
use super::round_fixed::Below;
use super::shift::shift_right_arithmetic;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;
use holigen_verif::round::RoundMode;

/// A normalised number on its way to a code: `(significand + rest) * 2^scale`, and `0 < rest < 1` unit of its last
/// place if `sticky`.
#[derive(Clone, Copy)]
pub struct Unrounded<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// Two's complement.
    pub scale: Bits<'b>,
    /// The significand is `sign . ~sign . fraction` in two's complement, unless [`Form::flip`] says otherwise. None if
    /// there are no such bits.
    pub fraction: Option<Bits<'b>>,
    /// One bit.
    pub sticky: Bits<'b>,
    /// Whether the number may be larger than maxpos, but for less than a binade with es > 0, or smaller than minpos.
    pub saturates: bool,
    /// One bit: the number is zero, whatever the rest says.
    pub zero: Bits<'b>,
    /// One bit: not a real, whatever the rest says.
    pub nar: Bits<'b>,
}

/// How the bits of a number are to be read, and rounded.
#[derive(Clone, Copy)]
pub struct Form<'b> {
    /// Where this bit is 1, the fraction is the complement of that of minus the number, and `rest` belongs to minus the
    /// number. None: it is never.
    pub flip: Option<Bits<'b>>,
    /// Other modes than `rne` need magnitudes: `flip` is the sign.
    pub mode: RoundMode,
}

/// Most bits of a posit whose run starts in a table of its own although there is no clock to meet.
const SHORT: u32 = 8;

/// The code, rounded to nearest on the bit string, ties to the even code; never to zero or NaR.
pub fn encode<'b>(b: &'b Builder, x: &Unrounded<'b>, f: &PositFormat) -> Bits<'b> {
    encode_with(b, x, f, Form { flip: None, mode: RoundMode::Rne }, None)
}

/// The code, rounded on the bit string; never to zero or NaR. `rnd` is the random word of stochastic modes.
///
/// The string `regime, exponent, fraction` of a negative number, complemented, is that of its two's complement, so
/// nothing is negated: the fraction comes as it is, the exponent's complement from its sign. The word `10` (or `01`)
/// `exponent fraction` is shifted right arithmetically by the length of the run, and the increment is the carry in
/// of the addition whose operand the last level of the shifter is.
pub fn encode_with<'b>(
    b: &'b Builder,
    x: &Unrounded<'b>,
    f: &PositFormat,
    form: Form<'b>,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    b.scope("round and encode", || {
        let (n, es) = (f.width(), f.es());
        let special = (x.zero | x.nar).named("is_special");
        let sign = x.sign;
        // Scales of narrow numbers may not reach the regime's field.
        let w = x.scale.width().max(es + 2);
        let scale = x.scale.sext(w);
        let regime = scale.bits(w - 1, es);
        let negative = regime.msb();
        // Length of the run less one: r for r >= 0, -r - 1 for r < 0.
        let run = regime.low(regime.width() - 1);
        let run = (run ^ negative.replicate(run.width())).named("run_less_one");
        let clamped = x.saturates && form.mode == RoundMode::Rne && !b.context().budget_ps.is_finite();
        let (amount, beyond) = regime_shift(b, run, special, n, x.saturates, clamped);
        let amount = amount.named("regime_shift");
        // 10 or 01. With a clock to meet a table by itself, that one bit does not wait for the other; so in short sums, where
        // it is smaller (<8,2>: 128 instead of 131 LUT6, their difference 129 instead of 127; <16,2>: 307 instead of 301, products <8,2>: 98 instead of 93).
        let mut word = if b.context().budget_ps.is_finite() || !x.saturates && n <= SHORT {
            b.table("regime_start", special.cat(negative).cat(sign), 2, &[2, 1, 1, 2, 0, 0, 0, 0])
        } else {
            let first = (!(negative ^ sign) & !special).named("regime_bit");
            first.cat(((negative ^ sign) & !special).named("regime_end"))
        };
        let second = word.bit(0);
        if es > 0 {
            word = word.cat((scale.low(es) ^ sign.replicate(es)).named("exponent"));
        }
        if let Some(t) = x.fraction {
            word = word.cat(t);
        }
        let flip = form.flip;
        let below = Below::of(form.mode).bits + 1;
        let word = word.named("regime_exponent_fraction");
        let (kept, sticky) = shift_right_arithmetic(word, amount, n - 1 + below, x.sticky, flip);
        // Clamped, the bit that ends the run is the guard bit, and no tie.
        let sticky = if clamped { sticky | beyond } else { sticky }.named("sticky");
        let lowest = kept.bit(below);
        let read = |x: Bits<'b>| flip.map_or(x, |f| x ^ f.replicate(x.width()));
        let below = read(kept.low(below)).named("below");
        let up = magnitude_up(form.mode, sign, read(lowest), below, sticky, rnd);
        // The complement lacks one, unless the number goes up.
        let up = flip.map_or(up, |f| up ^ f);
        let up = match form.mode {
            // Of nothing but zeros, or ones that are read as zeros, the rounding makes zero.
            RoundMode::Rne if clamped || !x.saturates => up,
            _ if x.saturates => beyond.mux(second, up),
            _ => up & !special,
        };
        let up = up.named("increment");
        let body = kept.top(n - 1);
        let rounded = b.lit(0u8, n - 1).add_carry(body, up).named("rounded");
        ((sign & !special) | x.nar).cat(rounded)
    })
}

/// The places that make a run of `run + 1`, and one bit: the run fills the word. Of ones it is maxpos as it is, of zeros
/// minpos after one step.
///
/// `clamped`: by n - 2 places then, which leave the bit that ends the run right behind the word, to be its guard bit. The
/// rounding needs no exception, but the shifter waits for a comparison.
fn regime_shift<'b>(
    b: &'b Builder,
    run: Bits<'b>,
    special: Bits<'b>,
    n: u32,
    saturates: bool,
    clamped: bool,
) -> (Bits<'b>, Bits<'b>) {
    let last = n - 2;
    let steps = 32 - last.leading_zeros();
    let wide = run.zext(run.width().max(steps));
    let amount = wide.low(steps);
    if !saturates {
        return (amount | special.replicate(steps), b.lit(0u8, 1));
    }
    let above = if wide.width() > steps { wide.bits(wide.width() - 1, steps).any() } else { b.lit(0u8, 1) };
    if !clamped {
        let amount = amount | (above | special).replicate(steps);
        return (amount, (!amount.ult(b.lit(last, steps))).named("is_beyond"));
    }
    let beyond = (above | special | !amount.ult(b.lit(last, steps))).named("is_beyond");
    let held = |i: u32| if last >> i & 1 == 1 { amount.bit(i) | beyond } else { amount.bit(i) & !beyond };
    ((1..steps).fold(held(0), |low, i| held(i).cat(low)), beyond)
}

/// Whether a number takes the next code. `below` are its bits below the kept ones: those that the random word is
/// added to, if there is one, and a guard bit.
fn magnitude_up<'b>(
    mode: RoundMode,
    sign: Bits<'b>,
    lowest: Bits<'b>,
    below: Bits<'b>,
    sticky: Bits<'b>,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let looked_at = Below::of(mode);
    let w = below.width();
    let above_guard = if w > 1 { below.bit(1) } else { lowest };
    let up = looked_at.up(mode, sign, below.bit(0), sticky, above_guard);
    if w == 1 {
        return up;
    }
    let word = looked_at.with_random(sign.builder().lit(0u8, 1), rnd);
    word.add_carry(below.bits(w - 1, 1).zext(w), up).named("random_sum").msb()
}
