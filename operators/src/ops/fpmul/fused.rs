//! Multiplication and rounding in one table of both fractions, one more for each place of subnormal results.
//!
//! Normalised fractions of together six bits are all there is to know about the digits of a product, so each bit
//! of the rounded fraction is one lookup table, and so is the carry that they send into the exponent (two digits
//! before the point, or a fraction that rounds up to two). A subnormal result whose exponent is k below the least
//! normal one is the same number, rounded k places further up: another such table. What is left is to add exponents and to choose.
use super::Mul;
use super::architecture::{bias, share_offset, specials};
use crate::parts::codes;
use crate::parts::normal::{FIELD_BITS, TABLE_BITS, Wanted, normal};
use crate::parts::round_fixed::{self, Rounding, finish_with};
use crate::parts::specials;
use crate::parts::unpack::largest_exponent_field;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FloatFormat;
use holigen_verif::round::RoundMode;
use num_bigint::BigUint;

/// Bits of both fractions together: what one lookup table holds.
const INDEX_BITS: u32 = 6;
/// Most fraction bits of the result: a choice of four for each bit of a subnormal one.
const RESULT_BITS: u32 = 3;

/// Rounds n / 2^shift to an integer. `away`: the direction of a directed mode is away from zero.
fn rounded(n: u64, shift: i64, mode: RoundMode, away: bool) -> u64 {
    if shift <= 0 {
        return n << -shift;
    }
    let (kept, rest, half) = (n >> shift, n & ((1 << shift) - 1), 1u64 << (shift - 1));
    let up = match mode {
        RoundMode::Rne => rest > half || (rest == half && kept & 1 == 1),
        RoundMode::Rna => rest >= half,
        RoundMode::Odd => rest > 0 && kept & 1 == 0,
        _ => rest > 0 && away,
    };
    kept + u64::from(up)
}

/// The product of two fractions, rounded for a result of `wf` fraction bits.
#[derive(Clone, Copy)]
struct Fractions {
    x_bits: u32,
    y_bits: u32,
    wf: u32,
    mode: RoundMode,
}

impl Fractions {
    fn product(&self, index: u64) -> u64 {
        let (x, y) = (index >> self.y_bits, index & ((1 << self.y_bits) - 1));
        (x + (1 << self.x_bits)) * (y + (1 << self.y_bits))
    }

    /// Bits behind the point of a product less those of the result.
    fn surplus(&self) -> i64 {
        i64::from(self.x_bits + self.y_bits) - i64::from(self.wf)
    }

    /// Fraction of a normal result, and how much the exponent grows.
    fn normal(&self, index: u64, away: bool) -> (u64, u64) {
        let product = self.product(index);
        let two = product >> (self.x_bits + self.y_bits + 1);
        let digits = rounded(product, self.surplus() + two as i64, self.mode, away);
        let carry = digits >> (self.wf + 1);
        ((digits >> carry) & ((1 << self.wf) - 1), two + carry)
    }

    /// Code of a subnormal result whose exponent is `k` less than that of the least normal number.
    fn subnormal(&self, index: u64, k: i64, away: bool) -> u64 {
        let grown = self.normal(index, away).1 as i64;
        rounded(self.product(index), self.surplus() + k + grown, self.mode, away)
    }

    /// Never grows by more than the carry of an adder.
    fn fits(&self) -> bool {
        let all = 0..1u64 << (self.x_bits + self.y_bits);
        [false, true].into_iter().all(|away| all.clone().all(|i| self.normal(i, away).1 <= 1))
    }
}

/// Whether the architecture is one for these operands and this result.
pub(super) fn possible(a: &FloatFormat, b: &FloatFormat, r: &FloatFormat, rounding: Rounding) -> bool {
    let f = Fractions { x_bits: a.wf(), y_bits: b.wf(), wf: r.wf(), mode: rounding.mode };
    let small =
        |f: &FloatFormat| (1..=TABLE_BITS).contains(&f.wf()) && f.we() <= FIELD_BITS && f.has_subnormals();
    small(a)
        && small(b)
        && a.wf() + b.wf() <= INDEX_BITS
        && (1..=RESULT_BITS).contains(&r.wf())
        && rounding.mode.random_bits() == 0
        // The least normal number is one.
        && codes::largest(r) >= BigUint::from(1u8) << r.wf()
        && f.fits()
}

/// The code of the product.
pub(super) fn result<'b>(mul: &Mul, b: &'b Builder, a: Bits<'b>, c: Bits<'b>) -> Bits<'b> {
    let (r, rounding) = (&mul.r.format, mul.r.rounding);
    let (wf, mode) = (r.wf(), rounding.mode);
    // Below that a number is less than half of the least one.
    let deepest = i64::from(wf) + 1;
    let high = |f: &FloatFormat| largest_exponent_field(f, mul.care) as i64;
    let (x_offset, y_offset) = share_offset(&mul.a, bias(mul));
    // A zero lies below all subnormal results. Its digits are those of the other operand, which can still round up.
    let grows = i64::from(mul.a.wf().max(mul.b.wf()) > wf);
    let wanted = |other: &FloatFormat, offset, others| Wanted {
        subnormals: true,
        offset,
        zero: -deepest - 1 - grows - high(other) - others,
    };
    let (x, y) = b.scope("decode and normalise", || {
        let x = normal(b, a, &mul.a, mul.care, wanted(&mul.b, x_offset, y_offset), "a");
        let y = normal(b, c, &mul.b, mul.care, wanted(&mul.a, y_offset, x_offset), "b");
        (x, y)
    });
    let f = Fractions { x_bits: mul.a.wf(), y_bits: mul.b.wf(), wf, mode };
    let sign = (x.sign ^ y.sign).named("product_sign");
    let index = x.significand.low(f.x_bits).cat(y.significand.low(f.y_bits));
    let away = match mode {
        RoundMode::Rup => Some(!sign),
        RoundMode::Rdn => Some(sign),
        _ => None,
    };
    let bits = f.x_bits + f.y_bits;
    let table = |name: &str, width: u32, entry: &dyn Fn(u64, bool) -> u64| {
        let entries: Vec<u64> = (0..1u64 << bits).map(|i| entry(i, false)).collect();
        let Some(away) = away else { return b.table(name, index, width, &entries) };
        let all: Vec<u64> = entries.into_iter().chain((0..1u64 << bits).map(|i| entry(i, true))).collect();
        b.table(name, away.cat(index), width, &all)
    };
    let (excess, fraction, low) = b.scope("multiply and round", || {
        let grows = table("grows", 1, &|i, away| f.normal(i, away).1).named("exponent_grows");
        let fraction = table("normal_fraction", wf, &|i, away| f.normal(i, away).0).named("fraction");
        let low: Vec<Bits<'b>> = (1..=deepest)
            .map(|k| {
                // At most 2^(wf + 1 - k).
                let width = (deepest - k + 1) as u32;
                let name = format!("subnormal_result_{k}");
                table(&name, width, &|i, away| f.subnormal(i, k, away))
                    .zext(wf + 1)
                    .named(&format!("result_below_{k}"))
            })
            .collect();
        let (x, y) = (x.exponent.bits(), y.exponent.bits());
        let w = x.width().max(y.width()) + 1;
        (x.sext(w).add_carry(y.sext(w), grows).named("excess"), fraction, low)
    });
    let rounded = b.scope("choose", || {
        let w = excess.width();
        let subnormal = excess.msb().named("is_subnormal");
        // -1, -2, ... by their low bits, if the others are ones.
        let digit_bits = 64 - (deepest as u64 - 1).leading_zeros();
        let digit = excess.low(digit_bits);
        let near = excess.top(w - digit_bits).all().named("is_near");
        let hot = |k: i64| digit.is((-k) as u64 & ((1 << digit_bits) - 1));
        let chosen = (1..=deepest).map(|k| low[k as usize - 1].gate(hot(k))).reduce(|x, y| x | y);
        let below = chosen.expect("at least one").named("subnormal_digits").gate(near);
        let below = match mode {
            // Something is left of any number but zero.
            RoundMode::Rup | RoundMode::Rdn | RoundMode::Odd => {
                let nonzero = !(x.zero | y.zero);
                let shown = (1..=deepest).map(hot).reduce(|x, y| x | y).expect("at least one") & near;
                let one = away.map_or(nonzero, |a| a & nonzero) & subnormal & !shown;
                below | one.zext(wf + 1)
            }
            _ => below,
        };
        let normal = excess.low(w - 1);
        let above = plus_one(normal).cat(fraction).gate(!subnormal);
        let code = (above | below.zext(above.width())).named("rounded");
        // Where it is too large, compared without the one.
        let most = codes::largest(r);
        let one = BigUint::from(1u8) << wf;
        let reachable = BigUint::from((x.range.1 + y.range.1).max(0) as u64 + 2) << wf;
        let overflow =
            (reachable > most).then(|| round_fixed::above(normal.cat(fraction), &(most - one)) & !subnormal);
        finish_with(b, sign, code, true, overflow, r, rounding)
    });
    b.scope("specials", || specials::finish(b, &rounded, &specials(&x, &y, sign), r, rounding))
}

/// One more, in logic instead of a carry chain, one bit wider.
fn plus_one(x: Bits<'_>) -> Bits<'_> {
    let mut sum = !x.bit(0);
    for i in 1..x.width() {
        sum = (x.bit(i) ^ x.low(i).all()).cat(sum);
    }
    x.all().cat(sum)
}
