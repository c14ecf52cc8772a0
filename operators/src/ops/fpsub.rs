//! Subtract floating-point numbers.
use crate::parts::addition::{self, AdditionArgs, Operation};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Subtract: r = a - b, rounded once; operands and result of any formats
///
/// # Semantics
/// r is the exact difference, rounded once to the result's format, subnormal results included. A NaN operand and
/// infinity - infinity make r NaN. An exact zero is +0, with --round rdn -0 (IEEE 754-2019, section 6.3), where the
/// format of r has it; zeros of one sign keep it. Operands have up to 16 exponent and 52 fraction bits.
///
/// # Architecture
/// As fpadd, with the sign of b turned.
///
/// # Sources
/// J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018, section 7.3. IEEE 754-2019. IEEE P3109
/// Interim Report v4.0.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpSub {
    #[command(flatten)]
    #[serde(flatten)]
    addition: AdditionArgs,
}

impl Operator for FpSub {
    const NAME: &'static str = "fpsub";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        addition::core(Self::NAME, Operation::Subtract, &self.addition)
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "format = \"binary8p3sf\"\nround = \"rup\"",
            "format = \"e4m3fnuz\"\narch = \"dual\"\nsubnormals = \"flush\"",
            "format = \"fp16\"\nb-format = \"e5m2\"",
        ]
    }
}
