//! Products of posits as magnitudes, for sums of many.
use super::posit_decode::{decode, scale_bits};
use holigen_generator::structures::multiplier;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;

/// Posits of up to so many bits are read by a table.
const TABLE_BITS: u32 = 8;
/// Fractions of up to so many bits are multiplied by a table: a table of six inputs a bit.
const FRACTION_BITS: u32 = 3;

/// A posit as a magnitude: `significand * 2^(weight - bias(f) - fraction bits)`.
#[derive(Clone, Copy)]
pub struct Magnitude<'b> {
    /// One bit.
    pub negative: Bits<'b>,
    /// In [1, 2) with so many fraction bits as the format has; 0 for zero.
    pub significand: Bits<'b>,
    /// Unsigned. Means nothing for zero.
    pub weight: Bits<'b>,
    /// One bit; also for NaR.
    pub zero: Bits<'b>,
    /// One bit.
    pub nar: Bits<'b>,
}

/// What a weight exceeds an exponent by.
pub fn bias(f: &PositFormat) -> u32 {
    1 << (scale_bits(f) - 1)
}

/// Whether posits are read by tables, and short fractions multiplied by them.
pub fn has_tables(b: &Builder, f: &PositFormat) -> bool {
    f.width() <= TABLE_BITS && b.context().target.has_wide_tables()
}

/// Reads the magnitude of `code`, called `name` in the text.
pub fn magnitude<'b>(b: &'b Builder, code: Bits<'b>, f: &PositFormat, name: &str) -> Magnitude<'b> {
    let n = f.width();
    let negative = code.msb();
    let body = code.low(n - 1);
    let absolute = b
        .lit(0u8, n - 1)
        .add_carry(body ^ negative.replicate(n - 1), negative)
        .named(&format!("{name}_magnitude"));
    let nar = (negative & !body.any()).named(&format!("{name}_is_nar"));
    if has_tables(b, f) {
        let (significand, weight) = read(b, absolute, f, name);
        return Magnitude { negative, significand, weight, zero: !body.any(), nar };
    }
    let x = decode(b, absolute.zext(n), f, name);
    let top = x.scale.width() - 1;
    // Counting from the least: the sign turned.
    let weight = (!x.scale.msb()).cat(x.scale.low(top)).named(&format!("{name}_weight"));
    let significand = x.significand.low(f.fraction_bits() + 1);
    Magnitude { negative, significand, weight, zero: x.zero, nar }
}

/// Significand and weight of a positive code without its sign, by a table: two LUT6 a bit and the multiplexer between them
/// at 8 bits, where counting and shifting takes more.
fn read<'b>(b: &'b Builder, body: Bits<'b>, f: &PositFormat, name: &str) -> (Bits<'b>, Bits<'b>) {
    let (fraction, scale) = (f.fraction_bits(), scale_bits(f));
    let (n, es) = (f.width() - 1, f.es());
    let entry = |code: u64| {
        // The run of the regime, from the top, then the bit that ends it.
        let first = code >> (n - 1) & 1;
        let run = (0..n).rev().take_while(|i| code >> i & 1 == first).count() as u32;
        let regime = if first == 1 { i64::from(run) - 1 } else { -i64::from(run) };
        // What is behind it, at the top of a field wide enough for all.
        let left = n.saturating_sub(run + 1);
        let rest = (code & ((1 << left) - 1)) << (es + fraction) >> left;
        let exponent = (regime << es) + (rest >> fraction) as i64;
        let weight = exponent + i64::from(bias(f));
        (weight as u64 & ((1 << scale) - 1)) << fraction | rest & ((1 << fraction) - 1)
    };
    let entries: Vec<u64> = (0..1u64 << n).map(entry).collect();
    let width = scale + fraction;
    let table = format!("posit_{}_{es}_weight_and_fraction", f.width());
    let word = b.table(&table, body, width, &entries).named(&format!("{name}_weight_and_fraction"));
    let hidden = body.any();
    let significand = if fraction > 0 { hidden.cat(word.low(fraction)) } else { hidden };
    let weight = word.top(scale).named(&format!("{name}_weight"));
    (significand.named(&format!("{name}_significand")), weight)
}

/// An exact product: `significand * 2^(weight - 2 bias(f) - 2 fraction bits)`.
pub fn product<'b>(b: &'b Builder, x: &Magnitude<'b>, y: &Magnitude<'b>) -> Magnitude<'b> {
    with_significand(x, y, multiplier::multiply(b, x.significand, y.significand))
}

/// The same, but its significand may be anything where it is zero. Without the zeros, short fractions tell all.
pub fn product_unless_zero<'b>(
    b: &'b Builder,
    x: &Magnitude<'b>,
    y: &Magnitude<'b>,
    f: &PositFormat,
) -> Magnitude<'b> {
    let fraction = f.fraction_bits();
    if !(1..=FRACTION_BITS).contains(&fraction) || !has_tables(b, f) {
        return product(b, x, y);
    }
    let one = 1u64 << fraction;
    let entry = |index: u64| (one + (index >> fraction)) * (one + index % one);
    let entries: Vec<u64> = (0..one * one).map(entry).collect();
    let name = format!("significand_product_{fraction}");
    let fractions = x.significand.low(fraction).cat(y.significand.low(fraction));
    with_significand(x, y, b.table(&name, fractions, 2 * fraction + 2, &entries))
}

fn with_significand<'b>(x: &Magnitude<'b>, y: &Magnitude<'b>, significand: Bits<'b>) -> Magnitude<'b> {
    Magnitude {
        negative: (x.negative ^ y.negative).named("product_sign"),
        // In [1, 4).
        significand: significand.named("product"),
        weight: (x.weight.unsigned() + y.weight.unsigned()).bits().named("product_weight"),
        zero: x.zero | y.zero,
        nar: x.nar | y.nar,
    }
}
