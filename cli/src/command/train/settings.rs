//! The settings of the game on the command line, which change those of a preset or of a file.

use crate::names;
use anyhow::{Context, Result, bail};
use clap::Args;
use fenchel::Error;
use fenchel::gan::{Batches, Limit, Objective, Penalty, Schedule};
use fenchel::nn::{Layers, Rule};
use std::fmt::Display;
use toml::{Table, Value};

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
    /// Any setting of config.toml by its name there, such as learning.averaging=0.99; can be given again
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "resume")]
    set: Vec<String>,
}

/// Settings that may be left out.
const OPTIONAL: [&str; 2] = ["clipping", "averaging"];

impl Settings {
    /// The settings of a game that the options make of others.
    pub fn on(&self, mut game: Table) -> Result<Table> {
        // settings that take the slower way have their reason
        let by_speed = game.get("batches").is_some_and(|batches| Some(batches) == faster(&game).as_ref());
        self.losses(&mut game)?;
        self.numbers(&mut game)?;
        for (option, keys, given) in [
            ("--generator", ["generator_hidden", "generator", "hidden"], &self.generator),
            ("--discriminator", ["discriminator_hidden", "autoencoder", "hidden"], &self.discriminator),
        ] {
            if let Some(text) = given {
                *place(&mut game, option, &keys)? = Value::String(text.parse::<Layers>()?.to_string());
            }
        }
        if let Some(batches) = faster(&game).filter(|_| by_speed) {
            game.insert("batches".to_owned(), batches);
        }
        if let Some(name) = &self.batches {
            *place(&mut game, "--batches", &["batches"])? =
                Value::try_from(names::parse::<Batches>(name, str::parse)?)?;
        }
        for (option, keys, rate) in [
            ("--rate", &["generator_rule", "learning.rule"][..], self.rate),
            ("--rate", &["discriminator_rule", "learning.rule"], self.rate),
            ("--generator-rate", &["generator_rule"], self.generator_rate),
            ("--discriminator-rate", &["discriminator_rule"], self.discriminator_rate),
        ] {
            if let Some(rate) = rate {
                let rule = place(&mut game, option, keys)?;
                *rule = Value::try_from(rule.clone().try_into::<Rule>()?.with_rate(rate))?;
            }
        }
        for setting in &self.set {
            let (key, value) = setting
                .split_once('=')
                .with_context(|| format!("--set {setting}: write KEY=VALUE, such as --set batch=64"))?;
            match key.trim() {
                "seed" => bail!("--set {setting}: --seed N sets the seed, since the data are drawn with it too"),
                "steps" => bail!("--set {setting}: --steps N sets the steps of the run and those of the game"),
                _ => {}
            }
            let value = value.trim();
            // what is no number and no truth value is a word, with or without quotes
            let read = format!("x = {value}").parse::<Table>().ok().and_then(|mut read| read.remove("x"));
            *place(&mut game, "--set", &[key.trim()])? = read.unwrap_or_else(|| Value::String(value.to_owned()));
        }
        Ok(game)
    }

    fn numbers(&self, game: &mut Table) -> Result<()> {
        let counts = [
            ("--batch", "batch", self.batch),
            ("--latent", "latent", self.latent),
            ("--critic-steps", "discriminator_steps", self.critic_steps),
            ("--generator-steps", "generator_steps", self.generator_steps),
            ("--packed", "packed", self.packed),
        ];
        for (option, key, given) in counts {
            if let Some(count) = given {
                // larger ones are refused by the game as they would be in a file
                *place(game, option, &[key])? = Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        let amounts = [
            ("--clip-gradients", &["clipping", "learning.clipping"][..], self.clip_gradients),
            ("--real-label", &["real_label"], self.real_label),
            ("--fake-label", &["fake_label"], self.fake_label),
            ("--instance-noise", &["instance_noise"], self.instance_noise),
        ];
        for (option, keys, given) in amounts {
            if let Some(amount) = given {
                *place(game, option, keys)? = Value::Float(amount);
            }
        }
        if self.simultaneous {
            *place(game, "--simultaneous", &["moves"])? = Value::String("simultaneous".to_owned());
        }
        if let Some(name) = &self.noise_schedule {
            *place(game, "--noise-schedule", &["noise_schedule"])? = word(names::parse::<Schedule>(name, str::parse)?);
        }
        Ok(())
    }

    fn losses(&self, game: &mut Table) -> Result<()> {
        let limited = |game: &Table| game.get("limit").is_some_and(|limit| *limit != word(Limit::None));
        if let Some(limit) = &self.limit {
            *place(game, "--limit", &["limit"])? = word(names::parse::<Limit>(limit, str::parse)?);
        }
        if let Some(objective) = &self.objective {
            let objective = names::parse::<Objective>(objective, str::parse)?;
            *place(game, "--objective", &["objective"])? = word(objective);
            if objective == Objective::Wasserstein && !limited(game) {
                // a critic without slope limit proves nothing
                *place(game, "--objective", &["penalty"])? = word(Penalty::Gradient(10.0));
            }
        }
        if self.limit.is_some() && limited(game) {
            *place(game, "--limit", &["penalty"])? = word(Penalty::None);
        }
        if let Some(penalty) = &self.penalty {
            *place(game, "--penalty", &["penalty"])? = word(names::parse::<Penalty>(penalty, str::parse)?);
        }
        if let Some(name) = &self.constraint {
            let (limit, penalty) = match names::parse::<Limit>(name, str::parse) {
                Ok(limit) => (limit, Penalty::None),
                Err(_) => (Limit::None, names::parse(name, str::parse)?),
            };
            *place(game, "--constraint", &["limit"])? = word(limit);
            *place(game, "--constraint", &["penalty"])? = word(penalty);
        }
        Ok(())
    }
}

/// Which batches are faster with the penalty and the discriminator that the settings have.
fn faster(game: &Table) -> Option<Value> {
    let penalty: Penalty = game.get("penalty")?.clone().try_into().ok()?;
    let discriminator: Layers = game.get("discriminator_hidden")?.clone().try_into().ok()?;
    Value::try_from(Batches::faster(penalty, &discriminator)).ok()
}

fn word(value: impl Display) -> Value {
    Value::String(value.to_string())
}

/// Where a setting stands, under the first of the keys that the game has; `a.b` is `b` in the part `a`.
fn place<'g>(game: &'g mut Table, option: &str, keys: &[&str]) -> Result<&'g mut Value> {
    let has = |key: &&&str| {
        let (part, last) = key.rsplit_once('.').map_or((Some(&*game), **key), |(part, last)| (inner(game, part), last));
        part.is_some_and(|part| part.contains_key(last) || OPTIONAL.contains(&last) && part.contains_key("rate"))
    };
    let Some(key) = keys.iter().find(has).copied() else {
        let known = known(game).join(", ");
        let unknown = Error::unknown_name("setting of this game", keys[0], known);
        return Err(anyhow::Error::from(unknown).context(option.to_owned()));
    };
    let mut parts: Vec<&str> = key.split('.').collect();
    let last = parts.pop().unwrap_or_default();
    let mut table = game;
    for part in parts {
        table = table.get_mut(part).and_then(Value::as_table_mut).context("a part that was found")?;
    }
    Ok(table.entry(last).or_insert(Value::Float(0.0)))
}

/// The part of a table with this name; `a.b` is the part `b` of the part `a`.
fn inner<'g>(game: &'g Table, name: &str) -> Option<&'g Table> {
    name.split('.').try_fold(game, |table, part| table.get(part)?.as_table())
}

/// The settings of a game by name.
fn known(game: &Table) -> Vec<String> {
    let of = |(key, value): (&String, &Value)| match value.as_table() {
        Some(part) => known(part).into_iter().map(|inner| format!("{key}.{inner}")).collect(),
        None => vec![key.clone()],
    };
    game.iter().flat_map(of).collect()
}

/// Whether rates, strengths or noise change over a run with these settings, so that it has an end that was planned.
pub fn is_scheduled(game: &Table) -> bool {
    let changes = |key: &str| game.get(key).and_then(Value::as_str).is_some_and(|schedule| schedule != "constant");
    let noisy = game.get("instance_noise").and_then(Value::as_float).is_some_and(|deviation| deviation > 0.0);
    let parts = game.values().filter_map(Value::as_table);
    changes("rate") || changes("strength") || noisy && changes("noise_schedule") || parts.into_iter().any(is_scheduled)
}

/// Checks that all keys are among those that are expected.
pub fn check_keys<S: AsRef<str>>(given: &Table, expected: &[S]) -> Result<()> {
    match given
        .keys()
        .find(|key| !expected.iter().any(|known| known.as_ref() == *key) && !OPTIONAL.contains(&key.as_str()))
    {
        Some(key) => {
            let names: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
            Err(Error::unknown_name("key", key, names.join(", ")).into())
        }
        None => Ok(()),
    }
}
