//! Proofs about cores, by tools that know nothing of holigen: Yosys reads the emitted text (VHDL by way of GHDL), a
//! SAT or SMT solver decides.
//!
//! - [`netlist`]: what Yosys makes of a text: cells and plain registers;
//! - [`unroll`]: the same as a combinational function of the inputs of several clocks, with registers cut open where a
//!   proof by induction wants that;
//! - [`table`]: a function given by its values, as a netlist;
//! - [`exhaust`]: a netlist of gates, evaluated for every input;
//! - [`solve`]: an output that shall always be 1: proved, refuted with an input, or open;
//! - [`mutate`]: small faults in a core, one at a time.
pub mod exhaust;
pub mod mutate;
pub mod netlist;
pub mod solve;
pub mod table;
pub mod unroll;

pub use mutate::Mutation;
pub use netlist::{Bit, Netlist};
pub use solve::{Answer, Limits, Workshop};
