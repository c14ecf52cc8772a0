//! Tables that add bits of a few columns.
use super::join;
use crate::builder::{Bits, Builder};

/// The sum of a few bits, `columns[i]` of weight 2^i, plus a constant, modulo 2^width: a wire, a parity or a table.
/// `place` is the weight of the lowest column, for names only.
pub fn count<'b>(
    b: &'b Builder,
    place: usize,
    columns: &[Vec<Bits<'b>>],
    constant: u64,
    width: u32,
) -> Bits<'b> {
    let bits: Vec<(u32, Bits<'b>)> =
        (0u32..).zip(columns).flat_map(|(i, c)| c.iter().map(move |bit| (i, *bit))).collect();
    if constant == 0 && columns.iter().all(|c| c.len() <= 1) {
        // Nothing to carry.
        let zero = b.lit(0u8, 1);
        let wires: Vec<Bits<'b>> = (0..width as usize)
            .map(|i| columns.get(i).and_then(|c| c.first()).copied().unwrap_or(zero))
            .collect();
        return join(b, &wires);
    }
    if width == 1 {
        // Only the parity is wanted.
        let parity = columns[0].iter().copied().reduce(|x, y| x ^ y).unwrap_or(b.lit(0u8, 1));
        return if constant & 1 == 1 { !parity } else { parity };
    }
    if bits.is_empty() {
        return b.lit(constant & ((1 << width) - 1), width);
    }
    let index =
        join(b, &bits.iter().map(|(_, bit)| *bit).collect::<Vec<_>>()).named(&format!("heap_c{place}"));
    let entries: Vec<u64> = (0..1u64 << bits.len())
        .map(|i| {
            let sum: u64 =
                bits.iter().enumerate().map(|(k, (column, _))| (i >> k & 1) << column).sum::<u64>()
                    + constant;
            sum & ((1 << width) - 1)
        })
        .collect();
    b.table(&name(columns, constant, width), index, width, &entries)
}

/// `count5` counts five bits; `count_2_3` adds two bits of weight 2 to three of weight 1.
fn name(columns: &[Vec<Bits<'_>>], constant: u64, width: u32) -> String {
    let used = columns.iter().rposition(|c| !c.is_empty()).map_or(0, |i| i + 1);
    let heights: Vec<String> = columns[..used].iter().rev().map(|c| c.len().to_string()).collect();
    let mut name =
        if used == 1 { format!("count{}", heights[0]) } else { format!("count_{}", heights.join("_")) };
    if constant > 0 {
        name += &format!("_plus_{constant}");
    }
    let most: u64 = (0u32..).zip(columns).map(|(i, c)| (c.len() as u64) << i).sum::<u64>() + constant;
    // A sum cut at the top of the heap is another function.
    if most >> width > 0 {
        name += &format!("_mod_{}", 1u64 << width);
    }
    name
}

/// Sum and carry of three bits, as gates: a full adder.
pub fn full_adder<'b>(a: Bits<'b>, b: Bits<'b>, c: Bits<'b>) -> (Bits<'b>, Bits<'b>) {
    let half = a ^ b;
    (half ^ c, (a & b) | (half & c))
}
