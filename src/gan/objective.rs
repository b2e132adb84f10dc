//! The objectives, written in the discriminator's raw output `s`, so that no logarithm saturates to `ln 0`.
//!
//! With `σ(s) = 1/(1 + e^-s)` and `sp(s) = ln(1 + e^s)`, `-ln σ(s) = sp(-s)`. Real samples have the output `r` and
//! generated ones `f`. Both players minimise:
//!
//! | name | discriminator | generator | source |
//! |---|---|---|---|
//! | `minimax` | `E sp(-r) + E sp(f)` | `-E sp(f)` | arXiv:1406.2661 |
//! | `nonsaturating` | the same | `E sp(-f)` | arXiv:1406.2661 |
//! | `lsgan:a,b,c` | `½E(r - b)² + ½E(f - a)²` | `½E(f - c)²` | arXiv:1611.04076; `lsgan` is `lsgan:0,1,1` |
//! | `wgan` | `E f - E r` | `-E f` | arXiv:1701.07875 |
//! | `hinge` | `E max(0, 1 - r) + E max(0, 1 + f)` | `-E f` | arXiv:1705.02894 |
//! | `relativistic` | `E sp(f - r)`, in pairs | `E sp(r - f)` | arXiv:1807.00734, 2501.05441 |
//! | `fgan:KIND` | `-E T(r) + E f*(T(f))` | `-E f*(T(f))` | arXiv:1606.00709 |
//!
//! `T` is the [`Head`] of the divergence.
//!
//! The best discriminator has a closed form. The generator then minimises a divergence, up to what does not depend on it: the
//! gradient of its loss, with the discriminator held there, is the gradient of that divergence. With `m = (p + q)/2`:
//!
//! | name | best output | discriminator's loss there | generator's loss there | what the generator minimises |
//! |---|---|---|---|---|
//! | `minimax` | `ln p/q` | `ln 4 - 2 JSD(p, q)` | `KL(q, m) - ln 2` | `2 JSD(p, q)` |
//! | `nonsaturating` | `ln p/q` | the same | `KL(q, p) - KL(q, m) + ln 2` | `KL(q, p) - 2 JSD(p, q)` (arXiv:1701.04862) |
//! | `lsgan:a,b,c` | `D = (b p + a q)/(p + q)` | `½(b - a)² ∫ pq/(p + q)` | `½E_q(D - c)²` | `(c - a)(b - a) KL(p, m) - ⅛(b - a)² Δ` |
//! | `wgan` | Kantorovich's potential `φ` of slope 1 | `-W₁(p, q)` | `-E_q φ` | `W₁(p, q)` |
//! | `hinge` | the sign of `p - q` | `2 - 2 TV(p, q)` | `-E_q` of the sign | `2 TV(p, q)` |
//! | `relativistic` | `ln p/q` and any constant | `ln 2 - J` | `KL(p, q) + KL(q, p) - J + ln 2` | `KL(q, p) - J` |
//! | `fgan:KIND` | `T = f'(p/q)` | `-D_f(p, q)` | `-E_q f*(f'(p/q))` | `D_f(p, q)` |
//!
//! Here `Δ = ∫(p - q)²/(p + q)`, and `J = JSD(p⊗q, q⊗p)` compares a pair with its swap. With outputs in `[-1, 1]` in place of
//! slopes `wgan` minimises `2 TV`.
//!
//! The theorem of arXiv:1611.04076 adds to the generator's loss the term of the real samples: with `b - c = 1` and `b - a = 2`
//! the value of both is `½∫(p - q)²/(p + q)`. But the discriminator moves with `q`, and so that is not what a step of the
//! generator descends.
//!
//! With labels `t` and `u` in place of 1 and 0 the best discriminator of the first two is `(t p + u q)/(p + q)`.

use crate::divergence::{FDivergence, Signal};
use crate::error::{Error, Result};
use crate::nn::{Element, Var};
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
    LeastSquares(Codes),
    /// The Wasserstein critic; needs a [`Penalty`](super::Penalty) or a [`Limit`](super::Limit).
    Wasserstein,
    /// The hinge.
    Hinge,
    /// Real and generated samples compared in pairs.
    Relativistic,
    /// The variational bound of an f-divergence, played exactly.
    FGan(Head),
}

/// The outputs that least squares aim at (Mao et al., arXiv:1611.04076).
///
/// ```
/// use fenchel::gan::{Codes, Objective};
/// let pearson = Objective::LeastSquares(Codes { fake: -1.0, real: 1.0, target: 0.0 });
/// assert_eq!("lsgan:-1,1,0".parse::<Objective>()?, pearson);
/// assert_eq!("lsgan".parse::<Objective>()?, Objective::LeastSquares(Codes::ZERO_ONE));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Codes {
    /// The paper's `a`: the discriminator's output for generated samples.
    pub fake: f64,
    /// The paper's `b`: the discriminator's output for real samples.
    pub real: f64,
    /// The paper's `c`: the output that the generator wants for its samples.
    pub target: f64,
}

impl Codes {
    /// `a = 0`, `b = c = 1`.
    pub const ZERO_ONE: Self = Self { fake: 0.0, real: 1.0, target: 1.0 };

    /// `a,b,c`: three finite numbers, the first two of them different.
    fn parse(text: &str) -> Option<Self> {
        let codes = text.split(',').map(|code| code.trim().parse::<f64>().ok().filter(|code| code.is_finite()));
        match codes.collect::<Option<Vec<f64>>>()?[..] {
            [fake, real, target] if (real - fake).abs() > 0.0 => Some(Self { fake, real, target }),
            _ => None,
        }
    }
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
///
/// Those of the others take the logarithm of the ratio of densities for `v`, so `T = f'(e^v)`. With `d = tanh(v/2)`:
///
/// | divergence | `T = g(v)` | `f*(T)` |
/// |---|---|---|
/// | `jeffreys` | `v + 1 - e^-v` | `v + e^v - 1` |
/// | `two_jsd` | `ln 2 - sp(-v)` | `sp(v) - ln 2` |
/// | `js_weighted`, `π = ½` unless made otherwise | `-π ln((1-π) e^-v + π)` | `(1-π) ln(π e^v + 1-π)` |
/// | `squared_hellinger`, for half of the logarithm | `1 - e^-v` | `e^v - 1` |
/// | `le_cam` | `d (2 - d)` | `d (2 + d)` |
/// | `k_divergence` | `ln 2 - sp(-v) + (1 - d)/2` | `(1 + d)/2` |
/// | `arithmetic_geometric` | `sp(v) - v/2 - ln 2 + (1 - e^-v)/2` | `(e^v - 1)/2 + v/2 + ln 2 - sp(v)` |
///
/// The other divergences have none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head(FDivergence);

impl Head {
    /// The head of a divergence.
    ///
    /// ```
    /// use fenchel::divergence::FDivergence;
    /// use fenchel::gan::Head;
    /// assert_eq!(Head::of(FDivergence::Jsd)?.divergence(), FDivergence::Jsd);
    /// assert!(Head::of(FDivergence::hockey_stick(2.0)?).is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// A divergence without a head that can be trained, or with a weight that it does not allow.
    pub fn of(divergence: FDivergence) -> Result<Self> {
        if let FDivergence::JsWeighted(pi) = divergence {
            FDivergence::js_weighted(pi)?;
        }
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
        let twice = [FDivergence::TwoJsd, FDivergence::SquaredHellinger];
        FDivergence::usual().into_iter().chain(twice).filter(|f| f.head(0.0).is_some()).map(Self)
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
            Self::LeastSquares(codes) => {
                (real.shift(-codes.real).square().mean() + fake.shift(-codes.fake).square().mean()).scale(0.5)
            }
            Self::Wasserstein => fake.mean() - real.mean(),
            Self::Hinge => (-real).shift(1.0).relu().mean() + fake.shift(1.0).relu().mean(),
            Self::Relativistic => (fake - real).softplus().mean(),
            Self::FGan(head) => head.conjugate(fake).mean() - head.witness(real).mean(),
        }
    }

    /// The discriminator's loss where a real sample is real with probability `labels.0` and a generated one with
    /// probability `labels.1`, in place of 1 and 0 (label smoothing: Salimans et al., arXiv:1606.03498).
    ///
    /// The cross entropy `-t ln σ(s) - (1 - t) ln σ(-s)` is `sp(-s) + (1 - t) s = sp(s) - t s`. So with labels `t` and `u`
    /// this is [`discriminator_loss`](Self::discriminator_loss) plus `(1 - t) E r - u E f`. The best discriminator is then
    /// `D = (t p + u q)/(p + q)`. It makes sense where [`has_labels`](Self::has_labels).
    #[must_use]
    pub fn smoothed_loss<'t, T: Element>(self, labels: (f64, f64), real: Var<'t, T>, fake: Var<'t, T>) -> Var<'t, T> {
        let mut loss = self.discriminator_loss(real, fake);
        if labels.0 < 1.0 {
            loss = loss + real.mean().scale(1.0 - labels.0);
        }
        if labels.1 > 0.0 {
            loss = loss - fake.mean().scale(labels.1);
        }
        loss
    }

    /// Whether the discriminator's loss is a cross entropy with labels, which can be smoothed.
    #[must_use]
    pub fn has_labels(self) -> bool {
        matches!(self, Self::Minimax | Self::NonSaturating)
    }

    /// The generator's loss, given the outputs for its samples. `real` gives those for real samples, and is called only where
    /// the loss compares with them: by [`Objective::Relativistic`].
    #[must_use]
    pub fn generator_loss<'t, T: Element>(self, fake: Var<'t, T>, real: impl FnOnce() -> Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Minimax => mutate!(-fake.softplus().mean(), MinimaxLoss, |_| (-fake).softplus().mean()),
            Self::NonSaturating => (-fake).softplus().mean(),
            Self::LeastSquares(codes) => fake.shift(-codes.target).square().mean().scale(0.5),
            Self::Wasserstein | Self::Hinge => -fake.mean(),
            Self::Relativistic => (real() - fake).softplus().mean(),
            Self::FGan(head) => -head.conjugate(fake).mean(),
        }
    }

    /// The output at which the discriminator takes a sample for real or generated with equal odds. The outputs of
    /// `wgan` and `relativistic` are determined up to a constant only; there it is 0 by convention.
    #[must_use]
    pub fn neutral_output(self) -> f64 {
        match self {
            Self::LeastSquares(codes) => 0.5 * (codes.fake + codes.real),
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
            Self::LeastSquares(codes) if codes == &Codes::ZERO_ONE => "lsgan",
            Self::LeastSquares(codes) => return write!(f, "lsgan:{},{},{}", codes.fake, codes.real, codes.target),
            Self::Wasserstein => "wgan",
            Self::Hinge => "hinge",
            Self::Relativistic => "relativistic",
            Self::FGan(Head(FDivergence::JsWeighted(pi))) => return write!(f, "fgan:js_weighted:{pi}"),
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
            Self::LeastSquares(Codes::ZERO_ONE),
            Self::Wasserstein,
            Self::Hinge,
            Self::Relativistic,
        ];
        let known = || plain.into_iter().chain(Head::all().map(Self::FGan));
        if let Some(codes) = name.strip_prefix("lsgan:").and_then(Codes::parse) {
            return Ok(Self::LeastSquares(codes));
        }
        if let Some(weight) = name.strip_prefix("fgan:js_weighted").map(|rest| rest.trim_start_matches(':')) {
            let weight = if weight.is_empty() { Ok(0.5) } else { weight.parse() };
            if let Ok(weight) = weight {
                return Head::of(FDivergence::JsWeighted(weight)).map(Self::FGan);
            }
        }
        known().find(|objective| objective.to_string() == name).ok_or_else(|| {
            let names = known().map(|objective| objective.to_string()).chain(["lsgan:A,B,C".to_owned()]);
            Error::unknown_name("objective", name, names.collect::<Vec<_>>().join(", "))
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
