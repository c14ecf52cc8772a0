//! Packs posits.
use crate::parts::arguments::PositArgs;
use crate::parts::posit_encode::{Unrounded, encode};
use crate::parts::posit_unpacked::Layout;
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::{RoundMode, round_posit_class};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Pack sign, scale and fraction into a posit, rounded
///
/// # Semantics
/// a is one word as positdecode makes it, with as many bits for scale and fraction as asked for: from its most
/// significant bit nar, zero, sign, scale (two's complement), fraction of F bits. r is NaR if nar is set, else 0 if
/// zero is set, else ((1 - 3 sign) + fraction / 2^F) * 2^scale rounded to nearest on the bit string, ties to the
/// even code, never to 0 or NaR. Every word means something.
///
/// # Architecture
/// The word 10 (or 01) exponent fraction is shifted right arithmetically by the regime; the increment is the carry in
/// of the chain whose operand the shifter's last level is.
///
/// # Sources
/// Posit Standard, 2022, section 4.1. Y. Uguen, L. Forget, F. de Dinechin, FPL 2019.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositEncode {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
    /// Bits of the scale, 2 to 16 [default: those of positdecode]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    scale_bits: Option<u32>,
    /// Bits of the fraction, 0 to 100 [default: those of positdecode]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    fraction_bits: Option<u32>,
}

impl Operator for PositEncode {
    const NAME: &'static str = "positencode";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let (n, es, own) = (f.width(), f.es(), Layout::of(&f));
        let layout = Layout {
            scale: self.scale_bits.unwrap_or(own.scale),
            fraction: self.fraction_bits.unwrap_or(own.fraction),
        };
        let least = es + 2;
        if !(least..=16).contains(&layout.scale) {
            let right = format!("give {least} to 16 bits: a regime and the {es} exponent bits");
            return Err(ParamError::new("scale-bits", layout.scale, "is out of range", right));
        }
        if layout.fraction > 100 {
            let right = "give 0 to 100 bits";
            return Err(ParamError::new("fraction-bits", layout.fraction, "is out of range", right));
        }
        let mut args = self.clone();
        (args.scale_bits, args.fraction_bits) = (Some(layout.scale), Some(layout.fraction));
        let mut name = format!("positencode_{n}_{es}");
        if layout != own {
            name += &format!("_s{}_f{}", layout.scale, layout.fraction);
        }
        Ok(Box::new(StatelessCore {
            parameters: parameters(&args),
            name,
            title: format!("Pack into posit <{n},{es}>"),
            semantics: format!(
                "a has {}. r is NaR if nar is set, else 0 if zero is set, else ((1 - 3 sign) + fraction / 2^{}) * \
                 2^scale, rounded to nearest on the bit string of posit<{n},{es}>, ties to the even code (Posit \
                 Standard 2022): beyond maxpos it is maxpos, below minpos minpos.",
                layout.told(),
                layout.fraction
            ),
            interface: Interface {
                ports: vec![
                    Port::operand(
                        "a",
                        layout.width(),
                        Encoding::Bits,
                        &format!("Unpacked: {}", layout.told()),
                    ),
                    Port::result("r", n, Encoding::Posit(f), &format!("Posit <{n},{es}>")),
                ],
            },
            architecture: Box::new(move |b| {
                let a = b.input("a", layout.width());
                let top = layout.width() - 1;
                let number = Unrounded {
                    sign: a.bit(top - 2).named("sign"),
                    scale: a.bits(top - 3, layout.fraction).named("scale"),
                    fraction: (layout.fraction > 0).then(|| a.low(layout.fraction).named("fraction")),
                    sticky: b.lit(0u8, 1),
                    saturates: true,
                    zero: a.bit(top - 1).named("zero"),
                    nar: a.bit(top).named("nar"),
                };
                b.output("r", encode(b, &number, &f).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| {
                let high = inputs.get(1).copied().unwrap_or(0);
                let value = layout.value(u128::from(high) << 64 | u128::from(inputs[0]));
                outputs[0] = round_posit_class(value, false, &f, RoundMode::Rne, 0);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &["n = 8", "n = 16", "n = 8\nscale-bits = 9\nfraction-bits = 11", "n = 12\nes = 0\nfraction-bits = 0"]
    }
}
