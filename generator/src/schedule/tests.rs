//! Every solver against definitions written down naively: all timing rows in full, Bellman and Ford, and a general
//! linear program.

use super::min_registers::min_registers_within;
use super::network::Network;
use super::*;
use microlp::{ComparisonOp, OptimizationDirection, SolveOutcome};
use proptest::prelude::*;

fn node(name: &str, delay_ps: f64, width: u32) -> Node {
    Node { name: name.into(), delay_ps, width, ..Node::default() }
}

/// A chain of nodes with these delays, the first an input, the last an output.
fn chain(budget: f64, delays: &[f64]) -> Problem {
    let mut problem = Problem::new(budget, 200.0);
    for (i, &delay) in delays.iter().enumerate() {
        problem.add(node(&format!("n{i}"), delay, 8));
        if i > 0 {
            problem.edges.push((i - 1, i));
        }
    }
    problem.nodes[0].fixed_stage = Some(0);
    problem.sinks = vec![delays.len() - 1];
    problem
}

/// Every constraint `stage(to) >= stage(from) + weight`, a row for each pair that is too far apart for one stage.
fn rows(problem: &Problem) -> Vec<(usize, usize, i64)> {
    let mut rows: Vec<_> = problem.edges.iter().map(|&(from, to)| (from, to, 0)).collect();
    rows.extend(problem.separations.iter().map(|&(from, to, d)| (from, to, i64::from(d))));
    rows.extend(problem.recurrences.iter().map(|&(read, next, d)| (next, read, -i64::from(d))));
    for first in 0..problem.nodes.len() {
        let mut path = vec![None; problem.nodes.len()];
        path[first] = Some(problem.nodes[first].delay_ps);
        for v in first + 1..path.len() {
            let before = problem.edges.iter().filter(|e| e.1 == v).filter_map(|e| path[e.0]).reduce(f64::max);
            path[v] = before.map(|p: f64| p + problem.nodes[v].delay_ps);
            if path[v].is_some_and(|p| p > problem.period_budget_ps + 1e-7) {
                rows.push((first, v, 1));
            }
        }
    }
    rows
}

/// The least solution, by Bellman and Ford.
fn naive(problem: &Problem) -> Option<Vec<i64>> {
    if problem.nodes.iter().any(|n| n.delay_ps > problem.period_budget_ps) {
        return None;
    }
    let rows = rows(problem);
    let mut stage: Vec<i64> =
        problem.nodes.iter().map(|n| i64::from(n.min_stage.max(n.fixed_stage.unwrap_or(0)))).collect();
    for _ in 0..=stage.len() {
        let before = stage.clone();
        for &(from, to, weight) in &rows {
            stage[to] = stage[to].max(stage[from] + weight);
        }
        if stage == before {
            let fixed = |(n, s): (&Node, &i64)| n.fixed_stage.is_none_or(|f| i64::from(f) == *s);
            return problem.nodes.iter().zip(&stage).all(fixed).then_some(stage);
        }
    }
    None
}

/// The fewest register bits at a latency, by a general linear program.
fn fewest_bits(problem: &Problem, latency: u32) -> u64 {
    let last = f64::from(latency - 1);
    let mut program = microlp::Problem::new(OptimizationDirection::Minimize);
    let stage: Vec<_> = (problem.nodes.iter())
        .map(|n| {
            let bounds =
                n.fixed_stage.map_or((f64::from(n.min_stage), last), |f| (f64::from(f), f64::from(f)));
            program.add_var(0.0, bounds)
        })
        .collect();
    for (from, to, weight) in rows(problem) {
        program.add_constraint([(stage[to], 1.0), (stage[from], -1.0)], ComparisonOp::Ge, weight as f64);
    }
    for (v, node) in problem.nodes.iter().enumerate() {
        let life = program.add_var(f64::from(node.width), (0.0, f64::INFINITY));
        for &(_, to) in problem.edges.iter().filter(|e| e.0 == v) {
            let row = [(life, 1.0), (stage[to], -1.0), (stage[v], 1.0)];
            program.add_constraint(row, ComparisonOp::Ge, 0.0);
        }
        if problem.sinks.contains(&v) {
            program.add_constraint([(life, 1.0), (stage[v], 1.0)], ComparisonOp::Ge, last + 1.0);
        }
    }
    let SolveOutcome::Solution(solution) = program.solve().unwrap() else { panic!("no time limit is set") };
    solution.objective().round() as u64
}

/// A graph of up to 24 nodes with everything that a problem may have.
fn problems(loops: bool) -> impl Strategy<Value = Problem> {
    let one = (
        (0u32..14, 0u32..9, 0u32..20),
        prop::collection::vec(0usize..8, 0..4),
        (0u32..24, 0usize..30, 0u32..4),
        prop::bool::weighted(0.15),
    );
    let related = (0u32..4, 0usize..24, 0u32..3);
    (prop::collection::vec(one, 1..24), 900u32..3000, 0u32..5, prop::collection::vec(related, 0..3)).prop_map(
        move |(nodes, budget, min_latency, related)| {
            let mut problem = Problem::new(f64::from(budget), 216.0);
            problem.min_latency = min_latency;
            for (v, ((delay, width, fixed), operands, (min_stage, span, distance), sink)) in
                nodes.into_iter().enumerate()
            {
                let mut node = node(&format!("n{v}"), f64::from(delay) * 76.3, width);
                node.min_stage = if min_stage < 3 { min_stage } else { 0 };
                let mut is_source = true;
                for back in operands.into_iter().filter(|&b| b < v) {
                    problem.edges.push((v - 1 - back, v));
                    is_source = false;
                }
                // Sources are mostly inputs; a few others are nailed down somewhere.
                node.fixed_stage = match fixed {
                    0 if loops => Some(distance + 2),
                    _ if is_source && fixed < 12 => Some(node.min_stage),
                    _ => None,
                };
                if loops && span < 4 && v > span {
                    problem.recurrences.push((v - 1 - span, v, distance / 2));
                }
                if sink {
                    problem.sinks.push(v);
                }
                problem.add(node);
            }
            for (kind, from, distance) in related {
                let to = from + 1 + distance as usize;
                if to < problem.nodes.len() {
                    // Now and then against the order of the nodes.
                    problem.separations.push(if loops && kind == 0 {
                        (to, from, 0)
                    } else {
                        (from, to, distance)
                    });
                }
            }
            problem.sinks.push(problem.nodes.len() - 1);
            problem
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn asap_is_the_least_solution(problem in problems(true)) {
        match (asap(&problem), naive(&problem)) {
            (Ok(schedule), Some(expected)) => {
                prop_assert_eq!(problem.audit(&schedule), Ok(()));
                let found: Vec<i64> = schedule.stage.iter().map(|&s| i64::from(s)).collect();
                prop_assert_eq!(found, expected);
            }
            (Err(_), None) => {}
            (found, expected) => prop_assert!(false, "found {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn min_registers_is_optimal(problem in prop_oneof![problems(false), problems(true)]) {
        let Ok(early) = asap(&problem) else { return Ok(()) };
        let few = min_registers(&problem).unwrap();
        prop_assert_eq!(few.method, Method::MinRegisters);
        prop_assert_eq!(problem.audit(&few), Ok(()));
        prop_assert_eq!(few.latency, early.latency);
        prop_assert!(few.register_bits <= early.register_bits);
        prop_assert_eq!(few.register_bits, fewest_bits(&problem, few.latency));
    }

    #[test]
    fn rows_with_a_price_are_worth_it(
        costs in prop::collection::vec(-6i64..7, 2..12),
        rows in prop::collection::vec((0usize..12, 0usize..12, 0i64..3, 0i64..9), 0..24),
    ) {
        let count = costs.len();
        let mut network = Network::new(&vec![0; count], &vec![5; count], &costs);
        let mut program = microlp::Problem::new(OptimizationDirection::Minimize);
        let variables: Vec<_> = costs.iter().map(|c| program.add_var(*c as f64, (0.0, 5.0))).collect();
        let mut priced = Vec::new();
        for (i, (a, b, weight, price)) in rows.into_iter().enumerate() {
            let (from, to) = (a.min(b) % count, a.max(b) % count);
            if from == to {
                continue;
            }
            let mut row = vec![(variables[to], 1.0), (variables[from], -1.0)];
            if price > 0 {
                // Some before the first optimum, some after.
                if i % 3 == 0 {
                    prop_assert!(network.solve(&mut 1_000_000));
                }
                network.add_priced_row(from, to, weight, price);
                row.push((program.add_var(price as f64, (0.0, f64::INFINITY)), 1.0));
                priced.push((from, to, weight, price));
            } else if from < to {
                network.add_row(from, to, 0);
            }
            if price > 0 || from < to {
                let least = if price > 0 { weight as f64 } else { 0.0 };
                program.add_constraint(row, ComparisonOp::Ge, least);
            }
        }
        prop_assert!(network.solve(&mut 1_000_000));
        let x = network.values(count);
        let paid = priced.iter().map(|(from, to, weight, price)| price * (x[*from] + weight - x[*to]).max(0));
        let found = costs.iter().zip(x).map(|(c, x)| c * x).sum::<i64>() + paid.sum::<i64>();
        let SolveOutcome::Solution(best) = program.solve().unwrap() else { panic!("no time limit is set") };
        prop_assert_eq!(found, best.objective().round() as i64);
    }

    #[test]
    fn margins_take_no_stage_and_few_registers(
        problem in prop_oneof![problems(false), problems(true)],
        part in 1u32..6,
    ) {
        let Ok(few) = min_registers(&problem) else { return Ok(()) };
        let mut wide = problem.clone();
        wide.margin_ps = problem.period_budget_ps * f64::from(part) / 10.0;
        let roomy = min_registers(&wide).unwrap();
        prop_assert_eq!(wide.audit(&roomy), Ok(()));
        prop_assert_eq!(roomy.latency, few.latency);
        // No more than a register of each value that begins a path without a margin.
        wide.period_budget_ps -= wide.margin_ps;
        let full = rows(&wide).into_iter().filter(|(from, to, _)| few.stage[*from] == few.stage[*to]);
        let prices = full.filter(|row| row.2 == 1).map(|row| u64::from(problem.nodes[row.0].width));
        prop_assert!(roomy.register_bits <= few.register_bits + prices.sum::<u64>());
    }

    #[test]
    fn random_is_legal(problem in prop_oneof![problems(false), problems(true)], seed: u64) {
        let Ok(early) = asap(&problem) else {
            prop_assert!(random(&problem, seed).is_err());
            return Ok(())
        };
        let schedule = random(&problem, seed).unwrap();
        prop_assert_eq!(problem.audit(&schedule), Ok(()));
        prop_assert!(schedule.latency >= early.latency);
        prop_assert_eq!(random(&problem, seed).unwrap(), schedule);
    }

    #[test]
    fn closing_period_is_the_least_budget(mut problem in problems(true)) {
        let closing = closing_period(&problem);
        problem.period_budget_ps = f64::INFINITY;
        prop_assert_eq!(closing.is_finite(), asap(&problem).is_ok());
        if closing.is_finite() {
            problem.period_budget_ps = closing;
            let schedule = asap(&problem).unwrap();
            prop_assert_eq!(problem.audit(&schedule), Ok(()));
            problem.period_budget_ps = closing - 0.01;
            prop_assert!(naive(&problem).is_none());
        }
    }

    #[test]
    fn what_the_message_says_works(problem in problems(true)) {
        let Err(reason) = asap(&problem) else { return Ok(()) };
        let (mut slower, mut interleaved) = (problem.clone(), problem.clone());
        let closes = match reason.clone() {
            Infeasible::SlowNode { closes_mhz, .. } | Infeasible::FixedStage { closes_mhz, .. } => closes_mhz,
            Infeasible::Path { closes_mhz, .. } => Some(closes_mhz),
            Infeasible::Recurrence { closes_mhz, needed_distance, stages, allowed_stages, .. } => {
                prop_assert!(stages > allowed_stages);
                if let Some(needed) = needed_distance {
                    // At least one of the recurrences is the one meant; all get the same slack.
                    let works = (problem.recurrences.iter()).filter(|r| r.2 < needed).any(|r| {
                        let slack = needed - r.2;
                        for (r, more) in problem.recurrences.iter().zip(&mut interleaved.recurrences) {
                            more.2 = r.2 + slack;
                        }
                        asap(&interleaved).is_ok()
                    });
                    prop_assert!(works, "{reason}");
                }
                closes_mhz
            }
        };
        if let Some(mhz) = closes {
            slower.period_budget_ps = 1e6 / mhz - problem.overhead_ps;
            prop_assert!(asap(&slower).is_ok(), "{reason}");
        }
    }
}

/// A sign, spread over 32 bits early or late, meets a value that takes two stages.
fn spread_sign() -> Problem {
    let mut problem = Problem::new(1000.0, 200.0);
    let sign = problem.add(Node { fixed_stage: Some(0), ..node("sign", 0.0, 1) });
    let x = problem.add(Node { fixed_stage: Some(0), ..node("x", 0.0, 8) });
    let mask = problem.add(node("mask", 100.0, 32));
    let square = problem.add(node("square", 900.0, 16));
    let result = problem.add(node("result", 300.0, 32));
    problem.edges = vec![(sign, mask), (x, square), (mask, result), (square, result)];
    problem.sinks = vec![result];
    problem
}

#[test]
fn registers_go_where_values_are_narrow() {
    let problem = spread_sign();
    let (early, few) = (asap(&problem).unwrap(), min_registers(&problem).unwrap());
    assert_eq!((early.latency, early.register_bits), (2, 32 + 16 + 32));
    assert_eq!((few.latency, few.register_bits), (2, 1 + 16 + 32));
}

#[test]
fn a_full_stage_is_emptied_for_few_registers() {
    // A sum and one of it fill a stage; beside them, what only just fits one.
    let mut problem = Problem::new(1000.0, 200.0);
    problem.add(Node { fixed_stage: Some(0), ..node("x", 0.0, 8) });
    for (name, delay, width) in
        [("sum", 500.0, 9), ("next", 490.0, 8), ("beside", 950.0, 8), ("last", 500.0, 8)]
    {
        problem.add(node(name, delay, width));
    }
    problem.edges = vec![(0, 1), (1, 2), (0, 3), (2, 4), (3, 4)];
    problem.sinks = vec![4];
    let few = min_registers(&problem).unwrap();
    problem.margin_ps = 50.0;
    let roomy = min_registers(&problem).unwrap();
    assert_eq!((few.stage[2], few.register_bits), (0, 8 + 8 + 8));
    assert_eq!((roomy.stage[2], roomy.register_bits, roomy.latency), (1, 9 + 8 + 8, few.latency));
}

#[test]
fn a_delay_equal_to_the_budget_fits() {
    let schedule = asap(&chain(1000.0, &[0.0, 333.3, 333.3, 333.4, 1000.0])).unwrap();
    assert_eq!((schedule.stage, schedule.latency), (vec![0, 0, 0, 0, 1], 2));
}

#[test]
fn an_infinite_budget_needs_one_stage() {
    let problem = chain(f64::INFINITY, &[0.0, 5e5, 1e9]);
    for schedule in [asap(&problem), min_registers(&problem)] {
        assert_eq!(schedule.unwrap().latency, 1);
    }
}

#[test]
fn an_empty_problem_has_latency_one() {
    let problem = Problem::new(1000.0, 200.0);
    for schedule in [asap(&problem), min_registers(&problem), random(&problem, 1)] {
        let schedule = schedule.unwrap();
        assert_eq!((problem.audit(&schedule), schedule.register_bits), (Ok(()), 0));
    }
}

#[test]
fn a_state_is_read_as_late_as_its_loop_needs() {
    // input -> slow -> slow -> add -> next, and read -> add: the read moves to the adder's stage.
    let mut problem = chain(1000.0, &[0.0, 900.0, 900.0, 700.0, 200.0]);
    let read = 0;
    for (from, to) in &mut problem.edges {
        (*from, *to) = (*from + 1, *to + 1);
    }
    problem.nodes.insert(read, node("acc_read", 0.0, 16));
    problem.sinks = vec![5];
    problem.edges.push((read, 4));
    problem.recurrences.push((read, 5, 0));
    for schedule in [asap(&problem).unwrap(), min_registers(&problem).unwrap(), random(&problem, 3).unwrap()]
    {
        assert_eq!(problem.audit(&schedule), Ok(()));
        assert_eq!(schedule.stage[read], schedule.stage[5]);
    }
    assert_eq!(asap(&problem).unwrap().stage, [2, 0, 0, 1, 2, 2]);
}

#[test]
fn messages() {
    assert_eq!(
        asap(&chain(1000.0, &[0.0, 400.0, 1500.0])).unwrap_err().to_string(),
        "'n2' takes 1500 ps, but a stage has 1000 ps at 833.3 MHz; it fits at 588.2 MHz"
    );

    let mut problem = chain(1000.0, &[0.0, 700.0, 700.0, 700.0]);
    problem.nodes[0].fixed_stage = None;
    problem.recurrences = vec![(0, 3, 0)];
    assert_eq!(
        asap(&problem).unwrap_err().to_string(),
        "the loop n0 -> n1 -> n2 -> n3 takes 2100 ps: 3 stages of 1000 ps at 833.3 MHz, but may take 1; \
         it closes at 434.7 MHz, or at 833.3 MHz with an interleave of 3"
    );

    let mut problem = chain(1000.0, &[0.0, 700.0, 700.0]);
    problem.nodes[2].fixed_stage = Some(0);
    assert_eq!(
        asap(&problem).unwrap_err().to_string(),
        "'n2' has to be in stage 0, but stage 1 is its earliest at 833.3 MHz; it fits at 625.0 MHz"
    );

    let mut problem = chain(1000.0, &[0.0, 10.0]);
    problem.nodes[1].fixed_stage = Some(1);
    problem.separations = vec![(0, 1, 2)];
    assert_eq!(
        asap(&problem).unwrap_err().to_string(),
        "'n1' has to be in stage 1, but stage 2 is its earliest at 833.3 MHz; no clock would do"
    );
}

#[test]
fn two_states_that_feed_each_other() {
    // x' = f(y) and y' = g(x): neither has a loop of its own.
    let mut problem = Problem::new(1000.0, 200.0);
    let (x, y) = (problem.add(node("x", 0.0, 4)), problem.add(node("y", 0.0, 4)));
    let (f, g) = (problem.add(node("f", 600.0, 4)), problem.add(node("g", 600.0, 4)));
    let (next_x, next_y) = (problem.add(node("next_x", 600.0, 4)), problem.add(node("next_y", 600.0, 4)));
    problem.edges = vec![(y, f), (x, g), (f, next_x), (g, next_y)];
    problem.recurrences = vec![(x, next_x, 0), (y, next_y, 1)];
    let reason = asap(&problem).unwrap_err();
    let Infeasible::Recurrence { path, stages, allowed_stages, needed_distance, .. } = &reason else {
        panic!("{reason}")
    };
    assert_eq!((*stages, *allowed_stages, path.len()), (4, 3, 6));
    assert!(matches!(needed_distance, Some(1 | 2)), "{reason}");
    assert_eq!(closing_period(&problem), 1200.0);
}

#[test]
fn the_work_limit_is_admitted() {
    // Beside a path of four stages, a wide value that would be late and a narrow one that would be early: each at its
    // own best is no schedule, so there is work to do.
    let mut problem = chain(1000.0, &[600.0; 4]);
    problem.nodes.insert(1, node("wide", 100.0, 8));
    problem.nodes.insert(2, node("narrow", 100.0, 1));
    problem.edges = vec![(0, 1), (1, 2), (2, 5), (0, 3), (3, 4), (4, 5)];
    problem.sinks = vec![5];
    assert_eq!(min_registers(&problem).unwrap().method, Method::MinRegisters);
    let schedule = min_registers_within(&problem, 0).unwrap();
    assert_eq!(schedule.method, Method::AsapBeyondLimit);
    assert_eq!(problem.audit(&schedule), Ok(()));
}

#[test]
fn the_audit_finds_every_kind_of_mistake() {
    let mut problem = chain(1000.0, &[0.0, 700.0, 700.0, 100.0]);
    problem.separations = vec![(0, 3, 1)];
    problem.recurrences = vec![(1, 3, 1)];
    problem.nodes[2].min_stage = 1;
    let good = asap(&problem).unwrap();
    assert_eq!(good.stage, [0, 0, 1, 1]);
    let with = |stage: [u32; 4], latency| {
        let register_bits = 0;
        problem
            .audit(&Schedule { stage: stage.to_vec(), latency, register_bits, method: Method::Asap })
            .unwrap_err()
    };
    assert!(matches!(with([1, 1, 2, 2], 3), AuditError::FixedStage { .. }));
    assert!(matches!(with([0, 0, 0, 1], 2), AuditError::MinStage { .. }));
    assert!(matches!(with([0, 0, 1, 1], 1), AuditError::Latency { .. }));
    assert!(matches!(with([0, 0, 2, 1], 3), AuditError::Causality { .. }));
    assert!(matches!(with([0, 1, 1, 1], 2), AuditError::Timing { .. }));
    assert!(matches!(with([0, 0, 1, 2], 3), AuditError::Recurrence { .. }));
    assert!(matches!(with([0, 0, 1, 1], 2), AuditError::RegisterBits { .. }));
    problem.separations[0].2 = 2;
    assert!(matches!(problem.audit(&good), Err(AuditError::Separation { .. })));
    problem.nodes.pop();
    assert!(matches!(problem.audit(&good), Err(AuditError::Size { .. })));
}

#[test]
#[should_panic(expected = "topological order")]
fn edges_against_the_order_are_the_callers_mistake() {
    let mut problem = chain(1000.0, &[0.0, 1.0]);
    problem.edges.push((1, 0));
    let _ = asap(&problem);
}
