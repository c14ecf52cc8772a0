//! What a flow reports, and how it is read from what the tools write.
use crate::device::Device;
use crate::path::{Critical, rounded};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Cells of a netlist by type.
pub type Cells = BTreeMap<String, u64>;

/// Where the clock of a report comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// Achieved by place and route.
    Routed,
    /// The longest path of the synthesised netlist, with the delays of a target: an estimate.
    Estimate,
}

/// What a flow found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Name of the flow.
    pub flow: String,
    /// Part and speed grade.
    pub device: String,
    /// Programs with their versions.
    pub tools: Vec<String>,
    /// The design is placed and routed.
    pub routed: bool,
    /// Where the clock comes from.
    pub clock: Clock,
    /// The clock asked for.
    pub requested_mhz: f64,
    /// Achieved after routing: median over the seeds; `None` without routing.
    pub fmax_mhz: Option<f64>,
    /// Largest less smallest, in percent of the median.
    pub spread_percent: Option<f64>,
    /// One for each seed, in their order.
    pub runs: Vec<Run>,
    /// An estimate from the synthesised netlist, where nothing is routed.
    pub estimate_mhz: Option<f64>,
    /// In the family's own units.
    #[serde(flatten)]
    pub area: Area,
    /// Of the run that is the median, or of the estimate.
    pub critical_path: Option<Critical>,
    /// All cells by type.
    pub cells: Cells,
}

/// Sizes. Cells that a family does not have are 0.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Area {
    /// Lookup tables of any size: LUT1 to LUT6, LUT6_2 (one), LUT4, SB_LUT4, MISTRAL_ALUT2 to 6.
    pub luts: u64,
    /// Carry cells: CARRY4, CARRY8, CCU2C, CCU2, SB_CARRY, ALU, MISTRAL_ALUT_ARITH. CCU2C and CCU2 have two lookup
    /// tables of their own, ALU and MISTRAL_ALUT_ARITH one.
    pub carry: u64,
    /// Flip-flops.
    pub ff: u64,
    /// Lookup tables used as shift registers.
    pub srl: u64,
    /// Wide multiplexers behind lookup tables: MUXF7 to MUXF9, PFUMX, L6MUX21, WIDEFN9, MUX2_LUT5 to 8.
    pub wide_mux: u64,
    /// Multiplier blocks.
    pub dsp: u64,
    /// Block RAM.
    pub bram: u64,
    /// Lookup tables used as RAM.
    pub lutram: u64,
}

/// One placement.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Of the placer.
    pub seed: u64,
    /// Achieved.
    pub fmax_mhz: f64,
}

impl Report {
    pub(crate) fn new(device: Device, requested_mhz: f64, area: Area, cells: Cells) -> Self {
        Report {
            flow: device.flow.name().into(),
            device: device.part.into(),
            tools: Vec::new(),
            routed: false,
            clock: if device.flow.routes() { Clock::Routed } else { Clock::Estimate },
            requested_mhz,
            fmax_mhz: None,
            spread_percent: None,
            runs: Vec::new(),
            estimate_mhz: None,
            area,
            critical_path: None,
            cells,
        }
    }

    pub(crate) fn set_estimate(&mut self, path: Option<Critical>) {
        // To a tenth: the delays are not better than that.
        self.estimate_mhz = path.as_ref().map(|p| rounded(1e3 / p.total_ns, 1));
        self.critical_path = path.map(Critical::rounded);
    }

    pub(crate) fn set_runs(&mut self, mut runs: Vec<(Run, Option<Critical>)>) {
        self.runs = runs.iter().map(|r| r.0).collect();
        runs.sort_by(|a, b| a.0.fmax_mhz.total_cmp(&b.0.fmax_mhz));
        let (Some(slowest), Some(fastest)) = (runs.first(), runs.last()) else { return };
        let (slowest, fastest) = (slowest.0.fmax_mhz, fastest.0.fmax_mhz);
        // Of an even number the lower one: a clock that was really achieved.
        let (run, path) = runs.swap_remove((runs.len() - 1) / 2);
        self.routed = true;
        self.fmax_mhz = Some(run.fmax_mhz);
        self.spread_percent = Some(rounded(100.0 * (fastest - slowest) / run.fmax_mhz, 2));
        self.critical_path = path.map(Critical::rounded);
    }

    /// Whether the clock asked for was reached; `None` without routing.
    pub fn meets(&self) -> Option<bool> {
        self.fmax_mhz.map(|f| f >= self.requested_mhz)
    }
}

/// Version and cells of a module from `stat -json` of Yosys.
pub(crate) fn statistics(text: &str, top: &str) -> Result<(String, Cells), String> {
    // Warnings may stand in front.
    let text = text.find('{').map_or(text, |i| &text[i..]);
    let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let creator = all["creator"].as_str().unwrap_or("Yosys");
    let version = creator.split(" (").next().unwrap_or(creator).to_owned();
    let modules = all["modules"].as_object().ok_or("no modules")?;
    let module = modules.iter().find(|(name, _)| name.trim_start_matches('\\') == top);
    let (_, module) = module.ok_or_else(|| format!("no module {top}"))?;
    let types = module["num_cells_by_type"].as_object();
    let cells = types.into_iter().flatten().map(|(kind, n)| (kind.clone(), n.as_u64().unwrap_or(0)));
    Ok((version, cells.collect()))
}

/// The sizes of a netlist.
pub(crate) fn area(cells: &Cells) -> Area {
    let mut a = Area::default();
    for (kind, n) in cells {
        let k = kind.as_str();
        let starts = |list: &[&str]| list.iter().any(|s| k.starts_with(s));
        let place = match k {
            "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "LUT6_2" | "SB_LUT4" => &mut a.luts,
            "CARRY4" | "CARRY8" | "CCU2C" | "CCU2" | "SB_CARRY" | "ALU" | "MISTRAL_ALUT_ARITH" => {
                &mut a.carry
            }
            "WIDEFN9" => {
                // Two lookup tables and the multiplexer behind them in one cell.
                a.luts += 2 * n;
                &mut a.wide_mux
            }
            "DP16KD" | "MISTRAL_M10K" | "PDPSC16K" | "PDPSC512K" | "SP16K" => &mut a.bram,
            "TRELLIS_DPR16X4" | "DPR16X4" | "MISTRAL_MLAB" => &mut a.lutram,
            _ if starts(&["MISTRAL_ALUT"]) => &mut a.luts,
            _ if starts(&["SRL"]) => &mut a.srl,
            _ if starts(&["MUXF", "PFUMX", "L6MUX21", "MUX2_LUT"]) => &mut a.wide_mux,
            _ if starts(&["FDRE", "FDSE", "FDCE", "FDPE", "TRELLIS_FF", "SB_DFF", "FD1P3", "DFF"]) => {
                &mut a.ff
            }
            "MISTRAL_FF" => &mut a.ff,
            _ if starts(&["DSP48", "MULT", "ALU54", "SB_MAC16", "MISTRAL_MUL", "MAC"]) => &mut a.dsp,
            _ if starts(&["RAMB", "SB_RAM40", "SDPB", "SDPX9B", "DPB", "DPX9B", "SPX9"]) => &mut a.bram,
            _ if starts(&["RAM"]) => &mut a.lutram,
            _ => continue,
        };
        *place += n;
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_yosys() {
        let text = r#"{ "creator": "Yosys 0.70 (git sha1 abc)", "modules": { "\\core": {
            "num_cells": 38, "num_cells_by_type": { "LUT2": 3, "LUT6": 2, "CARRY4": 4, "FDRE": 5, "FDSE": 1,
            "SRL16E": 7, "MUXF7": 1, "INV": 9, "RAMB18E1": 1, "RAM32M": 2 } } } }"#;
        let (version, cells) = statistics(text, "core").unwrap();
        assert_eq!(version, "Yosys 0.70");
        let a = area(&cells);
        assert_eq!((a.luts, a.carry, a.ff, a.srl, a.wide_mux), (5, 4, 6, 7, 1));
        assert_eq!((a.bram, a.lutram, a.dsp), (1, 2, 0));
        assert!(statistics("{}", "core").unwrap_err().contains("no modules"));
        assert!(statistics("nothing", "core").is_err());
    }

    #[test]
    fn the_median_is_a_clock_that_was_achieved() {
        let mut r = Report::new(Device::for_target("ecp5").unwrap(), 300.0, Area::default(), Cells::new());
        assert_eq!(r.meets(), None);
        let run = |seed, fmax_mhz| (Run { seed, fmax_mhz }, None);
        r.set_runs(vec![run(1, 310.0), run(2, 290.0), run(3, 301.0), run(4, 320.0)]);
        assert_eq!((r.fmax_mhz, r.meets()), (Some(301.0), Some(true)));
        assert_eq!(r.runs[0].seed, 1);
        assert_eq!(r.spread_percent, Some(9.97));
    }
}
