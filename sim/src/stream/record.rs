//! What goes into one core and comes out of it, clock by clock: for testbenches and other simulators.
use super::{Amount, Lane, Mismatch, Phase, Ports, Report, Subject};
use crate::embedded::{Machine, Program};
use crate::recorded::Cycle;
use crate::stimulus::{Outputs, Stimulus};

/// One core, clock by clock: what went in and what came out, held against the model on the way. `rst` is up in the
/// first clocks.
///
/// # Errors
/// A difference.
pub fn record(subject: &Subject<'_>, vectors: u64, seed: u64) -> Result<Record, Box<Mismatch>> {
    let program = Program::compile(subject.module);
    let ports = Ports::new(&program, subject.model);
    let mut machine = Machine::new(&program);
    let mut lane = Lane::new(subject.model, seed, Amount::Beats(vectors));
    let (mut stimulus, mut outputs) = (Stimulus::default(), Outputs::default());
    let (mut inputs, mut out) = (vec![0; program.input_limbs()], vec![0; program.output_limbs()]);
    let mut clock = 0;
    while lane.phase != Phase::Done {
        let reset = clock < RESET;
        clock += 1;
        machine.set_reset(reset);
        if !reset {
            lane.drive(&ports, &mut inputs);
        }
        machine.load(&inputs);
        stimulus.words.push(u64::from(reset));
        stimulus.words.extend_from_slice(&inputs);
        stimulus.cycles += 1;
        machine.step();
        machine.store(&mut out);
        outputs.words.extend_from_slice(&out);
        outputs.cycles += 1;
        if !reset {
            lane.look(&ports, &out).map_err(|what| Box::new(lane.mismatch(what)))?;
        }
    }
    outputs.unknown = vec![0; outputs.words.len()];
    Ok(Record { stimulus, outputs, report: lane.report })
}

/// A run of one core, clock by clock.
#[derive(Clone, Debug)]
pub struct Record {
    /// `rst`, then all inputs.
    pub stimulus: Stimulus,
    /// All outputs as they stand before the edge.
    pub outputs: Outputs,
    /// What was compared.
    pub report: Report,
}

impl Record {
    /// For testbenches: every clock behind the reset, with all its outputs.
    pub fn cycles(&self) -> Vec<Cycle> {
        let (n_in, n_out) = (self.stimulus.limbs(), self.outputs.limbs());
        let cycle = |t: usize| Cycle {
            enable: true,
            valid: true,
            inputs: self.stimulus.words[t * n_in + 1..(t + 1) * n_in].to_vec(),
            expected: Some(self.outputs.words[t * n_out..(t + 1) * n_out].to_vec()),
            clocks: 1,
        };
        (RESET..self.stimulus.cycles).map(cycle).collect()
    }
}

/// Clocks of `rst` at the start of a record.
pub const RESET: usize = 3;
