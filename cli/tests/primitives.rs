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
