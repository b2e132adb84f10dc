//! What is run: the presets as they are, and the objectives beside each other in one setting.

use fenchel::gan::{Config, Limit, Objective, Penalty, Schedule, Toy};
use fenchel::nn::{Layers, Rule};

/// Steps of every run that is not a preset.
const STEPS: u64 = 10_000;

/// A row of a table: ten runs of one configuration.
pub struct Row {
    pub law: Toy,
    pub name: &'static str,
    pub config: Config,
    /// What was published under the same protocol with other networks: modes, share within 3 sigma, reverse KL.
    pub published: &'static str,
}

/// The presets, as `fenchel train ring8` and `fenchel train grid25` play them.
pub fn presets() -> Vec<Row> {
    let row = |law, name, config| Row { law, name, config, published: "" };
    vec![row(Toy::ring8(), "preset ring8", Config::ring8()), row(Toy::grid25(), "preset grid25", Config::grid25())]
}

/// The same networks, batch and steps for each; what differs is the objective, with the rates and what its paper adds to it.
pub fn objectives() -> Vec<Row> {
    let plain = Config {
        penalty: Penalty::None,
        generator_hidden: Layers::leaky(&[64; 2]),
        discriminator_hidden: Layers::leaky(&[64; 2]),
        steps: STEPS,
        ..Config::plain()
    };
    let with = |objective: Objective| Config { objective, ..plain.clone() };
    let named = |objective: &str| with(objective.parse().expect("an objective of the library"));
    let critic = |objective: Objective, penalty: Penalty, limit: Limit, rule: Rule| Config {
        objective,
        penalty,
        limit,
        discriminator_steps: 5,
        generator_rule: rule,
        discriminator_rule: rule,
        ..plain.clone()
    };
    let weak = |config: Config| Config { penalty: Penalty::R1(0.001), ..config };
    let pairs = Config {
        generator_hidden: Layers::leaky(&[64; 2]),
        discriminator_hidden: Layers::leaky(&[64; 2]),
        steps: STEPS,
        ..Config::ring8()
    };
    let rates = Rule::adam(1e-3, 0.0, 0.9);
    let methods = [
        ("non-saturating", with(Objective::NonSaturating), "GAN: 6.3±.5, 98.2, .45", "GAN: 17.3±.8, 94.8, .70"),
        ("non-saturating, R1", weak(with(Objective::NonSaturating)), "", ""),
        ("PacGAN2", Config { packed: 2, ..with(Objective::NonSaturating) }, "7.9±.1, 95.6, .07", "23.8±.7, 91.3, .13"),
        ("LSGAN", named("lsgan"), "", ""),
        (
            "WGAN, clipped",
            critic(Objective::Wasserstein, Penalty::None, Limit::Clip(0.1), Rule::rms_prop(5e-4)),
            "",
            "",
        ),
        ("WGAN-GP", critic(Objective::Wasserstein, Penalty::Gradient(0.1), Limit::None, rates), "", ""),
        ("hinge, spectral norm", critic(Objective::Hinge, Penalty::None, Limit::Spectral, rates), "", ""),
        ("f-GAN, KL", weak(named("fgan:kl")), "", ""),
        ("f-GAN, reverse KL", weak(named("fgan:reverse_kl")), "", ""),
        ("f-GAN, Pearson", weak(named("fgan:pearson")), "", ""),
        ("f-GAN, Hellinger", weak(named("fgan:hellinger2")), "", ""),
        ("f-GAN, Jensen-Shannon", weak(named("fgan:jsd")), "", ""),
        (
            "relativistic, R1 + R2, constant",
            Config { rate: Schedule::Constant, strength: Schedule::Constant, ..pairs.clone() },
            "",
            "",
        ),
        ("relativistic, R1 + R2, falling", pairs, "", ""),
    ];
    let laws = [Toy::ring8(), Toy::grid25()];
    let of =
        |k: usize| methods.iter().map(move |(name, config, ring, grid)| (k, *name, config.clone(), [*ring, *grid][k]));
    let rows = (0..laws.len()).flat_map(of);
    rows.map(|(k, name, config, published)| Row { law: laws[k], name, config, published }).collect()
}
