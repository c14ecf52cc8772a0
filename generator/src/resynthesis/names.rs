//! What the nodes of a found network are called: names of the netlist that the search began with, where a node has the
//! value of one in every case.
use super::network::{Id, Network, Node, Values};
use super::search::values;
use std::collections::BTreeMap;

/// A bit of the netlist that has a name: its node, whether it is the node's inverse, and what it is called.
pub(super) type NamedBit = (Id, bool, String);

/// Names by the values that they stand for.
pub(super) struct Names(BTreeMap<Values, String>);

impl Names {
    /// Of bits of a network, the first of two with the same value.
    pub(super) fn new(network: &Network, bits: Vec<NamedBit>) -> Self {
        let values = values(network);
        let mut names = BTreeMap::new();
        for (id, inverted, name) in bits {
            let value = &values[id as usize];
            names.entry(if inverted { inverse(value) } else { value.clone() }).or_insert(name);
        }
        Self(names)
    }

    /// Those that nodes of another network with the same inputs have earned.
    pub(super) fn earned(&self, network: &Network) -> BTreeMap<Id, String> {
        let values = values(network);
        let name = |id: &Id| {
            let value = values.get(*id as usize)?;
            let inverse = || self.0.get(&inverse(value)).map(|name| format!("not_{name}"));
            Some((*id, self.0.get(value).cloned().or_else(inverse)?))
        };
        let made = |id: &Id| matches!(network.nodes[*id as usize], Node::Table(_) | Node::Output { .. });
        network.order().iter().filter(|id| made(id)).filter_map(name).collect()
    }
}

fn inverse(value: &Values) -> Values {
    value.iter().map(|word| !word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resynthesis::network::Table;
    use smallvec::smallvec;

    fn network(contents: u64) -> Network {
        let table = Node::Table(Table { inputs: smallvec![0, 1], contents });
        let nodes = (0..6).map(Node::Input).chain([table]).collect();
        Network { nodes, outputs: vec![6], inputs: 6, ..Network::default() }
    }

    #[test]
    fn a_name_goes_to_the_value_it_stood_for() {
        let (and, nand, or) = (network(0b1000), network(0b0111), network(0b1110));
        let names = Names::new(&and, vec![(6, false, "both".into()), (6, false, "again".into())]);
        assert_eq!(names.earned(&and), [(6, "both".to_owned())].into());
        assert_eq!(names.earned(&nand), [(6, "not_both".to_owned())].into());
        assert_eq!(names.earned(&or), BTreeMap::new());
    }
}
