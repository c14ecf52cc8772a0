//! The floating-point result that many operators end with: which format, how rounded, and how to say so.
use super::arguments::{self, RoundArgs, short};
use super::round_fixed::Rounding;
use super::unpack::Care;
use crate::ParamError;
use holigen_generator::{Bits, Builder};
use holigen_verif::exact::Value;
use holigen_verif::format::FloatFormat;
use holigen_verif::interface::{Encoding as PortEncoding, Port};
use holigen_verif::round::{RoundMode, Saturation, round};

/// Format and rounding of a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FloatResult {
    /// Its format.
    pub format: FloatFormat,
    /// How it is rounded.
    pub rounding: Rounding,
}

impl FloatResult {
    /// From the parameters; `default` where there is no `--out`.
    ///
    /// # Errors
    /// One of the parameters is not known.
    pub fn resolve(out: Option<&str>, default: FloatFormat, args: &RoundArgs) -> Result<Self, ParamError> {
        let format = out.map_or(Ok(default), |name| arguments::format("out", name))?;
        let mode = arguments::round_mode(&args.round)?;
        let saturation = arguments::saturation(args.saturation.as_deref(), &format)?;
        Ok(Self { format, rounding: Rounding { mode, saturation } })
    }

    /// The parameters with their defaults settled, for the manifest.
    pub fn settle(&self, out: &mut Option<String>, args: &mut RoundArgs) {
        *out = Some(self.format.name());
        args.saturation = Some(self.rounding.saturation.to_string());
    }

    /// What a core's name says of it, where it differs from `default` and from what is usual.
    pub fn suffix(&self, default: &FloatFormat, care: Care) -> String {
        let mut s = String::new();
        if self.format != *default {
            s += &format!("_out_{}", short(&self.format));
        }
        if self.rounding.saturation != self.format.default_saturation() {
            s += &format!("_{}", self.rounding.saturation);
        }
        s + &suffix(self.rounding.mode, care)
    }

    /// What r is, in words.
    pub fn semantics(&self) -> String {
        let overflow = match (self.rounding.saturation, self.format.has_infinity()) {
            (Saturation::OvfInf, true) => "becomes infinity, or the largest number where the mode says so",
            (Saturation::OvfInf, false) if self.format.has_nan() => "becomes NaN where the format says so",
            (Saturation::SatPropagate, true) => "becomes the largest finite number, infinities stay",
            _ => "becomes the largest finite number, and so do infinities",
        };
        let mut s =
            format!("rounded once to {} ({}); an overflow {overflow}. ", self.format, self.rounding.mode);
        if !self.format.is_signed() {
            s += "Negative results are zero, or NaN where saturation and rounding say so. ";
        }
        if !self.format.has_nan() {
            s += "The format has no NaN: the largest number it can say stands for one. ";
        }
        s
    }

    /// Width of the random word, 0 if there is none.
    pub fn random_bits(&self) -> u32 {
        self.rounding.mode.random_bits()
    }

    /// The port of the random word, if there is one, and that of r.
    pub fn ports(&self, what: &str) -> Vec<Port> {
        let bits = self.random_bits();
        let mut ports = if bits > 0 { vec![Port::random(bits)] } else { Vec::new() };
        let f = &self.format;
        ports.push(Port::result("r", f.width(), PortEncoding::Float(*f), &format!("{what}, {f}")));
        ports
    }

    /// The random word's input, if there is one.
    pub fn random<'b>(&self, b: &'b Builder) -> Option<Bits<'b>> {
        let bits = self.random_bits();
        (bits > 0).then(|| b.input("rnd", bits))
    }

    /// For reference models: the code of an exact value.
    pub fn code(&self, value: &Value, rnd: u64) -> u64 {
        round(value, &self.format, self.rounding.mode, self.rounding.saturation, rnd) as u64
    }
}

/// What a core's name says of rounding and care where they are not the usual ones.
pub fn suffix(mode: RoundMode, care: Care) -> String {
    let mut s = String::new();
    if mode != RoundMode::Rne {
        s += &format!("_{}", mode.to_string().replace(':', ""));
    }
    if care.flush {
        s += "_flush";
    }
    if !care.specials {
        s += "_nospecials";
    }
    s
}

/// What a core gives up, in words.
pub fn care_semantics(care: Care) -> String {
    let mut s = String::new();
    if !care.specials {
        s += "Codes of NaN and infinity are read as the finite numbers that their fields say. ";
    }
    if care.flush {
        s += "Subnormal operands count as zero. ";
    }
    s
}

/// The port of an operand.
pub fn operand(name: &str, f: &FloatFormat) -> Port {
    Port::operand(name, f.width(), PortEncoding::Float(*f), &format!("Operand, {f}"))
}
