//! One file an operator.
pub mod fp8mac;
