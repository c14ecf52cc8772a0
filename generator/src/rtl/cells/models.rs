//! What simulators and proofs take for the cells.

/// Behaviour of the cells in Verilog, for simulators and proofs; synthesis knows them itself.
///
/// From AMD's documentation: UG953 (7-series libraries guide) and UG974 (UltraScale libraries guide).
pub fn verilog_models() -> String {
    let mut out = String::from(
        "// Behaviour of the cells of AMD FPGAs that the core names: for simulators and proofs only.\n\
         // Whoever synthesises leaves this file out: the tools know the cells.\n\
         /* verilator lint_off DECLFILENAME */\n\n\
         // Two tables of five inputs, or one of six with the lower half beside it.\n\
         module LUT6_2 #(\n  parameter [63:0] INIT = 64'd0\n) (\n  output wire O6,\n  output wire O5,\n",
    );
    for i in 0..6 {
        let comma = if i < 5 { "," } else { "" };
        out += &format!("  input  wire I{i}{comma}\n");
    }
    out += ");\n  assign O6 = INIT[{I5, I4, I3, I2, I1, I0}];\n  \
            assign O5 = INIT[{1'b0, I4, I3, I2, I1, I0}];\nendmodule\n";
    for inputs in 1..=6 {
        let rows = 1 << inputs;
        let names: Vec<String> = (0..inputs).rev().map(|i| format!("I{i}")).collect();
        out += &format!(
            "\n// A table of {inputs} input{}.\nmodule LUT{inputs} #(\n  parameter [{}:0] INIT = {rows}'d0\n) (\n  \
             output wire O,\n  input  wire {}\n);\n  assign O = INIT[{{{}}}];\nendmodule\n",
            if inputs == 1 { "" } else { "s" },
            rows - 1,
            names.iter().rev().cloned().collect::<Vec<_>>().join(",\n  input  wire "),
            names.join(", ")
        );
    }
    for bits in [4u32, 8] {
        let top = bits - 1;
        let second = if bits == 4 { "CYINIT" } else { "CI_TOP" };
        out += &format!(
            "\n// {}\nmodule CARRY{bits} (\n  output wire [{top}:0] CO,\n  output wire [{top}:0] O,\n  \
             input  wire CI,\n  input  wire {second},\n  input  wire [{top}:0] DI,\n  input  wire [{top}:0] S\n);\n",
            if bits == 4 {
                "Carry chain of a slice of 7-series: CI comes from the slice below, CYINIT from the fabric."
            } else {
                "Carry chain of a slice of UltraScale+, in one piece: CI_TOP is not used then."
            }
        );
        let carry = if bits == 4 { "CI | CYINIT" } else { "CI" };
        // A wire each: simulators take a vector that feeds itself for a loop.
        out += &format!("  wire c0 = {carry};\n");
        for i in 0..bits {
            out += &format!("  wire c{} = S[{i}] ? c{i} : DI[{i}];\n", i + 1);
        }
        let carries =
            |from: u32| (from..from + bits).rev().map(|i| format!("c{i}")).collect::<Vec<_>>().join(", ");
        out += &format!("  assign O = S ^ {{{}}};\n  assign CO = {{{}}};\n", carries(0), carries(1));
        if bits == 8 {
            out += "  wire unused = &{1'b0, CI_TOP};\n";
        }
        out += "endmodule\n";
    }
    out
}

/// As [`verilog_models`], in VHDL.
pub fn vhdl_models() -> String {
    let library = "library ieee;\nuse ieee.std_logic_1164.all;\n\n";
    let mut out = format!(
        "-- Behaviour of the cells of AMD FPGAs that the core names: for simulators and proofs only.\n\
         -- Whoever synthesises leaves this file out: the tools know the cells.\n\n\
         -- Two tables of five inputs, or one of six with the lower half beside it.\n\
         {library}entity LUT6_2 is\n{}end entity LUT6_2;\n\n\
         architecture behaviour of LUT6_2 is\n  \
         function look_up(a : std_logic_vector(5 downto 0)) return std_logic is\n    \
         variable index : integer range 0 to 63 := 0;\n  begin\n    for i in a'range loop\n      index := index mod 32;\n      \
         if a(i) = '1' then\n        index := 2 * index + 1;\n      elsif a(i) = '0' then\n        index := 2 * index;\n      \
         else\n        return 'X';\n      end if;\n    end loop;\n    if INIT(index) = '1' then\n      return '1';\n    \
         end if;\n    return '0';\n  end function;\nbegin\n  \
         O6 <= look_up(I5 & I4 & I3 & I2 & I1 & I0);\n  O5 <= look_up('0' & I4 & I3 & I2 & I1 & I0);\n\
         end architecture behaviour;\n",
        lut_with_two_outputs_ports("  ")
    );
    for inputs in 1..=6usize {
        // An aggregate: a concatenation of one bit would be that bit.
        let bits: Vec<String> = (0..inputs).rev().map(|i| format!("{i} => I{i}")).collect();
        out += &format!(
            "\n-- A table of {} inputs.\n{library}entity LUT{inputs} is\n{}end entity LUT{inputs};\n\n\
             architecture behaviour of LUT{inputs} is\n  signal a : std_logic_vector({} downto 0);\nbegin\n  \
             a <= ({});\n  look_up : process (a)\n    variable index : integer range 0 to {};\n    \
             variable known : boolean;\n  begin\n    index := 0;\n    known := true;\n    for i in a'range loop\n      \
             index := (2 * index) mod {};\n      if a(i) = '1' then\n        index := index + 1;\n      \
             elsif a(i) /= '0' then\n        known := false;\n      end if;\n    end loop;\n    \
             if not known then\n      O <= 'X';\n    elsif INIT(index) = '1' then\n      O <= '1';\n    else\n      \
             O <= '0';\n    end if;\n  end process;\nend architecture behaviour;\n",
            inputs,
            lut_ports(inputs, "  "),
            inputs - 1,
            bits.join(", "),
            (1 << inputs) - 1,
            1 << inputs
        );
    }
    for bits in [4u32, 8] {
        let carry = if bits == 4 { "CI or CYINIT" } else { "CI" };
        out += &format!(
            "\n-- {}\n{library}entity CARRY{bits} is\n{}end entity CARRY{bits};\n\n\
             architecture behaviour of CARRY{bits} is\n  signal c : std_logic_vector({bits} downto 0);\nbegin\n  \
             c(0) <= {carry};\n  chain : for i in 0 to {} generate\n    O(i) <= S(i) xor c(i);\n    \
             c(i + 1) <= c(i) when S(i) = '1' else DI(i) when S(i) = '0' else 'X';\n  end generate;\n  \
             CO <= c({bits} downto 1);\nend architecture behaviour;\n",
            if bits == 4 {
                "Carry chain of a slice of 7-series: CI comes from the slice below, CYINIT from the fabric."
            } else {
                "Carry chain of a slice of UltraScale+, in one piece: CI_TOP is not used then."
            },
            carry_ports(bits, "  "),
            bits - 1
        );
    }
    out
}

/// Generics and ports of a table of so many inputs in VHDL.
pub(in crate::rtl) fn lut_ports(inputs: usize, indent: &str) -> String {
    let (rows, names) = (1 << inputs, (0..inputs).map(|i| format!("I{i}")).collect::<Vec<_>>());
    format!(
        "{indent}generic (INIT : bit_vector({} downto 0) := \"{}\");\n{indent}port (\n\
         {indent}  O : out std_logic;\n{indent}  {} : in  std_logic\n{indent});\n",
        rows - 1,
        "0".repeat(rows),
        names.join(", ")
    )
}

/// Generics and ports of a table with two outputs in VHDL.
pub(in crate::rtl) fn lut_with_two_outputs_ports(indent: &str) -> String {
    let inputs: Vec<String> = (0..6).map(|i| format!("I{i}")).collect();
    format!(
        "{indent}generic (INIT : bit_vector(63 downto 0) := X\"0000000000000000\");\n{indent}port (\n\
         {indent}  O6 : out std_logic;\n{indent}  O5 : out std_logic;\n{indent}  {} : in  std_logic\n{indent});\n",
        inputs.join(", ")
    )
}

/// Ports of a carry cell in VHDL.
pub(in crate::rtl) fn carry_ports(bits: u32, indent: &str) -> String {
    let (top, second) = (bits - 1, if bits == 4 { "CYINIT" } else { "CI_TOP" });
    format!(
        "{indent}port (\n{indent}  CO : out std_logic_vector({top} downto 0);\n\
         {indent}  O : out std_logic_vector({top} downto 0);\n{indent}  CI, {second} : in  std_logic;\n\
         {indent}  DI, S : in  std_logic_vector({top} downto 0)\n{indent});\n"
    )
}
