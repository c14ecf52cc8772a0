//! Timing closure: schedules a core again where place and route is expected to miss the clock.
//!
//! The scheduler's delays belong to operations and hold on average, not in every stage. The finished netlist tells
//! which stages are too long, and by how much; operations on the long paths of these stages are then taken to be as
//! much slower, and the scheduler spreads them over more stages. Where a single operation is too long, the whole core
//! is built for less time in a stage, which divides sums and tables further.
//!
//! Where a bit of a chain is a table and a multiplexer, rows of a sum cost about as much in turn as on a heap; both are built
//! for a clock, and what takes fewer stages, then registers and tables, is kept.
//!
//! Of a core that can be built in several ways, the one whose pipeline is smallest is kept.
//!
//! A core that is expected to meet the clock by less than routed clocks spread is scheduled once more: stages that are
//! full are emptied where that takes hardly more registers.
use crate::builder::Context;
use crate::compile::{CompileError, Compiled, Options, place, prepare};
use crate::ir::Graph;
use crate::passes::cluster::Clusters;
use crate::schedule::{self, Problem, Schedule};
use crate::structures::rows;
use rayon::prelude::*;

/// How often a core is built for less time in a stage.
const TIGHTENINGS: u32 = 8;

/// By how much less, at least, of the budget.
const LEAST_STEP: f64 = 0.05;

/// How often one netlist is scheduled with slower operations.
const STRETCHINGS: u32 = 6;

/// Registers that cost as much as a lookup table.
const REGISTERS_A_TABLE: f64 = 2.0;

/// Builds a core for a clock.
pub(crate) type Build<'a> = &'a (dyn Fn(&Context) -> Graph + Sync);

/// The least latency expected to meet the clock; what comes closest, where none does.
///
/// `graph`: as built for the clock; `build`: the same for another one.
pub(crate) fn compile(
    graph: Graph,
    build: Build<'_>,
    context: &Context,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let ways = if context.budget_ps.is_finite() { 1..graph.ways.max(1) } else { 1..1 };
    let made =
        first_and(graph, build, ways.map(|way| Context { way, ..context.clone() }), context, &|g, c| {
            in_rows(g, build, c, options)
        });
    let rank = |made: &Result<Compiled, CompileError>| {
        let size = |c: &Compiled| c.estimated_tables as f64 + c.register_bits as f64 / REGISTERS_A_TABLE;
        made.as_ref().map_or((f64::INFINITY, 0.0), |c| (missed(c, context), size(c)))
    };
    made.into_iter()
        .reduce(|best, made| if rank(&made) < rank(&best) { made } else { best })
        .expect("one way")
}

/// The same in one way, with as many rows of sums in turn as take the fewest stages.
fn in_rows(
    graph: Graph,
    build: Build<'_>,
    context: &Context,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let several = context.target.carry_chain.has_multiplexers();
    let others = rows::in_turn(context.budget_ps).iter().skip(1).filter(|_| several);
    let others = others.map(|rows| Context { rows_in_turn: Some(*rows), ..context.clone() });
    let mut made = first_and(graph, build, others, context, &|g, c| close(g, build, c, options)).into_iter();
    let mut best = made.next().expect("the first")?;
    let price = |c: &Compiled| (missed(c, context), c.latency, c.register_bits + c.estimated_tables);
    for made in made.flatten() {
        if best.expected.is_some() && price(&made) < price(&best) {
            best = made;
        }
    }
    Ok(best)
}

/// What becomes of a graph, and of those built for other contexts, on all cores of the computer.
fn first_and(
    graph: Graph,
    build: Build<'_>,
    others: impl Iterator<Item = Context>,
    context: &Context,
    make: &(dyn Fn(Graph, &Context) -> Result<Compiled, CompileError> + Sync),
) -> Vec<Result<Compiled, CompileError>> {
    let first = (Some(graph), context.clone());
    let all: Vec<_> = std::iter::once(first).chain(others.map(|c| (None, c))).collect();
    all.into_par_iter().map(|(graph, c)| make(graph.unwrap_or_else(|| build(&c)), &c)).collect()
}

/// The same with the structures of one context.
fn close(
    graph: Graph,
    build: Build<'_>,
    context: &Context,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let mut best = stretch(graph, context, context, options)?;
    let (mut misses, mut meets) = (context.budget_ps, None);
    for _ in 0..TIGHTENINGS {
        let excess = missed(&best, context);
        let budget_ps = match meets {
            None if excess == 0.0 => break,
            None => misses - excess.max(LEAST_STEP * context.budget_ps),
            // Less than it took would do, perhaps.
            Some(meets) => (misses + meets) / 2.0,
        };
        if budget_ps < context.target.lut_level() {
            break;
        }
        let tight = Context { budget_ps, ..context.clone() };
        let Ok(made) = stretch(build(&tight), &tight, context, options) else { break };
        let met = missed(&made, context) == 0.0;
        *(if met { meets.get_or_insert(budget_ps) } else { &mut misses }) = budget_ps;
        if better(&made, &best, context) {
            best = made;
        }
    }
    Ok(best)
}

/// Closer to the clock, or with fewer stages or registers where both meet it.
fn better(made: &Compiled, than: &Compiled, context: &Context) -> bool {
    let rank = |c: &Compiled| (missed(c, context), c.latency, c.register_bits);
    rank(made) < rank(than)
}

/// By how much a core is expected to miss the clock, picoseconds.
fn missed(made: &Compiled, context: &Context) -> f64 {
    made.expected.as_ref().map_or(0.0, |e| (e.period_ps - period_ps(context)).max(0.0))
}

fn period_ps(context: &Context) -> f64 {
    context.budget_ps + context.target.overhead()
}

/// Schedules a graph built for a tight clock, in operations that this has time for, with their delays as they turn out.
fn stretch(
    graph: Graph,
    tight: &Context,
    context: &Context,
    options: &Options,
) -> Result<Compiled, CompileError> {
    let (graph, mut clusters) = prepare(graph, tight, options.turns);
    clusters.problem.period_budget_ps = context.budget_ps;
    let mut looped = None;
    let mut best: Option<Compiled> = None;
    for _ in 0..=STRETCHINGS {
        let schedule = match (schedule::min_registers(&clusters.problem), &best) {
            (Ok(schedule), _) => schedule,
            (Err(e), None) => return Err(e.into()),
            (Err(_), Some(_)) => break,
        };
        let made = place(&graph, &clusters, &schedule, context, options);
        let missing = made.expected.as_ref().filter(|_| missed(&made, context) > 0.0);
        let again = missing.is_some_and(|e| {
            let problem = &mut clusters.problem;
            let looped = looped.get_or_insert_with(|| problem.in_loops_of_one_stage());
            slow_down(problem, &schedule, &e.sections_ps, looped)
        });
        if best.as_ref().is_none_or(|b| better(&made, b, context)) {
            best = Some(made);
        }
        if !again {
            break;
        }
    }
    let best = best.expect("scheduled at least once");
    Ok(roomier(&graph, clusters, &best, context, options).unwrap_or(best))
}

/// The same in as many stages, of which fewer are full; `None` where that is of no use, or the netlist would be slower.
fn roomier(
    graph: &Graph,
    mut clusters: Clusters,
    than: &Compiled,
    context: &Context,
    options: &Options,
) -> Option<Compiled> {
    let spread_ps = context.target.spread * period_ps(context);
    let expected = |c: &Compiled| c.expected.as_ref().map(|e| e.period_ps);
    let latest_ps =
        expected(than).filter(|ps| missed(than, context) == 0.0 && *ps + spread_ps > period_ps(context))?;
    clusters.problem.margin_ps = spread_ps;
    let schedule = schedule::min_registers(&clusters.problem).ok()?;
    let made = place(graph, &clusters, &schedule, context, options);
    (made.latency <= than.latency && expected(&made)? <= latest_ps).then_some(made)
}

/// Takes the operations on the paths that are too long to be slower, by what the netlist tells of their stage. Whether
/// any became slower: not those that fill a stage already, nor those `looped`, which no schedule divides.
fn slow_down(problem: &mut Problem, schedule: &Schedule, sections_ps: &[f64], looped: &[bool]) -> bool {
    let through = problem.paths_within_stages(schedule);
    let mut longest = vec![0f64; sections_ps.len()];
    for (ps, stage) in through.iter().zip(&schedule.stage) {
        if let Some(l) = longest.get_mut(*stage as usize) {
            *l = l.max(*ps);
        }
    }
    let (budget, overhead) = (problem.period_budget_ps, problem.overhead_ps);
    let mut slower = false;
    for v in 0..problem.nodes.len() {
        let stage = schedule.stage[v] as usize;
        let Some(section) = sections_ps.get(stage).filter(|ps| **ps > budget + overhead) else { continue };
        let ratio = (section - overhead) / longest[stage];
        let node = &mut problem.nodes[v];
        if looped[v] || node.delay_ps == 0.0 || through[v] * ratio <= budget {
            continue;
        }
        let stretched = (node.delay_ps * ratio).min(budget);
        slower |= stretched > node.delay_ps;
        node.delay_ps = node.delay_ps.max(stretched);
    }
    slower
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Builder;
    use crate::schedule::Node;
    use crate::target::Target;

    const OPTIONS: fn() -> Options =
        || Options { name: "core_under_test".into(), clock_enable: false, turns: 1 };

    /// The magnitude of a difference, normalised by its first ones: sums, choices and shifts, one after the other.
    fn magnitude(b: &Builder) {
        let (x, y) = (b.input("x", 12), b.input("y", 12));
        let (forth, back) = (x.wrapping_sub(y), y.wrapping_sub(x));
        let m = x.ult(y).mux(back, forth);
        b.output("r", m.shift_left(m.bits(11, 9)));
    }

    fn graph(context: &Context) -> Graph {
        let b = Builder::new(context.clone());
        magnitude(&b);
        b.finish()
    }

    #[test]
    fn cores_that_miss_their_clock_by_the_netlist_are_made_to_meet_it() {
        let mut mended = 0;
        for (target, clocks) in
            [("ice40hx", [150.0, 180.0, 210.0, 240.0]), ("ecp5", [250.0, 300.0, 340.0, 380.0])]
        {
            for mhz in clocks {
                let context = Context::new(Target::by_name(target).expect("a known target"), mhz);
                let first = stretch(graph(&context), &context, &context, &OPTIONS());
                let made = compile(graph(&context), &graph, &context, &OPTIONS());
                let (first, made) = (first.expect("no loop"), made.expect("no loop"));
                assert_eq!(missed(&made, &context), 0.0, "{target} {mhz}: {:?}", made.expected);
                mended += u32::from(missed(&first, &context) > 0.0);
            }
        }
        assert!(mended > 0, "none missed its clock at first");
    }

    /// Four short numbers, whose sum a longer path waits for.
    fn waiting(b: &Builder, bits: u32) {
        let sum = |x: &str, y: &str, width: u32| {
            b.input(x, width).zext(width + 1).wrapping_add(b.input(y, width).zext(width + 1))
        };
        let (x, y) = (sum("x0", "x1", bits), sum("y0", "y1", bits));
        let four = x.zext(bits + 2).wrapping_add(y.zext(bits + 2));
        let long = sum("z0", "z1", 30).wrapping_add(b.input("z2", 31)).wrapping_add(b.input("z3", 31));
        b.output("r", long.wrapping_add(four.zext(31)));
    }

    #[test]
    fn full_stages_are_emptied_near_the_clock() {
        let mut emptied = 0;
        for (bits, mhz) in (3..9).flat_map(|bits| (24..27).map(move |tens| (bits, f64::from(10 * tens)))) {
            let target = Target::by_name("ecp5").expect("a known target");
            let made = [0.0, 0.15].map(|spread| {
                let context = Context::new(Target { spread, ..target.clone() }, mhz);
                let build = |context: &Context| {
                    let b = Builder::new(context.clone());
                    waiting(&b, bits);
                    b.finish()
                };
                compile(build(&context), &build, &context, &OPTIONS()).expect("no loop")
            });
            let [few, roomy] = made;
            assert_eq!(few.latency, roomy.latency, "{bits} bits at {mhz} MHz");
            let period = |c: &Compiled| c.expected.as_ref().map(|e| e.period_ps);
            assert!(period(&roomy) <= period(&few), "{bits} bits at {mhz} MHz");
            emptied += u32::from(roomy.register_bits > few.register_bits);
        }
        assert!(emptied > 0, "no stage was full");
    }

    #[test]
    fn of_several_ways_the_smallest_pipeline_is_kept() {
        let target = || Target::by_name("kintex7").expect("a known target");
        let smallest = |mhz: f64, order: [u32; 3]| {
            let build = |context: &Context| {
                let b = Builder::new(context.clone());
                let rows = order[b.way(3) as usize];
                let sum = (0..rows).map(|k| b.input(&format!("x{k}"), 8)).reduce(|x, y| x.wrapping_add(y));
                b.output("r", sum.expect("some rows"));
                b.finish()
            };
            let context = Context::new(target(), mhz);
            let module = compile(build(&context), &build, &context, &OPTIONS()).expect("no loop").module;
            module.inputs.iter().filter(|i| module.signal(**i).name.starts_with('x')).count()
        };
        for order in [[2, 5, 9], [9, 2, 5], [9, 5, 2]] {
            assert_eq!(smallest(400.0, order), 2, "{order:?}");
        }
        // Without a clock there is one way.
        assert_eq!(smallest(0.0, [5, 2, 9]), 5);
    }

    #[test]
    fn only_what_a_schedule_can_divide_is_slowed_down() {
        let node = |delay_ps: f64| Node { delay_ps, width: 1, ..Node::default() };
        let mut problem = Problem::new(1000.0, 100.0);
        let [source, a, b, read, next] = [0.0, 400.0, 500.0, 0.0, 900.0].map(|ps| problem.add(node(ps)));
        problem.edges = vec![(source, a), (a, b), (read, next), (b, next)];
        problem.recurrences = vec![(read, next, 0)];
        problem.separations = vec![(read, next, 0)];
        problem.sinks = vec![next];
        let schedule = schedule::min_registers(&problem).expect("it fits");
        assert_eq!(schedule.stage, [0, 0, 0, 1, 1]);

        // 900 ps of operations took 1100 in the first stage: they no longer fit one.
        let looped = problem.in_loops_of_one_stage();
        assert!(slow_down(&mut problem, &schedule, &[1200.0, 1300.0], &looped));
        let delays: Vec<f64> = problem.nodes.iter().map(|n| n.delay_ps.round()).collect();
        assert_eq!(delays, [0.0, 489.0, 611.0, 0.0, 900.0]);
        let again = schedule::min_registers(&problem).expect("it fits");
        assert_eq!(again.stage, [0, 0, 1, 2, 2]);
        assert!(!slow_down(&mut problem, &again, &[900.0, 1000.0, 1300.0], &looped));
    }
}
