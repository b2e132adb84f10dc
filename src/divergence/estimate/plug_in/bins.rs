//! Where the bins of a histogram are.
//!
//! Both samples are to have rows in the bins, so a row of the smaller sample weighs as many times more as there are fewer
//! of them: quantiles are those of the mixture of both laws in equal parts, however many rows there are of either.

use crate::error::{Error, Result};
use crate::measure::{Empirical, ascending, between, equal_edges};

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

/// Rows of the smaller sample for each bin, at least.
const ROWS_A_BIN: f64 = 5.0;

impl Binning {
    /// Every so many of the edges of each column. A divergence with a `kink` in `f` asks only which law has more mass
    /// where, so fewer bins serve it.
    pub(super) fn edges(&self, x: &Empirical, y: &Empirical, step: usize, kink: bool) -> Result<Vec<Vec<f64>>> {
        let d = x.dimension();
        if let Self::Edges(edges) = self {
            if edges.len() == d {
                return Ok(edges.clone());
            }
            return Err(Error::size_mismatch(("the samples", d), ("the edges", edges.len()), "columns"));
        }
        let column = |sample: &Empirical, j: usize| sample.points().column(j).to_vec();
        (0..d).map(|j| self.of_column(&Column::new(column(x, j), column(y, j)), d, step, kink)).collect()
    }

    fn of_column(&self, column: &Column, dimension: usize, step: usize, kink: bool) -> Result<Vec<f64>> {
        let (low, high) = column.ends();
        // rows of two samples that are both as the smaller one is
        let rows = 2.0 * column.x.len().min(column.y.len()) as f64;
        let all = || equal_edges(&[&column.x, &column.y], 1);
        match *self {
            Self::Quantiles(0) => equal_edges(&[&column.x, &column.y], 0),
            Self::Quantiles(count) => column.quantile_edges(count).map_or_else(all, |edges| Ok(every(step, &edges))),
            Self::MannWald => {
                let count = |all: f64| all.powf(1.0 / dimension as f64).round().max(2.0) as usize;
                let smooth = 2.0 * rows.powf(0.4);
                if let Some(edges) = column.edge_a_value(count(smooth)) {
                    return Ok(edges);
                }
                let fewer = if kink { 2.0 * rows.powf(0.2) } else { smooth };
                let count = count(fewer.min(0.5 * rows / ROWS_A_BIN));
                let edges = column.quantile_edges(count).map_or_else(all, |edges| Ok(every(step, &edges)))?;
                Ok(column.moved_to_ends(edges))
            }
            Self::FreedmanDiaconis => {
                let width =
                    2.0 * (column.quantile(0.75) - column.quantile(0.25)) * rows.powf(-1.0 / (dimension as f64 + 2.0));
                let count = if width > 0.0 { ((high - low) / width).ceil() } else { rows.log2().ceil() + 1.0 };
                Ok(every(step, &equal_edges(&[&column.x, &column.y], count.clamp(1.0, rows) as usize)?))
            }
            Self::Equal(count) => Ok(every(step, &equal_edges(&[&column.x, &column.y], count)?)),
            Self::Edges(_) => unreachable!("edges are taken as they are"),
        }
    }
}

/// A column of both samples, ascending, together with weights that give both the same total.
struct Column {
    x: Vec<f64>,
    y: Vec<f64>,
    /// Of a row of either.
    weights: (f64, f64),
    all: Vec<f64>,
    /// The weight of what comes before each, and last the total.
    before: Vec<f64>,
}

impl Column {
    fn new(mut x: Vec<f64>, mut y: Vec<f64>) -> Self {
        x.sort_by(f64::total_cmp);
        y.sort_by(f64::total_cmp);
        // whole numbers, so that sums are exact
        let (n, m) = (x.len(), y.len());
        let common = gcd(n, m);
        let weights = ((m / common) as f64, (n / common) as f64);
        let of = |values: &[f64], weight: f64| values.iter().map(|v| (*v, weight)).collect::<Vec<_>>();
        let mut both = [of(&x, weights.0), of(&y, weights.1)].concat();
        both.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sum = 0.0;
        let mut before = vec![0.0];
        before.extend(both.iter().map(|(_, weight)| {
            sum += weight;
            sum
        }));
        Self { x, y, weights, all: both.into_iter().map(|(v, _)| v).collect(), before }
    }

    fn total(&self) -> f64 {
        self.before[self.all.len()]
    }

    fn ends(&self) -> (f64, f64) {
        (self.all[0], self.all[self.all.len() - 1])
    }

    /// The quantile `u`, linear between neighbours.
    fn quantile(&self, u: f64) -> f64 {
        let last = self.all.len() - 1;
        let place = u * self.before[last];
        let i = self.before[..=last].partition_point(|&b| b <= place).saturating_sub(1);
        let weight = self.before[i + 1] - self.before[i];
        between(self.all[i], self.all[(i + 1).min(last)], (place - self.before[i]) / weight)
    }

    /// Edges at quantiles; none where all values are one.
    fn quantile_edges(&self, count: usize) -> Option<Vec<f64>> {
        let (least, greatest) = self.ends();
        let quantiles = (0..=count).map(|i| self.quantile(i as f64 / count as f64));
        // a greatest value that fills a bin has one of its own, up to what comes after it
        let after = (self.quantile((count - 1) as f64 / count as f64) >= greatest).then(|| greatest.next_up());
        let edges = ascending(quantiles.chain(after));
        (edges.len() > 1 && least < greatest).then_some(edges)
    }

    /// A bin for every value, where there are no more of them than this.
    fn edge_a_value(&self, most: usize) -> Option<Vec<f64>> {
        let mut values = ascending(self.all.iter().copied());
        let greatest = values[values.len() - 1];
        (values.len() > 1 && values.len() <= most).then(|| {
            values.push(greatest.next_up());
            values
        })
    }

    /// The edges with inner ones moved to where a sample ends amid the other: with half a bin of rows or more beyond the end,
    /// and a quarter or more of the last bin of rows before it from that sample.
    fn moved_to_ends(&self, mut edges: Vec<f64>) -> Vec<f64> {
        let bins = edges.len() - 1;
        let bin = (self.total() / bins as f64).floor();
        let at = |mass: f64| self.before.partition_point(|&b| b < mass).min(self.all.len() - 1);
        let mut ends = Vec::new();
        for (own, weight) in [(&self.x, self.weights.0), (&self.y, self.weights.1)] {
            let many = |rows: usize| 4.0 * weight * rows as f64 >= bin;
            let (low, high) = (own[0], own[own.len() - 1]);
            let before = self.before[self.all.partition_point(|&v| v < low)];
            let last = self.all[self.before[1..].partition_point(|&b| b < before + bin).min(self.all.len() - 1)];
            if 2.0 * before >= bin && many(own.partition_point(|&v| v <= last)) {
                ends.push(low);
            }
            let upto = self.all.partition_point(|&v| v <= high);
            let first = self.all[at(self.before[upto] - bin)];
            if 2.0 * (self.total() - self.before[upto]) >= bin && many(own.len() - own.partition_point(|&v| v < first))
            {
                // an edge belongs to the bin on its right, so to the next value that there is
                ends.extend(self.all.get(upto));
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
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whether no two different numbers of a column share a bin.
pub(super) fn has_bin_a_value(x: &Empirical, y: &Empirical, edges: &[Vec<f64>]) -> bool {
    let column_has = |(j, edges): (usize, &Vec<f64>)| {
        let mut all: Vec<f64> = x.points().column(j).iter().chain(y.points().column(j)).copied().collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        all.len() < edges.len() && all.windows(2).all(|pair| bin(edges, pair[0]) < bin(edges, pair[1]))
    };
    edges.iter().enumerate().all(column_has)
}

/// The number of the bin, of which the first and the last have no outer end.
pub(super) fn bin(edges: &[f64], x: f64) -> usize {
    edges.partition_point(|&e| e <= x).saturating_sub(1).min(edges.len() - 2)
}

/// Every so many edges, with the last.
fn every(step: usize, edges: &[f64]) -> Vec<f64> {
    let inner = edges[..edges.len() - 1].iter().step_by(step);
    inner.chain(edges.last()).copied().collect()
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;

    /// `n` numbers evenly from `low` to `high`.
    fn even(n: usize, low: f64, high: f64) -> Vec<f64> {
        (0..n).map(|i| low + (high - low) * (i as f64 + 0.5) / n as f64).collect()
    }

    fn moved_to_ends(edges: Vec<f64>, x: &[f64], y: &[f64]) -> Vec<f64> {
        Column::new(x.to_vec(), y.to_vec()).moved_to_ends(edges)
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

    #[test]
    fn quantiles_are_those_of_both_laws_in_equal_parts() {
        let (x, y) = (even(50, 0.0, 1.0), even(5000, 0.5, 1.5));
        let of = |x: &[f64], y: &[f64]| Column::new(x.to_vec(), y.to_vec()).quantile(0.5);
        // three quarters of y and one of x are above .75
        assert!((of(&x, &y) - 0.75).abs() < 0.02 && (of(&y, &x) - 0.75).abs() < 0.02);
        let (x, y) = (even(40, 0.0, 1.0), even(40, 0.5, 1.5));
        let column = Column::new(x.clone(), y.clone());
        let mut all = [x, y].concat();
        all.sort_by(f64::total_cmp);
        for i in 0..=30 {
            let u = f64::from(i) / 30.0;
            let place = u * 79.0;
            let (i, part) = (place.floor() as usize, place.fract());
            let want = all[i] + part * (all[(i + 1).min(79)] - all[i]);
            assert!((column.quantile(u) - want).abs() < 1e-15, "{u}");
        }
    }
}
