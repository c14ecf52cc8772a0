//! A loaded code without a look into a memory ahead of each code, for clocks that have no time for it.
//!
//! In a canonical code the codes of up to l bits stand in front of all longer ones, or behind them, whatever order it has.
//! So the next bits, compared with the last code of whichever come first, say whether their code is longer than l, for
//! all l at once. The bits of that code, with zeros behind, are the address of its symbol in a memory which nothing waits for.
use super::architecture::{CanonicalOrder, no_length};
use crate::parts::entropy::code::{Code, Read, Step, Symbol};
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::symbol_path::SymbolPath;
use crate::parts::entropy::tables::{Banks, Filling};
use holigen_generator::builder::Memory;
use holigen_generator::{Bits, Builder};

/// What tells codes of at most l bits from longer ones.
#[derive(Clone, Copy)]
struct Border<'b> {
    /// l bits: the first ones of the last code of those that come first.
    last: Bits<'b>,
    /// One bit: those are the longer ones.
    longer_first: Bits<'b>,
}

impl<'b> Border<'b> {
    fn new(b: &'b Builder, prefix: &str, l: u32) -> Self {
        let last = b.register(&format!("{prefix}last_up_to_{l}"), l);
        Self { last, longer_first: b.register(&format!("{prefix}longer_than_{l}_first"), 1) }
    }

    /// One bit: the code at the top of `bits` has more than l. The difference's sign is the borrow of `last - bits` or its
    /// inverse: a carry leaves its chain through a sum.
    fn longer(self, bits: Bits<'b>) -> Bits<'b> {
        let l = self.last.width();
        self.longer_first.cat(self.last).wrapping_sub(bits.top(l).zext(l + 1)).msb()
    }
}

/// The borders of a table as it is loaded, from l = 1 to the longest less one; kept until the next table is.
pub struct Borders<'b>(Vec<Border<'b>>);

impl<'b> Borders<'b> {
    /// Puts the symbols at the first slots of their codes into a half of the memory, and finds the borders.
    pub fn fill(
        b: &'b Builder,
        banks: &Banks<'b>,
        memory: Memory<'b>,
        symbol_bits: u32,
        longest: u32,
    ) -> Self {
        b.scope("tables", || {
            let borders: Vec<Border<'b>> = (1..longest).map(|l| Border::new(b, "loading_", l)).collect();
            // The first slot of the code at hand; one bit more says that the table is full.
            let slot = b.register("slot", longest + 1);
            let begun = b.register("table_begun", 1);
            // Of the entry at hand, from the top: whether it has more than 1 bit, than 2, and so on; whether it can't be one.
            let longer = b.register("entry_longer", longest - 1);
            let illegal = b.register("entry_illegal", 1);
            let order = CanonicalOrder::new(b);
            banks.fill(|entry| {
                let first = slot.low(longest);
                memory.write(entry.there, entry.bank.cat(first), entry.data.low(symbol_bits));
                // Ones in all places behind the code.
                let behind = b.lit(0u8, 1).cat(!longer);
                let last = (first | behind).named("last_slot");
                let next = last.zext(longest + 1).wrapping_add(b.lit(1u8, longest + 1));
                slot.load_if(entry.there | entry.over, next.gate(!entry.over));
                begun.load((begun | entry.there) & !entry.over);
                for (border, l) in borders.iter().zip(1..) {
                    let here = longer.bit(longest - 1 - l);
                    let goes_on = !(here ^ border.longer_first);
                    border.longer_first.load_if(entry.there & !begun, here);
                    border.last.load_if(entry.there & (!begun | goes_on), last.top(l));
                }
                let length_of = move |x: Bits<'b>| x.bits(symbol_bits + 3, symbol_bits);
                let unsound = Some(order.broken(&entry, length_of(entry.data)));
                let crooked = (first & behind).any();
                let wrong = (slot.msb() | illegal | crooked).named("entry_wrong");
                let fills = (last.all() & !slot.msb()).named("table_fills");
                let fetched = move |fetch: Bits<'b>, word: Bits<'b>| {
                    let length = length_of(word);
                    let more = (1..longest).map(|l| b.lit(u64::from(l), 4).ult(length));
                    longer.load_if(fetch, more.reduce(|high, low| high.cat(low)).expect("codes of two bits"));
                    illegal.load_if(fetch, no_length(length, longest));
                };
                Filling { ends: b.lit(1u8, 1), wrong, fills, unsound, fetched: Box::new(fetched) }
            });
            Self(borders)
        })
    }

    /// The code of a lane.
    pub fn lane(
        &self,
        b: &'b Builder,
        shape: Shape,
        memory: Memory<'b>,
        banks: &Banks<'b>,
        lane: usize,
    ) -> Canonical<'b> {
        let own = |(from, l): (&Border<'b>, u32)| {
            let own = Border::new(b, "", l);
            banks.take_over(lane, own.last, from.last);
            banks.take_over(lane, own.longer_first, from.longer_first);
            own
        };
        let borders = self.0.iter().zip(1..).map(own).collect();
        Canonical { b, shape, borders, memory, coded: memory.read("coded"), bank: banks.bank(lane) }
    }
}

/// The code of a lane whose ends are known ahead of time.
pub struct Canonical<'b> {
    b: &'b Builder,
    shape: Shape,
    borders: Vec<Border<'b>>,
    memory: Memory<'b>,
    coded: Bits<'b>,
    bank: Bits<'b>,
}

impl<'b> Canonical<'b> {
    /// By l: whether the code at the top of `bits` has more bits than that.
    fn longer(&self, bits: Bits<'b>) -> Vec<Bits<'b>> {
        self.borders.iter().map(|border| border.longer(bits)).collect()
    }
}

impl<'b> Code<'b> for Canonical<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        unreachable!("ends are known ahead of time")
    }

    fn advance(&self, _step: &Step<'b>) {
        unreachable!("ends are known ahead of time")
    }

    fn end(&self, bits: Bits<'b>, from: u32, width: u32) -> (Bits<'b>, Bits<'b>) {
        let (longer, longest) = (self.longer(bits), self.borders.len() as u32 + 1);
        // A code that is longer than l is longer than all below, so a bit of the end is the parity of those at which it turns.
        let turns = |k: u32, l: u32| (from + l) >> k & 1 != (from + l + 1) >> k & 1;
        let bit = |k: u32| {
            let turned =
                parity((1..longest).filter(|l| turns(k, *l)).map(|l| longer[l as usize - 1]).collect());
            let first = self.b.lit((from + 1) >> k & 1, 1);
            turned.map_or(first, |turned| turned ^ first)
        };
        let end = (0..width).map(bit).reduce(|low, high| high.cat(low)).expect("an end has bits");
        (end, self.b.lit(0u8, 1))
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        let code = read.head.top(self.borders.len() as u32 + 1);
        let longer =
            self.longer(code).into_iter().reduce(|high, low| high.cat(low)).expect("codes of two bits");
        let first_slot = (code & self.b.lit(1u8, 1).cat(longer)).named("first_slot");
        self.memory.connect(self.coded, read.behind, self.bank.cat(first_slot));
        let path = SymbolPath::new(read, self.shape).and_found();
        path.symbol(path.from_middle(self.coded, "symbol"))
    }
}

/// The parity of bits, four of them in a table; of no bits nothing.
fn parity<'b>(mut bits: Vec<Bits<'b>>) -> Option<Bits<'b>> {
    while bits.len() > 1 {
        bits = bits.chunks(4).filter_map(|part| part.iter().copied().reduce(|a, b| a ^ b)).collect();
    }
    bits.pop()
}
