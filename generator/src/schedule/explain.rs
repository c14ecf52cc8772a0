//! Why there is no schedule, and what would do.

use super::asap::earliest_from;
use super::problem::Problem;
use super::relax::{Arc, System, TICKS_PER_PS, UNREACHED};

/// Why there is no schedule at the clock asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Infeasible {
    /// A node does not fit into a stage.
    #[error(
        "'{name}' takes {delay_ps:.0} ps, but a stage has {budget_ps:.0} ps at {clock_mhz:.1} MHz; {}",
        at_clock("it fits", *.closes_mhz)
    )]
    SlowNode {
        /// The slowest node.
        name: String,
        /// What it takes.
        delay_ps: f64,
        /// What a stage has.
        budget_ps: f64,
        /// The clock asked for.
        clock_mhz: f64,
        /// The fastest clock at which everything fits, rounded down to 0.1 MHz; `None` if none does.
        closes_mhz: Option<f64>,
    },
    /// A loop through a state does not close in time.
    #[error(
        "the loop {} takes {delay_ps:.0} ps: {stages} stages of {budget_ps:.0} ps at {clock_mhz:.1} MHz, but may take \
         {allowed_stages}; {}{}",
        arrows(.path),
        at_clock("it closes", *.closes_mhz),
        at_distance(*.clock_mhz, *.needed_distance)
    )]
    Recurrence {
        /// The nodes of its longest path, from the reading of the state to its next value. Where states feed each
        /// other, all around the circle.
        path: Vec<String>,
        /// What the path takes.
        delay_ps: f64,
        /// What a stage has.
        budget_ps: f64,
        /// The clock asked for.
        clock_mhz: f64,
        /// The stages it takes at the clock asked for.
        stages: u32,
        /// The stages it may take: one more than the distance of its recurrence; around several states, the sum.
        allowed_stages: u32,
        /// The distance the recurrence must be given to close at the clock asked for (an interleave of one more), if
        /// every other recurrence gets as much more; `None` if no distance would do. Around several states: what the
        /// first must be given.
        needed_distance: Option<u32>,
        /// The fastest clock at which everything closes, rounded down to 0.1 MHz; `None` if none does.
        closes_mhz: Option<f64>,
    },
    /// A path between two registers of a clocked core.
    #[error(
        "the path {} takes {delay_ps:.0} ps, but a clock has {budget_ps:.0} ps at {clock_mhz:.1} MHz; {}",
        arrows(.path),
        at_clock("it fits", Some(*.closes_mhz))
    )]
    Path {
        /// The nodes on it.
        path: Vec<String>,
        /// What it takes.
        delay_ps: f64,
        /// What a clock has.
        budget_ps: f64,
        /// The clock asked for.
        clock_mhz: f64,
        /// The fastest clock at which everything fits, rounded down to 0.1 MHz.
        closes_mhz: f64,
    },
    /// A node cannot be where it has to be.
    #[error(
        "'{name}' has to be in stage {stage}, but stage {earliest} is its earliest at {clock_mhz:.1} MHz; {}",
        at_clock("it fits", *.closes_mhz)
    )]
    FixedStage {
        /// The node.
        name: String,
        /// Where it has to be.
        stage: u32,
        /// Where it can be.
        earliest: u32,
        /// The clock asked for.
        clock_mhz: f64,
        /// The fastest clock at which everything fits, rounded down to 0.1 MHz; `None` if none does.
        closes_mhz: Option<f64>,
    },
}

impl Infeasible {
    /// The fastest clock at which everything closes, MHz, rounded down to 0.1 MHz.
    pub fn closes_mhz(&self) -> Option<f64> {
        match self {
            Self::SlowNode { closes_mhz, .. }
            | Self::Recurrence { closes_mhz, .. }
            | Self::FixedStage { closes_mhz, .. } => *closes_mhz,
            Self::Path { closes_mhz, .. } => Some(*closes_mhz),
        }
    }
}

/// A clock of 0 MHz stands for none: an infinite budget.
fn at_clock(verb: &str, closes_mhz: Option<f64>) -> String {
    match closes_mhz {
        Some(mhz) => format!("{verb} at {mhz:.1} MHz"),
        None => "no clock would do".to_owned(),
    }
}

fn at_distance(clock_mhz: f64, needed: Option<u32>) -> String {
    needed.map_or_else(String::new, |d| format!(", or at {clock_mhz:.1} MHz with an interleave of {}", d + 1))
}

/// Long paths lose their middle.
fn arrows(path: &[String]) -> String {
    const ENDS: usize = 4;
    if path.len() <= 2 * ENDS {
        return path.join(" -> ");
    }
    format!("{} -> ... -> {}", path[..ENDS].join(" -> "), path[path.len() - ENDS..].join(" -> "))
}

/// All nodes in one clock: when each is ready, in picoseconds.
///
/// # Errors
/// The slowest path, if it does not fit.
pub fn one_clock(problem: &Problem) -> Result<Vec<f64>, Infeasible> {
    problem.assert_well_formed();
    let count = problem.nodes.len();
    let mut operands: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in &problem.edges {
        operands[to].push(from);
    }
    let (mut ready, mut before) = (vec![0f64; count], vec![None; count]);
    for v in 0..count {
        before[v] = operands[v].iter().copied().max_by(|a, b| ready[*a].total_cmp(&ready[*b]));
        ready[v] = before[v].map_or(0.0, |b: usize| ready[b]) + problem.nodes[v].delay_ps;
    }
    let last = (0..count).max_by(|a, b| ready[*a].total_cmp(&ready[*b]));
    let Some(last) = last.filter(|v| ready[*v] > problem.period_budget_ps) else { return Ok(ready) };
    let mut path = Vec::new();
    let mut at = Some(last);
    while let Some(v) = at {
        let node = &problem.nodes[v];
        // Registers and inputs, where a path begins, and what takes time.
        if !node.name.is_empty() && (node.delay_ps > 0.0 || before[v].is_none()) {
            path.push(node.name.clone());
        }
        at = before[v];
    }
    path.reverse();
    Err(Infeasible::Path {
        path,
        delay_ps: ready[last],
        budget_ps: problem.period_budget_ps,
        clock_mhz: problem.clock_mhz(problem.period_budget_ps),
        closes_mhz: (problem.clock_mhz(ready[last]) * 10.0).floor() / 10.0,
    })
}

/// The smallest budget of a stage at which there is a schedule, in picoseconds; infinite if there is none at any.
pub fn closing_period(problem: &Problem) -> f64 {
    problem.assert_well_formed();
    let mut system = System::new(problem);
    let slowest = system.delay.iter().copied().max().unwrap_or(0);
    let mut stages_at = |limit: i64| {
        system.limit = limit;
        let stage = earliest_from(problem, &system, system.lower.clone())?;
        // The schedule stays legal down to the time that its slowest stage takes.
        Some(system.arrivals(&stage).into_iter().max().unwrap_or(0))
    };
    let Some(mut fits) = stages_at(i64::MAX) else {
        return f64::INFINITY;
    };
    let mut too_short = slowest - 1;
    while fits - too_short > 1 {
        let middle = too_short + (fits - too_short) / 2;
        match stages_at(middle) {
            Some(needed) => fits = needed,
            None => too_short = middle,
        }
    }
    fits as f64 / TICKS_PER_PS
}

/// The reason, of a problem that has no schedule.
pub(super) fn explain(problem: &Problem) -> Infeasible {
    let system = System::new(problem);
    let (budget_ps, clock_mhz) = (problem.period_budget_ps, problem.clock_mhz(problem.period_budget_ps));
    let closing = closing_period(problem);
    // Rounded down, so that the clock of the message can be asked for.
    let closes_mhz = closing.is_finite().then(|| (problem.clock_mhz(closing) * 10.0).floor() / 10.0);

    let slowest = (0..system.delay.len()).rev().max_by_key(|&v| system.delay[v]);
    if let Some(v) = slowest.filter(|&v| system.delay[v] > system.limit) {
        let node = &problem.nodes[v];
        let (name, delay_ps) = (node.name.clone(), node.delay_ps);
        return Infeasible::SlowNode { name, delay_ps, budget_ps, clock_mhz, closes_mhz };
    }
    if let Some(stage) = system.least(system.lower.clone()) {
        let late = |&v: &usize| problem.nodes[v].fixed_stage.is_some_and(|f| i64::from(f) != stage[v]);
        let v = (0..stage.len()).find(late).expect("without a circle only fixed stages are in the way");
        let node = &problem.nodes[v];
        return Infeasible::FixedStage {
            name: node.name.clone(),
            stage: node.fixed_stage.expect("it is fixed"),
            earliest: stage[v] as u32,
            clock_mhz,
            closes_mhz,
        };
    }

    let circle = worst_circle(&system);
    let mut path = Vec::new();
    let (mut delay_ps, mut stages, mut allowed_stages) = (0.0, 0, 0);
    for &(arc, source, distance) in &circle {
        let nodes = longest_path(&system, source, arc.from);
        delay_ps += nodes.iter().map(|&v| problem.nodes[v].delay_ps).sum::<f64>();
        path.extend(nodes.into_iter().map(|v| problem.nodes[v].name.clone()).filter(|name| !name.is_empty()));
        stages += 1 + distance;
        allowed_stages += 1 - arc.weight;
    }
    let first = circle[0].0;
    let needed_distance = slack(problem).map(|slack| (slack - first.weight) as u32);
    Infeasible::Recurrence {
        path,
        delay_ps,
        budget_ps,
        clock_mhz,
        stages: stages as u32,
        allowed_stages: allowed_stages.max(0) as u32,
        needed_distance,
        closes_mhz,
    }
}

/// How many stages more every recurrence must have for all of them to close; `None` if that does not help.
fn slack(problem: &Problem) -> Option<i64> {
    let feasible = |slack: u32| {
        let mut slackened = problem.clone();
        for (_, _, distance) in &mut slackened.recurrences {
            *distance = distance.saturating_add(slack);
        }
        let system = System::new(&slackened);
        earliest_from(&slackened, &system, system.lower.clone()).is_some()
    };
    let separations: u64 = problem.separations.iter().map(|s| u64::from(s.2)).sum();
    let (mut too_few, mut enough) = (0, u32::try_from(problem.nodes.len() as u64 + separations).ok()?);
    if !feasible(enough) {
        return None;
    }
    while enough - too_few > 1 {
        let middle = too_few.midpoint(enough);
        if feasible(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Some(i64::from(enough))
}

/// A circle of constraints that asks a node to be later than itself: arcs against the order, each with the node from
/// which its start is reached and the distance in between. A single loop if one is enough, the one that lacks most.
fn worst_circle(system: &System) -> Vec<(Arc, usize, i64)> {
    let arcs = &system.against;
    let distances: Vec<Vec<i64>> = arcs.iter().map(|a| system.distances(a.to)).collect();
    // From arc i on along the order and over arc j.
    let step = |i: usize, j: usize| {
        let distance = distances[i][arcs[j].from];
        (distance != UNREACHED).then(|| distance + arcs[j].weight)
    };
    let lacking = |i: &usize| step(*i, *i).unwrap_or(0);
    if let Some(i) = (0..arcs.len()).rev().max_by_key(lacking).filter(|i| lacking(i) > 0) {
        return vec![(arcs[i], arcs[i].to, distances[i][arcs[i].from])];
    }
    let mut longest = vec![0i64; arcs.len()];
    let mut before = vec![0usize; arcs.len()];
    let mut last = 0;
    for _ in 0..=arcs.len() {
        for i in 0..arcs.len() {
            for j in 0..arcs.len() {
                if let Some(weight) = step(i, j).filter(|w| longest[i] + w > longest[j]) {
                    (longest[j], before[j], last) = (longest[i] + weight, i, j);
                }
            }
        }
    }
    // After so many rounds whatever still grows hangs on a circle: walk back until surely on it, then once around.
    for _ in 0..arcs.len() {
        last = before[last];
    }
    let (mut circle, mut j) = (Vec::new(), last);
    loop {
        let i = before[j];
        circle.push((arcs[j], arcs[i].to, distances[i][arcs[j].from]));
        j = i;
        if j == last {
            break;
        }
    }
    circle.reverse();
    circle
}

/// The slowest way along the edges, both ends included; only the ends if no data flows between them.
fn longest_path(system: &System, from: usize, to: usize) -> Vec<usize> {
    let count = system.delay.len();
    let mut delay = vec![None; count];
    let mut before = vec![from; count];
    delay[from] = Some(system.delay[from]);
    for v in from + 1..=to {
        for &p in system.operands.of(v) {
            let through = delay[p].map(|d: i64| d.saturating_add(system.delay[v]));
            if through > delay[v] {
                (delay[v], before[v]) = (through, p);
            }
        }
    }
    let mut path = vec![to];
    if delay[to].is_some() {
        while let Some(&v) = path.last().filter(|&&v| v != from) {
            path.push(before[v]);
        }
    } else if to != from {
        path.push(from);
    }
    path.reverse();
    path
}
