//! The divergence of two histograms on common bins.
//!
//! What is estimated is the divergence of the *binned* laws. By the data-processing inequality it is a lower bound of the
//! divergence of the laws themselves, and close to it where the bins are fine; but with more bins the plug-in value
//! rises, up to the greatest value there is when every sample has a bin of its own. For two samples of one law, to
//! second order,
//!
//! ```text
//! E[D_f] = f''(1)/2 (K-1) (1/n + 1/m),     so  (K-1)/8 (1/n + 1/m) nats for jsd and (K-1)/2 (1/n + 1/m) for kl.
//! ```
//!
//! The corrections take that off. [`BiasCorrection::MillerMadow`] is the second-order term of the plug-in value at the
//! observed shares,
//!
//! ```text
//! 1/(2n) Σ u f''(u) (1 - p)  +  1/(2m) Σ u² f''(u) (1 - q),     u = p/q,
//! ```
//!
//! whose first sum for `kl` is `(K_observed - 1)/(2n)`, the correction of Miller and Madow for the entropy of `p`. Where
//! rows were added to the bins it also undoes their pull to first order: with `T = f'(u)` of the fuller bins, what is
//! corrected is `Σ T p - Σ f*(T) q` at the shares without them.
//! [`BiasCorrection::Jackknife`] finds the same by leaving out one row after another.
//!
//! What the bins hide goes with the square of their width where the densities are smooth, and with the width where they
//! jump. The values on bins twice and four times as wide show how much that still is, and the interval reaches so much
//! farther up.
//!
//! Where `f` has a kink (`tv`, `hockey_stick`) noise adds to the plug-in value in first order, for a bin of nearly equal
//! masses adds what noise leaves of their difference, whatever its sign. Of a difference `d` known with the error `s` the absolute value is
//! too large by `2s(φ(t) - |t| Φ(-|t|))`, `t = d/s`, which is taken off at the observed `d`. That is too little where the
//! laws are equal, so the interval also reaches down: to the dual value whose signs come from one half of the rows and
//! are judged by the other, on average over all halvings `Σ d (2Φ(t) - 1) - 2s φ(t)`, which is never too high.
//!
//! Where bins that hold a tenth of one law have no row of the other, a divergence that is infinite there has no upper
//! bound, and the interval none; where each value has a bin and no value is in both samples it is infinite.

use super::bins::{Binning, has_bin_a_value};
use super::table::{BiasCorrection, BinCounts, EmptyBins, kink};
use crate::certificate::Estimate;
use crate::divergence::estimate::door::{FEW, Finding, left_out};
use crate::divergence::estimate::reduce::Reduced;
use crate::divergence::estimate::{Estimator, LEVEL, MOST_COLUMNS, prepared};
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::measure::{Empirical, Histogram, OutOfRange};

/// The divergence of the samples' shares of common bins. O((n + m) d log bins + bins).
///
/// In up to 4 dimensions, for all kinds but the orders 0 and `inf` of Renyi and 0 of Tsallis. The error is the delta method's,
/// `Var_P[T*]/n + Var_Q[f*(T*)]/m` over the bins, less what the noise of `T*` itself adds to it, and never below the
/// spread that the second-order term has; where empty bins are taken as they are it is not below that with half a row in
/// each, since that no row was seen in a bin does not mean that there is no mass. The interval reaches farther up by what
/// the bins are seen to hide, which is nothing where every value has a bin of its own; that of given edges, which may be
/// all there are, is one of the binned laws.
///
/// ```
/// use fenchel::divergence::estimate::{BiasCorrection, Binning, EmptyBins, Estimator, HistogramPlugIn};
/// use fenchel::measure::Empirical;
/// use ndarray::array;
/// let x = Empirical::new(array![[0.1], [0.2], [0.3], [0.8]])?;
/// let y = Empirical::new(array![[0.1], [0.6], [0.7], [0.9]])?;
/// let halves = Binning::Edges(vec![vec![0.0, 0.5, 1.0]]);
/// let histogram = HistogramPlugIn::new().bins(halves).empty(EmptyBins::Exact).correction(BiasCorrection::None);
/// let tv = histogram.estimate(&x, &y, "tv".parse()?)?; // shares 3/4, 1/4 and 1/4, 3/4
/// assert_eq!(tv.value, 0.5);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramPlugIn {
    bins: Binning,
    /// None where the kind decides.
    empty: Option<EmptyBins>,
    correction: BiasCorrection,
    level: f64,
}

impl Default for HistogramPlugIn {
    fn default() -> Self {
        Self::new()
    }
}

impl HistogramPlugIn {
    /// Quantiles by Mann and Wald, the correction of second order, intervals at 90 %; empty bins as they are for kinds with
    /// a greatest value such as `jsd`, half a row added to each bin for the others.
    #[must_use]
    pub fn new() -> Self {
        Self { bins: Binning::MannWald, empty: None, correction: BiasCorrection::MillerMadow, level: LEVEL }
    }

    /// How the bins are chosen.
    #[must_use]
    pub fn bins(self, bins: Binning) -> Self {
        Self { bins, ..self }
    }

    /// What becomes of empty bins.
    #[must_use]
    pub fn empty(self, empty: EmptyBins) -> Self {
        Self { empty: Some(empty), ..self }
    }

    /// What is taken off for bias.
    #[must_use]
    pub fn correction(self, correction: BiasCorrection) -> Self {
        Self { correction, ..self }
    }

    /// Nominal coverage of the interval.
    #[must_use]
    pub fn level(self, level: f64) -> Self {
        Self { level, ..self }
    }
}

impl Estimator for HistogramPlugIn {
    fn name(&self) -> &'static str {
        "histogram"
    }

    fn supports(&self, kind: &Kind, dimension: usize) -> bool {
        dimension <= MOST_COLUMNS && Reduced::new(kind).is_some()
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        let columns = prepared(self, (x, y), &kind, |_| 2, self.level)?;
        let found = self.find(&columns.x, &columns.y, kind)?.warned(columns.left_out);
        let mut found = found.report((&kind, self.name()), self.level, (x, y))?;
        found.warnings.extend(may_be_short(&found));
        Ok(found)
    }
}

/// Rows of the smaller sample from which intervals were counted to hold the truth about as often as their level says.
const ENOUGH: usize = 1000;

/// The warning that an interval may be too short, for the sizes at which some were; the door warns of still fewer rows.
fn may_be_short(found: &Estimate) -> Option<String> {
    let fewest = found.n.min(found.m);
    let has_ends = found.interval.is_some_and(|(_, high)| high.is_finite());
    (has_ends && (FEW..ENOUGH).contains(&fewest)).then(|| {
        format!(
            "the smaller sample has {fewest} rows: from fewer than {ENOUGH}, intervals of histograms at 90 % held the truth in \
             73 to 100 % of the samples counted, least often from samples of different sizes, because the bins are few and hide \
             more than they show"
        )
    })
}

impl HistogramPlugIn {
    fn find(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Finding> {
        let bounded = kind.range().1.is_finite();
        let empty = self.empty.unwrap_or(if bounded { EmptyBins::Exact } else { EmptyBins::Additive(0.5) });
        if let EmptyBins::Additive(rows) = empty
            && !(rows >= 0.0 && rows.is_finite())
        {
            return Err(Error::out_of_domain("rows added to every bin", rows, "a finite number of rows, 0 or more"));
        }
        let edges = |step| self.bins.edges(x, y, step, kink(&kind).is_some());
        let finest = edges(1)?;
        // what is wrong with given edges is found where histograms are made
        finest.iter().try_for_each(|e| Histogram::new(&[0.0], e, OutOfRange::Clamp).map(|_| ()))?;
        let table = BinCounts::new(kind, x, y, &finest, empty)?;
        let (value, bias) = table.corrected(self.correction)?;
        let error = table.error()?;
        let given = matches!(self.bins, Binning::Edges(_));
        let resolved = has_bin_a_value(x, y, &finest);
        let hidden = if given || resolved || value.is_infinite() {
            0.0
        } else {
            let wider = |step| BinCounts::new(kind, x, y, &edges(step)?, empty)?.corrected(self.correction);
            // what is hidden goes with the width of the bins or its square
            left_out([value, wider(2)?.0, wider(4)?.0], (2.0, 4.0)).max(0.0)
        };
        let rule = match &self.bins {
            Binning::Edges(_) => "given edges",
            Binning::Equal(_) => "equal widths",
            Binning::FreedmanDiaconis => "Freedman-Diaconis",
            Binning::Quantiles(_) => "quantiles of both samples",
            Binning::MannWald => "quantiles of both samples, Mann-Wald",
        };
        let empty = match empty {
            EmptyBins::Exact => "empty bins as they are".to_owned(),
            EmptyBins::Additive(rows) => format!("{rows} rows added to each"),
        };
        let correction = match self.correction {
            BiasCorrection::None => "no correction".to_owned(),
            BiasCorrection::MillerMadow => format!("less a second-order bias of {bias:.2e}"),
            BiasCorrection::Jackknife => format!("less a jackknifed bias of {bias:.2e}"),
        };
        let parameters = format!(
            "histogram: {} bins ({rule}), {empty}, {correction}; delta method, normal interval {}",
            table.cells(),
            if given {
                "of the binned laws".to_owned()
            } else if resolved {
                "(every value has a bin of its own)".to_owned()
            } else {
                format!("and {hidden:.2e} more for what the bins hide")
            }
        );
        let below = (table.doubt() - bias).max(0.0);
        match table.without_bound() {
            // each value has its bin, and none is in both samples
            Some(seen) if resolved && table.is_apart() => {
                Ok(Finding::new(f64::INFINITY, f64::INFINITY, parameters).warned([seen]))
            }
            Some(seen) => {
                Ok(Finding::new(value, error, parameters).less(bias).reaching_both(below, f64::INFINITY).warned([seen]))
            }
            None => Ok(Finding::new(value, error, parameters).less(bias).reaching_both(below, hidden)),
        }
    }
}
