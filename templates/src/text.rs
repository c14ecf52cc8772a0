//! Wrapping of comment text.

/// Columns that a line of a comment may take: with the comment sign before it, it ends before column 100.
pub(crate) const COLUMNS: usize = 96;

/// First words of comments that some tool takes as an order to itself.
const PRAGMAS: [&str; 8] =
    ["verilator", "synopsys", "synthesis", "pragma", "psl", "ghdl", "vcs", "translate_off"];

/// Whether a comment that starts with `word` would be read as a pragma.
fn is_pragma(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    PRAGMAS.iter().any(|p| lower.starts_with(p))
}

/// `text` in lines of at most [`COLUMNS`] (longer words stand alone), the first after `first`, the others
/// indented by as many blanks as `first` has characters. Line ends in `text` count as blanks, and what would
/// be taken as a pragma never starts a line.
pub(crate) fn wrap(first: &str, text: &str) -> Vec<String> {
    let indent = " ".repeat(first.chars().count());
    let mut lines: Vec<Vec<&str>> = vec![Vec::new()];
    let mut used = indent.len();
    for word in text.split_whitespace() {
        let length = word.chars().count() + 1;
        let line = lines.last_mut().expect("starts with one line");
        if !line.is_empty() && used + length > COLUMNS + 1 {
            let mut next = Vec::new();
            // The word before comes down too, so that it shields the pragma.
            if is_pragma(word) && line.len() > 1 {
                next.extend(line.pop());
            }
            used = indent.len() + next.iter().map(|w: &&str| w.chars().count() + 1).sum::<usize>();
            lines.push(next);
        }
        lines.last_mut().expect("starts with one line").push(word);
        used += length;
    }
    let line = |(k, words): (usize, Vec<&str>)| {
        let shield = if (k > 0 || first.trim().is_empty()) && words.first().is_some_and(|w| is_pragma(w)) {
            "- "
        } else {
            ""
        };
        let prefix = if k == 0 { first } else { &indent };
        format!("{prefix}{shield}{}", words.join(" ")).trim_end().to_string()
    };
    lines.into_iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_the_columns_and_lose_no_word() {
        let text = "several words of a sentence ".repeat(20);
        let lines = wrap("  a  ", &text);
        assert!(lines.iter().all(|l| l.len() <= COLUMNS), "{lines:#?}");
        assert!(lines[0].starts_with("  a  several"));
        assert!(lines[1].starts_with("     ") && !lines[1].starts_with("      "));
        let words: Vec<_> = lines.iter().flat_map(|l| l.split_whitespace()).skip(1).collect();
        assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn empty_text_is_one_line() {
        assert_eq!(wrap("", ""), [""]);
        assert_eq!(wrap("a: ", " \n "), ["a:"]);
    }

    #[test]
    fn pragmas_start_no_line() {
        for at in 1..120 {
            let text = format!("{} verilator lint_off WIDTH psl and Synopsys off", "x ".repeat(at));
            for line in wrap("", &text) {
                assert!(!is_pragma(line.trim_start()), "{line}");
            }
        }
        assert_eq!(wrap("", "verilator public"), ["- verilator public"]);
    }
}
