//! What can be wrong with a format, and the nearest right thing.

use thiserror::Error;

/// Why there is no such format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// A name that is neither in [`crate::format::NAMED`] nor of a generic form.
    #[error(
        "unknown format '{found}'; did you mean '{nearest}'? Formats are {known}, any e<exponent bits>m<fraction bits>, e<X>m<Y>:<encoding>, or binary<K>p<P><s|u><e|f> of P3109"
    )]
    UnknownName {
        /// The name.
        found: String,
        /// The known name with the fewest edits.
        nearest: String,
        /// All known names, with commas.
        known: String,
    },
    /// A name that begins like a posit's, or should be one.
    #[error("'{found}' is no posit; write posit<n>_<es>, such as posit8_2, or posit16 for es = 2")]
    UnknownPosit {
        /// The name.
        found: String,
    },
    /// An encoding that isn't one.
    #[error("unknown encoding '{found}'; did you mean '{nearest}'? Encodings are {legal}")]
    UnknownEncoding {
        /// The name.
        found: String,
        /// All encodings, with commas.
        legal: String,
        /// The encoding with the fewest edits.
        nearest: String,
    },
    /// A text that names no fixed-point format.
    #[error(
        "'{found}' is no fixed-point format: write int8, uint8, fixed:MSB:LSB (a sign bit above) or ufixed:MSB:LSB with MSB not below LSB"
    )]
    Fixed {
        /// The text.
        found: String,
    },
    /// A number out of range.
    #[error("{found} {what} given; legal are {low} to {high}")]
    Range {
        /// What the number counts.
        what: &'static str,
        /// The number.
        found: u32,
        /// Least legal number.
        low: u32,
        /// Greatest legal number.
        high: u32,
    },
}

/// The candidate with the fewest insertions, deletions and replacements from `found`; the first of equals, so
/// that messages are stable.
pub(crate) fn nearest_of<'a>(found: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    candidates.min_by_key(|candidate| edit_distance(found, candidate)).unwrap_or_default().to_string()
}

/// Levenshtein distance, by rows of the usual table.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, c) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &d) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(c != d);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
