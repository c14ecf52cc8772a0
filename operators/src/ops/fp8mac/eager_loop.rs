//! One step of an accumulation in floating point that is rounded stochastically in the addition itself.
//!
//! The random word is added to the larger operand while the smaller one is aligned: below the last kept digit, once for
//! each of the three places where a sum with something below can lead (the carry, the first digit of the larger operand,
//! the second). Which of the three it is tells the sum, and nothing is left to be added behind it. A sum that leads further
//! down has lost its digits by cancellation of operands one place apart at most: it is exact, and only normalised.
//!
//! The idea is that of E. Ben Ali, S. Filip, O. Sentieys, DATE 2024, who add the bits below the kept ones ahead and correct
//! behind the normalisation.
use super::dual_loop::{Operand, Sum, fit, read_sum};
use super::float_loop::overflows_to_infinity;
use crate::parts::dual::{fallen, normalize_marked};
use crate::parts::round_fixed::{Rounded, Rounding, finish};
use crate::parts::shift::shift_right_sticky;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FloatFormat;

/// The operands of the addition. Digits count from the first one of the larger.
struct Aligned<'b> {
    /// From the first digit on.
    large: Bits<'b>,
    /// As a summand: a carry digit and `frame` digits; its complement if it is to be subtracted.
    small: Bits<'b>,
    /// One bit: it is, and nothing of it lies below the frame, so that the complement lacks one.
    carry: Bits<'b>,
    /// One bit.
    sign: Bits<'b>,
    /// Exponent field of the first digit; 0 if both are subnormal.
    field: Bits<'b>,
    /// Its largest value.
    most: u64,
    frame: u32,
}

/// `acc + product`, rounded by the random word, and whether an overflow is one to infinity. A normal product has as many
/// digits as the accumulator at most.
pub(super) fn step<'b>(
    b: &'b Builder,
    f: &FloatFormat,
    rounding: Rounding,
    product: &Operand<'b>,
    acc: Bits<'b>,
    rnd: Bits<'b>,
) -> (Rounded<'b>, Bits<'b>) {
    let stored = read_sum(f, acc);
    let x = b.scope("order and align", || order(f, product, &stored, acc, rnd.width()));
    let add = |base: Bits<'b>| base.zext(x.frame + 1).add_carry(x.small, x.carry);
    let sum = add(x.large.append_zeros(x.frame - x.large.width())).named("aligned_sum");
    let sums =
        [0, 1, 2].map(|k| add(with_random(&x, f.precision(), k, rnd)).named(&format!("rounded_after_{k}")));
    // Digit -1 is the carry.
    let digits = |sum: Bits<'b>, first: i32, n: u32| {
        let high = (x.frame as i32 - 1 - first) as u32;
        sum.bits(high, high + 1 - n)
    };
    let digit = |sum: Bits<'b>, at: i32| digits(sum, at, 1);

    let wf = f.wf();
    let bits = x.field.width() + 1;
    let (field, one) = (x.field.zext(bits), b.lit(1u8, bits));
    let one_up = field.wrapping_add(one).named("field_one_up");
    let one_down = field.wrapping_sub(one).named("field_one_down");
    // A sum that rounding brings to the next binade has no other digit: its fraction is zero at any place. Subnormal numbers
    // end where those with the field 1 do.
    let by_carry = (digit(sum, -1) | !x.field.any()).named("leads_by_carry");
    let first = digit(sum, 0) | x.field.is(1);
    let second = digit(sums[2], 0) | digit(sums[2], 1) | x.field.is(2);
    let fields = [
        digit(sums[0], -1).mux(one_up, field),
        digit(sums[1], -1).mux(one_up, field.gate(digit(sums[1], 0))),
        digit(sums[2], 0).mux(field, one_down.gate(digit(sums[2], 1))),
    ];
    let codes_at = |k: usize| fields[k].cat(digits(sums[k], k as i32, wf));
    let rounded = by_carry.mux(codes_at(0), first.mux(codes_at(1), codes_at(2))).named("rounded");
    // A sum of exactly zero is +0.
    let sign = x.sign & sum.any().named("sum_is_not_zero");
    let cancelled = (!(by_carry | first | second)).named("more_digits_cancel");
    let behind = digits(sums[2], 2, wf);
    let exact = b.scope("normalise", || normalised(b, &x, behind, bits));
    let code = cancelled.mux(exact, rounded);
    let rounded = finish(b, sign, code, true, x.most + 1, f, rounding);
    let infinite = overflows_to_infinity(b, f, &rounded);
    (rounded, infinite)
}

/// Exponent and fraction of a sum of which `behind` is left, the digits from the third on, not further down than a field of 1
/// allows.
fn normalised<'b>(b: &'b Builder, x: &Aligned<'b>, behind: Bits<'b>, bits: u32) -> Bits<'b> {
    let (wf, no) = (behind.width(), b.lit(0u8, 1));
    let mark = |place: u32| {
        let field = u64::from(place) + 3;
        if field <= x.most { x.field.is(field) } else { no }
    };
    let marks = (1..wf).map(mark).fold(mark(0), Bits::cat).named("least_place");
    let (value, count) = match wf {
        1 => (behind.append_zeros(1), no),
        _ => normalize_marked(b, behind, no, marks, wf + 1),
    };
    let hidden = value.msb().named("hidden_bit");
    let two_down = x.field.zext(bits).wrapping_sub(b.lit(2u8, bits)).named("field_two_down");
    let field = two_down.wrapping_sub(fit(count, bits)).gate(hidden).named("field_below");
    field.cat(value.low(wf))
}

/// The larger magnitude first, so that no sum is negative.
fn order<'b>(
    f: &FloatFormat,
    product: &Operand<'b>,
    stored: &Sum<'b>,
    acc: Bits<'b>,
    random_bits: u32,
) -> Aligned<'b> {
    let (p, wide) = (f.precision(), product.digits.width().max(f.precision()));
    let bits = product.field.width().max(f.we());
    let left = |x: Bits<'b>| x.append_zeros(wide - x.width());
    // The product in the form of the sum.
    let digits = left(product.digits);
    let hidden = digits.msb();
    let product_field = product.field.gate(hidden).zext(bits);
    let product_code = product_field.cat(digits.low(wide - 1));
    let product_digits = hidden.mux(digits, digits.low(wide - 1).append_zeros(1));
    let (acc_field, acc_digits) = (stored.field.zext(bits), left(stored.digits));

    // The order of codes is that of magnitudes.
    let acc_code = acc_field.cat(acc.low(f.wf()).append_zeros(wide - p));
    let leads = (!product_code.ult(acc_code)).named("product_leads");
    let ahead = product_field.wrapping_sub(acc_field);
    let behind = acc_field.wrapping_sub(product_field);
    let distance = leads.mux(ahead, behind).named("alignment");
    let most = product.most.max((1 << f.we()) - 1);

    // Enough for the random word behind the second place. What is below is subtracted too: it takes the one that the
    // complement lacks.
    let frame = wide.max(p + random_bits + 1);
    let small = leads.mux(acc_digits, product_digits).named("small");
    let fallen = fallen(small, distance, frame);
    let (aligned, _) = shift_right_sticky(small.append_zeros(frame - wide), distance, most);
    let subtract = (product.sign ^ stored.sign).named("effective_subtraction");
    Aligned {
        large: leads.mux(product_digits, acc_digits).named("large"),
        small: aligned.named("aligned").zext(frame + 1) ^ subtract.replicate(frame + 1),
        carry: subtract & !fallen,
        sign: leads.mux(product.sign, stored.sign).named("large_sign"),
        field: leads.mux(product_field, acc_field).named("larger_field"),
        most,
        frame,
    }
}

/// The larger operand and the random word, which stands behind the last kept digit if the sum leads `k` places behind
/// the carry.
fn with_random<'b>(x: &Aligned<'b>, precision: u32, k: u32, rnd: Bits<'b>) -> Bits<'b> {
    let n = rnd.width();
    let random = rnd.append_zeros(x.frame + 1 - precision - n - k);
    // The large operand's digits begin here.
    let low = x.frame - x.large.width();
    if random.width() <= low {
        return x.large.cat(random.zext(low));
    }
    let beside = random.bits(random.width() - 1, low);
    let high = (x.large.unsigned() + beside.unsigned()).bits();
    if low == 0 { high } else { high.cat(random.low(low)) }
}
