//! Small circuits between registers, routed: the delay table of a target from measurements.
//!
//! Each circuit is made of the generator's own nodes and stands in the frame of registers in which cores are measured.
//! Its period is what a register costs, plus the circuit. Straight lines over the size are fitted by least squares.
use crate::failure::Failure;
use crate::flows;
use holigen_fpga_flows::cache::Entry;
use holigen_fpga_flows::{Design, Device, FlowError, Report, flow};
use holigen_generator::compile::{Options, compile};
use holigen_generator::rtl::verilog;
use holigen_generator::structures::multiplier::multiply;
use holigen_generator::target::{Circuit, Target};
use holigen_generator::{Bits, Builder, Context};
use std::fmt::Write as _;
use std::time::Duration;

/// Far beyond what any circuit reaches: the tools do their best.
const ASKED_MHZ: f64 = 1000.0;
const LIMIT: Duration = Duration::from_secs(1800);
/// What is measured: circuit and sizes.
const PLAN: &[(Circuit, &[u32])] = &[
    (Circuit::Lut, &[1, 2, 3]),
    (Circuit::Add, &[8, 16, 24, 32, 48]),
    (Circuit::Mux, &[4, 8, 16, 32]),
    (Circuit::Shift, &[8, 16, 32, 64]),
    (Circuit::Lzc, &[8, 16, 32, 64]),
    (Circuit::Mul, &[3, 4, 5, 6]),
    (Circuit::Spread, &[1, 8, 16, 32, 64, 128]),
    (Circuit::Reset, &[8, 16, 32, 64]),
    (Circuit::Loop, &[16, 32, 47]),
];

/// A routed circuit.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What it is.
    pub circuit: Circuit,
    /// Its size: levels of tables, bits of an adder, a word or a factor, ways of a multiplexer, positions of a shifter, loads
    /// of a bit.
    pub bits: u32,
    /// What the tools say.
    pub report: Report,
}

impl Measured {
    /// Picoseconds between two edges.
    fn period(&self) -> f64 {
        self.report.fmax_mhz.map_or(f64::NAN, |f| 1e6 / f)
    }
}

/// How many circuits there are.
pub fn count() -> u64 {
    PLAN.iter().map(|p| p.1.len() as u64).sum()
}

/// The name of a circuit in a target file.
pub fn name(c: Circuit) -> &'static str {
    match c {
        Circuit::Lut => "lut",
        Circuit::Add => "add",
        Circuit::Mux => "mux",
        Circuit::Shift => "shift",
        Circuit::Lzc => "lzc",
        Circuit::Mul => "mul",
        Circuit::Spread => "spread",
        Circuit::Reset => "reset",
        Circuit::Loop => "loop",
    }
}

fn build(b: &Builder, target: &Target, circuit: Circuit, bits: u32) {
    let x = |width: u32| b.input("x", width);
    let result = match circuit {
        // A parity of 4, 16, 64 bits takes as many levels of tables of four inputs.
        Circuit::Lut => x(target.lut_inputs.pow(bits)).parity(),
        Circuit::Add => x(bits).wrapping_add(b.input("y", bits)),
        Circuit::Mux => {
            let each: Vec<_> = (0..bits).map(|k| b.input(&format!("x{k}"), 1)).collect();
            b.input("s", bits.ilog2()).choose(&each)
        }
        Circuit::Shift => x(bits).shift_left(b.input("s", bits.ilog2())),
        Circuit::Lzc => {
            let (none, count) = leading_zeros(x(bits));
            count.map_or(none, |count| none.cat(count))
        }
        Circuit::Mul => multiply(b, x(bits), b.input("y", bits)),
        Circuit::Spread => x(bits) ^ b.input("s", 1).replicate(bits),
        Circuit::Reset => x(bits).gate(!b.input("s", 2).all()).registered(),
        Circuit::Loop => {
            let state = b.state("acc", bits, None);
            let sum = state.wrapping_add(x(bits));
            state.write_state(sum);
            sum
        }
    };
    b.output("r", result);
}

/// Of a power of two of bits: one bit, none is set; and how many zeros come first, which means nothing then.
fn leading_zeros(x: Bits<'_>) -> (Bits<'_>, Option<Bits<'_>>) {
    if x.width() == 1 {
        return (!x, None);
    }
    let half = x.width() / 2;
    let ((none, first), (low_none, second)) = (leading_zeros(x.top(half)), leading_zeros(x.low(half)));
    let count = first.zip(second).map_or(none, |(first, second)| none.cat(none.mux(second, first)));
    (none & low_none, Some(count))
}

/// Routes all circuits.
///
/// # Errors
/// Tools that are missing or fail.
pub fn run(
    target: &Target,
    device: Device,
    seeds: u64,
    cache: bool,
    step: &dyn Fn(),
) -> Result<Vec<Measured>, Failure> {
    let mut all = Vec::new();
    for (circuit, sizes) in PLAN {
        for &bits in *sizes {
            // These have registers of their own, however slow their clock.
            let mhz = if matches!(circuit, Circuit::Reset | Circuit::Loop) { 1.0 } else { 0.0 };
            let context = Context::new(target.clone(), mhz);
            let b = Builder::new(context.clone());
            build(&b, target, *circuit, bits);
            let name = format!("{}_{bits}", name(*circuit));
            let options = Options { name: name.clone(), clock_enable: false, turns: 1 };
            let compiled = compile(b.finish(), &context, &options)
                .map_err(|e| Failure::Check(format!("circuit {name}: {e}")))?;
            let text = verilog::print(&compiled.module);
            let (inputs, outputs) = flows::ports(&compiled);
            let signals: Vec<String> = compiled.module.signals.iter().map(|s| s.name.clone()).collect();
            let design = Design {
                top: &name,
                verilog: &text,
                clocked: compiled.module.clocked,
                inputs: &inputs,
                outputs: &outputs,
                signals: &signals,
            };
            let settings = flow::Settings {
                mhz: ASKED_MHZ,
                seeds: (1..=seeds).collect(),
                limit: LIMIT,
                delays: flows::delays(target),
                dsp: false,
                threads: 0,
            };
            let kept = cache.then(|| Entry::of(device, &design, &settings)).flatten();
            let report = match kept.as_ref().and_then(Entry::read) {
                Some(report) => report,
                None => {
                    let report = flow::run(device, &design, &settings, &|_| ())
                        .map_err(|e: FlowError| Failure::Tool(e.to_string()))?;
                    if let Some(entry) = kept {
                        entry.write(&report);
                    }
                    report
                }
            };
            all.push(Measured { circuit: *circuit, bits, report });
            step();
        }
    }
    Ok(all)
}

/// `a + b * x` by least squares.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let over = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum::<f64>();
    let under = points.iter().map(|p| (p.0 - mx).powi(2)).sum::<f64>();
    let slope = if under > 0.0 { over / under } else { 0.0 };
    (my - slope * mx, slope)
}

/// Size on the axis over which a circuit is a straight line.
fn axis(circuit: Circuit, bits: u32) -> f64 {
    match circuit {
        Circuit::Mux | Circuit::Shift | Circuit::Lzc => f64::from(bits).log2(),
        Circuit::Spread | Circuit::Reset => f64::from(bits - 1).sqrt(),
        _ => f64::from(bits),
    }
}

/// What the target file says of a circuit, picoseconds.
fn stated(t: &Target, circuit: Circuit, bits: u32) -> f64 {
    match circuit {
        Circuit::Lut => f64::from(bits) * t.lut_level(),
        Circuit::Mux => t.mux_n(bits),
        Circuit::Shift => t.shift(bits),
        Circuit::Lzc => t.lzc(bits),
        Circuit::Mul => t.mul(bits, bits),
        Circuit::Spread => t.lut_level() + t.reaching(bits),
        Circuit::Reset => t.lut_level() + t.reset_ps + t.reaching(bits),
        Circuit::Add | Circuit::Loop => t.add(bits),
    }
}

/// The table as TOML: fitted lines in the words of a target file, raw samples behind them, and for each how far the
/// fitted line and the line of the target file are from it.
pub fn toml(target: &Target, device: Device, all: &[Measured], seeds: u64) -> String {
    let mut out = String::new();
    let tools = all.first().map(|m| m.report.tools.join(", ")).unwrap_or_default();
    let _ = writeln!(
        out,
        "# {}: circuits between registers, placed and routed with {tools}; the median of {seeds} seeds.\n\
         # Lines by least squares, picoseconds. `holigen calibrate --target {}` makes this again.",
        device.part, target.name
    );
    let points = |c: Circuit| -> Vec<(f64, f64)> {
        all.iter().filter(|m| m.circuit == c).map(|m| (axis(c, m.bits), m.period())).collect()
    };
    let (overhead, level) = line(&points(Circuit::Lut));
    let (alone, root) = line(&points(Circuit::Spread));
    // A reset is as far as as many loads; what is beyond that it takes itself.
    let resets = points(Circuit::Reset);
    let beyond = |(x, period): &(f64, f64)| period - alone - root * x;
    let reset = resets.iter().map(beyond).sum::<f64>() / resets.len() as f64;
    let _ = writeln!(
        out,
        "stage_overhead_ps = {overhead:.0}\nlut_level_ps = {level:.0}\nfanout_per_root_ps = {root:.0}\n\
         reset_ps = {reset:.0}"
    );
    let mut fitted = vec![
        (Circuit::Lut, 0.0, level),
        (Circuit::Spread, alone - overhead, root),
        (Circuit::Reset, alone - overhead + reset, root),
    ];
    for (circuit, table, base, slope) in [
        (Circuit::Add, "add", "base_ps", "per_chunk_ps"),
        (Circuit::Mux, "mux", "base_ps", "per_log2_ps"),
        (Circuit::Shift, "shift", "base_ps", "per_log2_ps"),
        (Circuit::Lzc, "lzc", "base_ps", "per_log2_ps"),
        (Circuit::Mul, "mul", "base_ps", "per_bit_ps"),
    ] {
        let list: Vec<_> = points(circuit).into_iter().map(|(x, y)| (x, y - overhead)).collect();
        let (a, b) = line(&list);
        let _ = writeln!(out, "\n[{table}]\n{base} = {a:.0}\n{slope} = {b:.0}");
        if circuit == Circuit::Add {
            let _ = writeln!(out, "chunk_bits = 1");
            // Target files say of both what they say of sums.
            fitted.push((Circuit::Loop, a, b));
        }
        fitted.push((circuit, a, b));
    }
    for m in all {
        let (a, b) = fitted.iter().find(|f| f.0 == m.circuit).map_or((0.0, 0.0), |f| (f.1, f.2));
        let found = 1e6 / (overhead + a + b * axis(m.circuit, m.bits));
        let file = 1e6 / (target.overhead() + stated(target, m.circuit, m.bits));
        let fmax = m.report.fmax_mhz.unwrap_or(f64::NAN);
        let _ = writeln!(
            out,
            "\n[[sample]]\ncircuit = \"{}\"\nbits = {}\nfmax_mhz = {fmax:.0} # fitted {:+.1} %, target file {:+.1} %",
            name(m.circuit),
            m.bits,
            100.0 * (found / fmax - 1.0),
            100.0 * (file / fmax - 1.0)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_through_points() {
        let (a, b) = line(&[(1.0, 5.0), (2.0, 7.0), (4.0, 11.0)]);
        assert!((a - 3.0).abs() < 1e-9 && (b - 2.0).abs() < 1e-9, "{a} {b}");
    }
}
