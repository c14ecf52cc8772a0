//! What stands in the datasheet of a core.
use crate::manifest::format_name;
use crate::measured::Measured;
use crate::numbers::Amount;
use crate::pipeline::{Job, VERSION};
use crate::report::grouped;
use holigen_generator::compile::Compiled;
use holigen_generator::target::Kind as TargetKind;
use holigen_operators::REGISTRY;
use holigen_sim::check::Report;
use holigen_templates::{Datasheet, DatasheetFormat, DatasheetPort, DatasheetStage};
use holigen_verif::exact::Value as Number;
use holigen_verif::interface::{Direction, Encoding, Kind, Port};
use holigen_verif::values;
use num_bigint::BigUint;
use serde_json::Value;
use std::fmt::Write as _;

/// The datasheet of a core.
pub fn text(
    job: &Job,
    compiled: &Compiled,
    ports: &[Port],
    names: &[(&'static str, String)],
    report: Option<&Report>,
    kept: &Measured,
) -> String {
    let (measured_figures, measured_checks) = measured(job, kept);
    let core = &job.instance.core;
    let entry = REGISTRY.iter().find(|e| e.name() == job.instance.operator);
    let about = entry.map(|e| e.command()).unwrap_or_default();
    let summary = about.get_about().map(ToString::to_string).unwrap_or_default();
    let long = about.get_long_about().map(ToString::to_string).unwrap_or_default();
    let plain = |v: Value| match v {
        Value::String(s) => s,
        other => other.to_string(),
    };
    let parameters = core.parameters().into_iter().filter(|(_, v)| !v.is_null());
    Datasheet {
        module: job.name.clone(),
        title: core.title(),
        formula: formula(&summary, ports),
        semantics: core.semantics().split("\n\n").map(str::to_owned).collect(),
        architecture: section(&long, "Architecture"),
        sources: section(&long, "Sources"),
        version: VERSION.into(),
        regenerate: job.regenerate.clone(),
        parameters: parameters.map(|(k, v)| (k, plain(v))).collect(),
        ports: ports.iter().map(port).collect(),
        latency: compiled.latency,
        clocked: compiled.module.clocked,
        stages: stages(job, compiled),
        formats: formats(ports),
        figures: figures(job, compiled),
        measured_figures,
        checks: checks(job, report),
        measured_checks,
        core: kept.core.clone(),
        files: names.iter().map(|(kind, file)| (file.clone(), what(kind).to_owned())).collect(),
    }
    .render_text()
}

/// What a file is.
fn what(kind: &str) -> &'static str {
    match kind {
        "verilog" => "the core, Verilog-2001",
        "vhdl" => "the core, VHDL-93",
        "mlir" => "the core, MLIR (CIRCT's hw, comb, seq)",
        "verilog_testbench" | "vhdl_testbench" => "self-checking testbench",
        "verilog_primitives" | "vhdl_primitives" => "models of the cells, for simulators",
        "verilator_main" => "main program of the Verilog testbench under Verilator",
        "manifest" => "manifest: all of this for programs",
        "fusesoc" => "FuseSoC description",
        "datasheet" => "this datasheet",
        _ => "",
    }
}

/// `r = ...` out of the summary of an operator, else its name with the operands.
fn formula(summary: &str, ports: &[Port]) -> String {
    if let Some(at) = summary.find("r = ") {
        let end = summary[at..].find([',', ';']).map_or(summary.len(), |e| at + e);
        let more = summary[at..].find("rounded once").is_some_and(|_| !summary[at..end].contains("round"));
        let text = summary[at..end].trim();
        return if more {
            format!("r = round({})", text.trim_start_matches("r = "))
        } else {
            text.to_owned()
        };
    }
    let data = |direction| {
        let list = ports.iter().filter(move |p| p.direction == direction && p.kind == Kind::Data);
        list.map(|p| p.name.clone()).collect::<Vec<_>>().join(", ")
    };
    format!("{} = f({}): {summary}", data(Direction::Output), data(Direction::Input))
}

/// A section of an operator's description.
fn section(about: &str, name: &str) -> String {
    let found = about.split("\n\n").find_map(|p| p.trim().strip_prefix(&format!("# {name}")));
    found.map(|t| t.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

fn port(p: &Port) -> DatasheetPort {
    let kind = serde_json::to_value(p.kind).ok();
    DatasheetPort {
        name: p.name.clone(),
        is_input: p.direction == Direction::Input,
        width: p.width,
        kind: kind.and_then(|k| k.as_str().map(str::to_owned)).unwrap_or_default(),
        format: format_name(p).unwrap_or_default(),
        description: p.description.clone(),
    }
}

/// Operations named in a stage of the diagram.
const SHOWN: usize = 5;

fn stages(job: &Job, compiled: &Compiled) -> Vec<DatasheetStage> {
    let s = &job.settings;
    let budget = (job.freq > 0.0).then(|| s.target.budget(job.freq));
    let module = &compiled.module;
    let each = compiled.stages.iter().enumerate().map(|(k, stage)| {
        let title = stage.title.split_once(": ").map_or(String::new(), |t| t.1.to_owned());
        let registers = module.sections.get(k).map(|s| s.registers.as_slice()).unwrap_or_default();
        let state = |r: &holigen_generator::rtl::Register| {
            module.signal(r.signal).name.strip_suffix("_q").map(str::to_owned)
        };
        // Latest last; one name once.
        let mut operations: Vec<String> = Vec::new();
        for (name, _) in stage.operations.iter().rev() {
            if !name.is_empty() && !operations.contains(name) && operations.len() < SHOWN {
                operations.insert(0, name.clone());
            }
        }
        DatasheetStage {
            title,
            used_ps: stage.used_ps,
            full: budget.map(|b| stage.used_ps / b),
            operations,
            register_bits: stage.register_bits,
            states: registers.iter().filter_map(state).collect(),
        }
    });
    let mut all: Vec<_> = each.collect();
    if all.is_empty() {
        all.push(DatasheetStage {
            title: "all of it, between inputs and outputs".into(),
            used_ps: compiled.critical_ps,
            full: None,
            operations: Vec::new(),
            register_bits: 0,
            states: Vec::new(),
        });
    }
    all
}

fn figures(job: &Job, compiled: &Compiled) -> Vec<(String, String, String)> {
    let target = &job.settings.target;
    let unit = match target.kind {
        TargetKind::Lut => format!("LUT{}", target.lut_inputs),
        TargetKind::Gates => "gates".into(),
    };
    let mut all = Vec::new();
    let mut row = |what: &str, value: String, from: &str| all.push((what.to_owned(), value, from.to_owned()));
    let counted = "estimated: counted from the structures before synthesis";
    row("logic", format!("about {} {unit}", grouped(compiled.estimated_tables)), counted);
    if compiled.module.clocked {
        row("registers", format!("{} bits", grouped(compiled.register_bits)), "counted in the netlist");
    }
    let delays = format!("estimated: delays of {} ({})", target.name, target.description);
    if compiled.estimated_fmax_mhz > 0.0 {
        row("clock", format!("{:.0} MHz", compiled.estimated_fmax_mhz), &delays);
    } else {
        row("delay", format!("{:.0} ps from inputs to outputs", compiled.critical_ps), &delays);
    }
    if job.freq > 0.0 {
        row("asked for", format!("{} MHz", job.freq), "option --freq");
    }
    all
}

/// What, value, where it comes from.
pub type Figures = Vec<(String, String, String)>;
/// What, and how.
pub type Checks = Vec<(String, String)>;

/// Rows of what was measured and proved after the core was written.
pub fn measured(job: &Job, kept: &Measured) -> (Figures, Checks) {
    let command = |verb: &str| {
        let line = kept_options(&job.regenerate.replacen("holigen ", &format!("holigen {verb} "), 1));
        format!("{line} -o .")
    };
    let mut figures = Vec::new();
    for r in &kept.synth {
        let from = format!("{}: {}", r.device, r.tools.join(", "));
        let a = &r.area;
        let area =
            format!("{} LUT, {} carry, {} FF, {} DSP, {} block RAM", a.luts, a.carry, a.ff, a.dsp, a.bram);
        figures.push(("area, synthesised".to_owned(), area, from.clone()));
        match (r.fmax_mhz, r.estimate_mhz) {
            (Some(mhz), _) => {
                let seeds = match r.runs.len() {
                    1 => "one seed".to_owned(),
                    n => format!("median of {n} seeds, {:.1} % apart", r.spread_percent.unwrap_or_default()),
                };
                let value = format!("{mhz:.1} MHz ({seeds}), {} MHz asked for", r.requested_mhz);
                figures.push(("clock, routed".to_owned(), value, from));
            }
            (None, Some(mhz)) => {
                let value = format!("{mhz:.0} MHz is an estimate: nothing was routed");
                figures.push(("clock of the netlist".to_owned(), value, from));
            }
            (None, None) => (),
        }
    }
    if figures.is_empty() {
        let how = format!("not yet: {}", command("synth"));
        figures.push(("measured".to_owned(), "by the tools of your device".to_owned(), how));
    }
    let proof = match &kept.proof {
        Some(p) => format!("{}: {}", p.answer, p.statements.join("; ")),
        None => command("prove"),
    };
    let faults = match &kept.mutation {
        Some(m) => m.told(),
        None => command("prove") + " --mutate 200",
    };
    (figures, vec![("by proof".to_owned(), proof), ("faults put into the core".to_owned(), faults)])
}

/// A command without the options of writing, which other commands don't take.
fn kept_options(command: &str) -> String {
    let mut words = command.split(' ');
    let mut kept = Vec::new();
    while let Some(w) = words.next() {
        if ["--lang", "--tb", "--check"].contains(&w) {
            words.next();
        } else {
            kept.push(w);
        }
    }
    kept.join(" ")
}

fn checks(job: &Job, report: Option<&Report>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut row = |what: &str, how: String| all.push((what.to_owned(), how));
    match report {
        Some(r) => {
            let all = match (r.exhaustive, job.instance.core.has_state()) {
                (false, _) => "directed corners first, then random",
                (true, false) => "every input there is",
                (true, true) => "every pair of operands, then random sums",
            };
            let n = grouped(r.vectors);
            row(
                "before writing",
                format!(
                    "the scheduled netlist in the embedded simulator against the reference model: {n} vectors ({all}), no \
                     difference"
                ),
            );
        }
        None => row("before writing", "nothing: --check none".into()),
    }
    row(
        "reference model",
        "exact values from the definition, one rounding; it shares no code with the hardware".into(),
    );
    let tb = match job.tb {
        Amount::Exhaustive => "every input".to_owned(),
        Amount::Count(n) => format!("{} vectors", grouped(n)),
        Amount::None => String::new(),
    };
    if !tb.is_empty() {
        row("testbenches", format!("beside this file, {tb} of the model; they stop with PASS or FAIL"));
    }
    let command =
        |verb: &str| kept_options(&job.regenerate.replacen("holigen ", &format!("holigen {verb} "), 1));
    row("in other simulators", format!("{} --engine all", command("verify")));
    all
}

/// Formats of the data ports, each once.
fn formats(ports: &[Port]) -> Vec<DatasheetFormat> {
    let mut all: Vec<(String, Port, Vec<String>)> = Vec::new();
    for p in ports.iter().filter(|p| p.kind == Kind::Data) {
        let element = p.element();
        let Some(name) = format_name(&element) else { continue };
        let which = if p.elements > 1 { format!("{}[{}]", p.name, p.elements) } else { p.name.clone() };
        match all.iter_mut().find(|(n, e, _)| *n == name && e.encoding == element.encoding) {
            Some((_, _, list)) => list.push(which),
            None => all.push((name, element, vec![which])),
        }
    }
    all.into_iter().map(|(name, element, list)| format(name, &element, &list.join(", "))).collect()
}

fn format(name: String, p: &Port, ports: &str) -> DatasheetFormat {
    let mut f = DatasheetFormat { name, ports: ports.into(), width: p.width, ..DatasheetFormat::default() };
    let code = |c: u128| values::hex(&BigUint::from(c), p.width);
    let shown = |v: &Number| values::short(v);
    let mut fact = |what: &str, value: String| f.facts.push((what.to_owned(), value));
    match &p.encoding {
        Encoding::Float(x) => {
            fact("exponent bias", x.bias().to_string());
            fact("exponents of normal numbers", format!("{} to {}", x.emin(), x.emax()));
            let coded = |c: u64| format!("{} = {}", code(c.into()), shown(&x.decode(c.into())));
            fact("largest", coded(x.max_magnitude_code()));
            if x.has_subnormals() && x.wf() > 0 {
                fact("smallest normal", coded(1 << x.wf()));
                fact("smallest", coded(1));
            }
            if let Some(c) = x.infinity_code(false) {
                let minus =
                    x.infinity_code(true).map_or(String::new(), |c| format!(", {} = -infinity", code(c)));
                fact("infinity", format!("{} = +infinity{minus}", code(c)));
            } else {
                fact("infinity", "none".into());
            }
            fact(
                "NaN",
                if x.has_nan() { format!("written as {}", code(x.nan_result())) } else { "none".into() },
            );
            let zero = if x.has_negative_zero() { "+0 and -0" } else { "one" };
            fact("zero", zero.into());
            let sign = x.is_signed().then(|| ("sign".to_owned(), 1));
            let fraction = (x.wf() > 0).then(|| ("fraction".to_owned(), x.wf()));
            f.fields = sign.into_iter().chain([("exponent".to_owned(), x.we())]).chain(fraction).collect();
        }
        Encoding::Posit(x) => {
            fact("exponent bits", x.es().to_string());
            fact(
                "largest",
                format!("{} = {}", code(x.maxpos().into()), shown(&Number::Finite(x.max_finite()))),
            );
            fact("smallest positive", format!("{} = {}", code(1), shown(&Number::Finite(x.min_positive()))));
            fact("NaR (not a real)", code(x.nar().into()));
            fact("negative numbers", "two's complement of the absolute value's code".into());
            f.fields = vec![("sign".into(), 1), ("regime, exponent, fraction".into(), x.width() - 1)];
        }
        Encoding::Fixed { signed, lsb } => {
            fact("least bit is worth", format!("2^{lsb}"));
            fact("sign", if *signed { "two's complement".into() } else { "none".into() });
            f.fields = vec![(if *signed { "two's complement" } else { "unsigned" }.into(), p.width)];
        }
        Encoding::Bits => (),
    }
    codes(&mut f, p);
    f
}

/// All codes of a small format: rows by exponent field, else by the high half of the code.
fn codes(f: &mut DatasheetFormat, p: &Port) {
    let (low, signed) = match &p.encoding {
        Encoding::Float(x) if p.width <= 8 && x.wf() <= 4 => (x.wf(), x.is_signed()),
        Encoding::Posit(_) if p.width <= 8 => (p.width.min(4) - 1, true),
        _ => return,
    };
    let high = p.width - u32::from(signed) - low;
    f.columns = (0..1u32 << low).map(|c| format!("{c:0w$b}", w = low.max(1) as usize)).collect();
    if low == 0 {
        f.columns = vec!["value".into()];
    }
    for r in 0..1u64 << high {
        let value = |c: u64| number(p, r << low | c);
        let values = (0..1u64 << low).map(value).collect();
        f.rows.push((format!("{r:0w$b}", w = high.max(1) as usize), values));
    }
    let rest = if signed { "; the sign bit is 0" } else { "" };
    f.legend = match &p.encoding {
        Encoding::Float(_) => format!("Every code: rows are exponent fields, columns fractions{rest}."),
        _ => format!("Every code: rows are the higher bits, columns the lower ones{rest}."),
    };
}

/// A number in few characters.
fn number(p: &Port, code: u64) -> String {
    match values::value(p, &BigUint::from(code)) {
        None => String::new(),
        Some(Number::Finite(x)) => match x.to_f64() {
            Some(v) => {
                let exact = v.to_string();
                if exact.len() <= 8 { exact } else { short_float(v) }
            }
            None => x.to_hex(),
        },
        Some(other) => {
            let mut text = String::new();
            let _ = write!(text, "{other}");
            text
        }
    }
}

/// Four digits and a power of ten.
fn short_float(v: f64) -> String {
    let text = format!("{v:.3e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'))
}
