//! What entropy decoders share: blocks, the window on the bits, lanes side by side.
pub mod code;
pub mod decoder;
pub mod ends;
pub mod joined;
pub mod lane;
pub mod lanes;
pub mod parameters;
pub mod slots;
pub mod stored;
pub mod tables;
pub mod take_top;
pub mod window;
