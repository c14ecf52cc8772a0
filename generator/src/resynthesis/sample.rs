//! The cases in which the nodes of a network are evaluated: all of them, or a sample that grows.
use super::network::Values;
use crate::cases::cases;
use crate::random::SplitMix64;

/// Words of 64 cases that a sample starts with.
const FIRST: usize = 128;

/// Most words of a sample; after that new cases take the places of old ones.
const MOST: usize = 512;

/// Values of so many inputs in all cases.
pub(super) fn all(inputs: u32) -> Vec<Values> {
    let words = 1u64 << inputs.saturating_sub(6);
    (0..inputs).map(|bit| (0..words).map(|w| cases(bit, 64 * w)).collect()).collect()
}

/// Values of so many inputs in some cases: even and uneven bits, and halves that nearly agree, as operands of which
/// most bits cancel.
pub(super) fn some(inputs: u32, random: &mut SplitMix64) -> Vec<Values> {
    let mut values = vec![Values::new(); inputs as usize];
    for word in 0..FIRST {
        for bit in 0..inputs as usize {
            let rare = random.next() & random.next() & random.next();
            let partner = bit.checked_sub(inputs as usize / 2);
            let value = match (word % 4, partner) {
                (0, _) => rare ^ 0u64.wrapping_sub(random.next() & 1),
                (1, Some(partner)) => values[partner][word] ^ rare,
                _ => random.next(),
            };
            values[bit].push(value);
        }
    }
    values
}

/// Where the next cases of a sample go.
pub(super) struct Places {
    next: usize,
}

impl Places {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The word for new cases.
    pub(super) fn next(&mut self) -> usize {
        let place = self.next;
        // The first ones stay.
        self.next = if place + 1 == MOST { FIRST } else { place + 1 };
        place
    }
}

/// 64 cases in one word for each input: this one, and near ones.
pub(super) fn near(case: &[bool], random: &mut SplitMix64) -> Vec<u64> {
    let flips = |random: &mut SplitMix64| {
        let eighth = random.next() & random.next() & random.next();
        eighth & random.next()
    };
    case.iter().map(|bit| 0u64.wrapping_sub(u64::from(*bit)) ^ flips(random) & !1).collect()
}
