//! Elements of a file as the symbols of a decoder: several in a symbol, rows filled up to whole groups, or a part of each
//! coded and the rest as it is.
use super::symbols::{self, Symbols};
use holigen_operators::Core;
use holigen_operators::elements::ElementLayout;

/// What is coded, and what stands beside it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Divided {
    /// For the decoder.
    pub symbols: Vec<u64>,
    /// What is not coded, of each element; empty where everything is.
    pub raw: Vec<u64>,
}

/// How the elements of a file lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rows {
    /// Elements in all.
    count: usize,
    /// Elements of a row; none: they are one string.
    columns: Option<usize>,
}

impl Rows {
    /// The lengths of the rows.
    fn each(self) -> impl Iterator<Item = usize> {
        let columns = self.columns.unwrap_or(self.count).max(1);
        (0..self.count.div_ceil(columns)).map(move |i| columns.min(self.count - i * columns))
    }
}

/// Elements of a group.
fn group(e: &ElementLayout, lanes: usize) -> usize {
    e.per_symbol as usize * lanes
}

/// The symbols of elements.
///
/// # Errors
/// A row has more groups than the core's.
fn to_symbols(values: &[u64], rows: Rows, e: &ElementLayout, lanes: usize) -> Result<Divided, String> {
    if let (Some(columns), Some(most)) = (rows.columns, e.row) {
        let groups = columns.div_ceil(group(e, lanes)) as u64;
        if groups > most {
            return Err(format!(
                "its rows of {columns} elements are {groups} groups; the core has --row {most}"
            ));
        }
    }
    let mut coded = Divided::default();
    let mut at = 0;
    for n in rows.each() {
        let filled = n.next_multiple_of(group(e, lanes));
        let row = values[at..at + n].iter().copied().chain(std::iter::repeat_n(e.padding, filled - n));
        let row: Vec<u64> = row.collect();
        at += n;
        if let Some(raw) = e.raw {
            let width = e.bits - raw.width();
            coded.raw.extend(row.iter().map(|v| raw.of(*v, width)));
            coded.symbols.extend(row.iter().map(|v| raw.symbol(*v, width)));
            continue;
        }
        let symbol = |part: &[u64]| part.iter().rev().fold(0, |s, v| s << e.bits | v);
        coded.symbols.extend(row.chunks(e.per_symbol as usize).map(symbol));
    }
    Ok(coded)
}

/// Symbols that [`to_symbols`] makes of so many elements.
fn symbol_count(rows: Rows, e: &ElementLayout, lanes: usize) -> usize {
    rows.each().map(|n| n.next_multiple_of(group(e, lanes)) / e.per_symbol as usize).sum()
}

/// The elements again; `None` if these are not their symbols.
fn to_elements(coded: &Divided, rows: Rows, e: &ElementLayout, lanes: usize) -> Option<Vec<u64>> {
    let in_symbols = symbol_count(rows, e, lanes);
    if coded.symbols.len() != in_symbols || e.raw.is_some() && coded.raw.len() != in_symbols {
        return None;
    }
    let all: Vec<u64> = match e.raw {
        Some(raw) => {
            let width = e.bits - raw.width();
            coded.symbols.iter().zip(&coded.raw).map(|(s, r)| raw.element(*s, *r, width)).collect()
        }
        None => {
            let parts = |s: &u64| {
                let s = *s;
                (0..e.per_symbol).map(move |i| s >> (i * e.bits) & ((1 << e.bits) - 1))
            };
            coded.symbols.iter().flat_map(parts).collect()
        }
    };
    let (mut out, mut at) = (Vec::with_capacity(rows.count), 0);
    for n in rows.each() {
        out.extend_from_slice(&all[at..at + n]);
        at += n.next_multiple_of(group(e, lanes));
    }
    Some(out)
}

/// How the elements of a core's files become symbols.
pub struct Layout {
    /// Of an element.
    pub elements: ElementLayout,
    lanes: usize,
    /// Whether rows count.
    rows: bool,
}

impl Layout {
    /// That of a core whose files have symbols of so many bits.
    pub fn new(core: &dyn Core, symbol_bits: u32) -> Self {
        let own = core.elements();
        let plain = ElementLayout { bits: symbol_bits, per_symbol: 1, padding: 0, row: None, raw: None };
        // Where elements are symbols, the coder fills up the lanes.
        let lanes = core.decoder().filter(|_| own.is_some()).map_or(1, |d| d.lanes);
        Self { elements: own.unwrap_or(plain), lanes, rows: own.is_some_and(|e| e.raw.is_none()) }
    }

    fn shape(&self, of: &Symbols) -> Result<Rows, String> {
        let columns = match &of.npy {
            Some(npy) if self.rows => symbols::columns(npy, of.values.len())?,
            _ => None,
        };
        Ok(Rows { count: of.values.len(), columns })
    }

    /// The symbols of a file's elements.
    ///
    /// # Errors
    /// Rows that the core can't have.
    pub fn symbols(&self, of: &Symbols) -> Result<Divided, String> {
        to_symbols(&of.values, self.shape(of)?, &self.elements, self.lanes)
    }

    /// The elements again; `like`: as many, with the header of the file. `None` if these are not their symbols.
    pub fn elements(&self, symbols: Vec<u64>, raw: Vec<u64>, like: &Symbols) -> Option<Vec<u64>> {
        to_elements(&Divided { symbols, raw }, self.shape(like).ok()?, &self.elements, self.lanes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holigen_operators::elements::RawBits;

    #[test]
    fn elements_and_back() {
        let packed = ElementLayout { bits: 2, per_symbol: 4, padding: 0, row: None, raw: None };
        let float = ElementLayout {
            bits: 16,
            per_symbol: 1,
            padding: 0,
            row: None,
            raw: Some(RawBits { below: 7, above: 1 }),
        };
        for (e, columns) in [(packed, None), (packed, Some(7)), (float, None), (float, Some(3))] {
            for count in [0usize, 1, 7, 21, 210] {
                let values: Vec<u64> = (0..count as u64).map(|i| i * 40_503 % (1 << e.bits)).collect();
                let rows = Rows { count, columns };
                for lanes in 1..4 {
                    let coded = to_symbols(&values, rows, &e, lanes).unwrap();
                    assert!(coded.symbols.len().is_multiple_of(lanes));
                    assert_eq!(
                        to_elements(&coded, rows, &e, lanes),
                        Some(values.clone()),
                        "{e:?} {rows:?} {lanes}"
                    );
                    let longer = Divided { symbols: [&coded.symbols[..], &[0]].concat(), ..coded };
                    assert_eq!(to_elements(&longer, rows, &e, lanes), None);
                }
            }
        }
    }

    #[test]
    fn rows_longer_than_the_cores_are_refused() {
        let e = ElementLayout { bits: 2, per_symbol: 2, padding: 0, row: Some(3), raw: None };
        let rows = |columns| Rows { count: 26, columns: Some(columns) };
        assert!(to_symbols(&[0; 26], rows(12), &e, 2).is_ok());
        let wrong = to_symbols(&[0; 26], rows(13), &e, 2).unwrap_err();
        assert!(wrong.contains("4 groups") && wrong.contains("--row 3"), "{wrong}");
    }
}
