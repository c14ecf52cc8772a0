//! Conversion of posits to floating-point numbers.
use crate::parts::arguments::{PositArgs, RoundArgs};
use crate::parts::pack::{Magnitude, pack};
use crate::parts::posit_binary::decoder;
use crate::parts::posit_decode::decode;
use crate::parts::result::FloatResult;
use crate::parts::specials::{Specials, finish};
use crate::parts::stateless::{StatelessCore, parameters};
use crate::parts::unpack::Care;
use crate::{Core, Operator, ParamError};
use holigen_generator::SInt;
use holigen_verif::format::FloatFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Convert a posit to a floating-point number
///
/// # Semantics
/// r is a, rounded once to the format: any, with any of its roundings and saturations. NaR becomes NaN, or what stands
/// for it in a format without. Zero becomes +0.
///
/// # Architecture
/// The posit is decoded in two's complement; the magnitude of its significand goes through the rounding that all
/// floating-point operators share, subnormal results included.
///
/// # Sources
/// Posit Standard, 2022, section 6.5. J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Posit2Fp {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
    /// Format of r: eXmY or a name, see `holigen formats` [default: fp32]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rounding: RoundArgs,
}

impl Operator for Posit2Fp {
    const NAME: &'static str = "posit2fp";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let r = FloatResult::resolve(self.out.as_deref(), FloatFormat::FP32, &self.rounding)?;
        let mut args = self.clone();
        r.settle(&mut args.out, &mut args.rounding);
        let (n, es, read) = (f.width(), f.es(), decoder(f));
        let mut ports = vec![Port::operand("a", n, Encoding::Posit(f), &format!("Operand, posit<{n},{es}>"))];
        ports.extend(r.ports("The same"));
        let care = Care { flush: false, specials: true };
        Ok(Box::new(StatelessCore {
            parameters: parameters(&args),
            name: format!("posit2fp_{n}_{es}{}", r.suffix(&FloatFormat::FP32, care)),
            title: format!("Posit <{n},{es}> to {}", r.format),
            semantics: format!("r is a, {}NaR becomes NaN. Zero becomes +0.", r.semantics()),
            interface: Interface { ports },
            architecture: Box::new(move |b| {
                let code = b.input("a", n);
                let rnd = r.random(b);
                let x = decode(b, code, &f, "a");
                let digits = x.significand ^ x.sign.replicate(x.significand.width());
                let digits = b.lit(0u8, digits.width()).add_carry(digits, x.sign).named("magnitude");
                // Room for the guard bit.
                let digits = digits.append_zeros(1);
                let emin = i64::from(r.format.emin());
                let most = i64::from(f.max_scale());
                let number = Magnitude {
                    sign: x.sign,
                    digits,
                    rest: b.lit(0u8, 1),
                    excess: (x.scale.signed() - SInt::constant(b, emin)).named("excess"),
                    // -1 in two's complement has the exponent below.
                    range: (-most - 1 - emin, most - emin),
                    zero: x.zero,
                    nonzero: !x.zero,
                };
                let finite = b.scope("round and pack", || pack(b, &number, &r.format, r.rounding, rnd));
                let no = b.lit(0u8, 1);
                let specials = Specials { nan: x.nar, infinite: no, negative: no };
                b.output("r", finish(b, &finite, &specials, &r.format, r.rounding));
            }),
            function: Arc::new(move |inputs, outputs| {
                let rnd = inputs.get(1).copied().unwrap_or(0);
                outputs[0] = r.code(&read(inputs[0]).into(), rnd);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "n = 8",
            "n = 8\nout = \"e4m3fn\"",
            "n = 16\nout = \"fp16\"\nround = \"rtz\"",
            "n = 16\nes = 1\nout = \"e5m2\"\nround = \"sr:6\"",
            "n = 12\nes = 4\nout = \"e4m3fnuz\"\nround = \"rup\"\nsaturation = \"ovfinf\"",
            "n = 8\nes = 0\nout = \"bf16\"",
            "n = 32\nout = \"fp64\"",
            "n = 8\nout = \"binary8p3ue\"\nround = \"odd\"",
            "n = 10\nout = \"e8m0\"",
        ]
    }
}
