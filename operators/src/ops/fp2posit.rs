//! Conversion of floating-point numbers to posits.
use crate::parts::arguments::{self, CareArgs, FormatArgs, Operands, short};
use crate::parts::normal::{Wanted, normal};
use crate::parts::posit_encode::{Form, Unrounded, encode_with};
use crate::parts::result::{care_semantics, operand, suffix};
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_verif::format::Reader;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::round_posit_class;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Convert a floating-point number to a posit
///
/// # Semantics
/// r is a, rounded once. The Posit Standard's rounding is rne: to nearest on the bit string, ties to the even code.
/// Other modes decide in their way about the same string, cut behind the posit's last bit: rtz cuts the magnitude, rup
/// and rdn go up or down, sr:N adds a random word to the N bits behind the cut. In all modes a number beyond maxpos is
/// maxpos, and one below minpos, but not zero, is minpos. NaN and infinities become NaR; both zeros become zero.
///
/// # Architecture
/// Subnormal numbers are normalised. The bit string of a negative number is the complement of its magnitude's; what is
/// missing to the two's complement and the rounding are one increment.
///
/// # Sources
/// Posit Standard, 2022, sections 4.1 and 6.5. IEEE P3109 Interim Report v4.0 (stochastic rounding).
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Fp2Posit {
    #[command(flatten)]
    #[serde(flatten)]
    operands: FormatArgs,
    /// Bits of the posit, 3 to 64 [default: 8]
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    out_n: u32,
    /// Exponent bits of the posit, 0 to 5
    #[arg(long, value_name = "BITS", default_value_t = 2)]
    #[serde(default = "two")]
    out_es: u32,
    /// Rounding: rne, rna, rtz, rup, rdn, odd, and stochastic sr:N, srb:N, src:N with N random bits
    #[arg(long, value_name = "MODE", default_value = "rne")]
    #[serde(default = "arguments::rne")]
    round: String,
    #[command(flatten)]
    #[serde(flatten)]
    care: CareArgs,
}

fn eight() -> u32 {
    8
}
fn two() -> u32 {
    2
}

impl Operator for Fp2Posit {
    const NAME: &'static str = "fp2posit";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve(&Operands::ANY)?;
        let to = arguments::posit(("out-n", "out-es"), self.out_n, self.out_es)?;
        let mode = arguments::round_mode(&self.round)?;
        let care = self.care.resolve()?;
        let mut args = self.clone();
        args.operands = FormatArgs::of(&f);
        let (n, es) = (to.width(), to.es());
        let mut ports = vec![operand("a", &f)];
        if mode.random_bits() > 0 {
            ports.push(Port::random(mode.random_bits()));
        }
        ports.push(Port::result("r", n, Encoding::Posit(to), &format!("The same, posit<{n},{es}>")));
        let reader = Reader::new(&f, care.reading());
        Ok(Box::new(StatelessCore {
            parameters: parameters(&args),
            name: format!("fp2posit_{}_to_{n}_{es}{}", short(&f), suffix(mode, care)),
            title: format!("{f} to posit <{n},{es}>"),
            semantics: format!(
                "r is a, rounded once ({mode}) on the bit string of posit<{n},{es}>; beyond maxpos it is maxpos, below \
                 minpos minpos, zero only if a is. {}NaN and infinities become NaR.",
                care_semantics(care)
            ),
            interface: Interface { ports },
            architecture: Box::new(move |b| {
                let code = b.input("a", f.width());
                let rnd = (mode.random_bits() > 0).then(|| b.input("rnd", mode.random_bits()));
                let offset = -i64::from(f.bias());
                let wanted = Wanted { subnormals: true, offset, zero: i64::MAX };
                let x = b.scope("unpack", || normal(b, code, &f, care, wanted, "a"));
                let wf = f.wf();
                let exponent = x.exponent.bits();
                let least = exponent.width().max(es + 2);
                let most = i64::from(to.max_scale());
                let number = Unrounded {
                    sign: x.sign,
                    scale: exponent.sext(least),
                    fraction: (wf > 0)
                        .then(|| (x.significand.low(wf) ^ x.sign.replicate(wf)).named("fraction")),
                    sticky: b.lit(0u8, 1),
                    saturates: x.range.0 < -most || x.range.1 >= most,
                    zero: x.zero,
                    nar: (x.nan | x.infinity).named("is_nar"),
                };
                let form = Form { flip: Some(x.sign), mode };
                b.output("r", encode_with(b, &number, &to, form, rnd).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| {
                let rnd = inputs.get(1).copied().unwrap_or(0);
                outputs[0] = round_posit_class(reader.read(inputs[0]), false, &to, mode, rnd);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "format = \"fp32\"",
            "format = \"e4m3fn\"",
            "format = \"e5m2\"\nout-es = 0",
            "format = \"fp16\"\nout-n = 16",
            "format = \"fp16\"\nout-n = 9\nout-es = 1\nround = \"rup\"",
            "format = \"e5m2\"\nout-n = 6\nround = \"sr:5\"",
            "format = \"bf16\"\nround = \"src:4\"",
            "format = \"e5m2fnuz\"\nround = \"srb:3\"",
            "format = \"e3m4\"\nround = \"odd\"\nout-n = 5\nout-es = 0",
            "format = \"binary8p4ue\"\nround = \"rna\"\nout-n = 7",
            "format = \"fp64\"\nout-n = 64\nout-es = 3\nround = \"rtz\"",
            "format = \"e8m0\"\nout-n = 32\nround = \"rdn\"",
            "format = \"e4m3\"\nsubnormals = \"flush\"\nspecials = \"off\"",
        ]
    }
}
