//! Reference model: an integer in units of minpos^2, or NaR.
use super::Mac;
use crate::parts::posit_binary::decoder;
use holigen_verif::exact::{Class, Dyadic};
use holigen_verif::model::Model;
use holigen_verif::round::{RoundMode, round_posit, round_posit_small};
use num_bigint::{BigInt, BigUint, Sign};
use std::sync::Arc;

type Decoder = Arc<dyn Fn(u64) -> Class + Send + Sync>;

/// See the module.
#[derive(Clone)]
pub(super) struct MacModel {
    mac: Mac,
    read: Decoder,
    /// None: NaR.
    quire: Option<BigInt>,
}

impl MacModel {
    pub fn new(mac: &Mac) -> Self {
        Self { mac: mac.clone(), read: Arc::new(decoder(mac.f)), quire: Some(BigInt::ZERO) }
    }

    fn add(&mut self, product: Class) {
        let Class::Finite(x) = product else {
            self.quire = None;
            return;
        };
        let Some(quire) = &mut self.quire else { return };
        // All products are multiples of the unit, although their significands may have zeros below it.
        let shift = x.exp - self.mac.lsb();
        let mag = BigInt::from(x.mag);
        let term = if shift >= 0 { mag << shift } else { mag >> -shift };
        *quire += if x.neg { -term } else { term };
        let limit = BigUint::from(1u8) << (self.mac.width - 1);
        if *quire.magnitude() >= limit {
            self.quire = None;
        }
    }
}

impl Model for MacModel {
    fn reset(&mut self) {
        self.quire = Some(BigInt::ZERO);
    }

    /// Inputs: `in_first`, `a`, `b`.
    fn step(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        if inputs[0] == 1 {
            self.reset();
        }
        self.add((self.read)(inputs[1]).times((self.read)(inputs[2])));
        let width = self.mac.width;
        match (&self.quire, &self.mac.out) {
            (None, Some(f)) => outputs[0] = f.nar(),
            (Some(q), Some(f)) => {
                let neg = q.sign() == Sign::Minus;
                outputs[0] = match u128::try_from(q.magnitude()) {
                    Ok(mag) => round_posit_small(neg, mag, self.mac.lsb(), false, f, RoundMode::Rne, 0),
                    Err(_) => {
                        let exact = Dyadic::new(neg, q.magnitude().clone(), self.mac.lsb().into());
                        round_posit(&exact.into(), f, RoundMode::Rne, 0)
                    }
                };
            }
            (q, None) => {
                let top = || BigUint::from(1u8) << (width - 1);
                let code = match q {
                    None => top(),
                    Some(q) if q.sign() == Sign::Minus => (top() << 1) - q.magnitude(),
                    Some(q) => q.magnitude().clone(),
                };
                let digits = code.to_u64_digits();
                outputs.iter_mut().enumerate().for_each(|(i, o)| *o = digits.get(i).copied().unwrap_or(0));
            }
        }
    }

    fn fresh(&self) -> Box<dyn Model> {
        let mut fresh = self.clone();
        fresh.reset();
        Box::new(fresh)
    }
}
