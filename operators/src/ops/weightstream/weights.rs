//! What the codes of weights stand for.
use crate::ParamError;
use crate::parts::entropy::parameters;
use crate::products::Factor;
use holigen_generator::{Bits, Builder};
use holigen_verif::integer::IntFormat;

/// Weights as they come out of the decoder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Weights {
    /// Two bits in two's complement: -1, 0, 1; code 10 is 0.
    Ternary,
    /// An integer, from which `zero` is taken.
    Integer {
        /// Of the code.
        format: IntFormat,
        /// Zero point.
        zero: i64,
    },
    /// An index into a table of integers.
    Codebook {
        /// Of an index.
        bits: u32,
        /// By index; 0 behind the last.
        values: Vec<i64>,
    },
}

/// Most bits of a value in a code book.
const VALUE_BITS: u32 = 16;

impl Weights {
    /// From the parameters.
    ///
    /// # Errors
    /// They contradict each other, or are out of range.
    pub fn resolve(p: &super::WeightStream) -> Result<Self, ParamError> {
        let kind = ["ternary", "int", "codebook"].iter().position(|k| *k == p.weights).ok_or_else(|| {
            let right =
                "give ternary, int or codebook; or a float format such as bf16 (see: holigen formats)";
            ParamError::new("weights", &p.weights, "is not known", right)
        })?;
        let others = [
            ("wbits", p.wbits.map(|b| b.to_string()), kind != 0),
            ("wunsigned", p.wunsigned.then(|| "true".into()), kind == 1),
            ("zero", p.zero.map(|z| z.to_string()), kind == 1),
            ("values", p.values.clone(), kind == 2),
        ];
        for (name, value, sense) in others {
            if let (Some(value), false) = (value, sense) {
                let problem = format!("has no meaning with --weights {}", p.weights);
                return Err(ParamError::new(name, value, problem, "leave it out"));
            }
        }
        if kind == 0 {
            return Ok(Self::Ternary);
        }
        let bits = p.wbits.unwrap_or(4);
        if !(1..=8).contains(&bits) {
            return Err(ParamError::new("wbits", bits, "not possible", "weights have 1 to 8 bits here"));
        }
        if kind == 1 {
            let format = IntFormat { width: bits, signed: !p.wunsigned };
            let zero = p.zero.unwrap_or(0);
            if !(format.least()..=format.largest()).contains(&i128::from(zero)) {
                let right =
                    format!("a zero point is one of the codes, {} to {}", format.least(), format.largest());
                return Err(ParamError::new("zero", zero, format!("is no {format} number"), right));
            }
            return Ok(Self::Integer { format, zero });
        }
        let right = "integers by index such as -7,-3,-1,0,1,3,7, or a file with such a line";
        let Some(given) = &p.values else {
            return Err(ParamError::new("values", "", "a code book needs its values", right));
        };
        let values = parameters::list("values", given, "values", right, true)?;
        if values.len() > 1 << bits {
            let problem = format!("{} values for indices of {bits} bits", values.len());
            return Err(ParamError::new("values", given, problem, "give more --wbits"));
        }
        let most = 1i64 << (VALUE_BITS - 1);
        if let Some(v) = values.iter().find(|v| !(-most..most).contains(*v)) {
            let right = format!("values of {VALUE_BITS} bits in two's complement");
            return Err(ParamError::new("values", given, format!("{v} is too large"), right));
        }
        Ok(Self::Codebook { bits, values })
    }

    /// Bits of a code.
    pub fn bits(&self) -> u32 {
        match self {
            Self::Ternary => 2,
            Self::Integer { format, .. } => format.width,
            Self::Codebook { bits, .. } => *bits,
        }
    }

    /// The weight itself, as the dot product takes it.
    pub fn factor(&self) -> Factor {
        match self {
            Self::Ternary => Factor::Ternary,
            Self::Integer { format, zero: 0 } => Factor::Integer(*format),
            Self::Integer { format, zero } => {
                let range = [format.least() - i128::from(*zero), format.largest() - i128::from(*zero)];
                Factor::Integer(IntFormat::holding(range, false))
            }
            Self::Codebook { values, .. } => {
                let all = || values.iter().map(|v| i128::from(*v)).chain([0]);
                let range = [all().min().unwrap_or(0), all().max().unwrap_or(0)];
                Factor::Integer(IntFormat::holding(range, false))
            }
        }
    }

    /// Builds the weight of a code.
    pub fn dequantise<'b>(&self, b: &'b Builder, code: Bits<'b>) -> Bits<'b> {
        match (self, self.factor()) {
            (Self::Integer { format, zero }, Factor::Integer(f)) if *zero != 0 => {
                let width = f.width;
                let wide = if format.signed { code.sext(width) } else { code.zext(width) };
                let zero = b.signed_lit(*zero, width.max(64)).low(width);
                wide.wrapping_sub(zero)
            }
            (Self::Codebook { bits, values }, Factor::Integer(f)) => {
                let mask = (1u64 << f.width) - 1;
                let mut entries: Vec<u64> = values.iter().map(|v| *v as u64 & mask).collect();
                entries.resize(1 << bits, 0);
                b.table("codebook", code, f.width, &entries)
            }
            _ => code,
        }
    }

    /// In a core's name.
    pub fn short(&self) -> String {
        match self {
            Self::Ternary => "tern".into(),
            Self::Integer { format, zero: 0 } => format.short(),
            Self::Integer { format, zero } if *zero < 0 => format!("{}zm{}", format.short(), -zero),
            Self::Integer { format, zero } => format!("{}z{zero}", format.short()),
            Self::Codebook { bits, values } => {
                let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                format!("c{bits}_{:08x}", parameters::digest(&bytes))
            }
        }
    }

    /// In a sentence: what a code is, and what it stands for.
    pub fn text(&self) -> String {
        match self {
            Self::Ternary => "-1, 0, 1 in 2-bit two's complement (code 10 is 0)".into(),
            Self::Integer { format, zero: 0 } => format!("{format} integers"),
            Self::Integer { format, zero } => format!("{format} integers less the zero point {zero}"),
            Self::Codebook { bits, values } => {
                let list: Vec<String> = values.iter().map(i64::to_string).collect();
                format!("{bits}-bit indices into the code book {} (0 behind its end)", list.join(", "))
            }
        }
    }
}
