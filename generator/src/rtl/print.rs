//! What both printers share: the layout of lines, and the order of declarations and of register blocks.
use super::{Expr, Module, Register, SignalId, Wire};
use num_bigint::BigUint;

/// Longest line before it is broken.
pub(super) const LINE: usize = 110;

/// Breaks `text` at spaces so that no line exceeds [`LINE`]; the first line starts with `first`, the
/// others with `rest`. A space is a legal break in both languages outside of strings with spaces, and no
/// printer makes such strings.
pub(super) fn wrap(first: &str, rest: &str, text: &str) -> String {
    let mut out = String::from(first);
    let mut column = first.chars().count();
    let mut fresh = true;
    for word in text.split(' ') {
        let width = word.chars().count();
        if !fresh && column + 1 + width > LINE {
            out.push('\n');
            out.push_str(rest);
            column = rest.chars().count();
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
        fresh = false;
    }
    out
}

/// Comment lines with the given indent and mark, in ASCII: VHDL-93 tools refuse UTF-8 even in comments.
pub(super) fn comment(indent: &str, mark: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = ascii(line.trim_end());
        let prefix = format!("{indent}{mark} ");
        let wrapped = wrap(&prefix, &prefix, &line);
        for l in wrapped.lines() {
            out.push_str(l.trim_end());
            out.push('\n');
        }
    }
    out
}

/// Spells the mathematical characters that notes like to use in ASCII.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => out.push(c),
            '\t' => out.push(' '),
            '×' | '·' => out.push('*'),
            '−' | '–' | '—' => out.push('-'),
            '≤' => out.push_str("<="),
            '≥' => out.push_str(">="),
            '≠' => out.push_str("/="),
            '±' => out.push_str("+-"),
            '∞' => out.push_str("inf"),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '…' => out.push_str("..."),
            '²' => out.push_str("^2"),
            '½' => out.push_str("1/2"),
            '→' => out.push_str("->"),
            _ => out.push('?'),
        }
    }
    out
}

/// Pads the first column of each row to the widest, so that what follows lines up.
pub(super) fn align(rows: &[(String, String)]) -> Vec<String> {
    let widest = rows.iter().map(|(a, _)| a.len()).max().unwrap_or(0);
    rows.iter().map(|(a, b)| format!("{a:<widest$}{b}")).collect()
}

/// Consecutive wires without a note between them: they are aligned as one block.
pub(super) fn runs(wires: &[Wire]) -> Vec<&[Wire]> {
    let mut out = Vec::new();
    let mut start = 0;
    for i in 1..=wires.len() {
        if i == wires.len() || wires[i].note.is_some() {
            out.push(&wires[start..i]);
            start = i;
        }
    }
    out
}

/// The same, cut so that what is printed as cells stands by itself.
pub(super) fn blocks<'w>(m: &Module, wires: &'w [Wire]) -> impl Iterator<Item = &'w [Wire]> {
    let in_cells = |w: &Wire| m.cells.contains_key(&w.signal);
    wires.chunk_by(move |a, b| !in_cells(a) && !in_cells(b))
}

/// Registers that share enable, clear and reset, in the order of their first member: one block of text
/// each, so that a reader and a synthesiser see the control once.
pub(super) fn groups(registers: &[Register]) -> Vec<Vec<&Register>> {
    let mut out: Vec<Vec<&Register>> = Vec::new();
    for r in registers {
        let same =
            |g: &&mut Vec<&Register>| (g[0].reset, g[0].enable, g[0].clear) == (r.reset, r.enable, r.clear);
        match out.iter_mut().find(same) {
            Some(group) => group.push(r),
            None => out.push(vec![r]),
        }
    }
    out
}

/// Calls `f` with every signal that an expression reads.
pub(super) fn reads(e: &Expr, f: &mut impl FnMut(SignalId)) {
    match e {
        Expr::Signal(s) | Expr::Lookup(_, s) | Expr::Slice { of: s, .. } => f(*s),
        Expr::Const { .. } => {}
        Expr::Concat(parts) => parts.iter().for_each(|p| reads(p, f)),
        Expr::Replicate { bit: a, .. } | Expr::Not(a) | Expr::Reduce(_, a) => reads(a, f),
        Expr::Binary(_, a, b) => {
            reads(a, f);
            reads(b, f);
        }
        Expr::Mux(c, a, b) => {
            reads(c, f);
            reads(a, f);
            reads(b, f);
        }
    }
}

/// Where a register can be declared: text before it may not mention it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// At the head of this section.
    BeforeWires(usize),
    /// Before the register blocks of this section.
    AfterWires(usize),
}

impl Place {
    /// Order in the text.
    fn position(self) -> (usize, bool) {
        match self {
            Place::BeforeWires(k) => (k, false),
            Place::AfterWires(k) => (k, true),
        }
    }
}

/// Every register with the place of its declaration: next to the block that loads it, or further up where
/// something reads it before (a loop).
pub(super) fn declaration_places(m: &Module) -> Vec<(Place, SignalId)> {
    let mut first: Vec<Option<Place>> = vec![None; m.signals.len()];
    for (k, section) in m.sections.iter().enumerate() {
        for wire in &section.wires {
            reads(&wire.expr, &mut |s| {
                first[s.0 as usize].get_or_insert(Place::BeforeWires(k));
            });
        }
        for r in &section.registers {
            for s in [Some(r.data), r.enable, r.clear].into_iter().flatten() {
                first[s.0 as usize].get_or_insert(Place::AfterWires(k));
            }
        }
        for m in &section.memories {
            let reads = m.reads.iter().flat_map(|r| [r.enable, r.address]);
            for s in reads.chain(m.write.into_iter().flatten()) {
                first[s.0 as usize].get_or_insert(Place::AfterWires(k));
            }
        }
    }
    let mut out = Vec::new();
    for (k, section) in m.sections.iter().enumerate() {
        let reads = section.memories.iter().flat_map(|m| &m.reads).map(|r| r.signal);
        for signal in section.registers.iter().map(|r| r.signal).chain(reads) {
            let own = Place::AfterWires(k);
            let read = first[signal.0 as usize].unwrap_or(own);
            out.push((std::cmp::min_by_key(own, read, |p| p.position()), signal));
        }
    }
    out
}

/// Hexadecimal digits for `width` bits, in groups of four when there are many.
pub(super) fn hex(value: &BigUint, width: u32) -> String {
    let digits = (width as usize).div_ceil(4);
    let plain = format!("{value:0>digits$x}");
    if digits <= 8 {
        return plain;
    }
    let mut out = String::new();
    for (i, c) in plain.chars().enumerate() {
        if i > 0 && (digits - i).is_multiple_of(4) {
            out.push('_');
        }
        out.push(c);
    }
    out
}

/// Constants that read better in decimal.
pub(super) fn is_small(value: &BigUint) -> bool {
    *value <= BigUint::from(9u32)
}
