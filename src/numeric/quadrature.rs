//! Adaptive quadrature that reports its error.
//!
//! The interval is cut at the given points, and the panel with the largest error is halved until the errors add up to
//! less than the tolerance. The value of a panel is that of the 21-point Kronrod rule. Its error is the whole
//! difference to the 10-point Gauss value inside it, which bounds the error of the *worse* of the two rules. A floor of
//! `50 eps` times the integral of `|f|` is added for rounding. Where halving moved the value, half of the move counts
//! as error too: at a kink the two rules can agree by accident.
//!
//! Every piece is parametrised by the distance from its own end (for an infinite piece by `w = s/(s + distance)`), so
//! that halving towards an integrable singularity, or towards infinity, never runs out of digits. The ratio of the
//! integrals over successive rings there estimates the part that the rule still misses. This part enters the error. A
//! ratio that stays at one or above means that the integral diverges.
//!
//! Source: R. Piessens et al., *QUADPACK* (Springer 1983), doi:10.1007/978-3-642-61786-7.

use super::Sum;
use super::kronrod::{ABSCISSAE, GAUSS, KRONROD};
use crate::certificate::Status;
use crate::error::{Error, Result};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An integral with the bound on its error.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Integral {
    /// The value; `+inf` or `-inf` where the integral diverges, never NaN.
    pub value: f64,
    /// Bound on `|value - integral|`, truncation and rounding together. Zero where an infinite value was met at a
    /// node, infinite where divergence was inferred from the growth of the pieces.
    pub error: f64,
    /// How often the integrand was evaluated.
    pub evaluations: usize,
    /// [`Status::Converged`] where the error is within the tolerance or at the rounding floor.
    pub status: Status,
}

/// Settings of the adaptive rule.
///
/// ```
/// use fenchel::numeric::quadrature::Quadrature;
/// let bell = Quadrature::new().integrate(|x| (-x * x).exp(), &[f64::NEG_INFINITY, f64::INFINITY])?;
/// assert!((bell.value - std::f64::consts::PI.sqrt()).abs() <= bell.error);
/// assert!(bell.error < 1e-11);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quadrature {
    relative: f64,
    absolute: f64,
    max_evaluations: usize,
}

impl Default for Quadrature {
    fn default() -> Self {
        Self { relative: 1e-12, absolute: 0.0, max_evaluations: 400_000 }
    }
}

impl Quadrature {
    /// Relative tolerance 1e-12, no absolute tolerance, at most 400 000 evaluations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops once the error is below this fraction of the value.
    #[must_use]
    pub fn relative(mut self, tolerance: f64) -> Self {
        self.relative = tolerance;
        self
    }

    /// Stops once the error is below this number.
    #[must_use]
    pub fn absolute(mut self, tolerance: f64) -> Self {
        self.absolute = tolerance;
        self
    }

    /// The most evaluations allowed.
    #[must_use]
    pub fn max_evaluations(mut self, evaluations: usize) -> Self {
        self.max_evaluations = evaluations;
        self
    }

    /// The integral of `f` from the first to the last of `points`, which are ascending.
    ///
    /// The first and the last may be infinite. Points between them say where `f` has kinks, jumps or singularities
    /// and, as a narrow peak can fall between the nodes, where it is large and on what scale. Repeated points are
    /// allowed. `f` is never evaluated at a point itself: halving stops where the nodes would fall on it, and a singularity
    /// away from zero is [`Status::Stalled`] then unless it is mild.
    ///
    /// # Errors
    /// Fewer than two points, points that are NaN, infinite inside or not ascending; tolerances that are negative or
    /// NaN; an integrand that returns NaN, or infinities of both signs.
    pub fn integrate(&self, mut f: impl FnMut(f64) -> f64, points: &[f64]) -> Result<Integral> {
        for (what, value) in [("relative tolerance", self.relative), ("absolute tolerance", self.absolute)] {
            if value.is_nan() || value < 0.0 {
                return Err(Error::out_of_domain(what, value, "zero or more"));
            }
        }
        let mut work = Adaptive::default();
        for piece in pieces(points)? {
            let panel = work.panel(&mut f, piece, 0.0, piece.length, Rings::default())?;
            work.push(panel);
        }
        loop {
            if let Some(value) = work.infinite {
                return Ok(work.finish(value, 0.0, Status::Converged));
            }
            if work.within(self.relative, self.absolute) {
                work.recount();
                if work.within(self.relative, self.absolute) {
                    return Ok(work.finish(work.value, work.error, Status::Converged));
                }
            }
            // the panels that cannot be halved any more make up more than half of the error
            let settled = work.settled.iter().map(|panel| panel.error).sum::<f64>();
            let next = if settled > 0.5 * work.error { None } else { work.heap.pop() };
            let Some(worst) = next else {
                work.recount();
                return Ok(work.finish(work.value, work.error, Status::Stalled));
            };
            if work.evaluations + 2 * NODES > self.max_evaluations {
                work.heap.push(worst);
                work.recount();
                return Ok(work.finish(work.value, work.error, Status::IterationLimit));
            }
            let Panel { piece, low, high, rings, .. } = worst.0;
            let middle = 0.5 * (low + high);
            let exhausted = middle <= low || middle >= high || rings.depth >= MAX_DEPTH || piece.touches_end(middle);
            if exhausted {
                work.settled.push(worst.0);
                continue;
            }
            let mut outer = work.panel(&mut f, piece, middle, high, Rings { depth: 0, ..Rings::default() })?;
            let rings = if low == 0.0 { rings.next(outer.value) } else { Rings::default() };
            if rings.growing >= DIVERGENT_RUN {
                let value = f64::INFINITY.copysign(rings.last);
                return Ok(work.finish(value, f64::INFINITY, Status::Stalled));
            }
            let mut inner = work.panel(&mut f, piece, low, middle, rings)?;
            // At a kink the two rules can agree by accident; that the whole and its halves do so too is less likely.
            let moved = 0.5 * (inner.value + outer.value - worst.0.value).abs();
            let suspect = if inner.error >= outer.error { &mut inner } else { &mut outer };
            suspect.error = suspect.error.max(moved);
            work.replace(&worst.0, [inner, outer]);
        }
    }
}

/// Halvings towards one end before it is given up: 2^-400 of a piece, small beyond need and safe to square.
const MAX_DEPTH: u32 = 400;
/// Rings whose ratio is this or more do not shrink.
const GROWING: f64 = 0.999;
/// So many rings in a row, each as large as the one before, are taken for divergence.
const DIVERGENT_RUN: u32 = 50;
/// Evaluations a panel.
const NODES: usize = 21;

/// A stretch of the line, parametrised from one of its ends: `t` in `(0, length]` is the distance from a finite end, or
/// the inverse distance from infinity.
#[derive(Debug, Clone, Copy)]
struct Piece {
    origin: f64,
    /// Signed: away from the origin.
    scale: f64,
    infinite: bool,
    length: f64,
}

impl Piece {
    /// Whether the node of `(0, t)` nearest to the end would fall on it.
    #[allow(clippy::float_cmp)] // the same number is meant
    fn touches_end(&self, t: f64) -> bool {
        !self.infinite && self.at(0.5 * (1.0 - ABSCISSAE[0]) * t).0 == self.origin
    }

    /// The place and `dx/dt`.
    fn at(&self, t: f64) -> (f64, f64) {
        if self.infinite {
            (self.origin + self.scale * ((1.0 - t) / t), self.scale.abs() / (t * t))
        } else {
            (self.origin + self.scale.signum() * t, 1.0)
        }
    }
}

/// The integrals over successive rings `[h/2, h]`, seen while halving towards an end.
#[derive(Debug, Clone, Copy, Default)]
struct Rings {
    depth: u32,
    last: f64,
    ratio: f64,
    /// What lies between the end and the last ring, if the rings go on as a geometric series (Aitken).
    rest: f64,
    /// The change of `rest` with the last ring.
    drift: f64,
    growing: u32,
}

impl Rings {
    fn next(self, ring: f64) -> Self {
        let ratio = if self.depth > 0 && self.last != 0.0 { ring / self.last } else { 0.0 };
        let growing = if ratio >= GROWING { self.growing + 1 } else { 0 };
        let rest = if ratio < GROWING { ring * ratio / (1.0 - ratio) } else { f64::INFINITY };
        let drift = if self.depth > 2 { (self.rest - ring - rest).abs() } else { f64::INFINITY };
        let drift = if drift.is_nan() { f64::INFINITY } else { drift };
        Self { depth: self.depth + 1, last: ring, ratio, rest, drift, growing }
    }

    /// The integral up to the end and its error, from the rule and the extrapolated rings. The rings of a function that
    /// is smooth up to the end shrink by a half or more, and need no correction.
    fn correct(&self, value: f64, error: f64) -> (f64, f64) {
        if self.depth < 2 || self.ratio <= 0.55 {
            return (value, error);
        }
        if self.ratio >= GROWING {
            return (value, error.max(self.last.abs()).max(value.abs()));
        }
        let doubt = error.max((self.rest - value).abs());
        let drift = 4.0 * self.drift / (1.0 - self.ratio);
        if drift < doubt { (self.rest, drift) } else { (value, doubt) }
    }
}

#[derive(Debug, Clone, Copy)]
struct Panel {
    piece: Piece,
    low: f64,
    high: f64,
    value: f64,
    magnitude: f64,
    error: f64,
    rings: Rings,
    index: usize,
}

/// Panels in the order of their errors; equal errors in the order of their making, so that runs repeat.
#[derive(Debug)]
struct ByError(Panel);

impl Ord for ByError {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.error.total_cmp(&other.0.error).then(other.0.index.cmp(&self.0.index))
    }
}
impl PartialOrd for ByError {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for ByError {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for ByError {}

#[derive(Debug, Default)]
struct Adaptive {
    heap: BinaryHeap<ByError>,
    settled: Vec<Panel>,
    value: f64,
    error: f64,
    magnitude: f64,
    evaluations: usize,
    panels: usize,
    infinite: Option<f64>,
}

impl Adaptive {
    fn panel(
        &mut self,
        f: &mut impl FnMut(f64) -> f64,
        piece: Piece,
        low: f64,
        high: f64,
        rings: Rings,
    ) -> Result<Panel> {
        let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
        let mut at = |t: f64| -> Result<f64> {
            let (x, weight) = piece.at(t);
            let y = f(x);
            if y.is_nan() {
                return Err(Error::out_of_domain(
                    format!("integrand at {x:?}"),
                    y,
                    "a number everywhere inside the interval",
                ));
            }
            if y.is_infinite() {
                if self.infinite.is_some_and(|z| z.signum() != y.signum()) {
                    return Err(Error::unsupported("this integral", "the integrand takes the values +inf and -inf"));
                }
                self.infinite = Some(y);
            }
            // a vanishing integrand stays so however far out the node is
            Ok(if y == 0.0 { 0.0 } else { y * weight })
        };
        let middle = at(centre)?;
        let (mut kronrod, mut gauss, mut magnitude) = (middle * KRONROD[10], 0.0, middle.abs() * KRONROD[10]);
        for (i, (&node, &weight)) in ABSCISSAE.iter().zip(&KRONROD).enumerate() {
            let (left, right) = (at(centre - half * node)?, at(centre + half * node)?);
            kronrod += weight * (left + right);
            magnitude += weight * (left.abs() + right.abs());
            if i % 2 == 1 {
                gauss += GAUSS[i / 2] * (left + right);
            }
        }
        let value = half * kronrod;
        if !value.is_finite() && self.infinite.is_none() {
            self.infinite = Some(if value.is_nan() { f64::INFINITY } else { value });
        }
        self.evaluations += NODES;
        self.panels += 1;
        let (value, error) = rings.correct(value, (half * (kronrod - gauss)).abs());
        Ok(Panel { piece, low, high, value, magnitude: half * magnitude, error, rings, index: self.panels })
    }

    fn push(&mut self, panel: Panel) {
        self.value += panel.value;
        self.error += panel.error;
        self.magnitude += panel.magnitude;
        self.heap.push(ByError(panel));
    }

    fn replace(&mut self, old: &Panel, new: [Panel; 2]) {
        self.value -= old.value;
        self.error -= old.error;
        self.magnitude -= old.magnitude;
        for panel in new {
            self.push(panel);
        }
    }

    /// Sums the panels afresh: the running totals drift.
    fn recount(&mut self) {
        let (mut value, mut error, mut magnitude) = (Sum::new(), Sum::new(), Sum::new());
        for panel in self.heap.iter().map(|p| &p.0).chain(&self.settled) {
            value.add(panel.value);
            error.add(panel.error);
            magnitude.add(panel.magnitude);
        }
        (self.value, self.error, self.magnitude) = (value.value(), error.value(), magnitude.value());
    }

    fn rounding(&self) -> f64 {
        50.0 * f64::EPSILON * self.magnitude
    }

    fn within(&self, relative: f64, absolute: f64) -> bool {
        self.error <= absolute.max(relative * self.value.abs()).max(self.rounding())
    }

    fn finish(&self, value: f64, error: f64, status: Status) -> Integral {
        let error = if value.is_finite() { error + self.rounding() } else { error };
        Integral {
            value: mutate!(value, Quadrature, |v| v * (1.0 + 1e-8)),
            error,
            evaluations: self.evaluations,
            status,
        }
    }
}

/// Cuts the line at the points, and halves stretches so that every piece has at most one end that may be singular.
fn pieces(points: &[f64]) -> Result<Vec<Piece>> {
    if points.len() < 2 {
        return Err(Error::too_few("points of an integral", points.len(), 2, "entries"));
    }
    for pair in points.windows(2) {
        if pair[0].is_nan() || pair[1].is_nan() || pair[0] > pair[1] {
            return Err(Error::out_of_domain(
                "point of an integral",
                pair[1],
                format!("ascending points: {:?} comes before it", pair[0]),
            ));
        }
    }
    let (first, last) = (points[0], points[points.len() - 1]);
    if first >= last {
        return Ok(Vec::new());
    }
    let mut inner: Vec<f64> = points.iter().copied().filter(|x| x.is_finite()).collect();
    inner.dedup();
    inner = graded(&inner);
    if inner.is_empty() {
        inner.push(0.0);
    }
    let mut pieces = Vec::with_capacity(2 * inner.len() + 4);
    for pair in inner.windows(2) {
        let length = 0.5 * pair[1] - 0.5 * pair[0];
        for (origin, scale) in [(pair[0], 1.0), (pair[1], -1.0)] {
            pieces.push(Piece { origin, scale, infinite: false, length });
        }
    }
    // How fast to walk to infinity: the nearest stretch knows the scale best.
    let n = inner.len();
    for (end, origin, width) in [
        (first, inner[0], if n > 1 { inner[1] - inner[0] } else { 1.0 }),
        (last, inner[n - 1], if n > 1 { inner[n - 1] - inner[n - 2] } else { 1.0 }),
    ] {
        if end.is_infinite() {
            let scale = width.copysign(end);
            pieces.push(Piece { origin, scale, infinite: false, length: width });
            pieces.push(Piece { origin: origin + scale, scale, infinite: true, length: 1.0 });
        }
    }
    Ok(pieces)
}

/// Adds points so that no stretch is more than eight times as long as its neighbour. A short stretch shows that the
/// function varies on its scale. The rule must not step over the part of that variation that lies in a long neighbour.
fn graded(points: &[f64]) -> Vec<f64> {
    let widths: Vec<f64> = points.windows(2).map(|w| w[1] - w[0]).collect();
    let mut all = points.to_vec();
    for (i, (pair, &width)) in points.windows(2).zip(&widths).enumerate() {
        let left = if i > 0 { widths[i - 1] } else { f64::INFINITY };
        let right = widths.get(i + 1).copied().unwrap_or(f64::INFINITY);
        for (origin, sign, mut step) in [(pair[0], 1.0, 8.0 * left), (pair[1], -1.0, 8.0 * right)] {
            while step < 0.5 * width {
                all.push(origin + sign * step);
                step *= 8.0;
            }
        }
    }
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use std::f64::consts::{LN_2, PI};

    const INF: f64 = f64::INFINITY;

    fn integrate(f: impl FnMut(f64) -> f64, points: &[f64]) -> Integral {
        Quadrature::new().integrate(f, points).unwrap()
    }

    #[test]
    fn rules_are_exact_for_the_polynomials_they_must_be_exact_for() {
        for degree in 0..=31 {
            let moment = |weights: &[f64], step: usize, centre: f64| -> f64 {
                let nodes = ABSCISSAE.iter().skip(step - 1).step_by(step).zip(weights);
                let pairs: f64 = nodes.map(|(x, w)| w * (x.powi(degree) + (-x).powi(degree))).sum();
                pairs + if degree == 0 { centre } else { 0.0 }
            };
            let exact = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            assert!((moment(&KRONROD[..10], 1, KRONROD[10]) - exact).abs() < 1e-15, "Kronrod {degree}");
            if degree <= 19 {
                assert!((moment(&GAUSS, 2, 0.0) - exact).abs() < 1e-15, "Gauss {degree}");
            }
        }
    }

    /// Name, integrand, points, exact value.
    type Known = (&'static str, fn(f64) -> f64, Vec<f64>, f64);

    fn known() -> Vec<Known> {
        vec![
            ("exp", f64::exp, vec![0.0, 1.0], 1f64.exp_m1()),
            ("kink", |x| (x - 0.3).abs(), vec![0.0, 1.0], 0.29),
            ("step", |x| f64::from(u8::from(x > 0.3)), vec![0.0, 1.0], 0.7),
            ("step at a point", |x| f64::from(u8::from(x > 0.3)), vec![0.0, 0.3, 1.0], 0.7),
            ("sqrt", f64::sqrt, vec![0.0, 1.0], 2.0 / 3.0),
            ("log", f64::ln, vec![0.0, 1.0], -1.0),
            ("x^-1/2", |x| 1.0 / x.sqrt(), vec![0.0, 1.0], 2.0),
            ("x^-0.9", |x| x.powf(-0.9), vec![0.0, 1.0], 10.0),
            ("x^-0.97", |x| x.powf(-0.97), vec![0.0, 1.0], 100.0 / 3.0),
            ("oscillating", |x| (50.0 * x).sin(), vec![0.0, PI], 0.0),
            ("runge", |x| 1.0 / (1.0 + 25.0 * x * x), vec![-1.0, 1.0], 2.0 / 5.0 * 5f64.atan()),
            ("peak", |x| 1e-3 / (1e-6 + (x - 0.4) * (x - 0.4)), vec![0.0, 1.0], 600f64.atan() + 400f64.atan()),
            ("bell", |x| (-0.5 * x * x).exp(), vec![-INF, INF], (2.0 * PI).sqrt()),
            ("cauchy", |x| 1.0 / (1.0 + x * x), vec![-INF, INF], PI),
            ("half line", |x| (-x).exp(), vec![0.0, INF], 1.0),
            ("gamma(0.1)", |x| x.powf(-0.9) * (-x).exp(), vec![0.0, INF], 9.513507698668732),
            ("heavy tail", |x| x.powf(-1.1), vec![1.0, INF], 10.0),
            ("tails", |x| 1.0 / ((1.0 + x) * x.sqrt()), vec![0.0, INF], PI),
            ("softplus", |x| (-x).exp().ln_1p(), vec![0.0, INF], PI * PI / 12.0),
            ("from minus infinity", f64::exp, vec![-INF, LN_2], 2.0),
            (
                "narrow, at its points",
                |x| (-0.5e16 * x * x).exp(),
                vec![-INF, -1e-8, 1e-8, INF],
                1e-8 * (2.0 * PI).sqrt(),
            ),
        ]
    }

    #[test]
    fn the_true_error_is_within_the_reported_one() {
        for (name, f, points, exact) in known() {
            for relative in [1e-3, 1e-6, 1e-12] {
                let got = Quadrature::new().relative(relative).integrate(f, &points).unwrap();
                let error = (got.value - exact).abs();
                assert!(error <= got.error, "{name} at {relative}: off by {error:e}, reported {got:?}");
                assert_eq!(got.status, Status::Converged, "{name}: {got:?}");
                let allowed = (relative * got.value.abs()).max(1e-13);
                assert!(got.error <= 1.1 * allowed + 1e-13 * exact.abs(), "{name} at {relative}: {got:?}");
            }
        }
    }

    #[test]
    fn a_singularity_away_from_zero_has_few_digits_and_says_so() {
        for power in [-0.3f64, -0.5, -0.8] {
            let got = integrate(|x| (1.0 - x).powf(power), &[0.0, 1.0]);
            let error = (got.value - 1.0 / (1.0 + power)).abs();
            assert!(error <= got.error && got.error < 1e-3, "{power}: off by {error:e}, {got:?}");
        }
    }

    #[test]
    fn divergence_is_infinite_and_not_a_large_number() {
        for (name, got) in [
            ("1/x at 0", integrate(|x| 1.0 / x, &[0.0, 1.0])),
            ("x^-2", integrate(|x| 1.0 / (x * x), &[0.0, 1.0])),
            ("1/x at inf", integrate(|x| 1.0 / x, &[1.0, INF])),
            ("constant", integrate(|_| 1.0, &[-INF, INF])),
            ("growing", integrate(f64::exp, &[0.0, INF])),
        ] {
            assert_eq!(got.value, INF, "{name}: {got:?}");
        }
        assert_eq!(integrate(|x| -1.0 / x, &[0.0, 1.0]).value, -INF);
    }

    #[test]
    fn bad_input_is_named() {
        let q = Quadrature::new();
        assert!(matches!(q.integrate(|x| x, &[0.0]), Err(Error::TooFew { found: 1, .. })));
        assert!(matches!(q.integrate(|x| x, &[1.0, 0.0]), Err(Error::OutOfDomain { .. })));
        assert!(q.integrate(|x| x, &[0.0, f64::NAN]).is_err());
        assert!(q.integrate(|_| f64::NAN, &[0.0, 1.0]).is_err());
        assert!(q.integrate(|x| INF.copysign(x), &[-1.0, 1.0]).is_err());
        assert!(q.relative(-1.0).integrate(|x| x, &[0.0, 1.0]).is_err());
        assert_eq!(q.integrate(|x| x, &[1.0, 1.0]).unwrap().value, 0.0);
    }

    #[test]
    fn a_limit_on_the_work_is_a_status() {
        let got = Quadrature::new().max_evaluations(200).integrate(|x| x.powf(-0.9), &[0.0, 1.0]).unwrap();
        assert_eq!(got.status, Status::IterationLimit);
        assert!((got.value - 10.0).abs() <= got.error && got.evaluations <= 200);
    }
}
