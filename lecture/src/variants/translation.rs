//! H6: CycleGAN on laws whose pairs are known, though the players are not told them.

use super::shared::CHAPTER;
use crate::claim::Draft;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::gan::{Cycle, CycleConfig, Moved, Source, Training, Unpaired};
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::transport::w1;
use ndarray::{Array2, ArrayView1, array};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::ops::ControlFlow;

const FIGURE: &str = "h6-there-and-back";
const STEPS: u64 = 2000;
/// Samples that the distance is computed between.
const SAMPLES: usize = 500;

/// Three clouds of different masses and shapes, so that no turn brings them onto themselves: centre, deviations, mass.
const CLOUDS: [([f64; 2], [f64; 2], f64); 3] =
    [([-1.2, -0.4], [0.35, 0.1], 0.5), ([0.9, -0.8], [0.1, 0.3], 0.3), ([0.6, 1.1], [0.15, 0.15], 0.2)];

#[derive(Clone, Copy)]
struct Clouds;

impl Clouds {
    /// Samples, and the cloud of each.
    fn labelled(n: usize, rng: &mut impl Rng) -> (Array2<f64>, Vec<usize>) {
        let mut points = Array2::zeros((n, 2));
        let mut labels = vec![0; n];
        for (mut point, label) in points.rows_mut().into_iter().zip(&mut labels) {
            let u: f64 = rng.random();
            *label = usize::from(u > CLOUDS[0].2) + usize::from(u > CLOUDS[0].2 + CLOUDS[1].2);
            let (centre, deviation, _) = CLOUDS[*label];
            for k in 0..2 {
                point[k] = centre[k] + deviation[k] * rng.sample::<f64, _>(StandardNormal);
            }
        }
        (points, labels)
    }
}

impl Source for Clouds {
    fn dimension(&self) -> usize {
        2
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        Self::labelled(n, rng).0.mapv(|x| x as f32)
    }
}

/// The second kind: the first turned by 50 degrees, and shifted.
fn turn() -> (Array2<f64>, [f64; 2]) {
    let (sin, cos) = 50f64.to_radians().sin_cos();
    (array![[cos, sin], [-sin, cos]], [0.5, -0.3])
}

fn turned(a: &Array2<f64>) -> Array2<f64> {
    let (map, shift) = turn();
    a.dot(&map) + &array![shift[0], shift[1]]
}

/// What came of a run.
struct Outcome {
    there: Array2<f64>,
    /// Mean of `|F(G(a)) - a|` in deviations of `a`.
    cycle: f64,
    /// W₁ of `G(a)` and fresh `b`, and of `b` and fresh `b`.
    w1: f64,
    floor: f64,
    /// Share of `a` that go to the cloud that theirs becomes.
    paired: f64,
}

fn run(cycle: f64, a: &Array2<f64>, labels: &[usize], seed: u64) -> Result<Outcome> {
    let (map, shift) = turn();
    let laws = Unpaired::new(Clouds, Moved::new(Clouds, map.view(), &shift)?);
    let config = CycleConfig { cycle, steps: STEPS, seed, ..CycleConfig::default() };
    let mut run = Training::<Cycle>::new(config, laws)?;
    run.train(STEPS, |_| ControlFlow::Continue(()));
    let there = run.there(a.view());
    let fresh = |k| Empirical::new(turned(&Clouds::labelled(SAMPLES, &mut stream(seed, k)).0));
    let b = fresh(141)?;
    let returned = run.back(there.view());
    let centres = turned(&Array2::from_shape_fn((3, 2), |(k, axis)| CLOUDS[k].0[axis]));
    let nearest = |x: ArrayView1<'_, f64>| {
        let square = |k: usize| (&x - &centres.row(k)).mapv(|d| d * d).sum();
        (0..3).min_by(|&i, &j| square(i).total_cmp(&square(j))).unwrap_or(0)
    };
    let right = there.rows().into_iter().zip(labels).filter(|(x, label)| nearest(x.view()) == **label).count();
    Ok(Outcome {
        cycle: (&returned - a).mapv(f64::abs).mean().unwrap_or(f64::NAN) / a.std(0.0),
        w1: w1(&Empirical::new(there.view())?, &b)?.distance(),
        floor: w1(&fresh(142)?, &b)?.distance(),
        paired: right as f64 / labels.len() as f64,
        there,
    })
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let (a, labels) = Clouds::labelled(SAMPLES, &mut stream(seed, 140));
    let (with, without) = (run(10.0, &a, &labels, seed)?, run(0.0, &a, &labels, seed)?);
    let about = |id: &str, statement: &str| -> Draft {
        let statement = format!(
            "{statement} (three clouds of masses .5, .3, .2 and the same turned by 50° and shifted; a start near the identity, {STEPS} steps, λ = 10)"
        );
        Claim::about(id, CHAPTER, statement, "S2 L1148-1187; arXiv:1703.10593").figure(FIGURE)
    };
    claims.push(about("H6", "CycleGAN comes back: mean of |F(G(a)) − a| in deviations of a").at_most(with.cycle, 0.05));
    claims.push(
        about(
            "H6.2",
            "CycleGAN translates to the right law: exact W1 of G(a) and fresh b, by that of two samples of b",
        )
        .at_most(with.w1 / with.floor, 2.0),
    );
    claims.push(
        about("H6.3", "CycleGAN without being told pairs takes each cloud to the one it was turned into: share of a that go there")
            .at_least(with.paired, 0.95),
    );
    claims.push(
        about("H6.4", "The same players without the way there and back make nearly the right law, and do not come back: mean of |F(G(a)) − a| by that with it, and W1 by its floor")
            .property(
                "at least 5, at most 5",
                format!("{:.1}, {:.2}", without.cycle / with.cycle, without.w1 / without.floor),
                without.cycle >= 5.0 * with.cycle && without.w1 <= 5.0 * without.floor,
            ),
    );
    figures.push(picture(&a, &labels, &[("with the way back", &with), ("without it", &without)]));
    Ok(())
}

fn picture(a: &Array2<f64>, labels: &[usize], outcomes: &[(&str, &Outcome)]) -> Illustration {
    let panel = |title: &str, points: &Array2<f64>| {
        let axis = |label: &str| Axis::new(label).range(-2.6, 2.6);
        let panel = Panel::new(axis("x"), axis("y")).equal().title(title).size(200.0, 200.0);
        ["first cloud", "second", "third"].into_iter().enumerate().fold(panel, |panel, (k, name)| {
            let of: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == k).collect();
            let column = |c: usize| of.iter().map(|&i| points[[i, c]].clamp(-2.5, 2.5)).collect::<Vec<f64>>();
            panel.add(Series::points(name, &column(0), &column(1)))
        })
    };
    let made = outcomes.iter().map(|(name, outcome)| panel(&format!("G(a), {name}"), &outcome.there));
    let panels = [panel("a", a), panel("what a should become", &turned(a))].into_iter().chain(made);
    Illustration {
        id: FIGURE,
        figure: Figure::grid("Translation without pairs", 4, panels),
        caption: "Each sample of the first kind keeps the mark of its cloud. Both generators start near the identity and make the law of the second kind. Over ten seeds the one that must come back always takes each cloud where it belongs, and the other mostly does (`benches/systems.md`).".to_owned(),
    }
}
