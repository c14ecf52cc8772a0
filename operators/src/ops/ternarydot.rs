//! Dot product with ternary weights.
use crate::parts::arguments::{self, eight, sixteen, terms};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Dot product with weights -1, 0, 1: r = the sum of w[i]*x[i], 1 to 4096 terms
///
/// # Semantics
/// Every w[i] is 2-bit two's complement: 00 is 0, 01 is 1, 11 is -1; 10 counts as 0. The sum is exact. With --acc it is
/// added to those of the inputs since in_first.
///
/// # Architecture
/// A term is x gated by the lower bit of w and inverted by the upper, which is also a carry in. Few terms at a time are
/// added in turn, each in the carry chain whose tables compute it: one lookup table a bit of x for term and addition
/// together. Signs are inverted and their constants gathered; a bit heap adds up the partial sums. Code 10 adds -1 + 1,
/// so that it costs nothing to be 0. With --primitives and x of at least 6 bits, a lookup table with two outputs adds a bit
/// of two terms.
///
/// # Sources
/// F. de Dinechin, M. Kumm, Application-Specific Arithmetic, 2024, chapter 7 (bit heaps). H. Alemdar et al., Ternary
/// neural networks for resource-efficient AI applications, IJCNN 2017.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TernaryDot {
    /// Terms, 1 to 4096
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    #[serde(default = "sixteen")]
    n: u32,
    /// Bits of x, 1 to 16
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    xbits: u32,
    /// x is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    xunsigned: bool,
    /// Code 10 of a weight does not occur: what it gives is not promised
    #[arg(long)]
    #[serde(default)]
    w_dontcare: bool,
    /// Add up the sums of inputs since in_first
    #[arg(long)]
    #[serde(default)]
    acc: bool,
    /// With --acc: inputs whose sum the accumulator holds for certain, 1 to 2^32 [default: 65536]
    #[arg(long, value_name = "COUNT")]
    #[serde(default)]
    terms: Option<u64>,
}

/// What is said about code 10.
pub(super) fn remark(dontcare: bool) -> String {
    // Treating it as 0 is free, so that there is one structure for both.
    if dontcare { "Code 10 does not occur; what it gives is not promised.".into() } else { String::new() }
}

impl Operator for TernaryDot {
    const NAME: &'static str = "ternarydot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "terms")?;
        let x = arguments::integer("xbits", self.xbits, 16, self.xunsigned)?;
        if let (Some(given), false) = (self.terms, self.acc) {
            let right = "give --acc too, or leave it out";
            return Err(ParamError::new("terms", given, "needs an accumulator", right));
        }
        let length = self.terms.unwrap_or(terms());
        arguments::within("terms", length, 1..=1 << 32, "inputs")?;
        let mut args = self.clone();
        args.terms = self.acc.then_some(length);
        let mut name = format!("ternarydot{}_{}", self.n, x.short());
        if self.acc {
            name += "_acc";
            if length != terms() {
                name += &format!("_t{length}");
            }
        }
        let into = if self.acc { ", accumulated" } else { "" };
        Ok(Box::new(Products {
            name,
            title: format!("Dot product of {} ternary weights and {x} integers{into}", self.n),
            parameters: stateless::parameters(&args),
            remark: remark(self.w_dontcare),
            w: Some(("w", Factor::Ternary)),
            x: ("x", Factor::Integer(x)),
            packed: [None; 2],
            sparse: None,
            n: self.n,
            terms: args.terms,
            result: Of::Sum,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "n = 1\nxbits = 4",
            "n = 3\nxbits = 2\nxunsigned = true",
            "n = 64\nxbits = 4",
            "n = 5\nxbits = 16\nxunsigned = true\nw-dontcare = true",
            "n = 13\nxbits = 1\nacc = true\nterms = 1000",
        ]
    }
}
