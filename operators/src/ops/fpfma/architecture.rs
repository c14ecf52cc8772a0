//! The core: read and normalise, multiply, align, add, normalise, round.
use super::Fma;
use crate::ops::fpmul::architecture::{fraction_product, share_offset};
use crate::parts::addition::{lowest, term};
use crate::parts::normal::{Normal, Wanted, normal, signed_width};
use crate::parts::specials::{self, Specials};
use crate::parts::sum::{Order, Term, add, far};
use crate::parts::unpack::largest_exponent_field;
use holigen_generator::structures::multiplier;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FloatFormat;

/// Builds the core.
pub(super) fn build(fma: &Fma, b: &Builder) {
    let (a, c) = (b.input("a", fma.a.width()), b.input("b", fma.b.width()));
    let addend = b.input("c", fma.c.width());
    let rnd = fma.r.random(b);
    let f = &fma.r.format;
    // The lowest field of c: of subnormal numbers, which are normalised if they lie above those of the result.
    let least = i64::from(fma.c.emin() - f.emin() + 1);
    let least = if least > 1 { lowest(&fma.c, f).min(1) } else { least };
    let (x, y) = b.scope("decode and normalise", || operands(fma, b, a, c, least));
    let product = b.scope("multiply", || product(fma, b, &x, &y, least));
    let (z, w) =
        b.scope("decode and normalise", || term(b, addend, &fma.c, fma.care, f, product.range.0, "c"));
    let seen = b.scope("specials", || {
        let nan = x.nan | y.nan | (x.infinity & y.zero) | (y.infinity & x.zero);
        let infinite = x.infinity | y.infinity;
        let opposite = infinite & w.infinity & (product.sign ^ z.sign);
        Specials {
            nan: nan | w.nan | opposite,
            infinite: infinite | w.infinity,
            negative: infinite.mux(product.sign, z.sign),
        }
    });
    let rounded = b.scope("add", || add(b, &product, &z, Order::Fields, &fma.r, rnd));
    b.output("r", b.scope("specials", || specials::finish(b, &rounded, &seen, f, fma.r.rounding)));
}

/// Field of the product's top digit, if both exponent fields were 0: the digit before the last one before the point.
fn bias(fma: &Fma) -> i64 {
    2 - i64::from(fma.a.bias() + fma.b.bias() + fma.r.format.emin())
}

/// The field that a zero product should have at most to be known by it.
fn gone(fma: &Fma, least: i64) -> i64 {
    let widths = [fma.a.wf() + fma.b.wf() + 2, fma.c.wf() + 1];
    least - far(widths, 1, &fma.r)
}

fn operands<'b>(fma: &Fma, b: &'b Builder, a: Bits<'b>, c: Bits<'b>, least: i64) -> (Normal<'b>, Normal<'b>) {
    let high = |f: &FloatFormat| largest_exponent_field(f, fma.care) as i64;
    // The product of a subnormal number that is left as it is has leading zeros: no harm where its field is low.
    let matters = |other: &FloatFormat| 1 + high(other) + bias(fma) > 1;
    let (x_offset, y_offset) = share_offset(&fma.a, bias(fma));
    let zero = |other: &FloatFormat, offset: i64| gone(fma, least) - high(other) - offset;
    let x = Wanted { subnormals: matters(&fma.b), offset: x_offset, zero: zero(&fma.b, y_offset) };
    let y = Wanted { subnormals: matters(&fma.a), offset: y_offset, zero: zero(&fma.a, x_offset) };
    (normal(b, a, &fma.a, fma.care, x, "a"), normal(b, c, &fma.b, fma.care, y, "b"))
}

fn product<'b>(fma: &Fma, b: &'b Builder, x: &Normal<'b>, y: &Normal<'b>, least: i64) -> Term<'b> {
    let sign = (x.sign ^ y.sign).named("product_sign");
    let mut field = (x.exponent + y.exponent).named("product_field");
    let mut range = (x.range.0 + y.range.0, x.range.1 + y.range.1);
    let worst = (x.zero_exponent + y.range.1).max(x.range.1 + y.zero_exponent);
    let (n, m) = (x.significand.width() - 1, y.significand.width() - 1);
    let small = n + m <= 6 && n > 0 && m > 0;
    if small && x.leads && y.leads && worst <= gone(fma, least) {
        range.0 = range.0.min(x.zero_exponent + y.zero_exponent);
        let significand = fraction_product(b, x.significand.low(n), y.significand.low(m)).named("product");
        let nonzero = Some(!(x.zero | y.zero));
        return Term { sign, significand, field, range, slack: 1, nonzero };
    }
    let significand = multiplier::multiply(b, x.significand, y.significand).named("product");
    let zeros = fma.a.has_subnormals() || fma.b.has_subnormals();
    if zeros && worst > 1 {
        // A zero must not lead.
        let low = range.0.min(1);
        let w = signed_width(low).max(field.bits().width());
        let zero = b.signed_lit(low, w);
        let flag = x.zero | y.zero;
        field = flag.mux(zero, field.resize(w).bits()).named("product_field_or_zero").signed();
        range.0 = low;
    } else {
        range.0 = range.0.min(x.zero_exponent + y.zero_exponent);
    }
    Term { sign, significand, field, range, slack: 1, nonzero: None }
}
