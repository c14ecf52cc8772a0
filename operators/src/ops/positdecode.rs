//! Unpacks posits.
use crate::parts::arguments::PositArgs;
use crate::parts::posit_decode::decode;
use crate::parts::posit_unpacked::Layout;
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_verif::exact::Class;
use holigen_verif::interface::{Encoding, Interface, Port, limbs};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Unpack a posit into sign, scale and fraction
///
/// # Semantics
/// r is one word: from its most significant bit nar, zero, sign, scale (two's complement), fraction of F bits, the
/// most that the posit has. The value is ((1 - 3 sign) + fraction / 2^F) * 2^scale: the significand is the
/// two's-complement number sign . not sign . fraction, in [1, 2) or [-2, -1). Zero has the least scale
/// and NaR the largest, both with fraction 0; NaR's sign is 1. The fields' positions stand in the header of the text and in the manifest. positencode reads the
/// same word.
///
/// # Architecture
/// The regime's run is counted and shifted out in one go; fields of negative posits are read as they stand.
///
/// # Sources
/// Posit Standard, 2022, section 3.2. Y. Uguen, L. Forget, F. de Dinechin, FPL 2019.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositDecode {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
}

impl Operator for PositDecode {
    const NAME: &'static str = "positdecode";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let (n, es, layout) = (f.width(), f.es(), Layout::of(&f));
        let most = (1i32 << (layout.scale - 1)) - 1;
        let least = -most - 1;
        Ok(Box::new(StatelessCore {
            parameters: parameters(self),
            name: format!("positdecode_{n}_{es}"),
            title: format!("Unpack posit <{n},{es}>"),
            semantics: format!(
                "r is the posit a in parts: {}. Its value is ((1 - 3 sign) + fraction / 2^{}) * 2^scale. Zero has \
                 scale {least} and sign 0, NaR scale {most} and sign 1, both fraction 0.",
                layout.told(),
                layout.fraction
            ),
            interface: Interface {
                ports: vec![
                    Port::operand("a", n, Encoding::Posit(f), &format!("Posit <{n},{es}>")),
                    Port::result(
                        "r",
                        layout.width(),
                        Encoding::Bits,
                        &format!("Unpacked: {}", layout.told()),
                    ),
                ],
            },
            architecture: Box::new(move |b| {
                let x = decode(b, b.input("a", n), &f, "a");
                let mut fields = x.sign.cat(x.scale);
                if layout.fraction > 0 {
                    fields = fields.cat(x.significand.low(layout.fraction));
                }
                b.output("r", x.nar.cat(x.zero).cat(fields).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| {
                let word = match f.decode_small(inputs[0]) {
                    Class::Nan => layout.word(Class::Nan) | layout.fields(true, most, 0),
                    Class::Finite(x) if x.is_zero() => {
                        layout.word(Class::Finite(x)) | layout.fields(false, least, 0)
                    }
                    x => layout.word(x),
                };
                (0..limbs(layout.width())).for_each(|i| outputs[i] = (word >> (64 * i)) as u64);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &["n = 8", "n = 16", "n = 4\nes = 4"]
    }
}
