//! Addition of posits.
use crate::parts::arguments::PositArgs;
use crate::parts::normalize::{Last, Limit, normalize};
use crate::parts::posit_binary::{self, Operation};
use crate::parts::posit_decode::{Decoded, decode};
use crate::parts::posit_encode::{Unrounded, encode};
use crate::parts::posit_linear::{Linear, decode_linear, encode_linear, linear_bits};
use crate::parts::runs::has_short_stages;
use crate::parts::shift::shift_right_arithmetic;
use crate::{Core, Operator, ParamError};
use holigen_generator::{Bits, Builder};
use holigen_verif::format::PositFormat;
use serde::{Deserialize, Serialize};

/// Add two posits: r = round(a + b)
///
/// # Semantics
/// The sum is exact and rounded once as the Posit Standard (2022) says: to nearest on the bit string, ties to the
/// even code; what exceeds maxpos becomes maxpos. NaR with anything is NaR. The only zero is +0.
///
/// # Architecture
/// Both operands are decoded in two's complement, without absolute values. The one with the smaller exponent is
/// shifted right; the exponents' difference needs no absolute value, because the operand that is swapped stands one
/// place lower to begin with. Where a stage of the pipeline holds but a few tables, the codes are compared instead, as
/// integers and beside the decoders. The sum is normalised in two's complement, and the increment of the rounding is the
/// carry in of the chain whose operand the regime's shifter is.
///
/// Short ones with es = 0 become fixed-point numbers instead, which below 1 their codes are already: one
/// addition, without alignment and normalisation.
///
/// # Sources
/// Posit Standard, 2022. Y. Uguen, L. Forget, F. de Dinechin, Evaluating the hardware cost of the posit number
/// system, FPL 2019. R. Murillo, D. Mallasen, A. A. Del Barrio, G. Botella, Comparing different decodings for posit
/// arithmetic, CoNGA 2022.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositAdd {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
}

impl Operator for PositAdd {
    const NAME: &'static str = "positadd";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        posit_binary::core(
            self,
            Self::NAME,
            self.operands.resolve()?,
            &Operation {
                title: "Sum",
                formula: "a + b",
                extremes: "A sum beyond maxpos is maxpos, with its sign.",
                exact: |a, b| a.plus_sticky(b),
                architecture: |b, x, y, f| add(b, x, y, f),
            },
        )
    }

    fn examples() -> &'static [&'static str] {
        &["n = 8", "n = 16", "n = 8\nes = 0", "n = 3\nes = 5", "n = 5\nes = 1", "n = 32", "n = 13\nes = 3"]
    }
}

/// Posits with es = 0 of up to so many bits are added as fixed-point numbers: at 8 bits in half the area, on ECP5 in five
/// sixths. In tables of six inputs it takes as much at 20 bits, on ECP5 at 12, with a shorter path.
fn linear_limit(b: &Builder) -> u32 {
    if b.context().target.has_wide_tables() { 20 } else { 12 }
}

/// The sum's code of two codes.
pub(super) fn add<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, f: &PositFormat) -> Bits<'b> {
    if f.es() == 0 && f.width() <= linear_limit(b) {
        return add_linear(b, x, y, f.width());
    }
    let fraction = f.fraction_bits();
    // Bits below the fraction: one for the normalisation, one for the guard.
    let below = 2;
    let (codes, fast) = ((x, y), has_short_stages(b));
    let (x, y) = (decode(b, x, f, "a"), decode(b, y, f, "b"));
    // Shifts from here on leave nothing but signs.
    let far = fraction + below + 2;
    let bits = 32 - far.leading_zeros();
    let (shifted, rest, larger, Ordered { swap, .. }) = b.scope("align", || {
        let order = if fast { order_codes } else { order_scales };
        let ordered = order((x, y), codes, bits);
        let Ordered { swap, near, beyond, smaller, .. } = ordered;
        let amount = beyond.map_or(near, |d| near | d.any().named("is_far").replicate(near.width()));
        let amount = amount.named("places");
        let (shifted, rest) =
            shift_right_arithmetic(smaller, amount, fraction + 2 + below, b.lit(0u8, 1), None);
        let larger = swap.mux(y.significand, x.significand).named("larger");
        (shifted.named("aligned"), rest.named("below_aligned"), larger, ordered)
    });
    let sum = b.scope("add", || {
        let w = fraction + 3 + below;
        shifted.sext(w).wrapping_add(larger.append_zeros(below).sext(w)).named("sum")
    });
    let number = b.scope("normalise", || {
        let sign = sum.msb().named("sum_sign");
        // At most all bits of a sum of operands at most one place apart.
        let most = fraction + 3;
        let most = (1 << (32 - most.leading_zeros())) - 1;
        let behind = sum.low(sum.width() - 1);
        let kept = fraction + 2;
        let n = normalize(b, behind, sign, Limit::Constant(most), kept, Last::Selected);
        let count = n.count.named("places_up");
        let w = x.scale.width() + 1;
        let largest = swap.mux(y.scale, x.scale).named("larger_scale").sext(w);
        let scale = if fast {
            // The place above it does not wait for the count.
            let above = largest.wrapping_add(b.lit(1u8, w)).named("scale_above");
            above.wrapping_sub(count.zext(w)).named("sum_scale")
        } else {
            // In two steps: as one sum, logic that prepares 1 - count is spread over what stands before and behind it.
            let scale = (largest.signed() - count.unsigned().to_signed()).bits();
            scale.wrapping_add(b.lit(1u8, scale.width())).named("sum_scale")
        };
        // The normalised sum knows it, too, but last.
        let zero = if fast { sum.is_zero() } else { !sign & !n.kept.msb() };
        let zero = zero.named("sum_is_zero");
        Unrounded {
            sign,
            scale,
            fraction: Some(n.kept.low(kept - 1)),
            sticky: n.rest | rest,
            saturates: f.es() == 0,
            zero,
            nar: (x.nar | y.nar).named("is_nar"),
        }
    });
    encode(b, &number, f)
}

/// Two operands, the one with the larger exponent first.
#[derive(Clone, Copy)]
struct Ordered<'b> {
    /// One bit: they change places.
    swap: Bits<'b>,
    /// The significand of the one that is to be shifted, and a bit below.
    smaller: Bits<'b>,
    /// How far.
    near: Bits<'b>,
    /// Further if any of these is set.
    beyond: Option<Bits<'b>>,
}

/// A pair of operands.
type Pair<T> = (T, T);

/// The sign of the exponents' difference decides.
fn order_scales<'b>((x, y): Pair<Decoded<'b>>, _: Pair<Bits<'b>>, bits: u32) -> Ordered<'b> {
    let difference = (x.scale.signed() - y.scale.signed()).bits().named("scale_difference");
    let swap = difference.msb().named("swap").note("b has the larger exponent.");
    let w = difference.width() - 1;
    let bits = bits.min(w);
    let wide = x.significand.width() + 1;
    let smaller = swap.mux(x.significand.sext(wide), y.significand.append_zeros(1)).named("smaller");
    Ordered {
        swap,
        near: difference.low(bits) ^ swap.replicate(bits),
        beyond: (w > bits).then(|| difference.bits(w - 1, bits) ^ swap.replicate(w - bits)),
        smaller: smaller
            .note("If swapped one place lower: the places are -d - 1, the complement of the difference d."),
    }
}

/// The codes decide, while they are decoded: with the sign of a negative one taken off, they order exponents as
/// integers. The sign below is what follows the word's end: -minpos has a larger exponent than zero.
fn order_codes<'b>((x, y): Pair<Decoded<'b>>, codes: Pair<Bits<'b>>, bits: u32) -> Ordered<'b> {
    let key = |code: Bits<'b>, sign: Bits<'b>| {
        let w = code.width() - 1;
        (code.low(w) ^ sign.replicate(w)).cat(sign)
    };
    let swap = key(codes.0, x.sign).ult(key(codes.1, y.sign)).named("swap").note("b is larger in magnitude.");
    // Both differences, so that neither waits for the choice.
    let difference = swap.mux(y.scale.wrapping_sub(x.scale), x.scale.wrapping_sub(y.scale));
    let difference = difference.named("scale_difference");
    let w = difference.width();
    let bits = bits.min(w);
    Ordered {
        swap,
        near: difference.low(bits),
        beyond: (w > bits).then(|| difference.top(w - bits)),
        smaller: swap.mux(x.significand, y.significand).named("smaller").append_zeros(1),
    }
}

/// The sum's code of two codes with es = 0.
fn add_linear<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, n: u32) -> Bits<'b> {
    let (x, y) = (decode_linear(b, x, "a"), decode_linear(b, y, "b"));
    let w = linear_bits(n) + 1;
    let value = x.value.sext(w).wrapping_add(y.value.sext(w)).named("sum");
    encode_linear(b, &Linear { value, nar: (x.nar | y.nar).named("is_nar") }, n)
}
