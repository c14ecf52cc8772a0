//! Product of a constant matrix and a vector.
//!
//! `constmatvec.rs` settles the parameters, `matrix.rs` reads files, `share.rs` finds common sums, `architecture.rs` and
//! `serial.rs` build the core, `model.rs` is the reference.
use crate::parts::arguments::{self, choice, eight};
use crate::parts::stateless;
use crate::{Core, Operator, ParamError};
use holigen_generator::Builder;
use holigen_verif::integer::IntFormat;
use holigen_verif::interface::{Interface, Port};
use holigen_verif::model::Model;
use matrix::Matrix;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

mod architecture;
mod matrix;
mod model;
mod serial;
mod share;
mod tree;

/// Constant matrix times vector: r = W x with the weights wired in, from an NPY or CSV file
///
/// # Semantics
/// r[i] is the exact sum of W[i, j] * x[j] over j; all elements of r are as wide as the one with the largest range. W has
/// a row an output and a column an input. With --serial K, an input is a K-th of the vector, the first columns first;
/// in_first marks it, and after K inputs r is the product (before, what has been added up so far).
///
/// # Architecture
/// Weights in canonical signed digits. Pairs of terms that several rows have in common are added once, those that save
/// most lookup tables first; what is left of a row is added up in a bit heap, which takes less than an adder a bit. With
/// --serial, weights come from small tables, and every row has an accumulator. --share off adds up each row by itself, to
/// compare with: dot products with wired weights. A depth bounds how many shared sums are above each other, and with it
/// the stages; a row that starts from another counts for two.
///
/// # Sources
/// R. I. Hartley, Subexpression sharing in filters using canonic signed digit multipliers, IEEE Trans. Circuits Syst.
/// II, 1996. C. Sun et al., da4ml: Distributed Arithmetic for Real-time Neural Networks on FPGAs, 2025. F. de Dinechin,
/// M. Kumm, Application-Specific Arithmetic, 2024, chapters 7 and 12.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConstMatVec {
    /// File of W: .npy (two dimensions, integers) or .csv (integers separated by commas, a row a line)
    #[arg(long, value_name = "FILE")]
    #[serde(default)]
    weights: Option<String>,
    /// W itself instead of a file: "1,0,-1;0,1,1" has two rows
    #[arg(long, value_name = "ROWS", allow_hyphen_values = true)]
    #[serde(default)]
    matrix: Option<String>,
    /// What entries may be: ternary (-1, 0, 1), or int2 to int8
    #[arg(long, value_name = "RANGE", default_value = "int8")]
    #[serde(default = "int8")]
    entries: String,
    /// Bits of an element of x, 1 to 16
    #[arg(long, value_name = "BITS", default_value_t = 8)]
    #[serde(default = "eight")]
    xbits: u32,
    /// x is unsigned instead of two's complement
    #[arg(long)]
    #[serde(default)]
    xunsigned: bool,
    /// Clocks of a product: columns are taken in as many equal parts
    #[arg(long, value_name = "CLOCKS", default_value_t = 1)]
    #[serde(default = "one")]
    serial: u64,
    /// How many shared additions may stand above each other, 1 to 8: fewer are sooner and larger. on: with a clock the
    /// 1 to 3 whose pipeline is smallest, 8 without. off: every row is a bit heap of its own; with --serial there is
    /// nothing to share
    #[arg(long, value_name = "on|off|DEPTH", default_value = "on")]
    #[serde(default = "arguments::on")]
    share: String,
}

fn int8() -> String {
    "int8".into()
}
fn one() -> u64 {
    1
}

/// Ranges of entries by name.
const RANGES: &[(&str, [i64; 2])] = &[
    ("ternary", [-1, 1]),
    ("int2", [-2, 1]),
    ("int3", [-4, 3]),
    ("int4", [-8, 7]),
    ("int5", [-16, 15]),
    ("int6", [-32, 31]),
    ("int7", [-64, 63]),
    ("int8", [-128, 127]),
];

/// A resolved core.
#[derive(Clone, Debug)]
pub struct ConstMatVecCore {
    args: ConstMatVec,
    matrix: Arc<Matrix>,
    x: IntFormat,
    share: Share,
}

/// Which sums rows share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Share {
    /// None.
    Off,
    /// As many levels as make the smallest pipeline.
    On,
    /// So many levels at most.
    Depth(u32),
}

impl Share {
    fn parse(text: &str) -> Result<Self, ParamError> {
        match (text, text.parse()) {
            ("on", _) => Ok(Self::On),
            ("off", _) => Ok(Self::Off),
            (_, Ok(depth @ 1..=8)) => Ok(Self::Depth(depth)),
            _ => Err(ParamError::new("share", text, "is not known", "give on, off, or a depth from 1 to 8")),
        }
    }
}

impl Operator for ConstMatVec {
    const NAME: &'static str = "constmatvec";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let x = arguments::integer("xbits", self.xbits, 16, self.xunsigned)?;
        let names: Vec<&str> = RANGES.iter().map(|r| r.0).collect();
        let range = RANGES[choice("entries", &self.entries, &names)?].1;
        let share = Share::parse(&self.share)?;
        let matrix = match (&self.weights, &self.matrix) {
            (Some(path), None) => matrix::read(path, range)?,
            (None, Some(text)) => matrix::literal(text, range)?,
            (Some(path), Some(_)) => {
                let right = "give a file or the matrix itself";
                return Err(ParamError::new("weights", path, "contradicts --matrix", right));
            }
            (None, None) => {
                let right = "give --weights FILE (.npy or .csv), or --matrix \"1,0,-1;0,1,1\"";
                return Err(ParamError::new("weights", "", "there is no matrix", right));
            }
        };
        arguments::within("serial", self.serial, 1..=matrix.columns as u64, "clocks")?;
        if !(matrix.columns as u64).is_multiple_of(self.serial) {
            let what = format!("does not divide the {} columns", matrix.columns);
            let right = "give a divisor of the number of columns, or a matrix with more columns of zeros";
            return Err(ParamError::new("serial", self.serial, what, right));
        }
        Ok(Box::new(ConstMatVecCore { args: self.clone(), matrix: Arc::new(matrix), x, share }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "matrix = \"1,0,-1,1;0,1,1,-1;-1,0,1,0\"\nentries = \"ternary\"",
            "matrix = \"7,-8,3;-128,127,0;5,5,-11;1,-2,64\"\nxbits = 5\nxunsigned = true",
            "matrix = \"0,0;0,3;-1,0\"\nxbits = 3",
            "matrix = \"1,-5,6;-1,5,3\"\nxbits = 4\nshare = \"off\"",
            "matrix = \"1,1,-1,1;1,1,-1,-1;-1,1,1,1;1,1,1,-1\"\nxbits = 3\nshare = \"1\"",
            "matrix = \"1,-1,0,1,1,0;0,1,-1,-1,0,1\"\nserial = 3\nxbits = 4",
            "matrix = \"100,-3,7,0;-128,5,5,1\"\nserial = 2\nxunsigned = true",
        ]
    }
}

impl ConstMatVecCore {
    /// Columns that one input brings.
    fn chunk(&self) -> usize {
        self.matrix.columns / self.args.serial as usize
    }

    /// Whether a product takes several inputs.
    fn folded(&self) -> bool {
        self.args.serial > 1
    }

    fn is_ternary(&self) -> bool {
        self.matrix.entries.iter().all(|e| (-1..=1).contains(e))
    }

    /// Bits of an entry in two's complement.
    fn weight_bits(&self) -> u32 {
        let of = |pick: fn(i64, i64) -> i64| self.matrix.entries.iter().copied().reduce(pick).unwrap_or(0);
        IntFormat::holding([of(i64::min).into(), of(i64::max).into()], true).width.max(2)
    }

    /// Least and largest number of an element of r.
    fn row_range(&self, i: usize) -> [i64; 2] {
        let ends = |w: &i64| [self.x.least(), self.x.largest()].map(|x| x as i64 * w);
        let row = self.matrix.row(i).iter().map(ends);
        row.fold([0, 0], |[low, high], [x, y]| [low + x.min(y), high + x.max(y)])
    }

    /// Format of an element of r.
    fn format(&self) -> IntFormat {
        let ranges: Vec<[i64; 2]> = (0..self.matrix.rows).map(|i| self.row_range(i)).collect();
        let least = ranges.iter().map(|r| r[0]).min().unwrap_or(0);
        let largest = ranges.iter().map(|r| r[1]).max().unwrap_or(0);
        IntFormat::holding([least.into(), largest.into()], false)
    }
}

impl Core for ConstMatVecCore {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.args)
    }

    fn name(&self) -> String {
        let stem = self.args.weights.as_deref().and_then(|p| std::path::Path::new(p).file_stem());
        let stem = stem.map(|s| s.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
        let mut name = words.fold("constmatvec".to_string(), |name, word| name + "_" + word);
        name.truncate(100);
        name += &format!("_{}x{}_{}", self.matrix.rows, self.matrix.columns, self.x.short());
        if self.folded() {
            name += &format!("_k{}", self.args.serial);
        }
        match self.share {
            Share::Off => name += "_rows",
            Share::On => {}
            Share::Depth(depth) => name += &format!("_d{depth}"),
        }
        name
    }

    fn title(&self) -> String {
        let m = &self.matrix;
        let kind = if self.is_ternary() { "ternary" } else { "integer" };
        format!("Constant {kind} {} x {} matrix times a vector of {} integers", m.rows, m.columns, self.x)
    }

    fn semantics(&self) -> String {
        let m = &self.matrix;
        let nonzero = m.entries.iter().filter(|e| **e != 0).count();
        let source = self.args.weights.as_ref().map_or(String::new(), |path| format!(" from {path}"));
        let mut s = format!(
            "r[i] is the sum of W[i, j] * x[j] over j, exactly, as a {} number. W is the constant {} x {} matrix{source}, \
             {nonzero} entries of which are not 0. ",
            self.format(),
            m.rows,
            m.columns
        );
        if self.folded() {
            s += &format!(
                "An input is {} elements of x, those of the lowest columns first; in_first marks it. r is what has been \
                 added up so far: the product after {} inputs; then the first columns' turn comes again, and sums go on, \
                 modulo their width. ",
                self.chunk(),
                self.args.serial
            );
        }
        s + &format!("x: {}. Element 0 of a vector is in its lowest bits.", self.x)
    }

    fn interface(&self) -> Interface {
        let mut ports = Vec::new();
        if self.folded() {
            ports.push(Port::first("1: this input starts a new product"));
        }
        let (x, r) = (self.x, self.format());
        let text = format!("Elements, {x}");
        ports.push(Port::operand("x", x.width, x.encoding(), &text).vector(self.chunk() as u32));
        let text = format!("Elements of the product, {r}");
        ports.push(Port::result("r", r.width, r.encoding(), &text).vector(self.matrix.rows as u32));
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        self.folded()
    }

    fn longest_sum(&self) -> u64 {
        if self.folded() { self.args.serial } else { 0 }
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::MatVecModel::new(self))
    }
}
