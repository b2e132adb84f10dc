//! The divergences that most ask for, of two samples in one line.

use super::repeats::{check_density, distinct_columns};
use super::{Estimator, HistogramPlugIn, Knn, MOST_COLUMNS};
use crate::certificate::Estimate;
use crate::divergence::generator::FDivergence;
use crate::divergence::kind::Kind;
use crate::error::Result;
use crate::measure::Empirical;

/// The Jensen-Shannon divergence of the laws of two samples, in nats, with its interval at 90 %.
///
/// By nearest neighbours ([`Knn`]) where the laws may have a density. Where rows or the values of a column repeat, as of whole numbers, they have
/// none: there by the shares of common bins ([`HistogramPlugIn`]), in up to 4 columns. `parameters` say which it was. For another
/// estimator, divergence or level, ask that estimator.
///
/// # Errors
/// Different dimensions, fewer than two rows, weighted samples; samples without a density in more than 4 columns.
///
/// ```
/// use fenchel::divergence::estimate;
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
///
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(1000, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(1000, &mut stream(0, 1))? + 2.0)?;
/// let jsd = estimate::jsd(&x, &y)?; // 0.3368 for the laws
/// let (low, high) = jsd.interval.unwrap();
/// assert!(low < 0.3368 && 0.3368 < high && high - low < 0.1);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn jsd(x: &Empirical, y: &Empirical) -> Result<Estimate> {
    usual(x, y, Kind::F(FDivergence::Jsd))
}

/// The Kullback-Leibler divergence of the law of `x` from the law of `y`, in nats, with its interval at 90 %.
///
/// As [`jsd`]. It is infinite where `y` has no rows and `x` has; a sample shows that only of laws on a few values.
///
/// # Errors
/// As [`jsd`].
///
/// ```
/// use fenchel::divergence::estimate;
/// use fenchel::measure::Empirical;
/// use ndarray::Array2;
/// let coin = |heads: usize| Empirical::new(Array2::from_shape_fn((1000, 1), |(i, _)| f64::from(u8::from(i < heads))));
/// let kl = estimate::kl(&coin(500)?, &coin(900)?)?; // ½ ln(.5/.9) + ½ ln(.5/.1) = 0.5108 of these coins
/// assert!(kl.parameters.contains("histogram") && (kl.value - 0.5108).abs() < 0.01);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kl(x: &Empirical, y: &Empirical) -> Result<Estimate> {
    usual(x, y, Kind::F(FDivergence::Kl))
}

fn usual(x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
    let knn = Knn::new().for_rows(x.len().min(y.len()));
    x.same_dimension(y, "x", "y")?;
    let columns = distinct_columns(x, y)?;
    if columns.x.dimension() <= MOST_COLUMNS && check_density(knn.name(), &columns.x, &columns.y).is_err() {
        return HistogramPlugIn::new().estimate(x, y, kind);
    }
    knn.estimate(x, y, kind)
}
