//! The core: decode and multiply, place, accumulate, round.
use super::{Accumulator, Mac, Output, float_loop};
use crate::parts::codes;
use crate::parts::lfsr;
use crate::parts::round_fixed::round_fixed;
use crate::parts::unpack::{Unpacked, largest_exponent_field, unpack};
use holigen_generator::structures::accumulator::accumulate;
use holigen_generator::structures::multiplier;
use holigen_generator::structures::placement::{ONE_PIECE, Place, place};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::Saturation;

/// An exact product: `(-1)^sign * significand * 2^(weight - 2)` in units of the smallest product.
pub(super) struct Product<'b> {
    pub sign: Bits<'b>,
    /// As wide as both significands.
    pub significand: Bits<'b>,
    /// Sum of the exponent fields, at least 2.
    pub weight: Bits<'b>,
    /// Its largest value.
    pub most: u32,
}

/// NaN and infinities since the sum began; constants where they cannot be.
pub(super) struct Specials<'b> {
    pub nan: Bits<'b>,
    pub plus: Bits<'b>,
    pub minus: Bits<'b>,
}

impl<'b> Specials<'b> {
    pub fn any(&self) -> Bits<'b> {
        self.nan | self.plus | self.minus
    }
}

/// Builds the core.
pub(super) fn build(mac: &Mac, b: &Builder) {
    let first = b.input("in_first", 1);
    let (a, c) = (b.input("a", mac.a.width()), b.input("b", mac.b.width()));
    let random = mac.round.random_bits();
    let rnd = (random > 0).then(|| match mac.lfsr {
        None => b.input("rnd", random),
        Some(seed) => b.scope("random word", || lfsr::word(b, random, seed)),
    });
    let (product, event) = b.scope("decode and multiply", || {
        let x = unpack(b, a, &mac.a, mac.care, "a");
        let y = unpack(b, c, &mac.b, mac.care, "b");
        (multiply(mac, b, &x, &y), events(mac, b, &x, &y))
    });
    match mac.acc {
        Accumulator::Fixed { width, lsb, nearest, saturate } => {
            let seen = b.scope("specials", || remember(b, first, &event));
            let sum = b.scope("accumulate", || {
                let (term, half) = placed(mac, b, &product, width, lsb, nearest, saturate);
                add(mac, b, term, half, product.sign, first, width, saturate)
            });
            match &mac.output {
                Output::Sum => {
                    b.output("r", unless(seen.any(), sum));
                    if mac.can_be_nan() {
                        b.output("nan", seen.nan);
                    }
                    if mac.can_be_infinite() {
                        b.output("pos_inf", seen.plus & !seen.nan);
                        b.output("neg_inf", seen.minus & !seen.nan);
                    }
                }
                Output::Float { format, saturation } => {
                    let rounding = mac.rounding(*saturation);
                    let r = round_fixed(b, sum.signed(), lsb, format, rounding, rnd);
                    let finite = if format.is_signed() { r.sign.cat(r.magnitude) } else { r.magnitude };
                    if width > ONE_PIECE && b.context().target.reset_ps > 0.0 {
                        // Known long before: the reset of the result's register then waits for the finite one alone.
                        seen.nan.registered();
                        (seen.plus | seen.minus).registered();
                    }
                    output(b, finite, &seen, format, *saturation);
                }
            }
        }
        Accumulator::Float(f) => float_loop::build(mac, b, &f, &product, &event, first, rnd),
    }
}

/// `sum`, or 0 where `special` is set. Of a wide sum piece by piece: each is cleared by a copy of its own, the pipeline's, a
/// clock after the piece below, since one wire can't reach all of them in a clock.
fn unless<'b>(special: Bits<'b>, sum: Bits<'b>) -> Bits<'b> {
    let width = sum.width();
    if width <= ONE_PIECE {
        return sum.gate(!special).named("result").registered();
    }
    let special = special.named("is_special").registered();
    let mut pieces: Vec<Bits<'b>> = Vec::new();
    for lo in (0..width).step_by(ONE_PIECE as usize) {
        let part = sum.bits((lo + ONE_PIECE).min(width) - 1, lo);
        let piece = part.gate(!special).named("result").registered();
        pieces.last().into_iter().for_each(|below| {
            piece.later_than(*below);
        });
        pieces.push(piece);
    }
    pieces.into_iter().reduce(|low, high| high.cat(low)).expect("a sum has bits")
}

/// Puts specials over a finite result and drives `r`.
pub(super) fn output<'b>(
    b: &'b Builder,
    finite: Bits<'b>,
    seen: &Specials<'b>,
    f: &FloatFormat,
    saturation: Saturation,
) {
    b.scope("specials", || {
        let w = f.width();
        let bits = codes::magnitude_bits(f);
        let signed = |code| seen.minus.cat(b.lit(code, bits));
        let becomes_nan = matches!(f.encoding(), Encoding::Fn | Encoding::Fnuz);
        let code = match (codes::infinity(f), saturation) {
            (Some(code), Saturation::OvfInf | Saturation::SatPropagate) => signed(code),
            (None, Saturation::OvfInf) if becomes_nan => b.lit(codes::nan_result(f), w),
            _ => signed(codes::largest(f)),
        };
        let infinite = (seen.plus | seen.minus).named("infinite");
        let r = infinite.mux(code, finite);
        let r = seen.nan.mux(b.lit(codes::nan_result(f), w), r);
        b.output("r", r.named("result").registered());
    });
}

fn multiply<'b>(mac: &Mac, b: &'b Builder, x: &Unpacked<'b>, y: &Unpacked<'b>) -> Product<'b> {
    let sign = (x.sign ^ y.sign).named("product_sign");
    let significand = multiplier::multiply(b, x.significand, y.significand).named("product");
    let weight = (x.exponent.unsigned() + y.exponent.unsigned()).bits().named("product_weight");
    let most = largest_exponent_field(&mac.a, mac.care) + largest_exponent_field(&mac.b, mac.care);
    let weight = weight.note("Sum of the exponent fields; a subnormal operand counts as exponent 1.");
    Product { sign, significand, weight, most: most as u32 }
}

/// What this product brings.
fn events<'b>(mac: &Mac, b: &'b Builder, x: &Unpacked<'b>, y: &Unpacked<'b>) -> Specials<'b> {
    let no = b.lit(0u8, 1);
    if !mac.can_be_nan() {
        return Specials { nan: no, plus: no, minus: no };
    }
    let nan = x.nan | y.nan | (x.infinity & y.zero) | (y.infinity & x.zero);
    let infinite = x.infinity | y.infinity;
    let sign = x.sign ^ y.sign;
    Specials {
        nan: nan.named("product_is_nan"),
        plus: (infinite & !sign).named("product_is_plus_infinity"),
        minus: (infinite & sign).named("product_is_minus_infinity"),
    }
}

/// What the sum has met since it began.
pub(super) fn remember<'b>(b: &'b Builder, first: Bits<'b>, event: &Specials<'b>) -> Specials<'b> {
    let keep = |event: Bits<'b>, name: &str| {
        if event.constant().is_some() {
            return event;
        }
        let state = b.state(name, 1, Some(first));
        let next = state | event;
        state.write_state(next);
        next
    };
    let nan = keep(event.nan, "seen_nan");
    let plus = keep(event.plus, "seen_plus_infinity");
    let minus = keep(event.minus, "seen_minus_infinity");
    Specials { nan: (nan | (plus & minus)).named("is_nan"), plus, minus }
}

/// The product's magnitude in units of the accumulator, and the bit that rounds it to nearest.
fn placed<'b>(
    mac: &Mac,
    b: &'b Builder,
    product: &Product<'b>,
    width: u32,
    lsb: i32,
    nearest: bool,
    saturate: bool,
) -> (Bits<'b>, Option<Bits<'b>>) {
    // The smallest weight, 2, is the unit of the smallest product.
    let below = lsb - mac.product_lsb();
    let cut = below.max(0) as u32;
    let at = Place { amount: product.weight, most: product.most, drop: 2 };
    let exact = place(b, product.significand, at);
    let half = (nearest && cut > 0 && cut <= exact.width()).then(|| exact.bit(cut - 1));
    let kept = if cut >= exact.width() { b.lit(0u8, 1) } else { exact.bits(exact.width() - 1, cut) };
    let kept = if below < 0 { kept.append_zeros(below.unsigned_abs()) } else { kept };
    if !saturate {
        // One that wraps ignores what is above.
        return (if kept.width() > width { kept.low(width) } else { kept.zext(width) }, half);
    }
    // A magnitude of 2^width or more saturates whatever the sum was: one bit says so.
    if kept.width() <= width {
        return (kept.zext(width + 1), half);
    }
    let beyond = kept.bits(kept.width() - 1, width).any();
    let term = kept.low(width).gate(!beyond);
    (beyond.cat(term).named("clamped_product"), half)
}

fn add<'b>(
    mac: &Mac,
    b: &'b Builder,
    term: Bits<'b>,
    half: Option<Bits<'b>>,
    sign: Bits<'b>,
    first: Bits<'b>,
    width: u32,
    saturate: bool,
) -> Bits<'b> {
    let negate = sign;
    if !saturate && half.is_none() {
        return accumulate(b, "acc", term, negate, first, mac.turns);
    }
    // sum + (term + half) or sum - (term + half): the half takes the place of the carry in.
    let carry = half.map_or(negate, |h| h ^ negate);
    let acc = b.state("acc", width, Some(first));
    if !saturate {
        let sum = acc.add_carry(term ^ negate.replicate(width), carry).named("sum");
        acc.write_state(sum);
        return sum;
    }
    let w = width + 2;
    let exact = acc.sext(w).add_carry(term.zext(w) ^ negate.replicate(w), carry).named("exact_sum");
    let high = exact.top(3);
    let overflow = (high.any() & !high.all()).named("overflow");
    let bound = (!exact.msb()).replicate(width - 1);
    let sum = overflow.mux(exact.msb().cat(bound), exact.low(width)).named("sum");
    acc.write_state(sum);
    sum
}
