//! The printed text against the tools that will read it, and against a small evaluator.
//!
//! Verilator, Icarus and GHDL must be installed: a printer that no tool has read is not tested.
use holigen_generator::rtl::verify::VerifyError;
use holigen_generator::rtl::*;
use num_bigint::BigUint;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

// ---- building modules by hand

/// A module in the making; sections are opened by [`Build::section`].
struct Build(Module);

impl Build {
    fn new(name: &str) -> Self {
        let mut b = Self(Module {
            name: name.into(),
            header: vec![],
            clocked: false,
            has_reset: false,
            has_enable: false,
            inputs: vec![],
            outputs: vec![],
            signals: vec![],
            tables: vec![],
            sections: vec![],
            chains: Default::default(),
        });
        b.section("");
        b.0.sections.clear();
        b
    }

    fn section(&mut self, title: &str) {
        self.0.sections.push(Section { title: title.into(), ..Section::default() });
    }

    fn signal(&mut self, name: &str, width: u32, kind: SignalKind) -> SignalId {
        self.0.signals.push(Signal { name: name.into(), width, kind });
        SignalId(self.0.signals.len() as u32 - 1)
    }

    fn input(&mut self, name: &str, width: u32) -> SignalId {
        let s = self.signal(name, width, SignalKind::Input);
        self.0.inputs.push(s);
        s
    }

    fn wire(&mut self, name: &str, expr: Expr) -> SignalId {
        let s = self.signal(name, self.0.width(&expr), SignalKind::Wire);
        self.last().wires.push(Wire { signal: s, expr, note: None });
        s
    }

    fn note(&mut self, note: &str) {
        self.last().wires.last_mut().unwrap().note = Some(note.into());
    }

    /// A wire that is also an output, so that all its bits are read.
    fn shown(&mut self, name: &str, expr: Expr) -> SignalId {
        let s = self.wire(name, expr);
        self.output(&format!("o_{name}"), s);
        s
    }

    fn table(&mut self, name: &str, index_width: u32, width: u32, f: impl Fn(u64) -> BigUint) -> TableId {
        let entries = (0..1u64 << index_width).map(f).collect();
        self.0.tables.push(Table { name: name.into(), index_width, width, entries });
        TableId(self.0.tables.len() as u32 - 1)
    }

    /// Declares a register; [`Build::load`] gives it its data.
    fn register(&mut self, name: &str, width: u32) -> SignalId {
        self.0.clocked = true;
        self.signal(name, width, SignalKind::Register)
    }

    fn load(&mut self, register: Register) {
        self.last().registers.push(register);
    }

    fn output(&mut self, name: &str, signal: SignalId) {
        self.0.outputs.push(OutputPort { name: name.into(), signal });
    }

    fn last(&mut self) -> &mut Section {
        self.0.sections.last_mut().unwrap()
    }
}

fn plain(signal: SignalId, data: SignalId) -> Register {
    Register { signal, data, enable: None, clear: None, reset: false }
}
fn sig(s: SignalId) -> Expr {
    Expr::Signal(s)
}
fn slice(of: SignalId, hi: u32, lo: u32) -> Expr {
    Expr::Slice { of, hi, lo }
}
fn con(value: u64, width: u32) -> Expr {
    Expr::Const { value: value.into(), width }
}
fn ones(width: u32) -> BigUint {
    (BigUint::from(1u32) << width) - 1u32
}
fn cat(parts: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::Concat(parts.into_iter().collect())
}
fn rep(bit: Expr, times: u32) -> Expr {
    Expr::Replicate { bit: Box::new(bit), times }
}
fn not(a: Expr) -> Expr {
    Expr::Not(Box::new(a))
}
fn bin(op: BinaryOp, a: Expr, b: Expr) -> Expr {
    Expr::Binary(op, Box::new(a), Box::new(b))
}
fn red(op: ReduceOp, a: Expr) -> Expr {
    Expr::Reduce(op, Box::new(a))
}
fn mux(c: Expr, a: Expr, b: Expr) -> Expr {
    Expr::Mux(Box::new(c), Box::new(a), Box::new(b))
}

// ---- the evaluator: definitions of `rtl`, word by word

type State = BTreeMap<SignalId, BigUint>;

/// One vector: the values of `rst` and `ce` and of the inputs in order.
#[derive(Clone)]
struct Vector {
    rst: bool,
    ce: bool,
    inputs: Vec<BigUint>,
}

fn evaluate(m: &Module, e: &Expr, v: &State) -> BigUint {
    let bit = |b: bool| BigUint::from(u32::from(b));
    let width = |e: &Expr| m.width(e);
    let mask = ones(m.width(e));
    match e {
        Expr::Signal(s) => v[s].clone(),
        Expr::Const { value, .. } => value.clone(),
        Expr::Slice { of, lo, .. } => (&v[of] >> *lo) & mask,
        Expr::Concat(parts) => {
            parts.iter().fold(BigUint::ZERO, |sum, p| (sum << width(p)) | evaluate(m, p, v))
        }
        Expr::Replicate { bit, .. } => evaluate(m, bit, v) * mask,
        Expr::Not(a) => evaluate(m, a, v) ^ mask,
        Expr::Reduce(op, a) => {
            let x = evaluate(m, a, v);
            match op {
                ReduceOp::And => bit(x == ones(width(a))),
                ReduceOp::Or => bit(x != BigUint::ZERO),
                ReduceOp::Xor => bit(x.count_ones() % 2 == 1),
            }
        }
        Expr::Mux(c, a, b) => evaluate(m, if evaluate(m, c, v) == BigUint::ZERO { b } else { a }, v),
        Expr::Lookup(t, s) => {
            let index: usize = (&v[s]).try_into().unwrap();
            m.tables[t.0 as usize].entries[index].clone()
        }
        Expr::Binary(op, a, b) => {
            let (x, y) = (evaluate(m, a, v), evaluate(m, b, v));
            let amount = || u32::try_from(&y).unwrap().min(width(a));
            match op {
                BinaryOp::And => x & y,
                BinaryOp::Or => x | y,
                BinaryOp::Xor => x ^ y,
                BinaryOp::Add => (x + y) & mask,
                BinaryOp::Sub => (x + (BigUint::from(1u32) << width(b)) - y) & mask,
                BinaryOp::Mul => x * y,
                BinaryOp::Eq => bit(x == y),
                BinaryOp::Ult => bit(x < y),
                BinaryOp::Shl => (x << amount()) & mask,
                BinaryOp::Shr => x >> amount(),
            }
        }
    }
}

/// Values of the wires, given inputs and registers.
fn settle(m: &Module, v: &mut State) {
    for wire in m.sections.iter().flat_map(|s| &s.wires) {
        let value = evaluate(m, &wire.expr, v);
        v.insert(wire.signal, value);
    }
}

/// Outputs after each vector, one line of binary numbers each: after settling, or in a clocked module
/// after the edge that the vector precedes.
fn simulate_model(m: &Module, vectors: &[Vector]) -> Vec<String> {
    let mut v: State = (0..m.signals.len() as u32).map(|i| (SignalId(i), BigUint::ZERO)).collect();
    let mut lines = Vec::new();
    for vector in vectors {
        v.extend(m.inputs.iter().copied().zip(vector.inputs.iter().cloned()));
        settle(m, &mut v);
        let is_set = |s: SignalId| v[&s] != BigUint::ZERO;
        let mut next = State::new();
        for r in m.sections.iter().flat_map(|s| &s.registers) {
            let value = if r.reset && vector.rst {
                BigUint::ZERO
            } else if m.has_enable && !vector.ce {
                continue;
            } else if r.clear.is_some_and(is_set) {
                BigUint::ZERO
            } else if r.enable.is_none_or(is_set) {
                v[&r.data].clone()
            } else {
                continue;
            };
            next.insert(r.signal, value);
        }
        v.extend(next);
        settle(m, &mut v);
        let show = |s: SignalId| format!("{:0>w$b}", v[&s], w = m.signal(s).width as usize);
        lines.push(m.outputs.iter().map(|o| show(o.signal)).collect::<Vec<_>>().join(" "));
    }
    lines
}

// ---- the tools

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("printers").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Runs a tool in a folder; it must exist and succeed. Its standard output and error.
fn run(dir: &Path, command: &str) -> String {
    let mut words = command.split(' ');
    let program = words.next().unwrap();
    let output = Command::new(program).args(words).current_dir(dir).output();
    let output = output.unwrap_or_else(|e| panic!("{program} must be installed for this test: {e}"));
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command} in {}:\n{text}", dir.display());
    text
}

/// A tool that must have nothing to say.
fn silent(dir: &Path, command: &str) {
    let text = run(dir, command);
    assert_eq!(text, "", "{command} in {}", dir.display());
}

fn write(m: &Module, dir: &Path) {
    m.verify().unwrap_or_else(|e| panic!("{}: {e}", m.name));
    std::fs::write(dir.join(format!("{}.v", m.name)), verilog::print(m)).unwrap();
    std::fs::write(dir.join(format!("{}.vhd", m.name)), vhdl::print(m)).unwrap();
}

fn lint(m: &Module, dir: &Path) {
    write(m, dir);
    let name = &m.name;
    silent(dir, &format!("verilator --lint-only -Wall {name}.v"));
    silent(dir, &format!("iverilog -g2001 -Wall -o {name}.vvp {name}.v"));
    silent(dir, &format!("iverilog -g2012 -Wall -o {name}.vvp {name}.v"));
    for std in ["93", "08"] {
        let work = format!("work{std}");
        let _ = std::fs::create_dir(dir.join(&work));
        silent(dir, &format!("ghdl -a --std={std} --workdir={work} {name}.vhd"));
    }
}

type Batch = [(Module, Vec<Vector>)];

/// All modules in one testbench and one run; the lines of each.
fn simulate_icarus(batch: &Batch, dir: &Path) -> Vec<Vec<String>> {
    let mut head = String::from("module tb;\n");
    let mut body = String::new();
    for (k, (m, vectors)) in batch.iter().enumerate() {
        let mut pins = Vec::new();
        for (present, name) in [(m.clocked, "clk"), (m.has_reset, "rst"), (m.has_enable, "ce")] {
            if present {
                let _ = writeln!(head, "  reg m{k}_{name} = 0;");
                pins.push(name.to_string());
            }
        }
        for &s in &m.inputs {
            let signal = m.signal(s);
            let _ = writeln!(head, "  reg [{}:0] m{k}_{};", signal.width - 1, signal.name);
            pins.push(signal.name.clone());
        }
        for o in &m.outputs {
            let _ = writeln!(head, "  wire [{}:0] m{k}_{};", m.signal(o.signal).width - 1, o.name);
            pins.push(o.name.clone());
        }
        let pins: Vec<_> = pins.iter().map(|p| format!(".{p}(m{k}_{p})")).collect();
        let _ = writeln!(head, "  {} dut{k} ({});", m.name, pins.join(", "));
        let formats = vec!["%b"; m.outputs.len()].join(" ");
        let shown: Vec<_> = m.outputs.iter().map(|o| format!("m{k}_{}", o.name)).collect();
        for vector in vectors {
            for (s, value) in m.inputs.iter().zip(&vector.inputs) {
                let signal = m.signal(*s);
                let _ = writeln!(body, "    m{k}_{} = {}'h{value:x};", signal.name, signal.width);
            }
            for (present, name, value) in [(m.has_reset, "rst", vector.rst), (m.has_enable, "ce", vector.ce)]
            {
                if present {
                    let _ = writeln!(body, "    m{k}_{name} = {};", u8::from(value));
                }
            }
            body.push_str("    #1;\n");
            if m.clocked {
                let _ = writeln!(body, "    m{k}_clk = 1; #1; m{k}_clk = 0; #1;");
            }
            let _ = writeln!(body, "    $display(\"{k}: {formats}\", {});", shown.join(", "));
        }
    }
    let text = format!("{head}  initial begin\n{body}    $finish;\n  end\nendmodule\n");
    std::fs::write(dir.join("tb.v"), text).unwrap();
    let files: Vec<_> = batch.iter().map(|(m, _)| format!("{}.v", m.name)).collect();
    run(dir, &format!("iverilog -g2001 -o tb.vvp -s tb tb.v {}", files.join(" ")));
    split(&run(dir, "vvp -n tb.vvp"), batch.len())
}

fn simulate_ghdl(batch: &Batch, dir: &Path) -> Vec<Vec<String>> {
    let mut head = String::new();
    let mut instances = String::new();
    let mut body = String::new();
    for (k, (m, vectors)) in batch.iter().enumerate() {
        let mut pins = Vec::new();
        let kind = |width: u32| match width {
            1 => "std_logic".to_string(),
            w => format!("std_logic_vector({} downto 0)", w - 1),
        };
        for (present, name) in [(m.clocked, "clk"), (m.has_reset, "rst"), (m.has_enable, "ce")] {
            if present {
                let _ = writeln!(head, "  signal m{k}_{name} : std_logic := '0';");
                pins.push(name.to_string());
            }
        }
        for &s in &m.inputs {
            let signal = m.signal(s);
            let _ = writeln!(head, "  signal m{k}_{} : {};", signal.name, kind(signal.width));
            pins.push(signal.name.clone());
        }
        for o in &m.outputs {
            let _ = writeln!(head, "  signal m{k}_{} : {};", o.name, kind(m.signal(o.signal).width));
            pins.push(o.name.clone());
        }
        let pins: Vec<_> = pins.iter().map(|p| format!("{p} => m{k}_{p}")).collect();
        let _ = writeln!(instances, "  dut{k} : entity work.{} port map ({});", m.name, pins.join(", "));
        let shown: Vec<_> = m.outputs.iter().map(|o| format!("to_string(m{k}_{})", o.name)).collect();
        for vector in vectors {
            for (s, value) in m.inputs.iter().zip(&vector.inputs) {
                let signal = m.signal(*s);
                let quote = if signal.width == 1 { '\'' } else { '"' };
                let digits = format!("{value:0>w$b}", w = signal.width as usize);
                let _ = writeln!(body, "    m{k}_{} <= {quote}{digits}{quote};", signal.name);
            }
            for (present, name, value) in [(m.has_reset, "rst", vector.rst), (m.has_enable, "ce", vector.ce)]
            {
                if present {
                    let _ = writeln!(body, "    m{k}_{name} <= '{}';", u8::from(value));
                }
            }
            body.push_str("    wait for 1 ns;\n");
            if m.clocked {
                let _ = writeln!(body, "    m{k}_clk <= '1'; wait for 1 ns; m{k}_clk <= '0'; wait for 1 ns;");
            }
            let _ = writeln!(body, "    write(output, \"{k}: \" & {} & LF);", shown.join(" & \" \" & "));
        }
    }
    let text = format!(
        "library ieee;\nuse ieee.std_logic_1164.all;\nuse std.textio.all;\nentity tb is\nend entity;\n\
         architecture sim of tb is\n{head}begin\n{instances}  process\n  begin\n{body}    wait;\n  end process;\n\
         end architecture;\n"
    );
    std::fs::write(dir.join("tb.vhd"), text).unwrap();
    let work = "--std=08 --workdir=sim";
    std::fs::create_dir(dir.join("sim")).unwrap();
    let files: Vec<_> = batch.iter().map(|(m, _)| format!("{}.vhd", m.name)).collect();
    run(dir, &format!("ghdl -a {work} {} tb.vhd", files.join(" ")));
    // Registers are unknown until loaded, and numeric_std says so at every use.
    split(&run(dir, &format!("ghdl --elab-run {work} tb --ieee-asserts=disable")), batch.len())
}

/// Lines `k: ...` by k.
fn split(text: &str, count: usize) -> Vec<Vec<String>> {
    let mut out = vec![Vec::new(); count];
    for line in text.lines() {
        let (k, rest) = line.split_once(": ").unwrap_or_else(|| panic!("unexpected line {line:?}"));
        out[k.parse::<usize>().unwrap_or_else(|_| panic!("unexpected line {line:?}"))].push(rest.to_string());
    }
    out
}

/// Model, Icarus and GHDL agree, on all but the first `skip` vectors (registers still unknown).
fn agree(batch: &Batch, dir: &Path, skip: usize) {
    for (m, _) in batch {
        write(m, dir);
    }
    let (icarus, ghdl) = (simulate_icarus(batch, dir), simulate_ghdl(batch, dir));
    for (k, (m, vectors)) in batch.iter().enumerate() {
        let expected = simulate_model(m, vectors);
        assert_eq!(icarus[k].len(), expected.len());
        assert_eq!(ghdl[k].len(), expected.len());
        for i in skip..expected.len() {
            for (tool, found) in [("Icarus", &icarus[k][i]), ("GHDL", &ghdl[k][i])] {
                let pairs = expected[i].split(' ').zip(found.split(' '));
                for (o, (want, got)) in m.outputs.iter().zip(pairs) {
                    assert_eq!(want, got, "{tool}, {} in {}, vector {i}", o.name, dir.display());
                }
            }
        }
    }
}

// ---- stimuli

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u32) -> u32 {
        (self.next() % u64::from(n)) as u32
    }

    fn bits(&mut self, width: u32) -> BigUint {
        let words: Vec<u32> = (0..width.div_ceil(32)).map(|_| self.next() as u32).collect();
        BigUint::new(words) & ones(width)
    }

    /// A value with corners more often than chance has it.
    fn value(&mut self, width: u32) -> BigUint {
        match self.below(8) {
            0 => BigUint::ZERO,
            1 => ones(width),
            2 => BigUint::from(1u32) << self.below(width),
            _ => self.bits(width),
        }
    }

    fn vectors(&mut self, m: &Module, count: usize) -> Vec<Vector> {
        (0..count)
            .map(|_| Vector {
                rst: self.below(6) == 0,
                ce: self.below(4) != 0,
                inputs: m.inputs.iter().map(|&s| self.value(m.signal(s).width)).collect(),
            })
            .collect()
    }
}

// ---- modules

const WIDTHS: [u32; 8] = [1, 2, 7, 8, 9, 64, 65, 130];

/// Every expression at one width, at the root and nested.
fn every_expression(w: u32) -> Module {
    use BinaryOp::*;
    let mut m = Build::new(&format!("every_expression_{w}"));
    let (a, b, c, d) = (m.input("a", w), m.input("b", w), m.input("c", w), m.input("d", 3));
    let (n, s, t) = (m.input("n", 9), m.input("s", 1), m.input("t", 1));
    m.section("every expression");
    for (name, signal) in [("a", a), ("d", d), ("s", s)] {
        m.output(&format!("o_{name}"), signal);
    }
    m.shown("copy", sig(b));
    for (name, op) in [("and", And), ("or", Or), ("xor", Xor), ("add", Add), ("sub", Sub), ("mul", Mul)] {
        m.shown(&format!("w_{name}"), bin(op, sig(a), sig(b)));
        let inner = bin(op, sig(a), sig(b));
        m.shown(&format!("w_not_{name}"), not(inner.clone()));
        m.shown(&format!("w_{name}_cat"), cat([sig(s), inner.clone(), not(inner.clone())]));
        m.shown(&format!("w_{name}_red"), red(ReduceOp::Xor, inner));
        if op != Mul {
            let left = bin(op, bin(op, sig(a), sig(b)), sig(c));
            let right = bin(op, sig(a), bin(op, sig(b), sig(c)));
            m.shown(&format!("w_{name}_left"), left);
            m.shown(&format!("w_{name}_right"), right);
            for (other_name, other) in [("and", And), ("or", Or), ("xor", Xor), ("add", Add), ("sub", Sub)] {
                let e = bin(op, not(sig(a)), bin(other, sig(b), not(sig(c))));
                m.shown(&format!("w_{name}_{other_name}"), e);
                let e = bin(op, bin(other, sig(b), sig(c)), sig(a));
                m.shown(&format!("x_{name}_{other_name}"), e);
            }
        }
    }
    // Operands of a product that the language must not extend by itself.
    m.shown("mul_sum", bin(Mul, bin(Add, sig(a), sig(b)), not(sig(c))));
    m.shown("mul_small", bin(Mul, sig(d), sig(a)));
    m.shown("mul_bit", bin(Mul, sig(a), sig(s)));
    m.shown("mul_bits", bin(Mul, sig(s), sig(t)));
    m.shown("mul_const", bin(Mul, sig(a), con(5, 3)));
    m.shown("mul_cat", bin(Mul, cat([sig(s), sig(a)]), cat([con(1, 1), sig(d)])));
    m.shown("mul_add", bin(Add, bin(Mul, sig(d), sig(a)), cat([sig(a), con(0, 3)])));
    for (name, e) in [("eq", bin(Eq, sig(a), sig(b))), ("ult", bin(Ult, sig(a), sig(b)))] {
        m.shown(&format!("w_{name}"), e.clone());
        m.shown(&format!("w_{name}_not"), not(e.clone()));
        m.shown(&format!("w_{name}_and"), bin(And, e.clone(), not(e.clone())));
        m.shown(&format!("w_{name}_xor"), bin(Xor, bin(Xor, sig(s), e.clone()), sig(t)));
        m.shown(&format!("w_{name}_cat"), cat([e.clone(), sig(s), not(e.clone())]));
        m.shown(&format!("w_{name}_rep"), rep(e.clone(), 3));
        m.shown(&format!("w_{name}_mux"), mux(e.clone(), sig(a), sig(b)));
        m.shown(&format!("w_{name}_muxn"), mux(not(e.clone()), sig(a), sig(b)));
        m.shown(
            &format!("w_{name}_muxa"),
            mux(bin(And, bin(Or, e.clone(), sig(t)), not(sig(s))), sig(a), sig(b)),
        );
        m.shown(&format!("w_{name}_muxx"), mux(not(bin(And, e, sig(s))), sig(a), sig(b)));
    }
    m.shown("eq_nested", bin(Eq, bin(And, sig(a), sig(b)), bin(Add, sig(b), sig(c))));
    m.shown("ult_nested", bin(Ult, bin(Or, sig(a), sig(b)), cat([bin(Sub, sig(b), sig(c))])));
    for (name, op) in [("and", ReduceOp::And), ("or", ReduceOp::Or), ("xor", ReduceOp::Xor)] {
        m.shown(&format!("red_{name}"), red(op, sig(a)));
        m.shown(&format!("red_not_{name}"), not(red(op, sig(a))));
        m.shown(&format!("red_of_not_{name}"), red(op, not(sig(a))));
        m.shown(&format!("red_in_{name}"), bin(And, red(op, bin(Xor, sig(a), sig(b))), not(red(op, sig(b)))));
        m.shown(&format!("red_twice_{name}"), red(op, red(op, sig(a))));
        m.shown(&format!("red_mux_{name}"), mux(red(op, sig(a)), sig(b), con(0, w)));
    }
    for (name, op) in [("shl", Shl), ("shr", Shr)] {
        m.shown(&format!("w_{name}"), bin(op, sig(a), sig(n)));
        m.shown(&format!("w_{name}_small"), bin(op, sig(a), sig(d)));
        m.shown(&format!("w_{name}_bit"), bin(op, sig(a), sig(s)));
        m.shown(&format!("w_{name}_const"), bin(op, sig(a), con(3, 2)));
        m.shown(&format!("w_{name}_of_sum"), bin(op, bin(Add, sig(a), sig(b)), bin(Sub, sig(d), con(1, 3))));
        m.shown(&format!("w_{name}_in_sum"), bin(Add, bin(op, sig(a), sig(d)), sig(b)));
        m.shown(&format!("w_{name}_of_const"), bin(op, con(1, w), sig(d)));
        m.shown(&format!("w_{name}_by_cat"), bin(op, sig(a), cat([sig(s), sig(t)])));
    }
    let big = BigUint::from(0x1234_5678_9abc_def0u64) * BigUint::from(0xfedc_ba98_7654_3211u64);
    m.shown("const_big", Expr::Const { value: big & ones(w), width: w });
    m.shown("const_zero", con(0, w));
    m.shown("const_ones", Expr::Const { value: ones(w), width: w });
    m.shown("const_add", bin(Add, sig(a), Expr::Const { value: ones(w), width: w }));
    m.shown("const_first", bin(Sub, con(1, w), sig(a)));
    m.shown("const_not", not(con(1, w)));
    m.shown("const_eq", bin(Eq, sig(a), con(1, w)));
    if w > 1 {
        m.shown("const_ult", bin(Ult, sig(a), con(2, w)));
        m.shown("const_ugt", bin(Ult, con(1, w), sig(a)));
        m.shown("const_uge", not(bin(Ult, sig(a), con(2, w))));
        m.shown("const_ule", not(bin(Ult, con(1, w), sig(a))));
        m.shown("top_bit", slice(a, w - 1, w - 1));
        m.shown("not_low_bit", not(slice(a, 0, 0)));
        m.shown("low", slice(a, w - 2, 0));
        m.shown("high", bin(Add, slice(a, w - 1, 1), slice(b, w - 2, 0)));
        m.shown("swap", cat([slice(a, 0, 0), slice(a, w - 1, 1)]));
        let sum = m.shown("internal", bin(Add, sig(a), sig(b)));
        m.shown("internal_part", cat([slice(sum, w - 2, 0), slice(sum, w - 1, w - 1)]));
    }
    m.shown("pair", cat([sig(a), sig(b)]));
    m.shown("single", cat([sig(a)]));
    m.shown("nested", cat([cat([sig(a), con(2, 2)]), cat([sig(s), cat([con(0, 1), sig(t)])])]));
    m.shown("cat_in_sum", bin(Add, cat([sig(s), sig(a)]), cat([con(0, 1), sig(b)])));
    m.shown("cat_of_rep", cat([rep(slice(d, 2, 2), 4), sig(a), rep(sig(s), 2), rep(con(1, 1), 5)]));
    m.shown("rep_in_and", bin(And, cat([sig(a), sig(t)]), rep(sig(s), w + 1)));
    m.shown("rep_of_and", rep(bin(And, sig(s), not(sig(t))), 5));
    m.shown("not_rep", not(rep(sig(s), 3)));
    m.shown("not_not", not(not(sig(a))));
    m.shown("mux_cat", mux(sig(s), cat([sig(a), sig(t)]), cat([sig(t), sig(b)])));
    m.shown("mux_rep", mux(not(sig(s)), rep(sig(t), 3), sig(d)));
    m.shown(
        "mux_logic",
        mux(bin(Xor, sig(s), sig(t)), bin(And, sig(a), sig(b)), bin(Mul, sig(a), con(0, 1)).low(w)),
    );
    m.shown("mux_bits", mux(bin(Or, slice(d, 0, 0), not(slice(d, 1, 1))), not(sig(a)), con(1, w)));
    let in_table = m.table("narrow", 3, w, |i| (BigUint::from(i * 37 + 5) << (w / 2)) & ones(w));
    m.shown("looked_up", Expr::Lookup(in_table, d));
    let bits = m.table("two_entries", 1, w, |i| BigUint::from(1 - i));
    m.shown("looked_up_bit", Expr::Lookup(bits, s));
    let wide = m.table("wide_index", 9, 5, |i| BigUint::from(i * i % 31));
    m.shown("looked_up_wide", Expr::Lookup(wide, n));
    m.0
}

trait Low {
    fn low(self, width: u32) -> Expr;
}
impl Low for Expr {
    /// Stands for the other arm of a multiplexer of the right width.
    fn low(self, width: u32) -> Expr {
        bin(BinaryOp::Sub, con(1, width), con(1, width))
    }
}

/// Every register at one width, with a loop and a table too large for a function.
fn every_register(w: u32, ce: bool) -> Module {
    let mut m = Build::new(&format!("every_register_{w}{}", if ce { "_ce" } else { "" }));
    m.0.has_reset = true;
    m.0.has_enable = ce;
    let (a, b, en, cl) = (m.input("a", w), m.input("b", w), m.input("en", 1), m.input("cl", 1));
    m.section("stage 1: every kind");
    let mut all = Vec::new();
    let sum = m.wire("sum", bin(BinaryOp::Add, sig(a), sig(b)));
    for reset in [false, true] {
        for enable in [None, Some(en)] {
            for clear in [None, Some(cl)] {
                for data in [a, sum] {
                    let signal = m.register(&format!("q{}", all.len()), w);
                    m.load(Register { signal, data, enable, clear, reset });
                    all.push(signal);
                }
            }
        }
    }
    m.section("stage 2: a loop");
    let acc = m.register("acc_q", w);
    let next = m.wire("acc", bin(BinaryOp::Add, sig(acc), sig(all[1])));
    m.load(Register { signal: acc, data: next, enable: Some(en), clear: Some(cl), reset: true });
    m.section("stage 3: shift");
    let (x, y) = (m.register("shift_x", w), m.register("shift_y", w));
    m.load(plain(y, x));
    m.load(plain(x, next));
    m.output("y", y);
    for (i, q) in all.into_iter().enumerate() {
        m.output(&format!("o{i}"), q);
    }
    m.0
}

fn fp_multiplier() -> Module {
    let mut m = Build::new("significand_product");
    m.0.header = vec!["Product of two 8-bit floating-point numbers.".into(), "".into(), "r = a × b".into()];
    let (a, b, mode) = (m.input("a", 8), m.input("b", 8), m.input("mode", 2));
    m.section("unpack");
    let rom = m.table("bias", 2, 5, |i| BigUint::from(7 + 8 * i));
    let a_sig = m.wire("a_significand", cat([red(ReduceOp::Or, slice(a, 6, 3)), slice(a, 2, 0)]));
    m.note("In [0, 2): the hidden bit is 0 for subnormal numbers.");
    let b_sig = m.wire("b_significand", cat([red(ReduceOp::Or, slice(b, 6, 3)), slice(b, 2, 0)]));
    let sign = m.wire("sign", bin(BinaryOp::Xor, slice(a, 7, 7), slice(b, 7, 7)));
    let bias = m.wire("bias_now", Expr::Lookup(rom, mode));
    m.section("multiply");
    let product = m.wire("product", bin(BinaryOp::Mul, sig(a_sig), sig(b_sig)));
    m.note("Exact, in [0, 4).");
    let exponent = bin(
        BinaryOp::Sub,
        bin(BinaryOp::Add, cat([con(0, 1), slice(a, 6, 3)]), cat([con(0, 1), slice(b, 6, 3)])),
        sig(bias),
    );
    let exponent = m.wire("exponent", exponent);
    let overflow = m
        .wire("overflow", bin(BinaryOp::Or, slice(product, 7, 7), red(ReduceOp::And, slice(exponent, 4, 1))));
    let shifted = m.wire("shifted", bin(BinaryOp::Shr, sig(product), slice(exponent, 1, 0)));
    let is_one = m.wire("is_one", bin(BinaryOp::Eq, sig(exponent), con(0x1f, 5)));
    let r = m.wire(
        "result",
        mux(
            bin(BinaryOp::And, sig(overflow), not(sig(is_one))),
            cat([sig(sign), rep(con(1, 1), 7)]),
            sig(shifted),
        ),
    );
    m.output("r", r);
    m.0
}

fn accumulator() -> Module {
    let mut m = Build::new("accumulator");
    m.0.header = vec!["Sum of a stream of products.".into()];
    (m.0.has_reset, m.0.has_enable) = (true, true);
    let (a, b) = (m.input("a", 4), m.input("b", 5));
    let (valid, first) = (m.input("in_valid", 1), m.input("in_first", 1));
    m.section("stage 1: multiply");
    let product = m.wire("product", bin(BinaryOp::Mul, sig(a), sig(b)));
    let p_s1 = m.register("product_s1", 9);
    let first_s1 = m.register("first_s1", 1);
    let valid_s1 = m.register("valid_s1", 1);
    m.load(plain(p_s1, product));
    m.load(plain(first_s1, first));
    m.load(Register { reset: true, ..plain(valid_s1, valid) });
    m.section("stage 2: accumulate");
    let acc = m.register("sum_q", 16);
    let kept = m.wire("kept", bin(BinaryOp::And, sig(acc), rep(not(sig(first_s1)), 16)));
    m.note("A first product replaces the sum.");
    let sum = m.wire("sum", bin(BinaryOp::Add, sig(kept), cat([con(0, 7), sig(p_s1)])));
    let valid_s2 = m.register("valid_s2", 1);
    m.load(Register { enable: Some(valid_s1), reset: true, ..plain(acc, sum) });
    m.load(Register { reset: true, ..plain(valid_s2, valid_s1) });
    m.output("r", acc);
    m.output("out_valid", valid_s2);
    m.0
}

// ---- random expressions

struct RandomModule {
    m: Build,
    rng: Random,
    signals: Vec<SignalId>,
}

impl RandomModule {
    fn make(name: &str, seed: u64) -> Module {
        let mut r = Self { m: Build::new(name), rng: Random(seed), signals: vec![] };
        const INPUTS: [u32; 8] = [1, 1, 2, 3, 8, 9, 33, 65];
        for (i, width) in INPUTS.into_iter().enumerate() {
            let s = r.m.input(&format!("i{i}"), width);
            r.m.output(&format!("oi{i}"), s);
            r.signals.push(s);
        }
        for k in 0..3 {
            let (index, width) = ([1, 3, 8][k as usize], [1, 5, 20, 33][r.rng.below(4) as usize]);
            let seed = r.rng.next();
            r.m.table(&format!("t{k}"), index, width, |i| Random(seed ^ (i << 20)).bits(width));
        }
        for section in 0..3 {
            r.m.section(&format!("part {section}"));
            for i in 0..8 {
                let e = r.root();
                let s = r.m.shown(&format!("w{section}_{i}"), e);
                r.signals.push(s);
            }
        }
        r.m.0
    }

    fn root(&mut self) -> Expr {
        let width = [1, 1, 2, 5, 8, 9, 13, 32, 33, 70][self.rng.below(10) as usize];
        match self.rng.below(6) {
            0 => mux(self.expr(1, 2), self.expr(width, 2), self.expr(width, 2)),
            1 => {
                let t = self.rng.below(3);
                let index_width = self.m.0.tables[t as usize].index_width;
                let fitting: Vec<_> = self
                    .signals
                    .iter()
                    .copied()
                    .filter(|s| self.m.0.signal(*s).width == index_width)
                    .collect();
                Expr::Lookup(TableId(t), fitting[self.rng.below(fitting.len() as u32) as usize])
            }
            _ => self.expr(width, 3),
        }
    }

    fn leaf(&mut self, width: u32) -> Expr {
        let wide: Vec<_> =
            self.signals.iter().copied().filter(|s| self.m.0.signal(*s).width >= width).collect();
        if wide.is_empty() || self.rng.below(8) == 0 {
            return Expr::Const { value: self.rng.value(width), width };
        }
        let s = wide[self.rng.below(wide.len() as u32) as usize];
        let spare = self.m.0.signal(s).width - width;
        if spare == 0 {
            return sig(s);
        }
        let lo = self.rng.below(spare + 1);
        slice(s, lo + width - 1, lo)
    }

    fn expr(&mut self, width: u32, depth: u32) -> Expr {
        use BinaryOp::*;
        if depth == 0 {
            return self.leaf(width);
        }
        let d = depth - 1;
        match self.rng.below(10) {
            0 => not(self.expr(width, d)),
            1..=3 => {
                let op = [And, Or, Xor, Add, Sub, Add][self.rng.below(6) as usize];
                bin(op, self.expr(width, d), self.expr(width, d))
            }
            4 => {
                let op = [Shl, Shr][self.rng.below(2) as usize];
                let amount = 1 + self.rng.below(8);
                bin(op, self.expr(width, d), self.expr(amount, d))
            }
            5 | 6 if width > 1 => {
                let split = 1 + self.rng.below(width - 1);
                let (a, b) = (self.expr(split, d), self.expr(width - split, d));
                if self.rng.below(2) == 0 { cat([a, b]) } else { bin(Mul, a, b) }
            }
            7 if width > 1 => rep(self.expr(1, d), width),
            5..=8 if width == 1 => {
                let w = [1, 2, 5, 9, 33][self.rng.below(5) as usize];
                match self.rng.below(5) {
                    0 => bin(Eq, self.expr(w, d), self.expr(w, d)),
                    1 => bin(Ult, self.expr(w, d), self.expr(w, d)),
                    n => red([ReduceOp::And, ReduceOp::Or, ReduceOp::Xor][n as usize - 2], self.expr(w, d)),
                }
            }
            _ => self.leaf(width),
        }
    }
}

// ---- tests

#[test]
fn small_modules_read_well() {
    for m in [fp_multiplier(), accumulator()] {
        lint(&m, &folder(&format!("small_{}", m.name)));
        insta::assert_snapshot!(format!("{}_verilog", m.name), verilog::print(&m));
        insta::assert_snapshot!(format!("{}_vhdl", m.name), vhdl::print(&m));
    }
}

#[test]
fn no_tool_has_anything_to_say() {
    let dir = folder("lint");
    for w in WIDTHS {
        let m = every_expression(w);
        assert_eq!(m.verify(), Ok(()));
        lint(&m, &dir);
        lint(&every_register(w, w % 2 == 0), &dir);
    }
}

#[test]
fn every_expression_has_its_value_in_both_languages() {
    let mut rng = Random(1);
    let batch: Vec<_> = WIDTHS
        .into_iter()
        .map(|w| {
            let m = every_expression(w);
            let vectors = rng.vectors(&m, 25);
            (m, vectors)
        })
        .collect();
    agree(&batch, &folder("expressions"), 0);
}

#[test]
fn registers_follow_their_priorities_in_both_languages() {
    let mut rng = Random(2);
    let mut batch = Vec::new();
    for (w, ce) in [(1, true), (8, false), (9, true), (65, false)] {
        let m = every_register(w, ce);
        let mut vectors = rng.vectors(&m, 200);
        // Until every register has been loaded, the simulators know less than the model.
        for (i, v) in vectors[..6].iter_mut().enumerate() {
            (v.rst, v.ce) = (i < 2, true);
            v.inputs[2] = BigUint::from(1u32);
            v.inputs[3] = BigUint::ZERO;
        }
        batch.push((m, vectors));
    }
    let m = accumulator();
    let mut vectors = rng.vectors(&m, 200);
    for (i, v) in vectors[..6].iter_mut().enumerate() {
        (v.rst, v.ce) = (i < 2, true);
    }
    batch.push((m, vectors));
    agree(&batch, &folder("registers"), 6);
}

#[test]
fn random_expressions_have_their_values_in_both_languages() {
    let mut rng = Random(3);
    let batch: Vec<_> = (0..20)
        .map(|k| {
            let m = RandomModule::make(&format!("random_{k}"), rng.next());
            let vectors = rng.vectors(&m, 40);
            (m, vectors)
        })
        .collect();
    agree(&batch, &folder("random"), 0);
}

#[test]
fn large_tables_are_arrays() {
    let mut m = Build::new("large_table");
    let i = m.input("i", 13);
    m.section("look-up");
    let t = m.table("squares", 13, 11, |i| BigUint::from(i * i % 2039));
    m.shown("square", Expr::Lookup(t, i));
    let dir = folder("large_table");
    lint(&m.0, &dir);
    assert!(verilog::print(&m.0).contains("initial begin"));
    let vectors = Random(4).vectors(&m.0, 100);
    agree(&[(m.0, vectors)], &dir, 0);
}

#[test]
fn names_hidden_by_helpers_are_avoided() {
    // Parameters and variables of the helper functions, and the index of a table's function.
    let mut m = Build::new("helpers");
    let names = ["bits", "folded", "i", "index", "condition", "tiny_array"];
    let inputs: Vec<_> = names.iter().map(|n| m.input(n, 4)).collect();
    m.section("all of them");
    for (k, s) in inputs.iter().copied().enumerate() {
        let e = bin(BinaryOp::Xor, red(ReduceOp::Xor, sig(s)), bin(BinaryOp::Eq, sig(s), con(3, 4)));
        m.shown(&format!("w{k}"), e);
    }
    let t = m.table("tiny", 4, 4, |i| BigUint::from(15 - i));
    m.shown("looked_up", Expr::Lookup(t, inputs[0]));
    lint(&m.0, &folder("helpers"));
}

#[test]
fn notes_in_any_script_become_ascii_comments() {
    let mut m = accumulator();
    m.header = vec!["α: 2⁻³ ≤ x × y".into(), "x".repeat(70) + " " + &"y".repeat(70)];
    m.sections[0].wires[0].note = Some("two\nlines — “quoted”".into());
    lint(&m, &folder("notes"));
    assert!(verilog::print(&m).is_ascii() && vhdl::print(&m).is_ascii());
    assert!(verilog::print(&m).lines().chain(vhdl::print(&m).lines()).all(|l| l.len() <= 110));
}

#[test]
fn broken_modules_are_refused() {
    let good = accumulator;
    assert_eq!(good().verify(), Ok(()));
    assert_eq!(good().unread_bits(), vec![]);
    type Break = fn(&mut Module);
    fn sum_is(m: &mut Module, e: Expr) {
        m.sections[1].wires[1].expr = e;
    }
    let cases: &[(&str, Break)] = &[
        ("`sum` names two things: VHDL ignores case", |m| m.signals[0].name = "SUM".into()),
        ("`accumulator` names two things: VHDL ignores case", |m| m.signals[0].name = "accumulator".into()),
        ("`rst` names two things: VHDL ignores case", |m| m.outputs[0].name = "rst".into()),
        ("illegal name: `entity` is a keyword of VHDL; try `entity_v`", |m| m.name = "entity".into()),
        ("`a` has no bits", |m| m.signals[0].width = 0),
        ("`a` is declared as Wire but driven as Input", |m| m.signals[0].kind = SignalKind::Wire),
        ("`a` is declared as Input and driven as such 2 times; it must be once", |m| {
            m.inputs.push(SignalId(0))
        }),
        ("`in_first` is declared as Input and driven as such 0 times; it must be once", |m| {
            m.inputs.pop();
        }),
        ("inputs: signal 99 doesn't exist", |m| m.inputs.push(SignalId(99))),
        ("r: signal 99 doesn't exist", |m| m.outputs[0].signal = SignalId(99)),
        ("`sum` reads `kept` before it is assigned", |m| m.sections[1].wires.swap(0, 1)),
        ("`product_s1` reads `kept` before it is assigned", |m| {
            m.sections[0].registers[0].data = m.sections[1].wires[0].signal;
        }),
        ("`sum`: the expression has 15 bits where 16 are needed", |m| sum_is(m, con(0, 15))),
        ("`sum`: the right operand has 9 bits where 16 are needed", |m| {
            sum_is(m, bin(BinaryOp::Add, con(0, 16), con(0, 9)));
        }),
        ("`sum`: 8 doesn't fit 3 bits", |m| sum_is(m, con(8, 3))),
        ("`sum` has no bits", |m| sum_is(m, con(0, 0))),
        ("`sum`: [3:0] isn't a proper part of `a`, which has 4 bits", |m| {
            sum_is(m, slice(SignalId(0), 3, 0))
        }),
        ("`sum`: [4:4] isn't a proper part of `a`, which has 4 bits", |m| {
            sum_is(m, slice(SignalId(0), 4, 4))
        }),
        ("`sum`: [0:1] isn't a proper part of `a`, which has 4 bits", |m| {
            sum_is(m, slice(SignalId(0), 0, 1))
        }),
        ("`sum`: [0:0] isn't a proper part of `in_valid`, which has 1 bits", |m| {
            sum_is(m, slice(SignalId(2), 0, 0));
        }),
        ("`sum`: empty concatenation", |m| sum_is(m, cat([]))),
        ("`sum`: replicated 1 times; a copy or none needs no replication", |m| sum_is(m, rep(con(0, 1), 1))),
        ("`sum`: what is replicated has 2 bits where 1 are needed", |m| sum_is(m, rep(con(0, 2), 8))),
        ("`sum`: a multiplexer must be the whole of a wire's expression; give it a wire of its own", |m| {
            sum_is(m, not(mux(con(0, 1), con(0, 16), con(0, 16))));
        }),
        ("`sum`: the condition of a multiplexer has 2 bits where 1 are needed", |m| {
            sum_is(m, mux(con(0, 2), con(0, 16), con(0, 16)));
        }),
        ("`sum`: the second arm of a multiplexer has 15 bits where 16 are needed", |m| {
            sum_is(m, mux(con(0, 1), con(0, 16), con(0, 15)));
        }),
        ("sum: table 0 doesn't exist", |m| sum_is(m, Expr::Lookup(TableId(0), SignalId(0)))),
        ("`sum`: a table look-up must be the whole of a wire's expression; give it a wire of its own", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 4,
                width: 16,
                entries: vec![0u32.into(); 16],
            });
            sum_is(m, not(Expr::Lookup(TableId(0), SignalId(0))));
        }),
        ("`sum`: the index of a table has 4 bits where 1 are needed", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 1,
                width: 16,
                entries: vec![0u32.into(); 2],
            });
            sum_is(m, Expr::Lookup(TableId(0), SignalId(0)));
        }),
        ("table `t` has 3 entries for an index of 2 bits (1 to 20)", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 2,
                width: 1,
                entries: vec![0u32.into(); 3],
            });
        }),
        ("`t`: 2 doesn't fit 1 bits", |m| {
            m.tables.push(Table {
                name: "t".into(),
                index_width: 1,
                width: 1,
                entries: vec![2u32.into(); 2],
            });
        }),
        ("`sum`: a shift amount has 31 bits, at most 30 are possible", |m| {
            sum_is(m, bin(BinaryOp::Shl, con(0, 16), con(0, 31)));
        }),
        ("`product_s1`: the data has 4 bits where 9 are needed", |m| {
            m.sections[0].registers[0].data = SignalId(0);
        }),
        ("`product_s1`: the enable has 4 bits where 1 are needed", |m| {
            m.sections[0].registers[0].enable = Some(SignalId(0));
        }),
        ("`product_s1`: the clear has 4 bits where 1 are needed", |m| {
            m.sections[0].registers[0].clear = Some(SignalId(0));
        }),
        ("`rst` needs the port `clk`, which the module doesn't have", |m| m.clocked = false),
        ("`valid_s1` needs the port `rst`, which the module doesn't have", |m| m.has_reset = false),
    ];
    for (message, damage) in cases {
        let mut m = good();
        damage(&mut m);
        let found: Result<(), VerifyError> = m.verify();
        assert_eq!(found.map_err(|e| e.to_string()), Err(message.to_string()));
    }
}

#[test]
fn unread_bits_are_found() {
    let mut m = Build::new("unread");
    let a = m.input("a", 8);
    m.section("parts");
    m.shown("low", bin(BinaryOp::Xor, slice(a, 1, 0), slice(a, 5, 4)));
    let unread = |hi, lo| verify::UnreadBits { signal: a, hi, lo };
    assert_eq!(m.0.unread_bits(), [unread(3, 2), unread(7, 6)]);
}
