//! Twenty faults put into the emitted Verilog by hand: the core's own testbench finds each of them.
mod common;

use std::path::Path;
use std::process::Command;

/// What stands in the text, what it becomes, and what that breaks. Whatever follows the first part is kept.
const FAULTS: [(&str, &str, &str); 20] = [
    ("a_normal = |a[6:3]", "a_normal = |a[6:4]", "exponent 1 of a counts as subnormal"),
    ("a_is_nan                 = &a_s1[6:0]", "a_is_nan                 = &a_s1[6:1]", "448 counts as NaN"),
    (
        "product_sign             = a_s1[7] ^ b_s1[7]",
        "product_sign             = a_s1[7] | b_s1[7]",
        "minus times minus",
    ),
    ("a_s1[3] | ~a_normal_s1", "a_s1[3]", "subnormal operands weigh too little"),
    ("{1'b0, b_s1[6:4]", "{1'b0, a_s1[6:4]", "exponent of the wrong operand"),
    ("product_weight_s2[1] ?", "product_weight_s2[2] ?", "fine shift by the wrong bit"),
    ("product_weight_s2[4:2] == 3'd3", "product_weight_s2[4:2] == 3'd2", "a place that is never taken"),
    ("starts_over_s1 = valid_s1 & in_first_s1", "starts_over_s1 = in_first_s1", "a bubble clears the sum"),
    ("end else if (valid_s3) begin", "end else begin", "a bubble is added"),
    ("acc_q <= 53'd0", "acc_q <= 53'd1", "a sum starts one unit too high"),
    ("placed} ^ {53{product_sign_s3}}", "placed} ^ {53{1'b0}}", "subtraction becomes addition"),
    ("sum_sign     = sum_s4[52]", "sum_sign     = ~sum_s4[52]", "sign turned over"),
    ("|(sum_s4[51:36] ^", "|(sum_s4[51:37] ^ {1'b0, sum_s4[50:37]} ^", "leading bits overlooked"),
    ("~differs_16_1_s5 & ~differs_16_2_s5", "~differs_16_2_s5", "shift too far"),
    ("seen_nan_q <= is_nan", "seen_nan_q <= 1'b0", "NaN is forgotten"),
    (" <= sum_sign_s5;", " <= ~sum_sign_s5;", "sign of the wrong kind"),
    ("guard           =", "guard           = 1'b1 |", "always rounded as if half were there"),
    ("32'h7fc00000", "32'h7f800000", "infinity instead of NaN"),
    ("valid_s4 <= valid_s3", "valid_s4 <= 1'b1", "a result too many"),
    ("is_nan_s5       <= is_nan_s4", "is_nan_s5       <= is_nan_s3", "NaN one clock early"),
];

fn run_testbench(dir: &Path, verilog: &str, k: usize) -> String {
    let core = dir.join(format!("fault_{k}.v"));
    let image = dir.join(format!("fault_{k}.vvp"));
    std::fs::write(&core, verilog).expect("the folder is writable");
    let compiled = Command::new("iverilog")
        .args(["-g2001", "-o"])
        .args([&image, &core, &dir.join("core_tb.v")])
        .output()
        .expect("iverilog is installed by ./test");
    assert!(compiled.status.success(), "fault {k}: {}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new("vvp").arg("-n").arg(&image).output().expect("vvp is installed by ./test");
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// Writes a core of that name into the folder and returns its Verilog.
fn made(dir: &Path, line: &str) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_holigen"))
        .args(line.split_whitespace())
        .args(["--name", "core", "-o"])
        .arg(dir)
        .output()
        .expect("the binary runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read_to_string(dir.join("core.v")).expect("the core was written")
}

/// Accumulators for half the terms, which are one bit narrower: only the sums to the brink of overflow tell them
/// from the right ones.
#[test]
fn own_testbench_finds_an_accumulator_one_bit_too_narrow() {
    let [default, posits] = ["fp8mac --we 4 --wf 3 --freq 400", "positmac --n 8 --es 1 --freq 200"];
    for (line, terms, half) in
        [(default, "--terms 65536", "--terms 32768"), (posits, "--quire exact:4096", "--quire exact:2048")]
    {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (dir, narrow) = (folder.path().join("core"), folder.path().join("narrow"));
        let right = made(&dir, &format!("{line} {terms} --tb 10000"));
        assert_eq!(run_testbench(&dir, &right, 0).lines().last().map(|l| l.starts_with("PASS ")), Some(true));
        let narrow = made(&narrow, &format!("{line} {half} --tb 10"));
        let out = run_testbench(&dir, &narrow, 1);
        let failures: Vec<_> = out.lines().filter(|l| l.starts_with("FAIL cycle ")).collect();
        // The last two terms of a sum of the largest products, and of one of the smallest.
        assert!((1..=4).contains(&failures.len()), "{line}\n{out}");
        assert!(failures.iter().all(|l| l.contains("in_first=0")), "{line}\n{out}");
    }
}

#[test]
fn own_testbench_finds_every_fault() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path().join("core");
    let text = made(&dir, "fp8mac --we 4 --wf 3 --freq 400 --tb 10000");
    assert!(
        run_testbench(&dir, &text, FAULTS.len()).contains("\nPASS ") || {
            run_testbench(&dir, &text, FAULTS.len()).starts_with("PASS ")
        }
    );
    for (k, (right, wrong, breaks)) in FAULTS.iter().enumerate() {
        assert!(text.contains(right), "the text no longer has '{right}': choose another fault ({breaks})");
        let out = run_testbench(&dir, &text.replacen(right, wrong, 1), k);
        assert!(out.contains("FAIL"), "not found: {breaks}\n{out}");
    }
}
