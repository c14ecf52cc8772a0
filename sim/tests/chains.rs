//! Carry chains printed as cells of the device: graph, netlist and both texts with the cells' models mean the same.
//! They need Verilator, g++, GHDL, Icarus and Yosys; a missing one fails the tests.
mod common;

use common::Rng;
use holigen_generator::compile::{Options, compile};
use holigen_generator::ir::eval::Evaluator;
use holigen_generator::rtl::{verilog, vhdl};
use holigen_generator::target::Target;
use holigen_generator::{Bits, Builder, Context};
use holigen_sim::embedded::Program;
use holigen_sim::external::{ENGINES, SourceText, lint};
use holigen_sim::stimulus::Stimulus;
use num_bigint::BigUint;
use rayon::prelude::*;

/// Chains of several lengths with random tables; their inputs are words, parts of words, single bits, constants.
fn chains(b: &Builder, rng: &mut Rng) {
    let x: Vec<Bits<'_>> = (0..6).map(|i| b.input(&format!("x{i}"), 13)).collect();
    let s = b.input("s", 6);
    for (k, n) in [1u32, 3, 4, 5, 8, 11].into_iter().enumerate() {
        let inputs = std::array::from_fn(|i| match (i + k) % 4 {
            0 => x[i].low(n),
            1 => x[i].bits(n + 1, 2),
            2 if i == 5 => b.lit((1u64 << n) - 1, n),
            2 => s.bit(i as u32).replicate(n),
            _ if n > 2 => x[i].low(n - 2).sext(n),
            _ => x[i].top(n),
        });
        // Neighbours share a table most of the time.
        let mut tables: Vec<u64> = Vec::new();
        for _ in 0..n {
            let new = tables.is_empty() || rng.chance(3);
            tables.push(if new { rng.next() } else { tables[tables.len() - 1] });
        }
        let carry = if k % 3 == 2 { b.lit(1u8, 1) } else { s.bit(k as u32) };
        let sum = b.chain(inputs, carry, tables).named(&format!("sum_{k}"));
        // Sometimes nobody wants the carry out.
        b.output(&format!("r{k}"), if k % 2 == 0 { sum } else { sum.low(n) });
    }
}

#[test]
fn cells_mean_what_the_graph_says() {
    [("kintex7", 1u64), ("ultrascaleplus", 2)].into_par_iter().for_each(|(target, seed)| {
        let mut rng = Rng(seed);
        let context = Context::new(Target::by_name(target).unwrap(), 0.0).with_primitives(true);
        let b = Builder::new(context.clone());
        chains(&b, &mut rng);
        let graph = b.finish();
        let options = Options { name: "chains".into(), clock_enable: false, turns: 1 };
        let module = compile(graph.clone(), &context, &options).unwrap().module;
        assert_eq!(module.cells.len(), 6);
        let text =
            SourceText::new(&module, verilog::print(&module), vhdl::print(&module)).with_models(&module);
        let cell = if target == "kintex7" { "CARRY4" } else { "CARRY8" };
        assert!(text.verilog.contains(&format!("{cell} sum_5_carry")), "{}", text.verilog);

        let cycles = 500;
        let (mut words, mut expected) = (Vec::new(), Vec::new());
        let mut evaluator = Evaluator::new(&graph);
        for _ in 0..cycles {
            let values: Vec<BigUint> = text.inputs.iter().map(|p| rng.big(p.width)).collect();
            let limb = |v: &BigUint| u64::try_from(v).unwrap();
            words.extend(values.iter().map(limb));
            expected.extend(evaluator.step(&values).iter().map(limb));
        }
        let stimulus = Stimulus { cycles, words };
        assert_eq!(stimulus.replay(&Program::compile(&module)).words, expected, "{target}: embedded");
        for e in ENGINES {
            let found = e.run(&text, &stimulus).unwrap_or_else(|error| panic!("{target}: {error}"));
            assert_eq!(found.words, expected, "{target}: {}\n{}", e.name(), text.verilog);
        }
        let complaints = lint(&text).unwrap();
        assert!(complaints.is_empty(), "{}\n{}", complaints[0], text.verilog);
    });
}
