//! Subtraction of posits.
use super::positadd::add;
use crate::parts::arguments::PositArgs;
use crate::parts::posit_binary::{self, Operation};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Subtract two posits: r = round(a - b)
///
/// # Semantics
/// The difference is exact and rounded once as the Posit Standard (2022) says: to nearest on the bit string, ties to
/// the even code; what exceeds maxpos becomes maxpos. NaR with anything is NaR. The only zero is +0.
///
/// # Architecture
/// As positadd, with the two's complement of b's code: it is the code of -b, and zero and NaR are their own.
///
/// # Sources
/// Posit Standard, 2022, and those of positadd.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct PositSub {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
}

impl Operator for PositSub {
    const NAME: &'static str = "positsub";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        posit_binary::core(
            self,
            Self::NAME,
            self.operands.resolve()?,
            &Operation {
                title: "Difference",
                formula: "a - b",
                extremes: "A difference beyond maxpos is maxpos, with its sign.",
                exact: |a, b| a.plus_sticky(b.negated()),
                architecture: |b, x, y, f| {
                    let negated = b.lit(0u8, y.width()).wrapping_sub(y).named("minus_b");
                    add(b, x, negated, f)
                },
            },
        )
    }

    fn examples() -> &'static [&'static str] {
        &["n = 8", "n = 16\nes = 1"]
    }
}
