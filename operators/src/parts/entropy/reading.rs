//! The ways in which a lane reads codes: what it asks of them.
use super::block::Block;
use super::code::{Code, Read, Step, TableState};
use super::left::{Left, Reached};
use super::window::Moved;
use holigen_generator::structures::stream::{Take, WordQueue};
use holigen_generator::{Bits, Builder};

/// A step of the lane.
pub(super) struct Motion<'b> {
    /// One bit: all the words that it needs are there.
    pub could_step: Bits<'b>,
    /// One bit: it is made at this edge.
    pub step: Bits<'b>,
    /// What it makes of the window, where there is one.
    pub moved: Option<Moved<'b>>,
    /// Whether it leaves the first word.
    pub carry: Carry<'b>,
    /// The offset in the word where it leads; by ends, a bit above says whether that is in the other bank.
    pub next_at: Bits<'b>,
    /// One bit: there is no such code.
    pub no_code: Bits<'b>,
    /// The length of the code at hand; where that is not known, its place.
    pub length: Bits<'b>,
}

/// One bit, by what is known of it how early.
pub(super) enum Carry<'b> {
    /// It is early enough.
    Early(Bits<'b>),
    /// It is late.
    Late(Bits<'b>),
    /// Words leave apart from steps: one does, at this edge, or would, if there is one left.
    Apart(Bits<'b>),
    /// It is `early` where `known` is 1, else `late`; `unknown` is the opposite of `known`.
    Either { known: Bits<'b>, early: Bits<'b>, unknown: Bits<'b>, late: Bits<'b> },
}

impl<'b> Carry<'b> {
    /// One bit: with `step`, the first word is done.
    pub fn word_done(&self, step: Bits<'b>) -> Bits<'b> {
        match *self {
            Self::Early(carry) | Self::Late(carry) => step & carry,
            Self::Apart(leaves) => leaves,
            Self::Either { known, early, unknown, late } => {
                (step & (known & early)) | ((step & unknown) & late)
            }
        }
    }

    /// When a word leaves the queue: `early`, or with `step`, if `there`, words are left.
    pub fn take(&self, early: Bits<'b>, step: Bits<'b>, there: Bits<'b>) -> Take<'b> {
        let none = step.builder().lit(0u8, 1);
        let (known, unknown, late) = match *self {
            Self::Early(carry) => (carry & there, none, none),
            Self::Late(carry) => (none, there, carry),
            Self::Apart(leaves) => return Take::plain(early | (leaves & there)),
            Self::Either { known, early, unknown, late } => ((known & there) & early, unknown & there, late),
        };
        Take { early, when: step, known, unknown, late }
    }
}

/// What is known of a block whose last symbol has been read; one bit each.
pub(super) struct Rest<'b> {
    /// The code has nothing more to say.
    pub drained: Bits<'b>,
    /// What it left is not what had to be left.
    pub unsound: Bits<'b>,
}

/// A way to read codes, with its registers.
pub(super) trait Reading<'b> {
    /// The code at hand and what follows it, as many bits as the longest has.
    fn head(&self, queue: &WordQueue<'b>) -> Bits<'b>;
    /// One bit, where there are such steps: the one at hand gives no symbol, but what the first one needs.
    fn fill(&self) -> Option<Bits<'b>> {
        None
    }
    /// The step at hand. `advance`: what is behind moves on.
    fn motion(
        &self,
        code: &dyn Code<'b>,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        advance: Bits<'b>,
    ) -> Motion<'b>;
    /// Where the last step led.
    fn reached(&self, left: &Left<'b>) -> Reached<'b>;
    /// What is known behind the last symbol.
    fn rest(&self, b: &'b Builder) -> Rest<'b> {
        Rest { drained: b.lit(1u8, 1), unsound: b.lit(0u8, 1) }
    }
    /// What the header finds of the tables when it has been read, and one bit: at this edge the lane goes over to the one
    /// loaded last. `opens`: one bit, the payload begins, unless it has to wait for a table. `on_its_way`: one bit, there is
    /// a symbol that has been read and not been judged.
    fn switch(
        &self,
        block: &Block<'b>,
        opens: Bits<'b>,
        tables: TableState<'b>,
        _on_its_way: Bits<'b>,
    ) -> (TableState<'b>, Bits<'b>) {
        (tables, block.header.switch(opens, tables.pending))
    }
    /// Counts the steps that give no symbol.
    fn count_filling(&self, _step: Bits<'b>, _block: &Block<'b>) {}
    /// Makes the step.
    fn load(&self, _motion: &Motion<'b>, _block: &Block<'b>) {}
    /// Where there are lengths, decided one clock ahead: whether the next one is not the code's, and what it is then.
    /// `idle_next`: the lane will be between blocks or at the end of a header.
    fn fixed_length(
        &self,
        _step: Bits<'b>,
        _block: &Block<'b>,
        _idle_next: Bits<'b>,
    ) -> Option<(Bits<'b>, Bits<'b>)> {
        None
    }
    /// Tells the code of the step.
    fn tell(&self, code: &dyn Code<'b>, step: &Step<'b>) {
        code.advance(step);
    }
    /// At an edge with `moves` the queue's words move on.
    fn load_words(
        &self,
        _code: &dyn Code<'b>,
        _block: &Block<'b>,
        _motion: &Motion<'b>,
        _queue: &WordQueue<'b>,
        _moves: Bits<'b>,
    ) {
    }
    /// A symbol that was found good, and one bit, if there is a place on the way there: it is taken.
    fn good(&self, read: Read<'b>) -> (Read<'b>, Option<Bits<'b>>) {
        (read, None)
    }
}
