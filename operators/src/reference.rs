//! What reference models of operators share. It knows numbers and nothing of hardware.
use holigen_verif::exact::{Dyadic, Small, Value};
use holigen_verif::format::FloatFormat;
use holigen_verif::round::{self, RoundMode, Saturation};
use num_bigint::{BigInt, Sign};

/// An exact sum.
#[derive(Clone, Debug, PartialEq)]
pub enum FixedSum {
    /// `value * 2^exp`.
    Word {
        /// Integer.
        value: i128,
        /// Weight of its last place.
        exp: i32,
    },
    /// More than a word holds.
    Big {
        /// Integer.
        value: BigInt,
        /// Weight of its last place.
        exp: i32,
    },
}

impl FixedSum {
    /// Of numbers that are not zero.
    pub fn of(terms: impl Iterator<Item = Small> + Clone) -> Self {
        let Some(exp) = terms.clone().map(|t| t.exp).min() else { return Self::Word { value: 0, exp: 0 } };
        let bits = |t: Small| (t.exp - exp) as u32 + 128 - t.mag.leading_zeros();
        let widest = terms.clone().map(bits).max().unwrap_or(0);
        let count = terms.clone().count();
        if widest + usize::BITS - count.leading_zeros() < 127 {
            let word = |t: Small| (t.mag << (t.exp - exp)) as i128 * if t.neg { -1 } else { 1 };
            return Self::Word { value: terms.map(word).sum(), exp };
        }
        let big = |t: Small| {
            let sign = if t.neg { Sign::Minus } else { Sign::Plus };
            BigInt::from_biguint(sign, t.mag.into()) << (t.exp - exp)
        };
        Self::Big { value: terms.map(big).sum(), exp }
    }

    /// Less than zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Word { value, .. } => *value < 0,
            Self::Big { value, .. } => value.sign() == Sign::Minus,
        }
    }

    /// `floor(log2(|sum|))`; none for zero.
    pub fn floor_log2(&self) -> Option<i64> {
        let (bits, exp) = match self {
            Self::Word { value, exp } => (u64::from(128 - value.unsigned_abs().leading_zeros()), exp),
            Self::Big { value, exp } => (value.bits(), exp),
        };
        (bits > 0).then(|| i64::from(*exp) + bits as i64 - 1)
    }

    /// Rounded once; zero is +0.
    pub fn round(&self, f: &FloatFormat, mode: RoundMode, saturation: Saturation, rnd: u64) -> u64 {
        match self {
            Self::Word { value, exp } => {
                round::round_small(*value < 0, value.unsigned_abs(), *exp, false, f, mode, saturation, rnd)
            }
            Self::Big { value, exp } => {
                let exact = Dyadic::new(self.is_negative(), value.magnitude().clone(), i64::from(*exp));
                round::round(&Value::Finite(exact), f, mode, saturation, rnd) as u64
            }
        }
    }
}
