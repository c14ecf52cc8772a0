//! Sweeps over parameters: what is measured, how it is kept, and how it is shown.
//!
//! A sweep is a list of points, a pure function of the command line; a shard is every N-th of them. Each finished
//! point is one line of a journal, so that an interrupted run goes on where it was, and the journals of shards
//! that ran on other machines are merged by joining their lines.
mod journal;
mod plot;
mod row;
mod sweep;

pub use journal::{FILE as JOURNAL, Journal};
pub use plot::plot;
pub use row::{Basis, Row, pareto};
pub use sweep::{Point, Shard, Sweep, points};
