//! Reading out of a window: registers with the code at hand at their top.
//!
//! The window is a register of R bits (as many as the longest code has), the *head*, and as many bits behind it,
//! picked out of two words at the offset `at`. A step shifts both by the length of the code at hand, which a decoder
//! has ready at the start of a clock: from a register, or from a memory. What the step costs in time is the shift
//! and whatever the decoder does to know the next length.
//!
//! A window that moves by *strides* of four bits is smaller: the code at hand stands within the first of them, `at` says
//! where, and one choice moves the window while another finds the code in it.
//!
//! Where that is too much for a clock, and the code is one whose lengths follow from few bits, the bits behind the head stand
//! in a register too, the *tail*.
use super::block::Block;
use super::code::Code;
use super::filling::Filling;
use super::left::{Left, Near, Reached};
use super::reading::{Carry, Motion, Reading};
use super::shape::{Ahead, Shape};
use super::window::{Window, short_sum, strides};
use holigen_generator::structures::stream::WordQueue;
use holigen_generator::{Bits, Builder};

/// The registers.
pub(super) struct ByWindow<'b> {
    shape: Shape,
    /// The first word of the queue.
    word: Bits<'b>,
    filling: Filling<'b>,
    /// The offset in the first word of the bits behind the window.
    at: Bits<'b>,
    window: Window<'b>,
    /// One bit, where steps take half a word at most: the one before led into the first word.
    entered: Option<Bits<'b>>,
}

impl<'b> ByWindow<'b> {
    /// Declares them. `in_halves`: a step takes half a word at most, and the next word may come a clock late.
    pub fn new(b: &'b Builder, shape: Shape, word: Bits<'b>, in_halves: bool) -> Self {
        let filling = Filling::new(b, shape);
        let at = b.register("offset", shape.word_bits.trailing_zeros());
        let entered = in_halves.then(|| b.register("word_entered", 1));
        Self { shape, word, filling, at, window: Window::new(b, shape), entered }
    }

    /// Whether a step by `length` leaves the first word, and the offset where it leads.
    fn goes(&self, code: &dyn Code<'b>, length: Bits<'b>) -> (Carry<'b>, Bits<'b>) {
        let bits = self.at.width();
        let plus =
            |n: Bits<'b>, name: &str| self.at.zext(bits + 1).wrapping_add(n.zext(bits + 1)).named(name);
        // The choice behind the sums, so that a late length waits for one of them only.
        match code.late() {
            None if self.shape.ahead == Ahead::Strides => {
                let (place, within) = (self.at.bits(bits - 1, 2), self.at.low(2));
                let (strides, within) = strides(within, length);
                let sum = short_sum("place_sum", place, strides, bits - 1);
                (Carry::Late(sum.msb()), sum.low(bits - 2).cat(within))
            }
            None => {
                let sum = plus(length, "offset_sum");
                (Carry::Early(sum.msb()), sum.low(bits))
            }
            Some((known, early, late)) => {
                let (early, late) = (plus(early, "offset_sum_known"), plus(late, "offset_sum"));
                let next = known.mux(early.low(bits), late.low(bits));
                (Carry::Either { known, early: early.msb(), unknown: !known, late: late.msb() }, next)
            }
        }
    }
}

impl<'b> Reading<'b> for ByWindow<'b> {
    fn head(&self, _queue: &WordQueue<'b>) -> Bits<'b> {
        self.window.head(self.at)
    }

    fn fill(&self) -> Option<Bits<'b>> {
        Some(self.filling.fill)
    }

    fn motion(
        &self,
        code: &dyn Code<'b>,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        advance: Bits<'b>,
    ) -> Motion<'b> {
        let Near { no_word, one_word, .. } = block.left.near;
        let first_there = block.run & (queue.there(0) | no_word);
        let (length, no_code) = code.length();
        let next_there = self.entered.map_or(queue.there(1), |entered| queue.there(1) | entered);
        let could_step = first_there & (next_there | no_word | one_word | queue.last(0));
        let step = (could_step.named("words_there") & advance).named("step");
        let moved = self.window.moved(self.word.cat(queue.word(1)), self.at, length);
        let (carry, next_at) = self.goes(code, length);
        Motion { could_step, step, moved: Some(moved), carry, next_at, no_code, length }
    }

    fn reached(&self, left: &Left<'b>) -> Reached<'b> {
        left.near.reached(self.shape.window(), self.at)
    }

    fn count_filling(&self, step: Bits<'b>, block: &Block<'b>) {
        self.filling.load(step, block.busy, block.run, block.header.plain);
    }

    fn load(&self, motion: &Motion<'b>, block: &Block<'b>) {
        let moved = motion.moved.expect("a step moves the window");
        self.window.load(motion.step, block.busy, moved);
        if let Some(entered) = self.entered {
            entered.load(motion.carry.word_done(motion.step));
        }
        self.at.load_if(motion.step | !block.busy, motion.next_at.gate(block.busy));
    }

    fn fixed_length(
        &self,
        step: Bits<'b>,
        block: &Block<'b>,
        idle_next: Bits<'b>,
    ) -> Option<(Bits<'b>, Bits<'b>)> {
        let (b, bits) = (step.builder(), self.shape.length_bits());
        let (plain, raw) = (block.header.plain, block.header.raw);
        let (more_next, own_length) = self.filling.next(step, plain, bits);
        let plain_length = b.lit(self.shape.symbol_bits, bits).gate(raw);
        // Between blocks lengths are loaded in every clock, so that the last one counts.
        let first_length = b.lit(self.filling.first(), bits);
        let length = idle_next.mux(first_length, more_next.mux(own_length, plain_length));
        let length = length.delayed("set_length", b.lit(1u8, 1));
        Some(((idle_next | more_next | plain).delayed("length_set", b.lit(1u8, 1)), length))
    }
}
