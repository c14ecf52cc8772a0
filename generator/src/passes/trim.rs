//! Drops bits that nobody reads. Exact arithmetic grows, its users often need less; what stays would be
//! wasted logic and a lint warning.
//!
//! Each value is narrowed to one range `[lo, hi)`: the smallest that holds every bit some user reads. Where an
//! operation needs its low bits for its high ones (a carry), the range starts at 0.
use crate::builder::{Bits, Builder, Context, Memory};
use crate::ir::{Graph, Node, Op, ValueId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Range {
    lo: u32,
    hi: u32,
}

impl Range {
    fn join(self, o: Option<Self>) -> Self {
        o.map_or(self, |o| Range { lo: self.lo.min(o.lo), hi: self.hi.max(o.hi) })
    }
}

/// The same function with narrower values; dead nodes are gone, ports stay.
pub fn trim(g: &Graph, context: &Context) -> Graph {
    let demand = demand(g);
    let b = Builder::new(context.clone());
    let mut map: Vec<Option<Bits<'_>>> = vec![None; g.len()];
    for (i, (name, width)) in g.inputs.iter().enumerate() {
        let port = b.input(name, *width);
        if let Some(v) = g.ids().find(|v| g.node(*v).op == Op::Input(i as u32)) {
            map[v.index()] = demand[v.index()].map(|r| port.bits(r.hi - 1, r.lo));
        }
    }
    b.edit(|new| {
        new.scopes.clone_from(&g.scopes);
        (new.clocked, new.clear) = (g.clocked, g.clear);
    });
    let memories = Memories::declare(g, &b, &demand.iter().map(Option::is_some).collect::<Vec<_>>());
    for v in g.ids() {
        let Some(range) = demand[v.index()] else { continue };
        let node = g.node(v);
        if matches!(node.op, Op::Input(_)) {
            continue;
        }
        // Bits [lo, hi) of an old value.
        let fetch = |a: ValueId, r: Range| {
            let have = demand[a.index()].expect("what a live value reads is live");
            let new = map[a.index()].expect("arguments come first");
            new.bits(r.hi - have.lo - 1, r.lo - have.lo)
        };
        let new = match node.op {
            Op::Read(p) => memories.read(g, p).bits(range.hi - 1, range.lo),
            _ => rebuild(&b, g, v, node, range, &fetch),
        };
        let whole = range.hi - range.lo == node.width;
        b.edit(|n| carry_over(g, n, v, new.id(), whole));
        if g.registered.contains(&v) {
            new.registered();
        }
        map[v.index()] = Some(new);
    }
    for s in &g.states {
        let (Some(next), Some(read)) = (s.next, map[s.read.index()]) else { continue };
        let r = demand[s.read.index()].expect("the state is live");
        let have = demand[next.index()].expect("what a live state gets is live");
        let value = map[next.index()].expect("all values are mapped");
        read.write_state(value.bits(r.hi - have.lo - 1, r.lo - have.lo));
    }
    reconnect(g, &b, &memories, &map);
    b.finish()
}

/// Name, comment and scope move to the new value; a name only where it still says the same.
pub(crate) fn carry_over(old: &Graph, new: &mut Graph, from: ValueId, to: ValueId, whole: bool) {
    if new.constant(to).is_some() {
        return;
    }
    if old.own_table.contains(&from) {
        new.own_table.insert(to);
    }
    if let Some(name) = old.names.get(&from) {
        let taken = matches!(new.node(to).op, Op::Input(_));
        if !taken && (whole || !matches!(new.node(to).op, Op::Slice(_))) {
            new.names.entry(to).or_insert_with(|| name.clone());
        }
    }
    if let Some(note) = old.notes.get(&from) {
        new.notes.entry(to).or_insert_with(|| note.clone());
    }
    if let Some(scope) = old.scope_of.get(&from) {
        new.scope_of.entry(to).or_insert(*scope);
    }
}

/// The memories of a graph while it is rebuilt by another builder.
pub(crate) struct Memories<'b> {
    new: Vec<Option<Memory<'b>>>,
}

impl<'b> Memories<'b> {
    pub(crate) fn declare(g: &Graph, b: &'b Builder, live: &[bool]) -> Self {
        let used = g.live_memories(live);
        let declare = |(m, used): (&crate::ir::Memory, bool)| {
            used.then(|| b.memory_of(crate::ir::Memory { write: None, ..m.clone() }))
        };
        Self { new: g.memories.iter().zip(used).map(declare).collect() }
    }

    pub(crate) fn read(&self, g: &Graph, port: u32) -> Bits<'b> {
        let p = &g.reads[port as usize];
        let name = g.names.get(&p.read).cloned().unwrap_or_default();
        self.new[p.memory as usize].expect("a memory that is read is live").read(&name)
    }

    /// Connects the ports when everything has its new value.
    fn connect(&self, g: &Graph, map: &[Option<Bits<'b>>]) {
        let of = |v: ValueId| map[v.index()].expect("what a live memory gets is live");
        for (old, new) in g.memories.iter().zip(&self.new) {
            if let (Some(w), Some(new)) = (old.write, new) {
                new.write(of(w.enable), of(w.address), of(w.data));
            }
        }
        for p in &g.reads {
            let Some(data) = map[p.read.index()] else { continue };
            let b = data.builder();
            // A part of the data is a slice of the port.
            let port = b.edit(|n| match n.node(data.id()).op {
                Op::Slice(_) => n.node(data.id()).args[0],
                _ => data.id(),
            });
            let (Some(enable), Some(address)) = (p.enable, p.address) else { continue };
            if let Some(m) = self.new[p.memory as usize] {
                m.connect(Bits::of(b, port), of(enable), of(address));
            }
        }
    }
}

/// What a rebuilt graph gets when every value has its new one, but for the states' next values: what loads and clears them, the order
/// of stages, the ports of memories, the outputs.
pub(crate) fn reconnect<'b>(g: &Graph, b: &'b Builder, memories: &Memories<'b>, map: &[Option<Bits<'b>>]) {
    for s in &g.states {
        let (Some(_), Some(read)) = (s.next, map[s.read.index()]) else { continue };
        let enable = s.enable.map(|e| map[e.index()].expect("an enable is live"));
        b.edit(|n| {
            let Op::State(new) = n.node(read.id()).op else { unreachable!("a state is rebuilt as a state") };
            let new = &mut n.states[new as usize];
            (new.enable, new.reset) = (enable.map(Bits::id), s.reset);
        });
    }
    for (earlier, later, stages) in &g.later {
        if let (Some(earlier), Some(later)) = (map[earlier.index()], map[later.index()]) {
            later.later_by(*stages, earlier);
        }
    }
    memories.connect(g, map);
    for (name, v) in &g.outputs {
        b.output(name, map[v.index()].expect("outputs are live"));
    }
}

fn rebuild<'b>(
    b: &'b Builder,
    g: &Graph,
    v: ValueId,
    node: &Node,
    r: Range,
    fetch: &dyn Fn(ValueId, Range) -> Bits<'b>,
) -> Bits<'b> {
    let full = |a: ValueId| fetch(a, Range { lo: 0, hi: g.node(a).width });
    let arg = |i: usize| node.args[i];
    let width = r.hi - r.lo;
    match &node.op {
        Op::Input(_) | Op::Read(_) => unreachable!("ports are mapped first"),
        Op::Const(c) => {
            let value = crate::ir::eval::truncate(c >> r.lo, width);
            b.lit(value, width)
        }
        Op::State(s) => {
            let s = &g.states[*s as usize];
            b.state(&s.name, width, s.restart.map(full))
        }
        Op::Slice(lo) => fetch(arg(0), Range { lo: lo + r.lo, hi: lo + r.hi }),
        Op::Concat => {
            let (mut parts, mut base) = (Vec::new(), 0);
            for a in node.args.iter().rev() {
                let w = g.node(*a).width;
                let (from, to) = (r.lo.max(base), r.hi.min(base + w));
                if from < to {
                    parts.push(fetch(*a, Range { lo: from - base, hi: to - base }));
                }
                base += w;
            }
            parts.into_iter().reduce(|low, high| high.cat(low)).expect("a range is not empty")
        }
        Op::Not | Op::And | Op::Or | Op::Xor => {
            let args: Vec<Bits<'b>> = node.args.iter().map(|a| fetch(*a, r)).collect();
            b.make(node.op.clone(), &args, width)
        }
        Op::Mux => full(arg(0)).mux(fetch(arg(1), r), fetch(arg(2), r)),
        Op::Add | Op::Sub => {
            let low = Range { lo: 0, hi: r.hi };
            let mut args = vec![fetch(arg(0), low), fetch(arg(1), low)];
            args.extend(node.args.get(2).map(|c| full(*c)));
            let sum = b.make(node.op.clone(), &args, r.hi);
            b.edit(|n| carry_over(g, n, v, sum.id(), true));
            sum.bits(r.hi - 1, r.lo)
        }
        Op::Mul => {
            let cut = |a: ValueId| fetch(a, Range { lo: 0, hi: g.node(a).width.min(r.hi) });
            let (x, y) = (cut(arg(0)), cut(arg(1)));
            let product = b.make(Op::Mul, &[x, y], x.width() + y.width());
            b.edit(|n| carry_over(g, n, v, product.id(), true));
            product.bits(r.hi - 1, r.lo)
        }
        Op::Replicate => full(arg(0)).replicate(width),
        Op::Shl => fetch(arg(0), Range { lo: 0, hi: r.hi }).shift_left(full(arg(1))).bits(r.hi - 1, r.lo),
        Op::Shr => {
            let w = node.width;
            let x = fetch(arg(0), Range { lo: r.lo, hi: w });
            x.shift_right(full(arg(1))).low(width)
        }
        Op::Lookup(t) => {
            let table = g.tables.get_index(*t as usize).expect("a known table").clone();
            let t = b.edit(|n| n.tables.insert_full(table).0);
            b.make(Op::Lookup(t as u32), &[full(arg(0))], node.width).bits(r.hi - 1, r.lo)
        }
        Op::Lut(_) => {
            let args: Vec<Bits<'b>> = node.args.iter().map(|a| full(*a)).collect();
            b.make(node.op.clone(), &args, node.width).bits(r.hi - 1, r.lo)
        }
        Op::Chain(_) | Op::Carry => {
            let args: Vec<Bits<'b>> = node.args.iter().map(|a| full(*a)).collect();
            let sum = b.make(node.op.clone(), &args, node.width);
            b.edit(|n| carry_over(g, n, v, sum.id(), true));
            sum.bits(r.hi - 1, r.lo)
        }
        Op::AndReduce | Op::OrReduce | Op::XorReduce | Op::Eq | Op::Ult => {
            let args: Vec<Bits<'b>> = node.args.iter().map(|a| full(*a)).collect();
            b.make(node.op.clone(), &args, 1)
        }
    }
}

/// Which bits of each value are read; `None` where none is.
fn demand(g: &Graph) -> Vec<Option<Range>> {
    let mut demand: Vec<Option<Range>> = vec![None; g.len()];
    for (_, v) in &g.outputs {
        let w = g.node(*v).width;
        demand[v.index()] = Some(Range { lo: 0, hi: w });
    }
    // States feed values of earlier ids: repeat until nothing changes. Ranges only grow, so this ends.
    loop {
        let before = demand.clone();
        for v in g.ids().rev() {
            if let Some(r) = demand[v.index()] {
                propagate(g, v, r, &mut demand);
            }
        }
        if demand == before {
            return demand;
        }
    }
}

fn propagate(g: &Graph, v: ValueId, r: Range, demand: &mut [Option<Range>]) {
    let node = g.node(v);
    let mut need = |a: ValueId, r: Range| demand[a.index()] = Some(r.join(demand[a.index()]));
    let all = |a: ValueId| Range { lo: 0, hi: g.node(a).width };
    match &node.op {
        Op::Input(_) | Op::Const(_) => {}
        Op::State(s) => {
            let s = &g.states[*s as usize];
            if let Some(next) = s.next {
                need(next, r);
            }
            s.restart.into_iter().chain(s.enable).for_each(|c| need(c, all(c)));
        }
        Op::Read(p) => g.sources(*p).for_each(|a| need(a, all(a))),
        Op::Slice(lo) => need(node.args[0], Range { lo: lo + r.lo, hi: lo + r.hi }),
        Op::Concat => {
            let mut base = 0;
            for a in node.args.iter().rev() {
                let w = g.node(*a).width;
                let (from, to) = (r.lo.max(base), r.hi.min(base + w));
                if from < to {
                    need(*a, Range { lo: from - base, hi: to - base });
                }
                base += w;
            }
        }
        Op::Not | Op::And | Op::Or | Op::Xor => node.args.iter().for_each(|a| need(*a, r)),
        Op::Mux => {
            need(node.args[0], all(node.args[0]));
            need(node.args[1], r);
            need(node.args[2], r);
        }
        Op::Add | Op::Sub => {
            node.args[..2].iter().for_each(|a| need(*a, Range { lo: 0, hi: r.hi }));
            node.args[2..].iter().for_each(|a| need(*a, all(*a)));
        }
        Op::Mul => {
            node.args.iter().for_each(|a| need(*a, Range { lo: 0, hi: r.hi.min(g.node(*a).width) }));
        }
        Op::Shl => {
            need(node.args[0], Range { lo: 0, hi: r.hi });
            need(node.args[1], all(node.args[1]));
        }
        Op::Shr => {
            need(node.args[0], Range { lo: r.lo, hi: node.width });
            need(node.args[1], all(node.args[1]));
        }
        _ => node.args.iter().for_each(|a| need(*a, all(*a))),
    }
}
