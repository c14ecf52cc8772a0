//! How a core reads operands: what it gives up of a format.

use std::sync::Arc;

use super::FloatFormat;
use crate::exact::{Class, Small};

/// What a core gives up when it reads codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Subnormal operands count as zero, of their sign.
    pub flush: bool,
    /// NaN and infinity codes mean what the format says. If not, they are the finite numbers that the formula of
    /// the others gives.
    pub specials: bool,
}

impl FloatFormat {
    /// What a code stands for when it is read so.
    ///
    /// # Panics
    /// If the code has bits beyond the format's width.
    pub fn read(&self, code: u64, reading: Reading) -> Class {
        let field = code >> self.wf() & ((1 << self.we()) - 1);
        let class = if reading.specials {
            self.decode_small(code)
        } else {
            let neg = self.is_signed() && code >> (self.we() + self.wf()) & 1 == 1;
            let magnitude = code & (u64::MAX >> (64 - self.we() - self.wf()));
            Class::Finite(Small { neg, ..self.magnitude(magnitude) })
        };
        match class {
            Class::Finite(x) if reading.flush && field == 0 && self.has_subnormals() => {
                Class::Finite(Small { mag: 0, ..x })
            }
            class => class,
        }
    }
}

/// Reads codes of one format; those of a narrow one from a table, which copies share.
#[derive(Clone, Debug)]
pub struct Reader {
    format: FloatFormat,
    reading: Reading,
    table: Arc<Vec<Class>>,
}

impl Reader {
    /// For a format.
    pub fn new(format: &FloatFormat, reading: Reading) -> Self {
        let codes = if format.width() <= 12 { 1u64 << format.width() } else { 0 };
        let table = (0..codes).map(|c| format.read(c, reading)).collect();
        Self { format: *format, reading, table: Arc::new(table) }
    }

    /// What a code stands for.
    #[inline]
    pub fn read(&self, code: u64) -> Class {
        match self.table.get(code as usize) {
            Some(class) => *class,
            None => self.format.read(code, self.reading),
        }
    }
}
