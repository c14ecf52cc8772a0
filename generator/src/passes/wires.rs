//! What wires add to the delays of operations: the ways to many loads, and to a second register.
//!
//! Two models of fan-out, as targets state them. A straight line over the loads is charged where the bit is made,
//! as FloPoCo does, whose constants it comes with. The root of the loads, the way across the area that they take,
//! is charged where the bit is read, since a pipeline register may stand in between.
use super::cluster::is_wire;
use crate::ir::{Graph, Op, ValueId};
use crate::target::Target;
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// One bit of a value.
pub(super) type Leaf = (ValueId, u32);

/// What wires add to each operation, picoseconds.
pub fn spread(g: &Graph, live: &[bool], target: &Target) -> Vec<f64> {
    let twice = sharing(g, live, target).kept_twice;
    let twice = twice.into_iter().map(|twice| if twice { target.second_register_ps } else { 0.0 });
    let ways = driving(g, live, target).into_iter().zip(reaching(g, live, target)).map(|(d, r)| d + r);
    ways.zip(twice).map(|(way, twice)| way + twice).collect()
}

/// What driving its loads adds to a one-bit value that steers or is repeated over words, picoseconds.
pub fn driving(g: &Graph, live: &[bool], target: &Target) -> Vec<f64> {
    let mut loads = vec![0u32; g.len()];
    for v in g.ids().filter(|v| live[v.index()]) {
        steered(g, v).for_each(|(a, pins)| loads[a.index()] += pins);
    }
    loads.into_iter().map(|n| target.driving(n)).collect()
}

/// The same once it is known which operations share tables: a table reads a bit at one pin, however many of its
/// operations do. `root` has each operation's cluster and `tables`, for the roots of some, the inputs of each table.
pub fn driving_tables<'c>(
    g: &Graph,
    live: &[bool],
    target: &Target,
    root: &[ValueId],
    tables: impl Fn(ValueId) -> Option<&'c [SmallVec<[Leaf; 6]>]>,
) -> Vec<f64> {
    let mut pins: BTreeMap<(ValueId, ValueId), u32> = BTreeMap::new();
    for v in g.ids().filter(|v| live[v.index()]) {
        for (a, n) in steered(g, v) {
            *pins.entry((root[v.index()], a)).or_default() += n;
        }
    }
    let mut loads = vec![0u32; g.len()];
    for ((cluster, a), n) in pins {
        let reading =
            tables(cluster).map(|t| t.iter().filter(|leaves| leaves.contains(&(a, 0))).count() as u32);
        loads[a.index()] += reading.filter(|r| *r > 0).map_or(n, |r| r.min(n));
    }
    loads.into_iter().map(|n| target.driving(n)).collect()
}

/// The one-bit values that an operation reads, each with how many pins it drives there.
fn steered(g: &Graph, v: ValueId) -> impl Iterator<Item = (ValueId, u32)> + '_ {
    let n = g.node(v);
    let args = n.args.iter().enumerate().filter(|(_, a)| g.node(**a).width == 1);
    args.map(move |(i, a)| {
        let pins = match n.op {
            Op::Mux if i == 0 => n.width,
            Op::Replicate => n.width,
            _ => 1,
        };
        (*a, pins)
    })
}

/// What the way from a bit that it reads more than once adds to an operation, picoseconds: its tables take an area.
/// Those of a carry chain stand in one column and add nothing.
pub fn reaching(g: &Graph, live: &[bool], target: &Target) -> Vec<f64> {
    let mut most = vec![0u32; g.len()];
    if target.fanout_per_root_ps > 0.0 {
        let view = view(g, live, target);
        let table = |v: &ValueId| !matches!(g.node(*v).op, Op::Add | Op::Sub);
        for v in g.ids().filter(|v| live[v.index()]).filter(table) {
            let mut own: Vec<(Leaf, u32)> = reads(g, v, &view).collect();
            own.sort_unstable();
            let loads = own.chunk_by(|a, b| a.0 == b.0).map(|c| c.iter().map(|r| r.1).sum());
            most[v.index()] = loads.max().unwrap_or(0);
        }
    }
    most.into_iter().map(|n| target.reaching(n)).collect()
}

/// Who shares what with a register.
pub struct Sharing {
    /// Values that a state keeps and others read as well: two registers hold them.
    pub kept_twice: Vec<bool>,
    /// Inputs of tables, chains and registers that the most read bit of a value drives.
    pub loads: Vec<u32>,
}

/// Finds it, for targets that know what it costs.
pub fn sharing(g: &Graph, live: &[bool], target: &Target) -> Sharing {
    let mut sharing = Sharing { kept_twice: vec![false; g.len()], loads: vec![0; g.len()] };
    if target.second_register_ps > 0.0 {
        let view = view(g, live, target);
        let loads = loads(g, live, &view);
        let of = |(leaf, bit): &Leaf| loads[leaf.index()][*bit as usize];
        let states = g.states.iter().filter(|s| live[s.read.index()]);
        for leaf in states.filter_map(|s| s.next).flat_map(|v| &view[v.index()]) {
            sharing.kept_twice[leaf.0.index()] |= of(leaf) > 0;
        }
        for v in g.ids() {
            sharing.loads[v.index()] = view[v.index()].iter().map(of).max().unwrap_or(0);
        }
    }
    sharing
}

/// The ways to the registers behind a gate that its operands take: to their reset, and to their data inputs if
/// these are not the only ones to be beside the data's source.
pub fn to_gate(g: &Graph, v: ValueId, target: &Target, sharing: &Sharing) -> Vec<(ValueId, f64)> {
    let n = g.node(v);
    let select = n.args[0];
    let data = n.args[1..].iter().filter(|a| g.constant(**a).is_none() && sharing.loads[a.index()] > 1);
    let data = data.map(|a| (*a, target.second_register_ps + target.reaching(sharing.loads[a.index()])));
    let reset = (select, target.reset_ps + target.reaching(n.width));
    [reset].into_iter().chain(data).filter(|way| way.1 > 0.0).collect()
}

/// Where each bit of each live value comes from, through wiring.
fn view(g: &Graph, live: &[bool], target: &Target) -> Vec<Vec<Leaf>> {
    let mut view: Vec<Vec<Leaf>> = Vec::with_capacity(g.len());
    for v in g.ids() {
        let n = g.node(v);
        let of = |i: usize| &view[n.args[i].index()];
        let bits = match n.op {
            _ if !live[v.index()] => Vec::new(),
            _ if !is_wire(g, v, target) => (0..n.width).map(|i| (v, i)).collect(),
            Op::Slice(lo) => of(0)[lo as usize..(lo + n.width) as usize].to_vec(),
            Op::Replicate => vec![of(0)[0]; n.width as usize],
            Op::Concat => n.args.iter().rev().flat_map(|a| view[a.index()].iter().copied()).collect(),
            _ => of(0).clone(),
        };
        view.push(bits);
    }
    view
}

/// The bits that an operation reads, each with how many tables or pins it drives there.
fn reads<'g>(g: &'g Graph, v: ValueId, view: &'g [Vec<Leaf>]) -> impl Iterator<Item = (Leaf, u32)> + 'g {
    let n = g.node(v);
    let wiring = view[v.index()].first().is_some_and(|leaf| leaf.0 != v);
    let args = n.args.iter().enumerate().filter(move |_| !wiring);
    args.flat_map(move |(i, a)| {
        let pins = match n.op {
            Op::Mux if i == 0 => n.width,
            Op::Shl | Op::Shr if i == 1 => n.width,
            Op::Lookup(_) => n.width,
            Op::Mul => g.node(n.args[1 - i]).width,
            _ => 1,
        };
        let bits = view[a.index()].iter().filter(|leaf| g.constant(leaf.0).is_none());
        bits.map(move |leaf| (*leaf, pins))
    })
}

/// How many tables and pins each bit drives.
fn loads(g: &Graph, live: &[bool], view: &[Vec<Leaf>]) -> Vec<Vec<u32>> {
    let mut loads: Vec<Vec<u32>> = g.ids().map(|v| vec![0; g.node(v).width as usize]).collect();
    for v in g.ids().filter(|v| live[v.index()]) {
        for ((leaf, bit), pins) in reads(g, v, view) {
            loads[leaf.index()][bit as usize] += pins;
        }
    }
    for (leaf, bit) in g.outputs.iter().flat_map(|(_, v)| &view[v.index()]) {
        loads[leaf.index()][*bit as usize] += 1;
    }
    loads
}
