//! What a program needs to know of a game to train it by name: what its rounds tell, and its samples.

use super::play::Game;
use super::value::GameValue;
use ndarray::{Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;

/// A game whose generator makes samples of the data.
///
/// ```
/// use fenchel::gan::{Began, BeganConfig, Generative, Toy, Training};
/// fn first_round<G: Generative>(run: &mut Training<G>) -> Vec<(&'static str, f64)> {
///     run.step().map(|record| G::told(&record)).unwrap_or_default()
/// }
/// let mut run = Training::<Began>::new(BeganConfig::default(), Toy::ring8())?;
/// assert_eq!(first_round(&mut run)[0].0, "real_loss");
/// let samples = run.game().samples(run.data(), 10, &mut fenchel::numeric::stream(0, 0));
/// assert_eq!(samples.dim(), (10, 2));
/// # Ok::<(), fenchel::Error>(())
/// ```
pub trait Generative: Game {
    /// Names of the players, in the order of [`Game::players`].
    const PLAYERS: &'static [&'static str] = &["generator", "discriminator"];

    /// What a round tells, by name: the players' losses, whose names end in `loss`, and what else is worth a curve.
    fn told(record: &Self::Record) -> Vec<(&'static str, f64)>;

    /// `n` samples, one a row, in the data's own units; of the averaged weights if the run keeps an average.
    fn samples(&self, data: &Self::Data, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64>;

    /// What the discriminator proves on real and generated samples. None unless this is written: not every game has a
    /// discriminator that proves a bound.
    fn value_on(
        &self,
        _data: &Self::Data,
        _real: ArrayView2<'_, f64>,
        _fake: ArrayView2<'_, f64>,
    ) -> Option<GameValue> {
        None
    }
}
