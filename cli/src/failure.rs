//! What ends a run early, and the exit code that says so.
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Why a command did not do what it was asked to. The codes are part of the contract.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Bad usage or parameters: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A check found a difference: exit code 1.
    #[error("{0}")]
    Check(String),
    /// An external tool is missing or failed: exit code 3.
    #[error("{0}")]
    Tool(String),
    /// What the parser of the command line says, in its own layout; also help and version, with code 0.
    #[error("{0}")]
    Arguments(#[from] clap::Error),
    /// Whoever read standard output went away (`holigen list | head -1`). That is no error.
    #[error("standard output was closed")]
    Closed,
}

impl Failure {
    /// A message about bad usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::Usage(message.into())
    }

    /// The same failure with a place in front of its message: a file, a core, an option.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        match self {
            Failure::Usage(m) => Failure::Usage(format!("{place}: {m}")),
            Failure::Check(m) => Failure::Check(format!("{place}: {m}")),
            Failure::Tool(m) => Failure::Tool(format!("{place}: {m}")),
            other => other,
        }
    }

    /// One failure that tells of several; the kind is that of the gravest (a check, then usage, then a tool).
    pub fn several(failures: Vec<Failure>) -> Option<Self> {
        let text = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nerror: ");
        let worst = failures.into_iter().max_by_key(|f| match f {
            Failure::Closed => 0,
            Failure::Tool(_) => 1,
            Failure::Arguments(_) | Failure::Usage(_) => 2,
            Failure::Check(_) => 3,
        })?;
        Some(match worst {
            Failure::Usage(_) | Failure::Arguments(_) => Failure::Usage(text),
            Failure::Check(_) => Failure::Check(text),
            Failure::Tool(_) => Failure::Tool(text),
            Failure::Closed => Failure::Closed,
        })
    }

    /// Tells a person and gives the exit code.
    pub fn report(self) -> ExitCode {
        let code = match &self {
            Failure::Closed => return ExitCode::SUCCESS,
            Failure::Arguments(e) => {
                // Help goes to standard output, complaints to standard error; either may be closed.
                let _ = e.print();
                return ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(2));
            }
            Failure::Check(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Tool(_) => 3,
        };
        let (red, plain) = if colours() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let text = self.to_string().replace("\nerror: ", &format!("\n{red}error:{plain} "));
        let _ = writeln!(io::stderr(), "{red}error:{plain} {}", text.trim_end());
        ExitCode::from(code)
    }
}

/// Whether messages may be coloured: a terminal that understands it, and nobody objects (<https://no-color.org>).
pub fn colours() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    io::stderr().is_terminal() && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}

/// Writes to standard output.
///
/// # Errors
/// [`Failure::Closed`] if nobody reads it any more; [`Failure::Tool`] if it can't be written (a full disk).
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| match e.kind() {
        io::ErrorKind::BrokenPipe => Failure::Closed,
        _ => Failure::Tool(format!("standard output: {e}")),
    })
}

/// A line for people, on standard error. If nobody can read it, work goes on.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
