//! Groups of symbols, each with a word of a second stream beside it: activations, or bits that were not coded.
use super::lanes::{Group, Parts, group};
use super::spare::Spare;
use holigen_generator::structures::stream::{OutputRegister, WordQueue};
use holigen_generator::{Bits, Builder};

/// A group and its word. Both are taken at an edge with `valid` at which the output moves on.
pub struct Joined<'b> {
    /// What comes of them.
    pub out: OutputRegister<'b>,
    /// One bit: both are there.
    pub valid: Bits<'b>,
    /// The symbols, lane 0 in the least significant bits.
    pub symbols: Bits<'b>,
    /// Bit 0: the last of their block; bit 1: the stream ends with the block.
    pub last: Bits<'b>,
    /// The word.
    pub word: Bits<'b>,
    /// One bit: it is the last of its stream.
    pub word_last: Bits<'b>,
    /// One bit: something was at fault.
    pub error: Bits<'b>,
}

/// Builds lanes, the second stream at the port `prefix` with words of `width` bits, and the output. `ends_together`: both
/// streams must end at once; otherwise the second one may end where it likes.
///
/// When no more groups will come, the words of the second stream are taken and dropped as those of the lanes are.
pub fn join<'b>(
    b: &'b Builder,
    parts: &Parts<'b>,
    prefix: &str,
    width: u32,
    ends_together: bool,
) -> Joined<'b> {
    b.clear_input("start");
    let out = OutputRegister::new(b);
    let queue = b.scope("words in", || WordQueue::new(b, prefix, width));
    let there = b.register("group_there", 1);
    let apart = b.register("streams_apart", 1);
    let dry = b.register("no_more_groups", 1);
    let width_of_group = parts.shape.symbol_bits * parts.codes.len() as u32 + 2;
    let spare = Spare::new(b, width_of_group);
    let both = (there & queue.there(0)).named("both_there");
    // Behind a fault groups go nowhere.
    let leaves = (!there | apart | (queue.there(0) & out.advance())).named("group_leaves");
    let Group { valid, symbols, last, error, spent, .. } = group(b, parts, spare.room(), &[spare.room()]);
    b.scope("second stream", || {
        let (comes, none_waits) = (spare.or(valid), spare.room());
        let group = b.data_register("group", width_of_group);
        group.load_if(leaves, spare.connect(valid, last.cat(symbols), leaves));
        let (symbols, last) = (group.low(symbols.width()), group.bit(symbols.width()));
        let last = (group.msb() & last).cat(last);
        there.load_if(leaves, comes);
        let (word, word_last) = (queue.word(0), queue.last(0));
        let differ = if ends_together { last.bit(1) ^ word_last } else { b.lit(0u8, 1) };
        let valid = (both & !differ & !apart).named("group_good");
        apart.load(apart | (both & differ));
        dry.load(apart | dry | (spent & !there & none_waits));
        queue.take((there & out.advance()) | dry);
        let error = error | apart;
        Joined { out, valid, symbols, last, word, word_last, error }
    })
}
