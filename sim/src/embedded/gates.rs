//! A graph of one-bit gates: folded, hashed, topological by construction.
//!
//! Inversion is a property of the edge ([`Lit`]), as in an and-inverter graph, so `a & b` and `~(~a | ~b)`
//! are one gate. Full adders are two gates (sum, carry) over the same operands; [`super::emit`] fuses them.
use std::collections::HashMap;

/// A gate's value, possibly inverted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct Lit(u32);

impl Lit {
    pub(super) const FALSE: Lit = Lit(0);
    pub(super) const TRUE: Lit = Lit(1);

    fn of(node: usize) -> Lit {
        Lit(u32::try_from(node << 1).expect("fewer than 2^31 gates"))
    }

    /// The constant `b`.
    pub(super) fn constant(b: bool) -> Lit {
        Lit(u32::from(b))
    }

    /// The gate behind the edge.
    pub(super) fn node(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether the edge inverts.
    pub(super) fn inverted(self) -> bool {
        self.0 & 1 == 1
    }

    /// The edge without its inversion.
    fn plain(self) -> Lit {
        Lit(self.0 & !1)
    }

    /// Inverts if `b`.
    fn invert_if(self, b: bool) -> Lit {
        Lit(self.0 ^ u32::from(b))
    }

    fn is_constant(self) -> bool {
        self.0 <= 1
    }
}

impl std::ops::Not for Lit {
    type Output = Lit;
    fn not(self) -> Lit {
        Lit(self.0 ^ 1)
    }
}

/// One gate. Operands of the symmetric ones are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Gate {
    /// Node 0.
    False,
    /// Column of the inputs.
    Input(u32),
    /// Register bit.
    State(u32),
    And(Lit, Lit),
    /// Operands never inverted.
    Xor(Lit, Lit),
    /// `s ? a : b`; `s` and `b` never inverted.
    Mux(Lit, Lit, Lit),
    /// `a ^ b ^ c`, operands never inverted.
    Sum(Lit, Lit, Lit),
    /// Majority; at most one operand inverted.
    Carry(Lit, Lit, Lit),
}

impl Gate {
    /// Operands in order.
    pub(super) fn operands(&self) -> ([Lit; 3], usize) {
        let f = Lit::FALSE;
        match *self {
            Gate::False | Gate::Input(_) | Gate::State(_) => ([f; 3], 0),
            Gate::And(a, b) | Gate::Xor(a, b) => ([a, b, f], 2),
            Gate::Mux(a, b, c) | Gate::Sum(a, b, c) | Gate::Carry(a, b, c) => ([a, b, c], 3),
        }
    }
}

/// See the module's documentation.
pub(super) struct Gates {
    pub(super) nodes: Vec<Gate>,
    index: HashMap<Gate, u32>,
}

impl Gates {
    pub(super) fn new() -> Self {
        Gates { nodes: vec![Gate::False], index: HashMap::new() }
    }

    fn push(&mut self, g: Gate) -> Lit {
        let next = self.nodes.len();
        let at = *self.index.entry(g).or_insert_with(|| u32::try_from(next).expect("fewer than 2^31 gates"));
        if at as usize == next {
            self.nodes.push(g);
        }
        Lit::of(at as usize)
    }

    pub(super) fn input(&mut self, column: u32) -> Lit {
        self.push(Gate::Input(column))
    }

    pub(super) fn state(&mut self, bit: u32) -> Lit {
        self.push(Gate::State(bit))
    }

    pub(super) fn and(&mut self, a: Lit, b: Lit) -> Lit {
        let (a, b) = (a.min(b), a.max(b));
        if a == Lit::FALSE || a == !b {
            return Lit::FALSE;
        }
        if a == Lit::TRUE || a == b {
            return b;
        }
        for (x, y) in [(a, b), (b, a)] {
            if let Gate::And(p, q) = self.nodes[y.node()] {
                if y.inverted() {
                    // x & ~(x & q) = x & ~q;  x & ~(~x & q) = x
                    if p == !x || q == !x {
                        return x;
                    }
                    if p == x || q == x {
                        return self.and(x, if p == x { !q } else { !p });
                    }
                } else {
                    // x & (x & q) = x & q;  x & (~x & q) = 0
                    if p == x || q == x {
                        return y;
                    }
                    if p == !x || q == !x {
                        return Lit::FALSE;
                    }
                }
            }
        }
        self.push(Gate::And(a, b))
    }

    pub(super) fn or(&mut self, a: Lit, b: Lit) -> Lit {
        !self.and(!a, !b)
    }

    pub(super) fn xor(&mut self, a: Lit, b: Lit) -> Lit {
        let inverted = a.inverted() != b.inverted();
        let (a, b) = (a.plain(), b.plain());
        let (a, b) = (a.min(b), a.max(b));
        let r = if a == b {
            Lit::FALSE
        } else if a == Lit::FALSE {
            b
        } else {
            self.push(Gate::Xor(a, b))
        };
        r.invert_if(inverted)
    }

    /// `s ? a : b`
    pub(super) fn mux(&mut self, s: Lit, a: Lit, b: Lit) -> Lit {
        let (s, a, b) = if s.inverted() { (!s, b, a) } else { (s, a, b) };
        if s == Lit::FALSE || a == b {
            return b;
        }
        if a == !b {
            return self.xor(s, b);
        }
        if a == Lit::TRUE || a == s {
            return self.or(s, b);
        }
        if a == Lit::FALSE || a == !s {
            return self.and(!s, b);
        }
        if b == Lit::FALSE || b == s {
            return self.and(s, a);
        }
        if b == Lit::TRUE || b == !s {
            return self.or(!s, a);
        }
        let inverted = b.inverted();
        self.push(Gate::Mux(s, a.invert_if(inverted), b.plain())).invert_if(inverted)
    }

    /// Sum and carry of three bits.
    pub(super) fn full_adder(&mut self, a: Lit, b: Lit, c: Lit) -> (Lit, Lit) {
        (self.sum(a, b, c), self.carry(a, b, c))
    }

    /// `a ^ b ^ c`
    pub(super) fn sum(&mut self, a: Lit, b: Lit, c: Lit) -> Lit {
        let inverted = a.inverted() ^ b.inverted() ^ c.inverted();
        let mut v = [a.plain(), b.plain(), c.plain()];
        v.sort();
        let [a, b, c] = v;
        let r = if a == b {
            c
        } else if b == c {
            a
        } else if a == Lit::FALSE {
            self.xor(b, c)
        } else {
            self.push(Gate::Sum(a, b, c))
        };
        r.invert_if(inverted)
    }

    /// At least two of three.
    pub(super) fn carry(&mut self, a: Lit, b: Lit, c: Lit) -> Lit {
        let mut v = [a, b, c];
        v.sort();
        let [a, b, c] = v;
        // Sorted, so equal or opposite operands are neighbours and a constant comes first.
        if a == b || b == c {
            return b;
        }
        if a == !b {
            return c;
        }
        if b == !c {
            return a;
        }
        if a == Lit::FALSE {
            return self.and(b, c);
        }
        if a == Lit::TRUE {
            return self.or(b, c);
        }
        debug_assert!(!a.is_constant());
        let inversions = [a, b, c].iter().filter(|l| l.inverted()).count();
        if inversions >= 2 { !self.push(Gate::Carry(!a, !b, !c)) } else { self.push(Gate::Carry(a, b, c)) }
    }
}
