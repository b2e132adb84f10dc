//! The list of the divergences that have names: Table A of f-GAN (arXiv:1606.00709), corrected where it extends `f` to
//! `u < 0`, and its relatives.
//!
//! Each divergence is a file here, which holds all its formulas, and a line in the list below. The line makes it a
//! variant of [`FDivergence`]. So every routine that takes one knows it: sums, quadrature, closed forms between named
//! laws, estimators, and the heads of critics.
//!
//! In the files `d = (u-1)/(u+1)`, `W` is Lambert's function and `sp` the softplus.

mod alpha;
mod arithmetic_geometric;
mod gan;
mod hellinger;
mod hockey_stick;
mod jeffreys;
mod js_weighted;
mod jsd;
mod k_divergence;
mod kl;
mod label_smoothed;
mod le_cam;
mod lsgan_slide;
mod neyman;
mod non_saturating;
mod pearson;
mod reverse_kl;
mod total_variation;

use super::block::{Alone, Sums};
use super::closed_form::{ClosedForm, Functional};
use super::signal::Signal;
use crate::error::Result;

/// Turns lines `file::Name(parameter) "what it is";` into an enum with a variant `Name(f64)` for each, which is the
/// [`ClosedForm`] of the type `Name` in that file.
macro_rules! list {
    (
        ($d:tt)
        $(#[$about:meta])*
        $vis:vis enum $List:ident {
            $($file:ident::$Name:ident $(($value:ident))? $({ $($field:ident $field_doc:literal),+ })? $doc:literal;)+
        }
    ) => {
        $(#[$about])*
        $vis enum $List {
            $(#[doc = $doc] $Name $((number!($value)))? $({ $(#[doc = $field_doc] $field: f64),+ })?,)+
        }

        /// Evaluates the body with the closed form of the variant as `of`. The macro writes a match, so no call goes
        /// through a pointer.
        macro_rules! each {
            ($d this:expr, $d of:ident => $d body:expr) => {
                match *$d this {
                    $($List::$Name $(($value))? $({ $($field),+ })? => {
                        let $d of = $file::$Name $(($value))? $({ $($field),+ })?;
                        $d body
                    })+
                }
            };
        }

        $(impl From<$file::$Name> for $List {
            fn from(of: $file::$Name) -> Self {
                let $file::$Name $(($value))? $({ $($field),+ })? = of;
                Self::$Name $(($value))? $({ $($field),+ })?
            }
        })+

        #[allow(unused_variables)] // most have no parameter
        impl $List {
            /// The names of the variants.
            #[cfg(test)]
            const VARIANTS: &[&str] = &[$(stringify!($Name)),+];

            /// Those that the command line offers, parameters at their defaults.
            pub(crate) fn usual() -> Vec<Self> {
                [$($file::$Name::usual().map(Self::from)),+].into_iter().flatten().collect()
            }

            /// The functional that it is a multiple of.
            pub(crate) fn functional(&self) -> Functional {
                ClosedForm::functional(self)
            }

            /// The `g` at which `f` is `(u - g)_+` up to a linear function.
            pub(crate) fn kink(&self) -> Option<f64> {
                ClosedForm::kink(self)
            }

            /// Whether the value is an amount of information, which can be given in bits.
            pub(crate) fn is_information(&self) -> bool {
                ClosedForm::is_information(self)
            }

            /// The training head; see [`ClosedForm::head`].
            pub(crate) fn head<S: Signal>(&self, v: S) -> Option<S> {
                ClosedForm::head(self, v)
            }

            /// The conjugate of the head; see [`ClosedForm::conjugate_of_head`].
            pub(crate) fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
                ClosedForm::conjugate_of_head(self, v)
            }

            /// The raw output at which the head sees no difference between the laws.
            pub(crate) fn neutral_output(&self) -> f64 {
                ClosedForm::neutral_output(self)
            }

            /// The number behind the colon of the name, where there is one.
            pub(crate) fn parameter(&self) -> Option<f64> {
                match *self {
                    $($List::$Name $(($value))? $({ $($field),+ })? => None $(.or(Some($value)))?,)+
                }
            }

            /// The same divergence with another parameter, checked; none if it has no parameter.
            pub(crate) fn with_parameter(&self, parameter: f64) -> Option<Result<Self>> {
                let of: Option<Self> = match *self {
                    $($List::$Name $(($value))? $({ $($field),+ })? => None $(.or({
                        let $value = parameter;
                        Some($List::$Name($value))
                    }))?,)+
                };
                of.map(|of| ClosedForm::check(&of).map(|()| of))
            }
        }

        impl ClosedForm for $List {
            fn name(&self) -> &'static str {
                each!(self, of => of.name())
            }
            fn check(&self) -> Result<()> {
                each!(self, of => of.check())
            }
            fn f(&self, u: f64) -> f64 {
                each!(self, of => of.f(u))
            }
            fn df(&self, u: f64) -> f64 {
                each!(self, of => of.df(u))
            }
            fn at_zero(&self) -> f64 {
                each!(self, of => of.at_zero())
            }
            fn slope_at_infinity(&self) -> f64 {
                each!(self, of => of.slope_at_infinity())
            }
            fn attained(&self) -> bool {
                each!(self, of => of.attained())
            }
            fn conjugate(&self, t: f64) -> f64 {
                each!(self, of => of.conjugate(t))
            }
            fn dconjugate(&self, t: f64) -> f64 {
                each!(self, of => of.dconjugate(t))
            }
            fn curvature(&self) -> Option<f64> {
                each!(self, of => of.curvature())
            }
            fn symmetric(&self) -> bool {
                each!(self, of => of.symmetric())
            }
            fn metric_power(&self) -> Option<f64> {
                each!(self, of => of.metric_power())
            }
            fn is_information(&self) -> bool {
                each!(self, of => of.is_information())
            }
            fn functional(&self) -> Functional {
                each!(self, of => of.functional())
            }
            fn kink(&self) -> Option<f64> {
                each!(self, of => of.kink())
            }
            fn cell(&self, p: f64, q: f64) -> f64 {
                each!(self, of => of.cell(p, q))
            }
            fn dual_pair(&self, l: f64, masses: (f64, f64)) -> (f64, f64) {
                each!(self, of => of.dual_pair(l, masses))
            }
            fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
                each!(self, of => of.conjugate_mass(l, q))
            }
            fn activation(&self, v: f64) -> f64 {
                each!(self, of => of.activation(v))
            }
            fn conjugate_of_activation(&self, v: f64) -> f64 {
                each!(self, of => of.conjugate_of_activation(v))
            }
            fn head<S: Signal>(&self, v: S) -> Option<S> {
                each!(self, of => of.head(v))
            }
            fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
                each!(self, of => of.conjugate_of_head(v))
            }
            fn neutral_output(&self) -> f64 {
                each!(self, of => of.neutral_output())
            }
            fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
                each!(self, of => of.sum_block(p, q, alone))
            }
        }
    };
}

/// The type of a parameter.
macro_rules! number {
    ($value:ident) => {
        f64
    };
}

list! {
    ($)
    /// The named generators. Values in nats; `m = (p+q)/2`.
    ///
    /// | variant | divergence | greatest value |
    /// |---|---|---|
    /// | [`Kl`](Self::Kl), [`KlSelfNormalised`](Self::KlSelfNormalised) | `sum p ln(p/q)` | inf |
    /// | [`ReverseKl`](Self::ReverseKl), [`ReverseKlSelfNormalised`](Self::ReverseKlSelfNormalised) | `sum q ln(q/p)` | inf |
    /// | [`Pearson`](Self::Pearson) | `sum (p-q)^2/q` | inf |
    /// | [`Neyman`](Self::Neyman) | `sum (p-q)^2/p` | inf |
    /// | [`SquaredHellinger`](Self::SquaredHellinger) | `sum (sqrt p - sqrt q)^2` | 2 |
    /// | [`Hellinger2`](Self::Hellinger2) | `1 - sum sqrt(pq)` | 1 |
    /// | [`TotalVariation`](Self::TotalVariation) | `sum abs(p-q)/2` | 1 |
    /// | [`Jeffreys`](Self::Jeffreys) | `sum (p-q) ln(p/q)` | inf |
    /// | [`Jsd`](Self::Jsd) | `(KL(P,M) + KL(Q,M))/2` | ln 2 |
    /// | [`TwoJsd`](Self::TwoJsd) | f-GAN's "Jensen-Shannon", `2 JSD` | 2 ln 2 |
    /// | [`JsWeighted`](Self::JsWeighted) | `pi KL(P,N) + (1-pi) KL(Q,N)`, `N = pi P + (1-pi) Q` | `-pi ln pi - (1-pi) ln(1-pi)` |
    /// | [`Gan`](Self::Gan) | `2 JSD - ln 4`, from `-ln 4` | 0 |
    /// | [`Alpha`](Self::Alpha) | `(sum p^a q^(1-a) - 1)/(a(a-1))` | `1/(a(1-a))` for `0<a<1`, else inf |
    /// | [`LeCam`](Self::LeCam) | `sum (p-q)^2/(p+q)` | 2 |
    /// | [`KDivergence`](Self::KDivergence) | `KL(P,M)` | ln 2 |
    /// | [`ArithmeticGeometric`](Self::ArithmeticGeometric) | `KL(M,P) + KL(M,Q)` | inf |
    /// | [`NonSaturating`](Self::NonSaturating) | `E_Q[-ln D*]`, from `ln 2` | inf |
    /// | [`LabelSmoothed`](Self::LabelSmoothed) | value of the smoothed game at its `D*` | `h(real) + h(fake)` |
    /// | [`LsganSlide`](Self::LsganSlide) | `E_Q[(D*-1)^2] - 1/4` | 3/4 |
    /// | [`HockeyStick`](Self::HockeyStick) | `sum (p - g q)_+` | 1 |
    ///
    /// Each divergence has a file of its own with its formulas; this is the list of them. The functions below check the
    /// number of a variant that takes one, and so does every routine.
    ///
    /// ```
    /// use fenchel::divergence::{FDivergence, Generator};
    /// let f = FDivergence::Jsd;
    /// let t = f.df(2.0);
    /// assert!((f.f(2.0) + f.conjugate(t) - 2.0 * t).abs() < 1e-15);
    /// assert!(FDivergence::alpha(f64::NAN).is_err());
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    #[non_exhaustive]
    pub enum FDivergence {
        kl::Kl "Kullback-Leibler, `f = u ln u`.";
        kl::KlSelfNormalised "Kullback-Leibler with `f = u ln u - u + 1`; for masses of unequal totals `sum p ln(p/q) - p + q`.";
        reverse_kl::ReverseKl "`KL(Q||P)`, `f = -ln u`.";
        reverse_kl::ReverseKlSelfNormalised "`KL(Q||P)` with `f = u - 1 - ln u`.";
        jeffreys::Jeffreys "Jeffreys, `KL(P||Q) + KL(Q||P)`, `f = (u-1) ln u`.";
        jsd::Jsd "The Jensen-Shannon divergence (Lin, doi:10.1109/18.61115).";
        jsd::TwoJsd "Twice Jensen-Shannon, `f = u ln u - (u+1) ln((u+1)/2)`: what f-GAN prints as Jensen-Shannon.";
        js_weighted::JsWeighted(pi) "Jensen-Shannon with weight `0 < pi < 1` on `P`; [`Jsd`](Self::Jsd) at one half.";
        pearson::Pearson "Pearson's chi-squared, `f = (u-1)^2`.";
        neyman::Neyman "Neyman's chi-squared, `f = (1-u)^2/u`.";
        hellinger::SquaredHellinger "Squared Hellinger as in f-GAN, `f = (sqrt u - 1)^2`: twice [`Hellinger2`](Self::Hellinger2).";
        hellinger::Hellinger2 "Squared Hellinger with the half, `f = (sqrt u - 1)^2/2`: one minus the Bhattacharyya coefficient.";
        total_variation::TotalVariation "Total variation, half the L1 distance, `f = |u-1|/2`.";
        le_cam::LeCam "Le Cam's, or triangular, discrimination, `f = (u-1)^2/(u+1)`.";
        alpha::Alpha(a) "The alpha family of Cichocki and Amari (doi:10.3390/e12061532), any finite `a`: KL at 1, reverse KL at 0.";
        k_divergence::KDivergence "Lin's K-divergence, `f = u ln(2u/(1+u))`.";
        arithmetic_geometric::ArithmeticGeometric "`KL(M||P) + KL(M||Q)`, `f = (1+u) ln((1+u)/(2 sqrt u))`: twice the arithmetic-geometric mean divergence.";
        hockey_stick::HockeyStick(g) "The hockey-stick divergence `E_g`, `f = (u-g)_+`, `g >= 1`; total variation at one.";
        gan::Gan "The GAN game at its optimal discriminator, `f = u ln u - (u+1) ln(u+1)` (arXiv:1406.2661).";
        non_saturating::NonSaturating "The non-saturating generator's loss at the optimal discriminator, `f = ln(1 + 1/u)`.";
        label_smoothed::LabelSmoothed { real "Target for samples of `P`.", fake "Target for samples of `Q`." } "The GAN game with other targets than 1 and 0, `f = (u+1) h((real u + fake)/(u+1))`; both in `[0, 1]` and different.";
        lsgan_slide::LsganSlide "The least-squares generator's loss with 0-1 targets at its `D*`, less its value at `P = Q`: `f = (1+u)^-2 - 1/4`.";
    }
}

impl FDivergence {
    /// The alpha-divergence; any finite `a`.
    ///
    /// # Errors
    /// `a` is not finite.
    pub fn alpha(a: f64) -> Result<Self> {
        Self::Alpha(a).checked()
    }

    /// The Jensen-Shannon divergence with weight `pi` on the first law.
    ///
    /// # Errors
    /// `pi` outside `(0, 1)`.
    pub fn js_weighted(pi: f64) -> Result<Self> {
        Self::JsWeighted(pi).checked()
    }

    /// The hockey-stick divergence.
    ///
    /// # Errors
    /// `g < 1` or not finite.
    pub fn hockey_stick(g: f64) -> Result<Self> {
        Self::HockeyStick(g).checked()
    }

    /// The GAN game with smoothed labels.
    ///
    /// # Errors
    /// A target outside `[0, 1]`, or both equal (a game about nothing).
    pub fn label_smoothed(real: f64, fake: f64) -> Result<Self> {
        Self::LabelSmoothed { real, fake }.checked()
    }

    /// The name, as on the command line: `"kl"`.
    ///
    /// ```
    /// use fenchel::divergence::FDivergence;
    /// assert_eq!(FDivergence::TotalVariation.name(), "tv");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        ClosedForm::name(self)
    }

    /// The power `r` for which `D^r` is a metric on laws, where one is known: 1 for total variation, 1/2 for
    /// Jensen-Shannon, Hellinger's and Le Cam's.
    ///
    /// ```
    /// use fenchel::divergence::FDivergence;
    /// assert_eq!(FDivergence::Jsd.metric_power(), Some(0.5));
    /// assert_eq!(FDivergence::Kl.metric_power(), None);
    /// ```
    #[must_use]
    pub fn metric_power(&self) -> Option<f64> {
        ClosedForm::metric_power(self)
    }

    fn checked(self) -> Result<Self> {
        self.check().map(|()| self)
    }
}

#[cfg(test)]
mod tests {
    use self::longer::Longer;
    use super::super::Generator;
    use super::{ClosedForm, FDivergence};
    use crate::divergence::estimate::{Form, HeldOut};
    use crate::divergence::{density, f_divergence, f_divergence_masses};
    use crate::measure::Pmf;
    use crate::measure::density::Law;
    use ndarray::Array1;

    /// What a file of its own would hold: `sum (p/q)^k q - 1` over `k - 1`, for a power `k > 1`.
    mod power {
        use super::super::super::closed_form::{ClosedForm, INF, outside};
        use crate::error::Result;

        #[derive(Debug, Clone, Copy)]
        pub(crate) struct Power(pub f64);

        impl ClosedForm for Power {
            fn name(&self) -> &'static str {
                "power"
            }
            fn usual() -> Option<Self> {
                Some(Self(3.0))
            }
            fn check(&self) -> Result<()> {
                if self.0 > 1.0 { Ok(()) } else { outside("power", self.0, "more than one") }
            }
            fn f(&self, u: f64) -> f64 {
                (u.powf(self.0) - 1.0) / (self.0 - 1.0)
            }
            fn df(&self, u: f64) -> f64 {
                self.0 / (self.0 - 1.0) * u.powf(self.0 - 1.0)
            }
            fn at_zero(&self) -> f64 {
                -1.0 / (self.0 - 1.0)
            }
            fn slope_at_infinity(&self) -> f64 {
                INF
            }
            fn conjugate(&self, t: f64) -> f64 {
                if t > 0.0 { self.dconjugate(t) * t - self.f(self.dconjugate(t)) } else { -self.at_zero() }
            }
            fn dconjugate(&self, t: f64) -> f64 {
                ((self.0 - 1.0) / self.0 * t.max(0.0)).powf((self.0 - 1.0).recip())
            }
            fn curvature(&self) -> Option<f64> {
                Some(self.0)
            }
            fn cell(&self, p: f64, q: f64) -> f64 {
                q * (self.f(p / q) - self.df(1.0) * (p / q - 1.0))
            }
            fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
                let (k, b) = (self.0, self.0 - 1.0);
                (k / b * (b * l).exp_m1(), (k * l).exp_m1())
            }
        }
    }

    #[allow(dead_code)] // not all of its facts are asked for here
    mod longer {
        use super::super::{Alone, ClosedForm, Functional, Result, Signal, Sums, pearson};
        use super::power;

        list! {
            ($)
            /// The line of the newcomer beside another one.
            #[derive(Debug, Clone, Copy, PartialEq)]
            pub(crate) enum Longer {
                pearson::Pearson "The newcomer at the power two, but for a tangent.";
                power::Power(k) "The newcomer.";
            }
        }
    }

    /// The value, the dual, the conjugate, the bound from samples and the integral.
    fn every_routine<G: Generator>(f: &G) -> Vec<f64> {
        let (p, q) = (Pmf::new([0.2, 0.3, 0.5]).unwrap(), Pmf::new([0.4, 0.35, 0.25]).unwrap());
        let discrete = f_divergence(f, &p, &q).unwrap();
        let masses = f_divergence_masses(f, &[1.0, 2.0], &[2.0, 1.0]).unwrap();
        let (x, y) = (Law::normal(0.0, 1.0).unwrap(), Law::normal(0.5, 1.1).unwrap());
        let integral = density::f_divergence(f, &x, &y).unwrap();
        let outputs = (Array1::from(vec![0.1, 0.4, 0.2]), Array1::from(vec![-0.3, 0.1, -0.2]));
        let range = (f64::NEG_INFINITY, f64::INFINITY);
        let bound = HeldOut::of_outputs(f, Form::LogRatio, &outputs.0, &outputs.1, range);
        assert!(discrete.gap() < 1e-15 && masses.gap() < 1e-15 && (integral.value - integral.dual).abs() < 1e-9);
        let t = f.df(1.7);
        assert!((f.f(1.7) + f.conjugate(t) - 1.7 * t).abs() < 1e-14 && (f.dconjugate(t) - 1.7).abs() < 1e-14);
        vec![discrete.value, masses.value, integral.value, bound.value, f.conjugate(0.3), f.activation(0.3)]
    }

    #[test]
    fn a_newcomer_is_a_file_and_a_line() {
        let cube = Longer::usual()[1];
        assert_eq!((ClosedForm::name(&cube), cube.parameter()), ("power", Some(3.0)));
        assert!(Longer::Pearson.parameter().is_none() && Longer::Pearson.with_parameter(1.0).is_none());
        assert!(cube.with_parameter(0.5).unwrap().is_err());
        // (u^2 - 1)/1 is Pearson's u^2 - 2u + 1 and a tangent
        let square = cube.with_parameter(2.0).unwrap().unwrap();
        let (square, pearson) = (every_routine(&square), every_routine(&Longer::Pearson));
        for (i, (own, known)) in square.iter().zip(&pearson).take(4).enumerate() {
            // masses of unequal totals would show the tangent; these are equal
            assert!((own - known).abs() < 1e-12 * known.abs().max(1.0), "{i}: {own} {known}");
        }
        assert_eq!(every_routine(&FDivergence::Pearson), pearson, "the list adds nothing");
        assert!(f_divergence(&Longer::Power(0.0), &Pmf::uniform(2).unwrap(), &Pmf::uniform(2).unwrap()).is_err());
        every_routine(&cube);
    }

    #[test]
    fn training_heads_are_the_heads() {
        let heads: Vec<FDivergence> = FDivergence::usual().into_iter().filter(|f| f.head(0.0).is_some()).collect();
        assert_eq!(heads.len(), 13);
        for f in heads {
            for v in (-120..=120).map(|i| 0.05 * f64::from(i)) {
                let (t, conjugate) = (f.head(v).unwrap(), f.conjugate_of_head(v).unwrap());
                let direct = Generator::conjugate(&f, t);
                assert!((conjugate - direct).abs() <= 1e-10 * direct.abs().max(1.0), "{f:?} {v}: {conjugate} {direct}");
            }
            let neutral = f.head(f.neutral_output()).unwrap();
            assert!((neutral - Generator::df(&f, 1.0)).abs() < 1e-15, "{f:?}");
        }
        // those of the paper's table are its activations, far out too
        use FDivergence::{Gan, Hellinger2, Jsd, Kl, Neyman, Pearson, ReverseKl, TotalVariation};
        for f in [Kl, ReverseKl, Pearson, Neyman, Hellinger2, TotalVariation, Jsd, Gan] {
            for v in (-400..400).map(|i| 0.05 * f64::from(i)) {
                let (t, conjugate) = (f.head(v).unwrap(), f.conjugate_of_head(v).unwrap());
                let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs().max(1.0);
                assert!(close(t, Generator::activation(&f, v)), "{f:?} {v}: {t}");
                assert!(close(conjugate, Generator::conjugate_of_activation(&f, v)), "{f:?} {v}: {conjugate}");
            }
        }
    }

    /// Two lists are written by hand, because they say more than a name: the table of the documentation, and the parameters
    /// that the tests try.
    #[test]
    fn no_list_lacks_a_divergence() {
        let table = include_str!("mod.rs");
        let tried = include_str!("../../../../tests/common/laws.rs");
        for name in FDivergence::VARIANTS {
            assert!(table.contains(&format!("[`{name}`](Self::{name})")), "the table of FDivergence lacks {name}");
            let is_tried =
                tried.split("F::").any(|rest| rest.split(|c: char| !c.is_alphanumeric()).next() == Some(name));
            assert!(is_tried, "tests/common/laws.rs lacks {name}");
        }
    }
}
