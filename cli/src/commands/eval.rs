//! `holigen eval <operator>`: the reference model, on operands given as codes or numbers.
use crate::args::EvalArgs;
use crate::command_line::NEXT_INPUT;
use crate::failure::{Failure, note, say};
use crate::numbers::nearest;
use crate::report::spelled;
use holigen_operators::Instance;
use holigen_verif::interface::{Encoding, Interface, Kind, Port, limbs};
use holigen_verif::values::{self, Operand};
use num_bigint::BigUint;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Most inputs of one evaluation: beyond it, it is a slip of a list.
const MOST: usize = 1 << 20;

/// One input: a code for each port, in port order.
type Token = Vec<BigUint>;

/// Evaluates and prints.
pub fn run(instance: &Instance, args: &EvalArgs) -> Result<(), Failure> {
    let core = &*instance.core;
    if core.stream().is_some() {
        return Err(Failure::usage(format!(
            "{} takes streams, not operands\n  decode a file with: holigen decode {}",
            instance.operator, instance.operator
        )));
    }
    let interface = core.interface();
    let ports: Vec<&Port> = interface.inputs().collect();
    let (tokens, notes) = read(&interface, &args.operands).map_err(|e| usage(instance, &ports, &e))?;
    for n in notes {
        note(&format!("note: {n}"));
    }
    let mut model = core.model();
    model.reset();
    let out_limbs: usize = interface.outputs().map(|p| limbs(p.width)).sum();
    let (mut text, mut json_tokens) = (String::new(), Vec::new());
    let many = tokens.len() > 1;
    for (n, token) in tokens.iter().enumerate() {
        let flat: Vec<u64> =
            ports.iter().zip(token).flat_map(|(p, code)| values::to_limbs(code, p.width)).collect();
        let mut results = vec![0; out_limbs];
        model.step(&flat, &mut results);
        let results = values::from_limbs(interface.outputs(), &results);
        if args.json {
            let inputs = ports.iter().zip(token).map(|(p, c)| (p.name.clone(), one(p, c)));
            let outputs = results.iter().map(|(p, c)| (p.name.clone(), one(p, c)));
            json_tokens.push(json!({
                "inputs": inputs.collect::<Map<_, _>>(), "outputs": outputs.collect::<Map<_, _>>(),
            }));
            continue;
        }
        let inputs: Vec<_> = ports.iter().zip(token).map(|(p, c)| spelled(p, c)).collect();
        let outputs: Vec<_> = results.iter().map(|(p, c)| spelled(p, c)).collect();
        let number = if many { format!("{}: ", n + 1) } else { String::new() };
        let _ = writeln!(text, "{number}{}  ->  {}", inputs.join("  "), outputs.join("  "));
    }
    if args.json {
        text = format!("{:#}\n", Value::Array(json_tokens));
    }
    say(&text)
}

fn one(port: &Port, code: &BigUint) -> Value {
    let mut m = Map::new();
    m.insert("code".into(), json!(values::hex(code, port.width)));
    if port.elements > 1 {
        let elements = values::elements(port, code);
        m.insert("elements".into(), elements.iter().map(|c| one(&port.element(), c)).collect());
    } else {
        let number = values::decode(port, code);
        if !number.is_empty() {
            m.insert("value".into(), json!(number));
        }
    }
    Value::Object(m)
}

fn usage(instance: &Instance, ports: &[&Port], problem: &str) -> Failure {
    let example: Vec<_> = ports
        .iter()
        .filter(|p| needed(p))
        .map(|p| {
            let one = match p.encoding {
                Encoding::Bits => "0",
                Encoding::Float(_) | Encoding::Posit(_) => "1.5",
                Encoding::Fixed { .. } => "1",
            };
            format!("{}={}", p.name, vec![one; p.elements as usize].join(","))
        })
        .collect();
    Failure::usage(format!("{problem}\n  e.g. holigen eval {} {}", instance.operator, example.join(" ")))
}

/// Whether a port has no default.
fn needed(port: &Port) -> bool {
    port.kind == Kind::Data && port.encoding != Encoding::Bits
}

/// Inputs, and remarks about rounding.
///
/// A group of operands is one input, or as many as its longest list. A new group starts at `--`, and where a port
/// is given again.
fn read(interface: &Interface, words: &[String]) -> Result<(Vec<Token>, Vec<String>), String> {
    let ports: Vec<&Port> = interface.inputs().collect();
    let mut groups: Vec<Vec<Option<Vec<Operand>>>> = vec![vec![None; ports.len()]];
    for word in words {
        let fresh = |groups: &mut Vec<Vec<_>>| {
            groups.push(vec![None; ports.len()]);
        };
        let empty = groups.last().is_none_or(|g| g.iter().all(Option::is_none));
        if word == NEXT_INPUT {
            if !empty {
                fresh(&mut groups);
            }
            continue;
        }
        let Some((name, list)) = word.split_once('=') else {
            return Err(format!("'{word}' is not an operand; operands are written port=value"));
        };
        let Some(at) = ports.iter().position(|p| p.name == name) else {
            let names: Vec<_> = ports.iter().map(|p| p.name.as_str()).collect();
            let near = nearest(name, names.iter().copied());
            let near = near.map_or(String::new(), |n| format!(" did you mean '{n}'?"));
            return Err(format!("there is no input '{name}';{near} inputs are {}", names.join(", ")));
        };
        if groups.last().is_some_and(|g| g[at].is_some()) {
            fresh(&mut groups);
        }
        let list = values::parse_list(ports[at], list);
        if let Some(group) = groups.last_mut() {
            group[at] = Some(list?);
        }
    }
    if groups.len() > 1 && groups.last().is_some_and(|g| g.iter().all(Option::is_none)) {
        groups.pop();
    }

    let (mut tokens, mut notes) = (Vec::new(), Vec::new());
    for group in groups {
        let length = group.iter().flatten().map(Vec::len).max().unwrap_or(1);
        if tokens.len() + length > MOST {
            return Err(format!("more than {MOST} inputs"));
        }
        for (p, values) in ports.iter().zip(&group) {
            match values {
                Some(v) if v.len() != 1 && v.len() != length => {
                    return Err(format!(
                        "{} has {} values where another input has {length}",
                        p.name,
                        v.len()
                    ));
                }
                None if needed(p) => return Err(format!("no value for {}", p.name)),
                None if p.kind == Kind::Data => notes.push(format!("{} is 0 where it is not given", p.name)),
                _ => {}
            }
        }
        notes.extend(group.iter().flatten().flatten().filter_map(|o| o.note.clone()));
        for n in 0..length {
            let mut token = Token::new();
            for (p, values) in ports.iter().zip(&group) {
                token.push(match values {
                    Some(v) => v[n.min(v.len() - 1)].code.clone(),
                    // The first input starts the sum.
                    None => BigUint::from(u8::from(p.kind == Kind::First && tokens.is_empty())),
                });
            }
            tokens.push(token);
        }
    }
    // Said once, however often it applies.
    notes.dedup();
    Ok((tokens, notes))
}
