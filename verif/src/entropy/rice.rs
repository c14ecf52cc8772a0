//! Golomb-Rice and exponential Golomb codes (Rice, "Some practical universal noiseless coding techniques", JPL 1979;
//! Teuhola, "A compression method for clustered bit-vectors", 1978).
use super::bits::{BitReader, BitWriter};
use super::block::{Coder, Fault};
use crate::rng::SplitMix64;

/// Which code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// A quotient by 2^k in unary (zeros, then a one), then k bits; `escape` zeros without a one behind them say
    /// that the symbol follows as it is (JPEG-LS limits its codes alike).
    Rice {
        /// Zeros of the escape.
        escape: u32,
    },
    /// Of value + 2^k: as many zeros as it has bits beyond k + 1, then itself.
    ExpGolomb,
}

/// A code for symbols of some bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rice {
    /// Which.
    pub code: Code,
    /// Its parameter.
    pub k: u32,
    /// Bits of a symbol, at most 16.
    pub symbol_bits: u32,
    /// Symbols are two's complement: 0, -1, 1, -2, ... are coded as 0, 1, 2, 3, ...
    pub zigzag: bool,
}

impl Rice {
    /// Bits of the longest code.
    pub fn longest(&self) -> u32 {
        let top = (1u64 << self.symbol_bits) - 1;
        match self.code {
            Code::Rice { escape } => (escape + self.symbol_bits).max(escape + self.k),
            Code::ExpGolomb => {
                let bits = u64::BITS - (top + (1 << self.k)).leading_zeros();
                2 * bits - 1 - self.k
            }
        }
    }

    fn to_value(self, symbol: u64) -> u64 {
        if !self.zigzag {
            return symbol;
        }
        let sign = symbol >> (self.symbol_bits - 1) & 1;
        let mask = (1 << self.symbol_bits) - 1;
        ((symbol << 1) & mask) ^ (sign * mask)
    }

    fn to_symbol(self, value: u64) -> u64 {
        if !self.zigzag {
            return value;
        }
        let mask = (1 << self.symbol_bits) - 1;
        (value >> 1) ^ ((value & 1) * mask)
    }

    /// Bits of a symbol's code.
    pub fn length(&self, symbol: u64) -> u32 {
        let mut w = BitWriter::new(64);
        self.put(symbol, &mut w);
        w.len() as u32
    }

    fn put(&self, symbol: u64, w: &mut BitWriter) {
        let value = self.to_value(symbol);
        match self.code {
            Code::Rice { escape } => {
                let quotient = value >> self.k;
                if quotient >= u64::from(escape) {
                    w.put(0, escape);
                    w.put(symbol, self.symbol_bits);
                } else {
                    w.put(1, quotient as u32 + 1);
                    w.put(value, self.k);
                }
            }
            Code::ExpGolomb => {
                let shifted = value + (1 << self.k);
                let bits = u64::BITS - shifted.leading_zeros();
                w.put(0, bits - 1 - self.k);
                w.put(shifted, bits);
            }
        }
    }

    fn take(&self, r: &mut BitReader<'_>) -> Option<u64> {
        let mut zeros = 0;
        match self.code {
            Code::Rice { escape } => {
                while zeros < escape {
                    if r.take(1)? == 1 {
                        let value = u64::from(zeros) << self.k | r.take(self.k)?;
                        return (value >> self.symbol_bits == 0).then(|| self.to_symbol(value));
                    }
                    zeros += 1;
                }
                r.take(self.symbol_bits)
            }
            Code::ExpGolomb => {
                while r.take(1)? == 0 {
                    zeros += 1;
                    // Longer than any code.
                    if zeros > self.symbol_bits {
                        return None;
                    }
                }
                let shifted = 1 << (zeros + self.k) | r.take(zeros + self.k)?;
                let value = shifted - (1 << self.k);
                (value >> self.symbol_bits == 0).then(|| self.to_symbol(value))
            }
        }
    }
}

impl Coder for Rice {
    fn decode(&self, bits: &mut BitReader<'_>, count: usize, emit: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        for _ in 0..count {
            emit(self.take(bits).ok_or(Fault)?);
        }
        Ok(())
    }

    fn encode(&self, symbols: &[u64], bits: &mut BitWriter) -> Option<()> {
        symbols.iter().for_each(|s| self.put(*s, bits));
        Some(())
    }

    fn draw(&self, rng: &mut SplitMix64) -> u64 {
        // Geometric about 2^k, and now and then anything.
        let range = if rng.below(8) == 0 {
            self.symbol_bits
        } else {
            (self.k + rng.below(3) as u32).min(self.symbol_bits)
        };
        self.to_symbol(rng.bits(range) as u64)
    }
}
