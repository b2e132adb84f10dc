//! What does a trained discriminator prove about two laws that nobody knows?
//!
//! Whatever it has learnt, 2 JSD >= V(D, G) + ln 4 holds for it. Here the laws are N(0,1) and N(1,1), so the true value is known; the
//! discriminators see samples only, and are judged on fresh ones.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::gan::{Fit, GameValue, Rows};
use fenchel::measure::Gaussian;
use fenchel::nn::{Activation, Layers};
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;
use ndarray::Axis as Along;

fn main() -> fenchel::Result<()> {
    let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(1.0, 1.0)?);
    let sample = |law: &Gaussian, k| law.sample(20_000, &mut stream(0, k));
    let (real, fake) = (Rows::new(sample(&p, 1)?.view())?, Rows::new(sample(&q, 2)?.view())?);
    let (fresh_real, fresh_fake) = (sample(&p, 3)?, sample(&q, 4)?);

    println!("{:<16} {:>10} {:>8} {:>12}", "discriminator", "JSD >=", "± s.e.", "accuracy");
    let (mut proven, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for (name, hidden, steps) in [("untrained", vec![16], 0), ("linear logit", vec![], 500), ("network", vec![16], 500)]
    {
        let d = Fit { hidden: Layers::new(&hidden, Activation::Tanh), steps, ..Fit::default() }.run(&real, &fake)?;
        let logits = |x: &ndarray::Array2<f64>| d.outputs(x.view()).insert_axis(Along(1));
        let game = GameValue::of(logits(&fresh_real).view(), logits(&fresh_fake).view());
        let share = 100.0 * game.accuracy;
        println!("{name:<16} {:>10.5} {:>8.5} {share:>10.1} %", game.jsd_lower_bound(), game.std_error / 2.0);
        proven.push(game.jsd_lower_bound());
        low.push(game.jsd_lower_bound() - game.std_error);
        high.push(game.jsd_lower_bound() + game.std_error);
    }
    println!("{:<16} {:>10.5} {:>8} {:>10.1} %", "exact", 0.111_421_482, "-", 69.1);
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        let names = Axis::categories("discriminator", ["untrained", "linear logit", "network"]);
        let panel = Panel::new(names, Axis::new("JSD (nats)"))
            .add(Series::intervals("proven, ± two standard errors", &[0.0, 1.0, 2.0], &proven, &low, &high))
            .guide_y(0.111_421_482, "the truth");
        let figure = Figure::new("What discriminators prove of two laws that they have only samples of", [panel]);
        write_atomic(path, figure.svg().as_bytes())?;
    }
    Ok(())
}
