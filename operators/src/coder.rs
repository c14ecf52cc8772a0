//! An entropy decoder as a part of another core: which one, and its parameters.
use crate::ops::{huffdec::HuffDec, ransdec::RansDec, ricedec::RiceDec, tansdec::TansDec};
use crate::parts::entropy::decoder::EntropyDecoder;
use crate::parts::stateless;
use crate::{Of, Operator, ParamError};
use serde::{Deserialize, Serialize};

/// A decoder in front of something. To be flattened into an operator's parameters; all but the first are those of the
/// decoder by the same name.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub struct CoderArgs {
    /// The decoder: huffdec, tansdec, ransdec or ricedec [default: tansdec]
    #[arg(long, value_name = "DECODER")]
    #[serde(default)]
    coder: Option<String>,
    /// load, or a wired code, as of huffdec, tansdec, ransdec [default: load]
    #[arg(long, allow_hyphen_values = true)]
    #[serde(default)]
    table: Option<String>,
    /// Which codes come first (huffdec)
    #[arg(long)]
    #[serde(default)]
    order: Option<String>,
    /// Bits of the longest code (huffdec)
    #[arg(long)]
    #[serde(default)]
    longest: Option<u32>,
    /// Bits of a state (tansdec)
    #[arg(long)]
    #[serde(default)]
    log: Option<u32>,
    /// States in turn (tansdec, ransdec)
    #[arg(long)]
    #[serde(default)]
    states: Option<u32>,
    /// Counts sum to 2^precision (ransdec)
    #[arg(long)]
    #[serde(default)]
    precision: Option<u32>,
    /// rice or exp-golomb (ricedec)
    #[arg(long)]
    #[serde(default)]
    code: Option<String>,
    /// Parameter of the code (ricedec)
    #[arg(long)]
    #[serde(default)]
    k: Option<u32>,
    /// Zeros that announce a symbol as it is (ricedec)
    #[arg(long)]
    #[serde(default)]
    escape: Option<u32>,
    /// unsigned or zigzag (ricedec)
    #[arg(long)]
    #[serde(default)]
    map: Option<String>,
}

impl CoderArgs {
    /// The decoder for symbols of so many bits, so many a clock.
    ///
    /// # Errors
    /// There is no such decoder, or it can't have these parameters.
    pub fn resolve(&self, symbol_bits: u32, lanes: u32) -> Result<Box<dyn EntropyDecoder>, ParamError> {
        let mut given = toml::Table::new();
        for (name, value) in stateless::parameters(self) {
            let value = match value {
                serde_json::Value::String(s) if name != "coder" => toml::Value::String(s),
                serde_json::Value::Number(n) => toml::Value::Integer(n.as_i64().unwrap_or(i64::MAX)),
                _ => continue,
            };
            given.insert(name, value);
        }
        given.insert("symbol-bits".into(), i64::from(symbol_bits).into());
        given.insert("lanes".into(), i64::from(lanes).into());
        let name = self.coder.as_deref().unwrap_or(TansDec::NAME);
        Ok(match name {
            HuffDec::NAME => Box::new(Of::<HuffDec>::from_toml(given)?.core()?),
            TansDec::NAME => Box::new(Of::<TansDec>::from_toml(given)?.core()?),
            RansDec::NAME => Box::new(Of::<RansDec>::from_toml(given)?.core()?),
            RiceDec::NAME => Box::new(Of::<RiceDec>::from_toml(given)?.core()?),
            _ => {
                let right = "give huffdec, tansdec, ransdec or ricedec";
                return Err(ParamError::new("coder", name, "is no entropy decoder", right));
            }
        })
    }

    /// The same with the defaults of the decoder that was made of it.
    #[must_use]
    pub fn resolved(&self, decoder: &dyn EntropyDecoder) -> Self {
        let mut all = decoder.parameters();
        all.retain(|name, _| name != "symbol-bits" && name != "lanes");
        let name = self.coder.clone().unwrap_or_else(|| TansDec::NAME.into());
        all.insert("coder".into(), name.into());
        serde_json::from_value(all.into()).expect("a decoder's parameters are among these")
    }
}
