//! How well the delays of a target describe what place and route makes of its circuits and cores.
pub mod circuits;
pub mod compare;
pub mod fit;
