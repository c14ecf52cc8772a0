//! Values that operators on posits refuse, and the parameter that the message names.

const FORMAT: &[(&str, &str)] = &[("n = 2", "n"), ("n = 65", "n"), ("n = 0", "n"), ("es = 6", "es")];

const ENCODE: &[(&str, &str)] = &[
    ("n = 2", "n"),
    ("es = 6", "es"),
    ("scale-bits = 3", "scale-bits"),
    ("scale-bits = 17", "scale-bits"),
    ("fraction-bits = 101", "fraction-bits"),
];

const CONV: &[(&str, &str)] = &[("n = 2", "n"), ("out-n = 65", "out-n"), ("out-es = 6", "out-es")];

const TO_FP: &[(&str, &str)] = &[
    ("es = 6", "es"),
    ("out = \"e4\"", "out"),
    ("round = \"up\"", "round"),
    ("round = \"sr:33\"", "round"),
    ("saturation = \"sat\"", "saturation"),
];

const FROM_FP: &[(&str, &str)] = &[
    ("format = \"e4\"", "format"),
    ("out-n = 2", "out-n"),
    ("out-es = 6", "out-es"),
    ("round = \"sr\"", "round"),
    ("specials = \"flush\"", "specials"),
];

const TO_INT: &[(&str, &str)] = &[
    ("n = 99", "n"),
    ("width = 1", "width"),
    ("width = 65", "width"),
    ("signed = \"yes\"", "signed"),
    ("round = \"sr:4\"", "round"),
];

const FROM_INT: &[(&str, &str)] = &[
    ("width = 1", "width"),
    ("width = 65", "width"),
    ("signed = \"yes\"", "signed"),
    ("out-n = 2", "out-n"),
    ("out-es = 6", "out-es"),
];

const MAC: &[(&str, &str)] = &[
    ("n = 2", "n"),
    ("quire = \"big\"", "quire"),
    ("quire = \"exact\"", "quire"),
    ("quire = \"exact:0\"", "quire"),
    ("quire = \"exact:4294967297\"", "quire"),
    ("out = \"raw\"", "out"),
    ("out = \"quire\"\nout-n = 8", "out-n"),
    ("out-n = 2", "out-n"),
    ("out-es = 6", "out-es"),
    ("interleave = 0", "interleave"),
    ("interleave = 65", "interleave"),
];

const DOT: &[(&str, &str)] = &[
    ("es = 6", "es"),
    ("terms = 0", "terms"),
    ("terms = 65", "terms"),
    ("addend = \"yes\"", "addend"),
    ("align = \"3\"", "align"),
    ("align = \"129\"", "align"),
    ("align = \"all\"", "align"),
    ("out-n = 2", "out-n"),
    ("out-es = 6", "out-es"),
];

/// By operator.
pub const REFUSED: &[(&str, &[(&str, &str)])] = &[
    ("positadd", FORMAT),
    ("positsub", FORMAT),
    ("positmul", FORMAT),
    ("positfma", FORMAT),
    ("positmac", MAC),
    ("positdot", DOT),
    ("positconv", CONV),
    ("posit2fp", TO_FP),
    ("fp2posit", FROM_FP),
    ("posit2int", TO_INT),
    ("int2posit", FROM_INT),
    ("positdecode", FORMAT),
    ("positencode", ENCODE),
];
