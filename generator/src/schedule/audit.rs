//! Whether a schedule is legal, by the definitions alone: nothing here is shared with the solvers.

use super::problem::{Problem, Schedule};

/// Rounding of sums of delays.
const TOLERANCE_PS: f64 = 1e-6;

/// What is wrong with a schedule. All of these are bugs of a solver, never of a user.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AuditError {
    /// It is for another problem.
    #[error("{found} stages for {expected} nodes")]
    Size {
        /// Stages of the schedule.
        found: usize,
        /// Nodes of the problem.
        expected: usize,
    },
    /// A value is used before it is there.
    #[error("'{to}' in stage {to_stage} uses '{from}' of stage {from_stage}, which is later")]
    Causality {
        /// The value.
        from: String,
        /// Its stage.
        from_stage: u32,
        /// The user.
        to: String,
        /// The user's stage.
        to_stage: u32,
    },
    /// A stage takes too long.
    #[error("'{name}' is ready {arrival_ps:.3} ps into stage {stage}, which has {budget_ps:.3} ps")]
    Timing {
        /// The value that comes too late.
        name: String,
        /// Its stage.
        stage: u32,
        /// From the start of the stage.
        arrival_ps: f64,
        /// What there is.
        budget_ps: f64,
    },
    /// Two nodes are too close.
    #[error("'{to}' is {found} stages after '{from}', expected at least {expected}")]
    Separation {
        /// The earlier.
        from: String,
        /// The later.
        to: String,
        /// Their distance.
        found: i64,
        /// The least distance.
        expected: u32,
    },
    /// A loop takes too many stages.
    #[error("'{next}' is {found} stages after '{read}', expected at most {expected}")]
    Recurrence {
        /// Where the state is read.
        read: String,
        /// Its next value.
        next: String,
        /// Their distance.
        found: i64,
        /// The largest distance.
        expected: u32,
    },
    /// A node is not where it has to be.
    #[error("'{name}' is in stage {found}, expected {expected}")]
    FixedStage {
        /// The node.
        name: String,
        /// Its stage.
        found: u32,
        /// Where it has to be.
        expected: u32,
    },
    /// A node is too early.
    #[error("'{name}' is in stage {found}, expected {expected} or later")]
    MinStage {
        /// The node.
        name: String,
        /// Its stage.
        found: u32,
        /// Its first stage.
        expected: u32,
    },
    /// The pipeline is too short.
    #[error("a latency of {found}, expected at least {expected}")]
    Latency {
        /// Of the schedule.
        found: u32,
        /// What the stages and the problem ask for.
        expected: u32,
    },
    /// The register bits are miscounted.
    #[error("{found} register bits are claimed, {expected} counted")]
    RegisterBits {
        /// Of the schedule.
        found: u64,
        /// Counted rank by rank.
        expected: u64,
    },
}

impl Problem {
    /// Checks a schedule against every constraint and its own claims.
    pub fn audit(&self, schedule: &Schedule) -> Result<(), AuditError> {
        let stage = &schedule.stage;
        let name = |v: usize| self.nodes[v].name.clone();
        if stage.len() != self.nodes.len() {
            return Err(AuditError::Size { found: stage.len(), expected: self.nodes.len() });
        }
        for (v, node) in self.nodes.iter().enumerate() {
            if let Some(expected) = node.fixed_stage.filter(|&f| f != stage[v]) {
                return Err(AuditError::FixedStage { name: name(v), found: stage[v], expected });
            }
            if stage[v] < node.min_stage {
                return Err(AuditError::MinStage {
                    name: name(v),
                    found: stage[v],
                    expected: node.min_stage,
                });
            }
        }
        let expected = stage.iter().map(|s| s + 1).max().unwrap_or(1).max(self.min_latency);
        if schedule.latency < expected {
            return Err(AuditError::Latency { found: schedule.latency, expected });
        }
        for &(from, to) in &self.edges {
            if stage[to] < stage[from] {
                let (from_stage, to_stage) = (stage[from], stage[to]);
                return Err(AuditError::Causality { from: name(from), from_stage, to: name(to), to_stage });
            }
        }
        self.audit_timing(stage)?;
        let distance = |from: usize, to: usize| i64::from(stage[to]) - i64::from(stage[from]);
        for &(from, to, expected) in &self.separations {
            let found = distance(from, to);
            if found < i64::from(expected) {
                return Err(AuditError::Separation { from: name(from), to: name(to), found, expected });
            }
        }
        for &(read, next, expected) in &self.recurrences {
            let found = distance(read, next);
            if found > i64::from(expected) {
                return Err(AuditError::Recurrence { read: name(read), next: name(next), found, expected });
            }
        }
        let expected = self.count_ranks(schedule);
        if schedule.register_bits != expected {
            return Err(AuditError::RegisterBits { found: schedule.register_bits, expected });
        }
        Ok(())
    }

    /// Longest path within each stage.
    fn audit_timing(&self, stage: &[u32]) -> Result<(), AuditError> {
        let mut start = vec![0.0f64; stage.len()];
        let mut by_origin = self.edges.clone();
        by_origin.sort_unstable();
        let mut edges = by_origin.into_iter().peekable();
        for (v, node) in self.nodes.iter().enumerate() {
            let arrival_ps = start[v] + node.delay_ps;
            if arrival_ps > self.period_budget_ps + TOLERANCE_PS {
                let budget_ps = self.period_budget_ps;
                return Err(AuditError::Timing {
                    name: node.name.clone(),
                    stage: stage[v],
                    arrival_ps,
                    budget_ps,
                });
            }
            while let Some((_, to)) = edges.next_if(|&(from, _)| from == v) {
                if stage[to] == stage[v] {
                    start[to] = start[to].max(arrival_ps);
                }
            }
        }
        Ok(())
    }

    /// Registers between each value and its last use.
    fn count_ranks(&self, schedule: &Schedule) -> u64 {
        let mut ranks = vec![0u64; self.nodes.len()];
        for &(from, to) in &self.edges {
            ranks[from] = ranks[from].max(u64::from(schedule.stage[to]) - u64::from(schedule.stage[from]));
        }
        for &sink in &self.sinks {
            ranks[sink] = u64::from(schedule.latency) - u64::from(schedule.stage[sink]);
        }
        self.nodes.iter().zip(ranks).map(|(node, ranks)| ranks * u64::from(node.width)).sum()
    }
}
