//! The Fréchet distance where only moments are known: of laws, or of samples that somebody else has summed up.

use super::frechet::between;
use crate::certificate::{Estimate, LEVEL};
use crate::error::Result;
use crate::measure::Gaussian;

/// The squared Fréchet distance of a real and a generated law given by mean and covariance, such as the `mu` and
/// `sigma` that pytorch-fid keeps: what it prints for two such files.
///
/// The value is that of [`between`], exact for these moments. If they are of samples it is biased upwards, and how
/// much, and with what error, depends on numbers of rows that moments do not tell: there are no standard error,
/// interval, baseline or p-value, and `n` and `m` are 0. The estimate says so in a warning.
///
/// # Errors
/// As [`between`].
///
/// ```
/// use fenchel::measure::Gaussian;
/// use fenchel::score::moments::frechet_of_moments;
/// use ndarray::array;
/// let real = Gaussian::new(array![0.0, 0.0], array![[1.0, 0.0], [0.0, 4.0]])?;
/// let generated = Gaussian::new(array![3.0, 0.0], array![[4.0, 0.0], [0.0, 1.0]])?;
/// let found = frechet_of_moments(&real, &generated)?;
/// assert!((found.value - 11.0).abs() < 1e-12 && found.interval.is_none()); // 3² + (1 - 2)² + (2 - 1)²
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn frechet_of_moments(real: &Gaussian, generated: &Gaussian) -> Result<Estimate> {
    Ok(Estimate {
        name: "frechet".to_owned(),
        value: between(real, generated)?,
        std_error: None,
        interval: None,
        level: LEVEL,
        p_value: None,
        baseline: None,
        baseline_spread: None,
        n: 0,
        m: 0,
        dimension: real.dimension(),
        parameters: "of given means and covariances".to_owned(),
        warnings: vec![
            "means and covariances do not say of how many rows they are: no error, interval or baseline can be given, and of few rows the value is too large"
                .to_owned(),
        ],
    })
}
