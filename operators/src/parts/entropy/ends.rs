//! Where codes end, found ahead of time for each bit of a word at which one may begin.
//!
//! Two words, the one at hand and the next, are in a *bank* each: the word, and a register for each of its bits with the bit
//! behind a code that begins there. What is found out about a code's bits stands in front of these registers, and a clock of
//! the lane holds nothing but the choice of one of them by the place of the code at hand, which is the place of the next. A
//! bank that has been read is loaded in the next clock, so no register of it waits for what the code at hand decides.
use super::code::Code;
use super::shape::Shape;
use holigen_generator::{Bits, Builder};

/// The registers.
pub struct Ends<'b> {
    shape: Shape,
    /// By the bank, and the bit from the top of its word on: the end of the code, counted from there too, below one bit: there
    /// is no such code.
    banks: [Vec<Bits<'b>>; 2],
    /// The place of the code at hand, a bit for each: where tables are small, that is faster than a number.
    place: Option<Bits<'b>>,
}

/// Where a code ends.
pub struct End<'b> {
    /// Its top bit: in the other bank; below: the place in the word.
    pub end: Bits<'b>,
    /// One bit: there is no such code.
    pub no_code: Bits<'b>,
}

impl<'b> Ends<'b> {
    /// Declares them.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        let width = shape.word_bits.trailing_zeros() + 2;
        let bank = |n: u32| {
            (0..shape.word_bits).map(|k| b.data_register(&format!("end{k}_bank{n}"), width)).collect()
        };
        let place = (b.context().target.lut_inputs < 6).then(|| b.register("place", 2 * shape.word_bits));
        Self { shape, banks: [bank(0), bank(1)], place }
    }

    /// Of the code at `at`: the bank, and the place in its word.
    pub fn of(&self, at: Bits<'b>) -> End<'b> {
        let (bits, [first, second]) = (self.shape.word_bits.trailing_zeros(), &self.banks);
        let all = || first.iter().chain(second);
        let Some(place) = self.place else {
            let entry = at.choose(&all().copied().collect::<Vec<_>>());
            return End { end: entry.low(bits + 1), no_code: entry.msb() };
        };
        let of = |from: u32, part: &dyn Fn(Bits<'b>) -> Bits<'b>| {
            let reaches = |(k, _): &(u32, &Bits<'b>)| k % self.shape.word_bits >= from;
            let term = |(k, register): (u32, &Bits<'b>)| {
                let value = part(*register);
                value & place.bit(k).replicate(value.width())
            };
            any_of((0..).zip(all()).filter(reaches).map(term).collect())
        };
        // Codes from further up don't reach the next word.
        let carry = of(self.shape.word_bits - self.shape.longest, &|r| r.bit(bits)).named("word_ends");
        let end = of(0, &|r| r.low(bits)).named("code_end");
        End { end: carry.cat(end), no_code: of(0, &|r| r.msb()).named("no_such_code_here") }
    }

    /// At an edge with `goes` the code at hand is the one behind that at `at`, which ends at `end`; or without `busy` the first
    /// one of the first bank.
    pub fn go(&self, goes: Bits<'b>, busy: Bits<'b>, at: Bits<'b>, end: Bits<'b>) {
        if let Some(place) = self.place {
            let (word_bits, offset) = (self.shape.word_bits, end.low(end.width() - 1));
            let (first, second) = ((busy & !at.msb()).apart(), (busy & at.msb()).apart());
            let bank = [end.msb().mux(second, first), end.msb().mux(first, second)];
            let is = |k: u32| {
                let here = offset.is((k % word_bits).into()) & bank[(k / word_bits) as usize];
                if k == 0 { !busy | here } else { here }
            };
            let each = (0..2 * word_bits).map(is);
            place.load_if(goes, each.reduce(|low, high| high.cat(low)).expect("a word has bits"));
        }
    }

    /// At an edge with one of `loads` that bank is loaded; `bits`: the word and the one behind it. `block`: its symbols are not
    /// coded; they stand there as they are.
    pub fn load(
        &self,
        code: &dyn Code<'b>,
        block: (Bits<'b>, Bits<'b>),
        bits: Bits<'b>,
        loads: [Bits<'b>; 2],
    ) {
        let ((plain, raw), b) = (block, bits.builder());
        let Shape { word_bits, longest, symbol_bits, .. } = self.shape;
        let width = word_bits.trailing_zeros() + 1;
        for from in 0..word_bits {
            let top = bits.width() - 1 - from;
            let (end, none) = code.end(bits.bits(top, top + 1 - longest), from, width);
            let stays = raw.mux(b.lit(from + symbol_bits, width), b.lit(from, width));
            let entry = (!plain & none).cat(plain.mux(stays, end)).named(&format!("end{from}_found"));
            for (bank, loads) in self.banks.iter().zip(loads) {
                bank[from as usize].load_if(loads, entry);
            }
        }
    }
}

/// The OR of terms of two factors, two of them in a table of four inputs.
pub fn any_of<'b>(terms: Vec<Bits<'b>>) -> Bits<'b> {
    fn or<'b>(part: &[Bits<'b>]) -> Bits<'b> {
        part.iter().copied().reduce(|a, b| a | b).expect("a part has terms")
    }
    let mut level: Vec<Bits<'b>> = terms.chunks(2).map(or).collect();
    while level.len() > 1 {
        level = level.chunks(4).map(or).collect();
    }
    level[0]
}
