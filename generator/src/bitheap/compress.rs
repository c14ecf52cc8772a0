//! From a heap to one number: what to add next, and when to stop.
use super::chain::{self, Planner, Rules, Source, Supply};
use super::counters::{count, full_adder};
use super::{BitHeap, HeapBit, add_rows, join};
use crate::builder::{Bits, Builder, Context};
use crate::target::{CarryChain, Kind};

/// Shorter chains are not worth their way on and off.
const SHORTEST_CHAIN: usize = 4;
/// Those that are shorter for several of them to fit a stage leave more bits: not below this.
const SHORTEST_OF_SEVERAL: usize = 8;
/// Chains behind each other in a stage, at most.
const MOST_IN_A_STAGE: u32 = 4;
/// Bits of a column from which on there are two levels of chains, at least, before the last one: lower heaps gain no stage
/// by shorter chains.
const TALL: usize = 9;

/// Bits removed a lookup table that are asked for, in turn: the next when nothing better is left in a level.
/// Five thirds is the most that six inputs give, one that of four; a full adder in logic removes half a bit.
const WORTH_SIX: &[f64] = &[1.5, 1.2, 0.9, 0.6];
const WORTH_FOUR: &[f64] = &[0.6, 0.5];

/// Eighths of its height that a level may leave of a heap before cheaper compression has to help; the best chains leave
/// three.
const LOWER: usize = 5;

/// What the target's carry chains can do for the clock; `None` where logic compresses better.
fn rules(context: &Context) -> Option<Rules> {
    let target = &context.target;
    if target.kind == Kind::Gates || target.carry_chain == CarryChain::None {
        return None;
    }
    // One position more for the carry in, one for the carry out.
    let fitting = |budget: f64| (target.max_add_width(budget) as usize).saturating_sub(2);
    let length = fitting(context.budget_ps);
    if length < SHORTEST_CHAIN {
        return None;
    }
    // As many behind each other as a stage has time for.
    let several = (2..=MOST_IN_A_STAGE).rev().map(|n| fitting(context.budget_ps / f64::from(n)));
    let inner_length = several.into_iter().find(|n| *n >= SHORTEST_OF_SEVERAL).unwrap_or(length);
    let (table_inputs, group, carry) = if target.lut_inputs >= 6 { (5, 4, 0.0) } else { (1, 1, 1.0) };
    let (carry_in, carry_out, overhead) = (carry, carry, 0.25);
    Some(Rules { table_inputs, group, length, inner_length, carry_in, carry_out, overhead })
}

/// Whether an inverted bit costs more than a plain one.
pub fn inverters_cost(context: &Context) -> bool {
    rules(context).is_some_and(|rules| rules.group == 1)
}

/// See [`BitHeap::price`].
pub fn price(context: &Context) -> f64 {
    if rules(context).is_some_and(|rules| rules.group > 1) { 0.65 } else { 1.0 }
}

/// The heap's sum.
pub fn sum(heap: BitHeap<'_>) -> Bits<'_> {
    let context = heap.builder.context();
    match rules(context) {
        Some(rules) => chains(heap, rules),
        None => counters_only(heap),
    }
}

fn ones_of(heap: &BitHeap<'_>) -> Vec<bool> {
    (0..heap.width()).map(|i| heap.constant.bit(u64::from(i))).collect()
}

fn supply(columns: &[Vec<HeapBit<'_>>]) -> Vec<Supply> {
    let of = |c: &Vec<HeapBit<'_>>| Supply { bits: c.len(), plain: c.iter().filter(|b| b.plain).count() };
    columns.iter().map(of).collect()
}

/// Carry chains, level by level: a level's chains read only what stood there before it, so that the depth grows
/// with the logarithm of the height.
fn chains<'b>(heap: BitHeap<'b>, rules: Rules) -> Bits<'b> {
    let b = heap.builder;
    let worths = if rules.group > 1 { WORTH_SIX } else { WORTH_FOUR };
    let height = heap.columns.iter().map(Vec::len).max().unwrap_or(0);
    let inner_length = if height < TALL { rules.length } else { rules.inner_length };
    let planner = Planner::new(Rules { inner_length, ..rules }, heap.columns.len());
    let words = b.context().target.whole_words && rules.group == 1;
    // Without a clock fewer tables count for more than shorter wires.
    let whole = words && b.context().budget_ps.is_finite();
    let mut ones = ones_of(&heap);
    let mut now = heap.columns;
    let mut next: Vec<Vec<HeapBit<'b>>> = vec![Vec::new(); now.len()];
    let mut worth = 0;
    let mut placed = false;
    let mut before = usize::MAX;
    loop {
        let have = supply(&now);
        let all: Vec<Supply> = have.iter().zip(supply(&next)).map(|(a, b)| a.with(b)).collect();
        let height = |c: usize| all[c].bits + usize::from(ones[c]);
        let tallest = (0..all.len()).map(height).max().unwrap_or(0);
        if before == usize::MAX {
            before = tallest;
        }
        if tallest <= 1 {
            let all = merge(now, next);
            return wires(b, &all, &ones, all.len());
        }
        if let Some(plan) = planner.finish(&all, &ones) {
            return finish(b, &plan, merge(now, next), ones, words);
        }
        if tallest <= 2 {
            // Too long for one chain of the clock: left to the segmented adder.
            return two_rows(b, merge(now, next), &ones);
        }
        let carries = if whole { chain::lone(&now) } else { vec![true; now.len()] };
        let plan = planner.best(&have, worths[worth], &carries);
        if let Some(plan) = plan {
            let mut from = Source { columns: &mut now, ones: &mut ones, all_ones: false, words };
            let (sum, level) = chain::build(b, &plan, &mut from);
            for i in 0..sum.width() as usize {
                let value = sum.bit(i as u32);
                match value.constant() {
                    Some(_) => debug_assert!(value.constant() == Some(0u8.into()), "a chain of constants"),
                    None => next[plan.start + i].push(HeapBit::new(value, level)),
                }
            }
            placed = true;
        } else if placed && (worth + 1 == worths.len() || tallest * 8 <= before * LOWER) {
            // The next level sees this one's sums.
            now = merge(now, next);
            next = vec![Vec::new(); now.len()];
            (worth, placed, before) = (0, false, usize::MAX);
        } else if worth + 1 < worths.len() {
            worth += 1;
        } else {
            // Too narrow for chains, or only a constant too many.
            now = merge(now, next);
            next = vec![Vec::new(); now.len()];
            if !full_adders(&mut now) {
                place_ones(&mut now, &mut ones);
            }
            (worth, before) = (0, usize::MAX);
        }
    }
}

/// Both heaps in one, those of the level before first.
fn merge<'b>(mut now: Vec<Vec<HeapBit<'b>>>, next: Vec<Vec<HeapBit<'b>>>) -> Vec<Vec<HeapBit<'b>>> {
    now.iter_mut().zip(next).for_each(|(column, more)| column.extend(more));
    now
}

fn wires<'b>(b: &'b Builder, columns: &[Vec<HeapBit<'b>>], ones: &[bool], n: usize) -> Bits<'b> {
    let bits: Vec<Bits<'b>> = (0..n)
        .map(|c| columns[c].first().map_or_else(|| b.lit(u8::from(ones[c]), 1), |bit| bit.value))
        .collect();
    join(b, &bits)
}

fn finish<'b>(
    b: &'b Builder,
    plan: &chain::Plan,
    mut columns: Vec<Vec<HeapBit<'b>>>,
    mut ones: Vec<bool>,
    words: bool,
) -> Bits<'b> {
    let low = (plan.start > 0).then(|| wires(b, &columns, &ones, plan.start));
    let mut from = Source { columns: &mut columns, ones: &mut ones, all_ones: true, words };
    let (high, _) = chain::build(b, plan, &mut from);
    low.map_or(high, |low| high.cat(low))
}

/// Adds columns of at most two bits.
fn two_rows<'b>(b: &'b Builder, columns: Vec<Vec<HeapBit<'b>>>, ones: &[bool]) -> Bits<'b> {
    let n = columns.len();
    let height = |c: usize| columns[c].len() + usize::from(ones[c]);
    let start = (0..n).find(|c| height(*c) > 1).unwrap_or(n);
    let low = (start > 0).then(|| wires(b, &columns, ones, start));
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for c in start..n {
        let mut bits: Vec<Bits<'b>> = columns[c].iter().map(|bit| bit.value).collect();
        if ones[c] {
            bits.push(b.lit(1u8, 1));
        }
        bits.resize(2, b.lit(0u8, 1));
        x.push(bits[0]);
        y.push(bits[1]);
    }
    if x.is_empty() {
        return low.expect("a heap has a column");
    }
    let high = add_rows(b, &x, &y);
    low.map_or(high, |low| high.cat(low))
}

/// A full adder on each column of three bits and more, once. False if there was none.
fn full_adders(columns: &mut [Vec<HeapBit<'_>>]) -> bool {
    let mut any = false;
    let heights: Vec<usize> = columns.iter().map(Vec::len).collect();
    for (c, height) in heights.iter().enumerate() {
        for _ in 0..height / 3 {
            full_adder_at(columns, c, 1, 1);
            any = true;
        }
    }
    any
}

/// Three earliest bits of a column to a sum and a carry.
fn full_adder_at(columns: &mut [Vec<HeapBit<'_>>], c: usize, sum_delay: u32, carry_delay: u32) {
    columns[c].sort_by_key(|bit| bit.level);
    let three: Vec<HeapBit<'_>> = columns[c].drain(..3).collect();
    let level = three.iter().map(|bit| bit.level).max().unwrap_or(0);
    let (sum, carry) = full_adder(three[0].value, three[1].value, three[2].value);
    columns[c].push(HeapBit::new(sum, level + sum_delay));
    if c + 1 < columns.len() {
        columns[c + 1].push(HeapBit::new(carry, level + carry_delay));
    }
}

/// The constant's ones enter as bits: a half adder x + 1 is an inverter and a wire.
fn place_ones(columns: &mut [Vec<HeapBit<'_>>], ones: &mut [bool]) {
    for c in 0..columns.len() {
        if !std::mem::take(&mut ones[c]) {
            continue;
        }
        match columns[c].pop() {
            None => ones[c] = true,
            Some(bit) => {
                let level = bit.level;
                columns[c].push(HeapBit::new(!bit.value, level));
                if c + 1 < columns.len() {
                    columns[c + 1].push(bit);
                }
            }
        }
    }
}

/// No carry chain to lean on: counters of six where tables have six inputs, full adders otherwise, each on the
/// earliest bits; two rows and one adder at the end.
fn counters_only(heap: BitHeap<'_>) -> Bits<'_> {
    let b = heap.builder;
    let wide = b.context().target.has_wide_tables();
    let gates = b.context().target.kind == Kind::Gates;
    // In gates a sum is two exclusive ors, a carry about one and a half; in tables both are one level.
    let (sum_delay, carry_delay) = if gates { (4, 3) } else { (1, 1) };
    let mut ones = ones_of(&heap);
    let mut columns = heap.columns;
    while wide && sixes(b, &mut columns) {}
    for c in 0..columns.len() {
        // A column has all its bits once the one below it is done.
        if ones[c] && columns[c].len() >= 2 {
            // a + b + 1: sum ~(a ^ b), carry a | b.
            columns[c].sort_by_key(|bit| bit.level);
            let two: Vec<HeapBit<'_>> = columns[c].drain(..2).collect();
            let level = two.iter().map(|bit| bit.level).max().unwrap_or(0);
            let (x, y) = (two[0].value, two[1].value);
            ones[c] = false;
            columns[c].push(HeapBit::new(!(x ^ y), level + sum_delay / 2));
            if c + 1 < columns.len() {
                columns[c + 1].push(HeapBit::new(x | y, level + 1));
            }
        }
        while columns[c].len() + usize::from(ones[c]) > 2 {
            full_adder_at(&mut columns, c, sum_delay, carry_delay);
        }
    }
    two_rows(b, columns, &ones)
}

/// One level of counters of six. False if no column is tall enough.
fn sixes<'b>(b: &'b Builder, columns: &mut [Vec<HeapBit<'b>>]) -> bool {
    let mut any = false;
    let mut out: Vec<(usize, HeapBit<'b>)> = Vec::new();
    for (c, column) in columns.iter_mut().enumerate() {
        column.sort_by_key(|bit| bit.level);
        // Five bits still pay; fewer are left to full adders.
        while column.len() >= 5 {
            let n = column.len().min(6);
            let bits: Vec<HeapBit<'b>> = column.drain(..n).collect();
            let level = bits.iter().map(|bit| bit.level).max().unwrap_or(0) + 1;
            let values = bits.iter().map(|bit| bit.value).collect();
            let sum = count(b, c, &[values], 0, 3);
            out.extend((0..3).map(|i| (c + i as usize, HeapBit::new(sum.bit(i), level))));
            any = true;
        }
    }
    for (c, bit) in out {
        if let Some(column) = columns.get_mut(c) {
            column.push(bit);
        }
    }
    any
}
