//! Addition and subtraction of floating-point numbers: what `fpadd`, `fpsub` and `fpaddsub` have in common.
use super::arguments::{CareArgs, FormatArgs, Operands, RoundArgs, choice, short};
use super::dual::{self, Arch};
use super::normal::{Normal, Wanted, normal};
use super::ordered::leads;
use super::result::{FloatResult, care_semantics, operand};
use super::single;
use super::specials::{self, Specials};
use super::stateless::{StatelessCore, parameters};
use super::sum::{Order, Term, add};
use super::unpack::Care;
use crate::{Core, ParamError};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::exact::Class;
use holigen_verif::format::{FloatFormat, Reader};
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::{RoundMode, round_class};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Their parameters.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct AdditionArgs {
    #[command(flatten)]
    #[serde(flatten)]
    operands: FormatArgs,
    /// Format of operand a instead of --format [default: --format]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    a_format: Option<String>,
    /// Format of operand b [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    b_format: Option<String>,
    /// Format of r [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    rounding: RoundArgs,
    #[command(flatten)]
    #[serde(flatten)]
    care: CareArgs,
    /// single: one path, small; dual: near and far path, fewer stages, for operands and result of one signed format with
    /// a fraction; auto: dual where there is a clock and such a format, else single
    #[arg(long, value_name = "ARCH", default_value = "auto")]
    #[serde(default = "auto")]
    arch: String,
}

fn auto() -> String {
    "auto".into()
}

/// Which of the operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// a + b
    Add,
    /// a - b
    Subtract,
    /// One or the other, by an input.
    Either,
}

/// Sum of exact values: the sign of an exact zero depends on the rounding direction (IEEE 754-2019, section 6.3).
pub fn exact_sum(x: Class, y: Class, mode: RoundMode) -> (Class, bool) {
    let (sum, sticky) = x.plus_sticky(y);
    let minus = |c: Class| matches!(c, Class::Finite(s) if s.neg);
    match sum {
        Class::Finite(s) if s.mag == 0 && !sticky && mode == RoundMode::Rdn => {
            let neg = minus(x) || minus(y);
            (Class::Finite(holigen_verif::exact::Small { neg, ..s }), sticky)
        }
        _ => (sum, sticky),
    }
}

/// What hardware is built from.
#[derive(Clone, Copy, Debug)]
struct Addition {
    a: FloatFormat,
    b: FloatFormat,
    r: FloatResult,
    care: Care,
    operation: Operation,
    arch: Arch,
}

/// The core of an operator with parameters.
///
/// # Errors
/// A parameter is wrong.
pub fn core(name: &str, operation: Operation, args: &AdditionArgs) -> Result<Box<dyn Core>, ParamError> {
    let operands = Operands::ANY;
    let a = operands.first(&args.operands, args.a_format.as_deref())?;
    let b = args.b_format.as_ref().map_or(Ok(a), |n| operands.named("b-format", n))?;
    let r = FloatResult::resolve(args.out.as_deref(), a, &args.rounding)?;
    let care = args.care.resolve()?;
    let dual = a == b && a == r.format && dual::possible(&a);
    let arch = match choice("arch", &args.arch, &["auto", "single", "dual"])? {
        0 if dual => Arch::ByClock,
        2 if dual => Arch::Dual,
        2 => {
            let what =
                "is for operands and result of one signed format with subnormal numbers and a fraction";
            return Err(ParamError::new("arch", &args.arch, what, "give --arch single"));
        }
        _ => Arch::Single,
    };
    let addition = Addition { a, b, r, care, operation, arch };
    let mut settled = args.clone();
    settled.operands = FormatArgs::of(&a);
    (settled.a_format, settled.b_format) = (Some(a.name()), Some(b.name()));
    r.settle(&mut settled.out, &mut settled.rounding);

    let mut full = format!("{name}_{}", short(&a));
    if b != a {
        full += &format!("_{}", short(&b));
    }
    full += &r.suffix(&a, care);
    if args.arch != "auto" {
        full += &format!("_{}", args.arch);
    }
    let what = match operation {
        Operation::Add => "a + b",
        Operation::Subtract => "a - b",
        Operation::Either => "a - b where subtract is 1, else a + b",
    };
    let (noun, operands_text) = (
        match operation {
            Operation::Add => "Sum",
            Operation::Subtract => "Difference",
            Operation::Either => "Sum or difference",
        },
        if a == b { format!("two {a}") } else { format!("{a} and {b}") },
    );
    let mut ports = vec![operand("a", &a), operand("b", &b)];
    if operation == Operation::Either {
        ports.push(Port::operand("subtract", 1, Encoding::Bits, "1: r is a - b"));
    }
    ports.extend(r.ports(noun));
    let zero = if r.rounding.mode == RoundMode::Rdn { "-0" } else { "+0" };
    let reading = care.reading();
    let readers = (Reader::new(&a, reading), Reader::new(&b, reading));
    let function = move |inputs: &[u64], outputs: &mut [u64]| {
        let (x, y) = (readers.0.read(inputs[0]), readers.1.read(inputs[1]));
        let (subtract, rest) = match operation {
            Operation::Add => (false, 2),
            Operation::Subtract => (true, 2),
            Operation::Either => (inputs[2] == 1, 3),
        };
        let mode = r.rounding.mode;
        let (sum, sticky) = exact_sum(x, if subtract { y.negated() } else { y }, mode);
        let rnd = inputs.get(rest).copied().unwrap_or(0);
        outputs[0] = round_class(sum, sticky, &r.format, mode, r.rounding.saturation, rnd);
    };
    Ok(Box::new(StatelessCore {
        parameters: parameters(&settled),
        name: full,
        title: format!("{noun} of {operands_text}, rounded to {}", r.format),
        semantics: format!(
            "r is {what}, {}A NaN operand and infinity - infinity make it NaN. {}An exact zero is {zero}, where {} has \
             it, unless both terms are zeros of one sign.",
            r.semantics(),
            care_semantics(care),
            r.format
        ),
        interface: Interface { ports },
        architecture: Box::new(move |b| addition.build(b)),
        function: Arc::new(function),
    }))
}

/// The lowest field that normalised numbers of a format reach, relative to a result.
pub fn lowest(f: &FloatFormat, r: &FloatFormat) -> i64 {
    i64::from(f.emin() - f.wf() as i32 - r.emin() + 1)
}

/// An operand as a term of a sum. `other`: the lowest field of the other term.
pub fn term<'b>(
    b: &'b Builder,
    code: Bits<'b>,
    f: &FloatFormat,
    care: Care,
    r: &FloatFormat,
    other: i64,
    name: &str,
) -> (Term<'b>, Normal<'b>) {
    // Field of the result that the operand's field is.
    let offset = i64::from(1 - r.emin()) - i64::from(f.bias());
    // Leading zeros do no harm in the units of subnormal results, nor where the other term has no lower field.
    let least = i64::from(f.has_subnormals()) + offset;
    let other = other.max(1);
    let wanted = Wanted { subnormals: least > other, offset, zero: other };
    let x = normal(b, code, f, care, wanted, name);
    let mut range = x.range;
    let mut field = x.exponent;
    if x.zero_exponent > other && f.has_subnormals() {
        // A zero must not lead.
        let w = super::normal::signed_width(other).max(field.bits().width());
        let zero = SInt(b.signed_lit(other, w));
        field = x.zero.mux(zero.bits(), field.resize(w).bits()).named(&format!("{name}_field")).signed();
        range.0 = range.0.min(other);
    } else {
        range.0 = range.0.min(x.zero_exponent);
    }
    (Term { sign: x.sign, significand: x.significand, field, range, slack: 0, nonzero: None }, x)
}

impl Addition {
    fn build(&self, b: &Builder) {
        let (a, c) = (b.input("a", self.a.width()), b.input("b", self.b.width()));
        let subtract = match self.operation {
            Operation::Add => b.lit(0u8, 1),
            Operation::Subtract => b.lit(1u8, 1),
            Operation::Either => b.input("subtract", 1),
        };
        let rnd = self.r.random(b);
        let f = &self.r.format;
        if self.arch.is_dual(b) {
            b.output("r", dual::add(b, (a, c), subtract, &self.r, self.care, rnd));
            return;
        }
        let same = self.a == self.b;
        if same && self.a == *f && dual::possible(f) && single::suits(b) {
            b.output("r", single::add(b, (a, c), subtract, &self.r, self.care, rnd));
            return;
        }
        let (x, y, seen) = b.scope("decode", || {
            let lows = (lowest(&self.a, f), lowest(&self.b, f));
            // Of one format, subnormal numbers have the least field of both.
            let least = i64::from(self.a.emin() - f.emin() + 1);
            let (other_a, other_b) = if same { (least, least) } else { (lows.1, lows.0) };
            let (x, u) = term(b, a, &self.a, self.care, f, other_a, "a");
            let (y, v) = term(b, c, &self.b, self.care, f, other_b, "b");
            let y = Term { sign: (y.sign ^ subtract).named("b_sign"), ..y };
            let opposite = u.infinity & v.infinity & (x.sign ^ y.sign);
            let seen = Specials {
                nan: u.nan | v.nan | opposite,
                infinite: u.infinity | v.infinity,
                negative: u.infinity.mux(x.sign, y.sign),
            };
            (x, y, seen)
        });
        let rounded = b.scope("add", || {
            let order = if same {
                let bits = self.a.we() + self.a.wf();
                Order::Magnitudes(leads((a.low(bits), c.low(bits))))
            } else {
                Order::Fields
            };
            add(b, &x, &y, order, &self.r, rnd)
        });
        let r = b.scope("specials", || specials::finish(b, &rounded, &seen, f, self.r.rounding));
        b.output("r", r);
    }
}
