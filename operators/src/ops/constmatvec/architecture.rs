//! The core: shared sums in adders, what is left of each row in a bit heap.
use super::ConstMatVecCore;
use super::share::{self, Costs, Shared, Term};
use holigen_generator::bitheap::BitHeap;
use holigen_generator::structures::adder::{add_alone, sub_alone};
use holigen_generator::{Bits, Builder};

/// Sums above each other before the rows' own: each may be a stage.
const DEPTH: u32 = 3;

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
    let elements = core.chunk() as u32;
    let first = core.folded().then(|| b.input("in_first", 1));
    let x = b.input("x", elements * core.x.width);
    let element = |j: u32| Number {
        bits: x.bits((j + 1) * core.x.width - 1, j * core.x.width).named(&format!("x_{j}")),
        signed: core.x.signed,
    };
    let inputs: Vec<Number<'_>> = (0..elements).map(element).collect();
    let r = match first {
        None => whole(core, b, inputs),
        Some(first) => super::serial::build(core, b, first, x),
    };
    b.output("r", r);
}

/// All rows at once.
fn whole<'b>(core: &ConstMatVecCore, b: &'b Builder, inputs: Vec<Number<'b>>) -> Bits<'b> {
    let m = &core.matrix;
    let costs = Costs { heap: BitHeap::price(b.context()), depth: DEPTH };
    let range = [core.x.least() as i64, core.x.largest() as i64];
    let plan = share::plan((0..m.rows).map(|i| m.row(i)), m.columns, range, costs);
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
    let width = core.format().width;
    let rows = b.scope("rows", || {
        let row = |(i, terms): (usize, &Vec<Term>)| {
            let mut heap = BitHeap::new(b, width);
            for t in terms {
                let v = values[t.value as usize].expect("a value that is read is built");
                match (v.signed, t.negative) {
                    (true, true) => heap.subtract_signed(v.bits, t.shift),
                    (true, false) => heap.add_signed(v.bits, t.shift),
                    (false, true) => heap.subtract(v.bits, t.shift),
                    (false, false) => heap.add(v.bits, t.shift),
                }
            }
            heap.sum().named(&format!("row_{i}"))
        };
        plan.rows.iter().enumerate().map(row).collect::<Vec<_>>()
    });
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
