//! Fused multiply-add of posits.
use crate::parts::arguments::PositArgs;
use crate::parts::normalize::{Last, Limit, normalize};
use crate::parts::posit_binary::decoder;
use crate::parts::posit_decode::decode;
use crate::parts::posit_encode::{Unrounded, encode};
use crate::parts::shift::shift_right_arithmetic;
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_generator::structures::multiplier;
use holigen_generator::{Bits, Builder};
use holigen_verif::exact::Class;
use holigen_verif::format::PositFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::{RoundMode, round_posit, round_posit_small};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Fused multiply-add of posits: r = round(a * b + c)
///
/// # Semantics
/// Product and sum are exact; the result is rounded once as the Posit Standard (2022) says: to nearest on the bit
/// string, ties to the even code; beyond maxpos it becomes maxpos, below minpos, but not zero, minpos. NaR with
/// anything is NaR.
///
/// # Architecture
/// As positadd, of c and the product, which is not normalised first: its two's-complement significand in (-4, 4] has
/// bits for all that cancellation can bring up.
///
/// # Sources
/// Posit Standard, 2022. R. Murillo, A. A. Del Barrio, G. Botella, et al., Energy-efficient MAC units for fused posit
/// arithmetic, ICCD 2021.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositFma {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
}

impl Operator for PositFma {
    const NAME: &'static str = "positfma";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let (n, es, read) = (f.width(), f.es(), decoder(f));
        let operand = |name| Port::operand(name, n, Encoding::Posit(f), &format!("Operand, posit<{n},{es}>"));
        let result = Port::result("r", n, Encoding::Posit(f), &format!("a * b + c, posit<{n},{es}>"));
        Ok(Box::new(StatelessCore {
            parameters: parameters(self),
            name: format!("positfma_{n}_{es}"),
            title: format!("Fused multiply-add of posits <{n},{es}>"),
            semantics: format!(
                "r is a * b + c, exact and then rounded once to posit<{n},{es}>: to nearest on the bit string, ties to \
                 the even code (Posit Standard 2022); beyond maxpos it is maxpos, below minpos minpos, 0 only if the \
                 exact result is. If an operand is NaR, so is r."
            ),
            interface: Interface { ports: vec![operand("a"), operand("b"), operand("c"), result] },
            architecture: Box::new(move |b| {
                let (x, y, z) = (b.input("a", n), b.input("b", n), b.input("c", n));
                b.output("r", build(b, x, y, z, &f).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| {
                outputs[0] = model([0, 1, 2].map(|i| read(inputs[i])), &f);
            }),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &["n = 8", "n = 5\nes = 0", "n = 5", "n = 16", "n = 4\nes = 5", "n = 11\nes = 1", "n = 32"]
    }
}

fn model([a, b, c]: [Class; 3], f: &PositFormat) -> u64 {
    let product = a.times(b);
    if let (Class::Finite(x), Class::Finite(y)) = (product, c) {
        // Exact in words where that fits.
        if let Some(sum) = x.checked_add(y) {
            return round_posit_small(sum.neg, sum.mag, sum.exp, false, f, RoundMode::Rne, 0);
        }
    }
    let sum = &holigen_verif::exact::Value::from(product) + &c.into();
    round_posit(&sum, f, RoundMode::Rne, 0)
}

fn build<'b>(b: &'b Builder, x: Bits<'b>, y: Bits<'b>, z: Bits<'b>, f: &PositFormat) -> Bits<'b> {
    let fraction = f.fraction_bits();
    let (x, y, z) = (decode(b, x, f, "a"), decode(b, y, f, "b"), decode(b, z, f, "c"));
    let product =
        b.scope("multiply", || multiplier::multiply_signed(b, x.significand, y.significand).named("product"));
    let exponent = (x.scale.signed() + y.scale.signed()).named("product_scale");
    let product_zero = (x.zero | y.zero).named("product_is_zero");
    // Four bits before the point. Behind it two more than the product has, which is shifted only if it is the smaller
    // one, and then by three places or so that nothing cancels.
    let behind = (2 * fraction + 2).max(fraction + 3);
    let (shifted, rest, larger, from_c) = b.scope("align", || {
        let difference = (exponent - z.scale.signed()).bits().named("scale_difference");
        let below = difference.msb();
        // What is zero is the smaller one.
        let swap = (product_zero | (below & !z.zero)).named("swap").note("c has the larger exponent.");
        let far = behind + 4;
        let bits = 32 - far.leading_zeros();
        let w = difference.width();
        let kept = bits.min(w - 1);
        let mut amount = difference.low(kept) ^ below.replicate(kept);
        if w - 1 > bits {
            let beyond = (difference.bits(w - 2, bits) ^ below.replicate(w - 1 - bits)).any();
            amount = amount | beyond.named("is_far").replicate(bits);
        }
        let amount = amount.gate(!(product_zero | z.zero)).named("places");
        let wide = 4 + behind;
        let c = z.significand.append_zeros(behind - fraction).sext(wide).named("c_aligned");
        let p = product.append_zeros(behind - 2 * fraction).named("product_aligned");
        // If swapped one place lower: the places are the complement of the difference, one less than its magnitude.
        let smaller = swap.mux(p.sext(wide + 1), c.append_zeros(1)).named("smaller");
        let (shifted, rest) = shift_right_arithmetic(smaller, amount, wide, b.lit(0u8, 1), None);
        (shifted.named("aligned"), rest.named("below_aligned"), swap.mux(c, p).named("larger"), swap)
    });
    // The sum is less than 6 in magnitude.
    let sum = b.scope("add", || shifted.wrapping_add(larger).named("sum"));
    let number = b.scope("normalise", || {
        let sign = sum.msb().named("sum_sign");
        let w = sum.width();
        let most = (1u32 << (32 - (w - 1).leading_zeros())) - 1;
        let kept = fraction + 2;
        let n =
            normalize(b, sum.low(w - 1).append_zeros(1), sign, Limit::Constant(most), kept, Last::Selected);
        let w = exponent.bits().width();
        let largest = from_c.mux(z.scale.sext(w), exponent.bits()).signed();
        // The top bit is worth 4.
        let two = holigen_generator::SInt::constant(b, 2);
        let scale = (largest + two - n.count.unsigned().to_signed()).bits().named("sum_scale");
        Unrounded {
            sign,
            scale,
            fraction: Some(n.kept.low(kept - 1)),
            sticky: n.rest | rest,
            saturates: true,
            zero: (!sign & !n.kept.msb()).named("sum_is_zero"),
            nar: (x.nar | y.nar | z.nar).named("is_nar"),
        }
    });
    encode(b, &number, f)
}
