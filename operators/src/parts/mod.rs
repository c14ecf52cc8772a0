//! Parts that operators share.
