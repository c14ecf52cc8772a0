//! A second opinion on formats and rounding, on GMP rationals: written from the definitions, with nothing of the
//! crate but the parameters of a format. Rounding looks for the neighbours of a number in the list of values
//! instead of computing quantum and significand.

#![allow(dead_code, reason = "every test binary uses its own part")]

use holigen_verif::exact::{Dyadic, Value};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::{RoundMode, Saturation, Stochastic};
use rug::{Integer, Rational};

/// What a code stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Nan,
    Inf { neg: bool },
    Finite { neg: bool, magnitude: Rational },
}

/// A format, spelt out.
pub struct Spec {
    pub encoding: Encoding,
    pub we: u32,
    pub wf: u32,
    pub signed: bool,
    pub extended: bool,
}

impl Spec {
    pub fn of(format: &FloatFormat) -> Self {
        Spec {
            encoding: format.encoding(),
            we: format.we(),
            wf: format.wf(),
            signed: format.is_signed(),
            extended: format.has_infinity(),
        }
    }

    pub fn sign_bit(&self) -> u64 {
        if self.signed { 1 << (self.we + self.wf) } else { 0 }
    }

    /// The value of `index` read as exponent and fraction field; indices beyond the field give the numbers that
    /// would follow if exponents had no upper bound.
    pub fn magnitude(&self, index: u64) -> Rational {
        let (field, fraction) = ((index >> self.wf) as i64, index & ((1 << self.wf) - 1));
        let bias = match self.encoding {
            Encoding::Fnuz | Encoding::P3109 => 1i64 << (self.we - 1),
            _ => (1 << (self.we - 1)) - 1,
        };
        let unit = Rational::from((fraction, 1u64 << self.wf));
        if self.encoding == Encoding::Scale {
            power_of_two(field - bias)
        } else if field == 0 {
            unit * power_of_two(1 - bias)
        } else {
            (unit + 1u32) * power_of_two(field - bias)
        }
    }

    /// The index of the largest finite number.
    pub fn last_finite(&self) -> u64 {
        let all = (1u64 << (self.we + self.wf)) - 1;
        match self.encoding {
            // Exponent field one less than all ones, fraction all ones.
            Encoding::Ieee => (((1 << self.we) - 2) << self.wf) | ((1 << self.wf) - 1),
            Encoding::Fn | Encoding::Scale => all - 1,
            Encoding::Fnuz | Encoding::Finite => all,
            Encoding::P3109 => match (self.signed, self.extended) {
                (true, true) => all - 1,
                (true, false) => all,
                (false, true) => all - 2,
                (false, false) => all - 1,
            },
        }
    }

    pub fn meaning(&self, code: u64) -> Meaning {
        let neg = code & self.sign_bit() != 0;
        let index = code & !self.sign_bit();
        let exponent_ones = index >> self.wf == (1 << self.we) - 1;
        let fraction_zero = index & ((1 << self.wf) - 1) == 0;
        let all = (1u64 << (self.we + self.wf)) - 1;
        let special = match self.encoding {
            Encoding::Ieee if exponent_ones && fraction_zero => Some(Meaning::Inf { neg }),
            Encoding::Ieee if exponent_ones => Some(Meaning::Nan),
            Encoding::Fn | Encoding::Scale if index == all => Some(Meaning::Nan),
            Encoding::Fnuz if neg && index == 0 => Some(Meaning::Nan),
            Encoding::P3109 if self.signed && neg && index == 0 => Some(Meaning::Nan),
            Encoding::P3109 if !self.signed && index == all => Some(Meaning::Nan),
            Encoding::P3109 if self.extended && self.signed && index == all => Some(Meaning::Inf { neg }),
            Encoding::P3109 if self.extended && !self.signed && index == all - 1 => {
                Some(Meaning::Inf { neg })
            }
            _ => None,
        };
        special.unwrap_or_else(|| Meaning::Finite { neg, magnitude: self.magnitude(index) })
    }

    fn has_negative_zero(&self) -> bool {
        matches!(self.encoding, Encoding::Ieee | Encoding::Fn | Encoding::Finite)
    }

    fn signed_code(&self, neg: bool, index: u64) -> u64 {
        if neg && (index > 0 || self.has_negative_zero()) { self.sign_bit() | index } else { index }
    }

    /// The NaN that is written; without one infinity, without that the largest number.
    pub fn nan(&self) -> u64 {
        let all = (1u64 << (self.we + self.wf)) - 1;
        match self.encoding {
            Encoding::Ieee if self.wf == 0 => all,
            Encoding::Ieee => (((1 << self.we) - 1) << self.wf) | 1 << (self.wf - 1),
            Encoding::Fn | Encoding::Scale | Encoding::Finite => all,
            Encoding::Fnuz => self.sign_bit(),
            Encoding::P3109 => {
                if self.signed {
                    self.sign_bit()
                } else {
                    all
                }
            }
        }
    }

    /// What lies beyond the largest finite number when overflow isn't clamped.
    fn beyond(&self, neg: bool) -> u64 {
        match self.encoding {
            Encoding::Ieee => self.signed_code(neg, self.last_finite() + 1),
            Encoding::P3109 if self.extended => self.signed_code(neg, self.last_finite() + 1),
            Encoding::P3109 | Encoding::Finite => self.signed_code(neg, self.last_finite()),
            Encoding::Fn | Encoding::Fnuz | Encoding::Scale => self.nan(),
        }
    }

    pub fn infinity(&self, neg: bool, saturation: Saturation) -> u64 {
        let below_zero = neg && !self.signed;
        if below_zero && self.encoding == Encoding::Scale {
            return self.nan();
        }
        match saturation {
            Saturation::OvfInf if below_zero => self.nan(),
            Saturation::OvfInf => self.beyond(neg),
            _ if below_zero => 0,
            Saturation::SatPropagate if self.extended => self.beyond(neg),
            _ => self.signed_code(neg, self.last_finite()),
        }
    }

    /// Rounds a nonzero number.
    pub fn round(&self, neg: bool, x: &Rational, mode: RoundMode, saturation: Saturation, rnd: u64) -> u64 {
        assert!(x.is_positive() && *x != 0u32);
        if self.encoding == Encoding::Scale && (neg || *x < self.magnitude(0)) {
            return if neg { self.nan() } else { 0 };
        }
        // The lower neighbour, by doubling and bisection over the endless list of values.
        let mut above = 1u64;
        while self.magnitude(above) <= *x {
            above *= 2;
        }
        let mut lower = above / 2;
        while above - lower > 1 {
            let middle = lower + (above - lower) / 2;
            if self.magnitude(middle) <= *x { lower = middle } else { above = middle }
        }
        if self.magnitude(lower) > *x {
            lower = 0;
        }
        let floor = self.magnitude(lower);
        let gap = self.magnitude(lower + 1) - &floor;
        let nu = (x.clone() - &floor) / gap;
        let odd = lower % 2 == 1;
        let half = Rational::from((1, 2));
        let exact = nu == 0u32;
        let up = match mode {
            RoundMode::Rne => nu > half || nu == half && odd,
            RoundMode::Rna => nu >= half,
            RoundMode::Rtz => false,
            RoundMode::Rup => !exact && !neg,
            RoundMode::Rdn => !exact && neg,
            RoundMode::Odd => !exact && !odd,
            RoundMode::Sr { kind, bits } => {
                let n = u32::from(bits);
                let r = Integer::from(rnd) % (Integer::from(1) << n);
                let whole = Integer::from(1) << n;
                match kind {
                    Stochastic::A => (nu * &whole).floor().numer() + r >= whole,
                    Stochastic::B => {
                        let twice = Integer::from(2) * &whole;
                        (nu * &twice).floor().numer() + r * 2u32 + 1u32 >= twice
                    }
                    Stochastic::C => {
                        let scaled = nu * &whole;
                        let floor = Integer::from(scaled.clone().floor().numer());
                        let rest = scaled - &floor;
                        let step = u32::from(rest > half || rest == half && floor.is_odd());
                        floor + step + r >= whole
                    }
                }
            }
        };
        let index = lower + u64::from(up);
        if index == 0 || index <= self.last_finite() && (!neg || self.signed) {
            return self.signed_code(neg, index);
        }
        let below_zero = neg && !self.signed;
        let clamped = if below_zero { 0 } else { self.signed_code(neg, self.last_finite()) };
        let inward = match mode {
            RoundMode::Rtz => true,
            RoundMode::Rup => neg,
            RoundMode::Rdn => !neg,
            _ => false,
        };
        match saturation {
            Saturation::SatFinite | Saturation::SatPropagate => clamped,
            Saturation::OvfInf if inward => clamped,
            Saturation::OvfInf if below_zero => self.nan(),
            // P3109 and IEEE alike: of the last number and infinity, the odd code.
            Saturation::OvfInf if mode == RoundMode::Odd && self.extended && self.last_finite() % 2 == 1 => {
                clamped
            }
            Saturation::OvfInf => self.beyond(neg),
        }
    }
}

/// `2^exponent`.
pub fn power_of_two(exponent: i64) -> Rational {
    let power = Rational::from(Integer::from(1) << exponent.unsigned_abs() as u32);
    if exponent < 0 { power.recip() } else { power }
}

/// The crate's number as a rational.
pub fn rational(x: &Dyadic) -> Rational {
    let magnitude: Integer = x.significand().to_string().parse().expect("a decimal integer");
    let value = Rational::from(magnitude) * power_of_two(x.exponent());
    if x.is_negative() { -value } else { value }
}

/// The crate's value in the oracle's terms.
pub fn meaning_of(value: &Value) -> Meaning {
    match value {
        Value::NaN => Meaning::Nan,
        Value::Inf { neg } => Meaning::Inf { neg: *neg },
        Value::Finite(x) => Meaning::Finite { neg: x.is_negative(), magnitude: rational(x).abs() },
    }
}

/// A magnitude with a power of two below it as the crate's number.
pub fn dyadic(neg: bool, magnitude: &Rational) -> Dyadic {
    let bits = magnitude.denom().significant_bits() - 1;
    assert!(*magnitude.denom() == Integer::from(1) << bits, "not dyadic");
    let digits = magnitude.numer().to_string();
    let positive: Dyadic = digits.parse().expect("a decimal integer");
    let scaled = positive.scale(-i64::from(bits));
    if neg { -&scaled } else { scaled }
}

/// Every format of up to `width` bits in every encoding, with at least one exponent bit.
pub fn small_formats(width: u32) -> Vec<FloatFormat> {
    let mut formats = Vec::new();
    for we in 1..width {
        for wf in 0..width - we {
            for encoding in [Encoding::Ieee, Encoding::Fn, Encoding::Fnuz, Encoding::Finite] {
                formats.push(FloatFormat::new(we, wf, encoding).expect("fields in range"));
            }
        }
    }
    formats.extend((1..=width).map(|we| FloatFormat::new(we, 0, Encoding::Scale).expect("fields in range")));
    for k in 2..=width {
        for signed in [true, false] {
            for extended in [true, false] {
                let most = if signed { k - 1 } else { k };
                let format = |p| FloatFormat::p3109(k, p, signed, extended).expect("a format of P3109");
                formats.extend((1..=most).map(format));
            }
        }
    }
    formats
}
