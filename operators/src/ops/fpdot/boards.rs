//! What tensor cores do, as far as it is known from their results.
//!
//! Sources: the models and captured results of F. A. Khattak and M. Mikaitis (arXiv 2512.07004). The rows of V100,
//! A100 and H100 but tf32 of the latter are held against captures of these boards by the tests; the others are taken
//! from the published models.
use crate::ParamError;
use holigen_verif::format::FloatFormat;

/// One board and input format.
pub struct Row {
    /// As `--format` has it.
    format: &'static str,
    /// Products that are added at once.
    pub n: u32,
    /// Fraction bits below the largest exponent.
    pub frac_bits: u32,
    /// Least exponent that is aligned to.
    pub floor: Option<i32>,
    /// Significant bits of the rounding.
    pub precision: u32,
    /// Whether the captures have c in their sums.
    pub adds_c: bool,
}

const fn row(format: &'static str, n: u32, frac_bits: u32, floor: i32) -> Row {
    Row { format, n, frac_bits, floor: Some(floor), precision: 24, adds_c: true }
}

/// FP8 where the sum has 14 significant bits.
const fn short(format: &'static str, n: u32, floor: i32) -> Row {
    Row { format, n, frac_bits: 13, floor: Some(floor), precision: 14, adds_c: true }
}

/// A board.
pub struct Board {
    name: &'static str,
    rows: &'static [Row],
}

static BOARDS: &[Board] = &[
    Board {
        name: "v100",
        rows: &[Row { format: "fp16", n: 4, frac_bits: 23, floor: None, precision: 24, adds_c: true }],
    },
    Board {
        name: "a100",
        rows: &[row("fp16", 8, 24, -132), row("bf16", 8, 24, -132), row("tf32", 4, 24, -132)],
    },
    Board {
        name: "h100",
        rows: &[
            row("fp16", 16, 25, -133),
            row("bf16", 16, 25, -133),
            Row { adds_c: false, ..short("e4m3fn", 32, -133) },
            Row { adds_c: false, ..short("e5m2", 32, -133) },
            row("tf32", 8, 25, -133),
        ],
    },
    Board {
        name: "l40s",
        rows: &[
            short("e4m3fn", 16, -132),
            short("e5m2", 16, -132),
            row("fp16", 8, 24, -132),
            row("bf16", 8, 24, -132),
            row("tf32", 4, 24, -132),
        ],
    },
    Board {
        name: "b200",
        rows: &[
            row("bf16", 16, 25, -133),
            row("fp16", 16, 25, -133),
            row("tf32", 8, 25, -133),
            row("e4m3fn", 32, 25, -133),
            row("e5m2", 32, 25, -133),
        ],
    },
];

impl Board {
    /// By its name.
    ///
    /// # Errors
    /// Nothing is known of it.
    pub fn named(name: &str) -> Result<&'static Board, ParamError> {
        BOARDS.iter().find(|b| b.name == name.to_lowercase()).ok_or_else(|| {
            let names: Vec<&str> = BOARDS.iter().map(|b| b.name).collect();
            ParamError::new("like", name, "is not known", format!("give {}", names.join(", ")))
        })
    }

    /// Its formats, the usual one first.
    pub fn formats(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|r| r.format)
    }

    /// What it does with operands of a format; `name` is what was given.
    ///
    /// # Errors
    /// Nothing is known of it.
    pub fn row(&self, format: &FloatFormat, name: Option<&str>) -> Result<&'static Row, ParamError> {
        self.rows.iter().find(|r| r.format.parse() == Ok(*format)).ok_or_else(|| {
            let names: Vec<&str> = self.formats().collect();
            let found = name.map_or_else(|| format.name(), str::to_string);
            let what = format!("is not known of {}", self.name);
            ParamError::new("format", found, what, format!("give {}", names.join(", ")))
        })
    }
}
