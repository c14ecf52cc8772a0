//! Holds a netlist against its reference model in the embedded simulator.
//!
//! Every lane of every machine is a core of its own with its own stream of vectors and its own model; what a
//! lane does depends on seed and number only, so results are the same on any number of threads.
use crate::embedded::{LANES, Machine, Program, run_shards};
use holigen_generator::rtl::Module;
use holigen_verif::interface::{Interface, limbs};
use holigen_verif::model::Model;
use holigen_verif::vectors::{self, Source};
use std::sync::atomic::{AtomicBool, Ordering};

/// How many vectors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plan {
    /// Every combination of operands, each as a sum of its own, and then a million random ones for what
    /// accumulates.
    Exhaustive,
    /// So many random ones with directed themes.
    Count(u64),
}

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Results compared.
    pub vectors: u64,
    /// Every combination of operands was among them.
    pub exhaustive: bool,
    /// The first difference, if there is one.
    pub mismatch: Option<Mismatch>,
}

/// A difference between netlist and model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// Inputs of the sum so far, oldest first, at most the last 64: limbs in port order.
    pub history: Vec<Vec<u64>>,
    /// Outputs of the netlist, limbs in port order.
    pub got: Vec<u64>,
    /// Outputs of the model.
    pub expected: Vec<u64>,
    /// `in_valid` and `out_valid` do not agree at all: a result is missing or one too many.
    pub lost: bool,
}

/// A core and what it is held against.
pub struct Subject<'a> {
    /// The netlist.
    pub module: &'a Module,
    /// Its latency.
    pub latency: u32,
    /// Ports of the operator.
    pub interface: &'a Interface,
    /// Model of one sum.
    pub model: &'a dyn Model,
    /// Sums served in turn.
    pub turns: u32,
    /// Whether results depend on earlier inputs.
    pub stateful: bool,
    /// Terms of the largest product that a sum is said to hold; 0 where nothing is promised.
    pub longest_sum: u64,
}

impl Subject<'_> {
    /// Clocks of a sum (of all sums served in turn) to the brink of overflow; 0 where nothing is promised.
    pub(crate) fn brink(&self) -> u64 {
        self.longest_sum.saturating_mul(self.turns.into())
    }
}

/// A sum to the brink of overflow is tried up to this length.
pub(crate) const LONGEST_BRINK: u64 = 1 << 18;

/// What the lanes of a machine do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lanes {
    /// Every combination of operands, one after the other.
    Enumerate,
    /// Random streams.
    Random,
    /// Two lanes only: first a sum of so many terms, all largest in one, all smallest in the other.
    Brink(u64),
}

/// Extra random vectors behind an enumeration of a core that accumulates.
const RANDOM_BEHIND_EXHAUSTIVE: u64 = 1_000_000;

/// One lane: a stream, its models and the results that are under way. Rings instead of queues of vectors: this
/// is the inner loop of every check.
struct Lane {
    source: Source,
    models: Vec<Box<dyn Model>>,
    slot: usize,
    /// Enabled cycles so far, and of these the ones whose outputs were compared.
    entered: usize,
    left: usize,
    /// By enabled cycle: whether there is a result, and its limbs.
    valid: Vec<bool>,
    results: Vec<u64>,
    /// Tokens so far; turn and inputs of the last ones.
    tokens: usize,
    turns: Vec<usize>,
    history: Vec<u64>,
    /// This cycle's inputs.
    inputs: Vec<u64>,
    enable: bool,
}

/// Tokens of a sum that a message shows at most.
const HISTORY: usize = 64;

/// Runs a check. `progress` gets the number of vectors done since it was last called; it can be called from
/// several threads.
pub fn run(subject: &Subject<'_>, plan: Plan, seed: u64, progress: &(dyn Fn(u64) + Sync)) -> Report {
    let program = Program::compile(subject.module);
    let stop = AtomicBool::new(false);
    let mut parts: Vec<(u64, Option<Mismatch>)> = Vec::new();
    if plan == Plan::Exhaustive {
        let bits = vectors::operand_bits(subject.interface);
        assert!(bits <= 40, "{bits} bits of operands are too many to enumerate");
        parts.extend(shards(subject, &program, 1 << bits, Lanes::Enumerate, seed, &stop, progress));
    }
    let random = match plan {
        Plan::Exhaustive if subject.stateful => RANDOM_BEHIND_EXHAUSTIVE,
        Plan::Exhaustive => 0,
        Plan::Count(n) => n,
    };
    if random > 0 {
        parts.extend(shards(subject, &program, random, Lanes::Random, seed, &stop, progress));
    }
    // Two lanes, one up and one down, to the brink of overflow: only worth it where the rest is as long.
    let brink = subject.brink();
    if brink > 0 && brink <= LONGEST_BRINK && random >= brink / 2 {
        parts.extend(shards(subject, &program, 2 * brink + 128, Lanes::Brink(brink), seed, &stop, progress));
    }
    let vectors = parts.iter().map(|p| p.0).sum();
    let mismatch = parts.into_iter().find_map(|p| p.1);
    Report { vectors, exhaustive: plan == Plan::Exhaustive && mismatch.is_none(), mismatch }
}

fn shards(
    subject: &Subject<'_>,
    program: &Program,
    vectors: u64,
    lanes: Lanes,
    seed: u64,
    stop: &AtomicBool,
    progress: &(dyn Fn(u64) + Sync),
) -> Vec<(u64, Option<Mismatch>)> {
    // Long enough that filling the pipeline does not count, short enough for all threads to have work.
    let per_shard = match lanes {
        Lanes::Brink(_) => vectors,
        // Each of the lanes gets some thousand tokens, so that sums of some length occur.
        Lanes::Random if subject.stateful => (vectors / 64).clamp(1 << 17, 1 << 22),
        Lanes::Random => (vectors / 64).clamp(1 << 14, 1 << 22),
        Lanes::Enumerate => (vectors / 64).clamp(1 << 13, 1 << 22),
    };
    let n = vectors.div_ceil(per_shard);
    let models: Vec<std::sync::Mutex<Box<dyn Model>>> =
        (0..n).map(|_| std::sync::Mutex::new(subject.model.fresh())).collect();
    let data = (subject.interface, subject.latency, subject.turns, subject.module.clocked);
    let enable = subject.module.has_enable;
    run_shards(n as usize, |i| {
        if stop.load(Ordering::Relaxed) {
            return (0, None);
        }
        let from = i as u64 * per_shard;
        let count = per_shard.min(vectors - from);
        let model = models[i].lock().map(|m| m.fresh());
        let Ok(model) = model else { return (0, None) };
        let shard = Shard { program, data, enable, from, count, lanes, seed };
        let result = shard.run(model.as_ref(), progress);
        if result.1.is_some() {
            stop.store(true, Ordering::Relaxed);
        }
        result
    })
}

/// A range of vectors on one machine.
struct Shard<'a> {
    program: &'a Program,
    /// Interface, latency, turns, clocked.
    data: (&'a Interface, u32, u32, bool),
    enable: bool,
    from: u64,
    count: u64,
    lanes: Lanes,
    seed: u64,
}

impl Shard<'_> {
    fn run(&self, model: &dyn Model, progress: &(dyn Fn(u64) + Sync)) -> (u64, Option<Mismatch>) {
        let (interface, latency, turns, clocked) = self.data;
        let mut machine = Machine::new(self.program);
        let in_limbs = self.program.input_limbs();
        let out_limbs = self.program.output_limbs();
        // The first data limb of both sides is the valid bit of a clocked core.
        let valid_limbs = usize::from(clocked);
        let n_out: usize = interface.outputs().map(|p| limbs(p.width)).sum();
        let stalls = self.enable && self.lanes == Lanes::Random;
        let n_in = in_limbs - valid_limbs;
        let shape = Shape { n_in, n_out, latency: latency as usize };
        let active = if matches!(self.lanes, Lanes::Brink(_)) { 2 } else { LANES as u64 };
        let steady = match self.lanes {
            Lanes::Brink(terms) => Some((terms, vectors::extremes(interface, model))),
            _ => None,
        };
        let mut lanes: Vec<Lane> = (0..active)
            .map(|l| {
                let mut source = Source::new(interface, self.seed, self.from * 64 + l, clocked, stalls);
                if let Some((terms, extremes)) = &steady {
                    // With several sums in turn, the stream's one sum is dealt out to all of them.
                    source = source.from_steady_sum(*terms, extremes[l as usize].clone());
                }
                Lane::new(source, (0..turns).map(|_| model.fresh()).collect(), shape)
            })
            .collect();
        let enable_column = self.program.enable_column();
        let mut words_in = vec![0u64; in_limbs * LANES];
        let mut words_out = vec![0u64; out_limbs * LANES];
        let (mut issued, mut compared, mut reported) = (0u64, 0u64, 0u64);
        let mut drain = 0;
        while drain <= u64::from(latency) {
            if issued >= self.count {
                drain += 1;
            }
            for (l, lane) in lanes.iter_mut().enumerate() {
                let (enable, valid) = if issued >= self.count {
                    (true, false)
                } else if self.lanes == Lanes::Enumerate {
                    lane.inputs = vectors::enumerated(interface, self.from + issued);
                    (true, true)
                } else {
                    lane.source.next_into(&mut lane.inputs)
                };
                let token = enable && valid;
                issued += u64::from(token);
                let words = &mut words_in[l * in_limbs..(l + 1) * in_limbs];
                if clocked {
                    words[0] = u64::from(valid);
                }
                if let Some(c) = enable_column {
                    set_lane(&mut machine, c, l, enable);
                }
                if !lane.inputs.is_empty() {
                    words[valid_limbs..].copy_from_slice(&lane.inputs);
                }
                lane.advance(enable, token, shape);
            }
            machine.load(&words_in);
            machine.step();
            machine.store(&mut words_out);
            for (l, lane) in lanes.iter_mut().enumerate() {
                let out = &words_out[l * out_limbs..(l + 1) * out_limbs];
                let Some(expected) = lane.due(shape) else {
                    // Nothing is due: a clocked core must not claim a result.
                    if clocked && out[0] & 1 == 1 {
                        let data = &out[valid_limbs..];
                        return (compared, Some(lane.mismatch(vec![0; n_out], data, true, shape)));
                    }
                    continue;
                };
                compared += u64::from(lane.enable);
                // `out_valid` is the first output of a clocked core.
                let valid = !clocked || out[0] & 1 == 1;
                let data = &out[valid_limbs..];
                if !valid || lane.results[expected.clone()] != *data {
                    let expected = lane.results[expected].to_vec();
                    return (compared, Some(lane.mismatch(expected, data, !valid, shape)));
                }
            }
            if compared - reported > 1 << 16 {
                progress(compared - reported);
                reported = compared;
            }
        }
        progress(compared - reported);
        (compared, None)
    }
}

fn set_lane(machine: &mut Machine<'_>, column: usize, lane: usize, on: bool) {
    let word = &mut machine.inputs_mut()[column].0[lane / 64];
    *word = *word & !(1 << (lane % 64)) | u64::from(on) << (lane % 64);
}

/// Limbs of a core's data and the depth of its pipeline.
#[derive(Clone, Copy)]
struct Shape {
    n_in: usize,
    n_out: usize,
    latency: usize,
}

impl Lane {
    fn new(source: Source, models: Vec<Box<dyn Model>>, shape: Shape) -> Self {
        let depth = shape.latency + 1;
        let kept = HISTORY * models.len();
        Self {
            source,
            slot: 0,
            // As if the pipeline had been filled with bubbles.
            entered: shape.latency,
            left: 0,
            valid: vec![false; depth],
            results: vec![0; depth * shape.n_out],
            tokens: 0,
            turns: vec![0; kept],
            history: vec![0; kept * shape.n_in],
            inputs: Vec::new(),
            enable: true,
            models,
        }
    }

    /// The model's side of one cycle: an enabled cycle is under way until its result is due, a stalled one
    /// leaves everything as it is.
    fn advance(&mut self, enable: bool, token: bool, shape: Shape) {
        self.enable = enable;
        if !enable {
            return;
        }
        let slot = self.slot;
        self.slot = (self.slot + 1) % self.models.len();
        let at = self.entered % self.valid.len();
        self.entered += 1;
        self.valid[at] = token;
        if token {
            let out = &mut self.results[at * shape.n_out..(at + 1) * shape.n_out];
            self.models[slot].step(&self.inputs, out);
            let h = self.tokens % self.turns.len();
            self.tokens += 1;
            self.turns[h] = slot;
            self.history[h * shape.n_in..(h + 1) * shape.n_in].copy_from_slice(&self.inputs);
        }
    }

    /// Where the results are that the outputs show before this cycle's edge, if there are any; they stay due
    /// while the core is stalled.
    fn due(&mut self, shape: Shape) -> Option<std::ops::Range<usize>> {
        let at = self.left % self.valid.len();
        if self.enable {
            self.left += 1;
        }
        self.valid[at].then_some(at * shape.n_out..(at + 1) * shape.n_out)
    }

    /// The inputs of the failing sum: those of its turn up to the token whose result was due.
    fn mismatch(&self, expected: Vec<u64>, got: &[u64], lost: bool, shape: Shape) -> Mismatch {
        let depth = self.valid.len();
        let later = (self.left..self.entered).filter(|i| self.valid[i % depth]).count();
        let end = self.tokens.saturating_sub(later);
        let from = end.saturating_sub(self.turns.len() - later.min(self.turns.len()));
        let turn = |t: usize| self.turns[t % self.turns.len()];
        let slot = if end > 0 { turn(end - 1) } else { 0 };
        let inputs = |t: usize| {
            let h = t % self.turns.len();
            self.history[h * shape.n_in..(h + 1) * shape.n_in].to_vec()
        };
        let history = (from..end).filter(|t| turn(*t) == slot).map(inputs).collect();
        Mismatch { history, got: got.to_vec(), expected, lost }
    }
}
