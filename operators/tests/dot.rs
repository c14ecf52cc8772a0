//! Dot products against what boards returned, and against rationals of GMP by the letter of the definition.
mod common;
#[allow(dead_code, reason = "every test uses a part of it")]
#[path = "common/rational.rs"]
mod rational;

use common::instance;
use holigen_verif::interface::{Interface, limbs, put_bits};
use holigen_verif::model::Model;
use holigen_verif::rng::SplitMix64;
use rational::*;
use rug::Rational;
use std::path::Path;

const TF32: Format = format("tf32", 8, 10, 127, Top::Ieee);

/// Limbs of the inputs from the elements of each port.
fn packed(interface: &Interface, ports: &[Vec<u64>]) -> Vec<u64> {
    let mut flat = Vec::new();
    for (port, elements) in interface.inputs().zip(ports) {
        let at = flat.len();
        flat.resize(at + limbs(port.width), 0);
        for (k, code) in (0..).zip(elements) {
            put_bits(&mut flat[at..], k * port.element_width(), port.element_width(), *code);
        }
    }
    flat
}

fn result(model: &mut dyn Model, inputs: &[u64]) -> u64 {
    let mut out = [0];
    model.step(inputs, &mut out);
    out[0]
}

/// The code of a binary32 number that the format has.
fn narrowed(code: u64, f: Format) -> u64 {
    let Number::Finite(x) = FP32.decode(code) else { panic!("{code:x} is no number") };
    let sign = if code & FP32.sign() != 0 { f.sign() } else { 0 };
    let magnitude = f.encode(&x.abs());
    assert_eq!(f.decode(magnitude | sign), FP32.decode(code), "{code:x} in {}", f.name);
    magnitude | sign
}

#[test]
fn captures() {
    let folder = std::env::var("HOLIGEN_CAPTURES");
    let folder = folder.unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/captures").into());
    let mut files: Vec<_> =
        std::fs::read_dir(Path::new(&folder)).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "csv"));
    files.sort();
    assert!(files.len() >= 8, "captures of all rows");
    for file in files {
        let stem = file.file_stem().unwrap().to_string_lossy().to_lowercase();
        let (board, name) = stem.split_once('_').unwrap();
        let format = [FP16, BF16, TF32, E4M3, E5M2].into_iter().find(|f| f.name.starts_with(name)).unwrap();
        let i = instance("fpdot", &format!("like = \"{board}\"\nformat = \"{name}\"")).unwrap();
        let (interface, mut model) = (i.core.interface(), i.core.model());
        let mut vectors = 0;
        for line in std::fs::read_to_string(&file).unwrap().lines().filter(|l| !l.starts_with('#')) {
            let words: Vec<u64> = line.split(',').map(|w| u64::from_str_radix(w, 16).unwrap()).collect();
            let n = (words.len() - 2) / 2;
            let narrow = |codes: &[u64]| codes.iter().map(|c| narrowed(*c, format)).collect::<Vec<_>>();
            let (a, b) = (narrow(&words[..n]), narrow(&words[n..2 * n]));
            let inputs = packed(&interface, &[a, b, vec![words[2 * n]]]);
            let got = result(model.as_mut(), &inputs);
            assert_eq!(got, words[2 * n + 1], "{stem}: {line}");
            vectors += 1;
        }
        assert!(vectors >= 25, "{stem} has {vectors} vectors");
    }
}

/// What a dot product is said to be.
#[derive(Clone, Copy)]
struct Dot {
    n: u64,
    a: Format,
    b: Format,
    c: Option<Format>,
    out: Format,
    mode: (&'static str, Mode),
    overflow: (&'static str, Overflow),
    /// Fraction bits and floor.
    aligned: Option<(i64, Option<i64>)>,
    /// As a third architecture.
    sorted: bool,
}

impl Dot {
    fn exact(n: u64, a: Format, b: Format, c: Option<Format>, out: Format) -> Self {
        let overflow = OVERFLOWS[if out.infinity().is_some() { 0 } else { 1 }];
        Dot { n, a, b, c, out, mode: MODES[0], overflow, aligned: None, sorted: false }
    }

    fn toml(&self) -> String {
        let mut s = format!(
            "n = {}\nformat = \"{}\"\nb-format = \"{}\"\nout = \"{}\"\nround = \"{}\"\nsaturation = \"{}\"",
            self.n, self.a.name, self.b.name, self.out.name, self.mode.0, self.overflow.0
        );
        s += &self.c.map_or(String::new(), |c| format!("\nc-format = \"{}\"", c.name));
        if let Some((bits, floor)) = self.aligned {
            s += &format!("\narch = \"aligned\"\nfrac-bits = {bits}");
            s += &floor.map_or(String::new(), |f| format!("\nfloor = \"{f}\""));
        }
        if self.sorted { s + "\narch = \"exsdotp\"" } else { s }
    }

    /// The exponent field's exponent, subnormal numbers having that of the least normal ones.
    fn exponent(f: Format, code: u64) -> i64 {
        let field = (code & (f.sign() - 1)) >> f.wf;
        field.max(1) as i64 - f.bias
    }

    fn oracle(&self, a: &[u64], b: &[u64], c: Option<u64>, random: u64) -> u64 {
        let (mut nan, mut plus, mut minus) = (false, false, false);
        let mut terms: Vec<(Rational, i64)> = Vec::new();
        let mut take = |x: Number, exponent: i64| match x {
            Number::Nan => nan = true,
            Number::Infinite { negative: true } => minus = true,
            Number::Infinite { negative: false } => plus = true,
            Number::Finite(x) if x == 0 => {}
            Number::Finite(x) => terms.push((x, exponent)),
        };
        for (x, y) in a.iter().zip(b) {
            let exponent = Self::exponent(self.a, *x) + Self::exponent(self.b, *y);
            let product = match (self.a.decode(*x), self.b.decode(*y)) {
                (Number::Nan, _) | (_, Number::Nan) => Number::Nan,
                (Number::Finite(x), Number::Finite(y)) => Number::Finite(x * y),
                (Number::Infinite { .. }, Number::Finite(z))
                | (Number::Finite(z), Number::Infinite { .. })
                    if z == 0 =>
                {
                    Number::Nan
                }
                _ => Number::Infinite { negative: (x & self.a.sign() != 0) != (y & self.b.sign() != 0) },
            };
            take(product, exponent);
        }
        if let (Some(f), Some(c)) = (self.c, c) {
            take(f.decode(c), Self::exponent(f, c));
        }
        if nan || plus && minus {
            return self.out.written_nan();
        }
        if plus || minus {
            return infinite(minus, self.out, self.overflow.1);
        }
        let mut sum = Rational::new();
        let largest = terms.iter().map(|t| t.1).max().unwrap_or(0);
        for (x, _) in &terms {
            let Some((bits, least)) = self.aligned else {
                sum += x;
                continue;
            };
            let unit = power(least.map_or(largest, |f| f.max(largest)) - bits);
            let cut = Rational::from(floor(&(x.clone().abs() / &unit))) * unit;
            sum += if *x < 0 { -cut } else { cut };
        }
        project(&sum, self.out, self.mode.1, self.overflow.1, random)
    }
}

/// Codes of one vector: now all over the format, now close to each other, now from its edges.
fn codes(rng: &mut SplitMix64, f: Format, n: u64) -> Vec<u64> {
    let all = 2 * f.sign() - 1;
    let theme = rng.below(4);
    let near = rng.next_u64() & all;
    (0..n)
        .map(|_| match theme {
            0 => rng.next_u64() & all,
            1 => (near.wrapping_add(rng.below(5 << f.wf)) & all) ^ (rng.below(2) * f.sign()),
            2 => rng.below(3 << f.wf) | (rng.below(2) * f.sign()),
            _ => {
                [0, 1, f.largest(), f.largest() - 1, 1 << f.wf, near & (f.sign() - 1)][rng.below(6) as usize]
            }
        })
        .map(|c| c & all)
        .collect()
}

fn holds(dot: Dot, count: u64) {
    let text = dot.toml();
    let i = instance("fpdot", &text).unwrap_or_else(|e| panic!("{text}\n{e}"));
    let (interface, mut model) = (i.core.interface(), i.core.model());
    let mut rng = SplitMix64::new(dot.n ^ (dot.out.sign() << 8));
    for _ in 0..count {
        let (a, b) = (codes(&mut rng, dot.a, dot.n), codes(&mut rng, dot.b, dot.n));
        let c = dot.c.map(|f| codes(&mut rng, f, 1)[0]);
        let random = rng.next_u64() & ((1 << dot.mode.1.random_bits()) - 1);
        let mut ports = vec![a.clone(), b.clone()];
        ports.extend(c.map(|c| vec![c]));
        ports.push(vec![random]);
        let got = result(model.as_mut(), &packed(&interface, &ports));
        let want = dot.oracle(&a, &b, c, random);
        assert_eq!(got, want, "{text}\n{a:x?} {b:x?} {c:x?} {random:x}: {got:x}, not {want:x}");
    }
}

#[test]
fn exact_sums() {
    for (k, mode) in MODES.iter().enumerate() {
        let base = match k % 4 {
            0 => Dot::exact(4, E4M3, E4M3, None, FP16),
            1 => Dot::exact(7, E5M2, E4M3, Some(FP32), FP32),
            2 => Dot::exact(3, P4, P3F, Some(E6M5), P4),
            _ => Dot::exact(64, E2M3, E2M3, None, E4M3FNUZ),
        };
        for overflow in OVERFLOWS {
            holds(Dot { mode: *mode, overflow: *overflow, ..base }, 300);
        }
    }
    holds(Dot::exact(16, BF16, BF16, Some(FP32), FP32), 500);
    holds(Dot::exact(32, E4M3, E4M3, None, FP32), 500);
    holds(Dot { sorted: true, ..Dot::exact(2, E5M2, E5M2, Some(FP16), FP16) }, 1000);
    holds(Dot { sorted: true, ..Dot::exact(2, FP16, FP16, Some(FP32), FP32) }, 1000);
}

#[test]
fn aligned_sums() {
    for (k, mode) in MODES.iter().enumerate() {
        for (bits, least) in [(0, None), (3, Some(-4)), (9, Some(-20)), (25, None), (64, Some(-1000))] {
            let base = match k % 3 {
                0 => Dot::exact(4, E4M3, E4M3, Some(FP32), FP16),
                1 => Dot::exact(6, FP16, E5M2, None, E6M5),
                _ => Dot::exact(3, E4M3FNUZ, P4, Some(FP16), P3F),
            };
            holds(Dot { mode: *mode, aligned: Some((bits, least)), ..base }, 200);
        }
    }
    holds(Dot { aligned: Some((24, Some(-132))), ..Dot::exact(8, BF16, BF16, Some(FP32), FP32) }, 1000);
    holds(Dot { aligned: Some((13, Some(-133))), ..Dot::exact(32, E5M2, E5M2, Some(FP32), FP32) }, 1000);
}

/// On the boards an overflow is an infinity although the rounding is toward zero; --round says what else.
#[test]
fn overflow_of_boards() {
    let run = |more: &str| {
        let i = instance("fpdot", &format!("like = \"a100\"\nformat = \"bf16\"\n{more}")).unwrap();
        let largest = vec![0x7f7f, 0, 0, 0, 0, 0, 0, 0];
        let inputs = packed(&i.core.interface(), &[largest.clone(), largest, vec![0]]);
        result(i.core.model().as_mut(), &inputs)
    };
    assert_eq!(run(""), 0x7f80_0000);
    assert_eq!(run("round = \"rtz\""), 0x7f7f_ffff);
    assert_eq!(run("saturation = \"satfinite\""), 0x7f7f_ffff);
}

/// Elements of a block.
#[derive(Clone, Copy)]
enum Element {
    Float(Format),
    Int8,
}

impl Element {
    fn name(self) -> &'static str {
        match self {
            Element::Float(f) => f.name,
            Element::Int8 => "int8",
        }
    }

    fn decode(self, code: u64) -> Number {
        match self {
            Element::Float(f) => f.decode(code),
            Element::Int8 => Number::Finite(Rational::from((code as u8 as i8, 64))),
        }
    }

    fn codes(self, rng: &mut SplitMix64, n: u64) -> Vec<u64> {
        match self {
            Element::Float(f) => codes(rng, f, n),
            Element::Int8 => (0..n).map(|_| rng.next_u64() & 0xff).collect(),
        }
    }
}

/// What a dot product of blocks is said to be.
#[derive(Clone, Copy)]
struct Blocks {
    a: Element,
    b: Element,
    scale: Format,
    block: u64,
    blocks: u64,
    in_turn: bool,
    out: Format,
    mode: (&'static str, Mode),
    overflow: (&'static str, Overflow),
}

fn product(x: &Number, y: &Number) -> Number {
    let negative = |x: &Number| match x {
        Number::Infinite { negative } => *negative,
        Number::Finite(x) => *x < 0,
        Number::Nan => false,
    };
    match (x, y) {
        (Number::Nan, _) | (_, Number::Nan) => Number::Nan,
        (Number::Finite(x), Number::Finite(y)) => Number::Finite(Rational::from(x * y)),
        (Number::Infinite { .. }, Number::Finite(z)) | (Number::Finite(z), Number::Infinite { .. })
            if *z == 0 =>
        {
            Number::Nan
        }
        _ => Number::Infinite { negative: negative(x) != negative(y) },
    }
}

impl Blocks {
    fn sum(&self, terms: &[Number], random: u64) -> u64 {
        let nan = terms.contains(&Number::Nan);
        let of = |negative| terms.iter().any(|t| *t == Number::Infinite { negative });
        let (plus, minus) = (of(false), of(true));
        if nan || plus && minus {
            return self.out.written_nan();
        }
        if plus || minus {
            return infinite(minus, self.out, self.overflow.1);
        }
        let finite = terms.iter().map(|t| match t {
            Number::Finite(x) => x.clone(),
            _ => Rational::new(),
        });
        project(&finite.sum(), self.out, self.mode.1, self.overflow.1, random)
    }

    fn oracle(&self, ports: &[Vec<u64>], random: u64) -> u64 {
        let mut terms: Vec<Number> = Vec::new();
        let mut code = 0;
        for k in 0..self.blocks as usize {
            let scale = product(&self.scale.decode(ports[2][k]), &self.scale.decode(ports[3][k]));
            let first = k * self.block as usize;
            let block = (first..first + self.block as usize)
                .map(|i| product(&product(&self.a.decode(ports[0][i]), &self.b.decode(ports[1][i])), &scale));
            terms.extend(block);
            if self.in_turn {
                code = self.sum(&terms, random);
                terms = vec![self.out.decode(code)];
            }
        }
        if self.in_turn { code } else { self.sum(&terms, random) }
    }

    fn holds(&self, count: u64) {
        let text = format!(
            "format = \"{}\"\nb-format = \"{}\"\nscale = \"{}\"\nblock = {}\nn = {}\nsum = \"{}\"\nout = \"{}\"\n\
             round = \"{}\"\nsaturation = \"{}\"",
            self.a.name(),
            self.b.name(),
            self.scale.name,
            self.block,
            self.block * self.blocks,
            if self.in_turn { "fp32" } else { "exact" },
            self.out.name,
            self.mode.0,
            self.overflow.0
        );
        let i = instance("mxdot", &text).unwrap_or_else(|e| panic!("{text}\n{e}"));
        let (interface, mut model) = (i.core.interface(), i.core.model());
        let mut rng = SplitMix64::new(self.block);
        for _ in 0..count {
            let n = self.block * self.blocks;
            let near = rng.next_u64();
            let mut scales = || -> Vec<u64> {
                // Close to each other, so that blocks meet; now and then anything.
                let all = self.scale.sign() * if self.scale.top == Top::Scale { 1 } else { 2 } - 1;
                let spread = [4, 40, u64::MAX][rng.below(3) as usize];
                (0..self.blocks).map(|_| near.wrapping_add(rng.below(spread)) & all).collect()
            };
            let (s, t) = (scales(), scales());
            let (a, b) = (self.a.codes(&mut rng, n), self.b.codes(&mut rng, n));
            let random = rng.next_u64() & ((1 << self.mode.1.random_bits()) - 1);
            let ports = [a, b, s, t, vec![random]];
            let got = result(model.as_mut(), &packed(&interface, &ports));
            let want = self.oracle(&ports, random);
            assert_eq!(got, want, "{text}\n{ports:x?}: {got:x}, not {want:x}");
        }
    }
}

#[test]
fn scaled_blocks() {
    let float = Element::Float;
    let exact = |a, b, scale, block, blocks, out: Format| {
        let overflow = OVERFLOWS[if out.infinity().is_some() { 0 } else { 1 }];
        Blocks { a, b, scale, block, blocks, in_turn: false, out, mode: MODES[0], overflow }
    };
    let cases = [
        exact(float(E4M3), float(E4M3), E8M0, 32, 1, FP32),
        exact(float(E5M2), float(E4M3), E8M0, 8, 3, FP32),
        exact(float(E3M2), float(E3M2), E8M0, 32, 1, FP16),
        exact(float(E2M3), float(E2M3), E8M0, 32, 2, FP32),
        exact(float(E2M1), float(E2M1), E8M0, 32, 4, BF16),
        exact(Element::Int8, Element::Int8, E8M0, 32, 2, FP32),
        exact(float(E2M1), float(E2M1), E4M3, 16, 4, FP32),
    ];
    for case in cases {
        case.holds(400);
        Blocks { out: FP32, overflow: OVERFLOWS[0], in_turn: true, ..case }.holds(400);
    }
    for (k, mode) in MODES.iter().enumerate() {
        let case = Blocks { mode: *mode, overflow: OVERFLOWS[k % 3], ..cases[k % cases.len()] };
        case.holds(200);
        if mode.1.random_bits() == 0 {
            Blocks { out: FP32, in_turn: true, ..case }.holds(200);
        }
    }
}
