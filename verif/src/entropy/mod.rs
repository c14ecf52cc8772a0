//! Entropy coding: reference decoders, and the encoders beside them.
//!
//! All coders share one stream of words, cut into [`block`]s that stand for themselves; bits are read most
//! significant first. What differs is how a symbol is read from the bits of a block: a [`block::Coder`].
pub mod bits;
pub mod block;
pub mod huffman;
pub mod rans;
pub mod rice;
pub mod scenario;
pub mod tans;
pub mod whole;
