//! Reading by the ends of codes: where each code would end that begins in the word at hand is found ahead of time, and there
//! is no window.
//!
//! Words go from the queue to two banks in turn, with what is known of them: their ends, and how near the end of the payload
//! they are. That needs the word behind, too, where a code may end. So all that a step decides is where the code at hand is,
//! and whether a bank is free.
use super::block::Block;
use super::code::{Code, Read, Step, TableState};
use super::ends::{End, Ends};
use super::left::{Left, Near, Reached};
use super::reading::{Carry, Motion, Reading};
use super::shape::Shape;
use super::take_top::{take_top_early, take_top_fast};
use holigen_generator::structures::stream::WordQueue;
use holigen_generator::{Bits, Builder};

/// The registers.
pub(super) struct ByEnds<'b> {
    shape: Shape,
    ends: Ends<'b>,
    /// By bank: the word, and how near the end it is.
    words: [(Bits<'b>, Near<'b>); 2],
    /// By bank, one bit: it holds the word at hand or the next one.
    there: [Bits<'b>; 2],
    /// The bank of the code at hand, above its offset in the word.
    at: Bits<'b>,
    /// One bit: a symbol that was found good stands in front of the code's part of the lane.
    good: Bits<'b>,
}

impl<'b> ByEnds<'b> {
    /// Declares them.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        let word = |n: u32| {
            (b.data_register(&format!("word_bank{n}"), shape.word_bits), Near::new(b, &format!("_bank{n}")))
        };
        Self {
            shape,
            ends: Ends::new(b, shape),
            words: [word(0), word(1)],
            there: [b.register("bank0_there", 1), b.register("bank1_there", 1)],
            at: b.register("offset", shape.word_bits.trailing_zeros() + 1),
            good: b.register("good_valid", 1),
        }
    }

    /// The offset of the code at hand in its word.
    fn offset(&self) -> Bits<'b> {
        self.at.low(self.at.width() - 1)
    }

    /// One bit: the word at hand is there.
    fn here(&self) -> Bits<'b> {
        self.at.msb().mux(self.there[1], self.there[0]).named("word_there")
    }

    /// One bit: at this edge a bank takes a word, or what is behind the payload. Not while a table is waited for.
    fn fills(&self, queue: &WordQueue<'b>, block: &Block<'b>) -> Bits<'b> {
        let (Near { no_word, one_word, .. }, first, second) =
            (block.left.near, queue.there(0), queue.there(1));
        let open =
            (block.run | (block.check & block.header.keeps_table())) & !(self.there[0] & self.there[1]);
        let there = (no_word | (first & (one_word | second))).apart();
        (open.apart() & (there | (first & queue.last(0)))).named("bank_fills")
    }
}

impl<'b> Reading<'b> for ByEnds<'b> {
    /// The word at hand, and the next one.
    fn head(&self, queue: &WordQueue<'b>) -> Bits<'b> {
        let ([(first, _), (second, _)], [there0, there1]) = (self.words, self.there);
        let bank = self.at.msb();
        let next = bank.mux(there0.mux(first, queue.word(0)), there1.mux(second, queue.word(0)));
        bank.mux(second, first).named("word_at_hand").cat(next.named("next_word"))
    }

    fn motion(
        &self,
        _code: &dyn Code<'b>,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        advance: Bits<'b>,
    ) -> Motion<'b> {
        let could_step = block.run & self.here();
        let step = (could_step & advance).named("step");
        let End { end, no_code } = self.ends.of(self.at);
        let carry = Carry::Apart(self.fills(queue, block));
        Motion { could_step, step, moved: None, carry, next_at: end, no_code, length: self.offset() }
    }

    fn reached(&self, _left: &Left<'b>) -> Reached<'b> {
        // A bank whose word is not there yet knows what `left` said of it a clock ago, which holds until it is.
        let [(_, first), (_, second)] = self.words;
        Near::of(self.at.msb().mux(second.all(), first.all()).named("near_end"))
            .reached(self.shape.window(), self.offset())
    }

    fn switch(
        &self,
        block: &Block<'b>,
        opens: Bits<'b>,
        tables: TableState<'b>,
        on_its_way: Bits<'b>,
    ) -> (TableState<'b>, Bits<'b>) {
        // Not before the last symbol of the block before has been looked up in the old table. None is read while the block
        // waits, so that this may be known a clock late.
        let TableState { pending, coming, known } = tables;
        let free = pending & !(on_its_way | self.good);
        let pending_now = free.delayed("table_not_read", opens.builder().lit(1u8, 1));
        let tables = TableState { pending: pending_now, coming: coming | pending, known };
        (tables, block.header.switch(opens, tables.pending))
    }

    fn load(&self, motion: &Motion<'b>, block: &Block<'b>) {
        let (goes, busy, end) = (motion.step | !block.busy, block.busy, motion.next_at);
        self.ends.go(goes, busy, self.at, end);
        let next = (end.msb() ^ self.at.msb()).cat(end.low(end.width() - 1));
        self.at.load_if(goes, next.gate(busy));
        let Carry::Apart(fills) = motion.carry else { unreachable!("words are taken apart from steps") };
        // The word at hand first.
        let second = self.at.msb();
        let [there0, there1] = self.there;
        let takes = [!there0 & (!second | there1), !there1 & (second | there0)];
        for (bank, ((there, takes), here)) in self.there.iter().zip(takes).zip([!second, second]).enumerate()
        {
            // Nothing but one table behind the end of the code.
            let (stays, may_leave) = ((*there & !here).apart(), (busy & *there).apart());
            let comes = (busy & ((fills & takes.apart()) | stays)).apart();
            let next = comes | (may_leave & !(motion.step & end.msb()));
            there.load(next.named(&format!("bank{bank}_there_next")));
        }
    }

    fn tell(&self, _code: &dyn Code<'b>, _step: &Step<'b>) {
        // It has no registers of its own.
    }

    fn load_words(
        &self,
        code: &dyn Code<'b>,
        block: &Block<'b>,
        _motion: &Motion<'b>,
        queue: &WordQueue<'b>,
        _moves: Bits<'b>,
    ) {
        let loads = self.there.map(|there| !there);
        for ((word, near), loads) in self.words.iter().zip(loads) {
            word.load_if(loads, queue.word(0));
            near.load_if(loads, &block.left.near);
        }
        let words = queue.word(0).cat(queue.word(1));
        self.ends.load(code, (block.header.plain, block.header.raw), words, loads);
    }

    fn good(&self, read: Read<'b>) -> (Read<'b>, Option<Bits<'b>>) {
        // A clock later, picked out of the words, with the length of its code: from where it stood to `at`, where the next one
        // stands.
        let to = |x: Bits<'b>, name: &str| x.delayed(name, read.behind);
        let Shape { word_bits, longest, .. } = self.shape;
        let head = match word_bits > 16 {
            true => take_top_fast(read.head, read.length, longest),
            false => take_top_early(read.head, read.length, longest),
        };
        let bits = self.shape.length_bits();
        let length = self.offset().wrapping_sub(read.length).zext(bits.max(read.length.width())).low(bits);
        self.good.load_if(read.behind, read.valid);
        let read = Read {
            valid: self.good,
            last: to(read.last, "good_last"),
            plain: to(read.plain, "good_plain"),
            head: to(head.named("head"), "good_head"),
            length: to(length, "good_length"),
            ..read
        };
        (read, Some(read.valid))
    }
}
