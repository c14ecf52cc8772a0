//! Cells in Verilog.
use super::{Cell, Chain, Lut, Pin, PinBit, Positions};
use crate::rtl::print::wrap;
use crate::rtl::verilog::constant;
use crate::rtl::{Module, SignalId};
use num_bigint::BigUint;
use std::fmt::Write as _;

/// A pin at position `at`, which is a number or the loop's variable.
fn pin(m: &Module, pin: Pin, at: &str, from: u32) -> String {
    match pin.bit(m, at, from) {
        PinBit::Const(bit) => format!("1'b{}", u8::from(bit)),
        PinBit::Signal(name) => name.to_owned(),
        PinBit::Indexed(name, index) => format!("{name}[{index}]"),
    }
}

/// What drives a wire, as cells of the device.
pub(in crate::rtl) fn print(m: &Module, position: &str, wire: SignalId, cell: &Cell, out: &mut String) {
    match cell {
        Cell::Chain(chain) => print_chain(m, position, wire, chain, out),
        Cell::Lut(lut) => print_lut(m, wire, lut, out),
    }
}

fn print_lut(m: &Module, wire: SignalId, lut: &Lut, out: &mut String) {
    let (name, inputs) = (&m.signal(wire).name, lut.pins.len());
    if lut.outputs == 2 {
        let _ = writeln!(out, "  wire [1:0] {name};");
        print_two_outputs(
            "  ",
            lut.contents,
            &lut.label,
            [&format!("{name}[1]"), &format!("{name}[0]")],
            lut.pins_of_two().map(|p| pin(m, p, "0", 0)),
            out,
        );
        return;
    }
    let pins = (0..).zip(&lut.pins).map(|(k, p)| format!(", .I{k}({})", pin(m, *p, "0", 0)));
    let contents =
        format!("{}'h{:0digits$x}", 1 << inputs, lut.contents, digits = (1usize << inputs).div_ceil(4));
    let text =
        format!("LUT{inputs} #(.INIT({contents})) {} (.O({name}){});", lut.label, pins.collect::<String>());
    let _ = writeln!(out, "  wire {name};\n{}", wrap("  ", "      ", &text));
}

/// A LUT6_2: its outputs O6 and O5, and what is at its pins.
fn print_two_outputs(
    indent: &str,
    contents: u64,
    label: &str,
    [o6, o5]: [&str; 2],
    pins: [String; 6],
    out: &mut String,
) {
    let pins: Vec<String> = pins.iter().enumerate().map(|(k, p)| format!(".I{k}({p})")).collect();
    let _ = writeln!(out, "{indent}LUT6_2 #(.INIT(64'h{contents:016x})) {label} (");
    let _ = writeln!(out, "{indent}  .O6({o6}), .O5({o5}),");
    let _ = writeln!(out, "{}", wrap(&format!("{indent}  "), &format!("{indent}  "), &pins.join(", ")));
    let _ = writeln!(out, "{indent});");
}

fn print_chain(m: &Module, position: &str, wire: SignalId, c: &Chain, out: &mut String) {
    let name = &m.signal(wire).name;
    let (n, cells, bits) = (c.width(), c.cell_width(), c.cell_bits);
    let (s, d) = (&c.propagate, &c.generate);
    if let Positions::Wires { propagate, generate } = &c.positions {
        for (vector, pins) in [(s, propagate), (d, generate)] {
            let zeros = vec!["1'b0".to_owned(); (cells - n) as usize];
            let bits: Vec<String> =
                zeros.into_iter().chain(pins.iter().rev().map(|p| pin(m, *p, "0", 0))).collect();
            let text = format!("wire [{}:0] {vector} = {{{}}};", cells - 1, bits.join(", "));
            let _ = writeln!(out, "{}", wrap("  ", "      ", &text));
        }
    } else {
        let _ = writeln!(out, "  wire [{}:0] {s}, {d};", cells - 1);
    }
    let _ = writeln!(out, "  wire [{}:0] {}, {};", cells - 1, c.sum, c.carries);
    for run in c.runs() {
        let looped = run.width > 1;
        let at = if looped { position.to_owned() } else { run.from.to_string() };
        let indent = if looped { "      " } else { "  " };
        if looped {
            let to = run.from + run.width;
            let _ = writeln!(out, "  generate");
            let _ = writeln!(
                out,
                "    for ({at} = {}; {at} < {to}; {at} = {at} + 1) begin : {}",
                run.from, run.label
            );
        }
        let label = if looped { "lut" } else { run.label.as_str() };
        let (propagates, generates) = (format!("{s}[{at}]"), format!("{d}[{at}]"));
        let pins = run.pins.map(|p| pin(m, p, &at, run.from));
        print_two_outputs(indent, run.contents, label, [&propagates, &generates], pins, out);
        if looped {
            let _ = writeln!(out, "    end\n  endgenerate");
        }
    }
    if cells > n && !c.runs().is_empty() {
        let zero = constant(&BigUint::ZERO, cells - n);
        let span = if cells - n == 1 { n.to_string() } else { format!("{}:{n}", cells - 1) };
        let _ = writeln!(out, "  assign {s}[{span}] = {zero};\n  assign {d}[{span}] = {zero};");
    }
    let first = pin(m, c.carry_in, "0", 0);
    for (k, label) in (0u32..).zip(&c.labels) {
        let (lo, hi) = (k * bits, (k + 1) * bits - 1);
        let (ci, init) = match (k, bits) {
            // A carry of the fabric comes in by CYINIT, or by CI where there is none.
            (0, 4) => ("1'b0".to_owned(), first.clone()),
            (0, _) => (first.clone(), "1'b0".to_owned()),
            _ => (format!("{}[{}]", c.carries, lo - 1), "1'b0".to_owned()),
        };
        let second = if bits == 4 { "CYINIT" } else { "CI_TOP" };
        let _ = writeln!(out, "  CARRY{bits} {label} (");
        let _ = writeln!(out, "    .CO({}[{hi}:{lo}]), .O({}[{hi}:{lo}]),", c.carries, c.sum);
        let _ =
            writeln!(out, "    .CI({ci}), .{second}({init}), .DI({d}[{hi}:{lo}]), .S({s}[{hi}:{lo}])\n  );");
    }
    let low = if n == cells { c.sum.clone() } else { format!("{}[{}:0]", c.sum, n - 1) };
    let _ = writeln!(out, "  wire [{n}:0] {name} = {{{}[{}], {low}}};", c.carries, n - 1);
    let mut unread: Vec<String> = c.unread_carries().iter().map(|r| bits_of(&c.carries, *r)).collect();
    if cells > n {
        unread.push(bits_of(&c.sum, (cells - 1, n)));
    }
    if !unread.is_empty() {
        let text = format!("wire {} = &{{1'b0, {}}};", c.unused, unread.join(", "));
        let _ = writeln!(out, "{}", wrap("  ", "      ", &text));
    }
}

/// `name[3:1]`, `name[2]`.
fn bits_of(name: &str, (hi, lo): (u32, u32)) -> String {
    if hi == lo { format!("{name}[{lo}]") } else { format!("{name}[{hi}:{lo}]") }
}
