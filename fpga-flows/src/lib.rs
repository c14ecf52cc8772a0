//! FPGA flows: what real tools make of a core.
//!
//! [`flow::run`] takes Verilog text through Yosys, and through nextpnr where there is a router for the device, and
//! gives a [`report::Report`]. A routed design has a clock that was achieved. What was only synthesised has an
//! estimate instead, and another field for it, so that nobody takes one for the other.
pub mod cache;
pub mod device;
pub mod estimate;
pub mod flow;
mod frame;
mod nextpnr;
pub mod path;
pub mod report;
pub mod tools;
pub mod vendor;

pub use device::{Device, Flow};
pub use estimate::Delays;
pub use flow::{Design, FlowError, Settings, run};
pub use frame::{Port, verilog as frame};
pub use path::{Critical, Segment};
pub use report::{Area, Clock, Report, Run};
