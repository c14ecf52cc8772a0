//! Where a lane is in a block.
use super::header::Header;
use super::left::Left;
use super::together::Member;
use holigen_generator::{Bits, Builder};

/// Where the lane is: in a header unless one of these says otherwise; `busy` says that one does.
pub(super) struct Block<'b> {
    /// Whether there is no other lane.
    pub alone: bool,
    /// Whether this lane decides about [`Place`].
    pub leads: bool,
    pub busy: Bits<'b>,
    /// The header has been read.
    pub check: Bits<'b>,
    /// In the payload.
    pub run: Bits<'b>,
    /// The last symbol has been read.
    pub end: Bits<'b>,
    /// Something was at fault.
    pub fault: Bits<'b>,
    /// What the header says.
    pub header: Header<'b>,
    /// How far the block is.
    pub left: Left<'b>,
}

/// What lanes that are several have in common of it: they go through headers together, and end blocks together.
#[derive(Clone, Copy)]
pub(super) struct Place<'b> {
    pub busy: Bits<'b>,
    pub check: Bits<'b>,
    /// The number of the header's word at hand, 2 bits.
    pub word: Bits<'b>,
}

impl<'b> Place<'b> {
    /// Declares the registers.
    pub fn new(b: &'b Builder) -> Self {
        Self {
            busy: b.register("busy", 1),
            check: b.register("header_read", 1),
            word: b.register("header_word", 2),
        }
    }
}

/// What happens at the coming edge; one bit each.
pub(super) struct Events<'b> {
    /// The header's last word passes.
    pub header_done: Bits<'b>,
    /// The payload begins.
    pub starts: Bits<'b>,
    /// The header waits for its table.
    pub waits: Bits<'b>,
    /// Something is at fault.
    pub fails: Bits<'b>,
    /// The last symbol is read.
    pub finishes: Bits<'b>,
    /// The block has been found good.
    pub settled: Bits<'b>,
}

impl<'b> Block<'b> {
    /// Declares the registers, but for those of `member`, where the lane is one of several.
    pub fn new(b: &'b Builder, word_bits: u32, member: Option<Member<'_, 'b>>) -> Self {
        let place = member.map_or_else(|| Place::new(b), Member::place);
        Self {
            alone: member.is_none(),
            leads: member.is_none_or(Member::leads),
            busy: place.busy,
            check: place.check,
            run: b.register("running", 1),
            end: b.register("block_read", 1),
            fault: b.register("failed", 1),
            header: Header::new(b, word_bits, place.word),
            left: Left::new(b),
        }
    }

    /// Goes on.
    pub fn load(&self, events: &Events<'b>) {
        let Events { header_done, starts, waits, fails, finishes, settled } = *events;
        self.run.load(!fails & (starts | (self.run & !finishes)));
        self.end.load(!fails & (finishes | (self.end & !settled)));
        self.fault.load(self.fault | fails);
        if self.leads {
            self.check.load(header_done | waits);
            self.busy.load(header_done | (self.busy & !settled));
        }
    }
}
