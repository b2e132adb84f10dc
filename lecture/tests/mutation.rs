//! Claims that can fail: with each fault switched on, some claim does not hold.
//!
//! Each fault runs against one chapter only, the cheapest that notices it; `benches/mutation.md` has all of them.

use fenchel::mutation::{Fault, Fault as F, with};
use fenchel_lecture::{Options, Part, reproduce};
use std::ops::ControlFlow;

/// Which chapter is to notice which faults.
const NOTICED_BY: [(Part, &[Fault]); 8] = [
    (
        Part::Likelihood,
        &[
            F::DivergenceValue,
            F::KlSwapped,
            F::JsdTwice,
            F::TvWhole,
            F::InfinityClamped,
            F::ZeroDropped,
            F::GeneratorOff,
            F::SlopeOff,
            F::Entropy,
            F::PmfUnchecked,
            F::DensityValue,
            F::DensitiesSwapped,
            F::NormalPdf,
            F::Quadrature,
            F::Histogram,
            F::DiscriminatorSwapped,
            F::OptimumDual,
            F::KlTerm,
        ],
    ),
    (
        Part::Wasserstein,
        &[
            F::GreatestHalved,
            F::Quantile,
            F::GapZero,
            F::Primal,
            F::Dual,
            F::Potentials,
            F::PlanLoses,
            F::PivotsLimited,
            F::StatusConverged,
            F::EntropicPrimal,
            F::EntropicDual,
            F::LineCost,
            F::Area,
            F::WitnessSteep,
            F::PowerIteration,
        ],
    ),
    (
        Part::Saturation,
        &[
            F::UniformCdf,
            F::Frechet,
            F::Energy,
            F::Classifier,
            F::Authenticity,
            F::Digits,
            F::Accuracy,
            F::BoundDoubled,
            F::Product,
        ],
    ),
    (
        Part::Game,
        &[
            F::LogitsSwapped,
            F::GameValue,
            F::GameError,
            F::MinimaxLoss,
            F::Softplus,
            F::SoftplusStretched,
            F::Sigmoid,
            F::Activation,
            F::AscentIdle,
            F::GradientStops,
            F::GradientSign,
            F::OptimizerIdle,
        ],
    ),
    (Part::Losses, &[F::TapeSoftplus]),
    (
        Part::Fgan,
        &[
            F::DivergenceDual,
            F::NeymanSwapped,
            F::WeightIgnored,
            F::ConjugateOff,
            F::ConjugateUnclipped,
            F::DomainIgnored,
            F::HeadOff,
            F::DensityDual,
            F::NormalCdf,
            F::ErrorBound,
            F::EstimateOff,
            F::ErrorTenfold,
            F::ErrorTenth,
        ],
    ),
    (Part::Training, &[F::ModeRadius]),
    (Part::Variants, &[F::Softmax, F::Folds, F::BeganMeasure, F::BeganBalance, F::CodeDivergence, F::Inversion]),
];

/// The claims of a chapter that do not hold. A chapter that ends with an error has noticed the fault, too.
fn broken(part: Part) -> Vec<String> {
    let options = Options { parts: vec![part], ..Options::default() };
    match reproduce(&options, &mut |_| ControlFlow::Continue(())) {
        Ok(result) => result.failed().iter().map(|claim| claim.id().to_owned()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn every_fault_breaks_a_claim() {
    let mut listed: Vec<Fault> = NOTICED_BY.iter().flat_map(|(_, faults)| *faults).copied().collect();
    listed.sort();
    assert_eq!(listed, Fault::ALL, "each fault once");
    let run = |(part, faults): &(Part, &[Fault])| {
        let unseen = |fault: &Fault| with(*fault, || broken(*part)).is_empty();
        faults.iter().copied().filter(unseen).collect::<Vec<_>>()
    };
    let unseen: Vec<Fault> = NOTICED_BY.iter().flat_map(run).collect();
    assert!(unseen.is_empty(), "nothing notices {unseen:?}");
    // and all is well again once they are off
    assert!(broken(Part::Likelihood).is_empty());
}
