//! Reference model of the dot product: exact terms, cut as asked for, one rounding.
use super::Dot;
use crate::parts::posit_binary::decoder;
use holigen_verif::exact::{Class, Dyadic, Small};
use holigen_verif::interface::{bits_of, limbs};
use holigen_verif::round::{RoundMode, round_posit};

/// A term, and the exponent that it counts with.
struct Term {
    exact: Small,
    exponent: i32,
}

/// From limbs of the inputs to limbs of the output.
pub(super) fn function(dot: Dot) -> impl Fn(&[u64], &mut [u64]) + Send + Sync {
    let (read, read_addend) = (decoder(dot.f), decoder(dot.out));
    let n = dot.f.width();
    let vector = limbs(n * dot.terms);
    move |inputs, outputs| {
        let (a, b) = (&inputs[..vector], &inputs[vector..2 * vector]);
        let mut terms = Vec::with_capacity(dot.terms as usize + 1);
        let mut nar = false;
        let mut take = |factors: [Class; 2]| match factors {
            [Class::Finite(x), Class::Finite(y)] => {
                if let (Some(ex), Some(ey)) = (x.floor_log2(), y.floor_log2()) {
                    let exact = x.checked_mul(y).expect("significands of 64 bits");
                    terms.push(Term { exact, exponent: ex + ey });
                }
            }
            _ => nar = true,
        };
        for k in 0..dot.terms {
            take([bits_of(a, k * n, n), bits_of(b, k * n, n)].map(&read));
        }
        if dot.addend {
            let one = Small { neg: false, mag: 1, exp: 0 };
            take([read_addend(inputs[2 * vector]), Class::Finite(one)]);
        }
        if nar {
            outputs[0] = dot.out.nar();
            return;
        }
        let largest = terms.iter().map(|t| t.exponent).max().unwrap_or(0);
        let sum = terms.iter().fold(Dyadic::zero(), |sum, t| {
            let kept = dot.align.map_or(t.exact, |w| cut(t.exact, largest + 2 - w as i32));
            &sum + &kept.into()
        });
        outputs[0] = round_posit(&sum.into(), &dot.out, RoundMode::Rne, 0);
    }
}

/// The magnitude cut to a multiple of 2^unit.
fn cut(x: Small, unit: i32) -> Small {
    match unit - x.exp {
        ..=0 => x,
        drop @ 1..128 => Small { mag: x.mag >> drop, exp: unit, ..x },
        _ => Small::ZERO,
    }
}
