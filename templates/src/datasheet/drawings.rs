//! The pictures of a datasheet, as SVG.
use super::{DatasheetPort, DatasheetStage};
use std::fmt::Write as _;

/// Text in SVG.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn open(width: u32, height: u32, label: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" style=\"max-width:{width}px\" \
         role=\"img\" aria-label=\"{label}\">\n"
    )
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return escape(text);
    }
    let start: String = text.chars().take(most - 1).collect();
    escape(start.trim_end()) + "…"
}

/// The core as a box with its ports.
pub(super) fn symbol(module: &str, ports: &[DatasheetPort]) -> String {
    const ROW: u32 = 24;
    let left: Vec<_> = ports.iter().filter(|p| p.is_input).collect();
    let right: Vec<_> = ports.iter().filter(|p| !p.is_input).collect();
    let rows = left.len().max(right.len()) as u32;
    let longest = |list: &[&DatasheetPort]| list.iter().map(|p| p.name.len()).max().unwrap_or(0) as u32;
    let inner = (9 * (longest(&left) + longest(&right)) + 50).max(9 * module.len() as u32 + 30).max(170);
    let (arm, top) = (74, 34);
    let (width, height) = (inner + 2 * arm, top + rows * ROW + 16);
    let mut s = open(width, height, "symbol with ports");
    let _ = writeln!(
        s,
        "<rect class=\"box\" x=\"{arm}\" y=\"1\" width=\"{inner}\" height=\"{}\" rx=\"4\"/>",
        height - 2
    );
    let _ = writeln!(s, "<text class=\"strong mid\" x=\"{}\" y=\"22\">{}</text>", width / 2, escape(module));
    for (list, input) in [(&left, true), (&right, false)] {
        for (i, p) in list.iter().enumerate() {
            let y = top + i as u32 * ROW + ROW / 2;
            let bus = if p.width > 1 { "wire bus" } else { "wire" };
            let (from, to, name_x, class) = match input {
                true => (2, arm, arm + 10, "label"),
                false => (arm + inner, width - 2, arm + inner - 10, "label end"),
            };
            let _ = writeln!(s, "<path class=\"{bus}\" d=\"M{from} {y}H{to}\"/>");
            if p.kind == "clock" {
                let _ = writeln!(s, "<path class=\"wire\" d=\"M{arm} {}l8 6l-8 6\"/>", y - 6);
            }
            let tip = if input { arm } else { width - 2 };
            let _ = writeln!(s, "<path class=\"tip\" d=\"M{tip} {y}l-7 -4v8z\"/>");
            let _ = writeln!(
                s,
                "<text class=\"{class}\" x=\"{name_x}\" y=\"{}\">{}</text>",
                y + 4,
                escape(&p.name)
            );
            if p.width > 1 {
                let middle = (from + to) / 2;
                let _ = writeln!(s, "<path class=\"wire\" d=\"M{} {}l6 -10\"/>", middle - 3, y + 5);
                let _ = writeln!(
                    s,
                    "<text class=\"small mid\" x=\"{middle}\" y=\"{}\">{}</text>",
                    y - 7,
                    p.width
                );
            }
        }
    }
    s + "</svg>"
}

/// Clocks at which a waveform has tokens.
const TOKENS: [bool; 4] = [true, true, false, true];

/// Which clocks are drawn for a latency: those of the tokens, those of their results, and a gap if there is one.
fn clocks(latency: u32) -> Vec<Option<u32>> {
    let inputs = TOKENS.len() as u32 + 1;
    if latency <= 7 {
        return (0..latency + inputs).map(Some).collect();
    }
    let first = (0..inputs).map(Some);
    first.chain([None]).chain((latency - 1..latency + inputs).map(Some)).collect()
}

/// Latency and handshake: three tokens with a bubble among them.
pub(super) fn waveform(ports: &[DatasheetPort], latency: u32) -> String {
    const CELL: u32 = 58;
    const ROW: u32 = 34;
    let clocks = clocks(latency);
    let rows: Vec<_> = ports.iter().filter(|p| !matches!(p.kind.as_str(), "reset" | "enable")).collect();
    let names = rows.iter().map(|p| p.name.len()).max().unwrap_or(3) as u32 * 9 + 18;
    let width = names + clocks.len() as u32 * CELL + 8;
    let height = rows.len() as u32 * ROW + 34;
    let mut s = open(width, height, "waveform of latency and handshake");
    for (i, clock) in clocks.iter().enumerate() {
        let x = names + i as u32 * CELL;
        match clock {
            Some(t) => {
                let _ = writeln!(s, "<path class=\"grid\" d=\"M{x} 18V{}\"/>", height - 8);
                let _ = writeln!(s, "<text class=\"small mid\" x=\"{}\" y=\"13\">{t}</text>", x + CELL / 2);
            }
            None => {
                let _ = writeln!(
                    s,
                    "<text class=\"strong mid\" x=\"{}\" y=\"{}\">…</text>",
                    x + CELL / 2,
                    height / 2
                );
            }
        }
    }
    for (row, p) in rows.iter().enumerate() {
        let y = 22 + row as u32 * ROW;
        let _ = writeln!(
            s,
            "<text class=\"label end\" x=\"{}\" y=\"{}\">{}</text>",
            names - 10,
            y + 16,
            escape(&p.name)
        );
        for (i, clock) in clocks.iter().enumerate() {
            let Some(t) = *clock else { continue };
            let x = names + i as u32 * CELL;
            let shown = if p.is_input { Some(t) } else { t.checked_sub(latency) };
            let token = shown.filter(|k| TOKENS.get(*k as usize) == Some(&true));
            match p.kind.as_str() {
                "clock" => {
                    let (h, l) = (y + 2, y + 20);
                    let half = CELL / 2;
                    let _ = writeln!(s, "<path class=\"wire\" d=\"M{x} {l}V{h}h{half}V{l}h{half}\"/>");
                }
                "valid" | "first" => {
                    let high = |t: Option<u32>| {
                        let k = if p.is_input { t } else { t.and_then(|t| t.checked_sub(latency)) };
                        let token = k.filter(|k| TOKENS.get(*k as usize) == Some(&true));
                        token.is_some_and(|k| p.kind == "valid" || k == 0 || k == 3)
                    };
                    let before = i > 0 && high(t.checked_sub(1));
                    level(&mut s, x, y, CELL, before, high(Some(t)));
                }
                _ => {
                    let name = token.map(|k| format!("{}{}", p.name, subscript(k)));
                    value(&mut s, x, y, CELL, name);
                }
            }
        }
    }
    s + "</svg>"
}

/// Number of a token.
fn subscript(k: u32) -> char {
    char::from_u32(0x2080 + TOKENS[..k as usize].iter().filter(|t| **t).count() as u32).unwrap_or('?')
}

fn level(s: &mut String, x: u32, y: u32, w: u32, before: bool, high: bool) {
    let at = |high: bool| if high { y + 2 } else { y + 20 };
    let _ = writeln!(s, "<path class=\"wire\" d=\"M{x} {}V{}h{w}\"/>", at(before), at(high));
}

fn value(s: &mut String, x: u32, y: u32, w: u32, name: Option<String>) {
    let (l, r, h, m, b) = (x + 5, x + w - 5, y + 2, y + 11, y + 20);
    let class = if name.is_some() { "token" } else { "idle" };
    let _ = writeln!(s, "<path class=\"{class}\" d=\"M{x} {m}L{l} {h}H{r}L{} {m}L{r} {b}H{l}z\"/>", x + w);
    if let Some(name) = name {
        let _ = writeln!(
            s,
            "<text class=\"small mid\" x=\"{}\" y=\"{}\">{}</text>",
            x + w / 2,
            y + 15,
            cut(&name, 8)
        );
    }
}

/// The stages with what each does, how full it is, and the registers between them.
pub(super) fn pipeline(stages: &[DatasheetStage], clocked: bool) -> String {
    const BOX: u32 = 46;
    const REGISTER: u32 = 32;
    let (left, wide, width) = (54, 520, 700);
    let step = BOX + if clocked { REGISTER } else { 8 };
    let height = stages.len() as u32 * step + 44;
    let mut s = open(width, height, "block diagram of the stages");
    let middle = left + wide / 2;
    let _ = writeln!(s, "<text class=\"small mid\" x=\"{middle}\" y=\"12\">inputs</text>");
    for (k, stage) in stages.iter().enumerate() {
        let y = 20 + k as u32 * step;
        let _ = writeln!(
            s,
            "<path class=\"wire\" d=\"M{middle} {}v5\"/><path class=\"tip\" d=\"M{middle} {y}l-4 -6h8z\"/>",
            y - 5
        );
        let _ = writeln!(
            s,
            "<rect class=\"box\" x=\"{left}\" y=\"{y}\" width=\"{wide}\" height=\"{BOX}\" rx=\"4\"/>"
        );
        if let Some(full) = stage.full {
            let share = (f64::from(wide - 16) * full.clamp(0.0, 1.0)).round() as u32;
            let _ = writeln!(
                s,
                "<rect class=\"slack\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"4\"/>",
                left + 8,
                y + BOX - 9,
                wide - 16
            );
            let _ = writeln!(
                s,
                "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{share}\" height=\"4\"/>",
                left + 8,
                y + BOX - 9
            );
        }
        let _ = writeln!(
            s,
            "<text class=\"small end\" x=\"{}\" y=\"{}\">{}</text>",
            left - 10,
            y + 18,
            if clocked { k.to_string() } else { String::new() }
        );
        let title = if stage.title.is_empty() { "(nothing but registers)" } else { &stage.title };
        let _ = writeln!(
            s,
            "<text class=\"label\" x=\"{}\" y=\"{}\">{}</text>",
            left + 10,
            y + 16,
            cut(title, 60)
        );
        let time = match stage.full {
            Some(full) => format!("{:.0} ps, {:.0} %", stage.used_ps, full * 100.0),
            None => format!("{:.0} ps", stage.used_ps),
        };
        let _ = writeln!(
            s,
            "<text class=\"small end\" x=\"{}\" y=\"{}\">{time}</text>",
            left + wide - 10,
            y + 16
        );
        let _ = writeln!(
            s,
            "<text class=\"small\" x=\"{}\" y=\"{}\">{}</text>",
            left + 10,
            y + 31,
            cut(&stage.operations.join(" · "), 88)
        );
        if !stage.states.is_empty() {
            let x = left + wide;
            let _ = writeln!(
                s,
                "<path class=\"wire\" d=\"M{x} {}h22v-28h-18\"/><path class=\"tip\" d=\"M{x} {}l8 -4v8z\"/>",
                y + 37,
                y + 9
            );
            let _ = writeln!(
                s,
                "<rect class=\"flop\" x=\"{}\" y=\"{}\" width=\"10\" height=\"14\"/>",
                x + 17,
                y + 16
            );
            let _ = writeln!(
                s,
                "<text class=\"small\" x=\"{}\" y=\"{}\">{}</text>",
                x + 32,
                y + 27,
                cut(&stage.states.join(", "), 15)
            );
        }
        if clocked {
            let at = y + BOX + 4;
            let _ = writeln!(s, "<path class=\"wire\" d=\"M{middle} {}v4\"/>", y + BOX);
            let _ = writeln!(
                s,
                "<rect class=\"flop\" x=\"{}\" y=\"{at}\" width=\"{}\" height=\"16\"/>",
                left + 60,
                wide - 120
            );
            let _ = writeln!(s, "<path class=\"wire\" d=\"M{} {}l7 5l-7 5\"/>", left + 60, at + 3);
            let _ = writeln!(
                s,
                "<text class=\"small mid\" x=\"{middle}\" y=\"{}\">{} bits</text>",
                at + 12,
                stage.register_bits
            );
        }
    }
    let end = 20 + stages.len() as u32 * step;
    let _ = writeln!(
        s,
        "<path class=\"wire\" d=\"M{middle} {}v8\"/><path class=\"tip\" d=\"M{middle} {end}l-4 -6h8z\"/>",
        end - 9
    );
    let _ = writeln!(s, "<text class=\"small mid\" x=\"{middle}\" y=\"{}\">outputs</text>", end + 14);
    s + "</svg>"
}

/// The fields of a code, from the highest bit down.
pub(super) fn fields(width: u32, fields: &[(String, u32)]) -> String {
    let cell = (560 / width.max(1)).clamp(7, 34);
    let total = width * cell;
    let mut s = open(total.max(200) + 4, 58, "fields of a code");
    let (mut x, mut bit) = (2, width);
    for (i, (name, bits)) in fields.iter().enumerate() {
        let w = bits * cell;
        let _ =
            writeln!(s, "<rect class=\"field{}\" x=\"{x}\" y=\"16\" width=\"{w}\" height=\"22\"/>", i % 3);
        let fits = (w / 7) as usize;
        if fits >= 1 {
            let _ = writeln!(
                s,
                "<text class=\"small mid\" x=\"{}\" y=\"31\">{}</text>",
                x + w / 2,
                cut(name, fits.max(2))
            );
        }
        let high = bit - 1;
        let _ = writeln!(s, "<text class=\"tiny\" x=\"{x}\" y=\"11\">{high}</text>");
        if *bits > 1 {
            let _ = writeln!(s, "<text class=\"tiny end\" x=\"{}\" y=\"11\">{}</text>", x + w, bit - bits);
        }
        if fits < name.len() {
            let _ = writeln!(s, "<text class=\"tiny\" x=\"{x}\" y=\"50\">{}</text>", escape(name));
        }
        x += w;
        bit -= bits;
    }
    s + "</svg>"
}
