//! Variety by itself: how many different samples a sample amounts to.
//!
//! The Vendi score of Friedman and Dieng (arXiv 2210.02410) is `exp(-Σ λ ln λ)` over the eigenvalues of `K/n`, where
//! `K` holds the similarities of the points, each 1 with itself: `n` for points that have nothing in common, 1 for copies
//! of one point. It is the exponential of the von Neumann entropy of the covariance in the kernel's feature space. It
//! looks at one sample only, and noise has more variety than data: compare with the real sample's, the baseline of a
//! scorecard.

use super::kernel::{in_data, median_distance};
use super::pairs::gaussian_rate;
use super::{MOST_ROWS, Pair, at_most, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::linalg::{self, Eigh};
use crate::measure::Empirical;
use crate::measure::distance::{Clouds, for_blocks};
use crate::numeric::variance;
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, concatenate};

/// The Vendi score of the generated sample under the similarity `exp(-|x-y|²/(2 s²))`, `s` the median distance within the real
/// sample, so that all generators are measured by one kernel.
///
/// Of at most 1000 rows of the generated sample, and no more than the real sample has, drawn from `seed`; the score
/// grows with the number of rows until all that the kernel tells apart has been seen. Where all real points are one, `s`
/// is the median distance of the generated sample. The standard error is the delta method's, from the influence of
/// every point on the entropy, given the real sample, which sets the kernel; it does not see what is missing for want
/// of rows. O(r² d + r³) for r rows.
///
/// # Errors
/// A decomposition that fails.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::Pair;
/// use fenchel::score::vendi::vendi;
/// use ndarray::array;
/// let real = Empirical::new(array![[0.0], [1.0], [2.0], [3.0]])?;
/// let collapsed = Empirical::new(array![[2.0], [2.0], [2.0], [2.0]])?;
/// assert!((vendi(&Pair::new(&real, &collapsed)?, 0)?.value - 1.0).abs() < 1e-12);
/// assert!(vendi(&Pair::new(&real, &real)?, 0)?.value > 1.5);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn vendi(pair: &Pair<'_>, seed: u64) -> Result<Estimate> {
    pair.in_own_unit(0, |real, generated, unit| {
        let rows = pair.rows().min(MOST_ROWS);
        let sample = at_most(rows, generated, seed, 8)?;
        let median = |sample: &Empirical| median_distance(sample.points(), seed);
        let (width, whose) = match median(real) {
            Some(width) => (width, "median real distance"),
            // where both are one point each, all similarities are 1 whatever the width
            None => (median(generated).unwrap_or(1.0), "the real points are one; median generated distance"),
        };
        let spectrum = of_similarities(sample.points(), width)?;
        let drawn = if rows < generated.len() { format!(", seed {seed}") } else { String::new() };
        let parameters =
            format!("{rows} rows{drawn}, Gaussian kernel, bandwidth {} ({whose}); delta method", in_data(width, unit));
        Ok(estimate(&spectrum, rows, (real.len(), rows, real.dimension()), parameters))
    })
}

/// The Vendi score of the generated sample under the cosine of the rows, on all of them: what the package `vendi-score`
/// gives for feature vectors.
///
/// Cosines are taken from the origin: neither a shift of the columns nor their scales leave it alone.
/// O(n d min(n, d)).
///
/// # Errors
/// As [`vendi`]; [`Error::OutOfDomain`] for a row of zeros, which has no direction.
pub fn vendi_cosine(pair: &Pair<'_>) -> Result<Estimate> {
    // the real sample too, which is the baseline
    directions(pair.real(), "real")?;
    let x = directions(pair.generated(), "generated")?;
    let n = x.nrows();
    let svd = linalg::svd((x / (n as f64).sqrt()).view())?;
    let spectrum = Eigh { values: svd.values.mapv(|s| s * s), vectors: svd.u };
    Ok(estimate(&spectrum, n, pair.sizes(), "all rows, cosine kernel; delta method".to_owned()))
}

/// The rows at length one.
fn directions(sample: &Empirical, name: &str) -> Result<Array2<f64>> {
    let mut rows = sample.points().to_owned();
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        // to a moderate size first: squares of small numbers underflow
        let largest = row.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        if largest == 0.0 {
            let what = format!("length of row {i} of {name}");
            return Err(Error::out_of_domain(what, 0.0, "a positive number: cosines are between directions"));
        }
        row.mapv_inplace(|v| v / largest);
        let length = row.dot(&row).sqrt();
        row.mapv_inplace(|v| v / length);
    }
    Ok(rows)
}

/// Eigenvalues and eigenvectors of `K/n`.
fn of_similarities(x: ArrayView2<'_, f64>, width: f64) -> Result<Eigh> {
    let clouds = Clouds::new(x, x);
    let (n, rate) = (x.nrows() as f64, gaussian_rate(width));
    let blocks: Vec<Array2<f64>> = for_blocks(x.nrows(), |first| {
        let mut k = clouds.block(first).mapv_into(|d| (rate * d).exp() / n);
        (0..k.nrows()).for_each(|i| k[[i, first + i]] = 1.0 / n);
        k
    });
    let views: Vec<ArrayView2<'_, f64>> = blocks.iter().map(|b| b.view()).collect();
    match concatenate(Axis(0), &views) {
        Ok(k) => linalg::eigh(k.view()),
        Err(_) => unreachable!("every block has one column a point"),
    }
}

/// `exp(-Σ λ ln λ)` with the error that the influences of the points give: point `i` adds
/// `-n Σ_k u_ik² λ_k ln λ_k` to the mean that the entropy is.
fn estimate(spectrum: &Eigh, rows: usize, sizes: (usize, usize, usize), parameters: String) -> Estimate {
    let terms = spectrum.values.mapv(|l| if l > 0.0 { -l * l.ln() } else { 0.0 });
    let mut influence = Array1::<f64>::zeros(rows);
    Zip::from(&mut influence).and(spectrum.vectors.rows()).for_each(|influence, u| {
        *influence = rows as f64 * u.iter().zip(&terms).map(|(u, term)| u * u * term).sum::<f64>();
    });
    let (least, most) = (1.0, rows as f64);
    let value = terms.sum().exp().clamp(least, most);
    let std_error = value * (variance(&influence.to_vec()) / rows as f64).sqrt();
    normal_estimate("vendi", value, Some(std_error), (least, most), sizes, parameters)
}
