//! The core: shared sums in adders, what is left of each row in a bit heap.
use super::share::{self, Costs, Plan, Shared, Term};
use super::tree::{self, Branches, Derived};
use super::{ConstMatVecCore, Share};
use holigen_generator::bitheap::BitHeap;
use holigen_generator::structures::adder::{add_alone, sub_alone};
use holigen_generator::{Bits, Builder};

/// How many sums may be above each other: each may take a stage.
#[derive(Clone, Copy)]
struct Limits {
    /// Shared ones, before the rows' own.
    depth: u32,
    /// Rows of which one is made from the other.
    trees: Branches,
}

/// Without a clock.
const UNCLOCKED: Limits = Limits { depth: 8, trees: Branches { depth: 8, children: u32::MAX } };
/// The most, and the usual, with a clock.
const MOST_DEPTH: u32 = 3;
const USUAL_DEPTH: u32 = 2;
/// Rows made from one, with a clock: each reads every bit of it, and the way to many loads takes a stage's time.
const MOST_CHILDREN: u32 = 16;

impl Limits {
    /// A row from another counts for two.
    fn of_depth(depth: u32) -> Self {
        Self { depth, trees: Branches { depth: 1 + depth / 2, children: MOST_CHILDREN } }
    }

    fn of(core: &ConstMatVecCore, b: &Builder) -> Self {
        match core.share {
            // No depth, no sums: every row from inputs alone.
            Share::Off => Self::of_depth(0),
            Share::Depth(depth) => Self::of_depth(depth),
            Share::On if b.context().budget_ps.is_infinite() => UNCLOCKED,
            Share::On if core.folded() || core.matrix.entries.len() > BUILT_OFTEN => {
                Self::of_depth(USUAL_DEPTH)
            }
            // Deeper ones save tables, but their stages take registers.
            Share::On => Self::of_depth(1 + b.way(MOST_DEPTH)),
        }
    }
}

/// A number: its bits, two's complement or not.
#[derive(Clone, Copy)]
struct Number<'b> {
    bits: Bits<'b>,
    signed: bool,
}

impl<'b> Number<'b> {
    fn extended(self, width: u32) -> Bits<'b> {
        match (self.bits.width() >= width, self.signed) {
            (true, _) => self.bits.low(width),
            (false, true) => self.bits.sext(width),
            (false, false) => self.bits.zext(width),
        }
    }
}

/// Builds the core.
pub(super) fn build(core: &ConstMatVecCore, b: &Builder) {
    let limits = Limits::of(core, b);
    let elements = core.chunk() as u32;
    let first = core.folded().then(|| b.input("in_first", 1));
    let x = b.input("x", elements * core.x.width);
    let element = |j: u32| Number {
        bits: x.bits((j + 1) * core.x.width - 1, j * core.x.width).named(&format!("x_{j}")),
        signed: core.x.signed,
    };
    let inputs: Vec<Number<'_>> = (0..elements).map(element).collect();
    let r = match first {
        None => whole(core, b, inputs, limits),
        Some(first) => super::serial::build(core, b, first, x),
    };
    b.output("r", r);
}

/// Rows with their terms, and how they depend on each other.
struct Choice {
    order: Vec<Derived>,
    plan: Plan,
}

/// Matrices of more entries are built with one depth of shared sums only.
const BUILT_OFTEN: usize = 1 << 10;
/// Matrices of more entries are planned once only.
const TRIED: usize = 1 << 13;

/// The cheapest of some plans: rows from nothing or from each other, sharing eagerly or reluctantly.
fn choose(core: &ConstMatVecCore, b: &Builder, limits: Limits) -> Choice {
    let m = &core.matrix;
    let context = b.context();
    let range = [core.x.least() as i64, core.x.largest() as i64];
    let heap = BitHeap::price(context);
    let Limits { depth, trees } = limits;
    let mut orders = vec![tree::plain(m)];
    let mut eagerness = vec![heap * 1.15];
    if depth > 0 && m.entries.len() <= TRIED {
        orders.push(tree::tree(m, trees, core.x.width, core.format().width));
        eagerness.extend([heap, heap * 1.5]);
    }
    let mut best: Option<(f64, Choice)> = None;
    for order in orders {
        for eager in &eagerness {
            let rows = order.iter().map(|d| &d.rest[..]);
            let plan = share::plan(rows, m.columns, range, Costs { heap: *eager, depth });
            let bits = |d: &Derived| {
                let of = |row: usize| share::width(core.row_range(row)).max(1);
                (d.parent.map_or(0, |(p, _)| of(p)), of(d.row))
            };
            let bits: Vec<(u32, u32)> = order.iter().map(bits).collect();
            let price = share::price(&plan, m.columns, &bits, Costs { heap, depth });
            if best.as_ref().is_none_or(|b| price < b.0) {
                best = Some((price, Choice { order: order.clone(), plan }));
            }
        }
    }
    best.expect("there is a plan").1
}

/// All rows at once.
fn whole<'b>(core: &ConstMatVecCore, b: &'b Builder, inputs: Vec<Number<'b>>, limits: Limits) -> Bits<'b> {
    let m = &core.matrix;
    let Choice { order, plan } = choose(core, b, limits);
    let mut values: Vec<Option<Number<'b>>> = inputs.into_iter().map(Some).collect();
    b.scope("shared sums", || {
        for (k, shared) in plan.shared.iter().enumerate() {
            let range = plan.ranges[values.len()];
            let sum = shared.map(|s| Number {
                bits: sum(&values, s, share::width(range)).named(&format!("shared_{k}")),
                signed: range[0] < 0,
            });
            values.push(sum);
        }
    });
    let mut rows: Vec<Option<Number<'b>>> = vec![None; m.rows];
    b.scope("rows", || {
        for (derived, terms) in order.iter().zip(&plan.rows) {
            let range = core.row_range(derived.row);
            let mut heap = BitHeap::new(b, share::width(range).max(1));
            let mut add = |v: Number<'b>, shift: u32, negative: bool| match (v.signed, negative) {
                (true, true) => heap.subtract_signed(v.bits, shift),
                (true, false) => heap.add_signed(v.bits, shift),
                (false, true) => heap.subtract(v.bits, shift),
                (false, false) => heap.add(v.bits, shift),
            };
            if let Some((parent, negative)) = derived.parent {
                add(rows[parent].expect("parents come first"), 0, negative);
            }
            for t in terms {
                add(values[t.value as usize].expect("a value that is read is built"), t.shift, t.negative);
            }
            let bits = heap.sum().named(&format!("row_{}", derived.row));
            rows[derived.row] = Some(Number { bits, signed: range[0] < 0 });
        }
    });
    let width = core.format().width;
    let rows: Vec<Bits<'b>> = rows.into_iter().flatten().map(|r| r.extended(width)).collect();
    joined(&rows)
}

/// Element 0 in the lowest bits.
pub(super) fn joined<'b>(rows: &[Bits<'b>]) -> Bits<'b> {
    rows.iter().copied().reduce(|low, high| high.cat(low)).expect("a matrix has a row")
}

/// A shared sum; bits of one operand below the other's lowest need no adder.
fn sum<'b>(values: &[Option<Number<'b>>], Shared { a, b }: Shared, width: u32) -> Bits<'b> {
    let value = |t: Term| values[t.value as usize].expect("a value that is read is built");
    let (x, y) = (value(a), value(b));
    let shift = a.shift.max(b.shift);
    let apart = |low: Number<'b>| shift > 0 && low.bits.width() > shift;
    let high = |n: Number<'b>| Number { bits: n.bits.bits(n.bits.width() - 1, shift), ..n };
    if b.shift > 0 && apart(x) {
        let (p, q) = (high(x).extended(width - shift), y.extended(width - shift));
        let top = if b.negative { sub_alone(p, q) } else { add_alone(p, q) };
        return top.cat(x.bits.low(shift));
    }
    if a.shift > 0 && !b.negative && apart(y) {
        return add_alone(x.extended(width - shift), high(y).extended(width - shift)).cat(y.bits.low(shift));
    }
    let placed = |n: Number<'b>, shift: u32| Number { bits: n.bits.append_zeros(shift), ..n }.extended(width);
    let (p, q) = (placed(x, a.shift), placed(y, b.shift));
    if b.negative { sub_alone(p, q) } else { add_alone(p, q) }
}
