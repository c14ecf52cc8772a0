//! How the elements of a file become the symbols of a decoder.
use holigen_verif::format::FloatFormat;

/// Elements of a file, several of which make a symbol of a decoder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ElementLayout {
    /// Bits of an element.
    pub bits: u32,
    /// Elements of a symbol, the first in its low bits.
    pub per_symbol: u32,
    /// What fills up a row to whole groups of all lanes.
    pub padding: u64,
    /// Groups of a row, where a core has them fixed.
    pub row: Option<u64>,
    /// What of an element is not coded; an element is then a symbol and this.
    pub raw: Option<RawBits>,
}

/// The bits of an element around those that are a symbol, as they stand beside it: the upper ones above the lower ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawBits {
    /// Bits below the symbol.
    pub below: u32,
    /// Bits above the symbol.
    pub above: u32,
}

impl RawBits {
    /// Sign and fraction around a float's exponent; `None` of formats without a sign, of more than 32 bits, or whose exponent
    /// is no symbol (1 to 8 bits).
    pub fn around_exponent(f: &FloatFormat) -> Option<Self> {
        let possible = f.is_signed() && f.width() <= 32 && (1..=8).contains(&f.we());
        possible.then(|| Self { below: f.wf(), above: 1 })
    }

    /// Bits of all.
    pub fn width(self) -> u32 {
        self.below + self.above
    }

    /// Those of an element, whose symbol has `width` bits.
    pub fn of(self, element: u64, width: u32) -> u64 {
        let (low, high) = (element & ((1 << self.below) - 1), element >> (self.below + width));
        high << self.below | low
    }

    /// The symbol of an element.
    pub fn symbol(self, element: u64, width: u32) -> u64 {
        element >> self.below & ((1 << width) - 1)
    }

    /// The element again.
    pub fn element(self, symbol: u64, raw: u64, width: u32) -> u64 {
        let (low, high) = (raw & ((1 << self.below) - 1), raw >> self.below);
        high << (self.below + width) | symbol << self.below | low
    }
}
