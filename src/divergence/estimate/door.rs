//! The one door through which estimates leave.
//!
//! Whatever an estimator finds, three things hold of what is reported: the value is one that the divergence can have, it
//! lies in its interval, and the interval ends where the divergence does. An estimate may fall outside the possible values
//! by chance, by a few standard errors at most. Then the nearest possible value is taken, which is nearer to the truth
//! whatever the truth is, and the interval is drawn around that: it holds the truth wherever the interval around the
//! estimate did. An estimate farther off is refused, because something other than chance put it there.

use super::MOST_COLUMNS;
use crate::certificate::Estimate;
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::numeric::special::normal_quantile;

/// Standard errors by which an estimate may lie outside the possible values: chance does it in one sample of 30,000.
const MOST_ERRORS: f64 = 4.0;
/// Rows of a sample below which normal intervals are too short; coverage was counted from 50 on.
pub(crate) const FEW: usize = 50;
/// What rounding may do, relatively.
const ROUNDING: f64 = 1e-9;

/// What an estimator found.
pub(crate) struct Finding {
    pub(crate) value: f64,
    /// Not finite where it is not known.
    pub(crate) std_error: f64,
    /// What was taken off for bias: of samples that are alike by chance, or one and the same, it is too much.
    pub(crate) bias: f64,
    pub(crate) sides: Sides,
    pub(crate) parameters: String,
    pub(crate) warnings: Vec<String>,
}

/// What the interval is.
pub(crate) enum Sides {
    /// The normal one, and so much farther down and up.
    Normal { below: f64, above: f64 },
    /// From this number up: the value is a lower bound, and so may be anything below the divergence.
    From(f64),
}

impl Finding {
    pub(crate) fn new(value: f64, std_error: f64, parameters: String) -> Self {
        let sides = Sides::Normal { below: 0.0, above: 0.0 };
        Self { value, std_error, bias: 0.0, sides, parameters, warnings: Vec::new() }
    }

    /// An interval that reaches farther up by `reach`, or down where that is negative.
    pub(crate) fn reaching(self, reach: f64) -> Self {
        self.reaching_both(-reach.min(0.0), reach.max(0.0))
    }

    pub(crate) fn reaching_both(self, below: f64, above: f64) -> Self {
        Self { sides: Sides::Normal { below, above }, ..self }
    }

    /// Less a bias of this size.
    pub(crate) fn less(self, bias: f64) -> Self {
        Self { bias: bias.abs(), ..self }
    }

    /// A lower bound, with an interval from `lower` up.
    pub(crate) fn from(self, lower: f64) -> Self {
        Self { sides: Sides::From(lower), ..self }
    }

    pub(crate) fn warned(mut self, warnings: impl IntoIterator<Item = String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// The report.
    pub(crate) fn report(
        mut self,
        (kind, estimator): (&Kind, &str),
        level: f64,
        (x, y): (&Empirical, &Empirical),
    ) -> Result<Estimate> {
        self.value = mutate!(self.value, EstimateOff, |v| v + 0.02);
        self.std_error = mutate!(self.std_error, ErrorTenfold, |s| 10.0 * s);
        self.std_error = mutate!(self.std_error, ErrorTenth, |s| 0.1 * s);
        if self.value.is_nan() {
            return Err(Error::out_of_domain(
                format!("estimate of {kind}"),
                self.value,
                "laws close enough for its parts to be told apart in f64; a bounded divergence such as jsd always is",
            ));
        }
        let (least, greatest) = kind.range();
        if let (Sides::Normal { .. }, true) = (&self.sides, greatest.is_finite()) {
            let apart = (self.value - least) / (greatest - least);
            self.std_error = self.std_error.max(apart.clamp(0.0, 1.0) * unseen((least, greatest), x.len(), y.len()));
        }
        let value = self.value.clamp(least, greatest);
        // an infinite value is its own nearest, and the difference of two is no number
        let off = if value.is_infinite() { 0.0 } else { (self.value - value).abs() };
        if matches!(self.sides, Sides::Normal { .. }) && off > 0.0 {
            let chance = if self.std_error.is_finite() { MOST_ERRORS * self.std_error } else { 0.0 };
            if off > chance + self.bias + ROUNDING * (1.0 + value.abs()) {
                return Err(self.refused(kind, estimator, x.dimension()));
            }
            if off > ROUNDING * (1.0 + value.abs()) {
                self.parameters += &format!("; {:e} before it was cut to the possible values", self.value);
            }
        }
        let fewest = x.len().min(y.len());
        if fewest < FEW {
            self.warnings
                .push(format!("{fewest} rows are few: intervals hold the truth less often than their level says"));
        }
        let interval = match self.sides {
            // what is no number proves nothing
            Sides::From(lower) => Some((if lower.is_nan() { least } else { lower.clamp(least, value) }, greatest)),
            Sides::Normal { below, above } => {
                let z = normal_quantile(0.5 + 0.5 * level) * self.std_error;
                let ends = ((value - z - below).max(least), (value + z + above).min(greatest));
                (self.std_error.is_finite() && value.is_finite()).then_some(ends)
            }
        };
        Ok(self.estimate(kind, (value, interval), level, (x, y)))
    }

    fn estimate(
        self,
        kind: &Kind,
        (value, interval): (f64, Option<(f64, f64)>),
        level: f64,
        (x, y): (&Empirical, &Empirical),
    ) -> Estimate {
        let is_known = self.std_error.is_finite() && self.value.is_finite();
        Estimate {
            name: kind.to_string(),
            value,
            std_error: is_known.then_some(self.std_error),
            interval,
            level,
            p_value: None,
            baseline: None,
            baseline_spread: None,
            n: x.len(),
            m: y.len(),
            dimension: x.dimension(),
            parameters: self.parameters,
            warnings: self.warnings,
        }
    }

    fn refused(&self, kind: &Kind, estimator: &str, columns: usize) -> Error {
        let (least, greatest) = kind.range();
        let end = if greatest.is_finite() { format!("at most {greatest:.4}") } else { "unbounded above".to_owned() };
        let error = if self.std_error.is_finite() { format!(" ± {:.2}", self.std_error) } else { String::new() };
        Error::unsupported(
            format!("an estimate of `{kind}` by `{estimator}`"),
            format!(
                "it came out as {:.4}{error}, and {kind} is at least {least:.4} and {end}: what it assumes does not \
                 hold of these samples; {}",
                self.value,
                alternatives(columns)
            ),
        )
    }
}

/// What can be asked instead of an estimator that assumes densities.
pub(crate) fn alternatives(columns: usize) -> &'static str {
    if columns <= MOST_COLUMNS {
        "take `histogram`, or a lower bound such as `classifier`"
    } else {
        "take a lower bound such as `classifier`"
    }
}

/// The standard error of an estimate that laws do not overlap: that no row was seen where the other law is does not mean
/// that there is no mass, so half a row in either sample is allowed to be there. Of laws that are partly apart, a part.
fn unseen((least, greatest): (f64, f64), n: usize, m: usize) -> f64 {
    let (n, m) = (n as f64, m as f64);
    (greatest - least) * (0.5 / (n * n) + 0.5 / (m * m)).sqrt()
}

/// What a scale still takes from a value, from the values at that scale and at two coarser ones, each coarser by the same
/// factor: Aitken's `δ₁²/(δ₂ - δ₁) = δ₁/(δ₂/δ₁ - 1)`, `δ` the steps from each to the next.
///
/// What is left out goes with a power of the scale, so `δ₂/δ₁` is that power of the factor: `ratios` are those of the
/// least and the greatest power there are, and noise is not believed beyond them.
pub(crate) fn left_out([fine, coarse, coarser]: [f64; 3], ratios: (f64, f64)) -> f64 {
    let (first, second) = (fine - coarse, coarse - coarser);
    let left = first / ((second / first).clamp(ratios.0, ratios.1) - 1.0);
    if left.is_finite() { left } else { 0.0 }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn what_is_left_out_is_found_from_three_scales() {
        let at = |power: i32| [1.0, 2.0, 4.0].map(|h: f64| 7.0 - 0.1 * h.powi(power));
        for power in [1, 2] {
            assert!((left_out(at(power), (2.0, 4.0)) - 0.1).abs() < 1e-12, "{power}");
        }
        // a power that there is not is taken for the nearest that there is
        assert!((left_out(at(3), (2.0, 4.0)) - 0.7 / 3.0).abs() < 1e-12);
        assert!((left_out([3.0, 2.0, 2.0], (2.0, 4.0)) - 1.0).abs() < 1e-12);
        // a value that rises with the scale leaves something out below; equal ones, and no numbers, nothing
        assert!((left_out([1.0, 1.1, 1.3], (2.0, 4.0)) + 0.1).abs() < 1e-12);
        for none in [[5.0; 3], [1.0, f64::INFINITY, 1.0], [f64::INFINITY; 3], [1.0, 2.0, f64::NAN]] {
            assert!(left_out(none, (2.0, 4.0)).abs() < f64::MIN_POSITIVE, "{none:?}");
        }
    }

    fn reported(kind: &str, value: f64, std_error: f64, sides: Sides) -> Result<Estimate> {
        let sample = Empirical::new(Array2::<f64>::zeros((100, 1))).unwrap();
        let finding = Finding { sides, ..Finding::new(value, std_error, String::new()) };
        finding.report((&kind.parse().unwrap(), "knn"), 0.9, (&sample, &sample))
    }

    #[test]
    fn what_leaves_is_possible_and_in_its_interval_or_refused() {
        for kind in ["kl", "jsd", "tv", "gan", "renyi:0.5", "tsallis:0.5", "hockey_stick:2"] {
            let (least, greatest) = kind.parse::<Kind>().unwrap().range();
            let mut kept = 0;
            for value in [-109.0, -8.67, -0.54, -0.1, -1e-17, 0.0, 0.3, 0.7, 1.1, 5.0, f64::INFINITY] {
                for std_error in [0.0, 1e-9, 0.05, 0.35, 10.0, f64::INFINITY] {
                    for (below, above) in [(0.0, 0.0), (0.1, 0.0), (0.0, f64::INFINITY)] {
                        let Ok(found) = reported(kind, value, std_error, Sides::Normal { below, above }) else {
                            continue;
                        };
                        kept += 1;
                        assert!(found.value >= least && found.value <= greatest, "{found:?}");
                        let (low, high) = found.interval.unwrap_or((found.value, found.value));
                        assert!(least <= low && low <= found.value && found.value <= high && high <= greatest);
                        assert!(!low.is_nan() && !high.is_nan());
                    }
                    let bound = reported(kind, value, std_error, Sides::From(value - std_error)).unwrap();
                    let (low, high) = bound.interval.unwrap();
                    assert!(least <= low && low <= bound.value && bound.value <= high && high == greatest, "{bound:?}");
                }
            }
            assert!(kept > 20, "{kind}");
        }
    }

    #[test]
    fn chance_is_cut_and_what_is_no_chance_is_refused() {
        let normal = || Sides::Normal { below: 0.0, above: 0.0 };
        let near = reported("jsd", -0.54, 0.348, normal()).unwrap();
        assert!(near.value == 0.0 && near.parameters.contains("; -5.4e-1 before"), "{near:?}");
        assert!(near.interval.unwrap().1 > 0.57 && near.interval.unwrap().0 == 0.0);
        for (kind, value, std_error) in [("jsd", -109.0, 10.0), ("kl", -8.67, 1e-3), ("jsd", 2.0, 0.1)] {
            let refused = reported(kind, value, std_error, normal()).unwrap_err().to_string();
            assert!(refused.contains("`histogram`") && refused.contains(kind), "{refused}");
        }
        assert!(reported("kl", f64::NAN, 1.0, normal()).is_err());
        // a worthless bound is true
        assert_eq!(reported("kl", -9.0, 1.0, Sides::From(f64::NEG_INFINITY)).unwrap().value, 0.0);
    }

    #[test]
    fn a_bounded_divergence_is_not_known_beyond_half_a_row() {
        let apart = reported("jsd", 2f64.ln() + 1e-16, 0.0, Sides::Normal { below: 0.0, above: 0.0 }).unwrap();
        assert_eq!((apart.value, apart.interval.unwrap().1), (2f64.ln(), 2f64.ln()));
        assert!((apart.std_error.unwrap() - 0.01 * 2f64.ln()).abs() < 1e-15, "{apart:?}");
    }
}
