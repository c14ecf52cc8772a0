//! What is said about a core beside its text: ports, manifest, header, testbench data.

use crate::pipeline::{Job, VERSION};
use holigen_generator::compile::Compiled;
use holigen_sim::check::Report;
use holigen_sim::recorded::Cycle;
use holigen_templates as templates;
use holigen_templates::{Header, HeaderPort, Testbench};
use holigen_verif::interface::{Direction, Encoding, Kind, Port};
use serde_json::{Map, Value, json};

/// All ports of the module in its order, with those of the pipeline.
pub fn ports(job: &Job, compiled: &Compiled) -> Vec<Port> {
    let module = &compiled.module;
    let control = |name: &str, direction, kind, description: &str| Port {
        name: name.into(),
        direction,
        width: 1,
        elements: 1,
        kind,
        encoding: Encoding::Bits,
        description: description.into(),
    };
    let mut all = Vec::new();
    if module.clocked {
        all.push(control("clk", Direction::Input, Kind::Clock, "Clock, rising edge."));
    }
    if module.has_reset {
        let what = "Synchronous reset, active high, of control only: valid bits, not data.";
        let what = if job.streams() { "Synchronous reset, active high." } else { what };
        all.push(control("rst", Direction::Input, Kind::Reset, what));
    }
    if module.has_enable {
        all.push(control(
            "ce",
            Direction::Input,
            Kind::Enable,
            "Clock enable: 0 freezes the whole pipeline.",
        ));
    }
    let known = |name: &str| job.interface.ports.iter().find(|p| p.name == name).cloned();
    for id in &module.inputs {
        let signal = module.signal(*id);
        all.push(known(&signal.name).unwrap_or_else(|| {
            let what = "The inputs of this clock are to be processed.";
            Port { width: signal.width, ..control(&signal.name, Direction::Input, Kind::Valid, what) }
        }));
    }
    for output in &module.outputs {
        all.push(known(&output.name).unwrap_or_else(|| {
            let what = "The outputs belong to an input that was valid.";
            let width = module.signal(output.signal).width;
            Port { width, ..control(&output.name, Direction::Output, Kind::Valid, what) }
        }));
    }
    all
}

/// How the bits of a port are read, in a word.
pub fn format_name(port: &Port) -> Option<String> {
    match &port.encoding {
        Encoding::Bits => None,
        Encoding::Float(f) => Some(f.name()),
        Encoding::Posit(f) => Some(f.name()),
        Encoding::Fixed { signed, lsb } => {
            // As options say it: bit weights 2^msb to 2^lsb, a sign bit above.
            let msb = i64::from(*lsb) + i64::from(port.element_width()) - 1 - i64::from(*signed);
            Some(format!("{}:{msb}:{lsb}", if *signed { "fixed" } else { "ufixed" }))
        }
    }
}

fn port_json(p: &Port) -> Value {
    let mut m = Map::new();
    m.insert("name".into(), json!(p.name));
    m.insert("direction".into(), json!(if p.direction == Direction::Input { "in" } else { "out" }));
    m.insert("width".into(), json!(p.width));
    if p.elements > 1 {
        m.insert("elements".into(), json!(p.elements));
    }
    m.insert("kind".into(), json!(p.kind));
    if let Some(format) = format_name(p) {
        m.insert("format".into(), json!(format));
    }
    m.insert("description".into(), json!(p.description));
    Value::Object(m)
}

/// A frequency as a number without superfluous places.
fn number(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < 1e15 { json!(x as i64) } else { json!(x) }
}

/// The manifest, without its checksum.
pub fn text(
    job: &Job,
    compiled: &Compiled,
    ports: &[Port],
    names: &[(&'static str, String)],
    report: Option<&Report>,
) -> String {
    let files: Map<String, Value> =
        names.iter().map(|(kind, file)| ((*kind).to_owned(), json!(file))).collect();
    let check = match report {
        Some(r) => json!({
            "engine": "embedded", "vectors": r.vectors, "exhaustive": r.exhaustive,
            "mismatches": u32::from(r.mismatch.is_some()),
        }),
        None => json!({ "engine": "none", "vectors": 0, "exhaustive": false, "mismatches": 0 }),
    };
    let core = &job.instance.core;
    let manifest = json!({
        "holigen": VERSION,
        "operator": job.instance.operator,
        "module": job.name,
        "parameters": core.parameters(),
        "target": job.settings.target.name,
        "frequency_mhz": number(job.freq),
        // To a tenth: the model is not better than that, and rounding noise has no place in a file.
        "estimated_fmax_mhz": (compiled.estimated_fmax_mhz * 10.0).round() / 10.0,
        // Of a streaming core it is up to the stalls.
        "latency": (!job.streams()).then_some(compiled.latency),
        "initiation_interval": 1,
        "ports": ports.iter().map(port_json).collect::<Vec<_>>(),
        "semantics": core.semantics(),
        "files": files,
        "check": check,
        "regenerate": job.regenerate,
    });
    format!("{manifest:#}\n")
}

/// The comment at the top of the hardware.
pub fn header(job: &Job, compiled: &Compiled, ports: &[Port]) -> Header {
    let core = &job.instance.core;
    let plain = |v: Value| match v {
        Value::String(s) => s,
        other => other.to_string(),
    };
    let parameters = core.parameters().into_iter().filter(|(_, v)| !v.is_null());
    let port = |p: &Port| HeaderPort {
        name: p.name.clone(),
        is_input: p.direction == Direction::Input,
        width: p.width,
        description: match format_name(p) {
            Some(format) if p.elements > 1 => format!("{} x {format}: {}", p.elements, p.description),
            Some(format) if !p.description.contains(&format) => format!("{format}: {}", p.description),
            _ => p.description.clone(),
        },
    };
    let (freq, target) = (job.freq, &job.settings.target.name);
    Header {
        module: job.name.clone(),
        title: core.title(),
        parameters: parameters.map(|(k, v)| (k, plain(v))).collect(),
        semantics: core.semantics().split("\n\n").map(str::to_owned).collect(),
        latency: (compiled.module.clocked && !job.streams()).then_some(compiled.latency),
        clock: (freq > 0.0).then(|| format!("{freq} MHz on {target}")),
        ports: ports.iter().map(port).collect(),
        regenerate: job.regenerate.clone(),
        version: VERSION.into(),
    }
}

/// How failures of testbenches print a port.
fn numbers(port: &Port) -> templates::Numbers {
    match &port.encoding {
        // The testbenches' decoders read fields of these sizes; anything else is printed as bits.
        Encoding::Float(f) if f.wf() <= 52 && f.we() < 31 => templates::Numbers::Float(templates::Float {
            signed: f.is_signed(),
            we: f.we(),
            wf: f.wf(),
            bias: f.bias(),
            subnormals: f.has_subnormals(),
            max_finite: f.max_magnitude_code(),
            infinity: f.infinity_code(false).and_then(|c| u64::try_from(c).ok()),
            minus_zero: f.has_negative_zero(),
        }),
        Encoding::Fixed { signed, lsb } => templates::Numbers::Fixed { signed: *signed, lsb: *lsb },
        _ => templates::Numbers::Bits,
    }
}

/// The testbench that drives these cycles.
pub fn testbench(job: &Job, compiled: &Compiled, cycles: Vec<Cycle>) -> Testbench {
    let module = &compiled.module;
    let port = |p: &Port| templates::Port {
        name: p.name.clone(),
        width: p.width,
        is_input: p.direction == Direction::Input,
        lanes: p.elements,
        numbers: numbers(p),
    };
    let step = |c: Cycle| templates::Step {
        valid: c.valid,
        ce: c.enable,
        inputs: c.inputs,
        expected: c.expected.unwrap_or_default(),
        clocks: c.clocks,
    };
    Testbench {
        module: job.name.clone(),
        title: job.instance.core.title(),
        regenerate: job.regenerate.clone(),
        version: VERSION.into(),
        ports: job.interface.ports.iter().map(port).collect(),
        clocked: module.clocked,
        streaming: job.instance.core.stream().is_some(),
        has_rst: module.has_reset,
        has_ce: module.has_enable,
        latency: compiled.latency,
        steps: cycles.into_iter().map(step).collect(),
        timescale: false,
    }
}
