//! Specifications for formal proofs: combinational Verilog, written from the definition of an operation.
//!
//! The text says what a result is, with no thought of how hardware would find it: values are whole numbers in units of
//! the least bit that matters, rounding looks for the leading bit and compares what is cut off with a half. It shares
//! nothing with the architectures, as the reference models don't; tests hold the pieces here against the models.
use crate::exact::{Dyadic, Value};
use crate::format::{Encoding, FloatFormat};
use crate::round::{self, RoundMode, Saturation, Stochastic};
use std::fmt::Write as _;

/// Name of the module of every specification.
pub const MODULE: &str = "specification";

/// A state that an operator keeps from token to token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// Its name, as the architecture's: the core keeps it in a register `<name>_q`, or in registers `<name>_0_q`,
    /// `<name>_1_q` ... that hold its digits from the lowest up, each with an overflow bit but the last.
    pub name: String,
    /// Bits.
    pub width: u32,
    /// The core's wire with the new value, if results may be proved from there on: `now_<name>`.
    pub wire: Option<&'static str>,
}

/// Values of a signal that a proof takes one by one; together they are all that there are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cases {
    /// Output of the specification.
    pub signal: String,
    /// Its bits.
    pub width: u32,
    /// It is less than this.
    pub count: u64,
}

/// What a core computes for one token.
///
/// The module [`MODULE`] has the operands of the interface as inputs, and its results as outputs. For each state it has
/// inputs `was_<name>` (before the token; after `in_first` it does not count) and `now_<name>` (after it, from which
/// results follow), and outputs `next_<name>` and `<name>_matters` (0: the new value is nobody's business). Output
/// `legal` says that the states before the token are ones that can be, `next_legal` the same of those after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Specification {
    /// Verilog-2001.
    pub text: String,
    /// States.
    pub states: Vec<State>,
    /// For the new states.
    pub step_cases: Option<Cases>,
    /// For the results.
    pub result_cases: Option<Cases>,
}

/// Bits for the numbers below `n`, at least one.
pub fn bits_below(n: u64) -> u32 {
    (64 - n.saturating_sub(1).leading_zeros()).max(1)
}

/// `[hi:0] ` for more than one bit.
pub fn range(width: u32) -> String {
    if width == 1 { String::new() } else { format!("[{}:0] ", width - 1) }
}

/// What special codes of an operand mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// NaN and infinities are read as such; else every code is a finite number.
    pub specials: bool,
    /// Subnormal numbers count as zero.
    pub flush: bool,
}

/// Declarations that take a code apart: `<p>_sign`, `<p>_significand` (wf + 1 bits) and `<p>_exponent` (we bits), with
/// the value `significand * 2^(exponent + emin - wf)`, and `<p>_nan`, `<p>_inf`.
///
/// # Panics
/// For scales, which have no zero.
pub fn decode(p: &str, code: &str, f: &FloatFormat, reading: Reading) -> String {
    assert!(f.has_subnormals(), "{f:?} has no subnormal numbers");
    let (we, wf, w) = (f.we(), f.wf(), f.width());
    let mut t = String::new();
    let sign = if f.is_signed() { format!("{code}[{}]", w - 1) } else { "1'b0".into() };
    let _ = writeln!(t, "  wire {p}_sign = {sign};");
    let _ = writeln!(t, "  wire {}{p}_field = {code}[{}:{wf}];", range(we), we + wf - 1);
    let fraction = if wf > 0 { format!(", {code}[{}:0]", wf - 1) } else { String::new() };
    let _ = writeln!(t, "  wire {p}_normal = {p}_field != {we}'d0;");
    let significand = format!("{{{p}_normal{fraction}}}");
    let kept =
        if reading.flush { format!("{p}_normal ? {significand} : {}'d0", wf + 1) } else { significand };
    let _ = writeln!(t, "  wire {}{p}_significand = {kept};", range(wf + 1));
    let _ = writeln!(t, "  wire {}{p}_exponent = {p}_normal ? {p}_field - {we}'d1 : {we}'d0;", range(we));
    let magnitude = format!("{code}[{}:0]", we + wf - 1);
    let all_ones = format!("(&{magnitude})");
    let is = |c: u128| format!("({code} == {w}'d{c})");
    let inf = match f.infinity_code(false).and_then(|c| u64::try_from(c).ok()) {
        Some(c) if reading.specials => format!("{magnitude} == {}'d{c}", we + wf),
        _ => "1'b0".into(),
    };
    let nan = match f.encoding() {
        _ if !reading.specials || !f.has_nan() => "1'b0".into(),
        Encoding::Ieee if wf > 0 => format!("(&{p}_field) & ({code}[{}:0] != {wf}'d0)", wf - 1),
        Encoding::Fn => all_ones,
        _ => f.nan_code().map_or("1'b0".into(), is),
    };
    let _ = writeln!(t, "  wire {p}_inf = {inf};\n  wire {p}_nan = {nan};");
    t
}

/// A rounding: a magnitude in units of a power of two becomes a code.
#[derive(Clone, Copy, Debug)]
pub struct Rounding<'a> {
    /// To what.
    pub format: &'a FloatFormat,
    /// How.
    pub mode: RoundMode,
    /// And beyond the largest.
    pub saturation: Saturation,
    /// Bits of the magnitude.
    pub width: u32,
    /// One is worth 2^lsb.
    pub lsb: i32,
}

impl Rounding<'_> {
    /// Declarations of `<p>_top`, the place of the leading bit (0 for zero), and of `<p>_code`, the rounded number, from
    /// nets `neg` (one bit), `magnitude` ([`Rounding::width`] bits) and the random word `rnd`.
    pub fn text(&self, p: &str, neg: &str, magnitude: &str, rnd: &str) -> String {
        let f = self.format;
        let (w, wf) = (self.width, i64::from(f.wf()));
        // The least step between numbers of the format, in places of the magnitude.
        let least = i64::from(f.emin()) - wf - i64::from(self.lsb);
        // Zeros below, so that every step is a whole number of places.
        let below = 0.max(-(-wf).max(least));
        let total = i64::from(w) + below;
        let wide = bits_below((total.max((least + below).abs()) + wf + 2) as u64) + 2;
        let (least, top_bits) = (least + below, self.top_bits());
        // A step may lie far above all of the magnitude.
        let room = (total.max(least) + 2) as u32;
        let mut t = String::new();
        let _ = write!(
            t,
            "  function {}{p}_leading;\n    input {}x;\n    integer i;\n    begin\n      {p}_leading = {top_bits}'d0;\n      \
             for (i = 0; i < {w}; i = i + 1) if (x[i]) {p}_leading = i;\n    end\n  endfunction\n",
            range(top_bits),
            range(w),
        );
        let _ = writeln!(t, "  wire {}{p}_top = {p}_leading({magnitude});", range(top_bits));
        let _ = writeln!(t, "  // Place of the least kept bit.");
        let pad = |n: u32, of: &str| format!("{{{n}'d0, {of}}}");
        let up = below as u64;
        let wf_u = wf as u64;
        let top = pad(wide - top_bits, &format!("{p}_top"));
        let _ = writeln!(t, "  wire {}{p}_top_wide = {top} + {wide}'d{up};", range(wide));
        let moving = format!("{p}_top_wide - {wide}'d{wf_u}");
        let place = match least {
            // Below all of the magnitude: no number is subnormal.
            ..0 => moving,
            _ => format!("{p}_top_wide > {wide}'d{} ? {moving} : {wide}'d{least}", least + wf),
        };
        let _ = writeln!(t, "  wire {}{p}_place = {place};", range(wide));
        let zeros = if below > 0 { format!(", {below}'d0") } else { String::new() };
        let front = room - w - below as u32;
        let _ = writeln!(t, "  wire {}{p}_exact = {{{front}'d0, {magnitude}{zeros}}};", range(room));
        let _ = writeln!(t, "  wire {}{p}_kept = {p}_exact >> {p}_place;", range(room));
        let _ = writeln!(t, "  wire {}{p}_rest = {p}_exact - ({p}_kept << {p}_place);", range(room));
        let _ = writeln!(t, "  wire {}{p}_step = {room}'d1 << {p}_place;", range(room));
        let odd = if wf == 0 {
            // Every normal number has significand 1: the exponent field is even or odd.
            let parity = (i64::from(self.lsb) - up as i64 + i64::from(f.bias())).rem_euclid(2);
            format!("({p}_kept != {room}'d0) & ({p}_place[0] ^ 1'b{parity})")
        } else {
            format!("{p}_kept[0]")
        };
        let _ = writeln!(t, "  wire {p}_odd = {odd};\n  wire {p}_inexact = {p}_rest != {room}'d0;");
        let twice = format!("{{1'b0, {p}_rest}} << 1");
        let against = |relation: &str| format!("(({twice}) {relation} {{1'b0, {p}_step}})");
        let up = match self.mode {
            RoundMode::Rne => format!("{} | ({} & {p}_odd)", against(">"), against("==")),
            RoundMode::Rna => against(">="),
            RoundMode::Rtz => "1'b0".into(),
            RoundMode::Rup => format!("{p}_inexact & !({neg})"),
            RoundMode::Rdn => format!("{p}_inexact & ({neg})"),
            RoundMode::Odd => format!("{p}_inexact & !{p}_odd"),
            RoundMode::Sr { kind, bits } => stochastic(&mut t, p, kind, u32::from(bits), room, rnd),
        };
        let _ = writeln!(t, "  wire {p}_up = {up};");
        let _ = writeln!(
            t,
            "  // Significand and exponent field in one number: a carry moves to the next binade."
        );
        let cw = wide.max(room) + f.wf() + 2;
        let base = format!(
            "({} << {wf})",
            pad(
                cw - wide,
                &format!("({p}_place {} {wide}'d{})", if least < 0 { '+' } else { '-' }, least.abs())
            )
        );
        let sum = format!("{} + {}", pad(cw - room, &format!("{p}_kept")), pad(cw - 1, &format!("{p}_up")));
        let _ = writeln!(
            t,
            "  wire {}{p}_magnitude_code = ({magnitude} == {w}'d0) ? {cw}'d0 : {base} + {sum};",
            range(cw)
        );
        t + &self.code(p, neg, cw)
    }

    /// Bits of `<p>_top`.
    pub fn top_bits(&self) -> u32 {
        bits_below(self.width.into())
    }

    fn code(&self, p: &str, neg: &str, cw: u32) -> String {
        let f = self.format;
        let w = f.width();
        let beyond = |negative| {
            let huge = Dyadic::power_of_two(i64::from(f.emax()) + 2);
            let huge = if negative { &Dyadic::zero() - &huge } else { huge };
            round::round(&Value::Finite(huge), f, self.mode, self.saturation, 0)
        };
        let magnitude_bits = f.we() + f.wf();
        let mut t = String::new();
        let most = f.max_magnitude_code();
        let _ = writeln!(t, "  wire {p}_overflow = {p}_magnitude_code > {cw}'d{most};");
        let low = format!("{p}_magnitude_code[{}:0]", magnitude_bits - 1);
        let (over_plus, over_minus) = (beyond(false), beyond(true));
        let finite = if !f.is_signed() {
            let _ = writeln!(t, "  wire {p}_below = ({neg}) & ({p}_magnitude_code != {cw}'d0);");
            return t
                + &format!(
                    "  wire {}{p}_code = {p}_below ? {w}'d{over_minus} : {p}_overflow ? {w}'d{over_plus} : {low};\n",
                    range(w)
                );
        } else if f.has_negative_zero() {
            format!("{{{neg}, {low}}}")
        } else {
            // Minus zero has no code.
            format!("{{({neg}) & ({p}_magnitude_code != {cw}'d0), {low}}}")
        };
        let over = format!("(({neg}) ? {w}'d{over_minus} : {w}'d{over_plus})");
        let _ = writeln!(t, "  wire {}{p}_code = {p}_overflow ? {over} : {finite};", range(w));
        t
    }
}

/// Declares the cut-off part as a binary fraction, and says when it is rounded up.
fn stochastic(t: &mut String, p: &str, kind: Stochastic, n: u32, room: u32, rnd: &str) -> String {
    let more = if kind == Stochastic::A { 0 } else { 1 };
    let width = room + n + more;
    let _ = writeln!(t, "  // The part that is cut off, as a fraction of {} bits.", n + more);
    let scaled = format!("({{{}'d0, {p}_rest}} << {})", n + more, n + more);
    let _ = writeln!(t, "  wire {}{p}_fraction = {scaled} >> {p}_place;", range(width));
    let word = format!("{{{}'d0, {rnd}}}", width - n);
    let one = |bits: u32| format!("({width}'d1 << {bits})");
    match kind {
        Stochastic::A => format!("({p}_fraction + {word}) >= {}", one(n)),
        Stochastic::B => format!("({p}_fraction + ({word} << 1) + {width}'d1) >= {}", one(n + 1)),
        Stochastic::C => {
            // To nearest even at n bits: what is below the fraction decides ties.
            let _ = writeln!(t, "  wire {}{p}_floor = {p}_fraction >> 1;", range(width));
            let _ = writeln!(t, "  wire {p}_exact_fraction = {scaled} == ({p}_fraction << {p}_place);");
            let near = format!("{p}_fraction[0] & (!{p}_exact_fraction | {p}_floor[0])");
            let _ = writeln!(t, "  wire {p}_nearest_up = {near};");
            format!("({p}_floor + {{{}'d0, {p}_nearest_up}} + {word}) >= {}", width - 1, one(n))
        }
    }
}
