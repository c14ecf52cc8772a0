//! Products of unsigned numbers.
use crate::builder::{Bits, Builder};

/// Exact product of two unsigned numbers.
pub fn multiply<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let w = x.width() + y.width();
    let mut sum = b.lit(0u8, w);
    for i in 0..y.width() {
        sum = sum.wrapping_add(x.gate(y.bit(i)).append_zeros(i).zext(w));
    }
    sum
}
