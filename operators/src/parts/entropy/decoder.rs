//! What the entropy decoders have in common as parts of other cores.
use super::lanes::Parts;
use super::shape::Shape;
use crate::Core;
use holigen_generator::Builder;

/// A decoder, by itself or inside another core.
pub trait EntropyDecoder: Core {
    /// Sizes of a lane.
    fn shape(&self) -> Shape;

    /// Symbols a clock.
    fn lanes(&self) -> usize;

    /// Bits of a table's entry; none where the code is wired in.
    fn entry_bits(&self) -> Option<u32>;

    /// Its lanes.
    fn parts<'b>(&self, b: &'b Builder) -> Parts<'b>;
}
