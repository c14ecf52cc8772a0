//! What a sweep has found so far, one line a point: an interrupted run loses the points that were being measured.
use super::row::Row;
use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Name of the file.
pub const FILE: &str = "journal.jsonl";
/// First line of the file: whose it is, and how the others are read.
const HEAD: &str = "{\"holigen-explore\":1}";

/// A line: the row, and what it depends on.
#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    row: Row,
}

/// An open journal.
pub struct Journal {
    path: PathBuf,
    file: Mutex<fs_err::File>,
    rows: BTreeMap<String, Row>,
}

/// Rows of a journal by what they depend on, and the length of its whole lines in bytes.
fn read(path: &Path) -> Result<(BTreeMap<String, Row>, u64), Failure> {
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Failure::usage(e.to_string())),
    };
    // A line that a kill tore has no end; neither is one worth keeping that a crash of the machine garbled.
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let mut lines = text[..whole].lines();
    match lines.next() {
        Some(HEAD) => {}
        None if text.is_empty() || HEAD.starts_with(text.as_str()) => return Ok((BTreeMap::new(), 0)),
        _ => {
            return Err(Failure::usage(format!(
                "{}: is not a journal of holigen explore\n  give another folder with --out-dir",
                path.display()
            )));
        }
    }
    let parsed = lines.filter_map(|l| serde_json::from_str::<Line>(l).ok());
    Ok((parsed.map(|l| (l.key, l.row)).collect(), whole as u64))
}

impl Journal {
    /// Opens or begins the journal of a folder.
    ///
    /// # Errors
    /// [`Failure::Usage`]: it can't be written, or the file is something else.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let (rows, whole) = read(&path)?;
        let open = || -> std::io::Result<fs_err::File> {
            fs_err::create_dir_all(folder)?;
            let mut file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            file.file().set_len(whole)?;
            file.seek(SeekFrom::Start(whole))?;
            if whole == 0 {
                file.write_all(format!("{HEAD}\n").as_bytes())?;
            }
            Ok(file)
        };
        let file = open().map_err(|e| Failure::usage(format!("--out-dir: {e}")))?;
        Ok(Self { path, file: Mutex::new(file), rows })
    }

    /// The row that depends on `key`, if it is known.
    pub fn get(&self, key: &str) -> Option<&Row> {
        self.rows.get(key)
    }

    /// Adds a row, whole and on the disk when this returns.
    ///
    /// # Errors
    /// [`Failure::Tool`]: a full disk, say.
    pub fn add(&self, key: &str, row: &Row) -> Result<(), Failure> {
        let line = serde_json::to_string(&Line { key: key.into(), row: row.clone() });
        let line = line.map_err(|e| Failure::Tool(e.to_string()))?;
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(format!("{line}\n").as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(|e| Failure::Tool(format!("{}: {e}", self.path.display())))
    }

    /// The rows of the journals of several folders, in the order of their points.
    ///
    /// # Errors
    /// A folder has no journal, or two of them contradict each other.
    pub fn merged(folders: &[PathBuf]) -> Result<Vec<Row>, Failure> {
        let mut all: BTreeMap<String, Row> = BTreeMap::new();
        for folder in folders {
            let path = folder.join(FILE);
            if !path.is_file() {
                return Err(Failure::usage(format!(
                    "{}: there is no {FILE} in it\n  give the folders that `holigen explore --shard` wrote",
                    folder.display()
                )));
            }
            all.extend(read(&path)?.0);
        }
        let mut rows: Vec<Row> = all.into_values().collect();
        rows.sort_by(|a, b| a.index.cmp(&b.index).then(a.command.cmp(&b.command)));
        for pair in rows.windows(2) {
            if pair[0].index == pair[1].index {
                return Err(Failure::usage(format!(
                    "two sweeps are mixed: point {} is both\n  {}\n  {}\n  merge the shards of one sweep",
                    pair[0].index, pair[0].command, pair[1].command
                )));
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    #[test]
    fn a_torn_line_is_measured_again() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        journal.add("a", &example(0, 5, 100.0)).unwrap();
        journal.add("b", &example(1, 6, 200.0)).unwrap();
        drop(journal);
        let path = dir.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        for cut in (0..text.len()).step_by(5) {
            std::fs::write(&path, &text[..cut]).unwrap();
            let journal = Journal::open(dir.path()).unwrap();
            let whole = text[..cut].matches('\n').count().saturating_sub(1);
            assert_eq!(journal.rows.len(), whole, "{cut}");
            journal.add("c", &example(2, 7, 300.0)).unwrap();
            drop(journal);
            assert_eq!(Journal::open(dir.path()).unwrap().get("c"), Some(&example(2, 7, 300.0)), "{cut}");
        }
    }

    #[test]
    fn other_files_stay() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "something\n").unwrap();
        assert!(Journal::open(dir.path()).is_err());
        assert_eq!(std::fs::read_to_string(dir.path().join(FILE)).unwrap(), "something\n");
    }

    #[test]
    fn shards_are_joined_in_order() {
        let dirs: Vec<_> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
        for (dir, rows) in dirs.iter().zip([[0, 2], [1, 3]]) {
            let journal = Journal::open(dir.path()).unwrap();
            for i in rows {
                journal.add(&i.to_string(), &example(i, 1, 100.0 + i as f64)).unwrap();
            }
        }
        let folders: Vec<PathBuf> = dirs.iter().map(|d| d.path().into()).collect();
        let rows = Journal::merged(&folders).unwrap();
        assert_eq!(rows.iter().map(|r| r.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
        Journal::open(&folders[0]).unwrap().add("other", &example(1, 9, 9.0)).unwrap();
        assert!(Journal::merged(&folders).is_err());
    }
}
