//! Operands with the first significant bit at the top, subnormal ones too.
use super::normalize::{Last, Limit, normalize};
use super::unpack::{Care, largest_exponent_field, unpack};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::format::FloatFormat;

/// An operand. Its value is `(-1)^sign * significand * 2^(exponent - offset - bias - wf)`.
pub struct Normal<'b> {
    /// One bit; constant 0 for unsigned formats.
    pub sign: Bits<'b>,
    /// What the exponent field would be if it had no bottom, plus the offset that was asked for.
    pub exponent: SInt<'b>,
    /// Its least and largest value for numbers other than zero.
    pub range: (i64, i64),
    /// Largest exponent that a zero has.
    pub zero_exponent: i64,
    /// Whether the first bit is set in all numbers but zero.
    pub leads: bool,
    /// `wf + 1` bits, the first one set unless the number is zero (or subnormal, if those are left as they are).
    pub significand: Bits<'b>,
    /// One bit.
    pub nan: Bits<'b>,
    /// One bit, whatever the sign.
    pub infinity: Bits<'b>,
    /// One bit: the value is zero (subnormal numbers too where they are flushed).
    pub zero: Bits<'b>,
}

/// Fractions of up to so many bits are normalised by a table beside the choice between subnormal and normal.
/// Their zeros have the exponent that is wanted.
pub const TABLE_BITS: u32 = 4;
/// Exponent fields of up to so many bits get their offset from a table.
pub const FIELD_BITS: u32 = 6;

/// What is asked of an operand's exponent.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Numbers below the normal ones are normalised; without, they keep the exponent of the least normal ones.
    pub subnormals: bool,
    /// Added to the exponent field.
    pub offset: i64,
    /// The exponent that a zero should have at most, the offset included. Only where it costs nothing: see
    /// [`Normal::zero_exponent`].
    pub zero: i64,
}

/// Reads `code`, called `name` in the text.
pub fn normal<'b>(
    b: &'b Builder,
    code: Bits<'b>,
    f: &FloatFormat,
    care: Care,
    wanted: Wanted,
    name: &str,
) -> Normal<'b> {
    let x = unpack(b, code, f, care, name);
    let (we, wf, offset) = (f.we(), f.wf(), wanted.offset);
    let n = |part: &str| format!("{name}_{part}");
    let high = largest_exponent_field(f, care) as i64 + offset;
    let has_zero = f.has_subnormals();
    let has_subnormals = has_zero && wf > 0 && !care.flush;
    let least = i64::from(has_zero) + offset;
    let field = code.bits(we + wf - 1, wf);
    let mut number = Normal {
        sign: x.sign,
        exponent: x.exponent.signed(),
        range: (least, high),
        zero_exponent: least,
        leads: !has_subnormals || wanted.subnormals,
        significand: x.significand,
        nan: x.nan,
        infinity: x.infinity,
        zero: x.zero,
    };
    let fitting = |low: i64| signed_width(low).max(signed_width(high));
    if has_subnormals && wanted.subnormals {
        number.range.0 = least - i64::from(wf);
        let (normal, fraction) = (x.significand.msb(), x.significand.low(wf));
        if wf > TABLE_BITS {
            let s = normalize(b, x.significand, b.lit(0u8, 1), Limit::Constant(wf), wf + 1, Last::Selected);
            number.significand = s.kept.named(&n("significand_normalised"));
            let moved = x.exponent.unsigned().to_signed() - s.count.unsigned().to_signed();
            let all = moved + SInt::constant(b, offset);
            number.exponent = all.resize(fitting(number.range.0)).named(&n("exponent_normalised"));
            number.zero_exponent = number.range.0;
            return number;
        }
        number.zero_exponent = number.range.0.min(wanted.zero);
        let width = fitting(number.zero_exponent);
        // Places from the first digit of a subnormal fraction to the implicit bit.
        let places = |t: u64| u64::from(wf) + 1 - (64 - u64::from(t.leading_zeros()));
        let entries: Vec<u64> = (0..1u64 << wf).map(|t| (t << places(t.max(1))) & ((1 << wf) - 1)).collect();
        let shifted = b.table(&format!("subnormal_fraction_{wf}"), fraction, wf, &entries);
        let of = |t: u64| if t == 0 { number.zero_exponent } else { least - places(t) as i64 };
        let entries: Vec<u64> = (0..1u64 << wf).map(|t| twos_complement(of(t), width)).collect();
        let table = format!("subnormal_exponent_{wf}_{}_{width}", twos_complement(offset, width));
        let below = b.table(&table, fraction, width, &entries);
        let above = code_field(b, field, offset, width);
        number.exponent = normal.mux(above, below).named(&n("exponent_normalised")).signed();
        let first = normal | fraction.any();
        number.significand = first.cat(normal.mux(fraction, shifted)).named(&n("significand_normalised"));
    } else if has_zero && !has_subnormals && we <= FIELD_BITS {
        number.zero_exponent = least.min(wanted.zero);
        let width = fitting(number.zero_exponent);
        let zero = b.lit(twos_complement(number.zero_exponent, width), width);
        let normal = x.significand.msb();
        let exponent = normal.mux(code_field(b, field, offset, width), zero);
        number.exponent = exponent.named(&n("exponent_or_zero")).signed();
    } else {
        number.exponent = code_field(b, x.exponent, offset, fitting(least)).signed();
    }
    number
}

/// Bits of a two's-complement number, at least a sign and one more.
pub fn signed_width(x: i64) -> u32 {
    (65 - if x < 0 { (!x).leading_zeros() } else { x.leading_zeros() }).max(2)
}

fn twos_complement(x: i64, width: u32) -> u64 {
    x as u64 & (u64::MAX >> (64 - width))
}

/// `field + offset` in two's complement.
fn code_field<'b>(b: &'b Builder, field: Bits<'b>, offset: i64, width: u32) -> Bits<'b> {
    let we = field.width();
    if offset == 0 {
        return field.zext(width.max(we)).low(width);
    }
    if offset == -(1i64 << (we - 1)) {
        // The sign bit of an excess code, turned.
        let sign = !field.msb();
        let low = if we > 1 { sign.cat(field.low(we - 1)) } else { sign };
        return if width > we { low.sext(width) } else { low.low(width) };
    }
    if we <= FIELD_BITS {
        let entries: Vec<u64> = (0..1i64 << we).map(|x| twos_complement(x + offset, width)).collect();
        let name = format!("exponent_offset_{we}_{}_{width}", twos_complement(offset, width));
        return b.table(&name, field, width, &entries);
    }
    let sum = field.unsigned().to_signed() + SInt::constant(b, offset);
    sum.resize(width).bits()
}
