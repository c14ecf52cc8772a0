//! The core: decode and multiply, place or align, add, round.
use super::{Dot, Method};
use crate::parts::codes;
use crate::parts::normalize::{Last, Limit, normalize};
use crate::parts::products::{Event, Product, largest_magnitude, largest_weight, placed_terms, products};
use crate::parts::round_fixed::{Base, Rounded, Unrounded, kept_bits, round, round_signed};
use crate::parts::specials;
use crate::parts::unpack::{Unpacked, largest_exponent_field, unpack};
use holigen_generator::structures::terms::{SignedSum, Term, place_for_sum, signed_sum};
use holigen_generator::{Bits, Builder};
use num_bigint::BigUint;

/// Builds the core.
pub(super) fn build(dot: &Dot, b: &Builder) {
    let x = b.input("a", dot.n * dot.a.width());
    let y = b.input("b", dot.n * dot.b.width());
    let c = dot.c.map(|f| b.input("c", f.width()));
    let random = dot.mode.random_bits();
    let rnd = (random > 0).then(|| b.input("rnd", random));
    let (products, addend) = b.scope("decode and multiply", || {
        let addend = dot.added().zip(c).map(|(f, c)| unpack(b, c, &f, dot.care, "c"));
        (products(b, (x, &dot.a), (y, &dot.b), dot.care), addend)
    });
    let seen = b.scope("specials", || {
        let terms: Vec<Event<'_>> =
            products.iter().map(|p| p.event).chain(addend.as_ref().map(Event::of)).collect();
        Event::of_sum(b, &terms)
    });
    let r = match dot.method {
        Method::Exact | Method::ExSdotp => exact(dot, b, &products, addend.as_ref(), rnd),
        Method::Aligned { frac_bits, floor } => {
            aligned(dot, b, &products, addend.as_ref(), rnd, frac_bits, floor)
        }
    };
    b.scope("specials", || {
        // Fewer significant bits than r has: zeros below.
        let zeros = dot.out.wf() - dot.rounded.wf();
        let mut magnitude = r.magnitude.append_zeros(zeros);
        if let (true, Some(code)) = (dot.always_infinity, codes::infinity(&dot.out)) {
            magnitude = r.overflow.mux(b.lit(code, magnitude.width()), magnitude);
        }
        let finite = Rounded { magnitude, ..r };
        b.output("r", specials::finish(b, &finite, &seen, &dot.out, dot.rounding()).registered());
    });
}

/// Fixed point: every term is placed and nothing is lost.
fn exact<'b>(
    dot: &Dot,
    b: &'b Builder,
    products: &[Product<'b>],
    addend: Option<&Unpacked<'b>>,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    // Weights of the lowest places of products and of c.
    let product_lsb = dot.a.emin() - dot.a.wf() as i32 + dot.b.emin() - dot.b.wf() as i32;
    let addend_lsb = dot.added().map_or(product_lsb, |c| c.emin() - c.wf() as i32);
    let lsb = product_lsb.min(addend_lsb);
    let up = |x: i32| (x - lsb) as u32;
    let mut largest = (largest_magnitude(&dot.a, dot.care) * largest_magnitude(&dot.b, dot.care) * dot.n)
        << up(product_lsb);
    let sum = b.scope("place and add", || {
        let mut terms = placed_terms(b, products, &dot.a, &dot.b, dot.care);
        terms.iter_mut().for_each(|t| t.shift = up(product_lsb));
        if let Some((c, f)) = addend.zip(dot.added()) {
            let most = largest_exponent_field(&f, dot.care) as u32;
            // The least weight is 1: the lowest bit is always zero.
            let row = place_for_sum(b, c.significand, c.exponent, most);
            let magnitude = row.bits(row.width() - 1, 1);
            terms.push(Term { magnitude, shift: up(addend_lsb), negative: c.sign });
            largest += largest_magnitude(&f, dot.care) << up(addend_lsb);
        }
        signed_sum(b, &terms, largest.bits() as u32 + 1)
    });
    round_signed(b, sum.value.signed(), sum.negate, lsb, &dot.rounded, dot.rounding(), rnd)
}

/// A term before alignment.
struct Exponent<'b> {
    /// Above the base; 0 if the term is zero.
    value: Bits<'b>,
    most: u64,
}

/// Relative to the largest exponent, cut below.
fn aligned<'b>(
    dot: &Dot,
    b: &'b Builder,
    products: &[Product<'b>],
    addend: Option<&Unpacked<'b>>,
    rnd: Option<Bits<'b>>,
    frac_bits: u32,
    floor: Option<i32>,
) -> Rounded<'b> {
    // Exponents count from below the least one, so that 0 is none.
    let product_base = dot.a.emin() + dot.b.emin() - 2;
    let base = dot.added().map_or(product_base, |c| product_base.min(c.emin() - 1));
    let above = |x: i32| (x - base) as u64;
    let exponent = |value: Bits<'b>, most: u64, from: i32, zero: Bits<'b>| {
        let most = most + above(from);
        let w = (64 - most.leading_zeros()).max(value.width());
        let value = value.zext(w).wrapping_add(b.lit(above(from), w));
        Exponent { value: value.gate(!zero).named("term_exponent"), most }
    };
    let (largest, exponents) = b.scope("largest exponent", || {
        let weight = u64::from(largest_weight(&dot.a, &dot.b, dot.care));
        let mut exponents: Vec<Exponent<'b>> =
            products.iter().map(|p| exponent(p.weight, weight, product_base, p.zero)).collect();
        if let Some((c, f)) = addend.zip(dot.added()) {
            let field = largest_exponent_field(&f, dot.care);
            exponents.push(exponent(c.exponent, field, f.emin() - 1, c.zero));
        }
        let floor = floor.and_then(|f| u64::try_from(f - base).ok()).unwrap_or(0);
        (largest(b, &exponents, floor), exponents)
    });
    // Least value of a largest exponent that counts: if all terms are zero, it doesn't.
    let least = floor.map_or(1, |f| i64::from(f - base).max(1));

    let terms = b.scope("align", || {
        let align = |significand: Bits<'b>, places: u32, e: &Exponent<'b>, sign: Bits<'b>| {
            // `frac_bits` places below the units; what is lower falls off anyway.
            let magnitude = if places <= frac_bits {
                significand.append_zeros(frac_bits - places)
            } else {
                significand.bits(significand.width() - 1, places - frac_bits)
            };
            let w = largest.value.width();
            let distance = largest.value.wrapping_sub(e.value.zext(w)).named("distance");
            // A term that is zero is far from everything, but it may shift as it likes.
            let farthest = largest.most;
            let magnitude = shift_right(b, magnitude, distance, farthest);
            Term { magnitude, shift: 0, negative: sign }
        };
        let places = dot.a.wf() + dot.b.wf();
        let mut terms: Vec<Term<'b>> =
            products.iter().zip(&exponents).map(|(p, e)| align(p.significand, places, e, p.sign)).collect();
        if let Some((c, e)) = addend.zip(exponents.get(products.len())) {
            terms.push(align(c.significand, dot.added().map_or(0, |f| f.wf()), e, c.sign));
        }
        terms
    });
    let most =
        terms.iter().fold(BigUint::ZERO, |sum, t| sum + ((BigUint::from(1u8) << t.magnitude.width()) - 1u8));
    let sum = b.scope("add", || signed_sum(b, &terms, most.bits() as u32 + 1));
    b.scope("round and pack", || {
        let unit = i64::from(base) - i64::from(frac_bits);
        round_floating(dot, b, &sum, &largest, least, unit, rnd)
    })
}

/// `sum * 2^(largest + unit)`, rounded.
fn round_floating<'b>(
    dot: &Dot,
    b: &'b Builder,
    sum: &SignedSum<'b>,
    largest: &Exponent<'b>,
    least: i64,
    unit: i64,
    rnd: Option<Bits<'b>>,
) -> Rounded<'b> {
    let f = &dot.rounded;
    // The exponent field less 1 of a number whose first significant bit comes right behind the sign, less `largest`;
    // the sum is so wide that this is not negative.
    let offset = |width: u32| unit + i64::from(width) - 2 + i64::from(f.bias()) - 1;
    let missing = u32::try_from(-(least + offset(sum.value.width()))).unwrap_or(0);
    let value = sum.value.sext(sum.value.width() + missing);
    let w = value.width();
    let most = (largest.most as i64 + offset(w)).max(0) as u64;
    let bits = (64 - (most + 1).leading_zeros()).max(largest.value.width());
    let offset = b.lit(BigUint::from(offset(w).rem_euclid(1 << bits) as u64), bits);
    let limit = largest.value.zext(bits).wrapping_add(offset).named("places_to_subnormal");
    let complement = value.msb();
    let behind_sign = value.low(w - 1).append_zeros(1);
    let normalized = normalize(
        b,
        behind_sign,
        complement,
        Limit::Variable(limit, w - 1),
        kept_bits(f, dot.mode),
        Last::Registered,
    );
    let nonzero = value.any().named("sum_is_not_zero");
    let number = Unrounded {
        normalized,
        complement,
        sign: (complement ^ sum.negate) & nonzero,
        base: Base::Variable(limit.wrapping_add(b.lit(1u8, bits))),
        largest_field: most + 1,
        vanishing: true,
    };
    round(b, &number, f, dot.rounding(), rnd)
}

/// The largest of the exponents, and at least `floor`.
fn largest<'b>(b: &'b Builder, exponents: &[Exponent<'b>], floor: u64) -> Exponent<'b> {
    let most = exponents.iter().map(|e| e.most).max().unwrap_or(0).max(floor);
    let w = 64 - most.leading_zeros();
    let mut values: Vec<Bits<'b>> = exponents
        .iter()
        .map(|e| if e.value.width() > w { e.value.low(w) } else { e.value.zext(w) })
        .collect();
    if floor > 0 {
        values.push(b.lit(floor, w));
    }
    while values.len() > 1 {
        let larger = |pair: &[Bits<'b>]| match pair {
            [x, y] => x.ult(*y).mux(*y, *x).named("larger_exponent"),
            _ => pair[0],
        };
        values = values.chunks(2).map(larger).collect();
    }
    Exponent { value: values[0].named("largest_exponent"), most }
}

/// Without what falls off below; at most `farthest` places.
fn shift_right<'b>(b: &'b Builder, x: Bits<'b>, amount: Bits<'b>, farthest: u64) -> Bits<'b> {
    let w = x.width();
    let levels = (32 - w.leading_zeros()).min(amount.width());
    let mut value = x;
    if amount.width() > levels && farthest >> levels > 0 {
        let far = amount.bits(amount.width() - 1, levels).any().named("far");
        value = value.gate(!far);
    }
    for i in 0..levels {
        let step = 1u32 << i;
        let moved = if step >= w { b.lit(0u8, w) } else { value.bits(w - 1, step).zext(w) };
        value = amount.bit(i).mux(moved, value).named(&format!("aligned_by_{step}"));
    }
    value
}
