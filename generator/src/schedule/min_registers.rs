//! Fewest register bits at the least latency.
//!
//! A linear program over differences (Leiserson and Saxe, 1991): a value of width w costs w for every rank between its
//! stage and that of its last user. It has an integral optimum, found by the network simplex of `network.rs`. The rows
//! of timing, one for every path that is too long for a stage, are quadratic in number; they are added as they are
//! found violated. Nodes stay between their earliest and latest stages, which spares most of them.
//!
//! Delays are estimates, and a path that just fits is the one that misses the clock. So paths that leave less than a
//! margin have a price, added to the program in the same way once it is solved: they are divided where that takes no
//! stage and hardly more registers, and nowhere else.

use super::asap::earliest;
use super::explain::{Infeasible, explain};
use super::network::Network;
use super::problem::{Method, Problem, Schedule};
use super::relax::{System, arcs};
use std::collections::HashSet;

/// Elementary steps of the solver; some seconds. Counted, not timed: a core must not depend on the machine's speed.
const WORK_LIMIT: u64 = 4_000_000_000;

/// The schedule with the fewest register bits among those of the least latency, but for those that buy a margin. If that
/// takes too long (beyond some 100000 nodes), everything as soon as possible; [`Schedule::method`] tells.
pub fn min_registers(problem: &Problem) -> Result<Schedule, Infeasible> {
    min_registers_within(problem, WORK_LIMIT)
}

pub(super) fn min_registers_within(problem: &Problem, mut work: u64) -> Result<Schedule, Infeasible> {
    problem.assert_well_formed();
    let system = System::new(problem);
    let Some(earliest) = earliest(problem, &system) else {
        return Err(explain(problem));
    };
    if earliest.is_empty() {
        return Ok(problem.schedule(Vec::new(), 0, Method::MinRegisters));
    }
    let asap = problem.schedule(earliest.iter().map(|&s| s as u32).collect(), 0, Method::AsapBeyondLimit);
    let mut program = Program {
        network: network(problem, &earliest, i64::from(asap.latency)),
        problem,
        system,
        priced: HashSet::new(),
    };
    let Some(fewest) = program.solve(&mut work, false) else { return Ok(asap) };
    // Margins are worth having, not worth losing what is there.
    let roomier = if problem.margin_ps > 0.0 { program.solve(&mut work, true) } else { None };
    Ok(problem.schedule(roomier.unwrap_or(fewest), 0, Method::MinRegisters))
}

/// The linear program with the rows of timing found so far.
struct Program<'p> {
    network: Network,
    problem: &'p Problem,
    system: System,
    /// Ends of the paths that have a price for leaving no margin.
    priced: HashSet<(usize, usize)>,
}

impl Program<'_> {
    /// Optimal stages; with `margins`, paths that leave none have their price. `None` if the work did not suffice.
    fn solve(&mut self, work: &mut u64, margins: bool) -> Option<Vec<u32>> {
        let count = self.problem.nodes.len();
        loop {
            if !self.network.solve(work) {
                return None;
            }
            let stage = self.network.values(count);
            let rows = too_long(&self.system, stage, self.system.limit);
            let full = if rows.is_empty() && margins { self.full(stage) } else { Vec::new() };
            if rows.is_empty() && full.is_empty() {
                return Some(stage.iter().map(|&s| s as u32).collect());
            }
            for (from, to) in rows {
                self.network.add_row(from, to, 1);
            }
            for (from, to) in full {
                self.network.add_priced_row(from, to, 1, i64::from(self.problem.nodes[from].width));
                self.priced.insert((from, to));
            }
        }
    }

    /// Paths that leave no margin, have no price yet, and are shorter once divided. Their price is a register of what
    /// they begin with: to have those of other values longer for it is not worth more than this saves.
    fn full(&self, stage: &[i64]) -> Vec<(usize, usize)> {
        let mut paths = too_long(&self.system, stage, self.system.roomy);
        let divides = |v: usize| self.problem.nodes[v].width > 0 && self.system.delay[v] > 0;
        paths.retain(|path| divides(path.0) && !self.priced.contains(path));
        paths
    }
}

/// The program without timing: one variable a node, and one for the end of each value that several others use.
fn network(problem: &Problem, earliest: &[i64], latency: i64) -> Network {
    let count = earliest.len();
    let mut lower = earliest.to_vec();
    let reversed = System::reversed(problem, latency - 1);
    let from_the_end =
        reversed.least(reversed.lower.clone()).expect("there is a schedule, so there is a latest one");
    let mut upper: Vec<i64> = from_the_end.iter().rev().map(|s| latency - 1 - s).collect();
    debug_assert!(lower.iter().zip(&upper).all(|(l, u)| l <= u));

    let mut users = vec![Vec::new(); count];
    for &(from, to) in &problem.edges {
        users[from].push(to);
    }
    for list in &mut users {
        list.sort_unstable();
        list.dedup();
    }
    let mut alive_at_end = vec![false; count];
    for &sink in &problem.sinks {
        alive_at_end[sink] = true;
    }

    let mut cost = vec![0i64; count];
    let mut rows = Vec::new();
    for v in 0..count {
        rows.extend(users[v].iter().map(|&user| (v, user, 0)));
        let width = i64::from(problem.nodes[v].width);
        if width == 0 || (users[v].is_empty() && !alive_at_end[v]) {
            continue;
        }
        cost[v] -= width;
        if alive_at_end[v] {
            continue; // until the latency, which is no variable
        }
        let end = match users[v][..] {
            [user] => user,
            ref several => {
                let end = cost.len();
                cost.push(0);
                lower.push(several.iter().map(|&u| lower[u]).max().unwrap_or(0));
                upper.push(several.iter().map(|&u| upper[u]).max().unwrap_or(0));
                rows.extend(several.iter().map(|&user| (user, end, 0)));
                end
            }
        };
        cost[end] += width;
    }
    rows.extend(arcs(problem).into_iter().map(|a| (a.from, a.to, a.weight)));

    let mut network = Network::new(&lower, &upper, &cost);
    for (from, to, weight) in rows {
        network.add_row(from, to, weight);
    }
    network
}

/// Paths within one stage that take longer than the limit, by their ends; as short as possible, since the shorter
/// implies the longer.
fn too_long(system: &System, stage: &[i64], limit: i64) -> Vec<(usize, usize)> {
    let mut arrival: Vec<i64> = vec![0; stage.len()];
    let mut critical: Vec<Option<usize>> = vec![None; stage.len()];
    let mut rows = Vec::new();
    for v in 0..stage.len() {
        let same_stage = system.operands.of(v).iter().copied().filter(|&p| stage[p] == stage[v]);
        arrival[v] = system.delay[v];
        for p in same_stage {
            if arrival[p].saturating_add(system.delay[v]) > limit {
                let (mut first, mut path) = (p, system.delay[v].saturating_add(system.delay[p]));
                while path <= limit {
                    first = critical[first].expect("the arrival is the sum along the critical path");
                    path = path.saturating_add(system.delay[first]);
                }
                rows.push((first, v));
            } else if arrival[p] + system.delay[v] > arrival[v] || critical[v].is_none() {
                arrival[v] = arrival[p] + system.delay[v];
                critical[v] = Some(p);
            }
        }
    }
    // Two paths between the same ends make one row.
    rows.sort_unstable();
    rows.dedup();
    rows
}
