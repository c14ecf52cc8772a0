//! Looks for a smaller network of lookup tables that gives the same results for every input.
//!
//! Synthesisers simplify with what they can prove locally. A core of few input bits has so few cases that the value of
//! every table in every case is known, and with it exactly when a table's value matters at all. So a table may take
//! any inputs that tell apart the cases in which it has to differ (resubstitution with all observability don't-cares:
//! Mishchenko, Brayton, Jiang, Jang, "Scalable don't-care-based logic optimization and resynthesis", 2011, with complete
//! truth tables in the place of windows and a solver). What was read before and is read no longer falls away.
//!
//! The result is tables and carry chains as cells of the device: text of gates would be mapped anew by a synthesiser,
//! which knows less. The search is deterministic: it ends after a number of trials, not at a time.
mod collapse;
mod extract;
mod network;
mod pairs;
mod search;

use crate::builder::Context;
use crate::ir::Graph;
use crate::rtl::Module;

/// Most input bits of a core: 2^18 cases take about 20 MB.
pub const MOST_INPUT_BITS: u32 = 18;

/// A smaller graph with the ports of `graph`, whose combinational netlist is `module`; `None` if it holds what is no
/// table and no carry chain.
pub(crate) fn smaller(graph: &Graph, module: &Module, context: &Context) -> Option<Graph> {
    let mut network = extract::network(module, context)?;
    collapse::collapse(&mut network);
    let network = search::search(network, context.effort);
    Some(extract::graph(&network, graph, context))
}

/// Whether a core has few enough inputs, and no memory of its past.
pub(crate) fn is_small(graph: &Graph) -> bool {
    let bits: u32 = graph.inputs.iter().map(|(_, width)| width).sum();
    graph.states.is_empty() && graph.memories.is_empty() && bits <= MOST_INPUT_BITS
}
