//! Codes of posits that are worth trying. Of uniform codes, half have the shortest regimes; here all regimes come.
use crate::format::PositFormat;
use crate::rng::SplitMix64;

/// How many regimes the positive numbers have.
fn regimes(f: &PositFormat) -> u32 {
    2 * f.width() - 3
}

/// The first and the last positive code of a regime, ascending.
fn regime(f: &PositFormat, index: u32) -> (u64, u64) {
    let n = f.width();
    if index < n - 2 {
        // Zeros: the end of the run is the first bit that is set.
        (1 << index, (2 << index) - 1)
    } else {
        // So many ones.
        let run = index - (n - 3);
        let low = ((1u64 << run) - 1) << (n - 1 - run);
        let rest = (n - 1 - run).saturating_sub(1);
        (low, low | ((1 << rest) - 1))
    }
}

/// Zero, NaR, and of every regime the first and last codes and those about its middle, each with both signs.
pub fn corners(f: &PositFormat) -> Vec<u64> {
    let mut codes = vec![0, f.nar()];
    for i in 0..regimes(f) {
        let (low, high) = regime(f, i);
        let middle = low + (high - low) / 2;
        codes.extend(
            [low, low + 1, middle, middle + 1, high.saturating_sub(1), high].map(|c| c.clamp(low, high)),
        );
    }
    let negative: Vec<u64> = codes.iter().map(|c| c.wrapping_neg() & f.mask()).collect();
    codes.extend(negative);
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A code of a uniform regime, or a uniform code. `short`: with few bits behind the regime, so that sums and
/// products are ties. `near_one`: with a regime of a few bits.
pub fn random(f: &PositFormat, rng: &mut SplitMix64, short: bool, near_one: bool) -> u64 {
    if !short && rng.below(4) == 0 {
        return rng.next_u64() & f.mask();
    }
    let all = regimes(f);
    let index =
        if near_one && all > 6 { all / 2 - 2 + rng.below(5) as u32 } else { rng.below(all.into()) as u32 };
    let (low, high) = regime(f, index);
    let offset = rng.next_u64() & (high - low);
    let code = low
        | match (short, rng.below(4)) {
            (true, 0) => 0,
            // All but the first few bits cleared.
            (true, _) => offset & !((high - low) >> rng.below(5)),
            (false, 0) => offset | ((high - low) >> rng.below(8)),
            (false, _) => offset,
        };
    if rng.below(2) == 1 { code.wrapping_neg() & f.mask() } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regimes_are_all_positive_codes_in_order() {
        for n in 3..=12 {
            let f = PositFormat::new(n, 2).unwrap();
            let mut next = 1;
            for i in 0..regimes(&f) {
                let (low, high) = regime(&f, i);
                assert_eq!(low, next, "{f} {i}");
                assert!((high - low).wrapping_add(1).is_power_of_two());
                next = high + 1;
            }
            assert_eq!(next, f.nar(), "{f}");
        }
        let f = PositFormat::new(64, 2).unwrap();
        assert_eq!(regime(&f, regimes(&f) - 1), (f.maxpos(), f.maxpos()));
    }
}
