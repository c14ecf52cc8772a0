//! Constant tables.
use super::{constant, names_of, range};
use crate::rtl::print::hex;
use crate::rtl::{Expr, Module, SignalId, SignalKind, Table, TableId};
use num_bigint::BigUint;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Largest table printed as a function; beyond, an array filled in an `initial` block parses faster.
pub(super) const FUNCTION_ENTRIES: usize = 4096;

/// Cases of fewer entries are never made memories.
const MEMORY_ENTRIES: usize = 8;

/// Larger tables may be memories wherever their registers are.
const LOGIC_ENTRIES: usize = 256;

/// Tables that are indexed by registers alone. Yosys makes memories of constant cases, and a memory with registers at its
/// address becomes one whose registers are at its data: the table would move to the stage before.
pub(super) fn held(m: &Module) -> BTreeSet<TableId> {
    fn is_held(m: &Module, wires: &BTreeMap<SignalId, &Expr>, e: &Expr) -> bool {
        match e {
            Expr::Const { .. } => true,
            Expr::Signal(s) | Expr::Slice { of: s, .. } => {
                matches!(m.signal(*s).kind, SignalKind::Register)
                    || wires.get(s).is_some_and(|e| is_held(m, wires, e))
            }
            Expr::Concat(parts) => parts.iter().all(|e| is_held(m, wires, e)),
            _ => false,
        }
    }
    let all = || m.sections.iter().flat_map(|s| &s.wires);
    let wires = all().map(|w| (w.signal, &w.expr)).collect();
    let read =
        all().filter_map(|w| if let Expr::Lookup(t, index) = w.expr { Some((t, index)) } else { None });
    read.filter(|(_, index)| is_held(m, &wires, &Expr::Signal(*index))).map(|(t, _)| t).collect()
}

/// A table as a function of its index, or as an array.
pub(super) fn print(m: &Module, table: &Table, held: bool, out: &mut String) {
    let range = if table.width == 1 { String::new() } else { format!("{} ", range(table.width)) };
    let name = &table.name;
    if table.entries.len() > FUNCTION_ENTRIES {
        let _ = writeln!(out, "  reg {range}{name} [0:{}];", table.entries.len() - 1);
        out.push_str("  initial begin\n");
        for (i, entry) in table.entries.iter().enumerate() {
            let _ = writeln!(out, "    {name}[{i}] = {};", entry_of(entry, table));
        }
        out.push_str("  end\n");
        return;
    }
    let index = names_of(m).take("index");
    let index_range =
        if table.index_width == 1 { String::new() } else { format!("[{}:0] ", table.index_width - 1) };
    let _ = writeln!(out, "  function {range}{name};");
    let _ = writeln!(out, "    input {index_range}{index};");
    // Two entries a line, one for each value of the lowest bit, are no constants. A table that the lowest bit tells
    // nothing would not read it at all, which linters take for a mistake.
    let pairs_differ = || table.entries.chunks(2).any(|pair| pair[0] != pair[1]);
    let apart =
        u32::from(held && (MEMORY_ENTRIES..=LOGIC_ENTRIES).contains(&table.entries.len()) && pairs_differ());
    let label_width = table.index_width - apart;
    let label = |i: usize| format!("{label_width}'h{}", hex(&BigUint::from(i), label_width));
    let selected = if apart == 1 { format!("{index}[{label_width}:1]") } else { index.clone() };
    let _ = writeln!(out, "    case ({selected})");
    for (i, entries) in table.entries.chunks(1 << apart).enumerate() {
        let value = match entries {
            [even, odd] if even != odd => {
                format!("{index}[0] ? {} : {}", entry_of(odd, table), entry_of(even, table))
            }
            entries => entry_of(&entries[0], table),
        };
        let _ = writeln!(out, "      {}: {name} = {value};", label(i));
    }
    // Every index is listed: this is reached by unknown bits only and passes them on.
    let _ = writeln!(out, "      default: {name} = {}'bx;", table.width);
    out.push_str("    endcase\n  endfunction\n");
}

/// An entry; all in one base, so that columns line up.
fn entry_of(value: &BigUint, table: &Table) -> String {
    if table.width == 1 {
        constant(value, 1)
    } else {
        format!("{}'h{}", table.width, hex(value, table.width))
    }
}
