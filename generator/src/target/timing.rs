//! What a finished core is timed with.
use serde::Deserialize;

/// Delays of cells and wires as place and route has them, picoseconds: those of a core that is finished.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Inputs of a table that is not made of several.
    pub table_inputs: u32,
    /// What synthesis takes the pins of a table for, the fastest first; then those of the tables of one input more each
    /// that multiplexers of the device join.
    pub believed_ps: Vec<Vec<f64>>,
    /// What synthesis takes a wire for.
    pub believed_wire_ps: f64,
    /// The same pins as place and route times them.
    pub table_ps: Vec<Vec<f64>>,
    /// From the clock to the output of a register.
    pub clock_to_q_ps: f64,
    /// Whether the cells of a carry chain take an operand inverted; else a table in front of them inverts it.
    pub chain_inverts: bool,
    /// Whether they invert all bits of a subtrahend or none: tables invert single bits, and an operand of a sum.
    #[serde(default)]
    pub chain_inverts_words: bool,
    /// From an operand of an adder to the carry.
    pub chain_in_ps: f64,
    /// Each bit of a carry chain.
    pub carry_ps: f64,
    /// From the carry to a sum.
    pub chain_out_ps: f64,
    /// Where a bit of a carry chain is a table and a multiplexer behind it.
    #[serde(default)]
    pub multiplexers: Option<Multiplexers>,
    /// From the operands of a bit to its own sum, where these do not pass the carry of the bit; without it they are taken
    /// to pass it, and so is the carry from below.
    #[serde(default)]
    pub own_sum_ps: Option<f64>,
    /// From a table to the register beside it, setup included.
    pub table_to_register_ps: f64,
    /// Whether a cell puts out either what its register holds or what its table makes: a register stands beside a table
    /// that nothing else reads, else in a cell of its own.
    #[serde(default)]
    pub register_alone: bool,
    /// From a table that is made of several to its register.
    pub wide_to_register_ps: f64,
    /// From a sum to its register.
    pub chain_to_register_ps: f64,
    /// Setup of a register whose data come from elsewhere.
    pub setup_ps: f64,
    /// Setup of an enable.
    pub enable_ps: f64,
    /// Setup of a set or reset.
    pub reset_ps: f64,
    /// Registers with the same enable or reset beyond which place and route sends it through a global buffer; none without.
    #[serde(default)]
    pub global_above: Option<u32>,
    /// What the way through such a buffer takes more than the plain one.
    #[serde(default)]
    pub global_ps: f64,
    /// Registers that share one enable and one reset.
    pub registers_together: u32,
    /// A wire to one load in the smallest core.
    pub wire_ps: f64,
    /// Each doubling of the loads.
    pub wire_per_log2_load_ps: f64,
    /// Each load beyond the first.
    #[serde(default)]
    pub wire_per_load_ps: f64,
    /// Each doubling of the core's tables.
    pub wire_per_log2_area_ps: f64,
    /// The same once a path: of the many paths that are nearly as long, the one with a long wire is the longest.
    #[serde(default)]
    pub path_per_log2_area_ps: f64,
}

/// Carry chains whose bits are a table, the exclusive or of both operands and of what makes one of them, and a multiplexer
/// that takes the other operand as it is. Picoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiplexers {
    /// Bits of a cell.
    pub cell_bits: u32,
    /// Along a cell.
    pub cell_ps: f64,
    /// From the output of a table in front of the chain to that of the chain, but for the cells on the way.
    pub table_ps: f64,
    /// The same from what no table makes.
    pub operand_ps: f64,
}
