//! One file an operator.
pub mod fp2posit;
pub mod fp8mac;
pub mod fpdot;
pub mod fpmul;
pub mod int2posit;
pub mod posit2fp;
pub mod posit2int;
pub mod positadd;
pub mod positconv;
pub mod positdecode;
pub mod positdot;
pub mod positencode;
pub mod positfma;
pub mod positmac;
pub mod positmul;
pub mod positsub;
