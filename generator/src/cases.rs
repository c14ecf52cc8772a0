//! All cases of a few bits, 64 in a word.

/// Bit `bit` of the 64 numbers from `first` on, which is a multiple of 64: number `first + i` in bit `i`.
#[inline]
pub fn cases(bit: u32, first: u64) -> u64 {
    const LOW: [u64; 6] = [
        0xaaaa_aaaa_aaaa_aaaa,
        0xcccc_cccc_cccc_cccc,
        0xf0f0_f0f0_f0f0_f0f0,
        0xff00_ff00_ff00_ff00,
        0xffff_0000_ffff_0000,
        0xffff_ffff_0000_0000,
    ];
    match LOW.get(bit as usize) {
        Some(word) => *word,
        None if bit < 64 && first >> bit & 1 == 1 => u64::MAX,
        None => 0,
    }
}

/// A bit for each row of a table of so many inputs, which has at most 64.
#[inline]
pub fn rows(inputs: usize) -> u64 {
    u64::MAX >> (64 - (1u32 << inputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_two_to_the_inputs_rows() {
        let counts: Vec<u32> = (0..=6).map(|inputs| rows(inputs).trailing_ones()).collect();
        assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!(rows(2), 0b1111);
    }

    #[test]
    fn a_word_counts() {
        for (first, bit) in [0, 64, 5 << 6, 1 << 63].into_iter().flat_map(|f| (0..70).map(move |b| (f, b))) {
            let word =
                (0..64).map(|i| u64::from(bit < 64 && (first + i) >> bit.min(63) & 1 == 1) << i).sum::<u64>();
            assert_eq!(cases(bit, first), word, "bit {bit} from {first}");
        }
    }
}
