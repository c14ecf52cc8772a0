//! Rounding in machine words.

use super::{RoundMode, Saturation, Stochastic, random_word};
use crate::exact::{Class, Small};
use crate::format::FloatFormat;

/// Rounds `(-1)^neg * (mag + fraction) * 2^exp` to a code of the format, where `fraction` is 0, or with
/// `sticky` some number strictly between 0 and 1. `rnd` is the random word of stochastic modes (its low
/// [`RoundMode::random_bits`] bits; ignored by the others).
///
/// The result is that of [`super::round()`]. For it to be determined, a sticky value needs
/// `2^exp` at most half a unit in the last place of the result's binade, and at most `2^-(N+1)` of that unit
/// with `N` random bits.
#[inline]
pub fn round_small(
    neg: bool,
    mag: u128,
    exp: i32,
    sticky: bool,
    format: &FloatFormat,
    mode: RoundMode,
    saturation: Saturation,
    rnd: u64,
) -> u64 {
    if mag == 0 && !sticky {
        return format.compose(neg, 0);
    }
    let scale = !format.has_subnormals();
    if scale && neg {
        return format.nan_result() as u64;
    }
    // Something below one place, and nothing else: any number in there rounds alike, by the condition above.
    let (mag, exp) = if mag == 0 { (1, exp - 1) } else { (mag, exp) };

    let floor_log2 = exp + 127 - mag.leading_zeros() as i32;
    let emin = format.emin();
    if scale && floor_log2 < emin {
        return 0;
    }
    let exponent = floor_log2.max(emin);
    let wf = format.wf() as i32;
    let cut = exponent - wf - exp;
    let (kept, rest) = if cut <= 0 {
        debug_assert!(!sticky, "a sticky bit above the last place");
        ((mag << -cut) as u64, Remainder { bits: 0, width: 0, sticky: false })
    } else if cut < 128 {
        ((mag >> cut) as u64, Remainder { bits: mag & ((1 << cut) - 1), width: cut as u32, sticky })
    } else {
        (0, Remainder { bits: mag, width: cut as u32, sticky })
    };

    // The code of the lower neighbour: the implicit bit of `kept` is worth one in the exponent field, and so is
    // a carry out of the fraction when 1 is added below.
    let max = format.max_magnitude_code();
    let binade = (exponent - emin) as u64;
    let code = if binade > max >> wf {
        // Beyond the largest finite number's binade. The field would not fit, and all of these overflow.
        return format.overflow_code(neg, mode, saturation) as u64;
    } else {
        u128::from(kept) + (u128::from(binade) << wf) - u128::from(scale)
    };
    let code = code + u128::from(rest.round_up(code & 1 == 1, neg, mode, rnd));
    if code == 0 && !scale {
        return format.compose(neg, 0);
    }
    if code > u128::from(max) || neg && !format.is_signed() {
        return format.overflow_code(neg, mode, saturation) as u64;
    }
    format.compose(neg, code as u64)
}

/// [`round_small`] of a value with its specials, for instance from [`Class::plus_sticky`].
#[inline]
pub fn round_class(
    value: Class,
    sticky: bool,
    format: &FloatFormat,
    mode: RoundMode,
    saturation: Saturation,
    rnd: u64,
) -> u64 {
    match value {
        Class::Nan => format.nan_result() as u64,
        Class::Inf { neg } => format.saturated_infinity(neg, saturation) as u64,
        Class::Finite(Small { neg, mag, exp }) => {
            round_small(neg, mag, exp, sticky, format, mode, saturation, rnd)
        }
    }
}

/// What was cut off: `(bits + f) / 2^width` of a unit in the last place, with `0 < f < 1` if `sticky`, else 0.
/// `bits < 2^width` holds; `width` may exceed 128.
pub(super) struct Remainder {
    pub bits: u128,
    pub width: u32,
    pub sticky: bool,
}

impl Remainder {
    fn is_zero(&self) -> bool {
        self.bits == 0 && !self.sticky
    }

    /// `floor(nu * 2^n)` for `n` up to 65, and what remains of it.
    fn scaled(&self, n: u32) -> (u128, Remainder) {
        match self.width.checked_sub(n) {
            None => (self.bits << (n - self.width), Remainder { bits: 0, width: 0, sticky: self.sticky }),
            Some(width @ 0..128) => {
                let mask = (1u128 << width) - 1;
                (self.bits >> width, Remainder { bits: self.bits & mask, width, sticky: self.sticky })
            }
            Some(width) => (0, Remainder { bits: self.bits, width, sticky: self.sticky }),
        }
    }

    /// Order of `nu` and one half.
    fn cmp_half(&self) -> std::cmp::Ordering {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match self.width {
            // `bits < 2^width` leaves bits = 0: only the sticky part, less than half by round_small's condition.
            0 => Less,
            1..=128 => match self.bits.cmp(&(1 << (self.width - 1))) {
                Equal if self.sticky => Greater,
                order => order,
            },
            _ => Less,
        }
    }

    /// Whether to take the upper neighbour; `odd` is the parity of the lower one's code.
    pub fn round_up(&self, odd: bool, neg: bool, mode: RoundMode, rnd: u64) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match mode {
            RoundMode::Rne => match self.cmp_half() {
                Less => false,
                Equal => odd,
                Greater => true,
            },
            RoundMode::Rna => self.cmp_half().is_ge(),
            RoundMode::Rtz => false,
            RoundMode::Rup => !neg && !self.is_zero(),
            RoundMode::Rdn => neg && !self.is_zero(),
            RoundMode::Odd => !odd && !self.is_zero(),
            RoundMode::Sr { kind, bits } => {
                let n = u32::from(bits);
                let r = u128::from(random_word(rnd, bits));
                match kind {
                    Stochastic::A => (self.scaled(n).0 + r) >> n != 0,
                    Stochastic::B => (self.scaled(n + 1).0 + 2 * r + 1) >> (n + 1) != 0,
                    Stochastic::C => {
                        let (floor, rest) = self.scaled(n);
                        let above = match rest.cmp_half() {
                            Less => false,
                            Equal => floor & 1 == 1,
                            Greater => true,
                        };
                        (floor + u128::from(above) + r) >> n != 0
                    }
                }
            }
        }
    }
}
