//! `holigen prove <operator>`: Verilog, VHDL and the definition are the same function, by formal proof.
use crate::args::ProveArgs;
use crate::failure::{Failure, note, say};
use crate::measured;
use crate::numbers::Amount;
use crate::pipeline::{self, Settings};
use crate::progress::Progress;
use crate::prove::mutation;
use crate::prove::replay::{self, Replay};
use crate::prove::streams::{Stalls, stalls};
use crate::prove::{Obligation, Subject, Texts};
use crate::report::stream_mismatch;
use holigen_operators::Instance;
use holigen_proof::{Answer, Limits, Workshop};
use holigen_sim::external::ToolError;
use holigen_sim::stream::Mismatch;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// A statement with what the solvers say about it.
struct Finding {
    name: String,
    claim: String,
    answer: Answer,
    seconds: f64,
    replayed: Option<Replay>,
    /// Of cores of streams: the streams and the clocks that lead to a fault.
    streams: Option<Mismatch>,
}

/// Proves one core.
pub fn run(instance: Instance, args: &ProveArgs) -> Result<(), Failure> {
    let tb = if args.mutate.is_some() { args.tb } else { Some(Amount::None) };
    let settings = Settings { tb, check: Some(Amount::None), ..Settings::new(&args.compiling) };
    let job = pipeline::resolve(instance, settings)?;
    if let (true, Some(_)) = (job.streams(), args.mutate) {
        return Err(Failure::usage(format!(
            "prove {} --mutate: faults are put into cores of operands only, not of streams\n  leave --mutate out",
            job.instance.operator
        )));
    }
    let compiled = pipeline::netlist(&job)?;
    if let Some(folder) = &args.out_dir {
        measured::preflight(folder, &job, &compiled)?;
    }
    let mut texts = Texts::emitted(&compiled);
    if let Some(file) = &args.verilog {
        texts.verilog = read(file, "--verilog")?;
    }
    if let Some(file) = &args.vhdl {
        texts.vhdl = read(file, "--vhdl")?;
    }
    let texts = texts.with_models(&job);
    let tool = |e: ToolError| Failure::Tool(e.to_string());
    let limit = Duration::from_secs(args.limit);
    let limits = Limits { sat: limit, smt: limit };
    let shop = Workshop::new(limits).map_err(tool)?;
    let waiting = Progress::waiting(&format!("proving {}", job.name));
    let subject = Subject::new(&job, &compiled, &texts, true, &shop).map_err(tool)?;
    let (obligations, gaps) = subject.obligations(&shop)?;
    let mut findings = Vec::new();
    if let Some(model) = job.instance.core.stream() {
        let start = Instant::now();
        let Stalls { claim, answer, fault } = stalls(&compiled, &*model, limit);
        let seconds = start.elapsed().as_secs_f64();
        let name = "stalls".into();
        let finding = Finding { name, claim, answer, seconds, replayed: None, streams: fault };
        if !args.json {
            note(&told(&subject, &finding));
        }
        findings.push(finding);
    }
    for o in obligations {
        let start = Instant::now();
        let answer = subject.ask(&o, &shop).map_err(tool)?;
        let seconds = start.elapsed().as_secs_f64();
        let replayed = match &answer {
            Answer::Refuted { vector, .. } if !job.streams() => {
                replay::replay(&subject, vector, &shop).map_err(tool)?
            }
            _ => None,
        };
        let Obligation { name, claim, .. } = o;
        let finding = Finding { name, claim, answer, seconds, replayed, streams: None };
        if !args.json {
            note(&told(&subject, &finding));
        }
        findings.push(finding);
    }
    drop(waiting);
    let refuted = findings.iter().any(|f| matches!(f.answer, Answer::Refuted { .. }));
    let open = findings.iter().any(|f| matches!(f.answer, Answer::Open { .. })) || !gaps.is_empty();
    let answer = if refuted {
        "refuted"
    } else if open {
        "open"
    } else {
        "proved"
    };
    let mutated = match args.mutate {
        // A core that does something else is no measure of a testbench.
        Some(_) if refuted => None,
        Some(count) => {
            let proved = findings.iter().filter(|f| matches!(f.answer, Answer::Proved { .. }));
            let proved: Vec<String> = proved.map(|f| f.name.clone()).collect();
            let order = mutation::Order {
                job: &job,
                compiled: &compiled,
                texts: &texts,
                count,
                proved: &proved,
                limits,
            };
            Some(mutation::run(&order)?)
        }
        None => None,
    };
    if let Some(folder) = &args.out_dir {
        let proved = findings.iter().filter(|f| matches!(f.answer, Answer::Proved { .. }));
        let statements = proved.map(|f| f.claim.clone()).collect();
        measured::record(folder, &job, &compiled, |kept| {
            kept.proof = Some(measured::Proof { answer: answer.into(), statements });
            kept.mutation = mutated.as_ref().map(|m| m.score.clone()).or(kept.mutation.take());
        })?;
    }
    if args.json {
        let one = |f: &Finding| {
            let mut v = json!({ "name": f.name, "claim": f.claim,
                                "seconds": (f.seconds * 10.0).round() / 10.0 });
            if let (Value::Object(v), Ok(Value::Object(a))) = (&mut v, serde_json::to_value(&f.answer)) {
                v.extend(a);
                if let Some(r) = &f.replayed {
                    v.insert(
                        "replayed".into(),
                        json!({ "engine": "icarus", "results": r.results, "confirmed": r.confirmed }),
                    );
                }
            }
            v
        };
        let all: Vec<_> = findings.iter().map(one).collect();
        let gaps: Vec<_> = gaps.iter().map(|g| &g.0).collect();
        let mut found = json!({ "module": job.name, "answer": answer, "statements": all, "unsaid": gaps });
        if let Some(m) = &mutated {
            found["mutation"] = json!(m.score);
            let alive: Vec<_> = m.alive().collect();
            found["mutation"]["passed_by_testbench"] = json!(alive);
        }
        say(&format!("{found:#}\n"))?;
    } else {
        for g in &gaps {
            note(&format!("  open      {}", g.0));
        }
        note(&format!("{}: {answer}", job.name));
        if let Some(m) = &mutated {
            note(&m.told());
        }
    }
    match refuted {
        true => Err(Failure::Check(format!("{}: refuted", job.name))),
        false => Ok(()),
    }
}

fn read(file: &Path, option: &str) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|e| Failure::usage(format!("{option} {}: {e}", file.display())))
}

fn told(subject: &Subject<'_>, f: &Finding) -> String {
    let (claim, seconds) = (&f.claim, f.seconds);
    match &f.answer {
        Answer::Proved { by } => format!("  proved    {claim} ({by}, {seconds:.1} s)"),
        Answer::Refuted { by, vector } => {
            let what = match &f.streams {
                Some(m) => stream_mismatch(m),
                None => replay::told(subject, vector, f.replayed.as_ref()),
            };
            format!("  REFUTED   {claim} ({by}, {seconds:.1} s)\n{what}")
        }
        Answer::Open { why } => format!("  open      {claim} ({why})"),
    }
}
