//! Files that appear whole or not at all, and files of others that stay as they are.
//!
//! **Ownership.** Every file that holigen writes ends in a line with the SHA-256 of all that stands before it
//! (in JSON it is the last key). So a file says for itself whether it is holigen's and unmodified: that
//! survives a copy to another folder, a lost manifest, and a run that was interrupted between two files, none of
//! which a list of checksums in the manifest would. Line ends are compared as `\n`, since version control may have
//! changed them on the way.
//!
//! **Atomicity.** All files are first written to a temporary folder on the same file system. A new output folder
//! is that folder renamed; into an existing one the files are renamed one by one, after all of them were written.
use crate::failure::Failure;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// Files for one folder: names and their text, without the checksum.
pub struct Folder {
    /// Where they go.
    pub path: PathBuf,
    /// File name and text.
    pub files: Vec<(String, String)>,
}

/// What stands before and behind the checksum in a language's comment.
fn comment(name: &str) -> (&'static str, &'static str) {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "v" | "sv" | "cpp" | "h" | "mlir" | "cst" => ("// holigen-sha256: ", ""),
        "vhd" => ("-- holigen-sha256: ", ""),
        "html" | "svg" => ("<!-- holigen-sha256: ", " -->"),
        _ => ("# holigen-sha256: ", ""),
    }
}

const JSON_KEY: &str = ",\n  \"sha256\": \"";
const JSON_END: &str = "\"\n}\n";

/// Hexadecimal digits of the SHA-256.
pub fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut s, byte| {
        let _ = write!(s, "{byte:02x}");
        s
    })
}

/// The text as it is written: with its checksum.
pub fn sealed(name: &str, text: &str) -> String {
    if name.ends_with(".csv") {
        // For programs that take every line as a row: whoever writes one keeps its checksum elsewhere.
        return text.into();
    }
    if name.ends_with(".json") {
        let body = text.trim_end().trim_end_matches('}').trim_end();
        return format!("{body}{JSON_KEY}{}{JSON_END}", sha256(body));
    }
    let (before, behind) = comment(name);
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    let body = format!("{text}{newline}");
    format!("{body}{before}{}{behind}\n", sha256(&body))
}

/// Whether a file's text is holigen's own, as it was written.
fn is_own(name: &str, text: &str) -> bool {
    let text = text.replace("\r\n", "\n");
    let (before, behind) = if name.ends_with(".json") {
        (JSON_KEY, JSON_END)
    } else {
        let (before, behind) = comment(name);
        (before, if behind.is_empty() { "\n" } else { " -->\n" })
    };
    let Some(rest) = text.strip_suffix(behind) else { return false };
    let Some((body, sum)) = rest.rsplit_once(before) else { return false };
    sha256(body) == sum
}

/// Tries whether a folder can be written, before time is spent on what would go there, and that no file of
/// somebody else is in the way.
///
/// # Errors
/// [`Failure::Usage`], with what to do about it.
pub fn preflight<'a>(
    folder: &Path,
    names: impl IntoIterator<Item = &'a str>,
    force: bool,
) -> Result<(), Failure> {
    // The first ancestor that exists has to be a folder and to take a file.
    let mut there = folder;
    let metadata = loop {
        match std::fs::metadata(there) {
            Ok(metadata) => break metadata,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                // A dangling link is there without leading anywhere: nothing can be made in its place.
                if std::fs::symlink_metadata(there).is_ok() {
                    return Err(unusable(folder, &format!("{} is a link to nowhere", there.display())));
                }
                there = match there.parent() {
                    Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
                    Some(parent) => parent,
                    None => return Err(unusable(folder, "no such file system")),
                };
            }
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => {
                return Err(unusable(folder, "a part of the path is a file"));
            }
            Err(e) => return Err(unusable(folder, &e.to_string())),
        }
    };
    if !metadata.is_dir() {
        return Err(unusable(folder, &format!("{} is a file", there.display())));
    }
    // An unnamed file: whatever happens, nothing of it stays. On a read-only folder this is where we learn of it.
    tempfile::tempfile_in(there)
        .map_err(|e| unusable(folder, &format!("{} can't be written ({})", there.display(), e.kind())))?;
    if folder == there && !force {
        for name in names {
            protect(&folder.join(name), name)?;
        }
    }
    Ok(())
}

fn unusable(folder: &Path, why: &str) -> Failure {
    Failure::usage(format!(
        "output folder {}: {why}\n  choose a folder that can be written, with --out-dir",
        folder.display()
    ))
}

/// Refuses a file that is not holigen's own, or was edited since.
fn protect(path: &Path, name: &str) -> Result<(), Failure> {
    let kept = |why: &str| {
        Err(Failure::usage(format!(
            "{} {why}; nothing was written\n  give --force to overwrite it, or another folder with --out-dir",
            path.display()
        )))
    };
    match std::fs::read(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) if path.is_dir() => kept("is a folder"),
        Err(e) => kept(&format!("can't be read ({})", e.kind())),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) if is_own(name, &text) => Ok(()),
            Ok(text) if text.contains("holigen-sha256: ") || text.contains(JSON_KEY) => {
                kept("was edited since holigen wrote it, and is kept")
            }
            _ => kept("was not written by holigen, and is kept"),
        },
    }
}

/// Writes all files of all folders; on an error, none of a folder whose turn had not come.
///
/// # Errors
/// [`Failure::Usage`] if a folder can't be written or holds somebody else's files.
pub fn write<'a>(folders: impl IntoIterator<Item = &'a Folder>, force: bool) -> Result<(), Failure> {
    let folders: Vec<&Folder> = folders.into_iter().collect();
    // Again, since the check may have taken minutes.
    for f in &folders {
        preflight(&f.path, f.files.iter().map(|(name, _)| name.as_str()), force)?;
    }
    let staged: Vec<_> = folders.iter().map(|f| stage(f)).collect::<Result<_, _>>()?;
    for (folder, temporary) in folders.into_iter().zip(staged) {
        publish(folder, temporary).map_err(|e| unusable(&folder.path, &e.to_string()))?;
    }
    Ok(())
}

/// Writes files into a folder in which others of ours may grow meanwhile; tables (CSV) have been looked at by the
/// caller.
///
/// # Errors
/// As [`write()`].
pub fn write_beside(folder: &Folder, force: bool) -> Result<(), Failure> {
    let sealed = folder.files.iter().map(|(name, _)| name.as_str()).filter(|n| !n.ends_with(".csv"));
    preflight(&folder.path, sealed, force)?;
    let temporary = stage(folder)?;
    publish(folder, temporary).map_err(|e| unusable(&folder.path, &e.to_string()))
}

/// Refuses a file that is there, unless it may be overwritten.
///
/// # Errors
/// [`Failure::Usage`], with what to do about it.
pub fn vacant(path: &Path, force: bool) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::usage(format!("{} is a folder; a file is wanted", path.display())));
    }
    if path.exists() && !force {
        return Err(Failure::usage(format!(
            "{} is there already, and is kept\n  give --force to overwrite it, or another name",
            path.display()
        )));
    }
    Ok(())
}

/// Writes a single file of any bytes: whole or not at all.
///
/// # Errors
/// As [`vacant`]; or it can't be written.
pub fn write_file(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    vacant(path, force)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".holigen-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|e| Failure::usage(format!("{} can't be written ({e})", path.display())))
}

/// The files in a temporary folder on the file system of their destination.
fn stage(folder: &Folder) -> Result<tempfile::TempDir, Failure> {
    let make = || -> io::Result<tempfile::TempDir> {
        let beside = if folder.path.is_dir() {
            folder.path.clone()
        } else {
            let parent = folder.path.parent().filter(|p| !p.as_os_str().is_empty());
            let parent = parent.unwrap_or(Path::new("."));
            fs_err::create_dir_all(parent)?;
            parent.into()
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".holigen-");
        #[cfg(unix)]
        {
            // The folder may become the output folder: it gets the usual rights, not those of a private one.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o777));
        }
        let temporary = builder.tempdir_in(beside)?;
        for (name, text) in &folder.files {
            fs_err::write(temporary.path().join(name), sealed(name, text))?;
        }
        Ok(temporary)
    };
    make().map_err(|e| unusable(&folder.path, &e.to_string()))
}

/// Moves the staged files to their place.
fn publish(folder: &Folder, temporary: tempfile::TempDir) -> io::Result<()> {
    if !folder.path.exists() && fs_err::rename(temporary.path(), &folder.path).is_ok() {
        // It is no longer temporary, and no longer there: nothing is to be removed.
        let _ = temporary.keep();
        return Ok(());
    }
    fs_err::create_dir_all(&folder.path)?;
    for (name, _) in &folder.files {
        fs_err::rename(temporary.path().join(name), folder.path.join(name))?;
    }
    temporary.close()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_know_whether_they_were_edited() {
        for name in ["x.v", "x.vhd", "x.core", "x.html", "x_tb.cpp", "x.json"] {
            let text = if name == "x.json" { "{\n  \"a\": 1\n}\n" } else { "first line\nsecond" };
            let written = sealed(name, text);
            assert!(is_own(name, &written), "{name}:\n{written}");
            assert!(is_own(name, &written.replace('\n', "\r\n")), "{name}");
            assert!(!is_own(name, &written.replacen(['i', 'a'], "z", 1)), "{name}");
            assert!(!is_own(name, &format!("{written}\n")), "{name}");
            assert!(!is_own(name, text), "{name}");
            assert!(!is_own(name, ""), "{name}");
        }
    }

    #[test]
    fn sealed_json_is_json() {
        let sealed = sealed("x.json", "{\n  \"a\": 1\n}\n");
        let value: serde_json::Value = serde_json::from_str(&sealed).unwrap();
        assert_eq!(value["a"], 1);
        assert!(value["sha256"].is_string());
    }
}
