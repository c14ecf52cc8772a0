//! What is written, where, and what is left alone.
mod common;
use common::{Bench, program};
use std::io::Read;
use std::process::Stdio;

/// A core that takes no time.
const QUICK: &str = "fp8mac --out fixed --check none --tb 20";
const NAME: &str = "fp8mac_e4m3_fixed_f300";

fn own(end: &str) -> String {
    format!("{NAME}/{NAME}{end}")
}

#[test]
fn all_files_of_the_contract() {
    let bench = Bench::new();
    let run = bench.line(QUICK).ok();
    let mut expected: Vec<_> = [".v", ".vhd", "_tb.v", "_tb.vhd", "_tb.cpp", ".json", ".core", ".html"]
        .iter()
        .map(|e| own(e))
        .collect();
    expected.push(format!("{NAME}/"));
    expected.sort();
    assert_eq!(bench.files(), expected);
    assert_eq!(run.out, "");
    for word in ["latency", "MHz", "size", "checked", "files", "next"] {
        assert!(run.err.contains(word), "{word}: {}", run.err);
    }
    assert!(!run.err.contains('\x1b'));
}

#[test]
fn the_readme_shows_what_its_first_command_prints() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = include_str!("../../README.md");
    let command = readme.lines().find_map(|l| l.trim().strip_prefix("cargo run --release -- ")).unwrap();
    let run = Bench::new().line(command).ok();
    let (made, _) = run.err.split_once("  next ").unwrap();
    assert!(words(readme).contains(&words(made)), "README.md does not show\n{made}");
}

#[test]
fn a_clock_that_is_not_met_by_the_estimate_is_a_warning() {
    let bench = Bench::new();
    // The product of the loop is one operation, as long as the target has it in tables.
    let slow = bench.line("ransdec --target ecp5 --freq 120 --check none --tb none").ok();
    for word in ["120 MHz asked for", "warning", "miss the clock by", "a clock for each"] {
        assert!(slow.err.contains(word), "{word}: {}", slow.err);
    }
    let met = bench.line(QUICK).ok();
    assert!(!met.err.contains("warning"), "{}", met.err);
}

#[test]
fn languages_and_testbenches_on_request() {
    let bench = Bench::new();
    bench.line(&format!("{QUICK} --lang verilog --name a1 -o here")).ok();
    bench.line("fp8mac --out fixed --check none --tb none --lang vhdl --name b1 -o here").ok();
    let expected = [
        "a1.core",
        "a1.html",
        "a1.json",
        "a1.v",
        "a1_tb.cpp",
        "a1_tb.v",
        "b1.core",
        "b1.html",
        "b1.json",
        "b1.vhd",
    ];
    let mut expected: Vec<_> = expected.iter().map(|f| format!("here/{f}")).collect();
    expected.push("here/".into());
    expected.sort();
    assert_eq!(bench.files(), expected);
}

#[test]
fn the_manifest_is_the_contract() {
    let bench = Bench::new();
    let run = bench.line(&format!("{QUICK} --freq 312.5 --ce --json")).ok();
    let name = "fp8mac_e4m3_fixed_f312p5";
    assert_eq!(run.out, bench.read(&format!("{name}/{name}.json")));
    let m: serde_json::Value = serde_json::from_str(&run.out).expect("JSON and nothing else");
    assert_eq!(m["operator"], "fp8mac");
    assert_eq!(m["module"], name);
    assert_eq!(m["frequency_mhz"], 312.5);
    assert_eq!(m["initiation_interval"], 1);
    assert_eq!(m["files"]["verilog"], format!("{name}.v"));
    assert_eq!(m["check"]["vectors"], 0);
    let regenerate = m["regenerate"].as_str().unwrap();
    assert_eq!(regenerate, "holigen fp8mac --out fixed --freq 312.5 --tb 20 --check none --ce");
    let ports: Vec<_> = m["ports"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(ports[..3], ["clk", "rst", "ce"]);
    for port in ["in_valid", "in_first", "a", "b", "r", "out_valid"] {
        assert!(ports.contains(&port), "{ports:?}");
    }
    for p in m["ports"].as_array().unwrap() {
        assert!(["in", "out"].contains(&p["direction"].as_str().unwrap()));
        assert!(p["width"].as_u64().unwrap() > 0);
    }
    // And the command makes the same again.
    let words: Vec<_> = regenerate.split(' ').skip(1).collect();
    let again = Bench::new();
    again.run(&words).ok();
    for file in again.files().iter().filter(|f| !f.ends_with('/')) {
        assert_eq!(again.read(file), bench.read(file), "{file}");
    }
}

#[test]
fn own_files_are_renewed_and_others_kept() {
    let bench = Bench::new();
    bench.line(QUICK).ok();
    let first: Vec<_> = bench.files();
    bench.line(QUICK).ok();
    bench.line(&format!("{QUICK} --seed 2")).ok();
    assert_eq!(bench.files(), first, "nothing is left over");

    let verilog = bench.read(&own(".v"));
    let edited = verilog.replacen("module", "// mine\nmodule", 1);
    let manifest = bench.read(&own(".json"));
    bench.write(&own(".v"), &edited);
    bench.line(&format!("{QUICK} --seed 3")).refused(&[&own(".v"), "edited", "--force"]);
    assert_eq!(bench.read(&own(".v")), edited);
    assert_eq!(bench.read(&own(".json")), manifest, "the others of the set are kept as well");
    bench.line(&format!("{QUICK} --seed 2 --force")).ok();
    assert_eq!(bench.read(&own(".v")), verilog);

    bench.write(&own(".json"), "{}\n");
    bench.line(QUICK).refused(&[&own(".json"), "not written by holigen"]);
    std::fs::remove_file(bench.path(&own(".json"))).unwrap();
    bench.line(QUICK).ok();
    // Version control may change line ends.
    bench.write(&own(".v"), &bench.read(&own(".v")).replace('\n', "\r\n"));
    bench.line(QUICK).ok();
    // Files beside ours are nobody's business.
    bench.write(&format!("{NAME}/notes.txt"), "mine");
    bench.line(QUICK).ok();
    assert_eq!(bench.read(&format!("{NAME}/notes.txt")), "mine");
}

#[test]
fn the_same_bytes_every_time() {
    let (one, two) = (Bench::new(), Bench::new());
    one.line(QUICK).ok();
    two.line(&format!("{QUICK} --out-dir elsewhere/deep")).ok();
    for end in [".v", ".vhd", "_tb.v", "_tb.vhd", "_tb.cpp", ".json", ".core", ".html"] {
        assert_eq!(one.read(&own(end)), two.read(&format!("elsewhere/deep/{NAME}{end}")), "{end}");
    }
}

#[test]
fn a_build_file() {
    let bench = Bench::new();
    bench.write(
        "cores.toml",
        "[defaults]\nfreq = 250\ncheck = \"none\"\ntb = 20\nout-dir = \"all\"\n\n\
         [[core]]\noperator = \"fp8mac\"\nout = \"fixed\"\n\n\
         [[core]]\noperator = \"fp8mac\"\nformat = \"e5m2\"\nout = \"fixed\"\nfreq = 200.5\nce = true\n\
         name = \"second\"\nlang = \"verilog\"\n",
    );
    let run = bench.line("build cores.toml --json").ok();
    let all: serde_json::Value = serde_json::from_str(&run.out).expect("JSON and nothing else");
    assert_eq!(all[0]["module"], "fp8mac_e4m3_fixed_f250");
    assert_eq!(
        all[1]["regenerate"],
        "holigen fp8mac --format e5m2 --out fixed --freq 200.5 --lang verilog --name second --tb 20 --check none --ce"
    );
    assert!(bench.path("all/second/second.v").exists());
    assert!(!bench.path("all/second/second.vhd").exists());
    assert!(bench.path("all/fp8mac_e4m3_fixed_f250/fp8mac_e4m3_fixed_f250.vhd").exists());
    // One edited file stops all.
    bench.write("all/second/second.v", "mine");
    bench.line("build cores.toml").refused(&["second.v", "--force"]);
    bench.line("build cores.toml --out-dir other").ok();
    assert!(bench.path("other/second/second.v").exists());
}

#[test]
fn json_everywhere() {
    let bench = Bench::new();
    for command in [
        "list --json",
        "formats --json",
        "formats e3m4 --json",
        "targets --json",
        "eval fp8mac a=1 b=2 --json",
    ] {
        let run = bench.line(command).ok();
        let value: Result<serde_json::Value, _> = serde_json::from_str(&run.out);
        assert!(value.is_ok_and(|v| v.is_array()), "{command}: {}", run.out);
    }
}

#[test]
fn eval_knows_codes_numbers_and_sums() {
    let bench = Bench::new();
    let run = bench.line("eval fp8mac a=1.5 b=0x40").ok();
    assert!(run.out.contains("a = 0x3c (1.5)  b = 0x40 (2)  ->  r = 0x40400000 (3)"), "{}", run.out);
    let run = bench.line("eval fp8mac a=1,2,3 b=1,1,1").ok();
    assert!(run.out.lines().last().unwrap().ends_with("(6)"), "{}", run.out);
    let run = bench.line("eval fp8mac a=1 b=1 -- in_first=1 a=2 b=1 -- a=4 b=1").ok();
    assert!(run.out.lines().nth(1).unwrap().ends_with("(2)"), "{}", run.out);
    assert!(run.out.lines().nth(2).unwrap().ends_with("(6)"), "{}", run.out);
    let run = bench.line("eval fp8mac a=0.1 b=1").ok();
    assert!(run.err.contains("rounded to 0.1015625"), "{}", run.err);
}

#[test]
fn what_there_is() {
    let bench = Bench::new();
    for (command, word) in [
        ("list", "fp8mac"),
        ("formats", "e4m3fn"),
        ("formats e3m4", "e3m4"),
        ("targets", "ultrascaleplus"),
        ("help", "verify"),
        ("help fp8mac", "Sources"),
        ("help build", "cores"),
        ("--help", "fp8mac"),
        ("fp8mac --help", "--out-dir"),
        ("--version", "holigen"),
        ("man", ".TH holigen"),
        ("man fp8mac", "fp8mac"),
        ("completions bash", "holigen"),
        ("completions zsh", "holigen"),
        ("completions fish", "holigen"),
        ("completions powershell", "holigen"),
        ("completions elvish", "holigen"),
        ("fp8mac --out fixed --check none --tb none --explain", "% full"),
    ] {
        let run = bench.line(command).ok();
        assert!(run.out.contains(word), "{command}: {}", run.out);
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let bench = Bench::new();
    let mut child = program(&bench.path("."))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn without_a_clock_a_long_loop_gets_the_one_it_closes_at() {
    let bench = Bench::new();
    let line = "fp8mac --we 3 --wf 2 --acc e6m5 --check 100 --tb none";
    let run = bench.line(&format!("{line} --json")).ok();
    let manifest: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let mhz = manifest["frequency_mhz"].as_f64().unwrap();
    assert!((1.0..300.0).contains(&mhz), "{mhz}");
    assert!(manifest["estimated_fmax_mhz"].as_f64().unwrap() >= mhz);
    assert!(run.err.contains("no --freq was given") && run.err.contains("--interleave"), "{}", run.err);
    // The command that makes it again names the clock, and makes the same bytes.
    let again = manifest["regenerate"].as_str().unwrap();
    assert!(again.contains(&format!("--freq {mhz}")), "{again}");
    let again = bench.line(&format!("{} --json", again.strip_prefix("holigen ").unwrap())).ok();
    assert_eq!(again.out, run.out);
    // A clock that was asked for is not made another one.
    let asked = bench.line(&format!("{line} --freq 300"));
    assert_eq!(asked.code, 2, "{}", asked.err);
}
