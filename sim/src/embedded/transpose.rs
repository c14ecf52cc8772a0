//! Between words of one lane and columns of one bit.
//!
//! 64 lanes of a limb of `w` bits are packed into `m` words, `m` the power of two from `w` up: 64 / m lanes
//! side by side in each. Transposing the m-by-m blocks of these words in place gives the columns; a limb of 8
//! bits costs 3 rounds on 8 words instead of 6 on 64.

/// Bits `k` of a word with `k & j == 0`, for j = 2^n.
const KEEP: [u64; 6] = [
    0x5555_5555_5555_5555,
    0x3333_3333_3333_3333,
    0x0f0f_0f0f_0f0f_0f0f,
    0x00ff_00ff_00ff_00ff,
    0x0000_ffff_0000_ffff,
    0x0000_0000_ffff_ffff,
];

/// Transposes the M-by-M blocks of M words, M a power of two up to 64; its own inverse.
#[inline(always)]
fn transpose_blocks<const M: usize>(words: &mut [u64; M]) {
    for n in (0..M.trailing_zeros()).rev() {
        let (j, mask) = (1usize << n, KEEP[n as usize]);
        for base in (0..M).step_by(2 * j) {
            for i in base..base + j {
                // Upper half-blocks of the first against lower half-blocks of the second.
                let t = ((words[i] >> j) ^ words[i + j]) & mask;
                words[i] ^= t << j;
                words[i + j] ^= t;
            }
        }
    }
}

/// The low M bits.
const fn low<const M: usize>() -> u64 {
    if M == 64 { !0 } else { (1u64 << M) - 1 }
}

#[inline(always)]
fn pack<const M: usize>(width: usize, lane: impl Fn(usize) -> u64, mut column: impl FnMut(usize, u64)) {
    let mut words: [u64; M] =
        std::array::from_fn(|i| (0..64 / M).fold(0, |w, g| w | (lane(i + g * M) & low::<M>()) << (g * M)));
    transpose_blocks(&mut words);
    for (k, &w) in words[..width].iter().enumerate() {
        column(k, w);
    }
}

#[inline(always)]
fn unpack<const M: usize>(width: usize, column: impl Fn(usize) -> u64, mut lane: impl FnMut(usize, u64)) {
    let mut words = [0; M];
    for (k, w) in words[..width].iter_mut().enumerate() {
        *w = column(k);
    }
    transpose_blocks(&mut words);
    for g in 0..64 / M {
        for (i, &w) in words.iter().enumerate() {
            lane(i + g * M, (w >> (g * M)) & low::<M>());
        }
    }
}

/// Columns of a limb of `width` bits (1 to 64) from 64 lanes: `lane(i)` is lane i's word, of which the bits
/// above `width` are ignored; `column(k, word)` takes bit k of all lanes.
#[inline(always)]
pub(super) fn to_columns(width: usize, lane: impl Fn(usize) -> u64, column: impl FnMut(usize, u64)) {
    match width {
        1 => pack::<1>(width, lane, column),
        2 => pack::<2>(width, lane, column),
        3..=4 => pack::<4>(width, lane, column),
        5..=8 => pack::<8>(width, lane, column),
        9..=16 => pack::<16>(width, lane, column),
        17..=32 => pack::<32>(width, lane, column),
        _ => pack::<64>(width, lane, column),
    }
}

/// The inverse: `column(k)` is bit k of 64 lanes, `lane(i, word)` takes lane i's word.
#[inline(always)]
pub(super) fn to_lanes(width: usize, column: impl Fn(usize) -> u64, lane: impl FnMut(usize, u64)) {
    match width {
        1 => unpack::<1>(width, column, lane),
        2 => unpack::<2>(width, column, lane),
        3..=4 => unpack::<4>(width, column, lane),
        5..=8 => unpack::<8>(width, column, lane),
        9..=16 => unpack::<16>(width, column, lane),
        17..=32 => unpack::<32>(width, column, lane),
        _ => unpack::<64>(width, column, lane),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_there_and_back() {
        let mut x = 1u64;
        for width in 1..=64 {
            let mask = if width == 64 { !0 } else { (1u64 << width) - 1 };
            let lanes: Vec<u64> = (0..64)
                .map(|_| {
                    x = x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                    x ^ (x >> 29)
                })
                .collect();
            let mut columns = vec![0; width];
            to_columns(width, |i| lanes[i], |k, w| columns[k] = w);
            for (k, c) in columns.iter().enumerate() {
                for (i, lane) in lanes.iter().enumerate() {
                    assert_eq!(c >> i & 1, lane >> k & 1, "width {width}, bit {k}, lane {i}");
                }
            }
            let mut back = vec![0; 64];
            to_lanes(width, |k| columns[k], |i, w| back[i] = w);
            assert!(back.iter().zip(&lanes).all(|(b, l)| *b == l & mask), "width {width}");
        }
    }
}
