//! VHDL-93.
use askama::Template;

use super::{Field, Layout, Numbers, SHOWN_FAILURES, Show};

/// `<module>_tb.vhd`.
#[derive(Template)]
#[template(path = "testbench.vhd", escape = "none")]
pub(super) struct View<'a> {
    l: &'a Layout<'a>,
    shown: usize,
}

impl<'a> View<'a> {
    pub(super) fn new(l: &'a Layout<'a>) -> Self {
        View { l, shown: SHOWN_FAILURES }
    }

    fn comment(&self) -> String {
        let module = &self.l.tb.module;
        let run = [
            "With GHDL, which returns 1 if a vector failed (--std=08 works as well):".to_string(),
            format!("  $ ghdl -a --std=93 {module}.vhd {module}_tb.vhd"),
            format!("  $ ghdl -e --std=93 {module}_tb"),
            format!("  $ ghdl -r --std=93 {module}_tb [--vcd={module}.vcd]"),
            "With others: compile both files, run the testbench.".to_string(),
        ];
        self.l.comment("--", &run)
    }

    fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.l.inputs.iter().chain(&self.l.outputs)
    }

    fn type_of(&self, field: &Field<'_>) -> String {
        match field.port.width {
            1 => "std_logic".to_string(),
            width => format!("std_logic_vector({} downto 0)", width - 1),
        }
    }

    /// The field's bits in a row.
    fn slice(&self, row: &str, field: &Field<'_>) -> String {
        match field.port.width {
            1 => format!("{row}({})", field.low),
            width => format!("{row}({} downto {})", field.low + width - 1, field.low),
        }
    }

    /// Statements that print the operand of the step that is checked.
    fn show_operand(&self, field: &Field<'_>) -> String {
        self.show(&format!(" {}=", field.port.name), &self.slice("tb_want", field), field)
    }

    /// Statements that print what the core shows.
    fn show_result(&self, field: &Field<'_>) -> String {
        let name = &field.port.name;
        self.show(&format!(" {name}="), name, field)
    }

    /// Statements that print what the core should show.
    fn show_expected(&self, field: &Field<'_>) -> String {
        self.show(" expected ", &self.slice("tb_want", field), field)
    }

    /// Statements that print `before`, the signal's bits and its number.
    fn show(&self, before: &str, signal: &str, field: &Field<'_>) -> String {
        let vector = match field.port.width {
            1 => format!("std_logic_vector'(0 => {signal})"),
            _ => signal.to_string(),
        };
        let write = format!("tb_put(tb_line, \"{before}\" & tb_bits({vector}));");
        match field.show {
            Some(k) => format!("{write} tb_show_{k}(tb_line, {vector});"),
            None => write,
        }
    }

    /// The call that prints one element.
    fn show_call(&self, show: &Show) -> String {
        let element = show.element();
        let bits = match show.lanes {
            1 => "tb_vector".to_string(),
            _ => format!("tb_vector(tb_lane * {element} + {} downto tb_lane * {element})", element - 1),
        };
        match show.numbers {
            Numbers::Bits => String::new(),
            Numbers::Float(f) => {
                let digits = (f.we + f.wf) as usize;
                format!(
                    "tb_show_float(tb_line, {bits}, {}, {}, {}, {}, {}, \"{:0digits$b}\", \"{:0digits$b}\", {});",
                    f.signed,
                    f.we,
                    f.wf,
                    f.bias,
                    f.subnormals,
                    f.max_finite,
                    // No infinity: a code that was found to be a number before.
                    f.infinity.unwrap_or(f.max_finite),
                    f.minus_zero
                )
            }
            Numbers::Fixed { signed, lsb } => format!("tb_show_fixed(tb_line, {bits}, {signed}, {lsb});"),
        }
    }
}
