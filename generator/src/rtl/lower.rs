//! From a scheduled graph to a netlist: what becomes a wire, where registers stand, what they are called.
//!
//! A value becomes a wire if it has a name, crosses a stage, is read twice, is sliced, or is an operation that
//! both languages only print well by itself (multiplexer, sum, table). The rest is written where it is read.
use super::names::{Names, temporary};
use super::{BinaryOp, Expr, Module, OutputPort, ReduceOp, Register, Section, SignalId, SignalKind, Table};
use super::{Signal, TableId, Wire};
use crate::ir::{Graph, Op, State, ValueId};
use crate::target::CarryChain;
use cells::pinned;
use std::collections::BTreeMap;

mod cells;
mod clocked;
mod sums;

/// Operators nested deeper than this get a wire of their own.
const MAX_DEPTH: u32 = 4;

/// The pipeline of a graph.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Stage of every live value.
    pub stage: Vec<u32>,
    /// Register ranks; 0 makes a combinational module.
    pub latency: u32,
    /// Independent sums served in turn.
    pub turns: u32,
    /// A `ce` port that freezes everything.
    pub clock_enable: bool,
    /// What the device has for carries.
    pub carry_chain: CarryChain,
}

/// Makes the netlist of a placed graph.
///
/// # Panics
/// If the placement is not legal for the graph: a bug of the scheduler.
pub fn lower(g: &Graph, placement: &Placement, name: &str) -> Module {
    let mut l = Lowering::new(g, placement, name);
    if g.clocked {
        l.run_clocked()
    } else {
        l.run()
    }
    l.module
}

struct Lowering<'g> {
    g: &'g Graph,
    p: &'g Placement,
    live: Vec<bool>,
    /// Last stage in which the value is read; `latency` for what the outputs hold.
    until: Vec<u32>,
    wired: Vec<bool>,
    /// Operations that read the value.
    uses: Vec<u32>,
    names: Names,
    module: Module,
    /// Signal of a value in a stage.
    at: BTreeMap<(ValueId, u32), SignalId>,
    tables: BTreeMap<u32, TableId>,
    /// Whether the text has said why a sum is written as a difference.
    differences_explained: bool,
    /// `in_valid` in a stage.
    valid: Vec<SignalId>,
}

impl<'g> Lowering<'g> {
    fn new(g: &'g Graph, p: &'g Placement, name: &str) -> Self {
        let clocked = p.latency > 0 || g.clocked;
        let live = g.live();
        let mut reserved: Vec<String> = vec![name.into()];
        reserved.extend(g.inputs.iter().map(|i| i.0.clone()));
        reserved.extend(g.outputs.iter().map(|o| o.0.clone()));
        if clocked {
            reserved.extend(["clk", "rst", "ce"].map(String::from));
        }
        if clocked && !g.clocked {
            reserved.extend(["in_valid", "out_valid"].map(String::from));
        }
        let module = Module {
            name: name.into(),
            header: Vec::new(),
            clocked,
            has_reset: clocked,
            has_enable: clocked && p.clock_enable,
            inputs: Vec::new(),
            outputs: Vec::new(),
            signals: Vec::new(),
            tables: Vec::new(),
            sections: Vec::new(),
            cells: BTreeMap::new(),
        };
        let mut l = Self {
            g,
            p,
            until: p.stage.clone(),
            wired: vec![false; g.len()],
            uses: vec![0; g.len()],
            live,
            names: Names::new(reserved.iter().map(String::as_str)),
            module,
            at: BTreeMap::new(),
            tables: BTreeMap::new(),
            differences_explained: false,
            valid: Vec::new(),
        };
        l.lifetimes();
        l.decide_wires();
        l
    }

    fn stage(&self, v: ValueId) -> u32 {
        self.p.stage[v.index()]
    }

    fn live_states(&self) -> Vec<&'g State> {
        self.g.states.iter().filter(|s| self.live[s.read.index()]).collect()
    }

    fn is_constant(&self, v: ValueId) -> bool {
        self.g.constant(v).is_some()
    }

    /// Stage in which a state is cleared before its token arrives, and the one whose valid bit and restart decide that:
    /// the stage before if the restart is there, since a clear goes to all bits of the state and then has a clock for
    /// that alone. `None` where the restart comes too late and gates the value instead.
    fn clear_stages(&self, restart: ValueId, read: ValueId) -> Option<(u32, u32)> {
        let clears = self.stage(read).checked_sub(1)?;
        let known = self.stage(restart);
        (known <= clears).then(|| (clears, known.max(clears.saturating_sub(1))))
    }

    fn lifetimes(&mut self) {
        let g = self.g;
        for v in g.ids().filter(|v| self.live[v.index()]) {
            for a in &g.node(v).args {
                self.until[a.index()] = self.until[a.index()].max(self.stage(v));
            }
        }
        for s in self.live_states() {
            if let Some(restart) = s.restart {
                let at =
                    self.clear_stages(restart, s.read).map_or(self.stage(s.read), |(_, decides)| decides);
                self.until[restart.index()] = self.until[restart.index()].max(at);
            }
            if let (true, Some(next)) = (self.p.turns > 1, s.next) {
                // The old value goes round beside the new one, for bubbles.
                self.until[s.read.index()] = self.until[s.read.index()].max(self.stage(next));
            }
        }
        for (_, v) in &g.outputs {
            self.until[v.index()] = self.until[v.index()].max(self.p.latency);
        }
        for v in g.ids().filter(|v| g.constant(*v).is_some()) {
            self.until[v.index()] = self.p.stage[v.index()];
        }
    }

    fn decide_wires(&mut self) {
        let g = self.g;
        let mut must = vec![false; g.len()];
        for v in g.ids().filter(|v| self.live[v.index()]) {
            let n = g.node(v);
            for a in &n.args {
                self.uses[a.index()] += 1;
                must[a.index()] |= matches!(n.op, Op::Slice(_) | Op::Lookup(_));
            }
            if matches!(n.op, Op::Chain(_) | Op::Carry | Op::Lut(_)) {
                pinned(g, v).into_iter().for_each(|a| must[a.index()] = true);
            }
            let alone = [Op::Mux, Op::Add, Op::Sub, Op::Mul, Op::Ult, Op::Shl, Op::Shr];
            must[v.index()] |= alone.contains(&n.op)
                || matches!(
                    n.op,
                    Op::Lookup(_) | Op::State(_) | Op::Read(_) | Op::Chain(_) | Op::Carry | Op::Lut(_)
                );
            must[v.index()] |= self.until[v.index()] > self.stage(v) || g.names.contains_key(&v);
        }
        for v in g.outputs.iter().map(|o| o.1).chain(g.states.iter().filter_map(|s| s.next)) {
            must[v.index()] = true;
        }
        for s in &g.states {
            s.restart.into_iter().chain(s.enable).for_each(|r| must[r.index()] = true);
        }
        for (p, _) in g.reads.iter().enumerate().filter(|(_, p)| self.live[p.read.index()]) {
            g.sources(p as u32).for_each(|v| must[v.index()] = true);
        }
        let mut depth = vec![0u32; g.len()];
        for v in g.ids().filter(|v| self.live[v.index()]) {
            let n = g.node(v);
            let own = u32::from(!matches!(n.op, Op::Slice(_) | Op::Not | Op::Const(_)));
            let inner = n.args.iter().map(|a| {
                // A chain of one associative operator reads as a list.
                let list = matches!(n.op, Op::And | Op::Or | Op::Xor) && g.node(*a).op == n.op;
                if self.wired[a.index()] { 0 } else { depth[a.index()] - u32::from(list) }
            });
            depth[v.index()] = own + inner.max().unwrap_or(0);
            let light = matches!(n.op, Op::Slice(_)) || (n.op == Op::Not && depth[v.index()] == 0);
            let shared = self.uses[v.index()] > 1 && !light;
            let deep = depth[v.index()] > MAX_DEPTH;
            self.wired[v.index()] =
                must[v.index()] && !matches!(n.op, Op::Const(_)) || shared && n.args.len() + 1 > 1 || deep;
            if matches!(n.op, Op::Const(_)) {
                self.wired[v.index()] = false;
            }
        }
    }

    fn signal(&mut self, wish: &str, width: u32, kind: SignalKind) -> SignalId {
        let name = match kind {
            SignalKind::Input => wish.to_string(),
            _ => self.names.take(wish),
        };
        self.module.signals.push(Signal { name, width, kind });
        SignalId(self.module.signals.len() as u32 - 1)
    }

    /// What to call an operation: its own name, or one made from what it reads.
    fn wish(&self, v: ValueId) -> String {
        let g = self.g;
        if let Some(name) = g.names.get(&v) {
            return name.clone();
        }
        let n = g.node(v);
        let of = |i: usize| n.args.get(i).and_then(|a| g.names.get(a)).cloned();
        match (&n.op, of(0)) {
            (Op::Slice(lo), Some(x)) if n.width == 1 => format!("{x}_{lo}"),
            (Op::Slice(lo), Some(x)) => format!("{x}_{}_{lo}", lo + n.width - 1),
            (Op::Not, Some(x)) => format!("not_{x}"),
            (Op::OrReduce, Some(x)) => format!("any_{x}"),
            (Op::AndReduce, Some(x)) => format!("all_{x}"),
            (Op::Lookup(t), _) => {
                let table = g.tables.get_index(*t as usize).map_or("table", |t| t.name.as_str());
                format!("{table}_value")
            }
            _ => temporary(v.0),
        }
    }

    fn run(&mut self) {
        if self.module.clocked {
            let s = self.signal("in_valid", 1, SignalKind::Input);
            self.module.inputs.push(s);
            self.valid.push(s);
        }
        self.inputs();
        self.declare_states();
        for stage in 0..self.p.latency.max(1) {
            self.section(stage);
        }
        if self.module.clocked {
            let signal = self.valid[self.p.latency as usize];
            self.module.outputs.push(OutputPort { name: "out_valid".into(), signal });
        }
        self.outputs();
    }

    fn inputs(&mut self) {
        let g = self.g;
        for (i, (name, width)) in g.inputs.iter().enumerate() {
            let s = self.signal(name, *width, SignalKind::Input);
            self.module.inputs.push(s);
            if let Some(v) = g.ids().find(|v| g.node(*v).op == Op::Input(i as u32)) {
                self.at.insert((v, 0), s);
            }
        }
    }

    fn outputs(&mut self) {
        let g = self.g;
        let mut extra = Section::default();
        for (name, v) in &g.outputs {
            let signal = match self.at.get(&(*v, self.p.latency)) {
                Some(s) => *s,
                None => {
                    // A constant result: a wire of its own.
                    let s = self.signal(&format!("{name}_value"), g.node(*v).width, SignalKind::Wire);
                    let expr = self.expr(*v, self.p.latency);
                    extra.wires.push(Wire { signal: s, expr, note: None });
                    s
                }
            };
            self.module.outputs.push(OutputPort { name: name.clone(), signal });
        }
        if !extra.wires.is_empty() {
            extra.title = "constant results".into();
            self.module.sections.push(extra);
        }
    }

    /// State registers can be read before the section that loads them.
    fn declare_states(&mut self) {
        for s in self.live_states() {
            let id = self.signal(&format!("{}_q", s.name), s.width, SignalKind::Register);
            if s.restart.is_none_or(|r| self.clear_stages(r, s.read).is_some()) {
                self.at.insert((s.read, self.stage(s.read)), id);
            } else {
                // Found again by its name when the gate is built.
                self.at.insert((s.read, u32::MAX), id);
            }
        }
    }

    fn section(&mut self, stage: u32) {
        let g = self.g;
        let here: Vec<ValueId> =
            g.ids().filter(|v| self.live[v.index()] && self.stage(*v) == stage).collect();
        let mut section = Section { title: self.title(stage, &here), ..Section::default() };
        for v in &here {
            self.wire(*v, stage, &mut section);
        }
        if self.module.clocked {
            self.states(stage, &mut section);
            self.pipeline(stage, &mut section);
        }
        self.module.sections.push(section);
    }

    fn title(&self, stage: u32, here: &[ValueId]) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for v in here.iter().filter(|v| !matches!(self.g.node(**v).op, Op::Input(_) | Op::Const(_))) {
            if let Some(s) = self.g.scope_of.get(v) {
                let title = self.g.scopes[*s as usize].as_str();
                if !parts.contains(&title) {
                    parts.push(title);
                }
            }
        }
        let what = parts.join("; ");
        match (self.module.clocked, what.is_empty()) {
            (true, true) => format!("stage {stage}"),
            (true, false) => format!("stage {stage}: {what}"),
            (false, _) => what,
        }
    }

    fn wire(&mut self, v: ValueId, stage: u32, section: &mut Section) {
        let g = self.g;
        let n = g.node(v);
        if !self.wired[v.index()] || matches!(n.op, Op::Input(_)) {
            return;
        }
        if let Op::State(s) = n.op {
            let s = &g.states[s as usize];
            if let (Some(register), Some(restart)) = (self.at.get(&(v, u32::MAX)).copied(), s.restart) {
                let id = self.signal(&s.name, s.width, SignalKind::Wire);
                let zero = Expr::Const { value: 0u8.into(), width: s.width };
                let condition = Box::new(self.expr(restart, stage));
                let expr = Expr::Mux(condition, Box::new(zero), Box::new(Expr::Signal(register)));
                section.wires.push(Wire { signal: id, expr, note: None });
                self.at.insert((v, stage), id);
            }
            return;
        }
        let expr = match &n.op {
            Op::Add => self.sum(v, stage, section),
            Op::Chain(_) | Op::Carry => return self.wire_chain(v, stage, section),
            Op::Lut(contents) => return self.wire_lut(v, *contents, stage, section),
            _ => self.operation(v, stage),
        };
        let id = self.signal(&self.wish(v), n.width, SignalKind::Wire);
        section.wires.push(Wire { signal: id, expr, note: g.notes.get(&v).cloned() });
        self.at.insert((v, stage), id);
    }

    /// A value where it is read: its signal, or its operation.
    fn expr(&mut self, v: ValueId, stage: u32) -> Expr {
        if let Some(s) = self.at.get(&(v, stage)) {
            return Expr::Signal(*s);
        }
        assert!(
            self.is_constant(v) || self.stage(v) == stage,
            "value {} of stage {} is not kept until stage {stage}",
            v.0,
            self.stage(v)
        );
        self.operation(v, stage)
    }

    fn operation(&mut self, v: ValueId, stage: u32) -> Expr {
        let g = self.g;
        let n = g.node(v).clone();
        let binary = |op: BinaryOp, l: &mut Self| {
            let (a, b) = (l.expr(n.args[0], stage), l.expr(n.args[1], stage));
            Expr::Binary(op, Box::new(a), Box::new(b))
        };
        let reduce = |op: ReduceOp, l: &mut Self| Expr::Reduce(op, Box::new(l.expr(n.args[0], stage)));
        match &n.op {
            Op::Input(_) | Op::State(_) | Op::Read(_) => unreachable!("ports and registers are signals"),
            Op::Chain(_) | Op::Carry | Op::Lut(_) => unreachable!("a cell drives a wire"),
            Op::Const(c) => Expr::Const { value: c.clone(), width: n.width },
            Op::Slice(lo) => match self.expr(n.args[0], stage) {
                Expr::Signal(of) => Expr::Slice { of, hi: lo + n.width - 1, lo: *lo },
                _ => unreachable!("what is sliced is a wire"),
            },
            Op::Concat => Expr::Concat(n.args.iter().map(|a| self.expr(*a, stage)).collect()),
            Op::Replicate => Expr::Replicate { bit: Box::new(self.expr(n.args[0], stage)), times: n.width },
            Op::Not => Expr::Not(Box::new(self.expr(n.args[0], stage))),
            Op::And => binary(BinaryOp::And, self),
            Op::Or => binary(BinaryOp::Or, self),
            Op::Xor => binary(BinaryOp::Xor, self),
            Op::Add => unreachable!("a sum is a wire"),
            Op::Sub => binary(BinaryOp::Sub, self),
            Op::Mul => binary(BinaryOp::Mul, self),
            Op::Eq => binary(BinaryOp::Eq, self),
            Op::Ult => binary(BinaryOp::Ult, self),
            Op::Shl => binary(BinaryOp::Shl, self),
            Op::Shr => binary(BinaryOp::Shr, self),
            Op::AndReduce => reduce(ReduceOp::And, self),
            Op::OrReduce => reduce(ReduceOp::Or, self),
            Op::XorReduce => reduce(ReduceOp::Xor, self),
            Op::Mux => {
                let [c, yes, no] = [0, 1, 2].map(|i| Box::new(self.expr(n.args[i], stage)));
                Expr::Mux(c, yes, no)
            }
            Op::Lookup(t) => {
                let table = self.table(*t);
                match self.expr(n.args[0], stage) {
                    Expr::Signal(index) => Expr::Lookup(table, index),
                    _ => unreachable!("an index is a wire"),
                }
            }
        }
    }

    fn table(&mut self, t: u32) -> TableId {
        if let Some(id) = self.tables.get(&t) {
            return *id;
        }
        let table = self.g.tables.get_index(t as usize).expect("a known table");
        let name = self.names.take(&table.name);
        self.module.tables.push(Table {
            name,
            index_width: table.entries.len().ilog2(),
            width: table.width,
            entries: table.entries.clone(),
        });
        let id = TableId(self.module.tables.len() as u32 - 1);
        self.tables.insert(t, id);
        id
    }

    /// Registers of the states whose loop ends in this stage.
    fn states(&mut self, stage: u32, section: &mut Section) {
        for s in self.live_states() {
            let next = s.next.expect("a live state is written");
            let from = self.stage(s.read);
            // A constant is there in every stage.
            let to = if self.g.constant(next).is_some() { from } else { self.stage(next) };
            if to != stage {
                continue;
            }
            let own = self.at.get(&(s.read, u32::MAX)).or_else(|| self.at.get(&(s.read, from)));
            let register = *own.expect("states are declared first");
            let clear = s.restart.and_then(|r| self.clear(r, s.read, section));
            let data = match self.expr(next, stage) {
                Expr::Signal(data) => data,
                // A constant.
                expr => {
                    let signal = self.signal(&format!("{}_next", s.name), s.width, SignalKind::Wire);
                    section.wires.push(Wire { signal, expr, note: None });
                    signal
                }
            };
            let valid = self.valid[stage as usize];
            let ranks = self.p.turns - (to - from);
            // What nothing restarts begins at zero after a reset.
            let reset = s.restart.is_none();
            if self.p.turns == 1 {
                let enable = Some(valid);
                section.registers.push(Register { signal: register, data, enable, clear, reset });
                continue;
            }
            // One of several sums in turn: the loop moves every clock, a bubble passes the old value on.
            let old = self.expr(s.read, stage);
            let signal = self.signal(&format!("{}_next", s.name), s.width, SignalKind::Wire);
            let [valid, data] = [valid, data].map(|s| Box::new(Expr::Signal(s)));
            let expr = Expr::Mux(valid, data, Box::new(old));
            let note = Some("A bubble passes the sum on whose turn it is.".into());
            section.wires.push(Wire { signal, expr, note });
            let mut data = signal;
            for rank in 1..ranks {
                let wish = format!("{}_turn{rank}", s.name);
                let signal = self.signal(&wish, s.width, SignalKind::Register);
                section.registers.push(Register { signal, data, enable: None, clear: None, reset });
                data = signal;
            }
            section.registers.push(Register { signal: register, data, enable: None, clear, reset });
        }
    }

    /// The signal that clears a state at the edge before its restarting token arrives.
    fn clear(&mut self, restart: ValueId, read: ValueId, section: &mut Section) -> Option<SignalId> {
        let (stage, decides) = self.clear_stages(restart, read)?;
        // One for all states that start over together.
        let key = (restart, u32::MAX - 1 - stage);
        if let Some(s) = self.at.get(&key) {
            return Some(*s);
        }
        let registered = decides < stage;
        let first = self.expr(restart, decides);
        let wish = format!("{}_s{decides}", if registered { "starts_over" } else { "restart" });
        let wire = self.signal(&wish, 1, SignalKind::Wire);
        let valid = Expr::Signal(self.valid[decides as usize]);
        let expr = Expr::Binary(BinaryOp::And, Box::new(valid), Box::new(first));
        let note = Some("The next token starts a new sum: the old one is gone before it arrives.".into());
        section.wires.push(Wire { signal: wire, expr, note });
        let mut signal = wire;
        if registered {
            signal = self.signal(&format!("restart_s{stage}"), 1, SignalKind::Register);
            section.registers.push(Register { signal, data: wire, enable: None, clear: None, reset: false });
        }
        self.at.insert(key, signal);
        Some(signal)
    }

    /// Registers behind a stage: the valid bit, then every value that is read later.
    fn pipeline(&mut self, stage: u32, section: &mut Section) {
        let g = self.g;
        let next = stage + 1;
        let data = self.valid[stage as usize];
        let signal = self.signal(&format!("valid_s{next}"), 1, SignalKind::Register);
        self.valid.push(signal);
        section.registers.push(Register { signal, data, enable: None, clear: None, reset: true });
        for v in g.ids() {
            let alive = self.live[v.index()] && self.stage(v) <= stage && self.until[v.index()] > stage;
            if !alive || self.is_constant(v) {
                continue;
            }
            let data = *self.at.get(&(v, stage)).expect("what crosses a stage is a signal");
            let signal =
                self.signal(&format!("{}_s{next}", self.wish(v)), g.node(v).width, SignalKind::Register);
            section.registers.push(Register { signal, data, enable: None, clear: None, reset: false });
            self.at.insert((v, next), signal);
        }
    }
}
