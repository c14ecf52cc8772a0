//! Sums of products of integers: the core behind the integer, ternary and binary operators.
//!
//! An operator's file says what its factors are called and what values they have; here stand the ports, the
//! architecture and the reference model that all of them share.
use crate::Core;
use holigen_generator::Builder;
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::model::Model;
use serde_json::{Map, Value};
use trits::Packing;

pub(crate) mod architecture;
mod model;
pub(crate) mod packed;
pub mod trit_stream;
pub mod trits;

/// What the codes of a factor stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Factor {
    /// Two bits in two's complement: -1, 0, 1; code 10 is 0.
    Ternary,
    /// One bit: 1 is +1, 0 is -1.
    Sign,
    /// An integer.
    Integer(IntFormat),
}

impl Factor {
    /// Bits of a code.
    pub fn width(self) -> u32 {
        match self {
            Factor::Ternary => 2,
            Factor::Sign => 1,
            Factor::Integer(f) => f.width,
        }
    }

    /// Least and largest value.
    pub fn range(self) -> [i128; 2] {
        match self {
            Factor::Ternary | Factor::Sign => [-1, 1],
            Factor::Integer(f) => [f.least(), f.largest()],
        }
    }

    fn encoding(self) -> Encoding {
        match self {
            Factor::Ternary => Encoding::Fixed { signed: true, lsb: 0 },
            // As a number it would be 0 or -1.
            Factor::Sign => Encoding::Bits,
            Factor::Integer(f) => f.encoding(),
        }
    }

    fn text(self) -> String {
        match self {
            Factor::Ternary => "-1, 0, 1 in 2-bit two's complement (code 10 is 0)".into(),
            Factor::Sign => "1 is +1, 0 is -1".into(),
            Factor::Integer(f) => f.to_string(),
        }
    }
}

/// What r is made of the sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Result {
    /// The sum.
    Sum,
    /// How many products are +1, for factors that are signs.
    Count,
}

/// N:M sparsity: of every `of` elements of the second vector, `kept` meet a weight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sparse {
    /// N.
    pub kept: u32,
    /// M: a power of two, at least 2.
    pub of: u32,
}

impl Sparse {
    /// Bits of an index.
    pub fn index_bits(self) -> u32 {
        self.of.ilog2()
    }

    /// What the k-th index of a group may be: indices ascend.
    pub fn reach(self, k: u32) -> [u32; 2] {
        [k, self.of - self.kept + k]
    }
}

/// A resolved core: r = the sum of n products, or of the products of many tokens.
#[derive(Clone, Debug)]
pub struct Products {
    /// Name of the module without the clock.
    pub name: String,
    /// One line.
    pub title: String,
    /// Every parameter.
    pub parameters: Map<String, Value>,
    /// What the operator adds to the paragraph of semantics.
    pub remark: String,
    /// Port and values of the first factor, which steers; none: all of them are 1.
    pub w: Option<(&'static str, Factor)>,
    /// Port and values of the second factor.
    pub x: (&'static str, Factor),
    /// How trits are packed that the first and the second factors are.
    pub packed: [Option<Packing>; 2],
    /// Structured sparsity of the first factors: none, or how many of how many are not zero.
    pub sparse: Option<Sparse>,
    /// Products of a token.
    pub n: u32,
    /// Tokens that an accumulator holds for certain; none: every token is a sum of its own.
    pub terms: Option<u64>,
    /// What comes out.
    pub result: Result,
}

/// Sum of one token, and of all that an accumulator holds.
impl Products {
    fn product(&self) -> [i128; 2] {
        let [a, b] = self.w.map_or([1, 1], |w| w.1.range());
        let [c, d] = self.x.1.range();
        let corners = [a * c, a * d, b * c, b * d];
        [corners.into_iter().min().unwrap_or(0), corners.into_iter().max().unwrap_or(0)]
    }

    /// Elements of the second vector.
    fn x_count(&self) -> u32 {
        self.sparse.map_or(self.n, |s| self.n / s.kept * s.of)
    }

    /// Format of the sum of one token.
    pub fn sum(&self) -> IntFormat {
        if self.result == Result::Count {
            return IntFormat::holding([0, self.n.into()], false);
        }
        let [low, high] = self.product().map(|p| p * i128::from(self.n));
        match (self.n, self.w, self.x.1) {
            // A single product is as wide as both factors together: what tools expect of one.
            (1, Some((_, Factor::Integer(a))), Factor::Integer(b)) if self.terms.is_none() => {
                IntFormat { width: a.width + b.width, signed: a.signed || b.signed }
            }
            _ => IntFormat::holding([low.min(0), high.max(0)], low < 0),
        }
    }

    /// Format of r.
    pub fn format(&self) -> IntFormat {
        let Some(terms) = self.terms else { return self.sum() };
        let of_all = |x: i128| x * i128::from(self.n) * i128::from(terms);
        let [low, high] = match self.result {
            Result::Sum => self.product().map(of_all),
            Result::Count => [0, of_all(1)],
        };
        IntFormat::holding([low.min(0), high.max(0)], low < 0)
    }
}

impl Core for Products {
    fn parameters(&self) -> Map<String, Value> {
        self.parameters.clone()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn semantics(&self) -> String {
        let x = self.x.0;
        let product = self.w.map_or(x.to_string(), |(w, _)| format!("{w}*{x}"));
        let element = match (self.w, self.sparse) {
            (None, _) => format!("{x}[i]"),
            (Some((w, _)), None) => format!("{w}[i]*{x}[i]"),
            (Some((w, _)), Some(s)) => format!("{w}[i]*{x}[{} * floor(i / {}) + index[i]]", s.of, s.kept),
        };
        let of_token = match (self.result, self.n) {
            (Result::Count, _) => format!("how many of the {} products {element} are +1", self.n),
            (Result::Sum, 1) => product,
            (Result::Sum, n) => format!("the sum of {element} over i = 0 to {}", n - 1),
        };
        let format = self.format();
        let mut s = match self.terms {
            None => format!("r is {of_token}, exactly, as a {format} number. "),
            Some(terms) => format!(
                "r is the sum over the valid inputs since in_first, this one included, of {of_token}. The \
                 accumulator is a {format} number, which holds {terms} inputs for certain; beyond its range it \
                 wraps. "
            ),
        };
        if let Some((name, factor)) = self.w {
            s += &format!("{name}: {}. ", factor.text());
        }
        s += &format!("{x}: {}.", self.x.1.text());
        if self.n > 1 {
            s += " Element 0 of a vector is in its lowest bits.";
        }
        if let Some(sparse) = self.sparse {
            let Sparse { kept, of } = sparse;
            s += &format!(
                " Of every {of} elements of x, {kept} meet a weight: the k-th index of a group of {kept}, counted from 0, is \
                 at least k and at most k + {}; one outside is taken for the nearest inside.",
                of - kept
            );
        }
        if !self.remark.is_empty() {
            s += &format!(" {}", self.remark);
        }
        s
    }

    fn interface(&self) -> Interface {
        let mut ports = Vec::new();
        if self.terms.is_some() {
            ports.push(Port::first("1: this input starts a new sum"));
        }
        let factors = self.w.map(|w| (w, self.packed[0], self.n));
        let x = (self.x, self.packed[1], self.x_count());
        for ((name, factor), packing, n) in factors.into_iter().chain([x]) {
            let of = if n > 1 { "Elements" } else { "Factor" };
            let text = format!("{of}, {}", factor.text());
            ports.push(match packing {
                None => Port::operand(name, factor.width(), factor.encoding(), &text).vector(n),
                Some(p) => {
                    let text = format!("Trits, {} in {} bits", p.trits(), p.bits());
                    Port::operand(name, p.bits(), Encoding::Bits, &text).vector(p.groups(n))
                }
            });
            if let (Some(s), true) = (self.sparse, name != self.x.0) {
                let text = format!("Places of the weights among {} elements of x, ascending", s.of);
                let index = IntFormat { width: s.index_bits(), signed: false };
                ports.push(Port::operand("index", index.width, index.encoding(), &text).vector(n));
            }
        }
        let format = self.format();
        let what = if self.result == Result::Count { "Count" } else { "Sum" };
        let what = if self.n == 1 && self.terms.is_none() { "Product" } else { what };
        ports.push(Port::result("r", format.width, format.encoding(), &format!("{what}, {format}")));
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        self.terms.is_some()
    }

    fn longest_sum(&self) -> u64 {
        self.terms.unwrap_or(0)
    }

    fn timing_advice(&self) -> String {
        match self.terms {
            Some(_) => "a narrower accumulator (--terms) makes the loop shorter".into(),
            None => String::new(),
        }
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::ProductsModel::new(self))
    }
}
