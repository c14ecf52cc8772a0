//! Prints a [`Module`] in the `hw`, `comb` and `seq` dialects of CIRCT, <https://circt.llvm.org/docs/Dialects/>.
//!
//! One operation an operator; wires and registers keep their names as SSA names. A table is an array constant.
use super::names::Names;
use super::print::{comment, hex, wrap};
use super::{BinaryOp, Expr, Memory, Module, ReduceOp, Register, SignalId, Table, Wire};
use num_bigint::BigUint;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The text of the module.
pub fn print(m: &Module) -> String {
    let mut out = String::new();
    for line in &m.header {
        out.push_str(&comment("", "//", line));
        if line.is_empty() {
            out.push_str("//\n");
        }
    }
    let mut printer = Printer { m, names: names_of(m), constants: BTreeMap::new(), temporaries: 0, out };
    printer.module();
    printer.out
}

/// Every name in use.
fn names_of(m: &Module) -> Names {
    let signals = m.signals.iter().map(|s| s.name.as_str());
    let tables = m.tables.iter().map(|t| t.name.as_str()).chain(m.memories().map(|t| t.name.as_str()));
    Names::new(["clk", "rst", "ce"].into_iter().chain(signals).chain(tables))
}

struct Printer<'a> {
    m: &'a Module,
    names: Names,
    /// SSA names of the constants so far, by width and value.
    constants: BTreeMap<(u32, BigUint), String>,
    temporaries: usize,
    out: String,
}

impl Printer<'_> {
    fn module(&mut self) {
        let m = self.m;
        let controls = [
            (m.clocked, "in %clk : !seq.clock"),
            (m.has_reset, "in %rst : i1"),
            (m.has_enable, "in %ce : i1"),
        ];
        let mut ports: Vec<String> = controls.iter().filter(|c| c.0).map(|c| c.1.to_owned()).collect();
        ports.extend(m.inputs.iter().map(|&s| format!("in %{} : i{}", m.signal(s).name, m.signal(s).width)));
        ports.extend(m.outputs.iter().map(|o| format!("out {} : i{}", o.name, m.signal(o.signal).width)));
        let _ = writeln!(self.out, "hw.module @{}(\n  {}\n) {{", m.name, ports.join(",\n  "));
        for table in &m.tables {
            self.table(table);
        }
        for section in &m.sections {
            if !section.title.is_empty() {
                self.out.push('\n');
                self.out.push_str(&comment("  ", "//", &format!("---- {}", section.title)));
            }
            for wire in &section.wires {
                self.wire(wire);
            }
            for register in &section.registers {
                self.register(register);
            }
            for memory in &section.memories {
                self.memory(memory);
            }
        }
        let values: Vec<_> = m.outputs.iter().map(|o| format!("%{}", m.signal(o.signal).name)).collect();
        let types: Vec<_> = m.outputs.iter().map(|o| format!("i{}", m.signal(o.signal).width)).collect();
        let _ = writeln!(self.out, "\n  hw.output {} : {}\n}}", values.join(", "), types.join(", "));
    }

    /// The first element of an array constant is the one with the highest index.
    fn table(&mut self, table: &Table) {
        let entries: Vec<_> = table.entries.iter().rev().map(|e| format!("{e} : i{}", table.width)).collect();
        let (name, list) = (&table.name, entries.join(", "));
        let of = array_type(table);
        let head = format!("  %{name} = hw.aggregate_constant [");
        self.out.push_str(&wrap(&head, "      ", &format!("{list}] : {of}")));
        self.out.push('\n');
    }

    fn wire(&mut self, wire: &Wire) {
        if let Some(note) = &wire.note {
            self.out.push_str(&comment("  ", "//", note));
        }
        let name = self.m.signal(wire.signal).name.clone();
        self.define(Some(name), &wire.expr);
    }

    fn register(&mut self, r: &Register) {
        let signal = self.m.signal(r.signal);
        let (name, width) = (&signal.name, signal.width);
        let named = |s: SignalId| format!("%{}", self.m.signal(s).name);
        let (mut data, mut enable) = (named(r.data), r.enable.map(named));
        let zero = (r.clear.is_some() || r.reset).then(|| self.constant(&BigUint::ZERO, width));
        if let (Some(clear), Some(zero)) = (r.clear.map(|s| format!("%{}", self.m.signal(s).name)), &zero) {
            data = self.op(None, &format!("comb.mux {clear}, {zero}, {data} : i{width}"));
            if let Some(e) = enable {
                enable = Some(self.op(None, &format!("comb.or {e}, {clear} : i1")));
            }
        }
        if self.m.has_enable {
            enable = Some(match enable {
                Some(e) => self.op(None, &format!("comb.and %ce, {e} : i1")),
                None => "%ce".into(),
            });
        }
        let reset = match (&zero, r.reset) {
            (Some(zero), true) => format!(" reset %rst, {zero}"),
            _ => String::new(),
        };
        let _ = match enable {
            Some(e) => writeln!(self.out, "  %{name} = seq.compreg.ce {data}, %clk, {e}{reset} : i{width}"),
            None => writeln!(self.out, "  %{name} = seq.compreg {data}, %clk{reset} : i{width}"),
        };
    }

    /// A memory whose ports read at once, with a register behind each; without a write port, a constant.
    fn memory(&mut self, memory: &Memory) {
        let m = self.m;
        let named = |s: SignalId| format!("%{}", m.signal(s).name);
        let (name, width, depth) = (&memory.name, memory.width, 1usize << memory.index_width);
        let of = match memory.write {
            Some(_) => format!("<{depth} x {width}>"),
            None => format!("!hw.array<{depth}xi{width}>"),
        };
        if memory.write.is_some() {
            let _ = writeln!(self.out, "  %{name} = seq.firmem 0, 1, undefined, undefined : {of}");
        } else {
            let entry = |i| memory.entries.get(i).cloned().unwrap_or_default();
            let entries: Vec<_> = (0..depth).rev().map(|i| format!("{} : i{width}", entry(i))).collect();
            let head = format!("  %{name} = hw.aggregate_constant [");
            self.out.push_str(&wrap(&head, "      ", &format!("{}] : {of}", entries.join(", "))));
            self.out.push('\n');
        }
        if let Some([enable, address, data]) = memory.write.map(|w| w.map(named)) {
            let _ = writeln!(
                self.out,
                "  seq.firmem.write_port %{name}[{address}] = {data}, clock %clk enable {enable} : {of}"
            );
        }
        for r in &memory.reads {
            let (address, enable) = (named(r.address), named(r.enable));
            let read = match memory.write {
                Some(_) => format!("seq.firmem.read_port %{name}[{address}], clock %clk : {of}"),
                None => format!("hw.array_get %{name}[{address}] : {of}, i{}", memory.index_width),
            };
            let read = self.op(None, &read);
            let _ = writeln!(
                self.out,
                "  {} = seq.compreg.ce {read}, %clk, {enable} : i{width}",
                named(r.signal)
            );
        }
    }

    /// Writes an operation; its result's SSA name is `name`, else a number.
    fn op(&mut self, name: Option<String>, text: &str) -> String {
        let name = name.unwrap_or_else(|| {
            self.temporaries += 1;
            (self.temporaries - 1).to_string()
        });
        let _ = writeln!(self.out, "  %{name} = {text}");
        format!("%{name}")
    }

    fn constant(&mut self, value: &BigUint, width: u32) -> String {
        if let Some(name) = self.constants.get(&(width, value.clone())) {
            return name.clone();
        }
        let digits = if value.bits() <= 32 { value.to_string() } else { hex(value, width).replace('_', "") };
        let name = self.names.take(&format!("c{digits}_i{width}"));
        // Literals are read as signed or unsigned, whichever fits.
        let name = self.op(Some(name), &format!("hw.constant {value} : i{width}"));
        self.constants.insert((width, value.clone()), name.clone());
        name
    }

    fn ones(&mut self, width: u32) -> String {
        self.constant(&((BigUint::from(1u8) << width) - 1u8), width)
    }

    /// The SSA value of an expression; nothing is written for signals and known constants.
    fn value(&mut self, e: &Expr) -> String {
        match e {
            Expr::Signal(s) => format!("%{}", self.m.signal(*s).name),
            Expr::Const { value, width } => self.constant(value, *width),
            Expr::Concat(parts) if parts.len() == 1 => self.value(&parts[0]),
            e => self.define(None, e),
        }
    }

    /// `value`, zero-extended from `from` to `to` bits.
    fn extended(&mut self, value: String, from: u32, to: u32) -> String {
        if from >= to {
            return value;
        }
        let zeros = self.constant(&BigUint::ZERO, to - from);
        self.op(None, &format!("comb.concat {zeros}, {value} : i{}, i{from}", to - from))
    }

    fn define(&mut self, name: Option<String>, e: &Expr) -> String {
        let width = self.m.width(e);
        match e {
            Expr::Signal(_) | Expr::Const { .. } => {
                let value = self.value(e);
                self.op(name, &format!("hw.wire {value} : i{width}"))
            }
            Expr::Slice { of, hi: _, lo } => {
                let s = self.m.signal(*of);
                let text = format!("comb.extract %{} from {lo} : (i{}) -> i{width}", s.name, s.width);
                self.op(name, &text)
            }
            Expr::Concat(parts) => {
                let values: Vec<_> = parts.iter().map(|p| self.value(p)).collect();
                let types: Vec<_> = parts.iter().map(|p| format!("i{}", self.m.width(p))).collect();
                self.op(name, &format!("comb.concat {} : {}", values.join(", "), types.join(", ")))
            }
            Expr::Replicate { bit, .. } => {
                let bit = self.value(bit);
                self.op(name, &format!("comb.replicate {bit} : (i1) -> i{width}"))
            }
            Expr::Not(a) => {
                let (a, ones) = (self.value(a), self.ones(width));
                self.op(name, &format!("comb.xor {a}, {ones} : i{width}"))
            }
            Expr::Reduce(op, a) => {
                let (of, a) = (self.m.width(a), self.value(a));
                let text = match op {
                    ReduceOp::And => format!("comb.icmp eq {a}, {} : i{of}", self.ones(of)),
                    ReduceOp::Or => {
                        format!("comb.icmp ne {a}, {} : i{of}", self.constant(&BigUint::ZERO, of))
                    }
                    ReduceOp::Xor => format!("comb.parity {a} : i{of}"),
                };
                self.op(name, &text)
            }
            Expr::Binary(op, a, b) => self.binary(name, *op, a, b),
            Expr::Mux(c, a, b) => {
                let (c, a, b) = (self.value(c), self.value(a), self.value(b));
                self.op(name, &format!("comb.mux {c}, {a}, {b} : i{width}"))
            }
            Expr::Lookup(t, index) => {
                let table = &self.m.tables[t.0 as usize];
                let (of, index_type) = (array_type(table), format!("i{}", table.index_width));
                let index = &self.m.signal(*index).name;
                self.op(name, &format!("hw.array_get %{}[%{index}] : {of}, {index_type}", table.name))
            }
        }
    }

    fn binary(&mut self, name: Option<String>, op: BinaryOp, a: &Expr, b: &Expr) -> String {
        let (wa, wb) = (self.m.width(a), self.m.width(b));
        let (mut left, mut right) = (self.value(a), self.value(b));
        let plain = match op {
            BinaryOp::And => "and",
            BinaryOp::Or => "or",
            BinaryOp::Xor => "xor",
            BinaryOp::Add => "add",
            BinaryOp::Sub => "sub",
            BinaryOp::Eq => "icmp eq",
            BinaryOp::Ult => "icmp ult",
            BinaryOp::Mul => "mul",
            BinaryOp::Shl => "shl",
            BinaryOp::Shr => "shru",
        };
        // Operands of one operation are equally wide.
        let width = match op {
            BinaryOp::Mul => wa + wb,
            BinaryOp::Shl | BinaryOp::Shr => wa.max(wb),
            _ => wa,
        };
        left = self.extended(left, wa, width);
        right = self.extended(right, wb, width);
        let text = format!("comb.{plain} {left}, {right} : i{width}");
        let shifts = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
        if shifts && wa < width {
            let wide = self.op(None, &text);
            return self.op(name, &format!("comb.extract {wide} from 0 : (i{width}) -> i{wa}"));
        }
        self.op(name, &text)
    }
}

fn array_type(table: &Table) -> String {
    format!("!hw.array<{}xi{}>", table.entries.len(), table.width)
}
