//! Runs the built program in a folder of its own.
#![allow(dead_code, reason = "each test file uses its share")]
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder, and the program in it.
pub struct Bench {
    folder: tempfile::TempDir,
}

/// What a run gave.
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file in the temporary folder");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Runs `holigen` with these arguments.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Run {
        let output = program(self.folder.path()).args(arguments).output().expect("the program starts");
        Run::from(output)
    }

    /// Runs `holigen` with arguments in one text.
    pub fn line(&self, arguments: &str) -> Run {
        self.run(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Everything in the folder, sorted, folders with a slash.
    pub fn files(&self) -> Vec<String> {
        let mut all = Vec::new();
        list(self.folder.path(), "", &mut all);
        all.sort();
        all
    }
}

fn list(folder: &Path, prefix: &str, all: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), all);
            all.push(format!("{name}/"));
        } else {
            all.push(name);
        }
    }
}

pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holigen"));
    command.current_dir(folder).stdin(Stdio::null());
    command
}

impl From<Output> for Run {
    fn from(o: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Run { code: o.status.code().unwrap_or(-1), out: text(o.stdout), err: text(o.stderr) }
    }
}

impl Run {
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.err);
        self
    }

    /// Refused: exit code 2, these words in the message, no panic, no colours.
    #[track_caller]
    pub fn refused(self, words: &[&str]) -> Self {
        assert_eq!(self.code, 2, "{}{}", self.out, self.err);
        assert!(self.err.starts_with("error: "), "{}", self.err);
        assert!(!self.err.contains("panicked") && !self.err.contains('\x1b'), "{}", self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in: {}", self.err);
        }
        self
    }
}
