//! Rounds a two's-complement fixed-point number to a floating-point code, once.
use super::codes;
use super::normalize::{Last, Limit, Normalized, normalize};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::{RoundMode, Saturation, Stochastic};
use num_bigint::BigUint;

/// How to round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rounding {
    /// To which neighbour.
    pub mode: RoundMode,
    /// What overflow becomes.
    pub saturation: Saturation,
}

/// A code in two parts, before specials are put in.
pub struct Rounded<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// Exponent and fraction fields.
    pub magnitude: Bits<'b>,
    /// One bit: the finite number was too large for the format. Constant where that cannot be.
    pub overflow: Bits<'b>,
}

/// The exponent field of a number whose first significant bit is the top one before normalisation.
#[derive(Clone, Copy)]
pub enum Base<'b> {
    /// The same for all numbers.
    Constant(u64),
    /// A value of its own.
    Variable(Bits<'b>),
}

/// A normalised number on its way to a code.
pub struct Unrounded<'b> {
    /// Its bits behind the sign, from [`kept_bits`] on.
    pub normalized: Normalized<'b>,
    /// One bit: the bits are those of a negative two's-complement number.
    pub complement: Bits<'b>,
    /// One bit: the sign of the result.
    pub sign: Bits<'b>,
    /// The exponent field before normalisation.
    pub base: Base<'b>,
    /// The largest exponent field that can come out before rounding.
    pub largest_field: u64,
    /// Whether numbers can be so small that they round to zero.
    pub vanishing: bool,
}

/// Bits behind the sign that [`round`] needs of a normalised number, the guard bit last.
pub fn kept_bits(f: &FloatFormat, mode: RoundMode) -> u32 {
    f.precision() + Below::of(mode).bits + 1
}

/// Bits below the kept ones that take part in the final addition, what is added to them, and whether that is
/// by the random word alone.
pub struct Below {
    /// How many.
    pub bits: u32,
    stochastic: Option<Stochastic>,
}

impl Below {
    /// Those of a mode.
    pub fn of(mode: RoundMode) -> Self {
        match mode {
            RoundMode::Sr { kind, bits } => {
                // B adds half a unit of the random word: one more bit.
                let extra = u32::from(kind == Stochastic::B);
                Self { bits: u32::from(bits) + extra, stochastic: Some(kind) }
            }
            _ => Self { bits: 0, stochastic: None },
        }
    }

    /// The increment at the lowest of these bits: `guard` is the first bit below them, `rest` says that some other
    /// is set, `lowest` is the last bit that stays.
    pub fn up<'b>(
        &self,
        mode: RoundMode,
        sign: Bits<'b>,
        guard: Bits<'b>,
        rest: Bits<'b>,
        lowest: Bits<'b>,
    ) -> Bits<'b> {
        match mode {
            // To the random word's last place, ties to even there.
            RoundMode::Sr { kind: Stochastic::C, .. } | RoundMode::Rne => guard & (rest | lowest),
            RoundMode::Rna => guard,
            RoundMode::Rtz | RoundMode::Sr { .. } => sign.builder().lit(0u8, 1),
            RoundMode::Rup => !sign & (guard | rest),
            RoundMode::Rdn => sign & (guard | rest),
            RoundMode::Odd => (guard | rest) & !lowest,
        }
    }

    /// What the kept bits are added to: `base`, and below it what stochastic modes add.
    pub fn with_random<'b>(&self, base: Bits<'b>, rnd: Option<Bits<'b>>) -> Bits<'b> {
        match (self.stochastic, rnd) {
            (Some(Stochastic::B), Some(r)) => base.cat(r).cat(r.builder().lit(1u8, 1)),
            (Some(_), Some(r)) => base.cat(r),
            _ => base,
        }
    }
}

/// `x * 2^lsb` rounded to format `f`; `rnd` is the random word of stochastic modes. Zero is +0.
///
/// The number is never negated. It is normalised in two's complement; the magnitude of a negative one is its
/// complement plus one, and this one only reaches the kept bits when all bits below are zero, where nothing is
/// rounded. So rounding and negation share one increment, the carry in of the addition that packs exponent
/// and fraction, and a carry out of the fraction is the next exponent.
pub fn round_fixed<'b>(
    b: &'b Builder,
    x: SInt<'b>,
    lsb: i32,
    f: &FloatFormat,
    rounding: Rounding,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    round_signed(b, x, b.lit(0u8, 1), lsb, f, rounding, rnd)
}

/// Like [`round_fixed`], of `-x` where `negate` (one bit) is set.
pub fn round_signed<'b>(
    b: &'b Builder,
    x: SInt<'b>,
    negate: Bits<'b>,
    lsb: i32,
    f: &FloatFormat,
    rounding: Rounding,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    // Wide enough that the top bit is worth at least the least normal number.
    let narrowest = u32::try_from(f.emin() - lsb + 2).unwrap_or(2).max(2);
    let x = if x.bits().width() < narrowest { x.resize(narrowest) } else { x };
    let w = x.bits().width();
    let sign = x.is_negative().named("sum_sign");
    // Of zero, +.
    let result_sign = match negate.constant() {
        Some(_) => sign ^ (negate & x.bits().any()),
        None => (sign ^ negate) & x.bits().any().named("sum_is_not_zero"),
    };
    // Exponent of a number whose first significant bit comes right behind the sign.
    let top_exponent = lsb + w as i32 - 2;
    let limit = u32::try_from(top_exponent - f.emin()).unwrap_or(0).min(w - 1);

    // A zero below, so that even -2^lsb has a complement bit that differs from its sign.
    let behind_sign = x.bits().low(w - 1).append_zeros(1);
    let kept = kept_bits(f, rounding.mode);
    let limit = Limit::Constant(limit);
    let normalized = b.scope("normalise", || normalize(b, behind_sign, sign, limit, kept, Last::Registered));
    let first = u64::try_from(top_exponent + f.bias()).expect("the top bit is worth a normal number");
    let number = Unrounded {
        normalized,
        complement: sign,
        sign: result_sign,
        base: Base::Constant(first),
        largest_field: first,
        vanishing: lsb < f.emin() - f.wf() as i32,
    };
    b.scope("round and pack", || round(b, &number, f, rounding, rnd))
}

/// Rounds a normalised number to a code.
pub fn round<'b>(
    b: &'b Builder,
    x: &Unrounded<'b>,
    f: &FloatFormat,
    rounding: Rounding,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    let below = Below::of(rounding.mode);
    let (wf, n) = (f.wf(), &x.normalized);
    let magnitude = (n.kept ^ x.complement.replicate(n.kept.width())).named("significand");
    let hidden = magnitude.msb().named("hidden_bit");
    let guard_raw = n.kept.bit(0).named("first_bit_below");
    let rest = n.rest.named("sticky");
    // Two's complement of the bits from the guard bit down: a carry leaves it only if all are zero.
    let carry = x.complement & !guard_raw & !rest;
    let guard = (guard_raw ^ (x.complement & rest)).named("guard");
    let lowest = match rounding.mode {
        RoundMode::Rne | RoundMode::Odd => code_lowest(b, x, f, hidden, magnitude.bit(1)),
        _ => magnitude.bit(1),
    };
    let up = below.up(rounding.mode, x.sign, guard, rest, lowest);
    let increment = (carry | up).named("increment");

    let field_bits = (64 - (x.largest_field + 1).leading_zeros()).max(f.we()) + 1;
    // Field of a normal number: base - count; of others 0.
    let count = n.count.zext(field_bits.max(n.count.width())).low(field_bits);
    let (field, constant) = match x.base {
        // As (base + 1) + ~count: the complement is free in the adder's tables, and so is the choice of the
        // count that makes the field 0.
        Base::Constant(first) => {
            let all = (BigUint::from(1u8) << field_bits) - 1u8;
            let zero = b.lit(all - BigUint::from(first), field_bits);
            (hidden.mux(!count, zero).named("exponent_below_top"), b.lit(first + 1, field_bits))
        }
        Base::Variable(base) => {
            let base = base.zext(field_bits);
            let field = base.wrapping_sub(count).named("exponent_field");
            (field.gate(hidden), b.lit(0u8, field_bits))
        }
    };
    let fraction_and_below = (wf + below.bits > 0).then(|| magnitude.bits(wf + below.bits, 1));
    let packed = fraction_and_below.map_or(field, |t| field.cat(t));
    let addend = below.with_random(constant.append_zeros(wf), rnd);
    let sum = addend.add_carry(packed, increment).named("rounded");
    let code = sum.top(field_bits + wf);
    // What is below the least scale becomes that one, whatever its digits.
    let code = if f.encoding() == Encoding::Scale { code.gate(hidden) } else { code };
    finish(b, x.sign, code, x.vanishing, x.largest_field, f, rounding)
}

/// The lowest bit of the code that truncation would give: of the fraction, or of the exponent field where
/// there is none.
fn code_lowest<'b>(
    b: &'b Builder,
    x: &Unrounded<'b>,
    f: &FloatFormat,
    hidden: Bits<'b>,
    lowest: Bits<'b>,
) -> Bits<'b> {
    if f.wf() > 0 {
        return lowest;
    }
    let base = match x.base {
        Base::Constant(first) => b.lit(first & 1, 1),
        Base::Variable(base) => base.bit(0),
    };
    (base ^ x.normalized.count.bit(0)) & hidden
}

/// Overflow, the sign of zero, and negative numbers in formats without a sign. `vanishing`: numbers other than zero
/// can become zero; `largest_field`: the largest exponent field that can come out before rounding.
pub fn finish<'b>(
    b: &'b Builder,
    sign_in: Bits<'b>,
    code: Bits<'b>,
    vanishing: bool,
    largest_field: u64,
    f: &FloatFormat,
    rounding: Rounding,
) -> Rounded<'b> {
    let largest = codes::largest(f);
    // The largest code that can come out: the next binade's first.
    let reachable = BigUint::from(largest_field + 1) << f.wf();
    let overflow = (reachable > largest).then(|| above(code, &largest));
    finish_with(b, sign_in, code, vanishing, overflow, f, rounding)
}

/// As [`finish`]; `overflow`: the number is too large for the format, if it can be.
pub fn finish_with<'b>(
    b: &'b Builder,
    sign_in: Bits<'b>,
    code: Bits<'b>,
    vanishing: bool,
    overflow: Option<Bits<'b>>,
    f: &FloatFormat,
    rounding: Rounding,
) -> Rounded<'b> {
    let bits = codes::magnitude_bits(f);
    let overflows = overflow.is_some();
    let mut overflow = overflow.map_or(b.lit(0u8, 1), |o| o.named("overflow"));
    let mut magnitude = if code.width() < bits { code.zext(bits) } else { code.low(bits) };
    let mut sign = sign_in;
    if !f.has_negative_zero() && vanishing {
        // Before an overflow: its NaN may have the code of minus zero.
        sign = sign & if overflows { code.any() } else { magnitude.any() };
    }
    if overflows {
        let (positive, negative) = (overflow_code(f, rounding, false), overflow_code(f, rounding, true));
        let literal = |c: &(bool, BigUint)| b.lit(c.1.clone(), bits);
        let becomes = if f.is_signed() {
            sign_in.mux(literal(&negative), literal(&positive))
        } else {
            literal(&positive)
        };
        magnitude = overflow.mux(becomes, magnitude);
        // NaN has a sign of its own.
        if positive.0 == negative.0 {
            sign = overflow.mux(b.lit(u8::from(positive.0), 1), sign);
        }
    }
    if !f.is_signed() && sign_in.constant() != Some(BigUint::ZERO) {
        // Below zero, unless it rounds to zero.
        let scale = f.encoding() == Encoding::Scale;
        let becomes_nan = match rounding.mode {
            RoundMode::Rtz | RoundMode::Rup => scale,
            _ => scale || rounding.saturation == Saturation::OvfInf,
        };
        let below = if scale { sign_in } else { sign_in & code.any() }.named("below_zero");
        let becomes = if becomes_nan { codes::nan_result(f) } else { BigUint::ZERO };
        magnitude = below.mux(b.lit(becomes, bits), magnitude);
        overflow = overflow | below;
    }
    Rounded { sign, magnitude, overflow }
}

/// One bit: `x` is above a constant. Logic instead of a carry chain, since a constant makes it simple.
pub fn above<'b>(x: Bits<'b>, limit: &BigUint) -> Bits<'b> {
    let b = x.builder();
    let mut greater = b.lit(0u8, 1);
    for i in 0..x.width() {
        greater = if limit.bit(i.into()) { x.bit(i) & greater } else { x.bit(i) | greater };
    }
    greater
}

/// Sign and magnitude code of an overflow of the given sign.
pub fn overflow_code(f: &FloatFormat, r: Rounding, negative: bool) -> (bool, BigUint) {
    let largest = codes::largest(f);
    let inward = match r.mode {
        RoundMode::Rtz => true,
        RoundMode::Rup => negative,
        RoundMode::Rdn => !negative,
        _ => false,
    };
    // The largest number can be zero, and minus zero something else.
    let sign = negative && (f.has_negative_zero() || largest > BigUint::ZERO);
    if r.saturation != Saturation::OvfInf || inward {
        return (sign, largest);
    }
    match codes::infinity(f) {
        // To odd: of the largest number and infinity, the one with the odd code.
        Some(_) if r.mode == RoundMode::Odd && largest.bit(0) => (sign, largest),
        Some(infinity) => (negative, infinity),
        None if matches!(f.encoding(), Encoding::Fn | Encoding::Fnuz | Encoding::Scale) => {
            let nan = codes::nan_result(f);
            let bits = codes::magnitude_bits(f);
            (nan.bit(u64::from(bits)), nan & ((BigUint::from(1u8) << bits) - 1u8))
        }
        None => (sign, largest),
    }
}
