//! Files for the entropy decoders: what `holigen encode` writes and `holigen decode` reads.
pub mod container;
pub mod symbols;
