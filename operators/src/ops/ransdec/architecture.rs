//! The states of a lane in turn, and the loader of its tables.
use crate::parts::entropy::code::{Code, Read, Step, Symbol, Whole};
use crate::parts::entropy::shape::Shape;
use crate::parts::entropy::slots::Slots;
use crate::parts::entropy::stored::LUT_MEMORY;
use crate::parts::entropy::symbol_path::SymbolPath;
use crate::parts::entropy::tables::Banks;
use holigen_generator::builder::{Memory, UInt};
use holigen_generator::{Bits, Builder};
use holigen_verif::entropy::rans::{Loading, Rans, WORD};

/// Bits of a state.
const STATE: u32 = 2 * WORD;

/// What is read for a slot.
#[derive(Clone, Copy)]
pub enum Memories<'b> {
    /// The slot's number within its symbol, the symbol's count, the symbol.
    One(Memory<'b>),
    /// The symbol; and at the symbol, the sum of the counts before it, and its count.
    Two(Memory<'b>, Memory<'b>),
}

impl<'b> Memories<'b> {
    /// With one state there is time for one memory only. `code`: wired in; otherwise there are two halves.
    pub fn new(b: &'b Builder, loading: Loading, code: Option<&Rans>) -> Self {
        let Loading { symbol_bits, precision, states } = loading;
        let half = u32::from(code.is_none());
        let slots = code.map_or(&[][..], Rans::slots);
        let memory = |name: &str, index_bits: u32, width: u32, entries: &[u64]| {
            let memory = b.memory(name, index_bits + half, width, entries);
            let memory = if code.is_some() { memory } else { memory.read_apart() };
            if index_bits + half > LUT_MEMORY { memory.in_block() } else { memory }
        };
        if states == 1 {
            let of = |(slot, s): (usize, &u16)| {
                let code = code.expect("it has slots");
                let within = slot as u64 - u64::from(code.before((*s).into()));
                let count = u64::from(code.count((*s).into()));
                (within << precision | count) << symbol_bits | u64::from(*s)
            };
            let entries: Vec<u64> = slots.iter().enumerate().map(of).collect();
            return Self::One(memory("slots", precision, 2 * precision + symbol_bits, &entries));
        }
        let symbols: Vec<u64> = slots.iter().map(|s| u64::from(*s)).collect();
        let of = |code: &Rans| -> Vec<u64> {
            let range = |s| u64::from(code.before(s)) << precision | u64::from(code.count(s));
            let entry = |s| if code.count(s) == 0 { 0 } else { range(s) };
            (0..1 << symbol_bits).map(entry).collect()
        };
        let ranges = code.map(of).unwrap_or_default();
        let ranges = memory("ranges", symbol_bits, 2 * precision, &ranges);
        // Behind a memory that answers late there is no time for a choice among lookup tables, nor for the reset that synthesis
        // gives the register behind them: of a bit that is 0 in one half of the entries.
        let (target, budget) = (&b.context().target, b.context().budget_ps);
        let to_reset = target.reset_ps + target.reaching(2 * precision);
        let late = target.memory() + target.rom(symbol_bits + half) + to_reset > budget;
        Self::Two(
            memory("slots", precision, symbol_bits, &symbols),
            if late { ranges.in_block() } else { ranges },
        )
    }
}

/// The way from what was read to the state behind the symbol, with registers on it where there are states enough.
struct Stages<'b> {
    b: &'b Builder,
    states: u32,
    /// Registers, and what they take at each move.
    registers: Vec<(Bits<'b>, Bits<'b>)>,
}

impl<'b> Stages<'b> {
    /// The values behind a stage that is there with so many states.
    fn stage(&mut self, with: u32, values: &[(&str, Bits<'b>)]) -> Vec<Bits<'b>> {
        let behind = |(name, value): &(&str, Bits<'b>)| {
            if self.states < with {
                return *value;
            }
            let r = self.b.register(name, value.width());
            self.registers.push((r, *value));
            r
        };
        values.iter().map(behind).collect()
    }

    /// The next state of one whose upper bits are `factor`, whose slot is `slot` and whose symbol has the slots from
    /// `before` on, `count` of them.
    fn next_state(&mut self, factor: Bits<'b>, [slot, before, count]: [Bits<'b>; 3]) -> Bits<'b> {
        let context = self.b.context();
        let (target, width, precision) = (&context.target, factor.width(), slot.width());
        // A stage for the factors lets the difference wait for it, and lets DSP blocks have registers. What is too wide for a
        // block is multiplied in two parts.
        let early = self.states < 4 || target.memory() + target.add(precision) <= context.budget_ps;
        let fits = |low: &u32| target.product_between_registers(width - low, precision).is_some();
        let in_one = self.states < 4 || target.mul(width, precision) <= context.budget_ps;
        let low_bits = if in_one { 0 } else { (0..width).find(fits).unwrap_or(0) };

        let mut values = vec![("factor", factor.bits(width - 1, low_bits)), ("count", count)];
        match early {
            true => values.push(("within", slot.wrapping_sub(before))),
            false => values.extend([("slot_number", slot), ("slots_before", before)]),
        }
        if low_bits > 0 {
            values.push(("factor_low", factor.low(low_bits)));
        }
        // Product and sum stand in the registers of a DSP block, if there are states enough.
        let held = self.stage(4, &values);
        let within = if early { held[2] } else { held[2].wrapping_sub(held[3]) };
        let product = |factor: Bits<'b>| (UInt(factor) * UInt(held[1])).0;
        let mut values = vec![("product", product(held[0])), ("rest", within)];
        if low_bits > 0 {
            values.push(("product_low", product(*held.last().expect("the low part is the last"))));
        }
        let held = self.stage(3, &values);
        let rest = held.get(2).map_or(held[1], |low| {
            let wide = low.width() + 1;
            low.zext(wide).wrapping_add(held[1].zext(wide))
        });
        let sum = held[0].append_zeros(low_bits).wrapping_add(rest.zext(STATE)).named("decoded_state");
        self.stage(5, &[("decoded", sum)])[0]
    }
}

/// A lane's states. They go round: at each move one of them says its symbol and the others come a stage nearer to it.
pub struct Ring<'b> {
    b: &'b Builder,
    shape: Shape,
    precision: u32,
    memories: Memories<'b>,
    bank: Option<Bits<'b>>,
    /// What the memories answered, the last of them last.
    entries: Vec<Bits<'b>>,
    /// Registers of states behind the first lookup, and behind the second.
    state: Vec<Bits<'b>>,
    /// Registers behind these, and what they take at each move.
    stages: Vec<(Bits<'b>, Bits<'b>)>,
    /// The state whose turn it is, before it takes a word; whether it has been loaded in this block.
    next: Bits<'b>,
    loaded: Vec<Bits<'b>>,
    /// The high word of a state that is being loaded, and whether it is there.
    high: Bits<'b>,
    high_there: Bits<'b>,
    moved: Vec<Bits<'b>>,
    unsound: Bits<'b>,
    small: Bits<'b>,
}

impl<'b> Ring<'b> {
    /// Declares the registers. `bank`: the half of the memories that is read.
    pub fn new(
        b: &'b Builder,
        shape: Shape,
        loading: Loading,
        memories: Memories<'b>,
        bank: Option<Bits<'b>>,
    ) -> Self {
        let Loading { precision, states, symbol_bits } = loading;
        let mut state = vec![b.register("state", STATE)];
        let mut entries = Vec::new();
        match memories {
            Memories::One(m) => entries.push(m.read("slot_entry")),
            Memories::Two(m, n) => {
                entries.extend([m.read("slot_symbol"), n.read("symbol_range")]);
                state.push(b.register("state_behind", STATE));
            }
        }
        let here = *state.last().expect("there is one");
        let entry = *entries.last().expect("there is one");
        let of_entry =
            |field: u32, from: u32| entry.bits(from + (field + 1) * precision - 1, from + field * precision);
        let slot = match memories {
            // The number within the symbol is stored, so nothing is before it.
            Memories::One(_) => [of_entry(1, symbol_bits), b.lit(0u8, precision), of_entry(0, symbol_bits)],
            Memories::Two(..) => [here.low(precision), of_entry(1, 0), of_entry(0, 0)],
        };
        let mut stages = Stages { b, states: states as u32, registers: Vec::new() };
        let next = stages.next_state(here.bits(STATE - 1, precision), slot);
        Self {
            b,
            shape,
            precision,
            memories,
            bank,
            entries,
            state,
            stages: stages.registers,
            next,
            loaded: (0..states).map(|i| b.register(&format!("loaded{i}"), 1)).collect(),
            high: b.register("high_word", WORD),
            high_there: b.register("high_word_there", 1),
            moved: (0..states).map(|i| b.register(&format!("drained{i}"), 1)).collect(),
            unsound: b.register("unsound", 1),
            small: (!next.bits(STATE - 1, WORD).any()).named("below_a_word"),
        }
    }

    fn is_loaded(&self) -> Bits<'b> {
        *self.loaded.last().expect("there is a state")
    }

    fn drained(&self) -> Bits<'b> {
        *self.moved.last().expect("there is a state")
    }
}

impl<'b> Code<'b> for Ring<'b> {
    fn length(&self) -> (Bits<'b>, Bits<'b>) {
        unreachable!("codes of whole words have none")
    }

    fn whole(&self) -> Option<Whole<'b>> {
        let loaded = self.is_loaded();
        Some(Whole {
            fill: (!loaded & !self.high_there).named("takes_high_word"),
            needs: !loaded,
            takes: (!loaded | self.small).named("takes_word"),
            drained: self.drained(),
            unsound: self.unsound,
        })
    }

    fn advance(&self, step: &Step<'b>) {
        let b = self.b;
        let ((busy, plain), (could_step, behind, advance)) = (step.block, step.moves);
        let loaded = self.is_loaded();
        self.high.load_if(step.step, step.head);
        self.high_there.load_if(step.step | !busy, busy & (step.fill | plain));
        let drains = (behind & !self.drained()).named("drains");
        let could_move = ((could_step & !step.fill & !plain) | drains).named("could_move").apart();
        let moves = (could_move & advance).named("moves");
        let mut before = busy;
        for moved in &self.moved {
            moved.load_if((behind & advance) | !busy, before & busy);
            before = *moved;
        }
        let mut before = busy;
        for l in &self.loaded {
            l.load_if(moves | !busy, before & busy);
            before = *l;
        }
        let states = self.loaded.len();
        let off = self.next ^ b.lit(u64::from(Rans::seed(states)), STATE);
        self.unsound.load(busy & (self.unsound | (drains & loaded & off.any())));

        let more = (self.small & step.words_left).named("takes_low_word");
        let (high, low) = (self.next.bits(STATE - 1, WORD), self.next.low(WORD));
        let high = loaded.mux(more.mux(low, high), self.high);
        let low = (more | !loaded).mux(step.head, low);
        let state = high.cat(low).named("state_in_turn");
        let mut behind = state;
        for s in &self.state {
            s.load_if(moves, behind);
            behind = *s;
        }
        let at = |x: Bits<'b>| self.bank.map_or(x, |bank| bank.cat(x));
        let slot = at(state.low(self.precision));
        match self.memories {
            Memories::One(m) => m.connect(self.entries[0], moves, slot),
            Memories::Two(m, n) => {
                m.connect(self.entries[0], moves, slot);
                n.connect(self.entries[1], moves, at(self.entries[0]));
            }
        }
        for (register, value) in &self.stages {
            register.load_if(moves, *value);
        }
    }

    fn symbol(&self, read: &Read<'b>) -> Symbol<'b> {
        let path = SymbolPath::new(read, self.shape).and_found();
        path.symbol(path.from_middle(self.entries[0].low(self.shape.symbol_bits), "symbol"))
    }
}

/// Gives the slots of the entry at hand to its symbol, one a clock.
pub fn fill<'b>(b: &'b Builder, banks: &Banks<'b>, memories: Memories<'b>, symbol_bits: u32, precision: u32) {
    b.scope("tables", || {
        let slots = Slots::new(b, precision);
        let within = b.register("slot_of_entry", precision);
        // Symbols below were there already.
        let least = b.register("least_symbol", symbol_bits + 1);
        banks.fill(|entry| {
            let less_one_of = move |x: Bits<'b>| x.bits(symbol_bits + precision - 1, symbol_bits);
            let (less_one, symbol) = (less_one_of(entry.data), entry.data.low(symbol_bits));
            let again = !slots.begun & symbol.zext(symbol_bits + 1).ult(least);
            let one = |width| b.lit(1u8, width);
            within.load(within.wrapping_add(one(precision)).gate(entry.there & !slots.ends));
            let above = symbol.zext(symbol_bits + 1).wrapping_add(one(symbol_bits + 1));
            least.load_if((entry.there & slots.ends) | entry.over, above.gate(!entry.over));
            let count = less_one.wrapping_add(one(precision));
            let here = slots.here();
            match memories {
                Memories::One(m) => {
                    m.write(entry.there, entry.bank.cat(here), within.cat(count).cat(symbol));
                }
                Memories::Two(m, n) => {
                    m.write(entry.there, entry.bank.cat(here), symbol);
                    n.write(entry.there & !slots.begun, entry.bank.cat(symbol), here.cat(count));
                }
            }
            slots.filling(&entry, [less_one.all(), again], move |word| {
                let less_one = less_one_of(word);
                (less_one, !less_one.any())
            })
        });
    });
}
