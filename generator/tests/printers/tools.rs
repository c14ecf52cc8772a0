//! The tools that read the text.
use super::*;

pub fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("printers").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Runs a tool in a folder; it must exist and succeed. Its standard output and error.
pub fn run(dir: &Path, command: &str) -> String {
    let mut words = command.split(' ');
    let program = words.next().unwrap();
    let output = Command::new(program).args(words).current_dir(dir).output();
    let output = output.unwrap_or_else(|e| panic!("{program} must be installed for this test: {e}"));
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command} in {}:\n{text}", dir.display());
    text
}

/// A tool that must have nothing to say.
pub fn silent(dir: &Path, command: &str) {
    let text = run(dir, command);
    assert_eq!(text, "", "{command} in {}", dir.display());
}

pub fn write(m: &Module, dir: &Path) {
    m.verify().unwrap_or_else(|e| panic!("{}: {e}", m.name));
    std::fs::write(dir.join(format!("{}.v", m.name)), verilog::print(m)).unwrap();
    std::fs::write(dir.join(format!("{}.vhd", m.name)), vhdl::print(m)).unwrap();
}

pub fn lint(m: &Module, dir: &Path) {
    write(m, dir);
    let name = &m.name;
    silent(dir, &format!("verilator --lint-only -Wall {name}.v"));
    silent(dir, &format!("iverilog -g2001 -Wall -o {name}.vvp {name}.v"));
    silent(dir, &format!("iverilog -g2012 -Wall -o {name}.vvp {name}.v"));
    for std in ["93", "08"] {
        let work = format!("work{std}");
        let _ = std::fs::create_dir(dir.join(&work));
        silent(dir, &format!("ghdl -a --std={std} --workdir={work} {name}.vhd"));
    }
}

pub type Batch = [(Module, Vec<Vector>)];

/// All modules in one testbench and one run; the lines of each.
pub fn simulate_icarus(batch: &Batch, dir: &Path) -> Vec<Vec<String>> {
    let mut head = String::from("module tb;\n");
    let mut body = String::new();
    for (k, (m, vectors)) in batch.iter().enumerate() {
        let mut pins = Vec::new();
        for (present, name) in [(m.clocked, "clk"), (m.has_reset, "rst"), (m.has_enable, "ce")] {
            if present {
                let _ = writeln!(head, "  reg m{k}_{name} = 0;");
                pins.push(name.to_string());
            }
        }
        for &s in &m.inputs {
            let signal = m.signal(s);
            let _ = writeln!(head, "  reg [{}:0] m{k}_{};", signal.width - 1, signal.name);
            pins.push(signal.name.clone());
        }
        for o in &m.outputs {
            let _ = writeln!(head, "  wire [{}:0] m{k}_{};", m.signal(o.signal).width - 1, o.name);
            pins.push(o.name.clone());
        }
        let pins: Vec<_> = pins.iter().map(|p| format!(".{p}(m{k}_{p})")).collect();
        let _ = writeln!(head, "  {} dut{k} ({});", m.name, pins.join(", "));
        let formats = vec!["%b"; m.outputs.len()].join(" ");
        let shown: Vec<_> = m.outputs.iter().map(|o| format!("m{k}_{}", o.name)).collect();
        for vector in vectors {
            for (s, value) in m.inputs.iter().zip(&vector.inputs) {
                let signal = m.signal(*s);
                let _ = writeln!(body, "    m{k}_{} = {}'h{value:x};", signal.name, signal.width);
            }
            for (present, name, value) in [(m.has_reset, "rst", vector.rst), (m.has_enable, "ce", vector.ce)]
            {
                if present {
                    let _ = writeln!(body, "    m{k}_{name} = {};", u8::from(value));
                }
            }
            body.push_str("    #1;\n");
            if m.clocked {
                let _ = writeln!(body, "    m{k}_clk = 1; #1; m{k}_clk = 0; #1;");
            }
            let _ = writeln!(body, "    $display(\"{k}: {formats}\", {});", shown.join(", "));
        }
    }
    let text = format!("{head}  initial begin\n{body}    $finish;\n  end\nendmodule\n");
    std::fs::write(dir.join("tb.v"), text).unwrap();
    let files: Vec<_> = batch.iter().map(|(m, _)| format!("{}.v", m.name)).collect();
    run(dir, &format!("iverilog -g2001 -o tb.vvp -s tb tb.v {}", files.join(" ")));
    split(&run(dir, "vvp -n tb.vvp"), batch.len())
}

pub fn simulate_ghdl(batch: &Batch, dir: &Path) -> Vec<Vec<String>> {
    let mut head = String::new();
    let mut instances = String::new();
    let mut body = String::new();
    for (k, (m, vectors)) in batch.iter().enumerate() {
        let mut pins = Vec::new();
        let kind = |width: u32| match width {
            1 => "std_logic".to_string(),
            w => format!("std_logic_vector({} downto 0)", w - 1),
        };
        for (present, name) in [(m.clocked, "clk"), (m.has_reset, "rst"), (m.has_enable, "ce")] {
            if present {
                let _ = writeln!(head, "  signal m{k}_{name} : std_logic := '0';");
                pins.push(name.to_string());
            }
        }
        for &s in &m.inputs {
            let signal = m.signal(s);
            let _ = writeln!(head, "  signal m{k}_{} : {};", signal.name, kind(signal.width));
            pins.push(signal.name.clone());
        }
        for o in &m.outputs {
            let _ = writeln!(head, "  signal m{k}_{} : {};", o.name, kind(m.signal(o.signal).width));
            pins.push(o.name.clone());
        }
        let pins: Vec<_> = pins.iter().map(|p| format!("{p} => m{k}_{p}")).collect();
        let _ = writeln!(instances, "  dut{k} : entity work.{} port map ({});", m.name, pins.join(", "));
        let shown: Vec<_> = m.outputs.iter().map(|o| format!("to_string(m{k}_{})", o.name)).collect();
        for vector in vectors {
            for (s, value) in m.inputs.iter().zip(&vector.inputs) {
                let signal = m.signal(*s);
                let quote = if signal.width == 1 { '\'' } else { '"' };
                let digits = format!("{value:0>w$b}", w = signal.width as usize);
                let _ = writeln!(body, "    m{k}_{} <= {quote}{digits}{quote};", signal.name);
            }
            for (present, name, value) in [(m.has_reset, "rst", vector.rst), (m.has_enable, "ce", vector.ce)]
            {
                if present {
                    let _ = writeln!(body, "    m{k}_{name} <= '{}';", u8::from(value));
                }
            }
            body.push_str("    wait for 1 ns;\n");
            if m.clocked {
                let _ = writeln!(body, "    m{k}_clk <= '1'; wait for 1 ns; m{k}_clk <= '0'; wait for 1 ns;");
            }
            let _ = writeln!(body, "    write(output, \"{k}: \" & {} & LF);", shown.join(" & \" \" & "));
        }
    }
    let text = format!(
        "library ieee;\nuse ieee.std_logic_1164.all;\nuse std.textio.all;\nentity tb is\nend entity;\n\
         architecture sim of tb is\n{head}begin\n{instances}  process\n  begin\n{body}    wait;\n  end process;\n\
         end architecture;\n"
    );
    std::fs::write(dir.join("tb.vhd"), text).unwrap();
    let work = "--std=08 --workdir=sim";
    std::fs::create_dir(dir.join("sim")).unwrap();
    let files: Vec<_> = batch.iter().map(|(m, _)| format!("{}.vhd", m.name)).collect();
    run(dir, &format!("ghdl -a {work} {} tb.vhd", files.join(" ")));
    // Registers are unknown until loaded, and numeric_std says so at every use.
    split(&run(dir, &format!("ghdl --elab-run {work} tb --ieee-asserts=disable")), batch.len())
}

/// Lines `k: ...` by k.
pub fn split(text: &str, count: usize) -> Vec<Vec<String>> {
    let mut out = vec![Vec::new(); count];
    for line in text.lines() {
        let (k, rest) = line.split_once(": ").unwrap_or_else(|| panic!("unexpected line {line:?}"));
        out[k.parse::<usize>().unwrap_or_else(|_| panic!("unexpected line {line:?}"))].push(rest.to_string());
    }
    out
}

/// Model, Icarus and GHDL agree, on all but the first `skip` vectors (registers still unknown).
pub fn agree(batch: &Batch, dir: &Path, skip: usize) {
    for (m, _) in batch {
        write(m, dir);
    }
    let (icarus, ghdl) = (simulate_icarus(batch, dir), simulate_ghdl(batch, dir));
    for (k, (m, vectors)) in batch.iter().enumerate() {
        let expected = simulate_model(m, vectors);
        assert_eq!(icarus[k].len(), expected.len());
        assert_eq!(ghdl[k].len(), expected.len());
        for i in skip..expected.len() {
            for (tool, found) in [("Icarus", &icarus[k][i]), ("GHDL", &ghdl[k][i])] {
                let pairs = expected[i].split(' ').zip(found.split(' '));
                for (o, (want, got)) in m.outputs.iter().zip(pairs) {
                    assert_eq!(want, got, "{tool}, {} in {}, vector {i}", o.name, dir.display());
                }
            }
        }
    }
}
