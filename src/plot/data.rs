//! The data of a figure as CSV: one line a mark, so that it can be drawn again by other means.

use super::panel::Panel;
use super::series::{Mark, Series};
use crate::text::typeset::without_scripts;

/// The columns; a mark fills those that it has.
const HEADING: [&str; 10] = ["panel", "series", "kind", "x", "y", "x_end", "y_end", "low", "high", "value"];

/// Every mark of the panels, numbers with all their digits.
pub(super) fn csv(panels: &[Panel]) -> String {
    let mut text = HEADING.join(",") + "\n";
    for (k, panel) in panels.iter().enumerate() {
        let name = if panel.title.is_empty() { (k + 1).to_string() } else { panel.title.clone() };
        for series in &panel.series {
            for (kind, fields) in marks(series) {
                push(&mut text, &name, &series.label, kind, fields);
            }
        }
        for guide in &panel.guides {
            let at = Some(guide.at);
            let fields = if guide.vertical {
                Fields { x: at, ..Fields::default() }
            } else {
                Fields { y: at, ..Fields::default() }
            };
            push(&mut text, &name, &guide.label, "guide", fields);
        }
    }
    text
}

/// The numbers of a mark.
#[derive(Default)]
struct Fields {
    x: Option<f64>,
    y: Option<f64>,
    end: Option<(f64, f64)>,
    between: Option<(f64, f64)>,
    value: Option<f64>,
}

impl Fields {
    fn at(x: f64, y: f64) -> Self {
        Self { x: Some(x), y: Some(y), ..Self::default() }
    }
}

fn marks(series: &Series) -> Vec<(&'static str, Fields)> {
    match &series.mark {
        Mark::Line { points, .. } => points.iter().map(|&(x, y)| ("line", Fields::at(x, y))).collect(),
        Mark::Points(points) => points.iter().map(|&(x, y)| ("point", Fields::at(x, y))).collect(),
        Mark::Band(points) => {
            let of = |&(x, low, high): &(f64, f64, f64)| Fields {
                x: Some(x),
                between: Some((low, high)),
                ..Fields::default()
            };
            points.iter().map(|point| ("band", of(point))).collect()
        }
        Mark::Bars(heights) => {
            heights.iter().enumerate().map(|(k, &height)| ("bar", Fields::at(k as f64, height))).collect()
        }
        Mark::Boxes(boxes) => boxes
            .iter()
            .map(|&[x, y, right, top]| ("box", Fields { end: Some((right, top)), ..Fields::at(x, y) }))
            .collect(),
        Mark::Intervals(intervals) => {
            let of =
                |i: &super::series::Interval| Fields { between: Some((i.low, i.high)), ..Fields::at(i.at, i.value) };
            intervals.iter().map(|interval| ("interval", of(interval))).collect()
        }
        Mark::Segments { segments, .. } => {
            let of = |s: &super::series::Segment| Fields {
                end: Some(s.to),
                value: Some(s.mass),
                ..Fields::at(s.from.0, s.from.1)
            };
            segments.iter().map(|segment| ("segment", of(segment))).collect()
        }
        Mark::Cells { values, columns, .. } => {
            let shown = values.iter().enumerate().filter(|(_, value)| !value.is_nan());
            let of = |(k, &value): (usize, &f64)| Fields {
                value: Some(value),
                ..Fields::at((k % columns) as f64, (k / columns) as f64)
            };
            shown.map(|cell| ("cell", of(cell))).collect()
        }
    }
}

fn push(text: &mut String, panel: &str, series: &str, kind: &str, fields: Fields) {
    let number = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x}"));
    let pair = |pair: Option<(f64, f64)>| [number(pair.map(|p| p.0)), number(pair.map(|p| p.1))];
    let [x_end, y_end] = pair(fields.end);
    let [low, high] = pair(fields.between);
    let line = [
        quoted(&without_scripts(panel)),
        quoted(&without_scripts(series)),
        kind.to_owned(),
        number(fields.x),
        number(fields.y),
        x_end,
        y_end,
        low,
        high,
        number(fields.value),
    ];
    text.push_str(&line.join(","));
    text.push('\n');
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
