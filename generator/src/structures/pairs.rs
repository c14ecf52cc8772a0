//! Two terms to a lookup table: sums of pairs, where the text may name the device's cells.
//!
//! A table of six inputs with two outputs in front of a carry chain computes a bit of both terms and adds them. The
//! carry multiplexer's data input has to see the first term alone, which is the second output: the half of the table
//! where the last input is 0. So the last input must be one whose 0 makes the second term's bit 0, or else a constant 1.
//! A synthesiser does not find this: it wants one operand of an adder to be a plain signal.
use crate::builder::{Bits, Builder};

/// Inputs of the tables, all of one width.
pub struct Pair<'b> {
    /// The lowest first; the last as said above.
    pub inputs: [Bits<'b>; 6],
    /// One bit, which has the weight of the lowest.
    pub carry: Bits<'b>,
}

/// The sum with its carry out. `terms(top, index)` gives a bit of each term for the inputs' values, at the highest
/// position (`top`) or below.
///
/// # Panics
/// If the context has no such chain, or the last input can't be the last.
pub fn add_pair<'b>(b: &'b Builder, pair: Pair<'b>, terms: impl Fn(bool, u32) -> (bool, bool)) -> Bits<'b> {
    let bits = pair.inputs[0].width();
    let last = pair.inputs[5].constant().is_some();
    let contents = |top: bool| {
        (0..64u32).fold(0u64, |all, index| {
            let (first, second) = terms(top, index);
            // In the lower half the table is the first term alone.
            let propagates = if index < 32 { first } else { first ^ second };
            assert!(index >= 32 || last || !second, "the last input does not switch the second term off");
            assert!(index >= 32 || terms(top, index + 32).0 == first, "the first term reads the last input");
            all | u64::from(propagates) << index
        })
    };
    let mut tables = vec![contents(false); bits as usize - 1];
    tables.push(contents(true));
    b.chain(pair.inputs, pair.carry, tables)
}
