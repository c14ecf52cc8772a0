//! Results that are kept, by the content of what they depend on: text of the core, device, settings, and the programs.
use crate::device::Device;
use crate::flow::{Design, Settings};
use crate::report::Report;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Where results are kept: `HOLIGEN_CACHE`, else the user's folder for such things; `None` if there is none.
pub fn folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("HOLIGEN_CACHE");
    let user = || set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|h| h.join(".cache")));
    base.or_else(|| user().map(|u| u.join("holigen")))
}

/// The place of one result.
#[derive(Clone, Debug)]
pub struct Entry(PathBuf);

impl Entry {
    /// Where the result of a run is or will be; `None` without a folder, or if a program isn't there.
    pub fn of(device: Device, design: &Design<'_>, settings: &Settings) -> Option<Entry> {
        let mut sum = Sha256::new();
        let mut add = |text: &str| {
            sum.update((text.len() as u64).to_le_bytes());
            sum.update(text);
        };
        add("holigen synth 1");
        add(&format!("{device:?} {}", device.synthesis(settings.dsp)));
        device.options().into_iter().for_each(&mut add);
        add(design.verilog);
        add(&format!("{} {:?} {:?}", settings.mhz, settings.seeds, settings.delays));
        for tool in device.tools() {
            // A new version is another file: asking each for its version would take longer than this look-up.
            let program = tool.find().ok()?.canonicalize().ok()?;
            add(&format!("{} {}", program.display(), stamp(&program)?));
        }
        let name = sum.finalize().iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
        Some(Entry(folder()?.join("synth").join(format!("{name}.json"))))
    }

    /// The result, if it is there.
    pub fn read(&self) -> Option<Report> {
        serde_json::from_str(&std::fs::read_to_string(&self.0).ok()?).ok()
    }

    /// Keeps a result. A cache that can't be written costs time later and is no error now.
    pub fn write(&self, report: &Report) {
        let (Some(folder), Ok(text)) = (self.0.parent(), serde_json::to_string(report)) else { return };
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(folder)?;
            // Whole or not at all: others may read at the same time.
            let file = tempfile::NamedTempFile::new_in(folder)?;
            std::fs::write(file.path(), text)?;
            file.persist(&self.0).map(drop).map_err(|e| e.error)
        };
        let _ = write();
    }
}

/// Size and time of a program's file. A wrapper of PyPI stays the same over versions, the package's folder does not.
fn stamp(program: &Path) -> Option<String> {
    let about = |path: &Path| {
        let m = path.metadata().ok()?;
        let time = m.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{} {}", m.len(), time.as_nanos()))
    };
    let mut all = about(program)?;
    let packages = program.parent().and_then(Path::parent).map(|p| p.join("lib"));
    let module = program.file_name()?.to_str()?.replace('-', "_");
    for python in packages.and_then(|p| std::fs::read_dir(p).ok()).into_iter().flatten().flatten() {
        if let Some(a) = about(&python.path().join("site-packages").join(&module)) {
            all.push_str(&format!(" {a}"));
        }
    }
    Some(all)
}
