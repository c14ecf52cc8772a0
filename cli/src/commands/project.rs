//! `holigen synth <operator> --project <tool>`: a project for a vendor's tool.
use crate::args::SynthArgs;
use crate::failure::{Failure, note, say};
use crate::flows;
use crate::manifest;
use crate::output::{self, Folder};
use crate::pipeline::{self, Settings, VERSION};
use holigen_fpga_flows::frame;
use holigen_fpga_flows::vendor::Part;
use holigen_generator::rtl::verilog;
use holigen_generator::target::Target;
use holigen_operators::Instance;
use holigen_templates::{Project, ProjectTool};
use serde_json::json;
use std::path::PathBuf;

/// Writes the project.
pub fn run(
    instance: Instance,
    args: &SynthArgs,
    tool: ProjectTool,
    target_given: bool,
) -> Result<(), Failure> {
    let targets = Part::targets(tool.name());
    let target = match target_given {
        true => args.compiling.target.clone(),
        false => Target::by_name(targets[0]).map_err(|e| Failure::usage(e.to_string()))?,
    };
    let Some(part) = Part::of(tool.name(), &target.name) else {
        return Err(Failure::usage(format!(
            "--project {}: does not build for --target {}\n  targets of {}: {}",
            tool.name(),
            target.name,
            tool.name(),
            targets.join(", ")
        )));
    };
    if let Some(p) = args.part.as_deref().filter(|p| !is_part(p)) {
        return Err(Failure::usage(format!("--part '{p}': not the name of a part; e.g. {}", part.name)));
    }
    let job = pipeline::resolve(instance, Settings { target, ..Settings::new(&args.compiling) })?;
    let name = &job.name;
    let folder = args.out_dir.clone().unwrap_or_else(|| PathBuf::from(format!("{name}_{}", tool.name())));
    let mhz = flows::clock(&job);
    let own = args.part.is_none();
    let project = Project {
        tool,
        module: name.clone(),
        top: format!("{name}_frame"),
        part: args.part.clone().unwrap_or_else(|| part.name.into()),
        mhz: mhz.to_string(),
        // Rounded down, so that the tool is never asked for less.
        period_ns: format!("{:.3}", (1e6 / mhz).floor() / 1e3),
        detail: part.detail.into(),
        // Of another package nothing is known.
        pins: (["clk", "serial_in", "serial_out"].iter().zip(part.pins))
            .map(|(port, pin)| (port.to_string(), if own { pin.to_owned() } else { String::new() }))
            .collect(),
        version: VERSION.into(),
    };
    let mut files = project.files();
    let script = files[0].0.clone();
    let others = [format!("{name}.v"), format!("{}.v", project.top)];
    output::preflight(&folder, files.iter().map(|f| &f.0).chain(&others).map(String::as_str), args.force)?;
    let mut compiled = pipeline::netlist(&job)?;
    let ports = manifest::ports(&job, &compiled);
    compiled.module.header = manifest::header(&job, &compiled, &ports).lines();
    let (inputs, outputs) = flows::ports(&compiled);
    let frame = frame(name, &project.top, compiled.module.clocked, &inputs, &outputs);
    let [core, top] = others;
    files.extend([(core, verilog::print(&compiled.module)), (top, frame)]);
    let names: Vec<String> = files.iter().map(|f| f.0.clone()).collect();
    output::write(&[Folder { path: folder.clone(), files }], args.force)?;
    if args.json {
        return say(&format!(
            "{:#}\n",
            json!({ "module": name, "project": tool.name(), "target": job.settings.target.name, "part": project.part,
                    "requested_mhz": mhz, "folder": folder.display().to_string(), "files": names })
        ));
    }
    note(&format!(
        "{name}: project for {}, {} at {mhz} MHz\n  files      {}\n  next       cd {} && {} {script}",
        tool.name(),
        project.part,
        names.iter().map(|n| folder.join(n).display().to_string()).collect::<Vec<_>>().join(" "),
        folder.display(),
        tool.command(),
    ));
    Ok(())
}

/// Letters, digits and what parts have between them: it goes into a script.
fn is_part(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}
