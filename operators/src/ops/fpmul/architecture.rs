//! The core: read and normalise, multiply, shift and round.
use super::{Arch, Mul, fused};
use crate::parts::normal::{Normal, Wanted, normal};
use crate::parts::pack::{Magnitude, pack, vanishing};
use crate::parts::specials::{self, Specials};
use crate::parts::unpack::largest_exponent_field;
use holigen_generator::structures::multiplier;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FloatFormat;

/// Builds the core.
pub(super) fn build(mul: &Mul, b: &Builder) {
    let (a, c) = (b.input("a", mul.a.width()), b.input("b", mul.b.width()));
    let rnd = mul.r.random(b);
    let r = match mul.arch {
        Arch::Normal => result(mul, b, a, c, rnd),
        Arch::Fused => fused::result(mul, b, a, c),
        Arch::Table => table(mul, b, a, c),
    };
    b.output("r", r);
}

/// The whole function in a table: what the other architecture makes of each pair of codes.
fn table<'b>(mul: &Mul, b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let (n, m) = (x.width(), y.width());
    let scratch = Builder::new(b.context().clone());
    let entry = |i: u64| {
        let (x, y) = (scratch.lit(i >> m, n), scratch.lit(i & ((1 << m) - 1), m));
        let r = result(mul, &scratch, x, y, None).constant().expect("a function of constants");
        u64::try_from(r).expect("a code of at most 64 bits")
    };
    let entries: Vec<u64> = (0..1u64 << (n + m)).map(entry).collect();
    let w = mul.r.format.width();
    b.table("product", x.cat(y), w, &entries).named("result")
}

fn result<'b>(mul: &Mul, b: &'b Builder, a: Bits<'b>, c: Bits<'b>, rnd: Option<Bits<'b>>) -> Bits<'b> {
    let f = &mul.r.format;
    let (x, y) = b.scope("decode and normalise", || operands(mul, b, a, c));
    let product = b.scope("multiply", || multiply(b, &x, &y, vanishing(f, mul.r.rounding)));
    let rounded = b.scope("round and pack", || pack(b, &product, f, mul.r.rounding, rnd));
    b.scope("specials", || {
        let seen = specials(&x, &y, product.sign);
        specials::finish(b, &rounded, &seen, f, mul.r.rounding)
    })
}

/// NaN and infinity among the operands.
pub(super) fn specials<'b>(x: &Normal<'b>, y: &Normal<'b>, sign: Bits<'b>) -> Specials<'b> {
    let nan = x.nan | y.nan | (x.infinity & y.zero) | (y.infinity & x.zero);
    Specials { nan, infinite: x.infinity | y.infinity, negative: sign }
}

/// Exponent of the product's unit less that of the least normal result, if both exponent fields were 0.
pub(super) fn bias(mul: &Mul) -> i64 {
    -i64::from(mul.a.bias() + mul.b.bias() + mul.r.format.emin())
}

fn operands<'b>(mul: &Mul, b: &'b Builder, a: Bits<'b>, c: Bits<'b>) -> (Normal<'b>, Normal<'b>) {
    let high = |f: &FloatFormat| largest_exponent_field(f, mul.care) as i64;
    // The product of a subnormal number that is left as it is has its point right where it is below the least
    // normal result in any case.
    let matters = |other: &FloatFormat| 1 + high(other) + bias(mul) >= 0;
    let (x_offset, y_offset) = share_offset(&mul.a, bias(mul));
    let gone = vanishing(&mul.r.format, mul.r.rounding) + 1;
    let zero = |other: &FloatFormat, offset: i64| gone - high(other) - offset;
    let wanted = |other: &FloatFormat, offset, others| Wanted {
        subnormals: matters(other),
        offset,
        zero: zero(other, others),
    };
    let x = normal(b, a, &mul.a, mul.care, wanted(&mul.b, x_offset, y_offset), "a");
    let y = normal(b, c, &mul.b, mul.care, wanted(&mul.a, y_offset, x_offset), "b");
    (x, y)
}

/// Deals an offset out to both exponents. Where it is that of an excess code, it costs nothing in one piece; small
/// fields take any offset in the tables that read them, and halves leave room for zeros.
pub(crate) fn share_offset(first: &FloatFormat, offset: i64) -> (i64, i64) {
    if first.we() > 5 { (offset, 0) } else { (offset.div_euclid(2), offset - offset.div_euclid(2)) }
}

fn multiply<'b>(b: &'b Builder, x: &Normal<'b>, y: &Normal<'b>, vanishing: i64) -> Magnitude<'b> {
    let sign = (x.sign ^ y.sign).named("product_sign");
    let excess = (x.exponent + y.exponent).named("excess");
    let range = (x.range.0 + y.range.0, x.range.1 + y.range.1);
    let zero = x.zero | y.zero;
    let (one, no) = (b.lit(1u8, 1), b.lit(0u8, 1));
    // A zero whose exponent tells needs neither a flag nor a leading zero in its significand. As its fraction is
    // zero, its digits are less than two: one place less to go.
    let worst = (x.zero_exponent + y.range.1).max(x.range.1 + y.zero_exponent);
    if worst <= vanishing + 1 {
        let (n, m) = (x.significand.width() - 1, y.significand.width() - 1);
        let digits = if n + m <= 6 && n > 0 && m > 0 && x.leads && y.leads {
            fraction_product(b, x.significand.low(n), y.significand.low(m))
        } else {
            let with_one = |x: &Normal<'b>| match x.significand.width() - 1 {
                _ if !x.leads => x.significand,
                0 => one,
                n => one.cat(x.significand.low(n)),
            };
            multiplier::multiply(b, with_one(x), with_one(y))
        };
        let range = ((x.zero_exponent + y.zero_exponent).min(range.0), range.1);
        return Magnitude {
            sign,
            digits: digits.named("product"),
            rest: no,
            excess,
            range,
            zero: no,
            nonzero: !zero,
        };
    }
    let digits = multiplier::multiply(b, x.significand, y.significand).named("product");
    let below = worst < 0 && range.0 < 0;
    Magnitude { sign, digits, rest: no, excess, range, zero: if below { no } else { zero }, nonzero: !zero }
}

/// (1 + x) * (1 + y) of fractions, from a table of both.
pub(crate) fn fraction_product<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>) -> Bits<'b> {
    let (n, m) = (x.width(), y.width());
    let entries: Vec<u64> =
        (0..1u64 << (n + m)).map(|i| ((i >> m) + (1 << n)) * ((i & ((1 << m) - 1)) + (1 << m))).collect();
    b.table(&format!("significand_product_{n}x{m}"), x.cat(y), n + m + 2, &entries)
}
