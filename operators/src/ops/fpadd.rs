//! Add floating-point numbers.
use crate::parts::addition::{self, AdditionArgs, Operation};
use crate::{Core, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// Add: r = a + b, rounded once; operands and result of any formats
///
/// # Semantics
/// r is the exact sum, rounded once to the result's format, subnormal results included. A NaN operand and
/// infinity - infinity make r NaN. An exact zero is +0, with --round rdn -0 (IEEE 754-2019, section 6.3), where the
/// format of r has it; zeros of one sign keep it. Operands have up to 16 exponent and 52 fraction bits.
///
/// # Architecture
/// --arch single: operands of one format are ordered by comparing their codes, so that no sum is negative; of two
/// formats by their exponents, and the sum is kept in two's complement. The smaller is shifted right with one sticky bit;
/// the sum is normalised as far as the exponent allows, which gives subnormal results for nothing, and rounded in the
/// addition that packs exponent and fraction. Where operands and result have one format and tables six
/// inputs, infinities and NaNs are looked for in the larger magnitude only, a mark at the place of the least exponent ends
/// normalisation, and the digits of its count are, complemented, what changes the exponent in that same addition. --arch dual, for operands and result of one format: a near path subtracts
/// where exponents differ by one at most and many digits may cancel, exactly, and counts and shifts in groups of four
/// digits, with a mark where the exponent would be the least; a far path aligns and adds, and one of three places leads.
/// Both meet in the addition that rounds and packs; its overflow is foreseen. That is less than half the stages and fewer
/// registers, for up to half more tables. --arch auto: dual where there is a clock and one format, else single, see
/// `bench/floats.md`.
///
/// # Sources
/// J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 2018, section 7.3, 8.4 (dual path). IEEE 754-2019. IEEE P3109
/// Interim Report v4.0.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpAdd {
    #[command(flatten)]
    #[serde(flatten)]
    addition: AdditionArgs,
}

impl Operator for FpAdd {
    const NAME: &'static str = "fpadd";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        addition::core(Self::NAME, Operation::Add, &self.addition)
    }

    fn examples() -> &'static [&'static str] {
        &[
            "we = 4\nwf = 3",
            "format = \"e4m3:ieee\"",
            "format = \"e5m2\"\nround = \"rdn\"",
            "format = \"e4m3fn\"\nb-format = \"e5m2\"\nout = \"fp16\"",
            "format = \"e4m3fnuz\"\nround = \"sr:7\"",
            "format = \"binary8p4se\"\nout = \"binary8p3ue\"\nround = \"odd\"",
            "format = \"fp16\"\nout = \"e4m3fn\"\nround = \"rna\"",
            "format = \"e2m1\"\nb-format = \"e8m0\"\nsaturation = \"ovfinf\"\nround = \"src:3\"",
            "format = \"e5m2\"\nsubnormals = \"flush\"\nspecials = \"off\"",
            "format = \"fp16\"",
            "format = \"e4m3:ieee\"\narch = \"single\"",
            "format = \"binary8p4se\"\narch = \"dual\"\nround = \"odd\"",
            "format = \"e5m2\"\narch = \"dual\"\nround = \"srb:5\"\nspecials = \"off\"",
            "format = \"e3m2\"\narch = \"dual\"\nround = \"rup\"\nsaturation = \"ovfinf\"",
            "format = \"bf16\"\nb-format = \"fp32\"\nout = \"fp32\"",
            "format = \"fp32\"\nround = \"srb:9\"",
        ]
    }
}
