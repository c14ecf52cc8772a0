//! A pipeline of tokens inside a clocked core: what the scheduler makes of a graph, with its registers written out.
//!
//! A clocked core is a state machine that nobody pipelines; arithmetic in it is written as any operator writes it, for
//! tokens, and placed here. Its registers move together, at edges with `advance`, so that a stall costs one enable.
//! Data registers are not cleared; a state of the part takes part in edges with `advance` at which a token stands in
//! its stage.
use crate::builder::{Bits, Builder};
use crate::compile::prepare;
use crate::ir::{Graph, Op, ValueId};
use crate::passes::trim::carry_over;
use crate::schedule;
use std::collections::BTreeMap;

/// A placed pipeline.
pub struct Pipeline<'b> {
    /// The part's outputs by name, as they are at the end of the last stage: with no register behind them.
    outputs: BTreeMap<String, Bits<'b>>,
    /// One bit: there is a token.
    pub valid: Bits<'b>,
    /// Register ranks in front of the outputs.
    ranks: u32,
    advance: Bits<'b>,
}

impl<'b> Pipeline<'b> {
    /// Places what `part` builds with a builder of its own. `inputs` are its ports, by name; `valid`: a token stands
    /// there; `advance`: it enters at this edge, and those in front move on.
    ///
    /// Where no schedule meets the clock, everything stands in one stage, and compiling the core says what is too slow.
    ///
    /// # Panics
    /// If the part has an input that is not given, or is a clocked core itself.
    pub fn new(
        b: &'b Builder,
        part: impl FnOnce(&Builder),
        inputs: &[(&str, Bits<'b>)],
        valid: Bits<'b>,
        advance: Bits<'b>,
    ) -> Self {
        let own = Builder::new(b.context().clone());
        part(&own);
        let graph = own.finish();
        assert!(!graph.clocked, "a clocked core has no stages");
        let (graph, clusters) = prepare(graph, b.context(), 1);
        let stages = match schedule::min_registers(&clusters.problem) {
            Ok(schedule) => clusters.stages(&graph, &schedule),
            Err(_) => vec![0; graph.len()],
        };
        let ranks = graph.ids().filter(|v| clusters.live[v.index()]).map(|v| stages[v.index()]).max();
        let mut placing =
            Placing { b, graph: &graph, stages: &stages, at: BTreeMap::new(), valid: vec![valid], advance };
        placing.place(&clusters.live, inputs);
        let ranks = ranks.unwrap_or(0);
        let outputs = graph.outputs.iter().map(|(name, v)| (name.clone(), placing.at(*v, ranks))).collect();
        let valid = placing.token(ranks);
        Self { outputs, valid, ranks, advance }
    }

    /// An output of the part.
    ///
    /// # Panics
    /// If it has none of this name.
    pub fn output(&self, name: &str) -> Bits<'b> {
        *self.outputs.get(name).unwrap_or_else(|| panic!("no output {name}"))
    }

    /// What goes in beside a token, where the token comes out.
    pub fn beside(&self, name: &str, value: Bits<'b>) -> Bits<'b> {
        (1..=self.ranks).fold(value, |v, s| data(v, &format!("{name}_s{s}"), self.advance))
    }
}

/// The value one edge later.
fn data<'b>(value: Bits<'b>, name: &str, advance: Bits<'b>) -> Bits<'b> {
    let r = value.builder().data_register(name, value.width());
    r.load_if(advance, value);
    r
}

struct Placing<'a, 'b> {
    b: &'b Builder,
    graph: &'a Graph,
    stages: &'a [u32],
    at: BTreeMap<(ValueId, u32), Bits<'b>>,
    /// Whether there is a token, by stage.
    valid: Vec<Bits<'b>>,
    advance: Bits<'b>,
}

impl<'b> Placing<'_, 'b> {
    fn place(&mut self, live: &[bool], inputs: &[(&str, Bits<'b>)]) {
        let g = self.graph;
        // Stage by stage, as it is to be read.
        let mut order: Vec<ValueId> = g.ids().filter(|v| live[v.index()]).collect();
        order.sort_by_key(|v| (self.stages[v.index()], *v));
        let mut states = Vec::new();
        for v in order {
            let stage = self.stages[v.index()];
            let title = g.scope_of.get(&v).map_or("", |s| g.scopes[*s as usize].as_str());
            let title =
                if title.is_empty() { format!("stage {stage}") } else { format!("stage {stage}: {title}") };
            let new = self.b.scope(&title, || match g.node(v).op {
                Op::Input(i) => {
                    let name = &g.inputs[i as usize].0;
                    let given = inputs.iter().find(|(n, _)| n == name);
                    given.unwrap_or_else(|| panic!("nothing is given for the input {name}")).1
                }
                Op::State(s) => {
                    let s = &g.states[s as usize];
                    // With nothing to restart it, it begins with a reset.
                    let register = match s.restart {
                        Some(_) => self.b.data_register(&s.name, s.width),
                        None => self.b.register(&s.name, s.width),
                    };
                    states.push((s, register, stage));
                    match s.restart {
                        // Too late to clear it before the token comes.
                        Some(restart) if stage == self.stages[restart.index()] => {
                            self.at(restart, stage).mux(self.b.lit(0u8, s.width), register)
                        }
                        _ => register,
                    }
                }
                _ => self.operation(v, stage),
            });
            self.at.insert((v, stage), new);
        }
        for (s, register, stage) in states {
            let next = self.at(s.next.expect("a live state is written"), stage);
            let there = self.token(stage);
            let restart = s.restart.filter(|r| self.stages[r.index()] < stage);
            let Some(restart) = restart else {
                register.load_if(there & self.advance, next);
                continue;
            };
            let clear = self.at(restart, stage - 1) & self.token(stage - 1);
            let clear = clear.named(&format!("restart_s{}", stage - 1));
            let clear = clear.note("The next token starts a new sum: the old one is gone before it arrives.");
            let next = next.gate(!clear).registered();
            register.load_if((there | clear) & self.advance, next);
        }
    }

    fn operation(&mut self, v: ValueId, stage: u32) -> Bits<'b> {
        let g = self.graph;
        let node = g.node(v);
        let args: Vec<Bits<'b>> = node.args.iter().map(|a| self.at(*a, stage)).collect();
        // Tables have other numbers here.
        let op = match &node.op {
            Op::Lookup(t) => {
                let table = g.tables.get_index(*t as usize).expect("a known table").clone();
                Op::Lookup(self.b.edit(|n| n.tables.insert_full(table).0) as u32)
            }
            op => op.clone(),
        };
        let new = self.b.make(op, &args, node.width);
        // Scopes have other numbers here; this value has its own already.
        self.b.edit(|n| {
            let scope = n.scope_of.get(&new.id()).copied();
            carry_over(g, n, v, new.id(), true);
            match scope {
                Some(s) => n.scope_of.insert(new.id(), s),
                None => n.scope_of.remove(&new.id()),
            };
        });
        if g.registered.contains(&v) { new.registered() } else { new }
    }

    /// A value in a stage, through registers from the one that computes it.
    fn at(&mut self, v: ValueId, stage: u32) -> Bits<'b> {
        if let Some(value) = self.at.get(&(v, stage)) {
            return *value;
        }
        if let Some(c) = self.graph.constant(v) {
            return self.b.lit(c.clone(), self.graph.node(v).width);
        }
        let before = self.at(v, stage.checked_sub(1).expect("it is computed in an earlier stage"));
        let value = match before.constant() {
            Some(_) => before,
            None => data(before, &format!("{}_s{stage}", self.name(v)), self.advance),
        };
        self.at.insert((v, stage), value);
        value
    }

    /// Whether a token stands in a stage.
    fn token(&mut self, stage: u32) -> Bits<'b> {
        for s in self.valid.len() as u32..=stage {
            let before = self.valid[s as usize - 1];
            self.valid.push(before.delayed(&format!("valid_s{s}"), self.advance));
        }
        self.valid[stage as usize]
    }

    /// Its own name, or that of the first of its operands that has one.
    fn name(&self, v: ValueId) -> String {
        let g = self.graph;
        let mut of = Some(v);
        while let Some(v) = of {
            if let Some(name) = g.names.get(&v) {
                return name.clone();
            }
            of = g.node(v).args.first().copied();
        }
        "value".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Context;
    use crate::compile::{Options, compile};
    use crate::target::Target;

    /// A sum of products with an accumulator, at a clock that asks for several stages.
    fn part(b: &Builder) {
        let [x, y] = ["x", "y"].map(|n| b.input(n, 9).unsigned());
        let acc = b.state("acc", 20, Some(b.input("first", 1)));
        let next = acc.wrapping_add((x * y).0.zext(20));
        acc.write_state(next);
        b.output("r", next);
    }

    #[test]
    fn a_pipeline_meets_the_clock_that_its_part_meets() {
        for (target, mhz) in [("kintex7", 400.0), ("ecp5", 150.0), ("kintex7", 0.0)] {
            let context = Context::new(Target::by_name(target).expect("a known target"), mhz);
            let b = Builder::new(context.clone());
            b.clear_input("start");
            let [x, y] = ["x", "y"].map(|n| b.input(n, 9));
            let (first, valid, go) = (b.input("first", 1), b.input("valid", 1), b.input("go", 1));
            let p = Pipeline::new(&b, part, &[("x", x), ("y", y), ("first", first)], valid, go);
            b.output("r", p.output("r"));
            b.output("there", p.valid);
            let options = Options { name: "core".into(), clock_enable: false, turns: 1 };
            let made = compile(b.finish(), &context, &options).unwrap_or_else(|e| panic!("{target}: {e}"));
            let registers = made.module.sections.iter().flat_map(|s| &s.registers);
            let cleared = registers.filter(|r| r.reset).count();
            assert_eq!(cleared as u32, p_ranks(target, mhz), "{target}: the valid bits, and nothing else");
        }
    }

    /// Valid bits that the pipeline has.
    fn p_ranks(target: &str, mhz: f64) -> u32 {
        let context = Context::new(Target::by_name(target).expect("a known target"), mhz);
        let own = Builder::new(context.clone());
        part(&own);
        let (graph, clusters) = prepare(own.finish(), &context, 1);
        let schedule = schedule::min_registers(&clusters.problem).expect("it can be scheduled");
        let stages = clusters.stages(&graph, &schedule);
        graph.ids().filter(|v| clusters.live[v.index()]).map(|v| stages[v.index()]).max().unwrap_or(0)
    }
}
