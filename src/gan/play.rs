//! The loop: it plays any [`Game`] and names none.
//!
//! A game is its players, its data and one round. Whatever else it remembers is a field of the game, and so is in the
//! [`Checkpoint`], which is the game with the number of rounds and the positions in the random streams.

use super::failure::Failure;
use super::player::{MOST_STEPS, Trained};
use super::streams::Streams;
use crate::error::{Error, Result};
use crate::nn::Tape;
use crate::status::Status;
use std::fmt;
use std::ops::ControlFlow;

/// Steps between two copies of the state to fall back on.
const KEEP_EVERY: u64 = 100;

/// All that a new variant of adversarial training has to say.
pub trait Game: Clone {
    /// What determines a run, together with the data.
    type Config: Clone;
    /// Where real samples come from: a source, a labelled one, a pair of them.
    type Data;
    /// What a round tells: its losses, computed before the players moved.
    type Record;

    /// New players for the data.
    ///
    /// # Errors
    /// A configuration that makes no sense, or not with these data.
    fn new(config: Self::Config, data: &Self::Data) -> Result<Self>;

    /// The configuration.
    fn config(&self) -> &Self::Config;

    /// The seed of all random numbers of the run.
    fn seed(&self) -> u64;

    /// All players.
    fn players(&self) -> Vec<&dyn Trained>;

    /// One round. None if a loss or a gradient is not finite.
    fn round(&mut self, data: &Self::Data, turn: &mut Turn<'_>) -> Option<Self::Record>;

    /// Checks that a game that was read from a file agrees with its configuration and fits the data, as those of the library do.
    /// The players have then been checked for themselves. Unless this is written, nothing more is checked.
    ///
    /// # Errors
    /// A contradiction.
    fn validate(&self, _data: &Self::Data) -> Result<()> {
        Ok(())
    }
}

/// What a game has to play a round with.
#[derive(Debug)]
pub struct Turn<'a> {
    /// Rounds played before this one.
    pub step: u64,
    tape: &'a mut Tape<f32>,
    streams: &'a mut Streams,
}

impl Turn<'_> {
    /// An empty tape, which keeps its memory from step to step, and the random streams.
    pub fn fresh(&mut self) -> (&Tape<f32>, &mut Streams) {
        self.tape.clear();
        (self.tape, self.streams)
    }

    /// How much of a run of so many rounds is over, from 0 to 1.
    #[must_use]
    pub fn progress(&self, rounds: u64) -> f64 {
        (self.step as f64 / rounds as f64).min(1.0)
    }
}

/// A run as it stands.
///
/// It is a value, with `serde` behind the feature of that name. Write it in any format that keeps `f32` and `f64` exactly,
/// as JSON with shortest round-trip numbers does. [`Training::resume`] continues from it to the same bits.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Checkpoint<G> {
    steps: u64,
    streams: Streams,
    game: G,
}

impl<G> Checkpoint<G> {
    /// Rounds played.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The game, with its players.
    #[must_use]
    pub fn game(&self) -> &G {
        &self.game
    }
}

impl<G: Game> Checkpoint<G> {
    /// What determines the run.
    #[must_use]
    pub fn config(&self) -> &G::Config {
        self.game.config()
    }

    /// Whether all weights are finite, checked every [`KEEP_EVERY`] steps only, because the losses of each step show most
    /// failures.
    fn is_finite_where_it_counts(&self) -> bool {
        !self.steps.is_multiple_of(KEEP_EVERY) || self.game.players().iter().all(|player| player.is_finite())
    }
}

/// A game in training.
///
/// ```
/// use fenchel::gan::{Config, Gan, Toy}; // `Gan` is `Training<Plain>`
/// let config = Config { batch: 8, ..Config::plain() };
/// let mut whole = Gan::new(config.clone(), Toy::ring8())?;
/// (0..6).for_each(|_| drop(whole.step()));
/// let mut first = Gan::new(config, Toy::ring8())?;
/// (0..2).for_each(|_| drop(first.step()));
/// let mut second = Gan::resume(first.checkpoint(), Toy::ring8())?;
/// (0..4).for_each(|_| drop(second.step()));
/// assert_eq!(second.checkpoint(), whole.checkpoint());
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// The loop belongs to the caller, through [`step`](Self::step), or runs through [`train`](Self::train).
pub struct Training<G: Game> {
    data: G::Data,
    state: Checkpoint<G>,
    /// The state of at most [`KEEP_EVERY`] steps ago.
    good: Checkpoint<G>,
    diverged: Option<u64>,
    failure: Option<Failure>,
    tape: Tape<f32>,
}

impl<G: Game> Training<G> {
    /// New players for the data.
    ///
    /// # Errors
    /// As the game's own [`Game::new`].
    pub fn new(config: G::Config, data: impl Into<G::Data>) -> Result<Self> {
        let data = data.into();
        let game = G::new(config, &data)?;
        let state = Checkpoint { steps: 0, streams: Streams::new(game.seed()), game };
        Ok(Self::in_state(state, data))
    }

    /// Continues from a checkpoint.
    ///
    /// With the same data the bits are those of a run that was never interrupted, as long as training stays finite.
    /// Both runs also diverge at the same step. But a checkpoint does not hold the state that the original run would
    /// fall back on. So until the next multiple of 100 steps a resumed run falls back on its checkpoint.
    ///
    /// # Errors
    /// Data that do not fit the checkpoint; a checkpoint that contradicts itself.
    pub fn resume(checkpoint: Checkpoint<G>, data: impl Into<G::Data>) -> Result<Self> {
        let data = data.into();
        if checkpoint.steps > MOST_STEPS {
            return Err(Error::infeasible("the checkpoint", "it counts more steps than can be taken"));
        }
        checkpoint.streams.validate(checkpoint.game.seed())?;
        checkpoint.game.players().iter().try_for_each(|player| player.validate())?;
        checkpoint.game.validate(&data)?;
        Ok(Self::in_state(checkpoint, data))
    }

    fn in_state(state: Checkpoint<G>, data: G::Data) -> Self {
        Self { data, good: state.clone(), state, diverged: None, failure: None, tape: Tape::new() }
    }

    /// One round.
    ///
    /// None once training has diverged, that is, a loss, a gradient or a weight is not finite; weights are checked
    /// every 100 steps. The networks are then those of the last good state, at most 100 steps before.
    pub fn step(&mut self) -> Option<G::Record> {
        if self.diverged.is_some() {
            return None;
        }
        let record = self.at_turn(G::round);
        self.state.steps += u64::from(record.is_some());
        if record.is_none() || !self.state.is_finite_where_it_counts() {
            self.diverged = Some(self.state.steps);
            let fault = self.tape.fault().filter(|_| record.is_none());
            self.failure = Failure::of(self.state.steps, &self.state.game.players(), fault);
            self.state = self.good.clone();
            return None;
        }
        if self.state.steps.is_multiple_of(KEEP_EVERY) {
            self.good.clone_from(&self.state);
        }
        record
    }

    /// A part of a round, which is not counted.
    pub(super) fn at_turn<R>(&mut self, part: impl FnOnce(&mut G, &G::Data, &mut Turn<'_>) -> R) -> R {
        let Checkpoint { steps, streams, game } = &mut self.state;
        part(game, &self.data, &mut Turn { step: *steps, tape: &mut self.tape, streams })
    }

    /// Plays until `steps` rounds are played in all, including those before a checkpoint.
    ///
    /// Each round is passed to `observe`, which may stop the run.
    ///
    /// Returns [`Status::IterationLimit`] when the rounds are played, and [`Status::Interrupted`] when `observe` stopped
    /// the run. Returns [`Status::Diverged`] when a loss, a gradient or a weight was not finite; for the state then
    /// kept see [`step`](Self::step).
    pub fn train(&mut self, steps: u64, mut observe: impl FnMut(&G::Record) -> ControlFlow<()>) -> Status {
        while self.state.steps < steps {
            match self.step() {
                None => return Status::Diverged,
                Some(record) if observe(&record).is_break() => return Status::Interrupted,
                Some(_) => {}
            }
        }
        Status::IterationLimit
    }

    /// The whole state, to be written down.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint<G> {
        self.state.clone()
    }

    /// Rounds played.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// The step at which a loss, a gradient or a weight was not finite, if there was one. [`steps`](Self::steps) is
    /// then the step of the state that was kept.
    #[must_use]
    pub fn diverged_at(&self) -> Option<u64> {
        self.diverged
    }

    /// Which player could not move when training diverged, and why. None too where a game of one's own asks its players past
    /// [`Player::gradients`](super::Player::gradients).
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// The game, with its players.
    #[must_use]
    pub fn game(&self) -> &G {
        &self.state.game
    }

    /// The data that it is played with.
    #[must_use]
    pub fn data(&self) -> &G::Data {
        &self.data
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &G::Config {
        self.state.game.config()
    }
}

impl<G: Game> fmt::Debug for Training<G>
where
    G::Config: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Training")
            .field("config", self.config())
            .field("steps", &self.state.steps)
            .field("diverged", &self.diverged)
            .finish_non_exhaustive()
    }
}
