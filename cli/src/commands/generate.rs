//! `holigen <operator>`.
use crate::args::{GenerateArgs, Running, Writing};
use crate::failure::{Failure, note, say};
use crate::output;
use crate::pipeline::{self, Job, Made, Settings};
use crate::report;
use holigen_generator::compile::Compiled;
use holigen_operators::Instance;

/// The settings of a command line.
fn settings(args: &GenerateArgs) -> Settings {
    let Writing { lang, tb, check, out_dir } = args.writing.clone();
    Settings { lang, tb, check, out_dir, ..Settings::new(&args.compiling) }
}

/// Generates one core.
pub fn run(instance: Instance, args: &GenerateArgs) -> Result<(), Failure> {
    let job = pipeline::resolve(instance, settings(args))?;
    let made = make(job, args.running.force)?;
    output::write(std::slice::from_ref(&made.folder), args.running.force)?;
    tell(&[made], &args.running, false)
}

/// Everything but writing.
pub fn make(job: Job, force: bool) -> Result<Made, Failure> {
    // Before the work, so that nobody waits for a check to hear that the folder is no good.
    pipeline::preflight(&job, force)?;
    let compiled: Compiled = pipeline::netlist(&job)?;
    let report = pipeline::check(&job, &compiled, job.check)?;
    pipeline::render(job, compiled, report)
}

/// Tells what was made: for people, or as manifests.
pub fn tell(all: &[Made], running: &Running, list: bool) -> Result<(), Failure> {
    for made in all {
        if running.explain {
            let s = &made.job.settings;
            let budget = if made.job.freq > 0.0 { s.target.budget(made.job.freq) } else { f64::INFINITY };
            let text = report::schedule(&made.job.name, &made.compiled, budget);
            // Standard output is the manifest's with --json.
            if running.json { note(&text) } else { say(&text)? }
        }
        note(report::closing(made).trim_end());
    }
    if !running.json {
        return Ok(());
    }
    // The bytes of the file, checksum included.
    let sealed = |m: &Made| output::sealed("manifest.json", &m.manifest);
    if list {
        let all: Vec<_> = all.iter().map(|m| sealed(m).trim_end().to_owned()).collect();
        return say(&format!("[{}]\n", all.join(",\n")));
    }
    all.iter().try_for_each(|m| say(&sealed(m)))
}
