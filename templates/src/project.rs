//! Projects for the vendors' tools: a Tcl script that builds the core between registers, and the constraints.
use askama::Template;

/// A vendor's tool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProjectTool {
    /// AMD Vivado.
    Vivado,
    /// Intel Quartus Prime.
    Quartus,
    /// Lattice Radiant.
    Radiant,
    /// Lattice Diamond.
    Diamond,
    /// Gowin EDA.
    Gowin,
}

impl ProjectTool {
    /// All of them.
    pub const ALL: &[ProjectTool] = &[
        ProjectTool::Vivado,
        ProjectTool::Quartus,
        ProjectTool::Radiant,
        ProjectTool::Diamond,
        ProjectTool::Gowin,
    ];

    /// As typed.
    pub fn name(self) -> &'static str {
        match self {
            ProjectTool::Vivado => "vivado",
            ProjectTool::Quartus => "quartus",
            ProjectTool::Radiant => "radiant",
            ProjectTool::Diamond => "diamond",
            ProjectTool::Gowin => "gowin",
        }
    }

    /// The command that runs a script.
    pub fn command(self) -> &'static str {
        match self {
            ProjectTool::Vivado => "vivado -mode batch -source",
            ProjectTool::Quartus => "quartus_sh -t",
            ProjectTool::Radiant => "radiantc",
            ProjectTool::Diamond => "diamondc",
            ProjectTool::Gowin => "gw_sh",
        }
    }
}

/// What the scripts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Whose tool.
    pub tool: ProjectTool,
    /// Name of the core's module; its text is `<module>.v`.
    pub module: String,
    /// Module of the registers around it, with ports `clk`, `serial_in`, `serial_out`; its text is `<top>.v`.
    pub top: String,
    /// Full name of the part, as the tool spells it.
    pub part: String,
    /// Clock, MHz.
    pub mhz: String,
    /// Its period, nanoseconds.
    pub period_ns: String,
    /// Quartus: the family. Radiant: the performance grade. Gowin: the device version, empty if it has none.
    pub detail: String,
    /// Gowin: port and pin; an empty pin is left to the tool.
    pub pins: Vec<(String, String)>,
    /// Version of holigen.
    pub version: String,
}

macro_rules! texts {
    ($($view:ident $path:literal;)*) => {$(
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        #[allow(dead_code, reason = "all scripts see the same, each uses its share")]
        struct $view<'a> {
            module: &'a str,
            top: &'a str,
            part: &'a str,
            mhz: &'a str,
            period: &'a str,
            family: &'a str,
            performance: &'a str,
            device_version: &'a str,
            pins: &'a [(String, String)],
            version: &'a str,
        }
        impl<'a> $view<'a> {
            fn text(p: &'a Project) -> String {
                let (mhz, period) = (p.mhz.as_str(), p.period_ns.as_str());
                let detail = p.detail.as_str();
                let (module, top, part) = (p.module.as_str(), p.top.as_str(), p.part.as_str());
                let view = $view {
                    module, top, part, mhz, period, family: detail, performance: detail, device_version: detail,
                    pins: &p.pins, version: &p.version,
                };
                view.render().expect("writing to a string can't fail")
            }
        }
    )*};
}

texts! {
    Vivado "project/vivado.tcl";
    Quartus "project/quartus.tcl";
    Radiant "project/radiant.tcl";
    Diamond "project/diamond.tcl";
    Gowin "project/gowin.tcl";
    Clock "project/clock.sdc";
    Preferences "project/clock.lpf";
    Pins "project/pins.cst";
}

impl Project {
    /// The script and the constraints: file names and texts, the script first.
    pub fn files(&self) -> Vec<(String, String)> {
        let script = match self.tool {
            ProjectTool::Vivado => Vivado::text(self),
            ProjectTool::Quartus => Quartus::text(self),
            ProjectTool::Radiant => Radiant::text(self),
            ProjectTool::Diamond => Diamond::text(self),
            ProjectTool::Gowin => Gowin::text(self),
        };
        let name = |end: &str| format!("{}{end}", self.module);
        let mut all = vec![(format!("{}_{}.tcl", self.module, self.tool.name()), script)];
        match self.tool {
            ProjectTool::Vivado => all.push((name(".xdc"), Clock::text(self))),
            ProjectTool::Diamond => all.push((name(".lpf"), Preferences::text(self))),
            _ => all.push((name(".sdc"), Clock::text(self))),
        }
        if self.tool == ProjectTool::Gowin {
            all.push((name(".cst"), Pins::text(self)));
        }
        all
    }
}
