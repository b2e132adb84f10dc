//! What is seen while a run goes on: how far its samples are from fresh real ones, beside what real samples score.
//!
//! | data | what is watched |
//! |---|---|
//! | up to 16 columns | exact W1 and W2 |
//! | laws with modes, too | modes, quality and divergences of the mode histogram; a bracket of the discriminator's gap |
//! | more columns, pictures | Fréchet distance, precision and recall on principal components of held-out rows |
//!
//! The real samples are fresh draws of a law, or held-out rows. The floor of a value is what as many real samples score in
//! place of the generated ones. Bounds hold at the level of 95 % each: they are 1.645 standard errors below or above their
//! estimates.

use super::data::{COUNTED, Data, Kind};
use super::playing::Playing;
use anyhow::Result;
use fenchel::gan::{GameValue, ModeScores, Toy};
use fenchel::linalg;
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::record::json::Number;
use fenchel::score::neighbours::Neighbours;
use fenchel::score::running::{Moments, Running};
use fenchel::score::{Pair, Permutations};
use fenchel::transport::{self, gaussian};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// Samples of either kind that are compared.
const COMPARED: usize = 256;
/// Pairs of real samples whose mean is the floor.
const FLOORS: u64 = 5;
/// Columns up to which the transport distance is the thing to look at.
const FEW_COLUMNS: usize = 16;
/// Principal components of wider data.
const COMPONENTS: usize = 64;
/// Neighbours of precision and recall.
const NEIGHBOURS: usize = 5;
/// Standard errors from an estimate to a bound that holds at the level of 95 %.
const ONE_SIDED: f64 = 1.645;
/// Random streams under the run's seed, two a step from the first on.
const FRESH: u64 = 1 << 32;

/// Multiplications, one for each weight and sample of a batch, that take about thirty times as long as a look.
const SELDOM: f64 = 1e9;

/// Steps from one look to the next, so that looking takes a few percent of the time: fewer where steps take longer. A run of a
/// thousand steps and more has ten looks at least.
pub fn cadence(game: &dyn Playing, settings: &Table, steps: u64) -> u64 {
    let batch = settings.get("batch").and_then(Value::as_integer).unwrap_or(1);
    let weights = game.players().iter().flat_map(|(_, weights)| weights).map(|weight| weight.len()).sum::<usize>();
    let pace = SELDOM / (batch as f64 * weights as f64).max(1.0);
    let every = [100, 200, 500, 1000].into_iter().find(|&every| pace <= every as f64).unwrap_or(2000);
    if steps >= 1000 { every.min(steps / 10) } else { every }
}

/// A value that is watched.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Sight {
    pub name: String,
    pub value: Number,
    /// What real samples score in place of the generated ones.
    #[serde(default)]
    pub floor: Option<Number>,
}

fn seen(name: &str, value: f64, floor: Option<f64>) -> Sight {
    Sight { name: name.to_owned(), value: Number(value), floor: floor.map(Number) }
}

/// What generated samples are compared with.
pub struct Lookout {
    seed: u64,
    real: Real,
    floors: Vec<(&'static str, f64)>,
}

enum Real {
    /// A law that can be drawn from.
    Law(Toy),
    /// Held-out rows as the networks see them.
    Rows(Array2<f64>),
    /// The same, and on their principal components.
    Features { axes: Components, rows: Array2<f64>, features: Array2<f64> },
}

impl Lookout {
    pub fn new(data: &Data, seed: u64) -> Result<Self> {
        let held_out = (&data.held_out().points() - data.shift()) / data.scale();
        // pictures in their own units, as the scores see them: all pixels have the same
        let unit = if matches!(data.kind(), Kind::Pictures(_)) { data.scale()[0] } else { 1.0 };
        let n = COMPARED.min(held_out.nrows() / 2);
        let (first, second) = (held_out.slice(s![..n, ..]), held_out.slice(s![n..2 * n, ..]));
        let real = match data.kind() {
            Kind::Toy(law) => Real::Law(law),
            Kind::Table if held_out.ncols() <= FEW_COLUMNS => Real::Rows(first.to_owned()),
            _ => {
                let axes = Components::of(held_out.view())?.times(unit);
                Real::Features { features: axes.on(first), rows: first.to_owned(), axes }
            }
        };
        let mut watch = Self { seed, real, floors: Vec::new() };
        let pairs = if matches!(watch.real, Real::Law(_)) { FLOORS } else { 1 };
        let mut sums: Vec<(&'static str, f64)> = Vec::new();
        for k in 0..pairs {
            let other = match &watch.real {
                Real::Law(law) => law.sample(COMPARED, &mut stream(seed, FRESH - 1 - k)),
                _ => second.to_owned(),
            };
            let found = watch.distances(FRESH - 100 - k, other.view())?;
            sums =
                if k == 0 { found } else { sums.iter().zip(found).map(|(sum, new)| (sum.0, sum.1 + new.1)).collect() };
        }
        watch.floors = sums.into_iter().map(|(name, sum)| (name, sum / pairs as f64)).collect();
        Ok(watch)
    }

    /// The axes of wide data.
    pub fn axes(&self) -> Option<&Components> {
        match &self.real {
            Real::Features { axes, .. } => Some(axes),
            Real::Law(_) | Real::Rows(_) => None,
        }
    }

    /// The value to look at first: its name.
    pub fn first(&self) -> &'static str {
        match self.real {
            Real::Law(_) | Real::Rows(_) => "w2",
            Real::Features { .. } => "frechet",
        }
    }

    /// Everything that is seen of a game after its last step.
    pub fn look(&self, game: &dyn Playing) -> Result<Vec<Sight>> {
        let drawn = FRESH + game.steps();
        let count = if matches!(self.real, Real::Law(_)) { COUNTED } else { self.size() };
        let generated = game.generate(count);
        let few = generated.slice(s![..self.size(), ..]);
        let floor = |name: &str| self.floors.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor);
        let distances = self.distances(drawn, few)?;
        let mut all: Vec<Sight> = distances.iter().map(|(name, value)| seen(name, *value, floor(name))).collect();
        if let Real::Law(law) = &self.real
            && law.sigma().is_some()
        {
            let modes = ModeScores::new(generated.view(), law)?.estimates();
            all.extend(modes.iter().map(|score| seen(&score.name, score.value, score.baseline)));
        }
        all.extend(self.value(game, drawn, generated.view())?);
        Ok(all)
    }

    fn size(&self) -> usize {
        match &self.real {
            Real::Law(_) => COMPARED,
            Real::Rows(rows) | Real::Features { rows, .. } => rows.nrows(),
        }
    }

    /// Distances of samples, as the networks see them, to real ones; those of a law are drawn anew.
    fn distances(&self, drawn: u64, samples: ArrayView2<'_, f64>) -> Result<Vec<(&'static str, f64)>> {
        Ok(match &self.real {
            Real::Law(law) => between(law.sample(COMPARED, &mut stream(self.seed, drawn)), samples.to_owned())?,
            Real::Rows(rows) => between(rows.clone(), samples.to_owned())?,
            Real::Features { axes, features, .. } => {
                let made = axes.on(samples);
                let fit = |rows: ArrayView2<'_, f64>| -> fenchel::Result<Gaussian> {
                    let mut moments = Moments::new(rows.ncols())?;
                    moments.push(rows)?;
                    moments.finish()
                };
                let frechet = gaussian::squared_distance(&fit(features.view())?, &fit(made.view())?)?.value;
                let (real, made) = (Empirical::new(features.clone())?, Empirical::new(made)?);
                let k = NEIGHBOURS.min(features.nrows() - 1);
                let near = Neighbours::new(&Pair::new(&real, &made)?, k, Permutations::none())?;
                vec![("frechet", frechet), ("precision", near.precision().value), ("recall", near.recall().value)]
            }
        })
    }

    /// What the discriminator proves on fresh samples, and for a law with modes how much is left between that and the
    /// best discriminator.
    fn value(&self, game: &dyn Playing, drawn: u64, generated: ArrayView2<'_, f64>) -> Result<Vec<Sight>> {
        let (law, real) = match &self.real {
            Real::Law(law) => (Some(law), law.sample(generated.nrows(), &mut stream(self.seed, drawn + (FRESH << 1)))),
            Real::Rows(rows) | Real::Features { rows, .. } => (None, rows.clone()),
        };
        let proven = game.value(real.view(), generated);
        let law = law.filter(|law| law.sigma().is_some());
        let best = law.map(|law| law.value_on_cells(generated)).transpose()?;
        let mut all = Vec::new();
        // either end is passed with a probability of 5 %
        let [low, high] = [-ONE_SIDED, ONE_SIDED].map(|z| move |v: GameValue| v.value + z * v.std_error);
        if let Some(proven) = proven {
            all.push(seen("value_fresh", proven.value, None));
            let bound = GameValue { value: low(proven), ..proven };
            all.push(seen("jsd_at_least", bound.jsd_lower_bound(), None));
        }
        if let Some(best) = best {
            all.push(seen("optimal_value_at_least", low(best), None));
        }
        if let (Some(proven), Some(best)) = (proven, best) {
            // 2 JSD is between what is proven on cells and ln 4; the errors add up, since both saw the same generated samples
            all.push(seen("gap_at_least", (low(best) - high(proven)).max(0.0), None));
            all.push(seen("gap_at_most", -low(proven), None));
        }
        Ok(all)
    }
}

fn between(real: Array2<f64>, made: Array2<f64>) -> Result<Vec<(&'static str, f64)>> {
    let (real, made) = (Empirical::new(real)?, Empirical::new(made)?);
    Ok(vec![("w1", transport::w1(&real, &made)?.distance()), ("w2", transport::w2(&real, &made)?.distance())])
}

/// The principal axes of some rows.
#[derive(Clone)]
pub struct Components {
    centre: Array1<f64>,
    axes: Array2<f64>,
}

impl Components {
    /// Of at most so many rows as columns are worth.
    pub fn of(rows: ArrayView2<'_, f64>) -> Result<Self> {
        let rows = rows.slice(s![..rows.nrows().min(20_000), ..]);
        let centre = rows.sum_axis(Axis(0)) / rows.nrows() as f64;
        let centred = &rows - &centre;
        let kept = COMPONENTS.min(rows.ncols()).min(rows.nrows() / 4).max(1);
        // eigenvalues rise
        let last = |vectors: Array2<f64>| vectors.slice(s![.., ..;-1]).slice(s![.., ..kept]).to_owned();
        if rows.ncols() <= rows.nrows() {
            return Ok(Self { centre, axes: last(linalg::eigh(linalg::gram(centred.view()).view())?.vectors) });
        }
        // the axes of XᵀX are Xᵀu of length 1, for the axes u of the smaller XXᵀ
        let few = last(linalg::eigh(linalg::gram(centred.t()).view())?.vectors);
        let mut axes = linalg::matmul(centred.t(), few.view());
        let lengths = axes.map_axis(Axis(0), |axis| axis.dot(&axis).sqrt());
        let least = lengths.fold(0.0, |most: f64, &length| most.max(length)) * 1e-7;
        for (mut axis, &length) in axes.columns_mut().into_iter().zip(&lengths) {
            // along the others the rows do not vary, and what is left is rounding
            if length > least { axis /= length } else { axis.fill(0.0) }
        }
        Ok(Self { centre, axes })
    }

    /// Coordinates so many times as large.
    fn times(mut self, unit: f64) -> Self {
        self.axes *= unit;
        self
    }

    pub fn on(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        linalg::matmul((&rows - &self.centre).view(), self.axes.view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same axes as from the matrix of columns, up to signs, where the rows span fewer dimensions than there are columns.
    #[test]
    fn axes_of_wide_data_are_those_of_the_matrix_of_columns() {
        let rows = Array2::from_shape_fn((24, 40), |(i, j)| ((i * i + 7 * j * (i + 2)) % 23) as f64 / (1 + j) as f64);
        let wide = Components::of(rows.view()).unwrap();
        let centred = &rows - &wide.centre;
        let vectors = linalg::eigh(linalg::gram(centred.view()).view()).unwrap().vectors;
        let products = linalg::matmul(wide.axes.t(), vectors.slice(s![.., ..;-1]).slice(s![.., ..6]));
        assert_eq!(wide.axes.dim(), (40, 6));
        for ((i, j), product) in products.indexed_iter() {
            assert!((product.abs() - f64::from(u8::from(i == j))).abs() < 1e-9, "{i} {j}: {product}");
        }
        // rows that are all the same have no axes, and lie at 0
        let same = Components::of(Array2::from_elem((8, 20), 3.0).view()).unwrap();
        assert!(same.on(Array2::from_elem((2, 20), 3.0).view()).iter().all(|x| *x == 0.0));
    }
}
