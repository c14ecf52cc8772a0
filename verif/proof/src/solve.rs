//! Solvers: is an output of a combinational module always 1?
use crate::exhaust;
use crate::netlist::Netlist;
use holigen_sim::external::tool::{GHDL, Invocation, Tool, ToolError, YOSYS};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Bitwuzla, an SMT solver: its program, or a Python that has its module.
pub const BITWUZLA: Tool = Tool {
    name: "Bitwuzla",
    variable: "HOLIGEN_BITWUZLA",
    programs: &["bitwuzla"],
    get: "install `bitwuzla` from PyPI into `.tools/venv`, or the program",
};

/// What a solver said.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Answer {
    /// The output is always 1.
    Proved {
        /// Which solver closed it.
        by: String,
    },
    /// An input for which it is 0.
    Refuted {
        /// Which solver found it.
        by: String,
        /// Values of the module's ports, binary digits, highest first.
        vector: BTreeMap<String, String>,
    },
    /// Nobody knows, within the limit.
    Open {
        /// Why.
        why: String,
    },
}

/// Input bits up to which every input is evaluated, which is a proof as well and faster than a solver.
const EXHAUSTIVE_BITS: usize = 20;

/// How long solvers may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Yosys's SAT solver, for one question.
    pub sat: Duration,
    /// Bitwuzla, for one question.
    pub smt: Duration,
}

/// A question to a solver.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Files in the workshop's folder, `.json` or `.v`, in the order of reading.
    pub files: &'a [String],
    /// Top module; it has an output `ok` of one bit.
    pub top: &'a str,
    /// Values of a port of the top module (`port`, `4'd3`): the question is asked for each. Empty: once, without.
    pub cases: &'a [(String, String)],
    /// Its input and output ports, to be shown if it is refuted.
    pub ports: &'a [String],
    /// Bits of its inputs.
    pub bits: usize,
}

/// A folder in which proofs are made.
pub struct Workshop {
    path: PathBuf,
    _folder: tempfile::TempDir,
    limits: Limits,
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> ToolError {
    let path = path.to_owned();
    move |source| ToolError::File { path, source }
}

impl Workshop {
    /// In the current folder if that can be: tools from PyPI don't see the system's temporary one.
    ///
    /// # Errors
    /// If no folder can be made.
    pub fn new(limits: Limits) -> Result<Self, ToolError> {
        let folder = tempfile::Builder::new()
            .prefix(".holigen-prove-")
            .tempdir_in(".")
            .or_else(|_| tempfile::Builder::new().prefix("holigen-prove-").tempdir())
            .map_err(file(Path::new(".")))?;
        let path = std::path::absolute(folder.path()).map_err(file(folder.path()))?;
        Ok(Workshop { path, _folder: folder, limits })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, name: &str, text: &str) -> Result<(), ToolError> {
        let path = self.path.join(name);
        std::fs::write(&path, text).map_err(file(&path))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(&self, name: &str) -> Result<String, ToolError> {
        let path = self.path.join(name);
        std::fs::read_to_string(&path).map_err(file(&path))
    }

    /// A run of Yosys on a script.
    ///
    /// # Errors
    /// If there is no Yosys.
    pub fn yosys(&self, script: &str) -> Result<Invocation, ToolError> {
        Ok(YOSYS.command()?.args(["-q", "-p", script]).folder(&self.path))
    }

    /// VHDL as Verilog, by GHDL, in `to`.
    ///
    /// # Errors
    /// If GHDL is missing or refuses the text.
    pub fn verilog_of_vhdl(&self, vhdl: &str, top: &str, to: &str) -> Result<(), ToolError> {
        self.write("from.vhd", vhdl)?;
        let said = GHDL
            .command()?
            .args(["--synth", "--std=08", "--out=verilog", "from.vhd", "-e", top])
            .folder(&self.path)
            .succeed()?;
        self.write(to, &said.out)
    }

    /// The netlist that Yosys reads from a Verilog file. `pass`: a command on it before it is flattened.
    ///
    /// # Errors
    /// If Yosys is missing or refuses the text, or if it holds more than plain registers.
    pub fn netlist(&self, from: &str, top: &str, pass: &str) -> Result<Netlist, ToolError> {
        let script = format!(
            "read_verilog {from}; hierarchy -check -top {top}; proc -norom; flatten; {pass} memory_map; opt_clean; \
             write_json netlist.json"
        );
        let run = self.yosys(&script)?;
        let said = run.succeed()?;
        Netlist::read(&self.read("netlist.json")?, top).map_err(|why| run.failed(&said, why))
    }

    /// Asks Yosys, then Bitwuzla. Proved means: in every case.
    ///
    /// # Errors
    /// If Yosys is missing or refuses the files.
    pub fn ask(&self, name: &str, q: &Question<'_>) -> Result<Answer, ToolError> {
        let cases: Vec<Option<&(String, String)>> = match q.cases.is_empty() {
            true => vec![None],
            false => q.cases.iter().map(Some).collect(),
        };
        if q.bits <= EXHAUSTIVE_BITS {
            return self.exhaust(name, q);
        }
        // Reading the files takes longer than most cases: many share a run.
        const TOGETHER: usize = 32;
        let batches: Vec<Vec<usize>> =
            (0..cases.len()).collect::<Vec<_>>().chunks(TOGETHER).map(<[usize]>::to_vec).collect();
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(batches.len());
        let next = AtomicUsize::new(0);
        let found = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let answer = self.batch(name, q, &cases, batch);
                        let over = !matches!(answer, Ok(Answer::Proved { .. }));
                        found.lock().unwrap_or_else(|e| e.into_inner()).push((batch[0], answer));
                        if over {
                            next.store(batches.len(), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let mut found = found.into_inner().unwrap_or_else(|e| e.into_inner());
        found.sort_by_key(|f| f.0);
        let mut by = Vec::new();
        let mut open = None;
        for (_, answer) in found {
            match answer? {
                Answer::Proved { by: one } if by.contains(&one) => (),
                Answer::Proved { by: one } => by.push(one),
                refuted @ Answer::Refuted { .. } => return Ok(refuted),
                other => open = open.or(Some(other)),
            }
        }
        Ok(open.unwrap_or(Answer::Proved { by: by.join(", ") }))
    }

    /// All inputs of a question with few of them.
    fn exhaust(&self, name: &str, q: &Question<'_>) -> Result<Answer, ToolError> {
        let (total, found) =
            self.evaluate(name, q, |n| exhaust::always(n, "ok").map(|(f, total)| (total, f)))?;
        let by = format!("all {total} inputs of Yosys's netlist");
        Ok(match found {
            None => Answer::Proved { by },
            Some(vector) => Answer::Refuted { by, vector },
        })
    }

    /// The gates of a question's top module, given to a function.
    fn evaluate<T>(
        &self,
        name: &str,
        q: &Question<'_>,
        each: impl FnOnce(&Netlist) -> Result<T, String>,
    ) -> Result<T, ToolError> {
        let script = format!(
            "{}techmap; opt -full; techmap; simplemap; clean; write_json {name}.gates.json",
            self.reading(q)
        );
        let run = self.yosys(&script)?.limit(self.limits.sat);
        let said = run.succeed()?;
        let gates = Netlist::read(&self.read(&format!("{name}.gates.json"))?, q.top);
        gates.and_then(|n| each(&n)).map_err(|why| run.failed(&said, why))
    }

    /// Whether a module computes a function, for every input there is: see [`exhaust::equals`].
    ///
    /// # Errors
    /// If Yosys is missing or refuses the files, or if the module has too many inputs.
    pub fn compare(
        &self,
        name: &str,
        q: &Question<'_>,
        operands: &[String],
        results: &[String],
        value: impl FnMut(u64, &mut Vec<bool>),
    ) -> Result<exhaust::Comparison, ToolError> {
        self.evaluate(name, q, |n| exhaust::equals(n, operands, results, value))
    }

    fn batch(
        &self,
        name: &str,
        q: &Question<'_>,
        cases: &[Option<&(String, String)>],
        batch: &[usize],
    ) -> Result<Answer, ToolError> {
        let mut script = self.reading(q);
        let show: String = q.ports.iter().map(|p| format!(" -show {p}")).collect();
        // The netlist for the second solver is written first: the first may run out of time.
        let first = batch[0];
        script += &format!("write_smt2 -stbv {name}.{first}.smt2; ");
        for k in batch {
            let given = cases[*k].map_or(String::new(), |(p, v)| format!(" -set {p} {v}"));
            script +=
                &format!("tee -q -o {name}.{k}.log sat -prove ok 1{given}{show} -dump_json {name}.{k}.cex; ");
        }
        let start = Instant::now();
        let run = self.yosys(&script)?.limit(self.limits.sat);
        let said = match run.run() {
            Ok(said) => Some(said),
            Err(ToolError::TimedOut { .. }) => None,
            Err(e) => return Err(e),
        };
        let mut by = "Yosys sat".to_owned();
        for k in batch {
            let log = self.read(&format!("{name}.{k}.log")).unwrap_or_default();
            if log.contains("SAT proof finished - no model found: SUCCESS!") {
                continue;
            }
            if log.contains("SAT proof finished - model found: FAIL!") {
                let cex = self.read(&format!("{name}.{k}.cex"))?;
                let vector = wave(&cex).map_err(|what| ToolError::Failed {
                    tool: YOSYS.name,
                    why: what,
                    command: format!("sat in {name}"),
                    tail: log,
                })?;
                return Ok(Answer::Refuted { by: "Yosys sat".into(), vector });
            }
            if let Some(said) = &said {
                return Err(run.failed(said, "no answer in its log"));
            }
            let spent = start.elapsed().as_secs();
            match self.bitwuzla(&format!("{name}.{first}"), q, cases[*k]) {
                Ok(Answer::Proved { by: other }) => by = format!("Yosys sat, {other}"),
                Ok(Answer::Open { why }) => {
                    return Ok(Answer::Open { why: format!("Yosys sat: no answer in {spent} s; {why}") });
                }
                Ok(answer) => return Ok(answer),
                Err(ToolError::Missing { get, .. }) => {
                    return Ok(Answer::Open {
                        why: format!("Yosys sat: no answer in {spent} s; Bitwuzla is not there ({get})"),
                    });
                }
                Err(e) => return Err(e),
            }
        }
        Ok(Answer::Proved { by })
    }

    /// The script that reads and flattens a question.
    fn reading(&self, q: &Question<'_>) -> String {
        let mut script = String::new();
        for f in q.files {
            let command = if f.ends_with(".json") { "read_json" } else { "read_verilog" };
            script += &format!("{command} {f}; ");
        }
        script + &format!("hierarchy -check -top {}; proc; flatten; opt -full; ", q.top)
    }

    fn bitwuzla(
        &self,
        name: &str,
        q: &Question<'_>,
        case: Option<&(String, String)>,
    ) -> Result<Answer, ToolError> {
        let top = q.top;
        let mut text = format!("(set-option :produce-models true)\n{}", self.read(&format!("{name}.smt2"))?);
        text += &format!("(declare-const s |{top}_s|)\n(assert (not (|{top}_n ok| s)))\n");
        if let Some((port, value)) = case {
            let (width, number) = value.split_once("'d").unwrap_or(("1", value));
            text += &match width {
                "1" => format!("(assert (= (|{top}_n {port}| s) {}))\n", number == "1"),
                _ => format!("(assert (= (|{top}_n {port}| s) (_ bv{number} {width})))\n"),
            };
        }
        let shown: String = q.ports.iter().map(|p| format!(" (|{top}_n {p}| s)")).collect();
        text += &format!("(check-sat)\n(get-value ({}))\n", shown.trim_start());
        let smt = format!("{name}.bitwuzla.smt2");
        self.write(&smt, &text)?;
        let by = "Bitwuzla".to_owned();
        let run = bitwuzla()?.arg(&smt).folder(&self.path).limit(self.limits.smt);
        match run.run() {
            // `get-value` without a model is an error that comes after the answer.
            Ok(said) if said.out.lines().any(|l| l.trim() == "unsat") => Ok(Answer::Proved { by }),
            Ok(said) if said.out.lines().any(|l| l.trim() == "sat") => {
                Ok(Answer::Refuted { by, vector: values(&said.out) })
            }
            Ok(said) => Err(run.failed(&said, "no answer")),
            Err(ToolError::TimedOut { seconds, .. }) => {
                Ok(Answer::Open { why: format!("Bitwuzla: no answer in {seconds} s") })
            }
            Err(e) => Err(e),
        }
    }
}

/// Where Bitwuzla is: its program, or a Python with its module.
enum Bitwuzla {
    Program(PathBuf),
    Python(PathBuf),
}

/// Bitwuzla's program; else a Python in `.tools/venv` that has its module.
fn find_bitwuzla() -> Result<Bitwuzla, ToolError> {
    let missing = match BITWUZLA.find() {
        Ok(program) if program.to_string_lossy().contains("python") => return Ok(Bitwuzla::Python(program)),
        Ok(program) => return Ok(Bitwuzla::Program(program)),
        Err(e) => e,
    };
    let above = std::env::current_dir().unwrap_or_default();
    for folder in above.ancestors() {
        let python = folder.join(".tools/venv/bin/python3");
        let probe = Invocation::new(BITWUZLA.name, &python).args(["-c", "import bitwuzla"]);
        if python.is_file() && probe.run().is_ok_and(|said| said.status.success()) {
            return Ok(Bitwuzla::Python(python));
        }
    }
    Err(missing)
}

fn bitwuzla() -> Result<Invocation, ToolError> {
    // `parse` runs the commands of the file and prints their answers.
    const RUN: &str = "import bitwuzla, sys\n\
        options = bitwuzla.Options()\noptions.set(bitwuzla.Option.PRODUCE_MODELS, True)\n\
        error = bitwuzla.Parser(bitwuzla.TermManager(), options).parse(sys.argv[1])\n\
        sys.exit(str(error) if error else 0)\n";
    Ok(match find_bitwuzla()? {
        Bitwuzla::Program(path) => Invocation::new(BITWUZLA.name, path),
        Bitwuzla::Python(path) => Invocation::new(BITWUZLA.name, path).args(["-c", RUN]),
    })
}

/// Bitwuzla's version and where it is, for `doctor`.
///
/// # Errors
/// If it is not there.
pub fn bitwuzla_version() -> Result<(String, PathBuf), ToolError> {
    let (run, path) = match find_bitwuzla()? {
        Bitwuzla::Program(path) => (Invocation::new(BITWUZLA.name, &path).arg("--version"), path),
        Bitwuzla::Python(path) => {
            let script = "import bitwuzla; print(bitwuzla.version())";
            (Invocation::new(BITWUZLA.name, &path).args(["-c", script]), path)
        }
    };
    Ok((run.succeed()?.out.trim().to_owned(), path))
}

/// Values of signals out of Yosys's WaveJSON.
fn wave(text: &str) -> Result<BTreeMap<String, String>, String> {
    let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let signals = all["signal"].as_array().ok_or("no signals in the counterexample")?;
    let one = |s: &Value| {
        let name = s["name"].as_str()?.trim_start_matches('\\').to_owned();
        let value = match s["data"][0].as_str() {
            Some(digits) => digits.to_owned(),
            None => s["wave"].as_str()?.chars().take(1).collect(),
        };
        // What the solver left open is 0 as well as 1.
        Some((name, value.replace(['x', 'X', 'z', '-'], "0")))
    };
    Ok(signals.iter().filter_map(one).collect())
}

/// Values out of `((|m_n a| s) #b0101)`.
fn values(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for part in text.split("_n ").skip(1) {
        let Some((name, rest)) = part.split_once('|') else { continue };
        let Some(rest) = rest.split_once(" s)").map(|r| r.1.trim_start()) else { continue };
        let word: String = rest.chars().take_while(|c| !c.is_whitespace() && *c != ')').collect();
        let digits = match word.as_str() {
            "true" => "1".to_owned(),
            "false" => "0".to_owned(),
            w => w.trim_start_matches("#b").to_owned(),
        };
        found.insert(name.to_owned(), digits);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counterexamples_are_read() {
        let text = r#"{ "signal": [ { "name": "p", "wave": "=4", "data": ["00100011", ""] },
                        { "name": "ok", "wave": "04" } ], "config": { "hscale": 2.00 } }"#;
        let found = wave(text).unwrap();
        assert_eq!((found["p"].as_str(), found["ok"].as_str()), ("00100011", "0"));
        let found = values("sat\n(\n  ((|m_n a| s) #b0101)\n  ((|m_n b_t0| s) true)\n)\n");
        assert_eq!((found["a"].as_str(), found["b_t0"].as_str()), ("0101", "1"));
    }
}
