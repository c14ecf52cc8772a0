//! Whatever is wrong: exit code 2, one message with what would be right, no file, no panic.
mod common;
use common::Bench;
use holigen_operators::REGISTRY;
use std::any::TypeId;

#[track_caller]
fn refused(arguments: &[&str], words: &[&str]) {
    let bench = Bench::new();
    bench.run(arguments).refused(words);
    assert_eq!(bench.files(), [""; 0], "a file was written");
}

#[test]
fn clocks() {
    for freq in ["-1", "nan", "NaN", "inf", "-inf", "1e999", "2000.1", "1e300", "0.3", "fast", "", "300MHz"] {
        refused(&["fp8mac", "--freq", freq], &["--freq", "1 to 2000 MHz"]);
    }
    refused(&["fp8mac", "--freq"], &["--freq"]);
    refused(&["fp8mac", "--freq", "0", "--interleave", "2"], &["--freq 0", "2 sums", "give a clock"]);
}

#[test]
fn widths() {
    refused(&["fp8mac", "--we", "9"], &["--we 9", "1 to 8"]);
    refused(&["fp8mac", "--we", "0"], &["--we 0", "1 to 8"]);
    refused(&["fp8mac", "--wf", "11"], &["--wf 11", "0 to 10"]);
    refused(&["fp8mac", "--we", "-3"], &["-3", "--we", "1 to 8"]);
    refused(&["fp8mac", "--we", "99999999999999999999"], &["--we", "1 to 8"]);
    refused(&["fp8mac", "--terms", "0"], &["--terms 0", "1 to 4294967296"]);
    refused(&["fp8mac", "--terms", "99999999999999999999999"], &["--terms"]);
    refused(&["fp8mac", "--terms", "18446744073709551615"], &["--terms", "1 to 4294967296"]);
}

/// Every number of every operator that its type does not hold, or that is none: what is legal stands in the message, and
/// nothing about types.
#[test]
fn numbers_are_refused_with_what_is_legal() {
    let mut numbers = 0;
    for entry in REGISTRY {
        for argument in entry.command().get_arguments() {
            let is = argument.get_value_parser().type_id();
            let Some(long) = argument.get_long() else { continue };
            if is != TypeId::of::<u32>() && is != TypeId::of::<u64>() {
                continue;
            }
            numbers += 1;
            for value in ["-1", "99999999999999999999999", "1.5", "many"] {
                let line = format!("{} --{long} {value}", entry.name());
                let run = Bench::new().line(&line);
                let first = format!("error: --{long} {value}: ");
                assert!(run.code == 2 && run.err.starts_with(&first), "{line}\n{}", run.err);
                assert!(run.err.lines().count() > 1 && !run.err.contains("..="), "{line}\n{}", run.err);
                assert!(!run.err.contains(&u32::MAX.to_string()), "{line}\n{}", run.err);
                assert!(!run.err.contains(&u64::MAX.to_string()), "{line}\n{}", run.err);
            }
        }
    }
    assert!(numbers > 50, "{numbers} numbers");
    refused(&["fp8mac", "--we=-1"], &["--we -1", "give 1 to 8"]);
    refused(&["verify", "ternarydot", "--n", "-1"], &["--n -1", "give 1 to 4096 terms"]);
    // Of the operator that was asked for; and by the help where another parameter is wrong before.
    refused(&["fp8mac", "--terms", "1.5"], &["--terms 1.5: is no whole number", "give 1 to 4294967296"]);
    refused(&["fpdot", "--n", "-1"], &["--n -1", "2 to 64"]);
    refused(&["constmatvec", "--serial", "-1"], &["--serial -1", "Clocks of a product"]);
}

#[test]
fn unknown_words_get_a_suggestion() {
    refused(&["fp8mac", "--format", "e4m3fnn"], &["e4m3fnn", "e4m3fn"]);
    refused(&["fp8mac", "--target", "kintx7"], &["kintx7", "did you mean 'kintex7'", "ecp5"]);
    refused(&["fp8mac", "--targt", "kintex7"], &["--targt", "--target"]);
    refused(&["fp8mca"], &["fp8mca", "fp8mac"]);
    refused(&["verify", "fp8mca"], &["fp8mac"]);
    refused(&["fp8mac", "--lang", "verilgo"], &["verilgo", "verilog"]);
    refused(&["verify", "fp8mac", "--engine", "verilater"], &["verilator"]);
    refused(&["help", "fp8mca"], &["did you mean 'fp8mac'"]);
    refused(&["formats", "e4m3fnn"], &["did you mean 'e4m3fn'"]);
    refused(&["completions", "bsh"], &["bash"]);
}

#[test]
fn names() {
    for (name, words) in [
        ("module", &["`module`", "keyword", "Verilog"][..]),
        ("Entity", &["keyword", "VHDL"]),
        ("1core", &["digit"]),
        ("a;b", &["';'"]),
        ("a/b", &["'/'"]),
        ("../up", &["'.'"]),
        ("", &["empty"]),
        ("_x", &["underscore"]),
        ("x__y", &["underscores"]),
        ("größe", &["letters"]),
        ("clk", &["already"]),
        ("-x", &["'-'"]),
        ("a b", &["' '"]),
        ("r", &["port"]),
    ] {
        refused(&["fp8mac", "--name", name], words);
    }
    refused(&["fp8mac", "--name", &"x".repeat(300)], &["300"]);
}

#[test]
fn amounts() {
    refused(&["fp8mac", "--tb", "many"], &["exhaustive, none, or a number"]);
    refused(&["fp8mac", "--check", "-5"], &["exhaustive, none, or a number"]);
    refused(&["fp8mac", "--check", "99999999999999999999"], &["--check"]);
    refused(&["fp8mac", "--check", "0"], &["1 to"]);
    refused(&["fp8mac", "--tb", "2000000"], &["--tb", "1 to 1048576"]);
    refused(&["fp8mac", "--format", "bf16", "--check", "exhaustive"], &["2^32 = 4294967296", "2^28"]);
    refused(&["fp8mac", "--seed", "-1"], &["seed", "18446744073709551615"]);
    refused(&["fp8mac", "--seed", "18446744073709551616"], &["seed"]);
    refused(&["verify", "fp8mac", "--vectors", "none"], &["nothing would be verified"]);
    refused(&["verify", "fp8mac", "--format", "bf16", "--vectors", "exhaustive"], &["2^32"]);
    refused(&["verify", "fpmul", "--corrupt", "9"], &["`fpmul` reads no streams", "huffdec", "--vectors"]);
    refused(&["verify", "huffdec", "--corrupt", "0"], &["1 to"]);
    refused(&["verify", "huffdec", "--corrupt", "9", "--vectors", "9"], &["--vectors"]);
    refused(&["verify", "huffdec", "--corrupt", "9", "--engine", "ghdl"], &["embedded", "ghdl"]);
    let whole = ["verify", "codebook", "--table", "1,2,3,4", "--corrupt", "9"];
    refused(&whole, &["no stream is corrupt"]);
}

#[test]
fn contradictions() {
    refused(&["fp8mac", "--format", "e5m2", "--we", "4"], &["--format", "--we"]);
    refused(&["fp8mac", "--gate-ps", "10"], &["--gate-ps", "--target asic"]);
    refused(&["fp8mac", "--target", "asic", "--gate-ps", "-1"], &["0.1 to 1000 ps"]);
    refused(&["fp8mac", "--freq", "300", "--freq", "400"], &["--freq"]);
    refused(&["fp8mac", "stray"], &["stray"]);
}

#[test]
fn random_bits_say_how_many_are_legal() {
    for (mode, right) in
        [("sr:99", "sr:1 to sr:32"), ("sr:0", "sr:1 to sr:32"), ("srb:33", "srb:1 to srb:32")]
    {
        refused(&["fp8mac", "--round", mode], &["--round", mode, right]);
    }
    refused(&["fp8mac", "--round", "nearest"], &["unknown rounding mode", "rne"]);
}

#[test]
fn too_fast_a_clock_names_what_works() {
    refused(&["fp8mac", "--freq", "1999", "--out", "fixed", "--target", "ice40hx"], &["1999", "MHz"]);
}

#[test]
fn output_folders() {
    let bench = Bench::new();
    bench.write("file", "mine");
    bench.line("fp8mac --out-dir file").refused(&["file", "is a file", "--out-dir"]);
    bench.line("fp8mac --out-dir file/below").refused(&["file", "--out-dir"]);
    assert_eq!(bench.read("file"), "mine");
    assert_eq!(bench.files(), ["file"]);
    // Not even root can write there.
    bench.line("fp8mac --out-dir /proc/holigen").refused(&["/proc", "--out-dir"]);
    bench.run(&["fp8mac", "--out-dir", ""]).refused(&["--out-dir"]);
    bench.run(&["fp8mac", "--out-dir", "a\0b"].map(|s| s.replace('\0', "/../file/"))).refused(&["file"]);
}

#[cfg(unix)]
#[test]
fn read_only_folders() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let folder = bench.path("locked");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(folder.join("probe"), "").is_ok() {
        return; // root may write everywhere
    }
    bench.line("fp8mac --out-dir locked").refused(&["locked", "can't be written"]);
    bench.line("fp8mac --out-dir locked/deeper").refused(&["locked", "can't be written"]);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(bench.files(), ["locked/"]);
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    let bytes = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    bench.run(&["fp8mac".as_ref(), "--name".as_ref(), bytes]).refused(&[]);
    bench.run(&[bytes]).refused(&[]);
}

#[test]
fn operands() {
    for (operands, words) in [
        ("a=1.5", &["no value for b", "a=1.5 b=1.5"][..]),
        ("", &["no value for a"]),
        ("a=1 b=one", &["'one'", "not a number"]),
        ("a=1 b=0x100", &["9 bits", "8 bits wide"]),
        ("a=1 b=1e6", &["largest", "448"]),
        ("a=1 b=inf", &["has no inf"]),
        ("a=1 c=2", &["no input 'c'", "in_first, a, b"]),
        ("a=1 b=2 x", &["port=value"]),
        ("a=1,2,3 b=1,2", &["b has 2 values"]),
        ("a=1 b=1e99999999999", &["exponent"]),
        ("a=1 b=", &["''"]),
    ] {
        let bench = Bench::new();
        bench.line(&format!("eval fp8mac {operands}")).refused(words);
    }
}

#[test]
fn build_files() {
    let core = "[[core]]\noperator = \"fp8mac\"\n";
    for (text, words) in [
        ("", &["no [[core]]"][..]),
        ("core = 3", &["cores.toml:1", "[[core]]"]),
        ("[[core]]\noperator = fp8mac\n", &["line 2"]),
        ("[[core\n", &["line 1"]),
        ("[[core]]\nwe = 4\n", &["cores.toml:1", "no operator", "fp8mac"]),
        ("[[core]]\noperator = \"fp8mca\"\n", &["cores.toml:2", "did you mean 'fp8mac'"]),
        ("[[core]]\noperator = 8\n", &["cores.toml:2", "quotes"]),
        (&format!("{core}frequency = 3\n"), &["cores.toml:3", "core 1 (fp8mac)", "'frequency'", "freq"]),
        (&format!("{core}b_format = \"e5m2\"\n"), &["did you mean 'b-format'"]),
        (&format!("{core}freq = nan\n"), &["cores.toml:3", "1 to 2000 MHz"]),
        (&format!("{core}freq = -1e999\n"), &["cores.toml"]),
        (&format!("{core}freq = [1]\n"), &["cores.toml:3", "freq"]),
        (&format!("{core}we = -4\n"), &["cores.toml:3", "core 1", "we = -4", "1 to 8"]),
        (&format!("{core}terms = -4\n"), &["cores.toml:3", "1 to 4294967296"]),
        (&format!("{core}we = 9\n"), &["cores.toml:3", "1 to 8"]),
        (&format!("{core}we = \"4\"\n"), &["cores.toml:3", "core 1", "we = \"4\"", "whole number"]),
        (&format!("{core}we = 4\nformat = 3\n"), &["cores.toml:4", "format = 3", "in quotes"]),
        (&format!("{core}wf = 3\nterms = 1.5\n"), &["cores.toml:4", "whole number", "terms = 1.5"]),
        ("[[core]]\noperator = \"intdot\"\nn = 4\n\naunsigned = 3\n", &["cores.toml:5", "true or false"]),
        (&format!("{core}round = \"sr:99\"\n"), &["cores.toml:3", "round = \"sr:99\"", "sr:1 to sr:32"]),
        (&format!("{core}we = 99999999999999999999999\n"), &["line 3"]),
        (&format!("{core}name = \"end\"\n"), &["keyword"]),
        (&format!("{core}ce = 1\n"), &["true and false"]),
        (&format!("{core}target = \"kintx7\"\n"), &["did you mean 'kintex7'"]),
        (&format!("{core}{core}"), &["cores.toml:3", "is taken by", "name = "]),
        (&format!("{core}name = \"x\"\n{core}name = \"X\"\n"), &["is taken by"]),
        (&format!("{core}[default]\nfreq = 1\n"), &["did you mean 'defaults'"]),
        (&format!("[defaults]\nfrq = 1\n{core}"), &["cores.toml:2", "did you mean 'freq'"]),
        (&format!("[defaults]\nname = \"x\"\n{core}"), &["'name'"]),
        (&format!("[defaults]\nfreq = -1\n{core}"), &["cores.toml:2", "MHz"]),
        (&format!("{core}seed = -1\n"), &["seed"]),
        // The second is bad, so the first is not written either.
        (&format!("{core}\n{core}we = 12\nfreq = 400\n"), &["core 2", "1 to 8"]),
    ] {
        let bench = Bench::new();
        bench.write("cores.toml", text);
        let run = bench.line("build cores.toml").refused(words);
        assert_eq!(bench.files(), ["cores.toml"], "{text}: {}", run.err);
    }
    refused(&["build", "missing.toml"], &["missing.toml", "[[core]]"]);
    refused(&["build", "."], &["build file"]);
}
