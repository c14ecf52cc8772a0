//! The embedded simulator beside Verilator on the same cores: vectors a second, as a table in Markdown.
//!
//! `cargo run --release -p holigen-operators --example simulators [seconds]`
use holigen_generator::compile::{Compiled, Options, compile};
use holigen_generator::rtl::{verilog, vhdl};
use holigen_generator::target::Target;
use holigen_generator::{Builder, Context};
use holigen_operators::{Instance, REGISTRY};
use holigen_sim::check::{self, Plan, Subject};
use holigen_sim::embedded::{LANES, Machine, Program, Random};
use holigen_sim::external::{Options as External, SourceText, verilator_speed};
use std::error::Error;
use std::time::Instant;

/// Operator and parameters of each row.
const CORES: &[(&str, &str)] = &[
    ("fp8mac", "we = 4\nwf = 3\nout = \"fixed\""),
    ("fp8mac", "we = 4\nwf = 3"),
    ("fp8mac", "format = \"e5m2\""),
    ("fp8mac", "format = \"fp16\""),
];

/// Seconds this thread has spent on a processor: other people's programs don't count. Elsewhere than on Linux,
/// elapsed time.
fn busy(start: Instant) -> f64 {
    let ns = std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|s| s.split_whitespace().next()?.parse::<f64>().ok());
    ns.map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

fn netlist(instance: &Instance) -> Result<Compiled, Box<dyn Error>> {
    let context = Context::new(Target::by_name("kintex7")?, 400.0);
    let builder = Builder::new(context.clone());
    instance.core.build(&builder);
    let options = Options { name: instance.core.name(), clock_enable: false, turns: instance.core.turns() };
    Ok(compile(builder.finish(), &context, &options)?)
}

/// Random words in, nothing read but the output columns: what Verilator's loop does, too.
fn embedded(compiled: &Compiled, seconds: f64) -> f64 {
    const STEPS: usize = 500;
    let program = Program::compile(&compiled.module);
    let data = program.data_columns();
    let (mut machine, mut random) = (Machine::new(&program), Random::new(1));
    let start = Instant::now();
    let (before, mut steps) = (busy(start), 0);
    while start.elapsed().as_secs_f64() < seconds {
        for _ in 0..STEPS {
            random.fill(&mut machine.inputs_mut()[data.clone()]);
            machine.step();
        }
        std::hint::black_box(machine.outputs());
        steps += STEPS;
    }
    (steps * LANES) as f64 / (busy(start) - before)
}

/// The check before anything is written, on all threads; elapsed time.
fn checked(instance: &Instance, compiled: &Compiled) -> f64 {
    let (interface, model) = (instance.core.interface(), instance.core.model());
    let subject = Subject {
        module: &compiled.module,
        latency: compiled.latency,
        interface: &interface,
        model: model.as_ref(),
        turns: instance.core.turns(),
        stateful: instance.core.has_state(),
        longest_sum: instance.core.longest_sum(),
    };
    let start = Instant::now();
    let report = check::run(&subject, Plan::Count(4_000_000), 1, &|_| {});
    assert!(report.mismatch.is_none(), "the netlist differs from its model");
    report.vectors as f64 / start.elapsed().as_secs_f64()
}

fn main() -> Result<(), Box<dyn Error>> {
    let seconds = std::env::args().nth(1).map_or(Ok(1.0), |a| a.parse())?;
    println!("| core | embedded | Verilator | ratio | checked, all threads |");
    println!("| --- | --- | --- | --- | --- |");
    for (name, parameters) in CORES {
        let entry = REGISTRY.iter().find(|e| e.name() == *name).ok_or("no such operator")?;
        let instance = entry.instance_of_toml(parameters.parse()?)?;
        let compiled = netlist(&instance)?;
        let fast = embedded(&compiled, seconds);
        let text = SourceText::new(
            &compiled.module,
            verilog::print(&compiled.module),
            vhdl::print(&compiled.module),
        );
        let other = verilator_speed(&text, 20_000_000, &External::default())?.rate();
        println!(
            "| `{}` | {:.0} M vectors/s | {:.1} M vectors/s | {:.1} | {:.1} M vectors/s |",
            instance.command(),
            fast / 1e6,
            other / 1e6,
            fast / other,
            checked(&instance, &compiled) / 1e6
        );
    }
    Ok(())
}
