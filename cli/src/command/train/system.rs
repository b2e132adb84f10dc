//! The games that can be trained by name: a line each.

use super::data::{Data, Kind};
use super::playing::{Offered, Playing};
use super::settings::check_keys;
use anyhow::{Context, Result, anyhow, bail};
use fenchel::Error;
use fenchel::gan::{
    Aae, AaeConfig, AcGan, AcGanConfig, Batches, Began, BeganConfig, Checkpoint, Colour, ColourConfig, Config, Cycle,
    CycleConfig, Likelihood, LikelihoodConfig, Limit, MixtureFit, Objective, Penalty, Plain, Semi, SemiConfig, SeqGan,
    SeqGanConfig, Stacked, StackedConfig, Training, Unrolled, UnrolledConfig, Vae, VaeConfig, VaeGan, VaeGanConfig,
};
use serde::Serialize;
use toml::Table;

/// A game in training.
type InTraining = Box<dyn Playing>;

/// A game with the settings that it begins with, under a name.
pub struct System {
    pub name: &'static str,
    /// What it is, in a line.
    pub what: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// Data that it can be played with.
    pub data: &'static str,
    settings: fn(&Data) -> Result<Table>,
    complete: fn(&Table) -> Result<Table>,
    begin: fn(&Table, &mut Data) -> Result<InTraining>,
    resume: fn(&Table, &mut Data, &[u8]) -> Result<InTraining>,
}

/// All of them. The first is the one for those who do not choose.
pub const SYSTEMS: [System; 23] = [
    System::of::<Plain>(
        "plain",
        "whatever the settings say: those that suit the data, or a preset",
        "arXiv:1406.2661",
        |data| table(&data.preset()),
    ),
    plain("minimax", "the original game: the generator minimises ln(1 - D)", "arXiv:1406.2661", |data| {
        quick(Config { objective: Objective::Minimax, penalty: Penalty::None, ..simple(data) })
    }),
    plain("nonsaturating", "the same discriminator; the generator maximises ln D", "arXiv:1406.2661", |data| {
        quick(Config { objective: Objective::NonSaturating, penalty: Penalty::None, ..simple(data) })
    }),
    plain("lsgan", "least squares towards 0 and 1", "arXiv:1611.04076", |data| {
        quick(Config { objective: "lsgan".parse()?, penalty: Penalty::None, ..simple(data) })
    }),
    plain("wgan", "a critic whose weights are clipped, five steps to one", "arXiv:1701.07875", |data| {
        let limit = Limit::Clip(0.01);
        quick(Config {
            objective: Objective::Wasserstein,
            penalty: Penalty::None,
            limit,
            discriminator_steps: 5,
            ..simple(data)
        })
    }),
    plain("wgan_gp", "a critic with a penalty on its slope, five steps to one", "arXiv:1704.00028", |data| {
        let penalty = Penalty::Gradient(10.0);
        quick(Config { objective: Objective::Wasserstein, penalty, discriminator_steps: 5, ..simple(data) })
    }),
    plain("sngan", "hinge losses, and a discriminator of slope 1 by its spectral norms", "arXiv:1802.05957", |data| {
        quick(Config { objective: Objective::Hinge, penalty: Penalty::None, limit: Limit::Spectral, ..simple(data) })
    }),
    plain("r1", "non-saturating, with a penalty on the slope at real samples", "arXiv:1801.04406", |data| {
        quick(Config { objective: Objective::NonSaturating, penalty: Penalty::R1(0.1), ..simple(data) })
    }),
    plain("pacgan", "non-saturating; the discriminator judges two samples together", "arXiv:1712.04086", |data| {
        quick(Config { objective: Objective::NonSaturating, penalty: Penalty::None, packed: 2, ..even(simple(data)) })
    }),
    plain("r3gan", "relativistic pairs with penalties at real and at generated samples", "arXiv:2501.05441", |data| {
        quick(Config { objective: Objective::Relativistic, penalty: Penalty::R1R2(0.1), ..simple(data) })
    }),
    System::of::<AcGan>(
        "acgan",
        "the generator is told a class, and the discriminator names it; for data with classes",
        "arXiv:1610.09585",
        |data| match data.kind() {
            Kind::Pictures(_) => table(&AcGanConfig::pictures()),
            Kind::Toy(_) | Kind::Table => table(&AcGanConfig::default()),
        },
    ),
    System::of::<Semi>(
        "semi",
        "the discriminator names classes, of which it is shown few samples of each; for data with classes",
        "arXiv:1606.03498",
        |data| match data.kind() {
            Kind::Pictures(_) => table(&SemiConfig::pictures()),
            Kind::Toy(_) | Kind::Table => table(&SemiConfig::default()),
        },
    ),
    System::of::<Stacked>(
        "stackgan",
        "images of a class in two stages, small ones first; for square images with classes",
        "arXiv:1612.03242",
        |_| table(&StackedConfig::default()),
    )
    .on("digits"),
    System::of::<Colour>(
        "colour",
        "colours for grey images, with hints of some; for images of three planes, lightness and chroma",
        "arXiv:1611.07004",
        |_| table(&ColourConfig::default()),
    )
    .on("painted"),
    System::of::<Began>(
        "began",
        "an autoencoder judges samples by how well it returns them, in a balance",
        "arXiv:1703.10717",
        |_| table(&BeganConfig::default()),
    ),
    System::of::<Vae>("vae", "encoder and decoder raise a bound of the likelihood", "arXiv:1312.6114", |data| {
        table(&VaeConfig { latent: codes(data), ..VaeConfig::default() })
    }),
    System::of::<Aae>(
        "aae",
        "an autoencoder whose codes a discriminator holds to the normal law",
        "arXiv:1511.05644",
        |data| table(&AaeConfig { latent: codes(data), ..AaeConfig::default() }),
    ),
    System::of::<VaeGan>(
        "vae_gan",
        "an autoencoder whose errors are measured in what a discriminator sees",
        "arXiv:1512.09300",
        |data| table(&VaeGanConfig { latent: codes(data), ..VaeGanConfig::default() }),
    ),
    System::of::<Cycle>(
        "cyclegan",
        "two generators translate between the data and their mirror image without pairs, there and back",
        "arXiv:1703.10593",
        // the mirror image is far from the identity
        |_| table(&CycleConfig { residual: 0.0, ..CycleConfig::default() }),
    ),
    System::of::<SeqGan>(
        "seqgan",
        "a discriminator judges pairs of sentences; for permutation and sentences",
        "arXiv:1609.05473",
        |_| table(&SeqGanConfig::default()),
    )
    .on("permutation"),
    System::of::<Unrolled>(
        "unrolled",
        "the generator sees the discriminator five steps ahead",
        "arXiv:1611.02163",
        |_| table(&UnrolledConfig::default()),
    ),
    System::of::<Likelihood>(
        "likelihood",
        "a mixture of Gaussians by maximum likelihood, which covers; --set fit=gradient for gradients",
        "arXiv:0712.4273",
        |data| table(&mixture(data, MixtureFit::Em)),
    ),
    System::of::<Likelihood>(
        "reverse_kl",
        "the same mixture by the reverse divergence, which seeks; for ring8 and grid25",
        "arXiv:1606.00709",
        |data| table(&mixture(data, MixtureFit::Reverse)),
    ),
];

/// Dimension of codes.
fn codes(data: &Data) -> usize {
    match data.kind() {
        Kind::Toy(_) => 2,
        Kind::Pictures(_) | Kind::Table => 16,
    }
}

/// A component for each mode, or 25.
fn mixture(data: &Data, fit: MixtureFit) -> LikelihoodConfig {
    let modes = match data.kind() {
        Kind::Toy(toy) => toy.centres().nrows(),
        Kind::Pictures(_) | Kind::Table => 0,
    };
    LikelihoodConfig { fit, components: if modes > 0 { modes } else { 25 }, ..LikelihoodConfig::default() }
}

/// The plain game with the settings of a paper.
const fn plain(
    name: &'static str,
    what: &'static str,
    source: &'static str,
    settings: fn(&Data) -> Result<Table>,
) -> System {
    System::of::<Plain>(name, what, source, settings)
}

/// These settings with batches that are faster for their penalty.
fn quick(config: Config) -> Result<Table> {
    table(&Config { batches: Batches::faster(config.penalty, &config.discriminator_hidden), ..config })
}

/// The plain game at constant rates, with networks that suit the data.
fn simple(data: &Data) -> Config {
    match data.kind() {
        Kind::Toy(_) => Config::plain(),
        Kind::Pictures(_) | Kind::Table => data.preset(),
    }
}

/// The same with a batch that can be halved.
fn even(config: Config) -> Config {
    Config { batch: (config.batch / 2 * 2).max(2), ..config }
}

/// Settings as a table, which is what options and files change.
pub fn table(config: &impl Serialize) -> Result<Table> {
    Ok(Table::try_from(config)?)
}

impl System {
    const fn of<G: Offered>(
        name: &'static str,
        what: &'static str,
        source: &'static str,
        settings: fn(&Data) -> Result<Table>,
    ) -> Self {
        Self {
            name,
            what,
            source,
            data: "ring8",
            settings,
            complete: complete::<G>,
            begin: begin::<G>,
            resume: resume::<G>,
        }
    }

    /// The same, for data of another kind.
    const fn on(self, data: &'static str) -> Self {
        Self { data, ..self }
    }

    /// The one of this name.
    pub fn named(name: &str) -> fenchel::Result<&'static Self> {
        SYSTEMS.iter().find(|system| system.name == name).ok_or_else(|| {
            let names: Vec<&str> = SYSTEMS.iter().map(|system| system.name).collect();
            Error::unknown_name("game", name, names.join(", "))
        })
    }

    /// The settings that it begins with on these data.
    pub fn settings(&self, data: &Data) -> Result<Table> {
        (self.settings)(data)
    }

    /// Settings as the game understands them, in its order. Refused if they are not of this game.
    pub fn complete(&self, settings: &Table) -> Result<Table> {
        (self.complete)(settings)
    }

    /// Checks that the game has all these settings, but for the numbers of an optimiser, which depend on which it is.
    pub fn knows(&self, settings: &Table) -> Result<()> {
        fn each(given: &Table, expected: &Table) -> Result<()> {
            check_keys(given, &expected.keys().collect::<Vec<_>>())?;
            for (key, value) in given {
                let parts = value.as_table().zip(expected.get(key).and_then(toml::Value::as_table));
                if let (Some((inner, expected)), false) = (parts, key.ends_with("rule")) {
                    each(inner, expected)?;
                }
            }
            Ok(())
        }
        each(settings, &self.settings(&Data::load(self.data, 0)?)?)
    }

    /// New players.
    pub fn begin(&self, settings: &Table, data: &mut Data) -> Result<InTraining> {
        if let Some(batch) = settings.get("batch").and_then(|batch| usize::try_from(batch.as_integer()?).ok()) {
            data.holds_batch(batch)?;
        }
        (self.begin)(settings, data)
    }

    /// The players of a checkpoint.
    pub fn resume(&self, settings: &Table, data: &mut Data, checkpoint: &[u8]) -> Result<InTraining> {
        (self.resume)(settings, data, checkpoint)
    }
}

fn config_of<G: Offered>(settings: &Table) -> Result<G::Config> {
    // its message has lines
    settings.clone().try_into().map_err(|error| anyhow!("{}", error.to_string().trim_end().replace('\n', " ")))
}

fn complete<G: Offered>(settings: &Table) -> Result<Table> {
    table(&config_of::<G>(settings)?)
}

fn begin<G: Offered>(settings: &Table, data: &mut Data) -> Result<InTraining> {
    Ok(Box::new(Training::<G>::new(config_of::<G>(settings)?, G::source(data)?)?))
}

fn resume<G: Offered>(settings: &Table, data: &mut Data, checkpoint: &[u8]) -> Result<InTraining> {
    let read: Checkpoint<G> = serde_json::from_slice(checkpoint)
        .context("it is damaged, of another game, or of another version of fenchel")?;
    if read.config() != &config_of::<G>(settings)? {
        bail!("it is of another run: its configuration is not that of config.json");
    }
    Ok(Box::new(Training::resume(read, G::source(data)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::train::settings::is_scheduled;

    #[test]
    fn every_system_begins_on_its_data() {
        for system in &SYSTEMS {
            let mut data = Data::load(system.data, 0).unwrap();
            let columns = data.held_out().points().ncols();
            let mut settings = system.settings(&data).unwrap();
            data.lower_batch(&mut settings);
            for key in ["steps", "seed", "batch"] {
                assert!(settings.contains_key(key), "{}: {key}", system.name);
            }
            let mut game = system.begin(&settings, &mut data).unwrap();
            let told = game.step().expect("finite losses");
            assert!(told.iter().any(|(name, _)| name.ends_with("loss")), "{}", system.name);
            assert_eq!(game.generate(3).dim(), (3, columns));
            assert!(system.source.starts_with("arXiv:") && !system.what.is_empty());
        }
    }

    #[test]
    fn schedules_are_seen_in_the_settings_as_in_the_configuration() {
        for (name, _) in Config::PRESETS {
            let config = Config::preset(name).unwrap();
            let noisy = Config { instance_noise: 0.1, ..config.clone() };
            for config in [config, noisy] {
                assert_eq!(is_scheduled(&table(&config).unwrap()), config.is_scheduled(), "{name}");
            }
        }
        assert!(!is_scheduled(&table(&BeganConfig::default()).unwrap()));
    }
}
