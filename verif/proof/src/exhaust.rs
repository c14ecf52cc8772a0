//! Proof by exhaustion: a combinational netlist of gates, evaluated for every input there is.
use crate::netlist::{Bit, Netlist};
use std::collections::{BTreeMap, HashMap};

/// Words of a block: so many times 64 inputs are evaluated together.
const WORDS: usize = 64;

/// The gates that `techmap; simplemap` leaves, on words of 64 inputs.
#[derive(Clone, Copy)]
enum Gate {
    Buffer,
    Not,
    And,
    Or,
    Xor,
    Nand,
    Nor,
    Xnor,
    AndNot,
    OrNot,
    Mux,
}

impl Gate {
    fn of(kind: &str) -> Option<Gate> {
        Some(match kind {
            "$_BUF_" => Gate::Buffer,
            "$_NOT_" => Gate::Not,
            "$_AND_" => Gate::And,
            "$_OR_" => Gate::Or,
            "$_XOR_" => Gate::Xor,
            "$_NAND_" => Gate::Nand,
            "$_NOR_" => Gate::Nor,
            "$_XNOR_" => Gate::Xnor,
            "$_ANDNOT_" => Gate::AndNot,
            "$_ORNOT_" => Gate::OrNot,
            "$_MUX_" => Gate::Mux,
            _ => return None,
        })
    }

    fn value(self, a: u64, b: u64, s: u64) -> u64 {
        match self {
            Gate::Buffer => a,
            Gate::Not => !a,
            Gate::And => a & b,
            Gate::Or => a | b,
            Gate::Xor => a ^ b,
            Gate::Nand => !(a & b),
            Gate::Nor => !(a | b),
            Gate::Xnor => !(a ^ b),
            Gate::AndNot => a & !b,
            Gate::OrNot => a | !b,
            Gate::Mux => (b & s) | (a & !s),
        }
    }
}

struct Step {
    gate: Gate,
    operands: [usize; 3],
    out: usize,
}

/// Nets as places in a block: 0 is constant 0, 1 is constant 1.
struct Program {
    steps: Vec<Step>,
    place: HashMap<u64, usize>,
    places: usize,
}

impl Program {
    fn place_of(&mut self, bit: Bit) -> Result<usize, String> {
        match bit {
            Bit::Const(v) => Ok(usize::from(v)),
            Bit::Unknown => Err("a net that nobody drives".into()),
            Bit::Net(n) => Ok(*self.place.entry(n).or_insert_with(|| {
                self.places += 1;
                self.places - 1
            })),
        }
    }

    fn compile(n: &Netlist) -> Result<Program, String> {
        let mut p = Program { steps: Vec::new(), place: HashMap::new(), places: 2 };
        let mut state = vec![0u8; n.cells.len()];
        for start in 0..n.cells.len() {
            let mut stack = vec![(start, 0)];
            while let Some((c, at)) = stack.pop() {
                if at == 0 && state[c] == 2 {
                    continue;
                }
                state[c] = 1;
                let cell = &n.cells[c];
                if let Some(input) = cell.inputs.get(at) {
                    stack.push((c, at + 1));
                    let before = match input.bits.first() {
                        Some(Bit::Net(b)) => n.driver.get(b).copied(),
                        _ => None,
                    };
                    match before.map(|d| (d, state[d])) {
                        Some((d, 0)) => stack.push((d, 0)),
                        Some((_, 1)) => return Err("a combinational loop".into()),
                        _ => (),
                    }
                    continue;
                }
                state[c] = 2;
                let gate = Gate::of(&cell.kind).ok_or_else(|| format!("a cell {}", cell.kind))?;
                let mut operands = [0; 3];
                for port in &cell.inputs {
                    let k = match port.name.as_str() {
                        "A" => 0,
                        "B" => 1,
                        _ => 2,
                    };
                    operands[k] = p.place_of(port.bits.first().copied().unwrap_or(Bit::Unknown))?;
                }
                let out = cell.outputs.first().and_then(|o| o.bits.first()).copied();
                let out = p.place_of(out.unwrap_or(Bit::Unknown))?;
                p.steps.push(Step { gate, operands, out });
            }
        }
        Ok(p)
    }
}

/// Whether output `ok` is 1 for every input; else the values of all ports for one for which it isn't, and how many
/// inputs there are.
///
/// # Errors
/// Cells that are no gates, loops, or more than 26 input bits.
pub fn always(n: &Netlist, ok: &str) -> Result<(Option<BTreeMap<String, String>>, u64), String> {
    let mut p = Program::compile(n)?;
    let variables: Vec<Bit> = n.inputs.iter().flat_map(|p| p.bits.clone()).collect();
    if variables.len() > 26 {
        return Err(format!("{} input bits", variables.len()));
    }
    let variables: Vec<usize> = variables.into_iter().map(|b| p.place_of(b)).collect::<Result<_, _>>()?;
    let output = n.outputs.iter().find(|o| o.name == ok).and_then(|o| o.bits.first()).copied();
    let output = p.place_of(output.ok_or("no such output")?)?;
    let ports: Vec<(&str, Vec<usize>)> = (n.inputs.iter().chain(&n.outputs))
        .map(|port| {
            let places = port.bits.iter().map(|b| p.place_of(*b)).collect::<Result<Vec<_>, _>>();
            places.map(|places| (port.name.as_str(), places))
        })
        .collect::<Result<_, _>>()?;
    let total = 1u64 << variables.len();
    let mut values = vec![[0u64; WORDS]; p.places];
    values[1] = [u64::MAX; WORDS];
    let per_block = 64 * WORDS as u64;
    for block in 0..total.div_ceil(per_block) {
        for (k, v) in variables.iter().enumerate() {
            for (w, word) in values[*v].iter_mut().enumerate() {
                *word = pattern(k, block * per_block + 64 * w as u64);
            }
        }
        for s in &p.steps {
            let [a, b, c] = s.operands;
            let mut out = [0u64; WORDS];
            for (w, o) in out.iter_mut().enumerate() {
                *o = s.gate.value(values[a][w], values[b][w], values[c][w]);
            }
            values[s.out] = out;
        }
        for (w, word) in values[output].iter().enumerate() {
            let first = block * per_block + 64 * w as u64;
            let wrong = !word
                & if total - first.min(total) >= 64 {
                    u64::MAX
                } else {
                    (1 << (total - first.min(total))) - 1
                };
            if wrong != 0 {
                let bit = wrong.trailing_zeros();
                let digits = |places: &Vec<usize>| {
                    let each =
                        places.iter().rev().map(|p| if values[*p][w] >> bit & 1 == 1 { '1' } else { '0' });
                    each.collect::<String>()
                };
                let vector = ports.iter().map(|(name, places)| ((*name).to_owned(), digits(places)));
                return Ok((Some(vector.collect()), total));
            }
        }
    }
    Ok((None, total))
}

/// Bit `k` of 64 numbers from `first`, which is a multiple of 64.
fn pattern(k: usize, first: u64) -> u64 {
    const LOW: [u64; 6] = [
        0xaaaa_aaaa_aaaa_aaaa,
        0xcccc_cccc_cccc_cccc,
        0xf0f0_f0f0_f0f0_f0f0,
        0xff00_ff00_ff00_ff00,
        0xffff_0000_ffff_0000,
        0xffff_ffff_0000_0000,
    ];
    match LOW.get(k) {
        Some(p) => *p,
        None if first >> k & 1 == 1 => u64::MAX,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn netlist(gate: &str) -> Netlist {
        let text = format!(
            r#"{{ "modules": {{ "m": {{ "ports": {{
            "a": {{ "direction": "input", "bits": [2, 3, 4, 5, 6, 7, 8] }},
            "ok": {{ "direction": "output", "bits": [21] }} }},
          "cells": {{
            "y": {{ "type": "$_NOT_", "parameters": {{}}, "port_directions": {{ "A": "input", "Y": "output" }},
                   "connections": {{ "A": [20], "Y": [21] }} }},
            "x": {{ "type": "{gate}", "parameters": {{}},
                   "port_directions": {{ "A": "input", "B": "input", "Y": "output" }},
                   "connections": {{ "A": [8], "B": [2], "Y": [20] }} }} }}, "netnames": {{}} }} }} }}"#
        );
        Netlist::read(&text, "m").unwrap()
    }

    #[test]
    fn every_input_is_tried() {
        // Wrong only where the highest and the lowest of seven bits are set.
        let (found, total) = always(&netlist("$_AND_"), "ok").unwrap();
        let found = found.unwrap();
        assert_eq!((found["a"].as_str(), found["ok"].as_str(), total), ("1000001", "0", 128));
        assert!(always(&netlist("$add"), "ok").unwrap_err().contains("$add"));
        let mut n = netlist("$_AND_");
        n.cells[1].inputs[1].bits = vec![Bit::Const(false)];
        assert_eq!(always(&n, "ok").unwrap(), (None, 128));
    }
}
