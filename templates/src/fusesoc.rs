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
    /// Clock of the flows that place and route, MHz.
    pub mhz: String,
    /// Bits of all ports: as many pins.
    pub pins: u32,
    /// There is a Verilog core.
    pub verilog: bool,
    /// There is a VHDL core.
    pub vhdl: bool,
    /// There are testbenches, for the languages that there are.
    pub testbench: bool,
    /// There are models of the device's cells that the core names.
    pub primitives: bool,
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

    /// An LFE5U-85F in its largest package has 365 pins.
    fn routes(&self) -> bool {
        self.verilog && self.pins <= 350
    }

    fn one_line_regenerate(&self) -> String {
        self.regenerate.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_follow_the_files_that_there_are() {
        let all = FusesocCore {
            module: "acc".into(),
            description: "the \"sum\": of a\n\\ b".into(),
            version: "0.1.0".into(),
            regenerate: "holigen acc".into(),
            mhz: "312.5".into(),
            pins: 300,
            verilog: true,
            vhdl: true,
            testbench: true,
            primitives: false,
        };
        let text = all.render_text();
        assert!(text.starts_with("CAPI=2:\n") && text.ends_with("toplevel: acc_tb\n"), "{text}");
        assert!(text.contains("\ndescription: \"the \\\"sum\\\": of a \\\\ b\"\n"), "{text}");
        let targets = |core: &FusesocCore| {
            let text = core.render_text();
            let names = text.lines().skip_while(|l| *l != "targets:");
            let names = names.filter_map(|l| l.strip_prefix("  ")).filter(|l| !l.starts_with(' '));
            names.map(|l| l.trim_end_matches(':').to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(targets(&all), "default sim_icarus sim_verilator sim_ghdl ecp5 lint");
        let wide = FusesocCore { pins: 500, ..all.clone() };
        assert_eq!(targets(&wide), "default sim_icarus sim_verilator sim_ghdl lint");
        let vhdl = FusesocCore { verilog: false, ..all.clone() };
        assert_eq!(targets(&vhdl), "default sim_ghdl");
        assert!(!vhdl.render_text().contains("acc.v]") && vhdl.render_text().contains("[rtl_vhdl]"));
        let bare = FusesocCore { vhdl: false, testbench: false, ..all };
        assert_eq!(targets(&bare), "default ecp5 lint");
        assert!(!bare.render_text().contains("_tb") && !bare.render_text().contains("vhd"));
    }
}
