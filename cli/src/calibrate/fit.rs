//! The wires of a target's estimates, fitted to routed cores.
//!
//! Delays of cells are those that place and route reports; where wires go is its secret, so their delays are chosen to
//! come near to the routed clocks of half of the cores. The other half judges them.
use super::compare::{Row, again};
use holigen_generator::target::{Target, Timing};
use holigen_generator::timing::Covered;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What an estimate may be off.
const NEAR: f64 = 0.15;
/// Sweeps over all parameters, each with smaller steps.
const ROUNDS: u32 = 14;

/// A routed core.
pub struct Core {
    covered: Covered,
    routed_mhz: f64,
}

/// A parameter: its name in a target file, itself, the range it is searched in.
struct Parameter(&'static str, fn(&mut Timing) -> &mut f64, f64, f64);

const PARAMETERS: &[Parameter] = &[
    Parameter("wire_ps", |t| &mut t.wire_ps, 0.0, 1500.0),
    Parameter("wire_per_log2_load_ps", |t| &mut t.wire_per_log2_load_ps, 0.0, 400.0),
    Parameter("wire_per_log2_area_ps", |t| &mut t.wire_per_log2_area_ps, 0.0, 200.0),
    Parameter("path_per_log2_area_ps", |t| &mut t.path_per_log2_area_ps, 0.0, 400.0),
    Parameter("setup_ps", |t| &mut t.setup_ps, 0.0, 900.0),
    Parameter("enable_ps", |t| &mut t.enable_ps, 0.0, 2000.0),
    Parameter("reset_ps", |t| &mut t.reset_ps, 0.0, 2000.0),
    Parameter("global_ps", |t| &mut t.global_ps, 0.0, 3000.0),
    Parameter("wide_to_register_ps", |t| &mut t.wide_to_register_ps, 0.0, 900.0),
    Parameter("chain_in_ps", |t| &mut t.chain_in_ps, 0.0, 2000.0),
    Parameter("carry_ps", |t| &mut t.carry_ps, 0.0, 300.0),
];

/// The cores behind rows of a table that are still made as they were.
pub fn cores(target: &Target, rows: Vec<Row>) -> Vec<Core> {
    let core = |row: Row| {
        let (row, compiled) = again(row)?;
        Some(Core { covered: Covered::new(&compiled.module, target)?, routed_mhz: row.routed_mhz })
    };
    rows.into_iter().filter_map(core).collect()
}

/// Fitted wires, and how good they are.
pub struct Fit {
    timing: Timing,
    fitted: Half,
    judged: Half,
}

/// How good estimates of some cores are.
struct Half {
    cores: usize,
    within_15_percent: usize,
    /// Root of the mean square of the logarithm of estimate over routed clock.
    spread: f64,
}

impl Half {
    fn share(&self) -> f64 {
        100.0 * self.within_15_percent as f64 / self.cores.max(1) as f64
    }
}

/// The best of several searches: parameters stand in for each other, so that one search ends near where it began.
pub fn fit(start: &Timing, cores: &[Core]) -> Fit {
    let training: Vec<&Core> = cores.iter().step_by(2).collect();
    let judges: Vec<&Core> = cores.iter().skip(1).step_by(2).collect();
    let with = |(wire, path): (f64, f64)| Timing {
        wire_ps: wire,
        path_per_log2_area_ps: path,
        wire_per_log2_area_ps: 0.0,
        ..start.clone()
    };
    let others = [(200.0, 100.0), (400.0, 50.0), (600.0, 0.0)].map(with);
    let found = [start.clone()].into_iter().chain(others).map(|t| search(t, &training));
    let best = found.min_by(|a, b| cost(a, &training).total_cmp(&cost(b, &training)));
    let timing = best.expect("it began somewhere");
    let (fitted, judged) = (half(&timing, &training), half(&timing, &judges));
    Fit { timing, fitted, judged }
}

/// Chooses one parameter after the other, until no step helps.
fn search(start: Timing, training: &[&Core]) -> Timing {
    let mut timing = start;
    for round in 0..ROUNDS {
        let step = 0.25 * 0.75f64.powi(round as i32);
        for Parameter(_, of, low, high) in PARAMETERS {
            let now = *of(&mut timing);
            let mut best = (cost(&timing, training), now);
            for k in [-1.0, -0.5, -0.25, 0.25, 0.5, 1.0] {
                let value = (now + k * step * (high - low)).clamp(*low, *high);
                *of(&mut timing) = value;
                let found = cost(&timing, training);
                if found < best.0 {
                    best = (found, value);
                }
            }
            *of(&mut timing) = best.1;
        }
    }
    timing
}

/// Logarithm of estimate over routed clock.
fn error(timing: &Timing, core: &Core) -> f64 {
    let estimate = core.covered.estimate(timing).map_or(core.routed_mhz, |e| 1e6 / e.period_ps);
    (estimate / core.routed_mhz).ln()
}

/// Squares, but straight beyond what is far off anyway; and a step where an estimate leaves what is near.
fn cost(timing: &Timing, cores: &[&Core]) -> f64 {
    let each = cores.iter().map(|c| {
        let e = error(timing, c).abs();
        let square = if e < 2.0 * NEAR { e * e } else { 4.0 * NEAR * e - 4.0 * NEAR * NEAR };
        square + 0.02 / (1.0 + ((NEAR - e) / 0.02).exp())
    });
    each.sum::<f64>() / cores.len() as f64
}

fn half(timing: &Timing, cores: &[&Core]) -> Half {
    let errors: Vec<f64> = cores.iter().map(|c| error(timing, c)).collect();
    let square = errors.iter().map(|e| e * e).sum::<f64>() / errors.len().max(1) as f64;
    let within_15_percent = errors.iter().filter(|e| (e.exp() - 1.0).abs() <= NEAR).count();
    Half { cores: cores.len(), within_15_percent, spread: square.sqrt() }
}

impl Fit {
    fn values(&self) -> Vec<(&'static str, f64)> {
        let mut timing = self.timing.clone();
        PARAMETERS.iter().map(|Parameter(name, of, ..)| (*name, of(&mut timing).round())).collect()
    }

    /// As lines of a target file.
    pub fn told(&self) -> String {
        let mut out = String::new();
        for (what, half) in [("fitted to", &self.fitted), ("judged by", &self.judged)] {
            let _ = writeln!(
                out,
                "# {what} {} cores: {:.1} % within 15 %, spread {:.3}",
                half.cores,
                half.share(),
                half.spread
            );
        }
        for (name, value) in self.values() {
            let _ = writeln!(out, "{name} = {value}");
        }
        out
    }

    /// The same as JSON.
    pub fn json(&self, target: &str) -> Value {
        let half = |h: &Half| json!({ "cores": h.cores, "within_15_percent": h.within_15_percent, "spread": h.spread });
        let values: serde_json::Map<String, Value> =
            self.values().into_iter().map(|(n, v)| (n.to_owned(), json!(v))).collect();
        json!({ "target": target, "fitted": half(&self.fitted), "judged": half(&self.judged), "timing": values })
    }
}
