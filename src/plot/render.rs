//! A panel on paper: margins measured from its labels, then frame, data and labels.

use super::axis::{AxisScale, Ticks};
use super::canvas::{Anchor, Canvas, GREY, GRID, INK, Rect, text_width, wrap};
use super::marks;
use super::panel::{Panel, PanelNote};
use super::series::{Mark, Series};
use super::view::{PlotView, SMALL, TEXT};
use crate::text::typeset::short_pair;

/// Length of a tick.
const TICK: f64 = 5.0;
/// Line spacing.
const LINE: f64 = 1.25;
/// Width of a colour bar with the gap before it.
const BAR: f64 = 26.0;

/// A panel whose scales, ticks and margins are known.
pub(super) struct Drawn<'a> {
    panel: &'a Panel,
    x: AxisScale,
    y: AxisScale,
    x_ticks: Vec<(f64, Vec<String>)>,
    y_ticks: Vec<(f64, String)>,
    /// The common offset of the numbers of the x axis, where one was subtracted.
    x_offset: String,
    y_offset: String,
    /// Level above the frame of each vertical guide's label.
    levels: Vec<usize>,
    /// Height of the line of infinity signs above the frame, if there is one.
    infinities: f64,
    shades: Option<(f64, f64)>,
    /// Size of the plotting area.
    pub size: (f64, f64),
    pub above: f64,
    pub below: f64,
    pub left: f64,
    pub right: f64,
}

impl<'a> Drawn<'a> {
    pub fn new(panel: &'a Panel, default_size: (f64, f64)) -> Self {
        let ok = |s: &(f64, f64)| s.0 > 0.0 && s.1 > 0.0 && s.0.max(s.1) < 1e4;
        let mut size = panel.size.filter(ok).unwrap_or(default_size);
        let (mut x, mut y) = scales(panel);
        if panel.equal {
            size = make_equal(&mut x, &mut y, size, panel.series.iter().all(Series::fills));
        }
        let (x_ticks, x_offset) = x_ticks(panel, &x, size.0);
        let Ticks { marks: y_ticks, offset: y_offset } = panel.y.ticks(&y, (size.1 / 45.0) as usize + 1);

        let levels = guide_levels(panel, &x, size.0);
        let guide_lines = levels.iter().zip(&panel.guides).filter(|(_, g)| g.vertical && !g.label.is_empty());
        let guide_lines = guide_lines.map(|(l, _)| l + 1).max().unwrap_or(0) as f64;
        let title_lines = wrap(&panel.title, TEXT, size.0 + 40.0).len() as f64;
        let infinities = if has_infinity(panel) { SMALL * LINE } else { 0.0 };
        let line_of = |text: &str| if text.is_empty() { 0.0 } else { SMALL * LINE };
        let above = 8.0 + title_lines * TEXT * LINE + guide_lines * SMALL * LINE + infinities + line_of(&y_offset);

        let shown = |label: &str| if label.is_empty() { 0.0 } else { TEXT * LINE + 4.0 };
        let tick_lines = x_ticks.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0) as f64;
        let (below, left) = (
            TICK + 3.0 + tick_lines * SMALL * LINE + line_of(&x_offset) + shown(&panel.x.label),
            TICK + 5.0
                + y_ticks.iter().map(|(_, name)| text_width(name, SMALL)).fold(0.0, f64::max)
                + shown(&panel.y.label),
        );
        let frame = |hidden: bool, margin: f64| if hidden { 4.0 } else { margin };
        let (below, left) = (frame(panel.x.hidden, below), frame(panel.y.hidden, left));
        // half of the outermost tick names hangs over the frame
        let hang = |edge: f64| {
            x_ticks
                .iter()
                .map(|(place, lines)| {
                    let half = lines.iter().map(|l| text_width(l, SMALL)).fold(0.0, f64::max) / 2.0;
                    half - (x.fraction(*place) - edge).abs() * size.0
                })
                .fold(0.0, f64::max)
        };
        let shades = panel.series.iter().find_map(|s| match &s.mark {
            Mark::Cells { values, range, .. } if !s.label.is_empty() => Some(marks::shades(values, *range)),
            _ => None,
        });
        let bar = shades.map_or(0.0, |(a, b)| {
            let (a, b) = short_pair(a, b);
            BAR + 6.0 + text_width(&a, SMALL).max(text_width(&b, SMALL))
        });
        let right = hang(1.0).max(panel.guide_room(SMALL)).max(6.0) + bar;
        let left = left.max(hang(0.0));
        Self {
            panel,
            x,
            y,
            x_ticks,
            y_ticks,
            x_offset,
            y_offset,
            levels,
            infinities,
            shades,
            size,
            above,
            below,
            left,
            right,
        }
    }

    /// Draws with the upper left corner of the frame at `(left, top)`, and the title `above` it: as high as in the whole row.
    pub fn draw(&self, canvas: &Canvas<'_>, (left, top): (f64, f64), above: f64) {
        let frame = Rect { left, top, right: left + self.size.0, bottom: top + self.size.1 };
        let view = PlotView { frame, x: self.x, y: self.y };
        self.grid(canvas, &view);
        marks::draw_all(canvas, &view, &self.panel.series);
        self.axes(canvas, &view);
        self.guides(canvas, &view);
        self.titles(canvas, frame, above);
        for note in &self.panel.notes {
            self.note(canvas, &view, note);
        }
        if let Some((low, high)) = self.shades {
            self.colour_bar(canvas, frame, low, high);
        }
    }

    fn note(&self, canvas: &Canvas<'_>, view: &PlotView, note: &PanelNote) {
        let (at, f) = (view.at(note.at), view.frame);
        if !f.contains(at) {
            return;
        }
        if note.anchor == Anchor::Upwards {
            canvas.text(&note.text, at, Anchor::Upwards, SMALL, INK);
            return;
        }
        let half = text_width(&note.text, SMALL) / 2.0 + 2.0;
        let middle = if note.anchor == Anchor::Left { at.0 + half } else { at.0 };
        // kept inside the frame where it fits
        let middle = middle.clamp(f.left + half, (f.right - half).max(f.left + half));
        let paper = Rect { left: middle - half, top: at.1 - 8.0, right: middle + half, bottom: at.1 + 8.0 };
        canvas.fill(paper, plotters::style::WHITE, 0.8);
        canvas.text(&note.text, (middle, at.1), Anchor::Centre, SMALL, INK);
    }

    fn grid(&self, canvas: &Canvas<'_>, view: &PlotView) {
        let f = view.frame;
        if self.panel.x.categories.is_empty() {
            for (place, _) in &self.x_ticks {
                let x = view.across(*place);
                canvas.path(&[(x, f.top), (x, f.bottom)], GRID, 1.0, 0.8);
            }
        }
        if self.panel.y.categories.is_empty() {
            for (place, _) in &self.y_ticks {
                let y = view.down(*place);
                canvas.path(&[(f.left, y), (f.right, y)], GRID, 1.0, 0.8);
            }
        }
    }

    fn axes(&self, canvas: &Canvas<'_>, view: &PlotView) {
        let f = view.frame;
        if !self.panel.x.hidden {
            canvas.path(&[(f.left, f.bottom), (f.right, f.bottom)], INK, 1.0, 1.0);
            for (place, lines) in &self.x_ticks {
                let x = view.across(*place);
                canvas.path(&[(x, f.bottom), (x, f.bottom + TICK)], INK, 1.0, 1.0);
                for (k, line) in lines.iter().enumerate() {
                    let y = f.bottom + TICK + 3.0 + SMALL * LINE * (k as f64 + 0.5);
                    canvas.text(line, (x, y), Anchor::Centre, SMALL, INK);
                }
            }
            let lines = self.x_ticks.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0) as f64;
            let y = f.bottom + TICK + 3.0 + SMALL * LINE * (lines + 0.5);
            canvas.text(&self.x_offset, (f.right, y), Anchor::Right, SMALL, INK);
            let y = f.bottom + self.below - TEXT * LINE / 2.0;
            canvas.text(&self.panel.x.label, (f.left + f.width() / 2.0, y), Anchor::Centre, TEXT, INK);
        }
        if !self.panel.y.hidden {
            canvas.path(&[(f.left, f.top), (f.left, f.bottom)], INK, 1.0, 1.0);
            for (place, name) in &self.y_ticks {
                let y = view.down(*place);
                canvas.path(&[(f.left - TICK, y), (f.left, y)], INK, 1.0, 1.0);
                canvas.text(name, (f.left - TICK - 4.0, y), Anchor::Right, SMALL, INK);
            }
            let labelled =
                self.levels.iter().zip(&self.panel.guides).filter(|(_, g)| g.vertical && !g.label.is_empty());
            let level = labelled.map(|(level, _)| level + 1).max().unwrap_or(0) as f64;
            let y = f.top - 4.0 - self.infinities - SMALL * LINE * (level + 0.5);
            canvas.text(&self.y_offset, (f.left, y), Anchor::Left, SMALL, INK);
            let names = self.y_ticks.iter().map(|(_, name)| text_width(name, SMALL)).fold(0.0, f64::max);
            let x = f.left - TICK - 5.0 - names - 4.0 - TEXT * LINE / 2.0;
            canvas.text(&self.panel.y.label, (x, f.top + f.height() / 2.0), Anchor::Upwards, TEXT, INK);
        }
    }

    fn guides(&self, canvas: &Canvas<'_>, view: &PlotView) {
        let f = view.frame;
        let mut taken: Vec<f64> = Vec::new();
        for (guide, level) in self.panel.guides.iter().zip(&self.levels) {
            if guide.vertical {
                let x = view.across(view.x.place(guide.at));
                if (f.left - 0.5..=f.right + 0.5).contains(&x) {
                    let y = f.top - 4.0 - self.infinities - SMALL * LINE * (*level as f64 + 0.5);
                    let top = if guide.label.is_empty() { f.top } else { y + SMALL * 0.6 };
                    canvas.dashed(&[(x, f.bottom), (x, top)], &[1.5, 2.5], GREY, 1.2);
                    canvas.text(&guide.label, (guide_middle(x, f, &guide.label), y), Anchor::Centre, SMALL, GREY);
                }
            } else {
                let y = view.down(view.y.place(guide.at));
                if (f.top - 0.5..=f.bottom + 0.5).contains(&y) {
                    canvas.dashed(&[(f.left, y), (f.right, y)], &[1.5, 2.5], GREY, 1.2);
                    let mut label = y;
                    while let Some(other) = taken.iter().find(|t| (*t - label).abs() < SMALL * LINE - 0.5) {
                        label = other + SMALL * LINE;
                    }
                    taken.push(label);
                    canvas.text(&guide.label, (f.right + 5.0, label), Anchor::Left, SMALL, GREY);
                }
            }
        }
    }

    fn titles(&self, canvas: &Canvas<'_>, frame: Rect, above: f64) {
        for (k, line) in wrap(&self.panel.title, TEXT, self.size.0 + 40.0).iter().enumerate() {
            let y = frame.top - above + TEXT * LINE * (k as f64 + 0.5);
            canvas.text(line, (frame.left + frame.width() / 2.0, y), Anchor::Centre, TEXT, INK);
        }
    }

    fn colour_bar(&self, canvas: &Canvas<'_>, frame: Rect, low: f64, high: f64) {
        let left = frame.right + BAR - 16.0 + self.panel.guide_room(SMALL);
        let steps = 32;
        for k in 0..steps {
            let step = frame.height() / f64::from(steps);
            let top = frame.top + step * f64::from(k);
            let piece = Rect { left, top, right: left + 12.0, bottom: top + step + 0.2 };
            canvas.boxes(&[piece], marks::shade(1.0 - (f64::from(k) + 0.5) / f64::from(steps)));
        }
        canvas.outline(Rect { left, right: left + 12.0, ..frame }, GREY, 0.8);
        let (low, high) = short_pair(low, high);
        for (name, y) in [(high, frame.top), (low, frame.bottom)] {
            canvas.text(&name, (left + 17.0, y), Anchor::Left, SMALL, INK);
        }
        let name = self.panel.series.iter().find(|s| matches!(s.mark, Mark::Cells { .. }) && !s.label.is_empty());
        if let Some(series) = name {
            canvas.text(&series.label, (left + 24.0, frame.top + frame.height() / 2.0), Anchor::Upwards, SMALL, INK);
        }
    }
}

fn scales(panel: &Panel) -> (AxisScale, AxisScale) {
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut filled = true;
    for series in &panel.series {
        let (sx, sy) = series.extent();
        x.extend(sx);
        y.extend(sy);
        filled &= series.fills();
    }
    let (px, py) = if filled { (0.0, 0.0) } else { (0.025, 0.06) };
    (panel.x.resolve(&x, px), panel.y.resolve(&y, py))
}

/// Makes a unit of x as long as one of y: a picture keeps its range and gets a smaller frame, other data keep the frame
/// and get a wider range.
fn make_equal(x: &mut AxisScale, y: &mut AxisScale, size: (f64, f64), picture: bool) -> (f64, f64) {
    let (wide, high) = (x.high - x.low, y.high - y.low);
    let per = (wide / size.0).max(high / size.1);
    if picture {
        return ((wide / per).max(1.0), (high / per).max(1.0));
    }
    for (scale, pixels) in [(x, size.0), (y, size.1)] {
        let (middle, half) = (scale.low / 2.0 + scale.high / 2.0, per * pixels / 2.0);
        (scale.low, scale.high) = (middle - half, middle + half);
    }
    size
}

/// Ticks along x, their names broken into lines (categories) or thinned (numbers) until they do not touch.
fn x_ticks(panel: &Panel, scale: &AxisScale, width: f64) -> (Vec<(f64, Vec<String>)>, String) {
    if !panel.x.categories.is_empty() {
        let slot = width / (scale.high - scale.low) - 6.0;
        let ticks = panel.x.ticks(scale, 0).marks.into_iter();
        return (ticks.map(|(place, name)| (place, wrap(&name, SMALL, slot))).collect(), String::new());
    }
    let mut wanted = (width / 55.0) as usize + 1;
    loop {
        let ticks = panel.x.ticks(scale, wanted);
        let widest = ticks.marks.iter().map(|(_, name)| text_width(name, SMALL)).fold(0.0, f64::max);
        if wanted <= 2 || (widest + 10.0) * ticks.marks.len() as f64 <= width * 1.1 {
            let marks = ticks.marks.into_iter().map(|(place, name)| (place, vec![name])).collect();
            return (marks, ticks.offset);
        }
        wanted -= 1;
    }
}

/// Where the label of a vertical guide is centred, so that it stays over the frame.
fn guide_middle(x: f64, frame: Rect, label: &str) -> f64 {
    let half = text_width(label, SMALL) / 2.0;
    x.clamp((frame.left + half - 20.0).min(x), (frame.right - half).max(frame.left + half - 20.0))
}

/// Raises the labels of vertical guides until none touches another.
fn guide_levels(panel: &Panel, scale: &AxisScale, width: f64) -> Vec<usize> {
    let frame = Rect { left: 0.0, top: 0.0, right: width, bottom: 1.0 };
    let mut placed: Vec<(f64, f64, usize)> = Vec::new();
    panel
        .guides
        .iter()
        .map(|guide| {
            if !guide.vertical || guide.label.is_empty() {
                return 0;
            }
            let x = scale.fraction(scale.place(guide.at)) * width;
            if !x.is_finite() {
                return 0;
            }
            let (middle, half) = (guide_middle(x, frame, &guide.label), text_width(&guide.label, SMALL) / 2.0 + 4.0);
            let mut level = 0;
            while placed.iter().any(|&(m, h, l)| l == level && (m - middle).abs() < h + half) {
                level += 1;
            }
            placed.push((middle, half, level));
            level
        })
        .collect()
}

fn has_infinity(panel: &Panel) -> bool {
    panel.series.iter().any(|s| s.extent().1.contains(&f64::INFINITY))
}
