//! `holigen prove` through the built binary, on small cores and on texts that are broken on purpose.
mod common;
use common::Run;
use serde_json::Value;
use std::path::Path;

const CORE: &str = "fp8mac --format e2m1 --terms 32 --out fp16 --name core";

fn folder() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    tempfile::Builder::new().prefix(".holigen-prove-").tempdir_in(root).expect("a folder in the tree")
}

fn run(at: &Path, arguments: &str) -> Run {
    let program = common::program(at).args(arguments.split_whitespace()).output();
    Run::from(program.expect("the program starts"))
}

/// The tools that a proof needs; `./test` installs them, elsewhere these tests have nothing to say.
fn missing(run: &Run) -> bool {
    let gone = run.code == 3 && run.err.contains("isn't found");
    if gone {
        eprintln!("left out: {}", run.err);
    }
    gone
}

#[test]
fn a_core_with_state_is_proved() {
    let at = folder();
    let found = run(at.path(), &format!("prove {CORE} --json --ce"));
    if missing(&found) {
        return;
    }
    let v: Value = serde_json::from_str(&found.ok().out).unwrap();
    assert_eq!(v["answer"], "proved", "{v:#}");
    let names: Vec<_> =
        v["statements"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["equal", "valid", "reset", "enable", "step", "bubble", "restart", "results"]);
    assert_eq!(v["unsaid"].as_array().unwrap().len(), 0);
}

#[test]
fn a_loop_that_rounds_stochastically_is_proved() {
    let at = folder();
    let found =
        run(at.path(), "prove fp8mac --format e2m1 --acc e3m3 --out e3m3 --round sr:3 --sr eager --json");
    if missing(&found) {
        return;
    }
    let v: Value = serde_json::from_str(&found.ok().out).unwrap();
    assert_eq!(v["answer"], "proved", "{v:#}");
}

#[test]
fn tables_found_by_search_are_proved() {
    let at = folder();
    let found = run(at.path(), "prove fpmul --we 3 --wf 2 --freq 0 --primitives --effort 1 --json");
    if missing(&found) {
        return;
    }
    let v: Value = serde_json::from_str(&found.ok().out).unwrap();
    assert_eq!(v["answer"], "proved", "{v:#}");
}

#[test]
fn more_operands_than_a_table_holds_are_tried_one_by_one() {
    let at = folder();
    let core = "fpfma --format e3m3 --name core --freq 0";
    let found = run(at.path(), &format!("prove {core} --json"));
    if missing(&found) {
        return;
    }
    let v: Value = serde_json::from_str(&found.ok().out).unwrap();
    assert_eq!(v["answer"], "proved", "{v:#}");
    let by = v["statements"].as_array().unwrap().last().unwrap()["by"].as_str().unwrap();
    assert!(by.contains("all 2097152 inputs") && by.contains("model"), "{by}");
    // The last bit of a result turned for one product only.
    run(at.path(), &format!("{core} --check none --tb none --out-dir .")).ok();
    let text = std::fs::read_to_string(at.path().join("core.v")).unwrap();
    let line = text.lines().find(|l| l.contains("assign r = ")).expect("the result");
    let broken = line.replacen("= ", "= {6'd0, a == 7'd77 && b == 7'd3} ^ ", 1);
    std::fs::write(at.path().join("broken.v"), text.replacen(line, &broken, 1)).unwrap();
    let found = run(at.path(), &format!("prove {core} --verilog broken.v --json"));
    assert_eq!(found.code, 1, "{}", found.err);
    let v: Value = serde_json::from_str(&found.out).unwrap();
    let function = v["statements"].as_array().unwrap().iter().find(|s| s["name"] == "function").unwrap();
    assert_eq!(function["answer"], "refuted");
    assert_eq!(function["vector"]["a_t0"], "1001101");
    assert_eq!(function["replayed"]["confirmed"], true);
}

#[test]
fn broken_texts_are_refuted_and_the_simulator_agrees() {
    let at = folder();
    run(at.path(), &format!("{CORE} --check none --tb none --out-dir .")).ok();
    let text = std::fs::read_to_string(at.path().join("core.v")).unwrap();
    // A tie that is rounded the other way, and a product that is subtracted when it should be added.
    let sticky = text.lines().find(|l| l.contains("wire") && l.contains(" sticky ")).expect("a sticky bit");
    let sign = text.lines().find(|l| l.contains("product_sign ") && l.contains('^')).expect("a sign");
    for (line, broken, statement) in [
        (sticky, sticky.replacen("= ", "= 1'b1 | ", 1), "results"),
        (sign, sign.replacen('^', "|", 1), "step"),
    ] {
        assert_ne!(line, broken);
        std::fs::write(at.path().join("broken.v"), text.replacen(line, &broken, 1)).unwrap();
        let found = run(at.path(), &format!("prove {CORE} --verilog broken.v --json"));
        if missing(&found) {
            return;
        }
        assert_eq!(found.code, 1, "{}", found.err);
        let v: Value = serde_json::from_str(&found.out).unwrap();
        assert_eq!(v["answer"], "refuted");
        let all = v["statements"].as_array().unwrap();
        let one = |name: &str| all.iter().find(|s| s["name"] == name).unwrap();
        assert_eq!(one("equal")["answer"], "refuted", "the VHDL text is not broken");
        assert_eq!(one("valid")["answer"], "proved");
        let refuted = one(statement);
        assert_eq!(refuted["answer"], "refuted", "{v:#}");
        assert_eq!(refuted["replayed"]["confirmed"], true, "{refuted:#}");
        let told = run(at.path(), &format!("prove {CORE} --verilog broken.v"));
        assert_eq!(told.code, 1);
        for word in ["REFUTED", "token", "specified", "in Icarus Verilog: the same", "core: refuted"] {
            assert!(told.err.contains(word), "{word}: {}", told.err);
        }
    }
}

#[test]
fn streams_are_proved_under_all_stalls() {
    let at = folder();
    for (core, answer) in [
        ("ricedec --symbol-bits 4 --name core", "proved"),
        ("huffdec --symbol-bits 2 --table 1,2,3,3 --name core", "proved"),
        // What a memory holds has no name in both texts.
        ("tansdec --symbol-bits 4 --log 6 --name core", "open"),
        // A table that GHDL's synthesis loses.
        ("tritunpack --stream --n 5 --name core", "open"),
    ] {
        let found = run(at.path(), &format!("prove {core} --json"));
        if missing(&found) {
            return;
        }
        let v: Value = serde_json::from_str(&found.ok().out).unwrap();
        assert_eq!(v["answer"], answer, "{v:#}");
        let statements = v["statements"].as_array().unwrap();
        let names: Vec<_> = statements.iter().map(|s| s["name"].as_str().unwrap()).collect();
        assert!(names[0] == "stalls" && names.ends_with(&["still_verilog", "still_vhdl"]), "{names:?}");
        assert_eq!(names.contains(&"equal"), answer == "proved", "{v:#}");
        assert!(statements.iter().all(|s| s["answer"] == "proved"), "{v:#}");
        assert!(statements[0]["by"].as_str().unwrap().starts_with("100 streams"), "{v:#}");
    }
    let core = "ricedec --symbol-bits 4 --name core";
    assert_eq!(run(at.path(), &format!("{core} --out-dir . --check none --tb none")).code, 0);
    let text = std::fs::read_to_string(at.path().join("core.v")).unwrap();
    let broken = text.replace("m_ready | ~m_valid_q", "m_ready | m_valid_q");
    assert_ne!(broken, text);
    std::fs::write(at.path().join("broken.v"), broken).unwrap();
    let found = run(at.path(), &format!("prove {core} --verilog broken.v"));
    assert_eq!(found.code, 1, "{}", found.err);
    assert!(found.err.contains("REFUTED   in the Verilog text, what m holds stands still"), "{}", found.err);
    let found = run(at.path(), &format!("prove {core} --mutate 3"));
    assert!(found.code == 2 && found.err.contains("--mutate"), "{}", found.err);
}

#[test]
fn faults_are_found_by_a_good_testbench_and_missed_by_a_poor_one() {
    let at = folder();
    let score = |more: &str| -> Option<Value> {
        let found = run(at.path(), &format!("prove {CORE} --json --mutate 40 {more}"));
        if missing(&found) {
            return None;
        }
        let v: Value = serde_json::from_str(&found.ok().out).unwrap();
        Some(v["mutation"].clone())
    };
    let Some(good) = score("") else { return };
    let number = |v: &Value, name: &str| v[name].as_u64().unwrap();
    assert_eq!(number(&good, "mutants"), 40);
    let sum: u64 = ["killed", "equivalent", "missed", "open"].iter().map(|n| number(&good, n)).sum();
    assert_eq!((sum, number(&good, "missed"), number(&good, "open")), (40, 0, 0), "{good:#}");
    assert!(number(&good, "killed") > 25 && good["percent"] == 100.0, "{good:#}");
    // One vector: most faults pass, and the prover knows that they are faults.
    let poor = score("--tb 1").unwrap();
    assert_eq!(number(&poor, "equivalent"), number(&good, "equivalent"), "{poor:#}");
    assert!(number(&poor, "missed") > 5 && number(&poor, "killed") < number(&good, "killed"), "{poor:#}");
    let told = &poor["passed_by_testbench"].as_array().unwrap()[0];
    assert!(
        told["fault"].is_string() && told["command"].as_str().unwrap().starts_with("mutate "),
        "{told:#}"
    );
}

#[test]
fn what_can_not_be_read_is_said() {
    let at = folder();
    run(at.path(), &format!("prove {CORE} --verilog nowhere.v")).refused(&["--verilog", "nowhere.v"]);
    run(at.path(), &format!("prove {CORE} --limit 0")).refused(&["--limit", "1 to 86400"]);
    run(at.path(), &format!("prove {CORE} --mutate 0")).refused(&["--mutate", "1 to 10000"]);
    run(at.path(), &format!("prove {CORE} --tb 5")).refused(&["--mutate"]);
    std::fs::write(at.path().join("half.v"), "module core (input wire clk);\n  assign\nendmodule\n").unwrap();
    let found = run(at.path(), &format!("prove {CORE} --verilog half.v"));
    assert_eq!(found.code, 3, "{}", found.err);
    assert!(found.err.contains("Yosys"), "{}", found.err);
}
