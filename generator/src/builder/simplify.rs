//! Local rules, applied whenever a node is made. Directional: never to something larger, so that they end.
//! Each rule stands with its identity; the test at the end tries all of them on all values of small widths.
use crate::ir::eval::{self, ones};
use crate::ir::{Graph, Node, Op, ValueId};
use num_bigint::BigUint;
use smallvec::{SmallVec, smallvec};

/// Interns the simplest node equal to `node`.
pub fn intern(g: &mut Graph, node: Node) -> ValueId {
    // All arguments constant: the value itself.
    let constants: Option<Vec<BigUint>> = node.args.iter().map(|a| g.constant(*a).cloned()).collect();
    if let Some(args) = constants
        && !matches!(node.op, Op::Const(_))
        && let Some(value) = eval::apply(g, &node, &args)
    {
        return constant(g, value, node.width);
    }
    match &node.op {
        Op::Slice(lo) => slice(g, node.args[0], *lo, node.width),
        Op::Concat => concat(g, &node),
        Op::Replicate => replicate(g, node),
        Op::Not => not(g, node),
        Op::And | Op::Or | Op::Xor => bitwise(g, node),
        Op::AndReduce | Op::OrReduce | Op::XorReduce => reduce(g, node),
        Op::Add | Op::Sub => sum(g, node),
        Op::Mul => product(g, node),
        Op::Eq => equal(g, node),
        Op::Mux => mux(g, node),
        Op::Shl | Op::Shr => shift(g, node),
        Op::Const(_) | Op::Input(_) | Op::State(_) | Op::Read(_) => g.intern(node),
        Op::Lookup(_) | Op::Ult | Op::Chain(_) | Op::Carry | Op::Lut(_) => g.intern(node),
    }
}

fn constant(g: &mut Graph, value: BigUint, width: u32) -> ValueId {
    g.intern(Node { op: Op::Const(value), args: SmallVec::new(), width })
}

fn zero(g: &mut Graph, width: u32) -> ValueId {
    constant(g, BigUint::ZERO, width)
}

fn is_zero(g: &Graph, v: ValueId) -> bool {
    g.constant(v).is_some_and(|c| *c == BigUint::ZERO)
}

fn is_ones(g: &Graph, v: ValueId) -> bool {
    g.constant(v).is_some_and(|c| *c == ones(g.node(v).width))
}

fn make(g: &mut Graph, op: Op, args: &[ValueId], width: u32) -> ValueId {
    intern(g, Node { op, args: args.into(), width })
}

fn slice(g: &mut Graph, of: ValueId, lo: u32, width: u32) -> ValueId {
    let inner = g.node(of).clone();
    // x[all] == x
    if width == inner.width {
        return of;
    }
    match inner.op {
        // x[..][lo..] == x[lo' + lo ..]
        Op::Slice(l) => slice(g, inner.args[0], l + lo, width),
        // {n{x}}[..] == {m{x}}
        Op::Replicate if width == 1 => inner.args[0],
        Op::Replicate => make(g, Op::Replicate, &[inner.args[0]], width),
        // {a, b}[..] keeps only the parts it touches
        Op::Concat => {
            let (mut parts, mut base) = (Vec::new(), 0);
            for a in inner.args.iter().rev() {
                let w = g.node(*a).width;
                let (from, to) = (lo.max(base), (lo + width).min(base + w));
                if from < to {
                    parts.push((*a, from - base, to - from));
                }
                base += w;
            }
            let parts: Vec<ValueId> = parts.into_iter().rev().map(|(a, l, w)| slice(g, a, l, w)).collect();
            if parts.len() == 1 { parts[0] } else { make(g, Op::Concat, &parts, width) }
        }
        _ => make_plain(g, Op::Slice(lo), &[of], width),
    }
}

/// Interns as it is, but folds constants.
fn make_plain(g: &mut Graph, op: Op, args: &[ValueId], width: u32) -> ValueId {
    let node = Node { op, args: args.into(), width };
    let constants: Option<Vec<BigUint>> = args.iter().map(|a| g.constant(*a).cloned()).collect();
    match constants.and_then(|c| eval::apply(g, &node, &c)) {
        Some(value) => constant(g, value, width),
        None => g.intern(node),
    }
}

fn concat(g: &mut Graph, node: &Node) -> ValueId {
    // {a, {b, c}} == {a, b, c}
    let mut flat: SmallVec<[ValueId; 8]> = SmallVec::new();
    for a in &node.args {
        match g.node(*a).op {
            Op::Concat => flat.extend(g.node(*a).args.clone()),
            _ => flat.push(*a),
        }
    }
    let mut parts: SmallVec<[ValueId; 3]> = SmallVec::new();
    for a in flat {
        let Some(last) = parts.last().copied() else {
            parts.push(a);
            continue;
        };
        let (high, low) = (g.node(last).clone(), g.node(a).clone());
        let merged = match (&high.op, &low.op) {
            // {2'd1, 2'd2} == 4'd6
            (Op::Const(h), Op::Const(l)) => {
                let value = (h << low.width) | l;
                Some(constant(g, value, high.width + low.width))
            }
            // {x[7:4], x[3:0]} == x[7:0]
            (Op::Slice(h), Op::Slice(l)) if high.args == low.args && *h == l + low.width => {
                Some(slice(g, low.args[0], *l, high.width + low.width))
            }
            // {{n{x}}, {m{x}}} == {n+m{x}}
            (Op::Replicate, Op::Replicate) if high.args == low.args => {
                Some(make(g, Op::Replicate, &[low.args[0]], high.width + low.width))
            }
            (Op::Replicate, _) if high.args[0] == a => Some(make(g, Op::Replicate, &[a], high.width + 1)),
            _ => None,
        };
        match merged {
            Some(m) => *parts.last_mut().expect("it has a last part") = m,
            None => parts.push(a),
        }
    }
    if parts.len() == 1 {
        parts[0]
    } else {
        g.intern(Node { op: Op::Concat, args: parts, width: node.width })
    }
}

fn replicate(g: &mut Graph, node: Node) -> ValueId {
    // {1{x}} == x
    if node.width == 1 { node.args[0] } else { g.intern(node) }
}

fn not(g: &mut Graph, node: Node) -> ValueId {
    let inner = g.node(node.args[0]).clone();
    match inner.op {
        // ~~x == x
        Op::Not => inner.args[0],
        // ~{n{x}} == {n{~x}}
        Op::Replicate => {
            let bit = make(g, Op::Not, &[inner.args[0]], 1);
            make(g, Op::Replicate, &[bit], node.width)
        }
        _ => g.intern(node),
    }
}

fn bitwise(g: &mut Graph, mut node: Node) -> ValueId {
    let (a, b) = (node.args[0], node.args[1]);
    if a == b {
        // x ^ x == 0; x & x == x | x == x
        return if node.op == Op::Xor { zero(g, node.width) } else { a };
    }
    for (c, x) in [(a, b), (b, a)] {
        match node.op {
            // 0 & x == 0; ones | x == ones
            Op::And if is_zero(g, c) => return c,
            Op::Or if is_ones(g, c) => return c,
            // ones & x == x; 0 | x == 0 ^ x == x
            Op::And if is_ones(g, c) => return x,
            Op::Or | Op::Xor if is_zero(g, c) => return x,
            // ones ^ x == ~x
            Op::Xor if is_ones(g, c) => return make(g, Op::Not, &[x], node.width),
            _ => {}
        }
    }
    // One order for both, so that equal nodes meet.
    node.args.sort();
    g.intern(node)
}

fn reduce(g: &mut Graph, node: Node) -> ValueId {
    let inner = g.node(node.args[0]).clone();
    // Of one bit: the bit.
    if inner.width == 1 {
        return node.args[0];
    }
    match (&node.op, &inner.op) {
        // |{n{x}} == &{n{x}} == x
        (Op::OrReduce | Op::AndReduce, Op::Replicate) => inner.args[0],
        // |{a, 0} == |a; &{a, ones} == &a; zeros and ones that decide.
        (Op::OrReduce | Op::AndReduce, Op::Concat) => {
            let or = node.op == Op::OrReduce;
            let mut kept: Vec<ValueId> = Vec::new();
            for a in &inner.args {
                match g.constant(*a) {
                    Some(c) if or && *c == BigUint::ZERO => {}
                    Some(_) if !or && is_ones(g, *a) => {}
                    Some(_) => return constant(g, BigUint::from(u8::from(or)), 1),
                    None => kept.push(*a),
                }
            }
            if kept.len() == inner.args.len() {
                return g.intern(node);
            }
            let width = kept.iter().map(|k| g.node(*k).width).sum();
            let rest = if kept.len() == 1 { kept[0] } else { make(g, Op::Concat, &kept, width) };
            make(g, node.op, &[rest], 1)
        }
        _ => g.intern(node),
    }
}

fn sum(g: &mut Graph, node: Node) -> ValueId {
    let (a, b) = (node.args[0], node.args[1]);
    if let Some(carry) = node.args.get(2).copied() {
        // x + y + 0 == x + y
        if is_zero(g, carry) {
            return make(g, Op::Add, &[a, b], node.width);
        }
        // One bit: x + y + c == x ^ y ^ c
        if node.width == 1 {
            let x = make(g, Op::Xor, &[a, b], 1);
            return make(g, Op::Xor, &[x, carry], 1);
        }
        return g.intern(node);
    }
    // x + 0 == x - 0 == x
    if is_zero(g, b) {
        return a;
    }
    // 0 + x == x. Operands of + keep their order: the first one is the carry chain's plain input.
    if node.op == Op::Add && is_zero(g, a) {
        return b;
    }
    // x - x == 0
    if node.op == Op::Sub && a == b {
        return zero(g, node.width);
    }
    // One bit: x + y == x - y == x ^ y
    if node.width == 1 {
        return make(g, Op::Xor, &[a, b], 1);
    }
    g.intern(node)
}

fn product(g: &mut Graph, node: Node) -> ValueId {
    for (c, x) in [(node.args[0], node.args[1]), (node.args[1], node.args[0])] {
        let Some(value) = g.constant(c).cloned() else { continue };
        // x * 0 == 0
        if value == BigUint::ZERO {
            return zero(g, node.width);
        }
        // x * 2^n == x << n
        if value.count_ones() == 1 {
            let n = value.trailing_zeros().unwrap_or(0) as u32;
            let high = node.width - g.node(x).width - n;
            let mut parts: Vec<ValueId> = Vec::new();
            if high > 0 {
                parts.push(zero(g, high));
            }
            parts.push(x);
            if n > 0 {
                parts.push(zero(g, n));
            }
            return if parts.len() == 1 { x } else { make(g, Op::Concat, &parts, node.width) };
        }
    }
    // One bit times x: x or nothing.
    for (bit, x) in [(node.args[0], node.args[1]), (node.args[1], node.args[0])] {
        if g.node(bit).width == 1 {
            let w = g.node(x).width;
            let mask = make(g, Op::Replicate, &[bit], w);
            let gated = make(g, Op::And, &[mask, x], w);
            let high = zero(g, 1);
            return make(g, Op::Concat, &[high, gated], node.width);
        }
    }
    g.intern(node)
}

fn equal(g: &mut Graph, mut node: Node) -> ValueId {
    let (a, b) = (node.args[0], node.args[1]);
    // x == x
    if a == b {
        return constant(g, BigUint::from(1u8), 1);
    }
    for (c, x) in [(a, b), (b, a)] {
        // x == 0 is ~|x; x == ones is &x
        if is_zero(g, c) {
            let any = make(g, Op::OrReduce, &[x], 1);
            return make(g, Op::Not, &[any], 1);
        }
        if is_ones(g, c) {
            return make(g, Op::AndReduce, &[x], 1);
        }
    }
    node.args.sort();
    g.intern(node)
}

fn mux(g: &mut Graph, node: Node) -> ValueId {
    let (c, yes, no) = (node.args[0], node.args[1], node.args[2]);
    // c ? x : x == x
    if yes == no {
        return yes;
    }
    if let Some(value) = g.constant(c) {
        return if *value == BigUint::ZERO { no } else { yes };
    }
    let condition = g.node(c).clone();
    // ~c ? x : y == c ? y : x
    if condition.op == Op::Not {
        return make(g, Op::Mux, &[condition.args[0], no, yes], node.width);
    }
    if node.width == 1 {
        // c ? 1 : 0 == c; c ? 0 : 1 == ~c
        if is_ones(g, yes) && is_zero(g, no) {
            return c;
        }
        if is_zero(g, yes) && is_ones(g, no) {
            return make(g, Op::Not, &[c], 1);
        }
        // c ? 1 : x == c | x; c ? x : 0 == c & x
        if is_ones(g, yes) {
            return make(g, Op::Or, &[c, no], 1);
        }
        if is_zero(g, no) {
            return make(g, Op::And, &[c, yes], 1);
        }
        // c ? 0 : x == ~c & x; c ? x : 1 == ~c | x
        if is_zero(g, yes) || is_ones(g, no) {
            let inverted = make(g, Op::Not, &[c], 1);
            let (op, x) = if is_zero(g, yes) { (Op::And, no) } else { (Op::Or, yes) };
            return make(g, op, &[inverted, x], 1);
        }
    }
    g.intern(node)
}

fn shift(g: &mut Graph, node: Node) -> ValueId {
    let (x, n) = (node.args[0], node.args[1]);
    if is_zero(g, x) {
        return x;
    }
    let Some(amount) = g.constant(n).cloned() else { return g.intern(node) };
    let amount = u32::try_from(&amount).unwrap_or(u32::MAX);
    // By a constant: wires.
    if amount == 0 {
        return x;
    }
    if amount >= node.width {
        return zero(g, node.width);
    }
    let fill = zero(g, amount);
    let kept = node.width - amount;
    let parts: [ValueId; 2] =
        if node.op == Op::Shl { [slice(g, x, 0, kept), fill] } else { [fill, slice(g, x, amount, kept)] };
    let args: SmallVec<[ValueId; 3]> = smallvec![parts[0], parts[1]];
    concat(g, &Node { op: Op::Concat, args, width: node.width })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::{Bits, Builder, Context};
    use crate::ir::eval::Evaluator;
    use crate::target::Target;

    /// Every pair of operations, on two inputs and constants, at widths 1 to 3, on all values: the simplified
    /// graph against the definition applied step by step.
    #[test]
    fn all_values() {
        for w in 1..=3u32 {
            let operations: Vec<(Op, u32)> = vec![
                (Op::And, w),
                (Op::Or, w),
                (Op::Xor, w),
                (Op::Add, w),
                (Op::Sub, w),
                (Op::Mul, 2 * w),
                (Op::Eq, 1),
                (Op::Ult, 1),
                (Op::Shl, w),
                (Op::Shr, w),
                (Op::Concat, 2 * w),
                (Op::Not, w),
                (Op::OrReduce, 1),
                (Op::AndReduce, 1),
                (Op::XorReduce, 1),
                (Op::Mux, w),
                (Op::Slice(w - 1), 1),
                (Op::Replicate, w + 1),
            ];
            for (first, first_width) in &operations {
                for (second, _) in &operations {
                    check(w, first, *first_width, second);
                }
            }
        }
    }

    fn arguments<'b>(op: &Op, w: u32, pool: &[Bits<'b>], pick: &[usize]) -> Option<Vec<Bits<'b>>> {
        let of = |width: u32, i: usize| {
            let fit: Vec<Bits<'b>> = pool.iter().copied().filter(|p| p.width() == width).collect();
            if fit.is_empty() { None } else { Some(fit[i % fit.len()]) }
        };
        match op {
            Op::Not | Op::OrReduce | Op::AndReduce | Op::XorReduce | Op::Slice(_) => {
                Some(vec![of(w, pick[0])?])
            }
            Op::Replicate => Some(vec![of(1, pick[0])?]),
            Op::Mux => Some(vec![of(1, pick[0])?, of(w, pick[1])?, of(w, pick[2])?]),
            _ => Some(vec![of(w, pick[0])?, of(w, pick[1])?]),
        }
    }

    fn check(w: u32, first: &Op, first_width: u32, second: &Op) {
        let target = Target::by_name("kintex7").expect("a known target");
        for pick in 0..64usize {
            let b = Builder::new(Context::new(target.clone(), 0.0));
            let (x, y, c) = (b.input("x", w), b.input("y", w), b.input("c", 1));
            let mut pool = vec![x, y, c, b.lit(0u8, w), b.lit(ones(w), w), b.lit(1u8, 1)];
            let picks = [pick % 4, pick / 4 % 4, pick / 16];
            let Some(args) = arguments(first, w, &pool, &picks) else { continue };
            let one = b.make(first.clone(), &args, first_width);
            pool.insert(0, one);
            let w2 = first_width;
            let width = match second {
                Op::Mul | Op::Concat => 2 * w2,
                Op::Eq | Op::Ult | Op::OrReduce | Op::AndReduce | Op::XorReduce => 1,
                Op::Slice(_) => 1,
                Op::Replicate => w2 + 1,
                _ => w2,
            };
            let second = if let Op::Slice(_) = second { &Op::Slice(w2 - 1) } else { second };
            let Some(args2) = arguments(second, w2, &pool, &picks) else { continue };
            let two = b.make(second.clone(), &args2, width);
            b.output("one", one);
            b.output("two", two);
            for (i, a) in args.iter().chain(&args2).enumerate() {
                b.output(&format!("arg{i}"), *a);
            }
            let n = args.len();
            let g = b.finish();
            crate::ir::verify::verify(&g).expect("a sound graph");
            for v in 0..1u32 << (2 * w + 1) {
                let inputs = [v & ((1 << w) - 1), v >> w & ((1 << w) - 1), v >> (2 * w)].map(BigUint::from);
                let out = Evaluator::new(&g).step(&inputs);
                for (op, got, values, ids, width) in [
                    (first, &out[0], &out[2..2 + n], &g.outputs[2..2 + n], first_width),
                    (second, &out[1], &out[2 + n..], &g.outputs[2 + n..], width),
                ] {
                    let args = ids.iter().map(|o| o.1).collect();
                    let node = Node { op: op.clone(), args, width };
                    let want = eval::apply(&g, &node, values).expect("an operation with a value");
                    assert_eq!(*got, want, "{op:?} of {values:?} at width {w}");
                }
            }
        }
    }
}
