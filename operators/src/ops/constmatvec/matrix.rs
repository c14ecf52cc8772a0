//! Matrices of small integers: from NPY files (numpy's format 1.0 to 3.0), CSV files and literals.
use crate::ParamError;
use crate::parts::npy::{Array, MAGIC, Wrong, wrong};
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
        let shape = format!("is empty: it has the shape ({}, {})", m.rows, m.columns);
        let right = format!("give 1 to {MOST} rows (outputs) and 1 to {MOST} columns (inputs)");
        return wrong(shape, right);
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

/// Lines of numbers; empty ones and comments (#) are left out, and the byte order mark that spreadsheets put first.
fn csv(text: &str) -> Result<Matrix, Wrong> {
    let lines = text
        .trim_start_matches('\u{feff}')
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

/// A matrix of integers.
fn npy(bytes: &[u8]) -> Result<Matrix, Wrong> {
    let array = Array::read(bytes)?;
    let [rows, columns] = array.shape[..] else {
        let problem = format!("has the shape {}", array.shape_text());
        return wrong(problem, "give a matrix: two dimensions, outputs by inputs");
    };
    if !array.kind.is_integer() {
        let right = "give integers, e.g. w.astype(numpy.int8)";
        return wrong(format!("has the dtype '{}'", array.kind), right);
    }
    if rows * columns > MOST_ENTRIES {
        let right = format!("give at most {MOST_ENTRIES} entries; split it");
        return wrong(format!("has the shape {}", array.shape_text()), right);
    }
    let entries = (0..rows * columns).map(|k| array.kind.integer(array.code(bytes, k))).collect();
    Ok(Matrix { rows, columns, entries })
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
        assert_eq!(csv("\u{feff}1,-2\r\n3,4\r\n").map(|m| m.entries), Ok(vec![1, -2, 3, 4]));
        assert!(literal("1,2;3,999", [-128, 127]).is_err());
    }
}
