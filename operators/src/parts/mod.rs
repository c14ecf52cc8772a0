//! Parts that operators share: hardware for reading and writing floating-point codes.
//!
//! Nothing here calls the reference models. Constants of a format are derived from its fields alone.
pub mod codes;
pub mod normalize;
pub mod round_fixed;
pub mod unpack;
