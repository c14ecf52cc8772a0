//! Exact numbers against GMP's, and their text.

mod oracle;

use holigen_verif::exact::{Class, Dyadic, ParseNumberError, Small, Value};
use holigen_verif::format::FloatFormat;
use holigen_verif::round::{RoundMode, Saturation, round};
use oracle::{power_of_two, rational};
use proptest::prelude::*;
use rug::Rational;

fn number(text: &str) -> Dyadic {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn value(text: &str) -> Value {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn dyadics() -> impl Strategy<Value = Dyadic> {
    (any::<bool>(), any::<u128>(), 0u32..129, -300i64..300)
        .prop_map(|(neg, mag, drop, exp)| Dyadic::new(neg, mag.checked_shr(drop).unwrap_or(0), exp))
}

/// Significands of up to `width` bits, dense in short ones.
fn smalls(width: u32, exponents: std::ops::Range<i32>) -> impl Strategy<Value = Small> {
    (any::<bool>(), any::<u128>(), 128 - width..129, exponents).prop_map(|(neg, mag, drop, exp)| Small {
        neg,
        mag: mag.checked_shr(drop).unwrap_or(0),
        exp,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arithmetic_is_that_of_rationals(x in dyadics(), y in dyadics()) {
        let (p, q) = (rational(&x), rational(&y));
        prop_assert_eq!(rational(&(&x + &y)), p.clone() + &q);
        prop_assert_eq!(rational(&(&x - &y)), p.clone() - &q);
        prop_assert_eq!(rational(&(&x * &y)), p.clone() * &q);
        prop_assert_eq!(rational(&-&x), -p.clone());
        prop_assert_eq!(x.cmp_value(&y), p.cmp(&q));
        prop_assert_eq!(x.cmp_magnitude(&y), p.clone().abs().cmp(&q.clone().abs()));
        prop_assert_eq!(x.cmp_value(&x.clone()), std::cmp::Ordering::Equal);
        prop_assert_eq!((&x * &y).is_negative(), x.is_negative() != y.is_negative());
        if let Some(top) = x.floor_log2() {
            prop_assert!(power_of_two(top) <= p.clone().abs() && p.abs() < power_of_two(top + 1));
            prop_assert!(x.significand().bit(0), "canonical significands are odd");
        }
    }

    #[test]
    fn text_is_read_back(x in dyadics()) {
        prop_assert_eq!(&number(&x.to_string()), &x);
        prop_assert_eq!(&number(&x.to_hex()), &x);
    }

    #[test]
    fn doubles_go_both_ways(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        match Value::from_f64(x) {
            Value::Finite(exact) => prop_assert_eq!(exact.to_f64().map(f64::to_bits), Some(bits)),
            Value::Inf { neg } => prop_assert!(x.is_infinite() && neg == (x < 0.0)),
            Value::NaN => prop_assert!(x.is_nan()),
        }
    }

    #[test]
    fn decimals_round_like_the_standard_library(digits in any::<u64>(), power in -340i32..300) {
        let text = format!("{digits}e{power}");
        // 70 places below the least subnormal: enough for every direct rounding.
        let (stand_in, _) = Dyadic::parse_for_rounding(&text, -1150).expect("a number");
        let code = round(&stand_in.into(), &FloatFormat::FP64, RoundMode::Rne, Saturation::OvfInf, 0);
        prop_assert_eq!(code, u128::from(text.parse::<f64>().expect("a number").to_bits()));
    }

    #[test]
    fn small_products_are_exact(x in smalls(64, -2000..2000), y in smalls(64, -2000..2000)) {
        let product = x.checked_mul(y).expect("64-bit significands");
        prop_assert_eq!(Dyadic::from(product), &Dyadic::from(x) * &Dyadic::from(y));
    }

    #[test]
    fn small_sums_are_exact_or_refused(x in smalls(128, -70..70), y in smalls(128, -70..70)) {
        let exact = &Dyadic::from(x) + &Dyadic::from(y);
        match x.checked_add(y) {
            Some(sum) => prop_assert_eq!(Dyadic::from(sum), exact),
            None => {
                // Refused only if aligning or adding needs more than 128 bits.
                let low = i64::from(x.exp.min(y.exp));
                let top = |s: Small| i64::from(s.floor_log2().expect("zeros always fit")) + 1 - low;
                prop_assert!(top(x).max(top(y)) + 1 > 128);
            }
        }
    }

    #[test]
    fn cut_sums_are_the_integer_part(x in smalls(64, -150..150), y in smalls(64, -150..150)) {
        let exact = rational(&(&Dyadic::from(x) + &Dyadic::from(y)));
        let (sum, sticky) = x.add_sticky(y);
        let cut = rational(&Dyadic::from(sum));
        let rest = (exact.clone().abs() - cut.abs()) / power_of_two(sum.exp.into());
        prop_assert_eq!(sticky, rest != 0u32);
        prop_assert!((0u32..1u32).contains(&rest), "cut toward zero to a multiple of the last place");
        if sticky {
            prop_assert_eq!(sum.neg, exact.is_negative());
            prop_assert!(sum.mag >> 124 != 0, "{} significant bits", 128 - sum.mag.leading_zeros());
        }
    }

    #[test]
    fn classes_follow_values(x in any::<u8>(), y in any::<u8>()) {
        let decode = |code: u8| FloatFormat::E5M2.decode_small(code.into());
        let (p, q) = (decode(x), decode(y));
        prop_assert_eq!(Value::from(p.times(q)), &Value::from(p) * &Value::from(q));
        prop_assert_eq!(Value::from(p.negated()), -&Value::from(p));
        let (sum, sticky) = p.plus_sticky(q);
        prop_assert_eq!(Value::from(sum), &Value::from(p) + &Value::from(q));
        prop_assert!(!sticky, "E5M2 sums fit");
    }
}

#[test]
fn exact_text() {
    for (text, decimal, hexadecimal) in [
        ("1.5", "1.5", "0x1.8p0"),
        ("0x1.8p3", "12", "0x1.8p3"),
        ("-0.015625", "-0.015625", "-0x1p-6"),
        ("+1e3", "1000", "0x1.f4p9"),
        ("125e-3", "0.125", "0x1p-3"),
        ("-0", "-0", "-0x0p0"),
        (".5", "0.5", "0x1p-1"),
        ("5.", "5", "0x1.4p2"),
        ("0xff", "255", "0x1.fep7"),
        ("0X1P-3", "0.125", "0x1p-3"),
        ("1_000", "1000", "0x1.f4p9"),
    ] {
        assert_eq!(number(text).to_string(), decimal, "{text}");
        assert_eq!(number(text).to_hex(), hexadecimal, "{text}");
    }
    assert_eq!(format!("[{:>6}|{:<6}]", number("1.5"), Value::NaN), "[   1.5|nan   ]");
}

#[test]
fn wrong_text_says_why() {
    for text in
        ["", "-", ".", "abc", "1e", "1e+", "0x", "0x.p1", "1.2.3", "--1", "1e5.5", "0xg", "1 2", "1p3", "+-1"]
    {
        assert!(matches!(text.parse::<Dyadic>(), Err(ParseNumberError::Syntax { .. })), "'{text}'");
    }
    for text in ["1e999999", "0x1p99999999999999999999", "1e-262145"] {
        assert!(matches!(text.parse::<Dyadic>(), Err(ParseNumberError::Exponent { .. })), "'{text}'");
    }
    let message = "-3e-2".parse::<Dyadic>().expect_err("3/100 is not dyadic").to_string();
    assert!(message.starts_with("'-3e-2' is not a dyadic rational"), "{message}");
    // The stand-in lies between the two neighbours of 1/10 on the grid.
    let (stand_in, exact) = Dyadic::parse_for_rounding("0.1", -10).expect("a number");
    assert!(!exact);
    assert_eq!(rational(&stand_in), Rational::from((102 * 2 + 1, 2048)));
    assert_eq!(Dyadic::parse_for_rounding("0.5", -1).expect("a number"), (number("0.5"), true));
}

#[test]
fn specials_follow_ieee_754() {
    let (nan, inf, minus_inf) = (value("nan"), value("inf"), value("-Infinity"));
    let (zero, minus_zero, two) = (value("0"), value("-0"), value("2"));
    assert!((&inf + &minus_inf).is_nan() && (&inf - &inf).is_nan());
    assert_eq!(&inf + &two, inf);
    assert_eq!(&two - &inf, minus_inf);
    assert!((&zero * &inf).is_nan() && (&minus_inf * &minus_zero).is_nan());
    assert_eq!(&inf * &value("-2"), minus_inf);
    assert_eq!(&minus_inf * &minus_inf, inf);
    assert!((&nan + &two).is_nan() && (&two * &nan).is_nan() && (-&nan).is_nan());
    assert_eq!(&two - &two, zero);
    assert_eq!(&minus_zero + &minus_zero, minus_zero);
    assert_eq!(&minus_zero + &zero, zero);
    assert_eq!(&minus_zero * &two, minus_zero);
    assert_eq!(two.fma(&two, &value("-4")), zero);
    assert!(inf.fma(&two, &minus_inf).is_nan() && inf.fma(&zero, &nan).is_nan());
    assert_ne!(zero, minus_zero);
    assert!(Dyadic::zero().cmp_value(&number("-0")).is_eq());
    assert_eq!(Class::Inf { neg: true }.negated(), Class::Inf { neg: false });
}
