//! Writes a posit: the shift that makes the regime, with the rounding in the same carry chain.
use super::normalize::select;
use holigen_generator::target::Kind;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;

/// A normalised number on its way to a code: `(significand + rest) * 2^scale`, the significand in two's complement
/// `sign . ~sign . fraction`, and `0 < rest < 1` unit of its last place if `sticky`.
#[derive(Clone, Copy)]
pub struct Unrounded<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// Two's complement.
    pub scale: Bits<'b>,
    /// Bits behind the sign and its complement; none if they are all zero.
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

/// The code, rounded to nearest on the bit string, ties to the even code; never to zero or NaR.
///
/// The string `regime, exponent, fraction` of a negative number, complemented, is that of its two's complement, so
/// nothing is negated: the fraction comes as it is, the exponent's complement from its sign. The word `10` (or `01`)
/// `exponent fraction` is shifted right arithmetically by the length of the run, and the increment is the carry in
/// of the addition whose operand the last level of the shifter is.
pub fn encode<'b>(b: &'b Builder, x: &Unrounded<'b>, f: &PositFormat) -> Bits<'b> {
    b.scope("round and encode", || {
        let (n, es) = (f.width(), f.es());
        let special = (x.zero | x.nar).named("is_special");
        let w = x.scale.width();
        let regime = x.scale.bits(w - 1, es);
        let negative = regime.msb();
        // Length of the run less one: r for r >= 0, -r - 1 for r < 0.
        let run = regime.low(regime.width() - 1);
        let run = (run ^ negative.replicate(run.width())).named("run_less_one");
        // A run over the whole word has amount n - 2. Of ones it is maxpos.
        let last = n - 2;
        let steps = 32 - last.leading_zeros();
        let wide = run.zext(run.width().max(steps));
        let above = wide.width() > steps;
        let amount = wide.low(steps);
        let (amount, beyond) = if x.saturates {
            let above = if above { wide.bits(wide.width() - 1, steps).any() } else { b.lit(0u8, 1) };
            let amount = amount | (above | special).replicate(steps);
            (amount, !amount.ult(b.lit(last, steps)))
        } else {
            (amount | special.replicate(steps), b.lit(0u8, 1))
        };
        let amount = amount.named("regime_shift");
        let beyond = beyond
            .named("is_beyond")
            .note("The run fills the word: maxpos as it is, or minpos after one step.");
        let first = (!(negative ^ x.sign) & !special).named("regime_bit");
        let second = ((negative ^ x.sign) & !special).named("regime_end");
        let mut word = first.cat(second);
        if es > 0 {
            word = word.cat((x.scale.low(es) ^ x.sign.replicate(es)).named("exponent"));
        }
        if let Some(t) = x.fraction {
            word = word.cat(t);
        }
        let (kept, sticky) = shift_right(b, word.named("regime_exponent_fraction"), amount, n, x.sticky);
        let guard = kept.bit(0).named("guard");
        let sticky = sticky.named("sticky");
        let up = beyond.mux(second, guard & (sticky | kept.bit(1))).named("increment");
        let body = kept.bits(n - 1, 1);
        let rounded = b.lit(0u8, n - 1).add_carry(body, up).named("rounded");
        let sign = (x.sign & !special) | x.nar;
        sign.cat(rounded)
    })
}

/// Arithmetic shift right; the top `keep` bits of it, and `sticky` with what falls off below.
///
/// Coarse steps first, four at a time where a lookup table holds a 4:1 multiplexer.
pub fn shift_right<'b>(
    b: &'b Builder,
    word: Bits<'b>,
    amount: Bits<'b>,
    keep: u32,
    sticky: Bits<'b>,
) -> (Bits<'b>, Bits<'b>) {
    let context = b.context();
    let pairs = context.target.kind == Kind::Lut && context.target.lut_inputs >= 6;
    let sign = word.msb();
    let mut value = word;
    let mut sticky = sticky;
    let mut at = amount.width();
    while at > 0 {
        let width = if pairs && at.is_multiple_of(2) { 2 } else { 1 };
        at -= width;
        let step = 1u32 << at;
        let digit = amount.bits(at + width - 1, at);
        // What later levels can bring up from below the kept bits: nothing, but they need what they keep.
        let wanted = keep + step - 1;
        let have = value.width();
        let longest = have + ((1 << width) - 1) * step;
        let out = wanted.min(longest);
        let shifted = |k: u32| {
            // `value` moved down by k steps: `out` bits from the top.
            let fill = (k * step).min(out);
            let left = out - fill;
            let part = if left == 0 {
                None
            } else if left <= have {
                Some(value.bits(have - 1, have - left))
            } else {
                Some(value.append_zeros(left - have))
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
        for k in 0..ways {
            let low = if k == 0 { 0 } else { fallen(k - 1) };
            if fallen(k) > low {
                let chunk = value.bits(fallen(k) - 1, low).any();
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
        value = value.append_zeros(keep - value.width());
    }
    (value.top(keep), sticky)
}
