//! Verilog of the small modules that put a question.
use holigen_proof::unroll::Port;
use std::fmt::Write as _;

/// A module with instances and an output `ok`.
pub struct Top {
    name: String,
    inputs: Vec<Port>,
    shown: Vec<Port>,
    body: String,
    needed: Vec<String>,
    instances: usize,
}

fn range(width: usize) -> String {
    if width == 1 { String::new() } else { format!("[{}:0] ", width - 1) }
}

impl Top {
    pub fn new(name: &str) -> Self {
        Top {
            // What is proved may be called like a word of the language.
            name: format!("prove_{name}"),
            inputs: Vec::new(),
            shown: Vec::new(),
            body: String::new(),
            needed: Vec::new(),
            instances: 0,
        }
    }

    /// Name of the module.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// A free input.
    pub fn input(&mut self, name: &str, width: usize) -> String {
        if !self.inputs.iter().any(|p| p.name == name) {
            self.inputs.push(Port { name: name.into(), width });
        }
        name.into()
    }

    /// An instance whose inputs are free inputs of the same names, and whose outputs are wires `<prefix><name>`.
    pub fn instance(&mut self, module: &str, inputs: &[Port], outputs: &[Port], prefix: &str) {
        let mut list: Vec<String> = Vec::new();
        for p in inputs {
            self.input(&p.name, p.width);
            list.push(format!(".{0}({0})", p.name));
        }
        self.connect(module, list, outputs, prefix);
    }

    /// An instance with connections of its inputs.
    pub fn connect(&mut self, module: &str, mut inputs: Vec<String>, outputs: &[Port], prefix: &str) {
        for p in outputs {
            let _ = writeln!(self.body, "  wire {}{prefix}{};", range(p.width), p.name);
            inputs.push(format!(".{0}({prefix}{0})", p.name));
        }
        self.instances += 1;
        let _ = writeln!(self.body, "  {module} i{} ({});", self.instances, inputs.join(", "));
    }

    /// A wire with a value.
    pub fn wire(&mut self, name: &str, width: usize, value: &str) {
        let _ = writeln!(self.body, "  wire {}{name} = {value};", range(width));
    }

    /// What is seen of it in a counterexample.
    pub fn show(&mut self, name: &str, width: usize, value: &str) {
        let _ = writeln!(self.body, "  assign {name} = {value};");
        self.shown.push(Port { name: name.into(), width });
    }

    /// Something that `ok` needs.
    pub fn need(&mut self, condition: String) {
        self.needed.push(condition);
    }

    /// All its ports.
    pub fn ports(&self) -> Vec<String> {
        self.inputs.iter().chain(&self.shown).map(|p| p.name.clone()).collect()
    }

    /// Bits of its inputs.
    pub fn bits(&self) -> usize {
        self.inputs.iter().map(|p| p.width).sum()
    }

    /// The text.
    pub fn text(&self) -> String {
        let inputs = self.inputs.iter().map(|p| format!("input {}{}", range(p.width), p.name));
        let shown = self.shown.iter().map(|p| format!("output {}{}", range(p.width), p.name));
        let ports: Vec<String> = inputs.chain(shown).chain(["output ok".to_owned()]).collect();
        let needed = match self.needed.is_empty() {
            true => "1'b1".to_owned(),
            false => self.needed.iter().map(|n| format!("({n})")).collect::<Vec<_>>().join("\n    & "),
        };
        format!(
            "module {} (\n  {}\n);\n{}  assign ok = {needed};\nendmodule\n",
            self.name,
            ports.join(",\n  "),
            self.body
        )
    }
}
