//! Dot product with binary weights.
use crate::parts::arguments::{self, choice, eight, sixteen};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use holigen_verif::integer::IntFormat;
use serde::{Deserialize, Serialize};

/// Dot product with binary weights: XNOR-popcount, AND-popcount, or +-1 times small integers
///
/// # Semantics
/// --mode xnor: bits of w and x stand for +1 (1) and -1 (0), r is the sum of the products; with --out count, how many
/// of them are +1. --mode and: bits are 1 and 0, r counts the places where both are 1. --mode sign: bits of w stand for
/// +1 (1) and -1 (0), x are integers, r is the sum of the products. Sums are exact.
///
/// # Architecture
/// Three pairs of bits are counted in a table of six inputs where the target has them; a bit heap adds up the counts.
/// With --mode sign a term is x inverted by w, which is also its carry in; terms are added in turn, each in the carry
/// chain whose tables compute it; with --primitives and x of at least 6 bits, a lookup table with two outputs adds a bit
/// of two terms.
///
/// # Sources
/// M. Rastegari, V. Ordonez, J. Redmon, A. Farhadi, XNOR-Net, ECCV 2016. Y. Umuroglu et al., FINN, FPGA 2017.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BinaryDot {
    /// Terms, 1 to 4096
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    #[serde(default = "sixteen")]
    n: u32,
    /// xnor, and, or sign
    #[arg(long, value_name = "MODE", default_value = "xnor")]
    #[serde(default = "xnor")]
    mode: String,
    /// With --mode xnor: sum, or count [default: sum]
    #[arg(long, value_name = "sum|count")]
    #[serde(default)]
    out: Option<String>,
    /// With --mode sign: bits of x, 1 to 16 [default: 8]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    xbits: Option<u32>,
    /// With --mode sign: x is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    xunsigned: bool,
}

fn xnor() -> String {
    "xnor".into()
}

impl Operator for BinaryDot {
    const NAME: &'static str = "binarydot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "terms")?;
        let mode = choice("mode", &self.mode, &["xnor", "and", "sign"])?;
        let only = |parameter: &str, found: String, mode: &str| {
            let right = format!("leave it out, or give --mode {mode}");
            Err(ParamError::new(parameter, found, format!("has no meaning with --mode {}", self.mode), right))
        };
        if let (Some(out), true) = (&self.out, mode != 0) {
            return only("out", out.clone(), "xnor");
        }
        if let (Some(bits), true) = (self.xbits, mode != 2) {
            return only("xbits", bits.to_string(), "sign");
        }
        if self.xunsigned && mode != 2 {
            return only("xunsigned", String::new(), "sign");
        }
        let mut args = self.clone();
        let bit = IntFormat { width: 1, signed: false };
        let out = self.out.clone().unwrap_or("sum".into());
        let count = choice("out", &out, &["sum", "count"])? == 1;
        let (name, title, w, x) = match mode {
            0 => {
                args.out = Some(out);
                let (end, what) = if count { ("_count", "Count of") } else { ("", "Sum of") };
                let title = format!("{what} {} products of signs (XNOR-popcount)", self.n);
                (format!("xnor{end}"), title, Factor::Sign, Factor::Sign)
            }
            1 => {
                let title = format!("Count of places where both of {} bits are 1 (AND-popcount)", self.n);
                ("and".into(), title, Factor::Integer(bit), Factor::Integer(bit))
            }
            _ => {
                args.xbits = Some(self.xbits.unwrap_or(eight()));
                let x = arguments::integer("xbits", self.xbits.unwrap_or(eight()), 16, self.xunsigned)?;
                let title = format!("Dot product of {} signs and {x} integers", self.n);
                (x.short(), title, Factor::Sign, Factor::Integer(x))
            }
        };
        Ok(Box::new(Products {
            name: format!("binarydot{}_{name}", self.n),
            title,
            parameters: stateless::parameters(&args),
            remark: String::new(),
            w: Some(("w", w)),
            x: ("x", x),
            packed: [None; 2],
            sparse: None,
            n: self.n,
            terms: None,
            result: if count { Of::Count } else { Of::Sum },
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "n = 8\nout = \"count\"",
            "n = 1",
            "n = 100\nmode = \"and\"",
            "n = 4\nmode = \"sign\"\nxbits = 3",
            "n = 20\nmode = \"sign\"\nxunsigned = true",
        ]
    }
}
