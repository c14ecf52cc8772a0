//! Random columns, as many streams side by side as a column has words.
use super::lanes::{Column, WORDS};

/// Generator xoshiro256++ (Blackman and Vigna, public domain), one for each word of a column. The same seed
/// gives the same columns on every machine.
#[derive(Clone, Debug)]
pub struct Random {
    state: [[u64; WORDS]; 4],
}

impl Random {
    /// Streams from a seed, spread by SplitMix64.
    pub fn new(seed: u64) -> Self {
        let mut x = seed;
        let mut next = || {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let mut state = [[0; WORDS]; 4];
        for word in state.iter_mut().flatten() {
            *word = next();
        }
        Random { state }
    }

    /// Fills columns with random bits.
    pub fn fill(&mut self, columns: &mut [Column]) {
        // In a local, where the compiler keeps it in registers.
        let mut s = self.state;
        for c in columns {
            for (i, word) in c.0.iter_mut().enumerate() {
                let (s0, s1, s2, s3) = (s[0][i], s[1][i], s[2][i], s[3][i]);
                *word = s0.wrapping_add(s3).rotate_left(23).wrapping_add(s0);
                let (s2, s3) = (s2 ^ s0, s3 ^ s1);
                s[1][i] = s1 ^ s2;
                s[0][i] = s0 ^ s3;
                s[2][i] = s2 ^ (s1 << 17);
                s[3][i] = s3.rotate_left(45);
            }
        }
        self.state = s;
    }

    /// One random word.
    pub fn word(&mut self) -> u64 {
        let mut c = [Column::default()];
        self.fill(&mut c);
        c[0].0[0]
    }
}
