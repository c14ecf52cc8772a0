//! The random stream of every test vector.
//!
//! "Same seed, same bytes" is a contract, so the generator is spelt out here instead of taken from a library
//! whose streams change between versions.

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), with the
/// constants of Vigna's reference implementation. Period 2^64; every seed is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// Starts the stream of a seed.
    pub fn new(seed: u64) -> Self {
        SplitMix64 { state: seed }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number in `0..n`, uniform: words that would favour small results are drawn again.
    ///
    /// # Panics
    /// If `n` is zero.
    #[track_caller]
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "an empty range has no random number");
        // 2^64 mod n words at the low end are one too many for a whole number of periods.
        let surplus = n.wrapping_neg() % n;
        loop {
            let word = self.next_u64();
            if word >= surplus {
                return word % n;
            }
        }
    }

    /// A word of `width` random bits, 0 to 128. Takes the low bits of one draw up to 64, of two (low word
    /// first) beyond; none for width 0.
    ///
    /// # Panics
    /// If `width` exceeds 128.
    #[track_caller]
    pub fn bits(&mut self, width: u32) -> u128 {
        assert!(width <= 128, "{width} random bits asked for, at most 128 are drawn at once");
        let low = if width > 0 { u128::from(self.next_u64()) } else { 0 };
        let high = if width > 64 { u128::from(self.next_u64()) } else { 0 };
        let word = high << 64 | low;
        if width == 128 { word } else { word & ((1 << width) - 1) }
    }
}
