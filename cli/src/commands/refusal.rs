//! Numbers that the parser refuses, since their type does not hold them (`--we -3`, `--n many`): refused as the operator
//! itself refuses others, with what it takes. The parser would name the bounds of the type.
use crate::command_line;
use crate::failure::Failure;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches};
use holigen_operators::{Entry, ParamError};
use std::any::TypeId;
use std::ffi::OsString;

/// What is said about words that the parser does not take.
pub fn of(e: clap::Error, words: &[OsString]) -> Failure {
    number(&e, words).unwrap_or(Failure::Arguments(e))
}

/// `None`: it is not about a number of an operator.
fn number(e: &clap::Error, words: &[OsString]) -> Option<Failure> {
    let (ErrorKind::ValueValidation, Some(ContextValue::String(shown)), Some(ContextValue::String(value))) =
        (e.kind(), e.get(ContextKind::InvalidArg), e.get(ContextKind::InvalidValue))
    else {
        return None;
    };
    let long = shown.trim_start_matches("--").split([' ', '=']).next()?;
    // `holigen OPERATOR` or `holigen COMMAND OPERATOR`.
    let entry = words.iter().skip(1).take(2).find_map(|w| super::find(w.to_str()?))?;
    let argument = command_line::parameters(entry).into_iter().find(|a| a.get_long() == Some(long))?;
    let largest = largest(&argument)?;
    let whole = value.parse::<f64>().is_ok_and(|x| x.fract() == 0.0);
    let problem = if whole { "is out of range" } else { "is no whole number" };
    // The largest number of the type is refused by the operator, which says what would be right.
    let refused = asked(entry, &replaced(words, long, value, largest)).filter(|r| r.parameter == long);
    let refused = match refused {
        Some(ParamError { problem, expected, .. }) if whole => {
            ParamError::new(long, value, problem.replace(&largest.to_string(), value), expected)
        }
        Some(ParamError { expected, .. }) => ParamError::new(long, value, problem, expected),
        None => ParamError::new(long, value, problem, format!("--{long}: {}", argument.get_help()?)),
    };
    Some(refused.into())
}

/// The largest value of an argument that is a number.
fn largest(argument: &Arg) -> Option<u64> {
    let is = argument.get_value_parser().type_id();
    let types = [(TypeId::of::<u32>(), u32::MAX.into()), (TypeId::of::<u64>(), u64::MAX)];
    types.into_iter().find_map(|(t, most)| (is == t).then_some(most))
}

/// The words with another value for an option.
fn replaced(words: &[OsString], long: &str, value: &str, by: u64) -> Vec<OsString> {
    let (name, joined) = (format!("--{long}"), format!("--{long}={value}"));
    let mut new = words.to_vec();
    for i in 1..words.len() {
        if words[i] == *joined {
            new[i] = format!("--{long}={by}").into();
        } else if words[i] == *value && words[i - 1] == *name {
            new[i] = by.to_string().into();
        }
    }
    new
}

/// What the operator finds wrong with these words.
fn asked(entry: &dyn Entry, words: &[OsString]) -> Option<ParamError> {
    fn below<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m ArgMatches> {
        let (found, sub) = matches.subcommand()?;
        if found == name { Some(sub) } else { below(sub, name) }
    }
    let matches = command_line::command().try_get_matches_from(words).ok()?;
    entry.instance_of_matches(below(&matches, entry.name())?).err()
}
