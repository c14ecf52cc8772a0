//! `holigen completions <shell>`.
use crate::command_line;
use crate::failure::{Failure, say};

/// Prints the completions.
pub fn run(shell: clap_complete::Shell) -> Result<(), Failure> {
    // Into memory first: clap_complete panics where it can't write.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command_line::command(), "holigen", &mut text);
    say(&String::from_utf8_lossy(&text))
}
