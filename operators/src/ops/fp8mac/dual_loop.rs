//! One step of an accumulation in floating point by two paths, for speed.
//!
//! All that depends on the product alone is done before the loop: it comes normalised, its exponent field at least one.
//! The sum is read as it is stored: a subnormal one as twice its fraction with the field 0, so that the distance of the
//! fields is the first operation of the loop, and the product leads whenever the sum is subnormal.
//!
//! Where signs differ and fields by at most one, many digits can cancel: the near path subtracts, in two's complement
//! relative to the product's field, and normalises, with a bound that the product gives. Otherwise at most one digit
//! cancels: the far path aligns, adds and chooses among three places. Both meet in the addition that rounds and packs.
use super::float_loop::{Term, overflows_to_infinity};
use crate::parts::codes;
use crate::parts::dual::{fallen, normalize_marked};
use crate::parts::round_fixed::{Below, Rounded, Rounding, finish, overflow_code};
use crate::parts::shift::shift_right_sticky;
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::RoundMode;

/// Whether there is such a loop: for sums with subnormal numbers and a fraction.
pub(super) fn possible(f: &FloatFormat) -> bool {
    f.is_signed() && f.encoding() != Encoding::Scale && f.has_subnormals() && f.we() >= 2 && f.wf() >= 1
}

/// The product as the loop takes it.
pub(super) struct Operand<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// Exponent field of the first digit, at least 1; 1 where that digit is not set.
    pub field: Bits<'b>,
    /// Largest value of the field.
    pub most: u64,
    /// The first digit first; the last one may stand for all below it.
    pub digits: Bits<'b>,
}

/// Brings a product whose fields are `range` (of other than zero) into that form.
pub(super) fn operand<'b>(
    b: &'b Builder,
    term: &Term<'b>,
    range: (i64, i64),
    f: &FloatFormat,
    rounding: Rounding,
) -> Operand<'b> {
    let most = u64::try_from(range.1).unwrap_or(0).max(1);
    let bits = 64 - most.leading_zeros();
    let one = b.lit(1u8, bits);
    let wide = |x: Bits<'b>| if x.width() < bits { x.zext(bits) } else { x.low(bits) };
    if range.0 >= 1 {
        let field = term.significand.msb().mux(wide(term.field.bits()), one).named("product_field_or_1");
        return Operand { sign: term.sign, field, most, digits: term.significand };
    }
    // Below the least normal number: shifted right. No product has a digit of less weight than the least one's. What lies
    // two places below the guard digit is one digit.
    let w = term.significand.width();
    let all = w.max(u32::try_from(2 - range.0).unwrap_or(u32::MAX));
    let frame = all.min(w.max(f.precision() + Below::of(rounding.mode).bits + 3));
    let field = term.field.bits();
    let negative = (term.field - SInt::constant(b, 1)).is_negative();
    let low = (negative | !term.significand.msb()).named("product_is_low");
    let places = b.lit(1u8, 1).zext(field.width()).wrapping_sub(field).gate(low).named("product_places_down");
    let (digits, fell) =
        shift_right_sticky(term.significand.append_zeros(frame - w), places, (1 - range.0).max(1) as u64);
    let digits = if all > frame { digits.cat(fell) } else { digits };
    let field = low.mux(one, wide(field)).named("product_field_or_1");
    Operand { sign: term.sign, field, most, digits: digits.named("product_digits") }
}

/// The sum's code, read.
pub(super) struct Sum<'b> {
    pub sign: Bits<'b>,
    /// As stored: 0 of subnormal numbers.
    pub field: Bits<'b>,
    /// With the implicit digit of normal numbers; of others twice the fraction. `wf + 1` bits.
    pub digits: Bits<'b>,
    /// One bit.
    zero: Bits<'b>,
}

/// Reads the accumulator.
pub(super) fn read_sum<'b>(f: &FloatFormat, acc: Bits<'b>) -> Sum<'b> {
    let (we, wf, one) = (f.we(), f.wf(), acc.builder().lit(1u8, 1));
    let (field, fraction) = (acc.bits(we + wf - 1, wf), acc.low(wf));
    let normal = field.any().named("acc_is_normal");
    Sum {
        sign: acc.msb(),
        field,
        digits: normal.mux(one.cat(fraction), fraction.append_zeros(1)).named("acc_digits"),
        zero: (!acc.low(we + wf).any()).named("acc_is_zero"),
    }
}

/// `acc + product`, rounded, and whether an overflow is one to infinity.
pub(super) fn step<'b>(
    b: &'b Builder,
    f: &FloatFormat,
    rounding: Rounding,
    product: &Operand<'b>,
    acc: Bits<'b>,
    rnd: Option<Bits<'b>>,
) -> (Rounded<'b>, Bits<'b>) {
    let sum = read_sum(f, acc);
    let subtract = (product.sign ^ sum.sign).named("effective_subtraction");
    let near = b.scope("near path", || near(b, product, &sum, f, rounding.mode));
    let (far, near_chosen) = b.scope("far path", || far(b, product, &sum, subtract, f, rounding.mode));
    b.scope("round and pack", || pack(b, near_chosen, (&near, &far), product.most, f, rounding, rnd))
}

/// A path's result before rounding.
struct Path<'b> {
    /// One bit.
    sign: Bits<'b>,
    /// Digits from the first to the last that rounding adds to.
    digits: Bits<'b>,
    /// One bit: what is added to the last of them.
    increment: Bits<'b>,
    /// The exponent field is the sum of both, modulo their width.
    field: (Bits<'b>, Bits<'b>),
}

fn near<'b>(b: &'b Builder, p: &Operand<'b>, sum: &Sum<'b>, f: &FloatFormat, mode: RoundMode) -> Path<'b> {
    let wide = p.digits.width().max(f.precision());
    let left = |x: Bits<'b>| x.append_zeros(wide - x.width());
    let (no, n) = (b.lit(0u8, 1), wide + 2);
    // The frame begins a place above the product. The sum stands there, beside the product or below it.
    let low = |x: Bits<'b>| if x.width() > 2 { x.low(2) } else { x.zext(2) };
    // Of the difference the last two bits will do: a table, not a carry chain.
    let entries: Vec<u64> = (0..16).map(|i: u64| (i >> 2).wrapping_sub(i) & 3).collect();
    let apart = b.table("difference_modulo_4", low(p.field).cat(low(sum.field)), 2, &entries);
    let apart = apart.named("fields_apart");
    let s = left(sum.digits);
    let (above, beside, under) = (s.append_zeros(2), no.cat(s).cat(no), s.zext(n));
    let placed = apart.bit(1).mux(above, apart.bit(0).mux(under, beside)).named("acc_placed");
    let frame = no.cat(left(p.digits)).cat(no);
    let difference = frame.zext(n + 1).wrapping_sub(placed.zext(n + 1)).named("difference");
    let negative = difference.msb();
    // A zero below: its complement keeps even -1 from vanishing.
    let raw = difference.low(n).append_zeros(1);
    // Where the exponent field would be 1: no first digit is looked for below.
    let mark = |place: u32| {
        let is = place > 0 && u64::from(place) <= p.most;
        if is { p.field.is(u64::from(place)) } else { no }
    };
    let marks = (1..=n).map(mark).fold(mark(0), Bits::cat).named("least_place");
    let below = Below::of(mode);
    let (d, bits) = (f.precision() + below.bits, field_bits(p.most, f));
    let keep = (d + 1).max(n + 1);
    let (value, count) = b.scope("normalise", || normalize_marked(b, raw, negative, marks, keep));
    let (digits, guard) = (value.top(d) ^ negative.replicate(d), value.top(d + 1).bit(0));
    let rest = match value.width() - d - 1 {
        0 => no,
        more => value.low(more).any(),
    };
    // The complement's missing one reaches the digits only through zeros.
    let first = (p.field.unsigned() + b.lit(2u8, 2).unsigned()).bits();
    let (first, count) = (fit(first, bits), fit(count, bits));
    // The first digit is set of normal results; others have field 0.
    let change = digits.msb().mux(!count, b.lit(0u8, bits).wrapping_sub(first));
    let sign = (difference.any() & negative.mux(sum.sign, p.sign)).named("near_sign");
    let carry = negative & !guard & !rest;
    let up = below.up(mode, sign, guard ^ (negative & rest), rest, digits.bit(0));
    let increment = (carry | up).named("near_increment");
    Path { sign, digits, increment, field: (first, change.named("near_field_change")) }
}

fn far<'b>(
    b: &'b Builder,
    p: &Operand<'b>,
    sum: &Sum<'b>,
    subtract: Bits<'b>,
    f: &FloatFormat,
    mode: RoundMode,
) -> (Path<'b>, Bits<'b>) {
    let (bits, wide) = (field_bits(p.most, f), p.digits.width().max(f.precision()));
    let left = |x: Bits<'b>| x.append_zeros(wide - x.width());
    let ahead = p.field.zext(bits).wrapping_sub(sum.field.zext(bits)).named("fields_ahead");
    let product_leads = (!ahead.msb()).named("product_leads");
    // Behind, the complement of the distance is one less: the product stands one place further down from the start.
    let distance = (ahead.low(bits - 1) ^ ahead.msb().replicate(bits - 1)).named("alignment");
    let near = !distance.bits(bits - 2, 1).any() & (!distance.bit(0) | product_leads);
    let large = product_leads.mux(left(p.digits), left(sum.digits)).named("large");
    let small =
        product_leads.mux(left(sum.digits).append_zeros(1), left(p.digits).zext(wide + 1)).named("small");
    let below = Below::of(mode);
    let d = f.precision() + below.bits;
    // A guard digit, and one more for the place that may cancel.
    let frame = (wide + 1).max(d + 2);
    // Distances beyond the frame take the digits away where they are added, beside the shifter's levels.
    let within = (32 - frame.leading_zeros()).min(distance.width());
    let near_enough = match distance.width() - within {
        0 => b.lit(1u8, 1),
        more => !distance.top(more).any(),
    };
    let small_wide = small.append_zeros(frame - wide - 1);
    let (aligned, _) = shift_right_sticky(small_wide, distance.low(within), (1 << within) - 1);
    let (acc_any, product_any) = (!sum.zero, p.digits.any());
    let some = product_leads.mux(acc_any, product_any).named("small_is_not_zero");
    let gone = (some & !near_enough).own_table();
    let fallen = (fallen(small, distance.low(within), frame) | gone).named("fallen");
    let (w, one) = (frame + 1, b.lit(1u8, 1));
    let operand = aligned.named("aligned").gate(near_enough).zext(w) ^ subtract.replicate(w);
    // What fell off is subtracted too: it takes the carry of the two's complement.
    let base = large.append_zeros(frame - wide).zext(w);
    let total = base.cat(one).wrapping_add(operand.cat(subtract & !fallen)).bits(w, 1).named("aligned_sum");
    let (carry, hidden) = (total.bit(w - 1), total.bit(w - 2));
    let down = !hidden & subtract;
    let at = |from: u32| total.bits(from, from - d);
    let kept = carry.mux(at(w - 1), down.mux(at(w - 3), at(w - 2))).named("far_significand");
    // Bits below the guard digit: the higher the place, the more.
    let lowest = w - 3 - d;
    let always = if lowest > 0 { fallen | total.low(lowest).any() } else { fallen };
    let always = always.named("far_sticky_of_all").own_table();
    let rest = always | (total.bit(lowest) & !down) | (total.bit(lowest + 1) & carry);
    let field = product_leads.mux(fit(p.field, bits), fit(sum.field, bits)).named("larger_field");
    let one_up = fit((field.unsigned() + one.unsigned()).bits(), bits);
    let change = (!carry).replicate(bits - 1).cat(carry.mux(b.lit(0u8, 1), hidden));
    let nothing = !acc_any & !product_any;
    let rest = rest.named("far_sticky").own_table();
    let sign = (product_leads.mux(p.sign, sum.sign) & !nothing).named("far_sign");
    let increment = below.up(mode, sign, kept.bit(0), rest, kept.bit(1));
    let field = (one_up, change.named("far_field_change"));
    let path = Path { sign, digits: kept.bits(d, 1), increment, field };
    (path, (near & subtract).named("near_path_chosen"))
}

/// Width of exponent fields on the way: the largest one, one more, and a sign.
fn field_bits(most: u64, f: &FloatFormat) -> u32 {
    let most = most.max((1 << f.we()) - 1);
    64 - (most + 2).leading_zeros() + 1
}

/// Zeros above, or cut.
pub(super) fn fit(x: Bits<'_>, bits: u32) -> Bits<'_> {
    if x.width() < bits { x.zext(bits) } else { x.low(bits) }
}

fn pack<'b>(
    b: &'b Builder,
    near_chosen: Bits<'b>,
    (near, far): (&Path<'b>, &Path<'b>),
    most: u64,
    f: &FloatFormat,
    rounding: Rounding,
    rnd: Option<Bits<'b>>,
) -> (Rounded<'b>, Bits<'b>) {
    let below = Below::of(rounding.mode);
    let either = |of: fn(&Path<'b>) -> Bits<'b>| near_chosen.mux(of(near), of(far));
    let sign = either(|p| p.sign).named("sum_sign");
    let digits = either(|p| p.digits).named("significand");
    let increment = either(|p| p.increment).named("increment");
    let (first, change) = (either(|p| p.field.0), either(|p| p.field.1));
    let wf = f.wf();
    let packed = change.cat(digits.low(wf + below.bits));
    let addend = below.with_random(first.append_zeros(wf), rnd);
    let code = addend.add_carry(packed, increment).named("rounded").top(first.width() + wf);
    // The sign of the field, which has no meaning.
    let code = code.low(code.width() - 1);
    let largest_field = (most + 1).max((1 << f.we()) - 1);
    let rounded = finish(b, sign, code, true, largest_field, f, rounding);
    let (largest, bits) = (codes::largest(f), codes::magnitude_bits(f));
    if [true, false].iter().all(|negative| overflow_code(f, rounding, *negative).1 != largest) {
        // No overflow leaves a number: the flags say so, and what the code is then means nothing.
        let magnitude = fit(code, bits);
        return (Rounded { magnitude, ..rounded }, b.lit(1u8, 1));
    }
    let infinite = overflows_to_infinity(b, f, &rounded);
    (rounded, infinite)
}
