//! Network simplex: minimise `sum cost(v) * x(v)` over differences `x(to) - x(from) >= weight`.
//!
//! The dual of that linear program is a flow without capacities: each row is an arc, each cost a demand, and a spanning
//! tree of tight rows is a basis. Costs and weights are integers, so the potentials are too, and no rounding ever
//! happens. Adding a row adds an arc: the flow stays feasible, and solving goes on from the basis at hand, which makes
//! rows cheap to add as they are found violated. So it does when a row is added that may be violated at a price. The
//! tests hold it against a general simplex over all rows.
//!
//! Textbook: Ahuja, Magnanti, Orlin, Network Flows, chapter 11. Bases are strongly feasible (every tree arc without
//! flow points to the root), which rules out cycling.

const NONE: u32 = u32::MAX;

/// The linear program and its current basis.
pub(super) struct Network {
    from: Vec<u32>,
    to: Vec<u32>,
    weight: Vec<i64>,
    flow: Vec<i64>,
    potential: Vec<i64>,
    /// The spanning tree, rooted at a node that stands for 0: the one behind those of the variables, before those of
    /// the rows that have a price.
    parent: Vec<u32>,
    parent_arc: Vec<u32>,
    depth: Vec<u32>,
    first_child: Vec<u32>,
    next_sibling: Vec<u32>,
    previous_sibling: Vec<u32>,
    /// Where the search for a violated row goes on.
    cursor: usize,
    stack: Vec<u32>,
}

impl Network {
    /// Variables between bounds, with their costs. The first basis has each at the bound that its cost prefers.
    pub(super) fn new(lower: &[i64], upper: &[i64], cost: &[i64]) -> Network {
        let count = lower.len();
        let root = count as u32;
        let mut network = Network {
            from: Vec::new(),
            to: Vec::new(),
            weight: Vec::new(),
            flow: Vec::new(),
            potential: vec![0; count + 1],
            parent: vec![root; count + 1],
            parent_arc: vec![NONE; count + 1],
            depth: vec![1; count + 1],
            first_child: vec![NONE; count + 1],
            next_sibling: vec![NONE; count + 1],
            previous_sibling: vec![NONE; count + 1],
            cursor: 0,
            stack: Vec::new(),
        };
        network.parent[count] = NONE;
        network.depth[count] = 0;
        for v in 0..count {
            let at_least = network.add_row(root as usize, v, lower[v]);
            let at_most = network.add_row(v, root as usize, -upper[v]);
            let (arc, value) = if cost[v] > 0 { (at_least, lower[v]) } else { (at_most, upper[v]) };
            network.flow[arc as usize] = cost[v].abs();
            network.potential[v] = value;
            network.parent_arc[v] = arc;
            network.link(v as u32, root);
        }
        network
    }

    /// `x(to) - x(from) >= weight`.
    pub(super) fn add_row(&mut self, from: usize, to: usize, weight: i64) -> u32 {
        self.from.push(from as u32);
        self.to.push(to as u32);
        self.weight.push(weight);
        self.flow.push(0);
        self.from.len() as u32 - 1
    }

    /// `x(to) - x(from) >= weight`, or the price for each 1 that it lacks.
    pub(super) fn add_priced_row(&mut self, from: usize, to: usize, weight: i64, price: i64) {
        debug_assert!(price > 0, "a row of no price");
        // max(x(to), x(from) + weight), which costs the price beyond x(to). It hangs on `to` and feeds on what that
        // gives: flow along the arc between them, and none other changes.
        let reached = self.potential.len();
        self.potential.push(self.potential[to]);
        self.parent.push(to as u32);
        self.depth.push(self.depth[to] + 1);
        for links in [&mut self.first_child, &mut self.next_sibling, &mut self.previous_sibling] {
            links.push(NONE);
        }
        let arc = self.add_row(to, reached, 0);
        self.flow[arc as usize] = price;
        self.parent_arc.push(arc);
        self.link(reached as u32, to as u32);
        self.add_row(from, reached, weight);
    }

    /// The values of the variables, of the current basis; those of the first so many.
    pub(super) fn values(&self, count: usize) -> &[i64] {
        &self.potential[..count]
    }

    /// Goes to the optimum; `false` if the work, which counts down, did not suffice.
    ///
    /// # Panics
    /// If the rows contradict each other.
    pub(super) fn solve(&mut self, work: &mut u64) -> bool {
        while let Some(arc) = self.entering(work) {
            if *work == 0 {
                return false;
            }
            self.pivot(arc, work);
        }
        true
    }

    /// How much a row lacks.
    fn violation(&self, arc: usize) -> i64 {
        self.weight[arc] + self.potential[self.from[arc] as usize] - self.potential[self.to[arc] as usize]
    }

    /// The most violated row of the first block that has one, going round.
    fn entering(&mut self, work: &mut u64) -> Option<usize> {
        let count = self.from.len();
        let block = ((count as f64).sqrt() as usize).max(16);
        let (mut best, mut found) = (0, None);
        let mut left_in_block = block;
        for step in 1..=count {
            self.cursor = if self.cursor + 1 >= count { 0 } else { self.cursor + 1 };
            let violation = self.violation(self.cursor);
            if violation > best {
                (best, found) = (violation, Some(self.cursor));
            }
            left_in_block -= 1;
            if left_in_block == 0 {
                if found.is_some() {
                    *work = work.saturating_sub(step as u64);
                    return found;
                }
                left_in_block = block;
            }
        }
        *work = work.saturating_sub(count as u64);
        found
    }

    /// Sends flow round the circle that the arc closes with the tree, until an arc of the tree is empty and leaves.
    fn pivot(&mut self, entering: usize, work: &mut u64) {
        let (i, j) = (self.from[entering], self.to[entering]);
        let violation = self.violation(entering);

        // The least flow against the direction of the circle. Of several, the last one met from the apex on: that
        // keeps the basis strongly feasible. From the apex the circle goes down to i, over to j, and up again.
        let (mut least, mut leaving, mut at_i) = (i64::MAX, NONE, true);
        let (mut a, mut b) = (i, j);
        while a != b {
            if self.depth[a as usize] >= self.depth[b as usize] {
                let arc = self.parent_arc[a as usize] as usize;
                if self.from[arc] == a && self.flow[arc] < least {
                    (least, leaving, at_i) = (self.flow[arc], a, true);
                }
                a = self.parent[a as usize];
            } else {
                let arc = self.parent_arc[b as usize] as usize;
                // On the way up ties go to the later, and j's side comes after i's.
                if self.to[arc] == b && self.flow[arc] <= least {
                    (least, leaving, at_i) = (self.flow[arc], b, false);
                }
                b = self.parent[b as usize];
            }
        }
        let apex = a;
        assert!(leaving != NONE, "the rows contradict each other");

        if least > 0 {
            self.flow[entering] += least;
            for (end, towards_root) in [(i, false), (j, true)] {
                let mut v = end;
                while v != apex {
                    let arc = self.parent_arc[v as usize] as usize;
                    let along = (self.from[arc] == v) == towards_root;
                    self.flow[arc] += if along { least } else { -least };
                    v = self.parent[v as usize];
                }
            }
        }

        // The part cut off hangs on the entering arc from now on, by its own end of that arc.
        let (inner, outer, shift) = if at_i { (i, j, -violation) } else { (j, i, violation) };
        let (mut v, mut parent, mut arc) = (inner, outer, entering as u32);
        loop {
            let (old_parent, old_arc) = (self.parent[v as usize], self.parent_arc[v as usize]);
            self.unlink(v);
            self.parent_arc[v as usize] = arc;
            self.link(v, parent);
            if v == leaving {
                break;
            }
            (parent, arc, v) = (v, old_arc, old_parent);
        }
        let mut moved = 0;
        self.stack.push(inner);
        while let Some(v) = self.stack.pop() {
            self.potential[v as usize] += shift;
            self.depth[v as usize] = self.depth[self.parent[v as usize] as usize] + 1;
            moved += 1;
            let mut child = self.first_child[v as usize];
            while child != NONE {
                self.stack.push(child);
                child = self.next_sibling[child as usize];
            }
        }
        *work = work.saturating_sub(moved);
    }

    fn link(&mut self, v: u32, parent: u32) {
        let first = self.first_child[parent as usize];
        self.parent[v as usize] = parent;
        self.previous_sibling[v as usize] = NONE;
        self.next_sibling[v as usize] = first;
        if first != NONE {
            self.previous_sibling[first as usize] = v;
        }
        self.first_child[parent as usize] = v;
    }

    fn unlink(&mut self, v: u32) {
        let (previous, next) = (self.previous_sibling[v as usize], self.next_sibling[v as usize]);
        if previous == NONE {
            self.first_child[self.parent[v as usize] as usize] = next;
        } else {
            self.next_sibling[previous as usize] = next;
        }
        if next != NONE {
            self.previous_sibling[next as usize] = previous;
        }
    }
}
