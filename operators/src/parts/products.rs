//! Products of vectors' elements.
use super::arguments::short;
use super::specials::Specials;
use super::unpack::{Care, Unpacked, largest_exponent_field, unpack};
use holigen_generator::structures::multiplier;
use holigen_generator::structures::terms::{Term, place_for_sum};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::FloatFormat;
use num_bigint::BigUint;

/// What a term is instead of a number, one bit each; constants where it cannot be.
#[derive(Clone, Copy)]
pub struct Event<'b> {
    /// It is NaN, whatever the others say.
    pub nan: Bits<'b>,
    /// It is plus infinity.
    pub plus: Bits<'b>,
    /// It is minus infinity.
    pub minus: Bits<'b>,
}

impl<'b> Event<'b> {
    /// Of a number.
    pub fn of(x: &Unpacked<'b>) -> Self {
        Self { nan: x.nan, plus: x.infinity & !x.sign, minus: x.infinity & x.sign }
    }

    /// Of a product: NaN for 0 * infinity.
    pub fn of_product(x: &Unpacked<'b>, y: &Unpacked<'b>) -> Self {
        let nan = x.nan | y.nan | (x.infinity & y.zero) | (y.infinity & x.zero);
        let infinite = x.infinity | y.infinity;
        let sign = x.sign ^ y.sign;
        Self { nan, plus: infinite & !sign, minus: infinite & sign }
    }

    /// Never any.
    pub fn none(b: &'b Builder) -> Self {
        let no = b.lit(0u8, 1);
        Self { nan: no, plus: no, minus: no }
    }

    /// Any of many.
    pub fn any(b: &'b Builder, terms: &[Self]) -> Self {
        let any = |bits: &mut dyn Iterator<Item = Bits<'b>>| {
            let word = bits.filter(|x| x.constant().is_none()).reduce(|low, high| high.cat(low));
            word.map_or(b.lit(0u8, 1), Bits::any)
        };
        Self {
            nan: any(&mut terms.iter().map(|t| t.nan)).named("any_nan"),
            plus: any(&mut terms.iter().map(|t| t.plus)).named("any_plus_infinity"),
            minus: any(&mut terms.iter().map(|t| t.minus)).named("any_minus_infinity"),
        }
    }

    /// Of a sum: NaN for infinity - infinity.
    pub fn of_sum(b: &'b Builder, terms: &[Self]) -> Specials<'b> {
        let all = Self::any(b, terms);
        let (plus, minus) = (all.plus, all.minus);
        Specials { nan: (all.nan | (plus & minus)).named("is_nan"), infinite: plus | minus, negative: minus }
    }
}

/// An exact product: `(-1)^sign * significand * 2^(weight - 2)` in units of the smallest product.
pub struct Product<'b> {
    /// One bit.
    pub sign: Bits<'b>,
    /// As wide as both significands.
    pub significand: Bits<'b>,
    /// Sum of the exponent fields, those of subnormal numbers counting as 1.
    pub weight: Bits<'b>,
    /// Of two short operands: the magnitude in units of the smallest product, from one table.
    pub placed: Option<Bits<'b>>,
    /// One bit: the product is zero.
    pub zero: Bits<'b>,
    /// What it is instead of a number.
    pub event: Event<'b>,
}

/// The elements of a vector, the lowest first.
pub fn elements<'b>(vector: Bits<'b>, width: u32) -> impl Iterator<Item = Bits<'b>> {
    (0..vector.width() / width).map(move |i| vector.bits((i + 1) * width - 1, i * width))
}

/// The largest sum of two exponent fields.
pub fn largest_weight(a: &FloatFormat, b: &FloatFormat, care: Care) -> u32 {
    (largest_exponent_field(a, care) + largest_exponent_field(b, care)) as u32
}

/// The largest finite number in units of the smallest.
pub fn largest_magnitude(f: &FloatFormat, care: Care) -> BigUint {
    let field = largest_exponent_field(f, care);
    let ones = (BigUint::from(1u8) << f.precision()) - 1u8;
    // At most the significand of all ones at the largest exponent.
    ones << (field - 1)
}

/// Multiplies element by element.
pub fn products<'b>(
    b: &'b Builder,
    (x, fx): (Bits<'b>, &FloatFormat),
    (y, fy): (Bits<'b>, &FloatFormat),
    care: Care,
) -> Vec<Product<'b>> {
    let pairs = elements(x, fx.width()).zip(elements(y, fy.width()));
    pairs
        .enumerate()
        .map(|(i, (x, y))| {
            let placed = short_product(b, (x, fx), (y, fy), care);
            let x = unpack(b, x, fx, care, &format!("a{i}"));
            let y = unpack(b, y, fy, care, &format!("b{i}"));
            Product {
                sign: (x.sign ^ y.sign).named("product_sign"),
                significand: multiplier::multiply(b, x.significand, y.significand).named("product"),
                weight: (x.exponent.unsigned() + y.exponent.unsigned()).bits().named("product_weight"),
                placed,
                zero: x.zero | y.zero,
                event: Event::of_product(&x, &y),
            }
        })
        .collect()
}

/// The whole product where both magnitudes fit into a lookup table.
fn short_product<'b>(
    b: &'b Builder,
    (x, fx): (Bits<'b>, &FloatFormat),
    (y, fy): (Bits<'b>, &FloatFormat),
    care: Care,
) -> Option<Bits<'b>> {
    let (n, m) = (fx.we() + fx.wf(), fy.we() + fy.wf());
    if n + m > b.context().target.lut_inputs {
        return None;
    }
    let value = |f: &FloatFormat, code: u64| {
        let (field, fraction) = (code >> f.wf(), code & ((1 << f.wf()) - 1));
        match field {
            0 if care.flush => 0,
            0 => fraction,
            _ => (fraction | 1 << f.wf()) << (field - 1),
        }
    };
    // What NaN and infinities give does not matter, as long as it fits.
    let most = largest_magnitude(fx, care) * largest_magnitude(fy, care);
    let width = most.bits() as u32;
    let entries: Vec<u64> = (0..1u64 << (n + m))
        .map(|i| (value(fx, i >> m) * value(fy, i & ((1 << m) - 1))) & ((1 << width) - 1))
        .collect();
    let name = format!("placed_product_{}_{}", short(fx), short(fy));
    Some(b.table(&name, x.low(n).cat(y.low(m)), width, &entries).named("product"))
}

/// The products as terms of a fixed-point sum in units of the smallest product.
pub fn placed_terms<'b>(
    b: &'b Builder,
    products: &[Product<'b>],
    fx: &FloatFormat,
    fy: &FloatFormat,
    care: Care,
) -> Vec<Term<'b>> {
    let most = largest_weight(fx, fy, care);
    let term = |p: &Product<'b>| {
        let magnitude = p.placed.unwrap_or_else(|| {
            // The smallest weight is 2: the lowest bits are always zero.
            let row = place_for_sum(b, p.significand, p.weight, most);
            row.bits(row.width() - 1, 2)
        });
        Term { magnitude, shift: 0, negative: p.sign }
    };
    products.iter().map(term).collect()
}
