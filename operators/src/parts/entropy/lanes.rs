//! Lanes side by side, and the ports around them.
use super::lane::{Code, Lane, Shape, TableState, lane};
use crate::parts::ports;
use holigen_generator::structures::stream::OutputRegister;
use holigen_generator::{Bits, Builder};
use holigen_verif::interface::{Encoding, Interface};

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

/// Builds `codes.len()` lanes and their ports.
pub fn build<'b>(
    b: &'b Builder,
    shape: Shape,
    codes: &[Box<dyn Code<'b> + 'b>],
    tables: Option<&dyn SharedTables<'b>>,
) {
    b.clear_input("start");
    let n = codes.len();
    let out = OutputRegister::new(b);
    if n == 1 {
        let l = lane(b, "s", shape, &*codes[0], tables.map(|t| t.state(0)), out.advance());
        let table_error = tables.map(|t| t.connect(&[l.switch], &[l.fault]));
        b.scope("symbols out", || {
            out.drive(l.symbol.valid, &[("m_data", l.symbol.symbol), ("m_last", l.symbol.last.bit(0))]);
            b.output("error", table_error.map_or(l.fault, |e| e | l.fault));
        });
        return;
    }
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
    let leave = (adrift | (all & out.advance())).named("lanes_leave");
    let (mut switches, mut failed, mut spent) = (Vec::new(), Vec::new(), Vec::new());
    for (i, code) in codes.iter().enumerate() {
        let (full, spare) = (place(i, "full", 1), place(i, "spare", bits + 2));
        let advance = !full;
        let l: Lane<'b> = lane(b, &prefix(i, n), shape, &**code, tables.map(|t| t.state(i)), advance);
        let word = l.symbol.last.cat(l.symbol.symbol);
        let moves = (!there[i] | leave).named(&format!("lane{i}_moves"));
        let next = full.mux(spare, word);
        there[i].load((full | l.symbol.valid) | (there[i] & !leave));
        lasts[i].load_if(moves, next.bits(bits + 1, bits));
        symbols[i].load_if(moves, next.low(bits));
        full.load((there[i] & (full | l.symbol.valid)) & !leave);
        spare.load_if(advance, word);
        switches.push(l.switch);
        failed.push(l.fault);
        spent.push(l.fault & !l.symbol.busy & !there[i]);
    }
    let table_error = tables.map(|t| t.connect(&switches, &failed));
    b.scope("symbols out", || {
        let of = |i: u32| concat(&lasts.iter().map(|l| l.bit(i)).collect::<Vec<_>>());
        let same = |x: Bits<'b>| x.all() | !x.any();
        let agree = (same(of(0)) & same(of(1))).named("lasts_agree");
        let differ = ((all & !agree & !adrift) & out.advance()).named("lasts_differ");
        apart.load_if(differ, differ);
        adrift.load(adrift | differ | concat(&spent).any());
        let valid = all & agree & !adrift;
        out.drive(valid, &[("m_data", concat(&symbols)), ("m_last", lasts[0].bit(0))]);
        let error = concat(&failed).any() | apart;
        b.output("error", table_error.map_or(error, |e| e | error));
    });
}

/// The first in the least significant bits.
fn concat<'b>(parts: &[Bits<'b>]) -> Bits<'b> {
    parts.iter().copied().reduce(|low, high| high.cat(low)).expect("there are lanes")
}

/// The ports of a decoder.
pub fn interface(shape: Shape, lanes: usize, table_bits: Option<u32>, encoding: Encoding) -> Interface {
    let mut ports = table_bits.map_or_else(Vec::new, |bits| ports::stream_in("t", bits, "a table"));
    ports.push(ports::start("Starts over as `rst` does; tables have to be loaded again."));
    ports.push(ports::ready("symbols"));
    for l in 0..lanes {
        let what = if lanes == 1 { "the stream".into() } else { format!("the stream of lane {l}") };
        ports.extend(ports::stream_in(&prefix(l, lanes), shape.word_bits, &what));
    }
    let (last, error) =
        ("The last symbols of their block.", "The stream or a table is corrupt; until `rst` or `start`.");
    ports.extend(ports::stream_out(shape.symbol_bits, lanes as u32, encoding, "symbols", last, error));
    Interface { ports }
}
