//! Rows as differences: where two rows are nearly the same, or nearly opposite, one is the other and a few terms more.
//!
//! A minimum spanning tree over the rows and the empty one, whose edges cost the nonzero digits of the difference and the
//! bits of the row that is read (as in the first stage of da4ml; the idea is from W. Liu, K. Choi et al. on constant
//! matrix multiplication by difference graphs).
use super::matrix::Matrix;

/// What a row is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The row.
    pub row: usize,
    /// The row that it starts from, and whether its negative.
    pub parent: Option<(usize, bool)>,
    /// What is to be added, by column.
    pub rest: Vec<i64>,
}

/// Every row from nothing.
pub fn plain(m: &Matrix) -> Vec<Derived> {
    (0..m.rows).map(|row| Derived { row, parent: None, rest: m.row(row).to_vec() }).collect()
}

/// Nonzero canonical signed digits.
fn digits(entry: i64) -> u32 {
    // x ^ 3x has a one where a digit is not 0.
    (entry ^ (3 * entry)).count_ones()
}

/// How far a tree may branch.
#[derive(Clone, Copy, Debug)]
pub struct Branches {
    /// Most rows from the empty one to any other.
    pub depth: u32,
    /// Most rows that are made from one.
    pub children: u32,
}

/// What a row costs, and what it is made from: another one or its negative, or nothing.
type Origin = (u32, Option<(usize, bool)>);

/// The tree, parents first. `width`: bits of a term; a parent costs as much as `of_parent` bits.
pub fn tree(m: &Matrix, most: Branches, width: u32, of_parent: u32) -> Vec<Derived> {
    let own = |row: usize| (width * m.row(row).iter().map(|e| digits(*e)).sum::<u32>(), None);
    let from = |row: usize, parent: usize| -> Origin {
        let cost = |negative: bool| {
            let entries = m.row(row).iter().zip(m.row(parent));
            of_parent
                + width * entries.map(|(a, b)| digits(if negative { a + b } else { a - b })).sum::<u32>()
        };
        let (plain, negated) = (cost(false), cost(true));
        (plain.min(negated), Some((parent, negated < plain)))
    };
    let cheaper = |a: Origin, b: Origin| if b.0 < a.0 { b } else { a };
    let mut best: Vec<Origin> = (0..m.rows).map(own).collect();
    let (mut depths, mut children) = (vec![0; m.rows], vec![0; m.rows]);
    let mut left: Vec<usize> = (0..m.rows).collect();
    let mut order: Vec<Derived> = Vec::new();
    while let Some(k) = (0..left.len()).min_by_key(|k| (best[left[*k]].0, left[*k])) {
        let row = left.remove(k);
        let parent = best[row].1;
        depths[row] = parent.map_or(1, |(p, _): (usize, bool)| depths[p] + 1);
        let entries = m.row(row).iter().enumerate();
        let rest = entries.map(|(j, e)| match parent {
            None => *e,
            Some((p, negative)) => e - if negative { -m.row(p)[j] } else { m.row(p)[j] },
        });
        order.push(Derived { row, parent, rest: rest.collect() });
        if depths[row] < most.depth {
            left.iter().for_each(|other| best[*other] = cheaper(best[*other], from(*other, row)));
        }
        let Some((full, _)) = parent else { continue };
        children[full] += 1;
        if children[full] == most.children {
            let branches = |p: &usize| depths[*p] < most.depth && children[*p] < most.children;
            let open: Vec<usize> = order.iter().map(|d| d.row).filter(branches).collect();
            for other in &left {
                if best[*other].1.is_some_and(|(p, _)| p == full) {
                    best[*other] = open.iter().map(|p| from(*other, *p)).fold(own(*other), cheaper);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_from_rows() {
        let entries = vec![1, 1, -1, 1, 1, 1, -1, -1, -1, -1, 1, -1];
        let m = Matrix { rows: 3, columns: 4, entries };
        let order = tree(&m, Branches { depth: 5, children: 9 }, 8, 10);
        assert!(order.iter().filter(|d| d.parent.is_some()).count() == 2, "{order:?}");
        for d in order {
            let sum: Vec<i64> = match d.parent {
                None => d.rest,
                Some((p, negative)) => {
                    let sign = if negative { -1 } else { 1 };
                    d.rest.iter().zip(m.row(p)).map(|(r, e)| r + sign * e).collect()
                }
            };
            assert_eq!(sum, m.row(d.row));
        }
    }

    #[test]
    fn no_row_has_more_children_than_allowed() {
        // All but the same: without a limit, all are made from one.
        let (rows, columns) = (12, 16);
        let entries = (0..rows * columns).map(|k| if k % columns == k / columns { -1 } else { 1 }).collect();
        let m = Matrix { rows, columns, entries };
        let of = |most: Branches| {
            let order = tree(&m, most, 8, 10);
            let of = |row: usize| order.iter().filter(|d| d.parent.is_some_and(|(p, _)| p == row)).count();
            assert_eq!(order.len(), rows, "{most:?}");
            for (k, d) in order.iter().enumerate() {
                let first = |p: usize| order[..k].iter().any(|o| o.row == p);
                assert!(d.parent.is_none_or(|(p, _)| first(p)), "{most:?}: {d:?}");
            }
            (0..rows).map(of).max()
        };
        assert_eq!(of(Branches { depth: 2, children: u32::MAX }), Some(rows - 1));
        for (depth, children) in [(2, 1), (2, 3), (3, 2), (9, 4)] {
            assert_eq!(of(Branches { depth, children }), Some(children as usize));
        }
    }

    #[test]
    fn canonical_digits() {
        assert_eq!([0, 1, -1, 3, 7, -8, 127, 85].map(digits), [0, 1, 1, 2, 2, 1, 2, 4]);
    }
}
