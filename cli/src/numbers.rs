//! Numbers of the command line and of build files. Nothing here panics, whatever the text.
use holigen_fpga_flows::Flow;
use holigen_generator::target::Target;
use holigen_templates::ProjectTool;

/// The fastest clock that anybody may ask for: beyond it, it is a typing error (GHz, Hz, kHz).
pub const MAX_MHZ: f64 = 2000.0;
/// Inputs are enumerated up to this many bits.
pub const MAX_EXHAUSTIVE_BITS: u32 = 28;
/// A testbench holds its vectors as text; this many make a file of some 50 MB.
pub const MAX_TESTBENCH: u64 = 1 << 20;
/// Enough for weeks; beyond it, it is a typing error.
pub const MAX_VECTORS: u64 = 1_000_000_000_000;

/// Thousands of trials for fewer tables: hours; beyond it, it is a typing error.
pub const MAX_EFFORT: u32 = 10_000;

/// A clock in MHz: 0, or 1 to [`MAX_MHZ`].
pub fn freq(text: &str) -> Result<f64, String> {
    let legal = format!("a clock is 1 to {MAX_MHZ:.0} MHz, or 0 for a core without pipeline");
    let mhz: f64 = text.trim().parse().map_err(|_| format!("not a number; {legal}"))?;
    if mhz == 0.0 {
        return Ok(0.0); // and not -0, which would show in names
    }
    if !(1.0..=MAX_MHZ).contains(&mhz) {
        return Err(legal);
    }
    Ok(mhz)
}

/// A clock as a part of a name: `400`, `312p5`.
pub fn freq_name(mhz: f64) -> String {
    mhz.to_string().replace('.', "p")
}

/// Picoseconds of one gate.
pub fn gate_ps(text: &str) -> Result<f64, String> {
    let legal = "a gate takes 0.1 to 1000 ps";
    let ps: f64 = text.trim().parse().map_err(|_| format!("not a number; {legal}"))?;
    if (0.1..=1000.0).contains(&ps) { Ok(ps) } else { Err(legal.into()) }
}

/// A target by its name.
pub fn target(text: &str) -> Result<Target, String> {
    Target::by_name(text).map_err(|e| e.to_string())
}

/// A flow by its name.
pub fn flow(text: &str) -> Result<Flow, String> {
    Flow::by_name(text).ok_or_else(|| {
        let names: Vec<_> = Flow::ALL.iter().map(|f| f.name()).collect();
        let near = nearest(text, names.iter().copied());
        let near = near.map_or(String::new(), |n| format!("did you mean '{n}'? "));
        format!("{near}There are {}", names.join(", "))
    })
}

/// How many placements.
pub fn seeds(text: &str) -> Result<u64, String> {
    let n = text.trim().parse().ok().filter(|n| (1..=100).contains(n));
    n.ok_or_else(|| "give 1 to 100 placements".into())
}

/// How many corrupt streams.
pub fn streams(text: &str) -> Result<u64, String> {
    let n = text.trim().parse().ok().filter(|n| (1..=MAX_VECTORS).contains(n));
    n.ok_or_else(|| format!("give a number of streams from 1 to {MAX_VECTORS}"))
}

/// How long a solver may take.
pub fn seconds(text: &str) -> Result<u64, String> {
    let n = text.trim().parse().ok().filter(|n| (1..=86400).contains(n));
    n.ok_or_else(|| "give 1 to 86400 seconds".into())
}

/// Bits of a symbol in a file.
pub fn symbol_bits(text: &str) -> Result<u32, String> {
    let n = text.trim().parse().ok().filter(|n| (1..=16).contains(n));
    n.ok_or_else(|| "symbols have 1 to 16 bits".into())
}

/// A vendor's tool by its name.
pub fn project(text: &str) -> Result<ProjectTool, String> {
    let all = || ProjectTool::ALL.iter().map(|t| t.name());
    ProjectTool::ALL.iter().copied().find(|t| t.name() == text).ok_or_else(|| {
        let near = nearest(text, all()).map_or(String::new(), |n| format!("did you mean '{n}'? "));
        format!("{near}There are {}", all().collect::<Vec<_>>().join(", "))
    })
}

/// How many faults or cores are tried.
pub fn count(text: &str) -> Result<usize, String> {
    let n = text.trim().parse().ok().filter(|n| (1..=10_000).contains(n));
    n.ok_or_else(|| "give a number from 1 to 10000".into())
}

/// The seed of random vectors.
pub fn seed(text: &str) -> Result<u64, String> {
    let legal = format!("a seed is a whole number from 0 to {}", u64::MAX);
    text.trim().parse().map_err(|_| format!("not a seed; {legal}"))
}

/// Thousands of trials to find fewer tables.
pub fn effort(text: &str) -> Result<u32, String> {
    let n = text.trim().parse().ok().filter(|n| *n <= MAX_EFFORT);
    n.ok_or_else(|| format!("an effort is a whole number from 0 to {MAX_EFFORT}: thousands of trials"))
}

/// How many vectors, as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Every input.
    Exhaustive,
    /// So many.
    Count(u64),
    /// None at all.
    None,
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Amount::Exhaustive => f.write_str("exhaustive"),
            Amount::Count(n) => n.fmt(f),
            Amount::None => f.write_str("none"),
        }
    }
}

/// `exhaustive`, a number or `none`.
pub fn amount(text: &str) -> Result<Amount, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "exhaustive" => Ok(Amount::Exhaustive),
        "none" => Ok(Amount::None),
        other => {
            let n = other.replace('_', "").parse::<u64>().ok();
            n.filter(|n| (1..=MAX_VECTORS).contains(n)).map(Amount::Count).ok_or_else(|| {
                let near = nearest(other, ["exhaustive", "none"]);
                let near = near.map_or(String::new(), |n| format!("did you mean '{n}'? "));
                format!("{near}Legal are exhaustive, none, or a number of vectors from 1 to {MAX_VECTORS}")
            })
        }
    }
}

/// As [`amount`], where `none` would mean to do nothing.
pub fn some_amount(text: &str) -> Result<Amount, String> {
    match amount(text) {
        Ok(Amount::None) => {
            Err("nothing would be verified; give exhaustive or a number of vectors".to_string())
        }
        other => other,
    }
}

impl Amount {
    /// What is really done for a core with so many input bits.
    ///
    /// `default_bits`: exhaustive by default up to so many bits, else `default_count` vectors.
    ///
    /// # Errors
    /// More than can be enumerated, or more than `most`.
    pub fn settle(
        asked: Option<Amount>,
        input_bits: u32,
        default_bits: u32,
        default_count: u64,
        most: u64,
    ) -> Result<Amount, String> {
        match asked {
            None if input_bits <= default_bits => Ok(Amount::Exhaustive),
            None => Ok(Amount::Count(default_count)),
            Some(Amount::Exhaustive) => {
                let limit = MAX_EXHAUSTIVE_BITS.min(most.ilog2());
                if input_bits <= limit {
                    return Ok(Amount::Exhaustive);
                }
                let count = num_of_bits(input_bits);
                Err(format!(
                    "every input would be 2^{input_bits}{count} vectors, at most 2^{limit} are possible here; \
                     give a number of vectors, e.g. {}",
                    default_count.min(most)
                ))
            }
            Some(Amount::Count(n)) if n > most => {
                Err(format!("{n} vectors are too many here; legal are 1 to {most}"))
            }
            Some(other) => Ok(other),
        }
    }
}

/// ` = 2^bits in decimal` where people can still read it.
fn num_of_bits(bits: u32) -> String {
    if bits < 64 { format!(" = {}", 1u64 << bits) } else { String::new() }
}

/// The candidate most like a word, unless it would be a guess (more than a third of the letters wrong).
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    let (distance, best) =
        candidates.into_iter().map(|c| (edit_distance(&wanted, c), c)).min_by_key(|(d, _)| *d)?;
    (distance * 3 <= best.chars().count().max(wanted.chars().count())).then_some(best)
}

/// Letters to insert, delete or replace (Levenshtein), a row of the table at a time.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        assert_eq!(freq("312.5"), Ok(312.5));
        assert_eq!(freq("-0").map(f64::to_bits), Ok(0));
        assert_eq!(freq_name(312.5), "312p5");
        for bad in ["-1", "nan", "inf", "-inf", "1e999", "2001", "0.5", "", "4OO", "1e-300", "3 00"] {
            let message = freq(bad).unwrap_err();
            assert!(message.contains("1 to 2000 MHz"), "{bad}: {message}");
        }
    }

    #[test]
    fn amounts() {
        assert_eq!(amount("1_000"), Ok(Amount::Count(1000)));
        assert_eq!(amount("Exhaustive"), Ok(Amount::Exhaustive));
        assert!(amount("exhastive").unwrap_err().starts_with("did you mean 'exhaustive'?"));
        for bad in ["0", "-1", "99999999999999999999", "1e3", ""] {
            assert!(amount(bad).is_err(), "{bad}");
        }
        assert_eq!(Amount::settle(None, 16, 16, 10, 100), Ok(Amount::Exhaustive));
        assert_eq!(Amount::settle(None, 17, 16, 10, 100), Ok(Amount::Count(10)));
        let many = Amount::settle(Some(Amount::Exhaustive), 40, 16, 10, MAX_VECTORS).unwrap_err();
        assert!(many.contains("2^40 = 1099511627776"), "{many}");
    }

    #[test]
    fn suggestions() {
        assert_eq!(nearest("frq", ["freq", "target"]), Some("freq"));
        assert_eq!(nearest("xyzzy", ["freq", "target"]), None);
        assert_eq!(nearest("", ["freq"]), None);
    }
}
