//! Files for the streaming cores: what `holigen encode` writes and `holigen decode` reads.
pub mod book;
pub mod container;
pub mod elements;
pub mod size;
pub mod symbols;
