//! The whole parameter space of `fp8mac`: whatever is asked for is either refused with a message or a core that
//! is its model; nothing panics.
//!
//! A campaign is the same test with more cases from another seed:
//! `HOLIGEN_CASES=5000 HOLIGEN_SEED=7 cargo test -p holigen-operators --test parameters random`.
//! What it finds goes, shrunk, to `regressions/` and is replayed from there.
mod common;

use common::{Setup, agrees, instance, netlist};
use holigen_sim::check::Plan;
use holigen_verif::format::FloatFormat;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::fmt;

/// A core and how to build it; its text is a file of `regressions/`.
#[derive(Clone)]
struct Case {
    /// TOML of the parameters.
    parameters: String,
    setup: Setup,
    seed: u64,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setup { target, mhz, clock_enable, schedule } = &self.setup;
        write!(f, "target = {target:?}\nmhz = {mhz:?}\nce = {clock_enable}\nseed = {}\n", self.seed)?;
        if let Some(s) = schedule {
            writeln!(f, "schedule = {s}")?;
        }
        write!(f, "[parameters]\n{}", self.parameters)
    }
}

impl Case {
    fn read(text: &str) -> Case {
        let t: toml::Table = text.parse().unwrap_or_else(|e| panic!("{text}\n{e}"));
        let number = |key: &str| t.get(key).and_then(toml::Value::as_integer).map(|n| n as u64);
        Case {
            parameters: t["parameters"].to_string_table(),
            setup: Setup {
                target: t["target"].as_str().expect("a name").into(),
                mhz: t["mhz"].as_float().expect("a number"),
                clock_enable: t["ce"].as_bool().expect("true or false"),
                schedule: number("schedule"),
            },
            seed: number("seed").unwrap_or(1),
        }
    }

    /// `None` if there is no such core; the message says why.
    fn run(&self, vectors: u64) -> Result<Result<u64, String>, String> {
        let i = match instance("fp8mac", &self.parameters) {
            Ok(i) => i,
            Err(e) if e.problem.is_empty() || e.expected.is_empty() => {
                return Err(format!("{e:?} does not help"));
            }
            Err(e) => return Ok(Err(e.to_string())),
        };
        // The command line refuses turns without a clock.
        if self.setup.mhz == 0.0 && (i.core.turns() > 1 || self.setup.schedule.is_some()) {
            return Ok(Err("a clock is needed".into()));
        }
        // Whatever the core's name says, it must be one in both languages.
        holigen_generator::rtl::names::check_identifier(&i.core.name()).map_err(|e| e.to_string())?;
        let c = match netlist(&*i.core, &self.setup, "core") {
            Ok(c) => c,
            Err(e) if self.must_close(&i) => return Err(format!("this clock is promised: {e}")),
            Err(e) => return Ok(Err(e.to_string())),
        };
        Ok(Ok(agrees(&*i.core, &c, Plan::Count(vectors), self.seed)?))
    }

    /// Exact accumulation closes by construction at 400 MHz on kintex7 and 300 MHz on ecp5; without a clock
    /// everything does.
    fn must_close(&self, i: &holigen_operators::Instance) -> bool {
        let p = i.core.parameters();
        let promised = match self.setup.target.as_str() {
            "kintex7" => 400.0,
            "ecp5" => 300.0,
            _ => 0.0,
        };
        self.setup.mhz == 0.0 || p["acc"] == "exact" && self.setup.mhz <= promised
    }
}

trait Tables {
    fn to_string_table(&self) -> String;
}

impl Tables for toml::Value {
    fn to_string_table(&self) -> String {
        self.as_table().expect("a table").to_string()
    }
}

/// Names of formats, most of them legal; the simplest first, since that is where a failure shrinks to.
fn format_name(max_we: u32, max_wf: u32) -> BoxedStrategy<String> {
    let fields = (1..=max_we, 0..=max_wf).prop_map(|(x, y)| format!("e{x}m{y}"));
    let encodings = prop_oneof![Just("ieee"), Just("fn"), Just("fnuz"), Just("finite"), Just("p3109")];
    let encoded = (1..=max_we, 0..=max_wf, encodings).prop_map(|(x, y, e)| format!("e{x}m{y}:{e}"));
    let named = prop_oneof![
        Just("e4m3fn"),
        Just("e5m2"),
        Just("e4m3fnuz"),
        Just("e5m2fnuz"),
        Just("e3m2"),
        Just("e2m3"),
        Just("e2m1"),
        Just("bf16"),
        Just("fp16"),
        Just("tf32"),
        Just("fp32"),
        Just("e8m0"),
    ];
    let p3109 = (1..=max_we, 0..=max_wf, prop_oneof![4 => Just("s"), 1 => Just("u")], prop_oneof!["e", "f"])
        .prop_map(|(we, wf, s, e)| format!("binary{}p{}{s}{e}", we + wf + u32::from(s == "s"), wf + 1));
    prop_oneof![3 => fields, 3 => named.prop_map(String::from), 3 => encoded, 3 => p3109].boxed()
}

/// The operand's parameters and, for what follows, its format's name.
fn operand() -> BoxedStrategy<(String, Option<FloatFormat>)> {
    let encodings = prop_oneof![
        Just(""),
        Just("ieee"),
        Just("fn"),
        Just("fnuz"),
        Just("finite"),
        Just("p3109"),
        Just("scale")
    ];
    let fields = (1..=8u32, 0..=10u32, encodings).prop_map(|(we, wf, e)| {
        let (name, line) = if e.is_empty() {
            (format!("e{we}m{wf}"), String::new())
        } else {
            (format!("e{we}m{wf}:{e}"), format!("encoding = \"{e}\"\n"))
        };
        (format!("we = {we}\nwf = {wf}\n{line}"), name.parse().ok())
    });
    let named = format_name(8, 10).prop_map(|n| (format!("format = \"{n}\"\n"), n.parse().ok()));
    prop_oneof![fields, named].boxed()
}

fn round() -> BoxedStrategy<String> {
    let plain = prop_oneof![Just("rne"), Just("rna"), Just("rtz"), Just("rup"), Just("rdn"), Just("odd")];
    let kinds = prop_oneof![Just("sr"), Just("sra"), Just("srb"), Just("src")];
    let stochastic = (kinds, prop_oneof![4 => 1..=12u32, 1 => 13..=33u32]);
    prop_oneof![3 => plain.prop_map(String::from), 2 => stochastic.prop_map(|(k, n)| format!("{k}:{n}"))]
        .boxed()
}

#[derive(Clone, Debug)]
enum Acc {
    Exact(u64),
    /// Bits below the top of the products' range, and width.
    Fixed {
        down: i32,
        bits: i32,
        round: &'static str,
        overflow: &'static str,
    },
    Float(String),
}

fn accumulator() -> BoxedStrategy<Acc> {
    let exact = (0..=32u32, 0..3u64).prop_map(|(n, d)| Acc::Exact(((1u64 << n) + d).saturating_sub(1)));
    let fixed = (
        -3..=70i32,
        0..=90i32,
        prop_oneof![Just("rtz"), Just("rna")],
        prop_oneof![Just("saturate"), Just("wrap")],
    );
    let fixed = fixed.prop_map(|(down, bits, round, overflow)| Acc::Fixed { down, bits, round, overflow });
    prop_oneof![2 => exact, 2 => fixed, 3 => format_name(8, 12).prop_map(Acc::Float)].boxed()
}

fn parameters() -> BoxedStrategy<String> {
    let first = (operand(), proptest::option::weighted(0.4, format_name(8, 10)), accumulator());
    let out = prop_oneof![
        3 => Just(None),
        2 => Just(Some("fixed".to_string())),
        6 => format_name(8, 12).prop_map(Some),
        2 => format_name(11, 52).prop_map(Some),
    ];
    let own = any::<bool>();
    let saturation = prop_oneof![Just("satfinite"), Just("satpropagate"), Just("ovfinf")];
    let rest = (
        out,
        own,
        round(),
        proptest::option::weighted(0.5, saturation),
        proptest::bool::weighted(0.3),
        proptest::bool::weighted(0.3),
        prop_oneof![5 => Just(1u32), 4 => 2..=12u32, 1 => 1..=64u32],
    );
    (first, rest)
        .prop_map(|((operand, b, acc), (out, own, round, saturation, flush, off, interleave))| {
            let (mut text, a) = operand;
            let mut push = |key: &str, value: &str| text += &format!("{key} = \"{value}\"\n");
            let fb: Option<FloatFormat> = b.as_ref().map_or(a, |n| n.parse().ok());
            if let Some(b) = &b {
                push("b-format", b);
            }
            let mut out = out;
            let mut terms = None;
            match acc {
                Acc::Exact(n) => terms = Some(n),
                Acc::Fixed { down, bits, round, overflow } => {
                    let top = a.zip(fb).map_or(0, |(a, b)| a.emax() + b.emax() + 1);
                    let low = top - down;
                    push("acc", &format!("fixed:{}:{low}", low + bits));
                    push("acc-round", round);
                    push("acc-overflow", overflow);
                }
                Acc::Float(name) => {
                    push("acc", &name);
                    // Most other formats do not hold every value of the accumulator.
                    if own {
                        out = Some(name);
                    }
                }
            }
            let fixed = out.as_deref() == Some("fixed");
            if let Some(out) = &out {
                push("out", out);
            }
            if !fixed {
                push("round", &round);
                if let Some(s) = saturation {
                    push("saturation", s);
                }
            }
            if flush {
                push("subnormals", "flush");
            }
            if off {
                push("specials", "off");
            }
            if interleave > 1 {
                text += &format!("interleave = {interleave}\n");
            }
            if let Some(n) = terms {
                text += &format!("terms = {n}\n");
            }
            text
        })
        .boxed()
}

fn case() -> BoxedStrategy<Case> {
    let target = prop_oneof![
        Just("kintex7"),
        Just("ecp5"),
        Just("ice40hx"),
        Just("asic"),
        Just("ultrascaleplus"),
        Just("gw1n"),
        Just("artix7"),
        Just("nexus"),
        Just("gw2a"),
        Just("ecp5-6"),
    ];
    // Slow clocks mostly: fast ones refuse, and that is quickly tested.
    let mhz = prop_oneof![2 => Just(0u32), 5 => 1..=100u32, 4 => 100..=300u32, 2 => 300..=800u32];
    (
        parameters(),
        target,
        mhz,
        proptest::bool::weighted(0.3),
        proptest::option::weighted(0.3, 0..9u64),
        0..4u64,
    )
        .prop_map(|(parameters, target, mhz, ce, schedule, seed)| Case {
            parameters,
            setup: Setup { target: target.into(), mhz: f64::from(mhz), clock_enable: ce, schedule },
            seed,
        })
        .boxed()
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |v| v.parse().expect("a number"))
}

#[test]
fn random_parameters_are_refused_or_right() {
    let cases = variable("HOLIGEN_CASES", 200) as u32;
    let seed = variable("HOLIGEN_SEED", 1);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let (built, refused) = (Cell::new(0u32), Cell::new(0u32));
    let slow = variable("HOLIGEN_SLOW_MS", u64::MAX);
    let result = runner.run(&case(), |case| {
        let start = std::time::Instant::now();
        let said = case.run(1 << 14).map_err(TestCaseError::fail)?;
        let counter = if said.is_ok() { &built } else { &refused };
        counter.set(counter.get() + 1);
        if start.elapsed().as_millis() > slow.into() {
            eprintln!("{:?}\n{case:?}", start.elapsed());
        }
        Ok(())
    });
    if let Err(e) = result {
        panic!("{e}");
    }
    eprintln!("{} cores, {} refused", built.get(), refused.get());
    assert!(built.get() > cases / 3, "only {} of {cases} are cores: the test says little", built.get());
}

#[test]
fn what_was_wrong_once_is_right() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|f| f.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
        let text = std::fs::read_to_string(path).unwrap();
        if let Err(e) = Case::read(&text).run(1 << 16) {
            panic!("{}\n{text}\n{e}", path.display());
        }
    }
}

/// The grid of small formats, in both accumulators and three roundings, at the clocks that are promised.
#[test]
fn the_grid_is_right() {
    for we in 2..=6 {
        for wf in 1..=4 {
            for acc in ["exact", "e6m5"] {
                for round in ["rne", "rtz", "sr:8"] {
                    let parameters = |k: u32| {
                        format!(
                            "we = {we}\nwf = {wf}\nacc = \"{acc}\"\nround = \"{round}\"\ninterleave = {k}"
                        )
                    };
                    let setup = Setup::new("kintex7", 300.0);
                    // A floating-point loop takes more clocks than one.
                    let turns: &[u32] = if acc == "exact" { &[1] } else { &[4, 5] };
                    let run = |k: &u32| {
                        let case = Case { parameters: parameters(*k), setup: setup.clone(), seed: 1 };
                        case.run(1 << 12).unwrap_or_else(|e| panic!("{case:?}\n{e}"))
                    };
                    let said: Vec<_> = turns.iter().map(run).take_while_inclusive().collect();
                    assert!(said.last().is_some_and(Result::is_ok), "{}: {said:?}", parameters(1));
                }
            }
        }
    }
}

trait TakeWhileInclusive: Iterator<Item = Result<u64, String>> + Sized {
    /// Up to the first that worked.
    fn take_while_inclusive(self) -> impl Iterator<Item = Result<u64, String>> {
        let mut done = false;
        self.take_while(move |r| !std::mem::replace(&mut done, r.is_ok()))
    }
}
impl<I: Iterator<Item = Result<u64, String>>> TakeWhileInclusive for I {}
