//! Product of two integers.
use crate::parts::arguments::{self, eight};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Multiply: r = a*b, integers of 1 to 32 bits
///
/// # Semantics
/// r is the exact product, as wide as both factors together; two's complement if one of them is.
///
/// # Architecture
/// In six-input lookup tables before a carry chain, a step of Booth's radix-4 recoding and its addition are one table
/// a bit; small products are tables. Elsewhere a bit heap of ANDs. A factor without sign beside one with a sign gets a
/// zero in front.
///
/// # Sources
/// A. D. Booth, A signed binary multiplication technique, 1951. M. Kumm, S. Abbas, P. Zipf, An efficient softcore
/// multiplier architecture for Xilinx FPGAs, ARITH 2015. C. R. Baugh, B. A. Wooley, A two's complement parallel array
/// multiplication algorithm, IEEE Trans. Comput., 1973.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IntMul {
    /// Bits of a, 1 to 32
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    abits: u32,
    /// Bits of b, 1 to 32
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    bbits: u32,
    /// a is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    aunsigned: bool,
    /// b is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    bunsigned: bool,
}

impl Operator for IntMul {
    const NAME: &'static str = "intmul";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let a = arguments::integer("abits", self.abits, 32, self.aunsigned)?;
        let b = arguments::integer("bbits", self.bbits, 32, self.bunsigned)?;
        Ok(Box::new(Products {
            name: format!("intmul_{}_{}", a.short(), b.short()),
            title: format!("Product of a {a} and a {b} integer"),
            parameters: stateless::parameters(self),
            remark: String::new(),
            w: Some(("a", Factor::Integer(a))),
            x: ("b", Factor::Integer(b)),
            packed: [None; 2],
            sparse: None,
            n: 1,
            terms: None,
            result: Of::Sum,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "abits = 4\nbbits = 4\naunsigned = true\nbunsigned = true",
            "abits = 1\nbbits = 7",
            "abits = 12\nbbits = 5\nbunsigned = true",
            "abits = 32\nbbits = 32\naunsigned = true",
        ]
    }
}
