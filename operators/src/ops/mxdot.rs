//! Dot products of blocks with shared scales.
//!
//! `mxdot.rs` settles the parameters, `architecture.rs` builds the core, `model.rs` is the reference.
use crate::parts::arguments::{self, Operands, RoundArgs, choice, short};
use crate::parts::result::FloatResult;
use crate::parts::stateless;
use crate::parts::unpack::Care;
use crate::{Core, Operator, ParamError};
use holigen_generator::Builder;
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::interface::{Encoding as PortEncoding, Interface, Port};
use holigen_verif::model::Model;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;
mod model;

/// Dot product of blocks with shared scales: OCP MX (MXFP8, MXFP6, MXFP4, MXINT8) and NVFP4
///
/// # Semantics
/// a and b are vectors of n elements in blocks, element 0 in the lowest bits; a_scale and b_scale hold one scale a block.
/// The dot product of a block is its two scales times the sum of the products of its elements, exactly; int8 elements are
/// worth code / 64.
/// --sum exact: the dot products of all blocks are added exactly, r is that sum rounded once.
/// --sum fp32: in the order of the blocks, the exact dot product of each is added to an fp32 number with one rounding;
/// r is the last sum.
/// A NaN element or scale (of E8M0: 0xff) makes r NaN, and so do infinity - infinity and an infinity with a scale of zero;
/// otherwise an infinity stays one. A sum of exactly zero is +0. A fp32 scale for the whole tensor, as NVFP4 has it, is
/// not part of the core.
///
/// # Architecture
/// The elements of a block are added in fixed point, as in fpdot: short products come from one table each. With one
/// block, or --sum fp32, the block's sum is normalised and the scales only count into its exponent; several blocks are
/// added exactly in one wide fixed-point number.
///
/// # Sources
/// OCP Microscaling Formats (MX) Specification v1.0, 2023, sections 5 and 6. B. Darvish Rouhani et al., Microscaling Data
/// Formats for Deep Learning, arXiv 2310.10537. NVIDIA, Pretraining Large Language Models with NVFP4, arXiv 2509.25149.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct MxDot {
    /// Elements: e4m3, e5m2, e3m2, e2m3, e2m1, int8, another floating-point format of up to 8 exponent and 10 fraction
    /// bits, or a format with its scales and blocks: mxfp4, mxint8, nvfp4
    #[arg(long, value_name = "NAME", default_value = "e4m3fn")]
    #[serde(default = "e4m3")]
    format: String,
    /// Elements of b [default: those of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    b_format: Option<String>,
    /// Scales: e8m0, or a floating-point format such as e4m3 [default: e8m0; of nvfp4 e4m3fn]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    scale: Option<String>,
    /// Elements of a block, 2 to 64 [default: 32; of nvfp4 16]
    #[arg(long, value_name = "COUNT")]
    #[serde(default)]
    block: Option<u32>,
    /// Elements of a vector, a multiple of --block, up to 512 [default: one block]
    #[arg(long, value_name = "COUNT")]
    #[serde(default)]
    n: Option<u32>,
    /// How blocks are added: exact, or fp32 (rounded after every block)
    #[arg(long, value_name = "SUM", default_value = "exact")]
    #[serde(default = "exact")]
    sum: String,
    /// Format of r [default: fp32]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rounding: RoundArgs,
}

fn e4m3() -> String {
    "e4m3fn".into()
}
fn exact() -> String {
    "exact".into()
}

/// Elements of a block.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Element {
    Float(FloatFormat),
    /// Two's complement, 8 bits, code / 64.
    Int8,
}

/// Weight of the last place of an int8 element.
const INT8_LSB: i32 = -6;

impl Element {
    fn width(self) -> u32 {
        match self {
            Element::Float(f) => f.width(),
            Element::Int8 => 8,
        }
    }

    fn encoding(self) -> PortEncoding {
        match self {
            Element::Float(f) => PortEncoding::Float(f),
            Element::Int8 => PortEncoding::Fixed { signed: true, lsb: INT8_LSB },
        }
    }

    /// Weight of the last place of the smallest number.
    fn lsb(self) -> i32 {
        match self {
            Element::Float(f) => f.emin() - f.wf() as i32,
            Element::Int8 => INT8_LSB,
        }
    }

    fn name(self) -> String {
        match self {
            Element::Float(f) => f.name(),
            Element::Int8 => "int8".into(),
        }
    }

    fn short(self) -> String {
        match self {
            Element::Float(f) => short(&f),
            Element::Int8 => "int8".into(),
        }
    }
}

/// Specials are what the formats say.
const CARE: Care = Care { flush: false, specials: true };

/// A resolved core.
#[derive(Clone, Debug)]
pub struct Blocks {
    args: MxDot,
    a: Element,
    b: Element,
    scale: FloatFormat,
    block: u32,
    blocks: u32,
    /// Rounded after every block.
    in_turn: bool,
    r: FloatResult,
}

fn element(parameter: &str, name: &str) -> Result<Element, ParamError> {
    match name.to_lowercase().as_str() {
        "int8" | "mxint8" => Ok(Element::Int8),
        "mxfp4" | "nvfp4" => Ok(Element::Float(FloatFormat::E2M1)),
        _ => Operands { we: 8, wf: 10, scales: false }.named(parameter, name).map(Element::Float),
    }
}

impl Operator for MxDot {
    const NAME: &'static str = "mxdot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let a = element("format", &self.format)?;
        let b = self.b_format.as_ref().map_or(Ok(a), |n| element("b-format", n))?;
        if (a == Element::Int8) != (b == Element::Int8) {
            let found = self.b_format.clone().unwrap_or_default();
            let right = "give int8 for both, or for none";
            return Err(ParamError::new("b-format", found, "does not go with int8", right));
        }
        let nvfp4 = self.format.eq_ignore_ascii_case("nvfp4");
        let scale_name = self.scale.as_deref().unwrap_or(if nvfp4 { "e4m3fn" } else { "e8m0" });
        let scale = arguments::format("scale", scale_name)?;
        if scale.encoding() != Encoding::Scale && (scale.we() > 8 || scale.wf() > 10) {
            let right = "give e8m0, or a format of at most 8 exponent and 10 fraction bits";
            return Err(ParamError::new("scale", scale_name, "is no scale of this core", right));
        }
        if scale.has_infinity() {
            let right = "give a format without infinity, such as e8m0 or e4m3fn";
            return Err(ParamError::new("scale", scale_name, "can be infinite", right));
        }
        let block = self.block.unwrap_or(if nvfp4 { 16 } else { 32 });
        if !(2..=64).contains(&block) {
            return Err(ParamError::new("block", block, "is out of range", "give 2 to 64 elements"));
        }
        let n = self.n.unwrap_or(block);
        if n == 0 || n > 512 || !n.is_multiple_of(block) {
            let right = format!("give {block}, {}, ... up to 512", 2 * block);
            return Err(ParamError::new("n", n, "is not some whole blocks", right));
        }
        let r = FloatResult::resolve(self.out.as_deref(), FloatFormat::FP32, &self.rounding)?;
        if !r.format.is_signed() || r.format.encoding() == Encoding::Scale {
            let found = r.format.name();
            return Err(ParamError::new("out", found, "has no sign, a sum can be negative", "give fp32"));
        }
        let in_turn = choice("sum", &self.sum, &["exact", "fp32"])? == 1;
        if in_turn && r.format != FloatFormat::FP32 {
            let right = "give --out fp32, or --sum exact";
            return Err(ParamError::new("out", r.format.name(), "contradicts --sum fp32", right));
        }
        if in_turn && r.random_bits() > 0 && n > block {
            let right = "give --sum exact, or one block";
            return Err(ParamError::new(
                "round",
                &self.rounding.round,
                "needs a random word for every block",
                right,
            ));
        }
        // Every default settled, for the manifest.
        let mut args = self.clone();
        args.format = a.name();
        args.b_format = Some(b.name());
        args.scale = Some(scale.name());
        args.block = Some(block);
        args.n = Some(n);
        r.settle(&mut args.out, &mut args.rounding);
        Ok(Box::new(Blocks { args, a, b, scale, block, blocks: n / block, in_turn, r }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "format = \"e5m2\"\nb-format = \"e4m3\"\nblock = 4\nn = 8\nsum = \"fp32\"",
            "format = \"e3m2\"\nb-format = \"e2m3\"\nblock = 8\nout = \"fp16\"\nround = \"rtz\"",
            "format = \"mxfp4\"\nout = \"bf16\"\nround = \"sr:6\"",
            "format = \"mxint8\"",
            "format = \"mxint8\"\nblock = 3\nn = 9\nsum = \"fp32\"\nround = \"rup\"",
            "format = \"nvfp4\"\nn = 32",
            "format = \"nvfp4\"\nsum = \"fp32\"\nn = 32\nround = \"odd\"",
            "format = \"e4m3fn\"\nblock = 2\nn = 6",
            "format = \"e5m2\"\nscale = \"binary8p3sf\"\nblock = 2\nout = \"e4m3\"\nsaturation = \"ovfinf\"",
        ]
    }
}

impl Core for Blocks {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.args)
    }

    fn name(&self) -> String {
        let mut s = format!("mxdot_{}", self.a.short());
        if self.b != self.a {
            s += &format!("_{}", self.b.short());
        }
        if self.scale != FloatFormat::E8M0 {
            s += &format!("_scale_{}", short(&self.scale));
        }
        s += &format!("_{}x{}", self.blocks, self.block);
        if self.in_turn {
            s += "_sum_fp32";
        }
        s + &self.r.suffix(&FloatFormat::FP32, CARE)
    }

    fn title(&self) -> String {
        let elements =
            if self.a == self.b { self.a.name() } else { format!("{} x {}", self.a.name(), self.b.name()) };
        let blocks = if self.blocks == 1 { "one block".into() } else { format!("{} blocks", self.blocks) };
        let sum = if self.in_turn { "added in fp32" } else { "added exactly" };
        format!(
            "Dot product of {blocks} of {} {elements} with {} scales, {sum}, rounded to {}",
            self.block, self.scale, self.r.format
        )
    }

    fn semantics(&self) -> String {
        let mut s = format!(
            "The dot product of block k is a_scale[k] * b_scale[k] times the sum of a[i]*b[i] over its {} elements, \
             exactly. ",
            self.block
        );
        if self.a == Element::Int8 {
            s += "An element is worth code / 64. ";
        }
        s += &if self.in_turn {
            format!(
                "In the order of the blocks each is added to the sum before it, with one rounding: r is {}",
                self.r.semantics()
            )
        } else {
            format!("r is the exact sum of the {} blocks, {}", self.blocks, self.r.semantics())
        };
        s += "A NaN element or scale makes r NaN, and so do infinity - infinity and an infinity with a scale of zero; \
              otherwise an infinity stays one. A sum of exactly zero is +0.";
        s
    }

    fn interface(&self) -> Interface {
        let n = self.block * self.blocks;
        let vector = |name: &str, e: Element| {
            let text = format!("{n} elements, {}, element 0 lowest", e.name());
            Port::operand(name, e.width(), e.encoding(), &text).vector(n)
        };
        let scales = |name: &str| {
            let text = format!("Scale of each block, {}", self.scale);
            Port::operand(name, self.scale.width(), PortEncoding::Float(self.scale), &text)
                .vector(self.blocks)
        };
        let mut ports = vec![vector("a", self.a), vector("b", self.b), scales("a_scale"), scales("b_scale")];
        ports.extend(self.r.ports("Dot product"));
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        false
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::BlocksModel::new(self))
    }
}
