//! Cells in VHDL.
use super::models::{carry_ports, lut_ports, lut_with_two_outputs_ports};
use super::{Cell, Chain, Lut, Pin, PinBit, Positions};
use crate::rtl::print::wrap;
use crate::rtl::{Module, SignalId};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Cells of the device that the text names.
pub(in crate::rtl) fn declare_cells(m: &Module, out: &mut String) {
    let mut sizes = BTreeSet::new();
    let (mut carry, mut two_outputs) = (None, false);
    for cell in m.cells.values() {
        match cell {
            Cell::Chain(chain) => {
                carry = Some(chain.cell_bits);
                two_outputs |= !chain.runs().is_empty();
            }
            Cell::Lut(lut) if lut.outputs == 2 => two_outputs = true,
            Cell::Lut(lut) => drop(sizes.insert(lut.pins.len())),
        }
    }
    for inputs in sizes {
        let _ = writeln!(out, "  component LUT{inputs}\n{}  end component;\n", lut_ports(inputs, "    "));
    }
    if two_outputs {
        let tables = lut_with_two_outputs_ports("    ");
        let _ = writeln!(out, "  component LUT6_2\n{tables}  end component;\n");
    }
    if let Some(bits) = carry {
        let _ = writeln!(out, "  component CARRY{bits}\n{}  end component;\n", carry_ports(bits, "    "));
    }
}

/// The vectors between the cells.
pub(in crate::rtl) fn declare(cell: &Cell, out: &mut String) {
    let Cell::Chain(c) = cell else { return };
    let names = [&c.propagate, &c.generate, &c.sum, &c.carries].map(String::as_str).join(", ");
    let text = format!("signal {names} : std_logic_vector({} downto 0);", c.cell_width() - 1);
    let _ = writeln!(out, "{}", wrap("  ", "    ", &text));
}

/// A pin at position `at`, which is a number or the loop's variable.
fn pin(m: &Module, pin: Pin, at: &str, from: u32) -> String {
    match pin.bit(m, at, from) {
        PinBit::Const(bit) => format!("'{}'", u8::from(bit)),
        PinBit::Signal(name) => name.to_owned(),
        PinBit::Indexed(name, index) => format!("{name}({index})"),
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
        print_two_outputs(
            "  ",
            lut.contents,
            &lut.label,
            [&format!("{name}(1)"), &format!("{name}(0)")],
            lut.pins_of_two().map(|p| pin(m, p, "0", 0)),
            out,
        );
        return;
    }
    let pins = (0..).zip(&lut.pins).map(|(k, p)| format!(", I{k} => {}", pin(m, *p, "0", 0)));
    let text = format!(
        "{} : LUT{inputs} generic map (INIT => \"{:0bits$b}\") port map (O => {}{});",
        lut.label,
        lut.contents,
        name,
        pins.collect::<String>(),
        bits = 1 << inputs
    );
    let _ = writeln!(out, "{}", wrap("  ", "    ", &text));
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
    let pins: Vec<String> = pins.iter().enumerate().map(|(k, p)| format!("I{k} => {p}")).collect();
    let _ = writeln!(out, "{indent}{label} : LUT6_2");
    let _ = writeln!(out, "{indent}  generic map (INIT => X\"{contents:016x}\")");
    let _ = writeln!(out, "{indent}  port map (O6 => {o6}, O5 => {o5},");
    let rest = format!("{indent}    ");
    let _ = writeln!(out, "{});", wrap(&rest, &rest, &pins.join(", ")));
}

fn print_chain(m: &Module, position: &str, wire: SignalId, c: &Chain, out: &mut String) {
    let name = &m.signal(wire).name;
    let (n, cells, bits) = (c.width(), c.cell_width(), c.cell_bits);
    let (s, d) = (&c.propagate, &c.generate);
    for run in c.runs() {
        let looped = run.width > 1;
        let at = if looped { position.to_owned() } else { run.from.to_string() };
        let indent = if looped { "    " } else { "  " };
        if looped {
            let to = run.from + run.width - 1;
            let _ = writeln!(out, "  {} : for {at} in {} to {to} generate", run.label, run.from);
        }
        let label = if looped { "lut" } else { run.label.as_str() };
        let (propagates, generates) = (format!("{s}({at})"), format!("{d}({at})"));
        let pins = run.pins.map(|p| pin(m, p, &at, run.from));
        print_two_outputs(indent, run.contents, label, [&propagates, &generates], pins, out);
        if looped {
            let _ = writeln!(out, "  end generate;");
        }
    }
    if let Positions::Wires { propagate, generate } = &c.positions {
        for (vector, pins) in [(s, propagate), (d, generate)] {
            // An aggregate: a concatenation of one bit would be that bit.
            let bits = pins.iter().enumerate().rev().map(|(i, p)| format!("{i} => {}", pin(m, *p, "0", 0)));
            let above = (cells > n).then(|| "others => '0'".to_owned());
            let text = format!("{vector} <= ({});", bits.chain(above).collect::<Vec<_>>().join(", "));
            let _ = writeln!(out, "{}", wrap("  ", "    ", &text));
        }
    } else if cells > n {
        for vector in [s, d] {
            let _ = writeln!(out, "  {vector}({} downto {n}) <= (others => '0');", cells - 1);
        }
    }
    let first = pin(m, c.carry_in, "0", 0);
    for (k, label) in (0u32..).zip(&c.labels) {
        let (lo, hi) = (k * bits, (k + 1) * bits - 1);
        let (ci, init) = match (k, bits) {
            // A carry of the fabric comes in by CYINIT, or by CI where there is none.
            (0, 4) => ("'0'".to_owned(), first.clone()),
            (0, _) => (first.clone(), "'0'".to_owned()),
            _ => (format!("{}({})", c.carries, lo - 1), "'0'".to_owned()),
        };
        let second = if bits == 4 { "CYINIT" } else { "CI_TOP" };
        let part = |vector: &str| format!("{vector}({hi} downto {lo})");
        let _ = writeln!(out, "  {label} : CARRY{bits}");
        let _ = writeln!(out, "    port map (CO => {}, O => {},", part(&c.carries), part(&c.sum));
        let _ = writeln!(out, "      CI => {ci}, {second} => {init},");
        let _ = writeln!(out, "      DI => {}, S => {});", part(d), part(s));
    }
    let (carry, low) = (format!("{}({})", c.carries, n - 1), format!("{}({} downto 0)", c.sum, n - 1));
    let _ = writeln!(out, "  {name} <= unsigned'({carry} & unsigned({low}));");
}
