//! Values that operators on posits refuse, and the parameter that the message names.

const FORMAT: &[(&str, &str)] = &[("n = 2", "n"), ("n = 65", "n"), ("n = 0", "n"), ("es = 6", "es")];

const ENCODE: &[(&str, &str)] = &[
    ("n = 2", "n"),
    ("es = 6", "es"),
    ("scale-bits = 3", "scale-bits"),
    ("scale-bits = 17", "scale-bits"),
    ("fraction-bits = 101", "fraction-bits"),
];

/// By operator.
pub const REFUSED: &[(&str, &[(&str, &str)])] = &[
    ("positadd", FORMAT),
    ("positsub", FORMAT),
    ("positmul", FORMAT),
    ("positdecode", FORMAT),
    ("positencode", ENCODE),
];
