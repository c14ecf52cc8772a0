//! How good the testbench of a core is: faults that it finds among those that Yosys puts into the core.
//!
//! All mutants are in one netlist that an input selects, under the module name of the core, so that the testbench as
//! it is written beside the core decides about each without being compiled again. What it passes is asked of the
//! prover: a mutant that is the same machine (register for register, or by all statements about the core) is no fault
//! at all; another one is missed by the testbench, with an input that shows it.
use super::{Subject, Texts, control, equality, function, replay};
use crate::failure::Failure;
use crate::numbers::Amount;
use crate::pipeline::{self, Job};
use crate::progress::Progress;
use crate::report::grouped;
use holigen_generator::compile::Compiled;
use holigen_proof::mutate::{SELECT, select_bits};
use holigen_proof::{Answer, Limits, Mutation, Netlist, Workshop};
use holigen_sim::external::{Options, Prepared, SourceText, ToolError};
use holigen_templates::TestbenchTexts;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What became of a mutant.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// The testbench fails.
    Killed,
    /// The testbench passes, and so it should: the mutant is proved to do the same.
    Equivalent {
        /// How that was proved.
        by: String,
    },
    /// The testbench passes, and the mutant does something else.
    Missed {
        /// The statement that does not hold for it.
        claim: String,
        /// An input that shows it, for people.
        vector: String,
    },
    /// The testbench passes, and nobody knows whether it should.
    Open {
        /// Why.
        why: String,
    },
}

/// A mutant and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Mutant {
    /// The fault.
    #[serde(flatten)]
    pub mutation: Mutation,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Numbers of all mutants together.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Score {
    /// Mutants.
    pub mutants: usize,
    /// The testbench fails.
    pub killed: usize,
    /// Proved to be no fault.
    pub equivalent: usize,
    /// Passed though they are faults.
    pub missed: usize,
    /// Passed, and not decided.
    pub open: usize,
    /// Killed of those that are not proved equivalent.
    pub percent: f64,
    /// Vectors of the testbench.
    pub vectors: u64,
    /// Of the choice of mutants.
    pub seed: u64,
}

/// All mutants.
pub struct Mutated {
    /// Numbers.
    pub score: Score,
    /// Each of them.
    pub all: Vec<Mutant>,
}

impl Score {
    /// In a sentence.
    pub fn told(&self) -> String {
        let s = self;
        let more = |n: usize, what: &str| if n > 0 { format!(", {n} {what}") } else { String::new() };
        format!(
            "{} of {} faults found by the testbench of {} vectors ({} %){}{}{}",
            s.killed,
            s.mutants - s.equivalent,
            grouped(s.vectors),
            s.percent,
            more(s.missed, "missed"),
            more(s.open, "passed and not decided"),
            match s.equivalent {
                0 => String::new(),
                n => format!("; {n} of {} mutants are proved to be no fault", s.mutants),
            }
        )
    }
}

impl Mutated {
    /// Those that the testbench passes.
    pub fn alive(&self) -> impl Iterator<Item = &Mutant> {
        self.all.iter().filter(|m| m.outcome != Outcome::Killed)
    }

    /// For people: the score, and what the testbench should have found.
    pub fn told(&self) -> String {
        let mut out = format!("  mutants   {}", self.score.told());
        for m in self.alive() {
            let fault = &m.mutation.fault;
            let _ = match &m.outcome {
                Outcome::Missed { claim, vector } => {
                    write!(out, "\n  MISSED    {fault}: not so: {claim}\n{vector}")
                }
                Outcome::Open { why } => write!(out, "\n  open      {fault} ({why})"),
                Outcome::Equivalent { .. } | Outcome::Killed => continue,
            };
        }
        out
    }
}

/// What is asked.
pub struct Order<'a> {
    /// The core.
    pub job: &'a Job,
    /// Its netlist.
    pub compiled: &'a Compiled,
    /// Its text.
    pub texts: &'a Texts,
    /// Mutants.
    pub count: usize,
    /// Statements about the core itself that are proved; only they can show that a mutant is no fault.
    pub proved: &'a [String],
    /// Of the solvers.
    pub limits: Limits,
}

/// Makes the mutants, runs the testbench on each, and asks the prover about those that pass.
///
/// # Errors
/// Tools that are missing or fail, or a testbench that fails on the core itself.
pub fn run(order: &Order<'_>) -> Result<Mutated, Failure> {
    let tool = |e: ToolError| Failure::Tool(e.to_string());
    let (job, seed) = (order.job, order.job.settings.seed);
    let shop = Workshop::new(order.limits).map_err(tool)?;
    shop.write("core.v", &order.texts.verilog).map_err(tool)?;
    let mutations = shop.mutations("core.v", &job.name, order.count, seed).map_err(tool)?;
    let selectable = shop.selectable("core.v", &job.name, &mutations, "mutants.v").map_err(tool)?;
    let Some(plan) = pipeline::plan(job.tb) else {
        return Err(Failure::usage(
            "--tb none: mutants need a testbench; give exhaustive or a number of vectors",
        ));
    };
    let bench = pipeline::testbench(job, order.compiled, &plan)?;
    let failed = |e: holigen_templates::TestbenchError| {
        Failure::Check(format!("the testbench of {} can't be written: {e}", job.name))
    };
    let TestbenchTexts { verilog, cpp: main, .. } = bench.texts().map_err(failed)?;
    let core = wrapper(order.compiled, &job.name, select_bits(mutations.len()));
    let top = format!("{}_tb", job.name);
    let waiting = Progress::waiting(&format!("building {} mutants", mutations.len()));
    let files = [("tb.v", verilog.as_str()), ("core.v", &core), ("mutants.v", &selectable)];
    let prepared = Prepared::new(&files, ("tb.cpp", &main), &top, &Options::default()).map_err(tool)?;
    drop(waiting);
    let unhurt = prepared.run(&[]).map_err(tool)?;
    if !unhurt.passed {
        return Err(Failure::Check(format!(
            "the testbench of {} fails on the core as it is: {}\n  this is a bug of holigen: please report it",
            job.name, unhurt.line
        )));
    }
    let progress = Progress::counting(&format!("{} mutants", job.name), mutations.len() as u64, "mutants");
    let whole = Whole::new(order, &shop)?;
    let one = |m: &Mutation| -> Result<Mutant, Failure> {
        let verdict = prepared.run(&[&format!("+{SELECT}={}", m.number)]);
        let outcome = match verdict {
            // One that never ends is found out as well.
            Ok(v) if !v.passed => Outcome::Killed,
            Err(ToolError::TimedOut { .. }) => Outcome::Killed,
            Ok(_) => whole.judge(m)?,
            Err(e) => return Err(tool(e)),
        };
        progress.add(1);
        Ok(Mutant { mutation: m.clone(), outcome })
    };
    let all: Vec<Mutant> = mutations.par_iter().map(one).collect::<Result<_, _>>()?;
    let count = |wanted: fn(&Outcome) -> bool| all.iter().filter(|m| wanted(&m.outcome)).count();
    let killed = count(|o| matches!(o, Outcome::Killed));
    let equivalent = count(|o| matches!(o, Outcome::Equivalent { .. }));
    let faults = all.len() - equivalent;
    let percent = if faults == 0 { 100.0 } else { 100.0 * killed as f64 / faults as f64 };
    let score = Score {
        mutants: all.len(),
        killed,
        equivalent,
        missed: count(|o| matches!(o, Outcome::Missed { .. })),
        open: count(|o| matches!(o, Outcome::Open { .. })),
        // Rounded down: 100 means all.
        percent: (percent * 100.0).floor() / 100.0,
        vectors: match job.tb {
            Amount::Count(n) => n,
            _ => pipeline::vectors(&plan, &job.interface),
        },
        seed,
    };
    Ok(Mutated { score, all })
}

/// A module with name and ports of the core around the module of all mutants.
fn wrapper(compiled: &Compiled, name: &str, bits: u32) -> String {
    let text = SourceText::new(&compiled.module, "", "");
    let range = |w: u32| if w == 1 { String::new() } else { format!("[{}:0] ", w - 1) };
    let clock = if text.clocked { vec![("input", "clk", 1)] } else { Vec::new() };
    let inputs = text.inputs.iter().map(|p| ("input", p.name.as_str(), p.width));
    let outputs = text.outputs.iter().map(|p| ("output", p.name.as_str(), p.width));
    let ports: Vec<_> = clock.into_iter().chain(inputs).chain(outputs).collect();
    let list: Vec<_> = ports.iter().map(|(d, n, w)| format!("  {d} wire {}{n}", range(*w))).collect();
    let connected: Vec<_> = ports.iter().map(|(_, n, _)| format!(".{n}({n})")).collect();
    format!(
        "module {name} (\n{}\n);\n  reg [{}:0] {SELECT};\n  initial if (!$value$plusargs(\"{SELECT}=%d\", {SELECT})) \
         {SELECT} = {bits}'d0;\n  {name}_mutated mutated ({}, .{SELECT}({SELECT}));\nendmodule\n",
        list.join(",\n"),
        bits - 1,
        connected.join(", ")
    )
}

/// The core without a fault, to compare with.
struct Whole<'o, 'a> {
    order: &'o Order<'a>,
    netlist: Netlist,
    /// What the statements say of it: file and text.
    statements: BTreeMap<String, String>,
}

impl<'o, 'a> Whole<'o, 'a> {
    fn new(order: &'o Order<'a>, shop: &Workshop) -> Result<Self, Failure> {
        let tool = |e: ToolError| Failure::Tool(e.to_string());
        let netlist = shop.mutated("core.v", &order.job.name, None).map_err(tool)?;
        let netlist = netlist.map_err(|why| Failure::Tool(format!("Yosys's netlist of the core: {why}")))?;
        let mut whole = Whole { order, netlist, statements: BTreeMap::new() };
        let subject = whole.subject(whole.netlist.clone());
        if let Ok(list) = statements(&subject, &subject, shop)? {
            for o in list {
                let texts = o.files.iter().map(|f| Ok((f.clone(), shop.read(f).map_err(tool)?)));
                let texts: Vec<_> = texts.collect::<Result<_, Failure>>()?;
                whole.statements.extend(texts);
            }
        }
        Ok(whole)
    }

    fn subject(&self, netlist: Netlist) -> Subject<'a> {
        Subject { job: self.order.job, compiled: self.order.compiled, verilog: netlist, vhdl: None }
    }

    /// About a mutant that the testbench passes.
    fn judge(&self, m: &Mutation) -> Result<Outcome, Failure> {
        let tool = |e: ToolError| Failure::Tool(e.to_string());
        let shop = Workshop::new(self.order.limits).map_err(tool)?;
        shop.write("core.v", &self.order.texts.verilog).map_err(tool)?;
        let mutated = match shop.mutated("core.v", &self.order.job.name, Some(m)).map_err(tool)? {
            Ok(netlist) => netlist,
            Err(why) => return Ok(Outcome::Open { why }),
        };
        let ask = |o: &super::Obligation| shop.ask(&o.name, &o.question()).map_err(tool);
        let whole = self.subject(self.netlist.clone());
        if let Ok(o) = equality::obligation(&whole, &mutated, &shop).map_err(tool)?
            && matches!(ask(&o)?, Answer::Proved { .. })
        {
            return Ok(Outcome::Equivalent { by: "every register loads the same".into() });
        }
        let subject = self.subject(mutated);
        let list = match statements(&subject, &whole, &shop)? {
            Ok(list) => list,
            Err(why) => return Ok(Outcome::Open { why }),
        };
        let mut open = None;
        for o in list {
            let mut same = true;
            for f in &o.files {
                same &= self.statements.get(f).is_some_and(|t| shop.read(f).is_ok_and(|now| now == *t));
            }
            // The fault is not in what this statement is about.
            let answer = match same && self.order.proved.contains(&o.name) {
                true => continue,
                false => ask(&o)?,
            };
            match answer {
                Answer::Proved { .. } => (),
                Answer::Refuted { vector, .. } => {
                    let vector = replay::told(&subject, &vector, None);
                    return Ok(Outcome::Missed { claim: o.claim, vector });
                }
                Answer::Open { why } => open = open.or(Some(format!("{}: {why}", o.claim))),
            }
        }
        Ok(match open {
            Some(why) => Outcome::Open { why },
            None => Outcome::Equivalent { by: "every statement about the core holds".into() },
        })
    }
}

/// All that is said about a mutant; or why there is nothing to say. Without state, it is compared with the core as it
/// is, which was proved before; with state, the specification is the one that knows which states can be.
fn statements(
    subject: &Subject<'_>,
    whole: &Subject<'_>,
    shop: &Workshop,
) -> Result<Result<Vec<super::Obligation>, String>, Failure> {
    let tool = |e: ToolError| Failure::Tool(e.to_string());
    let mut all = Vec::new();
    if subject.compiled.module.clocked {
        all.extend(control::obligations(subject, shop).map_err(tool)?);
    }
    if !subject.job.instance.core.has_state() {
        all.push(function::like(subject, whole, shop).map_err(tool)?);
        return Ok(Ok(all));
    }
    Ok(match function::obligations(subject, shop).map_err(tool)? {
        Ok(list) => {
            all.extend(list);
            Ok(all)
        }
        Err(gap) => Err(gap.0),
    })
}
