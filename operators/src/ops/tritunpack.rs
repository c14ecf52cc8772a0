//! Packed trits to trits.
use crate::parts::arguments::{self, choice};
use crate::parts::stateless::{self, StatelessCore};
use crate::products::packed;
use crate::products::trits::{self, PACKINGS, Packing};
use crate::{Core, Operator, ParamError};
use holigen_generator::{Bits, Builder};
use holigen_verif::interface::{Interface, bits_of, put_bits};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Unpack trits: five from eight bits, or three from five
///
/// # Semantics
/// r are the trits, 2-bit two's complement, whose codes x holds, as tritpack packs them; trits of the last group beyond --n are
/// dropped. Of the codes that no trits have, those with a plain trit 10 give 10 for it, which the ternary operators take for
/// 0.
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
/// Eleven tables of six inputs for five trits, six for three: the pair of codes was chosen for that.
///
/// # Sources
/// O. Muller, A. Prost-Boucle, A. Bourge, F. Petrot, Efficient decompression of binary encoded balanced ternary sequences,
/// IEEE Trans. VLSI, 2019.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TritUnpack {
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

impl Operator for TritUnpack {
    const NAME: &'static str = "tritunpack";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "trits")?;
        let (n, packing) = (self.n, Packing::by_index(choice("packing", &self.packing, PACKINGS)?));
        let architecture = move |b: &Builder| {
            let w = packing.bits();
            let x = b.input("x", w * packing.groups(n));
            let group = |g: u32| trits::unpack(b, packing, x.bits((g + 1) * w - 1, g * w));
            let all: Vec<Bits<'_>> = (0..packing.groups(n)).map(group).collect();
            let r = all.into_iter().reduce(|low, high| high.cat(low)).expect("there is a trit");
            b.output("r", r.low(2 * n).named("trits"));
        };
        let function = move |inputs: &[u64], outputs: &mut [u64]| {
            outputs.fill(0);
            for i in 0..n {
                let (g, k) = (i / packing.trits(), i % packing.trits());
                let code = bits_of(inputs, g * packing.bits(), packing.bits());
                put_bits(outputs, 2 * i, 2, packed::unpacked(packing, code)[k as usize]);
            }
        };
        Ok(Box::new(StatelessCore {
            parameters: stateless::parameters(self),
            name: format!("tritunpack{n}_{}", self.packing),
            title: format!("{n} trits unpacked, {}", self.packing),
            semantics: "r is the trits, in 2-bit two's complement, of the codes in x, as holigen help tritunpack lists them. \
                        A code that no trits have gives what the list says of its bits: a plain trit 10 comes out as 10."
                .into(),
            interface: Interface { ports: trits::ports(packing, n, false) },
            architecture: Box::new(architecture),
            function: Arc::new(function),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &["", "n = 3\npacking = \"3in5\"", "n = 12", "n = 64\npacking = \"3in5\""]
    }
}
