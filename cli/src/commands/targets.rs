//! `holigen targets`.
use crate::failure::{Failure, say};
use crate::report::table;
use holigen_generator::target::{CarryChain, Target};
use serde_json::json;

fn carry(chain: CarryChain) -> &'static str {
    match chain {
        CarryChain::None => "none",
        CarryChain::Carry4 => "CARRY4",
        CarryChain::Carry8 => "CARRY8",
        CarryChain::Ccu2 => "CCU2",
        CarryChain::SbCarry => "SB_CARRY",
        CarryChain::Alu => "ALU",
        CarryChain::Alm => "ALM",
    }
}

/// Prints the targets.
pub fn run(json: bool) -> Result<(), Failure> {
    if json {
        let one = |t: &Target| {
            json!({
                "name": t.name, "aliases": t.aliases, "family": t.family, "description": t.description,
                "lut_inputs": t.lut_inputs, "carry": carry(t.carry_chain), "ternary_adder": t.ternary_adder,
                "dsp": t.dsp.as_ref().map(|d| [d.a_bits, d.b_bits]),
                "lut_ps": t.lut_level(), "adder_8_ps": t.add(8), "adder_32_ps": t.add(32),
            })
        };
        return say(&format!("{:#}\n", json!(Target::all().iter().map(one).collect::<Vec<_>>())));
    }
    let mut table =
        table(&["target", "also", "what", "inputs", "carry", "DSP", "8-bit adder", "32-bit adder"]);
    for t in Target::all() {
        table.add_row([
            t.name.clone(),
            t.aliases.join(", "),
            t.description.clone(),
            t.lut_inputs.to_string(),
            carry(t.carry_chain).to_owned(),
            t.dsp.as_ref().map_or(String::new(), |d| format!("{} x {}", d.a_bits, d.b_bits)),
            format!("{:.0} ps", t.add(8)),
            format!("{:.0} ps", t.add(32)),
        ]);
    }
    say(&format!(
        "{}\n\nThe first is the default. For asic, --gate-ps says what a gate takes.\n",
        table.trim_fmt()
    ))
}
