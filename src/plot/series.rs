//! The series that a panel can hold: lines, points, bands, bars, intervals, segments and cells.

/// One thing drawn in a [`Panel`](super::Panel).
///
/// The label goes to the legend of the figure; series of the same label look the same in every panel and are listed
/// once, and a series with an empty label is not listed. Where slices are of different lengths the shortest decides.
/// NaN leaves a gap; an infinity is marked by an arrow at the edge of the panel with the word `∞`.
///
/// ```
/// use fenchel::plot::Series;
/// let x = [0.0, 1.0, 2.0];
/// let curve = Series::line("JSD", &x, &[0.0, 0.5, 0.69]);
/// let dots = Series::line("measured", &x, &[0.0, 0.49, 0.7]).markers();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub(super) label: String,
    pub(super) mark: Mark,
    pub(super) style: Option<usize>,
    pub(super) horizontal: bool,
}

/// A straight connection between two points, drawn as wide as its mass is large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Where it starts.
    pub from: (f64, f64),
    /// Where it ends.
    pub to: (f64, f64),
    /// Its mass; segments without positive mass are not drawn.
    pub mass: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    Line { points: Vec<(f64, f64)>, markers: bool },
    Points(Vec<(f64, f64)>),
    Band(Vec<(f64, f64, f64)>),
    Bars(Vec<f64>),
    Boxes(Vec<[f64; 4]>),
    Intervals(Vec<Interval>),
    Segments { segments: Vec<Segment>, arrows: bool },
    Cells { values: Vec<f64>, columns: usize, range: Option<(f64, f64)>, printed: bool, grey: bool },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub at: f64,
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Series {
    fn new(label: impl Into<String>, mark: Mark) -> Self {
        Self { label: label.into(), mark, style: None, horizontal: false }
    }

    /// A line through the points `(x[i], y[i])` in the order given.
    #[must_use]
    pub fn line(label: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        Self::new(label, Mark::Line { points: zip(x, y), markers: false })
    }

    /// Puts a marker on every point of a line.
    #[must_use]
    pub fn markers(mut self) -> Self {
        if let Mark::Line { markers, .. } = &mut self.mark {
            *markers = true;
        }
        self
    }

    /// A marker at each `(x[i], y[i])`, not connected.
    #[must_use]
    pub fn points(label: impl Into<String>, x: &[f64], y: &[f64]) -> Self {
        Self::new(label, Mark::Points(zip(x, y)))
    }

    /// The area between `low` and `high`: a density above zero, or an uncertainty about a curve.
    #[must_use]
    pub fn band(label: impl Into<String>, x: &[f64], low: &[f64], high: &[f64]) -> Self {
        Self::new(label, Mark::Band(x.iter().zip(low).zip(high).map(|((&x, &a), &b)| (x, a, b)).collect()))
    }

    /// Bars at 0, 1, 2, ...; the bars of several such series in one panel stand side by side.
    #[must_use]
    pub fn bars(label: impl Into<String>, heights: &[f64]) -> Self {
        Self::new(label, Mark::Bars(heights.to_vec()))
    }

    /// Boxes `[x0, y0, x1, y1]`.
    #[must_use]
    pub fn boxes(label: impl Into<String>, boxes: &[[f64; 4]]) -> Self {
        Self::new(label, Mark::Boxes(boxes.to_vec()))
    }

    /// A point at `value[i]` with an error bar from `low[i]` to `high[i]`, standing at `at[i]`; the bar
    /// is left out where it is shorter than the marker.
    #[must_use]
    pub fn intervals(label: impl Into<String>, at: &[f64], value: &[f64], low: &[f64], high: &[f64]) -> Self {
        let intervals = at.iter().zip(value).zip(low.iter().zip(high));
        Self::new(
            label,
            Mark::Intervals(
                intervals.map(|((&at, &value), (&low, &high))| Interval { at, value, low, high }).collect(),
            ),
        )
    }

    /// Connections whose width is proportional to their mass, the largest being 9 pixels wide: a plan that moves mass.
    #[must_use]
    pub fn segments(label: impl Into<String>, segments: &[Segment]) -> Self {
        Self::new(label, Mark::Segments { segments: segments.to_vec(), arrows: false })
    }

    /// Puts a head on the far end of each connection.
    #[must_use]
    pub fn arrows(mut self) -> Self {
        if let Mark::Segments { arrows, .. } = &mut self.mark {
            *arrows = true;
        }
        self
    }

    /// A matrix given by rows, darker where it is larger; entry (i, j) is the unit square about x = j, y = i, so that
    /// [`Axis::categories`](super::Axis::categories) names its rows and columns. The label names the colour bar,
    /// and there is none without a label.
    #[must_use]
    pub fn cells(label: impl Into<String>, values: &[f64], columns: usize) -> Self {
        let mark =
            Mark::Cells { values: values.to_vec(), columns: columns.max(1), range: None, printed: false, grey: false };
        Self::new(label, mark)
    }

    /// The values of cells that are drawn white and darkest (otherwise zero or the smallest, and the largest).
    #[must_use]
    pub fn shades(mut self, white: f64, darkest: f64) -> Self {
        if let Mark::Cells { range, .. } = &mut self.mark {
            *range = Some((white, darkest));
        }
        self
    }

    /// Prints the number into each cell.
    #[must_use]
    pub fn printed(mut self) -> Self {
        if let Mark::Cells { printed, .. } = &mut self.mark {
            *printed = true;
        }
        self
    }

    /// Shades of grey in place of blue.
    #[must_use]
    pub fn grey(mut self) -> Self {
        if let Mark::Cells { grey, .. } = &mut self.mark {
            *grey = true;
        }
        self
    }

    /// Bars and intervals along x in place of y; they then stand at y = 0, 1, 2, ...
    #[must_use]
    pub fn horizontal(mut self) -> Self {
        self.horizontal = true;
        self
    }

    /// Draws in style `index` (colour, dashes, marker, hatch) in place of the next free one.
    #[must_use]
    pub fn style(mut self, index: usize) -> Self {
        self.style = Some(index);
        self
    }

    /// Whether the legend lists it.
    pub(super) fn listed(&self) -> bool {
        !self.label.is_empty() && !matches!(self.mark, Mark::Cells { .. })
    }

    /// Whether it covers its range with boxes and so needs no margin around it.
    pub(super) fn fills(&self) -> bool {
        matches!(self.mark, Mark::Cells { .. } | Mark::Boxes(_))
    }

    /// All values drawn along x and along y, infinities included.
    pub(super) fn extent(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        match &self.mark {
            Mark::Line { points, .. } | Mark::Points(points) => {
                x.extend(points.iter().map(|p| p.0));
                y.extend(points.iter().map(|p| p.1));
            }
            Mark::Band(points) => {
                x.extend(points.iter().map(|p| p.0));
                y.extend(points.iter().flat_map(|p| [p.1, p.2]));
            }
            Mark::Bars(heights) => {
                x.extend([-0.5, heights.len() as f64 - 0.5]);
                y.push(0.0);
                y.extend(heights);
            }
            Mark::Boxes(boxes) => {
                x.extend(boxes.iter().flat_map(|b| [b[0], b[2]]));
                y.extend(boxes.iter().flat_map(|b| [b[1], b[3]]));
            }
            Mark::Intervals(intervals) => {
                x.extend(intervals.iter().map(|i| i.at));
                y.extend(intervals.iter().flat_map(|i| [i.low, i.value, i.high]));
            }
            Mark::Segments { segments, .. } => {
                x.extend(segments.iter().flat_map(|s| [s.from.0, s.to.0]));
                y.extend(segments.iter().flat_map(|s| [s.from.1, s.to.1]));
            }
            Mark::Cells { values, columns, .. } => {
                x.extend([-0.5, *columns as f64 - 0.5]);
                y.extend([-0.5, values.len().div_ceil(*columns) as f64 - 0.5]);
            }
        }
        if self.horizontal && matches!(self.mark, Mark::Bars(_) | Mark::Intervals(_)) { (y, x) } else { (x, y) }
    }
}

fn zip(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    x.iter().copied().zip(y.iter().copied()).collect()
}
