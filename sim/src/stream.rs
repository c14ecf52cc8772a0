//! Holds a streaming core against its reference model in the embedded simulator, with random stalls on all sides.
//!
//! Every lane of a machine is a core of its own that runs one scenario after the other: streams in, symbols out,
//! rest, `start`. What is looked at: every beat out and its order, that a beat stays as it is until it is taken,
//! that nothing comes that should not, `error` when all has come to rest, and that it does come to rest.
use crate::embedded::{LANES, Machine, PortColumns, Program, run_shards};
use holigen_generator::rtl::Module;
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Decoded, Scenario, StreamModel};
use std::sync::atomic::{AtomicBool, Ordering};

mod record;
pub mod stalls;

pub use record::{RESET, Record, record};

/// Clocks without any progress after which a core hangs: more than a block has symbols, since those of a lane go
/// nowhere when another lane is at fault.
const HANG: u32 = 1 << 17;

/// Clocks between the last beat of a table and the first word that may rely on it.
const SETTLE: u64 = 16;

/// A core and what it is held against.
pub struct Subject<'a> {
    /// The netlist.
    pub module: &'a Module,
    /// The model.
    pub model: &'a dyn StreamModel,
}

/// How much runs.
#[derive(Clone, Copy)]
enum Amount {
    /// So many beats out, of sound streams and some corrupt ones.
    Beats(u64),
    /// So many streams, all of them corrupt.
    Corrupt(u64),
}

impl Amount {
    fn count(self) -> u64 {
        match self {
            Self::Beats(n) | Self::Corrupt(n) => n,
        }
    }

    /// The part of one of `of`: all parts together are the whole.
    fn part(self, index: u64, of: u64) -> Self {
        let part = |n: u64| n / of + u64::from(index < n % of);
        match self {
            Self::Beats(n) => Self::Beats(part(n)),
            Self::Corrupt(n) => Self::Corrupt(part(n)),
        }
    }
}

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Beats compared.
    pub vectors: u64,
    /// Streams run.
    pub streams: u64,
    /// Of these, the ones that end in an error.
    pub corrupt: u64,
    /// The first difference.
    pub mismatch: Option<Mismatch>,
}

/// A difference between core and model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// What differs, in words.
    pub what: String,
    /// The streams that went in: channel, data and `last` of each beat.
    pub inputs: Vec<(String, Vec<(u128, bool)>)>,
    /// Beats out that were right before.
    pub beats: usize,
    /// Where stalls were searched, the clocks that lead there: which inputs were valid, and whether the output was taken.
    pub stalls: Option<String>,
}

/// Where the ports of a stream are: limbs of a lane's inputs and outputs.
struct Channel {
    valid: usize,
    data: (usize, u32),
    last: usize,
    user: Option<usize>,
    ready: usize,
}

struct Ports {
    channels: Vec<Channel>,
    start: usize,
    m_ready: usize,
    m_valid: usize,
    m_data: (usize, u32),
    m_last: usize,
    error: usize,
}

impl Ports {
    fn new(program: &Program, model: &dyn StreamModel) -> Self {
        let find = |ports: &[PortColumns], name: &str| {
            let mut at = 0;
            for p in ports {
                if p.name == name {
                    return (at, p.width);
                }
                at += p.limbs();
            }
            panic!("a stream core without {name}")
        };
        let input = |name: &str| find(program.inputs(), name);
        let output = |name: &str| find(program.outputs(), name);
        let channels = model.channels().into_iter().enumerate().map(|(i, c)| Channel {
            valid: input(&format!("{c}_valid")).0,
            data: input(&format!("{c}_data")),
            last: input(&format!("{c}_last")).0,
            user: model.user(i).map(|name| input(name).0),
            ready: output(&format!("{c}_ready")).0,
        });
        Self {
            channels: channels.collect(),
            start: input("start").0,
            m_ready: input("m_ready").0,
            m_valid: output("m_valid").0,
            m_data: output("m_data"),
            m_last: output("m_last").0,
            error: output("error").0,
        }
    }
}

impl Channel {
    /// A word on the input ports.
    fn put(&self, words: &mut [u64], data: u128, last: u64, user: u64) {
        words[self.data.0] = data as u64;
        if self.data.1 > 64 {
            words[self.data.0 + 1] = (data >> 64) as u64;
        }
        words[self.last] = last;
        if let Some(at) = self.user {
            words[at] = user;
        }
    }
}

impl Ports {
    /// The beat on the output ports: `m_data` and `m_last`.
    fn beat(&self, words: &[u64]) -> (u128, bool) {
        let (at, width) = self.m_data;
        let high = if width > 64 { words[at + 1] } else { 0 };
        (u128::from(high) << 64 | u128::from(words[at]), words[self.m_last] & 1 == 1)
    }
}

/// Whether beat `n` is what it should be; an error says what it is instead.
fn compare(expected: &Decoded, n: usize, beat: (u128, bool)) -> Result<(), String> {
    let last = |last: bool| if last { " with m_last" } else { "" };
    let (data, ends) = beat;
    match expected.beats.get(n) {
        None => Err(format!("beat {n} ({data:#x}) is one too many")),
        Some(e) if *e != beat => {
            Err(format!("beat {n} is {data:#x}{}, expected {:#x}{}", last(ends), e.0, last(e.1)))
        }
        Some(_) => Ok(()),
    }
}

/// How often each side has something to say, in 256ths.
#[derive(Clone, Copy)]
struct Pace {
    input: u64,
    output: u64,
}

/// What a lane is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Streams are running; clocks without progress.
    Run(u32),
    /// Everything has passed; clocks since.
    Rest(u32),
    /// `start` is up.
    Start,
    /// No more scenarios.
    Done,
}

struct Lane<'m> {
    model: &'m dyn StreamModel,
    rng: SplitMix64,
    scenario: Scenario,
    expected: Decoded,
    /// Beats taken of each channel, the clock of the last one, and whether one is offered.
    taken: Vec<usize>,
    taken_at: Vec<u64>,
    offered: Vec<bool>,
    got: usize,
    /// Of them, those behind the last that ended a block.
    in_block: usize,
    /// Where nobody stalls: behind how many beats of a block every clock must have one.
    steady: Option<usize>,
    ready: bool,
    /// What stood on the output while it was not taken.
    held: Option<(u128, bool)>,
    pace: Pace,
    phase: Phase,
    clock: u64,
    rest: u32,
    left: Amount,
    report: Report,
}

impl<'m> Lane<'m> {
    fn new(model: &'m dyn StreamModel, seed: u64, left: Amount) -> Self {
        let n = model.channels().len();
        let mut lane = Self {
            model,
            rng: SplitMix64::new(seed),
            scenario: Vec::new(),
            expected: Decoded::default(),
            taken: vec![0; n],
            taken_at: vec![0; n],
            offered: vec![false; n],
            got: 0,
            in_block: 0,
            steady: None,
            ready: false,
            held: None,
            pace: Pace { input: 256, output: 256 },
            phase: Phase::Start,
            clock: 0,
            rest: model.rest(),
            left,
            report: Report::default(),
        };
        lane.next_scenario();
        lane
    }

    fn next_scenario(&mut self) {
        let left = self.left.count();
        if left == 0 {
            self.phase = Phase::Done;
            return;
        }
        let r = &mut self.rng;
        let (corrupt, size) = match self.left {
            Amount::Corrupt(_) => (true, 60),
            Amount::Beats(_) if r.below(3) == 0 => (true, left.clamp(40, 60)),
            Amount::Beats(_) => (false, left.clamp(40, 1500)),
        };
        let size = 1 + r.below(size) as usize;
        self.scenario = self.model.scenario(r, size, corrupt);
        self.expected = self.model.run(&self.scenario);
        self.taken.fill(0);
        self.taken_at.fill(0);
        self.offered.fill(false);
        (self.got, self.in_block, self.held, self.phase) = (0, 0, None, Phase::Run(0));
        let pace = |r: &mut SplitMix64| match r.below(4) {
            0 => 256,
            1 => 230,
            2 => 128,
            _ => 60,
        };
        self.pace = Pace { input: pace(r), output: pace(r) };
        let nobody_stalls = self.pace.input == 256 && self.pace.output == 256;
        self.steady = self.model.steady_from().filter(|_| nobody_stalls && !self.expected.error);
        self.left = match self.left {
            Amount::Beats(n) => Amount::Beats(n.saturating_sub(self.expected.beats.len().max(1) as u64)),
            Amount::Corrupt(n) => Amount::Corrupt(n - 1),
        };
        self.report.streams += 1;
        self.report.corrupt += u64::from(self.expected.error);
    }

    /// Sets the inputs of the coming clock.
    fn drive(&mut self, ports: &Ports, words: &mut [u64]) {
        words[ports.start] = u64::from(self.phase == Phase::Start);
        let running = matches!(self.phase, Phase::Run(_));
        // Stalls of all ports from one word.
        let mut dice = self.rng.next_u64();
        let mut roll = || {
            dice = dice.rotate_right(8);
            dice & 255
        };
        for (c, channel) in ports.channels.iter().enumerate() {
            let beat = self.scenario.get(c).and_then(|beats| beats.get(self.taken[c])).copied();
            let beat = beat.filter(|_| running);
            let may = |b: &holigen_verif::stream::Beat| {
                b.after.is_none_or(|(of, n)| self.taken[of] >= n && self.clock >= self.taken_at[of] + SETTLE)
            };
            // What is offered stays.
            if !self.offered[c] {
                self.offered[c] = beat.as_ref().is_some_and(may) && roll() < self.pace.input;
            }
            let offer = beat.filter(|_| self.offered[c]);
            words[channel.valid] = u64::from(offer.is_some());
            // Without valid, anything may stand there.
            let (data, last, user) = match offer {
                Some(b) => (b.data, u64::from(b.last), u64::from(b.user)),
                None => (self.rng.bits(channel.data.1), roll() & 1, self.clock & 1),
            };
            channel.put(words, data, last, user);
        }
        self.ready = roll() < self.pace.output;
        words[ports.m_ready] = u64::from(self.ready);
    }

    /// Looks at the outputs of a clock; an error says what is wrong.
    fn look(&mut self, ports: &Ports, words: &[u64]) -> Result<(), String> {
        let get = |limb: usize| words[limb] & 1 == 1;
        self.clock += 1;
        if self.phase == Phase::Done {
            return Ok(());
        }
        let mut progress = false;
        for (c, channel) in ports.channels.iter().enumerate() {
            if self.offered[c] && get(channel.ready) {
                (self.offered[c], progress) = (false, true);
                self.taken[c] += 1;
                self.taken_at[c] = self.clock;
            }
        }
        let valid = get(ports.m_valid);
        if self.phase == Phase::Start {
            self.next_scenario();
            return Ok(());
        }
        if valid {
            let beat = ports.beat(words);
            if self.held.is_some_and(|h| h != beat) {
                return Err(format!("beat {} changed while it was not taken", self.got));
            }
            compare(&self.expected, self.got, beat)?;
            self.held = (!self.ready).then_some(beat);
            if self.ready {
                self.got += 1;
                self.in_block = if beat.1 { 0 } else { self.in_block + 1 };
                self.report.vectors += 1;
                progress = true;
            }
        } else if self.steady.is_some_and(|slow| self.in_block >= slow.max(1)) {
            return Err(format!("a bubble in front of beat {}", self.got));
        } else if self.held.is_some() {
            return Err(format!("beat {} vanished before it was taken", self.got));
        }
        let error = get(ports.error);
        if error && !self.expected.error {
            return Err("error is 1, expected 0".into());
        }
        let all_in = self.scenario.iter().zip(&self.taken).all(|(beats, n)| *n == beats.len());
        let passed = all_in && self.got == self.expected.beats.len();
        self.phase = match self.phase {
            Phase::Run(_) if passed => Phase::Rest(0),
            Phase::Run(n) if n >= HANG => {
                let (got, of) = (self.got, self.expected.beats.len());
                let taken = self.taken.iter().zip(&self.scenario).map(|(n, b)| format!("{n} of {}", b.len()));
                let taken = taken.collect::<Vec<_>>().join(", ");
                return Err(format!(
                    "no progress for {HANG} clocks, after {got} of {of} beats; words taken: {taken}"
                ));
            }
            Phase::Run(n) => Phase::Run(if progress { 0 } else { n + 1 }),
            Phase::Rest(n) if n >= self.rest => {
                if error != self.expected.error {
                    return Err("error is 0, expected 1".into());
                }
                Phase::Start
            }
            Phase::Rest(n) => Phase::Rest(n + 1),
            phase => phase,
        };
        Ok(())
    }

    fn mismatch(&self, what: String) -> Mismatch {
        let beats = |b: &Vec<holigen_verif::stream::Beat>| b.iter().map(|b| (b.data, b.last)).collect();
        let inputs = self.model.channels().into_iter().zip(self.scenario.iter().map(beats)).collect();
        Mismatch { what, inputs, beats: self.got, stalls: None }
    }
}

/// Runs about so many beats; `progress` gets how many are done since it was last called.
pub fn run(subject: &Subject<'_>, vectors: u64, seed: u64, progress: &(dyn Fn(u64) + Sync)) -> Report {
    let per_shard = (vectors / 8).clamp(1 << 15, 1 << 20);
    run_all(subject, Amount::Beats(vectors), vectors.div_ceil(per_shard), seed, progress)
}

/// Runs exactly so many spoiled streams, of which a few may by chance still say something sound; `progress` gets how
/// many are done since it was last called.
pub fn run_corrupt(
    subject: &Subject<'_>,
    streams: u64,
    seed: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Report {
    // A core waits for the longest stream of its shard at the end: long shards, but enough for all threads.
    let per_shard = (streams / 8).clamp(1 << 12, 1 << 17);
    run_all(subject, Amount::Corrupt(streams), streams.div_ceil(per_shard), seed, progress)
}

fn run_all(
    subject: &Subject<'_>,
    amount: Amount,
    shards: u64,
    seed: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Report {
    let program = Program::compile(subject.module);
    let ports = Ports::new(&program, subject.model);
    let stop = AtomicBool::new(false);
    let parts = run_shards(shards as usize, |i| {
        if stop.load(Ordering::Relaxed) {
            return Report::default();
        }
        let part = amount.part(i as u64, shards);
        let shard_seed = seed ^ (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let report = shard(&program, &ports, subject.model, part, shard_seed, progress);
        if report.mismatch.is_some() {
            stop.store(true, Ordering::Relaxed);
        }
        report
    });
    let mut all = Report::default();
    for p in parts {
        all.vectors += p.vectors;
        all.streams += p.streams;
        all.corrupt += p.corrupt;
        all.mismatch = all.mismatch.or(p.mismatch);
    }
    all
}

fn shard(
    program: &Program,
    ports: &Ports,
    model: &dyn StreamModel,
    amount: Amount,
    seed: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Report {
    let mut machine = Machine::new(program);
    let lane_seed = |l: u64| seed.wrapping_add(l.wrapping_mul(0xD134_2543_DE82_EF95));
    let lane = |l: u64| Lane::new(model, lane_seed(l), amount.part(l, LANES as u64));
    let mut lanes: Vec<Lane<'_>> = (0..LANES as u64).map(lane).collect();
    let done = |lanes: &[Lane<'_>]| -> u64 {
        let of = |l: &Lane<'_>| match amount {
            Amount::Beats(_) => l.report.vectors,
            Amount::Corrupt(_) => l.report.streams,
        };
        lanes.iter().map(of).sum()
    };
    let (mut total, mut reported, mut clock) = (Report::default(), 0, 0u64);
    let (n_in, n_out) = (program.input_limbs(), program.output_limbs());
    let (mut inputs, mut outputs) = (vec![0; LANES * n_in], vec![0; LANES * n_out]);
    while total.mismatch.is_none() && lanes.iter().any(|l| l.phase != Phase::Done) {
        for (lane, words) in lanes.iter_mut().zip(inputs.chunks_exact_mut(n_in)) {
            if lane.phase != Phase::Done {
                lane.drive(ports, words);
            }
        }
        machine.load(&inputs);
        machine.step();
        machine.store(&mut outputs);
        for (lane, words) in lanes.iter_mut().zip(outputs.chunks_exact(n_out)) {
            if let Err(what) = lane.look(ports, words) {
                total.mismatch = Some(lane.mismatch(what));
                break;
            }
        }
        clock += 1;
        if clock.is_multiple_of(256) {
            let now = done(&lanes);
            progress(now - reported);
            reported = now;
        }
    }
    progress(done(&lanes) - reported);
    total.vectors = lanes.iter().map(|l| l.report.vectors).sum();
    total.streams = lanes.iter().map(|l| l.report.streams).sum();
    total.corrupt = lanes.iter().map(|l| l.report.corrupt).sum();
    total
}
