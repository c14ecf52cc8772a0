//! Every operator of the registry in every example: a named test each for
//! - `model`: the netlist is the reference model, at several clocks and on several targets, for all operand
//!   pairs where they are few;
//! - `schedule`: any legal schedule is the same function;
//! - `stalls`: so is the core with a clock enable;
//! - `determinism`: the same core twice is the same text.
mod common;
#[path = "registry/posits.rs"]
mod posits;
#[path = "registry/refused.rs"]
mod refused;

use common::{Setup, agrees, instance, netlist};
use holigen_generator::rtl::{verilog, vhdl};
use holigen_operators::{Instance, REGISTRY};
use holigen_sim::check::Plan;
use holigen_verif::vectors::operand_bits;
use libtest_mimic::{Arguments, Failed, Trial};

/// Clocks and targets of every example; where the loop of a core cannot run as fast, half the clock.
const SETUPS: &[(&str, f64)] = &[
    ("kintex7", 100.0),
    ("kintex7", 400.0),
    ("ecp5", 300.0),
    ("ice40hx", 100.0),
    ("asic", 500.0),
    ("kintex7", 0.0),
];
/// Of the first setup: enough for a sum as long as the accumulator promises, which takes seconds.
const LONG: u64 = 1 << 16;
/// Of all others.
const SHORT: u64 = 1 << 14;

fn make(operator: &str, example: &str) -> Instance {
    instance(operator, example).unwrap_or_else(|e| panic!("{e}"))
}

fn failed(what: impl std::fmt::Display) -> Failed {
    what.to_string().into()
}

fn model(i: &Instance) -> Result<(), Failed> {
    let bits = operand_bits(&i.core.interface());
    let mut worked = 0;
    for (n, &(target, mhz)) in SETUPS.iter().enumerate() {
        if mhz == 0.0 && i.core.turns() > 1 {
            continue;
        }
        let setup = Setup::new(target, mhz);
        let c = netlist(&*i.core, &setup, "core")
            .or_else(|_| netlist(&*i.core, &Setup { mhz: mhz / 2.0, ..setup.clone() }, "core"))
            .map_err(|e| failed(format!("{setup:?}: {e}")))?;
        let plan = match n {
            0 if bits <= 16 => Plan::Exhaustive,
            0 => Plan::Count(LONG),
            _ => Plan::Count(SHORT),
        };
        worked += agrees(&*i.core, &c, plan, n as u64).map_err(|e| failed(format!("{setup:?}\n{e}")))?;
    }
    if worked < LONG { Err(failed(format!("only {worked} vectors"))) } else { Ok(()) }
}

fn schedule(i: &Instance) -> Result<(), Failed> {
    for seed in 1..=4 {
        let (target, mhz) = SETUPS[seed as usize % 3];
        let setup = Setup::new(target, mhz / 2.0).with_schedule(seed);
        let c = netlist(&*i.core, &setup, "core").map_err(|e| failed(format!("{setup:?}: {e}")))?;
        agrees(&*i.core, &c, Plan::Count(SHORT), seed).map_err(|e| failed(format!("{setup:?}\n{e}")))?;
    }
    Ok(())
}

fn stalls(i: &Instance) -> Result<(), Failed> {
    for mhz in [100.0, 200.0] {
        let setup = Setup::new("kintex7", mhz).with_enable();
        let c = netlist(&*i.core, &setup, "core").map_err(|e| failed(format!("{setup:?}: {e}")))?;
        if !c.module.has_enable {
            return Err(failed("there is no clock enable"));
        }
        agrees(&*i.core, &c, Plan::Count(SHORT), 7).map_err(|e| failed(format!("{setup:?}\n{e}")))?;
    }
    Ok(())
}

fn determinism(operator: &str, example: &str) -> Result<(), Failed> {
    let text = || {
        let i = make(operator, example);
        let slow = |_| netlist(&*i.core, &Setup::new("kintex7", 50.0), "core");
        let c = netlist(&*i.core, &Setup::new("kintex7", 200.0), "core").or_else(slow).map_err(failed)?;
        Ok::<_, Failed>((verilog::print(&c.module), vhdl::print(&c.module), c.stages, i.core.parameters()))
    };
    let (x, y) = (text()?, text()?);
    let same = x.0 == y.0 && x.1 == y.1 && format!("{:?}", x.2) == format!("{:?}", y.2) && x.3 == y.3;
    if same { Ok(()) } else { Err(failed("two builds differ")) }
}

/// What the manifest says is a core that resolves to itself, and the interface is well-formed.
fn manifest(i: &Instance) -> Result<(), Failed> {
    let interface = i.core.interface();
    for p in &interface.ports {
        if p.width == 0 || p.description.is_empty() {
            return Err(failed(format!("port {} has no width or no description", p.name)));
        }
    }
    if i.core.semantics().is_empty() || i.core.title().contains('\n') {
        return Err(failed("no semantics, or a title of several lines"));
    }
    holigen_generator::rtl::names::check_identifier(&i.core.name()).map_err(failed)?;
    let setup = Setup::new("kintex7", 50.0);
    let c = netlist(&*i.core, &setup, "core").map_err(failed)?;
    let ports = interface.inputs().map(|p| (p.name.clone(), p.width));
    let mut ports: Vec<_> = ports.collect();
    if i.core.stream().is_none() {
        ports.insert(0, ("in_valid".into(), 1));
    }
    let built: Vec<_> = c
        .module
        .inputs
        .iter()
        .map(|s| (c.module.signal(*s).name.clone(), c.module.signal(*s).width))
        .collect();
    if ports != built {
        return Err(failed(format!("the interface says {ports:?}, the netlist {built:?}")));
    }
    let ports = interface.outputs().map(|p| (p.name.clone(), p.width));
    let mut ports: Vec<_> = ports.collect();
    if i.core.stream().is_none() {
        ports.insert(0, ("out_valid".into(), 1));
    }
    let built: Vec<_> =
        c.module.outputs.iter().map(|o| (o.name.clone(), c.module.signal(o.signal).width)).collect();
    if ports == built {
        Ok(())
    } else {
        Err(failed(format!("the interface says {ports:?}, the netlist {built:?}")))
    }
}

/// Every file of `ops` is in the registry.
fn nobody_forgotten() -> Result<(), Failed> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ops");
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|e| e == "rs") && stem != "mod" {
            let name = stem.replace('_', "-");
            if !REGISTRY.iter().any(|e| e.name() == name || e.name() == stem) {
                return Err(failed(format!("{} has no line in REGISTRY", path.display())));
            }
        }
    }
    let mut names: Vec<&str> = REGISTRY.iter().map(|e| e.name()).collect();
    names.sort_unstable();
    if names.windows(2).any(|w| w[0] == w[1]) {
        return Err(failed("two operators of one name"));
    }
    Ok(())
}

/// Values of the wrong type, and unknown parameters: the message holds the word.
const MISTYPED: &[&str] = &["we", "wf", "nonsense"];

fn refused(operator: &str) -> Result<(), Failed> {
    let cases = refused::REFUSED.iter().chain(posits::REFUSED).find(|c| c.0 == operator).map(|c| c.1);
    let cases = cases.ok_or_else(|| failed("no refused values are listed"))?;
    for (text, parameter) in cases {
        match instance(operator, text) {
            Ok(_) => return Err(failed(format!("{text} was taken"))),
            Err(e) if e.parameter != *parameter => {
                return Err(failed(format!("{text} should be refused for {parameter}: {e}")));
            }
            Err(e) if e.problem.is_empty() || e.expected.is_empty() => {
                return Err(failed(format!("{text}: {e:?} does not help")));
            }
            Err(_) => {}
        }
    }
    for parameter in MISTYPED {
        for value in ["\"four\"", "-1", "1.5"] {
            let text = format!("{parameter} = {value}");
            match instance(operator, &text) {
                Ok(_) => return Err(failed(format!("{text} was taken"))),
                Err(e) if !e.to_string().contains(parameter) => {
                    return Err(failed(format!("{text}: the message does not name it: {e}")));
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("registry::nobody_forgotten", nobody_forgotten)];
    for entry in REGISTRY {
        let operator = entry.name();
        trials.push(Trial::test(format!("{operator}::refused"), move || refused(operator)));
        for (n, example) in entry.examples().iter().enumerate() {
            // The number keeps names apart; the core's name says which it is.
            let label =
                |what: &str| format!("{operator}::{what}::{n}_{}", make(operator, example).core.name());
            let mut add = |what: &str, test: fn(&Instance) -> Result<(), Failed>| {
                trials.push(Trial::test(label(what), move || test(&make(operator, example))));
            };
            add("manifest", manifest);
            // Streaming cores have no schedule; the test `streams` holds them against their models.
            if make(operator, example).core.stream().is_none() {
                add("model", model);
                add("schedule", schedule);
                add("stalls", stalls);
            }
            trials.push(Trial::test(label("determinism"), move || determinism(operator, example)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
