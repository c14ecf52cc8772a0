//! Symbols of files: raw bytes, or the elements of a NumPy array.

/// The symbols of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Symbols {
    /// One by one.
    pub values: Vec<u64>,
    /// Everything in front of the elements, if the file is a NumPy array whose elements are symbols.
    pub npy: Option<Vec<u8>>,
}

impl Symbols {
    /// Symbols of `bits` (1 to 16) bits. Of a NumPy array of integers, each element is one, negative ones in two's
    /// complement; any other file is a string of bits, the lowest of its first byte first, with zeros behind its end.
    ///
    /// # Errors
    /// An element that does not fit.
    pub fn of_file(bytes: &[u8], bits: u32) -> Result<Self, String> {
        let Some((start, size, signed)) = npy(bytes) else { return Ok(Self::of_bits(bytes, bits)) };
        let mask = (1u64 << bits) - 1;
        let mut values = Vec::new();
        for (i, e) in bytes[start..].chunks_exact(size).enumerate() {
            let raw = e.iter().rev().fold(0u64, |v, b| v << 8 | u64::from(*b));
            let width = 8 * size as u32;
            let value = if signed && width < 64 {
                ((raw << (64 - width)) as i64) >> (64 - width)
            } else {
                raw as i64
            };
            let fits =
                if signed { (-(1i64 << (bits - 1))..1 << (bits - 1)).contains(&value) } else { raw <= mask };
            if !fits {
                let kind = if signed { "signed" } else { "unsigned" };
                return Err(format!(
                    "element {i} is {value}, which is no {kind} number of {bits} bits; more --symbol-bits?"
                ));
            }
            values.push(value as u64 & mask);
        }
        Ok(Self { values, npy: Some(bytes[..start].to_vec()) })
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
    pub fn to_file(&self, bits: u32, bytes: usize) -> Option<Vec<u8>> {
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
        let (_, size, signed) = npy(header)?;
        let mut out = header.clone();
        for v in &self.values {
            let negative = signed && v >> (bits - 1) & 1 == 1;
            let value = if negative { v | !0 << bits } else { *v };
            out.extend(&value.to_le_bytes()[..size]);
        }
        (out.len() == bytes).then_some(out)
    }
}

/// Where the elements of a NumPy array begin, how many bytes one has, and whether they are signed; `None` for other
/// files, and for arrays whose elements are no integers of the usual byte order.
fn npy(bytes: &[u8]) -> Option<(usize, usize, bool)> {
    if bytes.len() < 10 || &bytes[..6] != b"\x93NUMPY" {
        return None;
    }
    let (start, length) = match bytes[6] {
        1 => (10, usize::from(bytes[8]) | usize::from(bytes[9]) << 8),
        _ => (12, bytes.get(8..12)?.iter().rev().fold(0, |v, b| v << 8 | usize::from(*b))),
    };
    let start_of_data = start + length;
    let text = std::str::from_utf8(bytes.get(start..start_of_data)?).ok()?;
    let kind = text.split("'descr':").nth(1)?.trim_start().strip_prefix('\'')?.split('\'').next()?;
    let (signed, size) = match kind {
        "|b1" | "|u1" | "<u1" => (false, 1),
        "|i1" | "<i1" => (true, 1),
        "<u2" => (false, 2),
        "<i2" => (true, 2),
        "<u4" => (false, 4),
        "<i4" => (true, 4),
        "<i8" => (true, 8),
        _ => return None,
    };
    (bytes.len() - start_of_data).is_multiple_of(size).then_some((start_of_data, size, signed))
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
                let s = Symbols::of_file(&bytes, bits).unwrap();
                assert_eq!(s.to_file(bits, n).as_ref(), Some(&bytes), "{n} bytes, {bits} bits");
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
        let s = Symbols::of_file(&file, 4).unwrap();
        assert_eq!(s.values, [0, 1, 15, 7, 8]);
        assert_eq!(s.to_file(4, file.len()), Some(file.clone()));
        let e = Symbols::of_file(&file, 3).unwrap_err();
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
