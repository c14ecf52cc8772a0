//! What reference models of operators share. It knows numbers and nothing of hardware.
use holigen_verif::exact::{Dyadic, Small, Value};
use holigen_verif::format::FloatFormat;
use holigen_verif::round::{self, RoundMode, Saturation};
use num_bigint::{BigInt, Sign};

/// The 32-bit register of x^32 + x^31 + x^30 + x^10 + 1, shifted to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lfsr(pub u32);

impl Lfsr {
    /// The low `bits` bits; then as many steps are made.
    pub fn word(&mut self, bits: u32) -> u64 {
        let word = u64::from(self.0) & ((1 << bits) - 1);
        for _ in 0..bits {
            let s = self.0;
            self.0 = s << 1 | (s >> 31 ^ s >> 30 ^ s >> 29 ^ s >> 9) & 1;
        }
        word
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Product of two linear maps of the register, column by column.
    fn after(x: &[u32; 32], y: &[u32; 32]) -> [u32; 32] {
        let apply = |m: &[u32; 32], v: u32| (0..32).filter(|i| v >> i & 1 == 1).fold(0, |sum, i| sum ^ m[i]);
        std::array::from_fn(|i| apply(x, y[i]))
    }

    /// The period is 2^32 - 1: that many steps are none, and no quotient by a prime factor is enough.
    #[test]
    fn lfsr_has_the_longest_period() {
        let identity: [u32; 32] = std::array::from_fn(|i| 1 << i);
        let step: [u32; 32] = std::array::from_fn(|i| {
            let mut r = Lfsr(1 << i);
            r.word(1);
            r.0
        });
        let power = |mut n: u64| {
            let (mut all, mut square) = (identity, step);
            while n > 0 {
                if n & 1 == 1 {
                    all = after(&all, &square);
                }
                square = after(&square, &square);
                n >>= 1;
            }
            all
        };
        let period = (1u64 << 32) - 1;
        assert_eq!(power(period), identity);
        for prime in [3, 5, 17, 257, 65537] {
            assert_ne!(power(period / prime), identity, "{prime}");
        }
    }

    #[test]
    fn lfsr_words_follow_each_other() {
        let (mut x, mut y) = (Lfsr(0x9E37_79B9), Lfsr(0x9E37_79B9));
        assert_eq!(x.word(8), 0xb9);
        (0..8).for_each(|_| {
            y.word(1);
        });
        assert_eq!(x, y);
    }
}
