//! Exact numbers: dyadic rationals of any size, and the extended values (NaN, infinities, signed zero)
//! that floating-point operands stand for.
//!
//! A reference model computes on these and rounds once at the end, so nothing in here ever rounds. [`Dyadic`]
//! is the slow, obviously right number; [`Small`] and [`Class`] are the same thing in machine words, for
//! exhaustive runs.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::BigUint;

mod small;
mod text;

pub use small::{Class, Small};
pub use text::ParseNumberError;

/// The exact number `(-1)^neg * mag * 2^exp`.
///
/// Always canonical: `mag` is odd, or zero with `exp` zero. So equal numbers have equal fields and the derived
/// equality is numeric equality, except that `-0` and `+0` differ (IEEE formats tell them apart). Compare with
/// [`Dyadic::cmp_value`] where zeros of both signs are one number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dyadic {
    neg: bool,
    mag: BigUint,
    exp: i64,
}

impl Dyadic {
    /// `(-1)^neg * mag * 2^exp`, brought to canonical form. `mag` zero gives a zero of that sign.
    pub fn new(neg: bool, mag: impl Into<BigUint>, exp: i64) -> Self {
        let mag = mag.into();
        match mag.trailing_zeros() {
            None => Dyadic { neg, mag, exp: 0 },
            Some(0) => Dyadic { neg, mag, exp },
            Some(zeros) => Dyadic { neg, mag: mag >> zeros, exp: exp + zeros as i64 },
        }
    }

    /// The positive zero.
    pub fn zero() -> Self {
        Dyadic::new(false, 0u32, 0)
    }

    /// `2^exp`.
    pub fn power_of_two(exp: i64) -> Self {
        Dyadic::new(false, 1u32, exp)
    }

    /// True for negative numbers and for `-0`.
    pub fn is_negative(&self) -> bool {
        self.neg
    }

    /// True for `+0` and `-0`.
    pub fn is_zero(&self) -> bool {
        self.mag.bits() == 0
    }

    /// The integer significand of the canonical form: odd, or zero.
    pub fn significand(&self) -> &BigUint {
        &self.mag
    }

    /// The exponent of the canonical form: the weight of [`Dyadic::significand`]'s least significant bit is
    /// `2^exponent()`.
    pub fn exponent(&self) -> i64 {
        self.exp
    }

    /// `floor(log2(|self|))`, or `None` for zero.
    pub fn floor_log2(&self) -> Option<i64> {
        (!self.is_zero()).then(|| self.exp + self.mag.bits() as i64 - 1)
    }

    /// The absolute value; `|-0|` is `+0`.
    #[must_use]
    pub fn abs(&self) -> Self {
        Dyadic { neg: false, ..self.clone() }
    }

    /// `self * 2^power`, exactly.
    #[must_use]
    pub fn scale(&self, power: i64) -> Self {
        Dyadic::new(self.neg, self.mag.clone(), self.exp + power)
    }

    /// Numeric order: zeros of both signs are equal.
    pub fn cmp_value(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return if other.neg { Ordering::Greater } else { Ordering::Less },
            (false, true) => return if self.neg { Ordering::Less } else { Ordering::Greater },
            (false, false) => {}
        }
        match (self.neg, other.neg) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.cmp_magnitude(other),
            (true, true) => other.cmp_magnitude(self),
        }
    }

    /// Order of the absolute values.
    pub fn cmp_magnitude(&self, other: &Self) -> Ordering {
        // Different binades need no shift: this keeps comparisons of far apart exponents cheap.
        match self.floor_log2().cmp(&other.floor_log2()) {
            Ordering::Equal => {
                let low = self.exp.min(other.exp);
                self.aligned(low).cmp(&other.aligned(low))
            }
            unequal => unequal,
        }
    }

    /// `mag * 2^(exp - low)`: the integer significand in units of `2^low`; `low` must not exceed `exp`.
    fn aligned(&self, low: i64) -> BigUint {
        &self.mag << (self.exp - low) as u64
    }

    /// The same number as an `f64`, or `None` if no finite `f64` has exactly this value (`-0` is kept).
    pub fn to_f64(&self) -> Option<f64> {
        let sign = if self.neg { -1.0 } else { 1.0 };
        let Some(top) = self.floor_log2() else { return Some(0.0 * sign) };
        if self.mag.bits() > 53 || top > 1023 || self.exp < -1074 {
            return None;
        }
        let mut significand = self.mag.iter_u64_digits().next().unwrap_or(0) as f64;
        // In two steps, because 2^exp alone may be subnormal or overflow although the product is fine.
        let half = (self.exp / 2) as i32;
        significand *= 2f64.powi(half);
        Some(sign * significand * 2f64.powi(self.exp as i32 - half))
    }
}

impl From<i64> for Dyadic {
    fn from(value: i64) -> Self {
        Dyadic::new(value < 0, value.unsigned_abs(), 0)
    }
}

impl Neg for &Dyadic {
    type Output = Dyadic;
    fn neg(self) -> Dyadic {
        Dyadic { neg: !self.neg, ..self.clone() }
    }
}

impl Add for &Dyadic {
    type Output = Dyadic;
    /// The exact sum. A zero sum is `+0` unless both operands are `-0` (IEEE 754 for every rounding but toward
    /// negative; the rounding direction is not known here).
    fn add(self, other: &Dyadic) -> Dyadic {
        if self.is_zero() && other.is_zero() {
            return Dyadic::new(self.neg && other.neg, 0u32, 0);
        }
        let low = match (self.is_zero(), other.is_zero()) {
            (true, _) => return other.clone(),
            (_, true) => return self.clone(),
            _ => self.exp.min(other.exp),
        };
        let (x, y) = (self.aligned(low), other.aligned(low));
        if self.neg == other.neg {
            return Dyadic::new(self.neg, x + y, low);
        }
        match x.cmp(&y) {
            Ordering::Equal => Dyadic::zero(),
            Ordering::Greater => Dyadic::new(self.neg, x - y, low),
            Ordering::Less => Dyadic::new(other.neg, y - x, low),
        }
    }
}

impl Sub for &Dyadic {
    type Output = Dyadic;
    fn sub(self, other: &Dyadic) -> Dyadic {
        self + &-other
    }
}

impl Mul for &Dyadic {
    type Output = Dyadic;
    /// The exact product; a zero product has the sign of the product (IEEE 754).
    fn mul(self, other: &Dyadic) -> Dyadic {
        Dyadic::new(self.neg != other.neg, &self.mag * &other.mag, self.exp + other.exp)
    }
}

/// What a floating-point code stands for. NaN has no payload and no sign here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Not a number.
    NaN,
    /// An infinity.
    Inf {
        /// True for minus infinity.
        neg: bool,
    },
    /// A number; the sign of zero is kept.
    Finite(Dyadic),
}

impl Value {
    /// The value of an `f64`, exactly.
    pub fn from_f64(x: f64) -> Self {
        if x.is_nan() {
            return Value::NaN;
        }
        if x.is_infinite() {
            return Value::Inf { neg: x < 0.0 };
        }
        let bits = x.to_bits();
        let (field, fraction) = ((bits >> 52 & 0x7FF) as i64, bits & ((1 << 52) - 1));
        let significand = if field == 0 { fraction } else { fraction | 1 << 52 };
        Value::Finite(Dyadic::new(x.is_sign_negative(), significand, field.max(1) - 1075))
    }

    /// As an `f64`, or `None` if none has exactly this value.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Value::NaN => Some(f64::NAN),
            Value::Inf { neg } => Some(if *neg { f64::NEG_INFINITY } else { f64::INFINITY }),
            Value::Finite(x) => x.to_f64(),
        }
    }

    /// The number, if it is one.
    pub fn finite(&self) -> Option<&Dyadic> {
        match self {
            Value::Finite(number) => Some(number),
            _ => None,
        }
    }

    /// True for NaN.
    pub fn is_nan(&self) -> bool {
        matches!(self, Value::NaN)
    }

    /// `self * b + c` with a single (exact) result: NaN for NaN operands, `0 * inf` and `inf - inf`.
    #[must_use]
    pub fn fma(&self, b: &Value, c: &Value) -> Value {
        &(self * b) + c
    }
}

impl From<Dyadic> for Value {
    fn from(number: Dyadic) -> Self {
        Value::Finite(number)
    }
}

impl Neg for &Value {
    type Output = Value;
    fn neg(self) -> Value {
        match self {
            Value::NaN => Value::NaN,
            Value::Inf { neg } => Value::Inf { neg: !neg },
            Value::Finite(x) => Value::Finite(-x),
        }
    }
}

impl Add for &Value {
    type Output = Value;
    /// IEEE 754 addition without the rounding: NaN if an operand is NaN or for `inf - inf`.
    fn add(self, other: &Value) -> Value {
        match (self, other) {
            (Value::NaN, _) | (_, Value::NaN) => Value::NaN,
            (Value::Inf { neg: x }, Value::Inf { neg: y }) if x != y => Value::NaN,
            (Value::Inf { neg }, _) | (_, Value::Inf { neg }) => Value::Inf { neg: *neg },
            (Value::Finite(x), Value::Finite(y)) => Value::Finite(x + y),
        }
    }
}

impl Sub for &Value {
    type Output = Value;
    fn sub(self, other: &Value) -> Value {
        self + &-other
    }
}

impl Mul for &Value {
    type Output = Value;
    /// IEEE 754 multiplication without the rounding: NaN if an operand is NaN or for `0 * inf`.
    fn mul(self, other: &Value) -> Value {
        match (self, other) {
            (Value::NaN, _) | (_, Value::NaN) => Value::NaN,
            (Value::Inf { neg: x }, Value::Inf { neg: y }) => Value::Inf { neg: x != y },
            (Value::Inf { .. }, Value::Finite(x)) | (Value::Finite(x), Value::Inf { .. }) if x.is_zero() => {
                Value::NaN
            }
            (Value::Inf { neg }, Value::Finite(x)) | (Value::Finite(x), Value::Inf { neg }) => {
                Value::Inf { neg: *neg != x.is_negative() }
            }
            (Value::Finite(x), Value::Finite(y)) => Value::Finite(x * y),
        }
    }
}
