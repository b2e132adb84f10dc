//! The value of the game, and the lower bound of a divergence that it proves.

use crate::nn::Element;
use crate::numeric::{Sum, softplus};
use ndarray::ArrayView2;

/// The value `V = E_p ln D + E_q ln(1 - D)` of a discriminator on two samples, and the bound it proves.
///
/// For any discriminator `V <= 2 JSD(p, q) - ln 4`, with equality at `D* = p/(p + q)`. On samples the discriminator was
/// not trained on, `V` is unbiased and the bound holds up to its standard error. On its own training samples `V` is too
/// high.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GameValue {
    /// `V`, at most 0; `-ln 4` if the discriminator answers ½ everywhere.
    pub value: f64,
    /// Its standard error, from the variances over the two samples; infinite where a sample has fewer than two rows and
    /// so no variance.
    pub std_error: f64,
    /// Share of the samples on the right side of logit 0, each class weighted by half; a logit of exactly 0 counts half.
    pub accuracy: f64,
}

impl GameValue {
    /// `V` of the logits of real and generated samples (each a column). An empty sample proves nothing: `V` is `-inf`.
    ///
    /// ```
    /// use fenchel::gan::GameValue;
    /// let undecided = ndarray::Array2::<f32>::zeros((10, 1));
    /// let game = GameValue::of(undecided.view(), undecided.view());
    /// assert!((game.value + 4f64.ln()).abs() < 1e-15 && game.jsd_lower_bound() == 0.0 && game.accuracy == 0.5);
    /// ```
    #[must_use]
    pub fn of<T: Element>(real: ArrayView2<'_, T>, fake: ArrayView2<'_, T>) -> Self {
        let (ln_d, real_error) = mean_and_variance_of_mean(real.iter().map(|&s| -softplus(-s.to_f64())));
        let (ln_not_d, fake_error) = mean_and_variance_of_mean(fake.iter().map(|&s| -softplus(s.to_f64())));
        let share = |logits: ArrayView2<'_, T>, sign: f64| {
            let right = logits.iter().map(|&s| {
                let s = sign * s.to_f64();
                if s > 0.0 {
                    1.0
                } else if s < 0.0 {
                    0.0
                } else {
                    0.5
                }
            });
            right.sum::<f64>() / logits.len().max(1) as f64
        };
        Self {
            value: mutate!(ln_d + ln_not_d, GameValue, |v| 1.01 * v),
            std_error: mutate!((real_error + fake_error).sqrt(), GameError, |s| 10.0 * s),
            accuracy: 0.5 * (share(real, 1.0) + mutate!(share(fake, -1.0), Accuracy, |_| 0.0)),
        }
    }

    /// `max(0, (V + ln 4)/2)`, at most the Jensen-Shannon divergence of the two laws, in nats.
    #[must_use]
    pub fn jsd_lower_bound(&self) -> f64 {
        (mutate!(0.5, BoundDoubled, |_| 1.0) * (self.value + 4f64.ln())).max(0.0)
    }
}

fn mean_and_variance_of_mean(terms: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let n = terms.len() as f64;
    let mean = if n > 0.0 { Sum::of(terms.clone()) / n } else { f64::NEG_INFINITY };
    if n < 2.0 {
        return (mean, f64::INFINITY);
    }
    let squares = Sum::of(terms.map(|x| (x - mean) * (x - mean)));
    (mean, squares / (n - 1.0) / n)
}
