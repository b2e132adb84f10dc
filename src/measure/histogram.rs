//! Samples counted in bins.

use super::Pmf;
use crate::error::{Error, Result, shown};

/// The treatment of a sample outside the edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutOfRange {
    /// An error that names the sample.
    #[default]
    Refuse,
    /// The sample is left out of the bins and counted in [`Histogram::outside`].
    Drop,
    /// The sample goes into the first or the last bin.
    Clamp,
}

/// Bin edges and how many samples fell between them.
///
/// Bin `i` is `[edges[i], edges[i+1])`; the last one is closed, as in NumPy.
///
/// ```
/// use fenchel::measure::{Histogram, OutOfRange};
/// let h = Histogram::new(&[0.1, 0.2, 0.5, 1.0], &[0.0, 0.2, 0.6, 1.0], OutOfRange::Refuse)?;
/// assert_eq!(h.counts(), [1, 2, 1]);
/// assert_eq!(h.to_pmf()?.masses(), [0.25, 0.5, 0.25]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    edges: Vec<f64>,
    counts: Vec<u64>,
    outside: u64,
}

impl Histogram {
    /// Counts the samples between the given edges. O(n log bins).
    ///
    /// # Errors
    /// Fewer than two edges, edges that are not finite or not strictly ascending; no samples, one that is not finite,
    /// or under [`OutOfRange::Refuse`] one outside the edges.
    pub fn new(samples: &[f64], edges: &[f64], policy: OutOfRange) -> Result<Self> {
        check_edges(edges)?;
        check_samples(samples)?;
        let bins = edges.len() - 1;
        let (low, high) = (edges[0], edges[bins]);
        let (mut counts, mut outside) = (vec![0u64; bins], 0);
        for (i, &x) in samples.iter().enumerate() {
            if x < low || x > high {
                match policy {
                    OutOfRange::Refuse => {
                        return Err(Error::out_of_domain(
                            format!("sample {i}"),
                            x,
                            format!("a number between the outer edges, {} and {}", shown(low), shown(high)),
                        ));
                    }
                    OutOfRange::Drop => {
                        outside += 1;
                        continue;
                    }
                    OutOfRange::Clamp => {}
                }
            }
            let right = edges.partition_point(|&e| e <= x);
            let bin = right.saturating_sub(1).min(bins - 1);
            counts[bin] += mutate!(1, Histogram, |_| u64::from(bin + 1 < bins));
        }
        Ok(Self { edges: edges.to_vec(), counts, outside })
    }

    /// As [`Histogram::new`] with [`equal_edges`] from the least to the greatest sample.
    ///
    /// # Errors
    /// No bins; no samples or one that is not finite.
    pub fn equal(samples: &[f64], bins: usize) -> Result<Self> {
        Self::new(samples, &equal_edges(&[samples], bins)?, OutOfRange::Refuse)
    }

    /// As [`Histogram::new`] with [`freedman_diaconis_edges`] of the samples.
    ///
    /// # Errors
    /// No samples or one that is not finite.
    pub fn freedman_diaconis(samples: &[f64]) -> Result<Self> {
        Self::new(samples, &freedman_diaconis_edges(&[samples])?, OutOfRange::Refuse)
    }

    /// The bin edges, one more than there are bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Samples in each bin.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Samples that were dropped because they lie outside the edges.
    #[must_use]
    pub fn outside(&self) -> u64 {
        self.outside
    }

    /// The law of the bins: counts over their total, those outside left out.
    ///
    /// # Errors
    /// All samples outside the edges.
    pub fn to_pmf(&self) -> Result<Pmf> {
        Pmf::normalised(self.counts.iter().map(|&c| c as f64).collect::<Vec<_>>())
    }
}

/// Edges of `bins` equal bins from the least to the greatest of all samples, for histograms that are to be compared.
/// Samples that are all equal get one unit around them.
///
/// # Errors
/// No bins; a set without samples or with one that is not finite.
pub fn equal_edges(sets: &[&[f64]], bins: usize) -> Result<Vec<f64>> {
    if bins == 0 {
        return Err(Error::too_few("histogram", 0, 1, "bins"));
    }
    let (low, high) = range(sets)?;
    let step = |i: usize| {
        let t = i as f64 / bins as f64;
        if i == bins { high } else { between(low, high, t) }
    };
    Ok(ascending((0..=bins).map(step)))
}

/// The number at share `t` of the way from `low` to `high`. The result is clamped, because `a (1 - t) + a t` need not
/// be `a`.
pub(crate) fn between(low: f64, high: f64, t: f64) -> f64 {
    (low * (1.0 - t) + high * t).clamp(low, high)
}

/// The quantile `u` of ascending numbers, linear between neighbours.
fn quantile(ascending: &[f64], u: f64) -> f64 {
    let last = ascending.len() - 1;
    let place = u * last as f64;
    let i = place.floor() as usize;
    between(ascending[i], ascending[(i + 1).min(last)], place.fract())
}

/// The edges in strictly ascending order. Rounding can make edges repeat or descend where bins are finer than the
/// spacing of `f64`, or lie between equal numbers; those edges are left out.
pub(crate) fn ascending(edges: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    edges.for_each(|edge| {
        if kept.last().is_none_or(|&last| edge > last) {
            kept.push(edge);
        }
    });
    kept
}

/// Edges of equal bins whose width is `2 IQR n^(-1/3)` of all samples together (Freedman and Diaconis,
/// doi:10.1007/BF01025868): at most `n` bins, and Sturges' `log2 n + 1` where the interquartile range is zero.
///
/// # Errors
/// As [`equal_edges`].
pub fn freedman_diaconis_edges(sets: &[&[f64]]) -> Result<Vec<f64>> {
    let (low, high) = range(sets)?;
    let mut all = sets.concat();
    all.sort_by(f64::total_cmp);
    let n = all.len();
    let width = 2.0 * (quantile(&all, 0.75) - quantile(&all, 0.25)) / (n as f64).cbrt();
    let bins = if width > 0.0 { ((high - low) / width).ceil() } else { (n as f64).log2().ceil() + 1.0 };
    equal_edges(sets, bins.clamp(1.0, n as f64) as usize)
}

fn range(sets: &[&[f64]]) -> Result<(f64, f64)> {
    if sets.is_empty() {
        return Err(Error::too_few("histogram", 0, 1, "sets of samples"));
    }
    sets.iter().try_for_each(|samples| check_samples(samples))?;
    let all = || sets.iter().flat_map(|s| s.iter().copied());
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    if low < high {
        return Ok((low, high));
    }
    let unit = 0.5 * low.abs().max(1.0);
    Ok((low - unit, low + unit))
}

fn check_samples(samples: &[f64]) -> Result<()> {
    if samples.is_empty() {
        return Err(Error::too_few("histogram", 0, 1, "samples"));
    }
    match samples.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        Some((i, &value)) => Err(Error::not_finite("samples", i, value)),
        None => Ok(()),
    }
}

fn check_edges(edges: &[f64]) -> Result<()> {
    if edges.len() < 2 {
        return Err(Error::too_few("histogram", edges.len(), 2, "edges"));
    }
    if let Some((i, &value)) = edges.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        return Err(Error::not_finite("edges", i, value));
    }
    match edges.windows(2).position(|w| w[0] >= w[1]) {
        Some(i) => Err(Error::out_of_domain(
            format!("edge {}", i + 1),
            edges[i + 1],
            format!("strictly ascending edges: more than {}", shown(edges[i])),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::density::{Density, Law};
    use crate::numeric::stream;

    #[test]
    fn counts_as_one_would_by_hand() {
        let edges = [0.0, 1.0, 2.0, 4.0];
        let h = Histogram::new(&[0.0, 0.999, 1.0, 3.0, 4.0], &edges, OutOfRange::Refuse).unwrap();
        assert_eq!((h.counts(), h.outside()), (&[2, 1, 2][..], 0));
        let samples = [-1.0, 0.5, 9.0];
        assert!(matches!(Histogram::new(&samples, &edges, OutOfRange::Refuse), Err(Error::OutOfDomain { .. })));
        let dropped = Histogram::new(&samples, &edges, OutOfRange::Drop).unwrap();
        assert_eq!((dropped.counts(), dropped.outside()), (&[1, 0, 0][..], 2));
        let clamped = Histogram::new(&samples, &edges, OutOfRange::Clamp).unwrap();
        assert_eq!((clamped.counts(), clamped.outside()), (&[2, 0, 1][..], 0));
        assert!(Histogram::new(&[9.0], &edges, OutOfRange::Drop).unwrap().to_pmf().is_err());
    }

    #[test]
    fn edges_between_neighbouring_numbers_ascend() {
        for low in [0.9f64, 0.1, 1e9 / 3.0, -0.7] {
            let mut high = low;
            for _ in 0..12 {
                high = high.next_up();
                for bins in [1, 3, 7, 10, 100] {
                    let h = Histogram::equal(&[low, high, low], bins).unwrap();
                    assert_eq!(h.counts().iter().sum::<u64>(), 3);
                }
            }
        }
    }

    #[test]
    fn every_sample_is_in_its_bin() {
        let samples = Law::cauchy(0.0, 1.0).unwrap().sample(500, &mut stream(1, 0));
        for h in [Histogram::equal(&samples, 37).unwrap(), Histogram::freedman_diaconis(&samples).unwrap()] {
            assert_eq!(h.counts().iter().sum::<u64>(), 500);
            let bins = h.counts().len();
            for (i, pair) in h.edges().windows(2).enumerate() {
                let inside = |x: f64| x >= pair[0] && (x < pair[1] || (i + 1 == bins && x <= pair[1]));
                assert_eq!(h.counts()[i], samples.iter().filter(|&&x| inside(x)).count() as u64);
            }
        }
    }

    #[test]
    fn freedman_diaconis_on_a_known_sample() {
        // 0..=7: quartiles 1.75 and 5.25, width 2 * 3.5 / 2
        let samples: Vec<f64> = (0..8).map(f64::from).collect();
        assert_eq!(freedman_diaconis_edges(&[&samples]).unwrap(), [0.0, 3.5, 7.0]);
        // two sets share their edges
        assert_eq!(freedman_diaconis_edges(&[&samples[..3], &samples[3..]]).unwrap(), [0.0, 3.5, 7.0]);
        let ties = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0];
        assert_eq!(Histogram::freedman_diaconis(&ties).unwrap().counts(), [7, 0, 0, 1]);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(
            Histogram::equal(&[1.0, f64::NAN], 3),
            Err(Error::NotFinite { at: crate::error::Index::Entry(1), .. })
        ));
        assert!(matches!(Histogram::equal(&[], 3), Err(Error::TooFew { .. })));
        assert!(matches!(Histogram::equal(&[1.0], 0), Err(Error::TooFew { unit: "bins", .. })));
        let new = |edges: &[f64]| Histogram::new(&[1.0], edges, OutOfRange::Clamp);
        assert!(new(&[0.0]).is_err() && new(&[0.0, 0.0]).is_err() && new(&[0.0, f64::INFINITY]).is_err());
        assert_eq!(Histogram::equal(&[3.0, 3.0], 2).unwrap().counts(), [0, 2]);
    }
}
