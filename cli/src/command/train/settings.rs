//! The settings of the game on the command line, which change those of a preset or of a file.

use crate::names;
use anyhow::Result;
use clap::Args;
use fenchel::gan::{Batches, Config, Limit, Moves, Objective, Penalty};

/// What the players are and how they play.
#[derive(Args)]
pub struct Settings {
    /// Losses of the two players; wgan brings the penalty gp:10 unless --penalty or --limit says otherwise [default: by the preset]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    objective: Option<String>,
    /// Penalty on the slope of the discriminator; a strength may follow a colon [default: by the preset]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    penalty: Option<String>,
    /// Limit on the discriminator's weights, in place of the preset's penalty unless --penalty is given too [default: by the preset]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    limit: Option<String>,
    /// A penalty or a limit, in place of both of the preset's: how both were asked for once
    #[arg(long, value_name = "NAME", hide = true, conflicts_with_all = ["penalty", "limit", "resume"])]
    constraint: Option<String>,
    /// Samples of each kind a step
    #[arg(long, value_name = "ROWS", conflicts_with = "resume")]
    batch: Option<usize>,
    /// Dimension of the generator's noise
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    latent: Option<usize>,
    /// Initial step length of both optimisers
    #[arg(long, value_name = "RATE", conflicts_with = "resume")]
    rate: Option<f64>,
    /// Initial step length of the generator's optimiser
    #[arg(long, value_name = "RATE", conflicts_with = "resume")]
    generator_rate: Option<f64>,
    /// Initial step length of the discriminator's optimiser
    #[arg(long, value_name = "RATE", conflicts_with = "resume")]
    discriminator_rate: Option<f64>,
    /// Largest length of either player's gradient [default: any]
    #[arg(long, value_name = "LENGTH", conflicts_with = "resume")]
    clip_gradients: Option<f64>,
    /// Hidden layers of the generator, such as 64,64 or "128 lrelu, 64 tanh"; with convolutions, "2x2x64 batch relu, up 32 4/2 batch relu,
    /// up 1 4/2 tanh"
    #[arg(long, value_name = "LAYERS", conflicts_with = "resume")]
    generator: Option<String>,
    /// Hidden layers of the discriminator; with convolutions, "conv 32 4/2, conv 64 4/2 batch"
    #[arg(long, value_name = "LAYERS", conflicts_with = "resume")]
    discriminator: Option<String>,
    /// Steps of the discriminator in a step of the game
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    critic_steps: Option<usize>,
    /// Steps of the generator in a step of the game
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    generator_steps: Option<usize>,
    /// Both players move at once, not in turn
    #[arg(long, conflicts_with = "resume")]
    simultaneous: bool,
    /// Real and generated samples come before the discriminator in one batch (mixed) or in one each (separate) [default: the
    /// faster one for the penalty]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    batches: Option<String>,
    /// Samples that the discriminator judges together (PacGAN)
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    packed: Option<usize>,
    /// With which probability the discriminator's loss takes a real sample for real: .9 is one-sided label smoothing
    #[arg(long, value_name = "P", conflicts_with = "resume")]
    real_label: Option<f64>,
    /// The same for a generated sample: with .1 beside it smoothing is two-sided
    #[arg(long, value_name = "P", conflicts_with = "resume")]
    fake_label: Option<f64>,
    /// Deviation of the noise that is added to all samples before the discriminator sees them; it falls to zero over the run
    #[arg(long, value_name = "SIGMA", conflicts_with = "resume")]
    instance_noise: Option<f64>,
    /// How that noise changes over the run: constant, linear, cosine or geometric:RATIO [default: linear]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    noise_schedule: Option<String>,
}

impl Settings {
    /// The settings that the options make of others.
    pub fn on(&self, mut config: Config) -> Result<Config> {
        // a preset that takes the slower way has its reason
        let by_speed = config.batches == Batches::faster(config.penalty);
        self.losses(&mut config)?;
        if by_speed {
            config.batches = Batches::faster(config.penalty);
        }
        if let Some(name) = &self.batches {
            config.batches = names::parse(name, str::parse)?;
        }
        let optional = |number: &mut usize, given: Option<usize>| *number = given.unwrap_or(*number);
        optional(&mut config.batch, self.batch);
        optional(&mut config.latent, self.latent);
        optional(&mut config.discriminator_steps, self.critic_steps);
        optional(&mut config.generator_steps, self.generator_steps);
        optional(&mut config.packed, self.packed);
        if self.simultaneous {
            config.moves = Moves::Simultaneous;
        }
        for (layers, given) in
            [(&mut config.generator_hidden, &self.generator), (&mut config.discriminator_hidden, &self.discriminator)]
        {
            if let Some(text) = given {
                *layers = text.parse()?;
            }
        }
        for (rule, given) in [
            (&mut config.generator_rule, self.generator_rate.or(self.rate)),
            (&mut config.discriminator_rule, self.discriminator_rate.or(self.rate)),
        ] {
            *rule = given.map_or(*rule, |rate| rule.with_rate(rate));
        }
        config.clipping = self.clip_gradients.or(config.clipping);
        config.real_label = self.real_label.unwrap_or(config.real_label);
        config.fake_label = self.fake_label.unwrap_or(config.fake_label);
        config.instance_noise = self.instance_noise.unwrap_or(config.instance_noise);
        if let Some(name) = &self.noise_schedule {
            config.noise_schedule = names::parse(name, str::parse)?;
        }
        Ok(config)
    }

    fn losses(&self, config: &mut Config) -> Result<()> {
        if let Some(limit) = &self.limit {
            config.limit = names::parse(limit, str::parse)?;
        }
        if let Some(objective) = &self.objective {
            config.objective = names::parse(objective, str::parse)?;
            if config.objective == Objective::Wasserstein && config.limit == Limit::None {
                config.penalty = Penalty::Gradient(10.0); // a critic without slope limit proves nothing
            }
        }
        if self.limit.is_some() && config.limit != Limit::None {
            config.penalty = Penalty::None;
        }
        if let Some(penalty) = &self.penalty {
            config.penalty = names::parse(penalty, str::parse)?;
        }
        if let Some(name) = &self.constraint {
            (config.limit, config.penalty) = match names::parse::<Limit>(name, str::parse) {
                Ok(limit) => (limit, Penalty::None),
                Err(_) => (Limit::None, names::parse(name, str::parse)?),
            };
        }
        Ok(())
    }
}
