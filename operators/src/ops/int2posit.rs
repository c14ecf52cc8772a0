//! Conversion of integers to posits.
use crate::parts::arguments::{self, choice};
use crate::parts::normalize::{Last, Limit, normalize};
use crate::parts::posit_encode::{Unrounded, encode};
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_generator::SInt;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::{RoundMode, round_posit_small};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Convert an integer to a posit
///
/// # Semantics
/// r is a, rounded to nearest on the bit string, ties to the even code (Posit Standard 2022); beyond maxpos it is maxpos.
/// Every integer is a number: none becomes NaR.
///
/// # Architecture
/// The integer is normalised in two's complement and encoded.
///
/// # Sources
/// Posit Standard, 2022, section 6.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Int2Posit {
    /// Bits of the integer, 2 to 64
    #[arg(long, value_name = "BITS", default_value_t = 32)]
    #[serde(default = "thirty_two")]
    width: u32,
    /// on: two's complement; off: unsigned
    #[arg(long, value_name = "on|off", default_value = "on")]
    #[serde(default = "arguments::on")]
    signed: String,
    /// Bits of the posit, 3 to 64
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    out_n: u32,
    /// Exponent bits of the posit, 0 to 5
    #[arg(long, value_name = "BITS", default_value_t = 2)]
    #[serde(default = "two")]
    out_es: u32,
}

fn thirty_two() -> u32 {
    32
}
fn eight() -> u32 {
    8
}
fn two() -> u32 {
    2
}

impl Operator for Int2Posit {
    const NAME: &'static str = "int2posit";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let width = self.width;
        if !(2..=64).contains(&width) {
            return Err(ParamError::new("width", width, "is out of range", "give 2 to 64 bits"));
        }
        let signed = choice("signed", &self.signed, &["on", "off"])? == 0;
        let to = arguments::posit(("out-n", "out-es"), self.out_n, self.out_es)?;
        let (n, es) = (to.width(), to.es());
        let kind = if signed { "int" } else { "uint" };
        Ok(Box::new(StatelessCore {
            parameters: parameters(self),
            name: format!("int2posit_{kind}{width}_to_{n}_{es}"),
            title: format!("{kind}{width} to posit <{n},{es}>"),
            semantics: format!(
                "r is a, rounded once to posit<{n},{es}>: to nearest on the bit string, ties to the even code (Posit \
                 Standard 2022); beyond maxpos it is maxpos."
            ),
            interface: Interface {
                ports: vec![
                    Port::operand("a", width, Encoding::Fixed { signed, lsb: 0 }, "Operand, an integer"),
                    Port::result("r", n, Encoding::Posit(to), &format!("The same, posit<{n},{es}>")),
                ],
            },
            architecture: Box::new(move |b| {
                let a = b.input("a", width);
                let x = if signed { a } else { a.zext(width + 1) };
                let w = x.width();
                let sign = x.msb().named("sign");
                // -1 needs a bit that ends its run.
                let behind = x.low(w - 1).append_zeros(1);
                let most = (1u32 << (32 - (w - 1).leading_zeros())) - 1;
                let shifted = b.scope("normalise", || {
                    normalize(b, behind, sign, Limit::Constant(most), w, Last::Selected)
                });
                let top = SInt::constant(b, i64::from(w) - 2);
                let scale = (top - shifted.count.unsigned().to_signed()).bits().named("scale");
                let number = Unrounded {
                    sign,
                    scale: scale.sext(scale.width().max(es + 2)),
                    fraction: Some(shifted.kept.low(w - 1).named("fraction")),
                    sticky: b.lit(0u8, 1),
                    saturates: w as i32 - 2 >= to.max_scale(),
                    zero: !a.any(),
                    nar: b.lit(0u8, 1),
                };
                b.output("r", encode(b, &number, &to).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| {
                let x = inputs[0];
                let neg = signed && x >> (width - 1) & 1 == 1;
                let mag = if neg { (1u128 << width) - u128::from(x) } else { x.into() };
                outputs[0] = round_posit_small(neg, mag, 0, false, &to, RoundMode::Rne, 0);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "width = 8",
            "width = 8\nsigned = \"off\"\nout-n = 16",
            "width = 32\nout-n = 16",
            "width = 12\nout-n = 8\nout-es = 0",
            "width = 64\nout-n = 64",
            "width = 2\nsigned = \"off\"\nout-n = 3\nout-es = 5",
        ]
    }
}
