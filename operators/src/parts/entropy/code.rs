//! What a lane and the part of it that knows the code say to each other.
use super::shape::Shape;
use holigen_generator::{Bits, Builder};

/// What happens to the window at the coming edge.
#[derive(Clone, Copy)]
pub struct Step<'b> {
    /// The code at hand and what follows it, [`Shape::longest`] bits.
    pub head: Bits<'b>,
    /// The head behind the step.
    pub aligned: Bits<'b>,
    /// One bit: the step is made.
    pub step: Bits<'b>,
    /// One bit: lengths are loaded, by a step or between blocks.
    pub load: Bits<'b>,
    /// One bit: the next length is not the code's, but `fixed_length`.
    pub fixed: Bits<'b>,
    /// Of symbols as they are, and of the first step, which fills the head.
    pub fixed_length: Bits<'b>,
    /// One bit: this step fills the head; the code at hand is none.
    pub fill: Bits<'b>,
    /// One bit each: the next symbol is the last of its block; it is the last but one or the last.
    pub next_last: (Bits<'b>, Bits<'b>),
    /// One bit each: the lane is in a block; its symbols stand as they are.
    pub block: (Bits<'b>, Bits<'b>),
    /// One bit: there are words left.
    pub words_left: Bits<'b>,
    /// One bit each: a step could be made; the block has been read; either is made at this edge.
    pub moves: (Bits<'b>, Bits<'b>, Bits<'b>),
}

/// What a code of whole words takes.
#[derive(Clone, Copy)]
pub struct Whole<'b> {
    /// One bit: this step takes a word for what comes with the next; the symbol is that one's.
    pub fill: Bits<'b>,
    /// One bit: the code at hand must have a word.
    pub needs: Bits<'b>,
    /// One bit: it takes one, if it is there.
    pub takes: Bits<'b>,
    /// One bit, behind the block: the code has nothing more to say, and what it has said is final.
    pub drained: Bits<'b>,
    /// One bit: what was left behind the block is not what had to be.
    pub unsound: Bits<'b>,
}

/// A symbol on its way: one clock behind the step that read it.
#[derive(Clone, Copy)]
pub struct Read<'b> {
    /// One bit.
    pub valid: Bits<'b>,
    /// Bit 0: the last of its block; bit 1: the stream ends with the block.
    pub last: Bits<'b>,
    /// One bit: it stands at the top of `head` as it is.
    pub plain: Bits<'b>,
    /// Its code at the top.
    pub head: Bits<'b>,
    /// The code's length.
    pub length: Bits<'b>,
    /// One bit: the next symbol can take its place.
    pub advance: Bits<'b>,
    /// One bit: what is behind it moves on; of a single lane the same.
    pub behind: Bits<'b>,
    /// One bit: the step of the coming edge reads a symbol, which will be the next to stand here.
    pub step: Bits<'b>,
}

/// A symbol that is known.
#[derive(Clone, Copy)]
pub struct Symbol<'b> {
    /// One bit.
    pub valid: Bits<'b>,
    /// Bit 0: the last of its block; bit 1: the stream ends with the block.
    pub last: Bits<'b>,
    /// The symbol.
    pub symbol: Bits<'b>,
    /// One bit: a symbol is still between the window and here.
    pub busy: Bits<'b>,
}

/// The part of a lane that knows the code.
pub trait Code<'b> {
    /// The length of the code at hand, [`Shape::length_bits`] wide, and one bit: there is no such code.
    fn length(&self) -> (Bits<'b>, Bits<'b>);
    /// Where the length is late, what it is chosen from: one bit and a length that are known when the clock begins, and
    /// the length that counts if the bit is 0.
    fn late(&self) -> Option<(Bits<'b>, Bits<'b>, Bits<'b>)> {
        None
    }
    /// Where lengths follow from few bits: of a code at the top of `bits`, which are [`Shape::longest`], `from` plus its length,
    /// `width` bits wide, and one bit: there is no such code.
    fn end(&self, _bits: Bits<'b>, _from: u32, _width: u32) -> (Bits<'b>, Bits<'b>) {
        unreachable!("lengths of this code are not known ahead of time")
    }
    /// Of a code of whole words, which has no length.
    fn whole(&self) -> Option<Whole<'b>> {
        None
    }
    /// Connects what [`Code::length`] comes from.
    fn advance(&self, step: &Step<'b>);
    /// One bit: what was read is a code that stands for no symbol.
    fn illegal(&self, read: &Read<'b>) -> Bits<'b> {
        read.valid.builder().lit(0u8, 1)
    }
    /// The symbol of a code.
    fn symbol(&self, read: &Read<'b>) -> Symbol<'b>;
}

/// What a lane needs of the tables that are loaded beside it.
#[derive(Clone, Copy)]
pub struct TableState<'b> {
    /// One bit: there is one to switch to.
    pub pending: Bits<'b>,
    /// One bit: one is being loaded, which is worth waiting for.
    pub coming: Bits<'b>,
    /// One bit: there is one in use.
    pub known: Bits<'b>,
}

impl<'b> TableState<'b> {
    /// Of a code that is wired in.
    pub fn wired(b: &'b Builder) -> Self {
        let lit = |value: bool| b.lit(value, 1);
        Self { pending: lit(false), coming: lit(false), known: lit(true) }
    }
}

/// A lengths register for codes whose length is logic of the next bits, unless their ends are known ahead of time.
pub struct Instant<'b>(Option<(Bits<'b>, Bits<'b>)>);

impl<'b> Instant<'b> {
    /// Declares the registers.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        let registers = || (b.register("length", shape.length_bits()), b.register("no_code", 1));
        Self((!shape.ends_ahead()).then(registers))
    }

    /// As of [`Code::length`].
    pub fn length(&self) -> (Bits<'b>, Bits<'b>) {
        self.0.expect("lengths stand in a register")
    }

    /// Loads the length and the fault of the next code.
    pub fn load(&self, step: &Step<'b>, length: Bits<'b>, invalid: Bits<'b>) {
        let (length_register, invalid_register) = self.length();
        length_register.load_if(step.load, step.fixed.mux(step.fixed_length, length));
        invalid_register.load_if(step.load, !step.fixed & invalid);
    }
}
