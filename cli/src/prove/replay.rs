//! A counterexample in a simulator: the text itself, from the state and with the inputs that a solver found.
use super::Subject;
use crate::report::spelled;
use holigen_proof::Workshop;
use holigen_proof::unroll::Time;
use holigen_sim::external::ToolError;
use holigen_sim::external::tool::{IVERILOG, VVP};
use holigen_verif::interface::Port;
use num_bigint::BigUint;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What the simulator did with a counterexample.
pub struct Replay {
    /// Results as the simulator shows them, by port; binary digits.
    pub results: BTreeMap<String, String>,
    /// They are what the solver said that the core does.
    pub confirmed: bool,
}

/// `name_t3` as name and clock.
fn split(name: &str) -> Option<(&str, Time)> {
    let (base, t) = name.rsplit_once("_t")?;
    let time = match t.strip_prefix('m') {
        Some(back) => -back.parse::<Time>().ok()?,
        None => t.parse().ok()?,
    };
    Some((base, time))
}

/// Plays a counterexample of a statement about results or states in Icarus; `None` if the statement shows none.
pub fn replay(
    subject: &Subject<'_>,
    vector: &BTreeMap<String, String>,
    shop: &Workshop,
) -> Result<Option<Replay>, ToolError> {
    let expected: BTreeMap<&str, &String> =
        vector.iter().filter_map(|(n, v)| Some((n.strip_prefix("shown_core_")?, v))).collect();
    let outputs: Vec<&Port> =
        subject.job.interface.outputs().filter(|p| expected.contains_key(p.name.as_str())).collect();
    let turns = subject.job.instance.core.turns() as Time;
    // New states, in registers of their names when the next token of the sum reads them.
    let states = vector.keys().filter_map(|n| split(n)).filter_map(|(register, t)| {
        let state = register.strip_suffix("_q")?;
        expected.contains_key(state).then_some((state, t + turns))
    });
    let states: Vec<(&str, Time)> = states.collect();
    if outputs.is_empty() && states.is_empty() {
        return Ok(None);
    }
    shop.write("replay.v", &bench(subject, vector, &outputs, &states))?;
    let run = |tool: holigen_sim::external::tool::Tool, list: &[&str]| {
        tool.command()?.args(list).folder(shop.path()).succeed()
    };
    run(IVERILOG, &["-g2005", "-s", "replay", "-o", "replay.vvp", "core.v", "replay.v"])?;
    let said = run(VVP, &["-n", "replay.vvp"])?;
    let line = |l: &str| l.split_once(' ').map(|(n, v)| (n.to_owned(), v.trim().to_owned()));
    let results: BTreeMap<String, String> = said.out.lines().filter_map(line).collect();
    let names = outputs.iter().map(|p| p.name.as_str()).chain(states.iter().map(|s| s.0));
    let confirmed = names.into_iter().all(|n| results.get(n) == expected.get(n).copied());
    Ok(Some(Replay { results, confirmed }))
}

/// A testbench that sets inputs, registers and wires clock by clock.
fn bench(
    subject: &Subject<'_>,
    vector: &BTreeMap<String, String>,
    outputs: &[&Port],
    states: &[(&str, Time)],
) -> String {
    let netlist = &subject.verilog;
    let clocked = subject.compiled.module.clocked;
    let registers: BTreeSet<&str> = subject.places().iter().map(|p| p.name).collect();
    let inputs: Vec<_> = netlist.inputs.iter().filter(|p| p.name != "clk").collect();
    let mut t = String::from("`timescale 1ns/1ns\nmodule replay;\n  reg clk;\n");
    let mut ports = Vec::new();
    if clocked {
        ports.push(".clk(clk)".to_owned());
    }
    for (kind, list) in [("reg", &inputs), ("wire", &netlist.outputs.iter().collect())] {
        for p in list {
            let _ = writeln!(t, "  {kind} [{}:0] p_{};", p.bits.len() - 1, p.name);
            ports.push(format!(".{0}(p_{0})", p.name));
        }
    }
    let _ = writeln!(t, "  {} dut ({});\n  initial begin\n    clk = 0;", subject.job.name, ports.join(", "));
    for p in &inputs {
        let value = if p.name == "rst" || p.name == "ce" { 1 } else { 0 };
        let _ = writeln!(t, "    p_{} = {value};", p.name);
    }
    let latency = if clocked { subject.compiled.latency as Time } else { 0 };
    let _ = writeln!(t, "    repeat ({}) begin #5 clk = 1; #5 clk = 0; end", latency + 2);
    if inputs.iter().any(|p| p.name == "rst") {
        t.push_str("    p_rst = 0;\n");
    }
    let given: Vec<(&str, Time, &String)> =
        vector.iter().filter_map(|(n, v)| split(n).map(|(b, t)| (b, t, v))).collect();
    let first = given.iter().map(|g| g.1).min().unwrap_or(0).min(0);
    let mut forced = Vec::new();
    let last = states.iter().map(|s| s.1).fold(latency, Time::max);
    for time in first..=last {
        for p in inputs.iter().filter(|p| !matches!(p.name.as_str(), "rst" | "ce")) {
            let value = given.iter().find(|g| g.0 == p.name && g.1 == time);
            let value = value.map_or("0".to_owned(), |g| format!("{}'b{}", g.2.len(), g.2));
            let _ = writeln!(t, "    p_{} = {value};", p.name);
        }
        for wire in forced.drain(..) {
            let _ = writeln!(t, "    release dut.{wire};");
        }
        for (name, _, value) in given.iter().filter(|g| g.1 == time) {
            if registers.contains(name) {
                let _ = writeln!(t, "    dut.{name} = {}'b{value};", value.len());
            } else if subject.stage_of_wire(name).is_some() && !inputs.iter().any(|p| p.name == *name) {
                let _ = writeln!(t, "    force dut.{name} = {}'b{value};", value.len());
                forced.push(*name);
            }
        }
        t.push_str("    #1;\n");
        for (state, _) in states.iter().filter(|s| s.1 == time) {
            let _ = writeln!(t, "    $display(\"{state} %b\", dut.{state}_q);");
        }
        if time == latency {
            for p in outputs {
                let _ = writeln!(t, "    $display(\"{0} %b\", p_{0});", p.name);
            }
        }
        t.push_str("    #4 clk = 1; #5 clk = 0;\n");
    }
    t + "    $finish(0);\n  end\nendmodule\n"
}

fn number(digits: &str) -> BigUint {
    BigUint::parse_bytes(digits.as_bytes(), 2).unwrap_or_default()
}

/// A counterexample for people: operands and results as numbers, then what the simulator says.
pub fn told(subject: &Subject<'_>, vector: &BTreeMap<String, String>, replayed: Option<&Replay>) -> String {
    let mut out = String::new();
    let mut line = |what: &str, text: String| {
        let _ = writeln!(out, "    {what:<13} {text}");
    };
    let interface = &subject.job.interface;
    let spell = |prefix: &str, end: &str, list: Vec<&Port>| {
        let each = list.iter().filter_map(|p| {
            let digits = vector.get(&format!("{prefix}{}{end}", p.name))?;
            Some(spelled(p, &number(digits)))
        });
        each.collect::<Vec<_>>().join("  ")
    };
    line("token", spell("", "_t0", interface.inputs().collect()));
    let operands: BTreeSet<String> = interface.inputs().map(|p| format!("{}_t0", p.name)).collect();
    for (name, digits) in vector {
        let internal = name.starts_with("shown_") || name.starts_with("differs_") || name.starts_with("any_");
        if !internal && !operands.contains(name) && name != "ok" {
            // Zeros are what everything starts with.
            if let Some((base, t)) = split(name).filter(|_| digits.contains('1')) {
                line("", format!("{base} = 0x{:x} at clock {t}", number(digits)));
            }
        }
    }
    let outputs: Vec<&Port> = interface.outputs().collect();
    for (what, prefix) in [("the core", "shown_core_"), ("specified", "shown_spec_")] {
        let text = spell(prefix, "", outputs.clone());
        if !text.is_empty() {
            line(what, text);
        }
        let states = vector
            .iter()
            .filter(|(n, _)| n.strip_prefix(prefix).is_some_and(|s| !outputs.iter().any(|p| p.name == s)));
        for (name, digits) in states {
            let state = name.strip_prefix(prefix).unwrap_or(name);
            line(what, format!("new {state} = 0x{:x}", number(digits)));
        }
    }
    let differs = vector.iter().filter(|(n, v)| n.starts_with("differs_") && v.as_str() == "1");
    let differs: Vec<_> = differs.map(|(n, _)| n.trim_start_matches("differs_")).collect();
    if !differs.is_empty() {
        line("differ in", differs.join(", "));
    }
    if let Some(r) = replayed {
        let shown = outputs.iter().filter_map(|p| Some(spelled(p, &number(r.results.get(&p.name)?))));
        let mut shown: Vec<String> = shown.collect();
        let states = r.results.iter().filter(|(n, _)| !outputs.iter().any(|p| p.name == **n));
        shown.extend(states.map(|(n, v)| format!("new {n} = 0x{:x}", number(v))));
        let shown = shown.join("  ");
        let verdict = if r.confirmed { "the same as the solver says" } else { "NOT what the solver says" };
        line("simulated", format!("{shown} in Icarus Verilog: {verdict}"));
    }
    out.trim_end().to_owned()
}
