//! What samples look like, step by step: points in the plane as SVG, pictures in grey as PNG.

use super::data::{Data, Kind};
use super::watch::Components;
use anyhow::{Context, Result};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, ArrayView2, Axis as Direction, s};
use std::fmt::Write;

/// Samples in one picture.
pub const SHOWN: usize = 300;
/// Pictures in a row and in a column of the grid.
const ACROSS: usize = 6;
/// Side of the drawing, in its own units.
const SIDE: f64 = 400.0;

/// How samples are drawn, the same way at every step.
pub enum Picture {
    Points(Points),
    /// Grey pictures of so many pixels a side, from white at `low` to black at `high`.
    Grid {
        side: usize,
        low: f64,
        high: f64,
    },
}

/// Points in the plane, beside real ones.
pub struct Points {
    /// What more than two columns are seen along.
    axes: Option<Components>,
    /// Left, bottom and the length of a side.
    frame: [f64; 3],
    real: String,
}

impl Picture {
    /// Points of more than two columns are seen along `axes`, or along their own where none are known.
    pub fn new(data: &Data, axes: Option<&Components>) -> Result<Self> {
        let real = data.held_out().points();
        if let Kind::Pictures(side) = data.kind() {
            let (low, high) = real.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
            return Ok(Self::Grid { side, low, high });
        }
        let in_units = (&real - data.shift()) / data.scale();
        let axes = match axes {
            _ if in_units.ncols() <= 2 => None,
            Some(axes) => Some(axes.clone()),
            None => Some(Components::of(in_units.view())?),
        };
        let mut points = Points { axes, frame: [0.0, 0.0, 1.0], real: String::new() };
        let seen = points.flat(data, in_units.slice(s![..in_units.nrows().min(SHOWN), ..]));
        let ends = |axis: usize| {
            let column = seen.column(axis);
            column.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)))
        };
        let [x, y] = [ends(0), ends(1)];
        // a margin, in which samples that are beside the real ones can be seen
        let length = 1.3 * (x.1 - x.0).max(y.1 - y.0).max(f64::MIN_POSITIVE);
        points.frame = [x.0.midpoint(x.1) - length / 2.0, y.0.midpoint(y.1) - length / 2.0, length];
        points.real = points.path(seen.view());
        Ok(Self::Points(points))
    }

    /// Samples, as the networks see them, after so many steps.
    pub fn draw(&self, data: &Data, samples: ArrayView2<'_, f64>, step: u64) -> Result<Vec<u8>> {
        let shown = samples.slice(s![..samples.nrows().min(SHOWN), ..]);
        match self {
            Self::Points(points) => Ok(points.svg(points.flat(data, shown).view(), step).into_bytes()),
            Self::Grid { side, low, high } => grid(&data.in_own_units(shown.to_owned()), *side, (*low, *high)),
        }
    }
}

impl Points {
    /// Two numbers a sample.
    fn flat(&self, data: &Data, samples: ArrayView2<'_, f64>) -> Array2<f64> {
        match (&self.axes, samples.ncols()) {
            (Some(axes), _) => axes.on(samples).slice(s![.., ..2]).to_owned(),
            // a single column against the ranks: the distribution function
            (None, 1) => {
                let mut values: Vec<f64> = data.in_own_units(samples.to_owned()).into_iter().collect();
                values.sort_by(f64::total_cmp);
                let reach = data.scale()[0] * 4.0;
                let n = values.len() as f64;
                Array2::from_shape_fn((values.len(), 2), |(i, j)| if j == 0 { values[i] } else { reach * i as f64 / n })
            }
            (None, _) => data.in_own_units(samples.to_owned()),
        }
    }

    /// A dot for each point; what lies outside stands at the edge.
    fn path(&self, points: ArrayView2<'_, f64>) -> String {
        let [left, bottom, length] = self.frame;
        let mut path = String::new();
        for point in points.rows() {
            let along = |x: f64, from: f64| (SIDE * (x - from) / length).clamp(3.0, SIDE - 3.0);
            let (x, y) = (along(point[0], left), SIDE - along(point[1], bottom));
            // writing to memory cannot fail
            let _ = write!(path, "M{x:.0} {y:.0}h0");
        }
        path
    }

    fn svg(&self, samples: ArrayView2<'_, f64>, step: u64) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SIDE} {SIDE}\" role=\"img\" aria-label=\"Samples after {step} steps\">\
             <style>path{{fill:none;stroke-linecap:round}}.real{{stroke:#b9c0c7;stroke-width:9}}.made{{stroke:#0b5394;stroke-width:4;\
             stroke-opacity:.7}}rect{{fill:#fff}}@media(prefers-color-scheme:dark){{.real{{stroke:#4d565f}}.made{{stroke:#8ac4f0}}\
             rect{{fill:#1d2126}}}}</style><rect width=\"{SIDE}\" height=\"{SIDE}\"/>\
             <path class=\"real\" d=\"{}\"/><path class=\"made\" d=\"{}\"/></svg>\n",
            self.real,
            self.path(samples)
        )
    }
}

/// Pictures beside each other, as PNG.
fn grid(samples: &Array2<f64>, side: usize, (low, high): (f64, f64)) -> Result<Vec<u8>> {
    let pitch = side + 1;
    let width = ACROSS * pitch + 1;
    let mut pixels = vec![255_u8; width * width];
    for (k, picture) in samples.axis_iter(Direction(0)).take(ACROSS * ACROSS).enumerate() {
        let (top, left) = (k / ACROSS * pitch + 1, k % ACROSS * pitch + 1);
        for (i, &ink) in picture.iter().enumerate() {
            let share = ((ink - low) / (high - low)).clamp(0.0, 1.0);
            pixels[(top + i / side) * width + left + i % side] = (255.0 * (1.0 - share)).round() as u8;
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::try_from(width)?, u32::try_from(width)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().context("a picture")?;
    writer.write_image_data(&pixels).context("a picture")?;
    writer.finish().context("a picture")?;
    Ok(file)
}

/// The ending of the files of pictures.
pub fn ending(data: &Data) -> &'static str {
    if matches!(data.kind(), Kind::Pictures(_)) { "png" } else { "svg" }
}

/// The picture of the last samples, in the data's own units: real and generated points, or generated pictures.
pub fn last(data: &Data, samples: &Array2<f64>) -> Option<Figure> {
    if let Kind::Pictures(side) = data.kind() {
        let rows: Vec<Vec<f64>> = samples.rows().into_iter().take(100).map(|row| row.to_vec()).collect();
        let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let most = data.held_out().points().iter().copied().fold(0.0, f64::max);
        return Some(Figure::new(
            if side == 8 && data.name != "faces" { "Generated digits" } else { "Generated pictures" },
            [Panel::pictures(&pictures, side, 20, 0.0, most)],
        ));
    }
    if samples.ncols() != 2 {
        return None;
    }
    let points = |label: &str, cloud: ArrayView2<'_, f64>| {
        Series::points(label, &cloud.column(0).to_vec(), &cloud.column(1).to_vec())
    };
    let panel = Panel::new(Axis::new("column 1"), Axis::new("column 2"))
        .add(points("real", data.held_out().points()))
        .add(points("generated", samples.view()))
        .equal();
    Some(Figure::new("Real and generated samples", [panel]))
}
