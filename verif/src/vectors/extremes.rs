//! The operands of the largest and the smallest term: what drives an accumulator to the brink of overflow.
use crate::interface::{Encoding, Interface, Kind, Port, limbs, put_bits};
use crate::model::Model;

/// Bit strings without a number (packed digits) are tried in full up to this width.
const TRIED_BITS: u32 = 8;

/// Operands, as the first term of a sum, with the largest result of the model and with the smallest one, and all
/// elements of a vector alike. They are sought among the ends of the operands' ranges, so that codes which
/// stand for another number than their bits say (a fourth code of ternary weights) do not mislead.
pub fn extremes(interface: &Interface, model: &dyn Model) -> [Vec<u64>; 2] {
    let mut candidates = vec![Vec::new()];
    for p in interface.inputs() {
        let values = ends(p);
        let extended =
            |c: &Vec<u64>| -> Vec<Vec<u64>> { values.iter().map(|v| [c.as_slice(), v].concat()).collect() };
        candidates = candidates.iter().flat_map(extended).collect();
    }
    let ranks: Vec<Vec<u64>> = candidates.iter().map(|c| rank(interface, model, c)).collect();
    // The first of equals, for results that saturate: it has the operands that are farthest out.
    let best = |larger: bool| {
        let better = |a: usize, b: usize| if larger { ranks[a] > ranks[b] } else { ranks[a] < ranks[b] };
        let first = (1..ranks.len()).fold(0, |best, k| if better(k, best) { k } else { best });
        candidates[first].clone()
    };
    [best(true), best(false)]
}

/// Values of a port at the ends of its range, as limbs.
fn ends(p: &Port) -> Vec<Vec<u64>> {
    if p.kind == Kind::First {
        return vec![vec![1]];
    }
    let element = p.element_width();
    if element > 64 {
        return vec![vec![u64::MAX; limbs(p.width)]];
    }
    let ones = u64::MAX >> (64 - element);
    let codes = match &p.encoding {
        Encoding::Float(f) if f.is_signed() => {
            vec![f.max_magnitude_code(), f.max_magnitude_code() | 1 << (f.we() + f.wf())]
        }
        Encoding::Float(f) => vec![f.max_magnitude_code()],
        Encoding::Posit(f) => vec![f.maxpos(), f.maxpos().wrapping_neg() & f.mask()],
        Encoding::Fixed { .. } if element <= 3 => (0..=ones).collect(),
        Encoding::Fixed { signed: true, .. } => vec![(ones >> 1) + 1, ones >> 1],
        Encoding::Bits if element <= TRIED_BITS => (0..=ones).collect(),
        Encoding::Fixed { signed: false, .. } | Encoding::Bits => vec![ones],
    };
    let alike = |code: &u64| {
        let mut v = vec![0; limbs(p.width)];
        (0..p.elements).for_each(|k| put_bits(&mut v, k * element, element, *code));
        v
    };
    codes.iter().map(alike).collect()
}

/// The result of a single term as an integer of the order of its number, the highest limb first.
fn rank(interface: &Interface, model: &dyn Model, inputs: &[u64]) -> Vec<u64> {
    let n: usize = interface.outputs().map(|p| limbs(p.width)).sum();
    let mut out = vec![0; n];
    model.fresh().step(inputs, &mut out);
    let Some(p) = interface.outputs().next() else { return Vec::new() };
    let mut key: Vec<u64> = out[..limbs(p.width)].to_vec();
    let sign = p.width - 1;
    let (at, bit) = ((sign / 64) as usize, 1u64 << (sign % 64));
    match &p.encoding {
        Encoding::Float(f) if f.is_signed() && key[at] & bit != 0 => key.iter_mut().for_each(|l| *l = !*l),
        Encoding::Float(f) if f.is_signed() => key[at] |= bit,
        Encoding::Posit(_) | Encoding::Fixed { signed: true, .. } => key[at] ^= bit,
        _ => {}
    }
    // Above the sign there are no bits of the number.
    key[at] &= bit | (bit - 1);
    key.reverse();
    key
}
