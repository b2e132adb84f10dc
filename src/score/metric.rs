//! The list of all scores. A new one is a file with a [`Definition`] and a line here.

use super::choices::Choices;
use super::definition::{Definition, Sees};
use super::forecast::Workload;
use super::{
    Better, aggregated, authenticity, balls, cells, classifier, closest, copied, energy, frechet, information, kernel,
    likelihood, logistic, subsets, transport, vendi,
};
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

macro_rules! metrics {
    ($($(#[$doc:meta])* $metric:ident = $definition:path;)*) => {
        /// A score by name. `Display` and `FromStr` agree; [`Metric::all`] lists them.
        ///
        /// ```
        /// use fenchel::score::Metric;
        /// assert_eq!("frechet".parse::<Metric>()?, Metric::Frechet);
        /// assert!("fid".parse::<Metric>().unwrap_err().to_string().contains("frechet"));
        /// # Ok::<(), fenchel::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Metric { $($(#[$doc])* $metric,)* }

        const ALL: &[Metric] = &[$(Metric::$metric,)*];

        impl Metric {
            pub(super) fn definition(self) -> &'static Definition {
                match self { $(Self::$metric => &$definition,)* }
            }
        }
    };
}

metrics! {
    /// Squared Fréchet distance of Gaussian fits: [`frechet`](super::frechet::frechet()).
    Frechet = frechet::FRECHET;
    /// The same without its bias, by extrapolation: [`infinity`](super::frechet::infinity).
    FrechetInfinity = frechet::FRECHET_INFINITY;
    /// Unbiased squared MMD under a cubic kernel: [`kernel::kid`].
    Kid = subsets::KID;
    /// Unbiased squared MMD, unless told otherwise under a Gaussian kernel: [`kernel::mmd`].
    Mmd = kernel::MMD;
    /// Squared MMD under kernels of all bandwidths: [`aggregated::mmd_agg`].
    MmdAgg = aggregated::MMD_AGG;
    /// Energy distance: [`energy::energy`].
    Energy = energy::ENERGY;
    /// Exact transport distance: [`transport::w1`].
    W1 = transport::W1;
    /// Exact transport distance: [`transport::w2`].
    W2 = transport::W2;
    /// Root mean square of W₂ over random directions: [`transport::sliced_w2`].
    SlicedW2 = transport::SLICED_W2;
    /// Entropic transport without its bias: [`transport::sinkhorn_divergence`].
    SinkhornDivergence = transport::SINKHORN_DIVERGENCE;
    /// Accuracy of a classifier that tells generated from real: [`classifier::c2st`].
    C2st = classifier::C2ST;
    /// Area under the curve of that classifier: [`classifier::c2st_auc`].
    C2stAuc = classifier::C2ST_AUC;
    /// Accuracy of a logistic regression that tells generated from real: [`logistic::c2st_logistic`].
    C2stLogistic = logistic::C2ST_LOGISTIC;
    /// Area under the curve of that regression: [`logistic::c2st_logistic_auc`].
    C2stLogisticAuc = logistic::C2ST_LOGISTIC_AUC;
    /// Kullback-Leibler divergence by nearest neighbours: [`information::kl_knn`].
    KlKnn = information::KL_KNN;
    /// Share of generated points near real ones: [`Neighbours::precision`](super::neighbours::Neighbours::precision).
    Precision = balls::PRECISION;
    /// Share of real points near generated ones: [`Neighbours::recall`](super::neighbours::Neighbours::recall).
    Recall = balls::RECALL;
    /// Mean number of real balls around a generated point: [`Neighbours::density`](super::neighbours::Neighbours::density).
    Density = balls::DENSITY;
    /// Share of real points with a generated one nearby: [`Neighbours::coverage`](super::neighbours::Neighbours::coverage).
    Coverage = balls::COVERAGE;
    /// Effective number of different generated points: [`vendi::vendi`].
    Vendi = vendi::VENDI;
    /// Share of generated points that copy no training point: [`authenticity`](super::authenticity::authenticity); needs the
    /// training sample.
    Authenticity = authenticity::AUTHENTICITY;
    /// Share of generated points that are training points: [`copied::copies`]; needs the training sample.
    Copies = copied::COPIES;
    /// Share of generated points nearer to the training sample than to the real one: [`closest::dcr`]; needs the
    /// training sample.
    Dcr = closest::DCR;
    /// Distances to the training sample, generated against real, within cells: [`cells::ct`]; needs the training
    /// sample.
    Ct = cells::CT;
    /// Likelihood of real points around generated ones: [`likelihood::fld`]; needs the training sample.
    Fld = likelihood::FLD;
}

impl Metric {
    /// Every metric, in the order in which tables list them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        ALL
    }

    /// The name at the command line and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// Names that other programs give it, in lower case with underscores. `FromStr` does not take them.
    ///
    /// ```
    /// assert!(fenchel::score::Metric::Frechet.aliases().contains(&"fid"));
    /// ```
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        self.definition().aliases
    }

    /// What it says, in half a line.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.definition().description
    }

    /// Which way it improves.
    #[must_use]
    pub fn better(self) -> Better {
        self.definition().better
    }

    /// What it sees.
    #[must_use]
    pub fn sees(self) -> Sees {
        self.definition().sees
    }

    /// How many rows it needs of either sample, beside those that `k` needs.
    #[must_use]
    pub fn rows(self) -> usize {
        self.definition().rows
    }

    /// How long it takes of `n` real and `m` generated rows in `d` columns, in seconds of one core, as a [`Scorecard`](super::Scorecard) is unless
    /// told otherwise; with as many training rows as real ones, where it needs them.
    ///
    /// Right to within a factor of about three on a machine of 3 GHz (`benches/forecast.md`). [`Scorecard::forecast`](super::Scorecard::forecast)
    /// follows other choices, and counts once what scores have in common.
    ///
    /// ```
    /// use fenchel::score::Metric;
    /// assert!(Metric::Energy.forecast(100_000, 100_000, 16) > 60.0);
    /// assert!(Metric::Energy.forecast(1_000, 1_000, 16) < 1.0);
    /// ```
    #[must_use]
    pub fn forecast(self, n: usize, m: usize, d: usize) -> f64 {
        self.definition().step.seconds(&Workload::new(&Choices::default(), (n, m, d), n))
    }

    /// Whether it compares with the training sample.
    #[must_use]
    pub fn needs_train(self) -> bool {
        self.definition().needs_train
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let names = || ALL.iter().map(|m| m.name()).collect::<Vec<_>>().join(", ");
        ALL.iter().copied().find(|m| m.name() == name).ok_or_else(|| Error::unknown_name("metric", name, names()))
    }
}
