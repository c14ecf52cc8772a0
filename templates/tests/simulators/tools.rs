//! Simulators and linters, run on the files of a testbench.
use std::path::Path;
use std::process::Command;

use holigen_templates::Testbench;

/// What a command said.
pub struct Outcome {
    pub success: bool,
    pub out: String,
    pub err: String,
}

/// Runs `line`, split at blanks. A tool that is not there fails the test.
pub fn run(dir: &Path, line: &str) -> Outcome {
    let mut words = line.split(' ');
    let tool = words.next().unwrap();
    let output = Command::new(tool).args(words).current_dir(dir).output();
    let output = output.unwrap_or_else(|e| panic!("{tool} is needed to test testbenches: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { success: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[track_caller]
pub fn silent(dir: &Path, line: &str) {
    let o = run(dir, line);
    assert!(o.success && o.out.is_empty() && o.err.is_empty(), "{line}\n{}{}", o.out, o.err);
}

pub fn write(dir: &Path, tb: &Testbench, verilog: &str, vhdl: &str) {
    let m = &tb.module;
    std::fs::write(dir.join(format!("{m}.v")), verilog).unwrap();
    std::fs::write(dir.join(format!("{m}.vhd")), vhdl).unwrap();
    let texts = tb.texts().unwrap();
    for (end, text) in [("v", texts.verilog), ("vhd", texts.vhdl), ("cpp", texts.cpp)] {
        std::fs::write(dir.join(format!("{m}_tb.{end}")), text).unwrap();
    }
}

pub fn icarus(dir: &Path, m: &str) -> Outcome {
    silent(dir, &format!("iverilog -g2001 -Wall -o {m}_tb.vvp {m}.v {m}_tb.v"));
    run(dir, &format!("vvp {m}_tb.vvp"))
}

pub fn ghdl(dir: &Path, m: &str, std: &str) -> Outcome {
    let work = dir.join(format!("work{std}"));
    std::fs::create_dir_all(&work).unwrap();
    let flags = format!("--std={std} --workdir=work{std}");
    silent(dir, &format!("ghdl -a {flags} {m}.vhd {m}_tb.vhd"));
    silent(dir, &format!("ghdl -e {flags} {m}_tb"));
    run(dir, &format!("ghdl -r {flags} {m}_tb"))
}

pub fn lint(dir: &Path, m: &str) {
    silent(dir, &format!("verilator --lint-only -Wall {m}.v {m}_tb.v"));
}

pub fn verilator(dir: &Path, m: &str, flags: &str) -> Outcome {
    // Unoptimised: these cores are small, and most of the time goes into compiling the run-time library.
    let build = format!(
        "verilator --cc --exe --build -Wall {flags}-MAKEFLAGS OPT_FAST=-O0 -MAKEFLAGS OPT_GLOBAL=-O0 --top-module {m}_tb {m}.v {m}_tb.v {m}_tb.cpp"
    );
    let o = run(dir, &build);
    assert!(o.success, "{build}\n{}{}", o.out, o.err);
    run(dir, &format!("./obj_dir/V{m}_tb"))
}

#[track_caller]
pub fn passes(o: &Outcome, tb: &Testbench) {
    let n = tb.steps.iter().filter(|s| s.valid && s.ce).count();
    assert!(o.success && o.out == format!("PASS {n} vectors\n") && o.err.is_empty(), "{}{}", o.out, o.err);
}

/// Fails and says so in its last line, but for what GHDL adds about the assertion that gives the exit code.
/// Returns what was printed until then.
#[track_caller]
pub fn fails(o: &Outcome, tb: &Testbench) -> String {
    let m = tb.steps.iter().filter(|s| s.valid && s.ce).count();
    let end = o.out.find(&format!("{}_tb.vhd:", tb.module)).unwrap_or(o.out.len());
    let said = &o.out[..end];
    let last = said.lines().last().unwrap_or_default();
    let n: usize = last
        .strip_prefix("FAIL ")
        .and_then(|l| l.strip_suffix(&format!(" of {m}")))
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("no verdict:\n{}{}", o.out, o.err));
    let shown = said.lines().filter(|l| l.starts_with("FAIL cycle ")).count();
    assert_eq!(shown, n.min(10), "{}", o.out);
    assert_eq!(n > 10, said.contains(&format!("\nand {} more\n", n.saturating_sub(10))), "{}", o.out);
    assert!(!o.success, "exit code of a failure\n{}", o.out);
    said.to_string()
}

/// A right core passes in silence of all linters, in every simulator that needs no building.
#[track_caller]
pub fn passes_everywhere(tb: &Testbench, verilog: &str, vhdl: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (dir, m) = (dir.path(), tb.module.as_str());
    write(dir, tb, verilog, vhdl);
    lint(dir, m);
    passes(&icarus(dir, m), tb);
    passes(&ghdl(dir, m, "93"), tb);
    passes(&ghdl(dir, m, "08"), tb);
}

/// What is changed: in Verilog from and to, in VHDL from and to, and a piece of what the testbench says.
pub type Fault = (&'static str, [&'static str; 2], [&'static str; 2], &'static str);

/// Each fault is found in all of them.
pub fn found_everywhere(tb: &Testbench, verilog: &str, vhdl: &str, faults: &[Fault]) {
    for (what, [v_right, v_wrong], [h_right, h_wrong], message) in faults {
        let dir = tempfile::tempdir().unwrap();
        let (dir, m) = (dir.path(), tb.module.as_str());
        assert!(verilog.contains(v_right) && vhdl.contains(h_right), "{what}:\n{verilog}\n{vhdl}");
        write(dir, tb, &verilog.replace(v_right, v_wrong), &vhdl.replace(h_right, h_wrong));
        for said in [icarus(dir, m), ghdl(dir, m, "93"), ghdl(dir, m, "08")].map(|o| fails(&o, tb)) {
            assert!(said.contains(message), "{what}:\n{said}");
        }
    }
}
