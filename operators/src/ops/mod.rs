//! One file an operator.
pub mod fp8mac;
pub mod fpdot;
pub mod fpmul;
pub mod positadd;
pub mod positdecode;
pub mod positencode;
pub mod positmul;
pub mod positsub;
