//! Independent machines on all cores of the computer.
use rayon::prelude::*;

/// Runs `f(shard)` for `0..shards` on all cores; results in the order of the shards, so that merging them is
/// deterministic. What a shard does must depend on its number only.
pub fn run_shards<R: Send>(shards: usize, f: impl Fn(usize) -> R + Sync + Send) -> Vec<R> {
    // One shard at a time: they are few and long.
    (0..shards).into_par_iter().with_max_len(1).map(f).collect()
}
