//! `holigen build cores.toml`: many cores of one file, in parallel.
//!
//!     [defaults]              # common options of all cores, unless a core says otherwise
//!     freq = 400
//!
//!     [[core]]
//!     operator = "fp8mac"
//!     format = "e5m2"         # parameters are called as on the command line
//!     target = "ecp5"         # and so are the common options
//!
//! Every core is resolved, built and checked before the first file of any is written.
use super::generate;
use crate::args::{Language, Running};
use crate::failure::Failure;
use crate::numbers::{self, nearest};
use crate::output;
use crate::pipeline::{self, Job, Made, Settings};
use clap::ValueEnum;
use holigen_operators::REGISTRY;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys of a core that every operator has.
const COMMON: [&str; 12] = [
    "freq",
    "target",
    "gate-ps",
    "name",
    "lang",
    "ce",
    "primitives",
    "effort",
    "tb",
    "check",
    "seed",
    "out-dir",
];
/// Larger files are not written by anybody; they would only fill the memory.
const MOST_BYTES: u64 = 16 << 20;

/// Generates the cores of a file.
pub fn run(path: &Path, out_dir: Option<&Path>, running: &Running) -> Result<(), Failure> {
    let shown = path.display();
    let unreadable =
        |why: &str| Failure::usage(format!("{shown}: {why}\n  give a build file with [[core]] tables"));
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(&e.to_string()))?;
    if metadata.len() > MOST_BYTES {
        return Err(unreadable("is larger than 16 MB"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(&e.to_string()))?;
    let jobs = File { path, text: &text }.jobs(out_dir)?;

    let made: Vec<Result<Made, Failure>> = jobs
        .into_par_iter()
        .map(|(place, job)| generate::make(job, running.force).map_err(|e| e.at(&place)))
        .collect();
    let (made, failures): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    if let Some(failure) = Failure::several(failures.into_iter().filter_map(Result::err).collect()) {
        return Err(failure);
    }
    let made: Vec<Made> = made.into_iter().filter_map(Result::ok).collect();
    output::write(made.iter().map(|m| &m.folder), running.force)?;
    generate::tell(&made, running, true)
}

/// A build file.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

/// A key with its value and where it stands.
type Entries<'a> = BTreeMap<String, (Range<usize>, &'a DeValue<'a>)>;

impl File<'_> {
    /// `cores.toml:12`
    fn place(&self, at: usize) -> String {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        format!("{}:{}", self.path.display(), 1 + before.iter().filter(|b| **b == b'\n').count())
    }

    fn wrong(&self, at: usize, what: impl AsRef<str>) -> Failure {
        Failure::usage(format!("{}: {}", self.place(at), what.as_ref()))
    }

    /// All cores, resolved; the place of each for messages.
    fn jobs(&self, base: Option<&Path>) -> Result<Vec<(String, Job)>, Failure> {
        let invalid = |e: toml::de::Error| Failure::usage(format!("{}: {e}", self.path.display()));
        let document = DeTable::parse(self.text).map_err(invalid)?;
        // The same once more as plain values, which is what operators read.
        let values: toml::Table = toml::from_str(self.text).map_err(invalid)?;
        let mut cores = None;
        let mut defaults = Entries::new();
        for (key, value) in document.get_ref() {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("core", DeValue::Array(a)) => cores = Some(a),
                ("core", _) => return Err(self.wrong(at, "cores are written as [[core]] tables")),
                ("defaults", DeValue::Table(t)) => defaults = entries(t),
                ("defaults", _) => return Err(self.wrong(at, "defaults are written as a [defaults] table")),
                (other, _) => {
                    let near = suggestion(other, &["core", "defaults"]);
                    let what =
                        format!("unknown key '{other}'{near}; a build file has [[core]] and [defaults]");
                    return Err(self.wrong(at, what));
                }
            }
        }
        for (key, (span, _)) in &defaults {
            if key == "name" || !COMMON.contains(&key.as_str()) {
                let legal: Vec<_> = COMMON.into_iter().filter(|k| *k != "name").collect();
                let near = suggestion(key, &legal);
                let what =
                    format!("[defaults]: '{key}' is no common option{near}; there are {}", legal.join(", "));
                return Err(self.wrong(span.start, what));
            }
        }
        let empty = || self.wrong(0, "there is no [[core]] in this file");
        let cores = cores.ok_or_else(empty)?;
        let tables = values.get("core").and_then(toml::Value::as_array).ok_or_else(empty)?;
        let resolved: Vec<_> = cores
            .iter()
            .zip(tables)
            .enumerate()
            .map(|(n, (spanned, value))| self.core(n + 1, spanned, value, &defaults, base))
            .collect();
        let (jobs, failures): (Vec<_>, Vec<_>) = resolved.into_iter().partition(Result::is_ok);
        if let Some(failure) = Failure::several(failures.into_iter().filter_map(Result::err).collect()) {
            return Err(failure);
        }
        let jobs: Vec<_> = jobs.into_iter().filter_map(Result::ok).collect();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (place, job) in &jobs {
            // VHDL and some file systems ignore case.
            if let Some(first) = seen.insert(job.name.to_lowercase(), place) {
                return Err(Failure::usage(format!(
                    "{place}: the name {} is taken by {first}\n  give one of them another with name = \"...\"",
                    job.name
                )));
            }
        }
        if jobs.is_empty() { Err(empty()) } else { Ok(jobs) }
    }

    fn core(
        &self,
        number: usize,
        spanned: &Spanned<DeValue<'_>>,
        value: &toml::Value,
        defaults: &Entries<'_>,
        base: Option<&Path>,
    ) -> Result<(String, Job), Failure> {
        let start = spanned.span().start;
        let (DeValue::Table(table), toml::Value::Table(plain)) = (spanned.get_ref(), value) else {
            return Err(self.wrong(start, format!("core {number} is not a table")));
        };
        let own = entries(table);
        let names: Vec<_> = REGISTRY.iter().map(|e| e.name()).collect();
        let operator = match own.get("operator") {
            Some((_, DeValue::String(s))) => s.as_ref(),
            Some((span, _)) => {
                let what =
                    format!("core {number}: operator is a name in quotes, e.g. operator = \"{}\"", names[0]);
                return Err(self.wrong(span.start, what));
            }
            None => {
                let what = format!("core {number} has no operator; there are {}", names.join(", "));
                return Err(self.wrong(start, what));
            }
        };
        let Some(entry) = REGISTRY.iter().find(|e| e.name() == operator) else {
            let near = suggestion(operator, &names);
            let what =
                format!("core {number}: unknown operator '{operator}'{near}; there are {}", names.join(", "));
            return Err(self.wrong(own["operator"].0.start, what));
        };
        let label = format!("core {number} ({operator})");

        let arguments = crate::command_line::parameters(*entry);
        let parameters: Vec<&str> = arguments.iter().filter_map(|a| a.get_long()).collect();
        let mut settings = Settings::standard();
        for (key, (span, value)) in defaults {
            set(&mut settings, key, value).map_err(|e| self.wrong(span.start, format!("[defaults]: {e}")))?;
        }
        // A folder of the defaults is one for all cores: each gets its own inside. The command line knows better.
        let shared = settings.out_dir.take();
        let shared = base.map(Path::to_path_buf).or(shared);
        let mut given = toml::Table::new();
        for (key, (span, value)) in &own {
            if key == "operator" {
            } else if COMMON.contains(&key.as_str()) {
                set(&mut settings, key, value)
                    .map_err(|e| self.wrong(span.start, format!("{label}: {e}")))?;
            } else if parameters.contains(&key.as_str()) {
                if let Some(v) = plain.get(key) {
                    given.insert(key.clone(), v.clone());
                }
            } else {
                let legal: Vec<_> = parameters.iter().copied().chain(COMMON).collect();
                let near = suggestion(key, &legal);
                let what = format!("{label}: unknown key '{key}'{near}; there are {}", legal.join(", "));
                return Err(self.wrong(span.start, what));
            }
        }
        let instance = entry.instance_of_toml(given.clone()).map_err(|e| match own.get(&e.parameter) {
            Some((key, _)) => {
                let value = given.get(&e.parameter).map_or(String::new(), toml::Value::to_string);
                let (key, name) = (key.start, &e.parameter);
                self.wrong(key, format!("{label}: {name} = {value}: {}\n  {}", e.problem, e.expected))
            }
            // What is missing, or a default that does not go with the rest.
            None => self.wrong(start, format!("{label}: {e}")),
        })?;
        let own_folder = settings.out_dir.is_some();
        let place = format!("{}: {label}", self.place(start));
        let mut job = pipeline::resolve(instance, settings).map_err(|e| e.at(&place))?;
        if !own_folder && let Some(shared) = shared {
            job.out_dir = shared.join(&job.name);
        }
        Ok((place, job))
    }
}

/// The keys of a table.
fn entries<'a>(table: &'a DeTable<'a>) -> Entries<'a> {
    table.iter().map(|(k, v)| (k.get_ref().to_string(), (k.span(), v.get_ref()))).collect()
}

fn suggestion(word: &str, legal: &[&str]) -> String {
    nearest(word, legal.iter().copied()).map_or(String::new(), |n| format!(", did you mean '{n}'?"))
}

/// Sets one common option; numbers may be written with or without quotes.
fn set(s: &mut Settings, key: &str, value: &DeValue<'_>) -> Result<(), String> {
    let text = match value {
        DeValue::String(t) => t.to_string(),
        DeValue::Integer(i) if i.radix() == 10 => i.as_str().replace('_', ""),
        DeValue::Float(f) => f.as_str().replace('_', ""),
        DeValue::Boolean(b) if key == "ce" || key == "primitives" => {
            *if key == "ce" { &mut s.ce } else { &mut s.primitives } = *b;
            return Ok(());
        }
        other => return Err(format!("{key} can't be a {} like that", other.type_str())),
    };
    let quoted = |e: String| format!("{key} = {text}: {e}");
    match key {
        "freq" => s.freq = Some(numbers::freq(&text).map_err(quoted)?),
        "target" => s.target = numbers::target(&text).map_err(quoted)?,
        "gate-ps" => s.gate_ps = Some(numbers::gate_ps(&text).map_err(quoted)?),
        "tb" => s.tb = Some(numbers::amount(&text).map_err(quoted)?),
        "check" => s.check = Some(numbers::amount(&text).map_err(quoted)?),
        "effort" => s.effort = numbers::effort(&text).map_err(quoted)?,
        "seed" => s.seed = numbers::seed(&text).map_err(quoted)?,
        "lang" => {
            s.lang = Language::from_str(&text, true)
                .map_err(|_| quoted("legal are verilog, vhdl, mlir, all".into()))?;
        }
        "name" => s.name = Some(text),
        "out-dir" => s.out_dir = Some(PathBuf::from(text)),
        _ => return Err(format!("{key} = {text}: legal are true and false")),
    }
    Ok(())
}
