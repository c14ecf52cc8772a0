//! What a core of streams promises to its neighbours.
//!
//! That the output stands still is an induction over the clocks whose step is one combinational question: all registers
//! are cut, so it is asked from any state whatsoever. That nothing is lost, comes twice or stops for ever is no
//! statement about one clock: for short streams, all states are searched that any pattern of stalls leads to.
use super::top::Top;
use super::{Obligation, Subject};
use holigen_generator::compile::Compiled;
use holigen_proof::unroll::{Unroller, at};
use holigen_proof::{Answer, Netlist, Workshop};
use holigen_sim::external::ToolError;
use holigen_sim::stream::stalls::{Bounds, Report, search};
use holigen_sim::stream::{Mismatch, Subject as Streams};
use holigen_verif::stream::StreamModel;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// For both texts.
///
/// # Errors
/// If a file of a question can't be written.
pub fn obligations(subject: &Subject<'_>, shop: &Workshop) -> Result<Vec<Obligation>, ToolError> {
    let vhdl = subject.vhdl.as_ref().map(|n| ("VHDL", n));
    let texts = [("Verilog", &subject.verilog)].into_iter().chain(vhdl);
    texts.map(|(language, netlist)| still(language, netlist, shop)).collect()
}

/// What was not taken stays as it is.
fn still(language: &str, netlist: &Netlist, shop: &Workshop) -> Result<Obligation, ToolError> {
    let name = format!("still_{}", language.to_lowercase());
    let mut u = Unroller::new(netlist, 0);
    u.hold("rst", false);
    for input in ["start", "m_ready"] {
        u.want_input(input, 0);
    }
    let mut top = Top::new(&name);
    let mut same = vec![format!("is_{}", at("m_valid", 1))];
    for p in netlist.outputs.iter().filter(|p| ["m_valid", "m_data", "m_last"].contains(&p.name.as_str())) {
        u.output(&p.name, &p.bits, 0);
        u.output(&p.name, &p.bits, 1);
        same.push(format!("is_{} == is_{}", at(&p.name, 1), at(&p.name, 0)));
    }
    let moves = format!("{} | {} | !is_{}", at("start", 0), at("m_ready", 0), at("m_valid", 0));
    top.need(format!("{moves} | ({})", same.join(" & ")));
    let claim =
        format!("in the {language} text, what m holds stands still until it is taken, from any state");
    Obligation::unrolled(shop, &name, claim, &u, top)
}

/// Streams that a search looks at.
const STREAMS: u64 = 100;
/// Symbols of a stream at most.
const SYMBOLS: u64 = 8;
/// States of a stream at most: beyond it another one is taken.
const STATES: usize = 300_000;

/// The search through all patterns of stalls.
pub struct Stalls {
    /// A sentence.
    pub claim: String,
    /// What it found.
    pub answer: Answer,
    /// The fault.
    pub fault: Option<Mismatch>,
}

/// Searches as many streams as there is time for.
pub fn stalls(compiled: &Compiled, model: &dyn StreamModel, limit: Duration) -> Stalls {
    let subject = Streams { module: &compiled.module, model };
    let start = Instant::now();
    // Of several lanes even short streams have many states.
    let lanes = model.channels().iter().filter(|c| *c != "t").count() as u64;
    let bounds = Bounds { streams: STREAMS, symbols: (SYMBOLS / lanes).max(1), states: STATES };
    let found = search(&subject, bounds, 1, |_| start.elapsed() < limit);
    let by = told(&found);
    let claim = "whatever the stalls, the model's values come out in their order: none is lost, none comes twice, none \
                 is changed, and the core never stops for ever"
        .into();
    let answer = match (&found.mismatch, found.streams) {
        (Some(_), _) => Answer::Refuted { by, vector: BTreeMap::new() },
        (None, 0) => Answer::Open { why: format!("no stream has fewer than {STATES} states, in {by}") },
        (None, _) => Answer::Proved { by },
    };
    Stalls { claim, answer, fault: found.mismatch }
}

fn told(found: &Report) -> String {
    let Report { streams, corrupt, states, .. } = found;
    format!("{streams} streams, {corrupt} of them corrupt: all {states} states that any stalls lead to")
}
