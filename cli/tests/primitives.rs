//! `--primitives` through the built binary: files, simulators, linters, proof, refusals.
mod common;

use common::Bench;
use holigen_sim::external::{Options, run_testbench};

#[test]
fn cells_and_their_models_pass_everywhere() {
    let bench = Bench::new();
    let line = "ternarydot --n 3 --xbits 6 --freq 0 --primitives --name t1 --tb 300";
    bench.line(line).ok();
    let verilog = bench.read("t1/t1.v");
    assert!(verilog.contains("LUT6_2 #(.INIT(64'h") && verilog.contains("CARRY4 pair_0_carry"), "{verilog}");
    assert!(verilog.contains("holigen ternarydot --n 3 --xbits 6 --freq 0 --name t1 --tb 300 --primitives"));
    for file in ["t1_primitives.v", "t1_primitives.vhd"] {
        assert!(bench.read("t1/t1.json").contains(file) && bench.read("t1/t1.core").contains(file), "{file}");
    }
    for engine in ["icarus", "verilator", "ghdl"] {
        let verdict = run_testbench(engine, &bench.path("t1"), "t1", &Options::default()).unwrap();
        assert!(verdict.passed, "{engine}: {}", verdict.output);
    }
    for line in [
        line.replace(" --tb 300", ""),
        "binarydot --mode sign --n 5 --target ultrascaleplus --primitives".into(),
    ] {
        let run = bench.line(&format!("verify {line} --engine all --vectors 500"));
        assert_eq!(run.code, 0, "{}", run.err);
    }
    // Without the option, or where nothing has a use for them, no cell is named.
    bench.line("ternarydot --n 3 --xbits 6 --freq 0 --name t2 --tb none --check none").ok();
    assert!(!bench.read("t2/t2.v").contains("LUT6_2"));
    assert!(!bench.files().iter().any(|f| f.contains("t2_primitives")));
}

#[test]
fn a_search_finds_fewer_tables_that_pass_everywhere() {
    let bench = Bench::new();
    let line = "fpadd --we 3 --wf 2 --freq 0 --primitives --tb exhaustive";
    let tables = |text: &str| text.matches(" #(.INIT(").count();
    bench.line(&format!("{line} --name s1 --effort 1")).ok();
    bench.line(&format!("{line} --name s2 --effort 2 --target ultrascaleplus")).ok();
    let (one, two) = (bench.read("s1/s1.v"), bench.read("s2/s2.v"));
    assert!(
        one.contains("LUT6 #(.INIT(64'h") && one.contains("--tb exhaustive --effort 1 --primitives"),
        "{one}"
    );
    assert!(one.contains("LUT6_2 #(.INIT(64'h"), "no two tables share a site");
    // What still has the value of a wire of the text without cells has its name.
    assert!(one.contains("wire effective_subtraction"), "{one}");
    // Yosys 0.70 makes 64 tables of the text without cells.
    assert!(tables(&one) < 56, "{} tables", tables(&one));
    assert!(tables(&two) <= tables(&one), "{} tables, then {}", tables(&one), tables(&two));
    for (engine, name) in [("icarus", "s1"), ("verilator", "s1"), ("ghdl", "s1"), ("ghdl", "s2")] {
        let verdict = run_testbench(engine, &bench.path(name), name, &Options::default()).unwrap();
        assert!(verdict.passed, "{engine}: {}", verdict.output);
    }
    // With registers between the tables.
    let run = bench
        .line("verify fpmul --we 4 --wf 3 --freq 300 --primitives --effort 1 --engine all --vectors 500");
    assert_eq!(run.code, 0, "{}", run.err);
    // The same bytes again.
    bench.line(&format!("{line} --name s1 --effort 1 --out-dir again")).ok();
    assert_eq!(bench.read("again/s1.v"), one);
}

#[test]
fn more_inputs_than_can_all_be_tried_are_searched_with_a_solver() {
    let bench = Bench::new();
    let line = "fpadd --format fp16 --primitives --effort 1";
    let tables = |text: &str| text.matches(" #(.INIT(").count();
    bench.line(&format!("{line} --freq 0 --name wide --tb 300 --check 200000")).ok();
    // Yosys 0.70 makes 174 tables of the text without cells.
    let count = tables(&bench.read("wide/wide.v"));
    assert!(count < 160, "{count} tables");
    for engine in ["icarus", "ghdl"] {
        let verdict = run_testbench(engine, &bench.path("wide"), "wide", &Options::default()).unwrap();
        assert!(verdict.passed, "{engine}: {}", verdict.output);
    }
    // With a clock the ways through get no longer, so that few registers are between the tables: seven stages of what was
    // found, and one as the loads of some bits are many.
    bench.line(&format!("{line} --freq 400 --name clocked --tb none --check 200000")).ok();
    assert!(bench.read("clocked/clocked.json").contains("\"latency\": 8"), "another latency");
}

#[test]
fn a_search_without_cells_or_of_a_core_with_state_is_refused() {
    let bench = Bench::new();
    bench.line("fpadd --we 4 --wf 3 --effort 1").refused(&["--effort 1", "add --primitives"]);
    bench.line("ternarymac --primitives --effort 1").refused(&["keeps a state", "one clock alone"]);
    bench.line("fpadd --primitives --effort -1").refused(&["a whole number from 0 to 10000"]);
    assert_eq!(bench.files(), [""; 0], "a file was written");
}

#[test]
fn targets_without_the_cells_are_refused() {
    for target in ["ecp5", "asic", "cyclonev"] {
        let bench = Bench::new();
        bench.line(&format!("ternarydot --primitives --target {target}")).refused(&[
            "--primitives",
            target,
            "kintex7, artix7, ultrascaleplus",
        ]);
        assert_eq!(bench.files(), [""; 0], "a file was written");
    }
}
