//! Random netlists, and an evaluator of netlists that shares nothing with the simulator.
#![allow(dead_code, reason = "each test program uses a part")]
use holigen_generator::rtl::{
    BinaryOp, Expr, Module, OutputPort, ReduceOp, Register, Section, Signal, SignalId, SignalKind, Table,
    TableId, Wire,
};
use num_bigint::BigUint;

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    /// Words whose bits are 1 in about `eighths` of eight.
    pub fn biased(&mut self, eighths: u64) -> u64 {
        (0..64).fold(0, |w, i| w | u64::from(self.below(8) < eighths) << i)
    }

    /// Random words, often with long runs of equal bits: carries run far.
    pub fn interesting(&mut self) -> u64 {
        match self.below(6) {
            0 => 0,
            1 => !0,
            2 => self.next() >> self.below(64),
            3 => !(self.next() >> self.below(64)),
            _ => self.next(),
        }
    }

    pub fn big(&mut self, width: u32) -> BigUint {
        let v = (0..width.div_ceil(64)).fold(BigUint::ZERO, |v, _| (v << 64u32) + self.interesting());
        v % (BigUint::from(1u32) << width)
    }

    /// Mostly small widths.
    fn width(&mut self) -> u32 {
        match self.below(10) {
            0 | 1 => 1,
            2 => 64,
            3 => 60 + self.below(71) as u32,
            _ => 2 + self.below(20) as u32,
        }
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

fn mask(v: BigUint, width: u32) -> BigUint {
    v % (BigUint::from(1u32) << width)
}

struct Maker<'r> {
    rng: &'r mut Rng,
    m: Module,
    readable: Vec<SignalId>,
}

impl Maker<'_> {
    fn signal(&mut self, prefix: &str, width: u32, kind: SignalKind) -> SignalId {
        let id = SignalId(self.m.signals.len() as u32);
        self.m.signals.push(Signal { name: format!("{prefix}{}", id.0), width, kind });
        id
    }

    /// A signal of any width that may be read here.
    fn any(&mut self) -> SignalId {
        // Recent ones more often, so that chains are deep.
        let n = self.readable.len() as u64;
        let low = if self.rng.chance(3) { 0 } else { n.saturating_sub(12) };
        self.readable[(low + self.rng.below(n - low)) as usize]
    }

    fn wire(&mut self, section: &mut Section, expr: Expr) -> SignalId {
        let s = self.signal("w", self.m.width(&expr), SignalKind::Wire);
        section.wires.push(Wire { signal: s, expr, note: None });
        self.readable.push(s);
        s
    }

    /// An expression of exactly `width` bits that needs no wire of its own.
    fn expr(&mut self, width: u32, depth: u32) -> Expr {
        if depth == 0 || self.rng.chance(4) {
            return self.leaf(width);
        }
        let d = depth - 1;
        let boxed = |s: &mut Self, w| Box::new(s.expr(w, d));
        if width == 1 && self.rng.chance(2) {
            let w = self.rng.width();
            return match self.rng.below(5) {
                0 => Expr::Reduce(ReduceOp::And, boxed(self, w)),
                1 => Expr::Reduce(ReduceOp::Or, boxed(self, w)),
                2 => Expr::Reduce(ReduceOp::Xor, boxed(self, w)),
                3 => Expr::Binary(BinaryOp::Eq, boxed(self, w), boxed(self, w)),
                _ => Expr::Binary(BinaryOp::Ult, boxed(self, w), boxed(self, w)),
            };
        }
        match self.rng.below(12) {
            0 => Expr::Not(boxed(self, width)),
            1 => Expr::Binary(BinaryOp::And, boxed(self, width), boxed(self, width)),
            2 => Expr::Binary(BinaryOp::Or, boxed(self, width), boxed(self, width)),
            3 => Expr::Binary(BinaryOp::Xor, boxed(self, width), boxed(self, width)),
            4 | 5 => Expr::Binary(BinaryOp::Add, boxed(self, width), boxed(self, width)),
            6 => Expr::Binary(BinaryOp::Sub, boxed(self, width), boxed(self, width)),
            7 if width > 1 => {
                let a = 1 + self.rng.below(u64::from(width) - 1) as u32;
                Expr::Binary(BinaryOp::Mul, boxed(self, a), boxed(self, width - a))
            }
            8 => {
                let amount = 1 + self.rng.below(8) as u32;
                Expr::Binary(BinaryOp::Shl, boxed(self, width), boxed(self, amount))
            }
            9 => {
                let amount = 1 + self.rng.below(8) as u32;
                Expr::Binary(BinaryOp::Shr, boxed(self, width), boxed(self, amount))
            }
            10 if width > 1 => {
                let a = 1 + self.rng.below(u64::from(width) - 1) as u32;
                Expr::Concat(vec![self.expr(width - a, d), self.expr(a, d)])
            }
            11 if width > 1 => Expr::Replicate { bit: boxed(self, 1), times: width },
            _ => self.leaf(width),
        }
    }

    fn leaf(&mut self, width: u32) -> Expr {
        for _ in 0..20 {
            let s = self.any();
            let w = self.m.signal(s).width;
            if w == width {
                return Expr::Signal(s);
            }
            if w > width {
                let lo = self.rng.below(u64::from(w - width) + 1) as u32;
                return Expr::Slice { of: s, hi: lo + width - 1, lo };
            }
            if self.rng.chance(4) {
                let pad = Expr::Const { value: self.rng.big(width - w), width: width - w };
                return Expr::Concat(vec![pad, Expr::Signal(s)]);
            }
        }
        Expr::Const { value: self.rng.big(width), width }
    }

    fn root(&mut self) -> Expr {
        let width = self.rng.width();
        match self.rng.below(8) {
            0 | 1 => Expr::Mux(
                Box::new(self.expr(1, 1)),
                Box::new(self.expr(width, 2)),
                Box::new(self.expr(width, 2)),
            ),
            2 => {
                let narrow: Vec<SignalId> =
                    self.readable.iter().copied().filter(|s| self.m.signal(*s).width <= 8).collect();
                if narrow.is_empty() {
                    return self.expr(width, 3);
                }
                let index = *self.rng.pick(&narrow);
                let index_width = self.m.signal(index).width;
                let id = TableId(self.m.tables.len() as u32);
                let entries = (0..1u32 << index_width).map(|_| self.rng.big(width)).collect();
                self.m.tables.push(Table { name: format!("table{}", id.0), index_width, width, entries });
                Expr::Lookup(id, index)
            }
            _ => self.expr(width, 4),
        }
    }
}

/// A legal netlist with every kind of expression and register, feedback included.
pub fn random_module(rng: &mut Rng) -> Module {
    let clocked = !rng.chance(5);
    let m = Module {
        name: "random_core".into(),
        header: vec![],
        clocked,
        has_reset: clocked && rng.chance(2),
        has_enable: clocked && rng.chance(2),
        inputs: vec![],
        outputs: vec![],
        signals: vec![],
        tables: vec![],
        sections: vec![],
        cells: Default::default(),
    };
    let mut k = Maker { rng, m, readable: vec![] };
    for _ in 0..1 + k.rng.below(4) {
        let width = k.rng.width();
        let s = k.signal("x", width, SignalKind::Input);
        k.m.inputs.push(s);
        k.readable.push(s);
    }
    // Registers that everything may read: feedback from later sections to earlier ones.
    let mut feedback = Vec::new();
    let sections = 1 + k.rng.below(4);
    if clocked {
        for _ in 0..k.rng.below(6) {
            let width = k.rng.width();
            let s = k.signal("q", width, SignalKind::Register);
            feedback.push((k.rng.below(sections), s));
            k.readable.push(s);
        }
    }
    for number in 0..sections {
        let mut section = Section { title: format!("section {number}"), ..Section::default() };
        for _ in 0..1 + k.rng.below(8) {
            let e = k.root();
            k.wire(&mut section, e);
        }
        let mut outs: Vec<SignalId> = feedback.iter().filter(|f| f.0 == number).map(|f| f.1).collect();
        let loaded = k.readable.clone();
        let forward = outs.len();
        if clocked {
            for _ in 0..k.rng.below(6) {
                // Often a plain copy of something that exists: pipelines are full of these.
                let like = k.any();
                let width = if k.rng.chance(2) { k.m.signal(like).width } else { k.rng.width() };
                outs.push(k.signal("r", width, SignalKind::Register));
            }
        }
        for (i, &signal) in outs.iter().enumerate() {
            let width = k.m.signal(signal).width;
            let same: Vec<SignalId> =
                loaded.iter().copied().filter(|s| k.m.signal(*s).width == width && *s != signal).collect();
            let data = if same.is_empty() || k.rng.chance(2) {
                let e = k.expr(width, 3);
                k.wire(&mut section, e)
            } else {
                *k.rng.pick(&same)
            };
            let one = |k: &mut Maker<'_>, section: &mut Section| {
                k.rng.chance(3).then(|| {
                    let e = k.expr(1, 2);
                    k.wire(section, e)
                })
            };
            let enable = one(&mut k, &mut section);
            let clear = one(&mut k, &mut section);
            let reset = k.m.has_reset && k.rng.chance(2);
            section.registers.push(Register { signal, data, enable, clear, reset });
            if i >= forward {
                k.readable.push(signal);
            }
        }
        k.m.sections.push(section);
    }
    for number in 0..1 + k.rng.below(4) {
        let signal = k.any();
        k.m.outputs.push(OutputPort { name: format!("y_out{number}"), signal });
    }
    k.m
}

/// Evaluates a netlist by its documentation.
pub struct Naive<'m> {
    m: &'m Module,
    /// All signals; registers keep theirs.
    values: Vec<BigUint>,
}

impl<'m> Naive<'m> {
    pub fn new(m: &'m Module) -> Self {
        Naive { m, values: vec![BigUint::ZERO; m.signals.len()] }
    }

    /// Outputs before the edge.
    pub fn step(&mut self, inputs: &[BigUint], rst: bool, ce: bool) -> Vec<BigUint> {
        for (s, v) in self.m.inputs.iter().zip(inputs) {
            self.values[s.0 as usize] = v.clone();
        }
        for wire in self.m.sections.iter().flat_map(|s| &s.wires) {
            self.values[wire.signal.0 as usize] = self.eval(&wire.expr);
        }
        let outputs = self.m.outputs.iter().map(|o| self.values[o.signal.0 as usize].clone()).collect();
        let one = |v: &Self, s: SignalId| v.values[s.0 as usize] == BigUint::from(1u32);
        let next: Vec<(usize, BigUint)> = self
            .m
            .sections
            .iter()
            .flat_map(|s| &s.registers)
            .map(|r| {
                let old = self.values[r.signal.0 as usize].clone();
                let v = if r.reset && rst {
                    BigUint::ZERO
                } else if self.m.has_enable && !ce {
                    old
                } else if r.clear.is_some_and(|c| one(self, c)) {
                    BigUint::ZERO
                } else if r.enable.is_none_or(|e| one(self, e)) {
                    self.values[r.data.0 as usize].clone()
                } else {
                    old
                };
                (r.signal.0 as usize, v)
            })
            .collect();
        for (s, v) in next {
            self.values[s] = v;
        }
        outputs
    }

    fn eval(&self, e: &Expr) -> BigUint {
        let one = || BigUint::from(1u32);
        let width = self.m.width(e);
        match e {
            Expr::Signal(s) => self.values[s.0 as usize].clone(),
            Expr::Const { value, .. } => value.clone(),
            Expr::Slice { of, lo, .. } => mask(self.values[of.0 as usize].clone() >> *lo, width),
            Expr::Concat(parts) => {
                parts.iter().fold(BigUint::ZERO, |v, p| (v << self.m.width(p)) | self.eval(p))
            }
            Expr::Replicate { bit, times } => {
                if self.eval(bit) == BigUint::ZERO {
                    BigUint::ZERO
                } else {
                    (one() << *times) - one()
                }
            }
            Expr::Not(a) => ((one() << width) - one()) - self.eval(a),
            Expr::Binary(op, l, r) => {
                let (a, b) = (self.eval(l), self.eval(r));
                let amount = b.to_u64_digits().first().copied().unwrap_or(0).min(1000);
                match op {
                    BinaryOp::And => a & b,
                    BinaryOp::Or => a | b,
                    BinaryOp::Xor => a ^ b,
                    BinaryOp::Add => mask(a + b, width),
                    BinaryOp::Sub => mask((one() << width) + a - b, width),
                    BinaryOp::Mul => a * b,
                    BinaryOp::Eq => BigUint::from(u32::from(a == b)),
                    BinaryOp::Ult => BigUint::from(u32::from(a < b)),
                    BinaryOp::Shl => mask(a << amount, width),
                    BinaryOp::Shr => a >> amount,
                }
            }
            Expr::Reduce(op, a) => {
                let (v, w) = (self.eval(a), self.m.width(a));
                let bit = match op {
                    ReduceOp::And => v == (one() << w) - one(),
                    ReduceOp::Or => v != BigUint::ZERO,
                    ReduceOp::Xor => v.count_ones() % 2 == 1,
                };
                BigUint::from(u32::from(bit))
            }
            Expr::Mux(s, a, b) => {
                if self.eval(s) == BigUint::ZERO {
                    self.eval(b)
                } else {
                    self.eval(a)
                }
            }
            Expr::Lookup(t, index) => {
                let i = self.values[index.0 as usize].to_u64_digits().first().copied().unwrap_or(0);
                self.m.tables[t.0 as usize].entries[i as usize].clone()
            }
        }
    }
}
