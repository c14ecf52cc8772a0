//! Running a flow: synthesis, then place and route or an estimate.
use crate::device::{self, Device};
use crate::estimate::{self, Delays};
use crate::frame::{self, Port};
use crate::nextpnr;
use crate::report::{self, Report};
use crate::tools::{ToolError, YOSYS};
use std::path::Path;
use std::time::Duration;

/// What is built.
#[derive(Clone, Copy, Debug)]
pub struct Design<'a> {
    /// Top module.
    pub top: &'a str,
    /// Its Verilog text.
    pub verilog: &'a str,
    /// Whether it has a `clk`.
    pub clocked: bool,
    /// Its inputs without the clock.
    pub inputs: &'a [Port],
    /// Its outputs.
    pub outputs: &'a [Port],
    /// Names of its signals and ports, to which critical paths are mapped back.
    pub signals: &'a [String],
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
    /// Delays of the target, for an estimate where nothing routes.
    pub delays: Delays,
    /// Products may become DSP blocks; without it a core is lookup tables and its size compares with others'.
    pub dsp: bool,
    /// Programs that run at the same time; 0: as many as there are processors.
    pub threads: usize,
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
    device: Device,
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
    for (name, text) in device::files(device.flow) {
        write(&at.join(name), text)?;
    }
    step("synthesis");
    let routes = device.flow.routes();
    let script = if routes {
        framed(device, design, &device.synthesis(settings.dsp), at)?
    } else {
        alone(design, &device.synthesis(settings.dsp))
    };
    YOSYS.command()?.args(["-q", "-p", &script]).folder(at).limit(settings.limit).succeed()?;
    let (version, cells) =
        report::statistics(&read(&at.join("stat.json"))?, design.top).map_err(unusable("Yosys"))?;
    let mut report = Report::new(device, settings.mhz, report::area(&cells), cells);
    report.tools.push(version);
    if routes {
        let (version, runs) = nextpnr::route(device, at, design, settings, report.area.luts, step)?;
        report.tools.push(version);
        report.set_runs(runs);
    } else {
        let netlist = read(&at.join("netlist.json"))?;
        let path = estimate::longest(&netlist, design, &settings.delays).map_err(unusable("Yosys"))?;
        report.set_estimate(path);
    }
    Ok(report)
}

/// The core alone.
fn alone(design: &Design<'_>, synthesis: &str) -> String {
    format!(
        "read_verilog core.v; {synthesis} -top {}; tee -q -o stat.json stat -json; flatten; autoname; write_json netlist.json",
        design.top
    )
}

/// The core in a frame of registers. Both are synthesised for themselves, so that the core's size is its own and
/// what is routed is exactly what was counted; then they become one netlist.
fn framed(device: Device, design: &Design<'_>, synthesis: &str, folder: &Path) -> Result<String, ToolError> {
    let (core, frame) = (design.top, format!("{}_frame", design.top));
    let text = frame::verilog(core, &frame, design.clocked, design.inputs, design.outputs);
    write(&folder.join("frame.v"), &text)?;
    if let Some(pins) = device.pins() {
        write(&folder.join("pins.txt"), &pins)?;
    }
    Ok(format!(
        "read_verilog core.v frame.v; setattr -mod -set keep_hierarchy 1 {core}; {synthesis} -top {frame}; \
         tee -q -o stat.json stat -json; setattr -mod -unset keep_hierarchy {core}; \
         setattr -unset keep_hierarchy c:{}; flatten; delete t:$scopeinfo; {}clean; write_json netlist.json",
        frame::INSTANCE,
        device.preparation(&frame)
    ))
}

pub(crate) fn unusable(tool: &'static str) -> impl FnOnce(String) -> FlowError {
    move |what| FlowError::Unusable { tool, what }
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), ToolError> {
    std::fs::write(path, text).map_err(|source| ToolError::File { path: path.into(), source })
}

pub(crate) fn read(path: &Path) -> Result<String, ToolError> {
    std::fs::read_to_string(path).map_err(|source| ToolError::File { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Clock;

    fn settings() -> Settings {
        let delays =
            Delays { overhead: 200.0, lut: 600.0, fanout: 0.0, chain: 900.0, carry: 50.0, mux: 300.0 };
        Settings {
            mhz: 100.0,
            seeds: vec![1],
            limit: Duration::from_secs(600),
            delays,
            dsp: false,
            threads: 0,
        }
    }

    #[test]
    fn a_counter_through_flows_of_both_kinds() {
        let verilog = "module counter (input wire clk, input wire rst, output reg [7:0] r);\n  \
                       always @(posedge clk) r <= rst ? 8'd0 : r + 8'd1;\nendmodule\n";
        let port = |name: &str, width| Port { name: name.into(), width };
        let (inputs, outputs) = ([port("rst", 1)], [port("r", 8)]);
        let signals = ["clk", "rst", "r"].map(String::from);
        let design = Design {
            top: "counter",
            verilog,
            clocked: true,
            inputs: &inputs,
            outputs: &outputs,
            signals: &signals,
        };
        // The others are run through the program, in its own tests.
        for device in ["kintex7", "ecp5-6"].map(|t| Device::for_target(t).unwrap()) {
            match run(device, &design, &settings(), &|_| ()) {
                Err(FlowError::Tool(ToolError::Missing { tool, .. })) => {
                    eprintln!("{} is left out: {tool} isn't here", device.target);
                }
                Err(e) => panic!("{}: {e}", device.target),
                Ok(r) => {
                    let name = device.target;
                    assert_eq!(r.area.ff, 8, "{name}");
                    assert!(r.area.carry > 0, "{name}");
                    let clock = if device.flow.routes() { Clock::Routed } else { Clock::Estimate };
                    assert_eq!(r.clock, clock, "{name}");
                    assert_eq!(r.fmax_mhz.is_some(), device.flow.routes(), "{name}");
                    assert_eq!(r.estimate_mhz.is_none(), device.flow.routes(), "{name}");
                    let path = r.critical_path.unwrap();
                    let known = ["r", "rst", "result"];
                    assert!(known.contains(&path.from.as_str()), "{name}: {path:?}");
                    assert!(path.total_ns > 0.2 && path.total_ns < 10.0, "{name}: {path:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_that_is_wrong_is_a_tool_that_failed() {
        let design = Design {
            top: "nothing",
            verilog: "module something;\nendmodule\n",
            clocked: false,
            inputs: &[],
            outputs: &[],
            signals: &[],
        };
        match run(Device::for_target("kintex7").unwrap(), &design, &settings(), &|_| ()) {
            Err(FlowError::Tool(ToolError::Missing { .. })) => eprintln!("left out: Yosys isn't here"),
            Err(FlowError::Tool(ToolError::Failed { tail, .. })) => {
                assert!(tail.contains("nothing"), "{tail}")
            }
            other => panic!("{other:?}"),
        }
    }
}
