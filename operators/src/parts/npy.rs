//! Arrays of numbers in numpy's NPY files (formats 1.0 to 3.0).
use holigen_verif::exact::Value;
use holigen_verif::format::FloatFormat;
use std::fmt;

/// How such a file begins.
pub const MAGIC: &[u8] = b"\x93NUMPY";
const NPY: &str = "write it with numpy.save, e.g. numpy.save(\"w.npy\", w.astype(numpy.int8))";

/// What is wrong with a text or a file: the problem, and what would be right.
pub type Wrong = (String, String);

/// Something is wrong.
///
/// # Errors
/// Always.
pub fn wrong<T>(problem: impl Into<String>, right: impl Into<String>) -> Result<T, Wrong> {
    Err((problem.into(), right.into()))
}

/// What the header of a file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Array {
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// What an element is.
    pub kind: Kind,
    /// Where the elements begin, in bytes.
    pub start: usize,
    /// The first index runs fastest.
    pub by_columns: bool,
}

/// What the bits of an element mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Number {
    /// A number without sign, or a bool.
    Unsigned,
    /// Two's complement.
    Signed,
    /// Binary16, 32 or 64 of IEEE 754.
    Float,
    /// What numpy does not know: as which it writes bfloat16 and other small floats of extensions.
    Bits,
}

/// A type of elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Bytes: 1, 2, 4 or 8.
    pub bytes: usize,
    /// What they mean.
    pub number: Number,
    /// The highest byte comes first.
    pub big_endian: bool,
    letter: char,
}

impl Array {
    /// Reads the header: magic, version, length of the dictionary, the dictionary; and counts the bytes behind it.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let cut = || wrong("ends within its header", NPY);
        if !bytes.starts_with(MAGIC) {
            return wrong("is no NPY file", NPY);
        }
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
        let Some(kind) = Kind::new(&descr) else {
            return wrong(format!("has the dtype '{descr}'"), "give integers or floats of numpy");
        };
        let array = Self { shape, kind, start: start + length, by_columns };
        let data = bytes.len() - array.start;
        let asked = array.shape.iter().try_fold(kind.bytes, |n, d| n.checked_mul(*d));
        match asked {
            Some(n) if n == data => Ok(array),
            Some(n) => wrong(format!("has {data} bytes of entries, its header asks for {n}"), NPY),
            None => {
                wrong(format!("has the shape {}", array.shape_text()), "give an array that a file can hold")
            }
        }
    }

    /// Elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The bits of element `k`, the last index running fastest.
    pub fn code(&self, bytes: &[u8], k: usize) -> u64 {
        let place = match (self.by_columns, &self.shape[..]) {
            (true, [_]) | (false, _) => k,
            (true, shape) => {
                // From the last index to the first.
                let (mut rest, mut place, mut stride) = (k, 0, self.count());
                for d in shape.iter().rev() {
                    stride /= d;
                    place += rest % d * stride;
                    rest /= d;
                }
                place
            }
        };
        self.kind.code(&bytes[self.start + place * self.kind.bytes..][..self.kind.bytes])
    }

    /// As numpy prints it.
    pub fn shape_text(&self) -> String {
        let text: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        let comma = if text.len() == 1 { "," } else { "" };
        format!("({}{comma})", text.join(", "))
    }
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

impl Kind {
    /// By its `descr`: `<i4`, `|u1`, `|b1`, `<f4`; `<V2` is bfloat16 as ml_dtypes has it.
    pub fn new(descr: &str) -> Option<Self> {
        let mut letters = descr.chars();
        let (order, letter, size) = (letters.next()?, letters.next()?, letters.as_str());
        let bytes: usize = size.parse().ok().filter(|b| [1, 2, 4, 8].contains(b))?;
        let number = match letter {
            'i' => Number::Signed,
            'u' => Number::Unsigned,
            'b' if bytes == 1 => Number::Unsigned,
            'f' if bytes > 1 => Number::Float,
            'f' | 'V' => Number::Bits,
            _ => return None,
        };
        "<>|=".contains(order).then_some(Self { bytes, number, big_endian: order == '>', letter })
    }

    /// Whether elements are integers.
    pub fn is_integer(&self) -> bool {
        matches!(self.number, Number::Unsigned | Number::Signed)
    }

    /// The bits of an element.
    pub fn code(&self, bytes: &[u8]) -> u64 {
        let digit = |acc: u64, b: &u8| acc << 8 | u64::from(*b);
        if self.big_endian { bytes.iter().fold(0, digit) } else { bytes.iter().rev().fold(0, digit) }
    }

    /// The number with these bits as an `f64`; large integers of 64 bits are rounded.
    pub fn number(&self, code: u64) -> f64 {
        match (self.number, self.bytes) {
            (Number::Float, 2) => FloatFormat::FP16.decode(code.into()).to_f64().unwrap_or(f64::NAN),
            (Number::Float, 4) => f32::from_bits(code as u32).into(),
            (Number::Float, _) => f64::from_bits(code),
            (Number::Signed, _) => self.integer(code) as f64,
            (Number::Unsigned | Number::Bits, _) => code as f64,
        }
    }

    /// The bits of a number; `None` if the type does not have it.
    pub fn of_number(&self, x: f64) -> Option<u64> {
        let code = match (self.number, self.bytes) {
            (Number::Float, 2) => {
                FloatFormat::FP16.encode_exact(&Value::from_f64(x)).and_then(|c| u64::try_from(c).ok())?
            }
            (Number::Float, 4) => u64::from((x as f32).to_bits()),
            (Number::Float, _) => x.to_bits(),
            (Number::Signed, _) => x as i64 as u64 & (u64::MAX >> (64 - 8 * self.bytes)),
            (Number::Unsigned | Number::Bits, _) => x as u64 & (u64::MAX >> (64 - 8 * self.bytes)),
        };
        (self.number(code).to_bits() == x.to_bits()).then_some(code)
    }

    /// The number with these bits as text, exactly.
    pub fn text(&self, code: u64) -> String {
        match self.number {
            Number::Float => Value::from_f64(self.number(code)).to_string(),
            Number::Signed => self.integer(code).to_string(),
            Number::Unsigned => code.to_string(),
            Number::Bits => format!("{code:#x}"),
        }
    }

    /// The integer with these bits. Numbers beyond 63 bits stay beyond any range.
    pub fn integer(&self, code: u64) -> i64 {
        let up = 64 - 8 * self.bytes as u32;
        match self.number {
            Number::Signed => (code << up) as i64 >> up,
            _ => i64::try_from(code).unwrap_or(i64::MAX),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match (self.bytes, self.big_endian) {
            (1, _) => '|',
            (_, true) => '>',
            _ => '<',
        };
        write!(f, "{order}{}{}", self.letter, self.bytes)
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
    fn orders_of_elements() {
        // As numpy stores numpy.arange(24).reshape(2, 3, 4) by columns: element (i, j, k) at i + 2 j + 6 k.
        let stored: Vec<u8> = (0..24u8).map(|p| p % 2 * 12 + p / 2 % 3 * 4 + p / 6).collect();
        let bytes = file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", &stored);
        let array = Array::read(&bytes).unwrap();
        assert_eq!((0..24).map(|k| array.code(&bytes, k)).collect::<Vec<_>>(), (0..24).collect::<Vec<_>>());
        let bytes = file(
            "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }",
            &[0x3f, 0x80, 0, 0, 0, 0, 0, 1],
        );
        let array = Array::read(&bytes).unwrap();
        assert_eq!(
            (array.kind.number, array.code(&bytes, 0), array.code(&bytes, 1)),
            (Number::Float, 0x3f80_0000, 1)
        );
        assert_eq!((array.kind.to_string(), array.shape_text()), (">f4".into(), "(2,)".into()));
    }
}
