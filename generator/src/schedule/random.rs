//! Random legal schedules: whatever the stages, a core computes the same function, which tests can check.

use super::asap::earliest_from;
use super::explain::{Infeasible, explain};
use super::problem::{Method, Problem, Schedule};
use super::relax::System;
use crate::random::SplitMix64;

/// A legal schedule drawn by the seed: nodes are held back at random, stages are filled to a random part of the budget,
/// and up to three ranks are added at the end. The same seed gives the same schedule.
pub fn random(problem: &Problem, seed: u64) -> Result<Schedule, Infeasible> {
    problem.assert_well_formed();
    let mut rng = SplitMix64::new(seed);
    let mut system = System::new(problem);
    let full = system.limit;
    let Some(earliest) = earliest_from(problem, &system, system.lower.clone()) else {
        return Err(explain(problem));
    };
    let last = earliest.iter().copied().max().unwrap_or(0);
    let slowest = system.delay.iter().copied().max().unwrap_or(0);
    let extra_latency = rng.below(4) as u32;
    // Fixed stages and loops may not bear being held back: then fewer nodes are, in the end none.
    for attempt in 0..8 {
        system.limit = match rng.below(2) {
            0 if attempt < 4 && full > slowest => {
                slowest.saturating_add(rng.below((full - slowest) as u64) as i64)
            }
            _ => full,
        };
        let one_in = (1 + rng.below(8)) << attempt;
        let mut lower = system.lower.clone();
        for (low, &first) in lower.iter_mut().zip(&earliest) {
            if rng.below(one_in) == 0 {
                *low = first + rng.below(last as u64 + 3) as i64;
            }
        }
        for (low, node) in lower.iter_mut().zip(&problem.nodes) {
            if let Some(fixed) = node.fixed_stage {
                *low = i64::from(fixed);
            }
        }
        if let Some(stage) = earliest_from(problem, &system, lower) {
            let stage = stage.into_iter().map(|s| s as u32).collect();
            return Ok(problem.schedule(stage, extra_latency, Method::Random));
        }
    }
    let stage = earliest.into_iter().map(|s| s as u32).collect();
    Ok(problem.schedule(stage, extra_latency, Method::Random))
}
