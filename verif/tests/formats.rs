//! Formats: names, tables, and every code against independent decoders.

mod oracle;

use holigen_verif::exact::{Class, Dyadic, Value};
use holigen_verif::format::{ALIASES, Encoding, FloatFormat, FormatError, NAMED};
use holigen_verif::rng::SplitMix64;
use oracle::{Spec, meaning_of, small_formats};
use rustc_apfloat::ieee::{
    BFloat, Double, Float8E4M3FN, Float8E5M2, Half, IeeeFloat, NonfiniteBehavior, Semantics, Single,
};
use rustc_apfloat::{Float, FloatConvert};

fn format(name: &str) -> FloatFormat {
    name.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn number(text: &str) -> Dyadic {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn parameters_of_the_published_formats() {
    // Name, width, bias, largest, smallest positive, infinity, NaN, minus zero: OCP OFP8 1.0 tables 1 and 2, OCP
    // MX 1.0 tables 2 to 6, arXiv 2206.02915, IEEE 754 table 3.5.
    let table = [
        ("e4m3fn", 8, 7, "448", "0x1p-9", false, true, true),
        ("e5m2", 8, 15, "57344", "0x1p-16", true, true, true),
        ("e4m3fnuz", 8, 8, "240", "0x1p-10", false, true, false),
        ("e5m2fnuz", 8, 16, "57344", "0x1p-17", false, true, false),
        ("e3m2", 6, 3, "28", "0.0625", false, false, true),
        ("e2m3", 6, 1, "7.5", "0.125", false, false, true),
        ("e2m1", 4, 1, "6", "0.5", false, false, true),
        ("e8m0", 8, 127, "0x1p127", "0x1p-127", false, true, false),
        ("bf16", 16, 127, "0x1.fep127", "0x1p-133", true, true, true),
        ("fp16", 16, 15, "65504", "0x1p-24", true, true, true),
        ("tf32", 19, 127, "0x1.ffcp127", "0x1p-136", true, true, true),
        ("fp32", 32, 127, "0x1.fffffep127", "0x1p-149", true, true, true),
        ("fp64", 64, 1023, "0x1.fffffffffffffp1023", "0x1p-1074", true, true, true),
        ("binary8p3se", 8, 16, "49152", "0x1p-17", true, true, false),
        ("binary8p4se", 8, 8, "224", "0x1p-10", true, true, false),
        ("binary8p3sf", 8, 16, "57344", "0x1p-17", false, true, false),
        ("binary8p4sf", 8, 8, "240", "0x1p-10", false, true, false),
        ("binary8p1uf", 8, 128, "0x1p126", "0x1p-127", false, true, false),
        ("binary6p3sf", 6, 4, "14", "0x1p-5", false, true, false),
        ("binary4p2sf", 4, 2, "3", "0.25", false, true, false),
    ];
    assert_eq!(table.map(|row| row.0).to_vec(), NAMED.iter().map(|row| row.0).collect::<Vec<_>>());
    for (name, width, bias, largest, smallest, infinity, nan, negative_zero) in table {
        let format = format(name);
        assert_eq!(format.width(), width, "{name}");
        assert_eq!(format.bias(), bias, "{name}");
        assert_eq!(format.max_finite(), number(largest), "{name}");
        assert_eq!(format.min_positive(), Some(number(smallest)), "{name}");
        assert_eq!(format.has_infinity(), infinity, "{name}");
        assert_eq!(format.has_nan(), nan, "{name}");
        assert_eq!(format.has_negative_zero(), negative_zero, "{name}");
        assert_eq!(Some(i64::from(format.emax())), format.max_finite().floor_log2(), "{name}");
        assert_eq!(u128::from(*format.codes().end()) + 1, 1 << width, "{name}");
    }
}

#[test]
fn every_code_of_every_small_format_against_the_definitions() {
    for format in small_formats(9) {
        let spec = Spec::of(&format);
        let mut kinds = (false, false, false);
        for code in format.codes() {
            let value = format.decode(code.into());
            let meaning = spec.meaning(code);
            assert_eq!(meaning_of(&value), meaning, "{format} code {code:#x}");
            match &value {
                Value::NaN => kinds.0 = true,
                Value::Inf { .. } => kinds.1 = true,
                Value::Finite(x) => kinds.2 |= x.is_zero() && x.is_negative(),
            }
            let back = format.encode_exact(&value);
            let expected = if value.is_nan() { Some(spec.nan()) } else { Some(code) };
            assert_eq!(back, expected.map(u128::from), "{format} code {code:#x}");
        }
        let claimed = (format.has_nan(), format.has_infinity(), format.has_negative_zero());
        assert_eq!(kinds, claimed, "{format}: NaN, infinity, minus zero");
        assert_eq!(u128::from(spec.last_finite()), u128::from(format.max_magnitude_code()), "{format}");
        assert_eq!(u128::from(spec.nan()), format.nan_result(), "{format}");
    }
}

#[test]
fn finite_codes_are_in_numeric_order() {
    for format in small_formats(8).iter().chain(&[FloatFormat::FP16, FloatFormat::BF16]) {
        let numbers = (0..=format.max_magnitude_code()).map(|code| format.decode(code.into()));
        let numbers: Vec<Dyadic> = numbers.filter_map(|value| value.finite().cloned()).collect();
        assert_eq!(numbers.len() as u64, format.max_magnitude_code() + 1, "{format}");
        assert!(numbers.windows(2).all(|pair| pair[0].cmp_value(&pair[1]).is_lt()), "{format}");
    }
}

/// IEEE formats that rustc_apfloat has no name for.
struct Tf32S;
impl Semantics for Tf32S {
    const BITS: usize = 19;
    const EXP_BITS: usize = 8;
}
struct E6M5S;
impl Semantics for E6M5S {
    const BITS: usize = 12;
    const EXP_BITS: usize = 6;
}
struct E3M4FnS;
impl Semantics for E3M4FnS {
    const BITS: usize = 8;
    const EXP_BITS: usize = 3;
    const NONFINITE_BEHAVIOR: NonfiniteBehavior = NonfiniteBehavior::NanOnly;
}

/// A code's value through apfloat and f64, which holds them all exactly.
fn through_apfloat<F: FloatConvert<Double>>(code: u64) -> Value {
    let exact = F::from_bits(code.into()).convert(&mut false).value;
    Value::from_f64(f64::from_bits(exact.to_bits() as u64))
}

#[test]
fn every_code_against_apfloat() {
    type Decoder = fn(u64) -> Value;
    let table: [(&str, Decoder); 8] = [
        ("e5m2", through_apfloat::<Float8E5M2>),
        ("e4m3fn", through_apfloat::<Float8E4M3FN>),
        ("e3m4fn", through_apfloat::<IeeeFloat<E3M4FnS>>),
        ("e6m5", through_apfloat::<IeeeFloat<E6M5S>>),
        ("fp16", through_apfloat::<Half>),
        ("bf16", through_apfloat::<BFloat>),
        ("tf32", through_apfloat::<IeeeFloat<Tf32S>>),
        ("fp32", through_apfloat::<Single>),
    ];
    let mut random = SplitMix64::new(1);
    for (name, decode) in table {
        let format = format(name);
        let check = |code: u64| assert_eq!(format.decode(code.into()), decode(code), "{name} code {code:#x}");
        if format.width() <= 19 {
            format.codes().for_each(check);
        } else {
            (0..200_000).for_each(|_| check(random.bits(32) as u64));
        }
    }
}

#[test]
fn double_precision_is_that_of_the_machine() {
    let mut random = SplitMix64::new(2);
    for k in 0..100_000 {
        // Every other one subnormal or zero, with either sign.
        let word = random.next_u64();
        let code = if k % 2 == 0 { word } else { word & !(0x7FF << 52) };
        let x = f64::from_bits(code);
        let value = FloatFormat::FP64.decode(code.into());
        assert_eq!(value, Value::from_f64(x), "{code:#x}");
        if let Value::Finite(number) = &value {
            assert_eq!(number.to_f64().map(f64::to_bits), Some(code));
            assert_eq!(FloatFormat::FP64.encode_exact(&value), Some(code.into()));
            assert_eq!(number.to_string().parse::<f64>().map(f64::to_bits), Ok(code), "{number}");
        }
    }
}

#[test]
fn formats_at_the_edge() {
    // One exponent bit: bias 0, exponent field 1 is infinity and NaN, so all numbers are subnormal, emin 1.
    let e1m2 = format("e1m2");
    assert_eq!((e1m2.encoding(), e1m2.bias(), e1m2.emin(), e1m2.emax()), (Encoding::Ieee, 0, 1, 0));
    let text: Vec<String> = e1m2.codes().take(8).map(|code| e1m2.decode(code.into()).to_string()).collect();
    assert_eq!(text, ["0", "0.5", "1", "1.5", "inf", "nan", "nan", "nan"]);
    // No fraction bits: infinity, but no NaN, so a NaN result is written as infinity.
    let e3m0 = format("e3m0");
    let text: Vec<String> = e3m0.codes().take(8).map(|code| e3m0.decode(code.into()).to_string()).collect();
    assert_eq!(text, ["0", "0.25", "0.5", "1", "2", "4", "8", "inf"]);
    assert_eq!((e3m0.nan_code(), e3m0.nan_result()), (None, 7));
    // Neither: only zero and infinity.
    let e1m0 = format("e1m0");
    assert_eq!((e1m0.max_finite(), e1m0.min_positive(), e1m0.emax()), (Dyadic::zero(), None, 0));
    // The smallest of P3109: -1, 0, 1 and NaN.
    let ternary = format("binary2p1sf");
    let text: Vec<String> = ternary.codes().map(|code| ternary.decode(code.into()).to_string()).collect();
    assert_eq!(text, ["0", "1", "nan", "-1"]);
    assert_eq!(format("e2m1").nan_result(), 7, "a format with nothing else writes its largest number");
    let wide = format("binary64p53ue");
    assert_eq!(wide.decode_small(u64::MAX), Class::Nan);
    assert_eq!(wide.decode_small(u64::MAX - 1), Class::Inf { neg: false });
}

#[test]
fn names_are_read_back() {
    let mut formats = small_formats(9);
    for we in 1..=11 {
        for wf in (0..=52).step_by(4) {
            for encoding in Encoding::ALL {
                formats.extend(FloatFormat::new(we, wf, encoding).ok());
            }
        }
    }
    for f in &formats {
        assert_eq!(format(&f.name()), *f, "{f}");
        assert_eq!(format(&f.name().to_uppercase()), *f, "{f}");
    }
    let mut names: Vec<String> = formats.iter().map(FloatFormat::name).collect();
    formats.sort_by_key(FloatFormat::name);
    formats.dedup();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), formats.len(), "two formats of one name");
    for (alias, f) in ALIASES {
        assert_eq!(format(alias), *f);
    }
    let spellings = [
        ("e4m3", "e4m3fn"),
        ("e4m3:ieee", "e4m3:ieee"),
        ("e5m2:ieee", "e5m2"),
        ("e5m2fn", "e5m2fn"),
        ("e8m7", "bf16"),
        ("e8m0:ieee", "e8m0:ieee"),
        ("e8m0:scale", "e8m0"),
        ("e4m3:p3109", "binary8p4se"),
        ("e6m5", "e6m5"),
        ("binary8p4se", "binary8p4se"),
        ("binary15p6uf", "binary15p6uf"),
    ];
    for (spelling, name) in spellings {
        assert_eq!(format(spelling).name(), name);
    }
}

#[test]
fn wrong_names_say_what_would_be_right() {
    let error = |name: &str| name.parse::<FloatFormat>().expect_err("a wrong name");
    match error("e4m3fm") {
        FormatError::UnknownName { found, nearest, .. } => {
            assert_eq!((found.as_str(), nearest.as_str()), ("e4m3fm", "e4m3fn"));
        }
        other => panic!("{other}"),
    }
    let message = error("bf61").to_string();
    assert!(message.starts_with("unknown format 'bf61'; did you mean 'bf16'?"), "{message}");
    assert_eq!(error("e0m3").to_string(), "0 exponent bits given; legal are 1 to 11");
    assert_eq!(error("e12m3").to_string(), "12 exponent bits given; legal are 1 to 11");
    assert_eq!(error("e4m53").to_string(), "53 fraction bits given; legal are 0 to 52");
    assert_eq!(error("e8m1:scale").to_string(), "1 fraction bits given; legal are 0 to 0");
    assert_eq!(
        error("e4m3:ieeee").to_string(),
        "unknown encoding 'ieeee'; did you mean 'ieee'? Encodings are ieee, fn, fnuz, finite, p3109, scale"
    );
    assert_eq!(error("binary8p8se").to_string(), "8 precision of this P3109 format given; legal are 1 to 7");
    assert!(matches!(error("binary1p1uf"), FormatError::Range { found: 1, low: 2, high: 64, .. }));
    for nonsense in
        ["", "e", "em", "e4m", "e4m3-", "binary8", "binary8p4", "binary8p4xy", "e99999999999m1", "é4m3"]
    {
        assert!(matches!(error(nonsense), FormatError::UnknownName { .. }), "{nonsense}");
    }
}
