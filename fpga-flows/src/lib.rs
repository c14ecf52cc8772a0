//! FPGA flows: what real tools make of a core.
//!
//! [`flow::run`] takes Verilog text through Yosys, and through nextpnr where there is a router for the device,
//! and gives a [`report::Report`]. What was only synthesised has an area and no clock: nothing is guessed here.
pub mod flow;
pub mod report;
pub mod tools;

pub use flow::{Design, Flow, FlowError, Settings, run};
pub use report::{Area, Critical, Report, Run, Segment};
