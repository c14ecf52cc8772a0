//! What goes into a core and what comes out, cycle by cycle, the same for every simulator.
//!
//! A cycle is as for the embedded simulator: inputs stand, logic settles, outputs are sampled before the rising
//! edge, then comes the edge.
use crate::embedded::{Machine, PortColumns, Program};

/// Inputs of every cycle: flat little-endian 64-bit limbs, for each cycle those of every input port in order,
/// `rst` and `ce` first if the core has them. Bits above a port's width are zero.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Stimulus {
    /// Cycles.
    pub cycles: usize,
    /// Limbs of all cycles.
    pub words: Vec<u64>,
}

/// Outputs of every cycle, flat as [`Stimulus`].
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Outputs {
    /// Cycles.
    pub cycles: usize,
    /// Limbs of all cycles; unknown bits are 0.
    pub words: Vec<u64>,
    /// For every limb the bits that were neither 0 nor 1 (`X`, `U`, ...), as registers are before anything has
    /// reached them. Simulators of two values know no such bits.
    pub unknown: Vec<u64>,
}

impl Outputs {
    /// Limbs of a cycle.
    pub fn limbs(&self) -> usize {
        self.words.len().checked_div(self.cycles).unwrap_or(0)
    }

    /// First cycle and limb where two simulators contradict each other: both know a bit and not the same.
    pub fn first_difference(&self, other: &Outputs) -> Option<(usize, usize)> {
        assert_eq!(self.words.len(), other.words.len(), "outputs of the same core and stimulus");
        let differs =
            |i: &usize| (self.words[*i] ^ other.words[*i]) & !(self.unknown[*i] | other.unknown[*i]) != 0;
        (0..self.words.len()).find(differs).map(|i| (i / self.limbs(), i % self.limbs()))
    }
}

impl Stimulus {
    /// Limbs of a cycle.
    pub fn limbs(&self) -> usize {
        self.words.len().checked_div(self.cycles).unwrap_or(0)
    }

    /// Runs it in the embedded simulator.
    ///
    /// # Panics
    /// If the limbs of a cycle are not those of the program's inputs.
    pub fn replay(&self, program: &Program) -> Outputs {
        let controls = [program.reset_column(), program.enable_column()];
        let controls: Vec<usize> = controls.into_iter().flatten().collect();
        let limbs = controls.len() + program.input_limbs();
        assert!(
            self.words.len() == self.cycles * limbs,
            "{} limbs for {} cycles of `{}`, which takes {limbs} a cycle",
            self.words.len(),
            self.cycles,
            program.name()
        );
        let mut machine = Machine::new(program);
        let mut words = vec![0; self.cycles * program.output_limbs()];
        for t in 0..self.cycles {
            let mut cycle = &self.words[t * limbs..(t + 1) * limbs];
            let columns = machine.inputs_mut();
            for &c in &controls {
                columns[c].0[0] = cycle[0] & 1;
                cycle = &cycle[1..];
            }
            for p in program.inputs() {
                bits(p, |k, limb, bit| columns[k].0[0] = cycle[limb] >> bit & 1);
                cycle = &cycle[p.limbs()..];
            }
            machine.step();
            let n = program.output_limbs();
            let mut out = &mut words[t * n..(t + 1) * n];
            for p in program.outputs() {
                bits(p, |k, limb, bit| out[limb] |= (machine.outputs()[k].0[0] & 1) << bit);
                out = &mut out[p.limbs()..];
            }
        }
        Outputs { cycles: self.cycles, unknown: vec![0; words.len()], words }
    }
}

/// Calls with column, limb and bit of every bit of a port.
fn bits(p: &PortColumns, mut f: impl FnMut(usize, usize, usize)) {
    for (i, column) in p.columns().enumerate() {
        f(column, i / 64, i % 64);
    }
}
