//! The integer operators against sums written out here, bit by bit, on every input of many small cores: all weights
//! and activations of dot products with up to 20 bits of operands.
mod common;

use common::{Setup, instance, netlist};
use holigen_sim::embedded::{LANES, Machine, Program};
use holigen_verif::interface::limbs;
use holigen_verif::vectors::operand_bits;

/// What a factor's code stands for.
#[derive(Clone, Copy, Debug)]
enum Is {
    Trit,
    Sign,
    Signed(u32),
    Unsigned(u32),
}

impl Is {
    fn bits(self) -> u32 {
        match self {
            Is::Trit => 2,
            Is::Sign => 1,
            Is::Signed(w) | Is::Unsigned(w) => w,
        }
    }

    fn value(self, code: u64) -> i64 {
        match self {
            Is::Trit => match code {
                1 => 1,
                3 => -1,
                _ => 0,
            },
            Is::Sign => [-1, 1][code as usize],
            Is::Signed(w) if code >> (w - 1) == 1 => code as i64 - (1 << w),
            Is::Signed(_) | Is::Unsigned(_) => code as i64,
        }
    }
}

/// Every input of a core without state at several targets, against `sum`, which gets the code of all factors.
fn every_input(operator: &str, parameters: &str, expected: &dyn Fn(u64) -> i64) {
    let i = instance(operator, parameters).unwrap_or_else(|e| panic!("{parameters}: {e}"));
    let interface = i.core.interface();
    let bits = operand_bits(&interface);
    let width = interface.outputs().next().expect("a result").width;
    let mask = u64::MAX >> (64 - width);
    for target in ["kintex7", "ecp5", "asic"] {
        let c = netlist(&*i.core, &Setup::new(target, 0.0), "core").expect("no clock to miss");
        let program = Program::compile(&c.module);
        let mut machine = Machine::new(&program);
        let n_in: usize = interface.inputs().map(|p| limbs(p.width)).sum();
        let (mut from, total) = (0u64, 1u64 << bits);
        let mut words_in = vec![0; n_in * LANES];
        let mut words_out = vec![0; LANES];
        while from < total {
            for lane in 0..LANES {
                let mut code = (from + lane as u64) % total;
                for (k, p) in interface.inputs().enumerate() {
                    words_in[lane * n_in + k] = code & (u64::MAX >> (64 - p.width));
                    code >>= p.width;
                }
            }
            machine.load(&words_in);
            machine.step();
            machine.store(&mut words_out);
            for (lane, got) in words_out.iter().enumerate() {
                let code = (from + lane as u64) % total;
                let want = expected(code) as u64 & mask;
                assert_eq!(*got, want, "{operator} {parameters} on {target}: inputs {code:#x}");
            }
            from += LANES as u64;
        }
    }
}

/// `n` pairs of factors: all of the first ones, then all of the second.
fn dot(operator: &str, parameters: &str, n: u32, w: Is, x: Is) {
    let at = |code: u64, low: u32, is: Is| is.value(code >> low & ((1 << is.bits()) - 1));
    every_input(operator, parameters, &|code| {
        (0..n).map(|i| at(code, i * w.bits(), w) * at(code, n * w.bits() + i * x.bits(), x)).sum()
    });
}

/// Bits of all operands together.
const MOST_BITS: u32 = 20;

#[test]
fn ternary_dot_products() {
    for n in 1..=MOST_BITS / 3 {
        for bits in 1..=16 {
            if n * (2 + bits) <= MOST_BITS {
                dot("ternarydot", &format!("n = {n}\nxbits = {bits}"), n, Is::Trit, Is::Signed(bits));
                let unsigned = format!("n = {n}\nxbits = {bits}\nxunsigned = true");
                dot("ternarydot", &unsigned, n, Is::Trit, Is::Unsigned(bits));
            }
        }
    }
}

#[test]
fn binary_dot_products() {
    for n in 1..=10 {
        if 2 * n <= MOST_BITS {
            dot("binarydot", &format!("n = {n}"), n, Is::Sign, Is::Sign);
            dot("binarydot", &format!("n = {n}\nmode = \"and\""), n, Is::Unsigned(1), Is::Unsigned(1));
        }
        for bits in 1..=8 {
            if n * (1 + bits) <= MOST_BITS {
                let mode = format!("n = {n}\nmode = \"sign\"\nxbits = {bits}");
                dot("binarydot", &mode, n, Is::Sign, Is::Signed(bits));
                dot("binarydot", &format!("{mode}\nxunsigned = true"), n, Is::Sign, Is::Unsigned(bits));
            }
        }
    }
}

#[test]
fn integer_products_and_dot_products() {
    let is = |bits: u32, unsigned: bool| if unsigned { Is::Unsigned(bits) } else { Is::Signed(bits) };
    for n in 1..=MOST_BITS / 2 {
        for a in 1..=10 {
            for b in 1..=10 {
                if n * (a + b) > MOST_BITS || (n == 1 && a + b < 6 && a > b) {
                    continue;
                }
                for (u, v) in [(false, false), (true, false), (false, true), (true, true)] {
                    let factors = format!("abits = {a}\nbbits = {b}\naunsigned = {u}\nbunsigned = {v}");
                    if n == 1 {
                        dot("intmul", &factors, n, is(a, u), is(b, v));
                    }
                    dot("intdot", &format!("n = {n}\n{factors}"), n, is(a, u), is(b, v));
                }
            }
        }
    }
}

#[test]
fn constant_matrices() {
    let mut seed = 7u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for (columns, bits, span) in [(4, 3, 3), (7, 2, 3), (3, 4, 256), (2, 6, 17), (1, 9, 256), (13, 1, 3)] {
        for unsigned in [false, true] {
            // A row at a time has the width of its own sums.
            let row: Vec<i64> = (0..columns).map(|_| random(span) as i64 - span as i64 / 2).collect();
            let text = row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let x = if unsigned { Is::Unsigned(bits) } else { Is::Signed(bits) };
            let parameters = format!("matrix = \"{text}\"\nxbits = {bits}\nxunsigned = {unsigned}");
            every_input("constmatvec", &parameters, &|code| {
                let at = |j: usize| x.value(code >> (j as u32 * bits) & ((1 << bits) - 1));
                row.iter().enumerate().map(|(j, w)| w * at(j)).sum()
            });
        }
    }
}
