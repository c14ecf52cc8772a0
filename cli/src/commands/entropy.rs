//! `holigen entropy`: what is in a file, and what each coder would make of it.
use super::coding::{about, read};
use crate::coding::size::{Size, per_symbol, size};
use crate::coding::symbols::{self, Elements, Symbols};
use crate::failure::{Failure, say};
use crate::report::{grouped, table};
use holigen_generator::Builder;
use holigen_generator::builder::Context;
use holigen_generator::compile::{Options, compile};
use holigen_generator::target::Target;
use holigen_operators::elements::RawBits;
use holigen_operators::{Instance, REGISTRY};
use holigen_verif::format::FloatFormat;
use serde_json::json;
use std::path::Path;

/// What a file takes with one coder.
struct Row {
    coder: String,
    size: Size,
    /// Lookup tables and bits of memory.
    cost: Option<(u64, u64)>,
}

/// What the elements of a file are.
pub enum Of<'a> {
    /// Symbols of so many bits.
    Symbols(u32),
    /// Floats of the format by this name, whose exponents are symbols.
    Floats(&'a str),
}

/// Symbols, bits of a symbol, and bits of an element beside its symbol.
fn coded_part(input: &Path, bytes: &[u8], of: &Of<'_>) -> Result<(Vec<u64>, u32, u32), Failure> {
    let elements = |bits| Symbols::of_file(bytes, bits, Elements::Numbers).map_err(|e| about(input, &e));
    let name = match of {
        Of::Symbols(bits) => return Ok((elements(*bits)?.values, *bits, 0)),
        Of::Floats(name) => name,
    };
    let format: FloatFormat = name.parse().map_err(|e| Failure::usage(format!("--format {name}: {e}")))?;
    let Some(raw) = RawBits::around_exponent(&format) else {
        let right = "give one with a sign and 1 to 8 exponent bits such as bf16";
        return Err(Failure::usage(format!("--format {name}: its exponents can't be coded\n  {right}")));
    };
    let exponents = elements(format.width())?.values.iter().map(|v| raw.symbol(*v, format.we())).collect();
    Ok((exponents, format.we(), raw.width()))
}

/// A table of all coders for a file.
///
/// # Errors
/// A file that can't be read; elements that are no symbols; a format that can't be coded so.
pub fn run(input: &Path, of: &Of<'_>, as_json: bool) -> Result<(), Failure> {
    let bytes = read(input)?;
    let (symbols, bits, beside) = coded_part(input, &bytes, of)?;
    let n = symbols.len();
    let raw = n as u64 * u64::from(beside);
    let counts = symbols::counts(&symbols, bits);
    let h = symbols::entropy(&counts) + f64::from(beside);
    let used = counts.iter().filter(|c| **c > 0).count();
    let mut rows = vec![Row {
        coder: "as it is".into(),
        size: Size { words: n as u64 * u64::from(bits) + raw, table: 0 },
        cost: None,
    }];
    for (operator, parameters) in candidates(bits) {
        let entry = REGISTRY.iter().find(|e| e.name() == operator);
        let made = entry.and_then(|e| Some((e, parameters.parse().ok()?)));
        let Some(instance) = made.and_then(|(e, t)| e.instance_of_toml(t).ok()) else { continue };
        let Some(decoder) = instance.core.decoder() else { continue };
        let coded = decoder.encode_all(&symbols);
        let coder = instance.command().replacen("holigen ", "", 1);
        let size = size(&instance, decoder.frame.word_bits, &coded);
        rows.push(Row { coder, size: Size { words: size.words + raw, ..size }, cost: cost(&instance) });
    }
    if as_json {
        let row = |r: &Row| {
            json!({
                "coder": r.coder, "bits_per_symbol": per_symbol(r.size.words, n), "bytes": r.size.bytes(),
                "table_bits": r.size.table, "lut6": r.cost.map(|c| c.0), "memory_bits": r.cost.map(|c| c.1),
            })
        };
        let all = json!({
            "bytes": bytes.len(), "symbols": n, "symbol_bits": bits, "raw_bits": beside, "distinct": used,
            "entropy": h,
            "coders": rows.iter().map(row).collect::<Vec<_>>(),
        });
        return say(&format!("{all:#}\n"));
    }
    let mut t = table(&["coder", "bits each", "over entropy", "bytes with table", "LUT", "memory bits"]);
    for r in &rows {
        let each = per_symbol(r.size.words, n);
        let over = if h > 0.0 { format!("{:+.2} %", (each / h - 1.0) * 100.0) } else { "-".into() };
        let number = |x: Option<u64>| x.map_or_else(|| "-".into(), grouped);
        let (lut, memory) = (number(r.cost.map(|c| c.0)), number(r.cost.map(|c| c.1)));
        t.add_row([r.coder.clone(), format!("{each:.4}"), over, grouped(r.size.bytes()), lut, memory]);
    }
    let (what, encode) = match of {
        Of::Symbols(_) => (format!("{} symbols of {bits} bits", grouped(n as u64)), "CODER".into()),
        Of::Floats(name) => {
            let what =
                format!("{} exponents of {bits} bits, with {beside} bits as they are", grouped(n as u64));
            (what, format!("weightstream --weights {name} --coder CODER"))
        }
    };
    say(&format!(
        "{}: {what}, {used} different\n\
         entropy of order 0: {h:.4} bits each, {} of {} bytes\n\n{}\n\n\
         Headers of blocks are counted. LUT and memory are the generator's estimates of one lane at 300 MHz on kintex7, with\n\
         its loader. `holigen encode {encode} --in FILE --out STREAM` makes the stream.\n",
        input.display(),
        grouped((h * n as f64 / 8.0).ceil() as u64),
        grouped((n as u64 * u64::from(bits + beside)).div_ceil(8)),
        t.trim_fmt()
    ))
}

/// Coders that a table compares, each with its parameters.
fn candidates(bits: u32) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for longest in [8, 11, 15] {
        out.push(("huffdec", format!("symbol-bits = {bits}\nlongest = {longest}")));
    }
    for log in [8, 10, 12] {
        out.push(("tansdec", format!("symbol-bits = {bits}\nlog = {log}")));
    }
    out.push(("ransdec", format!("symbol-bits = {bits}")));
    for k in 0..bits.min(4) {
        out.push(("ricedec", format!("symbol-bits = {bits}\nk = {k}")));
        out.push(("ricedec", format!("symbol-bits = {bits}\nk = {k}\nmap = \"zigzag\"")));
    }
    out.push(("ricedec", format!("symbol-bits = {bits}\ncode = \"exp-golomb\"")));
    out
}

/// Lookup tables and bits of memory, by the generator's count.
fn cost(instance: &Instance) -> Option<(u64, u64)> {
    let context = Context::new(Target::by_name("kintex7").ok()?, 300.0);
    let b = Builder::new(context.clone());
    instance.core.build(&b);
    let options = Options { name: "core".into(), clock_enable: false, turns: 1 };
    let c = compile(b.finish(), &context, &options).ok()?;
    let memory = c.module.memories().map(|m| u64::from(m.width) << m.index_width).sum();
    Some((c.estimated_tables, memory))
}
