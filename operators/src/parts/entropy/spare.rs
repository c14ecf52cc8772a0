//! A place more for what comes out of lanes, so that whether they may go on is known from a register.
use holigen_generator::{Bits, Builder};

/// The registers.
pub(super) struct Spare<'b> {
    /// One bit: there is something in it.
    full: Bits<'b>,
    value: Bits<'b>,
}

impl<'b> Spare<'b> {
    /// Declares them, for `width` bits.
    pub fn new(b: &'b Builder, width: u32) -> Self {
        Self { full: b.register("spare_there", 1), value: b.data_register("spare_group", width) }
    }

    /// One bit: what comes at this edge has room.
    pub fn room(&self) -> Bits<'b> {
        !self.full
    }

    /// One bit: there is something in it, or something `comes`, of which the same holds.
    pub fn or(&self, comes: Bits<'b>) -> Bits<'b> {
        self.full | comes
    }

    /// Connects it. `valid`: `value` comes, which is known late; `leaves`: what is behind is loaded at this edge. Gives the
    /// value that it is loaded with.
    pub fn connect(self, valid: Bits<'b>, value: Bits<'b>, leaves: Bits<'b>) -> Bits<'b> {
        let Self { full, value: spare } = self;
        spare.load_if(!full, value);
        // What is late stands in one term only.
        full.load((full & !leaves) | (valid & !leaves));
        full.mux(spare, value)
    }
}
