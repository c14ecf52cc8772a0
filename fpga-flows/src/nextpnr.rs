//! Place and route.
use crate::device::Device;
use crate::flow::{Design, FlowError, Settings, read, unusable};
use crate::path::{self, Critical};
use crate::report::Run;
use crate::tools::{ToolError, nextpnr_version};
use serde_json::Value;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A placement, with its critical path.
pub(crate) type Placed = (Run, Option<Critical>);

/// What a router gets where there is another: many times what it takes, for a start and for each lookup table.
const START: Duration = Duration::from_secs(60);
const TABLE: Duration = Duration::from_millis(50);

/// One placement a seed, as many at a time as there are processors; the router's version in front.
pub(crate) fn route(
    device: Device,
    folder: &Path,
    design: &Design<'_>,
    settings: &Settings,
    tables: u64,
    step: &(dyn Fn(&str) + Sync),
) -> Result<(String, Vec<Placed>), FlowError> {
    let Some(router) = device.router() else { return Ok((String::new(), Vec::new())) };
    let version = router.command()?.arg("--version").folder(folder).limit(settings.limit).run()?;
    let version = nextpnr_version(&version.all());
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
    let threads = if settings.threads == 0 { processors } else { settings.threads };
    std::thread::scope(|scope| {
        for _ in 0..threads.min(settings.seeds.len()) {
            scope.spawn(|| {
                while let Some(&seed) = settings.seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    step(&format!("place and route, seed {seed}"));
                    let result = once(device, folder, design, settings, tables, seed);
                    let failed = result.is_err();
                    found.lock().unwrap_or_else(|e| e.into_inner()).push((seed, result));
                    if failed {
                        // The others would fail alike.
                        next.store(settings.seeds.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(|e| e.into_inner());
    found.sort_by_key(|(seed, _)| *seed);
    let runs = found.into_iter().map(|(_, result)| result).collect::<Result<_, _>>()?;
    Ok((version, runs))
}

fn once(
    device: Device,
    folder: &Path,
    design: &Design<'_>,
    settings: &Settings,
    tables: u64,
    seed: u64,
) -> Result<Placed, FlowError> {
    let Some(router) = device.router() else { unreachable!("only devices with a router get here") };
    let file = format!("route_{seed}.json");
    let run = |more: &[&str], limit: Duration| -> Result<(), ToolError> {
        let run = router
            .command()?
            .args(device.options())
            .args(["--timing-allow-fail", "--quiet", "--json", "netlist.json", "--report", &file])
            .args(["--seed", &seed.to_string(), "--freq", &settings.mhz.to_string()])
            .args(more.iter().copied());
        run.folder(folder).limit(limit).succeed().map(drop)
    };
    let first = match device.other_router() {
        None => run(&[], settings.limit),
        Some(other) => {
            let patience = START + TABLE * u32::try_from(tables).unwrap_or(u32::MAX / 64);
            match run(&[], patience.min(settings.limit)) {
                Err(ToolError::TimedOut { .. }) if patience < settings.limit => run(&other, settings.limit),
                result => result,
            }
        }
    };
    first.map_err(|e| too_large(e, device))?;
    placement(&read(&folder.join(file))?, seed, design.signals).map_err(unusable(router.name))
}

/// Says what a placer means that finds no place.
fn too_large(e: ToolError, device: Device) -> ToolError {
    match e {
        ToolError::Failed { tool, why, command, tail }
            if tail.to_lowercase().contains("unable to place") || tail.contains("no BELs") =>
        {
            let why = format!("{why}; the core may be too large for {}", device.part);
            ToolError::Failed { tool, why, command, tail }
        }
        other => other,
    }
}

/// One run out of nextpnr's report.
fn placement(text: &str, seed: u64, signals: &[String]) -> Result<Placed, String> {
    let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let clocks = all["fmax"].as_object().ok_or("no fmax")?;
    let achieved = clocks.values().filter_map(|c| c["achieved"].as_f64());
    let fmax_mhz = achieved.min_by(f64::total_cmp).ok_or("no clock in fmax: are there registers?")?;
    let fmax_mhz = path::rounded(fmax_mhz, 2);
    let on_clock = |p: &Value, end: &str| p[end].as_str().is_some_and(|e| e.starts_with("posedge"));
    let paths = all["critical_paths"].as_array().map(Vec::as_slice).unwrap_or_default();
    let path = paths.iter().find(|p| on_clock(p, "from") && on_clock(p, "to"));
    Ok((Run { seed, fmax_mhz }, path.and_then(|p| path::of_nextpnr(p, signals))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_nextpnr() {
        let text = r#"{ "fmax": { "clk": { "achieved": 250.5, "constraint": 300 } }, "critical_paths": [
            { "from": "<async>", "to": "posedge clk", "path": [] },
            { "from": "posedge clk", "to": "posedge clk", "path": [
              { "type": "clk-to-q", "delay": 0.4, "from": { "cell": "core.x_s1_TRELLIS_FF_Q", "port": "Q" },
                "to": { "cell": "core.x_s1_TRELLIS_FF_Q", "port": "Q" } },
              { "type": "routing", "delay": 0.8, "net": "core.x_s1",
                "from": { "cell": "core.x_s1_TRELLIS_FF_Q", "port": "Q" }, "to": { "cell": "c", "port": "B" } },
              { "type": "logic", "delay": 0.3, "from": { "cell": "c", "port": "B" }, "to": { "cell": "c", "port": "FCO" } },
              { "type": "routing", "delay": 0.0, "net": "n", "from": { "cell": "c", "port": "FCO" },
                "to": { "cell": "d", "port": "FCI" } },
              { "type": "logic", "delay": 0.2, "from": { "cell": "d", "port": "FCI" }, "to": { "cell": "d", "port": "F" } },
              { "type": "routing", "delay": 0.5, "net": "core.sum_CCU2C_S0", "from": { "cell": "d", "port": "F" },
                "to": { "cell": "core.acc_q_TRELLIS_FF_Q_4", "port": "M" } },
              { "type": "setup", "delay": 0.0, "from": { "cell": "core.acc_q_TRELLIS_FF_Q_4", "port": "M" },
                "to": { "cell": "core.acc_q_TRELLIS_FF_Q_4", "port": "M" } } ] } ] }"#;
        let signals = ["x_s1", "x", "sum", "acc_q"].map(String::from);
        let (run, path) = placement(text, 3, &signals).unwrap();
        assert_eq!(run, Run { seed: 3, fmax_mhz: 250.5 });
        let path = path.unwrap();
        assert_eq!((path.from.as_str(), path.to.as_str()), ("x_s1", "acc_q"));
        assert!((path.logic_ns - 0.9).abs() < 1e-9 && (path.routing_ns - 1.3).abs() < 1e-9);
        let kinds: Vec<_> = path.segments.iter().map(|s| (s.kind.as_str(), s.signal.as_str())).collect();
        assert_eq!(kinds, [("clk-to-q", ""), ("carry", "x_s1"), ("setup", "sum")]);
    }
}
