//! A core through an FPGA flow: what `synth`, and whoever measures many cores, have in common.
use crate::failure::Failure;
use crate::pipeline::{Job, STANDARD_MHZ};
use holigen_fpga_flows::cache::Entry;
use holigen_fpga_flows::{Delays, Design, Device, FlowError, Port, Report, flow};
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::verilog;
use holigen_generator::target::{AddLine, Target};
use std::time::Duration;

/// Placing and routing a large core takes some minutes; beyond this, something hangs.
const LIMIT: Duration = Duration::from_secs(3600);
/// How a flow is run.
#[derive(Clone, Debug)]
pub struct Running {
    /// Seeds of the placer.
    pub seeds: Vec<u64>,
    /// Kept results are used, and this one is kept.
    pub cache: bool,
    /// Products may become DSP blocks.
    pub dsp: bool,
    /// Programs at the same time; 0: one a processor.
    pub threads: usize,
}

/// The device of a target, or which targets have one.
///
/// # Errors
/// [`Failure::Usage`]: there is no flow for the target.
pub fn device(target: &Target) -> Result<Device, Failure> {
    Device::for_target(&target.name).ok_or_else(|| {
        let all: Vec<_> = Device::ALL.iter().map(|d| d.target).collect();
        Failure::usage(format!(
            "--target {}: there is no flow for it\n  targets with a flow: {}",
            target.name,
            all.join(", ")
        ))
    })
}

/// Runs the flow of the core's target, or finds what it said before; then the second value is true.
///
/// # Errors
/// [`Failure::Usage`] without a flow for the target, [`Failure::Tool`] if a program is missing or fails.
pub fn measure(job: &Job, compiled: &Compiled, running: &Running) -> Result<(Report, bool), Failure> {
    let device = device(&job.settings.target)?;
    let module = &compiled.module;
    let text = verilog::print(module);
    let (inputs, outputs) = ports(compiled);
    let names = inputs.iter().chain(&outputs).map(|p| p.name.clone());
    let signals: Vec<String> = module.signals.iter().map(|s| s.name.clone()).chain(names).collect();
    let design = Design {
        top: &job.name,
        verilog: &text,
        clocked: module.clocked,
        inputs: &inputs,
        outputs: &outputs,
        signals: &signals,
    };
    let settings = flow::Settings {
        mhz: clock(job),
        seeds: running.seeds.clone(),
        limit: LIMIT,
        delays: delays(&job.settings.target),
        dsp: running.dsp,
        threads: running.threads,
    };
    let kept = running.cache.then(|| Entry::of(device, &design, &settings)).flatten();
    if let Some(report) = kept.as_ref().and_then(Entry::read) {
        return Ok((report, true));
    }
    let report = flow::run(device, &design, &settings, &|_| ())
        .map_err(|e: FlowError| Failure::Tool(e.to_string()))?;
    if let Some(entry) = kept {
        entry.write(&report);
    }
    Ok((report, false))
}

/// The clock that tools are asked for, MHz.
pub fn clock(job: &Job) -> f64 {
    // A core that keeps its clock at --freq 0, and one that has none, are routed for the default one.
    if job.freq > 0.0 { job.freq } else { STANDARD_MHZ }
}

/// Inputs without the clock, and outputs.
pub fn ports(compiled: &Compiled) -> (Vec<Port>, Vec<Port>) {
    let module = &compiled.module;
    let port = |name: &str, width: u32| Port { name: name.into(), width };
    let control = [("rst", module.has_reset), ("ce", module.has_enable)];
    let mut inputs: Vec<Port> = control.iter().filter(|c| c.1).map(|c| port(c.0, 1)).collect();
    inputs.extend(module.inputs.iter().map(|id| {
        let s = module.signal(*id);
        port(&s.name, s.width)
    }));
    let outputs = module.outputs.iter().map(|o| port(&o.name, module.signal(o.signal).width)).collect();
    (inputs, outputs)
}

/// What an estimate needs of a target.
pub fn delays(t: &Target) -> Delays {
    let (chain, carry) = match t.add {
        AddLine::Chain(line) => (line.base_ps, t.carry_cell(&line)),
        AddLine::Prefix(line) => (line.base_ps, line.per_log2_ps),
    };
    Delays {
        overhead: t.overhead(),
        lut: t.lut_level(),
        fanout: t.driving(2),
        chain,
        carry,
        mux: t.mux.per_log2_ps,
    }
}
