//! Prints a [`Module`] as VHDL that is legal in the 1993 and the 2008 language and synthesizable.
//!
//! Only `std_logic_1164` and `numeric_std` are used. Ports are `std_logic` and `std_logic_vector`; inside,
//! a value of one bit is `std_logic` and a wider one `unsigned`. `case` with `others` and `with ... select`
//! are avoided: `ghdl --synth` loses their default branch (ghdl issue 2041).
use super::cells::{self, Cell};
use super::names::Names;
use super::print::{align, blocks, comment, groups, runs, wrap};
use super::{Memory, Module, Register, SignalId, SignalKind, Table, Wire};
use expression::literal;
use std::fmt::Write as _;

mod expression;

/// Functions that VHDL lacks, declared in the architecture when used.
#[derive(Clone, Copy, Default, Debug)]
struct Helpers {
    /// Comparison inside of an expression.
    to_logic: bool,
    /// Reductions; `numeric_std` has them since 2008 only.
    and_reduce: bool,
    or_reduce: bool,
    xor_reduce: bool,
}

/// The text of the entity and its architecture `rtl`.
///
/// The module must have passed [`Module::verify`].
pub fn print(m: &Module) -> String {
    // The statements come first: they tell which helpers the declarations must hold.
    let position = names_of(m).take("position");
    let mut p = Printer { m, helpers: Helpers::default(), position };
    let mut body = String::new();
    for section in &m.sections {
        body.push('\n');
        body.push_str(&comment("  ", "-- ----", if section.title.is_empty() { " " } else { &section.title }));
        for run in runs(&section.wires) {
            p.wires(run, &mut body);
        }
        if !section.wires.is_empty() && section.is_clocked() {
            body.push('\n');
        }
        for group in groups(&section.registers) {
            p.registers(&group, &mut body);
        }
        for memory in &section.memories {
            p.memory(memory, &mut body);
        }
    }
    body.push('\n');
    let outputs: Vec<_> =
        m.outputs.iter().map(|o| (o.name.clone(), format!(" <= {}", p.output(o.signal)))).collect();
    for line in align(&outputs) {
        let _ = writeln!(body, "  {line};");
    }

    let mut out = String::new();
    for line in &m.header {
        out.push_str(&comment("", "--", if line.is_empty() { " " } else { line }));
    }
    out.push_str("library ieee;\nuse ieee.std_logic_1164.all;\nuse ieee.numeric_std.all;\n");
    if !m.cells.is_empty() {
        out.push_str("-- Models of the cells are found there by simulators.\nuse work.all;\n");
    }
    out.push('\n');
    p.entity(&mut out);
    let _ = writeln!(out, "\narchitecture rtl of {} is", m.name);
    let mut names = names_of(m);
    p.declare_helpers(&mut names, &mut out);
    for table in &m.tables {
        declare_table(table, &mut names, &mut out);
    }
    for memory in m.memories() {
        declare_memory(memory, &mut names, &mut out);
    }
    declare_attributes(m, &mut out);
    cells::vhdl::declare_cells(m, &mut out);
    p.declare_signals(&mut out);
    out.push_str("begin\n");
    // The first section follows `begin` without an empty line.
    out.push_str(body.strip_prefix('\n').unwrap_or(&body));
    out.push_str("end architecture rtl;\n");
    out
}

/// Every name in use, for those that only this printer needs.
fn names_of(m: &Module) -> Names {
    Names::new(
        ["clk", "rst", "ce", m.name.as_str()]
            .into_iter()
            .chain(m.signals.iter().map(|s| s.name.as_str()))
            .chain(m.outputs.iter().map(|o| o.name.as_str()))
            .chain(m.tables.iter().map(|t| t.name.as_str()))
            .chain(m.memories().map(|t| t.name.as_str()))
            .chain(m.cells.values().flat_map(Cell::names)),
    )
}

/// `std_logic`, or `<vector>(7 downto 0)`.
fn type_of(width: u32, vector: &str) -> String {
    if width == 1 { "std_logic".into() } else { format!("{vector}({} downto 0)", width - 1) }
}

fn declare_table(table: &Table, names: &mut Names, out: &mut String) {
    let kind = names.take(&format!("{}_array", table.name));
    let element = type_of(table.width, "unsigned");
    let _ = writeln!(out, "  type {kind} is array (0 to {}) of {element};", table.entries.len() - 1);
    let _ = writeln!(out, "  constant {} : {kind} := (", table.name);
    let entries: Vec<_> =
        table.entries.iter().map(|e| literal(e, table.width).0.replace(' ', "\u{a0}")).collect();
    let lines = wrap("    ", "    ", &entries.join(", "));
    // The no-break space kept `"01" & X"ff"` on one line.
    out.push_str(&lines.replace('\u{a0}', " "));
    out.push_str("\n  );\n\n");
}

fn declare_memory(memory: &Memory, names: &mut Names, out: &mut String) {
    let kind = names.take(&format!("{}_array", memory.name));
    let element = type_of(memory.width, "unsigned");
    let depth = 1usize << memory.index_width;
    let _ = writeln!(out, "  type {kind} is array (0 to {}) of {element};", depth - 1);
    let zero = if memory.width == 1 { "'0'" } else { "(others => '0')" };
    if memory.entries.is_empty() {
        let _ = writeln!(out, "  signal {} : {kind} := (others => {zero});\n", memory.name);
        return;
    }
    // Without a write port a constant, so that nobody looks for its driver.
    let class = if memory.write.is_some() { "signal" } else { "constant" };
    let _ = writeln!(out, "  {class} {} : {kind} := (", memory.name);
    let mut entries: Vec<_> =
        memory.entries.iter().map(|e| literal(e, memory.width).0.replace(' ', "\u{a0}")).collect();
    if entries.len() == 1 {
        entries[0] = format!("0\u{a0}=>\u{a0}{}", entries[0]);
    }
    let mut text = entries.join(", ");
    if entries.len() < depth {
        text += &format!(", others\u{a0}=>\u{a0}{}", zero.replace(' ', "\u{a0}"));
    }
    out.push_str(&wrap("    ", "    ", &text).replace('\u{a0}', " "));
    out.push_str("\n  );\n\n");
}

/// What synthesisers are asked for: block RAMs, and none of the logic that compares addresses.
fn declare_attributes(m: &Module, out: &mut String) {
    let mut ask = |attribute: &str, kind: &str, value: &str, of: &dyn Fn(&Memory) -> bool| {
        let mut memories = m.memories().filter(|memory| of(memory)).peekable();
        if memories.peek().is_some() {
            let _ = writeln!(out, "  attribute {attribute} : {kind};");
        }
        for memory in memories {
            let class = if memory.write.is_some() { "signal" } else { "constant" };
            let _ = writeln!(out, "  attribute {attribute} of {} : {class} is {value};", memory.name);
        }
    };
    ask("ram_style", "string", "\"block\"", &|memory| memory.block);
    ask("no_rw_check", "boolean", "true", &|memory| memory.apart);
}

struct Printer<'m> {
    m: &'m Module,
    helpers: Helpers,
    /// Counts in `generate` statements.
    position: String,
}

impl Printer<'_> {
    fn entity(&self, out: &mut String) {
        let m = self.m;
        let mut list: Vec<(String, String)> = Vec::new();
        let controls = [(m.clocked, "clk"), (m.has_reset, "rst"), (m.has_enable, "ce")];
        for (_, name) in controls.iter().filter(|(present, _)| *present) {
            list.push((name.to_string(), " : in  std_logic".into()));
        }
        for &s in &m.inputs {
            let signal = m.signal(s);
            list.push((signal.name.clone(), format!(" : in  {}", type_of(signal.width, "std_logic_vector"))));
        }
        for o in &m.outputs {
            let kind = type_of(m.signal(o.signal).width, "std_logic_vector");
            list.push((o.name.clone(), format!(" : out {kind}")));
        }
        let _ = writeln!(out, "entity {} is\n  port (", m.name);
        let lines = align(&list);
        for (i, line) in lines.iter().enumerate() {
            let separator = if i + 1 < lines.len() { ";" } else { "" };
            let _ = writeln!(out, "    {line}{separator}");
        }
        let _ = writeln!(out, "  );\nend entity {};", m.name);
    }

    fn declare_helpers(&self, names: &mut Names, out: &mut String) {
        let used = self.helpers;
        if used.to_logic {
            let argument = names.clone().take("condition");
            let _ = writeln!(out, "  function to_logic({argument} : boolean) return std_logic is");
            let _ = writeln!(out, "  begin\n    if {argument} then\n      return '1';\n    end if;");
            let _ = writeln!(out, "    return '0';\n  end function;\n");
        }
        let reductions = [
            (used.and_reduce, "and_reduce", "and", '1'),
            (used.or_reduce, "or_reduce", "or", '0'),
            (used.xor_reduce, "xor_reduce", "xor", '0'),
        ];
        // A parameter that hides a signal draws a warning, so these names are chosen like all others.
        let mut names = names.clone();
        let (bits, folded, index) = (names.take("bits"), names.take("folded"), names.take("i"));
        for (_, name, operator, neutral) in reductions.iter().filter(|(used, ..)| *used) {
            let _ = writeln!(out, "  function {name}({bits} : unsigned) return std_logic is");
            let _ = writeln!(out, "    variable {folded} : std_logic := '{neutral}';\n  begin");
            let _ = writeln!(out, "    for {index} in {bits}'range loop");
            let _ = writeln!(out, "      {folded} := {folded} {operator} {bits}({index});");
            let _ = writeln!(out, "    end loop;\n    return {folded};\n  end function;\n");
        }
    }

    fn declare_signals(&self, out: &mut String) {
        let m = self.m;
        for section in &m.sections {
            let wires = section.wires.iter().map(|w| w.signal);
            let reads = section.memories.iter().flat_map(|m| &m.reads).map(|r| r.signal);
            let signals: Vec<_> =
                wires.chain(section.registers.iter().map(|r| r.signal)).chain(reads).collect();
            if signals.is_empty() {
                continue;
            }
            out.push_str(&comment("  ", "--", if section.title.is_empty() { " " } else { &section.title }));
            let rows: Vec<_> = signals
                .iter()
                .map(|&s| {
                    let signal = m.signal(s);
                    (format!("signal {}", signal.name), format!(" : {}", type_of(signal.width, "unsigned")))
                })
                .collect();
            for line in align(&rows) {
                let _ = writeln!(out, "  {line};");
            }
            signals.iter().filter_map(|s| m.cells.get(s)).for_each(|c| cells::vhdl::declare(c, out));
        }
    }

    /// The driver of an output port.
    fn output(&self, s: SignalId) -> String {
        let signal = self.m.signal(s);
        if signal.width == 1 || signal.kind == SignalKind::Input {
            signal.name.clone()
        } else {
            format!("std_logic_vector({})", signal.name)
        }
    }

    fn wires(&mut self, wires: &[Wire], out: &mut String) {
        if let Some(note) = &wires[0].note {
            out.push_str(&comment("  ", "--", note));
        }
        for block in blocks(self.m, wires) {
            match self.m.cells.get(&block[0].signal) {
                Some(cell) => cells::vhdl::print(self.m, &self.position, block[0].signal, cell, out),
                None => self.assignments(block, out),
            }
        }
    }

    fn assignments(&mut self, wires: &[Wire], out: &mut String) {
        let heads: Vec<_> =
            wires.iter().map(|w| (self.m.signal(w.signal).name.clone(), " <= ".into())).collect();
        for (left, wire) in align(&heads).into_iter().zip(wires) {
            let right = self.root(&wire.expr);
            let _ = writeln!(out, "{};", wrap(&format!("  {left}"), "      ", &right));
        }
    }

    fn registers(&mut self, group: &[&Register], out: &mut String) {
        let m = self.m;
        let head = group[0];
        let zero = |s: SignalId| if m.signal(s).width == 1 { "'0'" } else { "(others => '0')" };
        let mut load = Vec::new();
        let mut clear = Vec::new();
        for r in group {
            let name = m.signal(r.signal).name.clone();
            load.push((name.clone(), format!(" <= {}", self.whole(r.data))));
            clear.push((name, format!(" <= {}", zero(r.signal))));
        }
        let block = |rows: &[(String, String)]| -> Vec<String> {
            align(rows).into_iter().map(|s| format!("{s};")).collect()
        };
        let (load, clear) = (block(&load), block(&clear));
        let is_set = |name: &str| format!("{name} = '1'");
        // As in Verilog: one flat chain with `ce` in each condition.
        let gated = |s: Option<SignalId>| {
            let s = s.map(|s| is_set(&m.signal(s).name));
            match (m.has_enable, s) {
                (true, Some(s)) => Some(format!("{} and {s}", is_set("ce"))),
                (true, None) => Some(is_set("ce")),
                (false, s) => s,
            }
        };
        let mut chain: Vec<(Option<String>, Vec<String>)> = Vec::new();
        match head.clear {
            // Both do the same, and nothing stands between them.
            Some(c) if head.reset && !m.has_enable => {
                let either = format!("{} or {}", is_set("rst"), is_set(&m.signal(c).name));
                chain.push((Some(either), clear));
            }
            _ => {
                chain.extend(head.reset.then(|| (Some(is_set("rst")), clear.clone())));
                chain.extend(head.clear.map(|c| (gated(Some(c)), clear)));
            }
        }
        chain.push((gated(head.enable), load));
        out.push_str("  process (clk)\n  begin\n    if rising_edge(clk) then\n");
        for line in conditions(&chain) {
            let _ = writeln!(out, "      {line}");
        }
        out.push_str("    end if;\n  end process;\n");
    }

    /// A block RAM as synthesisers know it: each port in a process of its own.
    fn memory(&mut self, memory: &Memory, out: &mut String) {
        let name = &memory.name;
        let index = |p: &Self, s: SignalId| match p.m.signal(s).width {
            1 => format!("to_integer(unsigned'(0 => {}))", p.whole(s)),
            _ => format!("to_integer({})", p.whole(s)),
        };
        let mut process = |enable: &str, statement: &str| {
            let _ = writeln!(
                out,
                "  process (clk)\n  begin\n    if rising_edge(clk) then\n      if {enable} = '1' then\n        \
                 {statement};\n      end if;\n    end if;\n  end process;"
            );
        };
        if let Some([enable, address, data]) = memory.write {
            let statement = format!("{name}({}) <= {}", index(self, address), self.whole(data));
            process(&self.m.signal(enable).name, &statement);
        }
        for r in &memory.reads {
            let to = &self.m.signal(r.signal).name;
            process(&self.m.signal(r.enable).name, &format!("{to} <= {name}({})", index(self, r.address)));
        }
    }
}

/// `if a then ... elsif b then ... end if;`; a last branch without condition is an `else`.
fn conditions(chain: &[(Option<String>, Vec<String>)]) -> Vec<String> {
    if let [(None, body)] = chain {
        return body.clone();
    }
    let mut out = Vec::new();
    for (i, (condition, body)) in chain.iter().enumerate() {
        match condition {
            Some(c) => out.push(format!("{} {c} then", if i == 0 { "if" } else { "elsif" })),
            None => out.push("else".into()),
        }
        out.extend(body.iter().map(|s| format!("  {s}")));
    }
    out.push("end if;".into());
    out
}
