//! Where codes end, found ahead of time for each bit of a word at which one may begin.
//!
//! The first word of a lane's queue has a register for each of its bits: the bit behind a code that begins there. What is
//! found out about a code's bits stands in front of these registers, and a clock of the lane holds nothing but the choice
//! of one of them by the place of the code at hand, which is the place of the next.
use super::code::Code;
use super::shape::Shape;
use holigen_generator::{Bits, Builder};

/// The registers.
pub struct Ends<'b> {
    shape: Shape,
    /// By the bit, from the top of the word on: the end of the code, counted from there too, below one bit: there is no
    /// such code.
    registers: Vec<Bits<'b>>,
    /// The place of the code at hand, a bit for each: where tables are small, that is faster than a number.
    place: Option<Bits<'b>>,
}

/// Where a code ends.
pub struct End<'b> {
    /// One bit: in the next word.
    pub carry: Bits<'b>,
    /// The place behind it.
    pub end: Bits<'b>,
    /// One bit: there is no such code.
    pub no_code: Bits<'b>,
}

impl<'b> Ends<'b> {
    /// Declares them.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        let width = shape.word_bits.trailing_zeros() + 2;
        let register = |k| b.data_register(&format!("end{k}"), width);
        let place = (b.context().target.lut_inputs < 6).then(|| b.register("place", shape.word_bits));
        Self { shape, registers: (0..shape.word_bits).map(register).collect(), place }
    }

    /// Of the code at `at`.
    pub fn of(&self, at: Bits<'b>) -> End<'b> {
        let bits = self.shape.word_bits.trailing_zeros();
        let Some(place) = self.place else {
            let entry = at.choose(&self.registers);
            return End { carry: entry.bit(bits), end: entry.low(bits), no_code: entry.msb() };
        };
        let of = |from: u32, part: &dyn Fn(Bits<'b>) -> Bits<'b>| {
            let term = |k: u32| {
                let value = part(self.registers[k as usize]);
                value & place.bit(k).replicate(value.width())
            };
            any_of((from..self.shape.word_bits).map(term).collect())
        };
        // Codes from further up don't reach the next word.
        let carry = of(self.shape.word_bits - self.shape.longest, &|r| r.bit(bits)).named("word_ends");
        End { carry, end: of(0, &|r| r.low(bits)).named("code_end"), no_code: of(0, &|r| r.msb()) }
    }

    /// At an edge with `goes` the code at hand is the one at `at`, or without `busy` the first one.
    pub fn go(&self, goes: Bits<'b>, busy: Bits<'b>, at: Bits<'b>) {
        if let Some(place) = self.place {
            let word_bits = self.shape.word_bits;
            let (here, gated) = (busy.cat(at), at.gate(busy));
            // Where a place is too wide for one table, a second choice by `busy` in front of it is a level more.
            let is = |k: u32| match k {
                _ if at.width() <= 4 => gated.is(k.into()),
                0 => !busy | at.is(0),
                _ => here.is((word_bits + k).into()),
            };
            let each = (0..word_bits).map(is);
            place.load_if(goes, each.reduce(|low, high| high.cat(low)).expect("a word has bits"));
        }
    }

    /// At an edge with `moves` the second word becomes the first one; `bits`: it and the one behind it. `block`: its symbols
    /// are not coded; they stand there as they are.
    pub fn load(&self, code: &dyn Code<'b>, block: (Bits<'b>, Bits<'b>), bits: Bits<'b>, moves: Bits<'b>) {
        let ((plain, raw), b) = (block, moves.builder());
        let Shape { word_bits, longest, symbol_bits, .. } = self.shape;
        for (from, register) in (0..word_bits).zip(&self.registers) {
            let (top, width) = (bits.width() - 1 - from, register.width() - 1);
            let (end, none) = code.end(bits.bits(top, top + 1 - longest), from, width);
            let stays = raw.mux(b.lit(from + symbol_bits, width), b.lit(from, width));
            register.load_if(moves, (!plain & none).cat(plain.mux(stays, end)));
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
