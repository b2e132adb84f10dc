//! Rows D1 to D3: the purpose of a divergence, the work to compute it, and the information in samples.

use super::shared::{CHAPTER, TABLE, board_pair};
use crate::claim::{difference, larger};
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::density::CertifiedIntegral;
use fenchel::divergence::estimate::{Estimator, Features, Knn, Variational};
use fenchel::divergence::{FDivergence, Kind, density, f_divergence, jsd};
use fenchel::measure::density::{Density, Law};
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::{Sum, kl_cell, stream, variance};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::f64::consts::LN_2;

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
    let mut at_equality = Vec::new();
    let mut rises = f64::NEG_INFINITY;
    let mut panel = Panel::new(
        Axis::new("share of the data in the law of the generator"),
        Axis::new("divergence, relative to the start").range(0.0, 1.05),
    );
    for row in &TABLE {
        // f(1) of the table: only the GAN row is not normalised
        let offset = if row.kind == FDivergence::Gan { -2.0 * LN_2 } else { 0.0 };
        at_equality.push(f_divergence(&row.kind, &p, &p)?.value);
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
        about("D1", "G* = argmin over G of Div(P_G, P_data). Div(P, P) is 0, its least value, for the first nine rows of the table and −ln 4 for the tenth, the GAN row")
            .vector(&at_equality, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -2.0 * LN_2], 0.0),
    );
    claims.push(
        about("D1.2", "Div is small when the laws are close: moving P_G towards P_data in 20 steps, each of the ten divergences falls at every step; the least fall (of the weighted Jensen-Shannon divergence)")
            .relative(-rises, 1.228_371_983_900_355_3e-3, 1e-10),
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
    let found = others
        .iter()
        .map(|&(m, s)| density::jsd(&standard, &Law::normal(m, s)?))
        .collect::<Result<Vec<CertifiedIntegral>>>()?;
    let measured: Vec<f64> = found.iter().map(|d| d.value).collect();
    let exact = [
        0.030_311_300_520_838_982,
        0.111_421_482_184_736_19,
        0.336_830_820_346_831_6,
        0.632_720_193_736_866_9,
        0.693_146_317_393_984_5,
        0.128_174_973_054_398,
    ];
    let about =
        |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L89-93; O082-O092").figure("d2-integral");
    claims.push(
        about("D2", "The divergence of continuous laws is an integral over the densities: JSD of N(0, 1) and N(0.5, 1), N(1, 1), N(2, 1), N(4, 1), N(10, 1), N(1, 2²) by adaptive quadrature")
            .vector(&measured, &exact, 3e-12),
    );
    let shares = found.iter().zip(exact).map(|(d, exact)| difference(d.value, exact) / d.error);
    let bounds = found.iter().map(|d| d.error).fold(0.0, larger);
    claims.push(
        about("D2.2", "The error bounds that come with the six integrals hold and are below 10⁻¹¹: the largest error over its bound, and the largest bound")
            .property("≤ 1, < 10⁻¹¹", format!("{:.3}, {bounds:.1e}", shares.clone().fold(0.0, larger)), {
                shares.fold(0.0, larger) <= 1.0 && bounds < 1e-11
            }),
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
        .add(Series::band("integrand", &x, &zeros, &of(&integrand)).style(2));
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
pub(super) fn draw(n: usize, rng: &mut impl Rng) -> Result<(Empirical, Empirical)> {
    let mut column = |shift: f64| {
        Empirical::new(Array2::from_shape_simple_fn((n, 1), || shift + rng.sample::<f64, _>(StandardNormal)))
    };
    Ok((column(0.0)?, column(1.0)?))
}

/// Estimates from repeated samples of one size.
#[derive(Default)]
struct Means {
    mean: Vec<f64>,
    /// Standard error of the mean.
    error: Vec<f64>,
}

impl Means {
    fn push(&mut self, values: &[f64]) {
        self.mean.push(Sum::of(values.iter().copied()) / values.len() as f64);
        self.error.push((variance(values) / values.len() as f64).sqrt());
    }

    /// Points with error bars of two standard errors.
    fn series(&self, label: &str, at: &[f64]) -> Series {
        let end = |sign: f64| self.mean.iter().zip(&self.error).map(|(m, e)| m + sign * 2.0 * e).collect::<Vec<f64>>();
        Series::intervals(label, at, &self.mean, &end(-1.0), &end(1.0))
    }
}

/// Pairs of samples of each size.
const REPEATS: u64 = 24;

/// Samples of each law.
const SIZES: [usize; 4] = [50, 200, 800, 3200];

/// Means over [`REPEATS`] pairs of samples of each size: of a histogram, of nearest neighbours, of a classifier and of its
/// lower bound.
fn means_by_size(seed: u64, kind: Kind, classifier: &Variational, neighbours: &Knn) -> Result<[Means; 4]> {
    let mut means = [(); 4].map(|()| Means::default());
    for (k, &n) in SIZES.iter().enumerate() {
        let mut values = [(); 4].map(|()| Vec::new());
        for repeat in 0..REPEATS {
            let stream_of = 1000 + REPEATS * k as u64 + repeat;
            let (x, y) = draw(n, &mut stream(seed, stream_of))?;
            let held_out = classifier.seed(stream_of).estimate(&x, &y, kind)?;
            values[0].push(histogram_jsd(&x, &y)?);
            values[1].push(neighbours.estimate(&x, &y, kind)?.value);
            values[2].push(held_out.value);
            values[3].push(held_out.interval.map_or(f64::NAN, |(low, _)| low));
        }
        means.iter_mut().zip(&values).for_each(|(means, values)| means.push(values));
    }
    Ok(means)
}

/// D3: the information in samples alone.
fn from_samples(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    /// `sqrt(Var_p T* + Var_q f*(T*))` of the Jensen-Shannon divergence of the two laws, a quadrature to 30 digits.
    const SPREAD: f64 = 0.298_718_297_322_017;
    let kind = Kind::F(FDivergence::Jsd);
    let exact = density::jsd(&Law::normal(0.0, 1.0)?, &Law::normal(1.0, 1.0)?)?.value;
    // for these laws the best logit is linear
    let classifier = Variational::classifier().features(Features { degree: 1, fourier: 0 });
    let neighbours = Knn::new();
    let means = means_by_size(seed, kind, &classifier, &neighbours)?;
    let [plug_in, by_neighbours, _, lower_end] = &means;
    let about =
        |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L100-135").figure("d3-from-samples");
    let (x, y) = draw(12_800, &mut stream(seed, 999))?;
    let held_out = classifier.estimate(&x, &y, kind)?;
    claims.push(
        about("D3", "Only samples are needed: P_data from the database, P_G by z ∼ N and G(z). JSD of N(0, 1) and N(1, 1) by a classifier on 12 800 + 12 800 samples is compared with quadrature. Its value is that on the half it was not trained on; the tolerance is 3.5 standard errors, which quadrature gives")
            .absolute(held_out.value, exact, 3.5 * SPREAD / 6400f64.sqrt()),
    );
    claims.push(
        about(
            "D3.2",
            "A plug-in histogram of 40 bins takes noise for a difference: its mean bias over 24 pairs of samples of 50",
        )
        .at_least(plug_in.mean[0] - exact, 0.05),
    );
    claims.push(
        about("D3.3", "More samples remove the bias of the histogram of 40 bins: one pair of samples of 12 800, against quadrature")
            .absolute(histogram_jsd(&x, &y)?, exact, 0.01),
    );
    let near = neighbours.estimate(&x, &y, kind)?;
    claims.push(
        about("D3.4", "Nearest neighbours need no bins: JSD by the distances to the 5th, 10th and 20th neighbour in a pair of samples of 12 800, against quadrature; tolerance four of the standard errors that quadrature gives for equally many rows")
            .absolute(near.value, exact, 4.0 * SPREAD / 12_800f64.sqrt()),
    );
    claims.push(
        about(
            "D3.5",
            "Nearest neighbours need no training: their mean bias over 24 pairs of samples of 200, in absolute value, is below that of the histogram",
        )
        .at_most((by_neighbours.mean[1] - exact).abs(), plug_in.mean[1] - exact),
    );
    claims.push(
        about("D3.9", "The classifier’s bound is the lower end of its interval at 90 %: its mean over 24 pairs of samples of 50, 200, 800 and 3200 lies below the divergence and comes nearer with each size. Measured: the distance below it")
            .property(
                "falling, > 0",
                lower_end.mean.iter().map(|m| format!("{:.4}", exact - m)).collect::<Vec<_>>().join(", "),
                lower_end.mean.windows(2).all(|pair| pair[0] < pair[1]) && lower_end.mean.iter().all(|&m| m < exact),
            ),
    );
    figures.push(samples_figure(&means, exact));
    Ok(())
}

/// The four estimates by the number of samples.
fn samples_figure([plug_in, by_neighbours, by_classifier, lower_end]: &[Means; 4], exact: f64) -> Illustration {
    let n: Vec<f64> = SIZES.iter().map(|&n| n as f64).collect();
    Illustration {
        id: "d3-from-samples",
        figure: Figure::new(
            "Estimating JSD from samples",
            [Panel::new(
                Axis::new("samples of each law").log(),
                Axis::new("JSD (nats), mean of 24 ± 2 standard errors").include(0.0),
            )
            .add(plug_in.series("histogram of 40 bins, plug-in", &n))
            .add(by_neighbours.series("nearest neighbours", &n))
            .add(by_classifier.series("classifier, value on the held-out half", &n))
            .add(lower_end.series("classifier, lower bound at 90 %", &n))
            .guide_y(exact, "quadrature")],
        ),
        caption: "N(0, 1) against N(1, 1); bars are two standard errors of the mean of 24 estimates. The histogram takes noise for a \
                  difference and errs upwards. Nearest neighbours and the classifier’s value on its held-out half scatter about \
                  the integral from the start, the latter a little below at small sizes, as long as half a sample is too \
                  little to train on. What the classifier proves is the lower end of its interval."
            .to_owned(),
    }
}
