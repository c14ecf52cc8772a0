//! A function given by all its values, as a netlist of multiplexers: the reduced decision diagram, in which equal parts
//! stand once.
use crate::netlist::Bit;
use crate::unroll::{Port, module_json};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The module of a function. `values(i)` gives the outputs, flat and lowest first, of the inputs whose bits are those
/// of `i`, flat and lowest first.
///
/// # Panics
/// With more than 24 input bits: there would be too many values.
pub fn module(name: &str, inputs: &[Port], outputs: &[Port], values: impl Fn(u64) -> Vec<bool>) -> Value {
    let total: usize = inputs.iter().map(|p| p.width).sum();
    assert!(total <= 24, "{total} bits are too many for a table");
    let mut next = 2;
    let mut with_bits = |ports: &[Port]| -> Vec<(Port, Vec<Bit>)> {
        let each = ports.iter().map(|p| {
            let bits = (0..p.width)
                .map(|_| {
                    Bit::Net({
                        next += 1;
                        next - 1
                    })
                })
                .collect();
            (p.clone(), bits)
        });
        each.collect()
    };
    let inputs = with_bits(inputs);
    let variables: Vec<Bit> = inputs.iter().flat_map(|(_, b)| b.clone()).collect();
    let width: usize = outputs.iter().map(|p| p.width).sum();
    // One column of values for each output bit.
    let mut columns = vec![Vec::with_capacity(1 << total); width];
    for i in 0..1u64 << total {
        for (column, v) in columns.iter_mut().zip(values(i)) {
            column.push(Bit::Const(v));
        }
    }
    let mut made: HashMap<(usize, Bit, Bit), Bit> = HashMap::new();
    let mut cells = Map::new();
    let mut drivers = Vec::new();
    for mut column in columns {
        // The lowest input bit decides between neighbours: it is decided first, at the bottom.
        for (k, variable) in variables.iter().enumerate() {
            column = (column.chunks(2))
                .map(|pair| {
                    let (no, yes) = (pair[0], pair[1]);
                    if no == yes {
                        return no;
                    }
                    *made.entry((k, no, yes)).or_insert_with(|| {
                        let out = Bit::Net(next);
                        next += 1;
                        let cell = json!({
                            "hide_name": 1, "type": "$_MUX_", "parameters": {}, "attributes": {},
                            "port_directions": { "A": "input", "B": "input", "S": "input", "Y": "output" },
                            "connections": { "A": [no.json()], "B": [yes.json()], "S": [variable.json()],
                                             "Y": [out.json()] },
                        });
                        cells.insert(format!("m{}", cells.len()), cell);
                        out
                    })
                })
                .collect();
        }
        drivers.push(column[0]);
    }
    let mut rest = drivers.into_iter();
    let outputs: Vec<_> =
        outputs.iter().map(|p| (p.clone(), rest.by_ref().take(p.width).collect())).collect();
    module_json(name, &inputs, &outputs, &cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_stand_once() {
        let port = |name: &str, width| Port { name: name.into(), width };
        // Parity of four bits: two nodes a level, one at the top.
        let parity = |i: u64| vec![i.count_ones() % 2 == 1];
        let m = module("parity", &[port("a", 3), port("b", 1)], &[port("r", 1)], parity);
        let cells = m["modules"]["parity"]["cells"].as_object().unwrap();
        assert_eq!(cells.len(), 7);
        // A constant and a copy of an input need nothing, or one multiplexer.
        let m = module("plain", &[port("a", 2)], &[port("r", 2)], |i| vec![true, i >= 2]);
        assert_eq!(m["modules"]["plain"]["cells"].as_object().unwrap().len(), 1);
        assert_eq!(m["modules"]["plain"]["ports"]["r"]["bits"][0], "1");
    }
}
