//! What was measured and proved about a core after it was written: kept beside it, and shown in its datasheet.
//!
//! `synth` and `prove` with `--out-dir` add to `<name>.measured.json` in the folder of a core and bring its datasheet up
//! to date; generating the core again shows the same, as long as it is the same core. Which core it is, the checksum of
//! its Verilog text says, without the comment at its top.
use crate::datasheet;
use crate::failure::Failure;
use crate::output::{self, Folder};
use crate::pipeline::{Job, VERSION};
use crate::prove::mutation::Score;
use holigen_fpga_flows::Report;
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::verilog;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the prover said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// `proved`, `refuted` or `open`.
    pub answer: String,
    /// Statements that are proved.
    pub statements: Vec<String>,
}

/// All of it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    /// Version that wrote it last.
    pub holigen: String,
    /// Name of the module.
    pub module: String,
    /// Which core it is.
    pub core: String,
    /// What flows say, one for each device.
    pub synth: Vec<Report>,
    /// Of the last proof.
    pub proof: Option<Proof>,
    /// Of the last mutants.
    pub mutation: Option<Score>,
}

fn file(job: &Job) -> String {
    format!("{}.measured.json", job.name)
}

/// The checksum of a core's text.
pub fn identity(compiled: &Compiled) -> String {
    let mut module = compiled.module.clone();
    module.header.clear();
    output::sha256(&verilog::print(&module))
}

/// What is kept in a folder about this core; nothing of another one.
pub fn read(folder: &Path, job: &Job, compiled: &Compiled) -> Measured {
    let fresh = Measured { module: job.name.clone(), core: identity(compiled), ..Measured::default() };
    let text = std::fs::read_to_string(folder.join(file(job))).ok();
    let kept = text.and_then(|t| serde_json::from_str::<Measured>(&t).ok());
    kept.filter(|m| m.core == fresh.core).unwrap_or(fresh)
}

/// Whether a folder can take results about a core, before any are made.
///
/// # Errors
/// [`Failure::Usage`]: there is another core of that name, or the datasheet was edited.
pub fn preflight(folder: &Path, job: &Job, compiled: &Compiled) -> Result<(), Failure> {
    let sheet = format!("{}.html", job.name);
    output::preflight(folder, [file(job).as_str(), sheet.as_str()], false)?;
    match std::fs::read_to_string(folder.join(&sheet)) {
        Ok(text) if !text.contains(&identity(compiled)) => Err(Failure::usage(format!(
            "--out-dir {}: the core {} there is another one\n  give the folder of a core made with these options: {} -o {}",
            folder.display(),
            job.name,
            job.regenerate,
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Adds to what is kept about a core, and shows it in the datasheet if there is one.
///
/// # Errors
/// [`Failure::Usage`] if the folder can't be written.
pub fn record(
    folder: &Path,
    job: &Job,
    compiled: &Compiled,
    add: impl FnOnce(&mut Measured),
) -> Result<(), Failure> {
    let mut kept = read(folder, job, compiled);
    kept.holigen = VERSION.into();
    add(&mut kept);
    let text = serde_json::to_string_pretty(&kept).unwrap_or_default();
    let mut files = vec![(file(job), format!("{text}\n"))];
    let sheet = format!("{}.html", job.name);
    if let Ok(html) = std::fs::read_to_string(folder.join(&sheet)) {
        // The last line is the checksum, which is made anew.
        let body = html.trim_end().rsplit_once('\n').map_or("", |(body, _)| body);
        let rows = datasheet::measured(job, &kept);
        if let Some(html) = holigen_templates::with_measurements(body, &rows.0, &rows.1) {
            files.push((sheet, html));
        }
    }
    output::write_beside(&Folder { path: folder.to_owned(), files }, false)
}
