//! Lengths and symbols of a wired code, and the loader of a table.
use crate::parts::entropy::code::{Code, Instant, Read, Step, Symbol};
use crate::parts::entropy::ends::any_of;
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::slots::Slots;
use crate::parts::entropy::symbol_path::SymbolPath;
use crate::parts::entropy::tables::{Banks, Entry, Filling};
use holigen_generator::builder::Memory;
use holigen_generator::{Bits, Builder};
use holigen_verif::entropy::huffman::Huffman;

/// By the next bits: the length above the symbol; 0 where there is no code.
pub fn entries(code: &Huffman, symbol_bits: u32) -> Vec<u64> {
    let entry = |(symbol, length): (u16, u8)| u64::from(length) << symbol_bits | u64::from(symbol);
    (0..1usize << code.longest()).map(|bits| entry(code.lookup(bits))).collect()
}

/// By the next bits: the symbol.
pub fn symbols(code: &Huffman) -> Vec<u64> {
    (0..1usize << code.longest()).map(|bits| code.lookup(bits).0.into()).collect()
}

/// A table of functions of few bits: of 6 bits first, then a multiplexer of four ways, which is what a lookup
/// table of six inputs can do in two levels. Smaller ones look at the first bits and the last four apart: behind most of
/// the first bits of a canonical code the last ones make no difference.
fn table<'b>(b: &'b Builder, name: &str, index: Bits<'b>, width: u32, entries: &[u64]) -> Bits<'b> {
    let small = b.context().target.lut_inputs < 6;
    let level = if small { 4 } else { 6 };
    if index.width() <= level {
        return b.table(name, index, width, entries);
    }
    let low = index.low(level);
    let first = index.bits(index.width() - 1, level);
    let parts = entries.chunks(1 << level);
    if !small {
        let parts: Vec<Bits<'b>> = parts.map(|part| b.table(name, low, width, part)).collect();
        return first.choose(&parts);
    }
    let same = |part: &[u64]| part.iter().all(|e| *e == part[0]);
    let alike: Vec<u64> = parts.clone().map(|part| if same(part) { part[0] } else { 0 }).collect();
    let of = |(k, part): (usize, &[u64])| {
        (!same(part)).then(|| b.table(name, low, width, part) & first.is(k as u64).replicate(width))
    };
    let mut terms: Vec<Bits<'b>> = parts.enumerate().filter_map(of).collect();
    terms.push(table(b, name, first, width, &alike));
    any_of(terms)
}

/// Where the symbols of a wired code come from.
pub enum Symbols<'b> {
    /// Logic of its bits, which have these.
    Logic(Vec<u64>),
    /// A memory at the address of its bits, and a read port of it.
    Stored(Memory<'b>, Bits<'b>),
}

/// A wired code as logic.
pub struct Wired<'b> {
    b: &'b Builder,
    shape: Shape,
    longest: u32,
    instant: Instant<'b>,
    lengths: Vec<u64>,
    symbols: Symbols<'b>,
}

impl<'b> Wired<'b> {
    /// Declares the registers. `memory`: of the symbols, if they are in one.
    pub fn new(b: &'b Builder, code: &Huffman, shape: Shape, memory: Option<Memory<'b>>) -> Self {
        let lengths = (0..1usize << code.longest()).map(|bits| code.lookup(bits).1.into()).collect();
        let instant = Instant::new(b, shape);
        let symbols = match memory {
            None => Symbols::Logic(symbols(code)),
            Some(memory) => Symbols::Stored(memory, memory.read("coded")),
        };
        Self { b, shape, longest: code.longest(), instant, lengths, symbols }
    }

    fn top(&self, x: Bits<'b>) -> Bits<'b> {
        x.bits(x.width() - 1, x.width() - self.longest)
    }
}

impl<'b> Code<'b> for Wired<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        self.instant.length()
    }

    fn advance(&self, step: &Step<'b>) {
        let (length, invalid) = self.end(step.aligned, 0, self.shape.length_bits());
        self.instant.load(step, length.named("next_length"), invalid);
    }

    fn end(&self, bits: Bits<'b>, from: u32, width: u32) -> (Bits<'b>, Bits<'b>) {
        let (b, next) = (self.b, self.top(bits));
        let ends: Vec<u64> = self.lengths.iter().map(|l| u64::from(from) + l).collect();
        let end = table(b, "code_length", next, width, &ends);
        let none: Vec<u64> = self.lengths.iter().map(|l| u64::from(*l == 0)).collect();
        let invalid =
            if none.contains(&1) { table(b, "no_such_code", next, 1, &none) } else { b.lit(0u8, 1) };
        (end, invalid)
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        let bits = self.shape.symbol_bits;
        let code = self.top(read.head);
        match &self.symbols {
            Symbols::Logic(symbols) => {
                let path = SymbolPath::new(read, self.shape);
                let symbol = table(self.b, "code_symbol", code, bits, symbols);
                path.symbol(path.to(symbol, "symbol"))
            }
            Symbols::Stored(memory, coded) => {
                memory.connect(*coded, read.behind, code);
                let path = SymbolPath::new(read, self.shape).and_found();
                path.symbol(path.from_middle(*coded, "symbol"))
            }
        }
    }
}

/// One bit: no code has this length, of 4 bits.
pub(super) fn no_length(length: Bits<'_>, longest: u32) -> Bits<'_> {
    let b = length.builder();
    // Four bits say 15 at most.
    let long = if longest < 15 { b.lit(u64::from(longest), 4).ult(length) } else { b.lit(0u8, 1) };
    !length.any() | long
}

/// Watches the lengths of a table: from code to code they may become longer, or shorter, but not both.
pub(super) struct CanonicalOrder<'b> {
    /// The length of the entry before; 0 in front of the first.
    before: Bits<'b>,
    rose: Bits<'b>,
    fell: Bits<'b>,
}

impl<'b> CanonicalOrder<'b> {
    /// Declares registers.
    pub fn new(b: &'b Builder) -> Self {
        let of = |name, width| b.register(name, width);
        Self { before: of("length_before", 4), rose: of("lengths_rose", 1), fell: of("lengths_fell", 1) }
    }

    /// Looks at the length of the entry at hand. One bit, in the clock behind the last entry: they have done both.
    pub fn broken(self, entry: &Entry<'b>, length: Bits<'b>) -> Bits<'b> {
        let Self { before, rose, fell } = self;
        before.load_if(entry.there | entry.over, length.gate(!entry.over));
        let rises = entry.there & before.any() & before.ult(length);
        rose.load((rose | rises) & !entry.over);
        fell.load((fell | (entry.there & length.ult(before))) & !entry.over);
        rose & fell
    }
}

/// Fills a half of the memory with the entry at hand, a slot a clock. A code of l bits has 2^(longest - l) slots and
/// begins at a multiple of as many.
pub fn fill<'b>(b: &'b Builder, banks: &Banks<'b>, memory: Memory<'b>, symbol_bits: u32, longest: u32) {
    b.scope("tables", || {
        let slots = Slots::new(b, longest);
        let order = CanonicalOrder::new(b);
        banks.fill(|entry| {
            let length_of = move |x: Bits<'b>| x.bits(symbol_bits + 3, symbol_bits);
            let length = length_of(entry.data);
            let illegal = no_length(length, longest);
            let unsound = Some(order.broken(&entry, length));
            let crooked = !slots.begun & (slots.here() & slots.todo).any();
            memory.write(entry.there, entry.bank.cat(slots.here()), entry.data.low(symbol_bits + 4));
            let filling = slots.filling(&entry, [illegal, crooked], move |word| {
                let slots: Vec<u64> = (0..16u32)
                    .map(|l| if l == 0 { 0 } else { (1 << longest.saturating_sub(l)) - 1 })
                    .collect();
                let single: Vec<u64> = slots.iter().map(|s| u64::from(*s == 0)).collect();
                let slots = b.table("slots_less_one", length_of(word), longest, &slots);
                (slots, b.table("one_slot", length_of(word), 1, &single))
            });
            Filling { unsound, ..filling }
        });
    });
}
