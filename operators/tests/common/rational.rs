//! Formats and rounding a second time, slow and by the letter of the definitions: values are rationals of GMP,
//! formats are tables of their own, rounding is written from the definition. Shares nothing with `holigen-verif`.
use rug::ops::Pow;
use rug::{Integer, Rational};

// ---- numbers

#[derive(Clone, PartialEq, Debug)]
pub enum Number {
    Nan,
    Infinite { negative: bool },
    Finite(Rational),
}

pub fn power(exponent: i64) -> Rational {
    let magnitude = Integer::from(2).pow(exponent.unsigned_abs() as u32);
    if exponent < 0 { Rational::from((1, magnitude)) } else { Rational::from(magnitude) }
}

/// floor(log2 x) of a positive number.
pub fn floor_log2(x: &Rational) -> i64 {
    let guess = i64::from(x.numer().significant_bits()) - i64::from(x.denom().significant_bits());
    if *x < power(guess) { guess - 1 } else { guess }
}

pub fn floor(x: &Rational) -> Integer {
    x.clone().floor().into_numer_denom().0
}

// ---- formats

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Top {
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
    /// No sign; the top code is NaN, the one before infinity.
    P3109UnsignedExtended,
    /// No sign; the top code is NaN.
    P3109UnsignedFinite,
    /// No sign, no zero, powers of two; the top code is NaN.
    Scale,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Format {
    pub name: &'static str,
    pub we: i64,
    pub wf: i64,
    pub bias: i64,
    pub top: Top,
}

pub const fn format(name: &'static str, we: i64, wf: i64, bias: i64, top: Top) -> Format {
    Format { name, we, wf, bias, top }
}

pub const E4M3: Format = format("e4m3fn", 4, 3, 7, Top::Fn);
pub const E5M2: Format = format("e5m2", 5, 2, 15, Top::Ieee);
pub const E4M3FNUZ: Format = format("e4m3fnuz", 4, 3, 8, Top::Fnuz);
pub const E2M3: Format = format("e2m3", 2, 3, 1, Top::Finite);
pub const E6M5: Format = format("e6m5", 6, 5, 31, Top::Ieee);
pub const FP16: Format = format("fp16", 5, 10, 15, Top::Ieee);
pub const FP32: Format = format("fp32", 8, 23, 127, Top::Ieee);
pub const P4: Format = format("binary8p4se", 4, 3, 8, Top::P3109Extended);
pub const P3F: Format = format("binary8p3sf", 5, 2, 16, Top::P3109Finite);
pub const P1: Format = format("binary8p1se", 7, 0, 64, Top::P3109Extended);
pub const P3UE: Format = format("binary8p3ue", 6, 2, 32, Top::P3109UnsignedExtended);
pub const P5UF: Format = format("binary8p5uf", 4, 4, 8, Top::P3109UnsignedFinite);
pub const B6P2: Format = format("binary6p2se", 4, 1, 8, Top::P3109Extended);
pub const B2P1: Format = format("binary2p1sf", 1, 0, 1, Top::P3109Finite);
pub const E8M0: Format = format("e8m0", 8, 0, 127, Top::Scale);
pub const E3M2: Format = format("e3m2", 3, 2, 3, Top::Finite);
pub const E2M1: Format = format("e2m1", 2, 1, 1, Top::Finite);
pub const E4M3I: Format = format("e4m3:ieee", 4, 3, 7, Top::Ieee);
pub const E5M2FNUZ: Format = format("e5m2fnuz", 5, 2, 16, Top::Fnuz);
pub const BF16: Format = format("bf16", 8, 7, 127, Top::Ieee);
pub const E3M0: Format = format("e3m0", 3, 0, 3, Top::Ieee);

impl Format {
    pub fn sign(self) -> u64 {
        1 << (self.we + self.wf)
    }

    pub fn signed(self) -> bool {
        !matches!(self.top, Top::P3109UnsignedExtended | Top::P3109UnsignedFinite | Top::Scale)
    }

    /// Bits of a code.
    pub fn width(self) -> i64 {
        self.we + self.wf + i64::from(self.signed())
    }

    /// Whether a code has a sign bit that is set.
    pub fn negative(self, code: u64) -> bool {
        code & self.sign() != 0
    }

    pub fn minus_zero(self) -> bool {
        matches!(self.top, Top::Ieee | Top::Fn | Top::Finite)
    }

    /// Code of the largest finite number.
    pub fn largest(self) -> u64 {
        let all = self.sign() - 1;
        match self.top {
            Top::Ieee => all - (1 << self.wf),
            Top::Fn | Top::P3109Extended | Top::P3109UnsignedFinite | Top::Scale => all - 1,
            Top::P3109UnsignedExtended => all - 2,
            Top::Fnuz | Top::Finite | Top::P3109Finite => all,
        }
    }

    pub fn infinity(self) -> Option<u64> {
        let has = matches!(self.top, Top::Ieee | Top::P3109Extended | Top::P3109UnsignedExtended);
        has.then(|| self.largest() + 1)
    }

    pub fn nan(self) -> Option<u64> {
        match self.top {
            Top::Ieee if self.wf == 0 => None,
            Top::Ieee => Some((self.largest() + 1) | 1 << (self.wf - 1)),
            Top::Fn | Top::Scale | Top::P3109UnsignedExtended | Top::P3109UnsignedFinite => {
                Some(self.sign() - 1)
            }
            Top::Finite => None,
            Top::Fnuz | Top::P3109Extended | Top::P3109Finite => Some(self.sign()),
        }
    }

    /// What is written for NaN: infinity or the largest number where there is none.
    pub fn written_nan(self) -> u64 {
        self.nan().or(self.infinity()).unwrap_or(self.largest())
    }

    pub fn decode(self, code: u64) -> Number {
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
        let value = if self.top == Top::Scale {
            power(field - self.bias)
        } else if field == 0 {
            t * power(1 - self.bias - self.wf)
        } else {
            (t + power(self.wf)) * power(field - self.bias - self.wf)
        };
        Number::Finite(if negative { -value } else { value })
    }

    /// Code of a magnitude that the format has.
    pub fn encode(self, x: &Rational) -> u64 {
        if self.top == Top::Scale {
            return (floor_log2(x) + self.bias) as u64;
        }
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
pub enum Mode {
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

pub const MODES: &[(&str, Mode)] = &[
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
    pub fn random_bits(self) -> u32 {
        match self {
            Mode::A(n) | Mode::B(n) | Mode::C(n) => n,
            _ => 0,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Overflow {
    SatFinite,
    SatPropagate,
    OvfInf,
}

pub const OVERFLOWS: &[(&str, Overflow)] = &[
    ("ovfinf", Overflow::OvfInf),
    ("satfinite", Overflow::SatFinite),
    ("satpropagate", Overflow::SatPropagate),
];

/// Whether the upper of two neighbours is taken: `nu` lies between 0 and 1.
pub fn rounds_up(nu: Rational, odd: bool, negative: bool, mode: Mode, random: u64) -> bool {
    let half = Rational::from((1, 2));
    let r = Integer::from(random);
    let limit = |n: u32| Integer::from(1) << n;
    match mode {
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
    }
}

/// An exact number as a code: round to the precision, saturate, encode.
pub fn project(x: &Rational, f: Format, mode: Mode, overflow: Overflow, random: u64) -> u64 {
    if *x == 0 {
        return 0;
    }
    let negative = *x < 0;
    if negative && f.top == Top::Scale {
        return f.written_nan();
    }
    let magnitude = x.clone().abs();
    let p = f.wf + 1;
    let least = if f.top == Top::Scale { i64::MIN } else { 1 - f.bias };
    let q = floor_log2(&magnitude).max(least) - p + 1;
    let s = magnitude / power(q);
    let whole = floor(&s);
    let nu = s - &whole;
    let odd = if p == 1 { whole != 0 && (q + f.bias) % 2 != 0 } else { whole.is_odd() };
    let up = rounds_up(nu, odd, negative, mode, random);
    let rounded = Rational::from(whole + u32::from(up)) * power(q);
    if negative && !f.signed() {
        let stays = rounded == 0 || overflow != Overflow::OvfInf || matches!(mode, Mode::Rtz | Mode::Rup);
        return if stays { 0 } else { f.written_nan() };
    }
    if f.top == Top::Scale && rounded < power(-f.bias) {
        return 0;
    }
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
        None if matches!(f.top, Top::Fn | Top::Fnuz | Top::Scale) => f.written_nan(),
        None => signed(f.largest()),
    }
}

/// The code of an infinite result.
pub fn infinite(negative: bool, f: Format, overflow: Overflow) -> u64 {
    if negative && !f.signed() {
        let nan = f.top == Top::Scale || overflow == Overflow::OvfInf;
        return if nan { f.written_nan() } else { 0 };
    }
    let sign = if negative { f.sign() } else { 0 };
    match (overflow, f.infinity()) {
        (Overflow::OvfInf | Overflow::SatPropagate, Some(code)) => sign | code,
        (Overflow::OvfInf, None) if matches!(f.top, Top::Fn | Top::Fnuz | Top::Scale) => f.written_nan(),
        _ => sign | f.largest(),
    }
}
