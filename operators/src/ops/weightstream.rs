//! Compressed weights to sums: decoder, dequantiser and dot product in one core.
//!
//! `weightstream.rs` settles the parameters, `weights.rs` knows what codes stand for, `architecture.rs` builds the core,
//! `model.rs` is the reference. `floats.rs` is the core that gives values out instead of sums.
use crate::coder::CoderArgs;
use crate::elements::ElementLayout;
use crate::parts::arguments;
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::entropy::lanes;
use crate::parts::ports;
use crate::parts::stateless;
use crate::products::{Products, Result as Of};
use crate::{Core, Operator, ParamError};
use clap::Args;
use floats::FloatCore;
use holigen_generator::Builder;
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::format::FloatFormat;
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::{Interface, Port};
use holigen_verif::stream::StreamModel;
use model::{Scale, WeightModel};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weights::Weights;

mod architecture;
mod floats;
mod model;
mod weights;

/// Dot products of compressed weights: entropy decoder, dequantiser, multipliers and accumulator in one core
///
/// # Semantics
/// A layer's weights come in compressed, row after row, at the streams `s` (`s0`, `s1`, ... with several lanes); its
/// activations at the stream `x`, in groups of N = lanes * per-symbol elements, once for each row. A clock takes a group
/// of both, and the sum over a row leaves at `m`: r = the sum of w[i]*x[i], exactly, in an accumulator that holds
/// --terms groups for certain and wraps beyond. A row ends with x_last, and behind --row groups if that is given,
/// whichever is first. m_last comes with the sum of the row that ends with the last group of the weights' stream.
/// All streams have the handshake of AXI4-Stream; what each waits for is the other.
///
/// Weights are what --weights says: ternary; integers of --wbits bits less a zero point; indices into a code book of
/// integers. A symbol of the decoder is --per-symbol of them, the first in the low bits: codes of several weights come
/// below one bit a weight. With --scale M, r is the sum * M / 2^shift, rounded to nearest, ties to even, and the nearest
/// number of --rbits bits (--runsigned: not below 0) where it is outside.
///
/// With --weights FORMAT, a floating-point format of at most 8 exponent bits, there is no dot product: the core gives
/// the values themselves, N = lanes a clock, bit by bit as they were. The decoder reads exponents at `s`, which is where
/// trained weights have little entropy; the stream `f` has sign and fraction of each value as they are. The last word of
/// both comes together.
///
/// A corrupt stream or table raises error, as of the decoder. The sums of all rows in front of the fault come and are
/// right; the row with the fault has none, and the rest of both streams is taken and dropped. `holigen encode
/// weightstream` writes the stream: of a two-dimensional array each row is filled up to whole groups, with weights of the
/// least magnitude; the activations there must be 0.
///
/// # Architecture
/// The lanes of the decoder side by side, which wait for each other; a register for the group; the weights' table; the
/// dot product and the accumulator as intdot and ternarydot have them, as a pipeline that stands still while a sum is
/// not taken. No bubble within a block, between rows none either.
///
/// # Sources
/// S. Han, H. Mao, W. J. Dally, Deep Compression, ICLR 2016 (code books and Huffman codes of weights). B. Jacob et al.,
/// Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018 (zero point,
/// multiplier and shift). M. Hershcovitch et al., ZipNN: Lossless Compression for AI Models, 2024 (exponents of bfloat16
/// weights). Decoders and dot products: theirs.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WeightStream {
    #[command(flatten)]
    #[serde(flatten)]
    coder: CoderArgs,
    /// What codes stand for: ternary, int, codebook; or a float format with values out, such as bf16, fp16, fp32
    #[arg(long, value_name = "KIND|FORMAT", default_value = "ternary")]
    #[serde(default = "ternary")]
    pub(crate) weights: String,
    /// Bits of a weight's code, 1 to 8 (int, codebook) [default: 4; 2 of ternary weights]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    pub(crate) wbits: Option<u32>,
    /// Codes are unsigned instead of two's complement (int)
    #[arg(long)]
    #[serde(default)]
    pub(crate) wunsigned: bool,
    /// Zero point, which is taken from each code (int) [default: 0]
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    #[serde(default)]
    pub(crate) zero: Option<i64>,
    /// Integers by index, at most 16 bits each: `-7,-3,0,3,7`, or a file with them (codebook)
    #[arg(long, value_name = "LIST|FILE", allow_hyphen_values = true)]
    #[serde(default)]
    pub(crate) values: Option<String>,
    /// Weights that a symbol holds
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    #[serde(default = "one")]
    per_symbol: u32,
    /// Symbols a clock: sub-streams decoded side by side, 1 to 16
    #[arg(long, value_name = "COUNT", default_value_t = 4)]
    #[serde(default = "four")]
    lanes: u32,
    /// Bits of an activation, 1 to 16 [default: 8]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    xbits: Option<u32>,
    /// Activations are unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    xunsigned: bool,
    /// Groups of a row at most; 0: a row ends with x_last only
    #[arg(long, value_name = "GROUPS", default_value_t = 0)]
    #[serde(default)]
    row: u64,
    /// Groups whose sum the accumulator holds for certain, 1 to 2^32 [default: those of --row; else 65536]
    #[arg(long, value_name = "GROUPS")]
    #[serde(default)]
    terms: Option<u64>,
    /// r is the sum times this, 1 to 2^31 - 1, divided by 2^shift [default: r is the sum]
    #[arg(long, value_name = "FACTOR")]
    #[serde(default)]
    scale: Option<u32>,
    /// With --scale: 0 to 62 [default: 0]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    shift: Option<u32>,
    /// With --scale: bits of r, 1 to 32 [default: 8]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    rbits: Option<u32>,
    /// With --scale: r is unsigned, negative sums are 0
    #[arg(long)]
    #[serde(default)]
    runsigned: bool,
}

fn ternary() -> String {
    "ternary".into()
}

fn one() -> u32 {
    1
}

fn four() -> u32 {
    4
}

/// Most bits of the activations of a group.
const GROUP_BITS: u32 = 128;

/// Groups of a row that an accumulator holds where nothing else is said.
const TERMS: u64 = 65536;

impl WeightStream {
    fn scale(&self) -> Result<Option<Scale>, ParamError> {
        let Some(multiplier) = self.scale else {
            let others = [
                ("shift", self.shift.map(|s| s.to_string())),
                ("rbits", self.rbits.map(|b| b.to_string())),
                ("runsigned", self.runsigned.then(|| "true".into())),
            ];
            return match others.into_iter().find_map(|(name, value)| Some((name, value?))) {
                Some((name, value)) => {
                    Err(ParamError::new(name, value, "needs a scale", "give --scale too, or leave it out"))
                }
                None => Ok(None),
            };
        };
        arguments::within("scale", multiplier.into(), 1..=(1 << 31) - 1, "as a factor")?;
        let (shift, rbits) = (self.shift.unwrap_or(0), self.rbits.unwrap_or(8));
        arguments::within("shift", shift.into(), 0..=62, "bits")?;
        arguments::within("rbits", rbits.into(), 1..=32, "bits")?;
        let format = IntFormat { width: rbits, signed: !self.runsigned };
        Ok(Some(Scale { multiplier, shift, format }))
    }
}

impl Operator for WeightStream {
    const NAME: &'static str = "weightstream";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        if let Ok(format) = self.weights.parse::<FloatFormat>() {
            return Ok(Box::new(FloatCore::resolve(self, format)?));
        }
        let weights = Weights::resolve(self)?;
        let bits = weights.bits();
        arguments::within("per-symbol", self.per_symbol.into(), 1..=8, "weights")?;
        if bits * self.per_symbol > 8 {
            let right = format!("at most {} of {bits} bits each: symbols have 8 bits at most", 8 / bits);
            return Err(ParamError::new("per-symbol", self.per_symbol, "do not fit into a symbol", right));
        }
        let decoder = self.coder.resolve(bits * self.per_symbol, self.lanes)?;
        let x = arguments::integer("xbits", self.xbits.unwrap_or(8), 16, self.xunsigned)?;
        let n = self.lanes * self.per_symbol;
        if n * x.width > GROUP_BITS {
            let right = format!("{} weights a clock take {} bits of activations at most", n, GROUP_BITS / n);
            return Err(ParamError::new("xbits", x.width, "is too many", right));
        }
        arguments::within("row", self.row, 0..=1 << 16, "groups")?;
        let terms = self.terms.unwrap_or(if self.row > 0 { self.row } else { TERMS });
        arguments::within("terms", terms, 1..=1 << 32, "groups")?;
        let scale = self.scale()?;
        let mut args = self.clone();
        args.coder = self.coder.resolved(&*decoder);
        args.xbits = Some(x.width);
        args.terms = Some(terms);
        args.wbits = (weights != Weights::Ternary).then_some(bits);
        args.zero = match weights {
            Weights::Integer { zero, .. } => Some(zero),
            _ => None,
        };
        (args.shift, args.rbits) = match scale {
            Some(s) => (Some(s.shift), Some(s.format.width)),
            None => (None, None),
        };
        let products = Products {
            name: String::new(),
            title: String::new(),
            parameters: stateless::parameters(&args),
            remark: String::new(),
            w: Some(("w", weights.factor())),
            x: ("x", crate::products::Factor::Integer(x)),
            packed: [None; 2],
            sparse: None,
            n,
            terms: Some(terms),
            result: Of::Sum,
        };
        Ok(Box::new(WeightCore {
            decoder,
            weights,
            x,
            row: self.row,
            per_symbol: self.per_symbol,
            scale,
            products,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "coder = \"huffdec\"\nlongest = 9\nper-symbol = 4\nlanes = 2\nxbits = 4\nrow = 9",
            "coder = \"huffdec\"\ntable = \"1,2,0,2\"\nlanes = 1\nterms = 100",
            "coder = \"tansdec\"\nlog = 7\nweights = \"int\"\nlanes = 2\nrow = 1",
            "coder = \"ransdec\"\nprecision = 9\nweights = \"int\"\nwbits = 4\nwunsigned = true\nzero = 7\nxunsigned = true",
            "coder = \"tansdec\"\nlog = 8\nweights = \"codebook\"\nwbits = 3\nvalues = \"-90,-31,-12,0,11,29,88\"\n\
             lanes = 3\nscale = 181\nshift = 14",
            "coder = \"ricedec\"\nmap = \"zigzag\"\nweights = \"int\"\nwbits = 3\nlanes = 2\nscale = 5\nshift = 6\n\
             rbits = 4\nrunsigned = true",
            "coder = \"huffdec\"\nweights = \"bf16\"\nlanes = 2",
            "coder = \"ransdec\"\nweights = \"fp16\"\nlanes = 1",
            "coder = \"huffdec\"\ntable = \"2,2,3,3,3,3\"\nweights = \"e3m0\"\nlanes = 3",
        ]
    }
}

/// A core with its parameters settled.
pub struct WeightCore {
    decoder: Box<dyn EntropyDecoder>,
    weights: Weights,
    x: IntFormat,
    /// Groups of a row at most, or 0.
    row: u64,
    per_symbol: u32,
    scale: Option<Scale>,
    /// Products of a group, and the row's sum.
    products: Products,
}

impl WeightCore {
    /// Of r.
    fn format(&self) -> IntFormat {
        self.scale.map_or_else(|| self.products.format(), |s| s.format)
    }
}

impl Core for WeightCore {
    fn parameters(&self) -> Map<String, Value> {
        self.products.parameters.clone()
    }

    fn name(&self) -> String {
        let mut name = format!("weightstream{}_{}_{}", self.products.n, self.weights.short(), self.x.short());
        if self.row > 0 {
            name += &format!("_r{}", self.row);
        }
        if self.products.terms != Some(if self.row > 0 { self.row } else { TERMS }) {
            name += &format!("_t{}", self.products.longest_sum());
        }
        if let Some(s) = self.scale {
            name += &format!("_m{}s{}{}", s.multiplier, s.shift, s.format.short());
        }
        format!("{name}_{}", self.decoder.name())
    }

    fn title(&self) -> String {
        let kind = match &self.weights {
            Weights::Ternary => "ternary weights".into(),
            Weights::Integer { format, .. } => format!("{}-bit weights", format.width),
            Weights::Codebook { bits, .. } => format!("weights of a {bits}-bit code book"),
        };
        format!("Dot products of {} compressed {kind} and {} activations a clock", self.products.n, self.x)
    }

    fn semantics(&self) -> String {
        let n = self.products.n;
        let row = match self.row {
            0 => "A row ends with x_last".into(),
            row => format!("A row ends with x_last or behind {row} group(s)"),
        };
        let sum = self.products.format();
        let r = match self.scale {
            None => "r is the row's sum of w[i]*x[i]".to_string(),
            Some(s) => format!(
                "r is the row's sum of w[i]*x[i], times {} / 2^{}, rounded to nearest, ties to even, and the nearest {} \
                 number",
                s.multiplier, s.shift, s.format
            ),
        };
        let groups = self.products.longest_sum();
        let symbol = match self.per_symbol {
            1 => "A symbol is a weight".to_string(),
            k => format!("A symbol is {k} weights, the first in its low bits"),
        };
        format!(
            "Takes a group of {n} weights and {n} activations a clock. {r}. {row}. The accumulator is a {sum} number, which \
             holds {groups} groups for certain; beyond its range it wraps. m_last comes with the sum of a row that ends \
             with the last group of the weights' stream. w: {}. x: {}. {symbol}; symbol i of a group comes from lane i. A \
             group with a fault, and all behind it, give no sum; activations are then taken and dropped.\n\n{}",
            self.weights.text(),
            self.x,
            self.decoder.semantics()
        )
    }

    fn interface(&self) -> Interface {
        let d = &self.decoder;
        let n = self.products.n;
        let mut x = ports::stream_in("x", self.x.width * n, "activations");
        let text = format!("Activations of a group, {}, element 0 in the low bits.", self.x);
        x[1] = Port::operand("x_data", self.x.width, self.x.encoding(), &text).vector(n);
        x[2].description = "The last group of a row.".into();
        let mut ports = lanes::input_ports(d.shape(), d.lanes(), d.entry_bits(), "sums", x);
        let format = self.format();
        let last = "The row ended with the weights' stream.";
        let mut out = ports::stream_out(format.width, 1, format.encoding(), "sums", last, lanes::ERROR);
        out[0].description = "A sum stands there, until it is taken.".into();
        out[1].description = format!("r of a row, {format}.");
        ports.extend(out);
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        true
    }

    fn timing_advice(&self) -> String {
        format!("a narrower accumulator (--terms); of the decoder: {}", self.decoder.timing_advice())
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn decoder(&self) -> Option<Decoder> {
        self.decoder.decoder()
    }

    fn elements(&self) -> Option<ElementLayout> {
        let bits = self.weights.bits();
        let values = self.values();
        let padding = (0..values.len()).min_by_key(|c| values[*c].abs()).unwrap_or(0) as u64;
        let row = (self.row > 0).then_some(self.row);
        Some(ElementLayout { bits, per_symbol: self.per_symbol, padding, row, raw: None })
    }

    fn stream(&self) -> Option<Box<dyn StreamModel>> {
        Some(Box::new(WeightModel {
            decoder: self.decoder.decoder()?,
            values: self.values(),
            weight_bits: self.weights.bits(),
            n: self.products.n,
            x: self.x,
            row: self.row,
            sum: self.products.format(),
            scale: self.scale,
        }))
    }
}

impl WeightCore {
    /// The weight of each code, by its definition.
    fn values(&self) -> Vec<i64> {
        let codes = 0..1u64 << self.weights.bits();
        match &self.weights {
            Weights::Ternary => vec![0, 1, 0, -1],
            Weights::Integer { format, zero } => codes.map(|c| format.decode(c) - zero).collect(),
            Weights::Codebook { values, .. } => {
                codes.map(|c| values.get(c as usize).copied().unwrap_or(0)).collect()
            }
        }
    }
}
