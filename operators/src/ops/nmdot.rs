//! Dot product with N:M structured sparsity.
use crate::parts::arguments::{self, choice, eight, sixteen};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of, Sparse};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Dot product with N:M sparse weights: of every M elements of x, N meet a weight (2:4, 1:4, 2:8 ...)
///
/// # Semantics
/// Weights come compressed: N for every M elements of x, each with its index, its place among the M. Indices of a group
/// ascend; the k-th (from 0) is at least k and at most M - N + k, and one outside is taken for the nearest inside. r is the
/// exact sum of the products. Weights are ternary (2-bit two's complement, 10 counts as 0) or integers.
///
/// # Architecture
/// A multiplexer a weight chooses among the M - N + 1 elements that it can meet; then the dot product of ternarydot or
/// intdot over the chosen ones.
///
/// # Sources
/// A. Mishra et al., Accelerating sparse deep neural networks, arXiv 2104.08378, 2021 (2:4).
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NmDot {
    /// Elements of x, a multiple of M, 2 to 4096
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    #[serde(default = "sixteen")]
    n: u32,
    /// N:M, M a power of two from 2 to 16, N at most M
    #[arg(long, value_name = "N:M", default_value = "2:4")]
    #[serde(default = "two_of_four")]
    pattern: String,
    /// Weights: ternary, or int
    #[arg(long, value_name = "KIND", default_value = "ternary")]
    #[serde(default = "ternary")]
    weights: String,
    /// With --weights int: bits of a weight in two's complement, 1 to 16 [default: 8]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    wbits: Option<u32>,
    /// Bits of x, 1 to 16
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    xbits: u32,
    /// x is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    xunsigned: bool,
}

fn two_of_four() -> String {
    "2:4".into()
}
fn ternary() -> String {
    "ternary".into()
}

impl NmDot {
    fn sparse(&self) -> Result<Sparse, ParamError> {
        let right = "give N:M, e.g. 2:4; M is 2, 4, 8 or 16, N is 1 to M";
        let error = |problem: &str| ParamError::new("pattern", &self.pattern, problem, right);
        let (kept, of) = self.pattern.split_once(':').ok_or_else(|| error("is not two numbers"))?;
        let (Ok(kept), Ok(of)) = (kept.trim().parse::<u32>(), of.trim().parse::<u32>()) else {
            return Err(error("is not two numbers"));
        };
        if !of.is_power_of_two() || !(2..=16).contains(&of) {
            return Err(error("has another M"));
        }
        if !(1..=of).contains(&kept) {
            return Err(error("has another N"));
        }
        Ok(Sparse { kept, of })
    }
}

impl Operator for NmDot {
    const NAME: &'static str = "nmdot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let sparse = self.sparse()?;
        arguments::within("n", self.n.into(), 1..=4096, "elements")?;
        if !self.n.is_multiple_of(sparse.of) {
            let right = format!("give a multiple of {}", sparse.of);
            return Err(ParamError::new("n", self.n, "is no whole number of groups", right));
        }
        let x = arguments::integer("xbits", self.xbits, 16, self.xunsigned)?;
        let mut args = self.clone();
        let (w, short) = match choice("weights", &self.weights, &["ternary", "int"])? {
            0 => {
                if let Some(bits) = self.wbits {
                    let right = "leave it out, or give --weights int";
                    return Err(ParamError::new(
                        "wbits",
                        bits,
                        "has no meaning with --weights ternary",
                        right,
                    ));
                }
                (Factor::Ternary, "ternary".to_string())
            }
            _ => {
                let bits = self.wbits.unwrap_or(eight());
                args.wbits = Some(bits);
                let w = arguments::integer("wbits", bits, 16, false)?;
                (Factor::Integer(w), w.short())
            }
        };
        let Sparse { kept, of } = sparse;
        Ok(Box::new(Products {
            name: format!("nmdot{}_{kept}of{of}_{short}_{}", self.n, x.short()),
            title: format!(
                "Dot product of {kept}:{of} sparse {} weights and {} {x} integers",
                self.weights, self.n
            ),
            parameters: stateless::parameters(&args),
            remark: String::new(),
            w: Some(("w", w)),
            x: ("x", Factor::Integer(x)),
            packed: [None; 2],
            sparse: Some(sparse),
            n: self.n / of * kept,
            terms: None,
            result: Of::Sum,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "n = 4\nxbits = 2",
            "n = 8\npattern = \"1:4\"\nweights = \"int\"\nwbits = 4\nxunsigned = true",
            "n = 32\npattern = \"2:8\"\nxbits = 4",
            "n = 2\npattern = \"2:2\"\nweights = \"int\"\nxbits = 3",
        ]
    }
}
