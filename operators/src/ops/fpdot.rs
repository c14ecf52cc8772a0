//! Dot products of small floating-point numbers.
//!
//! `fpdot.rs` settles the parameters, `boards.rs` knows what tensor cores do, `architecture.rs` builds the core,
//! `model.rs` is the reference.
use crate::parts::arguments::{self, CareArgs, FormatArgs, Operands, choice, short};
use crate::parts::round_fixed::Rounding;
use crate::parts::stateless;
use crate::parts::unpack::Care;
use crate::{Core, Operator, ParamError};
use holigen_generator::Builder;
use holigen_verif::format::{Encoding, FloatFormat};
use holigen_verif::interface::{Encoding as PortEncoding, Interface, Port};
use holigen_verif::model::Model;
use holigen_verif::round::{RoundMode, Saturation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod architecture;
mod boards;
mod model;

/// Dot product: r = the sum of a[i]*b[i] [+ c], rounded once
///
/// # Semantics
/// Operands have 1 to 8 exponent and 0 to 23 fraction bits. a and b are vectors of n elements, element 0 in the
/// lowest bits; c is there if --c-format names its format. Products are exact.
/// --arch exact: all products and c are added exactly, the sum is rounded once.
/// --arch exsdotp: the same function of two products and a wider c.
/// --arch aligned, what tensor cores do: let E be the largest exponent of the products and c that are not zero (of a
/// product, the sum of its operands' exponents, that of a subnormal number being the least of its format), and at
/// least --floor. The magnitude of each is cut to a multiple of 2^(E - F), F being --frac-bits; these are added
/// exactly and the sum is rounded once.
/// A NaN, 0 * infinity and infinity - infinity make r NaN; otherwise an infinity stays one. A sum of exactly zero is
/// +0.
/// --like takes n, F, floor, rounding, c and r from what is known of a board for a format; parameters given beside it
/// go before. As on the boards, an overflow is infinity although the rounding is toward zero. v100: fp16; a100: fp16,
/// bf16, tf32; h100: fp16, bf16, tf32, e4m3, e5m2; l40s: e4m3, e5m2, fp16, bf16, tf32; b200: bf16, fp16, tf32, e4m3,
/// e5m2. The captures behind h100 with e4m3 and e5m2 left c out of the sum, and so does that preset: its c is a port
/// without effect; --add-c on adds it.
///
/// # Architecture
/// exact: each product is shifted to its place in a fixed-point number and added, or subtracted, by a carry chain whose
/// lookup tables hold the last level of the shifter too; the overflows of the chains are counted apart. The sum is
/// relative to the sign of the first product, which the rounding takes in. aligned: the exponents' maximum, one right
/// shift for each product, the same sum, one normalisation. exsdotp: sorted by exponent; what lies far apart is moved
/// together.
///
/// # Sources
/// U. Kulisch, Computer Arithmetic and Validity, 2nd ed., 2013. M. Fasi, N. J. Higham, M. Mikaitis, S. Pranesh,
/// Numerical behavior of NVIDIA tensor cores, PeerJ Computer Science 7:e330, 2021. F. A. Khattak, M. Mikaitis, Accurate
/// Models of NVIDIA Tensor Cores, arXiv 2512.07004, and the models and data published with it. L. Bertaccini, G.
/// Paulin, T. Fischer, S. Mach, L. Benini, MiniFloat-NN and ExSdotp, ARITH 2022.
#[derive(clap::Args, Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "kebab-case")]
pub struct FpDot {
    /// Products, 2 to 64 [default: 4; 2 with --arch exsdotp]
    #[arg(long, value_name = "COUNT")]
    #[serde(default)]
    n: Option<u32>,
    #[command(flatten)]
    #[serde(flatten)]
    operands: FormatArgs,
    /// Format of operand b [default: that of a]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    b_format: Option<String>,
    /// Format of the addend c, or none: there is no c [default: none; with --arch exsdotp that of r]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    c_format: Option<String>,
    /// on, or off: c is a port without effect on r [default: on]
    #[arg(long, value_name = "on|off")]
    #[serde(default)]
    add_c: Option<String>,
    /// Format of r [default: fp32]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    out: Option<String>,
    /// exact, aligned (to the largest exponent, cut below) or exsdotp [default: exact; with --like aligned]
    #[arg(long, value_name = "ARCH")]
    #[serde(default)]
    arch: Option<String>,
    /// Where parameters that are not given come from: v100, a100, h100, l40s, b200
    #[arg(long, value_name = "BOARD")]
    #[serde(default)]
    like: Option<String>,
    /// Fraction bits kept below the largest exponent with --arch aligned, 0 to 64 [default: those of r]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    frac_bits: Option<u32>,
    /// Least exponent to align to with --arch aligned, -1000 to 1000, or none [default: none]
    #[arg(long, value_name = "EXPONENT", allow_hyphen_values = true)]
    #[serde(default)]
    floor: Option<String>,
    /// Significant bits of the rounding to r, if less than r has; r must be of an IEEE encoding [default: those of r]
    #[arg(long, value_name = "BITS")]
    #[serde(default)]
    precision: Option<u32>,
    /// Rounding to r: rne, rna, rtz, rup, rdn, odd, and stochastic sr:N, srb:N, src:N with N random bits [default: rne]
    #[arg(long, value_name = "MODE")]
    #[serde(default)]
    round: Option<String>,
    /// What an overflow of r becomes: satfinite, satpropagate, ovfinf (what the rounding says) or infinity (whatever
    /// the rounding) [default: ovfinf where the format has infinity, else satfinite]
    #[arg(long, value_name = "MODE")]
    #[serde(default)]
    saturation: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    care: CareArgs,
}

/// How terms are added.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Method {
    /// Nothing is lost; in fixed point.
    Exact,
    /// Nothing is lost; two products and c, sorted.
    ExSdotp,
    /// Cut to `frac_bits` below the largest exponent, which is at least `floor`.
    Aligned { frac_bits: u32, floor: Option<i32> },
}

/// A resolved core.
#[derive(Clone, Debug)]
pub struct Dot {
    args: FpDot,
    n: u32,
    a: FloatFormat,
    b: FloatFormat,
    /// The port.
    c: Option<FloatFormat>,
    /// Whether it is added.
    add_c: bool,
    out: FloatFormat,
    /// `out` with as many significant bits as the rounding leaves.
    rounded: FloatFormat,
    mode: RoundMode,
    saturation: Saturation,
    /// An overflow is infinity whatever the rounding says.
    always_infinity: bool,
    care: Care,
    method: Method,
    /// Nothing but the format is given beside `--like`.
    plain_board: bool,
}

/// What an operand can be.
const OPERANDS: Operands = Operands { we: 8, wf: 23, scales: false };

impl FpDot {
    /// The parameters with those of a board in place of what is not given.
    fn with_board(&self) -> Result<FpDot, ParamError> {
        let Some(name) = &self.like else { return Ok(self.clone()) };
        let board = boards::Board::named(name)?;
        let mut p = self.clone();
        if !p.operands.given() {
            p.operands.format = Some(board.formats().next().unwrap_or("fp16").into());
        }
        let format = p.operands.resolve(&OPERANDS)?;
        let row = board.row(&format, p.operands.format.as_deref())?;
        if self.arch.as_deref().is_some_and(|a| a != "aligned") {
            let found = self.arch.clone().unwrap_or_default();
            let right = "leave one of them out";
            return Err(ParamError::new("arch", found, format!("contradicts --like {name}"), right));
        }
        let or = |given: &Option<String>, row: &str| given.clone().or_else(|| Some(row.to_string()));
        p.n = p.n.or(Some(row.n));
        p.arch = Some("aligned".into());
        p.frac_bits = p.frac_bits.or(Some(row.frac_bits));
        p.floor = or(&p.floor, &row.floor.map_or("none".into(), |f| f.to_string()));
        if p.out.is_none() {
            p.precision = p.precision.or(Some(row.precision));
        }
        p.out = or(&p.out, "fp32");
        p.c_format = or(&p.c_format, "fp32");
        p.add_c = or(&p.add_c, if row.adds_c { "on" } else { "off" });
        if p.saturation.is_none() && p.round.is_none() {
            p.saturation = Some("infinity".into());
        }
        p.round = or(&p.round, "rtz");
        Ok(p)
    }

    /// Whether something is given that a board has its own value for, or that is not known of it.
    fn overrides_board(&self) -> bool {
        let texts = [
            &self.b_format,
            &self.c_format,
            &self.add_c,
            &self.out,
            &self.floor,
            &self.round,
            &self.saturation,
        ];
        let care = self.care.subnormals != "on" || self.care.specials != "on";
        let numbers = [self.n, self.frac_bits, self.precision];
        care || texts.iter().any(|t| t.is_some()) || numbers.iter().any(Option::is_some)
    }

    fn method(&self, out: &FloatFormat) -> Result<Method, ParamError> {
        let arch = self.arch.as_deref().unwrap_or("exact");
        let chosen = choice("arch", arch, &["exact", "aligned", "exsdotp"])?;
        if chosen != 1 {
            for (name, value) in [
                ("frac-bits", self.frac_bits.map(|f| f.to_string())),
                ("floor", self.floor.clone().filter(|f| f != "none")),
            ] {
                if let Some(value) = value {
                    let right = "give --arch aligned, or leave it out";
                    let what = format!("has no meaning with --arch {arch}");
                    return Err(ParamError::new(name, value, what, right));
                }
            }
            return Ok(if chosen == 0 { Method::Exact } else { Method::ExSdotp });
        }
        let frac_bits = self.frac_bits.unwrap_or(out.wf());
        if frac_bits > 64 {
            return Err(ParamError::new("frac-bits", frac_bits, "is out of range", "give 0 to 64 bits"));
        }
        let floor = match self.floor.as_deref() {
            None | Some("none") => None,
            Some(text) => {
                let parsed = text.parse::<i32>().ok().filter(|f| (-1000..=1000).contains(f));
                let right = "give -1000 to 1000, or none";
                Some(parsed.ok_or_else(|| ParamError::new("floor", text, "is no exponent", right))?)
            }
        };
        Ok(Method::Aligned { frac_bits, floor })
    }

    fn rounding(&self, out: &FloatFormat) -> Result<(FloatFormat, Saturation, bool), ParamError> {
        let full = out.precision();
        let precision = self.precision.unwrap_or(full);
        let rounded = match precision {
            p if p == full => *out,
            p if p == 0 || p > full => {
                let right = format!("give 1 to {full} bits");
                return Err(ParamError::new("precision", p, format!("is not within {out}"), right));
            }
            p if out.encoding() == Encoding::Ieee && p >= 2 => {
                FloatFormat::new(out.we(), p - 1, Encoding::Ieee)
                    .map_err(|e| ParamError::new("precision", p, e.to_string(), "give more bits"))?
            }
            p => {
                let right = format!("leave it out, or give 2 to {full} bits of a format such as fp32");
                return Err(ParamError::new("precision", p, format!("does not suit {out}"), right));
            }
        };
        if self.saturation.as_deref() == Some("infinity") {
            if !out.has_infinity() {
                let right = "give satfinite or ovfinf, or another --out";
                return Err(ParamError::new(
                    "saturation",
                    "infinity",
                    format!("{out} has no infinity"),
                    right,
                ));
            }
            return Ok((rounded, Saturation::OvfInf, true));
        }
        Ok((rounded, arguments::saturation(self.saturation.as_deref(), out)?, false))
    }
}

impl Operator for FpDot {
    const NAME: &'static str = "fpdot";

    fn resolve(&self) -> Result<Box<dyn Core>, ParamError> {
        let p = self.with_board()?;
        let a = p.operands.resolve(&OPERANDS)?;
        let b = p.b_format.as_ref().map_or(Ok(a), |n| OPERANDS.named("b-format", n))?;
        let care = p.care.resolve()?;
        let out_name = p.out.as_deref().unwrap_or("fp32");
        let out = arguments::format("out", out_name)?;
        if !out.is_signed() || out.encoding() == Encoding::Scale {
            let right = "give a signed format";
            return Err(ParamError::new("out", out_name, "has no sign, a sum can be negative", right));
        }
        let method = p.method(&out)?;
        let sorted = method == Method::ExSdotp;
        let n = p.n.unwrap_or(if sorted { 2 } else { 4 });
        if !(2..=64).contains(&n) {
            return Err(ParamError::new("n", n, "is out of range", "give 2 to 64 products"));
        }
        if sorted && n != 2 {
            return Err(ParamError::new("n", n, "is not two", "leave it out with --arch exsdotp"));
        }
        let c = match p.c_format.as_deref() {
            None if sorted => Some(out),
            None | Some("none") => None,
            Some(name) => Some(OPERANDS.named("c-format", name)?),
        };
        if sorted && c.is_none_or(|c| c.we() > OPERANDS.we || c.wf() > OPERANDS.wf) {
            let right = "give a format of at most 8 exponent and 23 fraction bits";
            let found = p.c_format.as_deref().unwrap_or(out_name);
            return Err(ParamError::new("c-format", found, "is no addend of --arch exsdotp", right));
        }
        let add_c = match (&p.add_c, c) {
            (None, c) => c.is_some(),
            (Some(word), Some(_)) => choice("add-c", word, &["on", "off"])? == 0,
            (Some(word), None) => {
                return Err(ParamError::new("add-c", word, "there is no c", "give --c-format too"));
            }
        };
        if sorted && !add_c {
            return Err(ParamError::new("add-c", "off", "contradicts --arch exsdotp", "leave it out"));
        }
        let mode = arguments::round_mode(p.round.as_deref().unwrap_or("rne"))?;
        let (rounded, saturation, always_infinity) = p.rounding(&out)?;
        let plain_board = self.like.is_some() && !self.overrides_board();
        // Every default settled, for the manifest.
        let mut args = p.clone();
        args.n = Some(n);
        args.operands = FormatArgs::of(&a);
        args.b_format = Some(b.name());
        args.c_format = Some(c.map_or("none".into(), |c| c.name()));
        args.add_c = c.map(|_| if add_c { "on".into() } else { "off".into() });
        args.out = Some(out.name());
        args.precision = Some(rounded.precision());
        args.round = Some(mode.to_string());
        args.saturation = Some(if always_infinity { "infinity".into() } else { saturation.to_string() });
        args.arch = Some(p.arch.clone().unwrap_or_else(|| "exact".into()));
        if let Method::Aligned { frac_bits, floor } = method {
            args.frac_bits = Some(frac_bits);
            args.floor = Some(floor.map_or("none".into(), |f| f.to_string()));
        }
        Ok(Box::new(Dot {
            args,
            n,
            a,
            b,
            c,
            add_c,
            out,
            rounded,
            mode,
            saturation,
            always_infinity,
            care,
            method,
            plain_board,
        }))
    }

    fn examples() -> &'static [&'static str] {
        &[
            "",
            "n = 8\nformat = \"e5m2\"\nc-format = \"fp32\"",
            "n = 3\nformat = \"e4m3fn\"\nb-format = \"e5m2\"\nc-format = \"fp16\"\nout = \"fp16\"\nround = \"rna\"",
            "n = 16\nformat = \"e2m1\"\nout = \"e5m10\"",
            "n = 5\nformat = \"binary8p3se\"\nout = \"binary8p4sf\"\nround = \"sr:8\"",
            "n = 2\nformat = \"e4m3fnuz\"\nout = \"e4m3fnuz\"\nround = \"odd\"\nsubnormals = \"flush\"",
            "n = 4\nformat = \"fp16\"\nspecials = \"off\"\nout = \"bf16\"\nround = \"rdn\"",
            "like = \"v100\"",
            "like = \"h100\"\nformat = \"e4m3fn\"",
            "like = \"a100\"\nformat = \"bf16\"\nn = 4",
            "n = 4\nformat = \"e5m2\"\narch = \"aligned\"\nfrac-bits = 9\nfloor = \"-20\"\nout = \"e4m3\"",
            "n = 3\nformat = \"e3m2\"\nc-format = \"e5m10\"\narch = \"aligned\"\nfrac-bits = 2\nout = \"e5m10\"\nround = \"rup\"",
            "format = \"e5m2\"\narch = \"exsdotp\"\nout = \"fp16\"",
            "format = \"fp16\"\narch = \"exsdotp\"",
        ]
    }
}

impl Dot {
    /// The addend, if it counts.
    fn added(&self) -> Option<FloatFormat> {
        self.c.filter(|_| self.add_c)
    }

    fn rounding(&self) -> Rounding {
        Rounding { mode: self.mode, saturation: self.saturation }
    }

    /// Formats of everything that counts.
    fn formats(&self) -> impl Iterator<Item = FloatFormat> {
        [Some(self.a), Some(self.b), self.added()].into_iter().flatten()
    }

    fn can_be_nan(&self) -> bool {
        self.care.specials && self.formats().any(|f| f.has_nan() || f.has_infinity())
    }
}

impl Core for Dot {
    fn parameters(&self) -> Map<String, Value> {
        stateless::parameters(&self.args)
    }

    fn name(&self) -> String {
        if let (true, Some(board)) = (self.plain_board, &self.args.like) {
            return format!("fpdot_{}_{}", board.to_lowercase(), short(&self.a));
        }
        let mut s = format!("fpdot{}_{}", self.n, short(&self.a));
        if self.b != self.a {
            s += &format!("_{}", short(&self.b));
        }
        if let Some(c) = &self.c {
            s += &format!("_c_{}{}", short(c), if self.add_c { "" } else { "_ignored" });
        }
        match self.method {
            Method::Exact => {}
            Method::ExSdotp => s += "_exsdotp",
            Method::Aligned { frac_bits, floor } => {
                s += &format!("_f{frac_bits}");
                if let Some(floor) = floor {
                    s += &format!("_floor{floor}").replace('-', "m");
                }
            }
        }
        if self.out != FloatFormat::FP32 {
            s += &format!("_out_{}", short(&self.out));
        }
        if self.rounded != self.out {
            s += &format!("_p{}", self.rounded.precision());
        }
        if self.mode != RoundMode::Rne {
            s += &format!("_{}", self.mode.to_string().replace(':', ""));
        }
        if self.always_infinity {
            s += "_infinity";
        } else if self.saturation != self.out.default_saturation() {
            s += &format!("_{}", self.saturation);
        }
        if self.care.flush {
            s += "_flush";
        }
        if !self.care.specials {
            s += "_nospecials";
        }
        s
    }

    fn title(&self) -> String {
        let operands = if self.a == self.b { self.a.to_string() } else { format!("{} x {}", self.a, self.b) };
        let plus = self.added().map_or(String::new(), |c| format!(" plus {c}"));
        let how = match self.method {
            Method::Exact | Method::ExSdotp => "exact".to_string(),
            Method::Aligned { frac_bits, .. } => format!("aligned to {frac_bits} fraction bits"),
        };
        let like = self.args.like.as_ref().map_or(String::new(), |b| format!(" as on {}", b.to_uppercase()));
        format!("Dot product of {} {operands}{plus}, {how}, rounded to {}{like}", self.n, self.out)
    }

    fn semantics(&self) -> String {
        let plus = if self.add_c { " + c" } else { "" };
        let mut s = format!("r is the sum of a[i]*b[i], i = 0 to {}{plus}. ", self.n - 1);
        if self.c.is_some() && !self.add_c {
            s += "c has no effect. ";
        }
        match self.method {
            Method::Exact | Method::ExSdotp => s += "Products and sum are exact. ",
            Method::Aligned { frac_bits, floor } => {
                s += &format!(
                    "Products are exact. With E the largest exponent of those products{} that are not zero (of a \
                     product, the sum of its operands' exponents, that of a subnormal number being the least of its \
                     format){}, magnitudes are cut to multiples of 2^(E - {frac_bits}) and added exactly. ",
                    if self.add_c { " and c" } else { "" },
                    floor.map_or(String::new(), |f| format!(", and at least {f}")),
                );
            }
        }
        let digits = if self.rounded == self.out {
            String::new()
        } else {
            format!(" with {} significant bits", self.rounded.precision())
        };
        let overflow = match (self.always_infinity, self.saturation) {
            (true, _) => "infinity whatever the rounding".into(),
            (_, s) => s.to_string(),
        };
        s += &format!(
            "The sum is rounded once ({}, overflow: {overflow}) to {}{digits}. ",
            self.mode, self.out
        );
        if self.care.specials && self.formats().any(|f| f.has_infinity()) {
            s += "A NaN, 0 * infinity and infinity - infinity make r NaN; otherwise an infinity stays one. ";
        } else if self.can_be_nan() {
            s += "A NaN makes r NaN. ";
        }
        if !self.care.specials {
            s += "Codes of NaN and infinity are read as the finite numbers that their fields say. ";
        }
        if self.care.flush {
            s += "Subnormal operands count as zero. ";
        }
        s + "A sum of exactly zero is +0."
    }

    fn interface(&self) -> Interface {
        let vector = |name, f: &FloatFormat| {
            let text = format!("{} elements, {f}, element 0 lowest", self.n);
            Port::operand(name, f.width(), PortEncoding::Float(*f), &text).vector(self.n)
        };
        let mut ports = vec![vector("a", &self.a), vector("b", &self.b)];
        if let Some(c) = &self.c {
            let text = if self.add_c { format!("Addend, {c}") } else { format!("Without effect, {c}") };
            ports.push(Port::operand("c", c.width(), PortEncoding::Float(*c), &text));
        }
        if self.mode.random_bits() > 0 {
            ports.push(Port::random(self.mode.random_bits()));
        }
        let text = format!("Dot product, {}", self.out);
        ports.push(Port::result("r", self.out.width(), PortEncoding::Float(self.out), &text));
        Interface { ports }
    }

    fn has_state(&self) -> bool {
        false
    }

    fn build(&self, b: &Builder) {
        architecture::build(self, b);
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(model::DotModel::new(self))
    }
}
