//! As soon as possible.

use super::explain::{Infeasible, explain};
use super::problem::{Method, Problem, Schedule};
use super::relax::System;

/// Every node in the earliest stage that any legal schedule gives it; hence the least latency.
pub fn asap(problem: &Problem) -> Result<Schedule, Infeasible> {
    problem.assert_well_formed();
    let system = System::new(problem);
    match earliest(problem, &system) {
        Some(stage) => {
            let stage = stage.into_iter().map(|s| s as u32).collect();
            Ok(problem.schedule(stage, 0, Method::Asap))
        }
        None => Err(explain(problem)),
    }
}

/// Earliest stages, unless there is no schedule.
pub(super) fn earliest(problem: &Problem, system: &System) -> Option<Vec<i64>> {
    earliest_from(problem, system, system.lower.clone())
}

/// Earliest stages from these first ones on, unless there is no schedule.
pub(super) fn earliest_from(problem: &Problem, system: &System, lower: Vec<i64>) -> Option<Vec<i64>> {
    if system.delay.iter().any(|&d| d > system.limit) {
        return None;
    }
    let stage = system.least(lower)?;
    let legal = |(node, &s): (&super::Node, &i64)| node.fixed_stage.is_none_or(|f| i64::from(f) == s);
    problem.nodes.iter().zip(&stage).all(legal).then_some(stage)
}
