//! Add or subtract floating-point numbers.
use crate::parts::addition::{self, AdditionArgs, Operation};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Add or subtract, as an input says; rounded once, operands and result of any formats
///
/// # Semantics
/// r is the exact sum or difference, rounded once to the result's format, subnormal results included. A NaN operand and
/// infinity - infinity make r NaN. An exact zero is +0, with --round rdn -0 (IEEE 754-2019, section 6.3), where the
/// format of r has it; zeros of one sign keep it. Operands have up to 16 exponent and 52 fraction bits. The input
/// subtract chooses, operation by operation.
///
/// # Architecture
/// As fpadd, with the sign of b turned where subtract is 1.
///
/// # Sources
/// J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018, section 7.3. IEEE 754-2019. IEEE P3109
/// Interim Report v4.0.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpAddSub {
    #[command(flatten)]
    #[serde(flatten)]
    addition: AdditionArgs,
}

impl Operator for FpAddSub {
    const NAME: &'static str = "fpaddsub";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        addition::core(Self::NAME, Operation::Either, &self.addition)
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "format = \"e5m2\"\nround = \"rtz\"\nsaturation = \"satfinite\"",
            "format = \"bf16\"",
            "format = \"e3m2:fn\"\narch = \"dual\"\nsaturation = \"ovfinf\"",
        ]
    }
}
