//! Every pattern of stalls there is, for given streams: a search through all states that a streaming core can get into.
//!
//! A stream has few words, so the core that reads it has few states, however long its neighbours hesitate. From each
//! state the search takes every choice of its neighbours: each input offers its next word or waits (what is offered stays
//! until it is taken), and the output is taken or not. In each state it looks for what a core must never do: give a value
//! that is not the model's next one, change or take back one that was not taken, raise an error that is none. And
//! from each state, when nobody hesitates any more, the core must come to the end of the stream.
use super::{Mismatch, Ports, RESET, Subject, compare};
use crate::embedded::{LANES, Machine, Program};
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Beat, Decoded, Scenario, StreamModel};
use std::collections::HashMap;

/// What a search found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Streams searched.
    pub streams: u64,
    /// Of these, the ones that end in an error.
    pub corrupt: u64,
    /// States of all searches.
    pub states: u64,
    /// Clocks computed: a state with one choice of the neighbours each.
    pub clocks: u64,
    /// The first fault, with the clocks that lead to it.
    pub mismatch: Option<Mismatch>,
}

/// How much to search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Streams.
    pub streams: u64,
    /// Symbols that a stream has at most.
    pub symbols: u64,
    /// States beyond which a stream is given up for another one.
    pub states: usize,
}

/// Searches streams that the model draws. `more` says after each whether to go on.
pub fn search(
    subject: &Subject<'_>,
    bounds: Bounds,
    seed: u64,
    mut more: impl FnMut(&Report) -> bool,
) -> Report {
    let program = Program::compile(subject.module);
    let ports = Ports::new(&program, subject.model);
    let mut rng = SplitMix64::new(seed);
    let mut all = Report::default();
    // Streams that are given up must not keep us for ever.
    for draw in 0..20 * bounds.streams {
        if all.streams == bounds.streams || !more(&all) {
            break;
        }
        let symbols = 1 + rng.below(bounds.symbols) as usize;
        let scenario = subject.model.scenario(&mut rng, symbols, draw % 3 == 2);
        let expected = subject.model.run(&scenario);
        let Some(mut s) = Search::new(&program, &ports, subject.model, &scenario, &expected) else {
            continue;
        };
        let found = s.run(bounds.states);
        all.states += s.states() as u64;
        all.clocks += s.clocks;
        match found {
            Found::TooLarge => continue,
            Found::Fault(what) => all.mismatch = Some(s.mismatch(what)),
            Found::Nothing => {}
        }
        all.streams += 1;
        all.corrupt += u64::from(expected.error);
        if all.mismatch.is_some() {
            break;
        }
    }
    all
}

/// Where neighbours and core are beside the core's own state.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    /// Words taken of each channel.
    taken: Vec<u32>,
    /// Channels that offer a word, one bit each.
    offered: u32,
    /// Beats that came out.
    got: u32,
    /// The last beat was not taken.
    held: bool,
}

/// What the neighbours do in a clock: channels that start to offer, one bit each, and whether the output is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Choice {
    offer: u32,
    ready: bool,
}

enum Found {
    Nothing,
    TooLarge,
    Fault(Fault),
}

/// What is wrong, in which state, at which choice.
struct Fault {
    what: String,
    state: usize,
    choice: Option<Choice>,
}

struct Search<'a> {
    machine: Machine<'a>,
    ports: &'a Ports,
    scenario: &'a Scenario,
    expected: &'a Decoded,
    names: Vec<String>,
    /// The core's registers, state by state.
    registers: Vec<u64>,
    stride: usize,
    places: Vec<Place>,
    known: HashMap<(Box<[u64]>, u64), Vec<u32>>,
    /// How a state was first reached.
    from: Vec<(u32, Choice)>,
    /// Where a state leads when nobody hesitates, and `error` in that clock.
    go: Vec<(u32, bool)>,
    clocks: u64,
}

impl<'a> Search<'a> {
    /// Behind the reset, with the table loaded; `None` where a stream needs several.
    fn new(
        program: &'a Program,
        ports: &'a Ports,
        model: &dyn StreamModel,
        scenario: &'a Scenario,
        expected: &'a Decoded,
    ) -> Option<Self> {
        let names = model.channels();
        let table = names.iter().position(|n| n == "t");
        let early = |b: &Beat| b.after.is_some_and(|(of, _)| Some(of) != table);
        if scenario.iter().flatten().any(early) {
            return None;
        }
        let mut s = Self {
            machine: Machine::new(program),
            ports,
            scenario,
            expected,
            registers: Vec::new(),
            stride: 0,
            places: vec![Place { taken: vec![0; names.len()], offered: 0, got: 0, held: false }],
            names,
            known: HashMap::new(),
            from: vec![(0, Choice { offer: 0, ready: false })],
            go: Vec::new(),
            clocks: 0,
        };
        s.stride = s.machine.state_limbs();
        s.begin(program, table, model.rest()).then_some(s)
    }

    /// Resets all lanes and loads the tables; false if they can't all be loaded before a word comes.
    fn begin(&mut self, program: &Program, table: Option<usize>, rest: u32) -> bool {
        let (n_in, n_out) = (program.input_limbs(), program.output_limbs());
        let (mut one, mut out) = (vec![0; n_in], vec![0; n_out]);
        let mut clock = |machine: &mut Machine<'_>, one: &[u64]| {
            machine.load(&one.repeat(LANES));
            machine.step();
            machine.store(&mut out);
            out.clone()
        };
        self.machine.set_reset(true);
        (0..RESET).for_each(|_| drop(clock(&mut self.machine, &one)));
        self.machine.set_reset(false);
        if let Some(t) = table {
            let channel = &self.ports.channels[t];
            // As long as the table is written, and twice for those that wait for each other.
            for _ in 0..2 * rest as usize + 2 * self.scenario[t].len() {
                let beat = self.scenario[t].get(self.places[0].taken[t] as usize);
                one[channel.valid] = u64::from(beat.is_some());
                channel.put(&mut one, beat.map_or(0, |b| b.data), u64::from(beat.is_some_and(|b| b.last)), 0);
                let out = clock(&mut self.machine, &one);
                self.places[0].taken[t] += u32::from(beat.is_some() && out[channel.ready] & 1 == 1);
            }
            if self.places[0].taken[t] as usize != self.scenario[t].len() {
                return false;
            }
        }
        self.registers = vec![0; self.stride];
        self.machine.store_state(&mut self.registers);
        let first = self.key(0);
        self.known.insert(first, vec![0]);
        true
    }

    fn states(&self) -> usize {
        self.places.len()
    }

    fn key(&self, state: usize) -> (Box<[u64]>, u64) {
        let p = &self.places[state];
        let beside = u64::from(p.got) << 32 | u64::from(p.offered) << 1 | u64::from(p.held);
        (self.registers[state * self.stride..][..self.stride].into(), beside)
    }

    /// Channels with words left, one bit each.
    fn left(&self, place: &Place) -> u32 {
        let left = |(c, beats): (usize, &Vec<Beat>)| u32::from((place.taken[c] as usize) < beats.len()) << c;
        self.scenario.iter().enumerate().map(left).sum()
    }

    /// All that the neighbours may do in a state; first that nobody hesitates.
    fn choices(&self, state: usize) -> Vec<Choice> {
        let place = &self.places[state];
        let free = self.left(place) & !place.offered;
        let mut all = Vec::new();
        let mut offer = free;
        loop {
            all.extend([true, false].map(|ready| Choice { offer, ready }));
            if offer == 0 {
                return all;
            }
            // The next smaller subset.
            offer = (offer - 1) & free;
        }
    }

    /// All states, from each all choices.
    fn run(&mut self, most: usize) -> Found {
        let mut batch: Vec<(usize, Choice, bool)> = Vec::with_capacity(LANES + 64);
        let mut next = 0;
        loop {
            while batch.len() < LANES && next < self.states() {
                let choices = self.choices(next);
                batch.extend(choices.into_iter().enumerate().map(|(i, c)| (next, c, i == 0)));
                self.go.push((0, false));
                next += 1;
            }
            if batch.is_empty() {
                break;
            }
            let some: Vec<_> = batch.drain(..batch.len().min(LANES)).collect();
            if let Err(fault) = self.step(&some) {
                return Found::Fault(fault);
            }
            if self.states() > most {
                return Found::TooLarge;
            }
        }
        self.stuck().map_or(Found::Nothing, Found::Fault)
    }

    /// A clock from each of some states.
    fn step(&mut self, some: &[(usize, Choice, bool)]) -> Result<(), Fault> {
        let program = self.machine.program();
        let (n_in, n_out) = (program.input_limbs(), program.output_limbs());
        let (mut inputs, mut outputs) = (vec![0; n_in * some.len()], vec![0; n_out * some.len()]);
        let mut states = Vec::with_capacity(some.len() * self.stride);
        for ((state, choice, _), words) in some.iter().zip(inputs.chunks_exact_mut(n_in)) {
            states.extend_from_slice(&self.registers[state * self.stride..][..self.stride]);
            self.drive(*state, *choice, words);
        }
        self.machine.load_state(&states);
        self.machine.load(&inputs);
        self.machine.step();
        self.machine.store(&mut outputs);
        self.machine.store_state(&mut states);
        self.clocks += some.len() as u64;
        for (i, (state, choice, all_go)) in some.iter().enumerate() {
            let words = &outputs[i * n_out..][..n_out];
            let place = self.look(*state, *choice, words).map_err(|what| Fault {
                what,
                state: *state,
                choice: Some(*choice),
            })?;
            let reached =
                self.add(&states[i * self.stride..][..self.stride], place, (*state as u32, *choice));
            if *all_go {
                self.go[*state] = (reached, words[self.ports.error] & 1 == 1);
            }
        }
        Ok(())
    }

    fn drive(&self, state: usize, choice: Choice, words: &mut [u64]) {
        let place = &self.places[state];
        for (c, channel) in self.ports.channels.iter().enumerate() {
            let offered = (place.offered | choice.offer) >> c & 1 == 1;
            words[channel.valid] = u64::from(offered);
            match self.scenario[c].get(place.taken[c] as usize).filter(|_| offered) {
                Some(b) => channel.put(words, b.data, b.last.into(), b.user.into()),
                // What stands there without valid must not matter.
                None => channel.put(words, !0 >> (128 - channel.data.1), 1, 1),
            }
        }
        words[self.ports.m_ready] = u64::from(choice.ready);
    }

    /// What has become of neighbours and stream behind a clock; an error says what is wrong.
    fn look(&self, state: usize, choice: Choice, words: &[u64]) -> Result<Place, String> {
        let get = |limb: usize| words[limb] & 1 == 1;
        let mut place = self.places[state].clone();
        place.offered |= choice.offer;
        for (c, channel) in self.ports.channels.iter().enumerate() {
            if place.offered >> c & 1 == 1 && get(channel.ready) {
                place.offered &= !(1 << c);
                place.taken[c] += 1;
            }
        }
        let held = std::mem::replace(&mut place.held, false);
        if get(self.ports.m_valid) {
            compare(self.expected, place.got as usize, self.ports.beat(words))?;
            place.held = !choice.ready;
            place.got += u32::from(choice.ready);
        } else if held {
            return Err(format!("beat {} vanished before it was taken", place.got));
        }
        if get(self.ports.error) && !self.expected.error {
            return Err("error is 1, expected 0".into());
        }
        Ok(place)
    }

    /// The number of a state, which may be new.
    fn add(&mut self, registers: &[u64], place: Place, from: (u32, Choice)) -> u32 {
        let new = self.states();
        self.registers.extend_from_slice(registers);
        self.places.push(place);
        let key = self.key(new);
        let same = self.known.entry(key).or_default();
        let places = &self.places;
        if let Some(old) = same.iter().find(|s| places[**s as usize] == places[new]) {
            self.registers.truncate(new * self.stride);
            let old = *old;
            self.places.pop();
            return old;
        }
        same.push(new as u32);
        self.from.push(from);
        new as u32
    }

    /// A state from which the core does not come to the end when nobody hesitates.
    fn stuck(&self) -> Option<Fault> {
        let n = self.states();
        // Not seen; on the way at hand; comes to the end.
        let mut known = vec![0u8; n];
        for start in 0..n {
            let (mut way, mut at) = (Vec::new(), start);
            while known[at] == 0 {
                known[at] = 1;
                way.push(at);
                at = self.go[at].0 as usize;
            }
            if known[at] == 1 {
                // A loop: it must be the rest behind everything.
                let first = way.iter().position(|s| *s == at).unwrap_or(0);
                for s in &way[first..] {
                    let place = &self.places[*s];
                    let (got, of) = (place.got as usize, self.expected.beats.len());
                    let what = if self.left(place) != 0 || got != of {
                        let taken = place.taken.iter().zip(self.scenario);
                        let taken =
                            taken.map(|(t, beats)| format!("{t} of {}", beats.len())).collect::<Vec<_>>();
                        format!(
                            "no progress any more, after {got} of {of} beats; words taken: {}",
                            taken.join(", ")
                        )
                    } else if self.go[*s].1 != self.expected.error {
                        "error is 0, expected 1".into()
                    } else {
                        continue;
                    };
                    return Some(Fault { what, state: *s, choice: None });
                }
            }
            way.into_iter().for_each(|s| known[s] = 2);
        }
        None
    }

    /// The clocks that lead to a fault, as what is offered and taken in each.
    fn mismatch(&self, fault: Fault) -> Mismatch {
        let mut clocks = Vec::new();
        clocks.extend(fault.choice.map(|c| (fault.state, c)));
        let mut at = fault.state;
        while at != 0 {
            let (from, choice) = self.from[at];
            at = from as usize;
            clocks.push((at, choice));
        }
        clocks.reverse();
        let told = |(state, choice): &(usize, Choice)| {
            let offered = self.places[*state].offered | choice.offer;
            let names = self.names.iter().enumerate().filter(|(c, _)| offered >> c & 1 == 1);
            let mut all: Vec<&str> = names.map(|(_, n)| n.as_str()).collect();
            all.extend(choice.ready.then_some("m"));
            if all.is_empty() { "-".into() } else { all.join("+") }
        };
        let told: Vec<String> = clocks.iter().map(told).collect();
        let stalls = format!(
            "valid inputs and m_ready (m) in each clock behind the reset{}: {}",
            if self.names.iter().any(|n| n == "t") { " and the table" } else { "" },
            told.join(" ")
        );
        let beats = |b: &Vec<Beat>| b.iter().map(|b| (b.data, b.last)).collect();
        let inputs = self.names.iter().cloned().zip(self.scenario.iter().map(beats)).collect();
        Mismatch {
            what: fault.what,
            inputs,
            beats: self.places[fault.state].got as usize,
            stalls: Some(stalls),
        }
    }
}
