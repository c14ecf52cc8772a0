//! `holigen list`.
use super::help::summary;
use crate::failure::{Failure, say};
use crate::report::table;
use holigen_operators::REGISTRY;
use serde_json::json;

/// Prints the operators in the order of the registry.
pub fn run(json: bool) -> Result<(), Failure> {
    if json {
        let all: Vec<_> =
            REGISTRY.iter().map(|e| json!({ "name": e.name(), "summary": summary(*e) })).collect();
        return say(&format!("{:#}\n", json!(all)));
    }
    let mut t = table(&["operator", "what it does"]);
    for e in REGISTRY {
        t.add_row([e.name().to_owned(), summary(*e)]);
    }
    say(&format!(
        "{}\n\nholigen help <operator> tells more; holigen <operator> generates a core.\n",
        t.trim_fmt()
    ))
}
