//! Reference model of the multiply-accumulate: exact products, exact or documented sums, one rounding.
//!
//! Written from the definition with the formats of `holigen-verif`; it knows nothing of the architecture.
use super::{Accumulator, Mac, Output};
use crate::reference::Lfsr;
use holigen_verif::exact::{Class, Dyadic, Small, Value};
use holigen_verif::format::{FloatFormat, Reader};
use holigen_verif::interface::limbs;
use holigen_verif::model::Model;
use holigen_verif::round::{self, RoundMode, Saturation};
use num_bigint::{BigInt, BigUint, Sign};

/// NaN and infinities met since the sum began.
#[derive(Clone, Copy, Default)]
struct Seen {
    nan: bool,
    plus: bool,
    minus: bool,
}

impl Seen {
    fn is_nan(self) -> bool {
        self.nan || self.plus && self.minus
    }
    fn any(self) -> bool {
        self.nan || self.plus || self.minus
    }
}

/// The sum, in units of 2^lsb for fixed-point accumulators.
#[derive(Clone)]
enum Sum {
    Word(i128),
    Big(BigInt),
    /// A code of the accumulator's format.
    Code(u64),
}

/// See the module.
#[derive(Clone)]
pub struct MacModel {
    mac: Mac,
    a: Reader,
    b: Reader,
    sum: Sum,
    seen: Seen,
    lfsr: Option<Lfsr>,
}

impl MacModel {
    /// The model of a resolved core.
    pub fn new(mac: &Mac) -> Self {
        let mut m = Self {
            mac: mac.clone(),
            a: Reader::new(&mac.a, mac.care.reading()),
            b: Reader::new(&mac.b, mac.care.reading()),
            sum: Sum::Code(0),
            seen: Seen::default(),
            lfsr: None,
        };
        m.reset();
        m
    }

    /// Adds a product to a two's-complement accumulator of `width` bits in units of 2^lsb.
    fn add_fixed(&mut self, x: Small, width: u32, lsb: i32, nearest: bool, saturate: bool) {
        match &mut self.sum {
            Sum::Word(sum) => {
                // Magnitude in units of the accumulator; what is below is cut off, or half of it rounds up.
                let shift = x.exp - lsb;
                let mag = if shift >= 0 {
                    (x.mag << shift) as i128
                } else {
                    let s = -shift as u32;
                    let cut = if s > 127 { 0 } else { x.mag >> s };
                    let half = s <= 128 && x.mag >> (s - 1) & 1 == 1;
                    (cut + u128::from(nearest && half)) as i128
                };
                let term = if x.neg { -mag } else { mag };
                let exact = *sum + term;
                let (low, high) = (-(1i128 << (width - 1)), (1i128 << (width - 1)) - 1);
                *sum =
                    if saturate { exact.clamp(low, high) } else { exact << (128 - width) >> (128 - width) };
            }
            Sum::Big(sum) => {
                let mag = BigInt::from(x.mag);
                let shift = x.exp - lsb;
                let mag = if shift >= 0 {
                    mag << shift
                } else {
                    let half = (&mag >> (-shift - 1)) & BigInt::from(1u8);
                    (&mag >> -shift) + if nearest { half } else { BigInt::ZERO }
                };
                *sum += if x.neg { -mag } else { mag };
                let half = BigInt::from(1u8) << (width - 1);
                if saturate {
                    *sum = (&*sum).clamp(&-&half, &(&half - 1)).clone();
                } else {
                    let modulus = BigInt::from(1u8) << width;
                    let mut low: BigInt = (&*sum + &half) % &modulus;
                    if low.sign() == Sign::Minus {
                        low += &modulus;
                    }
                    *sum = low - half;
                }
            }
            Sum::Code(_) => unreachable!("a fixed-point accumulator"),
        }
    }

    /// The fixed-point sum as a code of the output format.
    fn round_fixed(&self, lsb: i32, f: &FloatFormat, saturation: Saturation, rnd: u64) -> u128 {
        match &self.sum {
            Sum::Word(s) => {
                let mode = self.mac.round;
                if f.width() <= 64 {
                    let neg = *s < 0;
                    round::round_small(neg, s.unsigned_abs(), lsb, false, f, mode, saturation, rnd).into()
                } else {
                    unreachable!("formats have at most 64 bits")
                }
            }
            Sum::Big(s) => {
                let exact = Dyadic::new(s.sign() == Sign::Minus, s.magnitude().clone(), i64::from(lsb));
                round::round(&Value::Finite(exact), f, self.mac.round, saturation, rnd)
            }
            Sum::Code(_) => unreachable!("a fixed-point accumulator"),
        }
    }

    /// Code of a sum that met a NaN or an infinity.
    fn special(&self, f: &FloatFormat, saturation: Saturation) -> u128 {
        let value = if self.seen.is_nan() { Value::NaN } else { Value::Inf { neg: self.seen.minus } };
        round::round(&value, f, RoundMode::Rne, saturation, 0)
    }

    /// One step of a floating-point accumulator. An overflow to infinity (or NaN) stays like one that came in.
    fn add_float(&mut self, x: Small, f: &FloatFormat, rnd: u64) {
        if self.seen.any() {
            return;
        }
        let Sum::Code(code) = self.sum else { unreachable!("a floating-point accumulator") };
        let Class::Finite(old) = f.decode_small(code) else { return };
        let exact = &Dyadic::from(x) + &Dyadic::from(old);
        // An exact zero is +0.
        let exact = if exact.is_zero() { Dyadic::zero() } else { exact };
        let (mode, saturation) = (self.mac.round, self.mac.acc_saturation);
        let code = round::round(&Value::Finite(exact), f, mode, saturation, rnd) as u64;
        match f.decode_small(code) {
            Class::Nan => self.seen.nan = true,
            Class::Inf { neg } => *(if neg { &mut self.seen.minus } else { &mut self.seen.plus }) = true,
            Class::Finite(_) => self.sum = Sum::Code(code),
        }
    }

    fn write(&self, outputs: &mut [u64], rnd: u64) {
        match (&self.mac.output, &self.mac.acc) {
            (Output::Sum, acc) => {
                let width = acc.width();
                let n = limbs(width);
                if self.seen.any() {
                    outputs[..n].fill(0);
                } else {
                    self.write_sum(&mut outputs[..n], width);
                }
                // Flags exist for what the operands can bring.
                let flags = [
                    (self.mac.can_be_nan(), self.seen.is_nan()),
                    (self.mac.can_be_infinite(), self.seen.plus && !self.seen.is_nan()),
                    (self.mac.can_be_infinite(), self.seen.minus && !self.seen.is_nan()),
                ];
                let set = flags.iter().filter(|f| f.0).map(|f| u64::from(f.1));
                outputs[n..].iter_mut().zip(set).for_each(|(o, f)| *o = f);
            }
            (Output::Float { format, saturation }, acc) => {
                outputs[0] = if self.seen.any() {
                    self.special(format, *saturation) as u64
                } else {
                    match acc {
                        Accumulator::Fixed { lsb, .. } => {
                            self.round_fixed(*lsb, format, *saturation, rnd) as u64
                        }
                        Accumulator::Float(f) => {
                            let Sum::Code(code) = self.sum else {
                                unreachable!("a floating-point accumulator")
                            };
                            let value = f.decode(code.into());
                            round::round(&value, format, RoundMode::Rne, *saturation, 0) as u64
                        }
                    }
                };
            }
        }
    }

    fn write_sum(&self, out: &mut [u64], width: u32) {
        let code: BigUint = match &self.sum {
            Sum::Word(s) if width <= 64 => {
                out[0] = (*s as u64) & (u64::MAX >> (64 - width));
                return;
            }
            Sum::Word(s) => BigUint::from((*s as u128) & (u128::MAX >> (128 - width))),
            Sum::Big(s) if s.sign() == Sign::Minus => (BigUint::from(1u8) << width) - s.magnitude(),
            Sum::Big(s) => s.magnitude().clone(),
            Sum::Code(c) => BigUint::from(*c),
        };
        let digits = code.to_u64_digits();
        out.iter_mut().enumerate().for_each(|(i, o)| *o = digits.get(i).copied().unwrap_or(0));
    }
}

impl MacModel {
    /// A new sum.
    fn restart(&mut self) {
        self.seen = Seen::default();
        self.sum = match self.mac.acc {
            Accumulator::Float(_) => Sum::Code(0),
            // One bit of room for the sum before it is wrapped or clamped, and for a product as wide.
            Accumulator::Fixed { width, .. } if width.max(self.mac.product_width()) <= 125 => Sum::Word(0),
            Accumulator::Fixed { .. } => Sum::Big(BigInt::ZERO),
        };
    }
}

impl Model for MacModel {
    fn reset(&mut self) {
        self.lfsr = self.mac.lfsr.map(Lfsr);
        self.restart();
    }

    /// Inputs: `in_first`, `a`, `b`, and the random word if there is one.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        if inputs[0] == 1 {
            self.restart();
        }
        let (a, b) = (self.a.read(inputs[1]), self.b.read(inputs[2]));
        let rnd = match &mut self.lfsr {
            Some(lfsr) => lfsr.word(self.mac.round.random_bits()),
            None => inputs.get(3).copied().unwrap_or(0),
        };
        match a.times(b) {
            Class::Nan => self.seen.nan = true,
            Class::Inf { neg: true } => self.seen.minus = true,
            Class::Inf { neg: false } => self.seen.plus = true,
            Class::Finite(x) => match self.mac.acc {
                Accumulator::Fixed { width, lsb, nearest, saturate } => {
                    self.add_fixed(x, width, lsb, nearest, saturate);
                }
                Accumulator::Float(f) => self.add_float(x, &f, rnd),
            },
        }
        self.write(outputs, rnd);
    }

    fn fresh(&self) -> Box<dyn Model> {
        // The tables of codes are shared.
        let mut fresh = self.clone();
        fresh.reset();
        Box::new(fresh)
    }
}
