//! Reference model: integers as they are written in a book. It knows nothing of the architecture.
use super::{Factor, Products, Result};
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::{bits_of, limbs};
use holigen_verif::model::Model;

/// See the module.
#[derive(Clone)]
pub struct ProductsModel {
    w: Option<Factor>,
    x: Factor,
    n: u32,
    accumulates: bool,
    result: Result,
    format: IntFormat,
    sum: i128,
}

impl ProductsModel {
    /// The model of a resolved core.
    pub fn new(p: &Products) -> Self {
        Self {
            w: p.w.map(|w| w.1),
            x: p.x.1,
            n: p.n,
            accumulates: p.terms.is_some(),
            result: p.result,
            format: p.format(),
            sum: 0,
        }
    }
}

/// The value of a code.
#[inline]
fn value(factor: Factor, code: u64) -> i64 {
    match factor {
        Factor::Ternary => [0, 1, 0, -1][code as usize & 3],
        Factor::Sign => 2 * code as i64 - 1,
        Factor::Integer(f) => f.decode(code),
    }
}

impl Model for ProductsModel {
    fn reset(&mut self) {
        self.sum = 0;
    }

    /// Inputs: `in_first` if there is an accumulator, the first factors if there are any, the second.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        let mut at = 0;
        if self.accumulates {
            at = 1;
            if inputs[0] == 1 {
                self.sum = 0;
            }
        }
        let w = &inputs[at..];
        let x = &inputs[at + self.w.map_or(0, |f| limbs(f.width() * self.n))..];
        // Products of 32-bit factors, and at most 4096 of them, stay far below 2^127.
        let mut sum = 0i128;
        for i in 0..self.n {
            let first = self.w.map_or(1, |f| value(f, bits_of(w, i * f.width(), f.width())));
            let product =
                i128::from(first) * i128::from(value(self.x, bits_of(x, i * self.x.width(), self.x.width())));
            sum += match self.result {
                Result::Sum => product,
                Result::Count => i128::from(product > 0),
            };
        }
        self.sum = if self.accumulates { self.sum + sum } else { sum };
        self.format.write(self.sum, outputs);
    }

    fn fresh(&self) -> Box<dyn Model> {
        Box::new(Self { sum: 0, ..self.clone() })
    }
}
