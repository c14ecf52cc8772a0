//! What commands take beside the parameters of an operator.
//!
//! Values are checked while they are read, so that a wrong one is reported with its option and what would be right.
use crate::explore::{Shard, Sweep};
use crate::numbers::{self, Amount};
use clap::{Args, ValueEnum};
use holigen_fpga_flows::Flow;
use holigen_generator::target::Target;
use holigen_templates::ProjectTool;
use std::path::PathBuf;

/// Languages to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Verilog-2001
    Verilog,
    /// VHDL-93
    Vhdl,
    /// MLIR: CIRCT's hw, comb and seq dialects
    Mlir,
    /// Verilog and VHDL
    All,
}

impl Language {
    /// As typed.
    pub fn name(self) -> &'static str {
        match self {
            Language::Verilog => "verilog",
            Language::Vhdl => "vhdl",
            Language::Mlir => "mlir",
            Language::All => "all",
        }
    }

    /// Whether Verilog is written.
    pub fn verilog(self) -> bool {
        matches!(self, Language::Verilog | Language::All)
    }

    /// Whether MLIR is written.
    pub fn mlir(self) -> bool {
        self == Language::Mlir
    }

    /// Whether VHDL is written.
    pub fn vhdl(self) -> bool {
        matches!(self, Language::Vhdl | Language::All)
    }
}

/// What simulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The simulator inside holigen, on the scheduled netlist
    Embedded,
    /// Verilator on the Verilog text
    Verilator,
    /// GHDL on the VHDL text
    Ghdl,
    /// Icarus Verilog on the Verilog text
    Icarus,
    /// All of them
    All,
}

// Plain comments below: a doc comment of a group of arguments would become the description of the command it
// is added to.

// Clock, target and control ports: what a core is compiled for.
#[derive(Args, Clone, Debug)]
pub struct Compiling {
    /// Target clock; 0 makes a combinational core (one with state keeps its clock) [default: 300, or what the loop of a core
    /// with state reaches]
    #[arg(long, value_name = "MHz", value_parser = numbers::freq, allow_hyphen_values = true)]
    pub freq: Option<f64>,
    /// FPGA or process whose delays and structures are used: see `holigen targets`
    #[arg(long, value_name = "NAME", default_value = "kintex7", value_parser = numbers::target)]
    pub target: Target,
    /// Delay of one gate, for `--target asic` (20 without this option)
    #[arg(long, value_name = "PS", value_parser = numbers::gate_ps, allow_hyphen_values = true)]
    pub gate_ps: Option<f64>,
    /// Module name, legal in Verilog and in VHDL [default: from operator, parameters and clock]
    #[arg(long, value_name = "IDENTIFIER", allow_hyphen_values = true)]
    pub name: Option<String>,
    /// Add a clock enable `ce` that freezes the whole pipeline
    #[arg(long)]
    pub ce: bool,
    /// Let the text name cells of an AMD device (LUT6_2, CARRY4 or CARRY8) where an operator has a use for them; models
    /// for simulators are written beside the testbench
    #[arg(long)]
    pub primitives: bool,
    /// With --primitives, a core without state: N thousand trials to find fewer lookup tables that give the same results
    /// for every input, but may be slower or take more clocks; the same N, the same bytes
    #[arg(long, value_name = "N", default_value = "0", value_parser = numbers::effort, allow_hyphen_values = true)]
    pub effort: u32,
    /// Seed of random vectors; same seed, same bytes
    #[arg(long, value_name = "S", default_value = "1", value_parser = numbers::seed, allow_hyphen_values = true)]
    pub seed: u64,
}

// What is written, and how it is checked before.
#[derive(Args, Clone, Debug)]
pub struct Writing {
    /// Languages to write
    #[arg(
        long,
        value_enum,
        default_value = "all",
        hide_possible_values = true,
        value_name = "verilog|vhdl|all"
    )]
    pub lang: Language,
    /// Testbench: every input, or N vectors (corners first, then random) [default: exhaustive up to 2^16, else 10000; fewer
    /// where operands have more than 838 bits]
    #[arg(long, value_name = "exhaustive|N|none", value_parser = numbers::amount, allow_hyphen_values = true)]
    pub tb: Option<Amount>,
    /// Check against the reference model before anything is written [default: exhaustive up to 2^24, else 1000000;
    /// fewer where operands have more than 536 bits]
    #[arg(long, value_name = "exhaustive|N|none", value_parser = numbers::amount, allow_hyphen_values = true)]
    pub check: Option<Amount>,
    /// Where files go [default: ./NAME]
    #[arg(short, long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
}

// How one run of the program behaves.
#[derive(Args, Clone, Debug)]
pub struct Running {
    /// Print the manifest on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
    /// Overwrite files that holigen did not write, or that were edited
    #[arg(long)]
    pub force: bool,
    /// Print the schedule: stage by stage, what sits there, how full it is
    #[arg(long)]
    pub explain: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Common options")]
pub struct GenerateArgs {
    #[command(flatten)]
    pub compiling: Compiling,
    #[command(flatten)]
    pub writing: Writing,
    #[command(flatten)]
    pub running: Running,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Common options")]
pub struct VerifyArgs {
    #[command(flatten)]
    pub compiling: Compiling,
    /// What simulates
    #[arg(long, value_enum, default_value = "embedded")]
    pub engine: Engine,
    /// Every input, or N vectors [default: as --check (embedded) and --tb (the others) of generating]
    #[arg(long, value_name = "exhaustive|N", value_parser = numbers::some_amount, allow_hyphen_values = true)]
    pub vectors: Option<Amount>,
    /// Of a core that decodes: N corrupt streams (flipped bits, cuts, random words) in the embedded simulator. Core and model
    /// must agree on every symbol and on `error`, and nothing may hang
    #[arg(long, value_name = "N", value_parser = numbers::streams, conflicts_with = "vectors", allow_hyphen_values = true)]
    pub corrupt: Option<u64>,
    /// Write the signals of the run as a VCD file
    #[arg(long, value_name = "FILE")]
    pub wave: Option<PathBuf>,
    /// Print the result as JSON on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Common options")]
pub struct SynthArgs {
    #[command(flatten)]
    pub compiling: Compiling,
    /// Device family and its tools: ecp5, ice40, nexus, gowin are routed; xc7, xcup, cyclonev are synthesised and
    /// their clock is an estimate [default: that of the target]
    #[arg(long, value_name = "FLOW", value_parser = numbers::flow)]
    pub flow: Option<Flow>,
    /// Run nothing; write a project for a vendor's tool: a script, constraints, the core and registers around it
    #[arg(long, value_name = "vivado|quartus|radiant|diamond|gowin", value_parser = numbers::project, conflicts_with = "flow")]
    pub project: Option<ProjectTool>,
    /// Part of the project, as the tool spells it [default: one of the target's speed]
    #[arg(long, value_name = "PART", requires = "project")]
    pub part: Option<String>,
    /// Folder of the core: keep the report there and show it in the datasheet. With --project, where the project goes
    /// [default: ./NAME_TOOL]
    #[arg(short, long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Overwrite files that holigen did not write, or that were edited
    #[arg(long, requires = "project")]
    pub force: bool,
    /// Let the tools make DSP blocks of products [default: lookup tables, so that sizes compare]
    #[arg(long, conflicts_with = "project")]
    pub dsp: bool,
    /// Placements with seeds 1 to N; their median counts
    #[arg(long, value_name = "N", default_value = "3", value_parser = numbers::seeds, allow_hyphen_values = true)]
    pub seeds: u64,
    /// Run the tools even if their answer to the same text is kept
    #[arg(long)]
    pub no_cache: bool,
    /// Print the report as JSON on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// The tools of each target where they are there, else the estimate
    Auto,
    /// What the generator estimates: milliseconds a point
    Estimate,
    /// The tools of each target
    Tools,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Common options")]
pub struct ExploreArgs {
    #[command(flatten)]
    pub compiling: Compiling,
    /// A parameter and its values: freq=100..500:50 (from..to:step) or acc=exact,e6m5; may be given again, then all
    /// combinations are measured
    #[arg(long, value_name = "KEY=VALUES", required = true)]
    pub sweep: Vec<Sweep>,
    /// Where area and clock come from: tools, the generator's estimate, or tools where they are there
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        value_name = "auto|estimate|tools",
        hide_possible_values = true
    )]
    pub measure: Measure,
    /// Placements with seeds 1 to N; their median counts
    #[arg(long, value_name = "N", default_value = "1", value_parser = numbers::seeds, allow_hyphen_values = true)]
    pub seeds: u64,
    /// Measure only every N-th point, from the I-th: other machines do the others
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Run the tools even if their answer to the same text is kept
    #[arg(long)]
    pub no_cache: bool,
    /// Where the journal and the results are [default: ./explore_OPERATOR]; a run with the same folder goes on
    /// where an interrupted one was
    #[arg(short, long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Overwrite results that were edited
    #[arg(long)]
    pub force: bool,
    /// Print the results as JSON on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

// What joins shards.
#[derive(Args, Clone, Debug)]
pub struct MergeArgs {
    /// Folders that `explore --shard` wrote
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Where the results go [default: ./explore_OPERATOR]
    #[arg(short, long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Overwrite results that were edited
    #[arg(long)]
    pub force: bool,
    /// Print the results as JSON on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Common options")]
pub struct ProveArgs {
    #[command(flatten)]
    pub compiling: Compiling,
    /// Seconds for one question to a solver
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = numbers::seconds, allow_hyphen_values = true)]
    pub limit: u64,
    /// Also put up to N small faults into the core, one at a time: how many does its testbench find, how many are none
    #[arg(long, value_name = "N", value_parser = numbers::count, allow_hyphen_values = true)]
    pub mutate: Option<usize>,
    /// Testbench that the faults face: every input, or N vectors [default: as --tb of generating]
    #[arg(long, value_name = "exhaustive|N", value_parser = numbers::some_amount, allow_hyphen_values = true, requires = "mutate")]
    pub tb: Option<Amount>,
    /// Folder of the core: keep the answer there and show it in the datasheet
    #[arg(short, long, value_name = "DIR", conflicts_with_all = ["verilog", "vhdl"])]
    pub out_dir: Option<PathBuf>,
    /// Prove this Verilog text instead of the emitted one
    #[arg(long, value_name = "FILE")]
    pub verilog: Option<PathBuf>,
    /// Prove this VHDL text instead of the emitted one
    #[arg(long, value_name = "FILE")]
    pub vhdl: Option<PathBuf>,
    /// Print the result as JSON on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Evaluation")]
pub struct EvalArgs {
    /// Operands: `a=1.5` is a number, `a=0x3c`, `a=0b0011`, `a=0d60` are codes, `a=1,2,3` is a sequence;
    /// ` -- ` starts the next input of an accumulator
    #[arg(value_name = "PORT=VALUE")]
    pub operands: Vec<String>,
    /// Print the result as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Files")]
pub struct EncodeArgs {
    /// What to encode: a NumPy array of integers, each a symbol, or any file: its bits are cut into symbols, the lowest
    /// of the first byte first
    #[arg(long = "in", value_name = "FILE")]
    pub input: PathBuf,
    /// The stream, with its table
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The fitted table as text, for `--table` of a core with a wired code
    #[arg(long, value_name = "FILE")]
    pub table_out: Option<PathBuf>,
    /// Of an array of floats and a codebook: take the nearest value where an element is not in the book
    #[arg(long)]
    pub nearest: bool,
    /// Overwrite files that are there
    #[arg(long)]
    pub force: bool,
    /// Print sizes as JSON on standard output
    #[arg(long)]
    pub json: bool,
}

// What is measured of a target.
#[derive(Args, Clone, Debug)]
pub struct CalibrateArgs {
    /// The target: see `holigen targets`
    #[arg(long, value_name = "NAME", value_parser = numbers::target)]
    pub target: Target,
    /// Route N cores of all operators at various clocks, and compare what they reach with what was asked and estimated;
    /// an interrupted run goes on where it was
    #[arg(long, value_name = "N", value_parser = numbers::count, allow_hyphen_values = true)]
    pub compare: Option<usize>,
    /// Fit the wires of the target's estimates to the routed cores of an earlier --compare; every second core is only
    /// for judging the result
    #[arg(long, conflicts_with = "compare")]
    pub fit: bool,
    /// Seed of the choice of cores
    #[arg(long, value_name = "S", default_value = "1", value_parser = numbers::seed, allow_hyphen_values = true)]
    pub seed: u64,
    /// No core above so many tables, by estimate
    #[arg(long, value_name = "TABLES", default_value = "1500")]
    pub largest: u64,
    /// Placements with seeds 1 to N; their median counts
    #[arg(long, value_name = "N", default_value = "3", value_parser = numbers::seeds, allow_hyphen_values = true)]
    pub seeds: u64,
    /// Run the tools even if their answer to the same text is kept
    #[arg(long)]
    pub no_cache: bool,
    /// Where the tables go [default: ./calibration_TARGET]
    #[arg(short, long, value_name = "DIR")]
    pub out_dir: Option<PathBuf>,
    /// Print the result as JSON on standard output and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
pub struct DecodeArgs {
    /// A stream that `holigen encode` wrote; it says with which parameters
    #[arg(long = "in", value_name = "FILE")]
    pub input: PathBuf,
    /// The file as it was before
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Overwrite a file that is there
    #[arg(long)]
    pub force: bool,
}
