//! Exact numbers in machine words, for exhaustive runs: no allocation, and `None` or a sticky bit where a
//! result would not fit.

use super::{Dyadic, Value};

/// The number `(-1)^neg * mag * 2^exp` with a significand of at most 128 bits. Not canonical: equal numbers may
/// differ in their fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Small {
    /// True for negative numbers and `-0`.
    pub neg: bool,
    /// Integer significand.
    pub mag: u128,
    /// Weight of the significand's least significant bit, as a power of two.
    pub exp: i32,
}

impl Small {
    /// The positive zero.
    pub const ZERO: Small = Small { neg: false, mag: 0, exp: 0 };

    /// True for zeros of both signs.
    pub fn is_zero(self) -> bool {
        self.mag == 0
    }

    /// `floor(log2(|self|))`; `None` for zero.
    pub fn floor_log2(self) -> Option<i32> {
        (self.mag != 0).then(|| self.exp + 127 - self.mag.leading_zeros() as i32)
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Small { neg: !self.neg, ..self }
    }

    /// The exact product, or `None` if the product of the significands needs more than 128 bits (never for
    /// significands of up to 64 bits, so for no format of this crate).
    #[inline]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        // The product of two words is a single instruction; the checked one of 128 bits isn't.
        let mag = match (u64::try_from(self.mag), u64::try_from(other.mag)) {
            (Ok(x), Ok(y)) => u128::from(x) * u128::from(y),
            _ => self.mag.checked_mul(other.mag)?,
        };
        Some(Small { neg: self.neg != other.neg, mag, exp: self.exp + other.exp })
    }

    /// The exact sum, or `None` if it needs more than 128 bits. A zero sum is `+0` unless both operands are
    /// negative zeros.
    #[inline]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        match (self.mag, other.mag) {
            (0, 0) => return Some(Small { neg: self.neg && other.neg, mag: 0, exp: 0 }),
            (0, _) => return Some(other),
            (_, 0) => return Some(self),
            _ => {}
        }
        let (high, low) = if self.exp >= other.exp { (self, other) } else { (other, self) };
        let shift = (high.exp - low.exp) as u32;
        if shift > high.mag.leading_zeros() {
            return None;
        }
        // shift is 128 only for a zero significand, which has been handled.
        let aligned = high.mag << shift;
        if high.neg == low.neg {
            return Some(Small { neg: high.neg, mag: aligned.checked_add(low.mag)?, exp: low.exp });
        }
        let neg = if aligned == low.mag { false } else { high.neg == (aligned > low.mag) };
        Some(Small { neg, mag: aligned.abs_diff(low.mag), exp: low.exp })
    }

    /// The sum, cut toward zero to what fits, and whether anything was cut off.
    ///
    /// The operands' significands must have at most 64 bits each. Then either the sum is exact, or at least 125
    /// significant bits of it are kept: enough below any format's last place to round correctly with the
    /// sticky bit ([`crate::round::round_small`]).
    #[inline]
    pub fn add_sticky(self, other: Self) -> (Self, bool) {
        debug_assert!(self.mag >> 64 == 0 && other.mag >> 64 == 0, "significands of up to 64 bits");
        if let Some(sum) = self.checked_add(other) {
            return (sum, false);
        }
        // The exponents are at least 64 apart, so `low` is less than one unit of `high`'s last place: no
        // cancellation beyond one bit.
        let (high, low) = if self.exp >= other.exp { (self, other) } else { (other, self) };
        let up = high.mag.leading_zeros() - 1; // one bit stays free for the carry
        let (wide, exp) = (high.mag << up, high.exp - up as i32);
        let down = (exp - low.exp) as u32; // positive, else the exact sum would have fitted
        let (kept, cut) =
            if down < 128 { (low.mag >> down, low.mag & ((1 << down) - 1) != 0) } else { (0, true) };
        let mag = if high.neg == low.neg {
            wide + kept
        } else {
            // wide - kept - fraction, cut toward zero.
            wide - kept - u128::from(cut)
        };
        (Small { neg: high.neg, mag, exp }, cut)
    }
}

impl From<Small> for Dyadic {
    fn from(x: Small) -> Self {
        Dyadic::new(x.neg, x.mag, i64::from(x.exp))
    }
}

/// [`Value`] in machine words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Not a number.
    Nan,
    /// An infinity.
    Inf {
        /// True for minus infinity.
        neg: bool,
    },
    /// A number; the sign of zero is kept.
    Finite(Small),
}

impl Class {
    /// The value with the other sign; NaN stays NaN.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Class::Nan => Class::Nan,
            Class::Inf { neg } => Class::Inf { neg: !neg },
            Class::Finite(x) => Class::Finite(x.negated()),
        }
    }

    /// The exact product with IEEE 754 rules for specials (`0 * inf` is NaN).
    ///
    /// # Panics
    /// If the significands' product needs more than 128 bits: never for two decoded operands.
    #[must_use]
    #[inline]
    pub fn times(self, other: Self) -> Self {
        match (self, other) {
            (Class::Nan, _) | (_, Class::Nan) => Class::Nan,
            (Class::Inf { neg: x }, Class::Inf { neg: y }) => Class::Inf { neg: x != y },
            (Class::Inf { neg }, Class::Finite(x)) | (Class::Finite(x), Class::Inf { neg }) => {
                if x.is_zero() { Class::Nan } else { Class::Inf { neg: neg != x.neg } }
            }
            (Class::Finite(x), Class::Finite(y)) => {
                Class::Finite(x.checked_mul(y).expect("product of significands fits 128 bits"))
            }
        }
    }

    /// The sum with IEEE 754 rules for specials (`inf - inf` is NaN), as [`Small::add_sticky`] gives it: cut
    /// toward zero, and whether anything was cut off. Significands of at most 64 bits.
    #[must_use]
    #[inline]
    pub fn plus_sticky(self, other: Self) -> (Self, bool) {
        match (self, other) {
            (Class::Nan, _) | (_, Class::Nan) => (Class::Nan, false),
            (Class::Inf { neg: x }, Class::Inf { neg: y }) if x != y => (Class::Nan, false),
            (Class::Inf { neg }, _) | (_, Class::Inf { neg }) => (Class::Inf { neg }, false),
            (Class::Finite(x), Class::Finite(y)) => {
                let (sum, sticky) = x.add_sticky(y);
                (Class::Finite(sum), sticky)
            }
        }
    }
}

impl From<Class> for Value {
    fn from(class: Class) -> Self {
        match class {
            Class::Nan => Value::NaN,
            Class::Inf { neg } => Value::Inf { neg },
            Class::Finite(x) => Value::Finite(x.into()),
        }
    }
}
