//! Runs the self-checking testbenches that were written beside a core.
use super::tool::{GHDL, IVERILOG, Invocation, Said, ToolError, VVP};
use super::{Options, verilator, wave_path, work_folder, write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a testbench said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// It said PASS and its program ended well.
    pub passed: bool,
    /// Its last line that starts with `PASS` or `FAIL `; empty if there is none.
    pub line: String,
    /// Whether its program ended with status 0.
    pub exit_ok: bool,
    /// All that it printed.
    pub output: String,
}

impl Verdict {
    fn new(said: &Said) -> Self {
        let output = said.all();
        let verdict = |l: &&str| l.starts_with("PASS ") || l.starts_with("FAIL ");
        let line = output.lines().rev().find(verdict).unwrap_or_default().to_string();
        let exit_ok = said.status.success();
        Verdict { passed: exit_ok && line.starts_with("PASS "), line, exit_ok, output }
    }
}

/// Compiles and runs the testbench of the core `name` in `folder` with the engine called `engine`: `icarus` and
/// `verilator` take `<name>.v` and `<name>_tb.v`, Verilator also `<name>_tb.cpp`, `ghdl` takes `<name>.vhd` and
/// `<name>_tb.vhd`, and each the models of cells (`<name>_primitives`) if they are there. Nothing is written to `folder`.
///
/// # Panics
/// If there is no such engine.
pub fn run_testbench(
    engine: &str,
    folder: &Path,
    name: &str,
    options: &Options,
) -> Result<Verdict, ToolError> {
    let work = work_folder()?;
    let extensions: &[&str] = match engine {
        "icarus" => &[".v", "_tb.v"],
        "verilator" => &[".v", "_tb.v", "_tb.cpp"],
        "ghdl" => &[".vhd", "_tb.vhd"],
        other => panic!("no engine `{other}`: there are icarus, verilator, ghdl"),
    };
    // Models of cells go before what names them.
    let models = if engine == "ghdl" { "_primitives.vhd" } else { "_primitives.v" };
    let models = Some(models).filter(|e| folder.join(format!("{name}{e}")).exists());
    let files: Vec<String> =
        models.into_iter().chain(extensions.iter().copied()).map(|e| format!("{name}{e}")).collect();
    for f in &files {
        let from = folder.join(f);
        std::fs::copy(&from, work.path().join(f)).map_err(ToolError::file(from))?;
    }
    let top = format!("{name}_tb");
    let wave = wave_path(options)?.map(|w| w.into_os_string());
    let flag = |prefix: &str| {
        wave.as_ref().map(|w| {
            let mut a = std::ffi::OsString::from(prefix);
            a.push(w);
            a
        })
    };
    let here = |c: Invocation| c.folder(work.path()).limit(options.limit);
    let said = match engine {
        "icarus" => {
            let compile = here(IVERILOG.command()?).args(["-g2001", "-s", &top, "-o", "tb.vvp"]);
            compile.args(&files).succeed()?;
            here(VVP.command()?).args(["-n", "tb.vvp"]).args(flag("+wave=")).run()?
        }
        "verilator" => {
            let build = verilator::Build {
                folder: work.path(),
                top: &top,
                files: &files[..files.len() - 1].iter().map(String::as_str).collect::<Vec<_>>(),
                main: &files[files.len() - 1],
                flags: &["-Wno-fatal"],
                trace: wave.is_some(),
                optimise: &["-O1"],
                limit: options.limit,
            };
            let program = build.run()?;
            here(Invocation::new("the Verilator model", program)).args(flag("+wave=")).run()?
        }
        _ => {
            let ghdl = |verb: &str| Ok::<_, ToolError>(here(GHDL.command()?).args([verb, "--std=93"]));
            ghdl("-a")?.args(&files).succeed()?;
            ghdl("-e")?.arg(&top).succeed()?;
            ghdl("-r")?.args([&top, "--ieee-asserts=disable"]).args(flag("--vcd=")).run()?
        }
    };
    Ok(Verdict::new(&said))
}

/// A testbench that is compiled once by Verilator and runs many times.
pub struct Prepared {
    program: PathBuf,
    _folder: tempfile::TempDir,
    limit: Duration,
}

impl Prepared {
    /// From texts: name and contents of Verilog files, the C++ that drives them, and the top module.
    ///
    /// # Errors
    /// A tool that is missing or refuses the texts.
    pub fn new(
        verilog: &[(&str, &str)],
        main: (&str, &str),
        top: &str,
        options: &Options,
    ) -> Result<Self, ToolError> {
        let folder = work_folder()?;
        for (name, text) in verilog.iter().chain([&main]) {
            write(&folder.path().join(name), text)?;
        }
        let files: Vec<&str> = verilog.iter().map(|f| f.0).collect();
        let build = verilator::Build {
            folder: folder.path(),
            top,
            files: &files,
            main: main.0,
            flags: &["-Wno-lint", "-Wno-style", "-Wno-fatal"],
            trace: false,
            optimise: &["-O1"],
            limit: options.limit,
        };
        let program = std::path::absolute(build.run()?).map_err(ToolError::file(folder.path()))?;
        Ok(Prepared { program, _folder: folder, limit: options.limit })
    }

    /// One run with arguments such as `+seed=3`.
    ///
    /// # Errors
    /// If it can't be started or does not end.
    pub fn run(&self, arguments: &[&str]) -> Result<Verdict, ToolError> {
        let run = Invocation::new("the Verilator model", &self.program).args(arguments).limit(self.limit);
        run.run().map(|said| Verdict::new(&said))
    }
}
