//! Sums of many rows that are computed where they are added.
//!
//! A bit of a carry chain's table adds the running sum, which is the chain's plain input, and a function of what
//! inputs the table has left: a gated or conditionally inverted bit of a factor, a Booth digit's. So a row costs one
//! table a bit in all, its logic, its addition and its carry in, as long as it is added alone. Rows are added in turn,
//! a few to a group; the sums of the groups go on the [`BitHeap`].
use crate::bitheap::{BitHeap, add_apart};
use crate::builder::Bits;
use crate::target::{CarryChain, Kind};

/// A row: `value`, an unsigned number, and a bit that has the weight of its lowest.
#[derive(Clone, Copy)]
pub struct Row<'b> {
    /// Logic of few inputs; what the operator's author wants to have in the chain's tables.
    pub value: Bits<'b>,
    /// Comes in as the carry of the chain.
    pub carry: Option<Bits<'b>>,
}

/// Rows to a group that are worth a try for what a stage has time for, the first where none is decided on.
///
/// In a core without pipeline the heap behind eight of them is a tenth of the whole. Where every row may be a stage, the
/// later rows' operands have to be carried through all before; groups of two have none of these, and are added in fewer
/// stages, but leave the heap more.
pub fn in_turn(budget_ps: f64) -> &'static [usize] {
    if budget_ps.is_finite() { &[4, 2] } else { &[8] }
}

/// Adds rows times 2^shift to a heap.
pub fn add_in_turn<'b>(heap: &mut BitHeap<'b>, rows: &[Row<'b>], shift: u32) {
    grouped(rows, heap.width() - shift, |bits| heap.add(bits, shift));
}

/// Subtracts rows times 2^shift from a heap: their sums, so that no row needs an inverter.
pub fn subtract_in_turn<'b>(heap: &mut BitHeap<'b>, rows: &[Row<'b>], shift: u32) {
    grouped(rows, heap.width() - shift, |bits| heap.subtract(bits, shift));
}

/// Calls `emit` with the sums of groups of rows, modulo 2^room, and with carries that found no chain.
fn grouped<'b>(rows: &[Row<'b>], room: u32, mut emit: impl FnMut(Bits<'b>)) {
    let Some(widest) = rows.iter().map(|row| row.value.width()).max() else { return };
    let context = rows[0].value.builder().context();
    let target = &context.target;
    let most = context.rows_in_turn.unwrap_or(in_turn(context.budget_ps)[0]);
    let chains = target.kind == Kind::Lut && target.carry_chain != CarryChain::None;
    let in_turn = if chains && context.adder_fits(widest + most as u32) { most } else { 1 };
    let groups = rows.len().div_ceil(in_turn);
    for g in 0..groups {
        let (from, to) = (rows.len() * g / groups, rows.len() * (g + 1) / groups);
        // Its first row meets no chain.
        rows[from].carry.into_iter().for_each(&mut emit);
        emit(group(&rows[from..to], room));
    }
}

/// The sum of a group's rows but for the first one's carry.
fn group<'b>(rows: &[Row<'b>], room: u32) -> Bits<'b> {
    let fit = |v: Bits<'b>, w: u32| if v.width() > w { v.low(w) } else { v.zext(w) };
    let mut sum = rows[0].value;
    // The largest value of the sum so far; a sum as wide as the heap may have any.
    let ones = |w: u32| if w < 64 { (1u64 << w) - 1 } else { u64::MAX };
    let mut largest = ones(sum.width());
    for row in &rows[1..] {
        largest =
            largest.saturating_add(ones(row.value.width())).saturating_add(u64::from(row.carry.is_some()));
        let width = if largest == u64::MAX { room } else { (64 - largest.leading_zeros()).min(room) };
        let (w, own) = (row.value.width(), sum.width());
        sum = if own > w {
            // What the sum has above the row stands above the row: synthesisers feed the wider operand to the tables. And
            // they merge sums of whole sums into one of many operands, which they would build of more tables.
            let y = sum.top(own - w).cat(row.value);
            add(fit(sum.low(w), width), fit(y, width), row.carry)
        } else if row.carry.is_some() {
            add(fit(sum, width), fit(row.value, width), row.carry)
        } else {
            add_apart(fit(sum, width), fit(row.value, width)).named("partial_sum")
        };
    }
    sum
}

/// Sum with a carry in that comes through a position of its own, at both inputs: it needs no table.
fn add<'b>(x: Bits<'b>, y: Bits<'b>, carry: Option<Bits<'b>>) -> Bits<'b> {
    match carry {
        Some(carry) => x.cat(carry).wrapping_add(y.cat(carry)).named("partial_sum").bits(x.width(), 1),
        None => x.wrapping_add(y).named("partial_sum"),
    }
}
