//! A second oracle for `fp8mac`, slow and by the letter of the definitions: values are rationals of GMP, formats
//! are tables of their own, rounding is written from the definition. It shares nothing with `holigen-verif` or
//! the reference model, which it is held against.
mod common;

use common::instance;
use holigen_verif::model::Model;
use rug::ops::Pow;
use rug::{Integer, Rational};

// ---- numbers

#[derive(Clone, PartialEq, Debug)]
enum Number {
    Nan,
    Infinite { negative: bool },
    Finite(Rational),
}

fn power(exponent: i64) -> Rational {
    let magnitude = Integer::from(2).pow(exponent.unsigned_abs() as u32);
    if exponent < 0 { Rational::from((1, magnitude)) } else { Rational::from(magnitude) }
}

/// floor(log2 x) of a positive number.
fn floor_log2(x: &Rational) -> i64 {
    let guess = i64::from(x.numer().significant_bits()) - i64::from(x.denom().significant_bits());
    if *x < power(guess) { guess - 1 } else { guess }
}

fn floor(x: &Rational) -> Integer {
    x.clone().floor().into_numer_denom().0
}

// ---- formats

#[derive(Clone, Copy, PartialEq, Debug)]
enum Top {
    /// Infinity and NaN at exponent all ones.
    Ieee,
    /// All ones is NaN.
    Fn,
    /// Minus zero is NaN.
    Fnuz,
    /// Numbers only.
    Finite,
    /// Minus zero is NaN, the top code of each sign an infinity.
    P3109Extended,
    /// Minus zero is NaN.
    P3109Finite,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Format {
    name: &'static str,
    we: i64,
    wf: i64,
    bias: i64,
    top: Top,
}

const fn format(name: &'static str, we: i64, wf: i64, bias: i64, top: Top) -> Format {
    Format { name, we, wf, bias, top }
}

const E4M3: Format = format("e4m3fn", 4, 3, 7, Top::Fn);
const E5M2: Format = format("e5m2", 5, 2, 15, Top::Ieee);
const E4M3FNUZ: Format = format("e4m3fnuz", 4, 3, 8, Top::Fnuz);
const E2M3: Format = format("e2m3", 2, 3, 1, Top::Finite);
const E6M5: Format = format("e6m5", 6, 5, 31, Top::Ieee);
const FP16: Format = format("fp16", 5, 10, 15, Top::Ieee);
const FP32: Format = format("fp32", 8, 23, 127, Top::Ieee);
const P4: Format = format("binary8p4se", 4, 3, 8, Top::P3109Extended);
const P3F: Format = format("binary8p3sf", 5, 2, 16, Top::P3109Finite);
const P1: Format = format("binary8p1se", 7, 0, 64, Top::P3109Extended);
const E3M0: Format = format("e3m0", 3, 0, 3, Top::Ieee);

impl Format {
    fn sign(self) -> u64 {
        1 << (self.we + self.wf)
    }

    fn minus_zero(self) -> bool {
        matches!(self.top, Top::Ieee | Top::Fn | Top::Finite)
    }

    /// Code of the largest finite number.
    fn largest(self) -> u64 {
        let all = self.sign() - 1;
        match self.top {
            Top::Ieee => all - (1 << self.wf),
            Top::Fn | Top::P3109Extended => all - 1,
            Top::Fnuz | Top::Finite | Top::P3109Finite => all,
        }
    }

    fn infinity(self) -> Option<u64> {
        matches!(self.top, Top::Ieee | Top::P3109Extended).then(|| self.largest() + 1)
    }

    fn nan(self) -> Option<u64> {
        match self.top {
            Top::Ieee if self.wf == 0 => None,
            Top::Ieee => Some((self.largest() + 1) | 1 << (self.wf - 1)),
            Top::Fn => Some(self.sign() - 1),
            Top::Finite => None,
            Top::Fnuz | Top::P3109Extended | Top::P3109Finite => Some(self.sign()),
        }
    }

    /// What is written for NaN: infinity or the largest number where there is none.
    fn written_nan(self) -> u64 {
        self.nan().or(self.infinity()).unwrap_or(self.largest())
    }

    fn decode(self, code: u64) -> Number {
        let negative = code & self.sign() != 0;
        let magnitude = code & (self.sign() - 1);
        if magnitude > self.largest() {
            return match self.infinity() {
                Some(i) if i == magnitude => Number::Infinite { negative },
                _ => Number::Nan,
            };
        }
        if negative && magnitude == 0 && !self.minus_zero() {
            return Number::Nan;
        }
        let (field, fraction) = ((magnitude >> self.wf) as i64, magnitude & ((1 << self.wf) - 1));
        let t = Rational::from(fraction);
        let value = if field == 0 {
            t * power(1 - self.bias - self.wf)
        } else {
            (t + power(self.wf)) * power(field - self.bias - self.wf)
        };
        Number::Finite(if negative { -value } else { value })
    }

    /// Code of a magnitude that the format has.
    fn encode(self, x: &Rational) -> u64 {
        let least = 1 - self.bias;
        if *x < power(least) {
            return floor(&(x.clone() / power(least - self.wf))).to_u64().unwrap();
        }
        let e = floor_log2(x);
        let fraction = (x.clone() / power(e) - 1u32) * power(self.wf);
        assert_eq!(*fraction.denom(), 1, "a number of the format");
        let fraction = floor(&fraction).to_u64().unwrap();
        ((e + self.bias) as u64) << self.wf | fraction
    }
}

// ---- rounding

#[derive(Clone, Copy, PartialEq, Debug)]
enum Mode {
    Rne,
    Rna,
    Rtz,
    Rup,
    Rdn,
    Odd,
    A(u32),
    B(u32),
    C(u32),
}

const MODES: &[(&str, Mode)] = &[
    ("rne", Mode::Rne),
    ("rna", Mode::Rna),
    ("rtz", Mode::Rtz),
    ("rup", Mode::Rup),
    ("rdn", Mode::Rdn),
    ("odd", Mode::Odd),
    ("sr:8", Mode::A(8)),
    ("sra:3", Mode::A(3)),
    ("srb:5", Mode::B(5)),
    ("src:4", Mode::C(4)),
    ("src:1", Mode::C(1)),
];

impl Mode {
    fn random_bits(self) -> u32 {
        match self {
            Mode::A(n) | Mode::B(n) | Mode::C(n) => n,
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Overflow {
    SatFinite,
    SatPropagate,
    OvfInf,
}

const OVERFLOWS: &[(&str, Overflow)] = &[
    ("ovfinf", Overflow::OvfInf),
    ("satfinite", Overflow::SatFinite),
    ("satpropagate", Overflow::SatPropagate),
];

/// An exact number as a code: round to the precision, saturate, encode.
fn project(x: &Rational, f: Format, mode: Mode, overflow: Overflow, random: u64) -> u64 {
    if *x == 0 {
        return 0;
    }
    let negative = *x < 0;
    let magnitude = x.clone().abs();
    let p = f.wf + 1;
    let q = floor_log2(&magnitude).max(1 - f.bias) - p + 1;
    let s = magnitude / power(q);
    let whole = floor(&s);
    let nu = s - &whole;
    let odd = if p == 1 { whole != 0 && (q + f.bias) % 2 != 0 } else { whole.is_odd() };
    let half = Rational::from((1, 2));
    let r = Integer::from(random);
    let limit = |n: u32| Integer::from(1) << n;
    let up = match mode {
        Mode::Rne => nu > half || nu == half && odd,
        Mode::Rna => nu >= half,
        Mode::Rtz => false,
        Mode::Rup => nu > 0 && !negative,
        Mode::Rdn => nu > 0 && negative,
        Mode::Odd => nu > 0 && !odd,
        Mode::A(n) => floor(&(nu * power(n.into()))) + r >= limit(n),
        Mode::B(n) => floor(&(nu * power(i64::from(n) + 1))) + 2 * r + 1 >= limit(n + 1),
        Mode::C(n) => {
            let scaled = nu * power(n.into());
            let low = floor(&scaled);
            let rest = scaled - &low;
            let nearest = if rest > half || rest == half && low.is_odd() { low + 1 } else { low };
            nearest + r >= limit(n)
        }
    };
    let rounded = Rational::from(whole + u32::from(up)) * power(q);
    let Number::Finite(most) = f.decode(f.largest()) else { panic!("finite") };
    let signed = |code: u64| match code {
        0 if !f.minus_zero() => 0,
        code if negative => code | f.sign(),
        code => code,
    };
    if rounded <= most {
        return signed(f.encode(&rounded));
    }
    let inward = match mode {
        Mode::Rtz => true,
        Mode::Rup => negative,
        Mode::Rdn => !negative,
        _ => false,
    };
    if overflow != Overflow::OvfInf || inward {
        return signed(f.largest());
    }
    match f.infinity() {
        Some(_) if mode == Mode::Odd && f.largest() % 2 == 1 => signed(f.largest()),
        Some(code) => signed(code),
        None if matches!(f.top, Top::Fn | Top::Fnuz) => f.written_nan(),
        None => signed(f.largest()),
    }
}

/// The code of an infinite result.
fn infinite(negative: bool, f: Format, overflow: Overflow) -> u64 {
    let sign = if negative { f.sign() } else { 0 };
    match (overflow, f.infinity()) {
        (Overflow::OvfInf | Overflow::SatPropagate, Some(code)) => sign | code,
        (Overflow::OvfInf, None) if matches!(f.top, Top::Fn | Top::Fnuz) => f.written_nan(),
        _ => sign | f.largest(),
    }
}

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
