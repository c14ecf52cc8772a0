//! Reading by the ends of codes: where each code would end that begins in the first word is found ahead of time, and there
//! is no window.
use super::block::Block;
use super::code::{Code, Read, Step, TableState};
use super::ends::{End, Ends};
use super::left::{Left, Reached};
use super::reading::{Carry, Motion, Reading};
use super::shape::Shape;
use super::take_top::{take_top_early, take_top_fast};
use holigen_generator::structures::stream::WordQueue;
use holigen_generator::{Bits, Builder};

/// What is known of words in the queue in front of the step that reads them.
///
/// The first word of the payload needs its ends: the header's last word waits until it has said how many words there are,
/// and what the ends depend on is there. That may be a table: the lane goes over to it in front of that word, and not
/// before the last symbol of the block before has been looked up in the old one.
pub(super) struct Ahead<'b> {
    /// One bit each: the header's last word waits; it has done so, and been looked at; a word of a header may pass.
    held: Bits<'b>,
    seen: Bits<'b>,
    moves: Bits<'b>,
    /// One bit: the first or the second word is the last of a stream, or was so a clock ago: behind it none is waited for.
    last_near: Bits<'b>,
    /// Of tables that are loaded: what is known of them, and one bit: the lane has gone over to the one that the header
    /// wants.
    tables: Option<(TableState<'b>, Bits<'b>)>,
    ends: Ends<'b>,
}

impl<'b> Ahead<'b> {
    /// Declares the registers.
    pub fn new(b: &'b Builder, shape: Shape, queue: &WordQueue<'b>, tables: Option<TableState<'b>>) -> Self {
        let (held, seen) = (b.register("header_held", 1), b.register("header_seen", 1));
        let moves = b.register("header_moves", 1);
        let near = (queue.there(0) & queue.last(0)) | (queue.there(1) & queue.last(1));
        let last_near = near.delayed("last_word_near", b.lit(1u8, 1));
        let tables = tables.map(|t| (t, b.register("table_switched", 1)));
        Self { held, seen, moves, last_near, tables, ends: Ends::new(b, shape) }
    }
}

/// The registers.
pub(super) struct ByEnds<'b> {
    shape: Shape,
    /// The first word of the queue.
    word: Bits<'b>,
    ahead: Ahead<'b>,
    /// The offset of the code at hand in the first word.
    at: Bits<'b>,
    /// One bit: a symbol that was found good stands in front of the code's part of the lane.
    good: Bits<'b>,
}

impl<'b> ByEnds<'b> {
    /// Declares what `ahead` has not.
    pub fn new(b: &'b Builder, shape: Shape, word: Bits<'b>, ahead: Ahead<'b>) -> Self {
        let at = b.register("offset", shape.word_bits.trailing_zeros());
        Self { shape, word, ahead, at, good: b.register("good_valid", 1) }
    }
}

impl<'b> Reading<'b> for ByEnds<'b> {
    fn head(&self, queue: &WordQueue<'b>) -> Bits<'b> {
        let (words, Shape { word_bits, longest, .. }) = (self.word.cat(queue.word(1)), self.shape);
        if word_bits > 16 {
            take_top_fast(words, self.at, longest)
        } else {
            take_top_early(words, self.at, longest)
        }
    }

    fn motion(
        &self,
        _code: &dyn Code<'b>,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        advance: Bits<'b>,
    ) -> Motion<'b> {
        let (Block { run, left, .. }, there) = (block, |place| queue.there(place));
        // With tables of six inputs each half is one of them.
        let no_more = *run & (left.no_word | (there(0) & (left.one_word | self.ahead.last_near)));
        let no_more = no_more.apart();
        let next = ((*run & there(0)) & (there(1) & (left.few_words() | there(2)))).apart();
        let could_step = no_more | next;
        let step = (could_step & advance).named("step");
        let End { carry, end, no_code } = self.ahead.ends.of(self.at);
        let carry = Carry::Late(carry);
        Motion { could_step, step, moved: None, carry, next_at: end, no_code, length: self.at }
    }

    fn reached(&self, left: &Left<'b>) -> Reached<'b> {
        left.reached(self.shape.window(), self.at)
    }

    fn header_moves(&self, _busy: Bits<'b>) -> Bits<'b> {
        self.ahead.moves
    }

    fn one_word(&self, left: &Left<'b>) -> Option<Bits<'b>> {
        // The last word has waited.
        Some(left.one_word)
    }

    fn load_header(
        &self,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        passes: Bits<'b>,
        busy_next: Bits<'b>,
    ) -> Bits<'b> {
        let Ahead { held, seen, moves, last_near, .. } = self.ahead;
        let Left { no_word, one_word, .. } = block.left;
        let next = queue.there(1) & (one_word | queue.there(2));
        let mut goes_on = seen & (no_word | last_near | next);
        if let Some((TableState { pending, coming, .. }, switched)) = self.ahead.tables {
            let waits = block.header.waits_for((pending | coming) & !switched).named("waits_for_table");
            goes_on = goes_on & !waits;
        }
        let comes = passes & block.header.in_front_of_last();
        let held_next = !block.busy & (comes | (held & !goes_on));
        held.load(held_next);
        moves.load(!busy_next & !held_next);
        seen.load((!block.busy & held) & queue.there(0));
        !(comes | held)
    }

    fn switch(
        &self,
        block: &Block<'b>,
        opens: Bits<'b>,
        tables: TableState<'b>,
        on_its_way: Bits<'b>,
    ) -> (TableState<'b>, Bits<'b>) {
        let Some((_, switched)) = self.ahead.tables else {
            return (tables, block.header.switch(opens, tables.pending));
        };
        let free = self.ahead.held & !switched & !(on_its_way | self.good);
        let switch = block.header.switch(free, tables.pending).named("switches_table");
        switched.load(switch | (switched & !block.run));
        (TableState { pending: switched, coming: switch.builder().lit(0u8, 1), ..tables }, switch)
    }

    fn number_seen(&self, _passes: Bits<'b>, queue: &WordQueue<'b>, busy: Bits<'b>) -> Bits<'b> {
        // Of a word that waits again and again.
        !busy & queue.there(0)
    }

    fn load(&self, motion: &Motion<'b>, block: &Block<'b>) {
        self.at.load_if(motion.step | !block.busy, motion.next_at.gate(block.busy));
    }

    fn tell(&self, _code: &dyn Code<'b>, _step: &Step<'b>) {
        // It has no registers of its own.
    }

    fn load_words(
        &self,
        code: &dyn Code<'b>,
        block: &Block<'b>,
        motion: &Motion<'b>,
        queue: &WordQueue<'b>,
        moves: Bits<'b>,
    ) {
        let words = queue.word(1).cat(queue.word(2));
        self.ahead.ends.load(code, (block.header.plain, block.header.raw), words, moves);
        self.ahead.ends.go(motion.step | !block.busy, block.busy, motion.next_at);
    }

    fn good(&self, read: Read<'b>) -> (Read<'b>, Option<Bits<'b>>) {
        // A clock later, with the length of its code: from where it stood to `at`, where the next one stands.
        let to = |x: Bits<'b>, name: &str| x.delayed(name, read.behind);
        let bits = self.shape.length_bits();
        let length = self.at.wrapping_sub(read.length).zext(bits.max(self.at.width())).low(bits);
        self.good.load_if(read.behind, read.valid);
        let read = Read {
            valid: self.good,
            last: to(read.last, "good_last"),
            plain: to(read.plain, "good_plain"),
            head: to(read.head, "good_head"),
            length: to(length, "good_length"),
            ..read
        };
        (read, Some(read.valid))
    }
}
