//! Icarus Verilog: four-valued, so it shows bits that nothing has set.
use super::tool::{IVERILOG, ToolError, VVP};
use super::{Engine, Options, SourceText, TextPort, bits, wave_path, work_folder, write};
use crate::stimulus::{Outputs, Stimulus};
use std::fmt::Write as _;

/// The simulator.
#[derive(Clone, Copy, Debug)]
pub struct Icarus;

impl Engine for Icarus {
    fn name(&self) -> &'static str {
        "icarus"
    }

    fn run_with(
        &self,
        text: &SourceText,
        stimulus: &Stimulus,
        options: &Options,
    ) -> Result<Outputs, ToolError> {
        text.check(stimulus);
        let folder = work_folder()?;
        let at = |name: &str| folder.path().join(name);
        write(&at("core.v"), &text.verilog)?;
        write(&at("harness.v"), harness(text, options.wave.is_some()))?;
        write(&at("in.txt"), bits::write(&text.inputs, stimulus))?;
        IVERILOG
            .command()?
            .args(["-g2005", "-s", "holigen_harness", "-o", "harness.vvp", "core.v", "harness.v"])
            .folder(folder.path())
            .limit(options.limit)
            .succeed()?;
        let mut run = VVP.command()?.args(["-n", "harness.vvp"]).folder(folder.path()).limit(options.limit);
        if let Some(wave) = wave_path(options)? {
            let mut argument = std::ffi::OsString::from("+wave=");
            argument.push(wave);
            run = run.arg(argument);
        }
        let said = run.succeed()?;
        let file = std::fs::read(at("out.txt")).map_err(ToolError::file(at("out.txt")))?;
        bits::read(&text.outputs, stimulus.cycles, &file).map_err(|why| run.failed(&said, why))
    }
}

/// Connections of ports to slices of a vector, the first port uppermost.
fn connections(ports: &[TextPort], vector: &str, out: &mut Vec<String>) -> u32 {
    let total = ports.iter().map(|p| p.width).sum();
    let mut high: u32 = total;
    for p in ports {
        out.push(format!(".{}({vector}[{}:{}])", p.name, high - 1, high - p.width));
        high -= p.width;
    }
    total
}

fn harness(text: &SourceText, wave: bool) -> String {
    let mut list = Vec::new();
    if text.clocked {
        list.push(".clk(clk)".to_string());
    }
    let inputs = connections(&text.inputs, "in", &mut list);
    let outputs = connections(&text.outputs, "out", &mut list);
    let mut t = String::from("`timescale 1ns/1ns\nmodule holigen_harness;\n  reg clk;\n");
    let _ = writeln!(t, "  reg [{}:0] in;\n  wire [{}:0] out;", inputs.max(1) - 1, outputs.max(1) - 1);
    t.push_str("  integer from, to, got;\n");
    if wave {
        t.push_str("  reg [8*4096:1] wave;\n");
    }
    let _ = writeln!(t, "  {} dut (\n    {}\n  );", text.top, list.join(",\n    "));
    t.push_str("  initial begin\n    clk = 0;\n");
    if wave {
        t.push_str("    if ($value$plusargs(\"wave=%s\", wave)) begin\n");
        t.push_str("      $dumpfile(wave);\n      $dumpvars(0, dut);\n    end\n");
    }
    t.push_str("    from = $fopen(\"in.txt\", \"r\");\n    to = $fopen(\"out.txt\", \"w\");\n");
    t.push_str("    got = $fscanf(from, \"%b\\n\", in);\n    while (got == 1) begin\n");
    t.push_str("      #5 $fdisplay(to, \"%b\", out);\n      clk = 1;\n      #5 clk = 0;\n");
    t.push_str("      got = $fscanf(from, \"%b\\n\", in);\n    end\n");
    t.push_str("    $fclose(to);\n    $finish(0);\n  end\nendmodule\n");
    t
}
