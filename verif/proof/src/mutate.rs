//! Mutants of a core: small faults that Yosys puts into the netlist of a text, one at a time.
//!
//! Faults sit on the operations of the text (a bit of a sum stuck, inverted, or inverted where another bit says so);
//! tables are multiplexers there, so that a fault in one is a wrong entry.
use crate::netlist::Netlist;
use crate::solve::Workshop;
use holigen_sim::external::ToolError;
use serde::Serialize;

/// The input that chooses the mutant in [`Workshop::selectable`]; 0 is the core as it is.
pub const SELECT: &str = "holigen_mutant";

/// What stands before a fault: registers are plain, tables are multiplexers.
const PREPARE: &str = "proc; flatten; memory_map; opt -noff; ";

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Mutation {
    /// Its number, from 1.
    pub number: usize,
    /// In words.
    pub fault: String,
    /// The command of Yosys.
    pub command: String,
}

impl Mutation {
    fn read(number: usize, line: &str) -> Option<Mutation> {
        line.starts_with("mutate ").then(|| Mutation { number, fault: fault(line), command: line.to_owned() })
    }
}

/// `bit 3 of sum stuck at 1 (line 120)` for a command.
fn fault(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let of = |option: &str| words.windows(2).find(|w| w[0] == option).map(|w| w[1]);
    let cell = of("-cell").unwrap_or_default();
    // `$add$core.v:12$34`: the operation. `$procdff$34`: a register.
    let kind = match cell.trim_start_matches('$').split(['$', '\\']).next().unwrap_or_default() {
        "procdff" => "register",
        "procmux" | "memory" | "auto" => "a multiplexer",
        other => other,
    };
    let place = match (of("-wire"), of("-wirebit")) {
        (Some(wire), Some(bit)) => format!("bit {bit} of {}", wire.trim_start_matches('\\')),
        _ => {
            let (port, bit) = (of("-port").unwrap_or_default(), of("-portbit").unwrap_or_default());
            let port = match port {
                "Y" => "the result",
                "Q" => "the output",
                "D" => "the input",
                "CLK" => "the clock",
                "S" => "the choice",
                _ => "an operand",
            };
            format!("bit {bit} of {port} of {kind}")
        }
    };
    let what = match of("-mode") {
        Some("const0") => "stuck at 0".to_owned(),
        Some("const1") => "stuck at 1".to_owned(),
        Some("cnot0") => format!("inverted where bit {} is 0", of("-ctrlbit").unwrap_or_default()),
        Some("cnot1") => format!("inverted where bit {} is 1", of("-ctrlbit").unwrap_or_default()),
        _ => "inverted".to_owned(),
    };
    // `core.v:120.3-120.17`
    let line = of("-src").and_then(|s| s.split_once(':')?.1.split(['.', '-']).next());
    line.map_or_else(|| format!("{place} {what}"), |l| format!("{place} {what} (line {l})"))
}

/// The command without what chooses the mutant.
fn alone(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.iter().position(|w| *w == "-ctrl") {
        Some(at) => [&words[..at], &words[at + 4..]].concat().join(" "),
        None => words.join(" "),
    }
}

impl Workshop {
    fn prepared(&self, from: &str, top: &str) -> String {
        format!("read_verilog {from}; hierarchy -check -top {top}; {PREPARE}")
    }

    /// Up to `count` faults of the core in a file, spread over all of it; the same seed gives the same ones.
    ///
    /// # Errors
    /// If Yosys is missing or refuses the text.
    pub fn mutations(
        &self,
        from: &str,
        top: &str,
        count: usize,
        seed: u64,
    ) -> Result<Vec<Mutation>, ToolError> {
        // Yosys takes 32 bits.
        let (seed, bits) = (seed & 0x7fff_ffff, select_bits(count));
        let list = format!(
            "{}mutate -list {count} -seed {seed} -ctrl {SELECT} {bits} 1 -o mutations.ys",
            self.prepared(from, top)
        );
        self.yosys(&list)?.succeed()?;
        let lines = self.read("mutations.ys")?;
        Ok(lines.lines().enumerate().filter_map(|(i, l)| Mutation::read(i + 1, l)).collect())
    }

    /// Verilog of the core with all faults in it, as the module `<top>_mutated` in the file `to`: its input
    /// [`SELECT`] says which one is there.
    ///
    /// # Errors
    /// If Yosys refuses.
    pub fn selectable(
        &self,
        from: &str,
        top: &str,
        mutations: &[Mutation],
        to: &str,
    ) -> Result<String, ToolError> {
        let mut script = self.prepared(from, top);
        for m in mutations {
            script += &m.command;
            script.push('\n');
        }
        let script = script.replace("; ", "\n")
            + &format!("rename {top} {top}_mutated\nopt_clean\nwrite_verilog -noattr {to}\n");
        self.write("selectable.ys", &script)?;
        self.yosys("script selectable.ys")?.succeed()?;
        self.read(to)
    }

    /// The netlist of the core with one fault in it; without: as it is, read in the same way.
    ///
    /// # Errors
    /// If Yosys refuses, or if there is no plain netlist (a fault in a clock).
    pub fn mutated(
        &self,
        from: &str,
        top: &str,
        mutation: Option<&Mutation>,
    ) -> Result<Result<Netlist, String>, ToolError> {
        let fault = mutation.map_or(String::new(), |m| alone(&m.command) + "; ");
        let script = format!("{}{fault}opt_clean; write_json mutated.json", self.prepared(from, top));
        self.yosys(&script)?.succeed()?;
        Ok(Netlist::read(&self.read("mutated.json")?, top))
    }
}

/// Bits that number so many mutants and none.
pub fn select_bits(count: usize) -> u32 {
    usize::BITS - count.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "mutate -ctrl holigen_mutant 4 3 -mode cnot0 -module core -cell $xor$core.v:615$180 -port B \
                        -portbit 23 -ctrlbit 16 -wire t290 -wirebit 24 -src core.v:613.15-613.19 -src core.v:615.3-615.6";

    #[test]
    fn faults_are_told_in_words() {
        let m = Mutation::read(3, LINE).unwrap();
        assert_eq!(m.fault, "bit 24 of t290 inverted where bit 16 is 0 (line 613)");
        assert!(alone(LINE).starts_with("mutate -mode cnot0 -module core"), "{}", alone(LINE));
        let stuck =
            "mutate -mode const1 -module core -cell $add$core.v:7$3 -port A -portbit 2 -src core.v:7.1-7.5";
        assert_eq!(fault(stuck), "bit 2 of an operand of add stuck at 1 (line 7)");
        assert_eq!(Mutation::read(1, "something else"), None);
        assert_eq!((select_bits(1), select_bits(3), select_bits(4)), (1, 2, 3));
    }
}
