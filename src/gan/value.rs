//! The objectives, written in the discriminator's raw output `s`, so that no logarithm saturates to `ln 0`.
//!
//! With `σ(s) = 1/(1 + e^-s)` and `sp(s) = ln(1 + e^s)`, `-ln σ(s) = sp(-s)`. Real samples have the output `r` and
//! generated ones `f`. Both players minimise:
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

use crate::divergence::{FDivergence, Signal};
use crate::error::{Error, Result};
use crate::nn::{Element, Var};
use crate::numeric::{Sum, softplus};
use ndarray::ArrayView2;
use std::fmt;
use std::str::FromStr;

/// The losses of the two players; see the table above and the names of the command line.
///
/// ```
/// use fenchel::divergence::FDivergence;
/// use fenchel::gan::{Head, Objective};
/// let pearson = Head::of(FDivergence::Pearson)?;
/// assert_eq!("fgan:pearson".parse::<Objective>()?, Objective::FGan(pearson));
/// assert!("fgan:none".parse::<Objective>().unwrap_err().to_string().contains("fgan:reverse_kl"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// The output activation of an f-divergence that can be trained.
///
/// For any raw output `v` the value `T = g(v)` lies in the domain of `f*`, and `f*(T)` is computed in a form that does
/// not overflow.
///
/// The formulas, and the scale, are those of the [divergence](FDivergence) itself:
///
/// | divergence | `T = g(v)` | `f*(T)` |
/// |---|---|---|
/// | `kl` | `v` | `e^(v-1)` |
/// | `reverse_kl` | `-e^-v` | `v - 1` |
/// | `pearson` | `v` | `v²/4 + v`, with -1 below `v = -2` |
/// | `neyman` | `1 - e^-v` | `2 - 2e^(-v/2)` |
/// | `hellinger2` | `½(1 - e^-v)` | `½(e^v - 1)` |
/// | `tv` | `½ tanh v` | `½ tanh v` |
/// | `jsd` | `½(ln 2 - sp(-v))` | `½(sp(v) - ln 2)` |
/// | `gan` | `-sp(-v) = ln σ(v)` | `sp(v)`: the minimax game |
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head(FDivergence);

impl Head {
    /// The head of a divergence.
    ///
    /// ```
    /// use fenchel::divergence::FDivergence;
    /// use fenchel::gan::Head;
    /// assert_eq!(Head::of(FDivergence::Jsd)?.divergence(), FDivergence::Jsd);
    /// assert!(Head::of(FDivergence::ArithmeticGeometric).is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// A divergence without a head that can be trained.
    pub fn of(divergence: FDivergence) -> Result<Self> {
        match divergence.head(0.0) {
            Some(_) => Ok(Self(divergence)),
            None => Err(Error::unsupported(
                format!("a head for `{}`", divergence.name()),
                format!("there are {}", Self::all().map(|head| head.0.name()).collect::<Vec<_>>().join(", ")),
            )),
        }
    }

    /// Every head, in the order of the divergences.
    fn all() -> impl Iterator<Item = Self> {
        FDivergence::usual().into_iter().filter(|f| f.head(0.0).is_some()).map(Self)
    }

    /// The divergence to which the head belongs.
    #[must_use]
    pub fn divergence(self) -> FDivergence {
        self.0
    }

    /// `T = g(v)`.
    #[must_use]
    pub fn witness<T: Element>(self, v: Var<'_, T>) -> Var<'_, T> {
        self.0.head(v).expect("made only of what has a head")
    }

    /// `f*(g(v))`.
    #[must_use]
    pub fn conjugate<T: Element>(self, v: Var<'_, T>) -> Var<'_, T> {
        self.0.conjugate_of_head(v).expect("made only of what has a head")
    }
}

impl<T: Element> Signal for Var<'_, T> {
    fn shift(self, by: f64) -> Self {
        self.shift(by)
    }
    fn scale(self, by: f64) -> Self {
        self.scale(by)
    }
    fn exp(self) -> Self {
        self.exp()
    }
    fn softplus(self) -> Self {
        self.softplus()
    }
    fn tanh(self) -> Self {
        self.tanh()
    }
    fn relu(self) -> Self {
        self.relu()
    }
    fn square(self) -> Self {
        self.square()
    }
}

impl Objective {
    /// The discriminator's loss, given its outputs for real and for generated samples (n×1 each).
    #[must_use]
    pub fn discriminator_loss<'t, T: Element>(self, real: Var<'t, T>, fake: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Minimax | Self::NonSaturating => (-real).softplus().mean() + fake.softplus().mean(),
            Self::LeastSquares => (real.shift(-1.0).square().mean() + fake.square().mean()).scale(0.5),
            Self::Wasserstein => fake.mean() - real.mean(),
            Self::Hinge => (-real).shift(1.0).relu().mean() + fake.shift(1.0).relu().mean(),
            Self::Relativistic => (fake - real).softplus().mean(),
            Self::FGan(head) => head.conjugate(fake).mean() - head.witness(real).mean(),
        }
    }

    /// The generator's loss. Only [`Objective::Relativistic`] reads `real`.
    #[must_use]
    pub fn generator_loss<'t, T: Element>(self, real: Var<'t, T>, fake: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Minimax => mutate!(-fake.softplus().mean(), MinimaxLoss, |_| (-fake).softplus().mean()),
            Self::NonSaturating => (-fake).softplus().mean(),
            Self::LeastSquares => fake.shift(-1.0).square().mean().scale(0.5),
            Self::Wasserstein | Self::Hinge => -fake.mean(),
            Self::Relativistic => (real - fake).softplus().mean(),
            Self::FGan(head) => -head.conjugate(fake).mean(),
        }
    }

    /// The output at which the discriminator takes a sample for real or generated with equal odds. The outputs of
    /// `wgan` and `relativistic` are determined up to a constant only; there it is 0 by convention.
    #[must_use]
    pub fn neutral_output(self) -> f64 {
        match self {
            Self::LeastSquares => 0.5,
            Self::FGan(head) => head.0.neutral_output(),
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
            Self::FGan(head) => return write!(f, "fgan:{}", head.0.name()),
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
        let known = || plain.into_iter().chain(Head::all().map(Self::FGan));
        known().find(|objective| objective.to_string() == name).ok_or_else(|| {
            Error::unknown_name(
                "objective",
                name,
                known().map(|objective| objective.to_string()).collect::<Vec<_>>().join(", "),
            )
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
