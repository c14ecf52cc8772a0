//! Rounds a magnitude with an exponent of its own to a floating-point code, subnormal results included, once.
use super::round_fixed::{Below, Rounded, Rounding, finish};
use super::shift::shift_right_sticky;
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::{Encoding, FloatFormat};
use num_bigint::BigUint;

/// A magnitude `digits * 2^exponent` on its way to a code.
#[derive(Clone, Copy)]
pub struct Magnitude<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// Two digits before the binary point. They are 01, 10 or 11, unless the number is zero or `excess` negative.
    pub digits: Bits<'b>,
    /// One bit: something below the digits is set.
    pub rest: Bits<'b>,
    /// The exponent less the exponent of the format's least normal number.
    pub excess: SInt<'b>,
    /// Least and largest excess of numbers other than zero.
    pub range: (i64, i64),
    /// One bit: the number is zero, and `excess` may be anything. Constant 0 if zeros have an excess of
    /// [`vanishing`] at most, whatever the digits are.
    pub zero: Bits<'b>,
    /// One bit: the number is not zero.
    pub nonzero: Bits<'b>,
}

/// At this excess or less nothing is left of a number but its sticky bit.
pub fn vanishing(f: &FloatFormat, rounding: Rounding) -> i64 {
    -2 - i64::from(f.wf() + Below::of(rounding.mode).bits + 1)
}

/// Rounds it.
///
/// A number below the normal ones is shifted right until its point is theirs. The code is then the exponent
/// field of the binade before, and added to it the significand with its leading bit: that bit counts the field up,
/// so that subnormal numbers need no field of their own, and a carry out of the fraction is the next exponent.
pub fn pack<'b>(
    b: &'b Builder,
    x: &Magnitude<'b>,
    f: &FloatFormat,
    rounding: Rounding,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    let below = Below::of(rounding.mode);
    let no = b.lit(0u8, 1);
    let scale = f.encoding() == Encoding::Scale;
    let w = x.digits.width();
    let excess = x.excess.bits();
    if scale && x.digits.msb().constant() != Some(BigUint::ZERO) {
        return pack(b, &one_digit(b, x), f, rounding, rnd);
    }
    let subnormal = if x.range.0 < 0 { excess.msb().named("below_normal") } else { no };

    // One place to the right where there are two digits before the point, or where the number is subnormal.
    let two = x.digits.msb() & !subnormal;
    let one_place = (x.digits.msb() | subnormal).named("shift_by_1");
    let aligned = one_place.mux(x.digits, x.digits.low(w - 1).append_zeros(1)).named("aligned");
    // Behind the point: fraction, what stochastic modes look at, guard bit.
    let behind = f.wf() + below.bits + 1;
    let aligned = if w - 1 < behind { aligned.append_zeros(behind - (w - 1)) } else { aligned };
    let (shifted, fell) = if scale || x.range.0 >= 0 {
        // What is below the least scale becomes that one, whatever its digits.
        (aligned, no)
    } else {
        let all = excess.width() - 1;
        let amount = (!excess.low(all)).gate(subnormal).named("subnormal_shift");
        shift_right_sticky(aligned, amount, (-1 - x.range.0) as u64)
    };
    let kept = shifted.top(behind + 1).named("significand");
    let dropped = shifted.width() - (behind + 1);
    let rest = if dropped > 0 { shifted.low(dropped).any() } else { no };
    // A zero whose digits mean nothing has only a sticky bit left.
    let rest = ((rest | fell | x.rest) & x.nonzero).named("sticky");
    let guard = kept.bit(0).named("guard");

    // Exponent field of the binade before, and what the digits before the point add to it.
    let largest = x.range.1.max(0) as u64 + 1 + u64::from(x.digits.msb().constant() != Some(BigUint::ZERO));
    let bits = (64 - (largest + 1).leading_zeros()).max(f.we() + 1);
    let inside = !(subnormal | x.zero);
    let field = excess.low(excess.width() - 1);
    let field = if field.width() > bits { field.low(bits) } else { field.zext(bits) };
    let field = field.gate(inside).named("field_before");
    // The least scale has field 0: the first digit counts nothing.
    let count = if scale { two.zext(2) } else { two.cat(kept.msb() & !two) };
    // The last bit above the guard bit; without one, that of the field.
    let lowest = if behind > 1 { kept.bit(1) } else { field.bit(0) ^ count.bit(0) };
    let up = below.up(rounding.mode, x.sign, guard, rest, lowest).named("increment");
    let mut addend = count.zext(bits);
    if behind > 1 {
        addend = addend.cat(kept.bits(behind - 1, 1));
    }
    let base = below.with_random(field.append_zeros(f.wf()), rnd);
    let sum = base.add_carry(addend, up).named("rounded");
    let code = sum.top(bits + f.wf());
    let code = if scale { code.gate(inside) } else { code };
    // Zero is not below zero.
    let sign = if scale { x.sign & x.nonzero } else { x.sign };
    finish(b, sign, code, true, largest, f, rounding)
}

/// The same number with one digit before the point. Scales have no subnormal numbers that would take the others.
fn one_digit<'b>(b: &'b Builder, x: &Magnitude<'b>) -> Magnitude<'b> {
    let (two, w) = (x.digits.msb().named("two_digits"), x.digits.width());
    let digits = two.mux(x.digits, x.digits.low(w - 1).append_zeros(1));
    let excess = (x.excess + two.unsigned().to_signed()).named("excess_of_first_digit");
    let digits = b.lit(0u8, 1).cat(digits);
    Magnitude { digits, excess, range: (x.range.0, x.range.1 + 1), ..*x }
}
