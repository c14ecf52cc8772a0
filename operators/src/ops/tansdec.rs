//! tANS (FSE) decoder: parameters and the core made of them.
use crate::parts::entropy::code::Code;
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::entropy::lanes::Parts;
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::stored::LUT_MEMORY;
use crate::parts::entropy::tables::Banks;
use crate::parts::entropy::{lanes, parameters};
use crate::parts::stateless;
use crate::{Core, Operator, ParamError};
use clap::Args;
use holigen_generator::Builder;
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::entropy::tans::{Loading, Tans};
use holigen_verif::interface::{Encoding, Interface};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;

/// Decode a stream of tANS (zstd's FSE), one symbol a clock and lane
///
/// # Semantics
/// Words in, symbols out, both with the handshake of AXI4-Stream. The stream is made of blocks: a header of 48 bits
/// (kind, switch, count, length: see `holigen encode`) and a payload: the first states, then the bits that each next
/// state takes, in the order in which a decoder reads them and the highest bit first, so zstd's bit streams (which run
/// backwards) word by word. A symbol is what its state says; the last symbol of each state takes no bits. A wired code is
/// given by normalised counts as zstd writes them (-1: rarer than one state), which are spread as zstd does. A loaded one
/// comes through the port `t`, an entry for each state: bits of the next state (4), its base, the symbol; t_last with the
/// last. A table of another number of entries, or with a base that is no multiple of 2^bits, raises error and is not
/// used. Decoding goes on with the old table; the first block with the switch in its header waits for the new one; if
/// none is on its way, that is an error.
///
/// # Architecture
/// The table is a block RAM whose address register is the state. In a clock the memory answers, the window shifts by the
/// bits that the state takes, and these bits, at the foot of the base, are the next address. With two states the memory
/// has a clock for itself: its answer stands in a register while the other state has its turn. No bubble within a block.
///
/// # Sources
/// Duda, arXiv 1311.2540; Collet, Finite State Entropy; RFC 8878 (zstd), section 4.1.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct TansDec {
    /// `load`, or the normalised counts of a wired code: `9,4,2,1` by symbol (-1: rarer than one), or a file with them
    #[arg(long, default_value = "load", allow_hyphen_values = true)]
    pub table: String,
    /// Bits of a state, 5 to 12: counts sum to 2^log
    #[arg(long, default_value_t = 10)]
    pub log: u32,
    /// States in turn, 1 or 2
    #[arg(long, default_value_t = 1)]
    pub states: u32,
    /// Bits of a symbol, 1 to 8
    #[arg(long, default_value_t = 8)]
    pub symbol_bits: u32,
    /// Symbols a clock: sub-streams decoded side by side, 1 to 16
    #[arg(long, default_value_t = 1)]
    pub lanes: u32,
}

impl Default for TansDec {
    fn default() -> Self {
        Self { table: "load".into(), log: 10, states: 1, symbol_bits: 8, lanes: 1 }
    }
}

impl Operator for TansDec {
    const NAME: &'static str = "tansdec";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        Ok(Box::new(self.core()?))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "log = 7",
            "log = 5\nsymbol-bits = 3\nstates = 2",
            "log = 8\nsymbol-bits = 4\nlanes = 2",
            "table = \"20,7,3,1,-1\"\nlog = 5\nsymbol-bits = 4",
            "table = \"600,300,100,20,2,1,1\"\nsymbol-bits = 3\nstates = 2\nlanes = 2",
            "table = \"3000,1000,90,6\"\nlog = 12\nsymbol-bits = 2",
        ]
    }
}

impl TansDec {
    /// The decoder with its parameters settled.
    ///
    /// # Errors
    /// A parameter is not possible.
    pub fn core(&self) -> Result<TansCore, ParamError> {
        let lanes = parameters::lanes(self.lanes)?;
        let bits = parameters::symbol_bits(self.symbol_bits, 8)?;
        if !(5..=12).contains(&self.log) {
            return Err(ParamError::new("log", self.log, "not possible", "states have 5 to 12 bits"));
        }
        if !(1..=2).contains(&self.states) {
            return Err(ParamError::new("states", self.states, "not possible", "1 state, or 2 in turn"));
        }
        let (wired, table) = parameters::wired(&self.table, || self.wired(bits))?;
        let shape = Shape { preamble: (self.states, self.log), ..parameters::shape(self.log, bits) };
        Ok(TansCore { given: Self { table, ..self.clone() }, wired, shape, lanes })
    }

    /// The wired code, and its table as a list.
    fn wired(&self, bits: u32) -> Result<(Tans, String), ParamError> {
        let error = |problem: String, right: &str| ParamError::new("table", &self.table, problem, right);
        let right = "`load`, normalised counts by symbol such as 9,4,2,1, or a file with such a line";
        let counts = parameters::table(&self.table, "counts", right, true, bits)?;
        let list = parameters::in_line(&counts);
        let counts: Vec<i32> = counts.iter().map(|c| i32::try_from(*c).unwrap_or(i32::MAX)).collect();
        let code = Tans::new(&counts, self.log, self.states as usize).ok_or_else(|| {
            let sum: i64 = counts.iter().map(|c| i64::from(*c).abs()).sum();
            let size = 1 << self.log;
            error(
                format!("the counts sum to {sum}"),
                &format!("{size} in all, each -1 or more (-1 counts as 1)"),
            )
        })?;
        Ok((code, list))
    }
}

/// A decoder with its parameters settled.
pub struct TansCore {
    given: TansDec,
    wired: Option<Tans>,
    shape: Shape,
    lanes: usize,
}

impl TansCore {
    fn loading(&self) -> Loading {
        Loading {
            symbol_bits: self.shape.symbol_bits,
            log: self.given.log,
            streams: self.given.states as usize,
        }
    }
}

impl Core for TansCore {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.given)
    }

    fn name(&self) -> String {
        let kind = match &self.wired {
            None => "load".to_owned(),
            Some(code) => parameters::entries_in_name(&self.loading().entries(code)),
        };
        let lanes = parameters::lanes_in_name(self.lanes);
        let states = if self.given.states > 1 { "s2" } else { "" };
        format!("tansdec_{kind}_l{}{states}_{}{lanes}", self.given.log, self.shape.symbol_bits)
    }

    fn title(&self) -> String {
        let kind = if self.wired.is_some() { "a wired tANS code" } else { "loaded tANS codes" };
        let states = if self.given.states > 1 { ", two states in turn" } else { "" };
        let lanes = parameters::lanes_in_title(self.lanes);
        let (size, bits) = (1 << self.given.log, self.shape.symbol_bits);
        format!("Decoder of {kind} of {size} states{states}, {bits}-bit symbols{lanes}")
    }

    fn semantics(&self) -> String {
        let code = match &self.wired {
            Some(_) => format!("The code's normalised counts are {}.", self.given.table),
            None => format!(
                "A table has an entry for each of the {} states: bits of the next state (4), its base ({}), the symbol \
                 ({}). One of another length, or whose bases are no multiples of 2^bits, raises error and is not used.",
                1 << self.given.log,
                self.given.log,
                self.shape.symbol_bits
            ),
        };
        let states = self.given.states;
        format!(
            "{code} A block begins with {states} first state(s); symbol i comes from state i mod {states}, whose next value \
             is its base and as many bits as it says. The last symbol of each state takes none.\n\n{}",
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
        let advice = if self.given.states == 1 { "; with --states 2 it has two clocks" } else { "" };
        format!(
            "the loop is the memory's access, the shift by a state's bits and the choice of the next state{advice}"
        )
    }

    fn build(&self, b: &Builder) {
        lanes::build(b, &self.parts(b));
    }

    fn decoder(&self) -> Option<Decoder> {
        Some(parameters::decoder(self.shape, self.lanes, self.wired.as_ref(), self.loading()))
    }
}

impl EntropyDecoder for TansCore {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn entry_bits(&self) -> Option<u32> {
        self.wired.is_none().then_some(4 + self.given.log + self.shape.symbol_bits)
    }

    fn parts<'b>(&self, b: &'b Builder) -> Parts<'b> {
        let (bits, log, streams) = (self.shape.symbol_bits, self.given.log, self.given.states as usize);
        let width = 4 + log + bits;
        let shape = if streams == 2 { self.shape.for_registered(b) } else { self.shape.for_states() };
        let boxed = |code| Box::new(code) as Box<dyn Code<'b> + 'b>;
        if let Some(code) = &self.wired {
            let memory = b.memory("states", log, width, &self.loading().entries(code));
            let memory = if log > LUT_MEMORY { memory.in_block() } else { memory };
            let code = |_| boxed(architecture::States::new(b, shape, log, streams, memory, None));
            return Parts { shape, codes: (0..self.lanes).map(code).collect(), tables: None };
        }
        let memory = b.memory("states", log + 1, width, &[]).read_apart();
        let banks = Banks::new(b, width, self.lanes);
        architecture::fill(b, &banks, memory, bits, log);
        let code = |lane| {
            let bank = Some(banks.bank(lane));
            boxed(architecture::States::new(b, shape, log, streams, memory, bank))
        };
        Parts { shape, codes: (0..self.lanes).map(code).collect(), tables: Some(Box::new(banks)) }
    }
}
