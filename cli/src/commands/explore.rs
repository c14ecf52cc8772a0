//! `holigen explore <operator> ... --sweep`: many cores measured, a table of the best, a plot.
use crate::args::{Compiling, ExploreArgs, Measure};
use crate::command_line;
use crate::explore::{Basis, JOURNAL, Journal, Point, Row, pareto, plot, points};
use crate::failure::{Failure, note, say};
use crate::flows;
use crate::numbers::nearest;
use crate::output::{self, Folder};
use crate::pipeline::{self, Job, Settings, VERSION};
use crate::progress::Progress;
use crate::report::table;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, FromArgMatches};
use holigen_fpga_flows::{Device, Report};
use holigen_generator::compile::Compiled;
use holigen_operators::Entry;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Names of the results beside the journal.
const RESULTS: [&str; 3] = ["results.csv", "results.json", "pareto.svg"];

/// A point with its core settled, or why there is none.
struct Plan {
    point: Point,
    made: Result<Job, String>,
}

/// Sweeps over an operator.
pub fn run(entry: &'static dyn Entry, matches: &ArgMatches) -> Result<(), Failure> {
    let args = ExploreArgs::from_arg_matches(matches)?;
    let folder = args.out_dir.clone().unwrap_or_else(|| PathBuf::from(format!("explore_{}", entry.name())));
    let known = command_line::point(entry);
    for sweep in &args.sweep {
        check_key(&known, &sweep.key, matches)?;
    }
    let all = points(&args.sweep).map_err(Failure::usage)?;
    let base = given(&known, matches);
    let plans: Vec<Plan> = all
        .into_iter()
        .filter(|p| args.shard.is_none_or(|s| s.holds(p)))
        .map(|point| Plan { made: settle(entry, &known, &base, &point), point })
        .collect();
    if !plans.is_empty() && plans.iter().all(|p| p.made.is_err()) {
        let first = plans.into_iter().find_map(|p| p.made.err()).unwrap_or_default();
        return Err(Failure::usage(format!("no point of the sweep is a core; the first: {first}")));
    }
    output::preflight(&folder, RESULTS.into_iter().filter(|n| !n.ends_with(".csv")), args.force)?;
    protect_csv(&folder, args.force)?;
    let measure = basis(args.measure, &plans)?;
    let journal = Journal::open(&folder)?;
    let what = format!("exploring {}", entry.name());
    let progress = Progress::counting(&what, plans.len() as u64, "points");
    let rows = measured(&plans, measure, &args, &journal, &progress)?;
    drop(progress);
    finish(entry.name(), &folder, rows, args.force, args.json)
}

/// Joins what shards found.
pub fn merge(folders: &[PathBuf], out_dir: Option<&Path>, force: bool, json: bool) -> Result<(), Failure> {
    let rows = Journal::merged(folders)?;
    let operator = rows.first().and_then(|r| r.command.split(' ').nth(1)).unwrap_or("sweep").to_owned();
    let folder = out_dir.map_or_else(|| PathBuf::from(format!("explore_{operator}")), Path::to_path_buf);
    output::preflight(&folder, RESULTS.into_iter().filter(|n| !n.ends_with(".csv")), force)?;
    protect_csv(&folder, force)?;
    finish(&operator, &folder, rows, force, json)
}

/// A sweep has to be over something that is there, takes a value and is not given otherwise.
fn check_key(known: &clap::Command, key: &str, matches: &ArgMatches) -> Result<(), Failure> {
    let arguments: Vec<&Arg> = known.get_arguments().filter(|a| a.get_long().is_some()).collect();
    let Some(arg) = arguments.iter().find(|a| a.get_long() == Some(key)) else {
        let names: Vec<&str> = arguments.iter().filter_map(|a| a.get_long()).collect();
        let near =
            nearest(key, names.iter().copied()).map_or(String::new(), |n| format!(" did you mean {n}?"));
        return Err(Failure::usage(format!(
            "--sweep {key}: there is no such parameter;{near}\n  parameters are {}",
            names.join(", ")
        )));
    };
    if !arg.get_action().takes_values() {
        return Err(Failure::usage(format!("--sweep {key}: it is a switch and takes no value")));
    }
    if matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine) {
        return Err(Failure::usage(format!("--{key} is given, and swept as well\n  leave one of them out")));
    }
    Ok(())
}

/// The words of what is the same for all points.
fn given(known: &clap::Command, matches: &ArgMatches) -> Vec<String> {
    let mut words = Vec::new();
    for arg in known.get_arguments() {
        let (Some(long), id) = (arg.get_long(), arg.get_id().as_str()) else { continue };
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            words.push(format!("--{long}"));
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            words.extend([format!("--{long}"), value.to_string_lossy().into_owned()]);
        }
    }
    words
}

/// The core of a point.
fn settle(
    entry: &'static dyn Entry,
    known: &clap::Command,
    base: &[String],
    point: &Point,
) -> Result<Job, String> {
    let own = point.values.iter().flat_map(|(k, v)| [format!("--{k}"), v.clone()]);
    let words = std::iter::once(entry.name().to_owned()).chain(base.iter().cloned()).chain(own);
    // The parser's own text has the usage behind the first paragraph.
    let short = |e: clap::Error| {
        let text = e.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        first.trim_start_matches("error: ").to_owned()
    };
    let matches = known.clone().try_get_matches_from(words).map_err(short)?;
    let instance = entry.instance_of_matches(&matches).map_err(|e| e.to_string())?;
    let compiling = Compiling::from_arg_matches(&matches).map_err(short)?;
    pipeline::resolve(instance, Settings::new(&compiling)).map_err(|e| e.to_string())
}

/// Whether tools are run.
fn basis(wanted: Measure, plans: &[Plan]) -> Result<Measure, Failure> {
    let jobs = || plans.iter().filter_map(|p| p.made.as_ref().ok());
    match wanted {
        Measure::Estimate => Ok(Measure::Estimate),
        Measure::Tools => {
            // A target or a tool that is not there is told now, not after hours.
            for job in jobs() {
                for tool in flows::device(&job.settings.target)?.tools() {
                    tool.find().map_err(|e| Failure::Tool(e.to_string()))?;
                }
            }
            Ok(Measure::Tools)
        }
        Measure::Auto => {
            let there = |d: Device| d.tools().all(|t| t.find().is_ok());
            if jobs().all(|j| Device::for_target(&j.settings.target.name).is_some_and(there)) {
                return Ok(Measure::Tools);
            }
            note(
                "note: tools are missing, so area and clock are holigen's own estimates (holigen doctor tells more)",
            );
            Ok(Measure::Estimate)
        }
    }
}

/// All rows, in the order of the points; those that the journal knows are not measured again.
fn measured(
    plans: &[Plan],
    measure: Measure,
    args: &ExploreArgs,
    journal: &Journal,
    progress: &Progress,
) -> Result<Vec<Row>, Failure> {
    let one = |plan: &Plan| -> Result<Row, Failure> {
        let command = match &plan.made {
            Ok(job) => job.regenerate.clone(),
            Err(_) => {
                plan.point.values.iter().map(|(k, v)| format!("--{k} {v}")).collect::<Vec<_>>().join(" ")
            }
        };
        let seeds = if measure == Measure::Tools { args.seeds } else { 0 };
        let key = format!("holigen {VERSION}; {measure:?} {seeds}; {command}");
        if let Some(row) = journal.get(&key) {
            progress.add(1);
            return Ok(Row { index: plan.point.index, point: plan.point.values.clone(), ..row.clone() });
        }
        let mut row = blank(plan, command);
        match &plan.made {
            Err(e) => row.error = Some(e.clone()),
            Ok(job) => match pipeline::netlist(job) {
                Err(e) => row.error = Some(e.to_string()),
                Ok(compiled) if measure == Measure::Tools => {
                    let running = flows::Running {
                        seeds: (1..=args.seeds).collect(),
                        cache: !args.no_cache,
                        dsp: false,
                        threads: 1,
                    };
                    match flows::measure(job, &compiled, &running) {
                        Ok((report, _)) => from_report(&mut row, &compiled, &report),
                        // A tool that fails on one core (too large for the device, say) is that core's failure.
                        Err(e) => row.error = Some(e.to_string()),
                    }
                }
                Ok(compiled) => from_estimate(&mut row, &compiled),
            },
        }
        journal.add(&key, &row)?;
        progress.add(1);
        Ok(row)
    };
    plans.par_iter().map(one).collect()
}

fn blank(plan: &Plan, command: String) -> Row {
    Row {
        index: plan.point.index,
        point: plan.point.values.clone(),
        command,
        basis: Basis::Estimated,
        requested_mhz: plan.made.as_ref().map_or(0.0, |j| j.freq),
        fmax_mhz: None,
        luts: None,
        carry: None,
        ff: None,
        dsp: None,
        bram: None,
        latency: None,
        error: None,
    }
}

fn from_report(row: &mut Row, compiled: &Compiled, report: &Report) {
    row.basis = if report.routed { Basis::Routed } else { Basis::Synthesised };
    row.fmax_mhz = report.fmax_mhz.or(report.estimate_mhz);
    let a = &report.area;
    (row.luts, row.carry, row.ff) = (Some(a.luts), Some(a.carry), Some(a.ff));
    (row.dsp, row.bram) = (Some(a.dsp), Some(a.bram));
    row.latency = Some(compiled.latency);
}

fn from_estimate(row: &mut Row, compiled: &Compiled) {
    // A core without registers has no clock: one result after the other.
    let clocked = compiled.estimated_fmax_mhz > 0.0;
    let mhz = if clocked { compiled.estimated_fmax_mhz } else { 1e6 / compiled.critical_ps };
    row.fmax_mhz = Some((mhz * 10.0).round() / 10.0);
    (row.luts, row.ff) = (Some(compiled.estimated_tables), Some(compiled.register_bits));
    row.latency = Some(compiled.latency);
}

/// Writes the results and tells the best of them.
fn finish(operator: &str, folder: &Path, rows: Vec<Row>, force: bool, json: bool) -> Result<(), Failure> {
    let csv = csv(&rows).map_err(|e| Failure::Tool(format!("results.csv: {e}")))?;
    let results = json!({
        "holigen": VERSION,
        "operator": operator,
        "rows": rows.iter().map(row_json).collect::<Vec<_>>(),
        "pareto": pareto(&rows).iter().map(|r| r.index).collect::<Vec<_>>(),
        // A table for other programs has no place for its own checksum.
        "csv_sha256": output::sha256(&csv),
    });
    let results = format!("{results:#}\n");
    let mut files = vec![("results.csv".to_owned(), csv), ("results.json".to_owned(), results.clone())];
    if let Some(svg) = plot(&format!("{operator}: area against clock"), &rows) {
        files.push(("pareto.svg".into(), svg));
    }
    let names: Vec<_> = files.iter().map(|f| f.0.clone()).chain([JOURNAL.to_owned()]).collect();
    output::write_beside(&Folder { path: folder.into(), files }, force)?;
    if json {
        return say(&results);
    }
    note(&told(operator, folder, &rows, &names));
    Ok(())
}

fn row_json(row: &Row) -> Value {
    let mut v = json!(row);
    v["point"] =
        row.point.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<serde_json::Map<_, _>>().into();
    v
}

/// One line a point: the swept parameters, then the figures.
fn csv(rows: &[Row]) -> Result<String, Box<dyn std::error::Error>> {
    let mut keys: Vec<&str> = Vec::new();
    for (k, _) in rows.iter().flat_map(|r| &r.point) {
        if !keys.contains(&k.as_str()) {
            keys.push(k);
        }
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    let fixed = [
        "basis",
        "requested_mhz",
        "fmax_mhz",
        "luts",
        "carry",
        "ff",
        "dsp",
        "bram",
        "latency",
        "error",
        "command",
    ];
    out.write_record(std::iter::once("index").chain(keys.iter().copied()).chain(fixed))?;
    for r in rows {
        let value = |key: &&str| r.point.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v).to_owned();
        let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
        let mut record = vec![r.index.to_string()];
        record.extend(keys.iter().map(value));
        record.extend([r.basis.name().to_owned(), r.requested_mhz.to_string()]);
        record.push(r.fmax_mhz.map_or(String::new(), |f| f.to_string()));
        record.extend([r.luts, r.carry, r.ff, r.dsp, r.bram, r.latency.map(u64::from)].map(number));
        let error = r.error.clone().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        record.extend([error, r.command.clone()]);
        out.write_record(record)?;
    }
    Ok(String::from_utf8(out.into_inner()?)?)
}

/// Refuses to overwrite a table that somebody edited: its checksum stands in the JSON beside it.
fn protect_csv(folder: &Path, force: bool) -> Result<(), Failure> {
    let path = folder.join("results.csv");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(()) };
    let written = std::fs::read_to_string(folder.join("results.json")).unwrap_or_default();
    let written: Value = serde_json::from_str(&written).unwrap_or_default();
    if force || written["csv_sha256"] == output::sha256(&text) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{} was edited since holigen wrote it, and is kept\n  \
         give --force to overwrite it, or another folder with --out-dir",
        path.display()
    )))
}

/// The Pareto table and where the rest is.
fn told(operator: &str, folder: &Path, rows: &[Row], names: &[String]) -> String {
    let front = pareto(rows);
    let failed: Vec<&Row> = rows.iter().filter(|r| r.error.is_some()).collect();
    let bases: BTreeSet<&str> = rows.iter().filter(|r| r.error.is_none()).map(|r| r.basis.name()).collect();
    let mut out = format!(
        "{operator}: {} points ({}), {} of them on the front of area against clock:\n\n",
        rows.len(),
        bases.into_iter().collect::<Vec<_>>().join(", "),
        front.len()
    );
    let keys: Vec<&str> =
        front.first().map_or(Vec::new(), |r| r.point.iter().map(|(k, _)| k.as_str()).collect());
    let fixed = ["LUT", "carry", "FF", "DSP", "MHz", "asked", "latency", "figures"];
    let header: Vec<&str> = keys.iter().copied().chain(fixed).collect();
    let mut t = table(&header);
    let number = |n: Option<u64>| n.map_or("-".to_owned(), |n| n.to_string());
    for r in front {
        let mut cells: Vec<String> = r.point.iter().map(|(_, v)| v.clone()).collect();
        cells.extend([r.luts, r.carry, r.ff, r.dsp].map(number));
        cells.push(r.fmax_mhz.map_or("-".into(), |f| format!("{f:.1}")));
        cells.push(r.requested_mhz.to_string());
        cells.extend([number(r.latency.map(u64::from)), r.basis.name().to_owned()]);
        t.add_row(cells);
    }
    out += &format!("{}\n", t.trim_fmt());
    if let Some(first) = failed.first() {
        let why = first.error.as_deref().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        out += &format!("\n{} points have no core, e.g. {}: {why}\n", failed.len(), first.label());
    }
    out + &format!("\n  files      {}/{{{}}}", folder.display(), names.join(","))
}
