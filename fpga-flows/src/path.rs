//! The slowest path, told in the core's own names.
use crate::frame::INSTANCE;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The slowest path between two registers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Critical {
    /// Signal of the core in which it starts; `input` and `result` are the registers around the core.
    pub from: String,
    /// Signal of the core in which it ends.
    pub to: String,
    /// All of it.
    pub total_ns: f64,
    /// Cells: clock to output, tables, carries, setup.
    pub logic_ns: f64,
    /// Wires. In an estimate typical wires are part of the cells.
    pub routing_ns: f64,
    /// Its way; a carry chain is one segment.
    pub segments: Vec<Segment>,
}

/// A cell with the wire that leads to it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Segment {
    /// What it is: `clk-to-q`, `logic`, `carry`, `mux`, `setup`.
    pub kind: String,
    /// Signal that enters it, or the signal on the way to which it lies; empty for the first.
    pub signal: String,
    /// Delay of that signal's wire.
    pub routing_ns: f64,
    /// Delay of the cell.
    pub logic_ns: f64,
}

/// To so many decimal places: tools print noise behind them.
pub(crate) fn rounded(x: f64, places: i32) -> f64 {
    (x * 10f64.powi(places)).round() / 10f64.powi(places)
}

impl Critical {
    /// In whole picoseconds.
    pub(crate) fn rounded(mut self) -> Self {
        for ns in [&mut self.total_ns, &mut self.logic_ns, &mut self.routing_ns] {
            *ns = rounded(*ns, 3);
        }
        for s in &mut self.segments {
            (s.logic_ns, s.routing_ns) = (rounded(s.logic_ns, 3), rounded(s.routing_ns, 3));
        }
        self
    }
}

/// A path of nextpnr's report in our words.
pub(crate) fn of_nextpnr(path: &Value, signals: &[String]) -> Option<Critical> {
    let steps = path["path"].as_array()?;
    let name = |text: &str| signal_name(text, signals);
    let mut segments: Vec<Segment> = Vec::new();
    let (mut wire, mut signal) = (0.0, String::new());
    for s in steps {
        let delay = s["delay"].as_f64()?;
        let kind = s["type"].as_str()?;
        if kind == "routing" {
            wire += delay;
            signal = name(s["net"].as_str().unwrap_or_default());
            continue;
        }
        let port = |end: &str| s[end]["port"].as_str().unwrap_or_default();
        let (enters, leaves) = (port("from"), port("to"));
        let chained = |p: &str| matches!(p, "FCI" | "FCO" | "CIN" | "COUT");
        let joins = chained(enters) && segments.last().is_some_and(|l| l.kind == "carry");
        if let (true, Some(last)) = (joins, segments.last_mut()) {
            last.logic_ns += delay;
            last.routing_ns += wire;
        } else {
            let kind = if chained(enters) || chained(leaves) { "carry" } else { kind };
            segments.push(Segment { kind: kind.into(), signal, routing_ns: wire, logic_ns: delay });
        }
        (wire, signal) = (0.0, String::new());
    }
    let cell = |s: Option<&Value>, end: &str| name(s.and_then(|s| s[end]["cell"].as_str()).unwrap_or("?"));
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

/// The signal of the core that a cell or net is named after. Yosys names what it adds after the signal it leads to
/// (`sum_CCU2C_S0_COUT`), nextpnr goes on from there: the longest known name that such a name starts with.
pub(crate) fn signal_name(name: &str, signals: &[String]) -> String {
    let name = name.trim_start_matches('\\');
    let own = name.strip_prefix(INSTANCE).and_then(|n| n.strip_prefix('.'));
    let Some(own) = own else {
        // Registers of the frame: what enters the core and what has left it.
        let frame = [("feed", "input"), ("taken", "result"), ("drain", "result"), ("results", "result")];
        let of = |place: &str| name.strip_prefix(place).is_some_and(ends);
        return frame.iter().find(|f| of(f.0)).map_or_else(|| bare(name, signals), |f| f.1.to_owned());
    };
    bare(own, signals)
}

/// Whether a name may end before `rest`: an index, or what a tool appends in capitals or with a `$`.
fn ends(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        None | Some('[' | ' ' | '$') => true,
        Some('_') => chars.next().is_some_and(|c| c.is_ascii_uppercase() || c == '$'),
        _ => false,
    }
}

fn bare(name: &str, signals: &[String]) -> String {
    let known = signals.iter().filter(|s| name.strip_prefix(s.as_str()).is_some_and(ends));
    match known.max_by_key(|s| s.len()) {
        Some(s) => s.clone(),
        None if name.starts_with('$') => "?".into(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_signals() {
        let signals = ["sum", "sum_s2", "r", "x_S"].map(String::from);
        for (found, expected) in [
            ("core.sum_CCU2C_S0_COUT", "sum"),
            ("core.sum_s2_SB_DFF_Q_49_D_SB_LUT4_O_I2_SB_LUT4_O_LC", "sum_s2"),
            ("core.sum_s2[3]", "sum_s2"),
            ("\\core.r", "r"),
            ("core.x_S", "x_S"),
            ("feed_TRELLIS_FF_Q_7", "input"),
            ("taken[3]", "result"),
            ("sum$abc$12", "sum"),
            ("$auto$17", "?"),
            ("core.summit", "summit"),
        ] {
            assert_eq!(signal_name(found, &signals), expected, "{found}");
        }
    }
}
