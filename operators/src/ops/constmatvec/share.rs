//! Which sums the rows of a constant matrix share.
//!
//! Every entry is written in canonical signed digits: a row is a list of terms, each an input times a power of two, with
//! a sign. Two terms that stand in several rows at the same distance with the same sign relation become a new value, as
//! long as that is cheaper than adding them in each row; the pair that saves most goes first (R. I. Hartley, IEEE Trans.
//! Circuits Syst. II, 1996). What is left of a row is added up in its own heap.
use std::collections::{BinaryHeap, HashMap};

/// `(-1)^negative * value * 2^shift`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Term {
    /// Inputs first, then shared values in order.
    pub value: u32,
    /// Power of two.
    pub shift: u32,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// `a + b`, with `a` positive and one of the shifts 0.
#[derive(Clone, Copy, Debug)]
pub struct Shared {
    /// First.
    pub a: Term,
    /// Second.
    pub b: Term,
}

/// What is computed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Shared values; they read inputs and earlier ones. None: nobody reads it after all.
    pub shared: Vec<Option<Shared>>,
    /// Terms of each row.
    pub rows: Vec<Vec<Term>>,
    /// Least and largest number of each value.
    pub ranges: Vec<[i64; 2]>,
}

/// What addition costs on the target.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// Lookup tables that a heap takes to get rid of a bit, where an adder takes one.
    pub heap: f64,
    /// Most additions above each other before the rows' own.
    pub depth: u32,
}

/// Bits of a range in two's complement (or unsigned, if nothing is negative).
pub fn width([low, high]: [i64; 2]) -> u32 {
    let bits = |x: u64| 64 - x.leading_zeros();
    if low < 0 { 1 + bits(low.unsigned_abs() - 1).max(bits(high.max(0) as u64)) } else { bits(high as u64) }
}

/// Two terms up to a common shift and sign.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
struct Pair {
    a: u32,
    b: u32,
    /// Shift of b less that of a.
    distance: i32,
    opposite: bool,
}

impl Pair {
    fn of(x: Term, y: Term) -> Self {
        let (x, y) = if (x.value, x.shift) <= (y.value, y.shift) { (x, y) } else { (y, x) };
        let distance = y.shift as i32 - x.shift as i32;
        Pair { a: x.value, b: y.value, distance, opposite: x.negative != y.negative }
    }
}

/// The terms of an integer times an input: canonical signed digits, of which no two neighbours are nonzero.
fn digits(value: u32, entry: i64, row: &mut Vec<Term>) {
    let (mut rest, mut shift) = (entry, 0);
    while rest != 0 {
        if rest & 1 == 1 {
            let digit = if rest & 3 == 3 { -1 } else { 1 };
            row.push(Term { value, shift, negative: digit < 0 });
            rest -= digit;
        }
        rest >>= 1;
        shift += 1;
    }
}

struct Sharing {
    plan: Plan,
    depths: Vec<u32>,
    costs: Costs,
    counts: HashMap<Pair, u32>,
    /// Rows in which a value stands; rows that it has left are still listed.
    rows_of: Vec<Vec<u32>>,
    /// What pairs saved when they were last counted: the largest first, then the first pair.
    queue: BinaryHeap<(u64, std::cmp::Reverse<Pair>)>,
}

/// Plans a matrix, given row by row, of inputs of one range.
pub fn plan<'m>(rows: impl Iterator<Item = &'m [i64]>, inputs: usize, range: [i64; 2], costs: Costs) -> Plan {
    let rows: Vec<Vec<Term>> = rows
        .map(|entries| {
            let mut row = Vec::new();
            (0..).zip(entries).for_each(|(value, entry)| digits(value, *entry, &mut row));
            row
        })
        .collect();
    let mut rows_of = vec![Vec::new(); inputs];
    for (i, row) in (0..).zip(&rows) {
        row.iter().for_each(|t| rows_of[t.value as usize].push(i));
    }
    rows_of.iter_mut().for_each(|r: &mut Vec<u32>| r.dedup());
    let plan = Plan { shared: Vec::new(), rows, ranges: vec![range; inputs] };
    let mut s = Sharing {
        plan,
        depths: vec![0; inputs],
        costs,
        counts: HashMap::new(),
        rows_of,
        queue: BinaryHeap::new(),
    };
    s.run();
    s.unshare();
    s.plan
}

/// Lookup tables, about: adders of shared values, and a heap a row of so many bits.
pub fn price(plan: &Plan, inputs: usize, row_bits: &[(u32, u32)], costs: Costs) -> f64 {
    let adders = plan.shared.iter().zip(&plan.ranges[inputs..]).filter_map(|(s, range)| {
        let s = s.as_ref()?;
        Some(f64::from(width(*range) - s.a.shift.max(s.b.shift)))
    });
    let heap = |terms: &[Term], (parent, out): (u32, u32)| {
        let bits: u32 = terms.iter().map(|t| width(plan.ranges[t.value as usize])).sum::<u32>() + parent;
        // Few terms cost an adder each; many are compressed at the heap's price.
        let height = f64::from(bits) / f64::from(out);
        let steep = height.min(2.0) - 1.0;
        f64::from(out) * (steep.max(0.0) + costs.heap * 1.1 * (height - 2.0).max(0.0))
    };
    adders.sum::<f64>() + plan.rows.iter().zip(row_bits).map(|(r, b)| heap(r, *b)).sum::<f64>()
}

impl Sharing {
    fn run(&mut self) {
        for i in 0..self.plan.rows.len() {
            let row = self.plan.rows[i].clone();
            for (k, x) in row.iter().enumerate() {
                row[k + 1..].iter().for_each(|y| self.change(Pair::of(*x, *y), 1));
            }
        }
        while let Some((worth, std::cmp::Reverse(pair))) = self.queue.pop() {
            if self.worth(pair) == Some(worth) {
                self.share(pair);
            }
        }
    }

    /// Lookup tables that a pair saves, in thousandths; none if it saves nothing.
    fn worth(&self, pair: Pair) -> Option<u64> {
        let uses = *self.counts.get(&pair)?;
        if uses < 2 || self.depth(pair) > self.costs.depth {
            return None;
        }
        let of = |v: u32| f64::from(width(self.plan.ranges[v as usize]));
        let sum = f64::from(width(self.range(pair)));
        // Bits of b (or a) below the other's lowest need no adder.
        let adder = sum - f64::from(pair.distance.unsigned_abs());
        let saved = f64::from(uses) * self.costs.heap * (of(pair.a) + of(pair.b) - sum) - adder;
        (saved > 0.0).then_some((saved * 1000.0) as u64)
    }

    fn depth(&self, pair: Pair) -> u32 {
        1 + self.depths[pair.a as usize].max(self.depths[pair.b as usize])
    }

    fn shared(pair: Pair) -> Shared {
        let shift = |s: i32| s.max(0) as u32;
        let a = Term { value: pair.a, shift: shift(-pair.distance), negative: false };
        Shared { a, b: Term { value: pair.b, shift: shift(pair.distance), negative: pair.opposite } }
    }

    fn range(&self, pair: Pair) -> [i64; 2] {
        let Shared { a, b } = Self::shared(pair);
        let of = |t: Term| {
            let [low, high] = self.plan.ranges[t.value as usize].map(|x| x << t.shift);
            if t.negative { [-high, -low] } else { [low, high] }
        };
        let (x, y) = (of(a), of(b));
        [x[0] + y[0], x[1] + y[1]]
    }

    /// Counts a pair up or down.
    fn change(&mut self, pair: Pair, by: i32) {
        let count = self.counts.entry(pair).or_insert(0);
        *count = count.saturating_add_signed(by);
        if *count == 0 {
            self.counts.remove(&pair);
        }
        if let Some(worth) = self.worth(pair) {
            self.queue.push((worth, std::cmp::Reverse(pair)));
        }
    }

    /// Makes a pair a value of its own, in all rows.
    fn share(&mut self, pair: Pair) {
        let value = self.plan.ranges.len() as u32;
        self.depths.push(self.depth(pair));
        self.plan.ranges.push(self.range(pair));
        self.plan.shared.push(Some(Self::shared(pair)));
        let mut used = Vec::new();
        for i in self.rows_of[pair.a as usize].clone() {
            let mut any = false;
            while self.replace(i as usize, pair, value) {
                any = true;
            }
            if any {
                used.push(i);
            }
        }
        self.rows_of.push(used);
        self.counts.remove(&pair);
    }

    /// Replaces one occurrence in a row.
    fn replace(&mut self, i: usize, pair: Pair, value: u32) -> bool {
        let row = &self.plan.rows[i];
        let found = row.iter().enumerate().filter(|(_, x)| x.value == pair.a).find_map(|(k, x)| {
            let shift = x.shift as i32 + pair.distance;
            let y = Term {
                value: pair.b,
                shift: u32::try_from(shift).ok()?,
                negative: x.negative != pair.opposite,
            };
            Some((k, row.iter().position(|t| *t == y)?))
        });
        let Some((k, l)) = found else { return false };
        let (x, y) = (row[k], row[l]);
        let rest: Vec<Term> =
            row.iter().enumerate().filter(|(m, _)| *m != k && *m != l).map(|(_, t)| *t).collect();
        let new = Term { value, shift: x.shift.min(y.shift), negative: x.negative };
        self.change(Pair::of(x, y), -1);
        for t in &rest {
            self.change(Pair::of(x, *t), -1);
            self.change(Pair::of(y, *t), -1);
            self.change(Pair::of(new, *t), 1);
        }
        self.plan.rows[i] = rest;
        self.plan.rows[i].push(new);
        true
    }

    /// Values that only one row is left to read go back into its heap, the last first.
    fn unshare(&mut self) {
        let inputs = self.plan.ranges.len() - self.plan.shared.len();
        for k in (0..self.plan.shared.len()).rev() {
            let value = (inputs + k) as u32;
            let Some(Shared { a, b }) = self.plan.shared[k] else { continue };
            let reads = |s: &Shared| s.a.value == value || s.b.value == value;
            let inner = self.plan.shared.iter().flatten().filter(|s| reads(s)).count();
            let places: Vec<(usize, usize)> = self.rows_of[value as usize]
                .iter()
                .flat_map(|i| {
                    let row = self.plan.rows[*i as usize].iter().enumerate();
                    row.filter(|(_, t)| t.value == value).map(|(j, _)| (*i as usize, j))
                })
                .collect();
            if let (0, [(i, j)]) = (inner, &places[..]) {
                let t = self.plan.rows[*i].remove(*j);
                let back =
                    |x: Term| Term { shift: x.shift + t.shift, negative: x.negative != t.negative, ..x };
                self.plan.rows[*i].extend([back(a), back(b)]);
                let row = *i as u32;
                for x in [a, b] {
                    let listed = &mut self.rows_of[x.value as usize];
                    if !listed.contains(&row) {
                        listed.push(row);
                    }
                }
                self.plan.shared[k] = None;
            }
        }
    }
}
