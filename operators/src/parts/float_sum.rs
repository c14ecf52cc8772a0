//! Numbers with their first digit at the top, of any width, and their exact sum.
use super::normal::signed_width;
use super::normalize::{Last, Limit, normalize};
use super::pack::{Magnitude, pack};
use super::round_fixed::{Rounded, Rounding, kept_bits};
use super::shift::shift_right_sticky;
use super::unpack::Unpacked;
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::FloatFormat;

/// `(-1)^sign * digits * 2^excess` in units of a format's least normal number, one digit before the point.
pub struct Number<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// The first one is set unless the number is zero.
    pub digits: Bits<'b>,
    /// Exponent less the format's least one; of zero it means nothing.
    pub excess: SInt<'b>,
    /// Least and largest excess of numbers other than zero.
    pub range: (i64, i64),
    /// One bit.
    pub zero: Bits<'b>,
}

impl<'b> Number<'b> {
    /// `(-1)^sign * magnitude * 2^(weight + unit)`, `most` being the largest weight.
    pub fn normalised(
        b: &'b Builder,
        sign: Bits<'b>,
        magnitude: Bits<'b>,
        weight: Bits<'b>,
        most: u32,
        unit: i64,
        f: &FloatFormat,
    ) -> Self {
        let w = magnitude.width();
        let places = Limit::Constant(w - 1);
        let n = normalize(b, magnitude, b.lit(0u8, 1), places, w, Last::Selected);
        let offset = unit + i64::from(w) - 1 - i64::from(f.emin());
        let range = (offset - i64::from(w) + 1, offset + i64::from(most));
        let excess =
            weight.unsigned().to_signed() + SInt::constant(b, offset) - n.count.unsigned().to_signed();
        let zero = (!n.kept.msb()).named("is_zero");
        Self { sign, digits: n.kept.named("normalised"), excess: fit(excess, range), range, zero }
    }

    /// An operand of the format itself.
    pub fn of(b: &'b Builder, x: &Unpacked<'b>, f: &FloatFormat) -> Self {
        let most = (1i64 << f.we()) - 2;
        let p = f.precision();
        let n = normalize(b, x.significand, b.lit(0u8, 1), Limit::Constant(p - 1), p, Last::Selected);
        let range = (-i64::from(f.wf()), most);
        let field = x.exponent.unsigned().to_signed() - SInt::constant(b, 1);
        let excess = fit(field - n.count.unsigned().to_signed(), range);
        Self { sign: x.sign, digits: n.kept.named("normalised"), excess, range, zero: x.zero }
    }
}

/// Cut to what the range needs, one value below it included.
fn fit(x: SInt<'_>, range: (i64, i64)) -> SInt<'_> {
    x.resize(signed_width(range.0 - 1).max(signed_width(range.1)))
}

/// The sum, as far as the rounding needs it: what a term that lies far below has beyond is one digit.
///
/// The term with the larger exponent leads. If the exponents differ by two or more, the sum loses at most one place,
/// so the digits that are kept decide the rounding; if by less, nothing falls off.
pub fn add<'b>(
    b: &'b Builder,
    x: &Number<'b>,
    y: &Number<'b>,
    f: &FloatFormat,
    rounding: Rounding,
) -> Number<'b> {
    // A zero is below everything else.
    let range = (x.range.0.min(y.range.0), x.range.1.max(y.range.1));
    let least = range.0 - 1;
    let bits = signed_width(least).max(signed_width(range.1));
    let none = b.signed_lit(least, bits);
    let of = |n: &Number<'b>| n.zero.mux(none, n.excess.resize(bits).bits()).signed();
    let (ex, ey) = (of(x), of(y));
    let (ahead, behind) = (ex - ey, ey - ex);
    let leads = (!ahead.is_negative()).named("first_leads");
    let distance = leads.mux(ahead.bits(), behind.bits()).low(bits).named("alignment");

    let wide = x.digits.width().max(y.digits.width());
    let left = |d: Bits<'b>| d.append_zeros(wide - d.width());
    let large = leads.mux(left(x.digits), left(y.digits)).named("large");
    let small = leads.mux(left(y.digits), left(x.digits)).named("small");
    let large_sign = leads.mux(x.sign, y.sign).named("large_sign");
    let subtract = (x.sign ^ y.sign).named("effective_subtraction");
    let frame = (wide + 1).max(kept_bits(f, rounding.mode) + 2);
    let (aligned, fell) =
        shift_right_sticky(small.append_zeros(frame - wide), distance, (range.1 - least) as u64);
    let w = frame + 3;
    let base = large.append_zeros(frame + 1 - wide).zext(w);
    let aligned = aligned.cat(fell).zext(w);
    let sum = base.add_carry(aligned ^ subtract.replicate(w), subtract).named("aligned_sum");
    let minus = sum.msb();
    let magnitude =
        b.lit(0u8, w).add_carry(sum ^ minus.replicate(w), minus).low(w - 1).named("sum_magnitude");
    let n = normalize(b, magnitude, b.lit(0u8, 1), Limit::Constant(w - 2), w - 1, Last::Selected);
    let zero = (!n.kept.msb()).named("sum_is_zero");
    // The first place of the sum is one binade above that of the larger term.
    let leading = leads.mux(ex.bits(), ey.bits()).signed();
    let sum_range = (range.0 - i64::from(w), range.1 + 1);
    let excess = leading + SInt::constant(b, 1) - n.count.unsigned().to_signed();
    Number {
        sign: large_sign ^ minus,
        digits: n.kept.named("sum_normalised"),
        excess: fit(excess, sum_range),
        range: sum_range,
        zero,
    }
}

/// Rounds it. Zero is +0.
pub fn pack_number<'b>(
    b: &'b Builder,
    x: &Number<'b>,
    f: &FloatFormat,
    rounding: Rounding,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    let magnitude = Magnitude {
        sign: x.sign & !x.zero,
        digits: b.lit(0u8, 1).cat(x.digits),
        rest: b.lit(0u8, 1),
        excess: x.excess,
        range: x.range,
        zero: x.zero,
        nonzero: !x.zero,
    };
    pack(b, &magnitude, f, rounding, rnd)
}
