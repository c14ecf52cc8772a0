//! Posits without exponent bits as fixed-point numbers, for short sums.
//!
//! With es = 0 a code whose magnitude is below 1 is the number itself in units of minpos, sign and all. At or above 1 a
//! regime of k bits stands in front of the fraction, which moves up by 2 k - 1 places. Few codes have a long regime and
//! any fraction, so of each bit of the number only few alternatives remain: an AND-OR over the lengths of the regime takes
//! less than a shifter and its count, and nothing has to be aligned or normalised.
use holigen_generator::{Bits, Builder};

/// A posit as a number in units of minpos.
#[derive(Clone, Copy)]
pub struct Linear<'b> {
    /// Two's complement, [`linear_bits`] wide.
    pub value: Bits<'b>,
    /// One bit: not a real. The value means nothing then.
    pub nar: Bits<'b>,
}

/// Bits of the numbers of a posit of `n` bits in units of minpos.
pub fn linear_bits(n: u32) -> u32 {
    2 * n - 2
}

/// What is selected at each length of the regime: `at(0)` numbers below 1, `at(k)` a regime of k bits.
struct Lengths<'b> {
    /// One bit each: the length is at least k, for k from 1.
    least: Vec<Bits<'b>>,
    no: Bits<'b>,
}

impl<'b> Lengths<'b> {
    /// One bit: the length is at least `k`.
    fn least(&self, k: u32) -> Bits<'b> {
        match k {
            0 => !self.no,
            _ => self.least.get(k as usize - 1).copied().unwrap_or(self.no),
        }
    }

    /// One bit: the length is `k`.
    fn at(&self, k: u32) -> Bits<'b> {
        self.least(k) & !self.least(k + 1)
    }
}

fn any_of<'b>(terms: Vec<Bits<'b>>) -> Bits<'b> {
    terms.into_iter().reduce(|x, y| x | y).expect("there is a term")
}

fn word<'b>(bits: impl IntoIterator<Item = Bits<'b>>) -> Bits<'b> {
    bits.into_iter().reduce(|low, high| high.cat(low)).expect("there is a bit")
}

/// Reads `code`, a posit with es = 0, called `name` in the text.
pub fn decode_linear<'b>(b: &'b Builder, code: Bits<'b>, name: &str) -> Linear<'b> {
    b.scope(&format!("decode {name}"), || {
        let n = code.width();
        let sign = code.msb().named(&format!("{name}_sign"));
        let body = code.low(n - 1) ^ sign.replicate(n - 1);
        let least = (1..n).map(|k| body.top(k).all().named(&format!("{name}_regime_from_{k}"))).collect();
        let lengths = Lengths { least, no: b.lit(0u8, 1) };
        let bit = |i: u32| {
            let mut terms = Vec::new();
            if i + 2 < n {
                terms.push(lengths.at(0) & code.bit(i));
            } else {
                // The first digit stands lower.
                terms.push(!lengths.least(i + 3 - n) & sign);
                terms.push(lengths.at(i + 3 - n) & !sign);
            }
            for k in 1..n {
                // Below the first digit, in the fraction.
                if i + 3 < n + k && i + 1 >= 2 * k {
                    terms.push(lengths.at(k) & code.bit(i + 1 - 2 * k));
                }
            }
            any_of(terms)
        };
        let value = word((0..linear_bits(n) - 1).map(bit).chain([sign]));
        let nar = sign & lengths.least(n - 1);
        Linear { value: value.named(&format!("{name}_value")), nar: nar.named(&format!("{name}_is_nar")) }
    })
}

/// The posit of `n` bits with es = 0 of a sum of two: `value` has a bit more than [`linear_bits`]. Rounded to nearest on
/// the bit string, ties to the even code, beyond maxpos to maxpos.
pub fn encode_linear<'b>(b: &'b Builder, sum: &Linear<'b>, n: u32) -> Bits<'b> {
    b.scope("round and encode", || {
        let value = sum.value;
        let sign = (value.msb() | sum.nar).named("sign");
        let other = !sign;
        // Bits that differ from the sign from 1 on; that of maxpos also stands for those above.
        let from_one = value.bits(2 * n - 4, n - 2) ^ sign.replicate(n - 1);
        let most = from_one.msb() | (value.bit(2 * n - 3) ^ sign) | sum.nar;
        let digits = most.cat(from_one.low(n - 2)).named("digits_from_1");
        let least = (1..n).map(|k| digits.top(n - k).any().named(&format!("regime_from_{k}"))).collect();
        let lengths = Lengths { least, no: b.lit(0u8, 1) };
        // Bit i of the word for a regime of k; bit -1 is the guard. None: of the regime.
        let string = |k: u32, i: i64| {
            let end = i64::from(n) - 2 - i64::from(k);
            match k {
                0 => Some(if i < 0 { lengths.no } else { value.bit(i as u32) }),
                _ if i > end => None,
                _ if i == end => Some(sign),
                _ => Some(value.bit((i + 2 * i64::from(k) - 1) as u32)),
            }
        };
        let bit = |i: i64| {
            let regime = (1..n).find(|k| string(*k, i).is_none());
            let mut terms: Vec<Bits<'b>> =
                (0..n).filter_map(|k| Some(lengths.at(k) & string(k, i)?)).collect();
            terms.extend(regime.map(|k| lengths.least(k) & other));
            any_of(terms)
        };
        let body = word((0..n - 1).map(|i| bit(i64::from(i)))).named("body");
        let guard = bit(-1).named("below");
        // Digits 2 k - 2 and above belong to the code or are its guard where the regime has k bits.
        let fallen = (2..n - 1).map(|k| lengths.least(k) & value.bits(2 * k - 3, 2 * k - 4).any());
        let sticky = any_of(fallen.chain([lengths.no]).collect()).named("sticky");
        let increment = guard & (sticky | body.bit(0));
        // The body of -maxpos is 1, of maxpos all ones: no tie.
        let all = lengths.least(n - 1);
        let increment = all.mux(sign & !sum.nar, increment).named("increment");
        let rounded = b.lit(0u8, n - 1).add_carry(body, increment).named("rounded");
        sign.cat(rounded)
    })
}
