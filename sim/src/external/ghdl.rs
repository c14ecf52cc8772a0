//! GHDL: runs the VHDL text. Nine-valued, so it shows bits that nothing has set.
use super::tool::{GHDL, ToolError};
use super::{Engine, Options, SourceText, TextPort, bits, wave_path, work_folder, write};
use crate::stimulus::{Outputs, Stimulus};
use std::fmt::Write as _;

/// The simulator.
#[derive(Clone, Copy, Debug)]
pub struct Ghdl;

impl Engine for Ghdl {
    fn name(&self) -> &'static str {
        "ghdl"
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
        write(&at("core.vhd"), &text.vhdl)?;
        write(&at("harness.vhd"), harness(text))?;
        write(&at("in.txt"), bits::write(&text.inputs, stimulus))?;
        let ghdl = |verb: &str| {
            let c = GHDL.command()?.folder(folder.path()).limit(options.limit);
            Ok::<_, ToolError>(c.args([verb, "--std=93"]))
        };
        ghdl("-a")?.args(["core.vhd", "harness.vhd"]).succeed()?;
        ghdl("-e")?.arg("holigen_harness").succeed()?;
        // Arithmetic on bits that nothing has set yet is no news.
        let mut run = ghdl("-r")?.args(["holigen_harness", "--ieee-asserts=disable"]);
        if let Some(wave) = wave_path(options)? {
            let mut argument = std::ffi::OsString::from("--vcd=");
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
        out.push(match p.width {
            1 => format!("{} => {vector}({})", p.name, high - 1),
            w => format!("{} => {vector}({} downto {})", p.name, high - 1, high - w),
        });
        high -= p.width;
    }
    total
}

fn harness(text: &SourceText) -> String {
    let mut list = Vec::new();
    if text.clocked {
        list.push("clk => holigen_clk".to_string());
    }
    let inputs = connections(&text.inputs, "holigen_in", &mut list);
    let outputs = connections(&text.outputs, "holigen_out", &mut list);
    let top = &text.top;
    let mut t = String::from("library ieee;\nuse ieee.std_logic_1164.all;\nuse std.textio.all;\n\n");
    t.push_str(
        "entity holigen_harness is\nend holigen_harness;\n\narchitecture play of holigen_harness is\n",
    );
    let _ = writeln!(t, "  signal holigen_clk : std_logic := '0';");
    let _ = writeln!(t, "  signal holigen_in : std_logic_vector({} downto 0);", inputs.max(1) - 1);
    let _ = writeln!(t, "  signal holigen_out : std_logic_vector({} downto 0);", outputs.max(1) - 1);
    // `std_logic'image` of a 1 is '1' with its quotes; a table is faster.
    t.push_str("  type names is array (std_logic) of character;\n");
    t.push_str("  constant name_of : names := \"UX01ZWLH-\";\n");
    let _ = writeln!(t, "begin\n  dut : entity work.{top} port map (\n    {}\n  );", list.join(",\n    "));
    t.push_str("\n  process\n    file from_file : text open read_mode is \"in.txt\";\n");
    t.push_str("    file to_file : text open write_mode is \"out.txt\";\n    variable l : line;\n");
    let _ = writeln!(t, "    variable given : string(1 to {inputs});");
    let _ = writeln!(t, "    variable seen : string(1 to {outputs});");
    t.push_str("  begin\n    while not endfile(from_file) loop\n      readline(from_file, l);\n");
    t.push_str("      read(l, given);\n      for i in given'range loop\n        if given(i) = '1' then\n");
    t.push_str("          holigen_in(given'length - i) <= '1';\n        else\n");
    t.push_str("          holigen_in(given'length - i) <= '0';\n        end if;\n      end loop;\n");
    t.push_str("      wait for 5 ns;\n      for i in seen'range loop\n");
    t.push_str("        seen(i) := name_of(holigen_out(seen'length - i));\n      end loop;\n");
    t.push_str("      write(l, seen);\n      writeline(to_file, l);\n");
    t.push_str("      holigen_clk <= '1';\n      wait for 5 ns;\n      holigen_clk <= '0';\n");
    t.push_str("    end loop;\n    wait;\n  end process;\nend play;\n");
    t
}
