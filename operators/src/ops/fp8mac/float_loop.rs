//! Accumulation in floating point, rounded every step.
//!
//! The product is normalised before the loop, so that the loop holds only what depends on the sum: compare
//! exponents, align the smaller, add in two's complement, normalise, round.
use super::architecture::{Product, Specials, output};
use super::{Mac, Output, dual_loop, eager_loop};
use crate::parts::codes;
use crate::parts::dual::fallen;
use crate::parts::normalize::{Last, Limit, normalize};
use crate::parts::round_fixed::{Base, Rounded, Unrounded, kept_bits, round};
use crate::parts::shift::shift_right_sticky;
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::FloatFormat;
use holigen_verif::round::Saturation;

/// A number on its way into the addition: `significand` has its first bit at the top unless it is zero, `field` is the
/// exponent field that this bit is worth.
pub(super) struct Term<'b> {
    pub sign: Bits<'b>,
    pub field: SInt<'b>,
    pub significand: Bits<'b>,
}

/// Builds the loop and drives `r`.
pub(super) fn build<'b>(
    mac: &Mac,
    b: &'b Builder,
    f: &FloatFormat,
    product: &Product<'b>,
    event: &Specials<'b>,
    first: Bits<'b>,
    rnd: Option<Bits<'b>>,
) {
    let term = b.scope("normalise the product", || product_term(mac, b, f, product));
    let operand = (mac.eager || mac.arch.is_dual(b)).then(|| {
        let range =
            (i64::from(mac.product_lsb() + f.bias()), product_field_most(mac, f, term.significand.width()));
        b.scope("product for the loop", || {
            dual_loop::operand(b, &term, range, f, mac.rounding(mac.acc_saturation))
        })
    });
    let (code, seen) = b.scope("accumulate", || {
        let acc = b.state("acc", f.width(), Some(first));
        let flag = |name: &str, wanted: bool| wanted.then(|| b.state(name, 1, Some(first)));
        let to_infinity = mac.acc_saturation == Saturation::OvfInf && f.has_infinity();
        let to_nan = mac.acc_saturation == Saturation::OvfInf && !f.has_infinity() && f.has_nan();
        let infinite = to_infinity || mac.can_be_infinite();
        let nan = flag("seen_nan", mac.can_be_nan() || to_nan);
        let plus = flag("seen_plus_infinity", infinite);
        let minus = flag("seen_minus_infinity", infinite);
        let no = b.lit(0u8, 1);
        let or_no = |x: Option<Bits<'b>>| x.unwrap_or(no);

        let (rounded, inexact_infinity) = match &operand {
            Some(x) => match rnd.filter(|_| mac.eager) {
                Some(random) => eager_loop::step(b, f, mac.rounding(mac.acc_saturation), x, acc, random),
                None => dual_loop::step(b, f, mac.rounding(mac.acc_saturation), x, acc, rnd),
            },
            None => step(mac, b, f, &zero_last(b, &term), acc, rnd),
        };
        let next = rounded.sign.cat(rounded.magnitude).named("sum");
        acc.write_state(next);
        // Once the sum has left the finite numbers, what its digits do means nothing.
        let before = or_no(nan) | or_no(plus) | or_no(minus);
        let counts = rounded.overflow & inexact_infinity & !(before | event.any());
        let update = |state: Option<Bits<'b>>, event: Bits<'b>, overflow: Bits<'b>| {
            let Some(state) = state else { return no };
            let next = state | event | overflow;
            state.write_state(next);
            next
        };
        let nan = update(nan, event.nan, if to_nan { counts } else { no });
        let gate = |x: Bits<'b>| if to_infinity { counts & x } else { no };
        let plus = update(plus, event.plus, gate(!rounded.sign));
        let minus = update(minus, event.minus, gate(rounded.sign));
        (next, Specials { nan: (nan | (plus & minus)).named("is_nan"), plus, minus })
    });
    let Output::Float { format, saturation } = mac.output else {
        unreachable!("refused by resolve");
    };
    let finite = if format == *f { code } else { b.scope("widen", || widen(b, code, f, &format)) };
    output(b, finite, &seen, &format, saturation);
}

/// The product with its first bit at the top.
fn product_term<'b>(mac: &Mac, b: &'b Builder, f: &FloatFormat, p: &Product<'b>) -> Term<'b> {
    let w = p.significand.width();
    let n = normalize(b, p.significand, b.lit(0u8, 1), Limit::Constant(w - 1), w, Last::Registered);
    // The top bit is worth 2^(weight - 2 + lsb + w - 1 - count).
    let offset = mac.product_lsb() - 2 + w as i32 - 1 + f.bias();
    let weight = p.weight.unsigned().to_signed();
    let field = weight + SInt::constant(b, i64::from(offset)) - n.count.unsigned().to_signed();
    Term { sign: p.sign, field, significand: n.kept.named("product_normalised") }
}

/// With an exponent below all others if it is zero.
fn zero_last<'b>(b: &'b Builder, term: &Term<'b>) -> Term<'b> {
    let width = term.field.bits().width() + 1;
    let least = b.signed_lit(-(1i64 << (width - 1)), width);
    let field = term.significand.msb().mux(term.field.resize(width).bits(), least).named("product_field");
    Term { field: field.signed(), ..*term }
}

/// `acc + term`, rounded, and whether an overflow is one to infinity in this direction.
fn step<'b>(
    mac: &Mac,
    b: &'b Builder,
    f: &FloatFormat,
    term: &Term<'b>,
    acc: Bits<'b>,
    rnd: Option<Bits<'b>>,
) -> (Rounded<'b>, Bits<'b>) {
    let (we, wf, p) = (f.we(), f.wf(), f.precision());
    let rounding = mac.rounding(mac.acc_saturation);
    let field = acc.bits(we + wf - 1, wf);
    let normal = field.any().named("acc_normal");
    let acc_field = if we == 1 { b.lit(1u8, 1) } else { field.top(we - 1).cat(field.bit(0) | !normal) };
    let fraction = (wf > 0).then(|| acc.low(wf));
    let acc_significand = fraction.map_or(normal, |t| normal.cat(t));
    let acc_field = acc_field.named("acc_field").unsigned().to_signed();
    let acc_sign = acc.msb();

    // The larger exponent leads; of two zeros it does not matter which.
    let (ahead, behind) = (term.field - acc_field, acc_field - term.field);
    let product_leads = (!ahead.is_negative()).named("product_leads");
    let distance = product_leads.mux(ahead.bits(), behind.bits());
    let distance = distance.low(distance.width() - 1).named("alignment");
    let pw = term.significand.width();
    let wide = pw.max(p);
    let left = |x: Bits<'b>| x.append_zeros(wide - x.width());
    let (x, y) = (left(term.significand), left(acc_significand));
    let large = product_leads.mux(x, y).named("large");
    let small = product_leads.mux(y, x).named("small");
    let large_sign = product_leads.mux(term.sign, acc_sign).named("large_sign");
    let subtract = (term.sign ^ acc_sign).named("effective_subtraction");

    // Enough below that one place of cancellation still leaves the rounding exact; one sticky bit for the rest.
    let frame = (wide + 1).max(kept_bits(f, rounding.mode) + 1);
    let fallen = fallen(small, distance, frame);
    let (aligned, _) = shift_right_sticky(small.append_zeros(frame - wide), distance, u64::MAX);
    let aligned = aligned.cat(fallen).named("aligned");
    let w = frame + 3;
    let base = large.append_zeros(frame + 1 - wide).zext(w);
    let sum = base.add_carry(aligned.zext(w) ^ subtract.replicate(w), subtract).named("aligned_sum");
    let complement = sum.msb();
    let sign = large_sign ^ complement;

    // The top bit behind the sign is worth one binade more than the larger operand's.
    let product_most = u64::try_from(product_field_most(mac, f, pw)).unwrap_or(0);
    let acc_most = (1u64 << we) - 1;
    let most = product_most.max(acc_most);
    let bits = 64 - (most + 1).leading_zeros();
    let larger_field = product_leads.mux(
        term.field.resize(bits.max(term.field.bits().width())).bits().low(bits),
        acc_field.bits().zext(bits.max(we + 1)).low(bits),
    );
    let larger_field = larger_field.named("larger_field");
    let behind_sign = sum.low(w - 1).append_zeros(1);
    // The least exponent field is 1: base (larger_field + 1) - 1 places at most. What has lost more than one digit in front
    // of the operands' has none below them.
    let limit = Limit::Variable(larger_field, (wide + 1).min(w - 1));
    let last = if mac.turns > 1 { Last::Registered } else { Last::Selected };
    let normalized = normalize(b, behind_sign, complement, limit, kept_bits(f, rounding.mode), last);
    let one_up = larger_field.unsigned() + b.lit(1u8, 1).unsigned();
    // A sum of exactly zero is +0.
    let nonzero = (sum.any()).named("sum_is_not_zero");
    let number = Unrounded {
        normalized,
        complement,
        sign: sign & nonzero,
        base: Base::Variable(one_up.bits().low(bits)),
        largest_field: most + 1,
        vanishing: true,
    };
    let rounded = round(b, &number, f, rounding, rnd);
    let infinite = overflows_to_infinity(b, f, &rounded);
    (rounded, infinite)
}

/// One bit, of a sum that overflows: to infinity. One that stops at the largest number leaves none.
pub(super) fn overflows_to_infinity<'b>(b: &'b Builder, f: &FloatFormat, sum: &Rounded<'b>) -> Bits<'b> {
    !sum.magnitude.equals(b.lit(codes::largest(f), codes::magnitude_bits(f)))
}

/// The largest exponent field that a product's top bit can be worth.
fn product_field_most(mac: &Mac, f: &FloatFormat, pw: u32) -> i64 {
    use crate::parts::unpack::largest_exponent_field;
    let weight = largest_exponent_field(&mac.a, mac.care) + largest_exponent_field(&mac.b, mac.care);
    weight as i64 - 2 + i64::from(mac.product_lsb() + pw as i32 - 1 + f.bias())
}

/// The same value in a format that holds all values of `f`.
fn widen<'b>(b: &'b Builder, code: Bits<'b>, f: &FloatFormat, to: &FloatFormat) -> Bits<'b> {
    let (we, wf, p) = (f.we(), f.wf(), f.precision());
    let field = code.bits(we + wf - 1, wf);
    let normal = field.any();
    let significand = if wf > 0 { normal.cat(code.low(wf)) } else { normal };
    let clamped = if we == 1 { b.lit(1u8, 1) } else { field.top(we - 1).cat(field.bit(0) | !normal) };
    // Subnormal numbers of the narrow format are normal in the wide one, as far as its exponents go.
    let limit = u32::try_from(f.emin() - to.emin()).unwrap_or(0).min(p - 1);
    let n = normalize(b, significand, b.lit(0u8, 1), Limit::Constant(limit), p, Last::Registered);
    let w = to.we() + 2;
    let rebias = SInt::constant(b, i64::from(to.bias() - f.bias()));
    let wide = (clamped.unsigned().to_signed() + rebias).resize(w).bits();
    let wide = wide.wrapping_sub(n.count.zext(w.max(n.count.width())).low(w)).named("widened_field");
    let out_field = wide.low(to.we()).gate(n.kept.msb());
    let mut magnitude = out_field;
    if p > 1 {
        magnitude = magnitude.cat(n.kept.low(p - 1));
    }
    let magnitude = magnitude.append_zeros(to.wf() - wf);
    // Minus zero, where it has no code of its own, is zero.
    let sign = code.msb();
    let keeps = to.has_negative_zero() || !f.has_negative_zero();
    let sign = if keeps { sign } else { sign & magnitude.any() };
    sign.cat(magnitude).named("widened")
}
