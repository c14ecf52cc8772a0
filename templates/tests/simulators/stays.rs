//! Rows that stay for many clocks: long sums of equal terms.
use holigen_templates::{Step, Testbench, TestbenchError};

use crate::cores::ALL;
use crate::tools::{Fault, found_everywhere, passes, passes_everywhere, verilator, write};

/// Terms of the long sums: two's complement in 12 bits just holds sixteen times 127.
const TERMS: u64 = 16;

/// Some vectors, then sums of so many of the largest and of the smallest numbers, of which the testbench looks at the
/// first and the last result; a bubble and a short sum end it.
fn testbench(core: crate::cores::Accumulator) -> Testbench {
    let mut tb = core.testbench(40);
    let step = |a: i64, first: bool, sum: i64, clocks: u64| Step {
        valid: true,
        ce: true,
        inputs: vec![a as u64 & 0xff, u64::from(first)],
        expected: vec![sum as u64 & 0xfff, u64::from(sum < 0)],
        clocks,
    };
    for a in [127, -128] {
        tb.steps.extend([step(a, true, a, 1), step(a, false, a * TERMS as i64, TERMS - 1)]);
    }
    tb.steps.push(Step { valid: false, expected: vec![], ..step(0, true, 0, 1) });
    tb.steps.push(step(3, true, 3, 1));
    tb
}

#[test]
fn right_cores_pass() {
    for core in ALL {
        passes_everywhere(&testbench(core), &core.verilog(), &core.vhdl());
    }
    let dir = tempfile::tempdir().unwrap();
    let (dir, tb) = (dir.path(), testbench(ALL[3]));
    write(dir, &tb, &ALL[3].verilog(), &ALL[3].vhdl());
    passes(&verilator(dir, "acc", ""), &tb);
}

/// Faults that only a long sum shows, or only the clocks between its first and its last result.
#[test]
fn faults_of_long_sums_are_found() {
    let core = ALL[3];
    let faults: [Fault; 2] = [
        (
            "a bit too narrow",
            ["r = s4", "r = {s4[10], s4[10:0]}"],
            ["r <= std_logic_vector(s(4));", "r <= std_logic_vector(resize(s(4)(10 downto 0), 12));"],
            "FAIL cycle 41: a=0x7f",
        ),
        (
            "a result lost on the way",
            ["v2 <= v1", "v2 <= v1 & (s1 != 12'd1016)"],
            ["v(2) <= v(1)", "v(2) <= v(1) and not lost(s(1))"],
            "out_valid was not 1 in one of the 15 cycles",
        ),
    ];
    let function = "architecture rtl of acc is\nfunction lost(s : signed) return std_logic is begin\n\
                    if s = 1016 then return '1'; end if; return '0'; end function;\n";
    let vhdl = core.vhdl().replace("architecture rtl of acc is\n", function);
    found_everywhere(&testbench(core), &core.verilog(), &vhdl, &faults);
}

#[test]
fn contradictions_are_refused() {
    let good = testbench(ALL[1]);
    let said = |change: &dyn Fn(&mut Vec<Step>)| {
        let mut tb = good.clone();
        change(&mut tb.steps);
        tb.texts().unwrap_err()
    };
    let refused = |step, clocks| TestbenchError::Clocks { step, clocks };
    assert_eq!(said(&|s| s[7].clocks = 0), refused(7, 0));
    assert_eq!(said(&|s| s[43].clocks = 14), refused(43, 14));
    assert_eq!(said(&|s| s[44].clocks = 15), refused(44, 15));
    assert_eq!(said(&|s| s[41].clocks = 1 << 40), refused(41, 1 << 40));
}
