//! The flows: device, commands, what is run.
use crate::report::{self, Critical, Report, Run};
use crate::tools::{NEXTPNR_ECP5, ToolError, YOSYS};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A device family and the tools that lead to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// AMD 7 series: synthesis only.
    Xc7,
    /// AMD UltraScale+: synthesis only.
    Xcup,
    /// Lattice ECP5, speed 8: placed and routed.
    Ecp5,
}

impl Flow {
    /// All flows.
    pub const ALL: &[Flow] = &[Flow::Xc7, Flow::Xcup, Flow::Ecp5];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Flow::Xc7 => "xc7",
            Flow::Xcup => "xcup",
            Flow::Ecp5 => "ecp5",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Option<Flow> {
        Self::ALL.iter().copied().find(|f| f.name() == name)
    }

    /// The flow of a target's family, as the target file calls it.
    pub fn for_family(family: &str) -> Option<Flow> {
        Self::by_name(family)
    }

    /// The target whose delays a core should be made with if nobody says otherwise.
    pub fn target(self) -> &'static str {
        match self {
            Flow::Xc7 => "kintex7",
            Flow::Xcup => "ultrascaleplus",
            Flow::Ecp5 => "ecp5",
        }
    }

    /// What it does, in words.
    pub fn description(self) -> &'static str {
        match self {
            Flow::Xc7 => "AMD 7 series, synthesised by Yosys; not routed",
            Flow::Xcup => "AMD UltraScale+, synthesised by Yosys; not routed",
            Flow::Ecp5 => {
                "Lattice ECP5 LFE5U-85F speed 8, synthesised by Yosys, placed and routed by nextpnr"
            }
        }
    }

    /// Whether it ends with a routed design.
    pub fn routes(self) -> bool {
        self == Flow::Ecp5
    }

    /// The synthesis command of Yosys. Multipliers are made of lookup tables, so that figures compare.
    pub fn synthesis(self) -> &'static str {
        match self {
            Flow::Xc7 => "synth_xilinx -family xc7 -flatten -abc9 -noiopad -nodsp",
            Flow::Xcup => "synth_xilinx -family xcup -flatten -abc9 -noiopad -nodsp",
            Flow::Ecp5 => "synth_ecp5 -abc9 -nodsp",
        }
    }
}

impl std::fmt::Display for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What is built.
#[derive(Clone, Copy, Debug)]
pub struct Design<'a> {
    /// Top module.
    pub top: &'a str,
    /// Its Verilog text.
    pub verilog: &'a str,
    /// Whether there is a clock to route for.
    pub clocked: bool,
}

/// How it is built.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The clock to route for, MHz.
    pub mhz: f64,
    /// Seeds of the placer: one run each.
    pub seeds: Vec<u64>,
    /// Time each program gets.
    pub limit: Duration,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// A program is missing or failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A program succeeded, but what it wrote can't be used.
    #[error("{tool} wrote a report that can't be used: {what}; its version may be too new or too old")]
    Unusable {
        /// What people call it.
        tool: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// Runs a flow. `step` hears in words what is done; it may be called from several threads.
pub fn run(
    flow: Flow,
    design: &Design<'_>,
    settings: &Settings,
    step: &(dyn Fn(&str) + Sync),
) -> Result<Report, FlowError> {
    // In the current folder if that can be: tools from PyPI don't see the system's temporary one.
    let folder = tempfile::Builder::new()
        .prefix(".holigen-synth-")
        .tempdir_in(".")
        .or_else(|_| tempfile::Builder::new().prefix("holigen-synth-").tempdir())
        .map_err(|source| ToolError::File { path: ".".into(), source })?;
    let folder = std::path::absolute(folder.path())
        .map(|path| (folder, path))
        .map_err(|source| ToolError::File { path: ".".into(), source })?;
    let at = folder.1.as_path();
    write(&at.join("core.v"), design.verilog)?;

    step("synthesis");
    let routed = flow.routes() && design.clocked;
    let netlist = if routed { " -json netlist.json" } else { "" };
    let script = format!(
        "read_verilog core.v; {} -top {}{netlist}; tee -q -o stat.json stat -json",
        flow.synthesis(),
        design.top
    );
    let yosys = YOSYS.command()?.args(["-q", "-p", &script]).folder(at).limit(settings.limit);
    yosys.succeed()?;
    let (version, cells) = report::statistics(&read(&at.join("stat.json"))?).map_err(unusable("Yosys"))?;
    let mut report = Report::new(flow, settings.mhz, report::area(&cells), cells);
    report.tools.push(version);
    if routed {
        let version = NEXTPNR_ECP5.command()?.arg("--version").folder(at).limit(settings.limit).run()?.all();
        report.tools.push(report::nextpnr_version(&version));
        let runs = route(at, settings, step)?;
        report.set_runs(runs);
    }
    Ok(report)
}

/// One placement a seed, as many at a time as there are processors.
fn route(
    folder: &Path,
    settings: &Settings,
    step: &(dyn Fn(&str) + Sync),
) -> Result<Vec<(Run, Option<Critical>)>, FlowError> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(settings.seeds.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(&seed) = settings.seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    step(&format!("place and route, seed {seed}"));
                    let result = route_once(folder, settings, seed);
                    let failed = result.is_err();
                    found.lock().unwrap_or_else(|e| e.into_inner()).push((seed, result));
                    if failed {
                        // The others would fail alike.
                        next.store(settings.seeds.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(|e| e.into_inner());
    found.sort_by_key(|(seed, _)| *seed);
    found.into_iter().map(|(_, result)| result).collect()
}

fn route_once(folder: &Path, settings: &Settings, seed: u64) -> Result<(Run, Option<Critical>), FlowError> {
    let file = format!("route_{seed}.json");
    // A device with room, so that placement is about the core and not about its neighbours; no pads, so that
    // the paths are the core's own.
    NEXTPNR_ECP5
        .command()?
        .args(["--85k", "--package", "CABGA756", "--speed", "8", "--out-of-context", "--timing-allow-fail"])
        .args(["--quiet", "--json", "netlist.json", "--report", &file])
        .args(["--seed", &seed.to_string(), "--freq", &settings.mhz.to_string()])
        .folder(folder)
        .limit(settings.limit)
        .succeed()?;
    report::route(&read(&folder.join(file))?, seed).map_err(unusable("nextpnr-ecp5"))
}

fn unusable(tool: &'static str) -> impl FnOnce(String) -> FlowError {
    move |what| FlowError::Unusable { tool, what }
}

fn write(path: &Path, text: &str) -> Result<(), ToolError> {
    std::fs::write(path, text).map_err(|source| ToolError::File { path: path.into(), source })
}

fn read(path: &Path) -> Result<String, ToolError> {
    std::fs::read_to_string(path).map_err(|source| ToolError::File { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_have_names_and_families() {
        for flow in Flow::ALL {
            assert_eq!(Flow::by_name(flow.name()), Some(*flow));
            assert_eq!(Flow::for_family(flow.name()), Some(*flow));
        }
        assert_eq!(Flow::for_family("ice40"), None);
    }

    #[test]
    fn a_counter_through_every_flow_that_is_here() {
        let verilog = "module counter (input wire clk, output reg [7:0] r);\n  \
                       always @(posedge clk) r <= r + 8'd1;\nendmodule\n";
        let design = Design { top: "counter", verilog, clocked: true };
        let settings = Settings { mhz: 300.0, seeds: vec![1], limit: Duration::from_secs(600) };
        for flow in Flow::ALL {
            match run(*flow, &design, &settings, &|_| ()) {
                Err(FlowError::Tool(ToolError::Missing { tool, .. })) => {
                    eprintln!("{flow} is left out: {tool} isn't here");
                }
                Err(e) => panic!("{flow}: {e}"),
                Ok(r) => {
                    assert_eq!(r.area.ff, 8, "{flow}");
                    assert!(r.area.carry > 0, "{flow}");
                    assert_eq!(r.fmax_mhz.is_some(), flow.routes(), "{flow}");
                    assert_eq!(r.critical_path.is_some(), flow.routes(), "{flow}");
                }
            }
        }
    }

    #[test]
    fn a_text_that_is_wrong_is_a_tool_that_failed() {
        let design = Design { top: "nothing", verilog: "module something;\nendmodule\n", clocked: false };
        let settings = Settings { mhz: 300.0, seeds: vec![1], limit: Duration::from_secs(600) };
        match run(Flow::Xc7, &design, &settings, &|_| ()) {
            Err(FlowError::Tool(ToolError::Missing { .. })) => eprintln!("left out: Yosys isn't here"),
            Err(FlowError::Tool(ToolError::Failed { tail, .. })) => {
                assert!(tail.contains("nothing"), "{tail}")
            }
            other => panic!("{other:?}"),
        }
    }
}
