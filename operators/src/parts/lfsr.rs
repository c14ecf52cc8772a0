//! A linear feedback shift register: the random words of a core that has no port for them.
use holigen_generator::{Bits, Builder};

/// Bits of the register.
pub const WIDTH: u32 = 32;
/// The bits whose exclusive or is shifted in at the bottom, counted from 0: the primitive polynomial
/// x^32 + x^31 + x^30 + x^10 + 1 (the reciprocal of that of Xilinx XAPP052). High ones, so that a step of many bits reads
/// few of its own.
pub const TAPS: [u32; 4] = [31, 30, 29, 9];

/// The lowest `bits` bits of a register that holds `seed` after a reset and makes as many steps with every input.
pub fn word(b: &Builder, bits: u32, seed: u32) -> Bits<'_> {
    // The register holds the difference to the seed, since it is cleared by a reset.
    let seed = b.lit(seed, WIDTH);
    let register = b.state("lfsr", WIDTH, None);
    let value = (register ^ seed).named("lfsr_value");
    let mut next = value;
    let mut left = bits;
    while left > 0 {
        // As many steps at once as read nothing that they shift in. Words, not bits: Verilator 5.006 makes a mistake
        // with exclusive ors of many single bits (its -fno-const-bit-op-tree).
        let steps = left.min(TAPS[3] + 1);
        let fresh = TAPS.map(|t| next.bits(t, t + 1 - steps)).into_iter().reduce(|x, y| x ^ y);
        next = next.low(WIDTH - steps).cat(fresh.expect("four taps").named("lfsr_fresh"));
        left -= steps;
    }
    register.write_state((next ^ seed).named("lfsr_next"));
    value.low(bits).named("random_word")
}
