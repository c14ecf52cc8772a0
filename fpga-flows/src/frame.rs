//! Registers around a core, so that every path of it lies between two registers and three pins are enough.
use std::fmt::Write as _;

/// A data or control port of a core, without its clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Bits.
    pub width: u32,
}

/// Name of the core in its frame.
pub(crate) const INSTANCE: &str = "core";

/// Verilog of the frame: a shift register feeds the inputs of the core, its outputs are taken into registers, and
/// from there a second shift register takes them out. Paths of the frame itself are one table between registers.
pub fn verilog(top: &str, frame: &str, clocked: bool, inputs: &[Port], outputs: &[Port]) -> String {
    let total = |ports: &[Port]| ports.iter().map(|p| p.width).sum::<u32>();
    let (fed, taken) = (total(inputs), total(outputs));
    let mut t = format!(
        "module {frame} (input wire clk, input wire serial_in, output wire serial_out);\n  \
         reg [{}:0] feed;\n  reg [{}:0] taken, drain;\n  wire [{}:0] results;\n  \
         always @(posedge clk) begin\n    feed <= {};\n    taken <= results;\n    drain <= {} ^ taken;\n  end\n  \
         assign serial_out = drain[{}];\n  {top} {INSTANCE} (",
        fed.max(1) - 1,
        taken - 1,
        taken - 1,
        if fed > 1 { format!("{{feed[{}:0], serial_in}}", fed - 2) } else { "serial_in".into() },
        if taken > 1 { format!("{{drain[{}:0], 1'b0}}", taken - 2) } else { "1'b0".into() },
        taken - 1,
    );
    let mut list = Vec::new();
    if clocked {
        list.push(".clk(clk)".to_owned());
    }
    for (ports, vector) in [(inputs, "feed"), (outputs, "results")] {
        let mut low = 0;
        for p in ports {
            list.push(format!(".{}({vector}[{}:{low}])", p.name, low + p.width - 1));
            low += p.width;
        }
    }
    let _ = writeln!(t, "\n    {}\n  );\nendmodule", list.join(",\n    "));
    t
}
