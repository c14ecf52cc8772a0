//! The text files that stand beside a generated core: plain data in, text out.
//!
//! Nothing here knows formats, operators or netlists: callers describe ports, numbers and vectors with the
//! structs of this crate. Equal input gives equal bytes.
//!
//! - [`Testbench`]: self-checking testbenches in Verilog, VHDL and C++ (for Verilator)
//! - [`Datasheet`]: everything about a core on one page of HTML
//! - [`FusesocCore`]: the FuseSoC description
//! - [`Project`]: scripts and constraints for the vendors' tools
//! - [`Header`]: the comment at the top of a core
mod datasheet;
mod fusesoc;
mod header;
mod project;
mod testbench;
mod text;

pub use datasheet::{Datasheet, DatasheetFormat, DatasheetPort, DatasheetStage, with_measurements};
pub use fusesoc::FusesocCore;
pub use header::{Header, HeaderPort};
pub use project::{Project, ProjectTool};
pub use testbench::{Float, Numbers, Port, Step, Testbench, TestbenchError, TestbenchTexts};
