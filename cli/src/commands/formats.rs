//! `holigen formats [names]`.
use crate::failure::{Failure, say};
use crate::report::table;
use crate::values::short;
use holigen_verif::exact::{Dyadic, Value};
use holigen_verif::format::{FloatFormat, NAMED};
use serde_json::json;

/// Prints the formats that have a name, or those asked for.
pub fn run(names: &[String], json: bool) -> Result<(), Failure> {
    let wanted: Vec<(FloatFormat, &str)> = if names.is_empty() {
        NAMED.iter().map(|(_, format, about)| (*format, *about)).collect()
    } else {
        let one = |name: &String| match name.parse::<FloatFormat>() {
            Ok(format) => {
                let about = NAMED.iter().find(|n| n.1 == format).map_or("", |n| n.2);
                Ok((format, about))
            }
            Err(e) => Err(Failure::usage(e.to_string())),
        };
        names.iter().map(one).collect::<Result<_, _>>()?
    };
    if json {
        let one = |(f, about): &(FloatFormat, &str)| {
            json!({
                "name": f.name(), "bits": f.width(), "we": f.we(), "wf": f.wf(), "bias": f.bias(),
                "encoding": f.encoding().name(), "signed": f.is_signed(),
                "max": exact(&f.max_finite()), "min_positive": f.min_positive().map(|m| exact(&m)),
                "infinity": f.has_infinity(), "nan": f.has_nan(), "negative_zero": f.has_negative_zero(),
                "description": about,
            })
        };
        return say(&format!("{:#}\n", json!(wanted.iter().map(one).collect::<Vec<_>>())));
    }
    let mut t =
        table(&["format", "bits", "we", "wf", "bias", "largest", "least > 0", "inf", "nan", "-0", "what"]);
    let mark = |has: bool| if has { "yes" } else { "-" }.to_owned();
    for (f, about) in wanted {
        t.add_row([
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
            about.to_owned(),
        ]);
    }
    say(&format!(
        "{}\n\nBeside these: e<we>m<wf>, e<we>m<wf>:<ieee|fn|fnuz|finite|p3109>, and P3109's binary<K>p<P><s|u><e|f>.\n",
        t.trim_fmt()
    ))
}

/// Hexadecimal, since the decimal digits of a tiny number fill a page.
fn exact(x: &Dyadic) -> String {
    x.to_hex()
}
