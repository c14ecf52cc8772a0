//! What the core is to everybody else: its name, its meaning in words, its ports.
use super::{Accumulator, LFSR_SEED, Mac, Output, architecture, model, specification, terms};
use crate::Core;
use crate::parts::arguments::short;
use crate::parts::stateless;
use holigen_generator::Builder;
use holigen_verif::format::FloatFormat;
use holigen_verif::interface::{Encoding as PortEncoding, Interface, Port};
use holigen_verif::model::Model;
use holigen_verif::round::{RoundMode, Saturation};
use holigen_verif::specification::Specification;
use serde_json::{Map, Value};

impl Core for Mac {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.args)
    }

    fn name(&self) -> String {
        let mut s = format!("fp8mac_{}", short(&self.a));
        if self.b != self.a {
            s += &format!("_{}", short(&self.b));
        }
        match (&self.acc, self.args.acc.as_str()) {
            (_, "exact") => {
                if self.args.terms != terms() {
                    s += &format!("_t{}", self.args.terms);
                }
            }
            (Accumulator::Float(f), _) => s += &format!("_acc_{}", short(f)),
            (Accumulator::Fixed { saturate, nearest, .. }, text) => {
                let weights: Vec<String> = text.split(':').skip(1).map(|w| w.replace('-', "m")).collect();
                s += &format!("_acc_{}", weights.join("_"));
                if *nearest {
                    s += "_rna";
                }
                if !saturate {
                    s += "_wrap";
                }
            }
        }
        match &self.output {
            Output::Sum => s += "_fixed",
            Output::Float { format, saturation } => {
                if *format != FloatFormat::FP32 {
                    s += &format!("_out_{}", short(format));
                }
                if *saturation != format.default_saturation() {
                    s += &format!("_{saturation}");
                }
            }
        }
        if self.round != RoundMode::Rne {
            s += &format!("_{}", self.round.to_string().replace(':', ""));
        }
        if self.care.flush {
            s += "_flush";
        }
        if !self.care.specials {
            s += "_nospecials";
        }
        if let Some(seed) = self.lfsr {
            s += "_lfsr";
            if seed != LFSR_SEED {
                s += &format!("{seed:x}");
            }
        }
        if self.eager {
            s += "_eager";
        }
        if self.args.arch != "auto" {
            s += &format!("_{}", self.args.arch);
        }
        if self.turns > 1 {
            s += &format!("_x{}", self.turns);
        }
        s
    }

    fn title(&self) -> String {
        let operands = if self.a == self.b { self.a.to_string() } else { format!("{} x {}", self.a, self.b) };
        let into = match (&self.acc, &self.output) {
            (Accumulator::Fixed { width, .. }, Output::Sum) => format!("a {width}-bit fixed-point sum"),
            (Accumulator::Fixed { width, .. }, Output::Float { format, .. }) => {
                format!("a {width}-bit fixed-point sum, rounded to {format}")
            }
            (Accumulator::Float(f), _) => format!("an {f} accumulator"),
        };
        format!("Multiply-accumulate of {operands} into {into}")
    }

    fn semantics(&self) -> String {
        let mut s =
            String::from("r is the sum of a*b over the valid inputs since in_first, this one included. ");
        match &self.acc {
            Accumulator::Fixed { width, lsb, .. } if self.args.acc == "exact" => {
                s += &format!(
                    "Products and sum are exact: the accumulator has {width} bits in two's complement, the lowest \
                     worth 2^{lsb}, and holds {} products for certain; beyond its range it wraps. ",
                    self.args.terms
                );
            }
            Accumulator::Fixed { width, lsb, nearest, saturate } => {
                s += &format!(
                    "Products are exact; the accumulator has {width} bits in two's complement, the lowest worth \
                     2^{lsb}. What a product has below is {}; on overflow the sum {}. ",
                    if *nearest {
                        "rounded to nearest, ties away from zero"
                    } else {
                        "cut off its magnitude"
                    },
                    if *saturate { "stays at the largest or smallest number" } else { "wraps around" }
                );
            }
            Accumulator::Float(f) => {
                s += &format!(
                    "Products are exact; in every step product and accumulator are added exactly and rounded once \
                     ({}) to {f}. An overflow gives {}. ",
                    self.round,
                    match (self.acc_saturation, f.has_infinity()) {
                        (Saturation::OvfInf, true) =>
                            "infinity (or the largest number where the mode says so)",
                        (Saturation::OvfInf, false) => "NaN",
                        _ => "the largest finite number",
                    }
                );
            }
        }
        match &self.output {
            Output::Sum => s += "r is the accumulator itself; it is 0 while a flag is set. ",
            Output::Float { format, saturation } => {
                if let Accumulator::Fixed { .. } = self.acc {
                    s += &format!(
                        "r is the sum rounded once ({}, overflow: {saturation}) to {format}. ",
                        self.round
                    );
                } else {
                    s += &format!("r is the accumulator, exactly, as {format}. ");
                }
            }
        }
        if self.can_be_infinite() {
            s += "A NaN operand, 0 * infinity and infinity - infinity make the result NaN until the next in_first; \
                  an infinity stays until then. ";
        } else if self.can_be_nan() {
            s += "A NaN operand makes the result NaN until the next in_first. ";
        }
        if !self.care.specials {
            s += "Codes of NaN and infinity are read as the finite numbers that their fields say. ";
        }
        if self.care.flush {
            s += "Subnormal operands count as zero. ";
        }
        if let Some(seed) = self.lfsr {
            let n = self.round.random_bits();
            s += &format!(
                "The random word of a valid input is the lowest {n} bits of a 32-bit register that holds {seed:#010x} \
                 after a reset and then makes {n} steps: shifted left, at the bottom the exclusive or of its bits 31, 30, \
                 29 and 9 (x^32 + x^31 + x^30 + x^10 + 1). in_first does not touch it. "
            );
            if self.turns > 1 {
                s += "Each sum in turn has a register of its own. ";
            }
        }
        s += "A sum of exactly zero is +0.";
        if self.turns > 1 {
            s += &format!(
                " {n} independent sums take turns: an input belongs to the sum of its clock cycle modulo {n} \
                 (cycles in which ce is low do not count), and a cycle without in_valid passes its sum's turn.",
                n = self.turns
            );
        }
        s
    }

    fn interface(&self) -> Interface {
        let input = |name, f: &FloatFormat| {
            Port::operand(name, f.width(), PortEncoding::Float(*f), &format!("Operand, {f}"))
        };
        let mut ports =
            vec![Port::first("1: this product starts a new sum"), input("a", &self.a), input("b", &self.b)];
        if self.round.random_bits() > 0 && self.lfsr.is_none() {
            ports.push(Port::random(self.round.random_bits()));
        }
        match (&self.output, &self.acc) {
            (Output::Float { format, .. }, _) => {
                let text = format!("Sum, {format}");
                ports.push(Port::result("r", format.width(), PortEncoding::Float(*format), &text));
            }
            (Output::Sum, Accumulator::Fixed { width, lsb, .. }) => {
                let encoding = PortEncoding::Fixed { signed: true, lsb: *lsb };
                let text = format!("Sum, two's complement in units of 2^{lsb}");
                ports.push(Port::result("r", *width, encoding, &text));
                if self.can_be_nan() {
                    ports.push(Port::flag("nan", "1: the sum is not a number; r is 0"));
                }
                if self.can_be_infinite() {
                    ports.push(Port::flag("pos_inf", "1: the sum is +infinity; r is 0"));
                    ports.push(Port::flag("neg_inf", "1: the sum is -infinity; r is 0"));
                }
            }
            (Output::Sum, Accumulator::Float(_)) => unreachable!("refused by resolve"),
        }
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        true
    }

    fn turns(&self) -> u32 {
        self.turns
    }

    fn longest_sum(&self) -> u64 {
        if self.args.acc == "exact" { self.args.terms } else { 0 }
    }

    fn timing_advice(&self) -> String {
        let narrower = match self.acc {
            Accumulator::Float(_) => "an exact accumulator (--acc exact)",
            Accumulator::Fixed { saturate: true, .. } => "--acc-overflow wrap",
            Accumulator::Fixed { .. } => "a narrower accumulator (--terms, --acc fixed:MSB:LSB)",
        };
        format!("--interleave gives the loop more clocks; {narrower} makes it shorter")
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::MacModel::new(self))
    }

    fn specification(&self) -> Option<Specification> {
        // Provers are given the random word.
        self.lfsr.is_none().then(|| specification::specification(self))
    }
}
