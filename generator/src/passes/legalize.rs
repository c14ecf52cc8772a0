//! Rewrites operations that no stage of the clock could hold into several that fit.
//!
//! What has a structure of its own (adders, shifters, tables, products) becomes that structure; the scheduler
//! then places registers inside it. What cannot be split further is left to the scheduler, whose message
//! names it.
use super::cluster::delay;
use super::trim::{Memories, carry_over, reconnect};
use super::wires::spread;
use crate::builder::{Bits, Builder, Context};
use crate::ir::{Graph, Op, ValueId};
use crate::structures::{adder, multiplier};

/// Structures are made of operations that may have to be split in turn; more often than this means never.
const MOST_PASSES: u32 = 6;

/// The same function in operations that fit the clock, as far as they can be split.
pub fn legalize(g: &Graph, context: &Context) -> Graph {
    let mut graph = pass(g, context);
    for _ in 1..MOST_PASSES {
        let live = graph.live();
        let spread = spread(&graph, &live, &context.target);
        let slow = |v: ValueId| delay(&graph, v, &context.target) + spread[v.index()] > context.budget_ps;
        if !graph.ids().any(|v| live[v.index()] && (slow(v) || may_be_in_tables(&graph, v, context))) {
            break;
        }
        graph = pass(&graph, context);
    }
    if !context.target.chain_inverts() {
        invert_in_tables(&mut graph, context);
    }
    graph
}

/// Gives every inverse that a carry chain adds tables of its own: they may stand a stage before it, and join with what
/// computes the value.
fn invert_in_tables(g: &mut Graph, context: &Context) {
    let live = g.live();
    let shortest = context.target.carry_chain.shortest();
    let sums = g.ids().filter(|v| live[v.index()] && g.node(*v).op == Op::Add && g.node(*v).width > shortest);
    let mut added: Vec<ValueId> = sums.flat_map(|v| g.node(v).args.clone()).collect();
    let mut seen = vec![false; g.len()];
    while let Some(v) = added.pop() {
        if std::mem::replace(&mut seen[v.index()], true) {
            continue;
        }
        match g.node(v).op {
            Op::Not => {
                g.own_table.insert(v);
            }
            Op::Slice(_) | Op::Concat | Op::Replicate => added.extend(&g.node(v).args),
            _ => {}
        }
    }
}

fn pass(g: &Graph, context: &Context) -> Graph {
    let live = g.live();
    let spread = spread(g, &live, &context.target);
    let b = Builder::new(context.clone());
    b.edit(|new| {
        new.scopes.clone_from(&g.scopes);
        (new.clocked, new.clear) = (g.clocked, g.clear);
    });
    let memories = Memories::declare(g, &b, &live);
    let mut map: Vec<Option<Bits<'_>>> = vec![None; g.len()];
    let inputs: Vec<Bits<'_>> = g.inputs.iter().map(|(name, width)| b.input(name, *width)).collect();
    for v in g.ids().filter(|v| live[v.index()]) {
        let node = g.node(v);
        let args: Vec<Bits<'_>> =
            node.args.iter().map(|a| map[a.index()].expect("arguments come first")).collect();
        // Tables have other numbers here.
        let op = match &node.op {
            Op::Lookup(t) => {
                let table = g.tables.get_index(*t as usize).expect("a known table").clone();
                Op::Lookup(b.edit(|n| n.tables.insert_full(table).0) as u32)
            }
            op => op.clone(),
        };
        let new = match &op {
            Op::Input(i) => inputs[*i as usize],
            Op::State(s) => {
                let s = &g.states[*s as usize];
                b.state(&s.name, s.width, s.restart.map(|r| map[r.index()].expect("it precedes the state")))
            }
            Op::Read(p) => memories.read(g, *p),
            op => b.make(op.clone(), &args, node.width),
        };
        let budget = context.budget_ps - spread[v.index()];
        let new = if delay(g, v, &context.target) > budget || is_inverted_by_tables(g, v, context) {
            in_scope(g, &b, v, || split(&b, &op, &args, node.width, budget)).unwrap_or(new)
        } else {
            new
        };
        let new = if has_far_constants(g, v, context) {
            in_scope(g, &b, v, || mask(args[0], args[1], args[2]))
        } else {
            new
        };
        let new = if may_be_in_tables(g, v, context) {
            in_scope(g, &b, v, || adder::sum_in_tables(args[0], args[1], args.get(2).copied())).unwrap_or(new)
        } else {
            new
        };
        b.edit(|n| carry_over(g, n, v, new.id(), true));
        map[v.index()] = Some(if g.registered.contains(&v) { new.registered() } else { new });
    }
    for s in &g.states {
        if let (Some(next), Some(read)) = (s.next, map[s.read.index()]) {
            read.write_state(map[next.index()].expect("what a live state gets is live"));
        }
    }
    reconnect(g, &b, &memories, &map);
    b.finish()
}

/// New values belong where the old one stood.
fn in_scope<R>(g: &Graph, b: &Builder, v: ValueId, f: impl FnOnce() -> R) -> R {
    match g.scope_of.get(&v) {
        Some(s) => b.scope(&g.scopes[*s as usize], f),
        None => f(),
    }
}

/// Whether a carry chain subtracts a value that tables have to invert for it: made a sum, whose inverse may be computed
/// a stage before, by the table that computes the value.
fn is_inverted_by_tables(g: &Graph, v: ValueId, context: &Context) -> bool {
    let (node, target) = (g.node(v), &context.target);
    let subtracts = matches!(node.op, Op::Sub | Op::Ult) && g.constant(node.args[1]).is_none();
    subtracts && !target.chain_inverts() && g.node(node.args[0]).width > target.carry_chain.shortest()
}

/// Whether a short sum is faster in tables: where the carry out of a chain takes a table, and its register another.
fn may_be_in_tables(g: &Graph, v: ValueId, context: &Context) -> bool {
    let (node, target) = (g.node(v), &context.target);
    let short = node.width <= target.lut_inputs + 1;
    target.carry_chain.ends_with_carry() && node.op == Op::Add && short && !g.registered.contains(&v)
}

/// Whether synthesis may make the reset of registers of what a multiplexer chooses between, where the way there is long.
fn has_far_constants(g: &Graph, v: ValueId, context: &Context) -> bool {
    context.target.far_resets && g.node(v).op == Op::Mux && !g.registered.contains(&v)
}

/// A multiplexer that is one only where neither of its inputs is constant, and an AND or an OR elsewhere.
fn mask<'b>(select: Bits<'b>, one: Bits<'b>, zero: Bits<'b>) -> Bits<'b> {
    // The choice at a bit: whether a constant is chosen by 1 or by 0, and which.
    let choice = |i: u32| {
        let known = |b: Bits<'b>| b.bit(i).constant().map(|c| c == 1u8.into());
        known(one).map(|c| (true, c)).or_else(|| known(zero).map(|c| (false, c)))
    };
    let (width, mut lo) = (one.width(), 0);
    let mut result: Option<Bits<'b>> = None;
    while lo < width {
        let kind = choice(lo);
        let hi = (lo + 1..width).find(|i| choice(*i) != kind).unwrap_or(width);
        let (one, zero) = (one.bits(hi - 1, lo), zero.bits(hi - 1, lo));
        let part = match kind {
            None => select.mux(one, zero),
            Some((true, false)) => zero & (!select).replicate(hi - lo),
            Some((true, true)) => zero | select.replicate(hi - lo),
            Some((false, false)) => one & select.replicate(hi - lo),
            Some((false, true)) => one | (!select).replicate(hi - lo),
        };
        result = Some(result.map_or(part, |low| part.cat(low)));
        lo = hi;
    }
    result.expect("a value has bits")
}

/// The structure of an operation that is too slow as it is; `None` if it has none.
fn split<'b>(b: &'b Builder, op: &Op, args: &[Bits<'b>], width: u32, budget_ps: f64) -> Option<Bits<'b>> {
    let segment = adder::segment_width(&b.context().target, budget_ps);
    let add = |x: Bits<'b>, y: Bits<'b>| {
        if x.width() > segment { adder::segmented_add(x, y, segment) } else { x.wrapping_add(y) }
    };
    // x - y as x + ~y + 1, the one let in by an extra lowest bit.
    let sub = |x: Bits<'b>, y: Bits<'b>| {
        let one = b.lit(1u8, 1);
        add(x.cat(one), (!y).cat(one)).bits(x.width(), 1)
    };
    let result = match op {
        // The carry enters through an extra lowest bit.
        Op::Add if args.len() == 3 => add(args[0].cat(args[2]), args[1].cat(args[2])).bits(width, 1),
        Op::Add => add(args[0], args[1]),
        Op::Sub => sub(args[0], args[1]),
        Op::Ult => {
            let w = args[0].width() + 1;
            sub(args[0].zext(w), args[1].zext(w)).msb()
        }
        Op::Eq => !reduce(b, &Op::OrReduce, args[0] ^ args[1], budget_ps),
        Op::AndReduce | Op::OrReduce | Op::XorReduce => reduce(b, op, args[0], budget_ps),
        Op::Shl | Op::Shr => shift(b, op, args[0], args[1]),
        Op::Mul => multiplier::multiply(b, args[0], args[1]),
        Op::Lookup(t) => lookup(b, *t, args[0], width, budget_ps),
        _ => return None,
    };
    Some(result)
}

/// Bits that stand as far from each other as that many loads of one.
const FAR: u32 = 64;

/// A tree of reductions that fit the clock each, the ways to them included where there are many bits.
fn reduce<'b>(b: &'b Builder, op: &Op, x: Bits<'b>, budget_ps: f64) -> Bits<'b> {
    let target = &b.context().target;
    let inputs = target.lut_inputs.max(2);
    let mut group = inputs;
    let way = if x.width() > FAR { target.reaching(x.width()) } else { 0.0 };
    while group < x.width() && target.reduce(group * inputs) + way <= budget_ps {
        group *= inputs;
    }
    if x.width() <= group {
        return b.make(op.clone(), &[x], 1);
    }
    let mut parts: Option<Bits<'b>> = None;
    let mut lo = 0;
    while lo < x.width() {
        let hi = (lo + group).min(x.width());
        let part = b.make(op.clone(), &[x.bits(hi - 1, lo)], 1);
        parts = Some(parts.map_or(part, |p| part.cat(p)));
        lo = hi;
    }
    reduce(b, op, parts.expect("a value has bits"), budget_ps)
}

/// One level of multiplexers for each bit of the amount.
fn shift<'b>(b: &'b Builder, op: &Op, x: Bits<'b>, amount: Bits<'b>) -> Bits<'b> {
    let w = x.width();
    let mut value = x;
    for i in (0..amount.width()).rev() {
        let moved = if i >= 31 || 1 << i >= w {
            b.lit(0u8, w)
        } else {
            b.make(op.clone(), &[value, b.lit(1u64 << i, i + 1)], w)
        };
        value = amount.bit(i).mux(moved, value);
    }
    value
}

/// Two tables of half the size and a multiplexer.
fn lookup<'b>(b: &'b Builder, table: u32, index: Bits<'b>, width: u32, budget_ps: f64) -> Bits<'b> {
    let target = &b.context().target;
    if index.width() <= target.lut_inputs || target.rom(index.width()) <= budget_ps {
        return b.make(Op::Lookup(table), &[index], width);
    }
    let half = |upper: bool| {
        let t = b.edit(|g| {
            let mut t = g.tables.get_index(table as usize).expect("a known table").clone();
            let n = t.entries.len() / 2;
            t.entries = if upper { t.entries.split_off(n) } else { t.entries[..n].to_vec() };
            t.name = format!("{}_{}", t.name, if upper { "high" } else { "low" });
            g.tables.insert_full(t).0
        });
        lookup(b, t as u32, index.low(index.width() - 1), width, budget_ps)
    };
    index.msb().mux(half(true), half(false))
}
