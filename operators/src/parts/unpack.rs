//! Reads a floating-point code: fields, subnormals, specials.
use super::codes;
use holigen_generator::{Bits, Builder};
use holigen_verif::format::{Encoding, FloatFormat, Reading};

/// What a core gives up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Care {
    /// Subnormal operands are read as zero.
    pub flush: bool,
    /// NaN and infinity codes are looked for; if not, they are read as the formula of finite numbers says.
    pub specials: bool,
}

impl Care {
    /// The same for the reference model.
    pub fn reading(self) -> Reading {
        Reading { flush: self.flush, specials: self.specials }
    }
}

/// A floating-point operand in parts. Its value is `(-1)^sign * significand * 2^(exponent - bias - wf)`.
pub struct Unpacked<'b> {
    /// One bit; constant 0 for unsigned formats.
    pub sign: Bits<'b>,
    /// The exponent field, but 1 for subnormal numbers and zero, which share its weight. Scales have none.
    pub exponent: Bits<'b>,
    /// `wf + 1` bits, the implicit one included.
    pub significand: Bits<'b>,
    /// One bit.
    pub nan: Bits<'b>,
    /// One bit, whatever the sign.
    pub infinity: Bits<'b>,
    /// One bit: the value is zero (subnormal numbers too where they are flushed).
    pub zero: Bits<'b>,
}

/// Reads `code`, called `name` in the text.
pub fn unpack<'b>(b: &'b Builder, code: Bits<'b>, f: &FloatFormat, care: Care, name: &str) -> Unpacked<'b> {
    let (we, wf) = (f.we(), f.wf());
    let n = |part: &str| format!("{name}_{part}");
    let no = b.lit(0u8, 1);
    let sign = if f.is_signed() { code.msb() } else { no };
    let magnitude = code.low(we + wf);
    let field = magnitude.top(we);
    let scale = f.encoding() == Encoding::Scale;
    let normal = if scale { b.lit(1u8, 1) } else { field.any().named(&n("normal")) };
    let fraction = (wf > 0).then(|| magnitude.low(wf));
    let exponent = match we {
        _ if scale => field,
        1 => b.lit(1u8, 1),
        _ => field.top(we - 1).cat(field.bit(0) | !normal),
    };
    let exponent = exponent.named(&n("exponent"));
    let significand = match fraction {
        None => normal,
        Some(t) if care.flush => normal.cat(t.gate(normal)),
        Some(t) => normal.cat(t),
    };
    let significand = significand.named(&n("significand"));
    let zero = match fraction {
        Some(t) if !care.flush => !(normal | t.any()),
        _ => !normal,
    };
    let (mut nan, mut infinity) = (no, no);
    if care.specials {
        let all = |x: Bits<'b>| x.all();
        match f.encoding() {
            Encoding::Ieee => {
                let top = all(field);
                infinity = fraction.map_or(top, |t| top & !t.any());
                nan = fraction.map_or(no, |t| top & t.any());
            }
            Encoding::Fn | Encoding::Scale => nan = all(magnitude),
            Encoding::Fnuz => nan = sign & !magnitude.any(),
            Encoding::Finite => {}
            Encoding::P3109 => {
                nan = if f.is_signed() { sign & !magnitude.any() } else { all(magnitude) };
                if let Some(code) = codes::infinity(f) {
                    infinity = magnitude.equals(b.lit(code, we + wf));
                }
            }
        }
        nan = nan.named(&n("is_nan"));
        infinity = infinity.named(&n("is_infinite"));
    }
    Unpacked { sign, exponent, significand, nan, infinity, zero }
}

/// The largest exponent field that a finite operand can have.
pub fn largest_exponent_field(f: &FloatFormat, care: Care) -> u64 {
    let field: u64 = if care.specials {
        (codes::largest(f) >> f.wf()).try_into().expect("an exponent field is narrow")
    } else {
        (1 << f.we()) - 1
    };
    field.max(1)
}
