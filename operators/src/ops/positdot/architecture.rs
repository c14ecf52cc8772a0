//! The core: magnitudes, products, place or align, add, round.
use super::Dot;
use crate::parts::posit_fixed::{Fixed, encode_fixed};
use crate::parts::posit_products::{Magnitude, bias, has_tables, magnitude, product, product_unless_zero};
use crate::parts::shift::shift_right_dropping;
use holigen_generator::structures::terms::{Term, place_for_sum, signed_sum};
use holigen_generator::{Bits, Builder, SInt};

/// A term of the sum: `significand * 2^(weight - bias - fraction)`.
struct Addend<'b> {
    of: Magnitude<'b>,
    /// What its weight exceeds its exponent by.
    bias: u32,
    /// Fraction bits of its significand.
    fraction: u32,
    /// Largest magnitude of an exponent.
    max: u32,
}

/// Builds the core.
pub(super) fn build(dot: &Dot, b: &Builder) {
    let (n, f) = (dot.f.width(), &dot.f);
    let (x, y) = (b.input("a", n * dot.terms), b.input("b", n * dot.terms));
    let c = dot.addend.then(|| b.input("c", dot.out.width()));
    let mut addends: Vec<Addend<'_>> = (0..dot.terms)
        .map(|k| {
            let (high, low) = ((k + 1) * n - 1, k * n);
            let x = magnitude(b, x.bits(high, low), f, &format!("a{k}"));
            let y = magnitude(b, y.bits(high, low), f, &format!("b{k}"));
            let of = b.scope("multiply", || match dot.align {
                Some(_) => product_unless_zero(b, &x, &y, f),
                None => product(b, &x, &y),
            });
            let max = 2 * f.max_scale() as u32;
            Addend { of, bias: 2 * bias(f), fraction: 2 * f.fraction_bits(), max }
        })
        .collect();
    if let Some(c) = c {
        let of = magnitude(b, c, &dot.out, "c");
        let max = dot.out.max_scale() as u32;
        addends.push(Addend { of, bias: bias(&dot.out), fraction: dot.out.fraction_bits(), max });
    }
    let nar = addends.iter().map(|t| t.of.nar).reduce(|x, y| x.cat(y)).expect("there is a term");
    let nar = nar.any().named("is_nar");
    let sum = match dot.align {
        None => exact(dot, b, &addends, nar),
        Some(bits) => aligned(dot, b, &addends, nar, bits),
    };
    b.output("r", encode_fixed(b, &sum, &dot.out).named("result"));
}

/// Fixed point: nothing is lost.
fn exact<'b>(dot: &Dot, b: &'b Builder, addends: &[Addend<'b>], nar: Bits<'b>) -> Fixed<'b> {
    let range = dot.range();
    let width = (range.1 - range.0) as u32 + 2;
    let sum = b.scope("place and add", || {
        let terms: Vec<Term<'b>> = addends
            .iter()
            .map(|t| {
                // All numbers are multiples of 2^-max, and at most 2^max.
                let row = place_for_sum(b, t.of.significand, t.of.weight, t.bias + t.max);
                let lowest = t.bias + t.fraction - t.max;
                Term {
                    magnitude: row.bits(lowest + 2 * t.max, lowest),
                    shift: (-range.0) as u32 - t.max,
                    negative: t.of.negative,
                }
            })
            .collect();
        signed_sum(b, &terms, width)
    });
    let top = SInt::constant(b, range.0 + i64::from(width) - 2);
    Fixed { value: sum.value, negate: sum.negate, top, range, nar }
}

/// Relative to the largest exponent, cut below.
fn aligned<'b>(dot: &Dot, b: &'b Builder, addends: &[Addend<'b>], nar: Bits<'b>, bits: u32) -> Fixed<'b> {
    // One bias for all, such that a term that is not zero counts at least 1.
    let base = addends.iter().map(|t| t.bias.max(t.max + 1)).max().expect("there is a term");
    let most = base + addends.iter().map(|t| t.max).max().expect("there is a term");
    let w = 32 - most.leading_zeros();
    // A zero counts least: a bit above its exponent says so, or the exponent is cleared, which takes a table a bit.
    let marked = has_tables(b, &dot.f);
    let (largest, exponents) = b.scope("largest exponent", || {
        let exponents: Vec<Bits<'b>> = addends
            .iter()
            .map(|t| {
                let weight = if t.of.weight.width() > w { t.of.weight.low(w) } else { t.of.weight.zext(w) };
                let weight = weight.wrapping_add(b.lit(base - t.bias, w));
                if marked { weight } else { weight.gate(!t.of.zero) }.named("term_exponent")
            })
            .collect();
        let mark = |(t, e): (&Addend<'b>, &Bits<'b>)| if marked { (!t.of.zero).cat(*e) } else { *e };
        let mut values: Vec<Bits<'b>> = addends.iter().zip(&exponents).map(mark).collect();
        while values.len() > 1 {
            let larger = |pair: &[Bits<'b>]| match pair {
                [x, y] => x.ult(*y).mux(*y, *x).named("larger_exponent"),
                _ => pair[0],
            };
            values = values.chunks(2).map(larger).collect();
        }
        (values[0].low(w).named("largest_exponent"), exponents)
    });
    let terms: Vec<Term<'b>> = b.scope("align", || {
        let align = |(t, e): (&Addend<'b>, &Bits<'b>)| {
            // Two bits before the point.
            let magnitude = t.of.significand;
            let magnitude = magnitude.zext(t.fraction + 2);
            let w = magnitude.width();
            let magnitude = if w <= bits { magnitude.append_zeros(bits - w) } else { magnitude.top(bits) };
            let distance = largest.wrapping_sub(*e).named("distance");
            let none = if marked { t.of.zero } else { b.lit(0u8, 1) };
            let shifted = shift_right_dropping(magnitude, distance, w, none);
            Term { magnitude: shifted, shift: 0, negative: t.of.negative }
        };
        addends.iter().zip(&exponents).map(align).collect()
    });
    let width = bits + 1 + (32 - (terms.len() as u32 - 1).leading_zeros());
    let sum = b.scope("add", || signed_sum(b, &terms, width));
    let exponent = largest.unsigned().to_signed();
    // The lowest bit is worth 2^(2 - bits) at the exponent.
    let offset = i64::from(width) - i64::from(bits) - i64::from(base);
    let top = (exponent + SInt::constant(b, offset)).named("top_exponent");
    Fixed { value: sum.value, negate: sum.negate, top, range: dot.range(), nar }
}
