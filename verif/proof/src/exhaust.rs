//! Proof by exhaustion: a combinational netlist of gates, evaluated for every input there is.
use crate::netlist::{Bit, Netlist, Port};
use holigen_generator::cases::cases;
use std::collections::{BTreeMap, HashMap};

/// Words of a block: so many times 64 inputs are evaluated together.
const WORDS: usize = 64;

/// Input bits that are not too many to be tried.
pub const MOST_BITS: usize = 26;

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

    fn value(self, a: Maybe, b: Maybe, s: Maybe) -> Maybe {
        match self {
            Gate::Buffer => a,
            Gate::Not => a.not(),
            Gate::And => a.and(b),
            Gate::Or => a.or(b),
            Gate::Xor => a.xor(b),
            Gate::Nand => a.and(b).not(),
            Gate::Nor => a.or(b).not(),
            Gate::Xnor => a.xor(b).not(),
            Gate::AndNot => a.and(b.not()),
            Gate::OrNot => a.or(b.not()),
            Gate::Mux => b.and(s).or(a.and(s.not())),
        }
    }
}

/// 64 values that are 0, 1, or unknown: then they may be both.
#[derive(Clone, Copy)]
struct Maybe {
    zero: u64,
    one: u64,
}

impl Maybe {
    const UNKNOWN: Maybe = Maybe { zero: u64::MAX, one: u64::MAX };

    fn known(word: u64) -> Maybe {
        Maybe { zero: !word, one: word }
    }
    fn not(self) -> Maybe {
        Maybe { zero: self.one, one: self.zero }
    }
    fn and(self, o: Maybe) -> Maybe {
        Maybe { zero: self.zero | o.zero, one: self.one & o.one }
    }
    fn or(self, o: Maybe) -> Maybe {
        Maybe { zero: self.zero & o.zero, one: self.one | o.one }
    }
    fn xor(self, o: Maybe) -> Maybe {
        Maybe {
            zero: (self.zero & o.zero) | (self.one & o.one),
            one: (self.zero & o.one) | (self.one & o.zero),
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

/// Nets of a program, evaluated for a block of inputs.
struct Block<'p> {
    program: &'p Program,
    values: Vec<[Maybe; WORDS]>,
}

impl<'p> Block<'p> {
    /// Inputs that are evaluated together.
    const INPUTS: u64 = 64 * WORDS as u64;

    fn new(program: &'p Program) -> Self {
        // An input that nobody sets stays unknown.
        let mut values = vec![[Maybe::UNKNOWN; WORDS]; program.places];
        values[0] = [Maybe::known(0); WORDS];
        values[1] = [Maybe::known(u64::MAX); WORDS];
        Block { program, values }
    }

    /// Evaluates the inputs from `first` on: bit k of an input's number is the net at `variables[k]`.
    fn evaluate(&mut self, variables: &[usize], first: u64) {
        for (k, v) in (0..).zip(variables) {
            for (w, word) in self.values[*v].iter_mut().enumerate() {
                *word = Maybe::known(cases(k, first + 64 * w as u64));
            }
        }
        for s in &self.program.steps {
            let [a, b, c] = s.operands;
            let mut out = [Maybe::UNKNOWN; WORDS];
            for (w, o) in out.iter_mut().enumerate() {
                *o = s.gate.value(self.values[a][w], self.values[b][w], self.values[c][w]);
            }
            self.values[s.out] = out;
        }
    }

    /// A value, if it is known.
    fn bit(&self, place: usize, lane: u64) -> Option<bool> {
        let value = self.values[place][(lane / 64) as usize];
        let of = |word: u64| word >> (lane % 64) & 1 == 1;
        (of(value.zero) != of(value.one)).then_some(of(value.one))
    }

    /// Binary digits, highest first; 0 for what may be both.
    fn digits(&self, places: &[usize], lane: u64) -> String {
        places.iter().rev().map(|p| if self.bit(*p, lane) == Some(true) { '1' } else { '0' }).collect()
    }
}

/// The places of the nets of ports, by name.
fn places<'n>(
    p: &mut Program,
    ports: impl Iterator<Item = &'n Port>,
) -> Result<Vec<(&'n str, Vec<usize>)>, String> {
    let each = ports.map(|port| {
        let places = port.bits.iter().map(|b| p.place_of(*b)).collect::<Result<Vec<_>, _>>();
        places.map(|places| (port.name.as_str(), places))
    });
    each.collect()
}

/// What a netlist is, beside a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// The same for all operands, of which there are so many.
    Same(u64),
    /// Something else.
    Differs {
        /// Values of all ports of the netlist for some operands, binary digits, highest first.
        ports: BTreeMap<String, String>,
        /// What the function says, by result; binary digits, highest first.
        expected: BTreeMap<String, String>,
    },
    /// Not known: for some operands a result seems to depend on inputs that are no operands.
    Unknown,
}

/// Whether a netlist computes a function for all operands, whatever its other inputs are.
///
/// `value(i, bits)` appends the function's results, flat, in the order of `results` and lowest bit first, for the operands
/// whose bits are those of `i`, flat, in the order of `operands` and lowest first.
///
/// # Errors
/// Cells that are no gates, loops, ports that are not there, or more than [`MOST_BITS`] input bits.
pub fn equals(
    n: &Netlist,
    operands: &[String],
    results: &[String],
    mut value: impl FnMut(u64, &mut Vec<bool>),
) -> Result<Comparison, String> {
    let mut p = Program::compile(n)?;
    let ports = places(&mut p, n.inputs.iter().chain(&n.outputs))?;
    let of = |name: &String| {
        let found = ports.iter().find(|port| port.0 == name).map(|port| port.1.clone());
        found.ok_or_else(|| format!("no port {name}"))
    };
    let mut variables: Vec<usize> = Vec::new();
    for name in operands {
        variables.extend(of(name)?);
    }
    if variables.len() > MOST_BITS {
        return Err(format!("{} input bits", variables.len()));
    }
    let outputs = results.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let flat: Vec<usize> = outputs.concat();
    let total = 1u64 << variables.len();
    let (mut block, mut expected) = (Block::new(&p), Vec::new());
    for first in (0..total).step_by(Block::INPUTS as usize) {
        block.evaluate(&variables, first);
        for lane in 0..Block::INPUTS.min(total - first) {
            expected.clear();
            value(first + lane, &mut expected);
            let found =
                || expected.iter().zip(&flat).map(|(e, place)| block.bit(*place, lane).map(|b| b == *e));
            if found().all(|same| same == Some(true)) {
                continue;
            }
            if !found().any(|same| same == Some(false)) {
                return Ok(Comparison::Unknown);
            }
            let all = ports.iter().map(|(name, places)| ((*name).to_owned(), block.digits(places, lane)));
            let mut rest = expected.as_slice();
            let expected = results.iter().zip(&outputs).map(|(name, places)| {
                let (bits, more) = rest.split_at(places.len());
                rest = more;
                (name.clone(), bits.iter().rev().map(|b| if *b { '1' } else { '0' }).collect())
            });
            return Ok(Comparison::Differs { ports: all.collect(), expected: expected.collect() });
        }
    }
    Ok(Comparison::Same(total))
}

/// Whether output `ok` is 1 for every input; else the values of all ports for one for which it isn't, and how many
/// inputs there are.
///
/// # Errors
/// Cells that are no gates, loops, or more than [`MOST_BITS`] input bits.
pub fn always(n: &Netlist, ok: &str) -> Result<(Option<BTreeMap<String, String>>, u64), String> {
    let mut p = Program::compile(n)?;
    let variables: Vec<Bit> = n.inputs.iter().flat_map(|p| p.bits.clone()).collect();
    if variables.len() > MOST_BITS {
        return Err(format!("{} input bits", variables.len()));
    }
    let variables: Vec<usize> = variables.into_iter().map(|b| p.place_of(b)).collect::<Result<_, _>>()?;
    let output = n.outputs.iter().find(|o| o.name == ok).and_then(|o| o.bits.first()).copied();
    let output = p.place_of(output.ok_or("no such output")?)?;
    let ports = places(&mut p, n.inputs.iter().chain(&n.outputs))?;
    let total = 1u64 << variables.len();
    let mut block = Block::new(&p);
    for first in (0..total).step_by(Block::INPUTS as usize) {
        block.evaluate(&variables, first);
        for (w, word) in block.values[output].iter().enumerate() {
            let left = total - (first + 64 * w as u64).min(total);
            let wrong = word.zero & if left >= 64 { u64::MAX } else { (1 << left) - 1 };
            if wrong != 0 {
                let lane = 64 * w as u64 + u64::from(wrong.trailing_zeros());
                let vector =
                    ports.iter().map(|(name, places)| ((*name).to_owned(), block.digits(places, lane)));
                return Ok((Some(vector.collect()), total));
            }
        }
    }
    Ok((None, total))
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
    fn a_function_is_held_against_every_input() {
        // ok is the nand of the highest and the lowest of seven bits.
        let n = netlist("$_AND_");
        let names = (["a".to_owned()], ["ok".to_owned()]);
        let nand = |i: u64, bits: &mut Vec<bool>| bits.push(i >> 6 & i & 1 == 0);
        assert_eq!(equals(&n, &names.0, &names.1, nand).unwrap(), Comparison::Same(128));
        let one = |_: u64, bits: &mut Vec<bool>| bits.push(true);
        let Comparison::Differs { ports, expected } = equals(&n, &names.0, &names.1, one).unwrap() else {
            panic!("they differ");
        };
        assert_eq!((ports["a"].as_str(), ports["ok"].as_str()), ("1000001", "0"));
        assert_eq!(expected["ok"], "1");
        // Without operands the result may be both.
        assert_eq!(equals(&n, &[], &names.1, one).unwrap(), Comparison::Unknown);
        assert!(equals(&n, &["b".to_owned()], &names.1, one).unwrap_err().contains('b'));
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
