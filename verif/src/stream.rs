//! What a reference model of a streaming core is.
//!
//! A stream is a sequence of beats. When they come and go is the core's and its neighbours' business: whatever the
//! stalls, the same beats in give the same beats out. So a model maps whole streams to whole streams.
use crate::rng::SplitMix64;

/// One beat into a core.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beat {
    /// `data`.
    pub data: u128,
    /// `last`.
    pub last: bool,
    /// Offered only when so many beats of another channel have been taken: channel and beats.
    pub after: Option<(usize, usize)>,
}

impl Beat {
    /// A beat that waits for nothing.
    pub fn new(data: u128, last: bool) -> Self {
        Self { data, last, after: None }
    }
}

/// Beats of every input channel.
pub type Scenario = Vec<Vec<Beat>>;

/// What comes out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decoded {
    /// `m_data` and `m_last` of every beat.
    pub beats: Vec<(u128, bool)>,
    /// `error` when all has come to rest.
    pub error: bool,
}

/// A reference model of a streaming core. Every scenario begins behind `rst` or `start`.
pub trait StreamModel: Send + Sync {
    /// What the input channels' ports are called: `s` for `s_valid`, `s_ready`, `s_data`, `s_last`.
    fn channels(&self) -> Vec<String>;

    /// What a core makes of a scenario.
    fn run(&self, inputs: &Scenario) -> Decoded;

    /// Clocks that a core may need to come to rest when everything has gone in and come out.
    fn rest(&self) -> u32 {
        48
    }

    /// Streams of about so many symbols, spoiled in one way or another if `corrupt`.
    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario;
}
