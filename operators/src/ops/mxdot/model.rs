//! Reference model of dot products of blocks: exact products, exact sums, documented roundings.
//!
//! Written from the definition with the formats of `holigen-verif`; it knows nothing of the architecture.
use super::{Blocks, CARE, Element, INT8_LSB};
use crate::reference::FixedSum;
use holigen_verif::exact::{Class, Small};
use holigen_verif::format::Reader;
use holigen_verif::interface::{bits_of, limbs};
use holigen_verif::model::Model;
use holigen_verif::round::round_class;

/// Reads elements.
#[derive(Clone)]
enum Elements {
    Float(Reader),
    Int8,
}

impl Elements {
    fn new(e: Element) -> Self {
        match e {
            Element::Float(f) => Elements::Float(Reader::new(&f, CARE.reading())),
            Element::Int8 => Elements::Int8,
        }
    }

    fn read(&self, code: u64) -> Class {
        match self {
            Elements::Float(reader) => reader.read(code),
            Elements::Int8 => {
                let value = code as u8 as i8;
                Class::Finite(Small { neg: value < 0, mag: value.unsigned_abs().into(), exp: INT8_LSB })
            }
        }
    }
}

/// NaN and infinities.
#[derive(Clone, Copy, Default)]
struct Seen {
    nan: bool,
    plus: bool,
    minus: bool,
}

impl Seen {
    /// Takes a term in; what remains to be added of it.
    fn take(&mut self, term: Class) -> Option<Small> {
        match term {
            Class::Nan => self.nan = true,
            Class::Inf { neg: true } => self.minus = true,
            Class::Inf { neg: false } => self.plus = true,
            Class::Finite(x) if x.is_zero() => {}
            Class::Finite(x) => return Some(x),
        }
        None
    }

    fn class(self) -> Option<Class> {
        match (self.nan || self.plus && self.minus, self.plus || self.minus) {
            (true, _) => Some(Class::Nan),
            (_, true) => Some(Class::Inf { neg: self.minus }),
            _ => None,
        }
    }
}

/// See the module.
#[derive(Clone)]
pub struct BlocksModel {
    core: Blocks,
    a: Elements,
    b: Elements,
    scale: Reader,
    /// Where the ports begin, in limbs.
    starts: [usize; 5],
    terms: Vec<Small>,
}

impl BlocksModel {
    /// The model of a resolved core.
    pub fn new(core: &Blocks) -> Self {
        let n = core.block * core.blocks;
        let widths = [n * core.a.width(), n * core.b.width()];
        let scales = core.blocks * core.scale.width();
        let mut starts = [0; 5];
        for (k, w) in widths.into_iter().chain([scales, scales]).enumerate() {
            starts[k + 1] = starts[k] + limbs(w);
        }
        Self {
            core: core.clone(),
            a: Elements::new(core.a),
            b: Elements::new(core.b),
            scale: Reader::new(&core.scale, CARE.reading()),
            starts,
            terms: Vec::new(),
        }
    }

    /// The terms of block `k`, with their scales.
    fn block(&self, k: u32, inputs: &[u64]) -> impl Iterator<Item = Class> {
        let of = |port: usize, index: u32, width: u32| {
            bits_of(&inputs[self.starts[port]..self.starts[port + 1]], index * width, width)
        };
        let w = self.core.scale.width();
        let scale = self.scale.read(of(2, k, w)).times(self.scale.read(of(3, k, w)));
        (k * self.core.block..(k + 1) * self.core.block).map(move |i| {
            let x = self.a.read(of(0, i, self.core.a.width()));
            let y = self.b.read(of(1, i, self.core.b.width()));
            x.times(y).times(scale)
        })
    }

    fn round(&self, seen: Seen, terms: &[Small], rnd: u64) -> u64 {
        let r = &self.core.r;
        match seen.class() {
            Some(class) => round_class(class, false, &r.format, r.rounding.mode, r.rounding.saturation, rnd),
            None => {
                let sum = FixedSum::of(terms.iter().copied());
                sum.round(&r.format, r.rounding.mode, r.rounding.saturation, rnd)
            }
        }
    }
}

impl Model for BlocksModel {
    fn reset(&mut self) {}

    /// Inputs: `a`, `b`, `a_scale`, `b_scale`, and the random word if there is one.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        let rnd = inputs.get(self.starts[4]).copied().unwrap_or(0);
        let (mut seen, mut terms) = (Seen::default(), std::mem::take(&mut self.terms));
        terms.clear();
        for k in 0..self.core.blocks {
            terms.extend(self.block(k, inputs).filter_map(|term| seen.take(term)));
            if self.core.in_turn && k + 1 < self.core.blocks {
                // The sum so far is a number of the result's format, or no number.
                let code = self.round(seen, &terms, rnd);
                terms.clear();
                seen = Seen::default();
                terms.extend(seen.take(self.core.r.format.decode_small(code)));
            }
        }
        outputs[0] = self.round(seen, &terms, rnd);
        self.terms = terms;
    }

    fn fresh(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
