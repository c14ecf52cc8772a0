//! Multiply-accumulate of small floating-point numbers.
//!
//! `fp8mac.rs` settles the parameters, `description.rs` says what the core is, `architecture.rs` builds it, `model.rs` is
//! the reference.
use crate::parts::arguments::{self, CareArgs, FormatArgs, Operands, RoundArgs, choice};
use crate::parts::dual::Arch;
use crate::parts::unpack::{Care, largest_exponent_field};
use crate::parts::{codes, round_fixed::Rounding};
use crate::{Core, Operator, ParamError};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::{RoundMode, Saturation, Stochastic};
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

mod architecture;
mod description;
mod dual_loop;
mod eager_loop;
mod float_loop;
mod model;
mod specification;

/// Multiply-accumulate: r = the sum of a*b since in_first, one product a clock
///
/// # Semantics
/// Operands have 1 to 8 exponent and 0 to 10 fraction bits. Products are exact. With an exact accumulator nothing is lost between products, whatever their order: the
/// sum is a two's-complement number with the weight of the smallest product in its lowest bit, and r is that
/// sum rounded once. in_first marks the product that starts a new sum. A NaN operand, 0 * infinity and
/// infinity - infinity make r NaN until the next in_first; an infinity stays until then. A sum of exactly
/// zero is +0. Cycles without in_valid change nothing.
///
/// # Architecture
/// The significand product is shifted by a few multiplexers into one of several registers, of which the
/// others are cleared; their or, conditionally complemented, is added in one carry chain, or in segments with
/// waiting carries where one chain is too slow. The sum is normalised and rounded in two's complement, without
/// taking its magnitude.
///
/// # Sources
/// U. Kulisch, Computer Arithmetic and Validity, 2nd ed., 2013 (exact accumulation). OCP 8-bit Floating Point
/// Specification (OFP8) v1.0, 2023. IEEE P3109 Interim Report v4.0. J.-M. Muller et al., Handbook of
/// Floating-Point Arithmetic, 2nd ed., 2018, sections 7 and 8. E. Ben Ali, S. Filip, O. Sentieys, DATE 2024
/// (stochastic rounding in multiply-accumulators).
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Fp8Mac {
    #[command(flatten)]
    #[serde(flatten)]
    operands: FormatArgs,
    /// Format of operand b [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    b_format: Option<String>,
    /// Accumulator: exact, fixed:MSB:LSB (two's complement, bit weights 2^MSB to 2^LSB, sign bit above MSB), or a
    /// floating-point format such as e6m5, rounded every step
    #[arg(long, value_name = "ACC", default_value = "exact")]
    #[serde(default = "exact")]
    acc: String,
    /// What a fixed accumulator does with product bits below its LSB: rtz (cut the magnitude) or rna (to nearest,
    /// ties away)
    #[arg(long, value_name = "MODE", default_value = "rtz")]
    #[serde(default = "rtz")]
    acc_round: String,
    /// What a fixed accumulator does on overflow: saturate or wrap
    #[arg(long, value_name = "MODE", default_value = "saturate")]
    #[serde(default = "saturate")]
    acc_overflow: String,
    /// Products that the exact accumulator holds for certain, 1 to 2^32
    #[arg(long, value_name = "COUNT", default_value_t = 65536)]
    #[serde(default = "terms")]
    terms: u64,
    /// Format of r: eXmY, a name, or fixed (the accumulator itself, with flags for NaN and infinities)
    /// [default: fp32]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rounding: RoundArgs,
    #[command(flatten)]
    #[serde(flatten)]
    care: CareArgs,
    /// Where the random word of stochastic rounding comes from: rnd (an input), or lfsr (a register inside)
    #[arg(long, value_name = "rnd|lfsr", default_value = "rnd")]
    #[serde(default = "rnd")]
    rng: String,
    /// What the register of --rng lfsr holds after a reset, 1 to 4294967295
    #[arg(long, value_name = "NUMBER", default_value_t = LFSR_SEED)]
    #[serde(default = "lfsr_seed")]
    lfsr_seed: u32,
    /// Stochastic rounding in the loop: lazy (the random word is added to the normalised sum), or eager (to the operands, for
    /// each place the sum can have; sr:N, products no wider than the accumulator), a shorter loop. The results are the same
    #[arg(long, value_name = "lazy|eager", default_value = "lazy")]
    #[serde(default = "lazy")]
    sr: String,
    /// Loop of a floating-point accumulator. single: one path, small; dual: near and far path, fast, for accumulators with
    /// subnormal numbers and a fraction, not with --sr eager; auto: dual where there is a clock and such a format
    #[arg(long, value_name = "ARCH", default_value = "auto")]
    #[serde(default = "auto")]
    arch: String,
    /// Independent sums served in turn, clock by clock, 1 to 64: the loop may take as many clocks
    #[arg(long, value_name = "SUMS", default_value_t = 1)]
    #[serde(default = "one")]
    interleave: u32,
}

fn auto() -> String {
    "auto".into()
}
fn exact() -> String {
    "exact".into()
}
fn rtz() -> String {
    "rtz".into()
}
fn saturate() -> String {
    "saturate".into()
}
fn terms() -> u64 {
    65536
}
fn one() -> u32 {
    1
}
fn rnd() -> String {
    "rnd".into()
}
/// 2^32 divided by the golden ratio.
const LFSR_SEED: u32 = 0x9E37_79B9;
fn lfsr_seed() -> u32 {
    LFSR_SEED
}
fn lazy() -> String {
    "lazy".into()
}

/// What sums are kept in.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Accumulator {
    /// Two's complement, `width` bits with the sign, lowest worth 2^lsb.
    Fixed {
        width: u32,
        lsb: i32,
        /// Product bits below round to nearest, ties away from zero, instead of being cut off.
        nearest: bool,
        /// Clamp instead of wrapping around.
        saturate: bool,
    },
    /// A floating-point number, rounded every step.
    Float(FloatFormat),
}

impl Accumulator {
    fn width(&self) -> u32 {
        match self {
            Self::Fixed { width, .. } => *width,
            Self::Float(f) => f.width(),
        }
    }
}

/// What comes out.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Output {
    /// The accumulator itself.
    Sum,
    /// Rounded.
    Float { format: FloatFormat, saturation: Saturation },
}

/// A resolved core.
#[derive(Clone, Debug)]
pub struct Mac {
    args: Fp8Mac,
    a: FloatFormat,
    b: FloatFormat,
    acc: Accumulator,
    acc_saturation: Saturation,
    output: Output,
    round: RoundMode,
    care: Care,
    turns: u32,
    /// Seed of the register that makes the random words.
    lfsr: Option<u32>,
    /// The random word is added beside the sum.
    eager: bool,
    /// Paths of a floating-point loop.
    arch: Arch,
}

impl Fp8Mac {
    fn accumulator(&self, a: &FloatFormat, b: &FloatFormat, care: Care) -> Result<Accumulator, ParamError> {
        let lsb = a.emin() - a.wf() as i32 + b.emin() - b.wf() as i32;
        if self.acc == "exact" {
            if !(1..=1 << 32).contains(&self.terms) {
                let right = "give 1 to 4294967296 products";
                return Err(ParamError::new("terms", self.terms, "is out of range", right));
            }
            let largest = |f: &FloatFormat| {
                let code = codes::largest(f);
                let field = u64::try_from(&code >> f.wf()).unwrap_or(0);
                let mask = (BigUint::from(1u8) << f.wf()) - 1u8;
                let fraction =
                    if field == 0 { code & mask } else { (code & mask) | BigUint::from(1u8) << f.wf() };
                fraction << (field.max(1) - 1)
            };
            let most = largest(a) * largest(b) * self.terms;
            let width = most.bits() as u32 + 1;
            return Ok(Accumulator::Fixed { width, lsb, nearest: false, saturate: false });
        }
        if let Some(rest) = self.acc.strip_prefix("fixed:") {
            let bad = |what: &str| {
                let right = "give fixed:MSB:LSB, e.g. fixed:15:-10 for 26 bits and a sign";
                ParamError::new("acc", &self.acc, what, right)
            };
            let parts: Vec<&str> = rest.split(':').collect();
            let [msb, low] = parts[..] else { return Err(bad("needs two bit weights")) };
            let number = |s: &str| s.parse::<i32>().map_err(|_| bad("has a bit weight that is no integer"));
            let (msb, low) = (number(msb)?, number(low)?);
            if msb < low {
                return Err(bad("has its highest bit below its lowest"));
            }
            if !(-2000..=2000).contains(&msb) || !(-2000..=2000).contains(&low) || msb - low > 1022 {
                return Err(bad("is too wide: 1023 bits and weights of 2^-2000 to 2^2000 are the limit"));
            }
            let top = largest_exponent_field(a, care) as i32 - a.bias()
                + largest_exponent_field(b, care) as i32
                - b.bias()
                + 1;
            if low > top {
                return Err(bad(&format!("lies above every product, which is less than 2^{}", top + 1)));
            }
            if msb < lsb {
                return Err(bad(&format!("lies below every product, which is a multiple of 2^{lsb}")));
            }
            let nearest = choice("acc-round", &self.acc_round, &["rtz", "rna"])? == 1;
            let saturate = choice("acc-overflow", &self.acc_overflow, &["saturate", "wrap"])? == 0;
            let width = (msb - low) as u32 + 2;
            return Ok(Accumulator::Fixed { width, lsb: low, nearest, saturate });
        }
        let format: FloatFormat = self.acc.parse().map_err(|e: holigen_verif::format::FormatError| {
            ParamError::new(
                "acc",
                &self.acc,
                e.to_string(),
                "give exact, fixed:MSB:LSB or a format such as e6m5",
            )
        })?;
        if !format.is_signed() || format.encoding() == Encoding::Scale || format.wf() > 23 || format.we() > 8
        {
            let right = "give a signed format of at most 8 exponent and 23 fraction bits";
            return Err(ParamError::new("acc", &self.acc, "cannot hold a sum", right));
        }
        Ok(Accumulator::Float(format))
    }

    fn output(&self, acc: &Accumulator) -> Result<Output, ParamError> {
        let name = self.out.as_deref().unwrap_or("fp32");
        if name == "fixed" {
            if let Accumulator::Float(f) = acc {
                let right = format!("give --out {f}, the accumulator's own format");
                return Err(ParamError::new("out", name, "needs a fixed-point accumulator", right));
            }
            if self.rounding.saturation.is_some() {
                let right = "leave it out, or use --acc-overflow";
                let found = self.rounding.saturation.clone().unwrap_or_default();
                return Err(ParamError::new("saturation", found, "has no meaning with --out fixed", right));
            }
            return Ok(Output::Sum);
        }
        let format = arguments::format("out", name)?;
        if !format.is_signed() || format.encoding() == Encoding::Scale {
            let right = "give a signed format";
            return Err(ParamError::new("out", name, "has no sign, a sum can be negative", right));
        }
        if let Accumulator::Float(f) = acc {
            let least = |f: &FloatFormat| f.emin() - f.wf() as i32;
            let holds = format == *f
                || (format.emin() <= f.emin()
                    && least(&format) <= least(f)
                    && format.wf() >= f.wf()
                    && format.emax() > f.emax());
            if !holds {
                let right = format!("give --out {f} (the accumulator's own) or a wider format such as fp32");
                return Err(ParamError::new(
                    "out",
                    name,
                    "does not hold every value of the accumulator",
                    right,
                ));
            }
        }
        let saturation = arguments::saturation(self.rounding.saturation.as_deref(), &format)?;
        Ok(Output::Float { format, saturation })
    }
}

/// What the significand product and the placement are made for.
const OPERANDS: Operands = Operands { we: 8, wf: 10, scales: false };

impl Fp8Mac {
    /// The seed of the register that makes the random words, if there is one.
    fn generator(&self, round: RoundMode) -> Result<Option<u32>, ParamError> {
        let inside = choice("rng", &self.rng, &["rnd", "lfsr"])? == 1;
        if !inside {
            if self.lfsr_seed != LFSR_SEED {
                let right = "give --rng lfsr too";
                return Err(ParamError::new("lfsr-seed", self.lfsr_seed, "has no register", right));
            }
            return Ok(None);
        }
        if round.random_bits() == 0 {
            let right = "give a stochastic one such as --round sr:8, or leave --rng out";
            return Err(ParamError::new("rng", &self.rng, format!("has no use with --round {round}"), right));
        }
        if self.lfsr_seed == 0 {
            let right = "give 1 to 4294967295";
            return Err(ParamError::new("lfsr-seed", 0, "would stay zero for ever", right));
        }
        Ok(Some(self.lfsr_seed))
    }

    /// Whether the random word is added beside the sum.
    fn eager(
        &self,
        round: RoundMode,
        acc: &Accumulator,
        a: &FloatFormat,
        b: &FloatFormat,
    ) -> Result<bool, ParamError> {
        if choice("sr", &self.sr, &["lazy", "eager"])? == 0 {
            return Ok(false);
        }
        let refuse = |what: String, right: &str| Err(ParamError::new("sr", &self.sr, what, right));
        let Accumulator::Float(f) = acc else {
            return refuse("needs a loop that rounds".into(), "give --acc eXmY, or leave it out");
        };
        if !matches!(round, RoundMode::Sr { kind: Stochastic::A, .. }) {
            return refuse(format!("does not go with --round {round}"), "give --round sr:N, or leave it out");
        }
        let width = a.precision() + b.precision();
        if width > f.precision() {
            let right = "give an accumulator with more fraction bits, or --sr lazy";
            let what = format!("needs an accumulator of the {width} significant bits of a product");
            return refuse(what, right);
        }
        Ok(true)
    }
    /// Paths of the loop.
    fn arch(&self, acc: &Accumulator, eager: bool) -> Result<Arch, ParamError> {
        let chosen = choice("arch", &self.arch, &["auto", "single", "dual"])?;
        let refuse = |what: &str| Err(ParamError::new("arch", &self.arch, what, "leave it out"));
        let Accumulator::Float(f) = acc else {
            return if chosen == 0 {
                Ok(Arch::Single)
            } else {
                refuse("needs a loop that rounds (--acc eXmY)")
            };
        };
        match (chosen, !eager && dual_loop::possible(f)) {
            (0, true) => Ok(Arch::ByClock),
            (2, true) => Ok(Arch::Dual),
            (2, false) if eager => refuse("does not go with --sr eager"),
            (2, false) => refuse("needs an accumulator with subnormal numbers and a fraction"),
            _ => Ok(Arch::Single),
        }
    }
}

impl Operator for Fp8Mac {
    const NAME: &'static str = "fp8mac";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let a = self.operands.resolve(&OPERANDS)?;
        let b = self.b_format.as_ref().map_or(Ok(a), |n| OPERANDS.named("b-format", n))?;
        let care = self.care.resolve()?;
        let round = arguments::round_mode(&self.rounding.round)?;
        if !(1..=64).contains(&self.interleave) {
            let right = "give 1 to 64 sums";
            return Err(ParamError::new("interleave", self.interleave, "is out of range", right));
        }
        choice("acc-round", &self.acc_round, &["rtz", "rna"])?;
        choice("acc-overflow", &self.acc_overflow, &["saturate", "wrap"])?;
        let acc = self.accumulator(&a, &b, care)?;
        let output = self.output(&acc)?;
        if output == Output::Sum && self.rounding.round != "rne" {
            let right = "leave it out: r is the accumulator itself";
            return Err(ParamError::new(
                "round",
                &self.rounding.round,
                "has no meaning with --out fixed",
                right,
            ));
        }
        let lfsr = self.generator(round)?;
        let eager = self.eager(round, &acc, &a, &b)?;
        let arch = self.arch(&acc, eager)?;
        let acc_saturation = match (&acc, &output) {
            (Accumulator::Float(_), _) if !care.specials => Saturation::SatFinite,
            (Accumulator::Float(f), Output::Float { format, saturation }) if f == format => *saturation,
            (Accumulator::Float(f), _) => f.default_saturation(),
            _ => Saturation::SatFinite,
        };
        // Every default settled, for the manifest.
        let mut args = self.clone();
        args.operands = FormatArgs::of(&a);
        args.b_format = Some(b.name());
        args.out = Some(match &output {
            Output::Sum => "fixed".into(),
            Output::Float { format, .. } => format.name(),
        });
        if let Output::Float { saturation, .. } = &output {
            args.rounding.saturation = Some(saturation.to_string());
        }
        let turns = self.interleave;
        Ok(Box::new(Mac { args, a, b, acc, acc_saturation, output, round, care, turns, lfsr, eager, arch }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "we = 4\nwf = 3\nout = \"fixed\"",
            "format = \"e5m2\"",
            "format = \"e4m3fn\"\nb-format = \"e5m2\"",
            "format = \"e5m2\"\nout = \"fixed\"\nspecials = \"off\"",
            "format = \"e4m3fnuz\"\nout = \"bf16\"\nround = \"rna\"",
            "format = \"e2m1\"\nterms = 32\nout = \"fp16\"",
            "format = \"e3m2\"\nb-format = \"e2m3\"\nout = \"e5m10\"\nround = \"rtz\"",
            "format = \"binary8p4se\"\nout = \"binary8p3se\"\nround = \"sr:8\"",
            "format = \"e4m3fn\"\nout = \"e4m3fn\"\nround = \"rup\"\nsubnormals = \"flush\"",
            "format = \"e5m2\"\nout = \"e4m3fn\"\nsaturation = \"ovfinf\"\nround = \"odd\"",
            "format = \"e4m3fn\"\nacc = \"fixed:12:-9\"\nout = \"fixed\"",
            "format = \"e4m3fn\"\nacc = \"fixed:10:-6\"\nacc-round = \"rna\"\nacc-overflow = \"wrap\"\nround = \"rdn\"",
            "format = \"e4m3fn\"\ninterleave = 3",
            "format = \"e5m2\"\nacc = \"e6m5\"\ninterleave = 10\nround = \"sr:8\"",
            "format = \"e5m2\"\nacc = \"e6m5\"\ninterleave = 10\nround = \"sr:8\"\nsr = \"eager\"",
            "format = \"e5m2\"\nacc = \"e6m6\"\nout = \"e6m6\"\ninterleave = 12\nround = \"sr:3\"\nsr = \"eager\"\nrng = \"lfsr\"",
            "format = \"e4m3fn\"\nacc = \"e6m5\"\ninterleave = 10\narch = \"single\"",
            "format = \"e5m2\"\nacc = \"e5m6\"\ninterleave = 6\nround = \"odd\"\nout = \"e5m6\"\narch = \"dual\"",
            "format = \"e4m3fn\"\nout = \"bf16\"\nround = \"sr:12\"\nrng = \"lfsr\"\nlfsr-seed = 1",
            "format = \"bf16\"\nterms = 1024",
        ]
    }
}

impl Mac {
    /// Whether the operands can make r NaN.
    fn can_be_nan(&self) -> bool {
        self.care.specials && [self.a, self.b].iter().any(|f| f.has_nan() || f.has_infinity())
    }

    /// Whether the operands can make r infinite.
    fn can_be_infinite(&self) -> bool {
        self.care.specials && [self.a, self.b].iter().any(FloatFormat::has_infinity)
    }

    /// Bits of the largest product's magnitude in units of the smallest.
    fn product_width(&self) -> u32 {
        let reach = |f: &FloatFormat| largest_exponent_field(f, self.care) as u32 + f.wf();
        reach(&self.a) + reach(&self.b)
    }

    /// 2^lsb divides every product.
    fn product_lsb(&self) -> i32 {
        self.a.emin() - self.a.wf() as i32 + self.b.emin() - self.b.wf() as i32
    }

    fn rounding(&self, saturation: Saturation) -> Rounding {
        Rounding { mode: self.round, saturation }
    }
}
