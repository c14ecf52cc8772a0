//! From a netlist to gates: every operator down to single bits.
use super::emit;
use super::gates::{Gates, Lit};
use super::memory::{MemoryColumns, MemoryRead};
use super::{PortColumns, Program};
use holigen_generator::rtl::{BinaryOp, Expr, Module, ReduceOp, SignalKind};
use std::collections::HashMap;

/// Bits of a value, least significant first.
type Bits = Vec<Lit>;

/// Compiles a netlist that has passed `Module::verify`.
pub(super) fn compile(m: &Module) -> Program {
    let mut c = Compiler { m, g: Gates::new(), signals: vec![Bits::new(); m.signals.len()], states: 0 };
    let mut columns = 0;
    let mut control = |present: bool| {
        present.then(|| {
            columns += 1;
            columns - 1
        })
    };
    let (reset, enable) = (control(m.has_reset), control(m.has_enable));
    let mut inputs = Vec::new();
    for &s in &m.inputs {
        let signal = m.signal(s);
        inputs.push(PortColumns::new(&signal.name, signal.width, columns));
        c.signals[s.0 as usize] =
            (columns..columns + signal.width as usize).map(|i| c.g.input(i as u32)).collect();
        columns += signal.width as usize;
    }
    let data_columns = columns;
    // What memories have read stands beside the inputs.
    let mut memories = Vec::new();
    for memory in m.memories() {
        let mut reads = Vec::new();
        for r in &memory.reads {
            let width = memory.width as usize;
            c.signals[r.signal.0 as usize] =
                (columns..columns + width).map(|i| c.g.input(i as u32)).collect();
            reads.push(MemoryRead { data: columns, enable: 0, address: 0 });
            columns += width;
        }
        let entries = memory.entries.iter().map(|e| u64::try_from(e).expect("entries of at most 64 bits"));
        let entries: Vec<u64> = entries.collect();
        let (index_width, width) = (memory.index_width, memory.width);
        memories.push(MemoryColumns { index_width, width, entries, write: None, reads });
    }
    for (k, signal) in m.signals.iter().enumerate() {
        if signal.kind == SignalKind::Register && c.signals[k].is_empty() {
            c.signals[k] = (0..signal.width).map(|i| c.g.state(c.states + i)).collect();
            c.states += signal.width;
        }
    }
    for wire in m.sections.iter().flat_map(|s| &s.wires) {
        c.signals[wire.signal.0 as usize] = c.expr(&wire.expr);
    }

    let rst = reset.map(|i| c.g.input(i as u32));
    let ce = enable.map(|i| c.g.input(i as u32));
    let mut next: Vec<Option<Lit>> = vec![None; c.states as usize];
    for r in m.sections.iter().flat_map(|s| &s.registers) {
        let q = c.signals[r.signal.0 as usize].clone();
        let data = c.signals[r.data.0 as usize].clone();
        let scalar = |s: Option<holigen_generator::rtl::SignalId>| s.map(|s| c.signals[s.0 as usize][0]);
        let (load, clear) = (scalar(r.enable), scalar(r.clear));
        for (&q, d) in q.iter().zip(data) {
            // From the weakest rule to the strongest, see `Register`.
            let mut n = load.map_or(d, |e| c.g.mux(e, d, q));
            n = clear.map_or(n, |e| c.g.and(!e, n));
            n = ce.map_or(n, |e| c.g.mux(e, n, q));
            if let (true, Some(rst)) = (r.reset, rst) {
                n = c.g.and(!rst, n);
            }
            let bit = c.state_of(q);
            next[bit] = Some(n);
        }
    }
    let next: Vec<Lit> = next.into_iter().map(|n| n.expect("every register is driven")).collect();

    let mut outputs = Vec::new();
    let mut out = Vec::new();
    for o in &m.outputs {
        outputs.push(PortColumns::new(&o.name, m.signal(o.signal).width, out.len()));
        out.extend_from_slice(&c.signals[o.signal.0 as usize]);
    }
    let data_outputs = out.len();
    for (memory, to) in m.memories().zip(&mut memories) {
        let mut place = |s: holigen_generator::rtl::SignalId| {
            let at = out.len();
            out.extend_from_slice(&c.signals[s.0 as usize]);
            at
        };
        for (r, to) in memory.reads.iter().zip(&mut to.reads) {
            (to.enable, to.address) = (place(r.enable), place(r.address));
        }
        to.write = memory.write.map(|w| w.map(&mut place));
    }
    let code = emit::emit(&c.g, columns, &out, &next);
    let data = (data_columns, data_outputs);
    Program { name: m.name.clone(), reset, enable, inputs, outputs, memories, data, code }
}

struct Compiler<'m> {
    m: &'m Module,
    g: Gates,
    /// Bits of each signal; empty before it is assigned.
    signals: Vec<Bits>,
    states: u32,
}

impl Compiler<'_> {
    fn state_of(&self, q: Lit) -> usize {
        match self.g.nodes[q.node()] {
            super::gates::Gate::State(i) => i as usize,
            ref other => unreachable!("a register's output is a state, not {other:?}"),
        }
    }

    fn expr(&mut self, e: &Expr) -> Bits {
        match e {
            Expr::Signal(s) => self.signals[s.0 as usize].clone(),
            Expr::Const { value, width } => (0..*width).map(|i| Lit::constant(value.bit(i.into()))).collect(),
            Expr::Slice { of, hi, lo } => self.signals[of.0 as usize][*lo as usize..=*hi as usize].to_vec(),
            Expr::Concat(parts) => parts.iter().rev().flat_map(|p| self.expr(p)).collect(),
            Expr::Replicate { bit, times } => vec![self.expr(bit)[0]; *times as usize],
            Expr::Not(a) => self.expr(a).into_iter().map(|l| !l).collect(),
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.binary(*op, &a, &b)
            }
            Expr::Reduce(op, a) => {
                let a = self.expr(a);
                let g = &mut self.g;
                vec![match op {
                    ReduceOp::And => a.into_iter().fold(Lit::TRUE, |x, y| g.and(x, y)),
                    ReduceOp::Or => a.into_iter().fold(Lit::FALSE, |x, y| g.or(x, y)),
                    ReduceOp::Xor => parity(g, a),
                }]
            }
            Expr::Mux(s, a, b) => {
                let s = self.expr(s)[0];
                let (a, b) = (self.expr(a), self.expr(b));
                a.into_iter().zip(b).map(|(a, b)| self.g.mux(s, a, b)).collect()
            }
            Expr::Lookup(table, index) => self.lookup(table.0 as usize, index.0 as usize),
        }
    }

    fn binary(&mut self, op: BinaryOp, a: &[Lit], b: &[Lit]) -> Bits {
        let g = &mut self.g;
        let pairs = a.iter().copied().zip(b.iter().copied());
        match op {
            BinaryOp::And => pairs.map(|(a, b)| g.and(a, b)).collect(),
            BinaryOp::Or => pairs.map(|(a, b)| g.or(a, b)).collect(),
            BinaryOp::Xor => pairs.map(|(a, b)| g.xor(a, b)).collect(),
            BinaryOp::Add => add(g, a, b, Lit::FALSE),
            BinaryOp::Sub => {
                let b: Bits = b.iter().map(|&l| !l).collect();
                add(g, a, &b, Lit::TRUE)
            }
            BinaryOp::Mul => multiply(g, a, b),
            BinaryOp::Eq => {
                let mut equal = Lit::TRUE;
                for (a, b) in pairs {
                    let differ = g.xor(a, b);
                    equal = g.and(equal, !differ);
                }
                vec![equal]
            }
            // a >= b if a + ~b + 1 carries out.
            BinaryOp::Ult => vec![!pairs.fold(Lit::TRUE, |c, (a, b)| g.carry(a, !b, c))],
            BinaryOp::Shl => shift(g, a, b, true),
            BinaryOp::Shr => shift(g, a, b, false),
        }
    }

    /// A tree of multiplexers on the index; equal subtables are one subtree because equal gates are one.
    fn lookup(&mut self, table: usize, index: usize) -> Bits {
        let t = &self.m.tables[table];
        let index = self.signals[index].clone();
        let mut bits = Bits::new();
        for bit in 0..t.width {
            let mut level: Bits = t.entries.iter().map(|e| Lit::constant(e.bit(bit.into()))).collect();
            for &s in &index {
                // Tables repeat themselves: a small memory saves most of the folding.
                let mut seen: HashMap<(Lit, Lit), Lit> = HashMap::new();
                level = level
                    .chunks(2)
                    .map(|p| *seen.entry((p[0], p[1])).or_insert_with(|| self.g.mux(s, p[1], p[0])))
                    .collect();
            }
            bits.push(level[0]);
        }
        bits
    }
}

/// Exclusive or of all, three at a time: a sum gate costs fewer memory accesses than two of two operands.
fn parity(g: &mut Gates, bits: Bits) -> Lit {
    let mut r = Lit::FALSE;
    for pair in bits.chunks(2) {
        r = g.sum(r, pair[0], *pair.get(1).unwrap_or(&Lit::FALSE));
    }
    r
}

/// Sum modulo 2^width.
fn add(g: &mut Gates, a: &[Lit], b: &[Lit], mut carry: Lit) -> Bits {
    let mut sum = Bits::with_capacity(a.len());
    for (&a, &b) in a.iter().zip(b) {
        let (s, c) = g.full_adder(a, b, carry);
        sum.push(s);
        carry = c;
    }
    sum
}

/// Rows of partial products, one ripple adder a row.
fn multiply(g: &mut Gates, a: &[Lit], b: &[Lit]) -> Bits {
    let mut r = vec![Lit::FALSE; a.len() + b.len()];
    for (j, &y) in b.iter().enumerate() {
        let mut carry = Lit::FALSE;
        for (i, &x) in a.iter().enumerate() {
            let product = g.and(x, y);
            (r[i + j], carry) = g.full_adder(product, r[i + j], carry);
        }
        r[j + a.len()] = carry;
    }
    r
}

/// A barrel of multiplexers, one rank for each bit of the amount.
fn shift(g: &mut Gates, a: &[Lit], amount: &[Lit], left: bool) -> Bits {
    let width = a.len();
    let mut r = a.to_vec();
    for (k, &s) in amount.iter().enumerate() {
        let by = if k < 31 { 1usize << k } else { usize::MAX };
        r = (0..width)
            .map(|i| {
                let from = if left { i.checked_sub(by) } else { i.checked_add(by).filter(|&f| f < width) };
                g.mux(s, from.map_or(Lit::FALSE, |f| r[f]), r[i])
            })
            .collect();
    }
    r
}
