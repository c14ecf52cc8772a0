//! Trits to packed trits.
use crate::parts::arguments::{self, choice};
use crate::parts::stateless::{self, StatelessCore};
use crate::products::packed;
use crate::products::trits::{self, PACKINGS, Packing};
use crate::{Core, Operator, ParamError};
use holigen_generator::{Bits, Builder};
use holigen_verif::interface::{Interface, bits_of, put_bits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Pack trits: five in eight bits, or three in five
///
/// # Semantics
/// r holds the codes of groups of five (or three) trits of x, the first group in the lowest bits. Trits are 2-bit two's
/// complement, where 10 counts as 0; those that the last group lacks are 0.
///
/// | code, highest bit first | trits, lowest first |
/// | --- | --- |
/// | tt bbb, tt not 10 (3in5) | pair bbb, plain tt |
/// | 10 -tt (3in5) | pair (0, 0), plain tt |
/// | tt aaa bbb, tt not 10 | pairs aaa and bbb, plain tt |
/// | 10 1aa Btt | pairs Baa and (0, 0), plain tt |
/// | 10 0tt bbb, tt not 10 | pairs (0, 0) and bbb, plain tt |
/// | 10 010 -tt | both pairs (0, 0), plain tt |
///
/// Pairs by their three bits, from 000: (-1, -1), (-1, 0), (-1, 1), (1, 0), (0, -1), (0, 1), (1, -1), (1, 1). Bits that say
/// nothing (-) are written 0 and not read. Packing is stable: it will not change.
///
/// # Architecture
/// Three bits of a pair of trits are a table of four inputs each; zero pairs steer multiplexers.
///
/// # Sources
/// O. Muller, A. Prost-Boucle, A. Bourge, F. Petrot, Efficient decompression of binary encoded balanced ternary sequences,
/// IEEE Trans. VLSI, 2019.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TritPack {
    /// Trits, 1 to 4096
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    #[serde(default = "five")]
    n: u32,
    /// 5in8: five trits in eight bits; 3in5: three in five
    #[arg(long, value_name = "PACKING", default_value = "5in8")]
    #[serde(default = "five_in_eight")]
    packing: String,
}

fn five() -> u32 {
    5
}
fn five_in_eight() -> String {
    "5in8".into()
}

impl Operator for TritPack {
    const NAME: &'static str = "tritpack";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "trits")?;
        let (n, packing) = (self.n, Packing::by_index(choice("packing", &self.packing, PACKINGS)?));
        let architecture = move |b: &Builder| {
            let x = b.input("x", 2 * n).zext(2 * packing.trits() * packing.groups(n));
            let w = 2 * packing.trits();
            let group = |g: u32| trits::pack(b, packing, x.bits((g + 1) * w - 1, g * w));
            let codes: Vec<Bits<'_>> = (0..packing.groups(n)).map(group).collect();
            let r = codes.into_iter().reduce(|low, high| high.cat(low)).expect("there is a trit");
            b.output("r", r.named("codes"));
        };
        let table = packed::packed(packing);
        let function = move |inputs: &[u64], outputs: &mut [u64]| {
            outputs.fill(0);
            let w = 2 * packing.trits();
            for g in 0..packing.groups(n) {
                let index = bits_of(inputs, g * w, w.min(2 * n - g * w));
                put_bits(outputs, g * packing.bits(), packing.bits(), table[index as usize]);
            }
        };
        Ok(Box::new(StatelessCore {
            parameters: stateless::parameters(self),
            name: format!("tritpack{n}_{}", self.packing),
            title: format!("{n} trits packed, {}", self.packing),
            semantics: "r is the codes of the trits, group by group, as holigen help tritpack lists them. Trits are 2-bit \
                        two's complement; code 10 counts as 0; trits that the last group lacks are 0."
                .into(),
            interface: Interface { ports: trits::ports(packing, n, true) },
            architecture: Box::new(architecture),
            function: Arc::new(function),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &["", "n = 3\npacking = \"3in5\"", "n = 12", "n = 64\npacking = \"3in5\""]
    }
}
