//! Formats and modes are strings in parameter files, and the same strings as on the command line.

use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::round::{RoundMode, Saturation, Stochastic};
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    let deserializer: StrDeserializer<Error> = text.into_deserializer();
    T::deserialize(deserializer)
}

#[test]
fn names_are_read() {
    assert_eq!(read("e4m3"), Ok(FloatFormat::E4M3FN));
    assert_eq!(read("binary8p4se"), FloatFormat::p3109(8, 4, true, true).map_err(|_| unreachable!()));
    assert_eq!(read("srb:5"), Ok(RoundMode::Sr { kind: Stochastic::B, bits: 5 }));
    assert_eq!(read("satpropagate"), Ok(Saturation::SatPropagate));
    for encoding in Encoding::ALL {
        assert_eq!(read(encoding.name()), Ok(encoding));
        assert_eq!(encoding.name().parse(), Ok(encoding));
    }
}

#[test]
fn errors_keep_their_advice() {
    let error = read::<FloatFormat>("e4m3fm").expect_err("a wrong name").to_string();
    assert!(error.contains("did you mean 'e4m3fn'?"), "{error}");
    let error = read::<RoundMode>("sr:65").expect_err("a wrong width").to_string();
    assert!(error.contains("from 1 to 64"), "{error}");
}

#[test]
fn one_spelling_is_written() {
    /// `fmt::Formatter` serialises strings as they are.
    struct Text<T>(T);
    impl<T: Serialize> std::fmt::Display for Text<T> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.serialize(f)
        }
    }
    assert_eq!(Text(FloatFormat::FP16).to_string(), "fp16");
    assert_eq!(Text(RoundMode::Sr { kind: Stochastic::A, bits: 8 }).to_string(), "sr:8");
    assert_eq!(Text(Saturation::OvfInf).to_string(), "ovfinf");
    assert_eq!(Text(Encoding::Fnuz).to_string(), "fnuz");
}
