//! The core: the sum of each block in fixed point, its scales, the sum of the blocks.
use super::{Blocks, CARE, Element};
use crate::parts::float_sum::{Number, add, pack_number};
use crate::parts::products::{Event, elements, largest_magnitude, largest_weight, placed_terms, products};
use crate::parts::round_fixed::{Rounded, round_signed};
use crate::parts::specials::{self, Specials};
use crate::parts::unpack::{Unpacked, unpack};
use holigen_generator::bitheap::BitHeap;
use holigen_generator::structures::multiplier;
use holigen_generator::structures::terms::{SignedSum, Term, place_for_sum, signed_sum};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::{Encoding, FloatFormat};
use num_bigint::BigUint;

/// The dot product of one block: `(-1)^sign * magnitude * 2^(weight + unit)`.
struct Block<'b> {
    sign: Bits<'b>,
    magnitude: Bits<'b>,
    /// Sum of the scales' exponent fields.
    weight: Bits<'b>,
    /// NaN and infinities.
    event: Event<'b>,
}

/// Builds the core.
pub(super) fn build(core: &Blocks, b: &Builder) {
    let n = core.block * core.blocks;
    let x = b.input("a", n * core.a.width());
    let y = b.input("b", n * core.b.width());
    let scales = core.blocks * core.scale.width();
    let (xs, ys) = (b.input("a_scale", scales), b.input("b_scale", scales));
    let rnd = core.r.random(b);
    let of_blocks = |v: Bits<'_>| v.width() / core.blocks;
    let xs = elements(xs, core.scale.width());
    let ys = elements(ys, core.scale.width());
    let blocks: Vec<Block<'_>> = elements(x, of_blocks(x))
        .zip(elements(y, of_blocks(y)))
        .zip(xs.zip(ys))
        .map(|((x, y), (xs, ys))| block(core, b, (x, y), (xs, ys)))
        .collect();
    let r = if core.in_turn || core.blocks == 1 {
        in_turn(core, b, &blocks, rnd)
    } else {
        at_once(core, b, &blocks, rnd)
    };
    b.output("r", r.named("result").registered());
}

/// Weight of the last place of a block's magnitude less its scales' fields.
fn unit(core: &Blocks) -> i32 {
    let field = |f: &FloatFormat| f.wf() as i32 + f.bias();
    core.a.lsb() + core.b.lsb() - 2 * field(&core.scale)
}

fn block<'b>(
    core: &Blocks,
    b: &'b Builder,
    (x, y): (Bits<'b>, Bits<'b>),
    (xs, ys): (Bits<'b>, Bits<'b>),
) -> Block<'b> {
    let (sum, event) = match (core.a, core.b) {
        (Element::Float(fx), Element::Float(fy)) => {
            let products = b.scope("decode and multiply", || products(b, (x, &fx), (y, &fy), CARE));
            let sum = b.scope("place and add", || {
                let most = largest_magnitude(&fx, CARE) * largest_magnitude(&fy, CARE) * core.block;
                signed_sum(b, &placed_terms(b, &products, &fx, &fy, CARE), most.bits() as u32 + 1)
            });
            let events: Vec<Event<'b>> = products.iter().map(|p| p.event).collect();
            (sum, b.scope("specials", || Event::any(b, &events)))
        }
        _ => {
            let sum = b.scope("multiply and add", || integers(core, b, x, y));
            (sum, Event::none(b))
        }
    };
    b.scope("scale", || {
        let (s, t) =
            (unpack(b, xs, &core.scale, CARE, "a_scale"), unpack(b, ys, &core.scale, CARE, "b_scale"));
        scaled(b, &sum, &s, &t, event)
    })
}

/// The sum of int8 products: -128 * -128 is the largest.
fn integers<'b>(core: &Blocks, b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> SignedSum<'b> {
    let most = BigUint::from(1u32 << 14) * core.block;
    let mut heap = BitHeap::new(b, most.bits() as u32 + 1);
    for (x, y) in elements(x, 8).zip(elements(y, 8)) {
        heap.add_signed(multiplier::multiply_signed(b, x, y).named("product"), 0);
    }
    SignedSum { value: heap.sum().named("sum"), negate: b.lit(0u8, 1) }
}

fn scaled<'b>(
    b: &'b Builder,
    sum: &SignedSum<'b>,
    s: &Unpacked<'b>,
    t: &Unpacked<'b>,
    event: Event<'b>,
) -> Block<'b> {
    let w = sum.value.width();
    let minus = sum.value.msb().named("sum_sign");
    // The magnitude of a two's-complement number: complemented, and one added.
    let magnitude = b.lit(0u8, w).add_carry(sum.value ^ minus.replicate(w), minus);
    let magnitude = magnitude.low(w - 1).named("block_magnitude");
    let scale = multiplier::multiply(b, s.significand, t.significand);
    let magnitude = match scale.constant() {
        // Powers of two.
        Some(_) => magnitude,
        None => multiplier::multiply(b, magnitude, scale).named("scaled_magnitude"),
    };
    let weight = (s.exponent.unsigned() + t.exponent.unsigned()).bits().named("scale_weight");
    let scale = Event::of_product(s, t);
    let scale_sign = s.sign ^ t.sign;
    let zero = s.zero | t.zero;
    let infinite = event.plus | event.minus;
    let nan = event.nan | scale.nan | (infinite & zero);
    Block {
        sign: minus ^ sum.negate ^ scale_sign,
        magnitude,
        weight,
        event: Event {
            nan,
            plus: (event.plus & !scale_sign) | (event.minus & scale_sign),
            minus: (event.minus & !scale_sign) | (event.plus & scale_sign),
        },
    }
}

/// Exactly, in fixed point.
fn at_once<'b>(core: &Blocks, b: &'b Builder, blocks: &[Block<'b>], rnd: Option<Bits<'b>>) -> Bits<'b> {
    let scale = &core.scale;
    let most = largest_weight(scale, scale, CARE);
    let least = if scale.encoding() == Encoding::Scale { 0 } else { 2 };
    let sum = b.scope("add blocks", || {
        let terms: Vec<Term<'b>> = blocks
            .iter()
            .map(|k| {
                let row = place_for_sum(b, k.magnitude, k.weight, most);
                Term { magnitude: row.bits(row.width() - 1, least), shift: 0, negative: k.sign }
            })
            .collect();
        let largest: BigUint = terms.iter().map(|t| (BigUint::from(1u8) << t.magnitude.width()) - 1u8).sum();
        signed_sum(b, &terms, largest.bits() as u32 + 1)
    });
    let lsb = unit(core) + least as i32;
    let r = round_signed(b, sum.value.signed(), sum.negate, lsb, &core.r.format, core.r.rounding, rnd);
    let events: Vec<Event<'b>> = blocks.iter().map(|k| k.event).collect();
    b.scope("specials", || finish(core, b, &r, &Event::of_sum(b, &events)))
}

fn finish<'b>(core: &Blocks, b: &'b Builder, r: &Rounded<'b>, seen: &Specials<'b>) -> Bits<'b> {
    specials::finish(b, r, seen, &core.r.format, core.r.rounding)
}

/// One after the other, each rounded.
fn in_turn<'b>(core: &Blocks, b: &'b Builder, blocks: &[Block<'b>], rnd: Option<Bits<'b>>) -> Bits<'b> {
    let (f, rounding) = (&core.r.format, core.r.rounding);
    let scale = &core.scale;
    let most = largest_weight(scale, scale, CARE);
    let mut before: Option<Bits<'b>> = None;
    for k in blocks {
        let number = b.scope("normalise", || {
            Number::normalised(b, k.sign, k.magnitude, k.weight, most, i64::from(unit(core)), f)
        });
        let (sum, seen) = match before {
            None => (number, Event::of_sum(b, &[k.event])),
            Some(code) => b.scope("add to the sum", || {
                let c = unpack(b, code, f, CARE, "sum_before");
                let event = Event::of_sum(b, &[k.event, Event::of(&c)]);
                (add(b, &number, &Number::of(b, &c, f), f, rounding), event)
            }),
        };
        let r = b.scope("round and pack", || pack_number(b, &sum, f, rounding, rnd));
        before = Some(b.scope("specials", || finish(core, b, &r, &seen)));
    }
    before.expect("there is a block")
}
