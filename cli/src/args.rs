//! The command line: one subcommand for each entry of the registry, and the commands around them.
//!
//! What an operator takes comes from its own struct; what every generating command takes stands here. Values are
//! checked while they are read, so that a wrong one is reported with its option and what would be right.
use crate::explore::{Shard, Sweep};
use crate::numbers::{self, Amount};
use clap::{Arg, Args, Command, CommandFactory, Parser, Subcommand, ValueEnum};
use holigen_fpga_flows::Flow;
use holigen_generator::target::Target;
use holigen_operators::{Entry, REGISTRY};
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

/// Generator of verified arithmetic cores for machine-learning hardware
#[derive(Parser, Debug)]
#[command(name = "holigen", version, disable_help_subcommand = true)]
struct Program {
    #[command(subcommand)]
    command: Around,
}

/// The commands around the operators that take no operator's parameters.
#[derive(Subcommand, Clone, Debug)]
pub enum Around {
    /// Generate many cores from a file of `[[core]]` tables, in parallel
    Build {
        /// The build file (TOML)
        file: PathBuf,
        /// Folder in which each core gets its own [default: .]
        #[arg(short, long, value_name = "DIR")]
        out_dir: Option<PathBuf>,
        #[command(flatten)]
        running: Running,
    },
    /// List the operators
    List {
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// List the number formats that have a name
    Formats {
        /// More formats to show, e.g. e3m4 or binary8p5se; instead of the usual ones
        names: Vec<String>,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// List the targets
    Targets {
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Measure the entropy of a file, and what each entropy decoder would make of it
    Entropy {
        /// A NumPy array of integers, each a symbol, or any file: its bits are cut into symbols
        #[arg(long = "in", value_name = "FILE")]
        input: PathBuf,
        /// Bits of a symbol, 1 to 16
        #[arg(long, value_name = "B", default_value = "8", value_parser = numbers::symbol_bits, allow_hyphen_values = true)]
        symbol_bits: u32,
        /// Of floats of this format (bf16, fp16, fp32, e4m3fn, ...) exponents are the symbols, as weightstream --weights
        /// has them; sign and fraction are counted as they are
        #[arg(long, value_name = "NAME", conflicts_with = "symbol_bits")]
        format: Option<String>,
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Measure the delays of a target with its tools; or, with --compare, hold its estimates against routed cores
    Calibrate(Box<CalibrateArgs>),
    /// Say which external tools are there, their versions, and how to get the missing ones
    Doctor {
        /// As JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Explain an operator: parameters, ports, semantics, sources, an example
    Help {
        /// An operator or a command
        name: Option<String>,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of holigen or of one of its commands
    Man {
        /// An operator or a command
        name: Option<String>,
    },
}

/// Commands that take an operator with its parameters as a subcommand.
pub const VERIFY: &str = "verify";
/// See [`VERIFY`].
pub const PROVE: &str = "prove";
/// See [`VERIFY`].
pub const SYNTH: &str = "synth";
/// See [`VERIFY`].
pub const EVAL: &str = "eval";
/// See [`VERIFY`]; entropy decoders only.
pub const ENCODE: &str = "encode";
/// As [`ENCODE`]; the parameters stand in the file.
pub const DECODE: &str = "decode";
/// See [`VERIFY`].
pub const EXPLORE: &str = "explore";
/// Beside the operators under [`EXPLORE`].
pub const MERGE: &str = "merge";

/// The whole command line.
pub fn command() -> Command {
    let mut all = Program::command();
    let around: Vec<String> = all.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for entry in REGISTRY {
        all = all.subcommand(with::<GenerateArgs>(*entry));
    }
    // Operators first, in the order of the registry.
    for (place, name) in around.into_iter().enumerate() {
        all = all.mut_subcommand(name, |c| c.display_order(1000 + place));
    }
    let verify =
        Command::new(VERIFY).about("Check a core against its reference model in one or all simulators");
    let prove = Command::new(PROVE)
        .about("Prove that Verilog, VHDL and the definition of an operation are the same function");
    let synth =
        Command::new(SYNTH).about("Build a core with real FPGA tools: area, and Fmax where they route");
    let eval = Command::new(EVAL).about("Evaluate the reference model of an operator");
    let encode = Command::new(ENCODE).about("Encode a file into the stream that an entropy decoder reads");
    let decode = Command::new(DECODE).about("Decode such a stream: the file again");
    let decoders = || REGISTRY.iter().filter(|e| e.decodes());
    let back = |e: &dyn Entry| {
        let about = format!("Decode a stream of `holigen encode {}`", e.name());
        DecodeArgs::augment_args(Command::new(e.name()).about(about))
    };
    let explore =
        Command::new(EXPLORE).about("Measure many cores: a sweep over parameters, area against Fmax");
    let merge =
        MergeArgs::augment_args(Command::new(MERGE)).about("Join the results of shards").display_order(1000);
    let under = |c: Command| {
        c.subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .subcommand_value_name("OPERATOR")
            .subcommand_help_heading("Operators")
    };
    all.arg_required_else_help(true)
        .max_term_width(110)
        .subcommand(
            REGISTRY
                .iter()
                .fold(under(verify), |c, e| c.subcommand(with::<VerifyArgs>(*e)))
                .display_order(900),
        )
        .subcommand(
            REGISTRY.iter().fold(under(prove), |c, e| c.subcommand(with::<ProveArgs>(*e))).display_order(900),
        )
        .subcommand(
            REGISTRY.iter().fold(under(synth), |c, e| c.subcommand(with::<SynthArgs>(*e))).display_order(902),
        )
        .subcommand(
            REGISTRY.iter().fold(under(eval), |c, e| c.subcommand(with::<EvalArgs>(*e))).display_order(901),
        )
        .subcommand(
            decoders().fold(under(encode), |c, e| c.subcommand(with::<EncodeArgs>(*e))).display_order(904),
        )
        .subcommand(decoders().fold(under(decode), |c, e| c.subcommand(back(*e))).display_order(905))
        .subcommand(
            REGISTRY
                .iter()
                .fold(under(explore), |c, e| c.subcommand(with::<ExploreArgs>(*e)))
                .subcommand(merge)
                .display_order(903),
        )
        .subcommand_value_name("OPERATOR | COMMAND")
        .subcommand_help_heading("Operators and commands")
        .after_help(
            "`holigen help <operator>` explains an operator, `holigen <operator> --help` lists its options.",
        )
}

/// An operator's own command with further arguments.
fn with<A: Args>(entry: &dyn Entry) -> Command {
    let own = entry.command();
    let (about, long_about) = (own.get_about().cloned(), own.get_long_about().cloned());
    let own = own.mut_args(|arg| {
        // `--we -1` shall be told that -1 is out of range, not that there is no option -1.
        let takes_value = arg.get_action().takes_values();
        if takes_value { arg.allow_negative_numbers(true) } else { arg }
    });
    let mut all = A::augment_args(own);
    if let Some(text) = about {
        all = all.about(text);
    }
    if let Some(text) = long_about {
        all = all.long_about(crate::report::page(&text.to_string()));
    }
    all
}

/// One point of a sweep: an operator's parameters, clock and target.
pub fn point(entry: &dyn Entry) -> Command {
    with::<Compiling>(entry)
}

/// The arguments of an operator alone, for help and build files.
pub fn parameters(entry: &dyn Entry) -> Vec<Arg> {
    entry.command().get_arguments().filter(|a| a.get_long().is_some()).cloned().collect()
}

/// The arguments as typed, made ready for the parser: `--` between inputs of `eval` is not the end of options.
pub fn prepare(mut words: Vec<std::ffi::OsString>) -> Vec<std::ffi::OsString> {
    if words.get(1).is_some_and(|w| w == EVAL) {
        for word in &mut words {
            if word == "--" {
                *word = NEXT_INPUT.into();
            }
        }
    }
    words
}

/// What stands for `--` among the operands of `eval`.
pub const NEXT_INPUT: &str = ";";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        // Finds two options of one name, wrong defaults and the like.
        command().debug_assert();
    }

    #[test]
    fn operators_hide_no_command() {
        let names: Vec<_> = Program::command().get_subcommands().map(|c| c.get_name().to_owned()).collect();
        for entry in REGISTRY {
            assert!(
                !names.iter().any(|n| n == entry.name())
                    && ![VERIFY, PROVE, SYNTH, EVAL, EXPLORE, MERGE].contains(&entry.name())
            );
        }
    }
}
