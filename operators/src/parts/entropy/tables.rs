//! Two halves of a memory: one is read, the other is loaded, until every lane has gone over to it.
//!
//! An entry stands in a register while it is dealt with; what comes of the table is known a clock behind its last. The
//! port fills that register straight away: whether there is room follows from registers alone, since nothing that is
//! loaded waits for anybody behind the core.
use super::code::TableState;
use super::lanes::SharedTables;
use holigen_generator::{Bits, Builder};
use std::cell::{Cell, RefCell};

/// The entry at hand.
#[derive(Clone, Copy)]
pub struct Entry<'b> {
    /// One bit: it is there.
    pub there: Bits<'b>,
    /// Its bits.
    pub data: Bits<'b>,
    /// The half that is written.
    pub bank: Bits<'b>,
    /// One bit: the clock behind the last entry of a table; none is there.
    pub over: Bits<'b>,
}

/// What a loader does with it.
pub struct Filling<'b> {
    /// One bit: the entry is done with at this edge.
    pub ends: Bits<'b>,
    /// One bit: something is wrong with it.
    pub wrong: Bits<'b>,
    /// One bit: with this entry the table is full.
    pub fills: Bits<'b>,
    /// One bit, in the clock behind the last entry: the entries are wrong together.
    pub unsound: Option<Bits<'b>>,
    /// Gets whether an entry is fetched at this edge, and which.
    pub fetched: Box<dyn FnOnce(Bits<'b>, Bits<'b>) + 'b>,
}

/// The halves, and who reads which.
pub struct Banks<'b> {
    b: &'b Builder,
    /// The port: valid, and the entry with `last` above it.
    offered: (Bits<'b>, Bits<'b>),
    entry: Bits<'b>,
    there: Bits<'b>,
    over: Bits<'b>,
    /// A table can be loaded: no lane reads the other half any more.
    free: Bits<'b>,
    /// The half that holds the table loaded last, and whether there is one.
    latest: Bits<'b>,
    loaded: Bits<'b>,
    /// By lane: the half it reads, and whether it reads any.
    bank: Vec<Bits<'b>>,
    known: Vec<Bits<'b>>,
    /// Registers of lanes: which lane, the register, and what it takes when the lane goes over.
    taken_over: RefCell<Vec<(usize, Bits<'b>, Bits<'b>)>>,
    part: Bits<'b>,
    coming: Bits<'b>,
    error: Bits<'b>,
    /// What a loader does, whether it ends an entry, and whether one is fetched at this edge.
    filling: Cell<Option<(Filling<'b>, Bits<'b>, Bits<'b>)>>,
}

impl<'b> Banks<'b> {
    /// Declares the port `t` for entries of `width` bits.
    pub fn new(b: &'b Builder, width: u32, lanes: usize) -> Self {
        let valid = b.input("t_valid", 1);
        let data = b.input("t_data", width);
        let last = b.input("t_last", 1);
        let part = b.register("table_part", 1);
        let (entry, known) = b.scope("tables", || (last.cat(data), valid | part));
        Self {
            b,
            entry: b.register("table_entry", width + 1),
            there: b.register("table_entry_there", 1),
            over: b.register("table_over", 1),
            free: b.register("bank_free", 1),
            latest: b.register("latest_bank", 1),
            loaded: b.register("table_loaded", 1),
            bank: (0..lanes).map(|i| b.register(&format!("bank{i}"), 1)).collect(),
            known: (0..lanes).map(|i| b.register(&format!("bank{i}_known"), 1)).collect(),
            taken_over: RefCell::default(),
            coming: known.delayed("table_coming", b.lit(1u8, 1)),
            part,
            error: b.register("table_error", 1),
            offered: (valid, entry),
            filling: Cell::new(None),
        }
    }

    /// The half that a lane reads.
    pub fn bank(&self, lane: usize) -> Bits<'b> {
        self.bank[lane]
    }

    /// When a lane goes over to the table loaded last, a register of its own takes `value`, which a loader has made of that
    /// table and keeps until all lanes have gone over.
    pub fn take_over(&self, lane: usize, register: Bits<'b>, value: Bits<'b>) {
        self.taken_over.borrow_mut().push((lane, register, value));
    }

    /// One bit: a table was not valid.
    pub fn error(&self) -> Bits<'b> {
        self.error
    }

    /// Has a loader deal with the entries.
    pub fn fill(&self, f: impl FnOnce(Entry<'b>) -> Filling<'b>) {
        let data = self.entry.low(self.entry.width() - 1);
        let filling = f(Entry { there: self.there, data, bank: !self.latest, over: self.over });
        self.b.scope("tables", || {
            let ends = (self.there & filling.ends).named("entry_ends");
            // Behind the last entry of a table the next waits until it is known what came of this one.
            let begins = !self.there & self.free & !self.over;
            let fetch = (begins | (ends & !self.entry.msb())).named("entry_fetched");
            self.b.output("t_ready", fetch);
            self.filling.set(Some((filling, ends, fetch)));
        });
    }
}

impl<'b> SharedTables<'b> for Banks<'b> {
    fn state(&self, lane: usize) -> TableState<'b> {
        let newer = !self.known[lane] | (self.bank[lane] ^ self.latest);
        // Both a clock late, so that one of them is always up from the first word on to the switch.
        let yes = self.b.lit(1u8, 1);
        let pending = (self.loaded & newer).delayed(&format!("table_pending{lane}"), yes);
        TableState { pending, coming: self.coming, known: self.known[lane] }
    }

    fn connect(&self, switches: &[Bits<'b>], failed: &[Bits<'b>]) -> Bits<'b> {
        let b = self.b;
        let (filling, ends, fetch) = self.filling.take().expect("a table is filled and connected once");
        let (valid, offered) = self.offered;
        b.scope("tables", || {
            let over = self.over;
            let [full, wrong] = ["table_full", "table_wrong"].map(|n| b.register(n, 1));
            let error = self.error;
            let last = self.entry.msb();
            let take = (fetch & valid).named("entry_taken");
            self.entry.load_if(fetch, offered);
            self.there.load(fetch.mux(valid, self.there & !ends));
            over.load(ends & last);
            full.load(filling.fills);
            wrong.load((wrong & !over) | (self.there & filling.wrong));
            let wrong_by_now = filling.unsound.map_or(wrong, |unsound| wrong | unsound);
            let complete = (over & full & !wrong_by_now).named("table_complete");
            error.load(error | (over & !complete));
            self.part.load(take | (self.part & !over));
            self.loaded.load(self.loaded | complete);
            self.latest.load(self.latest ^ complete);
            let mut rest: Option<Bits<'b>> = None;
            for (i, switch) in switches.iter().enumerate() {
                self.bank[i].load_if(*switch, self.latest);
                self.known[i].load(self.known[i] | *switch);
                for (_, register, value) in self.taken_over.borrow().iter().filter(|(lane, ..)| *lane == i) {
                    register.load_if(*switch, *value);
                }
                // A lane that has gone over, or never will.
                let there = self.known[i] & !(self.bank[i] ^ self.latest);
                let done = (!complete & (there | failed[i])).delayed(&format!("bank{i}_done"), b.lit(1u8, 1));
                rest = Some(rest.map_or(done, |r| done.cat(r)));
            }
            let all = rest.expect("there are lanes").all();
            self.free.load(!complete & (all | !self.loaded));
            (filling.fetched)(fetch, offered.low(offered.width() - 1));
            error
        })
    }
}
