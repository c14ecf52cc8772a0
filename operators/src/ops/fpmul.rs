//! Multiplication of floating-point numbers.
//!
//! `fpmul.rs` settles the parameters, `architecture.rs` builds the core; the model is a few lines at the end.
use crate::parts::arguments::{CareArgs, FormatArgs, Operands, RoundArgs, choice, short};
use crate::parts::result::{FloatResult, care_semantics, operand};
use crate::parts::stateless;
use crate::parts::unpack::Care;
use crate::{Core, Operator, ParamError};
use holigen_generator::Builder;
use holigen_verif::format::{FloatFormat, Reader};
use holigen_verif::interface::Interface;
use holigen_verif::model::{Model, Stateless};
use holigen_verif::round::round_class;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) mod architecture;
mod fused;

/// Multiply: r = a*b, rounded once; operands and result of any formats
///
/// # Semantics
/// r is the exact product, rounded once to the result's format, subnormal results included. A NaN operand and
/// 0 * infinity make r NaN; infinity times anything else is infinity. The sign of a zero product is the product
/// of the signs, where the format of r has minus zero. Operands have up to 11 exponent and 52 fraction bits; an
/// operand can be a scale (e8m0).
///
/// # Architecture
/// --arch normal: subnormal operands are normalised while they are read (small fractions from a table), so that
/// the product has its first bit in one of two places, and one right shifter serves that choice and subnormal
/// results. Fractions of together six bits or less are multiplied by one table, in which the leading ones are
/// constants: a zero is known by its exponent alone, which is too small for any result. --arch table: the whole
/// function of both magnitudes in one table, for operands of together at most 12 bits without their signs. The
/// code of r is the exponent field of the binade before plus the significand with its leading bit plus the
/// rounding increment, in one addition.
///
/// # Sources
/// J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018, section 7.3. OCP 8-bit Floating
/// Point Specification (OFP8) v1.0, 2023. IEEE P3109 Interim Report v4.0.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpMul {
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
    /// Format of r [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rounding: RoundArgs,
    #[command(flatten)]
    #[serde(flatten)]
    care: CareArgs,
    /// auto (the smaller by measurement), normal, or table
    #[arg(long, value_name = "ARCH", default_value = "auto")]
    #[serde(default = "auto")]
    arch: String,
}

fn auto() -> String {
    "auto".into()
}

/// What a core is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Arch {
    Normal,
    Fused,
    Table,
}

const ARCHITECTURES: [&str; 4] = ["auto", "normal", "fused", "table"];
/// Most bits of both operands together for a table.
const TABLE_BITS: u32 = 12;
/// Up to so many a table is the smaller one, see `bench/`.
const AUTO_TABLE_BITS: u32 = 8;

/// A resolved core.
#[derive(Clone, Debug)]
pub struct Mul {
    args: FpMul,
    a: FloatFormat,
    b: FloatFormat,
    r: FloatResult,
    care: Care,
    arch: Arch,
}

impl Operator for FpMul {
    const NAME: &'static str = "fpmul";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let operands = Operands::ANY;
        let a = operands.first(&self.operands, self.a_format.as_deref())?;
        let b = self.b_format.as_ref().map_or(Ok(a), |n| operands.named("b-format", n))?;
        let r = FloatResult::resolve(self.out.as_deref(), a, &self.rounding)?;
        let care = self.care.resolve()?;
        let bits = a.width() + b.width();
        let fused = fused::possible(&a, &b, &r.format, r.rounding);
        let arch = match choice("arch", &self.arch, &ARCHITECTURES)? {
            0 if bits <= AUTO_TABLE_BITS && r.random_bits() == 0 => Arch::Table,
            0 if fused => Arch::Fused,
            0 | 1 => Arch::Normal,
            2 if fused => Arch::Fused,
            3 if bits <= TABLE_BITS && r.random_bits() == 0 => Arch::Table,
            2 => {
                let what =
                    "is for fractions of together six bits, a result of up to three, and no random word";
                return Err(ParamError::new("arch", &self.arch, what, "give --arch normal"));
            }
            _ => {
                let what = format!("is for operands of together {TABLE_BITS} bits and no random word");
                return Err(ParamError::new("arch", &self.arch, what, "give --arch normal"));
            }
        };
        let mut args = self.clone();
        args.operands = FormatArgs::of(&a);
        (args.a_format, args.b_format) = (Some(a.name()), Some(b.name()));
        r.settle(&mut args.out, &mut args.rounding);
        args.arch = ARCHITECTURES[1 + arch as usize].into();
        Ok(Box::new(Mul { args, a, b, r, care, arch }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "format = \"e5m2\"",
            "format = \"e4m3fn\"\nout = \"fp16\"",
            "format = \"e4m3fn\"\nb-format = \"e5m2\"\nout = \"e5m2\"\nround = \"rup\"",
            "format = \"e4m3:ieee\"\nround = \"rdn\"",
            "format = \"e4m3fnuz\"\nround = \"rtz\"",
            "format = \"e5m2fnuz\"\nout = \"e4m3fnuz\"\nsaturation = \"ovfinf\"\nround = \"odd\"",
            "format = \"binary8p4se\"\nround = \"rna\"",
            "format = \"binary8p1ue\"\nb-format = \"binary8p5sf\"\nout = \"binary8p3ue\"\nsaturation = \"ovfinf\"",
            "format = \"e3m2\"\nround = \"src:4\"",
            "format = \"e2m1\"",
            "format = \"e2m1\"\narch = \"normal\"\nround = \"srb:3\"",
            "format = \"e4m3fn\"\nb-format = \"e8m0\"\nout = \"bf16\"",
            "format = \"e5m2\"\nsubnormals = \"flush\"\nspecials = \"off\"\nround = \"sr:6\"",
            "format = \"fp16\"",
            "format = \"bf16\"\nb-format = \"e4m3fn\"",
            "format = \"fp32\"",
        ]
    }
}

impl Core for Mul {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.args)
    }

    fn name(&self) -> String {
        let mut s = format!("fpmul_{}", short(&self.a));
        if self.b != self.a {
            s += &format!("_{}", short(&self.b));
        }
        s + &self.r.suffix(&self.a, self.care)
    }

    fn title(&self) -> String {
        let operands =
            if self.a == self.b { format!("two {}", self.a) } else { format!("{} and {}", self.a, self.b) };
        format!("Product of {operands}, rounded to {}", self.r.format)
    }

    fn semantics(&self) -> String {
        format!(
            "r is a*b, {}A NaN operand and 0 * infinity make it NaN. {}A zero product has the product of the signs \
             where {} has minus zero.",
            self.r.semantics(),
            care_semantics(self.care),
            self.r.format
        )
    }

    fn interface(&self) -> Interface {
        let mut ports = vec![operand("a", &self.a), operand("b", &self.b)];
        ports.extend(self.r.ports("Product"));
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        false
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        let reading = self.care.reading();
        let (a, b, r) = (Reader::new(&self.a, reading), Reader::new(&self.b, reading), self.r);
        Box::new(Stateless(move |inputs: &[u64], outputs: &mut [u64]| {
            let product = a.read(inputs[0]).times(b.read(inputs[1]));
            let rnd = inputs.get(2).copied().unwrap_or(0);
            outputs[0] = round_class(product, false, &r.format, r.rounding.mode, r.rounding.saturation, rnd);
        }))
    }
}
