//! Figures: panels in rows under one title and one legend, as SVG and as PNG.

use super::canvas::{Anchor, Canvas, FONT_FACTOR, GREY, INK, Marker, Rect, UNIT, completed, style, text_width, wrap};
use super::data;
use super::panel::Panel;
use super::pdf;
use super::render::Drawn;
use super::series::{Mark, Series};
use super::view::{SMALL, TEXT, TITLE};
use super::words;
use crate::error::{Error, Result};
use crate::text::typeset::without_scripts;
use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};

/// The font of PNGs: DejaVu Sans, as Debian ships it (licence beside it in `data/`).
static FACE: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut faces = usvg::fontdb::Database::new();
    faces.load_font_data(include_bytes!("../../data/DejaVuSans.ttf").to_vec());
    faces.set_sans_serif_family("DejaVu Sans");
    Arc::new(faces)
});

/// Space around and between panels.
const GAP: f64 = 12.0;
/// Widest PNG side, in pixels.
const LARGEST: f64 = 20_000.0;

/// A finished figure: a text of SVG from which PNG and PDF are made too.
///
/// The SVG is self-contained, has no ids (so that many may stand in one page), keeps text as text, and is the same
/// to the byte for the same description.
///
/// ```
/// use fenchel::plot::{Axis, Figure, Panel, Series};
/// let panel = Panel::new(Axis::new("x"), Axis::new("y")).add(Series::line("y = x", &[0.0, 1.0], &[0.0, 1.0]));
/// let figure = Figure::new("A line", [panel]);
/// assert!(figure.svg().starts_with("<svg"));
/// assert!(figure.png(2.0)?.starts_with(b"\x89PNG"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    title: String,
    width: f64,
    height: f64,
    svg: String,
    csv: String,
    description: String,
}

impl Figure {
    /// The panels side by side.
    #[must_use]
    pub fn new(title: impl Into<String>, panels: impl IntoIterator<Item = Panel>) -> Self {
        let panels: Vec<Panel> = panels.into_iter().collect();
        Self::grid(title, panels.len().max(1), panels)
    }

    /// The panels in rows of `columns`.
    #[must_use]
    pub fn grid(title: impl Into<String>, columns: usize, panels: impl IntoIterator<Item = Panel>) -> Self {
        let title = title.into();
        let mut panels: Vec<Panel> = panels.into_iter().collect();
        let legend = give_styles(&mut panels);
        let columns = columns.max(1);
        let size = match columns.min(panels.len()) {
            0 | 1 => (500.0, 290.0),
            2 => (330.0, 240.0),
            _ => (250.0, 210.0),
        };
        let drawn: Vec<Drawn<'_>> = panels.iter().map(|p| Drawn::new(p, size)).collect();
        let (svg, width, height) = lay_out(&title, &legend, &drawn, columns);
        let (csv, description) = (data::csv(&panels), words::description(&panels));
        Self { title, width, height, svg, csv, description }
    }

    /// The title, empty where there is none.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The data of the figure as CSV, a line for each mark, with the columns `panel`, `series`, `kind`, `x`, `y`, `x_end`, `y_end`,
    /// `low`, `high` and `value`. A mark fills those that it has; numbers have all their digits.
    ///
    /// ```
    /// use fenchel::plot::{Axis, Figure, Panel, Series};
    /// let panel = Panel::new(Axis::new("x"), Axis::new("y")).title("left").add(Series::line("y = x", &[0.0, 1.0], &[0.0, 1.0]));
    /// let figure = Figure::new("A line", [panel]);
    /// assert_eq!(figure.csv().lines().nth(2), Some("left,y = x,line,1,1,,,,,"));
    /// ```
    #[must_use]
    pub fn csv(&self) -> &str {
        &self.csv
    }

    /// What is seen in the figure, in words, for those who cannot see it: axes, and where each series begins, turns and ends.
    ///
    /// ```
    /// use fenchel::plot::{Axis, Figure, Panel, Series};
    /// let panel = Panel::new(Axis::new("t"), Axis::new("JSD")).add(Series::line("JSD", &[0.0, 1.0, 2.0], &[0.0, 0.69, 0.69]));
    /// assert_eq!(Figure::new("", [panel]).description(), "JSD by t. JSD: from 0 at 0 to 0.69 at 2.");
    /// ```
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Width and height of the SVG in pixels.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// The figure as SVG: one `<svg>` element, to be written to a file or put into a page as it is.
    #[must_use]
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure as PNG, `scale` times as large as the SVG (2 reads well on paper). No system font is used.
    ///
    /// # Errors
    /// [`Error::OutOfDomain`] where `scale` is not positive or makes a picture of more than 20,000 pixels a side.
    pub fn png(&self, scale: f64) -> Result<Vec<u8>> {
        let side = scale * self.width.max(self.height);
        if !(scale > 0.0 && side <= LARGEST) {
            return Err(Error::out_of_domain(
                "scale",
                scale,
                format!("more than 0 and at most {:.1}", LARGEST / self.width.max(self.height)),
            ));
        }
        let broken = |why: String| Error::unsupported("this figure as PNG", why);
        let tree = self.tree().map_err(|e| broken(e.to_string()))?;
        let pixels = |x: f64| (x * scale).round().max(1.0) as u32;
        let mut picture = tiny_skia::Pixmap::new(pixels(self.width), pixels(self.height))
            .ok_or_else(|| broken("the picture has no pixels".to_owned()))?;
        let scale = tiny_skia::Transform::from_scale(scale as f32, scale as f32);
        resvg::render(&tree, scale, &mut picture.as_mut());
        picture.encode_png().map_err(|e| broken(e.to_string()))
    }

    /// The figure as PDF, one page of its size, with every letter as an outline, so that it looks the same everywhere. No system
    /// font is used.
    ///
    /// # Errors
    /// None that a figure could cause; errors of the conversion are passed on.
    ///
    /// ```
    /// use fenchel::plot::{Axis, Figure, Panel, Series};
    /// let panel = Panel::new(Axis::new("x"), Axis::new("y")).add(Series::line("y = x", &[0.0, 1.0], &[0.0, 1.0]));
    /// assert!(Figure::new("A line", [panel]).pdf()?.starts_with(b"%PDF"));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn pdf(&self) -> Result<Vec<u8>> {
        let broken = |why: String| Error::unsupported("this figure as PDF", why);
        // with the letters as outlines the converter needs no font
        let outlined = self.tree().map_err(|e| broken(e.to_string()))?.to_string(&usvg::WriteOptions::default());
        pdf::pdf(&outlined).map_err(broken)
    }

    /// The same figure with other SVG, of this size.
    pub(super) fn redrawn(self, (width, height): (f64, f64), svg: impl FnOnce(&str) -> String) -> Self {
        Self { svg: svg(&self.svg), width, height, ..self }
    }

    /// The figure as its renderers see it, in the font that ships.
    fn tree(&self) -> std::result::Result<usvg::Tree, usvg::Error> {
        let options =
            usvg::Options { fontdb: FACE.clone(), font_family: "DejaVu Sans".to_owned(), ..usvg::Options::default() };
        usvg::Tree::from_str(&self.svg, &options)
    }
}

/// Gives each label its style and lists what the legend shows.
fn give_styles(panels: &mut [Panel]) -> Vec<Series> {
    let mut legend: Vec<Series> = Vec::new();
    let mut next = 0;
    for series in panels.iter_mut().flat_map(|p| &mut p.series) {
        if let Some(known) = legend.iter().find(|s| series.listed() && s.label == series.label) {
            series.style = series.style.or(known.style);
            continue;
        }
        if series.style.is_none() && !matches!(series.mark, Mark::Cells { .. }) {
            series.style = Some(next);
            next += 1;
        }
        if series.listed() {
            legend.push(series.clone());
        }
    }
    legend
}

fn lay_out(title: &str, legend: &[Series], panels: &[Drawn<'_>], columns: usize) -> (String, f64, f64) {
    let rows: Vec<&[Drawn<'_>]> = panels.chunks(columns).collect();
    let edges = column_edges(&rows);
    let width = edges.last().map_or(0.0, |&(_, end)| end).max(240.0) + GAP;
    let width = legend.iter().map(|s| entry_width(s) + 2.0 * GAP).fold(width, f64::max).ceil();

    let title_lines = wrap(title, TITLE, width - 2.0 * GAP);
    let entries = legend_places(legend, width);
    let legend_lines = entries.last().map_or(0.0, |&(_, line)| line + 1.0);
    let legend_top = GAP / 2.0 + 1.35 * TITLE * title_lines.len() as f64 + 4.0;
    let panels_top = legend_top + 1.5 * TEXT * legend_lines + if legend_lines > 0.0 { 6.0 } else { 0.0 };
    let height_of = |row: &[Drawn<'_>]| {
        let above = row.iter().map(|p| p.above).fold(0.0, f64::max);
        let below = row.iter().map(|p| p.size.1 + p.below).fold(0.0, f64::max);
        (above, above + below)
    };
    let height = rows.iter().map(|row| height_of(row).1 + GAP).sum::<f64>() + panels_top;
    let height = height.ceil();

    let mut svg = String::new();
    let canvas = Canvas::new(&mut svg, width, height);
    for (k, line) in title_lines.iter().enumerate() {
        let y = GAP / 2.0 + 1.35 * TITLE * (k as f64 + 0.5);
        canvas.text(line, (GAP, y), Anchor::Left, TITLE, INK);
    }
    for (series, &(x, line)) in legend.iter().zip(&entries) {
        let y = legend_top + 1.5 * TEXT * (line + 0.5);
        draw_sample(&canvas, series, x, y);
        canvas.text(&series.label, (x + SAMPLE + 6.0, y), Anchor::Left, TEXT, INK);
    }
    let mut top = panels_top;
    for row in rows {
        let (above, tall) = height_of(row);
        for (panel, &(left, _)) in row.iter().zip(&edges) {
            panel.draw(&canvas, (left, top + above), above);
        }
        top += tall + GAP;
    }
    let others = canvas.finish();
    (tidy(&completed(&svg, &others), title, width, height), width, height)
}

/// Where the frames of each column begin, the same in every row, and where the column ends.
fn column_edges(rows: &[&[Drawn<'_>]]) -> Vec<(f64, f64)> {
    let columns = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut edges = Vec::with_capacity(columns);
    let mut start = GAP;
    for j in 0..columns {
        let widest =
            |part: fn(&Drawn<'_>) -> f64| rows.iter().filter_map(|row| row.get(j)).map(part).fold(0.0, f64::max);
        let left = start + widest(|p| p.left);
        let end = left + widest(|p| p.size.0 + p.right);
        edges.push((left, end));
        start = end + GAP;
    }
    edges
}

/// plotters writes sizes in its own units and spells out defaults; here the sheet is declared in pixels.
fn tidy(svg: &str, title: &str, width: f64, height: f64) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let label: String = without_scripts(title)
        .chars()
        .map(|c| match c {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '&' => "&amp;".to_owned(),
            '"' => "&quot;".to_owned(),
            _ => c.to_string(),
        })
        .collect();
    let (wide, high) = (width * UNIT, height * UNIT);
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" \
         role=\"img\" aria-label=\"{label}\" stroke-linejoin=\"round\">"
    );
    // quotes inside text are escaped, so these patterns can only be attributes
    let body = [TITLE, TEXT, SMALL].iter().fold(body.to_owned(), |body, size| {
        let written = FONT_FACTOR * size * UNIT / FONT_FACTOR;
        body.replace(&format!("font-size=\"{written}\""), &format!("font-size=\"{}\"", size * UNIT))
    });
    let body = body.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "").replace(" \"/>", "\"/>");
    // boxes side by side, of a bar or a picture, leave no seam
    let body = body.replace("<rect ", "<rect shape-rendering=\"crispEdges\" ");
    head + &lowered(&body)
}

/// The indices `_{...}` of all texts lowered.
fn lowered(svg: &str) -> String {
    let mut parts = svg.split("_{");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (index, rest) = part.split_once('}').unwrap_or((part, ""));
        whole += &format!("<tspan font-size=\"75%\" dy=\"0.3em\">{index}</tspan>");
        // what follows stands on the line again
        let (after, more) = rest.split_once('\n').map_or((rest, None), |(after, more)| (after, Some(more)));
        if !after.is_empty() {
            whole += &format!("<tspan dy=\"-0.225em\">{after}</tspan>");
        }
        if let Some(more) = more {
            whole.push('\n');
            whole += more;
        }
    }
    whole
}

/// Length of the sample of a series in the legend.
const SAMPLE: f64 = 44.0;

fn entry_width(series: &Series) -> f64 {
    SAMPLE + 6.0 + text_width(&series.label, TEXT) + 18.0
}

/// Left edge and line of each entry of the legend.
fn legend_places(legend: &[Series], width: f64) -> Vec<(f64, f64)> {
    let (mut x, mut line) = (GAP, 0.0);
    legend
        .iter()
        .map(|series| {
            if x > GAP && x + entry_width(series) > width - GAP {
                (x, line) = (GAP, line + 1.0);
            }
            let place = (x, line);
            x += entry_width(series);
            place
        })
        .collect()
}

fn draw_sample(canvas: &Canvas<'_>, series: &Series, x: f64, y: f64) {
    let look = style(series.style.unwrap_or(0));
    let (end, middle) = (x + SAMPLE, x + SAMPLE / 2.0);
    match &series.mark {
        Mark::Line { markers, .. } => {
            canvas.dashed(&[(x, y), (end, y)], look.dash, look.colour, 2.0);
            if *markers {
                canvas.marker((middle, y), look.marker, 4.0, look.colour);
            }
        }
        Mark::Points(_) => canvas.marker((middle, y), look.marker, 4.0, look.colour),
        Mark::Band(_) => {
            canvas.fill(Rect { left: x, top: y - 4.0, right: end, bottom: y + 5.0 }, look.colour, 0.25);
            canvas.dashed(&[(x, y - 4.0), (end, y - 4.0)], look.dash, look.colour, 1.8);
        }
        Mark::Bars(_) | Mark::Boxes(_) => {
            canvas.hatched(Rect { left: x, top: y - 5.0, right: end, bottom: y + 5.0 }, look);
        }
        Mark::Intervals(_) => {
            canvas.path(&[(x + 3.0, y), (end - 3.0, y)], look.colour, 1.0, 1.6);
            canvas.marker((middle, y), look.marker, 4.0, look.colour);
        }
        Mark::Segments { .. } => canvas.path(&[(x, y), (end, y)], look.colour, 0.6, 5.0),
        Mark::Cells { .. } => canvas.marker((middle, y), Marker::Square, 4.0, GREY),
    }
}
