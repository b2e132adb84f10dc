//! The figures of the page.

use fenchel::certificate::Estimate;
use fenchel::linalg;
use fenchel::measure::Empirical;
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, ArrayView2, Axis as Direction, s};

/// Rows of a sample that are drawn.
pub const MOST_POINTS: usize = 1000;
/// Columns up to which the covariance is decomposed, and not the products of rows.
const MOST_MOMENTS: usize = 512;
/// Generated rows that are shown as pictures.
const PICTURES: usize = 12;

/// A panel a score: value, interval and baseline of every generator.
pub fn scores(generators: &[(&str, Vec<&Estimate>)]) -> Figure {
    let mut names: Vec<&str> = Vec::new();
    for score in generators.iter().flat_map(|(_, scores)| scores) {
        if !names.contains(&&*score.name) {
            names.push(&score.name);
        }
    }
    let files: Vec<&str> = generators.iter().map(|(file, _)| *file).collect();
    let panels = names.iter().map(|name| {
        let found = generators.iter().enumerate().filter_map(|(k, (_, scores))| {
            scores.iter().find(|score| score.name == *name).map(|score| (k as f64, *score))
        });
        let found: Vec<(f64, &Estimate)> = found.collect();
        let mut panel = Panel::new(Axis::new(*name), Axis::categories("", files.clone()).reversed())
            .size(300.0, 36.0 * files.len() as f64 + 30.0);
        let of = |number: &dyn Fn(&Estimate) -> Option<f64>, lift: f64| {
            let known = found.iter().filter_map(|(k, score)| Some((k + lift, number(score)?)));
            known.unzip::<f64, f64, Vec<f64>, Vec<f64>>()
        };
        let (at, value) = of(&|score| Some(score.value), -0.24);
        panel = panel.add(Series::points("value of the samples", &value, &at).style(0));
        let (at, low) = of(&|score| score.interval.map(|i| i.0), 0.0);
        let (_, high) = of(&|score| score.interval.map(|i| i.1), 0.0);
        let middle: Vec<f64> = low.iter().zip(&high).map(|(low, high)| low.midpoint(*high)).collect();
        panel =
            panel.add(Series::intervals("90 % interval for the laws", &at, &middle, &low, &high).horizontal().style(1));
        let (at, mean) = of(&|score| score.baseline, 0.24);
        let (_, spread) = of(&|score| score.baseline.map(|_| score.baseline_spread.unwrap_or(0.0)), 0.24);
        let end = |sign: f64| mean.iter().zip(&spread).map(|(mean, spread)| mean + sign * spread).collect::<Vec<f64>>();
        panel.add(Series::intervals("equal laws", &at, &mean, &end(-1.0), &end(1.0)).horizontal().style(2))
    });
    Figure::grid("", 2, panels.collect::<Vec<_>>())
}

/// As many rows as are drawn, evenly spaced.
fn some(sample: &Empirical, most: usize) -> Array2<f64> {
    let n = sample.len();
    let rows: Vec<usize> = if n <= most { (0..n).collect() } else { (0..most).map(|k| k * n / most).collect() };
    sample.points().select(Direction(0), &rows)
}

/// Both samples on the first two principal components of the real one.
pub fn components(real: &Empirical, generated: &Empirical) -> fenchel::Result<Figure> {
    let (x, y) = (some(real, MOST_POINTS), some(generated, MOST_POINTS));
    let first = x.row(0).to_owned();
    let centre = (&x - &first).sum_axis(Direction(0)) / x.nrows() as f64 + &first;
    let centred = &x - &centre;
    // in a unit of their own: squares may overflow
    let largest = centred.iter().fold(f64::MIN_POSITIVE, |most: f64, v| most.max(v.abs()));
    let scaled = centred.mapv(|v| v / largest);
    let axes = principal(scaled.view())?;
    let on = |points: &Array2<f64>, k: usize| -> Vec<f64> {
        let axis = axes.column(k);
        points.rows().into_iter().map(|row| row.iter().zip(&axis).map(|(v, a)| v * a).sum::<f64>()).collect()
    };
    let (x, y) = (&x - &centre, &y - &centre);
    let panel = Panel::new(Axis::new("first component"), Axis::new("second component"))
        .add(Series::points("real", &on(&x, 0), &on(&x, 1)))
        .add(Series::points("generated", &on(&y, 0), &on(&y, 1)));
    Ok(Figure::new("", [panel]))
}

/// The first two principal axes of centred rows, by column.
fn principal(x: ArrayView2<'_, f64>) -> fenchel::Result<Array2<f64>> {
    let d = x.ncols();
    let last_two = |vectors: &Array2<f64>| vectors.slice(s![.., ..;-1]).slice(s![.., ..2]).to_owned();
    if d <= MOST_MOMENTS || x.nrows() < 2 {
        return Ok(last_two(&linalg::eigh(linalg::gram(x).view())?.vectors));
    }
    let few = x.slice(s![..x.nrows().min(MOST_MOMENTS), ..]);
    let weights = last_two(&linalg::eigh(linalg::matmul(few, few.t()).view())?.vectors);
    let mut axes = linalg::matmul(few.t(), weights.view());
    for mut axis in axes.columns_mut() {
        let length = axis.dot(&axis).sqrt().max(f64::MIN_POSITIVE);
        axis.mapv_inplace(|v| v / length);
    }
    Ok(axes)
}

/// Generated rows as pictures, and below each the nearest real one.
pub fn nearest_pairs(real: &Empirical, generated: &Empirical, width: usize) -> Figure {
    let points = real.points();
    let shown = some(generated, PICTURES);
    let nearest = |row: &[f64]| {
        let distance = |i: usize| points.row(i).iter().zip(row).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        (0..real.len()).map(|i| (distance(i), i)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, i)| i)
    };
    let generated: Vec<Vec<f64>> = shown.rows().into_iter().map(|row| row.to_vec()).collect();
    let neighbours: Vec<Vec<f64>> = generated.iter().map(|row| points.row(nearest(row)).to_vec()).collect();
    let all: Vec<&[f64]> = generated.iter().chain(&neighbours).map(Vec::as_slice).collect();
    let values = || all.iter().flat_map(|picture| picture.iter().copied());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    Figure::new("", [Panel::pictures(&all, width, shown.nrows(), low, high)])
}
