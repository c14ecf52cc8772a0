//! The comment at the top of a core.
use crate::text::wrap;

/// What the comment says. All text is plain; line ends in it become blanks.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Header {
    /// Name of the module.
    pub module: String,
    /// What the core does, in one line.
    pub title: String,
    /// Names and values of the parameters.
    pub parameters: Vec<(String, String)>,
    /// What the result is, exactly: a paragraph each.
    pub semantics: Vec<String>,
    /// Cycles from an input to its result; `None` if combinational.
    pub latency: Option<u32>,
    /// Clock for which the core was made, in MHz, and for which target, if clocked.
    pub clock: Option<String>,
    /// In the order of the module.
    pub ports: Vec<HeaderPort>,
    /// Command line that writes the core again.
    pub regenerate: String,
    /// Version of holigen.
    pub version: String,
}

/// A line of the table of ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderPort {
    /// Name in the text.
    pub name: String,
    /// Into the core.
    pub is_input: bool,
    /// Bits.
    pub width: u32,
    /// Format and meaning.
    pub description: String,
}

impl Header {
    /// The comment's lines, without comment signs: the same for both languages.
    pub fn lines(&self) -> Vec<String> {
        let mut out = wrap("", &format!("{}: {}", self.module, self.title));
        if !self.parameters.is_empty() {
            out.push(String::new());
            out.push("Parameters".into());
            let column = self.parameters.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            for (name, value) in &self.parameters {
                out.extend(wrap(&format!("  {name:column$}  "), value));
            }
        }
        if !self.semantics.is_empty() {
            out.push(String::new());
            out.push("Semantics".into());
            for paragraph in &self.semantics {
                out.extend(wrap("  ", paragraph));
            }
        }
        out.push(String::new());
        out.extend(wrap("", &self.timing()));
        if !self.ports.is_empty() {
            out.push(String::new());
            out.push("Ports".into());
            let names = self.ports.iter().map(|p| p.name.len()).max().unwrap_or(0);
            let widths = self.ports.iter().map(|p| p.width.to_string().len()).max().unwrap_or(0);
            for p in &self.ports {
                let direction = if p.is_input { "in " } else { "out" };
                let first = format!("  {:names$}  {direction}  {:>widths$}  ", p.name, p.width);
                out.extend(wrap(&first, &p.description));
            }
        }
        out.push(String::new());
        out.extend(wrap("", &format!("Written by holigen {}. To write it again:", self.version)));
        // Not wrapped: a command is copied as a whole.
        out.push(format!("  $ {}", self.regenerate.split_whitespace().collect::<Vec<_>>().join(" ")));
        out.extend(wrap("", "This text is yours: holigen's licence does not extend to what it writes."));
        out
    }

    fn timing(&self) -> String {
        match self.latency {
            None if self.ports.iter().any(|p| p.name == "clk") => {
                let clock =
                    self.clock.as_ref().map_or_else(String::new, |clock| format!(" Made for {clock}."));
                format!("Streams with handshake: one symbol a clock and lane within a block.{clock}")
            }
            None => "Combinational: no clock, no state.".into(),
            Some(latency) => {
                let cycles = if latency == 1 { "cycle" } else { "cycles" };
                let clock = match &self.clock {
                    Some(clock) => format!(", made for {clock}"),
                    None => String::new(),
                };
                format!("Latency {latency} {cycles}, one result a cycle{clock}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_well() {
        let port = |name: &str, is_input, width, description: &str| HeaderPort {
            name: name.into(),
            is_input,
            width,
            description: description.into(),
        };
        let header = Header {
            module: "fpmul_e4m3".into(),
            title: "floating-point multiplier".into(),
            parameters: vec![("we".into(), "4".into()), ("rounding".into(), "nearest-even".into())],
            semantics: vec!["r is the exact product, rounded once. ".repeat(4)],
            latency: Some(2),
            clock: Some("400 MHz on kintex7".into()),
            ports: vec![
                port("clk", true, 1, "clock, rising edge"),
                port("a", true, 8, "e4m3fn: factor"),
                port("r", false, 16, "product"),
            ],
            regenerate: "holigen fpmul --we 4\n --wf 3".into(),
            version: "0.1.0".into(),
        };
        let expected = "\
fpmul_e4m3: floating-point multiplier

Parameters
  we        4
  rounding  nearest-even

Semantics
  r is the exact product, rounded once. r is the exact product, rounded once. r is the exact
  product, rounded once. r is the exact product, rounded once.

Latency 2 cycles, one result a cycle, made for 400 MHz on kintex7.

Ports
  clk  in    1  clock, rising edge
  a    in    8  e4m3fn: factor
  r    out  16  product

Written by holigen 0.1.0. To write it again:
  $ holigen fpmul --we 4 --wf 3
This text is yours: holigen's licence does not extend to what it writes.";
        assert_eq!(header.lines().join("\n"), expected);
    }
}
