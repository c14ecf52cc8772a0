//! Whether a changed network still gives the same outputs for every input, by a SAT solver.
//!
//! Both networks are one set of clauses, in which equal tables of equal inputs are one literal. Behind a change, nodes
//! that keep their values in the sample are shown to be equal one by one, the nearest first, and are one literal from
//! there on (SAT sweeping: Mishchenko, Chatterjee, Brayton, Een, "Improvements to combinational equivalence checking",
//! 2006).
use super::network::{Id, Network, Node};
use crate::cases::{cases, rows};
use batsat::{Callbacks, ClauseKind, Lit, Solver, SolverInterface, SolverOpts, lbool};
use smallvec::{SmallVec, smallvec};
use std::collections::HashMap;

/// Conflicts after which a comparison is left open: no clock decides.
const CONFLICTS: u32 = 1000;

/// Conflicts after which two nodes are taken to differ, which the outputs need not.
const NODE_CONFLICTS: u32 = 100;

/// Growth of the number of variables after which a fresh set of clauses is faster.
const GROWTH: u32 = 3;

/// What is known of a changed network.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Same,
    /// Inputs for which a result differs.
    Differs(Vec<bool>),
    /// The solver gave up.
    Open,
}

/// The clauses of a network, and of others that it was compared with.
pub(super) struct Prover {
    solver: Solver<Limit>,
    one: Lit,
    inputs: Vec<Lit>,
    /// Literals of tables: inputs and contents.
    made: HashMap<(SmallVec<[Lit; 6]>, u64), Lit>,
    /// Of the nodes of the network that stands; none of those that it does not need.
    literals: Vec<Option<Lit>>,
    outputs: Vec<Lit>,
    fresh: u32,
}

impl Prover {
    pub(super) fn new(network: &Network, order: &[Id]) -> Self {
        let mut solver = Solver::new(SolverOpts::default(), Limit::default());
        let one = Lit::new(solver.new_var_default(), true);
        solver.add_clause_reuse(&mut vec![one]);
        let inputs = (0..network.inputs).map(|_| Lit::new(solver.new_var_default(), true)).collect();
        let (made, literals, outputs) = (HashMap::new(), Vec::new(), Vec::new());
        let mut p = Self { solver, one, inputs, made, literals, outputs, fresh: 0 };
        // There is nothing yet to compare with.
        p.literals = p.clauses(network, order, |_| false);
        p.outputs = p.of_outputs(network, &p.literals);
        p.fresh = p.solver.num_vars();
        p
    }

    /// Whether most of the clauses are of networks that were refused.
    pub(super) fn is_worn(&self) -> bool {
        self.solver.num_vars() > GROWTH * self.fresh
    }

    /// Whether the outputs are what they were; if so, the next network is compared with this one. `alike` are nodes
    /// whose values in the sample are what they were.
    pub(super) fn same(&mut self, network: &Network, order: &[Id], alike: impl Fn(Id) -> bool) -> Verdict {
        self.solver.cb_mut().all = 0;
        let literals = self.clauses(network, order, alike);
        let outputs = self.of_outputs(network, &literals);
        for (new, was) in outputs.iter().zip(self.outputs.clone()) {
            let verdict = self.equal(*new, was, CONFLICTS);
            if verdict != Verdict::Same {
                return verdict;
            }
        }
        (self.literals, self.outputs) = (literals, outputs);
        Verdict::Same
    }

    fn of_outputs(&self, network: &Network, literals: &[Option<Lit>]) -> Vec<Lit> {
        network.outputs.iter().map(|o| literals[*o as usize].expect("in the order")).collect()
    }

    /// The literal of each node. Nodes that are `alike` have the literal that they had, if they are shown to be equal.
    fn clauses(&mut self, network: &Network, order: &[Id], alike: impl Fn(Id) -> bool) -> Vec<Option<Lit>> {
        let mut literals: Vec<Option<Lit>> = vec![None; network.nodes.len()];
        // Carries into the positions of each chain, and out of it.
        let mut carries: Vec<Vec<Lit>> = vec![Vec::new(); network.chains.len()];
        for id in order {
            let literal = |i: &Id| literals[*i as usize].expect("arguments come first");
            let new = match &network.nodes[*id as usize] {
                Node::Constant(bit) => self.one ^ !bit,
                Node::Input(i) => self.inputs[*i as usize],
                Node::Table(t) => self.table(t.inputs.iter().map(literal).collect(), t.contents),
                Node::Output { chain, bit } => {
                    let c = &network.chains[*chain as usize];
                    let carries = &mut carries[*chain as usize];
                    if carries.is_empty() {
                        carries.push(literal(&c.carry));
                        for (p, g) in c.propagate.iter().zip(&c.generate) {
                            let carry = carries[carries.len() - 1];
                            carries.push(self.table(smallvec![literal(p), carry, literal(g)], 0b1101_1000));
                        }
                    }
                    let carry = carries[*bit as usize];
                    match c.propagate.get(*bit as usize) {
                        Some(p) => self.table(smallvec![literal(p), carry], 0b0110),
                        None => carry,
                    }
                }
            };
            let was = self.literals.get(*id as usize).copied().flatten();
            literals[*id as usize] = Some(match was {
                Some(was) if alike(*id) && self.equal(new, was, NODE_CONFLICTS) == Verdict::Same => was,
                _ => new,
            });
        }
        literals
    }

    /// A literal that is this table of these inputs.
    fn table(&mut self, inputs: SmallVec<[Lit; 6]>, contents: u64) -> Lit {
        let key = (inputs, contents);
        if let Some(literal) = self.made.get(&key) {
            return *literal;
        }
        let literal = Lit::new(self.solver.new_var_default(), true);
        let inputs = &key.0;
        let all = rows(inputs.len());
        for (on, result) in [(contents & all, literal), (!contents & all, !literal)] {
            for cube in cubes(on, inputs.len()) {
                let differs = |i: usize| inputs[i] ^ (cube.row >> i & 1 == 1);
                let mut clause: Vec<Lit> =
                    (0..inputs.len()).filter(|i| cube.read >> i & 1 == 1).map(differs).collect();
                clause.push(result);
                self.solver.add_clause_reuse(&mut clause);
            }
        }
        self.made.insert(key, literal);
        literal
    }

    /// Whether two literals always agree, as far as so many conflicts show.
    fn equal(&mut self, a: Lit, b: Lit, conflicts: u32) -> Verdict {
        if a == b {
            return Verdict::Same;
        }
        self.solver.cb_mut().most = conflicts;
        for question in [[a, !b], [!a, b]] {
            let answer = self.solver.solve_limited(&question);
            if answer == lbool::TRUE {
                let bit = |i: &Lit| self.solver.value_lit(*i) == lbool::TRUE;
                return Verdict::Differs(self.inputs.iter().map(bit).collect());
            }
            if answer != lbool::FALSE {
                return Verdict::Open;
            }
        }
        self.solver.add_clause_reuse(&mut vec![a, !b]);
        self.solver.add_clause_reuse(&mut vec![!a, b]);
        Verdict::Same
    }
}

/// Rows of a table that agree in the inputs that are read.
struct Cube {
    read: u32,
    row: u32,
}

/// Cubes that cover these rows and no other, none of which could be larger.
fn cubes(on: u64, inputs: usize) -> Vec<Cube> {
    let covered = |read: u32, row: u32| {
        let agree = |i: usize| if row >> i & 1 == 1 { cases(i as u32, 0) } else { !cases(i as u32, 0) };
        (0..inputs).filter(|i| read >> i & 1 == 1).fold(rows(inputs), |agreeing, i| agreeing & agree(i))
    };
    let (mut left, mut found) = (on, Vec::new());
    while left != 0 {
        let row = left.trailing_zeros();
        let mut read = (1 << inputs) - 1;
        for i in 0..inputs {
            if covered(read & !(1 << i), row) & !on == 0 {
                read &= !(1 << i);
            }
        }
        left &= !covered(read, row);
        found.push(Cube { read, row });
    }
    found
}

/// Ends a question after so many conflicts of its own, or of its comparison.
#[derive(Default)]
struct Limit {
    most: u32,
    own: u32,
    all: u32,
}

impl Callbacks for Limit {
    fn on_start(&mut self) {
        self.own = 0;
    }

    fn on_new_clause(&mut self, _: &[Lit], kind: ClauseKind) {
        let one = u32::from(kind == ClauseKind::Learnt);
        self.own += one;
        self.all += one;
    }

    fn stop(&self) -> bool {
        self.own >= self.most || self.all >= CONFLICTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resynthesis::network::{Chain, Table};

    /// The carry out of two numbers of four bits by a chain, in a table with another input.
    fn carry_and(contents: u64) -> Network {
        let mut nodes: Vec<Node> = (0..9).map(Node::Input).collect();
        for i in 0..4 {
            nodes.push(Node::Table(Table { inputs: smallvec![i, i + 4], contents: 0b0110 }));
        }
        nodes.push(Node::Constant(false));
        nodes.push(Node::Output { chain: 0, bit: 4 });
        nodes.push(Node::Table(Table { inputs: smallvec![14, 8], contents }));
        let chain = Chain { propagate: vec![9, 10, 11, 12], generate: vec![0, 1, 2, 3], carry: 13 };
        Network { nodes, chains: vec![chain], outputs: vec![15], inputs: 9, ..Network::default() }
    }

    /// Compares with `carry_and(0b1000)`, with or without a sample that tells nodes apart.
    fn compare(changed: &Network, alike: bool) -> Verdict {
        let network = carry_and(0b1000);
        Prover::new(&network, &network.order()).same(changed, &changed.order(), |_| alike)
    }

    #[test]
    fn another_text_of_the_same_function_is_the_same() {
        for alike in [false, true] {
            assert_eq!(compare(&carry_and(0b1000), alike), Verdict::Same);
            // The other operand generates the carry where both are equal.
            let mut other = carry_and(0b1000);
            other.chains[0].generate = vec![4, 5, 6, 7];
            assert_eq!(compare(&other, alike), Verdict::Same);
            // A table of three inputs in the place of two, which does not depend on the third.
            other.nodes[15] = Node::Table(Table { inputs: smallvec![14, 8, 0], contents: 0b1000_1000 });
            assert_eq!(compare(&other, alike), Verdict::Same);
        }
    }

    #[test]
    fn another_function_differs_for_inputs_that_show_it() {
        for alike in [false, true] {
            // Either, instead of both: they differ where one is 1.
            let Verdict::Differs(case) = compare(&carry_and(0b1110), alike) else { panic!("not refuted") };
            let number = |bits: &[bool]| bits.iter().rev().fold(0, |n, b| 2 * n + u32::from(*b));
            let carry = number(&case[..4]) + number(&case[4..8]) > 15;
            assert!(carry != case[8], "{case:?}");
        }
    }

    #[test]
    fn a_refused_network_leaves_the_one_that_stands() {
        let network = carry_and(0b1000);
        let mut prover = Prover::new(&network, &network.order());
        let other = carry_and(0b1110);
        for _ in 0..3 {
            assert!(matches!(prover.same(&other, &other.order(), |_| true), Verdict::Differs(_)));
            assert_eq!(prover.same(&network, &network.order(), |_| true), Verdict::Same);
        }
    }

    #[test]
    fn cubes_cover_their_rows_and_no_other() {
        for (on, inputs) in [(0b0110, 2), (0xcafe_f00d_1234_8765, 6), (0x8000, 4), (0, 3), (0xff, 3)] {
            let rows = |c: Cube| (0..1u32 << inputs).filter(move |row| (row ^ c.row) & c.read == 0);
            let covered = cubes(on, inputs).into_iter().flat_map(rows).fold(0u64, |all, row| all | 1 << row);
            assert_eq!(covered, on);
        }
    }
}
