//! Chains and tables of the graph as cells of the device.
use super::{Lowering, Wire};
use crate::ir::{Graph, Op, ValueId};
use crate::rtl::cells::{Cell, Chain, Lut, Pin, Positions, Run};
use crate::rtl::{Section, SignalId, SignalKind};

/// What the inputs of a cell are made of, through wiring: the values whose bits are at its pins.
pub(super) fn pinned(g: &Graph, cell: ValueId) -> Vec<ValueId> {
    let mut found = Vec::new();
    let mut work: Vec<ValueId> = g.node(cell).args.to_vec();
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

impl Lowering<'_> {
    /// Each bit of a value as a pin of a cell.
    fn pins(&self, v: ValueId, stage: u32) -> Vec<Pin> {
        let n = self.g.node(v);
        if let Some(s) = self.at.get(&(v, stage)) {
            return match n.width {
                1 => vec![Pin::Same(*s, None)],
                w => (0..w).map(|i| Pin::Same(*s, Some(i))).collect(),
            };
        }
        let of = |i: usize| self.pins(n.args[i], stage);
        match &n.op {
            Op::Const(c) => (0..u64::from(n.width)).map(|i| Pin::Const(c.bit(i))).collect(),
            Op::Slice(lo) => of(0)[*lo as usize..(lo + n.width) as usize].to_vec(),
            Op::Replicate => vec![of(0)[0]; n.width as usize],
            Op::Concat => (0..n.args.len()).rev().flat_map(of).collect(),
            _ => unreachable!("what is at a pin is a signal"),
        }
    }

    /// A chain as cells, and what it computes.
    pub(super) fn wire_chain(&mut self, v: ValueId, stage: u32, section: &mut Section) {
        let n = self.g.node(v).clone();
        let mut inputs: Vec<Vec<Pin>> = n.args.iter().map(|a| self.pins(*a, stage)).collect();
        let carry_in = inputs.pop().expect("a chain has a carry in")[0];
        let name = self.wish(v);
        let positions = match &n.op {
            Op::Chain(tables) => {
                Positions::Tables(runs(tables, &inputs, || self.names.take(&format!("{name}_table"))))
            }
            _ => {
                let generate = inputs.pop().expect("carries of a chain");
                Positions::Wires { propagate: inputs.pop().expect("a chain has positions"), generate }
            }
        };
        let id = self.signal(&name, n.width, SignalKind::Wire);
        let name = self.module.signal(id).name.clone();
        let chain = Chain::new(&name, positions, carry_in, self.p.carry_chain.cell_bits(), &mut self.names);
        self.wire_cell(v, id, Cell::Chain(chain), stage, section);
    }

    /// A lookup table as a cell, and what it computes.
    pub(super) fn wire_lut(&mut self, v: ValueId, contents: u64, stage: u32, section: &mut Section) {
        let pins: Vec<Pin> =
            self.g.node(v).args.clone().into_iter().flat_map(|a| self.pins(a, stage)).collect();
        let outputs = self.g.node(v).width;
        let id = self.signal(&self.wish(v), outputs, SignalKind::Wire);
        let name = self.module.signal(id).name.clone();
        let label = self.names.take(&format!("{name}_table"));
        self.wire_cell(v, id, Cell::Lut(Lut { contents, pins, outputs, label }), stage, section);
    }

    /// The wire `id` of a value, with its cell.
    fn wire_cell(&mut self, v: ValueId, id: SignalId, cell: Cell, stage: u32, section: &mut Section) {
        let expr = cell.value(|s| self.module.signal(s).width);
        self.module.cells.insert(id, cell);
        section.wires.push(Wire { signal: id, expr, note: self.g.notes.get(&v).cloned() });
        self.at.insert((v, stage), id);
    }
}

/// Neighbours of one table and regular inputs together. `label` gives a fresh name.
fn runs(tables: &[u64], inputs: &[Vec<Pin>], mut label: impl FnMut() -> String) -> Vec<Run> {
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
