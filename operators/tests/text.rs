//! The emitted text of every example and of a sample of the grid of small formats: no linter has anything to say,
//! and simulators agree with the netlist that the other tests hold against the model.
//!
//! All modules go through each program in one run, since starting it takes longer than its work.
mod common;

use common::{Setup, instance, netlist};
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::{verilog, vhdl};
use holigen_operators::REGISTRY;
use holigen_sim::embedded::Program;
use holigen_sim::external::tool::{GHDL, IVERILOG, Tool, VERILATOR, YOSYS};
use holigen_sim::external::{ENGINES, SourceText};
use holigen_sim::stimulus::Stimulus;
use holigen_verif::rng::SplitMix64;
use std::path::{Path, PathBuf};

/// A core at the clock, or at the next slower one that it can meet.
fn core(operator: &str, parameters: &str, setup: Setup, name: &str) -> Compiled {
    let i = instance(operator, parameters).unwrap_or_else(|e| panic!("{parameters}\n{e}"));
    let clocks = [1.0, 0.5, 0.25, 0.1].map(|part| Setup { mhz: setup.mhz * part, ..setup.clone() });
    let made = clocks.iter().find_map(|s| netlist(&*i.core, s, name).ok());
    made.unwrap_or_else(|| panic!("{parameters} does not close at {} MHz", setup.mhz / 10.0))
}

/// Examples on targets in turn, some with a clock enable.
fn examples() -> Vec<Compiled> {
    let targets =
        [("kintex7", 400.0), ("ecp5", 300.0), ("ice40hx", 100.0), ("asic", 500.0), ("kintex7", 100.0)];
    let all = REGISTRY.iter().flat_map(|e| e.examples().iter().map(|x| (e.name(), *x)));
    all.enumerate()
        .map(|(n, (operator, example))| {
            let (target, mhz) = targets[n % targets.len()];
            let streams = instance(operator, example).is_ok_and(|i| i.core.stream().is_some());
            let setup = Setup { clock_enable: n % 3 == 1 && !streams, ..Setup::new(target, mhz) };
            core(operator, example, setup, &format!("example_{n}"))
        })
        .collect()
}

/// Every fifth of the 120 cores of the grid (5 has no factor in common with the inner choices).
fn grid() -> Vec<Compiled> {
    let mut cores = Vec::new();
    let mut n = 0;
    for we in 2..=6 {
        for wf in 1..=4 {
            for (acc, turns) in [("exact", 1), ("e6m5", 8)] {
                for round in ["rne", "rtz", "sr:8"] {
                    n += 1;
                    if n % 5 == 0 {
                        let parameters = format!(
                            "we = {we}\nwf = {wf}\nacc = \"{acc}\"\nround = \"{round}\"\ninterleave = {turns}"
                        );
                        cores.push(core(
                            "fp8mac",
                            &parameters,
                            Setup::new("kintex7", 300.0),
                            &format!("grid_{n}"),
                        ));
                    }
                }
            }
        }
    }
    cores
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("text").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A tool that must succeed without a word.
fn silent(tool: &Tool, folder: &Path, arguments: &[&str], files: &[String]) {
    let run = tool.command().unwrap_or_else(|e| panic!("{e}")).args(arguments).args(files).folder(folder);
    let said = run.run().unwrap_or_else(|e| panic!("{e}"));
    let text = said.all();
    assert!(
        said.status.success() && text.trim().is_empty(),
        "{} {} in {}: {}\n{text}",
        tool.name,
        arguments.join(" "),
        folder.display(),
        said.status
    );
}

#[test]
fn no_linter_has_anything_to_say() {
    let cores: Vec<Compiled> = examples().into_iter().chain(grid()).collect();
    let folder = folder("lint");
    for c in &cores {
        let m = &c.module;
        std::fs::write(folder.join(format!("{}.v", m.name)), verilog::print(m)).unwrap();
        std::fs::write(folder.join(format!("{}.vhd", m.name)), vhdl::print(m)).unwrap();
    }
    let files = |end: &str| cores.iter().map(|c| format!("{}.{end}", c.module.name)).collect::<Vec<_>>();
    let (v, vhd) = (files("v"), files("vhd"));
    // Several modules without a common one above them are what a batch is.
    silent(&VERILATOR, &folder, &["--lint-only", "-Wall", "-Wno-MULTITOP"], &v);
    silent(&IVERILOG, &folder, &["-g2001", "-Wall", "-t", "null"], &v);
    for (std, work) in [("--std=93", "w93"), ("--std=08", "w08")] {
        std::fs::create_dir_all(folder.join(work)).unwrap();
        silent(&GHDL, &folder, &["-a", std, &format!("--workdir={work}")], &vhd);
    }
    let read = format!("read_verilog -noautowire {}", v.join(" "));
    let script = format!("{read}; hierarchy -check; proc; check -assert; select -assert-none t:$dlatch");
    silent(&YOSYS, &folder, &["-q", "-p", &script], &[]);
}

/// Random bits on every input. First a reset and a new sum in every turn: what a simulator of four values makes
/// of registers that nothing has set is not for comparison.
fn noise(text: &SourceText, cycles: usize, seed: u64) -> Stimulus {
    let mut rng = SplitMix64::new(seed);
    let mut words = Vec::new();
    for t in 0..cycles {
        for p in &text.inputs {
            for k in 0..p.limbs() as u32 {
                let word = rng.next_u64() >> (64 - (p.width - 64 * k).min(64));
                words.push(match p.name.as_str() {
                    "rst" => u64::from(t == 0),
                    "ce" | "in_valid" | "in_first" if t < 80 => 1,
                    _ => word,
                });
            }
        }
    }
    Stimulus { cycles, words }
}

#[test]
fn simulators_agree_with_the_netlist() {
    // Streams say little to noise: the test `streams` has them.
    let tokens = examples().into_iter().filter(|c| c.module.outputs[0].name == "out_valid");
    for (n, c) in tokens.enumerate() {
        let m = &c.module;
        let text = SourceText::new(m, verilog::print(m), vhdl::print(m));
        let stimulus = noise(&text, 1500, n as u64);
        let ours = stimulus.replay(&Program::compile(m));
        for engine in ENGINES {
            // A model of Verilator takes seconds to compile.
            if engine.name() == "verilator" && n % 6 != 0 {
                continue;
            }
            let theirs = engine.run(&text, &stimulus).unwrap_or_else(|e| panic!("{}: {e}", m.name));
            // Limb 0 is `out_valid`; without it the others mean nothing.
            let limbs = ours.limbs();
            let mut compared = 0;
            for (t, (x, y)) in ours.words.chunks(limbs).zip(theirs.words.chunks(limbs)).enumerate() {
                let unknown = &theirs.unknown[t * limbs..(t + 1) * limbs];
                if t < 2 {
                    continue;
                }
                assert!(
                    x[0] == y[0] && unknown[0] == 0,
                    "{} in {}: out_valid, cycle {t}",
                    m.name,
                    engine.name()
                );
                if x[0] == 1 {
                    compared += 1;
                    let same = x == y && unknown.iter().all(|u| *u == 0);
                    assert!(same, "{} in {}: cycle {t}, {y:x?} instead of {x:x?}", m.name, engine.name());
                }
            }
            assert!(compared > 300, "{} in {}: {compared} results", m.name, engine.name());
        }
    }
}
