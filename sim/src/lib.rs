//! Simulators of cores: the embedded one for scheduled netlists, drivers for programs that run the emitted text.
pub mod check;
pub mod embedded;
pub mod external;
pub mod recorded;
pub mod stimulus;
pub mod stream;
