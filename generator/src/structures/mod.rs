//! Arithmetic structures that operators and passes share.
pub mod accumulator;
pub mod adder;
pub mod multiplier;
pub mod pairs;
pub mod placement;
pub mod rows;
pub mod stream;
pub mod terms;
