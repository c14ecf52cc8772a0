//! What encoded files take.
use holigen_operators::Instance;
use holigen_verif::stream::Coded;

/// Bits that a file takes.
pub struct Size {
    /// Of the words that the core reads.
    pub words: u64,
    /// Of the table that it loads.
    pub table: u64,
}

impl Size {
    /// Of both.
    pub fn bytes(&self) -> u64 {
        (self.words + self.table).div_ceil(8)
    }
}

/// What the words and the table of an encoded file take.
pub fn size(instance: &Instance, word_bits: u32, coded: &Coded) -> Size {
    let words: usize = coded.lanes.iter().map(Vec::len).sum();
    let entry = instance.core.interface().inputs().find(|p| p.name == "t_data").map_or(0, |p| p.width);
    Size { words: words as u64 * u64::from(word_bits), table: coded.table.len() as u64 * u64::from(entry) }
}

/// Bits a symbol; 0 without symbols.
pub fn per_symbol(bits: u64, symbols: usize) -> f64 {
    if symbols == 0 { 0.0 } else { bits as f64 / symbols as f64 }
}
