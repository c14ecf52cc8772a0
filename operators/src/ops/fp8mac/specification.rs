//! The multiply-accumulate as text for provers: from the definition, as the model, and independent of the architecture.
use super::{Accumulator, Mac, Output};
use holigen_verif::exact::Value;
use holigen_verif::format::FloatFormat;
use holigen_verif::round::{RoundMode, Saturation, round};
use holigen_verif::specification::{
    Cases, MODULE, Reading, Rounding, Specification, State, bits_below, decode, range,
};
use std::fmt::Write as _;

/// Names of the flags that stay until the next `in_first`, as the architecture's registers.
const NAN: &str = "seen_nan";
const PLUS: &str = "seen_plus_infinity";
const MINUS: &str = "seen_minus_infinity";

/// The specification of a core.
pub(super) fn specification(mac: &Mac) -> Specification {
    let reading = Reading { specials: mac.care.specials, flush: mac.care.flush };
    let (nan, infinite) = flags(mac);
    let mut body = decode("a", "a", &mac.a, reading) + &decode("b", "b", &mac.b, reading);
    let product_width = mac.a.precision() + mac.b.precision();
    let most = top_exponent(&mac.a) + top_exponent(&mac.b);
    let shift_bits = bits_below(most + 1);
    let extend = |n: u32, of: &str, to: u32| {
        if to > n { format!("{{{}'d0, {of}}}", to - n) } else { of.into() }
    };
    let (pa, pb) = (mac.a.precision(), mac.b.precision());
    let _ = writeln!(
        body,
        "  wire product_sign = a_sign ^ b_sign;\n  wire {}product = {} * {};\n  wire {}shift = {} + {};",
        range(product_width),
        extend(pa, "a_significand", product_width),
        extend(pb, "b_significand", product_width),
        range(shift_bits),
        extend(mac.a.we(), "a_exponent", shift_bits.max(mac.a.we())),
        extend(mac.b.we(), "b_exponent", shift_bits.max(mac.b.we())),
    );
    // The product is `product * 2^shift` in units of the smallest.
    let magnitude_width = product_width + most as u32;
    let _ = writeln!(
        body,
        "  wire {}product_magnitude = {} << shift;",
        range(magnitude_width),
        extend(product_width, "product", magnitude_width)
    );
    let _ = writeln!(
        body,
        "  wire a_zero = !a_nan & !a_inf & (a_significand == {pa}'d0);\n  \
         wire b_zero = !b_nan & !b_inf & (b_significand == {pb}'d0);\n  \
         wire product_nan = a_nan | b_nan | (a_inf & b_zero) | (b_inf & a_zero);\n  \
         wire product_inf = !product_nan & (a_inf | b_inf);"
    );
    let keep = |there: bool, name: &str| match there {
        true => format!("!in_first & was_{name}"),
        false => "1'b0".into(),
    };
    let _ = writeln!(
        body,
        "  wire old_nan = {};\n  wire old_plus = {};\n  wire old_minus = {};\n  \
         wire old_any = old_nan | old_plus | old_minus;",
        keep(nan, NAN),
        keep(infinite, PLUS),
        keep(infinite, MINUS)
    );
    let width = mac.acc.width();
    let _ = writeln!(body, "  wire {}old = in_first ? {width}'d0 : was_acc;", range(width));
    let step_cases = Cases { signal: "step_case".into(), width: shift_bits, count: most + 1 };
    let _ = writeln!(body, "  assign step_case = shift;");
    let mut ports = vec![
        "input in_first".to_owned(),
        format!("input {}a", range(mac.a.width())),
        format!("input {}b", range(mac.b.width())),
    ];
    if mac.round.random_bits() > 0 {
        ports.push(format!("input {}rnd", range(mac.round.random_bits())));
    }
    ports.push(format!("output {}step_case", range(shift_bits)));
    let result_cases = match &mac.acc {
        Accumulator::Fixed { width, lsb, nearest, saturate } => {
            fixed_step(&mut body, mac, magnitude_width, *width, *lsb, *nearest, *saturate);
            fixed_result(&mut body, &mut ports, mac, *width, *lsb)
        }
        Accumulator::Float(f) => {
            float_step(&mut body, mac, f, magnitude_width);
            float_result(&mut body, mac, f);
            None
        }
    };
    finish(mac, body, ports, nan, infinite, step_cases, result_cases)
}

/// Whether sums can become NaN, or infinite, and stay so.
fn flags(mac: &Mac) -> (bool, bool) {
    let (mut nan, mut infinite) = (mac.can_be_nan(), mac.can_be_infinite());
    if let (Accumulator::Float(f), Saturation::OvfInf) = (&mac.acc, mac.acc_saturation) {
        nan |= !f.has_infinity() && f.has_nan();
        infinite |= f.has_infinity();
    }
    (nan, infinite)
}

fn top_exponent(f: &FloatFormat) -> u64 {
    (1 << f.we()) - 2
}

/// `next_acc` of an integer accumulator.
fn fixed_step(
    body: &mut String,
    mac: &Mac,
    magnitude: u32,
    width: u32,
    lsb: i32,
    nearest: bool,
    saturate: bool,
) {
    // In units of the accumulator: more bits below, or some cut off.
    let places = mac.product_lsb() - lsb;
    let left = places.max(0).unsigned_abs();
    let right = (-places).max(0).unsigned_abs();
    let w = width.max(magnitude + left) + 3;
    let _ = writeln!(
        body,
        "  wire {}term_exact = {{{}'d0, product_magnitude}} << {left};",
        range(w.max(magnitude + 1)),
        w.max(magnitude + 1) - magnitude
    );
    let half = match right {
        0 => "1'b0".to_owned(),
        _ if !nearest || right > magnitude => "1'b0".to_owned(),
        _ => format!("product_magnitude[{}]", right - 1),
    };
    let _ = writeln!(
        body,
        "  wire {r}term = (term_exact >> {right}) + {{{}'d0, {half}}};\n  \
         wire {r}exact = {{{{{}{{old[{}]}}}}, old}} + (product_sign ? -term : term);",
        w - 1,
        w - width,
        width - 1,
        r = range(w),
    );
    let next = if saturate {
        let (least, most) =
            (format!("{{1'b1, {}'d0}}", width - 1), format!("{{1'b0, {{{}{{1'b1}}}}}}", width - 1));
        format!(
            "(exact[{}:{}] == {{{}{{exact[{}]}}}}) ? exact[{}:0] : exact[{}] ? {least} : {most}",
            w - 1,
            width - 1,
            w - width + 1,
            w - 1,
            width - 1,
            w - 1
        )
    } else {
        format!("exact[{}:0]", width - 1)
    };
    let _ = writeln!(
        body,
        "  assign next_acc = {next};\n  wire new_nan = old_nan | product_nan;\n  \
         wire new_plus = old_plus | (product_inf & !product_sign);\n  \
         wire new_minus = old_minus | (product_inf & product_sign);\n  \
         assign legal = 1'b1;\n  assign next_legal = 1'b1;"
    );
}

/// What `now_acc` and the flags look like outside.
fn fixed_result(
    body: &mut String,
    ports: &mut Vec<String>,
    mac: &Mac,
    width: u32,
    lsb: i32,
) -> Option<Cases> {
    match &mac.output {
        Output::Sum => {
            ports.push(format!("output {}r", range(width)));
            let _ = writeln!(body, "  assign r = any ? {width}'d0 : now_acc;");
            let flags = [
                ("nan", mac.can_be_nan(), "is_nan"),
                ("pos_inf", mac.can_be_infinite(), "!is_nan & now_seen_plus_infinity"),
                ("neg_inf", mac.can_be_infinite(), "!is_nan & now_seen_minus_infinity"),
            ];
            for (name, _, value) in flags.iter().filter(|f| f.1) {
                ports.push(format!("output {name}"));
                let _ = writeln!(body, "  assign {name} = {value};");
            }
            None
        }
        Output::Float { format, saturation } => {
            ports.push(format!("output {}r", range(format.width())));
            let _ = writeln!(
                body,
                "  wire sum_neg = now_acc[{}];\n  wire {}sum_magnitude = sum_neg ? -now_acc : now_acc;",
                width - 1,
                range(width)
            );
            let rounding = Rounding { format, mode: mac.round, saturation: *saturation, width, lsb };
            *body += &rounding.text("sum", "sum_neg", "sum_magnitude", "rnd");
            *body += &special(format, *saturation, "sum_code");
            let cases = Cases {
                signal: "result_case".into(),
                width: rounding.top_bits() + 1,
                count: 2 * u64::from(width),
            };
            // Leading bit and sign.
            ports.push(format!("output {}result_case", range(cases.width)));
            let _ = writeln!(body, "  assign result_case = {{sum_top, sum_neg}};");
            Some(cases)
        }
    }
}

/// Specials over a finite code.
fn special(f: &FloatFormat, saturation: Saturation, finite: &str) -> String {
    let w = f.width();
    let code = |v: Value| round(&v, f, RoundMode::Rne, saturation, 0);
    let (nan, plus, minus) =
        (code(Value::NaN), code(Value::Inf { neg: false }), code(Value::Inf { neg: true }));
    format!(
        "  assign r = is_nan ? {w}'d{nan} : is_plus ? {w}'d{plus} : is_minus ? {w}'d{minus} : {finite};\n"
    )
}

/// `next_acc` of a floating-point accumulator: the exact sum, rounded.
fn float_step(body: &mut String, mac: &Mac, f: &FloatFormat, magnitude: u32) {
    *body += &decode("acc", "old", f, Reading { specials: true, flush: false });
    let own_lsb = f.emin() - f.wf() as i32;
    let lsb = own_lsb.min(mac.product_lsb());
    let (own, others) = ((own_lsb - lsb).unsigned_abs(), (mac.product_lsb() - lsb).unsigned_abs());
    let own_width = f.precision() + top_exponent(f) as u32 + own;
    let width = own_width.max(magnitude + others) + 1;
    let w = width + 1;
    let _ = writeln!(
        body,
        "  wire {r}acc_magnitude = ({{{}'d0, acc_significand}} << acc_exponent) << {own};\n  \
         wire {r}term_magnitude = {{{}'d0, product_magnitude}} << {others};\n  \
         wire {r}exact = (acc_sign ? -acc_magnitude : acc_magnitude) + (product_sign ? -term_magnitude : term_magnitude);\n  \
         wire exact_neg = exact[{}];\n  wire {r}exact_magnitude = exact_neg ? -exact : exact;\n  \
         wire {n}round_magnitude = exact_magnitude[{}:0];",
        w - f.precision(),
        w - magnitude,
        w - 1,
        width - 1,
        r = range(w),
        n = range(width),
    );
    let rounding = Rounding { format: f, mode: mac.round, saturation: mac.acc_saturation, width, lsb };
    *body += &rounding.text("sum", "exact_neg", "round_magnitude", "rnd");
    *body += &decode("code", "sum_code", f, Reading { specials: true, flush: false });
    *body += "  wire counts = !old_any & !product_nan & !product_inf;\n  \
              assign next_acc = sum_code;\n  \
              wire new_nan = old_nan | product_nan | (counts & code_nan);\n  \
              wire new_plus = old_plus | (product_inf & !product_sign) | (counts & code_inf & !code_sign);\n  \
              wire new_minus = old_minus | (product_inf & product_sign) | (counts & code_inf & code_sign);\n  \
              assign legal = old_any | (!acc_nan & !acc_inf);\n  \
              assign next_legal = new_nan | new_plus | new_minus | (!code_nan & !code_inf);\n";
}

/// The accumulator in the output's format.
fn float_result(body: &mut String, mac: &Mac, f: &FloatFormat) {
    let Output::Float { format, saturation } = &mac.output else {
        unreachable!("refused by resolve");
    };
    if format == f {
        *body += &special(format, *saturation, "now_acc");
        return;
    }
    *body += &decode("now", "now_acc", f, Reading { specials: true, flush: false });
    let width = f.precision() + top_exponent(f) as u32;
    let _ = writeln!(
        body,
        "  wire {}now_magnitude = {{{}'d0, now_significand}} << now_exponent;",
        range(width),
        width - f.precision()
    );
    let lsb = f.emin() - f.wf() as i32;
    let rounding = Rounding { format, mode: RoundMode::Rne, saturation: *saturation, width, lsb };
    *body += &rounding.text("wide", "now_sign", "now_magnitude", "1'b0");
    *body += &special(format, *saturation, "wide_code");
}

/// Ports and states around the body.
fn finish(
    mac: &Mac,
    body: String,
    mut ports: Vec<String>,
    nan: bool,
    infinite: bool,
    step_cases: Cases,
    result_cases: Option<Cases>,
) -> Specification {
    if let (Accumulator::Float(_), Output::Float { format, .. }) = (&mac.acc, &mac.output) {
        ports.push(format!("output {}r", range(format.width())));
    }
    let width = mac.acc.width();
    // The flags of a floating-point accumulator follow from its sum's digits: one can't be cut from the other.
    let integer = matches!(mac.acc, Accumulator::Fixed { .. });
    let mut states = vec![State { name: "acc".into(), width, wire: integer.then_some("sum") }];
    let flag = |name: &str| State { name: name.into(), width: 1, wire: None };
    states
        .extend([(NAN, nan), (PLUS, infinite), (MINUS, infinite)].iter().filter(|f| f.1).map(|f| flag(f.0)));
    let (mut head, mut tail) = (String::new(), String::new());
    for s in &states {
        let (name, r) = (&s.name, range(s.width));
        ports.extend([
            format!("input {r}was_{name}"),
            format!("input {r}now_{name}"),
            format!("output {r}next_{name}"),
            format!("output {name}_matters"),
        ]);
    }
    for (name, there, value) in
        [(NAN, nan, "new_nan"), (PLUS, infinite, "new_plus"), (MINUS, infinite, "new_minus")]
    {
        let now = if there { format!("now_{name}") } else { "1'b0".into() };
        let wire = value.replace("new_", "is_raw_");
        let _ = writeln!(head, "  wire {wire} = {now};");
        if there {
            // Beside a NaN, infinities count for nothing.
            let matters = if name == NAN { "1'b1" } else { "!new_nan" };
            let _ = writeln!(tail, "  assign next_{name} = {value};\n  assign {name}_matters = {matters};");
        }
    }
    // Plus and minus infinity together are NaN.
    head += "  wire is_nan = is_raw_nan | (is_raw_plus & is_raw_minus);\n  \
             wire is_plus = is_raw_plus & !is_nan;\n  wire is_minus = is_raw_minus & !is_nan;\n  \
             wire any = is_raw_nan | is_raw_plus | is_raw_minus;\n";
    tail += "  assign acc_matters = !(new_nan | new_plus | new_minus);\n";
    ports.extend(["output legal".to_owned(), "output next_legal".to_owned()]);
    let text = format!("module {MODULE} (\n  {}\n);\n{head}{body}{tail}endmodule\n", ports.join(",\n  "));
    let result_cases = if integer { result_cases } else { Some(step_cases.clone()) };
    Specification { text, states, step_cases: Some(step_cases), result_cases }
}
