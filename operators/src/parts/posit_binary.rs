//! What operators of two posits of one format have in common: ports, texts, reference model.
use super::stateless::{StatelessCore, parameters};
use crate::{Core, ParamError};
use holigen_generator::{Bits, Builder};
use holigen_verif::exact::Class;
use holigen_verif::format::PositFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::{RoundMode, round_posit_class};
use serde::Serialize;
use std::sync::Arc;

/// What sets an operator apart.
pub struct Operation {
    /// A noun: Sum.
    pub title: &'static str,
    /// Of a and b.
    pub formula: &'static str,
    /// A sentence about results beyond the format.
    pub extremes: &'static str,
    /// The exact result, as [`Class::plus_sticky`] gives it.
    pub exact: fn(Class, Class) -> (Class, bool),
    /// From two codes to a code.
    pub architecture: for<'b> fn(&'b Builder, Bits<'b>, Bits<'b>, &PositFormat) -> Bits<'b>,
}

/// Numbers of narrow formats once, wide ones as they come.
pub fn decoder(f: PositFormat) -> impl Fn(u64) -> Class + Clone + Send + Sync {
    let table: Arc<Vec<Class>> = Arc::new(if f.width() <= 12 {
        (0..=f.mask()).map(|c| f.decode_small(c)).collect()
    } else {
        Vec::new()
    });
    move |code| table.get(code as usize).copied().unwrap_or_else(|| f.decode_small(code))
}

/// The core.
///
/// # Errors
/// None: formats are settled by now.
pub fn core(
    args: &impl Serialize,
    operator: &str,
    f: PositFormat,
    op: &Operation,
) -> Result<Box<dyn Core>, ParamError> {
    let (n, es) = (f.width(), f.es());
    let encoding = || Encoding::Posit(f);
    let (exact, architecture) = (op.exact, op.architecture);
    let read = decoder(f);
    Ok(Box::new(StatelessCore {
        parameters: parameters(args),
        name: format!("{operator}_{n}_{es}"),
        title: format!("{} of two posits <{n},{es}>", op.title),
        semantics: format!(
            "r is {}, exact and then rounded once to posit<{n},{es}>: to nearest on the bit string, ties to the even \
             code (Posit Standard 2022). {} If an operand is NaR, so is r.",
            op.formula, op.extremes
        ),
        interface: Interface {
            ports: vec![
                Port::operand("a", n, encoding(), &format!("Operand, posit<{n},{es}>")),
                Port::operand("b", n, encoding(), &format!("Operand, posit<{n},{es}>")),
                Port::result("r", n, encoding(), &format!("{}, posit<{n},{es}>", op.title)),
            ],
        },
        architecture: Box::new(move |b| {
            let (x, y) = (b.input("a", n), b.input("b", n));
            b.output("r", architecture(b, x, y, &f).named("result"));
        }),
        function: Arc::new(move |inputs, outputs| {
            let (x, sticky) = exact(read(inputs[0]), read(inputs[1]));
            outputs[0] = round_posit_class(x, sticky, &f, RoundMode::Rne, 0);
        }),
    }))
}
