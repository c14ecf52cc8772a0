//! The order of operations: each behind what it needs, equal ones in runs.
use super::code::OPS;
use super::emit::Item;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How far a run may run ahead of the oldest operation that is ready, in operations: more makes longer runs
/// and more live values.
const WINDOW: usize = 96;

/// Operations visited to prove that computing registers in place makes no cycle; beyond, the rest is copied.
pub(super) const CYCLE_BUDGET: usize = 200_000_000;

/// An order of the items: by depth first search from the roots for short lives, bent to make runs.
pub(super) fn order(
    items: &[Item],
    successors: &[Vec<u32>],
    roots: &[u32],
    chains: &[Option<u32>],
) -> Vec<u32> {
    let predecessors = invert(successors);
    let mut position = vec![u32::MAX; items.len()];
    let mut next = 0;
    let mut entered = vec![false; items.len()];
    let mut work: Vec<(u32, usize)> = Vec::new();
    for &root in roots {
        if !std::mem::replace(&mut entered[root as usize], true) {
            work.push((root, 0));
        }
        while let Some((i, k)) = work.last_mut() {
            if let Some(&p) = predecessors[*i as usize].get(*k) {
                *k += 1;
                if !std::mem::replace(&mut entered[p as usize], true) {
                    work.push((p, 0));
                }
            } else {
                position[*i as usize] = next;
                next += 1;
                work.pop();
            }
        }
    }
    assert_eq!(next as usize, items.len(), "every item serves a root");

    let mut missing: Vec<u32> = predecessors.iter().map(|p| p.len() as u32).collect();
    let mut ready: Vec<BinaryHeap<Reverse<(u32, u32)>>> = vec![BinaryHeap::new(); OPS];
    for (i, item) in items.iter().enumerate().filter(|(i, _)| missing[*i] == 0) {
        ready[item.op as usize].push(Reverse((position[i], i as u32)));
    }
    let mut linked = vec![false; items.len()];
    for j in chains.iter().flatten() {
        linked[*j as usize] = true;
    }
    let mut out = Vec::with_capacity(items.len());
    let mut current = 0;
    loop {
        let top = |op: usize| ready[op].peek().map(|r| r.0.0 as usize);
        let Some((oldest, op)) = (0..OPS).filter_map(|op| Some((top(op)?, op))).min() else { break };
        if top(current).is_none_or(|p| p > oldest + WINDOW) {
            current = op;
        }
        let Some(Reverse((_, mut i))) = ready[current].pop() else {
            unreachable!("chosen because it is ready")
        };
        loop {
            out.push(i);
            for &s in &successors[i as usize] {
                missing[s as usize] -= 1;
                // A link follows its chain below: nothing else can be missing.
                if missing[s as usize] == 0 && !linked[s as usize] {
                    ready[items[s as usize].op as usize].push(Reverse((position[s as usize], s)));
                }
            }
            let Some(next) = chains[i as usize] else { break };
            assert_eq!(missing[next as usize], 0, "all that a chain needs comes before it");
            i = next;
        }
    }
    assert_eq!(out.len(), items.len(), "no cycles");
    out
}

pub(super) fn invert(successors: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut predecessors: Vec<Vec<u32>> = vec![Vec::new(); successors.len()];
    for (i, list) in successors.iter().enumerate() {
        for &s in list {
            predecessors[s as usize].push(i as u32);
        }
    }
    predecessors
}

/// Marks `from` and all that it reaches, as far as the budget lasts.
pub(super) fn visit(successors: &[Vec<u32>], from: u32, mark_of: &mut [u32], mark: u32, budget: &mut usize) {
    let mut work = vec![from];
    mark_of[from as usize] = mark;
    while let Some(i) = work.pop() {
        for &s in &successors[i as usize] {
            if mark_of[s as usize] != mark {
                mark_of[s as usize] = mark;
                work.push(s);
            }
        }
        if *budget == 0 {
            return;
        }
        *budget -= 1;
    }
}

/// Whether `from` reaches any of `targets` other than itself. True also if the budget is used up.
pub(super) fn reaches(
    successors: &[Vec<u32>],
    from: u32,
    targets: &[u32],
    mark_of: &mut [u32],
    mark: u32,
    budget: &mut usize,
) -> bool {
    if targets.iter().all(|&t| t == from) {
        return false;
    }
    visit(successors, from, mark_of, mark, budget);
    if *budget == 0 {
        return true;
    }
    targets.iter().any(|&t| t != from && mark_of[t as usize] == mark)
}
