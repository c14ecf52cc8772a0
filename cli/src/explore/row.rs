//! What is known of a point.
use serde::{Deserialize, Serialize};

/// Where the figures of a row come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Area and clock after place and route.
    Routed,
    /// Area after synthesis; the clock is an estimate for the synthesised netlist.
    Synthesised,
    /// Both are the generator's estimates: no tool was run.
    Estimated,
}

impl Basis {
    /// As in tables.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Routed => "routed",
            Basis::Synthesised => "synthesised",
            Basis::Estimated => "estimated",
        }
    }
}

/// One point of a sweep. Sizes and clocks are absent if the core can't be made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// Number in the whole sweep.
    pub index: usize,
    /// Swept parameters and their values, in the order of the sweeps.
    pub point: Vec<(String, String)>,
    /// The command that makes the core.
    pub command: String,
    /// Where the figures come from.
    pub basis: Basis,
    /// MHz.
    pub requested_mhz: f64,
    /// MHz: achieved, or estimated, as `basis` says.
    pub fmax_mhz: Option<f64>,
    /// Lookup tables (gates of an ASIC).
    pub luts: Option<u64>,
    /// Carry cells; not estimated.
    pub carry: Option<u64>,
    /// Flip-flops.
    pub ff: Option<u64>,
    /// Multiplier blocks; not estimated.
    pub dsp: Option<u64>,
    /// Block RAM; not estimated.
    pub bram: Option<u64>,
    /// Clocks.
    pub latency: Option<u32>,
    /// Why there are no figures.
    pub error: Option<String>,
}

impl Row {
    /// The values in one word, for labels.
    pub fn label(&self) -> String {
        self.point.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ")
    }

    /// Area and clock, if both are known.
    pub fn figures(&self) -> Option<(u64, f64)> {
        Some((self.luts?, self.fmax_mhz?))
    }
}

/// The rows that no other row beats: none is as small and as fast, and better in one of both. Smallest first.
pub fn pareto(rows: &[Row]) -> Vec<&Row> {
    let mut all: Vec<(&Row, u64, f64)> =
        rows.iter().filter_map(|r| r.figures().map(|(area, mhz)| (r, area, mhz))).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1).then(b.2.total_cmp(&a.2)).then(a.0.latency.cmp(&b.0.latency)));
    let mut fastest = f64::NEG_INFINITY;
    all.retain(|(_, _, mhz)| {
        let better = *mhz > fastest;
        fastest = fastest.max(*mhz);
        better
    });
    all.into_iter().map(|(r, ..)| r).collect()
}

#[cfg(test)]
pub(super) fn example(index: usize, luts: u64, mhz: f64) -> Row {
    Row {
        index,
        point: vec![("freq".into(), format!("{mhz}"))],
        command: format!("holigen x --freq {mhz}"),
        basis: Basis::Estimated,
        requested_mhz: mhz,
        fmax_mhz: Some(mhz),
        luts: Some(luts),
        carry: None,
        ff: Some(1),
        dsp: None,
        bram: None,
        latency: Some(3),
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_holds_what_nothing_beats() {
        let rows =
            [example(0, 100, 300.0), example(1, 90, 200.0), example(2, 110, 300.0), example(3, 95, 190.0)];
        let front: Vec<_> = pareto(&rows).iter().map(|r| r.index).collect();
        assert_eq!(front, [1, 0]);
        let broken = Row { fmax_mhz: None, ..example(4, 1, 1.0) };
        assert!(pareto(&[broken]).is_empty());
    }
}
