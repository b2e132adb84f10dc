//! E7: whether the loss of a run says how far the generator is.
//!
//! A generator `x = a z + b` is led by a Wasserstein critic towards data on the line, and a discriminator watches it. The law of
//! the generator is N(b, a²), so W1 and JSD are computed, not estimated.

use super::shared::{CHAPTER, rows};
use crate::claim::{larger, smaller};
use crate::{Claim, Illustration};
use fenchel::Result;
use fenchel::divergence::density;
use fenchel::gan::{Objective, Penalty, Scored};
use fenchel::measure::density::{Density, Law};
use fenchel::nn::{Activation, Mlp, Optimizer, Rule, Tape, Var};
use fenchel::numeric::{Sum, stream};
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::transport::line;
use ndarray::{Array2, array};
use rand_chacha::ChaCha8Rng;

const FIGURE: &str = "e7-loss-and-distance";
const STEPS: usize = 600;
/// Steps of the critic and of the discriminator to one of the generator.
const TO_ONE: usize = 5;
const ROWS: usize = 128;
/// The end of the axis of losses.
const HIGHEST: f64 = 1.6;
/// Steps until both have caught up with the generator from their first weights.
const WARM_UP: usize = 50;

/// A critic or a discriminator, with what it learns from.
struct Referee {
    network: Mlp<f64>,
    optimiser: Optimizer<f64>,
    objective: Objective,
    penalty: Penalty,
}

impl Referee {
    fn new(objective: Objective, penalty: Penalty, seed: u64) -> Self {
        let network = Mlp::new(&[1, 32, 32, 1], Activation::Tanh, Activation::Linear, &mut stream(seed, 90));
        Self { network, optimiser: Optimizer::new(Rule::adam(0.005, 0.0, 0.9)), objective, penalty }
    }

    /// One step; the loss before it, without the penalty.
    fn learn(&mut self, real: Array2<f64>, fake: Array2<f64>, rng: &mut ChaCha8Rng) -> f64 {
        let tape = Tape::new();
        let bound = self.network.bind(&tape);
        let judge = |x| bound.forward(x);
        let (real, fake) = (Scored::new(judge, tape.leaf(real)), Scored::new(judge, tape.leaf(fake)));
        let loss = self.objective.discriminator_loss(real.outputs, fake.outputs);
        let penalty = self.penalty.term(judge, real, fake, rng);
        let gradients = bound.gradients(penalty.map_or(loss, |penalty| loss + penalty));
        self.optimiser.step(self.network.parameters_mut(), &gradients);
        loss.scalar()
    }
}

/// What was seen at a step of the generator.
struct Look {
    w1: f64,
    jsd: f64,
    /// `E_p f - E_q f` of the critic on its batch.
    critic: f64,
    /// Loss of the discriminator on its batch.
    discriminator: f64,
}

/// The run: `x = a z + b` from N(0, ½²) to the data.
fn run(data: &Law, seed: u64) -> Result<Vec<Look>> {
    let quantiles = |law: &Law| (0..500).map(|k| law.quantile((f64::from(k) + 0.5) / 500.0)).collect::<Vec<f64>>();
    let wanted = quantiles(data);
    let normal = Law::normal(0.0, 1.0)?;
    let mut critic = Referee::new(Objective::Wasserstein, Penalty::Gradient(1.0), seed);
    let mut discriminator = Referee::new(Objective::NonSaturating, Penalty::None, seed);
    let mut weights = [array![[0.5]], array![[0.0]]];
    let mut optimiser = Optimizer::new(Rule::adam(0.01, 0.0, 0.9));
    let mut rng = stream(seed, 91);
    let mut looks = Vec::new();
    for step in 0..STEPS {
        let (mut loss_of_critic, mut loss) = (0.0, 0.0);
        for _ in 0..TO_ONE {
            let real = rows(data, ROWS, &mut rng);
            let fake = rows(&normal, ROWS, &mut rng) * weights[0][[0, 0]] + weights[1][[0, 0]];
            loss_of_critic = critic.learn(real.clone(), fake.clone(), &mut rng);
            loss = discriminator.learn(real, fake, &mut rng);
        }
        let made = Law::normal(weights[1][[0, 0]], weights[0][[0, 0]].abs())?;
        if step >= WARM_UP {
            looks.push(Look {
                w1: line::wasserstein(&wanted, None, &quantiles(&made), None, 1.0)?.distance(),
                jsd: density::jsd(data, &made)?.value,
                critic: -loss_of_critic,
                discriminator: loss,
            });
        }
        let tape = Tape::new();
        let bound: Vec<Var<'_, f64>> = weights.iter().map(|weight| tape.leaf(weight.view())).collect();
        let fake = tape.leaf(rows(&normal, ROWS, &mut rng)).dense(bound[0], bound[1]);
        let judged = critic.network.bind(&tape);
        let outputs = judged.forward(fake);
        let loss = critic.objective.generator_loss(outputs, || outputs);
        let gradients: Vec<_> = loss.gradients(&bound).into_iter().map(Var::value).collect();
        optimiser.step(weights.iter_mut(), &gradients);
    }
    Ok(looks)
}

/// Pearson's correlation.
fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| Sum::of(values.iter().copied()) / values.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let product = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| {
        Sum::of(a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)))
    };
    product(x, mean_x, y, mean_y) / (product(x, mean_x, x, mean_x) * product(y, mean_y, y, mean_y)).sqrt()
}

pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>, figures: &mut Vec<Illustration>) -> Result<()> {
    let looks = run(&Law::normal(6.0, 0.5)?, seed)?;
    let of = |value: fn(&Look) -> f64| looks.iter().map(value).collect::<Vec<f64>>();
    let (w1, critic, discriminator) = (of(|l| l.w1), of(|l| l.critic), of(|l| l.discriminator));
    let about = |id: &str, statement: String| Claim::about(id, CHAPTER, statement, "S3 L555-562").figure(FIGURE);
    claims.push(
        about("E7", "The value of a Wasserstein critic says how far the generator is. N(b, a²) is led by it from N(0, ½²) to N(6, ½²): correlation of E_p f − E_q f on its batches with W1, over the run".to_owned())
            .at_least(correlation(&critic, &w1), 0.9),
    );
    let apart: Vec<&Look> = looks.iter().filter(|look| look.jsd > 0.69).collect();
    let farthest = apart.iter().map(|look| look.w1).fold(0.0, larger);
    let nearest = apart.iter().map(|look| look.w1).fold(f64::INFINITY, smaller);
    let mut losses: Vec<f64> = apart.iter().map(|look| look.discriminator).collect();
    losses.sort_by(f64::total_cmp);
    claims.push(
        about("E7.2", "The loss of a discriminator that watches the same generator says nothing while the laws hardly overlap: of the steps with JSD > .69, in which W1 falls to less than half, nineteen in twenty have a loss below a twentieth of the ln 4 that it has in the end; the 95 % quantile there".to_owned())
            .at_most(losses.get(losses.len() * 19 / 20).copied().unwrap_or(f64::NAN), 0.05 * 4f64.ln()),
    );
    claims.push(
        about("E7.3", "W1 of the generator that the critic leads falls to less than half at steps with JSD above .69: the least as a share of the largest".to_owned())
            .at_most(nearest / farthest, 0.5),
    );
    claims.push(
        about("E7.4", "Over the whole run the discriminator’s loss goes the wrong way: it rises to ln 4 as the generator arrives. Correlation with W1".to_owned())
            .at_most(correlation(&discriminator, &w1), -0.5),
    );
    // a batch with one sample on the wrong side of a steep discriminator would set the scale
    let shown: Vec<f64> = discriminator.iter().map(|loss| loss.min(HIGHEST)).collect();
    let steps: Vec<f64> = (WARM_UP..STEPS).map(|step| step as f64).collect();
    let panel = |label: &str| Panel::new(Axis::new("step of the generator"), Axis::new(label)).size(300.0, 220.0);
    figures.push(Illustration {
        id: FIGURE,
        figure: Figure::new(
            "What two referees say of one run",
            [
                panel("unit of x, and value of the critic")
                    .title("The critic’s value follows the distance")
                    .add(Series::line("W1", &steps, &w1))
                    .add(Series::line("E_{p} f − E_{q} f", &steps, &critic).style(2)),
                Panel::new(Axis::new("step of the generator"), Axis::new("nats").range(0.0, HIGHEST))
                    .title("The discriminator’s loss does not")
                    .size(300.0, 220.0)
                    .add(Series::line("loss of the discriminator", &steps, &shown))
                    .add(Series::line("JSD", &steps, &of(|l| l.jsd)).style(2))
                    .guide_y(4f64.ln(), "ln 4"),
            ],
        ),
        caption: format!(
            "A generator of one Gaussian is led to the data by the critic on the left; the discriminator on the right has the same \
             network and watches. Five steps of each to one of the generator, from step {WARM_UP} on; losses above {HIGHEST} are drawn there."
        ),
    });
    Ok(())
}
