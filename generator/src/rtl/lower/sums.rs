//! Sums as text, and which of their operands stands at the carry multiplexers.
//!
//! Where an adder bit is a lookup table before a carry multiplexer (`a + f(b, c, ...)`), the multiplexer reads one of the
//! two operands as it is: the table holds the logic in front of the other one, which then costs nothing. Synthesisers take
//! the first operand of a difference for that, but of a sum any (Yosys the one with fewer digits, else by their internal
//! order). So where it matters and they may choose wrongly, `a + b` is written as `a - ~b - 1`.
use super::{Lowering, Wire};
use crate::ir::{Op, ValueId};
use crate::rtl::{BinaryOp, Expr, Section, SignalKind};
use std::cmp::Ordering;

impl Lowering<'_> {
    /// A sum, with a carry in if it has three operands.
    pub(super) fn sum(&mut self, v: ValueId, stage: u32, section: &mut Section) -> Expr {
        let n = self.g.node(v).clone();
        let (x, y) = (self.expr(n.args[0], stage), self.expr(n.args[1], stage));
        let carry = n.args.get(2).map(|carry| self.expr(*carry, stage));
        let constant = |bit: u8| Expr::Const { value: bit.into(), width: 1 };
        let with = |e: Expr, below: Expr| Box::new(Expr::Concat(vec![e, below]));
        let difference = |plain: Expr, made: Expr, carry: Option<Expr>| {
            let made = with(Expr::Not(Box::new(made)), constant(1));
            Expr::Binary(BinaryOp::Sub, with(plain, carry.unwrap_or_else(|| constant(0))), made)
        };
        let plain = self.at_multiplexers(v, stage);
        let longer = match (plain, carry) {
            (Some(0), carry) => difference(x, y, carry),
            (Some(_), carry) => difference(y, x, carry),
            (None, None) => return Expr::Binary(BinaryOp::Add, Box::new(x), Box::new(y)),
            // The carry stands below both operands, where it generates itself. Written as three summands it would become
            // two carry chains.
            (None, Some(carry)) => Expr::Binary(BinaryOp::Add, with(x, carry.clone()), with(y, carry)),
        };
        let of = self.signal(&format!("{}_extended", self.wish(v)), n.width + 1, SignalKind::Wire);
        // Said once a module.
        let note = (plain.is_some() && !std::mem::replace(&mut self.differences_explained, true)).then(|| {
            "x + y as x - ~y - 1: x goes to the carry multiplexers, the logic of y into the tables before them.".to_owned()
        });
        section.wires.push(Wire { signal: of, expr: longer, note });
        Expr::Slice { of, hi: n.width, lo: 1 }
    }

    /// The operand that has to stand at the carry multiplexers, where a synthesiser may choose the other one.
    fn at_multiplexers(&self, v: ValueId, stage: u32) -> Option<usize> {
        let [x, y] = [self.g.node(v).args[0], self.g.node(v).args[1]];
        if !self.p.carry_chain.has_multiplexers() {
            return None;
        }
        let [digits_x, digits_y] = [x, y].map(|a| self.digits(a));
        let [made_x, made_y] = [x, y].map(|a| self.made(a, 0, self.g.node(a).width, stage));
        match made_x.cmp(&made_y) {
            Ordering::Less => (digits_x >= digits_y).then_some(0),
            Ordering::Equal => None,
            Ordering::Greater => (digits_y >= digits_x).then_some(1),
        }
    }

    /// Of `width` bits of a value from `low` on, those that lookup tables make for this one reader: at a carry multiplexer
    /// each of these tables stands alone.
    fn made(&self, v: ValueId, low: u32, width: u32, stage: u32) -> u32 {
        if self.uses[v.index()] > 1 { 0 } else { self.made_at_all(v, low, width, stage) }
    }

    /// The same, whoever else reads the value: of words that are sliced, others read other bits.
    fn made_at_all(&self, v: ValueId, low: u32, width: u32, stage: u32) -> u32 {
        let n = self.g.node(v);
        if self.is_constant(v) || self.stage(v) < stage {
            return 0;
        }
        match n.op {
            Op::Slice(from) => self.made_at_all(n.args[0], from + low, width, stage),
            Op::Concat => {
                let mut at = 0;
                let mut bits = 0;
                for part in n.args.iter().rev() {
                    let (begin, end) = (at, at + self.g.node(*part).width);
                    let (from, to) = (begin.max(low), end.min(low + width));
                    if from < to {
                        bits += self.made(*part, from - begin, to - from, stage);
                    }
                    at = end;
                }
                bits
            }
            Op::Replicate => self.made(n.args[0], 0, 1, stage),
            // No more than an inverter, but in front of the multiplexer that takes a table, too.
            Op::Not => width,
            Op::And | Op::Or | Op::Xor | Op::Mux | Op::Lookup(_) | Op::Eq => 2 * width,
            Op::AndReduce | Op::OrReduce | Op::XorReduce => 2 * width,
            _ => 0,
        }
    }

    /// Bits of a value without the constant zeros above.
    fn digits(&self, v: ValueId) -> u32 {
        let n = self.g.node(v);
        if let Some(value) = self.g.constant(v) {
            return value.bits() as u32;
        }
        match n.op {
            Op::Concat => {
                let mut below = n.width;
                for part in &n.args {
                    below -= self.g.node(*part).width;
                    match self.digits(*part) {
                        0 => (),
                        digits => return below + digits,
                    }
                }
                0
            }
            _ => n.width,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::compile::{self, Options};
    use crate::rtl::verilog;
    use crate::target::Target;
    use crate::{Builder, Context};

    fn text(target: &str, core: &(dyn Fn(&Builder) + Sync)) -> String {
        let context = Context::new(Target::by_name(target).expect("a known target"), 0.0);
        let options = Options { name: "core".into(), clock_enable: false, turns: 1 };
        verilog::print(&compile::build(core, &context, &options).expect("no clock to miss").module)
    }

    #[test]
    fn logic_stands_in_front_of_the_multiplexers_other_operand() {
        let sum = |b: &Builder| {
            let [x, y, z] = ["x", "y", "z"].map(|name| b.input(name, 8));
            b.output("r", (y ^ z).wrapping_add(x));
        };
        assert!(text("kintex7", &sum).contains("{x, 1'b0} - {~(y ^ z), 1'b1}"));
        // Both operands go through the table in front of a carry there.
        assert!(text("ecp5", &sum).contains("(y ^ z) + x"));
    }

    #[test]
    fn sums_that_leave_no_choice_stay_sums() {
        let plain = |b: &Builder| b.output("r", b.input("x", 8).wrapping_add(b.input("y", 8)));
        assert!(text("kintex7", &plain).contains("x + y"));
        // The operand with fewer digits is the one at the multiplexers.
        let narrow = |b: &Builder| {
            let [x, y, z] = [("x", 4), ("y", 8), ("z", 8)].map(|(name, width)| b.input(name, width));
            b.output("r", (y ^ z).wrapping_add(x.zext(8)));
        };
        assert!(text("kintex7", &narrow).contains(" + {4'd0, x}"));
        let carried = |b: &Builder| {
            let [x, y, z, c] =
                [("x", 8), ("y", 8), ("z", 8), ("c", 1)].map(|(name, width)| b.input(name, width));
            b.output("r", x.add_carry(y & z, c));
        };
        assert!(text("kintex7", &carried).contains("{x, c} - {~(y & z), 1'b1}"));
    }
}
