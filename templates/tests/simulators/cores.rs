//! Small hand-written cores and their testbenches.
use std::fmt::Write as _;

use holigen_templates::{Float, Numbers, Port, Step, Testbench};
use holigen_verif::rng::SplitMix64;

pub fn port(name: &str, width: u32, is_input: bool, numbers: Numbers) -> Port {
    Port { name: name.into(), width, is_input, lanes: 1, numbers }
}

/// An accumulator of 8-bit numbers in 12 bits behind `latency` registers, its first loaded with the sum.
#[derive(Clone, Copy)]
pub struct Accumulator {
    pub latency: u32,
    pub rst: bool,
    pub ce: bool,
}

impl Accumulator {
    pub fn testbench(self, steps: usize) -> Testbench {
        let Accumulator { latency, rst: has_rst, ce: has_ce } = self;
        let mut random = SplitMix64::new(7);
        let mut sum = 0;
        let fixed = Numbers::Fixed { signed: true, lsb: -3 };
        let step = |k: usize| {
            let bits = random.next_u64();
            let (valid, ce) = (bits & 3 != 0, !has_ce || bits & 12 != 0);
            let first = k == 0 || bits & 0xf00 == 0 || sum == 0;
            let a = (bits >> 16) as u8 as i8;
            let mut expected = Vec::new();
            if valid && ce {
                sum = if first { 0 } else { sum } + i64::from(a);
                expected = vec![sum as u64 & 0xfff, u64::from(sum < 0 && sum & 0x800 != 0)];
            }
            Step { valid, ce, inputs: vec![u64::from(a as u8), u64::from(first)], expected, clocks: 1 }
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

    pub fn verilog(self) -> String {
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

    pub fn vhdl(self) -> String {
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

pub const ALL: [Accumulator; 5] = [
    Accumulator { latency: 1, rst: true, ce: false },
    Accumulator { latency: 1, rst: true, ce: true },
    Accumulator { latency: 2, rst: false, ce: false },
    Accumulator { latency: 4, rst: true, ce: true },
    Accumulator { latency: 3, rst: false, ce: true },
];

/// Negates E4M3 numbers, four of them, and says of the lowest whether it is NaN.
pub fn negate() -> (Testbench, String, String) {
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
        Step { valid: true, ce: true, inputs: vec![a], expected, clocks: 1 }
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
