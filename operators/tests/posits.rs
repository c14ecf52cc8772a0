//! Operators on posits: models against rationals of GMP and against softposit, netlists on all pairs of codes.
//!
//! The long campaign, every pair of 10 and 12 bits and random ones of wide formats:
//! `cargo test --release -p holigen-operators --test posits -- --ignored`.
mod common;
#[path = "posits/oracle.rs"]
mod oracle;
#[path = "posits/sums.rs"]
mod sums;

use common::{Setup, agrees, instance, netlist};
use holigen_sim::check::Plan;
use holigen_verif::format::{FloatFormat, PositFormat};
use holigen_verif::model::Model;
use holigen_verif::rng::SplitMix64;
use holigen_verif::vectors::posit_corners;
use oracle::Oracle;
use rug::{Integer, Rational};
use softposit::{P8E0, P16E1, P32E2};

const BINARY: [&str; 3] = ["positadd", "positsub", "positmul"];

fn apply(operator: &str, a: Option<Rational>, b: Option<Rational>) -> Option<Rational> {
    let (a, b) = (a?, b?);
    Some(match operator {
        "positadd" => a + b,
        "positsub" => a - b,
        "positmul" => a * b,
        _ => unreachable!(),
    })
}

fn model(operator: &str, n: u32, es: u32) -> Box<dyn Model> {
    instance(operator, &format!("n = {n}\nes = {es}")).unwrap_or_else(|e| panic!("{e}")).core.model()
}

fn step(m: &mut dyn Model, inputs: &[u64]) -> u64 {
    let mut out = [0];
    m.step(inputs, &mut out);
    out[0]
}

/// Against the oracle.
fn held(operator: &str, o: &Oracle, pairs: impl Iterator<Item = (u64, u64)>) {
    let mut m = model(operator, o.n, o.es);
    for (a, b) in pairs {
        let want = o.round(apply(operator, o.decode(a), o.decode(b)).as_ref());
        let got = step(&mut *m, &[a, b]);
        assert_eq!(got, want, "{operator} <{},{}> {a:#x} {b:#x}", o.n, o.es);
    }
}

fn all_pairs(n: u32) -> impl Iterator<Item = (u64, u64)> {
    (0..1u64 << n).flat_map(move |a| (0..1u64 << n).map(move |b| (a, b)))
}

#[test]
fn models_are_rationals_rounded() {
    for es in 0..=5 {
        for n in 3..=7 {
            let o = Oracle::new(n, es);
            BINARY.iter().for_each(|op| held(op, &o, all_pairs(n)));
        }
    }
    let o = Oracle::new(8, 2);
    BINARY.iter().for_each(|op| held(op, &o, all_pairs(8)));
}

#[test]
fn wide_models_are_rationals_rounded() {
    for (n, es) in [(16, 2), (16, 1), (32, 2), (64, 2), (64, 5), (33, 3), (64, 0), (20, 4)] {
        let (o, f) = (Oracle::new(n, es), PositFormat::new(n, es).unwrap());
        let corners = posit_corners(&f);
        let mut rng = SplitMix64::new(u64::from(n * 8 + es));
        let pick = |rng: &mut SplitMix64| corners[rng.below(corners.len() as u64) as usize];
        let pairs: Vec<(u64, u64)> = (0..400)
            .map(|i| {
                let (a, b) = (pick(&mut rng), pick(&mut rng));
                match i % 3 {
                    0 => (a, b),
                    1 => (a, rng.next_u64() & f.mask()),
                    // Near its negative.
                    _ => (a, a.wrapping_neg().wrapping_add(rng.below(5)).wrapping_sub(2) & f.mask()),
                }
            })
            .collect();
        BINARY.iter().for_each(|op| held(op, &o, pairs.iter().copied()));
    }
}

/// Against the crate softposit. Its PxE2 loses exponent bits that the word has no room for; that family is held
/// against SoftPosit itself by `python/check_posits.py`.
macro_rules! against_softposit {
    ($type:ty, $n:expr, $es:expr, $code:ident => $from:expr, $r:ident => $to:expr, $pairs:expr) => {{
        let mut models = BINARY.map(|op| model(op, $n, $es));
        let read = |$code: u64| -> $type { $from };
        let write = |$r: $type| -> u64 { $to };
        for (a, b) in $pairs {
            let (x, y) = (read(a), read(b));
            let want = [write(x + y), write(x - y), write(x * y)];
            for (k, m) in models.iter_mut().enumerate() {
                let got = step(&mut **m, &[a, b]);
                assert_eq!(got, want[k], "{} <{},{}> {a:#x} {b:#x}", BINARY[k], $n, $es);
            }
        }
    }};
}

fn random_pairs(n: u32, es: u32, count: u64) -> impl Iterator<Item = (u64, u64)> {
    let f = PositFormat::new(n, es).unwrap();
    let corners = posit_corners(&f);
    let mut rng = SplitMix64::new(9);
    (0..count).map(move |i| {
        let mut one = |corner: bool| {
            if corner { corners[rng.below(corners.len() as u64) as usize] } else { rng.next_u64() & f.mask() }
        };
        (one(i % 4 == 0), one(i % 2 == 0))
    })
}

#[test]
fn models_are_softposit() {
    against_softposit!(P8E0, 8, 0, c => P8E0::from_bits(c as u8), r => r.to_bits().into(), all_pairs(8));
    let pairs = random_pairs(16, 1, 1_000_000);
    against_softposit!(P16E1, 16, 1, c => P16E1::from_bits(c as u16), r => r.to_bits().into(), pairs);
    let pairs = random_pairs(32, 2, 1_000_000);
    against_softposit!(P32E2, 32, 2, c => P32E2::from_bits(c as u32), r => r.to_bits().into(), pairs);
}

fn to_even(x: Rational) -> Integer {
    let moved = x + Rational::from((1, 2));
    let up = moved.clone().floor().into_numer_denom().0;
    if moved.is_integer() && up.is_odd() { up - 1 } else { up }
}

#[test]
fn conversions_are_rationals_rounded() {
    let held = |operator: &str, parameters: &str, inputs: &mut dyn Iterator<Item = (u64, u64)>| {
        let mut m = instance(operator, parameters).unwrap_or_else(|e| panic!("{e}")).core.model();
        for (a, want) in inputs {
            assert_eq!(step(&mut *m, &[a]), want, "{operator} {parameters} {a:#x}");
        }
    };
    let oracles: Vec<Oracle> =
        [(8, 2), (8, 0), (5, 1), (9, 4), (3, 3), (12, 1)].map(|(n, es)| Oracle::new(n, es)).into();
    for from in &oracles {
        for to in &oracles {
            let parameters =
                format!("n = {}\nes = {}\nout-n = {}\nout-es = {}", from.n, from.es, to.n, to.es);
            let mut all = (0..1 << from.n).map(|a| (a, to.round(from.decode(a).as_ref())));
            held("positconv", &parameters, &mut all);
        }
        // To integers of nine bits, ties to even.
        let parameters = format!("n = {}\nes = {}\nwidth = 9", from.n, from.es);
        let integer = |x: Option<Rational>| {
            let nearest = x.map_or(Integer::from(-256), to_even);
            nearest.clamp(&-256, &255).to_i64().unwrap() as u64 & 511
        };
        held("posit2int", &parameters, &mut (0..1 << from.n).map(|a| (a, integer(from.decode(a)))));
        // From floating-point numbers and from integers.
        for name in ["e5m2", "e4m3fn", "e2m5"] {
            let f: FloatFormat = name.parse().unwrap();
            let parameters = format!("format = \"{name}\"\nout-n = {}\nout-es = {}", from.n, from.es);
            let value = |a: u64| f.decode(a.into()).finite().and_then(|x| Rational::from_f64(x.to_f64()?));
            held("fp2posit", &parameters, &mut f.codes().map(|a| (a, from.round(value(a).as_ref()))));
        }
        let parameters = format!("width = 9\nout-n = {}\nout-es = {}", from.n, from.es);
        let value = |a: u64| Rational::from(if a < 256 { a as i64 } else { a as i64 - 512 });
        held("int2posit", &parameters, &mut (0..512).map(|a| (a, from.round(Some(&value(a))))));
    }
}

fn same(operator: &str, n: u32, es: u32, plan: Plan) {
    same_at(0.0, operator, n, es, plan);
}

fn same_at(mhz: f64, operator: &str, n: u32, es: u32, plan: Plan) {
    let i = instance(operator, &format!("n = {n}\nes = {es}")).unwrap_or_else(|e| panic!("{e}"));
    let setup = Setup::new("kintex7", mhz);
    let c = netlist(&*i.core, &setup, "core").unwrap_or_else(|e| panic!("{e}"));
    agrees(&*i.core, &c, plan, 1).unwrap_or_else(|e| panic!("{operator} <{n},{es}> at {mhz} MHz\n{e}"));
}

/// Stages that hold few tables count runs otherwise.
#[test]
fn fast_netlists_are_models_on_all_pairs() {
    for operator in BINARY {
        for es in 0..=3 {
            (3..=8).for_each(|n| same_at(400.0, operator, n, es, Plan::Exhaustive));
        }
        // A count of five bits, of which the first is a digit by itself.
        same_at(400.0, operator, 20, 2, Plan::Count(200_000));
    }
}

#[test]
fn netlists_are_models_on_all_pairs() {
    for operator in BINARY {
        for es in 0..=5 {
            (3..=8).for_each(|n| same(operator, n, es, Plan::Exhaustive));
        }
    }
}
