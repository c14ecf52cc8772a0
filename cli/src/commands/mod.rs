//! The commands, one file each.
use crate::args::{
    DecodeArgs, EncodeArgs, EvalArgs, GenerateArgs, MergeArgs, ProveArgs, SynthArgs, VerifyArgs,
};
use crate::command_line::{self, Around};
use crate::failure::Failure;
use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches};
use holigen_operators::{Entry, Instance, ParamError, REGISTRY};
use std::ffi::OsString;

mod build;
mod calibrate;
mod coding;
mod completions;
mod doctor;
mod entropy;
mod eval;
mod explore;
mod formats;
mod generate;
mod help;
mod list;
mod man;
mod project;
mod prove;
mod refusal;
mod synth;
mod targets;
mod verify;

/// Runs what the words ask for.
///
/// # Errors
/// What went wrong, with its exit code.
pub fn run(words: Vec<OsString>) -> Result<(), Failure> {
    let matches = command_line::command().try_get_matches_from(&words).map_err(|e| refusal::of(e, &words))?;
    let Some((name, sub)) = matches.subcommand() else { return help::run(None) };
    if let Some(entry) = find(name) {
        let args = GenerateArgs::from_arg_matches(sub)?;
        return generate::run(instance(entry, sub)?, &args);
    }
    match name {
        command_line::VERIFY | command_line::PROVE | command_line::SYNTH | command_line::EVAL => {
            // The parser has made sure that there is an operator.
            let Some((entry, sub)) = sub.subcommand().and_then(|(n, m)| Some((find(n)?, m))) else {
                return Err(Failure::usage(format!("{name} which operator? See holigen list")));
            };
            let instance = instance(entry, sub)?;
            if name == command_line::VERIFY {
                return verify::run(instance, &VerifyArgs::from_arg_matches(sub)?);
            }
            if name == command_line::PROVE {
                return prove::run(instance, &ProveArgs::from_arg_matches(sub)?);
            }
            if name == command_line::SYNTH {
                let given = sub.value_source("target") == Some(ValueSource::CommandLine);
                return synth::run(instance, &SynthArgs::from_arg_matches(sub)?, given);
            }
            eval::run(&instance, &EvalArgs::from_arg_matches(sub)?)
        }
        command_line::ENCODE | command_line::DECODE => {
            match sub.subcommand().and_then(|(n, m)| Some((find(n)?, m))) {
                Some((entry, m)) if name == command_line::ENCODE => {
                    coding::encode(&instance(entry, m)?, &EncodeArgs::from_arg_matches(m)?)
                }
                Some((entry, m)) => coding::decode(entry, &DecodeArgs::from_arg_matches(m)?),
                None => Err(Failure::usage(format!("{name} for which decoder? See holigen list"))),
            }
        }
        command_line::EXPLORE => match sub.subcommand() {
            Some((command_line::MERGE, m)) => {
                let a = MergeArgs::from_arg_matches(m)?;
                explore::merge(&a.folders, a.out_dir.as_deref(), a.force, a.json)
            }
            Some((operator, m)) if let Some(entry) = find(operator) => explore::run(entry, m),
            _ => Err(Failure::usage("explore which operator? See holigen list")),
        },
        _ => match Around::from_arg_matches(&matches)? {
            Around::Build { file, out_dir, running } => build::run(&file, out_dir.as_deref(), &running),
            Around::List { json } => list::run(json),
            Around::Formats { names, json } => formats::run(&names, json),
            Around::Targets { json } => targets::run(json),
            Around::Entropy { input, symbol_bits, format, json } => {
                let of = format.as_deref().map_or(entropy::Of::Symbols(symbol_bits), entropy::Of::Floats);
                entropy::run(&input, &of, json)
            }
            Around::Calibrate(args) => calibrate::run(&args),
            Around::Doctor { json } => doctor::run(json),
            Around::Help { name } => help::run(name.as_deref()),
            Around::Completions { shell } => completions::run(shell),
            Around::Man { name } => man::run(name.as_deref()),
        },
    }
}

fn find(name: &str) -> Option<&'static dyn Entry> {
    REGISTRY.iter().copied().find(|e| e.name() == name)
}

fn instance(entry: &dyn Entry, matches: &ArgMatches) -> Result<Instance, Failure> {
    entry.instance_of_matches(matches).map_err(Failure::from)
}

impl From<ParamError> for Failure {
    fn from(e: ParamError) -> Self {
        Failure::Usage(e.to_string())
    }
}
