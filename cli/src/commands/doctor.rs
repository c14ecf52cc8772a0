//! `holigen doctor`: which programs are there, and how to get the others.
use crate::failure::{Failure, say};
use crate::report::table;
use holigen_fpga_flows::tools::{self, ToolError};
use holigen_proof::solve::{BITWUZLA, bitwuzla_version};
use serde_json::json;

/// What is known of one program.
struct Found {
    tool: tools::Tool,
    used_for: &'static str,
    path: Option<String>,
    version: Option<String>,
    /// How to get it, or what is wrong with it.
    advice: Option<String>,
}

fn look(tool: tools::Tool, option: &str, used_for: &'static str) -> Found {
    let mut found = Found { tool, used_for, path: None, version: None, advice: None };
    match tool.find() {
        Ok(path) => found.path = Some(path.display().to_string()),
        Err(ToolError::Missing { get, variable, looked, .. }) => {
            found.advice = Some(format!("{looked} not found: {get}, or set {variable} to its path"));
            return found;
        }
        Err(e) => {
            found.advice = Some(e.to_string());
            return found;
        }
    }
    match tools::version(&tool, option) {
        Ok(version) => found.version = Some(version.unwrap_or_else(|| "says no version".into())),
        Err(e) => found.advice = Some(e.to_string()),
    }
    found
}

/// Bitwuzla is a program or a module of Python.
fn bitwuzla() -> Found {
    let mut found = Found { tool: BITWUZLA, used_for: "prove", path: None, version: None, advice: None };
    match bitwuzla_version() {
        Ok((version, path)) => {
            (found.version, found.path) = (Some(version), Some(path.display().to_string()));
        }
        Err(e) => found.advice = Some(e.to_string()),
    }
    found
}

/// Looks for all of them.
pub fn run(json: bool) -> Result<(), Failure> {
    // Those from PyPI take a moment each.
    let all: Vec<Found> = std::thread::scope(|scope| {
        let looking: Vec<_> = (tools::ALL.iter())
            .map(|&(tool, option, used_for)| scope.spawn(move || look(tool, option, used_for)))
            .collect();
        let smt = scope.spawn(bitwuzla);
        let tools = looking.into_iter().filter_map(|l| l.join().ok());
        tools.chain(smt.join().ok()).collect()
    });
    if json {
        let one = |f: &Found| {
            json!({
                "name": f.tool.name, "found": f.version.is_some(), "version": f.version, "path": f.path,
                "used_for": f.used_for, "variable": f.tool.variable, "get": f.tool.get, "problem": f.advice,
            })
        };
        return say(&format!("{:#}\n", json!(all.iter().map(one).collect::<Vec<_>>())));
    }
    let mut t = table(&["tool", "version", "used for", "where, or how to get it"]);
    for f in &all {
        let version = match (&f.version, &f.path) {
            (Some(v), _) => v.as_str(),
            (None, Some(_)) => "does not run",
            (None, None) => "missing",
        };
        let place = f.advice.as_deref().or(f.path.as_deref()).unwrap_or_default();
        t.add_row([f.tool.name, version, f.used_for, place]);
    }
    let missing = all.iter().filter(|f| f.version.is_none()).count();
    let closing = match missing {
        0 => "everything is there".to_owned(),
        n => format!(
            "{n} of {} are not there; holigen itself generates and checks cores without them",
            all.len()
        ),
    };
    say(&format!("{}\n\n{closing}\n", t.trim_fmt()))
}
