//! Prints a [`Module`] as Verilog-2001.
//!
//! Every value is one `wire` with its assignment, in sections that follow the pipeline's stages; widths
//! are explicit everywhere, so linters find nothing to extend or truncate.
use super::cells::{self, Cell};
use super::names::Names;
use super::print::{Place, align, blocks, comment, declaration_places, groups, hex, is_small, runs, wrap};
use super::{BinaryOp, Expr, Memory, Module, ReduceOp, Register, SignalId, TableId, Wire};
use num_bigint::BigUint;
use std::fmt::Write as _;

mod tables;

/// How tightly an expression binds, loosest last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    /// Names, constants, slices, concatenations, anything in brackets.
    Primary,
    /// `~x`
    Unary,
    /// `&x`, bracketed inside others: `a & &b` is legal, but nobody reads it with pleasure.
    Reduction,
    /// `a * b`
    Product,
    /// `a + b`
    Sum,
    /// `a << b`
    Shift,
    /// `a < b`
    Comparison,
    /// `a & b` and kin: associative, so operands of the same operator need no brackets.
    Bitwise(BinaryOp),
}

/// The text of the module.
///
/// The module must have passed [`Module::verify`].
pub fn print(m: &Module) -> String {
    let mut out = String::new();
    for line in &m.header {
        out.push_str(&comment("", "//", if line.is_empty() { " " } else { line }));
    }
    ports(m, &mut out);
    let held = tables::held(m);
    for (k, table) in m.tables.iter().enumerate() {
        out.push('\n');
        tables::print(m, table, held.contains(&TableId(k as u32)), &mut out);
    }
    let position = names_of(m).take("position");
    if m.cells.values().any(Cell::is_looped) {
        let _ = writeln!(out, "\n  genvar {position};");
    }
    let places = declaration_places(m);
    for (k, section) in m.sections.iter().enumerate() {
        out.push('\n');
        out.push_str(&comment("  ", "// ----", if section.title.is_empty() { " " } else { &section.title }));
        declare_registers(m, &places, Place::BeforeWires(k), &mut out);
        for run in runs(&section.wires) {
            print_wires(m, &position, run, &mut out);
        }
        if !section.wires.is_empty() && section.is_clocked() {
            out.push('\n');
        }
        declare_registers(m, &places, Place::AfterWires(k), &mut out);
        for group in groups(&section.registers) {
            print_registers(m, &group, &mut out);
        }
        for memory in &section.memories {
            print_memory(m, memory, &mut out);
        }
    }
    unread(m, &mut out);
    out.push('\n');
    let assigns: Vec<_> = m
        .outputs
        .iter()
        .map(|o| (format!("assign {}", o.name), format!(" = {}", m.signal(o.signal).name)))
        .collect();
    for line in align(&assigns) {
        let _ = writeln!(out, "  {line};");
    }
    out.push_str("endmodule\n");
    out
}

/// Bits that nothing reads are read once, into a wire that linters take by its name: a whole carry chain or
/// product stays one readable expression, and a lint run stays silent without pragmas.
fn unread(m: &Module, out: &mut String) {
    let bits: Vec<String> = m
        .unread_bits()
        .into_iter()
        .map(|u| {
            let s = m.signal(u.signal);
            match (u.hi - u.lo + 1 == s.width, u.hi == u.lo) {
                (true, _) => s.name.clone(),
                (false, true) => format!("{}[{}]", s.name, u.lo),
                (false, false) => format!("{}[{}:{}]", s.name, u.hi, u.lo),
            }
        })
        .collect();
    if bits.is_empty() {
        return;
    }
    let name = names_of(m).take("unused");
    out.push_str("\n  // Bits that the results do not need.\n");
    out.push_str(&wrap("  ", "      ", &format!("wire {name} = &{{1'b0, {}}};", bits.join(", "))));
    out.push('\n');
}

/// `[7:0] `, or nothing for a scalar.
fn range(width: u32) -> String {
    if width == 1 { String::new() } else { format!("[{}:0]", width - 1) }
}

/// `wire [7:0]` and ` name`, to be aligned.
fn declaration(kind: &str, m: &Module, s: SignalId) -> (String, String) {
    let signal = m.signal(s);
    let range = range(signal.width);
    let space = if range.is_empty() { "" } else { " " };
    (format!("{kind}{space}{range}"), format!(" {}", signal.name))
}

/// Declarations of the registers that belong to `place`.
fn declare_registers(m: &Module, places: &[(Place, SignalId)], place: Place, out: &mut String) {
    let rows: Vec<_> =
        places.iter().filter(|(at, _)| *at == place).map(|(_, s)| declaration("reg", m, *s)).collect();
    for line in align(&rows) {
        let _ = writeln!(out, "  {line};");
    }
}

fn ports(m: &Module, out: &mut String) {
    let _ = writeln!(out, "module {} (", m.name);
    let mut list: Vec<(String, String)> = Vec::new();
    let controls = [(m.clocked, "clk"), (m.has_reset, "rst"), (m.has_enable, "ce")];
    for (_, name) in controls.iter().filter(|(present, _)| *present) {
        list.push(("input  wire".into(), format!(" {name}")));
    }
    list.extend(m.inputs.iter().map(|&s| declaration("input  wire", m, s)));
    for o in &m.outputs {
        let (kind, _) = declaration("output wire", m, o.signal);
        list.push((kind, format!(" {}", o.name)));
    }
    let lines = align(&list);
    for (i, line) in lines.iter().enumerate() {
        let comma = if i + 1 < lines.len() { "," } else { "" };
        let _ = writeln!(out, "  {line}{comma}");
    }
    out.push_str(");\n");
}

/// Every name in use, for those that only one printer needs.
fn names_of(m: &Module) -> Names {
    let ports = ["clk", "rst", "ce", m.name.as_str()].into_iter();
    Names::new(
        ports
            .chain(m.signals.iter().map(|s| s.name.as_str()))
            .chain(m.outputs.iter().map(|o| o.name.as_str()))
            .chain(m.tables.iter().map(|t| t.name.as_str()))
            .chain(m.memories().map(|t| t.name.as_str()))
            .chain(m.cells.values().flat_map(Cell::names)),
    )
}

fn print_wires(m: &Module, position: &str, wires: &[Wire], out: &mut String) {
    if let Some(note) = &wires[0].note {
        out.push_str(&comment("  ", "//", note));
    }
    for block in blocks(m, wires) {
        match m.cells.get(&block[0].signal) {
            Some(cell) => cells::verilog::print(m, position, block[0].signal, cell, out),
            None => print_assignments(m, block, out),
        }
    }
}

fn print_assignments(m: &Module, wires: &[Wire], out: &mut String) {
    let heads: Vec<_> = wires.iter().map(|w| declaration("wire", m, w.signal)).collect();
    let left: Vec<_> = align(&heads).into_iter().zip(wires).map(|(l, w)| (l, root(m, w))).collect();
    let widest = left.iter().map(|(l, _)| l.len()).max().unwrap_or(0);
    for (l, r) in left {
        let _ = writeln!(out, "{};", wrap(&format!("  {l:<widest$} = "), "      ", &r));
    }
}

fn print_registers(m: &Module, group: &[&Register], out: &mut String) {
    let head = group[0];
    let name = |s: SignalId| m.signal(s).name.as_str();
    let zero = |r: &Register| constant(&BigUint::ZERO, m.signal(r.signal).width);
    let load: Vec<_> =
        group.iter().map(|r| (name(r.signal).into(), format!(" <= {}", name(r.data)))).collect();
    let clear: Vec<_> = group.iter().map(|r| (name(r.signal).into(), format!(" <= {}", zero(r)))).collect();
    let (load, clear): (Vec<_>, Vec<_>) = (align(&load), align(&clear));

    // One flat chain with `ce` in each condition: nested (`if (ce) if (clear)`) it would say that the enable
    // goes before the clear, and where flip-flops have it the other way round (FDRE) Yosys then clears in
    // a LUT for every bit.
    let gated = |s: Option<SignalId>| match (m.has_enable, s.map(name)) {
        (true, Some(s)) => Some(format!("ce & {s}")),
        (true, None) => Some("ce".into()),
        (false, s) => s.map(String::from),
    };
    let mut chain: Vec<(Option<String>, Vec<String>)> = Vec::new();
    match head.clear {
        // Both do the same, and nothing stands between them.
        Some(c) if head.reset && !m.has_enable => {
            chain.push((Some(format!("rst | {}", name(c))), block(&clear)));
        }
        _ => {
            chain.extend(head.reset.then(|| (Some("rst".into()), block(&clear))));
            chain.extend(head.clear.map(|c| (gated(Some(c)), block(&clear))));
        }
    }
    chain.push((gated(head.enable), block(&load)));
    out.push_str("  always @(posedge clk) begin\n");
    for line in conditions(&chain) {
        let _ = writeln!(out, "    {line}");
    }
    out.push_str("  end\n");
}

/// A block RAM as synthesisers know it: each port in a process of its own.
fn print_memory(m: &Module, memory: &Memory, out: &mut String) {
    let signal = |s: SignalId| m.signal(s).name.as_str();
    let range = if memory.width == 1 { String::new() } else { format!("{} ", range(memory.width)) };
    let (name, depth) = (&memory.name, 1u64 << memory.index_width);
    let asked = [(memory.block, "ram_style = \"block\""), (memory.apart, "no_rw_check")];
    for (_, attribute) in asked.iter().filter(|(yes, _)| *yes) {
        let _ = writeln!(out, "  (* {attribute} *)");
    }
    let _ = writeln!(out, "  reg {range}{name} [0:{}];", depth - 1);
    if memory.entries.is_empty() {
        let index = names_of(m).take(&format!("{name}_index"));
        let _ = writeln!(out, "  integer {index};");
        let zero = constant(&BigUint::ZERO, memory.width);
        let _ = writeln!(
            out,
            "  initial for ({index} = 0; {index} < {depth}; {index} = {index} + 1) {name}[{index}] = {zero};"
        );
    } else {
        out.push_str("  initial begin\n");
        for i in 0..depth as usize {
            let value = memory.entries.get(i).cloned().unwrap_or_default();
            let value = format!("{}'h{}", memory.width, hex(&value, memory.width));
            let _ = writeln!(out, "    {name}[{i}] = {value};");
        }
        out.push_str("  end\n");
    }
    if let Some([enable, address, data]) = memory.write.map(|w| w.map(signal)) {
        let _ = writeln!(
            out,
            "  always @(posedge clk) begin\n    if ({enable}) {name}[{address}] <= {data};\n  end"
        );
    }
    for r in &memory.reads {
        let (to, enable, address) = (signal(r.signal), signal(r.enable), signal(r.address));
        let _ = writeln!(
            out,
            "  always @(posedge clk) begin\n    if ({enable}) {to} <= {name}[{address}];\n  end"
        );
    }
}

/// Statements ended by semicolons.
fn block(statements: &[String]) -> Vec<String> {
    statements.iter().map(|s| format!("{s};")).collect()
}

/// `if (a) begin ... end else if (b) begin ... end`; a last branch without condition is an `else`.
fn conditions(chain: &[(Option<String>, Vec<String>)]) -> Vec<String> {
    if let [(None, body)] = chain {
        return body.clone();
    }
    let mut out = Vec::new();
    for (i, (condition, body)) in chain.iter().enumerate() {
        let end = if i == 0 { "" } else { "end else " };
        match condition {
            Some(c) => out.push(format!("{end}if ({c}) begin")),
            None => out.push("end else begin".into()),
        }
        out.extend(body.iter().map(|s| format!("  {s}")));
    }
    out.push("end".into());
    out
}

/// The whole right-hand side of a wire.
fn root(m: &Module, wire: &Wire) -> String {
    match &wire.expr {
        // The assignment's width is the product's, so the operands are extended by the language; every
        // synthesiser knows this form as a multiplier of the operands' sizes. Only where the language's
        // extension is ours: inside an operand, carries and complements would be extended too.
        Expr::Binary(BinaryOp::Mul, a, b) if is_self_determined(a) && is_self_determined(b) => {
            format!("{} * {}", operand(m, a, Level::Product, false), operand(m, b, Level::Product, true))
        }
        Expr::Mux(c, a, b) => {
            // Precedence would do without brackets, but a reader looks for them around a condition.
            let condition = match expr(m, c) {
                (text, Level::Primary | Level::Unary) => text,
                (text, _) => format!("({text})"),
            };
            format!("{condition} ? {} : {}", expr(m, a).0, expr(m, b).0)
        }
        Expr::Lookup(t, s) => {
            let table = &m.tables[t.0 as usize];
            let (name, index) = (&table.name, &m.signal(*s).name);
            if table.entries.len() > tables::FUNCTION_ENTRIES {
                format!("{name}[{index}]")
            } else {
                format!("{name}({index})")
            }
        }
        e => expr(m, e).0,
    }
}

/// Whether the language computes the expression at its own width wherever it stands.
fn is_self_determined(e: &Expr) -> bool {
    match e {
        Expr::Signal(_) | Expr::Slice { .. } | Expr::Replicate { .. } | Expr::Const { .. } => true,
        Expr::Concat(parts) => parts.len() > 1,
        _ => false,
    }
}

/// An operand of an expression of level `outer`, bracketed where precedence or clarity asks for it.
fn operand(m: &Module, e: &Expr, outer: Level, right: bool) -> String {
    let (text, inner) = expr(m, e);
    let bare = match (outer, inner) {
        (_, Level::Primary) => true,
        (Level::Reduction | Level::Unary, _) => false,
        (_, Level::Unary) => true,
        (Level::Bitwise(a), Level::Bitwise(b)) => a == b,
        (Level::Sum, Level::Sum) => !right,
        (Level::Sum, Level::Product) => true,
        (Level::Comparison, Level::Sum | Level::Product) => true,
        _ => false,
    };
    if bare { text } else { format!("({text})") }
}

/// Text and level of an expression. Every operator's operands are as wide as its result, so the context
/// never changes a value.
fn expr(m: &Module, e: &Expr) -> (String, Level) {
    match e {
        Expr::Signal(s) => (m.signal(*s).name.clone(), Level::Primary),
        Expr::Const { value, width } => (constant(value, *width), Level::Primary),
        Expr::Slice { of, hi, lo } if hi == lo => (format!("{}[{hi}]", m.signal(*of).name), Level::Primary),
        Expr::Slice { of, hi, lo } => (format!("{}[{hi}:{lo}]", m.signal(*of).name), Level::Primary),
        Expr::Concat(parts) if parts.len() == 1 => expr(m, &parts[0]),
        Expr::Concat(_) => {
            let mut items = Vec::new();
            elements(m, e, &mut items);
            (format!("{{{}}}", items.join(", ")), Level::Primary)
        }
        Expr::Replicate { bit, times } => (format!("{{{times}{{{}}}}}", expr(m, bit).0), Level::Primary),
        Expr::Not(a) => match &**a {
            Expr::Binary(BinaryOp::Eq, a, b) => binary(m, "!=", Level::Comparison, a, b),
            Expr::Binary(BinaryOp::Ult, a, b) => less(m, a, b, true),
            Expr::Reduce(op, a) => {
                let sign = match op {
                    ReduceOp::And => "~&",
                    ReduceOp::Or => "~|",
                    ReduceOp::Xor => "~^",
                };
                (format!("{sign}{}", operand(m, a, Level::Reduction, false)), Level::Reduction)
            }
            a => (format!("~{}", operand(m, a, Level::Unary, false)), Level::Unary),
        },
        Expr::Reduce(op, a) => {
            let sign = match op {
                ReduceOp::And => "&",
                ReduceOp::Or => "|",
                ReduceOp::Xor => "^",
            };
            (format!("{sign}{}", operand(m, a, Level::Reduction, false)), Level::Reduction)
        }
        Expr::Binary(op, a, b) => match op {
            BinaryOp::And => binary(m, "&", Level::Bitwise(*op), a, b),
            BinaryOp::Or => binary(m, "|", Level::Bitwise(*op), a, b),
            BinaryOp::Xor => binary(m, "^", Level::Bitwise(*op), a, b),
            BinaryOp::Add => binary(m, "+", Level::Sum, a, b),
            BinaryOp::Sub => binary(m, "-", Level::Sum, a, b),
            BinaryOp::Eq => binary(m, "==", Level::Comparison, a, b),
            BinaryOp::Ult => less(m, a, b, false),
            BinaryOp::Shl => shift(m, "<<", a, b),
            BinaryOp::Shr => shift(m, ">>", a, b),
            BinaryOp::Mul => {
                let (a, b) = (extended(m, a, m.width(b)), extended(m, b, m.width(a)));
                (format!("{a} * {b}"), Level::Product)
            }
        },
        Expr::Mux(..) | Expr::Lookup(..) => unreachable!("only ever the root of a wire: Module::verify"),
    }
}

/// Elements of nested concatenations, flat.
fn elements(m: &Module, e: &Expr, items: &mut Vec<String>) {
    match e {
        Expr::Concat(parts) => parts.iter().for_each(|p| elements(m, p, items)),
        e => items.push(expr(m, e).0),
    }
}

fn binary(m: &Module, sign: &str, level: Level, a: &Expr, b: &Expr) -> (String, Level) {
    (format!("{} {sign} {}", operand(m, a, level, false), operand(m, b, level, true)), level)
}

/// A shift; the amount may be of any width, and an amount beyond the operand's width gives zero.
fn shift(m: &Module, sign: &str, a: &Expr, n: &Expr) -> (String, Level) {
    binary(m, sign, Level::Shift, a, n)
}

/// `a < b` or its negation, with a constant on the right.
fn less(m: &Module, a: &Expr, b: &Expr, negated: bool) -> (String, Level) {
    let swap = matches!(a, Expr::Const { .. });
    let sign = match (swap, negated) {
        (false, false) => "<",
        (false, true) => ">=",
        (true, false) => ">",
        (true, true) => "<=",
    };
    let (a, b) = if swap { (b, a) } else { (a, b) };
    binary(m, sign, Level::Comparison, a, b)
}

/// The expression with `zeros` zero bits in front.
fn extended(m: &Module, e: &Expr, zeros: u32) -> String {
    if let Expr::Const { value, width } = e {
        return constant(value, width + zeros);
    }
    let mut items = vec![constant(&BigUint::ZERO, zeros)];
    elements(m, e, &mut items);
    format!("{{{}}}", items.join(", "))
}

/// A sized constant: binary for a bit, decimal for small numbers, hexadecimal otherwise.
pub(super) fn constant(value: &BigUint, width: u32) -> String {
    if width == 1 {
        format!("1'b{value}")
    } else if is_small(value) || width <= 4 {
        format!("{width}'d{value}")
    } else {
        format!("{width}'h{}", hex(value, width))
    }
}
