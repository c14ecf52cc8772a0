//! Sums of many magnitudes with signs, each shifted to a place of its own: dot products.
//!
//! Where a lookup table stands in front of each bit of a carry chain, one chain a term does three things: it takes the
//! last level of the term's shifter in (up to five inputs), complements the term, and adds it to the sum so far. A
//! tree that compresses placed bits can't: a placed bit costs it a lookup table before anything is added.
use crate::bitheap::BitHeap;
use crate::builder::{Bits, Builder};
use crate::target::{CarryChain, Kind};

/// Terms that are added one after the other before a second group starts: depth against area.
const TERMS_IN_TURN: usize = 4;

/// `magnitude * 2^shift`, negative if `negative` (one bit) says so.
#[derive(Clone, Copy)]
pub struct Term<'b> {
    /// Unsigned.
    pub magnitude: Bits<'b>,
    /// Places to the left.
    pub shift: u32,
    /// One bit.
    pub negative: Bits<'b>,
}

/// A sum up to its sign.
pub struct SignedSum<'b> {
    /// Two's complement.
    pub value: Bits<'b>,
    /// One bit: the sum is minus `value`.
    pub negate: Bits<'b>,
}

/// Whether a carry chain of `width` bits with a table in front of each is what the target has for the clock.
fn has_chain(b: &Builder, width: u32) -> bool {
    let context = b.context();
    let target = &context.target;
    let absorbs = matches!(target.carry_chain, CarryChain::Carry4 | CarryChain::Carry8 | CarryChain::Ccu2);
    target.kind == Kind::Lut && absorbs && context.adder_fits(width + 2)
}

/// Sum modulo 2^width of the terms, relative to the sign of the first.
///
/// A negative term is its complement and one, less a power of two above: over the columns of a term, chains add
/// complements with the one as carry in. What overflows and the powers of two are bits of one weight, which are
/// counted on the heap that adds the groups up.
///
/// # Panics
/// If there is no term.
pub fn signed_sum<'b>(b: &'b Builder, terms: &[Term<'b>], width: u32) -> SignedSum<'b> {
    let negate = terms[0].negative;
    let mut heap = BitHeap::new(b, width);
    let mut groups: Vec<Vec<&Term<'b>>> = Vec::new();
    for term in terms {
        let joins = |g: &&mut Vec<&Term<'b>>| {
            g.len() < TERMS_IN_TURN
                && g[0].shift == term.shift
                && g[0].magnitude.width() == term.magnitude.width()
        };
        match groups.last_mut().filter(joins) {
            Some(group) => group.push(term),
            None => groups.push(vec![term]),
        }
    }
    for group in groups {
        let (shift, w) = (group[0].shift, group[0].magnitude.width());
        let chained = has_chain(b, w);
        let mut sum: Option<Bits<'b>> = None;
        for term in group {
            let subtract = (term.negative ^ negate).named("subtract");
            let row = term.magnitude ^ subtract.replicate(w);
            // Its complement is too large by 2^w.
            heap.subtract(subtract, shift + w);
            match sum {
                Some(before) if chained => {
                    let added = before.zext(w + 1).add_carry(row.zext(w + 1), subtract).named("sum_of_terms");
                    heap.add(added.msb(), shift + w);
                    sum = Some(added.low(w));
                }
                _ => {
                    if let Some(done) = sum.replace(row) {
                        heap.add(done, shift);
                    }
                    heap.add(subtract, shift);
                }
            }
        }
        if let Some(sum) = sum {
            heap.add(sum, shift);
        }
    }
    SignedSum { value: heap.sum().named("sum"), negate }
}

/// `value * 2^amount`, `most` being the largest amount, as an expression whose last level fits into the tables of a
/// chain of [`signed_sum`].
pub fn place_for_sum<'b>(b: &'b Builder, value: Bits<'b>, amount: Bits<'b>, most: u32) -> Bits<'b> {
    let context = b.context();
    let bits = 32 - most.leading_zeros();
    let width = value.width() + most;
    let amount = amount.low(bits.min(amount.width()));
    if bits == 0 {
        return value;
    }
    if context.target.kind == Kind::Gates {
        return value.zext(width).shift_left(amount);
    }
    // Beside the term's bits, a chain's table holds the sum so far and the sign.
    let inputs = context.target.lut_inputs.saturating_sub(2);
    let row = if context.budget_ps.is_finite() {
        in_registers(b, value, amount, most, inputs)
    } else {
        in_tables(b, value, amount, inputs)
    };
    if row.width() > width { row.low(width) } else { row.zext(width) }
}

/// Shifts left by the low `levels` bits of the amount.
fn fine<'b>(value: Bits<'b>, amount: Bits<'b>, levels: u32) -> Bits<'b> {
    let mut shifted = value;
    for i in 0..levels {
        let step = 1 << i;
        let w = shifted.width() + step;
        let moved = amount.bit(i).mux(shifted.append_zeros(step), shifted.zext(w));
        shifted = moved.named(&format!("shifted_by_{step}"));
    }
    shifted
}

/// Without registers: the low bits of the amount by multiplexers, the high ones select in the chain's tables.
fn in_tables<'b>(b: &'b Builder, value: Bits<'b>, amount: Bits<'b>, inputs: u32) -> Bits<'b> {
    let bits = amount.width();
    let late = (0..=2.min(bits)).rev().find(|late| {
        let step = 1 << (bits - late);
        let word = value.width() + step - 1;
        *late == 0 || word.div_ceil(step) + late <= inputs
    });
    let late = late.unwrap_or(0);
    let word = fine(value, amount, bits - late);
    if late == 0 {
        return word;
    }
    let step = 1 << (bits - late);
    let width = word.width() + step * ((1 << late) - 1);
    let select = amount.top(late);
    let rows = (0..1u32 << late).map(|k| {
        let here = select.is(u64::from(k));
        word.gate(here).append_zeros(k * step).zext(width)
    });
    rows.reduce(|x, y| x | y).unwrap_or(b.lit(0u8, width))
}

/// With registers: one for each place that the high bits of the amount tell apart, of which all but one are cleared;
/// the bit below them is left to the chain's tables.
fn in_registers<'b>(b: &'b Builder, value: Bits<'b>, amount: Bits<'b>, most: u32, inputs: u32) -> Bits<'b> {
    let bits = amount.width();
    // Most bits of the word that meet in a column, the late bit of the amount being one more.
    let meet = |levels: u32, late: bool| {
        let (half, word) = (1u32 << levels, value.width() + (1 << levels) - 1);
        let step = if late { 2 * half } else { half };
        let places = |column: u32| {
            let at = |offset: u32| {
                (0..=most / step)
                    .filter(move |i| column.checked_sub(i * step + offset).is_some_and(|k| k < word))
            };
            at(0).count() + if late { at(half).count() } else { 0 }
        };
        (0..word + most).map(places).max().unwrap_or(0) as u32 + u32::from(late)
    };
    let mut choices = (0..=bits).flat_map(|levels| [(levels, true), (levels, false)]);
    let chosen = choices.find(|(levels, late)| {
        *levels == bits && !late || levels + u32::from(*late) <= bits && meet(*levels, *late) <= inputs
    });
    let (levels, late) = chosen.unwrap_or((bits, false));
    let word = fine(value, amount, levels);
    let above = levels + u32::from(late);
    if levels == bits {
        return word;
    }
    let half = 1 << levels;
    let width = word.width() + most;
    let put = |x: Bits<'b>, lo: u32| x.low(x.width().min(width - lo)).append_zeros(lo).zext(width);
    let select = late.then(|| amount.bit(levels));
    let mut rows = Vec::new();
    for i in 0..=most >> above {
        let bank = if above == bits {
            word
        } else {
            let here = amount.bits(bits - 1, above).is(u64::from(i));
            word.gate(here).named(&format!("bank_{i}")).registered()
        };
        let lo = i << above;
        match select {
            None => rows.push(put(bank, lo)),
            Some(s) => {
                rows.push(put(bank.gate(!s), lo));
                if lo + half <= most {
                    rows.push(put(bank.gate(s), lo + half));
                }
            }
        }
    }
    rows.into_iter().reduce(|x, y| x | y).unwrap_or(b.lit(0u8, width)).named("placed")
}
