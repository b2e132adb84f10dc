//! A figure in words, for those who cannot see it: each panel, its axes, and where each series begins, turns and ends.

use super::panel::Panel;
use super::series::{Interval, Mark, Segment, Series};
use crate::text::typeset::{short, without_scripts};

/// Marks of a series that are named one by one.
const NAMED: usize = 8;

/// What is seen in the panels.
pub(super) fn description(panels: &[Panel]) -> String {
    let several = panels.len() > 1;
    let count = if several { format!("{} panels. ", panels.len()) } else { String::new() };
    let said: Vec<String> = panels.iter().map(|panel| said_of(panel, several)).collect();
    without_scripts(&format!("{count}{}", said.join(" ")))
}

fn said_of(panel: &Panel, several: bool) -> String {
    let title = if panel.title.is_empty() || !several { String::new() } else { format!("{}: ", panel.title) };
    let axes = match (panel.x.label.as_str(), panel.y.label.as_str()) {
        ("", "") => String::new(),
        ("", y) => format!("{y}. "),
        (x, "") => format!("by {x}. "),
        (x, y) => format!("{y} by {x}. "),
    };
    let series = panel.series.iter().filter_map(|series| words(series, panel));
    let guides = panel.guides.iter().filter(|guide| !guide.label.is_empty());
    let guides = guides.map(|guide| format!("A guide at {} is marked {}.", short(guide.at), guide.label));
    format!("{title}{axes}{}", series.chain(guides).collect::<Vec<_>>().join(" "))
}

/// A sentence on a series; none for what has no data.
fn words(series: &Series, panel: &Panel) -> Option<String> {
    let name = if series.label.is_empty() { "The marks".to_owned() } else { series.label.clone() };
    let category = |k: usize, horizontal: bool| {
        let axis = if horizontal { &panel.y } else { &panel.x };
        axis.categories.get(k).cloned().unwrap_or_else(|| k.to_string())
    };
    Some(match &series.mark {
        Mark::Line { points, .. } => format!("{name}: {}.", course(points)?),
        Mark::Points(points) if points.len() <= NAMED => {
            let each: Vec<String> = points.iter().map(|&(x, y)| format!("({}, {})", short(x), short(y))).collect();
            format!("{name}: {}.", each.join(", "))
        }
        Mark::Points(points) => {
            let (low, high) = ends(points.iter().map(|p| p.1))?;
            format!("{name}: {} points with heights from {} to {}.", points.len(), short(low), short(high))
        }
        Mark::Band(points) => {
            let upper: Vec<(f64, f64)> = points.iter().map(|&(x, _, high)| (x, high)).collect();
            format!("{name}, an area whose upper edge: {}.", course(&upper)?)
        }
        Mark::Bars(heights) => {
            let shown = heights.iter().enumerate().take(NAMED);
            let each: Vec<String> =
                shown.map(|(k, height)| format!("{} {}", category(k, series.horizontal), short(*height))).collect();
            let more = if heights.len() > NAMED { ", …" } else { "" };
            format!("{name}: {}{more}.", each.join(", "))
        }
        Mark::Boxes(boxes) => format!("{name}: {} boxes.", boxes.len()),
        Mark::Intervals(intervals) => {
            format!("{name}: {}.", each_interval(intervals, &|k| category(k, true), series.horizontal))
        }
        Mark::Segments { segments, .. } => moves(&name, segments)?,
        Mark::Cells { values, columns, .. } => {
            let (low, high) = ends(values.iter().copied())?;
            let rows = values.len().div_ceil(*columns);
            format!("A matrix of {rows} by {columns} cells from {} to {}.", short(low), short(high))
        }
    })
}

fn ends(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|v| v.is_finite());
    finite.fold(None, |ends, v| Some(ends.map_or((v, v), |(low, high): (f64, f64)| (low.min(v), high.max(v)))))
}

/// Where a curve begins, turns and ends.
fn course(points: &[(f64, f64)]) -> Option<String> {
    let known: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.0.is_finite() && p.1.is_finite()).collect();
    let (first, last) = (*known.first()?, *known.last()?);
    let at = |(x, y): (f64, f64)| format!("{} at {}", short(y), short(x));
    let mut text = format!("from {} to {}", at(first), at(last));
    let extreme =
        |better: &dyn Fn(f64, f64) -> bool| known.iter().copied().reduce(|a, b| if better(b.1, a.1) { b } else { a });
    let (low, high) = (first.1.min(last.1), first.1.max(last.1));
    let room = 0.02 * ends(known.iter().map(|p| p.1)).map_or(0.0, |(low, high)| high - low);
    if let Some(least) = extreme(&|a, b| a < b).filter(|least| least.1 < low - room) {
        text += &format!(", least {}", at(least));
    }
    if let Some(greatest) = extreme(&|a, b| a > b).filter(|greatest| greatest.1 > high + room) {
        text += &format!(", greatest {}", at(greatest));
    }
    Some(text)
}

fn each_interval(intervals: &[Interval], category: &dyn Fn(usize) -> String, horizontal: bool) -> String {
    let place = |at: f64| if horizontal { category(at.round().max(0.0) as usize) } else { short(at) };
    let one = |i: &Interval| {
        format!("{} at {} (bar from {} to {})", short(i.value), place(i.at), short(i.low), short(i.high))
    };
    let more = if intervals.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", intervals.iter().take(NAMED).map(one).collect::<Vec<_>>().join(", "))
}

fn moves(name: &str, segments: &[Segment]) -> Option<String> {
    let widest = segments.iter().max_by(|a, b| a.mass.total_cmp(&b.mass))?;
    let point = |(x, y): (f64, f64)| format!("({}, {})", short(x), short(y));
    let count = segments.len();
    let connections = if count == 1 { "1 connection".to_owned() } else { format!("{count} connections, the widest") };
    Some(format!("{name}: {connections} from {} to {}.", point(widest.from), point(widest.to)))
}
