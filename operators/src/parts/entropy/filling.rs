//! The first steps of a block.
use super::shape::Shape;
use holigen_generator::{Bits, Builder};

/// The steps that fill a window, and those of a decoder's own behind them: none of them gives a symbol.
pub struct Filling<'b> {
    b: &'b Builder,
    /// By how much the window moves in each step.
    steps: Vec<u32>,
    own: (u32, u32),
    /// One bit: the step at hand is one of them.
    pub fill: Bits<'b>,
    /// How many there are behind it.
    more: Bits<'b>,
}

impl<'b> Filling<'b> {
    /// Declares registers.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        let steps = shape.filling();
        let behind = steps.len() as u32 - 1 + shape.preamble.0;
        let more = b.register("filling_more", if behind > 2 { 3 } else { 2 });
        Self { b, steps, own: shape.preamble, fill: b.register("filling", 1), more }
    }

    /// The number `more` at the end of a step.
    fn less_one(&self) -> Bits<'b> {
        let width = self.more.width();
        if width == 2 {
            return self.more.bit(1).zext(width);
        }
        let entries: Vec<u64> = (0..1u64 << width).map(|n| n.saturating_sub(1)).collect();
        self.b.table("one_less", self.more, width, &entries)
    }

    /// How far the step before so many others moves the window, the last of them in front of the first symbol.
    fn length(&self, behind: u32, own: u32) -> u32 {
        let (all, behind) = (self.steps.len() as u32 + own, behind.min(self.steps.len() as u32 + own - 1));
        self.steps.get((all - 1 - behind) as usize).copied().unwrap_or(self.own.1)
    }

    /// Whether the next clock's step is followed by another one, and how far that one moves the window; `length_bits`.
    /// `plain`: the block is not coded, so that a decoder has no steps of its own.
    pub fn next(&self, step: Bits<'b>, plain: Bits<'b>, length_bits: u32) -> (Bits<'b>, Bits<'b>) {
        let own = self.own.0;
        let any = step.mux(self.less_one().any(), self.more.any()).named("more_next");
        // The first step is never one that follows.
        let behind = |own: u32| 0..self.steps.len() as u32 - 1 + own;
        let lengths: Vec<u32> = behind(own).map(|n| self.length(n, own)).collect();
        let length = match lengths.first() {
            None => self.b.lit(0u8, length_bits),
            Some(one) if lengths.iter().all(|l| l == one) => self.b.lit(u64::from(*one), length_bits),
            Some(_) => {
                // The choice by a late `step` behind the tables.
                let index = plain.cat(self.more);
                let behind = |less: u32| {
                    let entry = |i: u32| {
                        let (plain, more) = (i >> self.more.width(), i & ((1 << self.more.width()) - 1));
                        u64::from(self.length(more.saturating_sub(less), if plain == 1 { 0 } else { own }))
                    };
                    let entries: Vec<u64> = (0..2 << self.more.width()).map(entry).collect();
                    self.b.table("filling_length", index, length_bits, &entries)
                };
                step.mux(behind(2), behind(1))
            }
        };
        (any, length)
    }

    /// How far the first step moves the window.
    pub fn first(&self) -> u32 {
        self.steps[0]
    }

    /// `busy`, `run`: the lane is in a block; in its payload.
    pub fn load(&self, step: Bits<'b>, busy: Bits<'b>, run: Bits<'b>, plain: Bits<'b>) {
        let (behind, width) = (self.steps.len() as u64 - 1, self.more.width());
        let lit = |n: u64| self.b.lit(n, width);
        self.fill.load_if(step | !busy, !busy | self.more.any());
        let own = u64::from(self.own.0);
        let first =
            if behind == 0 { lit(own).gate(!plain) } else { plain.mux(lit(behind), lit(behind + own)) };
        self.more.load_if(step | !run, run.mux(self.less_one(), first));
    }
}
