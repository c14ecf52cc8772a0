//! Bits in words, most significant first: the first bit of a stream is the top bit of its first word.

/// Collects bits in words.
#[derive(Clone, Debug)]
pub struct BitWriter {
    word_bits: u32,
    words: Vec<u64>,
    /// Bits that are not a whole word yet, right-aligned.
    pending: u128,
    count: u32,
}

impl BitWriter {
    /// For words of `word_bits` (at most 64) bits.
    pub fn new(word_bits: u32) -> Self {
        Self { word_bits, words: Vec::new(), pending: 0, count: 0 }
    }

    /// Appends the low `bits` (at most 64) bits of a value, the highest of them first.
    #[inline]
    pub fn put(&mut self, value: u64, bits: u32) {
        // Short bits of narrow words, nearly always so: one machine word does.
        if bits <= 32 && self.word_bits <= 32 {
            let pending = (self.pending as u64) << bits | value & ((1 << bits) - 1);
            let mut count = self.count + bits;
            while count >= self.word_bits {
                count -= self.word_bits;
                self.words.push(pending >> count & ((1 << self.word_bits) - 1));
            }
            self.count = count;
            self.pending = (pending & ((1 << count) - 1)).into();
            return;
        }
        let value = if bits >= 64 { value } else { value & ((1 << bits) - 1) };
        self.pending = self.pending << bits | u128::from(value);
        self.count += bits;
        while self.count >= self.word_bits {
            self.count -= self.word_bits;
            let word = (self.pending >> self.count) as u64;
            self.words.push(if self.word_bits == 64 { word } else { word & ((1 << self.word_bits) - 1) });
        }
        self.pending &= (1 << self.count) - 1;
    }

    /// Bits so far.
    pub fn len(&self) -> u64 {
        self.words.len() as u64 * u64::from(self.word_bits) + u64::from(self.count)
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words; zeros fill the last.
    pub fn finish(mut self) -> Vec<u64> {
        if self.count > 0 {
            self.put(0, self.word_bits - self.count);
        }
        self.words
    }
}

/// Reads bits from words.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    words: &'a [u64],
    word_bits: u32,
    at: u64,
}

impl<'a> BitReader<'a> {
    /// From the first bit of words of `word_bits` bits.
    pub fn new(words: &'a [u64], word_bits: u32) -> Self {
        Self { words, word_bits, at: 0 }
    }

    /// Bits read so far.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Bits left.
    pub fn left(&self) -> u64 {
        self.words.len() as u64 * u64::from(self.word_bits) - self.at
    }

    /// The next bits (at most 64) as a number; zeros follow behind the end.
    #[inline]
    pub fn peek(&self, bits: u32) -> u64 {
        let (mut value, mut at, mut need) = (0u64, self.at, bits);
        while need > 0 {
            let inside = (at % u64::from(self.word_bits)) as u32;
            let word = self.words.get((at / u64::from(self.word_bits)) as usize).copied().unwrap_or(0);
            let take = need.min(self.word_bits - inside);
            let part = word >> (self.word_bits - inside - take);
            let part = if take == 64 { part } else { part & ((1 << take) - 1) };
            value = if take == 64 { part } else { value << take | part };
            at += u64::from(take);
            need -= take;
        }
        value
    }

    /// Reads bits; `None` if there are not so many, and nothing is read.
    #[inline]
    pub fn take(&mut self, bits: u32) -> Option<u64> {
        if u64::from(bits) > self.left() {
            return None;
        }
        let value = self.peek(bits);
        self.at += u64::from(bits);
        Some(value)
    }
}
