//! Looks for a smaller network of lookup tables that gives the same results for every input.
//!
//! Synthesisers simplify with what they can prove locally. Here the value of every table is known in all cases, or in
//! a sample of them where the core has many input bits, and with it when a table's value matters at all. So a table may
//! take any inputs that tell apart the cases in which it has to differ (resubstitution with observability don't-cares:
//! Mishchenko, Brayton, Jiang, Jang, "Scalable don't-care-based logic optimization and resynthesis", 2011). What was read
//! before and is read no longer falls away. What holds in a sample is then shown for every input by a SAT solver, or
//! refused, and the input that refuted it joins the sample (Lee, Riener, Mishchenko, Brayton, De Micheli, "A
//! simulation-guided paradigm for logic synthesis and verification", 2022).
//!
//! The result is tables and carry chains as cells of the device: text of gates would be mapped anew by a synthesiser,
//! which knows less. The search is deterministic: it ends after a number of trials, not at a time.
mod collapse;
mod extract;
mod names;
mod network;
mod pairs;
mod prover;
mod sample;
mod search;
mod sites;

use crate::builder::Context;
use crate::ir::Graph;
use crate::rtl::Module;
use names::Names;
use std::collections::BTreeMap;

/// Most input bits of a core that is looked at in all cases: 2^18 take about 20 MB.
const MOST_COMPARED: u32 = 18;

/// What becomes of the longest way through.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Depth {
    Kept,
    Free,
}

/// A smaller graph with the ports of `graph`, whose combinational netlist is `module`; `None` if it holds what is no
/// table and no carry chain.
pub(crate) fn smaller(graph: &Graph, module: &Module, context: &Context) -> Option<Graph> {
    // With a clock, depth costs registers.
    let depth = if context.budget_ps.is_finite() { Depth::Kept } else { Depth::Free };
    let (mut network, named) = extract::network(module, context, depth)?;
    // In a sample two values may be the same by chance.
    let names = (network.inputs <= MOST_COMPARED).then(|| Names::new(&network, named));
    if depth == Depth::Free {
        collapse::collapse(&mut network);
    }
    let mut network = search::search(network, context.effort, depth);
    let deepest = match depth {
        Depth::Kept => network.deepest(),
        Depth::Free => None,
    };
    sites::share(&mut network, deepest);
    let earned = names.map_or_else(BTreeMap::new, |names| names.earned(&network));
    Some(extract::graph(&network, graph, context, &earned))
}

/// Whether a core has no memory of its past.
pub(crate) fn is_combinational(graph: &Graph) -> bool {
    graph.states.is_empty() && graph.memories.is_empty()
}
