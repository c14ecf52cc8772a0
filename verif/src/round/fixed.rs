//! Rounding to fixed point, by the letter of the definition.

use num_bigint::BigUint;

use super::RoundMode;
use super::exact::{round_up, split};
use crate::exact::Value;
use crate::format::FixedFormat;

/// Rounds a value to a code of a fixed-point format. The magnitude in units of the lowest bit is rounded as that
/// of a floating-point number; then what lies beyond the range, infinities too, becomes the largest or the least
/// number (unsigned: zero). NaN becomes the largest number, as RISC-V has it.
pub fn round_to_fixed(value: &Value, format: &FixedFormat, mode: RoundMode, rnd: u64) -> u64 {
    let limit = |neg: bool| if neg { format.least_magnitude() } else { format.largest() };
    let (neg, magnitude) = match value {
        Value::NaN => (false, format.largest()),
        Value::Inf { neg } => (*neg, limit(*neg)),
        Value::Finite(x) => {
            let (floor, nu) = split(&x.abs().scale(-i64::from(format.lsb())));
            let up = round_up(&nu, floor.bit(0), x.is_negative(), mode, rnd);
            let rounded: BigUint = floor + u32::from(up);
            let most = limit(x.is_negative());
            (x.is_negative(), u64::try_from(rounded).map_or(most, |m| m.min(most)))
        }
    };
    let code = if neg { magnitude.wrapping_neg() } else { magnitude };
    code & (u64::MAX >> (64 - format.width()))
}
