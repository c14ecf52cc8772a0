//! Floating-point formats: which number every code stands for.
//!
//! A code is `sign | magnitude code`, and the magnitude code is `exponent field | fraction field`. In every
//! format here the finite magnitudes are the codes `0..=max_magnitude_code()` in increasing order and what is
//! left over holds infinities and NaN; formats differ in bias, in what is left over and in what the code of
//! minus zero means. The sources are OCP OFP8 1.0, OCP MX 1.0, IEEE 754-2019 and the IEEE P3109 interim report
//! v4.0; the `fnuz` formats are those of arXiv 2206.02915.

use serde::{Deserialize, Serialize};

use crate::exact::{Class, Dyadic, Small, Value};

mod encoding;
mod error;
mod fixed;
mod name;
mod posit;
mod reading;

pub use encoding::Encoding;
pub use error::FormatError;
pub(crate) use error::nearest_of;
pub use fixed::FixedFormat;
pub use name::{ALIASES, NAMED};
pub use posit::{NAMED_POSITS, PositFormat};
pub use reading::{Reader, Reading};

/// A floating-point format of at most 64 bits. Written and read (also by serde) as its name, see
/// [`FloatFormat::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FloatFormat {
    encoding: Encoding,
    /// Bits of the exponent field.
    we: u8,
    /// Bits of the fraction field.
    wf: u8,
    signed: bool,
    /// Has infinities: follows from the encoding but for P3109.
    extended: bool,
}

impl FloatFormat {
    /// OCP OFP8 E4M3: no infinity, one NaN per sign.
    pub const E4M3FN: FloatFormat = FloatFormat::raw(4, 3, Encoding::Fn);
    /// OCP OFP8 E5M2: IEEE encoding.
    pub const E5M2: FloatFormat = FloatFormat::raw(5, 2, Encoding::Ieee);
    /// E4M3 with a single NaN in the place of minus zero.
    pub const E4M3FNUZ: FloatFormat = FloatFormat::raw(4, 3, Encoding::Fnuz);
    /// E5M2 with a single NaN in the place of minus zero.
    pub const E5M2FNUZ: FloatFormat = FloatFormat::raw(5, 2, Encoding::Fnuz);
    /// OCP MXFP6 E3M2 element.
    pub const E3M2: FloatFormat = FloatFormat::raw(3, 2, Encoding::Finite);
    /// OCP MXFP6 E2M3 element.
    pub const E2M3: FloatFormat = FloatFormat::raw(2, 3, Encoding::Finite);
    /// OCP MXFP4 and NVFP4 element.
    pub const E2M1: FloatFormat = FloatFormat::raw(2, 1, Encoding::Finite);
    /// OCP MX scale: unsigned powers of two.
    pub const E8M0: FloatFormat = FloatFormat::raw(8, 0, Encoding::Scale);
    /// bfloat16.
    pub const BF16: FloatFormat = FloatFormat::raw(8, 7, Encoding::Ieee);
    /// IEEE binary16.
    pub const FP16: FloatFormat = FloatFormat::raw(5, 10, Encoding::Ieee);
    /// The 19-bit format of NVIDIA tensor cores.
    pub const TF32: FloatFormat = FloatFormat::raw(8, 10, Encoding::Ieee);
    /// IEEE binary32.
    pub const FP32: FloatFormat = FloatFormat::raw(8, 23, Encoding::Ieee);
    /// IEEE binary64.
    pub const FP64: FloatFormat = FloatFormat::raw(11, 52, Encoding::Ieee);

    const fn raw(we: u8, wf: u8, encoding: Encoding) -> Self {
        let signed = !matches!(encoding, Encoding::Scale);
        let extended = matches!(encoding, Encoding::Ieee | Encoding::P3109);
        FloatFormat { encoding, we, wf, signed, extended }
    }

    /// A P3109 format whose parameters are known to be good.
    const fn raw_p3109(width: u8, precision: u8, signed: bool, extended: bool) -> Self {
        let we = width - precision + if signed { 0 } else { 1 };
        FloatFormat { encoding: Encoding::P3109, we, wf: precision - 1, signed, extended }
    }

    /// The format with `we` exponent bits (1 to 11) and `wf` fraction bits (0 to 52) in an encoding.
    ///
    /// [`Encoding::P3109`] gives the signed extended format of width `1 + we + wf`; [`FloatFormat::p3109`]
    /// makes the others. [`Encoding::Scale`] has neither sign nor fraction.
    ///
    /// Formats at the edge are what the rules of their encoding say: with `we` = 1 the IEEE encoding has
    /// bias 0 and only subnormal numbers (exponent field 1 is all ones), and with `wf` = 0 it has infinities
    /// but no NaN, since the fraction that would tell them apart is missing.
    ///
    /// # Errors
    /// A field out of range.
    pub fn new(we: u32, wf: u32, encoding: Encoding) -> Result<Self, FormatError> {
        if !(1..=11).contains(&we) {
            return Err(FormatError::Range { what: "exponent bits", found: we, low: 1, high: 11 });
        }
        let high = if encoding == Encoding::Scale { 0 } else { 52 };
        if wf > high {
            return Err(FormatError::Range { what: "fraction bits", found: wf, low: 0, high });
        }
        Ok(FloatFormat::raw(we as u8, wf as u8, encoding))
    }

    /// The format with the encoding that [`Encoding::default_for`] gives to the widths: OCP's formats where
    /// they name one, else IEEE.
    ///
    /// # Errors
    /// A field out of range.
    pub fn with_fields(we: u32, wf: u32) -> Result<Self, FormatError> {
        FloatFormat::new(we, wf, Encoding::default_for(we, wf))
    }

    /// The P3109 format `binary{width}p{precision}{s|u}{e|f}`: `precision` counts the implicit bit; `extended`
    /// formats have infinities.
    ///
    /// # Errors
    /// `width` outside 2..=64, `precision` outside 1..=53 or not leaving an exponent bit (`precision < width`
    /// if signed, `<= width` if unsigned), or more than 16 exponent bits.
    pub fn p3109(width: u32, precision: u32, signed: bool, extended: bool) -> Result<Self, FormatError> {
        if !(2..=64).contains(&width) {
            return Err(FormatError::Range {
                what: "width of a P3109 format",
                found: width,
                low: 2,
                high: 64,
            });
        }
        // The exponent field has width - precision bits, one more if unsigned.
        let unsigned = u32::from(!signed);
        let (low, high) = ((width + unsigned).saturating_sub(16).max(1), (width - 1 + unsigned).min(53));
        if !(low..=high).contains(&precision) {
            return Err(FormatError::Range {
                what: "precision of this P3109 format",
                found: precision,
                low,
                high,
            });
        }
        Ok(FloatFormat::raw_p3109(width as u8, precision as u8, signed, extended))
    }

    /// How the specials are placed.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Bits of a code, 2 to 64 (1 to 11 for scales).
    pub fn width(&self) -> u32 {
        u32::from(self.signed) + self.we() + self.wf()
    }

    /// Bits of the exponent field.
    pub fn we(&self) -> u32 {
        u32::from(self.we)
    }

    /// Bits of the fraction field: the precision less the implicit bit.
    pub fn wf(&self) -> u32 {
        u32::from(self.wf)
    }

    /// Significant bits of a normal number, the implicit one included.
    pub fn precision(&self) -> u32 {
        self.wf() + 1
    }

    /// What the exponent field of a normal number exceeds its exponent by.
    #[inline]
    pub fn bias(&self) -> i32 {
        let half = 1 << (self.we - 1);
        match self.encoding {
            Encoding::Fnuz | Encoding::P3109 => half,
            Encoding::Ieee | Encoding::Fn | Encoding::Finite | Encoding::Scale => half - 1,
        }
    }

    /// The least exponent of a normal number: `1 - bias` (`-bias` for scales, which have no subnormals).
    /// Where a format has subnormals, its numbers are the multiples of `2^(emin - wf)` below `2^(emin + 1)`.
    #[inline]
    pub fn emin(&self) -> i32 {
        let first_normal_field = if self.has_subnormals() { 1 } else { 0 };
        first_normal_field - self.bias()
    }

    /// `floor(log2)` of the largest finite number: OCP MX's emax of an element format. Less than
    /// [`FloatFormat::emin`] if all numbers are subnormal, and `emin - 1` if there is none but zero.
    pub fn emax(&self) -> i32 {
        self.magnitude(self.max_magnitude_code()).floor_log2().unwrap_or(self.emin() - 1)
    }

    /// True if codes have a sign bit.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// True if there are codes for infinity.
    pub fn has_infinity(&self) -> bool {
        self.extended
    }

    /// True if there is a code for NaN.
    pub fn has_nan(&self) -> bool {
        match self.encoding {
            Encoding::Ieee => self.wf > 0,
            Encoding::Finite => false,
            Encoding::Fn | Encoding::Fnuz | Encoding::P3109 | Encoding::Scale => true,
        }
    }

    /// True if minus zero has a code of its own.
    pub fn has_negative_zero(&self) -> bool {
        matches!(self.encoding, Encoding::Ieee | Encoding::Fn | Encoding::Finite)
    }

    /// True if exponent field zero means subnormal numbers and zero: in all formats but scales.
    pub fn has_subnormals(&self) -> bool {
        self.encoding != Encoding::Scale
    }

    /// A mask over the bits of a code.
    #[inline]
    pub fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.width())
    }

    /// The bit of the sign: zero for unsigned formats.
    fn sign_bit(&self) -> u64 {
        if self.signed { 1 << (self.we() + self.wf()) } else { 0 }
    }

    /// The code of the largest finite number. Finite nonnegative numbers are the codes up to this one, in
    /// order.
    #[inline]
    pub fn max_magnitude_code(&self) -> u64 {
        let all_ones = u64::MAX >> (64 - self.we() - self.wf());
        match self.encoding {
            Encoding::Ieee => all_ones - (1 << self.wf),
            Encoding::Fn | Encoding::Scale => all_ones - 1,
            Encoding::Fnuz | Encoding::Finite => all_ones,
            // The top codes are those of +infinity and, in unsigned formats, of NaN.
            Encoding::P3109 => all_ones - u64::from(self.extended) - u64::from(!self.signed),
        }
    }

    /// The code of the infinity of a sign, if there is one (unsigned formats have none below zero).
    pub fn infinity_code(&self, neg: bool) -> Option<u128> {
        // In all extended formats infinity follows the largest finite number.
        let exists = self.extended && (self.signed || !neg);
        exists.then(|| self.compose(neg, self.max_magnitude_code() + 1).into())
    }

    /// The NaN that operations produce, if the format has one: quiet, positive, zero payload where there is a
    /// choice (IEEE encoding: top fraction bit only).
    pub fn nan_code(&self) -> Option<u128> {
        let code = match self.encoding {
            Encoding::Finite => return None,
            Encoding::Ieee if self.wf == 0 => return None,
            Encoding::Ieee => self.max_magnitude_code() + 1 + (1 << (self.wf - 1)),
            Encoding::Fn | Encoding::Scale => self.max_magnitude_code() + 1,
            Encoding::Fnuz => self.sign_bit(),
            Encoding::P3109 if self.signed => self.sign_bit(),
            Encoding::P3109 => self.mask(),
        };
        Some(code.into())
    }

    /// The code written for a NaN result: NaN; without one, `+infinity`; without either, the largest finite
    /// number, which is what NVIDIA's conversions to FP6 and FP4 give (OCP MX leaves it open).
    pub fn nan_result(&self) -> u128 {
        self.nan_code()
            .or_else(|| self.infinity_code(false))
            .unwrap_or_else(|| self.max_magnitude_code().into())
    }

    /// Puts a sign before a magnitude code; minus zero becomes zero where it has no code.
    #[inline]
    pub(crate) fn compose(&self, neg: bool, magnitude_code: u64) -> u64 {
        if neg && (magnitude_code != 0 || self.has_negative_zero()) {
            self.sign_bit() | magnitude_code
        } else {
            magnitude_code
        }
    }

    /// The number of a finite magnitude code.
    #[inline]
    fn magnitude(&self, magnitude_code: u64) -> Small {
        let fraction = magnitude_code & ((1 << self.wf) - 1);
        let field = (magnitude_code >> self.wf) as i32;
        let (mag, exponent) = if field == 0 && self.has_subnormals() {
            (fraction, self.emin())
        } else {
            (fraction | 1 << self.wf, field - self.bias())
        };
        Small { neg: false, mag: mag.into(), exp: exponent - self.wf() as i32 }
    }

    /// What a code stands for, in machine words. Significands have at most 53 bits and are not normalised: the
    /// exponent is that of the code's last place.
    ///
    /// # Panics
    /// If the code has bits beyond the format's width.
    #[inline]
    #[track_caller]
    pub fn decode_small(&self, code: u64) -> Class {
        assert!(code & !self.mask() == 0, "code {code:#x} is wider than {self}'s {} bits", self.width());
        let neg = code & self.sign_bit() != 0;
        let magnitude_code = code & !self.sign_bit();
        if neg && magnitude_code == 0 && !self.has_negative_zero() {
            return Class::Nan;
        }
        let max = self.max_magnitude_code();
        if magnitude_code <= max {
            Class::Finite(Small { neg, ..self.magnitude(magnitude_code) })
        } else if self.extended && magnitude_code == max + 1 {
            Class::Inf { neg }
        } else {
            Class::Nan
        }
    }

    /// What a code stands for.
    ///
    /// # Panics
    /// If the code has bits beyond the format's width.
    #[track_caller]
    pub fn decode(&self, code: u128) -> Value {
        let code = u64::try_from(code).expect("codes of floating-point formats have at most 64 bits");
        self.decode_small(code).into()
    }

    /// The code of a value that the format has exactly, or `None`. NaN gives [`FloatFormat::nan_code`]; minus
    /// zero gives zero where it has no code of its own.
    pub fn encode_exact(&self, value: &Value) -> Option<u128> {
        let number = match value {
            Value::NaN => return self.nan_code(),
            Value::Inf { neg } => return self.infinity_code(*neg),
            Value::Finite(number) => number,
        };
        if number.is_negative() && !number.is_zero() && !self.signed {
            return None;
        }
        // Finite codes are in numeric order: a binary search shares nothing with the fast path of rounding,
        // which builds the code from its fields.
        let (mut low, mut high) = (0, self.max_magnitude_code());
        while low < high {
            let middle = low + (high - low) / 2;
            if Dyadic::from(self.magnitude(middle)).cmp_magnitude(number).is_lt() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let found = Dyadic::from(self.magnitude(low)).cmp_magnitude(number).is_eq();
        found.then(|| self.compose(number.is_negative(), low).into())
    }

    /// The largest finite number; zero if all other codes are infinities or NaN (IEEE encoding, `we` = 1,
    /// `wf` = 0).
    pub fn max_finite(&self) -> Dyadic {
        self.magnitude(self.max_magnitude_code()).into()
    }

    /// The smallest positive number, if there is one.
    pub fn min_positive(&self) -> Option<Dyadic> {
        let least = u64::from(self.has_subnormals());
        (least <= self.max_magnitude_code()).then(|| self.magnitude(least).into())
    }

    /// All codes, in order of the code (`2^width()` of them).
    pub fn codes(&self) -> std::ops::RangeInclusive<u64> {
        0..=self.mask()
    }
}
