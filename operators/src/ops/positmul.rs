//! Multiplication of posits.
use crate::parts::arguments::PositArgs;
use crate::parts::posit_binary::{self, Operation};
use crate::parts::posit_decode::{Decoded, decode};
use crate::parts::posit_encode::{Form, Unrounded, encode, encode_with};
use crate::parts::posit_products::{has_tables, magnitude, product_unless_zero};
use crate::{Core, Operator, ParamError};
use holigen_generator::structures::multiplier;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;
use holigen_verif::round::RoundMode;
use serde::{Deserialize, Serialize};

/// Multiply two posits: r = round(a * b)
///
/// # Semantics
/// The product is exact and rounded once as the Posit Standard (2022) says: to nearest on the bit string, ties to
/// the even code; beyond maxpos it becomes maxpos, below minpos minpos. NaR with anything is NaR.
///
/// # Architecture
/// Both operands are decoded in two's complement, without absolute values. The product of the significands is that
/// of two's-complement numbers in [1, 2) or [-2, -1); it is normalised by one multiplexer, since the only product
/// that needs two places, -2 * -2, has no fraction. The increment of the rounding is the carry in of the chain whose
/// operand the regime's shifter is. Of short posits (n <= 8, fractions of 1 to 3 bits) magnitudes are read by a table
/// where one has six inputs, and a second table holds the product of the significands: no chain is left there.
///
/// # Sources
/// Posit Standard, 2022. R. Murillo, D. Mallasen, A. A. Del Barrio, G. Botella, Comparing different decodings for
/// posit arithmetic, CoNGA 2022. Y. Uguen, L. Forget, F. de Dinechin, Evaluating the hardware cost of the posit
/// number system, FPL 2019.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositMul {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
}

impl Operator for PositMul {
    const NAME: &'static str = "positmul";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        posit_binary::core(
            self,
            Self::NAME,
            self.operands.resolve()?,
            &Operation {
                title: "Product",
                formula: "a * b",
                extremes: "A product beyond maxpos is maxpos, one below minpos minpos, with their sign; a product is 0 only if an operand is.",
                exact: |a, b| (a.times(b), false),
                architecture: |b, x, y, f| {
                    if by_magnitudes(b, f) {
                        return multiply_magnitudes(b, [x, y], f);
                    }
                    let (x, y) = (decode(b, x, f, "a"), decode(b, y, f, "b"));
                    let product = b.scope("multiply", || multiply(b, &x, &y, f));
                    encode(b, &product, f)
                },
            },
        )
    }

    fn examples() -> &'static [&'static str] {
        &["n = 8", "n = 16", "n = 8\nes = 0", "n = 3\nes = 5", "n = 5\nes = 1", "n = 32", "n = 13\nes = 3"]
    }
}

/// Whether tables read magnitudes and multiply them: with longer fractions, of which they would only read, the product in
/// two's complement takes less.
fn by_magnitudes(b: &Builder, f: &PositFormat) -> bool {
    has_tables(b, f) && (1..=3).contains(&f.fraction_bits())
}

/// The product's code by way of magnitudes. The code of the negative product is the complement of the magnitude's, whose one
/// joins the increment.
fn multiply_magnitudes<'b>(b: &'b Builder, [x, y]: [Bits<'b>; 2], f: &PositFormat) -> Bits<'b> {
    let (x, y) = (magnitude(b, x, f, "a"), magnitude(b, y, f, "b"));
    let number = b.scope("multiply", || {
        let product = product_unless_zero(b, &x, &y, f);
        let significand = product.significand;
        let point = 2 * f.fraction_bits();
        let two = significand.msb().named("product_from_2");
        let fraction = (point > 0).then(|| {
            let below = significand.low(point).append_zeros(1);
            two.mux(significand.low(point + 1), below).named("product_fraction")
        });
        let w = x.weight.width() + 2;
        let [left, right] = [&x, &y].map(|m| (!m.weight.msb()).replicate(3).cat(m.weight.low(w - 3)));
        let sign = product.negative;
        Unrounded {
            sign,
            scale: left.add_carry(right, two).named("product_scale"),
            fraction: fraction.map(|t| t ^ sign.replicate(point + 1)),
            sticky: b.lit(0u8, 1),
            saturates: true,
            zero: product.zero.named("product_is_zero"),
            nar: product.nar.named("is_nar"),
        }
    });
    encode_with(b, &number, f, Form { flip: Some(number.sign), mode: RoundMode::Rne }, None)
}

/// The exact product, normalised.
fn multiply<'b>(b: &'b Builder, x: &Decoded<'b>, y: &Decoded<'b>, f: &PositFormat) -> Unrounded<'b> {
    let fraction = f.fraction_bits();
    let product = significands(b, x, y, fraction).named("product");
    // Four bits before the point: sign, 4, 2, 1.
    let point = 2 * fraction;
    let sign = product.msb().named("product_sign");
    let two = (product.bit(point + 1) ^ sign).named("product_from_2");
    let four = (product.bit(point + 2) & !sign).named("product_is_4").note("Only -2 * -2.");
    let low = product.low(point + 1);
    let unshifted = if point > 0 { product.low(point).append_zeros(1) } else { b.lit(0u8, 1) };
    let w = x.scale.width() + 2;
    let scale = x.scale.sext(w).add_carry(y.scale.sext(w), two).named("scale_sum");
    let scale = scale.wrapping_add(four.append_zeros(1).zext(w)).named("product_scale");
    Unrounded {
        sign,
        scale,
        fraction: Some(two.mux(low, unshifted).named("product_fraction")),
        sticky: b.lit(0u8, 1),
        saturates: true,
        zero: (x.zero | y.zero).named("product_is_zero"),
        nar: (x.nar | y.nar).named("is_nar"),
    }
}

/// The significands' product, in two's complement as wide as both together; anything if an operand is 0.
///
/// Of short fractions only the fractions are multiplied. A significand is its fraction and 1, or -2 if it is negative, so what
/// remains is each fraction times the other's 1 or -2: a chain each, which takes the choice into its tables.
fn significands<'b>(b: &'b Builder, x: &Decoded<'b>, y: &Decoded<'b>, fraction: u32) -> Bits<'b> {
    if !(1..=3).contains(&fraction) {
        return multiplier::multiply_signed(b, x.significand, y.significand);
    }
    let (u, v) = (x.significand.low(fraction), y.significand.low(fraction));
    // As an operator of the language: measured smaller than a table of it.
    let product = (u.unsigned() * v.unsigned()).bits().named("fraction_product");
    let (zero, one) = (b.lit(0u8, 1), b.lit(1u8, 1));
    // -2 u is the complement of 2 u, and one as carry in.
    let row = y.sign.mux(one.cat(!u).cat(one), zero.cat(zero).cat(u));
    let first = product.top(fraction).zext(fraction + 2).add_carry(row, y.sign).named("with_a_fraction");
    // With v or -2 v comes the product of the two units: 1, -2 or 4.
    let negative = y.sign.mux(b.lit(0b001u8, 3), b.lit(0b110u8, 3)).cat(!v).cat(one);
    let positive = y.sign.mux(b.lit(0b1110u8, 4), b.lit(0b0001u8, 4)).cat(v);
    let row = x.sign.mux(negative, positive);
    first.sext(fraction + 4).add_carry(row, x.sign).named("with_b_fraction").cat(product.low(fraction))
}
