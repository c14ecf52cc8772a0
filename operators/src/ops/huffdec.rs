//! Huffman decoder: parameters and the core made of them.
use crate::parts::entropy::code::Code;
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::entropy::lanes::Parts;
use crate::parts::entropy::shape::{Ahead, Shape};
use crate::parts::entropy::stored::Stored;
use crate::parts::entropy::tables::Banks;
use crate::parts::entropy::{lanes, parameters};
use crate::parts::stateless;
use crate::{Core, Operator, ParamError};
use clap::{Args, ValueEnum};
use holigen_generator::Builder;
use holigen_verif::entropy::huffman::{Huffman, Loading, Order};
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::interface::{Encoding, Interface};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;
mod canonical;

use canonical::Borders;

/// Which codes the small numbers go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderName {
    /// To the shortest, as in deflate
    #[default]
    Deflate,
    /// To the longest, as in zstd
    Zstd,
}

/// Decode a stream of Huffman codes, one symbol a clock and lane
///
/// # Semantics
/// Words in, symbols out, both with the handshake of AXI4-Stream. The stream is made of blocks: a header of 48 bits
/// (kind, switch, count, length: see `holigen encode`) and a payload of codes, the first bit of a code in the most
/// significant place. A wired code is canonical and given by its lengths. A loaded one comes through the port `t`, an
/// entry for each symbol in the order of their codes: the length of the code above the bits of the symbol, t_last with
/// the last. Lengths may become longer from code to code, or shorter, but not both. A table that is not so, or whose
/// lengths do not fill all codes exactly, raises error and is not used. Decoding goes on with the old table; the first
/// block with the switch in its header waits for the new one; if none is on its way, that is an error.
///
/// # Architecture
/// The next bits address a table that says the length; the window shifts by it. A wired code of up to 8 bits is logic,
/// whose answer stands in a register when the clock begins; longer and loaded ones are in a block RAM. A table that is
/// loaded fills the other half of the memory, a slot a clock. Where a clock has no time for a memory and a shift, there is
/// no window: for each bit of a word it is found ahead of time where a code that begins there ends, of a loaded code by
/// comparing the next bits with the last codes of each length; a memory then says the symbol, and a table is loaded with
/// an entry a clock. No bubble within a block.
///
/// # Sources
/// Huffman, "A method for the construction of minimum-redundancy codes", 1952; Larmore and Hirschberg, 1990 (lengths
/// with a limit); RFC 1951 (deflate), RFC 8878 (zstd).
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct HuffDec {
    /// `load`, or the lengths of a wired code: `1,2,3,3` by symbol (0: the symbol has no code), or a file with them
    #[arg(long, default_value = "load")]
    pub table: String,
    /// How a wired code is numbered
    #[arg(long, value_enum, default_value_t = OrderName::Deflate)]
    pub order: OrderName,
    /// Bits of a symbol, 1 to 8
    #[arg(long, default_value_t = 8)]
    pub symbol_bits: u32,
    /// Bits of the longest code, 2 to 15 [default: 11; of a wired code, as long as it is]
    #[arg(long)]
    pub longest: Option<u32>,
    /// Symbols a clock: sub-streams decoded side by side, 1 to 16
    #[arg(long, default_value_t = 1)]
    pub lanes: u32,
}

impl Default for HuffDec {
    fn default() -> Self {
        Self { table: "load".into(), order: OrderName::Deflate, symbol_bits: 8, longest: None, lanes: 1 }
    }
}

/// Codes of at most so many bits are logic.
const LOGIC: u32 = 8;

impl Operator for HuffDec {
    const NAME: &'static str = "huffdec";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        Ok(Box::new(self.core()?))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "longest = 9",
            "symbol-bits = 4\nlongest = 8\nlanes = 2",
            "table = \"1,2,3,3\"\nsymbol-bits = 2",
            "table = \"2,2,3,3,4,4,5,5,6,6,7,7,8,8,8,8\"\nsymbol-bits = 4\norder = \"zstd\"",
            "table = \"1,2,3,4,5,6,7,8,9,10,11,12,12\"\nsymbol-bits = 4",
            "table = \"0,1\"\nsymbol-bits = 1",
            "table = \"2,2,2,2\"\nsymbol-bits = 3\nlanes = 4",
        ]
    }
}

impl HuffDec {
    /// The decoder with its parameters settled.
    ///
    /// # Errors
    /// A parameter is not possible.
    pub fn core(&self) -> Result<HuffCore, ParamError> {
        let lanes = parameters::lanes(self.lanes)?;
        let bits = parameters::symbol_bits(self.symbol_bits, 8)?;
        if let Some(longest) = self.longest
            && !(2..=15).contains(&longest)
        {
            return Err(ParamError::new(
                "longest",
                longest,
                "not possible",
                "codes have at most 2 to 15 bits",
            ));
        }
        let (wired, table) = parameters::wired(&self.table, || self.wired(bits))?;
        let longest = wired.as_ref().map_or(self.longest.unwrap_or(11), Huffman::longest);
        let shape = parameters::shape(longest, bits);
        Ok(HuffCore { given: Self { table, ..self.clone() }, wired, longest, shape, lanes })
    }

    /// The wired code, and its table as a list.
    fn wired(&self, bits: u32) -> Result<(Huffman, String), ParamError> {
        let error = |problem: String, right: &str| ParamError::new("table", &self.table, problem, right);
        let right = "`load`, lengths by symbol such as 1,2,3,3, or a file with such a line";
        let numbers = parameters::table(&self.table, "lengths", right, false, bits)?;
        if let Some(long) = numbers.iter().find(|l| !(0..=i64::from(self.longest.unwrap_or(15))).contains(*l))
        {
            let longest = self.longest.unwrap_or(15);
            return Err(error(format!("a code of {long} bits"), &format!("codes of at most {longest} bits")));
        }
        let mut lengths: Vec<u8> = numbers.iter().map(|l| *l as u8).collect();
        lengths.resize(1 << bits, 0);
        let longest = lengths.iter().copied().max().unwrap_or(0).max(1);
        let order = match self.order {
            OrderName::Deflate => Order::ShortFirst,
            OrderName::Zstd => Order::LongFirst,
        };
        let code = Huffman::new(&lengths, longest.into(), order).ok_or_else(|| {
            let kraft: f64 = lengths.iter().filter(|l| **l > 0).map(|l| 0.5f64.powi((*l).into())).sum();
            let problem = format!("the lengths use {kraft} of all codes");
            error(problem, "the sum of 2^-length must be 1 (or a single code of one bit)")
        })?;
        Ok((code, parameters::in_line(&numbers)))
    }
}

/// A decoder with its parameters settled.
pub struct HuffCore {
    given: HuffDec,
    wired: Option<Huffman>,
    longest: u32,
    shape: Shape,
    lanes: usize,
}

impl HuffCore {
    fn loading(&self) -> Loading {
        Loading { symbol_bits: self.shape.symbol_bits, longest: self.longest }
    }
}

impl Core for HuffCore {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&HuffDec { longest: Some(self.longest), ..self.given.clone() })
    }

    fn name(&self) -> String {
        let kind = match &self.wired {
            None => "load".to_owned(),
            Some(code) => format!("w{:08x}", parameters::digest(code.lengths()) ^ self.given.order as u32),
        };
        let lanes = parameters::lanes_in_name(self.lanes);
        format!("huffdec_{kind}_l{}_{}{lanes}", self.longest, self.shape.symbol_bits)
    }

    fn title(&self) -> String {
        let kind = if self.wired.is_some() { "a wired Huffman code" } else { "loaded Huffman codes" };
        let lanes = parameters::lanes_in_title(self.lanes);
        format!(
            "Decoder of {kind} of up to {} bits, {}-bit symbols{lanes}",
            self.longest, self.shape.symbol_bits
        )
    }

    fn semantics(&self) -> String {
        let code = match &self.wired {
            Some(code) => {
                let lengths: Vec<String> = code.lengths().iter().map(u8::to_string).collect();
                format!("The code is canonical; its lengths by symbol are {}.", lengths.join(","))
            }
            None => format!(
                "A table has an entry for each symbol in the order of their codes: the length of the code above {} bits \
                 of the symbol. One that does not fill all codes exactly, or whose lengths become both longer and shorter \
                 from code to code, raises error and is not used.",
                self.shape.symbol_bits
            ),
        };
        format!("{code}\n\n{}", parameters::streams(self.lanes))
    }

    fn interface(&self) -> Interface {
        lanes::interface(self.shape, self.lanes, self.entry_bits(), Encoding::Fixed { signed: false, lsb: 0 })
    }

    fn has_state(&self) -> bool {
        true
    }

    fn timing_advice(&self) -> String {
        "codes of fewer bits (--longest) are shifted faster".into()
    }

    fn build(&self, b: &Builder) {
        lanes::build(b, &self.parts(b));
    }

    fn decoder(&self) -> Option<Decoder> {
        Some(parameters::decoder(self.shape, self.lanes, self.wired.as_ref(), self.loading()))
    }
}

impl EntropyDecoder for HuffCore {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn entry_bits(&self) -> Option<u32> {
        self.wired.is_none().then_some(4 + self.shape.symbol_bits)
    }

    fn parts<'b>(&self, b: &'b Builder) -> Parts<'b> {
        match &self.wired {
            Some(code) => self.wired_parts(b, code),
            None => self.loaded_parts(b),
        }
    }
}

impl HuffCore {
    fn wired_parts<'b>(&self, b: &'b Builder, code: &Huffman) -> Parts<'b> {
        let (bits, longest) = (self.shape.symbol_bits, self.longest);
        if longest <= LOGIC || !self.shape.memory_fits(b) {
            let shape = self.shape.for_instant(b, 3);
            let stored = longest > LOGIC && shape.ends_ahead();
            let memory =
                stored.then(|| b.memory("codes", longest, bits, &architecture::symbols(code)).in_block());
            return self.lanes_of(shape, |_| architecture::Wired::new(b, code, shape, memory));
        }
        let entries: Vec<u64> = architecture::entries(code, bits);
        let memory = b.memory("codes", longest, 4 + bits, &entries).in_block();
        self.lanes_of(self.shape, |_| Stored::new(b, self.shape, memory, longest, None))
    }

    fn loaded_parts<'b>(&self, b: &'b Builder) -> Parts<'b> {
        let (bits, longest) = (self.shape.symbol_bits, self.longest);
        let fits = self.shape.memory_fits(b);
        let (name, width) = if fits { ("codes", 4 + bits) } else { ("symbols", bits) };
        let memory = b.memory(name, longest + 1, width, &[]).read_apart();
        let banks = Banks::new(b, 4 + bits, self.lanes);
        let parts = if fits {
            architecture::fill(b, &banks, memory, bits, longest);
            let bank = |lane| Some(banks.bank(lane));
            self.lanes_of(self.shape, |lane| Stored::new(b, self.shape, memory, longest, bank(lane)))
        } else {
            let shape = Shape { ahead: Ahead::Ends, ..self.shape };
            let borders = Borders::fill(b, &banks, memory, bits, longest);
            self.lanes_of(shape, |lane| borders.lane(b, shape, memory, &banks, lane))
        };
        Parts { tables: Some(Box::new(banks)), ..parts }
    }

    fn lanes_of<'b, C: Code<'b> + 'b>(&self, shape: Shape, code: impl Fn(usize) -> C) -> Parts<'b> {
        let boxed = |lane| Box::new(code(lane)) as Box<dyn Code<'b> + 'b>;
        Parts { shape, codes: (0..self.lanes).map(boxed).collect(), tables: None }
    }
}
