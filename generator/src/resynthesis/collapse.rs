//! Tables joined with those that they feed, as long as these have room: where the search starts from.
use super::network::{Id, Network, Node, TABLE_INPUTS, Table};
use smallvec::SmallVec;

/// Joins until nothing joins.
pub(super) fn collapse(network: &mut Network) {
    loop {
        let order = network.order();
        let users = network.users(&order);
        let mut tables: Vec<Id> = order.iter().copied().filter(|id| network.is_table(*id)).collect();
        tables.sort_by_key(|id| users[*id as usize].len());
        // Each round joins what its own joins do not touch.
        let mut touched = vec![false; network.nodes.len()];
        let mut any = false;
        for id in tables {
            let readers = &users[id as usize];
            let free = |i: &Id| !touched[*i as usize];
            if !free(&id) || !readers.iter().all(free) || !network.arguments(id).iter().all(free) {
                continue;
            }
            let Some(joined) = joined(network, &users, id) else { continue };
            touched[id as usize] = true;
            for (reader, table) in joined {
                touched[reader as usize] = true;
                network.nodes[reader as usize] = Node::Table(table);
            }
            any = true;
        }
        if !any {
            return;
        }
    }
}

/// The tables that read a table, each joined with it; `None` if one has no room, or something else reads it.
fn joined(network: &Network, users: &[Vec<Id>], id: Id) -> Option<Vec<(Id, Table)>> {
    if network.outputs.contains(&id) {
        return None;
    }
    let Node::Table(inner) = &network.nodes[id as usize] else { return None };
    let one = |reader: &Id| {
        let Node::Table(outer) = &network.nodes[*reader as usize] else { return None };
        Some((*reader, compose(inner, outer, id)?))
    };
    users[id as usize].iter().map(one).collect()
}

/// `outer` with `inner` in the place of its input `id`, if one table has room for it.
fn compose(inner: &Table, outer: &Table, id: Id) -> Option<Table> {
    let mut inputs: SmallVec<[Id; 6]> = outer.inputs.iter().copied().filter(|i| *i != id).collect();
    inputs.extend(inner.inputs.iter().copied().filter(|i| !outer.inputs.contains(i)));
    if inputs.len() > TABLE_INPUTS {
        return None;
    }
    let row_of = |table: &Table, value: &dyn Fn(Id) -> u64| -> u64 {
        table.inputs.iter().enumerate().map(|(k, i)| value(*i) << k).sum()
    };
    let bit = |row: u64| {
        let input = |i: Id| inputs.iter().position(|j| *j == i).map_or(0, |place| row >> place & 1);
        let middle = inner.contents >> row_of(inner, &input) & 1;
        outer.contents >> row_of(outer, &|i| if i == id { middle } else { input(i) }) & 1
    };
    let contents = (0..1u64 << inputs.len()).map(|row| bit(row) << row).sum();
    Some(Table { inputs, contents })
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    #[test]
    fn a_table_joins_the_one_that_it_feeds() {
        let and = Table { inputs: smallvec![0, 1], contents: 0b1000 };
        let xor = Table { inputs: smallvec![2, 1], contents: 0b0110 };
        let joined = compose(&and, &xor, 2).expect("there is room");
        assert_eq!(joined, Table { inputs: smallvec![1, 0], contents: 0b0010 });
    }
}
