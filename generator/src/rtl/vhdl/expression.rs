//! Expressions of VHDL: operators with their brackets, types where the context gives none.
use super::Printer;
use crate::rtl::print::{hex, is_small};
use crate::rtl::{BinaryOp, Expr, Module, ReduceOp, SignalId, SignalKind};
use num_bigint::BigUint;

/// How tightly an expression binds, loosest last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    /// Names, calls, qualified expressions, anything in brackets.
    Primary,
    /// A string or character literal: its type comes from the context, and where there is none it must be
    /// qualified.
    Literal,
    /// `not a`
    Not,
    /// `a * b`
    Product,
    /// `a + b`
    Sum,
    /// `a = b`, of type boolean.
    Comparison,
    /// `a and b` and kin. VHDL has no precedence among them: another operator must be bracketed.
    Logical(BinaryOp),
}

/// Text and level of a constant: a number where that reads better.
pub(super) fn constant(value: &BigUint, width: u32) -> (String, Level) {
    if width > 8 && is_small(value) {
        (format!("to_unsigned({value}, {width})"), Level::Primary)
    } else {
        literal(value, width)
    }
}

/// Text and level of a constant as a string of bits.
///
/// Sized bit strings (`9X"1ff"`) are younger than 93, so a width that isn't a multiple of four is written
/// in binary or, when long, put together.
pub(super) fn literal(value: &BigUint, width: u32) -> (String, Level) {
    if width == 1 {
        (format!("'{value}'"), Level::Literal)
    } else if width >= 8 && width.is_multiple_of(4) {
        (format!("X\"{}\"", hex(value, width)), Level::Literal)
    } else if width <= 16 {
        (format!("\"{}\"", binary_digits(value, width)), Level::Literal)
    } else {
        let low = width / 4 * 4;
        let high = binary_digits(&(value >> low), width - low);
        let rest = hex(&(value & ((BigUint::from(1u32) << low) - 1u32)), low);
        (format!("unsigned'(\"{high}\" & X\"{rest}\")"), Level::Primary)
    }
}

pub(super) fn binary_digits(value: &BigUint, width: u32) -> String {
    let width = width as usize;
    format!("{value:0>width$b}")
}

/// The expression without what `unsigned` can't do on a single bit, and without trivial wrappers.
fn scalar_free(m: &Module, e: &Expr) -> Expr {
    let again = |e: &Expr| Box::new(scalar_free(m, e));
    match e {
        Expr::Signal(_) | Expr::Const { .. } | Expr::Slice { .. } | Expr::Lookup(..) => e.clone(),
        Expr::Concat(parts) if parts.len() == 1 => scalar_free(m, &parts[0]),
        Expr::Concat(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match scalar_free(m, part) {
                    Expr::Concat(inner) => flat.extend(inner),
                    other => flat.push(other),
                }
            }
            Expr::Concat(flat)
        }
        Expr::Replicate { bit, times } => Expr::Replicate { bit: again(bit), times: *times },
        Expr::Not(a) => Expr::Not(again(a)),
        Expr::Reduce(_, a) if m.width(a) == 1 => scalar_free(m, a),
        Expr::Reduce(op, a) => Expr::Reduce(*op, again(a)),
        Expr::Mux(c, a, b) => Expr::Mux(again(c), again(a), again(b)),
        Expr::Binary(BinaryOp::Mul, a, b) => {
            let (wa, wb) = (m.width(a), m.width(b));
            if wa != 1 && wb != 1 {
                return Expr::Binary(BinaryOp::Mul, again(a), again(b));
            }
            let (bit, word, width) = if wa == 1 { (a, b, wb) } else { (b, a, wa) };
            let mask = match width {
                1 => again(bit),
                times => Box::new(Expr::Replicate { bit: again(bit), times }),
            };
            let zero = Expr::Const { value: BigUint::ZERO, width: 1 };
            Expr::Concat(vec![zero, Expr::Binary(BinaryOp::And, again(word), mask)])
        }
        Expr::Binary(op, a, b) if m.width(a) == 1 => match op {
            BinaryOp::Add | BinaryOp::Sub => Expr::Binary(BinaryOp::Xor, again(a), again(b)),
            BinaryOp::Ult => Expr::Binary(BinaryOp::And, Box::new(Expr::Not(again(a))), again(b)),
            BinaryOp::Shl | BinaryOp::Shr => {
                let any =
                    if m.width(b) == 1 { again(b) } else { Box::new(Expr::Reduce(ReduceOp::Or, again(b))) };
                Expr::Binary(BinaryOp::And, again(a), Box::new(Expr::Not(any)))
            }
            op => Expr::Binary(*op, again(a), again(b)),
        },
        Expr::Binary(op, a, b) => Expr::Binary(*op, again(a), again(b)),
    }
}

impl Printer<'_> {
    /// The whole right-hand side of a wire.
    pub(super) fn root(&mut self, e: &Expr) -> String {
        let e = scalar_free(self.m, e);
        match &e {
            Expr::Mux(c, a, b) => {
                let c = self.boolean(c, false).0;
                format!("{} when {c} else {}", self.arm(a), self.arm(b))
            }
            Expr::Lookup(t, s) => {
                let table = &self.m.tables[t.0 as usize].name;
                let index = self.whole(*s);
                if self.m.signal(*s).width == 1 {
                    format!("{table}(1) when {index} = '1' else {table}(0)")
                } else {
                    format!("{table}(to_integer({index}))")
                }
            }
            e if is_comparison(e) => format!("'1' when {} else '0'", self.boolean(e, false).0),
            e => self.arm(e),
        }
    }

    /// An expression whose type the target of the assignment fixes.
    pub(super) fn arm(&mut self, e: &Expr) -> String {
        match e {
            Expr::Concat(parts) => self.concatenation(parts),
            Expr::Replicate { bit, .. } => format!("(others => {})", self.expr(bit).0),
            e => self.expr(e).0,
        }
    }

    pub(super) fn concatenation(&mut self, parts: &[Expr]) -> String {
        let items: Vec<_> = parts
            .iter()
            .map(|p| match self.expr(p) {
                (text, Level::Primary | Level::Literal) => text,
                (text, _) => format!("({text})"),
            })
            .collect();
        items.join(" & ")
    }

    /// The whole signal as `std_logic` or `unsigned`.
    pub(super) fn whole(&self, s: SignalId) -> String {
        let signal = self.m.signal(s);
        if signal.kind == SignalKind::Input && signal.width > 1 {
            format!("unsigned({})", signal.name)
        } else {
            signal.name.clone()
        }
    }

    /// Text of an expression of type `std_logic` (one bit) or `unsigned`, and its level.
    pub(super) fn expr(&mut self, e: &Expr) -> (String, Level) {
        if is_comparison(e) {
            self.helpers.to_logic = true;
            return (format!("to_logic({})", self.boolean(e, false).0), Level::Primary);
        }
        match e {
            Expr::Signal(s) => (self.whole(*s), Level::Primary),
            Expr::Const { value, width } => constant(value, *width),
            Expr::Slice { of, hi, lo } => {
                let signal = self.m.signal(*of);
                let text = match (hi == lo, signal.kind) {
                    (true, _) => format!("{}({hi})", signal.name),
                    (false, SignalKind::Input) => format!("unsigned({}({hi} downto {lo}))", signal.name),
                    (false, _) => format!("{}({hi} downto {lo})", signal.name),
                };
                (text, Level::Primary)
            }
            Expr::Concat(parts) => (format!("unsigned'({})", self.concatenation(parts)), Level::Primary),
            Expr::Replicate { bit, times } => {
                (format!("unsigned'({} downto 0 => {})", times - 1, self.expr(bit).0), Level::Primary)
            }
            Expr::Not(a) => (format!("not {}", self.operand(a, Level::Not, false, true)), Level::Not),
            Expr::Reduce(op, a) => {
                let (name, used) = match op {
                    ReduceOp::And => ("and_reduce", &mut self.helpers.and_reduce),
                    ReduceOp::Or => ("or_reduce", &mut self.helpers.or_reduce),
                    ReduceOp::Xor => ("xor_reduce", &mut self.helpers.xor_reduce),
                };
                *used = true;
                (format!("{name}({})", self.expr(a).0), Level::Primary)
            }
            Expr::Binary(op, a, b) => match op {
                BinaryOp::And => self.binary("and", Level::Logical(*op), a, b),
                BinaryOp::Or => self.binary("or", Level::Logical(*op), a, b),
                BinaryOp::Xor => self.binary("xor", Level::Logical(*op), a, b),
                BinaryOp::Add => self.binary("+", Level::Sum, a, b),
                BinaryOp::Sub => self.binary("-", Level::Sum, a, b),
                BinaryOp::Mul => self.binary("*", Level::Product, a, b),
                BinaryOp::Shl => self.shift("shift_left", a, b),
                BinaryOp::Shr => self.shift("shift_right", a, b),
                BinaryOp::Eq | BinaryOp::Ult => unreachable!("is_comparison"),
            },
            Expr::Mux(..) | Expr::Lookup(..) => unreachable!("only ever the root of a wire: Module::verify"),
        }
    }

    /// `shift_left(a, to_integer(n))`; `numeric_std` gives zero when the amount exceeds the width.
    pub(super) fn shift(&mut self, name: &str, a: &Expr, n: &Expr) -> (String, Level) {
        let a = self.typed(a);
        let n = match n {
            Expr::Const { value, .. } => value.to_string(),
            n if self.m.width(n) == 1 => {
                let bit = self.expr(n).0;
                format!("to_integer(unsigned'(0 => {bit}))")
            }
            n => format!("to_integer({})", self.typed(n)),
        };
        (format!("{name}({a}, {n})"), Level::Primary)
    }

    /// An expression whose type doesn't depend on where it stands.
    pub(super) fn typed(&mut self, e: &Expr) -> String {
        match self.expr(e) {
            (text, Level::Literal) => qualified(&text),
            (text, _) => text,
        }
    }

    pub(super) fn binary(&mut self, sign: &str, level: Level, a: &Expr, b: &Expr) -> (String, Level) {
        // One typed operand suffices to type the other, a literal.
        let literal = |e: &Expr| matches!(e, Expr::Const { .. });
        let both = literal(a) && literal(b);
        let left = self.operand(a, level, false, both);
        let right = self.operand(b, level, true, false);
        (format!("{left} {sign} {right}"), level)
    }

    /// An operand of an expression of level `outer`, bracketed where the grammar or clarity asks for it.
    pub(super) fn operand(&mut self, e: &Expr, outer: Level, right: bool, typed: bool) -> String {
        let (text, inner) = self.expr(e);
        let bare = match (outer, inner) {
            (_, Level::Primary) => true,
            (_, Level::Literal) if typed => return qualified(&text),
            (_, Level::Literal) => true,
            (Level::Logical(_), Level::Not) => true,
            (Level::Logical(a), Level::Logical(b)) => a == b,
            (Level::Sum, Level::Sum) => !right,
            (Level::Sum, Level::Product) => true,
            (Level::Comparison, Level::Sum | Level::Product) => true,
            _ => false,
        };
        if bare { text } else { format!("({text})") }
    }

    /// A one-bit expression, or its negation, as a condition of type boolean.
    pub(super) fn boolean(&mut self, e: &Expr, negated: bool) -> (String, Level) {
        match e {
            Expr::Not(a) => self.boolean(a, !negated),
            Expr::Binary(BinaryOp::Eq, a, b) => {
                let sign = if negated { "/=" } else { "=" };
                self.binary(sign, Level::Comparison, a, b)
            }
            Expr::Binary(BinaryOp::Ult, a, b) if self.m.width(a) > 1 => {
                // A constant reads better on the right.
                let swap = matches!(**a, Expr::Const { .. });
                let sign = match (swap, negated) {
                    (false, false) => "<",
                    (false, true) => ">=",
                    (true, false) => ">",
                    (true, true) => "<=",
                };
                let (a, b) = if swap { (b, a) } else { (a, b) };
                self.binary(sign, Level::Comparison, a, b)
            }
            Expr::Binary(op @ (BinaryOp::And | BinaryOp::Or), a, b) if !negated => {
                let level = Level::Logical(*op);
                let sign = if *op == BinaryOp::And { "and" } else { "or" };
                let mut side = |e: &Expr| match self.boolean(e, false) {
                    (text, Level::Logical(inner)) if inner != *op => format!("({text})"),
                    (text, _) => text,
                };
                let (a, b) = (side(a), side(b));
                (format!("{a} {sign} {b}"), level)
            }
            e => {
                let value = if negated { '0' } else { '1' };
                let text = self.operand(e, Level::Comparison, false, true);
                (format!("{text} = '{value}'"), Level::Comparison)
            }
        }
    }
}

/// A literal with its type.
pub(super) fn qualified(literal: &str) -> String {
    let kind = if literal.starts_with('\'') { "std_logic" } else { "unsigned" };
    format!("{kind}'({literal})")
}

/// Whether VHDL computes it as a boolean: `Eq`, `Ult` or their negations.
pub(super) fn is_comparison(e: &Expr) -> bool {
    match e {
        Expr::Binary(BinaryOp::Eq | BinaryOp::Ult, ..) => true,
        Expr::Not(a) => is_comparison(a),
        _ => false,
    }
}
