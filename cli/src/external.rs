//! Verilator, GHDL and Icarus on the emitted text, held against the reference model.
use crate::failure::Failure;
use crate::pipeline::{self, Job};
use crate::progress::Progress;
use crate::report;
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::{verilog, vhdl};
use holigen_sim::check::{Mismatch, Plan};
use holigen_sim::external::{ENGINES, Options, SourceText, ToolError};
use holigen_sim::recorded::Cycle;
use holigen_sim::stimulus::{Outputs, Stimulus};
use holigen_sim::stream;
use holigen_verif::interface::{Interface, Kind, limbs};
use holigen_verif::stream::StreamModel;
use holigen_verif::values;
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

/// Vectors by default where there are too many inputs for all.
pub const COUNT: u64 = 100_000;
/// Most vectors: the stimulus is held in memory and written to a file.
pub const MOST: u64 = 1 << 22;

/// Inputs of a failing sum that a message may need.
const HISTORY: usize = 64;

/// Runs one engine; gives the number of results compared.
///
/// # Errors
/// A difference, or a tool that is missing or failed.
pub fn run(
    job: &Job,
    compiled: &Compiled,
    engine: &str,
    plan: Plan,
    wave: Option<&Path>,
) -> Result<u64, Failure> {
    let Some(engine) = ENGINES.iter().find(|e| e.name() == engine) else {
        return Err(Failure::Tool(format!("there is no driver for {engine}")));
    };
    if let Some(model) = job.instance.core.stream() {
        return run_stream(job, compiled, *engine, &*model, pipeline::vectors(&plan, &job.interface), wave);
    }
    let module = &compiled.module;
    let cycles = pipeline::clocks(job, compiled, &plan)?;
    let text = SourceText::new(module, verilog::print(module), vhdl::print(module)).with_models(module);
    let bench = Bench { job, compiled, cycles };
    let stimulus = bench.stimulus();
    let options = Options {
        wave: wave.map(Path::to_path_buf),
        // The slowest of them does some thousand cycles a second on a core of a few hundred signals.
        limit: Duration::from_secs(600 + stimulus.cycles as u64 / 1000),
    };
    let waiting = Progress::waiting(&format!("{} in {}", job.name, engine.name()));
    let outputs =
        engine.run_with(&text, &stimulus, &options).map_err(|e: ToolError| Failure::Tool(e.to_string()))?;
    drop(waiting);
    bench.compare(&outputs).map_err(|difference| {
        let what = report::mismatch(&job.interface, &difference.mismatch);
        let unknown = if difference.unknown { "\n  (some bits of the result are unknown, shown as 0)" } else { "" };
        Failure::Check(format!(
            "{} in {} differs from the reference model in cycle {}\n{what}{unknown}\n  again with: {} --engine {}",
            job.name,
            engine.name(),
            difference.cycle,
            job.regenerate.replacen("holigen", "holigen verify", 1),
            engine.name()
        ))
    })
}

/// A streaming core runs in the embedded simulator, held against the model; the engine then replays its inputs and
/// must show the same outputs in every clock.
fn run_stream(
    job: &Job,
    compiled: &Compiled,
    engine: &dyn holigen_sim::external::Engine,
    model: &dyn StreamModel,
    beats: u64,
    wave: Option<&Path>,
) -> Result<u64, Failure> {
    let module = &compiled.module;
    let subject = stream::Subject { module, model };
    let record = stream::record(&subject, beats, job.settings.seed);
    let record = record.map_err(|m| pipeline::stream_failure(job, &m))?;
    let text = SourceText::new(module, verilog::print(module), vhdl::print(module)).with_models(module);
    let limit = Duration::from_secs(600 + record.stimulus.cycles as u64 / 1000);
    let options = Options { wave: wave.map(Path::to_path_buf), limit };
    let waiting = Progress::waiting(&format!("{} in {}", job.name, engine.name()));
    let outputs =
        engine.run_with(&text, &record.stimulus, &options).map_err(|e| Failure::Tool(e.to_string()))?;
    drop(waiting);
    let n = outputs.limbs();
    let same = |t: &usize| {
        let range = t * n..(t + 1) * n;
        outputs.words[range.clone()] == record.outputs.words[range.clone()]
            && outputs.unknown[range].iter().all(|u| *u == 0)
    };
    // Before the first edges of the reset registers hold anything.
    match (stream::RESET..record.stimulus.cycles).find(|t| !same(t)) {
        None => Ok(record.report.vectors),
        Some(t) => {
            let show = |words: &[u64]| {
                let values = values::from_limbs(job.interface.outputs(), words);
                values.iter().map(|(p, v)| format!("{}={v:x}", p.name)).collect::<Vec<_>>().join(" ")
            };
            Err(Failure::Check(format!(
                "{} in {} differs from the embedded simulator in cycle {t}\n  {}\n  expected {}\n  again with: {} --engine {}",
                job.name,
                engine.name(),
                show(&outputs.words[t * n..(t + 1) * n]),
                show(&record.outputs.words[t * n..(t + 1) * n]),
                job.regenerate.replacen("holigen", "holigen verify", 1),
                engine.name()
            )))
        }
    }
}

struct Bench<'a> {
    job: &'a Job,
    compiled: &'a Compiled,
    cycles: Vec<Cycle>,
}

struct Difference {
    cycle: usize,
    mismatch: Mismatch,
    unknown: bool,
}

impl Bench<'_> {
    /// Cycles before the first vector: reset, until all of the pipeline was cleared.
    fn warm_up(&self) -> usize {
        if self.compiled.module.clocked { self.compiled.latency as usize + 2 } else { 0 }
    }

    /// Cycles behind the last vector, in which the last results come.
    fn drain(&self) -> usize {
        self.compiled.latency as usize + 1
    }

    fn interface(&self) -> &Interface {
        &self.job.interface
    }

    fn stimulus(&self) -> Stimulus {
        let module = &self.compiled.module;
        let mut s = Stimulus::default();
        let zero = vec![0; self.interface().inputs().map(|p| limbs(p.width)).sum()];
        let mut push = |rst: bool, ce: bool, valid: bool, inputs: &[u64]| {
            if module.has_reset {
                s.words.push(rst.into());
            }
            if module.has_enable {
                s.words.push(ce.into());
            }
            for id in &module.inputs {
                let signal = module.signal(*id);
                // Where a port's limbs are in the flat inputs of the operator; the valid bit is not among them.
                let mut at = 0;
                let found = self.interface().inputs().find_map(|p| {
                    let from = at;
                    at += limbs(p.width);
                    (p.name == signal.name).then_some(from..at)
                });
                match found {
                    Some(range) => s.words.extend_from_slice(&inputs[range]),
                    None => s.words.push(valid.into()),
                }
            }
            s.cycles += 1;
        };
        for _ in 0..self.warm_up() {
            push(true, true, false, &zero);
        }
        for c in &self.cycles {
            push(false, c.enable, c.valid, &c.inputs);
        }
        for _ in 0..self.drain() {
            push(false, true, false, &zero);
        }
        s
    }

    /// The outputs of one cycle: `out_valid` (true where there is none), data in port order, whether all bits
    /// of them are known.
    fn outputs_of(&self, outputs: &Outputs, cycle: usize) -> (bool, Vec<u64>, bool) {
        let module = &self.compiled.module;
        let n = outputs.limbs();
        let words = &outputs.words[cycle * n..(cycle + 1) * n];
        let unknown = &outputs.unknown[cycle * n..(cycle + 1) * n];
        let (mut valid, mut at) = (true, 0);
        let mut data = vec![Vec::new(); self.interface().outputs().count()];
        let (mut data_known, mut valid_known) = (true, true);
        for o in &module.outputs {
            let range = at..at + limbs(module.signal(o.signal).width);
            at = range.end;
            let known = unknown[range.clone()].iter().all(|w| *w == 0);
            match self.interface().outputs().position(|p| p.name == o.name) {
                Some(i) => {
                    data[i] = words[range].to_vec();
                    data_known &= known;
                }
                None => {
                    valid = words[range.start] & 1 == 1;
                    valid_known &= known;
                }
            }
        }
        (valid, data.concat(), valid_known && (data_known || !valid))
    }

    fn compare(&self, outputs: &Outputs) -> Result<u64, Difference> {
        let latency = self.compiled.latency as usize;
        let clocked = self.compiled.module.clocked;
        // Indices of the cycles whose results are under way; the first is due.
        let mut pipe: VecDeque<Option<usize>> = vec![None; latency].into();
        let mut compared = 0;
        for t in 0..self.cycles.len() + self.drain() {
            let cycle = self.cycles.get(t);
            let enable = cycle.is_none_or(|c| c.enable);
            let taken = cycle.is_some_and(|c| c.enable && c.valid).then_some(t);
            // A combinational result is there in its own cycle, others before the edge behind their last register.
            let due = if latency == 0 { taken } else { pipe.front().copied().flatten() };
            let at = self.warm_up() + t;
            let (valid, data, known) = self.outputs_of(outputs, at);
            let expected = due.and_then(|k| self.cycles[k].expected.as_ref());
            let good = match expected {
                Some(e) => valid && known && *e == data,
                None => !clocked || (!valid && known),
            };
            if !good {
                let lost = clocked && valid != expected.is_some();
                let history = due.map_or_else(Vec::new, |k| self.history(k));
                let expected = expected.cloned().unwrap_or_else(|| vec![0; data.len()]);
                let mismatch = Mismatch { history, got: data, expected, lost };
                return Err(Difference { cycle: at, mismatch, unknown: !known });
            }
            compared += u64::from(expected.is_some() && (enable || latency == 0));
            if enable && latency > 0 {
                pipe.pop_front();
                pipe.push_back(taken);
            }
        }
        Ok(compared)
    }

    /// Inputs of the sum that a cycle belongs to, oldest first.
    fn history(&self, last: usize) -> Vec<Vec<u64>> {
        let mut first_limb = None;
        let mut at = 0;
        for p in self.interface().inputs() {
            if p.kind == Kind::First {
                first_limb = Some(at);
            }
            at += limbs(p.width);
        }
        let turns = self.job.instance.core.turns().max(1) as usize;
        let mut found = Vec::new();
        // Turns count enabled cycles, backwards from the last one.
        for (back, c) in self.cycles[..=last].iter().rev().filter(|c| c.enable).enumerate() {
            if back % turns == 0 && c.valid {
                found.push(c.inputs.clone());
                if first_limb.is_none_or(|f| c.inputs[f] & 1 == 1) || found.len() == HISTORY {
                    break;
                }
            }
        }
        found.reverse();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Amount;
    use holigen_sim::embedded::Program;

    /// Plays the stimulus in the embedded simulator, which speaks the same language, and spoils its answers.
    #[test]
    fn every_kind_of_difference_is_found() {
        for (toml, freq, ce) in
            [("", 400.0, false), ("interleave = 3", 300.0, true), ("out = \"fixed\"", 0.0, true)]
        {
            let entry = holigen_operators::REGISTRY[0];
            let instance = entry.instance_of_toml(toml::from_str(toml).unwrap()).unwrap();
            let settings = pipeline::Settings {
                freq: Some(freq),
                ce,
                tb: Some(Amount::None),
                check: Some(Amount::None),
                ..pipeline::Settings::standard()
            };
            let job = pipeline::resolve(instance, settings).unwrap();
            let compiled = pipeline::netlist(&job).unwrap();
            let cycles = pipeline::clocks(&job, &compiled, &Plan::Count(300)).unwrap();
            let bench = Bench { job: &job, compiled: &compiled, cycles };
            let stimulus = bench.stimulus();
            let outputs = stimulus.replay(&Program::compile(&compiled.module));
            let fine = bench.compare(&outputs).map_err(|d| d.cycle);
            let taken = bench.cycles.iter().filter(|c| c.expected.is_some()).count() as u64;
            assert_eq!(fine, Ok(taken), "{toml}");

            // `out_valid` is the first output.
            let n = outputs.limbs();
            let valid = |t: &usize| outputs.words[t * n] == 1;
            let last = (0..outputs.cycles).rev().find(valid).unwrap();
            let bubble = (0..last).rev().find(|t| !valid(t)).unwrap();
            let spoil = |f: &dyn Fn(&mut Outputs)| {
                let mut bad = outputs.clone();
                f(&mut bad);
                bench
                    .compare(&bad)
                    .err()
                    .map(|d| (d.cycle, d.mismatch.lost, d.unknown, d.mismatch.history.len()))
            };
            let wrong = spoil(&|o| o.words[last * n + 1] ^= 1).unwrap();
            assert!((wrong.0, wrong.1, wrong.2) == (last, false, false) && wrong.3 > 0, "{toml}: {wrong:?}");
            let missing = spoil(&|o| o.words[last * n] = 0).unwrap();
            assert_eq!((missing.0, missing.1), (last, true), "{toml}");
            let surplus = spoil(&|o| o.words[bubble * n] = 1).unwrap();
            assert_eq!((surplus.0, surplus.1), (bubble, true), "{toml}");
            let unknown = spoil(&|o| o.unknown[last * n + 1] = 1).unwrap();
            assert_eq!((unknown.0, unknown.2), (last, true), "{toml}");
            // What stands on the outputs without out_valid is nobody's business.
            assert_eq!(spoil(&|o| o.words[bubble * n + 1] ^= 1), None, "{toml}");
        }
    }
}
