//! `holigen man [command]`.
use crate::command_line;
use crate::failure::{Failure, say};

/// Prints the manual page.
pub fn run(name: Option<&str>) -> Result<(), Failure> {
    let mut all = command_line::command();
    all.build();
    let page = match name {
        None => all,
        Some(name) => match all.find_subcommand(name) {
            Some(found) => found.clone(),
            None => return Err(super::help::unknown(name)),
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|e| Failure::Tool(format!("the manual page can't be rendered: {e}")))?;
    say(&String::from_utf8_lossy(&text))
}
