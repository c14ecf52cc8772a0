//! Delays of operations from the figures of a target.
//!
//! Sizes are of the operation as the graph knows it, before any technology mapping. Every delay but that of a wire is at
//! least one lookup table, and none falls as its size grows: the schedulers and `max_add_width` rely on that.

use super::{AddLine, ChainLine, Kind, LogLine, MulLine, Multiplexers, Target, Timing};
use std::borrow::Cow;

/// Adders wider than this are not asked about: accumulators of the widest formats have some thousand bits.
const MAX_ADD_WIDTH: u32 = 1 << 16;

/// Loads beyond which a straight line over them holds no longer: tools copy the driver.
const MOST_LOADS: u32 = 32;

impl Target {
    /// One lookup table with its routing.
    pub fn lut_level(&self) -> f64 {
        self.lut_level_ps
    }

    /// Sum or difference of two `bits`-bit numbers; an accumulator loop alike.
    pub fn add(&self, bits: u32) -> f64 {
        let line = match self.add {
            AddLine::Chain(chain) => {
                chain.base_ps + chain.per_chunk_ps * f64::from(bits.max(1).div_ceil(chain.chunk_bits))
            }
            AddLine::Prefix(line) => line.at(bits),
        };
        line.max(self.lut_level_ps)
    }

    /// Less-than of two `bits`-bit numbers: the carry of a difference.
    pub fn compare(&self, bits: u32) -> f64 {
        self.add(bits)
    }

    /// Equality of two `bits`-bit numbers. A tree of lookup tables over both, since that is what synthesis makes of `==`:
    /// a carry chain would be faster from some 32 bits on, but nothing promises one.
    pub fn equal(&self, bits: u32) -> f64 {
        self.reduce(2 * bits)
    }

    /// AND, OR or XOR of `bits` bits, or their equality to a constant.
    pub fn reduce(&self, bits: u32) -> f64 {
        let (mut levels, mut covered) = (0, 1u64);
        while covered < u64::from(bits) {
            covered *= u64::from(self.lut_inputs);
            levels += 1;
        }
        f64::from(levels) * self.lut_level_ps
    }

    /// A multiplexer of so many ways, select bits encoded in binary.
    pub fn mux_n(&self, ways: u32) -> f64 {
        self.sized(self.mux, ways)
    }

    /// A barrel shifter of so many positions (shift amounts 0 to `positions` - 1).
    pub fn shift(&self, positions: u32) -> f64 {
        self.sized(self.shift, positions)
    }

    /// Leading zeros of `bits` bits, as a prefix tree.
    pub fn lzc(&self, bits: u32) -> f64 {
        self.sized(self.lzc, bits)
    }

    /// A table of `2^index_bits` constants in logic: one lookup table, then multiplexers.
    pub fn rom(&self, index_bits: u32) -> f64 {
        match index_bits.checked_sub(self.lut_inputs) {
            None if index_bits == 0 => 0.0,
            None | Some(0) => self.lut_level_ps,
            Some(selects) => self.lut_level_ps + self.mux_n(1 << selects.min(31)),
        }
    }

    /// From the clock to the data of a memory's read port. Where no block RAM was measured, what a table of 64
    /// entries and its multiplexers take.
    pub fn memory(&self) -> f64 {
        self.ram.map_or_else(|| self.rom(9), |r| r.access_ps)
    }

    /// Product of an n-bit and an m-bit unsigned number between the registers of one DSP block; `None` if none has the
    /// widths. Without a measured clock, 400 MHz, which the slowest of 7-series (AMD DS182, all registers in use) exceeds.
    pub fn product_between_registers(&self, n: u32, m: u32) -> Option<f64> {
        let dsp = self.dsp?;
        let fits = n.max(m) < dsp.a_bits && n.min(m) < dsp.b_bits;
        fits.then(|| (1e6 / dsp.fmax_mhz.unwrap_or(400.0) - self.stage_overhead_ps).max(0.0))
    }

    /// Product of an n-bit and an m-bit number, outside of DSP blocks.
    pub fn mul(&self, n: u32, m: u32) -> f64 {
        let (rows, width) = (n.min(m), n + m);
        let line = match self.mul {
            // One row is an AND.
            _ if rows <= 1 => 0.0,
            // Measured on squares, where rows and width grow together; a tree of adders bounds the oblong.
            MulLine::Linear(line) => {
                let square = line.base_ps + line.per_bit_ps * f64::from(width) / 2.0;
                let tree = self.lut_level_ps + f64::from(log2_ceil(rows)) * self.add(width);
                square.min(tree)
            }
            MulLine::Tree(tree) => {
                let levels = f64::from(compressor_levels(rows));
                tree.base_ps + levels * tree.per_compressor_level_ps + self.add(width)
            }
        };
        line.max(self.lut_level_ps)
    }

    /// What a stage pays besides its operations: clock-to-q and setup.
    pub fn overhead(&self) -> f64 {
        self.stage_overhead_ps
    }

    /// Whether a carry chain takes the inverse of an operand as it takes the operand.
    pub fn chain_inverts(&self) -> bool {
        self.timing.as_ref().is_none_or(|t| t.chain_inverts)
    }

    /// What a value's loads beyond the first add to its delay, on a straight line.
    pub fn driving(&self, loads: u32) -> f64 {
        self.fanout_per_load_ps * f64::from(loads.min(MOST_LOADS).saturating_sub(1))
    }

    /// What the way to one of many loads adds to the delay of the operation there.
    pub fn reaching(&self, loads: u32) -> f64 {
        self.fanout_per_root_ps * f64::from(loads.saturating_sub(1)).sqrt()
    }

    /// Along one cell of a carry chain: a chunk of the line where the chain has no multiplexers.
    pub fn carry_cell(&self, line: &ChainLine) -> f64 {
        let chunks = match self.carry_chain.has_multiplexers() {
            true => f64::from(self.carry_chain.cell_bits()) / f64::from(line.chunk_bits),
            false => 1.0,
        };
        chunks * line.per_chunk_ps
    }

    /// Cells and wires by which the clock of a finished core is estimated: those of routed cores, where they are known.
    /// Otherwise, where a bit of a chain is a table and a multiplexer, the figures of the schedule, of which a netlist tells
    /// more than the graph: which tables stand in front of a chain, and how many loads each bit has.
    pub fn cells(&self) -> Option<Cow<'_, Timing>> {
        if let Some(timing) = &self.timing {
            return Some(Cow::Borrowed(timing));
        }
        let AddLine::Chain(chain) = self.add else { return None };
        if self.kind != Kind::Lut || !self.carry_chain.has_multiplexers() {
            return None;
        }
        let cell_bits = self.carry_chain.cell_bits();
        let multiplexers = Multiplexers {
            cell_bits,
            cell_ps: self.carry_cell(&chain),
            table_ps: chain.base_ps - self.lut_level_ps,
            operand_ps: chain.base_ps,
        };
        Some(Cow::Owned(Timing {
            table_inputs: self.lut_inputs,
            // `specify` of LUT6 and CARRY4, and the wire of `synth_xilinx`: what Yosys maps by, whatever the device.
            believed_ps: vec![vec![127.0, 238.0, 407.0, 472.0, 631.0, 642.0]],
            believed_wire_ps: 300.0,
            chain_in_ps: 340.0,
            carry_ps: 114.0 / 4.0,
            chain_out_ps: 222.0,
            table_ps: vec![vec![self.lut_level_ps; self.lut_inputs as usize]],
            clock_to_q_ps: self.stage_overhead_ps,
            chain_inverts: true,
            wire_per_load_ps: self.fanout_per_load_ps,
            multiplexers: Some(multiplexers),
            // No schedule changes how many registers an enable or a reset drives.
            registers_together: u32::MAX,
            ..Timing::default()
        }))
    }

    /// The widest adder that takes no more than the budget; 0 when none does.
    pub fn max_add_width(&self, budget_ps: f64) -> u32 {
        let (mut fits, mut beyond) = (0, MAX_ADD_WIDTH + 1);
        while beyond - fits > 1 {
            let middle = fits.midpoint(beyond);
            if self.add(middle) <= budget_ps {
                fits = middle;
            } else {
                beyond = middle;
            }
        }
        fits
    }

    /// Length of a clock period; infinite at 0 MHz, which asks for no clock at all.
    pub fn period_ps(&self, mhz: f64) -> f64 {
        1e6 / mhz
    }

    /// What a period leaves for operations; negative when the registers alone are too slow.
    pub fn budget(&self, mhz: f64) -> f64 {
        self.period_ps(mhz) - self.stage_overhead_ps
    }

    /// The clock at which a stage has this budget: the inverse of [`Target::budget`].
    pub fn clock_mhz(&self, budget_ps: f64) -> f64 {
        1e6 / (budget_ps + self.stage_overhead_ps)
    }

    /// A line over the logarithm; a single way is a wire.
    fn sized(&self, line: LogLine, size: u32) -> f64 {
        if size <= 1 { 0.0 } else { line.at(size).max(self.lut_level_ps) }
    }
}

impl LogLine {
    /// Levels are whole, so the sizes between two powers of two cost as the larger.
    fn at(self, size: u32) -> f64 {
        self.base_ps + self.per_log2_ps * f64::from(log2_ceil(size))
    }
}

fn log2_ceil(n: u32) -> u32 {
    n.max(1).next_power_of_two().trailing_zeros()
}

/// Levels of 3:2 compressors from so many rows down to two (Wallace, Dadda: 2, 3, 4, 6, 9, 13, 19, ...).
fn compressor_levels(rows: u32) -> u32 {
    let (mut levels, mut height) = (0, 2);
    while height < rows {
        height = height * 3 / 2;
        levels += 1;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::super::{Circuit, Target};

    fn target(name: &str) -> Target {
        Target::by_name(name).unwrap()
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
    }

    #[test]
    fn no_delay_falls_as_the_size_grows() {
        for t in Target::all() {
            type Delay = fn(&Target, u32) -> f64;
            let sized: [(&str, Delay); 9] = [
                ("add", Target::add),
                ("compare", Target::compare),
                ("equal", Target::equal),
                ("reduce", Target::reduce),
                ("mux_n", Target::mux_n),
                ("shift", Target::shift),
                ("lzc", Target::lzc),
                ("mul", |t, n| t.mul(n, n)),
                ("mul by 5", |t, n| t.mul(n, 5)),
            ];
            for (what, delay) in sized {
                for n in 1..200 {
                    assert!(delay(t, n) <= delay(t, n + 1), "{} {what} {n}", t.name);
                }
                assert!(delay(t, 2) >= t.lut_level(), "{} {what}", t.name);
            }
            for k in 0..20 {
                assert!(t.rom(k) <= t.rom(k + 1), "{} rom {k}", t.name);
            }
            assert!(t.add(1) >= t.lut_level() && t.mul(1, 1) >= t.lut_level());
            assert!(t.driving(1) <= t.driving(9) && t.reaching(1) <= t.reaching(9));
        }
    }

    #[test]
    fn constants_of_kintex7() {
        let t = target("kintex7");
        near(t.overhead(), 216.0);
        near(t.lut_level(), 619.0);
        // adder_base + (ceil(n / 4) - 1) * carry + net
        near(t.add(1), 543.0 + 500.0);
        near(t.add(4), 543.0 + 500.0);
        near(t.add(5), 543.0 + 49.0 + 500.0);
        near(t.add(32), 543.0 + 7.0 * 49.0 + 500.0);
        near(t.reduce(6), 619.0);
        near(t.reduce(7), 2.0 * 619.0);
        near(t.equal(3), 619.0);
        near(t.mux_n(2), 619.0);
        near(t.rom(6), 619.0);
        near(t.budget(400.0), 2500.0 - 216.0);
        near(t.clock_mhz(t.budget(400.0)), 400.0);
        assert_eq!((t.dsp.unwrap().a_bits, t.ternary_adder), (25, true));
    }

    #[test]
    fn constants_of_ultrascaleplus() {
        let t = target("ultrascaleplus");
        near(t.lut_level(), 328.0);
        near(t.add(8), 281.0 + 180.0);
        near(t.add(9), 281.0 + 41.0 + 180.0);
    }

    #[test]
    fn adders_that_close() {
        // Seen on ECP5, speed 8: at 400 MHz nothing beyond about 19 bits alone, less in a core, and hardly any after a
        // lookup table.
        let t = target("ecp5");
        assert_eq!(t.max_add_width(t.budget(400.0)), 16);
        assert_eq!(t.max_add_width(t.budget(400.0) - t.lut_level()), 0);
        for t in Target::all() {
            let n = t.max_add_width(t.budget(100.0));
            assert!(n > 0 && t.add(n) <= t.budget(100.0), "{}", t.name);
            assert_eq!(t.max_add_width(0.0), 0);
            assert!(t.max_add_width(f64::INFINITY) > 1000);
        }
    }

    #[test]
    fn lines_agree_with_the_measured_clocks() {
        let mut seen = 0;
        for t in Target::all() {
            for s in &t.samples {
                let delay = match s.circuit {
                    Circuit::Lut => f64::from(s.bits) * t.lut_level(),
                    Circuit::Add => t.add(s.bits),
                    Circuit::Mux => t.mux_n(s.bits),
                    Circuit::Shift => t.shift(s.bits),
                    Circuit::Lzc => t.lzc(s.bits),
                    Circuit::Mul => t.mul(s.bits, s.bits),
                    Circuit::Loop => t.add(s.bits),
                    Circuit::Spread | Circuit::Reset => continue,
                };
                let error = t.clock_mhz(delay) / s.fmax_mhz - 1.0;
                assert!(
                    error.abs() < 0.06,
                    "{} {:?} {}: {:.1} % off",
                    t.name,
                    s.circuit,
                    s.bits,
                    100.0 * error
                );
                seen += 1;
            }
        }
        assert_eq!(seen, 33);
    }

    #[test]
    fn wires_agree_with_the_measured_differences() {
        let mut seen = 0;
        for t in Target::all() {
            let alone = t.samples.iter().find(|s| s.circuit == Circuit::Spread && s.bits == 1);
            for s in &t.samples {
                let Some(alone) = alone else { continue };
                let measured = 1e6 / s.fmax_mhz - 1e6 / alone.fmax_mhz;
                let (found, above) = match s.circuit {
                    Circuit::Spread => (t.reaching(s.bits), 60.0),
                    // Registers share the pin of their slice: it is no further to two than to one.
                    Circuit::Reset => (t.reset_ps + t.reaching(s.bits), 200.0),
                    _ => continue,
                };
                let excess = found - measured;
                assert!(excess > -60.0 && excess < above, "{} {:?} {}: {excess}", t.name, s.circuit, s.bits);
                seen += 1;
            }
        }
        assert_eq!(seen, 10);
    }

    #[test]
    fn unit_gates() {
        let t = target("asic");
        near(t.add(32), 20.0 * (4.0 + 2.0 * 5.0));
        // 8 rows: four levels of compressors.
        near(t.mul(8, 8), 20.0 * (1.0 + 4.0 * 4.0 + 4.0 + 2.0 * 4.0));
    }
}
