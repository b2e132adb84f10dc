//! Chapter E: laws that do not overlap.
//!
//! Where `p` and `q` have disjoint supports, `JSD = ln 2`, `TV = 1` and `KL = inf` whatever the distance between them.
//! A discriminator can then be perfect, and its loss says nothing about how far the generator still has to go. This is
//! the case for laws on low-dimensional sets, and for finite samples of any laws. Noise makes the supports overlap.

mod few_samples;
mod play;
mod shared;

pub(crate) use play::shift;

use crate::claim::{Draft, difference, larger, smaller};
use crate::shared::linspace;
use crate::{Chapter, Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{density, jsd, kl, total_variation};
use fenchel::gan::{Fit, GameValue, Rows};
use fenchel::io::digits;
use fenchel::measure::density::{Density, Law};
use fenchel::measure::{Empirical, Pmf};
use fenchel::nn::{Activation, Layers};
use fenchel::numeric::quadrature::Quadrature;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::score::{Pair, Permutations, classifier, energy, frechet};
use fenchel::transport::{line, w1};
use ndarray::{Array2, ArrayView2, Axis as Direction};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use shared::{CHAPTER, normal_rows, quantile_w1, shifted, squared_distances, tv};
use std::f64::consts::{LN_2, SQRT_2};

/// Chapter E, rows E1 to E6 and E8. A few seconds.
///
/// # Errors
/// None that valid constants could cause; errors of the computations are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    crossing_segments(&mut claims, &mut figures)?;
    small_sets_in_large_spaces(seed, &mut claims, &mut figures);
    few_samples::claims(seed, &mut claims, &mut figures)?;
    no_overlap(&mut claims, &mut figures)?;
    perfect_discriminator(seed, &mut claims)?;
    few_samples::memorised_images(seed, &mut claims, &mut figures)?;
    noise(&mut claims, &mut figures)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'E',
        title: "Saturation: laws that do not overlap",
        intro: "When the laws of data and generator have no common mass, the Jensen-Shannon divergence is ln 2 at any \
                distance, the total variation is 1, the Kullback-Leibler divergence is infinite, and a perfect \
                discriminator exists. Low-dimensional sets and finite samples bring this about; noise undoes it; the \
                Wasserstein distance sees through it."
            .to_owned(),
        claims,
        figures,
    })
}

/// Uniform laws on the middle row and on the middle column of an n by n grid (n odd).
fn row_and_column(n: usize) -> Result<(Pmf, Pmf)> {
    let (mut row, mut column) = (vec![0.0; n * n], vec![0.0; n * n]);
    for k in 0..n {
        row[n / 2 * n + k] = 1.0 / n as f64;
        column[k * n + n / 2] = 1.0 / n as f64;
    }
    Ok((Pmf::new(row)?, Pmf::new(column)?))
}

/// E1: two curves in a plane meet in a point, and the more finely one looks the less they share.
fn crossing_segments(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const N: usize = 101;
    let source = "S3 L407-421; O193";
    let wrong = "says that the overlap is negligible “in most cases”: that is a modelling assumption; given it, a perfect \
                 discriminator exists (Arjovsky and Bottou, arXiv:1701.04862, theorems 2.2 and 2.3)";
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, source).corrects(wrong).figure("e1-crossing-segments")
    };
    let (p, q) = row_and_column(N)?;
    let share = 1.0 - 1.0 / N as f64;
    claims.push(
        about("E1", "Uniform laws on two perpendicular segments that cross once, on a grid of n = 101 points a side: JSD = (1 − 1/n) ln 2")
            .relative(jsd(&p, &q)?.value, share * LN_2, 1e-14),
    );
    claims.push(
        about("E1.2", "TV of the uniform laws on a row and a column that cross, n = 101 points each: 1 − 1/n")
            .relative(total_variation(&p, &q)?.value, share, 1e-14),
    );

    // both segments of length 1; it is best to send the point at distance s from the crossing to one as far from it
    let side = 21;
    let half = side / 2;
    let along = linspace(-0.5, 0.5, side);
    let on =
        |axis: usize| Empirical::new(Array2::from_shape_fn((side, 2), |(k, a)| if a == axis { along[k] } else { 0.0 }));
    let distance = w1(&on(0)?, &on(1)?)?.distance();
    let closed_form = SQRT_2 * (half + 1) as f64 / (2 * side) as f64;
    claims.push(
        about("E1.4", "W1 of two perpendicular segments of length 1 that cross in their middles is finite: √2 (m + 1)/(2n) with n = 2m + 1 points on each, n = 21 (√2/4 in the limit)")
            .absolute(distance, closed_form, 1e-12),
    );

    let sizes = [3usize, 5, 9, 15, 25, 41, 65, 101, 161];
    let (mut values, mut least_kl) = (Vec::new(), f64::INFINITY);
    for &n in &sizes {
        let (p, q) = row_and_column(n)?;
        values.push(jsd(&p, &q)?.value);
        least_kl = smaller(least_kl, kl(&p, &q)?.value);
    }
    claims.push(
        about("E1.3", "KL = ∞ between the uniform laws on a row and a column that cross, of n = 3, 5, 9, 15, 25, 41, 65, 101 and 161 points: the least of the nine")
            .exact(least_kl, f64::INFINITY),
    );
    let x: Vec<f64> = sizes.iter().map(|&n| n as f64).collect();
    let fine: Vec<f64> = (0..=80).map(|k| 3.0 * (161f64 / 3.0).powf(f64::from(k) / 80.0)).collect();
    let formula: Vec<f64> = fine.iter().map(|n| (1.0 - 1.0 / n) * LN_2).collect();
    let zeros = vec![0.0; side];
    let picture = Panel::new(Axis::new("x"), Axis::new("y"))
        .title("Two laws in the plane")
        .add(Series::points("p: uniform on the row", &along, &zeros))
        .add(Series::points("q: uniform on the column", &zeros, &along))
        .add(Series::points("the point they share", &[0.0], &[0.0]).style(4))
        .size(240.0, 240.0)
        .equal();
    let curve = Panel::new(Axis::new("points a side, n").log(), Axis::new("JSD (nats)"))
        .title("Finer grids, less overlap")
        .add(Series::points("JSD computed", &x, &values).style(3))
        .add(Series::line("(1 − 1/n) ln 2", &fine, &formula).style(4))
        .guide_y(LN_2, "ln 2")
        .size(330.0, 240.0);
    figures.push(Illustration {
        id: "e1-crossing-segments",
        figure: Figure::new("Curves in a plane meet in points", [picture, curve]),
        caption:
            "Two segments share one point of the grid. The finer the grid, the closer the Jensen-Shannon divergence \
                  comes to the ln 2 of laws that share nothing."
                .to_owned(),
    });
    Ok(())
}

fn row_minima(d: &Array2<f64>) -> Vec<f64> {
    d.rows().into_iter().map(|r| r.iter().copied().fold(f64::INFINITY, smaller)).collect()
}

/// E2: data fill a small part of the space they live in.
fn small_sets_in_large_spaces(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    let mut rng = stream(seed, 20);
    claims.push(cap_of_a_sphere(&mut rng));
    random_pixels(&mut rng, claims, figures);
}

const E2_SOURCE: &str = "S3 L423-441";

/// A surface is two-dimensional.
fn cap_of_a_sphere(rng: &mut ChaCha8Rng) -> Claim {
    // On a sphere of radius 1 a cap of chord r has exactly the share r^2/4 of the area: two dimensions, not three.
    let mut sphere = normal_rows(2000, 3, rng);
    for mut point in sphere.rows_mut() {
        let norm = point.dot(&point).sqrt();
        point /= norm;
    }
    let between = squared_distances(sphere.view(), sphere.view());
    let pairs = |r: f64| between.indexed_iter().filter(|((i, j), d)| i < j && **d < r * r).count() as f64;
    let shares = [0.2, 0.4, 0.8].map(|r| pairs(r) / (2000.0 * 1999.0 / 2.0));
    Claim::about(
        "E2",
        CHAPTER,
        "A surface in R³ is two-dimensional. For 2000 points of a sphere of radius 1 the share of pairs within r is that of a cap, r²/4. This share grows as r² and not as r³; r = 0.2, 0.4, 0.8",
        E2_SOURCE,
    )
    .corrects("links to general articles on Euclidean and topological space; what is meant is a manifold of lower dimension")
    // four standard errors of the third, whose pairs are independent two by two
    .vector(&shares, &[0.01, 0.04, 0.16], 1.1e-3)
}

/// Pictures with random pixels are far from all digits.
fn random_pixels(rng: &mut ChaCha8Rng, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) {
    let images = digits().images;
    let noise = Array2::from_shape_simple_fn((1000, images.ncols()), || 16.0 * rng.random::<f64>());
    let to_digits: Vec<f64> =
        row_minima(&squared_distances(noise.view(), images.view())).iter().map(|d| d.sqrt()).collect();
    let mut among = squared_distances(images.view(), images.view());
    among.diag_mut().fill(f64::INFINITY);
    let among: Vec<f64> = row_minima(&among).iter().map(|d| d.sqrt()).collect();
    let (nearest, farthest) =
        (to_digits.iter().copied().fold(f64::INFINITY, smaller), among.iter().copied().fold(0.0, larger));
    claims.push(
        Claim::about(
            "E2.2",
            CHAPTER,
            "A picture of random pixels is almost surely not a digit: the least distance of 1000 such pictures to the nearest of 1797 digits is more than any digit's distance to its nearest neighbour",
            E2_SOURCE,
        )
        .figure("e2-random-pixels")
        .at_least(nearest, farthest),
    );

    figures.push(far_from_digits([images.view(), noise.view()], [&among, &to_digits], farthest));
}

/// The figure of digits and random pixels, and of their distances to the nearest digit.
fn far_from_digits(
    [images, noise]: [ArrayView2<'_, f64>; 2],
    [among, to_digits]: [&[f64]; 2],
    farthest: f64,
) -> Illustration {
    let top = to_digits.iter().copied().fold(farthest, f64::max).ceil();
    let edges = linspace(0.0, top, 41);
    let share = |values: &[f64], k: usize| {
        values.iter().filter(|v| (edges[k]..edges[k + 1]).contains(*v)).count() as f64 / values.len() as f64
    };
    let boxes = |values: &[f64]| -> Vec<[f64; 4]> {
        (0..40).map(|k| [edges[k], 0.0, edges[k + 1], share(values, k)]).filter(|b| b[3] > 0.0).collect()
    };
    let histogram = Panel::new(
        Axis::new("distance to the nearest digit (grey levels)").range(0.0, top),
        Axis::new("share").include(0.0),
    )
    .add(Series::boxes("digits, to another digit", &boxes(among)))
    .add(Series::boxes("random pixels", &boxes(to_digits)))
    .size(400.0, 190.0);
    let sheet = |rows: ArrayView2<'_, f64>| {
        let rows: Vec<Vec<f64>> = rows.rows().into_iter().take(16).map(|r| r.to_vec()).collect();
        Panel::pictures(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>(), 8, 4, 0.0, 16.0).size(130.0, 130.0)
    };
    Illustration {
        id: "e2-random-pixels",
        figure: Figure::new(
            "Almost no picture is a digit",
            [histogram, sheet(images).title("digits"), sheet(noise).title("random pixels")],
        ),
        caption:
            "Digits lie close to one another in a small part of the 64-dimensional cube; pictures with random pixels \
                  never come near."
                .to_owned(),
    }
}

/// E4: ln 2 at any distance.
fn no_overlap(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let source = |row: &str| format!("S3 L471-506; {row}");
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, source(row))
            .corrects("draws the divergence as exactly ln 2: true only where no mass at all is shared")
            .figure("e4-saturation")
    };
    let (p, q) = shifted(0.3)?;
    claims.push(about("E4", "p = U[0, 1], q = U[t, t + 1]: JSD = min(t, 1) ln 2, at t = 0.3", "O095").relative(
        density::jsd(&p, &q)?.value,
        0.3 * LN_2,
        1e-12,
    ));
    claims.push(
        about("E4.2", "p = U[0, 1], q = U[t, t + 1]: W1 = t, at t = 0.3 (between 1000 quantiles of each law)", "O096")
            .relative(quantile_w1(&p, &q)?, 0.3, 1e-12),
    );
    claims.push(about("E4.3", "p = U[0, 1], q = U[t, t + 1]: TV = min(t, 1), at t = 0.3", "O097").relative(
        tv(&p, &q)?,
        0.3,
        1e-12,
    ));
    let mut least_kl = f64::INFINITY;
    for t in [1e-9, 1e-3, 0.3, 1.0, 100.0] {
        let (p, q) = shifted(t)?;
        least_kl = smaller(least_kl, density::kl(&p, &q)?.value);
    }
    claims.push(
        about(
            "E4.4",
            "p = U[0, 1], q = U[t, t + 1]: KL(p ‖ q) = ∞ at t = 10⁻⁹, 10⁻³, 0.3, 1 and 100, the least of the five",
            "O098",
        )
        .exact(least_kl, f64::INFINITY),
    );
    let mut far = (Vec::new(), Vec::new());
    let shifts = [1.0, 2.0, 100.0];
    for t in shifts {
        let (p, q) = shifted(t)?;
        far.0.push(density::jsd(&p, &q)?.value);
        far.1.push(quantile_w1(&p, &q)?);
    }
    claims.push(
        about("E4.5", "JSD of U[0, 1] and U[t, t + 1] is ln 2 at t = 1, 2 and 100: “equally bad”", "O099")
            .vector(&far.0, &[LN_2; 3], 1e-15),
    );
    claims.push(
        about("E4.6", "W1 of U[0, 1] and U[t, t + 1] is t at t = 1, 2 and 100: it tells how bad", "O099")
            .vector(&far.1, &shifts, 1e-10),
    );
    let (p, q) = shifted(0.0)?;
    let same = [density::jsd(&p, &q)?.value, tv(&p, &q)?, quantile_w1(&p, &q)?];
    claims.push(
        about(
            "E4.7",
            "JSD, TV and W1 are all 0 where the generator has the law of the data (P_G100 = P_data), both U[0, 1]",
            "O096",
        )
        .vector(&same, &[0.0; 3], 0.0),
    );
    figures.push(saturation_figure()?);
    Ok(())
}

/// The figure of the lecture: three generators above, the value of each measure below.
fn saturation_figure() -> Result<Illustration> {
    let stages = [("P_{G0}", 5.0), ("P_{G50}", 2.5), ("P_{G100}", 0.0)];
    let x = linspace(-0.6, 6.4, 1401);
    let zeros = vec![0.0; x.len()];
    let mut panels = Vec::new();
    for (name, t) in stages {
        let (p, q) = shifted(t)?;
        let pdf = |law: &Law| x.iter().map(|&x| law.pdf(x)).collect::<Vec<_>>();
        let title = format!("{name}: JSD = {:.3}, W1 = {:.1}", density::jsd(&p, &q)?.value, quantile_w1(&p, &q)?);
        panels.push(
            Panel::new(Axis::new("x"), Axis::new("density").range(0.0, 1.2))
                .title(title)
                .add(Series::band("P_{data}", &x, &zeros, &pdf(&p)))
                .add(Series::band("P_{G}", &x, &zeros, &pdf(&q)))
                .size(240.0, 120.0),
        );
    }
    let shifts = linspace(0.0, 5.5, 111);
    let mut curves = [Vec::new(), Vec::new(), Vec::new()];
    for &t in &shifts {
        let (p, q) = shifted(t)?;
        for (curve, value) in curves.iter_mut().zip([density::jsd(&p, &q)?.value, tv(&p, &q)?, quantile_w1(&p, &q)?]) {
            curve.push(value);
        }
    }
    for (k, (name, label, low, high)) in
        [("JSD", "JSD (nats)", 0.0, 0.85), ("TV", "TV", 0.0, 1.2), ("W1", "W1 (unit of x)", 0.0, 5.7)]
            .into_iter()
            .enumerate()
    {
        let mut panel =
            Panel::new(Axis::new("shift t of the generator (unit of x)"), Axis::new(label).range(low, high))
                .title(["JSD stands still at ln 2", "TV stands still at 1", "W1 keeps growing"][k])
                // the curve that meets a dotted guide is dashed
                .add(Series::line(name, &shifts, &curves[k]).style(4 - k))
                .size(240.0, 190.0);
        for (stage, t) in stages {
            panel = panel.guide_x(t, stage.split(' ').next().unwrap_or(stage));
        }
        panels.push(if k == 0 { panel.guide_y(LN_2, "ln 2") } else { panel });
    }
    Ok(Illustration {
        id: "e4-saturation",
        figure: Figure::grid("Saturation: data U[0, 1] against a generator U[t, t + 1]", 3, panels),
        caption:
            "Above, three stages of a generator (after 0, 50 and 100 updates); below, what each measure says along the way. Jensen-Shannon and total \
                  variation call the first two equally bad; the Wasserstein distance sees the progress."
                .to_owned(),
    })
}

/// Scores of two samples, the first two over what they are for the laws.
struct Scores {
    frechet: f64,
    energy: f64,
    c2st: f64,
}

/// Draws of E5 from either law, and the distances of the laws.
const DRAWS: usize = 2000;
const SHIFTS: [f64; 3] = [1.0, 2.0, 100.0];

/// A claim of E5.
fn about_perfection(id: &str, statement: impl Into<String>) -> Draft {
    Claim::about(id, CHAPTER, statement, "S3 L513-527, L536-545")
        .corrects("says that the loss “means nothing” during training: too strong where the supports overlap")
}

/// What a trained network does on fresh draws at one distance, and what is told by distances and scores of these draws.
struct Perfect {
    game: GameValue,
    distance: f64,
    scores: Scores,
}

impl Perfect {
    fn at(t: f64, seed: u64, rng: &mut ChaCha8Rng) -> Result<Self> {
        let (p, q) = shifted(t)?;
        let mut draw = |law: &Law| Array2::from_shape_simple_fn((DRAWS, 1), || law.draw(rng));
        let (real, fake) = (draw(&p), draw(&q));
        let (fresh_real, fresh_fake) = (draw(&p), draw(&q));
        let d = Fit { hidden: Layers::new(&[16], Activation::Tanh), batch: 128, steps: 1500, seed, ..Fit::default() }
            .run(&Rows::new(real.view())?, &Rows::new(fake.view())?)?;
        let logits = |x: &Array2<f64>| d.outputs(x.view()).insert_axis(Direction(1));
        let game = GameValue::of(logits(&fresh_real).view(), logits(&fresh_fake).view());
        let column = |x: &Array2<f64>| x.column(0).to_vec();
        let distance = line::wasserstein(&column(&fresh_real), None, &column(&fresh_fake), None, 1.0)?.distance();
        let (real, fake) = (Empirical::new(fresh_real)?, Empirical::new(fresh_fake)?);
        let pair = Pair::new(&real, &fake)?;
        let scores = Scores {
            frechet: frechet::frechet(&pair, Permutations::none())?.value / (t * t),
            energy: energy::energy(&pair, Permutations::none())?.value / (2.0 * t - 2.0 / 3.0),
            c2st: classifier::c2st(&pair, Permutations::none())?.value,
        };
        Ok(Self { game, distance, scores })
    }
}

/// E5: a perfect discriminator, whatever the distance.
fn perfect_discriminator(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let mut rng = stream(seed, 50);
    let found = SHIFTS.into_iter().map(|t| Perfect::at(t, seed, &mut rng)).collect::<Result<Vec<_>>>()?;
    let of = |what: fn(&Perfect) -> f64| found.iter().map(what).collect::<Vec<f64>>();
    claims.push(
        about_perfection("E5", "Without overlap a discriminator is right on everything: accuracy of a trained network on 4000 fresh draws, p = U[0, 1] and q = U[t, t + 1] at t = 1, 2, 100")
            .vector(&of(|at| at.game.accuracy), &[1.0; 3], 0.01),
    );
    let largest = of(|at| -at.game.value).into_iter().fold(f64::NEG_INFINITY, larger);
    claims.push(
        about_perfection(
            "E5.2",
            "The loss −V of the trained network is less than 0.1 on the fresh draws at each of t = 1, 2, 100, where 2 ln 2 = 1.39 is chance: the largest of the three",
        )
        .at_most(largest, 0.1),
    );
    let bounds = of(|at| at.game.jsd_lower_bound());
    let spread = bounds.iter().copied().fold(0.0, larger) - bounds.iter().copied().fold(f64::INFINITY, smaller);
    claims.push(
        about_perfection("E5.5", "What the trained network proves, JSD ≥ (V + ln 4)/2, hardly differs between t = 1, 2 and 100: all three at least 0.64 of at most ln 2 = 0.693")
            .property(
                "0.64 to ln 2 each",
                bounds.iter().map(|b| format!("{b:.4}")).collect::<Vec<_>>().join(", "),
                spread < 0.054 && bounds.iter().all(|b| (0.64..=LN_2).contains(b)),
            ),
    );
    told_apart(&found, claims);
    best_accuracy(claims)
}

/// E5.3 and E5.6 to E5.8: distances and scores of the same draws.
fn told_apart(found: &[Perfect], claims: &mut Vec<Claim>) {
    let of = |what: fn(&Perfect) -> f64| found.iter().map(what).collect::<Vec<f64>>();
    // the means of two samples of U[0, 1], each of standard deviation 1/sqrt(12 n)
    let error = (2.0 / 12.0 / DRAWS as f64).sqrt();
    claims.push(
        about_perfection("E5.3", format!("W1 of those fresh draws of U[0, 1] and U[t, t + 1] tells t = 1, 2, 100 apart (standard error {error:.4}; tolerance four of them)"))
            .vector(&of(|at| at.distance), &SHIFTS, 4.0 * error),
    );
    claims.push(
        about_perfection("E5.6", "Fréchet’s distance of 2000 + 2000 draws of U[0, 1] and U[t, t + 1], over its value t² for the laws, at t = 1, 2, 100: the distance is told, too")
            // the difference of the means is 1 ± 0.009 at t = 1, and counts twice
            .vector(&of(|at| at.scores.frechet), &[1.0; 3], 8.0 * error),
    );
    claims.push(
        about_perfection("E5.7", "The energy distance of the same draws, over its value for the laws, 2 E|X − Y| − E|X − X′| − E|Y − Y′| = 2t − 2/3 for t ≥ 1, at t = 1, 2, 100")
            .vector(&of(|at| at.scores.energy), &[1.0; 3], 8.0 * error),
    );
    claims.push(
        about_perfection("E5.8", "The two-sample test by a classifier of nearest neighbours says the same at each distance: its accuracy on the same draws, t = 1, 2, 100")
            .vector(&of(|at| at.scores.c2st), &[1.0; 3], 0.005),
    );
}

/// E5.4: the best accuracy is below 1 where the laws overlap.
fn best_accuracy(claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = shifted(0.3)?;
    let cells = 1300;
    let mass = |law: &Law| {
        let at = |k: usize| k as f64 / 1000.0;
        Pmf::normalised((0..cells).map(|k| law.cdf(at(k + 1)) - law.cdf(at(k))).collect::<Vec<_>>())
    };
    let (pm, qm) = (mass(&p)?, mass(&q)?);
    let right: f64 = pm.masses().iter().zip(qm.masses()).map(|(p, q)| 0.5 * p.max(*q)).sum();
    claims.push(
        about_perfection("E5.4", "The best accuracy is (1 + TV)/2, so it is 1 only if TV = 1: at t = 0.3, accuracy of the rule “real where p > q” on 1300 cells against (1 + TV)/2 of the densities")
            .absolute(right, 0.5 * (1.0 + tv(&p, &q)?), 1e-12),
    );
    Ok(())
}

/// Two points under the same noise, and their divergence.
fn noisy(sigma: f64) -> Result<(Law, Law)> {
    Ok((Law::normal(0.0, sigma)?, Law::normal(1.0, sigma)?))
}

fn jsd_under_noise(sigma: f64) -> Result<f64> {
    let (p, q) = noisy(sigma)?;
    Ok(density::jsd(&p, &q)?.value)
}

/// A claim of E8.
fn about_noise(id: &str, statement: &str, source: &str) -> Draft {
    Claim::about(id, CHAPTER, statement, source)
        .corrects("writes the density of x + ε as q(x) + ε(x); it is the convolution of the two densities")
}

/// E8: noise makes supports overlap.
fn noise(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let points = jsd(&Pmf::new([1.0, 0.0])?, &Pmf::new([0.0, 1.0])?)?.value;
    claims.push(
        about_noise("E8", "δ₀ against δ₁: JSD = ln 2 without noise; with noise N(0, 1) on both it is that of N(0, 1) and N(1, 1). The two values", "S0 L87; O202")
            .figure("e8-noise")
            // there is no closed form of the second; the constant is a quadrature to 40 digits
            .vector(&[points, jsd_under_noise(1.0)?], &[LN_2, 0.111_421_482_184_736_18], 1e-11),
    );
    let sigmas: Vec<f64> = (0..=60).map(|k| 0.03 * 300f64.powf(f64::from(k) / 60.0)).collect();
    let mut curve = Vec::new();
    for &sigma in &sigmas {
        curve.push(jsd_under_noise(sigma)?);
    }
    let rise = curve.windows(2).map(|w| w[1] - w[0]).fold(0.0, larger);
    claims.push(
        about_noise("E8.2", "JSD of δ₀ and δ₁ under noise N(0, σ²) on both falls with σ: at σ = 0.03 and 9, and the largest rise between 61 values of σ from one to the other", "S0 L87")
            .figure("e8-noise")
            .vector(&[curve[0], curve[60], rise], &[LN_2, 1.540_833_261_234_367_4e-3, 0.0], 1e-11),
    );
    convolution(claims)?;
    figures.push(overlap(&sigmas, &curve)?);
    Ok(())
}

/// E8.3 and E8.4: the density of a sum is a convolution.
fn convolution(claims: &mut Vec<Claim>) -> Result<()> {
    let (sigma, q) = (0.3, Law::uniform(0.0, 1.0)?);
    let (smooth, eps) = (Law::smoothed_uniform(0.0, 1.0, sigma)?, Law::normal(0.0, sigma)?);
    let points = [-4.0, 0.0, 1.0, 5.0];
    let total = |f: &dyn Fn(f64) -> f64| Quadrature::new().absolute(1e-13).integrate(f, &points).map(|i| i.value);
    let masses = [total(&|x| smooth.pdf(x))?, total(&|x| q.pdf(x) + eps.pdf(x))?];
    claims.push(
        about_noise("E8.3", "The convolution q ∗ N(0, σ²) has total mass 1; the sum q(x) + ε(x) of the board has 2 and is no density (q = U[0, 1], σ = 0.3)", "S0 L87")
            .vector(&masses, &[1.0, 2.0], 1e-10),
    );
    let mut worst = 0.0;
    for x in [-0.5, 0.0, 0.4, 0.9, 1.3] {
        let convolved = Quadrature::new().absolute(1e-14).integrate(|y| eps.pdf(x - y), &[0.0, 1.0])?.value;
        worst = larger(worst, difference(convolved, smooth.pdf(x)));
    }
    claims.push(
        about_noise(
            "E8.4",
            "The law of x + ε, x ∼ U[0, 1], ε ∼ N(0, 0.3²), has the density ∫ q(y) φ_σ(x − y) dy: largest difference of the closed form to the integral at five points",
            "S0 L87",
        )
        .absolute(worst, 0.0, 1e-12),
    );
    Ok(())
}

/// Two points under noise, and their divergence by the noise.
fn overlap(sigmas: &[f64], curve: &[f64]) -> Result<Illustration> {
    let x = linspace(-2.0, 3.0, 301);
    let zeros = vec![0.0; x.len()];
    let mut panels = Vec::new();
    for (sigma, top) in [(0.15, 3.0), (0.6, 0.8)] {
        let (p, q) = noisy(sigma)?;
        let pdf = |law: &Law| x.iter().map(|&x| law.pdf(x)).collect::<Vec<_>>();
        panels.push(
            Panel::new(Axis::new("x"), Axis::new("density").range(0.0, top))
                .title(format!("σ = {sigma}: JSD = {:.3}", jsd_under_noise(sigma)?))
                .add(Series::band("δ₀ with noise", &x, &zeros, &pdf(&p)))
                .add(Series::band("δ₁ with noise", &x, &zeros, &pdf(&q)))
                .size(220.0, 200.0),
        );
    }
    panels.push(
        Panel::new(Axis::new("noise σ (unit of x)").log(), Axis::new("JSD (nats)").range(0.0, 0.76))
            .title("More noise, smaller divergence")
            .add(Series::line("JSD", sigmas, curve).style(4))
            .guide_y(LN_2, "ln 2")
            .guide_x(0.15, "0.15")
            .guide_x(0.6, "0.6")
            .size(280.0, 200.0),
    );
    Ok(Illustration {
        id: "e8-noise",
        figure: Figure::new("Noise makes disjoint laws overlap", panels),
        caption: "Two points share nothing and their divergence is ln 2. Under noise they become Gaussians that overlap, and \
                  the divergence falls with σ: it has a gradient again."
            .to_owned(),
    })
}
