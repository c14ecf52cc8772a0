//! Sums at the edge of a tie: a power of two, half a unit of the result's last place, and a bit somewhere below, which
//! alone says which way to round. Random sums hardly ever are like that, and each place of that bit may be looked at
//! by other gates.
use crate::format::FloatFormat;
use crate::interface::{Encoding, Interface, Kind};
use crate::rng::SplitMix64;

/// Sums of this kind come in a row, since each is short.
const IN_A_ROW: u32 = 32;
/// The leading power may be so many binades beyond the largest product: it is then a sum of many.
const BEYOND: i64 = 6;

/// A source of such sums for accumulators of products of two floating-point numbers.
#[derive(Clone, Debug)]
pub(super) struct NearTies {
    /// Exponents of the powers of two among the operands' numbers.
    operands: [(i64, i64); 2],
    /// Bits of the result's significand.
    precision: i64,
    /// Terms of the sum that are left: exponent and sign.
    terms: Vec<(i64, bool)>,
    /// Sums that are left of this row.
    pub(super) left: u32,
}

/// Exponents of the smallest and the largest power of two of a format.
fn powers(f: &FloatFormat) -> (i64, i64) {
    // Without subnormal numbers, field 0 is zero with all its fractions or has another use: the next one is safe.
    let least = i64::from(f.emin()) + if f.has_subnormals() { -i64::from(f.wf()) } else { 1 };
    (least, i64::from(f.emax()))
}

/// The code of a power of two.
pub(super) fn power(f: &FloatFormat, exponent: i64) -> u64 {
    let emin = i64::from(f.emin());
    // Subnormal numbers are the codes of their last places.
    match u64::try_from(exponent + i64::from(f.bias())) {
        Ok(field) if field > 0 => field << f.wf(),
        _ => 1 << (exponent - (emin - i64::from(f.wf()))).clamp(0, 63),
    }
}

impl NearTies {
    /// For an interface, if it is one of those.
    pub(super) fn new(interface: &Interface) -> Option<NearTies> {
        let first = interface.inputs().any(|p| p.kind == Kind::First);
        let data: Vec<_> = interface.inputs().filter(|p| p.kind == Kind::Data).collect();
        let result = interface.outputs().find(|p| p.kind == Kind::Data)?;
        let [a, b] = data.as_slice() else { return None };
        let (Encoding::Float(x), Encoding::Float(y), Encoding::Float(r)) =
            (&a.encoding, &b.encoding, &result.encoding)
        else {
            return None;
        };
        if !first || a.elements != 1 || b.elements != 1 {
            return None;
        }
        let made = NearTies {
            operands: [powers(x), powers(y)],
            precision: i64::from(r.wf()) + 1,
            terms: Vec::new(),
            left: 0,
        };
        let (low, high) = made.leading();
        (low <= high).then_some(made)
    }

    fn least(&self) -> i64 {
        self.operands[0].0 + self.operands[1].0
    }

    fn largest(&self) -> i64 {
        self.operands[0].1 + self.operands[1].1
    }

    /// Exponents that the leading power may have.
    fn leading(&self) -> (i64, i64) {
        (self.least() + self.precision + 1, self.largest() + BEYOND)
    }

    /// Begins a row of sums.
    pub(super) fn begin(&mut self) {
        self.left = IN_A_ROW;
    }

    /// Plans one sum; returns its length.
    pub(super) fn plan(&mut self, rng: &mut SplitMix64) -> u64 {
        self.left = self.left.saturating_sub(1);
        let mut below = |n: i64| i64::try_from(rng.below(n.unsigned_abs().max(1))).unwrap_or(0);
        let (low, high) = self.leading();
        let leading = low + below(high - low + 1);
        let half = leading - self.precision;
        let last = self.least() + below(half - self.least());
        let negative = below(2) == 1;
        // A bit of the other sign makes the sum smaller than the tie.
        let less = below(4) == 0;
        let most = self.largest();
        let copies = 1usize << (leading - most).max(0);
        self.terms = vec![(leading.min(most), negative); copies];
        let more = [(half.min(most), negative), (last.min(most), negative != less)];
        if below(2) == 0 {
            self.terms.extend(more);
        } else {
            self.terms.splice(0..0, more);
        }
        self.terms.len() as u64
    }

    /// The next term: a power of two for each operand, and its sign.
    pub(super) fn next(&mut self, rng: &mut SplitMix64) -> ([i64; 2], bool) {
        let (exponent, negative) = self.terms.pop().unwrap_or((self.least(), false));
        let [(low_a, high_a), (low_b, high_b)] = self.operands;
        let (low, high) = (low_a.max(exponent - high_b), high_a.min(exponent - low_b));
        let choice = rng.below((high - low + 1).max(1).unsigned_abs());
        let a = low + i64::try_from(choice).unwrap_or(0);
        ([a, exponent - a], negative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Value;

    #[test]
    fn powers_of_two_have_their_codes() {
        for name in ["e4m3fn", "e5m2", "e3m2", "fp16"] {
            let f = name.parse::<FloatFormat>().unwrap();
            let (low, high) = powers(&f);
            for e in low..=high {
                let Value::Finite(x) = f.decode(power(&f, e).into()) else { panic!("{name} 2^{e}") };
                assert_eq!(x.to_f64(), Some(2f64.powi(e as i32)), "{name} 2^{e}");
            }
        }
    }
}
