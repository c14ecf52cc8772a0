//! One lane of an entropy decoder: a state machine that reads headers of blocks, and a way of reading that has the
//! next code at hand in every clock: in a whole word, in a window, or by the ends of codes that were found ahead of time.
//!
//! Words beyond the payload are never waited for; what stands there is decoded like anything else, and found out
//! one clock later by its position.
use super::block::{Block, Events};
use super::by_ends::ByEnds;
use super::by_window::ByWindow;
use super::code::{Code, Read, Step, Symbol, TableState};
use super::ending::Ending;
use super::header::Opening;
use super::reading::{Motion, Reading};
use super::shape::Shape;
use super::symbols_left::{OwnCount, SymbolsLeft};
use super::together::{Member, Said};
use super::words::Words;
use holigen_generator::structures::stream::WordQueue;
use holigen_generator::{Bits, Builder};

/// A lane, but for what makes a symbol of what it has read.
pub(super) struct Lane<'r, 'b> {
    code: &'r dyn Code<'b>,
    reading: Box<dyn Reading<'b> + 'b>,
    /// What has been read.
    read: Read<'b>,
    /// One bit: it is a symbol.
    pub good: Bits<'b>,
    /// What it says of itself to other lanes.
    pub said: Said<'b>,
    /// One bit: this edge switches to the pending table.
    pub switch: Bits<'b>,
}

impl<'b> Lane<'_, 'b> {
    /// Bit 0: what has been read is the last of its block; bit 1: the stream ends with the block.
    pub fn last(&self) -> Bits<'b> {
        self.read.last
    }

    /// One bit: something has been read and is not on its way yet.
    pub fn has_read(&self) -> Bits<'b> {
        self.read.valid
    }

    /// The symbol of what has been read, if that is `valid`, and `last`; `busy` once it is on its way.
    pub fn symbol(self, valid: Bits<'b>, last: Bits<'b>) -> Symbol<'b> {
        let Self { code, reading, read, .. } = self;
        let (good, on_its_way) = reading.good(Read { valid, last, ..read });
        let symbol = valid.builder().scope("symbol", || code.symbol(&good));
        Symbol { busy: on_its_way.map_or(symbol.busy, |o| symbol.busy | o), ..symbol }
    }
}

/// Builds a lane on the port `prefix`, one of several if it is a `member`. `behind`: what is behind that which has been read
/// moves on at this edge.
pub(super) fn lane<'r, 'b>(
    b: &'b Builder,
    prefix: &str,
    shape: Shape,
    code: &'r dyn Code<'b>,
    tables: Option<TableState<'b>>,
    member: Option<Member<'_, 'b>>,
    behind: Bits<'b>,
) -> Lane<'r, 'b> {
    let advance = member.map_or(behind, |m| m.advance().named(&format!("{prefix}_advance")));
    // Where a step takes half a word at most, the one behind a step into a word needs nothing of the next word, which has a
    // clock more to come. Only of an early length is it known in time that a step has led there.
    let in_halves = shape.takes_half_a_word() && code.late().is_none();
    let places = match in_halves {
        true => 2,
        false => 3,
    };
    let queue = b.scope("words in", || WordQueue::with_places(b, prefix, shape.word_bits, places));
    let (none, word) = (b.lit(0u8, 1), queue.word(0));
    let block = Block::new(b, shape.word_bits, member);
    let symbols_left: Box<dyn SymbolsLeft<'b> + '_> = match member {
        Some(member) => Box::new(member),
        None => Box::new(OwnCount::new(b)),
    };
    let reading: Box<dyn Reading<'b> + 'b> = match shape {
        _ if shape.ends_ahead() => Box::new(ByEnds::new(b, shape)),
        _ if shape.whole_words => Box::new(Words::new(shape, word, code)),
        _ => Box::new(ByWindow::new(b, shape, word, in_halves)),
    };
    let fill = reading.fill().unwrap_or(none);
    let head = reading.head(&queue).named("head");
    let read_valid = member.map_or_else(|| b.register("read_valid", 1), Member::read);
    let motion = b.scope("window", || reading.motion(code, &queue, &block, advance));
    let ending = Ending::new(b, &*reading, &queue, &block, member);

    let stream_ends = ending.with_stream;
    let read_last = symbols_left.last().delayed("read_last", advance);
    let read = Read {
        valid: read_valid,
        last: (stream_ends & read_last).cat(read_last),
        plain: block.header.plain.delayed("read_plain", advance),
        head: head.delayed("read_head", advance),
        length: motion.length.delayed("read_length", advance),
        advance,
        behind,
        step: motion.step & !fill,
    };
    let no_code = motion.no_code.delayed("read_no_code", advance);
    let no_symbol = ending.overrun | no_code;
    let illegal = code.illegal(&read);
    let no_symbol = no_symbol | illegal;
    let wrong = match member {
        Some(_) => read_valid & no_symbol.named("no_symbol"),
        None => (read_valid & no_symbol).named("symbol_wrong"),
    };

    let (opening, fails, switch) = b.scope("header", || {
        let tables = tables.unwrap_or_else(|| TableState::wired(b));
        let together = member.map(Member::start);
        let opens = together.map_or(block.check, |together| block.check & together);
        let (tables, switch) = reading.switch(&block, opens, tables, read_valid);
        let opening = block.header.opening(block.check, tables, together);
        let fails = match member {
            None => opening.fails | (ending.judge & !ending.complete) | (wrong & advance),
            Some(member) => member.fails() | ((read_valid & advance) & no_symbol),
        };
        (opening, fails.named("fails"), switch)
    });
    let (fault, ready, header_fails) = (block.fault, opening.ready, opening.fails);
    let (past_if, drained) = (ending.overrun_if, ending.drained);
    let settled = match member {
        None => (ending.judge & ending.complete & !fault).named("block_done"),
        Some(member) => member.settled(),
    };
    let symbols_left = &*symbols_left;
    let (takes_header, passes) = match member {
        // It passes only if it is there, in all of them.
        Some(member) => (member.header_passes(), member.header_passes()),
        None => {
            let moves = !block.busy;
            (moves, moves & queue.there(0))
        }
    };
    let control = Control {
        shape,
        code,
        queue,
        word,
        passes,
        takes_header,
        block,
        symbols_left,
        reading: &*reading,
        fill,
        head,
        motion,
        ending,
        settled,
        opening,
    };
    if member.is_none() {
        control.ending.load_judge(control.block.end, advance);
    }
    let (at_symbols, header_at_last) = (control.block.header.at_symbols(), control.block.header.at_last());
    let header_next = b.scope("control", || control.connect(&read, wrong, fails));

    let good = (read_valid & !wrong).named("symbol_good");
    let no_symbol_if = [no_code, illegal];
    let said = Said {
        word,
        ready,
        header_next,
        at_symbols,
        header_at_last,
        advance,
        reads: read.step,
        no_symbol_if,
        past_if,
        stream_ends,
        header_fails,
        drained,
        fault,
    };
    Lane { code, reading, read, good, said, switch }
}

/// What decides about the coming edge.
struct Control<'r, 'b> {
    shape: Shape,
    code: &'r dyn Code<'b>,
    queue: WordQueue<'b>,
    /// The first word of the queue.
    word: Bits<'b>,
    /// One bit each: a word of a header passes; it does, if it is there.
    passes: Bits<'b>,
    takes_header: Bits<'b>,
    block: Block<'b>,
    symbols_left: &'r (dyn SymbolsLeft<'b> + 'r),
    reading: &'r dyn Reading<'b>,
    /// One bit: the step at hand gives no symbol.
    fill: Bits<'b>,
    head: Bits<'b>,
    motion: Motion<'b>,
    ending: Ending<'b>,
    /// One bit: the block has been found good.
    settled: Bits<'b>,
    opening: Opening<'b>,
}

/// What a lane counts.
struct Counted<'b> {
    /// One bit each: the next symbol is the last of its block; it is the last but one or the last.
    next_last: (Bits<'b>, Bits<'b>),
    /// One bit: a word leaves the queue for itself.
    takes_early: Bits<'b>,
    /// One bit: between blocks, a word of a header could pass at the next edge.
    header_next: Bits<'b>,
}

impl<'b> Control<'_, 'b> {
    /// Loads the registers. `wrong`: what was `read` is; `fails`: something is at fault. Gives one bit: between blocks, a word
    /// of a header could pass at the next edge.
    fn connect(self, read: &Read<'b>, wrong: Bits<'b>, fails: Bits<'b>) -> Bits<'b> {
        let advance = read.advance;
        let Counted { next_last, takes_early, header_next } = self.count(fails);
        read.valid.load_if(advance, read.step & !wrong);
        let Self { code, queue, block, reading, fill, head, motion, opening, .. } = self;
        let step = motion.step;
        // In the clock that ends the header at the latest; a header at fault makes no difference.
        let idle_next = !(block.run | opening.opens);
        let none = |width| step.builder().lit(0u8, width);
        let given = reading.fixed_length(step, &block, idle_next);
        let (fixed, fixed_length) = given.unwrap_or_else(|| (none(1), none(self.shape.length_bits())));
        let words_left = !block.left.near.no_word;
        reading.tell(
            code,
            &Step {
                head,
                aligned: motion.moved.map_or(head, |m| m.head).top(self.shape.longest),
                step,
                load: step | !block.run,
                fixed,
                fixed_length,
                fill,
                next_last,
                block: (block.busy, block.header.plain),
                words_left,
                moves: (motion.could_step, block.end, advance),
            },
        );
        let moves = queue.take_late(motion.carry.take(takes_early, step, words_left));
        reading.load_words(code, &block, &motion, &queue, moves);
        header_next
    }

    /// Goes on in the block, and counts its words and symbols.
    fn count(&self, fails: Bits<'b>) -> Counted<'b> {
        let Self { queue, block, symbols_left, reading, motion, ending, settled, opening, .. } = self;
        let (Block { busy, header, left, .. }, step, fill) = (block, motion.step, self.fill);
        let (busy, last_word) = (*busy, queue.last(0));
        let passes = self.passes;
        let header_done = match block.alone {
            true => passes & (header.at_last() | last_word),
            // None of several goes on behind a bad word.
            false => passes & header.at_last(),
        };
        let header_done = header_done.named("header_done");
        let word_done = motion.carry.word_done(step).named("word_done");
        // Late signals last: this and the length decide how fast the lane can be.
        let takes_early =
            self.takes_header | block.fault | ((ending.judge & left.near.one_word) & ending.complete);
        let takes_early = takes_early.named("takes_early");
        let finishes = (step & symbols_left.last() & !fill).named("finishes");
        let Opening { starts, waits, .. } = *opening;
        block.load(&Events { header_done, starts, waits, fails, finishes, settled: *settled });

        let (number, illegal) = header.load(self.word, passes);
        if block.leads {
            header.load_index(passes, busy);
        }
        let header_next = passes.mux(queue.there(1), queue.there(0));
        header.load_bad(passes, last_word | illegal);
        let next_last = symbols_left.load(&number, (passes & header.at_symbols(), step), fill, busy);
        reading.count_filling(step, block);
        let counted = (passes | word_done).named("words_counted");
        left.load_words(&number, counted, last_word, busy);
        ending.load(block, counted, last_word);
        reading.load(motion, block);
        Counted { next_last, takes_early, header_next }
    }
}
