//! Prints what codes stand for and how numbers round, for programs that compare them with other libraries
//! (`tests/python/check_formats.py`):
//!
//!     cargo run --release -p holigen-verif --example dump_formats > formats.tsv
//!
//! Lines are of two kinds, with tabs between the columns:
//! - `value <format> <code> <value>`: every code of the format, or a sample if it is wider than 16 bits;
//! - `round <format> <mode> <saturation> <random word> <number> <code>`.
//!
//! Codes are decimal; values are C hexadecimal (exact), `nan`, `inf` or `-inf`.

use std::io::{BufWriter, Result, Write};

use holigen_verif::exact::{Dyadic, Value};
use holigen_verif::format::{Encoding, FloatFormat, NAMED};
use holigen_verif::rng::SplitMix64;
use holigen_verif::round::{RoundMode, Saturation, Stochastic, round};

/// The formats that other libraries know: the named ones, the IEEE 8-bit formats of `ml_dtypes`, and all of
/// P3109 from 3 to 8 bits.
fn formats() -> Vec<FloatFormat> {
    let mut formats: Vec<FloatFormat> = NAMED.iter().map(|entry| entry.1).collect();
    let fields = |we, wf| FloatFormat::new(we, wf, Encoding::Ieee).expect("fields in range");
    formats.extend([fields(4, 3), fields(3, 4)]);
    for width in 3..=8 {
        for (signed, extended) in [(true, true), (true, false), (false, true), (false, false)] {
            let most = width - u32::from(signed);
            let format = |p| FloatFormat::p3109(width, p, signed, extended).expect("a format of P3109");
            formats.extend(
                (1..=most).map(format).filter(|format| !NAMED.iter().any(|entry| entry.1 == *format)),
            );
        }
    }
    formats
}

fn text(value: &Value) -> String {
    value.finite().map_or_else(|| value.to_string(), Dyadic::to_hex)
}

fn codes(format: &FloatFormat, random: &mut SplitMix64) -> Vec<u64> {
    if format.width() <= 16 {
        return format.codes().collect();
    }
    let draw = |_| random.bits(format.width()) as u64;
    (0..5000).map(draw).collect()
}

/// The finite numbers at both ends of some gaps between neighbours: all gaps of formats up to 6 bits, a sample
/// of wider ones, and always the ends of the range.
fn gaps(format: &FloatFormat, random: &mut SplitMix64) -> Vec<(Dyadic, Dyadic)> {
    let last = format.max_magnitude_code();
    let mut lower: Vec<u64> = match format.width() {
        0..=6 => (0..last).collect(),
        7..=8 => (0..last).step_by(9).collect(),
        _ => (0..60).map(|_| random.below(last)).collect(),
    };
    lower.extend([0, 1, last.saturating_sub(1)].into_iter().filter(|&code| code < last));
    let number = |code: u64| format.decode(code.into()).finite().cloned();
    lower.into_iter().filter_map(|code| Some((number(code)?, number(code + 1)?))).collect()
}

/// Numbers to round: the ends of gaps, their middles, a hair beside those, and eighths; the same above the
/// largest number as if the format went on.
fn samples(format: &FloatFormat, random: &mut SplitMix64) -> Vec<Dyadic> {
    let mut gaps = gaps(format, random);
    // The last gap again, one and two gaps further up: ties and overflow at the end of the range.
    if let Some((low, high)) = gaps.last().cloned() {
        let gap = &high - &low;
        gaps.push((high.clone(), &high + &gap));
        gaps.push((&high + &gap, &high + &gap.scale(1)));
    }
    let eighths = |k: i64| Dyadic::from(k).scale(-3);
    let hair = Dyadic::power_of_two(-12);
    let middle = Dyadic::power_of_two(-1);
    let mut points: Vec<Dyadic> = [0, 1, 2, 3, 4, 5, 6, 7].map(eighths).to_vec();
    points.extend([hair.clone(), &middle - &hair, &middle + &hair, &Dyadic::from(1) - &hair]);
    let mut samples = Vec::new();
    for (low, high) in &gaps {
        let gap = high - low;
        samples.extend(points.iter().map(|point| low + &(&gap * point)));
    }
    samples.extend([format.max_finite().scale(1), format.max_finite().scale(9)]);
    if format.is_signed() {
        let negatives: Vec<Dyadic> = samples.iter().map(|x| -x).collect();
        samples.extend(negatives);
    }
    // The other side computes on doubles.
    samples.retain(|x| x.to_f64().is_some());
    samples
}

fn main() -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut random = SplitMix64::new(1);
    let mut modes: Vec<(RoundMode, u64)> =
        [RoundMode::Rne, RoundMode::Rna, RoundMode::Rtz, RoundMode::Rup, RoundMode::Rdn]
            .map(|mode| (mode, 0))
            .to_vec();
    for kind in [Stochastic::A, Stochastic::B, Stochastic::C] {
        modes.extend([(1, 1), (3, 2), (3, 5)].map(|(bits, rnd)| (RoundMode::Sr { kind, bits }, rnd)));
    }
    for format in formats() {
        for code in codes(&format, &mut random) {
            writeln!(out, "value\t{format}\t{code}\t{}", text(&format.decode(code.into())))?;
        }
        for x in samples(&format, &mut random) {
            // Away from the ends of the range saturation plays no part.
            let saturations: &[Saturation] = match x.abs().scale(1).cmp_value(&format.max_finite()).is_lt() {
                true => &[Saturation::OvfInf],
                false => &[Saturation::SatFinite, Saturation::OvfInf],
            };
            let value = Value::from(x);
            let number = text(&value);
            for &(mode, rnd) in &modes {
                for &saturation in saturations {
                    let code = round(&value, &format, mode, saturation, rnd);
                    writeln!(out, "round\t{format}\t{mode}\t{saturation}\t{rnd}\t{number}\t{code}")?;
                }
            }
        }
    }
    out.flush()
}
