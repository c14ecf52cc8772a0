//! Floats whose exponents are coded: the core without a dot product, which gives the values out.
use super::WeightStream;
use crate::elements::{ElementLayout, RawBits};
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::entropy::joined::{Joined, join};
use crate::parts::entropy::lanes;
use crate::parts::{arguments, ports, stateless};
use crate::{Core, ParamError};
use holigen_generator::{Bits, Builder};
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::format::FloatFormat;
use holigen_verif::interface::{Encoding, Interface, Port};
use holigen_verif::stream::StreamModel;
use model::FloatModel;
use serde_json::{Map, Value};

mod model;

/// Most bits of the values of a group.
const GROUP_BITS: u32 = 128;

/// A core with its parameters settled.
pub struct FloatCore {
    /// Of the exponents.
    decoder: Box<dyn EntropyDecoder>,
    format: FloatFormat,
    /// Of a value, what is not coded.
    raw: RawBits,
    parameters: Map<String, Value>,
}

impl FloatCore {
    /// From the parameters, of which `--weights` names a format.
    ///
    /// # Errors
    /// A format that can't be divided so, or parameters that only sums have.
    pub fn resolve(p: &WeightStream, format: FloatFormat) -> Result<Self, ParamError> {
        let (we, width) = (format.we(), format.width());
        let Some(raw) = RawBits::around_exponent(&format) else {
            let right = "a format with a sign and 1 to 8 exponent bits such as bf16, fp16, fp32, e4m3fn";
            return Err(ParamError::new("weights", &p.weights, "has no exponents of so many bits", right));
        };
        let of_sums = [
            ("wbits", p.wbits.map(|b| b.to_string())),
            ("wunsigned", p.wunsigned.then(|| "true".into())),
            ("zero", p.zero.map(|z| z.to_string())),
            ("values", p.values.clone()),
            ("per-symbol", (p.per_symbol != 1).then(|| p.per_symbol.to_string())),
            ("xbits", p.xbits.map(|b| b.to_string())),
            ("xunsigned", p.xunsigned.then(|| "true".into())),
            ("row", (p.row != 0).then(|| p.row.to_string())),
            ("terms", p.terms.map(|t| t.to_string())),
            ("scale", p.scale.map(|s| s.to_string())),
            ("shift", p.shift.map(|s| s.to_string())),
            ("rbits", p.rbits.map(|b| b.to_string())),
            ("runsigned", p.runsigned.then(|| "true".into())),
        ];
        for (name, value) in of_sums {
            if let Some(value) = value {
                let problem = format!("has no meaning with --weights {}", p.weights);
                return Err(ParamError::new(
                    name,
                    value,
                    problem,
                    "the values come out as they are: leave it out",
                ));
            }
        }
        arguments::within("lanes", p.lanes.into(), 1..=16, "lanes")?;
        if p.lanes * width > GROUP_BITS {
            let right = format!("{} lanes of {width} bits at most", GROUP_BITS / width);
            return Err(ParamError::new("lanes", p.lanes, "are too many", right));
        }
        let decoder = p.coder.resolve(we, p.lanes)?;
        let args = WeightStream { coder: p.coder.resolved(&*decoder), ..p.clone() };
        let mut parameters = stateless::parameters(&args);
        parameters.retain(|name, value| match name.as_str() {
            "per-symbol" | "row" | "xunsigned" | "wunsigned" | "runsigned" => false,
            _ => !value.is_null(),
        });
        Ok(Self { decoder, format, raw, parameters })
    }

    fn n(&self) -> u32 {
        self.decoder.lanes() as u32
    }
}

impl Core for FloatCore {
    fn parameters(&self) -> Map<String, Value> {
        self.parameters.clone()
    }

    fn name(&self) -> String {
        let format = self.format.name().to_lowercase();
        format!("weightstream{}_{format}_{}", self.n(), self.decoder.name())
    }

    fn title(&self) -> String {
        format!("{} values a clock of {} with coded exponents", self.n(), self.format.name())
    }

    fn semantics(&self) -> String {
        let (n, wf) = (self.n(), self.format.wf());
        format!(
            "Gives {n} value(s) of {} a clock, bit by bit as they were encoded. Exponent i of a group comes from lane i; \
             its sign and its {wf} fraction bits, the sign above them, are element i of a word of f. f_last stands on the \
             last word, which goes with the exponents that end the lanes' streams; where it stands elsewhere, or is \
             missing, error is raised. m_last comes with the last values. A group with a fault, and all behind it, do not \
             come out; words of f are then taken and dropped.\n\n{}",
            self.format.name(),
            self.decoder.semantics()
        )
    }

    fn interface(&self) -> Interface {
        let (d, n, width) = (&self.decoder, self.n(), self.raw.width());
        let mut f = ports::stream_in("f", width * n, "signs and fractions");
        let text = "Sign and fraction of each value, the sign above, element 0 in the low bits.";
        f[1] = Port::operand("f_data", width, Encoding::Bits, text).vector(n);
        let mut ports = lanes::input_ports(d.shape(), d.lanes(), d.entry_bits(), "values", f);
        let encoding = Encoding::Float(self.format);
        let last = "The last values of the streams.";
        ports.extend(ports::stream_out(self.format.width(), n, encoding, "values", last, lanes::ERROR));
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        true
    }

    fn timing_advice(&self) -> String {
        self.decoder.timing_advice()
    }

    fn build(&self, b: &Builder) {
        let (n, width) = (self.n(), self.raw.width());
        let parts = self.decoder.parts(b);
        let Joined { out, valid, symbols, last, word, error, .. } = join(b, &parts, "f", width * n, true);
        let (we, wf) = (self.format.we(), self.format.wf());
        b.scope("values out", || {
            let value = |i: u32| -> Bits<'_> {
                let exponent = symbols.bits((i + 1) * we - 1, i * we);
                let raw = word.bits((i + 1) * width - 1, i * width);
                let upper = raw.bit(wf).cat(exponent);
                if wf == 0 { upper } else { upper.cat(raw.low(wf)) }
            };
            let values = (0..n).map(value).reduce(|low, high| high.cat(low)).expect("there are lanes");
            out.drive(valid, &[("m_data", values), ("m_last", last.bit(1))]);
            b.output("error", error);
        });
    }

    fn decoder(&self) -> Option<Decoder> {
        self.decoder.decoder()
    }

    fn elements(&self) -> Option<ElementLayout> {
        let bits = self.format.width();
        Some(ElementLayout { bits, per_symbol: 1, padding: 0, row: None, raw: Some(self.raw) })
    }

    fn stream(&self) -> Option<Box<dyn StreamModel>> {
        Some(Box::new(FloatModel { decoder: self.decoder.decoder()?, format: self.format }))
    }
}
