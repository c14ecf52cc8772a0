//! Conversion between number formats.
//!
//! `fpconv.rs` settles the parameters, `architecture.rs` builds the core; the model is a few lines at the end.
use crate::parts::arguments::{self, CareArgs, FormatArgs, Operands, RoundArgs, choice, short};
use crate::parts::result::{FloatResult, care_semantics, operand, suffix};
use crate::parts::stateless;
use crate::parts::unpack::Care;
use crate::{Core, Operator, ParamError};
use holigen_generator::Builder;
use holigen_verif::exact::Value as Exact;
use holigen_verif::format::{FixedFormat, FloatFormat, Reader};
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::model::{Model, Stateless};
use holigen_verif::round::{RoundMode, round_to_fixed};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;

/// Convert: r = x in another format, rounded once; floating point, integers and fixed point
///
/// # Semantics
/// r is the value of x, rounded once. Between floating-point formats NaN becomes NaN and an infinity infinity, as
/// far as the format of r has them and the saturation mode lets them; the sign of a zero stays where r has minus
/// zero. To integers and fixed point the magnitude is rounded in the same modes; what is out of range, infinities
/// too, becomes the largest or the least number (of unsigned ones zero), and NaN the largest. Integers are intN and
/// uintN with N up to 64; fixed point is fixed:MSB:LSB, two's complement with bit weights 2^MSB to 2^LSB and the
/// sign bit above MSB, or ufixed:MSB:LSB without a sign: int8 is fixed:6:0, and MXINT8 elements are fixed:0:-6.
///
/// # Architecture
/// --arch normal: to floating point, as fpmul does: subnormal operands are normalised where r has them as normal
/// numbers, others are shifted right where they are subnormal in r, and rounding is the carry of the addition that
/// packs exponent and fraction. From fixed point the number is normalised in two's complement. To fixed point one
/// right shifter aligns the significand, and one addition rounds and takes the two's complement. --arch table: the
/// whole function in one table, for up to 10 bits of x.
///
/// # Sources
/// OCP 8-bit Floating Point Specification (OFP8) v1.0, 2023, section 5.2 (conversions). OCP Microscaling Formats
/// (MX) v1.0, 2023. IEEE P3109 Interim Report v4.0. RISC-V Unprivileged ISA, section 11.7 (NaN to integers).
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpConv {
    #[command(flatten)]
    #[serde(flatten)]
    operands: FormatArgs,
    /// Format of x instead of --format: floating point, intN, uintN, fixed:MSB:LSB or ufixed:MSB:LSB
    /// [default: --format]
    #[arg(long = "in", value_name = "NAME")]
    #[serde(default, rename = "in")]
    input: Option<String>,
    /// Format of r, as --in [default: fp32]
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

const ARCHITECTURES: [&str; 3] = ["auto", "normal", "table"];
/// Most bits of x for a table.
const TABLE_BITS: u32 = 10;
/// Up to so many bits of floating-point x a table is the smaller one, see `bench/area.md`.
const AUTO_TABLE_BITS: u32 = 8;
/// Of integers and fixed point: a bit of r is one lookup table.
const AUTO_TABLE_BITS_FIXED: u32 = 6;

/// Format of an operand.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Number {
    Float(FloatFormat),
    Fixed(FixedFormat),
}

/// Format of the result.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Target {
    Float(FloatResult),
    Fixed(FixedFormat, RoundMode),
}

/// A resolved core.
#[derive(Clone, Debug)]
pub struct Conv {
    args: FpConv,
    x: Number,
    r: Target,
    care: Care,
    table: bool,
}

/// A fixed-point format, if the text begins like one.
fn fixed(parameter: &str, text: &str) -> Option<Result<FixedFormat, ParamError>> {
    let starts = ["int", "uint", "fixed", "ufixed"].iter().any(|s| text.to_ascii_lowercase().starts_with(s));
    starts.then(|| {
        text.parse().map_err(|e: holigen_verif::format::FormatError| {
            ParamError::new(parameter, text, e.to_string(), "give e.g. int8, uint4 or fixed:3:-4")
        })
    })
}

impl Number {
    fn width(&self) -> u32 {
        match self {
            Number::Float(f) => f.width(),
            Number::Fixed(f) => f.width(),
        }
    }

    /// As a part of an identifier.
    fn short(&self) -> String {
        match self {
            Number::Float(f) => short(f),
            Number::Fixed(f) => f.to_string().replace(':', "_").replace('-', "m"),
        }
    }

    fn text(&self) -> String {
        match self {
            Number::Float(f) => f.to_string(),
            Number::Fixed(f) => f.to_string(),
        }
    }
}

impl Target {
    fn number(&self) -> Number {
        match self {
            Target::Float(r) => Number::Float(r.format),
            Target::Fixed(f, _) => Number::Fixed(*f),
        }
    }

    fn random_bits(&self) -> u32 {
        match self {
            Target::Float(r) => r.random_bits(),
            Target::Fixed(_, mode) => mode.random_bits(),
        }
    }
}

impl FpConv {
    fn number(&self) -> Result<Number, ParamError> {
        let operands = Operands::ANY;
        let Some(text) = &self.input else { return Ok(Number::Float(operands.of(&self.operands)?)) };
        if self.operands.given() {
            let right = "give one or the other";
            return Err(ParamError::new("in", text, "contradicts --format or --we and --wf", right));
        }
        match fixed("in", text) {
            Some(f) => Ok(Number::Fixed(f?)),
            None => Ok(Number::Float(operands.named("in", text)?)),
        }
    }

    fn target(&self) -> Result<Target, ParamError> {
        let text = self.out.as_deref().unwrap_or("fp32");
        let Some(f) = fixed("out", text) else {
            return Ok(Target::Float(FloatResult::resolve(Some(text), FloatFormat::FP32, &self.rounding)?));
        };
        if let Some(s) = &self.rounding.saturation {
            let right = "leave it out: integers and fixed point saturate";
            return Err(ParamError::new("saturation", s, format!("has no meaning with --out {text}"), right));
        }
        Ok(Target::Fixed(f?, arguments::round_mode(&self.rounding.round)?))
    }
}

/// Whether a fixed-point number and a floating-point format have nothing to do with each other: then some internal
/// word would be as wide as the gap between them.
fn apart(fixed: &FixedFormat, float: &FloatFormat) -> bool {
    let least = float.emin() - float.wf() as i32;
    fixed.msb() + 2 < least || fixed.lsb() - 2 > float.emax()
}

impl Operator for FpConv {
    const NAME: &'static str = "fpconv";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let (x, r) = (self.number()?, self.target()?);
        let care = self.care.resolve()?;
        let gap = match (&x, &r) {
            (Number::Float(f), Target::Fixed(g, _)) => apart(g, f),
            (Number::Fixed(g), Target::Float(f)) => apart(g, &f.format),
            (Number::Fixed(f), Target::Fixed(g, _)) => f.msb() + 2 < g.lsb() || g.msb() + 2 < f.lsb(),
            _ => false,
        };
        if gap {
            let what = format!("has no number near those of {}", x.text());
            let right = "give formats whose numbers overlap";
            return Err(ParamError::new("out", r.number().text(), what, right));
        }
        let possible = x.width() <= TABLE_BITS && r.random_bits() == 0;
        let table = match choice("arch", &self.arch, &ARCHITECTURES)? {
            0 => {
                let most = match &x {
                    Number::Float(_) => AUTO_TABLE_BITS,
                    Number::Fixed(_) => AUTO_TABLE_BITS_FIXED,
                };
                possible && x.width() <= most
            }
            1 => false,
            _ if !possible => {
                let what = format!("is for up to {TABLE_BITS} bits of x and no random word");
                return Err(ParamError::new("arch", &self.arch, what, "give --arch normal"));
            }
            _ => true,
        };
        let mut args = self.clone();
        args.operands = match &x {
            Number::Float(f) => FormatArgs::of(f),
            Number::Fixed(_) => FormatArgs::default(),
        };
        args.input = Some(x.text());
        args.out = Some(r.number().text());
        if let Target::Float(r) = &r {
            r.settle(&mut args.out, &mut args.rounding);
        }
        args.arch = ARCHITECTURES[1 + usize::from(table)].into();
        Ok(Box::new(Conv { args, x, r, care, table }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "in = \"fp32\"\nout = \"e4m3fn\"",
            "in = \"fp16\"\nout = \"e5m2\"\nround = \"sr:8\"",
            "in = \"bf16\"\nout = \"e4m3fn\"\nsaturation = \"ovfinf\"\nround = \"rup\"",
            "in = \"e5m2\"\nout = \"e4m3fnuz\"\nround = \"odd\"",
            "in = \"e4m3fn\"\nout = \"fp16\"",
            "in = \"binary8p4se\"\nout = \"binary6p3ue\"\nsaturation = \"ovfinf\"",
            "in = \"binary8p1ue\"\nout = \"binary5p2sf\"\nround = \"srb:3\"",
            "in = \"e3m2\"\nout = \"e4m3fn\"",
            "in = \"e8m0\"\nout = \"bf16\"",
            "in = \"fp16\"\nout = \"e8m0\"\nround = \"rtz\"",
            "in = \"e5m2\"\nout = \"int8\"",
            "in = \"e5m2\"\nout = \"e4m3fn\"\narch = \"normal\"",
            "in = \"fp32\"\nout = \"uint8\"\nround = \"rna\"",
            "in = \"e4m3fn\"\nout = \"fixed:3:-4\"\nround = \"src:4\"\nsubnormals = \"flush\"",
            "in = \"fp16\"\nout = \"ufixed:3:-12\"\nround = \"rdn\"\nspecials = \"off\"",
            "in = \"int8\"\nout = \"e4m3fn\"",
            "in = \"uint8\"\nout = \"binary8p3ue\"\nround = \"rtz\"",
            "in = \"fixed:0:-6\"\nout = \"e2m1\"\nround = \"sr:4\"",
            "in = \"int32\"\nout = \"fp32\"",
            "in = \"fixed:7:-8\"\nout = \"int8\"\nround = \"odd\"",
        ]
    }
}

impl Conv {
    fn mode(&self) -> RoundMode {
        match &self.r {
            Target::Float(r) => r.rounding.mode,
            Target::Fixed(_, mode) => *mode,
        }
    }
}

impl Core for Conv {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.args)
    }

    fn name(&self) -> String {
        let mut s = format!("fpconv_{}_to_{}", self.x.short(), self.r.number().short());
        if let Target::Float(r) = &self.r
            && r.rounding.saturation != r.format.default_saturation()
        {
            s += &format!("_{}", r.rounding.saturation);
        }
        s + &suffix(self.mode(), self.care)
    }

    fn title(&self) -> String {
        format!("Conversion of {} to {}", self.x.text(), self.r.number().text())
    }

    fn semantics(&self) -> String {
        let care = if let Number::Float(_) = self.x { care_semantics(self.care) } else { String::new() };
        match &self.r {
            Target::Float(r) => format!("r is x, {}{care}", r.semantics()).trim().to_owned(),
            Target::Fixed(f, mode) => format!(
                "r is x, its magnitude rounded once to {f} ({mode}); what is out of range becomes the largest or the \
                 least number, NaN the largest. {care}"
            )
            .trim()
            .to_owned(),
        }
    }

    fn interface(&self) -> Interface {
        let encoding = |f: &FixedFormat| Encoding::Fixed { signed: f.is_signed(), lsb: f.lsb() };
        let mut ports = vec![match &self.x {
            Number::Float(f) => operand("x", f),
            Number::Fixed(f) => Port::operand("x", f.width(), encoding(f), &format!("Operand, {f}")),
        }];
        match &self.r {
            Target::Float(r) => ports.extend(r.ports("Result")),
            Target::Fixed(f, mode) => {
                if mode.random_bits() > 0 {
                    ports.push(Port::random(mode.random_bits()));
                }
                ports.push(Port::result("r", f.width(), encoding(f), &format!("Result, {f}")));
            }
        }
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        false
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        let reader = match &self.x {
            Number::Float(f) => Some(Reader::new(f, self.care.reading())),
            Number::Fixed(_) => None,
        };
        let (x, r) = (self.x, self.r);
        Box::new(Stateless(move |inputs: &[u64], outputs: &mut [u64]| {
            let value: Exact = match (&reader, &x) {
                (Some(reader), _) => reader.read(inputs[0]).into(),
                (None, Number::Fixed(f)) => f.decode(inputs[0]).into(),
                (None, Number::Float(_)) => unreachable!("floats have a reader"),
            };
            let rnd = inputs.get(1).copied().unwrap_or(0);
            outputs[0] = match &r {
                Target::Float(r) => r.code(&value, rnd),
                Target::Fixed(f, mode) => round_to_fixed(&value, f, *mode, rnd),
            };
        }))
    }
}
