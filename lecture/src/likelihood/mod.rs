//! Chapter A: maximum likelihood is minimum Kullback-Leibler divergence.
//!
//! `(1/N) sum_n ln q(x_n) = sum_c p̂(c) ln q(c) = -H(p̂) - KL(p̂ || q)`: the law of the data enters through the
//! histogram `p̂` alone, and its entropy does not depend on the model. A model that cannot reach `p̂` must make a
//! choice, which depends on the direction of the divergence: `KL(p || q)` covers every mode, `KL(q || p)` seeks one.

use crate::claim::{difference, larger, smaller};
use crate::optimise::{golden_section, minimise_without_gradient};
use crate::shared::linspace;
use crate::{Chapter, Claim, Illustration};
use fenchel::divergence::density;
use fenchel::divergence::{jsd, kl, optimal_discriminator, total_variation, value_at_optimum};
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::measure::{Histogram, OutOfRange, Pmf};
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::{Error, Result};
use rand::RngExt;

const CHAPTER: &str = "likelihood";
/// Counts of the cells 0, 1, 2 in the worked example.
const COUNTS: [f64; 3] = [3.0, 5.0, 2.0];

/// Chapter A, rows A1 to A8. A second or less.
///
/// # Errors
/// None that valid constants could cause; errors of the divergences are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    maximum_likelihood(&mut claims, &mut figures)?;
    product_over_cells(&mut claims)?;
    histogram_of_draws(seed, &mut claims)?;
    decomposition(&mut claims)?;
    domain(&mut claims)?;
    die(&mut claims, &mut figures)?;
    faces(&mut claims, &mut figures)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'A',
        title: "Likelihood and the Kullback-Leibler divergence",
        intro: "Fitting a model by maximum likelihood is minimising KL(p̂ || q) over the model, with p̂ the histogram of the \
                data. The identities are exact for any finite sample; the true law p appears only in the limit. The last rows \
                show what the direction of the divergence decides when the model is too small."
            .to_owned(),
        claims,
        figures,
    })
}

/// The law of the number of heads in two tosses.
fn binomial(theta: f64) -> Result<Pmf> {
    Pmf::new([(1.0 - theta).powi(2), 2.0 * theta * (1.0 - theta), theta.powi(2)])
}

/// `(1/N) ln prod_c q(c)^{n_c}`.
fn mean_log_likelihood(counts: &[f64], q: &Pmf) -> f64 {
    let n: f64 = counts.iter().sum();
    Sum::of(counts.iter().zip(q.masses()).map(|(&c, &mass)| if c > 0.0 { c * mass.ln() } else { 0.0 })) / n
}

/// Newton's iteration on the derivative, both derivatives by five-point differences. Unlike a search that compares
/// values it is not limited to half the digits.
fn stationary_point(f: impl Fn(f64) -> f64, start: f64) -> f64 {
    const H: f64 = 2e-3;
    let mut x = start;
    for _ in 0..50 {
        let [a, b, c, d, e] = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|k| f(x + k * H));
        let slope = (a - 8.0 * b + 8.0 * d - e) / (12.0 * H);
        let curvature = (-a + 16.0 * b - 30.0 * c + 16.0 * d - e) / (12.0 * H * H);
        let step = slope / curvature;
        x -= step;
        if step.abs() < 1e-14 {
            break;
        }
    }
    x
}

fn maximum_likelihood(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let p_hat = Pmf::normalised(COUNTS)?;
    let log_likelihood = |theta: f64| binomial(theta).map_or(f64::NAN, |q| mean_log_likelihood(&COUNTS, &q));
    let divergence = |theta: f64| binomial(theta).and_then(|q| kl(&p_hat, &q)).map_or(f64::NAN, |kl| kl.value);
    // a coarse search finds the basin, Newton the digits
    let by_likelihood = stationary_point(log_likelihood, golden_section(|t| -log_likelihood(t), 0.01, 0.99, 1e-4)?);
    let by_divergence = stationary_point(divergence, golden_section(divergence, 0.01, 0.99, 1e-4)?);
    // the mean of Binomial(2, theta) is 2 theta
    let closed_form = (COUNTS[1] + 2.0 * COUNTS[2]) / 20.0;
    let source = "S1 L5-7, S4 L1";
    let wrong = "writes the true law p where only the histogram of the sample is meant";
    claims.push(
        Claim::about(
            "A1",
            CHAPTER,
            "The mean log-likelihood (1/N) Σ ln q_θ(x_n) of counts (3, 5, 2) under Binomial(2, θ) is largest at θ = 9/20, found by search",
            format!("{source}; O039"),
        )
        .corrects(wrong)
        .figure("a1-likelihood-and-kl")
        .identity()
        .absolute(by_likelihood, closed_form, 1e-8),
    );
    claims.push(
        Claim::about("A1.2", CHAPTER, "KL(p̂ ‖ q_θ) of the histogram of the same counts from Binomial(2, θ) is least at the θ that maximises their likelihood", format!("{source}; O039"))
            .corrects(wrong)
            .figure("a1-likelihood-and-kl")
            .absolute(by_divergence, closed_form, 1e-8),
    );
    figures.push(likelihood_figure(log_likelihood, divergence, closed_form));
    Ok(())
}

/// A2: the likelihood of a sample depends on the sample through its counts.
fn product_over_cells(claims: &mut Vec<Claim>) -> Result<()> {
    let (p_hat, q) = (Pmf::normalised(COUNTS)?, binomial(0.45)?);
    let mean = -p_hat.entropy() - kl(&p_hat, &q)?.value;
    claims.push(
        Claim::about(
            "A2",
            CHAPTER,
            "The likelihood of a sample is a product over cells, Π_n q(x_n) = Π_c q(c)^{n_c} with Σ n_c = N: ten draws with counts (3, 5, 2) under Binomial(2, 0.45), as exp(−N (H(p̂) + KL(p̂ ‖ q))) and as 0.3025³ · 0.495⁵ · 0.2025²",
            "S1 L11-15",
        )
        .corrects("calls the left side p(x); uses one index for samples and cells (S4 reads “q_0”, “n=2”)")
        .relative((10.0 * mean).exp(), 3.373_278_410_202_653_5e-5, 1e-13),
    );
    Ok(())
}

/// A3: draw by draw, and by the histogram of the library.
fn histogram_of_draws(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let q = binomial(0.45)?;
    let mut rng = stream(seed, 10);
    let draws: Vec<usize> = (0..1000).map(|_| (0..2).filter(|_| rng.random::<f64>() < 0.45).count()).collect();
    let points: Vec<f64> = draws.iter().map(|&x| x as f64).collect();
    let p_hat = Histogram::new(&points, &[-0.5, 0.5, 1.5, 2.5], OutOfRange::Refuse)?.to_pmf()?;
    let weighted = Sum::of(p_hat.masses().iter().zip(q.masses()).map(|(&p, &mass)| p * mass.ln()));
    let averaged = Sum::of(draws.iter().map(|&x| q.masses()[x].ln())) / draws.len() as f64;
    claims.push(
        Claim::about(
            "A3",
            CHAPTER,
            "(1/N) ln L = Σ_c p̂(c) ln q(c) with p̂(c) = n_c/N: 1000 draws of Binomial(2, 0.45), p̂ their histogram, against the mean of ln q over the draws",
            "S1 L18",
        )
        .absolute(weighted, averaged, 1e-14),
    );
    Ok(())
}

/// A4 and A5: the entropy that the board drops, and the sign of the optimum.
fn decomposition(claims: &mut Vec<Claim>) -> Result<()> {
    let p_hat = Pmf::normalised(COUNTS)?;
    let best = binomial(0.45)?;
    let divergence = kl(&p_hat, &best)?.value;
    let source = "S1 L22, S4";
    let wrong = "the transcription reads (ln q)/p̂, drops −H(p̂) and writes p for p̂";
    claims.push(
        Claim::about(
            "A4",
            CHAPTER,
            "KL(p̂ ‖ q_θ) at the maximum-likelihood θ = 0.45 of counts (3, 5, 2)",
            format!("{source}; O040"),
        )
        .corrects(wrong)
        .relative(divergence, 5.102_308_263_076_176_7e-5, 1e-14),
    );
    claims.push(
        Claim::about(
            "A4.2",
            CHAPTER,
            "Largest mean log-likelihood of counts (3, 5, 2) under Binomial(2, θ): Σ p̂ ln q_θ, and −H(p̂) − KL(p̂ ‖ q_θ), at θ = 0.45",
            format!("{source}; O041"),
        )
        .corrects(wrong)
        .vector(&[mean_log_likelihood(&COUNTS, &best), -p_hat.entropy() - divergence], &[-1.029_704_037_147_204_4; 2], 1e-14),
    );
    let discrepancy = [0.1, 0.3, 0.45, 0.6, 0.9].iter().try_fold(0.0, |worst, &theta| {
        let q = binomial(theta)?;
        let right = -p_hat.entropy() - kl(&p_hat, &q)?.value;
        Ok::<_, fenchel::Error>(larger(worst, difference(mean_log_likelihood(&COUNTS, &q), right)))
    })?;
    claims.push(
        Claim::about(
            "A4.3",
            CHAPTER,
            "Σ p̂ ln q_θ = −H(p̂) − KL(p̂ ‖ q_θ): largest discrepancy over θ = 0.1, 0.3, 0.45, 0.6, 0.9",
            source,
        )
        .corrects(wrong)
        .absolute(discrepancy, 0.0, 4e-15),
    );
    let at = |theta: f64| Ok::<_, fenchel::Error>(kl(&p_hat, &binomial(theta)?)?.value);
    let excess = (1..=40).try_fold(f64::INFINITY, |least, k| {
        let step = 0.01 * f64::from(k);
        Ok::<_, fenchel::Error>(smaller(least, smaller(at(0.45 + step)?, at(0.45 - step)?) - divergence))
    })?;
    claims.push(
        Claim::about(
            "A5",
            CHAPTER,
            "Σ p̂ ln(p̂/q_θ) → min: KL(p̂ ‖ q_θ) is larger at 80 other θ (0.05 to 0.85 in steps of 0.01) than at θ = 0.45, least excess over them (at 0.46)",
            "S1 L27, S4",
        )
        .corrects("says “→ max”")
        .relative(excess, 4.030_364_881_184_7e-4, 1e-11),
    );
    Ok(())
}

/// A6: the divergence as a sum, as an integral, and where it is infinite.
fn domain(claims: &mut Vec<Claim>) -> Result<()> {
    let p = Pmf::new([0.1, 0.4, 0.5])?;
    let q = Pmf::new([0.8, 0.15, 0.05])?;
    let source = "S0 L37";
    let wrong = "no domain is given";
    claims.push(
        Claim::about(
            "A6",
            CHAPTER,
            "KL(p ‖ q) = Σ p ln(p/q), p = (.1, .4, .5), q = (.8, .15, .05)",
            format!("{source}; O012"),
        )
        .corrects(wrong)
        .relative(kl(&p, &q)?.value, 1.335_680_093_533_729_6, 1e-13),
    );
    let (narrow, wide) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 2.0)?);
    claims.push(
        Claim::about(
            "A6.2",
            CHAPTER,
            "KL(p ‖ q) = ∫ p ln(p/q) dx by quadrature, N(0, 1) against N(1, 2²): ln 2 − 1/4",
            format!("{source}; O069"),
        )
        .corrects(wrong)
        .relative(density::kl(&narrow, &wide)?.value, 2f64.ln() - 0.25, 1e-10),
    );
    let die = die_of_the_slides()?;
    claims.push(
        Claim::about(
            "A6.3",
            CHAPTER,
            "KL(p ‖ q) = +∞ where p is not absolutely continuous with respect to q: p a fair die, q a die that never shows 4",
            format!("{source}; O031"),
        )
        .corrects(wrong)
        .exact(kl(&Pmf::uniform(6)?, &die)?.value, f64::INFINITY),
    );
    Ok(())
}

/// The total of masses that are refused as a law for it; NaN if they are not.
fn total_of_refused(masses: [f64; 6]) -> f64 {
    match Pmf::new(masses) {
        Err(Error::NotNormalised { total, .. }) => total,
        _ => f64::NAN,
    }
}

fn die_of_the_slides() -> Result<Pmf> {
    // as the slides give it: `normalised` would make a law of any numbers
    Pmf::new([1.0, 1.0, 1.0, 0.0, 1.0, 2.0].map(|sixths| sixths / 6.0))
}

/// A7: a probability mass function with a zero in it.
fn die(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let p = die_of_the_slides()?;
    let uniform = Pmf::uniform(6)?;
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S2 L75-80; {row}")).figure("a7-die")
    };
    claims.push(
        about("A7", "P(X) = (1, 1, 1, 0, 1, 2)/6 is accepted as a law; (1, 1, 1, 1, 1, 2)/6 is refused, and the error tells its total", "O029")
            .relative(total_of_refused([1.0, 1.0, 1.0, 1.0, 1.0, 2.0].map(|sixths| sixths / 6.0)), 7.0 / 6.0, 1e-15),
    );
    claims.push(about("A7.2", "KL(P ‖ U) = (1/3) ln 2, U the fair die", "O030").relative(
        kl(&p, &uniform)?.value,
        2f64.ln() / 3.0,
        1e-14,
    ));
    claims.push(
        about("A7.3", "KL(U ‖ P) = +∞: face 4 has probability 0 under P", "O031")
            .exact(kl(&uniform, &p)?.value, f64::INFINITY),
    );
    let js = jsd(&p, &uniform)?.value;
    claims.push(about("A7.4", "JSD(P, U) of the two dice", "O032").relative(js, 0.071_920_518_112_945_23, 1e-14));
    claims.push(about("A7.5", "TV(P, U) = 1/6: one face in six", "O033").relative(
        total_variation(&p, &uniform)?.value,
        1.0 / 6.0,
        1e-14,
    ));
    claims.push(about("A7.6", "The entropy H(P) of the die", "O034").relative(
        p.entropy(),
        1.560_710_409_041_406_6,
        1e-14,
    ));
    let d = optimal_discriminator(&p, &uniform)?.values;
    claims.push(about("A7.7", "D*(face) = P/(P + U) on faces 1, 4 and 6", "O035").vector(
        &[d[0], d[3], d[5]],
        &[0.5, 0.0, 2.0 / 3.0],
        1e-15,
    ));
    // the dual is the game itself, E_P ln D* + E_U ln(1 - D*)
    let value = value_at_optimum(&p, &uniform)?.dual;
    claims.push(about("A7.8", "V(D*, G) = −ln 4 + 2 JSD(P, U)", "O036").relative(
        value,
        -1.242_453_324_894_000_2,
        1e-14,
    ));
    figures.push(die_figure(&p, &uniform, &d));
    Ok(())
}

/// Modes of the one-dimensional stand-in for the density of face images: few, many and very many of a kind, each with
/// standard deviation [`SPREAD`], and nothing in between.
const MODES: [(f64, f64); 3] = [(0.05, -5.0), (0.35, 0.0), (0.60, 5.0)];
const SPREAD: f64 = 0.5;
/// Centre and half width of the void between the two large modes.
const VOID: (f64, f64) = (2.5, 0.5);

/// A8: the data density has modes of different sizes and voids; one Gaussian is fitted in both directions.
fn faces(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let p = Mixture::new(MODES.iter().map(|&(w, m)| Ok((w, Law::normal(m, SPREAD)?))).collect::<Result<_>>()?)?;
    let fit = |forward: bool, start: [f64; 2]| {
        minimise_without_gradient(
            |at| {
                let divergence = Law::normal(at[0], at[1].exp())
                    .and_then(|q| if forward { density::kl(&p, &q) } else { density::kl(&q, &p) });
                divergence.map_or(f64::NAN, |kl| kl.value)
            },
            &start,
            0.3,
        )
    };
    let mean: f64 = MODES.iter().map(|(w, m)| w * m).sum();
    let deviation = (MODES.iter().map(|(w, m)| w * (m * m + SPREAD * SPREAD)).sum::<f64>() - mean * mean).sqrt();
    let source = "S2 L86-152";
    let wrong = "speaks of the probability of an image: on R^{64·64·3} it is a density";
    let covering = fit(true, [0.0, 0.0])?;
    // a local minimum at each mode
    let mut seeking = fit(false, [MODES[0].1 + 0.2, -0.5])?;
    for &(_, m) in &MODES[1..] {
        let other = fit(false, [m + 0.2, -0.5])?;
        if other.value < seeking.value {
            seeking = other;
        }
    }
    let wide = Law::normal(covering.at[0], covering.at[1].exp())?;
    let narrow = Law::normal(seeking.at[0], seeking.at[1].exp())?;
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, source).corrects(wrong).figure("a8-covering-and-seeking")
    };
    claims.push(
        about("A8", "p_data has modes of weight .05, .35, .60 and voids. The Gaussian closest in KL(p_data ‖ p_model) has the mean and the standard deviation of p_data, so it covers every mode")
            .vector(&[covering.at[0], covering.at[1].exp()], &[mean, deviation], 1e-4),
    );
    claims.push(
        about(
            "A8.2",
            "The Gaussian closest in KL(p_model ‖ p_data) is the largest mode alone: its mean and standard deviation",
        )
        .vector(&[seeking.at[0], seeking.at[1].exp()], &[MODES[2].1, SPREAD], 1e-3),
    );
    claims.push(
        about("A8.3", "KL(p_model ‖ p_data) of the Gaussian on the largest mode is −ln(weight of that mode) = −ln 0.6")
            .absolute(density::kl(&narrow, &p)?.value, -MODES[2].0.ln(), 1e-5),
    );
    claims.push(
        about("A8.4", "KL(p_data ‖ p_model) is more than 10 nats for the Gaussian on the largest mode, and less than 2 for the one that covers all")
            .property(
                "> 10 and < 2",
                format!("{:.2} and {:.2}", density::kl(&p, &narrow)?.value, density::kl(&p, &wide)?.value),
                density::kl(&p, &narrow)?.value > 10.0 && density::kl(&p, &wide)?.value < 2.0,
            ),
    );
    let in_void = |law: &dyn Density| law.cdf(VOID.0 + VOID.1) - law.cdf(VOID.0 - VOID.1);
    claims.push(
        about("A8.5", "“Strange” samples: the covering fit puts mass into the void 2 < x < 3 where p_data has next to none, the seeking fit does not. Mass under p_data, covering fit, seeking fit")
            .property(
                "< 1e-4, > 0.05, < 1e-4",
                format!("{:.1e}, {:.3}, {:.1e}", in_void(&p), in_void(&wide), in_void(&narrow)),
                in_void(&p) < 1e-4 && in_void(&wide) > 0.05 && in_void(&narrow) < 1e-4,
            ),
    );
    figures.push(fits_figure(&p, &wide, &narrow));
    Ok(())
}

fn likelihood_figure(log_likelihood: impl Fn(f64) -> f64, divergence: impl Fn(f64) -> f64, best: f64) -> Illustration {
    let theta = linspace(0.1, 0.85, 151);
    let panel = |title: &str, y: &str, f: &dyn Fn(f64) -> f64| {
        let values: Vec<f64> = theta.iter().map(|&t| f(t)).collect();
        Panel::new(Axis::new("θ, probability of a head"), Axis::new(y))
            .title(title)
            .add(Series::line("", &theta, &values).style(0))
            .add(Series::points("", &[best], &[f(best)]).style(1))
            .guide_x(best, "θ = 0.45")
    };
    Illustration {
        id: "a1-likelihood-and-kl",
        figure: Figure::new(
            "One optimum: the likelihood is largest where the divergence is smallest",
            [
                panel("Mean log-likelihood", "(1/N) ln L(θ) (nats)", &log_likelihood),
                panel("KL(p̂ ‖ q_{θ})", "divergence (nats)", &divergence),
            ],
        ),
        caption:
            "Counts (3, 5, 2) under Binomial(2, θ). The two curves add up to −H(p̂) at every θ, so the maximum of one \
                  is the minimum of the other."
                .to_owned(),
    }
}

fn die_figure(p: &Pmf, uniform: &Pmf, d: &[f64]) -> Illustration {
    let faces = ["1", "2", "3", "4", "5", "6"];
    Illustration {
        id: "a7-die",
        figure: Figure::new(
            "A die that never shows 4",
            [
                Panel::new(Axis::categories("face", faces), Axis::new("probability"))
                    .title("The two laws")
                    .add(Series::bars("P, the die of the slides", p.masses()))
                    .add(Series::bars("U, a fair die", uniform.masses())),
                Panel::new(Axis::categories("face", faces), Axis::new("D*(face)").range(0.0, 1.0))
                    .title("Optimal discriminator P/(P + U)")
                    .add(Series::bars("D*", d))
                    .guide_y(0.5, "1/2")
                    .note(3.0, 0.05, "0"),
            ],
        ),
        caption:
            "D* is 1/2 where the laws agree, 0 on the face that only U shows and 2/3 on the face that P shows twice as \
                  often. One face with P = 0 makes KL(U ‖ P) infinite while JSD stays at 0.072 nats."
                .to_owned(),
    }
}

fn fits_figure(p: &dyn Density, wide: &dyn Density, narrow: &dyn Density) -> Illustration {
    let x = linspace(-9.0, 10.0, 381);
    let curve = |law: &dyn Density| x.iter().map(|&x| law.ln_pdf(x).exp()).collect::<Vec<f64>>();
    Illustration {
        id: "a8-covering-and-seeking",
        figure: Figure::new(
            "One Gaussian for three modes",
            [Panel::new(Axis::new("x"), Axis::new("density"))
                .add(Series::band("p_{data}", &x, &vec![0.0; x.len()], &curve(p)))
                .add(Series::line("min KL(p_{data} ‖ p_{model}): covers", &x, &curve(wide)))
                .add(Series::line("min KL(p_{model} ‖ p_{data}): seeks", &x, &curve(narrow)))],
        ),
        caption:
            "Maximum likelihood covers every mode and puts mass where there are no data; the reverse direction drops \
                  two modes and keeps out of the voids."
                .to_owned(),
    }
}
