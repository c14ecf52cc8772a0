//! Huffman and FSE codes of files that others wrote: literals of zstd frames, and blocks of deflate; and the counts of codes
//! that are made here.
//!
//! `compressed/NAME_SEED_BYTES.zst`: by libzstd 1.5.7 (python-zstandard 0.25.0), window log 10, least match 7, strategy
//! fast: blocks raw or without a match, so that their literals are their content. `.deflate`: by zlib 1.3.1, level 9,
//! Z_HUFFMAN_ONLY, raw. The content is what [`content`] says.
use holigen_verif::entropy::bits::{BitReader, BitWriter};
use holigen_verif::entropy::block::Coder;
use holigen_verif::entropy::huffman::{Huffman, Order};
use holigen_verif::entropy::tans::Tans;
use holigen_verif::rng::SplitMix64;

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/compressed/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a file of this test")
}

/// bell: the mean of eight random bytes; steep: 37 times the number of ones before a zero, and 11.
fn content(kind: &str, seed: u64, bytes: usize) -> Vec<u64> {
    let mut rng = SplitMix64::new(seed);
    let one = |x: u64| match kind {
        "bell" => x.to_le_bytes().iter().map(|b| u64::from(*b)).sum::<u64>() >> 3,
        _ => (u64::from(x.trailing_ones().min(40)) * 37 + 11) & 255,
    };
    (0..bytes).map(|_| one(rng.next_u64())).collect()
}

/// The first bit of a byte is its lowest, and numbers have their lowest bit first: RFC 1951, 3.1.1, and RFC 8878, 4.1.1.
struct LowFirst<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl LowFirst<'_> {
    fn take(&mut self, bits: usize) -> u32 {
        let bit = |i: usize| u32::from(self.bytes.get(i / 8).copied().unwrap_or(0) >> (i % 8) & 1);
        let value = (0..bits).map(|i| bit(self.at + i) << i).sum();
        self.at += bits;
        value
    }

    /// All bits from here on, the first one in the highest place of the first word.
    fn rest(&self) -> BitWriter {
        let mut w = BitWriter::new(32);
        let mut copy = LowFirst { bytes: self.bytes, at: self.at };
        while copy.at < 8 * self.bytes.len() {
            w.put(copy.take(1).into(), 1);
        }
        w
    }
}

/// A bit stream that is read from its end, behind the highest one of the last byte (RFC 8878, 4.1): its bits in the order
/// of reading, and how many.
fn backwards(bytes: &[u8]) -> (Vec<u64>, u64) {
    let mut w = BitWriter::new(32);
    for (i, byte) in bytes.iter().rev().enumerate() {
        let bits = if i == 0 { byte.ilog2() } else { 8 };
        w.put((*byte).into(), bits);
    }
    let bits = w.len();
    (w.finish(), bits)
}

fn all(coder: &dyn Coder, words: &[u64], count: usize) -> Option<(Vec<u64>, u64)> {
    let mut reader = BitReader::new(words, 32);
    let mut out = Vec::new();
    coder.decode(&mut reader, count, &mut |s| out.push(s)).ok()?;
    Some((out, reader.position()))
}

/// Normalised counts and the bytes of their description (RFC 8878, 4.1.1).
fn counts(bytes: &[u8]) -> (Vec<i32>, u32, usize) {
    let mut r = LowFirst { bytes, at: 0 };
    let log = r.take(4) + 5;
    let mut left = (1i32 << log) + 1;
    let mut out = Vec::new();
    while left > 1 {
        // Numbers up to `left`, the small ones of them one bit shorter.
        let bits = left.ilog2() + 1;
        let short = (1 << bits) - 1 - left;
        let start = r.at;
        let low = r.take(bits as usize - 1) as i32;
        let value = if low < short {
            low
        } else {
            r.at = start;
            let full = r.take(bits as usize) as i32;
            if full >= 1 << (bits - 1) { full - short } else { full }
        };
        out.push(value - 1);
        left -= (value - 1).abs();
        while out.last() == Some(&0) {
            let zeros = r.take(2);
            out.extend((0..zeros).map(|_| 0));
            if zeros < 3 {
                break;
            }
        }
    }
    (out, log, r.at.div_ceil(8))
}

/// The code of a tree description, and the bytes that this takes (RFC 8878, 4.2.1).
fn tree(bytes: &[u8], fse: &mut u32) -> (Huffman, usize) {
    let head = usize::from(bytes[0]);
    let (mut weights, size) = if head >= 128 {
        let n = head - 127;
        let weight = |i: usize| u64::from(bytes[1 + i / 2] >> (4 * (1 - i % 2)) & 15);
        ((0..n).map(weight).collect(), 1 + n.div_ceil(2))
    } else {
        *fse += 1;
        let (counts, log, n) = counts(&bytes[1..]);
        let code = Tans::new(&counts, log, 2).expect("counts that sum to a power of two");
        let (words, bits) = backwards(&bytes[1 + n..1 + head]);
        // As many weights as use up all bits.
        let fits = |n: &usize| all(&code, &words, *n).filter(|w| w.1 == bits).map(|w| w.0);
        let found: Vec<Vec<u64>> = (2..256).filter_map(|n| fits(&n)).collect();
        assert_eq!(found.len(), 1, "one number of weights");
        (found[0].clone(), 1 + head)
    };
    // The last weight makes the sum a power of two.
    let sum: u64 = weights.iter().map(|w| 1u64 << w >> 1).sum();
    let longest = sum.ilog2() + 1;
    weights.push(u64::from(((1 << longest) - sum).ilog2()) + 1);
    let lengths: Vec<u8> =
        weights.iter().map(|w| if *w == 0 { 0 } else { longest as u8 + 1 - *w as u8 }).collect();
    (Huffman::new(&lengths, longest, Order::LongFirst).expect("a complete code"), size)
}

/// The literals of all blocks of a frame; each block must be nothing but literals.
fn zstd(frame: &[u8], fse: &mut u32, streams: &mut u32) -> Vec<u64> {
    assert_eq!(frame[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    let single = usize::from(frame[4] >> 5 & 1);
    let mut at = 5 + (1 - single) + [single, 2, 4, 8][usize::from(frame[4] >> 6)];
    let little = |at: usize, n: usize| (0..n).fold(0u64, |v, i| v | u64::from(frame[at + i]) << (8 * i));
    let mut out = Vec::new();
    let mut code: Option<Huffman> = None;
    loop {
        let head = little(at, 3);
        let (last, kind, size) = (head & 1 == 1, head >> 1 & 3, (head >> 3) as usize);
        let block = &frame[at + 3..at + 3 + size];
        at += 3 + size;
        if kind == 0 {
            out.extend(block.iter().map(|b| u64::from(*b)));
            if last {
                return out;
            }
            continue;
        }
        assert_eq!(kind, 2, "a compressed block");
        let (treeless, format) = (block[0] & 3 == 3, block[0] >> 2 & 3);
        assert!(block[0] & 2 == 2, "compressed literals");
        let (bytes, bits) = [(3, 10), (3, 10), (4, 14), (5, 18)][usize::from(format)];
        let sizes = little(at - size, bytes) >> 4;
        let count = (sizes & ((1 << bits) - 1)) as usize;
        let compressed = (sizes >> bits & ((1 << bits) - 1)) as usize;
        let mut part = &block[bytes..bytes + compressed];
        assert_eq!(block[bytes + compressed..], [0], "no sequences");
        if !treeless {
            let (new, size) = tree(part, fse);
            part = &part[size..];
            code = Some(new);
        }
        let code = code.as_ref().expect("a tree");
        let mut read = |part: &[u8], count: usize| {
            *streams += 1;
            let (words, bits) = backwards(part);
            let (symbols, end) = all(code, &words, count).expect("codes");
            assert_eq!(end, bits, "every bit is one of a code");
            out.extend(symbols);
        };
        if format == 0 {
            read(part, count);
        } else {
            let each = count.div_ceil(4);
            let mut from = 6;
            for i in 0..4 {
                let size = usize::from(part[2 * i.min(2)]) | usize::from(part[2 * i.min(2) + 1]) << 8;
                let to = if i == 3 { part.len() } else { from + size };
                read(&part[from..to], if i == 3 { count - 3 * each } else { each });
                from = to;
            }
        }
        if last {
            return out;
        }
    }
}

#[test]
fn literals_of_zstd() {
    let (mut fse, mut streams) = (0, 0);
    for (seed, bytes) in [(1, 6000), (2, 700), (4, 220)] {
        let frame = file(&format!("bell_{seed}_{bytes}.zst"));
        assert_eq!(zstd(&frame, &mut fse, &mut streams), content("bell", seed, bytes), "seed {seed}");
    }
    assert!(fse >= 3 && streams >= 9, "{fse} trees in FSE, {streams} streams");
}

/// Order of the lengths of the code of code lengths (RFC 1951, 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// All literals of a stream of deflate whose blocks have codes of their own.
fn deflate(bytes: &[u8]) -> Vec<u64> {
    let mut r = LowFirst { bytes, at: 0 };
    let mut out = Vec::new();
    loop {
        let last = r.take(1) == 1;
        assert_eq!(r.take(2), 2, "codes of the block's own");
        let (literals, distances, n) =
            (r.take(5) as usize + 257, r.take(5) as usize + 1, r.take(4) as usize + 4);
        let mut lengths = [0u8; 19];
        ORDER[..n].iter().for_each(|i| lengths[*i] = r.take(3) as u8);
        let code = Huffman::new(&lengths, 7, Order::ShortFirst).expect("a complete code");
        let next = |r: &mut LowFirst<'_>, code: &Huffman| {
            let (symbols, bits) = all(code, &r.rest().finish(), 1).expect("a code");
            r.at += bits as usize;
            symbols[0]
        };
        let mut lengths: Vec<u8> = Vec::new();
        while lengths.len() < literals + distances {
            let (value, count) = match next(&mut r, &code) {
                16 => (*lengths.last().expect("one before"), 3 + r.take(2)),
                17 => (0, 3 + r.take(3)),
                18 => (0, 11 + r.take(7)),
                length => (length as u8, 1),
            };
            lengths.extend((0..count).map(|_| value));
        }
        let code = Huffman::new(&lengths[..literals], 15, Order::ShortFirst).expect("a complete code");
        // To the end of the block, which is a symbol too.
        let words = r.rest().finish();
        let mut reader = BitReader::new(&words, 32);
        loop {
            let mut symbol = 0;
            code.decode(&mut reader, 1, &mut |s| symbol = s).expect("a code");
            match symbol {
                256 => break,
                s => out.push(s),
            }
        }
        r.at += reader.position() as usize;
        if last {
            return out;
        }
    }
}

#[test]
fn blocks_of_deflate() {
    for (kind, seed, bytes) in [("bell", 1, 6000), ("steep", 3, 900)] {
        let stream = file(&format!("{kind}_{seed}_{bytes}.deflate"));
        assert_eq!(deflate(&stream), content(kind, seed, bytes), "{kind}");
    }
}

/// From one state each, the next to where it saves most: of sums that are concave in each count that is the best there is.
#[test]
fn no_other_counts_take_fewer_bits() {
    let mut rng = SplitMix64::new(12);
    for log in [5, 8, 12] {
        for _ in 0..50 {
            let symbols = 2 + rng.below(30) as usize;
            let skew = rng.below(40);
            let counts: Vec<u64> =
                (0..symbols).map(|_| 1 + (rng.next_u64() >> 24 >> rng.below(skew + 1))).collect();
            let mut best = vec![1u32; symbols];
            for _ in symbols..1 << log {
                let gain = |s: usize| counts[s] as f64 * (1.0 + 1.0 / f64::from(best[s])).log2();
                let most = (0..symbols).max_by(|a, b| gain(*a).total_cmp(&gain(*b))).expect("symbols");
                best[most] += 1;
            }
            let bits = |states: &[f64]| -> f64 {
                counts.iter().zip(states).map(|(c, n)| *c as f64 * (f64::from(log) - n.log2())).sum()
            };
            let found: Vec<f64> = Tans::normalise(&counts, log).into_iter().map(f64::from).collect();
            let best: Vec<f64> = best.into_iter().map(f64::from).collect();
            let (found, best) = (bits(&found), bits(&best));
            assert!(found <= best * (1.0 + 1e-12), "{counts:?} in 2^{log} states: {found} and {best} bits");
        }
    }
}
