//! The hardware language of holigen: a dataflow graph written with a builder, scheduled for a target's
//! delays, lowered to a register-transfer netlist and printed as Verilog and VHDL.
//!
//! `Builder -> Graph -> legalize(target, clock) -> Schedule -> rtl::Module -> Verilog | VHDL`

pub mod bitheap;
pub mod builder;
pub mod cases;
mod closure;
pub mod compile;
pub mod ir;
pub mod passes;
pub mod pipeline;
mod random;
pub mod resynthesis;
pub mod rtl;
pub mod schedule;
pub mod structures;
pub mod target;
pub mod timing;

pub use builder::{Bits, Builder, Context, SInt, UInt};
