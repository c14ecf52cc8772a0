//! Arbitrary command lines and build files: an exit code of the contract, and never a panic.
mod common;
use common::{Bench, Run};
use proptest::prelude::*;

#[track_caller]
fn sane(run: &Run, what: &str) -> Result<(), TestCaseError> {
    prop_assert!((0..=3).contains(&run.code), "{what}: exit code {}\n{}", run.code, run.err);
    prop_assert!(!run.err.contains("panicked"), "{what}\n{}", run.err);
    prop_assert!(run.code == 0 || !run.err.trim().is_empty(), "{what}: no message");
    Ok(())
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "0", "1", "2", "3", "4", "5", "8", "300", "312.5", "-1", "1e999", "nan", "99999999999999999999", "none",
            "exhaustive", "10", "fixed", "exact", "fp32", "bf16", "e5m2", "e2m1", "binary8p4se", "e8m0", "e1m0",
            "fixed:10:-10", "fixed:-10:10", "fixed:9999999999:0", "e6m5", "sr:8", "sr:0", "rtz", "kintex7", "asic",
            "ecp5", "verilog", "vhdl", "on", "off", "flush", "wrap", "module", "top",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,12}".prop_filter("text", |s| !s.contains('\0')),
    ]
}

const OPTIONS: [&str; 26] = [
    "--we",
    "--wf",
    "--format",
    "--b-format",
    "--encoding",
    "--acc",
    "--acc-round",
    "--acc-overflow",
    "--terms",
    "--out",
    "--round",
    "--saturation",
    "--subnormals",
    "--specials",
    "--interleave",
    "--freq",
    "--target",
    "--gate-ps",
    "--lang",
    "--name",
    "--seed",
    "--tb",
    "--check",
    "--ce",
    "--json",
    "--explain",
];

fn words() -> impl Strategy<Value = Vec<String>> {
    let option =
        (prop::sample::select(OPTIONS.to_vec()), value(), any::<bool>()).prop_map(|(o, v, joined)| match o {
            "--ce" | "--json" | "--explain" => vec![o.to_owned()],
            _ if joined => vec![format!("{o}={v}")],
            _ => vec![o.to_owned(), v],
        });
    prop::collection::vec(option, 0..5).prop_map(|o| o.concat())
}

/// Quick, unless `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases: 96, ..config } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn command_lines(words in words(), command in prop::sample::select(vec!["fp8mac", "verify", "eval"])) {
        let bench = Bench::new();
        // Small amounts first: what comes later on the line would be refused as given twice.
        let mut line: Vec<String> = match command {
            "verify" => ["verify", "fp8mac", "--vectors", "10"].map(str::to_owned).to_vec(),
            "eval" => ["eval", "fp8mac", "a=1", "b=0x3"].map(str::to_owned).to_vec(),
            _ => vec!["fp8mac".to_owned()],
        };
        let given = |o: &str| words.iter().any(|w| w.split('=').next() == Some(o));
        for o in ["--tb", "--check"] {
            if command == "fp8mac" && !given(o) {
                line.extend([o.to_owned(), "10".to_owned()]);
            }
        }
        line.extend(words.into_iter().filter(|w| w != "exhaustive" && !w.ends_with("=exhaustive")));
        let run = bench.run(&line);
        sane(&run, &line.join(" "))?;
        if run.code != 0 {
            prop_assert_eq!(bench.files(), Vec::<String>::new(), "{}", line.join(" "));
        }
    }

    #[test]
    fn operands(words in prop::collection::vec("(a|b|in_first|rnd|x)=\\PC{0,10}|--|\\PC{0,6}", 0..5)) {
        let line: Vec<String> = ["eval".to_owned(), "fp8mac".to_owned()].into_iter().chain(words).collect();
        let line: Vec<_> = line.into_iter().map(|w| w.replace('\0', "0")).collect();
        sane(&Bench::new().run(&line), &line.join(" "))?;
    }

    #[test]
    fn build_files(
        keys in prop::collection::vec(
            (prop::sample::select(OPTIONS.to_vec()), value(), 0..3u8), 0..4),
        noise in "\\PC{0,20}",
        noisy in 0..4u8,
    ) {
        let mut text = String::from("[defaults]\ncheck = \"none\"\ntb = \"none\"\n[[core]]\noperator = \"fp8mac\"\n");
        for (key, value, quoting) in keys {
            let key = key.trim_start_matches("--");
            if ["tb", "check"].contains(&key) {
                continue;
            }
            match quoting {
                0 => text += &format!("{key} = {value:?}\n"),
                1 => text += &format!("{key} = {value}\n"),
                _ => text += &format!("{key} = true\n"),
            }
        }
        if noisy == 0 {
            text += &noise;
        }
        let bench = Bench::new();
        bench.write("cores.toml", &text);
        let run = bench.line("build cores.toml");
        sane(&run, &text)?;
        if run.code != 0 {
            prop_assert_eq!(bench.files(), vec!["cores.toml".to_owned()], "{}", text);
        }
    }
}
