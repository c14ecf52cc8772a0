//! Two numbers of one format, the one of the larger magnitude first: what sums of two begin with.
use super::unpack::{Care, Unpacked, unpack};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FloatFormat;

/// The operands in that order. Which of two equal magnitudes is first does not matter.
pub struct Ordered<'b> {
    /// `wf + 1` bits.
    pub large: Bits<'b>,
    /// `wf + 1` bits, of weight `2^-distance` relative to those of `large`.
    pub small: Bits<'b>,
    /// Difference of the exponent fields.
    pub distance: Bits<'b>,
    /// Exponent field of the larger, at least 1.
    pub field: Bits<'b>,
    /// One bit: sign of the larger.
    pub sign: Bits<'b>,
    /// Both signs, as the operands come.
    pub signs: (Bits<'b>, Bits<'b>),
}

impl<'b> Ordered<'b> {
    /// One bit: signs differ.
    pub fn subtract(&self) -> Bits<'b> {
        differ(self.signs)
    }
}

/// One bit: the signs differ, so that the sum is a difference of magnitudes.
pub fn differ<'b>((a, c): (Bits<'b>, Bits<'b>)) -> Bits<'b> {
    (a ^ c).named("effective_subtraction")
}

/// One bit: of two magnitudes, which the codes are without their signs, the first is the larger one or as large.
pub fn leads<'b>((u, v): (Bits<'b>, Bits<'b>)) -> Bits<'b> {
    (!u.ult(v).named("b_is_larger")).named("a_is_larger_or_equal")
}

/// The operands as they come, and which is larger.
pub struct Compared<'b> {
    /// The first.
    pub x: Unpacked<'b>,
    /// The second.
    pub y: Unpacked<'b>,
    /// Exponent and fraction of both as they stand in the codes.
    pub magnitudes: (Bits<'b>, Bits<'b>),
    /// One bit: the first has the larger magnitude, or both have the same.
    pub a_leads: Bits<'b>,
}

impl<'b> Compared<'b> {
    /// Compares codes, as integers.
    pub fn new(b: &'b Builder, (a, c): (Bits<'b>, Bits<'b>), f: &FloatFormat, care: Care) -> Self {
        let (x, y) = (unpack(b, a, f, care, "a"), unpack(b, c, f, care, "b"));
        let bits = f.we() + f.wf();
        let magnitudes = (a.low(bits), c.low(bits));
        let a_leads = leads(magnitudes);
        Self { x, y, magnitudes, a_leads }
    }

    /// Signs of both, the second turned over where `minus` (one bit) is set.
    pub fn signs(&self, minus: Bits<'b>) -> (Bits<'b>, Bits<'b>) {
        (self.x.sign, (self.y.sign ^ minus).named("b_sign"))
    }
}
