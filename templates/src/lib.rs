//! The text files that stand beside a generated core: plain data in, text out.
//!
//! Nothing here knows formats, operators or netlists: callers describe ports, numbers and vectors with the
//! structs of this crate. Equal input gives equal bytes.
//!
//! - [`Testbench`]: self-checking testbenches in Verilog, VHDL and C++ (for Verilator)
//! - [`Datasheet`]: everything about a core on one page of HTML
//! - [`FusesocCore`]: the FuseSoC description
//! - [`Header`]: the comment at the top of a core
mod datasheet;
mod fusesoc;
mod header;
mod testbench;
mod text;

pub use datasheet::{Datasheet, DatasheetFormat, DatasheetPort, DatasheetStage};
pub use fusesoc::FusesocCore;
pub use header::{Header, HeaderPort};
pub use testbench::{Float, Numbers, Port, Step, Testbench, TestbenchError};
