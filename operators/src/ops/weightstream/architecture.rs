//! From symbols and activations to sums.
use super::WeightCore;
use super::model::Scale;
use crate::parts::entropy::joined::{Joined, join};
use crate::products::architecture::result;
use holigen_generator::pipeline::Pipeline;
use holigen_generator::structures::multiplier::multiply_mixed;
use holigen_generator::{Bits, Builder};
use holigen_verif::integer::IntFormat;

/// Builds the core.
pub fn build(core: &WeightCore, b: &Builder) {
    let parts = core.decoder.parts(b);
    let width = core.products.x.1.width() * core.products.n;
    let Joined { out, valid, symbols, last, word, word_last, error } = join(b, &parts, "x", width, false);
    let (first, row_ends) = b.scope("rows", || rows(b, core.row, valid & out.advance(), word_last));
    let inputs = [("codes", symbols), ("x", word), ("first", first)];
    let pipeline = Pipeline::new(b, |own| arithmetic(core, own), &inputs, valid, out.advance());
    let ends = pipeline.beside("row_ends", row_ends.cat(last.bit(1)));
    b.scope("sums out", || {
        let valid = (pipeline.valid & ends.bit(1)).named("sum_there");
        out.drive(valid, &[("m_data", pipeline.output("r")), ("m_last", ends.bit(0))]);
        b.output("error", error);
    });
}

/// Whether the group at hand is the first of its row, and whether it is the last.
fn rows<'b>(b: &'b Builder, row: u64, taken: Bits<'b>, word_last: Bits<'b>) -> (Bits<'b>, Bits<'b>) {
    let begun = b.register("row_begun", 1);
    let ends = match row {
        0 => word_last,
        1 => b.lit(1u8, 1),
        _ => {
            let width = u64::BITS - (row - 1).leading_zeros();
            let count = b.register("groups_of_row", width);
            let ends = (word_last | count.is(row - 1)).named("row_ends");
            let next = count.wrapping_add(b.lit(1u8, width)).gate(!ends);
            count.load_if(taken, next);
            ends
        }
    };
    begun.load_if(taken, !ends);
    (!begun, ends)
}

/// Of one group: weights from codes, products, their sum, the row's sum, its scale.
fn arithmetic(core: &WeightCore, b: &Builder) {
    let p = &core.products;
    let (codes, x, first) =
        (b.input("codes", core.weights.bits() * p.n), b.input("x", p.x.1.width() * p.n), b.input("first", 1));
    let bits = core.weights.bits();
    let weights = b.scope("weights", || {
        let weight = |i: u32| core.weights.dequantise(b, codes.bits((i + 1) * bits - 1, i * bits));
        (0..p.n).map(weight).reduce(|low, high| high.cat(low)).expect("a group has a weight")
    });
    let sum = result(p, b, Some(first), Some(weights), x);
    let r = match core.scale {
        None => sum,
        Some(s) => b.scope("scale", || scaled(b, sum, p.format(), s)),
    };
    b.output("r", r);
}

/// Scaled, rounded and cut to the format of r.
fn scaled<'b>(b: &'b Builder, sum: Bits<'b>, format: IntFormat, scale: Scale) -> Bits<'b> {
    let Scale { multiplier, shift, format: to } = scale;
    let bits = u32::BITS - multiplier.leading_zeros();
    let factor = b.lit(multiplier, bits);
    let product = multiply_mixed(b, [sum, factor], [format.signed, false]).named("scaled");
    // One bit for the rounding, and a sign.
    let width = product.width().max(shift + 1) + 2;
    let product = if format.signed { product.sext(width) } else { product.zext(width) };
    let floor = product.bits(width - 1, shift);
    let rounded = if shift == 0 {
        floor
    } else {
        let guard = product.bit(shift - 1);
        let sticky = if shift > 1 { product.low(shift - 1).any() } else { b.lit(0u8, 1) };
        let up = guard & (sticky | floor.bit(0));
        floor.wrapping_add(up.named("round_up").zext(floor.width())).named("rounded")
    };
    let rounded = rounded.sext(rounded.width().max(to.width + 2));
    let (w, negative) = (rounded.width(), rounded.msb());
    // Above what r has stand copies of its sign, or the number is outside.
    let above = rounded.bits(w - 2, if to.signed { to.width - 1 } else { to.width });
    let (too_large, too_small) = match to.signed {
        true => (!negative & above.any(), negative & !above.all()),
        false => (!negative & above.any(), negative),
    };
    let end = |number: i128| b.signed_lit(number as i64, 64).low(to.width);
    let value = too_large.mux(end(to.largest()), rounded.low(to.width));
    too_small.mux(end(to.least()), value).named("saturated")
}
