//! Modules of every expression and every register, and some of real cores.
use super::*;

pub const WIDTHS: [u32; 8] = [1, 2, 7, 8, 9, 64, 65, 130];

/// Every expression at one width, at the root and nested.
pub fn every_expression(w: u32) -> Module {
    use BinaryOp::*;
    let mut m = Build::new(&format!("every_expression_{w}"));
    let (a, b, c, d) = (m.input("a", w), m.input("b", w), m.input("c", w), m.input("d", 3));
    let (n, s, t) = (m.input("n", 9), m.input("s", 1), m.input("t", 1));
    m.section("every expression");
    for (name, signal) in [("a", a), ("d", d), ("s", s)] {
        m.output(&format!("o_{name}"), signal);
    }
    m.shown("copy", sig(b));
    for (name, op) in [("and", And), ("or", Or), ("xor", Xor), ("add", Add), ("sub", Sub), ("mul", Mul)] {
        m.shown(&format!("w_{name}"), bin(op, sig(a), sig(b)));
        let inner = bin(op, sig(a), sig(b));
        m.shown(&format!("w_not_{name}"), not(inner.clone()));
        m.shown(&format!("w_{name}_cat"), cat([sig(s), inner.clone(), not(inner.clone())]));
        m.shown(&format!("w_{name}_red"), red(ReduceOp::Xor, inner));
        if op != Mul {
            let left = bin(op, bin(op, sig(a), sig(b)), sig(c));
            let right = bin(op, sig(a), bin(op, sig(b), sig(c)));
            m.shown(&format!("w_{name}_left"), left);
            m.shown(&format!("w_{name}_right"), right);
            for (other_name, other) in [("and", And), ("or", Or), ("xor", Xor), ("add", Add), ("sub", Sub)] {
                let e = bin(op, not(sig(a)), bin(other, sig(b), not(sig(c))));
                m.shown(&format!("w_{name}_{other_name}"), e);
                let e = bin(op, bin(other, sig(b), sig(c)), sig(a));
                m.shown(&format!("x_{name}_{other_name}"), e);
            }
        }
    }
    // Operands of a product that the language must not extend by itself.
    m.shown("mul_sum", bin(Mul, bin(Add, sig(a), sig(b)), not(sig(c))));
    m.shown("mul_small", bin(Mul, sig(d), sig(a)));
    m.shown("mul_bit", bin(Mul, sig(a), sig(s)));
    m.shown("mul_bits", bin(Mul, sig(s), sig(t)));
    m.shown("mul_const", bin(Mul, sig(a), con(5, 3)));
    m.shown("mul_cat", bin(Mul, cat([sig(s), sig(a)]), cat([con(1, 1), sig(d)])));
    m.shown("mul_add", bin(Add, bin(Mul, sig(d), sig(a)), cat([sig(a), con(0, 3)])));
    for (name, e) in [("eq", bin(Eq, sig(a), sig(b))), ("ult", bin(Ult, sig(a), sig(b)))] {
        m.shown(&format!("w_{name}"), e.clone());
        m.shown(&format!("w_{name}_not"), not(e.clone()));
        m.shown(&format!("w_{name}_and"), bin(And, e.clone(), not(e.clone())));
        m.shown(&format!("w_{name}_xor"), bin(Xor, bin(Xor, sig(s), e.clone()), sig(t)));
        m.shown(&format!("w_{name}_cat"), cat([e.clone(), sig(s), not(e.clone())]));
        m.shown(&format!("w_{name}_rep"), rep(e.clone(), 3));
        m.shown(&format!("w_{name}_mux"), mux(e.clone(), sig(a), sig(b)));
        m.shown(&format!("w_{name}_muxn"), mux(not(e.clone()), sig(a), sig(b)));
        m.shown(
            &format!("w_{name}_muxa"),
            mux(bin(And, bin(Or, e.clone(), sig(t)), not(sig(s))), sig(a), sig(b)),
        );
        m.shown(&format!("w_{name}_muxx"), mux(not(bin(And, e, sig(s))), sig(a), sig(b)));
    }
    m.shown("eq_nested", bin(Eq, bin(And, sig(a), sig(b)), bin(Add, sig(b), sig(c))));
    m.shown("ult_nested", bin(Ult, bin(Or, sig(a), sig(b)), cat([bin(Sub, sig(b), sig(c))])));
    for (name, op) in [("and", ReduceOp::And), ("or", ReduceOp::Or), ("xor", ReduceOp::Xor)] {
        m.shown(&format!("red_{name}"), red(op, sig(a)));
        m.shown(&format!("red_not_{name}"), not(red(op, sig(a))));
        m.shown(&format!("red_of_not_{name}"), red(op, not(sig(a))));
        m.shown(&format!("red_in_{name}"), bin(And, red(op, bin(Xor, sig(a), sig(b))), not(red(op, sig(b)))));
        m.shown(&format!("red_twice_{name}"), red(op, red(op, sig(a))));
        m.shown(&format!("red_mux_{name}"), mux(red(op, sig(a)), sig(b), con(0, w)));
    }
    for (name, op) in [("shl", Shl), ("shr", Shr)] {
        m.shown(&format!("w_{name}"), bin(op, sig(a), sig(n)));
        m.shown(&format!("w_{name}_small"), bin(op, sig(a), sig(d)));
        m.shown(&format!("w_{name}_bit"), bin(op, sig(a), sig(s)));
        m.shown(&format!("w_{name}_const"), bin(op, sig(a), con(3, 2)));
        m.shown(&format!("w_{name}_of_sum"), bin(op, bin(Add, sig(a), sig(b)), bin(Sub, sig(d), con(1, 3))));
        m.shown(&format!("w_{name}_in_sum"), bin(Add, bin(op, sig(a), sig(d)), sig(b)));
        m.shown(&format!("w_{name}_of_const"), bin(op, con(1, w), sig(d)));
        m.shown(&format!("w_{name}_by_cat"), bin(op, sig(a), cat([sig(s), sig(t)])));
    }
    let big = BigUint::from(0x1234_5678_9abc_def0u64) * BigUint::from(0xfedc_ba98_7654_3211u64);
    m.shown("const_big", Expr::Const { value: big & ones(w), width: w });
    m.shown("const_zero", con(0, w));
    m.shown("const_ones", Expr::Const { value: ones(w), width: w });
    m.shown("const_add", bin(Add, sig(a), Expr::Const { value: ones(w), width: w }));
    m.shown("const_first", bin(Sub, con(1, w), sig(a)));
    m.shown("const_not", not(con(1, w)));
    m.shown("const_eq", bin(Eq, sig(a), con(1, w)));
    if w > 1 {
        m.shown("const_ult", bin(Ult, sig(a), con(2, w)));
        m.shown("const_ugt", bin(Ult, con(1, w), sig(a)));
        m.shown("const_uge", not(bin(Ult, sig(a), con(2, w))));
        m.shown("const_ule", not(bin(Ult, con(1, w), sig(a))));
        m.shown("top_bit", slice(a, w - 1, w - 1));
        m.shown("not_low_bit", not(slice(a, 0, 0)));
        m.shown("low", slice(a, w - 2, 0));
        m.shown("high", bin(Add, slice(a, w - 1, 1), slice(b, w - 2, 0)));
        m.shown("swap", cat([slice(a, 0, 0), slice(a, w - 1, 1)]));
        let sum = m.shown("internal", bin(Add, sig(a), sig(b)));
        m.shown("internal_part", cat([slice(sum, w - 2, 0), slice(sum, w - 1, w - 1)]));
    }
    m.shown("pair", cat([sig(a), sig(b)]));
    m.shown("single", cat([sig(a)]));
    m.shown("nested", cat([cat([sig(a), con(2, 2)]), cat([sig(s), cat([con(0, 1), sig(t)])])]));
    m.shown("cat_in_sum", bin(Add, cat([sig(s), sig(a)]), cat([con(0, 1), sig(b)])));
    m.shown("cat_of_rep", cat([rep(slice(d, 2, 2), 4), sig(a), rep(sig(s), 2), rep(con(1, 1), 5)]));
    m.shown("rep_in_and", bin(And, cat([sig(a), sig(t)]), rep(sig(s), w + 1)));
    m.shown("rep_of_and", rep(bin(And, sig(s), not(sig(t))), 5));
    m.shown("not_rep", not(rep(sig(s), 3)));
    m.shown("not_not", not(not(sig(a))));
    m.shown("mux_cat", mux(sig(s), cat([sig(a), sig(t)]), cat([sig(t), sig(b)])));
    m.shown("mux_rep", mux(not(sig(s)), rep(sig(t), 3), sig(d)));
    m.shown(
        "mux_logic",
        mux(bin(Xor, sig(s), sig(t)), bin(And, sig(a), sig(b)), bin(Mul, sig(a), con(0, 1)).low(w)),
    );
    m.shown("mux_bits", mux(bin(Or, slice(d, 0, 0), not(slice(d, 1, 1))), not(sig(a)), con(1, w)));
    let in_table = m.table("narrow", 3, w, |i| (BigUint::from(i * 37 + 5) << (w / 2)) & ones(w));
    m.shown("looked_up", Expr::Lookup(in_table, d));
    let bits = m.table("two_entries", 1, w, |i| BigUint::from(1 - i));
    m.shown("looked_up_bit", Expr::Lookup(bits, s));
    let wide = m.table("wide_index", 9, 5, |i| BigUint::from(i * i % 31));
    m.shown("looked_up_wide", Expr::Lookup(wide, n));
    m.0
}

pub trait Low {
    fn low(self, width: u32) -> Expr;
}
impl Low for Expr {
    /// Stands for the other arm of a multiplexer of the right width.
    fn low(self, width: u32) -> Expr {
        bin(BinaryOp::Sub, con(1, width), con(1, width))
    }
}

/// Every register at one width, with a loop and a table too large for a function.
pub fn every_register(w: u32, ce: bool) -> Module {
    let mut m = Build::new(&format!("every_register_{w}{}", if ce { "_ce" } else { "" }));
    m.0.has_reset = true;
    m.0.has_enable = ce;
    let (a, b, en, cl) = (m.input("a", w), m.input("b", w), m.input("en", 1), m.input("cl", 1));
    m.section("stage 1: every kind");
    let mut all = Vec::new();
    let sum = m.wire("sum", bin(BinaryOp::Add, sig(a), sig(b)));
    for reset in [false, true] {
        for enable in [None, Some(en)] {
            for clear in [None, Some(cl)] {
                for data in [a, sum] {
                    let signal = m.register(&format!("q{}", all.len()), w);
                    m.load(Register { signal, data, enable, clear, reset });
                    all.push(signal);
                }
            }
        }
    }
    m.section("stage 2: a loop");
    let acc = m.register("acc_q", w);
    let next = m.wire("acc", bin(BinaryOp::Add, sig(acc), sig(all[1])));
    m.load(Register { signal: acc, data: next, enable: Some(en), clear: Some(cl), reset: true });
    m.section("stage 3: shift");
    let (x, y) = (m.register("shift_x", w), m.register("shift_y", w));
    m.load(plain(y, x));
    m.load(plain(x, next));
    m.output("y", y);
    for (i, q) in all.into_iter().enumerate() {
        m.output(&format!("o{i}"), q);
    }
    m.0
}

pub fn fp_multiplier() -> Module {
    let mut m = Build::new("significand_product");
    m.0.header = vec!["Product of two 8-bit floating-point numbers.".into(), "".into(), "r = a × b".into()];
    let (a, b, mode) = (m.input("a", 8), m.input("b", 8), m.input("mode", 2));
    m.section("unpack");
    let rom = m.table("bias", 2, 5, |i| BigUint::from(7 + 8 * i));
    let a_sig = m.wire("a_significand", cat([red(ReduceOp::Or, slice(a, 6, 3)), slice(a, 2, 0)]));
    m.note("In [0, 2): the hidden bit is 0 for subnormal numbers.");
    let b_sig = m.wire("b_significand", cat([red(ReduceOp::Or, slice(b, 6, 3)), slice(b, 2, 0)]));
    let sign = m.wire("sign", bin(BinaryOp::Xor, slice(a, 7, 7), slice(b, 7, 7)));
    let bias = m.wire("bias_now", Expr::Lookup(rom, mode));
    m.section("multiply");
    let product = m.wire("product", bin(BinaryOp::Mul, sig(a_sig), sig(b_sig)));
    m.note("Exact, in [0, 4).");
    let exponent = bin(
        BinaryOp::Sub,
        bin(BinaryOp::Add, cat([con(0, 1), slice(a, 6, 3)]), cat([con(0, 1), slice(b, 6, 3)])),
        sig(bias),
    );
    let exponent = m.wire("exponent", exponent);
    let overflow = m
        .wire("overflow", bin(BinaryOp::Or, slice(product, 7, 7), red(ReduceOp::And, slice(exponent, 4, 1))));
    let shifted = m.wire("shifted", bin(BinaryOp::Shr, sig(product), slice(exponent, 1, 0)));
    let is_one = m.wire("is_one", bin(BinaryOp::Eq, sig(exponent), con(0x1f, 5)));
    let r = m.wire(
        "result",
        mux(
            bin(BinaryOp::And, sig(overflow), not(sig(is_one))),
            cat([sig(sign), rep(con(1, 1), 7)]),
            sig(shifted),
        ),
    );
    m.output("r", r);
    m.0
}

pub fn accumulator() -> Module {
    let mut m = Build::new("accumulator");
    m.0.header = vec!["Sum of a stream of products.".into()];
    (m.0.has_reset, m.0.has_enable) = (true, true);
    let (a, b) = (m.input("a", 4), m.input("b", 5));
    let (valid, first) = (m.input("in_valid", 1), m.input("in_first", 1));
    m.section("stage 1: multiply");
    let product = m.wire("product", bin(BinaryOp::Mul, sig(a), sig(b)));
    let p_s1 = m.register("product_s1", 9);
    let first_s1 = m.register("first_s1", 1);
    let valid_s1 = m.register("valid_s1", 1);
    m.load(plain(p_s1, product));
    m.load(plain(first_s1, first));
    m.load(Register { reset: true, ..plain(valid_s1, valid) });
    m.section("stage 2: accumulate");
    let acc = m.register("sum_q", 16);
    let kept = m.wire("kept", bin(BinaryOp::And, sig(acc), rep(not(sig(first_s1)), 16)));
    m.note("A first product replaces the sum.");
    let sum = m.wire("sum", bin(BinaryOp::Add, sig(kept), cat([con(0, 7), sig(p_s1)])));
    let valid_s2 = m.register("valid_s2", 1);
    m.load(Register { enable: Some(valid_s1), reset: true, ..plain(acc, sum) });
    m.load(Register { reset: true, ..plain(valid_s2, valid_s1) });
    m.output("r", acc);
    m.output("out_valid", valid_s2);
    m.0
}
