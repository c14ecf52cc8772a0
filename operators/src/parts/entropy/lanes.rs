//! Lanes side by side, and the ports around them.
use super::code::{Code, TableState};
use super::lane::{Lane, lane};
use super::shape::Shape;
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
    /// The symbols, lane 0 in the least significant bits.
    pub symbols: Bits<'b>,
    /// Bit 0: the last of their block; bit 1: the stream ends with the block.
    pub last: Bits<'b>,
    /// One bit: a stream or a table was at fault.
    pub error: Bits<'b>,
    /// One bit: after a fault, nothing more will come.
    pub spent: Bits<'b>,
}

/// Builds a decoder: its lanes and all of its ports.
pub fn build<'b>(b: &'b Builder, parts: &Parts<'b>) {
    b.clear_input("start");
    let out = OutputRegister::new(b);
    let group =
        if parts.codes.len() == 1 { single(b, parts, out.advance()) } else { group(b, parts, out.advance()) };
    b.scope("symbols out", || {
        out.drive(group.valid, &[("m_data", group.symbols), ("m_last", group.last.bit(0))]);
        b.output("error", group.error);
    });
}

/// Builds the only lane and its input. `advance`: what is behind takes the symbol, if there is one.
fn single<'b>(b: &'b Builder, parts: &Parts<'b>, advance: Bits<'b>) -> Group<'b> {
    let tables = parts.tables.as_ref();
    let l = lane(b, "s", parts.shape, &*parts.codes[0], tables.map(|t| t.state(0)), advance);
    let table_error = tables.map(|t| t.connect(&[l.switch], &[l.fault]));
    b.scope("symbols out", || Group {
        valid: l.symbol.valid,
        symbols: l.symbol.symbol,
        last: l.symbol.last,
        error: table_error.map_or(l.fault, |e| e | l.fault),
        spent: l.fault & !l.symbol.busy,
    })
}

/// Builds lanes and their inputs. `advance`: what is behind takes the group, if there is one; a late signal, which no lane
/// waits for.
pub fn group<'b>(b: &'b Builder, parts: &Parts<'b>, advance: Bits<'b>) -> Group<'b> {
    let Parts { shape, ref codes, ref tables } = *parts;
    let n = codes.len();
    // Each lane waits with its symbol for the others, in one of two places, so that whether it may move on is known
    // from a register. When one has failed and given all it had, the others' symbols go nowhere.
    let bits = shape.symbol_bits;
    let place = |i: usize, what: &str, width| b.register(&format!("lane{i}_{what}"), width);
    let there: Vec<Bits<'b>> = (0..n).map(|i| place(i, "there", 1)).collect();
    let lasts: Vec<Bits<'b>> = (0..n).map(|i| place(i, "last", 2)).collect();
    let symbols: Vec<Bits<'b>> = (0..n).map(|i| place(i, "symbol", bits)).collect();
    let adrift = b.register("adrift", 1);
    let apart = b.register("lanes_apart", 1);
    let all = concat(&there).all().named("all_there");
    let leave = (adrift | (all & advance)).named("lanes_leave");
    let (mut switches, mut failed, mut spent) = (Vec::new(), Vec::new(), Vec::new());
    for (i, code) in codes.iter().enumerate() {
        let (full, spare) = (place(i, "full", 1), place(i, "spare", bits + 2));
        let tables = tables.as_ref().map(|t| t.state(i));
        let l: Lane<'b> = lane(b, &prefix(i, n), shape, &**code, tables, !full);
        let word = l.symbol.last.cat(l.symbol.symbol);
        let moves = (!there[i] | leave).named(&format!("lane{i}_moves"));
        let next = full.mux(spare, word);
        there[i].load((full | l.symbol.valid) | (there[i] & !leave));
        lasts[i].load_if(moves, next.bits(bits + 1, bits));
        symbols[i].load_if(moves, next.low(bits));
        full.load((there[i] & (full | l.symbol.valid)) & !leave);
        spare.load_if(!full, word);
        switches.push(l.switch);
        failed.push(l.fault);
        spent.push(l.fault & !l.symbol.busy & !there[i]);
    }
    let table_error = tables.as_ref().map(|t| t.connect(&switches, &failed));
    b.scope("symbols out", || {
        let of = |i: u32| concat(&lasts.iter().map(|l| l.bit(i)).collect::<Vec<_>>());
        let same = |x: Bits<'b>| x.all() | !x.any();
        let agree = (same(of(0)) & same(of(1))).named("lasts_agree");
        let differ = ((all & !agree & !adrift) & advance).named("lasts_differ");
        apart.load_if(differ, differ);
        adrift.load(adrift | differ | concat(&spent).any());
        let error = concat(&failed).any() | apart;
        Group {
            valid: all & agree & !adrift,
            symbols: concat(&symbols),
            last: lasts[0],
            error: table_error.map_or(error, |e| e | error),
            spent: adrift,
        }
    })
}

/// The first in the least significant bits.
fn concat<'b>(parts: &[Bits<'b>]) -> Bits<'b> {
    parts.iter().copied().reduce(|low, high| high.cat(low)).expect("there are lanes")
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
