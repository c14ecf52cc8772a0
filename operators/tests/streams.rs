//! Every streaming operator's examples: the netlist against the model, with random stalls and corrupt streams; no bubble
//! within a block; and the printed text in other simulators, clock by clock.
mod common;

use common::{Setup, netlist};
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::{verilog, vhdl};
use holigen_operators::{Instance, REGISTRY};
use holigen_sim::external::{ENGINES, SourceText};
use holigen_sim::stream::stalls::{Bounds, search};
use holigen_sim::stream::{RESET, Subject, record, run, run_corrupt};
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Decoded, Scenario, StreamModel};

fn streaming() -> impl Iterator<Item = (String, Instance)> {
    REGISTRY.iter().flat_map(|entry| {
        entry.examples().iter().filter_map(|text| {
            let instance = common::instance(entry.name(), text).unwrap_or_else(|e| panic!("{e}"));
            instance.core.stream().is_some().then(|| (format!("{} {text:?}", entry.name()), instance))
        })
    })
}

/// A target with fast memories and one with slow ones: cores have other architectures.
const SETUPS: [(&str, f64); 2] = [("kintex7", 300.0), ("ecp5", 150.0)];

/// At the clock, or at the next slower one that it can meet.
fn core(i: &Instance, target: &str, mhz: f64, name: &str) -> Compiled {
    let clocks = [1.0, 0.75, 0.5, 0.25].map(|part| Setup::new(target, mhz * part));
    if let (Err(e), true) = (netlist(&*i.core, &clocks[0], name), mhz == 300.0) {
        println!("{}: {e}", i.command());
    }
    let made = clocks.iter().find_map(|s| netlist(&*i.core, s, name).ok());
    made.unwrap_or_else(|| panic!("{} does not close at {} MHz on {target}", i.command(), mhz / 4.0))
}

/// `STREAM_VECTORS` symbols of each example on each target, all on the first for campaigns by hand; `STREAM_ONLY`
/// picks examples.
#[test]
fn netlist_is_the_model() {
    let asked = std::env::var("STREAM_VECTORS").ok().map(|n| n.parse().expect("a number"));
    let only = std::env::var("STREAM_ONLY").unwrap_or_default();
    for (name, instance) in streaming().filter(|(name, _)| name.contains(&only)) {
        let model = instance.core.stream().expect("a streaming core");
        let setups = if asked.is_some() { &SETUPS[..1] } else { &SETUPS[..] };
        for (n, (target, mhz)) in setups.iter().enumerate() {
            let c = core(&instance, target, *mhz, "core");
            let subject = Subject { module: &c.module, model: &*model };
            let started = std::time::Instant::now();
            let report = run(&subject, asked.unwrap_or(20_000), n as u64, &|_| ());
            println!(
                "{name} on {target}: {:.0} MHz, {} tables; {} symbols, {} streams, {} corrupt, {:.1} s",
                c.estimated_fmax_mhz,
                c.estimated_tables,
                report.vectors,
                report.streams,
                report.corrupt,
                started.elapsed().as_secs_f64()
            );
            assert_eq!(report.mismatch, None, "{name} on {target}");
            assert!(
                !model.can_fail() || report.corrupt * 20 > report.streams,
                "{name}: too few corrupt streams"
            );
        }
    }
}

/// No loss, no duplicate, no dead lock, nothing that changes while it is not taken: under every pattern of stalls that there
/// is, for some short streams. Lanes multiply states: of several the shortest streams do, if any.
#[test]
fn every_pattern_of_stalls() {
    for (name, instance) in streaming() {
        let model = instance.core.stream().expect("a streaming core");
        let single = model.channels().iter().filter(|c| *c != "t").count() == 1;
        for (target, mhz) in SETUPS {
            let c = core(&instance, target, mhz, "core");
            let subject = Subject { module: &c.module, model: &*model };
            let (streams, symbols, states) = if single { (4, 6, 30_000) } else { (1, 1, 4_000) };
            let found = search(&subject, Bounds { streams, symbols, states }, 7, |_| true);
            let searched = found.streams;
            println!(
                "{name} on {target}: {searched} streams, {} corrupt, {} states",
                found.corrupt, found.states
            );
            assert_eq!(found.mismatch, None, "{name} on {target}");
            assert!(!single || searched == streams, "{name} on {target}: too many streams are too long");
        }
    }
}

/// A model that is wrong about corrupt streams, or about bubbles.
struct Wrong<'a> {
    model: &'a dyn StreamModel,
    spoil: fn(&mut Decoded),
    steady_from: Option<usize>,
}

impl StreamModel for Wrong<'_> {
    fn channels(&self) -> Vec<String> {
        self.model.channels()
    }
    fn run(&self, inputs: &Scenario) -> Decoded {
        let mut decoded = self.model.run(inputs);
        if decoded.error {
            (self.spoil)(&mut decoded);
        }
        decoded
    }
    fn steady_from(&self) -> Option<usize> {
        self.steady_from
    }
    fn rest(&self) -> u32 {
        self.model.rest()
    }
    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        self.model.scenario(rng, symbols, corrupt)
    }
}

#[test]
fn corrupt_streams_are_told_as_the_model_does() {
    for (operator, parameters) in [
        ("huffdec", "table = \"1,2,3,3\"\nsymbol-bits = 2"),
        ("huffdec", "longest = 5\nsymbol-bits = 3\nlanes = 3"),
        ("tansdec", "log = 5\nsymbol-bits = 3\nlanes = 2"),
        ("tansdec", "log = 6\nsymbol-bits = 3\nstates = 2"),
        ("ricedec", "k = 2"),
        ("weightstream", "coder = \"huffdec\"\nlongest = 7\nlanes = 2"),
        ("weightstream", "coder = \"ricedec\"\nweights = \"bf16\"\nlanes = 1"),
    ] {
        let instance = common::instance(operator, parameters).unwrap_or_else(|e| panic!("{e}"));
        let model = instance.core.stream().expect("a streaming core");
        let c = core(&instance, "kintex7", 300.0, "core");
        let slow = core(&instance, "ecp5", 150.0, "core");
        let other = run_corrupt(&Subject { module: &slow.module, model: &*model }, 3001, 6, &|_| ());
        assert_eq!((other.mismatch, other.streams), (None, 3001), "{operator} on ecp5");
        let check =
            |model: &dyn StreamModel| run_corrupt(&Subject { module: &c.module, model }, 3001, 5, &|_| ());
        let report = check(&*model);
        assert_eq!((report.mismatch, report.streams), (None, 3001), "{operator}");
        assert!(report.corrupt * 10 > report.streams * 7, "{operator}: {} with error", report.corrupt);
        let wrong: [fn(&mut Decoded); 3] = [
            |d| d.error = false,
            |d| d.beats.truncate(d.beats.len().saturating_sub(1)),
            |d| d.beats.iter_mut().for_each(|b| b.0 ^= 1),
        ];
        for (n, spoil) in wrong.into_iter().enumerate() {
            let found = check(&Wrong { model: &*model, spoil, steady_from: None }).mismatch;
            assert!(found.is_some(), "{operator}: fault {n} was not found");
        }
    }
}

#[test]
fn bubbles_are_found() {
    // The first symbols of its states take two words.
    let instance = common::instance("ransdec", "symbol-bits = 4").unwrap_or_else(|e| panic!("{e}"));
    let model = instance.core.stream().expect("a streaming core");
    let c = core(&instance, "kintex7", 300.0, "core");
    let steady_from = model.steady_from();
    let found = |steady_from: Option<usize>| {
        let wrong = Wrong { model: &*model, spoil: |_| (), steady_from };
        run(&Subject { module: &c.module, model: &wrong }, 20_000, 1, &|_| ()).mismatch.map(|m| m.what)
    };
    assert_eq!(found(steady_from), None);
    let bubble = found(steady_from.map(|slow| slow - 1)).expect("a bubble");
    assert!(bubble.starts_with("a bubble in front of beat"), "{bubble}");
}

#[test]
fn simulators_agree_with_the_netlist() {
    for (n, (name, instance)) in streaming().enumerate() {
        let model = instance.core.stream().expect("a streaming core");
        let c = core(&instance, "kintex7", 300.0, &format!("stream_{n}"));
        let record = record(&Subject { module: &c.module, model: &*model }, 600, n as u64);
        let record = record.unwrap_or_else(|m| panic!("{name}: {m:?}"));
        let text = SourceText::new(&c.module, verilog::print(&c.module), vhdl::print(&c.module));
        for engine in ENGINES {
            // A model of Verilator takes seconds to compile.
            if engine.name() == "verilator" && n % 5 != 0 {
                continue;
            }
            let theirs = engine.run(&text, &record.stimulus).unwrap_or_else(|e| panic!("{name}: {e}"));
            let limbs = theirs.limbs();
            for t in RESET..record.stimulus.cycles {
                let range = t * limbs..(t + 1) * limbs;
                let known = theirs.unknown[range.clone()].iter().all(|u| *u == 0);
                let same = theirs.words[range.clone()] == record.outputs.words[range];
                assert!(known && same, "{name} in {}: cycle {t}", engine.name());
            }
        }
    }
}

/// Every coder's encoder and decoder of whole sequences: none, one, equal and different symbols, more than one block.
#[test]
fn sequences_come_back() {
    let mut rng = SplitMix64::new(3);
    for (name, instance) in streaming() {
        let Some(decoder) = instance.core.decoder() else { continue };
        let most = 1u64 << decoder.frame.symbol_bits;
        for (n, range) in [(0, most), (1, most), (2, most), (1000, 1), (777, 2), (70_001, most), (200_003, 3)]
        {
            let symbols: Vec<u64> = (0..n).map(|_| rng.below(range.min(most))).collect();
            let coded = decoder.encode_all(&symbols);
            let count = symbols.len() as u64;
            let back = decoder.decode_all(&coded.table, &coded.lanes, count);
            assert_eq!(back.as_ref(), Some(&symbols), "{name}: {n} symbols of {range}");
            assert_eq!(decoder.decode_all(&coded.table, &coded.lanes, count + 17), None, "{name}");
        }
    }
}
