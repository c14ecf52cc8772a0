//! The models of the floating-point operators against rationals of GMP: all operand pairs of small formats, and
//! corners and random ones of larger ones, in every rounding and saturation mode.
mod common;
#[path = "common/rational.rs"]
#[allow(dead_code, reason = "every test uses a part of it")]
mod rational;

use common::instance;
use holigen_verif::rng::SplitMix64;
use rational::*;
use rug::Rational;

/// A value with the sign of a zero.
#[derive(Clone, PartialEq, Debug)]
enum Exact {
    Nan,
    Infinite(bool),
    /// The flag is the sign of a zero.
    Finite(Rational, bool),
}

impl Exact {
    fn of(f: Format, code: u64) -> Exact {
        match f.decode(code) {
            Number::Nan => Exact::Nan,
            Number::Infinite { negative } => Exact::Infinite(negative),
            Number::Finite(x) => {
                let negative = f.negative(code);
                Exact::Finite(x, negative)
            }
        }
    }

    fn times(&self, other: &Exact) -> Exact {
        use Exact::{Finite, Infinite, Nan};
        match (self, other) {
            (Nan, _) | (_, Nan) => Nan,
            (Infinite(x), Infinite(y)) => Infinite(x != y),
            (Infinite(_), Finite(x, _)) | (Finite(x, _), Infinite(_)) if *x == 0 => Nan,
            (Infinite(n), Finite(_, m)) | (Finite(_, m), Infinite(n)) => Infinite(n != m),
            (Finite(x, n), Finite(y, m)) => Finite(x.clone() * y, n != m),
        }
    }

    fn negated(&self) -> Exact {
        match self.clone() {
            Exact::Nan => Exact::Nan,
            Exact::Infinite(n) => Exact::Infinite(!n),
            Exact::Finite(x, n) => Exact::Finite(-x, !n),
        }
    }

    /// An exact zero is +0, or -0 where rounding goes down, unless both are zeros of one sign.
    fn plus(&self, other: &Exact, mode: Mode) -> Exact {
        use Exact::{Finite, Infinite, Nan};
        match (self, other) {
            (Nan, _) | (_, Nan) => Nan,
            (Infinite(x), Infinite(y)) if x != y => Nan,
            (Infinite(n), _) | (_, Infinite(n)) => Infinite(*n),
            (Finite(x, n), Finite(y, m)) => {
                let sum = x.clone() + y;
                let negative = match () {
                    () if sum != 0 => sum < 0,
                    () if n == m => *n,
                    () => mode == Mode::Rdn,
                };
                Finite(sum, negative)
            }
        }
    }

    /// The code of the result.
    fn round(&self, f: Format, mode: Mode, overflow: Overflow, random: u64) -> u64 {
        match self {
            Exact::Nan => f.written_nan(),
            Exact::Infinite(negative) => infinite(*negative, f, overflow),
            Exact::Finite(x, true) if *x == 0 && f.minus_zero() => f.sign(),
            Exact::Finite(x, _) => project(x, f, mode, overflow, random),
        }
    }
}

/// Formats of operands and result.
type Formats = (Vec<(&'static str, Format)>, Format);

fn formats(operands: &[(&'static str, Format)], out: Format) -> Formats {
    (operands.to_vec(), out)
}

/// All combinations of operands where they are few, else so many at random, of which many are corners.
fn operands(formats: &[(&'static str, Format)], seed: u64, most: u64) -> Vec<Vec<u64>> {
    let bits: i64 = formats.iter().map(|f| f.1.width()).sum();
    if bits < 40 && 1 << bits <= most {
        return (0..1u64 << bits)
            .map(|i| {
                let mut rest = i;
                let mut take = |f: Format| {
                    let code = rest & ((1 << f.width()) - 1);
                    rest >>= f.width();
                    code
                };
                formats.iter().map(|f| take(f.1)).collect()
            })
            .collect();
    }
    let mut rng = SplitMix64::new(seed);
    let mut code = |f: Format| {
        let sign = if f.signed() { rng.below(2) * f.sign() } else { 0 };
        let near = [0, 1 << f.wf, f.largest(), f.sign() - 1, (f.bias as u64) << f.wf];
        let magnitude = match rng.below(3) {
            0 => {
                let near = near[rng.below(near.len() as u64) as usize];
                (near + rng.below(5)).saturating_sub(2) & (f.sign() - 1)
            }
            _ => rng.next_u64() & (f.sign() - 1),
        };
        sign | magnitude
    };
    (0..most).map(|_| formats.iter().map(|f| code(f.1)).collect()).collect()
}

/// Holds a model against the oracle, in every mode.
fn hold(operator: &str, (operands_of, out): &Formats, exact: &dyn Fn(&[Exact], Mode) -> Exact, most: u64) {
    let mut tried = 0;
    // All pairs once in each mode of rounding, few in each of both modes.
    for (n, (round, mode)) in MODES.iter().enumerate() {
        for (m, (saturation, overflow)) in OVERFLOWS.iter().enumerate() {
            if most > 10_000 && m != n % OVERFLOWS.len() {
                continue;
            }
            let given: Vec<String> =
                operands_of.iter().map(|(name, f)| format!("{name} = \"{}\"\n", f.name)).collect();
            let toml = format!(
                "{}out = \"{}\"\nround = \"{round}\"\nsaturation = \"{saturation}\"",
                given.concat(),
                out.name
            );
            let i = instance(operator, &toml).unwrap_or_else(|e| panic!("{toml}\n{e}"));
            let mut model = i.core.model();
            let random = mode.random_bits();
            let mut rng = SplitMix64::new(u64::from(random) + 1);
            for codes in operands(operands_of, tried, most) {
                let word = if random > 0 { rng.next_u64() >> (64 - random) } else { 0 };
                let mut inputs = codes.clone();
                if random > 0 {
                    inputs.push(word);
                }
                let mut r = [0];
                model.step(&inputs, &mut r);
                let values: Vec<Exact> =
                    codes.iter().zip(operands_of).map(|(c, f)| Exact::of(f.1, *c)).collect();
                let want = exact(&values, *mode).round(*out, *mode, *overflow, word);
                assert_eq!(r[0], want, "{operator} {toml}\n{codes:x?} rnd={word:x}: {r:x?}, not {want:x}");
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

const PAIRS: &[(Format, Format, Format)] = &[
    (E4M3, E4M3, E4M3),
    (E5M2, E5M2, E5M2),
    (E4M3I, E4M3I, E4M3I),
    (E4M3FNUZ, E5M2FNUZ, E4M3FNUZ),
    (P4, P3F, P4),
    (P1, P4, P3UE),
    (P3UE, P5UF, P5UF),
    (P4, P4, P5UF),
    (B6P2, B2P1, B6P2),
    (B2P1, B2P1, B2P1),
    (E8M0, E8M0, E8M0),
    (E4M3, E8M0, BF16),
    (P4, E5M2, E8M0),
    (E3M2, E2M3, E2M3),
    (E2M1, E2M1, E2M1),
    (E2M1, E3M0, E4M3),
    (FP16, FP16, FP16),
    (BF16, E4M3, E5M2),
    (FP32, FP32, FP32),
    (FP32, FP16, BF16),
];

#[test]
fn products() {
    for (a, b, out) in PAIRS {
        let f = formats(&[("a-format", *a), ("b-format", *b)], *out);
        hold("fpmul", &f, &|x, _| x[0].times(&x[1]), 300);
    }
}

/// Formats of operand and result.
const CONVERSIONS: &[(Format, Format)] = &[
    (E4M3, E5M2),
    (E5M2, E4M3),
    (E5M2, E4M3FNUZ),
    (E4M3FNUZ, P4),
    (FP32, E4M3),
    (FP16, E5M2),
    (FP32, BF16),
    (BF16, P1),
    (P4, FP16),
    (P1, P3UE),
    (P3UE, B6P2),
    (P5UF, E4M3I),
    (E4M3, P5UF),
    (E2M1, E3M2),
    (E3M2, E2M1),
    (E8M0, FP32),
    (FP16, E8M0),
    (E5M2, B2P1),
    (E3M0, E2M1),
];

#[test]
fn conversions() {
    for (x, out) in CONVERSIONS {
        hold("fpconv", &formats(&[("in", *x)], *out), &|x, _| x[0].clone(), 400);
    }
}

/// Integers and fixed point: text, bits, signed, lowest bit.
type Fixed = (&'static str, i64, bool, i64);

fn fixed_value((_, bits, signed, low): Fixed, code: u64) -> Rational {
    let negative = signed && code >> (bits - 1) & 1 == 1;
    let integer =
        rug::Integer::from(code) - if negative { rug::Integer::from(1) << bits as u32 } else { 0.into() };
    Rational::from(integer) * power(low)
}

/// By the definition: round the magnitude, then clamp.
fn fixed_code(x: &Exact, (_, bits, signed, low): Fixed, mode: Mode, random: u64) -> u64 {
    let one = || rug::Integer::from(1);
    let most = (one() << (bits - i64::from(signed)) as u32) - 1u32;
    let least = if signed { -(one() << (bits - 1) as u32) } else { rug::Integer::new() };
    let integer = match x {
        Exact::Nan => most,
        Exact::Infinite(negative) => {
            if *negative {
                least
            } else {
                most
            }
        }
        Exact::Finite(x, _) => {
            let s = x.clone().abs() / power(low);
            let whole = floor(&s);
            let up = rounds_up(s - &whole, whole.is_odd(), *x < 0, mode, random);
            let magnitude = whole + u32::from(up);
            let integer = if *x < 0 { -magnitude } else { magnitude };
            integer.clamp(&least, &most).clone()
        }
    };
    let wrapped = if integer < 0 { integer + (one() << bits as u32) } else { integer };
    wrapped.to_u64().expect("up to 64 bits")
}

const FIXED: &[Fixed] = &[
    ("int8", 8, true, 0),
    ("uint8", 8, false, 0),
    ("fixed:0:-6", 8, true, -6),
    ("fixed:3:-4", 9, true, -4),
    ("ufixed:5:2", 4, false, 2),
    ("int32", 32, true, 0),
    ("uint64", 64, false, 0),
    ("fixed:-2:-9", 9, true, -9),
    ("uint1", 1, false, 0),
];

#[test]
fn fixed_point() {
    let floats = [E4M3, E5M2, P4, FP16, FP32, E2M1, P5UF, BF16, E8M0];
    for (round, mode) in MODES {
        let bits = mode.random_bits();
        let mut rng = SplitMix64::new(bits.into());
        let mut word = || if bits > 0 { rng.next_u64() >> (64 - bits) } else { 0 };
        let step = |toml: &str, code: u64, word: u64| {
            let i = instance("fpconv", toml).unwrap_or_else(|e| panic!("{toml}\n{e}"));
            let mut model = i.core.model();
            let mut r = [0];
            let inputs = if bits > 0 { vec![code, word] } else { vec![code] };
            model.step(&inputs, &mut r);
            r[0]
        };
        for f in FIXED {
            for x in floats {
                let toml = format!("in = \"{}\"\nout = \"{}\"\nround = \"{round}\"", x.name, f.0);
                for codes in operands(&[("in", x)], 7, 40) {
                    let (random, value) = (word(), Exact::of(x, codes[0]));
                    let got = step(&toml, codes[0], random);
                    let want = fixed_code(&value, *f, *mode, random);
                    assert_eq!(got, want, "{toml}\n{:x} rnd={random:x}: {got:x}, not {want:x}", codes[0]);
                }
                let toml = format!("in = \"{}\"\nout = \"{}\"\nround = \"{round}\"", f.0, x.name);
                for _ in 0..40 {
                    let (random, code) = (word(), word() ^ SplitMix64::new(word()).next_u64() >> (64 - f.1));
                    let code = code & (u64::MAX >> (64 - f.1));
                    let overflow =
                        if x.infinity().is_some() { Overflow::OvfInf } else { Overflow::SatFinite };
                    let got = step(&toml, code, random);
                    let want = Exact::Finite(fixed_value(*f, code), false).round(x, *mode, overflow, random);
                    assert_eq!(got, want, "{toml}\n{code:x} rnd={random:x}: {got:x}, not {want:x}");
                }
            }
            for g in FIXED {
                let toml = format!("in = \"{}\"\nout = \"{}\"\nround = \"{round}\"", f.0, g.0);
                if instance("fpconv", &toml).is_err() {
                    continue;
                }
                for k in 0..20 {
                    let (random, code) = (word(), SplitMix64::new(k).next_u64() >> (64 - f.1));
                    let got = step(&toml, code, random);
                    let want = fixed_code(&Exact::Finite(fixed_value(*f, code), false), *g, *mode, random);
                    assert_eq!(got, want, "{toml}\n{code:x} rnd={random:x}: {got:x}, not {want:x}");
                }
            }
        }
    }
}

#[test]
fn sums_and_differences() {
    for (a, b, out) in PAIRS {
        let f = formats(&[("a-format", *a), ("b-format", *b)], *out);
        hold("fpadd", &f, &|x, mode| x[0].plus(&x[1], mode), 300);
        hold("fpsub", &f, &|x, mode| x[0].plus(&x[1].negated(), mode), 100);
    }
}

const TRIPLES: &[(Format, Format, Format, Format)] = &[
    (E4M3, E4M3, E4M3, E4M3),
    (E5M2, E5M2, E6M5, E6M5),
    (E5M2, E5M2, FP16, FP16),
    (E4M3I, E5M2, E4M3I, E4M3I),
    (P4, P3F, P1, P4),
    (E4M3FNUZ, E4M3FNUZ, BF16, E5M2FNUZ),
    (P3UE, P5UF, P4, P3UE),
    (B2P1, B6P2, B2P1, B6P2),
    (E2M1, E8M0, E3M2, E4M3),
    (FP16, FP16, FP16, FP16),
    (BF16, BF16, FP32, FP32),
    (FP32, FP32, FP32, FP32),
    (FP32, E2M1, E4M3, E8M0),
];

#[test]
fn fused_products_and_sums() {
    for (a, b, c, out) in TRIPLES {
        let f = formats(&[("a-format", *a), ("b-format", *b), ("c-format", *c)], *out);
        hold("fpfma", &f, &|x, mode| x[0].times(&x[1]).plus(&x[2], mode), 300);
    }
}

/// Every pair of the 8-bit formats that hardware has.
#[test]
fn all_products_of_eight_bits() {
    for (a, b, out) in [(E4M3, E4M3, E4M3), (P4, E5M2, P3F)] {
        let f = formats(&[("a-format", a), ("b-format", b)], out);
        hold("fpmul", &f, &|x, _| x[0].times(&x[1]), 1 << 16);
    }
}
