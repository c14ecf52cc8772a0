//! The trained network of `tests/network`, from its files of weights to the logits that numpy computed: encoded by the
//! program, the words driven into the cores that the program makes for them, with random stalls, layer by layer.
mod common;

use common::Bench;
use holigen_generator::Builder;
use holigen_generator::builder::Context;
use holigen_generator::compile::{Compiled, Options, compile};
use holigen_generator::rtl::{verilog, vhdl};
use holigen_generator::target::Target;
use holigen_operators::parts::npy::Array;
use holigen_operators::{Core, REGISTRY};
use holigen_sim::external::{ENGINES, SourceText};
use holigen_sim::stream::{RESET, Subject, record, run};
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Beat, Decoded, Scenario, StreamModel};
use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Images that go through the cores in the embedded simulator, and in Verilator.
const IMAGES: [usize; 2] = [360, 3];

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/network/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A matrix of integers.
fn matrix(name: &str) -> Vec<Vec<i64>> {
    let bytes = file(name);
    let array = Array::read(&bytes).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    let [rows, columns] = array.shape[..] else { panic!("{name} is no matrix") };
    let entry = |k| array.kind.integer(array.code(&bytes, k));
    (0..rows).map(|r| (0..columns).map(|c| entry(r * columns + c)).collect()).collect()
}

/// What stands in `network.json` under a path of keys.
fn stored(path: &[&str], at: usize) -> serde_json::Value {
    let all: serde_json::Value = serde_json::from_slice(&file("network.json")).unwrap();
    path.iter().fold(all, |v, key| v[key].clone())[at].clone()
}

/// Words of a stream file as docs/streams.md lays it out.
struct Stream {
    table: Vec<u128>,
    lanes: Vec<Vec<u128>>,
}

impl Stream {
    fn read(bytes: &[u8]) -> Self {
        let mut at = 12;
        let mut take = |n: usize| {
            at += n;
            bytes[at - n..at].iter().rev().fold(0u128, |x, b| x << 8 | u128::from(*b))
        };
        let text = take(4) as usize;
        for _ in 0..text {
            take(1);
        }
        let (entries, width) = (take(4) as usize, take(4) as usize);
        let packed: Vec<u128> = (0..(entries * width).div_ceil(8)).map(|_| take(1)).collect();
        let bit = |i: usize| packed[i / 8] >> (i % 8) & 1;
        let entry = |e: usize| (0..width).map(|i| bit(e * width + i) << i).sum();
        let table = (0..entries).map(entry).collect();
        let (_symbols, bits, lanes) = (take(8), take(4) as usize, take(4));
        let lengths: Vec<usize> = (0..lanes).map(|_| take(8) as usize).collect();
        let lane = |n: &usize| (0..n / (bits / 8)).map(|_| take(bits / 8)).collect();
        Self { table, lanes: lengths.iter().map(lane).collect() }
    }

    /// What goes into a core: the words of its lanes, and the table in front of them, if there is one.
    fn beats(&self, core: &dyn Core, lanes: usize) -> Scenario {
        let beats = |words: &[u128]| -> Vec<Beat> {
            words.iter().enumerate().map(|(i, w)| Beat::new(*w, i + 1 == words.len())).collect()
        };
        let mut all: Scenario = self.lanes[..lanes].iter().map(|l| beats(l)).collect();
        if !self.table.is_empty() {
            all.iter_mut().for_each(|lane| lane[0].after = Some((lanes, self.table.len())));
        }
        if core.stream().expect("a streaming core").channels().contains(&"t".into()) {
            all.push(beats(&self.table));
        }
        all
    }
}

/// Elements of some bits as words of `n` of them, the first in the low bits; 0 fills the last.
fn words(elements: &[i64], bits: u32, n: usize) -> Vec<u128> {
    let word = |part: &[i64]| part.iter().rev().fold(0, |w, e| w << bits | (*e as u128 & ((1 << bits) - 1)));
    elements.chunks(n).map(word).collect()
}

/// Given inputs and what has to come of them, one after the other.
struct Given {
    channels: Vec<String>,
    cases: Vec<(Scenario, Vec<(u128, bool)>)>,
    by_last_channel: HashMap<Vec<u128>, usize>,
    next: AtomicUsize,
}

impl Given {
    fn new(core: &dyn Core, cases: Vec<(Scenario, Vec<(u128, bool)>)>) -> Self {
        let channels = core.stream().expect("a streaming core").channels();
        let by_last_channel = cases.iter().enumerate().map(|(i, (s, _))| (key(s), i)).collect();
        Self { channels, cases, by_last_channel, next: AtomicUsize::new(0) }
    }
}

fn key(scenario: &Scenario) -> Vec<u128> {
    scenario.last().expect("there are channels").iter().map(|b| b.data).collect()
}

impl StreamModel for Given {
    fn channels(&self) -> Vec<String> {
        self.channels.clone()
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        Decoded { beats: self.cases[self.by_last_channel[&key(inputs)]].1.clone(), error: false }
    }

    fn scenario(&self, _: &mut SplitMix64, _: usize, _: bool) -> Scenario {
        self.cases[self.next.fetch_add(1, Ordering::Relaxed) % self.cases.len()].0.clone()
    }
}

/// The core of a command.
fn core_of(command: &str) -> (Box<dyn Core>, Compiled) {
    let mut parameters = toml::Table::new();
    let mut words = command.split(' ').peekable();
    while let Some(name) = words.next() {
        let value = words.next_if(|w| !w.starts_with("--")).map_or(toml::Value::Boolean(true), |w| {
            w.parse().map_or_else(|_| toml::Value::String(w.into()), toml::Value::Integer)
        });
        parameters.insert(name.trim_start_matches('-').into(), value);
    }
    let entry = REGISTRY.iter().find(|e| e.name() == "weightstream").expect("it is there");
    let core = entry.instance_of_toml(parameters).unwrap_or_else(|e| panic!("{command}: {e}")).core;
    let context = Context::new(Target::by_name("kintex7").expect("it is there"), 250.0);
    let b = Builder::new(context.clone());
    core.build(&b);
    let options = Options { name: "core".into(), clock_enable: false, turns: 1 };
    let made = compile(b.finish(), &context, &options).unwrap_or_else(|e| panic!("{command}: {e}"));
    (core, made)
}

/// Runs all cases in the embedded simulator, and the first in Verilator, clock by clock.
fn hold(what: &str, core: &dyn Core, made: &Compiled, cases: Vec<(Scenario, Vec<(u128, bool)>)>) {
    let beats: usize = cases.iter().map(|c| c.1.len()).sum();
    let few: usize = cases.iter().take(IMAGES[1]).map(|c| c.1.len()).sum();
    let given = Given::new(core, cases);
    let subject = Subject { module: &made.module, model: &given };
    let report = run(&subject, beats as u64, 1, &|_| ());
    assert_eq!(report.mismatch, None, "{what}");
    assert!(report.vectors >= beats as u64, "{what}: {} of {beats} beats", report.vectors);
    given.next.store(0, Ordering::Relaxed);
    let record = record(&subject, few as u64, 2).unwrap_or_else(|m| panic!("{what}: {m:?}"));
    let text = SourceText::new(&made.module, verilog::print(&made.module), vhdl::print(&made.module));
    let verilator = ENGINES.iter().find(|e| e.name() == "verilator").expect("it is there");
    let theirs = verilator.run(&text, &record.stimulus).unwrap_or_else(|e| panic!("{what}: {e}"));
    let behind_reset = RESET * theirs.limbs()..;
    assert!(theirs.words[behind_reset.clone()] == record.outputs.words[behind_reset], "{what} in Verilator");
}

/// The activation that a sum becomes: sum * factor / 2^16 to the nearest, ties to even, within 0 and 255.
fn activation(sum: i64, factor: i64) -> i64 {
    let (floor, rest) = ((sum * factor) >> 16, (sum * factor) & 0xffff);
    let up = rest > 0x8000 || rest == 0x8000 && floor & 1 == 1;
    (floor + i64::from(up)).clamp(0, 255)
}

/// All layers of a kind of weights; `values` gives what element a file's element stands for in a layer.
fn network(kind: &str, coder: &str, lanes: usize, per_symbol: usize, values: fn(usize, i64) -> i64) {
    let bench = Bench::new();
    let mut images = matrix("images.npy");
    images.truncate(IMAGES[0]);
    let mut activations = images;
    for layer in 0..3 {
        let name = format!("{kind}_{}.npy", layer + 1);
        fs::write(bench.path(&name), file(&name)).unwrap();
        let mut command = format!("{coder} --lanes {lanes} --per-symbol {per_symbol} --xbits 8 --xunsigned");
        if kind == "codebook" {
            let values: Vec<i64> = (0..16).map(|i| values(layer, i)).collect();
            command +=
                &format!(" --values {}", values.iter().map(i64::to_string).collect::<Vec<_>>().join(","));
        }
        let factor = if layer < 2 { stored(&["factors", kind], layer).as_i64() } else { None };
        if let Some(factor) = factor {
            command += &format!(" --scale {factor} --shift 16 --rbits 8 --runsigned");
        }
        let run = bench.line(&format!("encode weightstream {command} --in {name} --out s --force"));
        assert_eq!(run.code, 0, "{}", run.err);
        let stream = Stream::read(&fs::read(bench.path("s")).unwrap());
        let weights = matrix(&name);
        let (core, made) = core_of(&command);
        let width = core.interface().outputs().find(|p| p.name == "m_data").expect("sums").width;
        let mut next = Vec::new();
        let case = |x: &Vec<i64>| {
            let dot = |row: &Vec<i64>| row.iter().zip(x).map(|(w, x)| values(layer, *w) * x).sum::<i64>();
            let sums = weights.iter().map(dot);
            let sums: Vec<i64> = sums.map(|s| factor.map_or(s, |f| activation(s, f))).collect();
            let mut scenario = stream.beats(&*core, lanes);
            let row = words(x, 8, lanes * per_symbol);
            let beats = row.iter().enumerate().map(|(i, w)| Beat::new(*w, i + 1 == row.len()));
            scenario.push((0..weights.len()).flat_map(|_| beats.clone()).collect());
            let codes = words(&sums, width, 1).into_iter().enumerate();
            let out = codes.map(|(i, r)| (r, i + 1 == sums.len())).collect();
            next.push(sums);
            (scenario, out)
        };
        let cases = activations.iter().map(case).collect();
        hold(&format!("{kind}, layer {}", layer + 1), &*core, &made, cases);
        activations = next;
    }
    let logits = matrix(&format!("logits_{kind}.npy"));
    assert!(activations[..] == logits[..IMAGES[0]], "{kind}: not numpy's logits");
}

#[test]
fn ternary_weights_to_logits() {
    network("ternary", "--coder huffdec --weights ternary", 2, 4, |_, w| w);
}

#[test]
fn four_bit_weights_to_logits() {
    network("int4", "--coder tansdec --log 6 --weights int --wbits 4", 3, 1, |_, w| w);
}

#[test]
fn codebook_weights_to_logits() {
    let value = |layer, index| stored(&["values"], layer)[index as usize].as_i64().unwrap();
    network("codebook", "--coder ransdec --weights codebook --wbits 4", 4, 1, value);
}

#[test]
fn bfloat16_weights_come_back_in_fewer_bits() {
    let bench = Bench::new();
    for (layer, most) in [(1, 10.70), (2, 10.95), (3, 11.2)] {
        let name = format!("float_{layer}.npy");
        fs::write(bench.path(&name), file(&name)).unwrap();
        let command = "--weights bf16 --coder huffdec --lanes 4";
        let run = bench.line(&format!("encode weightstream {command} --in {name} --out s --force --json"));
        assert_eq!(run.code, 0, "{}", run.err);
        let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let each = report["bits_per_element"].as_f64().unwrap();
        assert!(each < most, "layer {layer}: {each} bits a weight");
        let stream = Stream::read(&fs::read(bench.path("s")).unwrap());
        let (core, made) = core_of(command);
        let mut scenario = stream.beats(&*core, 4);
        // Signs and fractions: a byte a weight.
        let bytes = stream.lanes[4].iter().flat_map(|w| w.to_le_bytes()[..2].to_vec());
        let rest: Vec<i64> = bytes.map(i64::from).collect();
        let weights: Vec<i64> = matrix(&name).concat();
        let rest = words(&rest[..weights.len()], 8, 4);
        scenario.push(rest.iter().enumerate().map(|(i, w)| Beat::new(*w, i + 1 == rest.len())).collect());
        let values = words(&weights, 16, 4);
        let out = values.iter().enumerate().map(|(i, v)| (*v, i + 1 == values.len())).collect();
        hold(&format!("float, layer {layer}"), &*core, &made, vec![(scenario, out)]);
    }
}
