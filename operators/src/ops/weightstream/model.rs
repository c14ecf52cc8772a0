//! Reference model: whole streams to whole sums, in integers. It knows nothing of the architecture.
use holigen_verif::entropy::block::Place;
use holigen_verif::entropy::scenario::Decoder;
use holigen_verif::integer::IntFormat;
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Beat, Decoded, Scenario, StreamModel};

/// Sum times `multiplier` / 2^`shift`, to the nearest, ties to even, within `format`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scale {
    /// At least 1.
    pub multiplier: u32,
    /// 0 to 62.
    pub shift: u32,
    /// Of r; what is outside becomes the nearest end.
    pub format: IntFormat,
}

impl Scale {
    /// What becomes of a sum.
    fn of(self, sum: i128) -> i128 {
        let (product, unit) = (sum * i128::from(self.multiplier), 1i128 << self.shift);
        let (floor, rest) = (product.div_euclid(unit), product.rem_euclid(unit));
        let up = 2 * rest > unit || 2 * rest == unit && floor % 2 != 0;
        (floor + i128::from(up)).clamp(self.format.least(), self.format.largest())
    }
}

/// See the module.
pub struct WeightModel {
    /// What the symbols come from.
    pub decoder: Decoder,
    /// The weight of each code.
    pub values: Vec<i64>,
    /// Bits of a code.
    pub weight_bits: u32,
    /// Weights of a group.
    pub n: u32,
    /// Activations.
    pub x: IntFormat,
    /// Groups of a row at most; 0: a row ends with `x_last` only.
    pub row: u64,
    /// The accumulator.
    pub sum: IntFormat,
    /// What is made of a row's sum.
    pub scale: Option<Scale>,
}

impl WeightModel {
    fn dot(&self, codes: u128, x: u128) -> i128 {
        let element = |all: u128, bits: u32, i: u32| (all >> (bits * i)) as u64 & ((1 << bits) - 1);
        let product = |i: u32| {
            let weight = self.values[element(codes, self.weight_bits, i) as usize];
            i128::from(weight) * i128::from(self.x.decode(element(x, self.x.width, i)))
        };
        (0..self.n).map(product).sum()
    }

    /// Modulo 2^width.
    fn wrap(&self, sum: i128) -> i128 {
        let up = 128 - self.sum.width;
        if self.sum.signed { sum << up >> up } else { ((sum as u128) << up >> up) as i128 }
    }
}

impl StreamModel for WeightModel {
    fn channels(&self) -> Vec<String> {
        let mut all = self.decoder.channels();
        all.push("x".into());
        all
    }

    fn rest(&self) -> u32 {
        self.decoder.rest() + 64
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        let (activations, streams) = inputs.split_last().expect("the last channel is x");
        let groups = self.decoder.groups(&streams.to_vec());
        let (mut beats, mut sum, mut in_row) = (Vec::new(), 0i128, 0u64);
        for ((codes, place), x) in groups.all.iter().zip(activations) {
            sum += self.dot(*codes, x.data);
            in_row += 1;
            if x.last || in_row == self.row {
                let sum_here = self.wrap(sum);
                let (r, format) = match self.scale {
                    None => (sum_here, self.sum),
                    Some(s) => (s.of(sum_here), s.format),
                };
                let mut limbs = [0; 2];
                format.write(r, &mut limbs);
                let code = u128::from(limbs[1]) << 64 | u128::from(limbs[0]);
                beats.push((code, *place == Place::StreamEnds));
                (sum, in_row) = (0, 0);
            }
        }
        Decoded { beats, error: groups.fault || !groups.tables_valid }
    }

    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        let mut scenario = self.decoder.scenario(rng, symbols, corrupt);
        let groups = self.decoder.groups(&scenario);
        // Behind a fault activations are taken and dropped.
        let more = if groups.fault { rng.below(9) as usize } else { 0 };
        let (all_small, long) = (rng.below(4) == 0, [3, 6, 12, 40][rng.below(4) as usize]);
        let mut beats = Vec::new();
        let mut left = 1 + rng.below(long);
        for _ in 0..groups.all.len() + more {
            let element = |rng: &mut SplitMix64| {
                let any = rng.bits(self.x.width);
                let extreme = [self.x.least(), self.x.largest(), 0, 1][rng.below(4) as usize];
                let mut code = [0; 2];
                self.x.write(if all_small { i128::from(any as u64 & 1) } else { extreme }, &mut code);
                if rng.below(4) > 0 && !all_small { any } else { code[0].into() }
            };
            let data = (0..self.n).fold(0, |d, i| d | element(rng) << (i * self.x.width));
            left -= 1;
            beats.push(Beat::new(data, left == 0));
            if left == 0 {
                left = 1 + rng.below(long);
            }
        }
        scenario.push(beats);
        scenario
    }
}
