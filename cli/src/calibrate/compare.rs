//! The estimate before synthesis against routed clocks, over cores of all operators.
//!
//! Which cores is a function of the target and the seed alone: the first 20 of 200 are the 20. Results are rows of a
//! table that grows as they come, and a row that is there is not measured again: only its estimate is made anew. Rows of
//! cores whose text has changed since are dropped.
use crate::args::Compiling;
use crate::command_line;
use crate::failure::{Failure, note};
use crate::flows::{self, Running};
use crate::measured::identity;
use crate::output;
use crate::pipeline::{self, Job, Settings};
use crate::report::is_short;
use clap::FromArgMatches;
use holigen_generator::compile::Compiled;
use holigen_generator::target::Target;
use holigen_operators::REGISTRY;
use holigen_verif::rng::SplitMix64;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

/// One routed core.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The command that makes it.
    pub command: String,
    /// Checksum of its text.
    pub core: String,
    /// Clock asked for.
    pub asked_mhz: f64,
    /// Estimate before synthesis.
    pub estimated_mhz: f64,
    /// Median over the seeds.
    pub routed_mhz: f64,
    /// Lookup tables.
    pub luts: u64,
    /// Flip-flops.
    pub ff: u64,
    /// Clocks.
    pub latency: u32,
    /// Seeds.
    pub seeds: u64,
    /// Programs with their versions.
    pub tools: String,
}

/// What is compared.
pub struct Order<'a> {
    /// The target.
    pub target: &'a Target,
    /// Cores.
    pub count: usize,
    /// Of the choice.
    pub seed: u64,
    /// Placements of each.
    pub seeds: u64,
    /// The largest core, in estimated tables.
    pub largest: u64,
    /// Kept results of the flow are used.
    pub cache: bool,
}

/// Bits of a short sum, where there are no chains.
const SHORT: u32 = 4;

/// Tries in a row without a core after which there are no more.
const PATIENCE: u32 = 2000;

/// The cores, one after the other.
struct Choice<'a> {
    order: &'a Order<'a>,
    rng: SplitMix64,
    seen: HashSet<String>,
}

impl Choice<'_> {
    /// The next core: an operator, one of its examples, and a clock between 0.35 and 1 of what two levels of tables take,
    /// or the shortest sum on a carry chain, where that is slower.
    fn next(&mut self) -> Option<(Job, Compiled)> {
        let t = self.order.target;
        let chain = t.carry_chain.shortest().saturating_add(1).min(SHORT);
        let fastest = t.clock_mhz((2.0 * t.lut_level()).max(t.add(chain)));
        for _ in 0..PATIENCE {
            let mut below = |n: usize| usize::try_from(self.rng.below(n as u64)).unwrap_or(0);
            let entry = REGISTRY[below(REGISTRY.len())];
            let examples = entry.examples();
            let example = examples[below(examples.len())];
            let share = 0.35 + 0.05 * below(14) as f64;
            let freq = (fastest * share / 5.0).round() * 5.0;
            let Some(instance) = toml::from_str(example).ok().and_then(|t| entry.instance_of_toml(t).ok())
            else {
                continue;
            };
            let settings = Settings { target: t.clone(), freq: Some(freq), ..Settings::standard() };
            let Ok(job) = pipeline::resolve(instance, settings) else { continue };
            if !self.seen.insert(job.regenerate.clone()) {
                continue;
            }
            let Ok(compiled) = pipeline::netlist(&job) else { continue };
            let size = compiled.estimated_tables;
            if compiled.module.clocked && (10..=self.order.largest).contains(&size) {
                return Some((job, compiled));
            }
        }
        None
    }
}

/// Measures; `step` hears of each core that is done.
///
/// # Errors
/// Tools that are missing or fail, files that can't be written.
pub fn run(order: &Order<'_>, table: &Path, step: &dyn Fn(&Row, bool)) -> Result<Vec<Row>, Failure> {
    let mut kept: Vec<Row> = read(table)?.into_iter().filter_map(|r| again(r).map(|(r, _)| r)).collect();
    let mut choice = Choice { order, rng: SplitMix64::new(order.seed), seen: HashSet::new() };
    let mut rows: Vec<Row> = Vec::new();
    while rows.len() < order.count {
        let Some((job, compiled)) = choice.next() else { break };
        let core = identity(&compiled);
        let old = kept.iter().find(|r| r.core == core && r.seeds == order.seeds).cloned();
        let there = old.is_some();
        let row = match old {
            Some(row) => row,
            None => match measure(order, &job, &compiled, core) {
                Ok(row) => row,
                // One that the tools can't finish is left out; if they can't do the first, they can't do any.
                Err(Failure::Tool(why)) if !rows.is_empty() => {
                    note(&format!("left out: {}\n  {}", job.regenerate, why.lines().next().unwrap_or("")));
                    continue;
                }
                Err(e) => return Err(e),
            },
        };
        step(&row, there);
        rows.push(row);
        if !there {
            // Also what was measured beyond these: nothing is lost.
            let more = kept.iter().filter(|k| rows.iter().all(|r| r.core != k.core));
            write(table, rows.iter().chain(more))?;
        }
    }
    let more: Vec<Row> = kept.drain(..).filter(|k| rows.iter().all(|r| r.core != k.core)).collect();
    write(table, rows.iter().chain(&more))?;
    Ok(rows)
}

/// The rows of a table; none if there is no such file.
///
/// # Errors
/// [`Failure::Usage`]: it is something else.
pub fn read(table: &Path) -> Result<Vec<Row>, Failure> {
    if !table.is_file() {
        return Ok(Vec::new());
    }
    csv::Reader::from_path(table).and_then(|mut r| r.deserialize().collect()).map_err(|e| {
        Failure::usage(format!(
            "{}: not a table of this command: {e}\n  give another --out-dir",
            table.display()
        ))
    })
}

/// A row with the estimate of today, and its core; `None` if the command makes another text now.
pub fn again(row: Row) -> Option<(Row, Compiled)> {
    let mut words = row.command.split_whitespace().skip(1).peekable();
    let entry = REGISTRY.iter().find(|e| words.peek() == Some(&e.name()))?;
    let found = command_line::point(*entry).try_get_matches_from(words).ok()?;
    let compiling = Compiling::from_arg_matches(&found).ok()?;
    let instance = entry.instance_of_matches(&found).ok()?;
    let job = pipeline::resolve(instance, Settings::new(&compiling)).ok()?;
    let compiled = pipeline::netlist(&job).ok()?;
    let same = identity(&compiled) == row.core;
    same.then(|| (Row { estimated_mhz: tenth(compiled.estimated_fmax_mhz), ..row }, compiled))
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

fn measure(order: &Order<'_>, job: &Job, compiled: &Compiled, core: String) -> Result<Row, Failure> {
    let running = Running { seeds: (1..=order.seeds).collect(), cache: order.cache, dsp: false, threads: 0 };
    let (report, _) = flows::measure(job, compiled, &running)?;
    let routed = report.fmax_mhz.ok_or_else(|| Failure::Tool(format!("{}: no routed clock", job.name)))?;
    Ok(Row {
        command: job.regenerate.clone(),
        core,
        asked_mhz: job.freq,
        estimated_mhz: tenth(compiled.estimated_fmax_mhz),
        routed_mhz: tenth(routed),
        luts: report.area.luts,
        ff: report.area.ff,
        latency: compiled.latency,
        seeds: order.seeds,
        tools: report.tools.join(", "),
    })
}

fn write<'r>(table: &Path, rows: impl Iterator<Item = &'r Row>) -> Result<(), Failure> {
    let mut w = csv::Writer::from_writer(Vec::new());
    for r in rows {
        w.serialize(r).map_err(|e| Failure::usage(format!("{}: {e}", table.display())))?;
    }
    let bytes = w.into_inner().map_err(|e| Failure::usage(format!("{}: {e}", table.display())))?;
    let name = table.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = table.parent().unwrap_or(Path::new(".")).to_owned();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    output::write_beside(&output::Folder { path: folder, files: vec![(name, text)] }, false)
}

/// Numbers over all rows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// Cores.
    pub cores: usize,
    /// That reach what was asked for.
    pub reached: usize,
    /// Of which holigen says that they are expected to miss it.
    pub announced: usize,
    /// That reach it of the others.
    pub reached_of_others: usize,
    /// Whose estimate is within 15 % of the routed clock.
    pub within_15_percent: usize,
    /// The lowest routed clock over what was asked for.
    pub lowest: f64,
    /// The median of the same.
    pub median: f64,
    /// Cores by routed clock over what was asked for: lower end of a bin of 0.05, cores.
    pub histogram: Vec<(f64, usize)>,
}

const BIN: f64 = 0.05;

/// Of rows; `None` without any.
pub fn summary(rows: &[Row]) -> Option<Summary> {
    let mut ratios: Vec<f64> = rows.iter().map(|r| r.routed_mhz / r.asked_mhz).collect();
    ratios.sort_by(f64::total_cmp);
    let bin = |x: f64| (x / BIN + 1e-9).floor() as i64;
    let (first, last) = (*ratios.first()?, *ratios.last()?);
    let histogram = (bin(first)..=bin(last))
        .map(|k| {
            (((k as f64) * BIN * 100.0).round() / 100.0, ratios.iter().filter(|r| bin(**r) == k).count())
        })
        .collect();
    let short = |r: &&Row| is_short(r.asked_mhz, r.estimated_mhz);
    let reaches = |r: &&Row| r.routed_mhz >= r.asked_mhz;
    Some(Summary {
        cores: rows.len(),
        reached: rows.iter().filter(reaches).count(),
        announced: rows.iter().filter(short).count(),
        reached_of_others: rows.iter().filter(|r| reaches(r) && !short(r)).count(),
        within_15_percent: rows
            .iter()
            .filter(|r| (r.estimated_mhz / r.routed_mhz - 1.0).abs() <= 0.15)
            .count(),
        lowest: (first * 1000.0).round() / 1000.0,
        median: (ratios[ratios.len() / 2] * 1000.0).round() / 1000.0,
        histogram,
    })
}

impl Summary {
    /// For people.
    pub fn told(&self, rows: &[Row]) -> String {
        let share = |n: usize| 100.0 * n as f64 / self.cores as f64;
        let mut out = format!(
            "{} cores: {} reach the clock asked for ({:.0} %), the estimate of {} is within 15 % of the routed clock \
             ({:.0} %)\n{} were expected to miss it; of the others {} reach it ({:.0} %)\n\nrouted / asked   cores\n",
            self.cores,
            self.reached,
            share(self.reached),
            self.within_15_percent,
            share(self.within_15_percent),
            self.announced,
            self.reached_of_others,
            100.0 * self.reached_of_others as f64 / (self.cores - self.announced).max(1) as f64
        );
        for (from, n) in &self.histogram {
            let _ = writeln!(out, "  {from:.2} to {:.2}   {n:>4} {}", from + BIN, "#".repeat(*n));
        }
        let mut low: Vec<&Row> = rows.iter().filter(|r| r.routed_mhz < r.asked_mhz).collect();
        low.sort_by(|a, b| (a.routed_mhz / a.asked_mhz).total_cmp(&(b.routed_mhz / b.asked_mhz)));
        if !low.is_empty() {
            let _ = writeln!(out, "\nbelow what was asked for");
        }
        for r in low {
            let _ = writeln!(
                out,
                "  {:.2}  {:.1} of {} MHz, estimated {:.1}: {}",
                r.routed_mhz / r.asked_mhz,
                r.routed_mhz,
                r.asked_mhz,
                r.estimated_mhz,
                r.command
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(asked: f64, estimated: f64, routed: f64) -> Row {
        Row {
            command: "holigen x".into(),
            core: String::new(),
            asked_mhz: asked,
            estimated_mhz: estimated,
            routed_mhz: routed,
            luts: 1,
            ff: 1,
            latency: 1,
            seeds: 1,
            tools: String::new(),
        }
    }

    #[test]
    fn rows_are_counted() {
        let rows = [row(100.0, 110.0, 120.0), row(200.0, 205.0, 190.0), row(100.0, 150.0, 100.0)];
        let s = summary(&rows).unwrap();
        assert_eq!((s.cores, s.reached, s.within_15_percent), (3, 2, 2));
        assert_eq!((s.announced, s.reached_of_others), (0, 2));
        assert_eq!((s.lowest, s.median), (0.95, 1.0));
        assert_eq!(s.histogram, [(0.95, 1), (1.0, 1), (1.05, 0), (1.1, 0), (1.15, 0), (1.2, 1)]);
        let told = s.told(&rows);
        assert!(told.contains("0.95  190.0 of 200 MHz") && told.contains("(67 %)"), "{told}");
        assert_eq!(summary(&[]), None);
    }

    #[test]
    fn the_choice_is_a_function_of_the_seed() {
        let target = Target::by_name("ecp5").unwrap();
        let order = Order { target: &target, count: 3, seed: 1, seeds: 1, largest: 400, cache: false };
        let first = |n: usize| {
            let mut c = Choice { order: &order, rng: SplitMix64::new(order.seed), seen: HashSet::new() };
            (0..n).map(|_| c.next().unwrap().0.regenerate).collect::<Vec<_>>()
        };
        let six = first(6);
        assert_eq!(six[..3], first(3));
        assert_eq!(six.iter().collect::<HashSet<_>>().len(), 6);
    }
}
