//! A second oracle for `fp8mac`, slow and by the letter of the definitions: values are rationals of GMP, formats
//! are tables of their own, rounding is written from the definition. It shares nothing with `holigen-verif` or
//! the reference model, which it is held against.
mod common;
#[path = "common/rational.rs"]
#[allow(dead_code, reason = "every test uses a part of it")]
mod rational;

use common::instance;
use holigen_verif::model::Model;
use rational::*;
use rug::{Integer, Rational};

// ---- the multiply-accumulate

#[derive(Clone, Copy, PartialEq, Debug)]
enum Sum {
    Exact,
    /// Bit weights, nearest, saturating.
    Fixed(i64, i64, bool, bool),
    Float(Format),
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Mac {
    a: Format,
    b: Format,
    sum: Sum,
    out: Format,
    mode: (&'static str, Mode),
    overflow: (&'static str, Overflow),
    /// Products that an exact sum holds.
    terms: u64,
}

impl Mac {
    fn new(a: Format, b: Format, out: Format) -> Self {
        let overflow = if out.infinity().is_some() { 0 } else { 1 };
        Mac { a, b, sum: Sum::Exact, out, mode: MODES[0], overflow: OVERFLOWS[overflow], terms: 4096 }
    }

    fn toml(&self) -> String {
        let sum = match self.sum {
            Sum::Exact => format!("terms = {}", self.terms),
            Sum::Fixed(high, low, nearest, saturate) => format!(
                "acc = \"fixed:{high}:{low}\"\nacc-round = \"{}\"\nacc-overflow = \"{}\"",
                if nearest { "rna" } else { "rtz" },
                if saturate { "saturate" } else { "wrap" }
            ),
            Sum::Float(f) => format!("acc = \"{}\"", f.name),
        };
        format!(
            "format = \"{}\"\nb-format = \"{}\"\nout = \"{}\"\nround = \"{}\"\nsaturation = \"{}\"\n{sum}",
            self.a.name, self.b.name, self.out.name, self.mode.0, self.overflow.0
        )
    }

    /// The model of `holigen-operators`.
    fn model(&self) -> Box<dyn Model> {
        let i = instance("fp8mac", &self.toml()).unwrap_or_else(|e| panic!("{}\n{e}", self.toml()));
        i.core.model()
    }
}

/// The oracle's state.
struct Oracle {
    mac: Mac,
    sum: Rational,
    /// The floating-point accumulator holds the zero that a negative number was rounded to.
    minus_zero: bool,
    nan: bool,
    plus: bool,
    minus: bool,
}

impl Oracle {
    fn new(mac: Mac) -> Self {
        Oracle { mac, sum: Rational::new(), minus_zero: false, nan: false, plus: false, minus: false }
    }

    fn step(&mut self, first: bool, a: u64, b: u64, random: u64) -> u64 {
        if first {
            *self = Oracle::new(self.mac);
        }
        let (a, b) = (self.mac.a.decode(a), self.mac.b.decode(b));
        match (a, b) {
            (Number::Nan, _) | (_, Number::Nan) => self.nan = true,
            (Number::Finite(x), Number::Finite(y)) => self.add(x * y, random),
            (Number::Infinite { negative }, Number::Finite(x))
            | (Number::Finite(x), Number::Infinite { negative }) => {
                self.meet(negative != (x < 0), x == 0);
            }
            (Number::Infinite { negative }, Number::Infinite { negative: other }) => {
                self.meet(negative != other, false);
            }
        }
        let Mac { out, overflow, mode, .. } = self.mac;
        if self.nan || self.plus && self.minus {
            out.written_nan()
        } else if self.plus || self.minus {
            infinite(self.minus, out, overflow.1)
        } else if self.minus_zero {
            if out.minus_zero() { out.sign() } else { 0 }
        } else if let Sum::Float(_) = self.mac.sum {
            // The output holds every number of the accumulator.
            project(&self.sum, out, Mode::Rtz, Overflow::SatFinite, 0)
        } else {
            project(&self.sum, out, mode.1, overflow.1, random)
        }
    }

    fn meet(&mut self, negative: bool, zero: bool) {
        *(if zero {
            &mut self.nan
        } else if negative {
            &mut self.minus
        } else {
            &mut self.plus
        }) = true;
    }

    fn add(&mut self, product: Rational, random: u64) {
        match self.mac.sum {
            Sum::Exact => self.sum += product,
            Sum::Fixed(high, low, nearest, saturate) => {
                let negative = product < 0;
                let units = product.abs() / power(low);
                let half = Rational::from((1, 2));
                let units = if nearest { floor(&(units + half)) } else { floor(&units) };
                let units = if negative { -units } else { units };
                let sum = floor(&(self.sum.clone() / power(low))) + units;
                let half = Integer::from(1) << (high - low + 1) as u32;
                let sum = if saturate {
                    sum.clamp(&(-half.clone()), &(half.clone() - 1)).clone()
                } else {
                    let modulus = half.clone() * 2;
                    (sum + &half).rem_euc(modulus) - half
                };
                self.sum = Rational::from(sum) * power(low);
            }
            Sum::Float(f) => {
                if self.nan || self.plus || self.minus {
                    return;
                }
                let overflow = match f.infinity() {
                    _ if f == self.mac.out => self.mac.overflow.1,
                    Some(_) => Overflow::OvfInf,
                    None => Overflow::SatFinite,
                };
                let exact = self.sum.clone() + product;
                let code = project(&exact, f, self.mac.mode.1, overflow, random);
                self.minus_zero = f.minus_zero() && code == f.sign();
                match f.decode(code) {
                    Number::Finite(x) => self.sum = x,
                    Number::Nan => self.nan = true,
                    Number::Infinite { negative } => self.meet(negative, false),
                }
            }
        }
    }
}

trait Euclid {
    fn rem_euc(self, modulus: Integer) -> Integer;
}
impl Euclid for Integer {
    fn rem_euc(self, modulus: Integer) -> Integer {
        let r = self % &modulus;
        if r < 0 { r + modulus } else { r }
    }
}

/// A linear congruential generator of its own (Knuth's MMIX constants), upper bits.
struct Lcg(u64);
impl Lcg {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % n
    }
}

fn same(mac: &Mac, model: &mut dyn Model, oracle: &mut Oracle, first: bool, a: u64, b: u64, rnd: u64) {
    let mut out = [0];
    let inputs = [u64::from(first), a, b, rnd];
    let n = if mac.mode.1.random_bits() > 0 { 4 } else { 3 };
    model.step(&inputs[..n], &mut out);
    let expected = oracle.step(first, a, b, rnd);
    assert_eq!(
        out[0],
        expected,
        "model {:#x}, oracle {expected:#x} for first={first} a={a:#x} b={b:#x} rnd={rnd:#x}, sum {}\n{}",
        out[0],
        oracle.sum,
        mac.toml()
    );
}

fn all_pairs(mac: Mac) {
    let (mut model, mut oracle, mut lcg) = (mac.model(), Oracle::new(mac), Lcg(1));
    let random = 1 << mac.mode.1.random_bits();
    for a in 0..2 * mac.a.sign() {
        for b in 0..2 * mac.b.sign() {
            same(&mac, model.as_mut(), &mut oracle, true, a, b, lcg.below(random));
        }
    }
}

fn sums(mac: Mac, steps: u64, seed: u64) {
    let (mut model, mut oracle, mut lcg) = (mac.model(), Oracle::new(mac), Lcg(seed));
    let random = 1 << mac.mode.1.random_bits();
    let mut left = 0;
    let mut specials = false;
    for _ in 0..steps {
        let first = left == 0;
        if first {
            let most = [2, 8, 60][lcg.below(3) as usize];
            left = 1 + lcg.below(most);
            specials = lcg.below(4) == 0;
        }
        left -= 1;
        let operand = |f: Format, lcg: &mut Lcg| loop {
            let code = lcg.below(2 * f.sign());
            if specials || matches!(f.decode(code), Number::Finite(_)) {
                return code;
            }
        };
        let (a, b) = (operand(mac.a, &mut lcg), operand(mac.b, &mut lcg));
        same(&mac, model.as_mut(), &mut oracle, first, a, b, lcg.below(random));
    }
}

#[test]
fn single_products_of_e4m3() {
    all_pairs(Mac::new(E4M3, E4M3, FP32));
    all_pairs(Mac::new(E4M3, E4M3, E4M3));
    all_pairs(Mac { overflow: OVERFLOWS[0], ..Mac::new(E4M3, E4M3, E4M3) });
}

#[test]
fn single_products_of_e5m2() {
    all_pairs(Mac::new(E5M2, E5M2, FP32));
    all_pairs(Mac::new(E5M2, E5M2, E5M2));
    all_pairs(Mac::new(E4M3, E5M2, FP16));
}

#[test]
fn single_products_of_binary8p4se() {
    all_pairs(Mac::new(P4, P4, FP32));
    all_pairs(Mac::new(P4, P4, P4));
}

#[test]
fn single_products_in_every_rounding_mode() {
    for mode in MODES {
        for f in [E4M3, E5M2, P4] {
            all_pairs(Mac { mode: *mode, ..Mac::new(f, f, f) });
        }
    }
}

#[test]
fn exact_sums_in_every_rounding_and_overflow_mode() {
    let outputs = [E4M3, E5M2, E4M3FNUZ, E2M3, P4, P3F, P1, E3M0, E6M5, FP32];
    let mut seed = 0;
    for mode in MODES {
        for overflow in OVERFLOWS {
            for out in outputs {
                for f in [E4M3, E5M2, P4] {
                    seed += 1;
                    sums(Mac { mode: *mode, overflow: *overflow, ..Mac::new(f, f, out) }, 500, seed);
                }
            }
        }
    }
}

#[test]
fn fixed_point_sums() {
    for (high, low) in [(4, -6), (12, -9), (8, -18), (3, 0), (17, 1), (20, -30)] {
        for nearest in [false, true] {
            for saturate in [false, true] {
                for f in [E4M3, E5M2, P4] {
                    let sum = Sum::Fixed(high, low, nearest, saturate);
                    sums(Mac { sum, ..Mac::new(f, f, FP32) }, 1500, 3);
                }
            }
        }
    }
}

#[test]
fn floating_point_sums() {
    for mode in MODES {
        for overflow in OVERFLOWS {
            for (f, acc, out) in [
                (E5M2, E6M5, E6M5),
                (E5M2, E6M5, FP32),
                (E4M3, E4M3, E4M3),
                (E4M3, E5M2, E5M2),
                (E4M3, P4, P4),
                (P4, P4, FP32),
                (P4, P1, P1),
                (E4M3, E4M3FNUZ, E4M3FNUZ),
                (E2M3, E3M0, E3M0),
                (P3F, FP16, FP16),
            ] {
                let mac =
                    Mac { sum: Sum::Float(acc), mode: *mode, overflow: *overflow, ..Mac::new(f, f, out) };
                sums(mac, 800, 5);
            }
        }
    }
}
