//! Packed trits to trits.
use crate::parts::arguments::{self, choice};
use crate::parts::ports;
use crate::parts::stateless::{self, StatelessCore};
use crate::products::packed;
use crate::products::trit_stream::TritStream;
use crate::products::trits::{self, PACKINGS, Packing};
use crate::{Core, Operator, ParamError};
use holigen_generator::structures::stream::{OutputRegister, WordSlice};
use holigen_generator::{Bits, Builder};
use holigen_verif::interface::{Encoding, Interface, bits_of, put_bits};
use holigen_verif::stream::{FileCode, StreamModel};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Unpack trits: five from eight bits, or three from five
///
/// # Semantics
/// r are the trits, 2-bit two's complement, whose codes x holds, as tritpack packs them; trits of the last group beyond --n are
/// dropped. Of the codes that no trits have, those with a plain trit 10 give 10 for it, which the ternary operators take for
/// 0.
///
/// --stream: words of whole bytes in, --n trits a word out, both with the handshake of AXI4-Stream; m_last is s_last. A byte
/// that no trits have raises error until rst or start: the trits in front of its word are right, and the rest is taken and
/// dropped. `holigen encode tritunpack --stream --in trits.npy` makes such a stream of an array of -1, 0 and 1, and `holigen
/// decode tritunpack` gives the array again.
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
/// Eleven tables of six inputs for five trits, six for three: the pair of codes was chosen for that. A stream has two
/// registers in front of them and two behind, a word a clock.
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
    /// A stream of words with handshake; 5in8, at most 64 trits
    #[arg(long)]
    #[serde(default)]
    stream: bool,
}

fn five() -> u32 {
    5
}
fn five_in_eight() -> String {
    "5in8".into()
}

impl Operator for TritUnpack {
    const NAME: &'static str = "tritunpack";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        arguments::within("n", self.n.into(), 1..=4096, "trits")?;
        let (n, packing) = (self.n, Packing::by_index(choice("packing", &self.packing, PACKINGS)?));
        if self.stream {
            return self.resolve_stream(packing);
        }
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
        &[
            "",
            "n = 3\npacking = \"3in5\"",
            "n = 12",
            "n = 64\npacking = \"3in5\"",
            "stream = true",
            "n = 12\nstream = true",
            "n = 64\nstream = true",
        ]
    }
}

impl TritUnpack {
    fn resolve_stream(&self, packing: Packing) -> Result<Box<dyn Core>, ParamError> {
        if packing != Packing::FiveInEight {
            let right = "give 5in8: words of a stream are whole bytes";
            return Err(ParamError::new("packing", &self.packing, "has no streams", right));
        }
        arguments::within("n", self.n.into(), 1..=64, "trits a word of a stream")?;
        Ok(Box::new(StreamCore { given: self.clone(), model: TritStream { n: self.n } }))
    }
}

/// A stream of packed trits.
struct StreamCore {
    given: TritUnpack,
    model: TritStream,
}

impl Core for StreamCore {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.given)
    }

    fn name(&self) -> String {
        format!("tritunpack{}_stream", self.model.n)
    }

    fn title(&self) -> String {
        format!("Stream of packed trits, {} a word, 5in8", self.model.n)
    }

    fn semantics(&self) -> String {
        "m_data is the trits, in 2-bit two's complement, of the codes in s_data, as holigen help tritunpack lists them; m_last \
         is s_last. A byte that no trits have raises error until rst or start; the trits in front of its word are right, \
         and the rest of the stream is taken and dropped."
            .into()
    }

    fn interface(&self) -> Interface {
        let n = self.model.n;
        let mut all = vec![ports::start("Starts over as `rst` does."), ports::ready("trits")];
        all.extend(ports::stream_in("s", 8 * Packing::FiveInEight.groups(n), "packed trits"));
        let signed = Encoding::Fixed { signed: true, lsb: 0 };
        let (last, error) = ("The last trits of their stream.", "A byte is no code; until `rst` or `start`.");
        all.extend(ports::stream_out(2, n, signed, "trits", last, error));
        Interface { ports: all }
    }

    fn has_state(&self) -> bool {
        true
    }

    fn build(&self, b: &Builder) {
        let (n, packing) = (self.model.n, Packing::FiveInEight);
        b.clear_input("start");
        let out = OutputRegister::new(b);
        let groups = packing.groups(n);
        let slice = b.scope("bytes in", || WordSlice::new(b, "s", 8 * groups, None));
        let failed = b.register("failed", 1);
        b.scope("trits", || {
            let group = |g: u32| trits::unpack(b, packing, slice.word().bits(8 * g + 7, 8 * g));
            let all: Vec<Bits<'_>> = (0..groups).map(group).collect();
            // The plain trit of a group is the only one that can be none.
            let none = all.iter().map(|g| g.bit(9) & !g.bit(8));
            let none = none.reduce(|x, y| x | y).expect("there is a group").named("no_trit");
            let trits = all.into_iter().reduce(|low, high| high.cat(low)).expect("there is a group");
            let advance = out.advance();
            let trits = trits.low(2 * n).delayed("trits", advance);
            let last = slice.last().delayed("trits_last", advance);
            let there = slice.there().delayed("trits_there", advance);
            let none = none.delayed("trits_wrong", advance);
            let failed_now = (failed | (there & none)).named("failed_by_now");
            failed.load(failed_now);
            slice.take(advance | failed);
            out.drive(there & !failed_now, &[("m_data", trits), ("m_last", last)]);
            b.output("error", failed);
        });
    }

    fn stream(&self) -> Option<Box<dyn StreamModel>> {
        Some(Box::new(self.model))
    }

    fn file_code(&self) -> Option<Box<dyn FileCode>> {
        Some(Box::new(self.model))
    }
}
