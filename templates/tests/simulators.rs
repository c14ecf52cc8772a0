//! Testbenches of small hand-written cores, run in every simulator: a right core passes in silence of all
//! linters, each fault is found everywhere.
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use holigen_templates::{Float, Numbers, Port, Step, Testbench};

/// What a command said.
struct Outcome {
    success: bool,
    out: String,
    err: String,
}

/// Runs `line`, split at blanks. A tool that is not there fails the test.
fn run(dir: &Path, line: &str) -> Outcome {
    let mut words = line.split(' ');
    let tool = words.next().unwrap();
    let output = Command::new(tool).args(words).current_dir(dir).output();
    let output = output.unwrap_or_else(|e| panic!("{tool} is needed to test testbenches: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { success: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[track_caller]
fn silent(dir: &Path, line: &str) {
    let o = run(dir, line);
    assert!(o.success && o.out.is_empty() && o.err.is_empty(), "{line}\n{}{}", o.out, o.err);
}

fn write(dir: &Path, tb: &Testbench, verilog: &str, vhdl: &str) {
    let m = &tb.module;
    std::fs::write(dir.join(format!("{m}.v")), verilog).unwrap();
    std::fs::write(dir.join(format!("{m}.vhd")), vhdl).unwrap();
    std::fs::write(dir.join(format!("{m}_tb.v")), tb.verilog().unwrap()).unwrap();
    std::fs::write(dir.join(format!("{m}_tb.vhd")), tb.vhdl().unwrap()).unwrap();
    std::fs::write(dir.join(format!("{m}_tb.cpp")), tb.cpp().unwrap()).unwrap();
}

fn icarus(dir: &Path, m: &str) -> Outcome {
    silent(dir, &format!("iverilog -g2001 -Wall -o {m}_tb.vvp {m}.v {m}_tb.v"));
    run(dir, &format!("vvp {m}_tb.vvp"))
}

fn ghdl(dir: &Path, m: &str, std: &str) -> Outcome {
    let work = dir.join(format!("work{std}"));
    std::fs::create_dir_all(&work).unwrap();
    let flags = format!("--std={std} --workdir=work{std}");
    silent(dir, &format!("ghdl -a {flags} {m}.vhd {m}_tb.vhd"));
    silent(dir, &format!("ghdl -e {flags} {m}_tb"));
    run(dir, &format!("ghdl -r {flags} {m}_tb"))
}

fn lint(dir: &Path, m: &str) {
    silent(dir, &format!("verilator --lint-only -Wall {m}.v {m}_tb.v"));
}

fn verilator(dir: &Path, m: &str, flags: &str) -> Outcome {
    // Unoptimised: these cores are small, and most of the time goes into compiling the run-time library.
    let build = format!(
        "verilator --cc --exe --build -Wall {flags}-MAKEFLAGS OPT_FAST=-O0 -MAKEFLAGS OPT_GLOBAL=-O0 --top-module {m}_tb {m}.v {m}_tb.v {m}_tb.cpp"
    );
    let o = run(dir, &build);
    assert!(o.success, "{build}\n{}{}", o.out, o.err);
    run(dir, &format!("./obj_dir/V{m}_tb"))
}

#[track_caller]
fn passes(o: &Outcome, tb: &Testbench) {
    let n = tb.steps.iter().filter(|s| s.valid && s.ce).count();
    assert!(o.success && o.out == format!("PASS {n} vectors\n") && o.err.is_empty(), "{}{}", o.out, o.err);
}

/// Fails and says so in its last line, but for what GHDL adds about the assertion that gives the exit code.
/// Returns what was printed until then.
#[track_caller]
fn fails(o: &Outcome, tb: &Testbench) -> String {
    let m = tb.steps.iter().filter(|s| s.valid && s.ce).count();
    let end = o.out.find(&format!("{}_tb.vhd:", tb.module)).unwrap_or(o.out.len());
    let said = &o.out[..end];
    let last = said.lines().last().unwrap_or_default();
    let n: usize = last
        .strip_prefix("FAIL ")
        .and_then(|l| l.strip_suffix(&format!(" of {m}")))
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("no verdict:\n{}{}", o.out, o.err));
    let shown = said.lines().filter(|l| l.starts_with("FAIL cycle ")).count();
    assert_eq!(shown, n.min(10), "{}", o.out);
    assert_eq!(n > 10, said.contains(&format!("\nand {} more\n", n.saturating_sub(10))), "{}", o.out);
    assert!(!o.success, "exit code of a failure\n{}", o.out);
    said.to_string()
}

fn port(name: &str, width: u32, is_input: bool, numbers: Numbers) -> Port {
    Port { name: name.into(), width, is_input, lanes: 1, numbers }
}

/// A stream of random numbers: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// An accumulator of 8-bit numbers in 12 bits behind `latency` registers, its first loaded with the sum.
#[derive(Clone, Copy)]
struct Accumulator {
    latency: u32,
    rst: bool,
    ce: bool,
}

impl Accumulator {
    fn testbench(self, steps: usize) -> Testbench {
        let Accumulator { latency, rst: has_rst, ce: has_ce } = self;
        let mut random = Random(7);
        let mut sum = 0;
        let fixed = Numbers::Fixed { signed: true, lsb: -3 };
        let step = |k: usize| {
            let bits = random.next();
            let (valid, ce) = (bits & 3 != 0, !has_ce || bits & 12 != 0);
            let first = k == 0 || bits & 0xf00 == 0 || sum == 0;
            let a = (bits >> 16) as u8 as i8;
            let mut expected = Vec::new();
            if valid && ce {
                sum = if first { 0 } else { sum } + i64::from(a);
                expected = vec![sum as u64 & 0xfff, u64::from(sum < 0 && sum & 0x800 != 0)];
            }
            Step { valid, ce, inputs: vec![u64::from(a as u8), u64::from(first)], expected }
        };
        Testbench {
            module: "acc".into(),
            title: "accumulator".into(),
            regenerate: "holigen acc".into(),
            version: "0.1.0".into(),
            ports: vec![
                port("a", 8, true, fixed),
                port("in_first", 1, true, Numbers::Bits),
                port("r", 12, false, fixed),
                port("negative", 1, false, Numbers::Bits),
            ],
            clocked: true,
            streaming: false,
            has_rst,
            has_ce,
            latency,
            steps: (0..steps).map(step).collect(),
            timescale: false,
        }
    }

    fn verilog(self) -> String {
        let Accumulator { latency, rst, ce } = self;
        let mut t = format!(
            "module acc (input wire clk, {}{}input wire in_valid, output wire out_valid, input wire [7:0] a, \
             input wire in_first, output wire [11:0] r, output wire negative);\n",
            if rst { "input wire rst, " } else { "" },
            if ce { "input wire ce, " } else { "" },
        );
        let enable = if ce { "if (ce) " } else { "" };
        for k in 1..=latency {
            let (v, s) = match k {
                1 => ("in_valid".into(), "in_valid ? (in_first ? 12'd0 : s1) + {{4{a[7]}}, a} : s1".into()),
                _ => (format!("v{}", k - 1), format!("s{}", k - 1)),
            };
            let reset = if rst { format!("if (rst) v{k} <= 1'b0; else ") } else { String::new() };
            let _ = writeln!(t, "reg v{k}; reg [11:0] s{k};");
            let _ = writeln!(t, "always @(posedge clk) {reset}{enable}v{k} <= {v};");
            let _ = writeln!(t, "always @(posedge clk) {enable}s{k} <= {s};");
        }
        let _ = writeln!(t, "assign out_valid = v{latency}; assign r = s{latency}; assign negative = r[11];");
        t + "endmodule\n"
    }

    fn vhdl(self) -> String {
        let Accumulator { latency, rst, ce } = self;
        let mut t = format!(
            "library ieee; use ieee.std_logic_1164.all; use ieee.numeric_std.all;\nentity acc is port (clk : in std_logic; {}{}\
             in_valid : in std_logic; out_valid : out std_logic; a : in std_logic_vector(7 downto 0); in_first : in \
             std_logic; r : out std_logic_vector(11 downto 0); negative : out std_logic);\nend entity;\n\
             architecture rtl of acc is\ntype sums is array (1 to {latency}) of signed(11 downto 0);\nsignal s : sums;\n\
             signal v : std_logic_vector(1 to {latency});\nbegin\nprocess (clk) begin if rising_edge(clk) then\n",
            if rst { "rst : in std_logic; " } else { "" },
            if ce { "ce : in std_logic; " } else { "" },
        );
        let enable = if ce { "if ce = '1' then" } else { "if true then" };
        let _ = writeln!(t, "{enable}");
        for k in 2..=latency {
            let _ = writeln!(t, "v({k}) <= v({}); s({k}) <= s({});", k - 1, k - 1);
        }
        t += "v(1) <= in_valid; if in_valid = '1' then if in_first = '1' then s(1) <= resize(signed(a), 12);\n\
              else s(1) <= s(1) + signed(a); end if; end if;\nend if;\n";
        if rst {
            t += "if rst = '1' then v <= (others => '0'); end if;\n";
        }
        let _ = writeln!(
            t,
            "end if; end process;\nout_valid <= v({latency}); r <= std_logic_vector(s({latency})); negative <= \
             s({latency})(11);\nend architecture;"
        );
        t
    }
}

const ALL: [Accumulator; 5] = [
    Accumulator { latency: 1, rst: true, ce: false },
    Accumulator { latency: 1, rst: true, ce: true },
    Accumulator { latency: 2, rst: false, ce: false },
    Accumulator { latency: 4, rst: true, ce: true },
    Accumulator { latency: 3, rst: false, ce: true },
];

/// Negates E4M3 numbers, four of them, and says of the lowest whether it is NaN.
fn negate() -> (Testbench, String, String) {
    let float = Float {
        signed: true,
        we: 4,
        wf: 3,
        bias: 7,
        subnormals: true,
        max_finite: 0x7e,
        infinity: None,
        minus_zero: true,
    };
    let numbers = Numbers::Float(float);
    let step = |k: u64| {
        let a = [k, 0x38, 0xff ^ k, k].iter().rev().fold(0, |v, e| v << 8 | e);
        let expected = vec![a ^ 0x8080_8080, u64::from(k & 0x7f == 0x7f)];
        Step { valid: true, ce: true, inputs: vec![a], expected }
    };
    let tb = Testbench {
        module: "neg".into(),
        title: "negate".into(),
        regenerate: "holigen neg".into(),
        version: "0.1.0".into(),
        ports: vec![
            Port { lanes: 4, ..port("a", 32, true, numbers) },
            Port { lanes: 4, ..port("r", 32, false, numbers) },
            port("nan", 1, false, Numbers::Bits),
        ],
        clocked: false,
        streaming: false,
        has_rst: false,
        has_ce: false,
        latency: 0,
        steps: (0..256).map(step).collect(),
        timescale: true,
    };
    let verilog = "`timescale 1ns / 1ps\nmodule neg (input wire [31:0] a, output wire [31:0] r, output wire nan);\n\
                   assign r = a ^ 32'h80808080;\nassign nan = &a[6:0];\nendmodule\n";
    let vhdl = "library ieee; use ieee.std_logic_1164.all;\nentity neg is port (a : in std_logic_vector(31 downto 0); \
                r : out std_logic_vector(31 downto 0); nan : out std_logic);\nend entity;\narchitecture rtl of neg is \
                begin\nr <= a xor x\"80808080\";\nnan <= '1' when a(6 downto 0) = \"1111111\" else '0';\n\
                end architecture;\n";
    (tb, verilog.into(), vhdl.into())
}

#[test]
fn right_cores_pass_in_silence() {
    for core in ALL {
        let dir = tempfile::tempdir().unwrap();
        let (dir, tb) = (dir.path(), core.testbench(300));
        write(dir, &tb, &core.verilog(), &core.vhdl());
        lint(dir, "acc");
        passes(&icarus(dir, "acc"), &tb);
        passes(&ghdl(dir, "acc", "93"), &tb);
        passes(&ghdl(dir, "acc", "08"), &tb);
    }
    let dir = tempfile::tempdir().unwrap();
    let (dir, (tb, verilog, vhdl)) = (dir.path(), negate());
    write(dir, &tb, &verilog, &vhdl);
    lint(dir, "neg");
    passes(&icarus(dir, "neg"), &tb);
    passes(&ghdl(dir, "neg", "93"), &tb);
    passes(&ghdl(dir, "neg", "08"), &tb);
}

/// A clocked core whose result is there in the cycle of its operands.
#[test]
fn latency_zero_with_a_clock() {
    let inner = ALL[0].testbench(100);
    let copy = |s: &Step| Step {
        expected: if s.valid { s.inputs.clone() } else { vec![] },
        inputs: s.inputs.clone(),
        ..*s
    };
    let mut ports = inner.ports.clone();
    ports[2].width = 8;
    let tb = Testbench {
        latency: 0,
        has_rst: false,
        ports,
        steps: inner.steps.iter().map(copy).collect(),
        ..inner
    };
    let verilog = "module acc (input wire clk, input wire in_valid, output wire out_valid, input wire [7:0] a, input wire \
                   in_first, output wire [7:0] r, output wire negative);\nwire unused = clk;\nassign out_valid = \
                   in_valid;\nassign r = a;\nassign negative = in_first;\nendmodule\n";
    let vhdl = "library ieee; use ieee.std_logic_1164.all;\nentity acc is port (clk, in_valid : in std_logic; out_valid : \
                out std_logic; a : in std_logic_vector(7 downto 0); in_first : in std_logic; r : out \
                std_logic_vector(7 downto 0); negative : out std_logic);\nend entity;\narchitecture rtl of acc is begin\n\
                out_valid <= in_valid; r <= a; negative <= in_first;\nend architecture;\n";
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, &tb, verilog, vhdl);
    lint(dir, "acc");
    passes(&icarus(dir, "acc"), &tb);
    passes(&ghdl(dir, "acc", "93"), &tb);
    write(dir, &tb, &verilog.replace("r = a", "r = a + 8'd1"), &vhdl.replace("r <= a;", "r <= not a;"));
    fails(&icarus(dir, "acc"), &tb);
    fails(&ghdl(dir, "acc", "93"), &tb);
}

#[test]
fn verilator_runs_the_same_vectors() {
    let dir = tempfile::tempdir().unwrap();
    let (dir, core) = (dir.path(), ALL[3]);
    let tb = core.testbench(300);
    write(dir, &tb, &core.verilog(), &core.vhdl());
    passes(&verilator(dir, "acc", "--trace "), &tb);
    passes(&run(dir, "./obj_dir/Vacc_tb --wave acc.vcd"), &tb);
    assert!(std::fs::read_to_string(dir.join("acc.vcd")).unwrap().contains("in_first"));
    // Every fault in one model, chosen when it runs: building is what takes time.
    let faults = [
        ("12'd0", "(fault == 1 ? 12'd1 : 12'd0)"),
        ("negative = r[11]", "negative = fault == 2 ? r[3] : r[11]"),
        ("out_valid = v4", "out_valid = fault == 3 ? v3 : v4"),
        ("v2 <= v1", "v2 <= fault == 4 ? v1 & ~s1[3] : v1"),
        ("v1 <= in_valid", "v1 <= fault == 5 || in_valid"),
        ("if (ce) s3", "if (ce || fault == 6) s3"),
    ];
    let choice = "output wire negative);\ninteger fault; initial if (!$value$plusargs(\"fault=%d\", fault)) fault = 0;";
    let broken = core.verilog().replace("output wire negative);", choice);
    let broken = faults.iter().fold(broken, |text, (right, wrong)| {
        assert!(text.contains(right), "{right}\n{text}");
        text.replace(right, wrong)
    });
    std::fs::write(dir.join("acc.v"), broken).unwrap();
    passes(&verilator(dir, "acc", ""), &tb);
    passes(&icarus(dir, "acc"), &tb);
    for k in 1..=faults.len() {
        let here = fails(&run(dir, &format!("./obj_dir/Vacc_tb +fault={k}")), &tb);
        // Verilator finds what Icarus finds and says it in the same words.
        assert_eq!(here, fails(&run(dir, &format!("vvp acc_tb.vvp +fault={k}")), &tb));
    }
}

#[test]
fn waves_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let (dir, core) = (dir.path(), ALL[0]);
    let tb = core.testbench(30);
    write(dir, &tb, &core.verilog(), &core.vhdl());
    passes(&icarus(dir, "acc"), &tb);
    let o = run(dir, "vvp acc_tb.vvp +wave=some_longer_name.vcd");
    assert!(o.success && o.out.ends_with("PASS 24 vectors\n"), "{}", o.out);
    assert!(std::fs::read_to_string(dir.join("some_longer_name.vcd")).unwrap().contains("in_first"));
}

#[test]
fn every_fault_is_found() {
    // The core without stalls reads best, the one with them has all ports.
    let core = ALL[3];
    let (verilog, vhdl) = (core.verilog(), core.vhdl());
    // What is changed in Verilog and in VHDL, and a piece of the message.
    let faults = [
        (
            "wrong value",
            "12'd0",
            "12'd1",
            "resize(signed(a), 12)",
            "resize(signed(a), 12) + 1",
            "expected 0x",
        ),
        ("wrong flag", "negative = r[11]", "negative = r[3]", "(4)(11)", "(4)(3)", "negative="),
        (
            "early",
            "out_valid = v4",
            "out_valid = v3",
            "out_valid <= v(4)",
            "out_valid <= v(3)",
            "out_valid=1 expected 0",
        ),
        (
            "lost",
            "v2 <= v1",
            "v2 <= v1 & ~s1[3]",
            "v(2) <= v(1)",
            "v(2) <= v(1) and not s(1)(3)",
            "out_valid=0 expected 1",
        ),
        (
            "stuck valid",
            "v1 <= in_valid",
            "v1 <= 1'b1",
            "v(1) <= in_valid",
            "v(1) <= '1'",
            "out_valid=1 expected 0",
        ),
        (
            "no enable in a stage",
            "if (ce) s3",
            "s3",
            "v(3) <= v(2); s(3) <= s(2);",
            "v(3) <= v(2); end if; s(3) <= s(2); if ce = '1' then",
            "expected 0x",
        ),
        (
            "unknown bit",
            "r = s4",
            "r = {s4[11:1], 1'bx}",
            "r <= std_logic_vector(s(4));",
            "r <= std_logic_vector(s(4)); r(0) <= 'X';",
            "unknown",
        ),
        (
            "unknown valid",
            "v4 <= v3",
            "v4 <= v3 | 1'bx",
            "v(4) <= v(3)",
            "v(4) <= v(3) or 'X'",
            "out_valid=x expected 0",
        ),
        ("unconnected", "r = s4", "r = 12'bz", "r <= std_logic_vector(s(4));", "", "unknown"),
    ];
    let tb = core.testbench(300);
    for (what, v_right, v_wrong, h_right, h_wrong, message) in faults {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        assert!(verilog.contains(v_right) && vhdl.contains(h_right), "{what}:\n{verilog}\n{vhdl}");
        write(dir, &tb, &verilog.replace(v_right, v_wrong), &vhdl.replace(h_right, h_wrong));
        for said in
            [icarus(dir, "acc"), ghdl(dir, "acc", "93"), ghdl(dir, "acc", "08")].map(|o| fails(&o, &tb))
        {
            assert!(said.contains(message), "{what}:\n{said}");
        }
    }
}

#[test]
fn failures_say_everything() {
    let core = ALL[0];
    let mut tb = core.testbench(1);
    let step = |a, first, r, negative| Step {
        valid: true,
        ce: true,
        inputs: vec![a, first],
        expected: vec![r, negative],
    };
    let bubble = Step { valid: false, ce: true, inputs: vec![0x5a, 1], expected: vec![] };
    tb.steps = vec![step(0x08, 1, 8, 0), bubble, step(0xfe, 0, 7, 0)];
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    write(dir, &tb, &core.verilog(), &core.vhdl());
    let text = "FAIL cycle 2: a=0xfe (-0.25) in_first=0: r=0x006 (0.75) expected 0x007 (0.875) negative=0 expected 0";
    assert_eq!(fails(&icarus(dir, "acc"), &tb), format!("{text}\nFAIL 1 of 2\n"));
    // VHDL's numbers have an exponent where they need one.
    let text = text.replace("0.25", "2.5e-1").replace("0.75", "7.5e-1").replace("0.875", "8.75e-1");
    for std in ["93", "08"] {
        assert_eq!(fails(&ghdl(dir, "acc", std), &tb), format!("{text}\nFAIL 1 of 2\n"));
    }
}

#[test]
fn floats_are_decoded() {
    let dir = tempfile::tempdir().unwrap();
    let (dir, (mut tb, verilog, vhdl)) = (dir.path(), negate());
    tb.steps.truncate(2);
    tb.steps[0] = Step { inputs: vec![0x7f01_b8fe], expected: vec![0, 0], ..tb.steps[0].clone() };
    write(dir, &tb, &verilog, &vhdl);
    let said = fails(&icarus(dir, "neg"), &tb);
    let expected = "FAIL cycle 0: a=0x7f01b8fe (-448, -1, 0.001953125, nan): \
                    r=0xff81387e (448, 1, -0.001953125, nan) expected 0x00000000 (0, 0, 0, 0) nan=0 expected 0\n\
                    FAIL 1 of 2\n";
    assert_eq!(said, expected);
    let numbers = [
        ("-448,", "-4.48e2,"),
        ("(448,", "(4.48e2,"),
        ("-1,", "-1.0,"),
        (" 1,", " 1.0,"),
        ("0.001953125", "1.953125e-3"),
        ("0, 0, 0, 0)", "0.0, 0.0, 0.0, 0.0)"),
    ];
    let expected = numbers.iter().fold(expected.to_string(), |s, (from, to)| s.replace(from, to));
    assert_eq!(fails(&ghdl(dir, "neg", "93"), &tb), expected);
    assert_eq!(fails(&ghdl(dir, "neg", "08"), &tb), expected);
}

/// Formats at the edges of what is decoded: infinities, unsigned formats, doubles, formats beyond doubles.
#[test]
fn unusual_numbers_are_decoded() {
    let ieee = |we: u32, wf: u32| {
        let infinity = ((1u64 << we) - 1) << wf;
        let bias = (1 << (we - 1)) - 1;
        Float {
            signed: true,
            we,
            wf,
            bias,
            subnormals: true,
            max_finite: infinity - 1,
            infinity: Some(infinity),
            minus_zero: true,
        }
    };
    let fnuz = Float { bias: 8, max_finite: 0x7f, infinity: None, minus_zero: false, ..ieee(4, 3) };
    let scale = Float {
        signed: false,
        subnormals: false,
        max_finite: 0xfe,
        infinity: None,
        minus_zero: false,
        ..ieee(8, 0)
    };
    let float = |f: Float| (1 + f.we + f.wf - u32::from(!f.signed), Numbers::Float(f));
    let fixed = |width, signed, lsb| (width, Numbers::Fixed { signed, lsb });
    // Format, code, number in Verilog, number in VHDL.
    let cases = [
        (float(ieee(5, 2)), "7c", "inf", "inf"),
        (float(ieee(5, 2)), "fc", "-inf", "-inf"),
        (float(ieee(5, 2)), "fd", "nan", "nan"),
        (float(ieee(5, 2)), "80", "-0", "-0.0"),
        (float(ieee(5, 2)), "81", "-1.52587891e-05", "-1.52587890625e-5"),
        (float(fnuz), "80", "nan", "nan"),
        (float(fnuz), "ff", "-240", "-2.4e2"),
        (float(scale), "00", "5.87747175e-39", "5.877471754111438e-39"),
        (float(scale), "80", "2", "2.0"),
        (float(scale), "ff", "nan", "nan"),
        (float(ieee(8, 23)), "3fc00001", "1.50000012", "1.5000001192092896"),
        (float(ieee(11, 52)), "7fefffffffffffff", "1.7976931348623157e+308", "1.7976931348623157e308"),
        (float(ieee(11, 52)), "1", "4.9406564584124654e-324", "5.0e-324"),
        (float(ieee(16, 4)), "000001", "1*2^-32770", "1.0*2^-32770"),
        (fixed(8, false, 0), "ff", "255", "2.55e2"),
        (fixed(8, true, 2), "ff", "-4", "-4.0"),
        (fixed(1, false, 0), "1", "1", "1.0"),
        (
            fixed(100, true, -60),
            "fffffffffffffffffffffffff",
            "-8.6736173798840355e-19",
            "-8.673617379884035e-19",
        ),
        (fixed(100, true, -60), "8000000000000000000000000", "-549755813888", "-5.49755813888e11"),
    ];
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut ports = Vec::new();
    let mut inputs = Vec::new();
    for (k, ((width, numbers), code, _, _)) in cases.iter().enumerate() {
        ports.push(port(&format!("x{k}"), *width, true, *numbers));
        let before = inputs.len();
        let digits: Vec<_> = code.as_bytes().rchunks(16).collect();
        inputs
            .extend(digits.iter().map(|d| u64::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()));
        inputs.resize(before + width.div_ceil(64) as usize, 0);
    }
    ports.push(port("r", 1, false, Numbers::Bits));
    let (neg, _, _) = negate();
    let module: String = "wide".into();
    let steps = vec![Step { valid: true, ce: true, inputs, expected: vec![1] }];
    let tb = Testbench { module, ports, steps, timescale: false, ..neg };
    let names: Vec<_> = tb.ports.iter().filter(|p| p.is_input).collect();
    let v_ports: Vec<_> =
        names.iter().map(|p| format!("input wire [{}:0] {}", p.width - 1, p.name)).collect();
    let all: Vec<_> = names.iter().map(|p| p.name.as_str()).collect();
    let verilog = format!(
        "module wide ({}, output wire r);\nassign r = &{{1'b0, {}}};\nendmodule\n",
        v_ports.join(", "),
        all.join(", ")
    );
    let kind =
        |w: u32| if w == 1 { "std_logic".into() } else { format!("std_logic_vector({} downto 0)", w - 1) };
    let h_ports: Vec<_> = names.iter().map(|p| format!("{} : in {};", p.name, kind(p.width))).collect();
    let vhdl = format!(
        "library ieee; use ieee.std_logic_1164.all;\nentity wide is port ({} r : out std_logic);\nend entity;\n\
         architecture rtl of wide is begin r <= '0'; end architecture;\n",
        h_ports.join(" ")
    );
    write(dir, &tb, &verilog.replace("[0:0] ", ""), &vhdl);
    lint(dir, "wide");
    let said =
        [icarus(dir, "wide"), ghdl(dir, "wide", "93"), ghdl(dir, "wide", "08")].map(|o| fails(&o, &tb));
    for (k, (_, _, in_verilog, in_vhdl)) in cases.iter().enumerate() {
        for (said, number) in said.iter().zip([in_verilog, in_vhdl, in_vhdl]) {
            let after = &said[said.find(&format!(" x{k}=")).unwrap()..];
            let shown = &after[after.find('(').unwrap() + 1..after.find(')').unwrap()];
            assert_eq!(shown, *number, "case {k}");
        }
    }
}

/// Vectors by the ten thousand are read and run in seconds.
#[test]
fn many_vectors_are_no_burden() {
    let core = ALL[1];
    let tb = core.testbench(1 << 16);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let start = std::time::Instant::now();
    write(dir, &tb, &core.verilog(), &core.vhdl());
    println!("written {:?}", start.elapsed());
    lint(dir, "acc");
    println!("lint {:?}", start.elapsed());
    passes(&icarus(dir, "acc"), &tb);
    println!("icarus {:?}", start.elapsed());
    passes(&ghdl(dir, "acc", "93"), &tb);
    println!("ghdl {:?}", start.elapsed());
}

#[test]
fn equal_input_gives_equal_bytes() {
    let tb = ALL[1].testbench(100);
    assert_eq!(tb.verilog(), tb.clone().verilog());
    assert_eq!(tb.vhdl(), tb.clone().vhdl());
    assert_eq!(tb.cpp(), tb.clone().cpp());
    for text in [tb.verilog().unwrap(), tb.vhdl().unwrap(), tb.cpp().unwrap()] {
        assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains('\t'));
        assert!(text.lines().all(|l| l == l.trim_end()), "{text}");
    }
}

#[test]
fn contradictions_are_refused() {
    use holigen_templates::TestbenchError as E;
    let good = ALL[0].testbench(20);
    let said = |change: &dyn Fn(&mut Testbench)| {
        let mut tb = good.clone();
        change(&mut tb);
        tb.verilog().unwrap_err()
    };
    assert_eq!(said(&|tb| tb.steps.clear()), E::Empty);
    assert_eq!(said(&|tb| tb.ports.truncate(2)), E::NoOutput);
    assert_eq!(said(&|tb| tb.clocked = false), E::NotClocked);
    assert_eq!(said(&|tb| tb.steps[3].ce = false), E::Control { step: 3, port: "ce" });
    assert!(matches!(said(&|tb| tb.steps[0].expected.clear()), E::Count { what: "expected results", .. }));
    assert!(matches!(said(&|tb| tb.steps[0].inputs.clear()), E::Count { what: "inputs", .. }));
    assert!(matches!(said(&|tb| tb.ports[0].lanes = 3), E::Width { .. }));
    for bad in [0x100, u64::MAX] {
        assert!(matches!(said(&|tb| tb.steps[0].inputs[0] = bad), E::Value { step: 0, .. }), "{bad}");
    }
    assert_eq!(
        said(&|tb| tb.steps[2].inputs[1] = 2).to_string(),
        "step 2, port in_first: a value has more than 1 bits"
    );
}
