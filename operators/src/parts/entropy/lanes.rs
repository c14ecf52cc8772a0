//! Lanes side by side, and the ports around them.
use super::code::{Code, Symbol, TableState};
use super::lane::{Lane, lane};
use super::shape::Shape;
use super::spare::Spare;
use super::together::{Said, Together, concat};
use crate::parts::ports;
use holigen_generator::structures::stream::OutputRegister;
use holigen_generator::{Bits, Builder};
use holigen_verif::interface::{Encoding, Interface, Port};

/// The tables that lanes share, as far as a lane sees them.
pub trait SharedTables<'b> {
    /// What the lane of this number sees.
    fn state(&self, lane: usize) -> TableState<'b>;
    /// Connects the lanes' wishes: whether each switches at this edge, and whether it has failed. Gives one bit: a
    /// table was not valid.
    fn connect(&self, switches: &[Bits<'b>], failed: &[Bits<'b>]) -> Bits<'b>;
}

/// The name of a lane's input.
pub fn prefix(lane: usize, lanes: usize) -> String {
    if lanes == 1 { "s".into() } else { format!("s{lane}") }
}

/// What lanes are made of.
pub struct Parts<'b> {
    /// Sizes of each lane.
    pub shape: Shape,
    /// What knows the code, by lane.
    pub codes: Vec<Box<dyn Code<'b> + 'b>>,
    /// Loaded tables.
    pub tables: Option<Box<dyn SharedTables<'b> + 'b>>,
}

/// A symbol of each lane.
pub struct Group<'b> {
    /// One bit.
    pub valid: Bits<'b>,
    /// One bit, earlier than `valid`: up where that is, and where a fault is found in what would be a group.
    pub perhaps: Bits<'b>,
    /// The symbols, lane 0 in the least significant bits.
    pub symbols: Bits<'b>,
    /// Bit 0: the last of their block; bit 1, if so: the stream ends with the block.
    pub last: Bits<'b>,
    /// One bit: a stream or a table was at fault.
    pub error: Bits<'b>,
    /// One bit: after a fault, nothing more will come.
    pub spent: Bits<'b>,
}

/// Builds a decoder: its lanes and all of its ports.
pub fn build<'b>(b: &'b Builder, parts: &Parts<'b>) {
    b.clear_input("start");
    let (out, lanes) = (OutputRegister::new(b), parts.codes.len());
    let spare = stand_apart(b, lanes).then(|| Spare::new(b, parts.shape.symbol_bits * lanes as u32 + 1));
    let group = match (lanes, &spare) {
        (1, _) => single(b, parts, out.advance()),
        (_, None) => group(b, parts, out.advance(), &out.advances_if()),
        (_, Some(spare)) => group(b, parts, spare.room(), &[spare.room()]),
    };
    b.scope("symbols out", || {
        let Group { mut valid, mut perhaps, symbols, last, error, .. } = group;
        let mut word = last.bit(0).cat(symbols);
        if let Some(spare) = spare {
            let comes = valid;
            (valid, perhaps) = (spare.or(comes), spare.or(perhaps));
            word = spare.connect(comes, word, out.advance());
        }
        out.drive_late(valid, perhaps, &[("m_data", word.low(symbols.width())), ("m_last", word.msb())]);
        b.output("error", error);
    });
}

/// Whether so many lanes take so much of a device with small tables that no signal can reach all of them and be followed by
/// more than a little in one clock.
fn stand_apart(b: &Builder, lanes: usize) -> bool {
    lanes > 2 && b.context().target.lut_inputs < 6
}

/// Builds the only lane and its input. `advance`: what is behind takes the symbol, if there is one.
fn single<'b>(b: &'b Builder, parts: &Parts<'b>, advance: Bits<'b>) -> Group<'b> {
    let tables = parts.tables.as_ref();
    let lane = lane(b, "s", parts.shape, &*parts.codes[0], tables.map(|t| t.state(0)), None, advance);
    let (switch, fault, good, last) = (lane.switch, lane.said.fault, lane.good, lane.last());
    let has_read = lane.has_read();
    let symbol = lane.symbol(good, last);
    let table_error = tables.map(|t| t.connect(&[switch], &[fault]));
    b.scope("symbols out", || Group {
        valid: symbol.valid,
        perhaps: symbol.valid,
        symbols: symbol.symbol,
        last: symbol.last,
        error: table_error.map_or(fault, |e| e | fault),
        spent: fault & !(symbol.busy | has_read),
    })
}

/// Builds lanes and their inputs. `advance`: what is behind takes the group, if there is one; which it does if any of
/// `advances_if` is up, bits that are known when a clock begins.
pub fn group<'b>(
    b: &'b Builder,
    parts: &Parts<'b>,
    advance: Bits<'b>,
    advances_if: &[Bits<'b>],
) -> Group<'b> {
    let Parts { shape, ref codes, ref tables } = *parts;
    let n = codes.len();
    let together = Together::new(b, n, advances_if);
    let mut lanes: Vec<Lane<'_, 'b>> = Vec::with_capacity(n);
    for (i, code) in codes.iter().enumerate() {
        let tables = tables.as_ref().map(|t| t.state(i));
        lanes.push(lane(b, &prefix(i, n), shape, &**code, tables, Some(together.member(i)), advance));
    }
    let said: Vec<Said<'b>> = lanes.iter().map(|l| l.said).collect();
    let switches: Vec<Bits<'b>> = lanes.iter().map(|l| l.switch).collect();
    let failed: Vec<Bits<'b>> = said.iter().map(|s| s.fault).collect();
    let (valid, last) = together.connect(&said);
    let symbols: Vec<Symbol<'b>> = lanes.into_iter().map(|l| l.symbol(valid, last)).collect();
    let table_error = tables.as_ref().map(|t| t.connect(&switches, &failed));
    b.scope("symbols out", || {
        let (first, failed) = (symbols[0], together.failed());
        Group {
            // All symbols are on the same way, and on a way of several clocks that they are there is known early.
            valid: first.valid,
            perhaps: if first.valid.id() == valid.id() { together.all_read() } else { first.valid },
            symbols: concat(&symbols.iter().map(|s| s.symbol).collect::<Vec<_>>()),
            last: first.last,
            error: table_error.map_or(failed, |e| e | failed),
            spent: failed & !first.busy,
        }
    })
}

/// The ports in front of what comes out: tables, `start`, `m_ready` for `what`, a stream `beside` the lanes', the lanes'.
pub fn input_ports(
    shape: Shape,
    lanes: usize,
    table_bits: Option<u32>,
    what: &str,
    beside: Vec<Port>,
) -> Vec<Port> {
    let mut ports = table_bits.map_or_else(Vec::new, |bits| ports::stream_in("t", bits, "a table"));
    ports.push(ports::start("Starts over as `rst` does; tables have to be loaded again."));
    ports.push(ports::ready(what));
    ports.extend(beside);
    for l in 0..lanes {
        let what = if lanes == 1 { "the stream".into() } else { format!("the stream of lane {l}") };
        ports.extend(ports::stream_in(&prefix(l, lanes), shape.word_bits, &what));
    }
    ports
}

/// What `error` says.
pub const ERROR: &str = "The stream or a table is corrupt; until `rst` or `start`.";

/// The ports of a decoder.
pub fn interface(shape: Shape, lanes: usize, table_bits: Option<u32>, encoding: Encoding) -> Interface {
    let mut ports = input_ports(shape, lanes, table_bits, "symbols", Vec::new());
    let last = "The last symbols of their block.";
    ports.extend(ports::stream_out(shape.symbol_bits, lanes as u32, encoding, "symbols", last, ERROR));
    Interface { ports }
}
