//! The embedded simulator: runs the scheduled netlist itself, cycle by cycle, [`LANES`] copies at a time.
//!
//! A netlist becomes a straight line of one-bit operations. Each bit of the core is one [`Column`]: a word
//! in which every bit belongs to another lane, an independent copy of the core with its own inputs and its own
//! state. An `and` gate is then one vector instruction for hundreds of cores.
//!
//! # What a step is
//! [`Machine::step`] is one clock period as an observer at the rising edge sees it:
//! 1. the inputs stand as last written;
//! 2. the combinational logic settles;
//! 3. the outputs are sampled: wires and registers **before** the edge;
//! 4. the edge: registers take their next values.
//!
//! So an input given in step `t` to a core of latency `L` shows in the outputs of step `t + L`. A module
//! without a clock is evaluated, `L = 0`. Registers are 0 at the start.
//!
//! # Two ways in
//! *Columns* ([`Machine::inputs_mut`], [`Machine::outputs`]) are the raw path: a random word in a column is a
//! random bit for 64 lanes, [`count`] enumerates. *Lane words* ([`Machine::load`], [`Machine::store`]) are
//! flat limbs per lane, as reference models take them, and cost a transposition.
mod code;
mod compile;
mod emit;
mod gates;
mod lanes;
mod memory;
mod order;
mod random;
mod shards;
mod transpose;

pub use lanes::{Column, LANES, Machine, WORDS, count};
pub use random::Random;
pub use shards::run_shards;

use holigen_generator::rtl::Module;

/// Where the bits of a port are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PortColumns {
    /// Name of the port.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// Column of its bit 0; the others follow.
    pub first: usize,
}

impl PortColumns {
    fn new(name: &str, width: u32, first: usize) -> Self {
        PortColumns { name: name.into(), width, first }
    }

    /// Columns of its bits, least significant first.
    pub fn columns(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.width as usize
    }

    /// 64-bit limbs that it takes in lane words.
    pub fn limbs(&self) -> usize {
        self.width.div_ceil(64) as usize
    }
}

/// A compiled netlist; make a [`Machine`] of it to run it. Cheap to share between threads.
#[derive(Clone, Debug)]
pub struct Program {
    name: String,
    reset: Option<usize>,
    enable: Option<usize>,
    inputs: Vec<PortColumns>,
    outputs: Vec<PortColumns>,
    memories: Vec<memory::MemoryColumns>,
    /// Columns of the ports: inputs with `rst` and `ce`, outputs. What memories read and are told stands behind.
    data: (usize, usize),
    code: code::Code,
}

impl Program {
    /// Compiles a netlist.
    ///
    /// # Panics
    /// If the netlist doesn't pass `Module::verify`.
    pub fn compile(m: &Module) -> Program {
        compile::compile(m)
    }

    /// Name of the module.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Data inputs in port order, without `clk`, `rst` and `ce`.
    pub fn inputs(&self) -> &[PortColumns] {
        &self.inputs
    }

    /// Outputs in port order.
    pub fn outputs(&self) -> &[PortColumns] {
        &self.outputs
    }

    /// Input column of `rst`, if the core has it.
    pub fn reset_column(&self) -> Option<usize> {
        self.reset
    }

    /// Input column of `ce`, if the core has it.
    pub fn enable_column(&self) -> Option<usize> {
        self.enable
    }

    /// The input columns of all data inputs together.
    pub fn data_columns(&self) -> std::ops::Range<usize> {
        let first = usize::from(self.reset.is_some()) + usize::from(self.enable.is_some());
        first..self.data.0
    }

    /// The input called `name`.
    pub fn input(&self, name: &str) -> Option<&PortColumns> {
        self.inputs.iter().find(|p| p.name == name)
    }

    /// The output called `name`.
    pub fn output(&self, name: &str) -> Option<&PortColumns> {
        self.outputs.iter().find(|p| p.name == name)
    }

    /// Limbs of one lane's inputs in lane words.
    pub fn input_limbs(&self) -> usize {
        self.inputs.iter().map(PortColumns::limbs).sum()
    }

    /// Limbs of one lane's outputs in lane words.
    pub fn output_limbs(&self) -> usize {
        self.outputs.iter().map(PortColumns::limbs).sum()
    }

    /// What a step hands on to the next as two ports: registers, and what memories have read.
    fn state(&self) -> [PortColumns; 2] {
        let (inputs, first) = (self.code.inputs, self.code.inputs + self.code.outputs);
        let read = self.data.0;
        [
            PortColumns::new("registers", self.code.states as u32, first),
            PortColumns::new("read", (inputs - read) as u32, read),
        ]
    }

    /// Size and cost, for reports.
    pub fn statistics(&self) -> Statistics {
        self.code.statistics()
    }
}

/// What a program costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Statistics {
    /// Operations a step.
    pub operations: usize,
    /// Of these, the ones that only move a bit.
    pub moves: usize,
    /// Runs of equal operations: what the interpreter branches on.
    pub runs: usize,
    /// Columns of memory: inputs, outputs, registers, intermediate values.
    pub columns: usize,
    /// Register bits that influence an output.
    pub registers: usize,
}
