//! The printed text against the tools that will read it, and against a small evaluator.
//!
//! Verilator, Icarus and GHDL must be installed: a printer that no tool has read is not tested.
use holigen_generator::rtl::verify::VerifyError;
use holigen_generator::rtl::*;
use num_bigint::BigUint;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

mod build;
mod evaluator;
mod modules;
mod random;
mod stimuli;
mod tools;

use build::*;
use evaluator::*;
use modules::*;
use random::*;
use stimuli::*;
use tools::*;

#[test]
fn small_modules_read_well() {
    for m in [fp_multiplier(), accumulator()] {
        lint(&m, &folder(&format!("small_{}", m.name)));
        insta::assert_snapshot!(format!("{}_verilog", m.name), verilog::print(&m));
        insta::assert_snapshot!(format!("{}_vhdl", m.name), vhdl::print(&m));
    }
}

#[test]
fn no_tool_has_anything_to_say() {
    let dir = folder("lint");
    for w in WIDTHS {
        let m = every_expression(w);
        assert_eq!(m.verify(), Ok(()));
        lint(&m, &dir);
        lint(&every_register(w, w % 2 == 0), &dir);
    }
}

#[test]
fn every_expression_has_its_value_in_both_languages() {
    let mut rng = Random::new(1);
    let batch: Vec<_> = WIDTHS
        .into_iter()
        .map(|w| {
            let m = every_expression(w);
            let vectors = rng.vectors(&m, 25);
            (m, vectors)
        })
        .collect();
    agree(&batch, &folder("expressions"), 0);
}

#[test]
fn registers_follow_their_priorities_in_both_languages() {
    let mut rng = Random::new(2);
    let mut batch = Vec::new();
    for (w, ce) in [(1, true), (8, false), (9, true), (65, false)] {
        let m = every_register(w, ce);
        let mut vectors = rng.vectors(&m, 200);
        // Until every register has been loaded, the simulators know less than the model.
        for (i, v) in vectors[..6].iter_mut().enumerate() {
            (v.rst, v.ce) = (i < 2, true);
            v.inputs[2] = BigUint::from(1u32);
            v.inputs[3] = BigUint::ZERO;
        }
        batch.push((m, vectors));
    }
    let m = accumulator();
    let mut vectors = rng.vectors(&m, 200);
    for (i, v) in vectors[..6].iter_mut().enumerate() {
        (v.rst, v.ce) = (i < 2, true);
    }
    batch.push((m, vectors));
    agree(&batch, &folder("registers"), 6);
}

#[test]
fn random_expressions_have_their_values_in_both_languages() {
    let mut rng = Random::new(3);
    let batch: Vec<_> = (0..20)
        .map(|k| {
            let m = RandomModule::make(&format!("random_{k}"), rng.next());
            let vectors = rng.vectors(&m, 40);
            (m, vectors)
        })
        .collect();
    agree(&batch, &folder("random"), 0);
}

#[test]
fn large_tables_are_arrays() {
    let mut m = Build::new("large_table");
    let i = m.input("i", 13);
    m.section("look-up");
    let t = m.table("squares", 13, 11, |i| BigUint::from(i * i % 2039));
    m.shown("square", Expr::Lookup(t, i));
    let dir = folder("large_table");
    lint(&m.0, &dir);
    assert!(verilog::print(&m.0).contains("initial begin"));
    let vectors = Random::new(4).vectors(&m.0, 100);
    agree(&[(m.0, vectors)], &dir, 0);
}

#[test]
fn tables_behind_registers_are_no_cases_of_constants() {
    let mut m = Build::new("held_table");
    let i = m.input("i", 6);
    m.section("a table of an input");
    let free = m.table("count_free", 6, 3, |i| BigUint::from(i.count_ones()));
    let before = m.shown("counted", Expr::Lookup(free, i));
    m.section("and of registers");
    let (q, both) = (m.register("q", 6), m.register("both", 3));
    m.load(plain(q, i));
    m.load(plain(both, before));
    let index = m.wire("index", cat([slice(q, 3, 0), slice(both, 2, 1)]));
    let held = m.table("count_held", 6, 3, |i| BigUint::from(i.count_ones()));
    m.shown("counted_again", Expr::Lookup(held, index));
    let unread = cat([slice(q, 5, 4), slice(both, 0, 0)]);
    m.shown("rest", unread);
    let dir = folder("held_table");
    lint(&m.0, &dir);
    let text = verilog::print(&m.0);
    assert!(text.contains("6'h00: count_free = 3'h0;"), "{text}");
    assert!(text.contains("5'h00: count_held = index_2[0] ? 3'h1 : 3'h0;"), "{text}");
    let vectors = Random::new(6).vectors(&m.0, 200);
    agree(&[(m.0, vectors)], &dir, 1);
}

#[test]
fn names_hidden_by_helpers_are_avoided() {
    // Parameters and variables of the helper functions, and the index of a table's function.
    let mut m = Build::new("helpers");
    let names = ["bits", "folded", "i", "index", "condition", "tiny_array"];
    let inputs: Vec<_> = names.iter().map(|n| m.input(n, 4)).collect();
    m.section("all of them");
    for (k, s) in inputs.iter().copied().enumerate() {
        let e = bin(BinaryOp::Xor, red(ReduceOp::Xor, sig(s)), bin(BinaryOp::Eq, sig(s), con(3, 4)));
        m.shown(&format!("w{k}"), e);
    }
    let t = m.table("tiny", 4, 4, |i| BigUint::from(15 - i));
    m.shown("looked_up", Expr::Lookup(t, inputs[0]));
    lint(&m.0, &folder("helpers"));
}

#[test]
fn notes_in_any_script_become_ascii_comments() {
    let mut m = accumulator();
    m.header = vec!["α: 2⁻³ ≤ x × y".into(), "x".repeat(70) + " " + &"y".repeat(70)];
    m.sections[0].wires[0].note = Some("two\nlines — “quoted”".into());
    lint(&m, &folder("notes"));
    assert!(verilog::print(&m).is_ascii() && vhdl::print(&m).is_ascii());
    assert!(verilog::print(&m).lines().chain(vhdl::print(&m).lines()).all(|l| l.len() <= 110));
}

#[test]
fn broken_modules_are_refused() {
    let good = accumulator;
    assert_eq!(good().verify(), Ok(()));
    assert_eq!(good().unread_bits(), vec![]);
    type Break = fn(&mut Module);
    fn sum_is(m: &mut Module, e: Expr) {
        m.sections[1].wires[1].expr = e;
    }
    let cases: &[(&str, Break)] = &[
        ("`sum` names two things: VHDL ignores case", |m| m.signals[0].name = "SUM".into()),
        ("`accumulator` names two things: VHDL ignores case", |m| m.signals[0].name = "accumulator".into()),
        ("`rst` names two things: VHDL ignores case", |m| m.outputs[0].name = "rst".into()),
        ("illegal name: `entity` is a keyword of VHDL; try `entity_v`", |m| m.name = "entity".into()),
        ("`a` has no bits", |m| m.signals[0].width = 0),
        ("`a` is declared as Wire but driven as Input", |m| m.signals[0].kind = SignalKind::Wire),
        ("`a` is declared as Input and driven as such 2 times; it must be once", |m| {
            m.inputs.push(SignalId(0))
        }),
        ("`in_first` is declared as Input and driven as such 0 times; it must be once", |m| {
            m.inputs.pop();
        }),
        ("inputs: signal 99 doesn't exist", |m| m.inputs.push(SignalId(99))),
        ("r: signal 99 doesn't exist", |m| m.outputs[0].signal = SignalId(99)),
        ("`sum` reads `kept` before it is assigned", |m| m.sections[1].wires.swap(0, 1)),
        ("`product_s1` reads `kept` before it is assigned", |m| {
            m.sections[0].registers[0].data = m.sections[1].wires[0].signal;
        }),
        ("`sum`: the expression has 15 bits where 16 are needed", |m| sum_is(m, con(0, 15))),
        ("`sum`: the right operand has 9 bits where 16 are needed", |m| {
            sum_is(m, bin(BinaryOp::Add, con(0, 16), con(0, 9)));
        }),
        ("`sum`: 8 doesn't fit 3 bits", |m| sum_is(m, con(8, 3))),
        ("`sum` has no bits", |m| sum_is(m, con(0, 0))),
        ("`sum`: [3:0] isn't a proper part of `a`, which has 4 bits", |m| {
            sum_is(m, slice(SignalId(0), 3, 0))
        }),
        ("`sum`: [4:4] isn't a proper part of `a`, which has 4 bits", |m| {
            sum_is(m, slice(SignalId(0), 4, 4))
        }),
        ("`sum`: [0:1] isn't a proper part of `a`, which has 4 bits", |m| {
            sum_is(m, slice(SignalId(0), 0, 1))
        }),
        ("`sum`: [0:0] isn't a proper part of `in_valid`, which has 1 bits", |m| {
            sum_is(m, slice(SignalId(2), 0, 0));
        }),
        ("`sum`: empty concatenation", |m| sum_is(m, cat([]))),
        ("`sum`: replicated 1 times; a copy or none needs no replication", |m| sum_is(m, rep(con(0, 1), 1))),
        ("`sum`: what is replicated has 2 bits where 1 are needed", |m| sum_is(m, rep(con(0, 2), 8))),
        ("`sum`: a multiplexer must be the whole of a wire's expression; give it a wire of its own", |m| {
            sum_is(m, not(mux(con(0, 1), con(0, 16), con(0, 16))));
        }),
        ("`sum`: the condition of a multiplexer has 2 bits where 1 are needed", |m| {
            sum_is(m, mux(con(0, 2), con(0, 16), con(0, 16)));
        }),
        ("`sum`: the second arm of a multiplexer has 15 bits where 16 are needed", |m| {
            sum_is(m, mux(con(0, 1), con(0, 16), con(0, 15)));
        }),
        ("sum: table 0 doesn't exist", |m| sum_is(m, Expr::Lookup(TableId(0), SignalId(0)))),
        ("`sum`: a table look-up must be the whole of a wire's expression; give it a wire of its own", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 4,
                width: 16,
                entries: vec![0u32.into(); 16],
            });
            sum_is(m, not(Expr::Lookup(TableId(0), SignalId(0))));
        }),
        ("`sum`: the index of a table has 4 bits where 1 are needed", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 1,
                width: 16,
                entries: vec![0u32.into(); 2],
            });
            sum_is(m, Expr::Lookup(TableId(0), SignalId(0)));
        }),
        ("table `t` has 3 entries for an index of 2 bits (1 to 20)", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 2,
                width: 1,
                entries: vec![0u32.into(); 3],
            });
        }),
        ("`t`: 2 doesn't fit 1 bits", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 1,
                width: 1,
                entries: vec![2u32.into(); 2],
            });
        }),
        ("`sum`: a shift amount has 31 bits, at most 30 are possible", |m| {
            sum_is(m, bin(BinaryOp::Shl, con(0, 16), con(0, 31)));
        }),
        ("`product_s1`: the data has 4 bits where 9 are needed", |m| {
            m.sections[0].registers[0].data = SignalId(0);
        }),
        ("`product_s1`: the enable has 4 bits where 1 are needed", |m| {
            m.sections[0].registers[0].enable = Some(SignalId(0));
        }),
        ("`product_s1`: the clear has 4 bits where 1 are needed", |m| {
            m.sections[0].registers[0].clear = Some(SignalId(0));
        }),
        ("`rst` needs the port `clk`, which the module doesn't have", |m| m.clocked = false),
        ("`valid_s1` needs the port `rst`, which the module doesn't have", |m| m.has_reset = false),
    ];
    for (message, damage) in cases {
        let mut m = good();
        damage(&mut m);
        let found: Result<(), VerifyError> = m.verify();
        assert_eq!(found.map_err(|e| e.to_string()), Err(message.to_string()));
    }
}

#[test]
fn unread_bits_are_found() {
    let mut m = Build::new("unread");
    let a = m.input("a", 8);
    m.section("parts");
    m.shown("low", bin(BinaryOp::Xor, slice(a, 1, 0), slice(a, 5, 4)));
    let unread = |hi, lo| verify::UnreadBits { signal: a, hi, lo };
    assert_eq!(m.0.unread_bits(), [unread(3, 2), unread(7, 6)]);
}
