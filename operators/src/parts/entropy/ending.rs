//! How a block ends: whether its words end where its symbols do.
use super::block::Block;
use super::left::Reached;
use super::reading::{Reading, Rest};
use super::together::Member;
use holigen_generator::structures::stream::WordQueue;
use holigen_generator::{Bits, Builder};

/// What is seen of it, and registers.
pub(super) struct Ending<'b> {
    reached: Reached<'b>,
    /// One bit: the step before led past the last word; and of what that follows, as of [`Reached::past_if`].
    pub overrun: Bits<'b>,
    pub overrun_if: [Bits<'b>; 3],
    /// One bit: the code has nothing more to say.
    pub drained: Bits<'b>,
    /// One bit: a clock ago the block ended well.
    pub complete: Bits<'b>,
    /// The block is judged in the clock behind the one that sees its last symbol leave.
    pub judge: Bits<'b>,
    /// One bit: the last word of the stream has been the last of the block.
    ended: Bits<'b>,
    /// One bit: the stream ends with the block.
    pub with_stream: Bits<'b>,
}

impl<'b> Ending<'b> {
    /// Declares them, but for those of `member`, where the lane is one of several.
    pub fn new(
        b: &'b Builder,
        reading: &dyn Reading<'b>,
        queue: &WordQueue<'b>,
        block: &Block<'b>,
        member: Option<Member<'_, 'b>>,
    ) -> Self {
        let left = &block.left;
        let Rest { drained, unsound } = reading.rest(b);
        let reached = reading.reached(left);
        let into = (block.header.one_symbol | reached.into).named("in_last_word");
        let sound = !unsound;
        let ends_well = (!left.truncated & into & sound).named("ends_well");
        let (complete, judge) = match member {
            None => (b.register("complete", 1), b.register("judging", 1)),
            Some(member) => (member.complete(), member.judge()),
        };
        complete.load(ends_well);
        let ended = b.register("stream_ended", 1);
        let with_stream = into & (ended | (left.near.one_word & queue.last(0)));
        let (overrun, overrun_if) = (reached.past, reached.past_if);
        Self { reached, overrun, overrun_if, drained, complete, judge, ended, with_stream }
    }

    /// Whether the block is judged in the next clock. `end`: its last symbol has been read.
    pub fn load_judge(&self, end: Bits<'b>, advance: Bits<'b>) {
        self.judge.load(end & advance & self.drained & !self.judge);
    }

    /// At an edge with `counted` a word leaves, `last` of its stream.
    pub fn load(&self, block: &Block<'b>, counted: Bits<'b>, last: Bits<'b>) {
        let (busy, ended) = (block.busy, self.ended);
        ended.load_if(counted, busy & (ended | (last & block.left.near.one_word)));
        self.reached.load(&block.left, counted, busy);
    }
}
