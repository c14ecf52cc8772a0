//! What modules are fed.
use super::*;
use holigen_verif::rng::SplitMix64;

/// Values and vectors from a stream of random words.
pub struct Random(SplitMix64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub fn below(&mut self, n: u32) -> u32 {
        (self.next() % u64::from(n)) as u32
    }

    pub fn bits(&mut self, width: u32) -> BigUint {
        let words: Vec<u32> = (0..width.div_ceil(32)).map(|_| self.next() as u32).collect();
        BigUint::new(words) & ones(width)
    }

    /// A value with corners more often than chance has it.
    pub fn value(&mut self, width: u32) -> BigUint {
        match self.below(8) {
            0 => BigUint::ZERO,
            1 => ones(width),
            2 => BigUint::from(1u32) << self.below(width),
            _ => self.bits(width),
        }
    }

    pub fn vectors(&mut self, m: &Module, count: usize) -> Vec<Vector> {
        (0..count)
            .map(|_| Vector {
                rst: self.below(6) == 0,
                ce: self.below(4) != 0,
                inputs: m.inputs.iter().map(|&s| self.value(m.signal(s).width)).collect(),
            })
            .collect()
    }
}
