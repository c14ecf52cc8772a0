//! Area against clock as a picture.
use super::row::{Basis, Row, pareto};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const SIZE: (u32, u32) = (960, 640);
const FONT: &str = "sans-serif";
/// Distinguishable in any order by people who see colours differently: Okabe and Ito, 2008.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(0, 0, 0),
];
/// Beyond it the labels would cover each other.
const MOST_LABELS: usize = 60;

/// The clock has a family of points for each combination of the other parameters.
fn family(row: &Row) -> String {
    let others: Vec<_> =
        row.point.iter().filter(|(k, _)| k != "freq").map(|(k, v)| format!("{k}={v}")).collect();
    others.join(" ")
}

/// An SVG picture of area against clock: a colour for each family, the latency as label, the front as a line.
/// `None` if no row has figures.
pub fn plot(title: &str, rows: &[Row]) -> Option<String> {
    let known: Vec<(&Row, u64, f64)> =
        rows.iter().filter_map(|r| r.figures().map(|(a, f)| (r, a, f))).collect();
    let widest = known.iter().map(|k| k.1).max()? as f64 * 1.08 + 1.0;
    let fastest = known.iter().map(|k| k.2).fold(0.0, f64::max) * 1.08;
    let mut families: Vec<String> = Vec::new();
    for (row, ..) in &known {
        let f = family(row);
        if !families.contains(&f) {
            families.push(f);
        }
    }
    let bases: Vec<Basis> = known.iter().map(|k| k.0.basis).collect();
    let clock = match () {
        () if bases.iter().all(|b| *b == Basis::Routed) => "routed",
        () if bases.contains(&Basis::Routed) => "routed or estimated, see the table",
        () => "estimated",
    };
    let area = if bases.contains(&Basis::Estimated) { "estimated" } else { "synthesised" };
    let mut svg = String::new();
    draw(&mut svg, title, &known, &families, (widest, fastest), (area, clock)).ok()?;
    Some(svg)
}

fn draw(
    svg: &mut String,
    title: &str,
    known: &[(&Row, u64, f64)],
    families: &[String],
    (widest, fastest): (f64, f64),
    (area, clock): (&str, &str),
) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, (FONT, 20))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..widest, 0.0..fastest)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(format!("lookup tables ({area})"))
        .y_desc(format!("MHz ({clock})"))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .label_style((FONT, 13))
        .axis_desc_style((FONT, 15))
        .draw()?;
    let owned: Vec<Row> = known.iter().map(|k| k.0.clone()).collect();
    let front: Vec<(f64, f64)> =
        pareto(&owned).iter().filter_map(|r| r.figures().map(|(a, f)| (a as f64, f))).collect();
    chart.draw_series(LineSeries::new(front, BLACK.mix(0.35).stroke_width(2)))?;
    for (k, name) in families.iter().enumerate() {
        let colour = PALETTE[k % PALETTE.len()];
        let own = known.iter().filter(|(r, ..)| family(r) == *name).map(|(_, a, f)| (*a as f64, *f));
        let series = chart.draw_series(own.map(|at| Circle::new(at, 5, colour.filled())))?;
        if !name.is_empty() {
            series.label(name.clone()).legend(move |(x, y)| Circle::new((x + 8, y), 5, colour.filled()));
        }
    }
    if known.len() <= MOST_LABELS {
        let style = TextStyle::from((FONT, 12)).pos(Pos::new(HPos::Left, VPos::Bottom));
        chart.draw_series(known.iter().filter_map(|(r, a, f)| {
            let label = format!("{} clk", r.latency?);
            let at = EmptyElement::at((*a as f64, *f));
            Some(at + Text::new(label, (6, -4), style.clone()))
        }))?;
    }
    if families.iter().any(|f| !f.is_empty()) {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerRight)
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.4))
            .label_font((FONT, 13))
            .draw()?;
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::row::example;
    use super::*;

    #[test]
    fn the_picture_has_every_point() {
        let rows = [example(0, 100, 300.0), example(1, 90, 200.0)];
        let svg = plot("a < b", &rows).unwrap();
        // Two points; a single family has no legend.
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains("3 clk") && svg.contains("estimated"), "{svg}");
        assert_eq!(plot("x", &[]), None);
    }
}
