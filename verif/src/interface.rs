//! Ports of a core: what testbenches, manifests and messages know of it.
use crate::format::{FloatFormat, PositFormat};
use serde::Serialize;

/// Seen from the core.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the core.
    Input,
    /// Out of the core.
    Output,
}

/// What a port is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `clk`
    Clock,
    /// `rst`
    Reset,
    /// `ce`
    Enable,
    /// `in_valid`, `out_valid`
    Valid,
    /// Back pressure of a stream.
    Ready,
    /// `in_first`
    First,
    /// End of a block.
    Last,
    /// Operands, results, random words.
    Data,
    /// One bit about the result, such as `nan`.
    Flag,
}

/// How the bits of a data port are read as numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// Bits without a number (random words).
    Bits,
    /// Floating point.
    Float(FloatFormat),
    /// Posit.
    Posit(PositFormat),
    /// Two's complement (or unsigned) times 2^lsb.
    Fixed {
        /// Two's complement.
        signed: bool,
        /// Weight of the least significant bit is 2^lsb.
        lsb: i32,
    },
}

/// One port. Control ports that every pipelined core has (`clk`, `rst`, `ce`, `in_valid`, `out_valid`) are
/// added by whoever knows the pipeline; an operator lists the rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// Name in the text.
    pub name: String,
    /// Seen from the core.
    pub direction: Direction,
    /// Bits of all elements together.
    pub width: u32,
    /// Elements of a packed vector, element 0 in the least significant bits; 1 for scalars.
    pub elements: u32,
    /// What for.
    pub kind: Kind,
    /// How the bits of an element are read.
    pub encoding: Encoding,
    /// One sentence.
    pub description: String,
}

impl Port {
    fn new(name: &str, direction: Direction, width: u32, kind: Kind, encoding: Encoding, text: &str) -> Self {
        let (name, description) = (name.into(), text.into());
        Self { name, direction, width, elements: 1, kind, encoding, description }
    }

    /// An operand of `width` bits.
    pub fn operand(name: &str, width: u32, encoding: Encoding, text: &str) -> Self {
        Self::new(name, Direction::Input, width, Kind::Data, encoding, text)
    }

    /// A result of `width` bits.
    pub fn result(name: &str, width: u32, encoding: Encoding, text: &str) -> Self {
        Self::new(name, Direction::Output, width, Kind::Data, encoding, text)
    }

    /// One bit about the result.
    pub fn flag(name: &str, text: &str) -> Self {
        Self::new(name, Direction::Output, 1, Kind::Flag, Encoding::Bits, text)
    }

    /// `in_first`: this input starts a new sum.
    pub fn first(text: &str) -> Self {
        Self::new("in_first", Direction::Input, 1, Kind::First, Encoding::Bits, text)
    }

    /// `rnd`: the random word of stochastic rounding.
    pub fn random(width: u32) -> Self {
        let text = "Random word of stochastic rounding, uniform, fresh for every input";
        Self::new("rnd", Direction::Input, width, Kind::Data, Encoding::Bits, text)
    }

    /// So many elements like this port, packed.
    #[must_use]
    pub fn vector(self, elements: u32) -> Self {
        Self { width: self.width * elements, elements: self.elements * elements, ..self }
    }

    /// Bits of an element.
    pub fn element_width(&self) -> u32 {
        self.width / self.elements
    }

    /// The port that an element would be by itself.
    #[must_use]
    pub fn element(&self) -> Self {
        Self { width: self.element_width(), elements: 1, ..self.clone() }
    }
}

/// The ports of an operator in order, without the control ports of the pipeline.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Interface {
    /// Inputs and outputs, in port order.
    pub ports: Vec<Port>,
}

impl Interface {
    /// Inputs in port order.
    pub fn inputs(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().filter(|p| p.direction == Direction::Input)
    }

    /// Outputs in port order.
    pub fn outputs(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().filter(|p| p.direction == Direction::Output)
    }
}

/// Bits `low .. low + width` of flat limbs; `width` is at most 64.
pub fn bits_of(flat: &[u64], low: u32, width: u32) -> u64 {
    let (at, shift) = ((low / 64) as usize, low % 64);
    let mut word = flat[at] >> shift;
    if shift + width > 64 {
        word |= flat[at + 1] << (64 - shift);
    }
    word & (u64::MAX >> (64 - width))
}

/// Sets bits `low .. low + width` of flat limbs, which are zero there, to `word`; `width` is at most 64.
pub fn put_bits(flat: &mut [u64], low: u32, width: u32, word: u64) {
    let (at, shift) = ((low / 64) as usize, low % 64);
    flat[at] |= word << shift;
    if shift + width > 64 {
        flat[at + 1] |= word >> (64 - shift);
    }
}

/// 64-bit limbs that a code of `width` bits takes in flat vectors.
pub fn limbs(width: u32) -> usize {
    width.div_ceil(64) as usize
}
