//! What the tests of operators share: a core from a line of TOML, its netlist, and the check against its model.
#![allow(dead_code, reason = "every test uses a part of it")]
use holigen_generator::compile::{CompileError, Compiled, Options, build, compile_randomly};
use holigen_generator::target::Target;
use holigen_generator::{Builder, Context};
use holigen_operators::{Core, Entry, Instance, ParamError, REGISTRY};
use holigen_sim::check::{Mismatch, Plan, Report, Subject, run};
use holigen_verif::interface::{Interface, limbs};
use std::fmt::Write as _;

/// How a core is built.
#[derive(Clone, PartialEq, Debug)]
pub struct Setup {
    pub target: String,
    pub mhz: f64,
    pub clock_enable: bool,
    /// Any legal schedule instead of the best.
    pub schedule: Option<u64>,
}

impl Setup {
    pub fn new(target: &str, mhz: f64) -> Self {
        Setup { target: target.into(), mhz, clock_enable: false, schedule: None }
    }

    pub fn with_enable(self) -> Self {
        Setup { clock_enable: true, ..self }
    }

    pub fn with_schedule(self, seed: u64) -> Self {
        Setup { schedule: Some(seed), ..self }
    }
}

pub fn entry(name: &str) -> &'static dyn Entry {
    *REGISTRY.iter().find(|e| e.name() == name).expect("an operator of the registry")
}

/// From a table in TOML.
pub fn instance(operator: &str, parameters: &str) -> Result<Instance, ParamError> {
    let table = parameters.parse().unwrap_or_else(|e| panic!("{parameters}: {e}"));
    entry(operator).instance_of_toml(table)
}

pub fn netlist(core: &dyn Core, setup: &Setup, name: &str) -> Result<Compiled, CompileError> {
    let target = Target::by_name(&setup.target).unwrap_or_else(|e| panic!("{e}"));
    let context = Context::new(target, setup.mhz);
    let options = Options { name: name.into(), clock_enable: setup.clock_enable, turns: core.turns() };
    let Some(seed) = setup.schedule else { return build(&|b| core.build(b), &context, &options) };
    let b = Builder::new(context.clone());
    core.build(&b);
    compile_randomly(b.finish(), &context, &options, seed)
}

/// Netlist against model.
pub fn held(core: &dyn Core, c: &Compiled, plan: Plan, seed: u64) -> Report {
    let (interface, model) = (core.interface(), core.model());
    let subject = Subject {
        module: &c.module,
        latency: c.latency,
        interface: &interface,
        model: model.as_ref(),
        turns: core.turns(),
        stateful: core.has_state(),
        longest_sum: core.longest_sum(),
    };
    run(&subject, plan, seed, &|_| {})
}

/// Netlist against model: the number of vectors, or the first difference in words.
pub fn agrees(core: &dyn Core, c: &Compiled, plan: Plan, seed: u64) -> Result<u64, String> {
    let report = held(core, c, plan, seed);
    match &report.mismatch {
        None => Ok(report.vectors),
        Some(m) => Err(told(&core.interface(), m)),
    }
}

/// A difference in words.
fn told(interface: &Interface, m: &Mismatch) -> String {
    let codes = |ports: &mut dyn Iterator<Item = (&str, u32)>, mut words: &[u64]| {
        let mut text = String::new();
        for (name, width) in ports {
            let (mine, rest) = words.split_at(limbs(width).min(words.len()));
            let digits: String = mine.iter().rev().map(|w| format!("{w:x}_")).collect();
            let _ = write!(text, " {name}={}", digits.trim_end_matches('_'));
            words = rest;
        }
        text
    };
    let mut text = String::new();
    for inputs in &m.history {
        let line = codes(&mut interface.inputs().map(|p| (p.name.as_str(), p.width)), inputs);
        let _ = writeln!(text, "   {line}");
    }
    let outputs = |words: &[u64]| codes(&mut interface.outputs().map(|p| (p.name.as_str(), p.width)), words);
    let _ = writeln!(text, "  netlist {} model {}", outputs(&m.got), outputs(&m.expected));
    if m.lost {
        text += "  in_valid and out_valid do not agree\n";
    }
    text
}
