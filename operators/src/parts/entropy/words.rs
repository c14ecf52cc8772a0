//! Reading whole words: the code at hand is the first word of the queue, and there are no offsets.
use super::block::Block;
use super::code::{Code, Whole};
use super::left::{Left, Reached};
use super::reading::{Carry, Motion, Reading, Rest};
use super::shape::Shape;
use holigen_generator::structures::stream::WordQueue;
use holigen_generator::{Bits, Builder};

/// The first word of the queue, and what the code takes; there are no registers.
pub(super) struct Words<'b> {
    shape: Shape,
    word: Bits<'b>,
    whole: Whole<'b>,
}

impl<'b> Words<'b> {
    /// For a `code` of whole words.
    pub fn new(shape: Shape, word: Bits<'b>, code: &dyn Code<'b>) -> Self {
        Self { shape, word, whole: code.whole().expect("it takes whole words") }
    }
}

impl<'b> Reading<'b> for Words<'b> {
    fn head(&self, _queue: &WordQueue<'b>) -> Bits<'b> {
        self.word.top(self.shape.longest)
    }

    fn fill(&self) -> Option<Bits<'b>> {
        Some(self.whole.fill)
    }

    fn motion(
        &self,
        _code: &dyn Code<'b>,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        advance: Bits<'b>,
    ) -> Motion<'b> {
        let (Block { run, header, left, .. }, Whole { fill, needs, takes, .. }) = (block, self.whole);
        let could_step = *run & (queue.there(0) | left.near.no_word);
        let step = (could_step & advance).named("step");
        let takes = header.plain.mux(header.raw & !fill, takes) & !left.near.no_word;
        let no_code = left.near.no_word & !fill & header.plain.mux(header.raw, needs);
        let none = advance.builder().lit(0u8, 1);
        Motion {
            could_step,
            step,
            moved: None,
            carry: Carry::Late(takes),
            next_at: none,
            no_code,
            length: none,
        }
    }

    fn reached(&self, left: &Left<'b>) -> Reached<'b> {
        Reached::whole_words(left)
    }

    fn rest(&self, _b: &'b Builder) -> Rest<'b> {
        Rest { drained: self.whole.drained, unsound: self.whole.unsound }
    }
}
