//! What is proved about a core, and how the questions to the solvers are put together.
mod control;
mod equality;
mod function;
pub mod mutation;
pub mod replay;
pub mod streams;
mod top;

use crate::failure::Failure;
use crate::pipeline::Job;
use holigen_generator::compile::Compiled;
use holigen_generator::rtl::cells::{verilog_models, vhdl_models};
use holigen_generator::rtl::{Register, verilog, vhdl};
use holigen_proof::solve::Question;
use holigen_proof::unroll::{Time, Unroller};
use holigen_proof::{Answer, Netlist, Workshop};
use holigen_sim::external::ToolError;
use top::Top;

/// A statement, and the module whose output `ok` says whether it holds.
#[derive(Clone, Debug)]
pub struct Obligation {
    /// A word.
    pub name: String,
    /// A sentence.
    pub claim: String,
    /// Files to read.
    pub files: Vec<String>,
    /// Top module.
    pub top: String,
    /// Its ports, shown if the statement is refuted.
    pub ports: Vec<String>,
    /// Bits of its inputs.
    pub bits: usize,
    /// Values of ports, one question each; empty: one question without.
    pub cases: Vec<(String, String)>,
    /// There is no output `ok`: the top module is the core, to be held against the model for all operands.
    pub by_values: bool,
}

impl Obligation {
    /// A statement about one unrolled netlist, whose outputs `top` reads as `is_...`.
    fn unrolled(
        shop: &Workshop,
        name: &str,
        claim: String,
        u: &Unroller<'_>,
        mut top: Top,
    ) -> Result<Self, ToolError> {
        let module = format!("core_{name}");
        let file = format!("{module}.json");
        shop.write(&file, &u.json(&module).to_string())?;
        top.instance(&module, &u.inputs(), &u.outputs(), "is_");
        let text = format!("{name}.v");
        shop.write(&text, &top.text())?;
        Ok(Self {
            name: name.into(),
            claim,
            files: vec![file, text],
            ports: top.ports(),
            bits: top.bits(),
            top: top.name(),
            cases: Vec::new(),
            by_values: false,
        })
    }

    /// As the solvers want it.
    pub fn question(&self) -> Question<'_> {
        Question {
            files: &self.files,
            top: &self.top,
            cases: &self.cases,
            ports: &self.ports,
            bits: self.bits,
        }
    }
}

/// Why no statement about the function can be made.
#[derive(Clone, Debug)]
pub struct Gap(pub String);

/// Both texts of a core, and what they are proved from.
pub struct Texts {
    /// Verilog.
    pub verilog: String,
    /// VHDL.
    pub vhdl: String,
}

impl Texts {
    /// As emitted.
    pub fn emitted(compiled: &Compiled) -> Self {
        Texts { verilog: verilog::print(&compiled.module), vhdl: vhdl::print(&compiled.module) }
    }

    /// With the models of the cells that the core may name.
    pub fn with_models(mut self, job: &Job) -> Self {
        if job.settings.primitives {
            self.verilog += &format!("\n{}", verilog_models());
            self.vhdl = format!("{}\n{}", vhdl_models(), self.vhdl);
        }
        self
    }
}

/// One core under proof.
pub struct Subject<'a> {
    /// The core.
    pub job: &'a Job,
    /// Its netlist, of which only names and places of registers are used.
    pub compiled: &'a Compiled,
    /// What Yosys reads from the Verilog text.
    pub verilog: Netlist,
    /// What Yosys reads from the VHDL text, by way of GHDL.
    pub vhdl: Option<Netlist>,
}

/// A register of the core.
pub struct Place<'a> {
    /// The register.
    pub register: &'a Register,
    /// Its name.
    pub name: &'a str,
    /// Bits.
    pub width: u32,
    /// The stage whose edge loads it.
    pub stage: Time,
}

impl<'a> Subject<'a> {
    /// Reads the texts.
    pub fn new(
        job: &'a Job,
        compiled: &'a Compiled,
        texts: &Texts,
        vhdl: bool,
        shop: &Workshop,
    ) -> Result<Self, ToolError> {
        shop.write("core.v", &texts.verilog)?;
        let verilog = shop.netlist("core.v", &job.name, "")?;
        let vhdl = match vhdl {
            false => None,
            true => {
                shop.verilog_of_vhdl(&texts.vhdl, &job.name, "core_vhdl.v")?;
                Some(shop.netlist("core_vhdl.v", &job.name.to_lowercase(), "")?)
            }
        };
        Ok(Subject { job, compiled, verilog, vhdl })
    }

    /// Every register.
    pub fn places(&self) -> Vec<Place<'a>> {
        let module = &self.compiled.module;
        let each = module.sections.iter().enumerate().flat_map(|(k, s)| {
            s.registers.iter().map(move |r| {
                let signal = module.signal(r.signal);
                Place { register: r, name: &signal.name, width: signal.width, stage: k as Time }
            })
        });
        each.collect()
    }

    /// The stage in whose section a wire is.
    pub fn stage_of_wire(&self, name: &str) -> Option<(Time, u32)> {
        let module = &self.compiled.module;
        module.sections.iter().enumerate().find_map(|(k, s)| {
            let wire = s.wires.iter().find(|w| module.signal(w.signal).name == name)?;
            Some((k as Time, module.signal(wire.signal).width))
        })
    }

    /// What solvers, or all values, say to a statement.
    pub fn ask(&self, o: &Obligation, shop: &Workshop) -> Result<Answer, ToolError> {
        if o.by_values { function::by_values(self, o, shop) } else { shop.ask(&o.name, &o.question()) }
    }

    /// Everything that is to be proved, and what can't be said.
    pub fn obligations(&self, shop: &Workshop) -> Result<(Vec<Obligation>, Vec<Gap>), Failure> {
        let (mut all, mut gaps) = (Vec::new(), Vec::new());
        let tool = |e: ToolError| Failure::Tool(e.to_string());
        if let Some(vhdl) = &self.vhdl {
            match equality::obligation(self, vhdl, shop).map_err(tool)? {
                Ok(o) => all.push(o),
                Err(gap) => gaps.push(gap),
            }
        }
        if self.job.streams() {
            all.extend(streams::obligations(self, shop).map_err(tool)?);
            return Ok((all, gaps));
        }
        if self.compiled.module.clocked {
            all.extend(control::obligations(self, shop).map_err(tool)?);
        }
        match function::obligations(self, shop).map_err(tool)? {
            Ok(list) => all.extend(list),
            Err(gap) => gaps.push(gap),
        }
        Ok((all, gaps))
    }
}
