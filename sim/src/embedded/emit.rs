//! From gates to a straight line of operations on columns: dead gates dropped, operations chosen, ordered and
//! given memory.
//!
//! Four things make it fast:
//! - the two outputs of a full or half adder are one operation;
//! - a register's next value is computed **in the register's own column** wherever every reader of the old
//!   value can come first (in a pipeline: last stage first), so an edge moves nothing;
//! - carries ripple in registers of the processor: through memory each would wait for the one before;
//! - operations of a kind stand together in runs as far as dependencies and locality allow, so the interpreter
//!   branches once a run.
use super::code::{Code, Op, Run};
use super::gates::{Gate, Gates, Lit};
use super::order::{CYCLE_BUDGET, invert, order, reaches, visit};
use std::collections::HashMap;

/// Where a value is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Column(u32),
    /// To be allocated.
    Temporary,
}

/// One operation before ordering.
pub(super) struct Item {
    pub(super) op: Op,
    /// Values written; the columns are in `Emitter::place`.
    dst: [u32; 2],
    /// Values read.
    src: [u32; 3],
}

/// Values are the gates, then extra ones (copies).
struct Emitter<'g> {
    g: &'g Gates,
    place: Vec<Place>,
    /// Whether the gate's column holds its complement.
    inverted: Vec<bool>,
    /// Item that computes a value.
    producer: Vec<Option<u32>>,
    items: Vec<Item>,
    /// Column where a gate's value is wanted, and whether inverted.
    wanted: HashMap<usize, (u32, bool)>,
}

/// `next[i]` is what register bit i takes.
pub(super) fn emit(g: &Gates, inputs: usize, outputs: &[Lit], next: &[Lit]) -> Code {
    let (live, live_states) = mark(g, outputs, next);
    let first_state = inputs + outputs.len();
    // Dense numbers for the registers that count.
    let mut state_column = vec![u32::MAX; next.len()];
    let mut states = 0;
    for &s in &live_states {
        state_column[s] = (first_state + states) as u32;
        states += 1;
    }

    let mut e = Emitter {
        g,
        place: vec![Place::Temporary; g.nodes.len()],
        inverted: vec![false; g.nodes.len()],
        producer: vec![None; g.nodes.len()],
        items: Vec::new(),
        wanted: HashMap::new(),
    };
    for (n, gate) in g.nodes.iter().enumerate().filter(|(n, _)| live[*n]) {
        match *gate {
            Gate::Input(c) => e.place[n] = Place::Column(c),
            Gate::State(s) => e.place[n] = Place::Column(state_column[s as usize]),
            _ => {}
        }
    }

    // Every column that must hold something at the end of the step.
    let mut sinks: Vec<(u32, Lit)> = Vec::new();
    sinks.extend(live_states.iter().map(|&s| (state_column[s], next[s])));
    sinks.extend(outputs.iter().enumerate().map(|(j, &l)| ((inputs + j) as u32, l)));
    for &(column, l) in &sinks {
        if e.is_gate(l.node()) {
            e.wanted.entry(l.node()).or_insert((column, l.inverted()));
        }
    }
    e.select(&live);

    // Homes: which value each sink's column gets, by which item.
    let mut homes: Vec<(u32, u32)> = Vec::new();
    for &(column, l) in &sinks {
        let n = l.node();
        if e.wanted.get(&n) == Some(&(column, l.inverted())) && e.inverted[n] == l.inverted() {
            homes.push((column, n as u32));
            continue;
        }
        let value = e.extra_value();
        let op = match l {
            Lit::FALSE => Op::Zero,
            Lit::TRUE => Op::Ones,
            _ if l.inverted() != e.inverted[n] => Op::Not,
            _ => Op::Copy,
        };
        e.push(op, [value, 0], [n as u32, 0, 0]);
        homes.push((column, value));
    }

    // Readers of each register's old value must come before the item that overwrites it.
    let mut readers: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut successors: Vec<Vec<u32>> = vec![Vec::new(); e.items.len()];
    for (i, item) in e.items.iter().enumerate() {
        for &v in &item.src[..item.op.arity().1] {
            match (e.producer[v as usize], e.place[v as usize]) {
                (Some(p), _) => successors[p as usize].push(i as u32),
                (None, Place::Column(c)) if c as usize >= first_state => {
                    readers.entry(c).or_default().push(i as u32);
                }
                _ => {}
            }
        }
    }
    let mut commits: Vec<(u32, u32)> = Vec::new();
    let mut mark_of = vec![u32::MAX; e.items.len()];
    let mut budget = CYCLE_BUDGET;
    for (k, &(column, value)) in homes.iter().enumerate() {
        let writer = e.producer[value as usize].expect("homes are computed");
        let empty = Vec::new();
        let before = readers.get(&column).unwrap_or(&empty);
        if reaches(&successors, writer, before, &mut mark_of, k as u32, &mut budget) {
            // The new value must wait beside the old one until the end of the step.
            commits.push((column, value));
        } else {
            e.place[value as usize] = Place::Column(column);
            for &r in before.iter().filter(|&&r| r != writer) {
                successors[r as usize].push(writer);
            }
        }
    }

    let chains = chains(&mut e, &mut successors, &commits, &mut mark_of, &mut budget);
    let roots: Vec<u32> =
        homes.iter().rev().map(|&(_, v)| e.producer[v as usize].expect("computed")).collect();
    let order = order(&e.items, &successors, &roots, &chains);
    let mut code = allocate(&mut e, &order, &chains, &commits, first_state + states);
    (code.inputs, code.outputs, code.states) = (inputs, outputs.len(), states);
    code.audit();
    code
}

/// Gates and registers that reach an output; registers in order.
fn mark(g: &Gates, outputs: &[Lit], next: &[Lit]) -> (Vec<bool>, Vec<usize>) {
    let mut live = vec![false; g.nodes.len()];
    let mut states = Vec::new();
    let mut work: Vec<usize> = outputs.iter().map(|l| l.node()).collect();
    while let Some(n) = work.pop() {
        if std::mem::replace(&mut live[n], true) {
            continue;
        }
        if let Gate::State(s) = g.nodes[n] {
            states.push(s as usize);
            work.push(next[s as usize].node());
        }
        let (operands, count) = g.nodes[n].operands();
        work.extend(operands[..count].iter().map(|l| l.node()));
    }
    states.sort_unstable();
    (live, states)
}

/// For each item the one that alone takes its carry, if the two can follow each other. Edges are added so that
/// all that a chain needs comes before its first link.
fn chains(
    e: &mut Emitter<'_>,
    successors: &mut [Vec<u32>],
    commits: &[(u32, u32)],
    mark_of: &mut [u32],
    budget: &mut usize,
) -> Vec<Option<u32>> {
    let reads = e.reads(commits);
    let n = e.items.len();
    let mut next = vec![None; n];
    let mut previous = vec![None; n];
    for (j, previous) in previous.iter_mut().enumerate() {
        let op = e.items[j].op;
        if op.chain().is_none() {
            continue;
        }
        // The operand that `Not` inverts can't be the carry.
        let first = usize::from(matches!(op, Op::FullNot | Op::CarryNot));
        let link = (first..3).find_map(|k| {
            let v = e.items[j].src[k];
            let i = e.producer[v as usize]?;
            let from = &e.items[i as usize];
            let carry = from.dst[from.op.arity().0 - 1];
            let alone = reads[v as usize] == 1 && e.place[v as usize] == Place::Temporary;
            (from.op == op && carry == v && alone).then_some((k, i))
        });
        if let Some((k, i)) = link {
            e.items[j].src.swap(k, 2);
            next[i as usize] = Some(j as u32);
            *previous = Some(i);
        }
    }

    let mut predecessors = invert(successors);
    // Marks of their own, beyond those of the homes.
    let mut mark = u32::MAX - 1;
    for head in 0..n {
        if previous[head].is_some() || next[head].is_none() {
            continue;
        }
        let mut head = head as u32;
        // A walk over the items gives the marks; a cut starts a new chain behind it.
        let mut last = head;
        visit(successors, head, mark_of, mark, budget);
        while let Some(j) = next[last as usize] {
            let needs: Vec<u32> = predecessors[j as usize].iter().copied().filter(|&p| p != last).collect();
            if *budget == 0 || needs.iter().any(|&p| mark_of[p as usize] == mark) {
                next[last as usize] = None;
                head = j;
                mark -= 1;
                visit(successors, head, mark_of, mark, budget);
            } else {
                for p in needs {
                    successors[p as usize].push(head);
                    predecessors[head as usize].push(p);
                }
            }
            last = j;
        }
        mark -= 1;
    }
    next
}

impl Emitter<'_> {
    fn is_gate(&self, n: usize) -> bool {
        !matches!(self.g.nodes[n], Gate::False | Gate::Input(_) | Gate::State(_))
    }

    /// How often each value is read.
    fn reads(&self, commits: &[(u32, u32)]) -> Vec<u32> {
        let mut reads = vec![0u32; self.place.len()];
        for item in &self.items {
            for &v in &item.src[..item.op.arity().1] {
                reads[v as usize] += 1;
            }
        }
        for &(_, v) in commits {
            reads[v as usize] += 1;
        }
        reads
    }

    fn extra_value(&mut self) -> u32 {
        self.place.push(Place::Temporary);
        self.producer.push(None);
        self.inverted.push(false);
        (self.place.len() - 1) as u32
    }

    fn push(&mut self, op: Op, dst: [u32; 2], src: [u32; 3]) {
        for &d in &dst[..op.arity().0] {
            self.producer[d as usize] = Some(self.items.len() as u32);
        }
        self.items.push(Item { op, dst, src });
    }

    /// Chooses operations, and for each gate whether its column holds the value or its complement.
    fn select(&mut self, live: &[bool]) {
        // The gate that shares an operation with this sum.
        let mut adders: HashMap<(usize, usize, usize), usize> = HashMap::new();
        for (n, gate) in self.g.nodes.iter().enumerate().filter(|(n, _)| live[*n]) {
            match *gate {
                Gate::Carry(a, b, c) => {
                    let mut key = [a.node(), b.node(), c.node()];
                    key.sort_unstable();
                    adders.entry((key[0], key[1], key[2])).or_insert(n);
                }
                Gate::And(a, b) => {
                    let (x, y) = (a.node().min(b.node()), a.node().max(b.node()));
                    adders.entry((x, y, 0)).or_insert(n);
                }
                _ => {}
            }
        }
        let mut partner: HashMap<usize, usize> = HashMap::new();
        for (n, gate) in self.g.nodes.iter().enumerate().filter(|(n, _)| live[*n]) {
            // Operands that are not inverted are sorted by node.
            let key = match *gate {
                Gate::Sum(a, b, c) => (a.node(), b.node(), c.node()),
                Gate::Xor(a, b) => (a.node(), b.node(), 0),
                _ => continue,
            };
            if let Some(&other) = adders.get(&key) {
                partner.insert(other, n);
            }
        }

        for (n, _) in live.iter().enumerate().filter(|l| *l.1) {
            let wish = self.wanted.get(&n).map(|w| w.1);
            let gate = self.g.nodes[n];
            let relative = |l: Lit| l.inverted() != self.inverted[l.node()];
            let id = |l: Lit| l.node() as u32;
            let d = n as u32;
            match gate {
                Gate::False | Gate::Input(_) | Gate::State(_) => {}
                Gate::And(a, b) => {
                    let (a, b) = if relative(b) && !relative(a) { (b, a) } else { (a, b) };
                    let src = [id(a), id(b), 0];
                    let sum = partner.get(&n).copied();
                    let (op, fused, natural) = match (relative(a), relative(b)) {
                        (false, _) => (Op::And, Op::Half, false),
                        (true, false) => (Op::AndNot, Op::HalfNot, false),
                        (true, true) => (Op::Or, Op::HalfOr, true),
                    };
                    let inverted = wish.unwrap_or(natural);
                    self.inverted[n] = inverted;
                    if inverted == natural {
                        if let Some(sum) = sum.filter(|s| !self.wish_differs(*s)) {
                            self.push(fused, [sum as u32, d], src);
                        } else {
                            self.push(op, [d, 0], src);
                        }
                    } else {
                        match op {
                            Op::And => self.push(Op::Nand, [d, 0], src),
                            Op::Or => self.push(Op::Nor, [d, 0], src),
                            // ~(~a & b) = ~b | a
                            _ => self.push(Op::OrNot, [d, 0], [src[1], src[0], 0]),
                        }
                    }
                }
                Gate::Xor(a, b) => {
                    let parity = relative(a) != relative(b);
                    self.inverted[n] = wish.unwrap_or(parity);
                }
                Gate::Sum(a, b, c) => {
                    self.inverted[n] = relative(a) ^ relative(b) ^ relative(c);
                }
                Gate::Carry(a, b, c) => {
                    let mut v = [a, b, c];
                    let count = v.iter().filter(|&&l| relative(l)).count();
                    // The odd one out first, if there is one.
                    let odd = match count {
                        1 => v.iter().position(|&l| relative(l)),
                        2 => v.iter().position(|&l| !relative(l)),
                        _ => None,
                    };
                    v.swap(0, odd.unwrap_or(0));
                    self.inverted[n] = count >= 2;
                    let src = v.map(id);
                    match (partner.get(&n), odd) {
                        (Some(&s), None) => self.push(Op::Full, [s as u32, d], src),
                        (Some(&s), Some(_)) => self.push(Op::FullNot, [s as u32, d], src),
                        (None, None) => self.push(Op::Carry, [d, 0], src),
                        (None, Some(_)) => self.push(Op::CarryNot, [d, 0], src),
                    }
                }
                Gate::Mux(s, a, b) => {
                    let (a, b) = if relative(s) { (b, a) } else { (a, b) };
                    // s ? a : ~b = ~(s ? ~a : b)
                    let op = if relative(a) == relative(b) { Op::Mux } else { Op::MuxNot };
                    self.inverted[n] = relative(b);
                    self.push(op, [d, 0], [id(s), id(a), id(b)]);
                }
            }
        }
        // Sums that no adder took.
        for n in (0..self.g.nodes.len()).filter(|&n| live[n]) {
            if self.producer[n].is_some() {
                continue;
            }
            let d = [n as u32, 0];
            match self.g.nodes[n] {
                Gate::Sum(a, b, c) => self.push(Op::Sum, d, [a, b, c].map(|l| l.node() as u32)),
                Gate::Xor(a, b) => {
                    let parity = self.inverted[a.node()] != self.inverted[b.node()];
                    let op = if self.inverted[n] == parity { Op::Xor } else { Op::Xnor };
                    self.push(op, d, [a.node() as u32, b.node() as u32, 0]);
                }
                _ => {}
            }
        }
    }

    /// Whether an `Xor` gate is wanted with the polarity that a half adder doesn't give.
    fn wish_differs(&self, n: usize) -> bool {
        let Gate::Xor(a, b) = self.g.nodes[n] else { return false };
        let parity = self.inverted[a.node()] != self.inverted[b.node()];
        self.wanted.get(&n).is_some_and(|w| w.1 != parity)
    }
}

/// Gives temporaries columns, and writes the code.
fn allocate(
    e: &mut Emitter<'_>,
    order: &[u32],
    chains: &[Option<u32>],
    commits: &[(u32, u32)],
    first_temporary: usize,
) -> Code {
    let mut reads = e.reads(commits);
    let mut columns = first_temporary;
    let mut temporary: Vec<bool> = e.place.iter().map(|p| *p == Place::Temporary).collect();
    // Last freed, first used: it is still in the cache.
    let mut free: Vec<u32> = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    let mut operands = Vec::new();
    let mut start = |op: Op, joins: bool| match runs.last_mut() {
        Some(r) if r.op == op && joins => r.count += 1,
        _ => runs.push(Run { op, count: 1 }),
    };
    let mut in_chain = false;
    for &i in order {
        let item = &e.items[i as usize];
        let (d, s) = item.op.arity();
        let carries_on = chains[i as usize].is_some();
        let chain = item.op.chain().filter(|_| in_chain || carries_on);
        // The carry comes from the link before, or goes to the next one, and is nowhere.
        let sources = if in_chain { s - 1 } else { s };
        let destinations = if carries_on { d - 1 } else { d };
        let mut from = [0; 3];
        for (c, &v) in from.iter_mut().zip(&item.src[..sources]) {
            let Place::Column(column) = e.place[v as usize] else {
                unreachable!("computed before it is read")
            };
            *c = column;
            reads[v as usize] -= 1;
            if reads[v as usize] == 0 && std::mem::replace(&mut temporary[v as usize], false) {
                free.push(column);
            }
        }
        let mut to = [0; 2];
        for (c, &v) in to.iter_mut().zip(&item.dst[..destinations]) {
            if e.place[v as usize] == Place::Temporary {
                let column = free.pop().unwrap_or_else(|| {
                    columns += 1;
                    (columns - 1) as u32
                });
                e.place[v as usize] = Place::Column(column);
            }
            let Place::Column(column) = e.place[v as usize] else { unreachable!("just placed") };
            *c = column;
        }
        if let Some(op) = chain {
            if !in_chain {
                operands.push(from[2]);
            }
            operands.extend_from_slice(&to[..d - 1]);
            operands.extend_from_slice(&from[..2]);
            if !carries_on {
                operands.push(to[d - 1]);
            }
            start(op, in_chain);
        } else {
            operands.extend_from_slice(&to[..d]);
            operands.extend_from_slice(&from[..s]);
            start(item.op, true);
        }
        in_chain = carries_on;
    }
    for &(column, v) in commits {
        let Place::Column(from) = e.place[v as usize] else { unreachable!("computed") };
        operands.extend([column, from]);
        start(Op::Copy, true);
    }
    Code { runs, operands, inputs: 0, outputs: 0, states: 0, columns }
}
