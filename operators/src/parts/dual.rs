//! The sum of two numbers of one format by two paths, for speed.
//!
//! Where signs differ and exponents by at most one, many digits can cancel, but nothing is rounded: the near path
//! subtracts and normalises. Otherwise at most one digit cancels: the far path aligns, adds and chooses among three
//! places. Both meet in the addition that rounds and packs.
use super::codes;
use super::normalize::{levels, select};
use super::ordered::{Compared, Ordered, differ};
use super::result::FloatResult;
use super::round_fixed::{Below, overflow_code};
use super::shift::shift_right_sticky;
use super::specials::{Specials, infinity_code};
use super::unpack::{Care, largest_exponent_field};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::RoundMode;
use num_bigint::BigUint;

/// Paths of an adder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    /// One, small.
    Single,
    /// A near and a far one, fast.
    Dual,
    /// Two where there is a clock, else one.
    ByClock,
}

impl Arch {
    /// Whether there are two.
    pub fn is_dual(self, b: &Builder) -> bool {
        self == Self::Dual || self == Self::ByClock && b.context().budget_ps.is_finite()
    }
}

/// Whether there is such an adder: for a format with signs, subnormal numbers and a fraction.
pub fn possible(f: &FloatFormat) -> bool {
    f.is_signed() && f.encoding() != Encoding::Scale && f.has_subnormals() && f.we() >= 2 && f.wf() >= 1
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
    let (x, specials) = b.scope("order", || order(Compared::new(b, (a, c), f, care), minus, f));
    let near = b.scope("near path", || near(b, &x, f));
    let largest_field = largest_exponent_field(f, care);
    let far = b.scope("far path", || far(&x, r, largest_field));
    b.scope("round and pack", || finish(b, (&x, &specials), &near, &far, r, largest_field, rnd))
}

fn order<'b>(of: Compared<'b>, minus: Bits<'b>, f: &FloatFormat) -> (Ordered<'b>, Specials<'b>) {
    let (we, wf) = (f.we(), f.wf());
    let (x, y, (u, v), a_leads) = (&of.x, &of.y, of.magnitudes, of.a_leads);
    // A subnormal number below a normal one: twice the fraction, as if its exponent were the field, 0.
    let doubled = |below: Bits<'b>, above: Bits<'b>, name: &str| {
        let up = !below.msb() & above.msb();
        up.mux(below.low(wf).append_zeros(1), below).named(name)
    };
    let (small_x, small_y) =
        (doubled(x.significand, y.significand, "a_below"), doubled(y.significand, x.significand, "b_below"));
    let (field_a, field_b) = (u.top(we), v.top(we));
    // A comparison of its own, which is earlier and has few to drive.
    let b_up = field_a.ult(field_b).named("b_has_larger_field");
    let distance = b_up.mux(field_b.wrapping_sub(field_a), field_a.wrapping_sub(field_b));
    let field = b_up.mux(y.exponent, x.exponent);
    let signs = of.signs(minus);
    let subtract = differ(signs);
    let ordered = Ordered {
        large: a_leads.mux(x.significand, y.significand).named("large"),
        small: a_leads.mux(small_y, small_x).named("small"),
        distance: distance.named("alignment"),
        field: field.named("larger_field"),
        sign: a_leads.mux(signs.0, signs.1).named("large_sign"),
        signs,
    };
    let specials = Specials {
        nan: (x.nan | y.nan | (x.infinity & y.infinity & subtract)).named("is_nan"),
        infinite: x.infinity | y.infinity,
        negative: x.infinity.mux(signs.0, signs.1),
    };
    (ordered, specials)
}

/// Result of the near path: exact.
struct Near<'b> {
    /// One bit: this path has the result.
    chosen: Bits<'b>,
    /// One bit: the difference is zero.
    zero: Bits<'b>,
    /// `wf + 1` bits; the first is 0 of subnormal results.
    significand: Bits<'b>,
    /// Places cancelled.
    count: Bits<'b>,
}

fn near<'b>(b: &'b Builder, x: &Ordered<'b>, f: &FloatFormat) -> Near<'b> {
    let (p, we) = (f.wf() + 1, f.we());
    let no = b.lit(0u8, 1);
    let shifted = x.distance.bit(0).mux(no.cat(x.small), x.small.cat(no));
    let difference = x.large.cat(no).wrapping_sub(shifted).named("difference");
    let close = !x.distance.bits(we - 1, 1).any();
    // Without cancellation a digit may have to be rounded off: not here.
    let chosen = (x.subtract() & close & !difference.msb()).named("near_path_chosen");
    // A mark where the exponent field would be 1: no leading digit is looked for below it.
    let mark = |place: u32| {
        if place + 1 < 1 << we { x.field.is(u64::from(place) + 1) } else { no }
    };
    let marks = (1..=p).map(mark).fold(mark(0), Bits::cat).named("least_place");
    let (significand, count) =
        b.scope("normalise", || normalize_marked(b, difference, b.lit(0u8, 1), marks, p));
    Near { chosen, zero: (!difference.any()).named("difference_is_zero"), significand, count }
}

/// Shifts `x` left by the places before the first one in `x | marks`, which is as wide, and keeps `kept` bits; and that
/// number of places. Where there is none it may be any. Zeros come in from below. Where `complement` (one bit) is set, the
/// first zero of `x` is looked for.
///
/// Groups of four places decide at once, coarse ones first. The first ones look at `x` and the marks apart: the marks are
/// there before a difference is.
pub fn normalize_marked<'b>(
    b: &'b Builder,
    x: Bits<'b>,
    complement: Bits<'b>,
    marks: Bits<'b>,
    kept: u32,
) -> (Bits<'b>, Bits<'b>) {
    let most = x.width() - 1;
    let bits = 32 - most.leading_zeros();
    let reach = kept + (1 << bits) - 1;
    let wide = |v: Bits<'b>| if v.width() < reach { v.append_zeros(reach - v.width()) } else { v };
    let turned = x ^ complement.replicate(x.width());
    let (mut value, mut seen, mut marks) = (wide(x), wide(turned), Some(wide(marks)));
    let mut count: Option<Bits<'b>> = None;
    let pairs = b.context().target.has_wide_tables();
    for (shift, width) in levels(bits, pairs) {
        let step = 1u32 << shift;
        let ways = (1u32 << width).min((most >> shift) + 1);
        let keep = kept + step - 1;
        let group = |v: Bits<'b>, k: u32| v.bits(v.width() - (k - 1) * step - 1, v.width() - k * step);
        let found: Vec<Bits<'b>> = (1..ways)
            .map(|k| {
                // Of `x` itself: what looks for the first place has no other use for the turned one.
                let early = |m| {
                    (group(wide(x), k) ^ complement.replicate(step)).any() | group(m, k).any().own_table()
                };
                marks.map_or_else(|| group(seen, k).any(), early).named(&format!("found_in_{step}_{k}"))
            })
            .collect();
        let digit = match (width, ways) {
            (1, _) => !found[0],
            (_, 2) => b.lit(0u8, 1).cat(!found[0]),
            (_, 3) => (!found[0] & !found[1]).cat(!found[0] & found[1]),
            _ => (!found[0] & !found[1]).cat(!found[0] & (found[1] | !found[2])),
        };
        let digit = digit.named(&format!("places_{step}"));
        let moved = |v: Bits<'b>| {
            let at = |k: u32| v.bits(v.width() - k * step - 1, v.width() - k * step - keep);
            match ways {
                2 => found[0].mux(at(0), at(1)),
                // Three ways and two flags are a table of five inputs: the digit need not be waited for.
                3 => found[0].mux(at(0), found[1].mux(at(1), at(2))),
                _ => select(digit, &[at(0), at(1), at(2), at(3)]),
            }
        };
        let last = shift == 0;
        if !last {
            seen = moved(marks.take().map_or(seen, |m| seen | m)).named(&format!("seen_to_{step}"));
        }
        value = moved(value).named(&if last {
            "near_significand".into()
        } else {
            format!("normalised_to_{step}")
        });
        count = Some(count.map_or(digit, |c| c.cat(digit)));
    }
    (value, count.expect("there is a level").named("near_count"))
}

/// Result of the far path, before rounding.
struct Far<'b> {
    /// Top bit of the sum.
    carry: Bits<'b>,
    /// The bit below it.
    hidden: Bits<'b>,
    /// Leading digit, fraction, what stochastic modes look at, guard bit.
    kept: Bits<'b>,
    /// One bit: something is below.
    rest: Bits<'b>,
}

fn far<'b>(x: &Ordered<'b>, r: &FloatResult, largest_field: u64) -> Far<'b> {
    let p = r.format.precision();
    let below = Below::of(r.rounding.mode).bits;
    // A guard bit, and one more for the place that may cancel.
    let frame = p + below + 2;
    let (aligned, _) = shift_right_sticky(x.small.append_zeros(frame - p), x.distance, largest_field);
    let aligned = aligned.named("aligned");
    let fallen = fallen(x.small, x.distance, frame);
    let w = frame + 1;
    let one = x.sign.builder().lit(1u8, 1);
    let operand = aligned.zext(w) ^ x.subtract().replicate(w);
    // What fell off is subtracted too: it takes the carry of the two's complement. Computed in the table of that place.
    let carry_in = x.subtract() & !fallen;
    let base = x.large.append_zeros(frame - p).zext(w);
    let sum = base.cat(one).wrapping_add(operand.cat(carry_in)).bits(w, 1).named("aligned_sum");
    let (carry, hidden) = (sum.bit(w - 1), sum.bit(w - 2));
    let k = p + below + 1;
    let at = |from: u32| sum.bits(from, from + 1 - k);
    let same_or_down = (hidden | !x.subtract()).mux(at(w - 2), at(w - 3));
    let kept = carry.mux(at(w - 1), same_or_down).named("far_significand");
    let down = !hidden & x.subtract();
    let rest = (fallen | (sum.bit(1) & carry) | (sum.bit(0) & !down)).named("far_sticky").own_table();
    Far { carry, hidden, kept, rest }
}

/// One bit: something of the smaller number lies below a frame of so many bits, at whose top it stands before it is shifted
/// right by the distance. Found beside the shifter instead of behind each of its levels.
pub fn fallen<'b>(small: Bits<'b>, distance: Bits<'b>, frame: u32) -> Bits<'b> {
    let b = small.builder();
    let (w, we) = (small.width(), distance.width());
    let near = (32 - frame.leading_zeros()).min(we);
    let far = if we > near { distance.bits(we - 1, near).any() } else { b.lit(0u8, 1) };
    // A digit falls if the distance exceeds the places below it.
    let falls = |i: u32| {
        let below = u64::from(frame - w + i);
        let entries: Vec<u64> = (0..1u64 << near).map(|d| u64::from(d > below)).collect();
        let within = b.table(&format!("more_than_{below}_of_{near}"), distance.low(near), 1, &entries);
        small.bit(i) & (far | within)
    };
    // Two digits and four bits of the distance fill a table.
    let all: Vec<Bits<'b>> = (0..w).map(falls).collect();
    let pairs = all.chunks(2).map(|p| p.iter().copied().reduce(|x, y| x | y).expect("some digit"));
    pairs.reduce(Bits::cat).expect("some digit").any().named("fallen")
}

fn finish<'b>(
    b: &'b Builder,
    (x, specials): (&Ordered<'b>, &Specials<'b>),
    near: &Near<'b>,
    far: &Far<'b>,
    r: &FloatResult,
    largest_field: u64,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let f = &r.format;
    let (we, wf, mode) = (f.we(), f.wf(), r.rounding.mode);
    let below = Below::of(mode);
    let bits = we + 1;
    let (k, no, one) = (far.kept.width(), b.lit(0u8, 1), b.lit(1u8, 1));

    // Exponent field: (larger + 1) and, added to it, 0, -1, -2 in the far path and ~count in the near one. Subnormal
    // results have field 0: in the far path their larger field is 1.
    let up = (x.field.unsigned() + one.unsigned()).bits().named("field_plus_1");
    let low = far.carry.mux(no, far.hidden);
    let far_change = (!far.carry).replicate(bits - 1).cat(low);
    let other = near.chosen.mux(!x.field.zext(bits), far_change).named("field_change").own_table();
    let cancelled = (near.chosen & near.significand.msb()).named("near_is_normal");
    let count = if near.count.width() >= bits { near.count.low(bits) } else { near.count.zext(bits) };
    let change = cancelled.mux(!count, other);
    let fraction = near.significand.low(wf).append_zeros(below.bits);
    let digits = near.chosen.mux(fraction, far.kept.bits(k - 2, 1));

    // Sign: an exact zero is +0, but -0 where rounding goes down.
    let gone = near.chosen & near.zero;
    let minus_zero = f.has_negative_zero();
    let sign = match mode {
        RoundMode::Rdn if minus_zero => x.sign | gone,
        _ => x.sign & !gone,
    };
    let sign = if minus_zero { sign } else { sign & x.large.any() }.named("sign");

    let increment = below.up(mode, sign, far.kept.bit(0), far.rest, far.kept.bit(1)) & !near.chosen;
    let base = below.with_random(up.append_zeros(wf), rnd);
    // The increment is the carry of a place of its own: it is computed in the table of that place.
    let sum = base.cat(one).wrapping_add(change.cat(digits).cat(increment)).named("rounded");
    let code = sum.top(bits + wf).low(we + wf);

    // Overflow is only possible in the far path, and foreseen but for the carry out of the fraction of the last binade.
    let largest = codes::largest(f);
    let top: u64 = (&largest >> wf).try_into().expect("an exponent field is narrow");
    let all_ones = (&largest & ((BigUint::from(1u8) << wf) - 1u8)) == (BigUint::from(1u8) << wf) - 1u8;
    let is = |field: u64| if field < 1 << we { x.field.is(field) } else { no };
    let beyond = |field: u64| {
        if field < 1 << we { !x.field.ult(b.lit(field, we)) } else { no }
    };
    // Fields beyond the last one are read where nothing is special.
    let past = if largest_field > top { is(top + 1) } else { no };
    let edge = far.carry.mux(is(top - 1), far.hidden.mux(is(top), past));
    let edge = (edge & !near.chosen).named("in_last_binade").own_table();
    let big = (far.carry & beyond(top)) | (far.hidden & beyond(top + 1));
    let special = specials.nan | specials.infinite;
    let otherwise = (special | big).named("is_special_or_beyond").own_table();
    let wrapped = edge & (code.bit(wf) ^ b.lit(top & 1, 1));

    let codes = [false, true].map(|negative| overflow_code(f, r.rounding, negative));
    let magnitude = codes::magnitude_bits(f);
    let literal = |(s, m): &(bool, BigUint)| b.lit(m + (BigUint::from(u8::from(*s)) << magnitude), f.width());
    let overflow = x.sign.mux(literal(&codes[1]), literal(&codes[0]));
    let infinity = |negative| b.lit(infinity_code(f, r.rounding.saturation, negative), f.width());
    let infinite = specials.negative.mux(infinity(true), infinity(false));
    let instead =
        specials.nan.mux(b.lit(codes::nan_result(f), f.width()), specials.infinite.mux(infinite, overflow));
    let instead = instead.named("special_or_overflow_code").own_table();

    // Where the last fraction of the last binade is no number, an overflow to it comes by itself; one to the number
    // before it clears its last bit.
    let code = if all_ones {
        code
    } else {
        let clears = codes.each_ref().map(|c| b.lit(u8::from(c.1 == largest), 1));
        let clears = x.sign.mux(clears[1], clears[0]);
        let high = (wf > 1).then(|| far.kept.bits(k - 2, k - wf).all());
        let clear = (edge & clears & high.unwrap_or(one)).named("clears_last_bit").own_table();
        code.bits(we + wf - 1, 1).cat(code.bit(0) & !clear)
    };
    // A NaN that comes by itself has no sign.
    let unsigned = !all_ones && !codes[1].0;
    let sign = if unsigned { sign & !(edge & code.low(wf).all()) } else { sign };
    (otherwise | wrapped).mux(instead, sign.cat(code)).named("result")
}
