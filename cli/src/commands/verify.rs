//! `holigen verify <operator>`: the netlist, and the emitted text, against the reference model.
use crate::args::{Engine, VerifyArgs};
use crate::external;
use crate::failure::{Failure, note, say};
use crate::numbers::{self, Amount};
use crate::output;
use crate::pipeline::{self, Job, Settings};
use crate::report::grouped;
use holigen_generator::compile::Compiled;
use holigen_operators::Instance;
use serde_json::{Value, json};
use std::path::Path;

/// Engines in the order of `--engine all`: the fastest answer first.
const ALL: [Engine; 4] = [Engine::Embedded, Engine::Verilator, Engine::Ghdl, Engine::Icarus];

/// Verifies in one engine or in all.
pub fn run(instance: Instance, args: &VerifyArgs) -> Result<(), Failure> {
    let settings =
        Settings { tb: Some(Amount::None), check: Some(Amount::None), ..Settings::new(&args.compiling) };
    let job = pipeline::resolve(instance, settings)?;
    let engines = if args.engine == Engine::All { &ALL[..] } else { std::slice::from_ref(&args.engine) };
    if let Some(wave) = &args.wave {
        check_wave(wave, args.engine)?;
    }
    // All amounts are settled before anything runs.
    let amounts: Vec<Amount> = engines.iter().map(|e| amount(&job, *e, args)).collect::<Result<_, _>>()?;
    let compiled = pipeline::netlist(&job)?;
    let (mut results, mut failures) = (Vec::new(), Vec::new());
    for (engine, amount) in engines.iter().zip(amounts) {
        match one(&job, &compiled, *engine, amount, args.wave.as_deref()) {
            Ok((vectors, exhaustive)) => {
                let all = if exhaustive { " (every input)" } else { "" };
                let name = engine_name(*engine);
                note(&format!("{}: {name:<9} PASS {} vectors{all}", job.name, grouped(vectors)));
                results.push(result(*engine, vectors, exhaustive));
            }
            Err(failure) => failures.push(failure),
        }
    }
    if args.json {
        say(&format!("{:#}\n", json!({ "module": job.name, "seed": job.settings.seed, "passed": results })))?;
    }
    Failure::several(failures).map_or(Ok(()), Err)
}

fn result(engine: Engine, vectors: u64, exhaustive: bool) -> Value {
    json!({ "engine": engine_name(engine), "vectors": vectors, "exhaustive": exhaustive, "mismatches": 0 })
}

fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::Embedded => "embedded",
        Engine::Verilator => "verilator",
        Engine::Ghdl => "ghdl",
        Engine::Icarus => "icarus",
        Engine::All => "all",
    }
}

/// How many vectors an engine gets.
fn amount(job: &Job, engine: Engine, args: &VerifyArgs) -> Result<Amount, Failure> {
    let bits = job.operand_bits();
    let (default_bits, default_count, most) = match engine {
        Engine::Embedded => (pipeline::CHECK_BITS, pipeline::CHECK_COUNT, numbers::MAX_VECTORS),
        _ => (pipeline::TESTBENCH_BITS, external::COUNT, external::MOST),
    };
    // What is too much for an external engine, and only by default or with all engines, is cut to its limit.
    let asked = match (args.vectors, args.engine) {
        (Some(Amount::Count(n)), Engine::All) => Some(Amount::Count(n.min(most))),
        (Some(Amount::Exhaustive), Engine::All) if engine != Engine::Embedded && bits > most.ilog2() => {
            Some(Amount::Count(default_count))
        }
        (other, _) => other,
    };
    Amount::settle(asked, bits, default_bits, default_count, most)
        .map_err(|e| Failure::usage(format!("--vectors: {e}")))
}

/// Vectors compared, and whether they were all.
fn one(
    job: &Job,
    compiled: &Compiled,
    engine: Engine,
    amount: Amount,
    wave: Option<&Path>,
) -> Result<(u64, bool), Failure> {
    if engine == Engine::Embedded {
        let report = pipeline::check(job, compiled, amount)?;
        return Ok(report.map_or((0, false), |r| (r.vectors, r.exhaustive)));
    }
    let Some(plan) = pipeline::plan(amount) else { return Ok((0, false)) };
    let vectors = external::run(job, compiled, engine_name(engine), plan, wave)?;
    Ok((vectors, amount == Amount::Exhaustive))
}

/// A wave needs one simulator that writes it, and a place.
fn check_wave(wave: &Path, engine: Engine) -> Result<(), Failure> {
    if matches!(engine, Engine::All | Engine::Embedded) {
        return Err(Failure::usage(format!(
            "--wave {}: which simulator shall write it?\n  give --engine verilator, ghdl or icarus",
            wave.display()
        )));
    }
    if wave.is_dir() || wave.file_name().is_none() {
        return Err(Failure::usage(format!("--wave {}: this is no name of a file", wave.display())));
    }
    let folder = wave.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::usage(format!("--wave: there is no folder {}", folder.display())));
    }
    output::preflight(folder, [], false)
}
