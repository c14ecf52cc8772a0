//! Numbers: bits with a sign convention, whose arithmetic is exact.
use super::{Bits, Builder};
use crate::ir::Op;
use std::ops;

/// An unsigned number. `+` and `*` are exact: the result is as wide as it can need.
#[derive(Clone, Copy)]
pub struct UInt<'b>(pub Bits<'b>);

/// A two's-complement number. `+` and `-` are exact: the result is as wide as it can need.
#[derive(Clone, Copy)]
pub struct SInt<'b>(pub Bits<'b>);

impl<'b> UInt<'b> {
    /// Its bits.
    pub fn bits(self) -> Bits<'b> {
        self.0
    }
    /// Names the value in the text.
    pub fn named(self, name: &str) -> Self {
        Self(self.0.named(name))
    }
    /// As a two's-complement number, one bit wider.
    pub fn to_signed(self) -> SInt<'b> {
        SInt(self.0.zext(self.0.width() + 1))
    }
    /// One bit: less than.
    pub fn less(self, o: Self) -> Bits<'b> {
        let w = self.0.width().max(o.0.width());
        self.0.zext(w).ult(o.0.zext(w))
    }
}

impl<'b> SInt<'b> {
    /// A constant, as narrow as it can be.
    pub fn constant(b: &'b Builder, value: i64) -> Self {
        let magnitude_bits = 64 - if value < 0 { (!value).leading_zeros() } else { value.leading_zeros() };
        Self(b.signed_lit(value, magnitude_bits + 1))
    }
    /// Its bits.
    pub fn bits(self) -> Bits<'b> {
        self.0
    }
    /// Names the value in the text.
    pub fn named(self, name: &str) -> Self {
        Self(self.0.named(name))
    }
    /// One bit: less than 0.
    pub fn is_negative(self) -> Bits<'b> {
        self.0.msb()
    }
    /// Sign-extended or cut to `w` bits; cutting is the caller's claim that the value fits.
    pub fn resize(self, w: u32) -> Self {
        Self(if w <= self.0.width() { self.0.low(w) } else { self.0.sext(w) })
    }
    /// One bit: less than.
    pub fn less(self, o: Self) -> Bits<'b> {
        (self - o).is_negative()
    }
}

impl ops::Add for UInt<'_> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        let w = self.0.width().max(o.0.width()) + 1;
        Self(self.0.zext(w).wrapping_add(o.0.zext(w)))
    }
}

impl ops::Mul for UInt<'_> {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl, reason = "the width of an exact result is a sum")]
    fn mul(self, o: Self) -> Self {
        let (a, b) = (self.0, o.0);
        Self(a.builder().make(Op::Mul, &[a, b], a.width() + b.width()))
    }
}

impl<'b> ops::Sub for UInt<'b> {
    type Output = SInt<'b>;
    fn sub(self, o: Self) -> SInt<'b> {
        self.to_signed() - o.to_signed()
    }
}

impl ops::Add for SInt<'_> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        let w = self.0.width().max(o.0.width()) + 1;
        Self(self.0.sext(w).wrapping_add(o.0.sext(w)))
    }
}

impl ops::Sub for SInt<'_> {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl, reason = "the width of an exact result is a sum")]
    fn sub(self, o: Self) -> Self {
        let w = self.0.width().max(o.0.width()) + 1;
        Self(self.0.sext(w).wrapping_sub(o.0.sext(w)))
    }
}
