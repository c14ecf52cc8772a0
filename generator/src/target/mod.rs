//! Targets: what an operation costs on a device, in picoseconds.
//!
//! A target is one file of `generator/targets/`, all of one schema ([`Target`]); the comments of the file say where its
//! figures come from. The formulas over the figures are in `delay.rs`. [`Target::all`] lists the targets in the order in
//! which the documentation names them.

mod delay;
mod timing;

use serde::Deserialize;
use std::sync::OnceLock;
pub use timing::{Multiplexers, Timing};

/// In the order of the documentation: the default first, then by vendor, the process without a device last.
const FILES: [(&str, &str); 11] = [
    ("kintex7", include_str!("../../targets/kintex7.toml")),
    ("artix7", include_str!("../../targets/artix7.toml")),
    ("ultrascaleplus", include_str!("../../targets/ultrascaleplus.toml")),
    ("ecp5", include_str!("../../targets/ecp5.toml")),
    ("ecp5-6", include_str!("../../targets/ecp5-6.toml")),
    ("ice40hx", include_str!("../../targets/ice40hx.toml")),
    ("nexus", include_str!("../../targets/nexus.toml")),
    ("gw2a", include_str!("../../targets/gw2a.toml")),
    ("gw1n", include_str!("../../targets/gw1n.toml")),
    ("cyclonev", include_str!("../../targets/cyclonev.toml")),
    ("asic", include_str!("../../targets/asic.toml")),
];

/// A device family, or a standard-cell process, with the delays of its primitives.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The name by which `--target` knows it.
    pub name: String,
    /// Other names for the same figures.
    pub aliases: Vec<String>,
    /// The tool's word for the family (`xc7`, `ecp5`, `ice40`, ...).
    pub family: String,
    /// One line for people.
    pub description: String,
    /// Lookup tables or gates.
    pub kind: Kind,
    /// Delay of one unit gate; only where [`Target::kind`] is [`Kind::Gates`].
    #[serde(default)]
    pub gate_ps: Option<f64>,
    /// Inputs of a lookup table; of a gate, for [`Kind::Gates`].
    pub lut_inputs: u32,
    /// Clock-to-q and setup of a register, paid once a stage.
    pub stage_overhead_ps: f64,
    /// One lookup table with typical routing.
    pub lut_level_ps: f64,
    /// Each load of a value beyond the first; 0 where it was not measured apart.
    pub fanout_per_load_ps: f64,
    /// The way to many loads, times the square root of their number less one: they need an area, which the wire crosses.
    #[serde(default)]
    pub fanout_per_root_ps: f64,
    /// Whether the way to a register's set or reset is longer than to its data, so that no constant shall become one.
    #[serde(default)]
    pub far_resets: bool,
    /// A register's synchronous set or reset, beyond what its data input would take; 0 where it was not measured apart.
    #[serde(default)]
    pub reset_ps: f64,
    /// The way from an adder to a second register of its sum: only one can be beside it. 0 where it was not measured apart.
    #[serde(default)]
    pub second_register_ps: f64,
    /// The way from the end of a carry chain to the start of another, beyond what an operand of an adder takes; 0 where it
    /// was not measured apart.
    #[serde(default)]
    pub next_chain_ps: f64,
    /// By what part of the period a routed path may take longer than estimated; 0 where it was not measured. A core that is
    /// expected to be as near to its clock has its full stages emptied where that takes hardly more registers.
    #[serde(default)]
    pub spread: f64,
    /// What adders are made of.
    pub carry_chain: CarryChain,
    /// Whether three numbers can be added in one carry chain.
    pub ternary_adder: bool,
    /// Whether carry chains add whole words where they can: each then reads few other chains, next to which it can stand.
    #[serde(default)]
    pub whole_words: bool,
    /// Adders, comparators and accumulator loops.
    pub add: AddLine,
    /// n-to-1 multiplexers.
    pub mux: LogLine,
    /// Barrel shifters of n positions.
    pub shift: LogLine,
    /// Leading-zero counters of n bits.
    pub lzc: LogLine,
    /// Multipliers outside of DSP blocks.
    pub mul: MulLine,
    /// The DSP block, if its figures are known.
    #[serde(default)]
    pub dsp: Option<Dsp>,
    /// The block RAM, if its figures are known.
    #[serde(default)]
    pub ram: Option<Ram>,
    /// Cells and wires of routed cores, for the estimate of a core's clock; `None` where they were not measured.
    #[serde(default)]
    pub timing: Option<Timing>,
    /// Measured clocks of small circuits, for comparison with the lines.
    #[serde(default, rename = "sample")]
    pub samples: Vec<Sample>,
}

/// What logic is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Lookup tables of [`Target::lut_inputs`] inputs.
    Lut,
    /// Gates of a standard-cell library.
    Gates,
}

/// The dedicated carry logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarryChain {
    /// None: adders are logic (parallel prefix).
    None,
    /// AMD CARRY4, four bits a slice.
    Carry4,
    /// AMD CARRY8, eight bits a slice.
    Carry8,
    /// Lattice CCU2C and CCU2, two bits.
    Ccu2,
    /// Lattice iCE40 SB_CARRY, one bit.
    SbCarry,
    /// Gowin ALU, one bit.
    Alu,
    /// Intel adaptive logic modules in arithmetic mode, two bits a module.
    Alm,
}

impl CarryChain {
    /// Bits of one cell of AMD's chains.
    pub fn cell_bits(self) -> u32 {
        if self == CarryChain::Carry8 { 8 } else { 4 }
    }

    /// Whether an adder bit is a lookup table before a carry multiplexer, which reads one operand as it is.
    pub fn has_multiplexers(self) -> bool {
        matches!(self, CarryChain::Carry4 | CarryChain::Carry8)
    }

    /// The longest sum that synthesis makes of tables alone.
    pub fn shortest(self) -> u32 {
        match self {
            CarryChain::None => u32::MAX,
            CarryChain::Ccu2 => 4,
            _ => 2,
        }
    }

    /// Bits of a cell whose last carry alone can leave the chain, as those of Lattice are.
    pub fn leaving(self) -> u32 {
        if self == CarryChain::Ccu2 { 2 } else { 1 }
    }

    /// Whether a sum bit above both operands is the carry itself, which leaves the chain for its register.
    pub fn ends_with_carry(self) -> bool {
        self == CarryChain::SbCarry
    }

    /// Whether synthesis computes one operand of an adder inside the chain's own lookup tables. CCU2C could as well,
    /// but Yosys leaves the logic in tables before it.
    pub fn absorbs(self) -> bool {
        matches!(self, CarryChain::Carry4 | CarryChain::Carry8)
    }
}

/// Delay of an adder over its width.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum AddLine {
    /// A carry chain: `base + per_chunk * ceil(bits / chunk_bits)`.
    Chain(ChainLine),
    /// A parallel prefix: `base + per_log2 * ceil(log2(bits))`.
    Prefix(LogLine),
}

/// A straight line over chunks of a carry chain.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainLine {
    /// Getting on and off the chain, routing included.
    pub base_ps: f64,
    /// One chunk of the chain.
    pub per_chunk_ps: f64,
    /// Bits of a chunk.
    pub chunk_bits: u32,
}

/// A straight line over the logarithm of the size.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogLine {
    /// The line at size 1; may be negative, since no operation falls under one lookup table.
    pub base_ps: f64,
    /// Each doubling of the size.
    pub per_log2_ps: f64,
}

/// Delay of a multiplier in logic.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum MulLine {
    /// Measured on n x n: `base + per_bit * n`.
    Linear(MulLinear),
    /// AND gates, compressors, and the adder of [`Target::add`].
    Tree(MulTree),
}

/// A straight line over the width of a square multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MulLinear {
    /// The line at width 0.
    pub base_ps: f64,
    /// Each bit of both operands.
    pub per_bit_ps: f64,
}

/// A compressor tree over the rows of a multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MulTree {
    /// The partial products.
    pub base_ps: f64,
    /// One level of 3:2 compressors.
    pub per_compressor_level_ps: f64,
}

/// A DSP block.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dsp {
    /// Bits of the wider factor, two's complement.
    pub a_bits: u32,
    /// Bits of the narrower factor, two's complement.
    pub b_bits: u32,
    /// Bits of the accumulator.
    pub acc_bits: u32,
    /// Register ranks that the block has for its full speed.
    pub pipeline: u32,
    /// The clock it reached, where it was measured.
    #[serde(default)]
    pub fmax_mhz: Option<f64>,
}

/// A block RAM.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ram {
    /// From the clock to data without the output register, beyond the overhead of a stage.
    pub access_ps: f64,
}

/// A measured circuit between registers.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// What stood between the registers.
    pub circuit: Circuit,
    /// Its width.
    pub bits: u32,
    /// The clock it reached.
    pub fmax_mhz: f64,
}

/// The circuit of a [`Sample`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Circuit {
    /// So many lookup tables, one after the other.
    Lut,
    /// One adder.
    Add,
    /// A multiplexer of so many ways.
    Mux,
    /// A barrel shifter of so many positions.
    Shift,
    /// The number of leading zeros of so many bits.
    Lzc,
    /// A product of two numbers of so many bits, in lookup tables.
    Mul,
    /// One bit that drives so many lookup tables; tells by its difference to one of them.
    Spread,
    /// A lookup table that drives the resets of so many registers; against one of `Spread`.
    Reset,
    /// An accumulator of so many positions whose sum the pipeline takes along.
    Loop,
}

/// No target has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown target '{name}'{}; the targets are {}", suggestion(.nearest), .known.join(", "))]
pub struct UnknownTarget {
    /// What was asked for.
    pub name: String,
    /// The known name that is most like it, if any is.
    pub nearest: Option<String>,
    /// All names, in documented order.
    pub known: Vec<String>,
}

fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |n| format!(", did you mean '{n}'?"))
}

impl Target {
    /// The target of a name or an alias, upper and lower case alike.
    pub fn by_name(name: &str) -> Result<Target, UnknownTarget> {
        let wanted = name.to_lowercase();
        let found = Self::all().iter().find(|t| t.names().any(|n| n == wanted));
        found.cloned().ok_or_else(|| {
            // A third of the letters may be wrong; beyond that a suggestion is a guess.
            let nearest = (Self::all().iter().flat_map(Target::names))
                .map(|n| (edit_distance(&wanted, n), n))
                .min_by_key(|(distance, _)| *distance)
                .filter(|(distance, n)| distance * 3 <= n.len().max(wanted.len()))
                .map(|(_, n)| n.to_owned());
            let known = Self::all().iter().map(|t| t.name.clone()).collect();
            UnknownTarget { name: name.to_owned(), nearest, known }
        })
    }

    /// Every target, in documented order.
    pub fn all() -> &'static [Target] {
        static ALL: OnceLock<Vec<Target>> = OnceLock::new();
        ALL.get_or_init(|| {
            let parse = |(name, text): (&str, &str)| {
                // The files are compiled in and a test reads each: no user can bring a wrong one.
                toml::from_str::<Target>(text).unwrap_or_else(|e| panic!("targets/{name}.toml: {e}"))
            };
            FILES.into_iter().map(parse).collect()
        })
    }

    /// Whether a lookup table has six inputs, so that it holds a 4:1 multiplexer.
    pub fn has_wide_tables(&self) -> bool {
        self.kind == Kind::Lut && self.lut_inputs >= 6
    }

    /// The standard-cell process at a delay of a unit gate (20 ps in the file).
    ///
    /// # Panics
    /// Unless the delay is positive and finite.
    #[track_caller]
    pub fn asic(gate_ps: f64) -> Target {
        assert!(gate_ps.is_finite() && gate_ps > 0.0, "a gate takes {gate_ps} ps; it must be positive");
        let mut target = Self::by_name("asic").expect("asic is in FILES");
        let scale = gate_ps / target.gate_ps.expect("asic.toml states its gate");
        target.gate_ps = Some(gate_ps);
        target.stage_overhead_ps *= scale;
        target.lut_level_ps *= scale;
        target.fanout_per_load_ps *= scale;
        target.fanout_per_root_ps *= scale;
        target.reset_ps *= scale;
        target.second_register_ps *= scale;
        target.next_chain_ps *= scale;
        match &mut target.add {
            AddLine::Chain(line) => {
                line.base_ps *= scale;
                line.per_chunk_ps *= scale;
            }
            AddLine::Prefix(line) => *line = line.scaled(scale),
        }
        target.mux = target.mux.scaled(scale);
        target.shift = target.shift.scaled(scale);
        target.lzc = target.lzc.scaled(scale);
        match &mut target.mul {
            MulLine::Linear(line) => {
                line.base_ps *= scale;
                line.per_bit_ps *= scale;
            }
            MulLine::Tree(tree) => {
                tree.base_ps *= scale;
                tree.per_compressor_level_ps *= scale;
            }
        }
        target
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

impl LogLine {
    fn scaled(self, scale: f64) -> LogLine {
        LogLine { base_ps: self.base_ps * scale, per_log2_ps: self.per_log2_ps * scale }
    }
}

/// Letters to insert, delete or replace (Levenshtein).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_their_targets() {
        for ((file, _), target) in FILES.iter().zip(Target::all()) {
            assert_eq!(*file, target.name);
            assert_eq!(target.gate_ps.is_some(), target.kind == Kind::Gates, "{file}");
            assert!(
                target.lut_inputs >= 2 && target.stage_overhead_ps > 0.0 && target.lut_level_ps > 0.0,
                "{file}"
            );
        }
        let mut names: Vec<_> = Target::all().iter().flat_map(Target::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "two targets share a name");
    }

    #[test]
    fn every_file_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/targets");
        let mut found: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let mut listed: Vec<_> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        found.sort();
        listed.sort();
        assert_eq!(found, listed);
    }

    #[test]
    fn aliases_and_case() {
        assert_eq!(Target::by_name("ecp5-8").unwrap().name, "ecp5");
        assert_eq!(Target::by_name("Kintex7").unwrap().name, "kintex7");
        assert_eq!(Target::by_name("nexus-9").unwrap().name, "nexus");
    }

    #[test]
    fn unknown_names_get_a_suggestion() {
        let error = Target::by_name("kintx7").unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("kintex7"));
        assert_eq!(
            error.to_string(),
            "unknown target 'kintx7', did you mean 'kintex7'?; the targets are kintex7, artix7, ultrascaleplus, \
             ecp5, ecp5-6, ice40hx, nexus, gw2a, gw1n, cyclonev, asic"
        );
        assert_eq!(Target::by_name("stratix10").unwrap_err().nearest, None);
    }

    #[test]
    fn a_gate_scales_everything() {
        let (twenty, ten) = (Target::by_name("asic").unwrap(), Target::asic(10.0));
        assert_eq!(Target::asic(20.0), twenty);
        for (a, b) in [
            (twenty.overhead(), ten.overhead()),
            (twenty.lut_level(), ten.lut_level()),
            (twenty.add(24), ten.add(24)),
            (twenty.mul(8, 8), ten.mul(8, 8)),
            (twenty.shift(16), ten.shift(16)),
            (twenty.mux_n(4), ten.mux_n(4)),
            (twenty.lzc(9), ten.lzc(9)),
        ] {
            assert!((a - 2.0 * b).abs() < 1e-9, "{a} {b}");
        }
    }
}
