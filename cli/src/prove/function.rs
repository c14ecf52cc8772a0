//! The core computes what its specification says.
//!
//! The token of interest stands on the inputs at clock 0; what other tokens there are at other clocks is free. Results
//! are looked at `latency` clocks later. A core with state is cut open where its state is read: an induction over the
//! tokens whose step says that the new state follows from the old one as specified, that a clock without a token leaves
//! it, and that it is gone when a sum starts over.
use super::top::Top;
use super::{Gap, Obligation, Place, Subject};
use holigen_proof::exhaust::{Comparison, MOST_BITS};
use holigen_proof::unroll::{Port, Time, Unroller, at};
use holigen_proof::{Answer, Bit, Workshop, table};
use holigen_sim::external::ToolError;
use holigen_verif::interface::{self, limbs};
use holigen_verif::model::Model;
use holigen_verif::specification::{Cases, MODULE, Specification, State};
use holigen_verif::vectors::operand_bits;

/// Input bits up to which the model's values are taken as the specification, as a netlist.
const TABLE_BITS: u32 = 18;

/// Input bits up to which the core is held against the model for all values.
const VALUE_BITS: u32 = MOST_BITS as u32;

/// The statements, or why there are none.
pub fn obligations(
    subject: &Subject<'_>,
    shop: &Workshop,
) -> Result<Result<Vec<Obligation>, Gap>, ToolError> {
    let core = &subject.job.instance.core;
    if let Some(specification) = core.specification() {
        shop.write("specification.v", &specification.text)?;
        return with_text(subject, &specification, shop);
    }
    let bits = operand_bits(&subject.job.interface);
    if core.has_state() {
        return Ok(Err(Gap("there is no specification of this operator with state".into())));
    }
    if bits > VALUE_BITS {
        let why =
            format!("{bits} input bits are too many to try all values, and there is no other specification");
        return Ok(Err(Gap(why)));
    }
    if bits > TABLE_BITS {
        return Ok(Ok(vec![values(subject, shop)?]));
    }
    shop.write("specification.json", &model_table(subject).to_string())?;
    let mut made = Builder::new(subject, shop, "specification.json");
    Ok(Ok(vec![made.stateless()?]))
}

/// The statement that the core has its model's value for all operands.
fn values(subject: &Subject<'_>, shop: &Workshop) -> Result<Obligation, ToolError> {
    let made = Builder::new(subject, shop, "");
    let mut u = made.unroller_without_tokens();
    made.results(&mut u);
    let top = "core_function";
    shop.write("core_function.json", &u.json(top).to_string())?;
    Ok(Obligation {
        name: "function".into(),
        claim: "every result is the model's, for all operands and whatever comes before or after".into(),
        files: vec!["core_function.json".into()],
        top: top.into(),
        ports: Vec::new(),
        bits: operand_bits(&subject.job.interface) as usize,
        cases: Vec::new(),
        by_values: true,
    })
}

/// Evaluates the core's gates and the model for all operands.
pub fn by_values(subject: &Subject<'_>, o: &Obligation, shop: &Workshop) -> Result<Answer, ToolError> {
    let interface = &subject.job.interface;
    let latency = subject.compiled.latency as Time;
    let operands: Vec<String> = interface.inputs().map(|p| at(&p.name, 0)).collect();
    let results: Vec<String> = interface.outputs().map(|p| at(&p.name, latency)).collect();
    let mut model = FlatModel::new(subject);
    let by = |total: u64| format!("all {total} inputs of Yosys's netlist, beside the model");
    match shop.compare(&o.name, &o.question(), &operands, &results, |i, bits| model.step(i, bits))? {
        Comparison::Same(total) => Ok(Answer::Proved { by: by(total) }),
        Comparison::Unknown => {
            Ok(Answer::Open { why: "a result seems to depend on more than the operands".into() })
        }
        Comparison::Differs { mut ports, mut expected } => {
            for (p, name) in interface.outputs().zip(&results) {
                let (core, spec) = (ports.remove(name), expected.remove(name));
                ports.insert(format!("shown_core_{}", p.name), core.unwrap_or_default());
                ports.insert(format!("shown_spec_{}", p.name), spec.unwrap_or_default());
            }
            Ok(Answer::Refuted { by: by(1 << o.bits), vector: ports })
        }
    }
}

/// A core without state against another netlist of it instead of a specification.
pub fn like(
    subject: &Subject<'_>,
    reference: &Subject<'_>,
    shop: &Workshop,
) -> Result<Obligation, ToolError> {
    const REFERENCE: &str = "reference";
    let made = Builder::new(subject, shop, "reference.json");
    let (mut u, mut r) = (made.unroller(), Builder::new(reference, shop, "reference.json").unroller());
    made.results(&mut u);
    Builder::new(reference, shop, "reference.json").results(&mut r);
    shop.write("reference.json", &r.json(REFERENCE).to_string())?;
    let mut top = Top::new("function");
    top.instance("core_function", &u.inputs(), &u.outputs(), "core_");
    top.instance(REFERENCE, &r.inputs(), &r.outputs(), "spec_");
    for p in subject.job.interface.outputs() {
        top.wire(
            &format!("spec_{}", p.name),
            p.width as usize,
            &format!("spec_{}", at(&p.name, made.latency)),
        );
    }
    let valid = made.valid(&mut top);
    made.same_results(&mut top, &valid);
    made.finish("function", "every result is that of the core as it is", &u, &top, None)
}

fn ports<'p>(list: impl Iterator<Item = &'p interface::Port>) -> Vec<Port> {
    list.map(|p| Port { name: p.name.clone(), width: p.width as usize }).collect()
}

/// The reference model with operands and results as strings of bits, lowest first.
struct FlatModel<'s> {
    interface: &'s interface::Interface,
    model: Box<dyn Model>,
    given: Vec<u64>,
    found: Vec<u64>,
}

impl<'s> FlatModel<'s> {
    fn new(subject: &'s Subject<'_>) -> Self {
        let interface = &subject.job.interface;
        let total = interface.outputs().map(|p| limbs(p.width)).sum();
        FlatModel {
            interface,
            model: subject.job.instance.core.model(),
            given: Vec::new(),
            found: vec![0; total],
        }
    }

    /// Appends the results of the operands whose bits are those of `i`.
    fn step(&mut self, i: u64, bits: &mut Vec<bool>) {
        self.given.clear();
        let mut at = 0;
        for p in self.interface.inputs() {
            // There are few bits in all: each port is one limb.
            self.given.push(i >> at & ((1 << p.width) - 1));
            at += p.width;
        }
        self.model.step(&self.given, &mut self.found);
        let mut limb = 0;
        for p in self.interface.outputs() {
            let words = &self.found[limb..limb + limbs(p.width)];
            bits.extend((0..p.width).map(|b| words[(b / 64) as usize] >> (b % 64) & 1 == 1));
            limb += limbs(p.width);
        }
    }
}

/// The reference model, value by value.
fn model_table(subject: &Subject<'_>) -> serde_json::Value {
    let interface = &subject.job.interface;
    let (inputs, outputs) = (ports(interface.inputs()), ports(interface.outputs()));
    let model = std::cell::RefCell::new(FlatModel::new(subject));
    table::module(MODULE, &inputs, &outputs, |i| {
        let mut bits = Vec::new();
        model.borrow_mut().step(i, &mut bits);
        bits
    })
}

struct Builder<'s, 'a> {
    subject: &'s Subject<'a>,
    shop: &'s Workshop,
    specification: &'static str,
    latency: Time,
}

impl<'s, 'a> Builder<'s, 'a> {
    fn new(subject: &'s Subject<'a>, shop: &'s Workshop, specification: &'static str) -> Self {
        Builder { subject, shop, specification, latency: subject.compiled.latency as Time }
    }

    fn unroller(&self) -> Unroller<'s> {
        let mut u = self.unroller_without_tokens();
        u.want_input("in_valid", 0);
        u
    }

    /// Valid bits are inputs only where results depend on them.
    fn unroller_without_tokens(&self) -> Unroller<'s> {
        let mut u = Unroller::new(&self.subject.verilog, -1);
        u.hold("rst", false);
        u.hold("ce", true);
        for p in self.subject.job.interface.inputs() {
            u.want_input(&p.name, 0);
        }
        u
    }

    /// The outputs that the interface lists, `latency` clocks after the token.
    fn results(&self, u: &mut Unroller<'s>) {
        for p in self.subject.job.interface.outputs() {
            if let Some(out) = self.subject.verilog.outputs.iter().find(|o| o.name == p.name) {
                u.output(&p.name, &out.bits, self.latency);
            }
        }
    }

    /// Connections of the specification to the operands of the token.
    fn operands(&self, top: &mut Top) -> Vec<String> {
        let inputs = self.subject.job.interface.inputs();
        let each = inputs.map(|p| {
            let name = top.input(&at(&p.name, 0), p.width as usize);
            format!(".{}({name})", p.name)
        });
        each.collect()
    }

    fn valid(&self, top: &mut Top) -> String {
        match self.subject.compiled.module.clocked {
            true => top.input(&at("in_valid", 0), 1),
            false => "1'b1".into(),
        }
    }

    fn same_results(&self, top: &mut Top, assumption: &str) {
        for p in self.subject.job.interface.outputs() {
            let (core, spec) = (format!("core_{}", at(&p.name, self.latency)), format!("spec_{}", p.name));
            top.need(format!("!({assumption}) | ({core} == {spec})"));
            top.show(&format!("shown_core_{}", p.name), p.width as usize, &core);
            top.show(&format!("shown_spec_{}", p.name), p.width as usize, &spec);
        }
    }

    fn finish(
        &self,
        name: &str,
        claim: &str,
        u: &Unroller<'_>,
        top: &Top,
        cases: Option<&Cases>,
    ) -> Result<Obligation, ToolError> {
        let module = format!("core_{name}");
        let (file, text) = (format!("{module}.json"), format!("{name}.v"));
        self.shop.write(&file, &u.json(&module).to_string())?;
        self.shop.write(&text, &top.text())?;
        let cases = cases.map_or(Vec::new(), |c| {
            (0..c.count).map(|k| ("shown_case".to_owned(), format!("{}'d{k}", c.width))).collect()
        });
        Ok(Obligation {
            name: name.into(),
            claim: claim.into(),
            files: vec![file, self.specification.into(), text],
            ports: top.ports(),
            bits: top.bits(),
            top: top.name(),
            cases,
            by_values: false,
        })
    }

    fn stateless(&mut self) -> Result<Obligation, ToolError> {
        let mut u = self.unroller();
        self.results(&mut u);
        let mut top = Top::new("function");
        top.instance("core_function", &u.inputs(), &u.outputs(), "core_");
        let operands = self.operands(&mut top);
        top.connect(MODULE, operands, &ports(self.subject.job.interface.outputs()), "spec_");
        let valid = self.valid(&mut top);
        self.same_results(&mut top, &valid);
        let claim = "every result is the specified one, for all operands and whatever comes before or after";
        self.finish("function", claim, &u, &top, None)
    }
}

/// A state of the specification in the registers of the core.
struct Kept<'s> {
    state: &'s State,
    /// Lowest digits first: register, nets, clock at which the token reads it, and at which the next one does.
    digits: Vec<Digit<'s>>,
}

struct Digit<'s> {
    name: String,
    width: u32,
    nets: &'s [Bit],
    read: Time,
    /// The edge that loads what the next token reads.
    loaded: Time,
    /// It is cleared before the token that starts over reads it.
    cleared: bool,
}

/// Registers of a state: `<name>_q`, or `<name>_0_q` and so on.
fn digits<'s>(subject: &'s Subject<'_>, places: &[Place<'_>], state: &State) -> Result<Vec<Digit<'s>>, Gap> {
    let turns = subject.job.instance.core.turns() as Time;
    let one = |base: &str| -> Option<Digit<'s>> {
        let name = format!("{base}_q");
        let p = places.iter().find(|p| p.name == name)?;
        let nets = subject.verilog.register(&name)?;
        let turn = format!("{base}_turn");
        let ranks = 1 + places.iter().filter(|p| p.name.starts_with(&turn)).count() as Time;
        // A sum's next token comes `turns` clocks later and reads what this one's edge loaded.
        let read = p.stage + ranks - turns;
        let cleared = p.register.clear.is_some();
        Some(Digit { name, width: p.width, nets, read, loaded: read + turns - 1, cleared })
    };
    if let Some(d) = one(&state.name) {
        return Ok(vec![d]);
    }
    let found: Vec<_> = (0..).map_while(|i| one(&format!("{}_{i}", state.name))).collect();
    let total: u32 = found.iter().map(|d| d.width - 1).sum::<u32>() + 1;
    match found.is_empty() || total != state.width {
        true => {
            Err(Gap(format!("no registers of the core hold the state {} of the specification", state.name)))
        }
        false => Ok(found),
    }
}

impl Kept<'_> {
    /// The value that the digits stand for at the clocks when they are read (or, later, by the next token).
    fn value(&self, prefix: &str, next: bool) -> String {
        let (mut low, mut terms) = (0, Vec::new());
        for d in &self.digits {
            let t = if next { d.loaded + 1 } else { d.read };
            let name = format!("{prefix}{}", at(&d.name, t));
            let width = self.state.width;
            terms.push(if d.width == width {
                name
            } else {
                format!("({{{}'d0, {name}}} << {low})", width - d.width)
            });
            low += d.width - 1;
        }
        terms.join(" + ")
    }
}

fn with_text(
    subject: &Subject<'_>,
    spec: &Specification,
    shop: &Workshop,
) -> Result<Result<Vec<Obligation>, Gap>, ToolError> {
    let mut made = Builder::new(subject, shop, "specification.v");
    if spec.states.is_empty() && !subject.job.instance.core.has_state() {
        return Ok(Ok(vec![made.stateless()?]));
    }
    let places = subject.places();
    let mut kept = Vec::new();
    for state in &spec.states {
        match digits(subject, &places, state) {
            Ok(digits) => kept.push(Kept { state, digits }),
            Err(gap) => return Ok(Err(gap)),
        }
    }
    let mut all = Vec::new();
    let with = Stateful { made: &made, spec, kept: &kept };
    all.push(with.step()?);
    all.push(with.bubble()?);
    if kept.iter().any(|k| k.digits.iter().any(|d| d.cleared)) {
        all.push(with.restart()?);
    }
    all.push(with.results()?);
    Ok(Ok(all))
}

struct Stateful<'k, 's, 'a> {
    made: &'k Builder<'s, 'a>,
    spec: &'k Specification,
    kept: &'k [Kept<'s>],
}

impl<'s> Stateful<'_, 's, '_> {
    fn digits(&self) -> impl Iterator<Item = &Digit<'s>> {
        self.kept.iter().flat_map(|k| &k.digits)
    }

    fn turns(&self) -> Time {
        self.made.subject.job.instance.core.turns() as Time
    }

    /// The core with its states cut where the token reads them.
    fn cut(&self) -> Unroller<'s> {
        let mut u = self.made.unroller();
        u.want_input("in_valid", self.turns());
        u.want_input("in_first", self.turns());
        for d in self.digits() {
            u.cut(&d.name, d.nets, d.read);
        }
        u
    }

    fn loaded(&self, u: &mut Unroller<'s>) {
        for d in self.digits() {
            u.data(&d.name, d.nets, d.loaded);
        }
    }

    /// The next token of the same sum starts over.
    fn restarts(&self, top: &mut Top) -> String {
        let t = self.turns();
        let (valid, first) = (top.input(&at("in_valid", t), 1), top.input(&at("in_first", t), 1));
        format!("{valid} & {first}")
    }

    /// A token that starts over finds cleared registers cleared: `restart` proves it.
    fn cleared(&self, top: &mut Top) -> String {
        let (valid, first) = (top.input(&at("in_valid", 0), 1), top.input(&at("in_first", 0), 1));
        let zero = self.digits().filter(|d| d.cleared);
        let zero: Vec<_> = zero.map(|d| format!("({} == {}'d0)", at(&d.name, d.read), d.width)).collect();
        match zero.is_empty() {
            true => "1'b1".into(),
            false => format!("!({valid} & {first}) | ({})", zero.join(" & ")),
        }
    }

    /// The specification: its outputs are `spec_...`. `now`: what stands for the new value of a state.
    fn specified(&self, top: &mut Top, now: impl Fn(&State) -> String) {
        let mut list = self.made.operands(top);
        for k in self.kept {
            let name = &k.state.name;
            top.wire(&format!("was_{name}"), k.state.width as usize, &k.value("", false));
            list.push(format!(".was_{name}(was_{name})"));
            list.push(format!(".now_{name}({})", now(k.state)));
        }
        let mut outputs = ports(self.made.subject.job.interface.outputs());
        let mut port = |name: String, width: u32| outputs.push(Port { name, width: width as usize });
        for k in self.kept {
            port(format!("next_{}", k.state.name), k.state.width);
            port(format!("{}_matters", k.state.name), 1);
        }
        port("legal".into(), 1);
        port("next_legal".into(), 1);
        for cases in [&self.spec.step_cases, &self.spec.result_cases].into_iter().flatten() {
            port(cases.signal.clone(), cases.width);
        }
        top.connect(MODULE, list, &outputs, "spec_");
    }

    fn case(&self, top: &mut Top, cases: Option<&Cases>) {
        if let Some(c) = cases {
            top.show("shown_case", c.width as usize, &format!("spec_{}", c.signal));
        }
    }

    /// New states, and the wires from which results are proved.
    fn step(&self) -> Result<Obligation, ToolError> {
        let mut u = self.cut();
        self.loaded(&mut u);
        let wires = self.wires();
        for (state, (t, _)) in &wires {
            let name = state.wire.unwrap_or_default();
            u.output(name, &self.made.subject.verilog.names[name], *t);
        }
        let mut top = Top::new("step");
        top.instance("core_step", &u.inputs(), &u.outputs(), "core_");
        self.specified(&mut top, |s| format!("spec_next_{}", s.name));
        let (valid, restart) = (self.made.valid(&mut top), self.restarts(&mut top));
        let cleared = self.cleared(&mut top);
        let assumption = format!("{valid} & ({cleared}) & spec_legal");
        top.wire("assumed", 1, &assumption);
        top.wire("restart", 1, &restart);
        for k in self.kept {
            let (name, width) = (&k.state.name, k.state.width as usize);
            let now = format!("now_{name}");
            top.wire(&now, width, &k.value("core_", true));
            // A register that is cleared for the next token holds nothing of this one.
            let gone = if k.digits.iter().any(|d| d.cleared) { "restart" } else { "1'b0" };
            top.need(format!("!assumed | {gone} | !spec_{name}_matters | ({now} == spec_next_{name})"));
            top.show(&format!("shown_core_{name}"), width, &now);
            top.show(&format!("shown_spec_{name}"), width, &format!("spec_next_{name}"));
        }
        for (state, (t, width)) in &wires {
            let wire = at(state.wire.unwrap_or_default(), *t);
            let name = &state.name;
            top.need(format!("!assumed | !spec_{name}_matters | (core_{wire} == spec_next_{name})"));
            top.show(&format!("shown_{wire}"), *width as usize, &format!("core_{wire}"));
        }
        top.need("!assumed | spec_next_legal".into());
        self.case(&mut top, self.spec.step_cases.as_ref());
        let claim = "a token turns the state before it into the specified one, from any state that can be";
        self.made.finish("step", claim, &u, &top, self.spec.step_cases.as_ref())
    }

    /// Wires with the new value of a state, as wide as the state.
    fn wires(&self) -> Vec<(&State, (Time, u32))> {
        let each = self.kept.iter().filter_map(|k| {
            let wire = k.state.wire?;
            let place = self.made.subject.stage_of_wire(wire)?;
            let nets = self.made.subject.verilog.names.get(wire)?;
            // A constant bit can't be cut: whoever reads it does not read this wire.
            let whole = nets.len() == k.state.width as usize && nets.iter().all(|b| matches!(b, Bit::Net(_)));
            (whole && place.1 == k.state.width).then_some((k.state, place))
        });
        each.collect()
    }

    fn bubble(&self) -> Result<Obligation, ToolError> {
        let mut u = self.cut();
        self.loaded(&mut u);
        let mut top = Top::new("bubble");
        top.instance("core_bubble", &u.inputs(), &u.outputs(), "core_");
        let (valid, restart) = (self.made.valid(&mut top), self.restarts(&mut top));
        for d in self.digits() {
            let (before, after) = (at(&d.name, d.read), at(&d.name, d.loaded + 1));
            let gone = if d.cleared { restart.as_str() } else { "1'b0" };
            top.need(format!("{valid} | ({gone}) | (core_{after} == {before})"));
        }
        self.made.finish("bubble", "a clock without a token leaves the state as it is", &u, &top, None)
    }

    fn restart(&self) -> Result<Obligation, ToolError> {
        let mut u = self.cut();
        self.loaded(&mut u);
        let mut top = Top::new("restart");
        top.instance("core_restart", &u.inputs(), &u.outputs(), "core_");
        let restart = self.restarts(&mut top);
        for d in self.digits().filter(|d| d.cleared) {
            top.need(format!("!({restart}) | (core_{} == {}'d0)", at(&d.name, d.loaded + 1), d.width));
        }
        self.made.finish(
            "restart",
            "a token that starts a new sum finds nothing of the old one",
            &u,
            &top,
            None,
        )
    }

    fn results(&self) -> Result<Obligation, ToolError> {
        let mut u = self.cut();
        let wires = self.wires();
        for (state, (t, _)) in &wires {
            let name = state.wire.unwrap_or_default();
            u.cut(name, &self.made.subject.verilog.names[name], *t);
        }
        self.made.results(&mut u);
        let mut top = Top::new("results");
        top.instance("core_results", &u.inputs(), &u.outputs(), "core_");
        self.specified(&mut top, |s| match wires.iter().find(|w| w.0.name == s.name) {
            Some((state, (t, _))) => at(state.wire.unwrap_or_default(), *t),
            None => format!("spec_next_{}", s.name),
        });
        let (valid, cleared) = (self.made.valid(&mut top), self.cleared(&mut top));
        top.wire("assumed", 1, &format!("{valid} & ({cleared}) & spec_legal"));
        self.made.same_results(&mut top, "assumed");
        self.case(&mut top, self.spec.result_cases.as_ref());
        let claim = "every result is what the specification makes of the new state";
        self.made.finish("results", claim, &u, &top, self.spec.result_cases.as_ref())
    }
}
