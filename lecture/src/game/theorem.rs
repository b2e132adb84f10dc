//! Chapter B, second half: the loss of the generator under the best discriminator (rows B9 to B17).
//!
//! `max_D V(D, G) = KL(p || m) + KL(q || m) - 2 ln 2 = 2 JSD(p, q) - ln 4` with `m = (p + q)/2`: smallest, `-ln 4`, exactly
//! where `q = p`. A discriminator from a smaller class proves a lower bound only.

use super::shared::{CHAPTER, pair, random_pmf};
use super::value::{best_logits, value_between, value_of_logits};
use crate::claim::{difference, larger, smaller};
use crate::optimise::maximise;
use crate::shared::linspace;
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{density, jsd, kl, optimal_discriminator};
use fenchel::gan::GameValue;
use fenchel::measure::Pmf;
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::numeric::{Sum, sigmoid, softplus, stream, x_ln_x_over_y};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::StandardNormal;
use std::f64::consts::LN_2;

const LN_4: f64 = 2.0 * LN_2;

/// Rows B9 to B17.
pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    along_a_path(claims, figures)?;
    sums_of_divergences(claims)?;
    let q = descend(claims)?;
    equality(&q, claims)?;
    affine_in_jsd(seed, claims)?;
    restricted(claims, figures)?;
    classifier(seed, claims)
}

/// `V(D*, G)` of two densities, by quadrature of the value function itself.
fn optimal_value(p: &dyn Density, q: &dyn Density) -> Result<f64> {
    value_between(p, q, |x| p.ln_pdf(x) - q.ln_pdf(x))
}

/// B9, B12 and B17: the identity for N(0, 1) against N(d, 1).
fn along_a_path(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let p = Law::normal(0.0, 1.0)?;
    let at = |d: f64| {
        let q = Law::normal(d, 1.0)?;
        Ok::<_, fenchel::Error>((optimal_value(&p, &q)?, density::jsd(&p, &q)?.value))
    };
    let (value, js) = at(1.0)?;
    let source = "S0 L33-41";
    let wrong = "L41 says V(D*, G) = JSD: the factor 2 and −ln 4 are missing";
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("{source}{row}")).corrects(wrong).figure("b9-value-along-a-path")
    };
    claims.push(
        about(
            "B9",
            "V(D*, G) + ln 4 = KL(p ‖ m) + KL(q ‖ m) = 2 JSD(p, q). The value for N(0, 1) against N(1, 1)",
            "; O085",
        )
        .absolute(value, -1.163_451_396_750_418_3, 1e-10),
    );
    claims.push(about("B9.2", "JSD of N(0, 1) and N(1, 1), by quadrature", "; O084").relative(
        js,
        0.111_421_482_184_736_19,
        1e-10,
    ));
    let distances = linspace(0.0, 6.0, 49);
    let path = distances.iter().map(|&d| at(d)).collect::<Result<Vec<_>>>()?;
    let discrepancy = path.iter().map(|(v, js)| difference(v + LN_4, 2.0 * js)).fold(0.0, larger);
    claims.push(
        about(
            "B9.3",
            "V(D*, G) + ln 4 = 2 JSD along the path N(0, 1), N(d, 1), d = 0 … 6: largest discrepancy over 49 distances",
            "",
        )
        .absolute(discrepancy, 0.0, 1e-10),
    );
    claims.push(
        Claim::about(
            "B12",
            CHAPTER,
            "V(G, D*) − V(G*, D*) = 2 JSD(p, q) ≥ 0, at N(0, 1) against N(1, 1)",
            "S1 L112, S4 L23; O084, O085",
        )
        .corrects("the second integral and the factors 2 are lost")
        .absolute(value - optimal_value(&p, &p)?, 2.0 * 0.111_421_482_184_736_19, 1e-10),
    );
    let steps = path.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let least = steps.fold(f64::INFINITY, smaller);
    claims.push(
        Claim::about("B17", CHAPTER, "A small divergence means hard to separate, which means a small maximum of V: that of N(0, 1) against N(d, 1) rises with d. Least increase over 48 steps of 1/8 from d = 0 (the last)", "S3 L248-287")
            .figure("b9-value-along-a-path")
            .relative(least, 1.707_499_849_450_253e-3, 1e-8),
    );
    figures.push(one_curve(&distances, &path));
    Ok(())
}

/// Value and divergence along the path.
fn one_curve(distances: &[f64], path: &[(f64, f64)]) -> Illustration {
    let values: Vec<f64> = path.iter().map(|point| point.0).collect();
    let (thin, from_jsd): (Vec<f64>, Vec<f64>) =
        distances.iter().zip(path).step_by(3).map(|(&d, (_, js))| (d, 2.0 * js - LN_4)).unzip();
    Illustration {
        id: "b9-value-along-a-path",
        figure: Figure::new(
            "What the best discriminator reaches is 2 JSD − ln 4",
            [Panel::new(Axis::new("distance d of N(0, 1) and N(d, 1)"), Axis::new("value (nats)").range(-1.5, 0.1))
                .add(Series::line("V(D*, G), quadrature of the value function", distances, &values))
                .add(Series::points("2 JSD − ln 4, quadrature of the divergence", &thin, &from_jsd))
                .guide_y(-LN_4, "−ln 4")],
        ),
        caption: "Two computations of different quantities, one curve. At d = 0 nobody can tell the laws apart and the value is \
                  −ln 4; far apart it saturates at 0, and with it the gradient that the generator sees."
            .to_owned(),
    }
}

/// B10: three ways to the same number, and a routine that gives another.
fn sums_of_divergences(claims: &mut Vec<Claim>) -> Result<()> {
    /// The value of the pair, computed to 20 digits elsewhere.
    const V: f64 = -0.803_772_679_867_762_6;
    let (p, q) = pair()?;
    let cells = || p.masses().iter().copied().zip(q.masses().iter().copied());
    let logits = optimal_discriminator(&p, &q)?.logits;
    let value = value_of_logits(p.masses(), q.masses(), &logits);
    let relative_entropies = Sum::of(cells().flat_map(|(p, q)| [x_ln_x_over_y(p, p + q), x_ln_x_over_y(q, p + q)]));
    let middle = Pmf::new(cells().map(|(p, q)| 0.5 * (p + q)).collect::<Vec<f64>>())?;
    let proper = kl(&p, &middle)?.value + kl(&q, &middle)?.value - 2.0 * LN_2;
    // x ln(x/y) - x + y, as scipy.special.kl_div has it
    let generalised = Sum::of(cells().flat_map(|(p, q)| {
        let kl_div = |x: f64, y: f64| x_ln_x_over_y(x, y) - x + y;
        [kl_div(p, p + q), kl_div(q, p + q)]
    }));
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S1 L104-106, S4 L15-17").corrects(
            "“KL(p ‖ p+q) + KL(q ‖ p+q)” is formal only: p + q has mass 2, so the sum is ≤ 0 and no divergence",
        )
    };
    claims.push(
        about("B10", "V(G, D*) = ∫ p ln(p/(p+q)) + ∫ q ln(q/(p+q)) = KL(p ‖ m) + KL(q ‖ m) − 2 ln 2 for p = (.1, .4, .5) and q = (.8, .15, .05): by logarithms of D*, and by the divergences from m")
            .vector(&[value, proper], &[V; 2], 1e-14),
    );
    claims.push(
        about("B10.2", "V(G, D*) of p = (.1, .4, .5) and q = (.8, .15, .05) by relative entropies to p + q, Σ p ln(p/(p+q)) + Σ q ln(q/(p+q))")
            .absolute(relative_entropies, V, 1e-14),
    );
    claims.push(
        about(
            "B10.3",
            "The trap: a generalised divergence Σ x ln(x/y) − x + y of p and of q against p + q gives V + 2",
        )
        .absolute(generalised, V + 2.0, 1e-14),
    );
    Ok(())
}

/// B11: gradient descent on the generator's law, D always optimal.
fn descend(claims: &mut Vec<Claim>) -> Result<Pmf> {
    let (p, start) = pair()?;
    let mut theta: Vec<f64> = start.masses().iter().map(|q| q.ln()).collect();
    let softmax = |theta: &[f64]| Pmf::normalised(theta.iter().map(|t| t.exp()).collect::<Vec<f64>>());
    for _ in 0..3000 {
        let q = softmax(&theta)?;
        // with D optimal only the explicit dependence on q counts: dV/dq = ln(1 - D*)
        let slope: Vec<f64> = optimal_discriminator(&p, &q)?.logits.into_iter().map(|l| -softplus(l)).collect();
        let mean = Sum::of(q.masses().iter().zip(&slope).map(|(q, s)| q * s));
        for ((t, q), s) in theta.iter_mut().zip(q.masses()).zip(&slope) {
            *t -= q * (s - mean);
        }
    }
    let q = softmax(&theta)?;
    let distance = Sum::of(p.masses().iter().zip(q.masses()).map(|(p, q)| (p - q).abs()));
    let logits = optimal_discriminator(&p, &q)?.logits;
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S1 L99-110, S4 L13-22")
            .corrects("the label: this is Theorem 1 of the paper")
    };
    claims.push(
        about("B11", "Given D*, the minimum over the generator's law is at q = p: ‖q − p‖₁ after gradient descent on softmax weights, from (.8, .15, .05) to (.1, .4, .5)")
            .absolute(distance, 0.0, 1e-6),
    );
    claims.push(
        about("B11.2", "V(D*, G) where that gradient descent on the generator’s law ends is −2 ln 2 = −ln 4").absolute(
            value_of_logits(p.masses(), q.masses(), &logits),
            -LN_4,
            1e-10,
        ),
    );
    Ok(q)
}

/// B13: equality holds at q = p and nowhere else.
fn equality(reached: &Pmf, claims: &mut Vec<Claim>) -> Result<()> {
    let (p, _) = pair()?;
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S1 L114, S4 L25{row}"))
            .corrects("“2” or “d” for λ; S4 runs into an endless “p = q/2”")
    };
    let lambda = optimal_discriminator(&p, reached)?.values;
    claims.push(
        about("B13", "Equality in Jensen’s inequality: p = λ(p + q) and q = λ(p + q), so λ = ½ and p = q. λ = D* in each cell where gradient descent on V(D*, q) ends", "")
            .vector(&lambda, &[0.5; 3], 1e-6),
    );
    let even = Pmf::uniform(2)?;
    claims.push(about("B13.2", "JSD(p, p) = 0, exactly", "").exact(jsd(&p, &p)?.value, 0.0));
    claims.push(
        about("B13.3", "JSD > 0 for laws that differ by 10⁻⁸, where sums of logarithms have lost it: (½ + 10⁻⁸, ½ − 10⁻⁸) against (½, ½)", "; O065")
            .relative(jsd(&Pmf::new([0.5 + 1e-8, 0.5 - 1e-8])?, &even)?.value, 5.000_000_000_000_000_5e-17, 1e-7),
    );
    Ok(())
}

/// Mean and variance.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.clone().count() as f64;
    let mean = Sum::of(values.clone()) / n;
    (mean, Sum::of(values.map(|x| (x - mean).powi(2))) / (n - 1.0))
}

/// B14: `max_D V` by search, as a function of the Jensen-Shannon divergence.
fn affine_in_jsd(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let mut rng = stream(seed, 40);
    let mut points = Vec::new();
    for _ in 0..40 {
        let (p, q) = (random_pmf(8, &mut rng)?, random_pmf(8, &mut rng)?);
        let logits = best_logits(p.masses(), q.masses());
        points.push((jsd(&p, &q)?.value, value_of_logits(p.masses(), q.masses(), &logits)));
    }
    let (x_mean, x_variance) = moments(points.iter().map(|p| p.0));
    let (y_mean, _) = moments(points.iter().map(|p| p.1));
    let covariance = Sum::of(points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean))) / (points.len() - 1) as f64;
    let slope = covariance / x_variance;
    claims.push(
        Claim::about(
            "B14",
            CHAPTER,
            "min over G of max over D of V is min over G of (2 JSD − ln 4), since D is maximised out. On 40 random pairs max_D V by L-BFGS is an affine function of JSD. Measured: its slope and intercept",
            "S2 L771-775, 1512-1530; S3 L216-239, 295-310",
        )
        .corrects("S2 writes “min over G, D of JSD” and “Jenson”")
        .vector(&[slope, y_mean - slope * x_mean], &[2.0, -LN_4], 1e-10),
    );
    Ok(())
}

/// A pair of densities on a fine grid, with polynomials orthonormal under their mixture.
struct Grid {
    p: Vec<f64>,
    q: Vec<f64>,
    basis: Vec<Vec<f64>>,
}

impl Grid {
    fn new(p: &dyn Density, q: &dyn Density, degrees: usize) -> Result<Self> {
        // the trapezoidal rule converges faster than any power for densities that vanish at the ends
        let x = linspace(-30.0, 30.0, 2401);
        let masses = |law: &dyn Density| {
            Pmf::normalised(x.iter().map(|&x| law.ln_pdf(x).exp()).collect::<Vec<f64>>()).map(|m| m.masses().to_vec())
        };
        let (p, q) = (masses(p)?, masses(q)?);
        let dot = |a: &[f64], b: &[f64]| Sum::of((0..x.len()).map(|i| 0.5 * (p[i] + q[i]) * a[i] * b[i]));
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let mut next = vec![1.0; x.len()];
        for _ in 0..=degrees {
            for _ in 0..2 {
                for known in &basis {
                    let c = dot(&next, known);
                    next.iter_mut().zip(known).for_each(|(n, k)| *n -= c * k);
                }
            }
            let norm = dot(&next, &next).sqrt();
            let unit: Vec<f64> = next.iter().map(|n| n / norm).collect();
            next = unit.iter().zip(&x).map(|(u, x)| u * x).collect();
            basis.push(unit);
        }
        Ok(Self { p, q, basis })
    }

    /// The largest `V` of a discriminator whose logit is a polynomial, for each degree from 0 on; every search starts at
    /// the answer of the degree before.
    fn best_values(&self) -> Vec<f64> {
        let mut coefficients: Vec<f64> = Vec::new();
        let mut values = Vec::new();
        for _ in &self.basis {
            coefficients.push(0.0);
            let found = maximise(|at| self.value_and_gradient(at), coefficients);
            coefficients = found.at;
            values.push(found.value);
        }
        values
    }

    fn value_and_gradient(&self, coefficients: &[f64]) -> (f64, Vec<f64>) {
        let mut logits = vec![0.0; self.p.len()];
        for (c, b) in coefficients.iter().zip(&self.basis) {
            logits.iter_mut().zip(b).for_each(|(l, b)| *l += c * b);
        }
        let slope: Vec<f64> =
            (0..logits.len()).map(|i| self.p[i] * sigmoid(-logits[i]) - self.q[i] * sigmoid(logits[i])).collect();
        let gradient = self.basis[..coefficients.len()].iter().map(|b| b.iter().zip(&slope).map(|(b, s)| b * s).sum());
        (value_of_logits(&self.p, &self.q, &logits), gradient.collect())
    }
}

/// B15: a discriminator from a class that does not contain D*.
fn restricted(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const DEGREES: usize = 8;
    let standard = Law::normal(0.0, 1.0)?;
    let shifted = Law::normal(1.0, 1.0)?;
    let wide = Law::normal(0.0, 3.0)?;
    let modes = Mixture::new(vec![(0.5, Law::normal(-2.0, 0.8)?), (0.5, Law::normal(2.0, 0.8)?)])?;
    let pairs: [(&str, &dyn Density, &dyn Density); 3] = [
        ("N(0, 1), N(1, 1)", &standard, &shifted),
        ("N(0, 1), N(0, 3²)", &standard, &wide),
        ("two modes, N(0, 3²)", &modes, &wide),
    ];
    let degrees: Vec<f64> = (0..=DEGREES).map(|k| k as f64).collect();
    let mut panel = Panel::new(
        Axis::new("degree of the logit in x"),
        Axis::new("2 JSD − ln 4 − max V (nats)").log().range(1e-13, 3.0),
    );
    let mut gaps = Vec::new();
    for (name, p, q) in pairs {
        let grid = Grid::new(p, q, DEGREES)?;
        let top = 2.0 * density::jsd(p, q)?.value - LN_4;
        let gap: Vec<f64> = grid.best_values().into_iter().map(|best| top - best).collect();
        let shown: Vec<f64> = gap.iter().map(|g| g.max(1e-13)).collect();
        panel = panel.add(Series::line(name, &degrees, &shown).markers());
        gaps.push(gap);
    }
    let about = |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L289-292").figure("b15-capacity");
    claims.push(
        about("B15", "With D restricted the maximum is only a lower bound of 2 JSD − ln 4. A logit that is linear in x loses nothing for N(0, 1) against N(1, 1): the gap")
            .absolute(gaps[0][1], 0.0, 1e-10),
    );
    claims.push(
        about("B15.2", "A logit that is linear in x loses everything for N(0, 1) against N(0, 3²): the best one is D = ½, so the gap is the whole of 2 JSD")
            .absolute(gaps[1][1], 0.372_988_038_161_991_9, 1e-10),
    );
    claims.push(
        about(
            "B15.3",
            "A logit that is quadratic in x loses nothing for N(0, 1) against N(0, 3²): the gap at degree 2",
        )
        .absolute(gaps[1][2], 0.0, 1e-10),
    );
    // laws that are symmetric about 0: the odd degrees add nothing
    let (even, odd): (Vec<_>, Vec<_>) =
        gaps[2].windows(2).map(|w| w[0] - w[1]).enumerate().partition(|(k, _)| k % 2 == 1);
    let least = even.iter().map(|&(_, fall)| fall).fold(f64::INFINITY, smaller);
    let most = odd.iter().map(|&(_, fall)| fall.abs()).fold(0.0, larger);
    claims.push(
        about("B15.4", "A larger class proves more where it holds what was missing: for two modes against N(0, 3²), both symmetric, the gap falls at degrees 2, 4, 6 and 8 and stays at 3, 5 and 7. Least fall and largest change")
            .property("> 10⁻³, < 10⁻⁹", format!("{least:.1e}, {most:.1e}"), least > 1e-3 && most < 1e-9),
    );
    figures.push(Illustration {
        id: "b15-capacity",
        figure: Figure::new("What a discriminator of limited capacity does not see", [panel]),
        caption: "Gap between 2 JSD − ln 4 and the best V of a discriminator whose logit is a polynomial, cut off at 10⁻¹³. Two \
                  normal laws need degree 1 or 2 and no more; a law with two modes is never matched exactly."
            .to_owned(),
    });
    Ok(())
}

/// B16: training D is training a classifier.
fn classifier(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    const N: usize = 4096;
    let mut rng = stream(seed, 41);
    let mut logits = || -> Vec<f64> { (0..N).map(|_| 3.0 * rng.sample::<f64, _>(StandardNormal)).collect() };
    let (real, fake) = (logits(), logits());
    // -y ln h - (1-y) ln(1-h) from the logit s: softplus(s) - y s
    let cross_entropy = |s: &[f64], y: f64| Sum::of(s.iter().map(|&s| softplus(s) - y * s)) / N as f64;
    let column = |logits: &[f64]| Array2::from_shape_fn((N, 1), |(i, _)| logits[i]);
    let value = GameValue::of(column(&real).view(), column(&fake).view()).value;
    let (on_real, on_fake) = (cross_entropy(&real, 1.0), cross_entropy(&fake, 0.0));
    let about = |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S3 L199-229");
    claims.push(
        about("B16", "Training D is training a binary classifier: V = −(mean cross entropy on real + mean cross entropy on fake), 4096 random logits each")
            .relative(value, -(on_real + on_fake), 1e-15),
    );
    // -y ln h - (1-y) ln(1-h) with h = 1/(1 + e^-s) itself
    let h = |s: f64| 1.0 / (1.0 + (-s).exp());
    let batch = real.iter().map(|&s| -h(s).ln()).chain(fake.iter().map(|&s| -(1.0 - h(s)).ln()));
    claims.push(
        about("B16.2", "V is minus twice the mean cross entropy of the balanced batch, −y ln h − (1 − y) ln(1 − h) with h = 1/(1 + e^−s) written out, 4096 random logits s each")
            .relative(value, -2.0 * Sum::of(batch) / (2 * N) as f64, 1e-11),
    );
    Ok(())
}
