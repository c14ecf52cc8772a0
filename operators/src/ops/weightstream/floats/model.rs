//! Reference model: exponents, signs and fractions to values, by what the fields weigh in a code. It knows nothing of the
//! architecture.
use holigen_verif::entropy::block::Place;
use holigen_verif::entropy::scenario::{Decoder, Groups};
use holigen_verif::format::FloatFormat;
use holigen_verif::rng::SplitMix64;
use holigen_verif::stream::{Beat, Decoded, Scenario, StreamModel};

/// See the module.
pub struct FloatModel {
    /// Of the exponents.
    pub decoder: Decoder,
    /// Of the values.
    pub format: FloatFormat,
}

impl FloatModel {
    /// The values of a group.
    fn values(&self, exponents: u128, rest: u128) -> u128 {
        let (we, wf) = (self.format.we(), self.format.wf());
        let field = |all: u128, i: usize, bits: u32| all >> (i as u32 * bits) & ((1 << bits) - 1);
        (0..self.decoder.lanes).fold(0, |all, i| {
            let raw = field(rest, i, 1 + wf);
            let (sign, fraction) = (raw >> wf, raw % (1 << wf));
            let code = (sign << (we + wf)) + (field(exponents, i, we) << wf) + fraction;
            all | code << (i as u32 * self.format.width())
        })
    }

    /// Words of signs and fractions beside groups, as many as there are and `more`.
    fn beside(&self, groups: &Groups, more: usize, rng: &mut SplitMix64) -> Vec<Beat> {
        let bits = (1 + self.format.wf()) * self.decoder.lanes as u32;
        let ends = groups.all.iter().map(|(_, place)| *place == Place::StreamEnds);
        ends.chain(std::iter::repeat_n(false, more)).map(|end| Beat::new(rng.bits(bits), end)).collect()
    }
}

impl StreamModel for FloatModel {
    fn channels(&self) -> Vec<String> {
        let mut all = self.decoder.channels();
        all.push("f".into());
        all
    }

    fn rest(&self) -> u32 {
        self.decoder.rest()
    }

    fn run(&self, inputs: &Scenario) -> Decoded {
        let (rest, streams) = inputs.split_last().expect("the last channel is f");
        let groups = self.decoder.groups(&streams.to_vec());
        let (mut beats, mut apart) = (Vec::new(), false);
        for ((exponents, place), word) in groups.all.iter().zip(rest) {
            let ends = *place == Place::StreamEnds;
            if word.last != ends {
                apart = true;
                break;
            }
            beats.push((self.values(*exponents, word.data), ends));
        }
        Decoded { beats, error: apart || groups.fault || !groups.tables_valid }
    }

    fn scenario(&self, rng: &mut SplitMix64, symbols: usize, corrupt: bool) -> Scenario {
        let spoil_words = corrupt && rng.below(3) == 0;
        let mut scenario = self.decoder.scenario(rng, symbols, corrupt && !spoil_words);
        let groups = self.decoder.groups(&scenario);
        // Behind a fault words are taken and dropped.
        let more = if groups.fault || spoil_words { rng.below(9) as usize } else { 0 };
        let mut words = self.beside(&groups, more, rng);
        if spoil_words && !groups.all.is_empty() {
            // An end where there is none, none where there is one, or the words cut short.
            let at = rng.below(groups.all.len() as u64) as usize;
            match rng.below(3) {
                0 => words[at].last ^= true,
                1 => words[groups.all.len() - 1].last = false,
                _ => {
                    words.truncate(at + 1);
                    words[at].last = true;
                }
            }
        }
        scenario.push(words);
        scenario
    }
}
