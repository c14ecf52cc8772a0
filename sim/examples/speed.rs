//! Vectors a second of all simulators: a hand-built multiply-accumulate pipeline on random inputs.
//!
//! `cargo run --release -p holigen-sim --example speed [bits of an operand] [seconds]`
use holigen_generator::rtl::{
    BinaryOp, Expr, Module, OutputPort, Register, Section, Signal, SignalId, SignalKind, Wire, verilog, vhdl,
};
use holigen_sim::embedded::{LANES, Machine, Program, Random, run_shards};
use holigen_sim::external::{ENGINES, Options, SourceText, verilator_speed};
use holigen_sim::stimulus::Stimulus;
use std::time::Instant;

struct Maker(Module);

impl Maker {
    fn signal(&mut self, name: &str, width: u32, kind: SignalKind) -> SignalId {
        self.0.signals.push(Signal { name: name.into(), width, kind });
        SignalId(self.0.signals.len() as u32 - 1)
    }
    fn wire(&mut self, name: &str, expr: Expr) -> SignalId {
        let s = self.signal(name, self.0.width(&expr), SignalKind::Wire);
        let section = self.0.sections.last_mut().expect("a section");
        section.wires.push(Wire { signal: s, expr, note: None });
        s
    }
    fn register(&mut self, signal: SignalId, data: SignalId, enable: Option<SignalId>) {
        let reset = self.0.signal(signal).width == 1;
        let r = Register { signal, data, enable, clear: None, reset };
        self.0.sections.last_mut().expect("a section").registers.push(r);
    }
    fn stage(&mut self, title: &str) {
        self.0.sections.push(Section { title: title.into(), ..Section::default() });
    }
}

fn sig(s: SignalId) -> Box<Expr> {
    Box::new(Expr::Signal(s))
}

/// Four stages: registered operands, product, aligned product, sum.
fn mac(w: u32) -> Module {
    let mut k = Maker(Module {
        name: "mac".into(),
        header: vec![],
        clocked: true,
        has_reset: true,
        has_enable: false,
        inputs: vec![],
        outputs: vec![],
        signals: vec![],
        tables: vec![],
        sections: vec![],
        cells: Default::default(),
    });
    let a = k.signal("a", w, SignalKind::Input);
    let b = k.signal("b", w, SignalKind::Input);
    let e = k.signal("e", 4, SignalKind::Input);
    let valid = k.signal("in_valid", 1, SignalKind::Input);
    let first = k.signal("in_first", 1, SignalKind::Input);
    k.0.inputs = vec![a, b, e, valid, first];
    let acc_w = 2 * w + 20;
    let pipe = |k: &mut Maker, name: &str, from: SignalId| {
        let width = k.0.signal(from).width;
        let q = k.signal(name, width, SignalKind::Register);
        k.register(q, from, None);
        q
    };
    k.stage("stage 0");
    let (a0, b0, e0, v0, f0) = (
        pipe(&mut k, "a_s1", a),
        pipe(&mut k, "b_s1", b),
        pipe(&mut k, "e_s1", e),
        pipe(&mut k, "v_s1", valid),
        pipe(&mut k, "f_s1", first),
    );
    k.stage("stage 1: product");
    let p = k.wire("product", Expr::Binary(BinaryOp::Mul, sig(a0), sig(b0)));
    let (p1, e1, v1, f1) = (
        pipe(&mut k, "p_s2", p),
        pipe(&mut k, "e_s2", e0),
        pipe(&mut k, "v_s2", v0),
        pipe(&mut k, "f_s2", f0),
    );
    k.stage("stage 2: align");
    let zero = |width| Expr::Const { value: Default::default(), width };
    let wide = k.wire("wide", Expr::Concat(vec![zero(acc_w - 2 * w), Expr::Signal(p1)]));
    let aligned = k.wire("aligned", Expr::Binary(BinaryOp::Shl, sig(wide), sig(e1)));
    let (x2, v2, f2) = (pipe(&mut k, "x_s3", aligned), pipe(&mut k, "v_s3", v1), pipe(&mut k, "f_s3", f1));
    k.stage("stage 3: accumulate");
    let acc = k.signal("acc_q", acc_w, SignalKind::Register);
    let base = k.wire("base", Expr::Mux(sig(f2), Box::new(zero(acc_w)), sig(acc)));
    let sum = k.wire("sum", Expr::Binary(BinaryOp::Add, sig(base), sig(x2)));
    k.register(acc, sum, Some(v2));
    let v3 = pipe(&mut k, "v_s4", v2);
    k.0.outputs = vec![
        OutputPort { name: "r".into(), signal: acc },
        OutputPort { name: "out_valid".into(), signal: v3 },
    ];
    k.0.verify().expect("a legal netlist");
    k.0
}

/// Seconds this thread has spent on a processor: other people's programs don't count. Elsewhere than on Linux,
/// elapsed time.
fn busy(start: Instant) -> f64 {
    let ns = std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|s| s.split_whitespace().next()?.parse::<f64>().ok());
    ns.map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

fn report(what: &str, program: &Program, seconds: f64, f: impl Fn(&mut Machine<'_>, usize) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    for shards in [1, threads] {
        let rates = run_shards(shards, |s| {
            let start = Instant::now();
            let before = busy(start);
            let mut machine = Machine::new(program);
            let mut steps = 0;
            while start.elapsed().as_secs_f64() < seconds {
                f(&mut machine, s);
                steps += 1000;
            }
            (steps * LANES) as f64 / (busy(start) - before) / 1e6
        });
        let rates: Vec<_> = rates.iter().map(|r| format!("{r:.0}")).collect();
        println!("{what:26} million vectors a second of processor time, each thread: {}", rates.join(", "));
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let w = args.next().map_or(8, |a| a.parse().expect("bits of an operand"));
    let seconds = args.next().map_or(1.0, |a| a.parse().expect("seconds"));
    let module = mac(w);
    let program = Program::compile(&module);
    println!("{:?}", program.statistics());
    let data = program.data_columns();
    report("columns, constant inputs", &program, seconds, |m, _| (0..1000).for_each(|_| m.step()));
    report("columns, random inputs", &program, seconds, |m, s| {
        let mut random = Random::new(s as u64);
        for _ in 0..1000 {
            random.fill(&mut m.inputs_mut()[data.clone()]);
            m.step();
        }
    });
    report("lane words in and out", &program, seconds, |m, _| {
        let input = vec![0x1234_5678_9abc_def0; LANES * program.input_limbs()];
        let mut output = vec![0; LANES * program.output_limbs()];
        for _ in 0..1000 {
            m.load(&input);
            m.step();
            m.store(&mut output);
        }
        std::hint::black_box(&output);
    });

    let text = SourceText::new(&module, verilog::print(&module), vhdl::print(&module));
    match verilator_speed(&text, 10_000_000, &Options::default()) {
        Ok(speed) => {
            println!("Verilator, random inputs   {:.1} million vectors a second", speed.rate() / 1e6)
        }
        Err(error) => println!("{error}"),
    }
    for (engine, cycles) in ENGINES.iter().zip([1_000_000, 100_000, 100_000]) {
        let words = (0..cycles).flat_map(|t: u64| {
            let x = t.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mask = (1 << w) - 1;
            [u64::from(t == 0), x >> 20 & mask, x >> 40 & mask, x >> 60, 1, u64::from(t.is_multiple_of(16))]
        });
        let stimulus = Stimulus { cycles: cycles as usize, words: words.collect() };
        let start = Instant::now();
        match engine.run(&text, &stimulus) {
            Ok(found) => {
                let seconds = start.elapsed().as_secs_f64();
                let same = found.first_difference(&stimulus.replay(&program)).is_none();
                println!(
                    "{}: {cycles} cycles with files and build in {seconds:.1} s, same: {same}",
                    engine.name()
                );
            }
            Err(error) => println!("{error}"),
        }
    }
}
