//! Dot product with packed ternary weights.
use crate::parts::arguments::{self, choice, eight, sixteen};
use crate::parts::stateless;
use crate::products::trits::{PACKINGS, Packing};
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Dot product with packed weights -1, 0, 1: integers or trits, 1 to 4096 terms
///
/// # Semantics
/// r is the exact sum of w[i]*x[i]. Weights come packed, five trits in eight bits or three in five, as tritpack packs them;
/// trits of the last group beyond --n are not looked at. x are integers, or (--x trit) trits, plain or packed: 2-bit two's
/// complement, where 10 counts as 0.
///
/// # Architecture
/// The decoders of tritunpack before the dot product of ternarydot. The product of two trits takes one lookup table for
/// each of its two bits, together with its addition.
///
/// # Sources
/// As tritpack and ternarydot.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TritDot {
    /// Terms, 1 to 4096
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    #[serde(default = "sixteen")]
    n: u32,
    /// How weights are packed: 5in8, 3in5 or plain (two bits each)
    #[arg(long, value_name = "PACKING", default_value = "5in8")]
    #[serde(default = "five_in_eight")]
    packing: String,
    /// What x are: int, or trit
    #[arg(long, value_name = "int|trit", default_value = "int")]
    #[serde(default = "int")]
    x: String,
    /// With --x trit: how they are packed, 5in8, 3in5 or plain [default: plain]
    #[arg(long, value_name = "PACKING")]
    #[serde(default)]
    x_packing: Option<String>,
    /// With --x int: bits of x, 1 to 16 [default: 8]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    xbits: Option<u32>,
    /// With --x int: x is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    xunsigned: bool,
}

fn five_in_eight() -> String {
    "5in8".into()
}
fn int() -> String {
    "int".into()
}

fn packing(parameter: &str, name: &str) -> Result<Option<Packing>, ParamError> {
    let names: Vec<&str> = PACKINGS.iter().copied().chain(["plain"]).collect();
    let index = choice(parameter, name, &names)?;
    Ok((index < PACKINGS.len()).then(|| Packing::by_index(index)))
}

impl Operator for TritDot {
    const NAME: &'static str = "tritdot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "terms")?;
        let w_packing = packing("packing", &self.packing)?;
        let trit = choice("x", &self.x, &["int", "trit"])? == 1;
        let only = |parameter: &str, found: &str, x: &str| {
            let right = format!("leave it out, or give --x {x}");
            Err(ParamError::new(parameter, found, format!("has no meaning with --x {}", self.x), right))
        };
        let mut args = self.clone();
        let (x, x_packing, name) = if trit {
            if let Some(bits) = self.xbits {
                return only("xbits", &bits.to_string(), "int");
            }
            if self.xunsigned {
                return only("xunsigned", "", "int");
            }
            let name = self.x_packing.clone().unwrap_or("plain".into());
            args.x_packing = Some(name.clone());
            let end = if name == "plain" { String::new() } else { format!("_{name}") };
            (Factor::Ternary, packing("x-packing", &name)?, format!("trit{end}"))
        } else {
            if let Some(name) = &self.x_packing {
                return only("x-packing", name, "trit");
            }
            let bits = self.xbits.unwrap_or(eight());
            args.xbits = Some(bits);
            let x = arguments::integer("xbits", bits, 16, self.xunsigned)?;
            (Factor::Integer(x), None, x.short())
        };
        let what = if trit { "trits".to_string() } else { format!("{} integers", self.text(x)) };
        Ok(Box::new(Products {
            name: format!("tritdot{}_{}_{name}", self.n, self.packing),
            title: format!("Dot product of {} ternary weights ({}) and {what}", self.n, self.packing),
            parameters: stateless::parameters(&args),
            remark: String::new(),
            w: Some(("w", Factor::Ternary)),
            x: ("x", x),
            packed: [w_packing, x_packing],
            sparse: None,
            n: self.n,
            terms: None,
            result: Of::Sum,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "n = 3\npacking = \"3in5\"\nxbits = 3\nxunsigned = true",
            "n = 4\npacking = \"plain\"\nx = \"trit\"",
            "n = 12\nx = \"trit\"\nx-packing = \"3in5\"",
        ]
    }
}

impl TritDot {
    fn text(&self, x: Factor) -> String {
        match x {
            Factor::Integer(f) => f.to_string(),
            _ => String::new(),
        }
    }
}
