//! Covers gates with lookup tables: the depth is the least that cuts of the given structure allow, the area what slack
//! leaves over. This is what synthesis does (Mishchenko, Chatterjee, Brayton, "Combinational and sequential mapping
//! with priority cuts", 2007), on trees of gates that are first balanced by arrival times.
use super::bits::End;
use super::logic::{Bit, Cell, Gate, Logic};
use crate::target::Timing;
use smallvec::{SmallVec, smallvec};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Cuts that are kept of a gate.
const CUTS: usize = 8;

/// Some gates whose values decide a gate's.
#[derive(Clone, Debug)]
struct Cut {
    /// Ascending.
    leaves: SmallVec<[u32; 7]>,
    /// A bit for each leaf, to refuse wide unions quickly.
    signature: u64,
    arrival: f64,
    area: f64,
}

/// Gates with what is known of each.
pub(super) struct Mapper<'t> {
    timing: &'t Timing,
    pub(super) logic: Logic,
    cuts: Vec<Vec<Cut>>,
    arrival: Vec<f64>,
    /// Levels of gates, where arrivals are equal.
    depth: Vec<u32>,
    area: Vec<f64>,
}

/// A covered netlist: gates that are the outputs of tables, with the gates that these read, the latest last.
pub(crate) struct Cover {
    pub(crate) logic: Logic,
    pub(crate) ends: Vec<End>,
    /// By gate; empty where no table makes it.
    pub(crate) inputs: Vec<SmallVec<[u32; 7]>>,
}

/// Covers logic.
pub(crate) fn cover(logic: &Logic, ends: &[End], timing: &Timing) -> Cover {
    let (mut mapper, ends) = balance(logic, ends, timing);
    let ends: Vec<End> = ends.into_iter().map(|e| End { bit: mapper.made(e.bit), ..e }).collect();
    let inputs = mapper.choose(&ends);
    Cover { logic: mapper.logic, ends, inputs }
}

/// A table for each gate.
pub(crate) fn gates(logic: Logic, ends: Vec<End>) -> Cover {
    let read = |g: u32| operands(logic.at(g)).into_iter().filter(|b| !b.is_constant()).map(Bit::gate);
    let inputs = (0..logic.len() as u32).map(|g| read(g).collect()).collect();
    Cover { logic, ends, inputs }
}

/// How many read each gate.
fn references(logic: &Logic, ends: &[End]) -> Vec<u32> {
    let mut count = vec![0u32; logic.len()];
    let mut read = |b: Bit| count[b.gate() as usize] += 1;
    for g in 0..logic.len() as u32 {
        operands(logic.at(g)).into_iter().for_each(&mut read);
    }
    for cell in &logic.cells {
        cell.inputs().into_iter().for_each(&mut read);
    }
    ends.iter().for_each(|e| read(e.bit));
    count
}

fn operands(gate: Gate) -> SmallVec<[Bit; 3]> {
    match gate {
        Gate::And(a, b) | Gate::Xor(a, b) => smallvec![a, b],
        Gate::Mux(s, a, b) => smallvec![s, a, b],
        _ => smallvec![],
    }
}

/// Which gates and cells reach an end.
fn live(logic: &Logic, ends: &[End]) -> Vec<bool> {
    let mut live = vec![false; logic.len()];
    let mut work: Vec<u32> = ends.iter().map(|e| e.bit.gate()).collect();
    let mut cells = vec![false; logic.cells.len()];
    while let Some(g) = work.pop() {
        if std::mem::replace(&mut live[g as usize], true) {
            continue;
        }
        work.extend(operands(logic.at(g)).iter().map(|b| b.gate()));
        if let Gate::Output(c, _) = logic.at(g)
            && !std::mem::replace(&mut cells[c as usize], true)
        {
            work.extend(logic.cells[c as usize].inputs().iter().map(|b| b.gate()));
        }
    }
    live
}

impl Cell {
    pub(crate) fn inputs(&self) -> Vec<Bit> {
        match self {
            Cell::Chain { operands, carry, .. } => {
                operands.iter().flatten().chain([carry]).copied().collect()
            }
            Cell::Block { inputs, .. } => inputs.clone(),
        }
    }
}

/// Builds the logic anew, with trees of ANDs and of XORs in the order in which their inputs arrive.
pub(super) fn balance<'t>(old: &Logic, ends: &[End], timing: &'t Timing) -> (Mapper<'t>, Vec<End>) {
    let (live, loads) = (live(old, ends), references(old, ends));
    let mut m = Mapper::new(timing);
    let mut new: Vec<Option<Bit>> = vec![None; old.len()];
    new[0] = Some(Bit::ZERO);
    // Inner gates of trees are made with their roots.
    let mut inner = vec![false; old.len()];
    for g in (0..old.len() as u32).filter(|g| live[*g as usize]).rev() {
        for b in operands(old.at(g)) {
            let same = match (old.at(g), old.at(b.gate())) {
                (Gate::And(..), Gate::And(..)) => !b.inverted(),
                (Gate::Xor(..), Gate::Xor(..)) => true,
                _ => false,
            };
            inner[b.gate() as usize] |= same && loads[b.gate() as usize] == 1;
        }
    }
    let mut cells: Vec<Option<Vec<Bit>>> = vec![None; old.cells.len()];
    for g in (0..old.len() as u32).filter(|g| live[*g as usize] && !inner[*g as usize]) {
        let loads = loads[g as usize];
        let of = |b: Bit| new[b.gate() as usize].expect("operands come first").invert_if(b.inverted());
        let bit = match old.at(g) {
            Gate::Zero => Bit::ZERO,
            Gate::Source(_) => m.gate(loads, |l| l.add(old.at(g))),
            Gate::And(..) | Gate::Xor(..) => {
                let mut leaves = Vec::new();
                collect(old, g, &inner, &mut leaves);
                let leaves = leaves.into_iter().map(of).collect();
                m.tree(matches!(old.at(g), Gate::And(..)), leaves, loads)
            }
            Gate::Mux(s, a, b) => m.gate(loads, |l| l.mux(of(s), of(a), of(b))),
            Gate::Output(c, k) => {
                let outputs = cells[c as usize].get_or_insert_with(|| {
                    let cell = match &old.cells[c as usize] {
                        Cell::Chain { operands, carry, cut, subtracts } => {
                            let operands = m.pins(operands.iter().map(|p| p.map(of)).collect(), *subtracts);
                            Cell::Chain { operands, carry: of(*carry), cut: *cut, subtracts: *subtracts }
                        }
                        Cell::Block { inputs, outputs, ps } => Cell::Block {
                            inputs: inputs.iter().map(|b| of(*b)).collect(),
                            outputs: *outputs,
                            ps: *ps,
                        },
                    };
                    m.cell(cell)
                });
                outputs[k as usize]
            }
        };
        new[g as usize] = Some(bit);
    }
    let of = |b: Bit| new[b.gate() as usize].expect("it is live").invert_if(b.inverted());
    let ends = ends.iter().map(|e| End { bit: of(e.bit), ..*e }).collect();
    (m, ends)
}

/// The inputs of the tree below a gate.
fn collect(logic: &Logic, gate: u32, inner: &[bool], leaves: &mut Vec<Bit>) {
    for b in operands(logic.at(gate)) {
        if inner[b.gate() as usize] {
            collect(logic, b.gate(), inner, leaves);
        } else {
            leaves.push(b);
        }
    }
}

impl<'t> Mapper<'t> {
    fn new(timing: &'t Timing) -> Self {
        let mut m = Self {
            timing,
            logic: Logic::new(),
            cuts: Vec::new(),
            arrival: Vec::new(),
            depth: Vec::new(),
            area: Vec::new(),
        };
        m.learn(1);
        m
    }

    /// A gate that so many will read.
    fn gate(&mut self, loads: u32, make: impl FnOnce(&mut Logic) -> Bit) -> Bit {
        let bit = make(&mut self.logic);
        self.learn(loads.max(1));
        bit
    }

    /// Arrivals and cuts of gates that are new.
    fn learn(&mut self, loads: u32) {
        for g in self.cuts.len() as u32..self.logic.len() as u32 {
            let gate = self.logic.at(g);
            let cuts = match gate {
                Gate::And(a, b) | Gate::Xor(a, b) => self.merged(&self.ways(a), &self.ways(b)),
                Gate::Mux(s, a, b) => {
                    let (a, b) = (self.ways(a), self.ways(b));
                    let mut data = self.merged(&a, &b);
                    // The best may all be so wide that the select has no room.
                    if data.iter().all(|c| c.leaves.len() > 2) {
                        data.extend(a.last().zip(b.last()).and_then(|(a, b)| self.union(a, b)));
                    }
                    self.merged(&self.ways(s), &data)
                }
                _ => Vec::new(),
            };
            let at = |b: &Bit| self.depth[b.gate() as usize] + 1;
            let depth = operands(gate).iter().map(at).max().unwrap_or(0);
            let arrival = cuts.first().map_or_else(|| self.start(gate), |c: &Cut| c.arrival);
            let area = cuts.iter().map(|c| c.area).fold(f64::INFINITY, f64::min);
            self.area.push(if cuts.is_empty() { 0.0 } else { area / f64::from(loads) });
            self.arrival.push(arrival);
            self.depth.push(depth);
            self.cuts.push(cuts);
        }
    }

    /// When a gate without cuts is there.
    fn start(&self, gate: Gate) -> f64 {
        let Gate::Output(c, k) = gate else { return 0.0 };
        let t = self.timing;
        let at = |b: &Bit| if b.is_constant() { f64::NEG_INFINITY } else { self.arrival[b.gate() as usize] };
        let ready = match &self.logic.cells[c as usize] {
            Cell::Block { inputs, ps, .. } => inputs.iter().map(at).fold(0.0, f64::max) + ps,
            Cell::Chain { operands, carry, .. } => {
                let mut ready = at(carry);
                for pair in operands.iter().take(k as usize + 1) {
                    let here = pair.iter().map(at).fold(f64::NEG_INFINITY, f64::max);
                    ready = (ready + t.carry_ps).max(here + t.believed_wire_ps + t.chain_in_ps);
                }
                ready + t.chain_out_ps
            }
        };
        ready.max(0.0)
    }

    /// Operands of a chain, with tables in front of what its cells do not invert.
    fn pins(&mut self, mut operands: Vec<[Bit; 2]>, subtracts: bool) -> Vec<[Bit; 2]> {
        let (inverts, words) = (self.timing.chain_inverts, self.timing.chain_inverts_words);
        if inverts && !words {
            return operands;
        }
        for pair in &mut operands {
            for (k, bit) in pair.iter_mut().enumerate() {
                let in_cell = inverts && subtracts && k == 1;
                let pin = bit.invert_if(in_cell);
                if !pin.is_constant() && pin.inverted() && self.is_start(pin) {
                    *bit = self.plain(pin).invert_if(in_cell);
                }
            }
        }
        operands
    }

    /// Whether no table makes a bit.
    fn is_start(&self, b: Bit) -> bool {
        matches!(self.logic.at(b.gate()), Gate::Source(_) | Gate::Output(..))
    }

    fn cell(&mut self, cell: Cell) -> Vec<Bit> {
        let outputs = self.logic.cell(cell);
        self.learn(1);
        outputs
    }

    /// A tree of the operands, the earliest deepest.
    fn tree(&mut self, and: bool, leaves: Vec<Bit>, loads: u32) -> Bit {
        let level =
            self.timing.believed_wire_ps + self.timing.believed_ps[0].iter().copied().fold(0.0, f64::max);
        let key = |m: &Self, b: Bit| {
            let g = b.gate() as usize;
            // Levels of full tables: trees of the same depth shall end together.
            let levels = (m.arrival[g] / level - 1e-6).ceil().max(0.0);
            Reverse((levels as u32, m.depth[g], b))
        };
        let mut heap: BinaryHeap<_> = leaves.into_iter().map(|b| key(self, b)).collect();
        loop {
            let Some(Reverse((.., a))) = heap.pop() else { return Bit::constant(and) };
            let Some(Reverse((.., b))) = heap.pop() else { return a };
            let loads = if heap.is_empty() { loads } else { 1 };
            let bit = self.gate(loads, |l| if and { l.and(a, b) } else { l.xor(a, b) });
            heap.push(key(self, bit));
        }
    }

    /// The bit without an inverter in front of it.
    fn plain(&mut self, b: Bit) -> Bit {
        if self.is_start(b) && b.inverted() {
            // One table of one input: a gate that nothing simplifies.
            return self.gate(1, |l| l.add(Gate::Xor(Bit::ONE, Bit::plain(b.gate()))));
        }
        Bit::plain(b.gate())
    }

    /// The bit where an inverter in front of it is part of a table.
    fn made(&mut self, b: Bit) -> Bit {
        if self.is_start(b) { self.plain(b) } else { b }
    }

    /// The cuts of an operand: those of its gate, and the gate itself.
    fn ways(&self, b: Bit) -> Vec<Cut> {
        let g = b.gate();
        if g == 0 {
            return vec![Cut { leaves: smallvec![], signature: 0, arrival: 0.0, area: 0.0 }];
        }
        let (arrival, area) = (self.arrival[g as usize], self.area[g as usize]);
        let own = Cut { leaves: smallvec![g], signature: 1 << (g % 64), arrival, area };
        self.cuts[g as usize].iter().cloned().chain([own]).collect()
    }

    /// Unions of one cut of each, the best first.
    fn merged(&self, a: &[Cut], b: &[Cut]) -> Vec<Cut> {
        let mut out: Vec<Cut> = Vec::with_capacity(CUTS + 1);
        for x in a {
            for y in b {
                let Some(cut) = self.union(x, y) else { continue };
                if out.iter().any(|c| c.signature & !cut.signature == 0 && subset(&c.leaves, &cut.leaves)) {
                    continue;
                }
                out.retain(|c| cut.signature & !c.signature != 0 || !subset(&cut.leaves, &c.leaves));
                let before = |c: &Cut| {
                    (c.arrival, c.area).partial_cmp(&(cut.arrival, cut.area)).is_some_and(|o| o.is_le())
                };
                let place = out.iter().take_while(|c| before(c)).count();
                if place < CUTS {
                    out.insert(place, cut);
                    out.truncate(CUTS);
                }
            }
        }
        out
    }

    /// The leaves of both, if one table has room for them.
    fn union(&self, x: &Cut, y: &Cut) -> Option<Cut> {
        let widest = self.timing.believed_ps.len() + self.timing.believed_ps[0].len() - 1;
        let signature = x.signature | y.signature;
        if signature.count_ones() as usize > widest {
            return None;
        }
        let leaves = union(&x.leaves, &y.leaves, widest)?;
        let arrival = self.believed(&leaves);
        let area = self.tables(leaves.len()) + leaves.iter().map(|l| self.area[*l as usize]).sum::<f64>();
        Some(Cut { leaves, signature, arrival, area })
    }

    /// Tables of the device in one of so many inputs.
    fn tables(&self, inputs: usize) -> f64 {
        f64::from(1u32 << inputs.saturating_sub(self.timing.table_inputs as usize))
    }

    /// When a table of these inputs is ready: the latest comes in at the fastest pin.
    fn believed(&self, leaves: &[u32]) -> f64 {
        let mut at: SmallVec<[f64; 7]> = leaves.iter().map(|l| self.arrival[*l as usize]).collect();
        at.sort_by(|a, b| b.total_cmp(a));
        let pins = pins(&self.timing.believed_ps, leaves.len());
        let ready = at.iter().zip(pins).map(|(a, p)| a + p).fold(0.0, f64::max);
        ready + self.timing.believed_wire_ps
    }

    /// The tables that the ends need: the smallest cuts that are no later than the latest end.
    fn choose(&self, ends: &[End]) -> Vec<SmallVec<[u32; 7]>> {
        let latest = ends.iter().map(|e| self.arrival[e.bit.gate() as usize]).fold(0.0, f64::max);
        let count = self.logic.len();
        let mut required = vec![f64::INFINITY; count];
        let mut inputs: Vec<SmallVec<[u32; 7]>> = vec![SmallVec::new(); count];
        for e in ends {
            required[e.bit.gate() as usize] = latest;
        }
        for g in (1..count as u32).rev() {
            let (i, limit) = (g as usize, required[g as usize]);
            if limit == f64::INFINITY {
                continue;
            }
            if let Gate::Output(c, k) = self.logic.at(g) {
                self.require(c, k, limit, &mut required);
                continue;
            }
            let fits = self.cuts[i].iter().filter(|c| c.arrival <= limit + 1e-6);
            let Some(cut) = fits.min_by(|a, b| a.area.total_cmp(&b.area)) else { continue };
            let mut leaves = cut.leaves.clone();
            leaves.sort_by(|a, b| self.arrival[*a as usize].total_cmp(&self.arrival[*b as usize]));
            let pins = pins(&self.timing.believed_ps, leaves.len());
            for (leaf, pin) in leaves.iter().rev().zip(pins) {
                let r = &mut required[*leaf as usize];
                *r = r.min(limit - pin - self.timing.believed_wire_ps);
            }
            inputs[i] = leaves;
        }
        inputs
    }

    /// When the inputs of a cell have to be there for an output.
    fn require(&self, cell: u32, output: u32, limit: f64, required: &mut [f64]) {
        let t = self.timing;
        let mut need = |b: &Bit, by: f64| {
            let r = &mut required[b.gate() as usize];
            *r = r.min(by);
        };
        match &self.logic.cells[cell as usize] {
            Cell::Block { inputs, ps, .. } => inputs.iter().for_each(|b| need(b, limit - ps)),
            Cell::Chain { operands, carry, .. } => {
                let mut by = limit - t.chain_out_ps;
                let top = operands.len().min(output as usize + 1);
                for pair in operands[..top].iter().rev() {
                    pair.iter().for_each(|b| need(b, by - t.believed_wire_ps - t.chain_in_ps));
                    by -= t.carry_ps;
                }
                need(carry, by);
            }
        }
    }
}

/// The pins of a table, the fastest first.
pub(crate) fn pins(table: &[Vec<f64>], inputs: usize) -> &[f64] {
    &table[inputs.saturating_sub(table[0].len()).min(table.len() - 1)]
}

/// Two ascending lists as one, if it is no longer than `most`.
fn union(a: &[u32], b: &[u32], most: usize) -> Option<SmallVec<[u32; 7]>> {
    let mut out = SmallVec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if out.len() == most {
            return None;
        }
        let (x, y) = (a.get(i).copied().unwrap_or(u32::MAX), b.get(j).copied().unwrap_or(u32::MAX));
        out.push(x.min(y));
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    Some(out)
}

fn subset(a: &[u32], b: &[u32]) -> bool {
    let mut rest = b.iter();
    a.iter().all(|x| rest.any(|y| y == x))
}
