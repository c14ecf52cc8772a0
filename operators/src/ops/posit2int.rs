//! Conversion of posits to integers.
use crate::parts::arguments::{self, PositArgs, choice};
use crate::parts::posit_binary::decoder;
use crate::parts::posit_decode::{Decoded, decode};
use crate::parts::shift::shift_right_arithmetic;
use crate::parts::stateless::{StatelessCore, parameters};
use crate::{Core, Operator, ParamError};
use holigen_generator::{Bits, Builder, SInt};
use holigen_verif::exact::{Class, Dyadic, Small};
use holigen_verif::format::PositFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::round::RoundMode;
use num_bigint::{BigInt, Sign};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Convert a posit to an integer
///
/// # Semantics
/// r is a rounded to an integer: rne (ties to even), rna (ties away from zero), rtz, rup, rdn, or odd (if inexact to the
/// odd neighbour). What is beyond the integer's range becomes its largest or smallest number. NaR becomes a one and
/// zeros, the smallest number if the integer is signed.
///
/// # Architecture
/// The significand is shifted right arithmetically from the place of the largest integer; two's complement is never
/// left, and the rounding is one increment.
///
/// # Sources
/// Posit Standard, 2022, section 6.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct Posit2Int {
    #[command(flatten)]
    #[serde(flatten)]
    operands: PositArgs,
    /// Bits of the integer, 2 to 64
    #[arg(long, value_name = "BITS", default_value_t = 32)]
    #[serde(default = "thirty_two")]
    width: u32,
    /// on: two's complement; off: unsigned
    #[arg(long, value_name = "on|off", default_value = "on")]
    #[serde(default = "arguments::on")]
    signed: String,
    /// Rounding: rne, rna, rtz, rup, rdn, odd
    #[arg(long, value_name = "MODE", default_value = "rne")]
    #[serde(default = "arguments::rne")]
    round: String,
}

fn thirty_two() -> u32 {
    32
}

/// What is settled.
#[derive(Clone, Copy)]
struct Conversion {
    f: PositFormat,
    /// Bits of the integer.
    width: u32,
    signed: bool,
    mode: RoundMode,
}

impl Operator for Posit2Int {
    const NAME: &'static str = "posit2int";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let f = self.operands.resolve()?;
        let width = self.width;
        if !(2..=64).contains(&width) {
            return Err(ParamError::new("width", width, "is out of range", "give 2 to 64 bits"));
        }
        let signed = choice("signed", &self.signed, &["on", "off"])? == 0;
        let mode = arguments::round_mode(&self.round)?;
        if mode.random_bits() > 0 {
            let right = "give rne, rna, rtz, rup, rdn or odd";
            return Err(ParamError::new("round", &self.round, "has no meaning here", right));
        }
        let c = Conversion { f, width, signed, mode };
        let (n, es, read) = (f.width(), f.es(), decoder(f));
        let kind = if signed { "int" } else { "uint" };
        let rounding = if mode == RoundMode::Rne { String::new() } else { format!("_{mode}") };
        let encoding = Encoding::Fixed { signed, lsb: 0 };
        Ok(Box::new(StatelessCore {
            parameters: parameters(self),
            name: format!("posit2int_{n}_{es}_to_{kind}{width}{rounding}"),
            title: format!("Posit <{n},{es}> to {kind}{width}"),
            semantics: format!(
                "r is a rounded ({mode}) to an integer of {width} bits, {}. What is beyond its range becomes its largest \
                 or smallest number; NaR becomes a one and zeros.",
                if signed { "two's complement" } else { "unsigned" }
            ),
            interface: Interface {
                ports: vec![
                    Port::operand("a", n, Encoding::Posit(f), &format!("Operand, posit<{n},{es}>")),
                    Port::result("r", width, encoding, "The integer"),
                ],
            },
            architecture: Box::new(move |b| {
                let x = decode(b, b.input("a", n), &f, "a");
                b.output("r", integer(b, &x, &c).named("result"));
            }),
            function: Arc::new(move |inputs, outputs| outputs[0] = c.model(read(inputs[0]))),
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "n = 8",
            "n = 8\nwidth = 8\nround = \"rtz\"",
            "n = 16\nwidth = 16\nsigned = \"off\"",
            "n = 16\nes = 1\nwidth = 5\nround = \"odd\"",
            "n = 32\nwidth = 64\nround = \"rdn\"",
            "n = 12\nes = 0\nwidth = 9\nround = \"rna\"",
            "n = 6\nes = 5\nwidth = 2\nsigned = \"off\"\nround = \"rup\"",
        ]
    }
}

/// The integer's code.
fn integer<'b>(b: &'b Builder, x: &Decoded<'b>, c: &Conversion) -> Bits<'b> {
    let (w, fraction) = (c.width, c.f.fraction_bits());
    // Magnitude bits of the integer: with all of them the leading one stands at the top, at this scale.
    let top = if c.signed { w - 2 } else { w - 1 };
    let whole = top + 2;
    let places = (SInt::constant(b, i64::from(top)) - x.scale.signed()).bits().named("places");
    let all = places.width() - 1;
    let too_large = places.msb().named("is_beyond");
    // From here on nothing is left but signs.
    let far = whole + 1;
    let bits = 32 - far.leading_zeros();
    let mut amount = places.low(bits.min(all));
    if all > bits {
        amount = amount | places.bits(all - 1, bits).any().named("is_far").replicate(bits);
    }
    let word = x.significand.append_zeros(whole.saturating_sub(2 + fraction));
    let no = b.lit(0u8, 1);
    let (kept, rest) = shift_right_arithmetic(word, amount, whole + 1, no, None);
    let (guard, lowest) = (kept.bit(0).named("guard"), kept.bit(1));
    let inexact = guard | rest;
    let up = match c.mode {
        RoundMode::Rne => guard & (rest | lowest),
        RoundMode::Rna => guard & (rest | !x.sign),
        RoundMode::Rtz => x.sign & inexact,
        RoundMode::Rup => inexact,
        RoundMode::Odd => inexact & !lowest,
        RoundMode::Rdn | RoundMode::Sr { .. } => no,
    };
    let floor = kept.top(whole);
    let rounded = b.lit(0u8, whole).add_carry(floor, up.named("increment")).named("rounded");
    // A carry into the sign.
    let carried = !x.sign & rounded.msb();
    let above = (too_large | carried).named("saturates");
    let r = if c.signed {
        above.mux(x.sign.cat((!x.sign).replicate(w - 1)), rounded)
    } else {
        let below = x.sign & rounded.msb();
        let clamped = above.mux(b.lit(u64::MAX >> (64 - w), w), rounded.low(w));
        clamped.gate(!(x.sign & (too_large | below)))
    };
    // Without a zero operand's scale, which is the least.
    let nar = x.nar.cat(b.lit(0u8, w - 1));
    r.gate(!(x.nar | x.zero)) | nar
}

impl Conversion {
    fn model(&self, x: Class) -> u64 {
        let mask = u64::MAX >> (64 - self.width);
        let Class::Finite(x) = x else { return 1 << (self.width - 1) };
        let (least, most) = if self.signed {
            (-(1i128 << (self.width - 1)), (1i128 << (self.width - 1)) - 1)
        } else {
            (0, i128::from(mask))
        };
        let n = match x.floor_log2() {
            None => BigInt::ZERO,
            // Far beyond every integer, whatever the rounding.
            Some(log) if log > 70 => BigInt::from(1) << 70,
            Some(_) => rounded(x, self.mode),
        };
        let n = if x.neg { -n } else { n };
        let clamped = n.clamp(least.into(), most.into());
        i128::try_from(clamped).expect("as many bits as the integer") as u64 & mask
    }
}

/// The magnitude of the integer that a number rounds to.
fn rounded(x: Small, mode: RoundMode) -> BigInt {
    let mag = BigInt::from(x.mag);
    if x.exp >= 0 {
        return mag << x.exp;
    }
    let floor = if x.exp < -200 { BigInt::ZERO } else { &mag >> -x.exp };
    let rest = &Dyadic::new(false, x.mag, x.exp.into()) - &Dyadic::new(false, magnitude(&floor), 0);
    let half = rest.cmp_value(&Dyadic::power_of_two(-1));
    let odd = floor.bit(0);
    let up = match mode {
        RoundMode::Rne => half.is_gt() || half.is_eq() && odd,
        RoundMode::Rna => half.is_ge(),
        RoundMode::Rup => !x.neg && !rest.is_zero(),
        RoundMode::Rdn => x.neg && !rest.is_zero(),
        RoundMode::Odd => !odd && !rest.is_zero(),
        RoundMode::Rtz | RoundMode::Sr { .. } => false,
    };
    floor + u32::from(up)
}

fn magnitude(x: &BigInt) -> num_bigint::BigUint {
    debug_assert!(x.sign() != Sign::Minus);
    x.magnitude().clone()
}
