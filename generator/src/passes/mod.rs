//! Passes from graph to graph and the grouping of operations for the scheduler.
pub mod cluster;
pub mod legalize;
pub mod trim;
pub mod wires;
