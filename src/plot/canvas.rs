//! Drawing in pixels on a plotters SVG area: paths with dashes, markers, hatched boxes and text.
//!
//! plotters works in whole units, so the area is [`UNIT`] times finer than the pixel: curves stay smooth and
//! strokes may have a fraction of a pixel.

use crate::text::typeset::without_scripts;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::RefCell;
use std::fmt::Write;

/// A position in pixels, from the upper left corner.
pub(super) type Point = (f64, f64);

/// Units a pixel.
pub(super) const UNIT: f64 = 10.0;
/// plotters divides font sizes by this on the way to SVG.
pub(super) const FONT_FACTOR: f64 = 1.24;
/// The shipped face first, then faces of similar width, so that a browser without it breaks no layout.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";
/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
/// Grid lines.
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);
/// Guides and the ink of secondary text.
pub(super) const GREY: RGBColor = RGBColor(95, 95, 95);

/// An upright box in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Rect {
    pub fn width(self) -> f64 {
        self.right - self.left
    }

    pub fn height(self) -> f64 {
        self.bottom - self.top
    }

    pub fn contains(self, (x, y): Point) -> bool {
        // half a pixel of grace, so that a point on the frame is not lost to rounding
        x >= self.left - 0.5 && x <= self.right + 0.5 && y >= self.top - 0.5 && y <= self.bottom + 0.5
    }

    /// The part of `other` inside, if there is one.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let part = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (part.width() >= 0.0 && part.height() >= 0.0).then_some(part)
    }

    /// The part of the segment inside (Liang and Barsky, doi:10.1145/357332.357333).
    pub fn clip(self, (x0, y0): Point, (x1, y1): Point) -> Option<(Point, Point)> {
        let (dx, dy) = (x1 - x0, y1 - y0);
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (slope, room) in
            [(-dx, x0 - self.left), (dx, self.right - x0), (-dy, y0 - self.top), (dy, self.bottom - y0)]
        {
            if slope == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if slope < 0.0 {
                enter = enter.max(room / slope);
            } else {
                leave = leave.min(room / slope);
            }
        }
        (enter <= leave).then_some(((x0 + enter * dx, y0 + enter * dy), (x0 + leave * dx, y0 + leave * dy)))
    }
}

/// The shape drawn at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
    Plus,
    Ring,
}

/// How boxes of a style are filled, so that they differ without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hatch {
    Solid,
    Rising,
    Pale,
    Falling,
    Level,
    Upright,
}

/// One way to draw a series: colour, dashes, marker and hatch all differ from the other styles.
#[derive(Debug)]
pub(super) struct Style {
    pub colour: RGBColor,
    /// Lengths drawn and skipped in turn, in pixels; empty for a solid line.
    pub dash: &'static [f64],
    pub marker: Marker,
    pub hatch: Hatch,
}

/// Colours of Okabe and Ito, which people with any common colour blindness tell apart, dark ones first; its yellow
/// is left out since it fades on white paper.
pub(super) const STYLES: [Style; 7] = [
    Style { colour: RGBColor(0, 114, 178), dash: &[], marker: Marker::Circle, hatch: Hatch::Solid },
    Style { colour: RGBColor(213, 94, 0), dash: &[8.0, 4.0], marker: Marker::Square, hatch: Hatch::Rising },
    Style { colour: RGBColor(0, 158, 115), dash: &[2.0, 3.0], marker: Marker::Triangle, hatch: Hatch::Pale },
    Style {
        colour: RGBColor(204, 121, 167),
        dash: &[10.0, 3.0, 2.0, 3.0],
        marker: Marker::Diamond,
        hatch: Hatch::Falling,
    },
    Style { colour: RGBColor(0, 0, 0), dash: &[14.0, 4.0], marker: Marker::Cross, hatch: Hatch::Level },
    Style {
        colour: RGBColor(230, 159, 0),
        dash: &[5.0, 2.0, 2.0, 2.0, 2.0, 2.0],
        marker: Marker::Plus,
        hatch: Hatch::Upright,
    },
    Style { colour: RGBColor(86, 180, 233), dash: &[4.0, 2.0], marker: Marker::Ring, hatch: Hatch::Pale },
];

pub(super) fn style(index: usize) -> &'static Style {
    &STYLES[index % STYLES.len()]
}

/// Where text sits relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The point is at the middle of the left edge.
    Left,
    /// The point is at the middle of the right edge.
    Right,
    /// The point is at the centre.
    Centre,
    /// The point is at the centre, and the text reads upwards.
    Upwards,
}

/// Width of `text` in pixels in the shipped face, to within a few per cent.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = without_scripts(text)
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '\'' | '|' => 0.29,
            'f' | 't' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '(' | ')' | '[' | ']' | '-' | '/' => 0.37,
            '⁰' | '¹' | '²' | '³' | '⁴' | '⁵' | '⁶' | '⁷' | '⁸' | '⁹' | '⁻' | '₀' | '₁' | '₂' | '₃' => {
                0.42
            }
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.94,
            '=' | '+' | '−' | '<' | '>' | '≤' | '≥' | '×' | '∞' | '±' | '→' => 0.84,
            'A'..='Z' => 0.7,
            _ => 0.61,
        })
        .sum();
    em * size
}

/// `text` broken at blanks into lines no wider than `width` where words allow it.
pub(super) fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(" ", size) + text_width(word, size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A plotters area measured in pixels.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    /// What plotters has no element for, in the order of the [`PLACE`]s that stand for it.
    others: RefCell<Vec<String>>,
}

/// How the box without extent begins that keeps the place of an element of our own.
const PLACE: &str = "<rect x=\"0\" y=\"0\" width=\"0\" height=\"0\"";

fn unit(x: f64) -> i32 {
    // far outside any sheet, and far inside i32
    (x * UNIT).round().clamp(-1e7, 1e7) as i32
}

fn units(points: &[Point]) -> Vec<(i32, i32)> {
    let mut path: Vec<(i32, i32)> = straightened(points).into_iter().map(|(x, y)| (unit(x), unit(y))).collect();
    path.dedup();
    path
}

/// The path without the points that lie on a straight run to a thousandth of a pixel.
fn straightened(points: &[Point]) -> Vec<Point> {
    let mut path: Vec<Point> = Vec::new();
    for &c in points {
        if let [.., a, b] = path[..] {
            let (dx, dy) = (c.0 - a.0, c.1 - a.1);
            let off = (b.0 - a.0) * dy - (b.1 - a.1) * dx;
            let ahead = (b.0 - a.0) * (c.0 - b.0) + (b.1 - a.1) * (c.1 - b.1);
            if off.abs() <= 1e-3 * dx.hypot(dy) && ahead >= 0.0 {
                path.pop();
            }
        }
        path.push(c);
    }
    path
}

fn stroke(colour: RGBColor, opacity: f64, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour.mix(opacity), filled: false, stroke_width: (width * UNIT).round().max(1.0) as u32 }
}

/// A document with our own elements in their places.
pub(super) fn completed(svg: &str, others: &[String]) -> String {
    let mut parts = svg.split(PLACE);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for (part, other) in parts.zip(others) {
        whole += other;
        whole += part.split_once("/>").map_or("", |(_, rest)| rest);
    }
    whole
}

/// Writing to a string has no way to fail.
const TO_STRING: &str = "the drawing goes to a string";

impl<'a> Canvas<'a> {
    /// A white sheet of `width` by `height` pixels that writes to `svg`.
    pub fn new(svg: &'a mut String, width: f64, height: f64) -> Self {
        let area = SVGBackend::with_string(svg, (unit(width) as u32, unit(height) as u32)).into_drawing_area();
        area.fill(&WHITE).expect(TO_STRING);
        Self { area, others: RefCell::default() }
    }

    /// Ends the document, and returns the elements that [`completed`] puts into it.
    pub fn finish(self) -> Vec<String> {
        self.area.present().expect(TO_STRING);
        self.others.into_inner()
    }

    fn draw<'e, E>(&self, element: &'e E)
    where
        E: plotters::element::Drawable<SVGBackend<'a>>,
        &'e E: plotters::element::PointCollection<'e, (i32, i32)>,
    {
        self.area.draw(element).expect(TO_STRING);
    }

    /// A solid path.
    pub fn path(&self, points: &[Point], colour: RGBColor, opacity: f64, width: f64) {
        let path = units(points);
        if path.len() > 1 {
            self.draw(&PathElement::new(path, stroke(colour, opacity, width)));
        }
    }

    /// A path in dashes; the pattern runs on across corners.
    pub fn dashed(&self, points: &[Point], dash: &[f64], colour: RGBColor, width: f64) {
        if dash.is_empty() {
            self.path(points, colour, 1.0, width);
            return;
        }
        let points = straightened(points);
        let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
        let (mut phase, mut left) = (0, dash[0]);
        for pair in points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            let mut done = 0.0;
            while length - done > left {
                done += left;
                let at = (from.0 + (to.0 - from.0) * done / length, from.1 + (to.1 - from.1) * done / length);
                if phase % 2 == 0 {
                    piece.push(at);
                    self.path(&piece, colour, 1.0, width);
                }
                piece = vec![at];
                phase = (phase + 1) % dash.len();
                left = dash[phase];
            }
            left -= length - done;
            if phase % 2 == 0 {
                piece.push(to);
            }
        }
        if phase % 2 == 0 {
            self.path(&piece, colour, 1.0, width);
        }
    }

    /// A filled polygon.
    pub fn polygon(&self, points: &[Point], colour: RGBColor, opacity: f64) {
        let path = units(points);
        if path.len() > 2 {
            self.draw(&Polygon::new(path, ShapeStyle::from(colour.mix(opacity)).filled()));
        }
    }

    /// A filled box.
    pub fn fill(&self, r: Rect, colour: RGBColor, opacity: f64) {
        let corners = [(unit(r.left), unit(r.top)), (unit(r.right), unit(r.bottom))];
        self.draw(&Rectangle::new(corners, ShapeStyle::from(colour.mix(opacity)).filled()));
    }

    /// Boxes of one colour, as one element: a picture has thousands.
    pub fn boxes(&self, boxes: &[Rect], colour: RGBColor) {
        if boxes.is_empty() {
            return;
        }
        let mut path = String::new();
        for r in boxes {
            let (left, top, right, bottom) = (unit(r.left), unit(r.top), unit(r.right), unit(r.bottom));
            let (wide, high) = (right - left, bottom - top);
            write!(path, "M{left} {top}h{wide}v{high}h-{wide}z").expect(TO_STRING);
        }
        let RGBColor(red, green, blue) = colour;
        let fill = format!("#{red:02X}{green:02X}{blue:02X}");
        let element = format!("<path shape-rendering=\"crispEdges\" fill=\"{fill}\" d=\"{path}\"/>");
        self.others.borrow_mut().push(element);
        self.draw(&Rectangle::new([(0, 0), (0, 0)], ShapeStyle::from(&WHITE).filled()));
    }

    /// The outline of a box.
    pub fn outline(&self, r: Rect, colour: RGBColor, width: f64) {
        let corners = [(r.left, r.top), (r.right, r.top), (r.right, r.bottom), (r.left, r.bottom), (r.left, r.top)];
        self.path(&corners, colour, 1.0, width);
    }

    /// A box filled in the hatch of a style, with an outline.
    pub fn hatched(&self, r: Rect, style: &Style) {
        let Style { colour, hatch, .. } = *style;
        match hatch {
            Hatch::Solid => self.fill(r, colour, 1.0),
            Hatch::Pale => self.fill(r, colour, 0.3),
            _ => {
                self.fill(r, colour, 0.15);
                let gap = 5.0;
                let (run, rise) = match hatch {
                    Hatch::Rising => (1.0, -1.0),
                    Hatch::Falling => (1.0, 1.0),
                    Hatch::Level => (1.0, 0.0),
                    _ => (0.0, 1.0),
                };
                let span = r.width() + r.height();
                let lines = (2.0 * span / gap).ceil().min(2000.0) as usize;
                for k in 0..lines {
                    // a line of the hatch through a point that walks along the box at right angles to it
                    let s = k as f64 * gap - span;
                    let foot = if rise == 0.0 { (r.left, r.top + s) } else { (r.left + s, r.top) };
                    let from = (foot.0 - run * span, foot.1 - rise * span);
                    let to = (foot.0 + run * span, foot.1 + rise * span);
                    if let Some((a, b)) = r.clip(from, to) {
                        self.path(&[a, b], colour, 1.0, 1.2);
                    }
                }
            }
        }
        self.outline(r, colour, 1.0);
    }

    /// A marker of `radius` pixels.
    pub fn marker(&self, (x, y): Point, marker: Marker, radius: f64, colour: RGBColor) {
        let r = radius;
        match marker {
            Marker::Circle => {
                self.draw(&Circle::new((unit(x), unit(y)), unit(r), ShapeStyle::from(colour).filled()));
            }
            Marker::Ring => self.draw(&Circle::new((unit(x), unit(y)), unit(r), stroke(colour, 1.0, 1.3))),
            Marker::Square => {
                self.fill(Rect { left: x - r, top: y - r, right: x + r, bottom: y + r }, colour, 1.0);
            }
            Marker::Triangle => {
                self.polygon(&[(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)], colour, 1.0);
            }
            Marker::Diamond => {
                let r = 1.3 * r;
                self.polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour, 1.0);
            }
            Marker::Cross => {
                self.path(&[(x - r, y - r), (x + r, y + r)], colour, 1.0, 1.4);
                self.path(&[(x - r, y + r), (x + r, y - r)], colour, 1.0, 1.4);
            }
            Marker::Plus => {
                self.path(&[(x - 1.2 * r, y), (x + 1.2 * r, y)], colour, 1.0, 1.4);
                self.path(&[(x, y - 1.2 * r), (x, y + 1.2 * r)], colour, 1.0, 1.4);
            }
        }
    }

    /// One line of text.
    pub fn text(&self, text: &str, (x, y): Point, anchor: Anchor, size: f64, colour: RGBColor) {
        if text.is_empty() {
            return;
        }
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Right => HPos::Right,
            Anchor::Centre | Anchor::Upwards => HPos::Center,
        };
        let mut font = (FAMILY, FONT_FACTOR * size * UNIT).into_font();
        if anchor == Anchor::Upwards {
            font = font.transform(FontTransform::Rotate270);
        }
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(horizontal, VPos::Center));
        self.draw(&Text::new(text.to_owned(), (unit(x), unit(y)), style));
    }
}
