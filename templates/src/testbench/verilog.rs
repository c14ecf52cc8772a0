//! Verilog-2001, and the C++ that drives it under Verilator.
use askama::Template;

use super::{
    Field, Layout, Numbers, SHORT_STEPS, SHORT_WORD_ROWS, SHOWN_FAILURES, Show, VERILATOR_EXPAND_BITS,
};

/// `<module>_tb.v`.
#[derive(Template)]
#[template(path = "testbench.v", escape = "none")]
pub(super) struct View<'a> {
    l: &'a Layout<'a>,
    shown: usize,
    /// Rows in a word.
    per_word: usize,
}

/// `<module>_tb.cpp`.
#[derive(Template)]
#[template(path = "testbench.cpp", escape = "none")]
pub(super) struct CppView<'a> {
    l: &'a Layout<'a>,
}

fn commands(module: &str) -> Vec<String> {
    [
        "With Icarus, where +wave=FILE writes a VCD:".to_string(),
        format!("  $ iverilog -g2001 -Wall -o {module}_tb.vvp {module}.v {module}_tb.v"),
        format!("  $ vvp {module}_tb.vvp [+wave={module}.vcd]"),
        "With Verilator, where --trace lets --wave FILE write a VCD:".to_string(),
        format!("  $ verilator --cc --exe --build -Wall [--trace] --top-module {module}_tb {module}.v {module}_tb.v {module}_tb.cpp"),
        format!("  $ obj_dir/V{module}_tb [--wave {module}.vcd]"),
        "With others: compile both files, run the testbench.".to_string(),
    ]
    .into()
}

/// `[7:0] `, or nothing for one bit.
fn range(width: u32) -> String {
    if width == 1 { String::new() } else { format!("[{}:0] ", width - 1) }
}

/// `name` in the 64 bits (or whatever `to` says) of a task's argument.
fn extended(name: &str, from: u32, to: u32) -> String {
    if from == to { name.to_string() } else { format!("{{{}'d0, {name}}}", to - from) }
}

impl<'a> View<'a> {
    pub(super) fn new(l: &'a Layout<'a>) -> Self {
        let per_word = match l.rows.len() {
            0..=SHORT_STEPS => SHORT_WORD_ROWS,
            _ => (VERILATOR_EXPAND_BITS / l.row_bits as usize + 1).next_power_of_two(),
        };
        View { l, shown: SHOWN_FAILURES, per_word }
    }

    fn comment(&self) -> String {
        self.l.comment("//", &commands(&self.l.tb.module))
    }

    /// Words of rows, the first row last: it has the low bits. A spare row at the end is what reading beyond
    /// the last step finds.
    fn words(&self) -> Vec<Vec<&str>> {
        let padded = self.count() * self.per_word;
        let spare = std::iter::repeat_n(&self.l.idle, padded - self.l.rows.len());
        let all: Vec<&str> = self.l.rows.iter().chain(spare).map(String::as_str).collect();
        all.chunks(self.per_word).map(<[_]>::to_vec).collect()
    }

    fn count(&self) -> usize {
        self.l.rows.len() / self.per_word + 1
    }

    fn word_bits(&self) -> usize {
        self.per_word * self.l.row_bits as usize
    }

    fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.l.inputs.iter().chain(&self.l.outputs)
    }

    fn range(&self, field: &Field<'_>) -> String {
        range(field.port.width)
    }

    /// The field's bits in a row.
    fn slice(&self, row: &str, field: &Field<'_>) -> String {
        match field.port.width {
            1 => format!("{row}[{}]", field.low),
            width => format!("{row}[{}:{}]", field.low + width - 1, field.low),
        }
    }

    /// Statements that print the operand of the step that is checked.
    fn show_operand(&self, field: &Field<'_>) -> String {
        let name = &field.port.name;
        self.show(&format!(" {name}="), &format!("tb_want_{name}"), field)
    }

    /// Statements that print what the core shows.
    fn show_result(&self, field: &Field<'_>) -> String {
        let name = &field.port.name;
        self.show(&format!(" {name}="), name, field)
    }

    /// Statements that print what the core should show.
    fn show_expected(&self, field: &Field<'_>) -> String {
        self.show(" expected ", &format!("tb_want_{}", field.port.name), field)
    }

    /// Statements that print `before`, the signal's bits and its number.
    fn show(&self, before: &str, signal: &str, field: &Field<'_>) -> String {
        let bits = if field.port.width == 1 { "%b" } else { "0x%h" };
        let write = format!("$write(\"{before}{bits}\", {signal});");
        match field.show {
            Some(k) => format!("{write} tb_show_{k}({signal});"),
            None => write,
        }
    }

    fn show_range(&self, show: &Show) -> String {
        range(show.width)
    }

    /// The call that prints one element.
    fn show_call(&self, show: &Show) -> String {
        let element = show.element();
        let bits = match show.lanes {
            1 => "tb_vector".to_string(),
            _ => format!("tb_vector[tb_lane * {element} +: {element}]"),
        };
        match show.numbers {
            Numbers::Bits => String::new(),
            Numbers::Float(f) => format!(
                "tb_show_float({}, 1'b{}, {}, {}, {}, 1'b{}, 64'h{:x}, 64'h{:x}, 1'b{});",
                extended(&bits, element, 64),
                u8::from(f.signed),
                f.we,
                f.wf,
                f.bias,
                u8::from(f.subnormals),
                f.max_finite,
                // No infinity: a code that was found to be a number before.
                f.infinity.unwrap_or(f.max_finite),
                u8::from(f.minus_zero)
            ),
            Numbers::Fixed { signed, lsb } => format!(
                "tb_show_fixed({}, {element}, 1'b{}, {lsb});",
                extended(&bits, element, self.l.widest_fixed()),
                u8::from(signed)
            ),
        }
    }
}

impl<'a> CppView<'a> {
    pub(super) fn new(l: &'a Layout<'a>) -> Self {
        CppView { l }
    }

    fn comment(&self) -> String {
        let module = &self.l.tb.module;
        let run = [
            format!(
                "Gives {module}_tb.v, which holds the vectors, its clock. Returns 0 if all passed, else 1."
            ),
            "Built with --trace, --wave FILE writes a VCD:".to_string(),
            format!(
                "  $ verilator --cc --exe --build -Wall [--trace] --top-module {module}_tb {module}.v {module}_tb.v {module}_tb.cpp"
            ),
            format!("  $ obj_dir/V{module}_tb [--wave {module}.vcd]"),
        ];
        self.l.comment("//", &run)
    }

    /// Cycles after which the testbench has ended for sure.
    fn limit(&self) -> u64 {
        self.l.clocks + u64::from(self.l.warm_up) + u64::from(self.l.drain()) + 10
    }
}
