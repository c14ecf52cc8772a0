//! From a chain of the graph to cells.
use super::{Pin, Run};
use crate::ir::{Graph, Op, ValueId};

/// What the inputs of a chain are made of, through wiring: the values whose bits are at its pins.
pub(in crate::rtl) fn pinned(g: &Graph, chain: ValueId) -> Vec<ValueId> {
    let mut found = Vec::new();
    let mut work: Vec<ValueId> = g.node(chain).args.to_vec();
    while let Some(v) = work.pop() {
        let n = g.node(v);
        match n.op {
            Op::Slice(_) | Op::Concat | Op::Replicate => work.extend(&n.args),
            Op::Const(_) => {}
            _ => found.push(v),
        }
    }
    found
}

/// Neighbours of one table and regular inputs together. `label` gives a fresh name.
pub(in crate::rtl) fn runs(
    tables: &[u64],
    inputs: &[Vec<Pin>],
    mut label: impl FnMut() -> String,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (i, contents) in tables.iter().enumerate() {
        let here: [Pin; 6] = std::array::from_fn(|k| inputs[k][i]);
        let joined = runs.last().filter(|r| r.contents == *contents).and_then(|r| {
            let mut pins = r.pins;
            let fits = pins.iter_mut().zip(here).all(|(pin, next)| joins(pin, next, r.width));
            fits.then_some(pins)
        });
        match (joined, runs.last_mut()) {
            (Some(pins), Some(run)) => (run.pins, run.width) = (pins, run.width + 1),
            _ => runs.push(Run { from: i as u32, width: 1, contents: *contents, pins: here, label: label() }),
        }
    }
    runs
}

/// Whether `next` goes on with what a run of `width` positions has at a pin; the pin then says how.
fn joins(pin: &mut Pin, next: Pin, width: u32) -> bool {
    match (*pin, next) {
        (a, b) if a == b => true,
        (Pin::Same(a, Some(lo)), Pin::Same(b, Some(bit))) if width == 1 && a == b && bit == lo + 1 => {
            *pin = Pin::Upwards(a, lo);
            true
        }
        (Pin::Upwards(a, lo), Pin::Same(b, Some(bit))) => a == b && bit == lo + width,
        _ => false,
    }
}
