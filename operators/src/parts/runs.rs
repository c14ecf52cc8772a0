//! The lengths of runs of equal bits, for clocks that leave no time to count them level by level while they are shifted
//! out: each group of bits is counted by itself, and which group matters is found beside that.
use super::normalize::{levels, select};
use holigen_generator::{Bits, Builder};

/// Tables one behind the other in a stage: with fewer, it is worth more tables to have less of them in a row.
const SHORT_STAGE: f64 = 4.5;

/// Whether the clock is that fast.
pub fn has_short_stages(b: &Builder) -> bool {
    let context = b.context();
    context.budget_ps < SHORT_STAGE * context.target.lut_level()
}

/// Whether runs are counted before what holds them is shifted.
pub fn are_counted_ahead(b: &Builder) -> bool {
    b.context().target.has_wide_tables() && has_short_stages(b)
}

/// How many leading bits of a word are equal to `sign`, in digits of these levels, the highest first; all ones if they are
/// that or more.
pub fn digits<'b>(word: Bits<'b>, sign: Bits<'b>, levels: &[(u32, u32)]) -> Vec<Bits<'b>> {
    run(word, sign, None, levels).digits
}

/// [`digits`] of so many bits in one word, complemented where `flip` is 1, which takes no longer.
pub fn flipped<'b>(word: Bits<'b>, sign: Bits<'b>, flip: Bits<'b>, bits: u32) -> Bits<'b> {
    let padding = (1u32 << bits).saturating_sub(word.width());
    let levels = levels(bits, word.builder().context().target.has_wide_tables());
    let run = run(word.append_zeros(padding).top(1 << bits), sign, Some(flip), &levels);
    run.flipped.into_iter().reduce(|high, low| high.cat(low)).expect("a digit")
}

/// How a word starts.
#[derive(Clone)]
struct Run<'b> {
    /// One bit: there is nothing else.
    fills: Bits<'b>,
    /// Its length in digits, the highest first; all ones if it is that or more.
    digits: Vec<Bits<'b>>,
    /// The same, complemented where a bit says so.
    flipped: Vec<Bits<'b>>,
}

/// The leading bits of a word that are equal to `sign`, counted in digits of these levels: those below the highest of each
/// group of bits, chosen by the one that says which group is the first with another bit.
fn run<'b>(word: Bits<'b>, sign: Bits<'b>, flip: Option<Bits<'b>>, levels: &[(u32, u32)]) -> Run<'b> {
    let ((shift, width), below) = levels.split_first().expect("a level for each digit");
    let (step, ways) = (1u32 << shift, 1u32 << width);
    if below.is_empty() {
        return short_run(word.top(ways), sign, flip);
    }
    let group = |k: u32| word.bits(word.width() - k * step - 1, word.width() - (k + 1) * step);
    let groups: Vec<Run<'b>> = (0..ways).map(|k| run(group(k), sign, flip, below)).collect();
    let [first, second] = [&groups[0], &groups[1]].map(|g| g.fills);
    let digit = match groups.get(2) {
        None => first,
        Some(third) => {
            let low = first & !(second & !third.fills);
            let high = (first & second).named(&format!("shift_by_2_{step}"));
            high.cat(low.named(&format!("shift_by_1_{step}")))
        }
    };
    let chosen = |of: fn(Run<'b>) -> Vec<Bits<'b>>, first: Bits<'b>| -> Vec<Bits<'b>> {
        let words: Vec<Vec<Bits<'b>>> = groups.iter().cloned().map(of).collect();
        let choose = |i: usize| match words.as_slice() {
            [first, second] => digit.mux(second[i], first[i]),
            _ => select(digit, &std::array::from_fn(|k| words[k][i])),
        };
        [first].into_iter().chain((0..words[0].len()).map(choose)).collect()
    };
    let digits = chosen(|g| g.digits, digit);
    let flipped = flip.map_or(Vec::new(), |f| chosen(|g| g.flipped, digit ^ f.replicate(*width)));
    Run {
        fills: groups.iter().map(|g| g.fills).reduce(|a, b| a & b).expect("there are groups"),
        digits,
        flipped,
    }
}

/// [`run`] of two or four bits: a table.
fn short_run<'b>(group: Bits<'b>, sign: Bits<'b>, flip: Option<Bits<'b>>) -> Run<'b> {
    let (b, bits) = (group.builder(), group.width());
    // Of the group below its sign: whether it is one run, above the digit.
    let entry = |index: u32| {
        let differs = if index >> bits & 1 == 1 { !index } else { index } & ((1 << bits) - 1);
        let length = bits - (32 - differs.leading_zeros());
        u64::from(if length == bits { 2 * bits - 1 } else { length })
    };
    let entries: Vec<u64> = (0..2 << bits).map(entry).collect();
    let width = bits.ilog2();
    let found = b.table(&format!("run_in_{bits}"), sign.cat(group), width + 1, &entries).own_table();
    let flipped = flip.map(|flip| {
        let digit = |index: u32| (entry(index) ^ (u64::from(index >> bits >> 1) * 3)) & ((1 << width) - 1);
        let entries: Vec<u64> = (0..4 << bits).map(digit).collect();
        b.table(&format!("flipped_run_in_{bits}"), flip.cat(sign).cat(group), width, &entries).own_table()
    });
    Run { fills: found.msb(), digits: vec![found.low(width)], flipped: flipped.into_iter().collect() }
}
