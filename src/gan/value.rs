//! The objectives, written on the discriminator's raw output `s`, so that nothing saturates to `ln 0`.
//!
//! With `σ(s) = 1/(1 + e^-s)` and `sp(s) = ln(1 + e^s)`, so that `-ln σ(s) = sp(-s)`; real samples score `r`, generated
//! ones `f`, and both players minimise:
//!
//! | name | discriminator | generator | source |
//! |---|---|---|---|
//! | `minimax` | `E sp(-r) + E sp(f)` | `-E sp(f)` | arXiv:1406.2661 |
//! | `nonsaturating` | the same | `E sp(-f)` | arXiv:1406.2661 |
//! | `lsgan` | `½E(r - 1)² + ½E f²` | `½E(f - 1)²` | arXiv:1611.04076, the 0-1 coding |
//! | `wgan` | `E f - E r` | `-E f` | arXiv:1701.07875 |
//! | `hinge` | `E max(0, 1 - r) + E max(0, 1 + f)` | `-E f` | arXiv:1705.02894 |
//! | `relativistic` | `E sp(f - r)`, in pairs | `E sp(r - f)` | arXiv:1807.00734, 2501.05441 |
//! | `fgan:KIND` | `-E T(r) + E f*(T(f))` | `-E f*(T(f))` | arXiv:1606.00709 |
//!
//! `T` is the [`Head`] of the divergence.

use crate::error::{Error, Result};
use crate::nn::{Real, Var};
use crate::numeric::{Sum, softplus};
use ndarray::ArrayView2;
use std::fmt;
use std::str::FromStr;

/// What the two players minimise; see the table and the names of the command line.
///
/// ```
/// use fenchel::gan::{Head, Objective};
/// assert_eq!("fgan:pearson".parse(), Ok(Objective::FGan(Head::Pearson)));
/// assert!("fgan:none".parse::<Objective>().unwrap_err().to_string().contains("fgan:reverse_kl"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Objective {
    /// The game as written: the generator minimises `E ln(1 - D)`, whose gradient vanishes where the discriminator is sure.
    Minimax,
    /// The generator minimises `-E ln D`: the same fixed point with a gradient that does not vanish.
    NonSaturating,
    /// Least squares.
    LeastSquares,
    /// The Wasserstein critic; needs a constraint.
    Wasserstein,
    /// The hinge.
    Hinge,
    /// Real and generated samples compared in pairs.
    Relativistic,
    /// The variational bound of an f-divergence, played exactly.
    FGan(Head),
}

/// The f-divergences with an output activation that can be trained: `T = g(v)` lies in the domain of `f*` whatever the raw
/// output `v`, and `f*(T)` is computed in a form that does not overflow.
///
/// Scales are those of the divergences of the same names: `jsd` has the two halves, `hellinger2` is `1 - Σ√(pq)`, `tv` half
/// the L1 distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// `T = v`, `f* = e^(v-1)`.
    Kl,
    /// `T = -e^-v`, `f* = v - 1`.
    ReverseKl,
    /// `T = v`, `f* = v²/4 + v`, with -1 below `v = -2`.
    Pearson,
    /// `T = 1 - e^-v`, `f* = 2 - 2e^(-v/2)`.
    Neyman,
    /// `T = ½(1 - e^-v)`, `f* = ½(e^v - 1)`.
    Hellinger2,
    /// `T = f* = ½ tanh v`.
    Tv,
    /// `T = ½(ln 2 - sp(-v))`, `f* = ½(sp(v) - ln 2)`.
    Jsd,
    /// `T = -sp(-v) = ln σ(v)`, `f* = sp(v)`: the minimax game.
    Gan,
}

impl Head {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Kl, "kl"),
        (Self::ReverseKl, "reverse_kl"),
        (Self::Pearson, "pearson"),
        (Self::Neyman, "neyman"),
        (Self::Hellinger2, "hellinger2"),
        (Self::Tv, "tv"),
        (Self::Jsd, "jsd"),
        (Self::Gan, "gan"),
    ];

    /// `T = g(v)`.
    #[must_use]
    pub fn witness<T: Real>(self, v: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Kl | Self::Pearson => v,
            Self::ReverseKl => -(-v).exp(),
            Self::Neyman => (-(-v).exp()).shift(1.0),
            Self::Hellinger2 => (-(-v).exp()).shift(1.0).scale(0.5),
            Self::Tv => v.tanh().scale(0.5),
            Self::Jsd => (-(-v).softplus()).shift(std::f64::consts::LN_2).scale(0.5),
            Self::Gan => -(-v).softplus(),
        }
    }

    /// `f*(g(v))`.
    #[must_use]
    pub fn conjugate<T: Real>(self, v: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Kl => v.shift(-1.0).exp(),
            Self::ReverseKl => v.shift(-1.0),
            // (max(v, -2) + 2)²/4 - 1 is v²/4 + v above -2 and -1 below
            Self::Pearson => v.shift(2.0).relu().square().scale(0.25).shift(-1.0),
            Self::Neyman => v.scale(-0.5).exp().scale(-2.0).shift(2.0),
            Self::Hellinger2 => v.exp().shift(-1.0).scale(0.5),
            Self::Tv => v.tanh().scale(0.5),
            Self::Jsd => v.softplus().shift(-std::f64::consts::LN_2).scale(0.5),
            Self::Gan => v.softplus(),
        }
    }
}

impl Objective {
    /// What the discriminator minimises, given its outputs for real and for generated samples (n×1 each).
    #[must_use]
    pub fn discriminator_loss<'t, T: Real>(self, real: Var<'t, T>, fake: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Minimax | Self::NonSaturating => (-real).softplus().mean() + fake.softplus().mean(),
            Self::LeastSquares => (real.shift(-1.0).square().mean() + fake.square().mean()).scale(0.5),
            Self::Wasserstein => fake.mean() - real.mean(),
            Self::Hinge => (-real).shift(1.0).relu().mean() + fake.shift(1.0).relu().mean(),
            Self::Relativistic => (fake - real).softplus().mean(),
            Self::FGan(head) => head.conjugate(fake).mean() - head.witness(real).mean(),
        }
    }

    /// What the generator minimises. Only [`Objective::Relativistic`] reads `real`.
    #[must_use]
    pub fn generator_loss<'t, T: Real>(self, real: Var<'t, T>, fake: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Minimax => mutate!(-fake.softplus().mean(), MinimaxLoss, |_| (-fake).softplus().mean()),
            Self::NonSaturating => (-fake).softplus().mean(),
            Self::LeastSquares => fake.shift(-1.0).square().mean().scale(0.5),
            Self::Wasserstein | Self::Hinge => -fake.mean(),
            Self::Relativistic => (real - fake).softplus().mean(),
            Self::FGan(head) => -head.conjugate(fake).mean(),
        }
    }

    /// The output at which the discriminator holds a sample as likely real as generated. For `wgan` and `relativistic`, whose
    /// outputs are determined up to a constant only, 0 by convention.
    #[must_use]
    pub fn neutral_output(self) -> f64 {
        match self {
            Self::LeastSquares => 0.5,
            Self::FGan(Head::Kl) => 1.0,
            _ => 0.0,
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimax => "minimax",
            Self::NonSaturating => "nonsaturating",
            Self::LeastSquares => "lsgan",
            Self::Wasserstein => "wgan",
            Self::Hinge => "hinge",
            Self::Relativistic => "relativistic",
            Self::FGan(head) => {
                let name = Head::ALL.iter().find(|(known, _)| known == head).map_or("", |(_, name)| name);
                return write!(f, "fgan:{name}");
            }
        })
    }
}

impl FromStr for Objective {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let plain = [
            Self::Minimax,
            Self::NonSaturating,
            Self::LeastSquares,
            Self::Wasserstein,
            Self::Hinge,
            Self::Relativistic,
        ];
        let known = || plain.into_iter().chain(Head::ALL.map(|(head, _)| Self::FGan(head)));
        known().find(|objective| objective.to_string() == name).ok_or_else(|| Error::UnknownName {
            what: "objective",
            found: name.to_owned(),
            expected: known().map(|objective| objective.to_string()).collect::<Vec<_>>().join(", "),
        })
    }
}

impl From<Objective> for String {
    fn from(objective: Objective) -> Self {
        objective.to_string()
    }
}

impl TryFrom<String> for Objective {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

/// The value `V = E_p ln D + E_q ln(1 - D)` that a discriminator reaches on two samples, and what that proves.
///
/// For any discriminator whatsoever `V <= 2 JSD(p, q) - ln 4`, with equality at `D* = p/(p + q)`. On samples the
/// discriminator was not trained on, `V` is unbiased and the bound holds up to its standard error; on its own training
/// samples it is too high.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GameValue {
    /// `V`, at most 0; `-ln 4` if the discriminator answers ½ everywhere.
    pub value: f64,
    /// Its standard error, from the variances over the two samples; infinite where one has fewer than two rows, which show
    /// no variance.
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
    pub fn of<T: Real>(real: ArrayView2<'_, T>, fake: ArrayView2<'_, T>) -> Self {
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
