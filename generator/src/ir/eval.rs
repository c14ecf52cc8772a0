//! The meaning of the operations, on arbitrarily wide numbers. Slow and plain: constant folding and tests.
use super::{Graph, Node, Op, chain_bit};
use num_bigint::BigUint;

/// 2^width - 1.
pub fn ones(width: u32) -> BigUint {
    (BigUint::from(1u8) << width) - 1u8
}

/// The low `width` bits of `x`.
pub fn truncate(x: BigUint, width: u32) -> BigUint {
    if x.bits() <= u64::from(width) { x } else { x & ones(width) }
}

fn bit(b: bool) -> BigUint {
    BigUint::from(u8::from(b))
}

/// Applies `node` to the values of its arguments. Inputs and states have no value of their own: `None`.
pub fn apply(g: &Graph, node: &Node, args: &[BigUint]) -> Option<BigUint> {
    let w = node.width;
    let arg_width = |i: usize| g.node(node.args[i]).width;
    let amount = |x: &BigUint| u32::try_from(x).ok().filter(|n| *n < w);
    let r = match &node.op {
        Op::Input(_) | Op::State(_) | Op::Read(_) => return None,
        Op::Const(c) => c.clone(),
        Op::Slice(lo) => &args[0] >> *lo,
        Op::Concat => args.iter().enumerate().fold(BigUint::ZERO, |acc, (i, a)| (acc << arg_width(i)) | a),
        Op::Replicate => {
            if args[0] == BigUint::ZERO {
                BigUint::ZERO
            } else {
                ones(w)
            }
        }
        Op::Not => ones(w) ^ &args[0],
        Op::And => &args[0] & &args[1],
        Op::Or => &args[0] | &args[1],
        Op::Xor => &args[0] ^ &args[1],
        Op::AndReduce => bit(args[0] == ones(arg_width(0))),
        Op::OrReduce => bit(args[0] != BigUint::ZERO),
        Op::XorReduce => bit(args[0].count_ones() % 2 == 1),
        Op::Add => args.iter().sum(),
        Op::Sub => (BigUint::from(1u8) << w) + &args[0] - &args[1],
        Op::Mul => &args[0] * &args[1],
        Op::Eq => bit(args[0] == args[1]),
        Op::Ult => bit(args[0] < args[1]),
        Op::Mux => args[if args[0] == BigUint::ZERO { 2 } else { 1 }].clone(),
        Op::Shl => amount(&args[1]).map_or(BigUint::ZERO, |n| &args[0] << n),
        Op::Shr => amount(&args[1]).map_or(BigUint::ZERO, |n| &args[0] >> n),
        Op::Lookup(t) => {
            let table = g.tables.get_index(*t as usize)?;
            table.entries[usize::try_from(&args[0]).ok()?].clone()
        }
        Op::Carry => {
            let (mut carry, bits) = (args[2].bit(0), u64::from(w) - 1);
            let mut sum = BigUint::ZERO;
            for i in 0..bits {
                let propagate = args[0].bit(i);
                sum.set_bit(i, propagate ^ carry);
                carry = if propagate { carry } else { args[1].bit(i) };
            }
            sum.set_bit(bits, carry);
            sum
        }
        Op::Lut(contents) => {
            let index = (0..args.len()).map(|k| u32::from(args[k].bit(0)) << k).sum::<u32>();
            let upper = BigUint::from(if w == 2 { contents >> 32 >> index & 1 } else { 0 });
            upper << 1u32 | BigUint::from(contents >> index & 1)
        }
        Op::Chain(tables) => {
            let mut carry = args[6].bit(0);
            let mut sum = BigUint::ZERO;
            for (i, contents) in (0u64..).zip(tables) {
                let index = (0..6).map(|k| u32::from(args[k].bit(i)) << k).sum();
                let (generate, propagate) = chain_bit(*contents, index);
                sum.set_bit(i, propagate ^ carry);
                carry = if propagate { carry } else { generate };
            }
            sum.set_bit(tables.len() as u64, carry);
            sum
        }
    };
    Some(truncate(r, w))
}

/// Runs tokens through a graph, one at a time: of a clocked graph, clocks.
pub struct Evaluator<'g> {
    graph: &'g Graph,
    states: Vec<BigUint>,
    memories: Vec<Vec<BigUint>>,
    read: Vec<BigUint>,
    values: Vec<BigUint>,
}

impl<'g> Evaluator<'g> {
    /// All states 0.
    pub fn new(graph: &'g Graph) -> Self {
        let states = vec![BigUint::ZERO; graph.states.len()];
        let memories = graph.memories.iter().map(|m| {
            let mut entries = m.entries.clone();
            entries.resize(1 << m.index_width, BigUint::ZERO);
            entries
        });
        let (memories, read) = (memories.collect(), vec![BigUint::ZERO; graph.reads.len()]);
        Self { graph, states, memories, read, values: vec![BigUint::ZERO; graph.len()] }
    }

    /// One token: values of the inputs in port order to values of the outputs in port order.
    pub fn step(&mut self, inputs: &[BigUint]) -> Vec<BigUint> {
        let g = self.graph;
        for v in g.ids() {
            let node = g.node(v);
            let value = match node.op {
                Op::Input(i) => inputs[i as usize].clone(),
                Op::State(s) => {
                    let state = &g.states[s as usize];
                    let restart = state.restart.is_some_and(|r| self.values[r.index()] != BigUint::ZERO);
                    if restart { BigUint::ZERO } else { self.states[s as usize].clone() }
                }
                Op::Read(p) => self.read[p as usize].clone(),
                _ => {
                    let args: Vec<BigUint> =
                        node.args.iter().map(|a| self.values[a.index()].clone()).collect();
                    apply(g, node, &args).unwrap_or_default()
                }
            };
            self.values[v.index()] = value;
        }
        for (s, state) in g.states.iter().enumerate() {
            if g.clear.is_some_and(|i| inputs[i as usize] != BigUint::ZERO) {
                self.states[s] = BigUint::ZERO;
                continue;
            }
            let on = state.enable.is_none_or(|e| self.values[e.index()] != BigUint::ZERO);
            if let (true, Some(next)) = (on, state.next) {
                self.states[s] = self.values[next.index()].clone();
            }
        }
        self.edge();
        g.outputs.iter().map(|o| self.values[o.1.index()].clone()).collect()
    }

    /// What the memories do at the edge: all reads see the old entries.
    fn edge(&mut self) {
        let g = self.graph;
        let index = |v: &BigUint| usize::try_from(v).unwrap_or(usize::MAX);
        for (p, port) in g.reads.iter().enumerate() {
            let (Some(enable), Some(address)) = (port.enable, port.address) else { continue };
            if self.values[enable.index()] != BigUint::ZERO {
                let at = index(&self.values[address.index()]);
                self.read[p] = self.memories[port.memory as usize][at].clone();
            }
        }
        for (m, memory) in g.memories.iter().enumerate() {
            let Some(w) = memory.write else { continue };
            if self.values[w.enable.index()] != BigUint::ZERO {
                let at = index(&self.values[w.address.index()]);
                self.memories[m][at] = self.values[w.data.index()].clone();
            }
        }
    }
}
