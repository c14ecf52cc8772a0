//! Reference model of the dot product: exact products, cut where that is documented, one exact sum, one rounding.
//!
//! Written from the definition with the formats of `holigen-verif`; it knows nothing of the architecture.
use super::{Dot, Method};
use crate::reference::FixedSum;
use holigen_verif::exact::{Class, Small};
use holigen_verif::format::Reader;
use holigen_verif::interface::{bits_of, limbs};
use holigen_verif::model::Model;
use holigen_verif::round;

/// See the module.
#[derive(Clone)]
pub struct DotModel {
    dot: Dot,
    a: Reader,
    b: Reader,
    c: Option<Reader>,
    /// Limbs of each input.
    sizes: [usize; 3],
    /// Finite terms of one input, each with the exponent it is aligned by: that of its significand's units place.
    terms: Vec<(Small, i32)>,
}

impl DotModel {
    /// The model of a resolved core.
    pub fn new(dot: &Dot) -> Self {
        let a = Reader::new(&dot.a, dot.care.reading());
        let b = if dot.b == dot.a { a.clone() } else { Reader::new(&dot.b, dot.care.reading()) };
        let sizes = [
            limbs(dot.n * dot.a.width()),
            limbs(dot.n * dot.b.width()),
            dot.c.map_or(0, |c| limbs(c.width())),
        ];
        let c = dot.added().map(|f| Reader::new(&f, dot.care.reading()));
        Self { dot: dot.clone(), a, b, c, sizes, terms: Vec::new() }
    }

    /// Fills `terms`; what the sum is if it is no finite number.
    fn read(&mut self, inputs: &[u64]) -> Option<Class> {
        let (a, rest) = inputs.split_at(self.sizes[0]);
        let (b, rest) = rest.split_at(self.sizes[1]);
        let (wa, wb) = (self.dot.a.width(), self.dot.b.width());
        let places = (self.dot.a.wf() + self.dot.b.wf()) as i32;
        let products = (0..self.dot.n).map(|i| {
            let x = self.a.read(bits_of(a, i * wa, wa));
            let y = self.b.read(bits_of(b, i * wb, wb));
            (x.times(y), places)
        });
        let c = self.c.as_ref().map(|d| (d.read(rest[0]), self.dot.c.map_or(0, |f| f.wf() as i32)));
        let (mut nan, mut plus, mut minus) = (false, false, false);
        self.terms.clear();
        for (class, places) in products.chain(c) {
            match class {
                Class::Nan => nan = true,
                Class::Inf { neg: true } => minus = true,
                Class::Inf { neg: false } => plus = true,
                Class::Finite(x) if x.is_zero() => {}
                Class::Finite(x) => self.terms.push((x, x.exp + places)),
            }
        }
        match (nan || plus && minus, plus || minus) {
            (true, _) => Some(Class::Nan),
            (_, true) => Some(Class::Inf { neg: minus }),
            _ => None,
        }
    }

    /// The sum of the terms.
    fn sum(&self) -> FixedSum {
        let Method::Aligned { frac_bits, floor } = self.dot.method else {
            return FixedSum::of(self.terms.iter().map(|t| t.0));
        };
        let largest = self.terms.iter().map(|t| t.1).max().unwrap_or(0);
        let unit = largest.max(floor.unwrap_or(largest)) - frac_bits as i32;
        // Cut to multiples of 2^unit.
        FixedSum::of(self.terms.iter().map(|(x, _)| match u32::try_from(unit - x.exp) {
            Ok(below) => Small { mag: x.mag.checked_shr(below).unwrap_or(0), exp: unit, ..*x },
            Err(_) => *x,
        }))
    }

    fn code(&self, sum: &FixedSum, rnd: u64) -> u64 {
        let dot = &self.dot;
        // The first number that is beyond the format whatever the rounding.
        if dot.always_infinity && sum.floor_log2().is_some_and(|top| top > i64::from(dot.out.emax())) {
            return dot.out.infinity_code(sum.is_negative()).expect("refused by resolve") as u64;
        }
        let code = sum.round(&dot.rounded, dot.mode, dot.saturation, rnd);
        code << (dot.out.wf() - dot.rounded.wf())
    }
}

impl Model for DotModel {
    fn reset(&mut self) {}

    /// Inputs: `a`, `b`, `c` if there is one, and the random word if there is one.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        let rnd = if self.dot.mode.random_bits() > 0 { inputs[self.sizes.iter().sum::<usize>()] } else { 0 };
        outputs[0] = match self.read(inputs) {
            Some(special) => {
                round::round_class(special, false, &self.dot.out, self.dot.mode, self.dot.saturation, rnd)
            }
            None => self.code(&self.sum(), rnd),
        };
    }

    fn fresh(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
