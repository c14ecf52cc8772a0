//! `holigen formats [names]`.
use crate::failure::{Failure, say};
use crate::report::table;
use holigen_verif::exact::{Dyadic, Value};
use holigen_verif::format::{FloatFormat, FormatError, NAMED, NAMED_POSITS, PositFormat};
use holigen_verif::values::short;
use serde_json::{Value as Json, json};

/// A format and a line about it; none for those without a name of their own.
enum Wanted {
    Float(FloatFormat, &'static str),
    Posit(PositFormat, &'static str),
}

impl Wanted {
    fn all() -> Vec<Self> {
        let floats = NAMED.iter().map(|(_, format, about)| Self::Float(*format, about));
        floats.chain(NAMED_POSITS.iter().map(|(format, about)| Self::Posit(*format, about))).collect()
    }

    fn named(name: &str) -> Result<Self, Failure> {
        if name.trim().to_ascii_lowercase().starts_with("posit") {
            let format: PositFormat = name.parse().map_err(|e: FormatError| Failure::usage(e.to_string()))?;
            let about = NAMED_POSITS.iter().find(|n| n.0 == format).map_or("", |n| n.1);
            return Ok(Self::Posit(format, about));
        }
        let format: FloatFormat = name.parse().map_err(|e: FormatError| Failure::usage(e.to_string()))?;
        let about = NAMED.iter().find(|n| n.1 == format).map_or("", |n| n.2);
        Ok(Self::Float(format, about))
    }

    fn json(&self) -> Json {
        match self {
            Self::Float(f, about) => json!({
                "name": f.name(), "bits": f.width(), "we": f.we(), "wf": f.wf(), "bias": f.bias(),
                "encoding": f.encoding().name(), "signed": f.is_signed(),
                "max": exact(&f.max_finite()), "min_positive": f.min_positive().map(|m| exact(&m)),
                "infinity": f.has_infinity(), "nan": f.has_nan(), "negative_zero": f.has_negative_zero(),
                "description": about,
            }),
            Self::Posit(f, about) => json!({
                "name": f.name(), "bits": f.width(), "es": f.es(), "encoding": "posit", "signed": true,
                "max": exact(&f.max_finite()), "min_positive": exact(&f.min_positive()),
                "infinity": false, "nan": true, "negative_zero": false, "quire_bits": f.quire_bits(),
                "description": about,
            }),
        }
    }
}

/// Prints the formats that have a name, or those asked for.
pub fn run(names: &[String], json: bool) -> Result<(), Failure> {
    let wanted = if names.is_empty() {
        Wanted::all()
    } else {
        names.iter().map(|name| Wanted::named(name)).collect::<Result<_, _>>()?
    };
    if json {
        let all: Vec<_> = wanted.iter().map(Wanted::json).collect();
        return say(&format!("{:#}\n", json!(all)));
    }
    let mut floats =
        table(&["format", "bits", "we", "wf", "bias", "largest", "least > 0", "inf", "nan", "-0", "what"]);
    let mut posits = table(&["posit", "bits", "es", "largest", "least > 0", "quire", "what"]);
    let mark = |has: bool| if has { "yes" } else { "-" }.to_owned();
    for w in &wanted {
        match w {
            Wanted::Float(f, about) => floats.add_row([
                f.name(),
                f.width().to_string(),
                f.we().to_string(),
                f.wf().to_string(),
                f.bias().to_string(),
                short(&Value::Finite(f.max_finite())),
                f.min_positive().map_or("-".into(), |m| short(&Value::Finite(m))),
                mark(f.has_infinity()),
                mark(f.has_nan()),
                mark(f.has_negative_zero()),
                (*about).to_owned(),
            ]),
            Wanted::Posit(f, about) => posits.add_row([
                f.name(),
                f.width().to_string(),
                f.es().to_string(),
                format!("2^{}", f.max_scale()),
                format!("2^{}", -f.max_scale()),
                f.quire_bits().to_string(),
                (*about).to_owned(),
            ]),
        };
    }
    let mut text = String::new();
    if !floats.is_empty() {
        text += &format!(
            "{}\n\nBeside these: e<we>m<wf>, e<we>m<wf>:<ieee|fn|fnuz|finite|p3109>, and P3109's binary<K>p<P><s|u><e|f>.\n",
            floats.trim_fmt()
        );
    }
    if !posits.is_empty() {
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!(
            "{gap}{}\n\nBeside these: posit<n>_<es> with n = 3 to 64, es = 0 to 5; one zero, one NaR, no infinity.\n",
            posits.trim_fmt()
        );
    }
    say(&text)
}

/// Hexadecimal, since the decimal digits of a tiny number fill a page.
fn exact(x: &Dyadic) -> String {
    x.to_hex()
}
