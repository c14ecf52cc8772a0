//! What is to be scheduled, and the result.

/// Something that takes time and makes a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// From its operands to its value, picoseconds.
    pub delay_ps: f64,
    /// Bits of one pipeline register of its value; 0 for constants, which are never registered.
    pub width: u32,
    /// The stage it must be in (inputs: 0).
    pub fixed_stage: Option<u32>,
    /// The first stage it may be in.
    pub min_stage: u32,
    /// For messages; may be empty.
    pub name: String,
}

/// Nodes, the order between them, and the clock.
///
/// Nodes are numbered in topological order of the edges. Separations and recurrences may run either way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// What is to be placed.
    pub nodes: Vec<Node>,
    /// Data, `(from, to)`: `stage(to) >= stage(from)`, and within one stage the delays add up.
    pub edges: Vec<(usize, usize)>,
    /// `(from, to, distance)`: `stage(to) >= stage(from) + distance`. No data flows and no delay is added.
    pub separations: Vec<(usize, usize, u32)>,
    /// Loops through a state, `(read, next, distance)`: `stage(next) <= stage(read) + distance`.
    pub recurrences: Vec<(usize, usize, u32)>,
    /// Outputs: alive until the end of the last stage. Naming one twice changes nothing.
    pub sinks: Vec<usize>,
    /// What the operations of one stage may take: the clock's period less the registers' overhead. May be infinite.
    pub period_budget_ps: f64,
    /// How much of it had better be left: a register that shortens a longer path is worth its bits.
    pub margin_ps: f64,
    /// The registers' overhead, only used to speak of clocks in messages.
    pub overhead_ps: f64,
    /// The least latency wanted.
    pub min_latency: u32,
}

/// The stage of every node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// By node.
    pub stage: Vec<u32>,
    /// Register ranks: the last stage and one, since the outputs are registered.
    pub latency: u32,
    /// Flip-flops of the pipeline.
    pub register_bits: u64,
    /// Which solver made it.
    pub method: Method,
}

/// The solver of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Everything as soon as possible.
    Asap,
    /// Fewest register bits at the least latency, those counted that a margin is worth; proved.
    MinRegisters,
    /// Fewest register bits were asked for, but the problem is too big for its work limit: as soon as possible instead.
    AsapBeyondLimit,
    /// Random and legal, for tests.
    Random,
}

impl Problem {
    /// A problem without nodes.
    pub fn new(period_budget_ps: f64, overhead_ps: f64) -> Problem {
        Problem { period_budget_ps, overhead_ps, ..Problem::default() }
    }

    /// Adds a node and returns its number.
    pub fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Pipeline flip-flops of a choice of stages.
    pub fn register_bits(&self, stage: &[u32], latency: u32) -> u64 {
        let mut until = stage.to_vec();
        for &(from, to) in &self.edges {
            until[from] = until[from].max(stage[to]);
        }
        for &sink in &self.sinks {
            until[sink] = latency;
        }
        (0..stage.len()).map(|v| u64::from(self.nodes[v].width) * u64::from(until[v] - stage[v])).sum()
    }

    /// When each node's value is there, from the start of its stage, picoseconds.
    pub fn ready_within_stages(&self, schedule: &Schedule) -> Vec<f64> {
        let mut ready: Vec<f64> = self.nodes.iter().map(|n| n.delay_ps).collect();
        for (from, to) in self.edges_within_stages(schedule) {
            ready[to] = ready[to].max(ready[from] + self.nodes[to].delay_ps);
        }
        ready
    }

    /// The longest path within a stage that leads through each node, picoseconds.
    pub fn paths_within_stages(&self, schedule: &Schedule) -> Vec<f64> {
        let mut behind = vec![0f64; self.nodes.len()];
        for (from, to) in self.edges_within_stages(schedule).into_iter().rev() {
            behind[from] = behind[from].max(behind[to] + self.nodes[to].delay_ps);
        }
        self.ready_within_stages(schedule).iter().zip(behind).map(|(ready, behind)| ready + behind).collect()
    }

    /// In the order of what they lead from.
    fn edges_within_stages(&self, schedule: &Schedule) -> Vec<(usize, usize)> {
        let stage = &schedule.stage;
        let within = self.edges.iter().copied().filter(|&(from, to)| stage[from] == stage[to]);
        let mut edges: Vec<(usize, usize)> = within.collect();
        edges.sort_unstable();
        edges
    }

    /// Nodes between the read and the write of a state that both stand in one stage.
    pub fn in_loops_of_one_stage(&self) -> Vec<bool> {
        let mut edges = self.edges.clone();
        edges.sort_unstable();
        let mut looped = vec![false; self.nodes.len()];
        for &(read, next, _) in self.recurrences.iter().filter(|(.., distance)| *distance == 0) {
            let mut reached = vec![false; self.nodes.len()];
            let mut reaches = reached.clone();
            (reached[read], reaches[next]) = (true, true);
            for &(from, to) in &edges {
                reached[to] |= reached[from];
            }
            for &(from, to) in edges.iter().rev() {
                reaches[from] |= reaches[to];
            }
            for (l, (after, before)) in looped.iter_mut().zip(reached.iter().zip(&reaches)) {
                *l |= *after && *before;
            }
        }
        looped
    }

    /// The asked clock, for messages.
    pub(super) fn clock_mhz(&self, budget_ps: f64) -> f64 {
        1e6 / (budget_ps + self.overhead_ps)
    }

    /// Wraps the stages that a solver chose.
    pub(super) fn schedule(&self, stage: Vec<u32>, extra_latency: u32, method: Method) -> Schedule {
        let last = stage.iter().copied().max().unwrap_or(0);
        let latency = (last + 1).max(self.min_latency) + extra_latency;
        let register_bits = self.register_bits(&stage, latency);
        Schedule { stage, latency, register_bits, method }
    }

    /// # Panics
    /// On what only a wrong caller can build: see the messages.
    #[track_caller]
    pub(super) fn assert_well_formed(&self) {
        let count = self.nodes.len();
        for node in &self.nodes {
            let (delay, name) = (node.delay_ps, &node.name);
            assert!(
                delay.is_finite() && delay >= 0.0,
                "node '{name}' takes {delay} ps; delays are finite and not negative"
            );
        }
        for &(from, to) in &self.edges {
            assert!(
                from < to && to < count,
                "edge {from} -> {to} among {count} nodes; nodes are in topological order"
            );
        }
        for &(from, to, _) in self.separations.iter().chain(&self.recurrences) {
            assert!(from < count && to < count, "{from} and {to} are related, but there are {count} nodes");
        }
        for &sink in &self.sinks {
            assert!(sink < count, "node {sink} is an output, but there are {count} nodes");
        }
        assert!(!self.period_budget_ps.is_nan(), "the budget of a stage is not a number");
    }
}
