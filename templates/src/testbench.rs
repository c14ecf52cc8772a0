//! Self-checking testbenches with their vectors inside.
//!
//! All three share one plan. Every step of the stimulus is one row of hexadecimal digits: flags, operands,
//! expected results. Operands change right after a rising edge; results are looked at on rising edges. A
//! register of `latency` bits says when a result is due, so a result that comes early, late, twice or never is
//! a failure, and the run has a fixed length whatever the core does. Combinational cores are latency 0 with a
//! clock that only the testbench has.
use std::fmt::Write as _;

use askama::Template;

use crate::text::wrap;

mod verilog;
mod vhdl;

/// Rows in a word of a Verilog testbench, while it is short enough for reading to cost nothing.
const SHORT_WORD_ROWS: usize = 16;

/// Steps of the longest testbench whose words are for people.
const SHORT_STEPS: usize = 4096;

/// Words of longer ones are wider than this many bits: Verilator assigns narrower ones 32 bits at a time, and
/// the C++ compiler then takes minutes for the ten thousands of statements.
const VERILATOR_EXPAND_BITS: usize = 2048;

/// Clocks that a row can stay: they are counted in the languages' 32-bit integers.
const MOST_CLOCKS: u64 = 1 << 30;

/// Failures that are printed in full; the others are counted.
const SHOWN_FAILURES: usize = 10;

/// What a self-checking testbench is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testbench {
    /// Name of the core; the testbench is `<module>_tb`.
    pub module: String,
    /// What the core does, in one line.
    pub title: String,
    /// Command line that writes the files again.
    pub regenerate: String,
    /// Version of holigen.
    pub version: String,
    /// Operands and results, in the order of the core's ports, without `clk`, `rst`, `ce`, `in_valid` and
    /// `out_valid`.
    pub ports: Vec<Port>,
    /// The core has `clk`, and `in_valid` and `out_valid` unless it is a streaming core.
    pub clocked: bool,
    /// The core has a handshake of its own among the ports: every step is a clock, whose outputs are all expected.
    pub streaming: bool,
    /// The core has `rst`: synchronous, active high.
    pub has_rst: bool,
    /// The core has `ce`: 0 freezes all registers.
    pub has_ce: bool,
    /// Rising edges (with `ce`) from the one that samples an input to the one after which its result is out:
    /// 1 for a single register, 0 for none.
    pub latency: u32,
    /// One cycle each.
    pub steps: Vec<Step>,
    /// The Verilog core says `` `timescale 1ns / 1ps ``, so the testbench must too: tools warn unless all
    /// modules have one or none has.
    pub timescale: bool,
}

/// A port of the core that carries data. A single bit is a `std_logic` in VHDL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name in the text.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// Into the core.
    pub is_input: bool,
    /// Elements of a packed vector, element 0 in the least significant bits; 1 for scalars.
    pub lanes: u32,
    /// How failures print an element.
    pub numbers: Numbers,
}

/// How bits are read as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Not at all.
    Bits,
    /// Floating point.
    Float(Float),
    /// An integer times `2^lsb`.
    Fixed {
        /// Two's complement.
        signed: bool,
        /// Exponent of the least significant bit.
        lsb: i32,
    },
}

/// A floating-point format: sign (if any), exponent field, fraction field. Magnitude codes (the code without
/// its sign) up to `max_finite` are numbers in ascending order, `infinity` is infinity, all others are NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// There is a sign bit.
    pub signed: bool,
    /// Bits of the exponent field.
    pub we: u32,
    /// Bits of the fraction field, at most 52.
    pub wf: u32,
    /// What the exponent field exceeds the exponent by.
    pub bias: i32,
    /// Exponent field 0 means zero and subnormal numbers.
    pub subnormals: bool,
    /// Magnitude code of the largest number.
    pub max_finite: u64,
    /// Magnitude code of infinity.
    pub infinity: Option<u64>,
    /// Sign with magnitude code 0 is minus zero; otherwise it is NaN.
    pub minus_zero: bool,
}

/// One row of stimulus. An input is taken if `valid` and `ce` are both 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `in_valid`: false is a bubble. True in combinational cores.
    pub valid: bool,
    /// `ce`: false is a stall. True where there is no `ce`.
    pub ce: bool,
    /// Values of the inputs, in port order, each in as many 64-bit limbs as its width needs, the lowest first.
    /// Of a bubble too: they are driven, the core must not care.
    pub inputs: Vec<u64>,
    /// Values of the outputs, likewise, if the input is taken, else empty.
    pub expected: Vec<u64>,
    /// Clocks for which the row stays: 1 for most. Of longer ones the core has to answer every clock, and
    /// `expected` is what it says to the last. All of a testbench that are longer are equally long, and taken.
    pub clocks: u64,
}

/// What is wrong with a [`Testbench`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TestbenchError {
    /// No input is ever taken.
    #[error("a testbench needs at least one valid input")]
    Empty,
    /// No output.
    #[error("a testbench needs at least one output to check")]
    NoOutput,
    /// Widths that don't fit.
    #[error("port {port}: {width} bits can't be {lanes} elements of the number format")]
    Width {
        /// Name.
        port: String,
        /// Bits.
        width: u32,
        /// Elements.
        lanes: u32,
    },
    /// A combinational core with something that needs a clock.
    #[error("a core without clock has neither rst nor ce nor latency")]
    NotClocked,
    /// A step with the wrong number of values.
    #[error("step {step}: {found} limbs of {what}, expected {expected}")]
    Count {
        /// Index.
        step: usize,
        /// Inputs or expected results.
        what: &'static str,
        /// Number of limbs.
        found: usize,
        /// That the ports need.
        expected: usize,
    },
    /// A stall without `ce`, or a bubble without `in_valid`.
    #[error("step {step}: the core has no {port} that could be 0")]
    Control {
        /// Index.
        step: usize,
        /// The missing port.
        port: &'static str,
    },
    /// Rows that stay for different times, or for none at all, or are not taken.
    #[error(
        "step {step} stays for {clocks} clocks: it has to be taken, and all that stay do it equally long"
    )]
    Clocks {
        /// Index.
        step: usize,
        /// Its clocks.
        clocks: u64,
    },
    /// A value that its port can't have.
    #[error("step {step}, port {port}: a value has more than {width} bits")]
    Value {
        /// Index.
        step: usize,
        /// Name.
        port: String,
        /// Bits.
        width: u32,
    },
}

impl Testbench {
    /// The core has `in_valid` and `out_valid`.
    fn has_tokens(&self) -> bool {
        self.clocked && !self.streaming
    }
}

impl Float {
    fn width(&self) -> u32 {
        u32::from(self.signed) + self.we + self.wf
    }
}

impl Port {
    /// Bits of an element.
    fn element(&self) -> u32 {
        self.width / self.lanes
    }

    /// Hexadecimal digits.
    fn digits(&self) -> usize {
        self.width.div_ceil(4) as usize
    }

    fn check(&self) -> Result<(), TestbenchError> {
        let fits = self.width > 0 && self.lanes > 0 && self.width.is_multiple_of(self.lanes);
        let fits = fits
            && match self.numbers {
                Numbers::Float(f) => {
                    f.width() == self.element() && f.width() <= 64 && f.wf <= 52 && (1..31).contains(&f.we)
                }
                Numbers::Bits | Numbers::Fixed { .. } => true,
            };
        let error =
            || TestbenchError::Width { port: self.name.clone(), width: self.width, lanes: self.lanes };
        fits.then_some(()).ok_or_else(error)
    }

    /// Limbs of a value.
    fn limbs(&self) -> usize {
        self.width.div_ceil(64) as usize
    }

    /// Appends the digits of `value` in the port's width; false if it has more bits.
    fn push_value(&self, value: &[u64], out: &mut String) -> bool {
        let top = self.width - 64 * (value.len() as u32 - 1);
        let (mut digits, last) = (top.div_ceil(4), value.len() - 1);
        if top < 64 && value[last] >> top != 0 {
            return false;
        }
        for limb in value.iter().rev() {
            for k in (0..digits).rev() {
                out.push(char::from(b"0123456789abcdef"[(limb >> (4 * k)) as usize & 15]));
            }
            digits = 16;
        }
        true
    }
}

impl Step {
    /// The core samples this step's input.
    fn taken(&self) -> bool {
        self.valid && self.ce
    }
}

/// Where a port's bits are in a row.
struct Field<'a> {
    port: &'a Port,
    /// Least significant bit.
    low: u32,
    /// Index in [`Layout::shows`], if the port's bits are numbers.
    show: Option<usize>,
}

/// A way of printing a port, shared by those that look alike.
#[derive(PartialEq, Eq)]
struct Show {
    width: u32,
    lanes: u32,
    numbers: Numbers,
}

impl Show {
    fn element(&self) -> u32 {
        self.width / self.lanes
    }
}

/// What all languages' testbenches have in common.
struct Layout<'a> {
    tb: &'a Testbench,
    /// Bits of a row.
    row_bits: u32,
    inputs: Vec<Field<'a>>,
    outputs: Vec<Field<'a>>,
    shows: Vec<Show>,
    /// One row a step: digits of flags, operands and expected results, separated by underscores.
    rows: Vec<String>,
    /// A row that does nothing.
    idle: String,
    /// Clocks of the rows that stay, if there are any.
    held: Option<u64>,
    /// Clocks of all rows.
    clocks: u64,
    /// Number of expected results.
    results: usize,
    /// A row that fills the pipeline: valid, and otherwise zero.
    filling: String,
    /// The row of the one clock of reset: valid as well, and without enable, since reset needs none.
    dropped: String,
    /// Cycles before the first step: the pipeline is filled and then reset, or what the registers hold at power-up
    /// leaves.
    warm_up: u32,
}

impl<'a> Layout<'a> {
    fn new(tb: &'a Testbench) -> Result<Self, TestbenchError> {
        if !tb.clocked && (tb.has_rst || tb.has_ce || tb.latency > 0) {
            return Err(TestbenchError::NotClocked);
        }
        for port in &tb.ports {
            port.check()?;
        }
        if tb.ports.iter().all(|p| p.is_input) {
            return Err(TestbenchError::NoOutput);
        }
        let results = tb.steps.iter().filter(|s| s.taken()).count();
        if results == 0 {
            return Err(TestbenchError::Empty);
        }
        let mut shows: Vec<Show> = Vec::new();
        let row_bits = 4 + tb.ports.iter().map(|p| p.digits() as u32 * 4).sum::<u32>();
        let mut low = row_bits - 4;
        let mut field = |port: &'a Port| {
            low -= port.digits() as u32 * 4;
            let show = Show { width: port.width, lanes: port.lanes, numbers: port.numbers };
            let show = match port.numbers {
                Numbers::Bits => None,
                _ => Some(shows.iter().position(|s| *s == show).unwrap_or_else(|| {
                    shows.push(show);
                    shows.len() - 1
                })),
            };
            Field { port, low, show }
        };
        let inputs: Vec<_> = tb.ports.iter().filter(|p| p.is_input).map(&mut field).collect();
        let outputs: Vec<_> = tb.ports.iter().filter(|p| !p.is_input).map(&mut field).collect();
        let rows = (0..tb.steps.len()).map(|k| row(tb, k)).collect::<Result<_, _>>()?;
        let mut idle = String::from("2");
        for field in inputs.iter().chain(&outputs) {
            let _ = write!(idle, "_{}", "0".repeat(field.port.digits()));
        }
        let held = held(tb)?;
        let clocks = tb.steps.iter().map(|s| s.clocks).sum();
        let (filling, dropped) = (idle.replacen('2', "3", 1), idle.replacen('2', "1", 1));
        let warm_up = match (tb.has_rst, tb.has_tokens()) {
            (true, true) => tb.latency + 2,
            // A handshake has no tokens to drop.
            (true, false) => 2,
            (false, _) => tb.latency + 1,
        };
        Ok(Layout {
            tb,
            row_bits,
            inputs,
            outputs,
            shows,
            rows,
            idle,
            filling,
            dropped,
            held,
            clocks,
            results,
            warm_up,
        })
    }

    /// The pipeline is filled before it is reset.
    fn fills(&self) -> bool {
        self.tb.has_rst && self.tb.has_tokens()
    }

    /// Cycles after the last step in which nothing may come but what is due.
    fn drain(&self) -> u32 {
        self.tb.latency + 2
    }

    fn floats(&self) -> bool {
        self.shows.iter().any(|s| matches!(s.numbers, Numbers::Float(_)))
    }

    /// Bits of the widest fixed-point element; 0 if there is none.
    fn widest_fixed(&self) -> u32 {
        let fixed = self.shows.iter().filter(|s| matches!(s.numbers, Numbers::Fixed { .. }));
        fixed.map(Show::element).max().unwrap_or(0)
    }

    /// The comment at the top: `sign` starts a comment, `run` are commands.
    fn comment(&self, sign: &str, run: &[String]) -> String {
        let tb = self.tb;
        let mut lines =
            wrap("", &format!("{}_tb: self-checking testbench of {}, {}", tb.module, tb.module, tb.title));
        lines.push(String::new());
        let held = self.held.map_or(String::new(), |n| {
            format!(
                " Rows with flag 4 stay for {n} cycles, each a term of the same sum, which goes to the brink of overflow; \
                 of their results the last one is compared."
            )
        });
        let count = format!(
            "{} vectors in {} cycles, all in this text.{held} Prints PASS <n> vectors, or up to {SHOWN_FAILURES} failures \
             and FAIL <n> of <m>. Cycle n of a failure is row n of the vectors, the one with the operands.",
            self.results, self.clocks
        );
        lines.extend(wrap("", &count));
        lines.push(String::new());
        lines.extend(run.iter().cloned());
        lines.push(String::new());
        lines.push(format!("Written by holigen {}. To write it again:", tb.version));
        lines.push(format!("  $ {}", tb.regenerate.split_whitespace().collect::<Vec<_>>().join(" ")));
        let mut out = String::new();
        for line in lines {
            out.push_str(format!("{sign} {line}").trim_end());
            out.push('\n');
        }
        out.pop();
        out
    }

    /// What the fields of a row are.
    fn row_comment(&self) -> String {
        let names = self.inputs.iter().map(|f| f.port.name.clone());
        let expected = self.outputs.iter().map(|f| format!("expected {}", f.port.name));
        let flags = match (self.tb.has_tokens(), self.tb.has_ce) {
            (true, true) => "2*ce + in_valid",
            (true, false) => "2 + in_valid",
            (false, _) => "3",
        };
        let flags = if self.held.is_some() { format!("4*stays + {flags}") } else { flags.to_string() };
        std::iter::once(flags).chain(names).chain(expected).collect::<Vec<_>>().join(", ")
    }
}

/// How long the rows stay that stay longer than one clock.
fn held(tb: &Testbench) -> Result<Option<u64>, TestbenchError> {
    let mut held = None;
    for (step, s) in tb.steps.iter().enumerate() {
        let longer = s.clocks > 1;
        let good = !longer || tb.has_tokens() && s.taken() && held.is_none_or(|h| h == s.clocks);
        if s.clocks == 0 || !good || s.clocks > MOST_CLOCKS {
            return Err(TestbenchError::Clocks { step, clocks: s.clocks });
        }
        held = if longer { Some(s.clocks) } else { held };
    }
    Ok(held)
}

/// The digits of a step.
fn row(tb: &Testbench, k: usize) -> Result<String, TestbenchError> {
    let step = &tb.steps[k];
    if !step.valid && !tb.has_tokens() {
        return Err(TestbenchError::Control { step: k, port: "in_valid" });
    }
    if !step.ce && !tb.has_ce {
        return Err(TestbenchError::Control { step: k, port: "ce" });
    }
    let limbs = |is_input| tb.ports.iter().filter(|p| p.is_input == is_input).map(Port::limbs).sum();
    let expected = if step.taken() { limbs(false) } else { 0 };
    for (what, found, expected) in
        [("inputs", step.inputs.len(), limbs(true)), ("expected results", step.expected.len(), expected)]
    {
        if found != expected {
            return Err(TestbenchError::Count { step: k, what, found, expected });
        }
    }
    let digits: usize = tb.ports.iter().map(|p| p.digits() + 1).sum();
    let mut out = String::with_capacity(1 + digits);
    out.push(char::from(b'0' + 4 * u8::from(step.clocks > 1) + 2 * u8::from(step.ce) + u8::from(step.valid)));
    for (is_input, values) in [(true, &step.inputs), (false, &step.expected)] {
        let mut at = 0;
        for port in tb.ports.iter().filter(|p| p.is_input == is_input) {
            out.push('_');
            if values.is_empty() {
                out.extend(std::iter::repeat_n('0', port.digits()));
                continue;
            }
            if !port.push_value(&values[at..at + port.limbs()], &mut out) {
                let (port, width) = (port.name.clone(), port.width);
                return Err(TestbenchError::Value { step: k, port, width });
            }
            at += port.limbs();
        }
    }
    Ok(out)
}

/// The texts of a testbench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestbenchTexts {
    /// `<module>_tb.v`. Under Verilator the module has the clock as input and tells its end on outputs, because Verilator 5
    /// without `--timing` has no delays; elsewhere it runs alone.
    pub verilog: String,
    /// `<module>_tb.vhd`: VHDL-93, good as VHDL-2008.
    pub vhdl: String,
    /// `<module>_tb.cpp`: the main program for Verilator, which gives `<module>_tb.v` its clock.
    pub cpp: String,
}

impl Testbench {
    /// Writes all of them.
    ///
    /// # Errors
    /// The data contradicts itself.
    pub fn texts(&self) -> Result<TestbenchTexts, TestbenchError> {
        let layout = Layout::new(self)?;
        let text = |rendered: askama::Result<String>| rendered.expect("writing to a string can't fail");
        Ok(TestbenchTexts {
            verilog: text(verilog::View::new(&layout).render()),
            vhdl: text(vhdl::View::new(&layout).render()),
            cpp: text(verilog::CppView::new(&layout).render()),
        })
    }
}
