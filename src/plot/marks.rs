//! The marks themselves: each kind of series drawn through a view.

use super::canvas::{Anchor, Canvas, GREY, INK, Marker, Point, Rect, Style, style};
use super::series::{Interval, Mark, Segment, Series};
use super::view::{PlotView, SMALL};
use crate::text::typeset::short;
use plotters::style::{RGBColor, WHITE};

const WIDTH: f64 = 2.0;
const RADIUS: f64 = 3.6;
/// Width of the segment of largest mass, where there are at most [`FEW`]; many segments are thinner.
const WIDEST: f64 = 9.0;
const FEW: f64 = 60.0;
/// Shades of a heat map.
const SHADES: f64 = 16.0;

pub(super) fn draw_all(canvas: &Canvas<'_>, view: &PlotView, series: &[Series]) {
    let groups = series.iter().filter(|s| matches!(s.mark, Mark::Bars(_))).count().max(1);
    let mut group = 0;
    for series in series {
        let look = style(series.style.unwrap_or(0));
        match &series.mark {
            Mark::Line { points, markers } => line(canvas, view, points, *markers, look),
            Mark::Points(points) => {
                for &p in points {
                    mark(canvas, view, p, look);
                }
            }
            Mark::Band(points) => band(canvas, view, points, look),
            Mark::Bars(heights) => {
                bars(canvas, view, heights, (group, groups), series.horizontal, look);
                group += 1;
            }
            Mark::Boxes(boxes) => {
                for &[x0, y0, x1, y1] in boxes {
                    hatched(canvas, view, (x0, y0), (x1, y1), look);
                }
            }
            Mark::Intervals(intervals) => {
                for interval in intervals {
                    error_bar(canvas, view, *interval, series.horizontal, look);
                }
            }
            Mark::Segments { segments, arrows } => moves(canvas, view, segments, *arrows, look),
            Mark::Cells { values, columns, range, printed, grey } => {
                let shade = if *grey { grey_shade } else { shade };
                cells(canvas, view, (values, *columns), shades(values, *range), *printed, shade);
            }
        }
    }
}

/// Runs of points that are numbers, split where one is not.
fn runs(view: &PlotView, points: &[Point]) -> Vec<Vec<Point>> {
    let mut runs = vec![Vec::new()];
    for &p in points {
        let at = view.at(p);
        if at.0.is_finite() && at.1.is_finite() {
            runs.last_mut().expect("there is always a last run").push(at);
        } else {
            runs.push(Vec::new());
        }
    }
    runs.retain(|r| !r.is_empty());
    runs
}

/// A polyline cut at the frame, in pieces.
fn clipped(frame: Rect, path: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut joined = false;
    for pair in path.windows(2) {
        match frame.clip(pair[0], pair[1]) {
            Some((a, b)) => {
                match pieces.last_mut() {
                    Some(piece) if joined => piece.push(b),
                    _ => pieces.push(vec![a, b]),
                }
                joined = b == pair[1];
            }
            None => joined = false,
        }
    }
    pieces
}

fn line(canvas: &Canvas<'_>, view: &PlotView, points: &[Point], markers: bool, look: &Style) {
    for run in runs(view, points) {
        if run.len() == 1 && !markers && view.frame.contains(run[0]) {
            // a lone point between gaps would leave no trace as a line
            canvas.marker(run[0], look.marker, RADIUS, look.colour);
        }
        for piece in clipped(view.frame, &run) {
            canvas.dashed(&piece, look.dash, look.colour, WIDTH);
        }
    }
    if markers {
        for &p in points {
            mark(canvas, view, p, look);
        }
    } else {
        let infinite: Vec<Point> = points.iter().copied().filter(|&p| beyond(view, p)).collect();
        // along a stretch of infinities a few arrows say it all
        let stride = infinite.len().div_ceil(8).max(1);
        for &p in infinite.iter().step_by(stride) {
            mark(canvas, view, p, look);
        }
    }
}

/// Whether y is infinite on its axis while x is shown.
fn beyond(view: &PlotView, p: Point) -> bool {
    let at = view.at(p);
    at.0.is_finite() && at.1.is_infinite()
}

/// The marker of a point, or an arrow with a word where y is infinite.
fn mark(canvas: &Canvas<'_>, view: &PlotView, p: Point, look: &Style) {
    let (at, f) = (view.at(p), view.frame);
    if view.frame.contains(at) {
        canvas.marker(at, look.marker, RADIUS, look.colour);
    } else if beyond(view, p) && (f.left - 0.5..=f.right + 0.5).contains(&at.0) {
        let up = at.1 < 0.0;
        let (edge, away) = if up { (f.top, -1.0) } else { (f.bottom, 1.0) };
        canvas.path(&[(at.0, edge - 14.0 * away), (at.0, edge - 4.0 * away)], look.colour, 1.0, WIDTH);
        let tip = [(at.0, edge), (at.0 - 4.0, edge - 7.0 * away), (at.0 + 4.0, edge - 7.0 * away)];
        canvas.polygon(&tip, look.colour, 1.0);
        if up {
            canvas.text("∞", (at.0, edge - 8.0), Anchor::Centre, SMALL, look.colour);
        } else {
            let word = if p.1.is_infinite() { "−∞" } else { "0" };
            canvas.text(word, (at.0 + 6.0, edge - 8.0), Anchor::Left, SMALL, look.colour);
        }
    }
}

fn band(canvas: &Canvas<'_>, view: &PlotView, points: &[(f64, f64, f64)], look: &Style) {
    // bounds beyond the frame end at the frame
    let inside = |(x, y): Point| {
        let (low, high) = (view.y.low.min(view.y.high), view.y.low.max(view.y.high));
        (view.across(view.x.place(x)), view.down(view.y.place(y).clamp(low, high)))
    };
    let whole = |p: &(f64, f64, f64)| p.0.is_finite() && !p.1.is_nan() && !p.2.is_nan();
    for run in points.split(|p| !whole(p)).filter(|r| r.len() > 1) {
        let shown = |x: f64| (view.frame.left - 0.5..=view.frame.right + 0.5).contains(&x);
        let upper = run.iter().map(|p| inside((p.0, p.2)));
        let lower = run.iter().rev().map(|p| inside((p.0, p.1)));
        let outline: Vec<Point> = upper.chain(lower).filter(|p| shown(p.0)).collect();
        canvas.polygon(&outline, look.colour, 0.22);
        for edge in [run.iter().map(|p| (p.0, p.1)).collect::<Vec<_>>(), run.iter().map(|p| (p.0, p.2)).collect()] {
            // the foot of a density is the axis and needs no line
            if edge.iter().all(|p| p.1 == 0.0) {
                continue;
            }
            let path: Vec<Point> = edge.iter().map(|&p| inside(p)).collect();
            for piece in clipped(view.frame, &path) {
                canvas.dashed(&piece, look.dash, look.colour, 1.4);
            }
        }
    }
}

/// A hatched box between two points of the data, as far as it is in the frame.
fn hatched(canvas: &Canvas<'_>, view: &PlotView, from: Point, to: Point, look: &Style) {
    let (a, b) = (view.at(from), view.at(to));
    if a.0.is_nan() || a.1.is_nan() || b.0.is_nan() || b.1.is_nan() {
        return;
    }
    let all = Rect { left: a.0.min(b.0), right: a.0.max(b.0), top: a.1.min(b.1), bottom: a.1.max(b.1) };
    if let Some(part) = all.intersect(view.frame) {
        canvas.hatched(part, look);
    }
}

fn bars(
    canvas: &Canvas<'_>,
    view: &PlotView,
    heights: &[f64],
    (group, groups): (usize, usize),
    horizontal: bool,
    look: &Style,
) {
    let width = 0.8 / groups as f64;
    let scale = if horizontal { view.x } else { view.y };
    // on a logarithmic axis bars stand on its lower end
    let foot = if scale.log { 10f64.powf(scale.low) } else { 0.0 };
    for (k, &height) in heights.iter().enumerate() {
        let start = k as f64 - 0.4 + width * group as f64;
        let (inner, outer) = (start + 0.04 * width, start + 0.96 * width);
        if horizontal {
            hatched(canvas, view, (foot, inner), (height, outer), look);
        } else {
            hatched(canvas, view, (inner, foot), (outer, height), look);
            let middle = (start + width / 2.0, height);
            if height.is_infinite() {
                mark(canvas, view, middle, look);
            }
        }
    }
}

fn error_bar(canvas: &Canvas<'_>, view: &PlotView, interval: Interval, horizontal: bool, look: &Style) {
    let Interval { at, value, low, high } = interval;
    let point = |v: f64| if horizontal { (v, at) } else { (at, v) };
    let (a, b) = (view.at(point(low)), view.at(point(high)));
    if !(a.0.is_nan() || a.1.is_nan() || b.0.is_nan() || b.1.is_nan()) {
        let f = view.frame;
        let near = |p: Point| (p.0.clamp(f.left - 1e3, f.right + 1e3), p.1.clamp(f.top - 1e3, f.bottom + 1e3));
        // what is shorter than the marker would only blur it
        let visible = (b.0 - a.0).abs().max((b.1 - a.1).abs()) > 2.0 * RADIUS;
        if let Some((from, to)) = f.clip(near(a), near(b)).filter(|_| visible) {
            canvas.path(&[from, to], look.colour, 1.0, 1.6);
            for (end, true_end) in [(from, a), (to, b)] {
                // no cap where the interval runs on beyond the frame
                if f.contains(true_end) {
                    let (dx, dy) = if horizontal { (0.0, 4.0) } else { (4.0, 0.0) };
                    canvas.path(&[(end.0 - dx, end.1 - dy), (end.0 + dx, end.1 + dy)], look.colour, 1.0, 1.6);
                }
            }
        }
    }
    let p = point(value);
    if horizontal && value.is_infinite() {
        let y = view.down(view.y.place(at)) - 9.0;
        canvas.text(
            if value > 0.0 { "∞ →" } else { "←" },
            (view.frame.right - 4.0, y),
            Anchor::Right,
            SMALL,
            look.colour,
        );
    } else {
        mark(canvas, view, p, look);
    }
}

fn moves(canvas: &Canvas<'_>, view: &PlotView, segments: &[Segment], arrows: bool, look: &Style) {
    let largest = segments.iter().map(|s| s.mass).filter(|m| m.is_finite()).fold(0.0, f64::max);
    let widest = (WIDEST * FEW / segments.len() as f64).clamp(2.4, WIDEST);
    for s in segments.iter().filter(|s| s.mass > 0.0 && s.mass.is_finite()) {
        let (a, b) = (view.at(s.from), view.at(s.to));
        if !(a.0 + a.1 + b.0 + b.1).is_finite() {
            continue;
        }
        if let Some((a, b)) = view.frame.clip(a, b) {
            let width = (widest * s.mass / largest).max(0.6);
            let b = if arrows { head(canvas, a, b, width, look) } else { b };
            canvas.path(&[a, b], look.colour, 0.6, width);
        }
    }
}

/// The head of an arrow from `a` to `b`, and where its shaft ends.
fn head(canvas: &Canvas<'_>, a: Point, b: Point, width: f64, look: &Style) -> Point {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx.hypot(dy).max(1e-9);
    let (along, half) = ((1.6 * width + 4.0).min(length), 0.9 * width + 2.0);
    let (ux, uy) = (dx / length, dy / length);
    let foot = (b.0 - ux * along, b.1 - uy * along);
    canvas.polygon(
        &[b, (foot.0 - uy * half, foot.1 + ux * half), (foot.0 + uy * half, foot.1 - ux * half)],
        look.colour,
        0.6,
    );
    foot
}

/// The values drawn white and darkest.
pub(super) fn shades(values: &[f64], range: Option<(f64, f64)>) -> (f64, f64) {
    let finite = values.iter().copied().filter(|x| x.is_finite());
    let (low, high) = finite.fold((0.0f64, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    match range {
        Some((a, b)) if (b - a).abs() > 0.0 && (b - a).is_finite() => (a, b),
        _ if high > low => (low, high),
        _ => (low, low + 1.0),
    }
}

/// White to dark blue, steadily darker so that it reads in grey too.
pub(super) fn shade(fraction: f64) -> RGBColor {
    let stops =
        [(255.0, 255.0, 255.0), (198.0, 219.0, 239.0), (107.0, 174.0, 214.0), (33.0, 113.0, 181.0), (8.0, 38.0, 92.0)];
    let t = fraction.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let k = (t.floor() as usize).min(stops.len() - 2);
    let mix = |a: f64, b: f64| (a + (b - a) * (t - k as f64)).round() as u8;
    let ((r0, g0, b0), (r1, g1, b1)) = (stops[k], stops[k + 1]);
    RGBColor(mix(r0, r1), mix(g0, g1), mix(b0, b1))
}

fn grey_shade(fraction: f64) -> RGBColor {
    let level = (255.0 * (1.0 - fraction.clamp(0.0, 1.0))).round() as u8;
    RGBColor(level, level, level)
}

fn cells(
    canvas: &Canvas<'_>,
    view: &PlotView,
    (values, columns): (&[f64], usize),
    (low, high): (f64, f64),
    printed: bool,
    shade: fn(f64) -> RGBColor,
) {
    let level = |x: f64| {
        if x.is_nan() { f64::NAN } else { (((x - low) / (high - low)).clamp(0.0, 1.0) * SHADES).round() }
    };
    let corner = |i: usize, j: usize| view.at((j as f64 - 0.5, i as f64 - 0.5));
    let mut boxes: Vec<Vec<Rect>> = vec![Vec::new(); SHADES as usize + 1];
    for (i, row) in values.chunks(columns).enumerate() {
        let mut j = 0;
        while j < row.len() {
            let shade_here = level(row[j]);
            let mut end = j + 1;
            // neighbours of one shade are one box
            while end < row.len() && level(row[end]).to_bits() == shade_here.to_bits() {
                end += 1;
            }
            if shade_here > 0.0 {
                let (a, b) = (corner(i, j), corner(i + 1, end));
                let all = Rect { left: a.0.min(b.0), right: a.0.max(b.0), top: a.1.min(b.1), bottom: a.1.max(b.1) };
                boxes[shade_here as usize].extend(all.intersect(view.frame));
            }
            j = end;
        }
    }
    for (k, boxes) in boxes.iter().enumerate() {
        canvas.boxes(boxes, shade(k as f64 / SHADES));
    }
    for (i, row) in values.chunks(columns).enumerate() {
        if !printed {
            continue;
        }
        for (j, &x) in row.iter().enumerate() {
            let at = view.at((j as f64, i as f64));
            if view.frame.contains(at) && !x.is_nan() {
                let ink = if x == 0.0 {
                    GREY
                } else if level(x) > 0.55 * SHADES {
                    WHITE
                } else {
                    INK
                };
                canvas.text(&short(x), at, Anchor::Centre, SMALL, ink);
            }
        }
    }
    if printed {
        let (a, b) = (corner(0, 0), corner(values.len().div_ceil(columns), columns));
        let all = Rect { left: a.0.min(b.0), right: a.0.max(b.0), top: a.1.min(b.1), bottom: a.1.max(b.1) };
        if let Some(part) = all.intersect(view.frame) {
            canvas.outline(part, GREY, 0.8);
        }
    } else if values.iter().any(|x| x.is_infinite()) {
        for (k, _) in values.iter().enumerate().filter(|(_, x)| x.is_infinite()) {
            let at = view.at(((k % columns) as f64, (k / columns) as f64));
            if view.frame.contains(at) {
                canvas.marker(at, Marker::Cross, RADIUS, GREY);
            }
        }
    }
}
