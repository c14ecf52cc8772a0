//! Reference model: integers as they are written in a book. It knows nothing of the architecture.
use super::packed::unpacked;
use super::trits::Packing;
use super::{Factor, Products, Result, Sparse};
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::{bits_of, limbs};
use holigen_verif::model::Model;

/// See the module.
#[derive(Clone)]
pub struct ProductsModel {
    w: Option<Factor>,
    x: Factor,
    packed: [Option<Packing>; 2],
    sparse: Option<Sparse>,
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
            packed: p.packed,
            sparse: p.sparse,
            n: p.n,
            accumulates: p.terms.is_some(),
            result: p.result,
            format: p.format(),
            sum: 0,
        }
    }
}

/// The elements of a port.
enum Elements<'a> {
    Plain { port: &'a [u64], width: u32 },
    Unpacked(Vec<u64>),
}

impl<'a> Elements<'a> {
    fn new(port: &'a [u64], width: u32, packing: Option<Packing>, n: u32) -> Self {
        match packing {
            None => Elements::Plain { port, width },
            Some(p) => {
                let groups = (0..p.groups(n)).map(|g| bits_of(port, g * p.bits(), p.bits()));
                Elements::Unpacked(groups.flat_map(|code| unpacked(p, code)).collect())
            }
        }
    }

    #[inline]
    fn code(&self, i: u32) -> u64 {
        match self {
            Elements::Plain { port, width } => bits_of(port, i * width, *width),
            Elements::Unpacked(codes) => codes[i as usize],
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

    /// Inputs: `in_first` if there is an accumulator, the first factors and their indices if there are any, the second.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        let mut at = 0;
        if self.accumulates {
            at = 1;
            if inputs[0] == 1 {
                self.sum = 0;
            }
        }
        let mut read = |width: u32, elements: u32, packing: Option<Packing>| {
            let bits = packing.map_or(width * elements, |p| p.bits() * p.groups(elements));
            let port = &inputs[at..at + limbs(bits)];
            at += limbs(bits);
            Elements::new(port, width, packing, elements)
        };
        let w = self.w.map(|f| read(f.width(), self.n, self.packed[0]));
        let index = self.sparse.map(|s| read(s.index_bits(), self.n, None));
        let x_count = self.sparse.map_or(self.n, |s| self.n / s.kept * s.of);
        let x = read(self.x.width(), x_count, self.packed[1]);
        // Products of 32-bit factors, and at most 4096 of them, stay far below 2^127.
        let mut sum = 0i128;
        for i in 0..self.n {
            let first = match (self.w, &w) {
                (Some(f), Some(w)) => value(f, w.code(i)),
                _ => 1,
            };
            let place = match (self.sparse, &index) {
                (Some(s), Some(index)) => {
                    let [least, most] = s.reach(i % s.kept);
                    i / s.kept * s.of + (index.code(i) as u32).clamp(least, most)
                }
                _ => i,
            };
            let product = i128::from(first) * i128::from(value(self.x, x.code(place)));
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
