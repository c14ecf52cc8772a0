//! The drivers, on hand-written cores and on printed random ones. They need Verilator, g++, GHDL, Icarus and
//! Yosys; a missing one fails the tests.
mod common;

use common::{Rng, random_module};
use holigen_generator::rtl::{verilog, vhdl};
use holigen_sim::embedded::Program;
use holigen_sim::external::{
    ENGINES, Engine, Linter, Options, SourceText, TextPort, Verilator, lint, run_testbench, verilator_speed,
};
use holigen_sim::stimulus::{Outputs, Stimulus};
use rayon::prelude::*;

/// A wide accumulator with all control ports.
fn accumulator() -> SourceText {
    let verilog = "\
module acc (
  input  wire        clk,
  input  wire        rst,
  input  wire        ce,
  input  wire [69:0] a,
  input  wire        in_first,
  output wire [99:0] r,
  output wire        odd,
  output wire [69:0] echo
);
  reg [99:0] sum;
  always @(posedge clk) begin
    if (rst) sum <= 100'd0;
    else if (ce) sum <= (in_first ? 100'd0 : sum) + {30'd0, a};
  end
  assign r = sum;
  assign odd = sum[0];
  assign echo = ~a;
endmodule
";
    let vhdl = "\
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity acc is
  port (
    clk, rst, ce : in std_logic;
    a : in std_logic_vector(69 downto 0);
    in_first : in std_logic;
    r : out std_logic_vector(99 downto 0);
    odd : out std_logic;
    echo : out std_logic_vector(69 downto 0)
  );
end acc;

architecture rtl of acc is
  signal sum : unsigned(99 downto 0);
begin
  process (clk)
  begin
    if rising_edge(clk) then
      if rst = '1' then
        sum <= (others => '0');
      elsif ce = '1' then
        if in_first = '1' then
          sum <= resize(unsigned(a), 100);
        else
          sum <= sum + unsigned(a);
        end if;
      end if;
    end if;
  end process;
  r <= std_logic_vector(sum);
  odd <= sum(0);
  echo <= not a;
end rtl;
";
    SourceText {
        top: "acc".into(),
        verilog: verilog.into(),
        vhdl: vhdl.into(),
        clocked: true,
        inputs: [("rst", 1), ("ce", 1), ("a", 70), ("in_first", 1)].map(|(n, w)| TextPort::new(n, w)).into(),
        outputs: [("r", 100), ("odd", 1), ("echo", 70)].map(|(n, w)| TextPort::new(n, w)).into(),
    }
}

fn accumulator_run(cycles: usize) -> (Stimulus, Outputs) {
    let mut rng = Rng(5);
    let (mut words, mut expected, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let mut sum: Option<u128> = None;
    for t in 0..cycles {
        let rst = u64::from(t == 3 || rng.chance(20));
        let ce = u64::from(!rng.chance(4));
        let a = [rng.interesting(), rng.next() & 0x3f];
        let first = u64::from(rng.chance(5) && t > 3);
        words.extend([rst, ce, a[0], a[1], first]);
        // Unknown bits read as 0.
        let s = sum.unwrap_or(0);
        expected.extend([s as u64, (s >> 64) as u64, s as u64 & 1, !a[0], !a[1] & 0x3f]);
        let u = if sum.is_none() { u64::MAX } else { 0 };
        unknown.extend([u, u & 0xf_ffff_ffff, u & 1, 0, 0]);
        if rst == 1 {
            sum = Some(0);
        } else if ce == 1 {
            let a = u128::from(a[1]) << 64 | u128::from(a[0]);
            sum = if first == 1 { Some(a) } else { sum.map(|s| (s + a) % (1 << 100)) };
        }
    }
    (Stimulus { cycles, words }, Outputs { cycles, words: expected, unknown })
}

#[test]
fn every_engine_runs_an_accumulator() {
    let text = accumulator();
    let (stimulus, expected) = accumulator_run(3000);
    ENGINES.par_iter().for_each(|e| {
        let found = e.run(&text, &stimulus).unwrap_or_else(|error| panic!("{}: {error}", e.name()));
        assert_eq!(found.first_difference(&expected), None, "{}", e.name());
        if e.name() == "verilator" {
            assert!(found.unknown.iter().all(|&u| u == 0), "it has two values");
        } else {
            assert_eq!((&found.words, &found.unknown), (&expected.words, &expected.unknown), "{}", e.name());
        }
    });
}

#[test]
fn combinational_cores_and_no_cycles() {
    let text = SourceText {
        top: "mix".into(),
        verilog: "module mix (input wire [7:0] a, input wire b, output wire [8:0] r);\n\
                  assign r = {b, a ^ {8{b}}};\nendmodule\n"
            .into(),
        vhdl: "library ieee;\nuse ieee.std_logic_1164.all;\nentity mix is port (a : in std_logic_vector(7 downto 0);\n\
               b : in std_logic; r : out std_logic_vector(8 downto 0)); end mix;\narchitecture rtl of mix is begin\n\
               r <= b & a when b = '0' else b & not a;\nend rtl;\n"
            .into(),
        clocked: false,
        inputs: vec![TextPort::new("a", 8), TextPort::new("b", 1)],
        outputs: vec![TextPort::new("r", 9)],
    };
    let cycles = 512;
    let words = (0..cycles).flat_map(|i| [i & 255, i >> 8]).collect();
    let stimulus = Stimulus { cycles: cycles as usize, words };
    let expected: Vec<u64> =
        (0..cycles).map(|i| (i >> 8) << 8 | (i & 255) ^ if i >> 8 == 1 { 255 } else { 0 }).collect();
    for e in ENGINES {
        assert_eq!(e.run(&text, &stimulus).unwrap().words, expected, "{}", e.name());
        assert_eq!(e.run(&text, &Stimulus::default()).unwrap(), Outputs::default(), "{}", e.name());
    }
}

#[test]
fn printed_random_cores_agree_everywhere() {
    (0..4u64).into_par_iter().for_each(|seed| {
        let mut rng = Rng(1000 + seed);
        let mut m = random_module(&mut rng);
        // Registers that start unknown would make four-valued simulators differ rightly.
        m.has_reset = m.clocked;
        for r in m.sections.iter_mut().flat_map(|s| &mut s.registers) {
            r.reset = true;
        }
        m.verify().unwrap();
        let program = Program::compile(&m);
        let text = SourceText::new(&m, verilog::print(&m), vhdl::print(&m));
        let cycles = 200;
        let mut words = Vec::new();
        for t in 0..cycles {
            for p in &text.inputs {
                let value = match p.name.as_str() {
                    "rst" => num_bigint::BigUint::from(u32::from(t == 0 || rng.chance(30))),
                    _ => rng.big(p.width),
                };
                let mut limbs = value.to_u64_digits();
                limbs.resize(p.limbs(), 0);
                words.extend(limbs);
            }
        }
        let stimulus = Stimulus { cycles, words };
        let expected = stimulus.replay(&program);
        for e in ENGINES {
            let found = e.run(&text, &stimulus).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let difference = found.first_difference(&expected);
            assert_eq!(difference, None, "seed {seed}, {}\n{}", e.name(), text.verilog);
        }
    });
}

#[test]
fn waves_are_written() {
    let text = accumulator();
    let (stimulus, _) = accumulator_run(20);
    let folder = tempfile::tempdir().unwrap();
    for e in ENGINES {
        let wave = folder.path().join(format!("{}.vcd", e.name()));
        let options = Options { wave: Some(wave.clone()), ..Options::default() };
        e.run_with(&text, &stimulus, &options).unwrap();
        let vcd = std::fs::read_to_string(&wave).unwrap();
        assert!(vcd.contains("$enddefinitions") && vcd.contains("sum"), "{}", e.name());
    }
}

#[test]
fn errors_quote_the_tool() {
    let mut text = accumulator();
    text.verilog = text.verilog.replace("sum[0]", "summ[0]");
    text.vhdl = text.vhdl.replace("sum(0)", "summ(0)");
    let (stimulus, _) = accumulator_run(5);
    for e in ENGINES {
        let message = e.run(&text, &stimulus).unwrap_err().to_string();
        assert!(message.contains("summ"), "{}: {message}", e.name());
    }
}

#[test]
fn speed_is_deterministic() {
    let text = accumulator();
    let run = || verilator_speed(&text, 100_000, &Options::default()).unwrap();
    let (a, b) = (run(), run());
    assert_eq!((a.vectors, a.checksum), (100_000, b.checksum));
    assert!(a.rate() > 1e5, "{a:?}");
    // The same model in the other mode.
    assert!(Verilator.run(&text, &accumulator_run(5).0).is_ok());
}

#[test]
fn linters_are_silent_or_heard() {
    let good = accumulator();
    assert_eq!(lint(&good).unwrap(), []);

    let mut bad = accumulator();
    bad.verilog = bad.verilog.replace("assign odd = sum[0];", "assign odd = summ;\n  assign echo = 70'd0;");
    bad.vhdl = bad.vhdl.replace("odd <= sum(0)", "odd <= sum(1 downto 0)");
    let complaints = lint(&bad).unwrap();
    for linter in Linter::ALL {
        let has = complaints.iter().any(|c| c.linter == linter && !c.message.is_empty());
        assert!(has, "{linter:?} says nothing: {complaints:?}");
    }
    // Complaints are data; programs that are missing are errors.
    assert!(complaints[0].to_string().starts_with("verilator --lint-only -Wall"));
}

#[test]
fn testbenches_pass_and_fail() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let bench = |operator: &str| {
        put(
            "inv.v",
            &format!("module inv (input wire a, output wire r);\n  assign r = {operator}a;\nendmodule\n"),
        );
        put(
            "inv.vhd",
            &format!(
                "library ieee;\nuse ieee.std_logic_1164.all;\nentity inv is port (a : in std_logic; r : out \
                 std_logic); end inv;\narchitecture rtl of inv is begin\n  r <= {} a;\nend rtl;\n",
                if operator == "~" { "not" } else { "" }
            ),
        );
    };
    put(
        "inv_tb.v",
        "`ifdef VERILATOR\nmodule inv_tb (input wire clk, output wire tb_ok);\n`else\nmodule inv_tb;\n  reg clk;\n  \
         wire tb_ok;\n`endif\n  wire r;\n  inv dut (.a(clk), .r(r));\n  assign tb_ok = r == ~clk;\n`ifndef VERILATOR\n  \
         initial begin\n    clk = 1'b0;\n    #5;\n    if (tb_ok) $display(\"PASS 1 vectors\");\n    else begin\n      \
         $display(\"FAIL 1 of 1\");\n      $finish_and_return(1);\n    end\n    $finish(0);\n  end\n`endif\nendmodule\n",
    );
    put(
        "inv_tb.cpp",
        "#include <cstdio>\n#include \"Vinv_tb.h\"\n#include \"verilated.h\"\nint main() {\n  VerilatedContext c;\n  \
         Vinv_tb t{&c};\n  t.clk = 0;\n  t.eval();\n  std::puts(t.tb_ok ? \"PASS 1 vectors\" : \"FAIL 1 of 1\");\n  \
         return !t.tb_ok;\n}\n",
    );
    put(
        "inv_tb.vhd",
        "library ieee;\nuse ieee.std_logic_1164.all;\nuse std.textio.all;\nentity inv_tb is end inv_tb;\narchitecture \
         t of inv_tb is\n  signal a : std_logic := '0';\n  signal r : std_logic;\nbegin\n  dut : entity work.inv port \
         map (a, r);\n  process\n    variable l : line;\n  begin\n    wait for 5 ns;\n    if r = '1' then\n      write(l, \
         string'(\"PASS 1 vectors\"));\n      writeline(output, l);\n    else\n      write(l, string'(\"FAIL 1 of 1\"));\n      \
         writeline(output, l);\n      assert false severity failure;\n    end if;\n    wait;\n  end process;\nend t;\n",
    );
    for (operator, line, passed) in [("~", "PASS 1 vectors", true), ("", "FAIL 1 of 1", false)] {
        bench(operator);
        for e in ENGINES {
            let v = run_testbench(e.name(), folder.path(), "inv", &Options::default()).unwrap();
            assert_eq!((v.line.as_str(), v.passed, v.exit_ok), (line, passed, passed), "{}: {v:?}", e.name());
        }
    }
    let e = run_testbench("icarus", folder.path(), "missing", &Options::default()).unwrap_err().to_string();
    assert!(e.contains("missing.v"), "{e}");
}
