//! The sum of two floating-point terms, rounded once.
use super::normalize::{Last, Limit, normalize};
use super::pack::{Magnitude, pack};
use super::result::FloatResult;
use super::round_fixed::{Base, Rounded, Unrounded, kept_bits, round};
use super::shift::shift_right_sticky;
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::Encoding;
use holigen_verif::round::RoundMode;

/// A term.
#[derive(Clone, Copy)]
pub struct Term<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// Its top bit is worth `2^(field - 1)` times the least normal result: it is the exponent field of a result
    /// of that weight. Zeros and numbers with more leading zeros than [`Term::slack`] have a field of 1 at most
    /// (there rounding is in units that don't get smaller), or the least of both terms.
    pub significand: Bits<'b>,
    /// See there.
    pub field: SInt<'b>,
    /// Least and largest field.
    pub range: (i64, i64),
    /// Leading zeros of other numbers.
    pub slack: u32,
    /// One bit, if a zero may have any significand: the term is not zero. Its field is then so low that nothing but
    /// a sticky bit is left of a zero.
    pub nonzero: Option<Bits<'b>>,
}

/// Fields of two terms that are as far apart as this leave nothing but a sticky bit of the lower.
pub fn far(widths: [u32; 2], slack: u32, r: &FloatResult) -> i64 {
    i64::from(frame(widths[0].max(widths[1]), slack, r)) + 1
}

/// Bits of the larger term and below that an addition keeps: enough that after as many leading zeros, and one more
/// from cancellation, rounding is still exact.
fn frame(wide: u32, slack: u32, r: &FloatResult) -> u32 {
    (wide + 1).max(kept_bits(&r.format, r.rounding.mode) + 1) + slack
}

/// What is known of two terms.
#[derive(Clone, Copy)]
pub enum Order<'b> {
    /// Nothing: fields are compared, and of terms with equal fields either may be the larger.
    Fields,
    /// One bit: the first term is at least as large as the second.
    Magnitudes(Bits<'b>),
}

/// Rounds `x + y`.
///
/// The term with the larger field leads, the other is shifted right, with one sticky bit for what falls off: where
/// more than one place falls, at most one cancels. A sum of terms in unknown order is kept in two's complement.
pub fn add<'b>(
    b: &'b Builder,
    x: &Term<'b>,
    y: &Term<'b>,
    order: Order<'b>,
    r: &FloatResult,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    let (f, mode) = (&r.format, r.rounding.mode);
    let (x_leads, distance) = match order {
        Order::Fields => {
            let (ahead, behind) = (x.field - y.field, y.field - x.field);
            let leads = (!ahead.is_negative()).named("a_leads");
            let distance = leads.mux(ahead.bits(), behind.bits());
            (leads, distance.low(distance.width() - 1))
        }
        Order::Magnitudes(leads) => {
            let w = x.field.bits().width().max(y.field.bits().width());
            let (u, v) = (x.field.resize(w).bits(), y.field.resize(w).bits());
            (leads, leads.mux(u, v).wrapping_sub(leads.mux(v, u)))
        }
    };
    let distance = distance.named("alignment");
    let most = (x.range.1 - y.range.0).max(y.range.1 - x.range.0).max(0) as u64;
    let wide = x.significand.width().max(y.significand.width());
    let left = |x: Bits<'b>| x.append_zeros(wide - x.width());
    let (u, v) = (left(x.significand), left(y.significand));
    let large = x_leads.mux(u, v).named("large");
    let small = x_leads.mux(v, u).named("small");
    let large_sign = x_leads.mux(x.sign, y.sign).named("large_sign");
    let subtract = (x.sign ^ y.sign).named("effective_subtraction");

    // One sticky bit for what falls off; what cannot needs no place.
    let needed = frame(wide, x.slack.max(y.slack), r);
    let all = u64::from(wide) + most;
    let telling = x.nonzero.is_some() || y.nonzero.is_some();
    let exact = all <= u64::from(needed) && !telling;
    let frame = if exact { all as u32 } else { needed };
    let (aligned, fell) = shift_right_sticky(small.append_zeros(frame - wide), distance, most);
    let fell = if telling {
        let yes = b.lit(1u8, 1);
        fell & x_leads.mux(y.nonzero.unwrap_or(yes), x.nonzero.unwrap_or(yes))
    } else {
        fell
    };
    let aligned = if exact { aligned } else { aligned.cat(fell) }.named("aligned");
    let base = large.append_zeros(aligned.width() - wide);
    let signed = matches!(order, Order::Fields);
    let w = aligned.width() + 1 + u32::from(signed);
    let sum = base.zext(w).add_carry(aligned.zext(w) ^ subtract.replicate(w), subtract).named("aligned_sum");
    let no = b.lit(0u8, 1);
    let (behind_sign, complement) = if signed { (sum.low(w - 1), sum.msb()) } else { (sum, no) };
    let nonzero = sum.any().named("sum_is_not_zero");
    // An exact zero from terms of different signs is +0, but -0 where rounding goes down.
    let cancelled = subtract & !nonzero;
    let sign = large_sign ^ complement;
    let sign = if mode == RoundMode::Rdn { sign | cancelled } else { sign & !cancelled };

    let low = x.range.0.max(y.range.0);
    let high = x.range.1.max(y.range.1);
    let field_w = x.field.bits().width().max(y.field.bits().width());
    let larger =
        x_leads.mux(x.field.resize(field_w).bits(), y.field.resize(field_w).bits()).named("larger_field");
    // The first bit behind the sign is worth one binade more than the larger term's.
    if low >= 0 && f.encoding() != Encoding::Scale {
        let bits = (64 - (high + 1).leading_zeros()).max(1);
        let larger = if larger.width() >= bits { larger.low(bits) } else { larger.zext(bits) };
        // The least exponent field is 1: base (larger + 1) - 1 places at most.
        let limit = Limit::Variable(larger, behind_sign.width().min(high as u32 + 1));
        let behind = behind_sign.append_zeros(u32::from(signed));
        let kept = kept_bits(f, mode);
        let normalized =
            b.scope("normalise", || normalize(b, behind, complement, limit, kept, Last::Selected));
        let one_up = larger.unsigned() + b.lit(1u8, 1).unsigned();
        let number = Unrounded {
            normalized,
            complement,
            sign,
            base: Base::Variable(one_up.bits().low(bits)),
            largest_field: high as u64 + 1,
            vanishing: true,
        };
        return b.scope("round and pack", || round(b, &number, f, r.rounding, rnd));
    }
    // Results can be subnormal by more than the terms are: normalise first, then shift right.
    let (n, kept) = (behind_sign.width(), kept_bits(f, mode));
    let magnitude = if signed {
        (behind_sign ^ complement.replicate(n)).wrapping_add(complement.zext(n)).named("sum_magnitude")
    } else {
        behind_sign
    };
    let limit = Limit::Constant(n - 1);
    let s = b.scope("normalise", || normalize(b, magnitude, no, limit, kept, Last::Selected));
    let excess = larger.signed() - s.count.unsigned().to_signed();
    let number = Magnitude {
        sign,
        digits: no.cat(s.kept),
        rest: s.rest,
        excess,
        range: (x.range.0.min(y.range.0) - i64::from(n), high),
        zero: !nonzero,
        nonzero,
    };
    b.scope("round and pack", || pack(b, &number, f, r.rounding, rnd))
}
