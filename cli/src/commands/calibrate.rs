//! `holigen calibrate`: the delays of a target, measured; and its estimates beside routed cores.
use crate::args::CalibrateArgs;
use crate::calibrate::{circuits, compare, fit};
use crate::failure::{Failure, note, say};
use crate::flows;
use crate::output::{self, Folder};
use crate::progress::Progress;
use serde_json::json;
use std::path::PathBuf;

/// Measures.
pub fn run(args: &CalibrateArgs) -> Result<(), Failure> {
    let target = &args.target;
    let device = flows::device(target)?;
    if !device.flow.routes() {
        return Err(Failure::usage(format!(
            "--target {}: nothing routes for it here, so there is nothing to measure\n  targets that are routed: {}",
            target.name,
            holigen_fpga_flows::Device::ALL
                .iter()
                .filter(|d| d.flow.routes())
                .map(|d| d.target)
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    let folder =
        args.out_dir.clone().unwrap_or_else(|| PathBuf::from(format!("calibration_{}", target.name)));
    match args.compare {
        None if args.fit => wires(args, &folder),
        None => table(args, device, folder),
        Some(count) => cores(args, count, folder),
    }
}

fn table(args: &CalibrateArgs, device: holigen_fpga_flows::Device, folder: PathBuf) -> Result<(), Failure> {
    let target = &args.target;
    let name = format!("{}_delays.toml", target.name);
    output::preflight(&folder, [name.as_str()], false)?;
    let progress = Progress::counting(&format!("circuits on {}", target.name), circuits::count(), "circuits");
    let all = circuits::run(target, device, args.seeds, !args.no_cache, &|| progress.add(1))?;
    drop(progress);
    let text = circuits::toml(target, device, &all, args.seeds);
    output::write_beside(&Folder { path: folder.clone(), files: vec![(name.clone(), text.clone())] }, false)?;
    note(&format!("{}", folder.join(name).display()));
    if args.json {
        let one = |m: &circuits::Measured| {
            json!({ "circuit": circuits::name(m.circuit), "bits": m.bits, "fmax_mhz": m.report.fmax_mhz,
                    "spread_percent": m.report.spread_percent, "tools": m.report.tools })
        };
        return say(&format!(
            "{:#}\n",
            json!({ "target": target.name, "samples": all.iter().map(one).collect::<Vec<_>>() })
        ));
    }
    say(&text)
}

fn cores(args: &CalibrateArgs, count: usize, folder: PathBuf) -> Result<(), Failure> {
    let target = &args.target;
    let order = compare::Order {
        target,
        count,
        seed: args.seed,
        seeds: args.seeds,
        largest: args.largest,
        cache: !args.no_cache,
    };
    output::preflight(&folder, [], false)?;
    let table = folder.join(format!("{}_cores.csv", target.name));
    let progress = Progress::counting(&format!("cores on {}", target.name), count as u64, "cores");
    let rows = compare::run(&order, &table, &|_, _| progress.add(1))?;
    drop(progress);
    let Some(summary) = compare::summary(&rows) else {
        return Err(Failure::usage(format!(
            "--largest {}: no core is that small; try --largest 1000",
            args.largest
        )));
    };
    if rows.len() < count {
        note(&format!("there are no more than {} such cores", rows.len()));
    }
    note(&format!("{}", table.display()));
    if args.json {
        return say(&format!("{:#}\n", json!({ "target": target.name, "summary": summary, "cores": rows })));
    }
    say(&summary.told(&rows))
}

fn wires(args: &CalibrateArgs, folder: &std::path::Path) -> Result<(), Failure> {
    let target = &args.target;
    let table = folder.join(format!("{}_cores.csv", target.name));
    let rows = compare::read(&table)?;
    let Some(start) = &target.timing else {
        return Err(Failure::usage(format!(
            "--target {}: its file has no [timing] to begin with\n  see generator/targets/ecp5.toml",
            target.name
        )));
    };
    let cores = fit::cores(target, rows);
    if cores.is_empty() {
        return Err(Failure::usage(format!(
            "{}: no routed cores there\n  make some: holigen calibrate --target {} --compare 200 -o {}",
            table.display(),
            target.name,
            folder.display()
        )));
    }
    let fitted = fit::fit(start, &cores);
    if args.json {
        return say(&format!("{:#}\n", fitted.json(&target.name)));
    }
    say(&fitted.told())
}
