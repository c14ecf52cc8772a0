//! What every graph must satisfy:
//! - arguments precede their users (ids are topological), `restart` precedes the read of its state;
//! - the number of arguments and all widths are as [`Op`] says; no width is 0;
//! - a constant fits its width; a slice lies inside its argument;
//! - a table has `2^index width` entries that fit its width;
//! - every live state has a `next` of its own width;
//! - enables, memories and their ports stand in clocked graphs only, `restart` in the others; ports of live memories
//!   are connected, with widths as the memory has them; contents fit.
use super::{Graph, Op};
use crate::cases::rows;

/// The first violation found, in words; it is a bug of whoever built the graph.
pub fn verify(g: &Graph) -> Result<(), String> {
    for v in g.ids() {
        let n = g.node(v);
        let w = |i: usize| g.node(n.args[i]).width;
        let fail = |what: &str| Err(format!("value {} ({:?}, {} bits): {what}", v.0, n.op, n.width));
        if n.args.iter().any(|a| *a >= v) {
            return fail("an argument does not precede it");
        }
        let arity = match n.op {
            Op::Input(_) | Op::Const(_) | Op::State(_) | Op::Read(_) => 0..=0,
            Op::Concat => 2..=usize::MAX,
            Op::Slice(_) | Op::Replicate | Op::Not | Op::Lookup(_) => 1..=1,
            Op::AndReduce | Op::OrReduce | Op::XorReduce => 1..=1,
            Op::Mux => 3..=3,
            Op::Add => 2..=3,
            Op::Chain(_) => 7..=7,
            Op::Lut(_) => 1..=6,
            Op::Carry => 3..=3,
            _ => 2..=2,
        };
        if n.width == 0 || !arity.contains(&n.args.len()) {
            return fail("width 0 or wrong number of arguments");
        }
        let ok = match &n.op {
            Op::Input(i) => g.inputs[*i as usize].1 == n.width,
            Op::Const(c) => c.bits() <= u64::from(n.width),
            Op::State(s) => g.states[*s as usize].width == n.width,
            Op::Read(p) => g.memories[g.reads[*p as usize].memory as usize].width == n.width,
            Op::Slice(lo) => lo + n.width <= w(0),
            Op::Concat => (0..n.args.len()).map(w).sum::<u32>() == n.width,
            Op::Replicate => w(0) == 1,
            Op::Not => w(0) == n.width,
            Op::Add if n.args.len() == 3 && w(2) != 1 => false,
            Op::And | Op::Or | Op::Xor | Op::Add | Op::Sub => w(0) == n.width && w(1) == n.width,
            Op::AndReduce | Op::OrReduce | Op::XorReduce => n.width == 1,
            Op::Mul => w(0) + w(1) == n.width,
            Op::Eq | Op::Ult => w(0) == w(1) && n.width == 1,
            Op::Mux => w(0) == 1 && w(1) == n.width && w(2) == n.width,
            Op::Shl | Op::Shr => w(0) == n.width,
            Op::Lookup(t) => g.tables.get_index(*t as usize).is_some_and(|t| {
                t.width == n.width
                    && t.entries.len() == 1 << w(0)
                    && t.entries.iter().all(|e| e.bits() <= u64::from(t.width))
            }),
            Op::Carry => w(0) + 1 == n.width && w(1) + 1 == n.width && w(2) == 1,
            Op::Lut(contents) => {
                let bits = (0..n.args.len()).all(|i| w(i) == 1);
                let outside = !rows(n.args.len());
                bits && match n.width {
                    1 => contents & outside == 0,
                    2 => {
                        n.args.len() <= 5
                            && [*contents, contents >> 32]
                                .iter()
                                .all(|c| c & outside & u64::from(u32::MAX) == 0)
                    }
                    _ => false,
                }
            }
            Op::Chain(tables) => {
                let bits = tables.len() as u32;
                (0..6).all(|i| w(i) == bits) && w(6) == 1 && n.width == bits + 1
            }
        };
        if !ok {
            return fail("widths do not agree");
        }
    }
    let live = g.live();
    for s in g.states.iter().filter(|s| live[s.read.index()]) {
        let Some(next) = s.next else { return Err(format!("state {} is never written", s.name)) };
        if g.node(next).width != s.width {
            return Err(format!("state {} of {} bits gets {} bits", s.name, s.width, g.node(next).width));
        }
        if s.restart.is_some_and(|r| r >= s.read || g.node(r).width != 1) {
            return Err(format!("restart of state {} is not one bit that precedes it", s.name));
        }
        if s.enable.is_some_and(|e| !g.clocked || g.node(e).width != 1) || s.restart.is_some() && g.clocked {
            return Err(format!("enable or restart of state {} in the wrong kind of graph", s.name));
        }
    }
    memories(g, &live)
}

fn memories(g: &Graph, live: &[bool]) -> Result<(), String> {
    if !g.clocked && (!g.memories.is_empty() || g.clear.is_some()) {
        return Err("a memory or a clear in a graph that is not clocked".into());
    }
    if g.clear.is_some_and(|i| g.inputs.get(i as usize).is_none_or(|p| p.1 != 1)) {
        return Err("what clears is not an input port of one bit".into());
    }
    for (m, used) in g.memories.iter().zip(g.live_memories(live)) {
        let fits = m.entries.len() <= 1 << m.index_width
            && m.entries.iter().all(|e| e.bits() <= u64::from(m.width))
            && m.write.is_none_or(|w| {
                let widths = [w.enable, w.address, w.data].map(|v| g.node(v).width);
                widths == [1, m.index_width, m.width]
            });
        if used && !fits {
            return Err(format!("contents or write port of memory {} do not fit it", m.name));
        }
    }
    for p in g.reads.iter().filter(|p| live[p.read.index()]) {
        let m = &g.memories[p.memory as usize];
        let (Some(enable), Some(address)) = (p.enable, p.address) else {
            return Err(format!("a read port of memory {} is not connected", m.name));
        };
        if g.node(enable).width != 1 || g.node(address).width != m.index_width {
            return Err(format!("a read port of memory {} has the wrong widths", m.name));
        }
    }
    Ok(())
}
