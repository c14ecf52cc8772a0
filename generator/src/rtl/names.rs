//! Identifiers that are legal and distinct in Verilog and in VHDL at once.
//!
//! Both printers use the same names, so that a waveform of one reads like the text of the other. VHDL
//! ignores case and forbids doubled and trailing underscores; Verilog adds its own and SystemVerilog's
//! keywords, because most tools read `.v` files with a SystemVerilog parser.
use std::collections::{BTreeMap, BTreeSet};

/// Longest name accepted from a user: some file systems stop at 255 bytes, and files are called
/// `<name>_tb.vhd` and the like.
pub const MAX_LENGTH: usize = 200;

/// Keywords of Verilog (1364-2005) and SystemVerilog (1800-2017).
#[rustfmt::skip]
const VERILOG: &[&str] = &[
    "accept_on", "alias", "always", "always_comb", "always_ff", "always_latch", "and", "assert", "assign",
    "assume", "automatic", "before", "begin", "bind", "bins", "binsof", "bit", "break", "buf", "bufif0",
    "bufif1", "byte", "case", "casex", "casez", "cell", "chandle", "checker", "class", "clocking", "cmos",
    "config", "const", "constraint", "context", "continue", "cover", "covergroup", "coverpoint", "cross",
    "deassign", "default", "defparam", "design", "disable", "dist", "do", "edge", "else", "end", "endcase",
    "endchecker", "endclass", "endclocking", "endconfig", "endfunction", "endgenerate", "endgroup",
    "endinterface", "endmodule", "endpackage", "endprimitive", "endprogram", "endproperty", "endsequence",
    "endspecify", "endtable", "endtask", "enum", "event", "eventually", "expect", "export", "extends",
    "extern", "final", "first_match", "for", "force", "foreach", "forever", "fork", "forkjoin", "function",
    "generate", "genvar", "global", "highz0", "highz1", "if", "iff", "ifnone", "ignore_bins",
    "illegal_bins", "implements", "implies", "import", "incdir", "include", "initial", "inout", "input",
    "inside", "instance", "int", "integer", "interconnect", "interface", "intersect", "join", "join_any",
    "join_none", "large", "let", "liblist", "library", "local", "localparam", "logic", "longint",
    "macromodule", "matches", "medium", "modport", "module", "nand", "negedge", "nettype", "new",
    "nexttime", "nmos", "nor", "noshowcancelled", "not", "notif0", "notif1", "null", "or", "output",
    "package", "packed", "parameter", "pmos", "posedge", "primitive", "priority", "program", "property",
    "protected", "pull0", "pull1", "pulldown", "pullup", "pulsestyle_ondetect", "pulsestyle_onevent",
    "pure", "rand", "randc", "randcase", "randsequence", "rcmos", "real", "realtime", "ref", "reg",
    "reject_on", "release", "repeat", "restrict", "return", "rnmos", "rpmos", "rtran", "rtranif0",
    "rtranif1", "s_always", "s_eventually", "s_nexttime", "s_until", "s_until_with", "scalared",
    "sequence", "shortint", "shortreal", "showcancelled", "signed", "small", "soft", "solve", "specify",
    "specparam", "static", "string", "strong", "strong0", "strong1", "struct", "super", "supply0",
    "supply1", "sync_accept_on", "sync_reject_on", "table", "tagged", "task", "this", "throughout", "time",
    "timeprecision", "timeunit", "tran", "tranif0", "tranif1", "tri", "tri0", "tri1", "triand", "trior",
    "trireg", "type", "typedef", "union", "unique", "unique0", "unsigned", "until", "until_with",
    "untyped", "use", "uwire", "var", "vectored", "virtual", "void", "wait", "wait_order", "wand", "weak",
    "weak0", "weak1", "while", "wildcard", "wire", "with", "within", "wor", "xnor", "xor",
];

/// Keywords of VHDL: 93, 2008 and 2019.
#[rustfmt::skip]
const VHDL: &[&str] = &[
    "abs", "access", "after", "alias", "all", "and", "architecture", "array", "assert", "assume",
    "assume_guarantee", "attribute", "begin", "block", "body", "buffer", "bus", "case", "component",
    "configuration", "constant", "context", "cover", "default", "disconnect", "downto", "else", "elsif",
    "end", "entity", "exit", "fairness", "file", "for", "force", "function", "generate", "generic",
    "group", "guarded", "if", "impure", "in", "inertial", "inout", "is", "label", "library", "linkage",
    "literal", "loop", "map", "mod", "nand", "new", "next", "nor", "not", "null", "of", "on", "open", "or",
    "others", "out", "package", "parameter", "port", "postponed", "private", "procedure", "process",
    "property", "protected", "pure", "range", "record", "register", "reject", "release", "rem", "report",
    "restrict", "restrict_guarantee", "return", "rol", "ror", "select", "sequence", "severity", "shared",
    "signal", "sla", "sll", "sra", "srl", "strong", "subtype", "then", "to", "transport", "type",
    "unaffected", "units", "until", "use", "variable", "view", "vmode", "vprop", "vpkg", "vunit", "wait",
    "when", "while", "with", "xnor", "xor",
];

/// Names that the printed text takes from VHDL's packages or defines itself; a signal of that name would
/// hide them.
#[rustfmt::skip]
const USED_BY_TEXT: &[&str] = &[
    "and_reduce", "bit_vector", "boolean", "character", "false", "falling_edge", "ieee", "integer",
    "natural", "now", "numeric_std", "or_reduce", "positive", "resize", "rising_edge", "rtl",
    "shift_left", "shift_right", "signed", "standard", "std", "std_logic", "std_logic_1164",
    "std_logic_vector", "std_match", "std_ulogic", "std_ulogic_vector", "string", "textio", "time",
    "to_01", "to_integer", "to_logic", "to_signed", "to_unsigned", "true", "unsigned", "work",
    "xor_reduce",
];

/// Words that tools other than the two languages stumble over: Verilator turns ports into C++ members
/// and warns about C++'s words, Icarus has keywords of its own.
#[rustfmt::skip]
const TOOL_WORDS: &[&str] = &[
    "abort", "alignas", "alignof", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "catch", "cdecl",
    "char", "char16_t", "char32_t", "char8_t", "co_await", "co_return", "co_yield", "compl", "complex",
    "concept", "consteval", "constexpr", "constinit", "const_cast", "const_iterator", "const_reference",
    "decltype", "delete", "deque", "double", "dynamic_cast", "explicit", "far", "float", "friend", "goto",
    "huge", "inline", "interrupt", "iterator", "list", "long", "mutable", "namespace", "near", "noexcept",
    "not_eq", "nullptr", "operator", "or_eq", "override", "pascal", "public", "queue", "reference",
    "reinterpret_cast", "requires", "sc_clock", "sc_in", "sc_inout", "sc_out", "sc_signal", "sensitive",
    "set", "short", "sizeof", "stack", "static_assert", "static_cast", "switch", "synchronized",
    "template", "thread_local", "throw", "try", "typeid", "typename", "type_info", "using", "vector",
    "volatile", "wchar_t", "wreal", "xor_eq",
];

/// Why an identifier can't be used, with one that can.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("a name can't be empty; try `{suggestion}`")]
    Empty {
        /// A legal name.
        suggestion: String,
    },
    /// The first character is a digit.
    #[error("`{name}` starts with a digit; names start with a letter, e.g. `{suggestion}`")]
    StartsWithDigit {
        /// What was found.
        name: String,
        /// A legal name near it.
        suggestion: String,
    },
    /// The first character is an underscore, which VHDL forbids.
    #[error("`{name}` starts with an underscore, which VHDL forbids; try `{suggestion}`")]
    StartsWithUnderscore {
        /// What was found.
        name: String,
        /// A legal name near it.
        suggestion: String,
    },
    /// A character that is neither letter, digit nor underscore.
    #[error(
        "`{name}` contains {character:?}; names consist of letters, digits and underscores, e.g. `{suggestion}`"
    )]
    IllegalCharacter {
        /// What was found.
        name: String,
        /// The first character that won't do.
        character: char,
        /// A legal name near it.
        suggestion: String,
    },
    /// A keyword of one of the languages.
    #[error("`{name}` is a keyword of {language}; try `{suggestion}`")]
    Keyword {
        /// What was found.
        name: String,
        /// Verilog, VHDL or both.
        language: &'static str,
        /// A legal name near it.
        suggestion: String,
    },
    /// Two underscores in a row, which VHDL forbids.
    #[error("`{name}` has two underscores in a row, which VHDL forbids; try `{suggestion}`")]
    DoubleUnderscore {
        /// What was found.
        name: String,
        /// A legal name near it.
        suggestion: String,
    },
    /// An underscore at the end, which VHDL forbids.
    #[error("`{name}` ends in an underscore, which VHDL forbids; try `{suggestion}`")]
    TrailingUnderscore {
        /// What was found.
        name: String,
        /// A legal name near it.
        suggestion: String,
    },
    /// The generated text or a tool needs this name for something else.
    #[error("`{name}` already means something in the generated text or its tools; try `{suggestion}`")]
    Taken {
        /// What was found.
        name: String,
        /// A legal name near it.
        suggestion: String,
    },
    /// Longer than [`MAX_LENGTH`].
    #[error("the name has {length} characters, at most {MAX_LENGTH} are allowed; try `{suggestion}`")]
    TooLong {
        /// Characters found.
        length: usize,
        /// A legal name near it.
        suggestion: String,
    },
}

/// Which language has `lower` (in lower case) as a keyword.
fn keyword_of(lower: &str) -> Option<&'static str> {
    match (VERILOG.contains(&lower), VHDL.contains(&lower)) {
        (true, true) => Some("Verilog and VHDL"),
        (true, false) => Some("Verilog"),
        (false, true) => Some("VHDL"),
        (false, false) => None,
    }
}

/// Whether `lower` (in lower case) can't name anything, be it a keyword or otherwise taken.
fn is_reserved(lower: &str) -> bool {
    keyword_of(lower).is_some() || USED_BY_TEXT.contains(&lower) || TOOL_WORDS.contains(&lower)
}

/// Checks a name for a module, port or signal that a user supplied.
///
/// Letters of both cases are fine, but keywords are refused whatever their case: VHDL ignores it.
///
/// # Errors
/// What is wrong with it, and a name that would do.
pub fn check_identifier(name: &str) -> Result<(), NameError> {
    let suggestion = || Names::default().take(name);
    let found = || name.to_string();
    let Some(first) = name.chars().next() else {
        return Err(NameError::Empty { suggestion: "core".into() });
    };
    let length = name.chars().count();
    if length > MAX_LENGTH {
        return Err(NameError::TooLong { length, suggestion: suggestion() });
    }
    if let Some(character) = name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
        return Err(NameError::IllegalCharacter { name: found(), character, suggestion: suggestion() });
    }
    if first.is_ascii_digit() {
        return Err(NameError::StartsWithDigit { name: found(), suggestion: suggestion() });
    }
    if first == '_' {
        return Err(NameError::StartsWithUnderscore { name: found(), suggestion: suggestion() });
    }
    let lower = name.to_ascii_lowercase();
    if let Some(language) = keyword_of(&lower) {
        return Err(NameError::Keyword { name: found(), language, suggestion: suggestion() });
    }
    if name.contains("__") {
        return Err(NameError::DoubleUnderscore { name: found(), suggestion: suggestion() });
    }
    if name.ends_with('_') {
        return Err(NameError::TrailingUnderscore { name: found(), suggestion: suggestion() });
    }
    if is_reserved(&lower) || ["clk", "rst", "ce"].contains(&lower.as_str()) {
        return Err(NameError::Taken {
            name: found(),
            suggestion: Names::new(["clk", "rst", "ce"]).take(name),
        });
    }
    Ok(())
}

/// Hands out names, each once.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// In lower case.
    taken: BTreeSet<String>,
    /// The last number of a repeated name.
    numbers: BTreeMap<String, usize>,
}

impl Names {
    /// An allocator that keeps clear of the given names: the ports and the module's own name (inside a
    /// module of the same name a signal hides it, which linters report).
    pub fn new<I>(reserved: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self {
            taken: reserved.into_iter().map(|n| n.as_ref().to_ascii_lowercase()).collect(),
            ..Self::default()
        }
    }

    /// A legal name as near to `wish` as possible, never handed out before: lower case, other characters
    /// become underscores, keywords get `_v`, repetitions `_2`, `_3` and so on.
    pub fn take(&mut self, wish: &str) -> String {
        let mut base = legalize(wish);
        if is_reserved(&base) {
            base.push_str("_v");
        }
        let mut name = base.clone();
        if self.taken.contains(&name) {
            // Names are never given back: no number below the last one has become free.
            let mut n = self.numbers.get(&base).map_or(2, |last| last + 1);
            name = numbered(&base, n);
            while self.taken.contains(&name) {
                n += 1;
                name = numbered(&base, n);
            }
            self.numbers.insert(base, n);
        }
        self.taken.insert(name.clone());
        name
    }

    /// Whether a name is taken, whatever its case.
    pub fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(&name.to_ascii_lowercase())
    }
}

/// `base_n`, still short enough.
fn numbered(base: &str, n: usize) -> String {
    let suffix = format!("_{n}");
    let room = MAX_LENGTH - suffix.len();
    format!("{}{suffix}", base[..base.len().min(room)].trim_end_matches('_'))
}

/// The grammar that both languages share, without regard to keywords.
fn legalize(wish: &str) -> String {
    let mut name = String::with_capacity(wish.len());
    for c in wish.chars() {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        if c == '_' && (name.is_empty() || name.ends_with('_')) {
            continue;
        }
        if name.is_empty() && c.is_ascii_digit() {
            name.push('n');
        }
        name.push(c);
        if name.len() == MAX_LENGTH {
            break;
        }
    }
    let legal = name.trim_end_matches('_').len();
    name.truncate(legal);
    if name.is_empty() { "n".into() } else { name }
}

/// What a value without a name is called, by its number.
pub(super) fn temporary(number: u32) -> String {
    format!("t{number}")
}

/// Whether a signal has such a name, or one made of it.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.strip_prefix('t').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_wish_becomes_legal_and_unique() {
        let mut names = Names::new(["a", "R", "top"]);
        let wishes = [
            ("sum", "sum"),
            ("sum", "sum_2"),
            ("Sum", "sum_3"),
            ("a", "a_2"),
            ("r", "r_2"),
            ("top", "top_2"),
            ("", "n"),
            ("__x__y__", "x_y"),
            ("3x", "n3x"),
            ("signal", "signal_v"),
            ("signal", "signal_v_2"),
            ("reg", "reg_v"),
            ("double", "double_v"),
            ("unsigned", "unsigned_v"),
            ("größe", "gr_e"),
            ("a.b[3]", "a_b_3"),
        ];
        for (wish, expected) in wishes {
            let name = names.take(wish);
            assert_eq!(name, expected, "for {wish:?}");
            assert_eq!(check_identifier(&name), Ok(()), "for {wish:?}");
        }
    }

    #[test]
    fn long_wishes_stay_short_and_unique() {
        let mut names = Names::default();
        let long = "x".repeat(300);
        let (first, second) = (names.take(&long), names.take(&long));
        assert_eq!(first.len(), MAX_LENGTH);
        assert_ne!(first, second);
        assert!(second.len() <= MAX_LENGTH);
    }

    #[test]
    fn lists_are_sorted_enough_to_maintain_and_in_lower_case() {
        for word in VERILOG.iter().chain(VHDL).chain(USED_BY_TEXT).chain(TOOL_WORDS) {
            assert_eq!(*word, word.to_ascii_lowercase());
            assert!(check_identifier(word).is_err(), "{word}");
        }
    }

    #[test]
    fn messages_name_the_fault_and_a_way_out() {
        let long = "x".repeat(201);
        let cases = [
            ("", "a name can't be empty; try `core`"),
            ("8x", "`8x` starts with a digit; names start with a letter, e.g. `n8x`"),
            ("_x", "`_x` starts with an underscore, which VHDL forbids; try `x`"),
            ("a-b", "`a-b` contains '-'; names consist of letters, digits and underscores, e.g. `a_b`"),
            ("Signal", "`Signal` is a keyword of VHDL; try `signal_v`"),
            ("reg", "`reg` is a keyword of Verilog; try `reg_v`"),
            ("xor", "`xor` is a keyword of Verilog and VHDL; try `xor_v`"),
            ("a__b", "`a__b` has two underscores in a row, which VHDL forbids; try `a_b`"),
            ("a_", "`a_` ends in an underscore, which VHDL forbids; try `a`"),
            ("ieee", "`ieee` already means something in the generated text or its tools; try `ieee_v`"),
            ("clk", "`clk` already means something in the generated text or its tools; try `clk_2`"),
        ];
        for (name, message) in cases {
            assert_eq!(check_identifier(name).unwrap_err().to_string(), message);
        }
        assert!(check_identifier(&long).unwrap_err().to_string().starts_with("the name has 201 characters"));
        for good in ["fp8mac_e4m3_f400", "Top", "x", "a1_b2"] {
            assert_eq!(check_identifier(good), Ok(()));
        }
    }
}
