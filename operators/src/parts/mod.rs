//! Parts that operators share: their common parameters, and hardware for reading and writing codes.
//!
//! Nothing here calls the reference models. Constants of a format are derived from its fields alone.
pub mod addition;
pub mod arguments;
pub mod codebook;
pub mod codes;
pub mod dual;
pub mod entropy;
pub mod float_sum;
pub mod lfsr;
pub mod normal;
pub mod normalize;
pub mod npy;
pub mod ordered;
pub mod pack;
pub mod ports;
pub mod posit_binary;
pub mod posit_decode;
pub mod posit_encode;
pub mod posit_fixed;
pub mod posit_linear;
pub mod posit_products;
pub mod posit_unpacked;
pub mod products;
pub mod result;
pub mod round_fixed;
pub mod runs;
pub mod shift;
pub mod single;
pub mod specials;
pub mod stateless;
pub mod sum;
pub mod to_fixed;
pub mod unpack;
