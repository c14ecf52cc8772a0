//! `holigen synth <operator>`: what real tools make of a core.
use crate::args::SynthArgs;
use crate::commands::project;
use crate::failure::{Failure, note, say};
use crate::flows::{self, Running};
use crate::measured;
use crate::pipeline::{self, Job, Settings};
use crate::progress::Progress;
use holigen_fpga_flows::{Clock, Critical, Device, Report};
use holigen_generator::compile::Compiled;
use holigen_generator::target::Target;
use holigen_operators::Instance;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Builds one core with the tools of a flow. `target_given`: the target stands on the command line.
pub fn run(instance: Instance, args: &SynthArgs, target_given: bool) -> Result<(), Failure> {
    if let Some(tool) = args.project {
        return project::run(instance, args, tool, target_given);
    }
    let (device, target) = settle(args, target_given)?;
    let job = pipeline::resolve(instance, Settings { target, ..Settings::new(&args.compiling) })?;
    let compiled = pipeline::netlist(&job)?;
    if let Some(folder) = &args.out_dir {
        measured::preflight(folder, &job, &compiled)?;
    }
    let running =
        Running { seeds: (1..=args.seeds).collect(), cache: !args.no_cache, dsp: args.dsp, threads: 0 };
    let waiting = Progress::waiting(&format!("{}: {}", job.name, device.description()));
    let (report, kept) = flows::measure(&job, &compiled, &running)?;
    drop(waiting);
    if let Some(folder) = &args.out_dir {
        measured::record(folder, &job, &compiled, |kept| {
            kept.synth.retain(|r| r.device != report.device);
            kept.synth.push(report.clone());
        })?;
    }
    if args.json {
        return say(&format!("{:#}\n", result(&job, &compiled, &report)));
    }
    note(told(device, &job, &compiled, &report, kept).trim_end());
    Ok(())
}

/// Device and target: each follows from the other if only one is given.
fn settle(args: &SynthArgs, target_given: bool) -> Result<(Device, Target), Failure> {
    let target = &args.compiling.target;
    match args.flow {
        None => Ok((flows::device(target)?, target.clone())),
        Some(flow) if target_given => match Device::for_target(&target.name) {
            Some(device) if device.flow == flow => Ok((device, target.clone())),
            _ => Err(Failure::usage(format!(
                "--flow {flow}: does not build for --target {}\n  leave one of them out, or give --target {}",
                target.name,
                flow.target()
            ))),
        },
        Some(flow) => {
            let target = Target::by_name(flow.target()).map_err(|e| Failure::usage(e.to_string()))?;
            Ok((flows::device(&target)?, target))
        }
    }
}

/// The JSON of a result: core, then what the tools say.
fn result(job: &Job, compiled: &Compiled, report: &Report) -> Value {
    let mut all = json!({
        "module": job.name,
        "target": job.settings.target.name,
        "latency": compiled.latency,
        // Before synthesis; `estimate_mhz` below is that of the synthesised netlist, `fmax_mhz` was achieved.
        "estimated_fmax_mhz": (compiled.estimated_fmax_mhz * 10.0).round() / 10.0,
        "met": report.meets(),
    });
    if let (Value::Object(all), Ok(Value::Object(found))) = (&mut all, serde_json::to_value(report)) {
        all.extend(found);
    }
    all
}

/// The result for people.
fn told(device: Device, job: &Job, compiled: &Compiled, report: &Report, kept: bool) -> String {
    let mut out = format!("{}: {}\n", job.name, device.description());
    let mut line = |what: &str, text: String| {
        let _ = writeln!(out, "  {what:<10} {text}");
    };
    let a = &report.area;
    let sizes = [
        (a.luts, "LUT"),
        (a.carry, "carry"),
        (a.ff, "FF"),
        (a.dsp, "DSP"),
        (a.bram, "block RAM"),
        (a.srl, "SRL"),
        (a.wide_mux, "wide mux"),
        (a.lutram, "LUT RAM"),
    ];
    let sizes = sizes.iter().enumerate().filter(|(i, s)| *i < 5 || s.0 > 0);
    line("area", sizes.map(|(_, (n, what))| format!("{n} {what}")).collect::<Vec<_>>().join(", "));
    let asked = format!("{} MHz asked for", report.requested_mhz);
    if let (Some(fmax), Some(spread)) = (report.fmax_mhz, report.spread_percent) {
        let verdict = if report.meets() == Some(true) { "met" } else { "NOT met" };
        let seeds = match report.runs.len() {
            1 => "one seed".to_owned(),
            n => format!("median of {n} seeds, {spread:.1} % apart"),
        };
        line("clock", format!("{fmax:.1} MHz routed ({seeds}); {asked}: {verdict}"));
    } else if let Some(mhz) = report.estimate_mhz {
        line("clock", format!("{mhz:.0} MHz is an ESTIMATE, nothing was routed; {asked}"));
        let target = &job.settings.target.name;
        line("", format!("(longest path of the synthesised netlist, with holigen's delays of {target})"));
    } else {
        line("clock", "no path between registers, so no figure".into());
    }
    if compiled.estimated_fmax_mhz > 0.0 {
        line("", format!("{:.0} MHz estimated before synthesis", compiled.estimated_fmax_mhz));
    }
    if let Some(path) = &report.critical_path {
        for (k, text) in way(path, report.clock).into_iter().enumerate() {
            line(if k == 0 { "slowest" } else { "" }, text);
        }
    }
    line("tools", report.tools.join(", "));
    if kept {
        line("", "kept from an earlier run of the same text and tools; --no-cache runs them again".into());
    }
    out
}

/// The critical path, a cell a line.
fn way(path: &Critical, clock: Clock) -> Vec<String> {
    let (from, to) = (&path.from, &path.to);
    let mut lines = vec![match clock {
        Clock::Routed => format!(
            "{:.2} ns from {from} to {to}: {:.2} in cells, {:.2} in wires",
            path.total_ns, path.logic_ns, path.routing_ns
        ),
        Clock::Estimate => format!("{:.2} ns from {from} to {to}, typical wires included", path.total_ns),
    }];
    lines.extend(path.segments.iter().map(|s| {
        let wire = match (s.signal.as_str(), clock) {
            ("", _) => String::new(),
            (signal, Clock::Routed) => format!("{:.2} {signal}, ", s.routing_ns),
            (signal, Clock::Estimate) => format!("{signal}, "),
        };
        format!("  {wire}{:.2} {}", s.logic_ns, s.kind)
    }));
    lines
}
