//! `holigen verify <operator>`: the netlist, and the emitted text, against the reference model.
use crate::args::{Engine, VerifyArgs};
use crate::external;
use crate::failure::{Failure, note, say};
use crate::numbers::{self, Amount};
use crate::output;
use crate::pipeline::{self, Job, Settings};
use crate::report::grouped;
use holigen_generator::compile::Compiled;
use holigen_operators::{Instance, REGISTRY};
use serde_json::{Value, json};
use std::path::Path;

/// Engines in the order of `--engine all`: the fastest answer first.
const ALL: [Engine; 4] = [Engine::Embedded, Engine::Verilator, Engine::Ghdl, Engine::Icarus];

/// Verifies in one engine or in all.
pub fn run(instance: Instance, args: &VerifyArgs) -> Result<(), Failure> {
    let settings =
        Settings { tb: Some(Amount::None), check: Some(Amount::None), ..Settings::new(&args.compiling) };
    let job = pipeline::resolve(instance, settings)?;
    if let Some(streams) = args.corrupt {
        return corrupt(&job, streams, args);
    }
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

/// Corrupt streams, in the embedded simulator.
fn corrupt(job: &Job, streams: u64, args: &VerifyArgs) -> Result<(), Failure> {
    let refuse = |what: &str, right: &str| Err(Failure::usage(format!("--corrupt: {what}\n  {right}")));
    let command = job.instance.command().replacen("holigen ", "", 1);
    let Some(model) = job.instance.core.stream() else {
        let decoders: Vec<&str> = REGISTRY.iter().filter(|e| e.decodes()).map(|e| e.name()).collect();
        let right = format!("cores that decode: {}; give --vectors N to others", decoders.join(", "));
        return refuse(&format!("`{command}` reads no streams"), &right);
    };
    if !model.can_fail() {
        let what = format!("whatever `{command}` reads stands for something: no stream is corrupt");
        return refuse(&what, "give --vectors N");
    }
    if args.engine != Engine::Embedded {
        let what = format!("only the embedded simulator runs them, not {}", engine_name(args.engine));
        return refuse(
            &what,
            "leave out --engine; --vectors N has corrupt streams among the others in all engines",
        );
    }
    if args.wave.is_some() {
        return refuse("the embedded simulator writes no waves", "leave out --wave");
    }
    let compiled = pipeline::netlist(job)?;
    let report = pipeline::check_corrupt(job, &compiled, &*model, streams)?;
    let (all, errors, symbols) = (report.streams, report.corrupt, report.vectors);
    note(&format!(
        "{}: embedded  PASS {} corrupt streams, {} of them with error; {} results before",
        job.name,
        grouped(all),
        grouped(errors),
        grouped(symbols)
    ));
    if args.json {
        let mut passed = result(Engine::Embedded, symbols, false);
        passed["corrupt_streams"] = all.into();
        passed["errors"] = errors.into();
        say(&format!(
            "{:#}\n",
            json!({ "module": job.name, "seed": job.settings.seed, "passed": [passed] })
        ))?;
    }
    Ok(())
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
