//! Netlists of Yosys: cells and plain registers of one module.
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// One bit of a net.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Bit {
    /// `0` or `1`.
    Const(bool),
    /// Neither is said: a solver may choose. Yosys's `x` and `z`.
    Unknown,
    /// By Yosys's number.
    Net(u64),
}

impl Bit {
    fn read(v: &Value) -> Option<Bit> {
        match v {
            Value::Number(n) => n.as_u64().map(Bit::Net),
            Value::String(s) if s == "0" => Some(Bit::Const(false)),
            Value::String(s) if s == "1" => Some(Bit::Const(true)),
            Value::String(_) => Some(Bit::Unknown),
            _ => None,
        }
    }

    /// As in Yosys's JSON.
    pub fn json(self) -> Value {
        match self {
            Bit::Const(false) => "0".into(),
            Bit::Const(true) => "1".into(),
            Bit::Unknown => "x".into(),
            Bit::Net(n) => n.into(),
        }
    }
}

/// A port of the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Lowest first.
    pub bits: Vec<Bit>,
}

/// A cell without memory.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Yosys's type, such as `$add`.
    pub kind: String,
    /// As Yosys wrote them.
    pub parameters: Value,
    /// As Yosys wrote them.
    pub directions: Value,
    /// Input ports and their bits.
    pub inputs: Vec<Port>,
    /// Output ports and their bits.
    pub outputs: Vec<Port>,
}

/// One module.
#[derive(Clone, Debug, Default)]
pub struct Netlist {
    /// Input ports.
    pub inputs: Vec<Port>,
    /// Output ports.
    pub outputs: Vec<Port>,
    /// Cells without memory.
    pub cells: Vec<Cell>,
    /// The cell that drives a net.
    pub driver: HashMap<u64, usize>,
    /// Data of registers by the net that they drive. All have the one clock.
    pub registers: HashMap<u64, Bit>,
    /// Bits of named nets.
    pub names: BTreeMap<String, Vec<Bit>>,
}

fn bits(v: &Value) -> Vec<Bit> {
    v.as_array().into_iter().flatten().filter_map(Bit::read).collect()
}

impl Netlist {
    /// Reads a module as `proc; flatten; memory_map; write_json` left it.
    ///
    /// # Errors
    /// What can't be taken: latches, memories, registers with a reset of their own, several clocks.
    pub fn read(text: &str, module: &str) -> Result<Netlist, String> {
        let text = text.find('{').map_or(text, |i| &text[i..]);
        let all: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let module = &all["modules"][module];
        let ports = module["ports"].as_object().ok_or("there is no such module")?;
        let mut n = Netlist::default();
        for (name, port) in ports {
            let list = if port["direction"] == "output" { &mut n.outputs } else { &mut n.inputs };
            list.push(Port { name: name.clone(), bits: bits(&port["bits"]) });
        }
        let mut clock = None;
        for (name, cell) in module["cells"].as_object().into_iter().flatten() {
            let kind = cell["type"].as_str().unwrap_or_default();
            let connected = |port: &str| bits(&cell["connections"][port]);
            if kind == "$scopeinfo" {
                continue;
            }
            if kind == "$dff" {
                let clk = connected("CLK");
                if *clock.get_or_insert_with(|| clk.clone()) != clk {
                    return Err(format!("register {name} has another clock"));
                }
                if cell["parameters"]["CLK_POLARITY"].as_str().is_some_and(|p| p.ends_with('0')) {
                    return Err(format!("register {name} takes falling edges"));
                }
                for (q, d) in connected("Q").into_iter().zip(connected("D")) {
                    if let Bit::Net(q) = q {
                        n.registers.insert(q, d);
                    }
                }
                continue;
            }
            if kind.contains("dff") || kind.contains("latch") || kind.contains("mem") || kind == "$sr" {
                return Err(format!("cell {name} is a {kind}, not a plain register"));
            }
            let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
            for (port, _) in cell["connections"].as_object().into_iter().flatten() {
                let out = cell["port_directions"][port] == "output";
                let list = if out { &mut outputs } else { &mut inputs };
                list.push(Port { name: port.clone(), bits: connected(port) });
            }
            for b in outputs.iter().flat_map(|p: &Port| &p.bits) {
                if let Bit::Net(b) = b {
                    n.driver.insert(*b, n.cells.len());
                }
            }
            let (parameters, directions) = (cell["parameters"].clone(), cell["port_directions"].clone());
            n.cells.push(Cell { kind: kind.into(), parameters, directions, inputs, outputs });
        }
        for (name, net) in module["netnames"].as_object().into_iter().flatten() {
            n.names.insert(name.clone(), bits(&net["bits"]));
        }
        Ok(n)
    }

    /// The bits of a register by its name, if there is one and all of it is registers.
    pub fn register(&self, name: &str) -> Option<&[Bit]> {
        let bits = self.names.get(name)?;
        let all = bits.iter().all(|b| matches!(b, Bit::Net(n) if self.registers.contains_key(n)));
        all.then_some(bits.as_slice())
    }
}
