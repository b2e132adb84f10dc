//! The divergence of two histograms on common bins.
//!
//! What is estimated is the divergence of the *binned* laws. By the data-processing inequality it is a lower bound of the
//! divergence of the laws themselves, and close to it where the bins are fine; but with more bins the plug-in value
//! rises, up to the greatest value there is when every sample has a bin of its own. For two samples of one law, to
//! second order,
//!
//! ```text
//! E[D_f] = f''(1)/2 (K-1) (1/n + 1/m),     so  (K-1)/8 (1/n + 1/m) nats for jsd and (K-1)/2 (1/n + 1/m) for kl.
//! ```
//!
//! The corrections take that off. [`BiasCorrection::MillerMadow`] is the second-order term of the plug-in value at the
//! observed shares,
//!
//! ```text
//! 1/(2n) Σ u f''(u) (1 - p)  +  1/(2m) Σ u² f''(u) (1 - q),     u = p/q,
//! ```
//!
//! whose first sum for `kl` is `(K_observed - 1)/(2n)`, the correction of Miller and Madow for the entropy of `p`. Where
//! rows were added to the bins it also undoes their pull to first order: with `T = f'(u)` of the fuller bins, what is
//! corrected is `Σ T p - Σ f*(T) q` at the shares without them.
//! [`BiasCorrection::Jackknife`] finds the same by leaving out one row after another.
//!
//! What the bins hide goes with the square of their width where the densities are smooth, and with the width where they
//! jump. The values on bins twice and four times as wide show how much that still is, and the interval reaches so much
//! farther up.

use super::reduce::{Core, Reduced};
use super::{Estimator, LEVEL, check, left_out, normal_estimate, range, widened};
use crate::certificate::Estimate;
use crate::divergence::{FDivergence, Generator, Kind};
use crate::error::{Error, Index, Result};
use crate::measure::{Empirical, Histogram, OutOfRange, Pmf, ascending, equal_edges, quantile};
use rayon::prelude::*;

/// Bins are a product of intervals; no more of them than this.
const MOST_BINS: usize = 1 << 22;
/// With more columns even two bins a column leave too few rows to a bin.
const MOST_COLUMNS: usize = 4;

/// How the bins are chosen; in several dimensions, for every column alike. The first and the last bin of a column have
/// no outer end, so every row has a bin.
#[derive(Debug, Clone, PartialEq)]
pub enum Binning {
    /// Given inner and outer edges, one list a column.
    Edges(Vec<Vec<f64>>),
    /// So many bins of one width, from the least to the greatest of both samples.
    Equal(usize),
    /// Bins of one width `2 IQR N^(-1/(d+2))` of both samples together: Freedman and Diaconis,
    /// doi:10.1007/BF01025868, and on the line exactly theirs.
    FreedmanDiaconis,
    /// So many bins that hold equal shares of both samples together; fewer where values repeat.
    Quantiles(usize),
    /// Quantiles, about `2 N^(2/5)` bins in all columns together for `N` rows (Mann and Wald,
    /// doi:10.1214/aoms/1177731569). Where one sample ends amid the other, as those of bounded laws do, the nearest edge
    /// moves to its end, so that no bin straddles the jump.
    MannWald,
}

/// What becomes of bins in which one of the samples has no row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EmptyBins {
    /// Their mass is zero: the divergence may be infinite.
    Exact,
    /// So many rows are added to every bin of either sample, those empty in both included: 1/2 is Jeffreys' choice and
    /// 1 Laplace's. Pulls both laws towards the uniform one.
    Additive(f64),
}

/// What is taken off the plug-in value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BiasCorrection {
    /// Nothing.
    None,
    /// The second-order term, in nats, and the pull of the rows added to bins. There is no such term where `f` has a kink
    /// (`tv`, `hockey_stick`), though bins of nearly equal shares bias these upwards too.
    MillerMadow,
    /// The jackknife's estimate of the bias, leaving out one row of either sample. O(bins²).
    Jackknife,
}

/// The divergence of the samples' shares of common bins. O((n + m) d log bins + bins).
///
/// In up to 4 dimensions, for all kinds but the orders 0 and `inf` of Renyi and 0 of Tsallis. The error is the delta method's,
/// `Var_P[T*]/n + Var_Q[f*(T*)]/m` over the bins, less what the noise of `T*` itself adds to it, and never below the
/// spread that the second-order term has; where empty bins are taken as they are it is not below that with half a row in
/// each, since that no row was seen in a bin does not mean that there is no mass. The interval reaches farther up by what
/// the bins are seen to hide, which is nothing where every value has a bin of its own; that of given edges, which may be
/// all there are, is one of the binned laws.
///
/// ```
/// use fenchel::divergence::estimate::{BiasCorrection, Binning, EmptyBins, Estimator, HistogramPlugIn};
/// use fenchel::measure::Empirical;
/// use ndarray::array;
/// let x = Empirical::new(array![[0.1], [0.2], [0.3], [0.8]])?;
/// let y = Empirical::new(array![[0.1], [0.6], [0.7], [0.9]])?;
/// let halves = Binning::Edges(vec![vec![0.0, 0.5, 1.0]]);
/// let histogram = HistogramPlugIn::new().bins(halves).empty(EmptyBins::Exact).correction(BiasCorrection::None);
/// let tv = histogram.estimate(&x, &y, "tv".parse()?)?; // shares 3/4, 1/4 and 1/4, 3/4
/// assert_eq!(tv.value, 0.5);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramPlugIn {
    bins: Binning,
    /// None where the kind decides.
    empty: Option<EmptyBins>,
    correction: BiasCorrection,
    level: f64,
}

impl Default for HistogramPlugIn {
    fn default() -> Self {
        Self::new()
    }
}

impl HistogramPlugIn {
    /// Quantiles by Mann and Wald, the correction of second order, intervals at 90 %; empty bins as they are for kinds with
    /// a greatest value such as `jsd`, half a row added to each bin for the others.
    #[must_use]
    pub fn new() -> Self {
        Self { bins: Binning::MannWald, empty: None, correction: BiasCorrection::MillerMadow, level: LEVEL }
    }

    /// How the bins are chosen.
    #[must_use]
    pub fn bins(self, bins: Binning) -> Self {
        Self { bins, ..self }
    }

    /// What becomes of empty bins.
    #[must_use]
    pub fn empty(self, empty: EmptyBins) -> Self {
        Self { empty: Some(empty), ..self }
    }

    /// What is taken off for bias.
    #[must_use]
    pub fn correction(self, correction: BiasCorrection) -> Self {
        Self { correction, ..self }
    }

    /// Nominal coverage of the interval.
    #[must_use]
    pub fn level(self, level: f64) -> Self {
        Self { level, ..self }
    }

    /// Every so many of the edges of each column.
    fn edges(&self, x: &Empirical, y: &Empirical, step: usize) -> Result<Vec<Vec<f64>>> {
        let d = x.dimension();
        if let Binning::Edges(edges) = &self.bins {
            if edges.len() == d {
                return Ok(edges.clone());
            }
            return Err(Error::SizeMismatch {
                left: "the samples".to_owned(),
                left_size: d,
                right: "the edges".to_owned(),
                right_size: edges.len(),
                unit: "columns",
            });
        }
        let column = |sample: &Empirical, j: usize| sample.points().column(j).to_vec();
        let of_column = |j| -> Result<Vec<f64>> {
            let (x, y) = (column(x, j), column(y, j));
            let edges = every(step, &column_edges(&self.bins, &x, &y, d)?);
            Ok(if self.bins == Binning::MannWald { moved_to_ends(edges, &x, &y) } else { edges })
        };
        (0..d).map(of_column).collect()
    }
}

fn column_edges(bins: &Binning, x: &[f64], y: &[f64], dimension: usize) -> Result<Vec<f64>> {
    let mut all = [x, y].concat();
    all.sort_by(f64::total_cmp);
    let n = all.len() as f64;
    match *bins {
        Binning::Quantiles(0) => equal_edges(&[x, y], 0),
        Binning::Quantiles(_) | Binning::MannWald => {
            let count = match *bins {
                Binning::Quantiles(count) => count,
                _ => (2.0 * n.powf(0.4)).powf(1.0 / dimension as f64).round().max(2.0) as usize,
            };
            let greatest = all[all.len() - 1];
            let quantiles = (0..=count).map(|i| quantile(&all, i as f64 / count as f64));
            // a greatest value that fills a bin has one of its own, up to what comes after it
            let after = (quantile(&all, (count - 1) as f64 / count as f64) >= greatest).then(|| greatest.next_up());
            let edges = ascending(quantiles.chain(after));
            if edges.len() > 1 && all[0] < greatest { Ok(edges) } else { equal_edges(&[x, y], 1) }
        }
        Binning::FreedmanDiaconis => {
            let width = 2.0 * (quantile(&all, 0.75) - quantile(&all, 0.25)) * n.powf(-1.0 / (dimension as f64 + 2.0));
            let range = all[all.len() - 1] - all[0];
            let count = if width > 0.0 { (range / width).ceil() } else { n.log2().ceil() + 1.0 };
            equal_edges(&[x, y], count.clamp(1.0, n) as usize)
        }
        Binning::Equal(count) => equal_edges(&[x, y], count),
        Binning::Edges(_) => unreachable!("edges are taken as they are"),
    }
}

/// The edges with inner ones moved to where a sample ends amid the other: with half a bin of rows or more beyond the end, and
/// a quarter or more of the last bin of rows before it from that sample.
fn moved_to_ends(mut edges: Vec<f64>, x: &[f64], y: &[f64]) -> Vec<f64> {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let all = sorted(&[x, y].concat());
    let bins = edges.len() - 1;
    let bin = all.len() / bins;
    let many = |rows: usize| 4 * rows >= bin;
    let mut ends = Vec::new();
    for own in [sorted(x), sorted(y)] {
        let (low, high) = (own[0], own[own.len() - 1]);
        let before = all.partition_point(|&v| v < low);
        let last = all[(before + bin).min(all.len()) - 1];
        if 2 * before >= bin && many(own.partition_point(|&v| v <= last)) {
            ends.push(low);
        }
        let upto = all.partition_point(|&v| v <= high);
        let first = all[upto.saturating_sub(bin)];
        if 2 * (all.len() - upto) >= bin && many(own.len() - own.partition_point(|&v| v < first)) {
            // an edge belongs to the bin on its right, so to the next value that there is
            ends.extend(all.get(upto));
        }
    }
    // in one order whichever sample is which
    ends.sort_by(f64::total_cmp);
    let mut moved = vec![false; bins + 1];
    for end in ends {
        let fits = |&i: &usize| !moved[i] && edges[i - 1] < end && end < edges[i + 1];
        let off = |i: usize| (edges[i] - end).abs();
        if let Some(i) = (1..bins).filter(fits).min_by(|&i, &j| off(i).total_cmp(&off(j))) {
            (edges[i], moved[i]) = (end, true);
        }
    }
    edges
}

/// Rows of a sample in each cell of the product of the columns' bins.
fn counts(sample: &Empirical, edges: &[Vec<f64>], cells: usize) -> Vec<f64> {
    let mut cell_of = vec![0usize; sample.len()];
    for (column, edges) in sample.points().columns().into_iter().zip(edges) {
        let bins = edges.len() - 1;
        for (cell, &x) in cell_of.iter_mut().zip(column) {
            *cell = *cell * bins + bin(edges, x);
        }
    }
    let mut counts = vec![0.0; cells];
    cell_of.into_iter().for_each(|cell| counts[cell] += 1.0);
    counts
}

impl Estimator for HistogramPlugIn {
    fn name(&self) -> &'static str {
        "histogram"
    }

    fn supports(&self, kind: &Kind, dimension: usize) -> bool {
        dimension <= MOST_COLUMNS && Reduced::new(kind).is_some()
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        check(self, x, y, &kind, 2, self.level)?;
        let bounded = range(&kind).1.is_finite();
        let empty = self.empty.unwrap_or(if bounded { EmptyBins::Exact } else { EmptyBins::Additive(0.5) });
        if let EmptyBins::Additive(rows) = empty
            && !(rows >= 0.0 && rows.is_finite())
        {
            let expected = "a finite number of rows, 0 or more".to_owned();
            return Err(Error::OutOfDomain { what: "rows added to every bin".to_owned(), value: rows, expected });
        }
        let edges = self.edges(x, y, 1)?;
        // what is wrong with given edges is found where histograms are made
        edges.iter().try_for_each(|e| Histogram::new(&[0.0], e, OutOfRange::Clamp).map(|_| ()))?;
        let table = Table::new(kind, x, y, &edges, empty)?;
        let cells = table.x.len();
        let (value, bias) = table.corrected(self.correction)?;
        let error = table.error()?;
        let given = matches!(self.bins, Binning::Edges(_));
        let resolved = has_bin_a_value(x, y, &edges);
        let hidden = if given || resolved || value.is_infinite() {
            0.0
        } else {
            let wider = |step| Table::new(kind, x, y, &self.edges(x, y, step)?, empty)?.corrected(self.correction);
            // what is hidden goes with the width of the bins or its square
            left_out([value, wider(2)?.0, wider(4)?.0], (2.0, 4.0)).max(0.0)
        };
        let rule = match &self.bins {
            Binning::Edges(_) => "given edges",
            Binning::Equal(_) => "equal widths",
            Binning::FreedmanDiaconis => "Freedman-Diaconis",
            Binning::Quantiles(_) => "quantiles of both samples",
            Binning::MannWald => "quantiles of both samples, Mann-Wald",
        };
        let empty = match empty {
            EmptyBins::Exact => "empty bins as they are".to_owned(),
            EmptyBins::Additive(rows) => format!("{rows} rows added to each"),
        };
        let correction = match self.correction {
            BiasCorrection::None => "no correction".to_owned(),
            BiasCorrection::MillerMadow => format!("less a second-order bias of {bias:.2e}"),
            BiasCorrection::Jackknife => format!("less a jackknifed bias of {bias:.2e}"),
        };
        let parameters = format!(
            "histogram: {cells} bins ({rule}), {empty}, {correction}; delta method, normal interval {}",
            if given {
                "of the binned laws".to_owned()
            } else if resolved {
                "(every value has a bin of its own)".to_owned()
            } else {
                format!("and {hidden:.2e} more for what the bins hide")
            }
        );
        let estimate = normal_estimate(&kind, value, Some(error), self.level, (x, y), parameters)?;
        Ok(widened(estimate, &kind, hidden))
    }
}

/// Whether no two different numbers of a column share a bin.
fn has_bin_a_value(x: &Empirical, y: &Empirical, edges: &[Vec<f64>]) -> bool {
    let column_has = |(j, edges): (usize, &Vec<f64>)| {
        let mut all: Vec<f64> = x.points().column(j).iter().chain(y.points().column(j)).copied().collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all.len() < edges.len() && all.windows(2).all(|pair| bin(edges, pair[0]) < bin(edges, pair[1]))
    };
    edges.iter().enumerate().all(column_has)
}

/// The number of the bin, of which the first and the last have no outer end.
fn bin(edges: &[f64], x: f64) -> usize {
    edges.partition_point(|&e| e <= x).saturating_sub(1).min(edges.len() - 2)
}

/// Every so many edges, with the last.
fn every(step: usize, edges: &[f64]) -> Vec<f64> {
    let inner = edges[..edges.len() - 1].iter().step_by(step);
    inner.chain(edges.last()).copied().collect()
}

/// Counts on common bins.
struct Table {
    kind: Kind,
    x: Vec<f64>,
    y: Vec<f64>,
    empty: EmptyBins,
}

impl Table {
    fn new(kind: Kind, x: &Empirical, y: &Empirical, edges: &[Vec<f64>], empty: EmptyBins) -> Result<Self> {
        let cells = edges.iter().map(|e| e.len() - 1).try_fold(1usize, usize::checked_mul);
        let Some(cells) = cells.filter(|&cells| cells <= MOST_BINS) else {
            return Err(Error::OutOfDomain {
                what: "bins of the histogram in all columns together".to_owned(),
                value: edges.iter().map(|e| (e.len() - 1) as f64).product(),
                expected: format!("at most {MOST_BINS}; take fewer bins a column, or an estimator without bins"),
            });
        };
        Ok(Self { kind, x: counts(x, edges, cells), y: counts(y, edges, cells), empty })
    }

    /// The value less its bias, and the bias.
    fn corrected(&self, correction: BiasCorrection) -> Result<(f64, f64)> {
        let plug_in = self.value(&self.x, &self.y)?;
        let bias = match correction {
            BiasCorrection::None => 0.0,
            BiasCorrection::MillerMadow => self.moments(self.empty)?.0,
            BiasCorrection::Jackknife => self.jackknife(plug_in)?,
        };
        Ok((if plug_in.is_finite() { plug_in - bias } else { plug_in }, bias))
    }

    /// The standard error; no bin is believed to be empty for not having been met.
    fn error(&self) -> Result<f64> {
        let (_, error) = self.moments(self.empty)?;
        if self.empty != EmptyBins::Exact {
            return Ok(error);
        }
        Ok(error.max(self.moments(EmptyBins::Additive(0.5))?.1))
    }

    fn law(counts: &[f64], empty: EmptyBins) -> Result<Pmf> {
        match empty {
            EmptyBins::Exact => Pmf::normalised(counts),
            EmptyBins::Additive(rows) => Pmf::normalised(counts.iter().map(|c| c + rows).collect::<Vec<_>>()),
        }
    }

    fn value(&self, x: &[f64], y: &[f64]) -> Result<f64> {
        Ok(self.kind.evaluate(&Self::law(x, self.empty)?, &Self::law(y, self.empty)?)?.value)
    }

    /// The bias, of second order and from the rows added, and the standard error.
    fn moments(&self, empty: EmptyBins) -> Result<(f64, f64)> {
        let Some(reduced) = Reduced::new(&self.kind) else { unreachable!("a kind that is supported has a functional") };
        let f = match reduced.core {
            Core::Alpha(a) => FDivergence::Alpha(a),
            Core::Jeffreys => FDivergence::Jeffreys,
            Core::JensenShannon(w) => FDivergence::JsWeighted(w),
            Core::Other(f) => f,
        };
        let (p, q) = (Self::law(&self.x, empty)?, Self::law(&self.y, empty)?);
        let (n, m): (f64, f64) = (self.x.iter().sum(), self.y.iter().sum());
        let core = crate::divergence::f_divergence(&f, &p, &q)?.value;
        let kinked = matches!(f, FDivergence::TotalVariation | FDivergence::HockeyStick(_));
        // u f''(u), by a central difference in ln u: (f'(u e^h) - f'(u e^-h))/2h; nothing but at the kink where f has one
        let bend = |p: f64, q: f64| match kinked {
            true => 0.0,
            false => (f.dual_optimum(p * (1.0 + 1e-4), q) - f.dual_optimum(p * (1.0 - 1e-4), q)) / 2e-4,
        };
        let added = matches!(empty, EmptyBins::Additive(rows) if rows > 0.0);
        let pull = |value: f64, full: f64, share: f64| if added { value * (full - share) } else { 0.0 };
        let (mut x, mut y) = (Moments::default(), Moments::default());
        let (mut second, mut wobble) = (0.0, 0.0);
        for (i, (&p, &q)) in p.masses().iter().zip(q.masses()).enumerate() {
            if p > 0.0 {
                let value = f.dual_optimum(p, q);
                x.add(p, value);
                second += pull(value, p, self.x[i] / n);
            }
            if q > 0.0 {
                let value = if p > 0.0 { f.conjugate(f.dual_optimum(p, q)) } else { -f.at_zero() };
                y.add(q, value);
                second -= pull(value, q, self.y[i] / m);
            }
            if p > 0.0 && q > 0.0 {
                let (bend, u) = (bend(p, q), p / q);
                second += 0.5 * bend * ((1.0 - p) / n + u * (1.0 - q) / m);
                wobble += 0.5 * (bend * ((1.0 - p) / n + u * (1.0 - q) / m)).powi(2);
            }
        }
        let first = x.variance() / n + y.variance() / m;
        let variance = (first - wobble).max(wobble);
        let (carried, error) = reduced.carry(core, variance.sqrt());
        let bias = reduced.slope(core) * second + reduced.value(core) - carried;
        Ok((if bias.is_finite() { bias } else { 0.0 }, if error.is_nan() { f64::INFINITY } else { error }))
    }

    /// `(n-1)(mean without a row - plug-in)` of either sample.
    fn jackknife(&self, plug_in: f64) -> Result<f64> {
        let without = |counts: &[f64], value: &(dyn Fn(&[f64]) -> Result<f64> + Sync)| -> Result<f64> {
            let total: f64 = counts.iter().sum();
            let occupied: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0.0).collect();
            let each = |&i: &usize| {
                let mut fewer = counts.to_vec();
                fewer[i] -= 1.0;
                Ok(counts[i] * (value(&fewer)? - plug_in))
            };
            let terms: Vec<Result<f64>> = occupied.par_iter().map(each).collect();
            let sum = terms.into_iter().sum::<Result<f64>>()?;
            Ok((total - 1.0) / total * sum)
        };
        let bias = without(&self.x, &|x| self.value(x, &self.y))? + without(&self.y, &|y| self.value(&self.x, y))?;
        if bias.is_finite() || plug_in.is_infinite() {
            return Ok(bias);
        }
        let at = self.y.iter().zip(&self.x).position(|(&y, &x)| (y < 1.5) != (x < 1.5)).unwrap_or(0);
        Err(Error::Unsupported {
            what: "the jackknife of an infinite divergence".to_owned(),
            why: format!("without one row a bin near {} is empty; add a share of a row to every bin", Index::Entry(at)),
        })
    }
}

/// Mean and variance of a function of the bins.
#[derive(Default)]
struct Moments {
    terms: Vec<(f64, f64)>,
}

impl Moments {
    fn add(&mut self, mass: f64, value: f64) {
        self.terms.push((mass, value));
    }

    fn variance(&self) -> f64 {
        let mean: f64 = self.terms.iter().map(|(w, v)| w * v).sum();
        self.terms.iter().map(|(w, v)| w * (v - mean) * (v - mean)).sum()
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    /// `n` numbers evenly from `low` to `high`.
    fn even(n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|i| low + (high - low) * (i as f64 + 0.5) / n as f64).collect()
    }

    fn moved(x: &[f64], y: &[f64]) -> Vec<f64> {
        let edges = vec![0.0, 0.3, 0.6, 0.9, 1.2, 2.0];
        let found = moved_to_ends(edges.clone(), x, y);
        assert_eq!(found, moved_to_ends(edges, y, x), "whichever is first");
        found
    }

    #[test]
    fn an_edge_moves_to_where_a_sample_ends_amid_the_other() {
        let wide = even(200, 0.0, 2.0);
        // the next value after the end
        assert_eq!(moved(&even(200, 0.0, 1.0), &wide), [0.0, 0.3, 0.6, 1.005, 1.2, 2.0]);
        // both ends, and a common one
        assert_eq!(moved(&even(200, 0.5, 1.0), &wide), [0.0, 0.3, 0.50125, 1.005, 1.2, 2.0]);
        assert_eq!(moved(&even(200, 0.5, 2.0), &wide), [0.0, 0.3, 0.50375, 0.9, 1.2, 2.0]);
        // two ends near one edge move two
        let (left, right) = (even(200, 0.0, 1.0), even(200, 0.95, 2.0));
        let first = 0.95 + 1.05 * 0.5 / 200.0;
        let found = moved(&left, &right);
        assert!(found.contains(&first) && found.iter().any(|&e| e > 0.9975 && e < 1.005), "{found:?}");
    }

    #[test]
    fn values_that_have_bins_of_their_own_keep_them() {
        let copies = |counts: [usize; 5]| -> Vec<f64> {
            counts.iter().enumerate().flat_map(|(value, &n)| std::iter::repeat_n(value as f64, n)).collect()
        };
        let (x, y) = (copies([100, 800, 100, 0, 0]), copies([100, 100, 400, 200, 200]));
        let edges: Vec<f64> = (0..=5).map(f64::from).collect();
        assert_eq!(moved_to_ends(edges.clone(), &x, &y), edges);
        // ties at an end, whichever sample is first
        let (x, y) = (copies([400, 300, 300, 0, 0]), copies([100, 100, 235, 300, 265]));
        let coarse = vec![0.0, 1.5, 2.5, 3.5, 5.0];
        assert_eq!(moved_to_ends(coarse.clone(), &x, &y), moved_to_ends(coarse, &y, &x));
    }

    #[test]
    fn no_edge_moves_for_a_tail_nor_between_laws_with_common_ends() {
        let unmoved = [0.0, 0.3, 0.6, 0.9, 1.2, 2.0];
        let wide = even(200, 0.0, 2.0);
        assert_eq!(moved(&wide, &wide), unmoved);
        assert_eq!(moved(&even(77, 0.0, 2.0), &wide), unmoved);
        // one row far out is no jump
        let tail = [even(199, 0.0, 0.1), vec![1.25]].concat();
        assert_eq!(moved(&tail, &wide)[3..], unmoved[3..]);
        // one bin has no inner edge
        assert_eq!(moved_to_ends(vec![0.0, 2.0], &even(9, 0.0, 1.0), &wide), [0.0, 2.0]);
    }
}
