//! The window on the bits of a lane, where it has one: registers with the code at hand at their top, and what of the bits
//! behind it can't wait until the step that needs them.
use super::shape::{Ahead, Shape};
use super::take_top::{take_top, take_top_early, take_top_fast};
use holigen_generator::{Bits, Builder};

/// Bits of the window's reserve.
pub const RESERVE: u32 = 16;

/// Bits by which a part of the window moves, times a number of two bits.
pub const STRIDE: u32 = 4;

/// The registers.
pub struct Window<'b> {
    shape: Shape,
    /// The head, and the tail, if there is one; or the head and what of its first stride has been read.
    bits: Bits<'b>,
    /// The bits behind, from a multiple of [`STRIDE`] on: less than that of them are in the head already.
    reserve: Option<Bits<'b>>,
    /// One bit, where the registers reach beyond the last stride that fills them: nothing of the block is there yet.
    empty: Option<Bits<'b>>,
}

/// What there is behind a step.
#[derive(Clone, Copy)]
pub struct Moved<'b> {
    /// The head.
    pub head: Bits<'b>,
    /// The registers.
    bits: Bits<'b>,
    reserve: Option<Bits<'b>>,
}

impl<'b> Window<'b> {
    /// Declares them.
    pub fn new(b: &'b Builder, shape: Shape) -> Self {
        let Shape { longest, ahead, .. } = shape;
        let width = match ahead {
            Ahead::Tail => 2 * longest,
            Ahead::Strides => longest + STRIDE - 1,
            _ => longest,
        };
        let reserve = (ahead == Ahead::Reserve).then(|| b.register("reserve", RESERVE));
        let reaches_beyond = ahead == Ahead::Strides && width > shape.window();
        let empty = reaches_beyond.then(|| b.register("window_empty", 1));
        Self { shape, bits: b.register("window", width), reserve, empty }
    }

    /// The head, if `at` bits of the first word have been read.
    pub fn head(&self, at: Bits<'b>) -> Bits<'b> {
        let longest = self.shape.longest;
        match self.shape.ahead {
            Ahead::Strides => take_top_early(self.bits, at.low(2), longest),
            _ => self.bits.top(longest),
        }
    }

    /// What a step by `length` makes of them. `words`: the first two of the queue, of which `at` bits have been read.
    pub fn moved(&self, words: Bits<'b>, at: Bits<'b>, length: Bits<'b>) -> Moved<'b> {
        let longest = self.shape.longest;
        let (place, within) = (at.bits(at.width() - 1, 2), at.low(2));
        let behind = |x: Bits<'b>| x.named("behind");
        if self.shape.ahead == Ahead::Strides {
            let (window, w) = (self.shape.window(), self.bits.width());
            let beyond = w - window;
            let here = self.empty.map_or(self.bits, |empty| {
                self.bits.top(window).cat(empty.mux(words.top(beyond), self.bits.low(beyond)))
            });
            let rest = words.low(words.width() - beyond);
            let behind = behind(by_strides(rest, place, 3, window));
            let (strides, within) = strides(within, length);
            let bits = by_strides(here.cat(behind), strides, window / STRIDE, w);
            let bits = bits.named("next_window");
            return Moved {
                head: take_top(bits, within, longest).named("aligned_head"),
                bits,
                reserve: None,
            };
        }
        if let Some(reserve) = self.reserve {
            let behind = behind(by_strides(words, place, 3, 3 * STRIDE));
            let (strides, _) = strides(within, length);
            let next = by_strides(reserve.cat(behind), strides, 3, RESERVE).named("next_reserve");
            let follows = take_top_fast(reserve, within, longest).named("follows");
            let bits = take_top_fast(self.bits.cat(follows), length, longest).named("aligned_head");
            return Moved { head: bits, bits, reserve: Some(next) };
        }
        let behind = behind(take_top_early(words, at, longest));
        if self.shape.tail() {
            // Apart, so that the head does not wait for what is picked out of the words.
            let rest = take_top(self.bits.low(longest).cat(behind), length, longest).named("aligned_tail");
            let head = take_top(self.bits, length, longest).named("aligned_head");
            return Moved { head, bits: head.cat(rest), reserve: None };
        }
        let bits = take_top(self.bits.cat(behind), length, longest).named("aligned_head");
        Moved { head: bits, bits, reserve: None }
    }

    /// At an edge with `step` the window moves. `busy`: the lane is in a block.
    pub fn load(&self, step: Bits<'b>, busy: Bits<'b>, moved: Moved<'b>) {
        self.bits.load_if(step, moved.bits);
        if let Some(empty) = self.empty {
            empty.load_if(step | !busy, !busy);
        }
        if let (Some(reserve), Some(next)) = (self.reserve, moved.reserve) {
            reserve.load_if(step, next);
        }
    }
}

/// By how many strides a step by `length` leads on from `within` a stride, and where within one.
pub fn strides<'b>(within: Bits<'b>, length: Bits<'b>) -> (Bits<'b>, Bits<'b>) {
    let sum = short_sum("stride_sum", within, length, length.width() + 1);
    (sum.bits(3, 2).named("strides"), sum.low(2))
}

/// A sum of so many bits, as a table if one is enough for each of them, which the carry chain of a sum is not.
pub fn short_sum<'b>(name: &str, x: Bits<'b>, y: Bits<'b>, width: u32) -> Bits<'b> {
    let b = x.builder();
    if x.width() + y.width() > b.context().target.lut_inputs {
        return x.zext(width).wrapping_add(y.zext(width)).named(name);
    }
    let sum = |i: u64| ((i & ((1 << x.width()) - 1)) + (i >> x.width())) & ((1 << width) - 1);
    let sums: Vec<u64> = (0..1 << (x.width() + y.width())).map(sum).collect();
    b.table(name, y.cat(x), width, &sums)
}

/// The `count` bits behind so many strides of `x`, `most` of them, which is 2 or 3.
fn by_strides<'b>(x: Bits<'b>, strides: Bits<'b>, most: u32, count: u32) -> Bits<'b> {
    let top = x.width() - 1;
    let ways: Vec<Bits<'b>> =
        (0..=most).map(|k| x.bits(top - k * STRIDE, top + 1 - k * STRIDE - count)).collect();
    strides.choose(&ways)
}

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
