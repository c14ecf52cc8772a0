//! What people read: closing lines, the schedule, the first difference, tables.

use crate::numbers::Amount;
use crate::pipeline::Made;
use comfy_table::{ContentArrangement, Table, presets};
use holigen_generator::compile::Compiled;
use holigen_generator::target::Kind;
use holigen_generator::timing::Estimate;
use holigen_sim::check::Mismatch;
use holigen_verif::interface::{Interface, Port};
use holigen_verif::values;
use num_bigint::BigUint;
use std::fmt::Write as _;

/// A plain table that wraps its texts at 110 columns; print it with `trim_fmt`, which leaves no blanks at ends.
pub fn table(header: &[&str]) -> Table {
    let mut t = Table::new();
    t.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(110);
    t.set_header(header.iter().copied());
    t
}

/// The doc comment of an operator as a page: summary, then sections. The parser of the command line has joined
/// the lines of each paragraph, its heading included.
pub fn page(about: &str) -> String {
    let mut out = String::new();
    for paragraph in about.split("\n\n") {
        let (heading, text) =
            match paragraph.trim().strip_prefix("# ").and_then(|p| p.split_once(char::is_whitespace)) {
                Some((heading, text)) => (Some(heading), text),
                None => (None, paragraph.trim()),
            };
        if let Some(heading) = heading {
            let _ = writeln!(out, "{heading}");
        }
        let indent = if heading.is_some() { "  " } else { "" };
        let _ = writeln!(out, "{}\n", wrapped(text, indent, 100));
    }
    out.trim_end().to_owned()
}

/// Lines of at most so many columns.
pub fn wrapped(text: &str, indent: &str, columns: usize) -> String {
    let mut lines = vec![String::from(indent)];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|l| l != indent && l.chars().count() + 1 + word.chars().count() > columns);
        if full {
            lines.push(indent.into());
        }
        if let Some(line) = lines.last_mut() {
            if line != indent {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// 16777216 as 16 777 216.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// The closing lines after a core was written.
pub fn closing(made: &Made) -> String {
    let (job, compiled) = (&made.job, &made.compiled);
    let s = &job.settings;
    let mut out = format!("{}: {}\n", job.name, job.instance.core.title());
    let mut line = |what: &str, text: String| {
        let _ = writeln!(out, "  {what:<10} {text}");
    };
    if job.streams() {
        line("rate", "one symbol a clock and lane within a block, while neither side stalls".into());
    } else if compiled.module.clocked {
        let clocks = if compiled.latency == 1 { "clock" } else { "clocks" };
        line("latency", format!("{} {clocks}, one result a clock", compiled.latency));
    } else {
        line(
            "latency",
            format!("none: combinational, {:.0} ps through on {}", compiled.critical_ps, s.target.name),
        );
    }
    if compiled.estimated_fmax_mhz > 0.0 {
        let asked = match &job.slowed {
            Some(_) => ", as fast as its loop closes: no --freq was given".into(),
            None if job.freq > 0.0 => format!(", {} MHz asked for", job.freq),
            None => String::new(),
        };
        line(
            "clock",
            format!("{:.0} MHz estimated on {}{asked}", compiled.estimated_fmax_mhz, s.target.name),
        );
    }
    if let Some(path) = &compiled.expected {
        line("slowest", slowest(path));
    }
    for why in job.slowed.iter().flat_map(|s| s.lines()) {
        line("", why.into());
    }
    if let Some(short) = short_of_clock(job.freq, compiled.estimated_fmax_mhz) {
        line("warning", short);
        job.instance.core.timing_advice().lines().for_each(|advice| line("", advice.into()));
    }
    let unit = match s.target.kind {
        Kind::Lut => format!("LUT{}", s.target.lut_inputs),
        Kind::Gates => "gates".into(),
    };
    let (tables, bits) = (grouped(compiled.estimated_tables), grouped(compiled.register_bits));
    line("size", format!("about {tables} {unit}, {bits} register bits"));
    line(
        "checked",
        match &made.report {
            Some(r) => {
                let all = match (r.exhaustive, job.instance.core.has_state()) {
                    _ if job.streams() => " (streams, sound and corrupt, with stalls on all sides)",
                    (false, _) => "",
                    (true, false) => " (every input)",
                    (true, true) => " (every pair of operands, then random sums)",
                };
                let n = grouped(r.vectors);
                format!(
                    "{n} vectors{all} in the embedded simulator against the reference model: no difference"
                )
            }
            None => "not at all, as asked for (--check none)".into(),
        },
    );
    let files: Vec<_> =
        made.folder.files.iter().map(|f| f.0.strip_prefix(&job.name).unwrap_or(&f.0)).collect();
    // In the braces of a shell, ready to be copied.
    line("files", format!("{}{{{}}}", job.out_dir.join(&job.name).display(), files.join(",")));
    for (k, next) in next_steps(made).into_iter().enumerate() {
        line(if k == 0 { "next" } else { "" }, next);
    }
    out
}

/// Whether a core is expected to miss its clock, MHz.
pub fn is_short(asked: f64, estimated: f64) -> bool {
    estimated > 0.0 && estimated.round() < asked
}

/// What to say of a core that is expected to miss its clock, MHz: its stages hold what no schedule divides further.
fn short_of_clock(asked: f64, estimated: f64) -> Option<String> {
    is_short(asked, estimated).then(|| {
        let percent = 100.0 * (1.0 - estimated / asked);
        format!("expected to miss the clock by {percent:.1} %; `holigen synth` tells what it reaches")
    })
}

/// What to type next.
fn next_steps(made: &Made) -> Vec<String> {
    let (job, name) = (&made.job, &made.job.name);
    let mut steps = Vec::new();
    let folder = shell(&job.out_dir.display().to_string());
    if job.settings.lang.mlir() {
        steps.push(format!("cd {folder} && circt-opt --lower-seq-to-sv --export-verilog {name}.mlir"));
    } else if job.tb != Amount::None {
        if job.settings.lang.verilog() {
            let cells = if job.settings.primitives { format!("{name}_primitives.v ") } else { String::new() };
            steps.push(format!(
                "cd {folder} && iverilog -g2001 -o {name}_tb {cells}{name}.v {name}_tb.v && ./{name}_tb"
            ));
        } else {
            let cells =
                if job.settings.primitives { format!("{name}_primitives.vhd ") } else { String::new() };
            steps.push(format!(
                "cd {folder} && ghdl -a {cells}{name}.vhd {name}_tb.vhd && ghdl --elab-run {name}_tb"
            ));
        }
    }
    let command = &job.regenerate;
    if let Some(rest) = command.strip_prefix("holigen ") {
        // Options of writing are not options of verifying.
        let mut words = rest.split(' ').peekable();
        let mut kept = Vec::new();
        while let Some(w) = words.next() {
            if ["--lang", "--tb", "--check"].contains(&w) {
                words.next();
            } else {
                kept.push(w);
            }
        }
        steps.push(format!("holigen verify {} --engine all", kept.join(" ")));
    }
    steps
}

/// A word as a shell takes it.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./+:,=@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The schedule, stage by stage.
pub fn schedule(name: &str, compiled: &Compiled, budget_ps: f64) -> String {
    let mut out = format!("{name}: {} stages, {:?}", compiled.stages.len(), compiled.method).to_lowercase();
    if budget_ps.is_finite() {
        let _ = write!(out, ", {budget_ps:.0} ps of logic a stage");
    }
    out.push('\n');
    for (k, stage) in compiled.stages.iter().enumerate() {
        let full = if budget_ps.is_finite() && budget_ps > 0.0 { stage.used_ps / budget_ps } else { 1.0 };
        let bar = (full.clamp(0.0, 1.0) * 20.0).round() as usize;
        let title = if stage.title.is_empty() { format!("stage {k}") } else { stage.title.clone() };
        let _ = writeln!(
            out,
            "\n{title}\n  [{:<20}] {:.0} ps, {:.0} % full; {} register bits behind it",
            "#".repeat(bar),
            stage.used_ps,
            full * 100.0,
            stage.register_bits
        );
        for (operation, ready) in &stage.operations {
            let _ = writeln!(out, "  {ready:>7.0} ps  {operation}");
        }
    }
    out
}

/// A port's code, and its number if it has one: `a = 0x3c (1.5)`.
pub fn spelled(port: &Port, code: &BigUint) -> String {
    let number = values::decode(port, code);
    let number = if number.is_empty() { number } else { format!(" ({number})") };
    format!("{} = {}{number}", port.name, values::hex(code, port.width))
}

fn spelled_all<'a>(ports: impl Iterator<Item = &'a Port>, flat: &[u64]) -> String {
    let all: Vec<_> = values::from_limbs(ports, flat).iter().map(|(p, code)| spelled(p, code)).collect();
    all.join("  ")
}

/// Inputs of a failing sum that are shown; earlier ones are counted.
const SHOWN: usize = 12;

/// The first difference, decoded.
pub fn mismatch(interface: &Interface, m: &Mismatch) -> String {
    let mut out = String::new();
    let hidden = m.history.len().saturating_sub(SHOWN);
    if hidden > 0 {
        let _ = writeln!(out, "  ({hidden} earlier inputs of this sum)");
    }
    for input in &m.history[hidden..] {
        let _ = writeln!(out, "  input     {}", spelled_all(interface.inputs(), input));
    }
    if m.lost {
        let _ = writeln!(out, "  out_valid came too early, too late or not at all");
    }
    let _ = writeln!(out, "  netlist   {}", spelled_all(interface.outputs(), &m.got));
    let _ = write!(out, "  expected  {}", spelled_all(interface.outputs(), &m.expected));
    out
}

/// The first difference of a streaming core.
pub fn stream_mismatch(m: &holigen_sim::stream::Mismatch) -> String {
    /// Words of a stream that a message shows.
    const SHOWN: usize = 64;
    let mut out = format!("  {}, after {} right ones", m.what, m.beats);
    if let Some(stalls) = &m.stalls {
        let _ = write!(out, "\n    {stalls}");
    }
    for (channel, beats) in &m.inputs {
        let word = |(data, last): &(u128, bool)| format!("{data:x}{}", if *last { " (last)" } else { "" });
        let words: Vec<String> = beats.iter().take(SHOWN).map(word).collect();
        let more =
            if beats.len() > SHOWN { format!(" and {} more", beats.len() - SHOWN) } else { String::new() };
        let _ = write!(out, "\n{}{more}", wrapped(&format!("{channel}: {}", words.join(" ")), "    ", 100));
    }
    out
}

/// A path in words.
fn slowest(path: &Estimate) -> String {
    let of = |n: u32, what: &str| match n {
        0 => None,
        1 => Some(format!("one {what}")),
        n => Some(format!("{n} {what}s")),
    };
    let way: Vec<String> =
        of(path.levels, "table").into_iter().chain(of(path.chains, "carry chain")).collect();
    let way = if way.is_empty() { "a wire".into() } else { way.join(" and ") };
    format!("{way} from {} to {}", path.from, path.to)
}
