//! Dot product of integer vectors.
use crate::parts::arguments::{self, choice, eight, sixteen};
use crate::parts::stateless;
use crate::products::{Factor, Products, Result as Of};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Dot product: r = the sum of a[i]*b[i], integers of 1 to 32 bits
///
/// # Semantics
/// Exact: r is as wide as the largest sum asks for. With --b ones there is no port b: r is the sum of a[i].
///
/// # Architecture
/// Rows of all products that have one weight are added in turn, each in the carry chain whose tables compute it (Booth's
/// digits where tables have six inputs, ANDs elsewhere); a bit heap adds up the partial sums.
///
/// # Sources
/// As intmul. F. de Dinechin, M. Kumm, Application-Specific Arithmetic, 2024, chapters 7 and 8 (bit heaps).
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IntDot {
    /// Products of an input, 1 to 4096
    #[arg(long, value_name = "COUNT", default_value_t = 16)]
    #[serde(default = "sixteen")]
    n: u32,
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
    /// Where b comes from: port, or ones (r is the sum of the elements of a)
    #[arg(long, value_name = "port|ones", default_value = "port")]
    #[serde(default = "port")]
    b: String,
}

fn port() -> String {
    "port".into()
}

impl Operator for IntDot {
    const NAME: &'static str = "intdot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "products")?;
        let a = arguments::integer("abits", self.abits, 32, self.aunsigned)?;
        let b = arguments::integer("bbits", self.bbits, 32, self.bunsigned)?;
        let ones = choice("b", &self.b, &["port", "ones"])? == 1;
        if ones && (self.bbits != eight() || self.bunsigned) {
            let right = "leave out --bbits and --bunsigned, or give --b port";
            return Err(ParamError::new("b", &self.b, "has no bits of its own", right));
        }
        let (w, x) = (("a", Factor::Integer(a)), ("b", Factor::Integer(b)));
        let (n, plural) = (self.n, if self.n == 1 { "" } else { "s" });
        Ok(Box::new(Products {
            name: match ones {
                true => format!("intsum{n}_{}", a.short()),
                false => format!("intdot{n}_{}_{}", a.short(), b.short()),
            },
            title: match ones {
                true => format!("Sum of {n} {a} integer{plural}"),
                false => format!("Sum of {n} product{plural} of {a} and {b} integers"),
            },
            parameters: stateless::parameters(self),
            remark: String::new(),
            w: if ones { None } else { Some(w) },
            x: if ones { w } else { x },
            packed: [None; 2],
            sparse: None,
            n,
            terms: None,
            result: Of::Sum,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "n = 3\nabits = 3\nbbits = 2\naunsigned = true\nbunsigned = true",
            "n = 5\nabits = 4\nbbits = 3\naunsigned = true",
            "n = 7\nabits = 1\nbbits = 4",
            "n = 2\nabits = 17\nbbits = 32\nbunsigned = true",
            "n = 9\nabits = 1\nbbits = 1\naunsigned = true\nbunsigned = true",
            "n = 16\nb = \"ones\"\naunsigned = true",
        ]
    }
}
