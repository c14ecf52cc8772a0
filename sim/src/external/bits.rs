//! Lines of bits, as the harnesses of Icarus and GHDL read and write them: one line a cycle, ports in order,
//! most significant bit of a port first.
use super::TextPort;
use crate::stimulus::{Outputs, Stimulus};

/// The file of a stimulus.
pub(super) fn write(ports: &[TextPort], stimulus: &Stimulus) -> Vec<u8> {
    let width: usize = ports.iter().map(|p| p.width as usize).sum();
    let mut out = Vec::with_capacity(stimulus.cycles * (width + 1));
    let limbs: usize = ports.iter().map(TextPort::limbs).sum();
    for t in 0..stimulus.cycles {
        let mut cycle = &stimulus.words[t * limbs..(t + 1) * limbs];
        for p in ports {
            for k in (0..p.width as usize).rev() {
                out.push(b'0' + (cycle[k / 64] >> (k % 64) & 1) as u8);
            }
            cycle = &cycle[p.limbs()..];
        }
        out.push(b'\n');
    }
    out
}

/// Outputs from a harness's file, or what is wrong with it.
pub(super) fn read(ports: &[TextPort], cycles: usize, file: &[u8]) -> Result<Outputs, String> {
    let width: usize = ports.iter().map(|p| p.width as usize).sum();
    let limbs: usize = ports.iter().map(TextPort::limbs).sum();
    let (mut words, mut unknown) = (vec![0u64; cycles * limbs], vec![0u64; cycles * limbs]);
    let mut lines = file.split(|&b| b == b'\n').map(|l| l.strip_suffix(b"\r").unwrap_or(l));
    for t in 0..cycles {
        let line = lines.next().unwrap_or_default();
        if line.len() != width {
            return Err(format!("cycle {t} of {cycles} has {} bits instead of {width}", line.len()));
        }
        let (mut at, mut first) = (0, t * limbs);
        for p in ports {
            let n = p.width as usize;
            for (k, &b) in line[at..at + n].iter().rev().enumerate() {
                let (limb, bit) = (first + k / 64, 1 << (k % 64));
                match b {
                    b'0' | b'L' => {}
                    b'1' | b'H' => words[limb] |= bit,
                    _ => unknown[limb] |= bit,
                }
            }
            at += n;
            first += p.limbs();
        }
    }
    Ok(Outputs { cycles, words, unknown })
}
