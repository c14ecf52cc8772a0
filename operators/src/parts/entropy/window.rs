//! The window on the bits of a lane, where it has one: registers with the code at hand at their top or within their first
//! stride, and what of the bits behind it can't wait until the step that needs them.
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
        match self.reserve {
            _ if self.shape.ahead == Ahead::Strides => self.moved_by_strides(words, at, length),
            Some(reserve) => self.moved_with_reserve(reserve, words, at, length),
            None => self.moved_by_bits(words, at, length),
        }
    }

    fn moved_by_strides(&self, words: Bits<'b>, at: Bits<'b>, length: Bits<'b>) -> Moved<'b> {
        let (longest, window, w) = (self.shape.longest, self.shape.window(), self.bits.width());
        let (place, within) = (at.bits(at.width() - 1, 2), at.low(2));
        let beyond = w - window;
        let here = self.empty.map_or(self.bits, |empty| {
            self.bits.top(window).cat(empty.mux(words.top(beyond), self.bits.low(beyond)))
        });
        let rest = words.low(words.width() - beyond);
        let behind = by_strides(rest, place, 3, window).named("behind");
        let (strides, within) = strides(within, length);
        let bits = by_strides(here.cat(behind), strides, window / STRIDE, w).named("next_window");
        let head = take_top(bits, within, longest).named("aligned_head");
        Moved { head, bits, reserve: None }
    }

    fn moved_with_reserve(
        &self,
        reserve: Bits<'b>,
        words: Bits<'b>,
        at: Bits<'b>,
        length: Bits<'b>,
    ) -> Moved<'b> {
        let longest = self.shape.longest;
        let (place, within) = (at.bits(at.width() - 1, at.width() - 2), at.low(2));
        let behind = by_strides(words, place, 3, 3 * STRIDE).named("behind");
        let (strides, _) = strides(within, length);
        let next = by_strides(reserve.cat(behind), strides, 3, RESERVE).named("next_reserve");
        let follows = take_top_fast(reserve, within, longest).named("follows");
        let head = take_top_fast(self.bits.cat(follows), length, longest).named("aligned_head");
        Moved { head, bits: head, reserve: Some(next) }
    }

    fn moved_by_bits(&self, words: Bits<'b>, at: Bits<'b>, length: Bits<'b>) -> Moved<'b> {
        let longest = self.shape.longest;
        let behind = take_top_early(words, at, longest).named("behind");
        if self.shape.ahead != Ahead::Tail {
            let head = take_top(self.bits.cat(behind), length, longest).named("aligned_head");
            return Moved { head, bits: head, reserve: None };
        }
        // Apart, so that the head does not wait for what is picked out of the words.
        let rest = take_top(self.bits.low(longest).cat(behind), length, longest).named("aligned_tail");
        let head = take_top(self.bits, length, longest).named("aligned_head");
        Moved { head, bits: head.cat(rest), reserve: None }
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
