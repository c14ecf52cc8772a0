//! Shifters that put a narrow value somewhere into a wide word, for accumulators.
use crate::builder::{Bits, Builder};
use crate::target::Kind;

/// Where a value goes: shifted left by `amount`, then without its `drop` lowest bits.
#[derive(Clone, Copy)]
pub struct Place<'b> {
    /// Places to the left.
    pub amount: Bits<'b>,
    /// The largest amount that occurs.
    pub most: u32,
    /// Bits cut off below; always zero if no amount is less.
    pub drop: u32,
}

/// `value * 2^amount / 2^drop`, as wide as the largest amount asks for.
///
/// A wide barrel shifter would cost a multiplexer a bit and level. Instead the low bits of the amount shift
/// the narrow value, and the high ones choose in which of several registers it stands; the others are cleared
/// by their synchronous reset, which is free. A bit of the result is then the or of the few registers that
/// reach it, small enough to sit in the lookup table of the adder that follows.
pub fn place<'b>(b: &'b Builder, value: Bits<'b>, at: Place<'b>) -> Bits<'b> {
    let context = b.context();
    let width = value.width() + at.most;
    let bits = 32 - at.most.leading_zeros();
    let amount = at.amount.low(bits.min(at.amount.width()));
    if bits == 0 {
        return cut(value, at.drop);
    }
    if !context.budget_ps.is_finite() || context.target.kind == Kind::Gates {
        return cut(value.zext(width).shift_left(amount), at.drop);
    }
    let absorbs = context.target.carry_chain.absorbs();
    // Beside the registers, the table of an adder's bit holds its sign and, if it is the adder's own, the sum.
    let reach = context.target.lut_inputs - if absorbs { 2 } else { 1 };
    let mut fine = 0;
    while fine < bits && (value.width() + (1 << fine) - 1).div_ceil(1 << fine) > reach.min(3) {
        fine += 1;
    }
    if context.target.reset_ps > 0.0 {
        // Resets that are not free cost routing as well, so that fewer and wider registers may be the better ones.
        let price = |fine: u32| {
            let tables: u32 = (0..fine).map(|i| value.width() + (1 << fine) - (1 << i)).sum();
            let banks = (at.most >> fine) + 1;
            tables + banks * (value.width() + (1 << fine))
        };
        fine = (fine..bits).min_by_key(|fine| price(*fine)).unwrap_or(fine);
    }
    // Fine part: a few multiplexers.
    let mut shifted = value;
    for i in (0..fine).rev() {
        let step = 1 << i;
        let w = shifted.width() + step;
        let moved = amount.bit(i).mux(shifted.append_zeros(step), shifted.zext(w));
        shifted = moved.named(&format!("shifted_by_{step}"));
    }
    if fine == bits {
        return cut(shifted.low(width), at.drop);
    }
    // Coarse part: one register for each place.
    let coarse = amount.bits(bits - 1, fine);
    let in_pieces = width > ONE_PIECE;
    // Banks of a wide word stand far from each other, and what goes to all of them has a clock for the way.
    let shifted = if in_pieces { shifted.registered() } else { shifted };
    let decoded = width > WIDE && context.target.reset_ps > 0.0;
    let banks: Vec<Bits<'b>> = (0..=at.most >> fine)
        .map(|i| {
            let bank = if decoded {
                // What clears the register, not what keeps it, comes out of a register: no table inverts it then.
                let elsewhere = (coarse ^ b.lit(i, bits - fine)).any().registered();
                shifted.gate(!elsewhere)
            } else {
                shifted.gate(coarse.is(u64::from(i)))
            };
            bank.named(&format!("bank_{i}")).registered()
        })
        .collect();
    let placed = if in_pieces {
        pieces(&banks, 1 << fine, width)
    } else {
        let rows = banks.iter().zip(0u32..).map(|(bank, i)| {
            let lo = i << fine;
            bank.low(bank.width().min(width - lo)).append_zeros(lo).zext(width)
        });
        rows.reduce(|sum, row| sum | row).expect("there is a place").named("placed")
    };
    cut(placed, at.drop)
}

/// Words of more bits are spread so far over a device that a way across wants a clock.
const WIDE: u32 = 80;

/// Bits of a word that is there as a whole; a wider one is put together piece by piece, so that some can be later than
/// others, as segments of a wide sum take them.
pub const ONE_PIECE: u32 = 128;

/// The or of banks that stand `step` bits apart.
fn pieces<'b>(banks: &[Bits<'b>], step: u32, width: u32) -> Bits<'b> {
    let mut word: Option<Bits<'b>> = None;
    for i in 0..width.div_ceil(step) {
        let (lo, w) = (i * step, step.min(width - i * step));
        let part = |(bank, k): (&Bits<'b>, u32)| {
            let from = lo.checked_sub(k * step).filter(|from| *from < bank.width())?;
            let top = (from + w - 1).min(bank.width() - 1);
            Some(bank.bits(top, from).zext(w))
        };
        let piece = banks.iter().zip(0u32..).filter_map(part).reduce(|sum, part| sum | part);
        let piece = piece.expect("a bank reaches every bit").named(&format!("placed_{i}"));
        word = Some(word.map_or(piece, |word| piece.cat(word)));
    }
    word.expect("a word has bits")
}

fn cut(x: Bits<'_>, drop: u32) -> Bits<'_> {
    x.bits(x.width() - 1, drop)
}
