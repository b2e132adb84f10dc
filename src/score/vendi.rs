//! Variety by itself: how many different samples a sample amounts to.
//!
//! The Vendi score of Friedman and Dieng (arXiv 2210.02410) is `exp(-Σ λ ln λ)` over the eigenvalues of `K/n`, where
//! `K` holds the similarities of the points, each 1 with itself: `n` for points that have nothing in common, 1 for copies
//! of one point. It is the exponential of the von Neumann entropy of the covariance in the kernel's feature space; its cousins of other
//! orders (Pasarkar and Dieng, arXiv 2310.12952) take the Rényi entropy. It looks at one sample only, and noise has more variety than data: compare with the
//! baseline, which is the score of as many real rows.

pub use super::similarity::Similarity;

use super::definition::{Definition, Sees};
use super::forecast::{PRODUCT, ROTATION, Step};
use super::kernel::{in_data, median_distance};
use super::pairs::gaussian_rate;
use super::{Better, Compat, MOST_ROWS, Pair, Permutations, at_most, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::linalg::{self, Eigh};
use crate::measure::Empirical;
use crate::measure::distance::{Clouds, for_blocks};
use crate::numeric::variance;
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip, concatenate};

pub(super) const VENDI: Definition = Definition::new(
    "vendi",
    "effective number of different generated points (the real ones' is best)",
    SPECTRA,
    |card| match card.compat() {
        Some(Compat::VendiScore) => vendi_of_all(card.pair(), card.again()),
        _ => vendi(card.pair(), card.similarity(), card.order(), card.again()),
    },
)
.sees(Sees::Diversity, Better::Higher);

/// The eigenvalues and eigenvectors of similarities, of generated and of real rows.
const SPECTRA: Step = Step::new("spectra of similarities", |task| {
    let rows = match (task.choices.compat, task.choices.similarity) {
        (Some(Compat::VendiScore), _) => task.m,
        (_, Similarity::Gaussian) => task.n.min(task.m).min(MOST_ROWS as f64),
        _ => task.n.min(task.m),
    };
    let draws = if task.choices.again().count == 0 {
        0.0
    } else if task.n > rows {
        DRAWS as f64
    } else {
        1.0
    };
    let rank = match task.choices.similarity {
        Similarity::Cosine => rows.min(task.d),
        Similarity::Gaussian => rows,
    };
    (1.0 + draws) * (rows * task.d * (rank * PRODUCT + 5.0) + ROTATION * rank.powi(3))
});

/// Draws of real rows that the baseline is the mean of, where there are more real rows than are needed.
const DRAWS: u64 = 5;

/// The Vendi score of the generated sample: `exp(-Σ λ ln λ)` for order 1, otherwise `(Σ λ^q)^(1/(1-q))` with the order `q`.
///
/// Orders below 1 give weight to what is rare, orders above it to what is common; at infinity it is `1/max λ`. Of as many rows of the
/// generated sample as the smaller sample has, drawn from the seed of `test`; the score
/// grows with the number of rows until all that the kernel tells apart has been seen. The standard error is the delta method's, from the influence of
/// every point on the entropy, given the real sample; it does not see what is missing for want
/// of rows. The baseline is the score of as many real rows, without permutations there is none. For r rows O(r d min(r, d)) for cosines, else
/// O(r² d + r³).
///
/// # Errors
/// A decomposition that fails; an order that is not positive; [`Error::Unsupported`] for a row of zeros, which has no direction.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::vendi::{Similarity, vendi};
/// use fenchel::score::{Pair, Permutations};
/// use ndarray::array;
/// let real = Empirical::new(array![[1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [0.0, 3.0]])?; // two directions
/// let collapsed = Empirical::new(array![[2.0, 1.0], [4.0, 2.0], [2.0, 1.0], [2.0, 1.0]])?;
/// let found = vendi(&Pair::new(&real, &collapsed)?, Similarity::Cosine, 1.0, Permutations::new(1, 0))?;
/// assert!((found.value - 1.0).abs() < 1e-12 && (found.baseline.unwrap() - 2.0).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn vendi(pair: &Pair<'_>, similarity: Similarity, order: f64, test: Permutations) -> Result<Estimate> {
    let most = if similarity == Similarity::Gaussian { MOST_ROWS } else { usize::MAX };
    of_rows(pair, similarity, order, test, pair.rows().min(most))
}

/// The Vendi score of order 1 under the cosine of the rows, on all rows of the generated sample: what the package `vendi-score`
/// gives for feature vectors.
///
/// # Errors
/// As [`vendi`].
pub fn vendi_of_all(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    of_rows(pair, Similarity::Cosine, 1.0, test, pair.generated().len())
}

fn of_rows(pair: &Pair<'_>, similarity: Similarity, order: f64, test: Permutations, rows: usize) -> Result<Estimate> {
    if order.is_nan() || order <= 0.0 {
        return Err(Error::out_of_domain("order of the Vendi score", order, "a positive number, or infinity"));
    }
    test.validate()?;
    pair.in_own_unit(0, |real, generated, unit| {
        let kernel = Similarities::of(similarity, real, generated, test.seed);
        let sample = at_most(rows, generated, test.seed, 8)?;
        let value_and_error = |sample: &Empirical, name: &str| -> Result<(f64, f64)> {
            Ok(entropy(&kernel.spectrum(sample, name)?, sample.len(), order))
        };
        let (value, std_error) = value_and_error(&sample, "generated")?;
        let drawn = if rows < generated.len() { format!(", seed {}", test.seed) } else { String::new() };
        let parameters = format!("{rows} rows{drawn}, order {order}, {}; delta method", kernel.describe(unit));
        let (sizes, range) = ((real.len(), rows, real.dimension()), (1.0, rows as f64));
        let found = normal_estimate("vendi", value, Some(std_error), range, sizes, parameters);
        if test.count == 0 {
            return Ok(found);
        }
        let draws = if real.len() > rows { DRAWS } else { 1 };
        let of_real = (0..draws).map(|draw| value_and_error(&at_most(rows, real, test.seed, 900 + draw)?, "real"));
        let of_real: Vec<(f64, f64)> = of_real.collect::<Result<_>>()?;
        let values: Vec<f64> = of_real.iter().map(|(value, _)| *value).collect();
        Ok(Estimate {
            baseline: Some(values.iter().sum::<f64>() / draws as f64),
            // a single draw has the error of its own
            baseline_spread: Some(if draws > 1 { variance(&values).sqrt() } else { of_real[0].1 }),
            parameters: format!("{}; baseline: {} real rows, mean of {draws}", found.parameters, rows.min(real.len())),
            ..found
        })
    })
}

/// A similarity with its parameters.
enum Similarities {
    Cosine,
    Gaussian(f64, &'static str),
}

impl Similarities {
    fn of(similarity: Similarity, real: &Empirical, generated: &Empirical, seed: u64) -> Self {
        let median = |sample: &Empirical| median_distance(sample.points(), seed);
        match (similarity, median) {
            (Similarity::Cosine, _) => Self::Cosine,
            (Similarity::Gaussian, median) => match median(real) {
                Some(width) => Self::Gaussian(width, "median real distance"),
                // where both are one point each, all similarities are 1 whatever the width
                None => Self::Gaussian(
                    median(generated).unwrap_or(1.0),
                    "the real points are one; median generated distance",
                ),
            },
        }
    }

    fn describe(&self, unit: i32) -> String {
        match self {
            Self::Cosine => "cosine kernel".to_owned(),
            Self::Gaussian(width, whose) => format!("Gaussian kernel, bandwidth {} ({whose})", in_data(*width, unit)),
        }
    }

    /// Eigenvalues and eigenvectors of `K/n`.
    fn spectrum(&self, sample: &Empirical, name: &str) -> Result<Eigh> {
        match self {
            Self::Cosine => of_directions(&directions(sample, name)?),
            Self::Gaussian(width, _) => of_similarities(sample.points(), *width),
        }
    }
}

/// Eigenvalues and eigenvectors of `X Xᵀ/n` for rows of length one; from `Xᵀ X/n` where that is smaller.
fn of_directions(x: &Array2<f64>) -> Result<Eigh> {
    let n = x.nrows() as f64;
    if x.nrows() <= x.ncols() {
        return linalg::eigh((linalg::matmul(x.view(), x.t()) / n).view());
    }
    let Eigh { values, vectors } = linalg::eigh((linalg::gram(x.view()) / n).view())?;
    // an eigenvalue that is zero but for rounding has no vector, and no weight
    let scales = values.mapv(|l| if l > f64::EPSILON { (n * l).sqrt().recip() } else { 0.0 });
    Ok(Eigh { vectors: linalg::matmul(x.view(), (vectors * &scales).view()), values })
}

/// The rows at length one.
fn directions(sample: &Empirical, name: &str) -> Result<Array2<f64>> {
    let mut rows = sample.points().to_owned();
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        // to a moderate size first: squares of small numbers underflow
        let largest = row.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        if largest == 0.0 {
            let what = format!("the cosine with row {i} of {name}");
            return Err(Error::unsupported(
                what,
                "a row of zeros has no direction; the Gaussian similarity needs none",
            ));
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

/// The exponential of the entropy of an order, with the error that the influences of the points give. Point `i` moves the eigenvalue `λ_k` in
/// proportion to `n u_ik² λ_k`.
fn entropy(spectrum: &Eigh, rows: usize, order: f64) -> (f64, f64) {
    let n = rows as f64;
    let values = spectrum.values.mapv(|l| l.max(0.0));
    let largest = values.fold(0.0, |most: f64, l| most.max(*l));
    // what the sum of all terms is turned into, and by how much, relatively, it grows with it
    let (terms, value, slope): (Array1<f64>, f64, f64) = if order.is_infinite() {
        (values.mapv(|l| if l >= largest { l } else { 0.0 }), 1.0 / largest, -1.0 / largest)
    } else if (order - 1.0).abs() < 1e-9 {
        let terms = values.mapv(|l| if l > 0.0 { -l * l.ln() } else { 0.0 });
        let sum = terms.sum();
        (terms, sum.exp(), 1.0)
    } else {
        // in units of the largest, so that high orders do not underflow
        let terms = values.mapv(|l| if l > f64::EPSILON * largest { (l / largest).powf(order) } else { 0.0 });
        let sum = terms.sum();
        let value = ((sum.ln() + order * largest.ln()) / (1.0 - order)).exp();
        (terms, value, order / ((1.0 - order) * sum))
    };
    let mut influence = Array1::<f64>::zeros(rows);
    Zip::from(&mut influence).and(spectrum.vectors.rows()).for_each(|influence, u| {
        *influence = slope * n * u.iter().zip(&terms).map(|(u, term)| u * u * term).sum::<f64>();
    });
    let value = value.clamp(1.0, n);
    (value, value * (variance(&influence.to_vec()) / n).sqrt())
}
