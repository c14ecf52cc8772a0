//! Random graphs with every operation: trimmed, legalised, scheduled (well or anyhow) and lowered for several
//! targets and clocks, they compute what the evaluator says.
//!
//! Longer: `HOLIGEN_CASES=5000 HOLIGEN_SEED=7 cargo test -p holigen-generator --test graphs`.
use holigen_generator::Context;
use holigen_generator::compile::{Compiled, Options, compile, compile_randomly};
use holigen_generator::ir::eval::{Evaluator, truncate};
use holigen_generator::ir::verify::verify;
use holigen_generator::ir::{Graph, Node, Op, State, Table, ValueId};
use holigen_generator::passes::legalize::legalize;
use holigen_generator::passes::trim::trim;
use holigen_generator::target::Target;
use holigen_sim::embedded::{LANES, Machine, Program};
use num_bigint::BigUint;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::collections::VecDeque;

// ---- graphs

/// What a step of a recipe makes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Make {
    Not,
    And,
    Or,
    Xor,
    Mux,
    Slice,
    Concat,
    Add,
    Sub,
    Ult,
    Eq,
    AndReduce,
    OrReduce,
    XorReduce,
    Replicate,
    Shl,
    Shr,
    Mul,
    Const,
    Lookup,
    State,
}

/// One value; picks are modulo what there is.
#[derive(Clone, Debug)]
struct Step {
    make: Make,
    picks: [u8; 3],
    width: u32,
    /// Bits of constants, tables and slices.
    salt: u64,
    registered: bool,
}

/// A graph in a form that shrinks: any list of steps is one.
#[derive(Clone, Debug)]
struct Recipe {
    inputs: Vec<u32>,
    steps: Vec<Step>,
    outputs: Vec<u8>,
}

/// Mixes bits (the finaliser of SplitMix64).
fn mix(x: u64) -> u64 {
    let z = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// `width` bits, sometimes with long runs of equal ones.
fn bits(seed: u64, width: u32) -> BigUint {
    let words: Vec<u32> = (0..width.div_ceil(32))
        .map(|i| {
            let x = mix(seed.wrapping_add(u64::from(i) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            match x >> 60 {
                0..=2 => 0,
                3..=5 => u32::MAX,
                6 => 1,
                _ => x as u32,
            }
        })
        .collect();
    truncate(BigUint::new(words), width)
}

/// Builds nodes as they are, past the builder and its simplifications.
struct Raw {
    g: Graph,
    values: Vec<ValueId>,
}

impl Raw {
    fn node(&mut self, op: Op, args: &[ValueId], width: u32) -> ValueId {
        self.g.intern(Node { op, args: args.iter().copied().collect(), width })
    }

    fn width(&self, v: ValueId) -> u32 {
        self.g.node(v).width
    }

    fn pick(&self, n: u8) -> ValueId {
        // Late values mostly, so that graphs are deep.
        self.values[self.values.len() - 1 - usize::from(n) % self.values.len()]
    }

    fn constant(&mut self, value: BigUint, width: u32) -> ValueId {
        self.node(Op::Const(value), &[], width)
    }

    /// Cut or extended to a width.
    fn fit(&mut self, v: ValueId, width: u32, salt: u64) -> ValueId {
        let have = self.width(v);
        if have > width {
            return self.node(Op::Slice((salt % u64::from(have - width + 1)) as u32), &[v], width);
        }
        if have == width {
            return v;
        }
        let high = if salt & 1 == 0 {
            self.constant(BigUint::ZERO, width - have)
        } else {
            let sign = self.bit(v, have - 1);
            if width - have == 1 { sign } else { self.node(Op::Replicate, &[sign], width - have) }
        };
        self.node(Op::Concat, &[high, v], width)
    }

    fn bit(&mut self, v: ValueId, i: u32) -> ValueId {
        if self.width(v) == 1 { v } else { self.node(Op::Slice(i), &[v], 1) }
    }

    fn step(&mut self, s: &Step) {
        let [p, q, r] = s.picks.map(|n| self.pick(n));
        let (w, salt) = (s.width, s.salt);
        let wp = self.width(p);
        let binary = |raw: &mut Raw, op: Op, width: u32| {
            let (x, y) = (raw.fit(p, w, salt), raw.fit(q, w, salt >> 8));
            raw.node(op, &[x, y], width)
        };
        let v = match s.make {
            Make::Const => self.constant(bits(salt, w), w),
            Make::Slice => {
                let w = 1 + w % wp;
                self.node(Op::Slice((salt % u64::from(wp - w + 1)) as u32), &[p], w)
            }
            Make::Concat => {
                let (x, y) = (self.fit(p, 1 + w / 2, salt), self.fit(q, 1 + w / 3, salt >> 8));
                let mut args = vec![x, y];
                if salt & 2 == 0 {
                    args.push(self.fit(r, 1 + w / 8, salt >> 16));
                }
                let w = args.iter().map(|a| self.width(*a)).sum();
                self.node(Op::Concat, &args, w)
            }
            Make::Replicate => {
                let bit = self.bit(p, (salt % u64::from(wp)) as u32);
                self.node(Op::Replicate, &[bit], w.max(2))
            }
            Make::Not => self.node(Op::Not, &[p], wp),
            Make::And => binary(self, Op::And, w),
            Make::Or => binary(self, Op::Or, w),
            Make::Xor => binary(self, Op::Xor, w),
            Make::Add => binary(self, Op::Add, w),
            Make::Sub => binary(self, Op::Sub, w),
            Make::Eq => binary(self, Op::Eq, 1),
            Make::Ult => binary(self, Op::Ult, 1),
            Make::AndReduce => self.node(Op::AndReduce, &[p], 1),
            Make::OrReduce => self.node(Op::OrReduce, &[p], 1),
            Make::XorReduce => self.node(Op::XorReduce, &[p], 1),
            Make::Mul => {
                let (n, m) = (1 + w / 2, 1 + (w / 2).min((salt % 40) as u32));
                let (x, y) = (self.fit(p, n, salt >> 8), self.fit(q, m, salt >> 16));
                self.node(Op::Mul, &[x, y], n + m)
            }
            Make::Mux => {
                let c = self.bit(r, (salt % u64::from(self.width(r))) as u32);
                let (x, y) = (self.fit(p, w, salt >> 8), self.fit(q, w, salt >> 16));
                self.node(Op::Mux, &[c, x, y], w)
            }
            Make::Shl | Make::Shr => {
                let amount = self.fit(q, [1, 2, 3, 4, 5, 6, 7, 30][(salt % 8) as usize], 0);
                let x = self.fit(p, w, salt >> 8);
                self.node(if s.make == Make::Shl { Op::Shl } else { Op::Shr }, &[x, amount], w)
            }
            Make::Lookup => {
                let n = 1 + (salt % 6) as u32;
                let index = self.fit(p, n, salt >> 8);
                let entries = (0..1u64 << n).map(|i| bits(salt.wrapping_add(i << 32), w)).collect();
                let table = Table { name: format!("table_{}", self.g.tables.len()), width: w, entries };
                let t = self.g.tables.insert_full(table).0;
                self.node(Op::Lookup(t as u32), &[index], w)
            }
            Make::State => {
                let restart = (salt & 3 != 0).then(|| self.bit(p, (salt % u64::from(wp)) as u32));
                let s = self.g.states.len();
                let read = self.node(Op::State(s as u32), &[], w);
                let name = format!("state_{s}");
                self.g.names.insert(read, name.clone());
                // Its successor is settled at the end.
                self.g.states.push(State {
                    name,
                    width: w,
                    read,
                    next: Some(q),
                    restart,
                    enable: None,
                    reset: true,
                });
                read
            }
        };
        if s.registered && self.g.constant(v).is_none() {
            self.g.registered.insert(v);
        }
        self.values.push(v);
    }
}

fn graph(r: &Recipe) -> Graph {
    let mut raw = Raw { g: Graph::default(), values: Vec::new() };
    for (i, w) in r.inputs.iter().enumerate() {
        let name = format!("in_{i}");
        raw.g.inputs.push((name.clone(), *w));
        let v = raw.node(Op::Input(i as u32), &[], *w);
        raw.g.names.insert(v, name);
        raw.values.push(v);
    }
    r.steps.iter().for_each(|s| raw.step(s));
    for s in 0..raw.g.states.len() {
        let State { width, next, .. } = raw.g.states[s];
        // Something behind the read where there is anything: that closes a loop.
        let at = raw.values.iter().position(|v| Some(*v) == next).unwrap_or(0);
        let n = raw.values.len();
        let v = raw.values[n - 1 - at % n.div_ceil(2)];
        raw.g.states[s].next = Some(raw.fit(v, width, s as u64));
    }
    let last = u8::try_from(0).expect("the last value");
    for (i, pick) in std::iter::once(&last).chain(&r.outputs).enumerate() {
        let v = raw.pick(*pick);
        raw.g.outputs.push((format!("out_{i}"), v));
    }
    raw.g
}

fn recipe() -> impl Strategy<Value = Recipe> {
    use Make::*;
    let all = vec![
        Not, And, Or, Xor, Mux, Slice, Concat, Add, Sub, Ult, Eq, AndReduce, OrReduce, XorReduce, Replicate,
        Shl, Shr, Mul, Const, Lookup, State, Add, Sub, Mux, Shl, Shr, Slice, State,
    ];
    let width = prop_oneof![2 => 1..=8u32, 2 => 1..=32u32, 1 => 1..=70u32];
    let step = (
        proptest::sample::select(all),
        any::<[u8; 3]>().prop_map(|p| p.map(|n| n % 24)),
        width.clone(),
        any::<u64>(),
        proptest::bool::weighted(0.08),
    );
    let step =
        step.prop_map(|(make, picks, width, salt, registered)| Step { make, picks, width, salt, registered });
    (
        proptest::collection::vec(width, 1..4),
        proptest::collection::vec(step, 1..40),
        proptest::collection::vec(0..12u8, 0..4),
    )
        .prop_map(|(inputs, steps, outputs)| Recipe { inputs, steps, outputs })
}

// ---- running them

struct Random(u64);
impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }
    fn inputs(&mut self, g: &Graph) -> Vec<BigUint> {
        g.inputs.iter().map(|i| bits(self.next(), i.1)).collect()
    }
}

fn words(value: &BigUint, width: u32) -> impl Iterator<Item = u64> + use<> {
    let mut digits = value.to_u64_digits();
    digits.resize(width.div_ceil(64) as usize, 0);
    digits.into_iter()
}

const TOKENS: usize = 24;

/// Two graphs are the same function.
fn same_function(g: &Graph, other: &Graph, what: &str) -> Result<(), String> {
    verify(other).map_err(|e| format!("{what}: {e}"))?;
    let (mut x, mut y, mut random) = (Evaluator::new(g), Evaluator::new(other), Random(1));
    for t in 0..TOKENS {
        let inputs = random.inputs(g);
        let (expected, got) = (x.step(&inputs), y.step(&inputs));
        if expected != got {
            return Err(format!("{what}: token {t}, inputs {inputs:x?}: {got:x?} instead of {expected:x?}"));
        }
    }
    Ok(())
}

/// The netlist computes the graph, with bubbles and (if it has an enable) stalls.
fn same_netlist(g: &Graph, c: &Compiled, turns: u32) -> Result<(), String> {
    const USED: usize = 3;
    let program = Program::compile(&c.module);
    let mut machine = Machine::new(&program);
    let clocked = c.module.clocked;
    let (n_in, n_out) = (program.input_limbs(), program.output_limbs());
    let (mut input, mut output) = (vec![0; n_in * LANES], vec![0; n_out * LANES]);
    let mut random = Random(2);
    let mut lanes: Vec<_> = (0..USED)
        .map(|_| {
            let models: Vec<_> = (0..turns).map(|_| Evaluator::new(g)).collect();
            let pending: VecDeque<Option<Vec<u64>>> = vec![None; c.latency as usize].into();
            (models, 0usize, pending)
        })
        .collect();
    for t in 0..TOKENS * turns as usize + c.latency as usize {
        let enable = !c.module.has_enable || random.next() & 3 != 0;
        for (l, (models, slot, pending)) in lanes.iter_mut().enumerate() {
            let valid = !clocked || random.next() & 3 != 0;
            let token = random.inputs(g);
            let mut flat: Vec<u64> = if clocked { vec![u64::from(valid)] } else { Vec::new() };
            flat.extend(token.iter().zip(&g.inputs).flat_map(|(x, i)| words(x, i.1)));
            input[l * n_in..(l + 1) * n_in].copy_from_slice(&flat);
            if enable {
                pending.push_back(valid.then(|| {
                    let out = models[*slot].step(&token);
                    out.iter().zip(&g.outputs).flat_map(|(x, o)| words(x, g.node(o.1).width)).collect()
                }));
                *slot = (*slot + 1) % turns as usize;
            }
        }
        if c.module.has_enable {
            machine.set_enable(enable);
        }
        machine.load(&input);
        machine.step();
        machine.store(&mut output);
        for (l, (_, _, pending)) in lanes.iter_mut().enumerate() {
            let due = if enable { pending.pop_front().flatten() } else { pending.front().cloned().flatten() };
            let got = &output[l * n_out..(l + 1) * n_out];
            let (valid, data) = if clocked { (got[0] == 1, &got[1..]) } else { (due.is_some(), got) };
            if valid != due.is_some() {
                return Err(format!("cycle {t} lane {l}: out_valid is {valid}"));
            }
            if due.as_ref().is_some_and(|d| d[..] != *data) {
                return Err(format!("cycle {t} lane {l}: {data:x?} instead of {:x?}", due.unwrap()));
            }
        }
    }
    Ok(())
}

/// How to compile.
#[derive(Clone, Debug)]
struct Setup {
    target: &'static str,
    mhz: u32,
    turns: u32,
    clock_enable: bool,
    schedule: Option<u64>,
}

fn setup() -> impl Strategy<Value = Setup> {
    let target =
        proptest::sample::select(vec!["kintex7", "ecp5", "ice40hx", "asic", "gw1n", "ultrascaleplus"]);
    let mhz = prop_oneof![1 => Just(0u32), 4 => 10..=150u32, 3 => 150..=500u32];
    (target, mhz, 1..=4u32, any::<bool>(), proptest::option::of(0..1000u64)).prop_map(
        |(target, mhz, turns, clock_enable, schedule)| {
            let pipelined = mhz > 0;
            Setup {
                target,
                mhz,
                turns: if pipelined { turns } else { 1 },
                clock_enable: clock_enable && pipelined,
                schedule: schedule.filter(|_| pipelined),
            }
        },
    )
}

/// Whether there was a netlist.
fn right(g: &Graph, s: &Setup) -> Result<bool, String> {
    verify(g)?;
    let context = Context::new(Target::by_name(s.target).map_err(|e| e.to_string())?, s.mhz.into());
    let trimmed = trim(g, &context);
    same_function(g, &trimmed, "trimmed")?;
    same_function(g, &trim(&trimmed, &context), "trimmed twice")?;
    if s.mhz > 0 {
        let legal = legalize(g, &context);
        same_function(g, &legal, "legalised")?;
        same_function(g, &trim(&legal, &context), "legalised and trimmed")?;
    }
    let options = Options { name: "core".into(), clock_enable: s.clock_enable, turns: s.turns };
    let compiled = match s.schedule {
        None => compile(g.clone(), &context, &options),
        Some(seed) => compile_randomly(g.clone(), &context, &options, seed),
    };
    let Ok(c) = compiled else {
        return if s.mhz == 0 { Err("infeasible without a clock".into()) } else { Ok(false) };
    };
    let unread: Vec<String> = c
        .module
        .unread_bits()
        .iter()
        .filter(|u| !c.module.inputs.contains(&u.signal))
        .map(|u| format!("{}[{}:{}]", c.module.signal(u.signal).name, u.hi, u.lo))
        .collect();
    if !unread.is_empty() && std::env::var_os("HOLIGEN_UNREAD").is_some() {
        return Err(format!("nobody reads {unread:?}"));
    }
    same_netlist(g, &c, s.turns)?;
    Ok(true)
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |v| v.parse().expect("a number"))
}

#[test]
fn random_graphs_keep_their_function() {
    let cases = variable("HOLIGEN_CASES", 400) as u32;
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 3000, ..Config::default() };
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&variable("HOLIGEN_SEED", 1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let compiled = Cell::new(0);
    let result = runner.run(&(recipe(), setup()), |(recipe, setup)| {
        let made = right(&graph(&recipe), &setup).map_err(TestCaseError::fail)?;
        compiled.set(compiled.get() + u32::from(made));
        Ok(())
    });
    if let Err(e) = result {
        panic!("{e}");
    }
    eprintln!("{} of {cases} met their clock", compiled.get());
    assert!(compiled.get() > cases / 3, "only {} of {cases} met their clock", compiled.get());
}
