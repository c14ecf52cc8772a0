//! Exact reference models of holigen: number formats, rounding, test vectors.
pub mod codebook;
pub mod entropy;
pub mod exact;
pub mod format;
pub mod integer;
pub mod interface;
pub mod model;
pub mod rng;
pub mod round;
pub mod specification;
pub mod stream;
pub mod values;
pub mod vectors;
