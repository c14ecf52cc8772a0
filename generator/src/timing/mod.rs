//! The clock that a netlist will have once it is placed and routed, by static timing over what synthesis is expected
//! to make of it.
//!
//! The delays that the scheduler adds up belong to operations, so that it can place registers between them. Synthesis
//! knows no operations: a function of few bits is one table whatever it is written as. Here the finished netlist is taken
//! apart into bits (`bits.rs`), covered with the device's tables (`cover.rs`) and timed, each wire by its loads and the size
//! of the core. Targets whose wires were fitted to routed cores have figures for that ([`Target::timing`]); for sums on AMD's
//! chains, the figures of the schedule serve ([`Target::cells`]): tables in front of chains, bits that leave them early and
//! the loads of each bit are what a schedule of words does not see.
pub(crate) mod bits;
pub(crate) mod cover;
pub(crate) mod logic;
#[cfg(test)]
mod tests;

use crate::rtl::{BinaryOp, Expr, Module};
use crate::target::{Target, Timing};
use bits::{Blasted, End, Pin, Purpose, blast};
use cover::{Cover, cover, pins};
use logic::{Cell, Gate};

/// What is expected of place and route.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// From one edge of the clock to the next, picoseconds.
    pub period_ps: f64,
    /// Signal at the start of the longest path.
    pub from: String,
    /// Signal at its end.
    pub to: String,
    /// Lookup tables on it.
    pub levels: u32,
    /// Carry chains on it.
    pub chains: u32,
    /// Tables of [`Timing::table_inputs`] inputs in the core.
    pub tables: u64,
    /// The same period for the paths that end in each section of the module alone; 0 where none does.
    pub sections_ps: Vec<f64>,
}

/// Estimates a module; `None` where the target says too little of what it is made of, or there is no path.
pub fn estimate(module: &Module, target: &Target) -> Option<Estimate> {
    if target.timing.is_none() && !adds_only(module) {
        return None;
    }
    Covered::new(module, target)?.estimate(target.cells()?.as_ref())
}

/// Whether it neither compares nor shifts nor multiplies. The lines of a target have the loads of these operations, and what
/// synthesis makes of them, so that their gates tell nothing that goes with the lines.
fn adds_only(module: &Module) -> bool {
    use BinaryOp::{Eq, Mul, Shl, Shr, Ult};
    let adds = |e: &Expr| !matches!(e, Expr::Binary(Eq | Mul | Shl | Shr | Ult, ..));
    module.sections.iter().flat_map(|s| &s.wires).all(|wire| wire.expr.all(&adds))
}

/// A module in lookup tables and carry chains.
pub struct Covered {
    cover: Cover,
    /// The name of each source's signal.
    sources: Vec<String>,
    /// The name of each end's signal.
    ends: Vec<String>,
}

impl Covered {
    /// Covers a module as synthesis would; `None` where the target says nothing of it.
    pub fn new(module: &Module, target: &Target) -> Option<Covered> {
        let timing = target.cells()?;
        let Blasted { logic, ends, sources, .. } = blast(module, target, Purpose::Timing);
        let name = |s: crate::rtl::SignalId| module.signal(s).name.clone();
        let names = ends.iter().map(|e| name(e.of)).collect();
        let cover = cover(&logic, &ends, &timing);
        Some(Covered { cover, sources, ends: names })
    }

    /// Times it with these cells and wires; `None` without a path.
    pub fn estimate(&self, timing: &Timing) -> Option<Estimate> {
        let paths = Paths::new(&self.cover, timing);
        let ends_ps: Vec<f64> = self.cover.ends.iter().map(|e| paths.end(e)).collect();
        let (end, period_ps) = ends_ps.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let mut sections_ps = Vec::new();
        for (e, ps) in self.cover.ends.iter().zip(&ends_ps) {
            sections_ps.resize(sections_ps.len().max(e.section + 1), 0f64);
            sections_ps[e.section] = sections_ps[e.section].max(*ps);
        }
        let (start, levels, chains) = paths.back(self.cover.ends[end].bit.gate());
        let from = start.map_or_else(String::new, |s| self.sources[s as usize].clone());
        let to = self.ends[end].clone();
        Some(Estimate { period_ps, from, to, levels, chains, tables: paths.tables, sections_ps })
    }
}

/// Arrivals at every gate of a cover.
struct Paths<'c> {
    cover: &'c Cover,
    timing: &'c Timing,
    /// Pins that each gate drives.
    loads: Vec<f64>,
    arrival: Vec<f64>,
    /// The gate before, on the longest path to a gate.
    before: Vec<Option<u32>>,
    /// Registers with the gate at their data inputs.
    registers: Vec<u32>,
    /// Registers with the gate at their enables, and at their resets.
    controlled: [Vec<u32>; 2],
    tables: u64,
    /// What the size of the core adds to each wire.
    area_ps: f64,
    /// And what it adds to each path.
    path_ps: f64,
}

impl<'c> Paths<'c> {
    fn new(cover: &'c Cover, timing: &'c Timing) -> Self {
        let count = cover.logic.len();
        let mut p = Self {
            cover,
            timing,
            loads: vec![0.0; count],
            arrival: vec![0.0; count],
            before: vec![None; count],
            registers: vec![0; count],
            controlled: [vec![0; count], vec![0; count]],
            tables: 0,
            area_ps: 0.0,
            path_ps: 0.0,
        };
        p.count();
        for g in 1..count as u32 {
            let (arrival, before) = match cover.logic.at(g) {
                Gate::Source(_) => (timing.clock_to_q_ps + p.path_ps, None),
                Gate::Output(c, k) => p.cell(c, k),
                _ => {
                    let (at, before) = p.table(&cover.inputs[g as usize]);
                    let late = if timing.multiplexers.is_some() && p.regrouped(g) {
                        timing.table_ps[0][0]
                    } else {
                        0.0
                    };
                    (at + late, before)
                }
            };
            p.arrival[g as usize] = arrival;
            p.before[g as usize] = before;
        }
        p
    }

    fn count(&mut self) {
        let cover = self.cover;
        for inputs in cover.inputs.iter().filter(|i| !i.is_empty()) {
            inputs.iter().for_each(|l| self.loads[*l as usize] += 1.0);
            self.tables += 1 << inputs.len().saturating_sub(self.timing.table_inputs as usize);
        }
        for cell in &cover.logic.cells {
            cell.inputs().iter().for_each(|b| self.loads[b.gate() as usize] += 1.0);
            if let Cell::Chain { operands, .. } = cell {
                self.tables += operands.len() as u64;
            }
        }
        for end in &cover.ends {
            let g = end.bit.gate() as usize;
            // Registers that stand together share these pins.
            self.loads[g] +=
                if end.pin == Pin::Data { 1.0 } else { 1.0 / f64::from(self.timing.registers_together) };
            match end.pin {
                Pin::Data => self.registers[g] += 1,
                Pin::Enable => self.controlled[0][g] += 1,
                Pin::Reset => self.controlled[1][g] += 1,
            }
        }
        let doublings = (self.tables.max(1) as f64).log2();
        self.area_ps = self.timing.wire_per_log2_area_ps * doublings;
        self.path_ps = self.timing.path_per_log2_area_ps * doublings;
    }

    /// When a gate's value is at the pins it drives.
    fn there(&self, gate: u32) -> f64 {
        let t = self.timing;
        let loads = self.loads[gate as usize].max(1.0);
        let driving = t.wire_per_log2_load_ps * loads.log2() + t.wire_per_load_ps * (loads - 1.0);
        self.arrival[gate as usize] + t.wire_ps + self.area_ps + driving
    }

    /// Whether synthesis may divide the exclusive ors of a table, and of those in front of it, between tables in another way:
    /// without regard to which input is the latest, where it sees time for that.
    fn regrouped(&self, gate: u32) -> bool {
        let inputs = |g: u32| &self.cover.inputs[g as usize];
        if !self.is_parity(gate) {
            return false;
        }
        let before = |l: &u32| if self.is_parity(*l) { inputs(*l).to_vec() } else { vec![*l] };
        let mut all: Vec<u32> = inputs(gate).iter().flat_map(before).collect();
        all.sort_unstable();
        all.dedup();
        all.len() > self.timing.table_ps[0].len()
    }

    /// Whether a table makes the gate, of nothing but exclusive ors.
    fn is_parity(&self, gate: u32) -> bool {
        let leaves = &self.cover.inputs[gate as usize];
        let mut work = if leaves.is_empty() { Vec::new() } else { vec![gate] };
        while let Some(g) = work.pop() {
            let Gate::Xor(a, b) = self.cover.logic.at(g) else { return false };
            work.extend([a.gate(), b.gate()].into_iter().filter(|g| !leaves.contains(g)));
        }
        !leaves.is_empty()
    }

    fn table(&self, inputs: &[u32]) -> (f64, Option<u32>) {
        let mut at: Vec<(f64, u32)> = inputs.iter().map(|l| (self.there(*l), *l)).collect();
        at.sort_by(|a, b| b.0.total_cmp(&a.0));
        let pins = pins(&self.timing.table_ps, inputs.len());
        let ready = at.iter().zip(pins).map(|((at, leaf), pin)| (at + pin, *leaf));
        ready.max_by(|a, b| a.0.total_cmp(&b.0)).map_or((0.0, None), |(at, leaf)| (at, Some(leaf)))
    }

    fn cell(&self, cell: u32, output: u32) -> (f64, Option<u32>) {
        let t = self.timing;
        let mut ready: (f64, Option<u32>) = (0.0, None);
        let later = |ready: &mut (f64, Option<u32>), at: f64, gate: u32| {
            if at > ready.0 {
                *ready = (at, Some(gate));
            }
        };
        let there = |b: &logic::Bit| (!b.is_constant()).then(|| (self.there(b.gate()), b.gate()));
        match &self.cover.logic.cells[cell as usize] {
            Cell::Block { inputs, ps, .. } => {
                inputs.iter().filter_map(there).for_each(|(at, g)| later(&mut ready, at + ps, g));
            }
            Cell::Chain { operands, carry, .. } if t.multiplexers.is_some() => {
                let m = t.multiplexers.unwrap_or_default();
                let bits = (output as usize / m.cell_bits as usize + 1) * m.cell_bits as usize;
                if let Some((at, g)) = there(carry) {
                    later(&mut ready, at + m.operand_ps, g);
                }
                for cell in operands[..bits.min(operands.len())].chunks(m.cell_bits as usize) {
                    for (at, g) in cell.iter().flatten().filter_map(there) {
                        let own =
                            if self.cover.inputs[g as usize].is_empty() { m.operand_ps } else { m.table_ps };
                        later(&mut ready, at + own, g);
                    }
                    ready.0 += m.cell_ps;
                }
            }
            Cell::Chain { operands, carry, cut, .. } => {
                if let Some((at, g)) = there(carry) {
                    later(&mut ready, at + t.chain_in_ps, g);
                }
                // Its own operands make a sum beside the carry, not through it.
                let own = t.own_sum_ps.zip(operands.get(output as usize));
                let carries = output as usize + usize::from(own.is_none());
                for (i, pair) in operands.iter().take(carries).enumerate() {
                    ready.0 += t.carry_ps;
                    if *cut == Some(i as u32) {
                        ready.0 += t.chain_out_ps + t.wire_ps + self.area_ps + t.chain_in_ps;
                    }
                    pair.iter()
                        .filter_map(there)
                        .for_each(|(at, g)| later(&mut ready, at + t.chain_in_ps, g));
                }
                ready.0 += t.chain_out_ps;
                if let Some((ps, pair)) = own {
                    pair.iter().filter_map(there).for_each(|(at, g)| later(&mut ready, at + ps, g));
                }
            }
        }
        ready
    }

    /// When a value is taken in.
    fn end(&self, end: &End) -> f64 {
        let (g, t) = (end.bit.gate(), self.timing);
        let at = self.arrival[g as usize];
        let wide = self.cover.inputs[g as usize].len() > t.table_ps[0].len();
        let global = |n: u32| if t.global_above.is_some_and(|most| n > most) { t.global_ps } else { 0.0 };
        // One register stands beside what makes its data.
        let beside = match (end.pin, self.cover.logic.at(g)) {
            (Pin::Enable, _) => return self.there(g) + t.enable_ps + global(self.controlled[0][g as usize]),
            (Pin::Reset, _) => return self.there(g) + t.reset_ps + global(self.controlled[1][g as usize]),
            (Pin::Data, Gate::Source(_)) => None,
            (Pin::Data, Gate::Output(c, k)) => self.is_sum(c, k).then_some(t.chain_to_register_ps),
            (Pin::Data, _) if wide => Some(t.wide_to_register_ps),
            (Pin::Data, _) => Some(t.table_to_register_ps),
        };
        let alone = !t.register_alone || self.loads[g as usize] <= 1.0;
        match beside.filter(|_| self.registers[g as usize] == 1 && alone) {
            Some(ps) => at + ps,
            None => self.there(g) + t.setup_ps,
        }
    }

    /// Whether a register can stand beside an output of a cell: not beside a carry that leaves its chain.
    fn is_sum(&self, cell: u32, output: u32) -> bool {
        match &self.cover.logic.cells[cell as usize] {
            Cell::Chain { operands, .. } => (output as usize) < operands.len(),
            Cell::Block { .. } => true,
        }
    }

    /// The source of the longest path to a gate, tables and chains on the way.
    fn back(&self, gate: u32) -> (Option<u32>, u32, u32) {
        let (mut at, mut levels, mut chains) = (Some(gate), 0, 0);
        while let Some(g) = at {
            match self.cover.logic.at(g) {
                Gate::Source(s) => return (Some(s), levels, chains),
                Gate::Output(..) => chains += 1,
                _ => levels += 1,
            }
            at = self.before[g as usize];
        }
        (None, levels, chains)
    }
}
