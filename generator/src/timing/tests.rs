use super::bits::{Blasted, End, Pin, Purpose, blast};
use super::cover::balance;
use super::logic::{Bit, Cell, Gate, Logic};
use super::{Covered, Paths, estimate};
use crate::builder::{Bits, Builder, Context};
use crate::compile::{Compiled, Options, compile};
use crate::target::Target;

fn target() -> Target {
    Target::by_name("ecp5").expect("a known target")
}

fn core(mhz: f64, part: impl FnOnce(&Builder)) -> Compiled {
    core_of(&target(), mhz, part)
}

fn core_of(target: &Target, mhz: f64, part: impl FnOnce(&Builder)) -> Compiled {
    let context = Context::new(target.clone(), mhz);
    let b = Builder::new(context.clone());
    part(&b);
    let options = Options { name: "core_under_test".into(), clock_enable: false, turns: 1 };
    compile(b.finish(), &context, &options).expect("the clock is slow")
}

/// The values of all gates.
fn run(logic: &Logic, inputs: u64) -> Vec<bool> {
    let mut value: Vec<bool> = Vec::new();
    for g in 0..logic.len() as u32 {
        let of = |b: Bit| value[b.gate() as usize] != b.inverted();
        let new = match logic.at(g) {
            Gate::Zero => false,
            Gate::Source(s) => inputs >> s & 1 == 1,
            Gate::And(a, b) => of(a) && of(b),
            Gate::Xor(a, b) => of(a) != of(b),
            Gate::Mux(s, a, b) => {
                if of(s) {
                    of(a)
                } else {
                    of(b)
                }
            }
            Gate::Output(c, k) => {
                let Cell::Chain { operands, carry, .. } = &logic.cells[c as usize] else {
                    panic!("a product")
                };
                let number = |i: usize| -> u64 {
                    operands.iter().enumerate().map(|(n, pair)| u64::from(of(pair[i])) << n).sum()
                };
                (number(0) + number(1) + u64::from(of(*carry))) >> k & 1 == 1
            }
        };
        value.push(new);
    }
    value
}

fn result(logic: &Logic, ends: &[End], inputs: u64) -> u64 {
    let value = run(logic, inputs);
    let bit = |e: &End| u64::from(value[e.bit.gate() as usize] != e.bit.inverted());
    ends.iter().enumerate().map(|(i, e)| bit(e) << i).sum()
}

type Operation = (&'static str, for<'b> fn(Bits<'b>, Bits<'b>) -> Bits<'b>, fn(u64, u64, u32) -> u64);

#[test]
fn bits_compute_what_words_do() {
    let all: [Operation; 10] = [
        ("sum and carry", |x, y| x.zext(x.width() + 1).wrapping_add(y.zext(x.width() + 1)), |x, y, _| x + y),
        ("sum", |x, y| x.wrapping_add(y), |x, y, w| (x + y) & ((1 << w) - 1)),
        (
            "sum of signed numbers, two bits wider",
            |x, y| x.sext(x.width() + 2).wrapping_add(y.sext(y.width() + 2)),
            |x, y, w| {
                let signed = |n: u64| (n << (64 - w)) as i64 >> (64 - w);
                (signed(x) + signed(y)) as u64 & ((1 << (w + 2)) - 1)
            },
        ),
        ("difference", |x, y| x.wrapping_sub(y), |x, y, w| x.wrapping_sub(y) & ((1 << w) - 1)),
        ("less", |x, y| x.ult(y), |x, y, _| u64::from(x < y)),
        ("equal", |x, y| x.equals(y), |x, y, _| u64::from(x == y)),
        ("left", |x, y| x.shift_left(y), |x, y, w| if y < 64 { x << y & ((1 << w) - 1) } else { 0 }),
        ("right", |x, y| x.shift_right(y), |x, y, _| if y < 64 { x >> y } else { 0 }),
        ("choice", |x, y| y.bit(0).mux(x, !x & y), |x, y, _| if y & 1 == 1 { x } else { !x & y }),
        ("parity", |x, y| (x ^ y).parity(), |x, y, _| u64::from((x ^ y).count_ones() & 1)),
    ];
    let each = ["ecp5", "ice40hx"].map(|t| Target::by_name(t).expect("a known target"));
    for (target, (name, hardware, number)) in each.iter().flat_map(|t| all.map(|o| (t, o))) {
        let timing = target.timing.clone().expect("measured");
        for width in [1, 3, 4, 5, 6, 7] {
            let made =
                core_of(target, 0.0, |b| b.output("r", hardware(b.input("x", width), b.input("y", width))));
            let Blasted { logic, ends, sources, .. } = blast(&made.module, target, Purpose::Function);
            let (balanced, balanced_ends) = balance(&logic, &ends, &timing);
            assert_eq!(
                ends.len() as u32,
                made.module.signal(made.module.outputs[0].signal).width,
                "{name} {width}"
            );
            for inputs in 0..1u64 << (2 * width) {
                let (x, y) = (inputs & ((1 << width) - 1), inputs >> width);
                let expected = number(x, y, width);
                let inputs = by_source(&sources, x, y);
                assert_eq!(result(&logic, &ends, inputs), expected, "{name} of {width} bits: {x} {y}");
                let again = result(&balanced.logic, &balanced_ends, inputs);
                assert_eq!(again, expected, "{name} of {width} bits, balanced: {x} {y}");
            }
        }
    }
}

/// The inputs in the order in which the logic reads them.
fn by_source(sources: &[String], x: u64, y: u64) -> u64 {
    let (mut of_x, mut of_y) = (0..64, 0..64);
    let bit = |name: &String| {
        let next = if name == "x" { of_x.next().map(|i| x >> i) } else { of_y.next().map(|i| y >> i) };
        next.expect("it has fewer bits") & 1
    };
    sources.iter().map(bit).enumerate().map(|(i, b)| b << i).sum()
}

/// Most tables and chains in front of a register's data.
fn deepest(made: &Compiled) -> (u32, u32) {
    let covered = Covered::new(&made.module, &target()).expect("measured");
    let timing = target().timing.expect("measured");
    let paths = Paths::new(&covered.cover, &timing);
    let data = covered.cover.ends.iter().filter(|e| e.pin == Pin::Data);
    let all = data.map(|e| paths.back(e.bit.gate())).map(|(_, levels, chains)| (levels, chains));
    all.max_by_key(|(levels, chains)| levels + 10 * chains).expect("there are registers")
}

#[test]
fn a_function_of_four_bits_is_one_table_however_it_is_written() {
    let made = core(100.0, |b| {
        let [x, y, z, w] = ["x", "y", "z", "w"].map(|n| b.input(n, 1));
        let steps = ((x & y) | z) ^ w;
        b.output("r", (steps & x) | (!steps & (z ^ w) & y));
    });
    assert_eq!(deepest(&made), (1, 0));
}

#[test]
fn levels_of_a_parity() {
    for (bits, levels) in [(4, 1), (16, 2)] {
        let made = core(50.0, |b| b.output("r", b.input("x", bits).parity()));
        assert_eq!(deepest(&made), (levels, 0), "{bits} bits");
    }
}

#[test]
fn short_sums_are_tables_and_long_ones_chains() {
    let sum = |bits: u32| core(50.0, |b| b.output("r", b.input("x", bits).wrapping_add(b.input("y", bits))));
    let period = |bits: u32| sum(bits).expected.expect("a clocked core").period_ps;
    assert_eq!(deepest(&sum(4)).1, 0);
    assert_eq!(deepest(&sum(16)), (0, 1));
    assert!(period(32) > period(16));
}

#[test]
fn cells_invert_a_subtrahend_and_tables_what_else_is_inverted() {
    type Sum = for<'b> fn(Bits<'b>, Bits<'b>) -> Bits<'b>;
    let sums: [(Sum, u32); 4] = [
        (|x, y| x.wrapping_add(y), 0),
        (|x, y| x.wrapping_sub(y), 0),
        (|x, y| x.bits(15, 1).cat(!x.bit(0)).wrapping_add(y), 1),
        (|x, y| x.wrapping_sub(y.bits(15, 1).cat(!y.bit(0))), 1),
    ];
    for (i, (sum, tables)) in sums.into_iter().enumerate() {
        let made = core(50.0, |b| b.output("r", sum(b.input("x", 16), b.input("y", 16))));
        assert_eq!(deepest(&made), (tables, 1), "sum {i}");
    }
}

#[test]
fn two_ones_below_a_sum_are_its_carry() {
    let chains = |ones: bool| {
        let made = core(50.0, |b| {
            let below = if ones { b.lit(1u8, 1) } else { b.input("c", 1) };
            let (x, y) = (b.input("x", 4).cat(below), b.input("y", 4).cat(below));
            b.output("r", x.wrapping_add(y).bits(4, 1));
        });
        deepest(&made).1
    };
    // Four bits are left, which are tables.
    assert_eq!((chains(true), chains(false)), (0, 1));
}

#[test]
fn a_constant_at_a_multiplexer_is_a_reset() {
    let resets = |gated: bool| {
        let made = core(50.0, |b| {
            let (x, keep) = (b.input("x", 8), b.input("s", 8).parity());
            b.output("r", if gated { x.gate(keep).registered() } else { keep.mux(!x, x) });
        });
        let covered = Covered::new(&made.module, &target()).expect("measured");
        covered.cover.ends.iter().filter(|e| e.pin == Pin::Reset).count()
    };
    // The valid bit has a reset, too.
    assert_eq!((resets(false), resets(true)), (1, 9));
}

#[test]
fn registers_of_the_same_data_are_one() {
    let made = core(400.0, |b| {
        let x = b.input("x", 6);
        b.output("r", x);
        b.output("low", x.bit(0).named("low_bit"));
    });
    assert!(made.module.signals.iter().any(|s| s.name.starts_with("low_bit")), "{:?}", made.module.signals);
    let covered = Covered::new(&made.module, &target()).expect("measured");
    assert!(!covered.sources.iter().any(|n| n.starts_with("low_bit")), "{:?}", covered.sources);
}

fn inputs(b: &Builder) -> [Bits<'_>; 3] {
    ["x", "y", "z"].map(|n| b.input(n, 8))
}

/// The period of a core on Kintex-7 whose stages are as they are written, picoseconds.
fn on_kintex7(part: impl FnOnce(&Builder)) -> Option<f64> {
    let target = Target::by_name("kintex7").expect("a known target");
    let made = core_of(&target, 100.0, part);
    estimate(&made.module, &target).map(|e| e.period_ps.round())
}

#[test]
fn sums_are_estimated_by_the_lines_of_their_target_where_no_wires_were_measured() {
    let target = Target::by_name("kintex7").expect("a known target");
    let [overhead, load] = [target.overhead(), target.driving(2)];
    let sum = on_kintex7(|b| {
        let [x, y, _] = inputs(b);
        b.output("r", x.registered().wrapping_add(y.registered()).registered());
    });
    // Each bit of an operand goes to a table, and those of one to a multiplexer as well; the lowest table makes a bit of the
    // sum, too.
    assert_eq!(sum, Some((overhead + target.add(8) + 2.0 * load).round()));
    // What is added is made in the chain's tables.
    let with_table = on_kintex7(|b| {
        let [x, y, z] = inputs(b).map(Bits::registered);
        b.output("r", x.wrapping_add(y & z).registered());
    });
    assert_eq!(with_table, sum);
    // The bit that gates all has eight loads.
    let gated = on_kintex7(|b| {
        let [x, y, _] = inputs(b).map(Bits::registered);
        let by = b.input("w", 1).registered();
        b.output("r", x.wrapping_add(y.gate(by)).registered());
    });
    assert_eq!(gated, Some((overhead + target.add(8) + 8.0 * load).round()));
}

#[test]
fn operations_whose_lines_say_more_than_their_gates_have_no_estimate_of_these() {
    let less = on_kintex7(|b| b.output("r", b.input("x", 8).ult(b.input("y", 8))));
    let shift = on_kintex7(|b| b.output("r", b.input("x", 8).shift_left(b.input("y", 3))));
    assert_eq!((less, shift), (None, None));
}

#[test]
fn what_no_carry_reaches_is_no_output_of_the_chain() {
    // Five bits and one more are six: nothing is carried into the fourth position.
    let entries: Vec<u64> = (0..32u64).map(|i| i.count_ones().into()).collect();
    let target = Target::by_name("kintex7").expect("a known target");
    let made = core_of(&target, 100.0, |b| {
        let count = b.table("count5", b.input("x", 5), 3, &entries);
        let (low, high) = (b.input("low", 1).zext(3), b.input("high", 3));
        b.output("r", high.cat(low).wrapping_add(b.input("above", 3).cat(count)));
    });
    let Blasted { logic, ends, .. } = blast(&made.module, &target, Purpose::Timing);
    let data = ends.iter().filter(|e| e.pin == Pin::Data && e.section == 0);
    let of_chain: Vec<bool> =
        data.map(|e| matches!(logic.at(e.bit.gate()), Gate::Output(..))).take(7).collect();
    // The valid bit is the first; the output ports come last.
    assert_eq!(of_chain, [false, false, true, true, false, true, true]);
}
