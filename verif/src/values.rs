//! Between text, codes and numbers: operands of `eval`, and codes of messages.
use crate::exact::{Dyadic, Value};
use crate::interface::{Encoding, Kind, Port, limbs};
use crate::round::{RoundMode, Saturation, round, round_posit};
use num_bigint::{BigInt, BigUint, Sign};

/// An operand: its code, and what was lost on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// As many bits as the port, at most.
    pub code: BigUint,
    /// If the number was not in the port's format: what became of it.
    pub note: Option<String>,
}

/// Reads one value after another for a port: `1.5,2` for a scalar, `[1,2],[3,4]` for a vector of two elements, of
/// which a single one can go without brackets.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn parse_list(port: &Port, list: &str) -> Result<Vec<Operand>, String> {
    if port.elements == 1 {
        return list.split(',').map(|v| parse(port, v.trim())).collect();
    }
    let list = list.trim();
    let Some(inner) = list.strip_prefix('[') else { return Ok(vec![parse_vector(port, list)?]) };
    let inner = inner.strip_suffix(']').ok_or_else(|| format!("{list} ends without a ]"))?;
    let separated: Vec<_> = inner.split(']').collect();
    let mut vectors = Vec::new();
    for (k, text) in separated.iter().enumerate() {
        let text = if k == 0 { Some(*text) } else { text.trim().strip_prefix(',').map(str::trim) };
        let text = if k == 0 { text } else { text.and_then(|t| t.strip_prefix('[')) };
        let text = text.ok_or_else(|| format!("{list}: write [1,2],[3,4]"))?;
        vectors.push(parse_vector(port, text)?);
    }
    Ok(vectors)
}

/// A vector: its elements, the lowest first, or the code of all of them.
fn parse_vector(port: &Port, text: &str) -> Result<Operand, String> {
    let texts: Vec<_> = text.split(',').map(str::trim).collect();
    if texts.len() != port.elements as usize {
        let whole = Port { elements: 1, encoding: Encoding::Bits, ..port.clone() };
        if texts.len() == 1 && code(texts[0])?.is_some() {
            return parse(&whole, texts[0]);
        }
        return Err(format!("{} has {} elements, {text} has {}", port.name, port.elements, texts.len()));
    }
    let (element, mut all, mut notes) = (port.element(), BigUint::default(), Vec::new());
    for (k, text) in texts.iter().enumerate() {
        let one = parse(&element, text)?;
        all |= one.code << (k as u32 * element.width);
        notes.extend(one.note);
    }
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    Ok(Operand { code: all, note })
}

/// Reads a value for a scalar port: a code (`0x3c`, `0b0011`, `0o17`, `0d60`) or a number (`1.5`, `-3e2`, `0x1.8p3`, `inf`).
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn parse(port: &Port, text: &str) -> Result<Operand, String> {
    if let Some(code) = code(text)? {
        if code.bits() > u64::from(port.width) {
            return Err(format!(
                "{text} has {} bits, but {} is {} bits wide",
                code.bits(),
                port.name,
                port.width
            ));
        }
        return Ok(Operand { code, note: None });
    }
    match &port.encoding {
        Encoding::Bits => {
            let code: BigUint = text.parse().map_err(|_| {
                format!("'{text}' is not a code; {} takes 0x.., 0b.. or a whole number", port.name)
            })?;
            if code.bits() > u64::from(port.width) {
                let most = (BigUint::from(1u8) << port.width) - 1u8;
                return Err(format!("{text} is too large: {} takes 0 to {most}", port.name));
            }
            Ok(Operand { code, note: None })
        }
        Encoding::Float(format) => {
            // Far below the last place of any number of the format, so that the rounding is that of the number.
            let low = i64::from(format.emin()) - i64::from(format.wf()) - 4;
            let (value, exact_text) = match text.parse::<Value>() {
                Ok(value) => (value, true),
                Err(_) => {
                    let (x, exact) = Dyadic::parse_for_rounding(text, low).map_err(|e| e.to_string())?;
                    (Value::Finite(x), exact)
                }
            };
            if let (true, Some(code)) = (exact_text, format.encode_exact(&value)) {
                return Ok(Operand { code: code.into(), note: None });
            }
            let Some(number) = value.finite() else {
                return Err(format!("{format} has no {value}"));
            };
            if number.is_negative() && !format.is_signed() {
                return Err(format!("{format} has no sign: {text} can't be given"));
            }
            let code = round(&value, format, RoundMode::Rne, Saturation::OvfInf, 0);
            let near = format.decode(code);
            // Formats without infinity and NaN saturate silently: more than half a place above is no rounding.
            let largest = format.max_finite();
            let half_place = largest.floor_log2().map_or(0, |top| top - i64::from(format.wf()) - 1);
            let limit = &largest + &Dyadic::power_of_two(half_place);
            if near.finite().is_none() || number.cmp_magnitude(&limit).is_gt() {
                let largest = short(&Value::Finite(largest));
                return Err(format!("{text} is beyond the largest number of {format}, {largest}"));
            }
            let digits = hex(&code.into(), format.width());
            let note = format!(
                "{}={text} is not in {format}: rounded to {}, code {digits}",
                port.name,
                short(&near)
            );
            Ok(Operand { code: code.into(), note: Some(note) })
        }
        Encoding::Posit(format) => {
            if matches!(text.to_ascii_lowercase().as_str(), "nar" | "nan") {
                return Ok(Operand { code: format.nar().into(), note: None });
            }
            // Below the last place of any number of the format.
            let low = -2 * i64::from(format.max_scale()) - 4;
            let (number, exact) = Dyadic::parse_for_rounding(text, low)
                .map_err(|e| format!("{e}; a posit is a number or nar"))?;
            let code = round_posit(&number.clone().into(), format, RoundMode::Rne, 0);
            let near = format.decode(code);
            let same = exact && near.finite().is_some_and(|x| x.cmp_value(&number).is_eq());
            let note = (!same).then(|| {
                let digits = hex(&code.into(), format.width());
                format!("{}={text} is not in {format}: rounded to {}, code {digits}", port.name, short(&near))
            });
            Ok(Operand { code: code.into(), note })
        }
        Encoding::Fixed { signed, lsb } => fixed(port, *signed, *lsb, text),
    }
}

fn fixed(port: &Port, signed: bool, lsb: i32, text: &str) -> Result<Operand, String> {
    let (number, exact) = Dyadic::parse_for_rounding(text, i64::from(lsb) - 3).map_err(|e| e.to_string())?;
    let shift = number.exponent() - i64::from(lsb);
    let mut exact = exact;
    let magnitude = if shift >= 0 {
        number.significand() << shift.unsigned_abs()
    } else {
        // To nearest, ties to even.
        let down = shift.unsigned_abs();
        let kept = number.significand() >> down;
        let rest = number.significand() - (&kept << down);
        let half = BigUint::from(1u8) << (down - 1);
        exact &= rest.bits() == 0;
        let up = rest > half || (rest == half && kept.bit(0));
        kept + u32::from(up)
    };
    let range = BigInt::from(1) << (port.width - u32::from(signed));
    let integer =
        BigInt::from_biguint(if number.is_negative() { Sign::Minus } else { Sign::Plus }, magnitude);
    let least = if signed { -range.clone() } else { BigInt::from(0) };
    if integer < least || integer >= range {
        return Err(format!(
            "{text} is out of the range of {} ({} bits, last place 2^{lsb})",
            port.name, port.width
        ));
    }
    let wrapped = if integer < BigInt::from(0) { integer + (BigInt::from(1) << port.width) } else { integer };
    let code = wrapped.to_biguint().unwrap_or_default();
    let rounded = decode(port, &code);
    let note = (!exact).then(|| format!("{}={text} has more places: rounded to {}", port.name, rounded));
    Ok(Operand { code, note })
}

/// A code in another base than ten; `None` if the text is no such thing but may be a number.
fn code(text: &str) -> Result<Option<BigUint>, String> {
    let lower = text.to_ascii_lowercase().replace('_', "");
    let radix = match lower.get(..2) {
        // Hexadecimal numbers have a point or an exponent, codes have not.
        Some("0x") if lower.contains(['p', '.']) => return Ok(None),
        Some("0x") => 16,
        Some("0b") => 2,
        Some("0o") => 8,
        Some("0d") => 10,
        _ => return Ok(None),
    };
    let digits = &lower[2..];
    if digits.len() > 10_000 || digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(format!("'{text}' is not a code in base {radix}; write e.g. 0x3c, 0b0011_1100, 0d60"));
    }
    Ok(BigUint::parse_bytes(digits.as_bytes(), radix))
}

/// Hexadecimal with all digits of a width; bits alone for one bit.
pub fn hex(code: &BigUint, width: u32) -> String {
    if width == 1 {
        code.to_string()
    } else {
        format!("0x{:0>1$}", code.to_str_radix(16), width.div_ceil(4) as usize)
    }
}

/// The number behind a code, for people.
pub fn decode(port: &Port, code: &BigUint) -> String {
    match (&port.encoding, port.kind) {
        (Encoding::Bits, _) => String::new(),
        (_, Kind::Data) if port.elements > 1 => {
            let element = port.element();
            let all: Vec<_> = elements(port, code).iter().map(|c| decode(&element, c)).collect();
            format!("[{}]", all.join(", "))
        }
        (Encoding::Posit(format), Kind::Data) if *code == format.nar().into() => "NaR".into(),
        (_, Kind::Data) => value(port, code).map_or_else(String::new, |v| short(&v)),
        _ => String::new(),
    }
}

/// The codes of a vector's elements, the lowest first.
pub fn elements(port: &Port, code: &BigUint) -> Vec<BigUint> {
    let width = port.element_width();
    let mask = (BigUint::from(1u8) << width) - 1u8;
    (0..port.elements).map(|k| (code >> (k * width)) & &mask).collect()
}

/// The number behind a scalar's code, if there is one.
pub fn value(port: &Port, code: &BigUint) -> Option<Value> {
    match &port.encoding {
        Encoding::Bits => None,
        Encoding::Float(format) => {
            let code = u128::try_from(code).ok().filter(|c| c & !u128::from(format.mask()) == 0)?;
            Some(format.decode(code))
        }
        Encoding::Posit(format) => {
            let code = u64::try_from(code).ok().filter(|c| c & !format.mask() == 0)?;
            Some(format.decode(code))
        }
        Encoding::Fixed { signed, lsb } => {
            let negative = *signed && code.bit(u64::from(port.width) - 1);
            let magnitude = if negative { (BigUint::from(1u8) << port.width) - code } else { code.clone() };
            Some(Value::Finite(Dyadic::new(negative, magnitude, i64::from(*lsb))))
        }
    }
}

/// A number in few characters: exact decimal if that is short, else seventeen digits and the exact hexadecimal.
pub fn short(value: &Value) -> String {
    let Value::Finite(x) = value else { return value.to_string() };
    let small = x.floor_log2().is_none_or(|l| (-20..70).contains(&l)) && x.exponent() > -24;
    if small {
        return x.to_string();
    }
    match x.to_f64() {
        Some(f) => format!("{f:e} ({})", x.to_hex()),
        None => x.to_hex(),
    }
}

/// A code as the flat limbs of models.
pub fn to_limbs(code: &BigUint, width: u32) -> Vec<u64> {
    let mut flat: Vec<u64> = code.iter_u64_digits().collect();
    flat.resize(limbs(width), 0);
    flat
}

/// The codes of flat limbs, port by port.
pub fn from_limbs<'a>(ports: impl Iterator<Item = &'a Port>, flat: &[u64]) -> Vec<(&'a Port, BigUint)> {
    let mut at = 0;
    let mut take = |p: &'a Port| {
        let n = limbs(p.width);
        let words = flat.get(at..at + n).unwrap_or_default();
        at += n;
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        (p, BigUint::from_bytes_le(&bytes))
    };
    ports.map(&mut take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::FloatFormat;

    fn port(width: u32, encoding: Encoding) -> Port {
        Port::operand("a", width, encoding, "")
    }

    fn float(format: FloatFormat, text: &str) -> Result<(u64, bool), String> {
        let o = parse(&port(format.width(), Encoding::Float(format)), text)?;
        Ok((u64::try_from(&o.code).unwrap(), o.note.is_some()))
    }

    #[test]
    fn operands_of_a_float_port() {
        for (text, code, inexact) in [
            ("1.5", 0x3c, false),
            ("0x3c", 0x3c, false),
            ("0b0011_1100", 0x3c, false),
            ("0d60", 0x3c, false),
            ("0x1.8p0", 0x3c, false),
            ("-0", 0x80, false),
            ("nan", 0x7f, false),
            ("0.1", 0x1d, true),
            ("448", 0x7e, false),
            ("450", 0x7e, true),
            ("1e-30", 0, true),
        ] {
            assert_eq!(float(FloatFormat::E4M3FN, text), Ok((code, inexact)), "{text}");
        }
        for text in ["1000", "inf", "0x100", "0b", "0xg", "one", "", "1e999999999", "-1e300", "0x"] {
            assert!(float(FloatFormat::E4M3FN, text).is_err(), "{text}");
        }
        assert!(float(FloatFormat::E2M1, "nan").is_err());
        assert!(float(FloatFormat::E8M0, "-1").is_err());
    }

    #[test]
    fn operands_of_a_fixed_port() {
        let p = port(8, Encoding::Fixed { signed: true, lsb: -2 });
        let code = |t: &str| parse(&p, t).map(|o| u64::try_from(&o.code).unwrap());
        assert_eq!(code("-0.25"), Ok(0xff));
        assert_eq!(code("31.75"), Ok(0x7f));
        assert_eq!(code("-32"), Ok(0x80));
        assert_eq!(code("0.375"), Ok(2));
        assert!(code("32").is_err() && code("-33").is_err() && code("nan").is_err());
        assert_eq!(decode(&p, &BigUint::from(0x80u8)), "-32");
    }

    #[test]
    fn vectors() {
        let p = port(4, Encoding::Fixed { signed: true, lsb: 0 }).vector(3);
        let codes = |t: &str| -> Result<Vec<u64>, String> {
            parse_list(&p, t).map(|l| l.iter().map(|o| u64::try_from(&o.code).unwrap()).collect())
        };
        assert_eq!(codes("1,-1,3"), Ok(vec![0x3f1]));
        assert_eq!(codes("[1,-1,3]"), Ok(vec![0x3f1]));
        assert_eq!(codes("[1,-1,3], [0, 0, 0x8]"), Ok(vec![0x3f1, 0x800]));
        assert_eq!(codes("0x3f1"), Ok(vec![0x3f1]));
        assert_eq!(decode(&p, &BigUint::from(0x3f1u32)), "[1, -1, 3]");
        for text in ["", "1", "1,2", "[1,2,3", "[1,2,3]4", "1,2,3]", "[1,2,3][1,2,3]", "0x1000", "1,2,9"] {
            assert!(codes(text).is_err(), "{text}");
        }
    }
}
