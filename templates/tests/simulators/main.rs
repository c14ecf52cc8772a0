//! Testbenches of small hand-written cores, run in every simulator: a right core passes in silence of all
//! linters, each fault is found everywhere.
use holigen_templates::{Float, Numbers, Step, Testbench, TestbenchTexts};

use cores::{ALL, negate, port};
use tools::{
    Fault, fails, found_everywhere, ghdl, icarus, lint, passes, passes_everywhere, run, verilator, write,
};

mod cores;
mod stays;
mod tools;

#[test]
fn right_cores_pass_in_silence() {
    for core in ALL {
        passes_everywhere(&core.testbench(300), &core.verilog(), &core.vhdl());
    }
    let (tb, verilog, vhdl) = negate();
    passes_everywhere(&tb, &verilog, &vhdl);
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
    let faults: [Fault; 9] = [
        (
            "wrong value",
            ["12'd0", "12'd1"],
            ["resize(signed(a), 12)", "resize(signed(a), 12) + 1"],
            "expected 0x",
        ),
        ("wrong flag", ["negative = r[11]", "negative = r[3]"], ["(4)(11)", "(4)(3)"], "negative="),
        (
            "early",
            ["out_valid = v4", "out_valid = v3"],
            ["out_valid <= v(4)", "out_valid <= v(3)"],
            "out_valid=1 expected 0",
        ),
        (
            "lost",
            ["v2 <= v1", "v2 <= v1 & ~s1[3]"],
            ["v(2) <= v(1)", "v(2) <= v(1) and not s(1)(3)"],
            "out_valid=0 expected 1",
        ),
        (
            "stuck valid",
            ["v1 <= in_valid", "v1 <= 1'b1"],
            ["v(1) <= in_valid", "v(1) <= '1'"],
            "out_valid=1 expected 0",
        ),
        (
            "no enable in a stage",
            ["if (ce) s3", "s3"],
            ["v(3) <= v(2); s(3) <= s(2);", "v(3) <= v(2); end if; s(3) <= s(2); if ce = '1' then"],
            "expected 0x",
        ),
        (
            "unknown bit",
            ["r = s4", "r = {s4[11:1], 1'bx}"],
            ["r <= std_logic_vector(s(4));", "r <= std_logic_vector(s(4)); r(0) <= 'X';"],
            "unknown",
        ),
        (
            "unknown valid",
            ["v4 <= v3", "v4 <= v3 | 1'bx"],
            ["v(4) <= v(3)", "v(4) <= v(3) or 'X'"],
            "out_valid=x expected 0",
        ),
        ("unconnected", ["r = s4", "r = 12'bz"], ["r <= std_logic_vector(s(4));", ""], "unknown"),
    ];
    found_everywhere(&core.testbench(300), &core.verilog(), &core.vhdl(), &faults);
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
        clocks: 1,
    };
    let bubble = Step { valid: false, ce: true, inputs: vec![0x5a, 1], expected: vec![], clocks: 1 };
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
    let steps = vec![Step { valid: true, ce: true, inputs, expected: vec![1], clocks: 1 }];
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
    assert_eq!(tb.texts(), tb.clone().texts());
    let TestbenchTexts { verilog, vhdl, cpp } = tb.texts().unwrap();
    for text in [verilog, vhdl, cpp] {
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
        tb.texts().unwrap_err()
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
