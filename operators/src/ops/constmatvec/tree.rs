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

/// The tree, parents first; no row is further than `depth` from the empty one. `width`: bits of a term; a parent costs as
/// much as `of_parent` bits.
pub fn tree(m: &Matrix, depth: u32, width: u32, of_parent: u32) -> Vec<Derived> {
    let own: Vec<u32> =
        (0..m.rows).map(|i| width * m.row(i).iter().map(|e| digits(*e)).sum::<u32>()).collect();
    let mut best: Vec<(u32, Option<(usize, bool)>)> = own.into_iter().map(|cost| (cost, None)).collect();
    let mut depths = vec![0; m.rows];
    let mut left: Vec<usize> = (0..m.rows).collect();
    let mut order = Vec::new();
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
        if depths[row] == depth {
            continue;
        }
        for other in &left {
            for negative in [false, true] {
                let difference = m.row(*other).iter().zip(m.row(row));
                let difference = difference.map(|(a, b)| digits(if negative { a + b } else { a - b }));
                let cost = of_parent + width * difference.sum::<u32>();
                if cost < best[*other].0 {
                    best[*other] = (cost, Some((row, negative)));
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
        let order = tree(&m, 5, 8, 10);
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
    fn canonical_digits() {
        assert_eq!([0, 1, -1, 3, 7, -8, 127, 85].map(digits), [0, 1, 1, 2, 2, 1, 2, 4]);
    }
}
