use super::*;
use crate::builder::Context;
use crate::ir::Graph;
use crate::ir::eval::{Evaluator, truncate};
use crate::ir::verify::verify;
use crate::target::Target;

/// How a row enters the heap.
#[derive(Clone, Copy, Debug)]
enum How {
    Add,
    AddSigned,
    Subtract,
    SubtractSigned,
}

/// Width, shift and manner of each row, a constant, and the width of the sum.
#[derive(Clone, Debug)]
struct Case {
    rows: Vec<(u32, u32, How)>,
    constant: i64,
    width: u32,
}

fn graph(case: &Case, target: &Target, mhz: f64) -> Graph {
    let b = Builder::new(Context::new(target.clone(), mhz));
    let mut heap = BitHeap::new(&b, case.width);
    for (i, (width, shift, how)) in case.rows.iter().enumerate() {
        let row = b.input(&format!("x{i}"), *width);
        match how {
            How::Add => heap.add(row, *shift),
            How::AddSigned => heap.add_signed(row, *shift),
            How::Subtract => heap.subtract(row, *shift),
            How::SubtractSigned => heap.subtract_signed(row, *shift),
        }
    }
    heap.add_signed_constant(case.constant);
    let sum = heap.sum();
    assert_eq!(sum.width(), case.width, "{case:?} on {}", target.name);
    b.output("sum", sum);
    let g = b.finish();
    verify(&g).expect("a sound graph");
    g
}

fn expected(case: &Case, values: &[BigUint]) -> BigUint {
    // Far more than any row: everything modulo a large power of two.
    let wide = 256u32;
    let modulus: BigUint = BigUint::from(1u8) << wide;
    let mut sum = &modulus + BigUint::from(case.constant.unsigned_abs());
    if case.constant < 0 {
        sum = &modulus - BigUint::from(case.constant.unsigned_abs());
    }
    for ((width, shift, how), value) in case.rows.iter().zip(values) {
        let negative =
            matches!(how, How::AddSigned | How::SubtractSigned) && value.bit(u64::from(*width) - 1);
        let extended =
            if negative { &modulus + value - (BigUint::from(1u8) << *width) } else { value.clone() };
        let shifted = truncate(extended << *shift, wide);
        match how {
            How::Add | How::AddSigned => sum += shifted,
            How::Subtract | How::SubtractSigned => sum += &modulus - shifted,
        }
    }
    truncate(sum, case.width)
}

fn check(case: &Case, target: &Target, mhz: f64, vectors: impl Iterator<Item = Vec<BigUint>>) {
    let g = graph(case, target, mhz);
    let mut evaluator = Evaluator::new(&g);
    for values in vectors {
        let got = evaluator.step(&values);
        assert_eq!(got[0], expected(case, &values), "{values:?} of {case:?} on {} at {mhz} MHz", target.name);
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn how(&mut self) -> How {
        [How::Add, How::AddSigned, How::Subtract, How::SubtractSigned][self.next(4) as usize]
    }

    fn value(&mut self, width: u32) -> BigUint {
        match self.next(6) {
            0 => BigUint::ZERO,
            1 => crate::ir::eval::ones(width),
            2 => BigUint::from(1u8) << (width - 1),
            _ => (0..width).fold(BigUint::ZERO, |v, _| (v << 1) | BigUint::from(self.next(2))),
        }
    }
}

/// All values of heaps of up to ten bits.
#[test]
fn small_heaps_exhaustively() {
    let mut random = Random(1);
    for target in Target::all() {
        for _ in 0..40 {
            let mut rows = Vec::new();
            let mut bits = 0;
            while bits < 7 {
                let width = 1 + random.next(4) as u32;
                rows.push((width, random.next(4) as u32, random.how()));
                bits += width;
            }
            let case = Case { rows, constant: random.next(40) as i64 - 20, width: 1 + random.next(9) as u32 };
            let vectors = (0..1u64 << bits).map(|v| {
                let mut rest = v;
                let split = case.rows.iter().map(|(width, ..)| {
                    let value = rest & ((1 << width) - 1);
                    rest >>= width;
                    BigUint::from(value)
                });
                split.collect()
            });
            check(&case, target, 0.0, vectors);
        }
    }
}

#[test]
fn large_heaps_at_random() {
    let mut random = Random(2);
    for target in Target::all() {
        for mhz in [0.0, 100.0, 300.0, 600.0] {
            for size in [3, 6, 16, 40] {
                let rows: Vec<(u32, u32, How)> = (0..size)
                    .map(|_| (1 + random.next(24) as u32, random.next(30) as u32, random.how()))
                    .collect();
                let case = Case {
                    rows,
                    constant: random.next(1 << 20) as i64 - (1 << 19),
                    width: 1 + random.next(70) as u32,
                };
                let vectors: Vec<Vec<BigUint>> = (0..20)
                    .map(|_| case.rows.iter().map(|(width, ..)| random.value(*width)).collect())
                    .collect();
                check(&case, target, mhz, vectors.into_iter());
            }
        }
    }
}

/// Many bits in one column, and rows of one width: what dot products bring.
#[test]
fn regular_heaps() {
    let mut random = Random(3);
    for target in Target::all() {
        for (count, width, how) in [
            (64, 1, How::Add),
            (17, 1, How::AddSigned),
            (16, 8, How::Add),
            (64, 8, How::AddSigned),
            (2, 9, How::Add),
        ] {
            let case = Case { rows: vec![(width, 0, how); count], constant: 0, width: width + 7 };
            let vectors: Vec<Vec<BigUint>> =
                (0..20).map(|_| (0..count).map(|_| random.value(width)).collect()).collect();
            check(&case, target, 0.0, vectors.into_iter());
        }
    }
}

/// The same heap gives the same graph.
#[test]
fn deterministic() {
    let case = Case { rows: vec![(8, 0, How::AddSigned); 24], constant: 5, width: 13 };
    for target in Target::all() {
        let nodes = |g: Graph| g.ids().map(|v| g.node(v).clone()).collect::<Vec<_>>();
        assert_eq!(nodes(graph(&case, target, 0.0)), nodes(graph(&case, target, 0.0)));
    }
}

/// Constants, wires and repeated bits need no adder.
#[test]
fn degenerate_heaps() {
    let b = Builder::new(Context::new(Target::by_name("kintex7").expect("a known target"), 0.0));
    let x = b.input("x", 4);
    let sum = |rows: &[(Bits<'_>, u32)], constant: u32| {
        let mut heap = BitHeap::new(&b, 6);
        rows.iter().for_each(|(row, shift)| heap.add(*row, *shift));
        heap.add_constant(constant);
        heap.sum().id()
    };
    assert_eq!(sum(&[], 70), b.lit(6u8, 6).id());
    assert_eq!(sum(&[(x, 0)], 0), x.zext(6).id());
    assert_eq!(sum(&[(x, 0), (x, 0)], 0), x.append_zeros(1).zext(6).id());
    assert_eq!(sum(&[(x, 2)], 3), x.cat(b.lit(3u8, 2)).id());
    assert_eq!(sum(&[(x, 9)], 0), b.lit(0u8, 6).id());
}

/// A stage holds two chains of a tall heap, one behind the other; of a low one it need not.
#[test]
fn chains_that_are_added_again_are_short() {
    let target = Target::by_name("kintex7").expect("a known target");
    let slow = |rows: usize| {
        let case = Case { rows: vec![(14, 0, How::Add); rows], constant: 0, width: 19 };
        let g = graph(&case, &target, 400.0);
        let budget = Context::new(target.clone(), 400.0).budget_ps;
        let sums = g.ids().filter(|v| g.node(*v).op == Op::Add);
        sums.filter(|v| 2.0 * target.add(g.node(*v).width) > budget).count()
    };
    // The last one has all bits.
    assert_eq!(slow(24), 1);
    assert!(slow(6) > 1);
}

/// Most words of which a sum adds bits.
fn most_words(target: &Target) -> usize {
    let b = Builder::new(Context::new(target.clone(), 250.0));
    let mut heap = BitHeap::new(&b, 8);
    for i in 0..8 {
        // A single bit before each word, at the lowest column.
        heap.add(b.input(&format!("bit{i}"), 1), 0);
        heap.add(b.input(&format!("x{i}"), 3).wrapping_add(b.input(&format!("y{i}"), 3)), 0);
    }
    let sum = heap.sum();
    b.output("sum", sum);
    let g = b.finish();
    let source = |v: ValueId| if let Op::Slice(_) = g.node(v).op { g.node(v).args[0] } else { v };
    let words = |v: ValueId| {
        let parts = g.node(v).args.iter().flat_map(|a| match g.node(*a).op {
            Op::Concat => g.node(*a).args.to_vec(),
            _ => vec![*a],
        });
        let sources = parts.map(source).filter(|s| matches!(g.node(*s).op, Op::Add) && g.node(*s).width > 1);
        sources.collect::<std::collections::BTreeSet<_>>().len()
    };
    let sums = g.ids().filter(|v| matches!(g.node(*v).op, Op::Add));
    sums.map(words).max().expect("there are sums")
}

#[test]
fn chains_add_whole_words_where_the_target_says_so() {
    let mut target = Target::by_name("ecp5").expect("a known target");
    assert_eq!(most_words(&target), 2);
    target.whole_words = false;
    assert!(most_words(&target) > 2);
}
