//! Codebook: parameters and the core made of them.
use crate::parts::codebook::Book;
use crate::parts::entropy::lanes::SharedTables;
use crate::parts::entropy::parameters;
use crate::parts::entropy::tables::Banks;
use crate::parts::npy::{Array, MAGIC};
use crate::parts::{arguments, ports, stateless};
use crate::{Core, Operator, ParamError};
use clap::Args;
use holigen_generator::structures::stream::{OutputRegister, WordSlice};
use holigen_generator::{Bits, Builder};
use holigen_verif::codebook::Codebook;
use holigen_verif::interface::{Direction, Interface, Kind, Port};
use holigen_verif::stream::{FileCode, StreamModel};
use holigen_verif::values;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Turn a stream of indices into values of a book, one index a clock and lane
///
/// # Semantics
/// Indices in, values out, both with the handshake of AXI4-Stream: a word has an index of each lane, lane 0 in the low
/// bits, and m_last is s_last. The book is wired, or loaded through the port `t`, a value a word, index 0 first, t_last with the
/// last; a table with more values than there are indices raises error and is not used. Look-ups go on with the old table; the
/// first word with s_switch, and the very first one, waits for the next. An index without a value raises error until rst
/// or start: the values in front of it are right, and the rest is taken and dropped.
///
/// A wired book is given as numbers or codes: `-1,-0.25,0.25,1` or `0xb8,0xa8,0x28,0x38`, or a file with such lines (# opens a
/// comment), or an NPY array of numbers. Numbers that the format does not have are rounded to nearest, ties to even.
///
/// `holigen encode codebook --in weights.npy` makes a stream of an array. Integers are indices; floats are values, each of
/// which must be in the book (--nearest: the nearest in the book, of two as near the one that comes first). Of an array of
/// floats, a loaded book is made of its own values, if these are no more than there are indices. In the file the words
/// stand one behind the other, bit by bit, lowest first. `holigen decode codebook` gives the array again.
///
/// # Architecture
/// A wired book is one table of logic a lane. A loaded one is a memory of two halves with a read port a lane; a switch takes
/// one clock, everything else is a word a clock.
///
/// # Sources
/// Lloyd, "Least squares quantization in PCM", 1982; Han, Mao, Dally, "Deep compression", 2016 (shared weights).
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CodebookLookUp {
    /// `load`, or the values of a wired book: numbers, codes, or a file with them
    #[arg(long, default_value = "load", allow_hyphen_values = true)]
    pub table: String,
    /// Format of the values: floating point, posit8_2 and the like, intN, uintN, fixed:MSB:LSB or ufixed:MSB:LSB; up to
    /// 32 bits
    #[arg(long, value_name = "NAME", default_value = "bf16")]
    pub format: String,
    /// Bits of an index, 2 to 8 [default: 4; of a wired book, as many as it needs]
    #[arg(long)]
    pub index_bits: Option<u32>,
    /// Indices a clock, 1 to 16
    #[arg(long, default_value_t = 1)]
    pub lanes: u32,
}

impl Default for CodebookLookUp {
    fn default() -> Self {
        Self { table: "load".into(), format: "bf16".into(), index_bits: None, lanes: 1 }
    }
}

/// Most bits of a value.
const MOST_BITS: u32 = 32;
/// Most bits of the values of a word.
const MOST_WORD: u32 = 128;

impl Operator for CodebookLookUp {
    const NAME: &'static str = "codebook";
    const DECODES: bool = true;

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let lanes = parameters::lanes(self.lanes)?;
        let (encoding, width) = arguments::any_format("format", &self.format)?;
        if width > MOST_BITS {
            let right = format!("give a format of at most {MOST_BITS} bits");
            return Err(ParamError::new("format", &self.format, format!("has {width} bits"), right));
        }
        if width * self.lanes > MOST_WORD {
            let right = format!("at most {MOST_WORD} bits of values a clock: {} lanes", MOST_WORD / width);
            return Err(ParamError::new("lanes", self.lanes, format!("with values of {width} bits"), right));
        }
        if let Some(bits) = self.index_bits {
            arguments::within("index-bits", bits.into(), 2..=8, "bits")?;
        }
        let value = Port::result("value", width, encoding, "A value");
        let wired = if self.table == "load" { None } else { Some(self.wired(&value)?) };
        let needed = wired.as_ref().map_or(4, |t| (usize::BITS - (t.len() - 1).leading_zeros()).max(2));
        let model = Codebook { index_bits: self.index_bits.unwrap_or(needed), lanes, wired, value };
        Ok(Box::new(CodebookCore { given: self.clone(), model }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "table = \"-1,-0.5,-0.25,0.25,0.5,1\"\nformat = \"e4m3fn\"",
            "format = \"e4m3fn\"\nlanes = 4",
            "table = \"0x80,0xf0,0x10,0x7f\"\nformat = \"int8\"\nlanes = 2",
            "format = \"fixed:3:-4\"\nindex-bits = 8",
            "table = \"-3,-1,0,1,3\"\nformat = \"posit8_2\"\nindex-bits = 3\nlanes = 8",
            "format = \"fp32\"\nindex-bits = 2\nlanes = 3",
        ]
    }
}

impl CodebookLookUp {
    /// The codes of a wired book.
    fn wired(&self, value: &Port) -> Result<Vec<u64>, ParamError> {
        let error = |problem: String, right: &str| ParamError::new("table", &self.table, problem, right);
        let right = "`load`, values such as -1,-0.25,0.25,1 or 0xb8,0xa8,0x28,0x38, or a file with them";
        let code =
            |text: &str| values::parse(value, text).map(|o| o.code.iter_u64_digits().next().unwrap_or(0));
        let listed: Option<Vec<u64>> = self.table.split(',').map(|w| code(w.trim()).ok()).collect();
        let codes = match listed {
            Some(codes) => codes,
            None if self.table.contains(',') => {
                let wrong = self.table.split(',').find_map(|w| code(w.trim()).err()).unwrap_or_default();
                return Err(error(wrong, right));
            }
            None => {
                let bytes = std::fs::read(&self.table)
                    .map_err(|e| error(format!("is no value, and as a file can't be read ({e})"), right))?;
                let words = words_of(&bytes).map_err(|(problem, right)| error(problem, &right))?;
                let codes = words.iter().map(|w| code(w)).collect::<Result<Vec<u64>, _>>();
                codes.map_err(|e| error(e, right))?
            }
        };
        let most = 1 << self.index_bits.unwrap_or(8);
        if codes.is_empty() || codes.len() > most {
            let right = format!("1 to {most} values");
            return Err(error(format!("{} values", codes.len()), &right));
        }
        Ok(codes)
    }
}

/// The numbers of a file as text.
fn words_of(bytes: &[u8]) -> Result<Vec<String>, (String, String)> {
    if bytes.starts_with(MAGIC) {
        let array = Array::read(bytes)?;
        return Ok((0..array.count()).map(|k| array.kind.text(array.code(bytes, k))).collect());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err((
            "is neither an NPY file nor text".into(),
            "write it with numpy.save, or as text".into(),
        ));
    };
    let lines = text.lines().map(|l| l.split('#').next().unwrap_or_default());
    let words = lines.flat_map(|l| l.split([',', ' ', '\t'])).filter(|w| !w.is_empty());
    Ok(words.map(String::from).collect())
}

/// A core with its parameters settled.
pub struct CodebookCore {
    given: CodebookLookUp,
    model: Codebook,
}

impl Core for CodebookCore {
    fn parameters(&self) -> Map<String, Value> {
        // The values themselves, so that nothing depends on a file.
        let codes = |t: &Vec<u64>| t.iter().map(|c| format!("{c:#x}")).collect::<Vec<_>>().join(",");
        let table = self.model.wired.as_ref().map_or_else(|| "load".into(), codes);
        let index_bits = Some(self.model.index_bits);
        stateless::parameters(&CodebookLookUp { table, index_bits, ..self.given.clone() })
    }

    fn name(&self) -> String {
        let kind =
            self.model.wired.as_ref().map_or_else(|| "load".into(), |t| parameters::entries_in_name(t));
        let format = self
            .given
            .format
            .to_lowercase()
            .replace([':', '<', ',', '_'], "")
            .replace('-', "m")
            .replace('>', "");
        let lanes = parameters::lanes_in_name(self.model.lanes);
        format!("codebook_{kind}_{}_{format}{lanes}", self.model.index_bits)
    }

    fn title(&self) -> String {
        let kind = if self.model.wired.is_some() { "a wired book" } else { "loaded books" };
        let lanes = parameters::lanes_in_title(self.model.lanes);
        format!("Values of {kind}, {}, by {}-bit indices{lanes}", self.given.format, self.model.index_bits)
    }

    fn semantics(&self) -> String {
        let most = 1usize << self.model.index_bits;
        match &self.model.wired {
            Some(t) if t.len() == most => {
                "Each index of s_data becomes its value in m_data; m_last is s_last. Every index has a value, so error is \
                 never raised."
                    .into()
            }
            Some(t) => format!(
                "Each index of s_data becomes its value in m_data; m_last is s_last. Indices from {} on have no value and \
                 raise error until rst or start; the values in front of the word with one are right, and the rest of \
                 the stream is taken and dropped.",
                t.len()
            ),
            None => format!(
                "Each index of s_data becomes its value in m_data; m_last is s_last. A table is loaded through t, a value a \
                 word, index 0 first; one of more than {most} values raises error and is not used. The first word, and \
                 every word with s_switch, waits for the next table. An index beyond the table, or a wait that a bad \
                 table left without one, raises error until rst or start; the values in front of the word are right, and \
                 the rest of the stream is taken and dropped."
            ),
        }
    }

    fn interface(&self) -> Interface {
        let (lanes, width) = (self.model.lanes as u32, self.model.value.width);
        let loads = self.model.wired.is_none();
        let mut all = if loads { ports::stream_in("t", width, "a table") } else { Vec::new() };
        all.push(ports::start("Starts over as `rst` does; tables have to be loaded again."));
        all.push(ports::ready("values"));
        all.extend(ports::stream_in("s", lanes * self.model.index_bits, "indices"));
        if loads {
            let text = "With a word of s: it is the first that the next table counts for.";
            let place = all.len() - 1;
            all.insert(place, ports::port("s_switch", Direction::Input, 1, Kind::Flag, text));
        }
        let error = "An index has no value, or a table is too long; until `rst` or `start`.";
        let last = "The last values of their stream.";
        all.extend(ports::stream_out(width, lanes, self.model.value.encoding.clone(), "values", last, error));
        Interface { ports: all }
    }

    fn has_state(&self) -> bool {
        true
    }

    fn build(&self, b: &Builder) {
        let (bits, lanes) = (self.model.index_bits, self.model.lanes);
        let width = self.model.value.width;
        let banks = self.model.wired.is_none().then(|| Banks::new(b, width, 1));
        let book = match (&self.model.wired, &banks) {
            (Some(codes), _) => Book::Wired { codes: codes.clone(), width },
            (None, Some(banks)) => Book::loaded(b, banks, bits, width),
            (None, None) => unreachable!("a book is wired or loaded"),
        };
        b.clear_input("start");
        let out = OutputRegister::new(b);
        let advance = out.advance();
        let slice = b.scope("indices in", || {
            WordSlice::new(b, "s", lanes as u32 * bits, banks.is_some().then_some("s_switch"))
        });
        let failed = b.register("failed", 1);
        let (there, word) = (slice.there(), slice.word());
        let bank = banks.as_ref().map(|t| t.bank(0));
        // Whether the word at hand has the table that counts for it; what to do if not.
        let switches = b.scope("table of the word", || {
            let tables = banks.as_ref()?;
            let state = tables.state(0);
            let fresh = b.register("word_has_table", 1);
            let needs = (there & (slice.user() | !state.known) & !fresh).named("needs_table");
            let switch = (needs & state.pending).named("switch");
            let hopeless =
                (needs & tables.error() & !state.pending & !state.coming).named("no_table_to_come");
            Some((fresh, needs, switch, hopeless))
        });
        let no = b.lit(0u8, 1);
        let (needs, hopeless) = switches.map_or((no, no), |(_, needs, _, hopeless)| (needs, hopeless));
        let step = (advance & there & !needs).named("step");
        let (values, known): (Vec<Bits<'_>>, Vec<Bits<'_>>) = b.scope("values", || {
            let of = |lane: usize| {
                let index = word.bits((lane as u32 + 1) * bits - 1, lane as u32 * bits);
                book.look_up(b, &format!("value{lane}"), index, bank, advance)
            };
            (0..lanes).map(of).unzip()
        });
        let (Some(values), Some(known)) = (concat_of(&values), concat_of(&known)) else {
            unreachable!("there are lanes")
        };
        let known = known.all().named("all_known");
        failed.load(failed | hopeless | (step & !known));
        let valid = (step & known & !failed).delayed("value_there", advance);
        let last = slice.last().delayed("value_last", advance);
        let error = match (switches, &banks) {
            (Some((fresh, _, switch, _)), Some(tables)) => {
                fresh.load(switch | (fresh & !step));
                failed | tables.connect(&[switch], &[failed])
            }
            _ => failed,
        };
        slice.take(step | failed);
        b.scope("values out", || {
            out.drive(valid, &[("m_data", values), ("m_last", last)]);
            b.output("error", error);
        });
    }

    fn stream(&self) -> Option<Box<dyn StreamModel>> {
        Some(Box::new(self.model.clone()))
    }

    fn file_code(&self) -> Option<Box<dyn FileCode>> {
        Some(Box::new(self.model.clone()))
    }
}

/// The first in the least significant bits.
fn concat_of<'b>(parts: &[Bits<'b>]) -> Option<Bits<'b>> {
    parts.iter().copied().reduce(|low, high| high.cat(low))
}
