//! Groups operations into clusters that one lookup table, one carry chain or one gate computes, and states the
//! scheduling problem over them.
//!
//! A multiplexer in front of an exclusive or in front of an adder costs nothing on an FPGA as long as all of
//! it has no more inputs than the lookup table: delays belong to clusters, not to operations. An operation
//! joins the cluster of its user if that is its only one. Pipeline registers stand between clusters only.
use super::wires::{self, Leaf};
use crate::builder::Context;
use crate::ir::{Graph, Op, ValueId};
use crate::schedule::{Node, Problem, Schedule};
use crate::target::{Kind, Target};
use smallvec::{SmallVec, smallvec};
use std::ops::Range;

/// Clusters of a graph.
pub struct Clusters {
    /// Whether the value reaches an output.
    pub live: Vec<bool>,
    /// The cluster's root: the value itself, or the user that it joined.
    pub root: Vec<ValueId>,
    /// Scheduler's node of a root; constants have none.
    pub node: Vec<Option<usize>>,
    /// The root behind each scheduler's node.
    pub value: Vec<ValueId>,
    /// The problem.
    pub problem: Problem,
    /// Lookup tables (gates, for a process without them) by a count of the clusters: an estimate.
    pub tables: u64,
}

impl Clusters {
    /// The stage of every value.
    pub fn stages(&self, g: &Graph, schedule: &Schedule) -> Vec<u32> {
        g.ids().map(|v| self.node[self.root[v.index()].index()].map_or(0, |n| schedule.stage[n])).collect()
    }
}

/// How an operation is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Ports, constants, registers.
    Source,
    /// Costs nothing.
    Wire,
    /// A constant or a value, with a register right behind: the register's synchronous set and reset, which
    /// cost nothing.
    Gate,
    /// Joins others in a lookup table.
    Logic,
    /// A carry chain: the tables in front of it are its own.
    Chain,
    /// Something with a delay of its own.
    Block,
}

fn class(g: &Graph, v: ValueId, target: &Target) -> Class {
    let n = g.node(v);
    if is_gate(g, v, target) {
        return Class::Gate;
    }
    let in_table = |bits: u32| if bits <= target.lut_inputs { Class::Logic } else { Class::Block };
    match n.op {
        Op::Input(_) | Op::Const(_) | Op::State(_) | Op::Read(_) => Class::Source,
        // For a carry chain that does not invert.
        Op::Not if g.own_table.contains(&v) => Class::Logic,
        Op::Slice(_) | Op::Concat | Op::Replicate | Op::Not => Class::Wire,
        Op::And | Op::Or | Op::Xor | Op::Mux => Class::Logic,
        Op::AndReduce | Op::OrReduce | Op::XorReduce | Op::Lookup(_) => in_table(g.node(n.args[0]).width),
        Op::Eq => {
            let constant = n.args.iter().any(|a| g.constant(*a).is_some());
            in_table(g.node(n.args[0]).width * if constant { 1 } else { 2 })
        }
        Op::Add | Op::Sub => Class::Chain,
        // Printed as it is: nothing joins its tables.
        Op::Ult | Op::Mul | Op::Shl | Op::Shr | Op::Chain(_) | Op::Carry | Op::Lut(_) => Class::Block,
    }
}

fn is_gate(g: &Graph, v: ValueId, target: &Target) -> bool {
    let n = g.node(v);
    let constant_arm = n.op == Op::Mux && n.args[1..].iter().any(|a| g.constant(*a).is_some());
    target.kind == Kind::Lut && constant_arm && g.registered.contains(&v)
}

/// Whether a value is nothing but other values' bits.
pub(super) fn is_wire(g: &Graph, v: ValueId, target: &Target) -> bool {
    class(g, v, target) == Class::Wire
}

/// The delay of an operation by itself, picoseconds.
pub fn delay(g: &Graph, v: ValueId, target: &Target) -> f64 {
    let n = g.node(v);
    if is_gate(g, v, target) {
        return 0.0;
    }
    let width = |i: usize| g.node(n.args[i]).width;
    match &n.op {
        Op::Input(_) | Op::Const(_) | Op::State(_) => 0.0,
        Op::Read(_) => target.memory(),
        Op::Not if g.own_table.contains(&v) => target.lut_level(),
        Op::Slice(_) | Op::Concat | Op::Replicate | Op::Not => 0.0,
        Op::And | Op::Or | Op::Xor => target.lut_level(),
        Op::Mux => target.mux_n(2),
        Op::AndReduce | Op::OrReduce | Op::XorReduce => target.reduce(width(0)),
        Op::Eq if n.args.iter().any(|a| g.constant(*a).is_some()) => target.reduce(width(0)),
        Op::Eq => target.equal(width(0)),
        Op::Add | Op::Sub => target.add(n.width + n.args.len() as u32 - 2),
        // The tables of an adder stand beside its carries: no wire is between them.
        Op::Carry if has_tables(g, n.args[0]) => target.add(n.width) - target.lut_level(),
        Op::Chain(_) | Op::Carry => target.add(n.width),
        Op::Lut(_) => target.lut_level(),
        Op::Ult => target.compare(width(0)),
        // A clocked core puts registers around a product that is to be in a DSP block.
        Op::Mul if n.args.iter().all(|a| matches!(g.node(*a).op, Op::State(_))) && g.clocked => target
            .product_between_registers(width(0), width(1))
            .unwrap_or_else(|| target.mul(width(0), width(1))),
        Op::Mul => target.mul(width(0), width(1)),
        Op::Shl | Op::Shr => target.shift(1 << width(1).min(31)),
        Op::Lookup(_) => target.rom(width(0)),
    }
}

/// Whether tables make all bits of a word that are not constant.
fn has_tables(g: &Graph, word: ValueId) -> bool {
    match g.node(word).op {
        Op::Concat | Op::Slice(_) => g.node(word).args.iter().all(|part| has_tables(g, *part)),
        Op::Const(_) | Op::Lut(_) => true,
        _ => false,
    }
}

/// Clusters a graph for a target and states the problem for a clock.
///
/// `turns`: independent sums served in turn; `pipelined`: whether there is a clock to meet.
pub fn cluster(g: &Graph, context: &Context, turns: u32, pipelined: bool) -> Clusters {
    let target = &context.target;
    let live = g.live();
    let mut users = vec![0u32; g.len()];
    for v in g.ids().filter(|v| live[v.index()]) {
        g.node(v).args.iter().for_each(|a| users[a.index()] += 1);
    }
    // What leaves the graph stays a root.
    g.outputs.iter().for_each(|(_, v)| users[v.index()] += 2);
    for s in g.states.iter().filter(|s| live[s.read.index()]) {
        s.next.into_iter().chain(s.restart).chain(s.enable).for_each(|v| users[v.index()] += 2);
    }
    for (p, _) in g.reads.iter().enumerate().filter(|(_, p)| live[p.read.index()]) {
        g.sources(p as u32).for_each(|v| users[v.index()] += 2);
    }

    if pipelined {
        g.registered.iter().chain(&g.own_table).for_each(|v| users[v.index()] += 2);
    }

    let limit = if target.kind == Kind::Gates { 0 } else { target.lut_inputs as usize };
    let absorbs = target.carry_chain.absorbs();
    let mut grouping =
        Grouping { g, target, users, cut: Vec::with_capacity(g.len()), joined: vec![None; g.len()] };
    for v in g.ids() {
        let own: Cut = if g.constant(v).is_some() {
            vec![SmallVec::new(); g.node(v).width as usize]
        } else {
            (0..g.node(v).width).map(|i| smallvec![(v, i)]).collect()
        };
        let n = g.node(v);
        let class_of = if live[v.index()] { class(g, v, target) } else { Class::Source };
        let cut = match class_of {
            Class::Wire => grouping.wire(v),
            Class::Logic => grouping.draw_in(v, &n.args, limit),
            Class::Chain => {
                // One operand goes straight to the carry; the other may be computed in the chain's tables.
                if absorbs {
                    grouping.draw_in(v, &n.args[1..2], limit.saturating_sub(1));
                }
                own
            }
            Class::Source | Class::Gate | Class::Block => own,
        };
        grouping.cut.push(cut);
    }
    let Grouping { joined, cut, .. } = grouping;
    let tables = g.ids().filter(|v| live[v.index()] && joined[v.index()].is_none());
    let tables = tables.map(|v| size(g, v, target, &cut[v.index()])).sum();
    Clusters { tables, ..finish(g, context, turns, pipelined, live, &joined, &cut) }
}

/// Lookup tables that the root of a cluster takes.
fn size(g: &Graph, v: ValueId, target: &Target, cut: &Cut) -> u64 {
    let n = g.node(v);
    let k = u64::from(target.lut_inputs.max(2));
    // Inputs folded to one bit by a tree of tables.
    let fold = |bits: u64| bits.saturating_sub(1).div_ceil(k - 1);
    let (own, width) = (u64::from(n.width), |i: usize| u64::from(g.node(n.args[i]).width));
    match class(g, v, target) {
        Class::Source | Class::Wire | Class::Gate => 0,
        Class::Logic if n.args.len() == 1 || n.op == Op::Eq => own,
        Class::Logic => cut.iter().map(|bit| fold(bit.len() as u64)).sum(),
        Class::Chain => own,
        Class::Block => match &n.op {
            Op::Eq => fold(2 * width(0)),
            Op::Ult => width(0),
            Op::Chain(tables) => tables.len() as u64,
            Op::Lut(_) => 1,
            Op::Carry => 0,
            Op::Mul => width(0) * width(1),
            Op::Shl | Op::Shr => own * width(1).div_ceil(if k >= 6 { 2 } else { 1 }),
            Op::Lookup(_) => own << width(0).saturating_sub(k),
            _ => fold(width(0)),
        },
    }
}

/// Of each bit of a value, the inputs of the lookup table that computes it.
type Cut = Vec<SmallVec<[Leaf; 6]>>;

struct Grouping<'g> {
    g: &'g Graph,
    target: &'g Target,
    users: Vec<u32>,
    cut: Vec<Cut>,
    joined: Vec<Option<ValueId>>,
}

impl Grouping<'_> {
    /// Whether the value may be computed inside its user's table.
    fn may_join(&self, a: ValueId) -> bool {
        self.users[a.index()] == 1 && matches!(class(self.g, a, self.target), Class::Logic | Class::Wire)
    }

    /// The value as it is read: through wiring in any case, through logic only if `drawn`.
    fn view(&self, a: ValueId, drawn: bool) -> Cut {
        self.view_of(a, drawn, 0..self.g.node(a).width)
    }

    /// Some of its bits: a vector of a thousand elements is sliced a thousand times.
    fn view_of(&self, a: ValueId, drawn: bool, bits: Range<u32>) -> Cut {
        let wire = class(self.g, a, self.target) == Class::Wire;
        if drawn || wire && self.users[a.index()] != 1 || self.g.constant(a).is_some() {
            return self.cut[a.index()][bits.start as usize..bits.end as usize].to_vec();
        }
        bits.map(|i| smallvec![(a, i)]).collect()
    }

    fn wire(&self, v: ValueId) -> Cut {
        let g = self.g;
        let n = g.node(v);
        let alone = self.users[v.index()] == 1;
        let drawn = |a: ValueId| alone && self.may_join(a);
        let view = |a: ValueId| self.view(a, drawn(a));
        match n.op {
            Op::Slice(lo) => self.view_of(n.args[0], drawn(n.args[0]), lo..lo + n.width),
            Op::Replicate => vec![view(n.args[0])[0].clone(); n.width as usize],
            Op::Concat => n.args.iter().rev().flat_map(|a| view(*a)).collect(),
            _ => view(n.args[0]),
        }
    }

    /// Decides which of `args` join the cluster of `v` so that no bit's table has more than `limit` inputs, and
    /// returns what these are.
    fn draw_in(&mut self, v: ValueId, args: &[ValueId], limit: usize) -> Cut {
        let mut drawn: Vec<(ValueId, bool)> = args.iter().map(|a| (*a, self.may_join(*a))).collect();
        loop {
            let views: Vec<Cut> = drawn.iter().map(|(a, d)| self.view(*a, *d)).collect();
            let cut = self.combine(v, &views);
            let widest = cut.iter().map(SmallVec::len).max().unwrap_or(0);
            let size = |a: ValueId| self.cut[a.index()].iter().map(SmallVec::len).max().unwrap_or(0);
            let largest = drawn.iter_mut().filter(|(_, d)| *d).max_by_key(|(a, _)| size(*a));
            match largest {
                Some(largest) if widest > limit => largest.1 = false,
                _ => {
                    for (a, d) in drawn {
                        if d {
                            self.join(a, v);
                        }
                    }
                    return cut;
                }
            }
        }
    }

    fn combine(&self, v: ValueId, views: &[Cut]) -> Cut {
        let n = self.g.node(v);
        let add = |set: &mut SmallVec<[Leaf; 6]>, leaves: &[Leaf]| {
            for leaf in leaves {
                if !set.contains(leaf) {
                    set.push(*leaf);
                }
            }
        };
        let folds = matches!(n.op, Op::AndReduce | Op::OrReduce | Op::XorReduce | Op::Eq | Op::Lookup(_));
        (0..n.width as usize)
            .map(|i| {
                let mut set = SmallVec::new();
                for (k, view) in views.iter().enumerate() {
                    match n.op {
                        _ if folds => view.iter().for_each(|bit| add(&mut set, bit)),
                        Op::Mux if k == 0 => add(&mut set, &view[0]),
                        _ => add(&mut set, &view[i]),
                    }
                }
                set
            })
            .collect()
    }

    /// Puts `a` into the cluster of `user`. Wiring joins only with logic behind it: by itself it is free to be
    /// in any stage, which may save registers.
    fn join(&mut self, a: ValueId, user: ValueId) -> bool {
        let mut joins = class(self.g, a, self.target) == Class::Logic;
        if !joins {
            for b in self.g.node(a).args.clone() {
                joins |= self.may_join(b) && self.join(b, user);
            }
        }
        if joins {
            self.joined[a.index()] = Some(user);
        }
        joins
    }
}

fn finish(
    g: &Graph,
    context: &Context,
    turns: u32,
    pipelined: bool,
    live: Vec<bool>,
    joined: &[Option<ValueId>],
    cut: &[Cut],
) -> Clusters {
    let target = &context.target;
    let mut root: Vec<ValueId> = g.ids().collect();
    for v in g.ids().rev() {
        if let Some(user) = joined[v.index()] {
            root[v.index()] = root[user.index()];
        }
    }
    let table = |v: ValueId| (class(g, v, target) == Class::Logic).then(|| cut[v.index()].as_slice());
    let driving = wires::driving_tables(g, &live, target, &root, table);
    let mut reaching = vec![0f64; g.len()];
    for (v, ps) in g.ids().zip(wires::reaching(g, &live, target)) {
        let of = &mut reaching[root[v.index()].index()];
        *of = of.max(ps);
    }
    let sharing = wires::sharing(g, &live, target);
    let mut problem = Problem::new(context.budget_ps, target.overhead());
    let mut node: Vec<Option<usize>> = vec![None; g.len()];
    let mut value = Vec::new();
    let mut edges = Vec::new();
    for v in g.ids().filter(|v| live[v.index()] && root[v.index()] == *v) {
        let n = g.node(v);
        if matches!(n.op, Op::Const(_)) {
            continue;
        }
        // The ways to a register's reset and from shared data to it are nodes of their own, in the register's stage:
        // neither takes the other.
        let ways: Vec<usize> = if pipelined && is_gate(g, v, target) {
            let ways = wires::to_gate(g, v, target, &sharing);
            let ways = ways.into_iter().filter_map(|(a, ps)| Some((a, node[root[a.index()].index()]?, ps)));
            let add = |(a, from, ps): (ValueId, usize, f64)| {
                let name = format!("way to {}", g.names.get(&v).map_or("a register", |n| n));
                let way = problem.add(Node { delay_ps: ps, width: 0, name, ..Node::default() });
                value.push(a);
                edges.push((from, way));
                way
            };
            ways.map(add).collect()
        } else {
            Vec::new()
        };
        let own = delay(g, v, target);
        let twice = if sharing.kept_twice[v.index()] { target.second_register_ps } else { 0.0 };
        let all = own + reaching[v.index()] + driving[v.index()] + twice;
        node[v.index()] = Some(problem.add(Node {
            delay_ps: if own > 0.0 { all } else { 0.0 },
            width: n.width,
            fixed_stage: matches!(n.op, Op::Input(_)).then_some(0),
            min_stage: 0,
            name: g.names.get(&v).cloned().unwrap_or_else(|| describe(g, v)),
        }));
        value.push(v);
        let this = value.len() - 1;
        for way in ways {
            edges.push((way, this));
            problem.separations.push((this, way, 0));
        }
    }
    for v in g.ids().filter(|v| live[v.index()]) {
        let to = root[v.index()];
        for a in &g.node(v).args {
            let from = root[a.index()];
            if from != to
                && let (Some(from), Some(to)) = (node[from.index()], node[to.index()])
            {
                edges.push((from, to));
            }
        }
    }
    for v in g.registered.iter().filter(|_| pipelined) {
        if let Some(from) = node[v.index()] {
            let after = edges.iter().filter(|(f, _)| *f == from).map(|(_, to)| (from, *to, 1));
            problem.separations.extend(after);
        }
    }
    edges.sort_unstable();
    edges.dedup();
    problem.edges = edges;
    let at = |v: ValueId| node[root[v.index()].index()];
    for (earlier, later, stages) in g.later.iter().filter(|_| pipelined) {
        if let (Some(from), Some(to)) = (at(*earlier), at(*later))
            && from != to
        {
            problem.separations.push((from, to, *stages));
        }
    }
    problem.sinks = g.outputs.iter().filter_map(|o| at(o.1)).collect();
    for s in g.states.iter().filter(|s| !g.clocked && live[s.read.index()]) {
        let Some(read) = at(s.read) else { continue };
        if let Some(next) = s.next.and_then(at) {
            problem.recurrences.push((read, next, turns - 1));
            problem.separations.push((read, next, 0));
        }
        // A register is cleared at the edge before the token that restarts it arrives: one stage ahead.
        if let Some(restart) = s.restart.and_then(at) {
            problem.separations.push((restart, read, u32::from(pipelined)));
        }
    }
    Clusters { live, root, node, value, problem, tables: 0 }
}

/// An unnamed operation in words.
fn describe(g: &Graph, v: ValueId) -> String {
    let n = g.node(v);
    let of = n.args.iter().find_map(|a| g.names.get(a));
    let what = match n.op {
        Op::Add | Op::Chain(_) | Op::Carry => "sum",
        Op::Sub => "difference",
        Op::Mul => "product",
        Op::Mux => "selection",
        Op::Ult | Op::Eq => "comparison",
        Op::Shl | Op::Shr => "shift",
        Op::Lookup(_) | Op::Lut(_) => "table",
        Op::AndReduce | Op::OrReduce | Op::XorReduce => "reduction",
        _ => "logic",
    };
    match of {
        Some(name) => format!("{}-bit {what} of {name}", n.width),
        None => format!("{}-bit {what}", n.width),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Builder;
    use crate::passes::trim;

    /// Whether `a & b` of `(a & b) ^ c` has a table of its own.
    fn and_stands_alone(mhz: f64, own: bool) -> bool {
        let b = Builder::new(Context::new(Target::by_name("kintex7").expect("a known target"), mhz));
        let both = b.input("a", 4) & b.input("b", 4);
        let both = if own { both.own_table() } else { both };
        b.output("r", both ^ b.input("c", 4));
        let (v, context) = (both.id(), b.context().clone());
        b.edit(|g| cluster(g, &context, 1, mhz > 0.0).root[v.index()] == v)
    }

    /// Whether a selection among four words stands in one cluster, and picoseconds until its lower select bit, which is
    /// computed, is at all tables.
    fn four_words(target: &Target, width: u32) -> (bool, f64) {
        let b = Builder::new(Context::new(target.clone(), 300.0));
        let words: Vec<_> = (0..4).map(|k| b.input(&format!("w{k}"), width)).collect();
        let low = (b.input("p", 1) & b.input("q", 1)).named("low");
        let pairs = [low.mux(words[1], words[0]), low.mux(words[3], words[2])];
        b.output("r", b.input("high", 1).mux(pairs[1], pairs[0]));
        let (low, pairs, context) = (low.id(), pairs.map(|p| p.id()), b.context().clone());
        b.edit(|g| {
            let c = cluster(g, &context, 1, true);
            let node = c.node[c.root[low.index()].index()].expect("it is no constant");
            (pairs.iter().all(|p| c.root[p.index()] != *p), c.problem.nodes[node].delay_ps)
        })
    }

    #[test]
    fn a_select_bit_loads_a_table_of_two_conditions_once() {
        let mut steep = 0;
        for target in Target::all() {
            let (one, ps) = four_words(target, 12);
            let fits = target.has_wide_tables();
            assert_eq!(one, fits, "{}", target.name);
            let loads = if fits { 12 } else { 24 };
            assert_eq!(ps, target.lut_level() + target.driving(loads), "{}", target.name);
            steep += u32::from(fits && target.driving(24) > target.driving(12));
        }
        assert!(steep > 0, "targets of six inputs on which loads cost something");
    }

    #[test]
    fn values_with_a_table_of_their_own_do_not_join_their_user() {
        assert!(!and_stands_alone(300.0, false));
        assert!(and_stands_alone(300.0, true));
        assert!(!and_stands_alone(0.0, true));
    }

    #[test]
    fn a_sum_of_which_some_bits_are_read_stays_later() {
        let context = Context::new(Target::by_name("ecp5").expect("a known target"), 300.0);
        let b = Builder::new(context.clone());
        let (x, y) = (b.input("x", 4), b.input("y", 4));
        let both = (x & y).named("both");
        let sum = both.wrapping_add(x).later_than(both);
        b.output("r", sum.bit(1).cat(both.bit(1)));
        b.output("s", sum.bits(3, 2));
        let g = trim::trim(&trim::trim(&b.finish(), &context), &context);
        let c = cluster(&g, &context, 1, true);
        assert!(c.problem.separations.iter().any(|(_, _, stages)| *stages == 1), "{:?}", g.later);
    }
}
