//! The folded core: a part of the columns a clock, weights from small tables, an accumulator a row.
use super::ConstMatVecCore;
use super::architecture::joined;
use crate::products::architecture::{integers, ternary};
use holigen_generator::bitheap::BitHeap;
use holigen_generator::structures::accumulator::accumulate;
use holigen_generator::{Bits, Builder};

/// Builds r.
pub(super) fn build<'b>(core: &ConstMatVecCore, b: &'b Builder, first: Bits<'b>, x: Bits<'b>) -> Bits<'b> {
    let (m, chunk) = (&core.matrix, core.chunk());
    let parts = m.columns / chunk;
    let part = b.scope("which part", || {
        let bits = (parts as u64).next_power_of_two().ilog2().max(1);
        let part = b.state("part", bits, Some(first));
        let next = part.wrapping_add(b.lit(1u8, bits));
        let next = if parts.is_power_of_two() { next } else { next.gate(!part.is(parts as u64 - 1)) };
        part.write_state(next);
        part
    });
    let xs = |j: usize| x.bits((j as u32 + 1) * core.x.width - 1, j as u32 * core.x.width);
    let width = core.format().width;
    let rows: Vec<Bits<'b>> = (0..m.rows)
        .map(|i| {
            let weights = b.scope("weights", || weights(core, b, i, part));
            let sum = b.scope("products and their sums", || {
                let mut heap = BitHeap::new(b, width);
                let terms = weights.into_iter().enumerate().map(|(j, w)| (w, xs(j)));
                if core.is_ternary() {
                    ternary(&mut heap, terms, core.x);
                } else {
                    integers(b, &mut heap, terms, [true, core.x.signed]);
                }
                heap.sum()
            });
            b.scope("accumulate", || accumulate(b, &format!("acc_{i}"), sum, b.lit(0u8, 1), first, 1))
        })
        .collect();
    joined(&rows)
}

/// The weights of a row in this part, column by column: tables of a few words, each of several weights.
fn weights<'b>(core: &ConstMatVecCore, b: &'b Builder, i: usize, part: Bits<'b>) -> Vec<Bits<'b>> {
    let (m, chunk, width) = (&core.matrix, core.chunk(), core.weight_bits());
    let at_once = (64 / width) as usize;
    let row = m.row(i);
    let parts = m.columns / chunk;
    let mut all = Vec::new();
    let mut j = 0;
    while j < chunk {
        let n = at_once.min(chunk - j);
        let word = |p: usize| {
            let entries = (0..n).map(|k| row.get(p * chunk + j + k).map_or(0, |e| *e as u64));
            entries.enumerate().map(|(k, e)| (e & ((1 << width) - 1)) << (k as u32 * width)).sum::<u64>()
        };
        let words: Vec<u64> =
            (0..1usize << part.width()).map(|p| if p < parts { word(p) } else { 0 }).collect();
        let name = format!("weights_{i}_{j}");
        let table = b.table(&name, part, n as u32 * width, &words).named(&format!("row_{i}_weights_{j}"));
        all.extend((0..n as u32).map(|k| table.bits((k + 1) * width - 1, k * width)));
        j += n;
    }
    all
}
