//! Groups operations into clusters that one lookup table, one carry chain or one gate computes, and states the
//! scheduling problem over them.
//!
//! A multiplexer in front of an exclusive or in front of an adder costs nothing on an FPGA as long as all of
//! it has no more inputs than the lookup table: delays belong to clusters, not to operations. An operation
//! joins the cluster of its user if that is its only one. Pipeline registers stand between clusters only.
use crate::builder::Context;
use crate::ir::{Graph, Op, ValueId};
use crate::schedule::{Node, Problem};
use crate::target::{CarryChain, Kind, Target};

/// One bit among the inputs of a lookup table: a value and, where an operation folds a word, which of its bits.
type Leaf = (ValueId, u32);

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
}

/// How an operation is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Ports, constants, registers.
    Source,
    /// Costs nothing.
    Wire,
    /// Joins others in a lookup table.
    Logic,
    /// A carry chain: the tables in front of it are its own.
    Chain,
    /// Something with a delay of its own.
    Block,
}

fn class(g: &Graph, v: ValueId, target: &Target) -> Class {
    let n = g.node(v);
    let in_table = |bits: u32| if bits <= target.lut_inputs { Class::Logic } else { Class::Block };
    match n.op {
        Op::Input(_) | Op::Const(_) | Op::State(_) => Class::Source,
        Op::Slice(_) | Op::Concat | Op::Replicate | Op::Not => Class::Wire,
        Op::And | Op::Or | Op::Xor | Op::Mux => Class::Logic,
        Op::AndReduce | Op::OrReduce | Op::XorReduce | Op::Lookup(_) => in_table(g.node(n.args[0]).width),
        Op::Eq => {
            let constant = n.args.iter().any(|a| g.constant(*a).is_some());
            in_table(g.node(n.args[0]).width * if constant { 1 } else { 2 })
        }
        Op::Add | Op::Sub => Class::Chain,
        Op::Ult | Op::Mul | Op::Shl | Op::Shr => Class::Block,
    }
}

/// The delay of an operation by itself, picoseconds.
pub fn delay(g: &Graph, v: ValueId, target: &Target) -> f64 {
    let n = g.node(v);
    let width = |i: usize| g.node(n.args[i]).width;
    match &n.op {
        Op::Input(_) | Op::Const(_) | Op::State(_) => 0.0,
        Op::Slice(_) | Op::Concat | Op::Replicate | Op::Not => 0.0,
        Op::And | Op::Or | Op::Xor => target.lut_level(),
        Op::Mux => target.mux_n(2),
        Op::AndReduce | Op::OrReduce | Op::XorReduce => target.reduce(width(0)),
        Op::Eq if n.args.iter().any(|a| g.constant(*a).is_some()) => target.reduce(width(0)),
        Op::Eq => target.equal(width(0)),
        Op::Add | Op::Sub => target.add(n.width),
        Op::Ult => target.compare(width(0)),
        Op::Mul => target.mul(width(0), width(1)),
        Op::Shl | Op::Shr => target.shift(1 << width(1).min(31)),
        Op::Lookup(_) => target.rom(width(0)),
    }
}

/// Loads of a one-bit value, where it steers or is repeated over words.
fn loads(g: &Graph, live: &[bool]) -> Vec<u32> {
    let mut loads = vec![0u32; g.len()];
    for v in g.ids().filter(|v| live[v.index()]) {
        let n = g.node(v);
        for (i, a) in n.args.iter().enumerate() {
            let w = match n.op {
                Op::Mux if i == 0 => n.width,
                Op::Replicate => n.width,
                _ => 1,
            };
            if g.node(*a).width == 1 {
                loads[a.index()] += w;
            }
        }
    }
    loads
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
        s.next.into_iter().chain(s.restart).for_each(|v| users[v.index()] += 2);
    }

    if pipelined {
        g.registered.iter().for_each(|v| users[v.index()] += 2);
    }

    let limit = if target.kind == Kind::Gates { 0 } else { target.lut_inputs as usize };
    let absorbs = matches!(target.carry_chain, CarryChain::Carry4 | CarryChain::Carry8 | CarryChain::Ccu2);
    let mut joined: Vec<Option<ValueId>> = vec![None; g.len()];
    let mut cut: Vec<Vec<Leaf>> = Vec::with_capacity(g.len());
    for v in g.ids() {
        let own = vec![(v, 0)];
        if !live[v.index()] {
            cut.push(own);
            continue;
        }
        let class_of = class(g, v, target);
        let n = g.node(v);
        let leaves = match class_of {
            Class::Wire => wire_cut(g, v, &users, &cut, target),
            Class::Logic if n.args.len() == 1 || matches!(n.op, Op::Eq) => {
                // Folds words: one leaf a bit. Nothing is drawn in, the count is already right.
                let words = n.args.iter().filter(|a| g.constant(**a).is_none());
                words.flat_map(|a| (0..g.node(*a).width).map(|i| (*a, i))).collect()
            }
            Class::Logic => draw_in(g, v, &n.args, limit, &users, &cut, &mut joined, target),
            Class::Chain if absorbs => {
                // One operand goes straight to the carry; the other may be computed in the chain's tables.
                let other = n.args[1];
                draw_in(g, v, &[other], limit.saturating_sub(1), &users, &cut, &mut joined, target);
                own
            }
            _ => own,
        };
        cut.push(leaves);
    }
    finish(g, context, turns, pipelined, live, &joined)
}

/// Leaves of wiring: those of what it passes on, if it is the only user, else the wire itself.
fn wire_cut(g: &Graph, v: ValueId, users: &[u32], cut: &[Vec<Leaf>], target: &Target) -> Vec<Leaf> {
    let n = g.node(v);
    let own = vec![(v, 0)];
    // Through a slice or an inverter of something that nobody else reads; a concatenation passes on its worst part.
    let mut worst: Vec<Leaf> = Vec::new();
    for a in &n.args {
        if g.constant(*a).is_some() {
            continue;
        }
        let through = users[a.index()] == 1 && matches!(class(g, *a, target), Class::Logic | Class::Wire);
        let leaves = if through { cut[a.index()].clone() } else { vec![(*a, 0)] };
        if leaves.len() > worst.len() {
            worst = leaves;
        }
    }
    if worst.is_empty() { own } else { worst }
}

/// Decides which arguments join the cluster of `v` and returns the leaves that are left.
#[expect(clippy::too_many_arguments, reason = "the state of one loop")]
fn draw_in(
    g: &Graph,
    v: ValueId,
    args: &[ValueId],
    limit: usize,
    users: &[u32],
    cut: &[Vec<Leaf>],
    joined: &mut [Option<ValueId>],
    target: &Target,
) -> Vec<Leaf> {
    let mut drawn: Vec<(ValueId, bool)> = args
        .iter()
        .filter(|a| g.constant(**a).is_none())
        .map(|a| {
            let fits = matches!(class(g, *a, target), Class::Logic | Class::Wire) && users[a.index()] == 1;
            (*a, fits)
        })
        .collect();
    loop {
        let mut leaves: Vec<Leaf> = Vec::new();
        for (a, fits) in &drawn {
            let of = if *fits { cut[a.index()].clone() } else { vec![(*a, 0)] };
            for leaf in of {
                if !leaves.contains(&leaf) {
                    leaves.push(leaf);
                }
            }
        }
        let largest = drawn.iter_mut().filter(|(_, fits)| *fits).max_by_key(|(a, _)| cut[a.index()].len());
        match largest {
            Some(largest) if leaves.len() > limit => largest.1 = false,
            _ => {
                for (a, fits) in drawn {
                    if fits {
                        join(g, a, v, users, joined, target);
                    }
                }
                return leaves;
            }
        }
    }
}

fn join(
    g: &Graph,
    a: ValueId,
    user: ValueId,
    users: &[u32],
    joined: &mut [Option<ValueId>],
    target: &Target,
) {
    joined[a.index()] = Some(user);
    if class(g, a, target) == Class::Wire {
        for b in &g.node(a).args {
            let through = users[b.index()] == 1 && matches!(class(g, *b, target), Class::Logic | Class::Wire);
            if through {
                join(g, *b, user, users, joined, target);
            }
        }
    }
}

fn finish(
    g: &Graph,
    context: &Context,
    turns: u32,
    pipelined: bool,
    live: Vec<bool>,
    joined: &[Option<ValueId>],
) -> Clusters {
    let target = &context.target;
    let loads = loads(g, &live);
    let mut root: Vec<ValueId> = g.ids().collect();
    for v in g.ids().rev() {
        if let Some(user) = joined[v.index()] {
            root[v.index()] = root[user.index()];
        }
    }
    let mut problem = Problem::new(context.budget_ps, target.overhead());
    let mut node: Vec<Option<usize>> = vec![None; g.len()];
    let mut value = Vec::new();
    for v in g.ids().filter(|v| live[v.index()] && root[v.index()] == *v) {
        let n = g.node(v);
        if matches!(n.op, Op::Const(_)) {
            continue;
        }
        let spread = if n.width == 1 && loads[v.index()] > 1 { target.fanout(loads[v.index()]) } else { 0.0 };
        let own = delay(g, v, target);
        node[v.index()] = Some(problem.add(Node {
            delay_ps: if own > 0.0 { own + spread } else { 0.0 },
            width: n.width,
            fixed_stage: matches!(n.op, Op::Input(_)).then_some(0),
            min_stage: 0,
            name: g.names.get(&v).cloned().unwrap_or_else(|| describe(g, v)),
        }));
        value.push(v);
    }
    let mut edges = Vec::new();
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
    problem.sinks = g.outputs.iter().filter_map(|o| at(o.1)).collect();
    for s in g.states.iter().filter(|s| live[s.read.index()]) {
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
    Clusters { live, root, node, value, problem }
}

/// An unnamed operation in words.
fn describe(g: &Graph, v: ValueId) -> String {
    let n = g.node(v);
    let of = n.args.iter().find_map(|a| g.names.get(a));
    let what = match n.op {
        Op::Add => "sum",
        Op::Sub => "difference",
        Op::Mul => "product",
        Op::Mux => "selection",
        Op::Ult | Op::Eq => "comparison",
        Op::Shl | Op::Shr => "shift",
        Op::Lookup(_) => "table",
        Op::AndReduce | Op::OrReduce | Op::XorReduce => "reduction",
        _ => "logic",
    };
    match of {
        Some(name) => format!("{}-bit {what} of {name}", n.width),
        None => format!("{}-bit {what}", n.width),
    }
}
