//! The length and the value of a code from its zeros.
use crate::parts::entropy::code::{Code, Instant, Read, Step, Symbol};
use crate::parts::entropy::ends::any_of;
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::symbol_path::SymbolPath;
use holigen_generator::{Bits, Builder};
use holigen_verif::entropy::rice;

/// The code of a lane.
pub struct Rice<'b> {
    b: &'b Builder,
    code: Form,
    shape: Shape,
    instant: Instant<'b>,
}

/// What the hardware knows of the code.
#[derive(Clone, Copy)]
struct Form {
    /// Zeros of the longest code of its kind; one more announces an escape, or is illegal.
    most_zeros: u32,
    /// Bits behind the one, less the zeros in front of it times `growth`.
    k: u32,
    /// 0: a Rice code, always k bits behind the one; 1: as many more as zeros.
    growth: u32,
    zigzag: bool,
}

impl Form {
    fn new(code: rice::Rice, longest: u32) -> Self {
        let (most_zeros, growth) = match code.code {
            rice::Code::Rice { escape } => (escape - 1, 0),
            rice::Code::ExpGolomb => ((longest - 1 - code.k) / 2, 1),
        };
        Self { most_zeros, k: code.k, growth, zigzag: code.zigzag }
    }

    /// Bits of a code with so many zeros.
    fn length(self, zeros: u32) -> u32 {
        zeros + 1 + self.k + self.growth * zeros
    }
}

/// Bits of which one lookup table can count the zeros.
fn counted_at_once(b: &Builder) -> u32 {
    b.context().target.lut_inputs.clamp(4, 6)
}

/// Levels of tables from the bits of a code to the register of its length: groups of bits, the choices among them, and
/// whether a length is given.
pub fn levels(b: &Builder, code: rice::Rice, longest: u32) -> u32 {
    let groups = (Form::new(code, longest).most_zeros + 1).div_ceil(counted_at_once(b));
    2 + groups.next_power_of_two().ilog2()
}

impl<'b> Rice<'b> {
    /// Declares the registers.
    pub fn new(b: &'b Builder, code: rice::Rice, shape: Shape) -> Self {
        Self { b, code: Form::new(code, shape.longest), shape, instant: Instant::new(b, shape) }
    }

    /// One of `values` by the number of zeros at the top, the last of them for more than `most_zeros`: first within
    /// groups, all at once, then of two neighbours the first one if it has a one.
    fn by_zeros(&self, top: Bits<'b>, values: &[u64], width: u32) -> Bits<'b> {
        let b = self.b;
        let n = self.code.most_zeros + 1;
        let most = counted_at_once(b);
        let group = |from: u32| {
            let to = (from + most).min(n);
            let count = to - from;
            let bits = top.bits(top.width() - 1 - from, top.width() - to);
            // Without a one it counts in the last group only.
            let inside = |code: u64| {
                let zeros = if code == 0 { count } else { (code << (64 - count)).leading_zeros() };
                values[(from + zeros) as usize]
            };
            let entries: Vec<u64> = (0..1u64 << count).map(inside).collect();
            (bits.any(), b.table("by_zeros", bits, width, &entries))
        };
        let mut level: Vec<(Bits<'b>, Bits<'b>)> = (0..n).step_by(most as usize).map(group).collect();
        while level.len() > 1 {
            let join = |pair: &[(Bits<'b>, Bits<'b>)]| match *pair {
                [(ones, inside), (more, behind)] => (ones | more, ones.mux(inside, behind)),
                _ => pair[0],
            };
            level = level.chunks(2).map(join).collect();
        }
        level[0].1
    }

    /// One bit: the exponential Golomb code at the top is that of a number without a symbol.
    fn too_large(&self, top: Bits<'b>) -> Bits<'b> {
        let (form, bits, w) = (self.code, self.shape.symbol_bits, top.width());
        if form.growth == 0 || bits == form.k {
            return self.b.lit(0u8, 1);
        }
        // With most zeros the number is 2^bits and more: only the lowest 2^k of these less 2^k are symbols.
        let from = w - 1 - form.most_zeros;
        let most = !top.bits(w - 1, from + 1).any();
        most & top.bits(from - 1, from - (bits - form.k)).any()
    }
}

impl<'b> Code<'b> for Rice<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        self.instant.length()
    }

    fn advance(&self, step: &Step<'b>) {
        let (length, invalid) = self.end(step.aligned, 0, self.shape.length_bits());
        self.instant.load(step, length.named("next_length"), invalid);
    }

    fn end(&self, bits: Bits<'b>, from: u32, width: u32) -> (Bits<'b>, Bits<'b>) {
        let (form, shape, b) = (self.code, self.shape, self.b);
        let mut ends: Vec<u64> = (0..=form.most_zeros).map(|z| (from + form.length(z)).into()).collect();
        let illegal = form.growth > 0;
        // Behind the last: an escape, or no code at all.
        let escape = form.most_zeros + 1 + shape.symbol_bits;
        ends.push(u64::from(from) + if illegal { 0 } else { escape.into() });
        let end = self.by_zeros(bits, &ends, width);
        let w = bits.width();
        let none = !bits.bits(w - 1, w - 1 - form.most_zeros).any();
        let none = if shape.ends_ahead() { none | self.too_large(bits) } else { none };
        (end, if illegal { none } else { b.lit(0u8, 1) })
    }

    fn illegal(&self, read: &Read<'b>) -> Bits<'b> {
        // What is known of its end covers that.
        if self.shape.ends_ahead() { self.b.lit(0u8, 1) } else { self.too_large(read.head) & !read.plain }
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        let (form, shape, b) = (self.code, self.shape, self.b);
        let (bits, k) = (shape.symbol_bits, form.k);
        let top = read.head;
        let w = top.width();
        let path = SymbolPath::new(read, shape);
        if form.growth == 0 {
            let escape = form.most_zeros + 1;
            let (most, n) = (form.most_zeros, shape.length_bits());
            let zeros = |length: u64| (length as u32).saturating_sub(1 + k).min(most).into();
            let zeros: Vec<u64> = (0..1u64 << n).map(zeros).collect();
            let zeros = b.table("zeros", read.length, (u32::BITS - most.leading_zeros()).max(1), &zeros);
            let wide = zeros.width().max(bits - k);
            let quotient = zeros.zext(wide).low(bits - k);
            // The last bits of the code.
            let rest = |zeros: u32| top.bits(w - 2 - zeros, w - 1 - zeros - k);
            let rest = || zeros.choose(&(0..=most).map(rest).collect::<Vec<_>>());
            let value = if k == 0 { quotient } else { quotient.cat(rest()) }.named("value");
            let escaped = path.to(read.length.is((escape + bits).into()), "escaped");
            let escaped_symbol = path.to(top.bits(w - escape - 1, w - escape - bits), "escaped_symbol");
            return path.symbol(escaped.mux(escaped_symbol, mapped(path.to(value, "value"), form.zigzag)));
        }
        // From its one on a code is a number: value + 2^k, and one bit more than a symbol at most.
        let path = path.and("number");
        let head = path.to_middle(top, "head");
        let by_zeros = |zeros: u32| {
            let here = path.to_middle(read.length.is(form.length(zeros).into()), &format!("zeros_{zeros}"));
            let number = head.bits(w - 1 - zeros, w - form.length(zeros));
            number.zext(bits + 1).gate(here)
        };
        let number = path.from_middle(any_of((0..=form.most_zeros).map(by_zeros).collect()), "value");
        let value = number.wrapping_sub(b.lit(1u64 << k, bits + 1)).low(bits).named("value");
        path.symbol(mapped(value, form.zigzag))
    }
}

/// A symbol from the number that was coded.
fn mapped<'b>(value: Bits<'b>, zigzag: bool) -> Bits<'b> {
    let w = value.width();
    if !zigzag {
        return value;
    }
    let sign = value.bit(0);
    if w == 1 { value } else { sign.cat(value.bits(w - 1, 1) ^ sign.replicate(w - 1)) }
}
