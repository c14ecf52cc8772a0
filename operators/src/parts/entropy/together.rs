//! What lanes side by side do together.
//!
//! They go through the headers of their blocks together, and what they have read leaves them together. So in the payloads
//! none is ahead of another by more than the symbol that it has read, one count of symbols is enough for all of them, their
//! blocks end at the same clock, and what is at fault in one of them ends all.
use super::block::Place;
use super::header::Number;
use super::symbols_left::SymbolsLeft;
use holigen_generator::{Bits, Builder};

/// What is decided for all lanes, and registers.
pub(super) struct Together<'b> {
    b: &'b Builder,
    /// By lane, one bit: a symbol has been read, and waits for those of the others.
    read: Vec<Bits<'b>>,
    /// One bit each: so many lanes have read one, as all have if these are up: as few as a lane that has read one itself can
    /// look at in one lookup table.
    some_read: Vec<Bits<'b>>,
    /// How many lanes each of these is of.
    some: usize,
    /// Bits; if any is up what is behind takes the symbols at this edge, once all are there.
    behind: Vec<Bits<'b>>,
    /// One bit: it does, and they are.
    leave: Bits<'b>,
    /// Where they are.
    place: Place<'b>,
    /// One bit: a word of each lane's header passes.
    header_passes: Bits<'b>,
    /// One bit: the payloads begin.
    start: Bits<'b>,
    /// One bit: a lane was at fault.
    failed: Bits<'b>,
    symbols: Bits<'b>,
    /// By n, one bit: no more than n + 1 symbols of a lane's block have not left it.
    at_most: [Bits<'b>; 3],
    /// One bit: the last symbols of their blocks have left them, and the blocks have not been found good.
    ended: Bits<'b>,
    /// One bit: the blocks are judged.
    judge: Bits<'b>,
    /// By lane, one bit: a clock ago its block ended well.
    complete: Vec<Bits<'b>>,
}

/// What a lane says of itself; one bit each, but for the first.
#[derive(Clone, Copy)]
pub(super) struct Said<'b> {
    /// The word at hand.
    pub word: Bits<'b>,
    /// Between blocks, a word of a header could pass at the next edge.
    pub header_next: Bits<'b>,
    /// The word of a header at hand says how many symbols there are; is the last one.
    pub at_symbols: Bits<'b>,
    pub header_at_last: Bits<'b>,
    /// It has read a header, and could go on with the payload.
    pub ready: Bits<'b>,
    /// The next symbol can take the place of what it has read; and does so at this edge.
    pub advance: Bits<'b>,
    pub reads: Bits<'b>,
    /// What it has read, if it has, is no symbol: if one of these is up,
    pub no_symbol_if: [Bits<'b>; 2],
    /// or the first of these is up, or both others are, the last of which is late.
    pub past_if: [Bits<'b>; 3],
    /// With the last symbol: its stream ends with the block.
    pub stream_ends: Bits<'b>,
    /// Its header is at fault.
    pub header_fails: Bits<'b>,
    /// Its code has nothing more to say.
    pub drained: Bits<'b>,
    /// It is at fault.
    pub fault: Bits<'b>,
}

impl<'b> Together<'b> {
    /// Declares the registers for so many lanes. `behind`: bits; if any is up, what is behind what was read moves on.
    pub fn new(b: &'b Builder, lanes: usize, behind: &[Bits<'b>]) -> Self {
        let of = |name: &str| b.register(name, 1);
        let read: Vec<Bits<'b>> = (0..lanes).map(|i| of(&format!("lane{i}_read"))).collect();
        let fits = |n: usize| n + behind.len() <= b.context().target.lut_inputs as usize;
        let some = match in_one_table(b) {
            _ if fits(lanes) => 1,
            some if fits(1 + lanes.div_ceil(some)) => some,
            _ => lanes,
        };
        let some_read = match some {
            1 => read.clone(),
            _ => (0..lanes).step_by(some).map(|i| of(&format!("lanes_from_{i}_read"))).collect(),
        };
        let all = concat(&some_read).all();
        let moves = concat(behind).any();
        Self {
            b,
            behind: behind.to_vec(),
            leave: (all & moves).named("symbols_leave"),
            read,
            some_read,
            some,
            place: Place::new(b),
            header_passes: of("header_passes"),
            start: of("lanes_start"),
            failed: of("lanes_failed"),
            symbols: b.register("symbols_left", 16),
            at_most: [of("at_last_symbol"), of("two_symbols_left"), of("three_symbols_left")],
            ended: of("block_left"),
            judge: of("judging"),
            complete: (0..lanes).map(|i| of(&format!("lane{i}_complete"))).collect(),
        }
    }

    /// A lane as one of them.
    pub fn member(&self, lane: usize) -> Member<'_, 'b> {
        Member { together: self, lane }
    }

    /// Connects what the lanes say. Gives one bit: what they have read is a group of symbols, and can leave; and two: it is
    /// the last of its block, and if so, the first lane's stream ends with it.
    pub fn connect(&self, said: &[Said<'b>]) -> (Bits<'b>, Bits<'b>) {
        let each = |of: fn(&Said<'b>) -> Bits<'b>| concat(&said.iter().map(of).collect::<Vec<_>>());
        self.b.scope("control", || {
            // Not in the clock behind the last one.
            let in_header = (!self.place.busy & !(self.header_passes & said[0].header_at_last)).apart();
            self.header_passes.load(in_header & each(|s| s.header_next).all());
            self.start.load(each(|s| s.ready).all() & !self.start);
            let some = in_one_table(self.b);
            if self.some > 1 {
                // What a lane at fault has read does not leave it, so nothing has to be known of that.
                let read = |said: &[Said<'b>]| all_of(said.iter().map(|s| s.reads | !s.advance));
                for (all, said) in self.some_read.iter().zip(said.chunks(self.some)) {
                    all.load(all_of(said.chunks(some).map(read)));
                }
            }
            let last = self.at_most[0];
            let yes = self.b.lit(1u8, 1);
            let ended = (self.leave & last) | (self.ended & !self.settled());
            self.ended.load(ended);
            self.judge.load(ended & each(|s| s.drained).all() & !self.judge);
            let ends = each(|s| s.stream_ends).delayed("streams_end", yes);
            let ends_differ = (self.ended & ends.any() & !ends.all()).named("streams_differ");
            // What has failed so goes nowhere, so there is a clock more to say it.
            let incomplete = self.judge & !concat(&self.complete).all();
            let counts = (self.header_passes & said[0].at_symbols).delayed("counts_passed", yes);
            let count = |s: &Said<'b>| s.word.low(16);
            let differs = |(i, s)| {
                let differs = !count(s).equals(count(&said[0]));
                differs.delayed(&format!("lane{i}_count_differs"), yes)
            };
            let differ: Vec<Bits<'b>> = said.iter().enumerate().skip(1).map(differs).collect();
            let counts_differ = match differ.is_empty() {
                true => self.b.lit(0u8, 1),
                false => counts & concat(&differ).any(),
            };
            let header = each(|s| s.header_fails).any().delayed("header_fails", yes);
            let block = (incomplete | counts_differ).delayed("block_fails", yes);
            self.failed.load(self.failed | each(|s| s.fault).any() | header | block | ends_differ);
            let wrong = each(|s| s.past_if[0] | s.no_symbol_if[0] | s.no_symbol_if[1]).any();
            let early = (concat(&self.read).all() & !wrong & !self.failed).named("all_right");
            // Nothing but two tables behind what is late.
            let late = |said: &[Said<'b>]| all_of(said.iter().map(|s| !s.past_if[1] | !s.past_if[2]));
            let late: Vec<Bits<'b>> = said.chunks(some).map(|said| late(said).apart()).collect();
            let good = late.into_iter().fold(early, |good, x| good & x);
            (good.named("group_read"), said[0].stream_ends.cat(last))
        })
    }

    /// One bit: all lanes have read a symbol, or what should be one.
    pub fn all_read(&self) -> Bits<'b> {
        concat(&self.some_read).all()
    }

    /// One bit: a lane was at fault, or their streams do not end together.
    pub fn failed(&self) -> Bits<'b> {
        self.failed
    }

    /// One bit: the block has been found good.
    fn settled(&self) -> Bits<'b> {
        self.judge & concat(&self.complete).all()
    }

    /// Counts what leaves, from the number of the first lane's block on, which is `here`.
    /// `busy`: it is in a block, and not in a header.
    fn count(&self, number: &Number<'b>, here: Bits<'b>, busy: Bits<'b>) {
        // As of `left`, with what the count is ahead added when the payloads begin.
        let added = self.start.cat(self.leave | self.start).zext(17);
        let counted = busy.mux(self.symbols, !number.value).zext(17).wrapping_add(added);
        let counted = counted.named("symbols_counted");
        self.symbols.load_if(here | self.start | self.leave, counted.low(16));
        let [one, two, three] = self.at_most;
        let moves = here | self.leave;
        one.load_if(moves, busy.mux(two, number.is_none));
        two.load_if(moves, busy.mux(three, !number.above_one));
        three.load_if(moves, busy.mux(three | self.symbols.all(), number.is_two_or_less()));
    }
}

/// A lane as one of several.
#[derive(Clone, Copy)]
pub(super) struct Member<'r, 'b> {
    together: &'r Together<'b>,
    lane: usize,
}

impl<'b> Member<'_, 'b> {
    /// A register, one bit: a symbol has been read.
    pub fn read(self) -> Bits<'b> {
        self.together.read[self.lane]
    }

    /// One bit: the next symbol can take the place of what has been read.
    pub fn advance(self) -> Bits<'b> {
        let Together { read, some_read, behind, .. } = self.together;
        if read.len() == 1 {
            return concat(behind).any() | !self.read();
        }
        // What it has read leaves it: said of each lane apart, so that no lane waits for what is said of all.
        let leaves = |moves: &Bits<'b>| some_read.iter().fold(self.read() & *moves, |x, other| x & *other);
        behind.iter().map(leaves).fold(!self.read(), |advance, leaves| advance | leaves)
    }

    /// A register, one bit: its block ended well a clock ago.
    pub fn complete(self) -> Bits<'b> {
        self.together.complete[self.lane]
    }

    /// A register, one bit: the blocks are judged.
    pub fn judge(self) -> Bits<'b> {
        self.together.judge
    }

    /// One bit: the blocks have been found good.
    pub fn settled(self) -> Bits<'b> {
        self.together.settled().named("blocks_done")
    }

    /// Where the lanes are.
    pub fn place(self) -> Place<'b> {
        self.together.place
    }

    /// Whether it is the one that decides about that.
    pub fn leads(self) -> bool {
        self.lane == 0
    }

    /// A register, one bit: a word of each lane's header passes.
    pub fn header_passes(self) -> Bits<'b> {
        self.together.header_passes
    }

    /// One bit: the payloads begin.
    pub fn start(self) -> Bits<'b> {
        self.together.start
    }

    /// One bit: a lane was at fault, perhaps this one. Of what is early it is said here only, as no lane reads a symbol of a
    /// block before all begin it, and none begins another before all have ended it.
    pub fn fails(self) -> Bits<'b> {
        self.together.failed
    }
}

impl<'b> SymbolsLeft<'b> for Member<'_, 'b> {
    fn last(&self) -> Bits<'b> {
        let [one, two, _] = self.together.at_most;
        self.read().mux(two, one).named("at_last_symbol")
    }

    fn load(
        &self,
        number: &Number<'b>,
        (here, _step): (Bits<'b>, Bits<'b>),
        fill: Bits<'b>,
        busy: Bits<'b>,
    ) -> (Bits<'b>, Bits<'b>) {
        let Together { symbols, at_most: [one, two, three], .. } = *self.together;
        if self.leads() {
            self.together.count(number, here, busy);
        }
        // A lane that has read a symbol makes a step when that one leaves.
        let read = self.read();
        let next_last = fill.mux(one, read.mux(three, two));
        let next_near = fill.mux(two, three | (read & symbols.all()));
        (next_last, next_near)
    }
}

/// So many pairs of bits have one lookup table; or two, where those are gates.
fn in_one_table(b: &Builder) -> usize {
    (b.context().target.lut_inputs as usize / 2).max(2)
}

/// One bit: all of them are up.
fn all_of<'b>(bits: impl Iterator<Item = Bits<'b>>) -> Bits<'b> {
    bits.reduce(|x, y| x & y).expect("there are lanes")
}

/// The first in the least significant bits.
pub(super) fn concat<'b>(parts: &[Bits<'b>]) -> Bits<'b> {
    parts.iter().copied().reduce(|low, high| high.cat(low)).expect("there are lanes")
}
