//! Arrays of numbers by the values of a book: the index of each element, and back.
use super::symbols::{Symbols, header_of, with_elements};
use holigen_operators::parts::npy::{Array, Kind, Number};
use holigen_verif::interface::Port;
use holigen_verif::stream::Book;
use holigen_verif::values;
use std::collections::BTreeMap;

/// The indices of an array of floats.
#[derive(Debug)]
pub struct Indexed {
    /// With the array's header.
    pub symbols: Symbols,
    /// What a core with a loaded book is to load.
    pub table: Option<Vec<u64>>,
    /// Elements that are not in the book, and how far the farthest is from what stands for it.
    pub changed: (usize, f64),
}

/// Whether a file is an array of floats.
pub fn is_values(bytes: &[u8]) -> bool {
    Array::read(bytes).is_ok_and(|a| a.kind.number == Number::Float)
}

/// The number of a code, if it is one that an `f64` can hold.
fn number(value: &Port, code: u64) -> Option<f64> {
    values::value(value, &code.into()).and_then(|v| v.to_f64())
}

/// The values of a table as elements of a type.
fn elements(value: &Port, table: &[u64], kind: Kind) -> Result<Vec<u64>, String> {
    let element = |code: &u64| {
        let x = number(value, *code);
        let text = || values::decode(value, &(*code).into());
        x.and_then(|x| kind.of_number(x))
            .ok_or_else(|| format!("'{kind}' does not have the value {}", text()))
    };
    table.iter().map(element).collect()
}

/// The book's index of each element: of those that are in it; with `nearest`, of the nearest value. A loaded book is made
/// of the array's own values, at most `most`.
///
/// # Errors
/// An element that the book does not have; more values than it can have.
pub fn index(bytes: &[u8], book: &Book<'_>, most: usize, nearest: bool) -> Result<Indexed, String> {
    let array = Array::read(bytes).map_err(|(problem, right)| format!("{problem}\n  {right}"))?;
    let elements_of = || bytes[array.start..].chunks_exact(array.kind.bytes).map(|e| array.kind.code(e));
    let (table, own) = match book.codes {
        Some(codes) => (codes.to_vec(), None),
        None => {
            let table = own_values(elements_of(), array.kind, book.value, most)?;
            (table.clone(), Some(table))
        }
    };
    let codes = elements(book.value, &table, array.kind)?;
    let place: BTreeMap<u64, u64> = codes.iter().enumerate().rev().map(|(i, c)| (*c, i as u64)).collect();
    let numbers: Vec<f64> = codes.iter().map(|c| array.kind.number(*c)).collect();
    let mut symbols = Vec::with_capacity(array.count());
    let mut changed = (0, 0f64);
    for (i, code) in elements_of().enumerate() {
        let x = array.kind.number(code);
        let index = match place.get(&code) {
            Some(index) => *index,
            None if nearest && !x.is_nan() => {
                let distance = |y: &f64| if x == *y { 0.0 } else { (x - y).abs() };
                let all = numbers.iter().map(distance).enumerate().filter(|(_, d)| !d.is_nan());
                let best = all.fold(None, |best: Option<(usize, f64)>, (i, d)| match best {
                    Some((_, least)) if least <= d => best,
                    _ => Some((i, d)),
                });
                let (index, far) = best.ok_or("the book has no number")?;
                changed = (changed.0 + 1, changed.1.max(far));
                index as u64
            }
            None => {
                let text = array.kind.text(code);
                return Err(format!(
                    "element {i} is {text}, which is not in the book; --nearest takes the nearest"
                ));
            }
        };
        symbols.push(index);
    }
    let symbols = Symbols { values: symbols, npy: Some(bytes[..array.start].to_vec()) };
    Ok(Indexed { symbols, table: own, changed })
}

/// The values that occur, from the least on.
fn own_values(
    all: impl Iterator<Item = u64>,
    kind: Kind,
    value: &Port,
    most: usize,
) -> Result<Vec<u64>, String> {
    let mut seen = std::collections::BTreeSet::new();
    for code in all {
        if seen.insert(code) && seen.len() > most {
            return Err(format!(
                "it has more than {most} different values; give a book with --table, or more --index-bits"
            ));
        }
    }
    let mut seen: Vec<u64> = seen.into_iter().collect();
    seen.sort_by(|a, b| kind.number(*a).total_cmp(&kind.number(*b)));
    let code = |element: u64| {
        let text = kind.text(element);
        let operand = values::parse(value, &text).ok().filter(|o| o.note.is_none());
        let code = operand.and_then(|o| u64::try_from(&o.code).ok());
        // What looks alike as text may differ, as zeros do.
        let same = |c: &u64| number(value, *c).is_some_and(|x| x.to_bits() == kind.number(element).to_bits());
        code.filter(same).ok_or_else(|| format!("the value {text} is not in the format of the book"))
    };
    seen.into_iter().map(code).collect()
}

/// The array of `bytes` bytes again; `None` if these are not its indices.
pub fn to_file(symbols: &Symbols, value: &Port, table: &[u64], bytes: usize) -> Option<Vec<u8>> {
    let header = symbols.npy.as_deref()?;
    let kind = header_of(header, bytes)?.kind;
    let codes = elements(value, table, kind).ok()?;
    let codes =
        symbols.values.iter().map(|s| codes.get(*s as usize).copied()).collect::<Option<Vec<u64>>>()?;
    Some(with_elements(header, kind, codes.into_iter())).filter(|out| out.len() == bytes)
}
