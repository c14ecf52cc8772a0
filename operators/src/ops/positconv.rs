//! Conversion of posits to posits.
use crate::parts::arguments::{self, PositArgs};
use crate::parts::posit_binary::decoder;
use crate::parts::posit_decode::decode;
use crate::parts::posit_encode::{Unrounded, encode};
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::{RoundMode, round_posit_class};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Convert a posit to another posit format
///
/// # Semantics
/// r is a, rounded to nearest on the bit string, ties to the even code (Posit Standard 2022): beyond maxpos it is
/// maxpos, below minpos minpos. NaR stays NaR. Exact where r has room: always if it has as many exponent bits and as
/// many bits.
///
/// # Architecture
/// Decoded and encoded in two's complement.
///
/// # Sources
/// Posit Standard, 2022, section 6.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositConv {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
    /// Bits of the result, 3 to 64 [default: those of the operand]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    out_n: Option<u32>,
    /// Exponent bits of the result, 0 to 5 [default: those of the operand]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    out_es: Option<u32>,
}

impl Operator for PositConv {
    const NAME: &'static str = "positconv";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let out_n = self.out_n.unwrap_or(f.width());
        let out_es = self.out_es.unwrap_or(f.es());
        let to = arguments::posit(("out-n", "out-es"), out_n, out_es)?;
        let mut args = self.clone();
        (args.out_n, args.out_es) = (Some(out_n), Some(out_es));
        let (n, es, read) = (f.width(), f.es(), decoder(f));
        Ok(Box::new(StatelessCore {
            parameters: parameters(&args),
            name: format!("positconv_{n}_{es}_to_{out_n}_{out_es}"),
            title: format!("Posit <{n},{es}> to posit <{out_n},{out_es}>"),
            semantics: format!(
                "r is a, rounded once to posit<{out_n},{out_es}>: to nearest on the bit string, ties to the even code \
                 (Posit Standard 2022), never to 0 or NaR. NaR stays NaR."
            ),
            interface: Interface {
                ports: vec![
                    Port::operand("a", n, Encoding::Posit(f), &format!("Operand, posit<{n},{es}>")),
                    Port::result(
                        "r",
                        out_n,
                        Encoding::Posit(to),
                        &format!("The same, posit<{out_n},{out_es}>"),
                    ),
                ],
            },
            architecture: Box::new(move |b| {
                let x = decode(b, b.input("a", n), &f, "a");
                let number = Unrounded {
                    sign: x.sign,
                    scale: x.scale,
                    fraction: (f.fraction_bits() > 0).then(|| x.significand.low(f.fraction_bits())),
                    sticky: b.lit(0u8, 1),
                    saturates: f.max_scale() > to.max_scale(),
                    zero: x.zero,
                    nar: x.nar,
                };
                b.output("r", encode(b, &number, &to).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| {
                outputs[0] = round_posit_class(read(inputs[0]), false, &to, RoundMode::Rne, 0);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "n = 8\nout-n = 16",
            "n = 16\nout-n = 8",
            "n = 8\nes = 0\nout-es = 2",
            "n = 8\nout-es = 0",
            "n = 3\nes = 5\nout-n = 33",
            "n = 3\nes = 0\nout-n = 9\nout-es = 4",
            "n = 32\nout-n = 16\nout-es = 1",
        ]
    }
}
