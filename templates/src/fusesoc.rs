//! The FuseSoC description (CAPI2).
use askama::Template;

/// `<name>.core`: which files there are, and how FuseSoC simulates and lints them.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "core.yml", escape = "none")]
pub struct FusesocCore {
    /// Name of the module; files are called after it.
    pub module: String,
    /// One line.
    pub description: String,
    /// Version of holigen.
    pub version: String,
    /// Command line that writes the files again.
    pub regenerate: String,
    /// There is a Verilog core.
    pub verilog: bool,
    /// There is a VHDL core.
    pub vhdl: bool,
    /// There are testbenches, for the languages that there are.
    pub testbench: bool,
}

impl FusesocCore {
    /// The text of `<name>.core`.
    pub fn render_text(&self) -> String {
        self.render().expect("writing to a string can't fail")
    }

    /// The description as a YAML scalar: JSON's escapes are YAML's.
    fn quoted_description(&self) -> String {
        let mut out = String::from("\"");
        for c in self.description.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c.is_control() => out.push('?'),
                c => out.push(c),
            }
        }
        out.push('"');
        out
    }

    fn one_line_regenerate(&self) -> String {
        self.regenerate.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
