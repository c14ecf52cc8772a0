//! Golomb-Rice and exponential Golomb decoder: parameters and the core made of them.
use crate::parts::entropy::code::Code;
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::entropy::lanes::Parts;
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::{lanes, parameters};
use crate::parts::stateless;
use crate::{Core, Operator, ParamError};
use clap::{Args, ValueEnum};
use holigen_generator::Builder;
use holigen_verif::entropy::rice;
use holigen_verif::entropy::scenario::{self, Decoder};
use holigen_verif::interface::{Encoding, Interface};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;

/// Which code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeName {
    /// Golomb-Rice: quotient by 2^k in unary, k bits of the rest
    #[default]
    Rice,
    /// Exponential Golomb of order k, as video coders have it
    ExpGolomb,
}

/// How symbols are numbered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mapping {
    /// Symbols are what is coded
    #[default]
    Unsigned,
    /// Symbols are two's complement; 0, -1, 1, -2, ... are coded as 0, 1, 2, 3, ...
    Zigzag,
}

/// Decode a stream of Golomb-Rice or exponential Golomb codes, one symbol a clock and lane
///
/// # Semantics
/// Words in, symbols out, both with the handshake of AXI4-Stream. The stream is made of blocks: a header of 48 bits
/// (kind, switch, count, length: see `holigen encode`) and a payload. A Rice code is the quotient of the symbol by 2^k
/// in zeros, a one, and k bits of the rest; `--escape` zeros say that the symbol follows as it is, so no code is longer
/// than escape + symbol bits. An exponential Golomb code is symbol + 2^k with a zero in front for each bit beyond k + 1.
/// With lanes the symbols are dealt out one by one; every lane has its own stream and its own port.
///
/// # Architecture
/// The next code stands in a window in every clock. Its length, known from the zeros in groups of four, is
/// in a register when the clock begins, so that a clock holds the shift of the window and the count of the next code's
/// zeros. No bubble within a block.
///
/// # Sources
/// Rice, "Some practical universal noiseless coding techniques", JPL 79-22, 1979; Teuhola, "A compression method for
/// clustered bit-vectors", 1978; ITU-T T.87 (JPEG-LS) for the escape.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RiceDec {
    /// Which code
    #[arg(long, value_enum, default_value_t = CodeName::Rice)]
    pub code: CodeName,
    /// Parameter of the code: bits that every code has behind its zeros
    #[arg(long, default_value_t = 0)]
    pub k: u32,
    /// Bits of a symbol, 1 to 12
    #[arg(long, default_value_t = 8)]
    pub symbol_bits: u32,
    /// Zeros that announce a symbol as it is (Rice) [default: as many as keep codes below 16 bits]
    #[arg(long)]
    pub escape: Option<u32>,
    /// How symbols are numbered
    #[arg(long, value_enum, default_value_t = Mapping::Unsigned)]
    pub map: Mapping,
    /// Symbols a clock: sub-streams decoded side by side, 1 to 16
    #[arg(long, default_value_t = 1)]
    pub lanes: u32,
}

impl Default for RiceDec {
    fn default() -> Self {
        Self { code: CodeName::Rice, k: 0, symbol_bits: 8, escape: None, map: Mapping::Unsigned, lanes: 1 }
    }
}

impl Operator for RiceDec {
    const NAME: &'static str = "ricedec";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        Ok(Box::new(self.core()?))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "k = 1\nsymbol-bits = 4",
            "k = 2\nmap = \"zigzag\"",
            "code = \"exp-golomb\"\nk = 1",
            "code = \"exp-golomb\"\nsymbol-bits = 4\nmap = \"zigzag\"\nlanes = 4",
            "symbol-bits = 2\nlanes = 2",
            "symbol-bits = 12\nk = 4\nescape = 19",
        ]
    }
}

impl RiceDec {
    /// The decoder with its parameters settled.
    ///
    /// # Errors
    /// A parameter is not possible.
    pub fn core(&self) -> Result<RiceCore, ParamError> {
        let lanes = parameters::lanes(self.lanes)?;
        let bits = parameters::symbol_bits(self.symbol_bits, 12)?;
        if self.k >= bits {
            let right = format!("0 to {} for symbols of {bits} bits", bits - 1);
            return Err(ParamError::new("k", self.k, "leaves nothing to code", right));
        }
        let code = match (self.code, self.escape) {
            (CodeName::ExpGolomb, Some(e)) => {
                let right = "leave it out with --code exp-golomb";
                return Err(ParamError::new("escape", e, "exponential Golomb codes have no escape", right));
            }
            (CodeName::ExpGolomb, None) => rice::Code::ExpGolomb,
            (CodeName::Rice, given) => {
                let quotients = 1u32 << (bits - self.k);
                let escape = given.unwrap_or(quotients.min(15 - bits));
                let most = quotients.min(31 - bits);
                if !(1..=most).contains(&escape) {
                    let right = format!("1 to {most} for symbols of {bits} bits with k = {}", self.k);
                    return Err(ParamError::new("escape", escape, "not possible", right));
                }
                rice::Code::Rice { escape }
            }
        };
        let code = rice::Rice { code, k: self.k, symbol_bits: bits, zigzag: self.map == Mapping::Zigzag };
        let shape = parameters::shape(code.longest(), bits);
        Ok(RiceCore { given: self.clone(), code, shape, lanes })
    }
}

/// A decoder with its parameters settled.
pub struct RiceCore {
    given: RiceDec,
    code: rice::Rice,
    shape: Shape,
    lanes: usize,
}

impl Core for RiceCore {
    fn parameters(&self) -> Map<String, Value> {
        let escape = match self.code.code {
            rice::Code::Rice { escape } => Some(escape),
            rice::Code::ExpGolomb => None,
        };
        let resolved = RiceDec { escape, ..self.given.clone() };
        stateless::parameters(&resolved)
    }

    fn name(&self) -> String {
        let code = match self.code.code {
            rice::Code::Rice { escape } => format!("rice{}e{escape}", self.code.k),
            rice::Code::ExpGolomb => format!("eg{}", self.code.k),
        };
        let lanes = parameters::lanes_in_name(self.lanes);
        let sign = if self.code.zigzag { "s" } else { "" };
        format!("ricedec_{code}_{sign}{}{lanes}", self.code.symbol_bits)
    }

    fn title(&self) -> String {
        let code = match self.given.code {
            CodeName::Rice => "Golomb-Rice",
            CodeName::ExpGolomb => "exponential Golomb",
        };
        let lanes = parameters::lanes_in_title(self.lanes);
        format!("Decoder of {code} codes, k = {}, {}-bit symbols{lanes}", self.code.k, self.code.symbol_bits)
    }

    fn semantics(&self) -> String {
        let code = match self.code.code {
            rice::Code::Rice { escape } => format!(
                "A code is the symbol's quotient by 2^{} in zeros, a one and the rest; {escape} zeros announce a symbol of \
                 {} bits as it is.",
                self.code.k, self.code.symbol_bits
            ),
            rice::Code::ExpGolomb => format!(
                "A code is the symbol + 2^{k} with a zero in front for each bit beyond {}.",
                self.code.k + 1,
                k = self.code.k
            ),
        };
        let zigzag =
            if self.code.zigzag { " Symbols are two's complement, coded 0, -1, 1, -2, ..." } else { "" };
        format!("{code}{zigzag}\n\n{}", parameters::streams(self.lanes))
    }

    fn interface(&self) -> Interface {
        let encoding = if self.code.zigzag {
            Encoding::Fixed { signed: true, lsb: 0 }
        } else {
            Encoding::Fixed { signed: false, lsb: 0 }
        };
        lanes::interface(self.shape, self.lanes, self.entry_bits(), encoding)
    }

    fn has_state(&self) -> bool {
        true
    }

    fn timing_advice(&self) -> String {
        "a smaller --escape or fewer --symbol-bits make shorter codes, which are shifted and counted faster"
            .into()
    }

    fn build(&self, b: &Builder) {
        lanes::build(b, &self.parts(b));
    }

    fn decoder(&self) -> Option<Decoder> {
        let frame = self.shape.frame();
        let code = scenario::Code::Wired(Box::new(self.code));
        Some(Decoder { frame, lanes: self.lanes, slow: 0, code })
    }
}

impl EntropyDecoder for RiceCore {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn entry_bits(&self) -> Option<u32> {
        None
    }

    fn parts<'b>(&self, b: &'b Builder) -> Parts<'b> {
        let levels = architecture::levels(b, self.code, self.shape.longest);
        let shape = self.shape.for_instant(b, levels);
        let code = || Box::new(architecture::Rice::new(b, self.code, shape)) as Box<dyn Code<'b> + 'b>;
        Parts { shape, codes: (0..self.lanes).map(|_| code()).collect(), tables: None }
    }
}
