//! `holigen encode` and `decode`: files for the entropy decoders, and back.
use crate::args::{DecodeArgs, EncodeArgs};
use crate::coding::book;
use crate::coding::container::Container;
use crate::coding::elements::Layout;
use crate::coding::size::{per_symbol, size};
use crate::coding::symbols::{self, Elements, Symbols};
use crate::failure::{Failure, note, say};
use crate::output;
use crate::report::grouped;
use holigen_operators::parts::npy::Number;
use holigen_operators::{Entry, Instance};
use holigen_verif::stream::{Coded, FileCode, bytes_of, of_bytes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What the text of a file says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// The decoder.
    coder: String,
    /// Bytes of the original.
    bytes: u64,
    /// Of a NumPy array: everything in front of its elements, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    npy: String,
    /// The decoder's parameters.
    parameters: toml::Table,
}

/// Encodes a file into the stream that a decoder reads.
///
/// # Errors
/// A file that can't be read or written; elements that are no symbols.
pub fn encode(instance: &Instance, args: &EncodeArgs) -> Result<(), Failure> {
    let code = file_code(instance)?;
    let outputs: Vec<&Path> =
        [Some(&args.out), args.table_out.as_ref()].into_iter().flatten().map(|p| &**p).collect();
    for path in &outputs {
        output::vacant(path, args.force)?;
    }
    let layout = Layout::new(&*instance.core, code.symbol_bits());
    let bits = layout.elements.bits;
    let bytes = read(&args.input)?;
    let (symbols, table) = symbols_of(&*code, bits, &bytes, args)?;
    let parts = layout.symbols(&symbols).map_err(|e| about(&args.input, &e))?;
    let coded = code.encode(&parts.symbols).map_err(|e| about(&args.input, &e))?;
    let mut coded = Coded { table: table.unwrap_or(coded.table), ..coded };
    if args.table_out.is_none() {
        coded = shorter(instance, &*code, coded, &parts.symbols);
    }
    let again = code.decode(&coded, parts.symbols.len() as u64);
    let again = again.and_then(|again| layout.elements(again, parts.raw.clone(), &symbols));
    if again.as_ref() != Some(&symbols.values) {
        return Err(Failure::Check(format!(
            "{}: what {} made of it decodes to something else; nothing was written",
            args.input.display(),
            instance.operator
        )));
    }
    let table_text = match &args.table_out {
        Some(_) => Some(code.table_text(&coded.table).ok_or_else(|| {
            Failure::usage(format!("{} has no table to write: leave --table-out out", instance.command()))
        })?),
        None => None,
    };
    let text = About {
        coder: instance.operator.into(),
        bytes: bytes.len() as u64,
        npy: symbols.npy.as_deref().map(symbols::hex).unwrap_or_default(),
        parameters: parameters(&instance.core.parameters()),
    };
    if let Some(raw) = layout.elements.raw {
        coded.lanes.push(words_of(&parts.raw, raw.width(), code.word_bits()));
    }
    let size = size(instance, code.word_bits(), &coded);
    let file = Container {
        text: toml::to_string(&text).map_err(|e| Failure::usage(e.to_string()))?,
        table: coded.table.iter().map(|e| *e as u32).collect(),
        symbols: parts.symbols.len() as u64,
        word_bits: code.word_bits(),
        lanes: coded.lanes,
    };
    let out = file.to_bytes();
    if let (Some(path), Some(text)) = (&args.table_out, table_text) {
        output::write_file(path, text.as_bytes(), args.force)?;
    }
    output::write_file(&args.out, &out, args.force)?;
    let each = per_symbol(size.words, symbols.values.len());
    if args.json {
        let report = json!({
            "coder": instance.operator, "bytes": bytes.len(), "elements": symbols.values.len(),
            "element_bits": bits, "bits_per_element": each,
            "symbols": file.symbols, "symbol_bits": code.symbol_bits(),
            "word_bits": file.word_bits, "words": file.lanes.iter().map(Vec::len).collect::<Vec<_>>(),
            "table_entries": file.table.len(), "table_bits": size.table,
            "bits_per_symbol": per_symbol(size.words, parts.symbols.len()),
            "file_bytes": out.len(),
        });
        return say(&format!("{report:#}\n"));
    }
    note(&format!(
        "{}: {} bytes, {} {} of {bits} bits at {each:.4} bits each, {} bytes in the file",
        args.out.display(),
        grouped(bytes.len() as u64),
        grouped(symbols.values.len() as u64),
        if instance.core.elements().is_some() { "elements" } else { "symbols" },
        grouped(out.len() as u64)
    ));
    Ok(())
}

/// The symbols as they are, if that is shorter: few of them may be less than the table that saves some of their bits.
fn shorter(instance: &Instance, code: &dyn FileCode, coded: Coded, symbols: &[u64]) -> Coded {
    let bytes = |c: &Coded| size(instance, code.word_bits(), c).bytes();
    match code.plain(symbols) {
        Some(plain) if bytes(&plain) < bytes(&coded) => plain,
        _ => coded,
    }
}

/// Decodes a file of [`encode`].
///
/// # Errors
/// A file that can't be read or written, is damaged, or was made for another decoder.
pub fn decode(entry: &dyn Entry, args: &DecodeArgs) -> Result<(), Failure> {
    output::vacant(&args.out, args.force)?;
    let bytes = read(&args.input)?;
    let damaged = |what: &dyn std::fmt::Display| about(&args.input, what);
    let file = Container::from_bytes(&bytes).map_err(|e| damaged(&e))?;
    let text: About = toml::from_str(&file.text)
        .map_err(|e| damaged(&format!("its header can't be read: {}", e.message())))?;
    if text.coder != entry.name() {
        return Err(Failure::usage(format!(
            "{}: coded for `{}`, not for `{}`\n  holigen decode {} --in {} --out {}",
            args.input.display(),
            text.coder,
            entry.name(),
            text.coder,
            args.input.display(),
            args.out.display()
        )));
    }
    let instance = entry.instance_of_toml(text.parameters).map_err(|e| damaged(&e))?;
    let code = file_code(&instance)?;
    let table: Vec<u64> = file.table.iter().map(|e| u64::from(*e)).collect();
    let mut coded = Coded { table, lanes: file.lanes };
    let layout = Layout::new(&*instance.core, code.symbol_bits());
    let raw = match layout.elements.raw {
        Some(raw) => {
            let words = coded.lanes.pop().unwrap_or_default();
            numbers_of(&words, raw.width(), code.word_bits(), file.symbols as usize)
                .ok_or_else(|| damaged(&"what stands beside its symbols is too short"))?
        }
        None => Vec::new(),
    };
    let values = code
        .decode(&coded, file.symbols)
        .ok_or_else(|| damaged(&"its words do not decode to what its header says"))?;
    let npy = if text.npy.is_empty() { None } else { symbols::unhex(&text.npy) };
    let bits = layout.elements.bits;
    let out = usize::try_from(text.bytes).ok().and_then(|n| {
        let count = symbols::elements(n, npy.as_deref(), bits)?;
        let mut symbols = Symbols { values: vec![0; count], npy };
        symbols.values = layout.elements(values, raw, &symbols)?;
        file_of(&*code, bits, &symbols, &coded.table, n)
    });
    let out = out.ok_or_else(|| damaged(&"its symbols do not make the file that its header says"))?;
    output::write_file(&args.out, &out, args.force)?;
    note(&format!("{}: {} bytes", args.out.display(), grouped(out.len() as u64)));
    Ok(())
}

/// What the elements of arrays are for a coder.
fn elements(code: &dyn FileCode) -> Elements {
    if code.book().is_some() { Elements::Indices } else { Elements::Numbers }
}

/// The symbols of a file, of `bits` bits each, and the table that goes with them where it is made of the file.
fn symbols_of(
    code: &dyn FileCode,
    bits: u32,
    bytes: &[u8],
    args: &EncodeArgs,
) -> Result<(Symbols, Option<Vec<u64>>), Failure> {
    let fail = |e: String| about(&args.input, &e);
    let values = book::is_values(bytes);
    let Some(book) = code.book().filter(|_| values) else {
        if args.nearest {
            return Err(fail("--nearest is for arrays of floats and a codebook".into()));
        }
        if code.book().is_some_and(|b| b.codes.is_none()) && !bytes.is_empty() {
            let right = "give the book with --table FILE, or the values themselves as an array of floats";
            return Err(fail(format!("it holds indices, and nothing says of which values\n  {right}")));
        }
        return Ok((Symbols::of_file(bytes, bits, elements(code)).map_err(fail)?, None));
    };
    let indexed = book::index(bytes, &book, 1 << bits, args.nearest).map_err(fail)?;
    let (changed, far) = indexed.changed;
    if changed > 0 {
        let all = indexed.symbols.values.len();
        note(&format!(
            "{} of {} elements changed, by {far:e} at most",
            grouped(changed as u64),
            grouped(all as u64)
        ));
    }
    Ok((indexed.symbols, indexed.table))
}

/// The file of some symbols.
fn file_of(
    code: &dyn FileCode,
    bits: u32,
    symbols: &Symbols,
    table: &[u64],
    bytes: usize,
) -> Option<Vec<u8>> {
    let float = symbols
        .npy
        .as_deref()
        .and_then(|h| symbols::header_of(h, bytes))
        .filter(|a| a.kind.number == Number::Float);
    match (code.book(), float) {
        (Some(book), Some(_)) => book::to_file(symbols, book.value, book.codes.unwrap_or(table), bytes),
        _ => symbols.to_file(bits, bytes, elements(code)),
    }
}

/// Numbers of `bits` bits as words, the first in the lowest bits.
fn words_of(numbers: &[u64], bits: u32, word_bits: u32) -> Vec<u64> {
    let mut bytes = bytes_of(numbers.iter().copied(), bits);
    bytes.resize(bytes.len().next_multiple_of(word_bits as usize / 8), 0);
    of_bytes(&bytes, word_bits)
}

/// The numbers again; `None` if there are not so many.
fn numbers_of(words: &[u64], bits: u32, word_bits: u32, count: usize) -> Option<Vec<u64>> {
    let mut numbers = of_bytes(&bytes_of(words.iter().copied(), word_bits), bits);
    numbers.truncate(count);
    (numbers.len() == count).then_some(numbers)
}

fn file_code(instance: &Instance) -> Result<Box<dyn FileCode>, Failure> {
    let none = || Failure::usage(format!("there are no files for {}", instance.command()));
    instance.core.file_code().ok_or_else(none)
}

/// What is wrong with a file.
pub(super) fn about(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {what}", path.display()))
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| about(path, &format!("can't be read ({e})")))
}

/// Parameters as a build file has them.
fn parameters(map: &Map<String, Value>) -> toml::Table {
    let value = |v: &Value| match v {
        Value::String(s) => Some(toml::Value::String(s.clone())),
        Value::Number(n) => n.as_i64().map(toml::Value::Integer),
        Value::Bool(b) => Some(toml::Value::Boolean(*b)),
        _ => None,
    };
    map.iter().filter_map(|(k, v)| Some((k.replace('_', "-"), value(v)?))).collect()
}
