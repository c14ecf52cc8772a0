//! Values by index: wired as logic, or in a memory whose halves are read and loaded in turn.
use crate::parts::entropy::tables::{Banks, Filling};
use holigen_generator::builder::Memory;
use holigen_generator::{Bits, Builder};

/// A book of values for indices of some bits.
pub enum Book<'b> {
    /// Wired.
    Wired {
        /// Codes by index; fewer than there are indices if some have none.
        codes: Vec<u64>,
        /// Bits of a code.
        width: u32,
    },
    /// Loaded.
    Loaded {
        /// Two halves of values.
        memory: Memory<'b>,
        /// By half: the last index that has a value.
        last: [Bits<'b>; 2],
        /// Bits of an index.
        index_bits: u32,
    },
}

impl<'b> Book<'b> {
    /// Declares the memory of values of `width` bits, and has the port of `banks` fill it, an entry a clock. A table has
    /// a value for each index from 0 on; one with more than there are indices is not valid.
    pub fn loaded(b: &'b Builder, banks: &Banks<'b>, index_bits: u32, width: u32) -> Self {
        let memory = b.memory("values", index_bits + 1, width, &[]).read_apart();
        let last = [0, 1].map(|k| b.register(&format!("last_index{k}"), index_bits));
        b.scope("tables", || {
            // The index of the next value; one bit more says that there is none left.
            let index = b.register("next_index", index_bits + 1);
            banks.fill(|entry| {
                let at = index.low(index_bits);
                memory.write(entry.there, entry.bank.cat(at), entry.data);
                last[0].load_if(entry.there & !entry.bank, at);
                last[1].load_if(entry.there & entry.bank, at);
                // Beyond the end it stays there.
                let next = index.msb().mux(index, index.wrapping_add(b.lit(1u8, index_bits + 1)));
                index.load_if(entry.there | entry.over, next.gate(!entry.over));
                let yes = b.lit(1u8, 1);
                Filling {
                    ends: yes,
                    wrong: index.msb(),
                    fills: yes,
                    unsound: None,
                    fetched: Box::new(|_, _| ()),
                }
            });
        });
        Book::Loaded { memory, last, index_bits }
    }

    /// The value of an index, in a register called `name` that is loaded at every edge with `advance`; and one bit, at
    /// once: the index has a value. `bank`: the half that is read, where it is loaded.
    pub fn look_up(
        &self,
        b: &'b Builder,
        name: &str,
        index: Bits<'b>,
        bank: Option<Bits<'b>>,
        advance: Bits<'b>,
    ) -> (Bits<'b>, Bits<'b>) {
        match self {
            Book::Wired { codes, width } => {
                let all = 1usize << index.width();
                // Whatever suits the logic, where nobody looks.
                let mut filled = codes.clone();
                filled.resize(all, codes.last().copied().unwrap_or(0));
                let value = b.table("value_of_index", index, *width, &filled).delayed(name, advance);
                let known = match codes.len() < all {
                    true => index.ult(b.lit(codes.len() as u64, index.width())),
                    false => b.lit(1u8, 1),
                };
                (value, known)
            }
            Book::Loaded { memory, last, index_bits } => {
                let bank = bank.expect("a loaded book has two halves");
                let value = memory.read(name);
                memory.connect(value, advance, bank.cat(index.low(*index_bits)));
                (value, !bank.mux(last[1], last[0]).ult(index))
            }
        }
    }
}
