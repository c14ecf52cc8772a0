//! Which tables share a site of the device: two of at most five inputs between them, at one LUT6_2.
//!
//! A pair waits for the inputs of both, so pairs must not wait for each other, and none may make the core deeper than
//! it may be. A table beside a carry chain shares its site with nothing but what generates the carry there: its other
//! output has no way out where the sum leaves.
use super::network::{Id, Network, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Most inputs of both tables of a site.
const SITE_INPUTS: usize = 5;

/// Puts as many tables together as a greedy matching finds, those with the fewest choices first; no output gets more
/// tables and chains on its way than `deepest`.
pub(super) fn share(network: &mut Network, deepest: Option<u32>) {
    let order = network.order();
    let tables: Vec<Id> = order.iter().copied().filter(|id| network.is_table(*id)).collect();
    let beside = beside_chains(network);
    let reserved: BTreeSet<Id> = network.chains.iter().flat_map(|c| c.propagate.iter().copied()).collect();
    for (propagate, generate) in beside {
        try_pair(network, propagate, generate, deepest);
    }
    let mut choices: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (i, a) in tables.iter().enumerate() {
        for b in &tables[i + 1..] {
            let free = |id: &Id| !reserved.contains(id) && !network.partners.contains_key(id);
            if free(a) && free(b) && fits(network, *a, *b) {
                choices.entry(*a).or_default().push(*b);
                choices.entry(*b).or_default().push(*a);
            }
        }
    }
    while let Some((&id, _)) = choices.iter().min_by_key(|(id, of)| (of.len(), **id)) {
        let mut of = choices.remove(&id).expect("there");
        of.retain(|other| choices.contains_key(other));
        of.sort_by_key(|other| (choices[other].len(), *other));
        let partner = of.iter().copied().find(|other| try_pair(network, id, *other, deepest));
        if let Some(partner) = partner {
            choices.remove(&partner);
        }
        for others in choices.values_mut() {
            others.retain(|other| *other != id && Some(*other) != partner);
        }
    }
}

/// The tables of each position of a chain that has two of its own.
fn beside_chains(network: &Network) -> Vec<(Id, Id)> {
    let positions =
        network.chains.iter().flat_map(|c| c.propagate.iter().copied().zip(c.generate.iter().copied()));
    positions.filter(|(p, g)| network.is_table(*p) && network.is_table(*g)).collect()
}

/// Whether a site has inputs for both.
fn fits(network: &Network, a: Id, b: Id) -> bool {
    let (Node::Table(a), Node::Table(b)) = (&network.nodes[a as usize], &network.nodes[b as usize]) else {
        return false;
    };
    !a.inputs.is_empty() && !b.inputs.is_empty() && a.inputs_with(b).len() <= SITE_INPUTS
}

/// Puts two tables into one site, if nothing forbids it.
fn try_pair(network: &mut Network, a: Id, b: Id, deepest: Option<u32>) -> bool {
    let taken = |id: Id| network.partners.contains_key(&id);
    if a == b || taken(a) || taken(b) || !fits(network, a, b) || waits(network, a, b) || waits(network, b, a)
    {
        return false;
    }
    network.partners.extend([(a, b), (b, a)]);
    let Some(deepest) = deepest else { return true };
    if network.deepest() <= Some(deepest) {
        return true;
    }
    network.partners.remove(&a);
    network.partners.remove(&b);
    false
}

/// Whether `id` depends on `on`.
fn waits(network: &Network, id: Id, on: Id) -> bool {
    let mut seen = vec![false; network.nodes.len()];
    let mut work = vec![id];
    while let Some(id) = work.pop() {
        if id == on {
            return true;
        }
        let new =
            network.arguments(id).into_iter().filter(|a| !std::mem::replace(&mut seen[*a as usize], true));
        work.extend(new);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resynthesis::network::Table;
    use smallvec::smallvec;

    /// Of eight inputs: three tables of two inputs, of which the second reads the first, and one of six.
    fn network() -> Network {
        let mut nodes: Vec<Node> = (0..8).map(Node::Input).collect();
        let mut table = |inputs: &[Id]| {
            nodes.push(Node::Table(Table { inputs: inputs.into(), contents: 0b0110 }));
            nodes.len() as Id - 1
        };
        let first = table(&[0, 1]);
        let second = table(&[first, 2]);
        let third = table(&[1, 2]);
        let wide = table(&[0, 1, 2, 3, 4, 5]);
        Network { nodes, outputs: vec![second, third, wide], inputs: 8, ..Network::default() }
    }

    #[test]
    fn a_table_shares_a_site_with_one_that_does_not_wait_for_it() {
        for deepest in [None, Some(2)] {
            let mut n = network();
            share(&mut n, deepest);
            // The third may go with either; the first and the second not with each other, nor any with the wide one.
            assert_eq!(n.partners.len(), 2);
            assert!(n.partners.contains_key(&10) && !n.partners.contains_key(&11));
        }
        // A second way would wait for the first.
        let mut n = network();
        let deep = n.nodes.len() as Id;
        n.nodes.push(Node::Table(Table { inputs: smallvec![10, 9], contents: 0b0110 }));
        n.outputs.push(deep);
        share(&mut n, Some(3));
        assert!(n.deepest() <= Some(3));
    }

    #[test]
    fn pairs_do_not_wait_for_each_other() {
        // a -> d and b -> c: (a, c) and (b, d) would be a loop.
        let mut nodes: Vec<Node> = (0..4).map(Node::Input).collect();
        for inputs in [[0, 1], [2, 3], [5, 0], [4, 2]] {
            nodes.push(Node::Table(Table { inputs: inputs.as_slice().into(), contents: 0b0110 }));
        }
        let mut n = Network { nodes, outputs: vec![6, 7], inputs: 4, ..Network::default() };
        n.partners.extend([(4, 6), (6, 4)]);
        assert!(!try_pair(&mut n, 5, 7, None));
        n.partners.clear();
        share(&mut n, None);
        // All four at two sites.
        assert_eq!(n.partners.len(), 4);
        let order = n.order();
        let place = |id: Id| order.iter().position(|o| *o == id);
        assert!(
            n.nodes
                .iter()
                .enumerate()
                .all(|(id, _)| { n.arguments(id as Id).iter().all(|a| place(*a) < place(id as Id)) })
        );
    }
}
