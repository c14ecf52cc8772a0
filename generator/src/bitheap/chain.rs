//! Rows of a carry chain that add more than two numbers.
//!
//! A position of the chain adds a *plain* bit (it feeds the carry multiplexer directly) and one output of a table
//! in front of the chain. A *group* of one to four positions has a table of up to `table_inputs` bits from its
//! columns whose sum has as many bits as the group has positions. On six-input lookup tables the adder's own
//! tables hold the group's table: 5 table inputs and 3 plain bits become 3 bits for the price of 3 tables.
use super::counters::count;
use super::{HeapBit, add_rows, join};
use crate::builder::{Bits, Builder};
use crate::ir::{Op, ValueId};
use std::cmp::Reverse;
use std::collections::HashSet;

/// What a chain of the device can do.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Inputs of a table in front of the adder that cost nothing.
    pub table_inputs: usize,
    /// Most positions of a group.
    pub group: usize,
    /// Most positions of a chain that fit the clock.
    pub length: usize,
    /// Most positions of a chain whose sum is added again: so few that a stage holds one behind the other.
    pub inner_length: usize,
    /// Positions lost to getting a carry in.
    pub carry_in: f64,
    /// Positions lost to getting a carry out.
    pub carry_out: f64,
    /// What a chain costs besides, in lookup tables: every one breaks a column of the device.
    pub overhead: f64,
}

/// How many bits of a column can be had, and how many of those may be plain inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// Bits.
    pub bits: usize,
    /// Of them, not inverted.
    pub plain: usize,
}

impl Supply {
    /// Both.
    pub fn with(self, o: Self) -> Self {
        Self { bits: self.bits + o.bits, plain: self.plain + o.plain }
    }
}

/// One group: positions with the number of plain bits (0 or 1) and of table inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Plain bits by position.
    pub plain: Vec<usize>,
    /// Table inputs by position.
    pub table: Vec<usize>,
}

/// A chain to be built.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Lowest column.
    pub start: usize,
    /// Whether a bit of the lowest column goes in as the carry.
    pub carry_in: bool,
    /// Groups upwards.
    pub groups: Vec<Group>,
}

/// All ways to fill `table` inputs over `width` columns, taller first at low weights.
fn shapes(width: usize, inputs: usize) -> Vec<Vec<usize>> {
    if width == 1 {
        return (0..=inputs).map(|n| vec![n]).collect();
    }
    let mut all = Vec::new();
    for n in 0..=inputs {
        for rest in shapes(width - 1, inputs - n) {
            let mut shape = vec![n];
            shape.extend(rest);
            all.push(shape);
        }
    }
    all
}

/// Gain, and the shape (width and index) of the next group if there is one.
type Step = (f64, Option<(usize, usize)>);

/// Shapes by group width, enumerated once for a heap.
pub struct Planner {
    rules: Rules,
    shapes: Vec<Vec<Vec<usize>>>,
    /// Columns of the heap: carries out of the last are dropped.
    width: usize,
}

impl Planner {
    /// For a heap of so many columns.
    pub fn new(rules: Rules, width: usize) -> Self {
        let shapes = (0..=rules.group)
            .map(|w| if w == 0 { Vec::new() } else { shapes(w, rules.table_inputs) })
            .collect();
        Self { rules, shapes, width }
    }

    /// Whether a plain bit joins `table` inputs at a position; `None` if the bits are not there.
    fn plain(have: Supply, table: usize, carry_in: bool) -> Option<usize> {
        let carry = usize::from(carry_in);
        if table + carry > have.bits || carry > have.plain {
            return None;
        }
        // Tables take inverted bits first.
        Some(usize::from(have.bits > table + carry && have.plain > carry))
    }

    /// The group of a shape at a column.
    fn group(supply: &[Supply], shape: &[usize], carry_in: bool) -> Option<Group> {
        let plain: Option<Vec<usize>> =
            shape.iter().enumerate().map(|(i, n)| Self::plain(supply[i], *n, carry_in && i == 0)).collect();
        Some(Group { plain: plain?, table: shape.to_vec() })
    }

    fn fits(&self, column: usize, shape: &[usize]) -> bool {
        let most: usize = shape.iter().enumerate().map(|(i, n)| n << i).sum();
        column + shape.len() == self.width || most < 1 << shape.len()
    }

    /// The best group at column `c`, `value[w]` being what a chain gains from column c + w on, and the gain with it;
    /// no group to end the chain here.
    fn step(&self, supply: &[Supply], c: usize, value: &[Step], carry_in: bool, worth: f64) -> Step {
        let ended = -1.0 - worth * self.rules.carry_out;
        let mut top: Step = (if carry_in { f64::NEG_INFINITY } else { ended }, None);
        for (w, rest) in value.iter().enumerate().take(self.rules.group + 1).skip(1) {
            for (index, shape) in self.shapes[w].iter().enumerate() {
                if !self.fits(c, shape) {
                    continue;
                }
                let mut taken = usize::from(carry_in);
                let there = shape.iter().enumerate().all(|(i, n)| {
                    Self::plain(supply[c + i], *n, carry_in && i == 0).map(|p| taken += p + n).is_some()
                });
                if !there {
                    continue;
                }
                let cost = price(shape) + if carry_in { self.rules.carry_in } else { 0.0 };
                let gain = taken as f64 - w as f64 - worth * cost + rest.0;
                if gain > top.0 + 1e-9 {
                    top = (gain, Some((w, index)));
                }
            }
        }
        top
    }

    /// The chain that removes the most bits beyond `worth` a lookup table; a carry goes in at columns of `carries` only.
    pub fn best(&self, supply: &[Supply], worth: f64, carries: &[bool]) -> Option<Plan> {
        let mut best: Option<(f64, Plan)> = None;
        let mut value: Vec<Step> = Vec::new();
        let mut end = 0;
        for start in 0..self.width {
            if supply[start].bits < 2 {
                continue;
            }
            // value[c]: the best from column c on. Where the clock limits no chain, all of them end alike.
            if end != self.width.min(start + self.rules.inner_length) {
                end = self.width.min(start + self.rules.inner_length);
                // Below the top of the heap the last carry is left as one more bit.
                let last = if end == self.width { 0.0 } else { -1.0 - worth * self.rules.carry_out };
                value = vec![(last, None); end + 1];
                for c in (start..end).rev() {
                    value[c] = self.step(supply, c, &value[c..], false, worth);
                }
            }
            for carry_in in [false, true] {
                if carry_in && !carries[start] {
                    continue;
                }
                let first = self.step(supply, start, &value[start..], carry_in, worth);
                let gain = first.0 - worth * self.rules.overhead;
                if gain <= best.as_ref().map_or(0.0, |b| b.0) + 1e-9 {
                    continue;
                }
                let mut groups = Vec::new();
                let (mut c, mut next) = (start, first.1);
                while let Some((w, index)) = next {
                    let group = Self::group(&supply[c..], &self.shapes[w][index], carry_in && c == start);
                    groups.push(group.expect("the step counted its bits"));
                    c += w;
                    next = value[c].1;
                }
                best = Some((gain, Plan { start, carry_in, groups }));
            }
        }
        best.map(|(_, plan)| plan)
    }

    /// One chain that adds everything, constant included (`ones[c]`: a 1 in column c), at the fewest lookup tables.
    pub fn finish(&self, supply: &[Supply], ones: &[bool]) -> Option<Plan> {
        let height = |c: usize| supply[c].bits + usize::from(ones[c]);
        let start = (0..self.width).find(|c| height(*c) > 1)?;
        if self.width - start > self.rules.length {
            // Several pieces would each need their carry: the caller adds two rows instead.
            return None;
        }
        let mut value: Vec<Option<(f64, Group)>> = vec![None; self.width + 1];
        let mut carry_in = false;
        for c in (start..self.width).rev() {
            for w in 1..=self.rules.group.min(self.width - c) {
                let rest = if c + w == self.width { Some(0.0) } else { value[c + w].as_ref().map(|v| v.0) };
                let Some(rest) = rest else { continue };
                for carry in [false, true] {
                    if carry && (c != start || supply[c].plain == 0) {
                        continue;
                    }
                    let Some(g) = self.all_of(&supply[c..c + w], &ones[c..c + w], carry, c + w == self.width)
                    else {
                        continue;
                    };
                    let cost = price(&g.table) + rest;
                    if value[c].as_ref().is_none_or(|v| cost < v.0 - 1e-9) {
                        value[c] = Some((cost, g));
                        carry_in = carry;
                    }
                }
            }
        }
        let mut groups = Vec::new();
        let mut c = start;
        while c < self.width {
            let (_, g) = value[c].clone()?;
            c += g.plain.len();
            groups.push(g);
        }
        Some(Plan { start, carry_in, groups })
    }

    /// The group that takes all bits of its columns.
    fn all_of(&self, supply: &[Supply], ones: &[bool], carry_in: bool, top: bool) -> Option<Group> {
        let (mut plain, mut table, mut most) = (Vec::new(), Vec::new(), 0usize);
        for (i, have) in supply.iter().enumerate() {
            let carry = usize::from(carry_in && i == 0);
            let bits = have.bits - carry;
            let p = usize::from(have.plain > carry && bits > 0);
            // A constant takes the plain input where no bit does.
            let one_in_table = ones[i] && p == 1;
            most += (bits - p + usize::from(one_in_table)) << i;
            plain.push(p);
            table.push(bits - p);
        }
        let inputs: usize = table.iter().sum();
        let fits = inputs <= self.rules.table_inputs && (top || most < 1 << supply.len());
        fits.then_some(Group { plain, table })
    }
}

/// Lookup tables of a group: positions that only pass a bit or a carry need none of their own, but hardly less room.
fn price(table: &[usize]) -> f64 {
    let mut reach = 0;
    let mut cost = 0.0;
    for (i, n) in table.iter().enumerate() {
        reach += n << i;
        let active = reach >> i > 0;
        cost += if active { 1.0 } else { 0.5 };
    }
    cost
}

/// What [`build`] takes its bits from: columns, and the constant's ones.
pub struct Source<'a, 'b> {
    /// Bits by column, earliest first.
    pub columns: &'a mut Vec<Vec<HeapBit<'b>>>,
    /// A 1 in a column that nobody has added yet.
    pub ones: &'a mut Vec<bool>,
    /// Whether every constant in the chain's columns must be taken.
    pub all_ones: bool,
    /// Whether words stay together, see [`Words`].
    pub words: bool,
}

/// A value and a bit of it.
type Place = (ValueId, u32);

/// Which bits of words stand in the columns of a chain.
///
/// A chain that takes two words as they are reads two other chains; one that takes their lowest bits from elsewhere reads
/// four, and those cannot all be next to it.
struct Words {
    start: usize,
    /// By column, from `start` on.
    there: Vec<HashSet<Place>>,
}

impl Words {
    fn new(columns: &[Vec<HeapBit<'_>>], start: usize, len: usize) -> Self {
        let places = |c: &Vec<HeapBit<'_>>| c.iter().filter_map(|bit| place(bit.value)).collect();
        Self { start, there: columns[start..start + len].iter().map(places).collect() }
    }

    /// Columns from this one on that hold the bit and its upper neighbours.
    fn run(&self, column: usize, bit: Bits<'_>) -> usize {
        let Some((word, i)) = place(bit) else { return 1 };
        let above = self.there[column - self.start..].iter().zip(i..).skip(1);
        1 + above.take_while(|(there, i)| there.contains(&(word, *i))).count()
    }
}

/// Columns with a plain bit whose upper neighbour is not in the heap: one that goes in as a carry takes no word apart.
pub fn lone(columns: &[Vec<HeapBit<'_>>]) -> Vec<bool> {
    let words = Words::new(columns, 0, columns.len());
    let is_lone = |c: usize, bit: &HeapBit<'_>| bit.plain && words.run(c, bit.value) == 1;
    columns.iter().enumerate().map(|(c, column)| column.iter().any(|bit| is_lone(c, bit))).collect()
}

fn place(bit: Bits<'_>) -> Option<Place> {
    bit.builder().edit(|g| match g.node(bit.id()).op {
        Op::Slice(i) => Some((g.node(bit.id()).args[0], i)),
        _ => None,
    })
}

/// Builds a chain: its sum, one bit longer than the chain unless it ends with the heap; and its level.
pub fn build<'b>(b: &'b Builder, plan: &Plan, from: &mut Source<'_, 'b>) -> (Bits<'b>, u32) {
    let width = from.columns.len();
    let mut level = 0;
    let words = from.words.then(|| {
        let len = plan.groups.iter().map(|g| g.plain.len()).sum();
        Words::new(from.columns, plan.start, len)
    });
    let words = words.as_ref();
    let carry_in = plan.carry_in.then(|| {
        let bits = &mut from.columns[plan.start];
        // One that begins no word, if there is one.
        let plain = (0..bits.len()).filter(|i| bits[*i].plain);
        let alone = plain.min_by_key(|i| words.map(|w| w.run(plan.start, bits[*i].value)));
        take(bits, alone.expect("the plan counted a plain bit"), &mut level)
    });
    let (mut plain_row, mut table_row) = (Vec::new(), Vec::new());
    let mut column = plan.start;
    let (mut last, mut last_of_table) = (None, None);
    for g in &plan.groups {
        let w = g.plain.len();
        let top = column + w == width;
        let mut room = (1usize << w)
            - 1
            - g.table.iter().enumerate().map(|(i, n)| n << i).sum::<usize>().min((1 << w) - 1);
        let (mut tables, mut constant) = (Vec::new(), 0u64);
        for i in 0..w {
            let c = column + i;
            let bits = &mut from.columns[c];
            // The plain bit first, next to the one before it if it can be: words stay words in the text.
            if g.plain[i] == 1 {
                let bit = take_plain(bits, last, words, c, &mut level);
                last = Some(bit);
                plain_row.push(bit);
            } else {
                last = None;
                plain_row.push(b.lit(u8::from(from.ones[c]), 1));
                from.ones[c] = false;
            }
            let taken = take_table(bits, g.table[i], last_of_table, words, c, &mut level);
            last_of_table = taken.last().copied();
            tables.push(taken);
        }
        for i in 0..w {
            let c = column + i;
            if from.ones[c] && (from.all_ones || top || room >= 1 << i) {
                room = room.saturating_sub(1 << i);
                constant += 1 << i;
                from.ones[c] = false;
            }
        }
        table_row.push(count(b, column, &tables, constant, w as u32));
        column += w;
    }
    if column < width {
        plain_row.push(b.lit(0u8, 1));
        table_row.push(b.lit(0u8, 1));
    }
    let mut table_row =
        table_row.into_iter().flat_map(|t| (0..t.width()).map(move |i| t.bit(i))).collect::<Vec<_>>();
    feed_wider_from_tables(&mut plain_row, &mut table_row);
    let name = format!("heap_sum_c{}", plan.start);
    let sum = match carry_in {
        Some(carry) => join(b, &plain_row).add_carry(join(b, &table_row), carry).named(&name),
        None => add_rows(b, &plain_row, &table_row).named(&name),
    };
    (sum, level + 1)
}

/// Synthesisers feed the wider operand to the tables, whatever the order: so the plain row must not be wider.
fn feed_wider_from_tables<'b>(plain: &mut [Bits<'b>], table: &mut [Bits<'b>]) {
    let zero = |bit: Bits<'b>| bit.constant().is_some_and(|c| c == 0u8.into());
    for (p, t) in plain.iter_mut().zip(table).rev() {
        if !zero(*t) {
            break;
        }
        std::mem::swap(p, t);
    }
}

fn take<'b>(column: &mut Vec<HeapBit<'b>>, i: usize, level: &mut u32) -> Bits<'b> {
    let bit = column.remove(i);
    *level = (*level).max(bit.level);
    bit.value
}

/// The upper neighbour of `below`.
fn neighbour(column: &[HeapBit<'_>], below: Option<Bits<'_>>) -> Option<usize> {
    below.and_then(|below| column.iter().position(|bit| follows(bit.value, below)))
}

/// A bit of column `c` that is not inverted: the upper neighbour of `below` if it is there, else the longest word's, else
/// the earliest.
fn take_plain<'b>(
    column: &mut Vec<HeapBit<'b>>,
    below: Option<Bits<'b>>,
    words: Option<&Words>,
    c: usize,
    level: &mut u32,
) -> Bits<'b> {
    let longest = |i: &usize| words.map(|w| Reverse(w.run(c, column[*i].value)));
    let first = || (0..column.len()).filter(|i| column[*i].plain).min_by_key(longest);
    let i = neighbour(column, below).or_else(first).expect("the plan counted a plain bit");
    take(column, i, level)
}

fn follows(bit: Bits<'_>, below: Bits<'_>) -> bool {
    bit.builder().edit(|g| {
        let (x, y) = (g.node(bit.id()), g.node(below.id()));
        matches!((&x.op, &y.op), (Op::Slice(i), Op::Slice(j)) if x.args == y.args && *i == j + 1)
    })
}

/// Bits of column `c`, inverted ones before plain ones; where words stay together the upper neighbour of `below` or the
/// longest word's, else the earliest.
fn take_table<'b>(
    column: &mut Vec<HeapBit<'b>>,
    n: usize,
    below: Option<Bits<'b>>,
    words: Option<&Words>,
    c: usize,
    level: &mut u32,
) -> Vec<Bits<'b>> {
    let mut taken = Vec::new();
    for _ in 0..n {
        let next =
            words.filter(|_| column.iter().all(|bit| bit.plain)).and_then(|_| neighbour(column, below));
        let key = |i: &usize| {
            let bit = &column[*i];
            (bit.plain, words.map(|w| Reverse(w.run(c, bit.value))), bit.level)
        };
        let first = || (0..column.len()).min_by_key(key);
        let i = next.or_else(first).expect("the plan counted these bits");
        taken.push(take(column, i, level));
    }
    taken
}
