//! A game in training, whichever it is.

use super::data::Data;
use fenchel::gan::{GameValue, Generative, Known, Labelled, NotFinite, Phrases, Scaled, Training, Unpaired};
use fenchel::numeric::stream;
use fenchel::record::Run;
use ndarray::{Array2, ArrayView2};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The random stream under the run's seed that samples are drawn with, apart from those of the game itself.
const GENERATED: u64 = 102;

/// What a round told, by name.
pub type Told = Vec<(&'static str, f64)>;

/// A player's name, and its weights in the order of its network.
pub type Weights<'a> = (&'static str, Vec<&'a Array2<f32>>);

/// A game in training.
pub trait Playing {
    /// One round; none once training has diverged.
    fn step(&mut self) -> Option<Told>;
    /// Rounds played.
    fn steps(&self) -> u64;
    /// The seed of the run.
    fn seed(&self) -> u64;
    /// What a generator's outputs are multiplied by.
    fn unit(&self) -> f64;
    /// Samples in units of the source. The same noise every time: samples of two steps differ by the generator alone.
    fn generate(&self, n: usize) -> Array2<f64>;
    /// What the discriminator proves on samples as the networks see them.
    fn value(&self, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> Option<GameValue>;
    /// The players, averaged weights where the run keeps an average.
    fn players(&self) -> Vec<Weights<'_>>;
    /// Why training diverged, in words; none if it has not.
    fn diagnosis(&self) -> Option<String>;
    /// Writes the whole state.
    fn save(&self, run: &Run, name: &str) -> fenchel::Result<()>;
}

/// A game that can be in the list of systems.
pub trait Offered:
    Generative<Config: PartialEq + Serialize + DeserializeOwned> + Serialize + DeserializeOwned + 'static
{
    /// The data as the game takes them.
    fn source(data: &mut Data) -> fenchel::Result<Self::Data>;
    /// The unit of these data.
    fn unit(data: &Self::Data) -> f64;
}

impl<G> Offered for G
where
    G: Generative<Config: PartialEq + Serialize + DeserializeOwned, Data: FromData>
        + Serialize
        + DeserializeOwned
        + 'static,
{
    fn source(data: &mut Data) -> fenchel::Result<Self::Data> {
        G::Data::from_data(data)
    }

    fn unit(data: &Self::Data) -> f64 {
        data.unit()
    }
}

/// What games play with.
pub trait FromData: Sized {
    fn from_data(data: &mut Data) -> fenchel::Result<Self>;
    fn unit(&self) -> f64;
}

impl FromData for Scaled {
    fn from_data(data: &mut Data) -> fenchel::Result<Self> {
        data.source()
    }

    fn unit(&self) -> f64 {
        self.unit()
    }
}

impl FromData for Scaled<dyn Labelled> {
    fn from_data(data: &mut Data) -> fenchel::Result<Self> {
        data.labelled()
    }

    fn unit(&self) -> f64 {
        self.unit()
    }
}

impl FromData for Known {
    fn from_data(data: &mut Data) -> fenchel::Result<Self> {
        data.known()
    }

    fn unit(&self) -> f64 {
        self.source.unit()
    }
}

impl FromData for Unpaired {
    fn from_data(data: &mut Data) -> fenchel::Result<Self> {
        data.unpaired()
    }

    /// That of the first kind, of which the samples are.
    fn unit(&self) -> f64 {
        self.one.unit()
    }
}

impl FromData for Phrases {
    fn from_data(data: &mut Data) -> fenchel::Result<Self> {
        data.phrases()
    }

    fn unit(&self) -> f64 {
        1.0
    }
}

impl<G: Offered> Playing for Training<G> {
    fn step(&mut self) -> Option<Told> {
        Self::step(self).map(|record| G::told(&record))
    }

    fn steps(&self) -> u64 {
        self.steps()
    }

    fn seed(&self) -> u64 {
        self.game().seed()
    }

    fn unit(&self) -> f64 {
        G::unit(self.data())
    }

    fn generate(&self, n: usize) -> Array2<f64> {
        self.game().samples(self.data(), n, &mut stream(self.game().seed(), GENERATED))
    }

    fn value(&self, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> Option<GameValue> {
        self.game().value_on(self.data(), real, fake)
    }

    fn players(&self) -> Vec<Weights<'_>> {
        G::PLAYERS.iter().copied().zip(self.game().players().into_iter().map(|player| player.best_weights())).collect()
    }

    fn diagnosis(&self) -> Option<String> {
        let step = self.diverged_at()?;
        let Some(failure) = self.failure() else {
            return Some(format!("a loss or gradient was not finite after step {step}"));
        };
        let named = |player: usize| G::PLAYERS.get(player).copied().unwrap_or("player");
        let name = named(failure.player);
        let players = self.players();
        let place = |player: usize, parameter: usize| {
            let layers = players.get(player).map(|(_, weights)| layered(weights)).unwrap_or_default();
            let (layer, what) = layers.get(parameter).copied().unwrap_or_default();
            format!("{what} of layer {}", layer + 1)
        };
        let what = match failure.what {
            NotFinite::Loss => format!("the loss of the {name} was not finite"),
            NotFinite::Gradient(k) => {
                format!("the loss of the {name} was finite, its gradient by the {} was not", place(failure.player, k))
            }
            NotFinite::Weight(k) => format!("the {} of the {name} was not finite", place(failure.player, k)),
        };
        Some(format!(
            "{what} after step {step}; the largest weight was then {:.1e}, in the {} of the {}",
            failure.size,
            place(failure.largest.0, failure.largest.1),
            named(failure.largest.0)
        ))
    }

    fn save(&self, run: &Run, name: &str) -> fenchel::Result<()> {
        run.save_json(name, &self.checkpoint())
    }
}

/// Which layer each parameter belongs to, counted from 0, and what it is there: layers have a weight, a bias as long as the weight is
/// wide, and a gain where they are normalised.
pub fn layered(weights: &[&Array2<f32>]) -> Vec<(usize, &'static str)> {
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    let mut width = 0;
    for weight in weights {
        let is_row = weight.nrows() == 1 && weight.ncols() == width;
        let next = match found.last() {
            Some(&(layer, "weight")) if is_row => (layer, "bias"),
            // a row of one number begins a layer as well
            Some(&(layer, "bias")) if is_row && width > 1 => (layer, "gain"),
            Some(&(layer, _)) => (layer + 1, "weight"),
            None => (0, "weight"),
        };
        width = weight.ncols();
        found.push(next);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_put_into_layers_by_their_shapes() {
        let shapes = [(1, 8), (1, 8), (8, 4), (1, 4), (1, 4), (4, 1), (1, 1), (1, 3), (1, 3)];
        let weights: Vec<Array2<f32>> = shapes.into_iter().map(Array2::zeros).collect();
        let found = layered(&weights.iter().collect::<Vec<_>>());
        let expected = [
            (0, "weight"),
            (0, "bias"),
            (1, "weight"),
            (1, "bias"),
            (1, "gain"),
            (2, "weight"),
            (2, "bias"),
            (3, "weight"),
            (3, "bias"),
        ];
        assert_eq!(found, expected);
    }
}
