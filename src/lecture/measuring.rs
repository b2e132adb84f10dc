//! Rows D1 to D3: what a divergence is to do, what it takes to compute it, and what samples can say of it.

use super::fgan::{CHAPTER, TABLE, board_pair};
use super::{Claim, Illustration, difference, larger, linspace};
use crate::divergence::estimate::{Estimator, Features, Knn, Variational};
use crate::divergence::{FDivergence, Generator, Kind, density, f_divergence, jsd};
use crate::error::Result;
use crate::measure::density::{Density, Law};
use crate::measure::{Empirical, Pmf};
use crate::numeric::{Sum, kl_cell, stream};
use crate::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// Rows D1 to D3.
pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    small_when_close(claims, figures)?;
    integrals(claims, figures)?;
    from_samples(seed, claims, figures)
}

/// The law of the generator on its way to the data: `t P + (1 - t) Q`.
fn on_the_way(p: &Pmf, q: &Pmf, t: f64) -> Result<Pmf> {
    Pmf::new(p.masses().iter().zip(q.masses()).map(|(p, q)| t * p + (1.0 - t) * q).collect::<Vec<f64>>())
}

/// D1: zero at equality, falling as the generator approaches the data.
fn small_when_close(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let (p, q) = board_pair()?;
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S3 L61, 86, 106")
            .corrects("“G′” for G*, “DEV” for Div")
            .figure("d1-small-when-close")
    };
    let way = linspace(0.0, 1.0, 21);
    let mut largest = 0.0;
    let mut rises = f64::NEG_INFINITY;
    let mut panel = Panel::new(
        Axis::new("share of the data in the law of the generator"),
        Axis::new("divergence, relative to the start").range(0.0, 1.05),
    );
    for row in &TABLE {
        let offset = row.kind.f(1.0);
        largest = larger(largest, difference(f_divergence(&row.kind, &p, &p)?.value, offset));
        let values = way
            .iter()
            .map(|&t| Ok(f_divergence(&row.kind, &p, &on_the_way(&p, &q, t)?)?.value - offset))
            .collect::<Result<Vec<f64>>>()?;
        rises = values.windows(2).map(|pair| pair[1] - pair[0]).fold(rises, larger);
        // the others lie between these
        if matches!(
            row.kind,
            FDivergence::TotalVariation
                | FDivergence::Kl
                | FDivergence::ReverseKl
                | FDivergence::Pearson
                | FDivergence::Neyman
                | FDivergence::TwoJsd
        ) {
            let relative: Vec<f64> = values.iter().map(|value| value / values[0]).collect();
            panel = panel.add(Series::line(row.name, &way, &relative).markers());
        }
    }
    claims.push(
        about("D1", "G* = argmin over G of Div(P_G, P_data). Div(P, P) = f(1), its least value (zero for all but the GAN row): largest deviation over the ten rows")
            .exact(largest, 0.0),
    );
    claims.push(
        about("D1.2", "Div is small when the laws are close: moving P_G towards P_data in 20 steps, the largest rise of any of the ten divergences")
            .property("< 0", format!("{rises:.3e}"), rises < 0.0),
    );
    figures.push(Illustration {
        id: "d1-small-when-close",
        figure: Figure::new("Divergence from the data on the way to them", [panel]),
        caption:
            "The generator’s law moves in a straight line from (0.8, 0.15, 0.05) to the data, (0.1, 0.4, 0.5). Every \
                  divergence falls to its least value, but not at the same pace: the choice decides where the slope is."
                .to_owned(),
    });
    Ok(())
}

/// D2: integrals that quadrature can do and a sample cannot.
fn integrals(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let standard = Law::normal(0.0, 1.0)?;
    let others = [(0.5, 1.0), (1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (10.0, 1.0), (1.0, 2.0)];
    let measured = others
        .iter()
        .map(|&(m, s)| Ok(density::jsd(&standard, &Law::normal(m, s)?)?.value))
        .collect::<Result<Vec<f64>>>()?;
    claims.push(
        Claim::about(
            "D2",
            CHAPTER,
            "The divergence of continuous laws is an integral over the densities: JSD of N(0, 1) and N(0.5, 1), N(1, 1), N(2, 1), N(4, 1), N(10, 1), N(1, 2²) by adaptive quadrature",
            "S3 L89-93; O082-O092",
        )
        .figure("d2-integral")
        .vector(
            &measured,
            &[
                0.030_311_300_520_838_982,
                0.111_421_482_184_736_19,
                0.336_830_820_346_831_6,
                0.632_720_193_736_866_9,
                0.693_146_317_393_984_5,
                0.128_174_973_054_398,
            ],
            3e-12,
        ),
    );
    let other = Law::normal(2.0, 1.0)?;
    let x = linspace(-4.0, 6.0, 301);
    let zeros = vec![0.0; x.len()];
    let of = |f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).collect::<Vec<f64>>();
    let integrand = |x: f64| {
        let (p, q) = (standard.pdf(x), other.pdf(x));
        let m = 0.5 * (p + q);
        0.5 * (kl_cell(p, m) + kl_cell(q, m))
    };
    let laws = Panel::new(Axis::new("x"), Axis::new("density").include(0.0))
        .title("The densities have to be known …")
        .add(Series::band("p = N(0, 1)", &x, &zeros, &of(&|x| standard.pdf(x))))
        .add(Series::band("q = N(2, 1)", &x, &zeros, &of(&|x| other.pdf(x))));
    let area = Panel::new(Axis::new("x"), Axis::new("½ p ln(p/m) + ½ q ln(q/m) (nats)").include(0.0))
        .title(format!("… the area is the JSD, {:.4}", measured[2]))
        .add(Series::band("integrand, tangent taken off", &x, &zeros, &of(&integrand)).style(2));
    figures.push(Illustration {
        id: "d2-integral",
        figure: Figure::new("A divergence of continuous laws is an integral", [laws, area]),
        caption: "Both densities enter at every x. Of the data and of a generator only samples are at hand, so this cannot be \
                  computed for them."
            .to_owned(),
    });
    Ok(())
}

/// Plug-in Jensen-Shannon divergence of two samples on 40 equal bins over [-4, 5].
fn histogram_jsd(x: &Empirical, y: &Empirical) -> Result<f64> {
    let counts = |sample: &Empirical| {
        let mut counts = vec![0.0; 40];
        for &x in sample.points() {
            counts[(((x + 4.0) / 9.0 * 40.0).floor().clamp(0.0, 39.0)) as usize] += 1.0;
        }
        Pmf::normalised(counts)
    };
    Ok(jsd(&counts(x)?, &counts(y)?)?.value)
}

/// Samples of N(0, 1) and of N(1, 1).
fn draw(n: usize, rng: &mut impl Rng) -> Result<(Empirical, Empirical)> {
    let mut column = |shift: f64| {
        Empirical::new(Array2::from_shape_simple_fn((n, 1), || shift + rng.sample::<f64, _>(StandardNormal)))
    };
    Ok((column(0.0)?, column(1.0)?))
}

/// D3: what samples alone can say.
fn from_samples(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const REPEATS: u64 = 24;
    let kind = Kind::F(FDivergence::Jsd);
    let exact = density::jsd(&Law::normal(0.0, 1.0)?, &Law::normal(1.0, 1.0)?)?.value;
    // for these laws the best logit is linear
    let classifier = Variational::classifier().features(Features { degree: 1, fourier: 0 });
    let neighbours = Knn::new();
    let sizes = [50_usize, 200, 800, 3200];
    let mut means = [Vec::new(), Vec::new(), Vec::new()];
    for (k, &n) in sizes.iter().enumerate() {
        let mut sums = [Sum::new(), Sum::new(), Sum::new()];
        for repeat in 0..REPEATS {
            let stream_of = 1000 + REPEATS * k as u64 + repeat;
            let (x, y) = draw(n, &mut stream(seed, stream_of))?;
            sums[0].add(histogram_jsd(&x, &y)?);
            sums[1].add(neighbours.estimate(&x, &y, kind)?.value);
            sums[2].add(classifier.seed(stream_of).estimate(&x, &y, kind)?.value);
        }
        for (means, sum) in means.iter_mut().zip(sums) {
            means.push(sum.value() / REPEATS as f64);
        }
    }
    let [plug_in, by_neighbours, by_classifier] = means;
    let about =
        |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L100-135").figure("d3-from-samples");
    let (x, y) = draw(12_800, &mut stream(seed, 999))?;
    let large = classifier.estimate(&x, &y, kind)?;
    claims.push(
        about("D3", "Only samples are needed: P_data from the database, P_G by z ∼ N and G(z). A classifier on 12 800 + 12 800 samples of N(0, 1), N(1, 1), its V on those it was not trained on, gives JSD within three standard errors of quadrature")
            .absolute(large.value, exact, 3.0 * large.std_error.unwrap_or(0.0)),
    );
    claims.push(
        about("D3.2", "… while a plug-in histogram of 40 bins takes noise for a difference: mean bias over 24 pairs of samples of 50")
            .at_least(plug_in[0] - exact, 0.05),
    );
    claims.push(
        about("D3.3", "… which more samples remove: one pair of samples of 12 800, against quadrature").absolute(
            histogram_jsd(&x, &y)?,
            exact,
            0.01,
        ),
    );
    let near = neighbours.estimate(&x, &y, kind)?;
    claims.push(
        about("D3.4", "… and nearest neighbours need no bins: the same samples, by distances to the 5th, 10th and 20th neighbour, within four standard errors")
            .absolute(near.value, exact, 4.0 * near.std_error.unwrap_or(0.0)),
    );
    claims.push(
        about(
            "D3.5",
            "… and no training: mean bias over 24 pairs of samples of 200, in absolute value, against the histogram’s",
        )
        .at_most((by_neighbours[1] - exact).abs(), plug_in[1] - exact),
    );
    let n: Vec<f64> = sizes.iter().map(|&n| n as f64).collect();
    figures.push(Illustration {
        id: "d3-from-samples",
        figure: Figure::new(
            "Estimating JSD from samples",
            [Panel::new(
                Axis::new("samples of each law").log(),
                Axis::new("JSD (nats), mean of 24 estimates").include(0.0),
            )
            .add(Series::line("histogram of 40 bins, plug-in", &n, &plug_in).markers())
            .add(Series::line("nearest neighbours", &n, &by_neighbours).markers())
            .add(Series::line("classifier, held-out lower bound", &n, &by_classifier).markers())
            .guide_y(exact, "quadrature")],
        ),
        caption: "N(0, 1) against N(1, 1). The histogram takes noise for a difference and errs upwards; the held-out value of a \
                  trained classifier is a lower bound and errs downwards; nearest neighbours lie between. All reach the integral in \
                  the end."
            .to_owned(),
    });
    Ok(())
}
