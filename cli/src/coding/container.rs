//! Files of coded symbols: a header that says how they are coded, and the words of each lane.
//!
//! | bytes | meaning |
//! | --- | --- |
//! | 8 | `HOLIGEN` and the version of this layout, 2 |
//! | 4 | checksum of everything behind it (CRC-32 of zlib, little endian, as all numbers) |
//! | 4 | length of the text |
//! | n | text in TOML: coder, its parameters, lanes, bits of symbols and words, bytes of the original |
//! | 4 | entries of the table: what the core loads through its port `t`; 0 where the code is wired or nothing is coded |
//! | 4 | bits of an entry, 0 to 32: as many as the largest needs |
//! | | the entries one behind the other, the first in the lowest bits, zeros up to a whole byte |
//! | 8 | symbols, without those that fill the lanes up |
//! | 4 | bits of a word: 8, 16 or 32 |
//! | 4 | lanes, then the jump table: 8 bytes for each, the length of its words in bytes |
//! | | the words of lane 0, of lane 1, ...: what the core reads at `s0`, `s1`, ... |
use holigen_verif::stream::{bytes_of, of_bytes};

/// What a file holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Container {
    /// The text.
    pub text: String,
    /// The table to load before the words, entry by entry.
    pub table: Vec<u32>,
    /// Symbols in all lanes.
    pub symbols: u64,
    /// Bits of a word: 8, 16 or 32.
    pub word_bits: u32,
    /// Words of each lane.
    pub lanes: Vec<Vec<u64>>,
}

/// Why a file can't be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ContainerError {
    /// Another kind of file.
    #[error("this is no file of holigen encode: it does not begin with HOLIGEN")]
    Magic,
    /// A later version.
    #[error("the file has version {0}; this holigen reads version 2")]
    Version(u8),
    /// It ends too early.
    #[error("the file is damaged: it ends after {0} bytes, in the middle of something")]
    Short(usize),
    /// Something changed.
    #[error("the file is damaged: its checksum is {found:08x}, it should be {stored:08x}")]
    Checksum {
        /// Of what is there.
        found: u32,
        /// As written.
        stored: u32,
    },
    /// Lengths that do not fit together.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
}

/// `HOLIGEN` and the version.
const MAGIC: [u8; 8] = *b"HOLIGEN\x02";

impl Container {
    /// The bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        body.extend((self.text.len() as u32).to_le_bytes());
        body.extend(self.text.as_bytes());
        body.extend((self.table.len() as u32).to_le_bytes());
        let entry_bits = self.table.iter().map(|e| 32 - e.leading_zeros()).max().unwrap_or(0);
        body.extend(entry_bits.to_le_bytes());
        if entry_bits > 0 {
            let entries = self.table.iter().map(|e| u64::from(*e));
            body.extend(bytes_of(entries, entry_bits).iter().map(|b| *b as u8));
        }
        body.extend(self.symbols.to_le_bytes());
        let bytes = self.word_bits as usize / 8;
        body.extend(self.word_bits.to_le_bytes());
        body.extend((self.lanes.len() as u32).to_le_bytes());
        self.lanes.iter().for_each(|l| body.extend(((l.len() * bytes) as u64).to_le_bytes()));
        for word in self.lanes.iter().flatten() {
            body.extend(&word.to_le_bytes()[..bytes]);
        }
        let mut out = MAGIC.to_vec();
        out.extend(crc32fast::hash(&body).to_le_bytes());
        out.extend(body);
        out
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ContainerError> {
        if bytes.len() < 8 || bytes[..7] != MAGIC[..7] {
            return Err(ContainerError::Magic);
        }
        if bytes[7] != MAGIC[7] {
            return Err(ContainerError::Version(bytes[7]));
        }
        let mut r = Reader { bytes, at: 8 };
        let stored = r.u32()?;
        let found = crc32fast::hash(&bytes[r.at..]);
        if found != stored {
            return Err(ContainerError::Checksum { found, stored });
        }
        let text = r.u32()? as usize;
        let text = String::from_utf8(r.take(text)?.to_vec());
        let text = text.map_err(|_| ContainerError::Damaged("its text is no text"))?;
        let n = r.u32()? as usize;
        let table = r.table(n)?;
        let symbols = r.u64()?;
        let word_bits = r.u32()?;
        if ![8, 16, 32].contains(&word_bits) {
            return Err(ContainerError::Damaged("words have 8, 16 or 32 bits"));
        }
        let lanes = r.u32()? as usize;
        let lengths = (0..lanes).map(|_| r.u64()).collect::<Result<Vec<_>, _>>()?;
        let size = word_bits as usize / 8;
        let mut out = Vec::new();
        for length in lengths {
            let length =
                usize::try_from(length).map_err(|_| ContainerError::Damaged("a lane is too long"))?;
            if length % size != 0 {
                return Err(ContainerError::Damaged("a lane ends in the middle of a word"));
            }
            let words = r.take(length)?.chunks_exact(size);
            out.push(words.map(|w| w.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b))).collect());
        }
        if r.at != bytes.len() {
            return Err(ContainerError::Damaged("something stands behind its end"));
        }
        Ok(Self { text, table, symbols, word_bits, lanes: out })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], ContainerError> {
        let end = self.at.checked_add(n).filter(|e| *e <= self.bytes.len());
        let end = end.ok_or(ContainerError::Short(self.bytes.len()))?;
        let part = &self.bytes[self.at..end];
        self.at = end;
        Ok(part)
    }

    fn u32(&mut self) -> Result<u32, ContainerError> {
        Ok(self.take(4)?.iter().rev().fold(0, |v, b| v << 8 | u32::from(*b)))
    }

    /// Entries of a table.
    fn table(&mut self, count: usize) -> Result<Vec<u32>, ContainerError> {
        let bits = self.u32()?;
        if bits > 32 {
            return Err(ContainerError::Damaged("an entry of its table has more than 32 bits"));
        }
        if bits == 0 {
            let most = 1 << 16;
            return if count <= most {
                Ok(vec![0; count])
            } else {
                Err(ContainerError::Short(self.bytes.len()))
            };
        }
        let size = count.checked_mul(bits as usize).ok_or(ContainerError::Short(self.bytes.len()))?;
        let bytes: Vec<u64> = self.take(size.div_ceil(8))?.iter().map(|b| u64::from(*b)).collect();
        Ok(of_bytes(&bytes, bits).into_iter().take(count).map(|e| e as u32).collect())
    }

    fn u64(&mut self) -> Result<u64, ContainerError> {
        Ok(self.take(8)?.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Container {
        let lanes = vec![vec![1, 2, 0xffff], vec![], vec![7]];
        Container {
            text: "coder = \"x\"\n".into(),
            table: vec![3, 1 << 30],
            symbols: 9,
            word_bits: 16,
            lanes,
        }
    }

    #[test]
    fn bytes_and_back() {
        let c = sample();
        assert_eq!(Container::from_bytes(&c.to_bytes()), Ok(c));
        let zeros = Container { table: vec![0; 3], ..sample() };
        assert_eq!(Container::from_bytes(&zeros.to_bytes()), Ok(zeros));
        let empty = Container { word_bits: 32, ..Container::default() };
        assert_eq!(Container::from_bytes(&empty.to_bytes()), Ok(empty));
    }

    #[test]
    fn every_damage_is_found() {
        let bytes = sample().to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Container::from_bytes(&bad).is_err(), "bit {bit}");
        }
        for n in 0..bytes.len() {
            assert!(Container::from_bytes(&bytes[..n]).is_err(), "{n} bytes");
        }
        assert!(Container::from_bytes(&[bytes, vec![0]].concat()).is_err());
    }
}
