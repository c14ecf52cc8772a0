//! Posits by the letter of the definition, on rationals of GMP: nothing is shared with `holigen-verif`.
use rug::ops::Pow;
use rug::{Integer, Rational};
use std::cmp::Ordering;

/// A format, all its numbers and the boundaries between them.
pub struct Oracle {
    pub n: u32,
    pub es: u32,
    /// Numbers of the codes 0 to maxpos, ascending; empty for wide formats.
    positive: Vec<Rational>,
    /// Between each of them and the next.
    boundary: Vec<Rational>,
}

/// The number of a positive code of n bits, read off its string of bits, first bit first.
fn positive(code: u128, n: u32, es: u32) -> Rational {
    let bits: Vec<bool> = (0..n - 1).rev().map(|i| code >> i & 1 == 1).collect();
    let run = bits.iter().take_while(|b| **b == bits[0]).count();
    let regime = if bits[0] { run as i64 - 1 } else { -(run as i64) };
    let mut rest = bits.iter().skip(run + 1);
    let mut exponent = 0i64;
    for _ in 0..es {
        exponent = 2 * exponent + i64::from(rest.next().copied().unwrap_or(false));
    }
    let mut value = Rational::from(1);
    for (i, bit) in rest.enumerate() {
        if *bit {
            value += Oracle::power(-1 - i as i64);
        }
    }
    value * Oracle::power(regime * (1 << es) + exponent)
}

impl Oracle {
    /// 2^exponent.
    pub fn power(exponent: i64) -> Rational {
        let magnitude = Integer::from(2).pow(exponent.unsigned_abs() as u32);
        if exponent < 0 { Rational::from((1, magnitude)) } else { Rational::from(magnitude) }
    }

    /// floor(log2 |x|) of a number other than zero.
    pub fn floor_log2(x: &Rational) -> i64 {
        let (n, d) = (x.numer().significant_bits(), x.denom().significant_bits());
        let guess = i64::from(n) - i64::from(d);
        if x.clone().abs() < Self::power(guess) { guess - 1 } else { guess }
    }

    /// log2 of maxpos.
    pub fn max_scale(&self) -> i64 {
        i64::from(self.n - 2) << self.es
    }

    pub fn new(n: u32, es: u32) -> Self {
        let mut o = Oracle { n, es, positive: Vec::new(), boundary: Vec::new() };
        if n <= 12 {
            let codes = 0..1u128 << (n - 1);
            o.positive = codes.clone().map(|c| o.read(c)).collect();
            o.boundary = codes.map(|c| o.between(c)).collect();
        }
        o
    }

    fn read(&self, code: u128) -> Rational {
        if code == 0 { Rational::new() } else { positive(code, self.n, self.es) }
    }

    /// The number with one bit more that stands between a positive code and the next.
    fn between(&self, code: u128) -> Rational {
        positive(2 * code + 1, self.n + 1, self.es)
    }

    /// None for NaR.
    pub fn decode(&self, code: u64) -> Option<Rational> {
        let nar = 1u64 << (self.n - 1);
        let negated = code.wrapping_neg() & (nar | (nar - 1));
        match code {
            c if c == nar => None,
            c if c & nar != 0 => Some(-self.magnitude(negated)),
            c => Some(self.magnitude(c)),
        }
    }

    fn magnitude(&self, code: u64) -> Rational {
        self.positive.get(code as usize).cloned().unwrap_or_else(|| self.read(code.into()))
    }

    /// Posit Standard (2022), section 4.1.
    pub fn round(&self, x: Option<&Rational>) -> u64 {
        let nar = 1u64 << (self.n - 1);
        let Some(x) = x else { return nar };
        if *x == 0 {
            return 0;
        }
        let magnitude = x.clone().abs();
        // The largest code whose number is not greater.
        let (mut low, mut high) = (0, nar - 1);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.magnitude(middle) <= magnitude { low = middle } else { high = middle - 1 }
        }
        let code = if low == 0 {
            1
        } else if low == nar - 1 {
            low
        } else {
            let boundary =
                self.boundary.get(low as usize).cloned().unwrap_or_else(|| self.between(low.into()));
            match magnitude.cmp(&boundary) {
                Ordering::Less => low,
                Ordering::Greater => low + 1,
                Ordering::Equal => low + (low & 1),
            }
        };
        if *x < 0 { code.wrapping_neg() & (nar | (nar - 1)) } else { code }
    }
}
