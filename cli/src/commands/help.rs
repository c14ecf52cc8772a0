//! `holigen help [operator or command]`.
use crate::command_line;
use crate::failure::{Failure, say};
use crate::manifest::format_name;
use crate::numbers::nearest;
use crate::report::{page, table, wrapped};
use clap::Arg;
use holigen_operators::{Entry, Instance};
use holigen_verif::interface::Direction;
use std::fmt::Write as _;

/// The summary line of an operator.
pub fn summary(entry: &dyn Entry) -> String {
    entry.command().get_about().map(ToString::to_string).unwrap_or_default()
}

/// There is no such operator or command.
pub fn unknown(name: &str) -> Failure {
    let all = command_line::command();
    let names: Vec<_> = all.get_subcommands().map(|c| c.get_name()).collect();
    let near =
        nearest(name, names.iter().copied()).map_or(String::new(), |n| format!(", did you mean '{n}'?"));
    Failure::usage(format!("no operator or command '{name}'{near}\n  there are {}", names.join(", ")))
}

/// Prints the help.
pub fn run(name: Option<&str>) -> Result<(), Failure> {
    let mut all = command_line::command();
    let Some(name) = name else { return say(&all.render_long_help().to_string()) };
    if let Some(entry) = super::find(name) {
        return say(&operator(entry));
    }
    all.build();
    match all.find_subcommand_mut(name) {
        Some(command) => say(&command.render_long_help().to_string()),
        None => Err(unknown(name)),
    }
}

/// The page of an operator.
fn operator(entry: &dyn Entry) -> String {
    let name = entry.name();
    let command = entry.command();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let mut out =
        format!("holigen {name}\n\n{}\n\nParameters (common options: holigen {name} --help)\n", page(&about));
    let mut t = table(&["  option", "default", "what"]);
    for arg in command_line::parameters(entry) {
        t.add_row([format!("  {}", flag(&arg)), default(&arg), what(&arg)]);
    }
    let _ = writeln!(out, "{}", t.trim_fmt());

    let examples: Vec<Instance> = entry
        .examples()
        .iter()
        .filter_map(|e| entry.instance_of_toml(toml::from_str(e).ok()?).ok())
        .collect();
    if let Some(core) = entry.instance_of_toml(toml::Table::new()).ok().map(|i| i.core) {
        let _ = writeln!(out, "\nPorts of the default core (beside clk, rst, in_valid and out_valid)");
        let mut t = table(&["  port", "", "bits", "format", "what"]);
        for p in core.interface().ports {
            t.add_row([
                format!("  {}", p.name),
                if p.direction == Direction::Input { "in" } else { "out" }.to_owned(),
                p.width.to_string(),
                format_name(&p).unwrap_or_default(),
                p.description.clone(),
            ]);
        }
        let _ = writeln!(
            out,
            "{}\n\nThe default core, exactly\n{}",
            t.trim_fmt(),
            wrapped(&core.semantics(), "  ", 100)
        );
    }
    let _ = writeln!(out, "\nExamples\n  holigen {name} --freq 400");
    for e in examples.iter().filter(|e| !e.given.is_empty()).take(8) {
        let _ = writeln!(out, "  {}", e.command());
    }
    out
}

fn flag(arg: &Arg) -> String {
    let value = arg.get_value_names().and_then(|v| v.first()).map_or(String::new(), |v| format!(" <{v}>"));
    format!("--{}{value}", arg.get_long().unwrap_or_default())
}

fn default(arg: &Arg) -> String {
    arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn what(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let values: Vec<_> = arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
    if values.is_empty() { help } else { format!("{help} [{}]", values.join(", ")) }
}
