//! Divergences of laws on bins, and of samples.

use crate::estimate::Estimate;
use crate::failure::refused;
use crate::input::{Numbers, Rows, named};
use crate::report::Certified;
use fenchel::divergence::Kind;
use fenchel::divergence::estimate::{
    Binning, Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn, Variational, jsd, kl,
};
use fenchel::gan::NetworkBound;
use fenchel::measure::{Empirical, Pmf};
use fenchel::ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The name of every divergence, whether it is symmetric, and whether it is an amount of information, which has units.
#[pyfunction]
pub fn kinds() -> Vec<(String, bool, bool)> {
    Kind::all().iter().map(|kind| (kind.to_string(), kind.is_symmetric(), kind.is_information())).collect()
}

/// The natural logarithm of the base, for values that have a unit.
fn unit(kind: Kind, base: Option<f64>) -> PyResult<f64> {
    match base {
        None => Ok(1.0),
        Some(_) if !kind.is_information() => {
            Err(PyValueError::new_err(format!("`{kind}` is no amount of information, so it has no base")))
        }
        Some(base) if base > 1.0 && base.is_finite() => Ok(base.ln()),
        Some(base) => Err(refused(fenchel::Error::out_of_domain("base", base, "a number above 1"))),
    }
}

/// The rows as laws: as they are, or divided by their sums if that was asked for.
fn laws<'a>(rows: ArrayView2<'a, f64>, normalise: bool) -> fenchel::Result<CowArray<'a, f64, Ix2>> {
    if !normalise {
        return Ok(rows.into());
    }
    let mut divided = Array2::zeros(rows.raw_dim());
    for (row, mut out) in rows.rows().into_iter().zip(divided.rows_mut()) {
        out.iter_mut().zip(Pmf::normalised(row)?.masses()).for_each(|(out, mass)| *out = *mass);
    }
    Ok(divided.into())
}

/// The divergence of one law (k,) from another, in nats, with its dual.
#[pyfunction]
pub fn divergence(py: Python<'_>, p: Numbers<'_>, q: Numbers<'_>, kind: &str, normalise: bool) -> PyResult<Certified> {
    let (kind, p, q) = (named::<Kind>(kind)?, p.as_array(), q.as_array());
    let found = py.detach(|| {
        let law = |masses| if normalise { Pmf::normalised(masses) } else { Pmf::new(masses) };
        kind.evaluate(&law(p)?, &law(q)?)
    });
    Ok(found.map_err(refused)?.into())
}

/// The divergences of the rows of ``p`` (n, k) from those of ``q`` (n, k): values (n,) and duals (n,).
#[pyfunction]
#[allow(clippy::type_complexity)] // values and duals
pub fn rows<'py>(
    py: Python<'py>,
    p: Rows<'py>,
    q: Rows<'py>,
    kind: &str,
    normalise: bool,
    base: Option<f64>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
    let (kind, p, q) = (named::<Kind>(kind)?, p.as_array(), q.as_array());
    let unit = unit(kind, base)?;
    let found = py.detach(|| {
        let (p, q) = (laws(p, normalise)?, laws(q, normalise)?);
        fenchel::divergence::along_axis(p.view(), q.view(), Axis(1), kind)
    });
    let found = found.map_err(refused)?;
    Ok(((found.value / unit).into_pyarray(py), (found.dual / unit).into_pyarray(py)))
}

/// The divergences of every row of ``p`` (n, k) from every row of ``q`` (m, k): values (n, m).
#[pyfunction]
pub fn pairwise<'py>(
    py: Python<'py>,
    p: Rows<'py>,
    q: Rows<'py>,
    kind: &str,
    normalise: bool,
    base: Option<f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (kind, p, q) = (named::<Kind>(kind)?, p.as_array(), q.as_array());
    let unit = unit(kind, base)?;
    let found = py.detach(|| {
        let (p, q) = (laws(p, normalise)?, laws(q, normalise)?);
        fenchel::divergence::pairwise(p.view(), q.view(), kind)
    });
    Ok((found.map_err(refused)?.value / unit).into_pyarray(py))
}

/// What an estimator is made with.
#[derive(FromPyObject)]
pub struct Choices {
    level: f64,
    k: Option<usize>,
    bins: Option<usize>,
    seed: u64,
    guaranteed: bool,
}

impl Choices {
    fn estimator(&self, name: &str) -> PyResult<Box<dyn Estimator + Send + Sync>> {
        let Self { level, k, bins, seed, guaranteed } = *self;
        let bound = |bound: Variational| Box::new(bound.seed(seed).level(level).guaranteed(guaranteed));
        Ok(match name {
            "knn" => Box::new(k.map_or_else(Knn::new, |k| Knn::new().extrapolated(k)).level(level)),
            "histogram" => {
                let estimator = HistogramPlugIn::new().level(level);
                Box::new(match bins {
                    None => estimator,
                    Some(bins) => estimator.bins(Binning::Equal(bins)),
                })
            }
            "kde" => Box::new(Kde::new().level(level)),
            "gaussian" => Box::new(GaussianPlugIn::new().level(level)),
            "donsker_varadhan" => bound(Variational::donsker_varadhan()),
            "fgan" => bound(Variational::fgan()),
            "classifier" => bound(Variational::classifier()),
            "network" => Box::new(NetworkBound::default().seed(seed).level(level).guaranteed(guaranteed)),
            _ => {
                let known = "knn, histogram, kde, gaussian, donsker_varadhan, fgan, classifier, network";
                return Err(refused(fenchel::Error::unknown_name("estimator", name, known)));
            }
        })
    }
}

/// The divergence of the law of ``x`` (n, d) from that of ``y`` (m, d), from samples, with its interval.
#[pyfunction]
pub fn samples(
    py: Python<'_>,
    x: Rows<'_>,
    y: Rows<'_>,
    kind: &str,
    estimator: Option<&str>,
    choices: Choices,
) -> PyResult<Estimate> {
    let (of, x, y) = (named::<Kind>(kind)?, x.as_array(), y.as_array());
    let usual = match (estimator, kind) {
        (None, "jsd") => Some(jsd as fn(&Empirical, &Empirical) -> _),
        (None, "kl") => Some(kl as fn(&Empirical, &Empirical) -> _),
        _ => None,
    };
    let estimator = choices.estimator(estimator.unwrap_or("knn"))?;
    let found = py.detach(|| {
        let (x, y) = (Empirical::new(x)?, Empirical::new(y)?);
        usual.map_or_else(|| estimator.estimate(&x, &y, of), |usual| usual(&x, &y))
    });
    found.map(Estimate).map_err(refused)
}
