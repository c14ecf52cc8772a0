//! Emitted text must pass every linter in silence.
use super::tool::{GHDL, IVERILOG, Invocation, ToolError, VERILATOR, YOSYS};
use super::{Options, SourceText, write};
use std::path::Path;

/// A program that reads text and complains.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Linter {
    /// `verilator --lint-only -Wall`
    Verilator,
    /// `iverilog -g2001 -Wall`
    Icarus,
    /// `ghdl -a` by the 1993 and by the 2008 language, then elaboration.
    Ghdl,
    /// `yosys`: `hierarchy -check`, `proc`, `check -assert`.
    Yosys,
}

impl Linter {
    /// All of them.
    pub const ALL: [Linter; 4] = [Linter::Verilator, Linter::Icarus, Linter::Ghdl, Linter::Yosys];
}

/// What a linter has against a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// Who complains.
    pub linter: Linter,
    /// Its command line, short.
    pub command: String,
    /// Its words.
    pub message: String,
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:\n{}", self.command, self.message)
    }
}

/// Complaints of all linters about both texts; none is what we want.
pub fn lint(text: &SourceText) -> Result<Vec<Complaint>, ToolError> {
    lint_with(&Linter::ALL, text, &Options::default())
}

/// Complaints of some linters. An empty text is not shown to anybody.
pub fn lint_with(
    linters: &[Linter],
    text: &SourceText,
    options: &Options,
) -> Result<Vec<Complaint>, ToolError> {
    // In the current folder if that can be: Yosys from PyPI doesn't see the system's temporary one.
    let folder = tempfile::Builder::new()
        .prefix(".holigen-lint-")
        .tempdir_in(".")
        .or_else(|_| tempfile::Builder::new().prefix("holigen-lint-").tempdir())
        .map_err(ToolError::file("."))?;
    let path = std::path::absolute(folder.path()).map_err(ToolError::file(folder.path()))?;
    let (v, vhd) = (format!("{}.v", text.top), format!("{}.vhd", text.top));
    write(&path.join(&v), &text.verilog)?;
    write(&path.join(&vhd), &text.vhdl)?;
    let mut complaints = Vec::new();
    for &linter in linters {
        let verilog = linter != Linter::Ghdl;
        if (if verilog { &text.verilog } else { &text.vhdl }).is_empty() {
            continue;
        }
        for arguments in commands(linter, &text.top, &v, &vhd) {
            if let Some(c) = complaint(linter, &arguments, &path, options)? {
                complaints.push(c);
                // The same again in the next language or step is no news.
                break;
            }
        }
    }
    Ok(complaints)
}

fn commands(linter: Linter, top: &str, v: &str, vhd: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split(' ').map(String::from).collect::<Vec<_>>();
    match linter {
        Linter::Verilator => vec![words(&format!("--lint-only -Wall --top-module {top} {v}"))],
        Linter::Icarus => vec![words(&format!("-g2001 -Wall -t null -s {top} {v}"))],
        Linter::Ghdl => ["93", "08"]
            .iter()
            .flat_map(|std| {
                let analyse = words(&format!("-a --std={std} --workdir=w{std} {vhd}"));
                [analyse, words(&format!("-e --std={std} --workdir=w{std} {top}"))]
            })
            .collect(),
        Linter::Yosys => {
            let script = format!(
                "read_verilog -noautowire {v}; hierarchy -check -top {top}; proc; check -assert; \
                 select -assert-none t:$dlatch t:$_DLATCH_*"
            );
            vec![vec!["-q".into(), "-p".into(), script]]
        }
    }
}

fn complaint(
    linter: Linter,
    arguments: &[String],
    folder: &Path,
    options: &Options,
) -> Result<Option<Complaint>, ToolError> {
    let (tool, short) = match linter {
        Linter::Verilator => (VERILATOR, "verilator"),
        Linter::Icarus => (IVERILOG, "iverilog"),
        Linter::Ghdl => (GHDL, "ghdl"),
        Linter::Yosys => (YOSYS, "yosys"),
    };
    for a in arguments {
        if let Some(w) = a.strip_prefix("--workdir=") {
            let w = folder.join(w);
            std::fs::create_dir_all(&w).map_err(ToolError::file(w))?;
        }
    }
    let run: Invocation = tool.command()?.args(arguments).folder(folder).limit(options.limit);
    let said = run.run()?;
    let mut message = said.all().trim_end().to_string();
    if said.status.success() && message.is_empty() {
        return Ok(None);
    }
    if message.is_empty() {
        message = said.status.to_string();
    }
    Ok(Some(Complaint { linter, command: format!("{short} {}", arguments.join(" ")), message }))
}
