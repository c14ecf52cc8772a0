//! A netlist with registers as a combinational function of its inputs at several clocks.
//!
//! What an output shows at clock T is followed backwards: through cells within a clock, through a register into the
//! clock before. Inputs become ports named after port and clock (`a_t0`, `a_tm1` for -1). A register that is *cut* at a
//! clock is a port as well: then the function is that of whatever stands in the register, which is what an induction
//! over it needs. Nothing is assumed about clocks that nobody mentions: their inputs are free.
use crate::netlist::{Bit, Netlist};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A clock, counted from the one at which the token of interest stands on the inputs.
pub type Time = i32;

/// Name of a signal at a clock.
pub fn at(name: &str, t: Time) -> String {
    if t < 0 { format!("{name}_tm{}", -t) } else { format!("{name}_t{t}") }
}

/// A port of the unrolled module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Bits.
    pub width: usize,
}

/// Unrolls one netlist.
pub struct Unroller<'n> {
    netlist: &'n Netlist,
    /// Inputs with one value at all clocks.
    held: HashMap<u64, bool>,
    /// Where an input's net comes from.
    ports: HashMap<u64, (usize, usize)>,
    /// Registers that are ports at a clock.
    cuts: HashMap<(u64, Time), Bit>,
    /// No clock before this one is followed: what stands in registers then is free.
    earliest: Time,
    known: HashMap<(u64, Time), Bit>,
    inputs: Vec<(Port, Vec<Bit>)>,
    outputs: Vec<(Port, Vec<Bit>)>,
    cells: Map<String, Value>,
    next: u64,
}

impl<'n> Unroller<'n> {
    /// Of a netlist; nothing before `earliest` is followed.
    pub fn new(netlist: &'n Netlist, earliest: Time) -> Self {
        let mut ports = HashMap::new();
        for (i, p) in netlist.inputs.iter().enumerate() {
            for (j, b) in p.bits.iter().enumerate() {
                if let Bit::Net(b) = b {
                    ports.insert(*b, (i, j));
                }
            }
        }
        Unroller {
            netlist,
            held: HashMap::new(),
            ports,
            cuts: HashMap::new(),
            earliest,
            known: HashMap::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            cells: Map::new(),
            next: 2,
        }
    }

    /// An input that has the same value at all clocks.
    pub fn hold(&mut self, input: &str, value: bool) {
        if let Some(p) = self.netlist.inputs.iter().find(|p| p.name == input) {
            for b in &p.bits {
                if let Bit::Net(b) = b {
                    self.held.insert(*b, value);
                }
            }
        }
    }

    fn fresh(&mut self) -> Bit {
        self.next += 1;
        Bit::Net(self.next - 1)
    }

    fn input(&mut self, name: String, width: usize) -> Vec<Bit> {
        if let Some((_, bits)) = self.inputs.iter().find(|(p, _)| p.name == name) {
            return bits.clone();
        }
        let bits: Vec<Bit> = (0..width).map(|_| self.fresh()).collect();
        self.inputs.push((Port { name, width }, bits.clone()));
        bits
    }

    /// Makes the value of nets (a register by its bits) at a clock an input of that name.
    pub fn cut(&mut self, name: &str, nets: &[Bit], t: Time) {
        let bits = self.input(at(name, t), nets.len());
        for (net, b) in nets.iter().zip(bits) {
            if let Bit::Net(net) = net {
                self.cuts.insert((*net, t), b);
            }
        }
    }

    /// An input port at a clock, whether or not anything depends on it.
    pub fn want_input(&mut self, name: &str, t: Time) {
        if let Some(p) = self.netlist.inputs.iter().find(|p| p.name == name) {
            self.input(at(name, t), p.bits.len());
        }
    }

    /// What nets show at a clock, as an output of that name.
    pub fn output(&mut self, name: &str, nets: &[Bit], t: Time) {
        let bits: Vec<Bit> = nets.iter().map(|b| self.value(*b, t)).collect();
        self.outputs.push((Port { name: at(name, t), width: bits.len() }, bits));
    }

    /// What registers will hold at the next clock: the data of their edge at `t`, shown as `name` at `t` + 1. For
    /// registers that are cut at `t` + 1 as well.
    pub fn data(&mut self, name: &str, nets: &[Bit], t: Time) {
        let bits: Vec<Bit> = nets.iter().map(|b| self.edge(*b, t)).collect();
        self.outputs.push((Port { name: at(name, t + 1), width: bits.len() }, bits));
    }

    fn edge(&mut self, register: Bit, t: Time) -> Bit {
        match register {
            Bit::Net(q) => match self.netlist.registers.get(&q) {
                Some(d) => self.value(*d, t),
                None => self.value(register, t),
            },
            constant => constant,
        }
    }

    fn value(&mut self, bit: Bit, t: Time) -> Bit {
        let net = match bit {
            Bit::Net(net) => net,
            // What nobody drives may have any value.
            Bit::Unknown => return self.input(format!("any_{}", self.next), 1)[0],
            constant => return constant,
        };
        if let Some(v) = self.held.get(&net) {
            return Bit::Const(*v);
        }
        let key = (net, t);
        if let Some(b) = self.cuts.get(&key).or_else(|| self.known.get(&key)) {
            return *b;
        }
        if let Some((port, index)) = self.ports.get(&net).copied() {
            let port = &self.netlist.inputs[port];
            let b = self.input(at(&port.name, t), port.bits.len())[index];
            self.known.insert(key, b);
            return b;
        }
        if let Some(d) = self.netlist.registers.get(&net) {
            let b = if t <= self.earliest {
                self.input(format!("free_{net}_{}", at("", t)), 1)[0]
            } else {
                self.value(*d, t - 1)
            };
            self.known.insert(key, b);
            return b;
        }
        let Some(cell) = self.netlist.driver.get(&net).copied() else {
            let b = self.value(Bit::Unknown, t);
            self.known.insert(key, b);
            return b;
        };
        self.copy(cell, t);
        self.known.get(&key).copied().unwrap_or(Bit::Unknown)
    }

    /// A cell at a clock.
    fn copy(&mut self, cell: usize, t: Time) {
        let c = &self.netlist.cells[cell];
        let mut connections = Map::new();
        // Before its inputs: a loop through cells would be a fault of the text, and must not hang us.
        for p in &c.outputs {
            let bits: Vec<Value> = (p.bits.iter())
                .map(|b| {
                    let fresh = self.fresh();
                    if let Bit::Net(b) = b {
                        self.known.insert((*b, t), fresh);
                    }
                    fresh.json()
                })
                .collect();
            connections.insert(p.name.clone(), bits.into());
        }
        for p in &c.inputs {
            let bits: Vec<Value> = p.bits.iter().map(|b| self.value(*b, t).json()).collect();
            connections.insert(p.name.clone(), bits.into());
        }
        let name = format!("c{}", self.cells.len());
        let copy = json!({
            "hide_name": 1, "type": c.kind, "parameters": c.parameters, "attributes": {},
            "port_directions": c.directions, "connections": connections,
        });
        self.cells.insert(name, copy);
    }

    /// Input ports so far.
    pub fn inputs(&self) -> Vec<Port> {
        self.inputs.iter().map(|(p, _)| p.clone()).collect()
    }

    /// Output ports so far.
    pub fn outputs(&self) -> Vec<Port> {
        self.outputs.iter().map(|(p, _)| p.clone()).collect()
    }

    /// Inputs at clocks and free registers that nothing else has named: they may have any value.
    pub fn json(&self, module: &str) -> Value {
        module_json(module, &self.inputs, &self.outputs, &self.cells)
    }
}

/// A module for `read_json`.
pub(crate) fn module_json(
    name: &str,
    inputs: &[(Port, Vec<Bit>)],
    outputs: &[(Port, Vec<Bit>)],
    cells: &Map<String, Value>,
) -> Value {
    let mut ports = Map::new();
    for (list, direction) in [(inputs, "input"), (outputs, "output")] {
        for (p, bits) in list {
            let bits: Vec<Value> = bits.iter().map(|b| b.json()).collect();
            ports.insert(p.name.clone(), json!({ "direction": direction, "bits": bits }));
        }
    }
    json!({ "creator": "holigen", "modules": { name: { "attributes": {}, "ports": ports, "cells": cells, "netnames": {} } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// q2 <= q1; q1 <= a and en.
    fn two_ranks() -> Netlist {
        let text = r#"{ "modules": { "m": { "ports": {
            "clk": { "direction": "input", "bits": [2] }, "a": { "direction": "input", "bits": [3] },
            "en": { "direction": "input", "bits": [4] }, "r": { "direction": "output", "bits": [6] } },
          "cells": {
            "and": { "type": "$and", "parameters": {}, "port_directions": { "A": "input", "B": "input", "Y": "output" },
                     "connections": { "A": [3], "B": [4], "Y": [7] } },
            "x": { "type": "$dff", "parameters": { "CLK_POLARITY": "1" }, "port_directions": {},
                   "connections": { "CLK": [2], "D": [7], "Q": [5] } },
            "y": { "type": "$dff", "parameters": { "CLK_POLARITY": "1" }, "port_directions": {},
                   "connections": { "CLK": [2], "D": [5], "Q": [6] } } },
          "netnames": { "q1": { "bits": [5] }, "a": { "bits": [3] } } } } }"#;
        Netlist::read(text, "m").unwrap()
    }

    #[test]
    fn ranks_reach_back_in_time() {
        let n = two_ranks();
        let mut u = Unroller::new(&n, -5);
        u.hold("en", true);
        u.output("r", &[Bit::Net(6)], 2);
        assert_eq!(u.inputs(), [Port { name: "a_t0".into(), width: 1 }]);
        assert_eq!(u.outputs()[0].name, "r_t2");
        assert_eq!(u.cells.len(), 1);
        let mut u = Unroller::new(&n, -5);
        u.cut("q1", n.register("q1").unwrap(), 1);
        u.output("r", &[Bit::Net(6)], 2);
        assert_eq!(u.inputs(), [Port { name: "q1_t1".into(), width: 1 }]);
        assert!(u.cells.is_empty());
        assert_eq!(n.register("a"), None);
        let mut u = Unroller::new(&n, 1);
        u.output("r", &[Bit::Net(6)], 2);
        assert_eq!(u.inputs()[0].name, "free_5__t1");
    }
}
