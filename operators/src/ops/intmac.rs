//! Multiply-accumulate of integers.
use crate::parts::arguments::{self, eight, terms};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Multiply-accumulate: r = the sum of a*b since in_first, one product a clock, integers of 1 to 32 bits
///
/// # Semantics
/// Exact as long as a sum has at most --terms products; beyond the accumulator's range it wraps. in_first marks the
/// product that starts a new sum. Cycles without in_valid change nothing.
///
/// # Architecture
/// The multiplier of intmul before an accumulator in one carry chain, or in segments with waiting carries where one
/// chain is too slow.
///
/// # Sources
/// As intmul.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IntMac {
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
    /// Inputs whose sum the accumulator holds for certain, 1 to 2^32
    #[arg(long, value_name = "COUNT", default_value_t = 65536)]
    #[serde(default = "terms")]
    terms: u64,
}

impl Operator for IntMac {
    const NAME: &'static str = "intmac";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let a = arguments::integer("abits", self.abits, 32, self.aunsigned)?;
        let b = arguments::integer("bbits", self.bbits, 32, self.bunsigned)?;
        arguments::within("terms", self.terms, 1..=1 << 32, "products")?;
        let length = if self.terms == terms() { String::new() } else { format!("_t{}", self.terms) };
        Ok(Box::new(Products {
            name: format!("intmac_{}_{}{length}", a.short(), b.short()),
            title: format!("Multiply-accumulate of {a} and {b} integers"),
            parameters: stateless::parameters(self),
            remark: String::new(),
            w: Some(("a", Factor::Integer(a))),
            x: ("b", Factor::Integer(b)),
            packed: [None; 2],
            sparse: None,
            n: 1,
            terms: Some(self.terms),
            result: Of::Sum,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "abits = 4\nbbits = 4\naunsigned = true\nbunsigned = true\nterms = 300",
            "abits = 24\nbunsigned = true",
        ]
    }
}
