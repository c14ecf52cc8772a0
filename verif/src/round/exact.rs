//! Rounding by the letter of the definition, on numbers of any size.

use num_bigint::BigUint;

use super::{RoundMode, Saturation, Stochastic, random_word};
use crate::exact::{Dyadic, Value};
use crate::format::{Encoding, FloatFormat};

/// Rounds a value to a code of the format. `rnd` is the random word of stochastic modes (its low
/// [`RoundMode::random_bits`] bits; ignored by the others).
///
/// See the [module](super) for what happens to zeros, overflow, infinities and NaN.
pub fn round(value: &Value, format: &FloatFormat, mode: RoundMode, saturation: Saturation, rnd: u64) -> u128 {
    let x = match value {
        Value::NaN => return format.nan_result(),
        Value::Inf { neg } => return format.saturated_infinity(*neg, saturation),
        Value::Finite(x) => x,
    };
    let neg = x.is_negative();
    let scale = format.encoding() == Encoding::Scale;
    let Some(floor_log2) = x.floor_log2() else {
        // Scales have no zero; code 0 is the smallest one. Elsewhere code 0 is zero.
        return format.compose(neg, 0).into();
    };
    if scale && neg {
        return format.nan_result();
    }

    let exponent = if scale { floor_log2 } else { floor_log2.max(format.emin().into()) };
    let q = exponent - i64::from(format.wf());
    let (floor_s, nu) = split(&x.abs().scale(-q));
    // P3109's rule for precision 1, where every normal significand is 1: parity of the exponent field.
    let odd = if format.wf() == 0 {
        floor_s.bits() != 0 && (q + i64::from(format.bias())) & 1 == 1
    } else {
        floor_s.bit(0)
    };
    let up = round_up(&nu, odd, neg, mode, rnd);
    let rounded = Dyadic::new(neg, floor_s + u32::from(up), q);

    if rounded.is_zero() {
        return format.compose(neg, 0).into();
    }
    if neg && !format.is_signed() || rounded.cmp_magnitude(&format.max_finite()).is_gt() {
        return format.overflow_code(neg, mode, saturation);
    }
    let smallest = format.min_positive();
    if scale && smallest.is_some_and(|smallest| rounded.cmp_magnitude(&smallest).is_lt()) {
        return 0;
    }
    format
        .encode_exact(&rounded.into())
        .expect("a number rounded to the format's precision and range is in it")
}

/// `(floor(x), x - floor(x))` of a nonnegative number.
pub(super) fn split(x: &Dyadic) -> (BigUint, Dyadic) {
    if x.exponent() >= 0 {
        return (x.significand() << x.exponent().unsigned_abs(), Dyadic::zero());
    }
    let floor = x.significand() >> x.exponent().unsigned_abs();
    let fraction = x - &Dyadic::new(false, floor.clone(), 0);
    (floor, fraction)
}

/// Whether to take the upper neighbour: P3109's table of rounding modes.
pub(super) fn round_up(nu: &Dyadic, odd: bool, neg: bool, mode: RoundMode, rnd: u64) -> bool {
    let half = Dyadic::power_of_two(-1);
    let inexact = !nu.is_zero();
    match mode {
        RoundMode::Rne => nu.cmp_value(&half).is_gt() || nu.cmp_value(&half).is_eq() && odd,
        RoundMode::Rna => nu.cmp_value(&half).is_ge(),
        RoundMode::Rtz => false,
        RoundMode::Rup => inexact && !neg,
        RoundMode::Rdn => inexact && neg,
        RoundMode::Odd => inexact && !odd,
        RoundMode::Sr { kind, bits } => {
            let n = i64::from(bits);
            let r = BigUint::from(random_word(rnd, bits));
            let one = BigUint::from(1u32);
            match kind {
                Stochastic::A => split(&nu.scale(n)).0 + r >= one << bits,
                Stochastic::B => split(&nu.scale(n + 1)).0 + (r << 1u32) + 1u32 >= one << (bits + 1),
                Stochastic::C => {
                    let (floor, rest) = split(&nu.scale(n));
                    let above = match rest.cmp_value(&half) {
                        std::cmp::Ordering::Less => false,
                        std::cmp::Ordering::Equal => floor.bit(0),
                        std::cmp::Ordering::Greater => true,
                    };
                    floor + u32::from(above) + r >= one << bits
                }
            }
        }
    }
}
