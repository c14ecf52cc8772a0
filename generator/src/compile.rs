//! From a graph to a netlist that meets a clock.
use crate::builder::{Builder, Context};
use crate::closure;
use crate::ir::Graph;
use crate::ir::verify::verify;
use crate::passes::cluster::{Clusters, cluster};
use crate::passes::legalize::legalize;
use crate::passes::trim::trim;
use crate::resynthesis;
use crate::rtl::Module;
use crate::rtl::lower::{Placement, lower};
use crate::schedule::{self, Infeasible, Method, Schedule, one_clock};
use crate::timing::{self, Estimate};

/// What the pipeline looks like from outside.
#[derive(Clone, Debug)]
pub struct Options {
    /// Module name; legal in both languages.
    pub name: String,
    /// A `ce` port that freezes everything.
    pub clock_enable: bool,
    /// Independent sums served in turn: state loops may take as many clocks.
    pub turns: u32,
}

/// One pipeline stage, for reports.
#[derive(Clone, Debug)]
pub struct StageReport {
    /// What happens in it.
    pub title: String,
    /// The longest path of logic in it, picoseconds.
    pub used_ps: f64,
    /// Operations in it with the time at which each is ready, latest last.
    pub operations: Vec<(String, f64)>,
    /// Register bits behind it.
    pub register_bits: u64,
}

/// A netlist and what is known of it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What is printed and simulated. Its header is empty: the caller writes it.
    pub module: Module,
    /// Register ranks from input to output; 0 for a combinational core.
    pub latency: u32,
    /// What place and route is expected to reach, or what the scheduler's delays allow for a target whose wires were not
    /// measured; 0 for a combinational core.
    pub estimated_fmax_mhz: f64,
    /// The path behind the estimate, if it is one of place and route.
    pub expected: Option<Estimate>,
    /// Longest path of logic between registers by the scheduler's delays, picoseconds (of the whole core if it is
    /// combinational).
    pub critical_ps: f64,
    /// Pipeline and state registers, bits.
    pub register_bits: u64,
    /// Lookup tables (gates without them) by a count of the operations' structures; synthesis finds less or more.
    pub estimated_tables: u64,
    /// How the schedule was found.
    pub method: Method,
    /// Stage by stage.
    pub stages: Vec<StageReport>,
}

/// Why there is no netlist.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CompileError {
    /// The clock is too fast.
    #[error(transparent)]
    Infeasible(#[from] Infeasible),
}

/// Builds, simplifies, legalises for the clock, schedules and lowers. Where place and route is expected to miss the
/// clock, the core is built for a faster one and scheduled with what its netlist tells of the delays, see `closure.rs`.
///
/// # Panics
/// If the graph is unsound: a bug of the operator.
pub fn build(
    operator: &(dyn Fn(&Builder) + Sync),
    context: &Context,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let graph = |context: &Context| {
        let b = Builder::new(context.clone());
        operator(&b);
        b.finish()
    };
    compile_for(&graph, context, options)
}

/// As [`build()`], of a graph whose structures stand.
///
/// # Panics
/// As [`build()`].
pub fn compile(graph: Graph, context: &Context, options: &Options) -> Result<Compiled, CompileError> {
    compile_for(&|_| graph.clone(), context, options)
}

fn compile_for(
    graph: closure::Build<'_>,
    context: &Context,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let first = graph(context);
    if context.effort > 0 && context.has_cells() && resynthesis::is_combinational(&first) {
        let plain = Context::new(context.target.clone(), 0.0).with_primitives(context.primitives);
        let module = compile_for(graph, &plain, &Options { clock_enable: false, ..options.clone() })?.module;
        if let Some(smaller) = resynthesis::smaller(&first, &module, context) {
            return closure::compile(smaller.clone(), &|_| smaller.clone(), context, options);
        }
    }
    if !first.clocked {
        return closure::compile(first, graph, context, options);
    }
    let (graph, clusters) = prepare(first, context, options.turns);
    Ok(clocked(&graph, &clusters, context, options)?)
}

/// Simplified, in operations that the clock has time for, and what is to be scheduled.
pub(crate) fn prepare(graph: Graph, context: &Context, turns: u32) -> (Graph, Clusters) {
    check(&graph);
    let pipelined = context.budget_ps.is_finite();
    let graph = trim(&graph, context);
    let graph = if pipelined { trim(&legalize(&graph, context), context) } else { graph };
    check(&graph);
    let clusters = cluster(&graph, context, turns, pipelined);
    (graph, clusters)
}

/// As [`compile`], but with any legal schedule instead of the best: all must compute the same function.
///
/// # Panics
/// As [`compile`].
pub fn compile_randomly(
    graph: Graph,
    context: &Context,
    options: &Options,
    seed: u64,
) -> Result<Compiled, CompileError> {
    if graph.clocked {
        return compile(graph, context, options);
    }
    let graph = trim(&legalize(&trim(&graph, context), context), context);
    let clusters = cluster(&graph, context, options.turns, true);
    let schedule = schedule::random(&clusters.problem, seed)?;
    Ok(place(&graph, &clusters, &schedule, context, options))
}

fn check(graph: &Graph) {
    if let Err(e) = verify(graph) {
        panic!("{e}");
    }
}

/// A netlist of a schedule.
///
/// # Panics
/// If the schedule is not legal, or the netlist unsound.
pub(crate) fn place(
    graph: &Graph,
    clusters: &Clusters,
    schedule: &Schedule,
    context: &Context,
    options: &Options,
) -> Compiled {
    if let Err(e) = clusters.problem.audit(schedule) {
        panic!("the schedule is not legal: {e}");
    }
    let pipelined = context.budget_ps.is_finite();
    let stateful = graph.states.iter().any(|s| clusters.live[s.read.index()]);
    let latency = if pipelined || stateful { schedule.latency } else { 0 };
    let stage = clusters.stages(graph, schedule);
    let carry_chain = context.target.carry_chain;
    let (turns, clock_enable) = (options.turns, options.clock_enable);
    let placement = Placement { stage, latency, turns, clock_enable, carry_chain };
    let module = lower(graph, &placement, &options.name);
    if let Err(e) = module.verify() {
        panic!("{e}");
    }
    let stages = report(clusters, schedule, &module);
    let critical_ps = stages.iter().map(|s| s.used_ps).fold(0.0, f64::max);
    let register_bits = module.sections.iter().flat_map(|s| &s.registers);
    let register_bits = register_bits.map(|r| u64::from(module.signal(r.signal).width)).sum();
    let expected = if latency > 0 { timing::estimate(&module, &context.target) } else { None };
    let estimated_fmax_mhz = if latency == 0 { 0.0 } else { clock(expected.as_ref(), critical_ps, context) };
    let (method, estimated_tables) = (schedule.method, clusters.tables);
    Compiled {
        module,
        latency,
        estimated_fmax_mhz,
        expected,
        critical_ps,
        register_bits,
        estimated_tables,
        method,
        stages,
    }
}

fn clock(expected: Option<&Estimate>, critical_ps: f64, context: &Context) -> f64 {
    expected.map_or_else(|| context.target.clock_mhz(critical_ps), |e| 1e6 / e.period_ps)
}

/// A clocked core: everything happens in one clock.
fn clocked(
    graph: &Graph,
    clusters: &Clusters,
    context: &Context,
    options: &Options,
) -> Result<Compiled, Infeasible> {
    let ready = one_clock(&clusters.problem)?;
    let (clock_enable, carry_chain) = (options.clock_enable, context.target.carry_chain);
    let placement =
        Placement { stage: vec![0; graph.len()], latency: 0, turns: 1, clock_enable, carry_chain };
    let module = lower(graph, &placement, &options.name);
    if let Err(e) = module.verify() {
        panic!("{e}");
    }
    let critical_ps = ready.iter().copied().fold(0.0, f64::max);
    let registers = module.sections.iter().flat_map(|s| &s.registers);
    let register_bits = registers.map(|r| u64::from(module.signal(r.signal).width)).sum();
    let nodes = clusters.problem.nodes.iter().zip(&ready).filter(|(n, _)| n.delay_ps > 0.0);
    let mut operations: Vec<(String, f64)> = nodes.map(|(n, r)| (n.name.clone(), *r)).collect();
    operations.sort_by(|a, b| a.1.total_cmp(&b.1));
    let stage = StageReport { title: "every clock".into(), used_ps: critical_ps, operations, register_bits };
    let expected = timing::estimate(&module, &context.target);
    Ok(Compiled {
        module,
        latency: 0,
        estimated_fmax_mhz: clock(expected.as_ref(), critical_ps, context),
        expected,
        critical_ps,
        register_bits,
        estimated_tables: clusters.tables,
        method: Method::Asap,
        stages: vec![stage],
    })
}

/// Arrival times within each stage.
fn report(clusters: &Clusters, schedule: &Schedule, module: &Module) -> Vec<StageReport> {
    let problem = &clusters.problem;
    let mut stages: Vec<StageReport> = module
        .sections
        .iter()
        .take(schedule.latency as usize)
        .map(|s| StageReport {
            title: s.title.clone(),
            used_ps: 0.0,
            operations: Vec::new(),
            register_bits: s.registers.iter().map(|r| u64::from(module.signal(r.signal).width)).sum(),
        })
        .collect();
    let ready = problem.ready_within_stages(schedule);
    for (n, ready) in ready.into_iter().enumerate() {
        let Some(stage) = stages.get_mut(schedule.stage[n] as usize) else { continue };
        stage.used_ps = stage.used_ps.max(ready);
        if problem.nodes[n].delay_ps > 0.0 {
            stage.operations.push((problem.nodes[n].name.clone(), ready));
        }
    }
    for s in &mut stages {
        s.operations.sort_by(|a, b| a.1.total_cmp(&b.1));
    }
    stages
}
