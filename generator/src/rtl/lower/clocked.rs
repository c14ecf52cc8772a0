//! Clocked cores: one clock, registers with enables, memories.
use super::{Lowering, Wire};
use crate::ir::{Op, ValueId};
use crate::rtl::{Expr, Memory, ReadPort, Register, Section, SignalId, SignalKind};

impl Lowering<'_> {
    /// Sections follow the scopes of the text's author; a register stands in the section where the last of what
    /// it needs is computed.
    pub(super) fn run_clocked(&mut self) {
        let g = self.g;
        self.inputs();
        let live: Vec<ValueId> = g.ids().filter(|v| self.live[v.index()]).collect();
        for &v in &live {
            if matches!(g.node(v).op, Op::State(_) | Op::Read(_)) {
                let wish = format!("{}_q", self.wish(v));
                let s = self.signal(&wish, g.node(v).width, SignalKind::Register);
                self.at.insert((v, 0), s);
            }
        }
        let (mut section, mut scope) = (Section::default(), None);
        for &v in &live {
            if matches!(g.node(v).op, Op::Input(_) | Op::Const(_) | Op::State(_) | Op::Read(_)) {
                continue;
            }
            let here = g.scope_of.get(&v).copied();
            if here != scope && here.is_some() {
                let done = std::mem::take(&mut section);
                self.close(done, scope);
                scope = here;
            }
            self.wire(v, 0, &mut section);
        }
        self.close(section, scope);
        // What waited for values of the last section, and what reads constants only.
        let rest = self.module.sections.pop().unwrap_or_default();
        let rest = self.due(rest, true);
        self.module.sections.push(rest);
        self.outputs();
    }

    fn close(&mut self, section: Section, scope: Option<u32>) {
        if section == Section::default() && scope.is_none() {
            return;
        }
        let mut section = self.due(section, false);
        section.title = scope.map_or_else(String::new, |s| self.g.scopes[s as usize].clone());
        self.module.sections.push(section);
    }

    /// Adds the registers and memories whose sources have all been computed, and no earlier section has; at the
    /// end, those that are left.
    fn due(&mut self, mut section: Section, end: bool) -> Section {
        let g = self.g;
        let clear = g.clear.map(|i| self.module.inputs[i as usize]);
        let ready = |l: &Self, v: ValueId| l.at.contains_key(&(v, 0)) || l.is_constant(v) && end;
        for s in self.live_states() {
            let next = s.next.expect("a live state is written");
            let done = self.at.contains_key(&(s.read, DONE));
            if done || !ready(self, next) || !s.enable.is_none_or(|e| ready(self, e)) {
                continue;
            }
            let signal = self.at[&(s.read, 0)];
            self.at.insert((s.read, DONE), signal);
            let data = self.signal_of(next, &s.name, &mut section);
            let enable = s.enable.map(|e| self.signal_of(e, &format!("{}_load", s.name), &mut section));
            let clear = clear.filter(|_| s.reset);
            section.registers.push(Register { signal, data, enable, clear, reset: s.reset });
        }
        let used = g.live_memories(&self.live);
        for (k, m) in g.memories.iter().enumerate().filter(|(k, _)| used[*k]) {
            let ports = || (0..g.reads.len()).filter(|p| g.reads[*p].memory as usize == k);
            let ports: Vec<usize> = ports().filter(|p| self.live[g.reads[*p].read.index()]).collect();
            let done = self.at.contains_key(&(g.reads[ports[0]].read, DONE));
            let all = ports.iter().all(|p| g.sources(*p as u32).all(|v| ready(self, v)));
            if done || !all {
                continue;
            }
            let write = m.write.map(|w| {
                let mut of = |v, what| self.signal_of(v, &format!("{}_{what}", m.name), &mut section);
                [of(w.enable, "write"), of(w.address, "write_address"), of(w.data, "write_data")]
            });
            let mut reads = Vec::new();
            for p in ports {
                let port = &g.reads[p];
                let signal = self.at[&(port.read, 0)];
                self.at.insert((port.read, DONE), signal);
                let (Some(enable), Some(address)) = (port.enable, port.address) else { continue };
                let enable = self.signal_of(enable, &format!("{}_read", m.name), &mut section);
                let address = self.signal_of(address, &format!("{}_address", m.name), &mut section);
                reads.push(ReadPort { signal, enable, address });
            }
            let name = self.names.take(&m.name);
            let (index_width, width, entries) = (m.index_width, m.width, m.entries.clone());
            let (block, apart) = (m.block, m.apart);
            section.memories.push(Memory { name, index_width, width, entries, write, reads, block, apart });
        }
        section
    }

    /// The signal of a value; a constant gets one of its own.
    fn signal_of(&mut self, v: ValueId, wish: &str, section: &mut Section) -> SignalId {
        match self.expr(v, 0) {
            Expr::Signal(s) => s,
            expr => {
                let signal = self.signal(&format!("{wish}_value"), self.g.node(v).width, SignalKind::Wire);
                section.wires.push(Wire { signal, expr, note: None });
                signal
            }
        }
    }
}

/// Marks a register or read port as written, in the place of a stage.
const DONE: u32 = u32::MAX;
