//! Schedules: the pipeline stage of every operation.
//!
//! A [`Problem`] knows delays, dependences and the budget of a stage, and nothing of the graph it came from. Solvers are
//! functions: [`asap()`] is the bound on latency, [`min_registers()`] needs the fewest flip-flops at that latency, [`random()`]
//! serves tests, because any legal schedule must compute the same function. [`Problem::audit`] shares no code with them.
//!
//! Stages count from 0. A value computed in stage s and last read in stage t passes t - s registers; the outputs are
//! registered at the end of the last stage, so a schedule of latency n has stages 0 to n - 1 and n register ranks.

mod asap;
mod audit;
mod explain;
mod min_registers;
mod network;
mod problem;
mod random;
mod relax;
#[cfg(test)]
mod tests;

pub use asap::asap;
pub use audit::AuditError;
pub use explain::{Infeasible, closing_period, one_clock};
pub use min_registers::min_registers;
pub use problem::{Method, Node, Problem, Schedule};
pub use random::random;
