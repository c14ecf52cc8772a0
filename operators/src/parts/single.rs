//! The sum of two numbers of one format by one path, for area where a lookup table has six inputs.
//!
//! The larger magnitude leads, so no sum is negative, and only that operand's code need be looked at for infinities and
//! NaNs. Its exponent field marks the place where the exponent would be the least: normalisation stops there, and what
//! normalises counts down the field by the complement of its digits, in the addition that rounds and packs.
use super::codes;
use super::normalize::select;
use super::ordered::{Compared, Ordered};
use super::result::FloatResult;
use super::round_fixed::{Below, above, finish_with, overflow_code};
use super::shift::shift_right_sticky;
use super::specials::{self, Specials, infinity_code};
use super::unpack::{Care, largest_exponent_field};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::RoundMode;
use num_bigint::BigUint;

/// Whether this structure is the small one: its levels take four places at once. For formats of [`super::dual::possible`].
pub fn suits(b: &Builder) -> bool {
    b.context().target.has_wide_tables()
}

/// The operands, the larger magnitude first, and what is seen of specials.
struct Operands<'b> {
    ordered: Ordered<'b>,
    /// Exponent and fraction of the larger as they stand in its code.
    magnitude: Bits<'b>,
    /// One bit: an operand is a NaN that is not seen in the larger magnitude.
    nan: Bits<'b>,
}

/// `a + c`, or `a - c` where `minus` (one bit) is set, rounded once: the code.
pub fn add<'b>(
    b: &'b Builder,
    (a, c): (Bits<'b>, Bits<'b>),
    minus: Bits<'b>,
    r: &FloatResult,
    care: Care,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let f = &r.format;
    let below = Below::of(r.rounding.mode);
    let largest_field = largest_exponent_field(f, care);
    let operands = b.scope("order", || order(Compared::new(b, (a, c), f, care), minus));
    let x = &operands.ordered;
    let sum = b.scope("align and add", || aligned_sum(x, f, below.bits, largest_field));
    let kept = f.precision() + below.bits + 1;
    let n = b.scope("normalise", || normalize(b, &sum, x.field, f.precision(), kept));
    let special = special(b, &operands, &sum, f, care);
    b.scope("round and pack", || finish(b, x, &sum, &n, &special, r, largest_field, rnd))
}

fn order<'b>(of: Compared<'b>, minus: Bits<'b>) -> Operands<'b> {
    let (x, y, a_leads) = (&of.x, &of.y, of.a_leads);
    let field = a_leads.mux(x.exponent, y.exponent).named("larger_field");
    let lesser = a_leads.mux(y.exponent, x.exponent).named("smaller_field");
    let signs = of.signs(minus);
    let large = a_leads.mux(x.significand, y.significand).named("large");
    let small = a_leads.mux(y.significand, x.significand).named("small");
    let distance = field.wrapping_sub(lesser).named("alignment");
    let magnitude = a_leads.mux(of.magnitudes.0, of.magnitudes.1).named("larger_magnitude");
    let sign = a_leads.mux(signs.0, signs.1).named("large_sign");
    let nan = x.nan | y.nan;
    Operands { ordered: Ordered { large, small, distance, field, sign, signs }, magnitude, nan }
}

/// The sum of the significands.
struct Sum<'b> {
    /// From the carry down; the place of `large`'s first digit is the second.
    digits: Bits<'b>,
    /// One bit: something below them is set.
    fallen: Bits<'b>,
    /// One bit: all of it is zero. Then the terms were of equal magnitude, or both zero.
    zero: Bits<'b>,
}

fn aligned_sum<'b>(x: &Ordered<'b>, f: &FloatFormat, below: u32, largest_field: u64) -> Sum<'b> {
    let (p, most) = (f.precision(), largest_field - 1);
    let subtract = x.subtract();
    // A guard bit, and one more for the place that may cancel.
    let needed = p + below + 2;
    let exact = u64::from(p) + most <= u64::from(needed);
    let frame = if exact { p + most as u32 } else { needed };
    // An infinity is further away than any number, and must not seem to cancel one.
    let furthest = (1 << f.we()) - 2;
    let (aligned, fell) = shift_right_sticky(x.small.append_zeros(frame - p), x.distance, furthest);
    let no = subtract.builder().lit(0u8, 1);
    // What fell off is subtracted too. One digit for all of it is its own negative.
    let aligned = if exact { aligned } else { aligned.cat(fell) }.named("aligned");
    let w = aligned.width() + 1;
    let base = x.large.append_zeros(aligned.width() - p).zext(w);
    let sum = base.add_carry(aligned.zext(w) ^ subtract.replicate(w), subtract).named("aligned_sum");
    let (digits, fallen) = if exact { (sum, no) } else { (sum.bits(w - 1, 1), sum.bit(0)) };
    // Where something fell off, not all cancels.
    let some = digits.any().named("sum_is_not_zero");
    Sum { digits, fallen, zero: (!some).named("sum_is_zero") }
}

/// A sum whose first digit stands at the top, unless its exponent would be less than the least.
struct Normalized<'b> {
    /// Hidden bit, fraction, what stochastic modes look at, guard bit.
    kept: Bits<'b>,
    /// One bit: something is below.
    rest: Bits<'b>,
    /// What the exponent field changes by, if the hidden bit is set, in two's complement; its sign is to be extended.
    /// 0 if nothing was found.
    change: Bits<'b>,
    /// One bit: there is a digit, or the least exponent.
    found: Bits<'b>,
}

/// Shifts the sum left to its first digit, but to the place that has the least exponent at most, the one by as many
/// places behind the carry as `field` says.
///
/// With places put in front of the carry, all but the first digit of the count are the complements of what the exponent
/// changes by; the first is the negative.
fn normalize<'b>(b: &'b Builder, sum: &Sum<'b>, field: Bits<'b>, p: u32, kept: u32) -> Normalized<'b> {
    let have = sum.digits.width();
    let most = (p + 1).min(have - 1);
    let mut shift = 2;
    while ((1 << shift) - 2 + most) >> shift > 3 {
        shift += 2;
    }
    let padding = (1u32 << shift) - 2;
    let ways = ((padding + most) >> shift) + 1;
    let no = b.lit(0u8, 1);
    let total = (ways << shift).max(((ways - 1) << shift) + kept + (1 << shift) - 1);
    let padded = b.lit(0u8, padding).cat(sum.digits);
    let padded = if total > padded.width() { padded.append_zeros(total - padded.width()) } else { padded };
    // A field that is larger than the significand is wide never stops it.
    let near = (32 - p.leading_zeros()).min(field.width());
    let in_reach =
        if field.width() > near { !field.bits(field.width() - 1, near).any() } else { b.lit(1u8, 1) };
    let stops = |digit: u32, shift: u32, bits: u32, limited: bool| {
        if bits == 2 && !limited {
            return field.low(2).is(u64::from((digit + 2) & 3));
        }
        let place = |e: u64| (e + u64::from(padding)) >> shift;
        // No field is 0; of a field's low bits, 0 stands for others.
        let least = u64::from(limited);
        let hit = |e: u64| place(e.max(least)) & 3 == u64::from(digit) && !(limited && e > u64::from(p));
        let entries: Vec<u64> = (0..1u64 << bits).map(|e| u64::from(hit(e))).collect();
        b.table(&format!("stop_{digit}_of_{}_{bits}_{p}", 1 << shift), field.low(bits), 1, &entries)
    };

    // The first digit.
    let step = 1 << shift;
    let group = |v: Bits<'b>, k: u32, step: u32| v.bits(v.width() - k * step - 1, v.width() - (k + 1) * step);
    let marks: Vec<Bits<'b>> = (0..ways).map(|k| in_reach & stops(k, shift, near, true)).collect();
    let found: Vec<Bits<'b>> = (0..ways)
        .map(|k| (group(padded, k, step).any() | marks[k as usize]).named(&format!("found_in_{step}_{k}")))
        .collect();
    let at = |k: u32| found.get(k as usize).copied().unwrap_or(no);
    let any = found.iter().copied().reduce(|x, y| x | y).expect("a way");
    let high = !at(0) & (at(1) | at(2));
    let low = !at(0) & (at(1) | (!at(2) & at(3)));
    let down = (!at(0) & any).named("exponent_falls");
    let digit = if ways == 2 { down.cat(down) } else { high.cat(low).named(&format!("change_{step}")) };
    let choose = |of: &dyn Fn(u32) -> Bits<'b>| match ways {
        1 => of(0),
        2 => down.mux(of(1), of(0)),
        3 => digit.bit(1).mux(digit.bit(0).mux(of(1), of(2)), of(0)),
        _ => select(digit, &[of(0), of(3), of(2), of(1)]),
    };
    let mut keep = kept + step - 1;
    let mut value = choose(&|k| padded.bits(total - k * step - 1, total - k * step - keep))
        .named(&format!("normalised_to_{step}"));
    // In the first group the place of the least exponent is the last one, where the other digits end anyway.
    let mut limit = choose(&|k| if k == 0 { no } else { marks[k as usize] });
    let mut change = down.cat(digit);

    // The others, as complements.
    while shift > 0 {
        shift -= 2;
        let step = 1 << shift;
        let marks: Vec<Bits<'b>> =
            (0..3).map(|k| limit & stops(k, shift, near.min(shift + 2), false)).collect();
        let seen: Vec<Bits<'b>> = (0..3).map(|k| group(value, k, step).any() | marks[k as usize]).collect();
        let digit = (seen[0] | seen[1]).cat(seen[0] | (!seen[1] & seen[2])).named(&format!("change_{step}"));
        keep = kept + step - 1;
        let top = value.width();
        let moved = |k: u32| value.bits(top - k * step - 1, top - k * step - keep);
        let last = limit & stops(3, shift, near.min(shift + 2), false);
        limit = select(digit, &[last, marks[2], marks[1], marks[0]]);
        value = select(digit, &[moved(3), moved(2), moved(1), moved(0)]);
        if shift > 0 {
            value = value.named(&format!("normalised_to_{step}"));
        }
        change = change.cat(digit);
    }

    // Two places and more to the left nothing is left below: what cancels so far is exact.
    let carry = sum.digits.msb();
    let place = |i: u32| if i < have { sum.digits.bit(have - 1 - i) } else { no };
    let rest = sum.fallen | (place(kept) & carry) | (place(kept + 1) & at(0));
    Normalized { kept: value.named("significand"), rest: rest.named("sticky"), change, found: any }
}

/// What the operands make of the result.
fn special<'b>(b: &'b Builder, x: &Operands<'b>, sum: &Sum<'b>, f: &FloatFormat, care: Care) -> Specials<'b> {
    let no = b.lit(0u8, 1);
    let none = Specials { nan: no, infinite: no, negative: x.ordered.sign };
    if !care.specials {
        return none;
    }
    // Infinities of different signs cancel; a NaN may be taken for an infinity, and then is none.
    match f.encoding() {
        Encoding::Ieee => {
            let infinite = x.magnitude.top(f.we()).all().named("is_special");
            let nan = (infinite & (x.magnitude.low(f.wf()).any() | sum.zero)).named("is_nan");
            Specials { nan, infinite, ..none }
        }
        Encoding::Fn | Encoding::Scale => Specials { nan: x.magnitude.all().named("is_nan"), ..none },
        Encoding::Fnuz | Encoding::Finite | Encoding::P3109 => {
            let infinity =
                codes::infinity(f).map(|code| x.magnitude.equals(b.lit(code, x.magnitude.width())));
            let infinite = infinity.map_or(no, |i| i.named("is_infinite"));
            Specials { nan: (x.nan | (infinite & sum.zero)).named("is_nan"), infinite, ..none }
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "all parts meet here")]
fn finish<'b>(
    b: &'b Builder,
    x: &Ordered<'b>,
    sum: &Sum<'b>,
    n: &Normalized<'b>,
    special: &Specials<'b>,
    r: &FloatResult,
    largest_field: u64,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let f = &r.format;
    let (wf, mode) = (f.wf(), r.rounding.mode);
    let below = Below::of(mode);
    let bits = (64 - (largest_field + 1).leading_zeros()).max(f.we());

    // An exact zero from terms of different signs is +0, but -0 where rounding goes down.
    let (sign_a, sign_b) = x.signs;
    let of_zero = match mode {
        _ if !f.has_negative_zero() => b.lit(0u8, 1),
        RoundMode::Rdn => sign_a | sign_b,
        _ => sign_a & sign_b,
    };
    let sign = sum.zero.mux(of_zero, x.sign).named("sign");

    // Infinities are as good as overflows where these become infinities.
    let overflows_to = |code: &dyn Fn(bool) -> BigUint| {
        [false, true].iter().all(|&negative| {
            let (minus, magnitude) = overflow_code(f, r.rounding, negative);
            magnitude + (BigUint::from(u8::from(minus)) << codes::magnitude_bits(f)) == code(negative)
        })
    };
    let alike = overflows_to(&|negative| infinity_code(f, r.rounding.saturation, negative));
    let to_nan = overflows_to(&|_| codes::nan_result(f));
    // The largest field is above all numbers: it can be forced where no carry comes into it but the increment.
    let forced = alike && f.encoding() == Encoding::Ieee && below.bits == 0 && bits == f.we();
    let force = if forced { special.infinite } else { b.lit(0u8, 1) };

    // Field and change are added, hidden bits of numbers below the normal ones are not: their field is 1 before.
    let (hidden, w) = (n.kept.msb().named("hidden_bit"), n.change.width());
    let change = if bits < w { n.change.low(bits) } else { n.change.sext(bits) };
    let lowest = |v: Bits<'b>, keep: Bits<'b>| {
        if bits == 1 { v & keep } else { v.bits(bits - 1, 1).cat(v.bit(0) & keep) }
    };
    let plain = lowest(change, hidden);
    let propagate = lowest((x.field.zext(bits) ^ change).gate(n.found), hidden) | force.replicate(bits);
    let increment = below.up(mode, sign, n.kept.bit(0), n.rest, n.kept.bit(1));
    let increment = (increment & !force).named("increment");
    let addend = (propagate ^ plain).cat(n.kept.bits(wf + below.bits, 1));
    let base = below.with_random(plain.append_zeros(wf), rnd);
    let code = base.add_carry(addend, increment).named("rounded").top(bits + wf);

    let largest = codes::largest(f);
    let reachable = BigUint::from(largest_field + 1) << wf;
    let mut overflow = (reachable > largest).then(|| above(code, &largest));
    let mut left = *special;
    for (same, flag, done) in [(alike, &mut left.infinite, forced), (to_nan, &mut left.nan, false)] {
        if same {
            let seen = std::mem::replace(flag, b.lit(0u8, 1));
            if !done && seen.constant().is_none() {
                overflow = Some(overflow.map_or(seen, |o| o | seen));
            }
        }
    }
    let rounded = finish_with(b, sign, code, false, overflow, f, r.rounding);
    specials::finish(b, &rounded, &left, f, r.rounding)
}
