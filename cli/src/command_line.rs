//! The command line: one subcommand for each entry of the registry, and the commands around them.
//!
//! What an operator takes comes from its own struct; what the commands take stands in [`crate::args`].
use crate::args::{
    CalibrateArgs, Compiling, DecodeArgs, EncodeArgs, EvalArgs, ExploreArgs, GenerateArgs, MergeArgs,
    ProveArgs, Running, SynthArgs, VerifyArgs,
};
use crate::numbers;
use clap::{Arg, Args, Command, CommandFactory, Parser, Subcommand};
use holigen_operators::{Entry, REGISTRY};
use std::path::PathBuf;

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
    all.arg_required_else_help(true)
        .max_term_width(110)
        .subcommand(
            Command::new(VERIFY)
                .about("Check a core against its reference model in one or all simulators")
                .display_order(900)
                .defer(with_operators::<VerifyArgs>),
        )
        .subcommand(
            Command::new(PROVE)
                .about("Prove that Verilog, VHDL and the definition of an operation are the same function")
                .display_order(900)
                .defer(with_operators::<ProveArgs>),
        )
        .subcommand(
            Command::new(SYNTH)
                .about("Build a core with real FPGA tools: area, and Fmax where they route")
                .display_order(902)
                .defer(with_operators::<SynthArgs>),
        )
        .subcommand(
            Command::new(EVAL)
                .about("Evaluate the reference model of an operator")
                .display_order(901)
                .defer(with_operators::<EvalArgs>),
        )
        .subcommand(
            Command::new(ENCODE)
                .about("Encode a file into the stream that an entropy decoder reads")
                .display_order(904)
                .defer(|c| decoders().fold(group(c), |c, e| c.subcommand(with::<EncodeArgs>(e)))),
        )
        .subcommand(
            Command::new(DECODE)
                .about("Decode such a stream: the file again")
                .display_order(905)
                .defer(|c| decoders().fold(group(c), |c, e| c.subcommand(back(e)))),
        )
        .subcommand(
            Command::new(EXPLORE)
                .about("Measure many cores: a sweep over parameters, area against Fmax")
                .display_order(903)
                .defer(|c| {
                    let merge = MergeArgs::augment_args(Command::new(MERGE));
                    let merge = merge.about("Join the results of shards").display_order(1000);
                    with_operators::<ExploreArgs>(c).subcommand(merge)
                }),
        )
        .subcommand_value_name("OPERATOR | COMMAND")
        .subcommand_help_heading("Operators and commands")
        .after_help(
            "`holigen help <operator>` explains an operator, `holigen <operator> --help` lists its options.",
        )
}

/// A command whose subcommands are operators. Their arguments are thousands, so each such command is filled in only when it
/// is the one that is called.
fn group(c: Command) -> Command {
    c.subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand_value_name("OPERATOR")
        .subcommand_help_heading("Operators")
}

/// The same with all operators.
fn with_operators<A: Args>(c: Command) -> Command {
    REGISTRY.iter().fold(group(c), |c, e| c.subcommand(with::<A>(*e)))
}

/// The operators that read streams.
fn decoders() -> impl Iterator<Item = &'static dyn Entry> {
    REGISTRY.iter().copied().filter(|e| e.decodes())
}

/// A decoder's command to get a file back.
fn back(e: &dyn Entry) -> Command {
    let about = format!("Decode a stream of `holigen encode {}`", e.name());
    DecodeArgs::augment_args(Command::new(e.name()).about(about))
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
