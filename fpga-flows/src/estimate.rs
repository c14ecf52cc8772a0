//! An estimate of the clock where nothing routes: the longest path of the synthesised netlist between registers, each
//! cell with the delay that the target states for it. Wires are in those delays, as in the target's.
use crate::flow::Design;
use crate::path::{Critical, Segment, signal_name};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Delays of a target, picoseconds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Delays {
    /// Clock to output and setup together.
    pub overhead: f64,
    /// A lookup table with a typical wire.
    pub lut: f64,
    /// Each load of a net beyond the first.
    pub fanout: f64,
    /// Onto a carry chain and off it, the table in front included.
    pub chain: f64,
    /// Along one carry cell.
    pub carry: f64,
    /// A multiplexer behind lookup tables.
    pub mux: f64,
}

/// What a cell is to a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    /// Ends paths and starts new ones.
    Register,
    Lut,
    /// With a lookup table of its own in front, or fed by one.
    Carry {
        own_table: bool,
    },
    Mux,
    /// Clock buffers, inverters that the cell behind absorbs.
    Free,
}

fn role(kind: &str) -> Role {
    let starts = |list: &[&str]| list.iter().any(|s| kind.starts_with(s));
    if kind == "MISTRAL_ALUT_ARITH" {
        Role::Carry { own_table: true }
    } else if starts(&["CARRY"]) {
        Role::Carry { own_table: false }
    } else if starts(&["LUT", "MISTRAL_ALUT"]) {
        Role::Lut
    } else if starts(&["MUXF"]) {
        Role::Mux
    } else if starts(&["FD", "MISTRAL_FF", "SRL", "RAM", "DSP", "MISTRAL_M"]) {
        Role::Register
    } else {
        Role::Free
    }
}

/// Enables, sets and resets of registers.
const CONTROLS: [&str; 8] = ["CE", "R", "S", "CLR", "PRE", "ENA", "ACLR", "SCLR"];

/// Registers of a slice, which has one pin for each of these: AMD UG474 and UG574 (half a slice there). Intel's blocks have
/// more registers to a pin.
const REGISTERS_TOGETHER: u32 = 8;

/// A bit of the netlist, by Yosys's number.
type Bit = u64;

struct Cell<'a> {
    name: &'a str,
    role: Role,
    inputs: Vec<(&'a str, Bit)>,
    outputs: Vec<Bit>,
}

struct Netlist<'a> {
    cells: Vec<Cell<'a>>,
    /// The cell that drives a bit.
    driver: HashMap<Bit, usize>,
    /// Pins that a bit drives.
    loads: HashMap<Bit, u32>,
    /// A name for each bit that has one; public names win.
    names: HashMap<Bit, &'a str>,
    outputs: Vec<Bit>,
}

fn bits(v: &Value) -> impl Iterator<Item = Bit> + '_ {
    v.as_array().into_iter().flatten().filter_map(Value::as_u64)
}

impl<'a> Netlist<'a> {
    fn read(module: &'a Value) -> Result<Self, String> {
        let found = module["cells"].as_object().ok_or("no cells")?;
        let (mut cells, mut driver, mut loads) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut controlled: BTreeMap<Bit, u32> = BTreeMap::new();
        // In the order of their names: the result must not depend on anything else.
        for (name, cell) in found.iter().collect::<BTreeMap<_, _>>() {
            let kind = cell["type"].as_str().unwrap_or_default();
            let mut c = Cell { name, role: role(kind), inputs: Vec::new(), outputs: Vec::new() };
            for (port, connected) in cell["connections"].as_object().into_iter().flatten() {
                if cell["port_directions"][port] == "output" {
                    c.outputs.extend(bits(connected));
                } else if !matches!(port.as_str(), "C" | "CLK" | "CLKIN") {
                    c.inputs.extend(bits(connected).map(|b| (port.as_str(), b)));
                }
            }
            driver.extend(c.outputs.iter().map(|b| (*b, cells.len())));
            for (port, b) in &c.inputs {
                let control = c.role == Role::Register && CONTROLS.contains(port);
                let pins =
                    if control { controlled.entry(*b).or_default() } else { loads.entry(*b).or_default() };
                *pins += 1;
            }
            cells.push(c);
        }
        for (b, registers) in controlled {
            *loads.entry(b).or_default() += registers.div_ceil(REGISTERS_TOGETHER);
        }
        let mut names: HashMap<Bit, (bool, usize, &str)> = HashMap::new();
        for (name, net) in module["netnames"].as_object().into_iter().flatten() {
            let hidden = net["hide_name"].as_u64() == Some(1);
            for b in bits(&net["bits"]) {
                let this = (hidden, name.len(), name.as_str());
                names.entry(b).and_modify(|best| *best = (*best).min(this)).or_insert(this);
            }
        }
        let names = names.into_iter().map(|(b, (_, _, name))| (b, name)).collect();
        let ports = module["ports"].as_object().into_iter().flatten();
        let outputs = ports.filter(|(_, p)| p["direction"] == "output");
        let outputs = outputs.flat_map(|(_, p)| bits(&p["bits"])).collect();
        Ok(Netlist { cells, driver, loads, names, outputs })
    }

    /// The cell that drives a bit, if it is on a path through it.
    fn before(&self, bit: Bit) -> Option<usize> {
        self.driver.get(&bit).copied().filter(|c| self.cells[*c].role != Role::Register)
    }

    /// Cells in an order in which each follows its drivers; registers are left out.
    fn order(&self) -> Result<Vec<usize>, String> {
        let mut state = vec![0u8; self.cells.len()];
        let mut order = Vec::new();
        for start in 0..self.cells.len() {
            if self.cells[start].role == Role::Register {
                continue;
            }
            let mut stack = vec![(start, 0)];
            while let Some((c, at)) = stack.pop() {
                if at == 0 && state[c] == 2 {
                    continue;
                }
                state[c] = 1;
                match self.cells[c].inputs.get(at) {
                    None => {
                        state[c] = 2;
                        order.push(c);
                    }
                    Some((_, bit)) => {
                        stack.push((c, at + 1));
                        if let Some(d) = self.before(*bit) {
                            match state[d] {
                                0 => stack.push((d, 0)),
                                // Within one carry cell the bits wait for each other.
                                1 if d != c => return Err(format!("a loop through {}", self.cells[d].name)),
                                _ => (),
                            }
                        }
                    }
                }
            }
        }
        Ok(order)
    }
}

/// When the outputs of a cell are there, and the input that they waited for.
#[derive(Clone, Copy, Default)]
struct Arrival {
    ps: f64,
    from: Option<Bit>,
}

/// The longest path of a flattened netlist (`write_json` of Yosys); `None` if there is no logic at all.
pub(crate) fn longest(text: &str, design: &Design<'_>, delays: &Delays) -> Result<Option<Critical>, String> {
    let text = text.find('{').map_or(text, |i| &text[i..]);
    let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let netlist = Netlist::read(&all["modules"][design.top])?;
    let mut arrivals = vec![Arrival::default(); netlist.cells.len()];
    let wire = |bit: Bit| delays.fanout * f64::from(netlist.loads.get(&bit).copied().unwrap_or(1).max(1) - 1);
    for c in netlist.order()? {
        let cell = &netlist.cells[c];
        let mut latest = Arrival::default();
        for (port, bit) in &cell.inputs {
            let before = netlist.before(*bit);
            let start = before.map_or(0.0, |d| if d == c { 0.0 } else { arrivals[d].ps });
            let start = start + wire(*bit);
            let from_lut = before.is_some_and(|d| netlist.cells[d].role == Role::Lut);
            let ps = match cell.role {
                Role::Lut => start + delays.lut,
                Role::Mux => start + delays.mux,
                Role::Free | Role::Register => start,
                Role::Carry { own_table } => match *port {
                    "CI" | "CIN" if before.is_some() => arrivals[before.unwrap_or(c)].ps + delays.carry,
                    _ if from_lut && !own_table => {
                        start + (delays.chain - delays.lut).max(0.0) + delays.carry
                    }
                    _ => start + delays.chain + delays.carry,
                },
            };
            if ps > latest.ps {
                latest = Arrival { ps, from: Some(*bit) };
            }
        }
        arrivals[c] = latest;
    }
    // Ends: data of registers and outputs, which registers around the core would take.
    let registers = netlist.cells.iter().filter(|c| c.role == Role::Register);
    let into = registers.flat_map(|c| c.inputs.iter().map(|i| (i.1, c.outputs.first().copied())));
    let out = netlist.outputs.iter().map(|b| (*b, Some(*b)));
    let reached = |bit: Bit| wire(bit) + netlist.before(bit).map_or(0.0, |c| arrivals[c].ps);
    let end = into.chain(out).max_by(|a, b| reached(a.0).total_cmp(&reached(b.0)));
    let Some((end, register)) = end.filter(|(bit, _)| reached(*bit) > 0.0) else { return Ok(None) };
    Ok(Some(told(&netlist, &arrivals, end, register, reached(end), design, delays)))
}

/// The path that ends in a bit, from its start.
fn told(
    netlist: &Netlist<'_>,
    arrivals: &[Arrival],
    end: Bit,
    register: Option<Bit>,
    ps: f64,
    design: &Design<'_>,
    delays: &Delays,
) -> Critical {
    let name = |bit: Bit| netlist.names.get(&bit).map_or("?".into(), |n| signal_name(n, design.signals));
    let mut segments: Vec<Segment> = Vec::new();
    let mut at = end;
    let start = loop {
        let Some(c) = netlist.before(at) else { break at };
        let Some(from) = arrivals[c].from else { break at };
        let before = netlist.before(from).map_or(0.0, |d| arrivals[d].ps);
        let kind = match netlist.cells[c].role {
            Role::Carry { .. } => "carry",
            Role::Mux => "mux",
            _ => "logic",
        };
        let logic_ns = (arrivals[c].ps - before) / 1000.0;
        if logic_ns > 0.0 {
            let segment = Segment { kind: kind.into(), signal: name(from), routing_ns: 0.0, logic_ns };
            match segments.last_mut() {
                Some(last) if last.kind == "carry" && kind == "carry" => {
                    last.logic_ns += segment.logic_ns;
                    last.signal = segment.signal;
                }
                _ => segments.push(segment),
            }
        }
        at = from;
    };
    let register_ns = delays.overhead / 1000.0;
    let first =
        Segment { kind: "register".into(), signal: String::new(), routing_ns: 0.0, logic_ns: register_ns };
    segments.push(first);
    segments.reverse();
    let total_ns = ps / 1000.0 + register_ns;
    Critical {
        from: name(start),
        to: name(register.unwrap_or(end)),
        total_ns,
        logic_ns: total_ns,
        routing_ns: 0.0,
        segments,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_of_a_slice_load_an_enable_once() {
        let cell = |k: u64| {
            let ports = serde_json::json!({ "D": [100 + k], "CE": [10], "C": [1], "Q": [200 + k] });
            let directions = serde_json::json!({ "D": "input", "CE": "input", "C": "input", "Q": "output" });
            let cell = serde_json::json!({
                "type": "FDRE", "port_directions": directions, "connections": ports
            });
            (format!("r{k}"), cell)
        };
        let cells: serde_json::Map<String, Value> = (0..17).map(cell).collect();
        let module = serde_json::json!({ "cells": cells, "ports": {}, "netnames": {} });
        let loads = Netlist::read(&module).unwrap().loads;
        assert_eq!((loads[&10], loads[&100]), (3, 1));
    }

    #[test]
    fn a_table_and_a_chain() {
        let cell = |kind: &str, inputs: &str, outputs: &str| {
            let mut directions = Vec::new();
            let mut connections = Vec::new();
            for (list, direction) in [(inputs, "input"), (outputs, "output")] {
                for p in list.split_whitespace() {
                    let (port, bits) = p.split_once('=').unwrap();
                    directions.push(format!("\"{port}\": \"{direction}\""));
                    connections.push(format!("\"{port}\": [{bits}]"));
                }
            }
            format!(
                "{{ \"type\": \"{kind}\", \"port_directions\": {{ {} }}, \"connections\": {{ {} }} }}",
                directions.join(", "),
                connections.join(", ")
            )
        };
        // q -> LUT -> CARRY4 -> CARRY4 -> sum; the register's clock counts for nothing.
        let cells = [
            ("f", cell("FDRE", "D=20 C=1", "Q=10")),
            ("l", cell("LUT2", "I0=10 I1=\"0\"", "O=11")),
            ("c0", cell("CARRY4", "S=11 CI=\"0\"", "CO=12 O=13")),
            ("c1", cell("CARRY4", "S=10 CI=12", "CO=14 O=20")),
        ];
        let cells: Vec<_> = cells.iter().map(|(n, c)| format!("\"{n}\": {c}")).collect();
        let text = format!(
            "{{ \"modules\": {{ \"core\": {{ \"ports\": {{}}, \"cells\": {{ {} }}, \"netnames\": {{ \
             \"q\": {{ \"hide_name\": 0, \"bits\": [10] }}, \"$x\": {{ \"hide_name\": 1, \"bits\": [10] }} }} }} }} }}",
            cells.join(", ")
        );
        let signals = ["q".to_owned()];
        let design =
            Design { top: "core", verilog: "", clocked: true, inputs: &[], outputs: &[], signals: &signals };
        let delays =
            Delays { overhead: 200.0, lut: 600.0, fanout: 10.0, chain: 900.0, carry: 50.0, mux: 300.0 };
        let path = longest(&text, &design, &delays).unwrap().unwrap();
        // q has two loads; onto the chain 900 with the table, two cells of 50.
        assert!((path.total_ns - (0.2 + 0.01 + 0.9 + 0.1)).abs() < 1e-9, "{path:?}");
        assert_eq!((path.from.as_str(), path.to.as_str()), ("q", "q"));
        let kinds: Vec<_> = path.segments.iter().map(|s| s.kind.as_str()).collect();
        assert_eq!(kinds, ["register", "logic", "carry"]);
        assert!(longest("{}", &design, &delays).is_err());
    }
}
