//! Reference of packed trits: from the table of codes in `trits`, read as a person would.
use super::trits::{PAIRS, Packing};

/// The codes (not the values) of the trits of a group. Bits that say nothing are not looked at; a plain trit that is
/// written 10 where no trit is comes out as 10.
pub fn unpacked(packing: Packing, code: u64) -> Vec<u64> {
    let code_of = |t: i64| (t & 3) as u64;
    let pair = |bits: u64| PAIRS[bits as usize & 7].map(code_of).to_vec();
    let zero = vec![0, 0];
    let plain = |bits: u64| vec![bits & 3];
    match packing {
        Packing::ThreeInFive if code >> 3 == 2 => [zero, plain(code)].concat(),
        Packing::ThreeInFive => [pair(code), plain(code >> 3)].concat(),
        Packing::FiveInEight if code >> 6 != 2 => [pair(code >> 3), pair(code), plain(code >> 6)].concat(),
        Packing::FiveInEight if code >> 5 & 1 == 1 => {
            let first = (code >> 2 & 1) << 2 | code >> 3 & 3;
            [pair(first), zero, plain(code)].concat()
        }
        Packing::FiveInEight if code >> 3 & 3 == 2 => [zero.clone(), zero, plain(code)].concat(),
        Packing::FiveInEight => [zero, pair(code), plain(code >> 3)].concat(),
    }
}

/// By the two bits of each trit, the first in the lowest: the least code of the trits, of which 10 counts as 0.
pub fn packed(packing: Packing) -> Vec<u64> {
    let canonical = |code: u64| if code == 2 { 0 } else { code };
    let of_code: Vec<Vec<u64>> = (0..1u64 << packing.bits()).map(|c| unpacked(packing, c)).collect();
    let least = |index: u64| {
        let trits: Vec<u64> = (0..packing.trits()).map(|k| canonical(index >> (2 * k) & 3)).collect();
        of_code.iter().position(|t| *t == trits).expect("every group of trits has a code") as u64
    };
    (0..1u64 << (2 * packing.trits())).map(least).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bijection() {
        for packing in [Packing::FiveInEight, Packing::ThreeInFive] {
            let (n, table) = (packing.trits(), packed(packing));
            let mut codes: Vec<u64> = (0..3u64.pow(n))
                .map(|mut i| {
                    let trits: Vec<u64> = (0..n)
                        .map(|_| {
                            let trit = [0, 1, 3][i as usize % 3];
                            i /= 3;
                            trit
                        })
                        .collect();
                    let index = trits.iter().rev().fold(0, |index, t| index << 2 | *t as usize);
                    let code = table[index];
                    assert_eq!(unpacked(packing, code), trits);
                    code
                })
                .collect();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), 3usize.pow(n));
        }
    }

    /// Bits that outputs of the pair's decoder read, all together.
    fn inputs_read(order: &[[i64; 2]]) -> usize {
        let outputs = |p: [i64; 2]| [p[0] & 1, p[0] >> 1 & 1, p[1] & 1, p[1] >> 1 & 1];
        let reads = |k: usize, bit: usize| {
            (0..8usize).any(|i| outputs(order[i])[k] != outputs(order[i ^ (1 << bit)])[k])
        };
        (0..4).map(|k| (0..3).filter(|bit| reads(k, *bit)).count()).sum()
    }

    /// No order of the eight pairs has a decoder that reads fewer bits.
    #[test]
    fn the_smallest_decoder() {
        fn orders(done: &mut Vec<[i64; 2]>, left: &[[i64; 2]], least: &mut usize) {
            if left.is_empty() {
                *least = (*least).min(inputs_read(done));
            }
            for (i, p) in left.iter().enumerate() {
                let mut rest = left.to_vec();
                rest.remove(i);
                done.push(*p);
                orders(done, &rest, least);
                done.pop();
            }
        }
        let mut least = usize::MAX;
        orders(&mut Vec::new(), &PAIRS, &mut least);
        assert_eq!(inputs_read(&PAIRS), least);
    }
}
