//! Test vectors: what a core is fed.
//!
//! A [`Source`] makes an endless stream of cycles for one copy of a core from a seed. Sums (or single
//! operations) follow themes: uniform codes, corners of the formats crossed with each other, cancellations,
//! long runs of the largest products up to the brink of overflow, numbers close to each other that make ties, ties with
//! a single bit below them.
//! Bubbles and stalls are sprinkled in. Everything is a pure function of interface, seed and lane.
use crate::format::{FloatFormat, PositFormat};
use crate::interface::{Encoding, Interface, Kind, Port, bits_of, limbs, put_bits};
use crate::rng::SplitMix64;
use ties::NearTies;

mod extremes;
mod posits;
mod ties;

pub use extremes::extremes;
pub use posits::corners as posit_corners;

/// One clock cycle at the inputs of a core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// Clock enable; a cycle without it freezes the core.
    pub enable: bool,
    /// `in_valid`; without it the other inputs mean nothing (they are still random).
    pub valid: bool,
    /// Limbs of the interface's inputs in order.
    pub inputs: Vec<u64>,
}

/// What a sum is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Theme {
    Uniform,
    Corners,
    /// Large numbers of one sign: towards the brink of overflow.
    Brink,
    /// The same operands again and again.
    Steady,
    /// Large powers of two of one sign, now and then with the smallest numbers: sums with long runs of equal
    /// bits, which random ones almost never have.
    Powers,
    /// Pairs of terms that cancel.
    Cancel,
    /// Small magnitudes and few significant bits: ties and subnormal results.
    Ties,
    /// A tie and a single bit below it.
    NearTies,
}

/// Codes at the edges of a format: zeros, least and largest subnormal and normal numbers, one and its
/// neighbours, specials, each with both signs. All codes if there are few.
pub fn corners(f: &FloatFormat) -> Vec<u64> {
    if f.width() <= 4 {
        return f.codes().collect();
    }
    let magnitude_bits = f.we() + f.wf();
    let top = f.max_magnitude_code();
    let one = u64::try_from(f.bias().max(0)).unwrap_or(0) << f.wf();
    let normal = 1u64 << f.wf();
    let all_ones = u64::MAX >> (64 - magnitude_bits);
    let mut codes = vec![0, 1, 2, normal - 1, normal, normal + 1, one, one + 1, one | (normal >> 1)];
    codes.extend([
        one.saturating_sub(1),
        top,
        top - 1,
        (top + 1).min(all_ones),
        all_ones,
        top - (normal >> 1),
    ]);
    codes.retain(|c| *c <= all_ones);
    let sign = if f.is_signed() { vec![0, 1u64 << magnitude_bits] } else { vec![0] };
    let mut codes: Vec<u64> = sign.iter().flat_map(|s| codes.iter().map(move |c| c | s)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A stream of cycles.
pub struct Source {
    rng: SplitMix64,
    inputs: Vec<Port>,
    corners: Vec<Vec<u64>>,
    /// Streams have bubbles and stalls only where the core can see them.
    pipelined: bool,
    stalls: bool,
    theme: Theme,
    /// Whether a sum of large numbers is one of negative numbers.
    negative: bool,
    /// Terms left in this sum.
    left: u64,
    /// How often a cycle is a bubble, of 256.
    bubbles: u64,
    previous: Vec<u64>,
    /// Length and operands of a sum of equal terms that comes first.
    steady: Option<(u64, Vec<u64>)>,
    /// Position in the product of all corners.
    corner: u64,
    /// Sums at the edge of a tie, where the operands can make them.
    near_ties: Option<NearTies>,
}

impl Source {
    /// The stream of a lane. `pipelined`: the core has `in_valid`; `stalls`: it has a clock enable.
    pub fn new(interface: &Interface, seed: u64, lane: u64, pipelined: bool, stalls: bool) -> Self {
        let inputs: Vec<Port> = interface.inputs().cloned().collect();
        let corners = inputs
            .iter()
            .map(|p| match &p.encoding {
                Encoding::Float(f) => corners(f),
                Encoding::Posit(f) => posits::corners(f),
                _ if p.element_width() <= 3 => (0..1 << p.element_width()).collect(),
                _ => {
                    let ones = u64::MAX >> (64 - p.element_width().min(64));
                    vec![0, 1, ones >> 1, (ones >> 1) + 1, ones - 1, ones]
                }
            })
            .collect();
        let mut rng = SplitMix64::new(seed ^ (lane + 1).wrapping_mul(0xD1B5_4A32_D192_ED03));
        let corner = rng.next_u64();
        Self {
            rng,
            inputs,
            corners,
            pipelined,
            stalls,
            theme: Theme::Uniform,
            negative: false,
            left: 0,
            bubbles: 0,
            previous: Vec::new(),
            steady: None,
            corner,
            near_ties: NearTies::new(interface),
        }
    }

    /// As a lane that begins with the corners in order, for a testbench of one lane.
    pub fn from_first_corner(mut self) -> Self {
        self.corner = 0;
        self.theme = Theme::Corners;
        self.left = 0;
        self
    }

    /// As a lane that begins with one sum of so many equal terms: with the [`extremes()`] of the operands, what an
    /// accumulator has to hold.
    pub fn from_steady_sum(mut self, terms: u64, operands: Vec<u64>) -> Self {
        self.steady = Some((terms, operands));
        self
    }

    /// How many combinations of corners of the data ports there are.
    pub fn corner_count(&self) -> u64 {
        let ports = self.inputs.iter().zip(&self.corners);
        let data = ports.filter(|(p, _)| p.encoding != Encoding::Bits);
        data.fold(1, |n, (p, c)| n.saturating_mul((c.len() as u64).saturating_pow(p.elements)))
    }

    fn new_sum(&mut self) {
        if let Some((terms, operands)) = self.steady.take() {
            (self.theme, self.left, self.bubbles, self.previous) = (Theme::Steady, terms, 0, operands);
            return;
        }
        let themes = [
            Theme::Uniform,
            Theme::Uniform,
            Theme::Corners,
            Theme::Corners,
            Theme::Brink,
            Theme::Powers,
            Theme::Powers,
            Theme::Cancel,
            Theme::Cancel,
            Theme::Ties,
            Theme::NearTies,
        ];
        let more = self.near_ties.is_some();
        let themes = if more { &themes[..] } else { &themes[..themes.len() - 1] };
        let going_on = self.near_ties.as_ref().is_some_and(|n| n.left > 0);
        self.theme = match going_on {
            true => Theme::NearTies,
            false => themes[self.rng.below(themes.len() as u64) as usize],
        };
        if let Some(n) = self.near_ties.as_mut().filter(|_| self.theme == Theme::NearTies) {
            if !going_on {
                n.begin();
            }
            (self.left, self.bubbles) = (n.plan(&mut self.rng), [0, 16][self.rng.below(2) as usize]);
            return;
        }
        self.left = match self.rng.below(8) {
            0..=2 => 1,
            3..=5 => 1 + self.rng.below(8),
            6 => 1 + self.rng.below(64),
            _ => 1 + self.rng.below(1024),
        };
        self.negative = self.rng.below(2) == 1;
        self.bubbles = [0, 0, 16, 96][self.rng.below(4) as usize];
    }

    /// The next cycle.
    pub fn next_cycle(&mut self) -> Cycle {
        let mut inputs = Vec::new();
        let (enable, valid) = self.next_into(&mut inputs);
        Cycle { enable, valid, inputs }
    }

    /// The next cycle without allocating: fills `inputs`, returns `enable` and `valid`.
    pub fn next_into(&mut self, inputs: &mut Vec<u64>) -> (bool, bool) {
        inputs.clear();
        let dice = self.rng.next_u64();
        let enable = !self.stalls || dice >> 60 != 0;
        let valid = !self.pipelined || dice & 255 >= self.bubbles;
        if !(enable && valid) {
            self.noise(inputs);
            return (enable, valid);
        }
        let first = self.left == 0;
        if first {
            self.new_sum();
        }
        self.left -= 1;
        self.token(first, inputs);
        self.previous.clone_from(inputs);
        (enable, valid)
    }

    /// Corners in order, each as a sum of its own.
    pub fn next_corner(&mut self) -> Cycle {
        self.theme = Theme::Corners;
        self.left = 0;
        let mut inputs = Vec::new();
        self.token(true, &mut inputs);
        self.previous.clone_from(&inputs);
        Cycle { enable: true, valid: true, inputs }
    }

    fn noise(&mut self, v: &mut Vec<u64>) {
        for i in 0..self.inputs.len() {
            let w = self.inputs[i].width;
            self.random(w, v);
        }
    }

    fn random(&mut self, width: u32, v: &mut Vec<u64>) {
        for k in 0..limbs(width) as u32 {
            let w = (width - 64 * k).min(64);
            v.push(self.rng.next_u64() >> (64 - w));
        }
    }

    fn token(&mut self, first: bool, v: &mut Vec<u64>) {
        if self.theme == Theme::Steady {
            v.extend(with_first(self.inputs.iter(), &self.previous, first));
            return;
        }
        let corner = self.corner;
        if self.theme == Theme::Corners {
            self.corner = self.corner.wrapping_add(1);
        }
        let mut token = Token {
            repeat: self.theme == Theme::Cancel && !self.previous.is_empty() && self.rng.below(4) != 0,
            flip: true,
            lead: true,
            corner,
            powers: None,
        };
        if let Some(n) = self.near_ties.as_mut().filter(|_| self.theme == Theme::NearTies) {
            let (powers, negative) = n.next(&mut self.rng);
            token.powers = Some(powers);
            self.negative = negative;
        }
        for i in 0..self.inputs.len() {
            let (width, elements, kind) =
                (self.inputs[i].width, self.inputs[i].elements, self.inputs[i].kind);
            if kind == Kind::First {
                v.push(u64::from(first));
                continue;
            }
            let element = width / elements;
            // Vectors of uniform integers are words of random bits.
            let integer = !matches!(self.inputs[i].encoding, Encoding::Float(_));
            let uniform = matches!(self.theme, Theme::Uniform | Theme::Cancel) && !token.repeat;
            if element > 64 || elements > 1 && integer && uniform {
                self.random(width, v);
                continue;
            }
            let at = v.len();
            v.resize(at + limbs(width), 0);
            // Elements of a vector are corners in an order of their own, so that all meet all.
            let mixed = if elements > 1 { corner.wrapping_mul(0x9E37_79B9_7F4A_7C15) } else { 0 };
            for k in 0..elements {
                if elements > 1 {
                    token.corner = mixed.rotate_left(k.wrapping_mul(13)) >> 7;
                }
                let previous =
                    if token.repeat { bits_of(&self.previous[at..], k * element, element) } else { 0 };
                let code = match self.inputs[i].encoding {
                    Encoding::Float(f) => self.float(i, f, previous, &mut token),
                    Encoding::Posit(f) => self.posit(i, f, previous, &mut token),
                    Encoding::Fixed { signed, .. } => self.fixed(i, element, signed, previous, &mut token),
                    Encoding::Bits => self.rng.next_u64() >> (64 - element),
                };
                put_bits(&mut v[at..], k * element, element, code);
            }
        }
    }

    fn listed(&self, port: usize, token: &mut Token) -> u64 {
        let list = &self.corners[port];
        let code = list[(token.corner % list.len() as u64) as usize];
        token.corner /= list.len() as u64;
        code
    }

    /// An integer for a port of `width` bits.
    fn fixed(&mut self, port: usize, width: u32, signed: bool, previous: u64, token: &mut Token) -> u64 {
        let ones = u64::MAX >> (64 - width);
        let lead = std::mem::replace(&mut token.lead, false);
        match self.theme {
            _ if token.repeat => {
                // Mostly the last operands again, one of them negated.
                let negate = std::mem::replace(&mut token.flip, false) && signed;
                if negate { previous.wrapping_neg() & ones } else { previous }
            }
            Theme::Corners => self.listed(port, token),
            Theme::Brink => {
                // The largest magnitudes; the first operand has the sign of the sum.
                let less = if self.rng.below(8) == 0 { self.rng.below(4) & (ones >> 1) } else { 0 };
                match signed {
                    true if self.negative && !lead => (ones >> 1) - less,
                    true => ((ones >> 1) + 1 + less) & ones,
                    false => ones - less,
                }
            }
            Theme::Powers => {
                let power = 1u64 << self.rng.below(u64::from(width));
                if signed && self.rng.below(2) == 1 { power.wrapping_neg() & ones } else { power }
            }
            Theme::Ties | Theme::NearTies => {
                let few = self.rng.below(8) & ones;
                if signed && self.rng.below(2) == 1 { few.wrapping_neg() & ones } else { few }
            }
            Theme::Uniform | Theme::Cancel | Theme::Steady => self.rng.next_u64() & ones,
        }
    }

    /// A posit.
    fn posit(&mut self, port: usize, f: PositFormat, previous: u64, token: &mut Token) -> u64 {
        let lead = std::mem::replace(&mut token.lead, false);
        let negate = |yes: bool, code: u64| if yes { code.wrapping_neg() & f.mask() } else { code };
        match self.theme {
            _ if token.repeat => {
                // Mostly the last operands again, one of them negated, now and then a neighbour.
                let near = if self.rng.below(4) == 0 { self.rng.below(3).wrapping_sub(1) } else { 0 };
                negate(std::mem::replace(&mut token.flip, false), previous).wrapping_add(near) & f.mask()
            }
            Theme::Corners => self.listed(port, token),
            Theme::Brink => {
                // Mostly maxpos, else near it; the first operand has the sign of the sum.
                let less = if self.rng.below(8) == 0 { self.rng.below(8.min(f.maxpos())) } else { 0 };
                negate(lead && self.negative, f.maxpos() - less)
            }
            theme => posits::random(&f, &mut self.rng, theme == Theme::Powers, theme == Theme::Ties),
        }
    }

    /// A floating-point code.
    fn float(&mut self, port: usize, f: FloatFormat, previous: u64, token: &mut Token) -> u64 {
        let sign_bit = if f.is_signed() { 1 << (f.we() + f.wf()) } else { 0 };
        let lead = std::mem::replace(&mut token.lead, false);
        let sign = if lead && self.negative { sign_bit } else { 0 };
        match self.theme {
            _ if token.repeat => {
                // Mostly the last operands again, the sign of one of them turned.
                let flip = std::mem::replace(&mut token.flip, false);
                previous ^ if flip { sign_bit } else { 0 }
            }
            Theme::Corners => self.listed(port, token),
            Theme::NearTies => {
                let [now, next] = token.powers.unwrap_or_default();
                token.powers = Some([next, now]);
                ties::power(&f, now) | sign
            }
            Theme::Brink => {
                // Mostly the largest number, else within two binades of it; the first operand has the sign.
                let top = f.max_magnitude_code();
                let near = (2 << f.wf()).min(top + 1);
                let less = if self.rng.below(8) == 0 { self.rng.below(near) } else { 0 };
                (top - less) | sign
            }
            Theme::Powers => {
                let field = f.max_magnitude_code() >> f.wf();
                let tiny = self.rng.below(16) == 0;
                let code = if tiny {
                    self.rng.below(2)
                } else {
                    (field - self.rng.below(3.min(field + 1))) << f.wf()
                };
                code.min(f.max_magnitude_code()) | sign
            }
            Theme::Ties => {
                let few = self.rng.below(4 << f.wf()) & (u64::MAX << self.rng.below(u64::from(f.wf()) + 1));
                let sign = if self.rng.below(2) == 1 { sign_bit } else { 0 };
                few.min(f.max_magnitude_code()) | sign
            }
            Theme::Uniform | Theme::Cancel | Theme::Steady => self.rng.next_u64() & f.mask(),
        }
    }
}

/// What the operands of one input have in common.
struct Token {
    /// The operands of the last input come again.
    repeat: bool,
    /// The next of them with the other sign.
    flip: bool,
    /// The next operand is the first.
    lead: bool,
    /// Position in the product of the corners of the operands that are left.
    corner: u64,
    /// Exponents of the operands of a near tie, the next one first.
    powers: Option<[i64; 2]>,
}

/// Bits of all inputs but `in_first`: the operands whose combinations can be enumerated.
pub fn operand_bits(interface: &Interface) -> u32 {
    interface.inputs().filter(|p| p.kind != Kind::First).map(|p| p.width).sum()
}

/// The same operands with `in_first` (where there is one) as said.
pub fn with_first<'a>(inputs: impl Iterator<Item = &'a Port>, operands: &[u64], first: bool) -> Vec<u64> {
    let (mut v, mut at) = (operands.to_vec(), 0);
    for p in inputs {
        if p.kind == Kind::First {
            v[at] = u64::from(first);
        }
        at += limbs(p.width);
    }
    v
}

/// The `index`-th combination of all operands, as a sum of its own.
pub fn enumerated(interface: &Interface, index: u64) -> Vec<u64> {
    let (mut v, mut rest) = (Vec::new(), index);
    for p in interface.inputs() {
        if p.kind == Kind::First {
            v.push(1);
            continue;
        }
        for k in 0..limbs(p.width) as u32 {
            let w = (p.width - 64 * k).min(64);
            v.push(rest & (u64::MAX >> (64 - w)));
            rest = rest.checked_shr(w).unwrap_or(0);
        }
    }
    v
}
