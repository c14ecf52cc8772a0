//! rANS decoder: parameters and the core made of them.
use crate::parts::entropy::code::Code;
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::entropy::lanes::Parts;
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::tables::Banks;
use crate::parts::entropy::{lanes, parameters};
use crate::parts::stateless;
use crate::{Core, Operator, ParamError};
use clap::Args;
use holigen_generator::Builder;
use holigen_verif::entropy::rans::{Loading, Rans, WORD};
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::interface::{Encoding, Interface};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;

/// Decode a stream of rANS, one symbol a clock and lane
///
/// # Semantics
/// Words of 16 bits in, symbols out, both with the handshake of AXI4-Stream. The stream is made of blocks: a header of 48
/// bits (kind, switch, count, length: see `holigen encode`) and a payload. States have 32 bits. A symbol is the one to
/// which slot = state mod 2^precision belongs; the next state is (state >> precision) * count + the slot's number within
/// the symbol. Symbol i comes from state i mod `--states`; the first symbol of each state takes its two words, the high one
/// first, each other takes a word as the state's low half if the state is below 2^16 and the block has words left. With
/// `--states 1` that is the `AnsCoder` of the package constriction with words of 16 and states of 32 bits
/// (`SmallAnsCoder`), its words last to first, the precision that of the model. Several states are such coders side by side
/// that read from one sequence of words, each begun at 2^16. A block that leaves other states than the encoder began
/// with, or words, raises error behind its last symbol. A raw symbol stands at the top of a word. A loaded code comes
/// through the port `t`, an entry for each symbol in rising order: the count less one above the bits of the symbol, t_last
/// with the last. A table whose counts do not sum to 2^precision, of fewer than two symbols or not in order, raises error
/// and is not used. Decoding goes on with the old table; the first block with the switch in its header waits for the new
/// one; if none is on its way, that is an error.
///
/// # Architecture
/// The states go round through two memories (slot to symbol, symbol to count), a multiplier and an adder, so that each has
/// as many clocks as there are states; a single state has one memory and one clock for everything. With four or five there
/// are registers around the multiplier, so that it can be a DSP block. No bubble within a block, but for a clock with the first symbol of
/// each state.
///
/// # Sources
/// Duda, arXiv 1311.2540; Giesen, "Interleaved entropy coders", arXiv 1402.3392; Bamler, arXiv 2201.01741 (constriction).
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RansDec {
    /// `load`, or the counts of a wired code: `9,4,2,1` by symbol, which sum to 2^precision, or a file with them
    #[arg(long, default_value = "load")]
    pub table: String,
    /// Counts sum to 2^precision, 6 to 12
    #[arg(long, default_value_t = 12)]
    pub precision: u32,
    /// States in turn, 1 to 5
    #[arg(long, default_value_t = MOST_STATES)]
    pub states: u32,
    /// Bits of a symbol, 1 to 8
    #[arg(long, default_value_t = 8)]
    pub symbol_bits: u32,
    /// Symbols a clock: sub-streams decoded side by side, 1 to 16
    #[arg(long, default_value_t = 1)]
    pub lanes: u32,
}

/// States that the loop has clocks for: memories, product and sum.
const MOST_STATES: u32 = 5;

impl Default for RansDec {
    fn default() -> Self {
        Self { table: "load".into(), precision: 12, states: MOST_STATES, symbol_bits: 8, lanes: 1 }
    }
}

impl Operator for RansDec {
    const NAME: &'static str = "ransdec";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        Ok(Box::new(self.core()?))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "precision = 9",
            "precision = 8\nsymbol-bits = 4\nstates = 1",
            "precision = 7\nsymbol-bits = 5\nstates = 2",
            "precision = 6\nsymbol-bits = 3\nstates = 3\nlanes = 2",
            "table = \"2000,1000,900,196\"\nsymbol-bits = 2\nstates = 4",
            "table = \"600,300,100,20,0,3,1\"\nprecision = 10\nsymbol-bits = 3\nlanes = 2",
            "table = \"40,24\"\nprecision = 6\nsymbol-bits = 1\nstates = 1",
        ]
    }
}

impl RansDec {
    /// The decoder with its parameters settled.
    ///
    /// # Errors
    /// A parameter is not possible.
    pub fn core(&self) -> Result<RansCore, ParamError> {
        let lanes = parameters::lanes(self.lanes)?;
        let bits = parameters::symbol_bits(self.symbol_bits, 8)?;
        if !(6..=12).contains(&self.precision) {
            return Err(ParamError::new("precision", self.precision, "not possible", "6 to 12 bits"));
        }
        if !(1..=MOST_STATES).contains(&self.states) {
            let right = format!("1 to {MOST_STATES} states in turn");
            return Err(ParamError::new("states", self.states, "not possible", right));
        }
        let (wired, table) = parameters::wired(&self.table, || self.wired(bits))?;
        let shape = Shape { longest: WORD, whole_words: true, ..parameters::shape(bits, bits) };
        Ok(RansCore { given: Self { table, ..self.clone() }, wired, shape, lanes })
    }

    /// The wired code, and its table as a list.
    fn wired(&self, bits: u32) -> Result<(Rans, String), ParamError> {
        let error = |problem: String, right: &str| ParamError::new("table", &self.table, problem, right);
        let right = "`load`, counts by symbol such as 9,4,2,1, or a file with such a line";
        let counts = parameters::table(&self.table, "counts", right, false, bits)?;
        let list = parameters::in_line(&counts);
        let mut counts: Vec<u32> = counts.iter().map(|c| u32::try_from(*c).unwrap_or(u32::MAX)).collect();
        counts.resize(1 << bits, 0);
        let code = Rans::new(&counts, self.precision, self.states as usize).ok_or_else(|| {
            let sum: u64 = counts.iter().map(|c| u64::from(*c)).sum();
            let used = counts.iter().filter(|c| **c > 0).count();
            error(
                format!("the counts of {used} symbol(s) sum to {sum}"),
                &format!("{} in all, of two symbols at least", 1 << self.precision),
            )
        })?;
        Ok((code, list))
    }
}

/// A decoder with its parameters settled.
pub struct RansCore {
    given: RansDec,
    wired: Option<Rans>,
    shape: Shape,
    lanes: usize,
}

impl RansCore {
    fn loading(&self) -> Loading {
        Loading {
            symbol_bits: self.shape.symbol_bits,
            precision: self.given.precision,
            states: self.given.states as usize,
        }
    }
}

impl Core for RansCore {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.given)
    }

    fn name(&self) -> String {
        let kind = match &self.wired {
            None => "load".to_owned(),
            Some(code) => parameters::entries_in_name(&self.loading().entries(code)),
        };
        let lanes = parameters::lanes_in_name(self.lanes);
        let RansDec { precision, states, .. } = self.given;
        format!("ransdec_{kind}_p{precision}s{states}_{}{lanes}", self.shape.symbol_bits)
    }

    fn title(&self) -> String {
        let kind = if self.wired.is_some() { "a wired rANS code" } else { "loaded rANS codes" };
        let lanes = parameters::lanes_in_title(self.lanes);
        let states = if self.given.states > 1 {
            format!(", {} states in turn", self.given.states)
        } else {
            String::new()
        };
        let (precision, bits) = (self.given.precision, self.shape.symbol_bits);
        format!("Decoder of {kind} of precision {precision}{states}, {bits}-bit symbols{lanes}")
    }

    fn semantics(&self) -> String {
        let p = self.given.precision;
        let code = match &self.wired {
            Some(_) => format!("The code's counts by symbol are {}.", self.given.table),
            None => format!(
                "A table has an entry for each symbol in rising order: its count less one ({p} bits) above the symbol ({}). \
                 One whose counts do not sum to {}, of fewer than two symbols or out of order, raises error and is not used.",
                self.shape.symbol_bits,
                1 << p
            ),
        };
        format!(
            "{code} States have 32 bits; symbol i comes from state i mod {}. The first symbol of each state takes its two \
             words, high one first; each other takes a word as the low half if the state is below 2^16 and the block has \
             words left. The symbol is that of slot = state mod 2^{p}; the next state is (state >> {p}) * count + the slot's \
             number within the symbol. States that end with anything but {} raise error. A raw symbol stands at the top \
             of a word.\n\n{}",
            self.given.states,
            Rans::seed(self.given.states as usize),
            parameters::streams(self.lanes)
        )
    }

    fn interface(&self) -> Interface {
        lanes::interface(self.shape, self.lanes, self.entry_bits(), Encoding::Fixed { signed: false, lsb: 0 })
    }

    fn has_state(&self) -> bool {
        true
    }

    fn timing_advice(&self) -> String {
        let advice = match self.given.states {
            MOST_STATES => "a clock for each",
            _ => "more --states give it more clocks",
        };
        format!("the loop is two memories, a product, a sum and the choice of a word: {advice}")
    }

    fn build(&self, b: &Builder) {
        lanes::build(b, &self.parts(b));
    }

    fn decoder(&self) -> Option<Decoder> {
        let decoder = parameters::decoder(self.shape, self.lanes, self.wired.as_ref(), self.loading());
        // The first symbol of each state takes two words.
        Some(Decoder { slow: self.given.states as usize, ..decoder })
    }
}

impl EntropyDecoder for RansCore {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn entry_bits(&self) -> Option<u32> {
        self.wired.is_none().then_some(self.given.precision + self.shape.symbol_bits)
    }

    fn parts<'b>(&self, b: &'b Builder) -> Parts<'b> {
        let loading = self.loading();
        let memories = architecture::Memories::new(b, loading, self.wired.as_ref());
        let shape = self.shape;
        let ring = |bank| {
            Box::new(architecture::Ring::new(b, shape, loading, memories, bank)) as Box<dyn Code<'b> + 'b>
        };
        if self.wired.is_some() {
            return Parts { shape, codes: (0..self.lanes).map(|_| ring(None)).collect(), tables: None };
        }
        let banks = Banks::new(b, loading.precision + loading.symbol_bits, self.lanes);
        architecture::fill(b, &banks, memories, loading.symbol_bits, loading.precision);
        let codes = (0..self.lanes).map(|lane| ring(Some(banks.bank(lane)))).collect();
        Parts { shape, codes, tables: Some(Box::new(banks)) }
    }
}
