//! One pair of axes with the series drawn in it.

use super::axis::Axis;
use super::canvas::{Anchor, text_width};
use super::series::Series;
use crate::text::typeset::short;

/// One pair of axes, the series drawn in it, and guides and notes that explain them.
///
/// ```
/// use fenchel::plot::{Axis, Panel, Series};
/// let t = [0.0, 0.5, 1.0, 2.0];
/// let panel = Panel::new(Axis::new("shift t"), Axis::new("divergence (nats)"))
///     .title("Saturation")
///     .add(Series::line("JSD", &t, &[0.0, 0.347, 0.693, 0.693]))
///     .guide_y(std::f64::consts::LN_2, "ln 2");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) title: String,
    pub(super) series: Vec<Series>,
    pub(super) guides: Vec<Guide>,
    pub(super) notes: Vec<PanelNote>,
    pub(super) size: Option<(f64, f64)>,
    pub(super) equal: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Guide {
    pub vertical: bool,
    pub at: f64,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct PanelNote {
    pub at: (f64, f64),
    pub text: String,
    pub anchor: Anchor,
}

impl Panel {
    /// An empty panel.
    #[must_use]
    pub fn new(x: Axis, y: Axis) -> Self {
        Self {
            x,
            y,
            title: String::new(),
            series: Vec::new(),
            guides: Vec::new(),
            notes: Vec::new(),
            size: None,
            equal: false,
        }
    }

    /// The line above the panel.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Draws `series` on top of the earlier ones.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // as in every builder: adds to the panel, does not sum
    pub fn add(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// A vertical reference line at `x`; its label stands above the panel, clear of the data.
    #[must_use]
    pub fn guide_x(mut self, x: f64, label: impl Into<String>) -> Self {
        self.guides.push(Guide { vertical: true, at: x, label: label.into() });
        self
    }

    /// A horizontal reference line at `y`; its label stands at the right of the panel, clear of the data.
    #[must_use]
    pub fn guide_y(mut self, y: f64, label: impl Into<String>) -> Self {
        self.guides.push(Guide { vertical: false, at: y, label: label.into() });
        self
    }

    /// Text centred at a point of the panel.
    #[must_use]
    pub fn note(mut self, x: f64, y: f64, text: impl Into<String>) -> Self {
        self.notes.push(PanelNote { at: (x, y), text: text.into(), anchor: Anchor::Centre });
        self
    }

    /// Width and height of the plotting area in pixels (otherwise by the number of panels in a row).
    #[must_use]
    pub fn size(mut self, width: f64, height: f64) -> Self {
        self.size = Some((width, height));
        self
    }

    /// One unit of x is as long as one unit of y.
    #[must_use]
    pub fn equal(mut self) -> Self {
        self.equal = true;
        self
    }

    /// A sheet of small grey pictures, `across` in a row, each given by rows with `width` pixels a row.
    ///
    /// `white` and `black` are the values drawn so; the sheet is drawn in 17 shades, runs of one shade as one box.
    #[must_use]
    pub fn pictures(pictures: &[&[f64]], width: usize, across: usize, white: f64, black: f64) -> Self {
        let width = width.max(1);
        let height = pictures.iter().map(|p| p.len().div_ceil(width)).max().unwrap_or(0).max(1);
        let across = across.clamp(1, pictures.len().max(1));
        let down = pictures.len().div_ceil(across).max(1);
        // a blank line between neighbours
        let (columns, rows) = (across * (width + 1) - 1, down * (height + 1) - 1);
        let mut sheet = vec![f64::NAN; columns * rows];
        for (k, picture) in pictures.iter().enumerate() {
            let (top, left) = (k / across * (height + 1), k % across * (width + 1));
            for (p, &value) in picture.iter().enumerate() {
                sheet[(top + p / width) * columns + left + p % width] = value;
            }
        }
        let pixel = (340.0 / columns as f64).round().clamp(1.0, 12.0);
        Self::new(
            Axis::hidden().range(-0.5, columns as f64 - 0.5),
            Axis::hidden().range(-0.5, rows as f64 - 0.5).reversed(),
        )
        .add(Series::cells("", &sheet, columns).shades(white, black).grey())
        .size(pixel * columns as f64, pixel * rows as f64)
        .equal()
    }

    /// A transport plan as a matrix with its numbers printed, one row for each bin of the source and one column for
    /// each bin of the target, and the named marginals as bars along its edges.
    #[must_use]
    pub fn plan(source: (&str, &[f64]), target: (&str, &[f64]), plan: &[f64]) -> Self {
        let (rows, columns) = (source.1.len() as f64, target.1.len() as f64);
        let side = rows.max(columns);
        let largest = source.1.iter().chain(target.1).copied().filter(|x| x.is_finite()).fold(1e-300, f64::max);
        let reach = 0.3 * side.max(1.0) / largest;
        let right: Vec<_> = source
            .1
            .iter()
            .enumerate()
            .map(|(i, &p)| [columns - 0.35, i as f64 - 0.3, columns - 0.35 + reach * p, i as f64 + 0.3])
            .collect();
        let below: Vec<_> = target
            .1
            .iter()
            .enumerate()
            .map(|(j, &q)| [j as f64 - 0.3, rows - 0.35, j as f64 + 0.3, rows - 0.35 + reach * q])
            .collect();
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        let beside = right.iter().zip(source.1).map(|(b, &p)| PanelNote {
            at: (b[2] + 0.02 * side, (b[1] + b[3]) / 2.0),
            text: short(p),
            anchor: Anchor::Left,
        });
        let under = below.iter().zip(target.1).map(|(b, &q)| PanelNote {
            at: ((b[0] + b[2]) / 2.0, b[3] + 0.06 * side),
            text: short(q),
            anchor: Anchor::Centre,
        });
        let centred = |at: (f64, f64), text: String| PanelNote { at, text, anchor: Anchor::Centre };
        let columns_named =
            names(target.1.len()).into_iter().enumerate().map(|(j, name)| centred((j as f64, -0.75), name));
        let rows_named = names(source.1.len()).into_iter().enumerate().map(|(i, name)| centred((-0.8, i as f64), name));
        let middle = |n: f64| 0.5 * (n - 1.0);
        let to = centred((middle(columns), -0.9 - 0.07 * side), "to bin".to_owned());
        let from =
            PanelNote { at: (-0.9 - 0.07 * side, middle(rows)), text: "from bin".to_owned(), anchor: Anchor::Upwards };
        // one scale for every plan between the same laws
        let mut panel = Self::new(
            Axis::hidden().range(-1.0 - 0.12 * side, columns - 0.3 + 0.45 * side),
            Axis::hidden().range(-1.0 - 0.12 * side, rows - 0.3 + 0.45 * side).reversed(),
        )
        .add(Series::cells("", plan, target.1.len()).shades(0.0, largest).printed())
        .add(Series::boxes(source.0, &right))
        .add(Series::boxes(target.0, &below))
        .size(300.0, 300.0);
        panel.notes.extend(columns_named.chain(rows_named).chain([to, from]));
        panel.notes.extend(beside.chain(under));
        panel
    }

    /// Room that the labels of horizontal guides need at the right.
    pub(super) fn guide_room(&self, size: f64) -> f64 {
        let widest = self.guides.iter().filter(|g| !g.vertical).map(|g| text_width(&g.label, size)).fold(0.0, f64::max);
        if widest > 0.0 { widest + 8.0 } else { 0.0 }
    }
}
