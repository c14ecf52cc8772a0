//! The core: rows that are added where they are computed, a bit heap over their sums, an accumulator.
use super::trits::{Packing, unpack};
use super::{Factor, Products, Result, Sparse};
use holigen_generator::bitheap::BitHeap;
use holigen_generator::structures::accumulator::accumulate;
use holigen_generator::structures::multiplier::{multiply_mixed, partial_products};
use holigen_generator::structures::pairs::{Pair, add_pair};
use holigen_generator::structures::rows::{Row, add_in_turn, subtract_in_turn};
use holigen_generator::target::Kind;
use holigen_generator::{Bits, Builder};
use holigen_verif::integer::IntFormat;
use std::collections::BTreeMap;

/// Builds the core.
pub(super) fn build(p: &Products, b: &Builder) {
    let first = p.terms.map(|_| b.input("in_first", 1));
    let w = p.w.map(|(name, f)| factors(b, name, f, p.packed[0], p.n));
    let index = p.sparse.map(|s| (s, b.input("index", s.index_bits() * p.n)));
    let x = factors(b, p.x.0, p.x.1, p.packed[1], p.x_count());
    let x = match index {
        None => x,
        Some((s, index)) => b.scope("select", || select(s, index, x, p.x.1.width())),
    };
    let r = result(p, b, first, w, x);
    b.output("r", r);
}

/// The sum, of factors that stand element by element. `first`: where there is an accumulator, whether it starts over.
pub(crate) fn result<'b>(
    p: &Products,
    b: &'b Builder,
    first: Option<Bits<'b>>,
    w: Option<Bits<'b>>,
    x: Bits<'b>,
) -> Bits<'b> {
    let w = w.zip(p.w).map(|(bits, (_, f))| (bits, f));
    let (sum, width) = (p.sum(), p.format().width);
    if let (1, Some(first), Some((w, Factor::Ternary)), Factor::Integer(f)) = (p.n, first, w, p.x.1) {
        // The weight goes into the tables of the accumulator's carry chain.
        return b.scope("accumulate", || {
            let gated = (w.bit(0).replicate(f.width) & x).named("term");
            let term = if f.signed { gated.sext(width) } else { gated.zext(width) };
            accumulate(b, "acc", term, w.bit(1), first, 1)
        });
    }
    let scope = if p.n == 1 { "multiply" } else { "products and their sum" };
    let r = b.scope(scope, || dot(p, b, w, x, sum.width));
    let r = match first {
        None => r,
        Some(first) => b.scope("accumulate", || {
            let term = if sum.signed { r.sext(width) } else { r.zext(width) };
            accumulate(b, "acc", term, b.lit(0u8, 1), first, 1)
        }),
    };
    r.named("result")
}

/// A port of factors, unpacked.
fn factors<'b>(b: &'b Builder, name: &str, f: Factor, packing: Option<Packing>, n: u32) -> Bits<'b> {
    let Some(p) = packing else { return b.input(name, f.width() * n) };
    let groups = p.groups(n);
    let port = b.input(name, p.bits() * groups);
    let trits = b.scope("unpack", || {
        let group = |g: u32| unpack(b, p, port.bits((g + 1) * p.bits() - 1, g * p.bits()));
        (0..groups).map(group).reduce(|low, high| high.cat(low)).expect("a vector has an element")
    });
    trits.low(2 * n)
}

/// The element of x that each weight meets. Indices of a group ascend, so that each has a few elements to choose from;
/// one outside is taken for the nearest inside.
fn select<'b>(s: Sparse, index: Bits<'b>, x: Bits<'b>, width: u32) -> Bits<'b> {
    let bits = s.index_bits();
    let n = index.width() / bits;
    let chosen = (0..n).map(|i| {
        let [least, most] = s.reach(i % s.kept);
        let element = |place: u32| {
            let at = (i / s.kept * s.of + place.clamp(least, most)) * width;
            x.bits(at + width - 1, at)
        };
        let all: Vec<Bits<'b>> = (0..s.of).map(element).collect();
        index.bits((i + 1) * bits - 1, i * bits).choose(&all).named(&format!("selected_{i}"))
    });
    chosen.reduce(|low, high| high.cat(low)).expect("a vector has an element")
}

/// The sum of one token, modulo 2^width.
fn dot<'b>(p: &Products, b: &'b Builder, w: Option<(Bits<'b>, Factor)>, x: Bits<'b>, width: u32) -> Bits<'b> {
    let n = p.n;
    let element = |v: Bits<'b>, f: Factor, i: u32| v.bits((i + 1) * f.width() - 1, i * f.width());
    let mut heap = BitHeap::new(b, width);
    match (w, p.x.1) {
        (None, Factor::Integer(f)) => {
            for i in 0..n {
                let row = element(x, p.x.1, i);
                if f.signed { heap.add_signed(row, 0) } else { heap.add(row, 0) }
            }
        }
        (Some((w, Factor::Sign)), Factor::Sign) => {
            // The product is +1 where the signs agree.
            pairs(b, &mut heap, w, x, n, u32::from(p.result == Result::Sum), [1, 0, 0, 1], "equal");
            if p.result == Result::Sum {
                heap.add_signed_constant(-i64::from(n));
            }
        }
        (Some((w, Factor::Ternary)), Factor::Ternary) => {
            let terms = (0..n).map(|i| (element(w, Factor::Ternary, i), element(x, p.x.1, i)));
            trits(&mut heap, terms);
        }
        (Some((w, Factor::Integer(one))), Factor::Integer(other))
            if n > 1 && one == other && one == (IntFormat { width: 1, signed: false }) =>
        {
            pairs(b, &mut heap, w, x, n, 0, [0, 0, 0, 1], "both");
        }
        (Some((w, factor)), Factor::Integer(f)) => {
            let terms = (0..n).map(|i| (element(w, factor, i), element(x, p.x.1, i)));
            match factor {
                Factor::Ternary => ternary(&mut heap, terms, f),
                Factor::Sign => signs(&mut heap, terms, f),
                Factor::Integer(g) if n == 1 => {
                    return multiply_mixed(b, [w, x], [g.signed, f.signed]);
                }
                Factor::Integer(g) => integers(b, &mut heap, terms, [g.signed, f.signed]),
            }
        }
        _ => unreachable!("no operator has these factors"),
    }
    heap.sum()
}

/// Counts of up to three pairs of one-bit factors in a table of six inputs; `truth` is the product's bit by the codes
/// of both factors.
fn pairs<'b>(
    b: &'b Builder,
    heap: &mut BitHeap<'b>,
    w: Bits<'b>,
    x: Bits<'b>,
    n: u32,
    shift: u32,
    truth: [u64; 4],
    name: &str,
) {
    let target = &b.context().target;
    let at_once = if target.kind == Kind::Lut { (target.lut_inputs / 2).clamp(1, 3) } else { 1 };
    // A table with as many outputs as pairs saves nothing.
    let at_once = if at_once == 2 { 1 } else { at_once };
    let mut i = 0;
    while i < n {
        let k = at_once.min(n - i);
        let (u, v) = (w.bits(i + k - 1, i), x.bits(i + k - 1, i));
        if k == 1 {
            heap.add(if truth == [0, 0, 0, 1] { u & v } else { !(u ^ v) }, shift);
        } else {
            let bit = |code: u64, j: u32| truth[(2 * (code >> (k + j) & 1) + (code >> j & 1)) as usize];
            let entries: Vec<u64> =
                (0..1u64 << (2 * k)).map(|code| (0..k).map(|j| bit(code, j)).sum()).collect();
            heap.add(b.table(&format!("count_{name}_{k}"), u.cat(v), 2, &entries), shift);
        }
        i += k;
    }
}

/// A word with its highest bit the other way round.
fn flip_top(bits: Bits<'_>) -> Bits<'_> {
    match bits.width() {
        1 => !bits,
        w => (!bits.msb()).cat(bits.low(w - 1)),
    }
}

/// Ternary weights: a term is x, gated by the lower bit and inverted by the upper, which is also its carry in. Code
/// 10 inverts a zero and adds 1: still zero.
pub(crate) fn ternary<'b>(
    heap: &mut BitHeap<'b>,
    terms: impl Iterator<Item = (Bits<'b>, Bits<'b>)>,
    f: IntFormat,
) {
    let mut terms: Vec<_> = terms.collect();
    ternary_pairs(heap, &mut terms, f);
    let mut rows = Vec::new();
    for (i, (w, x)) in terms.into_iter().enumerate() {
        let (nonzero, negative) = (w.bit(0), w.bit(1));
        let gated = nonzero.replicate(f.width) & x;
        let mask = negative.replicate(f.width);
        let (mask, top) = if f.signed { (flip_top(mask), f.width - 1) } else { (mask, f.width) };
        if !f.signed {
            // ~x is 2^width - 1 - x.
            heap.add_bit(!negative, f.width);
        }
        heap.take_power(top);
        let value = (gated ^ mask).named(&format!("term_{i}"));
        rows.push(Row { value, carry: Some(negative) });
    }
    add_in_turn(heap, &rows, 0);
}

/// The sum of two terms, named.
fn pair(sum: Bits<'_>, i: usize) -> Bits<'_> {
    let sum = sum.named(&format!("pair_{i}"));
    if i == 0 {
        sum.note("A table for each bit of two terms: O5 is the first alone, O6 the sum's propagate.")
    } else {
        sum
    }
}

/// Narrower terms are cheaper added in turn: a pair takes two tables more than a term has bits, and its sum more of
/// the heap.
const PAIR_WIDTH: u32 = 6;

/// Takes terms two at a time, where the text may name the device's cells: one table a bit for both and their sum. The
/// first one's sign is the carry in; the other's are counted, three in a table. A single term is left.
fn ternary_pairs<'b>(heap: &mut BitHeap<'b>, terms: &mut Vec<(Bits<'b>, Bits<'b>)>, f: IntFormat) {
    let Some((_, x)) = terms.first() else { return };
    let b = x.builder();
    // Both terms extended to their sum: the second one can't have its sign inverted, since the table's half in which it
    // is not there must be the first one.
    let width = f.width + if f.signed { 1 } else { 2 };
    if f.width < PAIR_WIDTH || !b.context().has_chain(width) {
        return;
    }
    let single = if terms.len() % 2 == 1 { terms.pop() } else { None };
    let extended = |x: Bits<'b>| if f.signed { x.sext(width) } else { x.zext(width) };
    let all = |bit: Bits<'b>| bit.replicate(width);
    // Of the second terms: whether they are there and whether they are negative, side by side.
    let mut second: Option<(Bits<'b>, Bits<'b>)> = None;
    for (i, two) in terms.chunks(2).enumerate() {
        let ((w, x), (v, y)) = (two[0], two[1]);
        let inputs = [extended(x), all(w.bit(0)), all(w.bit(1)), extended(y), all(v.bit(1)), all(v.bit(0))];
        let sum = add_pair(b, Pair { inputs, carry: w.bit(1) }, |_, index| {
            let bit = |k: u32| index >> k & 1 == 1;
            ((bit(0) && bit(1)) ^ bit(2), (bit(3) ^ bit(4)) && bit(5))
        });
        heap.add_signed(pair(sum, i).low(width), 0);
        second = Some(match second {
            None => (v.bit(0), v.bit(1)),
            Some((there, negative)) => (v.bit(0).cat(there), v.bit(1).cat(negative)),
        });
    }
    if let Some((there, negative)) = second {
        pairs(b, heap, there, negative, there.width(), 0, [0, 0, 0, 1], "negative");
    }
    *terms = single.into_iter().collect();
}

/// Products of trits are trits: 2 more than one is its sign inverted above whether it is not zero.
fn trits<'b>(heap: &mut BitHeap<'b>, terms: impl Iterator<Item = (Bits<'b>, Bits<'b>)>) {
    let mut rows = Vec::new();
    for (i, (w, x)) in terms.enumerate() {
        let nonzero = w.bit(0) & x.bit(0);
        let negative = nonzero & (w.bit(1) ^ x.bit(1));
        heap.take_power(1);
        rows.push(Row { value: (!negative).cat(nonzero).named(&format!("term_{i}")), carry: None });
    }
    add_in_turn(heap, &rows, 0);
}

/// Weights +1 (code 1) and -1: the negative of a term is x, inverted by the weight, which is also its carry in, so
/// that no weight has to be inverted.
fn signs<'b>(heap: &mut BitHeap<'b>, terms: impl Iterator<Item = (Bits<'b>, Bits<'b>)>, f: IntFormat) {
    let mut terms: Vec<_> = terms.collect();
    sign_pairs(heap, &mut terms, f);
    let mut rows = Vec::new();
    for (i, (w, x)) in terms.into_iter().enumerate() {
        let mask = w.replicate(f.width);
        let (mask, top) = if f.signed { (flip_top(mask), f.width - 1) } else { (mask, f.width) };
        if f.signed {
            heap.add_power(top);
        } else {
            heap.add_bit(w, top);
        }
        rows.push(Row { value: (x ^ mask).named(&format!("negative_{i}")), carry: Some(w) });
    }
    subtract_in_turn(heap, &rows, 0);
}

/// As [`ternary_pairs`], for weights +1 and -1: the pair's sum is the negative of both terms.
fn sign_pairs<'b>(heap: &mut BitHeap<'b>, terms: &mut Vec<(Bits<'b>, Bits<'b>)>, f: IntFormat) {
    let Some((_, x)) = terms.first() else { return };
    let b = x.builder();
    let width = f.width + u32::from(!f.signed);
    if f.width < PAIR_WIDTH || !b.context().has_chain(width) {
        return;
    }
    let single = if terms.len() % 2 == 1 { terms.pop() } else { None };
    let extended = |x: Bits<'b>| if f.signed { x } else { x.zext(width) };
    for (i, two) in terms.chunks(2).enumerate() {
        let ((w, x), (v, y)) = (two[0], two[1]);
        let [zeros, ones] = [0, u32::MAX].map(|bit| b.lit(bit & 1, 1).replicate(width));
        let inputs = [extended(x), w.replicate(width), extended(y), v.replicate(width), zeros, ones];
        let sum = add_pair(b, Pair { inputs, carry: w }, |top, index| {
            let bit = |k: u32| index >> k & 1 == 1;
            (bit(0) ^ bit(1) ^ top, bit(2) ^ bit(3) ^ top)
        });
        heap.subtract(pair(sum, i), 0);
        heap.subtract(v, 0);
        // Both signs were inverted.
        heap.add_power(width);
    }
    *terms = single.into_iter().collect();
}

/// Products of integers: the rows of one place are added in turn, whatever product they belong to.
pub(crate) fn integers<'b>(
    b: &'b Builder,
    heap: &mut BitHeap<'b>,
    terms: impl Iterator<Item = (Bits<'b>, Bits<'b>)>,
    signed: [bool; 2],
) {
    let mut by_place: BTreeMap<u32, Vec<Row<'b>>> = BTreeMap::new();
    for (w, x) in terms {
        for partial in partial_products(b, [w, x], signed) {
            if let Some(exponent) = partial.excess {
                heap.take_power(exponent);
            }
            by_place.entry(partial.shift).or_default().push(partial.row);
        }
    }
    for (place, rows) in by_place {
        add_in_turn(heap, &rows, place);
    }
}
