//! Matrices of small integers: from NPY files (numpy's format 1.0 to 3.0), CSV files and literals.
use crate::ParamError;
use std::path::Path;

/// Most rows, and most columns.
pub const MOST: usize = 4096;
/// Most entries.
pub const MOST_ENTRIES: usize = 1 << 17;

/// A matrix, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// `rows * columns` entries.
    pub entries: Vec<i64>,
}

impl Matrix {
    /// Row `i`.
    pub fn row(&self, i: usize) -> &[i64] {
        &self.entries[i * self.columns..(i + 1) * self.columns]
    }
}

/// What is wrong with a text or a file: the problem, and what would be right.
type Wrong = (String, String);

fn wrong<T>(problem: impl Into<String>, right: impl Into<String>) -> Result<T, Wrong> {
    Err((problem.into(), right.into()))
}

/// A file: NPY by its first bytes, else CSV.
///
/// # Errors
/// It can't be read, or holds no matrix of integers from `least` to `largest`.
pub fn read(path: &str, range: [i64; 2]) -> Result<Matrix, ParamError> {
    let error = |(problem, right): Wrong| ParamError::new("weights", path, problem, right);
    let bytes = std::fs::read(Path::new(path)).map_err(|e| {
        let right = "give the path of an .npy or .csv file that can be read".to_string();
        error((format!("can't be read: {e}"), right))
    })?;
    let matrix = if bytes.starts_with(MAGIC) {
        npy(&bytes)
    } else {
        match std::str::from_utf8(&bytes) {
            Ok(text) => csv(text),
            Err(_) => wrong("is neither an NPY file nor text", "write it with numpy.save, or as CSV"),
        }
    };
    matrix.and_then(|m| checked(m, range)).map_err(error)
}

/// A literal: entries separated by commas, rows by semicolons.
///
/// # Errors
/// It is no matrix of integers from `least` to `largest`.
pub fn literal(text: &str, range: [i64; 2]) -> Result<Matrix, ParamError> {
    let rows = text.split(';').enumerate().map(|(i, row)| (format!("row {i}"), row));
    let matrix = table(rows).and_then(|m| checked(m, range));
    matrix.map_err(|(problem, right)| ParamError::new("matrix", text, problem, right))
}

fn checked(m: Matrix, [least, largest]: [i64; 2]) -> Result<Matrix, Wrong> {
    if m.rows == 0 || m.columns == 0 {
        let shape = format!("has the shape ({}, {})", m.rows, m.columns);
        return wrong(shape, "give at least one row and one column");
    }
    if m.rows > MOST || m.columns > MOST || m.entries.len() > MOST_ENTRIES {
        let shape = format!("has the shape ({}, {})", m.rows, m.columns);
        let right = format!("give at most {MOST} rows, {MOST} columns and {MOST_ENTRIES} entries; split it");
        return wrong(shape, right);
    }
    match m.entries.iter().position(|e| !(least..=largest).contains(e)) {
        None => Ok(m),
        Some(k) => {
            let (i, j) = (k / m.columns, k % m.columns);
            let problem = format!("entry [{i}, {j}] is {}", m.entries[k]);
            wrong(problem, format!("give integers from {least} to {largest}, or other --entries"))
        }
    }
}

/// Lines of numbers; empty ones and comments (#) are left out.
fn csv(text: &str) -> Result<Matrix, Wrong> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(i, line)| (format!("line {}", i + 1), line.split('#').next().unwrap_or_default().trim()));
    table(lines.filter(|(_, line)| !line.is_empty()))
}

fn table<'t>(lines: impl Iterator<Item = (String, &'t str)>) -> Result<Matrix, Wrong> {
    let mut m = Matrix { rows: 0, columns: 0, entries: Vec::new() };
    for (name, line) in lines {
        let before = m.entries.len();
        for (j, word) in line.split(',').enumerate() {
            let word = word.trim();
            let Ok(entry) = word.parse() else {
                let problem = format!("{name}, entry {j}: '{word}' is no integer");
                return wrong(problem, "give whole numbers separated by commas, a row a line");
            };
            m.entries.push(entry);
        }
        let columns = m.entries.len() - before;
        if m.rows > 0 && columns != m.columns {
            let problem = format!("{name} has {columns} entries, the first row has {}", m.columns);
            return wrong(problem, "give rows of one length");
        }
        m.columns = columns;
        m.rows += 1;
    }
    Ok(m)
}

const MAGIC: &[u8] = b"\x93NUMPY";
const NPY: &str = "write it with numpy.save, e.g. numpy.save(\"w.npy\", w.astype(numpy.int8))";

/// The NPY format: magic, version, length of the header, a Python dictionary, the entries.
fn npy(bytes: &[u8]) -> Result<Matrix, Wrong> {
    let cut = || wrong("ends within its header", NPY);
    let (Some(&major), Some(short)) = (bytes.get(6), bytes.get(8..10)) else { return cut() };
    let (start, length): (usize, usize) = match major {
        1 => (10, usize::from(u16::from_le_bytes([short[0], short[1]]))),
        2 | 3 => match bytes.get(8..12) {
            Some(n) => (12, u32::from_le_bytes([n[0], n[1], n[2], n[3]]) as usize),
            None => return cut(),
        },
        _ => return wrong(format!("has version {major} of the NPY format"), "versions 1 to 3 are known"),
    };
    let Some(header) = bytes.get(start..start.saturating_add(length)) else { return cut() };
    let header = String::from_utf8_lossy(header);
    let Some(descr) = field(&header, "descr").and_then(quoted) else {
        // Structured types have a list there.
        return wrong("has a header without a simple dtype", NPY);
    };
    let order = field(&header, "fortran_order");
    let Some(by_columns) = order.and_then(|o| match o.split([',', '}']).next()?.trim() {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }) else {
        return wrong("has a header without fortran_order", NPY);
    };
    let Some(shape) = field(&header, "shape").and_then(shape) else {
        return wrong("has a header without a shape", NPY);
    };
    let [rows, columns] = shape[..] else {
        let text: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let comma = if text.len() == 1 { "," } else { "" };
        let problem = format!("has the shape ({}{comma})", text.join(", "));
        return wrong(problem, "give a matrix: two dimensions, outputs by inputs");
    };
    let Some(kind) = Kind::new(&descr) else {
        let right = "give integers, e.g. w.astype(numpy.int8)";
        return wrong(format!("has the dtype '{descr}'"), right);
    };
    let count = rows.checked_mul(columns).filter(|n| *n <= MOST_ENTRIES);
    let Some(count) = count else {
        let right = format!("give at most {MOST_ENTRIES} entries; split it");
        return wrong(format!("has the shape ({rows}, {columns})"), right);
    };
    let data = &bytes[start + length..];
    if data.len() != count * kind.bytes {
        let problem =
            format!("has {} bytes of entries, its header asks for {}", data.len(), count * kind.bytes);
        return wrong(problem, NPY);
    }
    let at = |k: usize| kind.read(&data[k * kind.bytes..(k + 1) * kind.bytes]);
    let index = |k: usize| if by_columns { k % columns * rows + k / columns } else { k };
    let entries = (0..count).map(|k| at(index(k))).collect();
    Ok(Matrix { rows, columns, entries })
}

/// What stands behind a key of the header.
fn field<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let at = ["'", "\""].iter().find_map(|q| header.find(&format!("{q}{key}{q}")))?;
    Some(header[at + key.len() + 2..].trim_start().strip_prefix(':')?.trim_start())
}

fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| "'\"".contains(*c))?;
    Some(text[1..].split(quote).next()?.to_string())
}

fn shape(text: &str) -> Option<Vec<usize>> {
    let inner = text.strip_prefix('(')?.split(')').next()?;
    let numbers = inner.split(',').map(str::trim).filter(|n| !n.is_empty());
    // Python 2 wrote long integers with an L.
    numbers.map(|n| n.trim_end_matches('L').parse().ok()).collect()
}

/// An integer type of numpy.
struct Kind {
    bytes: usize,
    signed: bool,
    big_endian: bool,
}

impl Kind {
    /// By its `descr`: `<i4`, `|u1`, `|b1`.
    fn new(descr: &str) -> Option<Self> {
        let mut letters = descr.chars();
        let (order, kind, size) = (letters.next()?, letters.next()?, letters.as_str());
        let bytes: usize = size.parse().ok().filter(|b| [1, 2, 4, 8].contains(b))?;
        let signed = match kind {
            'i' => true,
            'u' => false,
            'b' if bytes == 1 => false,
            _ => return None,
        };
        "<>|=".contains(order).then_some(Self { bytes, signed, big_endian: order == '>' })
    }

    /// Numbers beyond 63 bits stay beyond any range.
    fn read(&self, bytes: &[u8]) -> i64 {
        let up = 64 - 8 * self.bytes as u32;
        let digit = |(acc, b): (u64, u8)| acc << 8 | u64::from(b);
        let code = match self.big_endian {
            true => bytes.iter().fold(0, |acc, b| digit((acc, *b))),
            false => bytes.iter().rev().fold(0, |acc, b| digit((acc, *b))),
        };
        match self.signed {
            true => (code << up) as i64 >> up,
            false => i64::try_from(code).unwrap_or(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0]);
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn types_and_orders() {
        let m = Matrix { rows: 2, columns: 3, entries: vec![1, -2, 3, 4, 5, -6] };
        let bytes = |v: &[i64], size: usize, big: bool| -> Vec<u8> {
            let one = |x: &i64| {
                if big { x.to_be_bytes()[8 - size..].to_vec() } else { x.to_le_bytes()[..size].to_vec() }
            };
            v.iter().flat_map(one).collect()
        };
        let header =
            |d: &str, f: &str| format!("{{'descr': '{d}', 'fortran_order': {f}, 'shape': (2, 3), }}   \n");
        for (descr, size, big) in [("|i1", 1, false), ("<i2", 2, false), (">i4", 4, true), ("<i8", 8, false)]
        {
            let data = bytes(&m.entries, size, big);
            assert_eq!(npy(&file(&header(descr, "False"), &data)), Ok(m.clone()), "{descr}");
            let turned = bytes(&[1, 4, -2, 5, 3, -6], size, big);
            assert_eq!(npy(&file(&header(descr, "True"), &turned)), Ok(m.clone()), "{descr}");
            assert!(npy(&file(&header(descr, "False"), &data[1..])).is_err());
        }
        for descr in ["<f4", "<c8", "|O", "<i3", "", "i"] {
            assert!(npy(&file(&header(descr, "False"), &[0; 24])).is_err(), "{descr}");
        }
    }

    #[test]
    fn nothing_panics() {
        let whole = file("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }", &[0; 12]);
        for n in 6..whole.len() {
            assert!(npy(&whole[..n]).is_err(), "{n} bytes");
            let mut bent = whole.clone();
            for byte in [0, b'\'', b'(', 0xFF] {
                bent[n] = byte;
                let _ = npy(&bent);
            }
        }
        let huge = "{'descr': '<i8', 'fortran_order': False, 'shape': (18446744073709551615, 3), }";
        assert!(npy(&file(huge, &[])).is_err());
        assert!(csv("1,2\n3").is_err() && csv("1,x").is_err() && csv("1,,2").is_err());
        assert_eq!(csv("# w\n 1, -2\n\n3,4 # last\n").map(|m| m.entries), Ok(vec![1, -2, 3, 4]));
        assert!(literal("1,2;3,999", [-128, 127]).is_err());
    }
}
