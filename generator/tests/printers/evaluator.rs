//! The evaluator: definitions of `rtl`, word by word.
use super::*;

pub type State = BTreeMap<SignalId, BigUint>;

/// One vector: the values of `rst` and `ce` and of the inputs in order.
#[derive(Clone)]
pub struct Vector {
    pub rst: bool,
    pub ce: bool,
    pub inputs: Vec<BigUint>,
}

pub fn evaluate(m: &Module, e: &Expr, v: &State) -> BigUint {
    let bit = |b: bool| BigUint::from(u32::from(b));
    let width = |e: &Expr| m.width(e);
    let mask = ones(m.width(e));
    match e {
        Expr::Signal(s) => v[s].clone(),
        Expr::Const { value, .. } => value.clone(),
        Expr::Slice { of, lo, .. } => (&v[of] >> *lo) & mask,
        Expr::Concat(parts) => {
            parts.iter().fold(BigUint::ZERO, |sum, p| (sum << width(p)) | evaluate(m, p, v))
        }
        Expr::Replicate { bit, .. } => evaluate(m, bit, v) * mask,
        Expr::Not(a) => evaluate(m, a, v) ^ mask,
        Expr::Reduce(op, a) => {
            let x = evaluate(m, a, v);
            match op {
                ReduceOp::And => bit(x == ones(width(a))),
                ReduceOp::Or => bit(x != BigUint::ZERO),
                ReduceOp::Xor => bit(x.count_ones() % 2 == 1),
            }
        }
        Expr::Mux(c, a, b) => evaluate(m, if evaluate(m, c, v) == BigUint::ZERO { b } else { a }, v),
        Expr::Lookup(t, s) => {
            let index: usize = (&v[s]).try_into().unwrap();
            m.tables[t.0 as usize].entries[index].clone()
        }
        Expr::Binary(op, a, b) => {
            let (x, y) = (evaluate(m, a, v), evaluate(m, b, v));
            let amount = || u32::try_from(&y).unwrap().min(width(a));
            match op {
                BinaryOp::And => x & y,
                BinaryOp::Or => x | y,
                BinaryOp::Xor => x ^ y,
                BinaryOp::Add => (x + y) & mask,
                BinaryOp::Sub => (x + (BigUint::from(1u32) << width(b)) - y) & mask,
                BinaryOp::Mul => x * y,
                BinaryOp::Eq => bit(x == y),
                BinaryOp::Ult => bit(x < y),
                BinaryOp::Shl => (x << amount()) & mask,
                BinaryOp::Shr => x >> amount(),
            }
        }
    }
}

/// Values of the wires, given inputs and registers.
pub fn settle(m: &Module, v: &mut State) {
    for wire in m.sections.iter().flat_map(|s| &s.wires) {
        let value = evaluate(m, &wire.expr, v);
        v.insert(wire.signal, value);
    }
}

/// Outputs after each vector, one line of binary numbers each: after settling, or in a clocked module
/// after the edge that the vector precedes.
pub fn simulate_model(m: &Module, vectors: &[Vector]) -> Vec<String> {
    let mut v: State = (0..m.signals.len() as u32).map(|i| (SignalId(i), BigUint::ZERO)).collect();
    let mut lines = Vec::new();
    for vector in vectors {
        v.extend(m.inputs.iter().copied().zip(vector.inputs.iter().cloned()));
        settle(m, &mut v);
        let is_set = |s: SignalId| v[&s] != BigUint::ZERO;
        let mut next = State::new();
        for r in m.sections.iter().flat_map(|s| &s.registers) {
            let value = if r.reset && vector.rst {
                BigUint::ZERO
            } else if m.has_enable && !vector.ce {
                continue;
            } else if r.clear.is_some_and(is_set) {
                BigUint::ZERO
            } else if r.enable.is_none_or(is_set) {
                v[&r.data].clone()
            } else {
                continue;
            };
            next.insert(r.signal, value);
        }
        v.extend(next);
        settle(m, &mut v);
        let show = |s: SignalId| format!("{:0>w$b}", v[&s], w = m.signal(s).width as usize);
        lines.push(m.outputs.iter().map(|o| show(o.signal)).collect::<Vec<_>>().join(" "));
    }
    lines
}
