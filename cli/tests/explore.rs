//! `holigen explore` through the built binary: sweeps, interruption, shards.
mod common;
use common::Run;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

const SWEEP: &str =
    "explore fp8mac --measure estimate --sweep freq=50..300:10 --sweep out=fp32,fixed,bf16,fp16";
const POINTS: usize = 104;

fn run(at: &Path, line: &str) -> Run {
    Run::from(common::program(at).args(line.split_whitespace()).output().expect("the program starts"))
}

fn results(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("results.json")).expect("results"))
        .expect("JSON")
}

/// What does not depend on where and when a sweep ran.
fn rows(folder: &Path) -> (Value, String) {
    (results(folder)["rows"].clone(), std::fs::read_to_string(folder.join("results.csv")).expect("a table"))
}

#[test]
fn a_killed_sweep_goes_on_and_shards_are_the_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = dir.path();
    run(at, &format!("{SWEEP} -o whole")).ok();
    let whole = rows(&at.join("whole"));
    assert_eq!(whole.0.as_array().map(Vec::len), Some(POINTS));
    let first = &whole.0[0];
    assert_eq!((first["point"]["freq"].as_str(), first["point"]["out"].as_str()), (Some("50"), Some("fp32")));
    assert!(whole.0.as_array().expect("rows").iter().all(|r| r["luts"].as_u64() > Some(50)), "{first}");
    assert_eq!(whole.1.lines().count(), POINTS + 1);

    // Killed once a part of the journal is there.
    let journal = at.join("killed").join("journal.jsonl");
    let words = format!("{SWEEP} -o killed");
    let mut child = common::program(at).args(words.split_whitespace()).spawn().expect("the program starts");
    let lines = || std::fs::read_to_string(&journal).map_or(0, |t| t.lines().count());
    let start = Instant::now();
    while lines() < 5 && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(!at.join("killed").join("results.json").exists(), "it ended before it was killed");
    let kept = std::fs::read_to_string(&journal).expect("a journal");
    run(at, &words).ok();
    let after = std::fs::read_to_string(&journal).expect("a journal");
    // What was measured before stands as it was; nothing is measured twice.
    let whole_lines = &kept[..kept.rfind('\n').map_or(0, |e| e + 1)];
    assert!(after.starts_with(whole_lines));
    assert_eq!(after.lines().count(), POINTS + 1);
    assert_eq!(rows(&at.join("killed")), whole);

    for i in 1..=3 {
        run(at, &format!("{SWEEP} -o shard{i} --shard {i}/3")).ok();
    }
    run(at, "explore merge shard1 shard2 shard3 -o merged").ok();
    assert_eq!(rows(&at.join("merged")), whole);
    let svg = std::fs::read_to_string(at.join("merged").join("pareto.svg")).expect("a picture");
    assert!(svg.matches("<circle").count() >= POINTS);
}

#[test]
fn estimates_are_those_of_the_cores() {
    let dir = tempfile::tempdir().expect("a folder");
    for core in ["fp8mac --freq 200", "ricedec --freq 200"] {
        let made = run(dir.path(), &format!("{core} --check none --json -o core --force")).ok();
        let made: Value = serde_json::from_str(&made.out).expect("JSON");
        let (operator, _) = core.split_once(' ').expect("an operator");
        let line = format!("explore {operator} --measure estimate --sweep freq=200 -o {operator} --json");
        let swept: Value = serde_json::from_str(&run(dir.path(), &line).ok().out).expect("JSON");
        assert_eq!(swept["rows"][0]["fmax_mhz"], made["estimated_fmax_mhz"], "{core}");
    }
}

#[test]
fn points_without_a_core_say_why() {
    let dir = tempfile::tempdir().expect("a folder");
    let line = "explore fp8mac --measure estimate --sweep acc=exact,e6m5 --sweep wf=3,11 --freq 400 --json";
    let out: Value = serde_json::from_str(&run(dir.path(), line).ok().out).expect("JSON");
    let errors: Vec<&str> =
        out["rows"].as_array().expect("rows").iter().map(|r| r["error"].as_str().unwrap_or("")).collect();
    assert_eq!(errors.len(), 4);
    assert!(errors[0].is_empty() && errors[1].contains("0 to 10"), "{errors:?}");
    assert!(errors[2].contains("--interleave"), "{errors:?}");
    assert_eq!(out["pareto"], serde_json::json!([0]));
}

#[test]
fn bad_sweeps_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    for (arguments, words) in [
        ("fp8mac", "--sweep"),
        ("fp8mac --sweep frq=1,2", "did you mean freq"),
        ("fp8mac --sweep freq=5..1", "goes up"),
        ("fp8mac --sweep we=2,3 --we 4", "swept as well"),
        ("fp8mac --sweep ce=1", "switch"),
        ("fp8mac --sweep wf=11,12", "no point of the sweep"),
        ("fp8mac --sweep wf=1 --shard 3/2", "I/N"),
        ("fp8mac --sweep target=asic --measure tools", "no flow"),
        ("merge nowhere", "no journal"),
        ("merge", "DIR"),
    ] {
        let done = run(dir.path(), &format!("explore {arguments}"));
        assert_eq!(done.code, 2, "{arguments}: {}", done.err);
        assert!(done.err.contains(words), "{arguments}: {}", done.err);
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0, "{arguments} left something");
    }
}

#[test]
fn edited_results_are_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let line = "explore fp8mac --measure estimate --sweep freq=100,200 -o x";
    run(dir.path(), line).ok();
    run(dir.path(), line).ok();
    let table = dir.path().join("x").join("results.csv");
    std::fs::write(&table, "mine").expect("written");
    let done = run(dir.path(), line);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("edited") && done.err.contains("--force"), "{}", done.err);
    assert_eq!(std::fs::read_to_string(&table).expect("a file"), "mine");
    run(dir.path(), &format!("{line} --force")).ok();
}
