//! Rows E3 and E6: finite samples of one and the same law can always be told apart.
//!
//! The difference is noise. A judge that uses the data it has learnt from takes this noise for a difference of the
//! laws: a classifier that has memorised the data is always right, and a histogram with fine bins gives ln 2. New data
//! show the error.

use super::shared::{CHAPTER, normal_rows, squared_distances};
use crate::shared::on_common_atoms;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::jsd;
use fenchel::gan::{Discriminator, Fit, GameValue, Rows};
use fenchel::io::digits;
use fenchel::measure::{Empirical, Pmf};
use fenchel::nn::Layers;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::score::Pair;
use fenchel::score::authenticity::authenticity;
use ndarray::{Array2, ArrayView2, Axis as Direction};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use std::f64::consts::LN_2;

/// Whether the nearest training point of each row is of class `truth`; rows `..n` of `train` are class 0, the others 1.
fn nearest_is(truth: bool, rows: ArrayView2<'_, f64>, train: ArrayView2<'_, f64>, n: usize) -> usize {
    let distances = squared_distances(rows, train);
    let nearest = distances
        .map_axis(Direction(1), |row| row.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(j, _)| j));
    nearest.iter().filter(|&&j| (j >= n) == truth).count()
}

/// The histogram of `n` draws of the uniform law on `cells` cells.
fn histogram_of_uniform(cells: usize, n: usize, rng: &mut impl Rng) -> Result<Pmf> {
    let mut counts = vec![0.0; cells];
    for _ in 0..n {
        counts[rng.random_range(0..cells)] += 1.0;
    }
    Pmf::normalised(counts)
}

/// Mean plug-in JSD, and its standard error, between two histograms of the same uniform law.
fn plug_in(cells: usize, n: usize, repetitions: usize, rng: &mut impl Rng) -> Result<(f64, f64)> {
    let mut values = Vec::with_capacity(repetitions);
    for _ in 0..repetitions {
        values.push(jsd(&histogram_of_uniform(cells, n, rng)?, &histogram_of_uniform(cells, n, rng)?)?.value);
    }
    let count = repetitions as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Ok((mean, (variance / count).sqrt()))
}

const SOURCE: &str = "S3 L446-464, L524";

/// Draws in each sample of the rows E3 to E3.3 and E3.6.
const N: usize = 256;

/// E3: finite samples of one and the same law can always be told apart.
pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let mut rng = stream(seed, 30);
    let accuracy = memorised_draws(&mut rng, claims)?;
    plug_in_bias(&mut rng, claims)?;
    figures.push(few_samples_figure(accuracy, &mut rng)?);
    figures.push(bias_figure(&mut rng)?);
    Ok(())
}

/// Rows E3, E3.2, E3.7 and E3.3. Returns the accuracy of a memorising classifier, on the draws that it has seen and on fresh
/// ones.
fn memorised_draws(rng: &mut impl Rng, claims: &mut Vec<Claim>) -> Result<[f64; 2]> {
    const DIMENSION: usize = 16;
    let about = |id: &str, statement: String, source: String| Claim::about(id, CHAPTER, statement, source);
    let train = normal_rows(2 * N, DIMENSION, rng);
    let (real, fake) = train.view().split_at(Direction(0), N);
    let hits = nearest_is(false, real, train.view(), N) + nearest_is(true, fake, train.view(), N);
    let on_train = hits as f64 / (2 * N) as f64;
    let fresh = 2000;
    let hits = nearest_is(false, normal_rows(fresh, DIMENSION, rng).view(), train.view(), N)
        + nearest_is(true, normal_rows(fresh, DIMENSION, rng).view(), train.view(), N);
    let known = Empirical::new(train.clone())?;
    let copies = 1.0 - authenticity(&Pair::new(&known, &known)?).value;
    let on_a_line = [0, 1].map(|_| Empirical::new(normal_rows(4000, 1, rng)));
    let [learnt, unseen] = on_a_line;
    let authentic = authenticity(&Pair::new(&learnt?, &unseen?)?).value;
    let on_test = hits as f64 / (2 * fresh) as f64;
    let error = 0.5 / ((2 * fresh) as f64).sqrt();
    claims.push(
        about(
            "E3",
            "Finite samples can be separated although the laws are the same: 256 “real” and 256 “fake” draws of one N(0, I₁₆). A classifier that memorises them (nearest neighbour) is right on all of them, and all are copies by the authenticity score, the two shares".to_owned(),
            SOURCE.to_owned(),
        )
        .figure("e3-few-samples")
        .vector(&[on_train, copies], &[1.0; 2], 0.0),
    );
    claims.push(
        about(
            "E3.2",
            format!("On 4000 fresh draws of N(0, I₁₆) the classifier that memorised 256 + 256 is right half of the time (standard error {error:.4}; tolerance four of them)"),
            SOURCE.to_owned(),
        )
        .figure("e3-few-samples")
        .identity()
        .absolute(on_test, 0.5, 4.0 * error),
    );
    claims.push(
        about(
            "E3.7",
            "The authenticity score of 4000 draws of N(0, 1) beside 4000 learnt ones is a third. For a third of fresh draws on a line, the nearest learnt draw is closer to another learnt draw than to the fresh one, because two points in three are the nearest of their nearest".to_owned(),
            SOURCE.to_owned(),
        )
        .absolute(authentic, 1.0 / 3.0, 0.04),
    );

    // no two draws coincide, so the law of one sample has no atom in common with that of the other
    let (p, q) = on_common_atoms(&Empirical::new(real.to_owned())?, &Empirical::new(fake.to_owned())?)?;
    let unbinned = jsd(&p, &q)?.value;
    claims.push(
        about(
            "E3.3",
            "The plug-in JSD of 256 and 256 draws of one N(0, I₁₆) without bins, as laws on the atoms that they are, is ln 2".to_owned(),
            format!("{SOURCE}; O169"),
        )
        .figure("e3-few-samples")
        .absolute(unbinned, LN_2, 1e-15),
    );
    Ok([on_train, on_test])
}

/// Rows E3.4 to E3.6: the bias of the plug-in estimate on bins.
fn plug_in_bias(rng: &mut impl Rng, claims: &mut Vec<Claim>) -> Result<()> {
    let about = |id: &str, statement: String, source: String| Claim::about(id, CHAPTER, statement, source);
    let (mean, error) = plug_in(50, 1000, 2000, rng)?;
    let bias = 49.0 / 8.0 * (1.0 / 1000.0 + 1.0 / 1000.0);
    claims.push(
        about(
            "E3.4",
            format!("With K bins the mean of the plug-in JSD of two samples of one law is not 0 but about (K − 1)/8 (1/n + 1/m): K = 50, n = m = 1000, mean of 2000 repetitions (standard error {error:.1e})"),
            format!("{SOURCE}; O167"),
        )
        .figure("e3-bias")
        .relative(mean, bias, 0.05),
    );

    let counts = [500_usize, 2000, 8000];
    let mut ratios = Vec::new();
    for n in counts {
        let (mean, _) = plug_in(50, n, 1000, rng)?;
        ratios.push(mean * n as f64 / (49.0 / 4.0));
    }
    claims.push(
        about(
            "E3.5",
            "The plug-in JSD of two samples of one law falls as 1/n: its mean times n over (K − 1)/4, K = 50 bins, at n = m = 500, 2000, 8000 (1000 repetitions each)".to_owned(),
            format!("{SOURCE}; O167"),
        )
        .figure("e3-bias")
        .vector(&ratios, &[1.0; 3], 0.05),
    );
    let fine_bins = 1 << 14;
    let (mean, error) = plug_in(fine_bins, N, 64, rng)?;
    claims.push(
        about(
            "E3.6",
            format!("As the bins shrink the plug-in JSD of two samples of one law rises to ln 2. With K = {fine_bins} and n = m = 256 it is ln 2 times the share of draws without a partner, 1 − n/K to first order, which is {:.4} below ln 2. Mean of 64 repetitions (standard error {error:.1e})", LN_2 * N as f64 / fine_bins as f64),
            format!("{SOURCE}; O169"),
        )
        .figure("e3-few-samples")
        .absolute(mean, LN_2 * (1.0 - N as f64 / fine_bins as f64), 0.003),
    );
    Ok(())
}

/// The plug-in estimate by the number of bins, beside the accuracy of the memorising classifier.
fn few_samples_figure(accuracy: [f64; 2], rng: &mut impl Rng) -> Result<Illustration> {
    let cells: Vec<usize> = (1..=16).map(|k| 1 << k).collect();
    let (mut means, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for &cells in &cells {
        let repetitions = (400_000 / cells).clamp(8, 200);
        let (mean, error) = plug_in(cells, N, repetitions, rng)?;
        means.push(mean);
        low.push(mean - 2.0 * error);
        high.push(mean + 2.0 * error);
    }
    let x: Vec<f64> = cells.iter().map(|&c| c as f64).collect();
    let fine: Vec<f64> = (0..=96).map(|k| 2f64.powf(1.0 + f64::from(k) / 12.0)).collect();
    let formula: Vec<f64> = fine.iter().map(|k| (k - 1.0) / 4.0 / N as f64).collect();
    let curve = Panel::new(Axis::new("bins, K").log(), Axis::new("plug-in JSD (nats)").range(0.0, 0.78))
        .title("Two samples of 256 from one law")
        .add(Series::intervals("mean ± 2 standard errors", &x, &means, &low, &high))
        .add(Series::line("first order, (K − 1)/8 (1/n + 1/m)", &fine, &formula))
        .guide_y(LN_2, "ln 2")
        .guide_y(0.0, "truth")
        .size(380.0, 240.0);
    let bars = Panel::new(Axis::categories("", ["seen", "fresh"]), Axis::new("accuracy").range(0.0, 1.05))
        .title("Memorising classifier")
        .add(Series::bars("", &accuracy).style(2))
        .guide_y(0.5, "chance")
        .size(150.0, 240.0);
    Ok(Illustration {
        id: "e3-few-samples",
        figure: Figure::new("Few samples can always be told apart", [curve, bars]),
        caption:
            "Both samples come from the same law, so the true divergence is 0. The plug-in estimate climbs to ln 2 as \
                  the bins get finer, and a classifier that memorises is perfect on what it has seen and worthless on \
                  the rest."
                .to_owned(),
    })
}

/// The bias by the size of the samples and by the number of bins.
fn bias_figure(rng: &mut impl Rng) -> Result<Illustration> {
    let first_order = |cells: f64, n: f64| (cells - 1.0) / (4.0 * n);
    let mut panels = Vec::new();
    let range = (3e-6, 1.0);
    let mut panel = Panel::new(
        Axis::new("samples of each law, n").log(),
        Axis::new("mean plug-in JSD (nats)").log().range(range.0, range.1),
    )
    .title("By the size of the samples");
    for (k, cells) in [10_usize, 50, 250].into_iter().enumerate() {
        let sizes = [30_usize, 100, 300, 1000, 3000, 10_000, 30_000];
        panel = add_means(panel, format!("K = {cells}"), k, &sizes, |n| {
            plug_in(cells, n, (60_000 / n).clamp(8, 100), rng)
        })?;
    }
    for cells in [10.0, 50.0, 250.0] {
        let n = [30.0, 30_000.0];
        panel = panel
            .add(Series::line("first order, (K − 1)/8 (1/n + 1/m)", &n, &n.map(|n| first_order(cells, n))).style(4));
    }
    panels.push(panel.guide_y(LN_2, "ln 2").size(330.0, 260.0));
    let mut panel =
        Panel::new(Axis::new("bins, K").log(), Axis::new("mean plug-in JSD (nats)").log().range(range.0, range.1))
            .title("By the number of bins");
    for (k, n) in [100_usize, 1000, 10_000].into_iter().enumerate() {
        let cells = [2_usize, 8, 32, 128, 512, 2048, 8192, 32_768];
        panel = add_means(panel, format!("n = {n}"), [5, 6, 3][k], &cells, |cells| {
            plug_in(cells, n, (200_000 / (n + cells)).clamp(4, 100), rng)
        })?;
    }
    let fine: Vec<f64> = (0..=56).map(|k| 2f64.powf(1.0 + f64::from(k) / 4.0)).collect();
    for n in [100.0, 1000.0, 10_000.0] {
        let line: Vec<f64> = fine.iter().map(|&cells| first_order(cells, n)).collect();
        panel = panel.add(Series::line("first order, (K − 1)/8 (1/n + 1/m)", &fine, &line).style(4));
    }
    panels.push(panel.guide_y(LN_2, "ln 2").size(330.0, 260.0));
    Ok(Illustration {
        id: "e3-bias",
        figure: Figure::new("The plug-in JSD of two samples of one law", panels),
        caption: "The true divergence is 0; all that is shown is bias, as means with bars of two standard errors. It is (K − 1)/8 (1/n + 1/m) as long as that is \
                  small, and ends at ln 2, the value for samples that share no bin."
            .to_owned(),
    })
}

/// Means with two standard errors on either side, joined by a line.
fn add_means(
    panel: Panel,
    label: String,
    style: usize,
    at: &[usize],
    mut mean: impl FnMut(usize) -> Result<(f64, f64)>,
) -> Result<Panel> {
    let (mut means, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for &at in at {
        let (value, error) = mean(at)?;
        means.push(value);
        low.push(value - 2.0 * error);
        high.push(value + 2.0 * error);
    }
    let x: Vec<f64> = at.iter().map(|&x| x as f64).collect();
    Ok(panel.add(Series::intervals(label, &x, &means, &low, &high).style(style)))
}

/// 256 “real” and 256 “fake” images of one law, and as many fresh ones as are left.
struct Images {
    seen: [Array2<f64>; 2],
    fresh: [Array2<f64>; 2],
}

impl Images {
    const SEEN: usize = 256;

    fn new(seed: u64) -> Self {
        let images = digits().images / 16.0;
        let mut order: Vec<usize> = (0..images.nrows()).collect();
        order.shuffle(&mut stream(seed, 60));
        let rows = |from: usize, to: usize| images.select(Direction(0), &order[from..to]);
        let half = (images.nrows() - 2 * Self::SEEN) / 2;
        Self {
            seen: [rows(0, Self::SEEN), rows(Self::SEEN, 2 * Self::SEEN)],
            fresh: [
                rows(2 * Self::SEEN, 2 * Self::SEEN + half),
                rows(2 * Self::SEEN + half, 2 * Self::SEEN + 2 * half),
            ],
        }
    }

    /// A network of one hidden layer after so many steps on the images seen.
    fn trained(&self, steps: u64, seed: u64) -> Result<Discriminator> {
        let fit = Fit { hidden: Layers::leaky(&[128]), batch: 128, steps, seed, ..Fit::default() };
        fit.run(&Rows::new(self.seen[0].view())?, &Rows::new(self.seen[1].view())?)
    }
}

fn game(d: &Discriminator, [real, fake]: &[Array2<f64>; 2]) -> GameValue {
    let logits = |x: &Array2<f64>| d.outputs(x.view()).insert_axis(Direction(1));
    GameValue::of(logits(real).view(), logits(fake).view())
}

/// `(V + ln 4)/2`, below zero where the classifier is worse than none.
fn half_surplus(game: &GameValue) -> f64 {
    0.5 * (game.value + 4f64.ln())
}

/// E6: the data of the lecture, 256 images of each kind.
pub(super) fn memorised_images(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let images = Images::new(seed);
    let steps = [0_u64, 100, 300, 1000, 2500];
    let (mut seen, mut fresh) = (Vec::new(), Vec::new());
    for &steps in &steps {
        let d = images.trained(steps, seed)?;
        seen.push(game(&d, &images.seen));
        fresh.push(game(&d, &images.fresh));
    }
    let (on_seen, on_fresh) = (seen[steps.len() - 1], fresh[steps.len() - 1]);
    let count = images.fresh.iter().map(Array2::nrows).sum::<usize>() as f64;
    let error = 0.5 / count.sqrt();
    let about =
        |id: &str, statement: String| Claim::about(id, CHAPTER, statement, "S3 L524").figure("e6-memorised-images");
    claims.push(
        about("E6", "256 “real” and 256 “fake” images are memorised: both are handwritten digits, told apart by nothing but their label; accuracy of a network with 128 hidden units on them after 2500 steps".to_owned())
            .exact(on_seen.accuracy, 1.0),
    );
    claims.push(
        about("E6.2", format!("On {count} fresh digits the network that memorised 256 + 256 is right half of the time (standard error {error:.4}; tolerance four of them)"))
            .absolute(on_fresh.accuracy, 0.5, 4.0 * error),
    );
    claims.push(
        about("E6.3", "On the images that the network has memorised (V + ln 4)/2 comes close to ln 2, although the true JSD is 0: it is a bound on new data only".to_owned())
            .at_least(on_seen.jsd_lower_bound(), 0.9 * LN_2),
    );
    claims.push(
        about(
            "E6.4",
            "On fresh images the network that memorised others proves nothing: (V + ln 4)/2 plus three standard errors is below 0".to_owned(),
        )
        .at_most(half_surplus(&on_fresh) + 1.5 * on_fresh.std_error, 0.0),
    );

    let x: Vec<f64> = steps.iter().map(|&s| s as f64).collect();
    let curve = |games: &[GameValue], of: &dyn Fn(&GameValue) -> f64| games.iter().map(of).collect::<Vec<f64>>();
    let panel = |title: &str, label: &str, of: &dyn Fn(&GameValue) -> f64| {
        Panel::new(Axis::new("steps of training"), Axis::new(label))
            .title(title)
            .add(Series::line("512 images seen", &x, &curve(&seen, of)).markers())
            .add(Series::line("1284 fresh images", &x, &curve(&fresh, of)).markers())
            .size(290.0, 220.0)
    };
    let accuracy = panel("Accuracy", "accuracy", &|g| g.accuracy).guide_y(0.5, "chance");
    let bound = panel("What the classifier “proves”", "(V + ln 4)/2 (nats)", &half_surplus)
        .guide_y(LN_2, "ln 2")
        .guide_y(0.0, "truth");
    figures.push(Illustration {
        id: "e6-memorised-images",
        figure: Figure::new("A network memorises 256 + 256 images of one law", [accuracy, bound]),
        caption: "Real and fake are both handwritten digits, so there is nothing to learn. On the images it was trained on the \
                  network becomes perfect and its value rises to that of disjoint laws; on fresh ones it stays at chance, \
                  and its growing confidence only costs it."
            .to_owned(),
    });
    Ok(())
}
