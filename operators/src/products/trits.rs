//! Packed trits: five in eight bits, three in five. A trit is -1, 0 or 1 in 2-bit two's complement.
//!
//! Any bijection would do; this one has a small decoder. Two trits have nine values: *eight of nine* are written in three
//! bits ([`PAIRS`]), the ninth, (0, 0), is not. One more trit is written plainly in the two highest bits; 10 there, which
//! no trit is, says that a pair is (0, 0), and that the place of its bits holds the plain trit instead.
//!
//! | code, highest bit first | trits, lowest first |
//! | --- | --- |
//! | `tt bbb`, tt not 10 | pair bbb, plain tt |
//! | `10 -tt` | pair (0, 0), plain tt |
//! | `tt aaa bbb`, tt not 10 | pairs aaa and bbb, plain tt |
//! | `10 1aa Btt` | pairs Baa and (0, 0), plain tt |
//! | `10 0tt bbb`, tt not 10 | pairs (0, 0) and bbb, plain tt |
//! | `10 010 -tt` | both pairs (0, 0), plain tt |
//!
//! Packing writes 0 for bits that say nothing (-). [`PAIRS`] is the first of the 40320 orders whose decoder reads fewest
//! bits, and of these one with the fewest literals (a test searches again). In tables of six inputs, five trits take 11:
//! one of them says that the second pair is (0, 0). Fewer than 10 there can't be: no output is an input, since no trit is
//! 0 or has a sign in as many codes as an input is 1 or 0 in.
use holigen_generator::{Bits, Builder};
use holigen_verif::interface::{Encoding, Port};

/// How trits are packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packing {
    /// Five trits in eight bits: log2(3) asks for 7.92.
    FiveInEight,
    /// Three trits in five bits: log2(3) asks for 4.75.
    ThreeInFive,
}

/// By [`Packing::by_index`].
pub const PACKINGS: &[&str] = &["5in8", "3in5"];

/// Two trits, the lower one first, by their three bits.
pub const PAIRS: [[i64; 2]; 8] = [[-1, -1], [-1, 0], [-1, 1], [1, 0], [0, -1], [0, 1], [1, -1], [1, 1]];

impl Packing {
    /// Trits of a group.
    pub fn trits(self) -> u32 {
        match self {
            Packing::FiveInEight => 5,
            Packing::ThreeInFive => 3,
        }
    }

    /// Bits of a group.
    pub fn bits(self) -> u32 {
        match self {
            Packing::FiveInEight => 8,
            Packing::ThreeInFive => 5,
        }
    }

    /// Of [`PACKINGS`].
    pub fn by_index(index: usize) -> Self {
        if index == 0 { Packing::FiveInEight } else { Packing::ThreeInFive }
    }

    /// Groups that hold `n` trits.
    pub fn groups(self, n: u32) -> u32 {
        n.div_ceil(self.trits())
    }
}

/// Ports of tritpack (`packs`) or tritunpack.
pub fn ports(packing: Packing, n: u32, packs: bool) -> Vec<Port> {
    let trits = "Trits, 2-bit two's complement";
    let codes = format!("Codes of {} trits each", packing.trits());
    let port = |name: &str, input: bool, width: u32, encoding: Encoding, text: &str| {
        if input {
            Port::operand(name, width, encoding, text)
        } else {
            Port::result(name, width, encoding, text)
        }
    };
    let (of_trits, of_codes) = if packs { ("x", "r") } else { ("r", "x") };
    let signed = Encoding::Fixed { signed: true, lsb: 0 };
    let trits = port(of_trits, packs, 2, signed, trits).vector(n);
    let codes = port(of_codes, !packs, packing.bits(), Encoding::Bits, &codes).vector(packing.groups(n));
    if packs { vec![trits, codes] } else { vec![codes, trits] }
}

/// Two bits of a trit.
fn code(trit: i64) -> u64 {
    trit as u64 & 3
}

/// Both trits of a pair, from `(0, 0)?` above its three bits.
fn pair<'b>(b: &'b Builder, zero: Bits<'b>, bits: Bits<'b>) -> Bits<'b> {
    let entries: Vec<u64> =
        (0..16).map(|i| if i < 8 { code(PAIRS[i][0]) | code(PAIRS[i][1]) << 2 } else { 0 }).collect();
    b.table("trit_pair", zero.cat(bits), 4, &entries)
}

/// The trits of a group, the first in the lowest bits.
pub fn unpack<'b>(b: &'b Builder, packing: Packing, bits: Bits<'b>) -> Bits<'b> {
    let top = bits.top(2);
    let escape = (top.bit(1) & !top.bit(0)).named("escape");
    match packing {
        Packing::ThreeInFive => {
            let plain = escape.mux(bits.low(2), top);
            plain.cat(pair(b, escape, bits.low(3)))
        }
        Packing::FiveInEight => {
            let (first, second) = (bits.bits(5, 3), bits.low(3));
            let both = !first.bit(2) & first.bit(1) & !first.bit(0);
            let second_zero = (escape & (first.bit(2) | both)).named("second_pair_is_zero");
            let first_zero = escape & !first.bit(2);
            let first_high = escape.mux(second.bit(2), first.bit(2));
            let escaped = second_zero.mux(second.low(2), first.low(2));
            let plain = escape.mux(escaped, top);
            let first = pair(b, first_zero, first_high.cat(first.low(2)));
            plain.cat(pair(b, second_zero, second)).cat(first)
        }
    }
}

/// Three bits of a pair, 0 for (0, 0), and whether it is (0, 0). Code 10 counts as 0.
fn pack_pair<'b>(b: &'b Builder, trits: Bits<'b>) -> (Bits<'b>, Bits<'b>) {
    let value = |code: u64| [0, 1, 0, -1][code as usize & 3];
    let index = |i: u64| PAIRS.iter().position(|p| *p == [value(i), value(i >> 2)]);
    let entries: Vec<u64> = (0..16).map(|i| index(i).unwrap_or(0) as u64).collect();
    let zero = !(trits.bit(0) | trits.bit(2));
    (b.table("trit_pair_code", trits, 3, &entries), zero)
}

/// The code of a group of trits, the first in the lowest bits.
pub fn pack<'b>(b: &'b Builder, packing: Packing, trits: Bits<'b>) -> Bits<'b> {
    let top = trits.top(2);
    // 10 counts as 0.
    let plain = (top.bit(1) & top.bit(0)).cat(top.bit(0));
    let escape = b.lit(2u8, 2);
    let zero = b.lit(0u8, 1);
    let (low, low_zero) = pack_pair(b, trits.low(4));
    match packing {
        Packing::ThreeInFive => low_zero.mux(escape.cat(zero).cat(plain), plain.cat(low)),
        Packing::FiveInEight => {
            let (high, high_zero) = pack_pair(b, trits.bits(7, 4));
            let any = low_zero | high_zero;
            let top = any.mux(escape, plain);
            // Places of the first and of the second pair.
            let with_second = low_zero.mux(zero.cat(plain), low);
            let without_second = low_zero.mux(b.lit(2u8, 3), b.lit(1u8, 1).cat(low.low(2)));
            let places =
                high_zero.mux(without_second.cat((low.bit(2) & !low_zero).cat(plain)), with_second.cat(high));
            top.cat(places)
        }
    }
}
