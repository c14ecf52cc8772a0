//! One file an operator.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "docs of parameters are help pages: brackets are indices there"
)]
pub mod binarydot;
pub mod codebook;
pub mod constmatvec;
pub mod fp2posit;
pub mod fp8mac;
pub mod fpadd;
pub mod fpaddsub;
pub mod fpconv;
pub mod fpdot;
pub mod fpfma;
pub mod fpmul;
pub mod fpsub;
pub mod huffdec;
pub mod int2posit;
pub mod intdot;
pub mod intmac;
pub mod intmul;
pub mod mxdot;
pub mod nmdot;
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
pub mod ransdec;
pub mod ricedec;
pub mod tansdec;
pub mod ternarydot;
pub mod ternarymac;
pub mod tritdot;
pub mod tritpack;
pub mod tritunpack;
pub mod weightstream;
