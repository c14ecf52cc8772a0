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
        // A run over the whole word has amount n - 2. Of ones it is maxpos.
        let last = n - 2;
        let steps = 32 - last.leading_zeros();
        let wide = run.zext(run.width().max(steps));
        let amount = wide.low(steps);
        let (amount, beyond) = if x.saturates {
            let above =
                if wide.width() > steps { wide.bits(wide.width() - 1, steps).any() } else { b.lit(0u8, 1) };
            let amount = amount | (above | special).replicate(steps);
            (amount, !amount.ult(b.lit(last, steps)))
        } else {
            (amount | special.replicate(steps), b.lit(0u8, 1))
        };
        let amount = amount.named("regime_shift");
        let beyond = beyond
            .named("is_beyond")
            .note("The run fills the word: maxpos as it is, or minpos after one step.");
        let first = (!(negative ^ sign) & !special).named("regime_bit");
        let second = ((negative ^ sign) & !special).named("regime_end");
        let mut word = first.cat(second);
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
        let sticky = sticky.named("sticky");
        let lowest = kept.bit(below);
        let read = |x: Bits<'b>| flip.map_or(x, |f| x ^ f.replicate(x.width()));
        let below = read(kept.low(below)).named("below");
        let up = magnitude_up(form.mode, sign, read(lowest), below, sticky, rnd);
        // The complement lacks one, unless the number goes up.
        let up = flip.map_or(up, |f| (up ^ f) & !special);
        let up = beyond.mux(second, up).named("increment");
        let body = kept.top(n - 1);
        let rounded = b.lit(0u8, n - 1).add_carry(body, up).named("rounded");
        ((sign & !special) | x.nar).cat(rounded)
    })
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
