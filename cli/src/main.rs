//! The command line of holigen: generates, checks and explains arithmetic cores.
//!
//! Exit codes: 0 done, 1 a check failed, 2 bad usage or parameters, 3 an external tool is missing or failed.
mod args;
mod calibrate;
mod coding;
mod command_line;
mod commands;
mod datasheet;
mod explore;
mod external;
mod failure;
mod flows;
mod manifest;
mod measured;
mod numbers;
mod output;
mod pipeline;
mod progress;
mod prove;
mod report;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words = command_line::prepare(std::env::args_os().collect());
    match commands::run(words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
