//! Integers: two's complement and unsigned codes of a width, and the ranges of sums.
use crate::interface::Encoding;
use std::fmt;

/// Codes of integers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IntFormat {
    /// Bits, 1 to 127.
    pub width: u32,
    /// Two's complement; else unsigned.
    pub signed: bool,
}

impl IntFormat {
    /// The least number.
    pub fn least(self) -> i128 {
        if self.signed { -(1 << (self.width - 1)) } else { 0 }
    }

    /// The largest number.
    pub fn largest(self) -> i128 {
        (1 << (self.width - u32::from(self.signed))) - 1
    }

    /// The narrowest format that holds both; two's complement if `signed` or if one of them is negative.
    ///
    /// # Panics
    /// Beyond 127 bits.
    #[track_caller]
    pub fn holding(numbers: [i128; 2], signed: bool) -> Self {
        let signed = signed || numbers.iter().any(|n| *n < 0);
        let formats = (1..=126).map(|width| Self { width, signed });
        let mut fitting = formats.filter(|f| numbers.iter().all(|n| (f.least()..=f.largest()).contains(n)));
        fitting.next().expect("a sum of at most 126 bits")
    }

    /// The number of a code of at most 64 bits.
    #[inline]
    pub fn decode(self, code: u64) -> i64 {
        let up = 64 - self.width;
        if self.signed { (code << up) as i64 >> up } else { code as i64 }
    }

    /// The code of a number, modulo 2^width, in little-endian limbs.
    pub fn write(self, number: i128, limbs: &mut [u64]) {
        let code = number as u128 & (u128::MAX >> (128 - self.width));
        limbs.iter_mut().enumerate().for_each(|(i, l)| *l = (code >> (64 * i as u32)) as u64);
    }

    /// As a part of a name: `s8`, `u4`.
    pub fn short(self) -> String {
        format!("{}{}", if self.signed { 's' } else { 'u' }, self.width)
    }

    /// How a port of this format is read.
    pub fn encoding(self) -> Encoding {
        Encoding::Fixed { signed: self.signed, lsb: 0 }
    }
}

/// `8-bit two's complement`.
impl fmt::Display for IntFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.signed { "two's complement" } else { "unsigned" };
        write!(f, "{}-bit {kind}", self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_codes() {
        for width in 1..=12 {
            for signed in [false, true] {
                let f = IntFormat { width, signed };
                let numbers: Vec<i64> = (0..1u64 << width).map(|c| f.decode(c)).collect();
                assert_eq!(numbers.iter().min().map(|n| i128::from(*n)), Some(f.least()), "{f}");
                assert_eq!(numbers.iter().max().map(|n| i128::from(*n)), Some(f.largest()), "{f}");
                for (code, n) in (0..).zip(numbers) {
                    let mut limbs = [0];
                    f.write(n.into(), &mut limbs);
                    assert_eq!(limbs[0], code, "{n} in {f}");
                }
            }
        }
        assert_eq!(IntFormat::holding([-128, 128], false), IntFormat { width: 9, signed: true });
        assert_eq!(IntFormat::holding([0, 255], false), IntFormat { width: 8, signed: false });
        assert_eq!(IntFormat::holding([0, 0], true), IntFormat { width: 1, signed: true });
    }
}
