//! Where a lane is in a block.
use super::header::Header;
use super::left::Left;
use holigen_generator::{Bits, Builder};

/// Where the lane is: in a header unless one of these says otherwise; `busy` says that one does.
pub(super) struct Block<'b> {
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
    /// Declares the registers. `few_words`: as of [`Left::new`].
    pub fn new(b: &'b Builder, word_bits: u32, few_words: bool) -> Self {
        Self {
            busy: b.register("busy", 1),
            check: b.register("header_read", 1),
            run: b.register("running", 1),
            end: b.register("block_read", 1),
            fault: b.register("failed", 1),
            header: Header::new(b, word_bits),
            left: Left::new(b, few_words),
        }
    }

    /// Goes on, and gives what `busy` will be.
    pub fn load(&self, events: &Events<'b>) -> Bits<'b> {
        let Events { header_done, starts, waits, fails, finishes, settled } = *events;
        self.check.load(header_done | waits);
        self.run.load(!fails & (starts | (self.run & !finishes)));
        self.end.load(!fails & (finishes | (self.end & !settled)));
        self.fault.load(self.fault | fails);
        let busy_next = header_done | (self.busy & !settled);
        self.busy.load(busy_next);
        busy_next
    }
}
