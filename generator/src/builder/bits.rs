//! Handles on values of the graph under construction.
use super::{Builder, SInt, UInt};
use crate::ir::{Op, ValueId};
use num_bigint::BigUint;
use std::ops;

/// A handle on a value; copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Bits<'b> {
    pub(super) b: &'b Builder,
    pub(super) id: ValueId,
}

impl<'b> Bits<'b> {
    pub(crate) fn of(b: &'b Builder, id: ValueId) -> Self {
        Bits { b, id }
    }

    /// The value's id in the graph.
    pub fn id(self) -> ValueId {
        self.id
    }

    /// The builder it belongs to.
    pub fn builder(self) -> &'b Builder {
        self.b
    }

    /// Bits.
    pub fn width(self) -> u32 {
        self.b.graph.borrow().node(self.id).width
    }

    /// The value, if it is a constant.
    pub fn constant(self) -> Option<BigUint> {
        self.b.graph.borrow().constant(self.id).cloned()
    }

    /// Gives the value a name in the text; the first name stays. Constants have none.
    pub fn named(self, name: &str) -> Self {
        let mut g = self.b.graph.borrow_mut();
        if g.constant(self.id).is_none() {
            g.names.entry(self.id).or_insert_with(|| name.into());
        }
        drop(g);
        self
    }

    /// A comment above the value in the text: why, or its range.
    pub fn note(self, text: &str) -> Self {
        self.b.graph.borrow_mut().notes.entry(self.id).or_insert_with(|| text.into());
        self
    }

    /// Asks for a register right behind the value, in a core that has a clock to meet. A value gated to zero
    /// then becomes a register with a synchronous clear, which costs no logic on an FPGA.
    pub fn registered(self) -> Self {
        let mut g = self.b.graph.borrow_mut();
        if g.constant(self.id).is_none() {
            g.registered.insert(self.id);
        }
        drop(g);
        self
    }

    /// Asks for a stage behind that of `earlier`, in a core that has a clock to meet; of the same value, for nothing.
    pub fn later_than(self, earlier: Bits<'b>) -> Self {
        self.later_by(1, earlier)
    }

    /// Asks for a stage so many behind that of `earlier`: with two, a register lies between the registers of both, for a
    /// wire that is long enough to take a clock.
    pub fn later_by(self, stages: u32, earlier: Bits<'b>) -> Self {
        let mut g = self.b.graph.borrow_mut();
        // Slices are free in any stage, and those that nobody reads are dropped.
        let (from, to) = (g.unsliced(earlier.id), g.unsliced(self.id));
        if from != to {
            g.later.push((from, to, stages));
        }
        drop(g);
        self
    }

    /// Asks for lookup tables of its own, in a core that has a clock to meet: for what is early beside something late, whose
    /// user's table then has room for that.
    pub fn own_table(self) -> Self {
        self.b.graph.borrow_mut().own_table.insert(self.id);
        self
    }

    /// Sets what the next token will read of a state.
    ///
    /// # Panics
    /// If `self` is no state, or its width differs.
    #[track_caller]
    pub fn write_state(self, next: Bits<'b>) {
        self.same(next);
        let mut g = self.b.graph.borrow_mut();
        let Op::State(s) = g.node(self.id).op else { panic!("only a state can be written") };
        g.states[s as usize].next = Some(next.id);
    }

    #[track_caller]
    fn same(self, o: Self) -> u32 {
        let (a, b) = (self.width(), o.width());
        assert_eq!(a, b, "operand widths differ; extend one of them");
        a
    }

    /// Bits `hi` down to `lo`, both included.
    #[track_caller]
    pub fn bits(self, hi: u32, lo: u32) -> Self {
        assert!(lo <= hi && hi < self.width(), "[{hi}:{lo}] of a value of {} bits", self.width());
        self.b.make(Op::Slice(lo), &[self], hi - lo + 1)
    }

    /// Bit `i`.
    #[track_caller]
    pub fn bit(self, i: u32) -> Self {
        self.bits(i, i)
    }

    /// The most significant bit.
    pub fn msb(self) -> Self {
        self.bit(self.width() - 1)
    }

    /// The `n` most significant bits.
    #[track_caller]
    pub fn top(self, n: u32) -> Self {
        self.bits(self.width() - 1, self.width() - n)
    }

    /// The `n` least significant bits.
    #[track_caller]
    pub fn low(self, n: u32) -> Self {
        self.bits(n - 1, 0)
    }

    /// `self` above `low`.
    pub fn cat(self, low: Self) -> Self {
        self.b.make(Op::Concat, &[self, low], self.width() + low.width())
    }

    /// `n` zeros below; none if `n` is 0.
    pub fn append_zeros(self, n: u32) -> Self {
        if n == 0 { self } else { self.cat(self.b.lit(0u8, n)) }
    }

    /// Zero-extended to `w` bits.
    #[track_caller]
    pub fn zext(self, w: u32) -> Self {
        let have = self.width();
        assert!(w >= have, "{have} bits do not extend to {w}");
        if w == have { self } else { self.b.lit(0u8, w - have).cat(self) }
    }

    /// Sign-extended to `w` bits.
    #[track_caller]
    pub fn sext(self, w: u32) -> Self {
        let have = self.width();
        assert!(w >= have, "{have} bits do not extend to {w}");
        if w == have { self } else { self.msb().replicate(w - have).cat(self) }
    }

    /// `n` copies of one bit.
    #[track_caller]
    pub fn replicate(self, n: u32) -> Self {
        assert_eq!(self.width(), 1, "only one bit can be replicated");
        if n == 1 { self } else { self.b.make(Op::Replicate, &[self], n) }
    }

    /// One bit: any bit set.
    pub fn any(self) -> Self {
        self.b.make(Op::OrReduce, &[self], 1)
    }

    /// One bit: all bits set.
    pub fn all(self) -> Self {
        self.b.make(Op::AndReduce, &[self], 1)
    }

    /// One bit: parity.
    pub fn parity(self) -> Self {
        self.b.make(Op::XorReduce, &[self], 1)
    }

    /// One bit: no bit set.
    pub fn is_zero(self) -> Self {
        !self.any()
    }

    /// `yes` where this bit is 1, else `no`.
    #[track_caller]
    pub fn mux(self, yes: Self, no: Self) -> Self {
        assert_eq!(self.width(), 1, "a condition has one bit");
        let w = yes.same(no);
        self.b.make(Op::Mux, &[self, yes, no], w)
    }

    /// `self` where `keep` (one bit) is 1, else 0. A register behind it becomes a synchronous clear.
    #[track_caller]
    pub fn gate(self, keep: Self) -> Self {
        keep.mux(self, self.b.lit(0u8, self.width()))
    }

    /// Sum modulo 2^width.
    #[track_caller]
    pub fn wrapping_add(self, o: Self) -> Self {
        let w = self.same(o);
        self.b.make(Op::Add, &[self, o], w)
    }

    /// Sum with a one-bit carry in, modulo 2^width: one carry chain, one bit longer.
    #[track_caller]
    pub fn add_carry(self, o: Self, carry: Self) -> Self {
        assert_eq!(carry.width(), 1, "a carry has one bit");
        let w = self.same(o);
        self.b.make(Op::Add, &[self, o, carry], w)
    }

    /// Difference modulo 2^width.
    #[track_caller]
    pub fn wrapping_sub(self, o: Self) -> Self {
        let w = self.same(o);
        self.b.make(Op::Sub, &[self, o], w)
    }

    /// One bit.
    #[track_caller]
    pub fn equals(self, o: Self) -> Self {
        self.same(o);
        self.b.make(Op::Eq, &[self, o], 1)
    }

    /// One bit: equal to a constant.
    #[track_caller]
    pub fn is(self, value: u64) -> Self {
        self.equals(self.b.lit(value, self.width()))
    }

    /// One bit: unsigned less than.
    #[track_caller]
    pub fn ult(self, o: Self) -> Self {
        self.same(o);
        self.b.make(Op::Ult, &[self, o], 1)
    }

    /// Logical shift left, zeros come in; the width stays.
    pub fn shift_left(self, n: Self) -> Self {
        self.b.make(Op::Shl, &[self, n], self.width())
    }

    /// Logical shift right, zeros come in.
    pub fn shift_right(self, n: Self) -> Self {
        self.b.make(Op::Shr, &[self, n], self.width())
    }

    /// One of `values` by this index; missing ones read as the last. A tree of multiplexers.
    ///
    /// # Panics
    /// If `values` is empty, longer than the index can count, or of different widths.
    #[track_caller]
    pub fn choose(self, values: &[Self]) -> Self {
        assert!(!values.is_empty() && values.len() <= 1 << self.width(), "{} values", values.len());
        if values.len() == 1 {
            return values[0];
        }
        let half = 1usize << (self.width() - 1);
        if values.len() <= half {
            return self.low(self.width() - 1).choose(values);
        }
        let (no, yes) = values.split_at(half);
        if self.width() == 1 {
            return self.mux(yes[0], no[0]);
        }
        let rest = self.low(self.width() - 1);
        self.msb().mux(rest.choose_padded(yes, half), rest.choose(no))
    }

    #[track_caller]
    fn choose_padded(self, values: &[Self], n: usize) -> Self {
        let mut v = values.to_vec();
        v.resize(n, values[values.len() - 1]);
        self.choose(&v)
    }

    /// Read as an unsigned number.
    pub fn unsigned(self) -> UInt<'b> {
        UInt(self)
    }

    /// Read as a two's-complement number.
    pub fn signed(self) -> SInt<'b> {
        SInt(self)
    }
}

macro_rules! bitwise { ($($trait:ident $method:ident $op:ident),*) => { $(
    impl ops::$trait for Bits<'_> {
        type Output = Self;
        #[track_caller]
        fn $method(self, o: Self) -> Self {
            let w = self.same(o);
            self.b.make(Op::$op, &[self, o], w)
        }
    } )* }
}
bitwise!(BitAnd bitand And, BitOr bitor Or, BitXor bitxor Xor);

impl ops::Not for Bits<'_> {
    type Output = Self;
    fn not(self) -> Self {
        self.b.make(Op::Not, &[self], self.width())
    }
}
