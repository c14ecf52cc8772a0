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

/// Longest shift register. Yosys sorts registers by what they read, one call within the other, and the stack of its
/// WebAssembly ends at some 2500 of them.
const LONGEST: u32 = 2048;

/// Verilog of the frame: a shift register feeds the inputs of the core, its outputs are taken into registers, and
/// from there a second shift register takes them out. Paths of the frame itself are one table between registers.
/// Where there are more bits than a shift register has, there are several of them: those that feed begin with sums of
/// bits of the first, so that no two have the same bits.
pub fn verilog(top: &str, frame: &str, clocked: bool, inputs: &[Port], outputs: &[Port]) -> String {
    let total = |ports: &[Port]| ports.iter().map(|p| p.width).sum::<u32>();
    let (fed, taken) = (total(inputs).max(1), total(outputs));
    let begin = |k: u32| if k == 0 { "serial_in".into() } else { format!("feed[{}] ^ feed[{k}]", k - 1) };
    let ends: Vec<String> = parts(taken).map(|(_, top)| format!("drain[{top}]")).collect();
    let mut t = format!(
        "module {frame} (input wire clk, input wire serial_in, output wire serial_out);\n  \
         reg [{}:0] feed;\n  reg [{}:0] taken, drain;\n  wire [{}:0] results;\n  \
         always @(posedge clk) begin\n    feed <= {};\n    taken <= results;\n    drain <= {} ^ taken;\n  end\n  \
         assign serial_out = {};\n  {top} {INSTANCE} (",
        fed - 1,
        taken - 1,
        taken - 1,
        shifted("feed", fed, begin),
        shifted("drain", taken, |_| "1'b0".into()),
        ends.join(" ^ "),
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

/// The lowest and the highest bit of each shift register of so many bits.
fn parts(bits: u32) -> impl DoubleEndedIterator<Item = (u32, u32)> {
    (0..bits.div_ceil(LONGEST)).map(move |k| (k * LONGEST, bits.min((k + 1) * LONGEST) - 1))
}

/// A vector of shift registers at the next edge, `begin` of each going in.
fn shifted(vector: &str, bits: u32, begin: impl Fn(u32) -> String) -> String {
    if bits == 1 {
        return begin(0);
    }
    let mut list = Vec::new();
    for (low, top) in parts(bits).rev() {
        if top > low {
            list.push(format!("{vector}[{}:{low}]", top - 1));
        }
        list.push(begin(low / LONGEST));
    }
    format!("{{{}}}", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bits: u32) -> String {
        let port = |name: &str, width: u32| Port { name: name.into(), width };
        verilog("core", "core_frame", true, &[port("x", bits)], &[port("r", bits)])
    }

    #[test]
    fn one_shift_register_each() {
        let text = frame(LONGEST);
        assert!(text.contains("feed <= {feed[2046:0], serial_in};"), "{text}");
        assert!(text.contains("drain <= {drain[2046:0], 1'b0} ^ taken;"), "{text}");
        assert!(text.contains("serial_out = drain[2047];"), "{text}");
        let text = frame(1);
        assert!(text.contains("feed <= serial_in;") && text.contains("drain <= 1'b0 ^ taken;"), "{text}");
    }

    #[test]
    fn several_shift_registers() {
        let text = frame(2 * LONGEST + 1);
        let fed = "feed <= {feed[1] ^ feed[2], feed[4094:2048], feed[0] ^ feed[1], feed[2046:0], serial_in};";
        assert!(text.contains(fed), "{text}");
        assert!(
            text.contains("drain <= {1'b0, drain[4094:2048], 1'b0, drain[2046:0], 1'b0} ^ taken;"),
            "{text}"
        );
        assert!(text.contains("serial_out = drain[2047] ^ drain[4095] ^ drain[4096];"), "{text}");
    }
}
