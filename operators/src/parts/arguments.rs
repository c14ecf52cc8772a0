//! Parameters that many operators have in common, from their text to their meaning.
use super::unpack::Care;
use crate::ParamError;
use holigen_verif::format::{Encoding, FixedFormat, FloatFormat, FormatError, PositFormat};
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::Encoding as Number;
use holigen_verif::round::{RoundError, RoundMode, Saturation};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Most bits of a random word.
const MOST_RANDOM_BITS: u32 = 32;

/// The format that the operands have where nothing else says so. To be flattened into an operator's parameters.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub struct FormatArgs {
    /// Exponent bits of the operands: 1 to 8, and more where the operator says so [default: 4]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    pub we: Option<u32>,
    /// Fraction bits of the operands: 0 to 10, and more where the operator says so [default: 3]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    pub wf: Option<u32>,
    /// Format of the operands instead of --we and --wf: e4m3fn, e5m2, e4m3fnuz, e5m2fnuz, e3m2, e2m3, e2m1,
    /// bf16, fp16, tf32, eXmY, or a P3109 name such as binary8p4se
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    pub format: Option<String>,
    /// What the top codes mean: ieee, fn, fnuz, finite, p3109 [default: OCP's where we, wf name an OCP format,
    /// else ieee]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    pub encoding: Option<String>,
}

/// Which formats an operator takes as operands.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    /// Most exponent bits; the least is 1.
    pub we: u32,
    /// Most fraction bits; the least is 0.
    pub wf: u32,
    /// Whether scales are taken, which have no zero.
    pub scales: bool,
}

impl Operands {
    /// Every format there is.
    pub const ANY: Self = Self { we: 16, wf: 52, scales: true };

    /// The format that the parameters for all operands say.
    ///
    /// # Errors
    /// As [`FormatArgs::resolve`].
    pub fn of(&self, all: &FormatArgs) -> Result<FloatFormat, ParamError> {
        all.resolve(self)
    }

    /// The format of the first operand: by its own parameter, or the one for all.
    ///
    /// # Errors
    /// Both are given, or it is no operand.
    pub fn first(&self, all: &FormatArgs, own: Option<&str>) -> Result<FloatFormat, ParamError> {
        match own {
            Some(name) if all.given() => {
                let right = "give one or the other";
                Err(ParamError::new("a-format", name, "contradicts --format or --we and --wf", right))
            }
            Some(name) => self.named("a-format", name),
            None => all.resolve(self),
        }
    }

    /// A format by name, if it can be an operand.
    ///
    /// # Errors
    /// There is no such format, or it can't.
    pub fn named(&self, parameter: &str, name: &str) -> Result<FloatFormat, ParamError> {
        let f = format(parameter, name)?;
        if f.we() > self.we || f.wf() > self.wf || (f.encoding() == Encoding::Scale && !self.scales) {
            let zero = if self.scales { "" } else { ", with a zero" };
            let right = format!(
                "give a format of 1 to {} exponent and 0 to {} fraction bits{zero}",
                self.we, self.wf
            );
            return Err(ParamError::new(parameter, name, "is no operand of this core", right));
        }
        Ok(f)
    }
}

impl FormatArgs {
    /// Whether any of them is given.
    pub fn given(&self) -> bool {
        self.we.is_some() || self.wf.is_some() || self.format.is_some() || self.encoding.is_some()
    }

    /// The format they say, E4M3 if they say nothing.
    ///
    /// # Errors
    /// They contradict each other, or it is no operand.
    pub fn resolve(&self, operands: &Operands) -> Result<FloatFormat, ParamError> {
        if let Some(name) = &self.format {
            for (flag, given) in
                [("we", self.we.is_some()), ("wf", self.wf.is_some()), ("encoding", self.encoding.is_some())]
            {
                if given {
                    let what = format!("contradicts --{flag}: a named format has its own fields");
                    return Err(ParamError::new("format", name, what, "give one or the other"));
                }
            }
            return operands.named("format", name);
        }
        let (we, wf) = (self.we.unwrap_or(4), self.wf.unwrap_or(3));
        // Only P3109 formats, which have names, go beyond.
        let most = operands.we.min(11);
        if !(1..=most).contains(&we) {
            let right = format!("give 1 to {most} exponent bits");
            return Err(ParamError::new("we", we, "is out of range", right));
        }
        if wf > operands.wf {
            let right = format!("give 0 to {} fraction bits", operands.wf);
            return Err(ParamError::new("wf", wf, "is out of range", right));
        }
        let Some(encoding) = &self.encoding else {
            return FloatFormat::with_fields(we, wf)
                .map_err(|e| ParamError::new("wf", wf, e.to_string(), "see: holigen formats"));
        };
        let parsed: Encoding = encoding.parse().map_err(|e: FormatError| {
            let right = "give ieee, fn, fnuz, finite or p3109";
            ParamError::new("encoding", encoding, e.to_string(), right)
        })?;
        if parsed == Encoding::Scale {
            let right = "give ieee, fn, fnuz, finite or p3109; scales by their name, --format e8m0";
            return Err(ParamError::new("encoding", encoding, "is no encoding of --we and --wf", right));
        }
        FloatFormat::new(we, wf, parsed).map_err(|e| {
            ParamError::new("encoding", encoding, e.to_string(), "give another encoding or width")
        })
    }

    /// All four as the format says them, for the manifest.
    #[must_use]
    pub fn of(f: &FloatFormat) -> Self {
        Self {
            we: Some(f.we()),
            wf: Some(f.wf()),
            format: Some(f.name()),
            encoding: Some(f.encoding().to_string()),
        }
    }
}

/// What a core gives up. To be flattened into an operator's parameters.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct CareArgs {
    /// on, or flush: subnormal operands count as zero
    #[arg(long, value_name = "on|flush", default_value = "on")]
    #[serde(default = "on")]
    pub subnormals: String,
    /// on, or off: no operand is NaN or infinite; their codes are read as finite numbers
    #[arg(long, value_name = "on|off", default_value = "on")]
    #[serde(default = "on")]
    pub specials: String,
}

impl CareArgs {
    /// Their meaning.
    ///
    /// # Errors
    /// One of them is none of its two words.
    pub fn resolve(&self) -> Result<Care, ParamError> {
        care(&self.subnormals, &self.specials)
    }
}

/// Rounding to the result. To be flattened into an operator's parameters.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct RoundArgs {
    /// Rounding to r (in a loop that rounds: in every step): rne, rna, rtz, rup, rdn, odd, and stochastic sr:N,
    /// srb:N, src:N with N random bits
    #[arg(long, value_name = "MODE", default_value = "rne")]
    #[serde(default = "rne")]
    pub round: String,
    /// What an overflow of r becomes: satfinite, satpropagate, ovfinf [default: infinity where the format has it,
    /// else the largest finite number]
    #[arg(long, value_name = "MODE")]
    #[serde(default)]
    pub saturation: Option<String>,
}

/// `e4m3` where a name says no more than its fields, else the name, as a part of an identifier.
pub fn short(f: &FloatFormat) -> String {
    let plain = format!("e{}m{}", f.we(), f.wf());
    let same = FloatFormat::with_fields(f.we(), f.wf()).is_ok_and(|d| d == *f);
    if same { plain } else { f.name().to_lowercase().replace([':', '-'], "") }
}

/// Index of a word among those allowed.
///
/// # Errors
/// It is none of them.
pub fn choice(parameter: &str, found: &str, allowed: &[&str]) -> Result<usize, ParamError> {
    allowed.iter().position(|a| *a == found).ok_or_else(|| {
        ParamError::new(parameter, found, "is not known", format!("give {}", allowed.join(" or ")))
    })
}

/// A floating-point format by name.
///
/// # Errors
/// There is no such format.
pub fn format(parameter: &str, name: &str) -> Result<FloatFormat, ParamError> {
    name.parse()
        .map_err(|e: FormatError| ParamError::new(parameter, name, e.to_string(), "see: holigen formats"))
}

/// Any format of numbers by name: its encoding, and its bits.
///
/// # Errors
/// There is no such format.
pub fn any_format(parameter: &str, name: &str) -> Result<(Number, u32), ParamError> {
    let error = |e: FormatError| ParamError::new(parameter, name, e.to_string(), "see: holigen formats");
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("posit") {
        let f: PositFormat = name.parse().map_err(error)?;
        return Ok((Number::Posit(f), f.width()));
    }
    if ["int", "uint", "fixed", "ufixed"].iter().any(|s| lower.starts_with(s)) {
        let f: FixedFormat = name.parse().map_err(error)?;
        return Ok((Number::Fixed { signed: f.is_signed(), lsb: f.lsb() }, f.width()));
    }
    let f = format(parameter, name)?;
    Ok((Number::Float(f), f.width()))
}

/// `--round`.
///
/// # Errors
/// There is no such mode, or it takes more than 32 random bits.
pub fn round_mode(name: &str) -> Result<RoundMode, ParamError> {
    let random_bits = |mode: &str| {
        let right = format!("give {mode}:1 to {mode}:{MOST_RANDOM_BITS}");
        ParamError::new("round", name, "has no legal number of random bits", right)
    };
    let mode: RoundMode = name.parse().map_err(|e: RoundError| match e {
        RoundError::RandomBits { example, .. } => random_bits(&example),
        e => ParamError::new("round", name, e.to_string(), "give one of these modes"),
    })?;
    let stochastic = name.split(':').next().unwrap_or(name);
    if mode.random_bits() > MOST_RANDOM_BITS { Err(random_bits(stochastic)) } else { Ok(mode) }
}

/// `--saturation`, or what the format does by default.
///
/// # Errors
/// There is no such mode.
pub fn saturation(given: Option<&str>, format: &FloatFormat) -> Result<Saturation, ParamError> {
    let Some(name) = given else { return Ok(format.default_saturation()) };
    name.parse().map_err(|e: RoundError| {
        ParamError::new("saturation", name, e.to_string(), "give satfinite, satpropagate or ovfinf")
    })
}

/// `--subnormals` and `--specials`.
///
/// # Errors
/// One of them is none of its two words.
pub fn care(subnormals: &str, specials: &str) -> Result<Care, ParamError> {
    Ok(Care {
        flush: choice("subnormals", subnormals, &["on", "flush"])? == 1,
        specials: choice("specials", specials, &["on", "off"])? == 0,
    })
}

/// A whole number of a range.
///
/// # Errors
/// It is outside.
pub fn within(
    parameter: &str,
    found: u64,
    range: RangeInclusive<u64>,
    unit: &str,
) -> Result<u64, ParamError> {
    if range.contains(&found) {
        return Ok(found);
    }
    let right = format!("give {} to {} {unit}", range.start(), range.end());
    Err(ParamError::new(parameter, found, "is out of range", right))
}

/// An integer format by its width: two's complement unless `unsigned`.
///
/// # Errors
/// It has no bit, or more than `most`.
pub fn integer(parameter: &str, bits: u32, most: u32, unsigned: bool) -> Result<IntFormat, ParamError> {
    within(parameter, bits.into(), 1..=most.into(), "bits")?;
    Ok(IntFormat { width: bits, signed: !unsigned })
}

/// Default of widths.
pub fn eight() -> u32 {
    8
}

/// Default of `--n`.
pub fn sixteen() -> u32 {
    16
}

/// Default of `--terms`.
pub fn terms() -> u64 {
    65536
}

/// Default of `--round`.
pub fn rne() -> String {
    "rne".into()
}

/// Default of `--subnormals` and `--specials`.
pub fn on() -> String {
    "on".into()
}

/// The posit format of the operands. To be flattened into an operator's parameters.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositArgs {
    /// Bits of the posits, 3 to 64
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    pub n: u32,
    /// Exponent bits of the posits, 0 to 5; the Posit Standard (2022) has 2
    #[arg(long, value_name = "BITS", default_value_t = 2)]
    #[serde(default = "two")]
    pub es: u32,
}

fn two() -> u32 {
    2
}

impl PositArgs {
    /// The format.
    ///
    /// # Errors
    /// One of them is out of range.
    pub fn resolve(&self) -> Result<PositFormat, ParamError> {
        posit(("n", "es"), self.n, self.es)
    }
}

/// `--n` and `--es`, or others of that kind.
///
/// # Errors
/// One of them is out of range.
pub fn posit(flags: (&str, &str), n: u32, es: u32) -> Result<PositFormat, ParamError> {
    if !(3..=64).contains(&n) {
        return Err(ParamError::new(flags.0, n, "is out of range", "give 3 to 64 bits"));
    }
    PositFormat::new(n, es)
        .map_err(|_| ParamError::new(flags.1, es, "is out of range", "give 0 to 5 exponent bits"))
}
