//! Divergences from distances to nearest neighbours.
//!
//! With `ρ` the distance of `x` to its k-th neighbour among the other `n - 1` points of its own sample and `ν` that to
//! its k-th neighbour among the `m` of the other, the ratio of the densities at `x` is estimated by
//!
//! ```text
//! ln p/q ≈ d ln(ν/ρ) + ln(m/(n-1))                                   (Wang, Kulkarni and Verdú, doi:10.1109/TIT.2009.2016060)
//! ```
//!
//! where the densities do not change within the balls, it is right on average, and its error that of the logarithm of a
//! quotient of two independent Gamma(k) variables. So `KL = mean over x`, and a mean of powers `(p/q)^s` has the factor
//! `Γ(k)²/(Γ(k+s)Γ(k-s))` (Póczos and Schneider, AISTATS 2011), which needs `|s| < k`. Jensen-Shannon's divergence
//! counts instead: if `c` points of the other sample are in the ball of `k` own ones, then where the densities do not
//! change `c` has a negative binomial law, and `ln(1 - t z)` with `t` the share of the other sample among all points
//! has the unbiased estimate `-Σ_j z^j/j c!/(c-j)! (c+k-1-j)!/(c+k-1)!`: at `z = 1` the digammas `ψ(k) - ψ(c+k)` of
//! Ross, doi:10.1371/journal.pone.0087357.
//!
//! # Bias
//! The densities do change within the balls, most where one sample is sparse: the bias is of order `(k/n)^g`, with
//! `g = 1/d` in `d` dimensions (and 1/2 on the line, for laws with tails). By default the estimate is the intercept of
//! the line through the values at `k`, `2k` and `4k` against `k^g`, which is free of it to first order (the ensemble
//! of Moon and Hero, arXiv:1411.2045) at the price of a larger error. [`Knn::k`] is the plain one.
//!
//! # Sizes
//! A part of that bias cancels where the balls around a point are of one size in both samples. So the rows of a larger
//! sample are dealt into blocks of about the size of the smaller; each block is compared with the smaller sample and the
//! mean is taken.
//!
//! # Ties
//! Laws with atoms have no density, and laws of which a column is discrete none in all columns: where more than one row in
//! twenty equals another, or nearest neighbours share the value of a column, there is no estimate. A few repeated points
//! have the distance zero, which has no logarithm: where `ρ` or `ν` is zero, both samples are counted in one ball, the
//! larger (Wang, Kulkarni and Verdú, section V): `ln p/q ≈ ψ(own) - ψ(others) + ln(m/(n-1))`, and `parameters` say how many
//! rows had it. Distances below 1e-160, whose squares underflow, count as ties: scale such data first.

use super::blocks::deal;
use crate::certificate::Estimate;
use crate::divergence::estimate::door::Finding;
use crate::divergence::estimate::reduce::{Core, Reduced};
use crate::divergence::estimate::repeats::check_density;
use crate::divergence::estimate::{Estimator, LEVEL, prepared};
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::neighbours::{Points, TREE_COLUMNS};
use crate::numeric::special::trigamma;
use crate::numeric::variance;
use libm::lgamma;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use statrs::function::gamma::digamma;

/// Nearest neighbours: [`kl`](crate::divergence::kl) and the alpha family, Jensen-Shannon and whatever is a function of
/// one of them.
///
/// Exact neighbours, by a k-d tree in up to 8 dimensions, O((n + m) log(n + m)), and by blocks of matrix products in
/// more, O((n + m)² d) time and O(n) memory.
///
/// ```
/// use fenchel::divergence::estimate::{Estimator, Knn};
/// use fenchel::measure::Empirical;
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0], [1.0], [3.0], [4.0]])?;
/// let y = Empirical::new(array![[10.0], [11.0], [12.0], [13.0]])?;
/// // distances to the nearest: 1 1 1 1 among the x, 10 9 7 6 to the y
/// let kl = Knn::new().k(1).estimate(&x, &y, "kl".parse()?)?;
/// assert!((kl.value - 3780f64.ln() / 4.0 - (4.0f64 / 3.0).ln()).abs() < 1e-14);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Knn {
    k: usize,
    rule: Rule,
    level: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Fixed,
    Adaptive,
    Extrapolated,
}

impl Default for Knn {
    fn default() -> Self {
        Self::new()
    }
}

impl Knn {
    /// Extrapolated from 5, 10 and 20 neighbours; intervals at 90 %.
    #[must_use]
    pub fn new() -> Self {
        Self { k: 5, rule: Rule::Extrapolated, level: LEVEL }
    }

    /// The `k`-th neighbour in either sample, plain.
    #[must_use]
    pub fn k(self, k: usize) -> Self {
        Self { k, rule: Rule::Fixed, ..self }
    }

    /// One ball around each point, the least that holds `k` of either sample; both are counted in it.
    #[must_use]
    pub fn adaptive(self, k: usize) -> Self {
        Self { k, rule: Rule::Adaptive, ..self }
    }

    /// Extrapolated from `k`, `2k` and `4k` neighbours.
    #[must_use]
    pub fn extrapolated(self, k: usize) -> Self {
        Self { k, rule: Rule::Extrapolated, ..self }
    }

    /// Extrapolated where samples of so many rows are enough for it, else by the plain `k`-th neighbour, or the last that there is.
    pub(crate) fn for_rows(self, rows: usize) -> Self {
        let k = self.k;
        if rows > 4 * k + 1 { self.extrapolated(k) } else { self.k(k.min(rows.saturating_sub(1)).max(1)) }
    }

    /// Nominal coverage of the interval.
    #[must_use]
    pub fn level(self, level: f64) -> Self {
        Self { level, ..self }
    }

    /// The numbers of neighbours and the weights of their values.
    fn ladder(&self, dimension: usize) -> (Vec<usize>, Vec<f64>) {
        if self.rule != Rule::Extrapolated {
            return (vec![self.k], vec![1.0]);
        }
        let ks = [1, 2, 4].map(|step| step * self.k);
        // the intercept of least squares against k^g
        let at = ks.map(|k| (k as f64).powf(1.0 / dimension.max(2) as f64));
        let mean = at.iter().sum::<f64>() / 3.0;
        let spread: f64 = at.iter().map(|a| (a - mean) * (a - mean)).sum();
        (ks.to_vec(), at.iter().map(|a| 1.0 / 3.0 - mean * (a - mean) / spread).collect())
    }
}

impl Estimator for Knn {
    fn name(&self) -> &'static str {
        "knn"
    }

    fn supports(&self, kind: &Kind, _dimension: usize) -> bool {
        matches!(Reduced::new(kind).map(|r| r.core), Some(Core::Alpha(_) | Core::Jeffreys | Core::JensenShannon(_)))
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        let columns = prepared(self, (x, y), &kind, |_| 2, self.level)?;
        let repeats = check_density(self.name(), &columns.x, &columns.y)?;
        let found = self.find(&columns.x, &columns.y, &kind)?.warned(columns.left_out).warned(repeats);
        found.report((&kind, self.name()), self.level, (x, y))
    }

    fn forecast(&self, n: usize, m: usize, dimension: usize) -> f64 {
        // with trees it takes no time to speak of; otherwise all pairs, once or twice
        let pairs = if dimension > TREE_COLUMNS { ((n + m) as f64).powi(2) } else { 0.0 };
        pairs * (PAIR + PAIR_AND_COLUMN * dimension as f64)
    }
}

/// Seconds that one core takes for a pair of rows, and for each column of it.
const PAIR: f64 = 4e-9;
const PAIR_AND_COLUMN: f64 = 0.2e-9;

impl Knn {
    fn find(&self, x: &Empirical, y: &Empirical, kind: &Kind) -> Result<Finding> {
        let Some(reduced) = Reduced::new(kind) else { unreachable!("a kind that is supported has a functional") };
        let (ks, weights) = self.ladder(x.dimension());
        let (most, rows) = (ks[ks.len() - 1], (x.len() - 1).min(y.len() - 1));
        if self.k == 0 || most > rows {
            return Err(Error::out_of_domain(
                "k (nearest neighbours)",
                self.k as f64,
                format!("1 to {}, fewer than the rows of the smaller sample", rows * self.k / most.max(1)),
            ));
        }
        let search = Search { ks, weights, adaptive: self.rule == Rule::Adaptive };
        let forth = Side { own: x.points(), other: y.points(), search: &search };
        let back = Side { own: y.points(), other: x.points(), search: &search };
        let piece = match reduced.core {
            Core::Alpha(a) if a > 0.0 => alpha(a, &forth, &back)?,
            Core::Alpha(a) => alpha(1.0 - a, &back, &forth)?,
            Core::Jeffreys => {
                let (a, b) = (alpha(1.0, &forth, &back)?, alpha(1.0, &back, &forth)?);
                // the two share their samples: the errors add at worst
                Piece { value: a.value + b.value, error: a.error + b.error, ties: a.ties + b.ties }
            }
            Core::JensenShannon(w) => jensen_shannon(w, &forth, &back)?,
            Core::Other(_) => unreachable!("not supported"),
        };
        let (value, error) = reduced.carry(piece.value, piece.error);
        let list = || search.ks.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let rule = match self.rule {
            Rule::Fixed => format!("k = {}", self.k),
            Rule::Adaptive => format!("common balls of at least k = {}", self.k),
            Rule::Extrapolated => format!("k = {}, extrapolated", list()),
        };
        let blocks = match (x.len().max(y.len())) / (x.len().min(y.len())) {
            1 => String::new(),
            blocks => format!("; the larger sample in {blocks} blocks"),
        };
        let ties = match piece.ties {
            0 => String::new(),
            ties => format!("; {ties} distances of zero, counted in common balls"),
        };
        let parameters = format!("knn: {rule}{blocks}{ties}; delta method, normal interval");
        Ok(Finding::new(value, error, parameters))
    }
}

/// Which neighbours to look at, and the weights of what each tells.
struct Search {
    ks: Vec<usize>,
    weights: Vec<f64>,
    adaptive: bool,
}

impl Search {
    /// The variance that `k` neighbours give the logarithm of a density, `ψ'(k)`, for the weighted sum over the `k`.
    ///
    /// Rows that are neighbours share it, so its part in the variance of a mean over rows is about twice what
    /// independent rows would have, for the distances to either sample.
    fn pair_noise(&self) -> f64 {
        let weighted = || self.ks.iter().zip(&self.weights);
        let pairs = weighted().flat_map(|a| weighted().map(move |b| (a, b)));
        pairs.map(|((k, v), (l, w))| v * w * trigamma(*k.max(l) as f64)).sum()
    }
}

/// An estimate of a functional with its standard error.
struct Piece {
    value: f64,
    error: f64,
    ties: usize,
}

/// One sample, and where both are around its rows.
struct Side<'a> {
    own: ArrayView2<'a, f64>,
    other: ArrayView2<'a, f64>,
    search: &'a Search,
}

/// `ln` of the own density over the other at every row, a column for each `k`, one table for each block of the other
/// sample; and how many had a distance of zero.
struct LogRatios {
    of: Vec<Array2<f64>>,
    ties: usize,
}

impl Side<'_> {
    fn len(&self) -> usize {
        self.own.nrows()
    }

    /// One over the number of rows, on average of both samples: the noise that neighbours share comes from either.
    fn inverse_rows(&self) -> f64 {
        0.5 * (1.0 / self.own.nrows() as f64 + 1.0 / self.other.nrows() as f64)
    }

    fn log_ratios(&self) -> LogRatios {
        let (n, m) = self.sizes();
        let blocks = |rows: ArrayView2<'_, f64>, blocks: usize| -> Vec<(Vec<usize>, Array2<f64>)> {
            let dealt = deal(rows.nrows(), blocks).into_iter();
            dealt.map(|block| (block.clone(), rows.select(Axis(0), &block))).collect()
        };
        let (own, other) = (blocks(self.own, n / m), blocks(self.other, m / n));
        let (own_trees, other_trees) = (trees(&own), trees(&other));
        let mut ratios = LogRatios { of: vec![Array2::zeros((n, self.search.ks.len())); other.len()], ties: 0 };
        for ((rows, points), own) in own.iter().zip(&own_trees) {
            for (table, (of_other, other)) in other.iter().zip(&other_trees).enumerate() {
                let pair = Pair { own, other, rows: points.view(), others: of_other.0.len(), search: self.search };
                let (of, ties) = pair.log_ratios();
                ratios.ties += ties;
                rows.iter().zip(of.rows()).for_each(|(&i, found)| ratios.of[table].row_mut(i).assign(&found));
            }
        }
        ratios
    }

    fn sizes(&self) -> (usize, usize) {
        (self.own.nrows(), self.other.nrows())
    }

    /// `exp(s l)` without the bias that the noise of `k` neighbours gives it.
    fn unbiased_power(&self, k: usize, s: f64) -> f64 {
        let k = k as f64;
        // common balls have less noise, and it has no closed form
        if self.search.adaptive || s.abs() >= k {
            return 1.0;
        }
        (2.0 * lgamma(k) - lgamma(k + s) - lgamma(k - s)).exp()
    }

    /// The mean over the blocks of a function of the log-ratios at each row.
    fn at_rows(&self, ratios: &LogRatios, of_row: impl Fn(ArrayView1<'_, f64>) -> f64) -> Vec<f64> {
        let tables = ratios.of.len() as f64;
        (0..self.len()).map(|i| ratios.of.iter().map(|of| of_row(of.row(i))).sum::<f64>() / tables).collect()
    }

    /// Weighted over the `k`: the power `s` of the ratio of the densities at each row.
    fn powers(&self, ratios: &LogRatios, s: f64) -> Vec<f64> {
        let factors: Vec<f64> = self.search.ks.iter().map(|&k| self.unbiased_power(k, s)).collect();
        self.at_rows(ratios, |row| {
            let each = row.iter().zip(&self.search.weights).zip(&factors);
            each.map(|((l, w), factor)| w * factor * (s * l).exp()).sum()
        })
    }

    /// Weighted over the `k`: an estimate of `ln [own/(share own + (1 - share) other)]` at each row.
    ///
    /// With `t` the other sample's part of a ball this is `ln [(1 - t)/(1 - t z)] - ln share`, `z = 1 - odds`. The own
    /// rows are dealt into so many blocks that `odds` is at most two, where the estimate of the logarithm is unbiased.
    fn log_shares(&self, share: f64) -> Result<Shares> {
        let ks = &self.search.ks;
        let (n, m) = self.sizes();
        let odds = |rows: usize| (1.0 - share) / share * ((rows - 1) as f64 / m as f64);
        let (most, blocks) = (ks[ks.len() - 1], odds(n).max(1.0) as usize);
        if n / blocks <= most {
            return Err(Error::out_of_domain(
                "k (nearest neighbours)",
                ks[0] as f64,
                format!(
                    "fewer than the {} rows of each of {blocks} blocks, for laws so unequally weighted",
                    n / blocks
                ),
            ));
        }
        let columns: Vec<usize> = ks.iter().map(|k| k - 1).collect();
        let others = Points::new(self.other);
        let mut shares = Shares { ln: vec![0.0; n], others: 0.0, ties: 0 };
        for block in deal(n, blocks) {
            let points = self.own.select(Axis(0), &block);
            let tree = Points::new(points.view());
            let near = tree.nearest(points.view(), most, true);
            let balls = near.select(Axis(1), &columns);
            let own = tree.within(points.view(), balls.view(), true);
            let other = others.within(points.view(), balls.view(), false);
            shares.ties += near.slice(s![.., ks[0] - 1]).iter().filter(|r| **r == 0.0).count();
            let z = 1.0 - odds(block.len());
            let term =
                |(own, other): (&usize, &usize)| minus_ln_share(*other, *own, z) - minus_ln_share(*other, *own, 1.0);
            for ((&i, own), other) in block.iter().zip(own.rows()).zip(other.rows()) {
                let each = own.iter().zip(other).map(term).zip(&self.search.weights);
                shares.ln[i] = each.map(|(term, w)| w * (term - share.ln())).sum();
                shares.others +=
                    other[ks.len() - 1] as f64 / (own[ks.len() - 1] + other[ks.len() - 1]) as f64 / n as f64;
            }
        }
        Ok(shares)
    }
}

fn trees<'a>(blocks: &'a [(Vec<usize>, Array2<f64>)]) -> Vec<Points<'a>> {
    blocks.iter().map(|(_, points)| Points::new(points.view())).collect()
}

/// A block of one sample against a block of the other.
struct Pair<'a> {
    own: &'a Points<'a>,
    other: &'a Points<'a>,
    rows: ArrayView2<'a, f64>,
    /// Rows of the other block.
    others: usize,
    search: &'a Search,
}

impl Pair<'_> {
    /// `ln` of the own density over the other at every row, a column for each `k`; and how many had a distance of zero.
    fn log_ratios(&self) -> (Array2<f64>, usize) {
        let ks = &self.search.ks;
        let (rows, most) = (self.rows.nrows(), ks[ks.len() - 1]);
        let own = self.own.nearest(self.rows, most, true);
        let other = self.other.nearest(self.rows, most, false);
        let shift = (self.others as f64).ln() - ((rows - 1) as f64).ln();
        let half_d = 0.5 * self.rows.ncols() as f64;
        let mut ties = 0;
        let mut of = Array2::zeros((rows, ks.len()));
        for (c, &k) in ks.iter().enumerate() {
            let (near, far) = (own.column(k - 1), other.column(k - 1));
            let common: Vec<usize> = (0..rows)
                .filter(|&i| {
                    of[[i, c]] = half_d * (far[i].ln() - near[i].ln()) + shift;
                    self.search.adaptive || near[i] == 0.0 || far[i] == 0.0
                })
                .collect();
            if common.is_empty() {
                continue;
            }
            ties += common.iter().filter(|&&i| near[i] == 0.0 || far[i] == 0.0).count();
            let balls = Array2::from_shape_fn((common.len(), 1), |(i, _)| near[common[i]].max(far[common[i]]));
            let queries = self.rows.select(Axis(0), &common);
            let own_counts = self.own.within(queries.view(), balls.view(), false);
            let other_counts = self.other.within(queries.view(), balls.view(), false);
            for (row, &i) in common.iter().enumerate() {
                // the point itself is in its ball
                let counts = (own_counts[[row, 0]] - 1, other_counts[[row, 0]]);
                of[[i, c]] = digamma(counts.0 as f64) - digamma(counts.1 as f64) + shift;
            }
        }
        (of, ties)
    }
}

/// What the balls around the rows of one sample hold.
struct Shares {
    /// `ln [own/(share own + (1 - share) other)]` at each row.
    ln: Vec<f64>,
    /// The other sample's part of the balls on average: how much of the noise of `k` neighbours a share has.
    others: f64,
    ties: usize,
}

/// The unbiased estimate of `-ln(1 - t z)` from `c` others that came before the `k`-th own one; `|z| <= 1`.
#[allow(clippy::float_cmp)]
fn minus_ln_share(c: usize, k: usize, z: f64) -> f64 {
    if z == 1.0 {
        return digamma((c + k) as f64) - digamma(k as f64);
    }
    let (mut power, mut sum) = (1.0, 0.0);
    for j in 1..=c {
        power *= z * (c + 1 - j) as f64 / (c + k - j) as f64;
        sum += power / j as f64;
        if power.abs() < 1e-17 * sum.abs() {
            break;
        }
    }
    sum
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn mean_square(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64
}

/// The alpha-divergence of order `a > 0` of the law of the first side from that of the second.
fn alpha(a: f64, p: &Side<'_>, q: &Side<'_>) -> Result<Piece> {
    let highest = p.search.ks[0] as f64;
    if (a - 1.0).abs() >= highest {
        return Err(Error::out_of_domain(
            "order of the divergence",
            a,
            format!("an order within {highest} of one, for {highest} neighbours; take more of them"),
        ));
    }
    let ratios = p.log_ratios();
    let (n, m) = (p.len() as f64, q.len() as f64);
    // of the distances to either sample
    let noise = 2.0 * p.search.pair_noise() * p.inverse_rows();
    if (a - 1.0).abs() < f64::EPSILON {
        let terms = p.at_rows(&ratios, |row| weighted(row.iter(), p.search));
        // Var_Q[p/q] = E_P[p/q] - 1
        let other = (mean(&p.powers(&ratios, 1.0)) - 1.0).max(0.0);
        let own = variance(&terms) / n + noise;
        return Ok(Piece { value: mean(&terms), error: (own + other / m).sqrt(), ties: ratios.ties });
    }
    let scale = 1.0 / (a * (a - 1.0));
    let x = p.powers(&ratios, a - 1.0);
    if a < 1.0 {
        // a E_P[(p/q)^(a-1)] + (1-a) E_Q[(p/q)^a]: the two halves of the dual, each with its own error
        let back = q.log_ratios();
        let y = q.powers(&back, -a);
        let value = scale * (a * mean(&x) + (1.0 - a) * mean(&y) - 1.0);
        let own = scale * scale * (a * a * variance(&x) / n + (1.0 - a).powi(2) * variance(&y) / m);
        let pairs = noise * (mean_square(&x) + mean_square(&y));
        return Ok(Piece { value, error: (own + pairs).sqrt(), ties: ratios.ties + back.ties });
    }
    // T* = u^(a-1)/(a-1) and f*(T*) = u^a/a, whose second moment under Q is that of u^(2a-1) under P
    let level = mean(&x);
    let other = (mean(&p.powers(&ratios, 2.0 * a - 1.0)) - level * level).max(0.0) / (a * a);
    let own = variance(&x) / (a - 1.0).powi(2) / n + noise * mean_square(&x) / (a * a);
    let error = (own + other / m).sqrt();
    Ok(Piece { value: scale * (level - 1.0), error, ties: ratios.ties })
}

fn weighted<'r>(row: impl Iterator<Item = &'r f64>, search: &Search) -> f64 {
    row.zip(&search.weights).map(|(l, w)| l * w).sum()
}

fn jensen_shannon(w: f64, p: &Side<'_>, q: &Side<'_>) -> Result<Piece> {
    let (x, y) = (p.log_shares(w)?, q.log_shares(1.0 - w)?);
    let noise = p.search.pair_noise() * p.inverse_rows();
    let part = |side: &Shares| variance(&side.ln) / side.ln.len() as f64 + side.others * noise;
    let error = w * w * part(&x) + (1.0 - w).powi(2) * part(&y);
    Ok(Piece { value: w * mean(&x.ln) + (1.0 - w) * mean(&y.ln), error: error.sqrt(), ties: x.ties + y.ties })
}
