//! The core: read, align or normalise, round.
use super::{Conv, Number, Target};
use crate::parts::normal::{Wanted, normal};
use crate::parts::pack::{Magnitude, pack, vanishing};
use crate::parts::result::FloatResult;
use crate::parts::round_fixed::round_fixed;
use crate::parts::shift::shift_right_sticky;
use crate::parts::specials::{self, Specials};
use crate::parts::to_fixed::{Aligned, kept_below, to_fixed};
use crate::parts::unpack::{largest_exponent_field, unpack};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::{FixedFormat, FloatFormat};
use holigen_verif::round::RoundMode;

/// Builds the core.
pub(super) fn build(conv: &Conv, b: &Builder) {
    let x = b.input("x", conv.x.width());
    let random = conv.r.random_bits();
    let rnd = (random > 0).then(|| b.input("rnd", random));
    let r = if conv.table { table(conv, b, x) } else { result(conv, b, x, rnd) };
    b.output("r", r.named("result"));
}

/// The whole function in a table: what the other architecture makes of each code.
fn table<'b>(conv: &Conv, b: &'b Builder, x: Bits<'b>) -> Bits<'b> {
    let scratch = Builder::new(b.context().clone());
    let entry = |i: u64| {
        let r = result(conv, &scratch, scratch.lit(i, x.width()), None).constant();
        u64::try_from(r.expect("a function of constants")).expect("a code of at most 64 bits")
    };
    let entries: Vec<u64> = (0..1u64 << x.width()).map(entry).collect();
    b.table("converted", x, conv.r.number().width(), &entries)
}

fn result<'b>(conv: &Conv, b: &'b Builder, x: Bits<'b>, rnd: Option<Bits<'b>>) -> Bits<'b> {
    match (&conv.x, &conv.r) {
        (Number::Float(f), Target::Float(r)) => float_to_float(conv, b, x, f, r, rnd),
        (Number::Float(f), Target::Fixed(g, mode)) => float_to_fixed(conv, b, x, f, g, *mode, rnd),
        (Number::Fixed(f), Target::Float(r)) => fixed_to_float(b, x, f, r, rnd),
        (Number::Fixed(f), Target::Fixed(g, mode)) => fixed_to_fixed(b, x, f, g, *mode, rnd),
    }
}

fn float_to_float<'b>(
    conv: &Conv,
    b: &'b Builder,
    code: Bits<'b>,
    f: &FloatFormat,
    r: &FloatResult,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let no = b.lit(0u8, 1);
    let offset = -i64::from(f.bias() + r.format.emin());
    let gone = vanishing(&r.format, r.rounding) + 1;
    // A subnormal number that is left as it is has its point right where it is subnormal in r too.
    let wanted = Wanted { subnormals: 1 + offset >= 0, offset, zero: gone };
    let x = b.scope("decode", || normal(b, code, f, conv.care, wanted, "x"));
    // A zero with an exponent of its own has a fraction of zero: one place less to go.
    let telling = x.zero_exponent <= gone;
    let first = if telling && x.leads { b.lit(1u8, 1) } else { x.significand.msb() };
    let significand = if f.wf() > 0 { first.cat(x.significand.low(f.wf())) } else { first };
    let low = if telling { x.range.0.min(x.zero_exponent) } else { x.range.0 };
    let zero_below = telling || x.zero_exponent < 0 && x.range.0 < 0;
    let magnitude = Magnitude {
        sign: x.sign,
        digits: no.cat(significand),
        rest: no,
        excess: x.exponent,
        range: (low, x.range.1),
        zero: if zero_below { no } else { x.zero },
        nonzero: !x.zero,
    };
    let rounded = b.scope("round and pack", || pack(b, &magnitude, &r.format, r.rounding, rnd));
    let seen = Specials { nan: x.nan, infinite: x.infinity, negative: x.sign };
    b.scope("specials", || specials::finish(b, &rounded, &seen, &r.format, r.rounding))
}

fn fixed_to_float<'b>(
    b: &'b Builder,
    x: Bits<'b>,
    f: &FixedFormat,
    r: &FloatResult,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let no = b.lit(0u8, 1);
    let x = if f.is_signed() { x.signed() } else { x.unsigned().to_signed() };
    let rounded = round_fixed(b, x, f.lsb(), &r.format, r.rounding, rnd);
    let none = Specials { nan: no, infinite: no, negative: no };
    specials::finish(b, &rounded, &none, &r.format, r.rounding)
}

fn float_to_fixed<'b>(
    conv: &Conv,
    b: &'b Builder,
    code: Bits<'b>,
    f: &FloatFormat,
    g: &FixedFormat,
    mode: RoundMode,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let x = b.scope("decode", || unpack(b, code, f, conv.care, "x"));
    let aligned = b.scope("align", || {
        let least = i64::from(f.has_subnormals());
        let most = largest_exponent_field(f, conv.care) as i64;
        // Weight of the frame's top bit. A number whose first bit is above it is normal, and out of range.
        let top = i64::from(g.msb() + 1).max(i64::from(f.emin()));
        let top = top.min(most - i64::from(f.bias())).max(i64::from(g.lsb()) + 1);
        let below = kept_below(mode);
        let kept = (top - i64::from(g.lsb()) + 1) as u32 + below;
        let w = kept.max(f.wf() + 1);
        let frame = x.significand.append_zeros(w - f.wf() - 1);
        let places = SInt::constant(b, top + i64::from(f.bias())) - x.exponent.unsigned().to_signed();
        let places = places.bits().named("places");
        let above = most > top + i64::from(f.bias());
        let huge = if above { places.msb() & x.significand.any() } else { b.lit(0u8, 1) };
        let amount = places.low(places.width() - 1).named("alignment");
        let farthest = (top + i64::from(f.bias()) - least).max(0) as u64;
        let (moved, fell) = shift_right_sticky(frame, amount, farthest);
        let rest = if w > kept { moved.low(w - kept).any() | fell } else { fell };
        Aligned {
            sign: x.sign,
            magnitude: moved.top(kept).named("magnitude"),
            rest: rest.named("sticky"),
            huge,
        }
    });
    b.scope("round", || {
        let huge = aligned.huge | x.infinity;
        let finite = to_fixed(b, &Aligned { huge, ..aligned }, g, mode, rnd);
        x.nan.mux(b.lit(g.largest(), g.width()), finite)
    })
}

fn fixed_to_fixed<'b>(
    b: &'b Builder,
    x: Bits<'b>,
    f: &FixedFormat,
    g: &FixedFormat,
    mode: RoundMode,
    rnd: Option<Bits<'b>>,
) -> Bits<'b> {
    let w = x.width();
    let sign = if f.is_signed() { x.msb() } else { b.lit(0u8, 1) };
    let magnitude = (x ^ sign.replicate(w)).wrapping_add(sign.zext(w)).named("x_magnitude");
    // Its places behind the point of g's last one.
    let below = kept_below(mode);
    let have = g.lsb() - f.lsb();
    let wanted = below as i32;
    let (magnitude, rest) = if have <= wanted {
        (magnitude.append_zeros((wanted - have) as u32), b.lit(0u8, 1))
    } else {
        let cut = (have - wanted) as u32;
        let wide = magnitude.zext(w.max(cut + below + 1));
        (wide.bits(wide.width() - 1, cut), wide.low(cut).any())
    };
    let magnitude = if magnitude.width() < below + 1 { magnitude.zext(below + 1) } else { magnitude };
    let aligned = Aligned { sign, magnitude, rest, huge: b.lit(0u8, 1) };
    to_fixed(b, &aligned, g, mode, rnd)
}
