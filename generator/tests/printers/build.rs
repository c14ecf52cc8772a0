//! Modules made by hand.
use super::*;

/// A module in the making; sections are opened by [`Build::section`].
pub struct Build(pub Module);

impl Build {
    pub fn new(name: &str) -> Self {
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
            cells: Default::default(),
        });
        b.section("");
        b.0.sections.clear();
        b
    }

    pub fn section(&mut self, title: &str) {
        self.0.sections.push(Section { title: title.into(), ..Section::default() });
    }

    pub fn signal(&mut self, name: &str, width: u32, kind: SignalKind) -> SignalId {
        self.0.signals.push(Signal { name: name.into(), width, kind });
        SignalId(self.0.signals.len() as u32 - 1)
    }

    pub fn input(&mut self, name: &str, width: u32) -> SignalId {
        let s = self.signal(name, width, SignalKind::Input);
        self.0.inputs.push(s);
        s
    }

    pub fn wire(&mut self, name: &str, expr: Expr) -> SignalId {
        let s = self.signal(name, self.0.width(&expr), SignalKind::Wire);
        self.last().wires.push(Wire { signal: s, expr, note: None });
        s
    }

    pub fn note(&mut self, note: &str) {
        self.last().wires.last_mut().unwrap().note = Some(note.into());
    }

    /// A wire that is also an output, so that all its bits are read.
    pub fn shown(&mut self, name: &str, expr: Expr) -> SignalId {
        let s = self.wire(name, expr);
        self.output(&format!("o_{name}"), s);
        s
    }

    pub fn table(&mut self, name: &str, index_width: u32, width: u32, f: impl Fn(u64) -> BigUint) -> TableId {
        let entries = (0..1u64 << index_width).map(f).collect();
        self.0.tables.push(Table { name: name.into(), index_width, width, entries });
        TableId(self.0.tables.len() as u32 - 1)
    }

    /// Declares a register; [`Build::load`] gives it its data.
    pub fn register(&mut self, name: &str, width: u32) -> SignalId {
        self.0.clocked = true;
        self.signal(name, width, SignalKind::Register)
    }

    pub fn load(&mut self, register: Register) {
        self.last().registers.push(register);
    }

    pub fn output(&mut self, name: &str, signal: SignalId) {
        self.0.outputs.push(OutputPort { name: name.into(), signal });
    }

    pub fn last(&mut self) -> &mut Section {
        self.0.sections.last_mut().unwrap()
    }
}

pub fn plain(signal: SignalId, data: SignalId) -> Register {
    Register { signal, data, enable: None, clear: None, reset: false }
}
pub fn sig(s: SignalId) -> Expr {
    Expr::Signal(s)
}
pub fn slice(of: SignalId, hi: u32, lo: u32) -> Expr {
    Expr::Slice { of, hi, lo }
}
pub fn con(value: u64, width: u32) -> Expr {
    Expr::Const { value: value.into(), width }
}
pub fn ones(width: u32) -> BigUint {
    (BigUint::from(1u32) << width) - 1u32
}
pub fn cat(parts: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::Concat(parts.into_iter().collect())
}
pub fn rep(bit: Expr, times: u32) -> Expr {
    Expr::Replicate { bit: Box::new(bit), times }
}
pub fn not(a: Expr) -> Expr {
    Expr::Not(Box::new(a))
}
pub fn bin(op: BinaryOp, a: Expr, b: Expr) -> Expr {
    Expr::Binary(op, Box::new(a), Box::new(b))
}
pub fn red(op: ReduceOp, a: Expr) -> Expr {
    Expr::Reduce(op, Box::new(a))
}
pub fn mux(c: Expr, a: Expr, b: Expr) -> Expr {
    Expr::Mux(Box::new(c), Box::new(a), Box::new(b))
}
