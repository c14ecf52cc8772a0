//! What holds for every format, number and mode.

use holigen_verif::exact::{Class, Dyadic, Small, Value};
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::{RoundMode, Saturation, Stochastic, round, round_class, round_small};
use proptest::prelude::*;

fn formats() -> impl Strategy<Value = FloatFormat> {
    let by_fields = (1u32..=11, 0u32..=52, 0usize..5).prop_map(|(we, wf, encoding)| {
        let encoding =
            [Encoding::Ieee, Encoding::Fn, Encoding::Fnuz, Encoding::Finite, Encoding::Scale][encoding];
        let wf = if encoding == Encoding::Scale { 0 } else { wf };
        FloatFormat::new(we, wf, encoding).expect("fields in range")
    });
    let p3109 = (2u32..=64, 1u32..=53, any::<bool>(), any::<bool>())
        .prop_filter_map("no such format", |(k, p, signed, extended)| {
            FloatFormat::p3109(k, p, signed, extended).ok()
        });
    let narrow = (1u32..=4, 0u32..=3, 0usize..4).prop_map(|(we, wf, encoding)| {
        FloatFormat::new(we, wf, Encoding::ALL[encoding]).expect("fields in range")
    });
    prop_oneof![by_fields, p3109, narrow]
}

fn modes() -> impl Strategy<Value = RoundMode> {
    let fixed =
        [RoundMode::Rne, RoundMode::Rna, RoundMode::Rtz, RoundMode::Rup, RoundMode::Rdn, RoundMode::Odd];
    let stochastic = (0usize..3, 1u8..=64).prop_map(|(kind, bits)| RoundMode::Sr {
        kind: [Stochastic::A, Stochastic::B, Stochastic::C][kind],
        bits,
    });
    prop_oneof![prop::sample::select(fixed.to_vec()), stochastic]
}

fn saturations() -> impl Strategy<Value = Saturation> {
    prop::sample::select(vec![Saturation::SatFinite, Saturation::SatPropagate, Saturation::OvfInf])
}

/// Significands dense in short ones, in long runs of ones and in single bits, so that ties are hit.
fn significands() -> impl Strategy<Value = u128> {
    prop_oneof![
        (any::<u128>(), 0u32..128).prop_map(|(mag, drop)| mag >> drop),
        (0u32..127, 0u32..127).prop_map(|(high, low)| (1 << high) + (1 << low)),
        (0u32..127, 0u32..127).prop_map(|(high, low)| (1u128 << high).abs_diff(1 << low)),
    ]
}

/// Words with any number of zeros at the end, so that what is cut off is often exactly one half.
fn words_ending_in_zeros() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..64).prop_map(|(word, zeros)| word >> zeros << zeros)
}

/// A number within a few binades of what the format holds: position 0 is below its least number, 1 above its
/// largest.
fn placed(format: &FloatFormat, mag: u128, position: f64) -> i32 {
    let (low, high) = (format.emin() - format.wf() as i32 - 4, format.emax() + 3);
    low + (f64::from(high - low) * position) as i32 - (127 - mag.leading_zeros() as i32)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fast_is_slow(
        format in formats(), mode in modes(), sat in saturations(), rnd in any::<u64>(),
        neg in any::<bool>(), mag in significands(), position in 0.0..1.0,
    ) {
        let exp = if mag == 0 { 0 } else { placed(&format, mag, position) };
        let fast = round_small(neg, mag, exp, false, &format, mode, sat, rnd);
        let exact = Dyadic::new(neg, mag, exp.into());
        prop_assert_eq!(u128::from(fast), round(&exact.into(), &format, mode, sat, rnd));
    }

    #[test]
    fn a_sticky_bit_stands_for_any_fraction(
        format in formats(), mode in modes(), sat in saturations(), rnd in any::<u64>(),
        neg in any::<bool>(), top in words_ending_in_zeros(), tail in prop_oneof![Just(0u64), Just(u64::MAX), any::<u64>()],
        position in 0.0..1.0, fraction in 1u128..1 << 40,
    ) {
        // 128 significant bits, so that the sticky bit lies below the last place and 65 random bits.
        let mag = u128::from(top | 1 << 63) << 64 | u128::from(tail);
        let exp = placed(&format, mag, position);
        let fast = round_small(neg, mag, exp, true, &format, mode, sat, rnd);
        let exact = &Dyadic::new(neg, mag, exp.into()) + &Dyadic::new(neg, fraction, i64::from(exp) - 40);
        prop_assert_eq!(u128::from(fast), round(&exact.into(), &format, mode, sat, rnd));
    }

    #[test]
    fn fused_multiply_add_in_words_is_exact_fma(
        format in prop::sample::select(vec![
            FloatFormat::E4M3FN, FloatFormat::E5M2, FloatFormat::FP16, FloatFormat::BF16, FloatFormat::FP32,
        ]),
        mode in modes(), codes in any::<[u64; 3]>(), rnd in any::<u64>(),
    ) {
        let [a, b, c] = codes.map(|code| code & format.mask());
        let (sum, sticky) = format.decode_small(a).times(format.decode_small(b)).plus_sticky(format.decode_small(c));
        let fast = round_class(sum, sticky, &format, mode, Saturation::OvfInf, rnd);
        let [x, y, z] = [a, b, c].map(|code| format.decode(code.into()));
        let slow = round(&x.fma(&y, &z), &format, mode, Saturation::OvfInf, rnd);
        prop_assert_eq!(u128::from(fast), slow);
    }

    #[test]
    fn rounding_is_monotone(
        format in formats(), mode in modes(), sat in saturations(), rnd in any::<u64>(),
        negs in any::<[bool; 2]>(), mags in [significands(), significands()], positions in [0.0..1.0, 0.0..1.0],
        near in any::<bool>(),
    ) {
        // Either anywhere, or two numbers a hair apart.
        let number = |k: usize| match (mags[k], near) {
            (0, _) => Dyadic::zero(),
            (mag, false) => Dyadic::new(negs[k], mag, placed(&format, mag, positions[k]).into()),
            (mag, true) => {
                let x = Dyadic::new(negs[0], mags[0].max(1), placed(&format, mags[0].max(1), positions[0]).into());
                let hair = x.floor_log2().expect("not zero") - 2 * i64::from(format.precision());
                if k == 0 { x } else { &x + &Dyadic::new(negs[1], mag, hair - i64::from(mag.ilog2())) }
            }
        };
        let (mut x, mut y) = (number(0), number(1));
        if x.cmp_value(&y).is_gt() {
            std::mem::swap(&mut x, &mut y);
        }
        // A stochastic word moves magnitudes up, so on either side of zero it is monotone too.
        let code = |x: &Dyadic| format.decode(round(&x.clone().into(), &format, mode, sat, rnd));
        let ordered = match (code(&x), code(&y)) {
            (Value::NaN, _) | (_, Value::NaN) => true, // overflow in formats without infinity
            (Value::Finite(p), Value::Finite(q)) => p.cmp_value(&q).is_le(),
            (Value::Inf { neg }, Value::Finite(_)) => neg,
            (Value::Finite(_), Value::Inf { neg }) => !neg,
            (Value::Inf { neg: p }, Value::Inf { neg: q }) => p || !q,
        };
        prop_assert!(ordered, "{} {}: {} and {}", format, mode, x, y);
    }

    #[test]
    fn numbers_of_the_format_are_fixed_points(
        format in formats(), mode in modes(), sat in saturations(), word in any::<u64>(), rnd in any::<u64>(),
    ) {
        let code = word & format.mask();
        let value = format.decode(code.into());
        let Class::Finite(Small { neg, mag, exp }) = format.decode_small(code) else { return Ok(()) };
        prop_assert_eq!(format.encode_exact(&value), Some(code.into()));
        prop_assert_eq!(round(&value, &format, mode, sat, rnd), u128::from(code));
        prop_assert_eq!(round_small(neg, mag, exp, false, &format, mode, sat, rnd), code);
    }

    #[test]
    fn names_mean_the_format(format in formats(), mode in modes(), sat in saturations()) {
        prop_assert_eq!(format.name().parse(), Ok(format));
        prop_assert_eq!(mode.to_string().parse(), Ok(mode));
        prop_assert_eq!(sat.to_string().parse(), Ok(sat));
    }
}
