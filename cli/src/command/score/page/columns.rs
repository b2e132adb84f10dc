//! The figures of columns: laws of numbers and of categories, quantiles, and how columns hang together.

use fenchel::measure::{Column, Frame};
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::score::table::{AssociationKind, Associations, ColumnScores};
use fenchel::text::significant;
use std::collections::BTreeMap;

/// Columns that are drawn one by one.
pub const MOST_COLUMNS: usize = 12;
/// Columns whose quantiles are drawn.
pub const MOST_QUANTILES: usize = 6;
/// Columns of a matrix of associations, and up to how many its numbers are printed.
pub const MOST_ASSOCIATED: usize = 30;
const PRINTED: usize = 9;
/// Categories of a column that are drawn by themselves.
const LEVELS: usize = 10;
const BINS: usize = 24;
/// Letters of a name on an axis.
const LETTERS: usize = 18;

/// The places of the columns that are drawn: where they were compared, those that differ most surely, in their order.
pub fn chosen(frame: &Frame, scores: &[ColumnScores]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..frame.columns().len()).collect();
    if scores.len() == places.len() {
        let p = |j: &usize| scores[*j].p_adjusted.unwrap_or(2.0);
        places.sort_by(|a, b| p(a).total_cmp(&p(b)));
    }
    places.truncate(MOST_COLUMNS);
    places.sort_unstable();
    places
}

/// What the law of a column is drawn under: its first score, with the interval.
fn title(scores: Option<&ColumnScores>) -> String {
    let Some((scores, first)) = scores.and_then(|scores| Some((scores, scores.first()?))) else { return String::new() };
    let p = scores.p_adjusted.map_or(String::new(), |p| format!(", p = {}", significant(p, 2)));
    format!("{} {}{p}", first.name, significant(first.value, 3))
}

fn short(name: &str) -> String {
    match name.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

/// A panel a column: a histogram of numbers, bars of categories.
pub fn laws(real: &Frame, generated: &Frame, scores: &[ColumnScores], places: &[usize]) -> Figure {
    let panels = places.iter().map(|&j| {
        let (x, y, name) = (&real.columns()[j], &generated.columns()[j], &real.names()[j]);
        let panel = match (x.values(), y.values()) {
            (Some(x), Some(y)) => histogram(&present(x), &present(y), name),
            _ => bars(x, y, name),
        };
        panel.title(title(scores.get(j)))
    });
    Figure::grid("", 3, panels.collect::<Vec<_>>())
}

fn present(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|value| !value.is_nan()).collect()
}

fn histogram(x: &[f64], y: &[f64], name: &str) -> Panel {
    let pooled = || x.iter().chain(y).copied();
    let (low, high) = (pooled().fold(f64::INFINITY, f64::min), pooled().fold(f64::NEG_INFINITY, f64::max));
    let panel = Panel::new(Axis::new(name), Axis::new("share of rows").include(0.0));
    if low > high {
        return panel;
    }
    let (low, width, count) = bins(low, high, pooled().all(|value| value.fract() == 0.0));
    let shares = |values: &[f64]| {
        let mut counts = vec![0.0; count];
        values.iter().for_each(|v| counts[(((v - low) / width) as usize).min(count - 1)] += 1.0);
        counts.into_iter().map(|count: f64| count / values.len().max(1) as f64).collect::<Vec<f64>>()
    };
    let edge = |k: usize| low + k as f64 * width;
    let boxes: Vec<[f64; 4]> =
        shares(x).into_iter().enumerate().map(|(k, share)| [edge(k), 0.0, edge(k + 1), share]).collect();
    let steps: Vec<(f64, f64)> =
        shares(y).into_iter().enumerate().flat_map(|(k, share)| [(edge(k), share), (edge(k + 1), share)]).collect();
    let (at, share): (Vec<f64>, Vec<f64>) = steps.into_iter().unzip();
    panel.add(Series::boxes("real", &boxes).style(0)).add(Series::line("generated", &at, &share).style(1))
}

/// Where the first of the bins begins, how wide they are, and how many: each with as many whole numbers, where all numbers are whole.
fn bins(low: f64, high: f64, whole: bool) -> (f64, f64, usize) {
    let width = high / BINS as f64 - low / BINS as f64;
    if whole && high - low < 1e15 {
        let width = ((high - low + 1.0) / BINS as f64).ceil();
        return (low - 0.5, width, ((high - low + 1.0) / width).ceil() as usize);
    }
    (low, width.max(f64::MIN_POSITIVE), BINS)
}

/// The shares of the most common categories, and of all others together.
fn bars(x: &Column, y: &Column, name: &str) -> Panel {
    let mut counts: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for (side, column) in [x, y].into_iter().enumerate() {
        let present = (column.len() - column.missing()).max(1) as f64;
        for row in 0..column.len() {
            if let Some(level) = column.category(row) {
                counts.entry(level).or_default()[side] += 1.0 / present;
            }
        }
    }
    let mut sorted: Vec<(&str, [f64; 2])> = counts.into_iter().collect();
    sorted.sort_by(|a, b| (b.1[0] + b.1[1]).total_cmp(&(a.1[0] + a.1[1])));
    let others = sorted.split_off(sorted.len().min(LEVELS));
    let mut names: Vec<String> = sorted.iter().map(|(level, _)| short(level)).collect();
    let mut shares: Vec<[f64; 2]> = sorted.into_iter().map(|(_, shares)| shares).collect();
    if !others.is_empty() {
        names.push(format!("{} others", others.len()));
        shares.push(others.iter().fold([0.0; 2], |sum, (_, shares)| [sum[0] + shares[0], sum[1] + shares[1]]));
    }
    let side = |side: usize| shares.iter().map(|shares| shares[side]).collect::<Vec<f64>>();
    Panel::new(Axis::new("share of rows").include(0.0), Axis::categories(name, names).reversed())
        .add(Series::bars("real", &side(0)).horizontal().style(0))
        .add(Series::bars("generated", &side(1)).horizontal().style(1))
}

/// The quantiles of those of the columns that hold numbers and differ most, one sample against the other.
pub fn quantiles(real: &Frame, generated: &Frame, scores: &[ColumnScores], places: &[usize]) -> Option<Figure> {
    const LEVELS: usize = 99;
    let sorted = |column: &Column| {
        let mut values = present(column.values()?);
        values.sort_by(f64::total_cmp);
        let levels = (1..=LEVELS).map(|k| values[k * (values.len() - 1) / (LEVELS + 1)]);
        if values.is_empty() { None } else { Some(levels.collect::<Vec<f64>>()) }
    };
    let both = |&j: &usize| Some((j, sorted(&real.columns()[j])?, sorted(&generated.columns()[j])?));
    let mut found: Vec<(usize, Vec<f64>, Vec<f64>)> = places.iter().filter_map(both).collect();
    let ks = |j: usize| scores.get(j).and_then(ColumnScores::first).map_or(0.0, |score| score.value);
    found.sort_by(|a, b| ks(b.0).total_cmp(&ks(a.0)));
    found.truncate(MOST_QUANTILES);
    let panels = found.iter().map(|(j, x, y)| {
        let ends = [x[0].min(y[0]), x[LEVELS - 1].max(y[LEVELS - 1])];
        Panel::new(Axis::new(format!("{}, real", real.names()[*j])), Axis::new("generated"))
            .add(Series::line("equal", &ends, &ends).style(1))
            .add(Series::points("quantiles 1 to 99 %", x, y).style(0))
    });
    (!found.is_empty()).then(|| Figure::grid("", 3, panels.collect::<Vec<_>>()))
}

/// The associations of either table as one matrix, real ones below the diagonal and generated ones above it, and beside it their
/// differences; where there are columns of numbers the same for ranks.
pub fn associations(found: &Associations, names: &[String]) -> Figure {
    let mut weights = vec![0.0f64; names.len()];
    for pair in &found.pairs {
        let difference = pair.difference().abs();
        weights[pair.columns.0] = weights[pair.columns.0].max(difference);
        weights[pair.columns.1] = weights[pair.columns.1].max(difference);
    }
    let mut places: Vec<usize> = (0..names.len()).collect();
    places.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]));
    places.truncate(MOST_ASSOCIATED);
    places.sort_unstable();
    let d = places.len();
    let place = |column: usize| places.binary_search(&column).ok();
    let matrices = |other: AssociationKind| {
        let (mut both, mut apart) = (vec![f64::NAN; d * d], vec![f64::NAN; d * d]);
        for pair in found.pairs.iter().filter(|pair| pair.kind != other) {
            let (Some(i), Some(j)) = (place(pair.columns.0), place(pair.columns.1)) else { continue };
            both[j * d + i] = pair.real.abs();
            both[i * d + j] = pair.generated.abs();
            apart[j * d + i] = pair.difference().abs();
            apart[i * d + j] = pair.difference().abs();
        }
        (both, apart)
    };
    let shown: Vec<String> = places.iter().map(|&column| short(&names[column])).collect();
    let numbers: Vec<String> = (1..=d).map(|k| k.to_string()).collect();
    let panel = |title: &str, values: Vec<f64>, rows: Vec<String>| {
        let rounded: Vec<f64> = values.into_iter().map(|value| (100.0 * value).round() / 100.0).collect();
        let cells = Series::cells("size of the association", &rounded, d).shades(0.0, 1.0);
        let cells = if d <= PRINTED { cells.printed() } else { cells };
        Panel::new(Axis::categories("column", numbers.clone()), Axis::categories("", rows).reversed())
            .title(title)
            .add(cells)
            .size(300.0, 300.0)
    };
    let rows: Vec<String> = shown.iter().zip(&numbers).map(|(name, number)| format!("{name} {number}")).collect();
    let (both, apart) = matrices(AssociationKind::Spearman);
    let left = panel("real below the diagonal, generated above", both, rows.clone());
    let mut panels = vec![left, panel("difference", apart, numbers.clone())];
    if found.pairs.iter().any(|pair| pair.kind == AssociationKind::Spearman) {
        let (both, apart) = matrices(AssociationKind::Pearson);
        panels.push(panel("the same of ranks (Spearman)", both, rows));
        panels.push(panel("difference", apart, numbers.clone()));
    }
    Figure::grid("", 2, panels)
}
