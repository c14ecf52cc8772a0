//! The Verilog text and the VHDL text are the same machine.
//!
//! All registers are cut: from any common state and any inputs, both texts load the same into each register and show
//! the same outputs. That is an induction over the clocks whose step is one combinational question.
use super::top::Top;
use super::{Gap, Obligation, Subject};
use holigen_generator::rtl::Table;
use holigen_proof::unroll::{Unroller, at};
use holigen_proof::{Bit, Netlist, Workshop};
use holigen_sim::external::ToolError;
use num_bigint::BigUint;

/// The nets of a register in the netlist of a language whose names may have lost their capitals.
fn nets<'n>(n: &'n Netlist, name: &str) -> Option<&'n [Bit]> {
    n.register(name).or_else(|| n.register(&name.to_lowercase()))
}

/// Whether GHDL 2.0 writes zeros for a table: of its constants of 33 to 64 bits it looks at the lower 32 only to tell
/// whether all are zero.
fn misread(table: &Table) -> bool {
    let bits = u64::from(table.width) << table.index_width;
    let whole = table.entries.iter().fold(BigUint::ZERO, |all, e| (all << table.width) | e);
    (33..=64).contains(&bits) && whole.trailing_zeros().is_some_and(|zeros| zeros >= 32)
}

pub fn obligation(
    subject: &Subject<'_>,
    vhdl: &Netlist,
    shop: &Workshop,
) -> Result<Result<Obligation, Gap>, ToolError> {
    if let Some(table) = subject.compiled.module.tables.iter().find(|t| misread(t)) {
        return Ok(Err(Gap(format!(
            "GHDL's synthesis loses the table {}, so the VHDL text can't be compared; simulators read it well",
            table.name
        ))));
    }
    let places = subject.places();
    let mut top = Top::new("equality");
    for (netlist, module, prefix) in [(&subject.verilog, "from_verilog", "v_"), (vhdl, "from_vhdl", "h_")] {
        let mut u = Unroller::new(netlist, -1);
        let mut found = Vec::new();
        for p in &places {
            if let Some(nets) = nets(netlist, p.name) {
                u.cut(p.name, nets, 0);
                found.push((p.name, nets));
            }
        }
        // Ports that a text does not read are ports all the same.
        for p in subject.verilog.inputs.iter().filter(|p| p.name != "clk") {
            u.want_input(&p.name, 0);
        }
        for (name, nets) in found {
            u.data(name, nets, 0);
        }
        for p in &netlist.outputs {
            u.output(&p.name, &p.bits, 0);
        }
        let more = registers_elsewhere(netlist, &places.iter().map(|p| p.name).collect::<Vec<_>>());
        if more > 0 {
            return Ok(Err(Gap(format!("{more} register bits of a text belong to no register of the core"))));
        }
        shop.write(&format!("{module}.json"), &u.json(module).to_string())?;
        top.instance(module, &u.inputs(), &u.outputs(), prefix);
    }
    // What a text does not read, Yosys drops. The rest must then be equal whatever such a register holds.
    let both = places.iter().filter(|p| [&subject.verilog, vhdl].iter().all(|n| nets(n, p.name).is_some()));
    let registers = both.map(|p| (p.name, 1));
    for (name, t) in registers.chain(subject.verilog.outputs.iter().map(|p| (p.name.as_str(), 0))) {
        let at = at(name, t);
        top.need(format!("v_{at} == h_{at}"));
        top.show(&format!("differs_{name}"), 1, &format!("v_{at} != h_{at}"));
    }
    shop.write("equality.v", &top.text())?;
    Ok(Ok(Obligation {
        name: "equal".into(),
        claim: "the Verilog and the VHDL text load the same into every register and show the same outputs, from any \
                state"
            .into(),
        files: ["from_verilog.json", "from_vhdl.json", "equality.v"].map(String::from).into(),
        ports: top.ports(),
        bits: top.bits(),
        top: top.name(),
        cases: Vec::new(),
        by_values: false,
    }))
}

/// Register bits that none of the names covers.
fn registers_elsewhere(n: &Netlist, names: &[&str]) -> usize {
    let covered: std::collections::HashSet<Bit> =
        names.iter().filter_map(|name| nets(n, name)).flatten().copied().collect();
    n.registers.keys().filter(|q| !covered.contains(&Bit::Net(**q))).count()
}
