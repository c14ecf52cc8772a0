//! Encoders beside that of the package constriction on the same symbols, one thread: symbols of 8 bits a second, as a
//! table in Markdown.
//!
//! `cargo run --release -p holigen-verif --example encoders`
use constriction::stream::model::ContiguousCategoricalEntropyModel;
use constriction::stream::stack::SmallAnsCoder;
use holigen_verif::entropy::bits::BitWriter;
use holigen_verif::entropy::block::Coder;
use holigen_verif::entropy::huffman::{Huffman, Order};
use holigen_verif::entropy::rans::Rans;
use holigen_verif::entropy::tans::Tans;
use holigen_verif::rng::SplitMix64;
use std::hint::black_box;
use std::time::Instant;

/// Of a block.
const SYMBOLS: usize = 1 << 16;
const BLOCKS: usize = 100;

fn main() {
    // Sixteen symbols whose counts are twice those of the next.
    let counts: Vec<u64> = (0..16u32).map(|i| 1 << (16 - i)).collect();
    let normal = Tans::normalise(&counts, 12);
    let tans = Tans::new(&normal, 12, 1).expect("counts sum to 4096");
    let parts: Vec<u32> = normal.iter().map(|c| c.unsigned_abs()).collect();
    let rans = Rans::new(&parts, 12, 1).expect("counts sum to 4096");
    let rans5 = Rans::new(&parts, 12, 5).expect("counts sum to 4096");
    let lengths = Huffman::lengths_of(&counts, 15);
    let huffman = Huffman::new(&lengths, 15, Order::ShortFirst).expect("a complete code");
    let mut rng = SplitMix64::new(1);
    let symbols: Vec<u64> = (0..SYMBOLS).map(|_| tans.draw(&mut rng)).collect();

    println!("| encoder | MB/s | bits a symbol |\n| --- | --- | --- |");
    let ours: [(&str, &dyn Coder); 4] = [
        ("tANS, 2^12 states", &tans),
        ("rANS, 12 bits, one state", &rans),
        ("rANS, 12 bits, five states", &rans5),
        ("Huffman", &huffman),
    ];
    for (name, coder) in ours {
        row(name, || {
            let mut w = BitWriter::new(16);
            coder.encode(&symbols, &mut w).expect("symbols with codes");
            w.finish().len()
        });
    }
    let used: Vec<u16> = parts.iter().map(|c| *c as u16).collect();
    let model =
        ContiguousCategoricalEntropyModel::<u16, Vec<u16>, 12>::from_nonzero_fixed_point_probabilities(
            &used, false,
        );
    let model = model.expect("counts sum to 4096");
    let indices: Vec<usize> = symbols.iter().map(|s| *s as usize).collect();
    row("constriction, SmallAnsCoder", || {
        let mut coder = SmallAnsCoder::new();
        coder.encode_iid_symbols_reverse(indices.iter().copied(), &model).expect("symbols with counts");
        coder.into_compressed().expect("a vector").len()
    });
}

/// The best of all blocks: whatever else the machine does only adds to a time. `encode` gives words of 16 bits.
fn row(name: &str, encode: impl Fn() -> usize) {
    let (mut best, mut words) = (f64::INFINITY, 0);
    for _ in 0..BLOCKS {
        let start = Instant::now();
        words = black_box(encode());
        best = best.min(start.elapsed().as_secs_f64());
    }
    let bits = words as f64 * 16.0 / SYMBOLS as f64;
    println!("| {name} | {:.0} | {bits:.4} |", SYMBOLS as f64 / best / 1e6);
}
