//! `holigen synth <operator>`: what real tools make of a core.
use crate::args::SynthArgs;
use crate::failure::{Failure, note, say};
use crate::pipeline::{self, Job, Settings};
use crate::progress::Progress;
use holigen_fpga_flows::flow::{self, Design, Flow, FlowError};
use holigen_fpga_flows::report::{Critical, Report};
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::verilog;
use holigen_generator::target::Target;
use holigen_operators::Instance;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Placing and routing a large core takes some minutes; beyond this, something hangs.
const LIMIT: Duration = Duration::from_secs(3600);

/// Builds one core with the tools of a flow. `target_given`: the target stands on the command line.
pub fn run(instance: Instance, args: &SynthArgs, target_given: bool) -> Result<(), Failure> {
    let (flow, target) = settle(args, target_given)?;
    let job = pipeline::resolve(instance, Settings { target, ..Settings::new(&args.compiling) })?;
    let compiled = pipeline::netlist(&job)?;
    let text = verilog::print(&compiled.module);
    let design = Design { top: &job.name, verilog: &text, clocked: compiled.module.clocked };
    let settings = flow::Settings {
        // A core that keeps its clock at --freq 0 is routed for the default one.
        mhz: if job.settings.freq > 0.0 { job.settings.freq } else { Settings::standard().freq },
        seeds: (1..=args.seeds).collect(),
        limit: LIMIT,
    };
    let waiting = Progress::waiting(&format!("{} through {}", job.name, flow.description()));
    let report =
        flow::run(flow, &design, &settings, &|_| ()).map_err(|e: FlowError| Failure::Tool(e.to_string()))?;
    drop(waiting);
    if args.json {
        return say(&format!("{:#}\n", result(&job, &compiled, &report)));
    }
    note(told(flow, &job, &compiled, &report).trim_end());
    Ok(())
}

/// Flow and target: each follows from the other if only one is given.
fn settle(args: &SynthArgs, target_given: bool) -> Result<(Flow, Target), Failure> {
    let target = &args.compiling.target;
    let by_family = Flow::for_family(&target.family);
    match args.flow {
        None => by_family.map(|flow| (flow, target.clone())).ok_or_else(|| {
            let all: Vec<_> = Flow::ALL.iter().map(|f| f.target()).collect();
            Failure::usage(format!(
                "--target {}: there is no flow for it\n  targets with a flow: {}",
                target.name,
                all.join(", ")
            ))
        }),
        Some(flow) if target_given && by_family != Some(flow) => Err(Failure::usage(format!(
            "--flow {flow}: does not build for --target {}\n  leave one of them out, or give --target {}",
            target.name,
            flow.target()
        ))),
        Some(flow) if target_given => Ok((flow, target.clone())),
        Some(flow) => {
            let target = Target::by_name(flow.target()).map_err(|e| Failure::usage(e.to_string()))?;
            Ok((flow, target))
        }
    }
}

/// The JSON of a result: core, then what the tools say.
fn result(job: &Job, compiled: &Compiled, report: &Report) -> Value {
    let mut all = json!({
        "module": job.name,
        "target": job.settings.target.name,
        "latency": compiled.latency,
        "estimated_fmax_mhz": compiled.estimated_fmax_mhz,
    });
    if let (Value::Object(all), Ok(Value::Object(found))) = (&mut all, serde_json::to_value(report)) {
        all.extend(found);
    }
    all
}

/// The result for people.
fn told(flow: Flow, job: &Job, compiled: &Compiled, report: &Report) -> String {
    let mut out = format!("{}: {}\n", job.name, flow.description());
    let mut line = |what: &str, text: String| {
        let _ = writeln!(out, "  {what:<10} {text}");
    };
    let a = &report.area;
    let sizes = [
        (a.luts, "LUT"),
        (a.carry, "carry"),
        (a.ff, "FF"),
        (a.srl, "SRL"),
        (a.wide_mux, "wide mux"),
        (a.dsp, "DSP"),
        (a.bram, "block RAM"),
        (a.lutram, "LUT RAM"),
    ];
    let sizes = sizes.iter().enumerate().filter(|(i, s)| *i < 3 || s.0 > 0);
    line("area", sizes.map(|(_, (n, what))| format!("{n} {what}")).collect::<Vec<_>>().join(", "));
    if let (Some(fmax), Some(spread)) = (report.fmax_mhz, report.spread_percent) {
        let verdict = if report.meets() == Some(true) { "met" } else { "NOT met" };
        let seeds = match report.runs.len() {
            1 => "one seed".to_owned(),
            n => format!("median of {n} seeds, {spread:.1} % apart"),
        };
        line(
            "clock",
            format!("{fmax:.0} MHz routed ({seeds}); {} MHz asked for: {verdict}", report.requested_mhz),
        );
    } else if compiled.module.clocked {
        line("clock", "not routed: no figure from the tools".into());
    }
    if compiled.estimated_fmax_mhz > 0.0 {
        let target = &job.settings.target.name;
        line("", format!("{:.0} MHz estimated by holigen's delays of {target}", compiled.estimated_fmax_mhz));
    }
    if let Some(path) = &report.critical_path {
        for (k, text) in way(path).into_iter().enumerate() {
            line(if k == 0 { "slowest" } else { "" }, text);
        }
    }
    line("tools", report.tools.join(", "));
    out
}

/// The critical path, a cell a line.
fn way(path: &Critical) -> Vec<String> {
    let mut lines = vec![format!(
        "{:.2} ns from {} to {}: {:.2} in cells, {:.2} in wires",
        path.total_ns, path.from, path.to, path.logic_ns, path.routing_ns
    )];
    lines.extend(path.segments.iter().map(|s| {
        let wire = match s.signal.as_str() {
            "" => String::new(),
            signal => format!("{:.2} {signal}, ", s.routing_ns),
        };
        format!("  {wire}{:.2} {}", s.logic_ns, s.kind)
    }));
    lines
}
