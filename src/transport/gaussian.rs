//! Transport between Gaussian laws in closed form (Bures): the distance, the optimal map, and barycenters.
//!
//! ```text
//! W2² = |m - n|² + tr A + tr B - 2 tr (A^½ B A^½)^½
//! ```
//!
//! The last trace is the sum of the singular values of `Lᵀ M` for any factors `A = L Lᵀ`, `B = M Mᵀ`. So singular
//! covariances are no exception, and no square root of a product of matrices is formed. With `Lᵀ M = U S Vᵀ` the three
//! traces together are `‖L U - M V‖²` (Frobenius), in which nothing cancels where `A` is near `B`.
//!
//! Source: Dowson and Landau 1982 (doi:10.1016/0047-259X(82)90077-X); Bhatia, Jain, Lim 2019 (arXiv:1712.01504).

use crate::certificate::{Certified, Report, Status, Unchecked};
use crate::error::{Error, Result};
use crate::linalg::{Svd, cholesky, eigh, matmul, solve_lower, svd};
use crate::measure::Gaussian;
use crate::measure::unit;
use crate::numeric::{Sum, times_power};
use crate::transport::problem::weights::check_weights;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use std::time::Instant;

/// The squared distance `W2²` between two Gaussian laws. O(d³).
///
/// The dual value is the distance between the projections on an orthonormal basis, which is never more than the
/// distance between the laws. The basis consists of the eigenvectors of the optimal map, for which the two are equal.
/// Where a covariance is singular the map exists only as a limit, and a small gap may remain.
///
/// # Errors
/// Laws of different dimensions; a decomposition that does not converge.
///
/// ```
/// use fenchel::measure::Gaussian;
/// use fenchel::transport::gaussian;
/// let w2 = gaussian::squared_distance(&Gaussian::univariate(0.0, 1.0)?, &Gaussian::univariate(1.0, 2.0)?)?;
/// assert_eq!(w2.value, 2.0); // (0 - 1)² + (1 - 2)²
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn squared_distance(p: &Gaussian, q: &Gaussian) -> Result<Certified> {
    same_dimension(p, q, "p", "q")?;
    if p == q {
        return Ok(Certified::within(0.0, 0.0, 0.0));
    }
    let unit = Gaussian::unit([p, q].into_iter());
    if unit != 0 {
        // covariances are squares, and their products must neither overflow nor underflow
        let found = squared_distance(&p.times_power(-unit), &q.times_power(-unit))?;
        let back = |value: f64| times_power(value, 2 * unit);
        return Ok(Certified::within(back(found.value), back(found.dual), 0.0));
    }
    let shift = &p.mean() - &q.mean();
    let between_means = shift.dot(&shift);
    let (a, b) = (p.cov(), q.cov());
    let (l, m) = (factor(a)?, factor(b)?);
    let svd = svd(matmul(l.root.t(), m.root.view()).view())?;
    let value = aligned(&l.root, &m.root, &svd) + l.dropped + m.dropped;
    // the error of a root is the root of the rounding error of its square
    let deviation = |cov: ArrayView2<'_, f64>, v: ArrayView1<'_, f64>| {
        let (square, rounding) = (v.dot(&cov.dot(&v)), 4.0 * cov.nrows() as f64 * f64::EPSILON * cov.diag().sum());
        ((square - rounding).max(0.0).sqrt(), (square + rounding).max(0.0).sqrt())
    };
    let apart = |v: ArrayView1<'_, f64>| {
        let ((low_a, high_a), (low_b, high_b)) = (deviation(a, v), deviation(b, v));
        (low_a - high_b).max(low_b - high_a).max(0.0)
    };
    let dual = Sum::of(map_directions(a, b)?.columns().into_iter().map(|v| apart(v).powi(2)));
    let (value, dual) = (between_means + value, between_means + dual);
    Ok(Certified::within(value, dual, ROUNDING * (value + a.diag().sum() + b.diag().sum())))
}

/// The rounding error allowed between value and dual, relative to the second moments that enter them.
const ROUNDING: f64 = 1e-12;

/// A covariance as a product.
pub(crate) struct Factor {
    /// `L` with `L Lᵀ = A`, except that eigenvalues of the size of the rounding error are set to zero, since their
    /// roots would not be small.
    pub root: Array2<f64>,
    /// The sum of the eigenvalues left out.
    pub dropped: f64,
}

/// The factor of a covariance of any rank.
pub(crate) fn factor(a: ArrayView2<'_, f64>) -> Result<Factor> {
    let e = eigh(a)?;
    let floor = a.nrows() as f64 * f64::EPSILON * e.values.iter().fold(0.0, |m, t| t.max(m));
    let dropped = Sum::of(e.values.iter().copied().filter(|t| *t > 0.0 && *t <= floor));
    Ok(Factor { root: e.vectors * &e.values.mapv(|t| if t > floor { t.sqrt() } else { 0.0 }), dropped })
}

/// `tr L Lᵀ + tr M Mᵀ - 2 tr S` for `Lᵀ M = U S Vᵀ`: the cost of moving `L z` to `M V Uᵀ z` for a standard normal `z`.
/// It is computed as the squared length of `L U - M V`, plus the squared length of the columns of thin factors that
/// this difference leaves out.
pub(crate) fn aligned(l: &Array2<f64>, m: &Array2<f64>, svd: &Svd) -> f64 {
    let (from, to) = (matmul(l.view(), svd.u.view()), matmul(m.view(), svd.v.view()));
    let square = |a: &Array2<f64>| Sum::of(a.iter().map(|t| t * t));
    let rest = |whole: &Array2<f64>, part: &Array2<f64>| {
        if whole.ncols() > part.ncols() { (square(whole) - square(part)).max(0.0) } else { 0.0 }
    };
    square(&(&from - &to)) + rest(l, &from) + rest(m, &to)
}

/// Eigenvectors of the optimal map `T = A^-½ (A^½ B A^½)^½ A^-½`; where `A` is singular, those of a map close to it.
pub(in crate::transport) fn map_directions(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let size = a.diag().sum().max(b.diag().sum());
    if size <= 0.0 {
        return Ok(Array2::eye(a.nrows()));
    }
    let power = |m: ArrayView2<'_, f64>, floor: f64, exponent: f64| -> Result<Array2<f64>> {
        let e = eigh(m)?;
        Ok(matmul((&e.vectors * &e.values.mapv(|t| t.max(floor).powf(exponent))).view(), e.vectors.t()))
    };
    let sandwich = |outer: &Array2<f64>, inner: ArrayView2<'_, f64>| {
        let product = matmul(matmul(outer.view(), inner).view(), outer.view());
        (&product + &product.t()) / 2.0
    };
    let floor = 1e-12 * size;
    let (root, inverse_root) = (power(a, floor, 0.5)?, power(a, floor, -0.5)?);
    let map = sandwich(&inverse_root, power(sandwich(&root, b).view(), 0.0, 0.5)?.view());
    Ok(eigh(map.view())?.vectors)
}

/// The optimal map between two Gaussian laws: `T(x) = n + A (x - m)` with `A` symmetric positive definite.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// `A`.
    pub linear: Array2<f64>,
    /// `m`, where the map starts from.
    pub from: Array1<f64>,
    /// `n`, where it leads.
    pub to: Array1<f64>,
    /// `‖A Σ_p A - Σ_q‖ / ‖Σ_q‖` (Frobenius): the relative distance of the image of `p` from `q`. A symmetric positive
    /// definite map that carries `p` to `q` is the gradient of a convex function, hence optimal and unique.
    pub residual: f64,
}

impl Map {
    /// The images of points, one a row. O(n d²).
    ///
    /// # Panics
    /// If the points have not as many columns as the laws.
    #[must_use]
    pub fn apply(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        matmul((&points - &self.from).view(), self.linear.view()) + &self.to
    }
}

/// The optimal map from `p` to `q` for the squared Euclidean cost,
/// `A = Σ_p^-½ (Σ_p^½ Σ_q Σ_p^½)^½ Σ_p^-½`. O(d³).
///
/// # Errors
/// Laws of different dimensions; a singular covariance of `p` (a law in a plane cannot be spread by a map).
///
/// ```
/// use fenchel::measure::Gaussian;
/// use fenchel::transport::gaussian;
/// let map = gaussian::map(&Gaussian::univariate(0.0, 1.0)?, &Gaussian::univariate(1.0, 2.0)?)?;
/// let images = map.apply(ndarray::array![[0.0], [3.0]].view());
/// assert!((images - ndarray::array![[1.0], [7.0]]).iter().all(|d| d.abs() < 1e-14));
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn map(p: &Gaussian, q: &Gaussian) -> Result<Map> {
    same_dimension(p, q, "p", "q")?;
    let l = cholesky(p.cov(), "covariance of p")?;
    let (linear, _) = map_from(&l, &factor(q.cov())?.root)?;
    let image = matmul(matmul(linear.view(), p.cov()).view(), linear.view());
    let size = frobenius(q.cov());
    let residual = frobenius((&image - &q.cov()).view()) / if size > 0.0 { size } else { 1.0 };
    Ok(Map { linear, from: p.mean().to_owned(), to: q.mean().to_owned(), residual })
}

/// The symmetric `A >= 0` with `A L Lᵀ A = M Mᵀ`, which is `L⁻ᵀ U S Uᵀ L⁻¹` for `Lᵀ M = U S Vᵀ`, and this decomposition.
fn map_from(l: &Array2<f64>, m: &Array2<f64>) -> Result<(Array2<f64>, Svd)> {
    let svd = svd(matmul(l.t(), m.view()).view())?;
    // L⁻ᵀ U: the columns scaled by roots give A as a product with its own transpose
    let inverse = solve_lower(l.view(), Array2::eye(l.nrows()).view());
    let half = matmul(inverse.t(), svd.u.view()) * &svd.values.mapv(f64::sqrt);
    Ok((matmul(half.view(), half.t()), svd))
}

/// A barycenter with its certificate.
#[derive(Debug, Clone)]
pub struct Barycenter {
    /// The law found.
    pub law: Gaussian,
    /// `primal` is `sum λ_i W2²(law, law_i)`, and `dual` is a lower bound of this sum for every law. `residual` is the
    /// error of the fixed-point equation, `‖sum λ_i T_i - I‖/√d` with the maps `T_i` from `law` to the laws.
    pub report: Report,
}

/// Steps of the fixed point at most.
const STEPS: usize = 1000;

/// The barycenter of Gaussian laws: the minimum of `sum λ_i W2²(·, law_i)` over all laws, which is Gaussian.
///
/// Weights that are not given are equal; they must sum to one. Cost O(k d³) a step, and few steps unless covariances
/// are nearly singular.
///
/// The covariance solves `sum λ_i T_i = I`, where `T_i` is the optimal map to the i-th law. The iteration `S <- N S N`
/// with `N = sum λ_i T_i` converges to it. The dual value comes from the multi-marginal dual for centred laws. For any
/// positive definite `A_i` with `sum λ_i A_i = I` the potentials `x·(I - A_i)x` prove the lower bound `sum λ_i (tr Σ_i
/// - tr A_i⁻¹ Σ_i)`. Here `A_i = N^-½ T_i N^-½`.
///
/// Source: Agueh and Carlier 2011 (doi:10.1137/100805741); Álvarez-Esteban et al. 2016 (arXiv:1511.05355).
///
/// # Errors
/// No laws; laws of different dimensions; weights that are not a pmf; a mean covariance that is singular.
///
/// ```
/// use fenchel::measure::Gaussian;
/// use fenchel::transport::gaussian;
/// let laws = [Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(4.0, 3.0)?];
/// let found = gaussian::barycenter(&laws, Some(&[0.75, 0.25]))?;
/// // means and deviations are averaged: N(1, 1.5²)
/// assert!((found.law.mean()[0] - 1.0).abs() < 1e-12 && (found.law.cov()[[0, 0]] - 2.25).abs() < 1e-12);
/// assert!(found.report.gap() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn barycenter(laws: &[Gaussian], weights: Option<&[f64]>) -> Result<Barycenter> {
    let start = Instant::now();
    let Some(first) = laws.first() else {
        return Err(Error::too_few("laws of a barycenter", 0, 1, "laws"));
    };
    for (k, law) in laws.iter().enumerate() {
        same_dimension(first, law, "the first law", &format!("law {k} (counted from 0)"))?;
    }
    let equal = vec![1.0 / laws.len() as f64; laws.len()];
    let weights = weights.unwrap_or(&equal);
    check_weights(laws.len(), weights)?;
    let unit_of_length = Gaussian::unit(laws.iter());
    if unit_of_length != 0 {
        let own: Vec<Gaussian> = laws.iter().map(|law| law.times_power(-unit_of_length)).collect();
        let Barycenter { law, mut report } = barycenter(&own, Some(weights))?;
        for value in [&mut report.primal, &mut report.dual] {
            *value = times_power(*value, 2 * unit_of_length);
        }
        return Ok(Barycenter { law: law.times_power(unit_of_length), report });
    }
    // laws without weight take no part
    let weights = unit(weights);
    let laws: Vec<(f64, &Gaussian)> = weights.into_iter().zip(laws).filter(|(w, _)| *w > 0.0).collect();
    fixed_point(&laws, start)
}

/// The maps from a law with the covariance `L Lᵀ` to the laws.
struct Maps {
    each: Vec<Array2<f64>>,
    /// `sum λ_i T_i`, and how far it is from `I`.
    mean: Array2<f64>,
    residual: f64,
    /// `sum λ_i W2²` of the centred laws.
    apart: f64,
}

impl Maps {
    fn of(l: &Array2<f64>, laws: &[(f64, &Gaussian)], factors: &[Factor]) -> Result<Self> {
        let d = l.nrows();
        let mut each = Vec::with_capacity(laws.len());
        let (mut mean, mut apart) = (Array2::<f64>::zeros((d, d)), Sum::new());
        for ((w, _), m) in laws.iter().zip(factors) {
            let (map, svd) = map_from(l, &m.root)?;
            mean.scaled_add(*w, &map);
            apart.add(w * (aligned(l, &m.root, &svd) + m.dropped));
            each.push(map);
        }
        let residual = frobenius((&mean - &Array2::<f64>::eye(d)).view()) / (d as f64).sqrt();
        Ok(Self { each, mean, residual, apart: apart.value() })
    }
}

/// The iteration for laws with positive weights that sum to one.
fn fixed_point(laws: &[(f64, &Gaussian)], start: Instant) -> Result<Barycenter> {
    let d = laws[0].1.dimension();
    let factors: Vec<Factor> = laws.iter().map(|(_, law)| factor(law.cov())).collect::<Result<_>>()?;
    let mean = laws.iter().fold(Array1::zeros(d), |mean: Array1<f64>, (w, law)| mean + &law.mean() * *w);
    let between = Sum::of(laws.iter().map(|(w, law)| w * (&law.mean() - &mean).mapv(|t| t * t).sum()));
    let within = Sum::of(laws.iter().map(|(w, law)| w * law.cov().diag().sum()));
    let mut cov = laws.iter().fold(Array2::zeros((d, d)), |cov: Array2<f64>, (w, law)| cov + &law.cov() * *w);
    let mut l = cholesky(cov.view(), "mean of the covariances")?;
    let mut trace: Vec<(usize, f64)> = Vec::new();
    let (maps, status) = loop {
        let maps = Maps::of(&l, laws, &factors)?;
        let residual = maps.residual;
        let stuck = trace.len() >= 3 && trace[trace.len() - 3..].iter().all(|earlier| residual >= earlier.1);
        let step = trace.len();
        trace.push((step, residual));
        if residual <= 1e-14 || stuck {
            break (maps, Status::Stalled);
        }
        if step == STEPS {
            break (maps, Status::IterationLimit);
        }
        let n = maps.mean.view();
        let next = symmetric(matmul(matmul(n, cov.view()).view(), n));
        match cholesky(next.view(), "barycenter") {
            Ok(root) => (cov, l) = (next, root),
            Err(_) => break (maps, Status::Stalled),
        }
    };
    let primal = between + maps.apart;
    let dual = between + lower_bound(laws, &factors, &maps.each, maps.mean.view())?.max(0.0);
    let proven = (primal - dual).abs() <= 1e-9 * (between + within);
    let report = Report::of(Unchecked {
        method: "fixed point",
        status: if proven { Status::Converged } else { status },
        iterations: trace.len() - 1,
        primal,
        dual,
        rounding: ROUNDING * (between + within),
        residual: trace.last().map_or(0.0, |last| last.1),
        seconds: start.elapsed().as_secs_f64(),
        trace,
    });
    Ok(Barycenter { law: Gaussian::new(mean, cov)?, report })
}

/// `sum λ_i (tr Σ_i - tr A_i⁻¹ Σ_i)` for `A_i` made of the maps so that `sum λ_i A_i = I`.
fn lower_bound(
    laws: &[(f64, &Gaussian)],
    factors: &[Factor],
    maps: &[Array2<f64>],
    n: ArrayView2<'_, f64>,
) -> Result<f64> {
    let e = eigh(n)?;
    let d = n.nrows();
    let inverse_root =
        matmul((&e.vectors * &e.values.mapv(|t| t.max(f64::MIN_POSITIVE).sqrt().recip())).view(), e.vectors.t());
    let mut best = 0.0f64;
    // A map to a singular law is singular itself. A small share of the identity in each map keeps the sum at the
    // identity.
    'shares: for share in [0.0, 1e-12, 1e-9, 1e-6] {
        let mut roots = Vec::with_capacity(laws.len());
        // the error of the sum that the roots stand for, against the identity, and a bound on the rounding error of
        // solving with them
        let (mut off, mut rounding) = (-Array2::<f64>::eye(d), 0.0);
        for ((w, _), map) in laws.iter().zip(maps) {
            let a = matmul(matmul(inverse_root.view(), map.view()).view(), inverse_root.view());
            let a = symmetric(a) * (1.0 - share) + Array2::<f64>::eye(d) * share;
            let Ok(l) = cholesky(a.view(), "potential") else { continue 'shares };
            off.scaled_add(*w, &matmul(l.view(), l.t()));
            rounding += 4.0 * d as f64 * f64::EPSILON * w * a.diag().sum();
            roots.push(l);
        }
        // divided by this number their sum is at most the identity, and the bound holds
        let smaller = 1.0 + frobenius(off.view()) + rounding;
        let mut bound = Sum::new();
        for (((w, law), m), l) in laws.iter().zip(factors).zip(&roots) {
            let square = |b: ArrayView2<'_, f64>| solve_lower(l.view(), b).mapv(|t| t * t).sum();
            let trace = law.cov().diag().sum();
            // the part of the covariance that the factor misses, enlarged at most by the inverse
            let missed = m.dropped + d as f64 * f64::EPSILON * trace;
            bound.add(w * trace);
            bound.add(-w * smaller * (square(m.root.view()) + missed * square(Array2::eye(d).view())));
        }
        best = best.max(bound.value());
    }
    Ok(best)
}

fn symmetric(a: Array2<f64>) -> Array2<f64> {
    (&a + &a.t()) / 2.0
}

fn frobenius(a: ArrayView2<'_, f64>) -> f64 {
    Sum::of(a.iter().map(|t| t * t)).sqrt()
}

fn same_dimension(p: &Gaussian, q: &Gaussian, left: &str, right: &str) -> Result<()> {
    if p.dimension() == q.dimension() {
        return Ok(());
    }
    Err(Error::size_mismatch((left, p.dimension()), (right, q.dimension()), "dimensions"))
}
