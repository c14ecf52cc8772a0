//! Symbols of files: raw bytes, or the elements of a NumPy array.
use holigen_operators::parts::npy::{Array, Kind, Number};

/// The symbols of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Symbols {
    /// One by one.
    pub values: Vec<u64>,
    /// Everything in front of the elements, if the file is a NumPy array whose elements are symbols.
    pub npy: Option<Vec<u8>>,
}

/// What the integers of an array are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elements {
    /// Numbers: symbols are their codes, of signed ones in two's complement.
    Numbers,
    /// Indices from 0 on.
    Indices,
}

impl Elements {
    /// Whether symbols are in two's complement.
    fn signed(self, kind: Kind) -> bool {
        self == Elements::Numbers && kind.number == Number::Signed
    }
}

impl Symbols {
    /// Symbols of `bits` (1 to 32) bits. Of a NumPy array of integers, or of anything else of just as many
    /// bits, each element is one; any other file is a string of bits, the lowest of its first byte first, with zeros
    /// behind its end.
    ///
    /// # Errors
    /// An element that does not fit.
    pub fn of_file(bytes: &[u8], bits: u32, elements: Elements) -> Result<Self, String> {
        let Some(array) = npy(bytes, bits) else { return Ok(Self::of_bits(bytes, bits)) };
        if !array.kind.is_integer() {
            let codes = bytes[array.start..].chunks_exact(array.kind.bytes).map(|e| array.kind.code(e));
            return Ok(Self { values: codes.collect(), npy: Some(bytes[..array.start].to_vec()) });
        }
        let signed = elements.signed(array.kind);
        let range = if signed { -(1i64 << (bits - 1))..1 << (bits - 1) } else { 0..1 << bits };
        let mut values = Vec::with_capacity(array.count());
        for (i, e) in bytes[array.start..].chunks_exact(array.kind.bytes).enumerate() {
            let value = array.kind.integer(array.kind.code(e));
            if !range.contains(&value) {
                let what = match (elements, signed) {
                    (Elements::Indices, _) => format!("index of {bits} bits"),
                    (_, true) => format!("signed number of {bits} bits; more --symbol-bits?"),
                    (_, false) => format!("unsigned number of {bits} bits; more --symbol-bits?"),
                };
                return Err(format!("element {i} is {value}, which is no {what}"));
            }
            values.push(value as u64 & ((1 << bits) - 1));
        }
        Ok(Self { values, npy: Some(bytes[..array.start].to_vec()) })
    }

    fn of_bits(bytes: &[u8], bits: u32) -> Self {
        let (mut values, mut pending, mut count) =
            (Vec::with_capacity(bytes.len() * 8 / bits as usize + 1), 0u64, 0);
        for b in bytes {
            pending |= u64::from(*b) << count;
            count += 8;
            while count >= bits {
                values.push(pending & ((1 << bits) - 1));
                pending >>= bits;
                count -= bits;
            }
        }
        if count > 0 {
            values.push(pending);
        }
        Self { values, npy: None }
    }

    /// The file of `bytes` bytes again; `None` if these are not its symbols.
    pub fn to_file(&self, bits: u32, bytes: usize, elements: Elements) -> Option<Vec<u8>> {
        let Some(header) = &self.npy else {
            let (mut out, mut pending, mut count) = (Vec::with_capacity(bytes), 0u64, 0);
            for v in &self.values {
                pending |= v << count;
                count += bits;
                while count >= 8 {
                    out.push(pending as u8);
                    pending >>= 8;
                    count -= 8;
                }
            }
            let rest = out.len().checked_sub(bytes)?;
            if count > 0 && rest == 0 && pending != 0 || rest > 1 {
                return None;
            }
            out.truncate(bytes);
            return Some(out);
        };
        let array = header_of(header, bytes)?;
        let signed = elements.signed(array.kind);
        let codes = self.values.iter().map(|v| {
            let negative = signed && v >> (bits - 1) & 1 == 1;
            if negative { v | !0 << bits } else { *v }
        });
        Some(with_elements(header, array.kind, codes)).filter(|out| out.len() == bytes)
    }
}

/// The array of a file; `None` for other files, and for arrays whose elements are neither integers nor of `bits` bits.
fn npy(bytes: &[u8], bits: u32) -> Option<Array> {
    let array = Array::read(bytes).ok()?;
    (array.kind.is_integer() || 8 * array.kind.bytes as u32 == bits).then_some(array)
}

/// Elements of a row of a NumPy array of two dimensions or more, from its header; `None` of others.
///
/// # Errors
/// Its rows do not lie one behind the other.
pub fn columns(header: &[u8], elements: usize) -> Result<Option<usize>, String> {
    // As many bytes behind the header as elements take of any kind.
    let array = [1, 2, 4, 8].iter().find_map(|size| header_of(header, header.len() + elements * size));
    match array {
        Some(a) if a.shape.len() > 1 && a.by_columns => {
            Err("its columns lie one behind the other, not its rows; numpy.ascontiguousarray".into())
        }
        Some(a) if a.shape.len() > 1 => Ok(a.shape.last().copied()),
        _ => Ok(None),
    }
}

/// Elements of `bits` bits in a file of so many bytes, whose array begins with this header, if it is one; `None` if it is
/// not so.
pub fn elements(bytes: usize, header: Option<&[u8]>, bits: u32) -> Option<usize> {
    match header {
        None => Some((bytes * 8).div_ceil(bits as usize)),
        Some(header) => Some(header_of(header, bytes)?.count()),
    }
}

/// The array of a file of which the elements are missing.
pub fn header_of(header: &[u8], bytes: usize) -> Option<Array> {
    let mut whole = header.to_vec();
    whole.resize(bytes.max(header.len()), 0);
    Array::read(&whole).ok()
}

/// A header and its elements.
pub fn with_elements(header: &[u8], kind: Kind, codes: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut out = header.to_vec();
    for code in codes {
        let bytes = code.to_le_bytes();
        match kind.big_endian {
            true => out.extend(bytes[..kind.bytes].iter().rev()),
            false => out.extend(&bytes[..kind.bytes]),
        }
    }
    out
}

/// How often each symbol occurs.
pub fn counts(symbols: &[u64], bits: u32) -> Vec<u64> {
    let mut counts = vec![0; 1 << bits];
    symbols.iter().for_each(|s| counts[*s as usize] += 1);
    counts
}

/// Bits a symbol of the best code that knows nothing but how often each occurs (Shannon, 1948).
pub fn entropy(counts: &[u64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let term = |c: &u64| *c as f64 / total as f64 * (total as f64 / *c as f64).log2();
    counts.iter().filter(|c| **c > 0).map(term).sum()
}

/// Two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The bytes of [`hex`].
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| (c as char).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|p| Some((digit(p[0])? * 16 + digit(*p.get(1)?)?) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_back() {
        let mut rng = holigen_verif::rng::SplitMix64::new(1);
        for n in [0usize, 1, 2, 3, 7, 100, 1001] {
            let bytes: Vec<u8> = (0..n).map(|_| rng.next_u64() as u8).collect();
            for bits in 1..=12 {
                let s = Symbols::of_file(&bytes, bits, Elements::Numbers).unwrap();
                assert_eq!(
                    s.to_file(bits, n, Elements::Numbers).as_ref(),
                    Some(&bytes),
                    "{n} bytes, {bits} bits"
                );
            }
        }
    }

    #[test]
    fn arrays_and_back() {
        let text = "{'descr': '|i1', 'fortran_order': False, 'shape': (5,), }";
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((text.len() as u16).to_le_bytes());
        file.extend(text.bytes());
        file.extend([0u8, 1, 255, 7, 248]);
        let s = Symbols::of_file(&file, 4, Elements::Numbers).unwrap();
        assert_eq!(s.values, [0, 1, 15, 7, 8]);
        assert_eq!(s.to_file(4, file.len(), Elements::Numbers), Some(file.clone()));
        let e = Symbols::of_file(&file, 3, Elements::Numbers).unwrap_err();
        assert!(e.starts_with("element 3 is 7"), "{e}");
    }

    #[test]
    fn entropy_of_known_counts() {
        assert_eq!(entropy(&[1, 1, 1, 1]), 2.0);
        assert_eq!(entropy(&[8, 4, 2, 2]), 1.75);
        assert_eq!(entropy(&[5, 0]), 0.0);
        assert_eq!(entropy(&[0, 0]), 0.0);
    }
}
