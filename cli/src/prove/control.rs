//! What the pipeline promises around the data: valid bits, reset, clock enable.
use super::top::Top;
use super::{Obligation, Subject};
use holigen_proof::Workshop;
use holigen_proof::unroll::{Time, Unroller, at};
use holigen_sim::external::ToolError;

pub fn obligations(subject: &Subject<'_>, shop: &Workshop) -> Result<Vec<Obligation>, ToolError> {
    let mut all = vec![valid(subject, shop)?];
    if subject.compiled.module.has_reset {
        all.push(reset(subject, shop)?);
    }
    if subject.compiled.module.has_enable {
        all.push(enable(subject, shop)?);
    }
    Ok(all)
}

/// `out_valid` is `in_valid` of as many clocks ago as the manifest says.
fn valid(subject: &Subject<'_>, shop: &Workshop) -> Result<Obligation, ToolError> {
    let latency = subject.compiled.latency as Time;
    let mut u = Unroller::new(&subject.verilog, -1);
    u.hold("rst", false);
    u.hold("ce", true);
    u.want_input("in_valid", 0);
    for p in subject.verilog.outputs.iter().filter(|p| p.name == "out_valid") {
        u.output(&p.name, &p.bits, latency);
    }
    let mut top = Top::new("valid");
    top.need(format!("is_{} == {}", at("out_valid", latency), at("in_valid", 0)));
    Obligation::unrolled(shop, "valid", format!("out_valid follows in_valid after {latency} clocks"), &u, top)
}

/// After one clock with `rst` the valid bits are clear.
fn reset(subject: &Subject<'_>, shop: &Workshop) -> Result<Obligation, ToolError> {
    let mut u = Unroller::new(&subject.verilog, -1);
    u.hold("rst", true);
    let mut top = Top::new("reset");
    for p in subject.places().iter().filter(|p| p.register.reset) {
        if let Some(nets) = subject.verilog.register(p.name) {
            u.data(p.name, nets, 0);
            top.need(format!("is_{} == {}'d0", at(p.name, 1), p.width));
        }
    }
    Obligation::unrolled(
        shop,
        "reset",
        "one clock of rst clears every valid bit, whatever ce is".into(),
        &u,
        top,
    )
}

/// Without `ce` nothing moves.
fn enable(subject: &Subject<'_>, shop: &Workshop) -> Result<Obligation, ToolError> {
    let mut u = Unroller::new(&subject.verilog, -1);
    u.hold("rst", false);
    u.hold("ce", false);
    let mut top = Top::new("enable");
    let places = subject.places();
    let found = places.iter().filter_map(|p| Some((p, subject.verilog.register(p.name)?)));
    let found: Vec<_> = found.collect();
    for (p, nets) in &found {
        u.cut(p.name, nets, 0);
    }
    for (p, nets) in &found {
        u.data(p.name, nets, 0);
        top.need(format!("is_{} == {}", at(p.name, 1), at(p.name, 0)));
    }
    Obligation::unrolled(shop, "enable", "without ce every register keeps what it holds".into(), &u, top)
}
