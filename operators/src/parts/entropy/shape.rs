//! Sizes of a lane, and how far ahead of time it has to know things.
use super::window::{RESERVE, STRIDE};
use holigen_generator::Builder;
use holigen_verif::entropy::block::Frame;

/// Sizes of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Bits of a word: 16 or 32.
    pub word_bits: u32,
    /// Bits of the longest code, and at least of a symbol; less than a word.
    pub longest: u32,
    /// Bits of a symbol.
    pub symbol_bits: u32,
    /// Codes take whole words of 16 bits, and a symbol as it is takes one, with the symbol at its top.
    pub whole_words: bool,
    /// What is known of the bits behind the head.
    pub ahead: Ahead,
    /// Steps between the filling of the window and the first coded symbol, and the bits that each takes.
    pub preamble: (u32, u32),
}

impl Shape {
    /// For a code whose length is logic of the next bits, `levels` of tables: with as much ahead as the clock asks for.
    #[must_use]
    pub fn for_instant(self, b: &Builder, levels: u32) -> Self {
        let context = b.context();
        let levels = f64::from(levels);
        let (pick, step) = (shift_levels(b, self.word_bits), shift_levels(b, self.longest + 1));
        // How many strides, the choice among them, and the one within a stride.
        let strides = 1.0 + 2.0 * shift_levels(b, STRIDE);
        let fits = |levels: f64| levels * context.target.lut_level() <= context.budget_ps;
        let ahead = match self.has_strides() {
            true if fits(strides + levels) => Ahead::Strides,
            false if fits(pick + step + levels) => Ahead::Nothing,
            _ if fits(pick + step) && fits(step + levels) => Ahead::Tail,
            _ => Ahead::Ends,
        };
        Self { ahead, ..self }
    }

    /// For a code whose bits say nothing of the next one's length.
    #[must_use]
    pub fn for_states(self) -> Self {
        Self { ahead: if self.has_strides() { Ahead::Strides } else { Ahead::Nothing }, ..self }
    }

    /// Two or three strides are as many as a step needs.
    fn has_strides(self) -> bool {
        self.word_bits == 16 && (5..=12).contains(&self.longest)
    }

    /// For a code whose length stands in a register at the beginning of a clock.
    #[must_use]
    pub fn for_registered(self, b: &Builder) -> Self {
        let context = b.context();
        let levels = shift_levels(b, self.word_bits) + shift_levels(b, self.longest + 1);
        let late = levels * context.target.lut_level() > context.budget_ps;
        // A step moves the reserve by less than all of its bits, and enough of them have to follow the head.
        let possible = self.word_bits == RESERVE && self.longest <= 12;
        Self { ahead: if late && possible { Ahead::Reserve } else { Ahead::Nothing }, ..self }
    }

    /// Whether a length that comes out of a memory can move the window in the same clock.
    pub fn memory_fits(self, b: &Builder) -> bool {
        let context = b.context();
        // A fixed length may be taken in its place.
        let levels = 1.0 + shift_levels(b, self.longest + 1);
        context.target.memory() + levels * context.target.lut_level() <= context.budget_ps
    }

    /// Where codes end is known ahead of time.
    pub fn ends_ahead(self) -> bool {
        self.ahead == Ahead::Ends
    }

    /// A step takes no more than half a word.
    pub fn takes_half_a_word(self) -> bool {
        !self.whole_words && !self.ends_ahead() && 2 * self.longest <= self.word_bits
    }

    /// By how many bits the window is read ahead of the code at hand.
    pub fn window(self) -> u32 {
        match self.ahead {
            Ahead::Nothing => self.longest,
            // As many strides as a step moves it by, at most.
            Ahead::Strides => self.longest.div_ceil(STRIDE) * STRIDE,
            Ahead::Tail => 2 * self.longest,
            Ahead::Reserve => self.longest + RESERVE,
            Ahead::Ends => 0,
        }
    }

    /// By how much each of the steps that fill the window moves it; where there is none, by nothing at all.
    pub fn filling(self) -> Vec<u32> {
        match self.ahead {
            Ahead::Nothing | Ahead::Strides => vec![self.window()],
            Ahead::Tail => vec![self.longest; 2],
            // The reserve can't move by all of its bits at once.
            Ahead::Reserve => vec![RESERVE / 2, RESERVE / 2, self.longest],
            Ahead::Ends => Vec::new(),
        }
    }

    /// How the model describes it.
    pub fn frame(self) -> Frame {
        let raw_bits = if self.whole_words { self.word_bits } else { self.symbol_bits };
        Frame { word_bits: self.word_bits, symbol_bits: self.symbol_bits, raw_bits }
    }

    /// Bits of a length: 0 to `longest`, and of what fills the window.
    pub fn length_bits(self) -> u32 {
        let most = self.filling().into_iter().fold(self.longest, u32::max);
        u32::BITS - most.leading_zeros()
    }
}

/// Levels of tables that a shift by one of so many amounts takes.
fn shift_levels(b: &Builder, amounts: u32) -> f64 {
    // Four ways are two levels of tables of four inputs, and more loads for what chooses.
    let ways = if b.context().target.lut_inputs < 6 { 2.5 } else { 1.0 };
    f64::from((u32::BITS - (amounts - 1).leading_zeros()).div_ceil(2)) * ways
}

/// What is known of the bits behind the head when a clock begins: the less time it has, the more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ahead {
    /// They are picked out of the words.
    Nothing,
    /// The head's register moves by strides of four bits, and what is picked out of the words too; the head stands within the
    /// first one. That is smaller than a window that moves by bits.
    Strides,
    /// As many as the head has stand in a register, the *tail*.
    Tail,
    /// Some more than that stand in a register, the *reserve*, from a multiple of four bits on, so that it is moved by one
    /// choice of four ways, and the head needs nothing of the words.
    Reserve,
    /// There is no head either, but where each code would end that begins in the word at hand or the next.
    Ends,
}
