//! Dot products of posits.
//!
//! `positdot.rs` settles the parameters, `architecture.rs` builds the core, `model.rs` is the reference.
use crate::parts::arguments::{self, PositArgs, choice};
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_verif::format::PositFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

mod architecture;
mod model;

/// Dot product of posits: r = the sum of a[i]*b[i] [+ c], rounded once
///
/// # Semantics
/// a and b are vectors of --terms posits, element 0 in the lowest bits; with --addend on there is c, a posit of r's
/// format, so that results can be chained. Products are exact.
/// --align exact: all terms are added exactly and the sum is rounded once as the Posit Standard (2022) says.
/// --align W: let E be the largest exponent of the terms that are not zero, that of a product being the sum of its
/// operands' (the product of the significands is in [1, 4)). The magnitude of every term is cut to W bits of which two
/// stand before the point at that exponent: to a multiple of 2^(E + 2 - W). These are added exactly and the sum is
/// rounded once.
/// NaR with anything is NaR.
///
/// # Architecture
/// Magnitudes are multiplied. exact: each product is shifted to its place in a fixed-point number and added, or
/// subtracted, by a carry chain whose lookup tables hold the last level of the shifter too. --align W: the exponents'
/// maximum, one right shift for each term, the same sum. The sum is relative to the sign of the first product, which
/// joins the increment of the rounding.
///
/// # Sources
/// Posit Standard, 2022. Q. Li, C. Fang, Z. Wang, PDPU: An Open-Source Posit Dot-Product Unit for Deep Learning
/// Applications, ISCAS 2023. U. Kulisch, Computer Arithmetic and Validity, 2nd ed., 2013.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositDot {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
    /// Products, 1 to 64
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    #[serde(default = "four")]
    terms: u32,
    /// on: add c
    #[arg(long, value_name = "on|off", default_value = "off", num_args = 0..=1, default_missing_value = "on")]
    #[serde(default = "off")]
    addend: String,
    /// exact, or bits kept of each term, 4 to 128
    #[arg(long, value_name = "exact|BITS", default_value = "exact")]
    #[serde(default = "exact")]
    align: String,
    /// Bits of r and c, 3 to 64 [default: those of the operands]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    out_n: Option<u32>,
    /// Exponent bits of r and c, 0 to 5 [default: those of the operands]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    out_es: Option<u32>,
}

fn four() -> u32 {
    4
}
fn off() -> String {
    "off".into()
}
fn exact() -> String {
    "exact".into()
}

/// What is settled.
#[derive(Clone, Copy, Debug)]
struct Dot {
    f: PositFormat,
    out: PositFormat,
    terms: u32,
    addend: bool,
    /// Bits kept of each term; all if none.
    align: Option<u32>,
}

impl Operator for PositDot {
    const NAME: &'static str = "positdot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let (out_n, out_es) = (self.out_n.unwrap_or(f.width()), self.out_es.unwrap_or(f.es()));
        let out = arguments::posit(("out-n", "out-es"), out_n, out_es)?;
        if !(1..=64).contains(&self.terms) {
            return Err(ParamError::new("terms", self.terms, "is out of range", "give 1 to 64 products"));
        }
        let addend = choice("addend", &self.addend, &["on", "off"])? == 0;
        let align = match self.align.as_str() {
            "exact" => None,
            text => match text.parse::<u32>() {
                Ok(bits @ 4..=128) => Some(bits),
                _ => {
                    let right = "give exact, or 4 to 128 bits";
                    return Err(ParamError::new("align", text, "is out of range", right));
                }
            },
        };
        let dot = Dot { f, out, terms: self.terms, addend, align };
        let mut args = self.clone();
        (args.out_n, args.out_es) = (Some(out_n), Some(out_es));
        Ok(Box::new(dot.core(&args)))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "n = 8\nterms = 4\nout-n = 16",
            "n = 8\nterms = 4\nout-n = 16\nalign = \"14\"",
            "n = 8\nterms = 3\nalign = \"10\"\naddend = \"on\"",
            "n = 8\nes = 0\nterms = 2\naddend = \"on\"",
            "n = 5\nes = 1\nterms = 1\nout-n = 12",
            "n = 6\nes = 3\nterms = 5\nalign = \"5\"\nout-n = 8\nout-es = 0\naddend = \"on\"",
            "n = 16\nterms = 2",
            "n = 16\nes = 1\nterms = 2\nalign = \"40\"\nout-n = 32",
        ]
    }
}

impl Dot {
    fn core(self, args: &PositDot) -> StatelessCore {
        let Dot { f, out, terms, addend, align } = self;
        let (n, es, out_n, out_es) = (f.width(), f.es(), out.width(), out.es());
        let mut name = format!("positdot_{n}_{es}_t{terms}");
        if out != f {
            name += &format!("_to_{out_n}_{out_es}");
        }
        if let Some(bits) = align {
            name += &format!("_align{bits}");
        }
        if addend {
            name += "_addend";
        }
        let sum = if addend { "the sum of a[i]*b[i], and c" } else { "the sum of a[i]*b[i]" };
        let kept = match align {
            None => "Products and sum are exact. ".into(),
            Some(w) => format!(
                "Products are exact; the magnitude of each term is cut to a multiple of 2^(E - {}), E being the largest \
                 exponent of a term that is not zero (of a product, the sum of its operands' exponents); these are \
                 added exactly. ",
                w - 2
            ),
        };
        let vector = |name| {
            let one =
                Port::operand(name, n, Encoding::Posit(f), &format!("Vector of {terms} posits <{n},{es}>"));
            if terms > 1 { one.vector(terms) } else { one }
        };
        let mut ports = vec![vector("a"), vector("b")];
        if addend {
            ports.push(Port::operand(
                "c",
                out_n,
                Encoding::Posit(out),
                &format!("Addend, posit<{out_n},{out_es}>"),
            ));
        }
        ports.push(Port::result("r", out_n, Encoding::Posit(out), &format!("Sum, posit<{out_n},{out_es}>")));
        StatelessCore {
            parameters: parameters(args),
            name,
            title: format!("Dot product of {terms} pairs of posits <{n},{es}> to posit <{out_n},{out_es}>"),
            semantics: format!(
                "r is {sum}. {kept}The sum is rounded once to posit<{out_n},{out_es}>: to nearest on the bit string, ties \
                 to the even code (Posit Standard 2022), beyond maxpos to maxpos, below minpos to minpos, to 0 only \
                 if it is 0. If an operand is NaR, so is r."
            ),
            interface: Interface { ports },
            architecture: Box::new(move |b| architecture::build(&self, b)),
            function: Arc::new(model::function(self)),
        }
    }

    /// Exponents of the smallest and the largest sums.
    fn range(&self) -> (i64, i64) {
        let products = 2 * i64::from(self.f.max_scale());
        let added = if self.addend { i64::from(self.out.max_scale()) } else { 0 };
        let count = 32 - (self.terms + u32::from(self.addend) - 1).leading_zeros();
        (-products.max(added), products.max(added) + i64::from(count))
    }
}
