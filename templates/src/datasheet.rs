//! The datasheet: one HTML file with everything in it, readable on a screen and on paper.
//!
//! Pictures are SVG made here from plain data; colours are variables of the page, so that they follow light and dark.
use askama::Template;

mod drawings;

/// A port, as the datasheet shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasheetPort {
    /// Name.
    pub name: String,
    /// Into the core.
    pub is_input: bool,
    /// Bits.
    pub width: u32,
    /// What for: clock, valid, data, ...
    pub kind: String,
    /// How its bits are read; empty for plain bits.
    pub format: String,
    /// One sentence.
    pub description: String,
}

/// A stage of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasheetStage {
    /// What happens in it.
    pub title: String,
    /// Picoseconds of logic.
    pub used_ps: f64,
    /// Share of what the clock leaves, if there is a clock.
    pub full: Option<f64>,
    /// Its slowest operations.
    pub operations: Vec<String>,
    /// Bits of the registers behind it.
    pub register_bits: u64,
    /// States that loop around it.
    pub states: Vec<String>,
}

/// A number format.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DatasheetFormat {
    /// Its name.
    pub name: String,
    /// Ports that have it.
    pub ports: String,
    /// Bits.
    pub width: u32,
    /// Fields from the highest bit down: what, bits.
    pub fields: Vec<(String, u32)>,
    /// Properties and codes: what, value.
    pub facts: Vec<(String, String)>,
    /// Head of the table of all codes, if it is small.
    pub columns: Vec<String>,
    /// Rows: head, then values.
    pub rows: Vec<(String, Vec<String>)>,
    /// What rows and columns are.
    pub legend: String,
}

/// `<name>.html`.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "datasheet.html")]
pub struct Datasheet {
    /// Name of the module.
    pub module: String,
    /// One line.
    pub title: String,
    /// `r = ...`
    pub formula: String,
    /// What the result is, exactly.
    pub semantics: Vec<String>,
    /// How it is built.
    pub architecture: String,
    /// Literature.
    pub sources: String,
    /// Version of holigen.
    pub version: String,
    /// Command line that writes the files again.
    pub regenerate: String,
    /// Names and values.
    pub parameters: Vec<(String, String)>,
    /// In the order of the module.
    pub ports: Vec<DatasheetPort>,
    /// Clocks from an input to its result; 0 for a combinational core.
    pub latency: u32,
    /// Has a clock.
    pub clocked: bool,
    /// Stages in order; one without registers for a combinational core.
    pub stages: Vec<DatasheetStage>,
    /// Formats of the ports.
    pub formats: Vec<DatasheetFormat>,
    /// Area and clock: what, value, `estimated` or how it was measured.
    pub figures: Vec<(String, String, String)>,
    /// The same of what tools measured after the core was written; or how to have it measured.
    pub measured_figures: Vec<(String, String, String)>,
    /// What was checked, and how.
    pub checks: Vec<(String, String)>,
    /// The same of what was checked after the core was written; or how to have it checked.
    pub measured_checks: Vec<(String, String)>,
    /// Which core it is: the checksum of its text.
    pub core: String,
    /// The files of the core: name, what it is.
    pub files: Vec<(String, String)>,
}

impl Datasheet {
    /// The text of `<name>.html`.
    pub fn render_text(&self) -> String {
        self.render().expect("writing to a string can't fail")
    }

    fn figures_after(&self) -> String {
        figure_rows(&self.measured_figures)
    }

    fn checks_after(&self) -> String {
        check_rows(&self.measured_checks)
    }

    fn symbol(&self) -> String {
        drawings::symbol(&self.module, &self.ports)
    }

    fn waveform(&self) -> String {
        drawings::waveform(&self.ports, self.latency)
    }

    fn pipeline(&self) -> String {
        drawings::pipeline(&self.stages, self.clocked)
    }

    fn fields(&self, format: &DatasheetFormat) -> String {
        drawings::fields(format.width, &format.fields)
    }
}

/// Marks around the rows that change when something is measured.
const FIGURES: [&str; 2] = ["<!-- measured: figures -->", "<!-- end of measured figures -->"];
const CHECKS: [&str; 2] = ["<!-- measured: checks -->", "<!-- end of measured checks -->"];

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;")
}

fn between(marks: [&str; 2], rows: impl Iterator<Item = String>) -> String {
    let rows: String = rows.map(|r| format!("<tr>{r}</tr>\n")).collect();
    format!("{}\n{rows}{}", marks[0], marks[1])
}

fn figure_rows(rows: &[(String, String, String)]) -> String {
    let one = |(what, value, from): &(String, String, String)| {
        format!(
            "<td>{}</td><td>{}</td><td class=\"soft\">{}</td>",
            escaped(what),
            escaped(value),
            escaped(from)
        )
    };
    between(FIGURES, rows.iter().map(one))
}

fn check_rows(rows: &[(String, String)]) -> String {
    let one = |(what, how): &(String, String)| format!("<td>{}</td><td>{}</td>", escaped(what), escaped(how));
    between(CHECKS, rows.iter().map(one))
}

/// A datasheet with other measurements in it; `None` if it has no place for them.
pub fn with_measurements(
    html: &str,
    figures: &[(String, String, String)],
    checks: &[(String, String)],
) -> Option<String> {
    let replaced = |text: &str, marks: [&str; 2], rows: String| {
        let (before, rest) = text.split_once(marks[0])?;
        let (_, after) = rest.split_once(marks[1])?;
        Some(format!("{before}{rows}{after}"))
    };
    replaced(&replaced(html, FIGURES, figure_rows(figures))?, CHECKS, check_rows(checks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, is_input: bool, width: u32, kind: &str) -> DatasheetPort {
        DatasheetPort {
            name: name.into(),
            is_input,
            width,
            kind: kind.into(),
            format: if kind == "data" { "e4m3fn".into() } else { String::new() },
            description: "A <port> & more.".into(),
        }
    }

    #[test]
    fn a_datasheet_is_one_file_without_references() {
        let sheet = Datasheet {
            module: "core".into(),
            title: "Multiply <numbers>".into(),
            formula: "r = a*b".into(),
            semantics: vec!["Rounded once.".into()],
            architecture: "As one would.".into(),
            sources: "A book.".into(),
            version: "0.1.0".into(),
            regenerate: "holigen fpmul".into(),
            parameters: vec![("we".into(), "4".into())],
            ports: vec![
                port("clk", true, 1, "clock"),
                port("in_valid", true, 1, "valid"),
                port("in_first", true, 1, "first"),
                port("a", true, 8, "data"),
                port("out_valid", false, 1, "valid"),
                port("r", false, 8, "data"),
            ],
            latency: 12,
            clocked: true,
            stages: vec![DatasheetStage {
                title: "multiply & add".into(),
                used_ps: 900.0,
                full: Some(0.9),
                operations: vec!["product".into()],
                register_bits: 20,
                states: vec!["acc".into()],
            }],
            formats: vec![DatasheetFormat {
                name: "e4m3fn".into(),
                width: 8,
                fields: vec![("sign".into(), 1), ("exponent".into(), 4), ("fraction".into(), 3)],
                facts: vec![("largest".into(), "448".into())],
                ..DatasheetFormat::default()
            }],
            figures: vec![("clock".into(), "300 MHz".into(), "estimated".into())],
            measured_figures: vec![("routed".into(), "310 MHz".into(), "a & b".into())],
            checks: vec![("embedded".into(), "65536 vectors".into())],
            measured_checks: vec![("by proof".into(), "not yet".into())],
            core: "abc".into(),
            files: vec![("core.v".into(), "Verilog".into())],
        };
        let text = sheet.render_text();
        assert_eq!(text, sheet.render_text());
        assert!(text.starts_with("<!doctype html>") && text.trim_end().ends_with("</html>"), "{text}");
        for banned in ["http://", "https://", "<script", "src=", "url(", "@import", "<numbers>"] {
            let found = text.replace("http://www.w3.org/2000/svg", "").contains(banned);
            assert!(!found, "{banned}");
        }
        for word in
            ["Multiply &#60;numbers&#62;", "prefers-color-scheme", "@media print", "r = a*b", "estimated"]
        {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(text.contains("<td>310 MHz</td><td class=\"soft\">a &#38; b</td>"), "{text}");
        let again = with_measurements(&text, &sheet.measured_figures, &sheet.measured_checks).unwrap();
        assert_eq!(again, text);
        let proved = [("by proof".to_owned(), "proved".to_owned())];
        let other = with_measurements(&text, &[], &proved).unwrap();
        assert!(!other.contains("310 MHz") && other.contains("<td>proved</td>"), "{other}");
        assert_eq!(with_measurements("<table></table>", &[], &proved), None);
        // Every drawing is there and closed.
        assert_eq!(text.matches("<svg").count(), 4);
        assert_eq!(text.matches("<svg").count(), text.matches("</svg>").count());
    }
}
