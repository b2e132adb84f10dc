//! F5, F6 and F10: the dual side, and the gradient of the distance for a generator on its way.

use super::shared::{CHAPTER, Proof};
use crate::claim::{difference, larger, smaller};
use crate::shared::{linspace, on_common_atoms};
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{density, jsd, kl, total_variation};
use fenchel::measure::Empirical;
use fenchel::measure::density::{Density, Law};
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::transport::{Cost, Exact, Ground, Problem, line, w1};
use ndarray::{Array1, Array2};
use rand::RngExt;
use std::f64::consts::LN_2;

/// F5: the parallel lines of the Wasserstein GAN paper.
pub(super) fn parallel_lines(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const N: usize = 40;
    let mut rng = stream(seed, 62);
    let heights: Vec<f64> = (0..N).map(|_| rng.random::<f64>()).collect();
    let line_at =
        |theta: f64| Empirical::new(Array2::from_shape_fn((N, 2), |(k, a)| if a == 0 { theta } else { heights[k] }));
    let zero = line_at(0.0)?;
    let blind = |theta: f64| -> Result<[f64; 3]> {
        let (p, q) = on_common_atoms(&zero, &line_at(theta)?)?;
        Ok([jsd(&p, &q)?.value, total_variation(&p, &q)?.value, kl(&p, &q)?.value])
    };
    let thetas: Vec<f64> = (-10..=10).map(|k| f64::from(k) / 10.0).collect();
    let (mut w, mut js, mut off) = (Vec::new(), Vec::new(), [0.0; 3]);
    for &theta in &thetas {
        w.push(w1(&zero, &line_at(theta)?)?.distance());
        let values = blind(theta)?;
        js.push(values[0]);
        if theta.abs() > 0.0 {
            for ((off, value), constant) in off.iter_mut().zip(values).zip([LN_2, 1.0, f64::INFINITY]) {
                *off = larger(*off, difference(value, constant));
            }
        }
    }
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S1 L139, S4 L49; Arjovsky et al., arXiv:1701.07875, example 1; O100")
            .corrects("the labels of the points are garbled; read as the parallel lines of the paper")
            .figure("f5-parallel-lines")
    };
    let expected: Vec<f64> = thetas.iter().map(|t| t.abs()).collect();
    claims.push(
        about(
            "F5",
            "P₀ = (0, Z), P_θ = (θ, Z) with Z uniform on [0, 1]: W1 = |θ|; 40 common draws of Z, 21 values of θ",
        )
        .vector(&w, &expected, 1e-12),
    );
    claims.push(
        about("F5.2", "JSD, TV and KL of P₀ and P_θ, of the samples as laws on their atoms, do not depend on θ ≠ 0: largest distance of each from ln 2, 1 and ∞ over the 20 values")
            .vector(&off, &[0.0; 3], 1e-15),
    );
    claims.push(
        about("F5.3", "JSD, TV and KL of P₀ and P_θ, of the samples as laws on their atoms, are all 0 at θ = 0")
            .vector(&blind(0.0)?, &[0.0; 3], 0.0),
    );
    let ends = [0.0, 1.0];
    let picture = Panel::new(Axis::new("x").range(-0.2, 1.0), Axis::new("z").range(-0.05, 1.1))
        .title("Two parallel lines, θ = 0.7")
        .add(Series::line("P₀", &[0.0, 0.0], &ends))
        .add(Series::line("P_{θ}", &[0.7, 0.7], &ends))
        .size(200.0, 210.0);
    let curves = Panel::new(Axis::new("θ"), Axis::new("W1 (unit of θ), JSD (nats)").range(0.0, 1.08))
        .title("What a gradient in θ could follow")
        .add(Series::line("W1 = |θ|", &thetas, &w).style(2))
        .add(Series::points("JSD (nats)", &thetas, &js).style(3))
        .guide_y(LN_2, "ln 2")
        .size(330.0, 210.0);
    figures.push(Illustration {
        id: "f5-parallel-lines",
        figure: Figure::new("Parallel lines", [picture, curves]),
        caption: "The Wasserstein distance leads θ to 0 from anywhere; the Jensen-Shannon divergence is flat but for the one \
                  point θ = 0."
            .to_owned(),
    });
    Ok(())
}

/// F6: the dual side.
pub(super) fn duality(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(0.5, 0.4)?);
    let levels: Vec<f64> = (0..2000).map(|k| (f64::from(k) + 0.5) / 2000.0).collect();
    let points = |law: &Law| levels.iter().map(|&u| law.quantile(u)).collect::<Vec<_>>();
    let (x, y) = (points(&p), points(&q));
    let h = line::witness(&x, None, &y, None)?;
    let mean = |points: &[f64]| Sum::of(points.iter().map(|&t| h.at(t))) / points.len() as f64;
    let primal = line::wasserstein(&x, None, &y, None, 1.0)?.distance();
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S1 L173-177, S4 L49")
            .corrects("S4 mixes f with h and the densities with their parameters")
            .figure("f6-witness")
    };
    claims.push(
        about("F6", "W = sup over ‖h‖_L ≤ 1 of E_p h − E_q h: the witness with h′ = sign(F_q − F_p) attains the cost of the best plan (2000 quantiles of N(0, 1) and N(½, 0.4²))")
            .absolute(mean(&x) - mean(&y), primal, 1e-9),
    );
    let steepest = h
        .knots()
        .windows(2)
        .zip(h.values().windows(2))
        .filter(|(k, _)| k[1] - k[0] > 1e-9)
        .map(|(k, v)| ((v[1] - v[0]) / (k[1] - k[0])).abs())
        .fold(0.0, larger);
    claims.push(
        about("F6.2", "The witness between 2000 + 2000 quantiles is steepest with slope ±1 between its knots, those closer than 10⁻⁹ left out, whose difference quotients are rounding: largest absolute value")
            .absolute(steepest, 1.0, 1e-6),
    );
    // every tenth quantile is enough for a solver that knows nothing of lines
    let some = |points: &[f64]| -> Result<Empirical> {
        let points: Vec<f64> = points.iter().skip(5).step_by(10).copied().collect();
        Empirical::new(Array1::from_vec(points).insert_axis(ndarray::Axis(1)))
    };
    let (x, y) = (some(&x)?, some(&y)?);
    let costs = Cost::between(x.points(), y.points(), Ground::Euclidean)?.to_dense();
    let problem = Problem::with_cost(costs.clone(), None, None)?;
    let proof = Proof::of(&Exact::new().solve(&problem)?, &costs, (problem.a(), problem.b()));
    claims.push(
        about("F6.3", "The linear program and its dual have one value. For 200 of the quantiles: the difference of Σ P c of the plan and Σ a u + Σ b v of the prices that the simplex finds, by the claim’s own sums; and the largest excess of u_i + v_j over c_ij")
            .vector(&[proof.primal - proof.dual, proof.excess.max(0.0)], &[0.0; 2], 1e-12),
    );

    let t = linspace(-3.2, 3.4, 331); // within the quantiles: beyond them the witness is flat
    let zeros = vec![0.0; t.len()];
    let pdf = |law: &Law| t.iter().map(|&t| law.pdf(t)).collect::<Vec<_>>();
    let witness: Vec<f64> = t.iter().map(|&t| h.at(t)).collect();
    let middle = 0.5
        * (witness.iter().copied().fold(f64::INFINITY, f64::min)
            + witness.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    let centred: Vec<f64> = witness.iter().map(|h| h - middle).collect();
    let laws = Panel::new(Axis::new("x"), Axis::new("density").range(0.0, 1.1))
        .title("Two laws")
        .add(Series::band("p = N(0, 1)", &t, &zeros, &pdf(&p)))
        .add(Series::band("q = N(½, 0.4²)", &t, &zeros, &pdf(&q)))
        .size(480.0, 130.0);
    let critic = Panel::new(Axis::new("x"), Axis::new("h(x)"))
        .title("The best critic of slope at most 1: high on p, low on q")
        .add(Series::line("witness h", &t, &centred).style(2))
        .note(-0.75, 0.9, "slope −1")
        .note(1.55, 0.3, "slope +1")
        .size(480.0, 150.0);
    figures.push(Illustration {
        id: "f6-witness",
        figure: Figure::grid("The witness of the distance", 1, [laws, critic]),
        caption: "The function whose mean over p exceeds its mean over q the most. It turns where the distribution functions \
                  cross, and the difference of the means is W1 exactly."
            .to_owned(),
    });
    Ok(())
}

/// F10: the distance that a generator sees on its way.
pub(super) fn progress(claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    // the generator of update k is U[t, t + 1] with t falling from 5 to 0 in 100 updates
    let shift = |update: usize| 5.0 * (1.0 - update as f64 / 100.0);
    let levels: Vec<f64> = (0..500).map(|k| (f64::from(k) + 0.5) / 500.0).collect();
    let data = Law::uniform(0.0, 1.0)?;
    let points = |law: &Law| levels.iter().map(|&u| law.quantile(u)).collect::<Vec<_>>();
    let (mut w, mut js) = (Vec::new(), Vec::new());
    for update in 0..=100 {
        let t = shift(update);
        let generator = Law::uniform(t, t + 1.0)?;
        w.push(line::wasserstein(&points(&data), None, &points(&generator), None, 1.0)?.distance());
        js.push(density::jsd(&data, &generator)?.value);
    }
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S3, page missing between L638 and L639")
            .corrects("the page is lost; the numbers are of U[0, 1] against U[t, t + 1] with t falling from 5 to 0 in 100 updates")
            .figure("f10-progress")
    };
    claims.push(about("F10", "W(P_G0, P_data) > W(P_G50, P_data) > 0 = W(P_G100, P_data): here 5, 2.5, 0").vector(
        &[w[0], w[50], w[100]],
        &[shift(0), shift(50), 0.0],
        1e-12,
    ));
    claims.push(about("F10.2", "JSD(P_G, P_data) = ln 2 for both P_G0 and P_G50, and 0 for P_G100").vector(
        &[js[0], js[50], js[100]],
        &[LN_2, LN_2, 0.0],
        1e-15,
    ));
    let flat = js.iter().take_while(|v| (*v - LN_2).abs() <= 1e-12).count();
    claims.push(
        about("F10.3", "JSD is flat at ln 2 for the first 81 of the 101 generators (t ≥ 1): how many")
            .exact(flat as f64, 81.0),
    );
    let falls = || w.windows(2).map(|pair| pair[0] - pair[1]);
    claims.push(
        about("F10.4", "W falls at every one of the 100 updates, by 0.05: its least and its largest fall").vector(
            &[falls().fold(f64::INFINITY, smaller), falls().fold(f64::NEG_INFINITY, larger)],
            &[0.05; 2],
            1e-12,
        ),
    );

    let objective = |update: usize| -> Result<f64> {
        let (x, y) = (points(&data), points(&Law::uniform(shift(update), shift(update) + 1.0)?));
        let critic = line::witness(&x, None, &y, None)?;
        let mean = |points: &[f64]| Sum::of(points.iter().map(|&t| critic.at(t))) / points.len() as f64;
        Ok(mean(&x) - mean(&y))
    };
    claims.push(
        about("F10.5", "The objective of the Wasserstein GAN, max over critics of slope at most 1 of E_data D − E_G D, is W(P_G, P_data): 5, 2.5, 0 at P_G0, P_G50, P_G100")
            .vector(&[objective(0)?, objective(50)?, objective(100)?], &[5.0, 2.5, 0.0], 1e-12),
    );

    figures.push(seen_by_two_measures(&w, &js));
    Ok(())
}

fn seen_by_two_measures(w: &[f64], js: &[f64]) -> Illustration {
    let updates: Vec<f64> = (0..=100).map(f64::from).collect();
    let panel = |label: &str, high: f64, title: &str| {
        Panel::new(Axis::new("update of the generator"), Axis::new(label).range(0.0, high))
            .title(title)
            .guide_x(0.0, "P_{G0}")
            .guide_x(50.0, "P_{G50}")
            .guide_x(100.0, "P_{G100}")
            .size(300.0, 210.0)
    };
    Illustration {
        id: "f10-progress",
        figure: Figure::new(
            "The same hundred generators, seen by two measures",
            [
                panel("W1 (unit of x)", 5.3, "W1 falls all the way").add(Series::line("W1", &updates, w)),
                panel("JSD (nats)", 0.78, "JSD stands still, then falls")
                    .guide_y(LN_2, "ln 2")
                    .add(Series::line("JSD", &updates, js)),
            ],
        ),
        caption: "For the first eighty updates the generator comes nearer and only the Wasserstein distance notices."
            .to_owned(),
    }
}
