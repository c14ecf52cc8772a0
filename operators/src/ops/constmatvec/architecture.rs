//! The core: shared sums in adders, what is left of each row in a bit heap.
use super::share::{self, Costs, Plan, Shared, Term};
use super::tree::{self, Derived};
use super::{ConstMatVecCore, Share};
use holigen_generator::bitheap::BitHeap;
use holigen_generator::compile::{self, Options};
use holigen_generator::structures::adder::{add_alone, sub_alone};
use holigen_generator::{Bits, Builder, Context};

/// How many sums may be above each other: each may take a stage.
#[derive(Clone, Copy)]
struct Limits {
    /// Shared ones, before the rows' own.
    depth: u32,
    /// Rows of which one is made from the other.
    trees: u32,
}

/// Without a clock.
const UNCLOCKED: Limits = Limits { depth: 8, trees: 8 };
/// The most, and the usual, with a clock.
const MOST_DEPTH: u32 = 3;
const USUAL_DEPTH: u32 = 2;
/// Registers that cost as much as a lookup table.
const REGISTERS_A_TABLE: f64 = 2.0;

impl Limits {
    /// A row from another counts for two.
    fn of_depth(depth: u32) -> Self {
        Self { depth, trees: 1 + depth / 2 }
    }

    fn of(core: &ConstMatVecCore, b: &Builder) -> Self {
        match core.share {
            // No depth, no sums: every row from inputs alone.
            Share::Off => Self::of_depth(0),
            Share::Depth(depth) => Self::of_depth(depth),
            Share::On if b.context().budget_ps.is_infinite() => UNCLOCKED,
            Share::On if core.folded() || core.matrix.entries.len() > TRIED => Self::of_depth(USUAL_DEPTH),
            Share::On => Self::for_clock(core, b.context()),
        }
    }

    /// The depth whose pipeline is smallest: deeper ones save tables, but their stages take registers.
    fn for_clock(core: &ConstMatVecCore, context: &Context) -> Self {
        let options = Options { name: "trial".into(), clock_enable: false, turns: 1 };
        let size = |depth| {
            let limits = Self::of_depth(depth);
            let trial = compile::build(&|b| build_within(core, b, limits), context, &options).ok()?;
            Some(trial.estimated_tables as f64 + trial.register_bits as f64 / REGISTERS_A_TABLE)
        };
        let mut best = (USUAL_DEPTH, f64::INFINITY);
        for depth in 1..=MOST_DEPTH {
            match size(depth) {
                Some(size) if size < best.1 => best = (depth, size),
                Some(_) => break,
                None => (),
            }
        }
        Self::of_depth(best.0)
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
    build_within(core, b, Limits::of(core, b));
}

fn build_within(core: &ConstMatVecCore, b: &Builder, limits: Limits) {
    if core.matrix.entries.len() > PLANNED_AGAIN {
        b.costly();
    }
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

/// Matrices of more entries are not planned again for what their netlist is expected to be.
const PLANNED_AGAIN: usize = 1 << 10;
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
