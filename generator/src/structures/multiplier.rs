//! Products outside of DSP blocks.
//!
//! Lookup tables of six inputs before a carry chain hold a whole step of Booth's radix-4 recoding: a bit of a
//! partial product needs two bits of `x` and three of `y`, the sixth input is the sum so far (Kumm, Abbas, Zipf,
//! ARITH 2015). So two bits of `y` cost one table a bit of `x`. Three bits of `x` times two of `y` are a table of five
//! inputs, which the chain takes in as well.
//! Elsewhere the partial products are ANDs on a [`BitHeap`].
use super::rows;
use crate::bitheap::BitHeap;
use crate::builder::{Bits, Builder};
use crate::target::CarryChain;
use num_bigint::BigUint;

/// Rows that are added one after the other before a second group starts: depth against area.
const ROWS_IN_TURN: u32 = 6;

/// Exact product of unsigned `x` and `y`, as wide as both together.
pub fn multiply<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    product(b, x, y, false)
}

/// Exact product of two's-complement `x` and `y`, as wide as both together.
pub fn multiply_signed<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    product(b, x, y, true)
}

/// Exact product of factors of which one or both may be two's complement, as wide as both together.
pub fn multiply_mixed<'b>(b: &'b Builder, [x, y]: [Bits<'b>; 2], signed: [bool; 2]) -> Bits<'b> {
    let wider = |v: Bits<'b>| v.zext(v.width() + 1);
    match signed {
        [false, false] => multiply(b, x, y),
        [true, true] => multiply_signed(b, x, y),
        [true, false] => multiply_signed(b, x, wider(y)).low(x.width() + y.width()),
        [false, true] => multiply_signed(b, wider(x), y).low(x.width() + y.width()),
    }
}

/// A partial product: `row` times 2^shift, less 2^excess (which is absolute).
pub struct Partial<'b> {
    /// Unsigned; signs are written inverted.
    pub row: rows::Row<'b>,
    /// Place of its lowest bit.
    pub shift: u32,
    /// The power of two by which it is too large, if it has a sign.
    pub excess: Option<u32>,
}

/// The product of x and y as rows, for sums of products: those of one shift can be added in turn.
pub fn partial_products<'b>(b: &'b Builder, [x, y]: [Bits<'b>; 2], signed: [bool; 2]) -> Vec<Partial<'b>> {
    let target = &b.context().target;
    let wide = target.has_wide_tables() && target.carry_chain != CarryChain::None;
    if !wide {
        return gated_rows([x, y], signed);
    }
    let price = |n: u32, m: u32, signed: bool| digits(m, signed) * (n + 2);
    let (n, m) = (x.width(), y.width());
    match price(m, n, signed[0]) < price(n, m, signed[1]) {
        true => booth_rows(b, [y, x], [signed[1], signed[0]]),
        false => booth_rows(b, [x, y], signed),
    }
}

/// Booth digits of an m-bit number.
fn digits(m: u32, signed: bool) -> u32 {
    if signed { m.div_ceil(2) } else { m / 2 + 1 }
}

/// Digits of y times x.
fn booth_rows<'b>(b: &'b Builder, [x, y]: [Bits<'b>; 2], signed: [bool; 2]) -> Vec<Partial<'b>> {
    let m = y.width();
    if m == 2 && !signed[1] {
        // Two digits of one bit each are narrower.
        return gated_rows([x, y], signed);
    }
    let rows = (0..digits(m, signed[1])).map(|j| {
        let row = Row::new(x, booth_digit(b, y, j, signed[1]), signed[0]);
        let shift = 2 * j;
        let (value, excess) = match row.sign {
            Some(sign) => ((!sign).cat(row.value), Some(shift + row.value.width())),
            None => (row.value, None),
        };
        Partial { row: rows::Row { value, carry: row.negative }, shift, excess }
    });
    rows.collect()
}

/// Bits 2j - 1 to 2j + 1 of y, lowest first.
fn booth_digit<'b>(b: &'b Builder, y: Bits<'b>, j: u32, signed: bool) -> [Bits<'b>; 3] {
    let i = i64::from(2 * j);
    [i - 1, i, i + 1].map(|i| match i {
        i if i >= 0 && i < i64::from(y.width()) => y.bit(i as u32),
        i if i > 0 && signed => y.msb(),
        _ => b.lit(0u8, 1),
    })
}

/// Bits of y times x (Baugh and Wooley's signs).
fn gated_rows<'b>([x, y]: [Bits<'b>; 2], [x_signed, y_signed]: [bool; 2]) -> Vec<Partial<'b>> {
    let (n, m) = (x.width(), y.width());
    let rows = (0..m).map(|j| {
        let product = y.bit(j).replicate(n) & x;
        let minus = y_signed && j + 1 == m;
        // -p == ~p + 1 - 2^n; the sign of what has one is inverted once more.
        let value = if minus { !product } else { product };
        let value = match (x_signed, n) {
            (false, _) => value,
            (true, 1) => !value,
            (true, _) => (!value.msb()).cat(value.low(n - 1)),
        };
        let excess = match (x_signed, minus) {
            (true, _) => Some(n - 1 + j),
            (false, true) => Some(n + j),
            (false, false) => None,
        };
        let carry = minus.then(|| x.builder().lit(1u8, 1));
        Partial { row: rows::Row { value, carry }, shift: j, excess }
    });
    rows.collect()
}

fn product<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, signed: bool) -> Bits<'b> {
    let context = b.context();
    let target = &context.target;
    let (n, m) = (x.width(), y.width());
    // The narrower one is recoded.
    if n < m {
        return product(b, y, x, signed);
    }
    if m == 1 {
        // A one-bit two's-complement number is 0 or -1.
        return if signed {
            let mut heap = BitHeap::new(b, n + 1);
            heap.subtract_signed(y.replicate(n) & x, 0);
            heap.sum()
        } else {
            (y.replicate(n) & x).zext(n + 1)
        };
    }
    if n + m <= target.lut_inputs.max(4) {
        return table_product(b, x, y, signed);
    }
    let chains = target.has_wide_tables() && target.carry_chain != CarryChain::None;
    if chains && context.adder_fits(n + 4) {
        match (n, m) {
            (_, 3) if !signed => narrow(b, y, x),
            (4, 4) if !signed => four_by_four(b, x, y),
            _ if booth_price(m, n, signed) < booth_price(n, m, signed) => booth(b, y, x, signed),
            _ => booth(b, x, y, signed),
        }
    } else {
        array(b, x, y, signed)
    }
}

/// One table; of all inputs together few enough bits.
fn table_product<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, signed: bool) -> Bits<'b> {
    let (n, m) = (x.width(), y.width());
    let value = |v: u64, w: u32| if signed && v >> (w - 1) & 1 == 1 { v as i64 - (1 << w) } else { v as i64 };
    let entries: Vec<u64> = (0..1u64 << (n + m))
        .map(|i| {
            let product = value(i >> m, n) * value(i & ((1 << m) - 1), m);
            product as u64 & ((1 << (n + m)) - 1)
        })
        .collect();
    let name = format!("product_{n}x{m}{}", if signed { "_signed" } else { "" });
    b.table(&name, x.cat(y), n + m, &entries)
}

/// The partial products as ANDs, added up on a heap (Baugh and Wooley's signs).
fn array<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, signed: bool) -> Bits<'b> {
    let (n, m) = (x.width(), y.width());
    let mut heap = BitHeap::new(b, n + m);
    for j in 0..m {
        let row = y.bit(j).replicate(n) & x;
        match (signed, j + 1 == m) {
            (false, _) => heap.add(row, j),
            (true, false) => heap.add_signed(row, j),
            (true, true) => heap.subtract_signed(row, j),
        }
    }
    heap.sum()
}

/// Digits of two bits, each times all of three-bit `x`: a table of five inputs, which the chain that adds a later
/// digit takes in.
fn narrow<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let (n, m) = (x.width(), y.width());
    let mut sum = table_product(b, y.low(2), x, false);
    let mut low: Option<Bits<'b>> = None;
    let mut j = 2;
    while j < m {
        let w = 2.min(m - j);
        let digit = y.bits(j + w - 1, j);
        let row = if w == 2 { table_product(b, digit, x, false) } else { digit.replicate(n) & x };
        let done = sum.low(2);
        low = Some(low.map_or(done, |low| done.cat(low)));
        let width = n + w;
        sum = sum.bits(sum.width() - 1, 2).zext(width).wrapping_add(row.zext(width)).named("product_sum");
        j += w;
    }
    low.map_or(sum, |low| sum.cat(low))
}

/// The low three bits of both in one table; what the top bits add to it in two more, most of which the chain
/// takes in: 13 lookup tables.
fn four_by_four<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let low = table_product(b, x.low(3), y.low(3), false);
    // x3 y + y3 x of the low two bits is at most 6, its low bit an exclusive or.
    let cross = |i: u64| {
        let (x3, y3, x, y) = (i >> 5, i >> 4 & 1, i >> 2 & 3, i & 3);
        (x3 * y + y3 * x) >> 1
    };
    let entries: Vec<u64> = (0..64).map(cross).collect();
    let tops = x.msb().cat(y.msb());
    let middle = b.table("cross_product_low", tops.cat(x.low(2)).cat(y.low(2)), 2, &entries);
    // Then bits 2 of both, the carry so far, and the product of the top bits.
    let entries: Vec<u64> = (0..32u64)
        .map(|i| {
            let (x3, y3, x2, y2, carry) = (i >> 4, i >> 3 & 1, i >> 2 & 1, i >> 1 & 1, i & 1);
            x3 * y2 + y3 * x2 + carry + 2 * x3 * y3
        })
        .collect();
    let index = tops.cat(x.bit(2)).cat(y.bit(2)).cat(middle.bit(1));
    let high = b.table("cross_product_high", index, 3, &entries);
    let bottom = (x.msb() & y.bit(0)) ^ (y.msb() & x.bit(0));
    let cross = high.cat(middle.bit(0)).cat(bottom);
    low.top(3).zext(5).wrapping_add(cross).named("product_sum").cat(low.low(3))
}

/// Lookup tables of [`booth`] for an m-bit number recoded, n bits the other.
fn booth_price(n: u32, m: u32, signed: bool) -> u32 {
    let signed_rows = if signed { m.div_ceil(2) } else { m / 2 };
    let last = if signed { 0 } else { n + m % 2 };
    signed_rows * (n + 2) + last
}

/// Booth's radix-4 rows, each added to the sum so far in one carry chain.
fn booth<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, signed: bool) -> Bits<'b> {
    let (n, m) = (x.width(), y.width());
    // Unsigned y reads zeros above its top bit, so its last digit is never negative.
    let rows = digits(m, signed);
    let groups = rows.div_ceil(ROWS_IN_TURN);
    let in_turn = rows.div_ceil(groups);
    let total = n + m;
    let mut heap = BitHeap::new(b, total);
    let mut first = 0;
    while first < rows {
        let last = (first + in_turn).min(rows);
        let digits = (first..last).map(|j| Row::new(x, booth_digit(b, y, j, signed), signed));
        let base = 2 * first;
        let (group, excess) = rows_in_turn(b, digits, total - base);
        heap.add(group, base);
        if let Some(exponent) = excess {
            heap.take_power(base + exponent);
        }
        first = last;
    }
    heap.sum()
}

/// Sum of rows, each two bits above the one before, modulo 2^room; and the exponent of the power of two by which
/// it is too large, if any row has a sign.
///
/// Let q be the column of a row's sign. Written inverted, the sign makes its row too large by 2^q. The first row
/// has it as `~s s s`, too large by 2^(q + 2), the others as `1 ~s`, too large by 2^q + 2^(q + 1): after k rows,
/// each four times the one before, the excess is 2^(q + 2 k), and no carry ever runs further than that.
fn rows_in_turn<'b>(
    b: &'b Builder,
    rows: impl Iterator<Item = Row<'b>>,
    room: u32,
) -> (Bits<'b>, Option<u32>) {
    let mut low: Option<Bits<'b>> = None;
    let mut sum: Option<Bits<'b>> = None;
    let mut excess = None;
    for (k, row) in (0u32..).zip(rows) {
        let q = row.value.width();
        let room = room - 2 * k;
        let (added, width) = match row.sign {
            Some(sign) => {
                excess = Some(q + 2 * (k + 1));
                let not = !sign;
                let top = if k == 0 { not.cat(sign).cat(sign) } else { b.lit(1u8, 1).cat(not) };
                (top.cat(row.value), (q + 3).min(room))
            }
            None => (row.value, if k == 0 { q.min(room) } else { room }),
        };
        let fit = |v: Bits<'b>| if v.width() > width { v.low(width) } else { v.zext(width) };
        let before = sum.map_or(b.lit(0u8, 1), |sum| {
            let done = sum.low(2);
            low = Some(low.map_or(done, |low| done.cat(low)));
            sum.bits(sum.width() - 1, 2)
        });
        let (before, added) = (fit(before), fit(added));
        sum = Some(match row.negative {
            // Through a position of its own, at both inputs: needs no inverter.
            Some(negative) => {
                before.cat(negative).wrapping_add(added.cat(negative)).named("booth_sum").bits(width, 1)
            }
            None => before.wrapping_add(added).named("booth_sum"),
        });
    }
    let sum = sum.expect("a group has a row");
    (low.map_or(sum, |low| sum.cat(low)), excess)
}

/// One digit, -2 to 2, times `x`: `value` + `negative`, less `sign` times 2^(width of value).
struct Row<'b> {
    /// The low bits; inverted if the digit is negative.
    value: Bits<'b>,
    /// What is still to be added at the bottom; none if the digit can't be negative.
    negative: Option<Bits<'b>>,
    /// The bit above `value`; none if the row can't be negative.
    sign: Option<Bits<'b>>,
}

impl<'b> Row<'b> {
    /// The digit is low + mid - 2 high.
    fn new(x: Bits<'b>, [low, mid, high]: [Bits<'b>; 3], signed: bool) -> Self {
        let w = x.width() + 1;
        let wide = if signed { x.sext(w) } else { x.zext(w) };
        let one = mid ^ low;
        // A digit of the extended sign is 0 or -1.
        let two = if mid.id() == high.id() && high.constant().is_none() {
            high.builder().lit(0u8, 1)
        } else {
            (high & !mid & !low) | (!high & mid & low)
        };
        let magnitude = (one.replicate(w) & wide) | (two.replicate(w) & x.append_zeros(1));
        // All bits of -0 are ones, and the carry makes it 0 again.
        let value = (magnitude ^ high.replicate(w)).named("booth_row");
        // A digit whose top bit is a constant one is never positive.
        let never = |bit: Bits<'b>| bit.constant() == Some(BigUint::ZERO);
        let negative = (!never(high)).then_some(high);
        if signed {
            return Self { value: value.low(w - 1), negative, sign: Some(value.msb()) };
        }
        // Only one row in two can double.
        let value = if never(two) { value.low(w - 1) } else { value };
        Self { value, negative, sign: negative }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Context;
    use crate::ir::eval::Evaluator;
    use crate::ir::verify::verify;
    use crate::target::Target;

    fn check(
        target: &Target,
        mhz: f64,
        n: u32,
        m: u32,
        signed: bool,
        pairs: impl Iterator<Item = (u64, u64)>,
    ) {
        let b = Builder::new(Context::new(target.clone(), mhz));
        let (x, y) = (b.input("x", n), b.input("y", m));
        b.output("p", if signed { multiply_signed(&b, x, y) } else { multiply(&b, x, y) });
        let g = b.finish();
        verify(&g).expect("a sound graph");
        let mut evaluator = Evaluator::new(&g);
        let value =
            |v: u64, w: u32| i128::from(v) - if signed && v >> (w - 1) & 1 == 1 { 1i128 << w } else { 0 };
        for (u, v) in pairs {
            let got = evaluator.step(&[BigUint::from(u), BigUint::from(v)]);
            let want = (value(u, n) * value(v, m)) as u128 & ((1 << (n + m)) - 1);
            assert_eq!(
                got[0],
                BigUint::from(want),
                "{u} * {v}, {n} x {m} signed {signed} on {}",
                target.name
            );
        }
    }

    #[test]
    fn small_products_exhaustively() {
        for target in Target::all() {
            for n in 1..=5 {
                for m in 1..=5 {
                    for signed in [false, true] {
                        let pairs = (0..1u64 << n).flat_map(|u| (0..1u64 << m).map(move |v| (u, v)));
                        check(target, 0.0, n, m, signed, pairs);
                    }
                }
            }
        }
    }

    /// Significands without their leading one: its row is a constant.
    #[test]
    fn constant_leading_ones() {
        for target in Target::all() {
            for (n, m) in [(2, 7), (3, 7), (4, 7), (5, 6), (7, 3), (6, 6), (3, 3)] {
                let b = Builder::new(Context::new(target.clone(), 0.0));
                let (x, y) = (b.input("x", n), b.input("y", m));
                let one = b.lit(1u8, 1);
                b.output("p", multiply(&b, one.cat(x), one.cat(y)));
                let g = b.finish();
                let mut evaluator = Evaluator::new(&g);
                for (u, v) in (0..1u64 << n).flat_map(|u| (0..1u64 << m).map(move |v| (u, v))) {
                    let got = evaluator.step(&[BigUint::from(u), BigUint::from(v)]);
                    let want = (u + (1 << n)) * (v + (1 << m));
                    assert_eq!(got[0], BigUint::from(want), "1.{u} * 1.{v}, {n} x {m} on {}", target.name);
                }
            }
        }
    }

    #[test]
    fn large_products_at_random() {
        let mut seed = 1u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        for target in Target::all() {
            for mhz in [0.0, 150.0, 400.0] {
                for (n, m) in [(6, 3), (7, 7), (8, 8), (4, 9), (11, 11), (13, 6), (16, 16), (24, 24), (24, 5)]
                {
                    for signed in [false, true] {
                        let top = |w: u32| (1u64 << w) - 1;
                        let half = |w: u32| 1u64 << (w - 1);
                        let corners = [(top(n), top(m)), (half(n), half(m)), (half(n), top(m)), (0, top(m))];
                        let mixed: Vec<(u64, u64)> =
                            (0..60).map(|_| (random() & top(n), random() & top(m))).collect();
                        check(target, mhz, n, m, signed, corners.into_iter().chain(mixed));
                    }
                }
            }
        }
    }
}
