//! The floating-point operators over the space of their formats and modes: whatever is asked for is either refused
//! with a message or a core that is its model.
//!
//! A campaign is the same test with more cases from another seed:
//! `HOLIGEN_CASES=5000 HOLIGEN_SEED=7 cargo test -p holigen-operators --test formats`.
mod common;

use common::{Setup, agrees, instance, netlist};
use holigen_sim::check::Plan;
use holigen_verif::rng::SplitMix64;
use holigen_verif::vectors::operand_bits;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

struct Random(SplitMix64);

impl Random {
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.0.below(all.len() as u64) as usize]
    }

    /// A floating-point format, most of them small.
    fn format(&mut self) -> String {
        let named = [
            "e4m3fn", "e5m2", "e4m3fnuz", "e5m2fnuz", "e3m2", "e2m3", "e2m1", "e8m0", "bf16", "fp16", "tf32",
            "fp32",
        ];
        match self.0.below(8) {
            0..=2 => self.of(&named).to_owned(),
            3 | 4 => {
                let (we, wf) = (1 + self.0.below(6), self.0.below(6));
                let encodings = ["", ":ieee", ":fn", ":fnuz", ":finite", ":p3109"];
                format!("e{we}m{wf}{}", self.of(&encodings))
            }
            5 => format!("e{}m{}", 1 + self.0.below(11), self.0.below(24)),
            _ => {
                let signed = self.0.below(3) > 0;
                let most = if self.0.below(4) == 0 { 15 } else { 7 };
                let width = 2 + self.0.below(most);
                let most = if signed { width - 1 } else { width };
                let precision = (1 + self.0.below(most)).max(width.saturating_sub(10));
                let s = if signed { "s" } else { "u" };
                format!("binary{width}p{precision}{s}{}", self.of(&["e", "f"]))
            }
        }
    }

    fn fixed(&mut self) -> String {
        match self.0.below(3) {
            0 => format!("int{}", 2 + self.0.below(16)),
            1 => format!("uint{}", 1 + self.0.below(16)),
            _ => {
                let low = self.0.below(24) as i64 - 16;
                format!("{}:{}:{low}", self.of(&["fixed", "ufixed"]), low + self.0.below(16) as i64)
            }
        }
    }

    fn mode(&mut self) -> String {
        let all = ["rne", "rne", "rna", "rtz", "rup", "rdn", "odd"];
        match self.0.below(3) {
            0 => format!("{}:{}", self.of(&["sr", "srb", "src"]), 1 + self.0.below(9)),
            _ => self.of(&all).to_owned(),
        }
    }

    /// Parameters of an operator.
    fn parameters(&mut self, operator: &str) -> String {
        let mut t = String::new();
        let mut set = |key: &str, value: String| t += &format!("{key} = \"{value}\"\n");
        let any = |r: &mut Self| if r.0.below(4) == 0 { r.fixed() } else { r.format() };
        match operator {
            "fpconv" => {
                set("in", any(self));
                set("out", any(self));
            }
            _ => {
                set("a-format", self.format());
                if self.0.below(2) == 0 {
                    set("b-format", self.format());
                }
                if operator == "fpfma" && self.0.below(2) == 0 {
                    set("c-format", self.format());
                }
                if self.0.below(2) == 0 {
                    set("out", self.format());
                }
            }
        }
        set("round", self.mode());
        if self.0.below(2) == 0 {
            set("saturation", self.of(&["satfinite", "satpropagate", "ovfinf"]).into());
        }
        if self.0.below(6) == 0 {
            set("subnormals", "flush".into());
        }
        if self.0.below(6) == 0 {
            set("specials", "off".into());
        }
        t
    }
}

const OPERATORS: &[&str] = &["fpmul", "fpconv", "fpadd", "fpadd", "fpsub", "fpaddsub", "fpfma", "fpfma"];

#[test]
fn every_core_is_its_model() {
    let (cases, seed) = (number("HOLIGEN_CASES", 300), number("HOLIGEN_SEED", 1));
    let mut random = Random(SplitMix64::new(seed));
    let (mut built, mut refused) = (0, 0);
    for _ in 0..cases {
        let operator = random.of(OPERATORS);
        let parameters = random.parameters(operator);
        let (target, mhz) =
            [("kintex7", 0.0), ("kintex7", 200.0), ("ecp5", 100.0), ("asic", 300.0), ("ice40hx", 0.0)]
                [random.0.below(5) as usize];
        let what = format!("{operator} on {target} at {mhz} MHz\n{parameters}");
        let made = std::panic::catch_unwind(|| {
            let i = match instance(operator, &parameters) {
                Ok(i) => i,
                Err(e) => {
                    assert!(!e.problem.is_empty() && !e.expected.is_empty(), "{e:?} does not help");
                    return false;
                }
            };
            holigen_generator::rtl::names::check_identifier(&i.core.name()).unwrap_or_else(|e| panic!("{e}"));
            let setup = Setup::new(target, mhz);
            let c = netlist(&*i.core, &setup, "core").unwrap_or_else(|e| panic!("{e}"));
            let few = operand_bits(&i.core.interface()) <= 13;
            let plan = if few { Plan::Exhaustive } else { Plan::Count(4000) };
            agrees(&*i.core, &c, plan, seed).unwrap_or_else(|e| panic!("{e}"));
            true
        });
        match made {
            Ok(true) => built += 1,
            Ok(false) => refused += 1,
            Err(e) => {
                let text = e.downcast_ref::<String>().cloned().unwrap_or_default();
                panic!("{what}\n{text}");
            }
        }
    }
    assert!(built > refused, "{built} cores, {refused} refused");
}
