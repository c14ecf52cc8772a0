//! Multiply-accumulate of posits in a quire.
//!
//! `positmac.rs` settles the parameters and builds the core, `model.rs` is the reference.
use crate::parts::arguments::{self, PositArgs, choice};
use crate::parts::posit_fixed::{Fixed, encode_fixed};
use crate::parts::posit_products::{bias, magnitude, product};
use crate::parts::stateless::parameters;
use crate::{Core, Operator, ParamError};
use holigen_generator::structures::accumulator::accumulate;
use holigen_generator::structures::placement::{Place, place};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::PositFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::model::Model;
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod model;

/// Multiply-accumulate of posits in a quire: r = the sum of a*b since in_first, one product a clock
///
/// # Semantics
/// The quire is a two's-complement number in units of minpos^2, so that products and sums are exact, whatever their
/// order. in_first marks the product that starts a new sum. --quire standard: the standard's 16 n bits (es = 2; other
/// exponent sizes by the same rule, 4 (n - 2) 2^es + 32), which hold 2^31 - 1 products. --quire exact:TERMS: as many
/// bits as so many products can need. A sum that the quire does not hold, and NaR as an operand, make it NaR, a one and
/// zeros, until the next in_first (Posit Standard 2022). r is the quire rounded once, or with --out quire the quire.
/// Cycles without in_valid change nothing.
///
/// # Architecture
/// The magnitudes' product is put into one of several registers, the others being cleared; their or, conditionally
/// complemented, is added in one carry chain, or in segments with waiting carries where one chain is too slow. One bit
/// more than the quire tells an overflow. The sum is normalised and rounded in two's complement.
///
/// # Sources
/// Posit Standard, 2022, sections 3.2 and 5.11. U. Kulisch, Computer Arithmetic and Validity, 2nd ed., 2013.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositMac {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
    /// standard, or exact:TERMS with 1 to 2^32 products that it holds for certain
    #[arg(long, value_name = "standard|exact:TERMS", default_value = "standard")]
    #[serde(default = "standard")]
    quire: String,
    /// posit (the sum rounded once) or quire (the quire itself)
    #[arg(long, value_name = "posit|quire", default_value = "posit")]
    #[serde(default = "posit")]
    out: String,
    /// Bits of r, 3 to 64 [default: those of the operands]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    out_n: Option<u32>,
    /// Exponent bits of r, 0 to 5 [default: those of the operands]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    out_es: Option<u32>,
    /// Independent sums served in turn, clock by clock, 1 to 64: the loop may take as many clocks
    #[arg(long, value_name = "SUMS", default_value_t = 1)]
    #[serde(default = "one")]
    interleave: u32,
}

fn standard() -> String {
    "standard".into()
}
fn posit() -> String {
    "posit".into()
}
fn one() -> u32 {
    1
}

/// A resolved core.
#[derive(Clone, Debug)]
struct Mac {
    args: PositMac,
    f: PositFormat,
    /// None: r is the quire.
    out: Option<PositFormat>,
    /// Bits of the quire.
    width: u32,
    /// Products that it holds for certain; none for the standard's.
    terms: Option<u64>,
}

impl Operator for PositMac {
    const NAME: &'static str = "positmac";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let bad = |what: &str| {
            let right = "give standard, or exact: and 1 to 4294967296 products, such as exact:65536";
            ParamError::new("quire", &self.quire, what, right)
        };
        let terms = match self.quire.strip_prefix("exact:") {
            None if self.quire == "standard" => None,
            None => return Err(bad("is not known")),
            Some(count) => match count.parse::<u64>() {
                Ok(count @ 1..=0x1_0000_0000) => Some(count),
                Ok(_) => return Err(bad("is out of range")),
                Err(_) => return Err(bad("has no number of products")),
            },
        };
        let width = match terms {
            None => f.quire_bits(),
            // maxpos^2 in units of minpos^2, so many times, and a sign.
            Some(count) => (BigUint::from(count) << (4 * f.max_scale())).bits() as u32 + 1,
        };
        let raw = choice("out", &self.out, &["posit", "quire"])? == 1;
        if let (true, Some(n)) = (raw, self.out_n.or(self.out_es)) {
            let flag = if self.out_n.is_some() { "out-n" } else { "out-es" };
            return Err(ParamError::new(flag, n, "has no meaning with --out quire", "leave it out"));
        }
        if !(1..=64).contains(&self.interleave) {
            let right = "give 1 to 64 sums";
            return Err(ParamError::new("interleave", self.interleave, "is out of range", right));
        }
        let (out_n, out_es) = (self.out_n.unwrap_or(f.width()), self.out_es.unwrap_or(f.es()));
        let out = arguments::posit(("out-n", "out-es"), out_n, out_es)?;
        let mut args = self.clone();
        if !raw {
            (args.out_n, args.out_es) = (Some(out_n), Some(out_es));
        }
        Ok(Box::new(Mac { args, f, out: (!raw).then_some(out), width, terms }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "n = 8",
            "n = 8\nout = \"quire\"",
            "n = 8\nes = 0\nquire = \"exact:65536\"\nout-n = 16",
            "n = 4\nes = 1\nquire = \"exact:1\"",
            "n = 5\nquire = \"exact:3\"\nout = \"quire\"",
            "n = 6\nes = 1\nquire = \"exact:100\"\ninterleave = 3\nout-n = 5",
            "n = 16\nes = 1\nquire = \"exact:1024\"",
        ]
    }
}

impl Mac {
    /// 2^lsb is the quire's unit.
    fn lsb(&self) -> i32 {
        -2 * self.f.max_scale()
    }
}

impl Core for Mac {
    fn parameters(&self) -> Map<String, Value> {
        parameters(&self.args)
    }

    fn name(&self) -> String {
        let (n, es) = (self.f.width(), self.f.es());
        let mut s = format!("positmac_{n}_{es}");
        if let Some(count) = self.terms {
            s += &format!("_t{count}");
        }
        match self.out {
            None => s += "_quire",
            Some(out) if out != self.f => s += &format!("_to_{}_{}", out.width(), out.es()),
            Some(_) => {}
        }
        if self.args.interleave > 1 {
            s += &format!("_x{}", self.args.interleave);
        }
        s
    }

    fn title(&self) -> String {
        let (n, es, width) = (self.f.width(), self.f.es(), self.width);
        let out =
            self.out.map_or(String::new(), |o| format!(", rounded to posit <{},{}>", o.width(), o.es()));
        format!("Multiply-accumulate of posits <{n},{es}> in a quire of {width} bits{out}")
    }

    fn semantics(&self) -> String {
        let holds = match self.terms {
            None => "2^31 - 1 products".into(),
            Some(1) => "one product".into(),
            Some(count) => format!("{count} products"),
        };
        let r = match self.out {
            None => "r is the quire.".into(),
            Some(o) => format!(
                "r is the sum rounded once to posit<{},{}>: to nearest on the bit string, ties to the even code, never \
                 to 0 or NaR.",
                o.width(),
                o.es()
            ),
        };
        let mut s = format!(
            "The quire is the sum of a*b over the valid inputs since in_first, this one included, exactly: {} bits in \
             two's complement, the lowest worth 2^{}; it holds {holds} for certain. A sum that it does not hold, and an \
             operand NaR, make it NaR, a one and zeros, until the next in_first. {r}",
            self.width,
            self.lsb()
        );
        let n = self.args.interleave;
        if n > 1 {
            s += &format!(
                " {n} independent sums take turns: an input belongs to the sum of its clock cycle modulo {n} (cycles in \
                 which ce is low do not count), and a cycle without in_valid passes its sum's turn."
            );
        }
        s
    }

    fn interface(&self) -> Interface {
        let (n, es) = (self.f.width(), self.f.es());
        let input =
            |name| Port::operand(name, n, Encoding::Posit(self.f), &format!("Operand, posit<{n},{es}>"));
        let result = match self.out {
            Some(o) => {
                let text = format!("Sum, posit<{},{}>", o.width(), o.es());
                Port::result("r", o.width(), Encoding::Posit(o), &text)
            }
            None => {
                let text = format!("Quire in units of 2^{}; NaR is a one and zeros", self.lsb());
                Port::result("r", self.width, Encoding::Fixed { signed: true, lsb: self.lsb() }, &text)
            }
        };
        Interface {
            ports: vec![Port::first("1: this product starts a new sum"), input("a"), input("b"), result],
        }
    }

    fn has_state(&self) -> bool {
        true
    }

    fn turns(&self) -> u32 {
        self.args.interleave
    }

    fn longest_sum(&self) -> u64 {
        self.terms.unwrap_or(0)
    }

    fn timing_advice(&self) -> String {
        "--interleave gives the loop more clocks; a narrower quire (--quire exact:TERMS) makes it shorter"
            .into()
    }

    fn build(&self, b: &Builder) {
        build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::MacModel::new(self))
    }
}

fn build(mac: &Mac, b: &Builder) {
    let f = &mac.f;
    let (n, width) = (f.width(), mac.width);
    let first = b.input("in_first", 1);
    let (x, y) = (b.input("a", n), b.input("b", n));
    let product = {
        let (x, y) = (magnitude(b, x, f, "a"), magnitude(b, y, f, "b"));
        b.scope("multiply", || product(b, &x, &y))
    };
    let sum = b.scope("accumulate", || {
        let max = 2 * f.max_scale() as u32;
        // The weight of the smallest product, whose fraction is zero.
        let least = 2 * bias(f) - max;
        let weight = product.weight.wrapping_sub(b.lit(least, product.weight.width())).named("place");
        let at = Place { amount: weight, most: 2 * max, drop: 2 * f.fraction_bits() };
        let placed = place(b, product.significand, at);
        // Nothing of a product is above maxpos^2.
        let placed = placed.low((2 * max + 1).min(placed.width()));
        let term = placed.zext(width + 1);
        accumulate(b, "quire", term, product.negative & !product.zero, first, mac.args.interleave)
    });
    let nar = b.scope("not a real", || {
        let above = (sum.bit(width) ^ sum.bit(width - 1)).named("overflow");
        let code = (sum.bit(width - 1) & !sum.low(width - 1).any()).named("has_code_of_nar");
        let seen = b.state("seen_nar", 1, Some(first));
        let next = (seen | product.nar | above | code).named("is_nar");
        seen.write_state(next);
        next
    });
    let sum = sum.low(width);
    let r = match &mac.out {
        None => {
            let code: Bits<'_> = nar.cat(b.lit(0u8, width - 1));
            (sum.gate(!nar) | code).named("result")
        }
        Some(out) => {
            let lowest = i64::from(mac.lsb());
            let top = SInt::constant(b, lowest + i64::from(width) - 2);
            let range = (lowest, lowest + i64::from(width) - 2);
            let fixed = Fixed { value: sum, negate: b.lit(0u8, 1), top, range, nar };
            encode_fixed(b, &fixed, out).named("result")
        }
    };
    b.output("r", r);
}
