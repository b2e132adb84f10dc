//! Chapter B, first half: the game, its two players and the optimal discriminator (rows B1 to B8).
//!
//! `V(D, G) = E_p ln D(x) + E_z ln(1 - D(G(z)))`. At each point the integrand is `a ln y + b ln(1 - y)` with `a = p(x)`,
//! `b = q(x)`, strictly concave in `y` with its maximum at `a/(a + b)`. So `D* = p/(p + q)`, which is found here by the
//! formula, by direct maximisation over a table of logits, and by training a network.

mod play;
mod shared;
mod theorem;
mod value;

pub(crate) use play::densities;

use crate::claim::{difference, larger};
use crate::optimise::golden_section;
use crate::shared::linspace;
use crate::{Chapter, Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::{density, optimal_discriminator, total_variation};
use fenchel::gan::{GameValue, Objective};
use fenchel::measure::Pmf;
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::nn::{Activation, Dense, Mlp, Tape};
use fenchel::numeric::{Sum, ln_sigmoid, sigmoid, softplus, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use ndarray::{Array2, s};
use rand::RngExt;
use rand_distr::StandardNormal;
use shared::{CHAPTER, pair, random_pmf};
use value::{best_logits, expectation, logits_of, train_discriminator, value_between, value_of_logits};

/// Chapter B, rows B1 to B17; the trained networks take most of its few seconds.
///
/// # Errors
/// None that valid constants could cause; errors of the divergences are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    players(seed, &mut claims)?;
    label_likelihood(&mut claims)?;
    value_function(seed, &mut claims, &mut figures)?;
    min_max(seed, &mut claims)?;
    limits(seed, &mut claims);
    pointwise_maximum(seed, &mut claims)?;
    three_ways(seed, &mut claims, &mut figures)?;
    push_forward(&mut claims)?;
    theorem::claims(seed, &mut claims, &mut figures)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'B',
        title: "The game, the optimal discriminator and the theorem",
        intro: "A discriminator D tells data from the output of a generator G; G is trained to make that impossible. For a \
                fixed G the best D is p/(p + q), found here three ways, and what the best D leaves to the generator is \
                2 JSD(p, q) − ln 4: the game is a variational form of the Jensen-Shannon divergence."
            .to_owned(),
        claims,
        figures,
    })
}

/// The outputs of a network with one hidden layer of rectifiers, by the sums written out.
fn written_out(net: &Mlp<f64>, x: &Array2<f64>, output: impl Fn(f64) -> f64) -> Array2<f64> {
    let [hidden, last] = [0, 1].map(|k| &net.layers[k]);
    let sum = |inputs: &[f64], layer: &Dense<f64>, j: usize| {
        layer.bias[[0, j]] + Sum::of(inputs.iter().zip(layer.weight.column(j)).map(|(x, w)| x * w))
    };
    let mut out = Array2::zeros((x.nrows(), last.weight.ncols()));
    for (x, mut out) in x.rows().into_iter().zip(out.rows_mut()) {
        let h: Vec<f64> = (0..hidden.weight.ncols()).map(|j| sum(&x.to_vec(), hidden, j).max(0.0)).collect();
        out.indexed_iter_mut().for_each(|(k, out)| *out = output(sum(&h, last, k)));
    }
    out
}

/// B1: what the two players map from and to.
fn players(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let mut rng = stream(seed, 30);
    let generator = Mlp::<f64>::new(&[100, 128, 784], Activation::Relu, Activation::Tanh, &mut rng);
    let discriminator = Mlp::<f64>::new(&[784, 128, 1], Activation::Relu, Activation::Sigmoid, &mut rng);
    let z = Array2::from_shape_simple_fn((64, 100), || rng.sample::<f64, _>(StandardNormal));
    let x = generator.apply(z.view());
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S0 L4-12, S1 L31-33")
            .corrects("“Jan Good fellow”; S4 reads “E(Z)” and “[0,2]”")
    };
    let apart = |a: &Array2<f64>, b: &Array2<f64>| a.iter().zip(b).map(|(&a, &b)| difference(a, b)).fold(0.0, larger);
    let of_g = apart(&x, &written_out(&generator, &z, f64::tanh));
    let logistic = |s: f64| 1.0 / (1.0 + (-s).exp());
    let of_d = apart(&discriminator.apply(x.view()), &written_out(&discriminator, &x, logistic));
    claims.push(
        about("B1", "Generator G: Z → X, discriminator D: X → [0, 1] (Goodfellow et al. 2014): the networks of the slides, 100-128-784 with tanh and 784-128-1 with a sigmoid, on 64 draws of z; largest difference of each to its sums written out")
            .vector(&[of_g, of_d], &[0.0; 2], 1e-12),
    );
    // far outside the range of the generator too
    let verdicts = [0.0, 1.0, 1e3, -1e6].map(|scale| discriminator.apply((&x * scale).view()));
    let in_range = verdicts.iter().flatten().all(|d| (0.0..=1.0).contains(d));
    let in_box = x.iter().all(|v| (-1.0..=1.0).contains(v));
    let place = |inside: bool| if inside { "in" } else { "outside" };
    claims.push(
        about("B1.2", "The networks of the slides keep their ranges: images of 784 pixels in [−1, 1] from 64 draws of z, verdicts in [0, 1] on images up to 10⁶ times as bright")
            .property(
                "64×784 in [−1, 1]; D in [0, 1]",
                format!("{}×{} {} [−1, 1]; D {} [0, 1]", x.nrows(), x.ncols(), place(in_box), place(in_range)),
                x.dim() == (64, 784) && in_box && in_range,
            ),
    );
    Ok(())
}

/// B2: D as the probability of the label.
fn label_likelihood(claims: &mut Vec<Claim>) -> Result<()> {
    let (p, q) = pair()?;
    let d = optimal_discriminator(&p, &q)?.values;
    let accuracy = Sum::of((0..p.len()).map(|i| 0.5 * if d[i] > 0.5 { p.masses()[i] } else { q.masses()[i] }));
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("S1 L35-39{row}"))
            .corrects("S4 reads the prior “p(real) = p(fake) = 3”")
    };
    claims.push(
        about("B2", "The likelihood of a label is D(x) for real, 1 − D(x) for fake, prior ½ each: deciding by D* ≷ ½ between p = (.1, .4, .5) and q = (.8, .15, .05) is right with probability (1 + TV)/2 = 0.85", "; O187")
            .relative(accuracy, 0.85, 1e-14),
    );
    claims.push(
        about("B2.2", "(1 + TV)/2 of p = (.1, .4, .5) and q = (.8, .15, .05), from the total variation", "; O187")
            .relative((1.0 + total_variation(&p, &q)?.value) / 2.0, 0.85, 1e-14),
    );
    Ok(())
}

/// B3 and B4: the value function from samples and from densities; the generator's loss in z and in x.
fn value_function(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    const N: usize = 200_000;
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
    let logit = |x: f64| 0.3 - 0.8 * x;
    let exact = value_between(&p, &q, logit)?;
    let mut rng = stream(seed, 31);
    let real: Vec<f64> = (0..N).map(|_| rng.sample(StandardNormal)).collect();
    let z: Vec<f64> = (0..N).map(|_| rng.sample(StandardNormal)).collect();
    let generator = |z: f64| z + 1.0;
    let column = |points: &[f64], map: &dyn Fn(f64) -> f64| Array2::from_shape_fn((N, 1), |(i, _)| map(points[i]));
    let on_real = column(&real, &logit);
    let on_fake = column(&z, &|z| logit(generator(z)));
    let sampled = GameValue::of(on_real.view(), on_fake.view());
    // sqrt(Var_p ln D + Var_q ln(1 - D)), a quadrature to 30 digits made elsewhere
    let error = 0.487_800_490_382_977_7 / (N as f64).sqrt();
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S0 L16, S1 L41-44, S2 L212, S3 L172")
            .corrects("S3 drops the argument in ln D; S4 reads “n − D” for 1 − D")
            .figure("b3-value-from-samples")
    };
    claims.push(
        about("B3", "V(D, G) = E_p ln D(x) + E_z ln(1 − D(G(z))), min over G of max over D. D(x) = σ(0.3 − 0.8x), p = N(0, 1), G(z) = z + 1: mean over 200 000 draws, within three and a half of the standard errors that quadrature gives")
            .absolute(sampled.value, -1.172_588_956_957_151_7, 3.5 * error),
    );
    claims.push(
        about("B3.2", "The standard error that the library states for that mean of 200 000 draws is √(Var_p ln D + Var_q ln(1 − D)) over the root of their number, the variances by quadrature")
            .relative(sampled.std_error, error, 0.02),
    );
    claims.push(about("B3.3", "V of D(x) = σ(0.3 − 0.8x) for p = N(0, 1), q = N(1, 1), by quadrature").absolute(
        exact,
        -1.172_588_956_957_151_7,
        1e-12,
    ));
    let sizes: Vec<usize> =
        (0..=20).map(|k| (50.0 * (N as f64 / 50.0).powf(f64::from(k) / 20.0)).round() as usize).collect();
    let running: Vec<GameValue> =
        sizes.iter().map(|&n| GameValue::of(on_real.slice(s![..n, ..]), on_fake.slice(s![..n, ..]))).collect();
    figures.push(value_from_samples(&sizes, &running, exact));
    let some = &z[..20_000];
    let textbook = |z: f64| (1.0 - 1.0 / (1.0 + (-logit(generator(z))).exp())).ln();
    let by_x = Sum::of(some.iter().map(|&z| textbook(z))) / some.len() as f64;
    let tape = Tape::new();
    let logits = tape.leaf(Array2::from_shape_fn((some.len(), 1), |(i, _)| logit(generator(some[i]))));
    let by_z = Objective::Minimax.generator_loss(logits, || logits).scalar();
    claims.push(
        Claim::about(
            "B4",
            CHAPTER,
            "L_G = E_{x∼p_g} ln(1 − D(x)) = E_z ln(1 − D(G(z))) → min over G: the loss that the trainer of the library computes from the logits of 20 000 draws, against ln(1 − 1/(1 + e^−s)) written out",
            "S0 L18",
        )
        .corrects("writes 1 − p(x) for 1 − D(x)")
        .absolute(by_z, by_x, 1e-12),
    );
    Ok(())
}

/// How the mean over samples closes in on the expectation.
fn value_from_samples(sizes: &[usize], running: &[GameValue], exact: f64) -> Illustration {
    let n: Vec<f64> = sizes.iter().map(|&n| n as f64).collect();
    let curve = |of: &dyn Fn(&GameValue) -> f64| running.iter().map(of).collect::<Vec<f64>>();
    let band = Series::band(
        "± 3 standard errors",
        &n,
        &curve(&|v| v.value - 3.0 * v.std_error),
        &curve(&|v| v.value + 3.0 * v.std_error),
    );
    Illustration {
        id: "b3-value-from-samples",
        figure: Figure::new(
            "The value of the game from samples",
            [Panel::new(Axis::new("draws of each law").log(), Axis::new("V(D, G) (nats)"))
                .add(band)
                .add(Series::line("mean over the draws", &n, &curve(&|v| v.value)).markers())
                .guide_y(exact, "quadrature")],
        ),
        caption: "p = N(0, 1), G(z) = z + 1 and D(x) = σ(0.3 − 0.8x). The two expectations need samples only; their error falls \
                  as one over the root of their number."
            .to_owned(),
    }
}

/// B5: which player minimises and which maximises. With D held fixed `q = p` is no minimum, so the claim is about a
/// min-max and not a saddle.
fn min_max(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let mut rng = stream(seed, 32);
    let p = random_pmf(6, &mut rng)?;
    let best = |q: &Pmf| optimal_discriminator(&p, q).map(|d| d.logits);
    let (mut d_gains, mut g_gains) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let at_equality = value_of_logits(p.masses(), p.masses(), &best(&p)?);
    for _ in 0..1000 {
        let q = random_pmf(6, &mut rng)?;
        let logits = best(&q)?;
        let value = value_of_logits(p.masses(), q.masses(), &logits);
        let other: Vec<f64> = logits.iter().map(|l| l + rng.sample::<f64, _>(StandardNormal)).collect();
        d_gains = larger(d_gains, value_of_logits(p.masses(), q.masses(), &other) - value);
        g_gains = larger(g_gains, at_equality - value);
    }
    claims.push(
        Claim::about(
            "B5",
            CHAPTER,
            "min over G of max over D, on 1000 random laws q of 6 outcomes. First the largest excess of V(D, q) over V(D*_q, q), for a random D beside D*_q; then the largest shortfall of max_D V(D, q) from its value at q = p",
            "S1 L49-53",
        )
        .corrects("writes max over x where max over D is meant")
        .property("≤ 0 and ≤ 0", format!("{d_gains:.2e} and {g_gains:.2e}"), d_gains <= 0.0 && g_gains <= 0.0),
    );
    Ok(())
}

/// B6: the limits that are approached and never attained, and the quantities that stay finite on the way.
fn limits(seed: u64, claims: &mut Vec<Claim>) {
    let about = |id: &str, statement: &str| {
        Claim::about(id, CHAPTER, statement, "S2 L214-219, 251-253")
            .corrects("“maximum/minimum when”: a supremum and an infimum that no sigmoid attains")
    };
    claims.push(
        about("B6", "ln D → 0 from below as D(x) → 1, ln(1 − D) → 0 from below as D(G(z)) → 0: at logits ±40 both are −ln(1 + e^−40), below zero still")
            .vector(&[ln_sigmoid(40.0), -softplus(-40.0)], &[-(-40f64).exp(), -(-40f64).exp()], 1e-32),
    );
    claims.push(
        about(
            "B6.2",
            "ln(1 − D) → −∞ as D(G(z)) → 1: it is minus the logit there, finite at every logit (40, 800, 10⁶)",
        )
        .vector(&[-softplus(40.0), -softplus(800.0), -softplus(1e6)], &[-40.0, -800.0, -1e6], 1e-12),
    );
    // the gradient by the generator's weights, through D, of either term of V
    let mut rng = stream(seed, 33);
    let generator = Mlp::<f64>::new(&[2, 8, 1], Activation::Tanh, Activation::Linear, &mut rng);
    let discriminator = Mlp::<f64>::new(&[1, 8, 1], Activation::Tanh, Activation::Linear, &mut rng);
    let mut normals =
        |rows, columns| Array2::from_shape_simple_fn((rows, columns), || rng.sample::<f64, _>(StandardNormal));
    let (x, z) = (normals(32, 1), normals(32, 2));
    let tape = Tape::new();
    let (g, d) = (generator.bind(&tape), discriminator.bind(&tape));
    let first = d.forward(tape.leaf(x)).scale(-1.0).softplus().mean().scale(-1.0);
    let second = d.forward(g.forward(tape.leaf(z))).softplus().mean().scale(-1.0);
    let largest =
        |loss| g.gradients(loss).iter().flat_map(|m| m.iter().map(|x| x.abs()).collect::<Vec<_>>()).fold(0.0, larger);
    let (of_first, of_second) = (largest(first), largest(second));
    claims.push(
        about("B6.3", "The first term does not depend on G: largest derivative of each term by the generator's weights, two networks with random weights")
            .property("0 and > 0", format!("{of_first} and {of_second:.3}"), of_first.abs() < f64::MIN_POSITIVE && of_second > 0.0),
    );
}

/// B7: the maximum of `a ln y + b ln(1 - y)`.
fn pointwise_maximum(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    const H: f64 = 1e-3;
    let mut rng = stream(seed, 34);
    let (mut worst, mut bend) = (0.0, 0.0);
    for _ in 0..1000 {
        let (a, b): (f64, f64) = (rng.random_range(0.01..1.0), rng.random_range(0.01..1.0));
        let best = optimal_discriminator(&Pmf::new([a, 1.0 - a])?, &Pmf::new([b, 1.0 - b])?)?.values[0];
        worst = larger(worst, difference(pointwise_argmax(a, b)?, best));
        let y: f64 = rng.random_range(0.1..0.9);
        let value = |y: f64| value_of_logits(&[a], &[b], &[y.ln() - (-y).ln_1p()]);
        let second = (value(y - H) - 2.0 * value(y) + value(y + H)) / (H * H);
        let formula = -a / (y * y) - b / (1.0 - y).powi(2);
        bend = larger(bend, difference(second / formula, 1.0));
    }
    let source = "S0 L22-28, S1 L85-97, S2 L1406-1494, S4 L9-11";
    let wrong = "S1 calls it “Theorem 2” (in the paper it is Proposition 1); S2 argues “a maximum when there is no other extremum” where strict concavity is the reason";
    let about = |id: &str, statement: &str, row: &str| {
        Claim::about(id, CHAPTER, statement, format!("{source}{row}")).corrects(wrong)
    };
    claims.push(
        about("B7", "a ln y + b ln(1 − y) is largest at y* = a/(a + b): golden section against D* of the library on 1000 random (a, b), largest difference", "")
            .absolute(worst, 0.0, 1e-8),
    );
    claims.push(
        about(
            "B7.2",
            "a ln y + b ln(1 − y) is strictly concave, since its second derivative is −a/y² − b/(1 − y)² < 0. Second differences of the value of the game with steps of 0.001, at 1000 random points of [0.1, 0.9]: largest relative difference to the formula",
            "",
        )
        .absolute(bend, 0.0, 2e-4),
    );
    let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
    let logit = |x: f64| p.ln_pdf(x) - q.ln_pdf(x);
    claims.push(
        about("B7.3", "D* = σ(ln p − ln q); for N(0, 1) against N(1, 1) that is σ(½ − x): at x = 0", "; O093")
            .figure("b7-three-ways")
            .relative(sigmoid(logit(0.0)), 0.622_459_331_201_854_6, 1e-14),
    );
    claims.push(
        about(
            "B7.4",
            "1 − D*(−50) for N(0, 1) against N(1, 1), where p and q are far too small for their quotient",
            "; O094",
        )
        .relative(sigmoid(-logit(-50.0)), 1.169_845_917_706_196_4e-22, 1e-12),
    );
    Ok(())
}

/// The maximiser of `a ln y + b ln(1 - y)` by golden section in two rounds.
///
/// The first round finds it to the square root of rounding, as every comparison of values does. The second compares
/// *differences* to the value there, which have all their digits. The search is for the smaller of `y` and `1 - y`,
/// because its tolerance is relative to the argument: near `y = 1` the first round would end outside the range of the
/// second.
fn pointwise_argmax(a: f64, b: f64) -> Result<f64> {
    if a > b {
        return Ok(1.0 - pointwise_argmax(b, a)?);
    }
    let near = golden_section(|y| -(a * y.ln() + b * (-y).ln_1p()), 1e-6, 1.0 - 1e-6, 1e-6)?;
    let reach = 1e-5 * near;
    let difference = |h: f64| -(a * (h / near).ln_1p() + b * (-h / (1.0 - near)).ln_1p());
    Ok(near + golden_section(difference, -reach, reach, 1e-6)?)
}

/// B7, D* three ways on two pairs of laws.
fn three_ways(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let standard = Law::normal(0.0, 1.0)?;
    let shifted = Law::normal(1.0, 1.0)?;
    let modes = Mixture::new(vec![(0.5, Law::normal(-1.5, 0.6)?), (0.5, Law::normal(1.5, 0.6)?)])?;
    let wide = Law::normal(0.0, 1.5)?;
    let pairs: [(&str, &dyn Density, &dyn Density); 2] =
        [("N(0, 1) against N(1, 1)", &standard, &shifted), ("two modes against N(0, 1.5²)", &modes, &wide)];
    let mut panels = Vec::new();
    for (k, pair) in pairs.into_iter().enumerate() {
        panels.push(one_pair(k, pair, seed, claims)?);
    }
    figures.push(Illustration {
        id: "b7-three-ways",
        figure: Figure::new("The optimal discriminator, three ways", panels),
        caption: "The formula, direct maximisation over a table of logits, and a trained network agree where there are data. \
                  In the tails nothing ties the network down: D* is unique only on the supports."
            .to_owned(),
    });
    Ok(())
}

/// D* three ways on one pair of laws: three claims and a picture.
fn one_pair(
    k: usize,
    (name, p, q): (&str, &dyn Density, &dyn Density),
    seed: u64,
    claims: &mut Vec<Claim>,
) -> Result<Panel> {
    let about = |id: String, statement: String| {
        Claim::about(id, CHAPTER, statement, "S0 L22-28, S1 L85-97, S2 L1406-1494").figure("b7-three-ways")
    };
    // both laws on 60 cells, the tails in the outermost
    let edges = linspace(-4.5, 5.5, 61);
    let cells = |law: &dyn Density| {
        let mut cdf: Vec<f64> = edges.iter().map(|&x| law.cdf(x)).collect();
        (cdf[0], cdf[60]) = (0.0, 1.0);
        Pmf::normalised(cdf.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<f64>>())
    };
    let (p_cells, q_cells) = (cells(p)?, cells(q)?);
    let formula = optimal_discriminator(&p_cells, &q_cells)?.values;
    let table: Vec<f64> = best_logits(p_cells.masses(), q_cells.masses()).into_iter().map(sigmoid).collect();
    let worst = table.iter().zip(&formula).map(|(&a, &b)| difference(a, b)).fold(0.0, larger);
    claims.push(
        about(format!("B7.{}", 5 + 3 * k), format!("D* by direct maximisation of V over a table of 60 logits (L-BFGS), {name}: largest difference to p/(p + q)"))
            .absolute(worst, 0.0, 1e-6),
    );
    let net = train_discriminator(p, q, seed.wrapping_add(k as u64))?;
    let trained = |x: f64| logits_of(&net, &[x])[0];
    let best = value_between(p, q, |x| p.ln_pdf(x) - q.ln_pdf(x))?;
    let reached = value_between(p, q, trained)?;
    let share = (reached + 4f64.ln()) / (best + 4f64.ln());
    claims.push(
        about(format!("B7.{}", 6 + 3 * k), format!("A trained network D (1-32-32-1, tanh, Adam), {name}, proves at least 0.98 of 2 JSD = V(D*, G) + ln 4, where D = ½ proves nothing, and not more than all: the share, by quadrature"))
            .property("0.98 to 1", format!("{share:.6}"), (0.98..=1.0).contains(&share)),
    );
    claims.push(
        about(
            format!("B7.{}", 7 + 3 * k),
            format!("The trained network misses the maximum of V over D by less than 10⁻³ nats, {name}"),
        )
        .absolute(reached, best, 1e-3),
    );
    let x = linspace(-4.5, 5.5, 201);
    let curve = |f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).collect::<Vec<f64>>();
    let middles: Vec<f64> = edges.windows(2).map(|e| 0.5 * (e[0] + e[1])).skip(1).step_by(3).collect();
    let shown: Vec<f64> = table.iter().copied().skip(1).step_by(3).collect();
    let zero = vec![0.0; x.len()];
    Ok(Panel::new(Axis::new("x"), Axis::new("density; probability of “real”").range(0.0, 1.02))
        .title(name)
        .add(Series::band("p (data)", &x, &zero, &curve(&|x| p.ln_pdf(x).exp())))
        .add(Series::band("q (generator)", &x, &zero, &curve(&|x| q.ln_pdf(x).exp())))
        // the network goes over the formula, so that both are seen where they agree
        .add(Series::line("D* = p/(p + q)", &x, &curve(&|x| sigmoid(p.ln_pdf(x) - q.ln_pdf(x)))).style(6))
        .add(
            Series::line("trained network", &x, &logits_of(&net, &x).into_iter().map(sigmoid).collect::<Vec<_>>())
                .style(4),
        )
        .add(Series::points("table of logits, L-BFGS", &middles, &shown).style(3)))
}

/// B8: expectations under the generator's law are expectations over its noise.
fn push_forward(claims: &mut Vec<Claim>) -> Result<()> {
    let (shift, scale) = (0.7, 1.6);
    let noise = Law::normal(0.0, 1.0)?;
    let generated = Law::normal(shift, scale)?;
    let test = |x: f64| -softplus(0.3 - 0.8 * x) + (2.0 * x).sin();
    let over_noise = expectation(&noise, |z| test(shift + scale * z))?;
    let over_law = expectation(&generated, test)?;
    claims.push(
        Claim::about(
            "B8",
            CHAPTER,
            "E_z g(G(z)) = E_{x∼p_g} g(x) (push-forward). G(z) = 0.7 + 1.6 z, g(x) = ln(1 − σ(0.3 − 0.8x)) + sin 2x: quadrature in z and in x, against 20 digits computed elsewhere",
            "S2 L1324-1404",
        )
        .corrects("calls the noise a “vector of 100” and the image 64×64, which elsewhere is 64×64×3")
        .vector(&[over_noise, over_law], &[-0.739_643_103_558_233_3; 2], 1e-12),
    );
    // the two expectations would agree for every g without G only if the laws were the same
    let other = density::jsd(&noise, &generated)?.value;
    claims.push(
        Claim::about(
            "B8.2",
            CHAPTER,
            "The laws of z and of G(z) = 0.7 + 1.6 z differ: JSD of N(0, 1) and N(0.7, 1.6²) by quadrature",
            "S2 L1324-1404",
        )
        .absolute(other, 0.075_575_402_532_338_19, 1e-11),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointwise_maximum_is_found_near_either_end() {
        for small in (1..=100).map(|k| f64::from(k) / 100.0) {
            for (a, b) in [(small, 1.0), (1.0, small)] {
                let found = pointwise_argmax(a, b).unwrap();
                assert!((found - a / (a + b)).abs() < 1e-10, "{found} for {a}, {b}");
            }
        }
    }
}
