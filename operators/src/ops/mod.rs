//! One file an operator.
pub mod fp8mac;
pub mod fpmul;
