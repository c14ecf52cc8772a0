//! Drivers of Verilator, GHDL and Icarus Verilog: they run the emitted text.
//!
//! Each writes the stimulus to a file in a folder of its own, adds a small harness in the simulator's language
//! that plays it, and reads back what the harness saw. Texts that only a simulator can judge are so compared
//! with the embedded simulator bit by bit and cycle by cycle.
use crate::stimulus::{Outputs, Stimulus};
use holigen_generator::rtl::Module;
use holigen_generator::rtl::cells::{verilog_models, vhdl_models};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod bits;
mod ghdl;
mod icarus;
mod lint;
mod testbench;
pub mod tool;
mod verilator;

pub use ghdl::Ghdl;
pub use icarus::Icarus;
pub use lint::{Complaint, Linter, lint, lint_with};
pub use testbench::{Prepared, Verdict, run_testbench};
pub use tool::ToolError;
pub use verilator::{Speed, Verilator, verilator_speed};

/// A port of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextPort {
    /// Name in the text.
    pub name: String,
    /// Bits; 1 is a scalar.
    pub width: u32,
}

impl TextPort {
    /// A port.
    pub fn new(name: impl Into<String>, width: u32) -> Self {
        TextPort { name: name.into(), width }
    }

    /// 64-bit limbs that it takes in a cycle.
    pub fn limbs(&self) -> usize {
        self.width.div_ceil(64) as usize
    }
}

/// A core as text, and what a harness must know of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SourceText {
    /// Name of the module and the entity.
    pub top: String,
    /// The Verilog file.
    pub verilog: String,
    /// The VHDL file.
    pub vhdl: String,
    /// There is an input `clk`.
    pub clocked: bool,
    /// Inputs in order without `clk`; `rst` and `ce` are among them.
    pub inputs: Vec<TextPort>,
    /// Outputs in order.
    pub outputs: Vec<TextPort>,
}

impl SourceText {
    /// Ports from the netlist that was printed.
    pub fn new(m: &Module, verilog: impl Into<String>, vhdl: impl Into<String>) -> Self {
        let controls = [(m.has_reset, "rst"), (m.has_enable, "ce")];
        let mut inputs: Vec<TextPort> =
            controls.iter().filter(|c| c.0).map(|c| TextPort::new(c.1, 1)).collect();
        inputs.extend(m.inputs.iter().map(|&s| TextPort::new(&m.signal(s).name, m.signal(s).width)));
        let outputs = m.outputs.iter().map(|o| TextPort::new(&o.name, m.signal(o.signal).width)).collect();
        SourceText {
            top: m.name.clone(),
            verilog: verilog.into(),
            vhdl: vhdl.into(),
            clocked: m.clocked,
            inputs,
            outputs,
        }
    }

    /// With models of the cells that the netlist names, as simulators need them.
    #[must_use]
    pub fn with_models(mut self, m: &Module) -> Self {
        if !m.cells.is_empty() {
            self.verilog += &format!("\n{}", verilog_models());
            self.vhdl = format!("{}\n{}", vhdl_models(), self.vhdl);
        }
        self
    }

    /// Limbs of a cycle's inputs.
    pub fn input_limbs(&self) -> usize {
        self.inputs.iter().map(TextPort::limbs).sum()
    }

    /// Limbs of a cycle's outputs.
    pub fn output_limbs(&self) -> usize {
        self.outputs.iter().map(TextPort::limbs).sum()
    }

    fn check(&self, stimulus: &Stimulus) {
        assert!(
            stimulus.words.len() == stimulus.cycles * self.input_limbs(),
            "{} limbs for {} cycles of `{}`, which takes {} a cycle",
            stimulus.words.len(),
            stimulus.cycles,
            self.top,
            self.input_limbs()
        );
    }
}

/// How to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Write a VCD file of the whole run there.
    pub wave: Option<PathBuf>,
    /// Time each program gets.
    pub limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options { wave: None, limit: tool::DEFAULT_LIMIT }
    }
}

/// A simulator of text.
pub trait Engine: Sync {
    /// As on the command line.
    fn name(&self) -> &'static str;

    /// Plays a stimulus.
    ///
    /// # Panics
    /// If the limbs of a cycle are not those of the text's inputs.
    fn run_with(
        &self,
        text: &SourceText,
        stimulus: &Stimulus,
        options: &Options,
    ) -> Result<Outputs, ToolError>;

    /// Plays a stimulus with the default options.
    fn run(&self, text: &SourceText, stimulus: &Stimulus) -> Result<Outputs, ToolError> {
        self.run_with(text, stimulus, &Options::default())
    }
}

/// All of them.
pub const ENGINES: &[&dyn Engine] = &[&Verilator, &Ghdl, &Icarus];

/// A folder for one run; it goes with the value.
fn work_folder() -> Result<tempfile::TempDir, ToolError> {
    tempfile::Builder::new().prefix("holigen-").tempdir().map_err(ToolError::file(std::env::temp_dir()))
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), ToolError> {
    std::fs::write(path, text).map_err(ToolError::file(path))
}

/// An absolute path of the VCD file: programs run in other folders.
fn wave_path(options: &Options) -> Result<Option<PathBuf>, ToolError> {
    options.wave.as_ref().map(|w| std::path::absolute(w).map_err(ToolError::file(w))).transpose()
}
