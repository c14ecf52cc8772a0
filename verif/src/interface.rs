//! Ports of a core: what testbenches, manifests and messages know of it.
use crate::format::FloatFormat;
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
    /// Bits.
    pub width: u32,
    /// What for.
    pub kind: Kind,
    /// How its bits are read.
    pub encoding: Encoding,
    /// One sentence.
    pub description: String,
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

/// 64-bit limbs that a code of `width` bits takes in flat vectors.
pub fn limbs(width: u32) -> usize {
    width.div_ceil(64) as usize
}
