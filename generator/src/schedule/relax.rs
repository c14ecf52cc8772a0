//! The constraints as a system of differences, and its least solution.
//!
//! Every constraint has the form `stage(to) >= stage(from) + weight`, so that if there is any solution, there is one in
//! which every node is as early as in no other. Timing belongs to it: wherever a path takes longer than the budget,
//! `stage(last) >= stage(first) + 1`. These rows are never written down here; a sweep in topological order that
//! carries arrival times finds the least solution of all of them at once. Only constraints against the topological
//! order (recurrences) need more than one sweep.

use super::problem::Problem;

/// Delays are whole numbers here, of 10^-9 ps: sums are exact, so the order of adding cannot matter.
pub(super) const TICKS_PER_PS: f64 = 1e9;

/// What a stage may exceed its budget by. A delay equal to the budget fits despite its conversion; the audit allows more.
const TOLERANCE: i64 = 100;

/// A stage that no schedule reaches.
pub(super) const UNREACHED: i64 = i64::MIN;

/// `stage(to) >= stage(from) + weight`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub from: usize,
    pub to: usize,
    pub weight: i64,
}

/// Lists of one item kind per node, in one piece of memory.
pub(super) struct Lists<T> {
    start: Vec<usize>,
    items: Vec<T>,
}

impl<T: Copy> Lists<T> {
    fn new(count: usize, items: &[(usize, T)]) -> Lists<T> {
        let mut start = vec![0; count + 1];
        for &(key, _) in items {
            start[key + 1] += 1;
        }
        for i in 0..count {
            start[i + 1] += start[i];
        }
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|&i| items[i].0);
        Lists { start, items: order.into_iter().map(|i| items[i].1).collect() }
    }

    pub(super) fn of(&self, key: usize) -> &[T] {
        &self.items[self.start[key]..self.start[key + 1]]
    }
}

/// A [`Problem`] made ready for solving.
pub(super) struct System {
    /// In ticks.
    pub delay: Vec<i64>,
    /// The budget of a stage, in ticks, tolerance included.
    pub limit: i64,
    /// The same, less what had better be left.
    pub roomy: i64,
    /// Operands of a node.
    pub operands: Lists<usize>,
    /// Separations and recurrences along the topological order, by their end.
    along: Lists<(usize, i64)>,
    /// Those against it.
    pub against: Vec<Arc>,
    /// First stages.
    pub lower: Vec<i64>,
}

impl System {
    pub(super) fn new(problem: &Problem) -> System {
        let count = problem.nodes.len();
        let delay = problem.nodes.iter().map(|n| ticks(n.delay_ps)).collect();
        let operands: Vec<_> = problem.edges.iter().map(|&(from, to)| (to, from)).collect();
        let lower =
            problem.nodes.iter().map(|n| i64::from(n.fixed_stage.unwrap_or(0).max(n.min_stage))).collect();
        let arcs = arcs(problem);
        Self::assemble(delay, problem, Lists::new(count, &operands), &arcs, lower)
    }

    /// Time backwards: its least solution is the latest of the original, counted from the last stage. A node v is
    /// numbered `count - 1 - v`.
    pub(super) fn reversed(problem: &Problem, last: i64) -> System {
        let count = problem.nodes.len();
        let mirror = |v: usize| count - 1 - v;
        let delay = problem.nodes.iter().rev().map(|n| ticks(n.delay_ps)).collect();
        let operands: Vec<_> = problem.edges.iter().map(|&(from, to)| (mirror(from), mirror(to))).collect();
        let lower =
            problem.nodes.iter().rev().map(|n| n.fixed_stage.map_or(0, |f| last - i64::from(f))).collect();
        let arcs: Vec<_> = arcs(problem)
            .into_iter()
            .map(|a| Arc { from: mirror(a.to), to: mirror(a.from), weight: a.weight })
            .collect();
        Self::assemble(delay, problem, Lists::new(count, &operands), &arcs, lower)
    }

    fn assemble(
        delay: Vec<i64>,
        problem: &Problem,
        operands: Lists<usize>,
        arcs: &[Arc],
        lower: Vec<i64>,
    ) -> System {
        let along: Vec<_> =
            arcs.iter().filter(|a| a.from < a.to).map(|a| (a.to, (a.from, a.weight))).collect();
        let against = arcs.iter().copied().filter(|a| a.from >= a.to).collect();
        let limit = limit(problem.period_budget_ps);
        let roomy = limit.saturating_sub(ticks(problem.margin_ps));
        System { along: Lists::new(delay.len(), &along), delay, limit, roomy, operands, against, lower }
    }

    /// The earliest stage of every node from these first stages on; `None` if the constraints go round in a circle.
    /// Fixed stages are first stages here, no more.
    pub(super) fn least(&self, mut lower: Vec<i64>) -> Option<Vec<i64>> {
        // A longest path without circles takes each arc against the order once at most.
        for _ in 0..=self.against.len() {
            let stage = self.sweep(&lower);
            let mut settled = true;
            for arc in &self.against {
                let least = stage[arc.from] + arc.weight;
                if stage[arc.to] < least {
                    settled = false;
                    lower[arc.to] = lower[arc.to].max(least);
                }
            }
            if settled {
                return Some(stage);
            }
        }
        None
    }

    /// How many stages later than `source` each node is at least, following the order; [`UNREACHED`] where nothing leads.
    pub(super) fn distances(&self, source: usize) -> Vec<i64> {
        let mut lower = vec![UNREACHED; self.delay.len()];
        lower[source] = 0;
        self.sweep(&lower)
    }

    fn sweep(&self, lower: &[i64]) -> Vec<i64> {
        let mut stage = lower.to_vec();
        let mut arrival = vec![0i64; stage.len()];
        for v in 0..stage.len() {
            let mut s = stage[v];
            let operands = self.operands.of(v);
            for &p in operands {
                s = s.max(stage[p]);
            }
            for &(from, weight) in self.along.of(v) {
                if stage[from] != UNREACHED {
                    s = s.max(stage[from] + weight);
                }
            }
            if s == UNREACHED {
                continue;
            }
            let start = operands.iter().filter(|&&p| stage[p] == s).map(|&p| arrival[p]).max().unwrap_or(0);
            arrival[v] = start.saturating_add(self.delay[v]);
            if arrival[v] > self.limit {
                s += 1;
                arrival[v] = self.delay[v];
            }
            stage[v] = s;
        }
        stage
    }

    /// Arrival of each value within its stage, in ticks.
    pub(super) fn arrivals(&self, stage: &[i64]) -> Vec<i64> {
        let mut arrival = vec![0i64; stage.len()];
        for v in 0..stage.len() {
            let operands = self.operands.of(v).iter().filter(|&&p| stage[p] == stage[v]);
            arrival[v] = operands.map(|&p| arrival[p]).max().unwrap_or(0).saturating_add(self.delay[v]);
        }
        arrival
    }
}

/// Separations and recurrences.
pub(super) fn arcs(problem: &Problem) -> Vec<Arc> {
    let separations =
        problem.separations.iter().map(|&(from, to, distance)| Arc { from, to, weight: i64::from(distance) });
    let recurrences = problem.recurrences.iter().map(|&(read, next, distance)| Arc {
        from: next,
        to: read,
        weight: -i64::from(distance),
    });
    separations.chain(recurrences).collect()
}

fn ticks(ps: f64) -> i64 {
    // The conversion saturates: an infinite budget becomes the largest number, which no sum exceeds.
    (ps * TICKS_PER_PS).round() as i64
}

fn limit(budget_ps: f64) -> i64 {
    ticks(budget_ps).saturating_add(TOLERANCE)
}
