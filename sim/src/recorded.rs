//! Vectors of one copy of a core with the results of its model: for testbenches and external simulators.
use crate::check::{LONGEST_BRINK, Plan, Subject};
use holigen_verif::interface::limbs;
use holigen_verif::model::Model;
use holigen_verif::vectors::{self, Source};

/// One cycle of a testbench or an external simulator: what goes in, and what the model says to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// Clock enable; 1 where the core has none.
    pub enable: bool,
    /// `in_valid`.
    pub valid: bool,
    /// Limbs of the operator's inputs in port order.
    pub inputs: Vec<u64>,
    /// What the outputs will be, if the cycle is enabled and valid.
    pub expected: Option<Vec<u64>>,
    /// Clocks for which the inputs stay and are taken again; `expected` is of the last one. 1 for all but long sums
    /// of equal terms.
    pub clocks: u64,
}

/// Random vectors behind all combinations of operands: as many as testbenches of wider operands have, since a rounding of
/// large sums may come once in thousands.
const SUMS_BEHIND_EXHAUSTIVE: u64 = 10_000;

/// Sums that random vectors reach the brink of anyway.
const SHORT_SUM: u64 = 64;

/// Clocks that a sum to the brink may take for each vector: the inputs stay, which is many times faster to
/// simulate than a vector of the text.
const CLOCKS_PER_VECTOR: u64 = 32;

/// Vectors for one copy of a core: with [`Plan::Exhaustive`] every combination of operands as a sum of its own
/// followed by ten thousand random ones for what accumulates; else corners first, then random ones with
/// bubbles and (`stalls`) cycles without clock enable.
pub fn vectors(subject: &Subject<'_>, stalls: bool, plan: Plan, seed: u64) -> Vec<Cycle> {
    let mut recorder = Recorder::new(subject);
    recorder.vectors(subject, stalls, plan, seed);
    recorder.cycles
}

/// The same, and behind them two sums of as many terms as the accumulator is said to hold, of the largest terms and
/// of the smallest ones, unless they are too long for so few vectors.
pub fn vectors_and_brink(subject: &Subject<'_>, stalls: bool, plan: Plan, seed: u64) -> Vec<Cycle> {
    let mut recorder = Recorder::new(subject);
    recorder.vectors(subject, stalls, plan, seed);
    let (terms, brink, others) = (subject.longest_sum, subject.brink(), recorder.cycles.len() as u64);
    if terms > SHORT_SUM && brink <= LONGEST_BRINK.min(CLOCKS_PER_VECTOR.saturating_mul(others)) {
        for operands in vectors::extremes(subject.interface, subject.model) {
            recorder.long_sum(subject, terms, &operands);
        }
    }
    recorder.cycles
}

/// Cycles so far, and the models that say what comes out.
struct Recorder {
    /// One for each sum served in turn.
    models: Vec<Box<dyn Model>>,
    /// Whose turn it is.
    slot: usize,
    /// Limbs of the results.
    n_out: usize,
    cycles: Vec<Cycle>,
}

impl Recorder {
    fn new(subject: &Subject<'_>) -> Self {
        Self {
            models: (0..subject.turns).map(|_| subject.model.fresh()).collect(),
            slot: 0,
            n_out: subject.interface.outputs().map(|p| limbs(p.width)).sum(),
            cycles: Vec::new(),
        }
    }

    /// One cycle; 1 if its input is taken.
    fn push(&mut self, c: vectors::Cycle) -> u64 {
        self.hold(c, 1)
    }

    /// An input that stays for some clocks; 1 if it is taken.
    fn hold(&mut self, c: vectors::Cycle, clocks: u64) -> u64 {
        let taken = c.enable && c.valid;
        let mut out = vec![0; self.n_out];
        for _ in 0..clocks {
            if taken {
                self.models[self.slot].step(&c.inputs, &mut out);
            }
            if c.enable {
                self.slot = (self.slot + 1) % self.models.len();
            }
        }
        let expected = taken.then_some(out);
        self.cycles.push(Cycle { enable: c.enable, valid: c.valid, inputs: c.inputs, expected, clocks });
        u64::from(taken)
    }

    fn vectors(&mut self, subject: &Subject<'_>, stalls: bool, plan: Plan, seed: u64) {
        let interface = subject.interface;
        let mut source = Source::new(interface, seed, 0, subject.module.clocked, stalls).from_first_corner();
        let (directed, random) = match plan {
            Plan::Exhaustive => (0, if subject.stateful { SUMS_BEHIND_EXHAUSTIVE } else { 0 }),
            Plan::Count(n) => {
                let corners = source.corner_count().min(n / 4);
                (corners, n - corners)
            }
        };
        if plan == Plan::Exhaustive {
            for index in 0..1u64 << vectors::operand_bits(interface) {
                let inputs = vectors::enumerated(interface, index);
                self.push(vectors::Cycle { enable: true, valid: true, inputs });
            }
        }
        (0..directed).for_each(|_| {
            self.push(source.next_corner());
        });
        let mut done = 0;
        while done < random {
            done += self.push(source.next_cycle());
        }
    }

    /// A sum of equal terms in every turn: results are looked at in the first and in the last one of each.
    fn long_sum(&mut self, subject: &Subject<'_>, terms: u64, operands: &[u64]) {
        let turns = u64::from(subject.turns);
        let cycle = |first| vectors::Cycle {
            enable: true,
            valid: true,
            inputs: vectors::with_first(subject.interface.inputs(), operands, first),
        };
        (0..turns).for_each(|_| {
            self.push(cycle(true));
        });
        self.hold(cycle(false), turns * (terms - 2));
        (0..turns).for_each(|_| {
            self.push(cycle(false));
        });
    }
}
