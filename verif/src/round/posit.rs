//! Rounding to posits.
//!
//! The Posit Standard (2022, section 4.1) rounds on the bit string: write the number's sign-free code without end
//! (regime, exponent, fraction), cut it behind n - 1 bits, and take the next code up where the rest is more than
//! half a unit of the cut, or half and the kept code odd. Because the cut may fall into the regime or the exponent,
//! the boundary between two codes is not always the middle of their numbers. Whatever is at least maxpos becomes
//! maxpos, whatever is not zero and at most minpos becomes minpos: nothing overflows to NaR or underflows to zero.
//!
//! Other modes than the standard's `rne` decide in the same way about the same string; the two clamps hold for all.

use num_bigint::BigUint;

use super::RoundMode;
use super::exact::{round_up, split};
use super::fast::Remainder;
use crate::exact::{Class, Dyadic, Small, Value};
use crate::format::PositFormat;

/// Sign before a code without sign.
fn compose(f: &PositFormat, neg: bool, code: u64) -> u64 {
    if neg { code.wrapping_neg() & f.mask() } else { code }
}

/// Rounds a value to a code, by the letter of the definition, on numbers of any size. NaN and infinities give NaR.
/// `rnd` is the random word of stochastic modes.
pub fn round_posit(value: &Value, f: &PositFormat, mode: RoundMode, rnd: u64) -> u64 {
    let Some(x) = value.finite() else { return f.nar() };
    let Some(scale) = x.floor_log2() else { return 0 };
    let neg = x.is_negative();
    let magnitude = x.abs();
    if magnitude.cmp_value(&f.max_finite()).is_ge() {
        return compose(f, neg, f.maxpos());
    }
    if magnitude.cmp_value(&f.min_positive()).is_le() {
        return compose(f, neg, 1);
    }
    let step = 1i64 << f.es();
    let (regime, exponent) = (scale.div_euclid(step), scale.rem_euclid(step) as u64);
    // The string as an integer, its fraction behind the point.
    let (run, ended) = if regime >= 0 {
        (regime + 1, ((BigUint::from(1u8) << (regime + 1)) - 1u8) << 1)
    } else {
        (-regime, BigUint::from(1u8))
    };
    let head = (ended << f.es()) + exponent;
    let fraction = &magnitude.scale(-scale) - &Dyadic::from(1);
    let string = &Dyadic::new(false, head, 0) + &fraction;
    // Cut: the head has run + 1 + es bits before the point.
    let kept = i64::from(f.width()) - 1;
    let (code, nu) = split(&string.scale(kept - (run + 1 + i64::from(f.es()))));
    let up = round_up(&nu, code.bit(0), neg, mode, rnd);
    let code = u64::try_from(code).expect("as many bits as are kept") + u64::from(up);
    compose(f, neg, code.clamp(1, f.maxpos()))
}

/// [`round_posit`] of `(-1)^neg * (mag + fraction) * 2^exp` in machine words, where `fraction` is 0, or with
/// `sticky` some number strictly between 0 and 1; then `mag` must not be 0 and have more significant bits than
/// a code has behind its regime and exponent, for stochastic modes by as many as the random word.
#[inline]
pub fn round_posit_small(
    neg: bool,
    mag: u128,
    exp: i32,
    sticky: bool,
    f: &PositFormat,
    mode: RoundMode,
    rnd: u64,
) -> u64 {
    if mag == 0 {
        debug_assert!(!sticky, "nothing but a sticky bit");
        return 0;
    }
    let zeros = mag.leading_zeros();
    let scale = exp + 127 - zeros as i32;
    let (regime, most) = (scale >> f.es(), f.width() as i32 - 2);
    if regime >= most {
        return compose(f, neg, f.maxpos());
    }
    if regime < -most {
        return compose(f, neg, 1);
    }
    // The fraction without its hidden bit at the top of the word.
    let fraction = mag << zeros << 1;
    let exponent = (scale & ((1 << f.es()) - 1)) as u128;
    // The end of the regime's run, exponent, fraction; the run itself comes in from the left.
    let (head, fill) = if regime >= 0 { (0b10u128, u128::MAX) } else { (0b01, 0) };
    let amount = if regime >= 0 { regime } else { !regime } as u32;
    let lost = 2 + f.es();
    let word = head << 126 | exponent << (126 - f.es()) | fraction >> lost;
    let mut sticky = sticky || fraction << (128 - lost) != 0;
    let string = if amount == 0 {
        word
    } else {
        sticky |= word << (128 - amount) != 0;
        word >> amount | fill << (128 - amount)
    };
    let width = 129 - f.width();
    let code = (string >> width) as u64;
    let rest = Remainder { bits: string & ((1 << width) - 1), width, sticky };
    let code = code + u64::from(rest.round_up(code & 1 == 1, neg, mode, rnd));
    compose(f, neg, code.clamp(1, f.maxpos()))
}

/// [`round_posit_small`] of a value with its specials, for instance from [`Class::plus_sticky`].
#[inline]
pub fn round_posit_class(value: Class, sticky: bool, f: &PositFormat, mode: RoundMode, rnd: u64) -> u64 {
    match value {
        Class::Finite(Small { neg, mag, exp }) => round_posit_small(neg, mag, exp, sticky, f, mode, rnd),
        Class::Nan | Class::Inf { .. } => f.nar(),
    }
}
