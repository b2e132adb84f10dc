//! Faults that can be switched on, to see which claims of the lectures notice.
//!
//! A check that nothing can break proves nothing. `lecture/tests/mutation.rs` switches on one `Fault` after the other
//! and requires that some claim then fails. `lecture/benches/mutation.md` has the whole matrix, fault by claim. The
//! places where a fault enters are marked by `mutate!`. All of this exists only with the feature `mutation`, which no
//! user needs; without it `mutate!` is its first argument.

/// `mutate!(value, Fault, |v| wrong)` is `value`; while that fault is switched on, it is the result of the function.
#[cfg(not(feature = "mutation"))]
macro_rules! mutate {
    ($value:expr, $fault:ident, $wrong:expr) => {{ $value }};
}

#[cfg(feature = "mutation")]
macro_rules! mutate {
    ($value:expr, $fault:ident, $wrong:expr) => {
        $crate::mutation::Fault::$fault.apply($value, $wrong)
    };
}

#[cfg(feature = "mutation")]
pub use switchable::{Fault, reached, with};

#[cfg(feature = "mutation")]
mod switchable {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
    use std::sync::{Mutex, PoisonError};

    macro_rules! faults {
        ($($name:ident: $what:literal,)*) => {
            /// A fault that can be switched on.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub enum Fault { $(#[doc = $what] $name,)* }

            impl Fault {
                /// All of them.
                pub const ALL: &'static [Self] = &[$(Self::$name,)*];

                /// A description of the fault.
                #[must_use]
                pub fn description(self) -> &'static str {
                    match self { $(Self::$name => $what,)* }
                }
            }
        };
    }

    faults! {
        // divergences of laws on bins
        DivergenceValue: "values of f-divergences on bins are 1e-9 too large",
        DivergenceDual: "dual values of f-divergences on bins are 1e-6 too small",
        KlSwapped: "KL on bins takes its arguments in the wrong order",
        JsdTwice: "JSD on bins lacks the half",
        TvWhole: "total variation on bins lacks the half",
        NeymanSwapped: "Neyman's chi-squared on bins is Pearson's",
        WeightIgnored: "the weighted JSD on bins takes equal weights",
        InfinityClamped: "mass of P where Q has none costs 700 at most, in place of infinity",
        ZeroDropped: "mass of Q where P has none is left out",
        GeneratorOff: "f(u) is taken at u (1 + 1e-9)",
        SlopeOff: "f'(u) is taken at u (1 + 1e-9)",
        ConjugateOff: "f*(t) is taken at t - 1e-9",
        ConjugateUnclipped: "Pearson's conjugate is not clipped below the image of f'",
        DomainIgnored: "f*(t) is not infinite beyond its domain",
        HeadOff: "f*(T) of a critic's output v is taken at v + 1e-3",
        GreatestHalved: "the greatest value of a divergence is half of what it should be, and values are cut there",
        Entropy: "the entropy of a law is taken in bits",
        PmfUnchecked: "masses of any total are taken for a law",
        // divergences of densities
        DensityValue: "values of f-divergences of densities are 1e-9 too large",
        DensityDual: "dual values of f-divergences of densities are 1e-9 too small",
        DensitiesSwapped: "the divergence of densities takes its arguments in the wrong order",
        NormalPdf: "the normal log-density has z (1 + 1e-6)",
        NormalCdf: "the normal distribution function has z (1 + 1e-3)",
        UniformCdf: "the uniform distribution function is squared",
        Quantile: "quantiles of the uniform law are 1e-6 of themselves too large",
        Quadrature: "integrals are 1e-8 of themselves too large",
        ErrorBound: "the error bound of a divergence of densities is a millionth of what it should be",
        // samples
        Histogram: "a sample in the last bin of a histogram is not counted",
        EstimateOff: "estimates from samples are 0.02 too large",
        ErrorTenfold: "standard errors of estimates are ten times too large, and so are their intervals",
        ErrorTenth: "standard errors of estimates are a tenth of what they should be, and so are their intervals",
        // transport
        GapZero: "the gap of every report is 0",
        Primal: "the cost of a plan is 1e-6 of itself too small",
        Dual: "the dual value of potentials is reported 1e-6 too large",
        Potentials: "the potentials of the rows that an exact solver returns are 1e-3 too large",
        PlanLoses: "a plan loses a millionth of its mass",
        PivotsLimited: "the network simplex stops after 10 pivots",
        StatusConverged: "the status of every exact solver is converged",
        EntropicPrimal: "the cost of a rounded entropic plan is 2 % too small",
        EntropicDual: "the dual value of entropic potentials is 10 % too large",
        LineCost: "the cost of the best plan on the line is a tenth too large",
        Area: "the area between distribution functions is 1e-9 of itself too large",
        WitnessSteep: "the witness has slope 1 + 1e-5",
        // the game
        DiscriminatorSwapped: "D* is q/(p + q)",
        LogitsSwapped: "the logits of D* have the wrong sign",
        OptimumDual: "the value of the game at D* is 1e-9 too large",
        GameValue: "V on samples is 1 % too large",
        GameError: "the standard error of V is ten times too large",
        Accuracy: "the accuracy of a discriminator counts the real samples only",
        BoundDoubled: "the bound of JSD by V lacks the half",
        MinimaxLoss: "the minimax loss of the generator is the non-saturating one",
        ModeRadius: "high quality is within one standard deviation of a mode, in place of three",
        // networks
        Softplus: "softplus is ln(1 + e^x) as written",
        SoftplusStretched: "softplus takes its argument 1e-3 of itself too large",
        TapeSoftplus: "softplus on a tape is 1e-9 of itself too large",
        Sigmoid: "the sigmoid has its argument doubled",
        Activation: "the activations of a network are left out where there is no tape",
        Product: "matrix products are twice what they should be",
        GradientStops: "gradients are 0",
        GradientSign: "all gradients have the wrong sign",
        OptimizerIdle: "the optimiser does not move",
        PowerIteration: "the power iteration of a spectral norm does not move",
        Softmax: "the softmax of a row exponentiates its sum twice",
        Folds: "images from their windows keep the last window of a pixel",
        BeganMeasure: "the measure of BEGAN subtracts the imbalance",
        BeganBalance: "the balance of BEGAN moves the wrong way",
        CodeDivergence: "the divergence of codes from the normal law leaves out their variance",
        Inversion: "the inversion of a generator keeps its last start in place of its best",
        AscentIdle: "the ascent stays where it starts",
        // scores and data
        Frechet: "Fréchet's distance leaves out the means",
        Energy: "the energy distance counts its cross term once, and on the line its integral",
        Classifier: "the two-sample classifier calls everything real",
        Authenticity: "the authenticity score takes copies for fresh samples and the reverse",
        Digits: "the first image of the digits is all ink",
        KlTerm: "x ln(x/y) takes x 1e-9 of itself too large",
    }

    /// The number of the active fault: its place in [`Fault::ALL`] plus one, or 0 for none.
    static ACTIVE: AtomicUsize = AtomicUsize::new(0);
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    /// The faults whose places the work has passed.
    static REACHED: [AtomicBool; Fault::ALL.len()] = [const { AtomicBool::new(false) }; Fault::ALL.len()];

    impl Fault {
        /// The value, or the result of `wrong` while this fault is on.
        pub(crate) fn apply<T>(self, value: T, wrong: impl FnOnce(T) -> T) -> T {
            if !REACHED[self as usize].load(Relaxed) {
                REACHED[self as usize].store(true, Relaxed);
            }
            if ACTIVE.load(Relaxed) == self as usize + 1 { wrong(value) } else { value }
        }
    }

    /// Runs something with a fault switched on in the whole process, one at a time.
    pub fn with<T>(fault: Fault, run: impl FnOnce() -> T) -> T {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let _off = Off;
        ACTIVE.store(fault as usize + 1, Relaxed);
        run()
    }

    /// Runs something without faults, and returns the faults that could have changed it: those whose places it passed.
    pub fn reached<T>(run: impl FnOnce() -> T) -> (T, Vec<Fault>) {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        REACHED.iter().for_each(|seen| seen.store(false, Relaxed));
        let result = run();
        (result, Fault::ALL.iter().copied().filter(|&fault| REACHED[fault as usize].load(Relaxed)).collect())
    }

    /// Switches the fault off, after a panic too.
    struct Off;

    impl Drop for Off {
        fn drop(&mut self) {
            ACTIVE.store(0, Relaxed);
        }
    }
}
