//! Multiply-accumulate with ternary weights.
use crate::parts::arguments::{self, eight, terms};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Multiply-accumulate with weights -1, 0, 1: r = the sum of w*x since in_first
///
/// # Semantics
/// w is 2-bit two's complement: 00 is 0, 01 is 1, 11 is -1; 10 counts as 0. Exact as long as a sum has at most --terms
/// terms; beyond the accumulator's range it wraps. in_first marks the term that starts a new sum. Cycles without
/// in_valid change nothing.
///
/// # Architecture
/// One lookup table a bit of the accumulator: x is gated by the lower bit of w and inverted by the upper in front of the
/// carry chain, whose carry in is the upper bit too; code 10 then adds -1 + 1, so that it costs nothing to be 0.
///
/// # Sources
/// O. Muller, A. Prost-Boucle, A. Bourge, F. Petrot, Efficient decompression of binary encoded balanced ternary
/// sequences, IEEE Trans. VLSI, 2019 (the weights). H. Alemdar et al., Ternary neural networks for resource-efficient AI
/// applications, IJCNN 2017.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TernaryMac {
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
    /// Inputs whose sum the accumulator holds for certain, 1 to 2^32
    #[arg(long, value_name = "COUNT", default_value_t = 65536)]
    #[serde(default = "terms")]
    terms: u64,
}

impl Operator for TernaryMac {
    const NAME: &'static str = "ternarymac";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let x = arguments::integer("xbits", self.xbits, 16, self.xunsigned)?;
        arguments::within("terms", self.terms, 1..=1 << 32, "terms")?;
        let length = if self.terms == terms() { String::new() } else { format!("_t{}", self.terms) };
        Ok(Box::new(Products {
            name: format!("ternarymac_{}{length}", x.short()),
            title: format!("Multiply-accumulate of ternary weights and {x} integers"),
            parameters: stateless::parameters(self),
            remark: super::ternarydot::remark(self.w_dontcare),
            w: Some(("w", Factor::Ternary)),
            x: ("x", Factor::Integer(x)),
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
            "xbits = 1\nxunsigned = true\nterms = 1000",
            "xbits = 16\nw-dontcare = true\nterms = 4294967296",
        ]
    }
}
