//! How long the schedulers take, on graphs shaped like cores: `cargo run --release --example schedule_speed`.
//!
//! A core must be scheduled while one waits: 15 ms at 200 nodes, 1.5 s at 5000.

use holigen_generator::schedule::{Node, Problem, asap, min_registers};
use holigen_generator::target::Target;
use std::time::Instant;

struct Shape<'t> {
    problem: Problem,
    target: &'t Target,
}

impl Shape<'_> {
    fn new(target: &Target, mhz: f64) -> Shape<'_> {
        Shape { problem: Problem::new(target.budget(mhz), target.overhead()), target }
    }

    fn input(&mut self, width: u32) -> usize {
        self.problem.add(Node { width, fixed_stage: Some(0), name: "input".into(), ..Node::default() })
    }

    fn op(&mut self, delay_ps: f64, width: u32, operands: &[usize]) -> usize {
        let v = self.problem.add(Node { delay_ps, width, name: "op".into(), ..Node::default() });
        self.problem.edges.extend(operands.iter().map(|&p| (p, v)));
        v
    }

    fn tree(&mut self, mut row: Vec<usize>, mut width: u32) -> usize {
        while row.len() > 1 {
            width += 1;
            let delay = self.target.add(width);
            row = row.chunks(2).map(|c| if c.len() == 2 { self.op(delay, width, c) } else { c[0] }).collect();
        }
        row[0]
    }
}

/// Cross-coupled chains, as of an iterative algorithm: little freedom.
fn chain(shape: &mut Shape, nodes: usize) {
    let (mut x, mut y) = (shape.input(32), shape.input(32));
    while shape.problem.nodes.len() < nodes {
        let (lut, add) = (shape.target.lut_level(), shape.target.add(32));
        let shifted = shape.op(0.0, 16, &[x]);
        let sum = shape.op(add, 32, &[shifted, y]);
        let sign = shape.op(0.0, 1, &[sum]);
        (x, y) = (shape.op(lut, 32, &[x, sum, sign]), sum);
    }
    shape.problem.sinks = vec![x, y];
}

/// A multiplier bit by bit: partial products, full adders column by column, a final adder.
fn multiplier(shape: &mut Shape, bits: usize) {
    let (a, b) = (shape.input(bits as u32), shape.input(bits as u32));
    let split = |shape: &mut Shape, v| (0..bits).map(|_| shape.op(0.0, 1, &[v])).collect::<Vec<_>>();
    let (a, b) = (split(shape, a), split(shape, b));
    let lut = shape.target.lut_level();
    let mut columns = vec![Vec::new(); 2 * bits];
    for (i, &x) in a.iter().enumerate() {
        for (j, &y) in b.iter().enumerate() {
            columns[i + j].push(shape.op(lut, 1, &[x, y]));
        }
    }
    while columns.iter().any(|c| c.len() > 2) {
        let mut next = vec![Vec::new(); columns.len() + 1];
        for (i, column) in columns.iter().enumerate() {
            for three in column.chunks(3) {
                if three.len() == 3 {
                    next[i].push(shape.op(lut, 1, three));
                    next[i + 1].push(shape.op(lut, 1, three));
                } else {
                    next[i].extend(three);
                }
            }
        }
        columns = next;
    }
    let last: Vec<usize> = columns.concat();
    let product = shape.op(shape.target.add(2 * bits as u32), 2 * bits as u32, &last);
    shape.problem.sinks = vec![product];
}

/// A dot product: unpack, multiply, largest exponent, align, add, normalise, round.
fn dot_product(shape: &mut Shape, terms: usize) {
    let (lut, t) = (shape.target.lut_level(), shape.target);
    let mut products = Vec::new();
    for _ in 0..terms {
        let operands: Vec<_> = (0..2)
            .map(|_| {
                let x = shape.input(8);
                let (exponent, significand) = (shape.op(0.0, 4, &[x]), shape.op(0.0, 3, &[x]));
                let hidden = shape.op(lut, 1, &[exponent]);
                (exponent, shape.op(0.0, 4, &[hidden, significand]), shape.op(0.0, 1, &[x]))
            })
            .collect();
        let ((ea, ma, sa), (eb, mb, sb)) = (operands[0], operands[1]);
        let exponent = shape.op(t.add(5), 5, &[ea, eb]);
        let rows: Vec<_> = (0..4).map(|_| shape.op(lut, 4, &[ma, mb])).collect();
        let product = shape.tree(rows, 6);
        let sign = shape.op(lut, 1, &[sa, sb]);
        products.push((exponent, product, sign));
    }
    let mut exponents: Vec<_> = products.iter().map(|p| p.0).collect();
    while exponents.len() > 1 {
        exponents = (exponents.chunks(2))
            .map(|c| match *c {
                [x, y] => {
                    let less = shape.op(t.compare(5), 1, &[x, y]);
                    shape.op(lut, 5, &[less, x, y])
                }
                _ => c[0],
            })
            .collect();
    }
    let largest = exponents[0];
    let aligned = (products.iter())
        .map(|&(exponent, product, sign)| {
            let distance = shape.op(t.add(5), 5, &[largest, exponent]);
            let shifted = shape.op(t.shift(16), 24, &[product, distance]);
            shape.op(lut, 25, &[shifted, sign])
        })
        .collect();
    let sum = shape.tree(aligned, 25);
    let zeros = shape.op(t.lzc(32), 5, &[sum]);
    let normal = shape.op(t.shift(32), 32, &[sum, zeros]);
    let exponent = shape.op(t.add(6), 6, &[largest, zeros]);
    let rounded = shape.op(t.add(24), 24, &[normal]);
    let result = shape.op(lut, 32, &[rounded, exponent]);
    shape.problem.sinks = vec![result];
}

/// No structure at all and much freedom: what a bad case may cost.
fn random(shape: &mut Shape, nodes: usize) {
    let mut state = 1u64;
    let mut below = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % bound) as usize
    };
    for _ in 0..8 {
        shape.input(16);
    }
    for v in 8..nodes {
        // Mostly near, now and then from far away.
        let span = if below(8) == 0 { v } else { v.min(60) };
        let operands: Vec<_> = (0..=below(3)).map(|_| v - 1 - below(span as u64)).collect();
        let delay = [0.0, shape.target.lut_level(), shape.target.lut_level(), shape.target.add(16)][below(4)];
        let width = 1 + below(32) as u32;
        shape.op(delay, width, &operands);
    }
    shape.problem.sinks = (nodes - 8..nodes).collect();
}

/// A loop that does not close: how long the explanation takes.
fn explanation(target: &Target, nodes: usize, loops: usize) {
    let mut shape = Shape::new(target, 300.0);
    random(&mut shape, nodes);
    let mut problem = shape.problem;
    let span = nodes / loops;
    for i in 0..loops {
        let (read, next) = (8 + i * (span - 1), 8 + i * (span - 1) + 6);
        problem.edges.push((read, next));
        problem.recurrences.push((read, next, if i == loops / 2 { 0 } else { 1 }));
    }
    let next = nodes - 1;
    problem.recurrences.push((8, next, 1));
    problem.edges.push((8, next));
    let start = Instant::now();
    let reason = min_registers(&problem).map(|s| s.latency);
    let time = start.elapsed().as_secs_f64() * 1e3;
    match reason {
        Ok(latency) => println!("{nodes} nodes, {loops} loops: all close at latency {latency}, {time:.1} ms"),
        Err(reason) => println!("{nodes} nodes, {loops} loops: {time:.1} ms: {reason}"),
    }
}

fn main() {
    println!(
        "{:18} {:>6} {:>6} {:>6} {:>8} {:>9} {:>9} {:>6} {:>9} {:>9}",
        "shape", "MHz", "nodes", "edges", "latency", "asap bits", "min bits", "saved", "asap ms", "min ms"
    );
    let target = Target::by_name("kintex7").expect("it is the default target");
    type Build = fn(&mut Shape, usize);
    let shapes: [(&str, Build, [usize; 3]); 4] = [
        ("chain", chain, [200, 1000, 5000]),
        ("multiplier", multiplier, [8, 18, 40]),
        ("dot product", dot_product, [6, 32, 160]),
        ("random", random, [200, 1000, 5000]),
    ];
    for (name, build, sizes) in shapes {
        for size in sizes {
            for mhz in [200.0, 300.0, 400.0] {
                let mut shape = Shape::new(&target, mhz);
                build(&mut shape, size);
                let problem = shape.problem;
                let start = Instant::now();
                let early = asap(&problem).expect("nothing is slower than a period");
                let asap_time = start.elapsed();
                let start = Instant::now();
                let few = min_registers(&problem).expect("nothing is slower than a period");
                let min_time = start.elapsed();
                problem.audit(&few).expect("the solver keeps to the constraints");
                println!(
                    "{:18} {mhz:>6} {:>6} {:>6} {:>8} {:>9} {:>9} {:>5.1}% {:>9.2} {:>9.2} {:?}",
                    format!("{name} {size}"),
                    problem.nodes.len(),
                    problem.edges.len(),
                    few.latency,
                    early.register_bits,
                    few.register_bits,
                    100.0 - 100.0 * few.register_bits as f64 / early.register_bits as f64,
                    asap_time.as_secs_f64() * 1e3,
                    min_time.as_secs_f64() * 1e3,
                    few.method,
                );
            }
        }
    }
    for (nodes, loops) in [(200, 2), (5000, 10), (5000, 100)] {
        explanation(&target, nodes, loops);
    }
}
