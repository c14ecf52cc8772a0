//! Fused multiply-add of floating-point numbers.
//!
//! `fpfma.rs` settles the parameters, `architecture.rs` builds the core; the model is a few lines here.
use crate::parts::addition::exact_sum;
use crate::parts::arguments::{CareArgs, FormatArgs, Operands, RoundArgs, short};
use crate::parts::result::{FloatResult, care_semantics, operand};
use crate::parts::stateless::{StatelessCore, parameters};
use crate::parts::unpack::Care;
use crate::{Core, Operator, ParamError};
use holigen_verif::format::{FloatFormat, Reader};
use holigen_verif::interface::Interface;
use holigen_verif::round::{RoundMode, round_class};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

mod architecture;

/// Fused multiply-add: r = a*b + c, rounded once; operands and result of any formats
///
/// # Semantics
/// r is the exact a*b + c, rounded once to the result's format, subnormal results included. A NaN operand,
/// 0 * infinity and infinity - infinity make r NaN. An exact zero is +0, with --round rdn -0 (IEEE 754-2019, section
/// 6.3), where the format of r has it; a zero product and a zero c of one sign keep it. a and b have up to 11
/// exponent and 31 fraction bits, c and r up to 52 fraction bits.
///
/// # Architecture
/// Subnormal a and b are normalised while they are read (small fractions from a table), so that the product has its
/// first bit in one of two places and needs no normalisation; fractions of together six bits or less are multiplied by
/// one table. Product and c are ordered by their exponents; the lower is shifted right with one sticky bit, the sum
/// is kept in two's complement, normalised once as far as the exponent allows, and rounded in the addition that packs
/// exponent and fraction.
///
/// # Sources
/// J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018, section 7.5. IEEE 754-2019. IEEE P3109
/// Interim Report v4.0.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpFma {
    #[command(flatten)]
    #[serde(flatten)]
    operands: FormatArgs,
    /// Format of operand a instead of --format [default: --format]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    a_format: Option<String>,
    /// Format of operand b [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    b_format: Option<String>,
    /// Format of operand c [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    c_format: Option<String>,
    /// Format of r [default: that of c]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rounding: RoundArgs,
    #[command(flatten)]
    #[serde(flatten)]
    care: CareArgs,
}

/// What hardware is built from.
#[derive(Clone, Copy, Debug)]
struct Fma {
    a: FloatFormat,
    b: FloatFormat,
    c: FloatFormat,
    r: FloatResult,
    care: Care,
}

impl Operator for FpFma {
    const NAME: &'static str = "fpfma";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        // The model's products are exact in two words.
        let factors = Operands { we: 16, wf: 31, scales: true };
        let a = factors.first(&self.operands, self.a_format.as_deref())?;
        let b = self.b_format.as_ref().map_or(Ok(a), |n| factors.named("b-format", n))?;
        let c = self.c_format.as_ref().map_or(Ok(a), |n| Operands::ANY.named("c-format", n))?;
        let r = FloatResult::resolve(self.out.as_deref(), c, &self.rounding)?;
        let care = self.care.resolve()?;
        let fma = Fma { a, b, c, r, care };
        let mut args = self.clone();
        args.operands = FormatArgs::of(&a);
        (args.a_format, args.b_format, args.c_format) = (Some(a.name()), Some(b.name()), Some(c.name()));
        r.settle(&mut args.out, &mut args.rounding);
        let mut name = format!("fpfma_{}", short(&a));
        if b != a {
            name += &format!("_{}", short(&b));
        }
        if c != a {
            name += &format!("_c_{}", short(&c));
        }
        name += &r.suffix(&c, care);
        let mut ports = vec![operand("a", &a), operand("b", &b), operand("c", &c)];
        ports.extend(r.ports("Product and sum"));
        let factors = if a == b { format!("two {a}") } else { format!("{a} and {b}") };
        let zero = if r.rounding.mode == RoundMode::Rdn { "-0" } else { "+0" };
        let reading = care.reading();
        let readers = [a, b, c].map(|f| Reader::new(&f, reading));
        let function = move |inputs: &[u64], outputs: &mut [u64]| {
            let product = readers[0].read(inputs[0]).times(readers[1].read(inputs[1]));
            let (sum, sticky) = exact_sum(product, readers[2].read(inputs[2]), r.rounding.mode);
            let rnd = inputs.get(3).copied().unwrap_or(0);
            outputs[0] = round_class(sum, sticky, &r.format, r.rounding.mode, r.rounding.saturation, rnd);
        };
        Ok(Box::new(StatelessCore {
            parameters: parameters(&args),
            name,
            title: format!("Product of {factors} plus {c}, rounded to {}", r.format),
            semantics: format!(
                "r is a*b + c, {}A NaN operand, 0 * infinity and infinity - infinity make it NaN. {}An exact zero is \
                 {zero}, where {} has it, unless product and c are zeros of one sign.",
                r.semantics(),
                care_semantics(care),
                r.format
            ),
            interface: Interface { ports },
            architecture: Box::new(move |b| architecture::build(&fma, b)),
            function: Arc::new(function),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "we = 5\nwf = 2\nc-format = \"fp16\"\nout = \"fp16\"",
            "format = \"e5m2\"\nc-format = \"e6m5\"",
            "format = \"e4m3fn\"\nc-format = \"fp16\"\nround = \"rdn\"",
            "format = \"e4m3fn\"\nb-format = \"e5m2\"\nc-format = \"bf16\"\nout = \"e4m3fn\"\nround = \"rup\"",
            "format = \"binary8p4se\"\nround = \"odd\"",
            "format = \"e5m2fnuz\"\nround = \"sr:6\"",
            "format = \"e3m2\"\nb-format = \"e8m0\"\nout = \"binary8p3ue\"\nsaturation = \"ovfinf\"\nround = \"src:3\"",
            "format = \"e2m1\"\nsubnormals = \"flush\"",
            "format = \"fp16\"",
            "format = \"bf16\"\nc-format = \"fp32\"\nspecials = \"off\"\nround = \"rtz\"",
            "format = \"fp32\"",
        ]
    }
}
