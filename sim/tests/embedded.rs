//! The embedded simulator against an evaluator that reads the netlist's documentation and nothing else.
mod common;

use common::{Naive, Rng, random_module};
use holigen_sim::embedded::{LANES, Machine, Program, Random, count, run_shards};
use num_bigint::BigUint;

/// One value as limbs of a port.
fn limbs(value: &BigUint, width: u32) -> Vec<u64> {
    let mut digits = value.to_u64_digits();
    digits.resize(width.div_ceil(64) as usize, 0);
    digits
}

fn value(limbs: &[u64]) -> BigUint {
    limbs.iter().rev().fold(BigUint::ZERO, |v, &l| (v << 64u32) + l)
}

/// Runs a module in both; every lane of the machine has other inputs, a few lanes are compared.
fn compare(seed: u64, cycles: usize) {
    let mut rng = Rng(seed);
    let m = random_module(&mut rng);
    m.verify().unwrap_or_else(|e| panic!("seed {seed}: the random module is illegal: {e}"));
    let program = Program::compile(&m);
    let mut machine = Machine::new(&program);
    let observed = [0usize, 1, 63, 64, 200, LANES - 1];
    let mut naive: Vec<Naive> = observed.iter().map(|_| Naive::new(&m)).collect();
    let stride = program.input_limbs();
    let mut words = vec![0u64; LANES * stride];
    let mut out = vec![0u64; LANES * program.output_limbs()];
    for t in 0..cycles {
        // Garbage above a port's width must not matter.
        words.iter_mut().for_each(|w| *w = rng.interesting());
        machine.load(&words);
        let mut control = |column: Option<usize>, ones: u64| {
            if let Some(c) = column {
                machine.inputs_mut()[c].0.iter_mut().for_each(|w| *w = rng.biased(ones));
            }
        };
        control(program.reset_column(), 1);
        control(program.enable_column(), 6);
        let bit = |machine: &mut Machine<'_>, c: Option<usize>, lane: usize| {
            c.is_some_and(|c| machine.inputs_mut()[c].lane(lane))
        };
        let controls: Vec<(bool, bool)> = observed
            .iter()
            .map(|&l| {
                (bit(&mut machine, program.reset_column(), l), bit(&mut machine, program.enable_column(), l))
            })
            .collect();
        machine.step();
        machine.store(&mut out);
        for ((&lane, naive), (rst, ce)) in observed.iter().zip(&mut naive).zip(controls) {
            let mut at = lane * stride;
            let inputs: Vec<BigUint> = program
                .inputs()
                .iter()
                .map(|p| {
                    let v = value(&words[at..at + p.limbs()]);
                    at += p.limbs();
                    v % (BigUint::from(1u32) << p.width)
                })
                .collect();
            let expected: Vec<u64> = naive
                .step(&inputs, rst, ce)
                .iter()
                .zip(program.outputs())
                .flat_map(|(v, p)| limbs(v, p.width))
                .collect();
            let n = program.output_limbs();
            assert_eq!(
                out[lane * n..(lane + 1) * n],
                expected,
                "seed {seed}, cycle {t}, lane {lane}\n{m:#?}"
            );
        }
    }
}

#[test]
fn random_modules() {
    run_shards(400, |seed| compare(seed as u64, 12));
}

#[test]
fn counting_is_exhaustive_and_random_columns_repeat() {
    let mut columns = vec![Default::default(); 12];
    let mut seen = vec![false; 1 << 12];
    for base in (0..1 << 12).step_by(LANES) {
        count(&mut columns, base as u64);
        for lane in 0..LANES {
            let v = columns.iter().enumerate().map(|(k, c)| usize::from(c.lane(lane)) << k).sum::<usize>();
            assert!(!std::mem::replace(&mut seen[v], true), "{v} twice");
        }
    }
    assert!(seen.into_iter().all(|s| s));

    let fill = |seed| {
        let mut c = vec![Default::default(); 3];
        Random::new(seed).fill(&mut c);
        c
    };
    assert_eq!(fill(1), fill(1));
    assert_ne!(fill(1), fill(2));
}

#[test]
fn clear_and_port_access() {
    let mut rng = Rng(77);
    let m = random_module(&mut rng);
    let program = Program::compile(&m);
    let mut machine = Machine::new(&program);
    let run = |machine: &mut Machine<'_>| {
        let mut random = Random::new(3);
        let mut out = Vec::new();
        for _ in 0..8 {
            let data = program.data_columns();
            random.fill(&mut machine.inputs_mut()[data]);
            machine.step();
            out.extend_from_slice(machine.outputs());
        }
        out
    };
    let first = run(&mut machine);
    machine.clear();
    assert_eq!(first, run(&mut machine), "a cleared machine is a new one");

    let width = program.inputs()[0].width;
    machine.set_port(0, 5);
    let low: Vec<bool> =
        machine.inputs_mut()[program.inputs()[0].columns()].iter().map(|c| c.lane(9)).collect();
    let expected: Vec<bool> = (0..width).map(|k| k < 64 && 5u64 >> k & 1 == 1).collect();
    assert_eq!(low, expected);
}
